use super::*;
use crate::capture::sample::Root;
use crate::model::Value;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

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

/// What gzip packed.
pub(super) fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).expect("unpacks");
    out
}

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
    assert_eq!(facts.problems().len(), 1, "how long ago the last was, another root does not tell");
}

#[test]
fn the_last_change_is_the_newest_of_all_logs() {
    let event = |time: &str, place| {
        let event = Event {
            time: time.to_owned(),
            action: "install",
            package: "p".to_owned(),
            from: None,
            to: Some("1".to_owned()),
        };
        (event, place)
    };
    let events = vec![
        event("2026-01-31T12:00:00Z", 0),
        event("2026-01-30T12:00:00Z", 0),
        event("2026-03-31T12:00:00", 1),
        event("no time", 2),
    ];
    let files = ["a", "b", "c"].map(str::to_owned).to_vec();
    let (at, file) = History { events, files, ..History::default() }.newest().expect("one");
    assert_eq!((at.to_string().get(..7), file.as_str()), (Some("2026-03"), "b"));
    assert_eq!(History::default().newest(), None);
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
    let said: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(said, ["deployments.events", "deployments.commands", "deployments.rollbacks"]);
}

fn told(files: &[(&str, &str)]) -> Vec<String> {
    let facts = Root::new(files).probe(probe);
    // How long ago the last was, another root does not tell.
    let problems: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(problems, ["deployments.unchanged_seconds"]);
    let lines = crate::capture::settings::tests::written(&facts);
    lines.into_iter().map(|line| line.replace("deployments.", "")).collect()
}

#[test]
fn apt_tells_who_typed_what_and_where_dpkg_keeps_no_log_what_came_of_it() {
    let apt = "\nStart-Date: 2026-01-31  12:00:00\nCommandline: apt-get install curl=7.88.1-9\nRequested-By: alice (1000)\n\
               Install: liba:amd64 (1, automatic), b:i386 (2)\nDowngrade: curl:amd64 (7.88.1-11, 7.88.1-10)\n\
               End-Date: 2026-01-31  12:00:05\n";
    let dpkg = "2026-01-31 12:00:02 install liba:amd64 <none> 1\n";
    let with_dpkg =
        told(&[("/var/lib/dpkg/status", STATUS), ("/var/log/apt/history.log", apt), ("/var/log/dpkg.log", dpkg)]);
    let command = ["by = alice", "command = apt-get install curl=7.88.1-9"];
    let command = command.map(|line| format!("commands.\"2026-01-31T12:00:00\".{line}"));
    assert_eq!(with_dpkg[..2], command);
    assert_eq!(with_dpkg.iter().filter(|line| line.starts_with("events.")).count(), 2);
    let alone = told(&[("/var/lib/dpkg/status", STATUS), ("/var/log/apt/history.log", apt)]);
    assert!(alone.contains(&"events.\"2026-01-31T12:00:00\".\"b:i386\".to = 2".to_owned()), "{alone:#?}");
    assert!(alone.contains(&"events.\"2026-01-31T12:00:00\".liba.action = install".to_owned()), "{alone:#?}");
    assert!(alone.contains(&"rollbacks.curl.from = 7.88.1-11".to_owned()), "{alone:#?}");
}

#[test]
fn an_older_version_installed_anew_is_a_rollback_and_a_return_ends_it() {
    let log = "\
2026-01-01 10:00:00 install curl:amd64 <none> 7.88.1-12
2026-01-01 11:00:00 remove curl:amd64 7.88.1-12 <none>
2026-01-01 12:00:00 install curl:amd64 <none> 7.88.1-9
2026-01-01 13:00:00 upgrade curl:amd64 7.88.1-9 7.88.1-10
2026-01-02 10:00:00 upgrade dpkg:amd64 1.21 1.20
2026-01-02 11:00:00 upgrade dpkg:amd64 1.20 1.21
";
    let said = told(&[("/var/lib/dpkg/status", STATUS), ("/var/log/dpkg.log", log)]);
    let rollbacks: Vec<_> = said.iter().filter(|line| line.starts_with("rollbacks.")).collect();
    assert_eq!(
        rollbacks,
        [
            "rollbacks.curl.from = 7.88.1-12",
            "rollbacks.curl.time = 2026-01-01T12:00:00",
            "rollbacks.curl.to = 7.88.1-10",
            "rollbacks.nginx.held_at = 1.18.0-6+deb11u3",
        ]
    );
}

