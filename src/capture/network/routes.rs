//! `network.routes.<family>.<destination>`: the routes that somebody set. What the kernel makes for each address, and
//! what it learned from a router, is left out.

use super::made_up;
use super::rules::tables;
use crate::capture::settings::Settings;
use crate::capture::{Facts, Scope};
use crate::host::{self, Host, Output};
use crate::model::{Problem, ProblemKind};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const IPV4: &str = "/proc/net/route";
const IPV6: &str = "/proc/net/ipv6_route";

/// The most routes that are kept; a router with the whole Internet's has a million.
const ROUTES_CAP: usize = 10_000;

// include/uapi/linux/route.h and ipv6_route.h
const UP: u32 = 0x0001;
/// Default by advertisement, prefix by advertisement, anycast, cached, local.
const NOT_SET: u32 = 0x0001_0000 | 0x0004_0000 | 0x0010_0000 | 0x0100_0000 | 0x8000_0000;

struct Route {
    destination: String,
    text: String,
    interface: String,
}

pub(super) fn read(host: &Host, facts: &mut Facts) {
    if let Some(live) = host.as_live() {
        let names = tables(host);
        for (name, is_ipv6, file) in [("ipv4", false, IPV4), ("ipv6", true, IPV6)] {
            let mut facts = facts.at(&["network", "routes", name]);
            if !host.exists(file) {
                let detail = format!("there is no {file} here");
                facts.problem(&[], Problem::new(ProblemKind::NotCollected, detail));
                continue;
            }
            match live.routes(is_ipv6, ROUTES_CAP) {
                Ok((routes, is_more)) => {
                    let told = routes.iter().filter_map(|route| told(route, is_ipv6, &names));
                    put(told, "netlink RTM_GETROUTE", &mut facts);
                    if is_more {
                        let detail = format!("more than {ROUTES_CAP} routes");
                        facts.problem(&[], Problem::new(ProblemKind::TooLarge, detail));
                    }
                }
                Err(problem) => facts.problem(&[], problem),
            }
        }
        return;
    }
    family(host, IPV4, ipv4, &mut facts.at(&["network", "routes", "ipv4"]));
    family(host, IPV6, ipv6, &mut facts.at(&["network", "routes", "ipv6"]));
}

/// A route as ip-route(8) writes it, the table too where it is another than `main`. What was learned from a router, and
/// what the kernel makes by itself beside addresses, is left out.
fn told(route: &host::Route, is_ipv6: bool, names: &HashMap<u32, String>) -> Option<Route> {
    const KERNEL: u8 = 2;
    const ROUTER: u8 = 9;
    const DHCP: u8 = 16;
    const MAIN: u32 = 254;
    const LOCAL: u32 = 255;
    let of_kernel = route.protocol == KERNEL
        && (route.table == LOCAL
            // Older kernels end each table with one that says no.
            || route.kind != "unicast"
            || (is_ipv6 && route.hops.iter().all(|hop| hop.interface.as_deref() == Some("lo"))));
    let destination = match route.destination {
        Some((IpAddr::V6(address), _)) if address.is_unicast_link_local() || address.is_multicast() => return None,
        Some((address, length)) => format!("{address}/{length}"),
        None => "default".to_owned(),
    };
    if of_kernel || route.protocol == ROUTER {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    if route.kind != "unicast" {
        words.push(route.kind.to_owned());
    }
    words.extend(route.from.map(|(address, length)| format!("from {address}/{length}")));
    let via = |hop: &host::Hop| {
        let via = hop.gateway.map(|gateway| format!("via {gateway} ")).unwrap_or_default();
        let interface = hop.interface.as_deref().map(|name| format!("dev {name}")).unwrap_or_default();
        format!("{via}{interface}").trim_end().to_owned()
    };
    let hops = match &*route.hops {
        [one] => via(one),
        several => {
            let each = several.iter().map(|hop| format!("nexthop {} weight {}", via(hop), hop.weight));
            each.collect::<Vec<_>>().join(" ")
        }
    };
    if let [_] = &*route.hops {
        words.push(hops.clone());
    }
    words.extend(route.metric.map(|metric| format!("metric {metric}")));
    if route.hops.len() > 1 {
        words.push(hops);
    }
    // Whoever gave the address chose the source too, and it is another on each machine.
    let source = route.source.filter(|_| !matches!(route.protocol, KERNEL | DHCP));
    words.extend(source.map(|address| format!("src {address}")));
    words.extend(route.metrics.iter().cloned());
    if route.table != MAIN {
        let name = names.get(&route.table).cloned().unwrap_or_else(|| route.table.to_string());
        words.push(format!("table {name}"));
    }
    let interface = route.hops.first().and_then(|hop| hop.interface.clone()).unwrap_or_default();
    Some(Route { destination, text: words.join(" "), interface })
}

/// What ip-route(8) said when a support archive was made.
fn recorded(host: &Host, file: &str) -> Option<Output> {
    let commands = if file == IPV4 {
        ["ip route show table all", "ip -4 route show table all", "ip route show", "ip route"]
    } else {
        ["ip -6 route show table all", "ip -6 route show", "ip -6 route", "ip route show table all"]
    };
    commands.into_iter().find_map(|command| host.recorded(command))
}

/// A line of ip-route(8): what stands in another table than `main`, and types other than plain ones, are left out as
/// they are from /proc/net/route.
fn shown(line: &str, is_ipv6: bool) -> Option<Route> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| words.iter().position(|one| *one == word).and_then(|at| words.get(at + 1)).copied();
    let (first, interface) = (words.first()?, after("dev")?);
    let whole = if is_ipv6 { 128 } else { 32 };
    let destination = match first.split_once('/').map_or(*first, |(address, _)| address).parse::<IpAddr>() {
        // Both families' lists say `default`; the gateway's form tells which one it is.
        Err(_) if *first == "default" => {
            let six = after("via").map_or(is_ipv6, |via| via.contains(':'));
            (six == is_ipv6).then(|| "default".to_owned())?
        }
        Ok(address) if address.is_ipv6() != is_ipv6 => return None,
        Ok(IpAddr::V6(address)) if address.is_unicast_link_local() || address.is_multicast() || interface == "lo" => {
            return None;
        }
        Ok(_) if first.contains('/') => (*first).to_owned(),
        Ok(address) => format!("{address}/{whole}"),
        Err(_) => return None,
    };
    // Learned from a router, or from a packet, and not for long.
    let learned = after("proto") == Some("ra") || words.contains(&"expires") || (is_ipv6 && words.contains(&"cache"));
    if learned || after("table").is_some_and(|table| table != "main") {
        return None;
    }
    let metric = after("metric").and_then(|metric| metric.parse().ok());
    let text = words_of(after("via").map(str::to_owned), interface, metric);
    Some(Route { destination, text, interface: interface.to_owned() })
}

