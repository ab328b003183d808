//! Documents as a user asks for them: `driftglass report` and `diff --format`, read back by what they are for.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test makes its own files and may fail loudly")]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// A home folder with two snapshots, and nothing of the tester's environment.
struct Sandbox(TempDir);

const STAGING: &str = r#"{ "driftglass": 1,
  "meta": { "label": "staging", "captured_at": "2026-01-31T12:00:00Z", "host": "web-1", "tool": "driftglass 0.1.0" },
  "facts": {
    "cache": { "stores": { "redis": { "maxmemory_policy": "allkeys-lru", "requirepass": "[redacted]" } } },
    "dns": { "hosts": { "<b>&\"x\"": "</script><script>alert(1)</script>" } },
    "os": { "kernel": { "version": "6.1.0" }, "same": true, "gone": 1, "sysctl": { "vm.dirty_ratio": 20 } },
    "zone": { "hostile": "\u001b]0;owned\u0007a\u202eb\ufffe" } },
  "provenance": { "os": "/proc/version", "os.sysctl": "/proc/sys/vm/dirty_ratio", "cache": "/etc/redis.conf line 12" },
  "problems": { "kinds.denied": "permission denied: /etc/shadow" } }"#;

const PRODUCTION: &str = r#"{ "driftglass": 1,
  "meta": { "label": "production", "captured_at": "2026-02-01T12:00:00Z", "host": "web-2", "tool": "driftglass 0.1.0" },
  "facts": {
    "cache": { "stores": { "redis": { "maxmemory_policy": "noeviction", "requirepass": "[redacted]" } } },
    "dns": { "hosts": { "<b>&\"x\"": "plain" } },
    "kinds": { "denied": 1 },
    "os": { "kernel": { "version": "5.10.0" }, "same": true, "sysctl": { "vm.dirty_ratio": 5 } },
    "zone": { "hostile": "ab" } },
  "provenance": { "os": "/proc/version", "os.sysctl": "/proc/sys/vm/dirty_ratio", "cache": "/etc/redis.conf line 14" },
  "problems": {} }"#;

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().expect("a folder"));
        fs::write(sandbox.0.path().join("staging.json"), STAGING).expect("writes");
        fs::write(sandbox.0.path().join("production.json"), PRODUCTION).expect("writes");
        fs::write(sandbox.0.path().join("bare.json"), r#"{"os": 1}"#).expect("writes");
        sandbox
    }

    /// Runs to the end: standard output, standard error, exit status.
    fn run(&self, args: &[&str]) -> (String, String, i32) {
        let mut command = Command::cargo_bin("driftglass").expect("the program is built");
        let home = self.0.path();
        command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8").current_dir(home);
        let output = command.args(args).output().expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr), output.status.code().expect("ends by itself"))
    }

    /// The document that `report` writes into a file of this name.
    fn report(&self, file: &str, more: &[&str]) -> String {
        let args = [&["report", "staging.json", "production.json", "-o", file], more].concat();
        let (out, err, status) = self.run(&args);
        assert_eq!((out.as_str(), status), ("", 1), "{err}");
        fs::read_to_string(self.0.path().join(file)).expect("written")
    }
}

#[test]
fn the_ending_says_the_format_and_what_is_written_is_said() {
    let sandbox = Sandbox::new();
    for (file, begins) in [
        ("drift.md", "# Drift"),
        ("drift.txt", "staging"),
        ("drift.html", "<!doctype html>"),
        ("drift.json", "{"),
        ("drift.csv", "path,"),
        ("drift.xml", "<?xml"),
        ("drift.sarif", "{"),
        ("drift.json-patch", "["),
    ] {
        let text = sandbox.report(file, &[]);
        assert!(text.starts_with(begins), "{file}: {text}");
        assert_eq!(text, sandbox.report(file, &[]), "{file}: the same input gives the same bytes");
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{file} has what a terminal obeys");
    }
    let (_, err, _) = sandbox.run(&["report", "staging.json", "production.json", "-o", "d.md", "-f", "area:os"]);
    assert!(err.contains("d.md: 2 KiB, 3 rows, 5 not shown"), "{err}");
    let (_, err, status) = sandbox.run(&["report", "staging.json", "production.json", "-o", "drift.doc"]);
    assert_eq!(status, 2);
    assert!(err.contains("drift.doc") && err.contains("sarif"), "{err}");
    assert!(!sandbox.0.path().join("drift.doc").exists());
    let (out, _, status) =
        sandbox.run(&["report", "staging.json", "production.json", "-o", "-", "--format", "markdown"]);
    assert_eq!((out, status), (sandbox.report("drift.md", &[]), 1));
    let (_, _, status) = sandbox.run(&["report", "bare.json", "bare.json", "-o", "same.md"]);
    assert_eq!(status, 0, "as diff ends");
}

