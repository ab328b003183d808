//! Reviews as people do them: marks, leaving, coming back, connections that break, programs that are killed, two at once.

use super::stream::{assert_fits, assert_harmless};
use super::{NARROW, USUAL, WIDE, snapshot};
use crate::support::{FRAME_ENDS, Start, Terminal};
use driftglass::review::{Entry, Journal, Mark};
use rustix::process::Signal;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// Everything that differs wants a decision, and nothing blocks.
pub(super) const DECIDE: &str = "[gate]\nblock = \"none-such\"\nneeds-decision = \"is:changed\"\n";
/// How many differences there are.
const ITEMS: usize = 12;

/// A folder with two snapshots, a policy and a journal, that more than one review is about.
pub(super) struct Desk(TempDir);

impl Desk {
    pub(super) fn new(policy: &str) -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        desk.put("staging", 1);
        desk.put("production", 2);
        desk.file("driftglass.toml", policy);
        desk
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).expect("writes");
    }

    /// A snapshot whose values are all this number.
    fn put(&self, label: &str, value: u32) {
        let facts: Map<String, Value> = (0..ITEMS).map(|at| (format!("key-{at:02}"), json!(value))).collect();
        let facts = json!({ "env": facts, "os": { "same": true } });
        self.file(&format!("{label}.json"), &snapshot(label, &facts, &json!({})));
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(super) fn journal(&self) -> Journal {
        Journal::read(&std::fs::read(self.0.path().join("journal.jsonl")).unwrap_or_default())
    }

    /// The arguments of a review of both.
    pub(super) fn args(&self, reviewer: &str) -> Vec<String> {
        let (policy, journal) = (self.path("driftglass.toml"), self.path("journal.jsonl"));
        let args = ["review", &self.path("staging.json"), &self.path("production.json"), "--policy", &policy];
        let more = ["--journal", &journal, "--as", reviewer, "--no-session"];
        args.iter().chain(&more).map(ToString::to_string).collect()
    }

    fn start(&self, reviewer: &str, size: (u16, u16)) -> Terminal {
        let args = self.args(reviewer);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        Start { size, args: &args, env: &[], files: &[] }.driftglass()
    }

    fn open(&self, reviewer: &str, size: (u16, u16)) -> Terminal {
        let terminal = self.start(reviewer, size);
        terminal.sees("? help");
        terminal
    }
}

/// The signs of the rows on a screen, by the names of their facts.
pub(super) fn signs(screen: &str) -> BTreeMap<String, char> {
    let row = |line: &str| {
        let (_, rest) = line.split_once('[')?;
        let sign = rest.chars().next()?;
        let name = rest.split_whitespace().find(|word| word.starts_with("env.key-"))?;
        Some((name.to_owned(), sign))
    };
    screen.lines().skip(3).filter_map(row).collect()
}

fn count(screen: &str, sign: char) -> usize {
    signs(screen).values().filter(|known| **known == sign).count()
}

/// The signs that a journal's first lines lead to.
pub(super) fn after(entries: &[Entry]) -> BTreeMap<String, char> {
    let journal = Journal { entries: entries.to_vec(), ..Journal::default() };
    let sign = |mark| match mark {
        Mark::Reviewed => 'x',
        Mark::Flagged => '!',
        Mark::Skipped => '-',
        Mark::Open => ' ',
    };
    let mut signs: BTreeMap<String, char> = (0..ITEMS).map(|at| (format!("env.key-{at:02}"), ' ')).collect();
    signs.extend(journal.marks().all().map(|(path, marked)| (path.to_owned(), sign(marked.mark))));
    signs
}

