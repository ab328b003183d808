//! A fact in full: documents inside a text as their keys and values, and links to what belongs to it.

use super::stream::assert_harmless;
use super::{USUAL, snapshot};
use crate::support::{Start, Terminal};
use serde_json::json;

fn open() -> Terminal {
    let side = |label, json: &str, ini: &str, yaml: &str, memory: &str| {
        let facts = json!({
            "app": { "ini": ini, "json": json, "yaml": yaml },
            "cache": { "stores": { "redis": { "maxmemory": memory } } },
            "os": { "users": { "redis": { "uid": if label == "staging" { 105 } else { 106 }, "shell": "/usr/sbin/nologin" } } },
        });
        snapshot(label, &facts, &json!({}))
    };
    let files = [
        (
            "staging.json",
            side(
                "staging",
                r#"{"b":{"x":1},"a":[1,2]}"#,
                "; ours\n[main]\ncache=yes\nsize=1 G\n",
                "network:\n  version: 2\n  eth0: {mtu: 1500}\n",
                "1gb",
            ),
        ),
        (
            "production.json",
            side(
                "production",
                "{\n \"a\": [1, 2],\n \"b\": {\"x\": 2, \"y\": \"z\"}\n}",
                "[main]\nsize=2 G\ncache=yes\n",
                "network:\n  eth0:\n    mtu: 9000\n",
                "2gb",
            ),
        ),
    ];
    let terminal = Start { size: USUAL, args: &super::PAIR, env: &[], files: &files }.driftglass();
    terminal.sees("? help");
    terminal
}

#[test]
fn documents_inside_a_text_are_compared_by_their_keys() {
    let mut terminal = open();
    let tables = [
        ("json", "as JSON", ["~ b.x = {1}", "b.x = {2}"], Some("b.y = z")),
        ("ini", "as INI", ["~ [main] size = {1 G}", "[main] size = {2 G}"], None),
        ("yaml", "as YAML", ["~ network.eth0.mtu = {1500}", "network.eth0.mtu = {9000}"], Some("network.version = 2")),
    ];
    for (key, title, [left, right], alone) in tables {
        terminal.keys(&format!(":go app.{key}\r"));
        terminal.until("the row", |screen| super::selected_or_none(screen).is_some_and(|row| row.contains(key)));
        terminal.press("\r", "side by side (v)");
        terminal.press("v", "unified");
        let screen = terminal.press("v", title);
        assert!(screen.contains(left) && screen.contains(right), "{key}: {screen}");
        assert!(alone.is_none_or(|alone| screen.contains(alone)), "{key}: {screen}");
        assert_eq!(screen.matches(" ~ ").count(), 1, "order and spacing are no difference: {screen}");
        terminal.keys("vq");
        terminal.misses("[Diff]");
    }
    assert_harmless(&terminal.raw());
}

#[test]
fn links_are_followed_and_returned_from() {
    let mut terminal = open();
    terminal.keys(":go cache.stores.redis.maxmemory\r");
    terminal.until("the row", |screen| super::selected_or_none(screen).is_some_and(|row| row.contains("maxmemory")));
    terminal.press("\r", "[Diff]");
    terminal.press("\t\t\t", "os.users.redis.uid");
    terminal.press("\r", "drift > os > users > redis > uid");
    let screen = terminal.press("\u{7f}", "drift > cache > stores > redis > maxmemory");
    assert!(screen.contains("[Related]"), "where it was left: {screen}");
    terminal.press("\u{7f}", "no link was followed");
    terminal.keys("q");
    terminal.misses("[Related]");
    terminal.keys("q");
    assert!(terminal.exits().success());
}
