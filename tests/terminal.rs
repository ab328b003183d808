//! The explorer and its terminal: the line it is on, the mouse, the clipboard, and every way to an end.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test makes its own files and may fail loudly"
)]

mod support;

use rustix::process::Signal;
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use support::{FRAME_ENDS, Start, Terminal};

const WIDE: (u16, u16) = (120, 40);
const USUAL: (u16, u16) = (80, 24);
const PAIR: [&str; 3] = ["explore", "left.json", "right.json"];

/// Facts of three areas, many of them different, and a secret that is hidden.
fn facts(side: u32) -> Value {
    let many: Map<String, Value> = (0..80).map(|n| (format!("net.key{n:02}"), json!(n * 7 + n % 3 * side))).collect();
    json!({
        "cache": { "policy": if side == 0 { "noeviction" } else { "allkeys-lru" } },
        "env": { "TOKEN": if side == 0 { "[redacted 7f:9f2c00]" } else { "[redacted 7f:41ab00]" } },
        "os": { "sysctl": many, "text": format!("line one\n\tline {side}") },
    })
}

fn files() -> Vec<(&'static str, String)> {
    let file = |label: &str, side| json!({ "driftglass": 1, "meta": { "label": label }, "facts": facts(side) });
    vec![("left.json", file("left", 0).to_string()), ("right.json", file("right", 1).to_string())]
}

#[track_caller]
fn open(size: (u16, u16), env: &[(&str, &str)]) -> Terminal {
    let terminal = Start { size, args: &PAIR, env, files: &files() }.driftglass();
    terminal.sees("? help");
    terminal
}

/// How often bytes stand in what was written.
fn count(terminal: &Terminal, bytes: &str) -> usize {
    let raw = terminal.raw();
    raw.windows(bytes.len()).filter(|window| *window == bytes.as_bytes()).count()
}

/// The line of the screen with the cursor mark, from 0.
#[track_caller]
fn marked(screen: &str) -> usize {
    let at = screen.lines().position(|line| line.starts_with('»') || line.starts_with("->"));
    at.unwrap_or_else(|| panic!("no cursor:\n{screen}"))
}

/// A report of the left button at a place, counted from 1.
fn click(column: u16, row: usize) -> String {
    format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")
}

#[test]
fn the_mouse_is_the_terminals_until_it_is_asked_for() {
    let mut terminal = open(WIDE, &[]);
    assert_eq!(count(&terminal, "\x1b[?1007h"), 1);
    for mode in ["?1000h", "?1002h", "?1003h", "?1006h"] {
        assert_eq!(count(&terminal, mode), 0, "{mode}");
    }
    let screen = terminal.press("m", "mouse: full");
    assert_eq!((count(&terminal, "\x1b[?1002h"), count(&terminal, "\x1b[?1006h")), (1, 1));
    let row = screen.lines().position(|line| line.contains("net.key01")).expect("a row");
    terminal.keys(&click(20, row + 1));
    let screen = terminal.until("the row that was clicked", |screen| marked(screen) == row);
    let branch = screen.lines().position(|line| line.contains("▾ os")).expect("a branch");
    let sign = screen.lines().nth(branch).and_then(|line| line.chars().position(|c| c == '▾')).expect("a sign");
    terminal.keys(&click(sign as u16 + 1, branch + 1));
    terminal.sees("▸ os");
    terminal.keys(&click(sign as u16 + 1, branch + 1));
    let screen = terminal.sees("▾ os");
    let first = screen.lines().nth(3).map(str::to_owned);
    terminal.keys("\x1b[<65;10;10M");
    terminal.until("the view has moved", |screen| screen.lines().nth(3).map(str::to_owned) != first);
    terminal.press("P", "-- any key returns --");
    assert!(terminal.emulator(|screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None));
    terminal.keys("\r");
    terminal.sees("? help");
    terminal.until("the mouse", |_| {
        terminal.emulator(|screen| screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None)
    });
    terminal.press("m", "mouse: off");
    assert!(terminal.emulator(|screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None));
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn over_ssh_the_terminal_takes_a_copy_and_nobody_says_that_it_did() {
    let mut terminal = open(WIDE, &[("SSH_TTY", "/dev/pts/9")]);
    let screen = terminal.press("yl", "sent to the terminal clipboard (OSC 52), 10 bytes");
    assert!(!screen.contains("copied"), "{screen}");
    assert_eq!(count(&terminal, "\x1b]52;c;bm9ldmljdGlvbg==\x1b\\"), 1);
    let kept = terminal.home().join(".local/state/driftglass/last-copy");
    assert_eq!(std::fs::read_to_string(&kept).expect("the last copy"), "noeviction");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&kept).expect("a file").permissions());
    assert_eq!(mode & 0o777, 0o600);
    terminal.press("n", "stop 2/");
    terminal.press("yr", "16 bytes");
    assert_eq!(std::fs::read_to_string(&kept).expect("the last copy"), "[redacted #41ab]");
}

