//! What ip-address(8) said when a support archive was made: such archives keep little of /sys and /proc/net.

use crate::host::{Host, Output};
use std::net::IpAddr;

/// An interface as `ip address` shows it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shown {
    pub name: String,
    pub mtu: Option<u64>,
    pub qdisc: Option<String>,
    /// As /sys/class/net has it, in lower case.
    pub state: Option<String>,
    pub transmit_queue_length: Option<u64>,
    pub transmit_queues: Option<u64>,
    pub receive_queues: Option<u64>,
    /// `ether`, `loopback`.
    pub link: Option<String>,
    /// What `-d` says of an interface that somebody made: `vxlan`, `bridge`.
    pub kind: Option<String>,
    pub mac: Option<String>,
    pub addresses: Vec<(IpAddr, u8)>,
}

/// The interfaces of an archive; none for any other host.
pub(super) fn interfaces(host: &Host) -> Option<(Vec<Shown>, String)> {
    let commands = ["ip -d address", "ip address", "ip addr", "ip address show", "ip addr show"];
    let Output { text, source } = commands.into_iter().find_map(|command| host.recorded(command))?;
    let shown = parse(&text);
    (!shown.is_empty()).then_some((shown, source))
}

fn parse(text: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |word: &str| words.iter().position(|one| *one == word).and_then(|at| words.get(at + 1)).copied();
        if !line.starts_with(char::is_whitespace) {
            let [number, name, ..] = words[..] else { continue };
            if !number.ends_with(':') || number.trim_end_matches(':').parse::<u32>().is_err() {
                continue;
            }
            all.push(Shown {
                // `eth0@if7:` is one end of a pair.
                name: name.trim_end_matches(':').split('@').next().unwrap_or_default().to_owned(),
                mtu: after("mtu").and_then(|n| n.parse().ok()),
                qdisc: after("qdisc").map(str::to_owned),
                state: after("state").map(str::to_lowercase),
                transmit_queue_length: after("qlen").and_then(|n| n.parse().ok()),
                ..Shown::default()
            });
            continue;
        }
        let Some(last) = all.last_mut() else { continue };
        last.transmit_queues = last.transmit_queues.or(after("numtxqueues").and_then(|n| n.parse().ok()));
        last.receive_queues = last.receive_queues.or(after("numrxqueues").and_then(|n| n.parse().ok()));
        match words[..] {
            [link, ref rest @ ..] if link.starts_with("link/") => {
                last.link = link.strip_prefix("link/").map(str::to_owned);
                let mac =
                    rest.first().filter(|mac| mac.contains(':') && mac.bytes().any(|b| !matches!(b, b'0' | b':')));
                last.mac = mac.map(|mac| (*mac).to_owned());
            }
            ["inet" | "inet6", address, ..] => {
                // `192.0.2.1 peer 192.0.2.2/32`: the length stands at the other end.
                let whole = after("peer").filter(|_| !address.contains('/')).and_then(|peer| peer.split_once('/'));
                let (address, length) =
                    address.split_once('/').or(whole.map(|(_, n)| (address, n))).unwrap_or((address, ""));
                if let Ok(address) = address.parse::<IpAddr>() {
                    let whole = if address.is_ipv4() { 32 } else { 128 };
                    last.addresses.push((address, length.parse().unwrap_or(whole)));
                }
            }
            // The line of details: its first word is the kind, or of what the interface is a part.
            [kind, ..] if kind.bytes().all(|b| b.is_ascii_lowercase()) && is_kind(kind) && last.kind.is_none() => {
                last.kind = Some(kind.to_owned());
            }
            _ => {}
        }
    }
    all
}

/// Words that begin a line of details and are no kind: what an address is followed by, and unwrapped flags.
fn is_kind(word: &str) -> bool {
    !matches!(word, "valid" | "promiscuity" | "alias" | "altname" | "vf" | "numtxqueues" | "parentbus" | "prog")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_read_with_and_without_details() {
        let text = "1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    \
                    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0 numtxqueues 1 numrxqueues 1\n    \
                    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n\
                    3: vx1@if2: <UP> mtu 8908 qdisc noqueue state UNKNOWN\n    link/ether 9a:e0:6b:c3:ce:e3 brd x\n    \
                    vxlan id 1 local 192.0.2.1 numtxqueues 4 numrxqueues 2\n    inet 192.0.2.9 peer 192.0.2.8/32 scope x\n\
                    \u{20}   inet6 fe80::1/64 scope link\nnonsense\nDevice \"x\" does not exist.\n";
        let all = parse(text);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].mtu, all[0].kind.as_deref(), all[0].mac.as_deref()), (Some(65536), None, None));
        assert_eq!((all[0].state.as_deref(), all[0].transmit_queue_length), (Some("unknown"), Some(1000)));
        assert_eq!((all[1].name.as_str(), all[1].kind.as_deref()), ("vx1", Some("vxlan")));
        assert_eq!((all[1].transmit_queues, all[1].receive_queues), (Some(4), Some(2)));
        assert_eq!(all[1].mac.as_deref(), Some("9a:e0:6b:c3:ce:e3"));
        let expected = [("192.0.2.9".parse().unwrap(), 32), ("fe80::1".parse().unwrap(), 64)];
        assert_eq!(all[1].addresses, expected);
    }
}
