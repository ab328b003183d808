//! The hook, with a real repository, a remote and `git push`.

mod installed;
mod judged;
mod said;

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

    /// Puts a program there that this process never had open for writing: a child that another test starts at that
    /// moment would hold it open, and whoever runs it would be told that it is busy (execve(2), ETXTBSY).
    fn program(&self, from: &Path, to: &Path) {
        let output = Command::new("/usr/bin/install").arg("-m755").args([from, to]).output().expect("install(1) runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
