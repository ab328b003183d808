//! `driftglass.accept.toml`: differences that somebody has accepted, each with a reason, an author, a date and an end,
//! and pinned to the values that were accepted. One block is one acceptance:
//!
//! ```toml
//! [accept."os.timezone"]
//! reason = "reports are made in local time there"
//! author = "Ann"
//! date = 2026-11-25
//! values = { production = "b3:...", staging = "b3:..." }
//! until = 2027-02-18
//! ```

mod debt;
mod edit;

pub use debt::{Debt, debt, debt_without};
pub use edit::{EditError, put, remove};

use super::pattern::Pattern;
use super::pin;
use super::relation::REASON;
use super::taken::{Given, Taker};
use crate::model::Path;
use crate::model::place::{self, Places, Remark};
use crate::model::vocabulary::Vocabulary;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// How a key begins that names a cause and not a path.
pub const CAUSE: &str = "cause:";
/// The most acceptances of one file.
const ENTRIES: usize = 10_000;
/// The usual days to the end, give or take [`SPREAD`].
const DAYS: i32 = 90;
/// By how many days ends are spread to both sides, so that they do not all come at once.
const SPREAD: i32 = 14;

/// One acceptance.
#[derive(Clone, Debug, PartialEq)]
pub struct Acceptance {
    /// As it stands in the file: a path, a pattern, `cause:KEY`.
    pub key: String,
    /// What is accepted.
    pub what: What,
    /// Why.
    pub reason: String,
    /// Who accepted it.
    pub author: String,
    /// When.
    pub date: Date,
    /// The last day on which it holds; without one it has no end.
    pub until: Option<Date>,
    /// What each environment had, by its name; empty: any values will do.
    pub values: BTreeMap<String, String>,
    /// What it was, as people read it.
    pub seen: Option<String>,
}

/// What an acceptance speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A path; of a branch all differences beneath together.
    Path(Path),
    /// All paths of a pattern.
    Pattern(Pattern),
    /// All differences of one cause.
    Cause(String),
}

impl What {
    /// Reads a key.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(key: &str) -> Result<Self, String> {
        if let Some(cause) = key.strip_prefix(CAUSE) {
            return if cause.is_empty() {
                Err("it names no cause".to_owned())
            } else {
                Ok(What::Cause(cause.to_owned()))
            };
        }
        let pattern = Pattern::parse(key)?;
        if !pattern.is_plain() {
            return Ok(What::Pattern(pattern));
        }
        key.parse::<Path>().map(What::Path).map_err(|error| error.to_string())
    }
}

/// An end later than so many years is none: what is accepted is looked at again while somebody remembers it.
const LONGEST: i64 = 2;

impl Acceptance {
    /// Whether it holds on a day: the last day counts, and none before it was accepted. A clock may be a day ahead.
    pub fn holds(&self, today: Date) -> bool {
        self.has_begun(today) && self.until.is_none_or(|until| until >= today)
    }

    /// Whether nobody will look at it again: it has no end, or one more than [`LONGEST`] years after it was accepted.
    pub fn is_endless(&self) -> bool {
        let longest = self.date.checked_add(jiff::Span::new().years(LONGEST));
        self.until.is_none_or(|until| longest.is_ok_and(|longest| until > longest))
    }

    /// Whether it had been accepted by a day.
    pub fn has_begun(&self, today: Date) -> bool {
        self.date <= today.saturating_add(jiff::Span::new().days(1))
    }
}

/// All acceptances of a file, in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acceptances {
    /// Each of them.
    pub list: Vec<Acceptance>,
}

impl Acceptances {
    /// The one of this key.
    pub fn named(&self, key: &str) -> Option<&Acceptance> {
        self.list.iter().find(|acceptance| acceptance.key == key)
    }
}

/// The day on which an acceptance of today ends if nobody says another: about 90 days from now, for every path its own
/// day, and always the same one.
pub fn usual_end(key: &str, today: Date) -> Date {
    let [a, b, ..] = *blake3::hash(key.as_bytes()).as_bytes();
    let days = DAYS - SPREAD + i32::from(u16::from_le_bytes([a, b])) % (2 * SPREAD + 1);
    today.saturating_add(jiff::Span::new().days(days))
}

