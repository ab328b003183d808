//! Reviews played with keys: what is asked for is written to a real file, when the test says so.

use super::scribe::{Desk, Journaled, Wish, written};
use super::*;
use crate::assess::{Assessment, Judged, Ruling};
use crate::policy;
use crate::reference::{Configuration, JournalFile, Resolved};
use crate::risk::Rules;
use crate::tui::accept::desk;
use crate::tui::fixture::{Screenplay, of};
use crate::tui::message::{Effect, Message};
use crate::tui::model::View;
use crate::tui::{keys, review};

const STAGING: &str = r#"{"cache":{"policy":"noeviction","size":256},"dns":{"search":"a"},"os":{"kernel":{"release":"6.1.0"},"sysctl":{"net.core.somaxconn":4096},"token":"[redacted]","zone":"Europe/Berlin"}}"#;
const PRODUCTION: &str = r#"{"cache":{"policy":"allkeys-lru","size":48},"dns":{"search":"b"},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"net.core.somaxconn":128},"token":"[redacted]","zone":"UTC"}}"#;
const GATE: &str = "[gate]\nblock = \"none-such\"\nneeds-decision = \"area:os,cache,configuration\"\n[[relation]]\npath = \"os.zone\"\n\
                    must = \"equal\"\nreason = \"cron jobs are written for UTC\"\n";

/// The part of a configuration file; what stands in one file comes from one cause.
const FILE: &str =
    r#""configuration":{"files":{"/etc/app.conf":{"digest":"NEW","mode":"0644","owner":"NEW","size_bytes":NUMBER}}},"#;

/// The other side: with a file where the first has one.
fn production(staging: &str) -> String {
    if !staging.contains("configuration") {
        return PRODUCTION.to_owned();
    }
    PRODUCTION.replacen('{', &format!("{{{}", FILE.replace("NEW", "b").replace("NUMBER", "7")), 1)
}

/// Staging with a file.
fn with_file() -> String {
    STAGING.replacen('{', &format!("{{{}", FILE.replace("NEW", "a").replace("NUMBER", "9")), 1)
}

struct Play {
    play: Screenplay,
    desk: Desk,
    number: usize,
    folder: tempfile::TempDir,
}

fn begin(staging: &str, size: (u16, u16)) -> Play {
    let folder = tempfile::tempdir().expect("a folder");
    let file = JournalFile::at(folder.path().join("journal.jsonl"));
    let desk = Desk { file, reviewer: "ann".into(), writer: "w".into() };
    again(staging, size, desk, folder, 1)
}

fn again(staging: &str, size: (u16, u16), desk: Desk, folder: tempfile::TempDir, number: usize) -> Play {
    let mut play = of(&[("staging", staging), ("production", production(staging).as_str())], size);
    let policy = policy::parse(GATE).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0;
    let day = "2026-11-25".parse().expect("a day");
    let ruling = Ruling { policy, rules: Rules::builtin().clone(), today: day, ..Ruling::default() };
    let snapshots: Vec<Resolved> = play
        .model
        .snapshots
        .iter()
        .map(|snapshot| Resolved {
            snapshot: snapshot.clone(),
            called: Vec::new(),
            source: String::new(),
            warnings: Vec::new(),
            redacted: Vec::new(),
            part: None,
        })
        .collect();
    let ruling = Arc::new(ruling);
    let assessment = Assessment::ruled(&snapshots, &ruling, &Cancel::new()).expect("not cancelled");
    let journal = Journal::read(&desk.file.read().expect("reads"));
    play.model.ruling = Arc::clone(&ruling);
    let bench = Bench { judged: Arc::new(Judged { assessment, ruling }), new: None, is_since: false };
    let board = Arc::new(bench.board(&bench.judgement().expect("not cancelled"), &journal));
    let (session, is_of_commit) = ("staging..production".to_owned(), false);
    let setup = Setup { board, bench, is_of_commit, journal, desk: desk.clone(), session };
    play.model.review = Some(Box::new(Review::new(&setup)));
    play.model.view = View::Review;
    let effects = review::gutter(&mut play.model);
    play.perform(effects);
    play.resize(size);
    Play { play, desk, number, folder }
}

impl Play {
    /// Writes what was asked for, without telling the screen.
    fn write(&mut self) -> Vec<Journaled> {
        let mut answers = Vec::new();
        for effect in std::mem::take(&mut self.play.effects) {
            match effect {
                Effect::Decide(wish) => {
                    self.number += 1;
                    answers.push(written(&self.desk, self.number, wish));
                }
                other => self.play.effects.push(other),
            }
        }
        answers
    }

