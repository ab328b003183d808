//! What two captures of one machine hold about the time between them: what the later one tells of packages, commands,
//! deployments, files edited by hand and starts that the earlier one does not tell yet. No clock is read: the host's own
//! may be wrong, and that one capture tells of something and the one before does not is evidence enough.

use crate::model::{Path, Snapshot, Tree, ValueRef};
use std::collections::HashMap;

/// How many of one kind are named.
const NAMED: usize = 3;

/// What kind of evidence it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A package manager's log.
    Package,
    /// A command that a package manager was given.
    Command,
    /// A configuration file that is not as its package shipped it.
    HandEdit,
    /// A deployed tree or a container.
    Deployment,
    /// A start of the machine.
    Boot,
    /// The machine is another one.
    Rebuilt,
    /// Where the value was read.
    Source,
}

impl Kind {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Package => "package log",
            Kind::Command => "command",
            Kind::HandEdit => "edited by hand",
            Kind::Deployment => "deployment",
            Kind::Boot => "start",
            Kind::Rebuilt => "rebuilt",
            Kind::Source => "read from",
        }
    }
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Of what kind.
    pub kind: Kind,
    /// When, as the host writes it; empty where nothing tells.
    pub time: String,
    /// What it says; raw text.
    pub words: String,
}

impl Evidence {
    fn new(kind: Kind, time: &str, words: String) -> Self {
        Self { kind, time: time.to_owned(), words }
    }
}

/// What happened to a package.
#[derive(Debug)]
struct Event {
    time: String,
    words: String,
}

/// What is known of the time between two captures.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// By package, in order of time.
    packages: HashMap<String, Vec<Event>>,
    /// How many things packages had happen to them.
    package_events: usize,
    /// In order of time: when, and what was typed.
    commands: Vec<(String, String)>,
    /// Files that are edited now and were not before, or otherwise.
    edits: Vec<(String, String)>,
    /// Folders of deployed trees, and what changed about each.
    deployments: Vec<(String, String)>,
    /// In order of time: when, and with which kernel.
    boots: Vec<(String, String)>,
    rebuilt: Option<String>,
}

impl Since {
    /// What the later of two captures tells that the earlier does not.
    pub(super) fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let mut since = Self::default();
        let (old, new) = (&before.facts, &after.facts);
        // What the capture before could not read, or did not ask for, makes nothing of it new.
        let asked = find(old, &["deployments"]).is_some();
        let is_told = |name: &str| asked && before.problem_at(&Path::new(["deployments", name])).is_none();
        if is_told("events") {
            each((old, new), &["deployments", "events"], |time, known, at| {
                beside((old, new), (known, Some(at)), |name, known, package| {
                    if known.is_none() {
                        let event = Event { time: time.to_owned(), words: event(new, package) };
                        since.packages.entry(name.to_owned()).or_default().push(event);
                        since.package_events += 1;
                    }
                });
            });
        }
        for (group, key, list) in [("commands", "command", &mut since.commands), ("boots", "kernel", &mut since.boots)]
        {
            if is_told(group) {
                each((old, new), &["deployments", group], |time, known, at| {
                    if known.is_none() {
                        list.push((time.to_owned(), child_text(new, at, key).unwrap_or_default().to_owned()));
                    }
                });
            }
        }
        let text =
            |tree: &Tree, at: Option<u32>| at.and_then(|at| tree.value(at)).map(|value| value.plain().into_owned());
        each((old, new), &["deployments", "hand_edits"], |file, known, at| {
            let how = text(new, Some(at)).unwrap_or_default();
            if is_told("hand_edits") && text(old, known).as_ref() != Some(&how) {
                since.edits.push((file.to_owned(), how));
            }
        });
        for group in ["releases", "containers"] {
            each((old, new), &["deployments", group], |name, known, at| {
                beside((old, new), (known, Some(at)), |key, known, at| {
                    let (was, is) = (text(old, known), text(new, Some(at)));
                    let tells = matches!(key, "commit" | "tag" | "described" | "release" | "image" | "digest");
                    if let (true, Some(is)) = (tells && is_told(group) && was != is, is) {
                        let was = was.unwrap_or_else(|| "(absent)".to_owned());
                        since.deployments.push((name.to_owned(), format!("{name}: {key} {was} -> {is}")));
                    }
                });
            });
        }
        let machine = |tree: &Tree| text(tree, find(tree, &["identity", "machine_id"]));
        since.rebuilt = match (machine(old), machine(new), &before.meta.host, &after.meta.host) {
            (Some(was), Some(is), ..) if was != is => Some("another machine id".to_owned()),
            (_, _, Some(was), Some(is)) if was != is => Some(format!("another host: {was} -> {is}")),
            _ => None,
        };
        since
    }

    /// What else happened, for the date as a whole.
    pub(super) fn events(&self) -> Vec<Evidence> {
        let mut out = Vec::new();
        out.extend(self.rebuilt.iter().map(|why| Evidence::new(Kind::Rebuilt, "", why.clone())));
        let some = |all: &mut dyn Iterator<Item = String>, count: usize| {
            let mut words: Vec<String> = all.take(NAMED).collect();
            if count > NAMED {
                words.push(format!("{} more", count - NAMED));
            }
            words.join(", ")
        };
        let mut deployed = self.deployments.iter().map(|(_, words)| words.clone());
        if !self.deployments.is_empty() {
            out.push(Evidence::new(Kind::Deployment, "", some(&mut deployed, self.deployments.len())));
        }
        if let Some(last) = self.packages.values().flatten().map(|event| event.time.as_str()).max() {
            let (count, packages) = (self.package_events, self.packages.len());
            let events = if count == 1 { "event" } else { "events" };
            let of = if packages == 1 { "package" } else { "packages" };
            out.push(Evidence::new(Kind::Package, last, format!("{count} {events} of {packages} {of}")));
        }
        if let Some((time, typed)) = self.commands.last() {
            let more = self.commands.len() - 1;
            let more = if more > 0 { format!(", and {more} before it") } else { String::new() };
            out.push(Evidence::new(Kind::Command, time, format!("{typed}{more}")));
        }
        let mut edited = self.edits.iter().map(|(file, how)| format!("{file} ({how})"));
        if !self.edits.is_empty() {
            out.push(Evidence::new(Kind::HandEdit, "", some(&mut edited, self.edits.len())));
        }
        if let Some((time, kernel)) = self.boots.last() {
            let count = self.boots.len();
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            let kernel = if kernel.is_empty() { String::new() } else { format!(", now with kernel {kernel}") };
            out.push(Evidence::new(Kind::Boot, time, format!("{times}{kernel}")));
        }
        out
    }

    /// What is known of a change at a path, read from these places before and after; the most telling first.
    pub(super) fn of(&self, path: &Path, sources: [Option<&str>; 2]) -> Vec<Evidence> {
        let mut out = Vec::new();
        out.extend(self.rebuilt.iter().map(|why| Evidence::new(Kind::Rebuilt, "", why.clone())));
        if let Some(event) = package(path).and_then(|name| self.packages.get(name)?.last()) {
            out.push(Evidence::new(Kind::Package, &event.time, event.words.clone()));
            // The command that led to it is the last one before: package managers note both by one clock.
            let before = self.commands.iter().rfind(|(time, _)| *time <= event.time);
            out.extend(before.map(|(time, typed)| Evidence::new(Kind::Command, time, typed.clone())));
        }
        let [was, is] = sources.map(|source| source.map(file_of));
        let edited = |file: &str| self.edits.iter().find(|(edited, _)| edited == file);
        if let Some((file, how)) = is.or(was).and_then(edited) {
            out.push(Evidence::new(Kind::HandEdit, "", format!("{file}: {how}")));
        }
        let deployed = is.or(was).and_then(|file| {
            self.deployments.iter().find(|(folder, _)| std::path::Path::new(file).starts_with(folder))
        });
        out.extend(deployed.map(|(_, words)| Evidence::new(Kind::Deployment, "", words.clone())));
        match sources {
            [Some(was), Some(is)] if was != is => {
                out.push(Evidence::new(Kind::Source, "", format!("{is}, before {was}")));
            }
            [was, is] => out.extend(is.or(was).map(|file| Evidence::new(Kind::Source, "", file.to_owned()))),
        }
        out
    }
}

