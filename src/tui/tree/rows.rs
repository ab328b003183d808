//! Which rows are listed. What may be listed at all is found out in one walk over the comparison, off the drawing thread;
//! what folds leave of it is that set without the rows beneath each folded branch, so that a fold costs no walk over facts.

pub use super::bits::Bits;
pub use super::lens::{Lens, Matched};

use super::bits::Ranked;
use super::kind::Shown;
use super::lens::Place;
use super::pairing::Before;
use crate::compare::{Comparison, RowId, Tally};
use std::ops::Range;

/// A branch of so many values is shown whole at first, even where one side alone has it.
const FEW: u32 = 6;

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

/// What is listed where every branch is open.
#[derive(Clone, Debug, Default)]
struct Index {
    /// Rows that have a line of their own; a counted run by its first.
    lines: Ranked,
    /// Those that can be folded.
    branches: Bits,
    /// Branches with divergences beneath, listed or not.
    differing: Bits,
    /// The counted runs, in order.
    runs: Vec<Visible>,
}

/// The rows on the screen and the folds that make them.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    open: Bits,
    /// First rows of runs that are shown row by row, in order.
    loose: Vec<RowId>,
    /// The kinds that it was made for.
    shown: Shown,
    index: Index,
    /// What the folds leave of the lines of the index.
    listed: Ranked,
}

impl Listing {
    /// The listing in which branches with divergences are open and all others folded.
    pub fn new(lens: Lens<'_>) -> Self {
        let mut listing = Self::of(lens, Vec::new());
        listing.unfold_differences(lens);
        listing
    }

    /// The listing with which the explorer opens: as [`Listing::new`], but a branch that one side alone has, with more
    /// than a few values, is one folded line with its count.
    pub fn first(lens: Lens<'_>) -> Self {
        let mut listing = Self::new(lens);
        let is_one_sided = |tally: &Tally| tally.leaves > FEW && tally.only_left.max(tally.only_right) == tally.leaves;
        let one_sided = listing.index.differing.rows().filter(|branch| is_one_sided(&lens.tally(*branch)));
        let folded: Vec<RowId> = one_sided.filter(|branch| *branch != Comparison::TOP).collect();
        folded.into_iter().for_each(|branch| listing.open.put(branch, false));
        listing.lay(lens.comparison);
        listing
    }

    /// As [`Listing::new`], but every branch is open: for the answer of a filter that is all same values.
    pub fn all_open(lens: Lens<'_>) -> Self {
        let mut listing = Self::of(lens, Vec::new());
        listing.unfold_below(lens, Comparison::TOP);
        listing
    }

    /// What is listed where these runs are shown row by row and all is folded; a listing that has folds takes it over.
    pub fn of(lens: Lens<'_>, loose: Vec<RowId>) -> Self {
        let mut listing = Self { loose, ..Self::default() };
        listing.rebuild(lens);
        listing
    }

    /// How many rows are listed.
    pub fn len(&self) -> usize {
        self.listed.total()
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The listed row at a place.
    pub fn at(&self, index: usize) -> Option<Visible> {
        let row = self.listed.select(index)?;
        let run = self.index.runs.binary_search_by_key(&row, |run| run.row).ok();
        Some(run.map_or(Visible { row, folded: 0, end: row }, |run| self.index.runs[run]))
    }

    /// The listed rows from a place on, in order.
    pub fn rows_from(&self, index: usize) -> impl Iterator<Item = Visible> + '_ {
        (index..self.len()).map_while(|at| self.at(at))
    }

    /// The kinds that it was made for.
    pub fn shown(&self) -> Shown {
        self.shown
    }

    /// The open branches.
    pub fn open(&self) -> &Bits {
        &self.open
    }

    /// Begins with these open branches, before [`Listing::refold`].
    pub fn set_folds(&mut self, open: Bits) {
        self.open = open;
    }

    /// Opens and folds branches.
    pub fn refold(&mut self, comparison: &Comparison, folds: &[(RowId, bool)]) {
        folds.iter().for_each(|(branch, is_open)| self.open.put(*branch, *is_open));
        self.lay(comparison);
    }

    /// Whether a branch is open.
    pub fn is_open(&self, branch: RowId) -> bool {
        self.open.has(branch)
    }

    /// How many rows are listed before a row, be it listed or not.
    pub fn before(&self, row: RowId) -> usize {
        self.listed.rank(row)
    }

    /// The place of the row that shows `row`: itself, its run, the folded branch above it, or what stands before.
    pub fn index_of(&self, row: RowId) -> usize {
        self.before(row.saturating_add(1)).saturating_sub(1)
    }

    /// The place of the row itself, if it is listed as a row of its own or begins a run.
    pub fn exact_index_of(&self, row: RowId) -> Option<usize> {
        self.listed.has(row).then(|| self.before(row))
    }

