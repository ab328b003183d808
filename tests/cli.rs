//! The program as a user meets it: command lines in a clean sandbox, what they print, and how they end.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test makes its own files and may fail loudly")]

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
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn differences_read_well_in_text() {
    let sandbox = Sandbox::new();
    let text = sandbox.diff("text");
    golden("diff_text", &text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "a line is wider than a terminal");
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "a value reaches the terminal raw");
    assert_eq!(text, sandbox.diff("text"), "the same input gives the same bytes");
}

#[test]
fn json_of_one_snapshot_is_printed_without_what_a_terminal_obeys() {
    let sandbox = Sandbox::new();
    sandbox.file("hostile.json", "{\"a\": \"\u{9b}31m \u{202e}\u{2066} \u{200b}\", \"\u{9b}k\": 1}");
    let (out, err, status) = sandbox.run(&["show", "hostile.json", "--format", "json"]);
    assert_eq!(status, 0, "{err}");
    assert!(!out.contains(['\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}']), "a value reaches the terminal raw: {out}");
    let parsed: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(parsed["facts"]["a"], "\u{9b}31m \u{202e}\u{2066} \u{200b}", "values survive");
    assert_eq!(parsed["facts"]["\u{9b}k"], 1, "keys survive");
}

#[test]
fn a_pipe_is_no_root_and_is_not_waited_for() {
    let sandbox = Sandbox::new();
    rustix::fs::mkfifoat(rustix::fs::CWD, sandbox.0.path().join("pipe"), rustix::fs::Mode::RUSR).expect("a pipe");
    for command in [&["capture", "--root", "pipe", "-o", "-"][..], &["diff", "root:pipe", "staging.json"]] {
        let (_, err, status) = sandbox.run(command);
        assert_eq!(status, 2, "{err}");
        assert!(err.contains("a pipe, socket or device"), "{err}");
    }
}

#[test]
fn differences_fit_a_pull_request() {
    let text = Sandbox::new().diff("markdown");
    golden("diff_markdown", &text);
    assert!(!text.contains("<b>") && !text.contains("@team"), "markup or a mention got through");
}

#[test]
fn differences_parse_as_json() {
    let text = Sandbox::new().diff("json");
    golden("diff_json", &text);
    let parsed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(parsed["format"], "driftglass-comparison/1");
    let rows = parsed["rows"].as_array().expect("rows");
    let paths: Vec<&str> = rows.iter().filter_map(|row| row["path"].as_str()).collect();
    assert!(paths.is_sorted() && paths.len() == rows.len());
    let row = |path: &str| rows.iter().find(|row| row["path"] == path).expect(path);
    assert_eq!(row("zone.hostile")["values"][0]["value"], "\u{1b}]0;owned\u{7}a\u{202e}b", "values survive");
    assert_eq!(row("kinds.number")["change"]["kind"], "number");
    assert_eq!(row("os.kernel.version")["change"]["direction"], "older");
    assert_eq!(row("os.kernel.version")["provenance"][0], "/proc/version");
    assert_eq!(
        row("kinds.absent")["values"][1],
        serde_json::json!({ "not_collected": "not collected: left out by --without" })
    );
    assert_eq!(parsed["summary"]["shown"], rows.len());
    assert!(text.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "printed raw, it moves no terminal");
}

