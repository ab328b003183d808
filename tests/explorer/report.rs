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

#[test]
fn the_report_is_read_as_text_and_is_that_of_the_command() {
    let (mut terminal, _) = open(USUAL, &[]);
    terminal.press("/area:env\r", "6 of 15 diffs");
    let screen = terminal.press("5", "[5 Report]");
    assert!(screen.contains("filter: area:env"), "{screen}");
    terminal.until("the text", |s| s.contains("6 of 15 rows") && s.contains("Could not be"));
    terminal.press("ffeature_flags\r", "match 1/1");
    let told = Command::new(env!("CARGO_BIN_EXE_driftglass"))
        .args(["report", PAIR[1], PAIR[2], "--filter", "area:env", "--format", "text", "--output", "-"])
        .env("HOME", terminal.home())
        .env("XDG_CONFIG_HOME", terminal.home())
        .current_dir(terminal.home())
        .output()
        .expect("the command");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let screen = terminal.press("G", "Written by driftglass");
    let shown: Vec<&str> = screen.lines().skip(2).take_while(|line| !line.contains("Written by")).collect();
    let shown = shown.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    assert!(told.contains(shown.trim_end()), "{shown}\n--- of ---\n{told}");
    terminal.press("q", "? help");
}