    /// Opens or folds a branch.
    pub fn set_open(&mut self, lens: Lens<'_>, branch: RowId, open: bool) {
        if self.is_open(branch) != open && !lens.comparison.is_leaf(branch) {
            self.open.put(branch, open);
            self.lay_in(lens.comparison, branch);
        }
    }

    /// Opens a branch and all beneath it.
    pub fn unfold_below(&mut self, lens: Lens<'_>, branch: RowId) {
        self.open.fit(lens.comparison.row_count());
        lens.comparison.branches_in(branch).iter().for_each(|row| self.open.put(*row, true));
        self.lay_in(lens.comparison, branch);
    }

    /// Opens the branches with divergences beneath, and folds all others.
    pub fn unfold_differences(&mut self, lens: Lens<'_>) {
        self.open = self.index.differing.clone();
        self.open.put(Comparison::TOP, true);
        self.lay(lens.comparison);
    }

    /// Folds all branches.
    pub fn fold_all(&mut self, lens: Lens<'_>) {
        self.open = Bits::new(lens.comparison.row_count());
        self.open.put(Comparison::TOP, true);
        self.lay(lens.comparison);
    }

    /// Folds the branches directly beneath one.
    pub fn fold_children(&mut self, lens: Lens<'_>, branch: RowId) {
        branches_beneath(lens.comparison, branch).for_each(|child| self.open.put(child, false));
        self.lay_in(lens.comparison, branch);
    }

    /// Shows a run row by row.
    pub fn loosen(&mut self, lens: Lens<'_>, run: RowId) {
        if let Err(at) = self.loose.binary_search(&run) {
            self.loose.insert(at, run);
        }
        self.relist(lens, lens.comparison.parent(run));
    }

    /// Folds the run that a row stands in, if it stands in one; its first row then.
    pub fn tighten(&mut self, lens: Lens<'_>, row: RowId) -> Option<RowId> {
        let at = self.loose.partition_point(|first| *first <= row).checked_sub(1)?;
        let first = self.loose[at];
        let parent = lens.comparison.parent(row);
        if lens.comparison.parent(first) != parent || lens.place(row) != Place::Same {
            return None;
        }
        self.loose.remove(at);
        self.relist(lens, parent);
        self.at(self.index_of(row)).filter(|v| v.is_run()).map(|v| v.row)
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
            self.lay_in(lens.comparison, highest);
        }
        // A run may hide the row, or a branch above it.
        while let Some(run) = self.at(self.index_of(row)).filter(|v| v.is_run() && v.row <= row && row < v.end) {
            if self.loose.binary_search(&run.row).is_ok() {
                break;
            }
            self.loosen(lens, run.row);
        }
    }

    /// Lists everything again: a walk over the comparison.
    pub fn rebuild(&mut self, lens: Lens<'_>) {
        self.shown = lens.shown;
        let comparison = lens.comparison;
        let count = comparison.row_count();
        let mut differing = Bits::new(count);
        // What a filter asks for is opened whether it is a stop or not.
        let tells = |tally: &Tally| if lens.matched.is_some() { tally.found() } else { tally.telling() };
        for branch in comparison.branches_in(Comparison::TOP) {
            differing.put(*branch, tells(&lens.tally(*branch)) > 0);
        }
        let lines = Ranked::new(Bits::new(count));
        self.index = Index { lines, branches: Bits::new(count), differing, runs: Vec::new() };
        self.open.fit(count);
        self.relist(lens, Comparison::TOP);
    }

    /// Takes over what another lists of the same comparison; the folds stay.
    pub fn adopt(&mut self, comparison: &Comparison, other: Listing) {
        (self.shown, self.index, self.loose) = (other.shown, other.index, other.loose);
        self.lay(comparison);
    }

    /// First rows of runs that are shown row by row, in order.
    pub fn loose(&self) -> &[RowId] {
        &self.loose
    }

    /// Takes over the open branches of another comparison, by path.
    pub fn carry(&mut self, before: &Before, lens: Lens<'_>) {
        if before.first.is_none() {
            self.unfold_differences(lens);
        }
        carry(before, Comparison::TOP, (lens.comparison, Comparison::TOP), &mut self.open);
        self.lay(lens.comparison);
    }

    /// Finds what the folds leave: a step for each folded branch that is listed.
    fn lay(&mut self, comparison: &Comparison) {
        self.listed = self.index.lines.clone();
        self.leave(1..comparison.end(Comparison::TOP), comparison);
    }

    /// As [`Listing::lay`], where folds have changed at or beneath one branch alone: the others stay as they are.
    fn lay_in(&mut self, comparison: &Comparison, branch: RowId) {
        if branch == Comparison::TOP {
            return self.lay(comparison);
        }
        // Beneath a folded branch nothing is seen of it.
        if self.listed.has(branch) {
            self.leave(branch..comparison.end(branch), comparison);
        }
    }

    /// Lists of these rows what has no folded branch above it.
    fn leave(&mut self, rows: Range<RowId>, comparison: &Comparison) {
        let Self { open, index, listed, .. } = self;
        listed.change(|listed| {
            listed.copy(index.lines.bits(), rows.clone());
            let mut from = rows.start;
            while let Some(branch) = index.branches.next_without(open, from).filter(|branch| *branch < rows.end) {
                from = comparison.end(branch);
                listed.clear(branch + 1..from);
            }
        });
    }

    /// Finds out again what is listed beneath a branch.
    fn relist(&mut self, lens: Lens<'_>, branch: RowId) {
        let rows = branch + 1..lens.comparison.end(branch);
        let Index { lines, branches, runs, .. } = &mut self.index;
        let places = runs.partition_point(|run| run.row < rows.start)..runs.partition_point(|run| run.row < rows.end);
        let (mut fresh, loose) = (Vec::new(), &self.loose);
        branches.clear(rows.clone());
        lines.change(|lines| {
            lines.clear(rows);
            Walk { lens, loose, lines, branches, runs: &mut fresh }.beneath(branch);
        });
        runs.splice(places, fresh);
        self.lay_in(lens.comparison, branch);
    }
}

