//! `hardware.memory`: `/proc/meminfo` and `/sys/kernel/mm/hugepages`.

use crate::capture::{Facts, Scope};
use crate::host::Host;

const MEMINFO: &str = "/proc/meminfo";
const HUGE_PAGES: &str = "/sys/kernel/mm/hugepages";

/// Reads how much memory there is.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let text = match host.text(MEMINFO) {
        Ok(text) => text,
        Err(error) if error.is_missing() => return without_files(host, facts),
        Err(error) => {
            facts.unread(&["hardware", "memory"], &error);
            return;
        }
    };
    let mut facts = facts.at(&["hardware", "memory"]);
    facts.put_some(&["total_bytes"], kilobytes(&text, "MemTotal"), MEMINFO);
    facts.put_some(&["swap_total_bytes"], kilobytes(&text, "SwapTotal"), MEMINFO);
    if host.as_live().is_some() {
        facts.put(&["page_size_bytes"], rustix::param::page_size(), "sysconf");
    }
    huge_pages(host, &text, &mut facts);
}

fn without_files(host: &Host, facts: &mut Facts) {
    let Some(live) = host.as_live() else {
        facts.not_collected(&["hardware", "memory"], "the root has no /proc/meminfo");
        return;
    };
    let system = live.system();
    let mut facts = facts.at(&["hardware", "memory"]);
    facts.put_some(&["total_bytes"], system.memory_bytes, "sysinfo");
    facts.put_some(&["swap_total_bytes"], system.swap_bytes, "sysinfo");
}

/// How many huge pages are set aside, by their size in bytes.
fn huge_pages(host: &Host, meminfo: &str, facts: &mut Scope) {
    let folders = host.list(HUGE_PAGES).unwrap_or_default();
    let mut found = false;
    for entry in &folders {
        let size = entry.name.strip_prefix("hugepages-").and_then(|s| s.strip_suffix("kB")?.parse::<u64>().ok());
        let Some(bytes) = size.and_then(|kilobytes| kilobytes.checked_mul(1024)) else { continue };
        let path = format!("{HUGE_PAGES}/{}/nr_hugepages", entry.name);
        match host.word(&path) {
            Ok(count) => facts.put_some(&["huge_pages", &bytes.to_string(), "count"], count.parse::<u64>().ok(), &path),
            Err(error) => facts.unread(&["huge_pages", &bytes.to_string(), "count"], &error),
        }
        found = true;
    }
    if !found && let Some(bytes) = kilobytes(meminfo, "Hugepagesize") {
        let count = value(meminfo, "HugePages_Total").and_then(|n| n.parse::<u64>().ok());
        facts.put_some(&["huge_pages", &bytes.to_string(), "count"], count, MEMINFO);
    }
}

fn value<'a>(meminfo: &'a str, key: &str) -> Option<&'a str> {
    meminfo.lines().find_map(|line| Some(line.strip_prefix(key)?.strip_prefix(':')?.trim()))
}

/// `MemTotal:  16318944 kB`, in bytes.
fn kilobytes(meminfo: &str, key: &str) -> Option<u64> {
    value(meminfo, key)?.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meminfo_is_in_kilobytes() {
        let text = "MemTotal:       16318944 kB\nSwapTotal:             0 kB\nHugePages_Total:       3\n";
        assert_eq!(kilobytes(text, "MemTotal"), Some(16_710_598_656));
        assert_eq!((kilobytes(text, "SwapTotal"), kilobytes(text, "Mem")), (Some(0), None));
        assert_eq!(value(text, "HugePages_Total"), Some("3"));
    }
}
