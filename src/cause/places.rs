//! Which sides have something, and where it lies: where packages put their things, or where people do.

use crate::compare::short_name;
use crate::compare::{Cell, Comparison, RowId};

/// Where people and their tools write, and packages only what people then own.
const PEOPLE: [&str; 6] = ["/etc/", "/usr/local/", "/opt/", "/home/", "/root/", "/srv/"];

/// Sets of sides, a bit each; sides beyond the 64th are not told apart.
#[derive(Clone, Copy)]
pub(super) struct Masks {
    /// Every side.
    pub(super) all: u64,
}

impl Masks {
    pub(super) fn of(comparison: &Comparison) -> Self {
        let sides = comparison.sides().len();
        Self { all: if sides >= 64 { u64::MAX } else { (1 << sides) - 1 } }
    }

    /// The sides that have a row. What was not read may be there.
    pub(super) fn having(self, comparison: &Comparison, row: RowId) -> u64 {
        let has = comparison.cells(row).enumerate().take(64).filter(|(_, cell)| *cell != Cell::Missing);
        has.fold(0, |mask, (side, _)| mask | 1 << side)
    }

    /// The sides that have anything right under a branch.
    pub(super) fn having_some(self, comparison: &Comparison, branch: RowId) -> u64 {
        let leaves = comparison.children(branch).filter(|row| comparison.is_leaf(*row));
        leaves.fold(0, |mask, row| mask | self.having(comparison, row))
    }
}

/// The labels of some sides.
pub(super) fn labels(comparison: &Comparison, sides: u64) -> String {
    let has = (0..comparison.sides().len().min(64)).filter(|side| sides & (1 << side) != 0);
    has.map(|side| short_name(comparison, side)).collect::<Vec<_>>().join(", ")
}

/// Whether people write there.
pub(super) fn is_by_people(place: &str) -> bool {
    PEOPLE.iter().any(|folder| place.starts_with(folder))
}

/// Whether every side that has the row and says where it was read from read it where only packages write.
pub(super) fn is_shipped(comparison: &Comparison, row: RowId) -> bool {
    let mut sources = (0..comparison.sides().len()).filter_map(|side| comparison.source(row, side));
    !sources.any(|source| source.split(", ").any(is_by_people))
}

/// As [`is_shipped`], and some side says so.
pub(super) fn is_told_as_shipped(comparison: &Comparison, row: RowId) -> bool {
    let told = (0..comparison.sides().len()).any(|side| comparison.source(row, side).is_some());
    told && is_shipped(comparison, row)
}

/// Whether some side's value names a place where people write.
pub(super) fn points_to_people(comparison: &Comparison, row: RowId) -> bool {
    (0..comparison.sides().len()).any(|side| super::origin::text(comparison, row, side).is_some_and(is_by_people))
}
