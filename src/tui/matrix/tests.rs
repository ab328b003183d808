use crate::base::text::width;
use crate::tui::fixture::{Screenplay, of};
use proptest::prelude::*;

const STAGING: &str =
    r#"{"cache":{"policy":"noeviction","size":256},"dns":{"search":"a"},"os":{"release":"6.1.0","zone":"UTC"}}"#;
const PROD: &str =
    r#"{"cache":{"policy":"allkeys-lru","size":48},"dns":{"search":"b"},"os":{"release":"5.15.0","zone":"UTC"}}"#;
const PROD3: &str =
    r#"{"cache":{"policy":"noeviction","size":48},"dns":{"search":"b"},"os":{"release":"5.15.0","zone":"UTC"}}"#;
const CI: &str = r#"{"cache":{"policy":"allkeys-lru"},"dns":{"search":"c"},"os":{"release":"6.1.0","zone":"UTC"}}"#;

fn five(size: (u16, u16)) -> Screenplay {
    let mut play = of(
        &[("staging", STAGING), ("production", PROD), ("production-2", PROD), ("production-3", PROD3), ("ci", CI)],
        size,
    );
    play.press("3");
    play
}

fn row(screen: &str, path: &str) -> String {
    screen.lines().find(|line| line.contains(path) && !line.starts_with("--")).unwrap_or_default().to_owned()
}

