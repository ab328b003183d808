//! `network.routes.<family>.<destination>`: the routes that somebody set. What the kernel makes for each address, and
//! what it learned from a router, is left out.

use super::made_up;
use crate::capture::settings::Settings;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use std::net::{Ipv4Addr, Ipv6Addr};

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
    family(host, IPV4, ipv4, &mut facts.at(&["network", "routes", "ipv4"]));
    family(host, IPV6, ipv6, &mut facts.at(&["network", "routes", "ipv6"]));
}

fn family(host: &Host, file: &str, parse: fn(&str) -> Option<Route>, facts: &mut Scope<'_>) {
    let text = match host.text(file) {
        Ok(text) => text,
        Err(error) if error.is_missing() => {
            use crate::model::{Problem, ProblemKind};
            return facts.problem(&[], Problem::new(ProblemKind::NotCollected, format!("there is no {file} here")));
        }
        Err(error) => return facts.unread(&[], &error),
    };
    let mut settings = Settings::default();
    for route in text.lines().filter_map(parse).filter(|route| made_up(&route.interface).is_none()).take(ROUTES_CAP) {
        settings.add(&[&route.destination], &route.text, file);
    }
    settings.put(facts);
}

/// `via 192.0.2.1 dev eth0 metric 100`, as ip-route(8) writes it.
fn words(gateway: Option<String>, interface: &str, metric: Option<u32>) -> String {
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
        text: words((!gateway.is_unspecified()).then(|| gateway.to_string()), interface, metric),
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
        text: words((!gateway.is_unspecified()).then(|| gateway.to_string()), interface, metric),
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
}
