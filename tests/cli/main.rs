//! The program as a user meets it: command lines in a clean sandbox, what they print, and how they end.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test makes its own files and may fail loudly")]

mod captures;
mod differences;
mod gate;
mod history;
mod hook;
mod input;
mod recipes;
mod rehearsals;
mod review;
mod risks;
mod secrets;

use assert_cmd::Command;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A home folder with two small snapshots in it, and nothing of the tester's environment.
struct Sandbox(TempDir);

const STAGING: &str = r#"{ "driftglass": 1,
  "meta": { "label": "staging", "captured_at": "2026-01-31T12:00:00Z", "host": "web-1", "role": "staging" },
  "facts": {
    "cache": { "stores": { "redis": { "maxmemory_policy": "allkeys-lru" } } },
    "configuration": { "files": { "/etc/app.conf": { "text": "a = 1\nb = 2\nc = 3\nd = 4\n" } } },
    "dns": { "hosts": { "=1+1": "@SUM(A1)", "quote, \"x\"": "a,b\nc" } },
    "kinds": { "absent": "here", "gone": "only here", "empty": "", "list": ["a", "b"], "number": 8, "null": null, "pipe": "a|b`<b>@team", "secret": "[redacted]", "type": "8" },
    "os": { "kernel": { "version": "6.1.0" }, "same": true,
            "long": "feature=yes,feature=yes,feature=yes,feature=yes,feature=yes,feature=yes,feature=yes,checkout=on,tax=old,other=yes" },
    "zone": { "hostile": "\u001b]0;owned\u0007a\u202eb", "negative": -5 } },
  "provenance": { "os": "/proc/version" },
  "problems": { "kinds.denied": "permission denied: /etc/shadow" } }"#;

const PRODUCTION: &str = r#"{ "driftglass": 1,
  "meta": { "label": "production", "captured_at": "2026-02-01T12:00:00Z", "host": "web-2", "role": "production" },
  "facts": {
    "cache": { "stores": { "redis": { "maxmemory_policy": "noeviction" } } },
    "configuration": { "files": { "/etc/app.conf": { "text": "a = 1\nb = 2\nc = 33\nd = 4\n" } } },
    "dns": { "hosts": { "=1+1": "@SUM(A2)", "quote, \"x\"": "plain" } },
    "kinds": { "denied": 1, "empty": "full", "list": ["b", "a"], "number": 4096, "null": "null", "pipe": "", "secret": "[redacted]", "type": 8 },
    "os": { "kernel": { "version": "5.10.0" }, "same": true,
            "long": "feature=yes,feature=yes,feature=yes,feature=yes,feature=yes,feature=yes,feature=yes,checkout=off,tax=old,other=yes" },
    "zone": { "hostile": "ab", "negative": -6 } },
  "provenance": { "os": "/proc/version" },
  "problems": { "kinds.absent": "not collected: left out by --without" } }"#;

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().expect("a folder"));
        sandbox.file("staging.json", STAGING);
        sandbox.file("production.json", PRODUCTION);
        sandbox
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("writes");
        path
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("driftglass").expect("the program is built");
        let home = self.0.path();
        command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8").current_dir(home);
        command.args(args);
        command
    }

    /// Runs to the end: standard output, standard error, exit status.
    fn run(&self, args: &[&str]) -> (String, String, i32) {
        let output = self.command(args).output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr), output.status.code().expect("ends by itself"))
    }

    fn diff(&self, format: &str) -> String {
        let (out, err, status) = self.run(&["diff", "staging.json", "production.json", "--format", format]);
        assert_eq!(status, 1, "{err}");
        out
    }
}

fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_explorer_needs_a_terminal() {
    let sandbox = Sandbox::new();
    for args in [&[][..], &["explore"], &["explore", "staging.json", "production.json"]] {
        let (out, err, status) = sandbox.run(args);
        assert_eq!((status, out.as_str()), (4, ""), "{args:?}: {err}");
        assert!(err.contains("driftglass diff") && err.contains("driftglass capture"), "{err}");
    }
}

