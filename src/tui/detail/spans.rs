//! A line in marked pieces, cut to the cells that are seen of it.

use super::pair::Part;
use crate::base::text::{escape, head, width};

/// A line's display form, with `{ }` around what differs: whole, and where its first difference lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pieces: Vec<Part>,
    /// Cells in all.
    pub width: usize,
    /// First cell of the first difference and the one after it.
    difference: Option<(usize, usize)>,
}

impl Shown {
    /// The display form of a line. Spaces that end it are made visible where the line differs.
    pub fn new(parts: &[Part]) -> Self {
        let mut shown = Self::default();
        for (marked, raw) in parts {
            let text = escape(raw);
            let text = if *marked { format!("{{{text}}}") } else { text.into_owned() };
            let cells = width(&text);
            if *marked && shown.difference.is_none() {
                shown.difference = Some((shown.width, shown.width + cells));
            }
            shown.width += cells;
            shown.pieces.push((*marked, text));
        }
        shown
    }

    /// The first cell to show so that the difference is seen in a column of so many cells.
    pub fn anchor(&self, cells: usize) -> usize {
        match self.difference {
            Some((start, end)) if self.width > cells && end + 2 > cells && start > 2 => {
                // The whole of it if it fits, else its beginning, behind the mark of the cut before it.
                let after = if end < self.width { 2 } else { 0 };
                (end + after).saturating_sub(cells).min(start.saturating_sub(2))
            }
            _ => 0,
        }
    }

    /// The pieces seen in a column of so many cells, from cell `start` on. A cut is seen at either end as `..`.
    pub fn window(&self, start: usize, cells: usize) -> Vec<(bool, String)> {
        let start = start.min(self.width);
        let cut_before = start > 0;
        let cut_after = self.width - start > cells;
        let skip = if cut_before { start + 2 } else { 0 };
        let room = cells.saturating_sub(2 * usize::from(cut_before) + 2 * usize::from(cut_after));
        let mut out = Vec::new();
        if cut_before {
            out.push((false, head("..", cells).to_owned()));
        }
        out.append(&mut self.cells(skip, room));
        if cut_after {
            let used: usize = out.iter().map(|(_, text)| width(text)).sum();
            out.push((false, head("..", cells.saturating_sub(used)).to_owned()));
        }
        out
    }

    /// The line in rows of so many cells.
    pub fn wrapped(&self, cells: usize) -> Vec<Vec<(bool, String)>> {
        let cells = cells.max(2);
        let mut rows = vec![self.cells(0, cells)];
        let taken = |row: &Vec<(bool, String)>| row.iter().map(|(_, text)| width(text)).sum::<usize>();
        let mut at = rows.first().map_or(0, taken);
        while at < self.width {
            let row = self.cells(at, cells);
            let step = taken(&row);
            if step == 0 {
                break;
            }
            at += step;
            rows.push(row);
        }
        rows
    }

    fn cells(&self, mut skip: usize, mut room: usize) -> Vec<(bool, String)> {
        let mut out = Vec::new();
        for (marked, text) in &self.pieces {
            let skipped = head(text, skip);
            let rest = &text[skipped.len()..];
            skip -= width(skipped).min(skip);
            if rest.is_empty() || (skip > 0 && width(text) <= skip) {
                continue;
            }
            skip = 0;
            let taken = head(rest, room);
            room -= width(taken).min(room);
            if !taken.is_empty() {
                out.push((*marked, taken.to_owned()));
            }
            if taken.len() < rest.len() {
                break;
            }
        }
        out
    }
}

/// A display form from a cell on, with `..` where something is cut off before it.
pub fn from(shown: &str, start: usize) -> std::borrow::Cow<'_, str> {
    if start == 0 || shown.is_empty() {
        return std::borrow::Cow::Borrowed(shown);
    }
    std::borrow::Cow::Owned(format!("..{}", &shown[head(shown, start + 2).len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(pieces: &[(bool, String)]) -> String {
        pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn the_difference_is_in_view() {
        let line = Shown::new(&[(false, "CipherString = DEFAULT@SECLEVEL=".into()), (true, "2".into())]);
        assert_eq!(joined(&line.window(line.anchor(26), 26)), "..g = DEFAULT@SECLEVEL={2}");
        assert_eq!(joined(&line.window(0, 12)), "CipherStri..");
        let short = Shown::new(&[(true, "a\t".into())]);
        assert_eq!(joined(&short.window(short.anchor(20), 20)), "{a\\t}");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_column(
            parts in proptest::collection::vec((any::<bool>(), "(a|日|\\t|e\u{301}){0,6}"), 0..5),
            start in 0usize..40, cells in 0usize..30,
        ) {
            let line = Shown::new(&parts);
            prop_assert!(width(&joined(&line.window(start, cells))) <= cells);
            prop_assert!(width(&joined(&line.window(line.anchor(cells), cells))) <= cells);
            let rows = line.wrapped(cells);
            let all: String = rows.iter().map(|row| joined(row)).collect();
            prop_assert_eq!(all, joined(&line.pieces));
        }
    }
}
