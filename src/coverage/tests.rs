#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::format;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A comparison of flat facts, the last side being the target.
fn comparison(sides: &[(&str, Value)]) -> Comparison {
    let load = |(label, facts): &(&str, Value)| {
        let mut snapshot = format::read(facts.to_string().as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = (*label).to_owned();
        Arc::new(snapshot)
    };
    let mut comparison = Comparison::new(sides.iter().map(load).collect(), &Cancel::new()).expect("not cancelled");
    comparison.set_reference(sides.len() - 1);
    comparison
}

/// Every difference a line of its own, each of the same points.
fn single(comparison: &Comparison, points: u32) -> Vec<Line> {
    comparison.leaves().filter(|row| comparison.state(*row).is_found()).map(|row| vec![(row, points)]).collect()
}

fn coverage(comparison: &Comparison, lines: &[Line]) -> Coverage {
    Coverage::of(comparison, lines, &Cancel::new()).expect("environments")
}

#[test]
fn a_value_is_shown_bracketed_or_shown_by_none() {
    let comparison = comparison(&[
        ("staging", json!({"os": {"a": 1, "b": 10, "c": "x", "d": 1, "e": 5, "only": 1}})),
        ("preprod", json!({"os": {"a": 2, "b": 30, "c": "y", "d": 1, "e": 6}})),
        ("production", json!({"os": {"a": 2, "b": 20, "c": "z", "d": 1, "e": 7}})),
    ]);
    let coverage = coverage(&comparison, &single(&comparison, 10));
    let shown = |path: &str| {
        let row = comparison.find(&path.parse().expect("a path")).expect("a row");
        coverage.shown(&comparison, row)
    };
    assert_eq!(shown("os.a"), Shown::By(1));
    assert_eq!(shown("os.b"), Shown::Bracketed { below: 0, above: 1 });
    assert_eq!(shown("os.c"), Shown::ByNone);
    assert_eq!(shown("os.e"), Shown::ByNone, "both are below");
    assert_eq!(shown("os.only"), Shown::By(1), "the target lacks it, and so does preprod");
    let wanted = Share { same: 1, shown: 2, bracketed: 1, by_none: 2, points: 50, uncovered: 20, ..Share::default() };
    assert_eq!(coverage.all, wanted);
    assert_eq!(coverage.areas.len(), 1);
    assert_eq!(coverage.areas[0].1, wanted);
    assert_eq!(wanted.percent(), Some(60));
}

#[test]
fn unknown_is_never_shown() {
    let snapshot = |label: &str, facts: Value, problems: Value| {
        let text = json!({"driftglass": 1, "meta": {"label": label}, "facts": facts, "problems": problems});
        Arc::new(format::read(text.to_string().as_bytes()).expect("a snapshot").snapshot)
    };
    let denied = json!({"os.a": "permission denied: /a", "os.b": "permission denied: /b"});
    let sides = vec![
        snapshot("staging", json!({"os": {"c": 1}}), denied),
        snapshot("preprod", json!({"os": {"a": 1, "b": 1, "c": 1}}), json!({})),
        snapshot("production", json!({"os": {"a": 2, "b": 1}}), json!({"os.c": "timed out: /c"})),
    ];
    let mut comparison = Comparison::new(sides, &Cancel::new()).expect("not cancelled");
    comparison.set_reference(2);
    let coverage = coverage(&comparison, &single(&comparison, 10));
    let wanted = Share { unknown: 1, shown: 1, unmeasured: 1, points: 20, uncovered: 10, ..Share::default() };
    assert_eq!(coverage.all, wanted);
    assert_eq!(coverage.adds[1].marginal, 10, "preprod alone has b");
}

#[test]
fn an_environment_within_another_is_named() {
    let comparison = comparison(&[
        ("ci", json!({"a": 1, "b": 1, "c": 1})),
        ("staging", json!({"a": 1, "b": 2, "c": 1})),
        ("production", json!({"a": 1, "b": 2, "c": 2})),
    ]);
    let coverage = coverage(&comparison, &single(&comparison, 8));
    assert_eq!(coverage.adds[0], Adds { within: Some(1), ..Adds::default() });
    assert_eq!(coverage.adds[1], Adds { shows: 1, shows_alone: 1, alone: 8, marginal: 8, within: None });
    let change = coverage.changes[0];
    assert_eq!((change.points, change.values, change.environment), (8, 1, 0));
    assert_eq!(coverage.changes.len(), 1);
}

/// What no environment covers, by the plainest means: every line's heaviest row that is neither equal to an
/// environment's nor between two of them.
fn uncovered(tests: &[Map<String, Value>], target: &Map<String, Value>, lines: &[Vec<(String, u32)>]) -> u32 {
    let covered = |key: &str| {
        let wanted = target.get(key);
        let numbers = || tests.iter().filter_map(|facts| facts.get(key)?.as_i64());
        let number = wanted.and_then(Value::as_i64);
        tests.iter().any(|facts| facts.get(key) == wanted)
            || number.is_some_and(|n| numbers().any(|other| other < n) && numbers().any(|other| other > n))
    };
    let heaviest = |line: &Vec<(String, u32)>| {
        line.iter().filter(|(key, _)| !covered(key)).map(|(_, points)| *points).max().unwrap_or(0)
    };
    lines.iter().map(heaviest).sum()
}

/// Facts of one environment: for every key absent, or a small number.
fn facts() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(prop::option::weighted(0.8, 0_i64..4), 8).prop_map(|values| {
        let key = |at: usize| char::from(b'a' + at as u8).to_string();
        values.into_iter().enumerate().filter_map(|(at, value)| Some((key(at), json!(value?)))).collect()
    })
}

