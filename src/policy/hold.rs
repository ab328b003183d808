//! Whether a relation holds at one row.

use super::alike::{Alike, alike};
use super::relation::Must;
use crate::compare::{Cell, Comparison, RowId, version};
use crate::filter;
use crate::model::value::Redacted;
use crate::model::vocabulary::VersionOrder;
use crate::model::{Value, ValueRef};
use std::cmp::Ordering;

/// The sides that a relation speaks of.
#[derive(Debug)]
pub(super) struct Between {
    /// Pairs of sides, the first against the second.
    pairs: Vec<(usize, usize)>,
    /// All of them, ascending.
    sides: Vec<usize>,
}

/// Whether a side is what is pushed to: the reference, or what says so of itself.
fn is_target(comparison: &Comparison, side: usize) -> bool {
    side == comparison.reference() || comparison.sides().get(side).is_some_and(|side| side.snapshot.meta.is_target())
}

/// The names of what is pushed to, in the order of the sides, each once.
pub fn targets(comparison: &Comparison) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for side in (0..comparison.sides().len()).filter(|side| is_target(comparison, *side)) {
        let name = comparison.sides().get(side).map_or("", |side| side.kept_label());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

impl Between {
    /// The sides of these names or roles; without any, each test environment against the target.
    pub(super) fn of(comparison: &Comparison, names: &[String]) -> Self {
        let is_target = |side: usize| is_target(comparison, side);
        let named = |name: &str| -> Vec<usize> {
            let is_meant = |side: &usize| match name {
                "test" => !is_target(*side),
                "target" => is_target(*side),
                name => comparison.sides()[*side].kept_label() == name,
            };
            (0..comparison.sides().len()).filter(is_meant).collect()
        };
        let groups: Vec<Vec<usize>> = match names {
            [] => vec![named("test"), named("target")],
            [one] => vec![named(one), named(one)],
            names => names.iter().map(|name| named(name)).collect(),
        };
        let mut pairs = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            for (a, b) in groups[at + 1..].iter().flatten().flat_map(|b| group.iter().map(move |a| (*a, *b))) {
                let is_twice = names.len() == 1 && a > b;
                if a != b && !is_twice && !pairs.contains(&(a, b)) {
                    pairs.push((a, b));
                }
            }
        }
        let mut sides: Vec<usize> = groups.concat();
        sides.sort_unstable();
        sides.dedup();
        Self { pairs, sides }
    }

    /// Whether nothing of it is looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Whether it speaks of these two.
    pub(super) fn has(&self, a: usize, b: usize) -> bool {
        self.pairs.contains(&(a, b)) || self.pairs.contains(&(b, a))
    }
}

/// What came of it.
pub(super) enum Held {
    Yes,
    /// It is violated: how, in words without a value.
    No(String),
    /// Nothing can be said, and why.
    Unknown(String),
}

pub(super) fn hold(comparison: &Comparison, row: RowId, must: &Must, between: &Between) -> Held {
    let name = |side: usize| comparison.sides()[side].label();
    let mut unknown = None;
    let mut violated = Vec::new();
    if let Must::OneOf(values) = must {
        for side in &between.sides {
            match one_of(comparison, row, *side, values) {
                Ok(true) => {}
                Ok(false) => violated.push(format!("{} has another", name(*side))),
                Err(why) => drop(unknown.get_or_insert(format!("{}: {why}", name(*side)))),
            }
        }
    } else {
        for (a, b) in &between.pairs {
            match pair(comparison, row, must, *a, *b) {
                Ok(None) => {}
                Ok(Some(words)) => violated.push(words),
                Err(why) => drop(unknown.get_or_insert(format!("{} and {}: {why}", name(*a), name(*b)))),
            }
        }
    }
    // Of many pairs the first says it; how many more there are is said.
    match (violated.len(), violated.into_iter().next(), unknown) {
        (0 | 1, Some(words), _) => Held::No(words),
        (n, Some(words), _) => Held::No(format!("{words}, and {} more", n - 1)),
        (_, None, Some(words)) => Held::Unknown(words),
        (_, None, None) => Held::Yes,
    }
}

