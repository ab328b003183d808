//! All probes. A new one is a file in its area's folder and a line here.

use super::Probe;
use super::{cache, directory, dns, identity, network, os};
use std::time::Duration;

/// A few dozen small files.
const QUICK: Duration = Duration::from_secs(3);

/// Every probe of the program, longest first so that the others run beside it.
pub static PROBES: &[Probe] = &[
    // os
    Probe { name: "os release", paths: &["os.release"], live_only: false, limit: QUICK, run: os::release::probe },
    // network
    Probe {
        name: "network",
        paths: &["network", "identity.addresses", "identity.macs"],
        live_only: false,
        limit: QUICK,
        run: network::probe,
    },
    // dns
    Probe { name: "dns", paths: &["dns"], live_only: false, limit: QUICK, run: dns::probe },
    // cache
    Probe { name: "caches", paths: &["cache"], live_only: false, limit: QUICK, run: cache::probe },
    // directory
    Probe { name: "directory", paths: &["directory"], live_only: false, limit: QUICK, run: directory::probe },
    // identity
    Probe {
        name: "identity",
        paths: &["identity.host_name", "identity.machine_id", "identity.boot_id", "identity.ssh_host_keys"],
        live_only: false,
        limit: QUICK,
        run: identity::probe,
    },
];
