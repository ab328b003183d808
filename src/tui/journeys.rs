//! Going from screen to screen and back, played with keys.

use super::fixture::{Screenplay, of};
use super::message::Effect;
use super::model::View;

const STAGING: &str = r#"{"cache":{"redis":{"maxmemory":"256mb"}},"dns":{"resolver":{"search":["a"]}},"hardware":{"memory":{"total_bytes":8589934592}},"os":{"kernel":{"release":"6.1.0"},"sysctl":{"net.core.somaxconn":4096,"vm.swappiness":60}}}"#;
const PRODUCTION: &str = r#"{"cache":{"redis":{"maxmemory":"8gb"}},"dns":{"resolver":{"search":["b"]}},"hardware":{"memory":{"total_bytes":68719476736}},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"net.core.somaxconn":128,"vm.swappiness":10}}}"#;
const CI: &str = r#"{"cache":{"redis":{"maxmemory":"8gb"}},"dns":{"resolver":{"search":["b"]}},"hardware":{"memory":{"total_bytes":4294967296}},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"net.core.somaxconn":128,"vm.swappiness":60}}}"#;

fn play(sides: &[(&str, &str)], size: (u16, u16)) -> Screenplay {
    let mut play = of(sides, size);
    play.judge();
    play
}

fn three(size: (u16, u16)) -> Screenplay {
    play(&[("staging", STAGING), ("ci", CI), ("production", PRODUCTION)], size)
}

fn at(play: &Screenplay) -> String {
    play.model.tree.comparison().path(play.model.tree.cursor()).to_string()
}

fn quits(play: &Screenplay) -> bool {
    play.effects.iter().any(|effect| matches!(effect, Effect::Quit))
}

const SWAPPINESS: &str = "os.sysctl.\"vm.swappiness\"";

#[test]
fn the_selected_path_stays_through_screens_that_list_areas_and_causes() {
    let mut play = three((80, 24));
    play.press(&format!(":go {SWAPPINESS}<enter>"));
    for view in ["7", "2", "6", "3", "4"] {
        play.press(view);
        play.judge_all();
        play.press("1");
        assert_eq!(at(&play), SWAPPINESS, "there and back by {view}");
    }
    play.press("762");
    play.judge_all();
    play.press("1");
    assert_eq!(at(&play), SWAPPINESS, "over several");
    play.press("7");
    assert!(play.screen().lines().any(|line| line.starts_with("-> os ")), "its area is selected: {}", play.screen());
    play.press("k1");
    assert_eq!(at(&play), "hardware", "what was selected there counts");
}

#[test]
fn the_way_back_from_the_tree_is_the_screen_that_led_to_it() {
    for (view, name) in [("6", View::Overview), ("7", View::Coverage)] {
        let mut play = three((80, 24));
        play.press(view);
        play.judge_all();
        play.press("<enter>");
        assert_eq!(play.model.view, View::Tree);
        play.press("q");
        assert_eq!((play.model.view, quits(&play)), (name, false), "Enter led away from there");
        play.press("qq");
        assert!(quits(&play), "from there to the tree, and out");
        let screen = three_at(view);
        assert!(screen.contains("q back"), "{screen}");
    }
    assert!(three_at("3").contains("q back"), "{}", three_at("3"));
}

fn three_at(view: &str) -> String {
    let mut play = three((120, 40));
    play.press(view);
    play.judge_all();
    play.screen()
}

#[test]
fn a_screen_without_a_filter_says_that_it_shows_all() {
    let mut play = three((80, 24));
    play.press("/area:dns<enter>");
    for view in ["2", "6", "7"] {
        play.press(view);
        play.judge_all();
        assert!(play.screen().contains("all is shown here: the filter area:dns"), "{}", play.screen());
        play.press("/");
        assert!(play.screen().contains("tree and matrix have a filter"), "{}", play.screen());
    }
}

#[test]
fn a_path_that_the_filter_hides_is_said_to_be_hidden() {
    let mut play = three((80, 24));
    play.press(&format!("/area:dns<enter>:go {SWAPPINESS}<enter>"));
    assert!(play.model.note.contains("hidden by the filter"), "{}", play.model.note);
    play.press(":go dns.resolver.search<enter>");
    assert_eq!((at(&play).as_str(), play.model.note.as_str()), ("dns.resolver.search", ""));
}

