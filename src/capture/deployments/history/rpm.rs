//! The logs of dnf(8), yum(8) and zypper(8).

use super::{Command, Event, utc};
use std::collections::HashMap;

/// Reads `2026-01-31T12:00:00+0000 SUBDEBUG Downgrade: nginx-1:1.20.1-10.el9.x86_64`. What replaces a package and what
/// is replaced are lines of their own: `Upgrade` and `Upgraded`.
pub(super) fn dnf(text: &str) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut open: HashMap<String, usize> = HashMap::new();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(time), Some("SUBDEBUG"), Some(action)) = (words.next(), words.next(), words.next()) else { continue };
        let Some((name, version)) = words.next().map(nevra) else { continue };
        add(&mut events, &mut open, utc(time), action, name, version);
    }
    events
}

/// Reads `Jan 31 12:00:00 Updated: 1:nginx-1.20.1-10.el7.x86_64`: yum leaves out the year. The last line is no later
/// than the last change of the file, and none is later than the one below it.
pub(super) fn yum(text: &str, modified: i64) -> Vec<Event> {
    // No zone is further ahead of UTC.
    const AHEAD: i64 = 14 * 3600;
    let Ok(written) = jiff::Timestamp::from_second(modified.saturating_add(AHEAD)) else { return Vec::new() };
    let written = written.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut year = written.year();
    // Month, from 0, and day of the line below.
    let mut below = (usize::try_from(written.month() - 1).unwrap_or(0), u32::try_from(written.day()).unwrap_or(31));
    let mut dated: Vec<(String, &str)> = Vec::new();
    for line in text.lines().rev() {
        let mut words = line.split_ascii_whitespace();
        let (Some(month), Some(day), Some(time)) = (words.next(), words.next(), words.next()) else { continue };
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let Some(month) = months.iter().position(|name| *name == month) else { continue };
        let (Ok(day), 8) = (day.parse::<u32>(), time.len()) else { continue };
        if (month, day) > below {
            year -= 1;
        }
        below = (month, day);
        dated.push((format!("{year:04}-{:02}-{day:02}T{time}", month + 1), line));
    }
    let mut events = Vec::new();
    let mut open = HashMap::new();
    for (time, line) in dated.into_iter().rev() {
        let mut words = line.split_ascii_whitespace().skip(3);
        let (Some(action), Some(package)) = (words.next(), words.next()) else { continue };
        let (name, version) = nevra(package);
        add(&mut events, &mut open, time, action, name, version);
    }
    events
}

fn add(
    events: &mut Vec<Event>,
    open: &mut HashMap<String, usize>,
    time: String,
    action: &str,
    package: String,
    version: Option<String>,
) {
    let action = match action.trim_end_matches(':') {
        "Install" | "Installed" | "Dep-Installed" => "install",
        "Upgrade" | "Update" | "Updated" | "Dep-Updated" => "upgrade",
        "Downgrade" => "downgrade",
        "Reinstall" => "reinstall",
        "Erase" | "Erased" | "Removed" => "remove",
        "Obsoleted" => "disappear",
        "Upgraded" | "Downgraded" => {
            // The other half of a line above.
            if let Some(event) = open.remove(&package).and_then(|place| events.get_mut(place)) {
                event.from = version;
            }
            return;
        }
        _ => return,
    };
    let (from, to) = if matches!(action, "remove" | "disappear") { (version, None) } else { (None, version) };
    if matches!(action, "upgrade" | "downgrade") {
        open.insert(package.clone(), events.len());
    }
    events.push(Event { time, action, package, from, to });
}

