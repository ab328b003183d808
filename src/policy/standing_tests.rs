//! Relations, acceptances and the gate over small comparisons.

use super::accept::{self, Acceptances};
use super::judge::{Asked, Call, Judgement, Verdict, judge, new_since};
use super::standing::{Group, Standing, Standings, pins};
use super::{Policy, apply, parse, sample};
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::filter::Context;

fn policy(text: &str) -> Policy {
    parse(text).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0
}

fn relation(path: &str, more: &str) -> Policy {
    policy(&format!("[[relation]]\npath = \"{path}\"\n{more}\nreason = \"known to all of us\"\n"))
}

fn standings(comparison: &Comparison, policy: &Policy, accepted: &str, today: &str) -> Standings {
    let acceptances = if accepted.is_empty() {
        Acceptances::default()
    } else {
        accept::parse(accepted).unwrap_or_else(|wrong| panic!("{wrong:#?}")).0
    };
    apply(comparison, (&[], &|_| None, &[]), policy, &acceptances, today.parse().expect("a day"), &Cancel::new())
        .expect("not cancelled")
}

fn row(comparison: &Comparison, path: &str) -> RowId {
    comparison.find(&path.parse().expect("a path")).expect(path)
}

/// What the relation says of a path: none, or whether it is unknown and in which words.
fn said(comparison: &Comparison, policy: &Policy, path: &str) -> Option<(bool, String)> {
    let standings = standings(comparison, policy, "", "2026-01-01");
    let row = row(comparison, path);
    standings.findings.into_iter().find(|finding| finding.row == row).map(|f| (f.is_unknown, f.words))
}

fn judged(comparison: &Comparison, policy: &Policy, standings: &Standings, new: Option<&[RowId]>) -> Judgement {
    let (accepted, ignored) = (standings.accepted(), standings.ignored());
    let context = Context { accepted: &accepted, ignored: &ignored, new, ..Context::default() };
    let asked = Asked { is_since: new.is_some(), ..Asked::default() };
    judge(comparison, &context, standings, policy, &asked, &Cancel::new()).expect("not cancelled")
}

#[test]
fn relations_hold_or_not() {
    let staging = r#"{"same":"a","other":"a","gone":1,"n":100,"size":"64MiB","zero":1,"v":"1.10.0","w":"1.9.0","zone":"UTC","list":["a"]}"#;
    let production = r#"{"same":"a","other":"b","n":400,"size":"128MiB","zero":0,"v":"1.9.0","w":"1.10.0","zone":"CET","list":["a"]}"#;
    let comparison = sample::pair(staging, production);
    let says = |path: &str, more: &str| said(&comparison, &relation(path, more), path);
    let violated = |words: &str| Some((false, words.to_owned()));
    let unknown = |words: &str| Some((true, words.to_owned()));
    assert_eq!(says("same", "must = \"equal\""), None);
    assert_eq!(says("other", "must = \"equal\""), violated("staging and production differ"));
    assert_eq!(says("gone", "must = \"equal\""), violated("only one of staging and production has it"));
    assert_eq!(says("same", "must = \"differ\""), violated("staging and production have the same"));
    assert_eq!(says("other", "must = \"differ\""), None);
    assert_eq!(says("gone", "must = \"differ\""), None, "what one lacks differs");
    assert_eq!(says("v", "must = \"not-older-than\""), None);
    assert_eq!(says("w", "must = \"not-older-than\""), violated("staging is older than production"));
    assert_eq!(says("gone", "must = \"not-older-than\""), None, "what one lacks has no version");
    let turned = "must = \"not-older-than\"\nbetween = [\"production\", \"staging\"]";
    assert_eq!(says("v", turned), violated("production is older than staging"));
    assert_eq!(says("other", "must = \"not-older-than\""), unknown("staging and production: it is no version"));
    assert_eq!(says("n", "must = \"ratio\"\nat-least = 0.25"), None);
    assert_eq!(says("n", "must = \"ratio\"\nat-least = 0.5"), violated("staging has 0.25 times that of production"));
    assert_eq!(says("size", "must = \"ratio\"\nat-most = 0.4"), violated("staging has 0.5 times that of production"));
    assert_eq!(
        says("zero", "must = \"ratio\"\nat-most = 2"),
        unknown("staging and production: it is zero in production, so there is no ratio")
    );
    assert_eq!(says("n", "must = \"tolerance\"\nwithin = 300"), None);
    assert_eq!(says("n", "must = \"tolerance\"\nwithin = \"10%\"").map(|said| said.0), Some(false));
    assert_eq!(says("size", "must = \"tolerance\"\nwithin = \"64MiB\""), None);
    assert_eq!(says("zone", "must = \"one-of\"\nvalues = [\"UTC\", \"CET\"]"), None);
    assert_eq!(says("zone", "must = \"one-of\"\nvalues = [\"UTC\"]"), violated("production has another"));
    assert_eq!(says("n", "must = \"one-of\"\nvalues = [100, 400]"), None);
    assert_eq!(says("same", "must = \"differ\"\nbetween = [\"ci\", \"production\"]"), None, "nobody of that name");
    let nothing = standings(&comparison, &relation("typo.in.path", "must = \"differ\""), "", "2026-01-01");
    assert!(nothing.findings[0].is_unknown && nothing.findings[0].row == Comparison::TOP, "a typo is no pass");
}

