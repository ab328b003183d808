//! Floor 0: YAML and TOML as trees of texts: for programs that take either, and to lay two documents side by side.

use std::collections::BTreeMap;
use std::rc::Rc;
use toml::{Table, Value as Toml};
use yaml_rust2::Event;
use yaml_rust2::parser::Parser;

/// Collections in one another.
const DEPTH: usize = 32;

/// The most values of one document, those that aliases repeat counted again.
const NODES_CAP: usize = 50_000;

/// A value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A scalar as it is written.
    Text(String),
    /// A sequence.
    List(Vec<Rc<Node>>),
    /// A mapping in the order of the file.
    Map(Vec<(String, Rc<Node>)>),
}

impl Node {
    /// A value further down.
    pub fn get(&self, keys: &[&str]) -> Option<&Node> {
        let Some((key, rest)) = keys.split_first() else { return Some(self) };
        match self {
            Self::Map(entries) => entries.iter().rfind(|(name, _)| name.eq_ignore_ascii_case(key))?.1.get(rest),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is no deeper than this and has no more values than are left, which it takes.
    fn fits(&self, depth: usize, left: &mut usize) -> bool {
        let Some(fewer) = left.checked_sub(1).filter(|_| depth > 0) else { return false };
        *left = fewer;
        match self {
            Self::Text(_) => true,
            Self::List(items) => items.iter().all(|item| item.fits(depth - 1, left)),
            Self::Map(entries) => entries.iter().all(|(_, value)| value.fits(depth - 1, left)),
        }
    }
}

/// The document of a file, TOML where its name says so, else YAML; of several YAML documents the first.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(text: &str, path: &str) -> Result<Node, String> {
    match path.ends_with(".toml") {
        true => text.parse::<Table>().map(|table| of_toml(&Toml::Table(table))).map_err(|e| e.message().to_owned()),
        false => yaml(text),
    }
}

fn of_toml(value: &Toml) -> Node {
    match value {
        Toml::String(text) => Node::Text(text.clone()),
        Toml::Array(items) => Node::List(items.iter().map(|item| Rc::new(of_toml(item))).collect()),
        Toml::Table(entries) => {
            Node::Map(entries.iter().map(|(key, value)| (key.clone(), Rc::new(of_toml(value)))).collect())
        }
        other => Node::Text(other.to_string()),
    }
}

/// A collection that is open, with the key that waits for its value and the anchor of the whole.
struct Open {
    node: Node,
    key: Option<String>,
    anchor: usize,
}

/// A YAML document as a tree; of several the first.
///
/// # Errors
/// What is wrong with it, in words.
// The parser's events are taken one by one: its own loader calls itself for each level, and copies what aliases name.
pub fn yaml(text: &str) -> Result<Node, String> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: BTreeMap<usize, Rc<Node>> = BTreeMap::new();
    let mut left = NODES_CAP;
    loop {
        let (event, _) = parser.next_token().map_err(|error| error.to_string())?;
        let (node, anchor) = match event {
            Event::StreamEnd | Event::DocumentEnd => return Ok(Node::Map(Vec::new())),
            Event::Scalar(text, _, anchor, _) => (Rc::new(Node::Text(text)), anchor),
            Event::Alias(anchor) => {
                let node = anchors.get(&anchor).cloned().ok_or("an alias of what is not whole")?;
                if !node.fits(DEPTH - open.len(), &mut left) {
                    return Err("its aliases make more of it than a file of settings has".to_owned());
                }
                (node, 0)
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) if open.len() >= DEPTH => {
                return Err(format!("nested too deep at anchor {anchor}"));
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open { node: Node::List(Vec::new()), key: None, anchor });
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { node: Node::Map(Vec::new()), key: None, anchor });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(whole) = open.pop() else { continue };
                (Rc::new(whole.node), whole.anchor)
            }
            _ => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, Rc::clone(&node));
        }
        let Some(parent) = open.last_mut() else { return Ok(Rc::unwrap_or_clone(node)) };
        match (&mut parent.node, parent.key.take()) {
            (Node::List(items), _) => items.push(node),
            (Node::Map(entries), Some(key)) => entries.push((key, node)),
            // A key that is no text names nothing that a setting could have.
            (Node::Map(_), None) => parent.key = Some(node.text().unwrap_or("?").to_owned()),
            (Node::Text(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_give_the_same_tree() {
        let toml = "[a.b]\nc = 1\nd = [\"x\", \"y\"]\ne = true\n";
        let yaml = "# c\na:\n  b:\n    c: 1\n    d: [x, \"y\"]\n    e: true\n";
        assert_eq!(parse(toml, "/t.toml"), parse(yaml, "/t.yml"));
        let aliased = "base: &b {c: 1}\nother: *b\n";
        let tree = parse(aliased, "/t.yml").expect("parses");
        assert_eq!(tree.get(&["other", "C"]).and_then(Node::text), Some("1"));
    }

    #[test]
    fn hostile_documents_end() {
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..20 {
            let before = format!("*a{}", level - 1);
            laughs += &format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(","));
        }
        for text in [
            &*"- ".repeat(100_000),
            &"[".repeat(100_000),
            &"{a: ".repeat(1_000),
            &laughs,
            "a: *b",
            "\t- \"",
            "a: &a [*a]",
        ] {
            assert!(parse(text, "/t.yml").is_err(), "{text:.20}");
        }
        assert!(parse(&"[a.".repeat(10_000), "/t.toml").is_err());
        assert_eq!(parse("", "/t.yml"), Ok(Node::Map(Vec::new())));
    }
}
