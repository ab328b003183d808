//! Reading: format 1, or any other JSON object as bare facts, plain or compressed.

use super::long;
use super::visit::{NOT_AN_OBJECT, Sink, Top};
use crate::base::fault;
use crate::base::reading::Reading;
use crate::model::{Meta, Path, Problem, Snapshot, Tree, TreeBuilder, ValueRef};
use serde::de::DeserializeSeed;
use std::borrow::Cow;
use std::io::Read;

/// The largest text that is read, in bytes after decompression: 1 GiB holds ten million facts. A file beyond it is a
/// mistake or an attack, and is refused before it is in memory.
pub const MAX_BYTES: u64 = 1 << 28;

/// How many times its size a compressed snapshot may unpack to, and how much in any case. Captures reach 20 times, a
/// million facts that are all alike 90: what unpacks to more is no snapshot, and is not to fill the memory.
const EXPANSION: u64 = 200;
const UNPACKED: u64 = 64 << 20;

/// The most memory that zstd may take for its window, as a power of two: as much as `zstd --ultra -22` asks for.
const WINDOW_LOG: u32 = 27;

/// What is said of a snapshot without a digest: true of every file that another program wrote, and no alarm.
pub const UNSEALED: &str = "it carries no digest: whether it changed since its capture cannot be told";

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
    /// Packed in a way in which no snapshot is.
    #[error("it is packed with {0}; snapshots may be packed with zstd or gzip")]
    Packed(&'static str),
    /// Larger than [`MAX_BYTES`].
    #[error("larger than {} MiB, the most that is read", MAX_BYTES >> 20)]
    TooLarge,
    /// Compressed far more tightly than any snapshot.
    #[error(
        "it unpacks to more than {0} MiB, {EXPANSION} times its size, the most that is unpacked of a file so small"
    )]
    Expands(u64),
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
    /// Whether it carries a digest that matches its content.
    pub sealed: bool,
}

/// Reads a snapshot from the bytes of a file, plain, gzip or zstd.
///
/// # Errors
/// See [`FormatError`].
pub fn read(bytes: &[u8]) -> Result<Loaded, FormatError> {
    read_telling(bytes, &Reading::default())
}

/// As [`read`], for someone who waits and may stop it.
///
/// # Errors
/// See [`FormatError`]; stopped, it is one of them.
pub fn read_telling(bytes: &[u8], reading: &Reading) -> Result<Loaded, FormatError> {
    let bytes = decompress(bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(FormatError::TooLarge);
    }
    let text = std::str::from_utf8(&bytes).map_err(|e| FormatError::NotUtf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().is_empty() {
        return Err(FormatError::Empty);
    }
    let mut sink = parse(text, reading)?;
    let mut quoted = 0;
    if sink.imprecise {
        let (exact, count) = long::quote(text);
        if count > 0 {
            quoted = count;
            sink = parse(&exact, reading)?;
        }
    }
    let (tree, repeated) = sink.builder.finish_noting();
    let mut warnings = Vec::new();
    if let Some(first) = repeated.first() {
        warnings.push(format!("{} repeated keys, the first {first}: of each the last value counts", repeated.len()));
    }
    if quoted > 0 {
        warnings.push(format!("{quoted} whole numbers have more than 64 bits: they are kept digit by digit, as text"));
    }
    match tree.child(Tree::ROOT, "driftglass") {
        None => {
            let snapshot = Snapshot { facts: tree, ..Snapshot::default() };
            Ok(Loaded { snapshot, warnings, native: false, sealed: false })
        }
        Some(version) => native(tree, version, warnings),
    }
}

/// The facts of a text.
fn parse<'w>(text: &str, reading: &'w Reading) -> Result<Sink<'w>, FormatError> {
    reading.expect(text.len() as u64);
    let builder = TreeBuilder::with_capacity(text.len() * 2 / 3);
    let mut sink = Sink { builder, imprecise: false, reading, begin: text.as_ptr() as usize, keys: 0 };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Top(&mut sink)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .map_err(|e| json_error(&e, text))?;
    Ok(sink)
}

