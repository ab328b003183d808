//! `dns.answers.<name>.<type>`: what the configured name servers answer for the names that the user lists. A name is
//! asked for its addresses, one that begins with an underscore for its services and texts, a reverse one for its names.

use super::resolver;
use crate::capture::{Facts, Scope};
use crate::host::{Answer, Host, Live, RecordType};
use crate::model::{Problem, ProblemKind, Value};
use std::net::{SocketAddr, SocketAddrV6};
use std::time::{Duration, Instant};

/// What the C library reads of resolv.conf: MAXNS of resolv.h.
const SERVERS: usize = 3;

/// How long one question may take.
const LIMIT: Duration = Duration::from_millis(1500);

/// How long all questions may take, less than the probe's own limit.
const IN_ALL: Duration = Duration::from_secs(8);

/// A server that was silent so many times in a row is not asked again.
const PATIENCE: usize = 2;

type Asked = (String, RecordType);

/// Asks for the listed names.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let options = facts.options().clone();
    let names = &options.watch.names;
    if names.is_empty() {
        return;
    }
    let Some(live) = host.as_live() else {
        return facts.not_collected(&["dns", "answers"], "only a running machine can ask its name servers");
    };
    let listed = resolver::name_servers(host);
    let servers: Vec<SocketAddr> = listed.iter().take(SERVERS).filter_map(|server| address(host, server)).collect();
    if servers.is_empty() {
        let detail = format!("{}: no address of a name server", listed.join(", "));
        return facts.problem(&["dns", "answers"], Problem::new(ProblemKind::NotParsable, detail));
    }
    ask(live, &servers, names, facts);
}

/// `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`, at the port of the DNS.
fn address(host: &Host, text: &str) -> Option<SocketAddr> {
    const PORT: u16 = 53;
    let Some((address, link)) = text.split_once('%') else { return Some(SocketAddr::new(text.parse().ok()?, PORT)) };
    let number = || host.word(&format!("/sys/class/net/{link}/ifindex")).ok()?.parse().ok();
    let scope = if link.contains('/') { None } else { link.parse().ok().or_else(number) };
    Some(SocketAddr::V6(SocketAddrV6::new(address.parse().ok()?, PORT, 0, scope?)))
}

fn kinds(name: &str) -> &'static [RecordType] {
    let name = name.trim_end_matches('.').to_lowercase();
    if name.starts_with('_') {
        &[RecordType::Srv, RecordType::Txt]
    } else if name.ends_with(".in-addr.arpa") || name.ends_with(".ip6.arpa") {
        &[RecordType::Ptr]
    } else {
        &[RecordType::A, RecordType::Aaaa]
    }
}

fn ask(live: &Live, servers: &[SocketAddr], names: &[String], facts: &mut Facts) {
    let questions: Vec<Asked> =
        names.iter().flat_map(|name| kinds(name).iter().map(|kind| (name.clone(), *kind))).collect();
    // All servers at a time, each with one question at a time.
    let by_server: Vec<(SocketAddr, Vec<Result<Answer, Problem>>)> = std::thread::scope(|scope| {
        let ask = |server: &SocketAddr| {
            let (server, questions) = (*server, &questions);
            (server, std::thread::Builder::new().spawn_scoped(scope, move || interview(live, server, questions)))
        };
        let asking: Vec<_> = servers.iter().map(ask).collect();
        // Where the system has no thread to give, they are asked one after the other.
        let answers = asking.into_iter().map(|(server, thread)| match thread {
            Ok(thread) => (server, thread.join().unwrap_or_default()),
            Err(_) => (server, interview(live, server, &questions)),
        });
        answers.collect()
    });
    for (at, (name, kind)) in questions.iter().enumerate() {
        let replies: Vec<(SocketAddr, &Result<Answer, Problem>)> =
            by_server.iter().filter_map(|(server, all)| all.get(at).map(|one| (*server, one))).collect();
        put(&replies, &mut facts.at(&["dns", "answers", name, kind.name()]));
    }
}

/// Puts all questions to one server.
fn interview(live: &Live, server: SocketAddr, questions: &[Asked]) -> Vec<Result<Answer, Problem>> {
    let end = Instant::now() + IN_ALL;
    let mut silent = 0;
    let mut out = Vec::new();
    for (name, kind) in questions {
        let left = end.saturating_duration_since(Instant::now());
        let reply = if silent >= PATIENCE {
            Err(Problem::new(ProblemKind::TimedOut, format!("{server} was silent before and was not asked again")))
        } else if left.is_zero() {
            Err(Problem::new(ProblemKind::TimedOut, format!("{server}: no time was left to ask")))
        } else {
            live.ask(server, name, *kind, LIMIT.min(left))
        };
        silent = match &reply {
            Err(problem) if problem.kind == ProblemKind::TimedOut => silent + 1,
            _ => 0,
        };
        out.push(reply);
    }
    out
}

