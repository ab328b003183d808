//! `libraries.packages.snap`: what snapd has installed. Its own state can be read by root only; the folders and the
//! snaps' own `meta/snap.yaml` tell the rest, and `snap list` in a support archive.

use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host};
use serde_json::Value as Json;
use std::collections::BTreeMap;

const STATE: &str = "/var/lib/snapd/state.json";

/// snapd's state of a machine with fifty snaps has 200 kB, with its changes some megabytes.
const CAP: u64 = 64 << 20;

/// Reads the folders, or the listing where there are none.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let state = host.read_up_to(STATE, CAP).ok().and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok());
    let state = state.as_ref().and_then(|state| state.pointer("/data/snaps"));
    let mut facts = facts.at(&["libraries", "packages", "snap"]);
    let mut is_empty = true;
    for folder in ["/snap", "/var/lib/snapd/snap"] {
        let entries = match host.list(folder) {
            Ok(entries) => entries,
            Err(error) => {
                facts.unread(&[], &error);
                continue;
            }
        };
        for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Folder) {
            let current = format!("{folder}/{}/current", entry.name);
            // `bin`, and what is switched off or left over.
            let Ok(revision) = host.link(&current) else { continue };
            is_empty = false;
            let mut facts = facts.at(&[&entry.name]);
            facts.put(&["revision"], revision, &current);
            let path = format!("{current}/meta/snap.yaml");
            match host.text(&path) {
                Ok(text) => of_meta(&text, &path, &mut facts),
                Err(error) => facts.unread(&["version"], &error),
            }
            if let Some(state) = state.and_then(|snaps| snaps.get(&entry.name)) {
                let text = |key: &str| state.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
                facts.put_some(&["channel"], text("channel"), STATE);
                if text("refresh-hold").or(text("hold")).is_some() {
                    facts.put(&["held"], true, STATE);
                }
            }
        }
    }
    if is_empty {
        listed(host, &mut facts);
    }
}

/// What stands at the top of a snap.yaml and has one line: version, architectures.
fn of_meta(text: &str, path: &str, facts: &mut Scope<'_>) {
    let plain = |value: &str| value.trim().trim_matches(['\'', '"']).to_owned();
    let top = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    facts.put_some(&["version"], top("version").map(plain).filter(|text| !text.is_empty()), path);
    let Some(inline) = top("architectures") else { return };
    let list: Vec<String> = match inline.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => list.split(',').map(plain).collect(),
        None => {
            let lines = text.lines().skip_while(|line| !line.starts_with("architectures:")).skip(1);
            lines.map_while(|line| line.trim_start().strip_prefix("- ")).map(plain).collect()
        }
    };
    if !list.is_empty() {
        facts.put(&["architecture"], list.join(" "), path);
    }
}

/// `snap list --all`: Name, Version, Rev, Tracking, Publisher, Notes; revisions that are switched off come too.
fn listed(host: &Host, facts: &mut Scope<'_>) {
    let Some(output) = host.recorded("snap list --all").or_else(|| host.recorded("snap list")) else { return };
    let mut lines = output.text.lines();
    let Some(head) = lines.find(|line| line.starts_with("Name ")) else { return };
    let columns: Vec<&str> = head.split_whitespace().collect();
    let mut current = BTreeMap::new();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let word = |column: &str| columns.iter().position(|c| *c == column).and_then(|at| words.get(at).copied());
        let notes = words.last().copied().unwrap_or_default();
        if words.len() < columns.len() || notes.split(',').any(|note| note == "disabled") {
            continue;
        }
        let held = notes.split(',').any(|note| note == "held");
        current.insert(word("Name").unwrap_or_default(), (word("Version"), word("Rev"), word("Tracking"), held));
    }
    for (name, (version, revision, channel, held)) in current {
        let mut facts = facts.at(&[name]);
        facts.put_some(&["version"], version, &output.source);
        facts.put_some(&["revision"], revision, &output.source);
        // `latest/stable/…` where the listing was cut to a terminal's width.
        facts.put_some(&["channel"], channel.map(|text| text.trim_end_matches(['…', '/'])), &output.source);
        if held {
            facts.put(&["held"], true, &output.source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;

    #[test]
    fn the_current_revision_is_told() {
        let root = Root::new(&[
            ("/snap/lxd/100/meta/snap.yaml", "name: lxd\nversion: '4.0'\narchitectures: [amd64, arm64]\n"),
            ("/snap/lxd/99/meta/snap.yaml", "version: '3'\n"),
            ("/snap/bin/lxc", ""),
            (STATE, r#"{"data":{"snaps":{"lxd":{"channel":"4.0/stable","refresh-hold":"2300-01-01T00:00:00Z"}}}}"#),
        ])
        .link("/snap/lxd/current", "100");
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.snap.lxd.{path}")).cloned();
        assert_eq!((fact("version"), fact("revision")), (Some("4.0".into()), Some("100".into())));
        assert_eq!((fact("channel"), fact("held")), (Some("4.0/stable".into()), Some(true.into())));
        assert_eq!(fact("architecture"), Some("amd64 arm64".into()));
        assert_eq!(facts.len(), 5);
    }

    #[test]
    fn an_archive_has_the_listing() {
        let list = "Name   Version   Rev    Tracking       Publisher   Notes\ncore20 20220114  1328   latest/stable  canonical✓  base\n\
                    lxd    4.0.8     22340  4.0/stable/…   canonical✓  disabled\nlxd    4.0.9     22358  4.0/stable/…   canonical✓  -\n";
        let facts = Root::new(&[("/sos_commands/snap/snap_list_--all", list)]).probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.snap.{path}")).cloned();
        assert_eq!((fact("lxd.version"), fact("lxd.channel")), (Some("4.0.9".into()), Some("4.0/stable".into())));
        assert_eq!(fact("core20.revision"), Some("1328".into()));
        assert_eq!(facts.len(), 6);
    }

    #[test]
    fn fixtures_of_snaps_are_read() {
        let Some(folder) = fixtures("packages/scalibr/snap") else { return };
        let mut tally = Tally::new("packages/scalibr/snap");
        let known = "16-2.61.4-20240607";
        for (file, version, architecture) in [
            ("single-arch.yaml", known, "amd64"),
            ("multi-arch.yaml", known, "amd64 arm64"),
            ("missing-name.yaml", known, "amd64"),
            ("invalid", "", ""),
        ] {
            #[allow(clippy::disallowed_methods, reason = "a test reads its fixture")]
            let text = std::fs::read_to_string(folder.join(file)).expect("readable");
            let root = Root::new(&[("/snap/core/1/meta/snap.yaml", &text)]).link("/snap/core/current", "1");
            let facts = root.probe(probe);
            for (key, known) in [("version", version), ("architecture", architecture)] {
                let told = facts.get(&format!("libraries.packages.snap.core.{key}")).cloned();
                let known = (!known.is_empty()).then(|| crate::model::Value::from(known));
                tally.agree(format!("{file} {key}"), told == known, format!("{told:?}"));
            }
        }
        tally.finish();
    }
}
