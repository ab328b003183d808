//! `os.services`: what is started, how it is switched on, whether it runs, and what drop-ins change of it.
//!
//! The state is told from the folders, so that another root has it too; a support archive's recording of systemctl(1)
//! counts more than its folders, of which it keeps /etc alone. What a unit's drop-ins set stands setting by setting under
//! the unit's name with the file that wins, so that a changed limit is one divergence.

pub(super) mod recorded;
mod scripts;
mod state;
pub(super) mod units;

use crate::capture::{Facts, Scope};
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind, Value, redaction};
use recorded::Words;
use regex::Regex;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use units::{Origin, Units, assignments};

/// Kinds of units that are always listed. Others are where the administrator has a say in them.
const KINDS: [&str; 3] = [".service", ".socket", ".path"];

/// The most units that are listed.
const UNITS_CAP: usize = 5_000;

/// Reads units, scripts and their states.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let units = Units::read(host);
    for error in &units.unread {
        facts.unread(&["os", "services"], error);
    }
    default_target(host, &units, facts);
    let enabled = recorded::enabled(host);
    let active = active(host);
    let mut names: BTreeSet<&str> = units.files.keys().map(String::as_str).collect();
    // Instances have no files; those that a generator made are named for this machine's disks and users.
    names.extend(units.links.iter().filter(|link| link.is_wish && is_lasting(link)).map(|link| link.name.as_str()));
    // Drop-ins of packages are those packages' matter, as their units are.
    let changed = units.drop_ins.iter().filter(|(_, all)| all.values().any(|(_, origin)| *origin != Origin::Vendor));
    let changed: BTreeSet<&str> = changed.map(|(name, _)| name.as_str()).collect();
    // Those for many units are no units: the ones that begin so are changed, and all of a kind are too many to be named.
    let (many, mut changed): (BTreeSet<&str>, BTreeSet<&str>) =
        changed.into_iter().partition(|name| Units::is_for_many(name));
    if !many.is_empty() {
        let begins = |name: &&str| many.iter().any(|many| Units::begins_with(name, many));
        changed.extend(units.files.keys().map(String::as_str).filter(begins));
    }
    names.extend(&changed);
    names.extend(enabled.iter().flat_map(|words| words.by_unit.keys().map(String::as_str)));
    let mut services = facts.at(&["os", "services"]);
    let mut listed = 0;
    let mut told = BTreeSet::new();
    for name in names.into_iter().filter(|name| changed.contains(name) || is_listed(&units, name)) {
        let key = key(name);
        // One entry for the instances of all disks: the first speaks for them.
        if matches!(key, Cow::Owned(_)) && !told.insert(key.to_string()) {
            continue;
        }
        listed += 1;
        if listed > UNITS_CAP {
            let detail = format!("more than {UNITS_CAP} units");
            services.problem(&[], Problem::new(ProblemKind::TooLarge, detail));
            break;
        }
        let mut facts = services.at(&[&key]);
        if let Some(unit) = put_state(host, &units, enabled.as_ref(), name, &mut facts) {
            put_active(active.as_ref(), name, &unit, &mut facts);
        }
        put_drop_ins(host, &units.drop_ins_of(name), &mut facts);
    }
    scripts::put(host, &units, facts);
}

fn is_lasting(link: &units::Link) -> bool {
    match link.origin {
        Origin::Config | Origin::Runtime => true,
        Origin::Generated => !link.name.starts_with("systemd-"),
        Origin::Transient | Origin::Vendor => false,
    }
}

fn is_listed(units: &Units, name: &str) -> bool {
    // Timers have a place of their own, and a snap's mounts are named for its revision.
    if name.ends_with(".timer") || (name.starts_with("snap-") && name.ends_with(".mount")) {
        return false;
    }
    // By these names the bus starts units that are listed under their own.
    if name.starts_with("dbus-org.") {
        return false;
    }
    let Some(file) = units.files.get(name) else { return KINDS.iter().any(|kind| name.ends_with(kind)) };
    let is_own = matches!(file.origin, Origin::Config | Origin::Runtime);
    match (file.origin, is_alias(units, name)) {
        (Origin::Transient, _) => false,
        // Packages give their units names of old for the sake of others.
        (_, true) => is_own && KINDS.iter().any(|kind| name.ends_with(kind)),
        (_, false) => is_own || KINDS.iter().any(|kind| name.ends_with(kind)),
    }
}

fn is_alias(units: &Units, name: &str) -> bool {
    units.resolve(name).0 != name
}

/// What is known of a unit once its state was put.
pub(super) struct Unit {
    /// The text of its file, where there is one.
    pub(super) text: Option<String>,
    /// Whether it is meant to be started.
    is_enabled: bool,
}

