//! The hook in a terminal: where it may use it, the review opens there and takes its keys from it, as standard input has
//! git's list.

#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use support::{Start, Terminal};

const POLICY: &str = r#"[environments.production]
role = "target"
reach = "production.json"
[environments.staging]
reach = "staging.json"

[gate]
block = "area:cache"
needs-decision = "new area:dns"
"#;

/// Two commits, and the hook on the second as git runs it.
const SCRIPT: &str = r#"
export GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main . && git config user.name Ann && git config user.email ann@example.org
git add driftglass.toml staging.json production.json && git commit -q -m x && old=$(git rev-parse HEAD)
cp later.json production.json && git commit -q -a -m y && new=$(git rev-parse HEAD)
before
printf 'refs/heads/main %s refs/heads/main %s\n' $new $old | driftglass hook pre-push origin x > out
echo "ended with $?, $(wc -c < out) bytes"
after
"#;

fn snapshot(label: &str, search: &str) -> String {
    format!(
        r#"{{ "driftglass": 1, "meta": {{ "label": "{label}", "host": "{label}" }}, "facts": {{ "dns": {{ "search": "{search}" }} }} }}"#
    )
}

fn pushed(env: &[(&str, &str)], before: &str, after: &str) -> Terminal {
    pushed_by(POLICY, env, before, after)
}

fn pushed_by(policy: &str, env: &[(&str, &str)], before: &str, after: &str) -> Terminal {
    let script = SCRIPT.replace("before", before).replace("after", after);
    let ours = std::path::Path::new(env!("CARGO_BIN_EXE_driftglass")).parent().expect("a folder");
    let path = format!("{}:/usr/bin:/bin", ours.display());
    let env = [&[("PATH", path.as_str())], env].concat();
    let files = [
        ("driftglass.toml", policy.to_owned()),
        ("staging.json", snapshot("staging", "a")),
        ("production.json", snapshot("production", "a")),
        ("later.json", snapshot("production", "b")),
        ("push.sh", script),
    ];
    Start { size: (100, 30), args: &["push.sh"], env: &env, files: &files }.run("/bin/sh")
}

#[test]
fn a_review_opens_in_a_free_terminal_and_lets_the_push_through() {
    let mut terminal = pushed(&[], "true", "true");
    terminal.sees("dns.search");
    assert!(terminal.emulator(vt100::Screen::alternate_screen), "the screen is the review's");
    terminal.press("r", "[x]");
    terminal.keys(":wq\r");
    let screen = terminal.sees("ended with 0, 0 bytes");
    assert!(screen.contains("verdict=PASS"), "{screen}");
    assert!(terminal.ends().success());
    assert!(terminal.is_restored());
}

#[test]
fn a_review_that_is_left_open_stops_the_push() {
    let mut terminal = pushed(&[], "true", "true");
    terminal.sees("dns.search");
    terminal.keys(":q!\r");
    let screen = terminal.sees("ended with 3, 0 bytes");
    assert!(screen.contains("verdict=UNDECIDED"), "{screen}");
    assert!(terminal.ends().success());
    assert!(terminal.is_restored());
}

#[test]
fn a_connection_that_breaks_in_the_review_stops_the_push() {
    for signal in [rustix::process::Signal::HUP, rustix::process::Signal::TERM] {
        let mut terminal = pushed(&[], "true", "true");
        terminal.sees("dns.search");
        let hook = support::child_named(terminal.id(), "driftglass").expect("the hook runs");
        rustix::process::kill_process(hook, signal).expect("it is there");
        let status = 128 + signal.as_raw();
        // Git lets a push through at 0 alone.
        terminal.sees(&format!("ended with {status}, 0 bytes"));
        assert!(terminal.ends().success());
        assert!(terminal.is_restored());
    }
}

#[test]
fn a_terminal_that_is_anothers_is_left_alone() {
    let cases = [
        (&[][..], "stty -icanon -echo", "stty icanon echo"),
        (&[("CI", "true")], "true", "true"),
        (&[("TERM", "dumb")], "true", "true"),
        (&[("ACCESSIBLE", "1")], "true", "true"),
        // A session of its own has no terminal: setsid(1).
        (&[], "driftglass() { setsid -w driftglass \"$@\"; }", "true"),
    ];
    for (env, before, after) in cases {
        let mut terminal = pushed(env, before, after);
        let screen = terminal.sees("ended with 3, 0 bytes");
        assert!(screen.contains("driftglass review --since "), "{screen}");
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        assert!(!raw.contains("\u{1b}[?1049h"), "nothing was drawn: {raw}");
        assert!(terminal.ends().success());
    }
}

#[test]
fn what_is_flagged_in_a_review_stops_the_push_though_the_gate_asks_nothing() {
    let policy = POLICY.replace("new area:dns", "area:cache");
    let review = "driftglass review; echo \"left with $?\"; export CI=1";
    let mut terminal = pushed_by(&policy, &[], review, "true");
    terminal.sees("The gate asks about nothing here");
    terminal.press("1", "dns");
    terminal.press("n", "search");
    terminal.press("!", "!~");
    terminal.keys(":wq\r");
    let screen = terminal.sees("ended with 1, 0 bytes");
    assert!(screen.contains("left with 1"), "the review itself says so: {screen}");
    assert!(screen.contains("must be mended first: dns.search: flagged by Ann"), "{screen}");
    assert!(screen.contains("flagged=1") && screen.contains("verdict=BLOCK"), "{screen}");
    assert!(terminal.ends().success());
}

#[test]
fn a_terminal_that_was_made_for_git_alone_is_left_alone() {
    // As lazygit runs it: git leads a session of its own, in a terminal of which a few lines are shown.
    let script = SCRIPT.split("printf").next().expect("the repository").replace("before", "true");
    let push = "printf '#!/bin/sh\\nexec driftglass hook pre-push -- \"$@\"\\n' > .git/hooks/pre-push && chmod +x .git/hooks/pre-push\n\
                git init -q --bare there.git && git remote add origin ./there.git\n\
                git push -q --no-verify origin $old:refs/heads/main\nexec git push -q origin main\n";
    let ours = std::path::Path::new(env!("CARGO_BIN_EXE_driftglass")).parent().expect("a folder");
    let path = format!("{}:/usr/bin:/bin", ours.display());
    let files = [
        ("driftglass.toml", POLICY.to_owned()),
        ("staging.json", snapshot("staging", "a")),
        ("production.json", snapshot("production", "a")),
        ("later.json", snapshot("production", "b")),
        ("push.sh", format!("{script}{push}")),
    ];
    let mut terminal =
        Start { size: (100, 30), args: &["push.sh"], env: &[("PATH", &path)], files: &files }.run("/bin/sh");
    let screen = terminal.sees("failed to push some refs");
    assert!(screen.contains("verdict=UNDECIDED"), "{screen}");
    assert!(!terminal.emulator(vt100::Screen::alternate_screen));
    assert!(!terminal.ends().success());
}
