//! Services that are started by scripts: System V's run levels (init-d-script(5), insserv(8)), OpenRC's (openrc-run(8)),
//! and those that xinetd(8) starts.

use super::recorded;
use super::units::Units;
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host, Miss};
use crate::model::Value;
use std::collections::BTreeMap;

/// Folders of scripts and of run levels: Debian's, Red Hat's and SUSE's.
const SCRIPTS: [&str; 2] = ["/etc/init.d", "/etc/rc.d/init.d"];
const LEVELS: [&str; 3] = ["/etc", "/etc/rc.d", "/etc/init.d"];
const OPENRC: &str = "/etc/runlevels";
const XINETD: &str = "/etc/xinetd.d";

/// Scripts that are parts of others or of the boot itself, and no services.
const NO_SERVICES: [&str; 12] = [
    "README",
    "functions",
    "functions.sh",
    "halt",
    "killall",
    "single",
    "skeleton",
    "rc",
    "rcS",
    "reboot",
    "netfs",
    "boot",
];

/// Puts every script as a service under the name that systemd would give it, so that machines with different inits can
/// be compared. A script that a unit hides is none.
pub(super) fn put(host: &Host, units: &Units, facts: &mut Facts) {
    let mut facts = facts.at(&["os", "services"]);
    let mut scripts: BTreeMap<String, String> = BTreeMap::new();
    for folder in SCRIPTS {
        match host.list(folder) {
            Ok(entries) => {
                for entry in entries.into_iter().filter(|e| matches!(e.kind, EntryKind::File | EntryKind::Link)) {
                    let path = format!("{folder}/{}", entry.name);
                    let is_script = host.stat(&path).is_ok_and(|s| s.kind == EntryKind::File && s.mode & 0o111 != 0);
                    let is_leftover = entry.name.contains(".dpkg-") || entry.name.contains(".rpm");
                    if is_script && !is_leftover && !NO_SERVICES.contains(&entry.name.as_str()) {
                        scripts.entry(entry.name).or_insert(path);
                    }
                }
            }
            Err(error) => facts.unread(&[], &error),
        }
    }
    let openrc = openrc(host, &mut facts);
    let (levels, missed) = match openrc {
        Some(_) => (BTreeMap::new(), Vec::new()),
        None => host.watched(|| levels(host, &mut facts)),
    };
    for (name, path) in scripts {
        let unit = format!("{}.service", name.strip_suffix(".sh").unwrap_or(&name));
        if units.files.contains_key(&unit) {
            continue;
        }
        // It may have a unit that hides it.
        if let Some(error) = units.unread.first() {
            facts.unread(&[&unit], error);
            continue;
        }
        let switched = openrc.as_ref().unwrap_or(&levels).get(&name);
        let switched = switched.map(|(l, s)| (l.as_slice(), s.as_str()));
        put_levels(&unit, switched, &path, &missed, &mut facts.at(&[&unit]));
        let text = host.text(&path);
        match &text {
            Ok(text) => facts.put(&[&unit, "unit_file_digest"], super::digest(text), &path),
            Err(error) => facts.unread(&[&unit, "unit_file_digest"], error),
        }
        if openrc.is_some() && host.as_live().is_some() {
            let started = format!("/run/openrc/started/{name}");
            let word = if host.link(&started).is_ok() { "active" } else { "inactive" };
            facts.put(&[&unit, "active"], word, "/run/openrc/started");
        } else if openrc.is_some() {
            super::no_state(&unit, &mut facts);
        }
    }
    if let Some(said) = host.recorded("chkconfig --list") {
        put_chkconfig(&said.text, &said.source, units, &mut facts);
    }
    xinetd(host, &mut facts);
}

fn put_levels(unit: &str, levels: Option<(&[String], &str)>, script: &str, missed: &[Miss], facts: &mut Scope<'_>) {
    let Some((levels, source)) = levels.filter(|(levels, _)| !levels.is_empty()) else {
        facts.put_whole(&["enabled"], "disabled", missed, script);
        return;
    };
    debug_assert!(unit.ends_with(".service"));
    facts.put(&["enabled"], "enabled", source);
    facts.put_whole(&["run_levels"], Value::set(levels.iter().map(String::as_str)), missed, source);
}

/// By script the run levels with a link that starts it: `S20name` in `rc2.d`.
fn levels(host: &Host, facts: &mut Scope<'_>) -> BTreeMap<String, (Vec<String>, String)> {
    let mut out: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
    for level in ["S", "1", "2", "3", "4", "5"] {
        for folder in LEVELS.map(|top| format!("{top}/rc{level}.d")) {
            let entries = host.list(&folder).unwrap_or_else(|error| {
                facts.unread(&[], &error);
                Vec::new()
            });
            for entry in entries {
                let name =
                    entry.name.strip_prefix('S').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
                let Some(name) = name.filter(|name| !name.is_empty()) else { continue };
                let (levels, _) = out.entry(name.to_owned()).or_insert_with(|| (Vec::new(), folder.clone()));
                if !levels.iter().any(|known| known == level) {
                    levels.push(level.to_owned());
                }
            }
        }
    }
    out
}

/// By script OpenRC's run levels that hold it; `None` where there is no OpenRC.
fn openrc(host: &Host, facts: &mut Scope<'_>) -> Option<BTreeMap<String, (Vec<String>, String)>> {
    let levels = match host.list(OPENRC) {
        Ok(levels) => levels,
        Err(error) => {
            facts.unread(&[], &error);
            return None;
        }
    };
    let mut out: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
    for level in levels {
        let folder = format!("{OPENRC}/{}", level.name);
        for entry in host.list(&folder).unwrap_or_default().into_iter().filter(|e| e.kind != EntryKind::Folder) {
            let (levels, _) = out.entry(entry.name).or_insert_with(|| (Vec::new(), folder.clone()));
            levels.push(level.name.clone());
        }
    }
    Some(out)
}

pub(super) fn put_chkconfig(text: &str, source: &str, units: &Units, facts: &mut Scope<'_>) {
    for (name, switched) in recorded::chkconfig(text) {
        match switched {
            Ok(levels) => {
                let unit = format!("{name}.service");
                if !units.files.contains_key(&unit) {
                    put_levels(&unit, Some((&levels, source)), source, &[], &mut facts.at(&[&unit]));
                }
            }
            Err(on) => facts.put(&[&inner(&name), "enabled"], word(on), source),
        }
    }
}

/// xinetd.conf(5): a service is on unless its file says `disable = yes`.
fn xinetd(host: &Host, facts: &mut Scope<'_>) {
    for entry in host.list(XINETD).unwrap_or_default().into_iter().filter(|e| e.kind == EntryKind::File) {
        let path = format!("{XINETD}/{}", entry.name);
        match host.text(&path) {
            Ok(text) => {
                let mut pairs = text.lines().filter_map(|line| line.split_once('='));
                let off = pairs.any(|(key, value)| key.trim() == "disable" && value.trim() == "yes");
                facts.put(&[&inner(&entry.name), "enabled"], word(!off), &path);
            }
            Err(error) => facts.unread(&[&inner(&entry.name), "enabled"], &error),
        }
    }
}

/// The key of a service that xinetd starts: it is no unit.
fn inner(name: &str) -> String {
    format!("xinetd:{name}")
}

fn word(on: bool) -> &'static str {
    if on { "enabled" } else { "disabled" }
}
