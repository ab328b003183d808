//! `check` and `accept`, with real files in a real repository.

use super::Sandbox;
use std::process::Command;

const POLICY: &str = r#"# ours
[environments.production]
role = "target"
reach = "snapshots/production.json"
[environments.staging]
reach = "snapshots/staging.json"

[gate]
block = "new -is:accepted area:os,time"
"#;

fn snapshot(label: &str, facts: &str) -> String {
    format!(
        r#"{{ "driftglass": 1, "meta": {{ "label": "{label}", "captured_at": "2026-01-31T12:00:00Z", "host": "{label}" }}, "facts": {facts} }}"#
    )
}

/// A repository with a policy and two snapshots, all committed.
struct Repository(Sandbox);

impl Repository {
    fn new(staging: &str, production: &str) -> Self {
        let repository = Self(Sandbox::new());
        std::fs::create_dir(repository.0.0.path().join("snapshots")).expect("a folder");
        repository.git(&["init", "-q", "-b", "main"]);
        repository.git(&["config", "user.name", "Ann"]);
        repository.git(&["config", "user.email", "ann@example.org"]);
        repository.0.file("driftglass.toml", POLICY);
        repository.put("staging", staging);
        repository.put("production", production);
        repository.commit();
        repository
    }

    fn put(&self, label: &str, facts: &str) {
        self.0.file(&format!("snapshots/{label}.json"), snapshot(label, facts));
    }

    fn git(&self, args: &[&str]) -> (String, bool) {
        let mut git = Command::new("git");
        git.env_clear().env("HOME", self.0.0.path()).env("PATH", "/usr/bin:/bin").current_dir(self.0.0.path());
        let output = git.args(args).output().expect("git runs");
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        assert!(self.git(&["commit", "-q", "-m", "x"]).1);
    }

    fn accept(&self, path: &str) {
        let (_, err, status) = self.0.run(&["accept", path, "--reason", "known to all of us"]);
        assert_eq!(status, 0, "{err}");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.0.path().join(name)).expect("reads")
    }
}

const STAGING: &str =
    r#"{"dns":{"search":"a"},"network":{"x":1},"os":{"a":1,"b":1,"c":1,"d":1,"e":1},"time":{"zone":"UTC"}}"#;
const PRODUCTION: &str =
    r#"{"dns":{"search":"b"},"network":{"x":2},"os":{"a":2,"b":2,"c":2,"d":1,"e":2},"time":{"zone":"CET"}}"#;

#[test]
fn new_drift_blocks_until_it_is_accepted_and_again_when_it_changes() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let (out, err, status) = repository.0.run(&["check"]);
    assert_eq!(status, 1, "{err}");
    let first: Vec<&str> = out.lines().take(3).collect();
    assert_eq!(first[0], "BLOCK staging..production: 5 block", "{out}");
    assert_eq!(first[1], "  block  os.a  staging: 1; production: 2 (2x higher in production)", "{out}");
    assert_eq!(
        err.lines().last().expect("a summary"),
        "driftglass-summary: pair=staging..production gate=5 reviewed=0 accepted=0 flagged=0 open=5 unknown=0 hidden=0 \
         verdict=BLOCK session=none"
    );
    for path in ["os", "time.zone"] {
        repository.accept(path);
    }
    let (out, err, status) = repository.0.run(&["check"]);
    assert_eq!(status, 0, "{out}");
    assert!(err.contains("gate=5 reviewed=0 accepted=5") && err.contains("verdict=PASS"), "{err}");
    let (out, _, status) = repository.0.run(&["diff", "staging", "production"]);
    assert_eq!(status, 1, "dns differs and nobody has accepted it");
    assert!(out.contains("accepted until ") && out.contains("By policy: 5 accepted, 0 ignored."), "{out}");
    assert!(out.contains("Acceptances: 2 acceptances hold, the oldest for 0 days"), "{out}");
    let (out, _, _) =
        repository.0.run(&["diff", "staging", "production", "--filter", "-is:accepted", "--format", "csv"]);
    assert!(out.contains("dns.search") && !out.contains("time.zone"), "{out}");
    repository.put("production", &PRODUCTION.replace("CET", "EST"));
    let (out, _, status) = repository.0.run(&["check"]);
    assert_eq!(status, 1, "{out}");
    assert!(out.starts_with("BLOCK staging..production: 1 blocks, 4 are accepted\n  block  time.zone"), "{out}");
    assert!(
        out.contains(
            "changed in production since it was accepted (accepted was staging UTC,\n           production CET)"
        ),
        "{out}"
    );
}

