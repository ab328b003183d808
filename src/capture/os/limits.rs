//! `os.limits`: what a process may use, getrlimit(2), and what limits.conf(5) gives to those who log in.

use crate::capture::settings::{layers, lines};
use crate::capture::{Facts, Scope};
use crate::host::{Host, Output};
use crate::model::{Problem, ProblemKind, Value};
use std::collections::BTreeMap;

const OWN: &str = "/proc/self/limits";

/// The resources as limits.conf(5) names them, as /proc/self/limits does, and bash's option with the unit of its numbers.
const RESOURCES: [(&str, &str, &str, u64); 16] = [
    ("as", "Max address space", "-v", 1024),
    ("core", "Max core file size", "-c", 1024),
    ("cpu", "Max cpu time", "-t", 1),
    ("data", "Max data size", "-d", 1024),
    ("fsize", "Max file size", "-f", 1024),
    ("locks", "Max file locks", "-x", 1),
    ("memlock", "Max locked memory", "-l", 1024),
    ("msgqueue", "Max msgqueue size", "-q", 1),
    ("nice", "Max nice priority", "-e", 1),
    ("nofile", "Max open files", "-n", 1),
    ("nproc", "Max processes", "-u", 1),
    ("rss", "Max resident set", "-m", 1024),
    ("rtprio", "Max realtime priority", "-r", 1),
    ("rttime", "Max realtime timeout", "-R", 1),
    ("sigpending", "Max pending signals", "-i", 1),
    ("stack", "Max stack size", "-s", 1024),
];

/// Items of limits.conf(5) that are no resource of the kernel.
const OTHERS: [&str; 5] = ["maxlogins", "maxsyslogins", "priority", "nonewprivs", "chroot"];

const UNLIMITED: &str = "unlimited";

const FILE: &str = "/etc/security/limits.conf";

/// Where distributions keep /etc for the administrator.
const VENDOR_FILE: &str = "/usr/etc/security/limits.conf";

const FOLDERS: [&str; 2] = ["/etc/security/limits.d", "/usr/etc/security/limits.d"];

/// Reads the limits of this process and those that are configured.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    of_process(host, facts);
    configured(host, facts);
}

fn of_process(host: &Host, facts: &mut Facts) {
    if host.as_live().is_some() {
        return match host.text(OWN) {
            Ok(text) => put(&text, OWN, &mut facts.at(&["os", "limits"])),
            Err(error) => facts.unread(&["os", "limits"], &error),
        };
    }
    let mut found = false;
    for (kind, commands) in [("soft", ["ulimit -a", "ulimit -Sa"]), ("hard", ["ulimit -Ha", "ulimit -a -H"])] {
        let Some(Output { text, source }) = commands.into_iter().find_map(|command| host.recorded(command)) else {
            continue;
        };
        for (resource, value) in text.lines().filter_map(of_bash) {
            facts.put(&["os", "limits", resource, kind], value, &source);
            found = true;
        }
    }
    if !found {
        for (resource, ..) in RESOURCES {
            facts.not_collected(&["os", "limits", resource], "only a running machine can tell");
        }
    }
}

/// Puts the limits of a process as /proc/PID/limits lists them.
pub(super) fn put(text: &str, source: &str, facts: &mut Scope) {
    for (resource, label, ..) in RESOURCES {
        let Some(rest) = text.lines().find_map(|line| line.strip_prefix(label)) else { continue };
        let mut words = rest.split_whitespace();
        facts.put_some(&[resource, "soft"], words.next().map(number), source);
        facts.put_some(&[resource, "hard"], words.next().map(number), source);
    }
}

fn number(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}

/// `open files                      (-n) 1024` or `stack size              (kbytes, -s) 8192`.
fn of_bash(line: &str) -> Option<(&'static str, Value)> {
    let (head, value) = line.trim_end().rsplit_once(") ")?;
    let option = head.rsplit(['(', ' ']).next()?;
    let (resource, .., unit) = RESOURCES.iter().find(|(_, _, known, _)| *known == option)?;
    let value = value.trim();
    let number = value.parse::<u64>().ok().and_then(|number| number.checked_mul(*unit));
    Some((resource, number.map_or_else(|| Value::from(value), Value::from)))
}