#[test]
fn it_documents_itself() {
    let sandbox = Sandbox::new();
    let (out, _, status) = sandbox.run(&["--version"]);
    assert_eq!((out.trim(), status), (concat!("driftglass ", env!("CARGO_PKG_VERSION")), 0));
    let (out, _, status) = sandbox.run(&["--help"]);
    assert!(status == 0 && out.contains("Examples:") && out.contains("Exit status"), "{out}");
    let (out, _, status) = sandbox.run(&["man"]);
    assert!(status == 0 && out.contains(".TH driftglass"), "{out}");
    for shell in ["bash", "zsh", "fish"] {
        let (out, _, status) = sandbox.run(&["completions", shell]);
        assert!(status == 0 && out.contains("driftglass"), "{shell}");
    }
}

#[test]
fn the_example_configuration_is_sound_and_shown() {
    let sandbox = Sandbox::new();
    let (example, err, status) = sandbox.run(&["config", "--example"]);
    assert_eq!((err.as_str(), status), ("", 0));
    sandbox.file("driftglass.toml", &example);
    let (out, err, status) = sandbox.run(&["config", "--check"]);
    assert_eq!((err.as_str(), status), ("", 0));
    assert!(
        out.contains("driftglass.toml: read\npolicy: 3 environments, 7 relations, 2 filters of the gate\n\
             asked besides: a proved rehearsal of each target, not older than 14 days, rolled back within 600 s\n\
             asked besides: a push that changes at most 500 facts of each target\n\
             files of a push: 3 globs besides the built-in ones\nwatched: 2 files, 2 names, 2 urls, 2 stores, 1 releases, 2 services\n"),
        "{out}"
    );
    let (shown, _, status) = sandbox.run(&["config"]);
    assert_eq!(status, 0);
    assert!(shown.contains("services = [\"nginx.service\", \"shop-worker.service\"]"), "{shown}");
    sandbox.file("again.toml", &shown);
    let said =
        |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(|l| format!("{l}\n")).collect::<String>();
    let (again, ..) = sandbox.run(&["config", "--config", "again.toml"]);
    assert_eq!(said(&again), said(&shown), "what is shown says the same");
    assert_eq!(sandbox.run(&["config", "--check", "again.toml"]).2, 0, "what is shown can be read");
    let (json, _, _) = sandbox.run(&["config", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["watch"]["releases"], serde_json::json!(["/srv/shop/current"]));
    sandbox.file("driftglass.toml", "[wach]\n");
    let (_, err, status) = sandbox.run(&["config", "--check"]);
    assert!(status == 1 && err.contains("driftglass.toml:1:2: wach: "), "{err}");
}

#[test]
fn a_path_is_explained() {
    let sandbox = Sandbox::new();
    let (out, err, status) = sandbox.run(&["explain", "libraries.packages.dpkg.libc6.version"]);
    assert_eq!((err.as_str(), status), ("", 0));
    assert!(out.contains("pattern  libraries.packages.dpkg.*.version") && out.contains("rules of dpkg"), "{out}");
    let (out, _, status) = sandbox.run(&["explain", "os.kernel"]);
    assert!(status == 0 && out.contains("os.kernel.release"), "{out}");
    let (_, err, status) = sandbox.run(&["explain", "os.kernel.relase"]);
    assert!(status == 2 && err.contains("did you mean os.kernel.release"), "{err}");
    let (out, _, _) = sandbox.run(&["explain", "os.kernel.release", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["fact"]["kind"], "scalar");
    let (out, _, status) = sandbox.run(&["explain", "effective.dirty_bytes"]);
    assert!(status == 0 && out.contains("derived") && out.contains("dirty-ratio"), "{out}");
    let (out, _, status) = sandbox.run(&["explain", "effective"]);
    assert!(status == 0 && out.contains("effective.process_limit"), "{out}");
    let (out, _, _) = sandbox.run(&["explain", "cache.stores.redis.maxmemory"]);
    assert!(out.contains("part of  effective.cache_bytes.redis") && out.contains("cache-size"), "{out}");
    let explained = |path: &str| sandbox.run(&["explain", path]).0;
    assert!(explained("cache.stores.redis.requirepass").contains("shared-secret"));
    assert!(!explained("cache.stores.redis.maxmemory").contains("shared-secret"));
    assert!(explained("effective.open_files.shop").contains("fs.nr_open"), "no example has it");
    let somaxconn = explained("os.sysctl.\"net.core.somaxconn\"");
    assert!(somaxconn.contains("by itself; ") && somaxconn.contains("else     default-kernel-setting"), "{somaxconn}");
    assert!(explained("default-os").contains("fires if  no rule does"));
    let (_, err, status) = sandbox.run(&["explain", "effective.nothing"]);
    assert!(status == 2 && err.contains("no fact is called"), "{err}");
    let (out, _, status) = sandbox.run(&["man", "--facts"]);
    assert!(status == 0 && out.starts_with("# Facts\n") && out.contains("| `os.kernel.release` |"), "{out}");
}

#[test]
fn the_explorer_is_a_conversation_where_that_is_asked_for() {
    let sandbox = Sandbox::new();
    let talk = |variable: Option<(&str, &str)>, args: &[&str], said: &str| {
        let mut command = sandbox.command(args);
        command.envs(variable).write_stdin(said.to_owned());
        let output = command.output().expect("runs");
        assert!(output.status.success(), "{output:?}");
        assert!(output.stdout.iter().chain(&output.stderr).all(|b| *b == b'\n' || *b >= b' '), "nothing is controlled");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let words = "find maxmemory\nwhy\nfilter is:type\nnext\nfilter is:chan\nquit\nnext\n";
    let by_sign = talk(Some(("ACCESSIBLE", "1")), &["explore", "staging.json", "production.json"], words);
    assert!(
        by_sign.contains("changed, cache.stores.redis.maxmemory_policy: staging allkeys-lru, production noeviction.")
    );
    assert!(by_sign.contains("Shown: 2 differences, hidden: 16."), "{by_sign}");
    assert!(by_sign.contains("Not a filter: one of diff same changed"), "{by_sign}");
    let by_option = talk(None, &["explore", "--plain", "staging.json", "production.json"], words);
    assert_eq!(by_sign, by_option);
}

#[test]
fn a_conversation_accepts_and_takes_back() {
    let sandbox = Sandbox::new();
    sandbox.file("driftglass.toml", "[environments.staging]\nrole = \"test\"\n");
    let talk = |said: &str| {
        let mut command = sandbox.command(&["explore", "staging.json", "production.json"]);
        command.env("ACCESSIBLE", "1").env("USER", "ann").write_stdin(said.to_owned());
        let output = command.output().expect("runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let file = || fs::read_to_string(sandbox.0.path().join("driftglass.accept.toml")).unwrap_or_default();
    let said = talk("filter policy\nnext\naccept too short\naccept 1 tests never fill the cache\nwhy 1\nquit\n");
    assert!(said.contains("accept wants a reason of 10 characters or more (9 so far)"), "{said}");
    assert!(said.contains("cache.stores.redis.maxmemory_policy: accepted until"), "{said}");
    assert!(said.contains("undo takes it back."), "{said}");
    assert!(said.lines().any(|line| line.starts_with("accepted until") && line.contains("tests never fill")), "{said}");
    assert!(file().contains("tests never fill the cache") && file().contains("ann"), "{}", file());
    let said = talk("filter maxmemory_policy\n1\naccept 1 tests really never fill it\nundo\nundo\nquit\n");
    assert!(said.contains("undone: cache.stores.redis.maxmemory_policy is accepted as before."), "{said}");
    assert!(said.contains("Nothing was accepted here."), "{said}");
    assert!(file().contains("tests never fill the cache"), "{}", file());
}
