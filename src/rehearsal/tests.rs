#![allow(clippy::expect_used, reason = "tests")]

use super::*;
use crate::base::cancel::Cancel;
use crate::format;
use serde_json::{Value, json};
use std::sync::Arc;

fn comparison(captures: &[(&str, Value)]) -> Comparison {
    let load = |(minute, facts): (usize, &(&str, Value))| {
        let (label, facts) = facts;
        let at = format!("2026-11-25T10:{minute:02}:00Z");
        let meta = json!({"label": label, "host": "web1", "captured_at": at});
        let problems = if facts.get("denied").is_some() { json!({"os.x": "permission denied: /x"}) } else { json!({}) };
        let text = json!({"driftglass": 1, "meta": meta, "facts": facts, "problems": problems});
        Arc::new(format::read(text.to_string().as_bytes()).expect("a snapshot").snapshot)
    };
    Comparison::new(captures.iter().enumerate().map(load).collect(), &Cancel::new()).expect("not cancelled")
}

fn left(comparison: &Comparison, proof: &Proof) -> Vec<(String, Fate)> {
    proof.left.iter().map(|(row, fate)| (comparison.path(*row).to_string(), *fate)).collect()
}

#[test]
fn what_stayed_behind_is_told_from_what_is_new() {
    let comparison = comparison(&[
        ("before", json!({"a": 1, "b": 1, "c": 1, "same": 0, "identity": {"boot_id": "1"}})),
        ("after", json!({"a": 2, "b": 2, "c": 2, "d": 2, "same": 0, "identity": {"boot_id": "2"}})),
        ("back", json!({"a": 1, "b": 2, "c": 3, "same": 0, "identity": {"boot_id": "3"}})),
    ]);
    let rehearsal = Rehearsal::of(&comparison).expect("three captures");
    let wanted = [("b".to_owned(), Fate::Stayed), ("c".to_owned(), Fate::Other)];
    assert_eq!(left(&comparison, &rehearsal.rollback), wanted);
    assert_eq!(rehearsal.rollback.restored, 2, "a came back, and d went");
    assert_eq!(rehearsal.size.facts, 4);
    assert!(!rehearsal.holds());
    assert_eq!(rehearsal.seconds, [Some(60), Some(60)]);
    assert_eq!((rehearsal.size.larger_than(&[1, 4, 9]), rehearsal.again), (1, None));
}

#[test]
fn deploying_again_must_lead_to_the_same() {
    let same = |release: &str| json!({"app": release, "identity": {"machine_id": "one"}});
    let whole = [("before", same("1")), ("after", same("2")), ("back", same("1")), ("again", same("2"))];
    let rehearsal = Rehearsal::of(&comparison(&whole)).expect("four captures");
    assert!(rehearsal.holds(), "one machine's identity under four labels is no fault: {rehearsal:?}");
    assert_eq!(rehearsal.again.as_ref().map(|proof| proof.restored), Some(1));
    let mut other = whole;
    other[3].1 = same("3");
    let comparison = comparison(&other);
    let rehearsal = Rehearsal::of(&comparison).expect("four captures");
    assert!(rehearsal.rollback.holds() && !rehearsal.holds());
    let again = rehearsal.again.as_ref().expect("a fourth");
    assert_eq!(left(&comparison, again), [("app".to_owned(), Fate::Other)]);
}

#[test]
fn what_cannot_be_read_is_not_restored() {
    let captures =
        [("before", json!({"os": {"x": 1}})), ("after", json!({"os": {"x": 2}})), ("back", json!({"denied": true}))];
    let comparison = comparison(&captures);
    let rehearsal = Rehearsal::of(&comparison).expect("three captures");
    let wanted = [("denied".to_owned(), Fate::Other), ("os.x".to_owned(), Fate::Unknown)];
    assert_eq!(left(&comparison, &rehearsal.rollback), wanted);
}

#[test]
fn what_could_never_be_read_is_counted_and_holds_nothing_up() {
    let denied = json!({"denied": 1, "a": 1});
    let captures = [("before", denied.clone()), ("after", json!({"denied": 1, "a": 2})), ("back", denied)];
    let rehearsal = Rehearsal::of(&comparison(&captures)).expect("three captures");
    assert_eq!((rehearsal.holds(), rehearsal.rollback.unmeasured, rehearsal.rollback.restored), (true, 1, 1));
}