#[test]
fn secrets_that_must_differ_are_told_by_their_hashes_and_never_shown() {
    let url = |host: &str, mark: &str| format!("postgres://shop:{mark}@{host}/shop");
    let facts = |key: &str, secret: &str, host: &str| {
        let (whole, part) = (format!("[redacted {key}:{secret}]"), url(host, &format!("[redacted {key}:{secret}]")));
        format!(r#"{{"password":"{whole}","url":"{part}","opaque":"[redacted]"}}"#)
    };
    let differ =
        |path: &str, a: String, b: String| said(&sample::pair(&a, &b), &relation(path, "must = \"differ\""), path);
    let same = Some((false, "staging and production have the same".to_owned()));
    for path in ["password", "url"] {
        assert_eq!(differ(path, facts("7f", "aa", "db"), facts("7f", "aa", "db")), same, "{path}: one key, one secret");
        assert_eq!(
            differ(path, facts("7f", "aa", "db"), facts("7f", "bb", "db")),
            None,
            "{path}: one key, two secrets"
        );
        let two_keys = differ(path, facts("7f", "aa", "db"), facts("8e", "aa", "db")).expect("something is said");
        assert!(two_keys.0, "{path}: under two keys nothing can be said: {two_keys:?}");
    }
    assert_eq!(differ("url", facts("7f", "aa", "db1"), facts("8e", "bb", "db2")), None, "what is shown differs");
    let opaque = differ("opaque", facts("7f", "aa", "db"), facts("7f", "aa", "db")).expect("something is said");
    assert!(opaque.0, "{opaque:?}");
}

#[test]
fn what_is_ignored_is_moved_and_no_more() {
    let comparison = sample::of(&[
        ("staging", r#"{"a":1,"b":1}"#, "{}"),
        ("ci", r#"{"a":2,"b":2}"#, "{}"),
        ("production", r#"{"a":1,"b":3}"#, "{}"),
    ]);
    let policy = relation("**", "must = \"ignore\"\nbetween = [\"ci\", \"production\"]");
    let standings = standings(&comparison, &policy, "", "2026-01-01");
    assert_eq!(standings.of(row(&comparison, "a")), Standing::Ignored(0), "only ci differs");
    assert_eq!(standings.of(row(&comparison, "b")), Standing::Open, "staging differs too");
    assert_eq!(standings.moved(&comparison), 1);
}

fn accepted(comparison: &Comparison, path: &str, until: &str) -> String {
    let values: Vec<String> =
        pins(comparison, &[row(comparison, path)]).iter().map(|(name, pin)| format!("{name} = \"{pin}\"")).collect();
    format!(
        "[accept.\"{path}\"]\nreason = \"known to all of us\"\nauthor = \"Ann\"\ndate = 2026-01-01\nuntil = {until}\n\
         values = {{ {} }}\n",
        values.join(", ")
    )
}

#[test]
fn an_acceptance_holds_until_its_last_day_or_another_value() {
    let before = sample::pair(r#"{"a":1,"b":1}"#, r#"{"a":2,"b":2}"#);
    let text = accepted(&before, "a", "2026-03-31");
    let (a, policy) = (row(&before, "a"), Policy::default());
    let on = |today: &str| standings(&before, &policy, &text, today);
    assert_eq!((on("2026-03-30").of(a), on("2026-03-30").ending.len()), (Standing::Accepted(0), 0));
    assert_eq!((on("2026-03-31").of(a), on("2026-03-31").ending.len()), (Standing::Accepted(0), 1), "the last day");
    let over = on("2026-04-01");
    assert_eq!((over.of(a), over.reopened[0].words.as_str()), (Standing::Open, "the acceptance ended 2026-03-31"));
    let after = sample::pair(r#"{"a":1,"b":1}"#, r#"{"a":3,"b":2}"#);
    let changed = standings(&after, &policy, &text, "2026-02-01");
    assert_eq!(changed.of(row(&after, "a")), Standing::Open);
    assert_eq!(changed.reopened[0].words, "changed in production since it was accepted");
    let gone = sample::pair(r#"{"a":2,"b":1}"#, r#"{"a":2,"b":2}"#);
    assert_eq!(standings(&gone, &policy, &text, "2026-02-01").spent, [0]);
    let other = sample::of(&[("ci", r#"{"a":1}"#, "{}"), ("production", r#"{"a":2}"#, "{}")]);
    assert_eq!(
        standings(&other, &policy, &text, "2026-02-01").of(1),
        Standing::Accepted(0),
        "the same values elsewhere"
    );
    let third = sample::of(&[("ci", r#"{"a":9}"#, "{}"), ("production", r#"{"a":2}"#, "{}")]);
    assert_eq!(standings(&third, &policy, &text, "2026-02-01").of(1), Standing::Open, "a value that nobody has seen");
}

#[test]
fn a_cause_is_accepted_as_a_whole() {
    let comparison = sample::pair(r#"{"a":1,"b":1,"c":1}"#, r#"{"a":2,"b":2,"c":2}"#);
    let members = [row(&comparison, "a"), row(&comparison, "b")];
    let groups = [Group { key: "memory-size", members: &members }];
    let values: Vec<String> =
        pins(&comparison, &members).iter().map(|(name, pin)| format!("{name} = \"{pin}\"")).collect();
    let text = format!(
        "[accept.\"cause:memory-size\"]\nreason = \"half the memory is enough\"\nauthor = \"Ann\"\ndate = 2026-01-01\n\
         values = {{ {} }}\n",
        values.join(", ")
    );
    let acceptances = accept::parse(&text).expect("sound").0;
    let apply = |comparison: &Comparison| {
        let today = "2026-02-01".parse().expect("a day");
        apply(comparison, (&groups, &|_| None, &[]), &Policy::default(), &acceptances, today, &Cancel::new())
            .expect("not cancelled")
    };
    assert_eq!(apply(&comparison).accepted(), members);
    let other = sample::pair(r#"{"a":1,"b":5,"c":1}"#, r#"{"a":2,"b":2,"c":2}"#);
    assert_eq!(apply(&other).accepted(), [] as [RowId; 0], "one of it has changed");
    assert_eq!(apply(&other).reopened.len(), 1);
}

#[test]
fn the_gate_says_what_stops_a_push() {
    let comparison = sample::of(&[
        ("staging", r#"{"dns":{"a":1,"b":1},"os":{"a":1,"c":1}}"#, r#"{"os.denied":"permission denied: /x"}"#),
        ("production", r#"{"dns":{"a":2,"b":2},"os":{"a":2,"c":1,"denied":1}}"#, "{}"),
    ]);
    let text = accepted(&comparison, "dns.b", "2026-12-31");
    let gate = |toml: &str| {
        let policy = policy(toml);
        judged(&comparison, &policy, &standings(&comparison, &policy, &text, "2026-02-01"), None)
    };
    let calls = |judgement: &Judgement| {
        let item = |item: &super::judge::Item| format!("{} {}", item.call.word(), comparison.path(item.row));
        judgement.items.iter().map(item).collect::<Vec<_>>()
    };
    let usual = gate("[gate]\nblock = \"new\"\n");
    assert_eq!(calls(&gate("")), ["unknown os.denied"], "where nothing is judged nothing is high");
    assert_eq!(calls(&usual), ["block dns.a", "block os.a", "unknown os.denied", "accepted dns.b"]);
    assert_eq!((usual.verdict, usual.verdict.status()), (Verdict::Block, 1));
    let both = gate("[gate]\nblock = \"new area:none\"\nneeds-decision = \"area:dns\"\nunknown = \"pass\"\n");
    assert_eq!(calls(&both), ["needs-decision dns.a", "accepted dns.b"], "accepted is let through without saying so");
    assert_eq!((both.verdict, both.verdict.status(), both.tally().unknown), (Verdict::Undecided, 3, 0));
    let strict = gate("[gate]\nblock = \"area:dns is:accepted\"\nunknown = \"block\"\n");
    assert_eq!(calls(&strict), ["block dns.b", "block os.denied"], "what names accepted rows gets them");
    let only = gate("[gate]\nblock = \"is:unknown area:os\"\n");
    assert_eq!(calls(&only), ["block os.denied"]);
    let must = "[[relation]]\npath = \"os.c\"\nmust = \"differ\"\nreason = \"told apart by it\"\n[gate]\nblock = \"area:none\"\n";
    assert_eq!(calls(&gate(must)), ["block os.c", "unknown os.denied"], "what is the same can be wrong");
    assert_eq!(calls(&gate(&must.replace("reason", "then = \"warn\"\nreason")))[0], "warn os.c");
    assert_eq!(gate(&must.replace("\"differ\"", "\"equal\"")).count(Call::Block), 0);
}

#[test]
fn only_what_is_new_since_then_counts() {
    let then = sample::pair(r#"{"a":1,"b":1,"c":1,"t":{"x":1}}"#, r#"{"a":2,"b":2,"c":1,"t":{"x":2}}"#);
    let now = sample::pair(r#"{"a":1,"b":1,"c":1,"d":1,"t":{"x":1}}"#, r#"{"a":2,"b":3,"c":2,"t":{"x":2}}"#);
    let rows: Vec<RowId> = now.leaves().filter(|row| now.state(*row).is_found()).collect();
    let new = new_since(&now, &rows, &then, &Cancel::new()).expect("not cancelled");
    let paths: Vec<String> = new.iter().map(|row| now.path(*row).to_string()).collect();
    assert_eq!(paths, ["b", "c", "d"]);
    let policy = policy("[gate]\nblock = \"-is:accepted\"\n");
    let judgement = judged(&now, &policy, &Standings::default(), Some(&new));
    assert_eq!(judgement.count(Call::Block), 3, "whatever the filter says of new");
}
