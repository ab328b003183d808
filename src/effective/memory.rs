//! Memory: what of it programs may use, and what the kernel keeps waiting in it.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::Value;

const TOTAL: &[&str] = &["hardware", "memory", "total_bytes"];

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["usable_memory_bytes"],
        Spec {
            from: &["hardware.memory.total_bytes", "os.cgroup.memory_max_bytes"],
            unit: Some("bytes"),
            about: "How much memory a program can use: the machine's, or less where a control group limits it.",
            formula: "the smaller of the machine's memory and the control group's limit",
        },
        |facts| usable_memory(facts).map(Value::from),
    );
    making.add(
        &["dirty_bytes"],
        Spec {
            from: &[
                r#"os.sysctl."vm.dirty_bytes""#,
                r#"os.sysctl."vm.dirty_ratio""#,
                "hardware.memory.total_bytes",
                "hardware.memory.huge_pages.*.count",
            ],
            unit: Some("bytes"),
            about: "How much written data may wait in memory before the programs that write are held up, at most.",
            formula: "vm.dirty_ratio percent of the memory, unless vm.dirty_bytes is set",
        },
        |facts| dirty(facts).map(Value::from),
    );
    making.add(
        &["dirty_background_bytes"],
        Spec { from: &[r#"os.sysctl."vm.dirty_background_bytes""#, r#"os.sysctl."vm.dirty_background_ratio""#, r#"os.sysctl."vm.dirty_bytes""#, r#"os.sysctl."vm.dirty_ratio""#, "hardware.memory.total_bytes", "hardware.memory.huge_pages.*.count"],
            unit: Some("bytes"),
            about: "How much written data may wait in memory before the kernel begins to write it out, at most.",
            formula: "vm.dirty_background_ratio percent of the memory, unless vm.dirty_background_bytes is set; half of \
                      the limit for writers where it is not below that",
        },
        |facts| {
            let background = share(facts, "vm.dirty_background_bytes", "vm.dirty_background_ratio")?;
            let limit = dirty(facts)?;
            // domain_dirty_limits() in mm/page-writeback.c: a background limit that is none is halved.
            Some(Value::from(if background >= limit { limit / 2 } else { background }))
        },
    );
    making.add(
        &["swap"],
        Spec {
            from: &["hardware.memory.swap_total_bytes", "os.fstab.*.type"],
            unit: None,
            about: "Whether memory can be swapped out to a disk.",
            formula: "swap space is switched on; of a root that does not run, fstab asks for some",
        },
        |facts| match facts.number(&["hardware", "memory", "swap_total_bytes"]) {
            Known::Is(bytes) => Some(Value::Bool(bytes > 0)),
            Known::Absent => None,
            Known::Unknown => swap_of_fstab(facts),
        },
    );
    making.add(
        &["huge_page_bytes"],
        Spec {
            from: &["hardware.memory.huge_pages.*.count"],
            unit: Some("bytes"),
            about: "How much memory is set aside for huge pages, which only programs that ask for them can use.",
            formula: "the sum over all sizes of huge pages of their size times their count",
        },
        |facts| huge_pages(facts).map(Value::from),
    );
    making.add(
        &["commit_limit_bytes"],
        Spec { from: &[r#"os.sysctl."vm.overcommit_memory""#, "hardware.memory.total_bytes", "hardware.memory.swap_total_bytes", r#"os.sysctl."vm.overcommit_kbytes""#, r#"os.sysctl."vm.overcommit_ratio""#, "hardware.memory.huge_pages.*.count"],
            unit: Some("bytes"),
            about: "How much memory all programs together may ask for; unlimited where the kernel promises more than it has.",
            formula: "with vm.overcommit_memory 2: vm.overcommit_ratio percent of the memory without huge pages, or \
                      vm.overcommit_kbytes, and the swap space; else unlimited",
        },
        commit_limit,
    );
}

/// The limit of control groups is the capturing process's: where none was there to ask, nothing is known of it.
pub(super) fn usable_memory(facts: &Evidence<'_, '_>) -> Option<u64> {
    let total = facts.number(TOTAL).is()?;
    let limit = facts.number(&["os", "cgroup", "memory_max_bytes"]).or(u64::MAX)?;
    Some(total.min(limit))
}

fn dirty(facts: &Evidence<'_, '_>) -> Option<u64> {
    share(facts, "vm.dirty_bytes", "vm.dirty_ratio")
}

/// Documentation/admin-guide/sysctl/vm.rst: of the pair of a ratio and a number of bytes, the one written last counts and
/// the other reads as 0. The ratio is one of *available* memory, free and reclaimable pages, and not of all: that moves
/// with what runs, so all memory stands in for it, as the most that it can be. Huge pages are never available.
fn share(facts: &Evidence<'_, '_>, bytes: &str, ratio: &str) -> Option<u64> {
    match facts.sysctl_number(bytes).or(0)? {
        0 => {}
        set => return Some(set),
    }
    let ratio = facts.sysctl_number(ratio).is()?.min(100);
    let memory = facts.number(TOTAL).is()?.saturating_sub(huge_pages(facts).unwrap_or(0));
    u64::try_from(u128::from(memory) * u128::from(ratio) / 100).ok()
}

/// Documentation/admin-guide/mm/hugetlbpage.rst.
fn huge_pages(facts: &Evidence<'_, '_>) -> Option<u64> {
    let sizes = facts.beneath_any(&["hardware", "memory", "huge_pages"]);
    let mut sum: Option<u64> = None;
    for (size, _) in sizes {
        let count = facts.number(&["hardware", "memory", "huge_pages", size, "count"]).or(0)?;
        let bytes = size.parse::<u64>().ok()?.saturating_mul(count);
        sum = Some(sum.unwrap_or(0).saturating_add(bytes));
    }
    sum
}

/// fstab(5).
fn swap_of_fstab(facts: &Evidence<'_, '_>) -> Option<Value> {
    let mounts = facts.beneath(&["os", "fstab"]);
    let is_swap = |at: &str| facts.text(&["os", "fstab", at, "type"]) == Known::Is("swap");
    mounts.iter().any(|(at, _)| is_swap(at)).then_some(Value::Bool(true))
}

/// Documentation/mm/overcommit-accounting.rst and proc_meminfo(5), CommitLimit.
fn commit_limit(facts: &Evidence<'_, '_>) -> Option<Value> {
    if facts.sysctl_number("vm.overcommit_memory").is()? != 2 {
        return Some(Value::from("unlimited"));
    }
    let total = facts.number(TOTAL).is()?;
    let swap = facts.number(&["hardware", "memory", "swap_total_bytes"]).is()?;
    let limit = match facts.sysctl_number("vm.overcommit_kbytes").or(0)? {
        0 => {
            let ratio = facts.sysctl_number("vm.overcommit_ratio").is()?;
            let memory = total.saturating_sub(huge_pages(facts)?);
            u64::try_from(u128::from(memory) * u128::from(ratio) / 100).ok()?
        }
        kbytes => kbytes.saturating_mul(1024),
    };
    Some(Value::from(limit.saturating_add(swap)))
}
