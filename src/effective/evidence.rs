//! Looking up what facts are derived from: one index for each branch that is looked into, so that no look-up walks a level
//! twice; and what is known of a value: there, known to be absent, or not known.

use crate::compare::{Cell, Comparison, RowId};
use crate::model::{Path, Snapshot, ValueRef};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What a side says at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known<T> {
    /// This.
    Is(T),
    /// That there is nothing.
    Absent,
    /// Nothing: it was not read, not asked for or hidden.
    Unknown,
}

impl<T> Known<T> {
    /// The value, if there is one.
    pub(super) fn is(self) -> Option<T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Absent | Known::Unknown => None,
        }
    }

    /// The value, or this where it is known that there is none.
    pub(super) fn or(self, absent: T) -> Option<T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Absent => Some(absent),
            Known::Unknown => None,
        }
    }

    /// Of a value of a form that nobody expects, nothing is known.
    pub(super) fn map<U>(self, to: impl FnOnce(T) -> Option<U>) -> Known<U> {
        match self {
            Known::Is(value) => to(value).map_or(Known::Unknown, Known::Is),
            Known::Absent => Known::Absent,
            Known::Unknown => Known::Unknown,
        }
    }
}

type Level<'a> = Rc<HashMap<&'a str, RowId>>;

/// The rows of a comparison by their keys.
pub(super) struct Look<'a> {
    pub(super) comparison: &'a Comparison,
    levels: RefCell<HashMap<RowId, Level<'a>>>,
}

impl<'a> Look<'a> {
    pub(super) fn new(comparison: &'a Comparison) -> Self {
        Self { comparison, levels: RefCell::default() }
    }

    fn level(&self, row: RowId) -> Level<'a> {
        let comparison = self.comparison;
        let fill = || {
            let rows = comparison.children(row).filter(|child| !comparison.is_value_among_branches(*child));
            Rc::new(rows.map(|child| (comparison.key(child), child)).collect())
        };
        Rc::clone(self.levels.borrow_mut().entry(row).or_insert_with(fill))
    }

    /// The row at these keys, a branch or a leaf.
    pub(super) fn row(&self, keys: &[&str]) -> Option<RowId> {
        keys.iter().try_fold(Comparison::TOP, |at, key| self.level(at).get(key).copied())
    }

    /// The rows right beneath these keys with their own.
    pub(super) fn beneath(&self, keys: &[&str]) -> Vec<(&'a str, RowId)> {
        let comparison = self.comparison;
        let Some(at) = self.row(keys) else { return Vec::new() };
        comparison.children(at).map(|row| (comparison.key(row), row)).collect()
    }
}

/// What one side says, noting which rows were asked.
pub(super) struct Evidence<'l, 'a> {
    look: &'l Look<'a>,
    side: usize,
    rows: RefCell<Vec<RowId>>,
}

impl<'l, 'a> Evidence<'l, 'a> {
    pub(super) fn new(look: &'l Look<'a>, side: usize) -> Self {
        Self { look, side, rows: RefCell::default() }
    }

    pub(super) fn into_rows(self) -> Vec<RowId> {
        self.rows.into_inner()
    }

    pub(super) fn snapshot(&self) -> &'a Snapshot {
        &self.look.comparison.sides()[self.side].snapshot
    }

    /// The value at these keys.
    pub(super) fn value(&self, keys: &[&str]) -> Known<ValueRef<'a>> {
        let comparison = self.look.comparison;
        match self.look.row(keys) {
            Some(row) if comparison.is_leaf(row) => self.value_of(row),
            Some(_) => Known::Unknown,
            None if is_covered(self.snapshot(), keys) => Known::Unknown,
            None => Known::Absent,
        }
    }

    /// The value of a row.
    pub(super) fn value_of(&self, row: RowId) -> Known<ValueRef<'a>> {
        self.rows.borrow_mut().push(row);
        match self.look.comparison.cell(row, self.side) {
            Cell::Value(value) if !value.hides() => Known::Is(value),
            Cell::Missing => Known::Absent,
            Cell::Value(_) | Cell::Redacted(_) | Cell::Problem(_) | Cell::NotCollected(_) => Known::Unknown,
        }
    }

    /// As [`Evidence::value`], with its row, which is noted only once somebody says that it counts.
    pub(super) fn peek(&self, keys: &[&str]) -> (Known<ValueRef<'a>>, Option<RowId>) {
        let noted = self.rows.borrow().len();
        let value = self.value(keys);
        let row = self.rows.borrow_mut().drain(noted..).next();
        (value, row)
    }

    /// Notes rows that turned out to count.
    pub(super) fn note(&self, rows: impl IntoIterator<Item = RowId>) {
        self.rows.borrow_mut().extend(rows);
    }

    /// A whole number of zero or more, also where it stands as text; `u64::MAX` for no limit.
    pub(super) fn number(&self, keys: &[&str]) -> Known<u64> {
        self.value(keys).map(whole)
    }

    /// A text.
    pub(super) fn text(&self, keys: &[&str]) -> Known<&'a str> {
        self.value(keys).map(ValueRef::as_text)
    }

    /// A kernel setting: as the kernel runs with it; where only another root's files are known, as they ask for it.
    pub(super) fn sysctl(&self, name: &str) -> Known<ValueRef<'a>> {
        match self.value(&["os", "sysctl", name]) {
            Known::Unknown => self.value(&["os", "sysctl_files", name]),
            known => known,
        }
    }

    /// A kernel setting that is a number.
    pub(super) fn sysctl_number(&self, name: &str) -> Known<u64> {
        self.sysctl(name).map(whole)
    }

    /// The rows right beneath these keys, whichever side has them.
    pub(super) fn beneath_any(&self, keys: &[&str]) -> Vec<(&'a str, RowId)> {
        self.look.beneath(keys)
    }

    /// The rows right beneath these keys that have something on this side.
    pub(super) fn beneath(&self, keys: &[&str]) -> Vec<(&'a str, RowId)> {
        let has = |row: RowId| {
            let comparison = self.look.comparison;
            if comparison.is_leaf(row) {
                return matches!(comparison.cell(row, self.side), Cell::Value(_) | Cell::Redacted(_));
            }
            // A branch of the comparison may be the other side's alone.
            self.snapshot().facts.find(&comparison.path(row)).is_some()
        };
        self.look.beneath(keys).into_iter().filter(|(_, row)| has(*row)).collect()
    }
}

/// The number in a value; `u64::MAX` for the words that stand for no limit.
pub(super) fn whole(value: ValueRef<'_>) -> Option<u64> {
    match value {
        ValueRef::Number(number) => {
            let number = number.as_f64();
            (number >= 0.0 && number.fract() == 0.0).then_some(number as u64)
        }
        ValueRef::Text("max" | "unlimited" | "infinity") => Some(u64::MAX),
        ValueRef::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Whether a problem at or above a path says that nothing is known there. The problems are sorted by path.
fn is_covered(snapshot: &Snapshot, keys: &[&str]) -> bool {
    (0..=keys.len()).any(|depth| {
        let at = Path::new(keys[..depth].iter().copied());
        snapshot.problems.binary_search_by(|(path, _)| path.cmp(&at)).is_ok()
    })
}