#[test]
fn differences_survive_a_spreadsheet() {
    let text = Sandbox::new().diff("csv");
    golden("diff_csv", &text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header[..5], ["path", "area", "state", "staging", "production"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("of one length")).collect();
    let row = |path: &str| rows.iter().find(|row| &row[0] == path).expect(path);
    assert_eq!(&row("dns.hosts.\"quote, \\\"x\\\"\"")[3], "a,b\nc", "commas, quotes and line feeds survive");
    assert_eq!(&row("dns.hosts.\"=1+1\"")[3], "'@SUM(A1)", "a formula is neutralised");
    assert_eq!(&row("zone.negative")[3], "-5", "a number is plain");
    let nothing = [&row("kinds.pipe")[4], &row("kinds.null")[3], &row("kinds.null")[4], &row("kinds.absent")[4]];
    assert_eq!(nothing, ["\"\"", "null", "\"null\"", "(not collected: left out by --without)"]);
    assert_eq!(&row("kinds.secret")[3], "[redacted]");
    assert_eq!(&row("kinds.denied")[3], "(unreadable: permission denied: /etc/shadow)");
}

#[test]
fn more_than_two_are_laid_side_by_side() {
    let sandbox = Sandbox::new();
    sandbox.file("ci.json", STAGING.replace("\"staging\"", "\"ci\"").replace("6.1.0", "6.6.0"));
    let (out, err, status) = sandbox.run(&["diff", "staging.json", "ci.json", "production.json"]);
    assert_eq!(status, 1, "{err}");
    golden("diff_three", &out);
}

#[test]
fn a_filter_narrows_and_says_what_it_hides() {
    let sandbox = Sandbox::new();
    let (out, err, status) = sandbox.run(&["diff", "staging.json", "production.json", "--filter", "area:os"]);
    assert_eq!(status, 1, "{err}");
    assert!(out.contains("os.kernel.version") && !out.contains("kinds.type"), "{out}");
    assert!(out.contains("Filter: area:os.") && out.contains("NOT SHOWN"), "{out}");
    let (_, err, status) = sandbox.run(&["diff", "staging.json", "production.json", "--filter", "is:nonsensé"]);
    assert_eq!(status, 2);
    assert!(err.contains("nonsensé") && err.contains("--filter"), "{err}");
}

#[test]
fn nothing_found_ends_with_zero() {
    let sandbox = Sandbox::new();
    let (out, err, status) = sandbox.run(&["diff", "staging.json", "staging.json"]);
    assert_eq!(status, 1, "a problem on both sides is not the same: {err}{out}");
    sandbox.file("a.json", r#"{"a":1}"#);
    let (out, err, status) = sandbox.run(&["diff", "a.json", "a.json"]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("No differences in 1 path."), "{out}");
    let (out, ..) = sandbox.run(&["diff", "a.json", "a.json", "--all"]);
    assert!(out.contains("= a  1"), "{out}");
}

#[test]
fn bad_input_is_a_message_and_status_two() {
    let sandbox = Sandbox::new();
    sandbox.file("cut.json", &STAGING[..200]);
    sandbox.file("foreign.json", "[1, 2]");
    sandbox.file("latin1.json", b"{\"a\": \"\xe9\"}");
    sandbox.file("deep.json", "[".repeat(100_000));
    sandbox.file("deep_object.json", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000)));
    sandbox.file("two.json", r#"{"driftglass": 2, "facts": {}}"#);
    sandbox.file("empty.json", "");
    fs::create_dir(sandbox.0.path().join("folder")).expect("creates");
    sandbox.file("words.json", "hello");
    let huge = fs::File::create(sandbox.0.path().join("huge.json")).expect("creates");
    huge.set_len(2 << 30).expect("a sparse file");
    for (input, says) in [
        ("missing.json", "missing.json"),
        ("folder/", "folder"),
        ("./folder", "folder"),
        ("cut.json", "truncated"),
        ("foreign.json", "an array"),
        ("latin1.json", "not UTF-8 at byte 7"),
        ("deep.json", "deep.json"),
        ("deep_object.json", "deep_object.json"),
        ("two.json", "format 2 is newer"),
        ("empty.json", "empty"),
        ("words.json", "line 1 column 1"),
        ("huge.json", "1024 MiB"),
        ("nolabel", "nolabel"),
        ("nolabel~x", "nolabel"),
        ("example:nowhere", "nowhere"),
        ("root:/nowhere/at/all", "/nowhere/at/all"),
    ] {
        let (out, err, status) = sandbox.run(&["diff", input, "staging.json"]);
        assert_eq!((status, out.as_str()), (2, ""), "{input}: {err}");
        assert!(err.starts_with("driftglass: ") && err.contains(says), "{input}: {err}");
        assert!(err.lines().count() <= 3 && !err.contains("panicked"), "{input}: {err}");
    }
}

#[test]
fn mistyped_commands_end_with_two_and_a_hint() {
    let sandbox = Sandbox::new();
    for (args, says) in [
        (&["diff", "staging.json", "production.json", "--fromat", "json"][..], "--format"),
        (&["dif"], "diff"),
        (&["diff", "staging.json"], "REF"),
        (&["diff", "staging.json", "production.json", "--format", "xml"], "markdown"),
        (&["capture", "--area", "librarys"], "libraries"),
        (&["show", "staging.json", "os..x"], "byte"),
        (&["show", "staging.json", "os.nothing"], "os.nothing"),
        (&["remove", "staging"], "staging"),
    ] {
        let (_, err, status) = sandbox.run(args);
        assert_eq!(status, 2, "{args:?}: {err}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
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
fn a_capture_is_kept_listed_shown_and_removed() {
    let sandbox = Sandbox::new();
    let root = sandbox.0.path().join("root/etc");
    fs::create_dir_all(&root).expect("creates");
    fs::write(root.join("os-release"), "ID=tiny\nVERSION_ID=7\n").expect("writes");
    let (_, err, status) = sandbox.run(&["capture", "--root", "root", "--label", "box", "--area", "os"]);
    assert_eq!(status, 0, "{err}");
    assert!(err.contains("box") && err.contains("facts"), "{err}");
    let (out, ..) = sandbox.run(&["list"]);
    assert!(out.starts_with("NAME ") && out.contains("\nbox "), "{out}");
    let (out, ..) = sandbox.run(&["list", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len).or_else(|| list["snapshots"].as_array().map(Vec::len)), Some(1), "{out}");
    let (out, ..) = sandbox.run(&["show", "box", "os.release.id"]);
    assert!(out.contains("tiny") && out.contains("os-release"), "{out}");
    let (_, err, status) = sandbox.run(&["remove", "box"]);
    assert_eq!(status, 2, "nobody can be asked: {err}");
    let (_, err, status) = sandbox.run(&["remove", "box", "--yes"]);
    assert_eq!(status, 0, "{err}");
    let (out, ..) = sandbox.run(&["list"]);
    assert_eq!(out, "");
}

#[test]
fn a_capture_goes_where_it_is_sent() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.0.path().join("root/etc")).expect("creates");
    let (out, err, status) = sandbox.run(&["capture", "--root", "root", "-o", "-"]);
    assert_eq!(status, 0, "{err}");
    assert!(out.starts_with('{') && serde_json::from_str::<serde_json::Value>(&out).is_ok());
    let (out, err, status) = sandbox.run(&["capture", "--root", "root", "-o", "here.json", "--role", "ci"]);
    assert_eq!((out.as_str(), status), ("", 0), "{err}");
    let here = sandbox.0.path().join("here.json");
    assert!(fs::read_to_string(&here).expect("written").contains("\"role\": \"ci\""));
    // By root it holds what only root may read.
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&here).expect("is there").permissions());
    assert_eq!(mode & 0o777, 0o600);
    let (_, err, status) = sandbox.run(&["capture", "--root", "root", "-o", "no/such/folder/x.json"]);
    assert_eq!(status, 2);
    assert!(err.contains("no/such/folder"), "{err}");
}

