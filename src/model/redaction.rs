//! Secrets never enter a snapshot: what is hidden, by name and by known shape.

use super::Value;
use super::value::REDACTED;
use regex::{Regex, RegexSet};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Hides what is secret in a fact: the whole value where the last key names a secret, else the parts of its text that
/// have the shape of a credential.
pub fn value(keys: &[String], value: Value) -> Value {
    match value {
        Value::Text(text) => {
            let named = keys.last().is_some_and(|key| names_secret(key));
            if named && !text.is_empty() {
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

/// Whether a key names a secret: `password`, `ldap_default_authtok`, `requirepass`, `AWS_SECRET_ACCESS_KEY`.
pub fn names_secret(key: &str) -> bool {
    static NAMES: OnceLock<Regex> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "a constant pattern, compiled in a test")]
    let names = NAMES.get_or_init(|| {
        Regex::new(r"(?i)(^|[-_.])(pass(word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key|authtok|credentials?)$|requirepass$|masterauth$")
            .expect("a constant pattern")
    });
    names.is_match(key)
}

/// Hides the parts of a text that have the shape of a credential, and the values of lines that name one.
pub fn text(text: &str) -> Cow<'_, str> {
    static SHAPES: OnceLock<(RegexSet, Vec<Regex>)> = OnceLock::new();
    #[expect(clippy::expect_used, reason = "constant patterns, compiled in a test")]
    let (any, each) = SHAPES.get_or_init(|| {
        let patterns = [
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
            r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
        ];
        let each = patterns.iter().map(|p| Regex::new(p).expect("a constant pattern")).collect();
        (RegexSet::new(patterns).expect("constant patterns"), each)
    });
    let mut out = Cow::Borrowed(text);
    for shape in any.matches(text) {
        let hidden = each[shape].replace_all(&out, REDACTED).into_owned();
        out = Cow::Owned(hidden);
    }
    out
}
