//! Reports written with keys to real files.

use super::Writing;
use crate::base::cancel::Cancel;
use crate::tui::fixture::{Screenplay, of};
use crate::tui::keys::keys;
use crate::tui::message::{Effect, Message};
use std::path::PathBuf;
use std::sync::Arc;

const STAGING: &str = r#"{"cache":{"size":256},"os":{"kernel":{"release":"6.1.0"},"zone":"Europe/Berlin"}}"#;
const PRODUCTION: &str = r#"{"cache":{"size":48},"os":{"kernel":{"release":"5.10.0"},"zone":"UTC"}}"#;

struct Play {
    play: Screenplay,
    folder: tempfile::TempDir,
}

fn begin(size: (u16, u16)) -> Play {
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION)], size);
    play.judge();
    Play { play, folder: tempfile::tempdir().expect("a folder") }
}

impl Play {
    /// Does what was asked for, and tells the screen.
    fn settle(&mut self) {
        for effect in std::mem::take(&mut self.play.effects) {
            match effect {
                Effect::Draft(drafting) => {
                    let message = drafting.run(&Cancel::new()).expect("not cancelled");
                    self.play.send(message);
                }
                Effect::Write(writing) => {
                    let path = self.folder.path().join(&writing.path);
                    let writing = Writing { path, ..*writing };
                    self.play.send(Message::Written(Arc::clone(&writing.wish), writing.run()));
                }
                Effect::List(listing) => self.play.send(Message::Listed(listing.run())),
                other => self.play.effects.push(other),
            }
        }
    }

    fn press(&mut self, typed: &str) -> String {
        for key in keys(typed) {
            self.play.send(Message::Key(key));
            self.settle();
        }
        self.play.screen()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_default()
    }
}