#[test]
fn a_filter_that_goes_gives_the_row_its_line_back() {
    let facts = |n: u32| {
        let many: Vec<String> = (0..60).map(|i| format!(r#""k{i:02}":{}"#, i + n)).collect();
        format!(r#"{{"cache":{{"z":{n}}},"os":{{"sysctl":{{{}}}}}}}"#, many.join(","))
    };
    let mut play = play(&[("staging", &facts(1)), ("production", &facts(2))], (80, 24));
    play.press(":go os.sysctl.k30<enter>kk");
    let line = |play: &Screenplay| play.screen().lines().position(|line| line.starts_with("->"));
    let (path, before) = (at(&play), line(&play));
    play.press("/area:cache<enter>");
    assert_ne!(at(&play), path);
    play.press("\\");
    assert_eq!((at(&play), line(&play)), (path, before));
}

#[test]
fn menus_say_all_their_words_in_a_small_window() {
    for size in [(80, 24), (60, 20)] {
        let mut play = three(size);
        play.press("y");
        let screen = play.screen();
        for words in ["y row", "l left", "m Markdown", "j JSON pointer", "w this view", "f filter"] {
            assert!(screen.contains(words), "{words}: {screen}");
        }
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{screen}");
        play.press("<esc>t");
        assert!(play.screen().contains("= +same") || play.screen().contains("= -same"), "{}", play.screen());
    }
}

#[test]
fn what_is_kept_nowhere_is_not_left_without_a_question() {
    let mut play = three((80, 24));
    play.model.captured = vec![0];
    play.press("q");
    let screen = play.screen();
    assert!(!quits(&play) && screen.contains("staging is kept nowhere"), "{screen}");
    play.press("n");
    assert!(!quits(&play));
    play.press("qy");
    assert!(quits(&play));
}

#[test]
fn letters_leave_the_paths_of_the_matrix_their_room() {
    let mut play = three((60, 20));
    play.press("3");
    let screen = play.screen();
    assert!(screen.contains("os.sysctl.\"net.core.somaxconn\""), "{screen}");
}

#[test]
fn a_fresh_start_has_the_sides_and_the_selection_of_the_first() {
    let mut play = play(&[("staging", STAGING), ("production", PRODUCTION)], (80, 24));
    let begun = at(&play);
    play.press("xjj:fresh<enter>");
    play.judge();
    assert_eq!((play.model.sides, at(&play)), ((0, 1), begun));
}

#[test]
fn the_history_names_its_sides_and_a_diagnosis_the_theme() {
    let mut play = three((80, 24));
    play.press(":theme contrast<enter>:diag<enter>");
    let told = play.effects.iter().find_map(|effect| match effect {
        Effect::Print(text) => Some(text.clone()),
        _ => None,
    });
    assert!(told.is_some_and(|text| text.contains("theme contrast")));
}

#[test]
fn what_a_filter_asks_for_is_opened_though_it_is_no_stop() {
    let staging = r#"{"driftglass":1,"meta":{"label":"staging","tool":"driftglass 0.1.0"},"facts":{"os":{"x":1}},
        "problems":{"cache":"not collected: no /sys","os.y":"permission denied"}}"#;
    let production = r#"{"driftglass":1,"meta":{"label":"production","tool":"driftglass 0.1.0"},
        "facts":{"cache":{"disk":{"vda":1}},"os":{"x":1,"y":2}},"problems":{}}"#;
    let mut play = play(&[("staging", staging), ("production", production)], (120, 40));
    play.press("/is:unknown<enter>");
    let screen = play.screen();
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("permission denied")).collect();
    assert!(!rows.is_empty() && screen.contains("vda"), "{screen}");
    assert!(screen.contains("1 of 1 diffs, 1 not collected"), "{screen}");
}

#[test]
fn the_selection_stands_where_it_stood_after_a_storm_of_sizes() {
    let facts = |n: u32| {
        let many: Vec<String> = (0..60).map(|i| format!(r#""k{i:02}":{}"#, i + n)).collect();
        format!(r#"{{"os":{{"sysctl":{{{}}}}}}}"#, many.join(","))
    };
    let mut play = play(&[("staging", &facts(1)), ("production", &facts(2))], (120, 40));
    play.press(":go os.sysctl.k30<enter>kkk");
    let line = |play: &Screenplay| play.screen().lines().position(|line| line.starts_with("->"));
    let (path, before) = (at(&play), line(&play));
    for _ in 0..10 {
        for size in [(60, 20), (36, 8), (80, 24), (120, 40)] {
            play.resize(size);
        }
    }
    assert_eq!((at(&play), line(&play)), (path, before));
}

#[test]
fn a_branch_is_printed_with_what_differs_beneath() {
    let mut play = play(&[("staging", STAGING), ("production", PRODUCTION)], (80, 24));
    play.press("gP");
    let printed = play.effects.iter().find_map(|effect| match effect {
        Effect::Print(text) => Some(text.clone()),
        _ => None,
    });
    let printed = printed.expect("printed");
    assert!(printed.starts_with("cache\n1 differ, 0 same"), "{printed}");
    assert!(printed.contains("cache.redis.maxmemory: 256mb -> 8gb"), "{printed}");
}
