//! The facts of one snapshot as a flat array in pre-order.
//!
//! A node knows where its subtree ends, so skipping it is one step, and children stand in natural order, so two trees
//! are aligned by walking both once. Keys and texts lie in one string: a million facts are three allocations.

use super::value::{ListRef, Number, Value, ValueRef};
use super::{Path, path};
use crate::base::order::natural;
use std::cmp::Ordering;

/// The index of a node in its tree. The top is node 0.
pub type NodeId = u32;

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Branch { array: bool },
    Null,
    Bool(bool),
    Number(Number),
    Text(Span),
    List { start: u32, len: u32 },
    Empty { array: bool },
}

#[derive(Clone, Copy, Debug)]
struct Node {
    key: Span,
    parent: NodeId,
    /// One past the last node of the subtree.
    end: NodeId,
    kind: Kind,
}

/// Facts, aligned by path: an immutable tree whose leaves are values.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    text: String,
    items: Vec<Kind>,
}

impl Default for Tree {
    fn default() -> Self {
        TreeBuilder::new().finish()
    }
}

impl Tree {
    /// The top node.
    pub const ROOT: NodeId = 0;

    /// How many nodes there are, the top included.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no fact at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// How many leaves there are.
    pub fn leaf_count(&self) -> usize {
        self.nodes.iter().skip(1).filter(|n| !matches!(n.kind, Kind::Branch { .. })).count()
    }

    /// The key of a node, raw; empty at the top.
    pub fn key(&self, node: NodeId) -> &str {
        self.slice(self.nodes[node as usize].key)
    }

    /// The node above; the top is its own parent.
    pub fn parent(&self, node: NodeId) -> NodeId {
        self.nodes[node as usize].parent
    }

    /// One past the last node of the subtree of `node`: where the walk goes on when the subtree is skipped.
    pub fn end(&self, node: NodeId) -> NodeId {
        self.nodes[node as usize].end
    }

    /// Whether the node has children.
    pub fn is_branch(&self, node: NodeId) -> bool {
        matches!(self.nodes[node as usize].kind, Kind::Branch { .. })
    }

    /// Whether the node was a JSON array rather than an object (of objects: arrays of scalars are leaves).
    pub fn is_array(&self, node: NodeId) -> bool {
        matches!(self.nodes[node as usize].kind, Kind::Branch { array: true } | Kind::Empty { array: true })
    }

