//! Where in a file something stands.

use std::fmt;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

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
    pub(super) fn place(&self) -> (usize, usize) {
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
pub(super) struct Places<'a> {
    text: &'a str,
    table: DeTable<'a>,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, table: DeTable::parse_recoverable(text).0.into_inner() }
    }

    /// A remark on a part of the text, with the key that it belongs to.
    pub(super) fn remark(&self, span: Range<usize>, what: impl Into<String>) -> Remark {
        let mut keys = Vec::new();
        find(&self.table, span.start, &mut keys);
        self.at(span.start, &keys, what.into())
    }

    /// A remark on a key that nothing asked for.
    pub(super) fn unknown(&self, keys: &[String]) -> Remark {
        let mut table = Some(&self.table);
        let mut start = 0;
        for key in keys {
            let found = table.and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key.as_str()));
            let Some((name, value)) = found else { break };
            start = name.span().start;
            table = value.get_ref().as_table();
        }
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.at(start, &keys, "this version knows no such key; it is left out".to_owned())
    }

    fn at(&self, start: usize, keys: &[&str], what: String) -> Remark {
        let before = self.text.get(..start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Remark {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: crate::model::Path::new(keys.iter().copied()).to_string(),
            // The parser's words may have several lines.
            what: what.trim_end().replace('\n', ", "),
        }
    }
}

/// The keys down to the value that has this place.
fn find<'t>(table: &'t DeTable<'_>, place: usize, keys: &mut Vec<&'t str>) {
    for (name, value) in table {
        if name.span().contains(&place) || value.span().contains(&place) || holds(value.get_ref(), place) {
            keys.push(name.get_ref());
            if let Some(inner) = value.get_ref().as_table() {
                find(inner, place, keys);
            }
            return;
        }
    }
}

/// Whether a table has a place: its own span is that of its head alone.
fn holds(value: &DeValue<'_>, place: usize) -> bool {
    value.as_table().is_some_and(|table| {
        table.iter().any(|(name, value)| {
            name.span().contains(&place) || value.span().contains(&place) || holds(value.get_ref(), place)
        })
    })
}