/// Whether two sides keep to it: none where they do or where it does not concern them, else how they do not.
fn pair(comparison: &Comparison, row: RowId, must: &Must, a: usize, b: usize) -> Result<Option<String>, String> {
    let name = |side: usize| comparison.sides()[side].label();
    let (one, two) = (name(a), name(b));
    let alike = alike(comparison, row, a, b);
    if let Alike::Unknown(why) = alike {
        return Err(why.to_owned());
    }
    match must {
        Must::Equal => Ok(match alike {
            Alike::Different => Some(format!("{one} and {two} differ")),
            Alike::Lacking => Some(format!("only one of {one} and {two} has it")),
            _ => None,
        }),
        Must::Differ => Ok((alike == Alike::Same).then(|| format!("{one} and {two} have the same"))),
        // What one of two lacks has no version and no size: that it lacks is a row of its own.
        _ if matches!(alike, Alike::Lacking | Alike::Absent) => Ok(None),
        Must::NotOlderThan => {
            let ordering = if alike == Alike::Same { Ordering::Equal } else { order(comparison, row, a, b)? };
            Ok((ordering == Ordering::Less).then(|| format!("{one} is older than {two}")))
        }
        Must::Ratio { at_least, at_most } => {
            let (x, y) = (number(comparison, row, a)?, number(comparison, row, b)?);
            if y == 0.0 {
                return Err(format!("it is zero in {two}, so there is no ratio"));
            }
            let ratio = x / y;
            let is_out = at_least.is_some_and(|least| ratio < least) || at_most.is_some_and(|most| ratio > most);
            Ok(is_out.then(|| format!("{one} has {} of {two}", times(ratio))))
        }
        Must::Share(share) => {
            let (x, y) = (number(comparison, row, a)?, number(comparison, row, b)?);
            let is_out = (x - y).abs() > share * y.abs();
            Ok(is_out.then(|| format!("{one} and {two} are further apart than {} %", share * 100.0)))
        }
        Must::Within(bound) => {
            let (x, y) = (number(comparison, row, a)?, number(comparison, row, b)?);
            Ok(((x - y).abs() > *bound).then(|| format!("{one} and {two} are further apart than {bound}")))
        }
        Must::OneOf(_) | Must::Ignore => Ok(None),
    }
}

/// `0.25 times that`.
fn times(ratio: f64) -> String {
    if ratio.abs() >= 0.01 && ratio.abs() < 1e6 {
        let text = format!("{ratio:.2}");
        return format!("{} times that", text.trim_end_matches('0').trim_end_matches('.'));
    }
    format!("{ratio:e} times that")
}

fn value(comparison: &Comparison, row: RowId, side: usize) -> Result<ValueRef<'_>, String> {
    match comparison.cell(row, side) {
        Cell::Value(value) => Ok(value),
        Cell::Redacted(Redacted::Opaque | Redacted::Keyed { .. }) => Err("it is hidden".to_owned()),
        Cell::Problem(_) => Err("it could not be read".to_owned()),
        Cell::NotCollected(_) => Err("it was not collected".to_owned()),
        Cell::Missing => Err("it is absent".to_owned()),
    }
}

fn number(comparison: &Comparison, row: RowId, side: usize) -> Result<f64, String> {
    let number = match value(comparison, row, side)? {
        ValueRef::Number(number) => Some(number.as_f64()),
        ValueRef::Text(text) => filter::number(text.trim()),
        _ => None,
    };
    number.ok_or_else(|| "it is no number".to_owned())
}

fn order(comparison: &Comparison, row: RowId, a: usize, b: usize) -> Result<Ordering, String> {
    match (value(comparison, row, a)?, value(comparison, row, b)?) {
        (ValueRef::Text(one), ValueRef::Text(two)) => {
            let known = comparison.entry(row).and_then(|entry| entry.order);
            let is_version = version::looks_like(one) && version::looks_like(two);
            let order = known.or_else(|| is_version.then_some(VersionOrder::Generic));
            order.map(|order| version::compare(order, one, two)).ok_or_else(|| "it is no version".to_owned())
        }
        (ValueRef::Number(one), ValueRef::Number(two)) => {
            one.as_f64().partial_cmp(&two.as_f64()).ok_or_else(|| "it is no number".to_owned())
        }
        _ => Err("it is no version".to_owned()),
    }
}

fn one_of(comparison: &Comparison, row: RowId, side: usize, values: &[Value]) -> Result<bool, String> {
    let is = |value: ValueRef<'_>, wanted: &Value| match (value, wanted) {
        (ValueRef::Text(text), Value::Text(wanted)) => text == wanted,
        (ValueRef::Number(number), Value::Number(wanted)) => number == *wanted,
        (ValueRef::Bool(yes), Value::Bool(wanted)) => yes == *wanted,
        _ => false,
    };
    if comparison.cell(row, side) == Cell::Missing {
        return Ok(false);
    }
    let value = value(comparison, row, side)?;
    if value.hides() {
        return Err("a part of it is hidden".to_owned());
    }
    Ok(match value {
        ValueRef::List(list) => list.iter().all(|member| values.iter().any(|wanted| is(member, wanted))),
        value => values.iter().any(|wanted| is(value, wanted)),
    })
}
