//! Whether the values of two sides agree, with what is hidden and what is not known told apart. The comparison's states
//! speak of all sides together; a relation asks of two.

use crate::compare::{Cell, Comparison, RowId};
use crate::model::value::{Known, Redacted, known};

/// What can be said of two sides of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alike {
    /// The values agree.
    Same,
    /// They do not.
    Different,
    /// One side has a value, and the other is known to have none.
    Lacking,
    /// Neither has one.
    Absent,
    /// Nothing can be said, and why.
    Unknown(&'static str),
}

pub(super) fn alike(comparison: &Comparison, row: RowId, a: usize, b: usize) -> Alike {
    match (comparison.cell(row, a), comparison.cell(row, b)) {
        (Cell::Problem(_), _) | (_, Cell::Problem(_)) => Alike::Unknown("it could not be read on both sides"),
        (Cell::NotCollected(_), _) | (_, Cell::NotCollected(_)) => Alike::Unknown("it was not collected on both sides"),
        (Cell::Missing, Cell::Missing) => Alike::Absent,
        (Cell::Missing, _) | (_, Cell::Missing) => Alike::Lacking,
        (Cell::Redacted(one), Cell::Redacted(two)) => match (one, two) {
            (Redacted::Keyed { key, hash }, Redacted::Keyed { key: other, hash: its }) if key == other => {
                if hash == its { Alike::Same } else { Alike::Different }
            }
            (Redacted::Keyed { .. }, Redacted::Keyed { .. }) => Alike::Unknown("it is hidden under two keys"),
            _ => Alike::Unknown("it is hidden without a key"),
        },
        (Cell::Redacted(_), Cell::Value(_)) | (Cell::Value(_), Cell::Redacted(_)) => {
            Alike::Unknown("it is hidden on one side")
        }
        (Cell::Value(one), Cell::Value(two)) if one.hides() || two.hides() => match known(&one.plain(), &two.plain()) {
            Known::Same => Alike::Same,
            Known::Differs => Alike::Different,
            Known::Unknown => Alike::Unknown("a part of it is hidden without a key, or under two"),
        },
        (Cell::Value(_), Cell::Value(_)) => {
            if comparison.class(row, a) == comparison.class(row, b) {
                Alike::Same
            } else {
                Alike::Different
            }
        }
    }
}