    /// The value of a leaf; `None` for a branch.
    pub fn value(&self, node: NodeId) -> Option<ValueRef<'_>> {
        match self.nodes[node as usize].kind {
            Kind::Branch { .. } => None,
            kind => Some(self.view(kind)),
        }
    }

    /// The children of a node in natural order of their keys.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end(node);
        let first = if self.is_branch(node) { node + 1 } else { end };
        std::iter::successors((first < end).then_some(first), move |at| {
            let next = self.end(*at);
            (next < end).then_some(next)
        })
    }

    /// The path of a node.
    pub fn path(&self, mut node: NodeId) -> Path {
        let mut keys = Vec::new();
        while node != Self::ROOT {
            keys.push(self.key(node).to_owned());
            node = self.parent(node);
        }
        keys.reverse();
        Path::new(keys)
    }

    /// The child of `node` with this key.
    pub fn child(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.children(node).find(|child| self.key(*child) == key)
    }

    /// The node at a path.
    pub fn find(&self, path: &Path) -> Option<NodeId> {
        path.segments().iter().try_fold(Self::ROOT, |node, key| self.child(node, key))
    }

    /// The node at a path as people type it: where a key holds dots (`os.sysctl.net.core.somaxconn`, whose last key is
    /// `net.core.somaxconn`), the quotes may be left out.
    pub fn find_typed(&self, path: &Path) -> Option<NodeId> {
        self.find_joined(Self::ROOT, path.segments())
    }

    fn find_joined(&self, node: NodeId, keys: &[path::Segment]) -> Option<NodeId> {
        if keys.is_empty() {
            return Some(node);
        }
        (1..=keys.len()).find_map(|n| {
            let child = self.child(node, &keys[..n].join("."))?;
            self.find_joined(child, &keys[n..])
        })
    }

    /// The value at a path.
    pub fn get(&self, path: &Path) -> Option<ValueRef<'_>> {
        self.value(self.find(path)?)
    }

    /// All leaves in order.
    pub fn leaves(&self) -> impl Iterator<Item = (NodeId, ValueRef<'_>)> + '_ {
        (1..self.nodes.len() as NodeId).filter_map(|node| Some((node, self.value(node)?)))
    }

    /// Puts other texts in place of some: `other` is given each text with the path of its leaf, those in lists too. Says how
    /// many leaves have changed.
    pub fn replace_texts(&mut self, mut other: impl FnMut(&Path, &str) -> Option<String>) -> usize {
        let mut changed = 0;
        for node in 1..self.nodes.len() as NodeId {
            let places: &[Kind] = match &self.nodes[node as usize].kind {
                kind @ Kind::Text(_) => std::slice::from_ref(kind),
                Kind::List { start, len } => &self.items[*start as usize..(*start + *len) as usize],
                _ => continue,
            };
            let path = self.path(node);
            let mut new: Vec<(usize, String)> = Vec::new();
            for (index, place) in places.iter().enumerate() {
                if let Kind::Text(span) = place {
                    new.extend(other(&path, self.slice(*span)).map(|text| (index, text)));
                }
            }
            changed += usize::from(!new.is_empty());
            for (index, text) in new {
                let span = Span { start: self.text.len() as u32, len: text.len() as u32 };
                self.text.push_str(&text);
                match &mut self.nodes[node as usize].kind {
                    Kind::List { start, .. } => self.items[*start as usize + index] = Kind::Text(span),
                    kind => *kind = Kind::Text(span),
                }
            }
        }
        changed
    }

    /// The part of the tree at and beneath `node`, as a tree of its own.
    #[must_use]
    pub fn subtree(&self, node: NodeId) -> Tree {
        let mut builder = TreeBuilder::new();
        self.copy_children(node, &mut builder);
        builder.finish()
    }

    /// As [`Tree::subtree`], without a copy: keys and texts of the rest stay in memory unused.
    #[must_use]
    pub fn into_subtree(mut self, node: NodeId) -> Tree {
        self.nodes.truncate(self.end(node) as usize);
        self.nodes.drain(..node as usize);
        for entry in &mut self.nodes {
            entry.end -= node;
            entry.parent = entry.parent.saturating_sub(node);
        }
        if let Some(top) = self.nodes.first_mut() {
            (top.key.len, top.parent, top.kind) = (0, Self::ROOT, Kind::Branch { array: false });
        }
        self
    }

    /// Appends copies of the children of `node` at the builder's place.
    pub fn copy_children(&self, node: NodeId, builder: &mut TreeBuilder) {
        for child in self.children(node) {
            self.copy(child, builder);
        }
    }

    /// Appends a copy of `node` and all beneath it at the builder's place.
    pub fn copy(&self, node: NodeId, builder: &mut TreeBuilder) {
        match self.nodes[node as usize].kind {
            Kind::Branch { array } => {
                builder.open(self.key(node), array);
                self.copy_children(node, builder);
                builder.close();
            }
            Kind::Empty { array } => {
                builder.open(self.key(node), array);
                builder.close();
            }
            kind => builder.leaf_ref(self.key(node), self.view(kind)),
        }
    }

    /// A written form of the node's path, for messages.
    pub fn written(&self, node: NodeId) -> String {
        self.path(node).to_string()
    }

    pub(super) fn item(&self, index: u32) -> ValueRef<'_> {
        self.view(self.items[index as usize])
    }

    fn view(&self, kind: Kind) -> ValueRef<'_> {
        match kind {
            Kind::Null => ValueRef::Null,
            Kind::Bool(b) => ValueRef::Bool(b),
            Kind::Number(n) => ValueRef::Number(n),
            Kind::Text(span) => ValueRef::Text(self.slice(span)),
            Kind::List { start, len } => ValueRef::List(ListRef { tree: self, start, len }),
            Kind::Branch { .. } | Kind::Empty { .. } => ValueRef::Empty,
        }
    }

    fn slice(&self, span: Span) -> &str {
        &self.text[span.start as usize..(span.start + span.len) as usize]
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.nodes.len() == other.nodes.len()
            && (0..self.nodes.len() as NodeId).all(|n| {
                self.end(n) == other.end(n)
                    && self.key(n) == other.key(n)
                    && self.is_array(n) == other.is_array(n)
                    && self.value(n) == other.value(n)
            })
    }
}

/// Builds a [`Tree`] from keys and values in any order; [`TreeBuilder::finish`] sorts what is not sorted yet.
#[derive(Debug)]
pub struct TreeBuilder {
    tree: Tree,
    open: Vec<NodeId>,
    repeated: Vec<Path>,
}

