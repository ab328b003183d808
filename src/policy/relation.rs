//! `[[relation]]`: what must hold between environments, each with the reason why.

use super::explorer::place;
use super::pattern::Pattern;
use crate::filter;
use crate::model::place::{Places, Remark};
use crate::model::{Number, Value};
use serde::Deserialize;
use std::fmt;
use toml::Spanned;

/// The shortest reason.
pub const REASON: usize = 10;
/// The most entries of a list of a relation, and of relations.
const ENTRIES: usize = 1000;

/// One relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// The paths that it speaks of.
    pub paths: Vec<Pattern>,
    /// What must hold.
    pub must: Must,
    /// Between which environments, by name or role; of a list of one, among those.
    pub between: Vec<String>,
    /// Why.
    pub reason: String,
    /// What a violation means to the gate.
    pub then: Then,
    /// Where it stands: `12:1`, the file before it.
    pub place: String,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Must {
    /// The values agree.
    Equal,
    /// No two values agree.
    Differ,
    /// The first environment's version is not older than the second's.
    NotOlderThan,
    /// The first number divided by the second.
    Ratio {
        /// The smallest that will do.
        at_least: Option<f64>,
        /// The largest that will do.
        at_most: Option<f64>,
    },
    /// How far two numbers may be apart, as a share of the second.
    Share(f64),
    /// How far two numbers may be apart.
    Within(f64),
    /// Each value is one of these.
    OneOf(Vec<Value>),
    /// Nothing: differences are known not to matter.
    Ignore,
}

/// What a violated relation means to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It blocks.
    Block,
    /// Somebody must decide.
    NeedsDecision,
    /// It is said.
    Warn,
}

impl Relation {
    /// What it asks, as people say it: the paths and what must hold.
    pub fn asks(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(ToString::to_string).collect();
        format!("{} {}", paths.join(", "), self.must)
    }
}

impl Then {
    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Then::Block => "block",
            Then::NeedsDecision => "needs-decision",
            Then::Warn => "warn",
        }
    }
}

impl Must {
    /// What belongs to it besides the word, as TOML has it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Must::Ratio { at_least, at_most } => {
                let bound = |key, bound: &Option<f64>| bound.map(|bound| (key, format!("{bound:?}")));
                [bound("at-least", at_least), bound("at-most", at_most)].into_iter().flatten().collect()
            }
            Must::Share(share) => vec![("within", format!("\"{}%\"", share * 100.0))],
            Must::Within(bound) => vec![("within", format!("{bound:?}"))],
            Must::OneOf(values) => {
                let value = |value: &Value| match value {
                    Value::Text(text) => toml::Value::String(text.clone()).to_string(),
                    other => written(other),
                };
                vec![("values", format!("[{}]", values.iter().map(value).collect::<Vec<_>>().join(", ")))]
            }
            Must::Equal | Must::Differ | Must::NotOlderThan | Must::Ignore => Vec::new(),
        }
    }

    /// The word for it in files.
    pub fn word(&self) -> &'static str {
        match self {
            Must::Equal => "equal",
            Must::Differ => "differ",
            Must::NotOlderThan => "not-older-than",
            Must::Ratio { .. } => "ratio",
            Must::Share(_) | Must::Within(_) => "tolerance",
            Must::OneOf(_) => "one-of",
            Must::Ignore => "ignore",
        }
    }
}

/// What it asks, as people say it.
impl fmt::Display for Must {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Must::Equal => f.write_str("must be equal"),
            Must::Differ => f.write_str("must differ"),
            Must::NotOlderThan => f.write_str("must not be older"),
            Must::Ratio { at_least, at_most } => {
                f.write_str("must have a ratio of")?;
                if let Some(bound) = at_least {
                    write!(f, " at least {bound}")?;
                }
                if at_least.is_some() && at_most.is_some() {
                    f.write_str(" and")?;
                }
                at_most.map_or(Ok(()), |bound| write!(f, " at most {bound}"))
            }
            Must::Share(share) => write!(f, "must be within {} %", share * 100.0),
            Must::Within(bound) => write!(f, "must be within {bound}"),
            Must::OneOf(values) => {
                let values: Vec<String> = values.iter().map(written).collect();
                write!(f, "must be one of {}", values.join(", "))
            }
            Must::Ignore => f.write_str("does not matter"),
        }
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::List(_) => String::new(),
    }
}

