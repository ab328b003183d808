//! What a check says, and how it ends.

use super::{POLICY, PRODUCTION, Repository, STAGING, Sandbox, snapshot};

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
    let uri = |result: &serde_json::Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().is_some()
    };
    assert!(results.iter().all(uri), "code scanning takes none without a file: {results:?}");
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
    for (between, is_asked) in
        [("[\"staging\"]", false), ("[\"staging\", \"staging\"]", false), ("[\"production\", \"staging\"]", true)]
    {
        let relation = relation.replace("[\"stagin\", \"production\"]", between);
        repository.0.file("driftglass.toml", format!("{POLICY}{relation}"));
        let (_, err, _) = repository.0.run(&["config", "--check"]);
        let words = "driftglass.toml:10:1: between: one environment has no pair: this is never asked";
        assert_eq!(err.contains(words), !is_asked, "{between}: {err}");
    }
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
fn of_long_values_every_side_is_told() {
    let long = |letter: &str| format!(r#"{{"os":{{"a":"{}"}}}}"#, letter.repeat(64));
    let repository = Repository::new(&long("s"), &long("p"));
    let (out, _, _) = repository.0.run(&["check"]);
    assert!(out.contains(&"s".repeat(20)) && out.contains(&"p".repeat(20)), "{out}");
    assert!(out.contains("staging:") && out.contains("production:"), "{out}");
}

#[test]
fn an_environment_that_leads_nowhere_is_named_with_its_place() {
    let repository = Repository::new("{}", "{}");
    let check = |reach: &str| {
        repository.0.file("driftglass.toml", POLICY.replace("reach = \"snapshots/staging.json\"", reach));
        let (_, err, status) = repository.0.run(&["check"]);
        assert_eq!(status, 2, "{err}");
        err
    };
    let err = check("reach = \"snapshots/stagign.json\"");
    assert!(err.contains("driftglass.toml:6:9: environments.staging.reach: ") && err.contains("no such file"), "{err}");
    assert!(err.contains("as seen from the folder of the policy") && err.contains("driftglass capture -o "), "{err}");
    let err = check("");
    assert!(err.contains("driftglass.toml:5:1: environments.staging: no snapshot named \"staging\""), "{err}");
    assert!(err.contains("driftglass capture --label staging") && err.contains("reach = "), "{err}");
    repository.0.file("snapshots/torn.json", "{\"driftglass\": 1,");
    let err = check("reach = \"snapshots/torn.json\"");
    assert!(
        err.contains("driftglass.toml:6:9: environments.staging.reach: ") && err.contains("hint: copy or"),
        "{err}"
    );
}
