//! Reviews of small comparisons: what counts, what comes back, what comes of it.

use super::*;
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::filter::Context;
use crate::meaning::Meaning;
use crate::policy::judge::{Asked, Judgement, Verdict, judge};
use crate::policy::{self, Acceptances, Policy, Standings, sample};
use crate::risk::Rules;
use std::sync::Arc;

const STAGING: &str = r#"{"dns":{"search":"a"},"os":{"release":"6.1","zone":"CET"},"token":"[redacted]"}"#;
const PRODUCTION: &str = r#"{"dns":{"search":"b"},"os":{"release":"5.10","zone":"UTC"},"token":"[redacted]"}"#;

fn policy(text: &str) -> Policy {
    policy::parse(text).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0
}

fn judged(comparison: &Comparison, policy: &Policy) -> Judgement {
    let day = "2026-11-25".parse().expect("a day");
    let standings =
        policy::apply(comparison, (&[], &|_| None, &[]), policy, &Acceptances::default(), day, &Cancel::new());
    let standings = standings.expect("not cancelled");
    judge(comparison, &Context::default(), &standings, policy, &Asked::default(), &Cancel::new())
        .expect("not cancelled")
}

fn board(staging: &str, production: &str, gate: &str) -> Board {
    let comparison = Arc::new(sample::pair(staging, production));
    let policy = policy(&format!("[gate]\n{gate}\n"));
    let judgement = judged(&comparison, &policy);
    let meaning = Meaning::of(&comparison, Rules::builtin(), &Cancel::new()).expect("not cancelled");
    let gate = Gate {
        judgement: &judgement,
        meaning: &meaning,
        accepted: (&Standings::default(), &Acceptances::default()),
        is_usual: policy.gate.block.is_none(),
        finished: None,
    };
    Board::new(comparison, &gate)
}

/// Everything that differs wants a decision; nothing blocks.
const DECIDE: &str = "block = \"none-such\"\nneeds-decision = \"is:new\"\nunknown = \"warn\"";

fn row(board: &Board, path: &str) -> RowId {
    board.comparison().find(&path.parse().expect("a path")).expect(path)
}

/// A journal in which these decisions were made, one after the other.
fn journal(board: &Board, decisions: &[(&str, Mark, &str)]) -> Journal {
    let entries = decisions.iter().enumerate().map(|(number, (by, mark, path))| {
        entry(number, by, Act::Mark { mark: *mark, rows: vec![board.row(row(board, path))] })
    });
    Journal { entries: entries.collect(), ..Journal::default() }
}

fn entry(number: usize, by: &str, act: Act) -> Entry {
    let at = format!("2026-11-25T10:{:02}:00Z", number % 60);
    Entry { version: 1, id: format!("w-{number}"), at, by: by.to_owned(), act }
}

fn counts(board: &Board, journal: &Journal) -> Counts {
    board.status(&journal.marks(), &Cancel::new()).expect("not cancelled").counts
}

fn seen(board: &Board, journal: &Journal, path: &str) -> Seen {
    let status = board.status(&journal.marks(), &Cancel::new()).expect("not cancelled");
    let row = row(board, path);
    match board.at(row) {
        Some(at) => status.seen[at],
        None => status.others.iter().find(|(other, _)| *other == row).map_or(Seen::Open, |(_, seen)| *seen),
    }
}

#[test]
fn a_review_passes_once_all_is_decided() {
    let board = board(STAGING, PRODUCTION, DECIDE);
    assert_eq!(counts(&board, &Journal::default()).verdict, Verdict::Undecided);
    let two = journal(&board, &[("ann", Mark::Reviewed, "os.release"), ("ann", Mark::Skipped, "os.zone")]);
    let now = counts(&board, &two);
    assert_eq!((now.asked, now.reviewed, now.open, now.skipped, now.unknown), (3, 1, 2, 1, 1));
    assert_eq!((now.verdict, now.done()), (Verdict::Undecided, 1));
    let all = ["os.release", "os.zone", "dns.search"].map(|path| ("bob", Mark::Reviewed, path));
    assert_eq!(counts(&board, &journal(&board, &all)).verdict, Verdict::Pass);
}

#[test]
fn a_flag_blocks_whatever_the_gate_asks() {
    let asked = board(STAGING, PRODUCTION, DECIDE);
    let flagged = journal(&asked, &[("ann", Mark::Flagged, "os.zone")]);
    assert_eq!((counts(&asked, &flagged).verdict, counts(&asked, &flagged).flagged), (Verdict::Block, 1));
    let silent = board(STAGING, PRODUCTION, "block = \"none-such\"");
    assert_eq!(counts(&silent, &Journal::default()).verdict, Verdict::Pass);
    let flagged = journal(&silent, &[("ann", Mark::Flagged, "os.zone")]);
    let now = counts(&silent, &flagged);
    assert_eq!((now.verdict, now.asked, now.flagged, now.open), (Verdict::Block, 1, 1, 0));
    assert_eq!(seen(&silent, &flagged, "os.zone"), Seen::Flagged);
    // What is no difference any more does not block.
    let same = board(STAGING, STAGING, "block = \"none-such\"");
    assert_eq!(counts(&same, &flagged).verdict, Verdict::Pass);
}

