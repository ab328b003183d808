//! Addresses: which families and prefix lengths an interface has is a setting, the addresses themselves are identity.

use super::{made_up, recorded};
use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const IPV6: &str = "/proc/net/if_inet6";
const IPV4: &str = "/proc/net/fib_trie";

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut all = BTreeSet::new();
    let mut interfaces: BTreeMap<String, BTreeSet<(IpAddr, u8)>> = BTreeMap::new();
    let mut sources = Vec::new();
    let mut whole = true;
    if let Some(live) = host.as_live() {
        for (name, address, prefix) in live.addresses() {
            interfaces.entry(name).or_default().insert((address, prefix));
        }
        sources.push("getifaddrs".to_owned());
    } else if let Some((shown, source)) = recorded::interfaces(host) {
        // One source: an archive that kept the command's words kept at most a part of /proc/net.
        for one in shown {
            interfaces.entry(one.name).or_default().extend(one.addresses);
        }
        sources.push(source);
    } else {
        whole = false;
        if let Ok(text) = host.text(IPV6) {
            for (name, address, prefix) in text.lines().filter_map(inet6) {
                interfaces.entry(name).or_default().insert((IpAddr::V6(address), prefix));
            }
            sources.push(IPV6.to_owned());
        }
        if let Ok(text) = host.text(IPV4) {
            all.extend(local(&text).into_iter().map(IpAddr::V4));
            sources.push(IPV4.to_owned());
        }
    }
    if sources.is_empty() {
        return facts.not_collected(&["identity", "addresses"], "no /proc/net tells addresses here");
    }
    let source = sources.join(", ");
    for (name, addresses) in interfaces.iter().filter(|(name, _)| made_up(name).is_none()) {
        let family = |address: &IpAddr| if address.is_ipv4() { "ipv4" } else { "ipv6" };
        let mut scope = facts.at(&["network", "interfaces", name]);
        if whole {
            scope.put(&["address_families"], Value::set(addresses.iter().map(|(a, _)| family(a))), &source);
            let prefixes =
                addresses.iter().filter(|(a, _)| !is_link_local(a)).map(|(a, n)| format!("{}/{n}", family(a)));
            scope.put(&["prefixes"], Value::set(prefixes), &source);
        } else {
            // Half of the families would compare as a machine that lacks the other.
            for key in ["address_families", "prefixes"] {
                scope.not_collected(&[key], "no file in /proc/net tells an interface's IPv4 addresses");
            }
        }
        if !is_inside(name) {
            all.extend(addresses.iter().map(|(address, _)| *address));
        }
    }
    let own: Vec<String> =
        all.iter().filter(|a| !a.is_loopback() && !is_link_local(a)).map(ToString::to_string).collect();
    if own.is_empty() {
        // Identity that two machines share is a finding, and two that have none share nothing.
        return facts.not_collected(&["identity", "addresses"], &format!("{source}: no address of this machine's own"));
    }
    facts.put(&["identity", "addresses"], Value::set(own), &source);
}

/// The machine's addresses with the interface that has each; `this machine` where a dump does not tell which.
pub(super) fn own(host: &Host) -> HashMap<IpAddr, String> {
    if let Some(live) = host.as_live() {
        return live.addresses().into_iter().map(|(name, address, _)| (address, name)).collect();
    }
    if let Some((shown, _)) = recorded::interfaces(host) {
        return shown
            .into_iter()
            .flat_map(|one| one.addresses.into_iter().map(move |(a, _)| (a, one.name.clone())))
            .collect();
    }
    let six = host.text(IPV6).unwrap_or_default();
    let mut out: HashMap<IpAddr, String> =
        six.lines().filter_map(inet6).map(|(name, address, _)| (IpAddr::V6(address), name)).collect();
    let four = host.text(IPV4).unwrap_or_default();
    out.extend(local(&four).into_iter().map(|address| (IpAddr::V4(address), "this machine".to_owned())));
    out
}

/// Bridges that lead to the machine's own containers and guests: every machine gives them the same addresses, and that
/// two share them says nothing.
fn is_inside(name: &str) -> bool {
    ["docker", "virbr", "cni", "flannel", "lxdbr", "lxcbr", "podman"].iter().any(|start| name.starts_with(start))
}

fn is_link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// A line of if_inet6: address, interface index, prefix length, scope and flags in hexadecimal, name.
fn inet6(line: &str) -> Option<(String, Ipv6Addr, u8)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [address, _, prefix, _, _, name] = words[..] else { return None };
    let address = u128::from_str_radix(address, 16).ok().filter(|_| address.len() == 32)?;
    Some((name.to_owned(), Ipv6Addr::from_bits(address), u8::from_str_radix(prefix, 16).ok()?))
}

/// The machine's own IPv4 addresses in fib_trie: each stands on the line before its `/32 host LOCAL`.
fn local(text: &str) -> BTreeSet<Ipv4Addr> {
    let mut out = BTreeSet::new();
    let mut last: Option<Ipv4Addr> = None;
    for line in text.lines().map(str::trim) {
        match line.strip_prefix("|-- ") {
            Some(address) => last = address.parse().ok(),
            None if line == "/32 host LOCAL" => out.extend(last),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn a_dump_tells_its_addresses() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 192.0.2.0\n        /24 link UNICAST\n     |-- 192.0.2.2\n        \
                    /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n";
        let inet6 = "fd000000000000000000000000000002 04 40 00 82     eth0\nshort 01 80 10 80 lo\n\
                     fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n";
        let (_dir, host) = root(&[(IPV4, trie), (IPV6, inet6)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(written(&facts), ["identity.addresses = [(\"192.0.2.2\") (\"fd00::2\")]"]);
        let said: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(said, ["network.interfaces.eth0.address_families", "network.interfaces.eth0.prefixes"]);
    }

    #[test]
    fn no_address_is_no_shared_identity() {
        let (_dir, host) = root(&[(IPV6, "00000000000000000000000000000001 01 80 10 80       lo\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(written(&facts), [""; 0]);
        let addresses = crate::model::Path::new(["identity", "addresses"]);
        let said = facts.problems().iter().find(|(path, _)| *path == addresses);
        assert!(said.is_some_and(|(_, problem)| problem.is_not_collected()));
    }
}
