//! Values as rules see them: of rows and of derived facts alike, numbers with their units, versions without their epoch.

use super::around::Around;
use crate::compare::{Cell, Comparison, RowId};
use crate::model::vocabulary::VersionOrder;
use crate::model::{Value, ValueRef};
use std::borrow::Cow;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
}

/// What a side says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen<'a> {
    Absent,
    /// Nothing can be said.
    Unknown,
    /// There is a value, and it is hidden.
    Hidden,
    Is(Val<'a>),
}

impl<'a> Val<'a> {
    pub(super) fn of(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Val::Null,
            ValueRef::Bool(is) => Val::Bool(is),
            ValueRef::Number(number) => Val::Number(number.as_f64()),
            ValueRef::Text(text) => Val::Text(Cow::Borrowed(text)),
            ValueRef::List(list) => Val::List(list.iter().map(ValueRef::plain).collect()),
            ValueRef::Empty => Val::List(Vec::new()),
        }
    }

    pub(super) fn of_owned(value: &'a Value) -> Self {
        match value {
            Value::Null => Val::Null,
            Value::Bool(is) => Val::Bool(*is),
            Value::Number(number) => Val::Number(number.as_f64()),
            Value::Text(text) => Val::Text(Cow::Borrowed(text)),
            Value::List(list) => Val::List(
                list.iter()
                    .map(|member| match Val::of_owned(member) {
                        Val::Text(text) => text,
                        other => Cow::Owned(other.text().into_owned()),
                    })
                    .collect(),
            ),
        }
    }

    /// The value in words, as a rule compares it.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Val::Null => Cow::Borrowed("null"),
            Val::Bool(true) => Cow::Borrowed("true"),
            Val::Bool(false) => Cow::Borrowed("false"),
            Val::Number(number) => Cow::Owned(number.to_string()),
            Val::Text(text) => Cow::Borrowed(text),
            Val::List(members) => Cow::Owned(members.join(" ")),
        }
    }

    /// The number: as it is, or in a text with or without a unit of size; infinity for the words that stand for no limit.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Val::Number(number) => Some(*number),
            Val::Text(text) => number(text),
            Val::List(members) => match &members[..] {
                [one] => number(one),
                _ => None,
            },
            Val::Null | Val::Bool(_) => None,
        }
    }

    /// The version: of several that are installed, the last.
    pub(super) fn version(&self) -> Option<Cow<'_, str>> {
        let text = match self {
            Val::Text(text) => Cow::Borrowed(&**text),
            Val::Number(_) => self.text(),
            Val::List(members) => Cow::Borrowed(&**members.last()?),
            Val::Null | Val::Bool(_) => return None,
        };
        text.bytes().any(|b| b.is_ascii_digit()).then_some(text)
    }

    /// The members of a set or list; of a text, its words.
    pub(super) fn members(&self) -> Vec<&str> {
        match self {
            Val::List(members) => members.iter().map(|member| &**member).collect(),
            Val::Text(text) => {
                text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Units of sizes as configuration files have them, by their first letter. The thousands of some and the 1024 of others
/// lie too near to each other for a rule to tell.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    if matches!(text, "unlimited" | "infinity" | "max") {
        return Some(f64::INFINITY);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text.get(..digits)?.parse().ok()?;
    let unit = text.get(digits..)?.trim().to_ascii_lowercase();
    let power = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    Some(number * 1024_f64.powi(power))
}

impl<'a> Seen<'a> {
    /// What a side of a row says.
    pub(super) fn at(comparison: &'a Comparison, row: RowId, side: usize) -> Self {
        match comparison.cell(row, side) {
            Cell::Value(value) => Seen::Is(Val::of(value)),
            Cell::Redacted(_) => Seen::Hidden,
            Cell::Missing => Seen::Absent,
            Cell::Problem(_) | Cell::NotCollected(_) => Seen::Unknown,
        }
    }

    pub(super) fn is(&self) -> Option<&Val<'a>> {
        match self {
            Seen::Is(value) => Some(value),
            _ => None,
        }
    }
}

/// What two sides say of one thing.
#[derive(Clone, Debug)]
pub(super) struct Both<'a> {
    pub(super) test: Seen<'a>,
    pub(super) target: Seen<'a>,
    /// Whose order versions have.
    pub(super) order: VersionOrder,
    /// Whether somebody declared the target: without it nobody knows which side is which.
    pub(super) is_directed: bool,
    /// Whether both are members of one pool.
    pub(super) is_pool: bool,
    /// What stands around them.
    pub(super) around: Option<Around<'a>>,
}

impl<'a> Both<'a> {
    /// With what a side means that lacks it.
    pub(super) fn by_default(mut self, absent: Option<&'a Value>) -> Self {
        if let Some(value) = absent {
            for seen in [&mut self.test, &mut self.target] {
                if *seen == Seen::Absent {
                    *seen = Seen::Is(Val::of_owned(value));
                }
            }
        }
        self
    }
}

/// A version without the epoch of a distribution's package, which has nothing to do with the program's own count.
pub(super) fn own(version: &str) -> &str {
    match version.split_once(':') {
        Some((epoch, rest)) if !epoch.is_empty() && epoch.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_units() {
        for (text, value) in [
            ("8192", Some(8192.0)),
            ("100mb", Some(100.0 * 1_048_576.0)),
            ("40g", Some(40.0 * 1_073_741_824.0)),
            ("2 TiB", Some(2.0 * 1_099_511_627_776.0)),
            ("16k", Some(16_384.0)),
            ("0.5", Some(0.5)),
            ("unlimited", Some(f64::INFINITY)),
            ("7d", None),
            ("on", None),
            ("", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn an_epoch_is_not_part_of_a_version() {
        assert_eq!(own("5:6.0.16-1+deb11u2"), "6.0.16-1+deb11u2");
        assert_eq!(own("2.31"), "2.31");
    }
}
