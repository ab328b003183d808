//! What is said of a push, and how it ends.

use super::{POLICY, Team, blocked, silent, snapshot};
use std::fs;

#[test]
fn a_push_is_blocked_on_new_drift_until_somebody_accepts_it() {
    let team = Team::new();
    team.drift("b");
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.contains("driftglass review --since ") && done.0.contains("--session 'pre-push origin..main'"));
    assert!(done.0.contains("driftglass accept PATH") && done.0.contains("verdict=BLOCK"), "{}", done.0);
    let (_, err, status) = team.run(&["accept", "dns.search", "--reason", "the office has its own names"]);
    assert_eq!(status, 0, "{err}");
    blocked(&team.push(&[]), "dns.search");
    team.commit();
    silent(&team.push(&[]));
    team.drift("c");
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.contains("changed in production since it was accepted"), "{}", done.0);
    team.drift("b");
    silent(&team.push(&[]));
}

#[test]
fn what_a_push_touches_comes_first() {
    let team = Team::new();
    let toml = format!("{POLICY}\n[push.touches]\n\"infra/*.txt\" = \"dns\"\n");
    fs::write(team.at("work/driftglass.toml"), toml).expect("writes");
    team.commit();
    silent(&team.push(&[]));
    fs::create_dir(team.at("work/infra")).expect("a folder");
    fs::write(team.at("work/infra/names.txt"), "x").expect("writes");
    team.put("production", r#"{"dns":{"search":"b"},"os":{"a":2,"b":2},"cache":{"x":1}}"#);
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(!is_through);
    let first: Vec<&str> = err.lines().take(3).collect();
    assert!(first[1].starts_with("  block  dns.search"), "{err}");
    let touches = "This push touches dns: 1 of 4 differences matters.\nTouches dns: infra/names.txt\n";
    assert!(err.contains(touches), "{err}");
}

#[test]
fn a_decision_that_is_wanted_is_3_and_made_in_a_review() {
    let team = Team::new();
    let toml = POLICY.replace("block =", "block = \"area:cache\"\nneeds-decision =");
    fs::write(team.at("work/driftglass.toml"), toml).expect("writes");
    team.commit();
    silent(&team.push(&[]));
    let old = team.said(&["rev-parse", "HEAD"]);
    team.drift("b");
    let new = team.said(&["rev-parse", "HEAD"]);
    let list = format!("refs/heads/main {new} refs/heads/main {old}\n");
    let (err, status) = team.hook(&list, &[], &["origin", "x"]);
    assert_eq!(status, 3, "{err}");
    assert!(err.contains("verdict=UNDECIDED"), "{err}");
    let (_, err, status) = team.run(&["check", "--since", &old]);
    assert_eq!(status, 3, "the same as the gate says: {err}");
}

#[test]
fn a_reason_lets_a_push_through_and_leaves_a_trace() {
    let team = Team::new();
    team.drift("b");
    let (old, new) = (team.said(&["rev-parse", "HEAD~1"]), team.said(&["rev-parse", "HEAD"]));
    let list = format!("refs/heads/main {new} refs/heads/main {old}\n");
    let (err, status) = team.hook(&list, &[("DRIFTGLASS_SKIP", "  ")], &["origin", "x"]);
    assert!(status == 1 && err.contains("DRIFTGLASS_SKIP is empty"), "{err}");
    let secret = "https://ann:hunter2@example.org/x.git";
    let (err, status) = team.hook(&list, &[("DRIFTGLASS_SKIP", "the fire\u{1b}[2J is out")], &[secret, secret]);
    assert_eq!((err.lines().count(), status), (1, 0), "{err}");
    assert!(err.starts_with("driftglass: not judged, by DRIFTGLASS_SKIP: the fire\\e[2J is out; written to "), "{err}");
    let journal = fs::read_to_string(team.at(".local/share/driftglass/skipped.jsonl")).expect("a journal");
    assert!(!journal.contains("hunter2"), "{journal}");
    let line: serde_json::Value = serde_json::from_str(journal.trim()).expect("one line of JSON");
    assert_eq!((&line["reason"], &line["refs"][0]["new"]), (&"the fire\u{1b}[2J is out".into(), &new.into()));
    let mut git = team.command("git", "work");
    let output = git.args(["push", "-q"]).env("DRIFTGLASS_SKIP", "again").output().expect("runs");
    assert!(output.status.success());
    let journal = fs::read_to_string(team.at(".local/share/driftglass/skipped.jsonl")).expect("a journal");
    assert_eq!(journal.lines().count(), 2);
}

#[test]
fn hostile_names_of_refs_stay_names() {
    let team = Team::new();
    team.drift("b");
    let (old, new) = (team.said(&["rev-parse", "HEAD~1"]), team.said(&["rev-parse", "HEAD"]));
    let list = format!("--output=x {new} refs/heads/$(touch${{IFS}}x)\u{1b}[2J;'\u{202e} {old}\n");
    let (err, status) = team.hook(&list, &[], &["--upload-pack=x", "y"].map(|_| "origin"));
    assert_eq!(status, 1, "{err}");
    assert!(!err.contains('\u{1b}') && !err.contains('\u{202e}'), "{err}");
    let line = err.lines().find(|line| line.contains("driftglass review")).expect("a command");
    let words = shlex::split(line).expect("a shell reads it");
    assert_eq!(words.len(), 6, "{words:?}");
    for list in ["x\n", "a b c d\n", &format!("r {new} r --all\n")] {
        let (err, status) = team.hook(list, &[], &["origin", "x"]);
        assert!(status == 2 && err.starts_with("driftglass: "), "{err}");
    }
    assert_eq!(team.hook("", &[], &["origin", "x"]), (String::new(), 0));
}

#[test]
fn what_the_pushed_policy_says_to_no_purpose_is_said_though_it_passes() {
    let team = Team::new();
    let relation = |path: &str| {
        format!("\n[[relation]]\npath = '{path}'\nmust = \"differ\"\nreason = \"another data base each\"\n")
    };
    let toml = [POLICY, &relation("os.enviroment_of.*.DATABASE_URL"), &relation("os.sysctl.\"vm.swapines\"")].concat();
    fs::write(team.at("work/driftglass.toml"), toml).expect("writes");
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(is_through && err.contains("captures have no facts at os.enviroment_of.*.DATABASE_URL"), "{err}");
    let idle = "os.sysctl.\"vm.swapines\" must differ: no path of these snapshots is meant";
    assert!(err.contains(idle), "{err}");
    // Sections that are called otherwise: the gate is the usual one, and there are no two environments.
    let toml = POLICY.replace("[gate]", "[gates]").replace("[environments.staging]", "[enviroments.staging]");
    fs::write(team.at("work/driftglass.toml"), toml).expect("writes");
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(is_through && err.contains("gates: this version knows no such key"), "{err}");
    assert!(err.contains("enviroments: this version knows no such key"), "{err}");
    // A filter that only a slip explains is no gate.
    fs::write(team.at("work/driftglass.toml"), POLICY.replace("new -is", "risk>=high new -is")).expect("writes");
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(!is_through && err.contains("gate.block: at `risk>=high`: it is no field"), "{err}");
}

#[test]
fn of_two_policies_the_one_that_stops_is_named_and_what_else_is_said_comes_last() {
    let team = Team::new();
    fs::create_dir_all(team.at("work/svc/shop/snapshots")).expect("folders");
    for name in ["driftglass.toml", "snapshots/staging.json", "snapshots/production.json"] {
        fs::copy(team.at("work").join(name), team.at("work/svc/shop").join(name)).expect("copies");
    }
    let install = team.0.command(&["hook", "install"]).current_dir(team.at("work/svc/shop")).output().expect("runs");
    assert!(install.status.success());
    let facts = r#"{"dns":{"search":"b"},"os":{"a":2,"b":1}}"#;
    fs::write(team.at("work/svc/shop/snapshots/production.json"), snapshot("production", facts)).expect("writes");
    fs::write(team.at("work/driftglass.toml"), POLICY.replace("[gate]", "[watches]\n[gate]")).expect("writes");
    team.drift("b");
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.starts_with("driftglass: main to origin, by driftglass.toml: BLOCK "), "{}", done.0);
    assert!(done.0.contains("stopped: refs/heads/main by svc/shop/driftglass.toml"), "{}", done.0);
    let at = |words: &str| done.0.find(words).unwrap_or_else(|| panic!("{words}: {}", done.0));
    assert!(at("watches: this version knows no such key") > at("verdict=BLOCK"), "{}", done.0);
    team.put("production", r#"{"dns":{"search":"a"},"os":{"a":1,"b":1}}"#);
    team.commit();
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.starts_with("driftglass: main to origin, by svc/shop/driftglass.toml: BLOCK "), "{}", done.0);
}

