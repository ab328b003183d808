use super::*;

/// A side of these facts, captured on this day.
fn taken(label: &str, day: &str, facts: &str) -> Arc<Snapshot> {
    let mut snapshot = crate::format::read(facts.as_bytes()).expect("facts").snapshot;
    snapshot.meta.label = label.to_owned();
    snapshot.meta.captured_at = Some(format!("2026-{day}T10:00:00Z").parse().expect("a time"));
    Arc::new(snapshot)
}

fn gathered(dates: Vec<Vec<Arc<Snapshot>>>) -> History {
    let mut gatherer = Gatherer::default();
    for date in dates {
        gatherer.add(date, &Cancel::new()).expect("not cancelled");
    }
    gatherer.finish()
}

/// Two sides over dates: the day, the left facts, the right ones.
fn of_two(dates: &[(&str, &str, &str)]) -> History {
    let date =
        |(day, left, right): &(&str, &str, &str)| vec![taken("staging", day, left), taken("production", day, right)];
    gathered(dates.iter().map(date).collect())
}

fn signs(history: &History, path: &str) -> String {
    let at = history.find(&path.parse().expect("a path")).expect("a row");
    history.rows[at].signs.iter().map(|sign| sign.sign()).collect()
}

fn row<'a>(history: &'a History, path: &str) -> &'a Row {
    &history.rows[history.find(&path.parse().expect("a path")).expect("a row")]
}

fn words(history: &History, said: Said) -> String {
    format!("{:?}", history.cell(said).expect("kept"))
}

