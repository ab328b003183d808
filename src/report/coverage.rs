//! What test environments show of the target, and how faults passed them, as people and programs read it.

use super::json::{self, meaning::JsonCoverage};
use super::past::{self, JsonEscape};
use super::{Report, counted, grouped};
use crate::base::share::percent;
use crate::base::text::{escape, fit, width};
use crate::coverage::{Change, Coverage, Share};
use crate::meaning::{Meaning, What};
use serde::Serialize;
use std::io::{self, Write};

/// How many changes are named as text.
const CHANGES: usize = 10;

/// What is said of a test environment that has no other beside it.
pub const ALONE: &str = "the only one, so that nothing of this can be told";

/// A comparison and its coverage.
pub struct CoverageReport<'a> {
    /// The comparison with its meaning.
    pub report: &'a Report<'a>,
    /// What it means.
    pub meaning: &'a Meaning,
    /// How the target is covered.
    pub coverage: &'a Coverage,
}

impl CoverageReport<'_> {
    fn names(&self) -> Vec<String> {
        self.report.names()
    }

    /// What one change is about, raw.
    pub fn title(&self, change: &Change) -> String {
        let Meaning { causes, risks, ranking, .. } = self.meaning;
        let line = ranking.lines().get(change.line);
        let cause = line.and_then(|line| match line.what {
            What::Cause(at) => causes.all().get(at),
            What::Row(_) => None,
        });
        match cause {
            Some(cause) => cause.title.clone(),
            None => {
                let path = self.report.comparison.path(change.worst).to_string();
                let title = risks.worst(change.worst).map(|finding| risks.says(finding).title);
                title.map_or_else(|| path.clone(), |title| format!("{path}: {title}"))
            }
        }
    }

    /// The sentences that say it all, for people who read nothing else.
    pub fn sentences(&self) -> Vec<String> {
        self.sentences_with(|n| grouped(n as usize))
    }

    /// As [`CoverageReport::sentences`], with numbers written in another way.
    pub fn sentences_with(&self, number: impl Fn(u32) -> String) -> Vec<String> {
        let names = self.names();
        let target = &names[self.coverage.target];
        let Share { shown, bracketed, by_none, unknown, unmeasured, points, uncovered, .. } = self.coverage.all;
        let some = |n: u32, one: &str| format!("{} {one}{}", number(n), if n == 1 { "" } else { "s" });
        let mut out = vec![format!(
            "Of {} of {target} that some environment has otherwise, {} stand in at least one test environment, {} lie \
             between two of them, and {}.",
            some(shown + bracketed + by_none + unknown, "value"),
            number(shown),
            number(bracketed),
            blind_words(&self.coverage.all, &number),
        )];
        if unmeasured > 0 {
            out.push(format!("Of {} nothing is known in {target} itself.", some(unmeasured, "more path")));
        }
        out.push(match self.coverage.all.percent() {
            None => "Nothing is at risk.".to_owned(),
            // A share of what it differs in would be 0 whatever it is.
            Some(_) if self.coverage.environments.len() == 1 => format!(
                "Tests can meet none of these {} points: it takes a second environment to cover what one has otherwise.",
                number(uncovered)
            ),
            Some(percent) => format!(
                "Risk that tests can meet: {} of {} points ({percent} %). {} points they cannot.",
                number(points - uncovered),
                number(points),
                number(uncovered),
            ),
        });
        out
    }

    /// What each environment adds, a sentence each.
    pub fn additions(&self) -> Vec<(String, String)> {
        self.additions_with(|n| grouped(n as usize))
    }

    /// As [`CoverageReport::additions`], with numbers written in another way.
    pub fn additions_with(&self, number: impl Fn(u32) -> String) -> Vec<(String, String)> {
        let names = self.names();
        let points = self.coverage.all.points;
        let sentence = |side: usize, at: usize| {
            let adds = &self.coverage.adds[at];
            if self.coverage.environments.len() == 1 {
                return (names[side].clone(), ALONE.to_owned());
            }
            let mut out = format!(
                "shows {} value{}, {} of them alone; by itself it would cover {} % of these points",
                number(adds.shows),
                if adds.shows == 1 { "" } else { "s" },
                number(adds.shows_alone),
                percent(adds.alone, points).unwrap_or(0)
            );
            match (adds.marginal, adds.within) {
                (0, Some(other)) => out += &format!("; adds nothing: {} shows all of it too", names[other]),
                (0, None) => out += "; adds nothing that the others do not cover together",
                (marginal, _) => out += &format!("; without it {} points more are uncovered", number(marginal)),
            }
            (names[side].clone(), out)
        };
        self.coverage.environments.iter().enumerate().map(|(at, side)| sentence(*side, at)).collect()
    }
}

