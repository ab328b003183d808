use super::command::{Command, items, nearest, parse};
use crate::tui::fixture::{Screenplay, model, snapshot};
use crate::tui::keys::{BINDINGS, Screen};
use crate::tui::message::{Effect, Message};
use proptest::prelude::*;

fn play() -> Screenplay {
    Screenplay::new(model(), (80, 24))
}

#[test]
fn words_in_any_order_find_a_command_and_enter_runs_it() {
    let mut play = play();
    play.press(":below unf");
    let shown = play.screen();
    assert!(
        shown.lines().nth(2).is_some_and(|line| line.contains("-> unfold below") && line.contains(" e ")),
        "{shown}"
    );
    play.press("<esc>:fold all<enter>");
    assert!(play.model.layers.is_empty());
    assert!(play.screen().contains("+ os"), "{}", play.screen());
}

#[test]
fn every_key_has_a_command() {
    for screen in [Screen::Tree, Screen::Detail, Screen::Picker] {
        let items = items(screen, &[]);
        for binding in BINDINGS.iter().filter(|b| b.holds_on(screen) && b.name != "commands") {
            assert!(items.iter().any(|item| item.command == Some(Command::Do(binding.action))), "{}", binding.name);
        }
    }
}

#[test]
fn typed_forms_work_as_in_vim() {
    let mut play = play();
    play.press(":go os.sysctl.net.core.somaxconn<enter>");
    let path = |play: &Screenplay| play.model.tree.comparison().path(play.model.tree.cursor()).to_string();
    assert_eq!(path(&play), "os.sysctl.\"net.core.somaxconn\"");
    play.press(":1<enter>");
    assert_eq!(path(&play), "os");
    play.press(":filter somax<enter>");
    assert_eq!(play.model.tree.filter(), Some(("somax", true)));
    play.press(":glyphs unicode<enter>");
    assert_eq!(play.model.glyphs, crate::tui::glyphs::Glyphs::UNICODE);
    play.press(":<up><up><enter>");
    assert_eq!(play.model.commands.last().map(String::as_str), Some("filter somax"));
    play.press(":diag<enter>");
    assert!(matches!(play.effects.last(), Some(Effect::Print(text)) if text.contains("size 80x24")));
    play.press(":q<enter>");
    assert!(matches!(play.effects.last(), Some(Effect::Quit)));
}

#[test]
fn wrong_text_says_what_would_be_right() {
    let mut play = play();
    play.press(":theme neon<enter>");
    assert!(play.screen().contains("there is no theme \"neon\": ansi, dark, light"), "{}", play.screen());
    play.press("<c-u>unfoldx<enter>");
    assert!(play.screen().contains("the nearest is: unfold"), "{}", play.screen());
    play.press("<c-u>go os.nothing<enter>");
    assert!(play.screen().contains("no fact stands at os.nothing"), "{}", play.screen());
    assert!(matches!(parse("filter risk:>=", &model()), Some(Err(_)) | Some(Ok(_))));
    assert_eq!(nearest(&items(Screen::Tree, &[]), ""), None);
}

#[test]
fn a_command_acts_on_the_screen_beneath() {
    let mut play = play();
    play.press("<enter>:next tab<enter>");
    assert!(play.screen().contains("[Values]"), "{}", play.screen());
}

proptest! {
    #[test]
    fn any_text_and_size_draw(typed in "[a-z :0-9]{0,8}", width in 1u16..140, height in 1u16..50) {
        let mut play = play();
        play.press(":");
        play.press(&typed);
        play.press("<tab>");
        play.resize((width, height));
        play.screen();
    }
}

#[test]
fn what_cannot_be_added_stays_to_be_mended() {
    let mut play = play();
    play.press("3+exampel:ci<enter>");
    assert!(matches!(play.effects.last(), Some(Effect::Load(text)) if text == "exampel:ci"));
    assert!(play.screen().contains("reading .."), "{}", play.screen());
    play.send(Message::Loaded(String::new(), Err("no such file: exampel:ci".to_owned())));
    let screen = play.screen();
    assert!(screen.contains(": add exampel:ci") && screen.contains("no such file: exampel:ci"), "{screen}");
    play.press("<c-w>");
    assert!(!play.screen().contains("no such file"), "typing takes the error away: {}", play.screen());
    play.press("example:ci<enter>");
    assert!(matches!(play.effects.last(), Some(Effect::Load(text)) if text == "example:ci"));
    play.send(Message::Loaded(String::new(), Ok(snapshot("fourth", vec![("os.kernel.release", "6.1.0".into())]))));
    assert!(play.model.layers.is_empty() && play.model.snapshots.len() == 4, "{}", play.screen());
}
