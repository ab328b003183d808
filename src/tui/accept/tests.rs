//! Acceptances played with keys and written to a real file.

use super::desk::Desk;
use crate::reference::Configuration;
use crate::tui::fixture::{Screenplay, of};
use crate::tui::keys::keys;
use crate::tui::message::{Effect, Message};
use std::path::PathBuf;

const STAGING: &str = r#"{"cache":{"size":256},"os":{"kernel":{"release":"6.1.0"},"sysctl":{"net.core.somaxconn":4096},"zone":"Europe/Berlin"}}"#;
const PRODUCTION: &str =
    r#"{"cache":{"size":48},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"net.core.somaxconn":128},"zone":"UTC"}}"#;

struct Play {
    play: Screenplay,
    desk: Desk,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

fn begin(size: (u16, u16)) -> Play {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("driftglass.accept.toml");
    let mut configuration = Configuration::default();
    configuration.acceptances.clone_from(&file);
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION)], size);
    let mut ruling = (*play.model.ruling).clone();
    ruling.today = "2026-11-25".parse().expect("a day");
    play.model.ruling = std::sync::Arc::new(ruling);
    play.model.accepts.author = "Ann".to_owned();
    play.judge();
    Play { play, desk: Desk { configuration, author: None }, file, _folder: folder }
}

impl Play {
    /// Does what was asked for, and tells the screen.
    fn settle(&mut self) {
        for effect in std::mem::take(&mut self.play.effects) {
            match effect {
                Effect::Accept(wish) => {
                    let outcome = self.desk.carry_out(*wish);
                    self.play.send(Message::Accepted(Box::new(outcome)));
                    self.play.judge();
                }
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

    fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap_or_default()
    }

    fn row(&self, key: &str) -> String {
        let screen = self.play.screen();
        screen.lines().skip(2).find(|line| line.contains(key)).unwrap_or_default().to_owned()
    }
}

#[test]
fn a_difference_is_accepted_and_undone() {
    let mut play = begin((120, 40));
    play.press("fsomaxconn<enter><esc>");
    let screen = play.press("a<enter>");
    assert!(screen.contains("a reason has 10 characters or more (0 so far)"), "{screen}");
    assert_eq!(play.text(), "", "nothing is written without a reason");
    play.press("the load balancer has its own queue<enter>");
    let text = play.text();
    assert!(text.contains("[accept.\"os.sysctl.\\\"net.core.somaxconn\\\"\"]") || text.contains("somaxconn"), "{text}");
    assert!(text.contains("the load balancer has its own queue") && text.contains("author = \"Ann\""), "{text}");
    assert!(text.contains("values = {") && text.contains("b3:"), "pinned: {text}");
    assert!(play.play.model.layers.is_empty(), "the dialog is left once it is on the disk");
    assert!(play.row("net.core.somaxconn").contains("~a"), "{}", play.row("net.core.somaxconn"));
    assert!(play.play.screen().contains(" a1"), "counted in the title: {}", play.play.screen());
    assert!(play.play.screen().contains("by Ann, 2026-11-25: the load balancer"), "{}", play.play.screen());
    play.press("u");
    assert!(!play.text().contains("somaxconn"), "{}", play.text());
    assert!(!play.row("net.core.somaxconn").contains("~a"));
    let screen = play.press("U");
    assert!(play.text() == text && play.row("net.core.somaxconn").contains("~a"), "{screen}");
    assert!(screen.contains("done again"), "{screen}");
    assert!(play.press("<c-r>").contains("nothing to do again"));
    play.press("u");
    assert!(!play.text().contains("somaxconn"), "{}", play.text());
}

#[test]
fn no_end_is_offered_only_below_high() {
    let mut play = begin((120, 40));
    let worst = play.press("2ga");
    let offered = worst.lines().find(|line| line.contains("Until")).unwrap_or_default();
    let band = play.play.model.tree.judgement().map(|judged| judged.assessment.open.lines()[0].band);
    assert_eq!(offered.contains("no end"), band < Some(crate::risk::Band::High), "{worst}");
    play.press("<esc>1/zone<enter>");
    let screen = play.press("a");
    assert!(screen.lines().any(|line| line.contains("Until") && line.contains("no end")), "{screen}");
}

#[test]
fn an_accepted_row_is_changed_or_taken_back() {
    let mut play = begin((80, 24));
    play.press("/zone<enter>areports are made in local time<enter>");
    let screen = play.press("a");
    assert!(screen.contains("reports are made in local time") && screen.contains("change it"), "{screen}");
    play.press("<s-tab><space><enter>");
    assert!(!play.text().contains("os.zone"), "{}", play.text());
    play.press("u");
    assert!(play.text().contains("reports are made in local time"), "{}", play.text());
}

#[test]
fn a_file_that_is_wrong_keeps_the_dialog_and_its_text() {
    let mut play = begin((80, 24));
    std::fs::write(&play.file, "[accept.x\n").expect("writes");
    let screen = play.press("/zone<enter>areports are made in local time<enter>");
    assert!(screen.contains("NOT SAVED") && screen.contains("reports are made in local"), "{screen}");
    assert_eq!(play.text(), "[accept.x\n", "and nothing is written");
    std::fs::remove_file(&play.file).expect("removed");
    play.press("<enter>");
    assert!(play.text().contains("reports are made in local time"));
}

#[test]
fn what_is_kept_here_alone_is_in_no_file() {
    let mut play = begin((120, 40));
    // From the reason to where it is kept: the field before the first.
    play.press("/zone<enter>areports are made in local time<s-tab><right><enter>");
    assert_eq!(play.text(), "");
    assert!(play.row("zone").contains("~a"), "{}", play.play.screen());
    play.press("u");
    assert!(!play.row("zone").contains("~a"), "{}", play.play.screen());
}

#[test]
fn somebody_elses_change_is_not_undone() {
    let mut play = begin((80, 24));
    play.press("/zone<enter>areports are made in local time<enter>");
    let changed = play.text().replace("local time", "the time of the office");
    std::fs::write(&play.file, &changed).expect("writes");
    let screen = play.press("u");
    assert!(screen.contains("somebody has changed it since"), "{screen}");
    assert_eq!(play.text(), changed);
}

#[test]
fn the_dialog_has_its_place_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (60, 20)] {
        let mut play = begin((width, height));
        let screen = play.press("/somaxconn<enter>athe load balancer has a queue");
        insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("accept_{width}x{height}"), screen);
        });
    }
    let mut play = begin((120, 40));
    play.press("/zone<enter>aof the office");
    for size in [(60, 20), (36, 8), (80, 24), (40, 10), (120, 40)] {
        play.play.resize(size);
        let screen = play.play.screen();
        assert_eq!(screen.contains("of the office"), size.0 >= 40, "{size:?}: {screen}");
    }
}
