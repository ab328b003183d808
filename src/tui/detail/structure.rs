//! A text that is a document inside - JSON, YAML, TOML, INI - as its keys and values, so that two can be laid side by side
//! whatever the order and the spacing of their lines.

use super::pair::{Half, Pair};
use crate::base::document::{Node, yaml};
use crate::base::order::natural;
use crate::compare::Relation;
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::rc::Rc;

/// Longer texts are compared by line alone.
const LONGEST: usize = 256 << 10;
/// Deeper nesting is shown as text.
const DEEPEST: usize = 32;
/// Keys stand before each of their values: no more bytes than this in all, or it is no document to be laid out.
const MOST: usize = 4 << 20;

/// The keys and values of a document, in natural order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is written in.
    pub language: &'static str,
    entries: Vec<(String, String)>,
}

/// What a text is inside, if it is one of these. A single value is no document.
pub fn read(text: &str) -> Option<Document> {
    if text.len() > LONGEST || text.trim().is_empty() {
        return None;
    }
    let mut entries = Entries { list: Vec::new(), left: MOST };
    let language = if let Some(json) = json(text) {
        flatten(&json, String::new(), 0, &mut entries);
        "JSON"
    } else if let Ok(table) = toml::from_str::<toml::Table>(text) {
        let json = serde_json::to_value(table).ok()?;
        flatten(&json, String::new(), 0, &mut entries);
        "TOML"
    } else if let Some(tree) = indented(text) {
        flatten_node(&tree, String::new(), &mut entries);
        "YAML"
    } else {
        for (at, value) in ini(text)? {
            entries.push(at, value);
        }
        "INI"
    };
    let Entries { list: mut entries, left } = entries;
    if entries.is_empty() || left == 0 {
        return None;
    }
    entries.sort_by(|a, b| natural(&a.0, &b.0).then_with(|| a.1.cmp(&b.1)));
    Some(Document { language, entries })
}

struct Entries {
    list: Vec<(String, String)>,
    /// How many bytes more may come; none once there were too many.
    left: usize,
}

impl Entries {
    fn push(&mut self, at: String, value: String) {
        self.left = self.left.saturating_sub(at.len() + value.len());
        if self.left > 0 {
            self.list.push((at, value));
        }
    }
}

fn json(text: &str) -> Option<Json> {
    let first = text.trim_start().bytes().next()?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn flatten(json: &Json, at: String, depth: usize, out: &mut Entries) {
    if out.left == 0 {
        return;
    }
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match json {
        Json::Object(map) if depth < DEEPEST && !map.is_empty() => {
            for (key, value) in map {
                flatten(value, below(key), depth + 1, out);
            }
        }
        Json::Array(list) if depth < DEEPEST && list.iter().any(|v| v.is_object() || v.is_array()) => {
            for (i, value) in list.iter().enumerate() {
                flatten(value, format!("{at}[{i}]"), depth + 1, out);
            }
        }
        Json::String(text) => out.push(at, text.clone()),
        other => out.push(at, other.to_string()),
    }
}

/// YAML, where something of it is nested or it says so: `name: text` a line is written in many languages.
fn indented(text: &str) -> Option<Node> {
    let Ok(tree @ Node::Map(_)) = yaml(text) else { return None };
    let Node::Map(entries) = &tree else { return None };
    let is_nested = entries.iter().any(|(_, value)| !matches!(**value, Node::Text(_)));
    (is_nested || text.starts_with("---")).then_some(tree)
}

/// [`yaml`] nests no deeper than this can call itself.
fn flatten_node(node: &Node, at: String, out: &mut Entries) {
    if out.left == 0 {
        return;
    }
    let is_flat = |items: &[Rc<Node>]| items.iter().all(|item| item.text().is_some());
    match node {
        Node::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                flatten_node(value, if at.is_empty() { key.clone() } else { format!("{at}.{key}") }, out);
            }
        }
        Node::List(items) if !is_flat(items) => {
            for (i, item) in items.iter().enumerate() {
                flatten_node(item, format!("{at}[{i}]"), out);
            }
        }
        Node::List(items) => {
            let texts: Vec<&str> = items.iter().filter_map(|item| item.text()).collect();
            out.push(at, format!("[{}]", texts.join(", ")));
        }
        Node::Map(_) => out.push(at, "{}".to_owned()),
        Node::Text(text) => out.push(at, text.clone()),
    }
}

