//! What joins interfaces into one: how a bond shares its load (Documentation/networking/bonding.rst of the kernel) and how
//! a bridge passes frames on (net/bridge/br_sysfs_br.c).

use super::made_up;
use crate::capture::Scope;
use crate::host::Host;
use crate::model::Value;

/// More ports than anybody joins, made-up ones left out.
const MOST: usize = 256;

/// Reads both of the interface whose folder this is; what is neither has none of the files.
pub(super) fn read(host: &Host, base: &str, facts: &mut Scope<'_>) {
    if host.exists(&format!("{base}/bonding")) {
        bond(host, base, &mut facts.at(&["bond"]));
    }
    if host.exists(&format!("{base}/bridge")) {
        bridge(host, base, &mut facts.at(&["bridge"]));
    }
}

fn bond(host: &Host, base: &str, facts: &mut Scope<'_>) {
    // A choice stands there by its name and its number: `802.3ad 4`.
    let file = |name: &str| format!("{base}/bonding/{name}");
    let word = |name: &str| host.word(&file(name)).ok()?.split_whitespace().next().map(str::to_owned);
    let mode = word("mode");
    let is_lacp = mode.as_deref() == Some("802.3ad");
    // Every mode has a policy in its file; modes that send by turns or over one port do not ask for it.
    let hashes = matches!(mode.as_deref(), Some("balance-xor" | "802.3ad" | "balance-tlb"));
    facts.put_some(&["mode"], mode, &file("mode"));
    let policy = word("xmit_hash_policy").filter(|_| hashes);
    facts.put_some(&["transmit_hash_policy"], policy, &file("xmit_hash_policy"));
    facts.put_some(&["lacp_rate"], word("lacp_rate").filter(|_| is_lacp), &file("lacp_rate"));
    facts.put_some(&["primary"], word("primary"), &file("primary"));
    for (key, name) in [("monitor_milliseconds", "miimon"), ("least_links", "min_links")] {
        facts.put_some(&[key], word(name).and_then(|text| text.parse::<u64>().ok()), &file(name));
    }
    if let Ok(ports) = host.word(&file("slaves")) {
        let ports: Vec<&str> = ports.split_whitespace().take(MOST).collect();
        facts.put(&["ports"], Value::set(ports), &file("slaves"));
    }
}

fn bridge(host: &Host, base: &str, facts: &mut Scope<'_>) {
    let file = |name: &str| format!("{base}/bridge/{name}");
    let number = |name: &str| host.word(&file(name)).ok()?.parse::<u64>().ok();
    // 2 is a spanning tree that a program keeps instead of the kernel.
    for (key, name) in [
        ("spanning_tree", "stp_state"),
        ("vlan_filtering", "vlan_filtering"),
        ("multicast_snooping", "multicast_snooping"),
    ] {
        facts.put_some(&[key], number(name).map(|n| n != 0), &file(name));
    }
    // In hundredths of a second (USER_HZ).
    for (key, name) in [("forward_delay_seconds", "forward_delay"), ("ageing_seconds", "ageing_time")] {
        facts.put_some(&[key], number(name).map(|n| n / 100), &file(name));
    }
    let folder = format!("{base}/brif");
    if let Ok(ports) = host.list(&folder) {
        let ports = ports.into_iter().map(|port| port.name).filter(|name| made_up(name).is_none()).take(MOST);
        facts.put(&["ports"], Value::set(ports), &folder);
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;
    use crate::host::Host;

    /// What the interfaces of a root have beneath `bond` and `bridge`.
    fn joined(files: &[(&str, &str)]) -> Vec<String> {
        let facts = Root::new(files).probe(|host: &Host, facts| super::super::interfaces::read(host, facts));
        written(&facts).into_iter().filter(|line| line.contains(".bond.") || line.contains(".bridge.")).collect()
    }

    #[test]
    fn a_bond_says_how_it_shares_its_load() {
        let facts = joined(&[
            ("/sys/class/net/bond0/mtu", "9000\n"),
            ("/sys/class/net/bond0/bonding/mode", "802.3ad 4\n"),
            ("/sys/class/net/bond0/bonding/xmit_hash_policy", "layer3+4 1\n"),
            ("/sys/class/net/bond0/bonding/lacp_rate", "fast 1\n"),
            ("/sys/class/net/bond0/bonding/miimon", "100\n"),
            ("/sys/class/net/bond0/bonding/min_links", "0\n"),
            ("/sys/class/net/bond0/bonding/primary", "\n"),
            ("/sys/class/net/bond0/bonding/slaves", "eth1 eth0\n"),
            ("/sys/class/net/bond1/mtu", "1500\n"),
            ("/sys/class/net/bond1/bonding/mode", "active-backup 1\n"),
            ("/sys/class/net/bond1/bonding/xmit_hash_policy", "layer2 0\n"),
            ("/sys/class/net/bond1/bonding/lacp_rate", "slow 0\n"),
            ("/sys/class/net/bond1/bonding/primary", "eth2\n"),
        ]);
        let expected = [
            "network.interfaces.bond0.bond.least_links = 0",
            "network.interfaces.bond0.bond.lacp_rate = fast",
            "network.interfaces.bond0.bond.mode = 802.3ad",
            "network.interfaces.bond0.bond.monitor_milliseconds = 100",
            "network.interfaces.bond0.bond.ports = [(\"eth0\") (\"eth1\")]",
            "network.interfaces.bond0.bond.transmit_hash_policy = layer3+4",
            "network.interfaces.bond1.bond.mode = active-backup",
            "network.interfaces.bond1.bond.primary = eth2",
        ];
        let mut facts = facts;
        facts.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(facts, expected);
    }

    #[test]
    fn a_bridge_says_how_it_passes_frames_and_leaves_out_what_engines_plug_in() {
        let facts = joined(&[
            ("/sys/class/net/br0/mtu", "1500\n"),
            ("/sys/class/net/br0/bridge/stp_state", "1\n"),
            ("/sys/class/net/br0/bridge/forward_delay", "1500\n"),
            ("/sys/class/net/br0/bridge/ageing_time", "30000\n"),
            ("/sys/class/net/br0/bridge/vlan_filtering", "0\n"),
            ("/sys/class/net/br0/brif/eth0/state", "3\n"),
            ("/sys/class/net/br0/brif/veth12ab34c/state", "3\n"),
        ]);
        let expected = [
            "network.interfaces.br0.bridge.ageing_seconds = 300",
            "network.interfaces.br0.bridge.forward_delay_seconds = 15",
            "network.interfaces.br0.bridge.ports = [(\"eth0\")]",
            "network.interfaces.br0.bridge.spanning_tree = true",
            "network.interfaces.br0.bridge.vlan_filtering = false",
        ];
        assert_eq!(facts, expected);
    }
}
