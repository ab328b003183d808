use crate::tui::fixture::{Screenplay, of};
use crate::tui::message::Effect;
use crate::tui::model::View;

const STAGING: &str = r#"{"dns":{"resolver":{"search":["a"]}},"hardware":{"memory":{"total_bytes":8589934592}},"os":{"kernel":{"release":"6.1.0"},"sysctl":{"kernel.threads-max":60000,"net.core.somaxconn":4096}}}"#;
const PRODUCTION: &str = r#"{"dns":{"resolver":{"search":["b"]}},"hardware":{"memory":{"total_bytes":68719476736}},"os":{"kernel":{"release":"5.10.0"},"sysctl":{"kernel.threads-max":480000,"net.core.somaxconn":128}}}"#;

fn play(size: (u16, u16)) -> Screenplay {
    of(&[("staging", STAGING), ("production", PRODUCTION)], size)
}

#[test]
fn the_worst_comes_first_and_says_why() {
    let mut play = play((120, 40));
    play.judge();
    let tree = play.screen();
    let row = tree.lines().find(|line| line.contains("net.core.somaxconn")).unwrap_or_default();
    assert!(row.contains("~ M") || row.contains("~ H"), "the letter of the band beside the sign: {tree}");
    play.press("2g");
    let screen = play.screen();
    assert!(screen.contains("[2 Risk]") && screen.contains("total risk"), "{screen}");
    let lines: Vec<&str> = screen.lines().skip(3).take(5).collect();
    assert!(lines.iter().any(|line| line.contains("Memory 8 GiB -> 64 GiB (2)")), "{screen}");
    assert!(
        screen.contains("production can refuse connections or let them wait for seconds"),
        "the first line is told: {screen}"
    );
    assert!(screen.contains("100 %"), "the last line has all of the risk: {screen}");
}

#[test]
fn enter_shows_the_fact_and_one_leads_to_the_tree() {
    let mut play = play((120, 40));
    play.judge();
    play.press("2j<enter>");
    assert_eq!(play.model.layers.len(), 1, "in full");
    play.press("q1");
    assert_eq!(play.model.view, View::Tree);
    let open = &play.model.tree.judgement().expect("judged").assessment.open;
    assert_eq!(Some(play.model.tree.cursor()), play.model.worst.row(open));
}

#[test]
fn it_waits_for_what_is_not_judged_yet_and_filters_by_it_afterwards() {
    let mut play = play((80, 24));
    play.press("2");
    assert!(play.screen().contains("judging"), "{}", play.screen());
    play.judge();
    assert!(play.screen().contains("RISK"), "{}", play.screen());
    play.press("1/risk:>=high<enter>");
    assert_eq!(play.model.tree.differences().len(), 2);
}

#[test]
fn it_fits_every_size() {
    for size in [(120, 40), (80, 24), (60, 20), (40, 10)] {
        let mut play = play(size);
        play.judge();
        play.press("2G");
        let screen = play.screen();
        assert!(screen.lines().all(|line| line.chars().count() <= usize::from(size.0)), "{screen}");
    }
}

#[test]
fn it_is_printed_as_plain_text() {
    let mut play = play((80, 24));
    play.judge();
    play.press("2P");
    let Some(Effect::Print(text)) = play.effects.pop() else { panic!("printed") };
    assert!(text.contains("Memory 8 GiB -> 64 GiB (2)") && text.contains("Test: "), "{text}");
}

#[test]
fn the_sum_of_a_score_is_seen_and_told_term_by_term() {
    let mut play = play((120, 40));
    play.judge();
    play.press("2g");
    let screen = play.screen();
    assert!(screen.contains("(:explain)") && screen.contains("S"), "{screen}");
    play.press(":explain<enter>");
    let Some(Effect::Print(text)) = play.effects.pop() else { panic!("printed") };
    for part in ["likelihood", "x severity", "= score", "impact: ", "test: "] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let judged = play.model.tree.judgement().expect("judged");
    let line = judged.assessment.open.lines()[0];
    assert!(text.contains(&format!("{:>3}   {} by", line.points, line.band.word())), "{text}");
}

#[test]
fn lines_are_ordered_and_the_selected_one_stays() {
    let mut play = play((120, 40));
    play.judge();
    play.press("2g");
    let open = |play: &Screenplay| play.model.tree.judgement().expect("judged").assessment.open.clone();
    let before = play.model.worst.row(&open(&play));
    play.press("op");
    let screen = play.screen();
    assert!(screen.contains("by path (o)"), "{screen}");
    assert_eq!(play.model.worst.row(&open(&play)), before);
    let mut rows = Vec::new();
    play.press("g");
    for _ in 0..open(&play).lines().len() {
        rows.push(play.model.worst.row(&open(&play)).expect("a line"));
        play.press("j");
    }
    assert!(rows.is_sorted(), "{rows:?}");
}

#[test]
fn what_is_accepted_has_a_line_of_its_own() {
    use crate::assess::Ruling;
    use crate::policy;
    let mut play = play((80, 24));
    let text = "[[relation]]\npath = \"os.kernel.**\"\nmust = \"ignore\"\nreason = \"the cloud has its own\"\n";
    let (policy, _) = policy::parse(text).expect("a policy");
    let ruling = Ruling { policy, ..(*play.model.ruling).clone() };
    play.model.ruling = std::sync::Arc::new(ruling);
    play.judge();
    play.press("2");
    let screen = play.screen();
    assert!(screen.contains("a  1 ignored") && screen.contains("points: not listed"), "{screen}");
}
