//! `capture` and what becomes of its snapshots.

use super::Sandbox;
use std::fs;

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
