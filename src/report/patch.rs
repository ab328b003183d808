//! RFC 6902: operations that turn the facts of the first snapshot that is not the reference into those of the
//! reference, as far as the rows go that are shown. Each replacement and removal is preceded by a test for the value
//! that it was made for, so that a patch for another snapshot fails as a whole.
//!
//! What could not be read or was hidden is left alone: a mark is no value to set.

use super::Report;
use super::json::{self, JsonValue};
use crate::compare::{Cell, Comparison, RowId};
use crate::model::Tree;
use crate::model::tree::NodeId;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let to = comparison.reference();
    let (left, right) = comparison.pair();
    let from = if left == to { right } else { left };
    let mut patch = Patch {
        comparison,
        from,
        to,
        left: &comparison.sides()[from].snapshot.facts,
        right: &comparison.sides()[to].snapshot.facts,
        wanted: wanted(report, from, to),
        pointer: String::new(),
        written: 0,
        out,
    };
    patch.out.write_all(b"[")?;
    patch.beneath(Comparison::TOP, Some(Tree::ROOT), Some(Tree::ROOT))?;
    patch.out.write_all(if patch.written == 0 { b"]\n" } else { b"\n]\n" })
}

/// For every row, how many rows before it are to be patched: the shown ones whose value is known on both sides.
fn wanted(report: &Report<'_>, from: usize, to: usize) -> Vec<u32> {
    let comparison = report.comparison;
    let is_wanted = |row: RowId| match (comparison.cell(row, from), comparison.cell(row, to)) {
        (Cell::Value(_), Cell::Value(_)) => comparison.class(row, from) != comparison.class(row, to),
        (Cell::Redacted(_), Cell::Value(_) | Cell::Missing)
        | (Cell::Value(_), Cell::Missing)
        | (Cell::Missing, Cell::Value(_)) => true,
        _ => false,
    };
    let mut before = Vec::with_capacity(comparison.row_count() + 1);
    let mut shown = report.rows.iter().copied().peekable();
    let mut count = 0;
    for row in 0..comparison.row_count() as RowId {
        before.push(count);
        if shown.next_if_eq(&row).is_some() && is_wanted(row) {
            count += 1;
        }
    }
    before.push(count);
    before
}

struct Patch<'a> {
    comparison: &'a Comparison,
    from: usize,
    to: usize,
    left: &'a Tree,
    right: &'a Tree,
    wanted: Vec<u32>,
    pointer: String,
    written: usize,
    out: &'a mut dyn Write,
}

/// One operation on one line.
#[derive(serde::Serialize)]
struct Operation<'a> {
    op: &'static str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<JsonTree<'a>>,
}

impl<'a> Patch<'a> {
    /// How many of the rows at and beneath a row are to be patched.
    fn wanted_in(&self, row: RowId) -> usize {
        let before = |at: RowId| self.wanted.get(at as usize).copied().unwrap_or_default();
        (before(self.comparison.end(row)) - before(row)) as usize
    }

    /// The children of a branch, each with its nodes. Rows and both trees stand in the same order.
    fn beneath(&mut self, row: RowId, left: Option<NodeId>, right: Option<NodeId>) -> io::Result<()> {
        let comparison = self.comparison;
        let (left_tree, right_tree) = (self.left, self.right);
        let mut left = left.into_iter().flat_map(|node| left_tree.children(node)).peekable();
        let mut right = right.into_iter().flat_map(|node| right_tree.children(node)).peekable();
        for child in comparison.children(row).filter(|child| !comparison.is_value_among_branches(*child)) {
            let key = comparison.key(child);
            let nodes = (left.next_if(|at| left_tree.key(*at) == key), right.next_if(|at| right_tree.key(*at) == key));
            if self.wanted_in(child) == 0 {
                continue;
            }
            let length = self.pointer.len();
            self.pointer.push('/');
            self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            self.visit(child, nodes)?;
            self.pointer.truncate(length);
        }
        Ok(())
    }

