//! What the kernel tells of its network over netlink(7) and no file does: queueing disciplines and kinds of interfaces,
//! rules of routing, neighbours, and what interfaces do on behalf of the processor.

mod routes;

pub use routes::{Hop, Route};

use super::Live;
use crate::model::{Problem, ProblemKind};
use netlink_packet_core::{NetlinkBuffer, NlaBuffer, NlasIterator};
use rustix::net::netlink::{GENERIC, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// How long the kernel may take for one message; it answers at once.
const LIMIT: Duration = Duration::from_millis(500);

/// More than the kernel packs into one datagram of an answer (32 KiB).
const BUFFER: usize = 64 << 10;

/// The most that is kept of one answer: a router with all the Internet's neighbours ends here, not in memory.
const ANSWER_CAP: usize = 64 << 20;

// include/uapi/linux/netlink.h and rtnetlink.h
const REQUEST: u16 = 0x1;
const DUMP: u16 = 0x300;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const GET_LINK: u16 = 18;
const GET_NEIGHBOUR: u16 = 30;
const GET_RULE: u16 = 34;

/// An interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// `eth0`.
    pub name: String,
    /// The queueing discipline at its root: `fq_codel`.
    pub qdisc: Option<String>,
    /// What kind of made interface it is, as ip-link(8) names it: `vlan`, `wireguard`. None for hardware.
    pub kind: Option<String>,
}

/// A rule of policy routing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// For IPv6, else IPv4.
    pub is_ipv6: bool,
    /// Rules with lower numbers are tried first.
    pub priority: u32,
    /// What a packet must be, as ip-rule(8) writes it: `from 192.0.2.0/24 fwmark 0x1`.
    pub selector: String,
    /// The table that it looks the destination up in.
    pub table: Option<u32>,
    /// What it does when it is no look-up: `unreachable`, `goto 32000`.
    pub action: Option<String>,
}

impl Live {
    /// The interfaces of this network name space.
    ///
    /// # Errors
    /// The kernel refuses or says nothing.
    pub fn links(&self) -> Result<Vec<Link>, Problem> {
        // struct ifinfomsg, all zero: every family.
        let messages = ask(None, GET_LINK, DUMP, &[0; 16]).map_err(|e| problem("RTM_GETLINK", &e))?;
        Ok(messages.iter().filter_map(|message| link(message.get(16..)?)).collect())
    }

    /// The rules of routing of both families in the order in which they are tried.
    ///
    /// # Errors
    /// The kernel refuses or says nothing.
    pub fn rules(&self) -> Result<Vec<Rule>, Problem> {
        // struct fib_rule_hdr, all zero.
        let messages = ask(None, GET_RULE, DUMP, &[0; 12]).map_err(|e| problem("RTM_GETRULE", &e))?;
        let mut rules: Vec<Rule> = messages.iter().filter_map(|message| rule(message)).collect();
        rules.sort_by_key(|rule| (rule.is_ipv6, rule.priority));
        Ok(rules)
    }

    /// How many neighbours of each family are known: IPv4, IPv6. Those that need no asking and those that did not
    /// answer are left out.
    ///
    /// # Errors
    /// The kernel refuses or says nothing.
    pub fn neighbours(&self) -> Result<(u64, u64), Problem> {
        const FAILED: u16 = 0x20;
        const NO_ARP: u16 = 0x40;
        // struct ndmsg, all zero.
        let messages = ask(None, GET_NEIGHBOUR, DUMP, &[0; 12]).map_err(|e| problem("RTM_GETNEIGH", &e))?;
        let mut counts = (0, 0);
        for message in &messages {
            let (Some(family), Some(state)) = (message.first(), message.get(8..10).and_then(u16_of)) else { continue };
            match i32::from(*family) {
                _ if state & (FAILED | NO_ARP) != 0 => {}
                2 => counts.0 += 1,
                10 => counts.1 += 1,
                _ => {}
            }
        }
        Ok(counts)
    }

