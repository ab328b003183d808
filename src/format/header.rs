//! Reading the header alone: what a list of snapshots shows, without parsing a million facts.

use super::FormatError;
use crate::model::Meta;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::io::{BufRead, BufReader, Read};

/// How much text a header may take, in bytes. Writers put `meta` first; a file that does not has no quick header.
const HEAD_BYTES: u64 = 1 << 20;

/// What a snapshot file says of itself before its facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Label, time, host and so on.
    pub meta: Meta,
    /// How many facts follow, where the file says so. A claim: only loading counts them.
    pub facts: Option<u64>,
    /// How many problems follow, where the file says so.
    pub problems: Option<u64>,
}

/// Reads the header from the beginning of a file, plain, gzip or zstd, and no more of it than is needed.
///
/// # Errors
/// See [`FormatError`]: also for bare facts, which have no header, and for one that does not come first.
pub fn read_header(mut input: impl BufRead) -> Result<Header, FormatError> {
    let start = input.fill_buf().map_err(|e| FormatError::Header(e.to_string()))?;
    match start {
        [] => Err(FormatError::Empty),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            let failed = |e: std::io::Error| FormatError::Compression { kind: "zstd", message: e.to_string() };
            parse(zstd::stream::read::Decoder::with_buffer(input).map_err(failed)?, "zstd")
        }
        [0x1f, 0x8b, ..] => parse(flate2::bufread::MultiGzDecoder::new(input), "gzip"),
        _ => parse(input, "plain"),
    }
}

fn parse(text: impl Read, kind: &'static str) -> Result<Header, FormatError> {
    let mut text = BufReader::new(text).take(HEAD_BYTES);
    let mut found = Found::default();
    let parsed = serde_json::Deserializer::from_reader(&mut text).deserialize_map(&mut found);
    if let Some(version) = found.version.filter(|v| *v > super::VERSION) {
        return Err(FormatError::Newer(version));
    }
    // With the header at hand it does not matter what follows: a file that was cut later may still have all of it.
    let Some(meta) = found.meta else {
        return Err(match parsed {
            Err(e) if e.is_io() => FormatError::Compression { kind, message: e.to_string() },
            Err(e) if e.is_eof() && text.limit() > 0 => FormatError::Truncated { line: e.line(), column: e.column() },
            Err(e) if !e.is_eof() => super::read::json_error(&e, ""),
            _ => FormatError::Header("it does not begin with a header: not saved by driftglass".to_owned()),
        });
    };
    let count = |key: &str| meta.get(key).and_then(Json::as_u64);
    let (facts, problems) = (count("fact_count"), count("problem_count"));
    // One reader of `meta` for both ways: the header is read as a snapshot without facts.
    let document = serde_json::json!({ "driftglass": super::VERSION, "meta": meta }).to_string();
    Ok(Header { meta: super::read(document.as_bytes())?.snapshot.meta, facts, problems })
}

/// What has been seen of the top object when the visitor left it.
#[derive(Default)]
struct Found {
    version: Option<u64>,
    meta: Option<Map<String, Json>>,
}

impl<'de> Visitor<'de> for &mut Found {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "driftglass" => self.version = Some(map.next_value()?),
                "meta" if self.version.is_some() => {
                    self.meta = Some(map.next_value()?);
                    return Err(A::Error::custom("enough"));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"driftglass":1,"meta":{"label":"a","host":"h","fact_count":7,"x":[1]},"facts":{"a":"#;

    #[test]
    fn the_header_is_read_without_the_facts() {
        let plain = read_header(FILE.as_bytes()).expect("a header, though the facts are cut");
        assert_eq!((plain.meta.label.as_str(), plain.facts, plain.problems), ("a", Some(7), None));
        assert_eq!(plain.meta.other.len(), 1, "counts are no notes of another version");
        let packed = zstd::encode_all(FILE.as_bytes(), 3).expect("memory does not fail");
        assert_eq!(read_header(&packed[..]).expect("zstd"), plain);
    }

    #[test]
    fn what_has_no_header_says_so() {
        let message = |text: &str| read_header(text.as_bytes()).expect_err("no header").to_string();
        assert!(message(r#"{"a":1}"#).contains("not saved by driftglass"));
        assert!(message(r#"{"driftglass":1,"meta":{"la"#).contains("truncated"));
        assert!(message(r#"{"driftglass":2,"meta":{}}"#).contains("format 2 is newer"));
        assert!(message("[1]").contains("not JSON"));
        assert_eq!(message(""), "the file is empty");
        let late = format!(r#"{{"driftglass":1,"facts":{{"a":"{}"}},"meta":{{}}}}"#, "x".repeat(2 << 20));
        assert!(message(&late).contains("does not begin with a header"));
    }
}
