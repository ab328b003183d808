//! The explorer as a user meets it: in a terminal of its own, by keys, by what is on the screen, and byte for byte.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test makes its own files and may fail loudly"
)]

mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
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
fn open(size: (u16, u16), env: &[(&str, &str)]) -> (Terminal, String) {
    let terminal = Start { size, args: &PAIR, env, files: &files() }.driftglass();
    let screen = terminal.sees("? help");
    (terminal, screen)
}

/// The row with the cursor mark.
#[track_caller]
fn selected(screen: &str) -> &str {
    let mut lines = screen.lines().skip(2);
    lines.find(|line| line.starts_with("->") || line.starts_with('»')).unwrap_or_else(|| panic!("no cursor:\n{screen}"))
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

/// The control sequences in what was written, by their form without numbers, and the text between them.
fn dissect(raw: &[u8]) -> (BTreeSet<String>, String) {
    let text = String::from_utf8(raw.to_vec()).expect("UTF-8");
    let (mut sequences, mut plain) = (BTreeSet::new(), String::new());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            plain.push(c);
            continue;
        }
        let mut sequence = String::from("ESC");
        let kind = chars.next().expect("a whole sequence");
        sequence.push(kind);
        if kind == '[' {
            // A control sequence ends with its final byte. Any other is not on the list, whatever follows.
            for c in chars.by_ref() {
                sequence.push(c);
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        }
        sequences.insert(sequence);
    }
    (sequences, plain)
}

/// Fails when anything was written that is not for drawing, or that asks the terminal something.
#[track_caller]
fn assert_harmless(raw: &[u8]) {
    let modes = ["?1049", "?1002", "?1006", "?1007", "?2004", "?2026", "?25"];
    let (sequences, plain) = dissect(raw);
    for sequence in sequences {
        let body = sequence.strip_prefix("ESC[").unwrap_or_else(|| panic!("{sequence} is no control sequence"));
        let (parameters, last) = body.split_at(body.len() - 1);
        let allowed = match last {
            "h" | "l" => modes.contains(&parameters),
            "H" | "m" | "J" | "K" | "C" | "X" | "L" | "M" | "r" => {
                parameters.chars().all(|c| c.is_ascii_digit() || c == ';')
            }
            _ => false,
        };
        assert!(allowed, "{sequence} is written");
    }
    let control = plain.chars().find(|c| c.is_control() && !['\r', '\n', '\t'].contains(c));
    assert_eq!(control, None, "a control character is written");
    assert!(!plain.contains(['\u{202e}', '\u{200b}']), "text is reordered or hidden");
}

/// The numbers with which colours were set, but those of the terminal's own (ECMA-48, 8.3.117).
fn colours(terminal: &Terminal) -> BTreeSet<u32> {
    let (sequences, _) = dissect(&terminal.raw());
    let styles = sequences.iter().filter_map(|sequence| sequence.strip_prefix("ESC[")?.strip_suffix('m'));
    let numbers = styles.flat_map(|style| style.split(';')).filter_map(|number| number.parse().ok());
    numbers.filter(|number| *number >= 30 && ![39, 49, 59].contains(number)).collect()
}

