use crate::tui::fixture::{Screenplay, of};
use crate::tui::message::Effect;
use crate::tui::model::View;

const STAGING: &str = r#"{"cache":{"size":256},"configuration":{"files":{"/etc/a.conf":{"x":"1","y":"1"}}},"libraries":{"packages":{"dpkg":{"libc6":{"version":"2.36"},"openssl":{"version":"3.0.11"}}}},"os":{"zone":"UTC"}}"#;
const PROD: &str = r#"{"cache":{"size":300},"configuration":{"files":{"/etc/a.conf":{"x":"2","y":"2"}}},"libraries":{"packages":{"dpkg":{"libc6":{"version":"2.31"},"openssl":{"version":"1.1.1"}}}},"os":{"zone":"UTC"}}"#;
const CI: &str = r#"{"configuration":{"files":{"/etc/a.conf":{"x":"2","y":"2"}}},"libraries":{"packages":{"dpkg":{"libc6":{"version":"2.31"},"openssl":{"version":"1.1.1"}}}},"os":{"zone":"UTC"}}"#;

fn three(size: (u16, u16)) -> Screenplay {
    let mut play = of(&[("staging", STAGING), ("production", PROD), ("ci", CI)], size);
    play.press("6");
    play
}

#[test]
fn areas_by_snapshots_are_read_without_help() {
    let screen = three((120, 40)).screen();
    assert!(screen.contains("[6 Overview]"), "{screen}");
    assert!(screen.contains("5 of 6 compared facts differ between 3 environments"), "{screen}");
    let line = |name: &str| screen.lines().find(|l| l.contains(name)).unwrap_or_default().to_owned();
    assert!(line("libraries").contains("2, 1 far  openssl.version"), "{screen}");
    assert!(line("libraries").contains("reference"), "{screen}");
    assert!(line("cache").contains("1 close  size"), "{screen}");
    assert!(line("   os").contains("same"), "{screen}");
    assert!(line("evidence").contains('%'), "{screen}");
    assert!(line("File /etc/a.conf").contains("40 %"), "{screen}");
}

#[test]
fn it_fits_every_size() {
    for size in [(120, 40), (80, 24), (60, 20), (40, 10)] {
        let screen = three(size).screen();
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{screen}");
        assert!(screen.contains("->"), "{screen}");
    }
}

#[test]
fn enter_leads_to_the_farthest_difference_in_the_tree() {
    let mut play = three((120, 40));
    play.press(">>jj<enter>");
    assert_eq!(play.model.view, View::Tree);
    assert_eq!(play.model.sides, (2, 1), "the marked column beside the reference");
    let tree = &play.model.tree;
    assert!(tree.comparison().path(tree.cursor()).to_string().starts_with("libraries"));
}

#[test]
fn it_is_printed_as_plain_text() {
    let mut play = three((80, 24));
    play.press("P");
    let Some(Effect::Print(text)) = play.effects.pop() else { panic!("printed") };
    assert!(text.contains("Where most differences come from:") && text.contains("File /etc/a.conf"), "{text}");
}

#[test]
fn a_filter_of_the_tree_is_there_again_behind_the_overview() {
    let facts = |x: u32| format!(r#"{{"dns":{{"search":{x}}},"os":{{"release":{x}}}}}"#);
    let mut play = crate::tui::fixture::of(&[("staging", &facts(1)), ("production", &facts(2))], (100, 30));
    play.press("/area:os<enter>6q");
    assert_eq!(play.model.tree.filter(), Some(("area:os", true)));
    // And one that was made in the matrix goes with the user, by whatever way.
    play.press("3/ is:changed<enter>61");
    assert_eq!(play.model.tree.filter(), Some(("area:os is:changed", true)));
}

#[test]
fn cells_say_how_many_differ_and_the_worst_in_words() {
    let mut play = three((120, 40));
    play.weigh();
    let screen = play.screen();
    let line = |name: &str| screen.lines().find(|l| l.trim_start().starts_with(name)).unwrap_or_default().to_owned();
    let of_pair = {
        // What the tree of the pair says of the same area.
        let mut pair = of(&[("staging", STAGING), ("production", PROD)], (120, 40));
        pair.judge();
        let judged = pair.model.tree.judgement().expect("judged").clone();
        let comparison = &judged.assessment.comparison;
        let libraries = comparison.find(&"libraries".parse().expect("a path")).expect("an area");
        judged.assessment.meaning.risks.worst_in(comparison, libraries).expect("a band")
    };
    assert!(line("libraries").contains(of_pair.word()), "{} in {screen}", of_pair.word());
    assert!(line("all areas").contains(" low") || line("all areas").contains(" medium"), "{screen}");
    assert!(screen.contains("critical: likely lasting harm"), "what the words mean: {screen}");
    assert!(!screen.contains("judging"), "{screen}");
    play.press(">>jj<enter>");
    assert_eq!((play.model.view, play.model.sides), (View::Tree, (2, 1)));
    let mut narrow = three((60, 20));
    narrow.weigh();
    let screen = narrow.screen();
    assert!(screen.lines().any(|l| l.contains("cache") && (l.contains(" low") || l.contains(" L"))), "{screen}");
}
