//! States and cells in words.

use crate::base::text::escape;
use crate::compare::{Cell, Comparison, Relation, RowId, State};
use crate::model::value::Redacted;

/// What a side says when it says no value, raw: absent, unreadable, not collected and redacted never look alike.
pub fn cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Value(value) => value.plain().into_owned(),
        Cell::Missing => "(absent)".to_owned(),
        Cell::Problem(why) | Cell::NotCollected(why) => format!("({why})"),
        Cell::Redacted(Redacted::Opaque) => "[redacted]".to_owned(),
        Cell::Redacted(Redacted::Keyed { hash, .. }) => format!("[redacted #{}]", super::pair::slice(hash, 0..4)),
    }
}

/// The state of a leaf in words that name the sides.
pub fn state(comparison: &Comparison, row: RowId) -> String {
    match comparison.state(row) {
        State::Same => "same".to_owned(),
        State::Volatile => "volatile, not counted".to_owned(),
        State::Identity => "differs as it should: it says who the machine is".to_owned(),
        State::DuplicateIdentity => "same, and should differ: it says who the machine is".to_owned(),
        State::Redacted if comparison.has_different_keys() => "unknown: redacted with different keys".to_owned(),
        State::Redacted => "unknown: redacted".to_owned(),
        State::Changed => "changed".to_owned(),
        State::Missing => match comparison.relation(row) {
            Relation::Changed => "changed".to_owned(),
            _ => format!("only in {}", having(comparison, row)),
        },
        State::Unreadable => {
            let why = comparison.cells(row).find_map(|cell| match cell {
                Cell::Problem(why) | Cell::NotCollected(why) => Some(escape(why).into_owned()),
                _ => None,
            });
            format!("unknown: {}", why.unwrap_or_else(|| "not collected".to_owned()))
        }
    }
}

/// The labels of the sides that have a value.
fn having(comparison: &Comparison, row: RowId) -> String {
    let has = |cell: &Cell<'_>| matches!(cell, Cell::Value(_) | Cell::Redacted(_));
    let sides = comparison.sides().iter().zip(comparison.cells(row)).filter(|(_, cell)| has(cell));
    sides.map(|(side, _)| escape(side.label()).into_owned()).collect::<Vec<_>>().join(", ")
}
