//! How far apart two sides are at a path, told from what the values are. It is no measure of risk: it says which
//! differences to look at first where nothing else is known.

use super::change::{self, Change};
use super::version::Distance;
use super::{Cell, Comparison, RowId, State};
use crate::model::ValueRef;

/// How far apart two values are, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Apart {
    /// A patch or a revision, less than twice as much, another order.
    Slight,
    /// Anything between: another text, a minor version, only on one side.
    Clear,
    /// A major version or an epoch, ten times as much, or the same where it should differ.
    Far,
}

impl Apart {
    /// All, the farthest first.
    pub const ALL: [Apart; 3] = [Apart::Far, Apart::Clear, Apart::Slight];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Apart::Far => "far apart",
            Apart::Clear => "different",
            Apart::Slight => "close",
        }
    }

    /// What the word stands for, in a sentence without its full stop.
    pub fn means(self) -> &'static str {
        match self {
            Apart::Far => "another major version, ten times as much, or the same where it should differ",
            Apart::Clear => "another value, or only on one side",
            Apart::Slight => "a patch of a version, less than twice as much, or another order",
        }
    }
}

impl Comparison {
    /// How far two sides of a divergence are apart; `None` where they agree, where nothing can be said, or where the
    /// difference is no divergence.
    pub fn apart(&self, row: RowId, left: usize, right: usize) -> Option<Apart> {
        let state = self.state(row);
        if !self.is_leaf(row) || !state.is_found() {
            return None;
        }
        match (self.cell(row, left), self.cell(row, right)) {
            (Cell::Value(a), Cell::Value(b)) => {
                let is_same = self.class(row, left) == self.class(row, right);
                if state == State::DuplicateIdentity {
                    // Two that share it are where they must not be; an identity of its own is as it should be.
                    return is_same.then_some(Apart::Far);
                }
                if is_same {
                    return None;
                }
                Some(of_values(self, row, a, b))
            }
            (Cell::Missing, Cell::Missing) => None,
            (Cell::Missing, Cell::Value(_) | Cell::Redacted(_))
            | (Cell::Value(_) | Cell::Redacted(_), Cell::Missing) => Some(Apart::Clear),
            (Cell::Value(_) | Cell::Redacted(_), Cell::Value(_) | Cell::Redacted(_)) => {
                let (a, b) = (self.class(row, left), self.class(row, right));
                (a.is_some() && b.is_some() && a != b && state != State::Redacted).then_some(Apart::Clear)
            }
            _ => None,
        }
    }
}

/// Without a diff of texts or lists, so that a million rows are told in a moment.
fn of_values(comparison: &Comparison, row: RowId, a: ValueRef<'_>, b: ValueRef<'_>) -> Apart {
    match (a, b) {
        (ValueRef::List(_), ValueRef::List(_)) => {
            if comparison.flags(row).contains(super::Flags::ORDER) {
                Apart::Slight
            } else {
                Apart::Clear
            }
        }
        (ValueRef::Text(x), ValueRef::Text(y)) if x.contains('\n') || y.contains('\n') => Apart::Clear,
        _ => match change::between(comparison.entry(row), comparison.key(row), a, b) {
            Change::Version { distance: Distance::Major | Distance::Epoch, .. } => Apart::Far,
            Change::Version { distance: Distance::Minor, .. } => Apart::Clear,
            Change::Version { .. } | Change::Invisible => Apart::Slight,
            Change::Number { ratio: Some(ratio) } => match ratio.max(1.0 / ratio) {
                10.0.. => Apart::Far,
                2.0.. => Apart::Clear,
                _ => Apart::Slight,
            },
            _ => Apart::Clear,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cancel::Cancel;
    use crate::format;
    use std::sync::Arc;

    #[test]
    fn values_say_themselves_how_far_apart_they_are() {
        let load = |text: &str| Arc::new(format::read(text.as_bytes()).expect("facts").snapshot);
        let left = r#"{"a":{"version":"1.2.3"},"b":{"version":"1.2.3"},"c":{"version":"1.2.3"},"d":100,"e":100,
            "f":100,"g":"x","h":true,"i":["a","b"],"j":["a"],"k":"same"}"#;
        let right = r#"{"a":{"version":"2.0.0"},"b":{"version":"1.3.0"},"c":{"version":"1.2.4"},"d":1000,"e":300,
            "f":110,"g":"y","i":["b","a"],"j":["b"],"k":"same"}"#;
        let comparison = Comparison::new(vec![load(left), load(right)], &Cancel::new()).expect("not cancelled");
        let told: Vec<_> = comparison.leaves().map(|row| comparison.apart(row, 0, 1)).collect();
        let (far, clear, slight) = (Some(Apart::Far), Some(Apart::Clear), Some(Apart::Slight));
        assert_eq!(told, [far, clear, slight, far, clear, slight, clear, clear, slight, clear, None]);
        assert!(Apart::Far > Apart::Slight);
    }
}
