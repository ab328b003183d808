//! The hook, with a real repository, a remote and `git push`.

use super::Sandbox;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const POLICY: &str = r#"[environments.production]
role = "target"
reach = "snapshots/production.json"
[environments.staging]
reach = "snapshots/staging.json"

[gate]
block = "new -is:accepted area:dns,os"
"#;

fn snapshot(label: &str, facts: &str) -> String {
    format!(
        r#"{{ "driftglass": 1, "meta": {{ "label": "{label}", "captured_at": "2026-01-31T12:00:00Z", "host": "{label}" }}, "facts": {facts} }}"#
    )
}

/// A repository with a policy and two snapshots that agree, pushed to a bare remote, with the hook installed.
struct Team(Sandbox);

/// What came of a push: its words on standard error, and whether it went through.
type Done = (String, bool);

impl Team {
    fn new() -> Self {
        let team = Self(Sandbox::new());
        fs::create_dir_all(team.at("work/snapshots")).expect("a folder");
        team.git(".", &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        team.git("work", &["init", "-q", "-b", "main"]);
        team.git("work", &["config", "user.name", "Ann"]);
        team.git("work", &["config", "user.email", "ann@example.org"]);
        team.git("work", &["remote", "add", "origin", "../remote.git"]);
        fs::write(team.at("work/driftglass.toml"), POLICY).expect("writes");
        team.put("staging", r#"{"dns":{"search":"a"},"os":{"a":1,"b":1}}"#);
        team.put("production", r#"{"dns":{"search":"a"},"os":{"a":1,"b":1}}"#);
        team.commit();
        assert!(team.push(&["-u", "origin", "main"]).1);
        let (_, err, status) = team.run(&["hook", "install"]);
        assert_eq!(status, 0, "{err}");
        team
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.0.path().join(name)
    }

    fn put(&self, label: &str, facts: &str) {
        fs::write(self.at(&format!("work/snapshots/{label}.json")), snapshot(label, facts)).expect("writes");
    }

    fn command(&self, program: &str, folder: &str) -> Command {
        let mut command = Command::new(program);
        let ours = Path::new(env!("CARGO_BIN_EXE_driftglass")).parent().expect("a folder").display().to_string();
        command.env_clear().env("HOME", self.0.0.path()).env("PATH", format!("{ours}:/usr/bin:/bin"));
        command.env("GIT_CONFIG_SYSTEM", "/dev/null").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LANG", "C.UTF-8");
        command.current_dir(self.at(folder));
        command
    }

    fn git(&self, folder: &str, args: &[&str]) -> Done {
        let output = self.command("git", folder).args(args).output().expect("git runs");
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success())
    }

    #[track_caller]
    fn done(&self, args: &[&str]) {
        let (err, is_done) = self.git("work", args);
        assert!(is_done, "{args:?}: {err}");
    }

    fn said(&self, args: &[&str]) -> String {
        let output = self.command("git", "work").args(args).output().expect("git runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn run(&self, args: &[&str]) -> (String, String, i32) {
        let output = self.0.command(args).current_dir(self.at("work")).output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr), output.status.code().expect("ends by itself"))
    }

    /// The hook as git runs it, with a list of refs.
    fn hook(&self, list: &str, env: &[(&str, &str)], args: &[&str]) -> (String, i32) {
        let mut command = self.0.command(&["hook", "pre-push"]);
        command.args(args).current_dir(self.at("work")).envs(env.iter().copied()).write_stdin(list.to_owned());
        let output = command.output().expect("runs");
        assert_eq!(output.stdout, b"", "nothing goes to standard output");
        (String::from_utf8(output.stderr).expect("UTF-8"), output.status.code().expect("ends by itself"))
    }

    fn commit(&self) {
        self.done(&["add", "-A"]);
        self.done(&["commit", "-q", "-m", "x"]);
    }

    fn push(&self, args: &[&str]) -> Done {
        self.git("work", &[&["push", "-q"], args].concat())
    }

    /// Staging and production drift apart in the names.
    fn drift(&self, to: &str) {
        self.put("production", &format!(r#"{{"dns":{{"search":"{to}"}},"os":{{"a":1,"b":1}}}}"#));
        self.commit();
    }
}

#[track_caller]
fn blocked((err, is_through): &Done, path: &str) {
    assert!(!is_through, "{err}");
    let first: Vec<&str> = err.lines().take(3).collect();
    assert!(first.iter().any(|line| line.contains("block") && line.contains(path)), "{err}");
}

#[track_caller]
fn silent(done: &Done) {
    assert_eq!((done.0.as_str(), done.1), ("", true));
}

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
        silent(&team.push(&[]));
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
    assert!(first[0].ends_with("; this push touches dns: 1 of 4 differences matters"), "{err}");
    assert!(first[2].starts_with("  block  dns.search"), "{err}");
    assert!(err.contains("Touches dns: infra/names.txt\n"), "{err}");
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
fn a_hook_that_was_there_runs_first_and_comes_back() {
    let team = Team::new();
    let at = |name: &str| team.at(&format!("work/.git/hooks/{name}"));
    assert_eq!(team.run(&["hook", "uninstall"]).2, 0);
    assert!(!at("pre-push").exists());
    let script = "#!/bin/sh\necho \"$@\" > seen\ncat >> seen\ntest ! -e stop\n";
    fs::write(at("pre-push"), script).expect("writes");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(at("pre-push"), mode).expect("sets");
    for _ in 0..2 {
        assert_eq!(team.run(&["hook", "install"]).2, 0);
    }
    team.drift("b");
    blocked(&team.push(&[]), "dns.search");
    let seen = fs::read_to_string(team.at("work/seen")).expect("it ran");
    let (old, new) = (team.said(&["rev-parse", "HEAD~1"]), team.said(&["rev-parse", "HEAD"]));
    assert_eq!(seen, format!("origin ../remote.git\nrefs/heads/main {new} refs/heads/main {old}\n"));
    fs::write(team.at("work/stop"), "").expect("writes");
    let (err, is_through) = team.push(&[]);
    assert!(!is_through && !err.contains("dns.search"), "the former hook stops it by itself: {err}");
    fs::write(at("pre-push"), fs::read_to_string(at("pre-push")).expect("reads") + "# mine\n").expect("writes");
    let (_, err, status) = team.run(&["hook", "uninstall"]);
    assert!(status == 2 && err.contains("edited by hand") && at("pre-push").exists(), "{err}");
    assert_eq!(team.run(&["hook", "uninstall", "--force"]).2, 0);
    assert_eq!(fs::read_to_string(at("pre-push")).expect("reads"), script);
    assert!(at("pre-push.edited").exists());
}

#[test]
fn hooks_are_found_where_git_looks_for_them() {
    let team = Team::new();
    team.done(&["config", "core.hooksPath", "tools/hooks"]);
    assert_eq!(team.run(&["hook", "install"]).2, 0);
    assert!(team.at("work/tools/hooks/pre-push").exists());
    team.drift("b");
    fs::remove_file(team.at("work/.git/hooks/pre-push")).expect("removes");
    blocked(&team.push(&[]), "dns.search");
    team.done(&["config", "--unset", "core.hooksPath"]);
    team.done(&["worktree", "add", "-q", "../tree", "-b", "side"]);
    let (err, is_through) = {
        let mut command = team.0.command(&["hook", "install"]);
        let output = command.current_dir(team.at("tree")).output().expect("runs");
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success())
    };
    assert!(is_through && team.at("work/.git/hooks/pre-push").exists(), "{err}");
    blocked(&team.git("tree", &["push", "-q", "origin", "side"]), "dns.search");
    let outside = team.0.command(&["hook", "install"]).current_dir("/").output().expect("runs");
    assert_eq!(outside.status.code(), Some(2));
}

#[test]
fn a_submodule_has_a_hook_of_its_own() {
    let team = Team::new();
    team.git(".", &["init", "-q", "-b", "main", "super"]);
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../remote.git", "sub"];
    let (err, is_done) = team.git("super", &add);
    assert!(is_done, "{err}");
    let output = team.0.command(&["hook", "install"]).current_dir(team.at("super/sub")).output().expect("runs");
    assert!(output.status.success());
    assert!(team.at("super/.git/modules/sub/hooks/pre-push").exists());
    fs::write(
        team.at("super/sub/snapshots/production.json"),
        snapshot("production", r#"{"dns":{"search":"z"},"os":{"a":1,"b":1}}"#),
    )
    .expect("writes");
    let commit = ["-c", "user.name=Ann", "-c", "user.email=a@b", "commit", "-q", "-a", "-m", "x"];
    assert!(team.git("super/sub", &commit).1);
    blocked(&team.git("super/sub", &["push", "-q", "origin", "main"]), "dns.search");
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
    assert!(done.0.contains("git fetch --unshallow") && done.0.contains("all is new"), "{}", done.0);
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
    assert!(status == 1 && err.contains("driftglass: main to origin, new since "), "{err}");
    let all =
        [("PRE_COMMIT", "1"), ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main"), ("PRE_COMMIT_REMOTE_NAME", "origin")];
    assert_eq!(team.hook("", &all, &[]).1, 1);
    let same = [("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", old.as_str()), ("PRE_COMMIT_TO_REF", old.as_str())];
    assert_eq!(team.hook("", &same, &[]), (String::new(), 0));
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
fn the_hook_finds_the_program_that_it_was_installed_by_and_says_when_it_is_gone() {
    let team = Team::new();
    let moved = team.at("a 'folder'/driftglass");
    fs::create_dir(moved.parent().expect("a folder")).expect("a folder");
    fs::copy(env!("CARGO_BIN_EXE_driftglass"), &moved).expect("copies");
    let install = |program: &Path| {
        let mut command = team.command(program.to_str().expect("UTF-8"), "work");
        let mut run = || command.args(["hook", "install"]).output();
        // A child that another test starts has a copy's file open for writing until it runs its own program.
        let busy = |output: &std::io::Result<_>| {
            output.as_ref().is_err_and(|error: &std::io::Error| error.kind() == std::io::ErrorKind::ExecutableFileBusy)
        };
        let output = std::iter::repeat_with(&mut run).find(|output| !busy(output)).expect("endless");
        String::from_utf8(output.expect("runs").stderr).expect("UTF-8")
    };
    assert!(install(&moved).contains("runs this program now"));
    team.drift("b");
    let push = |path: &str| {
        let output = team.command("git", "work").env("PATH", path).args(["push", "-q"]).output().expect("git runs");
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success())
    };
    blocked(&push("/usr/bin:/bin"), "dns.search");
    fs::remove_file(&moved).expect("removes");
    let (err, is_through) = push("/usr/bin:/bin");
    assert!(
        !is_through && err.contains("is gone, and none is on PATH") && err.contains("rm '.git/hooks/pre-push'"),
        "{err}"
    );
    blocked(&team.push(&[]), "dns.search");
}

#[test]
fn hooks_of_all_repositories_are_only_touched_when_that_is_meant() {
    let team = Team::new();
    let config = team.at("all.gitconfig");
    fs::write(&config, format!("[core]\nhooksPath = {}\n", team.at("hooks").display())).expect("writes");
    let run = |args: &[&str]| {
        let mut command = team.0.command(args);
        let output = command.env("GIT_CONFIG_GLOBAL", &config).current_dir(team.at("work")).output().expect("runs");
        (String::from_utf8(output.stderr).expect("UTF-8"), output.status.code())
    };
    let (err, status) = run(&["hook", "install"]);
    assert!(status == Some(2) && err.contains("for all repositories") && err.contains("--global"), "{err}");
    assert!(!team.at("hooks").exists());
    let (err, status) = run(&["hook", "install", "--global"]);
    assert!(status == Some(0) && err.contains("every push of every repository"), "{err}");
    assert!(team.at("hooks/pre-push").is_file());
    let (err, status) = run(&["hook", "uninstall"]);
    assert!(status == Some(2) && err.contains("--global takes it away there"), "{err}");
    assert!(team.at("hooks/pre-push").is_file());
    let (err, status) = run(&["hook", "uninstall", "--global"]);
    assert!(status == Some(0) && err.contains("for all repositories"), "{err}");
    team.done(&["config", "core.hooksPath", ".git/hooks"]);
    let (err, status) = run(&["hook", "install", "--global"]);
    assert!(status == Some(2) && err.contains("without --global"), "{err}");
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
    assert!(done.0.starts_with("driftglass: main to origin, by driftglass.toml, new since "), "{}", done.0);
    assert!(done.0.contains("stopped: refs/heads/main by svc/shop/driftglass.toml"), "{}", done.0);
    let at = |words: &str| done.0.find(words).unwrap_or_else(|| panic!("{words}: {}", done.0));
    assert!(at("watches: this version knows no such key") > at("verdict=BLOCK"), "{}", done.0);
    team.put("production", r#"{"dns":{"search":"a"},"os":{"a":1,"b":1}}"#);
    team.commit();
    let done = team.push(&[]);
    blocked(&done, "dns.search");
    assert!(done.0.starts_with("driftglass: main to origin, by svc/shop/driftglass.toml, new since "), "{}", done.0);
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