#[test]
fn a_review_survives_a_connection_that_breaks() {
    let desk = Desk::new(DECIDE);
    let mut terminal = desk.open("ann", WIDE);
    terminal.sees("0 of 12 gate items done");
    terminal.press("r", "1 of 12 gate items done");
    terminal.press("r", "2 of 12 gate items done");
    let screen = terminal.press("!", "3 of 12 gate items done");
    assert_eq!((count(&screen, 'x'), count(&screen, '!')), (2, 1), "{screen}");
    assert!(screen.contains("verdict if you leave now: BLOCK (exit 1)"), "{screen}");
    let id = terminal.id();
    let mut program = terminal.hang_up();
    let ended = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        program.has_ended()
    });
    assert!(ended, "{id} is still there");
    let again = desk.open("ann", WIDE);
    let screen = again.sees("3 of 12 gate items done");
    assert_eq!((count(&screen, 'x'), count(&screen, '!')), (2, 1), "{screen}");
    assert!(screen.contains("continued: last decided"), "{screen}");
    assert!(super::selected(&screen).contains("env.key-03"), "on the first that is open: {screen}");
}

#[test]
fn what_changed_since_it_was_reviewed_comes_back() {
    let desk = Desk::new(DECIDE);
    let mut terminal = desk.open("ann", WIDE);
    for done in 1..=ITEMS {
        terminal.press("r", &format!("{done} of 12 gate items done"));
    }
    terminal.sees("PASS (exit 0)");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    let facts: Map<String, Value> =
        (0..ITEMS).map(|at| (format!("key-{at:02}"), json!(if at == 5 { 7 } else { 2 }))).collect();
    desk.file("production.json", &snapshot("production", &json!({ "env": facts, "os": { "same": true } }), &json!({})));
    let terminal = desk.open("ann", WIDE);
    let screen = terminal.sees("11 of 12 gate items done");
    assert_eq!(signs(&screen)["env.key-05"], '*', "{screen}");
    assert!(screen.contains("CHANGED since reviewed ann"), "{screen}");
    assert!(super::selected(&screen).contains("env.key-05"), "{screen}");
    assert!(screen.contains("UNDECIDED (exit 3)"), "{screen}");
}

#[test]
fn how_it_is_left_is_the_exit_status_and_one_line() {
    let last = |terminal: &Terminal| {
        let text = String::from_utf8_lossy(&terminal.raw()).into_owned();
        text.lines().filter(|line| line.contains("driftglass-summary:")).map(str::to_owned).collect::<Vec<_>>()
    };
    let desk = Desk::new(DECIDE);
    let mut terminal = desk.open("ann", USUAL);
    for done in 1..ITEMS {
        terminal.press("r", &format!("{done} of 12 gate items done"));
    }
    terminal.press("q", "leave the review?");
    terminal.press("n", "11 of 12 gate items done");
    terminal.press("q", "leave the review?");
    terminal.keys("y");
    assert_eq!(terminal.ends().exit_code(), 3);
    assert!(terminal.is_restored());
    let lines = last(&terminal);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let wanted = "pair=staging..production gate=12 reviewed=11 accepted=0 flagged=0 open=1 unknown=0 hidden=0 \
                  verdict=UNDECIDED session=";
    assert!(lines[0].contains(wanted), "{lines:?}");
    let mut terminal = desk.open("ann", USUAL);
    terminal.press("!", "12 of 12 gate items done");
    terminal.keys(":wq\r");
    assert_eq!(terminal.ends().exit_code(), 1);
    assert!(last(&terminal)[0].contains("flagged=1 open=0"), "{:?}", last(&terminal));
    let mut terminal = desk.open("ann", USUAL);
    terminal.press("u", "11 of 12 gate items done");
    terminal.press("nr", "12 of 12 gate items done");
    terminal.keys(":q!\r");
    assert_eq!(terminal.ends().exit_code(), 0);
    assert_harmless(&terminal.raw());
}

#[test]
fn a_signal_ends_it_and_nothing_is_lost() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let desk = Desk::new(DECIDE);
        let mut terminal = desk.open("ann", USUAL);
        terminal.keys("rrrr");
        terminal.sees("4 of 12 gate items done");
        terminal.signal(signal);
        assert_eq!(terminal.ends().exit_code(), status);
        assert!(terminal.is_restored());
        assert_eq!(desk.journal().marks().all().count(), 4);
    }
}

