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
    assert!(summary.contains("gate=5 reviewed=0 accepted=0 flagged=0 open=2 unknown=3"), "{err}");
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

#[test]
fn a_review_is_of_its_project_whatever_the_order_and_the_worktree() {
    let sandbox = Sandbox::new();
    let at = |name: &str| sandbox.0.path().join(name);
    let git = |folder: &str, args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").args(["-c", "user.name=Ann", "-c", "user.email=a@example.org"]);
        let output = git.args(args).current_dir(at(folder)).output().expect("git runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for project in ["a", "b"] {
        std::fs::create_dir(at(project)).expect("a folder");
        sandbox.file(&format!("{project}/driftglass.toml"), POLICY);
        git(project, &["init", "-q", "-b", "main"]);
        git(project, &["add", "-A"]);
        git(project, &["commit", "-q", "-m", "x"]);
    }
    git("a", &["worktree", "add", "-q", "-b", "other", "../beside"]);
    let session = |folder: &str, args: &[&str]| {
        let mut command = sandbox.command(&["review", "--batch", "--session", "pre-push origin..main"]);
        let output = command.args(args).current_dir(at(folder)).output().expect("runs");
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        err.rsplit_once("session=").map(|(_, id)| id.trim().to_owned()).unwrap_or(err)
    };
    let (there, back) =
        (["../staging.json", "../production.json"].as_slice(), ["../production.json", "../staging.json"].as_slice());
    let here = session("a", there);
    assert_eq!(here.len(), 4, "{here}");
    assert_eq!(session("a", back), here, "the same pair");
    assert_eq!(session("beside", there), here, "the same repository");
    assert_ne!(session("b", there), here, "what was seen in one project nobody has seen in another");
}

#[test]
fn in_lines_it_is_told_and_decided() {
    let sandbox = sandbox();
    let mut talk = sandbox.command(&["review", "--plain", "staging.json", "production.json", "--as", "Ann"]);
    let output = talk
        .write_stdin("next\nreviewed\nlist\nnote seen with Bob\nflag 2\nundo\ndance\nverdict\n")
        .output()
        .expect("runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.starts_with("0 of 2 decided. If you leave now: UNDECIDED, exit 3."), "{text}");
    for said in [
        "> 1 of ",
        "needs-decision, not reviewed",
        "reviewed: os.",
        "1 of 2 decided. If you leave now: UNDECIDED, exit 3.",
        "needs-decision, reviewed",
        "noted, saved ",
        "flagged: os.",
        "If you leave now: BLOCK, exit 1.",
        "undone: flagged, os.",
        "No word is dance.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
    assert_eq!(output.status.code(), Some(3));
    let (out, _, status) = sandbox.run(&["review", "staging.json", "production.json", "--batch"]);
    assert!(status == 3 && out.contains("[x]") && out.contains("seen with Bob"), "the same journal: {out}");
}