#[test]
fn a_report_goes_to_a_file_without_colour() {
    let sandbox = Sandbox::new();
    let args = ["--color", "always", "diff", "staging.json", "production.json"];
    let (out, ..) = sandbox.run(&args);
    assert!(out.contains("\u{1b}[33m~\u{1b}[0m"), "asked for colour");
    let (out, _, status) = sandbox.run(&["diff", "staging.json", "production.json", "-o", "drift.txt"]);
    assert_eq!((out.as_str(), status), ("", 1));
    let text = fs::read_to_string(sandbox.0.path().join("drift.txt")).expect("written");
    assert_eq!(text, sandbox.diff("text"));
}

#[test]
fn standard_input_is_a_snapshot() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["diff", "-", "production.json", "--format", "json"]);
    let output = command.write_stdin(STAGING).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok());
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let sandbox = Sandbox::new();
    let rows: Vec<String> = (0..20_000).map(|i| format!("\"key{i}\": {i}")).collect();
    sandbox.file("big.json", format!("{{ {} }}", rows.join(",")));
    let program = env!("CARGO_BIN_EXE_driftglass");
    let script = format!("'{program}' diff big.json staging.json | head -1; echo ${{PIPESTATUS[0]}}");
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .env_clear()
        .env("HOME", sandbox.0.path())
        .env("PATH", "/usr/bin:/bin")
        .current_dir(sandbox.0.path())
        .output()
        .expect("bash");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.ends_with("\n141\n"), "{out}");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked") && !err.contains("ipe"), "{err}");
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
fn captures_look_at_what_the_configuration_lists() {
    let sandbox = Sandbox::new();
    let folder = |name: &str| fs::create_dir_all(sandbox.0.path().join(name)).expect("a folder");
    folder("root/srv/shop");
    folder("repository/.git");
    folder("repository/src");
    folder(".config/driftglass");
    sandbox.file("root/srv/shop/a.yaml", "a: 1\n");
    sandbox.file("root/srv/shop/b.yaml", "b: 1\n");
    sandbox.file("root/srv/shop/c.yaml", "c: 1\n");
    sandbox.file("repository/driftglass.toml", "[watch]\nfiles = [\"/srv/*/a.yaml\"]\nurl = []\n");
    sandbox.file(".config/driftglass/config.toml", "[watch]\nfiles = [\"/srv/shop/b.yaml\"]\n");
    let capture = |more: &[&str]| {
        let args = [&["capture", "root:../../root", "--area", "configuration", "-o", "-"], more].concat();
        let output =
            sandbox.command(&args).current_dir(sandbox.0.path().join("repository/src")).output().expect("runs");
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{err}");
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let files = facts["facts"]["configuration"]["files"].as_object().cloned().unwrap_or_default();
        (files.keys().map(|path| path.trim_start_matches("/srv/shop/").to_owned()).collect::<Vec<_>>(), err)
    };
    let (files, err) = capture(&[]);
    assert_eq!(files, ["a.yaml", "b.yaml"]);
    assert!(err.contains("repository/driftglass.toml:3:1: watch.url: this version knows no such key"), "{err}");
    assert_eq!(capture(&["--watch-file", "/srv/shop/c.*"]).0, ["a.yaml", "b.yaml", "c.yaml"]);
    sandbox.file("mine.toml", "[watch]\nfiles = [\"/srv/shop/c.yaml\"]\n");
    assert_eq!(capture(&["--config", "../../mine.toml"]).0, ["c.yaml"], "a named file alone counts");
}