    /// A row beneath which something is to be patched.
    fn visit(&mut self, row: RowId, nodes: (Option<NodeId>, Option<NodeId>)) -> io::Result<()> {
        if self.comparison.is_leaf(row) {
            return self.whole(nodes);
        }
        // A value on one side where the other has a branch is given up for all of the other, or stays.
        let value = self.comparison.children(row).next().filter(|child| {
            let has_value = |side| !matches!(self.comparison.cell(*child, side), Cell::Missing);
            self.comparison.is_value_among_branches(*child) && (has_value(self.from) || has_value(self.to))
        });
        if let Some(value) = value {
            return if self.wanted_in(value) > 0 { self.whole(nodes) } else { Ok(()) };
        }
        match nodes {
            (None, Some(right)) => {
                if self.right.is_array(right) || leaves(self.right, right) == self.wanted_in(row) {
                    return self.whole(nodes);
                }
                self.operation("add", Some(JsonTree::EMPTY))?;
            }
            (Some(left), None) => {
                if self.left.is_array(left) || leaves(self.left, left) == self.wanted_in(row) {
                    return self.whole(nodes);
                }
            }
            (Some(left), Some(right)) => {
                let arrays = (self.left.is_array(left), self.right.is_array(right));
                let count = |tree: &Tree, node| tree.children(node).count();
                // Places in an array have no name: one that is longer or shorter is replaced whole.
                let is_other = count(self.left, left) != count(self.right, right) || arrays.0 != arrays.1;
                if (arrays.0 || arrays.1) && is_other {
                    return self.whole(nodes);
                }
            }
            (None, None) => {}
        }
        self.beneath(row, nodes.0, nodes.1)
    }

    /// Puts all that the right side has at the pointer in place of what the left side has.
    fn whole(&mut self, nodes: (Option<NodeId>, Option<NodeId>)) -> io::Result<()> {
        let left = nodes.0.map(|node| JsonTree { tree: Some((self.left, node)) });
        let right = nodes.1.map(|node| JsonTree { tree: Some((self.right, node)) });
        let op = match (left.is_some(), right.is_some()) {
            (true, true) => "replace",
            (false, true) => "add",
            (true, false) => "remove",
            (false, false) => return Ok(()),
        };
        if left.is_some() {
            self.operation("test", left)?;
        }
        self.operation(op, right)
    }

    fn operation(&mut self, op: &'static str, value: Option<JsonTree<'a>>) -> io::Result<()> {
        self.out.write_all(if self.written == 0 { b"\n" } else { b",\n" })?;
        self.written += 1;
        json::line(&Operation { op, path: &self.pointer, value }, self.out)
    }
}

/// How many values stand at and beneath a node.
fn leaves(tree: &Tree, node: NodeId) -> usize {
    (node..tree.end(node)).filter(|at| tree.value(*at).is_some()).count()
}

/// A part of a tree as JSON; an empty object for none.
#[derive(Clone, Copy)]
struct JsonTree<'a> {
    tree: Option<(&'a Tree, NodeId)>,
}

impl JsonTree<'_> {
    const EMPTY: Self = Self { tree: None };
}