fn family(host: &Host, file: &str, parse: fn(&str) -> Option<Route>, facts: &mut Scope<'_>) {
    let text = match host.text(file) {
        Ok(text) => text,
        Err(error) if error.is_missing() => {
            if let Some(output) = recorded(host, file) {
                // What belongs to a route stands in lines that are indented beneath it.
                let joined = output.text.replace("\n ", " ").replace("\n\t", " ");
                let all = joined.lines().filter_map(|line| shown(line, file == IPV6));
                return put(all, &output.source, facts);
            }
            return facts.problem(&[], Problem::new(ProblemKind::NotCollected, format!("there is no {file} here")));
        }
        Err(error) => return facts.unread(&[], &error),
    };
    put(text.lines().filter_map(parse), file, facts);
}

fn put(routes: impl Iterator<Item = Route>, source: &str, facts: &mut Scope<'_>) {
    let mut settings = Settings::default();
    for route in routes.filter(|route| made_up(&route.interface).is_none()).take(ROUTES_CAP) {
        settings.add(&[&route.destination], &route.text, source);
    }
    settings.put(facts);
}

/// `via 192.0.2.1 dev eth0 metric 100`, as ip-route(8) writes it.
fn words_of(gateway: Option<String>, interface: &str, metric: Option<u32>) -> String {
    let via = gateway.map(|gateway| format!("via {gateway} ")).unwrap_or_default();
    let metric = metric.map(|metric| format!(" metric {metric}")).unwrap_or_default();
    format!("{via}dev {interface}{metric}")
}

/// A line of /proc/net/route: numbers are in hexadecimal in the byte order of the machine, nearly always little-endian.
fn ipv4(line: &str) -> Option<Route> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [interface, destination, gateway, flags, _, _, metric, mask, ..] = fields[..] else { return None };
    let address = |hex: &str| u32::from_str_radix(hex, 16).ok().map(|n| Ipv4Addr::from_bits(n.swap_bytes()));
    let (destination, gateway, mask) = (address(destination)?, address(gateway)?, address(mask)?);
    if u32::from_str_radix(flags, 16).ok()? & UP == 0 {
        return None;
    }
    let prefix = mask.to_bits().leading_ones();
    let metric = metric.parse().ok().filter(|metric| *metric != 0);
    Some(Route {
        destination: if prefix == 0 { "default".to_owned() } else { format!("{destination}/{prefix}") },
        text: words_of((!gateway.is_unspecified()).then(|| gateway.to_string()), interface, metric),
        interface: interface.to_owned(),
    })
}

