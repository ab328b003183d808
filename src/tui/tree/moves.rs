//! Moving the selection and folding. Each costs no more than the rows it changes.

use super::rows::Listing;
use super::{Scroll, Tree};
use crate::compare::{Comparison, RowId};
use crate::tui::keys::Action;

/// What is said when a walk through the stops starts over.
const TO_THE_FIRST: &str = "wrapped to the first";
const TO_THE_LAST: &str = "wrapped to the last";

impl Tree {
    /// Does what a key says, if it is a movement, a fold or a scroll; words for the status line if there is something
    /// to say.
    pub fn act(&mut self, action: Action, column: usize) -> Option<&'static str> {
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(self.page() as isize),
            Action::PageUp => self.step(-(self.page() as isize)),
            Action::HalfDown => self.step(self.page() as isize / 2),
            Action::HalfUp => self.step(-(self.page() as isize / 2)),
            Action::First => self.select_index(0),
            Action::Last => self.select_index(usize::MAX),
            Action::NextSibling => self.to(self.next_sibling()),
            Action::PreviousSibling => self.to(self.previous_sibling()),
            Action::NextSection => self.to(self.section_after()),
            Action::PreviousSection => self.to(self.section_before()),
            Action::NextStop => return self.walk(true, false),
            Action::PreviousStop => return self.walk(false, false),
            Action::NextDifference => return self.walk(true, true),
            Action::PreviousDifference => return self.walk(false, true),
            Action::Toggle | Action::Open => self.toggle(),
            Action::Fold => self.out(),
            Action::Unfold => self.into(),
            Action::UnfoldBelow => self.unfold_below(),
            Action::UnfoldDifferences => {
                self.edit(Listing::unfold_differences);
            }
            Action::FoldSiblings => self.fold_siblings(),
            Action::FoldAll => self.fold_all(),
            Action::ScrollLeft => self.scroll_by(-(column as isize / 2).max(1)),
            Action::ScrollRight => self.scroll_by((column as isize / 2).max(1)),
            Action::ScrollStart => {
                self.scroll = if self.scroll == Scroll::At(0) { Scroll::Anchored } else { Scroll::At(0) };
            }
            Action::ScrollDifference => {
                let difference = super::cells::difference_column(&self.comparison, self.cursor);
                self.scroll = Scroll::At(difference.saturating_sub(column / 3));
            }
            _ => {}
        }
        None
    }

    /// Selects a row and shows it, opening what hides it.
    pub fn select(&mut self, row: RowId) {
        let line = self.index().saturating_sub(self.top);
        self.edit(|listing, lens| listing.reveal(lens, row));
        self.lost = None;
        if self.listing().exact_index_of(row).is_some() {
            self.cursor = row;
        } else {
            self.cursor = self.stand_in(row);
        }
        let index = self.index();
        if index < self.top || index >= self.top + self.page() {
            self.top = index.saturating_sub(line);
        }
        self.follow();
    }

    /// Selects the first stop at or after a row: where a find goes when it is kept.
    pub(super) fn jump_from(&mut self, row: RowId) {
        let stops = self.stops();
        let next = stops.get(stops.partition_point(|stop| *stop < row)).or(stops.first()).copied();
        if let Some(next) = next {
            self.select(next);
        }
    }

    fn to(&mut self, row: Option<RowId>) {
        if let Some(index) = row.and_then(|row| self.listing().exact_index_of(row)) {
            self.select_index(index);
        }
    }

    fn step(&mut self, by: isize) {
        let index = self.index();
        self.select_index(index.saturating_add_signed(by));
        if by.unsigned_abs() > 1 {
            // A page moves the view too, so that the selection keeps its line.
            let moved = self.index() as isize - index as isize;
            self.top = self.top.saturating_add_signed(moved);
            self.follow();
        }
    }

    /// Selects the listed row at a place.
    pub fn select_index(&mut self, index: usize) {
        let last = self.listing().len().saturating_sub(1);
        if let Some(visible) = self.listing().at(index.min(last)) {
            self.cursor = visible.row;
            self.lost = None;
            self.follow();
        }
    }

    /// The listed row after a place that has the same branch above it.
    fn next_sibling(&self) -> Option<RowId> {
        let here = self.listing().at(self.index())?;
        let end = if here.is_run() { here.end } else { self.comparison.end(here.row) };
        let after = self.listing().before(end);
        let next = self.listing().at(after)?;
        (self.comparison.parent(next.row) == self.comparison.parent(here.row)).then_some(next.row)
    }

    fn previous_sibling(&self) -> Option<RowId> {
        let parent = self.comparison.parent(self.cursor);
        let mut row = self.listing().at(self.index().checked_sub(1)?)?.row;
        while row != Comparison::TOP && row != parent {
            if self.comparison.parent(row) == parent {
                return Some(row);
            }
            row = self.comparison.parent(row);
        }
        None
    }

    fn section_after(&self) -> Option<RowId> {
        let mut section = self.comparison.area(self.cursor);
        let end = self.comparison.end(Comparison::TOP);
        loop {
            section = self.comparison.end(section);
            if section >= end || self.listing().exact_index_of(section).is_some() {
                return (section < end).then_some(section);
            }
        }
    }

    fn section_before(&self) -> Option<RowId> {
        let here = self.comparison.area(self.cursor);
        if here != self.cursor {
            return Some(here);
        }
        let before = |row: &RowId| *row < here && self.listing().exact_index_of(*row).is_some();
        self.comparison.children(Comparison::TOP).filter(before).last()
    }

    /// Goes to the next or previous stop, and opens what hides it.
    fn walk(&mut self, forward: bool, differences: bool) -> Option<&'static str> {
        let stops = if differences { self.differences() } else { self.stops() };
        let (first, last) = (stops.first().copied(), stops.last().copied());
        let next = if forward {
            stops.get(stops.partition_point(|stop| *stop <= self.cursor)).copied()
        } else {
            stops.partition_point(|stop| *stop < self.cursor).checked_sub(1).and_then(|i| stops.get(i).copied())
        };
        let Some(over) = (if forward { first } else { last }) else { return Some("nothing to go to") };
        self.select(next.unwrap_or(over));
        match (next, forward) {
            (Some(_), _) => None,
            (None, true) => Some(TO_THE_FIRST),
            (None, false) => Some(TO_THE_LAST),
        }
    }

    fn toggle(&mut self) {
        let row = self.cursor;
        match self.listing().at(self.index()) {
            Some(visible) if visible.is_run() => self.edit(|listing, lens| listing.loosen(lens, row)),
            Some(_) if !self.comparison.is_leaf(row) => {
                let open = !self.listing().is_open(row);
                self.edit(|listing, lens| listing.set_open(lens, row, open));
            }
            Some(_) => self.tighten(),
            None => {}
        }
        self.lost = None;
    }

    /// Folds the run of same values that the selected row stands in.
    fn tighten(&mut self) {
        let row = self.cursor;
        let mut run = None;
        self.edit(|listing, lens| run = listing.tighten(lens, row));
        if let Some(run) = run {
            self.cursor = run;
            self.follow();
        }
    }

    fn out(&mut self) {
        let row = self.cursor;
        if !self.comparison.is_leaf(row) && self.listing().is_open(row) && !self.on_run() {
            return self.toggle();
        }
        let parent = self.comparison.parent(row);
        if parent != Comparison::TOP {
            self.to(Some(parent));
        }
    }

    fn into(&mut self) {
        let row = self.cursor;
        if self.on_run() || (!self.comparison.is_leaf(row) && !self.listing().is_open(row)) {
            return self.toggle();
        }
        let next = self.listing().at(self.index() + 1).map(|v| v.row);
        self.to(next.filter(|next| self.comparison.parent(*next) == row));
    }

    fn unfold_below(&mut self) {
        let row = self.cursor;
        if self.on_run() {
            return self.toggle();
        }
        if !self.comparison.is_leaf(row) {
            self.edit(|listing, lens| listing.unfold_below(lens, row));
        }
    }

    fn fold_siblings(&mut self) {
        let parent = self.comparison.parent(self.cursor);
        self.edit(|listing, lens| listing.fold_children(lens, parent));
        self.lost = None;
    }

    fn fold_all(&mut self) {
        self.cursor = self.comparison.area(self.cursor);
        self.edit(Listing::fold_all);
        self.lost = None;
    }

    /// Whether a counted run is selected.
    pub fn on_run(&self) -> bool {
        self.listing().at(self.index()).is_some_and(|v| v.is_run() && v.row == self.cursor)
    }

    fn scroll_by(&mut self, cells: isize) {
        let from = match self.scroll {
            Scroll::Anchored => 0,
            Scroll::At(cell) => cell,
        };
        self.scroll = Scroll::At(from.saturating_add_signed(cells));
    }
}
