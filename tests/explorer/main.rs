//! The explorer as a user meets it: in a terminal of its own, by keys, by what is on the screen, and byte for byte.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test makes its own files and may fail loudly"
)]

mod captures;
mod details;
mod filters;
mod history;
mod matrix;
mod policy;
mod report;
mod review;
mod ssh;
mod stream;
#[path = "../support/mod.rs"]
mod support;
mod terminals;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stream::{assert_fits, assert_harmless};
use support::{Start, Terminal};

const WIDE: (u16, u16) = (120, 40);
const USUAL: (u16, u16) = (80, 24);
const NARROW: (u16, u16) = (60, 20);
const PAIR: [&str; 3] = ["explore", "staging.json", "production.json"];

/// 240 characters; the first difference between two is at column 180.
fn long(flag: &str) -> String {
    let text = format!("{:y<165}new_checkout=o{flag},tax_v2=on,", "feature=");
    format!("{text:z<240}")
}

fn snapshot(label: &str, facts: &Value, problems: &Value) -> String {
    let meta = json!({ "label": label, "captured_at": "2026-01-31T12:00:00Z", "host": label, "role": label });
    json!({ "driftglass": 1, "meta": meta, "facts": facts, "problems": problems }).to_string()
}

fn staging() -> String {
    let facts = json!({
        "cache": { "maxmemory": 256, "policy": "noeviction" },
        "dns": { "nameservers": { "1": "127.0.0.53", "2": "10.0.0.1" }, "options": "edns0" },
        "env": { "EMPTY": "", "FEATURE_FLAGS": long("n"), "GONE": "here", "NULL": null, "TOKEN": "[redacted 7f:9f2c00]",
                 "UNREAD": "here" },
        "os": { "release": "6.1.0", "sysctl": { "fs.file-max": 9_223_372_036_854_775_807_u64, "kernel.same": 1,
                "net.core.somaxconn": 4096, "vm.swappiness": 60 }, "zone": "Europe/Berlin" },
        "tls": { "one": 1, "two": 2 },
    });
    snapshot("staging", &facts, &json!({}))
}

fn production() -> String {
    let facts = json!({
        "cache": { "maxmemory": 48, "policy": "allkeys-lru" },
        "dns": { "nameservers": { "1": "10.20.0.2", "2": "10.0.0.1", "3": "10.20.0.3" }, "options": "edns0" },
        "env": { "EMPTY": "full", "FEATURE_FLAGS": long("ff"), "NULL": 0, "TOKEN": "[redacted 7f:41ab00]" },
        "os": { "release": "5.15.0", "sysctl": { "fs.file-max": 1_048_576, "kernel.same": 1,
                "net.core.somaxconn": 128, "vm.swappiness": 10 }, "zone": "UTC" },
        "tls": { "one": 1, "two": 2 },
    });
    snapshot("production", &facts, &json!({ "env.UNREAD": "permission denied: /proc/1/environ" }))
}

/// Keys and values that try to reach the terminal.
fn hostile(label: &str, end: &str) -> String {
    let clipboard = "\u{1b}]52;c;cHduZWQ=\u{7}";
    let facts = json!({ "zone": {
        format!("bell\u{7}"): format!("ding\u{7}{end}"),
        format!("clip{clipboard}"): format!("{clipboard}{end}"),
        "colour\u{1b}[31m\u{9b}5n": format!("\u{1b}[41mred\u{1b}[6n\u{1b}c{end}"),
        "return\r\nnew": format!("one\rtwo\n{end}"),
        "reverse\u{202e}": format!("\u{202e}drawkcab{end}"),
        "tabbed": if end == "1" { "a\tb" } else { "ab" },
        "title\u{1b}]0;owned\u{7}": format!("\u{1b}]2;owned\u{1b}\\{end}"),
        "zero\u{200b}width": format!("ze\u{200b}ro{end}"),
    } });
    snapshot(label, &facts, &json!({}))
}

