//! `hardware.numa`: `/sys/devices/system/node` (Documentation/admin-guide/mm/numaperf.rst).

use super::cpu_set::CpuSet;
use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;

const NODES: &str = "/sys/devices/system/node";

/// Reads the nodes: some have processors, some memory alone, and their numbers may be sparse.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let entries = match host.list(NODES) {
        Ok(entries) => entries,
        Err(error) => {
            facts.unread(&["hardware", "numa"], &error);
            if error.is_missing() && host.as_live().is_none() {
                facts.not_collected(&["hardware", "numa"], "the root has no /sys/devices/system/node");
            }
            return;
        }
    };
    let mut facts = facts.at(&["hardware", "numa"]);
    let nodes = entries.iter().filter_map(|e| e.name.strip_prefix("node")).filter(|n| n.parse::<u32>().is_ok());
    let mut count = 0_usize;
    let mut distances = Vec::new();
    for node in nodes {
        count += 1;
        let file = |name: &str| format!("{NODES}/node{node}/{name}");
        let cpus = CpuSet::read(host, &file("cpulist"), &file("cpumap")).unwrap_or_default();
        facts.put(&["nodes", node, "cpus"], cpus.to_string(), &file("cpulist"));
        let memory = host.text(&file("meminfo")).ok().and_then(|text| total(&text));
        facts.put_some(&["nodes", node, "memory_bytes"], memory, &file("meminfo"));
        distances.extend(host.word(&file("distance")).ok().map(|d| d.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    facts.put(&["node_count"], count, NODES);
    if !distances.is_empty() {
        facts.put(&["distances"], Value::list(distances), "/sys/devices/system/node/node*/distance");
    }
}

/// `Node 0 MemTotal:  16318944 kB`, in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.split_once("MemTotal:"))?.1;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
