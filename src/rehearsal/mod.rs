//! Floor 2: did a rollback restore the environment? Captures before a deployment, after it, after its rollback and,
//! if there is one, after deploying again, laid side by side: what was there before must be there after the rollback,
//! and what the deployment brought must come again.

mod record;
#[cfg(test)]
mod tests;

pub use record::{Record, Records, Verdict, seconds};

use crate::compare::{Cell, Comparison, RowId, State};
use crate::model::vocabulary::Class;

/// The captures by their side in the comparison.
pub const BEFORE: usize = 0;
/// See [`BEFORE`].
pub const AFTER: usize = 1;
/// See [`BEFORE`].
pub const BACK: usize = 2;
/// See [`BEFORE`].
pub const AGAIN: usize = 3;

/// What is to be called by what word.
pub const STAGES: [&str; 4] = ["before", "after", "back", "again"];

/// What became of a fact that is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is what the step was to undo: the rollback did not touch it.
    Stayed,
    /// It is something else than ever before.
    Other,
    /// Nothing can be said: unreadable, not collected, or hidden without a key.
    Unknown,
}

impl Fate {
    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Stayed => "stayed",
            Fate::Other => "other",
            Fate::Unknown => "unknown",
        }
    }
}

/// One step held against the capture that it should lead back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The capture that should be found again.
    pub wanted: usize,
    /// The capture in which it is looked for.
    pub found: usize,
    /// What is not as it was, by row.
    pub left: Vec<(RowId, Fate)>,
    /// How many facts the step before had changed and are as they were.
    pub restored: u32,
    /// How many facts could be read neither then nor now: nothing is said of them.
    pub unmeasured: u32,
}

impl Proof {
    /// Whether all came back that could be read then; what can be read no longer did not.
    pub fn holds(&self) -> bool {
        self.left.is_empty()
    }
}

/// How much a deployment changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Facts that differ, volatile and identities left out.
    pub facts: u32,
    /// By area: its row, and how many; those without any are left out.
    pub areas: Vec<(RowId, u32)>,
}

impl Size {
    /// How much changed from one side to another.
    pub fn between(comparison: &Comparison, from: usize, to: usize) -> Self {
        let mut size = Self::default();
        for row in settings(comparison).filter(|row| agree(comparison, *row, from, to) == Some(false)) {
            size.facts += 1;
            let area = comparison.area(row);
            match size.areas.last_mut() {
                Some((known, count)) if *known == area => *count += 1,
                _ => size.areas.push((area, 1)),
            }
        }
        size
    }

    /// How many of some earlier sizes this one is larger than.
    pub fn larger_than(&self, earlier: &[u32]) -> usize {
        earlier.iter().filter(|size| **size < self.facts).count()
    }
}

/// A rehearsal, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// What the deployment changed.
    pub size: Size,
    /// Before it and after the rollback.
    pub rollback: Proof,
    /// After it and after deploying again.
    pub again: Option<Proof>,
    /// Seconds between each capture and the next; `None` where a time is not known, below zero where they stand in
    /// another order.
    pub seconds: Vec<Option<i64>>,
}

impl Rehearsal {
    /// Judges three or four captures; `None` for another number of them.
    pub fn of(comparison: &Comparison) -> Option<Self> {
        let sides = comparison.sides();
        if !(3..=4).contains(&sides.len()) {
            return None;
        }
        let again = (sides.len() > AGAIN).then(|| prove(comparison, AFTER, AGAIN, BACK));
        let seconds = sides.windows(2).map(|pair| match pair {
            [one, next] => Some((next.snapshot.meta.captured_at? - one.snapshot.meta.captured_at?).get_seconds()),
            _ => None,
        });
        Some(Self {
            size: Size::between(comparison, BEFORE, AFTER),
            rollback: prove(comparison, BEFORE, BACK, AFTER),
            again,
            seconds: seconds.collect(),
        })
    }

    /// Whether the rollback is proved, and deploying again where it was tried.
    pub fn holds(&self) -> bool {
        self.proofs().all(Proof::holds)
    }

    /// The steps that were held against something.
    pub fn proofs(&self) -> impl Iterator<Item = &Proof> {
        std::iter::once(&self.rollback).chain(&self.again)
    }

    /// How long the rollback took, from the capture before it to the one after it.
    pub fn rollback_seconds(&self) -> Option<i64> {
        self.seconds.get(AFTER).copied().flatten()
    }
}

/// Holds what was found against what was wanted; `between` is the capture that was to be left.
fn prove(comparison: &Comparison, wanted: usize, found: usize, between: usize) -> Proof {
    let mut proof = Proof { wanted, found, left: Vec::new(), restored: 0, unmeasured: 0 };
    for row in settings(comparison) {
        match agree(comparison, row, wanted, found) {
            Some(true) => proof.restored += u32::from(agree(comparison, row, wanted, between) == Some(false)),
            Some(false) if agree(comparison, row, between, found) == Some(true) => proof.left.push((row, Fate::Stayed)),
            Some(false) => proof.left.push((row, Fate::Other)),
            None if is_unknown(comparison, row, wanted) && is_unknown(comparison, row, found) => proof.unmeasured += 1,
            None => proof.left.push((row, Fate::Unknown)),
        }
    }
    proof
}

/// The leaves that a deployment could change and a rollback restore: neither who the machine is nor what moves by
/// itself, and not the same in all captures.
fn settings(comparison: &Comparison) -> impl Iterator<Item = RowId> + '_ {
    comparison.leaves().filter(|row| {
        let is_setting = comparison.entry(*row).is_none_or(|entry| entry.class == Class::Setting);
        is_setting && comparison.state(*row) != State::Same
    })
}

/// Whether two sides say the same; `None` where either says nothing.
fn agree(comparison: &Comparison, row: RowId, one: usize, other: usize) -> Option<bool> {
    if is_unknown(comparison, row, one) || is_unknown(comparison, row, other) {
        return None;
    }
    Some(comparison.class(row, one) == comparison.class(row, other))
}

/// Whether a side says nothing: unreadable, not collected, or hidden so that it cannot be compared.
fn is_unknown(comparison: &Comparison, row: RowId, side: usize) -> bool {
    match comparison.cell(row, side) {
        Cell::Problem(_) | Cell::NotCollected(_) => true,
        Cell::Redacted(_) => comparison.state(row) == State::Redacted,
        Cell::Value(value) => comparison.state(row) == State::Redacted && value.hides(),
        Cell::Missing => false,
    }
}
