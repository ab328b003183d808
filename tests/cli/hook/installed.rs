//! Where the hook stands, and what it runs.

use super::{Team, blocked, snapshot};
use std::fs;
use std::path::Path;

#[test]
fn a_hook_that_was_there_runs_first_and_comes_back() {
    let team = Team::new();
    let at = |name: &str| team.at(&format!("work/.git/hooks/{name}"));
    assert_eq!(team.run(&["hook", "uninstall"]).2, 0);
    assert!(!at("pre-push").exists());
    let script = "#!/bin/sh\necho \"$@\" > seen\ncat >> seen\ntest ! -e stop\n";
    fs::write(team.at("script"), script).expect("writes");
    team.program(&team.at("script"), &at("pre-push"));
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
fn the_hook_finds_the_program_that_it_was_installed_by_and_says_when_it_is_gone() {
    let team = Team::new();
    let moved = team.at("a 'folder'/driftglass");
    fs::create_dir(moved.parent().expect("a folder")).expect("a folder");
    team.program(Path::new(env!("CARGO_BIN_EXE_driftglass")), &moved);
    let output = team.command(moved.to_str().expect("UTF-8"), "work").args(["hook", "install"]).output();
    let install = String::from_utf8(output.expect("runs").stderr).expect("UTF-8");
    assert!(install.contains("runs this program now"), "{install}");
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