proptest! {
    #[test]
    fn figures_and_order_are_those_of_brute_force(
        tests in prop::collection::vec(facts(), 1..5),
        target in facts(),
        weights in prop::collection::vec((0_usize..4, 1_u32..100), 8),
    ) {
        // A comparison of nothing has no environments to speak of.
        let labels = ["t0", "t1", "t2", "t3"];
        let mut sides: Vec<(&str, Value)> =
            tests.iter().zip(labels).map(|(facts, label)| (label, Value::Object(facts.clone()))).collect();
        sides.push(("production", Value::Object(target.clone())));
        let comparison = comparison(&sides);
        let mut rows: Vec<Line> = vec![Vec::new(); 4];
        let mut named: Vec<Vec<(String, u32)>> = vec![Vec::new(); 4];
        for row in comparison.leaves().filter(|row| comparison.state(*row).is_found()) {
            let key = comparison.key(row).to_owned();
            let (line, points) = weights[usize::from(key.as_bytes()[0] - b'a')];
            rows[line].push((row, points));
            named[line].push((key, points));
        }
        let coverage = coverage(&comparison, &rows);
        let all = uncovered(&tests, &target, &named);
        prop_assert_eq!(coverage.all.uncovered, all);
        let by_area: u32 = coverage.areas.iter().map(|(_, share)| share.uncovered).sum();
        prop_assert_eq!(by_area, all);
        for place in 0..tests.len() {
            let mut others = tests.clone();
            others.remove(place);
            let without = uncovered(&others, &target, &named);
            prop_assert_eq!(coverage.adds[place].marginal, without - all, "without {}", place);
            let alone = uncovered(&tests[place..=place], &target, &named);
            prop_assert_eq!(coverage.adds[place].alone, coverage.all.points - alone, "only {}", place);
        }
        // One step after the other, the best of all that one could change.
        let mut now = tests.clone();
        let mut left = all;
        for change in &coverage.changes {
            let apply = |tests: &[Map<String, Value>], environment: usize, line: usize| {
                let mut tests = tests.to_vec();
                let mut changed = 0;
                for (key, _) in &named[line] {
                    if tests[environment].get(key) == target.get(key) {
                        continue;
                    }
                    changed += 1;
                    match target.get(key) {
                        Some(value) => tests[environment].insert(key.clone(), value.clone()),
                        None => tests[environment].remove(key),
                    };
                }
                (tests, changed)
            };
            let every = (0..tests.len()).flat_map(|environment| (0..4).map(move |line| (environment, line)));
            let best = every
                .map(|(environment, line)| left - uncovered(&apply(&now, environment, line).0, &target, &named).min(left))
                .max()
                .unwrap_or(0);
            let (after, values) = apply(&now, change.environment, change.line);
            let removed = left - uncovered(&after, &target, &named);
            prop_assert_eq!(removed, change.points);
            prop_assert_eq!(removed, best, "another change would remove more");
            prop_assert_eq!(values, change.values);
            let fewest = (0..tests.len()).map(|environment| apply(&now, environment, change.line).1).min();
            prop_assert_eq!(Some(values), fewest);
            (now, left) = (after, left - removed);
        }
        prop_assert_eq!(left, 0);
    }
}
