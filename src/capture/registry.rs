//! All probes. A new one is a file in its area's folder and a line here.

use super::Probe;
use super::{hardware, os};
use std::time::Duration;

/// A few dozen small files.
const QUICK: Duration = Duration::from_secs(3);

/// Every probe of the program, longest first so that the others run beside it.
pub static PROBES: &[Probe] = &[
    // hardware
    Probe { name: "processors", paths: &["hardware.cpu"], live_only: false, limit: QUICK, run: hardware::cpu::probe },
    Probe { name: "memory", paths: &["hardware.memory"], live_only: false, limit: QUICK, run: hardware::memory::probe },
    Probe { name: "memory nodes", paths: &["hardware.numa"], live_only: false, limit: QUICK, run: hardware::numa::probe },
    // os
    Probe { name: "os release", paths: &["os.release"], live_only: false, limit: QUICK, run: os::release::probe },
];
