//! The logs of pacman(8) and of apk(8).

use super::{Command, Event, utc};

/// Reads `[2026-01-31T12:00:00+0000] [ALPM] upgraded linux (6.1.3-1 -> 6.1.4-1)`.
pub(super) fn pacman(text: &str) -> (Vec<Command>, Vec<Event>) {
    let (mut commands, mut events) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let Some((time, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] ")) else { continue };
        // Before version 4.2 there was neither a zone nor a source.
        let time = utc(&time.replacen(' ', "T", 1));
        if let Some(command) = rest.strip_prefix("[PACMAN] Running '").and_then(|rest| rest.strip_suffix('\'')) {
            commands.push(Command { time, command: command.to_owned(), by: None });
            continue;
        }
        let rest = rest.strip_prefix("[ALPM] ").unwrap_or(rest);
        let Some((action, package, versions)) = change(rest) else { continue };
        let action = match action {
            "installed" => "install",
            "upgraded" => "upgrade",
            "downgraded" => "downgrade",
            "reinstalled" => "reinstall",
            "removed" => "remove",
            _ => continue,
        };
        events.push(event(time, action, package, versions));
    }
    (commands, events)
}

/// Reads what apk-tools 3 writes: ``Running `apk upgrade` at 2026-01-31 12:00:00`` and beneath it
/// `(1/2) Upgrading busybox (1.36.1-r0 -> 1.36.1-r1)`.
pub(super) fn apk(text: &str) -> (Vec<Command>, Vec<Event>) {
    let (mut commands, mut events) = (Vec::new(), Vec::new());
    let mut now = None;
    for line in text.lines() {
        if let Some((command, time)) = line.strip_prefix("Running `").and_then(|rest| rest.rsplit_once("` at ")) {
            let time = format!("{}Z", time.trim().replacen(' ', "T", 1));
            commands.push(Command { time: time.clone(), command: command.to_owned(), by: None });
            now = Some(time);
            continue;
        }
        let rest = line.strip_prefix('(').and_then(|line| line.split_once(") "));
        let (Some(time), Some((action, package, versions))) = (&now, rest.and_then(|(_, rest)| change(rest))) else {
            continue;
        };
        let action = match action {
            "Installing" => "install",
            "Upgrading" => "upgrade",
            "Downgrading" => "downgrade",
            "Reinstalling" | "Replacing" => "reinstall",
            "Purging" => "remove",
            _ => continue,
        };
        events.push(event(time.clone(), action, package, versions));
    }
    (commands, events)
}

/// Action, package and versions of `upgraded linux (1 -> 2)`.
fn change(text: &str) -> Option<(&str, &str, &str)> {
    let (head, versions) = text.split_once(" (")?;
    let (action, package) = head.split_once(' ')?;
    Some((action, package, versions.split(')').next()?))
}

fn event(time: String, action: &'static str, package: &str, versions: &str) -> Event {
    let (first, second) = match versions.split_once(" -> ") {
        Some((first, second)) => (first, Some(second)),
        None => (versions, None),
    };
    let (from, to) = match (second, action) {
        (Some(second), _) => (Some(first), Some(second)),
        (None, "remove") => (Some(first), None),
        (None, _) => (None, Some(first)),
    };
    Event { time, action, package: package.to_owned(), from: from.map(str::to_owned), to: to.map(str::to_owned) }
}