fn decompress(bytes: &[u8]) -> Result<Cow<'_, [u8]>, FormatError> {
    let failed = |kind| move |e: std::io::Error| FormatError::Compression { kind, message: fault::words(&e) };
    let (kind, reader): (_, Box<dyn Read + '_>) = match bytes {
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let mut decoder = zstd::stream::read::Decoder::new(bytes).map_err(failed("zstd"))?;
            decoder.window_log_max(WINDOW_LOG).map_err(failed("zstd"))?;
            ("zstd", Box::new(decoder))
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => return Err(FormatError::Packed("xz")),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => return Err(FormatError::Packed("bzip2")),
        [0x1f, 0x8b, ..] => ("gzip", Box::new(flate2::read::MultiGzDecoder::new(bytes))),
        _ => return Ok(Cow::Borrowed(bytes)),
    };
    let most = (bytes.len() as u64).saturating_mul(EXPANSION).clamp(UNPACKED, MAX_BYTES);
    let mut out = Vec::new();
    reader.take(most + 1).read_to_end(&mut out).map_err(failed(kind))?;
    if out.len() as u64 > most && most < MAX_BYTES {
        return Err(FormatError::Expands(most >> 20));
    }
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
    // Of `true`, `false` and `null`, when a word begins so.
    let message = if message == "expected ident" { "expected value".to_owned() } else { message };
    FormatError::Json { line, column, message }
}

fn native(document: Tree, version: u32, mut warnings: Vec<String>) -> Result<Loaded, FormatError> {
    match document.value(version) {
        Some(ValueRef::Number(crate::model::Number::Unsigned(n))) if n == super::VERSION => {}
        Some(ValueRef::Number(crate::model::Number::Unsigned(n))) if n > super::VERSION => {
            return Err(FormatError::Newer(n));
        }
        other => {
            let shown = other.map_or_else(|| "an object".to_owned(), |_| json(&document, version).to_string());
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
    let sealed = declared.as_ref().is_some_and(|digest| *digest == super::digest(&snapshot));
    match declared {
        None => warnings.push(UNSEALED.to_owned()),
        Some(_) if !sealed => {
            warnings.push("CHANGED SINCE CAPTURE: its digest does not match its content".to_owned());
        }
        Some(_) => {}
    }
    Ok(Loaded { snapshot, warnings, native: true, sealed })
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
            ("redaction_key", _) => meta.redaction_key = text(),
            ("digest", _) => digest = text(),
            ("privileged", Some(ValueRef::Bool(b))) => meta.privileged = Some(b),
            ("complete_percent", Some(ValueRef::Number(n))) => {
                meta.complete_percent = Some(n.as_f64().clamp(0.0, 100.0) as u8);
            }
            ("duration_seconds", Some(ValueRef::Number(n))) => meta.duration_seconds = Some(n.as_f64()),
            // Counts are for readers of the header; here the facts themselves are counted.
            (
                "captured_at" | "privileged" | "duration_seconds" | "complete_percent" | "fact_count" | "problem_count",
                _,
            ) => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

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
    fn long_whole_numbers_keep_their_digits() {
        let text = r#"{"a":123456789012345678901234567890,"b":["18446744073709551616 \\",18446744073709551616],"c":1e30,
            "d":-9223372036854775809,"e":18446744073709551615}"#;
        let Loaded { snapshot, warnings, .. } = loaded(text);
        let values: Vec<_> = snapshot.facts.leaves().map(|(_, v)| (v.kind(), v.plain().into_owned())).collect();
        let expected = [
            ("string", "123456789012345678901234567890"),
            ("list", "[18446744073709551616 \\, 18446744073709551616]"),
            ("number", "1e+30"),
            ("string", "-9223372036854775809"),
            ("number", "18446744073709551615"),
        ];
        assert_eq!(values, expected.map(|(kind, text)| (kind, text.to_owned())));
        assert_eq!(loaded(r#"{"d":-9223372036854775809}"#).warnings.len(), 1);
        assert!(warnings[0].starts_with("3 whole numbers have more than 64 bits"), "{warnings:?}");
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
        assert!(message(b"{\"driftglass\":\"1\"}").contains("\"driftglass\": \"1\" is not a snapshot format"));
        let deep = "{\"a\":".repeat(100_000);
        assert!(message(deep.as_bytes()).contains("127 levels deep"), "{}", message(deep.as_bytes()));
    }
}
