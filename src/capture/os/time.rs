//! `os.time`: the time zone, its data, and who sets the clock.

use crate::capture::Facts;
use crate::capture::settings::{glob, layers, lines, systemd_files};
use crate::host::{EntryKind, Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};

/// Reads the zone and the configuration of the time services.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    if !host.exists("/etc") {
        facts.not_collected(&["os", "time"], "the root has no /etc");
        return;
    }
    zone(host, facts);
    zone_data(host, facts);
    zone_format(host, facts);
    services(host, facts);
}

/// The length of the header of TZif, RFC 8536.
const HEADER: usize = 44;

/// zic(8) writes the compact form by default since 2020b: the table of the first version, which is all that readers of
/// old know, is then empty, and what follows the last change stands in a rule instead of a table.
fn zone_format(host: &Host, facts: &mut Facts) {
    let keys = ["os", "time", "zone_format"];
    // Zones that have changed their clocks since there are clocks.
    for path in ["/usr/share/zoneinfo/Europe/Berlin", "/usr/share/zoneinfo/America/New_York"] {
        match host.head(path, HEADER) {
            Ok(bytes) => return facts.put_some(&keys, format_of(&bytes), path),
            Err(error) => facts.unread(&keys, &error),
        }
    }
}

fn format_of(header: &[u8]) -> Option<&'static str> {
    let is_whole = header.len() >= HEADER && header.starts_with(b"TZif");
    let count = header.get(32..36).filter(|_| is_whole)?;
    Some(if count.iter().all(|byte| *byte == 0) { "slim" } else { "fat" })
}

/// The name is in the text of the link, localtime(5), which need not lead anywhere in another root.
fn zone(host: &Host, facts: &mut Facts) {
    const LINK: &str = "/etc/localtime";
    const TEXT: &str = "/etc/timezone";
    let keys = ["os", "time", "zone"];
    let link = host.link(LINK).ok();
    let zone = link.as_deref().and_then(|text| text.split_once("zoneinfo/")).map(|(_, zone)| zone);
    if let Some(zone) = zone {
        facts.put(&keys, zone, LINK);
        return;
    }
    // The C library reads this file and no other, so that a copy of a zone's counts, whatever stands beside it.
    match host.read_up_to(LINK, ZONE_CAP) {
        Ok(bytes) if bytes.starts_with(b"TZif") => {
            if let Some((zone, path)) = copied(host, &bytes, host.word(TEXT).ok().as_deref()) {
                facts.put(&keys, zone, &format!("{LINK}, {path}"));
            } else if let Some(rule) = rule_of(&bytes) {
                facts.put(&keys, rule, LINK);
            } else {
                let detail = format!("{LINK}: no zone of {ZONES} has these bytes, and no rule ends it");
                facts.problem(&keys, Problem::new(ProblemKind::NotParsable, detail));
            }
            return;
        }
        Ok(_) => {
            let detail = format!("{LINK}: is no table of a time zone");
            return facts.problem(&keys, Problem::new(ProblemKind::NotParsable, detail));
        }
        Err(ReadError::Missing(_)) => {}
        Err(error) => return facts.unread(&keys, &error),
    }
    match host.word(TEXT) {
        Ok(zone) if !zone.is_empty() => facts.put(&keys, zone, TEXT),
        // Without either file the time is UTC.
        Err(ReadError::Missing(_)) if link.is_none() => facts.put(&keys, "UTC", LINK),
        Ok(_) => {}
        Err(error) => facts.unread(&keys, &error),
    }
}

const ZONES: &str = "/usr/share/zoneinfo";

/// The longest table of tzdata's has 4 KiB.
const ZONE_CAP: u64 = 64 << 10;

/// The most files that are looked at for a zone: tzdata has 600, thrice that with those for leap seconds.
const ZONES_CAP: usize = 3_000;