#[test]
fn what_is_to_be_done_about_a_branch_is_done_on_it() {
    let team = Team::new();
    for (at, branch) in ["one", "two", "three"].into_iter().enumerate() {
        team.done(&["switch", "-q", "-c", branch, "main"]);
        team.drift(&format!("b{at}"));
    }
    team.done(&["switch", "-q", "main"]);
    let done = team.push(&["origin", "one", "two", "three"]);
    blocked(&done, "dns.search");
    assert!(done.0.contains("\n  git switch one\n") && !done.0.contains("--detach"), "{}", done.0);
    let rest = "not judged yet, as this one is stopped: refs/heads/two, refs/heads/three";
    assert!(
        done.0.contains(rest) || done.0.contains("not judged yet, as this one is stopped: refs/heads/"),
        "{}",
        done.0
    );
    team.done(&["switch", "-q", "one"]);
    assert_eq!(team.run(&["accept", "dns.search", "--reason", "known to all of us"]).2, 0);
    team.commit();
    silent(&team.push(&["origin", "one"]));
    // What is known of a remote is known by its address too.
    let done = team.push(&["../remote.git", "one:other"]);
    silent(&done);
}

#[test]
fn a_rehearsal_that_is_missing_is_advised_and_nothing_else() {
    let team = Team::new();
    let toml = format!("{POLICY}[rehearsal]\nnot-older-than = \"7d\"\n");
    fs::write(team.at("work/driftglass.toml"), toml).expect("writes");
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(!is_through && err.contains("\n  driftglass rehearse BEFORE AFTER BACK && git add"), "{err}");
    assert!(!err.contains("driftglass accept PATH") && !err.contains("driftglass review --"), "{err}");
}

