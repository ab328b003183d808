//! All probes. A new one is a file in its area's folder and a line here.

use super::Probe;
use super::{hardware, os};
use std::time::Duration;

/// A few dozen small files.
const QUICK: Duration = Duration::from_secs(3);

/// Data bases and folders with thousands of entries.
const SLOW: Duration = Duration::from_secs(10);

/// Every probe of the program, longest first so that the others run beside it.
pub static PROBES: &[Probe] = &[
    // --- hardware
    Probe { name: "processors", paths: &["hardware.cpu"], live_only: false, limit: QUICK, run: hardware::cpu::probe },
    Probe { name: "memory", paths: &["hardware.memory"], live_only: false, limit: QUICK, run: hardware::memory::probe },
    Probe {
        name: "memory nodes",
        paths: &["hardware.numa"],
        live_only: false,
        limit: QUICK,
        run: hardware::numa::probe,
    },
    // --- os
    Probe { name: "kernel settings", paths: &["os.sysctl"], live_only: false, limit: SLOW, run: os::sysctl::probe },
    Probe {
        name: "file systems",
        paths: &["os.filesystems"],
        live_only: false,
        limit: SLOW,
        run: os::filesystems::probe,
    },
    Probe { name: "kernel", paths: &["os.kernel"], live_only: false, limit: QUICK, run: os::kernel::probe },
    Probe {
        name: "kernel settings' files",
        paths: &["os.sysctl_files"],
        live_only: false,
        limit: QUICK,
        run: os::sysctl_files::probe,
    },
    Probe { name: "fstab", paths: &["os.fstab"], live_only: false, limit: QUICK, run: os::fstab::probe },
    Probe { name: "time", paths: &["os.time"], live_only: false, limit: QUICK, run: os::time::probe },
    Probe { name: "os release", paths: &["os.release"], live_only: false, limit: QUICK, run: os::release::probe },
];