#[test]
fn an_acceptance_is_listed_taken_back_and_ends() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let run = |args: &[&str]| repository.0.run(args);
    let (_, err, status) = run(&["accept", "time.zone", "--reason", "too short"]);
    assert!(status == 2 && err.contains("--reason: it has 10 characters or more"), "{err}");
    let (_, err, status) = run(&["accept", "os.d", "--reason", "known to all of us"]);
    assert!(status == 2 && err.contains("os.d: nothing differs there between production, staging"), "{err}");
    let (_, err, status) = run(&["accept", "time.zone", "--reason", "known to all of us", "--until", "2020-01-01"]);
    assert!(status == 2 && err.contains("that day is over"), "{err}");
    let long = ["accept", "time.zone", "--reason", "known to all of us", "--until", "2999-12-31"];
    assert_eq!(run(&long).2, 0);
    repository.accept("os");
    let (out, _, _) = run(&["accept", "--list"]);
    assert!(out.contains("time.zone  until 2999-12-31\n    known to all of us (Ann <ann@example.org>, "), "{out}");
    assert!(out.ends_with("; the next ends ") || out.contains("2 acceptances hold"), "{out}");
    let (json, _, _) = run(&["accept", "--list", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["debt"]["holding"], 2);
    let pin = json["acceptances"][1]["values"]["staging"].as_str().expect("a pin").to_owned();
    assert!(pin.starts_with("b3:") && pin.len() == 35, "{pin}");
    let gate = |on: &str| run(&["check", "--on", on]);
    assert_eq!(gate("2026-11-25").2, 0);
    let (out, _, status) = gate("2999-12-31");
    assert_eq!(status, 1);
    assert!(out.contains("Accepted for the last day: time.zone.") && out.contains("the acceptance ended"), "{out}");
    let (out, _, _) = gate("3000-01-01");
    assert!(out.contains("the acceptance ended 2999-12-31"), "{out}");
    assert_eq!(run(&["accept", "time.zone", "--remove"]).2, 0);
    assert!(!repository.read("driftglass.accept.toml").contains("time.zone"));
    let (_, err, status) = run(&["accept", "time.zone", "--remove"]);
    assert!(status == 2 && err.contains("no acceptance of time.zone"), "{err}");
    repository.0.file("driftglass.accept.toml", "[accept.a]\nreason = 1\n");
    let (_, err, status) = run(&["config", "--check"]);
    assert!(status == 2 && err.contains("driftglass.accept.toml:2:10: accept.a.reason: "), "{err}");
}

#[test]
fn two_who_accept_at_once_lose_nothing() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let paths = ["os.a", "os.b", "os.c", "os.e", "dns.search", "network.x", "time.zone"];
    let accept = |path: &&str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_driftglass"));
        command.env_clear().env("HOME", repository.0.0.path()).env("PATH", "/usr/bin:/bin");
        command.current_dir(repository.0.0.path()).args(["accept", path, "--reason", "known to all of us"]);
        command.stderr(std::process::Stdio::null()).spawn().expect("starts")
    };
    let running: Vec<_> = paths.iter().map(accept).collect();
    for mut child in running {
        assert!(child.wait().expect("ends").success());
    }
    let text = repository.read("driftglass.accept.toml");
    assert!(paths.iter().all(|path| text.contains(&format!("[accept.\"{path}\"]"))), "{text}");
}