/// Verdict, the worst difference with its values, and why: all that is asked of the first three lines.
#[test]
fn why_a_push_is_stopped_stands_in_three_lines() {
    let team = Team::new();
    let long = |end: &str| format!("{}{end}{}", "https://repository.example.org/".repeat(4), "/stable".repeat(20));
    let key = "a.very.long.name.of.a.setting.that.an.operator.once.wrote.down.in.a.file.of.nearly.ninety.signs";
    for (staging, production, path, values) in [
        (
            r#"{"os":{"kernel":{"release":"6.1"}}}"#.to_owned(),
            r#"{"os":{"kernel":{"release":"5.10"}}}"#.to_owned(),
            "os.kernel.release".to_owned(),
            ["staging: 6.1", "production: 5.10"],
        ),
        (
            format!(r#"{{"dns":{{"search":"{}"}}}}"#, long("ann")),
            format!(r#"{{"dns":{{"search":"{}"}}}}"#, long("bob")),
            "dns.search".to_owned(),
            ["staging: ..", "production: .."],
        ),
        (
            format!(r#"{{"os":{{"{key}":"{}"}}}}"#, long("ann")),
            format!(r#"{{"os":{{"{key}":"{}"}}}}"#, long("bob")),
            format!("os.\"{key}\""),
            ["staging: ..", "production: .."],
        ),
    ] {
        team.put("staging", &staging);
        team.put("production", &production);
        team.commit();
        let (err, is_through) = team.push(&[]);
        let lines: Vec<&str> = err.lines().take(3).collect();
        assert!(!is_through && lines.len() == 3, "{err}");
        assert!(lines[0].starts_with("driftglass: main to origin: BLOCK staging..production: "), "{err}");
        assert!(lines[0].contains(", new since ") && lines[1].starts_with(&format!("  block  {path}")), "{err}");
        assert!(values.iter().all(|value| lines[1..].iter().any(|line| line.contains(value))), "{err}");
        assert!(
            ["low ", "medium ", "high "].iter().any(|band| lines[2].contains(band)),
            "the risk and its rule: {err}"
        );
        assert!(lines.iter().all(|line| line.chars().count() <= 100 || line.contains(key)), "{err}");
    }
}

/// A gate that judges nothing looks as if all were well. Who checks by hand is told too.
#[test]
fn a_policy_without_two_environments_is_said_to_judge_nothing() {
    let team = Team::new();
    for (policy, place) in [
        ("[gate]\nblock = \"area:dns\"\n", ":driftglass.toml:1:1: environments: there is none"),
        (
            "[gate]\n\n[environments.staging]\nreach = \"snapshots/staging.json\"\n",
            ":driftglass.toml:4:9: environments.staging.reach: this is the only environment",
        ),
    ] {
        fs::write(team.at("work/driftglass.toml"), policy).expect("writes");
        team.drift(&place.len().to_string());
        let (err, is_through) = team.push(&[]);
        assert!(is_through && err.contains(place) && err.contains("this push is not judged"), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        let (_, err, status) = team.run(&["check"]);
        assert!(status == 2 && err.contains(&place[1..]), "{err}");
        let (_, err, status) = team.run(&["config", "--check"]);
        assert!(status == 1 && err.contains(&place[1..]), "{err}");
    }
    fs::write(team.at("work/driftglass.toml"), "theme = \"mono\"\n").expect("writes");
    assert_eq!(team.run(&["config", "--check"]).2, 0, "what judges nothing needs none");
}

/// A relation that cannot be answered never looks as if it held.
#[test]
fn a_relation_about_what_is_hidden_is_said_though_the_push_passes() {
    let team = Team::new();
    let relation = "[[relation]]\npath = \"os.environment_of.*.DATABASE_URL\"\nmust = \"differ\"\n\
                    reason = \"each has its own data base\"\n";
    fs::write(team.at("work/driftglass.toml"), format!("{POLICY}{relation}")).expect("writes");
    let facts = |secret: &str| {
        format!(r#"{{"os":{{"environment_of":{{"shop":{{"DATABASE_URL":"postgres://u:{secret}@db1/x"}}}}}}}}"#)
    };
    for label in ["staging", "production"] {
        team.put(label, &facts("[redacted]"));
    }
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(is_through && err.lines().count() == 1, "{err}");
    let words = "os.environment_of.shop.DATABASE_URL: must differ: staging and production: a part of it is hidden";
    assert!(err.contains(words) && err.contains("not known"), "{err}");
    team.put("other", "{}");
    team.commit();
    silent(&team.push(&[]));
    // Hidden under one key they are the same, and neither is printed.
    for label in ["staging", "production"] {
        team.put(label, &facts("[redacted 7f:9f2c]"));
    }
    team.commit();
    let (err, is_through) = team.push(&[]);
    let lines: Vec<&str> = err.lines().take(3).collect();
    assert!(!is_through && lines[1].contains("staging, production: postgres://u:"), "{err}");
    assert!(lines[2].contains("must differ: staging and production have the same"), "{err}");
}