/// A line of /proc/net/ipv6_route, all numbers in hexadecimal.
fn ipv6(line: &str) -> Option<Route> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [destination, prefix, _, _, gateway, metric, _, _, flags, interface] = fields[..] else { return None };
    let address = |hex: &str| u128::from_str_radix(hex, 16).ok().map(Ipv6Addr::from_bits);
    let (destination, gateway) = (address(destination)?, address(gateway)?);
    let prefix = u8::from_str_radix(prefix, 16).ok()?;
    let flags = u32::from_str_radix(flags, 16).ok()?;
    let of_kernel = destination.is_unicast_link_local() || destination.is_multicast() || interface == "lo";
    if flags & UP == 0 || flags & NOT_SET != 0 || of_kernel {
        return None;
    }
    let metric = u32::from_str_radix(metric, 16).ok();
    Some(Route {
        destination: if prefix == 0 { "default".to_owned() } else { format!("{destination}/{prefix}") },
        text: words_of((!gateway.is_unspecified()).then(|| gateway.to_string()), interface, metric),
        interface: interface.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn routes_that_were_set_are_kept() {
        let four = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
                    eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
                    eth1\t00000000\t010200C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n\
                    eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
                    veth1\t000200C1\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\nbad\n";
        let z = "00000000000000000000000000000000";
        let six = format!(
            "fd000000000000000000000000000000 40 {z} 00 {z} 00000100 1 0 00000001 eth0\n\
             {z} 00 {z} 00 fd000000000000000000000000000001 00000400 2 0 00000003 eth0\n\
             {z} 00 {z} 00 fe800000000000000000000000000001 00000400 2 0 00450003 eth1\n\
             fe800000000000000000000000000000 40 {z} 00 {z} 00000100 2 0 00000001 eth0\n"
        );
        let (_dir, host) = root(&[(IPV4, four), (IPV6, &six)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "network.routes.ipv4.\"192.0.2.0/24\" = dev eth0",
            "network.routes.ipv4.default = [(\"via 192.0.2.1 dev eth0 metric 100\") (\"via 192.0.2.1 dev eth1 metric 200\")]",
            "network.routes.ipv6.default = via fd00::1 dev eth0 metric 1024",
            "network.routes.ipv6.\"fd00::/64\" = dev eth0 metric 256",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn routes_are_told_with_all_their_ways() {
        let hop = |gateway: &str, name: &str| host::Hop {
            gateway: gateway.parse().ok(),
            interface: Some(name.to_owned()),
            weight: 1,
        };
        let to = Some(("10.5.0.0".parse().expect("an address"), 16));
        let plain = host::Route { destination: to, kind: "unicast", table: 254, protocol: 4, ..host::Route::default() };
        let names = HashMap::from([(100, "uplink".to_owned())]);
        let text =
            |route: host::Route, is_ipv6| told(&route, is_ipv6, &names).map(|told| (told.destination, told.text));
        let said = |text: &str| Some(("10.5.0.0/16".to_owned(), text.to_owned()));
        let several = host::Route { hops: vec![hop("10.9.8.1", "e0"), hop("10.9.8.2", "e0")], ..plain.clone() };
        let expected = "nexthop via 10.9.8.1 dev e0 weight 1 nexthop via 10.9.8.2 dev e0 weight 1";
        assert_eq!(text(several, false), said(expected));
        let one = host::Route {
            hops: vec![hop("10.9.8.1", "e0")],
            metric: Some(100),
            metrics: vec!["mtu 1300".to_owned()],
            source: "10.0.0.7".parse().ok(),
            ..plain.clone()
        };
        assert_eq!(text(one.clone(), false), said("via 10.9.8.1 dev e0 metric 100 src 10.0.0.7 mtu 1300"));
        assert_eq!(
            text(host::Route { protocol: 16, table: 100, ..one.clone() }, false),
            said("via 10.9.8.1 dev e0 metric 100 mtu 1300 table uplink")
        );
        assert_eq!(text(host::Route { protocol: 9, ..one.clone() }, false), None);
        for kind in ["blackhole", "unreachable", "prohibit"] {
            assert_eq!(text(host::Route { kind, ..plain.clone() }, false), said(kind));
        }
        let last = host::Route { destination: None, kind: "unreachable", protocol: 2, ..plain.clone() };
        assert_eq!(text(last, true), None);
        let six = Some(("fe80::".parse().expect("an address"), 64));
        assert_eq!(text(host::Route { destination: six, protocol: 2, ..one }, true), None);
    }

    #[test]
    fn an_archive_tells_what_was_recorded() {
        let text = "default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.7 metric 100\n192.0.2.0/24 dev eth0 proto kernel\n\
                    198.51.100.1 via 192.0.2.2 dev eth0\nlocal 192.0.2.7 dev eth0 table local proto kernel\n\
                    203.0.113.0/24 dev eth1 table 100\ndefault via fe80::1 dev eth0 proto ra metric 1024\n\
                    default via fd00::1 dev eth0 proto static metric 1024 pref medium\nfe80::/64 dev eth0 metric 256\n\
                    fd00::/64 dev eth0 proto kernel metric 256\nfd00::9 via fe80::1 dev eth0 metric 0\n    cache mtu 1492\n\
                    fd01::/64 dev eth0 proto kernel metric 256 expires 9sec\nunreachable default dev lo metric 4294967295\n";
        let (_dir, host) = root(&[("/sos_commands/networking/ip_route_show_table_all", text)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "network.routes.ipv4.\"192.0.2.0/24\" = dev eth0",
            "network.routes.ipv4.\"198.51.100.1/32\" = via 192.0.2.2 dev eth0",
            "network.routes.ipv4.default = via 192.0.2.1 dev eth0 metric 100",
            "network.routes.ipv6.default = via fd00::1 dev eth0 metric 1024",
            "network.routes.ipv6.\"fd00::/64\" = dev eth0 metric 256",
        ];
        assert_eq!(written(&facts), expected);
    }
}