/// How many values of a share are blind, and what they are made up of.
pub fn blind_words(share: &Share, number: impl Fn(u32) -> String) -> String {
    let (none, unknown) = (number(share.by_none), number(share.unknown));
    match share.unknown {
        0 => format!("{none} stand in none"),
        _ => format!("{} are blind: {none} stand in none, of {unknown} it is not known", number(share.blind())),
    }
}

/// Writes it for a terminal or a mail.
///
/// # Errors
/// Only those of `out`.
pub fn write_text(report: &CoverageReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (names, coverage) = (report.names(), report.coverage);
    let cells = report.report.width;
    let tests: Vec<&str> = coverage.environments.iter().map(|side| names[*side].as_str()).collect();
    let show = if tests.len() == 1 { "shows" } else { "show" };
    writeln!(out, "What {} {show} of {}\n", tests.join(", "), names[coverage.target])?;
    for sentence in report.sentences() {
        super::text::wrapped(&sentence, cells, out)?;
    }
    writeln!(
        out,
        "\n{:<16} {:>8} {:>8} {:>8}  {:>6} {:>8} {:>7}",
        "AREA", "POINTS", "NOT MET", "COVERED", "SHOWN", "BETWEEN", "BLIND"
    )?;
    let rows = coverage.areas.iter().map(|(row, share)| (report.report.comparison.key(*row), share));
    for (name, share) in rows.filter(|(_, share)| share.points > 0).chain([("all", &coverage.all)]) {
        let percent = share.percent().map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"));
        let name = escape(name);
        let pad = 16_usize.saturating_sub(width(&fit(&name, 16)));
        writeln!(
            out,
            "{}{:pad$} {:>8} {:>8} {:>8}  {:>6} {:>8} {:>7}",
            fit(&name, 16),
            "",
            share.points,
            share.uncovered,
            percent,
            share.shown,
            share.bracketed,
            share.blind()
        )?;
    }
    writeln!(out, "\nWhat each environment adds")?;
    for (name, sentence) in report.additions() {
        super::text::wrapped(&format!("  {name}: {sentence}."), cells, out)?;
    }
    if !coverage.changes.is_empty() {
        writeln!(out, "\nWhat to change first")?;
    }
    let mut sum = 0_u32;
    for (at, change) in coverage.changes.iter().take(CHANGES).enumerate() {
        sum += change.points;
        let share = percent(sum, coverage.all.uncovered).unwrap_or(0);
        let values = counted(change.values as usize, "value");
        let head = format!("{:>4}. {}: {}", at + 1, names[change.environment], escape(&report.title(change)));
        writeln!(out, "{}", fit(&head, cells))?;
        writeln!(out, "      {values}; -{} points, {share} % of what is uncovered with those above", change.points)?;
    }
    let rest = coverage.changes.len().saturating_sub(CHANGES);
    if rest > 0 {
        writeln!(out, "      .. {rest} more; --format json has all")?;
    }
    report.report.escape.map_or(Ok(()), |past| past::write_text(past, cells, out))
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    coverage: JsonCoverage<'a>,
    escape: Option<JsonEscape<'a>>,
}

/// Writes it for programs: `driftglass-coverage/1`.
///
/// # Errors
/// Only those of `out`.
pub fn write_json(report: &CoverageReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let escape = report.report.escape.map(JsonEscape::from);
    let coverage = json::meaning::covered(report.report, report.meaning, report.coverage);
    json::pretty(&Document { format: "driftglass-coverage/1", coverage, escape }, out)
}
