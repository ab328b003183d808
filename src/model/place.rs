//! TOML that people write: read with what is wrong named by line, column and key, and with unknown keys warned of.

use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Reads a text; besides what it says, what to warn of: keys that mean nothing to this version.
///
/// # Errors
/// The text is no TOML, or not of this shape.
pub fn read<T: DeserializeOwned>(text: &str, places: &Places<'_>) -> Result<(T, Vec<Remark>), Remark> {
    let syntax = |error: &toml::de::Error| places.remark(error.span().unwrap_or_default(), words(error.message()));
    let document = toml::Deserializer::parse(text).map_err(|e| syntax(&e))?;
    let mut unknown = Vec::new();
    let read = serde_ignored::deserialize(document, |path| unknown.push(keys(&path)))
        .map_err(|error: toml::de::Error| syntax(&error))?;
    let mut warnings: Vec<Remark> = unknown.iter().map(|keys| places.unknown(keys)).collect();
    warnings.sort_by_key(Remark::place);
    Ok((read, warnings))
}

/// A type that is not the wanted one, in the words of TOML; other messages as they are.
fn words(message: &str) -> String {
    let Some((found, wanted)) = message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    else {
        return message.to_owned();
    };
    let name = |what: &str| match what.split([' ', '`']).find(|word| !matches!(*word, "" | "a" | "an")) {
        Some("map" | "struct") => "a table",
        Some("sequence") => "a list",
        Some("string") => "a text",
        Some("integer" | "i64" | "u64" | "u32" | "u8" | "floating" | "float" | "f64") => "a number",
        Some("boolean" | "bool") => "true or false",
        _ => "something else",
    };
    let (found, wanted) = match (name(found), name(wanted)) {
        ("a number", "a number") => ("a number with a fraction", "a whole number"),
        names => names,
    };
    let is_single = (found, wanted) == ("a table", "a list");
    let how = if is_single { ": a table of a list stands in two brackets, [[ ]]" } else { "" };
    format!("it is {found}, and {wanted} is wanted{how}")
}

/// The keys that lead to what nothing asked for.
fn keys(path: &serde_ignored::Path<'_>) -> Vec<String> {
    use serde_ignored::Path;
    let (parent, key) = match path {
        Path::Root => return Vec::new(),
        // How toml hands on the place of a value: no key that anybody wrote.
        Path::Map { parent, key } if key.starts_with("$__serde_spanned_private") => return keys(parent),
        Path::Map { parent, key } => (parent, key.clone()),
        Path::Seq { parent, index } => (parent, index.to_string()),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            return keys(parent);
        }
    };
    let mut keys = keys(parent);
    keys.push(key);
    keys
}

/// What is to be said about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// The keys that lead there, as TOML writes them; empty where none do.
    pub key: String,
    /// What is wrong.
    pub what: String,
}

impl Remark {
    /// Line and column, to sort by.
    pub fn place(&self) -> (usize, usize) {
        (self.line, self.column)
    }
}

/// `3:9: watch.files: "etc" does not begin with a slash`; the file's name goes before it.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// The places of a text and of the keys in it.
#[derive(Debug)]
pub struct Places<'a> {
    text: &'a str,
    table: DeTable<'a>,
}

impl<'a> Places<'a> {
    /// The places of this text, as far as it is TOML.
    pub fn of(text: &'a str) -> Self {
        Self { text, table: DeTable::parse_recoverable(text).0.into_inner() }
    }

    /// A remark on a part of the text, with the key that it belongs to.
    pub fn remark(&self, span: Range<usize>, what: impl Into<String>) -> Remark {
        let mut keys = Vec::new();
        find(&self.table, span.start, &mut keys);
        self.at(span.start, &keys, what.into())
    }

    /// A remark on a key that nothing asked for.
    fn unknown(&self, keys: &[String]) -> Remark {
        let mut start = 0;
        let mut value: Option<&DeValue<'_>> = None;
        for key in keys {
            let table = match value {
                None => Some(&self.table),
                Some(value) => value.as_table(),
            };
            if let Some((name, inner)) = table.and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key)) {
                start = name.span().start;
                value = Some(inner.get_ref());
            } else if let Some(inner) = value.and_then(|value| value.as_array()?.get(key.parse::<usize>().ok()?)) {
                start = inner.span().start;
                value = Some(inner.get_ref());
            } else {
                break;
            }
        }
        self.at(start, keys, "this version knows no such key; it is left out".to_owned())
    }

    fn at(&self, start: usize, keys: &[String], what: String) -> Remark {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Remark {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: super::Path::new(keys.iter().map(String::as_str)).to_string(),
            // The parser's words may have several lines.
            what: what.trim_end().replace('\n', ", "),
        }
    }
}

/// The keys down to the value that has this place.
fn find(table: &DeTable<'_>, place: usize, keys: &mut Vec<String>) {
    for (name, value) in table {
        if name.span().contains(&place) || value.span().contains(&place) || holds(value.get_ref(), place) {
            keys.push(name.get_ref().to_string());
            find_in(value.get_ref(), place, keys);
            return;
        }
    }
}

/// The keys and the positions in lists further down.
fn find_in(value: &DeValue<'_>, place: usize, keys: &mut Vec<String>) {
    if let Some(inner) = value.as_table() {
        find(inner, place, keys);
    }
    for (at, member) in value.as_array().into_iter().flatten().enumerate() {
        let inner = member.get_ref();
        // Of a list of plain values the key says enough; a table in a list is told by its position.
        if inner.is_table() && (member.span().contains(&place) || holds(inner, place)) {
            keys.push(at.to_string());
            find_in(inner, place, keys);
        }
    }
}

/// Whether a table or list has a place: its own span is that of its head alone.
fn holds(value: &DeValue<'_>, place: usize) -> bool {
    let in_table = value.as_table().is_some_and(|table| {
        table.iter().any(|(name, value)| {
            name.span().contains(&place) || value.span().contains(&place) || holds(value.get_ref(), place)
        })
    });
    let mut members = value.as_array().into_iter().flatten();
    in_table || members.any(|member| member.span().contains(&place) || holds(member.get_ref(), place))
}
