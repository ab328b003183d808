//! `os.timers`: when systemd starts what, systemd.timer(5), with what drop-ins change of it.

use super::services::recorded;
use super::services::units::{Units, assignments};
use super::services::{active, put_active, put_state};
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::Value;

/// Keys that say when; several add up, and an empty one takes all of them back.
const TIMES: [&str; 8] = [
    "OnActiveSec",
    "OnBootSec",
    "OnStartupSec",
    "OnUnitActiveSec",
    "OnUnitInactiveSec",
    "OnCalendar",
    "OnClockChange",
    "OnTimezoneChange",
];

/// Other keys of `[Timer]`, and what they are called here.
const OTHERS: [(&str, &str); 6] = [
    ("Unit", "starts"),
    ("Persistent", "persistent"),
    ("RandomizedDelaySec", "randomized_delay"),
    ("FixedRandomDelay", "fixed_random_delay"),
    ("AccuracySec", "accuracy"),
    ("WakeSystem", "wakes_system"),
];

/// Reads every timer.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let units = Units::read(host);
    let enabled = recorded::enabled(host);
    let listed = enabled.iter().flat_map(|words| words.by_unit.keys());
    let mut names: Vec<&String> = units.files.keys().chain(units.drop_ins.keys()).chain(listed).collect();
    names.retain(|name| name.ends_with(".timer"));
    names.sort();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let active = active(host);
    let mut timers = facts.at(&["os", "timers"]);
    for error in &units.unread {
        timers.unread(&[], error);
    }
    for name in names {
        let mut facts = timers.at(&[name]);
        let Some(unit) = put_state(host, &units, enabled.as_ref(), name, &mut facts) else { continue };
        put_active(active.as_ref(), name, &unit, &mut facts);
        let own = units.file(name).filter(|_| unit.text.is_some()).map(|file| file.path.clone());
        let drop_ins = units.drop_ins.get(name).into_iter().flat_map(|all| all.values().map(|(path, _)| path.clone()));
        put_schedule(host, own.into_iter().chain(drop_ins), &mut facts);
    }
}

fn put_schedule(host: &Host, files: impl Iterator<Item = String>, facts: &mut Scope<'_>) {
    let mut times: (Vec<String>, String) = Default::default();
    let mut others: [Option<(String, String)>; OTHERS.len()] = Default::default();
    for path in files {
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&["schedule"], &error);
                continue;
            }
        };
        for (_, key, value) in assignments(&text).into_iter().filter(|(section, ..)| section == "Timer") {
            if TIMES.contains(&key.as_str()) {
                if value.is_empty() {
                    times.0.clear();
                } else {
                    times.0.push(format!("{key}={value}"));
                }
                times.1.clone_from(&path);
            } else if let Some(at) = OTHERS.iter().position(|(name, _)| *name == key)
                && let Some(slot) = others.get_mut(at)
            {
                *slot = (!value.is_empty()).then(|| (value, path.clone()));
            }
        }
    }
    if !times.1.is_empty() {
        facts.put(&["schedule"], Value::list(times.0), &times.1);
    }
    for ((_, name), set) in OTHERS.iter().zip(others) {
        if let Some((value, path)) = set {
            facts.put(&[name], value, &path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn drop_ins_change_when_it_starts() {
        let (_dir, host) = root(&[
            (
                "/usr/lib/systemd/system/apt-daily.timer",
                "[Timer]\nOnCalendar=*-*-* 6,18:00\nRandomizedDelaySec=12h\nPersistent=true\n[Install]\nWantedBy=timers.target\n",
            ),
            (
                "/etc/systemd/system/apt-daily.timer.d/night.conf",
                "[Timer]\nOnCalendar=\nOnCalendar=03:00\nPersistent=\n",
            ),
            ("/usr/lib/systemd/system/other.service", "[Service]\nExecStart=/bin/true\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let mut said = written(&facts);
        said.retain(|line| !line.contains("digest"));
        assert_eq!(
            said,
            [
                "os.timers.\"apt-daily.timer\".enabled = disabled",
                "os.timers.\"apt-daily.timer\".randomized_delay = 12h",
                "os.timers.\"apt-daily.timer\".schedule = [(\"OnCalendar=03:00\")]",
            ]
        );
        assert!(
            facts.problems().iter().all(|(path, problem)| problem.is_not_collected() && path.last() == Some("active"))
        );
    }
}