#[test]
fn what_two_branches_accept_merges() {
    let repository = Repository::new(STAGING, PRODUCTION);
    repository.accept("os.b");
    repository.commit();
    for (branch, paths) in [("one", ["network.x", "os.a"]), ("two", ["dns.search", "os.c"])] {
        repository.git(&["checkout", "-q", "-b", branch, "main"]);
        paths.iter().for_each(|path| repository.accept(path));
        repository.commit();
    }
    let (out, merged) = repository.git(&["merge", "-q", "one", "-m", "both"]);
    assert!(merged, "{out}");
    let text = repository.read("driftglass.accept.toml");
    let at = |path: &str| text.find(&format!("[accept.\"{path}\"]")).unwrap_or_else(|| panic!("no {path}: {text}"));
    assert!(["dns.search", "network.x", "os.a", "os.b", "os.c"].map(at).is_sorted(), "{text}");
    assert_eq!(repository.0.run(&["accept", "--list"]).2, 0);
    ["time.zone", "os.e"].iter().for_each(|path| repository.accept(path));
    assert_eq!(repository.0.run(&["diff", "staging", "production"]).2, 0, "all is accepted");
}

#[test]
fn blocks_that_stand_side_by_side_stay_whole_when_git_unites_them() {
    let repository = Repository::new(STAGING, PRODUCTION);
    repository.0.file(".gitattributes", "driftglass.accept.toml merge=union\n");
    repository.accept("os.b");
    repository.commit();
    for (branch, path) in [("one", "os.a"), ("two", "network.x")] {
        // The same reason, author, days and values, at places next to each other.
        repository.git(&["checkout", "-q", "-b", branch, "main"]);
        let (_, err, status) =
            repository.0.run(&["accept", path, "--reason", "known to all of us", "--until", "2999-12-31"]);
        assert_eq!(status, 0, "{err}");
        repository.commit();
    }
    for branch in ["three", "four"] {
        let path = if branch == "three" { "os.c" } else { "os.e" };
        repository.git(&["checkout", "-q", "-b", branch, "main"]);
        repository.0.run(&["accept", path, "--reason", "known to all of us", "--until", "2999-12-31"]);
        repository.commit();
    }
    for branch in ["one", "two", "three"] {
        let (out, merged) = repository.git(&["merge", "-q", branch, "-m", "both"]);
        assert!(merged, "{branch}: {out}");
    }
    let (out, err, status) = repository.0.run(&["accept", "--list"]);
    assert_eq!(status, 0, "{err}{}", repository.read("driftglass.accept.toml"));
    assert_eq!(out.matches("    known to all of us (Ann ").count(), 5, "{out}");
}

#[test]
fn only_what_is_new_since_a_revision_counts() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let since = |rev: &str| repository.0.run(&["check", "--since", rev]);
    let (out, err, status) = since("HEAD");
    assert_eq!(status, 0, "nothing is new: {out}{err}");
    repository.put("production", &PRODUCTION.replace("\"b\":2", "\"b\":3"));
    let (out, _, status) = since("HEAD");
    assert_eq!(status, 1);
    assert!(out.starts_with("BLOCK staging..production: 1 blocks\n  block  os.b"), "{out}");
    repository.commit();
    assert_eq!(since("HEAD").2, 0);
    // As git calls a hook.
    let mut hook = repository.0.command(&["check", "--since", "HEAD~1"]);
    assert_eq!(hook.env("GIT_DIR", ".git").output().expect("runs").status.code(), Some(1));
    assert_eq!(since("git:HEAD~1").2, 1);
    let (_, err, status) = since("nowhere");
    assert!(status == 2 && err.contains("nowhere"), "{err}");
    let (_, err, status) = since("git:nowhere");
    assert!(status == 2 && err.contains("git knows no such revision"), "{err}");
    // An older snapshot of one side does too.
    repository.0.file("old.json", snapshot("production", PRODUCTION));
    assert_eq!(since("old.json").2, 1);
    repository.0.file("other.json", snapshot("other", PRODUCTION));
    let (_, err, status) = since("other.json");
    assert!(status == 2 && err.contains("it is called other, and no snapshot here is"), "{err}");
    repository.0.file("snapshots/new.json", snapshot("new", PRODUCTION));
    let (out, _, status) = repository.0.run(&["check", "staging", "snapshots/new.json", "--since", "HEAD"]);
    assert!(status == 1 && out.contains("snapshots/new.json was not there at HEAD: all is new."), "{out}");
    for since in ["nosuch", "HEAD~50"] {
        let (_, err, status) = repository.0.run(&["check", "--since", since]);
        let words = format!("--since {since}: git knows no such revision, and the store no such snapshot");
        assert!(status == 2 && err.contains(&words), "{err}");
    }
}

