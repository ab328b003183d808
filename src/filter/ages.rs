//! Fields that ask the history: `age:`, `since:`. Whoever has read one says since when paths differ; the rows are found
//! once, before the rows are walked.

use super::run::{Test, number_matches, test};
use super::{Field, Operand, Operator};
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Since when paths differ, as a history tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// When it was looked at last.
    pub now: Timestamp,
    /// The paths that differ, with the date on which each was first seen to.
    pub since: Vec<(Path, Timestamp)>,
    /// Why nothing is known; empty where it is.
    pub why: String,
}

impl Ages {
    /// Nothing is known, for this reason.
    pub fn unknown(why: &str) -> Self {
        Self { why: why.to_owned(), ..Self::default() }
    }
}

/// The rows that satisfy one of the operands, ascending.
pub(super) fn rows(field: Field, operands: &[Operand], comparison: &Comparison, ages: &Ages) -> Vec<RowId> {
    let fits: Vec<Box<dyn Fn(Timestamp) -> bool>> =
        operands.iter().filter_map(|one| told(field, one, ages.now)).collect();
    let told = ages.since.iter().filter(|(_, since)| fits.iter().any(|fits| fits(*since)));
    let mut rows: Vec<RowId> = told.filter_map(|(path, _)| comparison.find(path)).collect();
    rows.sort_unstable();
    rows
}

fn told(field: Field, operand: &Operand, now: Timestamp) -> Option<Box<dyn Fn(Timestamp) -> bool>> {
    if field == Field::Age {
        let test: Test = test(field, operand);
        return Some(Box::new(move |since| number_matches(now.duration_since(since).as_secs_f64(), &test)));
    }
    let (begin, end) = day(&operand.text)?;
    Some(match operand.operator {
        Operator::Match | Operator::AtLeast => Box::new(move |since| since >= begin),
        Operator::Equal => Box::new(move |since| (begin..end).contains(&since)),
        Operator::Greater => Box::new(move |since| since >= end),
        Operator::AtMost => Box::new(move |since| since < end),
        Operator::Less => Box::new(move |since| since < begin),
    })
}

/// A day in UTC: its begin, and that of the next.
pub(super) fn day(text: &str) -> Option<(Timestamp, Timestamp)> {
    let begin = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some((begin, begin.checked_add(SignedDuration::from_hours(24)).ok()?))
}