    /// Writes what was asked for, and tells the screen.
    fn settle(&mut self) {
        for answer in self.write() {
            self.play.send(Message::Journaled(Box::new(answer)));
        }
        for effect in std::mem::take(&mut self.play.effects) {
            match effect {
                Effect::Accept(wish) => {
                    let mut configuration = Configuration::default();
                    configuration.acceptances = self.accepted();
                    let outcome = desk::Desk { configuration, author: None }.carry_out(*wish);
                    self.play.send(Message::Accepted(Box::new(outcome)));
                    self.settle();
                }
                Effect::Bench(benching) => self.play.send(benching.run(&Cancel::new()).expect("not cancelled")),
                other => self.play.effects.push(other),
            }
        }
    }

    /// The file of acceptances.
    fn accepted(&self) -> std::path::PathBuf {
        self.folder.path().join("driftglass.accept.toml")
    }

    fn press(&mut self, typed: &str) {
        for key in keys::keys(typed) {
            self.play.send(Message::Key(key));
            self.settle();
        }
    }

    fn screen(&self) -> String {
        self.play.screen()
    }

    /// The signs of the list, from the top.
    fn signs(&self) -> String {
        let screen = self.screen();
        let rows = screen.lines().skip(3).take_while(|line| !line.starts_with("--"));
        rows.filter_map(|line| line.split_once('[')?.1.chars().next()).collect()
    }

    fn selected(&self) -> String {
        let screen = self.screen();
        let row = screen.lines().skip(3).find(|line| line.starts_with("->") || line.starts_with('»'));
        row.unwrap_or_default().to_owned()
    }
}

#[test]
fn a_mark_is_shown_once_it_is_on_the_disk_and_the_selection_goes_on_at_once() {
    let mut play = begin(STAGING, (120, 40));
    assert!(play.screen().contains("0 of 5 gate items done"), "{}", play.screen());
    assert!(play.screen().contains("verdict if you leave now: BLOCK (exit 1)"), "{}", play.screen());
    let first = play.selected();
    play.play.press("n");
    play.write();
    play.play.press("r");
    assert!(!play.signs().contains('x'), "nothing is on the disk yet");
    assert!(play.screen().contains("saving .."), "{}", play.screen());
    assert_ne!(play.selected(), first);
    play.settle();
    assert!(play.signs().contains('x') && !play.screen().contains("saving .."), "{}", play.screen());
    assert!(play.screen().contains("1 of 5 gate items done"), "{}", play.screen());
    assert!(play.screen().contains("reviewed ann"), "{}", play.screen());
}

#[test]
fn what_cannot_be_written_is_not_shown_as_decided() {
    let mut play = begin(STAGING, (120, 40));
    play.desk.file = JournalFile::at("/proc/no/journal".into());
    play.press("nr");
    assert!(!play.signs().contains('x'));
    assert!(play.screen().contains("NOT SAVED: cannot write /proc/no"), "{}", play.screen());
}

#[test]
fn the_same_mark_again_takes_it_back_and_undo_brings_back_what_was_before() {
    let mut play = begin(STAGING, (120, 40));
    play.press("n!");
    assert!(play.screen().contains("FLAGGED ann"), "{}", play.screen());
    play.press("kkkkn");
    let flagged = play.signs().find('!').expect("a flag");
    play.press("g");
    for _ in 0..flagged {
        play.press("j");
    }
    play.press("!");
    assert!(!play.signs().contains('!'), "{}", play.screen());
    play.press("u");
    assert!(play.signs().contains('!'), "{}", play.screen());
    assert!(play.screen().contains("undone: not reviewed, "), "{}", play.screen());
    play.press("uu");
    assert!(!play.signs().contains('!') && play.screen().contains("nothing to undo"), "{}", play.screen());
    let journal = Journal::read(&play.desk.file.read().expect("reads"));
    assert_eq!(journal.entries.len(), 4, "nothing was removed: {journal:?}");
}

#[test]
fn the_verdict_follows_and_blocked_items_need_an_acceptance() {
    let mut play = begin(STAGING, (120, 40));
    assert!(play.selected().contains("os.zone"), "what blocks comes first: {}", play.screen());
    play.press("r");
    assert!(play.screen().contains("only an acceptance lets it through"), "{}", play.screen());
    play.press("rrrr");
    let screen = play.screen();
    assert!(screen.contains("4 of 5 gate items done") && screen.contains("1 left, 1 unknown"), "{screen}");
    assert!(screen.contains("BLOCK (exit 1)"), "{screen}");
    assert!(screen.contains("BLOCKED by the policy"), "{screen}");
}

