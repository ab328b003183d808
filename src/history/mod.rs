//! What became of the differences of two environments, or of the facts of one, over their snapshots: when a path was
//! first seen to differ, when it agreed again, how often it went back and forth, and what the snapshots hold as evidence
//! of who changed it.
//!
//! Snapshots are taken one date after the other: two dates are held at a time, and of all others only the paths that
//! differed or changed. A snapshot shows when a change was seen, not when it was made.

mod course;
mod dates;
mod evidence;

pub use course::{Course, Order};
pub use dates::{Captured, aligned};
pub use evidence::{Evidence, Kind};

use crate::base::cancel::Cancel;
use crate::base::order::natural;
use crate::compare::{Cell, Comparison, Relation, RowId};
use crate::model::value::{REDACTED, Redacted};
use crate::model::vocabulary::{Class, Tolerance};
use crate::model::{Path, Snapshot, Tree, TreeBuilder, ValueRef};
use evidence::Since;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// The longest text that is kept of a value, in bytes: of a longer one only its length.
const KEPT_BYTES: usize = 64 << 10;

/// What was said at one path of one side, kept after its snapshot is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A value, hidden ones too: its place among the kept ones.
    Value(u32),
    /// A text that is too long to be kept: its bytes.
    Long(usize),
    /// Known to be absent.
    Missing,
    /// It could not be read: the place of the words.
    Problem(u32),
    /// It was never asked for: the place of the words.
    NotCollected(u32),
}

impl Said {
    /// Whether nothing can be said.
    pub fn is_unknown(self) -> bool {
        matches!(self, Said::Problem(_) | Said::NotCollected(_))
    }
}

/// A change of one side, between two of its captures.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The date at which it was seen.
    pub date: usize,
    /// Whose it is.
    pub side: usize,
    /// What stood there before.
    pub before: Said,
    /// What stands there since.
    pub after: Said,
    /// What the snapshot holds about it, the most telling first.
    pub evidence: Vec<Evidence>,
}

/// A path that differed on some date, or changed on some side.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The path.
    pub path: Path,
    /// How the two sides related on each date. Of one side: how it related to its capture before.
    pub signs: Vec<Relation>,
    /// What each side said on the first date.
    pub first: Vec<Said>,
    /// What changed, in order.
    pub changes: Vec<Change>,
    /// Whether it ever differed by more than not having been asked for.
    pub is_telling: bool,
}

/// One side on one date.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// When the capture that stands for it was made.
    pub captured_at: Option<Timestamp>,
    /// Whether it was made since the date before.
    pub is_new: bool,
    /// What else the captures say happened since the one before.
    pub events: Vec<Evidence>,
}

/// One date: a capture of each side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Date {
    /// By side.
    pub sides: Vec<Moment>,
    /// How many paths differed.
    pub differing: usize,
    /// Of how many others it was not known.
    pub unknown: usize,
    /// How many of those that differed did not on the date before.
    pub diverged: usize,
    /// How many differed on the date before, and agree.
    pub healed: usize,
}

impl Date {
    /// When the last of its captures was made.
    pub fn at(&self) -> Option<Timestamp> {
        self.sides.iter().filter_map(|side| side.captured_at).max()
    }
}

/// The whole of it.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What the sides are called; one or two.
    pub labels: Vec<String>,
    /// The dates, oldest first.
    pub dates: Vec<Date>,
    /// The paths, in natural order.
    pub rows: Vec<Row>,
    values: Tree,
}