    /// The features that are on, by interface, in the kernel's words: `rx-gro`, `tx-checksum-ipv4`.
    ///
    /// # Errors
    /// The kernel is older than 5.6, was built without ethtool over netlink, refuses or says nothing.
    pub fn offloads(&self) -> Result<BTreeMap<String, BTreeSet<String>>, Problem> {
        // include/uapi/linux/genetlink.h and ethtool_netlink.h; four bytes of header: command, version, two of nothing.
        const CONTROL: u16 = 0x10;
        let mut body = vec![3, 1, 0, 0];
        attribute(&mut body, 2, b"ethtool\0");
        let family = ask(Some(GENERIC), CONTROL, 0, &body)
            .map_err(|error| match error {
                rustix::io::Errno::NOENT => {
                    Problem::new(ProblemKind::NotCollected, "this kernel does not tell its offloads over netlink")
                }
                other => problem("CTRL_CMD_GETFAMILY", &other),
            })?
            .iter()
            .find_map(|message| {
                attributes(message.get(4..)?).find(|one| one.kind() == 1).and_then(|a| u16_of(a.value()))
            })
            .ok_or_else(|| Problem::new(ProblemKind::Failed, "netlink names no ethtool family"))?;
        let mut body = vec![11, 1, 0, 0];
        // ETHTOOL_A_FEATURES_HEADER, nested and empty: every interface.
        attribute(&mut body, 1 | 0x8000, &[]);
        let messages = ask(Some(GENERIC), family, DUMP, &body).map_err(|e| problem("ETHTOOL_MSG_FEATURES_GET", &e))?;
        Ok(messages.iter().filter_map(|message| features(message.get(4..)?)).collect())
    }
}

fn problem(what: &str, error: &rustix::io::Errno) -> Problem {
    let kind = match *error {
        rustix::io::Errno::PERM | rustix::io::Errno::ACCESS => ProblemKind::Denied,
        rustix::io::Errno::AGAIN => ProblemKind::TimedOut,
        rustix::io::Errno::AFNOSUPPORT | rustix::io::Errno::PROTONOSUPPORT | rustix::io::Errno::OPNOTSUPP => {
            ProblemKind::NotCollected
        }
        _ => ProblemKind::Failed,
    };
    Problem::new(kind, format!("netlink {what}: {error}"))
}

/// Asks one question and returns the bodies of all messages of the answer.
fn ask(protocol: Option<Protocol>, kind: u16, flags: u16, body: &[u8]) -> rustix::io::Result<Vec<Vec<u8>>> {
    let mut answer = Vec::new();
    each(protocol, kind, flags, body, &mut |message| {
        answer.push(message.to_vec());
        true
    })?;
    Ok(answer)
}