#[test]
fn differences_may_become_fewer_and_not_more() {
    let repository = Repository::new(STAGING, PRODUCTION);
    repository.0.file("none.toml", "[gate]\nblock = \"area:none\"\n");
    let run = |args: &[&str]| {
        let all = [&["check", "staging.json", "production.json", "--policy", "none.toml"], args].concat();
        repository.0.run(&all)
    };
    repository.0.file("staging.json", snapshot("staging", STAGING));
    repository.0.file("production.json", snapshot("production", PRODUCTION));
    assert_eq!(run(&["--write-baseline", "base.json"]).2, 0);
    assert!(repository.read("base.json").contains("\"driftglass-baseline/1\""));
    assert_eq!(run(&["--baseline", "base.json"]).2, 0);
    repository.0.file("production.json", snapshot("production", &PRODUCTION.replace("\"d\":1", "\"d\":2")));
    let (out, _, status) = run(&["--baseline", "base.json"]);
    assert_eq!(status, 1);
    assert!(out.contains("  block  os\n         5 open differences, 4 in the baseline"), "{out}");
    let base = repository.read("base.json");
    assert!(base.contains("\"points\": "), "{base}");
    // Who wants to be held to counts alone leaves the points out.
    repository.0.file(
        "base.json",
        "{ \"format\": \"driftglass-baseline/1\", \"areas\": { \"os\": { \"open\": 9 }, \"dns\": \
        { \"open\": 1 }, \"network\": { \"open\": 1 }, \"time\": { \"open\": 1 } } }",
    );
    assert_eq!(run(&["--baseline", "base.json"]).2, 0);
    repository.0.file("base.json", "{}");
    assert_eq!(run(&["--baseline", "base.json"]).2, 2);
}

#[test]
fn what_risks_much_blocks_where_no_policy_says_what() {
    let sandbox = Sandbox::new();
    let (out, err, status) = sandbox.run(&["check", "example:staging", "example:production"]);
    assert_eq!(status, 1, "{err}");
    let points = |line: &str| line.trim().split([' ', ',']).nth(1).and_then(|points| points.parse::<u32>().ok());
    let why = |line: &&str| line.trim().starts_with("high ") || line.trim().starts_with("critical ");
    let listed: Vec<u32> = out.lines().filter(why).filter_map(points).collect();
    assert!(listed.len() >= 10 && listed.is_sorted_by(|a, b| a >= b), "the worst first: {out}");
    assert!(out.contains("gate.block: risk:>=high is:new -is:accepted"), "{out}");
    let blocks = |level: &str| {
        let args = ["check", "example:staging", "example:production", "--fail-on", level, "--format", "json"];
        let json: serde_json::Value = serde_json::from_str(&sandbox.run(&args).0).expect("JSON");
        json["summary"]["block"].as_u64().expect("a count")
    };
    let counts = ["critical", "high", "any"].map(blocks);
    assert!(counts.is_sorted() && counts[1] > 0 && counts[1] < counts[2], "{counts:?}");
    let worst = out.lines().nth(1).and_then(|line| line.split_whitespace().nth(1)).expect("a path").to_owned();
    let accept = ["accept", &worst, "--reason", "known to all of us", "--author", "Ann"];
    let refs = ["example:staging", "example:production"];
    let (_, err, status) = sandbox.run(&[&accept[..], &refs, &["--until", "never"]].concat());
    assert!(status == 2 && err.contains("that is not accepted for ever"), "{err}");
    assert_eq!(sandbox.run(&[&accept[..], &refs].concat()).2, 0);
    let (after, _, _) = sandbox.run(&["check", "example:staging", "example:production"]);
    assert!(after.lines().next().expect("a verdict").ends_with("1 is accepted"), "{after}");
}