#[test]
fn notes_are_kept_and_shown() {
    let mut play = begin(STAGING, (80, 24));
    play.press("ni");
    assert!(play.screen().contains(" note>"), "{}", play.screen());
    play.press("ask sre<esc>i");
    assert!(!play.screen().contains("ask sre"), "left, not kept: {}", play.screen());
    play.press("ask sre, #12<enter>");
    assert!(play.screen().contains("ask sre, #12"), "{}", play.screen());
    let journal = Journal::read(&play.desk.file.read().expect("reads"));
    assert!(matches!(&journal.entries[0].act, crate::review::Act::Note { text, .. } if text == "ask sre, #12"));
}

#[test]
fn leaving_asks_while_something_is_open() {
    let mut play = begin(STAGING, (80, 24));
    play.press("q");
    assert!(play.screen().contains("leave: 0 of 5 done, saved, BLOCK"), "{}", play.screen());
    play.press("n");
    assert!(play.play.effects.is_empty());
    play.press("qy");
    assert!(matches!(play.play.effects.pop(), Some(Effect::Quit)));
    play.press("<esc>");
    assert!(play.play.effects.is_empty(), "Esc never leaves");
    play.press(":wq<enter>");
    assert!(matches!(play.play.effects.pop(), Some(Effect::Quit)));
    let journal = Journal::read(&play.desk.file.read().expect("reads"));
    assert!(journal.finished().is_some(), "the end is in the journal: {journal:?}");
    play.press(":q!<enter>");
    assert!(matches!(play.play.effects.pop(), Some(Effect::Quit)));
}

#[test]
fn a_value_that_changes_comes_back_and_the_rest_stays() {
    let mut play = begin(STAGING, (120, 40));
    play.press("nrrrr");
    let before = play.signs();
    let Play { desk, folder, number, .. } = play;
    let changed = STAGING.replace("6.1.0", "6.2.0");
    let play = again(&changed, (120, 40), desk, folder, number);
    assert_eq!(play.signs().matches('x').count() + 1, before.matches('x').count(), "{}", play.screen());
    assert!(play.signs().contains('*'), "{}", play.screen());
    assert!(play.screen().contains("CHANGED since reviewed ann"), "{}", play.screen());
}

#[test]
fn two_reviewers_see_each_other() {
    let mut play = begin(STAGING, (120, 40));
    let other = Desk { reviewer: "bob".into(), writer: "v".into(), ..play.desk.clone() };
    let review = play.play.model.review.as_ref().expect("open");
    let row = review.board.comparison().find(&"dns.search".parse().expect("a path")).expect("a row");
    let rows = vec![review.board.row(row)];
    written(&other, 1, Wish::Mark(crate::review::Mark::Flagged, rows));
    play.press("n");
    let screen = play.screen();
    assert!(screen.contains("1 decision of somebody else came in"), "{screen}");
    assert!(screen.contains("dns.search") && screen.contains("FLAGGED bob"), "{screen}");
    play.press("r");
    assert!(play.signs().contains('x') && play.signs().contains('!'), "{}", play.screen());
    play.press("u");
    assert!(play.signs().contains('!') && !play.signs().contains('x'), "mine is undone, not bob's: {}", play.screen());
}

#[test]
fn the_tree_has_the_marks_and_marks_branches() {
    let mut play = begin(STAGING, (120, 40));
    play.press("1");
    play.play.judge();
    assert_eq!(play.play.model.view, View::Tree);
    assert!(play.screen().contains("0/7 decided"), "{}", play.screen());
    play.press(":go cache<enter>R");
    if play.play.model.menu.is_some() {
        play.press("y");
    }
    assert!(play.screen().contains("2/2 decided"), "{}", play.screen());
    play.press(":go os<enter>R");
    if play.play.model.menu.is_some() {
        assert!(play.screen().contains("3 differences ("), "{}", play.screen());
        play.press("y");
    }
    let screen = play.screen();
    assert!(screen.contains("3/4 decided"), "the unknown is not reviewed away: {screen}");
    assert!(screen.lines().any(|line| line.contains("x~") && line.contains("zone")), "{screen}");
    play.press(":go cache<enter>)");
    let path = |play: &Play| play.play.model.tree.comparison().path(play.play.model.tree.cursor()).to_string();
    assert_eq!(path(&play), "dns.search", "what is decided is passed over");
    play.press(")");
    assert_eq!(path(&play), "os.token");
    play.press("(");
    assert_eq!(path(&play), "dns.search");
    let listed = play.play.model.tree.differences().len();
    play.press("tx");
    assert_eq!(play.play.model.tree.differences().len(), listed - 5);
    assert!(play.screen().contains("decided hidden (t x)"), "{}", play.screen());
    assert!(!play.screen().contains("allkeys-lru"), "{}", play.screen());
    play.press("/area:os<enter>");
    assert_eq!(play.play.model.tree.differences().len(), 1, "through a filter too: {}", play.screen());
    play.press("tx");
    assert_eq!(play.play.model.tree.differences().len(), 4);
    play.press("\\");
    assert_eq!(play.play.model.tree.differences().len(), listed);
    play.press("q");
    assert_eq!(play.play.model.view, View::Review);
}

