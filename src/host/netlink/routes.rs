//! Routes, as `RTM_GETROUTE` tells them: /proc/net/route knows neither their type nor more than one next hop.

use super::{DUMP, Live, address, attributes, each, problem, text_of, u16_of, u32_of};
use crate::model::Problem;
use std::collections::BTreeMap;
use std::net::IpAddr;

// include/uapi/linux/rtnetlink.h
const GET_LINK: u16 = 18;
const GET_ROUTE: u16 = 26;
/// Copies that the kernel made of routes in use.
const CLONED: u32 = 0x200;

/// A route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Where to; none for everywhere.
    pub destination: Option<(IpAddr, u8)>,
    /// Of which packets, by where they come from: IPv6 alone.
    pub from: Option<(IpAddr, u8)>,
    /// `unicast`, `blackhole`, `unreachable`.
    pub kind: &'static str,
    /// The table that it stands in.
    pub table: u32,
    /// Who made it, in the numbers of rtnetlink(7): 2 is the kernel.
    pub protocol: u8,
    /// Routes with lower numbers are preferred.
    pub metric: Option<u32>,
    /// The address that packets get which have none yet.
    pub source: Option<IpAddr>,
    /// Ways to go: several share the load.
    pub hops: Vec<Hop>,
    /// What holds for connections over it, as ip-route(8) writes it: `mtu 1300`, `lock mtu 1300`.
    pub metrics: Vec<String>,
}

/// A way that a route leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// The next machine.
    pub gateway: Option<IpAddr>,
    /// The interface.
    pub interface: Option<String>,
    /// Its share of the load.
    pub weight: u32,
}

impl Live {
    /// The routes of a family in all tables, at most so many; whether there are more. Those that the kernel makes for
    /// its own addresses are left out.
    ///
    /// # Errors
    /// The kernel refuses or says nothing.
    pub fn routes(&self, is_ipv6: bool, most: usize) -> Result<(Vec<Route>, bool), Problem> {
        let what = |error| problem("RTM_GETROUTE", &error);
        let mut names = BTreeMap::new();
        each(None, GET_LINK, DUMP, &[0; 16], &mut |message| {
            let index = message.get(4..8).and_then(u32_of);
            let name = message.get(16..).and_then(|rest| attributes(rest).find(|one| one.kind() == 3));
            names.extend(index.zip(name.map(|name| text_of(&name))));
            true
        })
        .map_err(what)?;
        let mut routes = Vec::new();
        // struct rtmsg, all zero but the family.
        let mut body = [0; 12];
        body[0] = if is_ipv6 { 10 } else { 2 };
        let mut is_more = false;
        each(None, GET_ROUTE, DUMP, &body, &mut |message| {
            let told = if message.first() == body.first() { route(message, &names) } else { None };
            is_more = told.is_some() && routes.len() >= most;
            routes.extend(told.filter(|_| !is_more));
            !is_more
        })
        .map_err(what)?;
        Ok((routes, is_more))
    }
}

/// A route that somebody set, or that comes with an address of an interface.
fn route(message: &[u8], names: &BTreeMap<u32, String>) -> Option<Route> {
    let &[family, to_length, from_length, _, table, protocol, _, kind, f0, f1, f2, f3, ref rest @ ..] = message else {
        return None;
    };
    // Of its own addresses, of broadcasts and of groups, the kernel makes routes by itself.
    const KERNEL: u8 = 2;
    let kind = match kind {
        1 => "unicast",
        2 if protocol != KERNEL => "local",
        4 if protocol != KERNEL => "anycast",
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        9 => "throw",
        _ => return None,
    };
    if u32::from_ne_bytes([f0, f1, f2, f3]) & CLONED != 0 {
        return None;
    }
    let mut route = Route { kind, table: table.into(), protocol, ..Route::default() };
    let mut own = Hop { weight: 1, ..Hop::default() };
    for one in attributes(rest) {
        let value = one.value();
        match one.kind() {
            1 => route.destination = address(value).map(|address| (address, to_length)),
            2 => route.from = address(value).map(|address| (address, from_length)),
            4 => own.interface = u32_of(value).and_then(|index| names.get(&index).cloned()),
            5 => own.gateway = address(value),
            6 => route.metric = u32_of(value).filter(|metric| *metric != 0),
            7 => route.source = address(value),
            8 => route.metrics = metrics(value),
            9 => route.hops = hops(value, names),
            15 => route.table = u32_of(value)?,
            // struct rtvia: family and address, a next hop of the other family.
            18 => own.gateway = value.get(2..).and_then(address),
            _ => {}
        }
    }
    // Everywhere has no address, and no length.
    let whole = if family == 10 { 128 } else { 32 };
    if to_length > whole {
        return None;
    }
    // Where nothing can be sent no way leads, though IPv6 names the loopback's.
    if route.hops.is_empty() && matches!(kind, "unicast" | "local" | "anycast") {
        route.hops.push(own);
    }
    Some(route)
}

