//! `hardware.memory`: `/proc/meminfo`, `/sys/kernel/mm/hugepages`, and the blocks of `/sys/devices/system/memory`.

use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::{Problem, ProblemKind};

const MEMINFO: &str = "/proc/meminfo";
const BLOCKS: &str = "/sys/devices/system/memory";

/// The kernel makes blocks larger as memory grows, up to 2 GiB: this many are 4 TiB.
const MOST_BLOCKS: usize = 2048;

const HUGE_PAGES: &str = "/sys/kernel/mm/hugepages";

/// Reads how much memory there is.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    blocks(host, facts);
    let text = match host.text(MEMINFO) {
        Ok(text) => text,
        Err(error) if error.is_missing() => return without_meminfo(host, facts),
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
    } else {
        let why = "only a running machine tells the size of its pages";
        facts.problem(&["page_size_bytes"], Problem::new(ProblemKind::NotCollected, why));
    }
    huge_pages(host, &text, &mut facts);
}

fn without_meminfo(host: &Host, facts: &mut Facts) {
    let Some(live) = host.as_live() else {
        for key in ["total_bytes", "swap_total_bytes", "page_size_bytes"] {
            facts.not_collected(&["hardware", "memory", key], "the root has no /proc/meminfo");
        }
        if !host.exists(HUGE_PAGES) {
            facts.not_collected(&["hardware", "memory", "huge_pages"], "the root has no /sys/kernel/mm");
        }
        return huge_pages(host, "", &mut facts.at(&["hardware", "memory"]));
    };
    let system = live.system();
    let mut facts = facts.at(&["hardware", "memory"]);
    facts.put_some(&["total_bytes"], system.memory_bytes, "sysinfo");
    facts.put_some(&["swap_total_bytes"], system.swap_bytes, "sysinfo");
}

/// The memory that is plugged in, as lsmem(1) counts it (Documentation/admin-guide/mm/memory-hotplug.rst): unlike what
/// the kernel can use, it is the same whatever the kernel keeps for itself.
fn blocks(host: &Host, facts: &mut Facts) {
    let size = host.word(&format!("{BLOCKS}/block_size_bytes")).ok();
    let Some(size) = size.and_then(|hex| u64::from_str_radix(&hex, 16).ok()) else {
        if host.as_live().is_none() {
            for key in ["online_bytes", "offline_bytes"] {
                facts.not_collected(&["hardware", "memory", key], &format!("the root has no {BLOCKS}"));
            }
        }
        return;
    };
    let entries = host.list(BLOCKS).unwrap_or_default();
    let number = |name: &str| name.strip_prefix("memory").is_some_and(|n| n.parse::<u64>().is_ok());
    let names: Vec<_> = entries.iter().map(|entry| &entry.name).filter(|name| number(name)).collect();
    if names.len() > MOST_BLOCKS {
        let problem = Problem::new(ProblemKind::TooLarge, format!("{BLOCKS} has more than {MOST_BLOCKS} blocks"));
        return facts.problem(&["hardware", "memory", "online_bytes"], problem);
    }
    let (mut online, mut offline) = (0_u64, 0_u64);
    for name in names {
        match host.word(&format!("{BLOCKS}/{name}/state")) {
            Ok(state) if state == "online" => online += 1,
            Ok(_) => offline += 1,
            Err(error) => return facts.unread(&["hardware", "memory", "online_bytes"], &error),
        }
    }
    let source = format!("{BLOCKS}/memory*/state");
    facts.put_some(&["hardware", "memory", "online_bytes"], online.checked_mul(size), &source);
    facts.put_some(&["hardware", "memory", "offline_bytes"], offline.checked_mul(size), &source);
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
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn meminfo_is_in_kilobytes() {
        let text = "MemTotal:       16318944 kB\nSwapTotal:             0 kB\nHugePages_Total:       3\n";
        assert_eq!(kilobytes(text, "MemTotal"), Some(16_710_598_656));
        assert_eq!((kilobytes(text, "SwapTotal"), kilobytes(text, "Mem")), (Some(0), None));
        assert_eq!(value(text, "HugePages_Total"), Some("3"));
    }

    #[test]
    fn blocks_are_counted_and_what_a_root_lacks_is_told() {
        let (_dir, host) = root(&[
            ("/sys/devices/system/memory/block_size_bytes", "8000000\n"),
            ("/sys/devices/system/memory/memory0/state", "online\n"),
            ("/sys/devices/system/memory/memory1/state", "offline\n"),
            ("/sys/devices/system/memory/memory32/state", "online\n"),
            ("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "7\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "hardware.memory.huge_pages.2097152.count = 7",
            "hardware.memory.offline_bytes = 134217728",
            "hardware.memory.online_bytes = 268435456",
        ];
        assert_eq!(written(&facts), expected);
        let told: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(told.len(), 3, "{told:?}");
    }
}
