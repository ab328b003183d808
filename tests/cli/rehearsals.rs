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
fn a_rehearsal_of_nothing_proves_nothing() {
    let home = Sandbox::new();
    let (text, _, status) = home.run(&["rehearse", "staging.json", "staging.json", "staging.json"]);
    assert!(status == 1 && text.contains("NOTHING PROVED"), "{text}");
    assert_eq!(home.run(&["rehearse", "staging.json", "staging.json"]).2, 2);
    assert_eq!(home.run(&["rehearse", "a", "b", "c", "--within", "soon"]).2, 2);
}
