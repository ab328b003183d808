//! What of a push is judged, and against what.

use super::{POLICY, Team, blocked, silent, snapshot};
use std::fs;

#[test]
fn what_is_pushed_counts_and_not_what_is_checked_out() {
    let team = Team::new();
    team.drift("b");
    // On the disk all is well again, and the policy asks nothing.
    team.put("production", r#"{"dns":{"search":"a"},"os":{"a":1,"b":1}}"#);
    fs::write(team.at("work/driftglass.toml"), "[gate]\nblock = \"area:cache\"\n").expect("writes");
    blocked(&team.push(&[]), "dns.search");
    team.done(&["checkout", "-q", "--", "."]);
    team.done(&["checkout", "-q", "-b", "other", "HEAD~1"]);
    let done = team.push(&["origin", "main"]);
    blocked(&done, "dns.search");
    assert!(done.0.contains("  git switch main\n"), "{}", done.0);
    // And the other way round: what lies about is not pushed.
    fs::write(team.at("work/driftglass.toml"), "not toml").expect("writes");
    team.put("staging", "{}");
    silent(&team.push(&["origin", "other"]));
}

#[test]
fn what_the_remote_has_already_is_not_new() {
    let team = Team::new();
    team.drift("b");
    assert!(team.push(&["--no-verify"]).1);
    fs::write(team.at("work/README"), "x").expect("writes");
    team.commit();
    silent(&team.push(&[]));
    team.done(&["checkout", "-q", "-b", "feature"]);
    fs::write(team.at("work/README"), "y").expect("writes");
    team.commit();
    silent(&team.push(&["origin", "feature"]));
    team.drift("c");
    blocked(&team.push(&["origin", "feature:refs/heads/new"]), "dns.search");
    // An end, a tag of what is there, and a rewrite without drift.
    silent(&team.push(&["origin", "--delete", "feature"]));
    team.done(&["tag", "-a", "v1", "-m", "x", "main"]);
    silent(&team.push(&["origin", "v1"]));
    team.done(&["tag", "v2", "feature"]);
    blocked(&team.push(&["origin", "v2"]), "dns.search");
    team.done(&["checkout", "-q", "main"]);
    team.done(&["commit", "-q", "--amend", "-m", "y"]);
    silent(&team.push(&["--force"]));
    team.drift("d");
    team.done(&["reset", "-q", "--soft", "HEAD~2"]);
    team.done(&["commit", "-q", "-m", "z"]);
    blocked(&team.push(&["--force"]), "dns.search");
}

#[test]
fn a_repository_without_a_policy_is_let_alone() {
    let team = Team::new();
    team.drift("b");
    team.done(&["mv", "driftglass.toml", "policy.toml"]);
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(is_through && err.contains("main: this push takes driftglass.toml away"), "{err}");
    for policy in
        ["", "[environments.production]\nreach = \"snapshots/production.json\"\n", "[gate]\nblock = \"is:new\"\n"]
    {
        fs::write(team.at("work/driftglass.toml"), policy).expect("writes");
        team.done(&["add", "-A"]);
        team.done(&["commit", "-q", "--allow-empty", "-m", "x"]);
        let (err, is_through) = team.push(&[]);
        assert!(is_through && err.contains("this push is not judged") && err.lines().count() == 1, "{err}");
    }
    fs::write(team.at("work/driftglass.toml"), "[gate\n").expect("writes");
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(!is_through && err.lines().take(3).any(|line| line.contains(":driftglass.toml:1:")), "{err}");
}

#[test]
fn what_git_cannot_read_is_not_taken_for_nothing() {
    let team = Team::new();
    team.drift("b");
    let policy = team.said(&["rev-parse", "main:driftglass.toml"]);
    fs::remove_file(team.at(&format!("work/.git/objects/{}/{}", &policy[..2], &policy[2..]))).expect("is loose");
    let (err, is_through) = team.push(&[]);
    assert!(!is_through && err.contains("driftglass.toml") && err.contains("cannot be read"), "{err}");
    let (main, nowhere) = (team.said(&["rev-parse", "main~1"]), "1".repeat(40));
    let (err, status) = team.hook(&format!("refs/heads/x {nowhere} refs/heads/x {main}\n"), &[], &[]);
    assert!(status == 2 && err.contains(&format!("{nowhere} cannot be read here")), "{err}");
}

#[test]
fn links_are_followed_in_the_commit() {
    let team = Team::new();
    let link = |to: &str, name: &str| {
        let _ = fs::remove_file(team.at(name));
        std::os::unix::fs::symlink(to, team.at(name)).expect("links");
    };
    fs::create_dir(team.at("work/kept")).expect("a folder");
    fs::rename(team.at("work/driftglass.toml"), team.at("work/kept/policy.toml")).expect("moves");
    link("kept/policy.toml", "work/driftglass.toml");
    let drifted = snapshot("production", r#"{"dns":{"search":"b"},"os":{"a":1,"b":1}}"#);
    fs::write(team.at("work/kept/production.json"), drifted).expect("writes");
    link("../kept/production.json", "work/snapshots/production.json");
    team.commit();
    blocked(&team.push(&[]), "dns.search");
    for (to, words) in
        [("nowhere.toml", "leads to no file of the commit"), ("/etc/hosts", "leads out of the commit, to /etc/hosts")]
    {
        link(to, "work/driftglass.toml");
        team.commit();
        let (err, is_through) = team.push(&[]);
        assert!(!is_through && err.contains(&format!("driftglass.toml is a link that {words}")), "{err}");
    }
}

#[test]
fn a_hundred_refs_of_the_same_files_are_judged_once() {
    let team = Team::new();
    team.drift("b");
    let mut refs = Vec::new();
    for n in 0..100 {
        team.done(&["commit", "-q", "--allow-empty", "-m", &n.to_string()]);
        team.done(&["branch", &format!("b{n}")]);
        refs.push(format!("b{n}"));
    }
    let mut args = vec!["origin"];
    args.extend(refs.iter().map(String::as_str));
    let done = team.push(&args);
    blocked(&done, "dns.search");
    assert_eq!(done.0.matches("verdict=BLOCK").count(), 1, "{}", done.0);
    assert!(done.0.contains(" and 94 more."), "{}", done.0);
}

#[test]
fn a_shallow_clone_says_what_it_does_not_know() {
    let team = Team::new();
    team.drift("b");
    assert!(team.push(&["--no-verify"]).1);
    let url = format!("file://{}", team.at("remote.git").display());
    assert!(team.git(".", &["clone", "-q", "--depth", "1", &url, "shallow"]).1);
    let gone = "0123456789012345678901234567890123456789";
    let new = team.said(&["rev-parse", "HEAD"]);
    let run = |list: String| {
        let mut command = team.0.command(&["hook", "pre-push", "elsewhere", "x"]);
        let output = command.current_dir(team.at("shallow")).write_stdin(list).output().expect("runs");
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code() == Some(0))
    };
    let done = run(format!("refs/heads/main {new} refs/heads/main {gone}\n"));
    blocked(&done, "dns.search");
    let words = done.0.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("git fetch --unshallow") && words.contains("all is new"), "{words}");
}

