//! `network.interfaces`: /sys/class/net, Documentation/ABI/testing/sysfs-class-net of the kernel.

use super::made_up;
use crate::capture::Facts;
use crate::host::{EntryKind, Host};
use std::collections::BTreeMap;

const FOLDER: &str = "/sys/class/net";

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let entries = match host.list(FOLDER) {
        Ok(entries) => entries,
        Err(error) if error.is_missing() => {
            return facts.not_collected(&["network", "interfaces"], "there is no /sys/class/net here");
        }
        Err(error) => return facts.unread(&["network", "interfaces"], &error),
    };
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    // A plain file here is no interface: `bonding_masters`.
    for entry in entries.into_iter().filter(|entry| entry.kind != EntryKind::File) {
        match made_up(&entry.name) {
            Some(kind) => *counts.entry(kind).or_default() += 1,
            None => interface(host, &entry.name, facts),
        }
    }
    for (kind, count) in counts {
        facts.put(&["network", "made_up_interfaces", kind], count, FOLDER);
    }
}

fn interface(host: &Host, name: &str, facts: &mut Facts) {
    let base = format!("{FOLDER}/{name}");
    // Dumps keep the link, and of what it leads to nothing or an empty folder.
    if !["type", "mtu", "uevent"].iter().any(|file| host.exists(&format!("{base}/{file}"))) {
        let why = format!("{base} holds nothing here");
        return facts.not_collected(&["network", "interfaces", name], &why);
    }
    let word = |file: &str| host.word(&format!("{base}/{file}")).ok().filter(|word| !word.is_empty());
    let mut scope = facts.at(&["network", "interfaces", name]);
    scope.put_some(&["kind"], kind(host, &base), &base);
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
    let mac = word("address").filter(|mac| mac.bytes().any(|b| b.is_ascii_hexdigit() && b != b'0'));
    facts.put_some(&["identity", "macs", name], mac, &base);
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
}
