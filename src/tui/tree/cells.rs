//! Values as they stand in cells: escaped, cut where both sides are still the same, never so that the difference is out
//! of view.

use crate::base::text::{escape, width};
use crate::compare::{Cell, Comparison, Flags, RowId};
use crate::model::{Problem, ValueRef};
use std::borrow::Cow;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Longer values are cut to this many bytes around what is shown before anything else is done with them.
const WINDOW: usize = 8192;
/// How much of a window stands before the difference.
const LEAD: usize = 2048;
/// Longer lists are cut to this many members around the first difference.
const MEMBERS: usize = 256;

/// Cells of the mark where a value is cut.
const CUT: usize = 2;
/// Cells of a difference that are to be in view.
const SEEN: usize = 3;

/// Two values in display form, and the part of each that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The left value.
    pub left: String,
    /// The right value.
    pub right: String,
    /// Bytes that both begin with.
    prefix: usize,
    /// Bytes that both end with, after the prefix.
    suffix: usize,
}

/// A piece of a value that fits a column, and the cells of it that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The text, with `..` where it is cut.
    pub text: String,
    /// Cells that differ from the other side, where the rest is the same.
    pub differs: Range<usize>,
}

/// What one side says, in display form and in full.
pub fn in_full(cell: Cell<'_>) -> String {
    escape(&raw(cell, 0)).into_owned()
}

/// What one side says, raw; of a long list only the members from `from`.
fn raw(cell: Cell<'_>, from: usize) -> Cow<'_, str> {
    match cell {
        Cell::Missing => Cow::Borrowed("(absent)"),
        Cell::Problem(text) => Cow::Owned(format!("({text})")),
        Cell::NotCollected(text) => {
            let problem = Problem::parse(text);
            let detail = if problem.detail.is_empty() { problem.kind.words() } else { &problem.detail };
            Cow::Owned(if detail == "not collected" {
                "(not collected)".to_owned()
            } else {
                format!("(not collected: {detail})")
            })
        }
        Cell::Redacted(redacted) => match redacted {
            crate::model::value::Redacted::Opaque => Cow::Borrowed("[redacted]"),
            crate::model::value::Redacted::Keyed { hash, .. } => {
                Cow::Owned(format!("[redacted #{}]", hash.chars().take(4).collect::<String>()))
            }
        },
        Cell::Value(ValueRef::List(list)) if list.len() > MEMBERS => {
            let members: Vec<_> = list.iter().skip(from).take(MEMBERS).map(ValueRef::plain).collect();
            let head = if from > 0 { "[.." } else { "[" };
            let tail =
                if from + MEMBERS < list.len() { format!(", .. {} in all]", list.len()) } else { "]".to_owned() };
            Cow::Owned(format!("{head}{}{tail}", members.join(", ")))
        }
        Cell::Value(ValueRef::Text(text)) if reads_as_other(text) => Cow::Owned(format!("\"{text}\"")),
        Cell::Value(value) => value.plain(),
    }
}

/// Whether a text would be taken for a word that stands for no value.
fn reads_as_other(text: &str) -> bool {
    text == "null" || text == "\"\"" || text.starts_with("(absent)") || text.starts_with("(not collected")
}

/// The first member of two lists that differs, less a few for context; 0 for what is not two long lists.
fn first_member(left: Cell<'_>, right: Cell<'_>) -> usize {
    match (left, right) {
        (Cell::Value(ValueRef::List(a)), Cell::Value(ValueRef::List(b))) if a.len().max(b.len()) > MEMBERS => {
            a.iter().zip(b.iter()).take_while(|(a, b)| a == b).count().saturating_sub(4)
        }
        _ => 0,
    }
}

/// Both values of a leaf. Long ones are windows around the first difference.
pub fn pair(comparison: &Comparison, row: RowId) -> Pair {
    pair_of(comparison, row, 0, 1)
}

/// As [`pair`], of any two sides.
pub fn pair_of(comparison: &Comparison, row: RowId, left: usize, right: usize) -> Pair {
    let (a, b) = (comparison.cell(row, left), comparison.cell(row, right));
    let from = first_member(a, b);
    let (mut left, mut right) = (raw(a, from), raw(b, from));
    if comparison.flags(row).contains(Flags::TYPE) {
        // What is told apart only by its type is shown with it: "8" against 8.
        (left, right) = (quoted(a, left), quoted(b, right));
    }
    let start = if left.len().max(right.len()) > WINDOW { common(&left, &right).saturating_sub(LEAD) } else { 0 };
    let pair = Pair::new(escape(&window(&left, start)), escape(&window(&right, start)));
    if matches!((a, b), (Cell::Value(_) | Cell::Redacted(_), Cell::Value(_) | Cell::Redacted(_))) {
        return pair;
    }
    // Words that stand for a value have no difference inside.
    Pair { prefix: 0, suffix: 0, ..pair }
}

fn quoted<'a>(cell: Cell<'_>, raw: Cow<'a, str>) -> Cow<'a, str> {
    match cell {
        Cell::Value(ValueRef::Text(text)) if raw == text => Cow::Owned(format!("\"{text}\"")),
        _ => raw,
    }
}

/// The column at which the values of a row begin to differ.
pub fn difference_column(comparison: &Comparison, row: RowId) -> usize {
    if comparison.is_leaf(row) { pair(comparison, row).column() } else { 0 }
}

fn window(raw: &str, start: usize) -> Cow<'_, str> {
    let start = raw.floor_char_boundary(start);
    let end = raw.floor_char_boundary(start.saturating_add(WINDOW));
    let piece = &raw[start..end];
    match (start > 0, end < raw.len()) {
        (false, false) => Cow::Borrowed(raw),
        (before, after) => {
            let dots = |on| if on { ".." } else { "" };
            Cow::Owned(format!("{}{piece}{}", dots(before), dots(after)))
        }
    }
}