#[test]
fn a_wrong_configuration_is_said_with_its_place() {
    let sandbox = Sandbox::new();
    sandbox.file("driftglass.toml", "[watch]\nnames = [\"a b\"]\n");
    let wrong = "driftglass.toml:2:10: watch.names: \"a b\": \"a b\" is no part of a name";
    for args in [&["capture", "-o", "-"][..], &["config"], &["config", "--check"], &["diff", "staging.json", "ci.json"]]
    {
        let (out, err, status) = sandbox.run(args);
        assert_eq!((out.as_str(), status), ("", 2), "{err}");
        assert!(err.contains(wrong), "{err}");
    }
    assert_eq!(sandbox.run(&["list"]).2, 0, "what captures nothing does not ask for it");
    let (_, err, status) = sandbox.run(&["config", "--check", "none.toml"]);
    assert!(status == 2 && err.contains("none.toml: no such file"), "{err}");
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
        out.contains("driftglass.toml: read\nwatched: 2 files, 2 names, 2 urls, 2 stores, 1 releases, 2 services\n"),
        "{out}"
    );
    let (shown, _, status) = sandbox.run(&["config"]);
    assert_eq!(status, 0);
    assert!(shown.contains("services = [\"nginx.service\", \"shop-worker.service\"]"), "{shown}");
    sandbox.file("again.toml", &shown);
    assert_eq!(sandbox.run(&["config", "--check", "again.toml"]).2, 0, "what is shown can be read");
    let (json, _, _) = sandbox.run(&["config", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["watch"]["releases"], serde_json::json!(["/srv/shop/current"]));
    sandbox.file("driftglass.toml", "[wach]\n");
    let (_, err, status) = sandbox.run(&["config", "--check"]);
    assert!(status == 1 && err.contains("driftglass.toml:1:2: wach: "), "{err}");
}

/// Roots of two environments with one password, and of a third with another.
fn with_passwords(sandbox: &Sandbox) {
    for (name, password) in [("one", "hunter2"), ("two", "hunter2"), ("three", "correct horse")] {
        let folder = sandbox.0.path().join(name).join("etc/redis");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("redis.conf"), format!("maxmemory 1gb\nrequirepass \"{password}\"\n")).expect("writes");
    }
}

