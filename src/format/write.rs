//! Writing format 1: header first, one leaf a line, stable order.

use crate::model::value::ListRef;
use crate::model::{Snapshot, Tree, ValueRef};
use serde_json::{Map, Value as Json};
use std::io::{self, Write};

/// Writes a snapshot as format 1.
///
/// # Errors
/// Only those of `out`.
pub fn write(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{{")?;
    writeln!(out, "  \"driftglass\": {},", super::VERSION)?;
    write!(out, "  \"meta\": ")?;
    meta(snapshot, out)?;
    writeln!(out, ",")?;
    Body { out, indent: true }.sections(snapshot)?;
    writeln!(out, "\n}}")
}

/// The digest of a snapshot: BLAKE3 over facts, provenance and problems as compact JSON in file order, which is what
/// `jq -c '{facts,provenance,problems}'` prints, without the line feed.
pub fn digest(snapshot: &Snapshot) -> String {
    let mut hasher = io::BufWriter::with_capacity(1 << 16, Hash(blake3::Hasher::new()));
    let sealed = (|| {
        hasher.write_all(b"{")?;
        Body { out: &mut hasher, indent: false }.sections(snapshot)?;
        hasher.write_all(b"}")?;
        hasher.flush()
    })();
    debug_assert!(sealed.is_ok(), "hashing does no input or output");
    format!("blake3:{}", hasher.get_ref().0.finalize().to_hex())
}

struct Hash(blake3::Hasher);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn meta(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
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
    let known =
        ["label", "captured_at", "host", "tool", "privileged", "root", "duration_seconds", "role", "redaction_key"];
    let order = known.iter().filter_map(|key| Some((*key, map.get(*key)?)));
    let other = meta.other.iter().map(|(key, value)| (key.as_str(), value));
    write!(out, "{{")?;
    for (key, value) in order.chain(other) {
        write!(out, "\n    {}: {},", Json::from(key), value)?;
    }
    write!(out, "\n    \"fact_count\": {},", snapshot.facts.leaf_count())?;
    write!(out, "\n    \"problem_count\": {},", snapshot.problems.len())?;
    write!(out, "\n    \"digest\": {}\n  }}", Json::from(digest(snapshot)))
}

/// Writes the three sections, one leaf a line or without any white space.
struct Body<'a, W> {
    out: &'a mut W,
    indent: bool,
}

impl<W: Write> Body<'_, W> {
    fn sections(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.key(1, "facts", true)?;
        self.children(&snapshot.facts, Tree::ROOT, 1)?;
        self.key(1, "provenance", false)?;
        self.pairs(snapshot.provenance.iter().map(|(path, source)| (path.to_string(), source.to_owned())))?;
        self.key(1, "problems", false)?;
        self.pairs(snapshot.problems.iter().map(|(path, problem)| (path.to_string(), problem.to_string())))
    }

    fn pairs(&mut self, pairs: impl Iterator<Item = (String, String)>) -> io::Result<()> {
        self.out.write_all(b"{")?;
        let mut first = true;
        for (key, value) in pairs {
            self.key(2, &key, first)?;
            self.text(&value)?;
            first = false;
        }
        self.close(1, first, b"}")
    }

    fn children(&mut self, tree: &Tree, node: u32, depth: usize) -> io::Result<()> {
        let array = tree.is_array(node);
        self.out.write_all(if array { b"[" } else { b"{" })?;
        let mut first = true;
        for child in tree.children(node) {
            if array {
                self.line(depth + 1, first)?;
            } else {
                self.key(depth + 1, tree.key(child), first)?;
            }
            match tree.value(child) {
                None => self.children(tree, child, depth + 1)?,
                Some(ValueRef::Empty) => self.out.write_all(if tree.is_array(child) { b"[]" } else { b"{}" })?,
                Some(value) => self.value(value)?,
            }
            first = false;
        }
        self.close(depth, first, if array { b"]" } else { b"}" })
    }

    fn value(&mut self, value: ValueRef<'_>) -> io::Result<()> {
        match value {
            ValueRef::Null => self.out.write_all(b"null"),
            ValueRef::Bool(b) => write!(self.out, "{b}"),
            ValueRef::Number(n) => write!(self.out, "{n}"),
            ValueRef::Text(text) => self.text(text),
            ValueRef::List(list) => self.list(list),
            ValueRef::Empty => self.out.write_all(b"{}"),
        }
    }

    fn list(&mut self, list: ListRef<'_>) -> io::Result<()> {
        self.out.write_all(b"[")?;
        for (i, item) in list.iter().enumerate() {
            if i > 0 {
                self.out.write_all(if self.indent { b", " } else { b"," })?;
            }
            self.value(item)?;
        }
        self.out.write_all(b"]")
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, text).map_err(io::Error::from)
    }

    fn line(&mut self, depth: usize, first: bool) -> io::Result<()> {
        if !first {
            self.out.write_all(b",")?;
        }
        if self.indent {
            // The first section follows the header, which has ended its own line.
            if depth > 1 || !first {
                self.out.write_all(b"\n")?;
            }
            for _ in 0..depth {
                self.out.write_all(b"  ")?;
            }
        }
        Ok(())
    }

    fn key(&mut self, depth: usize, key: &str, first: bool) -> io::Result<()> {
        self.line(depth, first)?;
        self.text(key)?;
        self.out.write_all(if self.indent { b": " } else { b":" })
    }

    fn close(&mut self, depth: usize, empty: bool, bracket: &[u8]) -> io::Result<()> {
        if self.indent && !empty {
            self.out.write_all(b"\n")?;
            for _ in 0..depth {
                self.out.write_all(b"  ")?;
            }
        }
        self.out.write_all(bracket)
    }
}
