//! Questions to one name server: RFC 1035 over UDP, over TCP where the answer does not fit, with EDNS (RFC 6891).

use super::Live;
use crate::model::{Problem, ProblemKind};
use simple_dns::rdata::{OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// The most bytes of an answer over UDP: what fits into a packet on every path (the DNS flag day of 2020).
const PAYLOAD: u16 = 1232;

/// The most records that are kept of one answer.
const RECORDS_CAP: usize = 200;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// The name of an address.
    Ptr,
    /// Where a service is.
    Srv,
    /// Text.
    Txt,
}

impl RecordType {
    /// As the DNS writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Ptr => "PTR",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }

    fn of_wire(self) -> simple_dns::TYPE {
        match self {
            Self::A => simple_dns::TYPE::A,
            Self::Aaaa => simple_dns::TYPE::AAAA,
            Self::Ptr => simple_dns::TYPE::PTR,
            Self::Srv => simple_dns::TYPE::SRV,
            Self::Txt => simple_dns::TYPE::TXT,
        }
    }
}

/// An answer, whatever it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `NOERROR`, `NODATA` where the name has nothing of this type, `NXDOMAIN`, `SERVFAIL`, ...
    pub result: String,
    /// The records of the type that was asked for, sorted.
    pub values: Vec<String>,
    /// The name at the end of the aliases, if there are any.
    pub canonical_name: Option<String>,
    /// The shortest time that a part of the answer may be kept.
    pub ttl_seconds: Option<u32>,
    /// Where there is nothing: how long that may be remembered, by the zone's own record (RFC 2308).
    pub negative_ttl_seconds: Option<u32>,
    /// How long it took.
    pub took: Duration,
}

impl Live {
    /// Asks one server for one name, and waits no longer than `limit`.
    ///
    /// # Errors
    /// A problem when no answer comes in time, or one that cannot be read.
    pub fn ask(&self, server: SocketAddr, name: &str, kind: RecordType, limit: Duration) -> Result<Answer, Problem> {
        let begun = Instant::now();
        let what = format!("{server} {name} {}", kind.name());
        let failed = |error: io::Error| {
            let kind = match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ProblemKind::TimedOut,
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ProblemKind::NotParsable,
                _ => ProblemKind::Failed,
            };
            Problem::new(kind, if kind == ProblemKind::TimedOut { what.clone() } else { format!("{what}: {error}") })
        };
        let id = RandomState::new().build_hasher().finish() as u16;
        let question = question(id, name, kind).map_err(failed)?;
        let mut bytes = over_udp(server, &question, id, limit).map_err(failed)?;
        let truncated = |bytes: &[u8]| {
            Packet::parse(bytes).map_or(bytes.get(2).is_some_and(|flags| flags & 2 != 0), |packet| {
                packet.has_flags(PacketFlag::TRUNCATION)
            })
        };
        if truncated(&bytes) {
            let left = limit.saturating_sub(begun.elapsed()).max(Duration::from_millis(1));
            bytes = over_tcp(server, &question, left).map_err(failed)?;
        }
        let mut answer = read(&bytes, id, name, kind).map_err(failed)?;
        answer.took = begun.elapsed();
        Ok(answer)
    }
}

fn invalid(error: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

fn question(id: u16, name: &str, kind: RecordType) -> io::Result<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name.trim_end_matches('.'))
        .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e.to_string()))?;
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind.of_wire()), QCLASS::CLASS(CLASS::IN), false));
    *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: PAYLOAD, version: 0 });
    packet.build_bytes_vec().map_err(invalid)
}

