//! `deployments.events`, `deployments.commands` and `deployments.rollbacks`: what package managers did, from their own
//! logs, who asked for it with which command, and what is older now than it once was.

mod dnf;
mod dpkg;
mod logs;
mod others;
mod rpm;

use super::holds;
use crate::capture::Facts;
use crate::capture::libraries::dpkg::{Database, Package};
use crate::capture::libraries::sqlite::Broken;
use crate::host::Host;
use crate::model::{Problem, ProblemKind};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

/// How far back the history goes in a snapshot.
const EVENTS: usize = 1_000;

/// How far back it is read to find what was rolled back.
const READ: usize = 50_000;

/// The most commands.
const COMMANDS: usize = 200;

/// What a package manager did to one package.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    /// `2026-01-31T12:00:00` in the host's own time as written; with a `Z` where the log has a zone.
    time: String,
    /// `install`, `upgrade`, `downgrade`, `reinstall`, `remove`, `purge` or `disappear`.
    action: &'static str,
    /// The name, with the architecture where that is foreign.
    package: String,
    from: Option<String>,
    to: Option<String>,
}

/// What somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Command {
    time: String,
    command: String,
    by: Option<String>,
}

/// Which of two versions is the newer; `None` where that is not certain.
type Order = fn(&str, &str) -> Option<Ordering>;

/// Reads the logs of every manager from the newest back.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let database = Database::read(host);
    let (packages, _) = database.packages();
    let native = database.native(&packages);
    if host.as_live().is_none() && !host.exists("/var/log") {
        for key in ["events", "commands", "rollbacks"] {
            facts.not_collected(&["deployments", key], "the root has no /var/log");
        }
    }
    let mut history = History::default();
    history.read(host, facts, "/var/log/dpkg.log", |log| {
        (Vec::new(), log.text.lines().filter_map(|line| dpkg::event(line, native)).collect())
    });
    // apt tells what dpkg did a second time.
    let is_told = !history.events.is_empty();
    history.read(host, facts, "/var/log/apt/history.log", |log| {
        let (commands, events) = dpkg::apt(&log.text, native);
        (commands, if is_told { Vec::new() } else { events })
    });
    let now: HashMap<String, &str> =
        packages.iter().filter(|p| p.is_present()).filter_map(|p| Some((p.key(native), p.version?))).collect();
    let dpkg: Order = |a, b| Some(dpkg::compare(a, b));
    let mut newest = history.newest();
    history.put(facts, dpkg, |package, _| now.get(package).map(|version| (*version).to_owned()));

    // Of the others the log itself says what is installed now.
    let last = |_: &str, last: Option<&str>| last.map(str::to_owned);
    let mut history = History::default();
    match dnf::history(host) {
        Ok(Some(told)) => history.take(told.file.to_owned(), told.commands, told.events),
        Ok(None) => {}
        Err((file, broken)) => {
            let problem = match broken {
                Broken::Unread(error) => error.problem(),
                Broken::Format(what) => Some(Problem::new(ProblemKind::NotParsable, format!("{file}: {what}"))),
            };
            problem.into_iter().for_each(|problem| facts.problem(&["deployments", "events"], problem));
        }
    }
    // The logs tell the same a second time, as far as they go back.
    if history.events.is_empty() {
        history.read(host, facts, "/var/log/dnf.rpm.log", |log| (Vec::new(), rpm::dnf(&log.text)));
        history.read(host, facts, "/var/log/dnf.log", |log| (rpm::commands(&log.text), Vec::new()));
    }
    history.read(host, facts, "/var/log/yum.log", |log| (Vec::new(), rpm::yum(&log.text, log.modified)));
    newest = newest.max(history.newest());
    history.put(facts, by_action, last);
    let mut history = History::default();
    history.read(host, facts, "/var/log/zypp/history", |log| rpm::zypp(&log.text));
    newest = newest.max(history.newest());
    history.put(facts, natural, last);
    for (log, parse) in [
        ("/var/log/pacman.log", others::pacman as fn(&str) -> (Vec<Command>, Vec<Event>)),
        ("/var/log/apk.log", others::apk),
    ] {
        let mut history = History::default();
        history.read(host, facts, log, |log| parse(&log.text));
        newest = newest.max(history.newest());
        history.put(facts, by_action, last);
    }
    unchanged(host, newest, facts);
    held(&packages, native, facts);
    holds::put(host, facts);
}

/// The log says which way it went.
fn by_action(_: &str, _: &str) -> Option<Ordering> {
    None
}

/// The order of versions without the marks that rpm reads in its own way.
fn natural(a: &str, b: &str) -> Option<Ordering> {
    let is_plain = !a.contains(['~', '^', ':']) && !b.contains(['~', '^', ':']);
    is_plain.then(|| crate::base::order::natural(a, b))
}

/// How long ago a package manager last did something, by the machine's own clock.
fn unchanged(host: &Host, newest: Option<(jiff::Timestamp, String)>, facts: &mut Facts) {
    const KEYS: [&str; 2] = ["deployments", "unchanged_seconds"];
    let Some((at, file)) = newest else { return };
    if host.as_live().is_none() {
        return facts.not_collected(&KEYS, "only a running machine can tell");
    }
    facts.put(&KEYS, host.now().duration_since(at).as_secs().max(0), &file);
}

