//! Secrets never enter a snapshot: what is hidden, by name, by the shape of known credentials, and by the place where
//! configuration files, command lines and URLs keep them. `docs/redaction.md` says it for people.
//!
//! Nearly every value of a capture is ordinary, so the rules first look for hints in one pass each and borrow what has
//! none. To hide too much costs a line of a comparison, to hide too little costs somebody's password: in doubt it hides.

mod grammars;
mod hints;
mod key;
mod lines;
mod looks;
mod manifests;
mod names;
mod places;
mod shapes;
mod tokens;

pub use key::{Key, KeyError};
pub use names::names_secret;

use super::value::{REDACTED, marks};
use super::{Segment, Value};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;

/// Hides secrets; with a key so that equal ones stay equal.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    key: Option<Key>,
}

/// Something that was hidden: by which rule, and where in its text. Never the thing itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule: `name`, `private-key`, `url-password`, `github-token` and so on.
    pub rule: &'static str,
    /// The name beside it, where a name gave it away.
    pub name: Option<String>,
    /// The line of the text, from 1, where the text has more than one.
    pub line: Option<usize>,
}

impl Redactor {
    /// Hides under this key.
    pub fn with_key(key: Key) -> Self {
        Self { key: Some(key) }
    }

    /// The key, if there is one.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// Hides what is secret in a fact: the whole value where its place or last key names a secret, else the parts of its
    /// text that look like one.
    pub fn value(&self, keys: &[Segment], value: Value, found: &mut Vec<Finding>) -> Value {
        match value {
            Value::Text(text) => {
                let hits = places::find(keys, &text).unwrap_or_else(|| find(&text));
                match self.apply(&text, hits, found) {
                    Cow::Borrowed(_) => Value::Text(text),
                    Cow::Owned(hidden) => Value::Text(hidden),
                }
            }
            Value::List(items) => Value::List(items.into_iter().map(|item| self.value(keys, item, found)).collect()),
            other => other,
        }
    }

    /// What a fact's text becomes, if anything of it is secret.
    pub fn changed(&self, keys: &[Segment], text: &str) -> Option<String> {
        let hits = places::find(keys, text).unwrap_or_else(|| find(text));
        match self.apply(text, hits, &mut Vec::new()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(hidden) => Some(hidden),
        }
    }