#[test]
fn the_frameworks_variables_take_the_place_of_the_list() {
    let team = Team::new();
    team.drift("b");
    let (old, new) = (team.said(&["rev-parse", "HEAD~1"]), team.said(&["rev-parse", "HEAD"]));
    let env = [
        ("PRE_COMMIT", "1"),
        ("PRE_COMMIT_FROM_REF", old.as_str()),
        ("PRE_COMMIT_TO_REF", new.as_str()),
        ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/main"),
        ("PRE_COMMIT_REMOTE_NAME", "origin"),
    ];
    let (err, status) = team.hook("", &env, &[]);
    assert!(status == 1 && err.contains("driftglass: main to origin: BLOCK staging..production: "), "{err}");
    let all =
        [("PRE_COMMIT", "1"), ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"), ("PRE_COMMIT_REMOTE_NAME", "origin")];
    assert_eq!(team.hook("", &all, &[]).1, 1);
    let same = [("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", old.as_str()), ("PRE_COMMIT_TO_REF", old.as_str())];
    assert_eq!(team.hook("", &same, &[]), (String::new(), 0));
}

#[test]
fn a_policy_beneath_the_top_is_judged_where_the_hook_was_installed_for_it() {
    let team = Team::new();
    fs::create_dir_all(team.at("work/svc/shop")).expect("folders");
    team.done(&["mv", "driftglass.toml", "snapshots", "svc/shop"]);
    team.commit();
    let (err, is_through) = team.push(&[]);
    assert!(is_through && err.contains("`driftglass hook install` in svc/shop has it judged"), "{err}");
    let put = |search: &str| {
        let facts = format!(r#"{{"dns":{{"search":"{search}"}},"os":{{"a":1,"b":1}}}}"#);
        fs::write(team.at("work/svc/shop/snapshots/production.json"), snapshot("production", &facts)).expect("writes");
        team.commit();
    };
    let run = |args: &[&str]| {
        let output = team.0.command(args).current_dir(team.at("work/svc/shop")).output().expect("runs");
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    };
    let (err, status) = run(&["hook", "install"]);
    assert!(status == Some(0) && err.contains("svc/shop/driftglass.toml: judged from now on"), "{err}");
    put("b");
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    let to = team.at("work/svc/shop").canonicalize().expect("is there");
    assert!(done.0.contains(&format!("  cd {}\n  driftglass review --since", to.display())), "{}", done.0);
    let accept = ["accept", "dns.search", "--reason", "known to all of us"];
    assert_eq!(run(&accept).1, Some(0));
    assert!(team.at("work/svc/shop/driftglass.accept.toml").is_file());
    team.commit();
    silent(&team.push(&[]));
    put("c");
    blocked(&team.push(&[]), "dns.search");
    team.done(&["mv", "svc/shop", "svc/store"]);
    team.done(&["commit", "-q", "-m", "x"]);
    let (err, is_through) = team.push(&[]);
    assert!(is_through && err.contains("takes svc/shop/driftglass.toml away"), "{err}");
    assert!(err.contains("there is svc/store/driftglass.toml"), "{err}");
    let store = team.0.command(&["hook", "install"]).current_dir(team.at("work/svc/store")).output().expect("runs");
    let err = String::from_utf8_lossy(&store.stderr).into_owned();
    assert!(err.contains("svc/shop/driftglass.toml: it is judged too, and is not there"), "{err}");
    team.done(&["mv", "svc/store", "svc/shop"]);
    assert_eq!(run(&["hook", "uninstall"]).1, Some(0));
    assert_eq!(team.said(&["config", "--get-all", "driftglass.policy"]), "");
}

#[test]
fn what_the_store_had_when_the_commit_was_made_is_not_new() {
    let team = Team::new();
    let toml = POLICY.replace("reach = \"snapshots/production.json\"\n", "");
    fs::write(team.at("work/driftglass.toml"), toml).expect("writes");
    let save = |at: &str, search: &str| {
        let facts = format!(r#"{{"dns":{{"search":"{search}"}},"os":{{"a":1,"b":1}}}}"#);
        let text = snapshot("production", &facts).replace("2026-01-31T12:00:00Z", at);
        fs::write(team.at("now.json"), text).expect("writes");
        assert_eq!(team.run(&["save", "../now.json"]).2, 0);
    };
    save("2026-01-31T12:00:00Z", "a");
    team.commit();
    silent(&team.push(&[]));
    fs::write(team.at("work/readme.txt"), "words").expect("writes");
    team.commit();
    silent(&team.push(&[]));
    save("2099-01-31T12:00:00Z", "c");
    fs::write(team.at("work/readme.txt"), "other words").expect("writes");
    team.commit();
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.contains("new since"), "{}", done.0);
    // What git ignores has no earlier time, and that is said.
    fs::write(team.at("work/.gitignore"), "snapshots\n").expect("writes");
    fs::write(team.at("work/driftglass.toml"), POLICY).expect("writes");
    team.done(&["rm", "-rq", "--cached", "snapshots"]);
    team.put("production", r#"{"dns":{"search":"c"},"os":{"a":1,"b":1}}"#);
    team.commit();
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.contains("neither in a commit nor in the store"), "{}", done.0);
}