#[test]
fn all_above_is_reviewed_at_once() {
    let mut play = begin(STAGING, (120, 40));
    play.press("jj:reviewed to here<enter>");
    if play.play.model.menu.is_some() {
        play.press("y");
    }
    assert!(play.signs().starts_with("xxx "), "{}", play.screen());
}

#[test]
fn what_is_decided_can_be_hidden_and_is_counted() {
    let mut play = begin(STAGING, (120, 40));
    play.press("nrr");
    let all = play.signs().len();
    play.press("tx");
    assert_eq!(play.signs().len(), all - 2, "{}", play.screen());
    assert!(play.screen().contains("2 of 5 gate items done (hidden: t x)"), "{}", play.screen());
    play.press("tx");
    assert_eq!(play.signs().len(), all);
}

#[test]
fn enter_shows_the_fact_in_full() {
    let mut play = begin(STAGING, (120, 40));
    play.press("<enter>");
    assert_eq!(play.play.model.layers.len(), 1);
    assert!(play.screen().contains("what it is") && play.screen().contains("zone"), "{}", play.screen());
    // What is marked there is the fact that is shown, and it stays.
    play.press("]r");
    assert!(play.screen().contains("decided, saved "), "{}", play.screen());
    assert_eq!(play.play.model.layers.len(), 1);
    let marked: Vec<String> = {
        let journal = Journal::read(&play.desk.file.read().expect("reads"));
        journal.marks().all().map(|(path, _)| path.to_owned()).collect()
    };
    let shown = play.play.model.layers[0].subject().map(|(comparison, row, _)| comparison.path(row).to_string());
    assert_eq!(Some(&marked[0]), shown.as_ref());
    play.press("q");
    assert!(play.play.model.layers.is_empty() && play.play.model.view == View::Review);

    // What the list says of it stands there too, before the tree has been judged.
    let mut play = begin(STAGING, (120, 40));
    assert!(play.play.model.tree.judgement().is_none());
    play.press("<enter>");
    let screen = play.screen();
    assert!(screen.contains("why: ") && screen.contains("score: "), "{screen}");
}

#[test]
fn it_fits_every_size_and_always_says_the_verdict() {
    for size in [(120, 40), (100, 30), (80, 24), (70, 20), (60, 20), (40, 10)] {
        let mut play = begin(STAGING, size);
        for typed in ["", "nr", "!", "i", "<esc>G", "q", "n", "tx"] {
            play.press(typed);
            let screen = play.screen();
            assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{screen}");
            if play.play.model.layers.is_empty() {
                assert!(screen.contains("BLOCK (exit 1)"), "{size:?} {typed}: {screen}");
            }
        }
    }
}

#[test]
fn without_a_review_its_keys_say_where_there_is_one() {
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION)], (80, 24));
    for key in ["r", "R", "!", "i", "u"] {
        play.press(key);
        assert!(play.screen().contains(":review opens"), "{key}: {}", play.screen());
        assert!(play.effects.is_empty() && play.model.view == View::Tree);
    }
}

#[test]
fn an_acceptance_closes_its_item_at_once_and_undo_opens_it_again() {
    let mut play = begin(STAGING, (120, 40));
    play.play.model.accepts.author = "Ann".into();
    assert!(play.selected().contains("os.zone"), "{}", play.screen());
    play.press("athe report reads it as UTC<enter>");
    assert!(play.accepted().exists(), "{}", play.screen());
    let screen = play.screen();
    assert!(screen.contains("1 of 5 gate items done"), "{screen}");
    assert!(screen.contains("verdict if you leave now: UNDECIDED (exit 3)"), "{screen}");
    assert!(!play.selected().contains("os.zone"), "on to the next that is open: {screen}");
    let line = screen.lines().find(|line| line.contains("os.zone")).unwrap_or_default();
    assert!(line.contains("[x] ~a"), "{line}");
    play.press("u");
    assert!(play.selected().contains("os.zone"), "{}", play.screen());
    assert!(play.screen().contains("0 of 5 gate items done"), "{}", play.screen());
    assert!(play.screen().contains("leave now: BLOCK (exit 1)"), "{}", play.screen());
}

