//! An archive tells the same as the folder that it unpacks to.
#![allow(clippy::disallowed_methods, reason = "a test unpacks its archives")]

use super::{Options, run};
use crate::base::cancel::Cancel;
use crate::base::tally::{Tally, fixtures};
use crate::host::Host;
use crate::model::Snapshot;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn captured(place: &Path) -> Snapshot {
    let host = Host::root(place.to_str().expect("UTF-8")).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
    run(&Arc::new(host), &Options::default(), &Cancel::new(), &mut |_| {})
}

/// Facts, sources and problems as the snapshot's file has them, each with what names it.
fn told(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let mut file = Vec::new();
    crate::format::write(snapshot, &mut file).expect("writes");
    let mut all: serde_json::Value = serde_json::from_slice(&file).expect("JSON");
    all.as_object_mut().expect("an object").remove("meta");
    let mut told = BTreeMap::new();
    gather(&all, "", &mut told);
    told
}

fn gather(value: &serde_json::Value, at: &str, told: &mut BTreeMap<String, String>) {
    match value {
        serde_json::Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| gather(value, &format!("{at}/{key}"), told));
        }
        _ => _ = told.insert(at.to_owned(), value.to_string()),
    }
}

fn unpacked(archive: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let mut tar = Command::new("tar");
    tar.args(["--numeric-owner", "-xpf"]).arg(archive).arg("-C").arg(dir.path());
    assert!(tar.status().expect("tar runs").success(), "{}", archive.display());
    dir
}

fn archives(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            archives(&path, found);
        } else if path.to_string_lossy().contains(".tar.") {
            found.push(path);
        }
    }
}

#[test]
fn fixtures_in_archives_are_read_as_they_are_unpacked() {
    for folder in ["roots", "cpu", "memory", "block", "osdetect"] {
        let Some(place) = fixtures(folder) else { return };
        let mut found = Vec::new();
        archives(&place, &mut found);
        found.sort();
        let mut tally = Tally::new(format!("{folder}: archives as unpacked"));
        for archive in found {
            let name = archive.strip_prefix(&place).expect("inside").display().to_string();
            let (mut packed, dir) = (told(&captured(&archive)), unpacked(&archive));
            for (what, expected) in told(&captured(dir.path())) {
                let got = packed.remove(&what).unwrap_or_default();
                tally.check(format_args!("{name} {what}"), got, expected);
            }
            packed.into_iter().for_each(|(what, got)| tally.check(format_args!("{name} {what}"), got, ""));
        }
        tally.finish();
    }
}