#[test]
fn cells_are_read_only_where_they_differ_from_the_reference() {
    let play = five((120, 40));
    let screen = play.screen();
    assert!(screen.contains("[3 Matrix]") && screen.contains("5 snapshots, REF production"), "{screen}");
    assert!(screen.contains("*production"), "{screen}");
    let policy = row(&screen, "cache.policy");
    for part in ["| noeviction", "| allkeys-lru", "| =", "|!noeviction"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(row(&screen, "cache.size").trim_end().ends_with("| -"), "{screen}");
    assert!(!screen.contains("os.zone"), "what is the same everywhere is not listed");
    assert!(screen.contains("4 of 5 rows"), "{screen}");
}

#[test]
fn odd_ones_out_are_listed_alone() {
    let mut play = five((120, 40));
    play.press("O");
    let screen = play.screen();
    assert!(!row(&screen, "cache.policy").is_empty() && row(&screen, "os.release").is_empty(), "{screen}");
    assert!(screen.contains("ODD ONE OUT: production-3 differs from the rest of production"), "{screen}");
    play.press("O");
    assert!(!row(&play.screen(), "os.release").is_empty());
}

#[test]
fn letters_stand_in_a_narrow_window_and_the_legend_says_which() {
    let mut play = five((60, 20));
    let screen = play.screen();
    assert!(screen.contains("sta PRO*pr2 pr3 ci"), "{screen}");
    assert!(row(&screen, "cache.policy").contains("a   B   B   a!  B"), "{screen}");
    assert!(screen.contains(" a noeviction: sta,pr3   B allkeys-lru: PRO,pr2,ci"), "{screen}");
    play.press("L");
    assert!(play.screen().contains("*production"), "{}", play.screen());
}

#[test]
fn columns_scroll_and_the_reference_stays() {
    let mut play = five((80, 24));
    play.press(">>>>>");
    let screen = play.screen();
    assert!(screen.contains("*production") && screen.contains("ci"), "{screen}");
    assert!(!screen.contains(" staging"), "{screen}");
    assert!(screen.contains("of 5 columns"), "{screen}");
}

#[test]
fn the_reference_moves_and_a_snapshot_goes() {
    let mut play = five((120, 40));
    play.press("<lt><lt><lt><lt>*");
    let screen = play.screen();
    assert!(screen.contains("REF staging") && screen.contains("*staging"), "{screen}");
    assert!(row(&screen, "os.release").contains("| 6.1.0"), "{screen}");
    let path = |play: &Screenplay| {
        let whole = play.model.whole.as_ref().expect("a matrix");
        whole.comparison().path(whole.matrix.row()).to_string()
    };
    play.press("jj");
    assert_eq!(path(&play), "dns.search");
    play.press(">>>>-");
    assert_eq!(path(&play), "dns.search");
    assert!(play.screen().contains("4 snapshots"), "{}", play.screen());
    for _ in 0..5 {
        play.press("-");
    }
    assert!(play.screen().contains("2 snapshots") && play.screen().contains("the fewest"), "{}", play.screen());
}

#[test]
fn selection_and_filter_go_from_view_to_view() {
    let mut play = five((120, 40));
    play.press("1");
    assert!(play.screen().contains("drift  staging"), "{}", play.screen());
    play.press("/release<enter>3");
    let screen = play.screen();
    assert!(screen.contains("filter: release") && screen.contains("1 of 5 rows"), "{screen}");
    assert!(row(&screen, "os.release").starts_with("->"), "{screen}");
    play.press("\\1");
    assert!(play.screen().contains("filter off (\\): release"), "{}", play.screen());
    play.press("3/<c-u>area:dns<enter>1");
    assert!(play.screen().contains("filter: area:dns"), "{}", play.screen());
}

#[test]
fn enter_opens_the_fact_with_all_values() {
    let mut play = five((120, 40));
    play.press("<enter>");
    let screen = play.screen();
    assert!(screen.contains("drift > cache > policy"), "{screen}");
    play.press("<tab>");
    assert!(play.screen().contains("staging, production-3"), "{}", play.screen());
    play.press("<esc>");
    assert!(play.screen().contains("[3 Matrix]"));
    play.press("q");
    assert!(play.screen().contains("drift  staging"), "{}", play.screen());
}

#[test]
fn the_order_is_chosen_and_find_makes_stops() {
    let mut play = five((120, 40));
    play.press("ov");
    let screen = play.screen();
    let at = |path: &str| screen.find(path).expect("listed");
    assert!(at("dns.search") < at("cache.policy"), "{screen}");
    play.press("opgfos<enter>n");
    assert!(row(&play.screen(), "os.release").starts_with("->"), "{}", play.screen());
}

#[test]
fn what_was_taken_away_is_in_no_column() {
    let mut play = of(&[("staging", STAGING), ("production", PROD), ("ci", CI)], (120, 40));
    // The reference is marked and goes; the two that are left are not those of the tree.
    for key in ["3", ">", "-"] {
        play.press(key);
    }
    let screen = play.screen();
    assert!(screen.contains("2 snapshots, REF staging") && screen.contains("| ci"), "{screen}");
    assert!(!row(&screen, "dns.search").contains("| b"), "{screen}");
}

#[test]
fn a_long_name_keeps_its_end_before_the_last_key() {
    let facts = |digest: &str| {
        format!(
            r#"{{"configuration":{{"files":{{"/etc/apt/apt.conf.d/a-rather-long-name-of-a-file/70debconf":{{"digest":"{digest}"}}}}}}}}"#
        )
    };
    let mut play = of(&[("staging", &facts("a")), ("production", &facts("b"))], (80, 24));
    play.press("3");
    let screen = play.screen();
    assert!(screen.lines().any(|line| line.contains("~  ..") && line.contains("70debconf\".digest")), "{screen}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_size_and_any_keys_draw(
        w in 1u16..300, h in 1u16..100, keys in "[jkGgnN\\]\\[}{<>LO*ov136-]{0,24}", view in "[36]",
    ) {
        let mut play = five((w, h));
        play.press(&view);
        play.press(&keys.replace('<', "<lt>"));
        for line in play.screen().lines() {
            prop_assert!(width(line) <= usize::from(w.max(1)));
        }
        if w >= 40 && h >= 10 && play.model.view == crate::tui::model::View::Matrix {
            let screen = play.screen();
            prop_assert!(screen.lines().any(|line| line.starts_with("->")) || screen.contains("No "), "{screen}");
        }
    }
}

#[test]
fn a_snapshot_that_is_there_joins_no_second_time() {
    use crate::tui::message::Message;
    let text = r#"{"driftglass":1,"meta":{"label":"ci","captured_at":"2026-01-31T12:00:00Z"},"facts":{"a":1}}"#;
    let snapshot = || std::sync::Arc::new(crate::format::read(text.as_bytes()).expect("a snapshot").snapshot);
    let mut play = crate::tui::fixture::of(&[("staging", r#"{"a":1}"#), ("production", r#"{"a":2}"#)], (80, 24));
    play.send(Message::Loaded(String::new(), Ok(snapshot())));
    assert_eq!(play.model.snapshots.len(), 3);
    play.send(Message::Loaded(String::new(), Ok(snapshot())));
    assert_eq!((play.model.snapshots.len(), play.model.note.as_str()), (3, "ci is there already"));
}

#[test]
fn rows_and_cells_have_the_letter_of_their_risk() {
    let mut play = five((120, 40));
    assert!(play.screen().contains("judging"), "{}", play.screen());
    play.weigh();
    let screen = play.screen();
    let whole = play.model.whole.as_ref().expect("a matrix");
    let at = whole.comparison().find(&"os.release".parse().expect("a path")).expect("a row");
    let band = |side| whole.stakes().and_then(|stakes| stakes.at(at, side)).map(|stake| stake.band);
    let (staging, production) = (band(0).expect("judged"), band(1));
    assert_eq!(production, None, "the reference risks nothing beside itself");
    let line = row(&screen, "os.release");
    assert!(line[3..6].starts_with(&format!("~{} ", staging.letter())), "{line}");
    let cell = line.split('|').nth(1).unwrap_or_default().trim_end();
    assert!(cell.starts_with(" 6.1.0") && cell.ends_with(staging.letter()), "{line}");
    assert!(screen.contains("risk against production: staging"), "{screen}");
    play.resize((60, 20));
    let screen = play.screen();
    assert!(row(&screen, "os.release").contains(&format!("~{} os.release", staging.letter())), "{screen}");
    assert!(screen.contains(&format!("column staging: {}", staging.word())), "the marked column in words: {screen}");
}
