//! All probes. A new one is a file in its area's folder and a line here.

use super::Probe;
use super::{configuration, libraries, os, toolchains};
use std::time::Duration;

/// A few dozen small files.
const QUICK: Duration = Duration::from_secs(3);

/// Data bases and folders with thousands of entries.
const SLOW: Duration = Duration::from_secs(10);

/// Every probe of the program, longest first so that the others run beside it.
pub static PROBES: &[Probe] = &[
    // --- libraries
    Probe {
        name: "dpkg packages",
        paths: &["libraries.packages.dpkg"],
        live_only: false,
        limit: SLOW,
        run: libraries::dpkg::packages::probe,
    },
    Probe {
        name: "C library and OpenSSL",
        paths: &["libraries.libc", "libraries.openssl"],
        live_only: false,
        limit: QUICK,
        run: libraries::shared::probe,
    },
    // --- toolchains
    Probe { name: "toolchains", paths: &["toolchains"], live_only: false, limit: SLOW, run: toolchains::probe },
    // --- configuration
    Probe {
        name: "configuration files",
        paths: &["configuration.files"],
        live_only: false,
        limit: SLOW,
        run: configuration::probe,
    },
    // --- os
    Probe { name: "os release", paths: &["os.release"], live_only: false, limit: QUICK, run: os::release::probe },
];