/// Puts how a unit is switched on and the digest of its file. Nothing for aliases, but of what they are one.
pub(super) fn put_state(
    host: &Host,
    units: &Units,
    recorded: Option<&Words>,
    name: &str,
    facts: &mut Scope<'_>,
) -> Option<Unit> {
    let (unit, file) = units.resolve(name);
    if unit != name {
        let path = units.file(name).map_or("", |file| file.path.as_str());
        facts.put(&["alias_of"], unit, path);
        return None;
    }
    // What is not known of it, or of the links that switch units on.
    let mut unread = units.unread.iter().find_map(ReadError::problem);
    let text = match file.filter(|file| !file.is_mask()).map(|file| host.text(&file.path)) {
        Some(Ok(text)) => Some(text),
        Some(Err(error)) => {
            facts.unread(&["unit_file_digest"], &error);
            unread = error.problem().or(unread);
            None
        }
        None => None,
    };
    let said = recorded.and_then(|words| Some((words.by_unit.get(name)?, &words.source)));
    let is_enabled = |word: &str| word.starts_with("enabled") || matches!(word, "generated" | "transient");
    let is_enabled = match said {
        Some((word, source)) => {
            facts.put(&["enabled"], word.as_str(), source);
            is_enabled(word)
        }
        None => {
            let state = state::of(units, name, file, text.as_deref());
            let is_by_absence = ["disabled", "indirect", "static", "not-found"].contains(&state.word);
            // Where the packages' folder is missing too, nothing is known of a unit that is only changed here.
            if let Some(problem) = unread.filter(|_| is_by_absence) {
                facts.problem(&["enabled"], problem);
            } else if !state.source.is_empty() {
                facts.put(&["enabled"], state.word, &state.source);
            } else if !units.has_vendor && units::is_unit(name) {
                facts.problem(&["enabled"], Problem::new(ProblemKind::NotCollected, "the root has no folder of units"));
            }
            is_enabled(state.word)
        }
    };
    let own = file.filter(|_| units.files.contains_key(name)).zip(text.as_ref());
    if let Some((file, text)) = own.filter(|(_, text)| !text.is_empty()) {
        facts.put(&["unit_file_digest"], digest(text), &file.path);
    }
    Some(Unit { text, is_enabled })
}

/// A unit's key: a number that was drawn for this machine's disk says nothing on another.
fn key(name: &str) -> Cow<'_, str> {
    static UUID: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r"[0-9a-f]{8}(?:(?:-|\\x2d)[0-9a-f]{4}){3}(?:-|\\x2d)[0-9a-f]{12}";
    match UUID.get_or_init(|| Regex::new(pattern).ok()) {
        Some(uuid) if name.contains('@') => uuid.replace_all(name, "UUID"),
        _ => Cow::Borrowed(name),
    }
}

/// The digest of a file's text without its secrets: with them it would be a means to look them up.
pub(super) fn digest(text: &str) -> String {
    blake3::hash(redaction::text(text).as_bytes()).to_hex().to_string()
}

/// Whether units run: asked of the running systemd, read off its control groups where no program may be run.
pub(super) fn active(host: &Host) -> Option<Result<Words, ReadError>> {
    const COMMAND: [&str; 7] = [
        "systemctl",
        "list-units",
        "--all",
        "--plain",
        "--no-legend",
        "--no-pager",
        "--type=service,socket,path,timer",
    ];
    if let Some(words) = recorded::active(host) {
        return Some(Ok(words));
    }
    // sd_booted(3): elsewhere there is nobody to ask.
    if host.as_live().is_none() || !host.exists("/run/systemd/system") {
        return None;
    }
    Some(match host.command(&COMMAND) {
        Ok(said) => Ok(Words { by_unit: recorded::units(&said.text), source: said.source }),
        Err(error) => running(host).ok_or(error),
    })
}

/// The services whose control group has processes. Others may have done their work and count as active all the same.
fn running(host: &Host) -> Option<Words> {
    let folders = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"];
    let (folder, entries) = folders.iter().find_map(|folder| Some((folder, host.list(folder).ok()?)))?;
    let units = entries.into_iter().map(|entry| entry.name).filter(|name| name.ends_with(".service"));
    let running = units.filter(|name| {
        let at = format!("{folder}/{name}");
        let is_populated = host.text(&format!("{at}/cgroup.events")).is_ok_and(|text| text.contains("populated 1"));
        is_populated || host.word(&format!("{at}/cgroup.procs")).is_ok_and(|text| !text.is_empty())
    });
    Some(Words { by_unit: running.map(|name| (name, "active".to_owned())).collect(), source: (*folder).to_owned() })
}