fn files() -> [(&'static str, String); 2] {
    [("staging.json", staging()), ("production.json", production())]
}

/// The explorer on both snapshots, once it has drawn.
#[track_caller]
fn open_untouched(size: (u16, u16), env: &[(&str, &str)]) -> (Terminal, String) {
    let terminal = Start { size, args: &PAIR, env, files: &files() }.driftglass();
    // The differences are judged after the first frame: the title then has the worst bands.
    let screen = terminal.until("the tree, judged", |s| {
        s.contains("? help") && s.contains(" diffs H1") && s.contains("net.core.somaxconn")
    });
    (terminal, screen)
}

/// As [`open_untouched`], at the first difference.
fn open(size: (u16, u16), env: &[(&str, &str)]) -> (Terminal, String) {
    let (mut terminal, _) = open_untouched(size, env);
    let screen = terminal.press("gn", "stop 1/15 ");
    (terminal, screen)
}

/// The row with the cursor mark, if the screen has one.
fn selected_or_none(screen: &str) -> Option<&str> {
    screen.lines().skip(2).find(|line| line.starts_with("->") || line.starts_with('»'))
}

/// The row with the cursor mark.
#[track_caller]
fn selected(screen: &str) -> &str {
    selected_or_none(screen).unwrap_or_else(|| panic!("no cursor:\n{screen}"))
}

/// The path of the selection, from the rule above the preview.
#[track_caller]
fn path(screen: &str) -> &str {
    let rule = screen.lines().find_map(|line| line.strip_prefix("── ").or(line.strip_prefix("-- ")));
    rule.unwrap_or_else(|| panic!("no path:\n{screen}")).trim_end_matches(['─', '-', ' '])
}

/// How many differences the title tells.
#[track_caller]
fn found(screen: &str) -> usize {
    let title = screen.lines().next().unwrap_or_default();
    let number = title.split(" diffs").next().and_then(|head| head.split(' ').next_back());
    number.and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no count:\n{screen}"))
}

/// Walks over all differences and back over one.
fn walk(terminal: &mut Terminal, screen: &str) {
    let all = found(screen);
    assert!(all >= 10, "{screen}");
    for stop in 2..=all {
        let screen = terminal.press("n", &format!("stop {stop}/{all} "));
        let sign = selected(&screen).chars().nth(3).unwrap_or(' ');
        assert!("~<>?".contains(sign), "{sign:?} on {screen}");
        assert!(!selected(&screen).contains(['▾', '▸']), "a branch is no stop:\n{screen}");
        if stop == 10 {
            terminal.press("N", &format!("stop 9/{all} "));
            terminal.press("n", &format!("stop 10/{all} "));
        }
    }
    let screen = terminal.press("n", "wrapped to the first");
    assert!(screen.contains(&format!("stop 1/{all} ")), "{screen}");
}

#[test]
fn it_opens_on_the_worst_difference_and_asks_the_terminal_nothing() {
    for size in [WIDE, USUAL] {
        let (mut terminal, screen) = open_untouched(size, &[]);
        for text in ["staging  |  production", "15 diffs H1 M1", "production REF", "0 hidden", "stop 13/15 "] {
            assert!(screen.contains(text), "{text} on\n{screen}");
        }
        assert_eq!(path(&screen), "os.sysctl.\"net.core.somaxconn\"");
        assert!(selected(&screen).contains("4096"), "{screen}");
        assert!(screen.lines().last().is_some_and(|line| line.contains("? help")), "{screen}");
        assert_fits(&terminal, "the tree");
        terminal.keys("q");
        assert_eq!(terminal.ends().exit_code(), 0);
        assert!(terminal.is_restored());
        assert_harmless(&terminal.raw());
    }
}

#[test]
fn both_value_columns_have_the_same_width() {
    let (_terminal, screen) = open(USUAL, &[]);
    let row: Vec<char> = selected(&screen).chars().collect();
    let rules: Vec<usize> = (0..row.len()).filter(|i| row[*i] == '│').collect();
    let edge = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(edge <= 80, "{screen}");
    let [left, right, ..] = rules[..] else { panic!("no columns:\n{screen}") };
    let head = screen.lines().nth(2).unwrap_or_default();
    assert_eq!(head.chars().position(|c| c == '│'), Some(left), "{screen}");
    // The right column ends before the gap, the thumb and the minimap.
    let widths = (right - left - 2, 80 - 3 - right - 2);
    assert!(widths.0.abs_diff(widths.1) <= 1, "{widths:?}\n{screen}");
}

#[test]
fn a_walk_meets_every_difference_and_opens_what_is_folded() {
    for size in [WIDE, USUAL] {
        let (mut terminal, screen) = open(size, &[]);
        walk(&mut terminal, &screen);
        terminal.press("C", "▸ os");
        let screen = terminal.press("N", "stop 15/15 ");
        assert!(screen.contains("wrapped to the last"), "{screen}");
        assert_eq!(path(&screen), "os.zone");
        assert!(screen.contains("▾ os"), "{screen}");
    }
}

#[test]
fn the_difference_between_long_values_is_in_view() {
    assert_eq!((long("n").len(), long("ff").len()), (240, 240));
    let (mut terminal, _) = open(USUAL, &[]);
    let shows_it = |screen: &str| selected(screen).contains("t=on,") && selected(screen).contains("t=off,");
    terminal.press("fFEATURE\r", "stop 1/1 matches of");
    terminal.keys("\u{1b}");
    let screen = terminal.misses("matches of");
    assert!(path(&screen) == "env.FEATURE_FLAGS" && shows_it(&screen), "{screen}");
    assert_eq!(selected(&screen).matches("│ ..").count(), 2, "{screen}");
    terminal.press("0", "col 1");
    let screen = terminal.until("values from their start", |screen| !shows_it(screen));
    assert_eq!(selected(&screen).matches("│ feature=y").count(), 2, "{screen}");
    let screen = terminal.press(">", "col 11");
    let cells: Vec<&str> = selected(&screen).split('│').skip(1).map(|cell| cell.trim()).collect();
    assert!(cells[0].starts_with("..yy") && cells[1].starts_with(cells[0]), "{screen}");
    terminal.keys("$");
    terminal.until("the difference", shows_it);
    let screen = terminal.press("w", "staging: feature=y");
    let preview = screen.lines().skip_while(|line| !line.starts_with("── "));
    let text: String = preview.map(|line| line.trim().to_owned()).collect();
    assert!(text.contains(&long("n")) && text.contains(&long("ff")), "{screen}");
    assert_fits(&terminal, "wrapped values");
}

#[test]
fn five_kinds_of_nothing_are_told_apart() {
    let (mut terminal, _) = open(WIDE, &[]);
    let screen = terminal.press("/area:env\r", "stop 1/6 ");
    let row = |key: &str| screen.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("{key}\n{screen}"));
    for (key, sign, value) in [
        ("EMPTY", '~', "\"\""),
        ("GONE", '<', "(absent)"),
        ("NULL", '~', "null"),
        ("TOKEN", '~', "[redacted #9f2c]"),
        ("UNREAD", '?', "(permission denied: /proc"),
    ] {
        assert_eq!(row(key).chars().nth(3), Some(sign), "{key}\n{screen}");
        assert!(row(key).contains(value), "{key}\n{screen}");
    }
    // The same in CSV: five different cells.
    let folder = terminal.home().to_owned();
    let diff = std::process::Command::new(env!("CARGO_BIN_EXE_driftglass"))
        .args(["diff", "staging.json", "production.json", "--format", "csv", "--filter", "area:env"])
        .current_dir(&folder)
        .env("HOME", &folder)
        .output()
        .expect("runs");
    let text = String::from_utf8(diff.stdout).expect("UTF-8");
    let keys = ["EMPTY", "GONE", "NULL", "TOKEN", "UNREAD"];
    let line = |key: &str| text.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("{key} in {text}"));
    let cells: BTreeSet<String> = keys.iter().map(|key| line(key).replace(key, "")).collect();
    assert_eq!(cells.len(), keys.len(), "{text}");
}

