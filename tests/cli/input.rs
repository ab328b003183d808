//! What cannot be read or understood is one message and status 2.

use super::{STAGING, Sandbox};
use std::fs;

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
