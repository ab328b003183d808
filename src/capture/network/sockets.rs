//! `network.listening.<protocol>.<port>`: who waits for packets, from /proc/net/{tcp,udp}*, and the programs behind by
//! their open files; proc(5) and Documentation/networking/proc_net_tcp.rst of the kernel. The tables are walked bucket by
//! bucket, which costs milliseconds: each is read once, for the connections by state as well.

use super::{addresses, made_up, traffic};
use crate::capture::Facts;
use crate::capture::os::init::hides_processes;
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// A hundred thousand connections.
const TABLE_CAP: u64 = 16 << 20;

/// The most open files that are looked at in all; what listens was opened early and has a low number.
const FILES_CAP: usize = 200_000;

/// include/net/tcp_states.h
const STATES: [&str; 13] = [
    "",
    "established",
    "syn_sent",
    "syn_received",
    "fin_wait_1",
    "fin_wait_2",
    "time_wait",
    "close",
    "close_wait",
    "last_ack",
    "listen",
    "closing",
    "syn_received",
];
const CLOSE: usize = 7;
const LISTEN: usize = 10;

struct Socket {
    address: IpAddr,
    port: u16,
    state: usize,
    inode: u64,
}

/// What is known of one port.
#[derive(Default)]
struct Port {
    addresses: BTreeSet<IpAddr>,
    inodes: BTreeSet<u64>,
    tables: BTreeSet<&'static str>,
}

/// Reads the tables of sockets and the counters of traffic.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    traffic::read(host, facts);
    let ephemeral = Ephemeral::of(host);
    let mut ports: BTreeMap<(&str, u16), Port> = BTreeMap::new();
    for (protocol, tables) in
        [("tcp", ["/proc/net/tcp", "/proc/net/tcp6"]), ("udp", ["/proc/net/udp", "/proc/net/udp6"])]
    {
        // A datagram socket that waits for anybody's packets is in the state that TCP calls closed.
        let waiting = if protocol == "tcp" { LISTEN } else { CLOSE };
        let mut states: BTreeMap<&str, u64> = BTreeMap::new();
        let mut read = false;
        for table in tables {
            let text = match host.text_up_to(table, TABLE_CAP) {
                Ok(text) => text,
                // A kernel without IPv6 has one table only.
                Err(ReadError::Missing(_)) => continue,
                Err(error) => {
                    facts.unread(&["network", "listening", protocol], &error);
                    continue;
                }
            };
            read = true;
            for socket in text.lines().filter_map(socket) {
                if socket.state == waiting && socket.port != 0 {
                    let port = ports.entry((protocol, socket.port)).or_default();
                    port.addresses.insert(socket.address);
                    port.inodes.insert(socket.inode);
                    port.tables.insert(table);
                } else if protocol == "tcp" {
                    *states.entry(STATES.get(socket.state).copied().unwrap_or("other")).or_default() += 1;
                }
            }
        }
        if !read {
            facts.not_collected(&["network", "listening", protocol], &format!("there is no {} here", tables[0]));
        } else if protocol == "tcp" {
            for (state, count) in states {
                facts.put(&["network", "traffic", "connections", state], count, &tables.join(", "));
            }
        }
    }
    let (drawn, fixed): (Vec<_>, Vec<_>) = ports.into_iter().partition(|((protocol, number), port)| {
        ephemeral.contains(protocol, *number) && (*protocol == "udp" || port.addresses.iter().all(IpAddr::is_loopback))
    });
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    drawn.iter().for_each(|((protocol, _), _)| *counts.entry(protocol).or_default() += 1);
    for (protocol, count) in counts {
        let source = format!("/proc/net/{protocol}, /proc/net/{protocol}6");
        facts.put(&["network", "ephemeral_listeners", protocol], count, &source);
    }
    put(host, &fixed, facts);
}

/// Datagram services that /etc/services of distributions does not name: overlay networks, statsd, sFlow, Serf, Consul, STUN,
/// ZeroTier, Tailscale, WireGuard. In a range that was set wider, or in the usual one, they would pass for drawn.
const UDP_SERVICES: [u16; 13] = [3478, 4789, 6081, 6343, 7946, 8125, 8301, 8302, 8472, 8600, 9993, 41641, 51820];

/// The ports that the kernel draws for who asks for none: that an answer is awaited there is no setting. A TCP port of
/// that range that is open to others is one: gRPC's 50051 and MySQL's 33060 stand in it.
struct Ephemeral {
    udp: RangeInclusive<u16>,
    /// What has a name in /etc/services.
    named: HashSet<(String, u16)>,
    reserved: Vec<RangeInclusive<u16>>,
}

impl Ephemeral {
    /// The kernel's own choice. Where it is set wider, for more connections, services stand within it: whether one is
    /// shown must not depend on that, or a machine would seem to lack what it has.
    const USUAL: RangeInclusive<u16> = 32768..=60999;