/// Fails when a line did not fit.
#[track_caller]
fn assert_fits(terminal: &Terminal, what: &str) {
    let wrapped = terminal.emulator(|screen| (0..screen.size().0).find(|row| screen.row_wrapped(*row)));
    assert_eq!(wrapped, None, "a line is too long: {what}");
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
fn it_opens_on_the_first_difference_and_asks_the_terminal_nothing() {
    for size in [WIDE, USUAL] {
        let (mut terminal, screen) = open(size, &[]);
        for text in ["staging  |  production", "15 diffs ~12 <1 >1 ?1", "production REF", "0 hidden", "stop 1/15 "] {
            assert!(screen.contains(text), "{text} on\n{screen}");
        }
        assert_eq!(path(&screen), "cache.maxmemory");
        assert!(selected(&screen).contains("256"), "{screen}");
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
fn a_filter_holds_while_it_is_typed_and_esc_takes_it_back() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("nnnn", "stop 5/15 ");
    let before = terminal.press("}", "stop 10/15 ");
    terminal.keys("/area:dns");
    let screen = terminal.sees("2 of 15 diffs, 13 hidden");
    assert!(screen.contains("filter> area:dns"), "{screen}");
    for line in screen.lines().skip(3).take_while(|line| !line.starts_with("──")) {
        assert!(!["cache", "env", "os", "somaxconn"].iter().any(|other| line.contains(other)), "{screen}");
    }
    terminal.keys("\u{1b}");
    terminal.until("the screen of before", |screen| screen == before);
}

#[test]
fn a_kept_filter_is_switched_and_the_selection_stays() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("/area:dns\r", "2 of 15 diffs");
    let screen = terminal.press("n", "stop 2/2 ");
    let chosen = path(&screen).to_owned();
    assert_eq!(chosen, "dns.nameservers.3");
    let screen = terminal.press("\\", "filter off (\\): area:dns");
    assert_eq!(path(&screen), chosen);
    assert!(screen.contains("15 of 15 diffs, 0 hidden"), "{screen}");
    let screen = terminal.press("\\", "filter: area:dns");
    assert_eq!(path(&screen), chosen);
    // Esc is followed by another key in its own time, or both would be read as one.
    terminal.keys("\u{1b}");
    std::thread::sleep(std::time::Duration::from_millis(50));
    let screen = terminal.press("N", "stop 1/2 ");
    assert!(screen.contains("filter: area:dns") && screen.contains("2 of 15 diffs"), "{screen}");
}

#[test]
fn a_wrong_filter_says_what_would_be_right() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("/is:left", "1 of 15 diffs");
    terminal.press("\u{15}is:chan", "one of diff same changed");
    let screen = terminal.press("\r", "FILTER");
    assert!(screen.contains("filter> is:chan"), "{screen}");
    assert!(screen.contains("one of diff same changed"), "{screen}");
    let screen = terminal.press("ged", "12 of 15 diffs, 3 hidden");
    assert!(!screen.contains("one of diff"), "{screen}");
    terminal.press("\r", "filter: is:changed");
}

#[test]
fn nothing_found_says_which_part_hides_what() {
    let (mut terminal, _) = open(USUAL, &[]);
    terminal.keys("/area:dns is:changed side:left depth:1\r");
    let screen = terminal.sees("Nothing matches");
    assert!(screen.contains("15 differences are hidden"), "{screen}");
    assert_eq!(screen.lines().filter(|line| line.starts_with("   without ")).count(), 4, "{screen}");
    assert!(screen.contains("without depth:1  1 rows"), "{screen}");
    assert!(screen.contains("without area:dns  0 rows"), "{screen}");
    terminal.press("\\", "15 of 15 diffs, 0 hidden");
}

#[test]
fn the_selection_survives_a_filter_that_hides_it() {
    let (mut terminal, _) = open(WIDE, &[]);
    terminal.press("fsomaxconn\r", "stop 1/1 matches of");
    terminal.keys("\u{1b}");
    let before = terminal.misses("matches of");
    assert_eq!(path(&before), "os.sysctl.\"net.core.somaxconn\"");
    let screen = terminal.press("/area:cache\r", "(filtered)");
    assert!(path(&screen).starts_with("cache."), "{screen}");
    let screen = terminal.press("\\", "filter off");
    let line = |screen: &str| screen.lines().position(|line| line == selected(screen));
    assert_eq!(path(&screen), path(&before));
    assert_eq!(line(&screen), line(&before), "{screen}");
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
    terminal.press("P", "-- Enter returns --");
    terminal.keys("\r");
    terminal.until("the explorer", |_| terminal.emulator(vt100::Screen::alternate_screen));
    terminal.keys("\u{3}");
    terminal.sees("? help");
    terminal.signal(Signal::TERM);
    terminal.ends();
    assert_harmless(&terminal.raw());
}

#[test]
fn every_screen_opens_and_closes_on_a_narrow_terminal() {
    let (mut terminal, screen) = open(NARROW, &[]);
    assert!(selected(&screen).contains("256 -> 48"), "{screen}");
    let preview: Vec<&str> = screen.lines().skip_while(|line| !line.starts_with("── ")).collect();
    assert!(preview[1].starts_with(" staging ") && preview[2].starts_with(" production "), "{screen}");
    for (open, shown, close) in [
        ("?", "type to search", "\u{1b}"),
        (":", "Esc", "\u{1b}"),
        ("\r", "back", "q"),
        ("y", "MENU", "\u{1b}"),
        ("t", "MENU", "\u{1b}"),
        ("/", "filter>", "\u{1b}"),
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
    let before = shell.press("nn", "stop 3/15 ");
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