impl Default for TreeBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl TreeBuilder {
    /// An empty tree, open at its top.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// As [`TreeBuilder::new`], with room for keys and texts of this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        let top = Node { key: Span { start: 0, len: 0 }, parent: 0, end: 1, kind: Kind::Branch { array: false } };
        let mut nodes = Vec::with_capacity(bytes / 48 + 1);
        nodes.push(top);
        let tree = Tree { nodes, text: String::with_capacity(bytes), items: Vec::new() };
        Self { tree, open: vec![Tree::ROOT], repeated: Vec::new() }
    }

    /// Begins a branch; everything until the matching [`TreeBuilder::close`] stands beneath it.
    pub fn open(&mut self, key: &str, array: bool) {
        let node = self.push(key, Kind::Branch { array });
        self.open.push(node);
    }

    /// Ends the innermost branch. One without children is an empty value.
    pub fn close(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        let Some(node) = self.open.pop() else { return };
        let end = self.tree.nodes.len() as NodeId;
        let entry = &mut self.tree.nodes[node as usize];
        entry.end = end;
        if end == node + 1 {
            entry.kind = Kind::Empty { array: matches!(entry.kind, Kind::Branch { array: true }) };
        }
    }

    /// Adds a leaf.
    pub fn leaf(&mut self, key: &str, value: &Value) {
        let kind = self.store(value);
        self.push(key, kind);
    }

    /// Adds a leaf from a borrowed value.
    pub fn leaf_ref(&mut self, key: &str, value: ValueRef<'_>) {
        let kind = match value {
            ValueRef::Text(text) => Kind::Text(self.text(text)),
            ValueRef::List(list) => {
                let items: Vec<Value> = list.iter().map(ValueRef::to_owned).collect();
                self.store_list(&items)
            }
            ValueRef::Null => Kind::Null,
            ValueRef::Bool(b) => Kind::Bool(b),
            ValueRef::Number(n) => Kind::Number(n),
            ValueRef::Empty => Kind::Empty { array: false },
        };
        self.push(key, kind);
    }

    fn store(&mut self, value: &Value) -> Kind {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(b) => Kind::Bool(*b),
            Value::Number(n) => Kind::Number(*n),
            Value::Text(text) => Kind::Text(self.text(text)),
            Value::List(items) => self.store_list(items),
        }
    }

    fn store_list(&mut self, items: &[Value]) -> Kind {
        let kinds: Vec<Kind> = items.iter().map(|item| self.store(item)).collect();
        let start = self.tree.items.len() as u32;
        self.tree.items.extend(kinds);
        Kind::List { start, len: items.len() as u32 }
    }

    fn text(&mut self, text: &str) -> Span {
        let start = self.tree.text.len() as u32;
        self.tree.text.push_str(text);
        Span { start, len: text.len() as u32 }
    }

    fn push(&mut self, key: &str, kind: Kind) -> NodeId {
        let key = self.text(key);
        let node = self.tree.nodes.len() as NodeId;
        let parent = self.open.last().copied().unwrap_or(Tree::ROOT);
        self.tree.nodes.push(Node { key, parent, end: node + 1, kind });
        node
    }

    /// Adds facts of any order under the builder's place.
    pub fn facts(&mut self, facts: &mut [(Path, Value)]) {
        facts.sort_by(|a, b| a.0.cmp(&b.0));
        self.sorted_facts(facts);
    }

    /// As [`TreeBuilder::facts`], of facts that are in the order of their paths.
    pub fn sorted_facts(&mut self, facts: &[(Path, Value)]) {
        let mut at: &[path::Segment] = &[];
        for (path, value) in facts {
            let Some((key, above)) = path.segments().split_last() else { continue };
            let shared = at.iter().zip(above).take_while(|(a, b)| a == b).count();
            for _ in shared..at.len() {
                self.close();
            }
            for branch in &above[shared..] {
                self.open(branch, false);
            }
            at = above;
            self.leaf(key, value);
        }
        for _ in at {
            self.close();
        }
    }

    /// Paths that were given more than once, of which the last was kept. Known after [`TreeBuilder::finish_noting`].
    fn sort(&mut self) {
        let tree = &self.tree;
        let sorted = (0..tree.nodes.len() as NodeId).all(|node| {
            let mut previous: Option<&str> = None;
            tree.children(node).all(|child| {
                let key = tree.key(child);
                let rising = previous.is_none_or(|p| natural(p, key) == Ordering::Less);
                previous = Some(key);
                rising
            })
        });
        if sorted {
            return;
        }
        // Keys and texts stay where they are: only the nodes are put in order.
        let mut nodes = Vec::with_capacity(tree.nodes.len());
        nodes.extend(tree.nodes.first());
        let mut repeated = Vec::new();
        move_sorted(tree, Tree::ROOT, &mut nodes, &mut repeated);
        self.tree.nodes = nodes;
        self.seal();
        self.repeated = repeated;
    }

    fn seal(&mut self) {
        while self.open.len() > 1 {
            self.close();
        }
        self.tree.nodes[0].end = self.tree.nodes.len() as NodeId;
    }

    /// The finished tree: every branch closed, every level in natural order, of repeated keys the last.
    pub fn finish(self) -> Tree {
        self.finish_noting().0
    }

    /// As [`TreeBuilder::finish`], with the paths whose key was repeated.
    pub fn finish_noting(mut self) -> (Tree, Vec<Path>) {
        self.seal();
        self.sort();
        (self.tree, self.repeated)
    }
}