pub(super) fn put_active(active: Option<&Result<Words, ReadError>>, name: &str, unit: &Unit, facts: &mut Scope<'_>) {
    // A template is never started, only its instances are.
    if name.split_once('@').is_some_and(|(_, rest)| rest.starts_with('.')) || !units::is_unit(name) {
        return;
    }
    match active {
        None => no_state("", facts),
        Some(Err(error)) => facts.unread(&["active"], error),
        Some(Ok(words)) => match words.by_unit.get(name) {
            // Most of what nobody switched on waits to be called, and says nothing by not running.
            Some(word) if word == "inactive" && !unit.is_enabled => {}
            Some(word) => facts.put(&["active"], word.as_str(), &words.source),
            None if words.source.starts_with("/sys/") => {
                facts.problem(&["active"], Problem::new(ProblemKind::NotCollected, "only systemctl can tell"));
            }
            // What is not loaded does not run.
            None if unit.is_enabled => facts.put(&["active"], "inactive", &words.source),
            None => {}
        },
    }
}

/// Says that nobody knows whether a service runs.
fn no_state(unit: &str, facts: &mut Scope<'_>) {
    let problem = Problem::new(ProblemKind::NotCollected, "only a running systemd or OpenRC can tell");
    if unit.is_empty() {
        facts.problem(&["active"], problem);
    } else {
        facts.problem(&[unit, "active"], problem);
    }
}

/// Puts the drop-ins in the order in which they are read, and what they set.
fn put_drop_ins(host: &Host, drop_ins: &BTreeMap<String, (String, Origin)>, facts: &mut Scope<'_>) {
    let mut settings: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
    let mut read = Vec::new();
    for (path, _) in drop_ins.values() {
        // A link to /dev/null takes away the drop-in of that name in weaker folders.
        if host.link(path).is_ok_and(|to| to == "/dev/null") {
            continue;
        }
        match host.text(path) {
            Ok(text) => {
                read.push(path.as_str());
                for (section, key, value) in assignments(&text) {
                    let (values, from) = settings.entry(format!("{section}.{key}")).or_default();
                    // An empty value takes back what was set before, in the unit's own file too.
                    let is_reset = value.is_empty() || values.first().is_some_and(String::is_empty);
                    if is_reset || !adds_up(&section, &key) {
                        values.clear();
                    }
                    values.push(value);
                    path.clone_into(from);
                }
            }
            Err(error) => facts.unread(&["settings"], &error),
        }
    }
    if let Some(last) = read.last().copied() {
        facts.put(&["drop_ins"], Value::list(read.iter().copied()), last);
    }
    for (key, (mut values, from)) in settings {
        let value = if values.len() == 1 { Value::Text(values.remove(0)) } else { Value::list(values) };
        facts.put(&["settings", &key], value, &from);
    }
}

/// Whether several assignments of a key count together: those of systemd.unit(5), systemd.exec(5), systemd.service(5),
/// systemd.socket(5) and systemd.resource-control(5) that are documented as lists. Of any other the last one counts.
fn adds_up(section: &str, key: &str) -> bool {
    const SINGLE: [&str; 4] = ["Description", "DefaultDependencies", "CollectMode", "SourcePath"];
    const LISTS: [&str; 22] = [
        "Bind",
        "Capabilit",
        "Condition",
        "DeviceAllow",
        "Environment",
        "Exec",
        "IODevice",
        "IORead",
        "IOWrite",
        "IPAddress",
        "Inaccessible",
        "Listen",
        "LoadCredential",
        "Open",
        "PassEnvironment",
        "ReadOnly",
        "ReadWrite",
        "RestrictAddress",
        "SetCredential",
        "SupplementaryGroups",
        "SystemCallFilter",
        "UnsetEnvironment",
    ];
    match section {
        "Unit" => {
            !SINGLE.contains(&key)
                && !["StartLimit", "On", "Job", "Ignore", "Stop", "Refuse"].iter().any(|p| key.starts_with(p))
        }
        "Install" => true,
        _ => LISTS.iter().any(|prefix| key.starts_with(prefix)),
    }
}

/// `os.default_target`: what the machine is started up to.
fn default_target(host: &Host, units: &Units, facts: &mut Facts) {
    const KEYS: [&str; 2] = ["os", "default_target"];
    if let Some(said) = host.recorded("systemctl get-default") {
        facts.put(&KEYS, said.text.trim(), &said.source);
    } else if units.files.contains_key("default.target") {
        let file = units.file("default.target");
        let target = file.and_then(|file| file.link.as_deref()).map(units::last);
        facts.put_some(&KEYS, target, file.map_or("", |file| file.path.as_str()));
    }
}

#[cfg(test)]
mod fixtures_test;
#[cfg(test)]
mod tests;
