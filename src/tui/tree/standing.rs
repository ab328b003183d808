//! Where the selection and the view stand, whatever is listed and however large the screen is.

use super::rows::{Lens, Listing, Visible};
use super::{MARGIN, Tree};
use crate::compare::{Comparison, Relation, RowId};
use std::sync::Arc;

impl Tree {
    /// Takes note of the room that the body has and of how values stand in it, and keeps the selection in it at the same
    /// relative height.
    pub fn resize(&mut self, height: usize, has_sticky: bool, is_stacked: bool) {
        if (height, has_sticky, is_stacked) == (self.height, self.has_sticky, self.is_stacked) {
            return;
        }
        let now = (self.index().saturating_sub(self.top), self.height.max(1));
        // Through several sizes it is the line of the first that counts: each would else round it anew.
        let stood = self.stood.filter(|(cursor, top, _)| (*cursor, *top) == (self.cursor, self.top));
        let (line, of) = stood.map_or(now, |(.., stood)| stood);
        (self.height, self.has_sticky, self.is_stacked) = (height.max(1), has_sticky, is_stacked);
        self.settle(line * self.height / of);
        self.stood = Some((self.cursor, self.top, (line, of)));
    }

    /// Moves the view by half pages, or by lines.
    pub fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// Moves the view, and not the selection.
    pub fn scroll_view(&mut self, by: isize) {
        self.top = self.top.saturating_add_signed(by).min(self.last_top());
    }

    /// The listed row at a line of the body, if one is there.
    pub fn at_line(&self, line: usize) -> Option<usize> {
        let mut line = line.checked_sub(usize::from(self.sticky()))?;
        for (index, visible) in (self.top..).zip(self.listing().rows_from(self.top)) {
            let lines = self.lines_of(visible);
            if line < lines {
                return Some(index);
            }
            line -= lines;
        }
        None
    }

    /// Whether the first line of the body names the branches above.
    pub fn sticky(&self) -> bool {
        self.has_sticky && self.top > 0
    }

    /// How many lines of the body a listed row takes: two where its values stand above each other.
    pub fn lines_of(&self, visible: Visible) -> usize {
        let is_leaf = !visible.is_run() && self.comparison.is_leaf(visible.row);
        1 + usize::from(self.is_stacked && is_leaf && self.comparison.relation(visible.row) != Relation::Same)
    }

    /// How many listed rows are on the screen, if there are so many.
    pub fn page(&self) -> usize {
        self.fitting(self.top)
    }

    /// How many lines rows have with the view at `top`.
    fn room(&self, top: usize) -> usize {
        let sticky = usize::from(self.has_sticky && top > 0);
        self.height.saturating_sub(sticky).max(1)
    }

    /// How many rows fit with the view at `top`.
    fn fitting(&self, top: usize) -> usize {
        let mut room = self.room(top);
        if !self.is_stacked {
            return room;
        }
        let fits = |visible: &Visible| {
            let lines = self.lines_of(*visible);
            let is_room = lines <= room;
            room = room.saturating_sub(lines);
            is_room
        };
        self.listing().rows_from(top).take_while(fits).count().max(1)
    }

    /// The view that ends with a row.
    fn top_for(&self, last: usize) -> usize {
        let mut room = self.room(1);
        if !self.is_stacked {
            return (last + 1).saturating_sub(room);
        }
        let mut top = last + 1;
        while let Some(above) = top.checked_sub(1) {
            let lines = self.listing().at(above).map_or(1, |visible| self.lines_of(visible));
            if lines > room {
                break;
            }
            (room, top) = (room - lines, above);
        }
        top.min(last)
    }

    /// The view at the end.
    fn last_top(&self) -> usize {
        let len = self.listing().len();
        if len > self.fitting(0) { self.top_for(len - 1) } else { 0 }
    }

    /// Moves the view so that the selection is in it.
    pub(super) fn follow(&mut self) {
        let (index, len) = (self.index(), self.listing().len());
        let rows = self.room(1) / (1 + usize::from(self.is_stacked));
        let margin = MARGIN.min(rows.saturating_sub(1) / 2);
        let half = if self.slow { rows / 2 } else { 0 };
        if index < self.top + margin {
            self.top = index.saturating_sub(margin + half);
        } else if index + margin >= self.top + self.page() {
            self.top = self.top_for((index + margin + half).min(len.saturating_sub(1)));
        }
        self.top = self.top.min(self.last_top());
    }

    /// Changes folds, then keeps the selection and its line on the screen.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Listing, Lens<'_>)) {
        let line = self.index().saturating_sub(self.top);
        let comparison = Arc::clone(&self.comparison);
        let matched = self.matched().cloned();
        let hidden = self.hidden.clone();
        // As it was listed: kinds that were chosen since are on their way.
        let shown = self.listing().shown();
        let lens = Lens { comparison: &comparison, shown, matched: matched.as_deref(), hidden: hidden.as_deref() };
        match &mut self.filter {
            Some(kept) if kept.on => change(&mut kept.found.listing, lens),
            _ => change(&mut self.base, lens),
        }
        self.settle(line);
    }

    /// After a change of what is listed: the selected row, or what stands for it; at the same line of the screen.
    pub(super) fn settle(&mut self, line: usize) {
        let wanted = self.lost.unwrap_or(self.cursor);
        if self.listing().exact_index_of(wanted).is_some() {
            (self.cursor, self.lost) = (wanted, None);
        } else {
            // From the row that was lost, not from its stand-in: the steps on the way to a filter leave no trace.
            (self.cursor, self.lost) = (self.stand_in(wanted), Some(wanted));
        }
        self.top = self.index().saturating_sub(line);
        self.follow();
    }

    /// What is selected in place of a row that is not listed: the fold that holds it, else the next match of a filter or
    /// the next listed row, else the one before.
    pub(super) fn stand_in(&self, row: RowId) -> RowId {
        let listing = self.listing();
        if let Some(matched) = self.matched().filter(|matched| !matched.has(row)) {
            let leaves = if self.differences().is_empty() { &matched.leaves } else { self.differences() };
            let next = leaves.partition_point(|leaf| *leaf < row).min(leaves.len().saturating_sub(1));
            let nearest = leaves.get(next).and_then(|leaf| listing.at(listing.index_of(*leaf)));
            return nearest.map_or(Comparison::TOP, |v| v.row);
        }
        let index = listing.index_of(row);
        let Some(before) = listing.at(index) else { return Comparison::TOP };
        let holds = |v: Visible| {
            let end = if v.is_run() { v.end } else { self.comparison.end(v.row) };
            v.row <= row && row < end && (v.is_run() || !listing.is_open(v.row))
        };
        if holds(before) || before.row > row {
            return before.row;
        }
        listing.at(index + 1).unwrap_or(before).row
    }
}