/// Appends the nodes beneath `node` in natural order, of equal keys the last. The node itself is the last of `out`.
fn move_sorted(tree: &Tree, node: NodeId, out: &mut Vec<Node>, repeated: &mut Vec<Path>) {
    let parent = (out.len() as NodeId).saturating_sub(1);
    let mut children: Vec<NodeId> = tree.children(node).collect();
    children.sort_by(|a, b| natural(tree.key(*a), tree.key(*b)));
    for (i, child) in children.iter().enumerate() {
        if children.get(i + 1).is_some_and(|next| tree.key(*next) == tree.key(*child)) {
            repeated.push(tree.path(*child));
            continue;
        }
        let place = out.len();
        out.push(Node { parent, ..tree.nodes[*child as usize] });
        if tree.is_branch(*child) {
            move_sorted(tree, *child, out, repeated);
        }
        out[place].end = out.len() as NodeId;
    }
}

/// The written form of one key, for rows that show a key alone.
pub fn written_key(key: &str) -> std::borrow::Cow<'_, str> {
    path::segment(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tree {
        let mut builder = TreeBuilder::new();
        builder.facts(&mut [
            (Path::new(["os", "sysctl", "net.core.somaxconn"]), Value::from(4096_u64)),
            (Path::new(["hardware", "cpu", "flags"]), Value::set(["sse2", "avx"])),
            (Path::new(["os", "release"]), Value::from("Debian")),
            (Path::new(["os", "nodes", "node10"]), Value::Null),
            (Path::new(["os", "nodes", "node2"]), Value::Bool(true)),
        ]);
        builder.finish()
    }

    #[test]
    fn leaves_come_in_natural_order_of_paths() {
        let tree = sample();
        let paths: Vec<String> = tree.leaves().map(|(node, _)| tree.written(node)).collect();
        assert_eq!(
            paths,
            [
                "hardware.cpu.flags",
                "os.nodes.node2",
                "os.nodes.node10",
                "os.release",
                "os.sysctl.\"net.core.somaxconn\""
            ]
        );
        assert_eq!(tree.leaf_count(), 5);
    }

    #[test]
    fn subtrees_are_skipped_and_found() {
        let tree = sample();
        let os = tree.find(&Path::new(["os"])).expect("os is there");
        assert_eq!(tree.end(os) as usize, tree.node_count());
        assert_eq!(tree.subtree(os).leaf_count(), 4);
        assert_eq!(tree.clone().into_subtree(os), tree.subtree(os));
        let leaf = tree.find(&Path::new(["os", "release"])).expect("the release is there");
        assert!(tree.clone().into_subtree(leaf).is_empty());
        let typed: Path = "os.sysctl.net.core.somaxconn".parse().expect("a path");
        assert_eq!(tree.find(&typed), None);
        assert!(tree.find_typed(&typed).is_some());
    }

    #[test]
    fn the_last_of_repeated_keys_is_kept_and_named() {
        let mut builder = TreeBuilder::new();
        builder.leaf("b", &Value::from(1_u64));
        builder.open("a", false);
        builder.leaf("x", &Value::from(1_u64));
        builder.leaf("x", &Value::from(2_u64));
        builder.close();
        let (tree, repeated) = builder.finish_noting();
        assert_eq!(tree.get(&Path::new(["a", "x"])), Some(ValueRef::Number(2_u64.into())));
        assert_eq!(repeated, [Path::new(["a", "x"])]);
    }

    #[test]
    fn an_empty_branch_is_a_value() {
        let mut builder = TreeBuilder::new();
        builder.open("empty", false);
        builder.close();
        let tree = builder.finish();
        assert_eq!(tree.get(&Path::new(["empty"])), Some(ValueRef::Empty));
        assert_eq!(tree.leaf_count(), 1);
    }
}
