//! `hardware.cpu.core_types`: how many processors there are of each kind, where a machine mixes fast and frugal cores.

use super::cpu::{CPUINFO, CPUS};
use super::cpu_set::CpuSet;
use super::cpuinfo::Identity;
use crate::capture::Scope;
use crate::host::Host;
use std::collections::BTreeMap;

/// Puts the kinds. Intel's have performance counters of their own, named by kind; Arm's have names of their own.
pub(super) fn put(host: &Host, types: &[(Identity, CpuSet)], online: &CpuSet, facts: &mut Scope) {
    let mut named = false;
    for (name, file) in [
        ("core", "/sys/devices/cpu_core/cpus"),
        ("atom", "/sys/devices/cpu_atom/cpus"),
        ("lowpower", "/sys/devices/cpu_lowpower/cpus"),
    ] {
        if let Ok(text) = host.text(file) {
            facts.put(&["core_types", name], CpuSet::from_list(&text).len(), file);
            named = true;
        }
    }
    let mut names: Vec<(&str, usize)> = Vec::new();
    for (identity, cpus) in types {
        let Some(model) = identity.model.as_deref() else { continue };
        match names.iter_mut().find(|(name, _)| *name == model) {
            Some((_, count)) => *count += cpus.len(),
            None => names.push((model, cpus.len())),
        }
    }
    if names.len() > 1 {
        for (name, count) in names {
            facts.put(&["core_types", name], count, CPUINFO);
        }
    } else if !named && host.as_live().is_none() {
        by_frequency(host, online, facts);
    }
}

/// A dump may lack the counters. Intel's two kinds have different base frequencies, and so have favoured cores of some
/// servers; but only unlike cores also share their second cache among different numbers of processors.
fn by_frequency(host: &Host, online: &CpuSet, facts: &mut Scope) {
    const SOURCE: &str = "/sys/devices/system/cpu/cpu*/cpufreq/base_frequency";
    let mut kinds: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for cpu in online.iter() {
        let frequency = host.word(&format!("{CPUS}/cpu{cpu}/cpufreq/base_frequency")).ok();
        let Some(frequency) = frequency.and_then(|kilohertz| kilohertz.parse().ok()) else { return };
        kinds.entry(frequency).or_default().push(cpu);
    }
    let mut kinds = kinds.into_values();
    let (Some(frugal), Some(fast), None) = (kinds.next(), kinds.next(), kinds.next()) else { return };
    let sharing = |cpus: &[u32]| {
        let base = format!("{CPUS}/cpu{}/cache/index2/shared_cpu", cpus.first()?);
        Some(CpuSet::read(host, &format!("{base}_list"), &format!("{base}_map"))?.len())
    };
    if sharing(&frugal).zip(sharing(&fast)).is_some_and(|(a, b)| a != b) {
        facts.put(&["core_types", "core"], fast.len(), SOURCE);
        facts.put(&["core_types", "atom"], frugal.len(), SOURCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Facts;
    use crate::capture::settings::tests::{root, written};

    fn kinds(cache_of_the_slow: &str) -> Vec<String> {
        let file = |cpu: u32, file: &str| format!("{CPUS}/cpu{cpu}/{file}");
        let (_dir, host) = root(&[
            (&file(0, "cpufreq/base_frequency"), "1900000\n"),
            (&file(0, "cache/index2/shared_cpu_list"), "0-1\n"),
            (&file(1, "cpufreq/base_frequency"), "1900000\n"),
            (&file(2, "cpufreq/base_frequency"), "1400000\n"),
            (&file(2, "cache/index2/shared_cpu_list"), cache_of_the_slow),
        ]);
        let mut facts = Facts::new();
        put(&host, &[], &CpuSet::from_list("0-2"), &mut facts.at(&["cpu"]));
        written(&facts)
    }

    #[test]
    fn unlike_cores_are_told_from_favoured_ones() {
        assert_eq!(kinds("2-5\n"), ["cpu.core_types.atom = 1", "cpu.core_types.core = 2"]);
        assert!(kinds("2-3\n").is_empty());
    }
}
