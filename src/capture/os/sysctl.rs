//! `os.sysctl`: every readable file of `/proc/sys`, by the name that sysctl(8) gives it.

use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::Value;
use crate::model::value::REDACTED;

const ROOT: &str = "/proc/sys";

/// Deeper than any folder of `/proc/sys`.
const DEEPEST: usize = 12;

/// No settings: deprecated names of what stands there under a new one, and an order to refresh counters that reads as
/// empty. sysctl(8) does not print them either.
const OTHERS: [&str; 3] = ["base_reachable_time", "retrans_time", "stat_refresh"];

/// Reads all settings of the kernel: the bulk of a capture, so one read for each file and no other call.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    match host.list(ROOT) {
        Ok(_) => walk(host, &mut String::from(ROOT), DEEPEST, &mut facts.at(&["os", "sysctl"])),
        Err(error) if error.is_missing() && host.as_live().is_none() => {
            facts.not_collected(&["os", "sysctl"], "the root has no /proc/sys");
        }
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
            EntryKind::Folder if depth > 0 => walk(host, folder, depth - 1, facts),
            EntryKind::File if !OTHERS.contains(&entry.name.as_str()) => setting(host, folder, facts),
            _ => {}
        }
        folder.truncate(above);
    }
}

fn setting(host: &Host, path: &str, facts: &mut Scope) {
    let name = name(path);
    match host.word(path) {
        Ok(text) if is_secret(&name, &text) => facts.put(&[&name], REDACTED, path),
        Ok(text) => facts.put(&[&name], value(&text), path),
        // A file that not even its owner may read is a trigger, not a setting.
        Err(ReadError::Denied(_)) if host.stat(path).is_ok_and(|stat| stat.mode & 0o400 == 0) => {}
        // The kernel answers with an error where no secret has been set (`addrconf_sysctl_stable_secret`).
        Err(ReadError::Io { .. }) if name.ends_with(".stable_secret") => {}
        Err(error) => facts.unread(&[&name], &error),
    }
}

/// The key of TCP fast open cookies; all zeros where there is none.
fn is_secret(name: &str, text: &str) -> bool {
    name == "net.ipv4.tcp_fastopen_key" && text.bytes().any(|b| b.is_ascii_alphanumeric() && b != b'0')
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
        assert_eq!(facts.get("os.sysctl.\"net.ipv4.tcp_fastopen_key\""), Some(&Value::from(REDACTED)));
        assert_eq!(facts.get("os.sysctl.\"net.ipv4.tcp_mem\""), Some(&Value::from("1\t2\t3")));
    }
}
