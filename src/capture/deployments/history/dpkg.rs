//! The logs of dpkg(1) and of apt(8).

use super::{Command, Event};
use debversion::Version;
use std::cmp::Ordering;

/// Reads `2026-01-31 12:00:00 upgrade libc6:amd64 2.31-13 2.31-14`, dpkg(1) under `--log`.
pub(super) fn event(line: &str, native: Option<&str>) -> Option<Event> {
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
    let to = to.filter(|_| !matches!(action, "remove" | "purge" | "disappear"));
    Some(Event { time: format!("{date}T{time}"), action, package: key(package, native), from, to })
}

/// The name, with the architecture where that is foreign.
fn key(package: &str, native: Option<&str>) -> String {
    let name = match package.split_once(':') {
        Some((name, architecture)) if architecture == "all" || Some(architecture) == native => name,
        _ => package,
    };
    name.to_owned()
}

/// The order of deb-version(7); versions that are none are equal only to themselves.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    match (Version::parse_lenient(a), Version::parse_lenient(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

/// Reads apt's `history.log`: stanzas of who asked for what with which command, and what came of it:
/// `Upgrade: a:amd64 (1.0, 1.1), b:amd64 (2.0, 2.1)`.
pub(super) fn apt(text: &str, native: Option<&str>) -> (Vec<Command>, Vec<Event>) {
    let (mut commands, mut events) = (Vec::new(), Vec::new());
    for stanza in text.split("\n\n") {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let Some(begun) = field("Start-Date") else { continue };
        let time = begun.split_whitespace().collect::<Vec<_>>().join("T");
        if let Some(command) = field("Commandline") {
            let by = field("Requested-By").map(|by| by.split(" (").next().unwrap_or(by).to_owned());
            commands.push(Command { time: time.clone(), command: command.to_owned(), by });
        }
        for (name, action) in [
            ("Install", "install"),
            ("Upgrade", "upgrade"),
            ("Downgrade", "downgrade"),
            ("Reinstall", "reinstall"),
            ("Remove", "remove"),
            ("Purge", "purge"),
        ] {
            for entry in field(name).unwrap_or_default().split("), ") {
                let Some((package, versions)) = entry.split_once(" (") else { continue };
                let mut versions = versions.trim_end_matches(')').split(", ").filter(|word| *word != "automatic");
                let first = versions.next().map(str::to_owned);
                let (from, to) = match action {
                    "install" | "reinstall" => (None, first),
                    "remove" | "purge" => (first, None),
                    _ => (first, versions.next().map(str::to_owned)),
                };
                events.push(Event { time: time.clone(), action, package: key(package, native), from, to });
            }
        }
    }
    (commands, events)
}
