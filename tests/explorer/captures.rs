//! Captures that rest, go on in the background, are stopped or lose their terminal: what they have is kept.

use super::{USUAL, files};
use crate::support::{Start, Terminal};
use rustix::process::Signal;
use std::net::TcpListener;
use std::path::PathBuf;

/// This machine and a file, and a store in the configuration that takes a call and never answers: for some seconds.
#[track_caller]
fn capturing() -> (Terminal, TcpListener) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let store = format!("\"redis://{}\"", silent.local_addr().expect("an address"));
    let mut files = files().to_vec();
    files.push(("driftglass.toml", format!("[watch]\nstores = [{store}]\n")));
    let args = ["explore", "live", "production.json"];
    let terminal = Start { size: USUAL, args: &args, env: &[], files: &files }.driftglass();
    terminal.sees("capturing this machine");
    (terminal, silent)
}

/// Files of the store with this ending.
fn stored(terminal: &Terminal, ending: &str) -> Vec<PathBuf> {
    let folder = terminal.home().join(".local/share/driftglass/snapshots");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

#[test]
fn a_capture_rests_goes_on_in_the_background_and_is_kept() {
    let (mut terminal, _silent) = capturing();
    terminal.press("p", "PAUSED: ");
    terminal.sees("kept as it grows in");
    let parts = stored(&terminal, ".json.part");
    assert_eq!(parts.len(), 1);
    let screen = terminal.press("b", "pick snapshots");
    assert!(screen.contains("2 chosen"), "{screen}");
    terminal.sees("capturing ");
    let screen = terminal.sees("kept as ");
    assert!(!screen.contains("capturing ") && screen.contains("2 chosen"), "{screen}");
    assert_eq!((stored(&terminal, ".part").len(), stored(&terminal, ".json.zst").len()), (0, 1));
    terminal.press("\r", "production REF");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn what_a_stopped_capture_has_is_kept_and_opened() {
    let (mut terminal, _silent) = capturing();
    terminal.press("p", "PAUSED: ");
    terminal.keys("\u{1b}");
    let screen = terminal.sees("production REF");
    assert!(screen.contains("the capture was stopped"), "{screen}");
    assert_eq!(stored(&terminal, ".json.part").len(), 1);
    // What was not captured to its end is in no store: leaving asks.
    terminal.press("q", "leave all the same?");
    terminal.keys("y");
    assert_eq!(terminal.ends().exit_code(), 0);
}

#[test]
fn a_hang_up_leaves_what_a_capture_has_and_ends_none_in_the_background() {
    let (mut terminal, _silent) = capturing();
    terminal.press("p", "PAUSED: ");
    terminal.sees("kept as it grows in");
    terminal.signal(Signal::HUP);
    assert_eq!(terminal.ends().exit_code(), 129);
    assert_eq!(stored(&terminal, ".json.part").len(), 1);

    let (mut terminal, _silent) = capturing();
    terminal.press("b", "pick snapshots");
    terminal.signal(Signal::HUP);
    assert_eq!(terminal.ends().exit_code(), 129);
    assert_eq!((stored(&terminal, ".part").len(), stored(&terminal, ".json.zst").len()), (0, 1));
}

#[test]
fn a_name_chooses_the_row_that_is_there() {
    let script =
        format!("{0} save staging.json 2>/dev/null; exec {0} explore staging", env!("CARGO_BIN_EXE_driftglass"));
    let args = ["-c", script.as_str()];
    let mut terminal = Start { size: USUAL, args: &args, env: &[], files: &files() }.run("/bin/sh");
    let screen = terminal.sees("1 chosen: A staging");
    let others = screen.split("OTHER SOURCES").nth(1).and_then(|rest| rest.lines().nth(1));
    assert!(screen.contains("A* staging") && others.is_some_and(|line| line.contains("this machine")), "{screen}");
    let rows =
        screen.lines().skip_while(|line| !line.contains("OTHER SOURCES")).filter(|line| line.contains("compared"));
    assert_eq!(rows.count(), 1, "{screen}");
    // What the store has not got is the example of that name.
    terminal.keys("+ci\r");
    let screen = terminal.sees("2 chosen: A staging REF, B ci");
    assert!(screen.contains("  B  ci  "), "{screen}");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}