/// The areas in which the acceptances of a new file are laid out.
pub fn areas() -> Vec<String> {
    let entries = Vocabulary::builtin().entries().iter();
    let mut areas: Vec<String> = entries
        .filter_map(|entry| entry.path.split('.').next().map(str::to_owned))
        .filter(|area| !area.contains('*'))
        .collect();
    areas.sort();
    areas.dedup();
    areas
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    accept: BTreeMap<String, Spanned<Section>>,
}

#[derive(Debug, Deserialize)]
struct Section {
    reason: Given,
    author: Given,
    date: Given,
    until: Given,
    values: Given,
    seen: Given,
}

/// Reads a file of acceptances; besides it what to warn of.
///
/// # Errors
/// All that is wrong with the text; never empty.
pub fn parse(text: &str) -> Result<(Acceptances, Vec<Remark>), Vec<Remark>> {
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
        let what = "git could not merge here: keep the blocks of both sides and delete its marks".to_owned();
        return Err(vec![Remark { line: line + 1, column: 1, key: String::new(), what }]);
    }
    let places = Places::of(text);
    let (file, warnings) = place::read::<File>(text, &places).map_err(|remark| vec![remark])?;
    let mut wrong = Vec::new();
    if file.accept.len() > ENTRIES {
        wrong.push(places.remark(0..0, format!("there are more than {ENTRIES} acceptances")));
    }
    let mut list: Vec<(usize, Acceptance)> = Vec::new();
    for (key, section) in file.accept.into_iter().take(ENTRIES) {
        let start = section.span().start;
        if let Some(acceptance) = checked(key, section, &places, &mut wrong) {
            list.push((start, acceptance));
        }
    }
    if !wrong.is_empty() {
        wrong.extend(warnings);
        wrong.sort_by_key(Remark::place);
        return Err(wrong);
    }
    list.sort_by_key(|(start, _)| *start);
    Ok((Acceptances { list: list.into_iter().map(|(_, acceptance)| acceptance).collect() }, warnings))
}

fn checked(key: String, section: Spanned<Section>, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Option<Acceptance> {
    let head = section.span();
    let section = section.into_inner();
    let mut taker = Taker::new(places, wrong);
    let before = taker.count();
    let what = What::parse(&key).map_err(|why| taker.wrong(head.clone(), why)).ok();
    let mut said = |given: Given, least: usize, words: &str| {
        let span = given.as_ref().map_or(head.clone(), Spanned::span);
        let text = taker.text(given).map(|text| text.into_inner().trim().to_owned()).unwrap_or_default();
        if text.chars().count() < least {
            taker.wrong(span, words);
        }
        text
    };
    let reason = said(section.reason, REASON, &format!("it wants a reason of {REASON} characters or more"));
    let author = said(section.author, 1, "it wants an author");
    if section.date.is_none() {
        taker.wrong(head.clone(), "it wants the date on which it was accepted");
    }
    let until_at = section.until.as_ref().map(Spanned::span);
    let mut day = |given| taker.taken(given, "a day, as in 2027-02-18", day).map(Spanned::into_inner);
    let (date, until) = (day(section.date), day(section.until));
    if let (Some(date), Some(until), Some(span)) = (date, until, until_at)
        && until < date
    {
        taker.wrong(span, "it ends before it begins");
    }
    let is_pinned = section.values.is_some();
    let words =
        "the pins that `driftglass accept` writes, by environment: b3: and 32 digits, absent, unknown or hidden";
    let values = taker.taken(section.values, words, pins).map(Spanned::into_inner).unwrap_or_default();
    if is_pinned && matches!(what, Some(What::Pattern(_))) {
        taker.wrong(head, "a pattern is accepted whatever its values are: leave `values` out");
    }
    let seen = taker.text(section.seen).map(Spanned::into_inner);
    let (what, date) = (what?, date?);
    (taker.count() == before).then_some(Acceptance { key, what, reason, author, date, until, values, seen })
}

/// A day, as a date of TOML or as a text.
fn day(value: toml::Value) -> Option<Date> {
    let text = match value {
        toml::Value::String(text) => text,
        toml::Value::Datetime(day) => day.to_string(),
        _ => return None,
    };
    text.parse().ok().filter(|_| text.len() == 10)
}

fn pins(value: toml::Value) -> Option<BTreeMap<String, String>> {
    let toml::Value::Table(pins) = value else { return None };
    let pin = |(name, pin)| match pin {
        toml::Value::String(pin) if pin::is_pin(&pin) => Some((name, pin)),
        _ => None,
    };
    pins.into_iter().map(pin).collect()
}

#[cfg(test)]
mod tests;
