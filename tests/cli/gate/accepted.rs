//! What is accepted: until when, by whom, and what counts of it.

use super::{POLICY, PRODUCTION, Repository, STAGING, Sandbox};

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
fn a_certificate_that_ends_soon_stops_a_push_and_can_be_accepted() {
    let seen =
        |day: &str| format!(r#"{{"cache":{{"edge":{{"https://shop":{{"tls":{{"expires":"{day}T00:00:00Z"}}}}}}}}}}"#);
    let repository = Repository::new(&seen("2027-01-31"), &seen("2026-02-06"));
    repository.0.file("driftglass.toml", POLICY.split("[gate]").next().expect("its front"));
    let run = |args: &[&str]| repository.0.run(args);
    let (out, _, status) = run(&["check"]);
    assert!(status == 1 && out.contains("certificate-expiry"), "{out}");
    let path = "cache.edge.\"https://shop\".tls.expires";
    let accept =
        |until: &[&str]| run(&[&["accept", path, "--reason", "it is renewed by the end of the week"], until].concat());
    let (_, err, status) = accept(&["--until", "2999-12-31"]);
    assert!(status == 2 && err.contains("nor for more than two years"), "{err}");
    let (_, err, status) = accept(&[]);
    assert_eq!(status, 0, "{err}");
    let (out, err, status) = run(&["check"]);
    assert_eq!(status, 0, "{out}{err}");
}