/// Sections and `key = value`. Prose has equals signs too: nearly every line must be one of these.
fn ini(text: &str) -> Option<Vec<(String, String)>> {
    let (mut told, mut odd) = (0_usize, 0_usize);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])) {
        let is_section = line.starts_with('[') && line.ends_with(']');
        let is_pair = line.split_once('=').is_some_and(|(key, _)| !key.trim().is_empty() && !key.trim().contains(' '));
        if is_section || is_pair { told += 1 } else { odd += 1 }
    }
    if told < 2 || odd > 0 {
        return None;
    }
    let ini = ini::Ini::load_from_str_noescape(text).ok()?;
    let pairs = ini.iter().flat_map(|(section, properties)| {
        let section = section.unwrap_or_default().to_owned();
        properties.iter().map(move |(key, value)| {
            let at = if section.is_empty() { key.to_owned() } else { format!("[{section}] {key}") };
            (at, value.to_owned())
        })
    });
    Some(pairs.collect())
}

/// Two documents side by side, key by key.
pub fn pairs(left: &Document, right: &Document) -> Vec<Pair> {
    let half = |(key, value): &(String, String), marked: bool| Half {
        number: None,
        parts: vec![(false, format!("{key} = ")), (marked, value.clone())],
        is_words: false,
    };
    let (mut a, mut b) = (left.entries.iter().peekable(), right.entries.iter().peekable());
    let mut out = Vec::new();
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return out,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => natural(&x.0, &y.0),
        };
        let left = a.next_if(|_| order.is_le());
        let right = b.next_if(|_| order.is_ge());
        let relation = match (left, right) {
            (Some(x), Some(y)) if x.1 == y.1 => Relation::Same,
            (Some(_), Some(_)) => Relation::Changed,
            (Some(_), None) => Relation::OnlyLeft,
            _ => Relation::OnlyRight,
        };
        let marked = relation == Relation::Changed;
        out.push(Pair { relation, left: left.map(|e| half(e, marked)), right: right.map(|e| half(e, marked)) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(left: &str, right: &str) -> Vec<String> {
        let (left, right) = (read(left).expect("a document"), read(right).expect("a document"));
        let text = |half: &Option<Half>| half.as_ref().map_or("-".to_owned(), Half::text);
        let rows = pairs(&left, &right);
        rows.iter().map(|p| format!("{} {} | {}", p.relation.sign(), text(&p.left), text(&p.right))).collect()
    }

    #[test]
    fn order_and_spacing_do_not_matter() {
        assert_eq!(
            told(r#"{"b":{"x":1},"a":[1,2]}"#, "{\n  \"a\": [1, 2],\n  \"b\": {\"x\": 2, \"y\": \"z\"}\n}"),
            ["= a = [1,2] | a = [1,2]", "~ b.x = 1 | b.x = 2", "> - | b.y = z"]
        );
        assert_eq!(
            told("a = 1\n[s]\nk = \"v\"\n", "[s]\nk = \"w\"\n[t]\nl = [1]\n"),
            ["< a = 1 | -", "~ s.k = v | s.k = w", "> - | t.l = [1]"]
        );
        assert_eq!(
            told("; c\n[main]\ncache=yes\nsize=1 G\n", "[main]\nsize=2 G\ncache=yes\n"),
            ["= [main] cache = yes | [main] cache = yes", "~ [main] size = 1 G | [main] size = 2 G"]
        );
    }

    #[test]
    fn yaml_is_told_by_its_nesting() {
        assert_eq!(
            told(
                "# netplan\nnetwork:\n  version: 2\n  ethernets:\n    eth0: {mtu: 1500, dhcp4: true}\n",
                "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n      mtu: 9000\n      routes:\n      - to: default\n"
            ),
            [
                "= network.ethernets.eth0.dhcp4 = true | network.ethernets.eth0.dhcp4 = true",
                "~ network.ethernets.eth0.mtu = 1500 | network.ethernets.eth0.mtu = 9000",
                "> - | network.ethernets.eth0.routes[0].to = default",
                "< network.version = 2 | -"
            ]
        );
        assert_eq!(read("---\na: 1\n").map(|document| document.language), Some("YAML"));
        assert_eq!(read("passwd: files sss\ngroup: files\n"), None);
    }

    #[test]
    fn prose_and_single_values_are_no_documents() {
        for text in ["", "8gb", "12", "a = b and more\nprose goes on\n", "\"text\"", "{", "server 127.0.0.1;\n"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        let long = format!("{{\"{}\": [{}[]]}}", "k".repeat(100_000), "[],".repeat(10_000));
        assert_eq!(read(&long), None);
        let laughs = format!("a: &a {{{}: 1}}\nb: [{}*a]\n", "k".repeat(100_000), "*a, ".repeat(10_000));
        assert_eq!(read(&laughs), None);
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep).is_some_and(|document| document.entries.len() == 1));
    }
}
