//! From one comparison to another, from one run to the next, from one view to the other: what is selected, folded,
//! filtered and scrolled goes along.

use super::pairing::Before;
use super::rows::{Bits, Lens};
use super::sieve::{Found, Job, Purpose};
use super::{Kept, Tree};
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use std::sync::Arc;

impl Tree {
    /// Opens and folds branches as those of another comparison are: a walk over all of them, for a worker.
    pub(super) fn carry(&mut self, before: &Before) {
        let comparison = Arc::clone(&self.comparison);
        let lens = Lens { comparison: &comparison, shown: self.shown, matched: None, hidden: None };
        self.base.carry(before, lens);
    }

    /// Looks at another comparison as a tree before looked at its own: selection, folds and kinds are carried over by
    /// path. The filter runs again. `open` are the branches that were open when the worker carried them over.
    pub fn take_over(&mut self, old: &Tree, open: &Bits) -> Option<Job> {
        let comparison = Arc::clone(&self.comparison);
        let since = old.base.open().differing(open).filter(|row| *row != Comparison::TOP);
        let since: Vec<(RowId, bool)> = since
            .filter_map(|row| Some((comparison.find_branch(&old.comparison.path(row))?, old.base.is_open(row))))
            .collect();
        if !since.is_empty() {
            self.base.refold(&comparison, &since);
        }
        self.shown = old.shown;
        self.scroll = old.scroll;
        self.saved = Arc::clone(&old.saved);
        (self.height, self.has_sticky, self.is_stacked) = (old.height, old.has_sticky, old.is_stacked);
        (self.ticket, self.slow) = (old.ticket, old.slow);
        self.changes = old.changes + 1;
        // Which rows these are here is known once the marks are laid beside them.
        self.leaves_out = old.leaves_out;
        let mut path = old.comparison.path(old.cursor);
        let line = old.index().saturating_sub(old.top);
        self.cursor = loop {
            match (comparison.find(&path), path.parent()) {
                (Some(row), _) if row != Comparison::TOP => break row,
                (_, Some(parent)) if parent.depth() > 0 => path = parent,
                _ => break self.cursor,
            }
        };
        self.settle(line);
        match &old.filter {
            Some(kept) => Some(self.job(Some((Purpose::Filter, kept.found.text.clone())))),
            None => self.relist(),
        }
    }

    /// The branches that are open and were not at first, and the other way round, as paths: `most` of each.
    pub fn folds(&self, most: usize) -> (Vec<String>, Vec<String>) {
        let (mut unfolded, mut folded) = (Vec::new(), Vec::new());
        for row in self.base.open().differing(&self.at_first) {
            let list = if self.base.is_open(row) { &mut unfolded } else { &mut folded };
            if list.len() < most && row != Comparison::TOP {
                list.push(self.comparison.path(row).to_string());
            }
        }
        (unfolded, folded)
    }

    /// Opens and folds branches by path, beginning with those that are open at first.
    pub fn refold(&mut self, unfolded: &[Path], folded: &[Path]) {
        let comparison = Arc::clone(&self.comparison);
        let rows =
            |paths: &[Path]| -> Vec<RowId> { paths.iter().filter_map(|path| comparison.find_branch(path)).collect() };
        let (unfolded, folded) = (rows(unfolded), rows(folded));
        let (open, close) = (unfolded.into_iter().map(|row| (row, true)), folded.into_iter().map(|row| (row, false)));
        let folds: Vec<(RowId, bool)> = open.chain(close).collect();
        let at_first = self.at_first.clone();
        self.edit(|listing, lens| {
            listing.set_folds(at_first);
            listing.refold(lens.comparison, &folds);
        });
    }

    /// Begins anew where a tree before was: no filter, no find, the kinds and folds of the beginning.
    pub fn take_place(&mut self, old: &Tree) -> Option<Job> {
        (self.height, self.has_sticky, self.is_stacked) = (old.height, old.has_sticky, old.is_stacked);
        (self.ticket, self.slow) = (old.ticket + 1, old.slow);
        self.saved = Arc::clone(&old.saved);
        self.changes = old.changes + 1;
        if Arc::ptr_eq(&self.comparison, &old.comparison) {
            self.judged.clone_from(&old.judged);
        }
        self.settle(0);
        self.leave_again()
    }

    /// Takes over kinds and filter of a tree of other sides; the query to run, if there is one.
    pub fn adopt(&mut self, other: &Tree) -> Option<Job> {
        self.saved = Arc::clone(&other.saved);
        self.leaves_out = other.leaves_out;
        if self.shown != other.shown {
            self.shown = other.shown;
            self.changes += 1;
        } else if self.filter() == other.filter() {
            return self.relist();
        }
        self.editing = None;
        match other.filter() {
            None => {
                self.clear(Purpose::Filter);
                self.relist()
            }
            Some((text, on)) => {
                if let Some(kept) = &mut self.filter {
                    kept.on = on;
                    self.changes += 1;
                }
                if !on {
                    // Nothing is hidden by a filter that is off: its text alone is taken over.
                    let found = Found { text: text.to_owned(), ..Found::default() };
                    self.set_filter(Some(Kept { found: Box::new(found), on: false }));
                }
                let text = text.to_owned();
                Some(self.job(Some((Purpose::Filter, text))))
            }
        }
    }
}
