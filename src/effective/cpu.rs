//! Processors: how many a program has, what they can do at the least, and what C programs make of their number.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::{Value, ValueRef};
use std::collections::HashSet;

/// What each level of the x86-64 psABI adds to the one before ("Micro-Architecture Levels"), in the kernel's words of
/// /proc/cpuinfo: `pni` is SSE3, `abm` has LZCNT, `lahf_lm` LAHF and SAHF in long mode. OSXSAVE has no word; without
/// it the kernel hides `avx`.
const LEVELS: [&[&str]; 4] = [
    &["lm", "cmov", "cx8", "fpu", "fxsr", "mmx", "syscall", "sse", "sse2"],
    &["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"],
    &["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"],
    &["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
];

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["usable_cpus"],
        Spec { from: &["hardware.cpu.online", "hardware.cpu.logical_count", "os.cgroup.cpus", "os.cgroup.cpu_max"],
            unit: None,
            about: "How many processors' time a program can use: those that run, or fewer where a control group limits it.",
            formula: "the smallest of the processors online, the control group's processors and its quota of time",
        },
        |facts| {
            let cpus = usable_cpus(facts)?;
            Some(if cpus.fract() == 0.0 { Value::from(cpus as u64) } else { Value::from(cpus) })
        },
    );
    making.add(
        &["cpu", "x86_64_level"],
        Spec { from: &["hardware.cpu.flags"],
            unit: None,
            about: "The highest level of x86-64 that the processor has: programs built for a higher one are killed at once.",
            formula: "the highest of the psABI's levels 1 to 4 whose flags, with those of all lower ones, are in hardware.cpu.flags",
        },
        |facts| level(facts.value(&["hardware", "cpu", "flags"]).is()?).map(Value::from),
    );
    making.add(
        &["malloc_arenas"],
        Spec { from: &["libraries.libc.name", "os.environment.MALLOC_ARENA_MAX", "os.environment.GLIBC_TUNABLES", "os.userspace_bits", "hardware.cpu.online", "hardware.cpu.logical_count", "os.cgroup.cpus"],
            unit: None,
            about: "Into how many heaps the C library may spread the memory of a program with many threads.",
            formula: "MALLOC_ARENA_MAX where it is set, else 8 for each processor that the program may run on; 2 in 32-bit programs",
        },
        arenas,
    );
}

/// sched(7) and Documentation/admin-guide/cgroup-v2.rst: `cpuset.cpus.effective` and `cpu.max`.
pub(super) fn usable_cpus(facts: &Evidence<'_, '_>) -> Option<f64> {
    let runs = affine_cpus(facts)? as f64;
    match facts.value(&["os", "cgroup", "cpu_max"]) {
        Known::Is(ValueRef::Number(quota)) if quota.as_f64() > 0.0 => Some(runs.min(quota.as_f64())),
        Known::Is(ValueRef::Text("max")) | Known::Absent => Some(runs),
        _ => None,
    }
}

/// Those that a program may run on, whatever its quota.
fn affine_cpus(facts: &Evidence<'_, '_>) -> Option<u64> {
    let online = match facts.text(&["hardware", "cpu", "online"]) {
        Known::Is(ranges) => count(ranges)?,
        _ => facts.number(&["hardware", "cpu", "logical_count"]).is()?,
    };
    match facts.value(&["os", "cgroup", "cpus"]) {
        Known::Is(ValueRef::Text(ranges)) => Some(count(ranges)?.min(online)),
        Known::Is(ValueRef::Number(_)) => Some(1),
        Known::Absent => Some(online),
        _ => None,
    }
}

/// How many processors a list like `0-3,8` names.
fn count(ranges: &str) -> Option<u64> {
    let mut sum = 0_u64;
    for part in ranges.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        sum = sum.checked_add(last.checked_sub(first)?.checked_add(1)?)?;
    }
    Some(sum)
}

fn level(flags: ValueRef<'_>) -> Option<u64> {
    let ValueRef::List(flags) = flags else { return None };
    let flags: HashSet<&str> = flags.iter().filter_map(ValueRef::as_text).collect();
    let level = LEVELS.iter().take_while(|wanted| wanted.iter().all(|flag| flags.contains(flag))).count();
    (level > 0).then_some(level as u64)
}

/// mallopt(3), M_ARENA_MAX; the count is that of sched_getaffinity(2), which no quota changes.
fn arenas(facts: &Evidence<'_, '_>) -> Option<Value> {
    if facts.text(&["libraries", "libc", "name"]) != Known::Is("glibc") {
        return None;
    }
    match facts.number(&["os", "environment", "MALLOC_ARENA_MAX"]) {
        Known::Is(set) if set > 0 => return Some(Value::from(set)),
        Known::Unknown => return None,
        _ => {}
    }
    if let Known::Is(tunables) = facts.text(&["os", "environment", "GLIBC_TUNABLES"])
        && let Some(set) = tunables.split(':').find_map(|one| one.strip_prefix("glibc.malloc.arena_max="))
    {
        return set.parse::<u64>().ok().map(Value::from);
    }
    let each = if facts.number(&["os", "userspace_bits"]).or(64)? == 32 { 2 } else { 8 };
    Some(Value::from(affine_cpus(facts)?.saturating_mul(each)))
}
