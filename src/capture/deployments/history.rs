//! `deployments.events` and `deployments.rollbacks`: what dpkg did, from its own log.

use crate::capture::Facts;
use crate::capture::libraries::dpkg::{Database, Package};
use crate::host::{Host, ReadError};
use debversion::Version;
use flate2::read::MultiGzDecoder;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// How far back the history goes.
const EVENTS: usize = 1_000;

/// The most of one log, packed or not.
const CAP: u64 = 64 << 20;

/// One line of the log that changed a package.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    /// `2026-01-31T12:00:00`, in the host's own time as written: the log has no zone.
    time: String,
    /// `install`, `upgrade`, `downgrade`, `reinstall`, `remove`, `purge` or `disappear`.
    action: &'static str,
    /// The name, with the architecture where that is foreign.
    package: String,
    from: Option<String>,
    to: Option<String>,
}

/// Reads the logs from the newest back.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let database = Database::read(host);
    let (packages, _) = database.packages();
    let native = database.native(&packages);
    let mut newest: HashMap<String, (Event, String)> = HashMap::new();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut left = EVENTS;
    for path in logs(host, facts) {
        let text = match text(host, &path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&["deployments", "events"], &error);
                continue;
            }
        };
        for event in text.lines().rev().filter_map(|line| event(line, native)).take(left) {
            left -= 1;
            // What was removed and purged within a second is purged: the newest speaks.
            if !seen.insert((event.time.clone(), event.package.clone())) {
                continue;
            }
            let mut facts = facts.at(&["deployments", "events", &event.time, &event.package]);
            facts.put(&["action"], event.action, &path);
            facts.put_some(&["from"], event.from.as_deref(), &path);
            facts.put_some(&["to"], event.to.as_deref(), &path);
            if event.action == "downgrade" {
                newest.entry(event.package.clone()).or_insert((event, path.clone()));
            }
        }
        if left == 0 {
            break;
        }
    }
    rollbacks(&packages, native, &newest, facts);
}