/// The zone whose file has these bytes: the one that is said to be it, one of the lists of zones, or any other name.
fn copied(host: &Host, bytes: &[u8], said: Option<&str>) -> Option<(String, String)> {
    let is_it = |zone: &str| {
        let path = format!("{ZONES}/{zone}");
        let is_equal = host.stat(&path).is_ok_and(|stat| stat.size == bytes.len() as u64)
            && host.read_up_to(&path, ZONE_CAP).is_ok_and(|other| other == bytes);
        is_equal.then_some((zone.to_owned(), path))
    };
    let is_name = |zone: &&str| !zone.is_empty() && !zone.split('/').any(|part| part.is_empty() || part == "..");
    if let Some(found) = said.filter(is_name).and_then(is_it) {
        return Some(found);
    }
    // Names of one place for each zone, before those that are kept for old times' sake.
    let lists = ["zone1970.tab", "zone.tab"].map(|list| host.text(&format!("{ZONES}/{list}")).unwrap_or_default());
    let listed = lists.iter().flat_map(|text| text.lines().filter(|line| !line.starts_with('#')));
    let listed = listed.filter_map(|line| line.split('\t').nth(2)).filter(is_name).take(ZONES_CAP);
    if let Some(found) = ["Etc/UTC"].into_iter().chain(listed).find_map(is_it) {
        return Some(found);
    }
    let mut folders = vec![String::new()];
    let mut looked = 0;
    while let Some(folder) = folders.pop() {
        for entry in host.list(&format!("{ZONES}/{folder}")).unwrap_or_default() {
            // Copies of all zones, without and with leap seconds, and the local zone itself.
            let zone = format!("{folder}{}", entry.name);
            if matches!(zone.as_str(), "posix" | "right" | "localtime" | "posixrules") {
                continue;
            }
            looked += 1;
            if looked > ZONES_CAP {
                return None;
            }
            if entry.kind == EntryKind::Folder {
                folders.push(format!("{zone}/"));
            } else if let Some(found) = is_it(&zone) {
                return Some(found);
            }
        }
    }
    None
}

/// The rule for times behind the table, between line ends at the end: `CET-1CEST,M3.5.0,M10.5.0/3`, RFC 9636.
fn rule_of(bytes: &[u8]) -> Option<String> {
    let rest = bytes.strip_suffix(b"\n")?;
    let rule = rest.get(rest.iter().rposition(|byte| *byte == b'\n')? + 1..)?;
    let is_rule = !rule.is_empty() && rule.len() <= 100 && rule.iter().all(u8::is_ascii_graphic);
    is_rule.then(|| String::from_utf8_lossy(rule).into_owned())
}

fn zone_data(host: &Host, facts: &mut Facts) {
    let keys = ["os", "time", "tzdata_version"];
    for path in ["/usr/share/zoneinfo/tzdata.zi", "/usr/share/zoneinfo/+VERSION"] {
        match host.text(path) {
            Ok(text) => {
                let first = text.lines().next().unwrap_or_default();
                let version = first.strip_prefix("# version ").unwrap_or(first).trim();
                facts.put(&keys, version, path);
                return;
            }
            Err(error) => facts.unread(&keys, &error),
        }
    }
}

/// A program that sets the clock: its name here, its units, its configuration files.
pub(super) struct Service {
    pub(super) name: &'static str,
    units: &'static [&'static str],
    files: &'static [&'static str],
}

const SERVICES: [Service; 4] = [
    Service {
        name: "chrony",
        units: &["chrony.service", "chronyd.service"],
        files: &["/etc/chrony/chrony.conf", "/etc/chrony.conf"],
    },
    Service {
        name: "ntp",
        units: &["ntp.service", "ntpd.service", "ntpsec.service"],
        files: &["/etc/ntpsec/ntp.conf", "/etc/ntp.conf"],
    },
    Service { name: "openntpd", units: &["openntpd.service"], files: &["/etc/openntpd/ntpd.conf"] },
    Service { name: TIMESYNCD, units: &["systemd-timesyncd.service"], files: &["/etc/systemd/timesyncd.conf"] },
];

pub(super) const TIMESYNCD: &str = "systemd-timesyncd";

/// Folders in which systemctl(1) links the units that are enabled.
const WANTS: [&str; 2] = ["/etc/systemd/system/multi-user.target.wants", "/etc/systemd/system/sysinit.target.wants"];

