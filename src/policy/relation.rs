//! `[[relation]]`: what must hold between environments, each with the reason why.

use super::explorer::place;
use super::pattern::Pattern;
use super::taken::{Given, Taker};
use crate::filter;
use crate::model::place::{Places, Remark};
use crate::model::{Number, Value};
use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// The shortest reason.
pub const REASON: usize = 10;
/// The most entries of a list of a relation, and of relations.
const ENTRIES: usize = 1000;

/// All that can be asked.
const MUSTS: &str = "equal, differ, not-older-than, ratio, tolerance, one-of, ignore";

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

    /// One as a file has it.
    pub(super) fn taken(given: Given, taker: &mut Taker<'_, '_>) -> Option<Self> {
        let then = taker.taken(given, "one of block, needs-decision, warn, in quotes", |value| {
            [Then::Block, Then::NeedsDecision, Then::Warn].into_iter().find(|then| value.as_str() == Some(then.word()))
        });
        then.map(Spanned::into_inner)
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
            Must::Share(share) => {
                // The shortest number that is read back as the same.
                let short = (share * 1e12).round() / 1e10;
                let percent = if (short / 100.0).to_bits() == share.to_bits() { short } else { share * 100.0 };
                vec![("within", format!("\"{percent}%\""))]
            }
            Must::Within(bound) => vec![("within", format!("{bound:?}"))],
            Must::OneOf(values) => {
                let value = |value: &Value| match value {
                    Value::Text(text) => super::written::quoted(text),
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

/// The section as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RelationSection {
    path: Given,
    must: Given,
    between: Given,
    reason: Given,
    then: Given,
    at_least: Given,
    at_most: Given,
    within: Given,
    values: Given,
}

pub(super) fn checked(
    sections: Vec<Spanned<RelationSection>>,
    places: &Places<'_>,
    wrong: &mut Vec<Remark>,
    warnings: &mut Vec<Remark>,
) -> Vec<Relation> {
    let mut taker = Taker::new(places, wrong);
    if let Some(one_more) = sections.get(ENTRIES) {
        taker.wrong(one_more.span(), format!("there are more than {ENTRIES} relations"));
    }
    let sections = sections.into_iter().take(ENTRIES);
    sections
        .filter_map(|section| {
            let head = section.span();
            let place = place(places, &head).split(": ").next().unwrap_or_default().to_owned();
            let section = section.into_inner();
            let path_at = section.path.as_ref().map_or(head.clone(), Spanned::span);
            let relation = relation(section, &head, place, &mut taker)?;
            for strange in relation.paths.iter().filter(|path| !path.is_known()) {
                let what = format!("captures have no facts at {strange}: it holds nothing");
                warnings.push(places.remark(path_at.clone(), what));
            }
            Some(relation)
        })
        .collect()
}

fn relation(
    section: RelationSection,
    head: &Range<usize>,
    place: String,
    taker: &mut Taker<'_, '_>,
) -> Option<Relation> {
    let before = taker.count();
    let at = |given: &Given| given.as_ref().map_or(head.clone(), Spanned::span);
    let (path_at, reason_at, between_at) = (at(&section.path), at(&section.reason), at(&section.between));
    let mut paths = Vec::new();
    let is_named = section.path.is_some();
    let given = taker.texts(section.path).map(Spanned::into_inner).unwrap_or_default();
    for text in &given {
        match Pattern::parse(text) {
            Ok(pattern) => paths.push(pattern),
            Err(why) => taker.wrong(path_at.clone(), format!("{text:?}: {why}")),
        }
    }
    if !is_named {
        taker.wrong(head.clone(), "it wants a path");
    } else if (given.is_empty() && taker.count() == before) || given.len() > ENTRIES {
        taker.wrong(path_at, format!("it has 1 to {ENTRIES} paths"));
    }
    let reason = taker.text(section.reason).map(|reason| reason.into_inner().trim().to_owned()).unwrap_or_default();
    if reason.chars().count() < REASON {
        taker.wrong(reason_at, format!("it wants a reason of {REASON} characters or more"));
    }
    let then = Then::taken(section.then, taker);
    let is_between = section.between.is_some();
    let between = taker.texts(section.between).map(Spanned::into_inner);
    let is_list = |names: &Vec<String>| {
        !names.is_empty() && names.len() <= ENTRIES && names.iter().all(|name| !name.trim().is_empty())
    };
    if is_between && between.as_ref().is_some_and(|names| !is_list(names)) {
        taker.wrong(between_at, "it names environments, or the roles test and target");
    }
    let asked = Asked {
        must: section.must,
        at_least: section.at_least,
        at_most: section.at_most,
        within: section.within,
        values: section.values,
    };
    let must = must(asked, head, taker);
    let must = must.filter(|_| taker.count() == before)?;
    let then = then.unwrap_or(Then::Block);
    Some(Relation { paths, must, between: between.unwrap_or_default(), reason, then, place })
}

struct Asked {
    must: Given,
    at_least: Given,
    at_most: Given,
    within: Given,
    values: Given,
}

fn must(asked: Asked, head: &Range<usize>, taker: &mut Taker<'_, '_>) -> Option<Must> {
    let at = |given: &Given| given.as_ref().map(Spanned::span);
    let span = at(&asked.must).unwrap_or(head.clone());
    let others = [
        ("ratio", "at-least", at(&asked.at_least)),
        ("ratio", "at-most", at(&asked.at_most)),
        ("tolerance", "within", at(&asked.within)),
        ("one-of", "values", at(&asked.values)),
    ];
    let word = taker.taken(asked.must, &format!("one of {MUSTS}, in quotes"), |value| {
        MUSTS.split(", ").find(|must| value.as_str() == Some(must))
    });
    let word = word.map(Spanned::into_inner);
    // Keys that belong to another `must` are a mistake, not to be passed over.
    for (owner, key, span) in others {
        if let Some(span) = span.filter(|_| word.is_some_and(|word| word != owner)) {
            taker.wrong(span, format!("{key} belongs to must = \"{owner}\""));
        }
    }
    match word {
        Some("equal") => Some(Must::Equal),
        Some("differ") => Some(Must::Differ),
        Some("not-older-than") => Some(Must::NotOlderThan),
        Some("ignore") => Some(Must::Ignore),
        Some("ratio") => {
            let is_bound = asked.at_least.is_some() || asked.at_most.is_some();
            let (at_least, at_most) = (taker.number(asked.at_least), taker.number(asked.at_most));
            if !is_bound {
                taker.wrong(span.clone(), "a ratio wants at-least, at-most or both");
            }
            if matches!((at_least, at_most), (Some(low), Some(high)) if low > high) {
                taker.wrong(span, "no ratio is at least the one and at most the other");
            }
            Some(Must::Ratio { at_least, at_most })
        }
        Some("tolerance") => {
            if asked.within.is_none() {
                taker.wrong(span, "a tolerance wants within: a number, \"64MiB\" or \"10%\"");
            }
            let words = "a number, a size or time with its unit, or a share in %, in quotes";
            taker.taken(asked.within, words, tolerance).map(Spanned::into_inner)
        }
        Some("one-of") => {
            if asked.values.is_none() {
                taker.wrong(span, "one-of wants values: a list");
            }
            let words = format!("a list of 1 to {ENTRIES} texts, numbers, true or false");
            taker.taken(asked.values, &words, one_of).map(Spanned::into_inner)
        }
        Some(_) => None,
        None => {
            // What is there and is no such word has been said.
            if span == *head {
                taker.wrong(span, format!("it wants must: one of {MUSTS}"));
            }
            None
        }
    }
}

fn tolerance(value: toml::Value) -> Option<Must> {
    let share = |text: &str| text.strip_suffix('%').and_then(|n| n.trim().parse::<f64>().ok());
    let must = match value {
        toml::Value::Integer(whole) => Must::Within(whole as f64),
        toml::Value::Float(real) => Must::Within(real),
        toml::Value::String(text) => match share(text.trim()) {
            Some(percent) => Must::Share(percent / 100.0),
            None => Must::Within(filter::number(text.trim())?),
        },
        _ => return None,
    };
    matches!(must, Must::Share(n) | Must::Within(n) if n.is_finite() && n >= 0.0).then_some(must)
}

fn one_of(value: toml::Value) -> Option<Must> {
    let toml::Value::Array(members) = value else { return None };
    let plain = |member| match member {
        toml::Value::Boolean(yes) => Some(Value::Bool(yes)),
        toml::Value::Integer(whole) => Some(Value::Number(Number::from(whole))),
        toml::Value::Float(real) => Some(Value::from(real)),
        toml::Value::String(text) => Some(Value::Text(text)),
        _ => None,
    };
    let is_list = !members.is_empty() && members.len() <= ENTRIES;
    is_list.then(|| members.into_iter().map(plain).collect::<Option<Vec<_>>>().map(Must::OneOf)).flatten()
}