/// Name and `[epoch:]version-release` of `name-[epoch:]version-release.architecture`; yum writes the epoch in front.
fn nevra(text: &str) -> (String, Option<String>) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if !epoch.contains('-') => (Some(epoch), rest),
        _ => (None, text),
    };
    let known =
        ["x86_64", "noarch", "i386", "i586", "i686", "aarch64", "armv7hl", "ppc64", "ppc64le", "s390x", "riscv64"];
    let rest = rest.rsplit_once('.').filter(|(_, end)| known.contains(end)).map_or(rest, |(head, _)| head);
    let parts = rest.rsplit_once('-').and_then(|(head, release)| Some((head.rsplit_once('-')?, release)));
    match parts {
        Some(((name, version), release)) if release.contains(|c: char| c.is_ascii_digit()) => {
            let epoch = epoch.filter(|epoch| *epoch != "0").map(|epoch| format!("{epoch}:")).unwrap_or_default();
            let version = version.strip_prefix("0:").unwrap_or(version);
            (name.to_owned(), Some(format!("{epoch}{version}-{release}")))
        }
        _ => (rest.to_owned(), None),
    }
}

/// Reads `/var/log/zypp/history`: fields between bars, `2026-01-31 12:00:00|install|nginx|1.21.5-1.1|x86_64|...`, and
/// `...|command|root@host|'zypper' 'in' 'nginx'|`.
pub(super) fn zypp(text: &str) -> (Vec<Command>, Vec<Event>) {
    let (mut commands, mut events) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [time, action, name, rest @ ..] = fields.as_slice() else { continue };
        let time = time.replacen(' ', "T", 1);
        let version = rest.first().map(|version| (*version).to_owned());
        match *action {
            "install" => {
                events.push(Event { time, action: "install", package: (*name).to_owned(), from: None, to: version });
            }
            "remove" => {
                events.push(Event { time, action: "remove", package: (*name).to_owned(), from: version, to: None });
            }
            "command" => {
                let command = version.unwrap_or_default().replace('\'', "");
                commands.push(Command { time, command, by: name.split('@').next().map(str::to_owned) });
            }
            _ => {}
        }
    }
    (commands, events)
}

/// Commands that change packages, from dnf's own log: `2026-01-31T12:00:00+0000 DDEBUG Command: dnf install nginx `.
pub(super) fn commands(text: &str) -> Vec<Command> {
    const CHANGES: [&str; 16] = [
        "autoremove",
        "distro-sync",
        "downgrade",
        "erase",
        "group",
        "history",
        "in",
        "install",
        "localinstall",
        "module",
        "reinstall",
        "remove",
        "swap",
        "system-upgrade",
        "update",
        "upgrade",
    ];
    let lines = text.lines().filter_map(|line| {
        let (head, command) = line.split_once(" Command: ")?;
        let mut words = command.split_whitespace().skip(1).filter(|word| !word.starts_with('-'));
        let time = head.split(' ').next()?;
        let changes = words.next().is_some_and(|word| CHANGES.contains(&word));
        changes.then(|| Command { time: utc(time), command: command.trim().to_owned(), by: None })
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_their_versions() {
        let told = |text: &str| {
            let (name, version) = nevra(text);
            format!("{name} {}", version.unwrap_or_default())
        };
        assert_eq!(told("openssl-libs-1:3.0.7-27.el9.x86_64"), "openssl-libs 1:3.0.7-27.el9");
        assert_eq!(told("1:bc-1.06.95-13.el7.x86_64"), "bc 1:1.06.95-13.el7");
        assert_eq!(told("perl-Errno-0:1.30-481.el9.x86_64"), "perl-Errno 1.30-481.el9");
        assert_eq!(told("crudini-0.9-11.el8ost.1"), "crudini 0.9-11.el8ost.1");
        assert_eq!(told("bash"), "bash ");
        assert_eq!(told(""), " ");
    }

    #[test]
    fn years_are_counted_back_from_the_last_line() {
        let text = "Dec 30 23:00:00 Installed: a-1-1.x86_64\nJan 02 01:00:00 Updated: a-2-1.x86_64\n\
                    Nov 05 02:00:00 Erased: a-2-1.x86_64\nodd\n";
        // 2026-02-01.
        let read = yum(text, 1_769_904_000);
        let read: Vec<_> = read.iter().map(|event| format!("{} {}", event.time, event.action)).collect();
        assert_eq!(read, ["2024-12-30T23:00:00 install", "2025-01-02T01:00:00 upgrade", "2025-11-05T02:00:00 remove"]);
    }
}