/// What is still rolled back: installed in a version older than the one it was taken back from, or held.
fn rollbacks(
    packages: &[Package<'_>],
    native: Option<&str>,
    downgrades: &HashMap<String, (Event, String)>,
    facts: &mut Facts,
) {
    for package in packages.iter().filter(|package| package.is_present()) {
        let key = package.key(native);
        let mut facts = facts.at(&["deployments", "rollbacks", &key]);
        if package.held {
            facts.put(&["held_at"], package.version.unwrap_or_default(), package.file);
        }
        let Some((event, log)) = downgrades.get(&key) else { continue };
        let is_older = |from: &String| compare(package.version.unwrap_or_default(), from) == Ordering::Less;
        if let Some(from) = event.from.as_ref().filter(|from| is_older(from)) {
            facts.put(&["from"], from.as_str(), log);
            facts.put_some(&["to"], event.to.as_deref(), log);
            facts.put(&["time"], event.time.as_str(), log);
        }
    }
}

/// The log and its rotated predecessors, newest first.
fn logs(host: &Host, facts: &mut Facts) -> Vec<String> {
    let entries = host.list("/var/log").unwrap_or_else(|error| {
        facts.unread(&["deployments", "events"], &error);
        Vec::new()
    });
    let mut logs: Vec<(u32, String)> = entries
        .iter()
        .filter_map(|entry| {
            let rest = entry.name.strip_prefix("dpkg.log")?;
            let number = rest.strip_suffix(".gz").unwrap_or(rest).trim_start_matches('.');
            let age = if number.is_empty() { 0 } else { number.parse().ok()? };
            Some((age, format!("/var/log/{}", entry.name)))
        })
        .collect();
    logs.sort();
    logs.into_iter().map(|(_, path)| path).collect()
}

fn text(host: &Host, path: &str) -> Result<String, ReadError> {
    if !path.ends_with(".gz") {
        return host.text_up_to(path, CAP);
    }
    let packed = host.read_up_to(path, CAP)?;
    let mut bytes = Vec::new();
    // A log that was cut off still tells what stands before the cut.
    let unpacked = MultiGzDecoder::new(packed.as_slice()).take(CAP).read_to_end(&mut bytes);
    match unpacked {
        Err(source) if bytes.is_empty() => Err(ReadError::Io { path: path.to_owned(), source }),
        _ => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Reads `2026-01-31 12:00:00 upgrade libc6:amd64 2.31-13 2.31-14`, dpkg(1) under `--log`.
fn event(line: &str, native: Option<&str>) -> Option<Event> {
    let mut words = line.split_ascii_whitespace();
    let (date, time, action, package) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if date.len() != 10 || time.len() != 8 {
        return None;
    }
    let version = |word: Option<&str>| word.filter(|word| *word != "<none>").map(str::to_owned);
    let (from, to) = (version(words.next()), version(words.next()));
    let action = match (action, &from, &to) {
        // dpkg calls every change of an installed package an upgrade.
        ("upgrade" | "install", Some(from), Some(to)) => match compare(from, to) {
            Ordering::Less => "upgrade",
            Ordering::Equal => "reinstall",
            Ordering::Greater => "downgrade",
        },
        ("upgrade", ..) => "upgrade",
        ("install", ..) => "install",
        ("remove", ..) => "remove",
        ("purge", ..) => "purge",
        ("disappear", ..) => "disappear",
        _ => return None,
    };
    let package = match package.split_once(':') {
        Some((name, architecture)) if architecture == "all" || Some(architecture) == native => name,
        _ => package,
    };
    Some(Event { time: format!("{date}T{time}"), action, package: package.to_owned(), from, to })
}

/// The order of deb-version(7); versions that are none are equal only to themselves.
fn compare(a: &str, b: &str) -> Ordering {
    match (Version::parse_lenient(a), Version::parse_lenient(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    const STATUS: &str = "\
Package: nginx
Status: hold ok installed
Architecture: amd64
Version: 1.18.0-6+deb11u3

Package: curl
Status: install ok installed
Architecture: amd64
Version: 7.88.1-10

Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.21
";

    fn packed(text: &str) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(text.as_bytes()).expect("packs");
        out.finish().expect("packs")
    }

    #[test]
    fn the_history_is_read_back_through_rotated_logs() {
        let log = "\
2026-01-31 12:00:00 startup archives unpack
2026-01-31 12:00:01 upgrade nginx:amd64 1.18.0-6+deb11u8 1.18.0-6+deb11u3
2026-01-31 12:00:01 status half-configured nginx:amd64 1.18.0-6+deb11u8
2026-01-31 12:00:02 remove nfs-common:amd64 1:1.3.4-6 <none>
2026-01-31 12:00:02 purge nfs-common:amd64 1:1.3.4-6 <none>
2026-01-31 12:00:03 install libc6:i386 <none> 2.31-13
2026-01-31 12:00:04 upgrade curl:amd64 7.88.1-10 7.88.1-10
";
        let older = packed("2025-12-01 08:00:00 upgrade curl:amd64 7.88.1-11 7.88.1-9\n");
        let root = Root::new(&[
            ("/var/lib/dpkg/status", STATUS.as_bytes()),
            ("/var/log/dpkg.log", log.as_bytes()),
            ("/var/log/dpkg.log.2.gz", older.as_slice()),
        ]);
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("deployments.{path}")).cloned();
        let event = |time: &str, rest: &str| fact(&format!("events.\"2026-01-31T12:00:{time}\".{rest}"));
        assert_eq!(event("01", "nginx.action"), Some("downgrade".into()));
        assert_eq!(event("02", "nfs-common.action"), Some("purge".into()));
        assert_eq!(event("02", "nfs-common.to"), None);
        assert_eq!(event("03", "\"libc6:i386\".to"), Some("2.31-13".into()));
        assert_eq!(event("04", "curl.action"), Some("reinstall".into()));
        assert_eq!(fact("events.\"2025-12-01T08:00:00\".curl.action"), Some("downgrade".into()));
        assert_eq!(fact("rollbacks.nginx.from"), Some("1.18.0-6+deb11u8".into()));
        assert_eq!(fact("rollbacks.nginx.held_at"), Some("1.18.0-6+deb11u3".into()));
        assert_eq!(fact("rollbacks.curl.from"), Some("7.88.1-11".into()), "still older than it was");
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn only_the_newest_events_are_kept() {
        let log: String = (0..1_500).map(|n| format!("2026-01-31 12:00:00 install p{n} <none> 1\n")).collect();
        let facts = Root::new(&[("/var/log/dpkg.log", log.as_str())]).probe(probe);
        let events = facts.values().iter().filter(|(path, _)| path.last() == Some("action")).count();
        assert_eq!(events, EVENTS);
        assert_eq!(facts.get("deployments.events.\"2026-01-31T12:00:00\".p1499.to"), Some(&Value::from("1")));
    }

    #[test]
    fn a_packed_log_that_is_none_is_a_problem() {
        let facts = Root::new(&[("/var/log/dpkg.log.1.gz", "not packed")]).probe(probe);
        assert_eq!(facts.problems().len(), 1);
    }
}
