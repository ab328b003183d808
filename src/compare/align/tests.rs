use super::*;
use crate::format;
use std::sync::Arc;

fn vocabulary() -> &'static Vocabulary {
    static TABLE: std::sync::OnceLock<Vocabulary> = std::sync::OnceLock::new();
    TABLE.get_or_init(|| {
        let text = "[[fact]]\npath='id.*'\nclass='identity'\nabout='x.'\n[[fact]]\npath='vol.**'\nclass='volatile'\nabout='x.'\n\
                    [[fact]]\npath='set'\nkind='set'\nabout='x.'\n\
                    [[fact]]\npath='size'\nclass='volatile'\ntolerance={factor=10,floor=1}\nabout='x.'\n";
        Vocabulary::parse(text).expect("a table")
    })
}

fn compare(texts: &[&str]) -> Comparison {
    let load = |(i, text): (usize, &&str)| {
        let mut snapshot = format::read(text.as_bytes()).expect(text).snapshot;
        if snapshot.meta.label.is_empty() {
            snapshot.meta.label = format!("s{i}");
        }
        Arc::new(snapshot)
    };
    let snapshots = texts.iter().enumerate().map(load).collect();
    Comparison::with_vocabulary(snapshots, vocabulary(), &Cancel::new()).expect("not cancelled")
}

/// All leaves as `path state sign`.
fn rows(comparison: &Comparison) -> Vec<String> {
    let row = |r| format!("{} {} {}", comparison.path(r), comparison.state(r).word(), comparison.relation(r).sign());
    comparison.leaves().map(row).collect()
}

#[test]
fn every_state_has_its_word() {
    let comparison = compare(&[
        r#"{"a":1,"b":1,"id":{"x":"1","y":"2"},"only":{"l":1},"s":"[redacted]","same":[1],"set":["b","a"],"t":"8","vol":{"u":1}}"#,
        r#"{"a":1.0,"b":2,"id":{"x":"1","y":"3"},"only":{"r":1},"s":"[redacted]","same":[1],"set":["a","b"],"t":8,"vol":{"u":2,"w":1}}"#,
    ]);
    assert_eq!(
        rows(&comparison),
        [
            "a same =",
            "b changed ~",
            "id.x duplicate-identity ~",
            "id.y identity ~",
            "only.l missing <",
            "only.r missing >",
            "s redacted ?",
            "same same =",
            "set same =",
            "t changed ~",
            "vol.u volatile ~",
            "vol.w volatile >",
        ]
    );
    let tally = comparison.tally(Comparison::TOP);
    assert_eq!((tally.leaves, tally.same, tally.found()), (12, 3, 6));
    let t = comparison.find(&"t".parse().expect("a path")).expect("is there");
    assert!(comparison.flags(t).contains(Flags::TYPE));
}

#[test]
fn what_stands_in_a_folder_that_cannot_be_listed_is_not_known() {
    let comparison = compare(&[
        r#"{"driftglass":1,"facts":{"f":{"/etc/a":1,"/etc/a-b":1,"/etc/a/x":{"t":1},"/etc/a/y":1,"user:shop":1,"user":1}},"provenance":{}}"#,
        r#"{"driftglass":1,"facts":{"f":{"/etc/a/y":2}},"provenance":{},
            "problems":{"f.\"/etc/a\"":"permission denied: /etc/a","f.\"user:*\"":"permission denied: /var/spool/cron"}}"#,
    ]);
    let expected = [
        r#"f.user missing <"#,
        r#"f."/etc/a" unreadable ?"#,
        r#"f."/etc/a-b" missing <"#,
        r#"f."/etc/a/x".t unreadable ?"#,
        r#"f."/etc/a/y" changed ~"#,
        r#"f."user:*" unreadable ?"#,
        r#"f."user:shop" unreadable ?"#,
    ];
    let mut found = rows(&comparison);
    found.sort();
    let mut expected = expected.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(found, expected);
    let snapshot = &comparison.sides()[1].snapshot;
    let why = |path: &str| snapshot.problem_at(&path.parse().expect("a path")).map(|problem| problem.detail.clone());
    assert_eq!(why("f.\"/etc/a/x\".t").as_deref(), Some("/etc/a"));
    assert_eq!(why("f.\"user:shop\"").as_deref(), Some("/var/spool/cron"));
    assert_eq!(why("f.user"), None);
}

#[test]
fn unknown_is_never_absent_and_never_same() {
    let comparison = compare(&[
        r#"{"driftglass":1,"facts":{"a":{"x":1},"n":{"q":1}},"provenance":{},"problems":{"b":"permission denied: /b","c":"timed out","a.z":"not parsable"}}"#,
        r#"{"driftglass":1,"facts":{"a":{"x":1,"z":2},"b":{"k":{"l":1}},"c":3},"provenance":{},"problems":{"n":"not collected: no","m":"not collected"}}"#,
    ]);
    assert_eq!(
        rows(&comparison),
        ["a.x same =", "a.z unreadable ?", "b.k.l unreadable ?", "c unreadable ?", "n.q unreadable ?"]
    );
    let l = comparison.find(&"b.k.l".parse().expect("a path")).expect("is there");
    assert_eq!(comparison.cell(l, 0), crate::compare::Cell::Problem("permission denied: /b"));
    let q = comparison.find(&"n.q".parse().expect("a path")).expect("is there");
    assert_eq!(comparison.cell(q, 1), crate::compare::Cell::NotCollected("not collected: no"));
    assert_eq!(comparison.unasked(), ["m".parse().expect("a path")]);
}