/// How many bytes both begin with, by whole characters.
fn common(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    a.floor_char_boundary(same).min(b.floor_char_boundary(same))
}

impl Pair {
    fn new(left: Cow<'_, str>, right: Cow<'_, str>) -> Self {
        let mut prefix = common(&left, &right);
        // A character and its marks are one: the difference starts with the character.
        prefix = left[..prefix].grapheme_indices(true).next_back().map_or(0, |(at, cluster)| {
            let whole = |text: &str| text[at..].graphemes(true).next() == Some(cluster);
            if whole(&left) && whole(&right) { prefix } else { at }
        });
        let (a, b) = (&left[prefix..], &right[prefix..]);
        let same = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
        let suffix = (0..=same).rev().find(|n| a.is_char_boundary(a.len() - n) && b.is_char_boundary(b.len() - n));
        Self { prefix, suffix: suffix.unwrap_or(0), left: left.into_owned(), right: right.into_owned() }
    }

    /// The column of the first difference.
    fn column(&self) -> usize {
        // Where nothing differs, the beginning says most.
        if self.left == self.right { 0 } else { width(&self.left[..self.prefix]) }
    }

    /// Both values cut to a column of `cells`, each so that the first difference is in it.
    pub fn anchored(&self, cells: usize) -> (Piece, Piece) {
        let column = self.column();
        let fits = width(&self.left) <= cells && width(&self.right) <= cells;
        let start = if fits || column + 2 <= cells * 2 / 3 { 0 } else { column.saturating_sub(cells / 3) };
        self.from(self.with_name(start, column, cells), cells)
    }

    /// Where a cut at `start` would go through the name of what differs, as in `new_checkout=off`: before the name, if the
    /// difference is in view from there too.
    fn with_name(&self, start: usize, column: usize, cells: usize) -> usize {
        let head = &self.left[..self.prefix];
        let is_in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '=');
        let word = head.char_indices().rev().find(|(_, c)| !is_in_name(*c)).map_or(0, |(at, c)| at + c.len_utf8());
        let name = width(&head[..word]);
        let before = name.saturating_sub(CUT);
        let differs = |text: &str| width(&text[self.prefix..text.len() - self.suffix]);
        let seen = differs(&self.left).max(differs(&self.right)).min(SEEN);
        let fits = name >= CUT && name < start + CUT && column + seen + CUT <= before + cells;
        if start > 0 && fits { before } else { start }
    }

    /// Both values from a column on.
    pub fn from(&self, start: usize, cells: usize) -> (Piece, Piece) {
        (self.piece(&self.left, start, cells), self.piece(&self.right, start, cells))
    }

    fn piece(&self, shown: &str, start: usize, cells: usize) -> Piece {
        let text = slice(shown, start, cells);
        // What is the same is worth setting apart only where there is some.
        let shared = self.prefix + self.suffix;
        let differs = if shared * 3 >= shown.len() && shared > 0 && self.left != self.right {
            let column = |byte: usize| width(&shown[..byte]).saturating_sub(start).min(cells);
            column(self.prefix)..column(shown.len() - self.suffix)
        } else {
            0..0
        };
        Piece { text, differs }
    }
}

