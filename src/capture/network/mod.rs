//! Interfaces, routes and proxies.

mod addresses;
pub(super) mod firewall;
#[cfg(test)]
mod fixtures_test;
mod interfaces;
mod joined;
mod proxy;
mod recorded;
mod routes;
mod rules;
pub(super) mod sockets;
mod traffic;

use crate::capture::Facts;
use crate::host::Host;

/// Reads how this machine is connected.
pub(super) fn probe(host: &Host, facts: &mut Facts) {
    interfaces::read(host, facts);
    addresses::read(host, facts);
    routes::read(host, facts);
    rules::read(host, facts);
    proxy::read(host, facts);
}

/// How names begin that a container engine or hypervisor makes up for one end of a link. They come and go, and no two
/// machines have the same.
const MADE_UP: [&str; 8] = ["veth", "cali", "lxc", "vnet", "tap", "cilium_lxc", "qvo", "qvb"];

/// The kind of a made-up name, if it is one: interfaces of these kinds are counted, and never listed by name.
pub(in crate::capture) fn made_up(name: &str) -> Option<&'static str> {
    let hex = |rest: &str| rest.len() == 12 && rest.bytes().all(|b| b.is_ascii_hexdigit());
    if name.strip_prefix("br-").is_some_and(hex) {
        return Some("br");
    }
    MADE_UP.into_iter().find(|prefix| {
        let rest = name.strip_prefix(prefix).unwrap_or_default();
        rest.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_are_told_from_given_ones() {
        assert_eq!(made_up("veth1a2b3c4"), Some("veth"));
        assert_eq!(made_up("br-0123456789ab"), Some("br"));
        for name in ["br-ex", "eth0", "docker0", "tap", "veth"] {
            assert_eq!(made_up(name), None, "{name}");
        }
    }

    #[test]
    fn the_live_machine_has_its_loopback() {
        let mut facts = Facts::new();
        probe(&Host::live(), &mut facts);
        if facts.get("network.interfaces.lo.mtu").is_some() {
            assert_eq!(facts.get("network.interfaces.lo.kind"), Some(&"loopback".into()));
        }
    }
}
