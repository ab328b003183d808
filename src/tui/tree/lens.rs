//! How a comparison is looked at: what a filter lets through, and which rows are listed then.

use super::bits::Bits;
use super::kind::{Kind, Shown};
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId, Tally};

/// What a filter lets through.
#[derive(Clone, Debug, Default)]
pub struct Matched {
    /// Leaves that match, and every branch above one.
    rows: Bits,
    /// Leaves that match, in order.
    pub leaves: Vec<RowId>,
    /// Counts of matching leaves for each branch above one, in order.
    tallies: Vec<(RowId, Tally)>,
}

impl Matched {
    /// Counts the leaves that match, given in order; `None` when cancelled.
    pub fn new(comparison: &Comparison, leaves: Vec<RowId>, cancel: &Cancel) -> Option<Self> {
        let mut rows = Bits::new(comparison.row_count());
        let mut tallies: Vec<(RowId, Tally)> = vec![(Comparison::TOP, Tally::default())];
        rows.put(Comparison::TOP, true);
        // The branches that the walk stands in, as places in `tallies`: each leaf is counted once, in its parent.
        let mut inside = vec![0_usize];
        for (i, leaf) in leaves.iter().enumerate() {
            if i % 4096 == 0 && cancel.is_cancelled() {
                return None;
            }
            while let Some(&at) = inside.last()
                && comparison.end(tallies[at].0) <= *leaf
            {
                close(&mut tallies, &mut inside);
            }
            let within = inside.last().map_or(Comparison::TOP, |at| tallies[*at].0);
            let mut above = Vec::new();
            let mut parent = comparison.parent(*leaf);
            while parent != within && parent != Comparison::TOP {
                above.push(parent);
                parent = comparison.parent(parent);
            }
            for branch in above.into_iter().rev() {
                rows.put(branch, true);
                inside.push(tallies.len());
                tallies.push((branch, Tally::default()));
            }
            rows.put(*leaf, true);
            if let Some(at) = inside.last() {
                tallies[*at].1.merge(&comparison.tally(*leaf));
            }
        }
        while inside.len() > 1 {
            close(&mut tallies, &mut inside);
        }
        Some(Self { rows, leaves, tallies })
    }

    /// Counts of matching leaves beneath a branch.
    pub fn tally(&self, branch: RowId) -> Tally {
        let found = self.tallies.binary_search_by_key(&branch, |(row, _)| *row);
        found.map(|at| self.tallies[at].1).unwrap_or_default()
    }

    /// Whether the row matches or stands above one that does.
    pub fn has(&self, row: RowId) -> bool {
        self.rows.has(row)
    }
}

/// Leaves the innermost branch and adds its counts to the one above.
fn close(tallies: &mut [(RowId, Tally)], inside: &mut Vec<usize>) {
    if let Some(done) = inside.pop()
        && let Some(above) = inside.last()
    {
        let counts = tallies[done].1;
        tallies[*above].1.merge(&counts);
    }
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is not listed.
    Hidden,
    /// It is listed, and same on all sides.
    Same,
    /// It has its own line.
    Own,
}

/// How a comparison is looked at: which kinds, through which filter.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    /// What is looked at.
    pub comparison: &'a Comparison,
    /// Which kinds are listed.
    pub shown: Shown,
    /// The filter's answer.
    pub matched: Option<&'a Matched>,
    /// Leaves that are left out whatever they are: what is decided in a review.
    pub hidden: Option<&'a Bits>,
}

impl Lens<'_> {
    /// Counts of what is listed or would be, but for its kind.
    pub fn tally(&self, row: RowId) -> Tally {
        match self.matched {
            Some(matched) if !self.comparison.is_leaf(row) => matched.tally(row),
            _ => self.comparison.tally(row),
        }
    }

    /// Whether the row is listed when the branches above it are open.
    pub fn lists(&self, row: RowId) -> bool {
        if self.matched.is_some_and(|m| !m.has(row)) || self.hidden.is_some_and(|hidden| hidden.has(row)) {
            return false;
        }
        if self.comparison.is_leaf(row) {
            self.shown.lists(Kind::of(self.comparison, row))
        } else {
            self.shown.lists_any(&self.tally(row))
        }
    }

    /// What becomes of a row when the branches above it are open, and whether it may stand in a run of same values.
    /// Sections always have their own row.
    pub(super) fn place(&self, row: RowId) -> Place {
        if self.matched.is_some_and(|m| !m.has(row)) || self.hidden.is_some_and(|hidden| hidden.has(row)) {
            return Place::Hidden;
        }
        let (listed, is_same) = if self.comparison.is_leaf(row) {
            let kind = Kind::of(self.comparison, row);
            (self.shown.lists(kind), kind == Kind::Same)
        } else {
            let tally = self.tally(row);
            let is_same = tally.same == tally.leaves && self.comparison.depth(row) > 1;
            (self.shown.lists_any(&tally), is_same)
        };
        match (listed, is_same) {
            (false, _) => Place::Hidden,
            (true, true) => Place::Same,
            (true, false) => Place::Own,
        }
    }

    /// Whether nothing is hidden and nothing folded: then every row has its line.
    pub(super) fn lists_all(&self) -> bool {
        self.shown.lists_all() && self.matched.is_none() && self.hidden.is_none()
    }

    /// Whether nothing but same values is at or beneath the row.
    fn is_same(&self, row: RowId) -> bool {
        if self.comparison.is_leaf(row) {
            return Kind::of(self.comparison, row) == Kind::Same;
        }
        let tally = self.tally(row);
        tally.same == tally.leaves
    }

    /// Whether same values beneath a branch are folded into runs: where all are same, whoever opened it wants to see
    /// them.
    pub(super) fn folds_runs_in(&self, branch: RowId) -> bool {
        !self.shown.has(Kind::Same) && !self.is_same(branch)
    }

    /// Leaves that are divergences and listed, in order: where `n` goes.
    pub fn stops(&self) -> Vec<RowId> {
        let is_stop = |row: &RowId| {
            let kind = Kind::of(self.comparison, *row);
            kind.is_found() && self.shown.has(kind) && !self.hidden.is_some_and(|hidden| hidden.has(*row))
        };
        match self.matched {
            Some(matched) => matched.leaves.iter().copied().filter(is_stop).collect(),
            None => self.comparison.leaves().filter(is_stop).collect(),
        }
    }
}