#[test]
fn marks_and_acceptances_are_undone_and_done_again_in_their_order() {
    let mut play = begin(STAGING, (120, 40));
    play.play.model.accepts.author = "Ann".into();
    play.press("athe report reads it as UTC<enter>");
    play.press("!");
    let both = play.signs();
    assert!(both.starts_with("x!"), "{}", play.screen());
    play.press("u");
    assert!(play.signs().starts_with("x "), "the flag goes first: {}", play.screen());
    play.press("u");
    assert!(play.signs().starts_with("  "), "{}", play.screen());
    play.press("U");
    assert!(play.signs().starts_with("x "), "and comes back last: {}", play.screen());
    play.press("<c-r>");
    assert_eq!(play.signs(), both);
    play.press("u");
    play.press("GkkkU");
    assert_eq!(play.signs(), both, "where the cursor is does not matter");
    play.press("ur");
    let decided = play.signs();
    play.press("U");
    assert_eq!(play.signs(), decided, "a new decision ends it");
}

#[test]
fn what_is_accepted_while_a_commit_is_judged_changes_nothing_of_it() {
    let mut play = begin(STAGING, (120, 40));
    play.play.model.accepts.author = "Ann".into();
    if let Some(review) = &mut play.play.model.review {
        review.is_of_commit = true;
    }
    play.press("athe report reads it as UTC<enter>");
    assert!(play.accepted().exists());
    let screen = play.screen();
    assert!(screen.contains("0 of 5 gate items done") && screen.contains("BLOCK (exit 1)"), "{screen}");
    assert!(screen.contains("commit it and push again"), "{screen}");
}

#[test]
fn what_comes_from_one_cause_is_one_item_and_is_decided_at_once_or_alone() {
    let mut play = begin(&with_file(), (120, 40));
    let fold = |play: &Play| {
        let screen = play.screen();
        screen.lines().skip(3).find(|line| line.contains("app.conf")).unwrap_or_default().to_owned()
    };
    assert!(play.screen().contains("0 of 8 gate items done"), "{}", play.screen());
    assert!(fold(&play).contains("(3)") && fold(&play).contains("0 of 3 done"), "{}", play.screen());
    while !play.selected().contains("app.conf") {
        play.press("j");
    }
    play.press("r");
    assert!(fold(&play).contains("[x]") && fold(&play).contains("all reviewed"), "{}", play.screen());
    assert!(play.screen().contains("3 of 8 gate items done"), "{}", play.screen());
    let journal = Journal::read(&play.desk.file.read().expect("reads"));
    let marks = journal.marks();
    let pins: Vec<_> = marks.all().map(|(path, marked)| (path.to_owned(), marked.values.clone())).collect();
    assert_eq!(pins.len(), 3, "each has its own");
    assert!(pins.windows(2).all(|pair| pair[0].1 != pair[1].1), "{pins:?}");
    play.press("u");
    assert!(fold(&play).contains("0 of 3 done"), "one decision, one undo: {}", play.screen());
    while !play.selected().contains("app.conf") {
        play.press("j");
    }
    play.press("<enter>j!");
    assert!(fold(&play).contains("[!]") && fold(&play).contains("FLAGGED"), "{}", play.screen());
    assert_eq!(play.signs().matches('!').count(), 2, "the fold and its member: {}", play.screen());
    assert!(play.screen().contains("1 of 8 gate items done"), "{}", play.screen());
    play.press("h");
    assert_eq!(play.signs().matches('!').count(), 1, "closed again: {}", play.screen());
}

#[test]
fn a_cause_is_accepted_from_its_line() {
    let mut play = begin(&with_file(), (120, 40));
    play.play.model.accepts.author = "Ann".into();
    while !play.selected().contains("app.conf") {
        play.press("j");
    }
    play.press("athe file is written by the deployment<enter>");
    let text = crate::reference::read_small(&play.accepted()).unwrap_or_default();
    assert!(text.contains("cause:"), "{text}");
    assert!(play.screen().contains("3 of 8 gate items done"), "{}", play.screen());
}
