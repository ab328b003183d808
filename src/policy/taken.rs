//! Values as people wrote them: taken where they are of the type that is asked for, else noted with their place, so that
//! one mistake does not hide the next.

use crate::model::place::{Places, Remark};
use std::ops::Range;
use toml::{Spanned, Value};

/// A value that may be of any type.
pub(super) type Given = Option<Spanned<Value>>;

/// Takes values and notes what is wrong with them.
pub(super) struct Taker<'a, 't> {
    places: &'a Places<'t>,
    wrong: &'a mut Vec<Remark>,
}

impl<'a, 't> Taker<'a, 't> {
    pub(super) fn new(places: &'a Places<'t>, wrong: &'a mut Vec<Remark>) -> Self {
        Self { places, wrong }
    }

    /// Notes what is wrong at a place.
    pub(super) fn wrong(&mut self, span: Range<usize>, what: impl Into<String>) {
        self.wrong.push(self.places.remark(span, what));
    }

    /// How much has been noted.
    pub(super) fn count(&self) -> usize {
        self.wrong.len()
    }

    /// A text.
    pub(super) fn text(&mut self, given: Given) -> Option<Spanned<String>> {
        self.taken(given, "a text in quotes", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// A text, or a list of them.
    pub(super) fn texts(&mut self, given: Given) -> Option<Spanned<Vec<String>>> {
        self.taken(given, "a text in quotes, or a list of them", |value| match value {
            Value::String(text) => Some(vec![text]),
            Value::Array(members) => members
                .into_iter()
                .map(|member| match member {
                    Value::String(text) => Some(text),
                    _ => None,
                })
                .collect(),
            _ => None,
        })
    }

    /// A number of zero or more.
    pub(super) fn number(&mut self, given: Given) -> Option<f64> {
        let number = self.taken(given, "a number of zero or more", |value| {
            let number = match value {
                Value::Integer(whole) => whole as f64,
                Value::Float(real) => real,
                _ => return None,
            };
            (number.is_finite() && number >= 0.0).then_some(number)
        });
        number.map(Spanned::into_inner)
    }

    /// Whatever `take` makes of a value, or a note that it is not `what`.
    pub(super) fn taken<T>(
        &mut self,
        given: Given,
        what: &str,
        take: impl FnOnce(Value) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let given = given?;
        let span = given.span();
        let taken = take(given.into_inner());
        if taken.is_none() {
            self.wrong(span.clone(), format!("it is {what}"));
        }
        taken.map(|value| Spanned::new(span, value))
    }
}