    fn of(host: &Host) -> Self {
        let text = host.text("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
        let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok());
        let udp = match (numbers.next(), numbers.next()) {
            (Some(first), Some(last)) => first..=last,
            _ => Self::USUAL,
        };
        let services = host.text("/etc/services").unwrap_or_default();
        let named = services.lines().filter_map(|line| {
            let (port, protocol) = line.split('#').next()?.split_whitespace().nth(1)?.split_once('/')?;
            Some((protocol.to_owned(), port.parse().ok()?))
        });
        // Documentation/networking/ip-sysctl.rst: `1,2-4,10-10`; the kernel draws none of these.
        let text = host.text("/proc/sys/net/ipv4/ip_local_reserved_ports").unwrap_or_default();
        let reserved = text.trim().split(',').filter_map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some(first.parse().ok()?..=last.parse().ok()?)
        });
        Self { udp, named: named.collect(), reserved: reserved.take(1000).collect() }
    }

    /// A datagram socket in the kernel's range is nearly always one that asks, wherever that range begins.
    fn contains(&self, protocol: &str, port: u16) -> bool {
        let drawn = if protocol == "udp" { self.udp.contains(&port) } else { Self::USUAL.contains(&port) };
        let fixed = (protocol == "udp" && UDP_SERVICES.contains(&port))
            || self.named.contains(&(protocol.to_owned(), port))
            || self.reserved.iter().any(|range| range.contains(&port));
        drawn && !fixed
    }
}

fn put(host: &Host, ports: &[((&str, u16), Port)], facts: &mut Facts) {
    let foreign = ports.iter().flat_map(|(_, port)| &port.addresses).any(|a| !a.is_unspecified() && !a.is_loopback());
    let own = if foreign { addresses::own(host) } else { HashMap::new() };
    let wanted: HashSet<u64> = ports.iter().flat_map(|(_, port)| port.inodes.iter().copied()).collect();
    let (programs, denied) = match host.as_live() {
        // Whose sockets they are is said port by port.
        Some(_) => host.watched(|| programs(host, wanted)).0,
        None => (HashMap::new(), false),
    };
    for ((protocol, number), port) in ports {
        let mut scope = facts.at(&["network", "listening", protocol, &number.to_string()]);
        let source = port.tables.iter().copied().collect::<Vec<_>>().join(", ");
        let addresses =
            port.addresses.iter().map(|address| match own.get(address).filter(|_| !address.is_loopback()) {
                // Who is the machine is no part of how it is set up.
                Some(interface) => {
                    let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
                    format!("{family} of {}", made_up(interface).unwrap_or(interface))
                }
                None => address.to_string(),
            });
        scope.put(&["address"], Value::set(addresses), &source);
        let found: BTreeSet<&String> = port.inodes.iter().filter_map(|inode| programs.get(inode)).collect();
        if !found.is_empty() {
            scope.put(&["program"], Value::set(found), "/proc/*/fd, /proc/*/comm");
            continue;
        }
        let (kind, why) = if host.as_live().is_none() {
            (ProblemKind::NotCollected, "only a running machine tells whose socket it is")
        } else if denied {
            (ProblemKind::Denied, "/proc/*/fd of others' processes")
        } else {
            (ProblemKind::NotCollected, "no process that can be seen holds the socket: the kernel does, or a container")
        };
        scope.problem(&["program"], Problem::new(kind, why));
    }
}

/// A line of a table: number, own address and port, the other's, state, queues, timers, user, time-out, inode.
fn socket(line: &str) -> Option<Socket> {
    let mut words = line.split_whitespace();
    let (address, port) = words.nth(1)?.split_once(':')?;
    let state = usize::from_str_radix(words.nth(1)?, 16).ok()?;
    let inode = words.nth(5)?.parse().ok()?;
    Some(Socket { address: ip(address)?, port: u16::from_str_radix(port, 16).ok()?, state, inode })
}

/// Addresses are written as words of 32 bits in the machine's own byte order, nearly always little-endian.
fn ip(hex: &str) -> Option<IpAddr> {
    let word = |part: &str| u32::from_str_radix(part, 16).ok().map(u32::swap_bytes);
    match hex.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from_bits(word(hex)?))),
        32 => {
            let mut bits = 0_u128;
            for at in [0, 8, 16, 24] {
                bits = bits << 32 | u128::from(word(hex.get(at..at + 8)?)?);
            }
            let address = Ipv6Addr::from_bits(bits);
            Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4))
        }
        _ => None,
    }
}