    /// Hides the parts of a text that have the shape of a credential, and the values beside names of secrets.
    pub fn text<'a>(&self, text: &'a str, found: &mut Vec<Finding>) -> Cow<'a, str> {
        self.apply(text, find(text), found)
    }

    /// What stands for a secret: `[redacted]`, or `[redacted KEY:HASH]`.
    fn mark(&self, secret: &str) -> Cow<'static, str> {
        match &self.key {
            None => Cow::Borrowed(REDACTED),
            Some(key) => Cow::Owned(format!(
                "[redacted {}:{}]",
                key.id(),
                key.hash(secret.trim_matches(|c: char| c.is_whitespace() || matches!(c, OPEN | CLOSE)))
            )),
        }
    }

    /// Puts marks in place of what was found. What overlaps is hidden as one; what is a mark stays one.
    fn apply<'a>(&self, text: &'a str, mut hits: Vec<Hit>, found: &mut Vec<Finding>) -> Cow<'a, str> {
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        let marked: Vec<_> = marks(text).collect();
        for hit in &mut hits {
            hit.start = text.floor_char_boundary(hit.start);
            hit.end = text.ceil_char_boundary(hit.end);
            // A mark is hidden whole or not at all. Marks stand in order, so the first and the last that are met say it.
            let from = marked.partition_point(|mark| mark.end <= hit.start);
            let met = marked.get(from..marked.partition_point(|mark| mark.start < hit.end)).unwrap_or_default();
            if let (Some(first), Some(last)) = (met.first(), met.last()) {
                (hit.start, hit.end) = (hit.start.min(first.start), hit.end.max(last.end));
            }
        }
        // Of two that begin together the longer says the rule.
        hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
        let mut out = String::with_capacity(text.len());
        let (mut done, mut line, mut counted) = (0, 1, 0);
        let mut hits = hits.into_iter().peekable();
        while let Some(hit) = hits.next() {
            let mut end = hit.end;
            while let Some(next) = hits.next_if(|next| next.start < end) {
                end = end.max(next.end);
            }
            let (Some(before), Some(secret)) = (text.get(done..hit.start), text.get(hit.start..end)) else { continue };
            if !holds_more_than_marks(secret) {
                continue;
            }
            out.push_str(before);
            out.push_str(&self.mark(secret));
            done = end;
            line += text.get(counted..hit.start).map_or(0, |t| t.bytes().filter(|b| *b == b'\n').count());
            counted = hit.start;
            found.push(Finding { rule: hit.rule, name: hit.name, line: text.contains('\n').then_some(line) });
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// Whether anything but marks, quotes and signs stands in a text that is to be hidden.
fn holds_more_than_marks(secret: &str) -> bool {
    let mut at = 0;
    let mut rest = |to: usize, next: usize| {
        let part = secret.get(at..to).unwrap_or_default();
        at = next;
        part.chars().any(|c| !c.is_whitespace() && !c.is_ascii_punctuation())
    };
    let before = marks(secret).any(|mark| rest(mark.start, mark.end));
    let is_marked = marks(secret).next().is_some();
    before || rest(secret.len(), secret.len()) || (!is_marked && !secret.trim().is_empty())
}

/// What [`secret`] puts around a text: private characters of Unicode, which stand for nothing anywhere else.
const OPEN: char = '\u{10fffc}';
const CLOSE: char = '\u{10fffd}';

/// Says that a text is secret, for a probe that knows it from the grammar of a file. The result may stand within another
/// text; on its way into the facts it is hidden. Nothing stays nothing.
pub fn secret(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{OPEN}{text}{CLOSE}") }
}

/// What a probe said of itself.
fn said(text: &str, hits: &mut Vec<Hit>) {
    if !says(text) {
        return;
    }
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(OPEN)).map(|found| at + found) {
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(CLOSE).map_or(text.len(), |found| start + found + CLOSE.len_utf8());
        hits.push(Hit::new(start, end, "place"));
        at = end;
    }
}

/// Whether a text holds what a probe said is secret. Nearly none does, and ASCII is told at once.
fn says(text: &str) -> bool {
    !text.is_ascii() && text.contains(OPEN)
}

/// Hides secrets in a text without a key; what has none is borrowed.
pub fn text(text: &str) -> Cow<'_, str> {
    Redactor::default().text(text, &mut Vec::new())
}

/// A piece of a text to be hidden.
#[derive(Debug)]
struct Hit {
    start: usize,
    end: usize,
    rule: &'static str,
    name: Option<String>,
}

impl Hit {
    fn new(start: usize, end: usize, rule: &'static str) -> Self {
        Self { start, end, rule, name: None }
    }
}

/// What the rules find in a text.
fn find(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    said(text, &mut hits);
    if !is_plain(text) {
        shapes::find(text, &mut hits);
        lines::find(text, &mut hits);
        manifests::find(text, &mut hits);
    }
    hits
}

/// No credential that is known by its shape alone is shorter: a crypt(5) hash.
const SHORTEST: usize = 11;

/// A word, a version or a name alone (no sign that a grammar of secrets has) is none while it is shorter than this.
const SHORTEST_PLAIN: usize = 16;

/// Whether a text is too short and too simple for any rule.
fn is_plain(text: &str) -> bool {
    let is_simple = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'+');
    (text.len() < SHORTEST_PLAIN && text.bytes().all(is_simple))
        || (text.len() < SHORTEST && !text.bytes().any(parts_name))
}

/// A search for any of some texts of ASCII, in small letters or capitals.
#[expect(clippy::expect_used, reason = "the texts are constants, and a test builds each")]
fn any_of(texts: &[&str]) -> AhoCorasick {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(texts).expect("constant texts")
}

/// Whether a byte can stand between the name of a secret and its value. A text without any names nothing.
fn parts_name(byte: u8) -> bool {
    matches!(byte, b'=' | b':' | b' ' | b'\t' | b'>' | b'\n' | b',')
}

/// Compiles a pattern that stands in the program. Names and credentials are ASCII, which makes patterns small and fast.
#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles each")]
fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().expect("a constant pattern")
}

#[cfg(test)]
mod planted_test;
#[cfg(test)]
mod tests;