/// A limit's domain, item, and whether it is the soft or the hard one.
type Key = (String, String, &'static str);

/// The order is that of pam_limits(8): the file, then the folder's files by name. Of a domain's limit the last counts.
fn configured(host: &Host, facts: &mut Facts) {
    let keys = ["os", "limits", "configured"];
    let files = match layers(host, &FOLDERS, ".conf") {
        Ok(files) => files,
        Err(error) => return facts.unread(&keys, &error),
    };
    let first = if host.exists(FILE) { FILE } else { VENDOR_FILE };
    let mut facts = facts.at(&keys);
    let mut limits: BTreeMap<Key, (Result<Value, Problem>, String)> = BTreeMap::new();
    for path in [first.to_owned()].into_iter().chain(files) {
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&[], &error);
                continue;
            }
        };
        for line in lines(&text, &['#']) {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            match words[..] {
                // Nothing of what is written elsewhere is for this domain.
                [domain, "-"] => facts.put(&[domain, "exempt"], true, &path),
                [domain, kind, item, value] => {
                    let item = item.to_lowercase();
                    let kinds: &[&str] = match kind.to_lowercase().as_str() {
                        "soft" => &["soft"],
                        "hard" => &["hard"],
                        "-" => &["soft", "hard"],
                        _ => continue,
                    };
                    let value = amount(&item, value)
                        .ok_or_else(|| Problem::new(ProblemKind::NotParsable, format!("{path}: {line}")));
                    for kind in kinds {
                        limits.insert((domain.to_owned(), item.clone(), kind), (value.clone(), path.clone()));
                    }
                }
                _ => {}
            }
        }
    }
    for ((domain, item, kind), (value, path)) in limits {
        match value {
            Ok(value) => facts.put(&[&domain, &item, kind], value, &path),
            Err(problem) => facts.problem(&[&domain, &item, kind], problem),
        }
    }
}

/// The value in the file's own unit, kibibytes for memory; `None` for what pam_limits passes over with a complaint.
fn amount(item: &str, text: &str) -> Option<Value> {
    let known = OTHERS.contains(&item) || RESOURCES.iter().any(|(resource, ..)| *resource == item);
    match text.to_lowercase().as_str() {
        _ if !known => None,
        _ if item == "chroot" => Some(Value::from(text)),
        "-1" if matches!(item, "nice" | "priority") => Some(Value::from(-1_i64)),
        "-1" | "unlimited" | "infinity" => Some(Value::from(UNLIMITED)),
        _ => text.parse::<i64>().ok().map(Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn limits_of_a_process_are_numbers() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max cpu time              unlimited            unlimited            seconds   \n\
                    Max stack size            8388608              unlimited            bytes     \n\
                    Max nice priority         0                    0                    \n";
        let mut facts = Facts::new();
        put(text, OWN, &mut facts.at(&["os", "limits"]));
        let expected = [
            "os.limits.cpu.hard = unlimited",
            "os.limits.cpu.soft = unlimited",
            "os.limits.nice.hard = 0",
            "os.limits.nice.soft = 0",
            "os.limits.stack.hard = unlimited",
            "os.limits.stack.soft = 8388608",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn an_archive_tells_what_ulimit_said() {
        let facts = Root::new(&[(
            "/insights_commands/ulimit_-a",
            "core file size          (blocks, -c) 0\nopen files                      (-n) 1024\n\
             stack size              (kbytes, -s) 8192\nreal-time non-blocking time  (microseconds, -R) unlimited\n",
        )])
        .probe(probe);
        let expected = [
            "os.limits.core.soft = 0",
            "os.limits.nofile.soft = 1024",
            "os.limits.rttime.soft = unlimited",
            "os.limits.stack.soft = 8388608",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn the_last_file_counts_by_domain() {
        let facts = Root::new(&[
            (FILE, "# c\n*  soft nofile 1024\n@dba - memlock unlimited # all\nroot -\noracle hard nproc many\nodd\n"),
            ("/etc/security/limits.d/90-app.conf", "* SOFT nofile 65536\n* hard nofile 65536\nweb - nice -5\n"),
            ("/etc/security/limits.d/10-app.conf", "* soft nofile 4096\n* soft core -1\n"),
        ])
        .probe(configured);
        let expected = [
            "os.limits.configured.\"*\".core.soft = unlimited",
            "os.limits.configured.\"*\".nofile.hard = 65536",
            "os.limits.configured.\"*\".nofile.soft = 65536",
            "os.limits.configured.\"@dba\".memlock.hard = unlimited",
            "os.limits.configured.\"@dba\".memlock.soft = unlimited",
            "os.limits.configured.root.exempt = true",
            "os.limits.configured.web.nice.hard = -5",
            "os.limits.configured.web.nice.soft = -5",
        ];
        assert_eq!(written(&facts), expected);
        let [(path, problem)] = facts.problems() else { panic!("{:?}", facts.problems()) };
        assert_eq!(path.to_string(), "os.limits.configured.oracle.nproc.hard");
        assert_eq!(problem.kind, ProblemKind::NotParsable);
    }
}