impl History {
    /// What was said, as a comparison says it; `None` for a text that was too long to be kept.
    pub fn cell(&self, said: Said) -> Option<Cell<'_>> {
        let value = |at| self.values.value(at).unwrap_or(ValueRef::Empty);
        let words = |at| self.values.value(at).and_then(ValueRef::as_text).unwrap_or_default();
        Some(match said {
            Said::Value(at) => value(at).redacted().map_or(Cell::Value(value(at)), Cell::Redacted),
            Said::Missing => Cell::Missing,
            Said::Problem(at) => Cell::Problem(words(at)),
            Said::NotCollected(at) => Cell::NotCollected(words(at)),
            Said::Long(_) => return None,
        })
    }

    /// The row of a path.
    pub fn find(&self, path: &Path) -> Option<usize> {
        self.rows.iter().position(|row| row.path == *path)
    }

    /// Whether it is of one environment: what changed in it, and no difference between two.
    pub fn is_of_one(&self) -> bool {
        self.labels.len() < 2
    }

    /// Whether there is more than one date to tell of.
    pub fn has_past(&self) -> bool {
        self.dates.len() > 1
    }
}

/// Takes in one date after the other.
#[derive(Debug, Default)]
pub struct Gatherer {
    history: History,
    values: TreeBuilder,
    kept: u32,
    places: HashMap<Path, usize>,
    /// What is told of though it never changes.
    asked: Option<Path>,
    /// The snapshots of the date before.
    last: Vec<Arc<Snapshot>>,
}

impl Gatherer {
    /// One that tells of this path though it never changes, or moves by itself.
    pub fn asked(path: Option<Path>) -> Self {
        Self { asked: path, ..Self::default() }
    }

    /// Takes in the next date: one snapshot of each side, in the order of the sides. `None` when cancelled.
    pub fn add(&mut self, now: Vec<Arc<Snapshot>>, cancel: &Cancel) -> Option<()> {
        let date = self.history.dates.len();
        self.history.labels = now.iter().map(|side| side.meta.label.clone()).collect();
        let since: Vec<Option<Since>> = now
            .iter()
            .enumerate()
            .map(|(side, after)| {
                let before = self.last.get(side).filter(|before| !Arc::ptr_eq(before, after))?;
                Some(Since::between(before, after))
            })
            .collect();
        let moment = |(side, snapshot): (usize, &Arc<Snapshot>)| Moment {
            captured_at: snapshot.meta.captured_at,
            is_new: self.last.get(side).is_none_or(|before| !Arc::ptr_eq(before, snapshot)),
            events: since.get(side).and_then(Option::as_ref).map(Since::events).unwrap_or_default(),
        };
        let sides = now.iter().enumerate().map(moment).collect();
        self.history.dates.push(Date { sides, ..Date::default() });
        let all: Vec<Arc<Snapshot>> = self.last.iter().chain(&now).cloned().collect();
        let comparison = Comparison::new(all, cancel)?;
        let step = Step { comparison: &comparison, sides: now.len(), has_before: !self.last.is_empty() };
        for row in comparison.leaves() {
            if row % 4096 == 0 && cancel.is_cancelled() {
                return None;
            }
            if let Some(tolerance) = step.told(row) {
                self.row(date, &step, (row, tolerance), &since);
            }
        }
        let asked = self.asked.as_ref().and_then(|path| comparison.find(path)).filter(|row| comparison.is_leaf(*row));
        if let Some(row) = asked.filter(|_| self.is_left_out(date)) {
            self.row(date, &step, (row, None), &since);
        }
        for row in &mut self.history.rows {
            row.signs.resize(date + 1, Relation::Same);
        }
        self.last = now;
        Some(())
    }

    /// All that was taken in.
    pub fn finish(self) -> History {
        let mut history = self.history;
        history.values = self.values.finish();
        history.rows.sort_by(|a, b| by_path(&a.path, &b.path));
        for row in &history.rows {
            let mut before = None;
            for (date, sign) in history.dates.iter_mut().zip(&row.signs) {
                let now = course::differs(*sign);
                date.differing += usize::from(now);
                date.unknown += usize::from(*sign == Relation::Unknown);
                // What was not known may have been so before.
                date.diverged += usize::from(now && before == Some(Relation::Same));
                date.healed += usize::from(*sign == Relation::Same && before.is_some_and(course::differs));
                before = Some(*sign);
            }
        }
        history
    }