/// Asks one question and gives away the bodies of the messages of the answer one by one, until `take` has enough.
fn each(
    protocol: Option<Protocol>,
    kind: u16,
    flags: u16,
    body: &[u8],
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> rustix::io::Result<()> {
    // No protocol is number 0, NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(LIMIT))?;
    let mut bytes = vec![0; 16 + body.len()];
    let mut message = NetlinkBuffer::new(&mut bytes);
    message.set_length((16 + body.len()) as u32);
    message.set_message_type(kind);
    message.set_flags(REQUEST | flags);
    message.set_sequence_number(1);
    message.payload_mut().copy_from_slice(body);
    sendto(&socket, &bytes, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut size = 0;
    let mut buffer = vec![0; BUFFER];
    loop {
        let (_, length) = recv(&socket, &mut buffer, RecvFlags::empty())?;
        size += length;
        if length == 0 || size > ANSWER_CAP {
            return Err(rustix::io::Errno::MSGSIZE);
        }
        let mut answer = Vec::new();
        let ended = gather(buffer.get(..length).unwrap_or_default(), &mut answer)?;
        if !answer.iter().all(|message| take(message)) || ended || flags & DUMP == 0 {
            return Ok(());
        }
    }
}

/// Takes the messages out of a datagram; whether the last was the end of the answer.
fn gather(mut datagram: &[u8], answer: &mut Vec<Vec<u8>>) -> rustix::io::Result<bool> {
    while let Ok(message) = NetlinkBuffer::new_checked(datagram) {
        match message.message_type() {
            DONE => return Ok(true),
            ERROR => {
                let code = message.payload().get(..4).and_then(|b| b.try_into().ok()).map_or(0, i32::from_ne_bytes);
                return if code == 0 { Ok(true) } else { Err(rustix::io::Errno::from_raw_os_error(-code)) };
            }
            _ => answer.push(message.payload().to_vec()),
        }
        let next = (message.length() as usize).next_multiple_of(4);
        datagram = datagram.get(next..).unwrap_or_default();
    }
    Ok(false)
}

/// Appends an attribute, struct nlattr: length, kind, value, filled up to four bytes.
fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    body.extend(((4 + value.len()) as u16).to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

/// The attributes of a message up to the first that is cut off.
fn attributes(bytes: &[u8]) -> impl Iterator<Item = NlaBuffer<&[u8]>> {
    NlasIterator::new(bytes).map_while(Result::ok)
}

fn text_of(attribute: &NlaBuffer<&[u8]>) -> String {
    let value = attribute.value();
    String::from_utf8_lossy(value.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

fn u16_of(bytes: &[u8]) -> Option<u16> {
    bytes.get(..2)?.try_into().ok().map(u16::from_ne_bytes)
}

fn u32_of(bytes: &[u8]) -> Option<u32> {
    bytes.get(..4)?.try_into().ok().map(u32::from_ne_bytes)
}

fn link(bytes: &[u8]) -> Option<Link> {
    let mut link = Link::default();
    for one in attributes(bytes) {
        match one.kind() {
            3 => link.name = text_of(&one),
            6 => link.qdisc = Some(text_of(&one)),
            18 => link.kind = attributes(one.value()).find(|inner| inner.kind() == 1).map(|inner| text_of(&inner)),
            _ => {}
        }
    }
    (!link.name.is_empty()).then_some(link)
}

/// include/uapi/linux/fib_rules.h
fn rule(message: &[u8]) -> Option<Rule> {
    let &[family, to_length, from_length, tos, table, _, _, action, f0, f1, f2, f3, ref rest @ ..] = message else {
        return None;
    };
    // Multicast routing has families and rules of its own.
    if !matches!(family, 2 | 10) {
        return None;
    }
    let (mut from, mut to) = ("all".to_owned(), None);
    let mut words = Vec::new();
    let (mut mark, mut mask, mut target) = (None, u32::MAX, 0);
    let mut rule = Rule { is_ipv6: family == 10, ..Rule::default() };
    let mut number = u32::from(table);
    for one in attributes(rest) {
        let value = one.value();
        match one.kind() {
            1 => to = address(value).map(|address| format!("to {}", prefix(address, to_length))),
            2 => from = address(value).map_or(from, |address| prefix(address, from_length)),
            3 => words.push(format!("iif {}", text_of(&one))),
            4 => target = u32_of(value).unwrap_or(0),
            6 => rule.priority = u32_of(value)?,
            10 => mark = u32_of(value),
            14 => words.extend(u32_of(value).filter(|n| *n != u32::MAX).map(|n| format!("suppress_prefixlength {n}"))),
            15 => number = u32_of(value)?,
            16 => mask = u32_of(value).unwrap_or(mask),
            17 => words.push(format!("oif {}", text_of(&one))),
            19 if value.first().is_some_and(|yes| *yes != 0) => words.push("l3mdev".to_owned()),
            20 => words.extend(range(value, 4).map(|range| format!("uidrange {range}"))),
            22 => words.extend(value.first().map(|number| format!("ipproto {number}"))),
            23 => words.extend(range(value, 2).map(|range| format!("sport {range}"))),
            24 => words.extend(range(value, 2).map(|range| format!("dport {range}"))),
            _ => {}
        }
    }
    if let Some(mark) = mark.filter(|mark| *mark != 0) {
        let mask = if mask == u32::MAX { String::new() } else { format!("/{mask:#x}") };
        words.insert(0, format!("fwmark {mark:#x}{mask}"));
    }
    if tos != 0 {
        words.insert(0, format!("tos {tos:#x}"));
    }
    words.sort();
    // FIB_RULE_INVERT
    let not = if u32::from_ne_bytes([f0, f1, f2, f3]) & 2 != 0 { "not " } else { "" };
    rule.selector = format!("{not}from {from}");
    for word in to.into_iter().chain(words) {
        rule.selector.push(' ');
        rule.selector.push_str(&word);
    }
    match action {
        1 => rule.table = Some(number).filter(|number| *number != 0),
        2 => rule.action = Some(format!("goto {target}")),
        3 => rule.action = Some("nop".to_owned()),
        6 => rule.action = Some("blackhole".to_owned()),
        7 => rule.action = Some("unreachable".to_owned()),
        8 => rule.action = Some("prohibit".to_owned()),
        other => rule.action = Some(format!("action {other}")),
    }
    Some(rule)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes))),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes))),
        _ => None,
    }
}

/// A whole address without its length, as ip-rule(8) writes it.
fn prefix(address: IpAddr, length: u8) -> String {
    let whole = if address.is_ipv4() { 32 } else { 128 };
    if length == whole { address.to_string() } else { format!("{address}/{length}") }
}

