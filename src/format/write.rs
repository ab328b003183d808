//! Writing format 1: header first, one leaf a line, stable order.

use crate::model::value::ListRef;
use crate::model::{Path, Snapshot, Tree, ValueRef};
use serde_json::{Map, Value as Json};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes a snapshot as format 1.
///
/// # Errors
/// Only those of `out`.
pub fn write(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    // The header has the digest of what follows, which is made together with it.
    let mut body = Body { lines: Some(Vec::new()), ..Body::default() };
    body.sections(snapshot)?;
    let digest = body.digest();
    writeln!(out, "{{")?;
    writeln!(out, "  \"driftglass\": {},", super::VERSION)?;
    write!(out, "  \"meta\": ")?;
    meta(snapshot, &digest, out)?;
    writeln!(out, ",")?;
    out.write_all(&body.lines.unwrap_or_default())?;
    writeln!(out, "\n}}")
}

/// The digest of a snapshot: BLAKE3 over facts, provenance and problems as compact JSON in file order, which is what
/// `jq -c '{facts,provenance,problems}'` prints, without the line feed.
pub fn digest(snapshot: &Snapshot) -> String {
    let mut body = Body::default();
    let sealed = body.sections(snapshot);
    debug_assert!(sealed.is_ok(), "memory takes everything");
    body.digest()
}

fn meta(snapshot: &Snapshot, digest: &str, out: &mut impl Write) -> io::Result<()> {
    let meta = &snapshot.meta;
    let mut map = Map::new();
    let text = |t: &String| Json::from(t.as_str());
    map.insert("label".into(), text(&meta.label));
    map.insert("captured_at".into(), meta.captured_at.map(|t| t.to_string()).into());
    map.insert("host".into(), meta.host.as_ref().map(text).into());
    map.insert("tool".into(), meta.tool.as_ref().map(text).into());
    map.insert("privileged".into(), meta.privileged.into());
    map.insert("root".into(), meta.root.as_ref().map(text).into());
    map.insert("duration_seconds".into(), meta.duration_seconds.into());
    if let Some(role) = &meta.role {
        map.insert("role".into(), text(role));
    }
    if let Some(id) = &meta.redaction_key {
        map.insert("redaction_key".into(), text(id));
    }
    if let Some(percent) = meta.complete_percent {
        map.insert("complete_percent".into(), percent.into());
    }
    let known = [
        "label",
        "captured_at",
        "host",
        "tool",
        "privileged",
        "root",
        "duration_seconds",
        "role",
        "redaction_key",
        "complete_percent",
    ];
    let order = known.iter().filter_map(|key| Some((*key, map.get(*key)?)));
    let other = meta.other.iter().map(|(key, value)| (key.as_str(), value));
    write!(out, "{{")?;
    for (key, value) in order.chain(other) {
        write!(out, "\n    {}: {},", Json::from(key), value)?;
    }
    write!(out, "\n    \"fact_count\": {},", snapshot.facts.leaf_count())?;
    write!(out, "\n    \"problem_count\": {},", snapshot.problems.len())?;
    write!(out, "\n    \"digest\": {}\n  }}", Json::from(digest))
}

/// How much is hashed together.
const BLOCK: usize = 1 << 16;

/// Makes the three sections: without any white space for the digest, and one leaf a line where they are written.
#[derive(Default)]
struct Body {
    lines: Option<Vec<u8>>,
    /// What is not hashed yet.
    compact: Vec<u8>,
    hasher: blake3::Hasher,
    /// Whether another hashes it, behind what stands before.
    is_part: bool,
}

/// So many nodes are worth a second thread.
const MANY: u32 = 4096;

impl Body {
    fn sections(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        // The header has the brace of the file, and has ended its own line.
        self.compact.extend_from_slice(b"{");
        self.key(1, "facts", true)?;
        self.facts(&snapshot.facts)?;
        self.key(1, "provenance", false)?;
        self.pairs(snapshot.provenance.iter(), Body::text)?;
        self.key(1, "problems", false)?;
        let problems = snapshot.problems.iter().map(|(path, problem)| (path, problem));
        self.pairs(problems, |body, problem| body.text(&problem.to_string()))?;
        self.compact.extend_from_slice(b"}");
        Ok(())
    }

    fn digest(&mut self) -> String {
        self.hasher.update(&self.compact);
        self.compact.clear();
        format!("blake3:{}", self.hasher.finalize().to_hex())
    }

