//! The screen of coverage, played with keys.

use super::Item;
use crate::tui::fixture::{Screenplay, of};
use crate::tui::model::View;

const STAGING: &str = r#"{"dns":{"resolver":{"search":["a"]}},"hardware":{"memory":{"total_bytes":8589934592}},"os":{"kernel":{"release":"6.1.0"},"sysctl":{"net.core.somaxconn":4096,"vm.swappiness":60}}}"#;
const PRODUCTION: &str = r#"{"dns":{"resolver":{"search":["b"]}},"hardware":{"memory":{"total_bytes":68719476736}},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"net.core.somaxconn":128,"vm.swappiness":10}}}"#;
const CI: &str = r#"{"dns":{"resolver":{"search":["b"]}},"hardware":{"memory":{"total_bytes":4294967296}},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"net.core.somaxconn":128,"vm.swappiness":60}}}"#;

fn play(size: (u16, u16)) -> Screenplay {
    let mut play = of(&[("staging", STAGING), ("ci", CI), ("production", PRODUCTION)], size);
    play.judge();
    play.press("7");
    play.judge_all();
    play
}

#[test]
fn the_screen_has_its_place_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (60, 20)] {
        let screen = play((width, height)).screen();
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(width)), "{screen}");
        insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("coverage_{width}x{height}"), screen);
        });
    }
}

#[test]
fn all_snapshots_are_judged_and_not_only_the_two_sides() {
    let play = play((120, 40));
    let whole = play.model.whole.as_ref().expect("surveyed");
    let judged = whole.judged.as_ref().expect("judged");
    assert_eq!(judged.assessment.comparison.sides().len(), 3);
    let coverage = judged.assessment.meaning.coverage.as_ref().expect("there are test environments");
    assert_eq!((coverage.environments.len(), coverage.target), (2, 2));
    assert!(whole.tree.meaning().is_some(), "the matrix knows the risks too");
    let screen = play.screen();
    for share in [coverage.all.points, coverage.all.uncovered] {
        assert!(screen.contains(&share.to_string()), "{share}: {screen}");
    }
}

fn select(play: &mut Screenplay, is_it: fn(&Item) -> bool) {
    let whole = play.model.whole.as_ref().expect("surveyed");
    let meaning = &whole.judged.as_ref().expect("judged").assessment.meaning;
    let all = play.model.covered.items(meaning.coverage.as_ref().expect("covered"));
    let at = all.iter().position(is_it).expect("there is one");
    play.press(&format!("g{}", "j".repeat(at)));
}

#[test]
fn enter_leads_to_the_tree() {
    let to = |is_it: fn(&Item) -> bool| {
        let mut play = play((120, 40));
        select(&mut play, is_it);
        play.press("<enter>");
        let path = play.model.tree.comparison().path(play.model.tree.cursor()).to_string();
        (play.model.view, play.model.sides, path)
    };
    assert_eq!(to(|item| matches!(item, Item::Area(1))), (View::Tree, (0, 2), "hardware".to_owned()));
    assert_eq!(to(|item| matches!(item, Item::Adds(1))).1, (1, 2), "what an environment adds: beside the target");
    let changed = to(|item| matches!(item, Item::Change(_)));
    assert_eq!(changed, (View::Tree, (0, 2), "hardware.memory.total_bytes".to_owned()));
}

#[test]
fn an_area_unfolds_to_its_values_with_who_shows_them() {
    let mut play = play((120, 40));
    select(&mut play, |item| matches!(item, Item::Area(2)));
    play.press("<space>");
    let screen = play.screen();
    let line = |words: &str| screen.lines().find(|line| line.contains(words)).unwrap_or_default().to_owned();
    assert!(line("vm.swappiness").contains("shown by none"), "{screen}");
    assert!(line("net.core.somaxconn").contains("shown by ci"), "{screen}");
    let at = |words: &str| screen.lines().position(|line| line.contains(words));
    assert!(at("vm.swappiness") < at("net.core.somaxconn"), "what no test meets comes first: {screen}");
    play.press("j<space>");
    assert!(!play.screen().contains("shown by ci"), "folded from within: {}", play.screen());
}

#[test]
fn two_snapshots_make_sense_too() {
    let mut play = of(&[("staging", STAGING), ("production", PRODUCTION)], (80, 24));
    play.judge();
    play.press("7");
    play.judge_all();
    let screen = play.screen();
    assert!(screen.contains("what tests show of production"), "{screen}");
    assert!(!screen.contains("0 %)"), "one environment alone covers nothing of what it has otherwise: {screen}");
    assert!(screen.contains("What to change first"), "{screen}");
    assert!(screen.contains("staging: the only one"), "it does not add nothing, it cannot be told: {screen}");
    assert!(!screen.contains("adds nothing"), "{screen}");
}

#[test]
fn it_is_printed_as_the_command_prints_it() {
    let play = play((80, 24));
    let text = super::text(&play.model);
    assert!(text.starts_with("What staging, ci show of production"), "{text}");
    assert!(text.contains("What to change first"), "{text}");
}

#[test]
fn rows_that_are_cut_are_still_told_apart() {
    let facts = |level: u32| {
        let of = |name: &str| format!(r#""nfs-{name}.service":{{"run_levels":"{level}"}}"#);
        format!(r#"{{"os":{{"services":{{{},{},{}}}}}}}"#, of("client"), of("common"), of("idmapd"))
    };
    for size in [(120, 40), (80, 24), (60, 20)] {
        let mut play = of(&[("staging", &facts(1)), ("ci", &facts(1)), ("production", &facts(2))], size);
        play.judge();
        play.press("7");
        play.judge_all();
        play.press("<space>");
        let screen = play.screen();
        let rows = screen.lines().filter(|line| line.contains("run_levels") && !line.starts_with("--"));
        let mut rows: Vec<String> = rows.map(|line| line.trim_start_matches("->").trim().to_owned()).collect();
        let all = rows.len();
        rows.sort();
        rows.dedup();
        assert!(all >= 3 && rows.len() == all, "{screen}");
    }
}
