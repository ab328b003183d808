//! What differs is judged: rules listed, explained, added by the user, and what they say of two snapshots.

use super::Sandbox;
use serde_json::Value;

fn facts(sandbox: &Sandbox) {
    let of = |label: &str, backlog: u32, memory: u64, threads: u32| {
        format!(
            r#"{{"driftglass":1,"meta":{{"label":"{label}"}},"facts":{{"hardware":{{"memory":{{"total_bytes":{memory}}}}},
            "os":{{"sysctl":{{"kernel.threads-max":{threads},"net.core.somaxconn":{backlog}}}}}}}}}"#
        )
    };
    sandbox.file("test.json", of("test", 4096, 8_589_934_592, 60_000));
    sandbox.file("prod.json", of("production", 128, 68_719_476_736, 480_000));
    sandbox.file("ci.json", of("ci", 64, 68_719_476_736, 480_000));
}

#[test]
fn rules_are_listed_and_explained() {
    let sandbox = Sandbox::new();
    let (out, _, status) = sandbox.run(&["rules", "somaxconn"]);
    assert!(status == 0 && out.contains("somaxconn") && out.contains("S6/L5"), "{out}");
    let (out, _, status) = sandbox.run(&["explain", "somaxconn"]);
    assert!(status == 0 && out.contains("fires if") && out.contains("<http"), "{out}");
    let (out, _, _) = sandbox.run(&["explain", "os.sysctl.\"net.core.somaxconn\""]);
    assert!(out.contains("rule     somaxconn"), "{out}");
    let (out, _, _) = sandbox.run(&["rules", "--format", "json"]);
    let all: Value = serde_json::from_str(&out).expect("JSON");
    assert!(all["rules"].as_array().is_some_and(|rules| rules.len() > 100));
}

#[test]
fn differences_have_risk_causes_and_what_to_read_first() {
    let sandbox = Sandbox::new();
    facts(&sandbox);
    let (out, _, status) = sandbox.run(&["diff", "test.json", "prod.json", "--format", "json"]);
    let all: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(status, 1);
    let row = |path: &str| all["rows"].as_array().expect("rows").iter().find(|row| row["path"] == path).expect(path);
    let risk = &row("os.sysctl.\"net.core.somaxconn\"")["risk"];
    assert_eq!((risk["rule"].as_str(), risk["level"].as_str()), (Some("somaxconn"), Some("high")), "{risk}");
    assert_eq!(risk["vector"], "S6/L5/mag+1/dir+1");
    assert_eq!(risk["direction"], "flatters-tests");
    assert_eq!(row("os.sysctl.\"kernel.threads-max\"")["cause"], "memory-size");
    assert_eq!(all["causes"][0]["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["lines"].as_array().map(Vec::len), Some(2), "three rows are two lines");
    assert_eq!(all["lines"][1]["share_down_to"], 100);
    let (out, _, _) = sandbox.run(&["diff", "test.json", "prod.json", "--filter", "risk:>=high"]);
    assert!(out.contains("1 row NOT SHOWN") || out.contains("2 rows NOT SHOWN"), "{out}");
    assert!(out.contains("net.core.somaxconn"), "{out}");
}

#[test]
fn coverage_says_what_no_environment_shows() {
    let sandbox = Sandbox::new();
    facts(&sandbox);
    let (out, err, status) = sandbox.run(&["coverage", "--target", "prod.json", "test.json", "ci.json"]);
    assert_eq!(status, 0, "the backlog lies between two, the memory is ci's: {out}{err}");
    assert!(out.contains("100 %") && out.contains("ci:"), "{out}");
    let (out, _, status) = sandbox.run(&["coverage", "--target", "prod.json", "test.json", "--format", "json"]);
    let all: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((all["coverage"]["all"]["by_none"].as_u64(), status), (Some(3), 1));
    let (_, err, status) = sandbox.run(&["coverage", "prod.json"]);
    assert!(status == 2 && err.contains("--target"), "{err}");
    sandbox.file("incidents.toml", "[[incident]]\ndate = 2026-01-01\ncaught = true\nrule = 'nope'\n");
    let (_, err, status) = sandbox.run(&["coverage", "test.json", "prod.json"]);
    assert!(status == 2 && err.contains("incidents.toml:4:8: incident.0.rule: no risk rule"), "{err}");
}

#[test]
fn users_have_rules_of_their_own() {
    let sandbox = Sandbox::new();
    facts(&sandbox);
    let rule = "[[rule]]\nid = 'somaxconn'\nseverity = 10\n[[rule]]\nid = 'memory-size'\noff = true\n";
    sandbox.file("driftglass.rules.toml", rule);
    let (out, _, _) = sandbox.run(&["diff", "test.json", "prod.json", "--format", "json"]);
    let all: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(all["lines"][0]["level"], "critical");
    assert!(all["rules"]["somaxconn"].is_object() && all["rules"]["memory-size"].is_null(), "{out}");
    sandbox.file("driftglass.rules.toml", "[[rule]]\nid = 'somaxconn'\nseverity = 11\n");
    let (_, err, status) = sandbox.run(&["diff", "test.json", "prod.json"]);
    assert!(status == 2 && err.contains("driftglass.rules.toml:3:12: rule.0.severity: "), "{err}");
}

#[test]
fn a_path_of_a_rule_at_which_nothing_stands_is_told() {
    let sandbox = Sandbox::new();
    facts(&sandbox);
    let rule = "[[rule]]\nid='own'\ntitle='Own'\nimpact='outage'\nseverity=6\nlikelihood=5\n";
    sandbox.file("driftglass.rules.toml", format!("{rule}paths=['hardwre.cpu']\n"));
    let (_, err, status) = sandbox.run(&["diff", "test.json", "prod.json"]);
    assert!(
        status == 1 && err.contains("driftglass.rules.toml:7:8: rule.0.paths: hardwre.cpu: no fact of the program"),
        "{err}"
    );
    assert_eq!(err.matches("no fact of the program").count(), 1, "{err}");
    let (_, err, status) = sandbox.run(&["config", "--check"]);
    assert!(status == 1 && err.contains("hardwre.cpu"), "{err}");
    sandbox.file("driftglass.rules.toml", format!("{rule}paths=['hardware.cpuu']\n"));
    for command in [&["diff", "test.json", "prod.json"][..], &["config", "--check"]] {
        let (_, err, status) = sandbox.run(command);
        assert!(status == 2 && err.contains("no fact of hardware can stand here"), "{err}");
        assert!(err.contains("docs/risk.md says how one is written"), "{err}");
    }
}
