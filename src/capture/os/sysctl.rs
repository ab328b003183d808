//! `os.sysctl`: every readable file of `/proc/sys`, by the name that sysctl(8) gives it.

use crate::capture::network::made_up;
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, Output, ReadError};
use crate::model::Value;

const ROOT: &str = "/proc/sys";

/// What a support archive keeps of it.
const COMMAND: &str = "sysctl -a";

/// Deeper than any folder of `/proc/sys`.
const DEEPEST: usize = 12;

/// No settings: deprecated names of what stands there under a new one, and an order to refresh counters that reads as
/// empty, neither of which sysctl(8) prints; and what the scheduler measures by itself, for each processor.
const OTHERS: [&str; 5] =
    ["base_reachable_time", "max_newidle_lb_cost", "next_decay_max_lb_cost", "retrans_time", "stat_refresh"];

/// Reads all settings of the kernel: the bulk of a capture, so one read for each file and no other call. Interfaces that
/// a container engine makes up are left out: no two machines have the same, and each has a hundred settings.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    // What is no setting is passed over where it cannot be read, and all else has its problem.
    _ = host.watched(|| read(host, facts));
}

fn read(host: &Host, facts: &mut Facts) {
    match host.list(ROOT) {
        Ok(_) => walk(host, &mut String::from(ROOT), DEEPEST, &mut facts.at(&["os", "sysctl"])),
        Err(error) if error.is_missing() && host.as_live().is_none() => match host.recorded(COMMAND) {
            Some(Output { text, source }) => {
                let mut facts = facts.at(&["os", "sysctl"]);
                for (name, text) in printed(&text) {
                    put(name, &text, &source, &mut facts);
                }
            }
            None => facts.not_collected(&["os", "sysctl"], "the root has no /proc/sys"),
        },
        Err(error) => facts.unread(&["os", "sysctl"], &error),
    }
}

fn walk(host: &Host, folder: &mut String, depth: usize, facts: &mut Scope) {
    let entries = match host.list(folder) {
        Ok(entries) => entries,
        Err(error) => return facts.unread(&[&name(folder)], &error),
    };
    let above = folder.len();
    for entry in entries {
        folder.push('/');
        folder.push_str(&entry.name);
        match entry.kind {
            // The settings of an interface: net/ipv4/conf/eth0.
            EntryKind::Folder if folder.starts_with("/proc/sys/net/") && made_up(&entry.name).is_some() => {}
            EntryKind::Folder if depth > 0 => walk(host, folder, depth - 1, facts),
            EntryKind::File if !OTHERS.contains(&entry.name.as_str()) => file(host, folder, facts),
            _ => {}
        }
        folder.truncate(above);
    }
}

/// One setting by its name, and where it was read.
pub(super) fn setting(host: &Host, name: &str) -> Option<(String, String)> {
    let path = format!("{ROOT}/{}", swap(name));
    if let Ok(text) = host.word(&path) {
        return Some((text, path));
    }
    let Output { text, source } = host.recorded(COMMAND)?;
    let start = format!("{name} = ");
    let line = text.lines().find_map(|line| line.strip_prefix(&start))?;
    Some((line.trim_end().to_owned(), source))
}

/// Whether a setting is that of an interface whose name was made up: `net.ipv4.conf.veth1a2b3c4.rp_filter`.
pub(in crate::capture) fn is_of_made_up(name: &str) -> bool {
    let interface = name.strip_prefix("net.").and_then(|rest| rest.split('.').nth(2));
    interface.is_some_and(|name| made_up(name).is_some())
}

/// The settings that sysctl(8) printed: `name = value`, a line with the name for each line of a longer value. What it
/// says of those it may not read has no such form.
fn printed(text: &str) -> Vec<(&str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(" =") else { continue };
        if is_of_made_up(name) {
            continue;
        }
        if name.contains(char::is_whitespace) || OTHERS.iter().any(|other| name.ends_with(&format!(".{other}"))) {
            continue;
        }
        let value = value.strip_prefix(' ').unwrap_or(value);
        match all.last_mut() {
            Some((last, lines)) if *last == name => {
                lines.push('\n');
                lines.push_str(value);
            }
            _ => all.push((name, value.to_owned())),
        }
    }
    all.iter_mut().for_each(|(_, value)| value.truncate(value.trim_end().len()));
    all
}

fn put(name: &str, text: &str, source: &str, facts: &mut Scope) {
    facts.put(&[name], value(text.trim_start()), source);
}

