//! The explorer over a policy: what is accepted, ignored and violated, and what is written from it.

use super::stream::assert_harmless;
use super::{NARROW, PAIR, USUAL, WIDE, production, staging};
use crate::support::{Start, Terminal};

const POLICY: &str = "[[relation]]\npath = \"os.zone\"\nmust = \"equal\"\nreason = \"cron jobs are written for UTC\"\n\
                      [[relation]]\npath = \"dns.**\"\nmust = \"ignore\"\nreason = \"each has its own resolvers\"\n\
                      [[relation]]\npath = \"tls.one\"\nmust = \"differ\"\nreason = \"nobody shares a key with another\"\n";
/// A file of the team with a comment that is theirs.
const ACCEPTED: &str = "# ours\n[accept.\"os.release\"]\nreason = \"the image of next month\"\nauthor = \"Bob\"\n\
                        date = 2026-01-31\n";

fn open(policy: &str, size: (u16, u16)) -> Terminal {
    let files = [
        ("staging.json", staging()),
        ("production.json", production()),
        ("driftglass.toml", policy.to_owned()),
        ("driftglass.accept.toml", ACCEPTED.to_owned()),
    ];
    Start { size, args: &PAIR, env: &[("USER", "ann")], files: &files }.driftglass()
}

fn file(terminal: &Terminal, name: &str) -> String {
    std::fs::read_to_string(terminal.home().join(name)).unwrap_or_default()
}

#[test]
fn the_policy_is_on_the_screen() {
    let mut terminal = open(POLICY, WIDE);
    let screen = terminal.sees("ignored hidden (t g)");
    assert!(!screen.contains("10.20.0.2"), "ignored: {screen}");
    assert!(screen.contains(" a1 g2"), "counted in the title: {screen}");
    let row =
        |screen: &str, key: &str| screen.lines().skip(2).find(|line| line.contains(key)).unwrap_or_default().to_owned();
    assert!(row(&screen, "release").contains("~a"), "{screen}");
    assert!(row(&screen, " zone").contains("~p"), "{screen}");
    let screen = terminal.press("/is:violated\r", "filter: is:violated");
    assert!(row(&screen, " zone").contains("~p"), "{screen}");
    let screen = terminal.press("Glj", "must differ");
    assert!(row(&screen, " one").contains("=p"), "what is the same can be wrong: {screen}");
    assert!(screen.contains("nobody shares a key with another"), "{screen}");
}

#[test]
fn an_acceptance_is_written_shown_and_undone() {
    for size in [WIDE, USUAL, NARROW] {
        let mut terminal = open(POLICY, size);
        terminal.sees("? help");
        terminal.press("fswappiness\r", "1/1 matches of");
        terminal.press("a", "accept this difference");
        let screen = terminal.press("\r", "10 characters or more");
        assert_eq!(file(&terminal, "driftglass.accept.toml"), ACCEPTED, "nothing without a reason: {screen}");
        terminal.press("production has the memory for it\r", ": accepted until");
        let text = file(&terminal, "driftglass.accept.toml");
        assert!(text.contains(ACCEPTED.trim_end()), "comments and order stay: {text}");
        assert!(text.contains("reason = \"production has the memory for it\"") && text.contains("b3:"), "{text}");
        terminal.until("the row is marked", |screen| {
            screen.lines().skip(2).any(|line| line.contains("swappiness") && line.contains("~a"))
        });
        terminal.press("u", "undone");
        assert_eq!(file(&terminal, "driftglass.accept.toml"), ACCEPTED, "as it was");
        terminal.keys("qq");
        assert!(terminal.exits().success());
        assert_harmless(&terminal.raw());
    }
}

#[test]
fn a_broken_policy_is_told_with_its_place() {
    let mut terminal = open("[[relation]]\npath = 3\n", USUAL);
    assert_eq!(terminal.ends().exit_code(), 2);
    let text = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(text.contains("driftglass.toml:2:"), "{text}");
}

/// The points that are open, as the list of risks has them in its title.
fn points(terminal: &mut Terminal) -> u32 {
    terminal.keys("2");
    let screen =
        terminal.until("the list of risks", |screen| screen.contains("[2 Risk]") && screen.contains(" points"));
    let points = screen.lines().next().and_then(|title| title.split(" points").next()?.split(' ').next_back());
    let points = points.and_then(|points| points.parse().ok()).unwrap_or_else(|| panic!("no points: {screen}"));
    terminal.keys("1");
    terminal.misses("[2 Risk]");
    points
}

#[test]
fn what_is_accepted_counts_no_more_until_a_value_changes() {
    let mut terminal = open("", WIDE);
    terminal.until("judged", |screen| screen.contains("? help") && screen.contains(" H1 "));
    terminal.press("fsomaxconn\r", "1/1 matches of");
    let all = points(&mut terminal);
    terminal.press("a", "accept this difference");
    terminal.press("the proxy in front never queues so many\r", ": accepted until");
    let fewer = terminal.until("fewer points", |screen| screen.contains("~a"));
    assert!(fewer.contains("somaxconn"), "{fewer}");
    let open_points = points(&mut terminal);
    assert!(open_points < all, "{open_points} of {all}");
    terminal.press("u", "undone");
    assert_eq!(points(&mut terminal), all, "and all of it is back");
    terminal.press("a", "accept this difference");
    terminal.press("the proxy in front never queues so many\r", ": accepted until");
    terminal.keys("qq");
    assert!(terminal.exits().success());
    // Another value in production: nobody has accepted that one.
    let accepted = file(&terminal, "driftglass.accept.toml");
    let files = [
        ("staging.json", staging()),
        ("production.json", production().replace(r#""net.core.somaxconn":128"#, r#""net.core.somaxconn":64"#)),
        ("driftglass.toml", String::new()),
        ("driftglass.accept.toml", accepted),
    ];
    let mut again = Start { size: WIDE, args: &PAIR, env: &[("USER", "ann")], files: &files }.driftglass();
    again.until("judged", |screen| screen.contains("? help") && screen.contains(" H1 "));
    let screen = again.press("fsomaxconn\r", "1/1 matches of");
    let row = screen.lines().skip(2).find(|line| line.contains("net.core.somaxconn")).unwrap_or_default();
    assert!(row.contains("64") && !row.contains("~a"), "open again: {screen}");
}
