//! How a value changed, in words and as fields.

use crate::compare::change::Change;

/// A change as the columns of a table.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// What kind of change it is, one word.
    pub kind: &'static str,
    /// How far apart the values are, one word.
    pub distance: Option<&'static str>,
    /// The rest, in words.
    pub detail: String,
}

/// The fields of a change between two sides of these names.
pub(super) fn fields(_: &Change, _left: &str, _right: &str) -> Fields {
    Fields::default()
}

/// The change as JSON.
pub(super) fn json(_: &Change, left: usize, right: usize) -> serde_json::Value {
    serde_json::json!({ "between": [left, right] })
}
