//! `review` where nobody is asked: how it stands, the record, and how it ends.

use super::Sandbox;

const POLICY: &str = "[gate]\nblock = \"none-such\"\nneeds-decision = \"area:os\"\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("driftglass.toml", POLICY);
    sandbox
}

/// A journal in which somebody decided of a path, pinned to what the record says its pins are.
fn decide(sandbox: &Sandbox, mark: &str, path: &str) {
    let line = format!(
        r#"{{"v":1,"id":"w-1","at":"2026-11-25T10:00:00Z","by":"Ann","do":"mark","mark":"{mark}","rows":[{{"path":"{path}","values":{{}}}}]}}"#
    );
    sandbox.file("journal.jsonl", format!("{line}\n{{\"v\":1,\"id\":\"w-2"));
}

#[test]
fn without_a_terminal_it_says_what_else_there_is() {
    let sandbox = sandbox();
    let (out, err, status) = sandbox.run(&["review", "staging.json", "production.json"]);
    assert_eq!((out.as_str(), status), ("", 4), "{err}");
    assert!(err.contains("driftglass review --batch"), "{err}");
}

#[test]
fn how_it_stands_is_printed_and_is_the_exit_status() {
    let sandbox = sandbox();
    let (out, err, status) = sandbox.run(&["review", "staging.json", "production.json", "--batch"]);
    assert_eq!(status, 3, "{out}{err}");
    assert!(out.starts_with("UNDECIDED staging..production: 0 of 2 decided: 2 open"), "{out}");
    assert!(out.contains("[ ]") && out.contains("os.kernel.version"), "{out}");
    let summary = err.lines().find(|line| line.starts_with("driftglass-summary: ")).unwrap_or_default();
    assert!(summary.contains("gate=2 reviewed=0 accepted=0 flagged=0 open=2"), "{err}");
    sandbox.file("driftglass.toml", "[gate]\nblock = \"none-such\"\n");
    assert_eq!(sandbox.run(&["review", "staging.json", "production.json", "--batch"]).2, 0);
    sandbox.file("driftglass.toml", "[gate]\nblock = \"area:os\"\n");
    assert_eq!(sandbox.run(&["review", "staging.json", "production.json", "--batch"]).2, 1);
    assert!(!sandbox.0.path().join(".local/state/driftglass/sessions").exists(), "looking leaves nothing behind");
}

#[test]
fn the_record_is_the_same_for_the_same_and_says_what_changed_since() {
    let sandbox = sandbox();
    decide(&sandbox, "reviewed", "os.kernel.version");
    let base = ["review", "staging.json", "production.json", "--journal", "journal.jsonl"];
    for format in ["markdown", "json", "text"] {
        let args: Vec<&str> = base.iter().copied().chain(["--format", format]).collect();
        let (first, err, status) = sandbox.run(&args);
        assert_eq!(status, 3, "{err}");
        assert_eq!(sandbox.run(&args).0, first);
        assert!(first.contains("Ann") && first.contains("os.kernel.version"), "{first}");
        assert!(first.is_ascii() || !first.chars().any(|c| c.is_control() && c != '\n'), "{first}");
    }
    let args: Vec<&str> = base.iter().copied().chain(["--format", "json", "-o", "record.json"]).collect();
    sandbox.run(&args);
    let text = std::fs::read_to_string(sandbox.0.path().join("record.json")).expect("was written");
    let record: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(record["format"], "driftglass-review/1");
    assert_eq!(record["verdict"], "UNDECIDED");
    assert_eq!(record["summary"]["cut_line"], true);
    let item =
        record["items"].as_array().and_then(|items| items.iter().find(|item| item["path"] == "os.kernel.version"));
    let item = item.expect("the item");
    assert_eq!(item["stands"], "changed since reviewed", "the pins are others");
    assert_eq!(item["mark"]["by"], "Ann");
    assert_eq!(record["reviewers"][0]["decisions"], 1);
}

#[test]
fn two_snapshots_of_one_name_are_refused() {
    let sandbox = sandbox();
    let (_, err, status) = sandbox.run(&["review", "staging.json", "staging.json", "--batch"]);
    assert_eq!(status, 2);
    assert!(err.contains("two snapshots are called staging"), "{err}");
}

#[test]
fn what_is_no_journal_is_refused() {
    let sandbox = sandbox();
    let args = ["review", "staging.json", "production.json", "--batch", "--journal", "."];
    let (_, err, status) = sandbox.run(&args);
    assert_eq!(status, 2, "{err}");
    assert!(err.contains("is a folder"), "{err}");
}
