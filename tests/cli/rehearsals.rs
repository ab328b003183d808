//! A rollback rehearsed on a root, as a script does it.

use super::Sandbox;
use serde_json::Value;
use std::fs;

#[test]
fn a_file_that_a_rollback_left_behind_is_named_until_it_is_gone() {
    let home = Sandbox::new();
    let root = home.0.path().join("root");
    fs::create_dir_all(root.join("etc/sysctl.d")).expect("folders");
    fs::write(root.join("etc/os-release"), "ID=debian\nVERSION_ID=\"12\"\n").expect("a file");
    let call = |more: &[&str]| {
        let mut args = vec!["rehearse", "--no-again", "--capture", "root:root", "--record", "rehearsal"];
        args.extend(more);
        home.run(&args)
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let (_, said, status) = call(&[]);
    assert!(status == 0 && said.contains("next: deploy"), "{said}");
    let left_behind = root.join("etc/sysctl.d/60-app.conf");
    fs::write(&left_behind, "net.core.somaxconn = 4096\n").expect("a file");
    assert_eq!(call(&[]).2, 0);
    let (text, _, status) = call(&[]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("NOT RESTORED") && text.contains("/etc/sysctl.d/60-app.conf"), "{text}");
    // Nothing is taken any more: what is there is judged again.
    let (text, _, status) = call(&["--format", "json"]);
    let document = json(&text);
    assert_eq!((document["verdict"].as_str(), status), (Some("not-restored"), 1));
    assert!(document["rollback"]["left"].as_array().is_some_and(|left| !left.is_empty()));
    fs::remove_file(&left_behind).expect("removes");
    fs::remove_file(home.0.path().join("rehearsal/back.json")).expect("removes");
    let (text, said, status) = call(&["--within", "10m", "--format", "json"]);
    let document = json(&text);
    assert_eq!((document["verdict"].as_str(), status), (Some("proved"), 0), "{said}");
    assert_eq!(document["rollback"]["restored"], document["size"]["facts"]);
}

#[test]
fn what_dpkg_keeps_of_a_package_is_named_with_what_takes_it_away() {
    let home = Sandbox::new();
    let root = home.0.path().join("root");
    for folder in ["etc", "var/lib/dpkg"] {
        fs::create_dir_all(root.join(folder)).expect("folders");
    }
    fs::write(root.join("etc/os-release"), "ID=debian\nVERSION_ID=\"12\"\n").expect("a file");
    let step = |app: &str, conf: bool| {
        let base = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21.22\n";
        fs::write(root.join("var/lib/dpkg/status"), format!("{base}{app}")).expect("a file");
        let file = root.join("etc/app.conf");
        if conf { fs::write(file, "a = 1\n") } else { fs::remove_file(file).or(Ok(())) }.expect("a file");
        home.run(&["rehearse", "--no-again", "--capture", "root:root", "--record", "rehearsal"])
    };
    let app = |status: &str| {
        let conf = "Conffiles:\n /etc/app.conf d41d8cd98f00b204e9800998ecf8427e\n";
        format!("\nPackage: app\nStatus: {status}\nArchitecture: amd64\nVersion: 1.0\n{conf}")
    };
    assert_eq!(step("", false).2, 0);
    assert_eq!(step(&app("install ok installed"), true).2, 0);
    let (text, _, status) = step(&app("deinstall ok config-files"), true);
    assert!(status == 1 && text.contains("libraries.packages.dpkg.app.left_behind"), "{text}");
    assert!(text.contains("mend    dpkg --purge app\n") && !text.contains("only in"), "{text}");
    let json = home.run(&["rehearse", "--no-again", "--record", "rehearsal", "--format", "json"]).0;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let left = json["rollback"]["left"].as_array().expect("what is left");
    let mends: Vec<_> = left.iter().filter_map(|row| Some((row["path"].as_str()?, row["mend"].as_str()?))).collect();
    assert_eq!(mends, [("libraries.packages.dpkg.app.state", "dpkg --purge app")]);
    assert!(left.iter().all(|row| row.as_object().is_some_and(|row| row.contains_key("mend"))), "{json}");
    // Whoever removes the file alone has not undone it yet.
    fs::remove_file(home.0.path().join("rehearsal/back.json")).expect("removes");
    let (text, _, status) = step(&app("deinstall ok config-files"), false);
    assert!(status == 1 && text.contains("dpkg --purge app") && !text.contains("left_behind"), "{text}");
    fs::remove_file(home.0.path().join("rehearsal/back.json")).expect("removes");
    let (text, _, status) = step("", false);
    assert!(status == 0 && text.contains("PROVED"), "{text}");
}

#[test]
fn a_rehearsal_of_nothing_proves_nothing() {
    let home = Sandbox::new();
    let (text, _, status) = home.run(&["rehearse", "staging.json", "staging.json", "staging.json"]);
    assert!(status == 1 && text.contains("NOTHING PROVED"), "{text}");
    assert_eq!(home.run(&["rehearse", "staging.json", "staging.json"]).2, 2);
    assert_eq!(home.run(&["rehearse", "a", "b", "c", "--within", "soon"]).2, 2);
}

#[test]
fn the_gate_asks_for_a_rehearsal_that_is_proved_new_and_not_too_large() {
    let sandbox = Sandbox::new();
    let policy = "[environments.production]\nreach = \"production.json\"\nrole = \"target\"\n\
                  [environments.staging]\nreach = \"staging.json\"\n[gate]\nblock = \"area:none\"\n\
                  [rehearsal]\nnot-older-than = \"7d\"\nthen = \"needs-decision\"\n[push]\nmost-facts = 3\n";
    sandbox.file("driftglass.toml", policy);
    // Where lines are broken does not matter.
    let flat =
        |(out, err, status): (String, String, i32)| (out.split_whitespace().collect::<Vec<_>>().join(" "), err, status);
    let check = |args: &[&str]| flat(sandbox.run(&[&["check"], args].concat()));
    let (out, _, status) = check(&[]);
    assert_eq!(status, 3, "{out}");
    assert!(out.contains("no rehearsal of a rollback is known: `driftglass rehearse --record"), "{out}");
    let capture = |name: &str, at: &str, facts: &str| {
        let text = format!(
            r#"{{ "driftglass": 1, "meta": {{ "label": "{name}", "captured_at": "2026-02-0{at}T12:00:00Z", "host": "web-2" }}, "facts": {{ "os": {facts} }} }}"#
        );
        sandbox.file(&format!("{name}.json"), text);
    };
    capture("before", "1", r#"{"a":1,"b":1,"c":1,"d":1}"#);
    capture("after", "2", r#"{"a":2,"b":2,"c":1,"d":1}"#);
    capture("stayed", "3", r#"{"a":1,"b":2,"c":1,"d":1}"#);
    capture("back", "4", r#"{"a":1,"b":1,"c":1,"d":1}"#);
    let (_, err, status) = sandbox.run(&["rehearse", "before.json", "after.json", "stayed.json"]);
    assert_eq!(status, 1, "{err}");
    assert!(err.contains("rehearsal of production: not-restored, kept in"), "the policy's only target: {err}");
    assert!(err.contains("commit driftglass.rehearsal.json"), "{err}");
    let (out, _, status) = check(&["--on", "2026-02-05"]);
    assert!(status == 3 && out.contains("is not proved, 1 fact did not come back: os.b"), "{out}");
    let (_, err, status) = sandbox.run(&["rehearse", "before.json", "after.json", "back.json"]);
    assert_eq!(status, 0, "{err}");
    let (out, _, status) = check(&["--on", "2026-02-05"]);
    assert_eq!(status, 0, "{out}");
    let (out, _, status) = check(&["--on", "2026-02-20"]);
    assert!(status == 3 && out.contains("is 16 days old, more than 7 days"), "{out}");
    let (out, _, status) = flat(sandbox.run(&["review", "--batch"]));
    assert!(status == 3 && out.contains("a proved rehearsal of production"), "by today's date: {out}");
    // The record beside the policy is enough where the user's own is not there.
    std::fs::remove_dir_all(sandbox.0.path().join(".local")).expect("the user's own");
    assert_eq!(check(&["--on", "2026-02-05"]).2, 0);
    let report = |format: &str, audience: &str| {
        let args = ["report", "staging", "production", "--format", format, "--audience", audience, "-o", "-"];
        flat(sandbox.run(&args)).0
    };
    for format in ["text", "markdown", "html"] {
        for audience in ["engineer", "manager"] {
            let text = report(format, audience);
            assert!(text.contains("Rehearsal of production, 2026-02-04: proved"), "{format}, {audience}: {text}");
            assert!(text.contains("the deployment changed 2 facts"), "{format}, {audience}");
        }
    }
    let json: serde_json::Value = serde_json::from_str(&report("json", "engineer")).expect("JSON");
    assert_eq!(json["rehearsals"][0]["last"]["verdict"], "proved");
    capture("large", "3", r#"{"a":2,"b":2,"c":2,"d":2}"#);
    capture("start", "2", r#"{"a":1,"b":1,"c":1,"d":1}"#);
    let (out, _, status) = sandbox.run(&["rehearse", "start.json", "large.json", "back.json"]);
    assert!(status == 1 && out.contains("TOO LARGE: the deployment changed 4 facts, the policy allows 3."), "{out}");
    let (out, _, status) = check(&["--on", "2026-02-05"]);
    assert!(status == 1 && out.contains("4 facts (os 4), larger than 1 of 1 earlier steps; 3 are allowed"), "{out}");
    let (out, _, status) = sandbox.run(&["rehearse", "before.json", "after.json", "stayed.json", "--no-record"]);
    assert!(status == 1 && out.contains("NOT RESTORED"), "{out}");
    assert!(check(&["--on", "2026-02-05"]).0.contains("allowed"), "no record of it is kept");
}

#[test]
fn captures_that_are_of_no_rollback_prove_nothing() {
    let sandbox = Sandbox::new();
    let capture = |name: &str, at: &str, host: &str, facts: &str| {
        let text = format!(
            r#"{{ "driftglass": 1, "meta": {{ "label": "{name}", "captured_at": "2026-02-0{at}T12:00:00Z", "host": "{host}" }}, "facts": {{ "os": {facts} }} }}"#
        );
        sandbox.file(&format!("{name}.json"), text);
    };
    capture("before", "2", "web-1", r#"{"a":1}"#);
    capture("after", "3", "web-1", r#"{"a":2}"#);
    capture("old", "1", "web-1", r#"{"a":1}"#);
    capture("other", "4", "web-2", r#"{"a":1}"#);
    let rehearse = |back: &str| {
        let (out, err, status) = sandbox.run(&["rehearse", "before.json", "after.json", back, "--environment", "x"]);
        (out.split_whitespace().collect::<Vec<_>>().join(" "), err, status)
    };
    let (out, err, status) = rehearse("before.json");
    assert!(status == 1 && out.contains("one capture stands for two moments"), "{out}");
    assert!(err.contains("not-in-order"), "{err}");
    let (out, _, status) = rehearse("old.json");
    assert!(status == 1 && out.contains("the captures were not made in this order"), "{out}");
    let (out, err, status) = rehearse("other.json");
    assert!(status == 0 && out.contains("PROVED"), "{out}");
    assert!(err.contains("the captures are of several hosts: web-1, web-2"), "{err}");
}
