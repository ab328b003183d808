//! What is hidden stays hidden, and compares all the same.

use super::Sandbox;
use std::fs;

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
    let mut lines = out.lines().filter(|line| line.contains("requirepass"));
    let line = lines.find(|line| line.starts_with("  ~")).expect("the password differs");
    assert!(status == 1 && line.matches("[redacted #").count() == 2, "{out}");
    assert!(out.contains("configuration.files.\"/etc/redis/redis.conf\".text"), "and the line in the file: {out}");
    let (csv, _, _) = diff("one.json", "three.json", "csv");
    assert!(csv.contains("requirepass") && csv.contains("[redacted #"), "{csv}");
    let (json, _, _) = diff("one.json", "three.json", "json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let row = json["rows"].as_array().expect("rows").iter().find(|row| row["path"] == "cache.stores.redis.requirepass");
    assert_eq!(row.expect("a row")["state"], "changed");
    let (out, _, status) = diff("one.json", "other.json", "text");
    assert!(status == 1 && out.contains("?L cache.stores.redis.requirepass"), "{out}");
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
