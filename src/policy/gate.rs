//! `[gate]`: which differences stop a push.

use super::Pattern;
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
        if query.asks_history() {
            let message = "no history is read to judge: age: and since: are for the explorer".to_owned();
            return Err(filter::FilterError { range: 0..text.len(), message });
        }
        if let Some(word) = words(&query).into_iter().find(|word| is_slip(word)) {
            // One of a saved filter stands elsewhere.
            let range = text.find(word).map_or(0..text.len(), |start| start..start + word.len());
            let known = filter::FIELDS.iter().map(|(_, name, ..)| format!("{name}:")).collect::<Vec<_>>().join(" ");
            let message = format!("it is no field and would be looked for as a text: {known}; quote a text");
            return Err(filter::FilterError { range, message });
        }
        Ok(Self { text: text.to_owned(), query, place: place.into() })
    }

    /// What is probably not meant as it is written: texts that are looked for, and what captures have no facts of.
    fn doubts(&self) -> Vec<String> {
        let mut doubts: Vec<String> = words(&self.query)
            .into_iter()
            .map(|word| format!("{word}: it is looked for as a text, in paths and values; quote it if that is meant"))
            .collect();
        each_field(&self.query, &mut |field, operand| {
            let is_strange = match field {
                // Beneath the area a filter finds keys with dots in them too, quoted or not.
                Field::Area | Field::Path => {
                    let area = operand.text.split('.').next().unwrap_or_default();
                    Pattern::parse(area).is_ok_and(|pattern| !pattern.is_known())
                }
                _ => false,
            };
            if is_strange {
                doubts.push(format!("captures have no facts at {}: nothing is matched", operand.text));
            }
        });
        doubts
    }

    /// Bands that stand alone where what is worse was surely meant too: `risk:high` is no critical.
    fn bands_alone(&self) -> Option<String> {
        let mut named: Option<usize> = None;
        let mut is_open = false;
        each_field(&self.query, &mut |field, operand| {
            if field == Field::Risk {
                is_open |= !matches!(operand.operator, Operator::Match | Operator::Equal);
                named = named.max(filter::RISKS.iter().position(|word| *word == operand.text));
            }
        });
        let worst = named.filter(|band| !is_open && band + 1 < filter::RISKS.len())?;
        let word = filter::RISKS.get(worst)?;
        Some(format!("risk:{word} is that band alone: risk:>={word} has what is worse in it too"))
    }

    /// The sides that it speaks of, by what it calls them.
    pub fn sides(&self) -> Vec<&str> {
        let mut sides = Vec::new();
        each_field(&self.query, &mut |field, operand| {
            if field == Field::Side && !operand.text.contains('*') {
                sides.push(operand.text.as_str());
            }
        });
        sides
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

/// The words that are looked for as texts, but for those in quotes.
fn words(query: &Query) -> Vec<&str> {
    match query {
        Query::Word(word) => vec![word],
        Query::And(parts) | Query::Or(parts) => parts.iter().flat_map(words).collect(),
        Query::Not(inner) => words(inner),
        _ => Vec::new(),
    }
}

/// Whether a word can only be a slip: it has signs of the language in it, or is a word of the language in other letters.
fn is_slip(word: &str) -> bool {
    let lower = word.to_lowercase();
    let of_language = ["new", "and", "or", "not"];
    let is_field = || filter::FIELDS.iter().any(|(_, name, ..)| *name == lower);
    word.contains(['=', '<', '>', '&', '|', '!', ':', ',', ';']) || of_language.contains(&lower.as_str()) || is_field()
}

/// Every value of every field.
fn each_field<'q>(query: &'q Query, act: &mut dyn FnMut(Field, &'q Operand)) {
    match query {
        Query::And(parts) | Query::Or(parts) => parts.iter().for_each(|part| each_field(part, act)),
        Query::Not(inner) => each_field(inner, act),
        Query::Field(field, operands) => operands.iter().for_each(|operand| act(*field, operand)),
        _ => {}
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

pub(super) fn checked(
    section: GateSection,
    explorer: &Explorer,
    places: &Places<'_>,
    wrong: &mut Vec<Remark>,
    warnings: &mut Vec<Remark>,
) -> Gate {
    let saved: Saved = explorer.filters.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
    let mut taker = Taker::new(places, wrong);
    let mut expression = |given: Given, blocks: bool| {
        let given = taker.text(given)?;
        match Expression::parse(given.get_ref(), &saved, place(places, &given.span())) {
            Ok(expression) => {
                let alone = if blocks { expression.bands_alone() } else { None };
                let doubts = expression.doubts().into_iter().chain(alone);
                warnings.extend(doubts.map(|doubt| places.remark(given.span(), doubt)));
                Some(expression)
            }
            Err(error) => {
                let part = given.get_ref().get(error.range.clone()).unwrap_or_default();
                let part = if part.is_empty() { "at its end".to_owned() } else { format!("at `{part}`") };
                taker.wrong(given.span(), format!("{part}: {}", error.message));
                None
            }
        }
    };
    let (block, needs_decision) = (expression(section.block, true), expression(section.needs_decision, false));
    let unknown = taker.taken(section.unknown, "one of block, warn, pass, in quotes", |value| {
        Unknown::ALL.into_iter().find(|unknown| value.as_str() == Some(unknown.word()))
    });
    Gate { block, needs_decision, unknown: unknown.map(Spanned::into_inner) }
}
