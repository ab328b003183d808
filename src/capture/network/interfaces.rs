//! `network.interfaces`: /sys/class/net, Documentation/ABI/testing/sysfs-class-net of the kernel; queueing disciplines
//! and offloads from netlink, and what a support archive recorded of all that.

use super::recorded::{self, Shown};
use super::{joined, made_up};
use crate::capture::Facts;
use crate::host::{EntryKind, Host};
use crate::model::{Problem, ProblemKind, Value};
use std::collections::{BTreeMap, HashMap};

const FOLDER: &str = "/sys/class/net";

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let shown = recorded::interfaces(host);
    let entries = match host.list(FOLDER) {
        Ok(entries) => entries,
        Err(error) if error.is_missing() && shown.is_some() => Vec::new(),
        Err(error) if error.is_missing() => {
            return facts.not_collected(&["network", "interfaces"], "there is no /sys/class/net here");
        }
        Err(error) => return facts.unread(&["network", "interfaces"], &error),
    };
    let kinds = of_kernel(host, facts);
    let (shown, source) = shown.unwrap_or_default();
    // A plain file here is no interface: `bonding_masters`.
    let found = entries.into_iter().filter(|entry| entry.kind != EntryKind::File).map(|entry| entry.name);
    let mut names: Vec<String> = found.collect();
    names.extend(shown.iter().map(|one| one.name.clone()));
    names.sort();
    names.dedup();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for name in names {
        if let Some(kind) = made_up(&name) {
            *counts.entry(kind).or_default() += 1;
            continue;
        }
        let shown = shown.iter().find(|one| one.name == name);
        // Dumps keep the link, and of what it leads to nothing or an empty folder.
        let holds = |file: &str| host.exists(&format!("{FOLDER}/{name}/{file}"));
        if ["type", "mtu", "uevent"].iter().any(|file| holds(file)) {
            interface(host, &name, kinds.get(&name), facts);
        } else if let Some(shown) = shown {
            of_record(host, shown, &source, facts);
        } else {
            let why = format!("{FOLDER}/{name} holds nothing here");
            facts.not_collected(&["network", "interfaces", &name], &why);
        }
        archived(host, &name, shown, &source, facts);
    }
    for (kind, count) in counts {
        facts.put(&["network", "made_up_interfaces", kind], count, FOLDER);
    }
}

/// Puts what only a running kernel tells; returns the kinds of interfaces that somebody made.
fn of_kernel(host: &Host, facts: &mut Facts) -> HashMap<String, String> {
    let mut kinds = HashMap::new();
    let Some(live) = host.as_live() else { return kinds };
    let mut facts = facts.at(&["network", "interfaces"]);
    match live.links() {
        Ok(links) => {
            for link in links.into_iter().filter(|link| made_up(&link.name).is_none()) {
                facts.put_some(&[&link.name, "qdisc"], link.qdisc, "netlink RTM_GETLINK");
                kinds.extend(link.kind.map(|kind| (link.name, kind)));
            }
        }
        Err(problem) => facts.problem(&[], problem),
    }
    match live.offloads() {
        Ok(all) => {
            for (name, on) in all.into_iter().filter(|(name, _)| made_up(name).is_none()) {
                facts.put(&[&name, "offloads"], Value::set(on), "netlink ETHTOOL_MSG_FEATURES_GET");
            }
        }
        // What is not told of any interface is said of each.
        Err(problem) => {
            for entry in host.list(FOLDER).unwrap_or_default() {
                if entry.kind != EntryKind::File && made_up(&entry.name).is_none() {
                    facts.problem(&[&entry.name, "offloads"], problem.clone());
                }
            }
        }
    }
    kinds
}

