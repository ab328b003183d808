//! Floor 2: snapshots aligned path by path. Every value is compared once, here; filter, risk, report and view read the
//! classes and states that stand in the [`Comparison`].

mod align;
mod apart;
pub mod change;
mod classes;
mod names;
mod odd;
mod state;
pub mod version;

pub use apart::Apart;
pub use names::{names_of, short_name};
pub use odd::{Odd, Peers, kin};
pub use state::{Flags, Relation, State, Tally};

use crate::base::cancel::Cancel;
use crate::model::value::Redacted;
use crate::model::vocabulary::{Entry, Vocabulary};
use crate::model::{Path, Snapshot, Tree, ValueRef};
use std::sync::Arc;

/// The index of a row in its comparison. Row 0 is the top, above all areas.
pub type RowId = u32;

/// Where a row's key is written: in which side's tree.
#[derive(Clone, Copy, Debug)]
struct KeyAt {
    side: u32,
    node: u32,
    problem: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Index of its tally.
    Branch(u32),
    /// Index of its first cell; there is one a side.
    Leaf { cells: u32, state: State, flags: Flags },
}

#[derive(Clone, Copy, Debug)]
struct Row {
    key: KeyAt,
    parent: RowId,
    /// One past the last row beneath.
    end: RowId,
    depth: u16,
    /// Index into the vocabulary plus one; 0 for none.
    entry: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CellKind {
    Value,
    Missing,
    Problem,
    NotCollected,
}

#[derive(Clone, Copy, Debug)]
struct RawCell {
    node: u32,
    kind: CellKind,
    class: u16,
}

/// One snapshot of a comparison.
#[derive(Clone, Debug)]
pub struct Side {
    /// The snapshot itself.
    pub snapshot: Arc<Snapshot>,
    problems: Arc<Tree>,
}

impl Side {
    /// What people are told it is called; raw text.
    pub fn label(&self) -> &str {
        self.snapshot.meta.name()
    }

