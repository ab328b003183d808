//! From one comparison to another, from one run to the next, from one view to the other: what is selected, folded,
//! filtered and scrolled goes along.

use super::rows::{Lens, Listing};
use super::sieve::{Found, Job, Purpose};
use super::{Kept, Tree};
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use std::sync::Arc;

impl Tree {
    /// The same view of another comparison: selection, folds and kinds are carried over by path. The filter runs again.
    pub fn carried(&self, comparison: Arc<Comparison>) -> (Self, Option<Job>) {
        let mut new = Self::new(Arc::clone(&comparison));
        new.shown = self.shown;
        let lens = Lens { comparison: &comparison, shown: self.shown, matched: None, hidden: None };
        new.base = self.base.carried(&self.comparison, lens);
        new.stops = lens.stops();
        new.scroll = self.scroll;
        new.saved = Arc::clone(&self.saved);
        (new.height, new.has_sticky, new.ticket, new.slow) = (self.height, self.has_sticky, self.ticket, self.slow);
        // Which rows these are here is known once the marks are laid beside them.
        new.hidden = self.hidden.as_ref().map(|_| Arc::default());
        let mut path = self.comparison.path(self.cursor);
        let line = self.index().saturating_sub(self.top);
        new.cursor = loop {
            match (comparison.find(&path), path.parent()) {
                (Some(row), _) if row != Comparison::TOP => break row,
                (_, Some(parent)) if parent.depth() > 0 => path = parent,
                _ => break new.cursor,
            }
        };
        new.settle(line);
        let job = self.filter.as_ref().map(|kept| new.job(Purpose::Filter, kept.found.text.clone()));
        (new, job)
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
        let at_first = self.at_first.clone();
        self.edit(|listing, lens| listing.refold(lens, at_first, &unfolded, &folded));
    }

    /// As at first: no filter, no find, the kinds and folds of the beginning.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let mut new = Self::new(Arc::clone(&self.comparison));
        (new.height, new.has_sticky, new.ticket, new.slow) = (self.height, self.has_sticky, self.ticket + 1, self.slow);
        new.saved = Arc::clone(&self.saved);
        new.changes = self.changes + 1;
        new.settle(0);
        new
    }

    /// Takes over kinds and filter of a tree of other sides; the query to run, if there is one.
    pub fn adopt(&mut self, other: &Tree) -> Option<Job> {
        self.saved = Arc::clone(&other.saved);
        if self.shown != other.shown {
            self.shown = other.shown;
            self.edit(Listing::rebuild);
            self.stops =
                Lens { comparison: &self.comparison, shown: self.shown, matched: None, hidden: self.hidden.as_deref() }
                    .stops();
            self.changes += 1;
        } else if self.filter() == other.filter() {
            return None;
        }
        self.editing = None;
        match other.filter() {
            None => {
                self.clear(Purpose::Filter);
                None
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
                Some(self.job(Purpose::Filter, text))
            }
        }
    }
}