fn interface(host: &Host, name: &str, made: Option<&String>, facts: &mut Facts) {
    let base = format!("{FOLDER}/{name}");
    let word = |file: &str| host.word(&format!("{base}/{file}")).ok().filter(|word| !word.is_empty());
    let mut scope = facts.at(&["network", "interfaces", name]);
    // Of what somebody made, the kernel's word says more than its folder, which has none for most kinds.
    let kind = kind(host, &base)
        .map(|kind| made.filter(|_| matches!(&*kind, "virtual" | "none" | "tunnel")).cloned().unwrap_or(kind));
    scope.put_some(&["kind"], kind, &base);
    scope.put_some(&["mtu"], word("mtu").and_then(|mtu| mtu.parse::<u64>().ok()), &base);
    // Megabits a second; -1 where the driver does not know, an error where the link is down.
    let speed = word("speed").and_then(|speed| speed.parse::<u64>().ok()).and_then(|mb| mb.checked_mul(1_000_000));
    scope.put_some(&["speed_bits_per_second"], speed, &base);
    scope.put_some(&["duplex"], word("duplex").filter(|duplex| duplex != "unknown"), &base);
    scope.put_some(&["state"], word("operstate"), &base);
    scope.put_some(&["transmit_queue_length"], word("tx_queue_len").and_then(|n| n.parse::<u64>().ok()), &base);
    let driver = host.link(&format!("{base}/device/driver")).ok();
    scope.put_some(&["driver"], driver.as_deref().and_then(|link| link.rsplit('/').next()), &base);
    if let Ok(queues) = host.list(&format!("{base}/queues")) {
        for (prefix, key) in [("rx-", "receive"), ("tx-", "transmit")] {
            let count = queues.iter().filter(|queue| queue.name.starts_with(prefix)).count();
            if count > 0 {
                scope.put(&["queues", key], count, &base);
            }
        }
    }
    joined::read(host, &base, &mut scope);
    let mac = word("address").filter(|mac| mac.bytes().any(|b| b.is_ascii_hexdigit() && b != b'0'));
    facts.put_some(&["identity", "macs", name], mac, &base);
}

/// An interface of which an archive kept nothing but what `ip address` said.
fn of_record(host: &Host, shown: &Shown, source: &str, facts: &mut Facts) {
    let mut scope = facts.at(&["network", "interfaces", &shown.name]);
    // The link into /sys/devices is kept, and says whether there is hardware behind it.
    let place = host.link(&format!("{FOLDER}/{}", shown.name)).ok();
    let by_place = place.map(|place| if place.contains("/virtual/") { "virtual" } else { "ethernet" }.to_owned());
    let kind = match (shown.link.as_deref(), &shown.kind) {
        (Some("loopback"), _) => Some("loopback".to_owned()),
        (_, Some(kind)) if !kind.ends_with("_slave") => Some(kind.clone()),
        (Some("ether"), _) => by_place,
        // The words of ip-link(8) for the numbers that /sys/class/net has.
        (Some("ipip" | "tunnel6" | "sit" | "gre" | "gre6"), _) => Some("tunnel".to_owned()),
        (Some(other), _) if other.starts_with('[') => Some("none".to_owned()),
        (other, _) => other.map(str::to_owned),
    };
    scope.put_some(&["kind"], kind, source);
    scope.put_some(&["mtu"], shown.mtu, source);
    scope.put_some(&["state"], shown.state.as_deref(), source);
    scope.put_some(&["transmit_queue_length"], shown.transmit_queue_length, source);
    scope.put_some(&["queues", "transmit"], shown.transmit_queues, source);
    scope.put_some(&["queues", "receive"], shown.receive_queues, source);
    facts.put_some(&["identity", "macs", &shown.name], shown.mac.as_deref(), source);
}