    /// Whether nothing was told yet on a date of the path that was asked for.
    fn is_left_out(&self, date: usize) -> bool {
        let known = self.asked.as_ref().and_then(|path| self.history.rows.get(*self.places.get(path)?));
        known.is_none_or(|row| row.signs.len() <= date)
    }

    fn row(
        &mut self,
        date: usize,
        step: &Step<'_>,
        (row, tolerance): (RowId, Option<Tolerance>),
        since: &[Option<Since>],
    ) {
        let sign = step.sign(row, tolerance);
        let changed: Vec<usize> = (0..step.sides).filter(|side| step.changed(row, *side, tolerance)).collect();
        let is_asked = |path: &Path| self.asked.as_ref().is_some_and(|asked| asked == path);
        let is_quiet = sign == Relation::Same && changed.is_empty();
        if is_quiet && self.asked.is_none() {
            return;
        }
        let path = step.comparison.path(row);
        if is_quiet && !is_asked(&path) {
            return;
        }
        let at = match self.places.get(&path) {
            Some(at) => *at,
            None => {
                let first = (0..step.sides).map(|side| self.said(step.first(row, side))).collect();
                let signs = vec![Relation::Same; date];
                let new = Row { path: path.clone(), signs, first, changes: Vec::new(), is_telling: false };
                self.history.rows.push(new);
                self.places.insert(path.clone(), self.history.rows.len() - 1);
                self.history.rows.len() - 1
            }
        };
        let mut changes = Vec::new();
        for side in changed {
            let Some(since) = since.get(side).and_then(Option::as_ref) else { continue };
            let (before, after) = (step.comparison.cell(row, side), step.comparison.cell(row, step.now(side)));
            let sources = [side, step.now(side)].map(|at| step.comparison.source(row, at));
            let evidence = since.of(&path, sources);
            changes.push(Change { date, side, before: self.said(before), after: self.said(after), evidence });
        }
        let Some(known) = self.history.rows.get_mut(at) else { return };
        known.signs.push(sign);
        known.is_telling |= sign != Relation::Same && !step.is_unasked(row, sign);
        known.changes.append(&mut changes);
    }

    /// Keeps what a cell says.
    fn said(&mut self, cell: Cell<'_>) -> Said {
        match cell {
            Cell::Missing => Said::Missing,
            Cell::Value(ValueRef::Text(text)) if text.len() > KEPT_BYTES => Said::Long(text.len()),
            Cell::Value(value) => Said::Value(self.keep(value)),
            Cell::Redacted(Redacted::Opaque) => Said::Value(self.keep(ValueRef::Text(REDACTED))),
            Cell::Redacted(Redacted::Keyed { key, hash }) => {
                Said::Value(self.keep(ValueRef::Text(&format!("[redacted {key}:{hash}]"))))
            }
            Cell::Problem(why) => Said::Problem(self.keep(ValueRef::Text(why))),
            Cell::NotCollected(why) => Said::NotCollected(self.keep(ValueRef::Text(why))),
        }
    }

    fn keep(&mut self, value: ValueRef<'_>) -> u32 {
        // Keys that count up are in order, so that a value's place is its number.
        self.kept += 1;
        let key = self.kept.to_string();
        match value {
            ValueRef::Empty => {
                self.values.open(&key, false);
                self.values.close();
            }
            value => self.values.leaf_ref(&key, value),
        }
        self.kept
    }
}

/// Two dates side by side: the sides of the one before, where there is one, then those of this one.
struct Step<'a> {
    comparison: &'a Comparison,
    sides: usize,
    has_before: bool,
}