#[test]
fn problems_on_both_sides_are_a_row_of_their_own() {
    let text = r#"{"driftglass":1,"facts":{"z":1},"provenance":{},"problems":{"a":"failed","a.b":"timed out"}}"#;
    assert_eq!(rows(&compare(&[text, text])), ["a.b unreadable ?", "z same ="]);
    let text = r#"{"driftglass":1,"facts":{"a":{"c":1}},"provenance":{},"problems":{"a":"failed","a.b":"timed out"}}"#;
    assert_eq!(
        rows(&compare(&[text, r#"{"a":{"b":1,"d":2}}"#])),
        ["a.b unreadable ?", "a.c missing <", "a.d unreadable ?"]
    );
}

#[test]
fn a_value_beside_a_branch_keeps_its_path() {
    let comparison = compare(&[r#"{"a":5,"e":{}}"#, r#"{"a":{"b":1},"e":{"f":1}}"#]);
    assert_eq!(rows(&comparison), ["a missing <", "a.b missing >", "e.f missing >"]);
    let a = comparison.find(&"a".parse().expect("a path")).expect("is there");
    assert!(comparison.is_leaf(a));
}

#[test]
fn keyed_hashes_compare_secrets_unseen() {
    let one = r#"{"p":"[redacted a1:01]","q":"[redacted a1:01]","r":"[redacted a1:01]","s":"[redacted a1:01]"}"#;
    let two = r#"{"p":"[redacted a1:01]","q":"[redacted a1:02]","r":"[redacted b2:01]"}"#;
    assert_eq!(rows(&compare(&[one, two])), ["p same =", "q changed ~", "r redacted ?", "s missing <"]);
}

#[test]
fn hidden_parts_of_texts_are_compared_unseen_or_not_at_all() {
    let one = r#"{"l":["a [redacted]"],"o":"a [redacted]","p":"x [redacted a1:01]","q":"x [redacted a1:01]","r":"x [redacted a1:01]","s":"x [redacted]"}"#;
    let two = r#"{"l":["a [redacted]"],"o":"b [redacted]","p":"x [redacted a1:01]","q":"x [redacted a1:02]","r":"x [redacted b2:01]","s":"x [redacted]"}"#;
    let expected = ["l redacted ?", "o changed ~", "p same =", "q changed ~", "r redacted ?", "s redacted ?"];
    assert_eq!(rows(&compare(&[one, two])), expected);
    let three = rows(&compare(&[one, two, one]));
    assert_eq!(three, expected, "a third side that is known says no more of the second");
}

#[test]
fn one_capture_agrees_with_itself() {
    let text = r#"{"driftglass":1,"meta":{"label":"a","captured_at":"2026-01-31T12:00:00Z"},"facts":{"id":{"x":"1"},"p":"[redacted]"},"provenance":{},"problems":{}}"#;
    assert_eq!(rows(&compare(&[text, text])), ["id.x same =", "p same ="]);
}

#[test]
fn many_sides_share_classes() {
    let texts: Vec<String> = (0..20).map(|i| format!(r#"{{"a":{},"id":{{"x":{i}}}}}"#, i % 3)).collect();
    let comparison = compare(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let a = comparison.find(&"a".parse().expect("a path")).expect("is there");
    let classes: Vec<_> = (0..6).map(|side| comparison.class(a, side)).collect();
    assert_eq!(classes, [Some(0), Some(1), Some(2), Some(0), Some(1), Some(2)]);
    assert_eq!(rows(&comparison), ["a changed ~", "id.x identity ~"]);
}

#[test]
fn what_moves_within_its_tolerance_is_no_divergence() {
    let state = |texts: &[&str]| rows(&compare(texts)).concat();
    assert_eq!(state(&[r#"{"size":2}"#, r#"{"size":2}"#]), "size same =");
    assert_eq!(state(&[r#"{"size":2}"#, r#"{"size":3}"#]), "size volatile ~");
    assert_eq!(state(&[r#"{"size":0}"#, r#"{"size":10}"#]), "size volatile ~");
    assert_eq!(state(&[r#"{"size":2}"#, r#"{"size":21}"#]), "size changed ~");
    assert_eq!(state(&[r#"{"size":2}"#, r#"{"size":"2"}"#]), "size volatile ~");
    assert_eq!(state(&[r#"{"size":2}"#, r#"{"z":1}"#]).split("z ").next(), Some("size volatile <"));
    let three = compare(&[r#"{"size":200}"#, r#"{"size":3}"#, r#"{"size":4}"#]);
    let row = three.find(&"size".parse().expect("a path")).expect("is there");
    assert_eq!((0..3).map(|side| three.class(row, side)).collect::<Vec<_>>(), [Some(0), Some(1), Some(1)]);
}