    /// What a policy and what is kept of it calls it: the label alone, whatever it is beside; raw text.
    pub fn kept_label(&self) -> &str {
        &self.snapshot.meta.label
    }
}

/// What one snapshot says at one path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// A value.
    Value(ValueRef<'a>),
    /// A value that was hidden at capture.
    Redacted(Redacted<'a>),
    /// Known to be absent.
    Missing,
    /// It could not be read, and why.
    Problem(&'a str),
    /// It was never asked for, and why.
    NotCollected(&'a str),
}

/// Two or more snapshots, aligned: a flat array of rows in pre-order, in natural order of their keys. A row knows where
/// its subtree ends, so folding is one step.
#[derive(Debug)]
pub struct Comparison {
    sides: Vec<Side>,
    reference: usize,
    vocabulary: &'static Vocabulary,
    rows: Vec<Row>,
    /// The rows that are branches, in order: far fewer than leaves.
    branches: Vec<RowId>,
    cells: Vec<RawCell>,
    tallies: Vec<Tally>,
    unasked: Vec<Path>,
}

impl Comparison {
    /// The top row.
    pub const TOP: RowId = 0;

    /// Aligns snapshots. The reference is the first that is pushed to, else the first. `None` when cancelled.
    pub fn new(snapshots: Vec<Arc<Snapshot>>, cancel: &Cancel) -> Option<Self> {
        Self::with_vocabulary(snapshots, Vocabulary::builtin(), cancel)
    }

    /// As [`Comparison::new`] with another vocabulary, for tests.
    pub fn with_vocabulary(
        snapshots: Vec<Arc<Snapshot>>,
        vocabulary: &'static Vocabulary,
        cancel: &Cancel,
    ) -> Option<Self> {
        let reference = snapshots.iter().position(|s| s.meta.is_target()).unwrap_or(0);
        let sides = snapshots
            .into_iter()
            .map(|snapshot| Side { problems: Arc::new(snapshot.problem_tree()), snapshot })
            .collect();
        align::align(sides, reference, vocabulary, cancel)
    }

    /// The snapshots in the order given.
    pub fn sides(&self) -> &[Side] {
        &self.sides
    }

    /// Which side the others are measured against: the target.
    pub fn reference(&self) -> usize {
        self.reference
    }

    /// Makes another side the reference. No row changes: states speak of all sides alike.
    pub fn set_reference(&mut self, side: usize) {
        self.reference = side.min(self.sides.len().saturating_sub(1));
    }

    /// The two sides that stand for all where only two fit, in the order given: the reference and the first other.
    pub fn pair(&self) -> (usize, usize) {
        let other = (0..self.sides.len()).find(|side| *side != self.reference).unwrap_or(self.reference);
        (other.min(self.reference), other.max(self.reference))
    }

    /// How many rows there are, the top and all branches included.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// How many paths have a value or a problem on some side.
    pub fn leaf_count(&self) -> usize {
        self.tally(Self::TOP).leaves as usize
    }

    /// Paths that no side asked for, so that nothing is said of them: known to be left out, never taken for same.
    pub fn unasked(&self) -> &[Path] {
        &self.unasked
    }

    /// The key of a row, raw; empty at the top. A value that stands where another side has a branch has that branch's.
    pub fn key(&self, row: RowId) -> &str {
        let at = self.rows[row as usize].key;
        let side = &self.sides[at.side as usize];
        if at.problem { side.problems.key(at.node) } else { side.snapshot.facts.key(at.node) }
    }

    /// The row above; the top is its own parent.
    pub fn parent(&self, row: RowId) -> RowId {
        self.rows[row as usize].parent
    }

    /// One past the last row beneath.
    pub fn end(&self, row: RowId) -> RowId {
        self.rows[row as usize].end
    }

    /// Keys from the top to the row: 0 at the top, 1 for an area.
    pub fn depth(&self, row: RowId) -> usize {
        usize::from(self.rows[row as usize].depth)
    }

    /// Whether the row has values rather than rows beneath.
    pub fn is_leaf(&self, row: RowId) -> bool {
        matches!(self.rows[row as usize].kind, Kind::Leaf { .. })
    }

    /// A branch and the branches beneath it, in order.
    pub fn branches_in(&self, branch: RowId) -> &[RowId] {
        let place = |row: RowId| self.branches.partition_point(|other| *other < row);
        self.branches.get(place(branch)..place(self.end(branch))).unwrap_or_default()
    }

    /// The rows directly beneath.
    pub fn children(&self, row: RowId) -> impl Iterator<Item = RowId> + '_ {
        let end = self.end(row);
        let first = if self.is_leaf(row) { end } else { row + 1 };
        std::iter::successors((first < end).then_some(first), move |at| {
            let next = self.end(*at);
            (next < end).then_some(next)
        })
    }

    /// All leaves in order.
    pub fn leaves(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..self.rows.len() as RowId).filter(|row| self.is_leaf(*row))
    }

    /// The path of a row.
    pub fn path(&self, mut row: RowId) -> Path {
        let mut keys = Vec::new();
        while row != Self::TOP {
            let key = self.key(row);
            if !self.is_value_among_branches(row) {
                keys.push(key.to_owned());
            }
            row = self.parent(row);
        }
        keys.reverse();
        Path::new(keys)
    }

    /// Whether the row is the value of a path that is a branch on another side: it has that branch's path.
    pub fn is_value_among_branches(&self, row: RowId) -> bool {
        matches!(self.rows[row as usize].kind, Kind::Leaf { flags, .. } if flags.contains(Flags::BESIDE_BRANCH))
    }

    /// The row at a path; the leaf where a path is both.
    pub fn find(&self, path: &Path) -> Option<RowId> {
        let row = path.segments().iter().try_fold(Self::TOP, |at, key| self.child(at, key))?;
        let value = self.children(row).find(|child| self.is_value_among_branches(*child));
        Some(value.unwrap_or(row))
    }

    /// The branch at a path, if one stands there.
    pub fn find_branch(&self, path: &Path) -> Option<RowId> {
        let row = path.segments().iter().try_fold(Self::TOP, |at, key| self.child(at, key))?;
        (!self.is_leaf(row)).then_some(row)
    }

    /// The row directly beneath with this key.
    pub fn child(&self, row: RowId, key: &str) -> Option<RowId> {
        self.children(row).find(|child| self.key(*child) == key && !self.is_value_among_branches(*child))
    }

    /// The row of the area that a row stands in: the first key. The top for the top.
    pub fn area(&self, mut row: RowId) -> RowId {
        while self.depth(row) > 1 {
            row = self.parent(row);
        }
        row
    }

    /// The state of a leaf; of a branch, [`State::Same`] when all beneath is, else [`State::Changed`].
    pub fn state(&self, row: RowId) -> State {
        match self.rows[row as usize].kind {
            Kind::Leaf { state, .. } => state,
            Kind::Branch(tally) if self.tallies[tally as usize].found() == 0 => State::Same,
            Kind::Branch(_) => State::Changed,
        }
    }

    /// What is particular about a leaf's difference; none for a branch.
    pub fn flags(&self, row: RowId) -> Flags {
        match self.rows[row as usize].kind {
            Kind::Leaf { flags, .. } => flags,
            Kind::Branch(_) => Flags::default(),
        }
    }

    /// The sign of a row: how its sides relate.
    pub fn relation(&self, row: RowId) -> Relation {
        match self.rows[row as usize].kind {
            Kind::Leaf { .. } => Relation::of(self.state(row), self.cells(row)),
            Kind::Branch(tally) => self.tallies[tally as usize].relation(),
        }
    }

    /// Counts of the leaves beneath a branch; of a leaf, itself.
    pub fn tally(&self, row: RowId) -> Tally {
        match self.rows[row as usize].kind {
            Kind::Branch(tally) => self.tallies[tally as usize],
            Kind::Leaf { state, flags, .. } => {
                let mut tally = Tally::default();
                tally.add_flagged(state, Relation::of(state, self.cells(row)), flags);
                tally
            }
        }
    }

    /// The vocabulary that says what the rows mean.
    pub fn vocabulary(&self) -> &'static Vocabulary {
        self.vocabulary
    }

    /// The place of a row's entry in the vocabulary.
    pub fn entry_index(&self, row: RowId) -> Option<usize> {
        self.rows[row as usize].entry.checked_sub(1).map(|entry| entry as usize)
    }

    /// What the vocabulary says of a row.
    pub fn entry(&self, row: RowId) -> Option<&'static Entry> {
        let entry = self.rows[row as usize].entry.checked_sub(1)?;
        self.vocabulary.entries().get(entry as usize)
    }