/// struct rtnexthop: length, flags, share of the load less one, index of the interface, attributes.
fn hops(mut bytes: &[u8], names: &BTreeMap<u32, String>) -> Vec<Hop> {
    const HEADER: usize = 8;
    let mut hops = Vec::new();
    while let (Some(length), Some(index)) = (u16_of(bytes), bytes.get(4..HEADER).and_then(u32_of)) {
        let length = usize::from(length);
        let Some(inner) = bytes.get(HEADER..length) else { break };
        let gateway = attributes(inner).find_map(|one| match one.kind() {
            5 => address(one.value()),
            18 => one.value().get(2..).and_then(address),
            _ => None,
        });
        let weight = bytes.get(3).map_or(1, |weight| u32::from(*weight) + 1);
        hops.push(Hop { gateway, interface: names.get(&index).cloned(), weight });
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    hops.sort_by_key(|hop| (hop.gateway, hop.interface.clone()));
    hops
}

/// RTAX_*, with the words of ip-route(8).
fn metrics(bytes: &[u8]) -> Vec<String> {
    const NAMES: [&str; 18] = [
        "",
        "lock",
        "mtu",
        "window",
        "rtt",
        "rttvar",
        "ssthresh",
        "cwnd",
        "advmss",
        "reordering",
        "hoplimit",
        "initcwnd",
        "features",
        "rto_min",
        "initrwnd",
        "quickack",
        "congctl",
        "fastopen_no_cookie",
    ];
    const LOCK: u16 = 1;
    const CONTROL: u16 = 16;
    let locked = attributes(bytes).find(|one| one.kind() == LOCK).and_then(|one| u32_of(one.value())).unwrap_or(0);
    let mut out: Vec<String> = Vec::new();
    for one in attributes(bytes).filter(|one| one.kind() != LOCK) {
        let Some(name) = NAMES.get(usize::from(one.kind())).filter(|name| !name.is_empty()) else { continue };
        let value = match one.kind() {
            CONTROL => Some(text_of(&one)),
            _ => u32_of(one.value()).map(|number| number.to_string()),
        };
        let lock = if locked.checked_shr(one.kind().into()).is_some_and(|bits| bits & 1 == 1) { "lock " } else { "" };
        out.extend(value.map(|value| format!("{lock}{name} {value}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::attribute;
    use super::*;

    fn names() -> BTreeMap<u32, String> {
        [(2, "eth0".to_owned()), (3, "eth1".to_owned())].into()
    }

    fn hop(gateway: &str, interface: &str, weight: u32) -> Hop {
        let gateway = Some(gateway.parse().expect("an address"));
        Hop { gateway, interface: Some(interface.to_owned()), weight }
    }

    #[test]
    fn all_next_hops_and_metrics_are_told() {
        let mut message = vec![2, 16, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0];
        attribute(&mut message, 1, &[10, 5, 0, 0]);
        let mut ways = Vec::new();
        for (last, index, share) in [(2_u8, 3_u32, 4_u8), (1, 2, 0)] {
            let mut way = vec![16, 0, 0, share];
            way[0..2].copy_from_slice(&16_u16.to_ne_bytes());
            way.extend(index.to_ne_bytes());
            attribute(&mut way, 5, &[10, 9, 8, last]);
            ways.extend(way);
        }
        attribute(&mut message, 9, &ways);
        let mut inner = Vec::new();
        attribute(&mut inner, 1, &4_u32.to_ne_bytes());
        attribute(&mut inner, 2, &1300_u32.to_ne_bytes());
        attribute(&mut inner, 11, &20_u32.to_ne_bytes());
        attribute(&mut inner, 16, b"bbr\0");
        attribute(&mut message, 8, &inner);
        let told = route(&message, &names()).expect("a route");
        assert_eq!(told.hops, [hop("10.9.8.1", "eth0", 1), hop("10.9.8.2", "eth1", 5)]);
        assert_eq!(told.metrics, ["lock mtu 1300", "initcwnd 20", "congctl bbr"]);
        assert_eq!((told.kind, told.table, told.metric), ("unicast", 254, None));
        for length in 0..message.len() {
            let cut = route(&message[..length], &names());
            assert!(cut.is_none_or(|route| route.hops.len() <= 2), "{length}");
        }
    }

    #[test]
    fn types_and_tables_are_told_and_copies_are_not() {
        let mut message = vec![10, 32, 0, 0, 252, 4, 0, 6, 0, 0, 0, 0];
        attribute(&mut message, 1, &[0xfd; 16]);
        attribute(&mut message, 4, &1_u32.to_ne_bytes());
        attribute(&mut message, 6, &1024_u32.to_ne_bytes());
        attribute(&mut message, 15, &1000_u32.to_ne_bytes());
        let told = route(&message, &names()).expect("a route");
        assert_eq!((told.kind, told.table, told.metric, told.hops.len()), ("blackhole", 1000, Some(1024), 0));
        message[8..12].copy_from_slice(&CLONED.to_ne_bytes());
        assert_eq!(route(&message, &names()), None);
        // Its own address, made by the kernel and set by somebody.
        assert_eq!(route(&[2, 32, 0, 0, 255, 2, 0, 2, 0, 0, 0, 0], &names()), None);
        assert!(route(&[2, 32, 0, 0, 255, 4, 0, 2, 0, 0, 0, 0], &names()).is_some_and(|route| route.kind == "local"));
        assert_eq!(route(&[2, 200, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0], &names()), None);
    }

    #[test]
    fn this_machine_answers() {
        let live = Live::new();
        let (routes, is_more) = live.routes(false, 10_000).expect("every kernel tells its routes");
        assert!(!is_more && routes.iter().all(|route| route.destination.is_none_or(|(to, _)| to.is_ipv4())));
        assert!(live.routes(false, 0).expect("routes").0.is_empty());
    }
}
