//! `dns.resolved`: resolved.conf(5) with its drop-ins, in systemd's order of precedence.

use crate::capture::Facts;
use crate::capture::settings::{Settings, drop_ins, lines, text};
use crate::host::Host;
use std::collections::BTreeMap;

/// Where systemd looks, the strongest first.
const FOLDERS: [&str; 4] = ["/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"];

/// Options that add up over lines and files; an empty assignment starts them anew.
const LISTS: [&str; 4] = ["DNS", "FallbackDNS", "Domains", "DNSStubListenerExtra"];

/// Options that say what is kept and for how long; they stand in `cache.names.resolved`.
const CACHE: [&str; 3] = ["Cache", "CacheFromLocalhost", "StaleRetentionSec"];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    options(host, facts, &["dns", "resolved"], |key| !CACHE.contains(&key));
}

/// Puts those options whose name is `wanted` beneath `at`.
pub(in crate::capture) fn options(host: &Host, facts: &mut Facts, at: &[&str], wanted: fn(&str) -> bool) {
    let mut facts = facts.at(at);
    let mut settings = Settings::default();
    for path in files(host) {
        let Some(text) = text(host, &path, &mut facts) else { continue };
        let mut section = "";
        for line in lines(&text, &['#', ';']) {
            if line.starts_with('[') {
                section = line;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim());
            if section != "[Resolve]" || !wanted(key) {
                continue;
            }
            if LISTS.contains(&key) && !value.is_empty() {
                value.split_whitespace().for_each(|one| settings.add_member(&[key], one, &path));
            } else if value.is_empty() {
                settings.clear(&[key]);
            } else {
                settings.set(&[key], value, &path);
            }
        }
    }
    settings.put(&mut facts);
}

/// Whether an option belongs to the cache area.
pub(in crate::capture) fn is_cache(key: &str) -> bool {
    CACHE.contains(&key)
}

/// The first main file, then all drop-ins by name; of two with one name the stronger folder's counts.
fn files(host: &Host) -> Vec<String> {
    let main = FOLDERS.iter().map(|folder| format!("{folder}/resolved.conf")).find(|path| host.exists(path));
    let mut by_name = BTreeMap::new();
    for folder in FOLDERS.iter().rev() {
        for path in drop_ins(host, &format!("{folder}/resolved.conf.d"), ".conf").unwrap_or_default() {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            by_name.insert(name, path);
        }
    }
    // A drop-in that is a link to /dev/null masks the one that it replaces: there is nothing to read.
    let read = by_name.into_values().filter(|path| host.link(path).is_ok_and(|to| to == "/dev/null").eq(&false));
    main.into_iter().chain(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn drop_ins_come_by_name_and_the_stronger_folder_wins() {
        let (dir, host) = root(&[
            ("/etc/systemd/resolved.conf", "[Resolve]\n#DNS=x\nDNS=192.0.2.1 192.0.2.2\nDNSSEC=no\nCache=yes\n"),
            ("/etc/systemd/resolved.conf.d/README", ""),
            ("/usr/lib/systemd/resolved.conf", "[Resolve]\nLLMNR=yes\n"),
            ("/usr/lib/systemd/resolved.conf.d/20-b.conf", "[Resolve]\nDNSSEC=allow-downgrade\n"),
            ("/usr/lib/systemd/resolved.conf.d/90-c.conf", "[Resolve]\nDNSSEC=yes\n"),
            ("/run/systemd/resolved.conf.d/10-a.conf", "[Resolve]\nDNS=\nDNS=192.0.2.3\nDomains=~.\n[Other]\nX=1\n"),
        ]);
        std::os::unix::fs::symlink("/dev/null", dir.path().join("etc/systemd/resolved.conf.d/90-c.conf")).unwrap();
        let mut facts = Facts::new();
        read(&host, &mut facts);
        options(&host, &mut facts, &["cache", "names", "resolved"], is_cache);
        let expected = [
            "cache.names.resolved.Cache = yes",
            "dns.resolved.DNS = [(\"192.0.2.3\")]",
            "dns.resolved.DNSSEC = allow-downgrade",
            "dns.resolved.Domains = [(\"~.\")]",
        ];
        assert_eq!(written(&facts), expected);
    }
}