#[test]
fn a_cause_is_accepted_by_its_key() {
    let sandbox = Sandbox::new();
    let refs = ["example:staging", "example:production"];
    let (json, err, _) = sandbox.run(&[&["diff"][..], &refs, &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect(&err);
    let cause = json["causes"].as_array().and_then(|causes| causes.first()).expect("a cause");
    let (key, members) =
        (cause["key"].as_str().expect("a key"), cause["members"].as_array().expect("rows").len() as u64);
    let accept = ["accept", &format!("cause:{key}"), "--reason", "known to all of us", "--author", "Ann"];
    let (_, err, status) = sandbox.run(&[&accept[..], &refs].concat());
    assert!(status == 0 && err.contains(&format!("these values: {members} differences")), "{err}");
    let (json, _, _) = sandbox.run(&[&["diff"][..], &refs, &["--filter", "is:accepted", "--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (json["summary"]["shown"].as_u64(), json["summary"]["accepted"].as_u64()),
        (Some(members), Some(members))
    );
}

#[test]
fn a_decision_is_wanted_first() {
    let repository = Repository::new(STAGING, PRODUCTION);
    repository.0.file(
        "driftglass.toml",
        POLICY.replace("block =", "needs-decision =").replace("[gate]", "[gate]\nblock = \"area:none\""),
    );
    let (out, err, status) = repository.0.run(&["check"]);
    assert_eq!(status, 3, "{err}");
    assert!(out.starts_with("UNDECIDED staging..production: 5 need a decision"), "{out}");
    assert_eq!(repository.0.run(&["check", "--fail-on", "any"]).2, 1);
}

#[test]
fn a_check_is_written_for_machines() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let relation = "[[relation]]\npath = \"os.d\"\nmust = \"differ\"\nreason = \"told <apart> by it\"\n";
    repository.0.file("driftglass.toml", format!("{POLICY}{relation}"));
    repository.accept("time.zone");
    let check = |format: &str| {
        let (out, err, status) = repository.0.run(&["check", "--format", format]);
        assert_eq!(status, 1, "{err}");
        out
    };
    let json: serde_json::Value = serde_json::from_str(&check("json")).expect("JSON");
    assert_eq!((json["format"].as_str(), json["verdict"].as_str()), (Some("driftglass-check/1"), Some("BLOCK")));
    assert_eq!(json["items"][0]["row"]["path"], "os.d", "what is asked for by name comes first");
    assert_eq!(json["items"][0]["row"]["state"], "same");
    assert_eq!(json["items"][0]["why"], "must differ: staging and production have the same (told <apart> by it)");
    assert_eq!(json["summary"]["block"], 5);
    let accepted = json["items"].as_array().expect("items").iter().find(|item| item["verdict"] == "accepted");
    assert_eq!(accepted.expect("one")["row"]["policy"]["author"], "Ann <ann@example.org>");
    let junit = check("junit");
    assert!(
        junit.contains("failures=\"4\" errors=\"0\"")
            && junit.contains("<system-out>time.zone: staging: UTC; production: CET - accepted until "),
        "{junit}"
    );
    assert!(junit.contains("name=\"relation: os.d must differ\"") && junit.contains("told &lt;apart&gt;"), "{junit}");
    let sarif: serde_json::Value = serde_json::from_str(&check("sarif")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!((results[0]["ruleId"].as_str(), results[0]["level"].as_str()), (Some("relation"), Some("error")));
    assert!(results.iter().any(|result| result["suppressions"][0]["status"] == "accepted"), "{results:?}");
    let markdown = check("markdown");
    assert!(markdown.starts_with("# BLOCK staging..production: 5 block, 1 is accepted\n"), "{markdown}");
    assert!(markdown.contains("told &lt;apart&gt; by it"), "{markdown}");
}

#[test]
fn a_relation_that_says_nothing_is_said() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let relation = "[[relation]]\npath = \"os.a\"\nmust = \"equal\"\nbetween = [\"stagin\", \"production\"]\n\
                    reason = \"a good reason\"\n";
    repository.0.file("driftglass.toml", format!("{POLICY}{relation}"));
    let (out, err, _) = repository.0.run(&["check"]);
    assert!(err.contains("driftglass.toml:10:1: between: no environment is called \"stagin\""), "{err}");
    assert!(out.contains("not asked here: os.a must be equal."), "{out}");
    assert_eq!(repository.0.run(&["config", "--check"]).2, 1);
}

#[test]
fn what_nobody_can_read_can_be_accepted_too() {
    let repository = Repository::new(STAGING, PRODUCTION);
    repository.0.file("driftglass.toml", POLICY.replace("block =", "unknown = \"block\"\nblock = \"area:none\" #"));
    let denied = r#"{ "driftglass": 1, "meta": { "label": "staging" }, "facts": {}, "problems": { "os.a": "permission denied: /x" } }"#;
    repository.0.file("snapshots/staging.json", denied);
    let (out, _, status) = repository.0.run(&["check"]);
    assert!(status == 1 && out.contains("1 blocks\n  block  os.a"), "{out}");
    repository.accept("os.a");
    assert!(repository.read("driftglass.accept.toml").contains("staging = \"unknown\""));
    let (json, err, status) = repository.0.run(&["check", "--format", "json"]);
    assert!(status == 0 && err.contains(" gate=1 reviewed=0 accepted=1 flagged=0 open=0 unknown=0 "), "{err}");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["items"][0]["row"]["path"], &json["items"][0]["verdict"]), (&"os.a".into(), &"accepted".into()));
    let (_, err, _) = repository.0.run(&["review", "--batch"]);
    assert!(err.contains(" gate=1 reviewed=0 accepted=1 flagged=0 open=0 unknown=0 "), "{err}");
    repository.put("staging", STAGING);
    assert_eq!(
        repository
            .0
            .run(&["diff", "staging", "production", "--filter", "is:accepted", "--format", "csv"])
            .0
            .matches("os.a")
            .count(),
        0
    );
}

#[test]
fn environments_are_named_by_their_names() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let labels = |args: &[&str]| {
        let (out, err, _) = repository.0.run(&[args, &["--format", "json"]].concat());
        let json: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
        let side = |side: &serde_json::Value| format!("{}/{}", side["label"], side["role"]).replace('"', "");
        json["snapshots"].as_array().expect("two").iter().map(side).collect::<Vec<_>>()
    };
    repository.0.file("driftglass.toml", POLICY.replace("environments.production", "environments.live-shop"));
    assert_eq!(labels(&["diff", "staging", "live-shop"]), ["staging/test", "live-shop/target"]);
    assert_eq!(labels(&["diff", "env:live-shop", "snapshots/staging.json"]), ["live-shop/target", "staging/test"]);
    let (_, err, status) = repository.0.run(&["diff", "env:nobody", "staging"]);
    assert!(status == 2 && err.contains("no environment named \"nobody\"") && err.contains("live-shop"), "{err}");
    let nested = POLICY.replace("snapshots/staging.json", "env:production");
    repository.0.file("driftglass.toml", nested);
    let (_, err, status) = repository.0.run(&["check"]);
    assert!(
        status == 2 && err.contains("driftglass.toml:6:9: environments.staging.reach: an environment is not"),
        "{err}"
    );
}

