//! Secrets never enter a snapshot: what is hidden, by name, by the shape of known credentials, and by the place where
//! configuration files, command lines and URLs keep them.
//!
//! Nearly every value of a capture is ordinary, so the rules first look for hints in one pass each and borrow what has
//! none. To hide too much costs a line of a comparison, to hide too little costs somebody's password: in doubt it hides.

mod lines;
mod manifests;
mod names;
mod shapes;

pub use names::names_secret;

use super::Value;
use super::value::REDACTED;
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;

/// Where keys that look like names of secrets name something else: data bases of name services and kinds of PAM stacks
/// (`passwd`, `password`).
const INNOCENT: &[&[&str]] = &[&["dns", "switch"], &["directory", "pam"]];

/// Hides what is secret in a fact: the whole value where the last key names a secret, else the parts of its text that
/// look like one.
pub fn value(keys: &[String], value: Value) -> Value {
    match value {
        Value::Text(text) => {
            let named = keys.last().is_some_and(|key| names_secret(key)) && !is_innocent(keys);
            if named && names::holds_secret(keys.last().map_or("", String::as_str), &text) {
                return Value::Text(REDACTED.to_owned());
            }
            match self::text(&text) {
                Cow::Borrowed(_) => Value::Text(text),
                Cow::Owned(hidden) => Value::Text(hidden),
            }
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| self::value(keys, item)).collect()),
        other => other,
    }
}

fn is_innocent(keys: &[String]) -> bool {
    INNOCENT.iter().any(|top| keys.len() > top.len() && keys.iter().zip(top.iter()).all(|(key, name)| key == name))
}

/// Hides the parts of a text that have the shape of a credential, and the values beside names of secrets.
pub fn text(text: &str) -> Cow<'_, str> {
    if text.len() < SHORTEST && !text.bytes().any(parts_name) {
        return Cow::Borrowed(text);
    }
    let mut out = Cow::Borrowed(text);
    for rules in [shapes::hide, lines::hide, manifests::hide] {
        if let Cow::Owned(hidden) = rules(&out) {
            out = Cow::Owned(hidden);
        }
    }
    out
}

/// No credential that is known by its shape alone is shorter: a crypt(5) hash.
const SHORTEST: usize = 11;

/// Whether a byte can stand between the name of a secret and its value. A text without any names nothing.
fn parts_name(byte: u8) -> bool {
    matches!(byte, b'=' | b':' | b' ' | b'\t' | b'>' | b'\n')
}

/// Compiles a pattern that stands in the program. Names and credentials are ASCII, which makes patterns small and fast.
#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles each")]
fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().expect("a constant pattern")
}

/// Pieces of a text to be hidden, given in order and without overlap; anything else is skipped.
struct Hidden<'a> {
    text: &'a str,
    out: String,
    done: usize,
}

impl<'a> Hidden<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, out: String::new(), done: 0 }
    }

    /// Hides `start..end` unless that was hidden before.
    fn hide(&mut self, start: usize, end: usize) {
        let (start, end) = (self.text.floor_char_boundary(start), self.text.ceil_char_boundary(end));
        if start < self.done || end <= start {
            return;
        }
        let (Some(before), Some(secret)) = (self.text.get(self.done..start), self.text.get(start..end)) else { return };
        if secret == REDACTED {
            return;
        }
        self.out.push_str(before);
        self.out.push_str(REDACTED);
        self.done = end;
    }

    fn finish(mut self) -> Cow<'a, str> {
        if self.done == 0 {
            return Cow::Borrowed(self.text);
        }
        self.out.push_str(self.text.get(self.done..).unwrap_or_default());
        Cow::Owned(self.out)
    }
}

#[cfg(test)]
mod tests;
