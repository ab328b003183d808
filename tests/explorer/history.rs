//! The history in the explorer: from snapshots in the store, with the tree of an earlier date.

use super::stream::{assert_fits, assert_harmless};
use super::{NARROW, USUAL, WIDE};
use crate::support::{Start, Terminal};
use std::process::Command;

/// The explorer on the newest of three dates in the store: `app.limit` diverged on the last, `app.pool` healed.
fn open(size: (u16, u16)) -> Terminal {
    let dates = [("2026-08-01", (1, 5), (1, 9)), ("2026-09-01", (1, 5), (1, 9)), ("2026-10-01", (1, 9), (2, 9))];
    let mut files = Vec::new();
    for (day, staging, production) in dates {
        for (label, (limit, pool)) in [("staging", staging), ("production", production)] {
            let text = format!(
                r#"{{"driftglass":1,"meta":{{"label":"{label}","captured_at":"{day}T10:00:00Z","host":"{label}"}},
                "facts":{{"app":{{"limit":{limit},"pool":{pool},"calm":7}}}},"provenance":{{"app":"/etc/app.conf"}}}}"#
            );
            files.push((format!("{label}-{day}.json"), text));
        }
    }
    let borrowed: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    // The shell puts them in the store of the test's own home first.
    let script = format!(
        "for file in staging-*.json production-*.json; do {0} save $file 2>/dev/null; done; exec {0} explore staging production",
        env!("CARGO_BIN_EXE_driftglass")
    );
    let args = ["-c", script.as_str()];
    let terminal = Start { size, args: &args, env: &[], files: &borrowed }.run("/bin/sh");
    terminal.sees("? help");
    terminal
}

#[test]
fn b_tells_since_when_and_enter_shows_the_date() {
    for size in [WIDE, USUAL, NARROW] {
        let mut terminal = open(size);
        terminal.press("flimit\r", "1/1 matches of");
        let screen = terminal.press("b", "blame app.limit");
        assert!(screen.contains("[4 Time]") && screen.contains("2026-10-01  production  1 -> 2"), "{screen}");
        assert_fits(&terminal, "the history");
        terminal.press("<", "date 2/3 2026-09-01");
        terminal.press("\r", "AS OF 2026-09-01");
        assert_fits(&terminal, "an earlier date");
        let screen = terminal.press("q", "[4 Time]");
        assert!(screen.contains("date 2/3"), "{screen}");
        terminal.keys("1");
        terminal.misses("[4 Time]");
        // The find is taken back first.
        terminal.keys("qq");
        assert!(terminal.exits().success());
        assert_harmless(&terminal.raw());
    }
}

#[test]
fn one_snapshot_of_each_says_what_would_make_a_history() {
    let (mut terminal, _) = super::open(USUAL, &[]);
    let screen = terminal.press("4", "Only one snapshot of each side; a second capture makes this screen useful.");
    assert!(screen.contains("driftglass capture --label staging"), "{screen}");
    terminal.press("+", ": add live");
    terminal.keys("\u{1b}");
    terminal.misses(": add live");
    terminal.keys("qq");
    assert!(terminal.exits().success());
}

#[test]
fn the_same_is_told_without_a_screen() {
    let mut terminal = open(USUAL);
    terminal.keys("q");
    assert!(terminal.exits().success());
    let log = Command::new(env!("CARGO_BIN_EXE_driftglass"))
        .args(["log", "staging", "production"])
        .env_clear()
        .env("HOME", terminal.home())
        .current_dir(terminal.home())
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&log.stdout).into_owned();
    assert!(log.status.success() && text.contains("app.limit  ==~  new     production: 1 -> 2"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}