#[test]
fn inside_tmux_a_copy_goes_by_tmux() {
    let mut all = files();
    all.push(("bin/tmux", "#!/bin/sh\necho \"$@\" > arguments\ncat > text\n".to_owned()));
    let env = [("TMUX", "/tmp/tmux-0/default,1,0"), ("SSH_TTY", "/dev/pts/9"), ("PATH", "bin:/usr/bin:/bin")];
    let mut terminal = Start { size: USUAL, args: &PAIR, env: &env, files: &all }.driftglass();
    terminal.sees("? help");
    terminal.press("yp", "handed to tmux (load-buffer -w)");
    let read = |name: &str| std::fs::read_to_string(terminal.home().join(name)).expect("written");
    assert_eq!((read("arguments").trim(), read("text").as_str()), ("load-buffer -w -", "cache.policy"));
    assert_eq!(count(&terminal, "\x1b]52"), 0);
}

#[test]
fn a_scroll_costs_little_and_idleness_nothing() {
    let mut terminal = open(WIDE, &[]);
    terminal.press("nn", "stop 3/");
    let before = terminal.raw().len();
    terminal.press("n", "stop 4/");
    assert!(terminal.raw().len() - before < 500, "a move takes {} bytes", terminal.raw().len() - before);
    // Far enough down that every further row scrolls.
    terminal.keys(&"j".repeat(40));
    let settled = terminal.settled();
    terminal.keys("j");
    terminal.until("a scroll", |_| terminal.raw().len() > settled);
    let cost = terminal.settled() - settled;
    assert!(count(&terminal, "\x1b[M") > 0, "the terminal scrolls");
    assert!(cost < 800, "a scroll takes {cost} bytes");
    let idle = terminal.raw().len();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(terminal.raw().len(), idle);
    // A key that changes nothing writes nothing.
    terminal.press("g", "row 1/");
    let idle = terminal.settled();
    terminal.keys("kkg");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(terminal.raw().len(), idle);
}

#[test]
fn a_slow_line_is_found_out_and_spared() {
    // As a serial console: the line is slow, and says so.
    let script = format!("stty 9600; exec {} explore left.json right.json", env!("CARGO_BIN_EXE_driftglass"));
    let args = ["-c", script.as_str()];
    let start = Start { size: USUAL, args: &args, env: &[], files: &files() };
    let mut terminal = start.run_paced("/bin/sh", Some(960));
    let screen = terminal.sees("slow link: less is drawn (:slow switches)");
    let (from, frames) = (marked(&screen), terminal.frames());
    let row = |screen: &str| {
        let tail = screen.split("row ").nth(1).unwrap_or_default();
        tail.split('/').next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0)
    };
    let begun = row(&screen).max(2);
    terminal.keys(&"j".repeat(40));
    terminal.until("forty rows on", |screen| row(screen) == begun + 40);
    assert!(terminal.frames() - frames <= 3, "{} frames", terminal.frames() - frames);
    assert!(from > 0);
    let before = terminal.settled();
    let ends = |terminal: &Terminal| {
        let raw = terminal.raw();
        raw[before..].windows(FRAME_ENDS.len()).position(|window| window == FRAME_ENDS)
    };
    terminal.keys("k");
    terminal.until("a frame", |_| ends(&terminal).is_some());
    let cost = ends(&terminal).expect("a frame");
    assert!(cost < 150, "a move takes {cost} bytes");
    let idle = terminal.settled();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(terminal.raw().len(), idle);
}

#[test]
fn a_terminal_that_takes_nothing_does_not_keep_the_program() {
    for signal in [Signal::TERM, Signal::HUP] {
        let mut terminal = open(WIDE, &[]);
        terminal.stall(true);
        // Whole screens, until no buffer takes one more.
        for _ in 0..60 {
            terminal.keys("\x0c");
            std::thread::sleep(Duration::from_millis(40));
        }
        let begun = Instant::now();
        terminal.signal(signal);
        let status = terminal.exits();
        assert!(begun.elapsed() < Duration::from_secs(5), "{signal:?}");
        assert_eq!(status.exit_code(), if signal == Signal::TERM { 143 } else { 129 });
        terminal.stall(false);
    }
}

#[test]
fn a_lost_terminal_ends_it_though_hangups_are_ignored() {
    let script = format!("trap '' HUP; exec {} explore left.json right.json", env!("CARGO_BIN_EXE_driftglass"));
    let args = ["-c", script.as_str()];
    let terminal = Start { size: USUAL, args: &args, env: &[], files: &files() }.run("/bin/sh");
    terminal.sees("? help");
    let id = terminal.id();
    let spent = || support::cpu_time(id);
    let before = spent().expect("it runs");
    let begun = Instant::now();
    let mut child = terminal.hang_up();
    let mut last = before;
    while !child.has_ended() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it lives on without a terminal");
        last = spent().unwrap_or(last);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(last - before < Duration::from_secs(1), "it spent {:?}", last - before);
}