#[test]
fn dnf_tells_both_halves_of_a_change() {
    let log = "\
2026-02-14T09:30:12+0000 INFO --- logging initialized ---
2026-02-14T10:30:12+0100 SUBDEBUG Upgrade: openssl-libs-1:3.2.2-6.el9.x86_64
2026-02-14T10:30:14+0100 SUBDEBUG Upgraded: openssl-libs-1:3.0.7-27.el9.x86_64
2026-02-15T09:30:14Z SUBDEBUG Downgrade: nginx-1.20-1.el9.x86_64
2026-02-15T09:30:15Z SUBDEBUG Downgraded: nginx-1.22-1.el9.x86_64
2026-02-16T09:30:15Z SUBDEBUG Erase: bash-5.1.8-9.el9.x86_64
";
    let commands = "2026-02-15T09:30:00+0000 DDEBUG Command: dnf -y downgrade nginx \n\
                    2026-02-15T09:31:00+0000 DDEBUG Command: dnf list installed \n";
    let said = told(&[("/var/log/dnf.rpm.log", log), ("/var/log/dnf.log", commands)]);
    assert_eq!(
        said,
        [
            "commands.\"2026-02-15T09:30:00Z\".command = dnf -y downgrade nginx",
            "events.\"2026-02-14T09:30:12Z\".openssl-libs.action = upgrade",
            "events.\"2026-02-14T09:30:12Z\".openssl-libs.from = 1:3.0.7-27.el9",
            "events.\"2026-02-14T09:30:12Z\".openssl-libs.to = 1:3.2.2-6.el9",
            "events.\"2026-02-15T09:30:14Z\".nginx.action = downgrade",
            "events.\"2026-02-15T09:30:14Z\".nginx.from = 1.22-1.el9",
            "events.\"2026-02-15T09:30:14Z\".nginx.to = 1.20-1.el9",
            "events.\"2026-02-16T09:30:15Z\".bash.action = remove",
            "events.\"2026-02-16T09:30:15Z\".bash.from = 5.1.8-9.el9",
            "rollbacks.nginx.from = 1.22-1.el9",
            "rollbacks.nginx.time = 2026-02-15T09:30:14Z",
            "rollbacks.nginx.to = 1.20-1.el9",
        ]
    );
}

#[test]
fn zypper_pacman_and_apk_tell_theirs() {
    let zypp = "\
# 2026-01-01 10:00:00 nginx-1.21 installed ok
2026-01-01 10:00:00|command|root@host|'zypper' 'in' 'nginx'|
2026-01-01 10:00:01|install|nginx|1.21.5-1.1|x86_64|root@host|oss|0|
2026-01-02 10:00:01|install|nginx|1.19.8-1.1|x86_64|root@host|oss|0|
";
    let said = told(&[("/var/log/zypp/history", zypp)]);
    assert!(said.contains(&"commands.\"2026-01-01T10:00:00\".command = zypper in nginx".to_owned()), "{said:#?}");
    assert!(said.contains(&"rollbacks.nginx.from = 1.21.5-1.1".to_owned()), "{said:#?}");
    let pacman = "\
[2013-01-01 10:00] installed bash (4.2-1)
[2026-01-01T10:00:00+0100] [PACMAN] Running 'pacman -U linux-6.1.3.pkg.tar.zst'
[2026-01-01T10:00:01+0100] [ALPM] transaction started
[2026-01-01T10:00:01+0100] [ALPM] downgraded linux (6.1.4-1 -> 6.1.3-1)
";
    let said = told(&[("/var/log/pacman.log", pacman)]);
    assert!(said.contains(&"rollbacks.linux.to = 6.1.3-1".to_owned()), "{said:#?}");
    assert!(said.contains(&"events.\"2013-01-01T10:00\".bash.to = 4.2-1".to_owned()), "{said:#?}");
    assert!(said.contains(&"events.\"2026-01-01T09:00:01Z\".linux.from = 6.1.4-1".to_owned()), "{said:#?}");
    let apk = "\
Running `apk add nginx=1.24.0-r6` at 2026-01-01 10:00:00
apk-tools 3.0.8-r0, compiled for x86_64.
(1/2) Installing pcre (8.45-r3)
(2/2) Downgrading nginx (1.26.0-r0 -> 1.24.0-r6)
OK: 12 MiB in 20 packages
";
    let said = told(&[("/var/log/apk.log", apk)]);
    assert_eq!(said.iter().filter(|line| line.contains("2026-01-01T10:00:00Z")).count(), 7, "{said:#?}");
    assert!(said.contains(&"rollbacks.nginx.from = 1.26.0-r0".to_owned()), "{said:#?}");
}

#[test]
fn logs_rotated_by_date_are_read_from_the_newest_back() {
    let new = "2026-01-02 10:00:00 upgrade curl:amd64 7.88.1-9 7.88.1-10\n";
    let old = "2026-01-01 10:00:00 upgrade curl:amd64 7.88.1-11 7.88.1-9\n";
    let files =
        [("/var/lib/dpkg/status", STATUS), ("/var/log/dpkg.log-20260102", new), ("/var/log/dpkg.log-20260101", old)];
    assert!(told(&files).contains(&"rollbacks.curl.from = 7.88.1-11".to_owned()));
    let facts = Root::new(&[("/var/log/zypp/history-20260101.xz", "")]).probe(probe);
    assert!(facts.problems()[0].1.to_string().contains("only gzip"), "{:?}", facts.problems());
}