/// The programs that set the clock; what cannot be read is a problem.
pub(super) fn setters(host: &Host, mut unread: impl FnMut(&ReadError)) -> Vec<&'static Service> {
    let mut running = Vec::new();
    for folder in WANTS {
        match host.list(folder) {
            Ok(entries) => running.extend(entries.into_iter().map(|e| e.name)),
            Err(error) => unread(&error),
        }
    }
    let enabled = |service: &&Service| service.units.iter().any(|unit| running.iter().any(|name| name == unit));
    let configured = |service: &&Service| service.files.iter().any(|file| host.exists(file));
    let chosen: Vec<&Service> = SERVICES.iter().filter(enabled).collect();
    if chosen.is_empty() && running.is_empty() {
        // No systemd: a configuration file is the sign that is left.
        return SERVICES.iter().filter(configured).collect();
    }
    chosen
}

fn services(host: &Host, facts: &mut Facts) {
    let chosen = setters(host, |error| facts.unread(&["os", "time", "synchronised_by"], error));
    if chosen.is_empty() {
        facts.put(&["os", "time", "synchronised_by"], Value::list(["none"]), "/etc");
    } else {
        facts.put(&["os", "time", "synchronised_by"], Value::set(chosen.iter().map(|s| s.name)), "/etc");
    }
    let mut found = Found::default();
    let ((), missed) = host.watched(|| {
        for service in chosen {
            if service.name == TIMESYNCD {
                found.read_timesyncd(host, facts);
                continue;
            }
            for path in service.files {
                found.read(host, path, service.name == "chrony", 0, facts);
            }
        }
    });
    let sources = if found.naming.is_empty() { found.files } else { found.naming };
    if !sources.is_empty() || !missed.is_empty() {
        // The servers of a part of the files are not those of all.
        facts.put_whole(&["os", "time", "servers"], Value::set(found.servers), &missed, &sources.join(", "));
    }
}

/// How deep files include others, and how many are read: chronyd allows ten levels.
const DEPTH: usize = 10;
const FILES: usize = 256;

/// The servers of the files read so far.
#[derive(Default)]
struct Found {
    servers: Vec<String>,
    files: Vec<String>,
    /// Those that name a server.
    naming: Vec<String>,
    /// How many lines led to other files.
    followed: usize,
}

impl Found {
    /// timesyncd.conf(5): the servers of all files add up, an empty assignment starts anew, and the fallback is for
    /// where no other is named.
    fn read_timesyncd(&mut self, host: &Host, facts: &mut Facts) {
        let keys = ["os", "time", "servers"];
        let paths = match systemd_files(host, "timesyncd.conf") {
            Ok(paths) => paths,
            Err(error) => return facts.unread(&keys, &error),
        };
        // Names and the files that they stand in, of `NTP=` and of `FallbackNTP=`.
        let mut named = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
        for path in paths {
            let text = match host.text(&path) {
                Ok(text) => text,
                Err(error) => {
                    facts.unread(&keys, &error);
                    continue;
                }
            };
            for (key, value) in lines(&text, &['#', ';']).filter_map(|line| line.split_once('=')) {
                let (servers, files) = match key.trim() {
                    "NTP" => &mut named[0],
                    "FallbackNTP" => &mut named[1],
                    _ => continue,
                };
                if value.trim().is_empty() {
                    servers.clear();
                    files.clear();
                } else {
                    servers.extend(value.split_whitespace().map(str::to_owned));
                    files.push(path.clone());
                }
            }
            self.files.push(path);
        }
        let [first, fallback] = named;
        let (servers, mut files) = if first.0.is_empty() { fallback } else { first };
        files.dedup();
        self.servers.extend(servers);
        self.naming.extend(files);
    }

