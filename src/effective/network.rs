//! The network: what the kernel makes of several of its settings together.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::{Value, ValueRef};
use std::collections::BTreeSet;

/// The most interfaces of which the filter is told.
const INTERFACES: usize = 256;
const PORTS: &str = "net.ipv4.ip_local_port_range";
const RESERVED: &str = "net.ipv4.ip_local_reserved_ports";

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["ephemeral_ports", "count"],
        Spec {
            from: &[r#"os.sysctl."net.ipv4.ip_local_port_range""#, r#"os.sysctl."net.ipv4.ip_local_reserved_ports""#],
            unit: None,
            about: "How many connections to one port of one address can be open or linger at once.",
            formula: "the width of net.ipv4.ip_local_port_range without the ports of ip_local_reserved_ports",
        },
        |facts| {
            let (first, last) = range(facts)?;
            let kept = reserved(facts)?.into_iter().map(|(from, to)| (from.max(first), to.min(last)));
            let kept: u64 = kept.filter(|(from, to)| from <= to).map(|(from, to)| to - from + 1).sum();
            Some(Value::from((last - first + 1).saturating_sub(kept)))
        },
    );
    making.add(
        &["ephemeral_ports", "of_listeners"],
        Spec {
            from: &[
                r#"os.sysctl."net.ipv4.ip_local_port_range""#,
                r#"os.sysctl."net.ipv4.ip_local_reserved_ports""#,
                "network.listening.*.*.address",
            ],
            unit: None,
            about: "Ports of services that an outgoing connection may take first, so that the service cannot start.",
            formula: "network.listening within net.ipv4.ip_local_port_range and not in ip_local_reserved_ports",
        },
        listeners,
    );
    let mut interfaces: Vec<&str> = Vec::new();
    for (name, _) in making.look.beneath(&["os", "sysctl"]) {
        let inner = name.strip_prefix("net.ipv4.conf.").and_then(|rest| rest.strip_suffix(".rp_filter"));
        interfaces.extend(inner.filter(|inner| !matches!(*inner, "all" | "default" | "lo")));
    }
    interfaces.extend(making.any());
    for interface in interfaces.into_iter().take(INTERFACES) {
        making.add(
            &["rp_filter", interface],
            Spec {
                from: &[r#"os.sysctl."net.ipv4.conf.*.rp_filter""#],
                unit: None,
                about: "Whether packets are dropped whose sender would be answered elsewhere: 0 not, 1 unless through \
                        this interface, 2 unless through any.",
                formula: "the larger of net.ipv4.conf.all.rp_filter and the interface's own",
            },
            |facts| {
                // Documentation/networking/ip-sysctl.rst, rp_filter: the max value from conf/{all,interface} is used.
                let own = facts.number(&["os", "sysctl", &format!("net.ipv4.conf.{interface}.rp_filter")]).is()?;
                let all = facts.number(&["os", "sysctl", "net.ipv4.conf.all.rp_filter"]).is()?;
                Some(Value::from(own.max(all)))
            },
        );
    }
    making.add(
        &["ipv6"],
        Spec {
            from: &[r#"os.kernel.command_line."ipv6.disable""#, r#"os.sysctl."net.ipv6.conf.*.disable_ipv6""#],
            unit: None,
            about: "Whether IPv6 is switched on for any interface but the loopback.",
            formula: "no ipv6.disable=1 for the kernel, and an interface whose net.ipv6.conf.*.disable_ipv6 is 0",
        },
        |facts| ipv6(facts).map(Value::from),
    );
    making.add(
        &["tcp_dead_peer_seconds"],
        Spec {
            from: &[
                r#"os.sysctl."net.ipv4.tcp_keepalive_time""#,
                r#"os.sysctl."net.ipv4.tcp_keepalive_intvl""#,
                r#"os.sysctl."net.ipv4.tcp_keepalive_probes""#,
            ],
            unit: Some("seconds"),
            about: "After how long an idle TCP connection with keep-alive notices that the other end is gone.",
            formula: "net.ipv4.tcp_keepalive_time + tcp_keepalive_intvl x tcp_keepalive_probes",
        },
        |facts| {
            // tcp(7)
            let of = |name: &str| facts.sysctl_number(name).is();
            let probes = of("net.ipv4.tcp_keepalive_intvl")?.checked_mul(of("net.ipv4.tcp_keepalive_probes")?)?;
            Some(Value::from(of("net.ipv4.tcp_keepalive_time")?.checked_add(probes)?))
        },
    );
    making.add(
        &["conntrack", "max"],
        Spec {
            from: &[r#"os.sysctl."net.netfilter.nf_conntrack_max""#],
            unit: None,
            about: "How many connections the firewall can follow: packets of new ones are dropped beyond.",
            formula: "net.netfilter.nf_conntrack_max while connections are tracked",
        },
        |facts| facts.number(&["os", "sysctl", "net.netfilter.nf_conntrack_max"]).is().map(Value::from),
    );
    making.add(
        &["conntrack", "entries_per_bucket"],
        Spec {
            from: &[
                r#"os.sysctl."net.netfilter.nf_conntrack_max""#,
                r#"os.sysctl."net.netfilter.nf_conntrack_buckets""#,
            ],
            unit: None,
            about: "How many tracked connections share a slot of the table when it is full: the more, the slower.",
            formula: "net.netfilter.nf_conntrack_max / net.netfilter.nf_conntrack_buckets",
        },
        |facts| {
            let max = facts.number(&["os", "sysctl", "net.netfilter.nf_conntrack_max"]).is()?;
            let buckets = facts.number(&["os", "sysctl", "net.netfilter.nf_conntrack_buckets"]).is()?;
            Some(Value::from(max.div_ceil(buckets.max(1))))
        },
    );
}

/// Documentation/networking/ip-sysctl.rst, ip_local_port_range: the first and the last.
fn range(facts: &Evidence<'_, '_>) -> Option<(u64, u64)> {
    let ValueRef::Text(text) = facts.sysctl(PORTS).is()? else { return None };
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let (Some(Ok(first)), Some(Ok(last)), None) = (numbers.next(), numbers.next(), numbers.next()) else { return None };
    (first <= last && last <= 65_535).then_some((first, last))
}

/// The same, ip_local_reserved_ports: numbers and ranges with commas between them, sorted and apart as the kernel writes
/// them.
fn reserved(facts: &Evidence<'_, '_>) -> Option<Vec<(u64, u64)>> {
    let text = match facts.sysctl(RESERVED) {
        Known::Is(ValueRef::Text(text)) => text,
        Known::Is(ValueRef::Number(number)) => return Some(vec![(number.as_f64() as u64, number.as_f64() as u64)]),
        Known::Absent => "",
        _ => return None,
    };
    let part = |part: &str| -> Option<(u64, u64)> {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
    };
    text.split(',').filter(|text| !text.trim().is_empty()).map(part).collect()
}

fn listeners(facts: &Evidence<'_, '_>) -> Option<Value> {
    let (first, last) = range(facts)?;
    let kept = reserved(facts)?;
    let mut found = BTreeSet::new();
    let mut is_known = false;
    for protocol in ["tcp", "udp"] {
        for (port, _) in facts.beneath(&["network", "listening", protocol]) {
            let (Known::Is(_), row) = facts.peek(&["network", "listening", protocol, port, "address"]) else {
                continue;
            };
            is_known = true;
            let Ok(number) = port.parse::<u64>() else { continue };
            let is_kept = kept.iter().any(|(from, to)| (*from..=*to).contains(&number));
            if (first..=last).contains(&number) && !is_kept {
                found.insert(format!("{protocol} {port}"));
                facts.note(row);
            }
        }
    }
    is_known.then(|| Value::set(found))
}

/// Documentation/networking/ipv6.rst (disable), ip-sysctl.rst (disable_ipv6).
fn ipv6(facts: &Evidence<'_, '_>) -> Option<bool> {
    if facts.number(&["os", "kernel", "command_line", "ipv6.disable"]) == Known::Is(1) {
        return Some(false);
    }
    let mut any = None;
    for (name, row) in facts.beneath(&["os", "sysctl"]) {
        let inner = name.strip_prefix("net.ipv6.conf.").and_then(|rest| rest.strip_suffix(".disable_ipv6"));
        if inner.is_some_and(|inner| !matches!(inner, "all" | "default" | "lo"))
            && let Known::Is(value) = facts.value_of(row)
        {
            any = Some(any == Some(true) || super::evidence::whole(value) == Some(0));
        }
    }
    // No interface but the loopback is seen: what a new one would get.
    any.or_else(|| Some(facts.sysctl_number("net.ipv6.conf.all.disable_ipv6").is()? == 0))
}