/// What no file of another root tells: recorded by an archive, or not collected.
fn archived(host: &Host, name: &str, shown: Option<&Shown>, source: &str, facts: &mut Facts) {
    if host.as_live().is_some() {
        return;
    }
    let mut scope = facts.at(&["network", "interfaces", name]);
    match shown.and_then(|shown| shown.qdisc.as_deref()) {
        Some(qdisc) => scope.put(&["qdisc"], qdisc, source),
        None => scope.problem(&["qdisc"], only_running()),
    }
    if let Some(output) = host.recorded("networkctl status -a") {
        scope.put_some(&["driver"], driver(&output.text, name), &output.source);
    }
    if let Some(output) = host.recorded(&format!("ethtool -i {name}")) {
        let driver = output.text.lines().find_map(|line| line.strip_prefix("driver:")).map(str::trim);
        scope.put_some(&["driver"], driver, &output.source);
    }
    if let Some(output) = host.recorded(&format!("ethtool {name}")) {
        let after = |key: &str| output.text.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
        let speed = after("Speed:").and_then(|speed| speed.strip_suffix("Mb/s")?.parse::<u64>().ok());
        scope.put_some(&["speed_bits_per_second"], speed.and_then(|mb| mb.checked_mul(1_000_000)), &output.source);
        let duplex = after("Duplex:").map(str::to_lowercase).filter(|duplex| matches!(&**duplex, "full" | "half"));
        scope.put_some(&["duplex"], duplex, &output.source);
    }
    match host.recorded(&format!("ethtool -k {name}")) {
        Some(output) => scope.put(&["offloads"], Value::set(offloads(&output.text)), &output.source),
        None => scope.problem(&["offloads"], only_running()),
    }
}

/// The driver of an interface in the words of networkctl(1), which parts interfaces by a line `* 2: eth0`.
fn driver<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let is_head = |line: &str| {
        line.split_once(": ")
            .is_some_and(|(head, _)| head.contains(|c: char| c.is_ascii_digit()) && !head.starts_with(' '))
    };
    let own = |line: &str| is_head(line) && line.split_once(": ").is_some_and(|(_, rest)| rest.trim() == name);
    let mut lines = text.lines().skip_while(|line| !own(line)).skip(1).take_while(|line| !is_head(line));
    lines.find_map(|line| line.trim().strip_prefix("Driver:")).map(str::trim)
}

fn only_running() -> Problem {
    Problem::new(ProblemKind::NotCollected, "only a running kernel tells it")
}

/// The features that `ethtool -k` shows as on, in the kernel's words: for some it has older ones of its own, and some
/// of its lines sum up those indented beneath.
fn offloads(text: &str) -> Vec<&str> {
    const NAMES: [(&str, &str); 11] = [
        ("rx-checksumming", "rx-checksum"),
        ("udp-fragmentation-offload", "tx-udp-fragmentation"),
        ("generic-segmentation-offload", "tx-generic-segmentation"),
        ("generic-receive-offload", "rx-gro"),
        ("large-receive-offload", "rx-lro"),
        ("rx-vlan-offload", "rx-vlan-hw-parse"),
        ("tx-vlan-offload", "tx-vlan-hw-insert"),
        ("ntuple-filters", "rx-ntuple-filter"),
        ("receive-hashing", "rx-hashing"),
        ("rx-udp_tunnel-port-offload", "rx-udp_tunnel-port-offload"),
        ("l2-fwd-offload", "l2-fwd-offload"),
    ];
    const SUMS: [&str; 3] = ["tx-checksumming", "scatter-gather", "tcp-segmentation-offload"];
    let on = text.lines().filter_map(|line| {
        let (name, state) = line.trim().split_once(':')?;
        (state.split_whitespace().next() == Some("on") && !SUMS.contains(&name)).then_some(name)
    });
    on.map(|name| NAMES.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new)).collect()
}

