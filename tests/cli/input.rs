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
        ("huge.json", "256 MiB"),
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

#[test]
fn what_is_wrong_with_the_explorer_stops_no_other_command() {
    let sandbox = Sandbox::new();
    let folder = sandbox.0.path().join(".config/driftglass");
    fs::create_dir_all(&folder).expect("a folder");
    let config = |text: &str| fs::write(folder.join("config.toml"), text).expect("writes");
    for (text, says) in [
        ("mouse = 3\n", "config.toml:1:9: mouse: it is one of wheel, full, off"),
        ("theme = \"nosuch\"\n", "config.toml:1:9: theme: "),
        ("[keys]\ndance = \"d\"\n", "config.toml:2:9: keys.dance: nothing is called so"),
        ("[filters]\nbad = \"is:x\"\n", "config.toml:2:7: filters.bad: "),
    ] {
        config(text);
        let (_, err, status) = sandbox.run(&["config", "--check"]);
        assert!(status == 2 && err.contains(says), "{text}: {err}");
        assert_eq!(sandbox.run(&["diff", "staging.json", "production.json"]).2, 1, "{text}");
    }
    config("mouse = 3\n");
    let (_, err, status) = sandbox.run(&["explore", "staging.json", "production.json"]);
    assert!(status == 2 && err.contains("1:9: mouse"), "{err}");
    assert!(sandbox.run(&["diff", "staging.json", "production.json"]).1.contains("1:9: mouse"), "said all the same");
}

#[test]
fn filters_that_can_match_nothing_are_told() {
    let sandbox = Sandbox::new();
    for (filter, status, says) in [
        ("area:nonsense", 1, "--filter names nonsense: no area is called so: one of"),
        ("side:nobody", 1, "--filter names nobody: no side is called so: one of left right staging production"),
        ("path:[", 2, "a key with brackets stands in quotes"),
        ("value:5..1", 2, "the smaller number comes first"),
    ] {
        let (_, err, ended) = sandbox.run(&["diff", "staging.json", "production.json", "--filter", filter]);
        assert!(ended == status && err.contains(says), "{filter}: {ended} {err}");
    }
}

#[test]
fn messages_name_files_and_what_to_do() {
    let sandbox = Sandbox::new();
    let pipe = |name: &str| {
        rustix::fs::mkfifoat(rustix::fs::CWD, sandbox.0.path().join(name), rustix::fs::Mode::RWXU).expect("a pipe");
    };
    pipe("pipe");
    fs::create_dir_all(sandbox.0.path().join("folder/notes")).expect("folders");
    sandbox.file("text.json.gz", "truth");
    sandbox.file("taken.key", "x");
    let packed = zstd::encode_all(&vec![b' '; 100 << 20][..], 1).expect("memory does not fail");
    sandbox.file("bomb.json.zst", packed);
    for (args, says) in [
        (
            &["diff", "staging.json", "production.json", "-o", "pipe"][..],
            "cannot write pipe: nobody reads from this pipe",
        ),
        (&["diff", "folder", "staging.json"], "hint: root:folder captures a folder"),
        (&["diff", "pipe", "staging.json"], "hint: a pipe is read through standard input"),
        (&["capture", "folder"], "folder would be a snapshot in the store, and no machine or root to capture"),
        (&["capture", "staging.json"], "staging.json is a file of a snapshot"),
        (&["capture", "root:folder", "-o", "-"], "there is nothing of a machine in it"),
        (&["capture", "--watch-file", "/**", "-o", "-"], "it begins with a folder"),
        (
            &["capture", "--area", "os.release", "-o", "none/x.json"],
            "cannot write none/x.json: there is no such file or folder\n",
        ),
        (&["config", "--new-redaction-key", "taken.key"], "taken.key: it is there already, and is never replaced"),
        (&["show", "text.json.gz"], "not JSON at line 1 column 4: expected value"),
        (&["show", "bomb.json.zst"], "it unpacks to more than 64 MiB, 200 times its size"),
    ] {
        let (out, err, status) = sandbox.run(args);
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.contains(says), "{args:?}: {err}");
    }
    pipe("driftglass.toml");
    let (_, err, status) = sandbox.run(&["diff", "staging.json", "production.json"]);
    assert!(status == 2 && err.contains("driftglass.toml is a pipe, not a file"), "{err}");
}
