//! Five snapshots beside each other, and the one production host that drifted from its peers.

use super::stream::{assert_fits, assert_harmless};
use super::{NARROW, WIDE, production, staging};
use crate::support::{Start, Terminal};

/// A snapshot of another label in a role, with another policy of the cache.
fn other(of: &str, label: &str, role: &str, policy: &str) -> String {
    let mut snapshot: serde_json::Value = serde_json::from_str(of).expect("JSON");
    snapshot["meta"]["label"] = label.into();
    snapshot["meta"]["host"] = label.into();
    snapshot["meta"]["role"] = role.into();
    snapshot["facts"]["cache"]["policy"] = policy.into();
    snapshot.to_string()
}

fn open(size: (u16, u16)) -> Terminal {
    let files = [
        ("staging.json", staging()),
        ("production.json", production()),
        ("prod2.json", other(&production(), "prod2", "production", "allkeys-lru")),
        ("prod3.json", other(&production(), "prod3", "production", "noeviction")),
        ("ci.json", other(&staging(), "ci", "ci", "allkeys-lru")),
    ];
    let args = ["explore", "staging.json", "production.json", "prod2.json", "prod3.json", "ci.json"];
    let mut terminal = Start { size, args: &args, env: &[], files: &files }.driftglass();
    terminal.sees("? help");
    terminal.keys("3");
    terminal.sees("5 snapshots");
    terminal
}

#[test]
fn cells_that_equal_the_reference_say_so_and_one_dissents() {
    let mut terminal = open(WIDE);
    let screen = terminal.sees("*production");
    let row =
        |screen: &str, key: &str| screen.lines().skip(3).find(|line| line.contains(key)).unwrap_or_default().to_owned();
    let cells: Vec<String> = row(&screen, "cache.policy").split('│').map(|cell| cell.trim().to_owned()).collect();
    assert_eq!(cells[1..], ["noeviction", "allkeys-lru", "=", "!noeviction", "="], "{screen}");
    let screen = terminal.press("O", "odd one out (O)");
    let rows: Vec<&str> =
        screen.lines().skip(3).take_while(|line| !line.starts_with("──")).filter(|l| l.contains('│')).collect();
    assert!(rows.len() == 1 && rows[0].contains("cache.policy"), "{screen}");
    assert!(screen.contains("prod3"), "named: {screen}");
    assert_fits(&terminal, "the matrix");
    assert_harmless(&terminal.raw());
}

#[test]
fn on_a_narrow_terminal_letters_stand_for_values_and_are_explained() {
    let mut terminal = open(NARROW);
    let screen = terminal.press("g", "cache");
    let legend = screen.lines().skip_while(|line| !line.starts_with("── ")).nth(1).unwrap_or_default().to_owned();
    assert!(legend.contains("a ") && legend.contains("B "), "each letter of the row is explained: {screen}");
    assert_fits(&terminal, "letters");
    terminal.keys("qq");
    assert!(terminal.exits().success());
}