    fn read(&mut self, host: &Host, path: &str, chrony: bool, depth: usize, facts: &mut Facts) {
        if depth > DEPTH || self.files.len() >= FILES || self.files.iter().any(|file| file == path) {
            return;
        }
        let text = match host.text(path) {
            Ok(text) => text,
            Err(error) => return facts.unread(&["os", "time", "servers"], &error),
        };
        self.files.push(path.to_owned());
        let named = servers(&text);
        if !named.is_empty() {
            self.naming.push(path.to_owned());
            self.servers.extend(named);
        }
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let word = words.next().unwrap_or_default().to_ascii_lowercase();
            // chronyd takes ten at most.
            let folders: Vec<&str> = words.take(10).collect();
            if self.followed >= FILES {
                return;
            }
            // chrony.conf(5): of the files of one name the first folder's counts.
            let files = match word.as_str() {
                "include" if chrony => Ok(folders.first().map(|pattern| glob(host, pattern)).unwrap_or_default()),
                "confdir" if chrony => layers(host, &folders, ".conf"),
                "sourcedir" if chrony => layers(host, &folders, ".sources"),
                // ntp.conf(5)
                "includefile" if !chrony => Ok(folders.first().map(|file| (*file).to_owned()).into_iter().collect()),
                _ => continue,
            };
            self.followed += 1;
            match files {
                Ok(files) => files.iter().for_each(|file| self.read(host, file, chrony, depth + 1, facts)),
                Err(error) => facts.unread(&["os", "time", "servers"], &error),
            }
        }
    }
}

