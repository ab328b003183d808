//! Reading: format 1, or any other JSON object as bare facts, plain or compressed.

use crate::model::{Meta, Path, Problem, Snapshot, Tree, TreeBuilder, Value, ValueRef};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::Read;

/// The largest text that is read, in bytes after decompression: 1 GiB holds ten million facts. A file beyond it is a
/// mistake or an attack, and is refused before it is in memory.
pub const MAX_BYTES: u64 = 1 << 30;

/// Why bytes are not a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Not JSON, or not of the expected shape.
    #[error("not JSON at line {line} column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// Nested more deeply than any environment is.
    #[error("nested more than 127 levels deep, at line {line} column {column}")]
    TooDeep {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// The bytes end before the text does.
    #[error("the file ends too early, at line {line} column {column}: it is truncated")]
    Truncated {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// JSON, but not an object.
    #[error("a snapshot is a JSON object; this is {0}")]
    NotAnObject(&'static str),
    /// Not text.
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// Larger than [`MAX_BYTES`].
    #[error("larger than {} MiB, the most that is read", MAX_BYTES >> 20)]
    TooLarge,
    /// Damaged compressed data.
    #[error("the {kind} data cannot be decompressed: {message}")]
    Compression {
        /// `zstd` or `gzip`.
        kind: &'static str,
        /// What the decompressor says.
        message: String,
    },
    /// Of a later format.
    #[error("snapshot format {0} is newer than this version of driftglass, which reads format {max}; a newer driftglass reads it", max = super::VERSION)]
    Newer(u64),
    /// A header that is not ours.
    #[error("{0}")]
    Header(String),
}

/// A snapshot as it was read, and what is odd about it.
#[derive(Debug)]
pub struct Loaded {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// What a user should know before trusting it, in words.
    pub warnings: Vec<String>,
    /// Whether it was format 1 rather than bare facts.
    pub native: bool,
}

/// Reads a snapshot from the bytes of a file, plain, gzip or zstd.
///
/// # Errors
/// See [`FormatError`].
pub fn read(bytes: &[u8]) -> Result<Loaded, FormatError> {
    let bytes = decompress(bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(FormatError::TooLarge);
    }
    let text = std::str::from_utf8(&bytes).map_err(|e| FormatError::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().is_empty() {
        return Err(FormatError::Empty);
    }
    let mut builder = TreeBuilder::with_capacity(text.len() * 2 / 3);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Top(&mut builder)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|e| json_error(&e, text))?;
    let (tree, repeated) = builder.finish_noting();
    let mut warnings = Vec::new();
    if let Some(first) = repeated.first() {
        warnings.push(format!("{} repeated keys, the first {first}: of each the last value counts", repeated.len()));
    }
    match tree.child(Tree::ROOT, "driftglass") {
        None => {
            let snapshot = Snapshot { facts: tree, ..Snapshot::default() };
            Ok(Loaded { snapshot, warnings, native: false })
        }
        Some(version) => native(tree, version, warnings),
    }
}

fn decompress(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FormatError> {
    let (kind, reader): (_, Box<dyn Read + '_>) = match bytes {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let decoder = zstd::stream::read::Decoder::new(bytes);
            let failed = |e: std::io::Error| FormatError::Compression { kind: "zstd", message: e.to_string() };
            ("zstd", Box::new(decoder.map_err(failed)?))
        }
        [0x1f, 0x8b, ..] => ("gzip", Box::new(flate2::read::MultiGzDecoder::new(bytes))),
        _ => return Ok(Cow::Borrowed(bytes)),
    };
    let mut out = Vec::new();
    reader
        .take(MAX_BYTES + 1)
        .read_to_end(&mut out)
        .map_err(|e| FormatError::Compression { kind, message: e.to_string() })?;
    Ok(Cow::Owned(out))
}

pub(super) fn json_error(error: &serde_json::Error, text: &str) -> FormatError {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return FormatError::Truncated { line, column };
    }
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
    if message == "recursion limit exceeded" {
        return FormatError::TooDeep { line, column };
    }
    if let Some(kind) = message.strip_prefix(NOT_AN_OBJECT) {
        return FormatError::NotAnObject(match kind {
            "array" => "an array",
            "string" => "a string",
            "number" => "a number",
            _ if text.trim_start().starts_with("null") => "null",
            _ => "true or false",
        });
    }
    FormatError::Json { line, column, message }
}

fn native(document: Tree, version: u32, mut warnings: Vec<String>) -> Result<Loaded, FormatError> {
    match document.value(version) {
        Some(ValueRef::Number(crate::model::Number::Unsigned(n))) if n == super::VERSION => {}
        Some(ValueRef::Number(crate::model::Number::Unsigned(n))) if n > super::VERSION => {
            return Err(FormatError::Newer(n));
        }
        other => {
            let shown = other.map_or_else(|| "an object".to_owned(), |v| v.plain().into_owned());
            return Err(FormatError::Header(format!("\"driftglass\": {shown} is not a snapshot format that ever was")));
        }
    }
    let section = |name: &str| -> Result<Option<u32>, FormatError> {
        let Some(node) = document.child(Tree::ROOT, name) else { return Ok(None) };
        match document.value(node) {
            None => Ok(Some(node)),
            Some(ValueRef::Empty | ValueRef::Null) => Ok(None),
            Some(other) => Err(FormatError::Header(format!("\"{name}\" is a {}, not an object", other.kind()))),
        }
    };
    let copy = |name: &str| section(name).map(|node| node.map(|node| document.subtree(node)));
    let facts = section("facts")?;
    let mut snapshot = Snapshot::default();
    let mut declared = None;
    if let Some(meta) = copy("meta")? {
        (snapshot.meta, declared) = read_meta(&meta)?;
    }
    for (path, text) in texts(copy("provenance")?, "provenance")? {
        snapshot.provenance.insert(path, text);
    }
    snapshot.problems =
        texts(copy("problems")?, "problems")?.into_iter().map(|(path, text)| (path, Problem::parse(&text))).collect();
    snapshot.problems.sort_by(|a, b| a.0.cmp(&b.0));
    snapshot.problems.dedup_by(|a, b| a.0 == b.0);
    // Last, because the facts are nearly all of the document and are not copied.
    snapshot.facts = facts.map(|node| document.into_subtree(node)).unwrap_or_default();
    match declared {
        None => warnings.push("it carries no digest: whether it changed since its capture cannot be told".to_owned()),
        Some(digest) if digest != super::digest(&snapshot) => {
            warnings.push("CHANGED SINCE CAPTURE: its digest does not match its content".to_owned());
        }
        Some(_) => {}
    }
    Ok(Loaded { snapshot, warnings, native: true })
}

fn read_meta(tree: &Tree) -> Result<(Meta, Option<String>), FormatError> {
    let mut meta = Meta::default();
    let mut digest = None;
    for node in tree.children(Tree::ROOT) {
        let key = tree.key(node);
        let text = || tree.value(node).and_then(ValueRef::as_text).map(str::to_owned);
        match (key, tree.value(node)) {
            ("label", _) => meta.label = text().unwrap_or_default(),
            ("captured_at", Some(ValueRef::Text(time))) => {
                let parsed =
                    time.parse().map_err(|e| FormatError::Header(format!("meta.captured_at \"{time}\": {e}")))?;
                meta.captured_at = Some(parsed);
            }
            ("host", _) => meta.host = text(),
            ("tool", _) => meta.tool = text(),
            ("root", _) => meta.root = text(),
            ("role", _) => meta.role = text(),
            ("digest", _) => digest = text(),
            ("privileged", Some(ValueRef::Bool(b))) => meta.privileged = Some(b),
            ("duration_seconds", Some(ValueRef::Number(n))) => meta.duration_seconds = Some(n.as_f64()),
            // Counts are for readers of the header; here the facts themselves are counted.
            ("captured_at" | "privileged" | "duration_seconds" | "fact_count" | "problem_count", _) => {}
            _ => {
                meta.other.insert(key.to_owned(), json(tree, node));
            }
        }
    }
    Ok((meta, digest))
}

/// The entries of a section that maps written paths to texts.
fn texts(section: Option<Tree>, name: &str) -> Result<Vec<(Path, String)>, FormatError> {
    let Some(tree) = section else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for node in tree.children(Tree::ROOT) {
        let key = tree.key(node);
        let path = key.parse().map_err(|e| FormatError::Header(format!("{name}: the path {key}: {e}")))?;
        let Some(ValueRef::Text(text)) = tree.value(node) else {
            return Err(FormatError::Header(format!("{name}: {key} is not a text")));
        };
        out.push((path, text.to_owned()));
    }
    Ok(out)
}

/// A part of a tree as a JSON value, for `meta` keys of other versions.
fn json(tree: &Tree, node: u32) -> serde_json::Value {
    fn scalar(value: ValueRef<'_>) -> serde_json::Value {
        match value {
            ValueRef::Null => serde_json::Value::Null,
            ValueRef::Bool(b) => b.into(),
            ValueRef::Number(crate::model::Number::Unsigned(n)) => n.into(),
            ValueRef::Number(crate::model::Number::Negative(n)) => n.into(),
            ValueRef::Number(crate::model::Number::Real(n)) => n.into(),
            ValueRef::Text(t) => t.into(),
            ValueRef::List(list) => list.iter().map(scalar).collect(),
            ValueRef::Empty => serde_json::Value::Object(serde_json::Map::new()),
        }
    }
    match tree.value(node) {
        Some(ValueRef::Empty) if tree.is_array(node) => serde_json::Value::Array(Vec::new()),
        Some(value) => scalar(value),
        None if tree.is_array(node) => tree.children(node).map(|child| json(tree, child)).collect(),
        None => tree.children(node).map(|child| (tree.key(child).to_owned(), json(tree, child))).collect(),
    }
}

/// Marks the error of a document that is not an object; [`json_error`] takes it apart again.
const NOT_AN_OBJECT: &str = "not an object but ";

/// The document: an object whose members go into the builder.
struct Top<'b>(&'b mut TreeBuilder);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        members(self.0, map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom(format_args!("{NOT_AN_OBJECT}array")))
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}string")))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}bool")))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}null")))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}number")))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}number")))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom(format_args!("{NOT_AN_OBJECT}number")))
    }
}

