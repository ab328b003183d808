//! A report written from the explorer.

use super::{PAIR, USUAL, open};
use std::fs;
use std::process::Command;

#[test]
fn what_is_looked_at_is_written_and_the_command_writes_the_same() {
    let (mut terminal, tree) = open(USUAL, &[]);
    terminal.press("/area:env\r", "6 of 15 diffs");
    terminal.keys("W");
    terminal
        .until("the dialog with its preview", |s| s.contains("what the filter shows: 6 of") && s.contains("# Drift"));
    terminal.press("y", "driftglass report staging.json production.json --filter area:env");
    terminal.press("\r", " 6 rows, ");
    let file = terminal.home().join("drift-staging-production.md");
    let written = fs::read_to_string(&file).expect("the report");
    let told = Command::new(env!("CARGO_BIN_EXE_driftglass"))
        .args(["report", PAIR[1], PAIR[2], "--filter", "area:env", "--format", "markdown", "--output", "told.md"])
        .env("HOME", terminal.home())
        .env("XDG_CONFIG_HOME", terminal.home())
        .current_dir(terminal.home())
        .output()
        .expect("the command");
    let told = fs::read_to_string(terminal.home().join("told.md")).unwrap_or_else(|_| panic!("{told:?}"));
    assert_eq!(written, told);
    // It is not replaced unasked.
    terminal.press("W", "write a report");
    terminal.press("\r", "y replaces it");
    terminal.press("n", "write a report");
    terminal.keys("\u{1b}");
    terminal.until("the tree", |s| !s.contains("write a report"));
    assert!(tree.contains("? help"));
    assert_eq!(fs::read_to_string(&file).expect("the report"), written);
}