/// What kind of interface it is: by the kernel's own word, by what its folder holds, else by its ARPHRD number.
fn kind(host: &Host, base: &str) -> Option<String> {
    let uevent = host.text(&format!("{base}/uevent")).unwrap_or_default();
    if let Some(kind) = uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE=")) {
        return Some(kind.to_owned());
    }
    let marks = [("bridge", "bridge"), ("bonding", "bond"), ("wireless", "wlan"), ("tun_flags", "tun")];
    if let Some((_, kind)) = marks.iter().find(|(file, _)| host.exists(&format!("{base}/{file}"))) {
        return Some((*kind).to_owned());
    }
    // include/uapi/linux/if_arp.h
    let number = host.word(&format!("{base}/type")).ok()?;
    Some(match number.as_str() {
        "1" if host.exists(&format!("{base}/device")) => "ethernet".to_owned(),
        "1" => "virtual".to_owned(),
        "32" => "infiniband".to_owned(),
        "512" => "ppp".to_owned(),
        "768" | "769" | "776" | "778" | "823" => "tunnel".to_owned(),
        "772" => "loopback".to_owned(),
        "65534" => "none".to_owned(),
        other => format!("type {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn an_interface_is_read_and_made_up_ones_are_counted() {
        let (_dir, host) = root(&[
            ("/sys/class/net/eth0/mtu", "1500\n"),
            ("/sys/class/net/eth0/type", "1\n"),
            ("/sys/class/net/eth0/speed", "-1\n"),
            ("/sys/class/net/eth0/duplex", "unknown\n"),
            ("/sys/class/net/eth0/operstate", "up\n"),
            ("/sys/class/net/eth0/address", "02:00:00:00:00:01\n"),
            ("/sys/class/net/eth0/queues/rx-0/rps_cpus", "0\n"),
            ("/sys/class/net/eth0/queues/rx-1/rps_cpus", "0\n"),
            ("/sys/class/net/bond0/uevent", "DEVTYPE=bond\nINTERFACE=bond0\n"),
            ("/sys/class/net/bond0/speed", "20000\n"),
            ("/sys/class/net/veth12ab/mtu", "1500\n"),
            ("/sys/class/net/bonding_masters", "bond0\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "identity.macs.eth0 = 02:00:00:00:00:01",
            "network.interfaces.bond0.kind = bond",
            "network.interfaces.bond0.speed_bits_per_second = 20000000000",
            "network.interfaces.eth0.kind = virtual",
            "network.interfaces.eth0.mtu = 1500",
            "network.interfaces.eth0.queues.receive = 2",
            "network.interfaces.eth0.state = up",
            "network.made_up_interfaces.veth = 1",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn an_archive_tells_what_was_recorded() {
        let shown = "2: eth0: <UP> mtu 9000 qdisc fq_codel state UP qlen 1000\n    link/ether 02:00:00:00:00:01 brd x\n\
                     3: eth1: <UP> mtu 1500 qdisc mq state UP qlen 1000\n    link/ether 02:00:00:00:00:02 brd x\n";
        let features = "Features for eth0:\nrx-checksumming: on [fixed]\ntx-checksumming: on\n\ttx-checksum-ipv4: on\n\
                        \ttx-checksum-sctp: off [fixed]\ngeneric-receive-offload: on\nlarge-receive-offload: off\n";
        let (_dir, host) = root(&[
            ("/sys/class/net/eth1/mtu", "1400\n"),
            ("/insights_commands/ip_addr", shown),
            (
                "/insights_commands/networkctl_status_-a",
                "* 2: eth0   \n   Type: ether\n\n* 3: eth1  \n   Driver: virtio_net  \n",
            ),
            ("/insights_commands/ethtool_-k_eth0", features),
            ("/insights_commands/ethtool_-i_eth0", "driver: ixgbe\nversion: 1\n"),
            ("/insights_commands/ethtool_eth0", "Settings for eth0:\n\tSpeed: 10000Mb/s\n\tDuplex: Full\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "identity.macs.eth0 = 02:00:00:00:00:01",
            "network.interfaces.eth0.driver = ixgbe",
            "network.interfaces.eth0.duplex = full",
            "network.interfaces.eth0.mtu = 9000",
            "network.interfaces.eth0.offloads = [(\"rx-checksum\") (\"rx-gro\") (\"tx-checksum-ipv4\")]",
            "network.interfaces.eth0.qdisc = fq_codel",
            "network.interfaces.eth0.speed_bits_per_second = 10000000000",
            "network.interfaces.eth0.state = up",
            "network.interfaces.eth0.transmit_queue_length = 1000",
            "network.interfaces.eth1.driver = virtio_net",
            "network.interfaces.eth1.mtu = 1400",
            "network.interfaces.eth1.qdisc = mq",
        ];
        assert_eq!(written(&facts), expected);
    }
}