fn members<'de, A: MapAccess<'de>>(builder: &mut TreeBuilder, mut map: A) -> Result<(), A::Error> {
    while let Some(key) = map.next_key_seed(Key)? {
        map.next_value_seed(Member { builder, key: &key })?;
    }
    Ok(())
}

/// A key, borrowed from the text where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

/// The value under a key: a leaf, or a branch whose members follow.
struct Member<'b, 'k> {
    builder: &'b mut TreeBuilder,
    key: &'k str,
}

impl<'de> DeserializeSeed<'de> for Member<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.builder.leaf_ref(self.key, ValueRef::Null);
        Ok(())
    }

    fn visit_bool<E>(self, b: bool) -> Result<(), E> {
        self.builder.leaf_ref(self.key, ValueRef::Bool(b));
        Ok(())
    }

    fn visit_u64<E>(self, n: u64) -> Result<(), E> {
        self.builder.leaf_ref(self.key, ValueRef::Number(n.into()));
        Ok(())
    }

    fn visit_i64<E>(self, n: i64) -> Result<(), E> {
        self.builder.leaf_ref(self.key, ValueRef::Number(n.into()));
        Ok(())
    }

    fn visit_f64<E>(self, n: f64) -> Result<(), E> {
        self.builder.leaf_ref(self.key, ValueRef::Number(crate::model::Number::Real(n)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.builder.leaf_ref(self.key, ValueRef::Text(text));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.builder.open(self.key, false);
        members(self.builder, map)?;
        self.builder.close();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        // A list of scalars is a leaf. At the first member that is none, the array becomes a branch keyed by position.
        let mut scalars = Vec::new();
        let mut array = ArrayState::Scalars(&mut scalars);
        let mut position = 0_usize;
        while let Some(()) = seq.next_element_seed(Element {
            builder: self.builder,
            key: self.key,
            array: &mut array,
            position: &mut position,
        })? {}
        match array {
            ArrayState::Branch => self.builder.close(),
            ArrayState::Scalars(items) => {
                let items = std::mem::take(items);
                self.builder.leaf(self.key, &Value::List(items));
            }
        }
        Ok(())
    }
}

/// Whether an array being read still is a list of scalars.
enum ArrayState<'s> {
    Scalars(&'s mut Vec<Value>),
    Branch,
}

struct Element<'b, 'k, 'a, 's> {
    builder: &'b mut TreeBuilder,
    key: &'k str,
    array: &'a mut ArrayState<'s>,
    position: &'a mut usize,
}

impl Element<'_, '_, '_, '_> {
    fn scalar(self, value: Value) {
        match self.array {
            ArrayState::Scalars(items) => items.push(value),
            ArrayState::Branch => self.builder.leaf(&self.position.to_string(), &value),
        }
        *self.position += 1;
    }

    /// Turns the list so far into a branch and returns the key of the next member.
    fn branch(&mut self) -> String {
        if let ArrayState::Scalars(items) = self.array {
            self.builder.open(self.key, true);
            for (i, item) in std::mem::take(*items).into_iter().enumerate() {
                self.builder.leaf(&i.to_string(), &item);
            }
            *self.array = ArrayState::Branch;
        }
        let key = self.position.to_string();
        *self.position += 1;
        key
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, b: bool) -> Result<(), E> {
        self.scalar(Value::Bool(b));
        Ok(())
    }

    fn visit_u64<E>(self, n: u64) -> Result<(), E> {
        self.scalar(n.into());
        Ok(())
    }

    fn visit_i64<E>(self, n: i64) -> Result<(), E> {
        self.scalar(n.into());
        Ok(())
    }

    fn visit_f64<E>(self, n: f64) -> Result<(), E> {
        self.scalar(n.into());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.scalar(text.into());
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let key = self.branch();
        self.builder.open(&key, false);
        members(self.builder, map)?;
        self.builder.close();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, seq: A) -> Result<(), A::Error> {
        let key = self.branch();
        Member { builder: self.builder, key: &key }.visit_seq(seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> Loaded {
        read(text.as_bytes()).expect(text)
    }

    #[test]
    fn a_written_snapshot_is_read_back_whole() {
        let mut facts = TreeBuilder::new();
        facts.facts(&mut [
            (Path::new(["os", "sysctl", "net.core.somaxconn"]), Value::from(4096_u64)),
            (Path::new(["dns", "resolver", "search"]), Value::list(["b", "a"])),
            (Path::new(["os", "text"]), Value::from("a\n\"b\"\u{1b}")),
        ]);
        let mut snapshot = Snapshot { facts: facts.finish(), ..Snapshot::default() };
        snapshot.meta.label = "staging".to_owned();
        snapshot.meta.captured_at = Some("2026-01-31T12:00:00Z".parse().expect("a time"));
        snapshot.meta.other.insert("later".to_owned(), serde_json::json!({"x": [1, {"y": null}]}));
        snapshot.provenance.insert(Path::new(["os"]), "/proc");
        let problem = Problem::new(crate::model::ProblemKind::Denied, "/sys/firmware/dmi/tables/DMI");
        snapshot.problems.push((Path::new(["hardware", "memory", "modules"]), problem));
        let mut bytes = Vec::new();
        super::super::write(&snapshot, &mut bytes).expect("memory does not fail");
        let back = read(&bytes).expect("our own file");
        assert_eq!(back.snapshot, snapshot);
        assert_eq!(back.warnings, Vec::<String>::new());
        let text = String::from_utf8(bytes).expect("UTF-8");
        insta::with_settings!({snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!("format_1", text);
        });
    }

    #[test]
    fn a_changed_file_is_told_apart() {
        let snapshot = Snapshot { facts: loaded(r#"{"os":{"release":"12"}}"#).snapshot.facts, ..Snapshot::default() };
        let mut bytes = Vec::new();
        super::super::write(&snapshot, &mut bytes).expect("memory does not fail");
        let text = String::from_utf8(bytes).expect("UTF-8").replace("\"12\"", "\"13\"");
        assert!(loaded(&text).warnings[0].contains("CHANGED SINCE CAPTURE"));
    }

    #[test]
    fn the_digest_is_what_jq_prints() {
        let text = r#"{"driftglass":1,"facts":{"a":[1,"x"]},"provenance":{"a":"/x"},"problems":{}}"#;
        let expected = blake3::hash(br#"{"facts":{"a":[1,"x"]},"provenance":{"a":"/x"},"problems":{}}"#);
        assert_eq!(super::super::digest(&loaded(text).snapshot), format!("blake3:{}", expected.to_hex()));
    }

    #[test]
    fn foreign_objects_are_bare_facts() {
        let snapshot = loaded(r#"{"a":{"b":[1,2,{"c":[[3],[]]}]},"e":{},"z":null}"#).snapshot;
        let paths: Vec<_> =
            snapshot.facts.leaves().map(|(n, v)| format!("{} {}", snapshot.facts.written(n), v.plain())).collect();
        assert_eq!(paths, ["a.b.0 1", "a.b.1 2", "a.b.2.c.0 [3]", "a.b.2.c.1 []", "e {}", "z null"]);
    }

    #[test]
    fn compressed_files_load() {
        use std::io::Write;
        let text = br#"{"a":1}"#;
        let packed = zstd::encode_all(&text[..], 3).expect("memory does not fail");
        assert_eq!(read(&packed).expect("zstd").snapshot.facts.leaf_count(), 1);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text).expect("memory does not fail");
        let packed = gzip.finish().expect("memory does not fail");
        assert_eq!(read(&packed).expect("gzip").snapshot.facts.leaf_count(), 1);
        assert!(matches!(read(&packed[..12]), Err(FormatError::Compression { kind: "gzip", .. })));
    }

    #[test]
    fn bad_input_says_what_and_where() {
        let message = |bytes: &[u8]| read(bytes).expect_err("bad input").to_string();
        assert_eq!(message(b""), "the file is empty");
        assert_eq!(message(b"[1]"), "a snapshot is a JSON object; this is an array");
        assert_eq!(message(b"null"), "a snapshot is a JSON object; this is null");
        assert_eq!(message(b"-1.5"), "a snapshot is a JSON object; this is a number");
        assert!(message(b"{\"a\":").contains("truncated"));
        assert!(message(b"{\"a\":x}").starts_with("not JSON at line 1 column 6"));
        assert_eq!(message(b"{\"a\":\"\xff\"}"), "not UTF-8 at byte 6");
        assert!(message(b"{\"driftglass\":2}").contains("format 2 is newer"));
        assert!(message(b"{\"driftglass\":\"x\"}").contains("not a snapshot format"));
        let deep = "{\"a\":".repeat(100_000);
        assert!(message(deep.as_bytes()).contains("127 levels deep"), "{}", message(deep.as_bytes()));
    }
}