/// The package that a path is about.
fn package(path: &Path) -> Option<&str> {
    match path.segments() {
        [area, group, _, name, ..] if area == "libraries" && group == "packages" => Some(name),
        [area, group, name, ..] if area == "deployments" && group == "rollbacks" => Some(name),
        _ => None,
    }
}

/// The file of a source that may say a line of it too: `/etc/hosts:12`.
fn file_of(source: &str) -> &str {
    match source.rsplit_once(':') {
        Some((file, line)) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => file,
        _ => source,
    }
}

/// What an event of a package says: `upgrade 1.1 -> 1.2`.
fn event(tree: &Tree, at: u32) -> String {
    let text = |key| child_text(tree, at, key);
    let action = text("action").unwrap_or("changed");
    match (text("from"), text("to")) {
        (Some(from), Some(to)) => format!("{action} {from} -> {to}"),
        (None, Some(one)) | (Some(one), None) => format!("{action} {one}"),
        (None, None) => action.to_owned(),
    }
}

fn child_text<'a>(tree: &'a Tree, at: u32, key: &str) -> Option<&'a str> {
    tree.value(tree.child(at, key)?).and_then(ValueRef::as_text)
}

fn find(tree: &Tree, keys: &[&str]) -> Option<u32> {
    keys.iter().try_fold(Tree::ROOT, |at, key| tree.child(at, key))
}

/// Goes through what stands beneath a path of the later of two trees, with what the earlier has of the same name.
fn each((old, new): (&Tree, &Tree), keys: &[&str], take: impl FnMut(&str, Option<u32>, u32)) {
    beside((old, new), (find(old, keys), find(new, keys)), take);
}

fn beside(
    (old, new): (&Tree, &Tree),
    (was, is): (Option<u32>, Option<u32>),
    mut take: impl FnMut(&str, Option<u32>, u32),
) {
    let Some(is) = is else { return };
    let known: HashMap<&str, u32> =
        was.into_iter().flat_map(|was| old.children(was)).map(|child| (old.key(child), child)).collect();
    for child in new.children(is) {
        let name = new.key(child);
        take(name, known.get(name).copied(), child);
    }
}
