//! `os.boot`: what the next boot starts unless told otherwise: grub's configuration of either version, the entries of the
//! boot loader specification, or what grubby(8) said of them. Where it differs from `os.kernel`, a change waits for a boot.

use super::kernel::parameters;
use crate::base::order::natural;
use crate::capture::Facts;
use crate::capture::settings::{first_word, lines};
use crate::host::{Host, Output};

/// The configuration of grub by versions and distributions.
const GRUB: [&str; 4] = ["/boot/grub2/grub.cfg", "/boot/grub/grub.cfg", "/boot/grub/grub.conf", "/boot/grub/menu.lst"];

/// What grub remembers from boot to boot.
const VARIABLES: [&str; 2] = ["/boot/grub2/grubenv", "/boot/grub/grubenv"];

/// uapi-group.org/specifications/specs/boot_loader_specification: a file for each kernel.
const ENTRIES: &str = "/boot/loader/entries";

/// The most entries; kernels are large, and old ones are removed.
const CAP: usize = 500;

/// A choice of the boot menu.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Entry {
    /// What it may be chosen by: its title, its id, its file.
    names: Vec<String>,
    kernel: String,
    arguments: String,
    source: String,
}

/// Reads the menu and puts its default.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let variables = VARIABLES.into_iter().find_map(|path| host.text(path).ok()).unwrap_or_default();
    let variable = |name: &str| {
        let mut all = variables.lines().filter_map(|line| line.split_once('='));
        all.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    };
    let mut problem = None;
    let (mut entries, mut choice) = said(host).unwrap_or_default();
    for path in GRUB {
        if !entries.is_empty() {
            break;
        }
        match host.text(path) {
            Ok(text) => (entries, choice) = menu(&text, path),
            Err(error) => problem = problem.or(error.problem()),
        }
    }
    if entries.is_empty() {
        entries = specified(host, &variable("kernelopts").unwrap_or_default());
        choice = None;
    }
    let choice = choice.or_else(|| variable("saved_entry").filter(|saved| !saved.is_empty()));
    let mut facts = facts.at(&["os", "boot"]);
    let Some(entry) = chosen(&entries, choice.as_deref()) else {
        if let Some(problem) = problem {
            facts.problem(&[], problem);
        }
        return;
    };
    facts.put(&["default_kernel"], entry.kernel.as_str(), &entry.source);
    parameters(&entry.arguments, &entry.source, ("command_line", "command_line_ids"), &mut facts);
}

/// The entry that is meant by a number, a title, an id, or the way to it through submenus; else the first.
fn chosen<'a>(entries: &'a [Entry], choice: Option<&str>) -> Option<&'a Entry> {
    let choice = choice.unwrap_or("0");
    let last = choice.rsplit('>').next().unwrap_or(choice);
    let named = entries.iter().find(|entry| entry.names.iter().any(|name| name == choice || name == last));
    let numbered = || choice.parse::<usize>().ok().and_then(|number| entries.get(number));
    named.or_else(numbered).or(entries.first())
}

/// What grubby said when a support archive was made: all entries, and the default by its number or kernel. Lines that
/// are no assignments are complaints.
fn said(host: &Host) -> Option<(Vec<Entry>, Option<String>)> {
    let last = |command: &str| {
        let text = host.recorded(command)?.text;
        text.lines()
            .map(str::trim)
            .rfind(|line| line.starts_with('/') && !line.contains(": ") || line.parse::<u16>().is_ok())
            .map(str::to_owned)
    };
    let Output { text, source } = host.recorded("grubby --info=ALL").or_else(|| host.recorded("grubby --info ALL"))?;
    let mut entries: Vec<Entry> = Vec::new();
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        let value = value.trim().trim_matches('"');
        if key == "index" && entries.len() < CAP {
            entries.push(Entry { source: source.clone(), ..Entry::default() });
        }
        let Some(entry) = entries.last_mut() else { continue };
        match key {
            "kernel" => {
                value.clone_into(&mut entry.kernel);
                entry.names.push(value.to_owned());
            }
            "args" => entry.arguments = format!("{value}{}", entry.arguments),
            // Its own key, and a parameter for the kernel.
            "root" => entry.arguments.push_str(&format!(" root={value}")),
            "title" | "id" => entry.names.push(value.to_owned()),
            _ => {}
        }
    }
    entries.retain(|entry| entry.kernel.starts_with('/'));
    let choice = last("grubby --default-kernel").or_else(|| last("grubby --default-index"));
    (!entries.is_empty()).then_some((entries, choice))
}

