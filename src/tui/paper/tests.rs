use crate::base::cancel::Cancel;
use crate::report::{self, Format};
use crate::tui::fixture::{Screenplay, of};
use crate::tui::keys::keys;
use crate::tui::message::{Effect, Message};
use crate::tui::model::View;

const STAGING: &str = r#"{"cache":{"policy":"noeviction","size":256},"dns":{"resolver":{"search":["a"]}},"os":{"kernel":{"release":"6.1.0"},"zone":"Europe/Berlin","esc":"\u001b[31mred"}}"#;
const PRODUCTION: &str = r#"{"cache":{"policy":"allkeys-lru","size":48},"dns":{"resolver":{"search":["b"]}},"os":{"kernel":{"release":"5.10.0"},"zone":"UTC","esc":"none"}}"#;

fn begin(size: (u16, u16)) -> Screenplay {
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION)], size);
    play.judge();
    press(&mut play, "5");
    play
}

/// Keys, and what was asked for is done.
fn press(play: &mut Screenplay, typed: &str) {
    for key in keys(typed) {
        play.send(Message::Key(key));
        settle(play);
    }
}

fn settle(play: &mut Screenplay) {
    while let Some(at) = play.effects.iter().position(|effect| matches!(effect, Effect::Paper(_))) {
        let Effect::Paper(papering) = play.effects.remove(at) else { unreachable!("it is one") };
        let answer = papering.run(&Cancel::new()).expect("not cancelled");
        play.send(Message::Papered(answer));
    }
}

#[test]
fn the_text_is_that_of_the_file() {
    let mut play = begin((120, 40));
    let judged = play.model.tree.judgement().expect("judged");
    let rows = judged.assessment.rows(false);
    let mut written = Vec::new();
    report::write(Format::Text, &judged.assessment.report(&judged.ruling, &rows), &mut written).expect("written");
    press(&mut play, "P");
    let Some(Effect::Print(text)) = play.effects.pop() else { panic!("printed") };
    assert_eq!(text, String::from_utf8(written).expect("text"));
    let screen = play.screen();
    assert!(screen.contains("[5 Report]") && screen.contains("Worst first"), "{screen}");
    assert!(!text.contains('\u{1b}'), "what a snapshot says is shown in its display form");
}

#[test]
fn it_is_of_what_the_tree_shows_and_the_path_stays() {
    let mut play = begin((80, 24));
    press(&mut play, "1/area:cache<enter>j");
    let selected = play.model.tree.cursor();
    press(&mut play, "5G");
    let screen = play.screen();
    assert!(screen.contains("filter: area:cache") && screen.contains("2 of 6 rows"), "{screen}");
    assert!(screen.contains("NOT SHOWN") && !screen.contains("os.zone"), "{screen}");
    press(&mut play, "\\");
    assert!(play.screen().contains("6 rows"), "{}", play.screen());
    press(&mut play, "q");
    assert_eq!((play.model.view, play.model.tree.cursor()), (View::Tree, selected));
}

#[test]
fn a_text_is_found_in_any_case_and_left_again() {
    let mut play = begin((60, 20));
    press(&mut play, "fZONE<enter>");
    assert!(play.screen().contains("match 0/0"), "a capital is meant: {}", play.screen());
    press(&mut play, "f<c-u>worst<enter>");
    let screen = play.screen();
    assert!(screen.contains("Worst first") && screen.contains("match 1/1 of \"worst\""), "{screen}");
    press(&mut play, "f<c-u>os.<enter>");
    let at = |play: &Screenplay| play.model.paper.find.as_ref().and_then(|find| find.at);
    assert_eq!(at(&play), Some(0));
    press(&mut play, "n");
    assert_eq!(at(&play), Some(1));
    press(&mut play, "NN");
    assert_eq!(play.model.note, "wrapped to the last");
    press(&mut play, "fxyz<esc>");
    assert!(play.screen().contains("of \"os.\""), "as before: {}", play.screen());
    press(&mut play, "<esc>");
    assert!(play.model.view == View::Report && !play.screen().contains("match"), "{}", play.screen());
    press(&mut play, "n");
    assert!(play.model.paper.top > 0, "without anything to look for it goes from part to part");
}

#[test]
fn only_what_is_in_view_is_drawn_and_it_fits() {
    for size in [(120, 40), (80, 24), (60, 20), (40, 10)] {
        let mut play = begin(size);
        let first = play.screen();
        press(&mut play, "<pgdn>G");
        let screen = play.screen();
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{screen}");
        assert!(screen.contains("100 %") && screen.contains("Written by"), "{screen}");
        press(&mut play, "gj");
        if size.1 < 40 {
            let line = |screen: &str, y: usize| screen.lines().nth(y).unwrap_or_default().to_owned();
            assert_eq!(line(&play.screen(), 2), line(&first, 3), "a line further");
        }
    }
}

#[test]
fn it_waits_and_follows_what_is_decided() {
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION)], (80, 24));
    press(&mut play, "5");
    assert!(play.screen().contains("judging"), "{}", play.screen());
    play.judge();
    settle(&mut play);
    assert!(play.screen().contains("differences"), "{}", play.screen());
    play.resize((60, 20));
    settle(&mut play);
    assert!(play.screen().lines().all(|line| line.chars().count() <= 60), "{}", play.screen());
}