#[test]
fn a_path_has_a_sign_for_each_date() {
    let history = of_two(&[
        ("08-01", r#"{"os":{"a":1,"b":1,"c":1,"d":1,"e":1}}"#, r#"{"os":{"a":1,"b":2,"c":1,"d":1,"e":1}}"#),
        ("09-01", r#"{"os":{"a":1,"b":2,"c":2,"d":1,"e":2}}"#, r#"{"os":{"a":2,"b":2,"c":1,"e":2}}"#),
        ("10-01", r#"{"os":{"a":1,"b":2,"c":1,"d":1,"e":2}}"#, r#"{"os":{"a":2,"b":2,"c":1,"e":2}}"#),
        ("11-01", r#"{"os":{"a":1,"b":2,"c":2,"d":1,"e":2}}"#, r#"{"os":{"a":2,"b":2,"c":1,"e":2}}"#),
    ]);
    let course = |path| row(&history, path).course();
    assert_eq!((signs(&history, "os.a"), course("os.a")), ("=~~~".into(), Course::Diverged(1)));
    assert_eq!((signs(&history, "os.b"), course("os.b")), ("~===".into(), Course::Healed(1)));
    assert_eq!((signs(&history, "os.c"), course("os.c")), ("=~=~".into(), Course::Flapping(3)));
    assert_eq!((signs(&history, "os.d"), course("os.d")), ("=<<<".into(), Course::Diverged(1)));
    assert_eq!((signs(&history, "os.e"), course("os.e")), ("====".into(), Course::Same), "both changed alike");
    let listed = |order| -> Vec<String> {
        history.listed(order).into_iter().map(|at| history.rows[at].path.to_string()).collect()
    };
    assert_eq!(listed(Order::Newest), ["os.c", "os.a", "os.b", "os.d"]);
    assert_eq!(listed(Order::Restless), ["os.c", "os.a", "os.b", "os.d"]);
    assert_eq!(listed(Order::Oldest), ["os.a", "os.d", "os.c", "os.b"], "what is healed comes last");
    let growth: Vec<_> = history.dates.iter().map(|date| (date.differing, date.diverged, date.healed)).collect();
    assert_eq!(growth, [(1, 0, 0), (3, 3, 1), (2, 0, 1), (3, 1, 0)]);
    assert_eq!(history.age(1).map(|age| age.as_hours() / 24), Some(61));
}

#[test]
fn each_change_is_told_with_its_side_and_both_values() {
    let history = of_two(&[
        ("08-01", r#"{"os":{"limit":4096}}"#, r#"{"os":{"limit":4096}}"#),
        ("09-01", r#"{"os":{"limit":4096}}"#, r#"{"os":{"limit":4096}}"#),
        ("10-01", r#"{"os":{"limit":4096}}"#, r#"{"os":{"limit":128}}"#),
    ]);
    let row = row(&history, "os.limit");
    assert_eq!(row.changes.len(), 1);
    let change = &row.changes[0];
    assert_eq!((change.date, change.side), (2, 1));
    assert!(words(&history, change.before).contains("4096") && words(&history, change.after).contains("128"));
    assert!(words(&history, row.first[0]).contains("4096") && words(&history, row.first[1]).contains("4096"));
    assert_eq!(row.last_change(), Some(change));
}

#[test]
fn what_moves_by_itself_or_says_who_it_is_has_no_history() {
    let at = |uptime: u64, id: &str| {
        format!(
            r#"{{"identity":{{"machine_id":"{id}"}},"os":{{"uptime_seconds":{uptime},"sysctl":{{"kernel.random.boot_id":"{id}"}}}}}}"#
        )
    };
    let history = of_two(&[("08-01", &at(1, "a"), &at(5, "b")), ("09-01", &at(2, "a"), &at(9, "c"))]);
    assert!(history.rows.iter().all(|row| !row.path.to_string().contains("id")), "{:?}", history.rows);
    let rebuilt = &history.dates[1].sides[1].events;
    assert_eq!(rebuilt.first().map(|event| event.kind), Some(Kind::Rebuilt), "another machine took its place");
    assert!(history.dates[1].sides[0].events.is_empty());
}

#[test]
fn one_side_tells_what_changed_from_capture_to_capture() {
    let at = |day, facts| vec![taken("staging", day, facts)];
    let history = gathered(vec![
        at("08-01", r#"{"os":{"a":1,"b":1}}"#),
        at("08-02", r#"{"os":{"a":2,"b":1}}"#),
        at("08-03", r#"{"os":{"a":2,"c":1}}"#),
    ]);
    assert_eq!((signs(&history, "os.a"), signs(&history, "os.b")), ("=~=".into(), "==<".into()));
    assert_eq!(signs(&history, "os.c"), "==>");
    assert_eq!(history.listed(Order::Newest).len(), 3);
}

#[test]
fn a_snapshot_that_stands_for_two_dates_changes_nothing_between() {
    let old = taken("production", "08-01", r#"{"os":{"a":1}}"#);
    let left = |day, facts| taken("staging", day, facts);
    let history = gathered(vec![
        vec![left("08-01", r#"{"os":{"a":1}}"#), Arc::clone(&old)],
        vec![left("08-05", r#"{"os":{"a":2}}"#), Arc::clone(&old)],
    ]);
    assert!(!history.dates[1].sides[1].is_new && history.dates[1].sides[0].is_new);
    assert_eq!(row(&history, "os.a").changes.len(), 1);
}

const BEFORE: &str = r#"{"deployments":{"events":{"2026-08-01T09:00:00":{"openssl":{"action":"install","to":"3.0.11"}}},
  "releases":{"/srv/shop":{"commit":"1111"}}},
  "libraries":{"packages":{"dpkg":{"openssl":{"version":"3.0.11"}}}},"cache":{"redis":{"maxmemory":"1gb"}},"shop":{"threads":4}}"#;
const AFTER: &str = r#"{"deployments":{"events":{"2026-08-01T09:00:00":{"openssl":{"action":"install","to":"3.0.11"}},
  "2026-09-02T09:00:05":{"openssl":{"action":"upgrade","from":"3.0.11","to":"3.0.14"}}},
  "commands":{"2026-09-02T09:00:00":{"command":"apt-get upgrade"},"2026-09-03T09:00:00":{"command":"apt-get remove vim"}},
  "hand_edits":{"/etc/redis/redis.conf":"changed"},"releases":{"/srv/shop":{"commit":"2222"}}},
  "libraries":{"packages":{"dpkg":{"openssl":{"version":"3.0.14"}}}},"cache":{"redis":{"maxmemory":"2gb"}},"shop":{"threads":8}}"#;

#[test]
fn a_change_is_told_with_what_the_snapshots_hold_about_it() {
    let mut after = (*taken("staging", "09-10", AFTER)).clone();
    after.provenance.insert("cache.redis".parse().expect("a path"), "/etc/redis/redis.conf:12");
    after.provenance.insert("shop".parse().expect("a path"), "/srv/shop/config.toml");
    let history = gathered(vec![vec![taken("staging", "08-10", BEFORE)], vec![Arc::new(after)]]);
    let evidence = |path| -> Vec<(Kind, &str)> {
        row(&history, path).changes[0].evidence.iter().map(|e| (e.kind, e.words.as_str())).collect()
    };
    let package = evidence("libraries.packages.dpkg.openssl.version");
    assert_eq!(package[..2], [(Kind::Package, "upgrade 3.0.11 -> 3.0.14"), (Kind::Command, "apt-get upgrade")]);
    let redis = evidence("cache.redis.maxmemory");
    assert_eq!(redis[0], (Kind::HandEdit, "/etc/redis/redis.conf: changed"));
    assert_eq!(redis[1], (Kind::Source, "/etc/redis/redis.conf:12"));
    assert_eq!(evidence("shop.threads")[0], (Kind::Deployment, "/srv/shop: commit 1111 -> 2222"));
    let events: Vec<(Kind, &str)> =
        history.dates[1].sides[0].events.iter().map(|event| (event.kind, event.words.as_str())).collect();
    assert!(events.contains(&(Kind::Package, "1 event of 1 package")), "{events:?}");
    assert!(events.contains(&(Kind::Command, "apt-get remove vim, and 1 before it")), "{events:?}");
}

#[test]
fn a_log_that_could_not_be_read_before_makes_nothing_new() {
    let mut before = (*taken("staging", "08-10", BEFORE)).clone();
    let problem = crate::model::Problem::new(crate::model::ProblemKind::Denied, "denied");
    before.problems.push(("deployments.events".parse().expect("a path"), problem));
    let history = gathered(vec![vec![Arc::new(before)], vec![taken("staging", "09-10", AFTER)]]);
    let version = row(&history, "libraries.packages.dpkg.openssl.version");
    assert!(version.changes[0].evidence.iter().all(|evidence| evidence.kind != Kind::Package));
}

#[test]
fn long_texts_are_told_by_their_length_and_a_cancelled_history_is_none() {
    let long = |letter: &str| format!(r#"{{"a":"{}"}}"#, letter.repeat(KEPT_BYTES + 1));
    let history = of_two(&[("08-01", &long("x"), &long("y"))]);
    assert_eq!(history.rows[0].first[0], Said::Long(KEPT_BYTES + 1));
    assert_eq!(history.cell(history.rows[0].first[0]), None);
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(Gatherer::default().add(vec![taken("a", "08-01", "{\"a\":1}")], &cancel).is_none());
}
