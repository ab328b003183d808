//! The history of environments over the snapshots in the store.

use super::Sandbox;

/// Three snapshots of each of two environments in the store: `limit` diverges, `pool` heals, `zone` always differed.
fn stored() -> Sandbox {
    let sandbox = Sandbox::new();
    for (day, staging, production) in
        [("2026-08-01", (1, 5), (1, 9)), ("2026-09-01", (1, 5), (1, 9)), ("2026-10-01", (1, 9), (2, 9))]
    {
        for (label, hour, (limit, pool)) in [("staging", 10, staging), ("production", 9, production)] {
            let text = format!(
                r#"{{"driftglass":1,"meta":{{"label":"{label}","captured_at":"{day}T{hour:02}:00:00Z","host":"{label}-1"}},
                "facts":{{"app":{{"limit":{limit},"pool":{pool},"zone":"{label}","calm":7}}}},
                "provenance":{{"app":"/etc/app.conf"}}}}"#
            );
            let name = format!("{label}-{day}.json");
            sandbox.file(&name, text);
            let (_, err, status) = sandbox.run(&["save", &name]);
            assert_eq!(status, 0, "{err}");
        }
    }
    sandbox
}

#[test]
fn two_environments_are_followed_over_their_snapshots() {
    let sandbox = stored();
    let (out, err, status) = sandbox.run(&["log", "staging", "production"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("staging | production: 3 dates, 2026-08-01 10:00Z .. 2026-10-01 10:00Z\n"), "{out}");
    assert!(out.contains("shows when a change was seen, not when it was made"), "{out}");
    assert!(out.contains("2 paths, newest first: 1 diverged, 1 healed"), "{out}");
    assert!(out.contains("1 path differed on all dates"), "{out}");
    let line = |path: &str| out.lines().find(|line| line.contains(path)).unwrap_or_default().to_owned();
    assert_eq!(line("app.limit"), "  app.limit  ==~  new     production: 1 -> 2 (read from: /etc/app.conf)");
    assert!(line("app.pool").contains("~~=  healed  2026-10-01 10:00Z staging: 5 -> 9"), "{out}");
    let (all, _, _) = sandbox.run(&["log", "staging", "production", "--all", "--order", "path"]);
    assert!(all.contains("app.zone   ~~~  > 61 d  before the first snapshot"), "{all}");
    let (newest, _, _) = sandbox.run(&["log", "staging", "production", "--last", "2"]);
    assert!(newest.contains("2 dates") && newest.contains("1 older left out"), "{newest}");
}

#[test]
fn one_environment_is_followed_from_snapshot_to_snapshot() {
    let sandbox = stored();
    let (out, _, status) = sandbox.run(&["log", "production"]);
    assert_eq!(status, 0);
    assert!(out.contains("2026-10-01 09:00Z  production, 30 d after the one before: 1 change"), "{out}");
    assert!(out.contains("2026-09-01 09:00Z  production~1, 31 d after the one before: 0 changes"), "{out}");
    assert!(out.contains("  ~ app.limit  1 -> 2\n      read from: /etc/app.conf"), "{out}");
}

#[test]
fn a_path_is_blamed_though_it_never_changed() {
    let sandbox = stored();
    let (out, _, status) = sandbox.run(&["blame", "staging", "production", "app.limit"]);
    assert_eq!(status, 0);
    assert!(out.contains("app.limit  ==~\n  diverged 2026-10-01 10:00Z, new, seen on 1 date\n"), "{out}");
    assert!(out.contains("  2026-10-01 09:00Z  production  1 -> 2   (read from: /etc/app.conf)\n"), "{out}");
    let (calm, _, _) = sandbox.run(&["blame", "staging", "production", "app.calm"]);
    assert!(calm.contains("the same on all dates") && calm.contains("7, first seen"), "{calm}");
    let (branch, _, _) = sandbox.run(&["blame", "staging", "app"]);
    assert!(branch.contains("app.pool") && !branch.contains("app.calm"), "{branch}");
    let (_, err, status) = sandbox.run(&["blame", "staging", "dns"]);
    assert!(status == 2 && err.contains("nothing at dns has differed or changed"), "{err}");
    let (_, err, status) = sandbox.run(&["log", "nowhere"]);
    assert!(status == 2 && err.contains("nowhere"), "{err}");
}

#[test]
fn a_file_that_is_no_label_joins_what_the_store_has_of_its_own() {
    let sandbox = stored();
    sandbox.file(
        "today.json",
        r#"{"driftglass":1,"meta":{"label":"production","captured_at":"2026-11-01T09:00:00Z","host":"production-1"},"facts":{"app":{"limit":3}}}"#,
    );
    let (out, _, status) = sandbox.run(&["log", "./today.json", "--format", "json"]);
    assert_eq!(status, 0);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["format"], "driftglass-history/1");
    assert_eq!(json["dates"].as_array().map(Vec::len), Some(4));
    let limit = json["rows"].as_array().and_then(|rows| rows.iter().find(|row| row["path"] == "app.limit"));
    let limit = limit.expect("a row");
    assert_eq!(limit["states"], "==~~");
    assert_eq!(limit["changes"][1]["after"], serde_json::json!({ "value": 3 }));
    assert_eq!(limit["course"], serde_json::Value::Null, "one environment diverges from nobody");
}