fn file(host: &Host, path: &str, facts: &mut Scope) {
    let name = name(path);
    match host.word(path) {
        Ok(text) => put(&name, &text, path, facts),
        // A file that not even its owner may read is a trigger, not a setting.
        Err(ReadError::Denied(_)) if host.stat(path).is_ok_and(|stat| stat.mode & 0o400 == 0) => {}
        // The kernel answers with an error where no secret has been set (`addrconf_sysctl_stable_secret`).
        Err(ReadError::Io { .. }) if name.ends_with(".stable_secret") => {}
        Err(error) => facts.unread(&[&name], &error),
    }
}

/// `/proc/sys/net/ipv4/conf/eth0.100/mtu` as sysctl(8) prints it: slashes and dots change places.
fn name(path: &str) -> String {
    let inner = path.strip_prefix(ROOT).unwrap_or(path).trim_start_matches('/');
    swap(inner)
}

/// Dots for slashes and slashes for dots: between the two ways of writing a name.
pub(super) fn swap(name: &str) -> String {
    let turned = name.chars().map(|c| match c {
        '/' => '.',
        '.' => '/',
        c => c,
    });
    turned.collect()
}

/// A number where the whole text is one, as the kernel would write it; else the text.
pub(super) fn value(text: &str) -> Value {
    let canonical = |n: &dyn std::fmt::Display| n.to_string() == text;
    if let Ok(number) = text.parse::<u64>()
        && canonical(&number)
    {
        return Value::from(number);
    }
    if let Ok(number) = text.parse::<i64>()
        && canonical(&number)
    {
        return Value::from(number);
    }
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_sysctl() {
        assert_eq!(name("/proc/sys/net/core/somaxconn"), "net.core.somaxconn");
        assert_eq!(name("/proc/sys/net/ipv4/conf/eth0.100/rp_filter"), "net.ipv4.conf.eth0/100.rp_filter");
    }

    #[test]
    fn numbers_are_numbers_and_nothing_is_lost() {
        assert_eq!(value("18446744073709551615"), Value::from(u64::MAX));
        assert_eq!(value("-1"), Value::from(-1_i64));
        for text in ["007", "+1", "4096\t131072\t6291456", "", "-0", "1e3"] {
            assert_eq!(value(text), Value::from(text));
        }
    }

    #[test]
    fn an_archive_tells_what_sysctl_printed() {
        let said = "abi.vsyscall32 = 1\ndev.cdrom.info = CD-ROM information\ndev.cdrom.info = \ndev.cdrom.info = drive name:\t\tsr0\n\
                    kernel.core_pattern = |/usr/share/apport %p = %s\nkernel.hotplug = \n\
                    net.ipv4.tcp_fastopen_key = 1f-00-00-00\nnet.ipv4.tcp_mem = 1\t2\t3\nnet.ipv4.conf.veth0d284c32.rp_filter = 2\n\
                    sysctl: permission denied on key 'vm.stat_refresh'\nsysctl: reading key \"net.ipv6.conf.all.stable_secret\"\n";
        let root = crate::capture::sample::Root::new(&[("/sos_commands/kernel/sysctl_-a", said)]);
        let facts = root.probe(probe);
        let expected = [
            "os.sysctl.\"abi.vsyscall32\" = 1",
            "os.sysctl.\"dev.cdrom.info\" = CD-ROM information\n\ndrive name:\t\tsr0",
            "os.sysctl.\"kernel.core_pattern\" = |/usr/share/apport %p = %s",
            "os.sysctl.\"kernel.hotplug\" = ",
            "os.sysctl.\"net.ipv4.tcp_fastopen_key\" = [redacted]",
            "os.sysctl.\"net.ipv4.tcp_mem\" = 1\t2\t3",
        ];
        assert_eq!(crate::capture::settings::tests::written(&facts), expected);
        let host = root.host();
        let one = setting(&host, "kernel.core_pattern").expect("is there");
        assert_eq!(one, ("|/usr/share/apport %p = %s".to_owned(), "/sos_commands/kernel/sysctl_-a".to_owned()));
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
    fn keys_of_fast_open_stay_out() {
        let dir = tempfile::tempdir().expect("a folder");
        let ipv4 = dir.path().join("proc/sys/net/ipv4");
        std::fs::create_dir_all(&ipv4).expect("a folder");
        std::fs::write(ipv4.join("tcp_fastopen_key"), "1f-00-00-00\n").expect("a file");
        std::fs::write(ipv4.join("tcp_mem"), "1\t2\t3\n").expect("a file");
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        assert_eq!(facts.get("os.sysctl.\"net.ipv4.tcp_fastopen_key\""), Some(&Value::from("[redacted]")));
        assert_eq!(facts.get("os.sysctl.\"net.ipv4.tcp_mem\""), Some(&Value::from("1\t2\t3")));
    }
}
