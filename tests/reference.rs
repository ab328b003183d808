//! Holds the vocabulary to what captures have, and the reference page to the vocabulary.
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test reads its own files and may fail loudly")]

use driftglass::base::cancel::Cancel;
use driftglass::capture::{self, Options};
use driftglass::format;
use driftglass::host::Host;
use driftglass::model::vocabulary::Vocabulary;
use driftglass::model::{Snapshot, ValueRef};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn captured(host: Host) -> Snapshot {
    capture::run(&Arc::new(host), &Options::default(), &Cancel::new(), &mut |_| {})
}

/// The paths of a snapshot that no pattern covers, and those without a source.
fn unsaid(name: &str, snapshot: &Snapshot, with_sources: bool) -> Vec<String> {
    let vocabulary = Vocabulary::builtin();
    let mut out = Vec::new();
    for (node, value) in snapshot.facts.leaves().filter(|(_, value)| !matches!(value, ValueRef::Empty)) {
        let path = snapshot.facts.path(node);
        if vocabulary.find(&path).is_none() {
            out.push(format!("{name}: no pattern covers {path}"));
        }
        if with_sources && snapshot.provenance.of(&path).is_none_or(str::is_empty) {
            out.push(format!("{name}: no source is said of {path} = {}", value.plain()));
        }
    }
    out.truncate(20);
    out
}

#[test]
fn every_fact_of_this_machine_has_a_meaning_and_a_source() {
    let unsaid = unsaid("live", &captured(Host::live()), true);
    assert!(unsaid.is_empty(), "{}", unsaid.join("\n"));
}

/// The examples, which are captures of older days: what a path meant it still means.
#[test]
fn every_fact_of_the_examples_has_a_meaning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "json") {
            let loaded = format::read(&std::fs::read(&path).expect("reads")).expect("a snapshot");
            all.extend(unsaid(&path.display().to_string(), &loaded.snapshot, false));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Folders of the shared test data that are roots, and its archives of roots.
#[test]
fn every_fact_of_the_test_data_has_a_meaning_and_a_source() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures");
    let mut roots: Vec<PathBuf> = Vec::new();
    for folder in ["roots", "cpu", "memory", "block", "osdetect"] {
        let Ok(entries) = std::fs::read_dir(fixtures.join(folder)) else { continue };
        roots.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    if roots.is_empty() {
        println!("skipped: no fixtures beside the project");
        return;
    }
    roots.sort();
    let mut all = Vec::new();
    for root in roots {
        // What is no root (lists of what is right) says so.
        if let Some(Ok(host)) = root.to_str().map(Host::root) {
            all.extend(unsaid(&root.display().to_string(), &captured(host), true));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn units_are_those_that_the_keys_name() {
    let mut wrong = Vec::new();
    for entry in Vocabulary::builtin().entries() {
        if let (Some(said), Some(named)) = (&entry.unit, entry.unit_of_key())
            && said != named
        {
            wrong.push(format!("{}: unit {said}, the key says {named}", entry.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `UPDATE=1 cargo test --test reference` writes the page anew; so does `driftglass man --facts > docs/facts.md`.
#[test]
fn the_reference_page_is_made_from_the_vocabulary() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/facts.md");
    let made = Vocabulary::builtin().reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&page, &made).expect("writes");
    }
    let kept = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(kept == made, "docs/facts.md is stale: `driftglass man --facts > docs/facts.md` makes it anew");
}

/// As with the facts: `UPDATE=1 cargo test --test reference`, or `driftglass man --rules > docs/rules.md`.
#[test]
fn the_page_of_rules_is_made_from_the_rules() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let output = assert_cmd::Command::cargo_bin("driftglass").expect("built").args(["man", "--rules"]).output();
    let made = String::from_utf8(output.expect("runs").stdout).expect("UTF-8");
    assert!(made.contains("glibc-collation"), "{made}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&page, &made).expect("writes");
    }
    let kept = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(kept == made, "docs/rules.md is stale: `driftglass man --rules > docs/rules.md` makes it anew");
}