    /// Writes a value by path for each pair.
    fn pairs<'a, T>(
        &mut self,
        pairs: impl Iterator<Item = (&'a Path, T)>,
        value: impl Fn(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        self.both(b"{");
        let mut first = true;
        let mut written = String::new();
        for (path, what) in pairs {
            written.clear();
            // Writing to a string does not fail.
            let _ = write!(written, "{path}");
            self.key(2, &written, first)?;
            value(self, what)?;
            first = false;
        }
        self.close(1, first, b"}");
        Ok(())
    }

    /// Writes the areas; the later half of many facts on another processor.
    fn facts(&mut self, tree: &Tree) -> io::Result<()> {
        let count = u32::try_from(tree.node_count()).unwrap_or(u32::MAX);
        let (sooner, later): (Vec<_>, Vec<_>) = tree.children(Tree::ROOT).partition(|area| *area < count / 2);
        if count < MANY || sooner.is_empty() || tree.is_array(Tree::ROOT) {
            return self.children(tree, Tree::ROOT, 1);
        }
        let is_written = self.lines.is_some();
        let behind = || {
            let mut rest = Self { lines: is_written.then(Vec::new), is_part: true, ..Self::default() };
            rest.members(tree, later.iter().copied(), (false, 1), false).map(|()| rest)
        };
        self.both(b"{");
        std::thread::scope(|scope| {
            let rest = std::thread::Builder::new().spawn_scoped(scope, behind);
            self.members(tree, sooner, (false, 1), true)?;
            // Where the system has no thread to give, one does it all.
            let rest = match rest {
                Ok(rest) => rest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
                Err(_) => behind()?,
            };
            self.hasher.update(&self.compact);
            self.hasher.update(&rest.compact);
            self.compact.clear();
            self.layout(&rest.lines.unwrap_or_default());
            io::Result::Ok(())
        })?;
        self.close(1, false, b"}");
        Ok(())
    }

    fn children(&mut self, tree: &Tree, node: u32, depth: usize) -> io::Result<()> {
        let array = tree.is_array(node);
        self.both(if array { b"[" } else { b"{" });
        let empty = tree.children(node).next().is_none();
        self.members(tree, tree.children(node), (array, depth), true)?;
        self.close(depth, empty, if array { b"]" } else { b"}" });
        Ok(())
    }

    /// Writes what stands beneath one node, or a part of it.
    fn members(
        &mut self,
        tree: &Tree,
        children: impl IntoIterator<Item = u32>,
        (array, depth): (bool, usize),
        mut first: bool,
    ) -> io::Result<()> {
        for child in children {
            if array {
                self.line(depth + 1, first);
            } else {
                self.key(depth + 1, tree.key(child), first)?;
            }
            match tree.value(child) {
                None => self.children(tree, child, depth + 1)?,
                Some(ValueRef::Empty) => self.both(if tree.is_array(child) { b"[]" } else { b"{}" }),
                Some(value) => self.value(value)?,
            }
            first = false;
        }
        Ok(())
    }

    fn value(&mut self, value: ValueRef<'_>) -> io::Result<()> {
        match value {
            ValueRef::Null => self.both(b"null"),
            ValueRef::Bool(true) => self.both(b"true"),
            ValueRef::Bool(false) => self.both(b"false"),
            ValueRef::Number(n) => self.made(|out| write!(out, "{n}"))?,
            ValueRef::Text(text) => self.text(text)?,
            ValueRef::List(list) => self.list(list)?,
            ValueRef::Empty => self.both(b"{}"),
        }
        Ok(())
    }

    fn list(&mut self, list: ListRef<'_>) -> io::Result<()> {
        self.both(b"[");
        for (i, item) in list.iter().enumerate() {
            if i > 0 {
                self.both(b",");
                self.layout(b" ");
            }
            self.value(item)?;
        }
        self.both(b"]");
        Ok(())
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.made(|out| serde_json::to_writer(out, text).map_err(io::Error::from))
    }

    fn line(&mut self, depth: usize, first: bool) {
        if !first {
            self.both(b",");
        }
        if depth > 1 || !first {
            self.layout(b"\n");
        }
        (0..depth).for_each(|_| self.layout(b"  "));
    }

    fn key(&mut self, depth: usize, key: &str, first: bool) -> io::Result<()> {
        self.line(depth, first);
        self.text(key)?;
        self.both(b":");
        self.layout(b" ");
        Ok(())
    }

    fn close(&mut self, depth: usize, empty: bool, bracket: &[u8]) {
        if !empty {
            self.layout(b"\n");
            (0..depth).for_each(|_| self.layout(b"  "));
        }
        self.both(bracket);
    }

    /// What both forms have.
    fn both(&mut self, bytes: &[u8]) {
        self.compact.extend_from_slice(bytes);
        self.layout(bytes);
    }

    /// What one leaf a line needs and the digest leaves out.
    fn layout(&mut self, bytes: &[u8]) {
        if let Some(lines) = &mut self.lines {
            lines.extend_from_slice(bytes);
        }
    }

    /// What both forms have and takes work to make: it is made once.
    fn made(&mut self, make: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<()> {
        let from = self.compact.len();
        make(&mut self.compact)?;
        if let Some(lines) = &mut self.lines {
            lines.extend_from_slice(self.compact.get(from..).unwrap_or_default());
        }
        if self.compact.len() >= BLOCK && !self.is_part {
            self.hasher.update(&self.compact);
            self.compact.clear();
        }
        Ok(())
    }
}
