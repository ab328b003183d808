//! `os.time`: the time zone, its data, and who sets the clock.

use crate::capture::Facts;
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
    services(host, facts);
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
struct Service {
    name: &'static str,
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
    Service {
        name: "systemd-timesyncd",
        units: &["systemd-timesyncd.service"],
        files: &["/etc/systemd/timesyncd.conf"],
    },
];

/// Folders in which systemctl(1) links the units that are enabled.
const WANTS: [&str; 2] = ["/etc/systemd/system/multi-user.target.wants", "/etc/systemd/system/sysinit.target.wants"];

fn services(host: &Host, facts: &mut Facts) {
    let mut running = Vec::new();
    for folder in WANTS {
        match host.list(folder) {
            Ok(entries) => running.extend(entries.into_iter().map(|e| e.name)),
            Err(error) => facts.unread(&["os", "time", "synchronised_by"], &error),
        }
    }
    let enabled = |service: &&Service| service.units.iter().any(|unit| running.iter().any(|name| name == unit));
    let configured = |service: &&Service| service.files.iter().any(|file| host.exists(file));
    let mut chosen: Vec<&Service> = SERVICES.iter().filter(enabled).collect();
    if chosen.is_empty() && running.is_empty() {
        // No systemd: a configuration file is the sign that is left.
        chosen = SERVICES.iter().filter(configured).collect();
    }
    if chosen.is_empty() {
        facts.put(&["os", "time", "synchronised_by"], Value::list(["none"]), "/etc");
    } else {
        facts.put(&["os", "time", "synchronised_by"], Value::set(chosen.iter().map(|s| s.name)), "/etc");
    }
    let mut servers = Vec::new();
    let mut source = "";
    for path in chosen.iter().flat_map(|service| service.files) {
        match host.text(path) {
            Ok(text) => {
                servers.extend(self::servers(&text));
                source = path;
            }
            Err(error) => facts.unread(&["os", "time", "servers"], &error),
        }
    }
    if !source.is_empty() {
        facts.put(&["os", "time", "servers"], Value::set(servers), source);
    }
}

/// Time servers of chrony.conf(5), ntp.conf(5) and timesyncd.conf(5).
fn servers(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(names) = line.strip_prefix("NTP=") {
            out.extend(names.split_whitespace().map(str::to_owned));
            continue;
        }
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("server" | "servers" | "pool" | "peer")) {
            out.extend(words.find(|word| !word.starts_with('-')).map(str::to_owned));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::servers;

    #[test]
    fn three_ways_of_naming_servers() {
        let text = "# server no\npool 2.debian.pool.ntp.org iburst\nserver -4 10.0.0.1\nNTP=a b\nFallbackNTP=c\n";
        assert_eq!(servers(text), ["2.debian.pool.ntp.org", "10.0.0.1", "a", "b"]);
    }
}
