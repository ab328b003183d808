//! A text that is a document inside - JSON, TOML, INI - as its keys and values, so that two can be laid side by side
//! whatever the order and the spacing of their lines.

use super::pair::{Half, Pair};
use crate::base::order::natural;
use crate::compare::Relation;
use serde_json::Value as Json;
use std::cmp::Ordering;

/// Longer texts are compared by line alone.
const LONGEST: usize = 256 << 10;
/// Deeper nesting is shown as text.
const DEEPEST: usize = 32;

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
    let mut entries = Vec::new();
    let language = if let Some(json) = json(text) {
        flatten(&json, String::new(), 0, &mut entries);
        "JSON"
    } else if let Ok(table) = toml::from_str::<toml::Table>(text) {
        let json = serde_json::to_value(table).ok()?;
        flatten(&json, String::new(), 0, &mut entries);
        "TOML"
    } else {
        entries = ini(text)?;
        "INI"
    };
    if entries.is_empty() {
        return None;
    }
    entries.sort_by(|a, b| natural(&a.0, &b.0).then_with(|| a.1.cmp(&b.1)));
    Some(Document { language, entries })
}

fn json(text: &str) -> Option<Json> {
    let first = text.trim_start().bytes().next()?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn flatten(json: &Json, at: String, depth: usize, out: &mut Vec<(String, String)>) {
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
        Json::String(text) => out.push((at, text.clone())),
        other => out.push((at, other.to_string())),
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
    fn prose_and_single_values_are_no_documents() {
        for text in ["", "8gb", "12", "a = b and more\nprose goes on\n", "\"text\"", "{", "server 127.0.0.1;\n"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep).is_some_and(|document| document.entries.len() == 1));
    }
}
