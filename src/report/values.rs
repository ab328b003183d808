//! Cells as people read them: safe, five kinds of nothing told apart, long ones cut around what differs.

use crate::base::text;
use crate::compare::{Cell, Comparison, Flags, RowId};
use crate::model::ValueRef;
use crate::model::value::{Redacted, shown};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// The raw words for a cell: absent, empty, null, unreadable, not collected and hidden each in their own.
pub(super) fn words(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Missing => Cow::Borrowed("(absent)"),
        Cell::Problem(why) => Cow::Owned(format!("(unreadable: {why})")),
        Cell::NotCollected(why) => Cow::Owned(format!("({why})")),
        Cell::Redacted(Redacted::Opaque) => Cow::Borrowed("[redacted]"),
        Cell::Redacted(Redacted::Keyed { hash, .. }) => {
            Cow::Owned(format!("[redacted #{}]", hash.get(..4).unwrap_or(hash)))
        }
        Cell::Value(ValueRef::Text(text)) if needs_quotes(text) => Cow::Owned(format!("\"{text}\"")),
        Cell::Value(value) if value.hides() => Cow::Owned(shown(&value.plain()).into_owned()),
        Cell::Value(value) => value.plain(),
    }
}

/// The words for a cell on one line, safe for a terminal.
pub fn cell_text(cell: Cell<'_>) -> String {
    text::escape(&words(cell)).into_owned()
}

/// Whether a text would be taken for something else without quotes: for another kind of value, for words of ours, or
/// for a text without the white space at its ends.
fn needs_quotes(text: &str) -> bool {
    matches!(text, "null" | "true" | "false")
        || text.starts_with(['(', '"', '[', '{'])
        || text.starts_with(char::is_whitespace)
        || text.ends_with(|c: char| c.is_whitespace() && c != '\n')
}

/// The display forms of all cells of a row. Texts that stand beside values of another type are quoted, so that `"8"`
/// and `8` differ to the eye too.
pub(super) fn cells(comparison: &Comparison, row: RowId) -> Vec<String> {
    let quote = comparison.flags(row).contains(Flags::TYPE);
    let text = |cell: Cell<'_>| match cell {
        Cell::Value(ValueRef::Text(text)) if quote && !text.is_empty() && !needs_quotes(text) => {
            format!("\"{}\"", text::escape(text))
        }
        other => cell_text(other),
    };
    comparison.cells(row).map(text).collect()
}

/// Cells a value may take in a document; a longer one is cut around what differs, and its length said.
const VALUE_CELLS: usize = 200;

/// A display form that is short enough for a table.
pub(super) struct Short {
    /// The form itself, a long one cut around what differs.
    pub text: String,
    /// The length of one that was cut: `1,234 characters`.
    pub length: Option<String>,
}

/// As [`cells`], each short enough for a table.
pub(super) fn shortened(comparison: &Comparison, row: RowId) -> Vec<Short> {
    let shown = cells(comparison, row);
    let anchor = common(&shown);
    let cut = |value: &String| match around(value, anchor, VALUE_CELLS) {
        cut if cut.len() == value.len() => Short { text: cut.into_owned(), length: None },
        cut => {
            let length = Some(super::counted(value.chars().count(), "character"));
            Short { text: cut.into_owned(), length }
        }
    };
    shown.iter().map(cut).collect()
}

/// As [`shortened`], with the whole length of a cut one behind it.
pub(super) fn short(comparison: &Comparison, row: RowId) -> Vec<String> {
    let written = |short: Short| match short.length {
        Some(length) => format!("{} ({length})", short.text),
        None => short.text,
    };
    shortened(comparison, row).into_iter().map(written).collect()
}

/// The sides in groups that agree, each group where its first member stands. `shown` are the display forms.
pub(super) fn agreeing(comparison: &Comparison, row: RowId, shown: &[String]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for side in 0..shown.len() {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| comparison.agree(row, *first, side))) {
            Some(group) => group.push(side),
            None => groups.push(vec![side]),
        }
    }
    groups
}

/// How many bytes the display forms begin with in common, by whole grapheme clusters.
pub(super) fn common(values: &[String]) -> usize {
    let Some((first, others)) = values.split_first() else { return 0 };
    let same = |other: &String| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let Some(bytes) = others.iter().map(same).min() else { return 0 };
    let mut at = 0;
    for (start, cluster) in first.grapheme_indices(true) {
        if start + cluster.len() > bytes {
            break;
        }
        at = start + cluster.len();
    }
    if values.iter().all(|v| v.is_char_boundary(at)) { at } else { 0 }
}

/// A display form in at most `cells`. Where it does not fit, it begins a little before byte `anchor`, where values
/// begin to differ; cuts show as `..`.
pub(super) fn around(shown: &str, anchor: usize, cells: usize) -> Cow<'_, str> {
    if text::width(shown) <= cells {
        return Cow::Borrowed(shown);
    }
    let context = cells / 4;
    let lead = shown.get(..anchor).unwrap_or_default();
    if text::width(lead) <= context.max(2) {
        return text::fit(shown, cells);
    }
    let mut start = lead.len();
    let mut used = 0;
    for (at, cluster) in lead.grapheme_indices(true).rev() {
        used += text::width(cluster);
        if used > context {
            break;
        }
        start = at;
    }
    Cow::Owned(format!("..{}", text::fit(&shown[start..], cells.saturating_sub(2))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_nothing_never_share_a_form() {
        let cells = [
            Cell::Missing,
            Cell::Value(ValueRef::Text("")),
            Cell::Value(ValueRef::Null),
            Cell::NotCollected("not collected"),
            Cell::Problem("permission denied: /x"),
            Cell::Redacted(Redacted::Opaque),
            Cell::Redacted(Redacted::Keyed { key: "1", hash: "9f2caa" }),
            Cell::Value(ValueRef::Empty),
            // Texts that pretend.
            Cell::Value(ValueRef::Text("(absent)")),
            Cell::Value(ValueRef::Text("\"\"")),
            Cell::Value(ValueRef::Text("null")),
            Cell::Value(ValueRef::Text("[redacted #9f2c]")),
            Cell::Value(ValueRef::Text("{}")),
        ];
        let forms: Vec<String> = cells.into_iter().map(cell_text).collect();
        let mut unique = forms.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), forms.len(), "{forms:?}");
        assert_eq!(forms[6], "[redacted #9f2c]");
    }

    #[test]
    fn long_values_are_cut_around_what_differs() {
        let left = format!("{}new_checkout=on,{}", "flag=yes,".repeat(20), "x".repeat(50));
        let right = left.replace("=on", "=off");
        let at = common(&[left.clone(), right.clone()]);
        let (left, right) = (around(&left, at, 40), around(&right, at, 40));
        assert!(left.starts_with("..") && left.ends_with("..") && left.contains("checkout=on"), "{left}");
        assert!(right.contains("checkout=off") && text::width(&right) <= 40, "{right}");
        assert_eq!(around("short", 3, 40), "short");
    }
}
