//! `os.time`: the time zone, its data, and who sets the clock.

use crate::capture::Facts;
use crate::capture::settings::{glob, layers, lines, systemd_files};
use crate::host::{Host, ReadError};
use crate::model::Value;

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
    match host.word(TEXT) {
        Ok(zone) if !zone.is_empty() => facts.put(&keys, zone, TEXT),
        // Without either file the time is UTC.
        Err(ReadError::Missing(_)) if link.is_none() && !host.exists(LINK) => facts.put(&keys, "UTC", LINK),
        Ok(_) => {}
        Err(error) => facts.unread(&keys, &error),
    }
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
    for service in chosen {
        if service.name == TIMESYNCD {
            found.read_timesyncd(host, facts);
            continue;
        }
        for path in service.files {
            found.read(host, path, service.name == "chrony", 0, facts);
        }
    }
    let sources = if found.naming.is_empty() { found.files } else { found.naming };
    if !sources.is_empty() {
        facts.put(&["os", "time", "servers"], Value::set(found.servers), &sources.join(", "));
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
