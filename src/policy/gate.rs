//! `[gate]`: which differences stop a push.

use super::explorer::{Explorer, place};
use super::taken::{Given, Taker};
use crate::filter::{self, Field, Operand, Operator, Query, Saved};
use crate::model::place::{Places, Remark};
use serde::Deserialize;
use toml::Spanned;

/// What blocks where no file says it: what risks much, is new, and nobody has accepted.
pub const DEFAULT_BLOCK: &str = "risk:>=high is:new -is:accepted";

/// What is asked of differences before a push.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// What blocks.
    pub block: Option<Expression>,
    /// What somebody must decide.
    pub needs_decision: Option<Expression>,
    /// What it means that nothing can be said of a path.
    pub unknown: Option<Unknown>,
}

/// A filter of the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// As it was written.
    pub text: String,
    /// As it is read: a bare `new` is `is:new`.
    pub query: Query,
    /// `12:1: gate.block`; the file goes before it.
    pub place: String,
}

/// What it means to the gate that nothing can be said of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// It blocks.
    Block,
    /// It is counted and said.
    #[default]
    Warn,
    /// Nothing.
    Pass,
}

impl Unknown {
    /// All of them.
    pub const ALL: [Unknown; 3] = [Unknown::Block, Unknown::Warn, Unknown::Pass];

    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Unknown::Block => "block",
            Unknown::Warn => "warn",
            Unknown::Pass => "pass",
        }
    }
}

impl Gate {
    /// Takes over what another file says; the later one wins.
    pub(super) fn add(&mut self, other: Gate) {
        self.block = other.block.or(self.block.take());
        self.needs_decision = other.needs_decision.or(self.needs_decision.take());
        self.unknown = other.unknown.or(self.unknown);
    }
}

impl Expression {
    /// Reads a filter of the gate.
    ///
    /// # Errors
    /// See [`filter::parse_with`].
    pub fn parse(text: &str, saved: &Saved, place: impl Into<String>) -> Result<Self, filter::FilterError> {
        let query = with_new(filter::parse_with(text, saved)?);
        Ok(Self { text: text.to_owned(), query, place: place.into() })
    }

    /// Whether it speaks of rows of a state itself, other than to leave them out: `is:accepted`.
    pub fn names(&self, state: &str) -> bool {
        fn names(query: &Query, state: &str) -> bool {
            match query {
                Query::And(parts) | Query::Or(parts) => parts.iter().any(|part| names(part, state)),
                Query::Field(Field::Is, operands) => operands.iter().any(|operand| operand.text == state),
                _ => false,
            }
        }
        names(&self.query, state)
    }
}

/// The word `new` by itself means what is new: in a gate nobody looks for paths with an n, an e and a w in them.
fn with_new(query: Query) -> Query {
    match query {
        Query::Word(word) if word == "new" => {
            let operand = Operand { operator: Operator::Match, text: word, quoted: false };
            Query::Field(Field::Is, vec![operand])
        }
        Query::And(parts) => Query::And(parts.into_iter().map(with_new).collect()),
        Query::Or(parts) => Query::Or(parts.into_iter().map(with_new).collect()),
        Query::Not(inner) => Query::Not(Box::new(with_new(*inner))),
        other => other,
    }
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct GateSection {
    block: Given,
    needs_decision: Given,
    unknown: Given,
}

pub(super) fn checked(section: GateSection, explorer: &Explorer, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Gate {
    let saved: Saved = explorer.filters.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
    let mut taker = Taker::new(places, wrong);
    let mut expression = |given: Given| {
        let given = taker.text(given)?;
        match Expression::parse(given.get_ref(), &saved, place(places, &given.span())) {
            Ok(expression) => Some(expression),
            Err(error) => {
                let part = given.get_ref().get(error.range.clone()).unwrap_or_default();
                let part = if part.is_empty() { "at its end".to_owned() } else { format!("at `{part}`") };
                taker.wrong(given.span(), format!("{part}: {}", error.message));
                None
            }
        }
    };
    let (block, needs_decision) = (expression(section.block), expression(section.needs_decision));
    let unknown = taker.taken(section.unknown, "one of block, warn, pass, in quotes", |value| {
        Unknown::ALL.into_iter().find(|unknown| value.as_str() == Some(unknown.word()))
    });
    Gate { block, needs_decision, unknown: unknown.map(Spanned::into_inner) }
}