#[test]
fn hostile_values_never_reach_the_terminal() {
    let files = [("staging.json", hostile("staging", "1")), ("production.json", hostile("production", "2"))];
    let mut terminal = Start { size: WIDE, args: &PAIR, env: &[], files: &files }.driftglass();
    let screen = terminal.sees("? help");
    for text in ["bell\\x07", "\\e]52;c;cHduZWQ=\\x07", "<U+202E>drawkcab", "one\\rtwo\\n", "a\\tb", "ze<U+200B>ro"] {
        assert!(screen.contains(text), "{text} on\n{screen}");
    }
    terminal.press("ftabbed\r", "(differs in invisible characters)");
    terminal.press("\r", "back");
    terminal.press("q", "(differs in invisible characters)");
    // Every value in detail, and what is printed on the normal screen.
    for _ in 0..8 {
        let frames = terminal.frames();
        terminal.keys("]\r");
        terminal.until("an answer", |_| terminal.frames() > frames);
    }
    terminal.press("P", "-- any key returns --");
    terminal.keys("\r");
    terminal.until("the explorer", |_| terminal.emulator(vt100::Screen::alternate_screen));
    terminal.keys("\u{3}");
    terminal.sees("? help");
    terminal.signal(Signal::TERM);
    terminal.ends();
    assert_harmless(&terminal.raw());
}
