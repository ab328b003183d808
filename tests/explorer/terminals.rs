//! Terminals of every kind: narrow, without colours, without more than ASCII, changing their size, handed back.

use super::stream::{assert_fits, assert_harmless, colours};
use super::{NARROW, USUAL, WIDE, files, open, selected};
use crate::support::Start;
use rustix::process::Signal;
use std::collections::BTreeSet;

#[test]
fn every_screen_opens_and_closes_on_a_narrow_terminal() {
    let (mut terminal, screen) = open(NARROW, &[]);
    assert!(selected(&screen).contains("256 -> 48"), "{screen}");
    let preview: Vec<&str> = screen.lines().skip_while(|line| !line.starts_with("── ")).collect();
    assert!(preview[1].starts_with(" staging ") && preview[2].starts_with(" production "), "{screen}");
    for (open, shown, close) in [
        ("?", "type to search", "\u{1b}"),
        (":", "Esc", "\u{1b}"),
        ("\r", "[Diff]", "q"),
        ("y", "copy: y row", "\u{1b}"),
        ("t", "states, + shown", "\u{1b}"),
        ("/", "filter>", "\u{1b}"),
        ("2", "[2 Risk]", "1"),
        ("3", "[3 Matrix]", "1"),
        ("4", "[4 Time]", "1"),
        ("6", "[6 Overview]", "1"),
        ("7", "[7 Coverage]", "1"),
        ("a", "accept this difference", "\u{1b}"),
        ("W", "write a report", "\u{1b}"),
    ] {
        terminal.keys(open);
        terminal.until(&format!("{open} shows {shown}"), |now| now != screen && now.contains(shown));
        assert_fits(&terminal, open);
        terminal.keys(close);
        terminal.until(&format!("the tree after {open}"), |now| now == screen);
    }
    assert_harmless(&terminal.raw());
}

#[test]
fn a_storm_of_sizes_changes_nothing() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("nnn", "stop 4/15 ");
    terminal.keys("/area:env");
    let before = terminal.until("the filter", |s| s.contains("filter> area:env ") && s.contains("6 of 15 diffs, 9"));
    let frames = terminal.frames();
    let sizes = [NARROW, (36, 8), USUAL, WIDE];
    for (cols, rows) in sizes.repeat(10) {
        terminal.resize(cols, rows);
    }
    terminal.until("the screen of before", |screen| screen == before);
    terminal.resize(36, 8);
    terminal.until("the least size", |screen| screen.contains("window is 36x8") && screen.contains("needs 40x10"));
    terminal.resize(WIDE.0, WIDE.1);
    terminal.until("the screen of before", |screen| screen == before);
    assert!(terminal.frames() - frames < 25, "{} frames for 42 sizes", terminal.frames() - frames);
    assert_harmless(&terminal.raw());
}

#[test]
fn without_colour_the_text_is_the_same() {
    let (mut coloured, first) = open(USUAL, &[]);
    let (mut plain, second) = open(USUAL, &[("NO_COLOR", "1")]);
    assert_eq!(first, second);
    for terminal in [&mut coloured, &mut plain] {
        terminal.press("nn", "stop 3/15 ");
    }
    let screen = plain.sees("stop 3/15 ");
    assert_eq!(coloured.sees("stop 3/15 "), screen);
    let row = screen.lines().position(|line| line == selected(&screen)).expect("a selection") as u16;
    let reverse = |column| plain.emulator(|s| s.cell(row, column).is_some_and(vt100::Cell::inverse));
    assert!((0..77).all(reverse), "the selection is reverse over its width");
    assert_eq!(colours(&plain), BTreeSet::new());
    assert_ne!(colours(&coloured), BTreeSet::new());
}

#[test]
fn decoration_is_ascii_where_more_is_not_safe() {
    for locale in ["C", "ja_JP.UTF-8"] {
        let (mut terminal, screen) = open(USUAL, &[("LC_ALL", locale)]);
        assert!(selected(&screen).starts_with("->"), "{screen}");
        for (open, close) in [("?", "\u{1b}"), (":", "\u{1b}"), ("\r", "q"), ("/", "\u{1b}")] {
            terminal.keys(open);
            terminal.until(open, |now| now != screen);
            terminal.keys(close);
            terminal.until(&format!("the tree after {open}"), |now| now == screen);
        }
        let raw = terminal.raw();
        let foreign = String::from_utf8_lossy(&raw).chars().find(|c| !c.is_ascii());
        assert_eq!(foreign, None, "with {locale}");
        assert_harmless(&raw);
    }
}

#[test]
fn a_shell_gets_the_terminal_back_and_gives_it_again() {
    let args = ["-i"];
    let mut shell = Start { size: USUAL, args: &args, env: &[("PS1", "ready> ")], files: &files() }.run("/bin/sh");
    shell.sees("ready>");
    let program = env!("CARGO_BIN_EXE_driftglass");
    shell.keys(&format!("{program} explore staging.json production.json\r"));
    shell.sees("? help");
    let before = shell.press("gnnn", "stop 3/15 ");
    shell.keys("\u{1a}");
    shell.until("the shell", |screen| screen.contains("topped") && screen.trim_end().ends_with("ready>"));
    assert!(shell.emulator(|screen| !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()));
    shell.press("echo six is $((2*3))\r", "six is 6");
    assert!(shell.sees("six is 6").contains("echo six is $((2*3))"), "the shell echoes");
    shell.keys("fg\r");
    shell.until("the screen of before", |screen| screen == before);
    shell.press("n", "stop 4/15 ");
    shell.keys("q");
    shell.until("the shell", |screen| screen.trim_end().ends_with("ready>"));
    shell.keys("exit 7\r");
    assert_eq!(shell.ends().exit_code(), 7);
}

#[test]
fn signals_end_it_and_the_terminal_is_handed_back() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let (mut terminal, _) = open(USUAL, &[]);
        terminal.press("/dns", "filter> dns");
        assert!(!terminal.is_restored());
        terminal.signal(signal);
        assert_eq!(terminal.ends().exit_code(), status);
        assert!(terminal.is_restored(), "after {signal:?}");
        assert_harmless(&terminal.raw());
    }
}