/// Time servers of chrony.conf(5) and ntp.conf(5).
fn servers(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines().map(str::trim) {
        let mut words = line.split_whitespace();
        let directive = words.next().map(str::to_ascii_lowercase);
        if matches!(directive.as_deref(), Some("server" | "servers" | "pool" | "peer")) {
            out.extend(words.find(|word| !word.starts_with('-')).map(str::to_owned));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{format_of, probe, servers};
    use crate::capture::sample::Root;
    use crate::model::{Path, Value};

    #[test]
    fn chrony_names_its_servers_in_folders() {
        let root = Root::new(&[
            (
                "/etc/chrony/chrony.conf",
                "confdir /etc/chrony/conf.d\nsourcedir /run/chrony-dhcp /etc/chrony/sources.d\ninclude /etc/x/*.inc\n",
            ),
            ("/etc/chrony/conf.d/a.conf", "pool p iburst\ninclude /etc/chrony/chrony.conf\n"),
            ("/etc/chrony/conf.d/README", "server no\n"),
            ("/run/chrony-dhcp/one.sources", "server dhcp\n"),
            ("/etc/chrony/sources.d/one.sources", "server hidden\n"),
            ("/etc/chrony/sources.d/two.sources", "server two\n"),
            ("/etc/x/y.inc", "Peer three\n"),
        ]);
        let snapshot = root.captured();
        let facts = root.probe(probe);
        assert_eq!(facts.get("os.time.servers"), Some(&Value::set(["dhcp", "p", "three", "two"])));
        let said = "/etc/chrony/conf.d/a.conf, /run/chrony-dhcp/one.sources, /etc/chrony/sources.d/two.sources, \
                    /etc/x/y.inc";
        assert_eq!(snapshot.provenance.of(&Path::new(["os", "time", "servers"])), Some(said));
    }

    #[test]
    fn a_copied_zone_is_known_by_its_bytes() {
        let table = |rule: &str| format!("TZif2 table of {rule}\n{rule}\n");
        let zone = |local: Option<&str>, said: &str| {
            let mut files = vec![
                ("/etc/timezone", format!("{said}\n")),
                ("/usr/share/zoneinfo/Asia/Tokyo", table("JST-9")),
                ("/usr/share/zoneinfo/Japan", table("JST-9")),
                ("/usr/share/zoneinfo/Europe/Berlin", table("CET-1CEST,M3.5.0,M10.5.0/3")),
                ("/usr/share/zoneinfo/Africa/Odd", table("WAT-1")),
                ("/usr/share/zoneinfo/zone.tab", "# c\nJP\t+353916+1394441\tAsia/Tokyo\n".to_owned()),
            ];
            files.extend(local.map(|text| ("/etc/localtime", text.to_owned())));
            let root = Root::new(&files);
            let source = root.captured().provenance.of(&Path::new(["os", "time", "zone"])).map(str::to_owned);
            (root.probe(probe).get("os.time.zone").cloned(), source)
        };
        let expected = |name: &str, source: &str| (Some(Value::from(name)), Some(source.to_owned()));
        let tokyo = table("JST-9");
        let both = |zone: &str| format!("/etc/localtime, /usr/share/zoneinfo/{zone}");
        assert_eq!(zone(Some(&tokyo), "Europe/Berlin"), expected("Asia/Tokyo", &both("Asia/Tokyo")));
        assert_eq!(zone(Some(&tokyo), "Japan"), expected("Japan", &both("Japan")));
        assert_eq!(zone(Some(&tokyo), "../../../etc/localtime"), expected("Asia/Tokyo", &both("Asia/Tokyo")));
        assert_eq!(zone(Some(&table("WAT-1")), ""), expected("Africa/Odd", &both("Africa/Odd")));
        assert_eq!(zone(Some(&table("XYZ-3")), "Europe/Berlin"), expected("XYZ-3", "/etc/localtime"));
        assert_eq!(zone(Some("junk"), "Europe/Berlin").0, None, "the C library does not read what is beside it");
        assert_eq!(zone(None, "Europe/Berlin"), expected("Europe/Berlin", "/etc/timezone"));
    }

    #[test]
    fn an_empty_first_table_is_the_compact_form() {
        // The counts: of UTC and standard marks, leap seconds, changes, kinds, letters.
        let header = |changes: u8| {
            let mut bytes = b"TZif2".to_vec();
            bytes.resize(20, 0);
            bytes.extend([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, changes, 0, 0, 0, 9, 0, 0, 0, 18]);
            bytes
        };
        let format = |bytes: Vec<u8>| {
            let root = Root::new(&[("/usr/share/zoneinfo/Europe/Berlin", bytes), ("/etc/x", Vec::new())]);
            root.probe(probe).get("os.time.zone_format").cloned()
        };
        assert_eq!(format(header(144)), Some("fat".into()));
        assert_eq!(format(header(0)), Some("slim".into()));
        assert_eq!(format(header(0)[..40].to_vec()), None);
        assert_eq!(format_of(&[0; 44]), None, "no table of a zone");
    }

    #[test]
    fn two_ways_of_naming_servers() {
        let text = "# server no\npool 2.debian.pool.ntp.org iburst\nserver -4 10.0.0.1\n";
        assert_eq!(servers(text), ["2.debian.pool.ntp.org", "10.0.0.1"]);
    }

    #[test]
    fn timesyncd_adds_up_what_its_drop_ins_name() {
        const MAIN: (&str, &str) = ("/etc/systemd/timesyncd.conf", "[Time]\nNTP=no\nFallbackNTP=f1 f2\n");
        const WANTED: (&str, &str) = ("/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service", "");
        let servers = |files: &[(&str, &str)]| {
            let root = Root::new(&[&[WANTED], files].concat());
            let servers = root.probe(probe).get("os.time.servers").cloned();
            (servers, root.captured().provenance.of(&Path::new(["os", "time", "servers"])).map(str::to_owned))
        };
        let expected = |names: &[&str], files: &str| (Some(Value::set(names.to_vec())), Some(files.to_owned()));
        let cloud = ("/etc/systemd/timesyncd.conf.d/cloud.conf", "[Time]\nNTP=\nNTP = a b\n");
        let hidden = ("/usr/lib/systemd/timesyncd.conf.d/cloud.conf", "[Time]\nNTP=hidden\n");
        let late = ("/run/systemd/timesyncd.conf.d/late.conf", "[Time]\nNTP=c\n");
        let files = "/etc/systemd/timesyncd.conf.d/cloud.conf, /run/systemd/timesyncd.conf.d/late.conf";
        assert_eq!(servers(&[MAIN, cloud, hidden, late]), expected(&["a", "b", "c"], files));
        let vendor = ("/usr/lib/systemd/timesyncd.conf", "[Time]\n#NTP=\nFallbackNTP=f1\n");
        assert_eq!(servers(&[vendor]), expected(&["f1"], vendor.0));
    }
}