/// The programs that hold these sockets, and whether some processes could not be looked at. Of several that share one
/// the oldest counts, which opened it.
fn programs(host: &Host, mut wanted: HashSet<u64>) -> (HashMap<u64, String>, bool) {
    // Processes that are hidden are as good as denied.
    let (mut found, mut denied, mut seen) = (HashMap::new(), hides_processes(host), 0);
    let is_process = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    for process in host.list("/proc").unwrap_or_default().into_iter().filter(|entry| is_process(&entry.name)) {
        if wanted.is_empty() || seen > FILES_CAP {
            break;
        }
        let folder = format!("/proc/{}/fd", process.name);
        let files = match host.list(&folder) {
            Ok(files) => files,
            Err(ReadError::Denied(_)) => {
                denied = true;
                continue;
            }
            // It ended in between.
            Err(_) => continue,
        };
        for file in files {
            seen += 1;
            let Ok(target) = host.link(&format!("{folder}/{}", file.name)) else { continue };
            let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')?.parse::<u64>().ok());
            if let Some(inode) = inode.filter(|inode| wanted.remove(inode)) {
                let name = host.word(&format!("/proc/{}/comm", process.name)).unwrap_or_default();
                found.insert(inode, name);
            }
        }
    }
    (found, denied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn line(local: &str, state: &str) -> String {
        format!(
            "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 15 1 0 100\n"
        )
    }

    #[test]
    fn ports_gather_their_addresses_and_connections_are_counted() {
        let zero = "0".repeat(32);
        let tcp = [
            HEAD,
            &line("00000000:0016", "0A"),
            &line("0100007F:0016", "01"),
            &line("070200C0:1538", "0A"),
            &line("0100007F:1538", "0A"),
        ]
        .concat();
        // An IPv4 address within IPv6, gRPC's port for all, a port that was drawn.
        let tcp6 = [
            &line(&format!("{zero}:0016"), "0A"),
            &line("0000000000000000FFFF00000100007F:1F90", "0A"),
            &line("00000000:C383", "0A"),
            &line("0100007F:9C40", "0A"),
        ]
        .map(String::as_str)
        .concat();
        let udp =
            [&*line("00000000:0044", "07"), &line("00000000:C781", "07"), &line("0100007F:0035", "01"), "x\n"].concat();
        let trie = "     |-- 192.0.2.7\n        /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n";
        let (_dir, host) = root(&[
            ("/proc/net/tcp", &tcp),
            ("/proc/net/tcp6", &tcp6),
            ("/proc/net/udp", &udp),
            ("/proc/net/fib_trie", trie),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "network.ephemeral_listeners.tcp = 1",
            "network.ephemeral_listeners.udp = 1",
            "network.listening.tcp.22.address = [(\"0.0.0.0\") (\"::\")]",
            "network.listening.tcp.5432.address = [(\"127.0.0.1\") (\"IPv4 of this machine\")]",
            "network.listening.tcp.8080.address = [(\"127.0.0.1\")]",
            "network.listening.tcp.50051.address = [(\"0.0.0.0\")]",
            "network.listening.udp.68.address = [(\"0.0.0.0\")]",
            "network.traffic.connections.established = 1",
        ];
        assert_eq!(written(&facts), expected);
        let said = facts.problems().iter().filter(|(path, _)| path.to_string().ends_with(".program"));
        assert!(said.into_iter().all(|(_, problem)| problem.is_not_collected()));
    }

    #[test]
    fn a_wide_range_hides_no_service() {
        // Redis, memcached, a name, a reserved port and a drawn one, all on the loopback alone.
        let ports = ["18EB", "2BCB", "9C40", "9C41", "9C42"].map(|port| line(&format!("0100007F:{port}"), "0A"));
        // mDNS has a name; statsd and WireGuard have none.
        let udp = ["14E9", "14EA", "1FBD", "CA6C"].map(|port| line(&format!("00000000:{port}"), "07")).concat();
        let (_dir, host) = root(&[
            ("/proc/net/tcp", &ports.concat()),
            ("/proc/net/udp", &udp),
            ("/proc/sys/net/ipv4/ip_local_port_range", "1024\t65535\n"),
            ("/proc/sys/net/ipv4/ip_local_reserved_ports", "7,40001-40001\n"),
            ("/etc/services", "#n\nsafe\t40000/tcp other # x\nmdns 5353/udp\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "network.ephemeral_listeners.tcp = 1",
            "network.ephemeral_listeners.udp = 1",
            "network.listening.tcp.6379.address = [(\"127.0.0.1\")]",
            "network.listening.tcp.11211.address = [(\"127.0.0.1\")]",
            "network.listening.tcp.40000.address = [(\"127.0.0.1\")]",
            "network.listening.tcp.40001.address = [(\"127.0.0.1\")]",
            "network.listening.udp.5353.address = [(\"0.0.0.0\")]",
            "network.listening.udp.8125.address = [(\"0.0.0.0\")]",
            "network.listening.udp.51820.address = [(\"0.0.0.0\")]",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn a_socket_of_this_process_is_found() {
        let listener = std::net::TcpListener::bind("0.0.0.0:0").expect("binds");
        let port = listener.local_addr().expect("has one").port();
        let mut facts = Facts::new();
        probe(&Host::live(), &mut facts);
        let path = format!("network.listening.tcp.{port}");
        assert!(facts.get(&format!("{path}.address")).is_some(), "{:?}", written(&facts));
        assert!(facts.get(&format!("{path}.program")).is_some(), "{:?}", facts.problems());
    }

    #[test]
    fn addresses_are_in_the_order_of_the_machine() {
        assert_eq!(ip("0100007F"), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(ip("00000000000000000000000001000000"), Some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        assert_eq!((ip("7F"), ip("é000000"), ip("")), (None, None, None));
    }
}
