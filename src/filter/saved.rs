//! Filters with a name: `@unread`, and those that users keep.

use std::collections::BTreeMap;

/// Filters by name, without the `@`.
pub type Saved = BTreeMap<String, String>;

/// Those that come with the program: name, filter, what it lists.
pub const BUILT_IN: [(&str, &str, &str); 2] = [
    ("secrets", "is:redacted", "what was hidden at capture"),
    ("unread", "is:unreadable", "what could not be read on some side"),
];

/// The text of a saved filter: a user's own goes before one of the program.
pub fn text<'a>(saved: &'a Saved, name: &str) -> Option<&'a str> {
    let own = saved.get(name).map(String::as_str);
    own.or_else(|| BUILT_IN.iter().find(|(known, ..)| *known == name).map(|(_, text, _)| *text))
}

/// All names, those of the user first.
pub fn names(saved: &Saved) -> impl Iterator<Item = &str> {
    let built_in = BUILT_IN.iter().map(|(name, ..)| *name).filter(|name| !saved.contains_key(*name));
    saved.keys().map(String::as_str).chain(built_in)
}

/// Whether a filter may have this name: letters, digits, `-` and `_`.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_part)
}

/// Whether a character may stand in a name.
pub(super) fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}