#[test]
fn a_lost_terminal_ends_it_though_hangups_are_ignored_and_the_journal_is_whole() {
    let desk = Desk::new(DECIDE);
    let program = env!("CARGO_BIN_EXE_driftglass");
    let script = format!("trap '' HUP; exec {program} {}", desk.args("ann").join(" "));
    let args = ["-c", script.as_str()];
    let mut terminal = Start { size: USUAL, args: &args, env: &[], files: &[] }.run("/bin/sh");
    terminal.sees("? help");
    terminal.press("rrr", "3 of 12 gate items done");
    let mut child = terminal.hang_up();
    let begun = std::time::Instant::now();
    while !child.has_ended() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it lives on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
    let journal = desk.journal();
    assert_eq!((journal.unread, journal.marks().all().count()), (0, 3));
}

#[test]
fn two_reviewers_at_once_lose_nothing_of_each_other() {
    let desk = Desk::new(DECIDE);
    let (mut ann, mut bob) = (desk.open("ann", WIDE), desk.open("bob", WIDE));
    bob.press("jjjjjj", "item 7 of 12");
    for _ in 0..6 {
        ann.keys("r");
        bob.keys("!");
    }
    ann.until("her own six", |screen| (0..6).all(|at| signs(screen)[&format!("env.key-{at:02}")] == 'x'));
    bob.until("his own six", |screen| (6..12).all(|at| signs(screen)[&format!("env.key-{at:02}")] == '!'));
    // A look at what is next is a look at what the other did.
    for terminal in [&mut ann, &mut bob] {
        let screen = terminal.press("n", "12 of 12 gate items done");
        assert_eq!((count(&screen, 'x'), count(&screen, '!')), (6, 6), "{screen}");
    }
    let journal = desk.journal();
    assert_eq!((journal.unread, journal.is_cut), (0, false));
    assert_eq!(after(&journal.entries).values().filter(|sign| **sign == ' ').count(), 0);
    for (name, ids) in [("ann", 6), ("bob", 6)] {
        let decided = journal.entries.iter().filter(|entry| entry.by == name && entry.paths().next().is_some());
        assert_eq!(decided.count(), ids);
    }
    bob.keys("u");
    bob.sees("11 of 12 gate items done");
    ann.press("n", "11 of 12 gate items done");
}

/// The screen of the last frame that came whole.
pub(super) fn shown(raw: &[u8], (cols, rows): (u16, u16)) -> Option<String> {
    let end = raw.windows(FRAME_ENDS.len()).rposition(|window| window == FRAME_ENDS)? + FRAME_ENDS.len();
    let mut parser = vt100::Parser::new(rows, cols, 0);
    parser.process(&raw[..end]);
    let lines: Vec<String> = parser.screen().rows(0, cols).map(|line| line.trim_end().to_owned()).collect();
    Some(lines.join("\n"))
}

