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

pub use debt::{Debt, debt};
pub use edit::{EditError, put, remove};

use super::pattern::Pattern;
use super::pin;
use super::relation::REASON;
use crate::model::Path;
use crate::model::place::{self, Places, Remark};
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

impl Acceptance {
    /// Whether it still holds on a day: the last day counts.
    pub fn holds(&self, today: Date) -> bool {
        self.until.is_none_or(|until| until >= today)
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

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    accept: BTreeMap<String, Spanned<Section>>,
}

#[derive(Debug, Deserialize)]
struct Section {
    reason: Option<Spanned<String>>,
    author: Option<Spanned<String>>,
    date: Option<Spanned<toml::Value>>,
    until: Option<Spanned<toml::Value>>,
    values: Option<BTreeMap<String, Spanned<String>>>,
    seen: Option<String>,
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
        wrong.sort_by_key(Remark::place);
        return Err(wrong);
    }
    list.sort_by_key(|(start, _)| *start);
    Ok((Acceptances { list: list.into_iter().map(|(_, acceptance)| acceptance).collect() }, warnings))
}

fn checked(key: String, section: Spanned<Section>, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Option<Acceptance> {
    let head = section.span();
    let section = section.into_inner();
    let before = wrong.len();
    let what = What::parse(&key).map_err(|why| wrong.push(places.remark(head.clone(), why))).ok();
    let mut said = |given: &Option<Spanned<String>>, least: usize, words: &str| match given {
        Some(text) if text.get_ref().trim().chars().count() >= least => text.get_ref().trim().to_owned(),
        given => {
            wrong.push(places.remark(given.as_ref().map_or(head.clone(), Spanned::span), words.to_owned()));
            String::new()
        }
    };
    let reason = said(&section.reason, REASON, &format!("it wants a reason of {REASON} characters or more"));
    let author = said(&section.author, 1, "it wants an author");
    let mut day = |given: &Option<Spanned<toml::Value>>| {
        let given = given.as_ref()?;
        let text = match given.get_ref() {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
        if day.is_none() {
            wrong.push(places.remark(given.span(), "it is a day, as in 2027-02-18"));
        }
        day
    };
    let (date, until) = (day(&section.date), day(&section.until));
    if section.date.is_none() {
        wrong.push(places.remark(head.clone(), "it wants the date on which it was accepted"));
    }
    if let (Some(date), Some(until), Some(given)) = (date, until, &section.until)
        && until < date
    {
        wrong.push(places.remark(given.span(), "it ends before it begins"));
    }
    let values = section.values.unwrap_or_default();
    for pin in values.values().filter(|pin| !pin::is_pin(pin.get_ref())) {
        let words = "it is a pin that `driftglass accept` writes: b3: and 32 digits, absent, unknown or hidden";
        wrong.push(places.remark(pin.span(), words));
    }
    if !values.is_empty() && matches!(what, Some(What::Pattern(_))) {
        wrong.push(places.remark(head, "a pattern is accepted whatever its values are: leave `values` out"));
    }
    let values = values.into_iter().map(|(name, pin)| (name, pin.into_inner())).collect();
    let (what, date) = (what?, date?);
    (wrong.len() == before).then(|| Acceptance { key, what, reason, author, date, until, values, seen: section.seen })
}

#[cfg(test)]
mod tests;
