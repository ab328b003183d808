//! Holds the code to ARCHITECTURE.md: floors import downwards only, and third-party crates stay in their rooms.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and reads the sources"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The second floor: what differs, what that means and how it is told, from values alone.
const JUDGEMENT: &[&str] = &[
    "cause",
    "compare",
    "coverage",
    "effective",
    "escape",
    "filter",
    "format",
    "history",
    "meaning",
    "policy",
    "rehearsal",
    "report",
    "review",
    "risk",
];

/// The floors from the ground up. A module sees its own room and the floors below it.
const FLOORS: &[&[&str]] =
    &[&["base"], &["model"], JUDGEMENT, &["host", "capture", "store"], &["reference", "assess"], &["cli", "tui"]];

/// Imports that the floors would allow and the design does not.
const APART: &[(&str, &[&str])] = &[
    ("cli", &["host", "capture", "store"]),
    ("tui", &["host", "capture", "store", "cli"]),
    ("host", &["format", "compare", "effective", "cause", "filter", "report"]),
    ("capture", &["compare", "effective", "cause", "filter", "report", "store"]),
    ("store", &["compare", "effective", "cause", "filter", "report", "capture", "host"]),
];

/// Imports between rooms of one floor.
const BESIDE: &[(&str, &str)] = &[
    ("filter", "compare"),
    ("effective", "compare"),
    ("cause", "compare"),
    ("cause", "effective"),
    ("report", "compare"),
    ("report", "format"),
    ("report", "policy"),
    ("policy", "compare"),
    ("policy", "filter"),
    ("policy", "rehearsal"),
    ("coverage", "compare"),
    ("history", "compare"),
    ("rehearsal", "compare"),
    ("filter", "cause"),
    ("filter", "risk"),
    ("risk", "compare"),
    ("risk", "effective"),
    ("meaning", "cause"),
    ("meaning", "compare"),
    ("meaning", "coverage"),
    ("meaning", "effective"),
    ("meaning", "filter"),
    ("meaning", "risk"),
    ("report", "cause"),
    ("report", "coverage"),
    ("report", "escape"),
    ("report", "effective"),
    ("report", "history"),
    ("report", "meaning"),
    ("report", "risk"),
    ("report", "rehearsal"),
    ("report", "review"),
    ("review", "cause"),
    ("review", "compare"),
    ("review", "meaning"),
    ("review", "policy"),
    ("review", "risk"),
    ("capture", "host"),
    ("assess", "reference"),
    ("cli", "tui"),
];

/// Crates that are kept to some rooms, so that swapping one touches one folder.
const CONFINED: &[(&str, &[&str])] = &[
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_input", &["tui"]),
    ("signal_hook", &["tui", "cli"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli"]),
    ("sysinfo", &["host"]),
    ("netlink_packet_core", &["host"]),
    ("simple_dns", &["host"]),
    ("directories", &["store"]),
    ("tempfile", &["store", "capture"]),
    ("aho_corasick", &["model"]),
    ("memchr", &["capture"]),
    ("getrandom", &["store"]),
    ("similar", &["compare"]),
    ("debversion", &["compare", "capture"]),
    ("semver", &["compare"]),
    ("fuzzy_matcher", &["filter"]),
    ("askama", &["report"]),
    ("csv", &["report"]),
    ("quick_xml", &["report"]),
    ("base64", &["capture", "model"]),
    ("sha2", &["capture"]),
    ("blake3", &["format", "capture", "model", "store", "policy"]),
    ("toml_edit", &["policy"]),
    ("zstd", &["format", "host", "store", "reference"]),
    ("flate2", &["format", "capture", "host"]),
    ("bzip2", &["host"]),
    ("lzma_rust2", &["host"]),
    ("tar", &["host"]),
    ("nginx_lint_parser", &["capture"]),
    ("ini", &["capture", "tui"]),
    ("yaml_rust2", &["base"]),
    ("rustls", &["host"]),
    ("httparse", &["host"]),
    ("x509_parser", &["capture"]),
    ("serde_ignored", &["model"]),
    ("statrs", &["escape"]),
    ("compact_str", &["model"]),
    ("deb822_fast", &["capture"]),
    ("smbioslib", &["capture"]),
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Every source file with its room (the module right below `src`) and its text without comments and test modules.
fn rooms() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 20, "the sources are somewhere else");
    let mut out = Vec::new();
    for path in files {
        let relative = path.strip_prefix(&src).expect("below src");
        let first = relative.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs").to_owned();
        let is_test = relative.file_name().is_some_and(|n| n == "tests.rs" || n == "sample.rs");
        if room == "lib" || room == "main" || is_test {
            continue;
        }
        let text = fs::read_to_string(&path).expect("UTF-8");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text);
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        out.push((relative.to_owned(), room, code.join("\n")));
    }
    out
}

/// Identifiers that follow a prefix, as in `crate::model`; `crate::{a, b}` gives both.
fn following(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let ident = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut part = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(ident(part.trim()));
                        part.clear();
                        continue;
                    }
                    _ => {}
                }
                part.push(c);
            }
            found.insert(ident(part.trim()));
        } else {
            found.insert(ident(rest));
        }
    }
    found.remove("");
    found
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn floors_import_downwards_only() {
    let mut wrong = Vec::new();
    for (path, room, code) in rooms() {
        let own = floor(&room).unwrap_or_else(|| panic!("src/{room} has no floor: ARCHITECTURE.md lists them"));
        for target in following(&code, "crate::") {
            let Some(its) = floor(&target) else { continue };
            let apart = APART.iter().any(|(from, to)| *from == room && to.contains(&target.as_str()));
            let beside = BESIDE.contains(&(room.as_str(), target.as_str()));
            if target != room && (its > own || apart || (its == own && !beside)) {
                wrong.push(format!("{}: crate::{target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that run upwards or across:\n{}", wrong.join("\n"));
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (path, room, code) in rooms() {
        for (name, allowed) in CONFINED {
            let used = code.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if used && !allowed.contains(&room.as_str()) {
                wrong.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "crates outside their rooms:\n{}", wrong.join("\n"));
}

#[test]
fn the_page_names_every_crate_with_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml");
    let mut missing = Vec::new();
    let mut listed = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            listed = line.ends_with("dependencies]");
        } else if let (true, Some((name, _))) = (listed, line.split_once('='))
            && !page.contains(&format!("`{}`", name.trim()))
        {
            missing.push(name.trim().to_owned());
        }
    }
    assert!(missing.is_empty(), "crates without a reason in ARCHITECTURE.md: {missing:?}");
}

#[test]
fn imports_are_found_in_every_form() {
    let code = "use crate::{a::b, c::{d, e}, f};\nlet x = crate::g::h();";
    assert_eq!(following(code, "crate::").into_iter().collect::<Vec<_>>(), ["a", "c", "f", "g"]);
}
