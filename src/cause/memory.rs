//! Values that the kernel derives from the size of memory.

use super::claim::number;
use crate::compare::{Comparison, RowId};
use crate::model::Path;

/// How far a value's ratio may lie from that of the memory: firmware keeps a little, and derivations round.
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

/// Two sides whose sizes of memory differ.
pub(super) struct Memory {
    sides: (usize, usize),
    ratio: f64,
}

impl Memory {
    pub(super) fn of(comparison: &Comparison) -> Option<Self> {
        let row = comparison.find(&Path::new(["hardware", "memory", "total_bytes"]))?;
        if !super::claim::is_found(comparison, row) {
            return None;
        }
        let reference = comparison.reference();
        let own = number(comparison, row, reference)?;
        let other = |side: &usize| number(comparison, row, *side).is_some_and(|size| size != own && size > 0.0);
        let side = (0..comparison.sides().len()).find(other)?;
        Some(Self { sides: (side, reference), ratio: own / number(comparison, row, side)? })
    }

    /// Whether a difference follows from that of the memory.
    pub(super) fn claim(&self, comparison: &Comparison, row: RowId, keys: &[&str]) -> bool {
        match keys {
            ["hardware", "memory", "total_bytes"] => true,
            ["hardware", "memory", "modules" | "slots", ..] => true,
            ["hardware", "memory", "online_bytes"] | ["hardware", "numa", "nodes", _, "memory_bytes"] => true,
            ["os", "sysctl", "vm.min_free_kbytes"] => self.fits(comparison, row, f64::sqrt),
            ["os", "sysctl", name] if DERIVED.contains(name) => self.fits(comparison, row, |ratio| ratio),
            ["os", "limits" | "limits_of", .., "nproc" | "sigpending", "soft" | "hard"] => {
                self.fits(comparison, row, |ratio| ratio)
            }
            ["os", "filesystems", _, "size_bytes" | "inodes"] => self.fits(comparison, row, |ratio| ratio),
            _ => false,
        }
    }

    fn fits(&self, comparison: &Comparison, row: RowId, of: fn(f64) -> f64) -> bool {
        let (Some(other), Some(own)) = (number(comparison, row, self.sides.0), number(comparison, row, self.sides.1))
        else {
            return false;
        };
        other > 0.0 && ((own / other) / of(self.ratio)).ln().abs() <= (1.0 + TOLERANCE).ln()
    }
}