/// Numbers that look random and are the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// `kill -9` at any moment: what the screen had shown as decided stands in the journal. More rounds are played in
/// `.ci/review`.
#[test]
fn a_program_that_is_killed_loses_no_decision_that_it_had_shown() {
    let rounds: u64 = std::env::var("DRIFTGLASS_TEST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut decisions = 0;
    let desk = Desk::new(DECIDE);
    for round in 0..rounds {
        let mut terminal = desk.open("ann", WIDE);
        let before = desk.journal().entries.len();
        for _ in 0..=dice.below(12) {
            let keys = ["r", "!", "s", "u", "n", "j", "rr", "!s", "g", "uu"];
            terminal.keys(keys[dice.below(keys.len() as u64) as usize]);
            std::thread::sleep(Duration::from_micros(dice.below(4000)));
        }
        std::thread::sleep(Duration::from_micros(dice.below(30_000)));
        terminal.signal(Signal::KILL);
        terminal.ends();
        let screen = shown(&terminal.raw(), WIDE).expect("a frame");
        let journal = desk.journal();
        assert_eq!(journal.unread, 0, "round {round}");
        let now = signs(&screen);
        assert_eq!(now.len(), ITEMS, "round {round}: {screen}");
        let entries = &journal.entries;
        let is_there = (before..=entries.len()).any(|end| after(&entries[..end]) == now);
        assert!(is_there, "round {round}: shown {now:?}, kept {:?}\n{screen}", after(entries));
        decisions += entries.len() - before;
    }
    assert!(decisions as u64 > rounds / 2, "hardly anything was decided: {decisions} in {rounds} rounds");
}

#[test]
fn a_review_that_was_begun_is_offered_and_gone_on_with() {
    let desk = Desk::new(DECIDE);
    let state = tempfile::tempdir().expect("a folder");
    let env = [("XDG_STATE_HOME", state.path().to_str().expect("a name"))];
    let (staging, production) = (desk.path("staging.json"), desk.path("production.json"));
    let policy = desk.path("driftglass.toml");
    let args = ["review", &staging, &production, "--policy", &policy, "--as", "ann"];
    let mut terminal = Start { size: USUAL, args: &args, env: &env, files: &[] }.driftglass();
    terminal.sees("? help");
    terminal.press("rr", "2 of 12 gate items done");
    terminal.keys(":q!\r");
    assert_eq!(terminal.ends().exit_code(), 3);
    let env = [env[0], ("USER", "ann")];
    let mut terminal = Start { size: USUAL, args: &["explore", "example:ci"], env: &env, files: &[] }.driftglass();
    let screen = terminal.sees("CONTINUE A REVIEW");
    assert!(screen.contains("staging..production") && screen.contains("2 decided, 12 asked, just now"), "{screen}");
    terminal.keys("g\r");
    let screen = terminal.sees("2 of 12 gate items done");
    assert_eq!(count(&screen, 'x'), 2, "{screen}");
    terminal.keys(":q!\r");
    assert_eq!(terminal.ends().exit_code(), 3);
}

/// A review that is begun in the explorer and one of the command are the same.
#[test]
fn a_review_of_the_explorer_is_gone_on_with_by_the_command_and_the_other_way_round() {
    let desk = Desk::new(DECIDE);
    let state = tempfile::tempdir().expect("a folder");
    let env = [("XDG_STATE_HOME", state.path().to_str().expect("a name")), ("USER", "ann")];
    let (staging, production) = (desk.path("staging.json"), desk.path("production.json"));
    let policy = desk.path("driftglass.toml");
    let start = |args: &[&str]| {
        let args: Vec<&str> = ["--config", policy.as_str()].iter().chain(args).copied().collect();
        Start { size: WIDE, args: &args, env: &env, files: &[] }.driftglass()
    };
    let pair = [staging.as_str(), production.as_str()];
    let mut terminal = start(&[&["explore"], pair.as_slice()].concat());
    terminal.sees("12 diffs");
    terminal.press("2", "12 lines by score");
    terminal.press(":review\r", "0 of 12 gate items done");
    terminal.press("rr!", "3 of 12 gate items done");
    terminal.press("q", "leave the review?");
    let screen = terminal.press("y", "the review was left: 3 of 12 done, saved, BLOCK");
    assert!(screen.contains("12 lines by score"), "{screen}");
    terminal.keys("q");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    assert!(terminal.is_restored());
    let mut terminal = start(&[&["review"], pair.as_slice()].concat());
    let screen = terminal.sees("3 of 12 gate items done");
    assert_eq!((count(&screen, 'x'), count(&screen, '!')), (2, 1), "{screen}");
    assert!(screen.contains("continued: last decided"), "{screen}");
    terminal.press("r", "4 of 12 gate items done");
    terminal.keys(":q!\r");
    assert_eq!(terminal.ends().exit_code(), 1);
    let mut terminal = start(&[&["explore"], pair.as_slice()].concat());
    terminal.sees("4 decided: :review goes on with it");
    let screen = terminal.press("9", "4 of 12 gate items done");
    assert_eq!((count(&screen, 'x'), count(&screen, '!')), (3, 1), "{screen}");
    // What is decided just before it ends is on the disk all the same.
    terminal.keys("r:wq\r");
    terminal.sees("the review was left");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    let mut terminal = start(&["explore", "example:ci"]);
    let screen = terminal.sees("CONTINUE A REVIEW");
    assert!(screen.contains("staging..production") && screen.contains("5 decided, 12 asked"), "{screen}");
    terminal.keys("g\r");
    terminal.sees("5 of 12 gate items done");
    terminal.keys(":q!\r");
    assert_eq!(terminal.ends().exit_code(), 1);
}

#[test]
fn a_review_is_gone_on_with_in_the_folder_it_was_begun_in() {
    let desk = Desk::new(DECIDE);
    let state = tempfile::tempdir().expect("a folder");
    let env = [("XDG_STATE_HOME", state.path().to_str().expect("a name")), ("USER", "ann")];
    let program = env!("CARGO_BIN_EXE_driftglass");
    let there = format!("cd {} && exec {program} explore staging.json production.json", desk.0.path().display());
    let mut terminal = Start { size: WIDE, args: &["-c", &there], env: &env, files: &[] }.run("/bin/sh");
    terminal.sees("12 diffs");
    terminal.press(":review\r", "0 of 12 gate items done");
    terminal.press("r", "1 of 12 gate items done");
    terminal.keys("qy");
    terminal.sees("the review was left");
    terminal.keys("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    // Another project, whose policy asks nothing of these environments.
    let other = [("driftglass.toml", "[gate]\nblock = \"area:dns\"\n".to_owned())];
    let mut terminal = Start { size: WIDE, args: &["explore", "example:ci"], env: &env, files: &other }.driftglass();
    let screen = terminal.sees("CONTINUE A REVIEW");
    assert!(screen.contains("1 decided, 12 asked"), "{screen}");
    terminal.keys("g\r");
    let screen = terminal.sees("1 of 12 gate items done");
    assert_eq!(count(&screen, 'x'), 1, "{screen}");
    terminal.keys(":q!\r");
    assert_eq!(terminal.ends().exit_code(), 3, "the policy of its own folder judges it");
}

#[test]
fn it_fits_every_size() {
    let desk = Desk::new(DECIDE);
    for size in [WIDE, USUAL, NARROW] {
        let mut terminal = desk.open("ann", size);
        for (keys, shown) in [("j", "item 2 of 12"), ("i", "note>")] {
            terminal.press(keys, shown);
            assert_fits(&terminal, keys);
        }
        // Esc and what is typed right after it would be one key.
        terminal.keys("\u{1b}");
        terminal.misses("note>");
        terminal.press("q", "leave the review?");
        assert_fits(&terminal, "the question");
        terminal.press("n", "UNDECIDED (exit 3)");
        terminal.press("\r", "env.key-01");
        assert_fits(&terminal, "the detail");
        terminal.press("q", "UNDECIDED (exit 3)");
        terminal.press("1", "0/12");
        assert_fits(&terminal, "the tree");
        terminal.press("q", "UNDECIDED (exit 3)");
        assert_harmless(&terminal.raw());
    }
}

/// Every file in the folder of a session is its owner's alone.
#[test]
fn the_journal_is_private_and_holds_no_value() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new(DECIDE);
    let mut terminal = desk.open("ann", USUAL);
    terminal.press("r", "1 of 12 gate items done");
    terminal.keys("iask \u{e4}nn\r");
    terminal.sees("ask \u{e4}nn");
    let file: PathBuf = Path::new(&desk.path("journal.jsonl")).to_owned();
    let text = std::fs::read_to_string(&file).expect("reads");
    assert_eq!(std::fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o600);
    let marks: Vec<&str> = text.lines().filter(|line| line.contains("\"do\":\"mark\"")).collect();
    assert_eq!(marks.len(), 1, "{text}");
    let line: Value = serde_json::from_str(marks[0]).expect("JSON");
    let pins = line["rows"][0]["values"].as_object().expect("pins");
    assert!(pins.values().all(|pin| pin.as_str().is_some_and(|pin| pin.starts_with("b3:") && pin.len() == 35)));
    assert!(text.contains("ask \u{e4}nn"));
}