#[test]
fn a_shared_key_lets_equal_secrets_compare_as_equal() {
    let sandbox = Sandbox::new();
    with_passwords(&sandbox);
    for key in ["shop.key", "other.key"] {
        let (out, err, status) = sandbox.run(&["config", "--new-redaction-key", key]);
        assert!(out.is_empty() && status == 0 && err.contains("a new key, named "), "{err}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(sandbox.0.path().join(key)).expect("is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let (_, err, status) = sandbox.run(&["config", "--new-redaction-key", "shop.key"]);
    assert!(status == 2 && err.contains("cannot write shop.key"), "{err}");
    for (root, key, file) in [
        ("one", Some("shop.key"), "one.json"),
        ("two", Some("shop.key"), "two.json"),
        ("three", Some("shop.key"), "three.json"),
        ("two", Some("other.key"), "other.json"),
        ("two", None, "none.json"),
    ] {
        let mut args = vec!["capture", "--root", root, "-o", file, "--area", "cache,configuration"];
        args.extend(key.iter().flat_map(|key| ["--redaction-key", key]));
        let (_, err, status) = sandbox.run(&args);
        assert!(status == 0 && err.contains("2 redacted"), "{err}");
        let text = fs::read_to_string(sandbox.0.path().join(file)).expect("reads");
        assert!(!text.contains("hunter2") && !text.contains("correct horse"), "{text}");
    }
    let diff = |a: &str, b: &str, format: &str| sandbox.run(&["diff", a, b, "--format", format]);
    let (out, err, status) = diff("one.json", "two.json", "text");
    assert_eq!(status, 0, "equal secrets are the same: {out}{err}");
    let (out, _, status) = diff("one.json", "three.json", "text");
    let line = out.lines().find(|line| line.contains("requirepass")).expect("the password differs");
    assert!(status == 1 && line.starts_with("  ~ ") && line.matches("[redacted #").count() == 2, "{out}");
    assert!(out.contains("configuration.files.\"/etc/redis/redis.conf\".text"), "and the line in the file: {out}");
    let (csv, _, _) = diff("one.json", "three.json", "csv");
    assert!(csv.contains("requirepass") && csv.contains("[redacted #"), "{csv}");
    let (json, _, _) = diff("one.json", "three.json", "json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let row = json["rows"].as_array().expect("rows").iter().find(|row| row["path"] == "cache.stores.redis.requirepass");
    assert_eq!(row.expect("a row")["state"], "changed");
    let (out, _, status) = diff("one.json", "other.json", "text");
    assert!(status == 1 && out.contains("? cache.stores.redis.requirepass"), "{out}");
    assert!(out.contains("redacted with different keys") && !out.contains("line changed"), "{out}");
    let (out, _, status) = diff("none.json", "one.json", "text");
    assert!(status == 1 && out.contains("redacted, cannot be compared"), "{out}");
}

#[test]
fn a_bad_redaction_key_is_said() {
    let sandbox = Sandbox::new();
    with_passwords(&sandbox);
    sandbox.file("bad.key", "hunter2\n");
    for (key, says) in [("bad.key", "bad.key is no redaction key: a key is one line"), ("gone.key", "no such file")] {
        let (out, err, status) = sandbox.run(&["capture", "--root", "one", "-o", "-", "--redaction-key", key]);
        assert!(out.is_empty() && status == 2 && err.contains(says) && err.contains("--new-redaction-key"), "{err}");
        assert!(!err.contains("hunter2"), "{err}");
    }
}

#[test]
fn what_was_hidden_is_listed_and_never_shown() {
    let sandbox = Sandbox::new();
    with_passwords(&sandbox);
    let args = ["capture", "--root", "one", "--area", "cache,configuration", "-o", "a.json"];
    let (out, err, status) = sandbox.run(&[&args[..], &["--explain-redaction"]].concat());
    let lines: Vec<&str> = out.lines().collect();
    let expected = [
        "cache.stores.redis.requirepass: name requirepass",
        "configuration.files.\"/etc/redis/redis.conf\".text line 2: name requirepass",
    ];
    assert_eq!((lines, status), (expected.to_vec(), 0), "{err}");
    assert!(err.contains(" 2 redacted, "), "{err}");
    let (out, _, _) = sandbox.run(&[&args[..], &["--explain-redaction=json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(json["redacted"][1]["line"], 2);
    assert_eq!(json["redacted"][1]["rule"], "name");
    let (out, err, _) = sandbox.run(&["capture", "--root", "one", "-o", "-", "--explain-redaction"]);
    assert!(out.starts_with('{') && err.contains("line 2: name requirepass"), "the snapshot has standard output");
    assert!(!out.contains("hunter2") && !err.contains("hunter2"));
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
fn what_is_wrong_with_keys_and_filters_of_the_user_is_said_with_its_place() {
    let sandbox = Sandbox::new();
    let folder = sandbox.0.path().join(".config/driftglass");
    fs::create_dir_all(&folder).expect("a folder");
    let text = "[keys]\nnext = \"~\"\ndance = \"d\"\n[filters]\nbad = \"is:x\"\nos = \"area:os\"\n";
    fs::write(folder.join("config.toml"), text).expect("writes");
    let (out, err, _) = sandbox.run(&["diff", "staging.json", "production.json", "--filter", "@os"]);
    assert!(out.contains("os.kernel.version") && !out.contains("maxmemory"), "{out}");
    assert!(
        err.contains("config.toml:5:7: filters.bad: @") || err.contains("config.toml:5:7: filters.bad: one of"),
        "{err}"
    );
    let mut command = sandbox.command(&["explore", "staging.json", "production.json"]);
    let err = String::from_utf8(command.output().expect("runs").stderr).expect("UTF-8");
    assert!(err.contains("config.toml:2:8: keys.next: ~ does not arrive everywhere"), "{err}");
    assert!(err.contains("config.toml:3:9: keys.dance: nothing is called so"), "{err}");
}
