//! `incidents.toml`: faults that reached production or were caught before, as the user records them.

use crate::model::Path;
use crate::model::place::{Places, Remark, read};
use crate::model::vocabulary::Vocabulary;
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;
use toml::value::Datetime;

/// The most incidents of one list.
const MOST: usize = 100_000;

/// What explains an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// The fact that differed, or a part of the tree.
    By(Path),
    /// The name of a risk rule.
    ByRule(String),
}

/// One fault, found by the tests or after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When it was found.
    pub date: Date,
    /// What happened, in the user's words; raw.
    pub title: Option<String>,
    /// Which difference explains it.
    pub explained: Explained,
    /// Whether the tests caught it, before production.
    pub caught: bool,
}

#[derive(Debug, Deserialize)]
struct Table {
    #[serde(default)]
    incident: Vec<Spanned<Written>>,
}

#[derive(Debug, Deserialize)]
struct Written {
    date: Spanned<Datetime>,
    title: Option<String>,
    path: Option<Spanned<String>>,
    rule: Option<Spanned<String>>,
    caught: bool,
}

/// Reads a list, and sorts it by date; besides it what to warn of: paths of areas that nobody knows.
///
/// # Errors
/// All that is wrong with the text, in its order; never empty. `is_rule` says whether a risk rule has a name.
pub fn parse(text: &str, is_rule: impl Fn(&str) -> bool) -> Result<(Vec<Incident>, Vec<Remark>), Vec<Remark>> {
    let places = Places::of(text);
    let (table, mut wrong) = read::<Table>(text, &places).map_err(|remark| vec![remark])?;
    for remark in &mut wrong {
        "an incident has no such key: its list is [[incident]], with date, title, path or rule, and caught"
            .clone_into(&mut remark.what);
    }
    let areas: BTreeSet<&str> =
        Vocabulary::builtin().entries().iter().filter_map(|entry| entry.path.split('.').next()).collect();
    let mut warnings = Vec::new();
    // Where the day begins first it is a day ahead of the last place on earth.
    let last = jiff::Zoned::now().date().tomorrow().unwrap_or(Date::MAX);
    let mut incidents = Vec::new();
    if let Some(one_more) = table.incident.get(MOST) {
        return Err(vec![places.remark(one_more.span(), format!("there are more than {MOST} incidents"))]);
    }
    for entry in table.incident {
        let span = entry.span();
        let written = entry.into_inner();
        let date = match day(written.date.get_ref()) {
            Some(date) if date > last => Err(places.remark(written.date.span(), "this day has not come yet")),
            Some(date) => Ok(date),
            None => Err(places.remark(written.date.span(), "not a day, as in date = 2026-03-14")),
        };
        let explained = match (written.path, written.rule) {
            (Some(path), None) => match path.get_ref().parse::<Path>() {
                Ok(parsed) if parsed.depth() > 0 => {
                    let area = parsed.segments().first().map(|key| &**key).unwrap_or_default();
                    if !areas.contains(area) && area != "effective" {
                        warnings.push(
                            places
                                .remark(path.span(), "no fact of the program stands here, only one of your own could"),
                        );
                    }
                    Ok(Explained::By(parsed))
                }
                Ok(_) => Err(places.remark(path.span(), "the path is empty")),
                Err(error) => Err(places.remark(path.span(), error.to_string())),
            },
            (None, Some(rule)) if is_rule(rule.get_ref()) => Ok(Explained::ByRule(rule.into_inner())),
            (None, Some(rule)) => {
                Err(places.remark(rule.span(), "no risk rule has this name; `driftglass rules` lists them"))
            }
            (Some(_), Some(rule)) => Err(places.remark(rule.span(), "a path stands there too; one of them is enough")),
            (None, None) => {
                Err(places.remark(span, "nothing says what explains it: a path of a fact, or the name of a rule"))
            }
        };
        match (date, explained) {
            (Ok(date), Ok(explained)) => {
                incidents.push(Incident { date, title: written.title, explained, caught: written.caught });
            }
            (date, explained) => wrong.extend([date.err(), explained.err()].into_iter().flatten()),
        }
    }
    if !wrong.is_empty() {
        wrong.sort_by_key(Remark::place);
        return Err(wrong);
    }
    incidents.sort_by_key(|incident| incident.date);
    Ok((incidents, warnings))
}

/// The day of a date, with or without a time of day.
fn day(written: &Datetime) -> Option<Date> {
    let date = written.date?;
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}