/// One datagram there and one back; asked again at half the time, because packets get lost.
fn over_udp(server: SocketAddr, question: &[u8], id: u16, limit: Duration) -> io::Result<Vec<u8>> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    let begun = Instant::now();
    let mut buffer = vec![0; 1 << 16];
    for end in [limit / 2, limit] {
        socket.send(question)?;
        loop {
            let left = end.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            socket.set_read_timeout(Some(left))?;
            match socket.recv(&mut buffer) {
                // Another's answer, or a guess at ours.
                Ok(length) if buffer.get(..2) != Some(&id.to_be_bytes()[..]) || length < 12 => {}
                Ok(length) => return Ok(buffer.get(..length).unwrap_or_default().to_vec()),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

/// As over UDP, with the length before the message in both directions: RFC 7766. The server's slowness in between is
/// bounded by the time-out of each of the two reads.
fn over_tcp(server: SocketAddr, question: &[u8], limit: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    let length = u16::try_from(question.len()).map_err(invalid)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read(bytes: &[u8], id: u16, name: &str, kind: RecordType) -> io::Result<Answer> {
    let packet = Packet::parse(bytes).map_err(invalid)?;
    let asked = name.trim_end_matches('.').to_lowercase();
    let is_ours = packet.questions.iter().all(|question| plain(&question.qname) == asked);
    if packet.id() != id || !packet.has_flags(PacketFlag::RESPONSE) || !is_ours {
        return Err(invalid("an answer to another question"));
    }
    let mut answer = Answer { result: result(packet.rcode()), ..Answer::default() };
    for record in packet.answers.iter().take(RECORDS_CAP) {
        if let RData::CNAME(target) = &record.rdata {
            answer.canonical_name = Some(plain(&target.0));
        } else if let Some(value) = value(&record.rdata, kind) {
            answer.values.push(value);
        } else {
            continue;
        }
        answer.ttl_seconds = Some(answer.ttl_seconds.map_or(record.ttl, |ttl| ttl.min(record.ttl)));
    }
    answer.values.sort();
    answer.values.dedup();
    if answer.result == "NOERROR" && answer.values.is_empty() {
        "NODATA".clone_into(&mut answer.result);
    }
    if matches!(&*answer.result, "NODATA" | "NXDOMAIN") {
        // The field of the record, not its time to live: a cache counts that down.
        let minimum = |data: &RData<'_>| if let RData::SOA(zone) = data { Some(zone.minimum) } else { None };
        answer.negative_ttl_seconds =
            packet.name_servers.iter().take(RECORDS_CAP).find_map(|record| minimum(&record.rdata));
    }
    Ok(answer)
}

/// Names are the same in upper and lower case, RFC 4343.
fn plain(name: &Name<'_>) -> String {
    name.to_string().trim_end_matches('.').to_lowercase()
}

fn value(data: &RData<'_>, kind: RecordType) -> Option<String> {
    Some(match (data, kind) {
        (RData::A(a), RecordType::A) => Ipv4Addr::from_bits(a.address).to_string(),
        (RData::AAAA(a), RecordType::Aaaa) => Ipv6Addr::from_bits(a.address).to_string(),
        (RData::PTR(name), RecordType::Ptr) => plain(&name.0),
        (RData::SRV(srv), RecordType::Srv) => {
            format!("{} {} {} {}", srv.priority, srv.weight, srv.port, plain(&srv.target))
        }
        (RData::TXT(txt), RecordType::Txt) => String::try_from(txt.clone()).ok()?,
        _ => return None,
    })
}

/// The IANA's names of response codes.
fn result(code: RCODE) -> String {
    match code {
        RCODE::NoError => "NOERROR",
        RCODE::FormatError => "FORMERR",
        RCODE::ServerFailure => "SERVFAIL",
        RCODE::NameError => "NXDOMAIN",
        RCODE::NotImplemented => "NOTIMP",
        RCODE::Refused => "REFUSED",
        other => return format!("{other:?}").to_uppercase(),
    }
    .to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use simple_dns::rdata::{A, CNAME, SOA, TXT};
    use simple_dns::{ResourceRecord, SimpleDnsError};
    use std::net::TcpListener;

    /// A name server on the loopback: answers `records` over UDP, or, where they do not fit, over TCP alone.
    /// A record of a zone, as in its own, stands where an answer says that there is nothing.
    pub(crate) fn serve(rcode: RCODE, records: Vec<ResourceRecord<'static>>, truncate: bool) -> SocketAddr {
        let udp = UdpSocket::bind("127.0.0.1:0").expect("binds");
        let address = udp.local_addr().expect("has one");
        let tcp = TcpListener::bind(address).expect("the same port");
        let reply = move |question: &[u8], truncate: bool| -> Result<Vec<u8>, SimpleDnsError> {
            let mut packet = Packet::parse(question)?.into_reply();
            *packet.rcode_mut() = rcode;
            if truncate {
                packet.set_flags(PacketFlag::TRUNCATION);
            } else {
                let is_zone = |record: &ResourceRecord<'_>| matches!(record.rdata, RData::SOA(_));
                (packet.name_servers, packet.answers) = records.clone().into_iter().partition(is_zone);
            }
            packet.build_bytes_vec()
        };
        let over_stream = reply.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                udp.send_to(&reply(&buffer[..length], truncate).expect("a question"), from).ok();
            }
        });
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = tcp.accept() {
                let mut length = [0; 2];
                stream.read_exact(&mut length).ok();
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).ok();
                let bytes = over_stream(&question, false).expect("a question");
                stream.write_all(&[&(bytes.len() as u16).to_be_bytes(), &bytes[..]].concat()).ok();
            }
        });
        address
    }

    pub(crate) fn record(name: &'static str, data: RData<'static>) -> ResourceRecord<'static> {
        ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, 300, data)
    }

    pub(crate) fn web() -> Vec<ResourceRecord<'static>> {
        vec![
            record("www.example.net", RData::CNAME(CNAME(Name::new_unchecked("Web.example.net")))),
            record("web.example.net", RData::A(A { address: 0xC000_0208 })),
            record("web.example.net", RData::A(A { address: 0xC000_0207 })),
        ]
    }

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn an_answer_is_sorted_and_its_aliases_are_followed() {
        for truncate in [false, true] {
            let server = serve(RCODE::NoError, web(), truncate);
            let answer = Live::new().ask(server, "WWW.example.net.", RecordType::A, LIMIT).expect("answers");
            assert_eq!(answer.values, ["192.0.2.7", "192.0.2.8"], "truncated: {truncate}");
            assert_eq!(answer.canonical_name.as_deref(), Some("web.example.net"));
            assert_eq!((answer.result.as_str(), answer.ttl_seconds), ("NOERROR", Some(300)));
        }
    }

    #[test]
    fn nothing_is_told_from_no_such_name_and_from_failure() {
        let live = Live::new();
        let ask = |server, kind| live.ask(server, "www.example.net", kind, LIMIT).expect("answers").result;
        let text = record("www.example.net", RData::TXT(TXT::new().with_string("v=spf1 -all").expect("short")));
        let server = serve(RCODE::NoError, vec![text], false);
        assert_eq!(ask(server, RecordType::A), "NODATA");
        assert_eq!(
            live.ask(server, "www.example.net", RecordType::Txt, LIMIT).expect("answers").values,
            ["v=spf1 -all"]
        );
        assert_eq!(ask(serve(RCODE::NameError, Vec::new(), false), RecordType::A), "NXDOMAIN");
        let name = Name::new_unchecked("ns.example.net");
        let (refresh, retry, expire, minimum) = (7200, 900, 1_209_600, 3600);
        let zone = SOA { mname: name.clone(), rname: name, serial: 1, refresh, retry, expire, minimum };
        let server = serve(RCODE::NameError, vec![record("example.net", RData::SOA(zone))], false);
        let answer = live.ask(server, "none.example.net", RecordType::A, LIMIT).expect("answers");
        assert_eq!((answer.result.as_str(), answer.negative_ttl_seconds), ("NXDOMAIN", Some(3600)));
        assert_eq!(ask(serve(RCODE::ServerFailure, Vec::new(), false), RecordType::A), "SERVFAIL");
    }

    #[test]
    fn silence_and_nonsense_are_problems() {
        let live = Live::new();
        let silent = UdpSocket::bind("127.0.0.1:0").expect("binds");
        let server = silent.local_addr().expect("has one");
        let problem = live.ask(server, "a.example.net", RecordType::A, Duration::from_millis(50)).expect_err("silent");
        assert_eq!(problem.kind, ProblemKind::TimedOut);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((_, from)) = silent.recv_from(&mut buffer) {
                // The right number, an answer, and then no names that end.
                let bytes = [&buffer[..2], &[0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0], &[0xC0, 0x0C, 0xC0]].concat();
                silent.send_to(&bytes, from).ok();
            }
        });
        let problem = live.ask(server, "a.example.net", RecordType::A, LIMIT).expect_err("nonsense");
        assert_eq!(problem.kind, ProblemKind::NotParsable, "{problem}");
    }
}