#[test]
fn what_a_policy_blocks_a_look_does_not_let_through() {
    let own = board(STAGING, PRODUCTION, "block = \"area:os\"");
    let looked = journal(&own, &[("ann", Mark::Reviewed, "os.release"), ("ann", Mark::Reviewed, "os.zone")]);
    let now = counts(&own, &looked);
    assert_eq!((now.verdict, now.open, now.reviewed), (Verdict::Block, 2, 0));
    // What the program blocks where no policy says it is for people to decide.
    let comparison = Arc::new(sample::pair(STAGING, PRODUCTION));
    let policy = policy("[gate]\nblock = \"area:os\"\n");
    let judgement = judged(&comparison, &policy);
    let meaning = Meaning::of(&comparison, Rules::builtin(), &Cancel::new()).expect("not cancelled");
    let usual = Board::new(
        comparison,
        &Gate {
            judgement: &judgement,
            meaning: &meaning,
            accepted: (&Standings::default(), &Acceptances::default()),
            is_usual: true,
            finished: None,
        },
    );
    assert_eq!(counts(&usual, &Journal::default()).verdict, Verdict::Undecided);
    assert_eq!(counts(&usual, &looked).verdict, Verdict::Pass);
}

#[test]
fn a_mark_opens_again_when_a_value_changes_and_comes_back_with_it() {
    let before = board(STAGING, PRODUCTION, DECIDE);
    let reviewed = journal(&before, &[("ann", Mark::Reviewed, "os.release"), ("ann", Mark::Flagged, "os.zone")]);
    let after = board(&STAGING.replace("6.1", "6.2"), PRODUCTION, DECIDE);
    assert_eq!(seen(&after, &reviewed, "os.release"), Seen::Changed);
    assert_eq!(seen(&after, &reviewed, "os.zone"), Seen::Flagged);
    assert_eq!(counts(&after, &reviewed).changed, 1);
    assert_eq!(seen(&before, &reviewed, "os.release"), Seen::Reviewed);
}

#[test]
fn the_unknown_cannot_be_reviewed_away() {
    let board = board(STAGING, PRODUCTION, "block = \"none-such\"\nneeds-decision = \"is:unknown\"");
    let token = row(&board, "token");
    assert!(board.is_unknown(token) && board.is_decidable(token));
    let reviewed = journal(&board, &[("ann", Mark::Reviewed, "token")]);
    assert_eq!(counts(&board, &reviewed).verdict, Verdict::Undecided);
    let flagged = journal(&board, &[("ann", Mark::Flagged, "token")]);
    assert_eq!(counts(&board, &flagged).verdict, Verdict::Block);
}

#[test]
fn undoing_is_a_line_of_its_own_and_can_be_undone() {
    let board = board(STAGING, PRODUCTION, DECIDE);
    let mut made = journal(&board, &[("ann", Mark::Flagged, "os.zone"), ("bob", Mark::Reviewed, "os.zone")]);
    assert_eq!(seen(&board, &made, "os.zone"), Seen::Reviewed);
    assert_eq!(made.last_of("bob").map(|entry| entry.id.as_str()), Some("w-1"));
    made.entries.push(entry(2, "bob", Act::Undo { of: "w-1".into() }));
    assert_eq!(seen(&board, &made, "os.zone"), Seen::Flagged, "what was before it counts again");
    assert_eq!(made.last_of("bob"), None);
    made.entries.push(entry(3, "bob", Act::Undo { of: "w-2".into() }));
    assert_eq!(seen(&board, &made, "os.zone"), Seen::Reviewed);
    made.entries.push(entry(4, "ann", Act::Mark { mark: Mark::Open, rows: vec![board.row(row(&board, "os.zone"))] }));
    assert_eq!(seen(&board, &made, "os.zone"), Seen::Open);
}

#[test]
fn lines_come_back_as_written_and_a_cut_one_does_not_count() {
    let board = board(STAGING, PRODUCTION, DECIDE);
    let mut made = journal(&board, &[("ann", Mark::Reviewed, "os.zone"), ("bob", Mark::Skipped, "os.release")]);
    made.entries.push(entry(2, "ann", Act::Note { path: "os.zone".into(), text: "see \u{1b}[31m #12".into() }));
    made.entries.push(entry(3, "ann", Act::Finish { verdict: "PASS".into(), asked: vec!["os.zone".into()] }));
    let text: String = made.entries.iter().map(Entry::line).collect();
    assert_eq!(text.lines().count(), 4);
    for value in ["6.1", "5.10", "CET", "UTC"] {
        assert!(!text.contains(&format!("\"{value}\"")), "a value is in it: {text}");
    }
    assert_eq!(Journal::read(text.as_bytes()), made);
    for cut in 1..text.len() {
        let read = Journal::read(&text.as_bytes()[..cut]);
        let whole = text[..cut].matches('\n').count();
        assert_eq!((read.entries.as_slice(), read.unread), (&made.entries[..whole], 0), "cut at {cut}");
        assert_eq!(read.is_cut, !text[..cut].ends_with('\n'));
    }
    let odd = format!("\n[]\n{{\"v\":2,\"id\":\"a\",\"at\":\"\",\"by\":\"\",\"do\":\"undo\",\"of\":\"w-0\"}}\n{text}");
    let read = Journal::read(odd.as_bytes());
    assert_eq!((read.entries.len(), read.unread), (4, 2));
    let later = text.replace("\"do\":\"note\"", "\"do\":\"vote\"");
    assert_eq!(Journal::read(later.as_bytes()).unread, 1);
}