impl Serialize for JsonTree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some((tree, node)) = self.tree else { return serializer.serialize_map(Some(0))?.end() };
        let children = || tree.children(node).map(|child| JsonTree { tree: Some((tree, child)) });
        let is_empty = children().next().is_none();
        match tree.value(node) {
            Some(value) if !(is_empty && tree.is_array(node)) => JsonValue(value).serialize(serializer),
            _ if tree.is_array(node) => {
                let mut seq = serializer.serialize_seq(None)?;
                children().try_for_each(|child| seq.serialize_element(&child))?;
                seq.end()
            }
            _ => {
                let mut map = serializer.serialize_map(None)?;
                for child in tree.children(node) {
                    map.serialize_entry(tree.key(child), &JsonTree { tree: Some((tree, child)) })?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cancel::Cancel;
    use crate::report::{self, Format};
    use crate::{filter, format};
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// The patch of two sets of facts, limited to what a filter matches.
    fn patch(from: &Value, to: &Value, query: &str) -> Value {
        let load = |facts: &Value, label: &str| {
            let mut snapshot = format::read(facts.to_string().as_bytes()).expect("facts").snapshot;
            snapshot.meta.label = label.to_owned();
            Arc::new(snapshot)
        };
        let comparison = Comparison::new(vec![load(from, "staging"), load(to, "production")], &Cancel::new());
        let comparison = comparison.expect("not cancelled");
        let query = filter::parse(query).expect("a filter");
        let rows = filter::run(&query, &comparison, &Cancel::new()).expect("not cancelled");
        let mut out = Vec::new();
        report::write(Format::JsonPatch, &Report::new(&comparison, &rows), &mut out).expect("writes");
        serde_json::from_slice(&out).expect("JSON")
    }

    fn applied(from: &Value, patch: &Value) -> Value {
        let mut facts = from.clone();
        let patch: json_patch::Patch = serde_json::from_value(patch.clone()).expect("a patch");
        json_patch::patch(&mut facts, &patch).expect("applies");
        facts
    }

    #[test]
    fn the_facts_of_one_become_those_of_the_other() {
        let from = json!({"a": {"x": 1, "gone": "y"}, "b": {"c": {"d": 1, "e": 2}}, "list": ["p", "q"], "t": "8",
            "discs": [{"n": 1}, {"n": 2}], "short": [{"n": 1}], "v": 1, "w": {"x": 1}, "k/~": {"~/": 1}, "e": {}});
        let to = json!({"a": {"x": 2}, "list": ["q", "p"], "t": 8, "new": {"sub": {"x": [], "y": {}}, "z": null},
            "discs": [{"n": 1}, {"n": 3}], "short": [{"n": 1}, {"n": 2}], "v": {"w": 1}, "w": 1, "k/~": {"~/": 2},
            "e": {"f": 1}});
        let all = patch(&from, &to, "");
        assert_eq!(applied(&from, &all), to);
        let operations = all.as_array().expect("a list");
        let of = |path: &str| -> Vec<&str> {
            let at = operations.iter().filter(|operation| operation["path"] == path);
            at.filter_map(|operation| operation["op"].as_str()).collect()
        };
        assert_eq!(of("/b"), ["test", "remove"], "a branch that goes whole goes at once");
        assert_eq!(of("/new"), ["add"]);
        assert_eq!(of("/discs/1/n"), ["test", "replace"]);
        assert_eq!(of("/short"), ["test", "replace"], "places in an array have no name");
        assert_eq!(of("/k~1~0/~0~1"), ["test", "replace"]);
        let other = json!({"a": {"x": 7}});
        let whole: json_patch::Patch = serde_json::from_value(all).expect("a patch");
        assert!(json_patch::patch(&mut other.clone(), &whole).is_err(), "made for another snapshot");
    }

    #[test]
    fn a_filter_limits_it_and_what_is_hidden_stays() {
        let from = json!({"a": {"x": 1, "y": 1}, "s": {"p": "plain", "q": 1}, "gone": {"x": 1, "y": 2}});
        let to = json!({"a": {"x": 2, "y": 2}, "s": {"p": "[redacted]", "q": 2}, "new": {"in": {"x": 1, "y": 2}}});
        let some = applied(&from, &patch(&from, &to, "key:x"));
        let expected = json!({"a": {"x": 2, "y": 1}, "s": {"p": "plain", "q": 1}, "gone": {"y": 2},
            "new": {"in": {"x": 1}}});
        assert_eq!(some, expected);
        let all = applied(&from, &patch(&from, &to, ""));
        assert_eq!(all["s"], json!({"p": "plain", "q": 2}));
        assert_eq!(patch(&from, &from, ""), json!([]));
    }

    fn facts() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3u8).prop_map(Value::from),
            "[ab~/]{0,2}".prop_map(Value::from),
            Just(json!([])),
            Just(json!({})),
            prop::collection::vec("[ab]", 1..3).prop_map(Value::from),
        ];
        let tree = scalar.prop_recursive(3, 24, 4, |inner| {
            let object = prop::collection::hash_map("[ab/0-1]{1,2}", inner.clone(), 0..4);
            let array = prop::collection::vec(prop::collection::hash_map("[ab]", inner, 1..3), 1..4);
            prop_oneof![
                object.prop_map(|map| Value::Object(map.into_iter().collect())),
                array.prop_map(|list| Value::Array(
                    list.into_iter().map(|map| Value::Object(map.into_iter().collect())).collect()
                )),
            ]
        });
        prop::collection::hash_map("[abc]", tree, 0..4).prop_map(|map| Value::Object(map.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn any_facts_become_any_other(from in facts(), to in facts(), query in prop_oneof![Just(""), Just("key:a*")]) {
            let patched = applied(&from, &patch(&from, &to, query));
            if query.is_empty() {
                // What compares as the same may be written in another way: nothing is left to patch.
                prop_assert_eq!(patch(&patched, &to, ""), json!([]), "{} {} {}", from, to, patched);
            }
        }
    }
}