/// The cells from `start` of a display form; a cut at either end is visible as `..` in its place.
pub fn slice(shown: &str, start: usize, cells: usize) -> String {
    if start == 0 {
        return crate::base::text::fit(shown, cells).into_owned();
    }
    let total = width(shown);
    if start >= total {
        return "..".chars().take(cells).collect();
    }
    let mut out: String = "..".chars().take(cells).collect();
    let from = start + 2;
    let end = start + cells;
    let last = if total > end { end.saturating_sub(2) } else { end };
    let mut at = 0;
    for cluster in shown.graphemes(true) {
        let next = at + width(cluster);
        if at >= from && next <= last {
            out.push_str(cluster);
        } else if at < from && next > from && next <= last {
            // Half of a wide character is left of the cut.
            out.push_str(&" ".repeat(next - from));
        }
        at = next;
        if at >= last {
            break;
        }
    }
    if total > end && cells >= 4 {
        out.push_str(&" ".repeat(last.saturating_sub(start + width(&out))));
        out.push_str("..");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_difference_is_in_view() {
        let long = |flag: &str| format!("{}new_checkout={flag},tax_v2=on{}", "x".repeat(180), "y".repeat(60));
        let pair = Pair::new(Cow::Owned(long("on")), Cow::Owned(long("off")));
        let (left, right) = pair.anchored(40);
        assert!(left.text.starts_with("..") && left.text.ends_with(".."), "{}", left.text);
        assert!(left.text.contains("checkout=on,tax"), "{}", left.text);
        assert!(right.text.contains("checkout=off,tax"), "{}", right.text);
        let at = |piece: &Piece| piece.text[piece.differs.clone()].to_owned();
        assert_eq!((at(&left), at(&right)), ("n".to_owned(), "ff".to_owned()));
    }

    #[test]
    fn the_name_of_what_differs_stays_in_a_narrow_column() {
        let flags = |flag: &str| format!("{},new_checkout={flag},tax_v2=on", "a=1,".repeat(40));
        let pair = Pair::new(Cow::Owned(flags("on")), Cow::Owned(flags("off")));
        let (left, right) = pair.anchored(20);
        assert_eq!((left.text.as_str(), right.text.as_str()), ("..new_checkout=on,..", "..new_checkout=off.."));
    }

    #[test]
    fn short_values_stand_as_they_are() {
        let (left, right) = Pair::new(Cow::Borrowed("4096"), Cow::Borrowed("128")).anchored(10);
        assert_eq!((left.text.as_str(), right.text.as_str()), ("4096", "128"));
        assert_eq!(left.differs, 0..0);
    }

    #[test]
    fn same_values_are_seen_from_their_beginning() {
        let long = "[/var/log/nginx/access.log]";
        let (left, right) = Pair::new(Cow::Borrowed(long), Cow::Borrowed(long)).anchored(12);
        assert_eq!((left.text.as_str(), right.text.as_str()), ("[/var/log/..", "[/var/log/.."));
    }

    proptest! {
        #[test]
        fn pieces_fit(a in any::<String>(), b in any::<String>(), start in 0usize..50, cells in 0usize..40) {
            let pair = Pair::new(escape(&a), escape(&b));
            for piece in [pair.anchored(cells).0, pair.anchored(cells).1, pair.from(start, cells).0] {
                prop_assert!(width(&piece.text) <= cells, "{:?}", piece);
                prop_assert!(piece.differs.end <= cells);
            }
        }
    }
}
