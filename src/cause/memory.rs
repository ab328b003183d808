//! Values that the kernel derives from the size of memory.

use super::claim::number;
use super::places::is_shipped;
use crate::compare::{Comparison, RowId};
use crate::model::Path;

/// How far a value's ratio may lie from that of the memory, as a share of it: firmware keeps a little, and derivations
/// round.
const TOLERANCE: f64 = 0.3;

/// Settings that the kernel sizes by memory when it starts (Documentation/admin-guide/sysctl, fork_init, inotify,
/// epoll, nf_conntrack, tcp_init_mem); each only counts where its ratio fits, so that one that somebody set stays out.
const DERIVED: [&str; 24] = [
    "fs.epoll.max_user_watches",
    "fs.file-max",
    "fs.inotify.max_user_watches",
    "fs.fanotify.max_user_marks",
    "kernel.threads-max",
    "kernel.shmall",
    "net.ipv4.tcp_max_orphans",
    "net.ipv4.tcp_max_tw_buckets",
    "net.ipv4.tcp_mem",
    "net.ipv4.udp_mem",
    "net.netfilter.nf_conntrack_buckets",
    "net.netfilter.nf_conntrack_expect_max",
    "net.netfilter.nf_conntrack_max",
    "net.nf_conntrack_max",
    "user.max_cgroup_namespaces",
    "user.max_fanotify_marks",
    "user.max_inotify_watches",
    "user.max_ipc_namespaces",
    "user.max_mnt_namespaces",
    "user.max_net_namespaces",
    "user.max_pid_namespaces",
    "user.max_time_namespaces",
    "user.max_user_namespaces",
    "user.max_uts_namespaces",
];

/// A little for what firmware keeps and derivations round where the memories are nearly the same.
const ROUNDING: f64 = 0.01;

/// The sizes of memory, which differ.
pub(super) struct Memory {
    /// By side, where it is known.
    sizes: Vec<(usize, f64)>,
}

impl Memory {
    pub(super) fn of(comparison: &Comparison) -> Option<Self> {
        let row = comparison.find(&Path::new(["hardware", "memory", "total_bytes"]))?;
        if !super::claim::is_found(comparison, row) {
            return None;
        }
        let sizes = (0..comparison.sides().len()).filter_map(|side| Some((side, number(comparison, row, side)?)));
        Some(Self { sizes: sizes.filter(|(_, size)| *size > 0.0).collect() })
    }

    /// Whether a difference follows from that of the memory.
    pub(super) fn claim(&self, comparison: &Comparison, row: RowId, keys: &[&str]) -> bool {
        let fits = || self.fits(comparison, row, |ratio| ratio);
        match keys {
            ["hardware", "memory", "total_bytes"] => true,
            ["hardware", "memory", "modules" | "slots", ..] => true,
            ["hardware", "memory", "online_bytes"] | ["hardware", "numa", "nodes", _, "memory_bytes"] => true,
            ["os", "sysctl", name] if is_declared(comparison, name) => false,
            ["os", "sysctl", "vm.min_free_kbytes"] => self.fits(comparison, row, f64::sqrt),
            ["os", "sysctl", name] if DERIVED.contains(name) => fits(),
            // systemd raises the locked memory of the first process to an eighth (bump_rlimit_memlock).
            ["os", "limits_of", "init", "memlock", "soft" | "hard"]
            | ["os", "limits" | "limits_of", .., "nproc" | "sigpending", "soft" | "hard"]
            | ["os", "filesystems", _, "size_bytes" | "inodes"] => is_shipped(comparison, row) && fits(),
            _ => false,
        }
    }

    /// Whether the values of each two sides are to each other as their memories say; the nearer the memories, the nearer
    /// must the values be.
    fn fits(&self, comparison: &Comparison, row: RowId, of: fn(f64) -> f64) -> bool {
        let values = self.sizes.iter().filter_map(|(side, size)| {
            let value = number(comparison, row, *side).filter(|value| *value > 0.0)?;
            Some((*size, value))
        });
        let values: Vec<(f64, f64)> = values.collect();
        let fit = |(one, other): (&(f64, f64), &(f64, f64))| {
            let derived = of(other.0 / one.0).ln();
            let tolerance = (derived.abs() * TOLERANCE + ROUNDING).min((1.0 + TOLERANCE).ln());
            ((other.1 / one.1).ln() - derived).abs() <= tolerance
        };
        let pairs =
            || values.iter().enumerate().flat_map(|(at, one)| values.iter().skip(at + 1).map(move |two| (one, two)));
        pairs().next().is_some() && pairs().all(fit)
    }
}

/// Whether a file of some side sets it.
fn is_declared(comparison: &Comparison, name: &str) -> bool {
    comparison.find(&Path::new(["os", "sysctl_files", name])).is_some()
}