#[test]
fn what_risks_much_is_not_accepted_for_ever_by_a_pattern_any_value_or_hand() {
    let sandbox = Sandbox::new();
    let refs = ["example:staging", "example:production"];
    let endless = ["--reason", "known to all of us", "--author", "Ann", "--until", "never"];
    let count = || {
        let (json, err, _) = sandbox.run(&["check", refs[0], refs[1], "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).expect(&err);
        json["summary"]["block"].as_u64().expect("a count")
    };
    let before = count();
    for what in [&["**"][..], &["os.sysctl.*"], &["os.sysctl.\"vm.overcommit_memory\"", "--any-value"]] {
        let (_, err, status) = sandbox.run(&[&["accept"][..], what, &endless, &refs].concat());
        assert!(status == 2 && err.contains("that is not accepted for ever"), "{what:?}: {err}");
    }
    // A block that somebody wrote, without `until` or with a mistyped one.
    let block = "author = \"Ann\"\ndate = 2026-11-25\nreason = \"known to all of us\"\n";
    for more in ["", "untill = 2027-01-01\n"] {
        sandbox.file("driftglass.accept.toml", format!("[accept.\"**\"]\n{block}{more}"));
        assert_eq!(count(), before);
        let (out, _, status) = sandbox.run(&["check", refs[0], refs[1]]);
        assert!(status == 1 && out.contains("Open again: **: its risk is "), "{out}");
    }
    let (json, _, _) = sandbox.run(&[&["diff"][..], &refs, &["--filter", "is:accepted", "--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(json["summary"]["accepted"].as_u64() > Some(0), "what risks little stays accepted");
}

#[test]
fn what_a_relation_blocks_is_not_accepted_for_ever() {
    let repository = Repository::new(STAGING, PRODUCTION);
    let relation = "[[relation]]\npath = \"os.d\"\nmust = \"differ\"\nreason = \"each has its own\"\n";
    repository.0.file("driftglass.toml", format!("{POLICY}{relation}"));
    let accept = ["accept", "os.d", "--reason", "known to all of us", "--author", "Ann"];
    let check = || {
        let (json, err, _) = repository.0.run(&["check", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).expect(&err);
        json["items"]
            .as_array()
            .expect("items")
            .iter()
            .any(|item| item["row"]["path"] == "os.d" && item["verdict"] == "block")
    };
    let (_, err, status) = repository.0.run(&[&accept[..], &["--until", "never"]].concat());
    assert!(
        status == 2 && err.contains("a relation forbids it and blocks, and that is not accepted for ever"),
        "{err}"
    );
    assert!(check());
    let (_, err, status) = repository.0.run(&accept);
    assert_eq!((status, check()), (0, false), "with an end it is: {err}");
    // Whoever takes the end out by hand.
    let file = repository.0.0.path().join("driftglass.accept.toml");
    let text = std::fs::read_to_string(&file).expect("reads");
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("until")).collect();
    std::fs::write(&file, text.join("\n")).expect("writes");
    let (out, _, _) = repository.0.run(&["check"]);
    assert!(check() && out.contains("Open again: os.d: a relation forbids it"), "{out}");
}

#[test]
fn unknown_is_counted_once_and_fails_only_where_it_blocks() {
    let facts = r#""facts": {"dns":{"search":"a"}}, "problems": {"os.a":"permission denied: /x","os.b":"permission denied: /y"} }"#;
    let repository = Repository::new(r#"{"dns":{"search":"a"},"os":{"a":1,"b":1}}"#, "{}");
    let text = snapshot("production", "{}").replace("\"facts\": {} }", facts);
    repository.0.file("snapshots/production.json", text);
    let relation = "[[relation]]\npath = [\"os.a\", \"os.c\"]\nmust = \"equal\"\nreason = \"a good reason\"\n";
    let summary =
        |err: &str| err.lines().find(|line| line.starts_with("driftglass-summary: ")).expect("one").to_owned();
    let part = |line: &str| line.split(" session=").next().expect("a part").to_owned();
    for (word, line, status, errors) in [
        ("warn", "gate=2 reviewed=0 accepted=0 flagged=0 open=0 unknown=2 hidden=0 verdict=PASS", 0, 0),
        ("block", "gate=2 reviewed=0 accepted=0 flagged=0 open=2 unknown=2 hidden=0 verdict=BLOCK", 1, 2),
        ("pass", "gate=0 reviewed=0 accepted=0 flagged=0 open=0 unknown=0 hidden=0 verdict=PASS", 0, 0),
    ] {
        let gate = POLICY.replace("[gate]\n", &format!("[gate]\nunknown = \"{word}\"\n"));
        repository.0.file("driftglass.toml", format!("{gate}{relation}"));
        let (out, err, is) = repository.0.run(&["check"]);
        assert!(is == status && summary(&err).contains(line), "{word}: {out}{err}");
        let (_, review, _) = repository.0.run(&["review", "--batch"]);
        assert_eq!(part(&summary(&review)), part(&summary(&err)), "the same line of both");
        let (junit, _, _) = repository.0.run(&["check", "--format", "junit"]);
        assert_eq!(junit.matches("<error ").count(), errors, "{word}: {junit}");
    }
}

#[test]
fn debt_counts_what_still_lets_something_through() {
    let repository = Repository::new(STAGING, PRODUCTION);
    repository.accept("os.a");
    let debt = |args: &[&str]| {
        let (out, _, _) = repository.0.run(&[&["check"], args].concat());
        out.lines().find(|line| line.starts_with("Acceptances: ")).expect("a line").to_owned()
    };
    assert!(debt(&[]).starts_with("Acceptances: 1 acceptance holds, the oldest for 0 days"), "{}", debt(&[]));
    let earlier = debt(&["--on", "2026-01-01"]);
    assert!(earlier.starts_with("Acceptances: 0 acceptances hold.") && !earlier.contains('-'), "{earlier}");
    repository.put("production", &PRODUCTION.replace("\"a\":2", "\"a\":3"));
    assert!(debt(&[]).starts_with("Acceptances: 0 acceptances hold"), "{}", debt(&[]));
    // The list says the same: of one that changed, one of a mistyped path, one that is to come.
    let block =
        |path: &str, date: &str| format!("\n[accept.\"{path}\"]\nauthor = \"Ann\"\n{date}reason = \"known to all\"\n");
    let later = block("os.b", "date = 2997-11-01\nuntil = 2997-12-01\n");
    let text = repository.read("driftglass.accept.toml") + &block("os.aa", "date = 2026-01-01\n") + &later;
    repository.0.file("driftglass.accept.toml", text);
    let (out, _, _) = repository.0.run(&["accept", "--list"]);
    assert!(out.contains(", OPEN AGAIN: changed in production"), "{out}");
    assert!(out.contains("os.aa  no end, NO DIFFERENCE there"), "{out}");
    assert!(out.contains("os.b  until 2997-12-01, BEGINS 2997-11-01"), "{out}");
    assert!(out.ends_with("\n0 acceptances hold\n"), "{out}");
    assert_eq!(debt(&[]), "Acceptances: 0 acceptances hold.");
    let (json, _, _) = repository.0.run(&["accept", "--list", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let states: Vec<&str> =
        json["acceptances"].as_array().expect("a list").iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!((states, &json["debt"]["holding"]), (vec!["open-again", "no-difference", "to-come"], &0.into()));
    // Mistakes in a file of ours are not told with the example of another.
    repository.0.file("driftglass.accept.toml", "[accept.\"os.a\"]\nreason = \"x\"\n");
    let (_, err, status) = repository.0.run(&["check"]);
    assert!(status == 2 && err.contains("hint: `driftglass accept` writes its blocks"), "{err}");
    repository.0.file("driftglass.accept.toml", "");
    repository.0.file("driftglass.rehearsal.json", "{\n<<<<<<< one\n}");
    let (_, err, status) = repository.0.run(&["check"]);
    assert!(
        status == 2 && err.contains("2:1: git could not merge here") && err.contains("`driftglass rehearse`"),
        "{err}"
    );
    repository.0.file("driftglass.rehearsal.json", "[]");
    assert!(repository.0.run(&["check"]).1.contains("it is no JSON object"));
}

#[test]
fn of_long_values_every_side_is_told() {
    let long = |letter: &str| format!(r#"{{"os":{{"a":"{}"}}}}"#, letter.repeat(64));
    let repository = Repository::new(&long("s"), &long("p"));
    let (out, _, _) = repository.0.run(&["check"]);
    assert!(out.contains(&"s".repeat(20)) && out.contains(&"p".repeat(20)), "{out}");
    assert!(out.contains("staging:") && out.contains("production:"), "{out}");
}