/// One entry or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Many {
    One(String),
    Several(Vec<String>),
}

impl Many {
    fn list(self) -> Vec<String> {
        match self {
            Many::One(entry) => vec![entry],
            Many::Several(entries) => entries,
        }
    }
}

/// A number, or one with a unit or as a share.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(f64),
    Text(String),
}

/// A value that may stand in a list of `one-of`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Plain {
    Bool(bool),
    Whole(i64),
    Real(f64),
    Text(String),
}

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RelationSection {
    path: Option<Spanned<Many>>,
    must: Option<Spanned<String>>,
    between: Option<Spanned<Many>>,
    reason: Option<Spanned<String>>,
    then: Option<Spanned<String>>,
    at_least: Option<Spanned<f64>>,
    at_most: Option<Spanned<f64>>,
    within: Option<Spanned<Amount>>,
    values: Option<Spanned<Vec<Plain>>>,
}

pub(super) fn checked(
    sections: Vec<Spanned<RelationSection>>,
    places: &Places<'_>,
    wrong: &mut Vec<Remark>,
) -> Vec<Relation> {
    if let Some(one_more) = sections.get(ENTRIES) {
        wrong.push(places.remark(one_more.span(), format!("there are more than {ENTRIES} relations")));
    }
    sections.into_iter().take(ENTRIES).filter_map(|section| relation(section, places, wrong)).collect()
}

