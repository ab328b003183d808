//! The path of the row at hand, kept up while rows are walked in pre-order, so that no path is built for each row.

use crate::base::order::natural;
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use crate::model::path::segment;
use std::cmp::Ordering;

/// The keys from the top to the row at hand, and their paths.
#[derive(Default)]
pub(super) struct Trail<'c> {
    keys: Vec<&'c str>,
    /// How much of each path stands above each key.
    above: Vec<(usize, usize)>,
    written: String,
    plain: String,
}

impl<'c> Trail<'c> {
    /// Moves on to a row that follows in pre-order.
    pub fn step(&mut self, comparison: &'c Comparison, row: RowId) {
        let depth = comparison.depth(row).saturating_sub(1);
        if let Some((written, plain)) = self.above.get(depth).copied() {
            self.written.truncate(written);
            self.plain.truncate(plain);
            self.keys.truncate(depth);
            self.above.truncate(depth);
        }
        // A value beside a branch has the path of that branch.
        if comparison.is_value_among_branches(row) {
            return;
        }
        self.above.push((self.written.len(), self.plain.len()));
        let key = comparison.key(row);
        if !self.keys.is_empty() {
            self.written.push('.');
            self.plain.push('.');
        }
        self.written.push_str(&segment(key));
        self.plain.push_str(key);
        self.keys.push(key);
    }

    /// The path as it is written, keys quoted where they must be.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The path without quotes: what people type.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// Whether the path satisfies a test, in its written form or without quotes.
    pub fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        test(&self.plain) || (self.written.len() != self.plain.len() && test(&self.written))
    }

    /// How a path stands to that of the row at hand, in the order of rows.
    pub fn order(&self, path: &Path) -> Ordering {
        let unequal = path.segments().iter().zip(&self.keys).map(|(a, b)| natural(a, b)).find(|o| o.is_ne());
        unequal.unwrap_or_else(|| path.depth().cmp(&self.keys.len()))
    }

    /// Whether a path is that of the row at hand or stands above it.
    pub fn starts_with(&self, path: &Path) -> bool {
        path.depth() <= self.keys.len() && path.segments().iter().zip(&self.keys).all(|(a, b)| a == b)
    }
}

/// The sources of one side, met in the order of rows: the nearest at or above each row speaks for it.
pub(super) struct Sources<'c> {
    entries: std::iter::Peekable<Box<dyn Iterator<Item = (&'c Path, bool)> + 'c>>,
    open: Vec<(&'c Path, bool)>,
}

impl<'c> Sources<'c> {
    /// Of a side, whether each source satisfies a test.
    pub fn new(comparison: &'c Comparison, side: usize, test: impl Fn(&str) -> bool + 'c) -> Self {
        let provenance = &comparison.sides()[side].snapshot.provenance;
        let entries: Box<dyn Iterator<Item = _>> = Box::new(provenance.iter().map(move |(path, s)| (path, test(s))));
        Self { entries: entries.peekable(), open: Vec::new() }
    }

    /// Whether the source of the row at hand satisfies the test.
    pub fn step(&mut self, trail: &Trail<'_>) -> bool {
        while self.open.last().is_some_and(|(path, _)| !trail.starts_with(path)) {
            self.open.pop();
        }
        while let Some((path, passes)) = self.entries.next_if(|(path, _)| trail.order(path).is_le()) {
            if trail.starts_with(path) {
                self.open.push((path, passes));
            }
        }
        self.open.last().is_some_and(|(_, passes)| *passes)
    }
}