impl Step<'_> {
    /// The place of a side on this date.
    fn now(&self, side: usize) -> usize {
        if self.has_before { self.sides + side } else { side }
    }

    /// What a side said on the first date, if nothing has changed until the date before.
    fn first(&self, row: RowId, side: usize) -> Cell<'_> {
        self.comparison.cell(row, side)
    }

    /// Whether the history of a row is told, and how far its numbers may be apart: what moves by itself has none, nor
    /// has what says who the machine is.
    fn told(&self, row: RowId) -> Option<Option<Tolerance>> {
        match self.comparison.entry(row) {
            Some(entry) if entry.class == Class::Identity => None,
            Some(entry) if entry.class == Class::Volatile && entry.tolerance.is_none() => None,
            entry => Some(entry.and_then(|entry| entry.tolerance)),
        }
    }

    /// How two places of the comparison relate at a row.
    fn relation(&self, row: RowId, one: usize, other: usize, tolerance: Option<Tolerance>) -> Relation {
        match (self.comparison.cell(row, one), self.comparison.cell(row, other)) {
            (Cell::Problem(_) | Cell::NotCollected(_), _) | (_, Cell::Problem(_) | Cell::NotCollected(_)) => {
                Relation::Unknown
            }
            (Cell::Missing, Cell::Missing) => Relation::Same,
            (Cell::Missing, _) => Relation::OnlyRight,
            (_, Cell::Missing) => Relation::OnlyLeft,
            (a, b) => match (self.comparison.class(row, one), self.comparison.class(row, other)) {
                (Some(one), Some(other)) if one == other || within(tolerance, a, b) => Relation::Same,
                (Some(_), Some(_)) => Relation::Changed,
                _ => Relation::Unknown,
            },
        }
    }

    /// The sign of a row on this date.
    fn sign(&self, row: RowId, tolerance: Option<Tolerance>) -> Relation {
        match (self.sides, self.has_before) {
            (1, false) => Relation::Same,
            (1, true) => self.relation(row, 0, 1, tolerance),
            _ => self.relation(row, self.now(0), self.now(1), tolerance),
        }
    }

    /// Whether a side says something else than on the date before.
    fn changed(&self, row: RowId, side: usize, tolerance: Option<Tolerance>) -> bool {
        let is_known = |at| !matches!(self.comparison.cell(row, at), Cell::Problem(_) | Cell::NotCollected(_));
        let now = self.now(side);
        self.has_before
            && match (is_known(side), is_known(now)) {
                // Two secrets that cannot be compared are no change that was seen.
                (true, true) => !matches!(self.relation(row, side, now, tolerance), Relation::Same | Relation::Unknown),
                (one, other) => one != other,
            }
    }

    /// Whether a sign says no more than that a side was not asked.
    fn is_unasked(&self, row: RowId, sign: Relation) -> bool {
        let sides = if self.sides == 1 { [0, self.now(0)] } else { [self.now(0), self.now(1)] };
        let is = |wanted: fn(&Cell<'_>) -> bool| sides.iter().any(|side| wanted(&self.comparison.cell(row, *side)));
        sign == Relation::Unknown
            && is(|cell| matches!(cell, Cell::NotCollected(_)))
            && !is(|cell| matches!(cell, Cell::Problem(_)))
    }
}

/// Whether two numbers are so near that they say the same.
fn within(tolerance: Option<Tolerance>, a: Cell<'_>, b: Cell<'_>) -> bool {
    let (Some(tolerance), Cell::Value(a), Cell::Value(b)) = (tolerance, a, b) else { return false };
    let (Some(a), Some(b)) = (a.as_number(), b.as_number()) else { return false };
    let (a, b) = (a.as_f64().max(tolerance.floor), b.as_f64().max(tolerance.floor));
    a.max(b) <= a.min(b) * tolerance.factor
}

/// The order in which paths are listed.
fn by_path(a: &Path, b: &Path) -> std::cmp::Ordering {
    let keys = a.segments().iter().zip(b.segments()).map(|(a, b)| natural(a, b));
    keys.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.depth().cmp(&b.depth()))
}

#[cfg(test)]
mod tests;
