//! Which rows are listed: a sorted index over the comparison, rebuilt only where a fold changes.

use super::kind::{Kind, Shown};
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId, Tally};

/// A branch of so many values is shown whole at first, even where one side alone has it.
const FEW: u32 = 6;

/// A set of rows, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// An empty set for a comparison of so many rows.
    pub fn new(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    /// Whether the row is in the set.
    pub fn has(&self, row: RowId) -> bool {
        self.0.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The rows that only one of two sets has, in order.
    pub fn differing(&self, other: &Bits) -> impl Iterator<Item = RowId> {
        let words = self.0.iter().zip(&other.0).enumerate().filter(|(_, (a, b))| a != b);
        words.flat_map(|(at, (a, b))| {
            let apart = a ^ b;
            (0..64).filter(move |bit| apart >> bit & 1 == 1).map(move |bit| (at * 64) as RowId + bit)
        })
    }

    /// Puts a row in, or takes it out.
    pub fn put(&mut self, row: RowId, on: bool) {
        if let Some(word) = self.0.get_mut(row as usize / 64) {
            let bit = 1 << (row % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }
}

/// One listed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visible {
    /// The row; of a counted run, its first.
    pub row: RowId,
    /// How many same values a counted run stands for; 0 for a row of its own.
    pub folded: u32,
    /// One past the last row that a counted run stands for.
    pub end: RowId,
}

impl Visible {
    /// Whether this stands for a run of same values.
    pub fn is_run(self) -> bool {
        self.folded > 0
    }
}

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
    fn folds_runs_in(&self, branch: RowId) -> bool {
        !self.shown.has(Kind::Same) && !self.is_same(branch)
    }

    /// Whether the row may stand in a run. Sections always have their own row.
    fn may_fold(&self, row: RowId) -> bool {
        (self.comparison.depth(row) > 1 || self.comparison.is_leaf(row)) && self.is_same(row)
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

/// The rows on the screen and the folds that make them.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    open: Bits,
    /// First rows of runs that are shown row by row, in order.
    loose: Vec<RowId>,
    rows: Vec<Visible>,
}

impl Listing {
    /// The listing in which branches with divergences are open and all others folded.
    pub fn new(lens: Lens<'_>) -> Self {
        let mut listing = Self { open: Bits::new(lens.comparison.row_count()), ..Self::default() };
        listing.open_where(lens, Comparison::TOP, |tally| tally.telling() > 0);
        listing.rebuild(lens);
        listing
    }

    /// The listing with which the explorer opens: as [`Listing::new`], but a branch that one side alone has, with more
    /// than a few values, is one folded line with its count.
    pub fn first(lens: Lens<'_>) -> Self {
        let mut listing = Self { open: Bits::new(lens.comparison.row_count()), ..Self::default() };
        let is_one_sided = |tally: &Tally| tally.leaves > FEW && tally.only_left.max(tally.only_right) == tally.leaves;
        listing.open_where(lens, Comparison::TOP, |tally| tally.telling() > 0 && !is_one_sided(tally));
        listing.rebuild(lens);
        listing
    }

    /// As [`Listing::new`], but every branch is open: for the answer of a filter that is all same values.
    pub fn all_open(lens: Lens<'_>) -> Self {
        let mut listing = Self { open: Bits::new(lens.comparison.row_count()), ..Self::default() };
        listing.open_where(lens, Comparison::TOP, |_| true);
        listing.rebuild(lens);
        listing
    }

    /// The listed rows, in order.
    pub fn rows(&self) -> &[Visible] {
        &self.rows
    }

    /// The listed row at a place.
    pub fn at(&self, index: usize) -> Option<Visible> {
        self.rows.get(index).copied()
    }

    /// The open branches.
    pub fn open(&self) -> &Bits {
        &self.open
    }

    /// Opens these branches and folds those, beginning with a set of open ones; lists everything again.
    pub fn refold(&mut self, lens: Lens<'_>, open: Bits, unfolded: &[RowId], folded: &[RowId]) {
        self.open = open;
        unfolded.iter().for_each(|row| self.open.put(*row, true));
        folded.iter().for_each(|row| self.open.put(*row, false));
        self.rebuild(lens);
    }

    /// Whether a branch is open.
    pub fn is_open(&self, branch: RowId) -> bool {
        self.open.has(branch)
    }

    /// The place of the row that shows `row`: itself, its run, the folded branch above it, or what stands before.
    pub fn index_of(&self, row: RowId) -> usize {
        self.rows.partition_point(|v| v.row <= row).saturating_sub(1)
    }

    /// The place of the row itself, if it is listed as a row of its own or begins a run.
    pub fn exact_index_of(&self, row: RowId) -> Option<usize> {
        self.rows.binary_search_by_key(&row, |v| v.row).ok()
    }

    /// Opens or folds a branch.
    pub fn set_open(&mut self, lens: Lens<'_>, branch: RowId, open: bool) {
        if self.is_open(branch) == open || lens.comparison.is_leaf(branch) {
            return;
        }
        self.open.put(branch, open);
        self.splice(lens, branch);
    }

    /// Opens or folds many branches beneath and including one, then lists again what is beneath it.
    pub fn set_below(&mut self, lens: Lens<'_>, branch: RowId, open: impl Fn(&Tally) -> bool) {
        self.open_where(lens, branch, open);
        self.splice(lens, branch);
    }

    /// Folds the branches directly beneath one.
    pub fn fold_children(&mut self, lens: Lens<'_>, branch: RowId) {
        for child in lens.comparison.children(branch) {
            self.open.put(child, false);
        }
        self.splice(lens, branch);
    }

    /// Shows a run row by row.
    pub fn loosen(&mut self, lens: Lens<'_>, run: RowId) {
        if let Err(at) = self.loose.binary_search(&run) {
            self.loose.insert(at, run);
        }
        self.splice(lens, lens.comparison.parent(run));
    }

    /// Folds the run that a row stands in, if it stands in one; its first row then.
    pub fn tighten(&mut self, lens: Lens<'_>, row: RowId) -> Option<RowId> {
        let at = self.loose.partition_point(|first| *first <= row).checked_sub(1)?;
        let first = self.loose[at];
        let parent = lens.comparison.parent(row);
        if lens.comparison.parent(first) != parent || !lens.may_fold(row) {
            return None;
        }
        self.loose.remove(at);
        self.splice(lens, parent);
        self.rows.get(self.index_of(row)).filter(|v| v.is_run()).map(|v| v.row)
    }

    /// Opens every branch above a row, and the run that it stands in.
    pub fn reveal(&mut self, lens: Lens<'_>, row: RowId) {
        let mut highest = None;
        let mut branch = lens.comparison.parent(row);
        while branch != Comparison::TOP {
            if !self.is_open(branch) {
                self.open.put(branch, true);
                highest = Some(branch);
            }
            branch = lens.comparison.parent(branch);
        }
        if let Some(highest) = highest {
            self.splice(lens, highest);
        }
        // A run may hide the row, or a branch above it.
        while let Some(run) = self.at(self.index_of(row)).filter(|v| v.is_run() && v.row <= row && row < v.end) {
            self.loosen(lens, run.row);
        }
    }

    /// Lists everything again.
    pub fn rebuild(&mut self, lens: Lens<'_>) {
        let mut rows = Vec::new();
        self.beneath(lens, Comparison::TOP, &mut rows);
        self.rows = rows;
    }

    /// The rows in which folds differ, carried over by path to another comparison.
    pub fn carried(&self, old: &Comparison, lens: Lens<'_>) -> Self {
        let mut listing = Self { open: Bits::new(lens.comparison.row_count()), ..Self::default() };
        listing.open_where(lens, Comparison::TOP, |tally| tally.telling() > 0);
        self.carry(old, Comparison::TOP, lens, Comparison::TOP, &mut listing.open);
        listing.rebuild(lens);
        listing
    }

    fn carry(&self, old: &Comparison, from: RowId, lens: Lens<'_>, to: RowId, open: &mut Bits) {
        let new = lens.comparison;
        // Both are in natural order of keys, so one step on each side at a time finds all pairs.
        let mut candidates = new.children(to).filter(|row| !new.is_leaf(*row)).peekable();
        for branch in old.children(from).filter(|row| !old.is_leaf(*row)) {
            let key = old.key(branch);
            while candidates.next_if(|row| crate::base::order::natural(new.key(*row), key).is_lt()).is_some() {}
            if let Some(twin) = candidates.next_if(|row| new.key(*row) == key) {
                open.put(twin, self.is_open(branch));
                self.carry(old, branch, lens, twin, open);
            }
        }
    }

    fn open_where(&mut self, lens: Lens<'_>, branch: RowId, open: impl Fn(&Tally) -> bool) {
        for row in lens.comparison.branches_in(branch) {
            self.open.put(*row, open(&lens.tally(*row)));
        }
        self.open.put(Comparison::TOP, true);
    }

    /// Lists again what is beneath a branch, if the branch itself is listed.
    fn splice(&mut self, lens: Lens<'_>, branch: RowId) {
        if branch == Comparison::TOP {
            return self.rebuild(lens);
        }
        let Some(index) = self.exact_index_of(branch).filter(|i| !self.rows[*i].is_run()) else { return };
        let end = lens.comparison.end(branch);
        let last = self.rows.partition_point(|v| v.row < end);
        let mut fresh = Vec::new();
        if self.is_open(branch) {
            self.beneath(lens, branch, &mut fresh);
        }
        self.rows.splice(index + 1..last, fresh);
    }

    fn beneath(&self, lens: Lens<'_>, branch: RowId, out: &mut Vec<Visible>) {
        let comparison = lens.comparison;
        let end = comparison.end(branch);
        let folds = lens.folds_runs_in(branch);
        let mut row = branch + 1;
        while row < end {
            if !lens.lists(row) {
                row = comparison.end(row);
            } else if folds && lens.may_fold(row) {
                row = self.run(lens, row, end, out);
            } else {
                self.one(lens, row, out);
                row = comparison.end(row);
            }
        }
    }

    /// Adds one row and, where it is an open branch, what is beneath.
    fn one(&self, lens: Lens<'_>, row: RowId, out: &mut Vec<Visible>) {
        out.push(Visible { row, folded: 0, end: row });
        if self.is_open(row) && !lens.comparison.is_leaf(row) {
            self.beneath(lens, row, out);
        }
    }

    /// Adds a run of same rows that starts at `first`, as one counted row if it has more than one and is not loose.
    /// Returns the row after it.
    fn run(&self, lens: Lens<'_>, first: RowId, end: RowId, out: &mut Vec<Visible>) -> RowId {
        let comparison = lens.comparison;
        let (mut at, mut members, mut folded, mut last) = (first, 0, 0, first);
        while at < end {
            if lens.lists(at) {
                if !lens.may_fold(at) {
                    break;
                }
                members += 1;
                folded += lens.tally(at).leaves;
                last = comparison.end(at);
            }
            at = comparison.end(at);
        }
        if members > 1 && self.loose.binary_search(&first).is_err() {
            out.push(Visible { row: first, folded, end: last });
        } else {
            let mut row = first;
            while row < last {
                if lens.lists(row) {
                    self.one(lens, row, out);
                }
                row = comparison.end(row);
            }
        }
        at
    }
}