#[test]
fn new_is_what_the_last_finished_review_was_not_asked() {
    let board = board(STAGING, PRODUCTION, DECIDE);
    let begin = || Act::Begin {
        session: "s".into(),
        references: Vec::new(),
        policy: None,
        folder: None,
        since: Vec::new(),
        asked: 3,
    };
    let mut made = Journal { entries: vec![entry(0, "ann", begin())], ..Journal::default() };
    assert!(made.finished().is_none() && made.is_open());
    made.entries.push(entry(1, "ann", Act::Finish { verdict: "PASS".into(), asked: vec!["os.zone".into()] }));
    assert!(!made.is_open());
    made.entries.push(entry(2, "ann", begin()));
    let (at, asked) = made.finished().expect("it was finished once");
    assert_eq!(at, "2026-11-25T10:01:00Z");
    let comparison = Arc::clone(board.comparison());
    let policy = policy(&format!("[gate]\n{DECIDE}\n"));
    let judgement = judged(&comparison, &policy);
    let meaning = Meaning::of(&comparison, Rules::builtin(), &Cancel::new()).expect("not cancelled");
    let gate = Gate {
        judgement: &judgement,
        meaning: &meaning,
        accepted: (&Standings::default(), &Acceptances::default()),
        is_usual: false,
        finished: Some(&asked),
    };
    let again = Board::new(comparison, &gate);
    let new: Vec<&str> = again.items.iter().filter(|item| item.is_new).map(|item| item.path.as_str()).collect();
    assert_eq!(new.len(), again.items.len() - 1);
    assert!(!new.contains(&"os.zone"));
}

#[test]
fn a_row_that_two_rules_ask_about_is_one_item() {
    let comparison = Arc::new(sample::pair(STAGING, PRODUCTION));
    let policy = policy(
        "[gate]\nblock = \"none-such\"\nneeds-decision = \"area:os\"\n[[relation]]\npath = \"os.zone\"\nmust = \
         \"equal\"\nreason = \"cron jobs are written for UTC\"\n",
    );
    let judgement = judged(&comparison, &policy);
    let meaning = Meaning::of(&comparison, Rules::builtin(), &Cancel::new()).expect("not cancelled");
    let gate = Gate {
        judgement: &judgement,
        meaning: &meaning,
        accepted: (&Standings::default(), &Acceptances::default()),
        is_usual: false,
        finished: None,
    };
    let board = Board::new(comparison, &gate);
    let zone = board.items.iter().filter(|item| item.path == "os.zone").collect::<Vec<_>>();
    assert_eq!(zone.len(), 1);
    assert_eq!(zone[0].call, crate::policy::judge::Call::Block);
    assert!(zone[0].why.contains("staging and production differ (cron jobs"), "{}", zone[0].why);
}

#[test]
fn what_was_undone_can_be_done_again_until_something_else_is_decided() {
    let board = board(STAGING, PRODUCTION, DECIDE);
    let mut made = journal(&board, &[("ann", Mark::Reviewed, "os.zone"), ("ann", Mark::Flagged, "os.release")]);
    let again =
        |made: &Journal| made.last_undone_of("ann").map(|(undoing, what)| (undoing.id.clone(), what.id.clone()));
    assert_eq!(again(&made), None);
    made.entries.push(entry(2, "ann", Act::Undo { of: "w-1".into() }));
    made.entries.push(entry(3, "ann", Act::Undo { of: "w-0".into() }));
    assert_eq!(again(&made), Some(("w-3".into(), "w-0".into())));
    made.entries.push(entry(4, "ann", Act::Undo { of: "w-3".into() }));
    assert_eq!(seen(&board, &made, "os.zone"), Seen::Reviewed);
    assert_eq!(again(&made), Some(("w-2".into(), "w-1".into())), "the one before it is next");
    made.entries.push(entry(5, "bob", Act::Note { path: "os.zone".into(), text: "hm".into() }));
    assert!(again(&made).is_some() && made.last_undone_of("bob").is_none());
    let mut both = made.clone();
    both.entries.push(entry(6, "ann", Act::Undo { of: "w-2".into() }));
    assert_eq!((seen(&board, &both, "os.release"), again(&both)), (Seen::Flagged, None));
    made.entries.push(entry(6, "ann", Act::Note { path: "os.zone".into(), text: "hm".into() }));
    assert_eq!(again(&made), None, "a new decision ends it");
}
