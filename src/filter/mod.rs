//! Floor 2: the filter language. A query narrows what is shown; it never changes a state, a count of all, or an exit
//! status.
//!
//! ```text
//! query  = or
//! or     = and { ("or" | "|") and }
//! and    = term { ["and"] term }
//! term   = ["-" | "not"] atom
//! atom   = "(" query ")" | field | /regex/ | "exact text" | word
//! field  = name ":" [op] value { "," value }
//! op     = "=" | ">" | ">=" | "<" | "<="
//! ```

mod ages;
mod complete;
mod fields;
mod judged;
mod parse;
mod run;
pub mod saved;
mod trail;
mod words;

pub use ages::Ages;
pub use complete::{Completion, complete};
pub use fields::{FIELDS, Field, RISKS, STATES};
pub use parse::{parse, parse_with};
pub use run::{Context, number, run, run_with, strange};
pub use saved::Saved;
pub use words::{Fuzzy, fuzzy};

use std::fmt;
use std::ops::Range;

/// A text that is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// The part that is wrong, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// What is said where a query asks the history and none is read.
pub const NO_HISTORY: &str = "age: and since: ask the history, which the explorer reads; `driftglass log` lists it";

/// A parsed query.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Everything: the empty text.
    All,
    /// All of these.
    And(Vec<Query>),
    /// Any of these.
    Or(Vec<Query>),
    /// Not this.
    Not(Box<Query>),
    /// A word: in the path, letter by letter, or in a value.
    Word(String),
    /// A text in the path or a value, as it is.
    Exact(String),
    /// A regular expression over `path = left -> right`.
    Regex(String),
    /// A field with the values of which any is to match.
    Field(Field, Vec<Operand>),
}

/// How a field's value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Contains, or matches as a glob.
    Match,
    /// `=`
    Equal,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

impl Operator {
    const SIGNS: [(Operator, &'static str); 5] = [
        (Operator::AtLeast, ">="),
        (Operator::AtMost, "<="),
        (Operator::Greater, ">"),
        (Operator::Less, "<"),
        (Operator::Equal, "="),
    ];

    fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|(op, _)| *op == self).map_or("", |(_, sign)| sign)
    }
}

/// One value of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub text: String,
    /// Whether it stood in quotes: then it is taken letter by letter, and is neither a glob nor a range.
    pub quoted: bool,
}

impl Query {
    /// The query without each of its parts in turn, with that part as text: what to offer where nothing matches.
    pub fn without(&self) -> Vec<(String, Query)> {
        let Query::And(parts) = self else { return vec![(self.to_string(), Query::All)] };
        (0..parts.len())
            .map(|i| {
                let mut rest = parts.clone();
                let part = rest.remove(i);
                let rest = if rest.len() == 1 { rest.remove(0) } else { Query::And(rest) };
                (part.to_string(), rest)
            })
            .collect()
    }

    /// Whether it asks since when something differs, which a history alone tells.
    pub fn asks_history(&self) -> bool {
        match self {
            Query::And(parts) | Query::Or(parts) => parts.iter().any(Query::asks_history),
            Query::Not(inner) => inner.asks_history(),
            Query::Field(field, _) => matches!(field, Field::Age | Field::Since),
            _ => false,
        }
    }

    /// The words and exact texts that a shown row may hold, to be marked there.
    pub fn marks(&self) -> Vec<&str> {
        match self {
            Query::And(parts) | Query::Or(parts) => parts.iter().flat_map(Query::marks).collect(),
            Query::Word(text) | Query::Exact(text) => vec![text],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |query: &Query| match query {
            Query::And(_) | Query::Or(_) => format!("({query})"),
            other => other.to_string(),
        };
        let joined = |parts: &[Query], by: &str| parts.iter().map(part).collect::<Vec<_>>().join(by);
        match self {
            Query::All => Ok(()),
            Query::And(parts) => f.write_str(&joined(parts, " ")),
            Query::Or(parts) => f.write_str(&joined(parts, " or ")),
            Query::Not(inner) => write!(f, "-{}", part(inner)),
            Query::Word(text) => f.write_str(text),
            Query::Exact(text) => f.write_str(&quoted(text)),
            Query::Regex(text) => write!(f, "/{}/", text.replace('/', "\\/")),
            Query::Field(field, operands) => {
                let operand = |o: &Operand| {
                    let text = if o.quoted { quoted(&o.text) } else { o.text.clone() };
                    format!("{}{text}", o.operator.sign())
                };
                let operands: Vec<String> = operands.iter().map(operand).collect();
                write!(f, "{}:{}", field.name(), operands.join(","))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