/// The entries of grub's configuration, and its default where that is written there. Version 2: `menuentry 'title' ... {`
/// with `linux KERNEL ARGUMENTS` in it; version 1: `title ...` with `kernel KERNEL ARGUMENTS` beneath it.
fn menu(text: &str, path: &str) -> (Vec<Entry>, Option<String>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut choice = None;
    for line in lines(text, &['#']) {
        let (word, rest) = first_word(line);
        let name = word.split('=').next().unwrap_or_default();
        match name {
            "default" => choice = assigned(line).filter(|value| value.parse::<usize>().is_ok()),
            "set" => {
                // `${saved_entry}` is what grub remembers.
                let (name, _) = rest.split_once('=').unwrap_or_default();
                if name == "default" {
                    choice = assigned(rest).filter(|value| !value.contains('$')).or(choice);
                }
            }
            "menuentry" | "title" if entries.len() < CAP => {
                let words = shlex::split(rest.trim_end_matches('{')).unwrap_or_default();
                let id = words.iter().position(|word| word == "$menuentry_id_option" || word == "--id");
                let title = if name == "title" { Some(rest.to_owned()) } else { words.first().cloned() };
                let id = id.and_then(|at| words.get(at + 1)).cloned();
                let names = title.into_iter().chain(id).collect();
                entries.push(Entry { names, source: path.to_owned(), ..Entry::default() });
            }
            "linux" | "linux16" | "linuxefi" | "kernel" => {
                if let Some(entry) = entries.last_mut().filter(|entry| entry.kernel.is_empty()) {
                    let (kernel, arguments) = first_word(rest);
                    kernel.clone_into(&mut entry.kernel);
                    arguments.clone_into(&mut entry.arguments);
                }
            }
            _ => {}
        }
    }
    // Numbers of version 2 count what starts no kernel too, as that of the firmware's menu; those come last.
    entries.retain(|entry| !entry.kernel.is_empty());
    (entries, choice)
}

/// The value of `default=0`, `default 0` or `default="0"`.
fn assigned(text: &str) -> Option<String> {
    let (_, value) = text.split_once(['=', ' '])?;
    Some(value.trim_matches(|c: char| c == '"' || c == '\'' || c == '=' || c.is_whitespace()).to_owned())
        .filter(|v| !v.is_empty())
}