#[test]
fn code_scanning_is_told_paths_files_and_lines() {
    let sandbox = Sandbox::new();
    let sarif: Value = serde_json::from_str(&sandbox.report("drift.sarif", &["-f", "-area:dns"])).expect("JSON");
    let run = &sarif["runs"][0];
    assert_eq!(run["properties"]["snapshots"][0]["host"], "web-1");
    assert_eq!(run["properties"]["hidden_by_filter"], 1);
    let results = run["results"].as_array().expect("results");
    let of = |path: &str| {
        let at = |result: &&Value| result["partialFingerprints"]["path/v1"] == path;
        results.iter().find(at).unwrap_or_else(|| panic!("{path} in {results:?}"))
    };
    let policy = of("/cache/stores/redis/maxmemory_policy");
    let level = |result: &Value| match result["properties"]["risk"].as_str() {
        Some("critical" | "high") => "error",
        Some("medium") => "warning",
        _ => "note",
    };
    let failing: Vec<&Value> = results.iter().filter(|result| result["kind"] == "fail").collect();
    assert!(failing.iter().all(|result| result["level"] == level(result)), "{failing:?}");
    let ranks: Vec<u64> = failing.iter().filter_map(|result| result["rank"].as_u64()).collect();
    assert!(ranks.len() == failing.len() && ranks.is_sorted_by(|a, b| a >= b), "worst first: {ranks:?}");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
    let security = |rule: &&Value| rule["properties"]["security-severity"].is_string();
    assert!(!rules.iter().any(|rule| security(&rule)), "nothing here opens anything: {rules:?}");
    let file = json!({"artifactLocation": {"uri": "etc/redis.conf", "uriBaseId": "staging"},
        "region": {"startLine": 12}});
    assert_eq!(policy["locations"][0]["physicalLocation"], file);
    let text = policy["message"]["text"].as_str().expect("a text");
    assert!(
        text.starts_with("cache.stores.redis.maxmemory_policy: staging: allkeys-lru; production: noeviction"),
        "{text}"
    );
    let unread = of("/kinds/denied");
    assert_eq!((&unread["kind"], &unread["level"]), (&json!("open"), &json!("none")), "unknown is no finding of guilt");
}

#[test]
fn ci_is_told_of_failures_and_errors() {
    let sandbox = Sandbox::new();
    let xml = sandbox.report("drift.xml", &[]);
    let suite = |name: &str| xml.split("<testsuite ").find(|part| part.contains(name)).unwrap_or_default().to_owned();
    assert!(suite("name=\"os\"").starts_with("name=\"os\" tests=\"3\" failures=\"0\" errors=\"0\""), "{xml}");
    assert!(suite("name=\"os\"").contains("os.kernel.version: low"), "what risks little is said and passes: {xml}");
    assert!(suite("name=\"cache\"").contains("errors=\"1\""), "{xml}");
    assert!(xml.contains("permission denied: /etc/shadow"), "{xml}");
    assert!(xml.contains("dns.hosts.&quot;&lt;b&gt;&amp;"), "{xml}");
    assert!(xml.contains("name=\"snapshot.2.role\" value=\"target\""), "{xml}");
    let (same, _, _) = sandbox.run(&["diff", "bare.json", "bare.json", "--format", "junit"]);
    assert!(same.contains("tests=\"1\" failures=\"0\"") && same.contains("no differences"), "{same}");
}

#[test]
fn the_short_form_tells_what_matters_and_counts_what_it_leaves_out() {
    let sandbox = Sandbox::new();
    for file in ["drift.md", "drift.txt", "drift.html"] {
        let (long, short) = (sandbox.report(file, &[]), sandbox.report(file, &["--short"]));
        assert!(short.len() < long.len(), "{file}");
        assert!(short.contains("lists none of the 8 rows"), "{file}: {short}");
        for told in
            ["web-1", "web-2", "driftglass 0.1.0", "permission denied: /etc/shadow", "Other entries in the hosts file"]
        {
            assert!(short.contains(told), "{file} does not say {told}: {short}");
        }
    }
    let short = sandbox.report("drift.html", &["--short"]);
    let leads = |link: &str| short.contains(&format!("id=\"{}\"", link.split('"').next().unwrap_or_default()));
    assert!(short.split("href=\"#").skip(1).all(leads), "every link leads somewhere: {short}");
    let filtered = sandbox.report("drift.txt", &["-f", "area:os"]);
    assert!(filtered.contains("5 rows NOT SHOWN, among them 1 medium."), "{filtered}");
    let (_, err, status) = sandbox.run(&["report", "staging.json", "production.json", "-o", "drift.csv", "--short"]);
    assert_eq!(status, 2, "{err}");
}

