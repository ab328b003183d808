use crate::tui::fixture::{Screenplay, model};
use crate::tui::keys::{BINDINGS, Screen};
use proptest::prelude::*;

#[test]
fn every_key_of_the_screen_is_listed() {
    let mut play = Screenplay::new(model(), (120, 80));
    play.press("?");
    let mut seen = play.screen();
    play.press("<end>");
    seen.push_str(&play.screen());
    for binding in BINDINGS.iter().filter(|b| b.holds_on(Screen::Tree)) {
        assert!(seen.contains(binding.words), "{} is missing in {seen}", binding.name);
    }
    assert!(seen.contains("only on the right side"));
}

#[test]
fn the_page_of_keys_is_not_stale() {
    let page = include_str!("../../../docs/keys.md");
    assert!(super::document() == page, "docs/keys.md is stale: cargo run --example screens writes it");
    let names = BINDINGS.iter().filter(|b| !page.contains(&format!("`{}`", b.name)));
    assert_eq!(names.count(), 0);
}

#[test]
fn typing_filters_and_enter_does_it() {
    let mut play = Screenplay::new(model(), (80, 24));
    play.press("?next stop");
    let shown = play.screen();
    assert!(shown.contains("->  n ") || shown.contains("-> n"), "{shown}");
    assert!(!shown.contains("previous section"), "{shown}");
    play.press("<enter>");
    assert!(play.screen().contains("drift  staging"), "{}", play.screen());
    assert!(play.model.layers.is_empty());
}

#[test]
fn help_of_the_detail_lists_its_keys() {
    let mut play = Screenplay::new(model(), (80, 40));
    play.press("<enter>?");
    assert!(play.screen().contains("next tab"), "{}", play.screen());
    play.press("<esc><esc>");
    assert!(play.model.layers.is_empty());
}

proptest! {
    #[test]
    fn any_size_draws(width in 1u16..140, height in 1u16..50, typed in "[a-z]{0,3}") {
        let mut play = Screenplay::new(model(), (80, 24));
        play.press("?");
        play.press(&typed);
        play.resize((width, height));
        play.screen();
    }
}
