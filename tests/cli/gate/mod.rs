//! `check` and `accept`, with real files in a real repository.

mod accepted;
mod checked;

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