fn relation(section: Spanned<RelationSection>, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Option<Relation> {
    let head = section.span();
    let before = wrong.len();
    let place = place(places, &head).split(": ").next().unwrap_or_default().to_owned();
    let section = section.into_inner();
    let mut paths = Vec::new();
    match section.path {
        None => wrong.push(places.remark(head.clone(), "it wants a path")),
        Some(given) => {
            let span = given.span();
            let given = given.into_inner().list();
            if given.is_empty() || given.len() > ENTRIES {
                wrong.push(places.remark(span.clone(), format!("it has 1 to {ENTRIES} paths")));
            }
            for text in given {
                match Pattern::parse(&text) {
                    Ok(pattern) => paths.push(pattern),
                    Err(why) => wrong.push(places.remark(span.clone(), format!("{text:?}: {why}"))),
                }
            }
        }
    }
    let reason = match &section.reason {
        Some(reason) if reason.get_ref().trim().chars().count() >= REASON => reason.get_ref().trim().to_owned(),
        given => {
            let span = given.as_ref().map_or(head.clone(), Spanned::span);
            wrong.push(places.remark(span, format!("it wants a reason of {REASON} characters or more")));
            String::new()
        }
    };
    let then = match section.then.as_ref().map(|then| then.get_ref().as_str()) {
        None | Some("block") => Then::Block,
        Some("needs-decision") => Then::NeedsDecision,
        Some("warn") => Then::Warn,
        Some(_) => {
            let span = section.then.as_ref().map_or(head.clone(), Spanned::span);
            wrong.push(places.remark(span, "it is one of block, needs-decision, warn"));
            Then::Block
        }
    };
    let between = match section.between {
        None => Vec::new(),
        Some(given) => {
            let span = given.span();
            let names = given.into_inner().list();
            if names.is_empty() || names.len() > ENTRIES || names.iter().any(|name| name.trim().is_empty()) {
                wrong.push(places.remark(span, "it names environments, or the roles test and target"));
            }
            names
        }
    };
    let must = must(
        Asked {
            must: section.must,
            at_least: section.at_least,
            at_most: section.at_most,
            within: section.within,
            values: section.values,
        },
        &head,
        places,
        wrong,
    );
    let must = must.filter(|_| wrong.len() == before)?;
    Some(Relation { paths, must, between, reason, then, place })
}

struct Asked {
    must: Option<Spanned<String>>,
    at_least: Option<Spanned<f64>>,
    at_most: Option<Spanned<f64>>,
    within: Option<Spanned<Amount>>,
    values: Option<Spanned<Vec<Plain>>>,
}

fn must(asked: Asked, head: &std::ops::Range<usize>, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Option<Must> {
    let word = asked.must.as_ref().map(|must| must.get_ref().as_str()).unwrap_or_default();
    // Keys that belong to another `must` are a mistake, not to be passed over.
    let others = [
        ("ratio", "at-least", asked.at_least.as_ref().map(Spanned::span)),
        ("ratio", "at-most", asked.at_most.as_ref().map(Spanned::span)),
        ("tolerance", "within", asked.within.as_ref().map(Spanned::span)),
        ("one-of", "values", asked.values.as_ref().map(Spanned::span)),
    ];
    for (owner, key, span) in others {
        if let Some(span) = span.filter(|_| owner != word) {
            wrong.push(places.remark(span, format!("{key} belongs to must = \"{owner}\"")));
        }
    }
    let span = || asked.must.as_ref().map_or(head.clone(), Spanned::span);
    let bound = |given: &Option<Spanned<f64>>, wrong: &mut Vec<Remark>| {
        let given = given.as_ref()?;
        if !given.get_ref().is_finite() || *given.get_ref() < 0.0 {
            wrong.push(places.remark(given.span(), "it is a number of zero or more"));
        }
        Some(*given.get_ref())
    };
    match word {
        "equal" => Some(Must::Equal),
        "differ" => Some(Must::Differ),
        "not-older-than" => Some(Must::NotOlderThan),
        "ignore" => Some(Must::Ignore),
        "ratio" => {
            let (at_least, at_most) = (bound(&asked.at_least, wrong), bound(&asked.at_most, wrong));
            if at_least.is_none() && at_most.is_none() {
                wrong.push(places.remark(span(), "a ratio wants at-least, at-most or both"));
            }
            if matches!((at_least, at_most), (Some(low), Some(high)) if low > high) {
                wrong.push(places.remark(span(), "no ratio is at least the one and at most the other"));
            }
            Some(Must::Ratio { at_least, at_most })
        }
        "tolerance" => {
            let Some(within) = asked.within else {
                wrong.push(places.remark(span(), "a tolerance wants within: a number, \"64MiB\" or \"10%\""));
                return None;
            };
            let share = |text: &str| text.trim().strip_suffix('%').and_then(|n| n.trim().parse::<f64>().ok());
            let parsed = match within.get_ref() {
                Amount::Number(number) => Some(Must::Within(*number)),
                Amount::Text(text) => share(text)
                    .map(|percent| Must::Share(percent / 100.0))
                    .or_else(|| filter::number(text.trim()).map(Must::Within)),
            };
            let sound = parsed.filter(|m| matches!(m, Must::Share(n) | Must::Within(n) if n.is_finite() && *n >= 0.0));
            if sound.is_none() {
                wrong.push(
                    places.remark(within.span(), "it is a number, a size or time with its unit, or a share in %"),
                );
            }
            sound
        }
        "one-of" => {
            let Some(values) = asked.values.filter(|values| !values.get_ref().is_empty()) else {
                wrong.push(places.remark(span(), "one-of wants values: a list"));
                return None;
            };
            if values.get_ref().len() > ENTRIES {
                wrong.push(places.remark(values.span(), format!("there are more than {ENTRIES} values")));
            }
            Some(Must::OneOf(values.into_inner().into_iter().take(ENTRIES).map(plain).collect()))
        }
        _ => {
            let words = "equal, differ, not-older-than, ratio, tolerance, one-of, ignore";
            wrong.push(places.remark(span(), format!("must is one of {words}")));
            None
        }
    }
}

fn plain(value: Plain) -> Value {
    match value {
        Plain::Bool(yes) => Value::Bool(yes),
        Plain::Whole(n) => Value::Number(Number::from(n)),
        Plain::Real(n) => Value::from(n),
        Plain::Text(text) => Value::Text(text),
    }
}
