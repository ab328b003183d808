//! `os.modprobe`: what modprobe.d(5) sets for kernel modules that are loaded from now on; `os.modules_load`: those that are
//! loaded at boot, modules-load.d(5) and Debian's modules(5).

use crate::capture::Facts;
use crate::capture::settings::{Settings, first_word, layers, lines, squeeze};
use crate::host::Host;
use std::collections::BTreeMap;

const FOLDERS: [&str; 5] =
    ["/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"];

/// Read before the folders by versions of old.
const FILE: &str = "/etc/modprobe.conf";

const BOOT: [&str; 4] =
    ["/etc/modules-load.d", "/run/modules-load.d", "/usr/local/lib/modules-load.d", "/usr/lib/modules-load.d"];

/// Debian's list, which systemd reads through a link in its folder and other inits read themselves.
const MODULES: &str = "/etc/modules";

/// Reads both in the order in which they are applied.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    modprobe(host, facts);
    at_boot(host, facts);
}

fn modprobe(host: &Host, facts: &mut Facts) {
    let files = match layers(host, &FOLDERS, ".conf") {
        Ok(files) => files,
        Err(error) => return facts.unread(&["os", "modprobe"], &error),
    };
    let mut settings = Settings::default();
    let mut aliases = Settings::default();
    let mut blacklisted = BTreeMap::new();
    for path in [FILE.to_owned()].into_iter().chain(files) {
        match host.text(&path) {
            // A backslash joins lines.
            Ok(text) => lines(&text.replace("\\\n", " "), &['#']).for_each(|line| {
                directive(line, &path, &mut settings, &mut aliases);
                if let Some(name) = line.strip_prefix("blacklist").filter(|rest| rest.starts_with(char::is_whitespace))
                {
                    blacklisted.entry(module(name)).or_insert_with(|| path.clone());
                }
            }),
            Err(error) => facts.unread(&["os", "modprobe"], &error),
        }
    }
    for (module, path) in blacklisted {
        facts.put(&["os", "modprobe", &module, "blacklisted"], true, &path);
    }
    settings.put(&mut facts.at(&["os", "modprobe"]));
    aliases.put(&mut facts.at(&["os", "modprobe_aliases"]));
}

/// The kernel writes names of modules with underscores only.
fn module(name: &str) -> String {
    first_word(name).0.replace('-', "_")
}

fn directive(line: &str, path: &str, settings: &mut Settings, aliases: &mut Settings) {
    let (word, rest) = first_word(line);
    let (name, rest) = first_word(rest);
    let module = module(name);
    if name.is_empty() {
        return;
    }
    match word {
        "options" => {
            // Of an option that is given twice, the module takes the last.
            for option in rest.split_whitespace() {
                let (key, value) = option.split_once('=').unwrap_or((option, ""));
                settings.set(&[&module, "options", &key.replace('-', "_")], value.trim_matches('"'), path);
            }
        }
        // Of several for one module the first counts.
        "install" | "remove" | "softdep" | "weakdep" if !rest.is_empty() => {
            settings.set_new(&[&module, word], &squeeze(rest), path);
        }
        "alias" if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
            aliases.add(&[&module], &self::module(rest), path);
        }
        _ => {}
    }
}

fn at_boot(host: &Host, facts: &mut Facts) {
    let files = match layers(host, &BOOT, ".conf") {
        Ok(files) => files,
        Err(error) => return facts.unread(&["os", "modules_load"], &error),
    };
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for path in files.into_iter().chain([MODULES.to_owned()]) {
        match host.text(&path) {
            Ok(text) => {
                for line in lines(&text, &['#', ';']) {
                    names.entry(module(line)).or_insert_with(|| path.clone());
                }
            }
            Err(error) => facts.unread(&["os", "modules_load"], &error),
        }
    }
    for (name, path) in names {
        facts.put(&["os", "modules_load", &name], true, &path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn directives_are_told_by_module() {
        let (_dir, host) = root(&[
            (
                "/etc/modprobe.d/a.conf",
                "# c\nblacklist i8xx-tco\noptions bonding max_bonds=2 \\\n mode=1\noptions kvm-intel nested=1\n\
                 install ipv6 /bin/true\nsoftdep nvme pre: nvme-core\nalias net-pf-10 off\nalias\nodd x\n",
            ),
            ("/usr/lib/modprobe.d/a.conf", "options hidden x=1\n"),
            ("/lib/modprobe.d/z.conf", "options bonding mode=4\ninstall ipv6 /bin/false\n"),
            ("/etc/modules-load.d/k8s.conf", "br_netfilter\n"),
            ("/etc/modules", "# c\nlp\nbr-netfilter\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "os.modprobe.bonding.options.max_bonds = 2",
            "os.modprobe.bonding.options.mode = 4",
            "os.modprobe.i8xx_tco.blacklisted = true",
            "os.modprobe.ipv6.install = /bin/true",
            "os.modprobe.kvm_intel.options.nested = 1",
            "os.modprobe.nvme.softdep = pre: nvme-core",
            "os.modprobe_aliases.net_pf_10 = off",
            "os.modules_load.br_netfilter = true",
            "os.modules_load.lp = true",
        ];
        assert_eq!(written(&facts), expected);
    }
}
