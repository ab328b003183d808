use super::*;
use crate::assess::{Assessment, Ruling};
use crate::format;
use crate::model::Snapshot;
use crate::policy;
use crate::risk::Rules;
use proptest::prelude::*;

fn conversation(sides: &[(&str, &str)]) -> Conversation {
    let load = |(label, text): &(&str, &str)| {
        let mut snapshot = format::read(text.as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = (*label).to_owned();
        Arc::new(snapshot)
    };
    ruled(sides.iter().map(load).collect(), "", "")
}

fn ruled(sides: Vec<Arc<Snapshot>>, policy: &str, accepted: &str) -> Conversation {
    let comparison = Arc::new(Comparison::new(sides, &Cancel::new()).expect("not cancelled"));
    let policy = policy::parse(policy).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0;
    let acceptances = policy::accept::parse(accepted).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0;
    let today = "2026-11-25".parse().expect("a day");
    let ruling = Ruling { policy, acceptances, rules: Rules::builtin().clone(), today, ..Ruling::default() };
    let ruling = Arc::new(ruling);
    let assessment = Assessment::held(comparison, None, &ruling, &Cancel::new()).expect("not cancelled");
    Conversation::new(Arc::new(Judged { assessment, ruling }), Arc::default())
}

fn pair() -> Conversation {
    conversation(&[
        ("staging", r#"{"cache":{"policy":"noeviction"},"os":{"sysctl":{"net.core.somaxconn":4096},"x":1,"y":"a"}}"#),
        ("production", r#"{"cache":{"policy":"allkeys-lru"},"os":{"sysctl":{"net.core.somaxconn":128},"x":1}}"#),
    ])
}

fn said(conversation: &mut Conversation, line: &str) -> String {
    match conversation.answer(line) {
        Answer::Say(words) => words,
        Answer::Leave => "left".to_owned(),
    }
}

#[test]
fn every_difference_is_said_in_one_sentence() {
    let mut talk = pair();
    assert!(talk.greeting().starts_with("3 differences between staging, production, 1 same, 0 unknown."));
    assert_eq!(said(&mut talk, "next"), "changed, cache.policy: staging noeviction, production allkeys-lru. 1 of 3.");
    assert_eq!(
        said(&mut talk, "n"),
        "changed, os.sysctl.\"net.core.somaxconn\": staging 4096, production 128, 32x lower in production. 2 of 3."
    );
    assert_eq!(said(&mut talk, ""), "only in staging, os.y: staging a, production (absent). 3 of 3.");
    assert_eq!(said(&mut talk, "next"), "There are 3; that was the last.");
    assert_eq!(said(&mut talk, "previous"), said(&mut talk, "2"));
    assert_eq!(said(&mut talk, "quit"), "left");
}

#[test]
fn lists_filters_and_finds() {
    let mut talk = pair();
    let list = said(&mut talk, "diffs");
    assert!(list.starts_with("1. changed, cache.policy") && list.ends_with("These were all 3."), "{list}");
    assert_eq!(said(&mut talk, "filter area:os is:changed"), "Shown: 1 difference, hidden: 2.");
    assert!(said(&mut talk, "next").ends_with("1 of 1, 2 hidden by the filter."));
    assert_eq!(
        said(&mut talk, "filter is:chan"),
        "Not a filter: one of diff same changed missing left right unknown \
        unreadable redacted volatile identity duplicate type order accepted ignored violated new odd."
    );
    assert_eq!(said(&mut talk, "filter area:none"), "Nothing matches. Hidden by the filter: 3 differences.");
    assert_eq!(said(&mut talk, "filter"), "No filter: 3 differences.");
    assert!(said(&mut talk, "find somax").ends_with("2 of 3."));
    assert!(said(&mut talk, "find os.x").contains("Not among the differences"));
    assert!(said(&mut talk, "dance").starts_with("No word is dance. Words: diffs more"));
}

#[test]
fn why_says_what_it_is_and_all_values() {
    let mut talk = pair();
    let why = said(&mut talk, "why 2");
    assert!(why.contains("staging: 4096") && why.contains("production (the reference): 128"), "{why}");
    assert!(said(&mut talk, "why?").starts_with("changed, os.sysctl"));
    assert!(said(&mut talk, "overview").contains("compared facts differ"));
    assert!(said(&mut talk, "help").lines().count() == WORDS.len());
}

#[test]
fn it_is_only_appended_and_never_controls_a_terminal() {
    let mut talk = conversation(&[
        ("a\u{1b}[2J", r#"{"x":"\u001b]52;c;QQ==\u0007","y":"1\t2"}"#),
        ("b", r#"{"x":"safe","y":"one\ntwo"}"#),
    ]);
    let mut out = Vec::new();
    let mut input = b"diffs\nwhy 1\nwhy 2\nfind safe\noverview\nhelp\n\x1b[A\nquit\nnext\n".as_slice();
    converse(&mut talk, None, &mut input, &mut out).expect("talks");
    let text = String::from_utf8(out).expect("UTF-8");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("\\e]52;c;QQ==\\x07"), "{text}");
    assert!(text.ends_with("> "), "what is after quit is not answered: {text}");
}

#[test]
fn it_is_held_against_the_policy_as_the_explorer_is() {
    let policy = "[[relation]]\npath = \"cache.policy\"\nmust = \"equal\"\nreason = \"the cache is a copy\"\n\
                  [[relation]]\npath = \"os.y\"\nmust = \"ignore\"\nreason = \"nobody reads it\"\n\
                  [rehearsal]\nnot-older-than = \"7d\"\n";
    let accepted = "[accept.\"os.sysctl.**\"]\nreason = \"sized to the host\"\nauthor = \"Ann\"\ndate = 2026-11-01\nuntil = 2028-01-01\n";
    let mut talk = ruled(
        pair().judged.assessment.comparison.sides().iter().map(|s| s.snapshot.clone()).collect(),
        policy,
        accepted,
    );
    let greeting = talk.greeting();
    assert!(greeting.starts_with("2 differences between staging, production"), "{greeting}");
    assert!(greeting.contains("By policy: 1 accepted, 1 ignored and left out, 1 that must not be so."), "{greeting}");
    assert!(greeting.contains("production: NOT REHEARSED."), "{greeting}");
    let first = said(&mut talk, "n");
    assert!(first.contains("must be equal: staging and production differ (the cache is a copy"), "{first}");
    let second = said(&mut talk, "n");
    assert!(
        second.contains("accepted until 2028-01-01 by Ann, 2026-11-01: sized to the host")
            && second.ends_with("2 of 2."),
        "{second}"
    );
    assert_eq!(said(&mut talk, "filter is:ignored"), "Shown: 1 difference, hidden: 1.");
    assert!(said(&mut talk, "n").contains("ignored: nobody reads it"));
    assert_eq!(said(&mut talk, "filter -is:accepted"), "Shown: 1 difference, hidden: 1.");
    let worst = said(&mut talk, "worst");
    assert!(worst.starts_with("1. ") && worst.contains("cache.policy") && !worst.contains("somaxconn"), "{worst}");
    said(&mut talk, "filter");
    assert!(said(&mut talk, "why 1").contains("\nRisk "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_line_is_answered(lines in proptest::collection::vec("(diffs|more|next|p|why|show|filter|find|o)?.{0,12}", 0..8)) {
        let mut talk = pair();
        // What asks for a report (`e`) would write a file of any name where the tests run.
        for line in lines.iter().filter(|line| !line.trim_start().starts_with(['e', 'r'])) {
            if let Answer::Say(words) = talk.answer(line) {
                prop_assert!(!words.is_empty() && words.chars().all(|c| c == '\n' || !c.is_control()), "{line:?}: {words}");
            }
        }
    }
}

#[test]
fn the_history_of_a_difference_is_told_in_sentences() {
    let taken = |label: &str, month: u32, value: u32| {
        let mut snapshot = format::read(format!(r#"{{"os":{{"x":{value}}}}}"#).as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = label.to_owned();
        snapshot.meta.captured_at = Some(format!("2026-{month:02}-01T10:00:00Z").parse().expect("a time"));
        Arc::new(snapshot)
    };
    let mut gatherer = crate::history::Gatherer::default();
    for (month, left, right) in [(8, 1, 1), (9, 1, 1), (10, 1, 2)] {
        gatherer.add(vec![taken("staging", month, left), taken("production", month, right)], &Cancel::new());
    }
    let mut traced = Some(Traced { history: gatherer.finish(), ..Traced::default() });
    let mut talk = ruled(vec![taken("staging", 10, 1), taken("production", 10, 2)], "", "");
    talk = talk.with_past(move || traced.take().ok_or_else(|| "asked twice".to_owned()));
    let told = said(&mut talk, "history 1");
    assert!(told.starts_with("os.x: diverged 2026-10-01 10:00Z, new, seen on 1 date."), "{told}");
    assert!(told.contains("2026-10-01 10:00Z, production: 1 -> 2."), "{told}");
    assert!(told.ends_with("not when it was made."), "{told}");
    assert_eq!(said(&mut talk, "h"), told, "it is read once, and the last that was spoken of is meant");
    assert!(said(&mut pair(), "history 1").contains("No history is known here"));
}

#[test]
fn it_says_what_the_tests_show_of_the_target() {
    let text = said(&mut pair(), "coverage");
    assert!(text.starts_with("What staging show") && text.contains("AREA"), "{text}");
}

#[test]
fn a_report_is_written_and_replaced_only_where_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("drift of today.md");
    let file = file.to_str().expect("text");
    let mut talk = pair();
    said(&mut talk, "filter area:cache");
    let written = said(&mut talk, &format!("report {file}"));
    assert!(written.starts_with("Written, markdown: ") && written.contains(" 1 row, 2 not shown"), "{written}");
    assert!(said(&mut talk, &format!("report {file}")).contains("replace replaces it"));
    said(&mut talk, "filter");
    let written = said(&mut talk, &format!("report {file} replace"));
    assert!(written.contains(" 3 rows, 0 not shown"), "{written}");
    assert!(said(&mut talk, "report").contains("wants a file"));
    assert!(said(&mut talk, "report /nowhere/at/all.txt").starts_with("Not written: "));
}
