//! `network.traffic`: the shape of the load since boot, as ratios. proc(5) and Documentation/networking/snmp_counter.rst
//! of the kernel.
//!
//! Counters of two machines are never equal and their sizes say only how long each has been up; what a test environment
//! must resemble is their proportions. So all of it is volatile, with a tolerance in the vocabulary: it is a divergence
//! where it is of another order of magnitude, and of counts too small to say anything no ratio is made.

use super::made_up;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::Value;
use std::collections::HashMap;

const DEVICES: &str = "/proc/net/dev";

/// Counts of one interface, or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    bytes_in: u64,
    packets_in: u64,
    bytes_out: u64,
    packets_out: u64,
    errors: u64,
    drops: u64,
}

impl Counts {
    /// The columns of /proc/net/dev: bytes, packets, errors, drops and four more, first received and then sent.
    fn of(columns: &[u64]) -> Option<Self> {
        let &[bytes_in, packets_in, errors_in, drops_in, _, _, _, _, bytes_out, packets_out, errors_out, drops_out, ..] =
            columns
        else {
            return None;
        };
        let (errors, drops) = (errors_in.saturating_add(errors_out), drops_in.saturating_add(drops_out));
        Some(Self { bytes_in, packets_in, bytes_out, packets_out, errors, drops })
    }

    fn add(&mut self, other: Self) {
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.packets_in = self.packets_in.saturating_add(other.packets_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.packets_out = self.packets_out.saturating_add(other.packets_out);
        self.errors = self.errors.saturating_add(other.errors);
        self.drops = self.drops.saturating_add(other.drops);
    }

    fn put(self, facts: &mut Scope<'_>) {
        let packets = self.packets_in.saturating_add(self.packets_out);
        let ratios = [
            ("bytes_per_packet_in", each(self.bytes_in, self.packets_in)),
            ("bytes_per_packet_out", each(self.bytes_out, self.packets_out)),
            ("packets_in_to_out_ratio", against(self.packets_in, self.packets_out)),
            ("errors_ratio", each(self.errors, packets)),
            ("drops_ratio", each(self.drops, packets)),
        ];
        for (key, ratio) in ratios {
            facts.put_some(&[key], ratio, DEVICES);
        }
    }
}

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["network", "traffic"]);
    devices(host, &mut facts);
    protocols(host, &mut facts);
    sockets(host, &mut facts);
}

/// Of fewer, a ratio is chance: a machine that idles, one that was just started.
const FEW: u64 = 1000;

/// So much for each of the whole; nothing where too few have been counted.
fn each(part: u64, whole: u64) -> Option<Value> {
    (whole >= FEW).then(|| ratio(part, whole))?
}

/// One count against another of its kind, either of which may be the greater.
fn against(one: u64, other: u64) -> Option<Value> {
    (one.max(other) >= FEW).then(|| ratio(one, other))?
}

/// Two figures that matter and two to spare.
fn ratio(part: u64, whole: u64) -> Option<Value> {
    if whole == 0 {
        return None;
    }
    let ratio = part as f64 / whole as f64;
    let digits = if ratio == 0.0 { 0 } else { (3 - ratio.log10().floor() as i32).clamp(0, 12) };
    let scale = 10_f64.powi(digits);
    let rounded = (ratio * scale).round() / scale;
    Some(if rounded.fract() == 0.0 { Value::from(rounded as u64) } else { Value::from(rounded) })
}

fn devices(host: &Host, facts: &mut Scope<'_>) {
    let text = match host.text(DEVICES) {
        Ok(text) => text,
        Err(error) => return missing(facts, &["interfaces"], &error),
    };
    let mut all = Counts::default();
    for line in text.lines() {
        let Some((name, counts)) = line.split_once(':') else { continue };
        let columns: Vec<u64> = counts.split_whitespace().map_while(|word| word.parse().ok()).collect();
        let (name, Some(counts)) = (name.trim(), Counts::of(&columns)) else { continue };
        if made_up(name).is_some() || counts.packets_in.saturating_add(counts.packets_out) == 0 {
            continue;
        }
        counts.put(&mut facts.at(&["interfaces", name]));
        if name != "lo" {
            all.add(counts);
        }
    }
    all.put(&mut facts.at(&["all"]));
}

fn missing(facts: &mut Scope<'_>, keys: &[&str], error: &crate::host::ReadError) {
    use crate::model::{Problem, ProblemKind};
    let problem = error.problem().unwrap_or_else(|| Problem::new(ProblemKind::NotCollected, error.to_string()));
    facts.problem(keys, problem);
}

/// Ratios of counters of /proc/net/snmp and /proc/net/netstat: key, what is counted, and of how many.
const RATIOS: [(&[&str], &str, &str); 8] = [
    (&["tcp", "retransmit_ratio"], "Tcp.RetransSegs", "Tcp.OutSegs"),
    (&["tcp", "receive_errors_ratio"], "Tcp.InErrs", "Tcp.InSegs"),
    (&["tcp", "resets_sent_ratio"], "Tcp.OutRsts", "Tcp.OutSegs"),
    (&["tcp", "failed_attempts_ratio"], "Tcp.AttemptFails", "Tcp.ActiveOpens"),
    (&["tcp", "passive_to_active_ratio"], "Tcp.PassiveOpens", "Tcp.ActiveOpens"),
    (&["tcp", "listen_drops_ratio"], "TcpExt.ListenDrops", "Tcp.PassiveOpens"),
    (&["udp", "receive_errors_ratio"], "Udp.InErrors", "Udp.InDatagrams"),
    (&["ip", "fragments_ratio"], "Ip.FragCreates", "Ip.OutRequests"),
];

