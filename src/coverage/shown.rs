//! One value of the target, seen from the environments.

use crate::compare::{Cell, Comparison, RowId, State};
use crate::model::ValueRef;
use crate::model::value::Redacted;

/// How one value of the target is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// An environment has it: the first of them, as a side.
    By(usize),
    /// It is a number, and environments have a smaller and a larger one.
    Bracketed {
        /// A side with a smaller number.
        below: usize,
        /// A side with a larger number.
        above: usize,
    },
    /// No environment has it.
    ByNone,
    /// No environment is known to have it, and of some nothing is known.
    Unknown,
    /// Nothing is known of the target.
    Unmeasured,
}

impl Shown {
    /// Whether tests can meet the value, or numbers on both sides of it.
    pub fn is_covered(self) -> bool {
        matches!(self, Shown::By(_) | Shown::Bracketed { .. })
    }

    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Shown::By(_) => "shown",
            Shown::Bracketed { .. } => "bracketed",
            Shown::ByNone => "by-none",
            Shown::Unknown => "unknown",
            Shown::Unmeasured => "unmeasured",
        }
    }
}

/// Whether a row has a value that an environment may or may not show: a divergence, other than an identity that two
/// machines share, where being equal is the fault.
pub(super) fn counts(comparison: &Comparison, row: RowId) -> bool {
    let state = comparison.state(row);
    comparison.is_leaf(row) && state.is_found() && state != State::DuplicateIdentity
}

/// Those that have something: how many, and which if it is one.
#[derive(Clone, Copy, Default)]
struct Few {
    count: usize,
    first: usize,
}

impl Few {
    fn add(&mut self, place: usize) {
        if self.count == 0 {
            self.first = place;
        }
        self.count += 1;
    }

    fn is_only(self, place: usize) -> bool {
        self.count == 1 && self.first == place
    }
}

/// What the environments have at one row, by their places in the list of environments.
pub(super) struct Seen<'a> {
    comparison: &'a Comparison,
    row: RowId,
    target: usize,
    environments: &'a [usize],
    measured: bool,
    equal: Few,
    below: Few,
    above: Few,
    unknown: bool,
}

impl<'a> Seen<'a> {
    pub(super) fn of(comparison: &'a Comparison, row: RowId, target: usize, environments: &'a [usize]) -> Self {
        let measured = !is_unknown(comparison, row, target);
        let (none, unknown) = (Few::default(), false);
        let mut seen =
            Self { comparison, row, target, environments, measured, equal: none, below: none, above: none, unknown };
        let number = |side: usize| match comparison.cell(row, side) {
            Cell::Value(ValueRef::Number(number)) => Some(number.as_f64()),
            _ => None,
        };
        let wanted = number(target);
        for (place, side) in environments.iter().enumerate() {
            if seen.is_by(place) {
                seen.equal.add(place);
            } else if is_unknown(comparison, row, *side) {
                seen.unknown = true;
            }
            if let (Some(wanted), Some(number)) = (wanted, number(*side)) {
                if number < wanted {
                    seen.below.add(place);
                } else if number > wanted {
                    seen.above.add(place);
                }
            }
        }
        seen
    }

    pub(super) fn shown(&self) -> Shown {
        let side = |few: Few| self.environments[few.first];
        if !self.measured {
            Shown::Unmeasured
        } else if self.equal.count > 0 {
            Shown::By(side(self.equal))
        } else if self.is_bracketed() {
            Shown::Bracketed { below: side(self.below), above: side(self.above) }
        } else if self.unknown {
            Shown::Unknown
        } else {
            Shown::ByNone
        }
    }

    fn is_bracketed(&self) -> bool {
        self.below.count > 0 && self.above.count > 0
    }

    /// How many environments have the value.
    pub(super) fn count(&self) -> usize {
        self.equal.count
    }

    /// Whether the environment at a place has the target's value: one equal to it, or none as well.
    pub(super) fn is_by(&self, place: usize) -> bool {
        let side = self.environments[place];
        let class = |side| self.comparison.class(self.row, side);
        let lacks = |side| self.comparison.cell(self.row, side) == Cell::Missing;
        let comparable = self.measured && !is_unknown(self.comparison, self.row, side);
        comparable
            && match (class(self.target), class(side)) {
                (Some(wanted), Some(has)) => wanted == has,
                _ => lacks(self.target) && lacks(side),
            }
    }

    /// The environments that have it, by place.
    pub(super) fn by(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.environments.len()).filter(|place| self.is_by(*place))
    }

    /// Whether the value is covered with the environment at a place, and without it is not.
    pub(super) fn needs(&self, place: usize) -> bool {
        let bracketed_without = self.is_bracketed() && !self.below.is_only(place) && !self.above.is_only(place);
        let shown_without = self.equal.count > usize::from(self.is_by(place));
        self.shown().is_covered() && !shown_without && !bracketed_without
    }
}

/// Whether nothing can be said of a side: unreadable, not collected, or hidden without a key that compares.
fn is_unknown(comparison: &Comparison, row: RowId, side: usize) -> bool {
    match comparison.cell(row, side) {
        Cell::Problem(_) | Cell::NotCollected(_) => true,
        Cell::Redacted(Redacted::Opaque) => true,
        Cell::Redacted(Redacted::Keyed { .. }) => comparison.state(row) == State::Redacted,
        Cell::Value(value) => comparison.state(row) == State::Redacted && value.hides(),
        Cell::Missing => false,
    }
}