fn held(packages: &[Package<'_>], native: Option<&str>, facts: &mut Facts) {
    for package in packages.iter().filter(|package| package.is_present() && package.held) {
        let version = package.version.unwrap_or_default();
        facts.put(&["deployments", "rollbacks", &package.key(native), "held_at"], version, package.file);
    }
}

/// What the logs of one manager say, the newest first.
#[derive(Default)]
struct History {
    events: Vec<(Event, usize)>,
    commands: Vec<(Command, usize)>,
    files: Vec<String>,
}

impl History {
    /// Reads a log and its predecessors; `parse` gives what stands in a file in the order of the file.
    fn read(
        &mut self,
        host: &Host,
        facts: &mut Facts,
        log: &str,
        parse: impl Fn(&logs::Log) -> (Vec<Command>, Vec<Event>),
    ) {
        let start = self.events.len();
        logs::each(host, facts, log, |log| {
            let (commands, events) = parse(&log);
            self.take(log.path, commands, events);
            self.events.len() - start >= READ
        });
        self.events.truncate(start + READ);
    }

    /// When the last event was, and the log that says so. Times without a zone are those of the machine that captures.
    fn newest(&self) -> Option<(jiff::Timestamp, String)> {
        // Of each log the first is the newest.
        let mut seen = HashSet::new();
        let firsts = self.events.iter().filter(|(_, place)| seen.insert(*place));
        let at = |time: &str| {
            let local = |time: &str| {
                let time: jiff::civil::DateTime = time.parse().ok()?;
                Some(time.to_zoned(jiff::tz::TimeZone::system()).ok()?.timestamp())
            };
            time.parse::<jiff::Timestamp>().ok().or_else(|| local(time))
        };
        firsts.filter_map(|(event, place)| Some((at(&event.time)?, self.files.get(*place)?.clone()))).max()
    }

    /// Takes what stands in a file, in its order, as older than what is known already.
    fn take(&mut self, file: String, commands: Vec<Command>, events: Vec<Event>) {
        let place = self.files.len();
        self.files.push(file);
        self.events.extend(events.into_iter().rev().map(|event| (event, place)));
        self.commands.extend(commands.into_iter().rev().map(|command| (command, place)));
    }

    fn put(self, facts: &mut Facts, order: Order, now: impl Fn(&str, Option<&str>) -> Option<String>) {
        let file = |place: usize| self.files.get(place).map_or("", String::as_str);
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        for (event, place) in self.events.iter().take(EVENTS) {
            // What was removed and purged within a second is purged: the newest speaks.
            if !seen.insert((&event.time, &event.package)) {
                continue;
            }
            let mut facts = facts.at(&["deployments", "events", &event.time, &event.package]);
            facts.put(&["action"], event.action, file(*place));
            facts.put_some(&["from"], event.from.as_deref(), file(*place));
            facts.put_some(&["to"], event.to.as_deref(), file(*place));
        }
        for (command, place) in self.commands.iter().take(COMMANDS) {
            let mut facts = facts.at(&["deployments", "commands", &command.time]);
            facts.put(&["command"], command.command.as_str(), file(*place));
            facts.put_some(&["by"], command.by.as_deref(), file(*place));
        }
        for (package, back) in rolled_back(&self.events, order, now) {
            let mut facts = facts.at(&["deployments", "rollbacks", package]);
            facts.put(&["from"], back.from.as_str(), file(back.place));
            facts.put(&["to"], back.to.as_str(), file(back.place));
            facts.put(&["time"], back.time, file(back.place));
        }
    }
}

/// A package that was taken back.
struct Back<'a> {
    from: String,
    to: String,
    time: &'a str,
    place: usize,
}

/// What is still rolled back: installed in a version older than one that was there before, be it by a downgrade or by
/// removing the newer and installing an older one.
fn rolled_back<'a>(
    events: &'a [(Event, usize)],
    order: Order,
    now: impl Fn(&str, Option<&str>) -> Option<String>,
) -> Vec<(&'a str, Back<'a>)> {
    let mut last: HashMap<&str, &str> = HashMap::new();
    let mut gone: HashSet<&str> = HashSet::new();
    let mut back: HashMap<&str, Back<'a>> = HashMap::new();
    for (event, place) in events.iter().rev() {
        let package = event.package.as_str();
        let Some(to) = event.to.as_deref() else {
            last.extend(event.from.as_deref().map(|from| (package, from)));
            gone.insert(package);
            continue;
        };
        gone.remove(package);
        let before = event.from.as_deref().or_else(|| last.get(package).copied());
        let is_older = before.map(|before| order(to, before));
        let went_down = match is_older {
            Some(Some(order)) => order == Ordering::Less,
            _ => event.action == "downgrade",
        };
        if let Some(known) = back.get_mut(package) {
            let is_still_older =
                order(to, &known.from).map_or(event.action != "upgrade", |order| order == Ordering::Less);
            if !is_still_older {
                back.remove(package);
            } else if !went_down {
                // A patch of the older version.
                to.clone_into(&mut known.to);
            }
        }
        if went_down {
            let top = back.get(package).map(|known| known.from.clone());
            let from = top.or_else(|| before.map(str::to_owned)).unwrap_or_default();
            back.insert(package, Back { from, to: to.to_owned(), time: &event.time, place: *place });
        }
        last.insert(package, to);
    }
    let mut out: Vec<(&str, Back<'a>)> = back.into_iter().collect();
    out.retain(|(package, back)| {
        let logged = last.get(package).copied().filter(|_| !gone.contains(package));
        let Some(version) = now(package, logged) else { return false };
        !back.from.is_empty() && order(&version, &back.from).is_none_or(|order| order == Ordering::Less)
    });
    out.sort_by_key(|(package, _)| *package);
    out
}

/// A time with its zone in UTC; one without stays as it is.
fn utc(time: &str) -> String {
    let zoned = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%SZ"];
    let parsed = zoned.iter().find_map(|format| match format.ends_with('Z') {
        true => time.parse().ok(),
        false => jiff::Timestamp::strptime(format, time).ok(),
    });
    parsed.map_or_else(|| time.get(..19).unwrap_or(time).to_owned(), |at: jiff::Timestamp| at.to_string())
}

#[cfg(test)]
mod tests;