fn protocols(host: &Host, facts: &mut Scope<'_>) {
    const FILES: [&str; 2] = ["/proc/net/snmp", "/proc/net/netstat"];
    let mut counters = HashMap::new();
    for file in FILES {
        match host.text(file) {
            Ok(text) => gather(&text, &mut counters),
            Err(error) => missing(facts, &["tcp"], &error),
        }
    }
    for (keys, part, whole) in RATIOS {
        if let (Some(part_count), Some(whole_count)) = (counters.get(part), counters.get(whole)) {
            let file = if part.starts_with("TcpExt") { FILES[1] } else { FILES[0] };
            let made = if part == "Tcp.PassiveOpens" { against } else { each };
            facts.put_some(keys, made(*part_count, *whole_count), file);
        }
    }
}

/// Pairs of lines, `Tcp: names` and `Tcp: numbers`. A number below zero (`MaxConn`) counts nothing.
fn gather(text: &str, counters: &mut HashMap<String, u64>) {
    let mut lines = text.lines();
    while let (Some(names), Some(numbers)) = (lines.next(), lines.next()) {
        let (Some((head, names)), Some((same, numbers))) = (names.split_once(':'), numbers.split_once(':')) else {
            return;
        };
        if head != same {
            return;
        }
        for (name, number) in names.split_whitespace().zip(numbers.split_whitespace()) {
            if let Ok(number) = number.parse() {
                counters.insert(format!("{head}.{name}"), number);
            }
        }
    }
}

/// `network.traffic.sockets.<protocol>.<what>`: /proc/net/sockstat.
fn sockets(host: &Host, facts: &mut Scope<'_>) {
    const FILE: &str = "/proc/net/sockstat";
    let text = match host.text(FILE) {
        Ok(text) => text,
        Err(error) => return missing(facts, &["sockets"], &error),
    };
    const NAMES: [(&str, &str); 4] =
        [("inuse", "in_use"), ("orphan", "orphans"), ("tw", "time_wait"), ("alloc", "allocated")];
    for line in text.lines() {
        let Some((protocol, rest)) = line.split_once(':') else { continue };
        let protocol = protocol.to_lowercase();
        let words: Vec<&str> = rest.split_whitespace().collect();
        for pair in words.chunks_exact(2) {
            let [name, count] = pair else { continue };
            let known = NAMES.iter().find(|(of_kernel, _)| of_kernel == name);
            if let (Some((_, key)), Ok(count)) = (known, count.parse::<u64>())
                && matches!(&*protocol, "tcp" | "udp")
            {
                facts.put(&["sockets", &protocol, key], count, FILE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn counters_become_ratios() {
        let devices = "Inter-|   Receive                            |  Transmit\n face |bytes    packets errs drop fifo frame \
                       compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo: 10000 1000 0 0 0 0 \
                       0 0 10000 1000 0 0 0 0 0 0\n  eth0:1000000 10000 100 200 0 0 0 0 500000 5000 0 100 0 0 0 0\nvethab1: 1 1 0 \
                       0 0 0 0 0 1 1 0 0 0 0 0 0\n eth1: 50000 990 0 0 0 0 0 0 900 9 0 0 0 0 0 0\n eth9: 0 0 0 0 0 0 0 0 0 \
                       0 0 0 0 0 0 0\n bad: 1 2\n";
        let snmp = "Ip: Forwarding OutRequests FragCreates\nIp: 1 1000 0\nTcp: MaxConn ActiveOpens PassiveOpens OutSegs \
                    RetransSegs AttemptFails\nTcp: -1 2 7000 3000 1 2\nUdp: InDatagrams\n";
        let (_dir, host) = root(&[
            (DEVICES, devices),
            ("/proc/net/snmp", snmp),
            (
                "/proc/net/sockstat",
                "sockets: used 9\nTCP: inuse 4 orphan 0 tw 2 alloc 5 mem 1\nFRAG: inuse 0 memory 0\n",
            ),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("network.traffic.", "")).collect();
        let expected = [
            "all.bytes_per_packet_in = 95.54",
            "all.bytes_per_packet_out = 100",
            "all.drops_ratio = 0.01875",
            "all.errors_ratio = 0.00625",
            "all.packets_in_to_out_ratio = 2.194",
            "interfaces.eth0.bytes_per_packet_in = 100",
            "interfaces.eth0.bytes_per_packet_out = 100",
            "interfaces.eth0.drops_ratio = 0.02",
            "interfaces.eth0.errors_ratio = 0.006667",
            "interfaces.eth0.packets_in_to_out_ratio = 2",
            // Of eth1, which had 999 packets, nothing.
            "interfaces.lo.bytes_per_packet_in = 10",
            "interfaces.lo.bytes_per_packet_out = 10",
            "interfaces.lo.drops_ratio = 0",
            "interfaces.lo.errors_ratio = 0",
            "interfaces.lo.packets_in_to_out_ratio = 1",
            "ip.fragments_ratio = 0",
            "sockets.tcp.allocated = 5",
            "sockets.tcp.in_use = 4",
            "sockets.tcp.orphans = 0",
            "sockets.tcp.time_wait = 2",
            "tcp.passive_to_active_ratio = 3500",
            "tcp.retransmit_ratio = 0.0003333",
        ];
        assert_eq!(text, expected);
        assert_eq!(facts.problems().len(), 1, "netstat is not there, and that is said");
    }

    #[test]
    fn a_share_is_rounded_and_never_out_of_range() {
        assert_eq!(ratio(1, 0), None);
        assert_eq!(ratio(u64::MAX, 1), Some(Value::from(u64::MAX)));
        assert_eq!(ratio(1, u64::MAX), Some(Value::from(0_u64)));
    }
}