#[test]
fn the_preview_is_the_beginning_of_the_file() {
    for size in [(120, 40), (80, 24), (60, 20)] {
        let mut play = begin(size);
        let screen = play.press("W");
        assert!(screen.contains("write a report") && screen.contains("Preview"), "{screen}");
        let screen = play.press("<enter>");
        let text = play.text("drift-staging-production.md");
        assert!(text.contains("os.zone"), "{text}");
        assert!(!screen.contains("write a report") && screen.contains("3 rows"), "{screen}");
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_after_y() {
    let mut play = begin((120, 40));
    std::fs::write(play.file("drift-staging-production.md"), "mine").expect("written");
    let screen = play.press("W<enter>");
    assert!(screen.contains("y replaces it"), "{screen}");
    play.press("<tab>");
    assert_eq!(play.text("drift-staging-production.md"), "mine");
    play.press("<enter>y");
    assert!(play.text("drift-staging-production.md").contains("os.zone"));
}

#[test]
fn the_branch_that_is_selected_is_a_scope() {
    let text =
        |size: u32| format!(r#"{{"os":{{"a b":{{"x, y":{size},"z":1}},"kernel":{{"release":{size}}}}},"z":{size}}}"#);
    let mut play = of(&[("staging", &text(1)), ("production", &text(2))], (120, 40));
    play.judge();
    let mut play = Play { play, folder: tempfile::tempdir().expect("a folder") };
    let screen = play.press("ggjjW");
    assert!(screen.contains(r#"( ) this branch: os."a b" (1)"#) && screen.contains("(*) all 3 rows"), "{screen}");
    let screen = play.press("<tab><tab> <enter>");
    assert!(screen.contains("1 row, 2 not shown"), "{screen}");
    let written = play.text("drift-staging-production.md");
    // The filter that it names shows the same.
    assert!(written.contains(r#"path:os."a b""#) && written.contains("x, y"), "{written}");
    let screen = play.press(r#"/path:os."a b"<enter>"#);
    assert!(screen.contains("1 of 3 diffs"), "{screen}");
}

#[test]
fn what_another_dialog_asked_for_is_not_taken_for_ones_own() {
    let mut play = begin((120, 40));
    play.play.send(Message::Key(keys("W")[0]));
    play.play.send(Message::Key(keys("<enter>")[0]));
    let first = play.play.effects.iter().find_map(|effect| match effect {
        Effect::Write(writing) => Some(Arc::clone(&writing.wish)),
        _ => None,
    });
    play.play.effects.clear();
    for key in keys("<esc>W<enter>") {
        play.play.send(Message::Key(key));
    }
    play.play.send(Message::Written(first.expect("it is to be written"), Ok("the first".to_owned())));
    let screen = play.play.screen();
    assert!(screen.contains("write a report") && screen.contains("writing .."), "{screen}");
    play.settle();
    let screen = play.play.screen();
    assert!(!screen.contains("write a report") && screen.contains("3 rows, 0 not shown"), "{screen}");
}

#[test]
fn the_ending_follows_the_format() {
    let mut play = begin((120, 40));
    play.press("W<right>");
    let screen = play.press("<enter>");
    assert!(play.text("drift-staging-production.html").contains("<html"), "{screen}");
    // Three forms are JSON, and no two take each other's file.
    let mut play = begin((120, 40));
    play.press("W");
    let shown: Vec<String> = (0..8).map(|_| play.press("<right>")).collect();
    for name in ["json", "sarif", "json-patch"] {
        assert!(shown.iter().any(|screen| screen.contains(&format!("drift-staging-production.{name} "))), "{name}");
    }
}

#[test]
fn the_path_is_completed_with_tab() {
    let mut play = begin((120, 40));
    for name in ["drift-a.md", "drift-b.md", "other.md"] {
        std::fs::write(play.file(name), "").expect("written");
    }
    std::fs::create_dir(play.file("drafts")).expect("made");
    std::fs::write(play.file("drafts/old.md"), "").expect("written");
    let folder = play.folder.path().to_str().expect("text").to_owned();
    play.press("W<up><c-u>");
    play.press(&format!("{folder}/dr<tab>"));
    let screen = play.press("<tab>");
    assert!(screen.contains("drafts/  [drift-a.md]  drift-b.md   Tab next"), "{screen}");
    let screen = play.press("<tab><tab>");
    assert!(screen.contains("[drafts/]  drift-a.md"), "around the end: {screen}");
    // What is typed after it goes on from there.
    let screen = play.press("o<tab>");
    assert!(screen.contains(&format!("{folder}/drafts/old.md")) && screen.contains("[old.md]"), "{screen}");
    // Where there is nothing to complete, the key goes on to the next field.
    play.press("<c-u>nowhere/x<tab>");
    let screen = play.press("<right>");
    assert!(screen.contains("nowhere/x"), "{screen}");
    assert!(screen.contains("< html >"), "the format has the keys: {screen}");
}

#[test]
fn all_snapshots_are_a_scope_where_more_than_two_are_open() {
    let ci = r#"{"cache":{"extra":1,"size":48},"os":{"kernel":{"release":"6.1.0"},"zone":"UTC"}}"#;
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION), ("ci", ci)], (120, 40));
    play.judge();
    let mut play = Play { play, folder: tempfile::tempdir().expect("a folder") };
    let screen = play.press("W");
    assert!(screen.contains("all 3 rows") && !screen.contains("snapshots, all"), "not judged yet: {screen}");
    play.press("<esc>3");
    play.play.judge_all();
    play.press("/area:cache<enter>W");
    let screen = play.press("<enter>");
    let text = play.text("drift-staging-production.md");
    assert!(text.contains("cache.extra") && text.contains("| ci |") && !text.contains("os.zone"), "{screen}\n{text}");
    assert!(screen.contains("2 rows, 2 not shown"), "{screen}");
    let screen = play.press("1");
    assert!(screen.contains("filter: area:cache"), "{screen}");
    play.press("W");
    let screen = play.press("<tab><tab>");
    assert!(
        screen.contains("what the filter shows: 1 of 3") && screen.contains("2 of 6"),
        "the filter of the tree: {screen}"
    );
}