/// Puts the answer that the C library would take: of the first server that knows, else of the first that says anything.
fn put(replies: &[(SocketAddr, &Result<Answer, Problem>)], facts: &mut Scope<'_>) {
    let knows = |answer: &Answer| matches!(&*answer.result, "NOERROR" | "NODATA" | "NXDOMAIN");
    let answers = || replies.iter().filter_map(|(server, reply)| reply.as_ref().ok().map(|answer| (*server, answer)));
    let Some((server, answer)) = answers().find(|(_, answer)| knows(answer)).or_else(|| answers().next()) else {
        if let Some((_, Err(problem))) = replies.first() {
            facts.problem(&[], problem.clone());
        }
        return;
    };
    let source = format!("DNS query to {server}");
    facts.put(&["result"], answer.result.as_str(), &source);
    if !answer.values.is_empty() {
        facts.put(&["values"], Value::set(answer.values.iter().cloned()), &source);
    }
    facts.put_some(&["canonical_name"], answer.canonical_name.as_deref(), &source);
    facts.put_some(&["ttl_seconds"], answer.ttl_seconds, &source);
    facts.put_some(&["negative_ttl_seconds"], answer.negative_ttl_seconds, &source);
    facts.put(&["server"], server.ip().to_string(), &source);
    facts.put(&["time_band"], band(answer.took), &source);
    let others = replies.iter().filter(|(other, _)| *other != server).filter_map(|(other, reply)| match reply {
        Ok(theirs) if theirs.result != answer.result => Some(format!("{}: {}", other.ip(), theirs.result)),
        Ok(theirs) if theirs.values != answer.values => Some(format!("{}: {}", other.ip(), theirs.values.join(" "))),
        Ok(_) => None,
        Err(problem) => Some(format!("{}: {}", other.ip(), problem.kind.words())),
    });
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        facts.put(&["differing_servers"], Value::set(others), "DNS queries to all configured servers");
    }
}

/// How long an answer took, coarse enough to be the same from one time to the next: from a cache, nearby, from afar.
fn band(took: Duration) -> &'static str {
    match took.as_millis() {
        0 => "less than 1 ms",
        1..10 => "1 to 10 ms",
        10..100 => "10 to 100 ms",
        100..1000 => "100 ms to 1 s",
        _ => "more than 1 s",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::root;
    use crate::host::dns_tests::{serve, web};
    use simple_dns::RCODE;

    #[test]
    fn the_first_server_that_knows_counts_and_others_are_named() {
        let broken = serve(RCODE::ServerFailure, Vec::new(), false);
        let knows = serve(RCODE::NoError, web(), false);
        let other = serve(RCODE::NameError, Vec::new(), false);
        let mut facts = Facts::new();
        let host = Host::live();
        let live = host.as_live().expect("is live");
        ask(live, &[broken, knows, other], &["www.example.net".to_owned()], &mut facts);
        let get = |key: &str| facts.get(&format!("dns.answers.\"www.example.net\".{key}"));
        assert_eq!(get("A.result"), Some(&Value::from("NOERROR")));
        assert_eq!(get("A.values"), Some(&Value::list(["192.0.2.7", "192.0.2.8"])));
        assert_eq!(get("A.canonical_name"), Some(&Value::from("web.example.net")));
        assert_eq!(get("A.ttl_seconds"), Some(&Value::from(300_u32)));
        assert_eq!(get("A.differing_servers"), Some(&Value::list(["127.0.0.1: NXDOMAIN", "127.0.0.1: SERVFAIL"])));
        // The alias is there, and nothing of this type at its end.
        assert_eq!(get("AAAA.result"), Some(&Value::from("NODATA")));
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn nobody_answers() {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").expect("binds");
        let server = silent.local_addr().expect("has one");
        let live = Host::live();
        let live = live.as_live().expect("is live");
        let mut facts = Facts::new();
        ask(live, &[server], &["a.example.net".to_owned(), "b.example.net".to_owned()], &mut facts);
        assert!(facts.values().is_empty());
        let problems: Vec<String> =
            facts.problems().iter().map(|(path, problem)| format!("{path} {problem}")).collect();
        assert_eq!(problems.len(), 4);
        assert!(problems[2].contains("was not asked again"), "{problems:?}");
    }

    #[test]
    fn servers_are_read_with_their_links() {
        let (_dir, host) = root(&[("/sys/class/net/eth0/ifindex", "7\n")]);
        let read = |text: &str| address(&host, text).map(|server| server.to_string());
        assert_eq!(read("192.0.2.1").as_deref(), Some("192.0.2.1:53"));
        assert_eq!(read("fe80::1%eth0").as_deref(), Some("[fe80::1%7]:53"));
        assert_eq!(read("fe80::1%eth9"), None);
        assert_eq!(read("fe80::1%../../etc"), None);
        assert_eq!(read("ns1.example.net"), None);
    }

    #[test]
    fn names_are_asked_for_what_they_can_have() {
        assert_eq!(kinds("www.example.net"), [RecordType::A, RecordType::Aaaa]);
        assert_eq!(kinds("_ldap._tcp.example.net"), [RecordType::Srv, RecordType::Txt]);
        assert_eq!(kinds("7.2.0.192.in-addr.arpa."), [RecordType::Ptr]);
    }
}
