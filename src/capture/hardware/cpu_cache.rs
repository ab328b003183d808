//! Processor caches: `/sys/devices/system/cpu/cpu*/cache/index*` (Documentation/ABI/testing/sysfs-devices-system-cpu).

use super::cpu::{CPUINFO, CPUS, one_or_list};
use super::cpu_set::CpuSet;
use super::cpuinfo::CpuInfo;
use crate::capture::Scope;
use crate::host::Host;
use std::collections::{BTreeMap, BTreeSet};

/// More levels and kinds than any processor has.
const MOST: usize = 16;

/// One cache: a piece of silicon that some processors share.
#[derive(Debug, Default)]
struct Instance {
    size_bytes: Option<u64>,
    ways: Option<u64>,
    line_size_bytes: Option<u64>,
    shared_by: Option<u64>,
}

/// Instances by name, `l1d`, `l2`.
type Caches = BTreeMap<String, Vec<Instance>>;

/// Puts the caches of the online processors.
pub(super) fn put(host: &Host, info: &CpuInfo, online: &CpuSet, facts: &mut Scope) {
    let mut caches = from_sysfs(host, online);
    let mut source = "/sys/devices/system/cpu/cpu*/cache";
    if caches.is_empty() {
        caches = from_sizes(host, online);
        source = "/sys/devices/system/cpu/cpu*";
    }
    for (name, instances) in &caches {
        put_one(name, instances, source, facts);
    }
    let shared: Caches = from_cpuinfo(info).filter(|(name, _)| !caches.contains_key(name)).collect();
    for (name, instances) in &shared {
        put_one(name, instances, CPUINFO, facts);
    }
}

fn put_one(name: &str, instances: &[Instance], source: &str, facts: &mut Scope) {
    let sizes: Vec<u64> = instances.iter().filter_map(|i| i.size_bytes).collect();
    let total = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    let mut facts = facts.at(&["cache", name]);
    facts.put(&["instances"], instances.len(), source);
    facts.put_some(&["total_bytes"], (!sizes.is_empty()).then_some(total), source);
    facts.put_some(&["size_bytes"], one_or_list(sizes), source);
    facts.put_some(&["ways"], one_or_list(instances.iter().filter_map(|i| i.ways)), source);
    facts.put_some(&["line_size_bytes"], one_or_list(instances.iter().filter_map(|i| i.line_size_bytes)), source);
    facts.put_some(&["shared_by"], one_or_list(instances.iter().filter_map(|i| i.shared_by)), source);
}

/// Each instance is read once, at the first processor that shares it.
fn from_sysfs(host: &Host, online: &CpuSet) -> Caches {
    let mut caches = Caches::new();
    let mut counted: BTreeSet<(String, CpuSet)> = BTreeSet::new();
    let mut seen: Vec<CpuSet> = vec![CpuSet::default(); MOST];
    for cpu in online.iter() {
        for (index, seen) in seen.iter_mut().enumerate() {
            if seen.contains(cpu) {
                continue;
            }
            let file = |name: &str| format!("{CPUS}/cpu{cpu}/cache/index{index}/{name}");
            let Ok(level) = host.word(&file("level")) else { break };
            let kind = host.word(&file("type")).unwrap_or_default();
            let number = |name: &str| host.word(&file(name)).ok().and_then(|word| word.parse::<u64>().ok());
            let sharing = CpuSet::read(host, &file("shared_cpu_list"), &file("shared_cpu_map"));
            sharing.iter().flat_map(CpuSet::iter).for_each(|member| seen.insert(member));
            let name = name(&level, &kind);
            // Some hypervisors list one cache under two indexes.
            if sharing.as_ref().is_some_and(|cpus| !counted.insert((name.clone(), cpus.clone()))) {
                continue;
            }
            caches.entry(name).or_default().push(Instance {
                size_bytes: host.word(&file("size")).ok().and_then(|word| size(&word)),
                ways: number("ways_of_associativity").filter(|ways| *ways > 0),
                line_size_bytes: number("coherency_line_size").filter(|bytes| *bytes > 0),
                shared_by: sharing.map(|cpus| cpus.len() as u64),
            });
        }
    }
    caches
}

/// Files that sparc and some POWER kernels have instead: sizes in bytes, a cache for each core.
fn from_sizes(host: &Host, online: &CpuSet) -> Caches {
    let mut caches = Caches::new();
    for cpu in online.iter() {
        for (name, file) in [("l1d", "l1_dcache"), ("l1i", "l1_icache"), ("l2", "l2_cache")] {
            let number = |what: &str| host.word(&format!("{CPUS}/cpu{cpu}/{file}_{what}")).ok()?.parse::<u64>().ok();
            let Some(size_bytes) = number("size") else { continue };
            caches.entry(name.to_owned()).or_default().push(Instance {
                size_bytes: Some(size_bytes),
                line_size_bytes: number("line_size"),
                ..Instance::default()
            });
        }
        if caches.is_empty() {
            break;
        }
    }
    caches
}

/// s390 lists the caches that whole books and drawers share in cpuinfo alone.
fn from_cpuinfo(info: &CpuInfo) -> impl Iterator<Item = (String, Vec<Instance>)> {
    info.shared_caches().into_iter().map(|cache| {
        let instance = Instance {
            size_bytes: size(cache.size),
            ways: cache.ways,
            line_size_bytes: cache.line_size,
            shared_by: None,
        };
        (name(cache.level, cache.kind), vec![instance])
    })
}

/// `l1d`, `l1i`, `l2`.
fn name(level: &str, kind: &str) -> String {
    let suffix = match kind {
        "Data" => "d",
        "Instruction" => "i",
        _ => "",
    };
    format!("l{level}{suffix}")
}

/// `32K`, `12M`, in bytes.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match text.get(digits.len()..)? {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!((size("48K"), size("12M"), size("512")), (Some(49_152), Some(12 << 20), Some(512)));
        assert_eq!((size("K"), size("1é"), size("99999999999999999999G")), (None, None, None));
    }
}