/// Two numbers of `width` bytes, the first to the last.
fn range(bytes: &[u8], width: usize) -> Option<String> {
    let (from, to) = (bytes.get(..width)?, bytes.get(width..2 * width)?);
    let number = |bytes: &[u8]| u32_of(bytes).or_else(|| u16_of(bytes).map(u32::from));
    let (from, to) = (number(from)?, number(to)?);
    Some(if from == to { from.to_string() } else { format!("{from}-{to}") })
}

/// The interface of a reply to ETHTOOL_MSG_FEATURES_GET and its active features. The set comes without a mask: a bit
/// that is listed is on (Documentation/networking/ethtool-netlink.rst).
fn features(bytes: &[u8]) -> Option<(String, BTreeSet<String>)> {
    let mut name = None;
    let mut on = BTreeSet::new();
    for one in attributes(bytes) {
        match one.kind() {
            1 => name = attributes(one.value()).find(|inner| inner.kind() == 2).map(|inner| text_of(&inner)),
            4 => {
                for bits in attributes(one.value()).filter(|inner| inner.kind() == 3) {
                    for bit in attributes(bits.value()) {
                        let name = attributes(bit.value()).find(|inner| inner.kind() == 2).map(|inner| text_of(&inner));
                        // Bits that this kernel's table has no name for.
                        on.extend(name.filter(|name| !name.is_empty()));
                    }
                }
            }
            _ => {}
        }
    }
    Some((name?, on))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same rules as `ip rule add from 192.0.2.0/24 fwmark 0x1/0xff table 100` and the like make them.
    #[test]
    fn rules_read_as_ip_rule_writes_them() {
        let mut message = vec![2, 0, 24, 0, 100, 0, 0, 1, 0, 0, 0, 0];
        attribute(&mut message, 2, &[192, 0, 2, 0]);
        attribute(&mut message, 6, &1000_u32.to_ne_bytes());
        attribute(&mut message, 10, &1_u32.to_ne_bytes());
        attribute(&mut message, 16, &0xff_u32.to_ne_bytes());
        attribute(&mut message, 15, &100_u32.to_ne_bytes());
        let expected = Rule {
            is_ipv6: false,
            priority: 1000,
            selector: "from 192.0.2.0/24 fwmark 0x1/0xff".to_owned(),
            table: Some(100),
            action: None,
        };
        assert_eq!(rule(&message), Some(expected));
        let mut message = vec![10, 128, 0, 0, 0, 0, 0, 7];
        message.extend(2_u32.to_ne_bytes());
        attribute(&mut message, 1, &[0xfd; 16]);
        attribute(&mut message, 24, &[80_u16.to_ne_bytes(), 90_u16.to_ne_bytes()].concat());
        let rule = rule(&message).expect("a rule");
        assert!(rule.is_ipv6 && rule.action.as_deref() == Some("unreachable"));
        assert!(rule.selector.starts_with("not from all to fdfd:"), "{}", rule.selector);
        assert!(rule.selector.ends_with(" dport 80-90"), "{}", rule.selector);
    }

    #[test]
    fn cut_off_answers_end() {
        let mut message = Vec::new();
        attribute(&mut message, 3, b"eth0\0");
        attribute(&mut message, 6, b"fq_codel\0");
        assert_eq!(link(&message).and_then(|link| link.qdisc).as_deref(), Some("fq_codel"));
        for length in 0..message.len() {
            let cut = &message[..length];
            assert!(link(cut).is_none_or(|link| link.name == "eth0"), "{length}");
            assert!(features(cut).is_none_or(|(name, _)| name.is_empty()), "{length}");
        }
        assert_eq!(rule(&[2; 11]), None);
        assert_eq!(rule(&[128, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), None);
        let mut answer = Vec::new();
        assert_eq!(gather(&[255; 40], &mut answer), Ok(false));
        assert!(answer.is_empty());
    }

    #[test]
    fn this_machine_answers() {
        let live = Live::new();
        let links = live.links().expect("every kernel tells its links");
        assert!(links.iter().any(|link| link.name == "lo" && link.qdisc.is_some()), "{links:?}");
        if let Ok(offloads) = live.offloads() {
            assert!(offloads.get("lo").is_some_and(|on| on.contains("tx-scatter-gather")), "{offloads:?}");
        }
        if let Ok(rules) = live.rules() {
            assert!(rules.iter().any(|rule| rule.table == Some(255) && rule.selector == "from all"), "{rules:?}");
        }
    }
}