    /// What one side says; [`Cell::Missing`] for a branch.
    pub fn cell(&self, row: RowId, side: usize) -> Cell<'_> {
        let Kind::Leaf { cells, .. } = self.rows[row as usize].kind else { return Cell::Missing };
        let raw = self.cells[cells as usize + side];
        let side = &self.sides[side];
        let text = || side.problems.value(raw.node).and_then(ValueRef::as_text).unwrap_or_default();
        match raw.kind {
            CellKind::Missing => Cell::Missing,
            CellKind::Problem => Cell::Problem(text()),
            CellKind::NotCollected => Cell::NotCollected(text()),
            CellKind::Value => {
                let value = side.snapshot.facts.value(raw.node).unwrap_or(ValueRef::Empty);
                value.redacted().map_or(Cell::Value(value), Cell::Redacted)
            }
        }
    }

    /// What all sides say, in order; empty for a branch.
    pub fn cells(&self, row: RowId) -> impl ExactSizeIterator<Item = Cell<'_>> + Clone {
        let sides = if self.is_leaf(row) { self.sides.len() } else { 0 };
        (0..sides).map(move |side| self.cell(row, side))
    }

    /// Whether secrets were hidden under different keys, so that none of them can be compared.
    pub fn has_different_keys(&self) -> bool {
        let mut keys = self.sides.iter().filter_map(|side| side.snapshot.meta.redaction_key.as_deref());
        let first = keys.next();
        keys.any(|key| Some(key) != first)
    }

    /// The class of a side's value: sides with equal values share a number, counted from 0 in order of appearance.
    /// `None` where there is no value to compare.
    pub fn class(&self, row: RowId, side: usize) -> Option<usize> {
        let Kind::Leaf { cells, .. } = self.rows[row as usize].kind else { return None };
        let raw = self.cells[cells as usize + side];
        (raw.class != align::NO_CLASS).then_some(usize::from(raw.class))
    }

    /// Whether what one side says can be shown for both: the same class, and where numbers are put into classes by their
    /// size, equal.
    pub fn agree(&self, row: RowId, one: usize, other: usize) -> bool {
        let by_size = || self.entry(row).is_some_and(|entry| entry.tolerance.is_some());
        match (self.class(row, one), self.class(row, other)) {
            (None, None) => self.cell(row, one) == self.cell(row, other),
            (a, b) => a == b && (!by_size() || self.cell(row, one) == self.cell(row, other)),
        }
    }

    /// How the values of two sides differ, in terms of what they are.
    pub fn change(&self, row: RowId, left: usize, right: usize) -> Option<change::Change> {
        match (self.cell(row, left), self.cell(row, right)) {
            (Cell::Value(a), Cell::Value(b)) => Some(change::between(self.entry(row), self.key(row), a, b)),
            _ => None,
        }
    }

    /// Where a side's value was read from; none where it has no value.
    pub fn source(&self, row: RowId, side: usize) -> Option<&str> {
        if !matches!(self.cell(row, side), Cell::Value(_) | Cell::Redacted(_)) {
            return None;
        }
        self.sides[side].snapshot.provenance.of(&self.path(row))
    }
}
