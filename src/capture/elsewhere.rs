//! What a running machine alone knows. A probe of another root that finds nothing there has no answer: that the root
//! lacks the kernel's folders must not read as a machine without routes.

use super::{Facts, Probe};
use crate::host::Host;
use crate::model::Path;

/// Paths, and where a dump or support archive would have what stands beneath them.
const PLACES: [(&str, &str); 13] = [
    ("identity.addresses", "/proc/net"),
    ("identity.boot_id", "/proc/sys/kernel/random"),
    ("identity.macs", "/sys/class/net"),
    ("network.interfaces", "/sys/class/net"),
    ("network.listening", "/proc/net"),
    ("network.ephemeral_listeners", "/proc/net"),
    ("network.neighbours", "/proc/net"),
    ("network.routes", "/proc/net"),
    ("network.rules", "/proc/net"),
    ("network.traffic", "/proc/net"),
    ("os.filesystems", "/proc/self/mounts"),
    ("os.kernel", "/proc/sys/kernel"),
    ("os.sysctl", "/proc/sys"),
];

/// Names what another root could not tell a probe.
pub(super) fn mark(probe: &Probe, host: &Host, facts: &mut Facts) {
    if host.as_live().is_some() {
        return;
    }
    for (written, place) in PLACES.iter().filter(|(path, _)| probe.paths.contains(path)) {
        let Ok(path) = written.parse::<Path>() else { continue };
        let beneath = |at: &Path| at.segments().starts_with(path.segments());
        let is_told = facts.values().iter().any(|(at, _)| beneath(at));
        let is_named = facts.problems().iter().any(|(at, _)| *at == path);
        if !is_told && !is_named && !host.exists(place) {
            let keys: Vec<&str> = path.keys().collect();
            facts.not_collected(&keys, &format!("the root has no {place}"));
        }
    }
}
