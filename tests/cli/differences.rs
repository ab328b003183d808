//! `diff`: in every format, through filters, in parts.

use super::{STAGING, Sandbox, golden};
use std::fs;

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
    // The head counts what is listed, of all that was found.
    assert!(out.contains(" of 18 differences in 19 paths: "), "{out}");
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
    assert!(out.contains("=  a  1"), "{out}");
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