/// The entries of the specification, the newest kernel first, as grub shows them.
fn specified(host: &Host, common: &str) -> Vec<Entry> {
    let files = host.list(ENTRIES).unwrap_or_default().into_iter().filter(|entry| entry.name.ends_with(".conf"));
    let read = |name: &str| {
        let source = format!("{ENTRIES}/{name}");
        let text = host.text(&source).ok()?;
        let all = |key: &str| {
            let values = lines(&text, &['#']).map(first_word).filter(|(known, _)| *known == key);
            values.map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
        };
        let kernel = all("linux").pop()?;
        let words = all("options").join(" ").replace("$kernelopts", common);
        // What is left are variables that nothing here sets.
        let arguments = words.split_whitespace().filter(|word| !word.starts_with('$')).collect::<Vec<_>>().join(" ");
        let names =
            [name.trim_end_matches(".conf").to_owned()].into_iter().chain(all("title")).chain(all("id")).collect();
        let version = all("version").pop().unwrap_or_default();
        Some((version, Entry { names, kernel, arguments, source }))
    };
    let mut found: Vec<(String, Entry)> = files.take(CAP).filter_map(|entry| read(&entry.name)).collect();
    let is_rescue = |version: &str| version.contains("rescue");
    found.sort_by(|(a, _), (b, _)| is_rescue(a).cmp(&is_rescue(b)).then_with(|| natural(b, a)));
    found.into_iter().map(|(_, entry)| entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    const CONFIG: &str = "set default=\"${saved_entry}\"\nif x; then\n  set default=\"0\"\nfi\n\
        menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {\n\
        \tlinux\t/boot/vmlinuz-6.1.0-18 root=UUID=1f ro quiet\n\tinitrd /boot/initrd\n}\n\
        submenu 'Advanced' {\n\tmenuentry 'Debian, old' $menuentry_id_option 'gnulinux-old-1' {\n\
        \t\tlinux /boot/vmlinuz-6.1.0-9 root=UUID=1f ro single\n\t}\n}\nmenuentry 'UEFI Firmware Settings' {\n\tfwsetup\n}\n";

    #[test]
    fn the_first_entry_is_started_unless_another_is_chosen() {
        let facts = Root::new(&[("/boot/grub/grub.cfg", CONFIG)]).probe(probe);
        let expected = [
            "os.boot.command_line.quiet = true",
            "os.boot.command_line.ro = true",
            "os.boot.command_line.root = UUID",
            "os.boot.command_line_ids.root = UUID=1f",
            "os.boot.default_kernel = /boot/vmlinuz-6.1.0-18",
        ];
        assert_eq!(written(&facts), expected);
        let (entries, choice) = menu(CONFIG, "");
        assert_eq!((entries.len(), choice.as_deref()), (2, Some("0")));
        let kernel = |choice| chosen(&entries, Some(choice)).map(|entry| entry.kernel.as_str());
        assert_eq!(kernel("gnulinux-advanced-1>gnulinux-old-1"), Some("/boot/vmlinuz-6.1.0-9"));
        assert_eq!(kernel("Debian, old"), Some("/boot/vmlinuz-6.1.0-9"));
        assert_eq!(kernel("gone"), Some("/boot/vmlinuz-6.1.0-18"));
    }

    #[test]
    fn entries_of_the_specification_are_chosen_by_version_or_by_name() {
        let entry = |version: &str| {
            format!(
                "title RHEL ({version})\nversion {version}\nlinux /vmlinuz-{version}\noptions $kernelopts $tuned_params noapic\n"
            )
        };
        let files = [
            ("/boot/loader/entries/m-4.18.0-9.conf", entry("4.18.0-9")),
            ("/boot/loader/entries/m-4.18.0-80.conf", entry("4.18.0-80")),
            ("/boot/loader/entries/m-0-rescue-1f.conf", entry("0-rescue-1f")),
            ("/boot/grub2/grub.cfg", "insmod blscfg\nblscfg\n".to_owned()),
            ("/boot/grub2/grubenv", "# GRUB Environment Block\nkernelopts=ro crashkernel=auto\n####".to_owned()),
        ];
        let facts = Root::new(&files).probe(probe);
        assert_eq!(facts.get("os.boot.default_kernel"), Some(&"/vmlinuz-4.18.0-80".into()));
        assert_eq!(facts.get("os.boot.command_line.crashkernel"), Some(&"auto".into()));
        assert_eq!(facts.get("os.boot.command_line.noapic"), Some(&true.into()));
        let mut files = files.to_vec();
        files.push(("/boot/grub/grubenv", String::new()));
        files[4].1.push_str("\nsaved_entry=m-4.18.0-9\n");
        let facts = Root::new(&files).probe(probe);
        assert_eq!(facts.get("os.boot.default_kernel"), Some(&"/vmlinuz-4.18.0-9".into()));
    }

    #[test]
    fn a_root_without_a_boot_loader_tells_nothing() {
        assert!(Root::new(&[("/etc/hostname", "x")]).probe(probe).is_empty());
    }
}