/// The branches directly beneath one.
fn branches_beneath(comparison: &Comparison, branch: RowId) -> impl Iterator<Item = RowId> + '_ {
    let mut rest = comparison.branches_in(branch).get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let end = comparison.end(first);
        // Most have few branches beneath: the next is looked for from here on, in growing steps.
        let mut near = 1;
        while rest.get(near).is_some_and(|other| *other < end) {
            near *= 2;
        }
        let (from, to) = (near / 2, (near + 1).min(rest.len()));
        rest = &rest[from + rest[from..to].partition_point(|other| *other < end)..];
        Some(first)
    })
}

/// Opens and folds the branches beneath one as those of the same keys beneath another are.
fn carry(before: &Before, above: RowId, (new, to): (&Comparison, RowId), open: &mut Bits) {
    let old = &before.comparison;
    // Both are in natural order of keys, so one step on each side at a time finds all pairs.
    let mut candidates = branches_beneath(new, to).peekable();
    for branch in branches_beneath(old, above) {
        let key = old.key(branch);
        while candidates.next_if(|row| crate::base::order::natural(new.key(*row), key).is_lt()).is_some() {}
        if let Some(twin) = candidates.next_if(|row| new.key(*row) == key) {
            let is_open = before.open.has(branch);
            if before.first.as_ref().is_none_or(|first| first.has(branch) != is_open) {
                open.put(twin, is_open);
            }
            carry(before, branch, (new, twin), open);
        }
    }
}

/// The walk that finds out what is listed where every branch is open.
struct Walk<'a> {
    lens: Lens<'a>,
    loose: &'a [RowId],
    lines: &'a mut Bits,
    branches: &'a mut Bits,
    runs: &'a mut Vec<Visible>,
}

impl Walk<'_> {
    fn beneath(&mut self, branch: RowId) {
        let (lens, comparison) = (self.lens, self.lens.comparison);
        let end = comparison.end(branch);
        if lens.lists_all() {
            self.lines.fill(branch + 1..end);
            let branches = comparison.branches_in(branch).iter().filter(|row| **row != branch);
            return branches.for_each(|row| self.branches.put(*row, true));
        }
        let folds = lens.folds_runs_in(branch);
        let mut row = branch + 1;
        while row < end {
            row = match lens.place(row) {
                Place::Same if folds => self.run(row, end),
                Place::Hidden => comparison.end(row),
                Place::Same | Place::Own => self.one(row),
            };
        }
    }

    /// Adds one row and what is beneath it. Returns the row after it.
    fn one(&mut self, row: RowId) -> RowId {
        self.lines.put(row, true);
        if !self.lens.comparison.is_leaf(row) {
            self.branches.put(row, true);
            self.beneath(row);
        }
        self.lens.comparison.end(row)
    }

    /// Adds a run of same rows that starts at `first`, as one counted row if it has more than one and is not loose.
    /// Returns the row after it.
    fn run(&mut self, first: RowId, end: RowId) -> RowId {
        let (lens, comparison) = (self.lens, self.lens.comparison);
        let (mut at, mut members, mut folded, mut last) = (first, 0, 0, first);
        while at < end {
            match lens.place(at) {
                Place::Own => break,
                Place::Hidden => {}
                Place::Same => {
                    members += 1;
                    folded += lens.tally(at).leaves;
                    last = comparison.end(at);
                }
            }
            at = comparison.end(at);
        }
        if members > 1 && self.loose.binary_search(&first).is_err() {
            self.lines.put(first, true);
            self.runs.push(Visible { row: first, folded, end: last });
        } else {
            let mut row = first;
            while row < last {
                row = match lens.place(row) {
                    Place::Hidden => comparison.end(row),
                    Place::Same | Place::Own => self.one(row),
                };
            }
        }
        at
    }
}