/// What one origin brings is not told by its worst part alone.
#[test]
fn a_line_tells_every_grave_rule_of_its_members() {
    let sandbox = Sandbox::new();
    for (label, release, libc, openssl, node) in
        [("staging", "12", "2.36-9", "3.0.11", "18.20.4"), ("production", "11", "2.31-13", "1.1.1w", "12.22.12")]
    {
        let package = |version: &str, source: &str| json!({ "version": version, "source": source });
        let facts = json!({
            "os": { "release": { "id": "debian", "version": release } },
            "libraries": {
                "libc": { "version": libc },
                "openssl": { "version": openssl },
                "packages": { "dpkg": {
                    "libc6": package(libc, "glibc"),
                    "openssl": package(openssl, "openssl"),
                    "nodejs": package(node, "nodejs"),
                } },
            },
        });
        let snapshot = json!({ "driftglass": 1, "meta": { "label": label }, "facts": facts, "problems": {} });
        fs::write(sandbox.0.path().join(format!("{label}.json")), snapshot.to_string()).expect("writes");
    }
    let flat = |text: String| text.replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ");
    for file in ["drift.md", "drift.txt", "drift.html"] {
        let long = flat(sandbox.report(file, &[]));
        for told in ["openssl-major", "1.1.1w", "node-major", "Run the test suite on the target's major version."] {
            assert!(long.replace("&#39;", "'").contains(told), "{file} does not say {told}: {long}");
        }
        let short = flat(sandbox.report(file, &["--short"]));
        assert!(short.contains("openssl-major") && short.contains("Another major version of Node.js"), "{short}");
        let page = flat(sandbox.report(file, &["--audience", "manager"]));
        assert!(page.contains("Another series of OpenSSL (") && page.contains("version of Node.js (high)"), "{page}");
    }
    let (out, _, _) = sandbox.run(&["diff", "staging.json", "production.json", "--format", "json"]);
    let all: Value = serde_json::from_str(&out).expect("JSON");
    let also = all["lines"][0]["also"].as_array().expect("other rules");
    let rules: Vec<&str> = also.iter().filter_map(|other| other["rule"].as_str()).collect();
    assert!(rules.contains(&"node-major") && also.iter().all(|other| other["test"] != ""), "{rules:?}");
    let scores: Vec<u64> = also.iter().filter_map(|other| other["score"].as_u64()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn managers_read_a_page_without_paths() {
    let sandbox = Sandbox::new();
    for file in ["page.md", "page.txt", "page.html"] {
        let page = sandbox.report(file, &["--audience", "manager"]);
        assert!(page.contains("How staging differs from production"), "{file}: {page}");
        assert!(page.contains("The name leads to another machine in production"), "{file}: {page}");
        assert!(!page.contains("dns.hosts") && !page.contains("sysctl"), "{file} names a path: {page}");
        assert!(!page.contains("accepted"), "{file}: nobody keeps a list of that: {page}");
    }
    let reason = "the old one is supported until spring";
    let (_, err, status) = sandbox.run(&[
        "accept",
        "os.kernel.version",
        "--reason",
        reason,
        "--author",
        "Ann <ann@example.org>",
        "staging.json",
        "production.json",
    ]);
    assert_eq!(status, 0, "{err}");
    let page = sandbox.report("page.txt", &["--audience", "manager"]);
    let said = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(reason) && said.contains("Accepted by Ann until") && !said.contains("ann@"), "{page}");
}

#[test]
fn the_cap_of_a_page_cuts_what_risks_least() {
    let sandbox = Sandbox::new();
    let many = |value: u32| -> String {
        let rows: Vec<String> = (0..1200).map(|i| format!(r#""a{i}": {value}"#)).collect();
        format!(r#"{{"os": {{"sysctl": {{{}, "vm.overcommit_memory": {value}}}}}}}"#, rows.join(","))
    };
    fs::write(sandbox.0.path().join("a.json"), many(0)).expect("writes");
    fs::write(sandbox.0.path().join("b.json"), many(1)).expect("writes");
    let (_, err, _) = sandbox.run(&["report", "a.json", "b.json", "-o", "cut.html"]);
    let page = fs::read_to_string(sandbox.0.path().join("cut.html")).expect(&err);
    let rows = &page[page.find("id=\"rows\"").expect("rows")..];
    assert!(rows.contains("vm.<wbr>overcommit_memory") || rows.contains("overcommit_memory"), "the worst is there");
    assert!(rows.contains("1,000 of 1,201 rows shown."), "{}", rows.len());
    assert!(rows.contains("201 more rows of this area are not on this page, the worst of them"), "{}", rows.len());
}

#[test]
fn what_programs_read_has_no_form_for_managers() {
    let sandbox = Sandbox::new();
    for file in ["m.csv", "m.json", "m.xml", "m.sarif", "m.json-patch"] {
        let args = ["report", "staging.json", "production.json", "-o", file, "--audience", "manager"];
        let (_, err, status) = sandbox.run(&args);
        assert_eq!(status, 2, "{file}: {err}");
        assert!(err.contains("no form for managers") && err.contains("markdown"), "{err}");
        assert!(!sandbox.0.path().join(file).exists(), "{file}");
    }
}

#[test]
fn a_patch_leaves_nothing_but_what_is_unknown() {
    let sandbox = Sandbox::new();
    let patch: json_patch::Patch = serde_json::from_str(&sandbox.report("drift.json-patch", &[])).expect("a patch");
    let mut staging: Value = serde_json::from_str(STAGING).expect("JSON");
    json_patch::patch(&mut staging["facts"], &patch).expect("applies");
    fs::write(sandbox.0.path().join("patched.json"), staging.to_string()).expect("writes");
    let (left, _, _) = sandbox.run(&["diff", "patched.json", "production.json", "--format", "json"]);
    let left: Value = serde_json::from_str(&left).expect("JSON");
    let states: Vec<_> = left["rows"].as_array().expect("rows").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["redacted", "unreadable"], "{left}");
}

#[test]
fn documents_tell_what_went_before() {
    let sandbox = Sandbox::new();
    let write = |name: &str, text: &str| fs::write(sandbox.0.path().join(name), text).expect("writes");
    let incident = |day: u32, caught: bool| {
        format!("[[incident]]\ndate = 2026-01-0{day}\npath = 'os.kernel'\ncaught = {caught}\n")
    };
    write("incidents.toml", &incident(1, false));
    let few = "Too few incidents are on record to say how likely a fault passes the tests: 1 incident, and it takes 5.";
    for file in ["page.md", "page.txt", "page.html"] {
        let page = sandbox.report(file, &["--audience", "manager"]);
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(few), "{file}: {page}");
        assert!(!page.contains("Better or worse"), "the store has nothing earlier: {page}");
    }
    let list: String = (1..=5).map(|day| incident(day, day == 1)).collect();
    write("incidents.toml", &list);
    // A month before, one difference more.
    for (name, text, value) in [("staging", STAGING, "20"), ("production", PRODUCTION, "5")] {
        let earlier = text
            .replace("2026-01-31T", "2025-12-31T")
            .replace("2026-02-01T", "2026-01-01T")
            .replace("\"same\": true", &format!("\"same\": true, \"was\": {value}"));
        write("earlier.json", &earlier);
        let (_, err, status) = sandbox.run(&["save", "earlier.json"]);
        assert_eq!(status, 0, "{name}: {err}");
    }
    for (file, interval, gone) in [
        ("drift.txt", "90 % interval", "so it has become better"),
        ("drift.md", "| all | 5 | 4 | 75 % |", "so it has become better"),
        ("drift.html", "Beta(0.5, 0.5)", "so it has become better"),
    ] {
        let page = sandbox.report(file, &[]);
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains(interval) && page.contains(gone), "{file}: {page}");
        assert_eq!(page, sandbox.report(file, &[]).split_whitespace().collect::<Vec<_>>().join(" "), "the same again");
    }
    for (format, file) in [("text", "a.txt"), ("markdown", "a.md"), ("html", "a.html"), ("json", "a.json")] {
        let (out, _, status) = sandbox.run(&["diff", "staging.json", "production.json", "--format", format]);
        assert!(status == 1 && out == sandbox.report(file, &[]), "{format}: diff writes what report does");
    }
    let all: Value = serde_json::from_str(&sandbox.report("drift.json", &[])).expect("JSON");
    assert_eq!((&all["escape"]["prior"], &all["escape"]["all"]["escaped"]), (&json!([0.5, 0.5]), &json!(4)));
    assert_eq!(all["trend"][0]["at"], "2026-01-01T12:00:00Z");
    assert!(all["summary"]["not_collected"].is_u64());
}

/// How many bars of a line end a cell: those that are not escaped.
fn cells(line: &str) -> usize {
    line.replace("\\\\", "").replace("\\|", "").matches('|').count()
}

#[test]
fn hostile_values_break_no_table_and_call_nobody() {
    let sandbox = Sandbox::new();
    let hostile = "a|b`c` [x](https://evil.example) @team #123 <img src=x> **d** ${e} {0}\n| new | row |\n# head";
    for (side, value) in [("staging", hostile), ("production", "plain")] {
        let facts = json!({
            "driftglass": 1, "meta": { "label": format!("{side} @all|#7"), "host": hostile },
            "facts": { "os": { "sysctl": { hostile: value, "net.core.somaxconn": value } }, hostile: { "x": value } },
            "provenance": { "os": format!("/etc/{hostile}") },
            "problems": { "dns": format!("denied: {hostile} {side}") },
        });
        fs::write(sandbox.0.path().join(format!("{side}.json")), facts.to_string()).expect("writes");
    }
    for more in [&[][..], &["--short"], &["--audience", "manager"]] {
        let page = sandbox.report("drift.md", more);
        let page = page.replace("\\]", "");
        for bad in ["@team", "#123", "#7", "](https:", "<img", "`c`", "**d**", "https://evil", "\n| new", "\n# head"] {
            assert!(!page.contains(bad), "{bad}: {page}");
        }
        let mut columns = 0;
        for line in page.lines().map(str::trim) {
            columns = match line.starts_with('|') {
                false => 0,
                true if columns == 0 => cells(line),
                true => {
                    assert_eq!(cells(line), columns, "{line}");
                    columns
                }
            };
        }
    }
    let all: Value = serde_json::from_str(&sandbox.report("drift.sarif", &[])).expect("JSON");
    for result in all["runs"][0]["results"].as_array().expect("results") {
        let text = result["message"]["text"].as_str().expect("a text");
        assert!(!text.contains("](") && !text.contains(" {0}"), "{text}");
    }
    for rule in all["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules") {
        let markdown = rule["help"]["markdown"].as_str().unwrap_or_default();
        assert!(!markdown.contains("@team") && !markdown.contains("<img"), "{markdown}");
    }
}

#[test]
fn a_secret_that_two_environments_share_is_said_to_be_the_same() {
    let sandbox = Sandbox::new();
    for side in ["staging", "production"] {
        let facts = json!({
            "driftglass": 1, "meta": { "label": side, "host": side },
            "facts": { "cache": { "stores": { "redis": { "requirepass": "[redacted a1:0123456789abcdef]" } } } },
        });
        fs::write(sandbox.0.path().join(format!("{side}.json")), facts.to_string()).expect("writes");
    }
    let (out, err, status) = sandbox.run(&["diff", "staging.json", "production.json"]);
    assert!(out.contains("shared-secret"), "{out}{err}");
    assert_eq!(status, 0, "nothing differs, and a gate asks for what risks much: {out}");
    assert!(out.contains("No differences in 1 path. 1 secret is the same and must not be."), "{out}");
    let (page, _, _) = sandbox.run(&[
        "report",
        "staging.json",
        "production.json",
        "-o",
        "-",
        "--format",
        "text",
        "--audience",
        "manager",
    ]);
    assert!(page.contains("One secret is the same where it must differ."), "{page}");
}

#[test]
fn a_rule_that_is_switched_off_is_told() {
    let sandbox = Sandbox::new();
    let rules = "[[rule]]\nid = 'dirty-ratio'\noff = true\n[[rule]]\nid = 'redis-maxmemory-policy'\nseverity = 2\n";
    fs::write(sandbox.0.path().join("driftglass.rules.toml"), rules).expect("writes");
    let all: Value = serde_json::from_str(&sandbox.report("drift.json", &[])).expect("JSON");
    assert_eq!(all["rules_changed"]["off"][0]["rule"], "dirty-ratio");
    assert_eq!(all["rules_changed"]["changed"][0]["rule"], "redis-maxmemory-policy");
    for file in ["drift.md", "drift.txt", "drift.html", "drift.sarif"] {
        let page = sandbox.report(file, &[]).split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "");
        assert!(page.contains("Rules of the program: 1 rule switched off: dirty-ratio"), "{file}: {page}");
        assert!(page.contains("1 rule changed: redis-maxmemory-policy"), "{file}: {page}");
    }
    let page = sandbox.report("page.txt", &["--audience", "manager"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        page.contains("Of the program's rules of risk 2 rules are not as it came: 1 switched off, 1 weighed"),
        "{page}"
    );
    let (_, err, status) = sandbox.run(&["explain", "dirty-ratio"]);
    assert!(status == 2 && err.contains("is switched off") && err.contains("driftglass.rules.toml"), "{err}");
}