#[test]
fn a_panic_leaves_the_terminal_whole_and_a_file_without_values() {
    if !cfg!(debug_assertions) {
        return;
    }
    let mut terminal = open(USUAL, &[]);
    terminal.press(":debug panic worker\r", "filtering failed");
    terminal.press("n", "stop 2/");
    terminal.keys(":debug panic\r");
    terminal.until("the message", |screen| screen.contains("asked for by :debug panic"));
    assert_ne!(terminal.ends().exit_code(), 0);
    assert!(terminal.is_restored());
    let folder = terminal.home().join(".local/state/driftglass");
    let crash = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).find_map(|entry| {
        let is_crash = entry.file_name().to_string_lossy().starts_with("crash-");
        is_crash.then(|| std::fs::read_to_string(entry.path()).expect("reads"))
    });
    let crash = crash.expect("a crash file");
    assert!(crash.contains("src/tui/runtime/perform.rs:") && crash.contains("thread main"), "{crash}");
    assert!(!crash.contains("noeviction") && !crash.contains("asked for"), "{crash}");
}

#[test]
fn without_job_control_a_stop_is_refused_in_words() {
    let mut terminal = open(USUAL, &[]);
    // The program is the first of its session, so no shell would continue it.
    terminal.press("\x1a", "no job control here");
    terminal.press("n", "stop 2/");
}

#[test]
fn options_decide_how_it_opens() {
    let args = [
        "explore",
        "left.json",
        "right.json",
        "--filter",
        "area:cache",
        "--ascii",
        "--layout",
        "unified",
        "--show-same",
        "--mouse",
        "off",
        "--theme",
        "plain",
    ];
    let terminal = Start { size: WIDE, args: &args, env: &[], files: &files() }.driftglass();
    let screen = terminal.sees("filter: area:cache");
    assert!(screen.contains("noeviction -> allkeys-lru") && !screen.contains('│'), "{screen}");
    terminal.until("the mouse is off", |_| count(&terminal, "\x1b[?1007l") == 1);
}

#[test]
fn a_stop_is_announced_in_a_sentence_from_the_first_cell() {
    let mut terminal = open(USUAL, &[("DRIFTGLASS_ANNOUNCE", "1")]);
    let screen = terminal.sees("changed, ");
    let status = |screen: &str| screen.lines().rev().nth(1).unwrap_or_default().to_owned();
    assert!(status(&screen).starts_with("changed, "), "{screen}");
    let before = status(&screen);
    terminal.keys("n");
    let screen =
        terminal.until("the next stop", |screen| status(screen) != before && status(screen).contains(": left "));
    assert!(status(&screen).starts_with("changed, ") || status(&screen).starts_with("only in "), "{screen}");
    terminal.press("g", "branch, ");
    terminal.press(":set announce off\r", "announce = off");
    terminal.press("n", "stop ");
}

#[test]
fn a_long_reading_is_told_and_can_be_stopped() {
    let facts: Map<String, Value> = (0..400)
        .map(|area| (format!("area{area}"), (0..1000).map(|n| (format!("key{n}"), json!(n))).collect()))
        .collect();
    let text = json!({ "driftglass": 1, "meta": { "label": "big" }, "facts": facts }).to_string();
    let files = [("left.json", text.clone()), ("right.json", text)];
    let mut terminal = Start { size: USUAL, args: &PAIR, env: &[], files: &files }.driftglass();
    terminal.sees("loading, ");
    terminal.keys("\x03");
    assert_eq!(terminal.ends().exit_code(), 0);
    assert!(terminal.is_restored());
}

#[test]
fn what_cannot_be_read_is_said_on_the_normal_screen() {
    let args = ["explore", "left.json", "missing.json"];
    let mut terminal = Start { size: USUAL, args: &args, env: &[], files: &files() }.driftglass();
    terminal.sees("missing.json");
    assert_eq!(terminal.ends().exit_code(), 2);
}

#[test]
fn one_side_is_walked_while_the_other_still_loads() {
    // A pipe that brings its snapshot when a file says so: nothing here depends on how fast it is read.
    let script = format!(
        "(while [ ! -e go ]; do sleep 0.02; done; cat right.json) | {} explore left.json -",
        env!("CARGO_BIN_EXE_driftglass")
    );
    for (size, is_touched) in [(WIDE, true), (USUAL, true), (USUAL, false)] {
        let start = Start { size, args: &["-c", &script], env: &[], files: &files() };
        let mut terminal = start.run("/bin/sh");
        terminal.sees("still loading: nothing is compared yet");
        if is_touched {
            terminal.keys("Gl");
            terminal.press("\x1b[B", "── os.sysctl ──");
            terminal.press("/key07\r", "net.key07");
            terminal.press("G", "── os.sysctl.\"net.key07\"");
            assert!(terminal.sees("loading").contains("not collected"));
        }
        std::fs::write(terminal.home().join("go"), "").expect("writes");
        let screen = terminal.misses("loading");
        assert!(screen.contains("left  |  right"), "{screen}");
        if is_touched {
            let screen = terminal.sees("filter: key07");
            assert!(screen.contains("── os.sysctl.\"net.key07\""), "{screen}");
        } else {
            terminal.sees("no filter");
        }
        terminal.keys("q");
        assert_eq!(terminal.ends().exit_code(), 0);
        assert!(terminal.is_restored());
    }
}
