//! What the differences mean, for programs: risk by row, causes, derived facts, what to read first, coverage.

use super::{JsonOwned, Report, line};
use crate::compare::RowId;
use crate::coverage::{Coverage, Share};
use crate::meaning::{Meaning, What};
use crate::report::names_of;
use crate::risk::{Bands, Finding, Source};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many rows each band has.
#[derive(Serialize)]
pub(super) struct JsonBands {
    critical: u32,
    high: u32,
    medium: u32,
    low: u32,
    info: u32,
}

impl From<Bands> for JsonBands {
    fn from(bands: Bands) -> Self {
        let Bands { critical, high, medium, low, info } = bands;
        Self { critical, high, medium, low, info }
    }
}

/// What one row risks: of several rules that fire, the worst.
#[derive(Serialize)]
pub(super) struct JsonRisk<'a> {
    level: &'static str,
    score: u32,
    vector: String,
    /// The condition that decided the level.
    clause: String,
    rule: &'a str,
    title: Cow<'a, str>,
    impact: &'static str,
    /// How well it is known that such a difference does harm; never part of the score.
    evidence: &'static str,
    why: Cow<'a, str>,
    consequence: Cow<'a, str>,
    test: Cow<'a, str>,
    /// What the direction means for what tests tell: a word, and a sentence where there is something to say.
    direction: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    direction_words: String,
    /// Where the software or condition was found that the rule is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    relevant_for: Option<&'a str>,
    /// The derived fact that was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<String>,
    /// The path at which that is rated, if not this.
    #[serde(skip_serializing_if = "Option::is_none")]
    rated_at: Option<String>,
    /// Whether nothing was measured on some side, so that this is what could be.
    unknown: bool,
    /// Other rules that fire.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<&'a str>,
}

pub(super) fn risk<'a>(report: &Report<'a>, row: RowId) -> Option<JsonRisk<'a>> {
    let meaning = report.meaning?;
    let [finding, others @ ..] = meaning.risks.of(row) else { return None };
    let says = meaning.risks.says(finding);
    let (band, clause) = finding.score.band();
    let derived = finding.effective.and_then(|at| meaning.effective.facts().get(at));
    Some(JsonRisk {
        level: band.word(),
        score: finding.score.total(),
        vector: finding.score.vector(),
        clause: clause.words(),
        rule: says.id,
        title: says.title,
        impact: says.impact.word(),
        evidence: says.grade.word(),
        why: says.why,
        consequence: says.consequence,
        test: says.test,
        direction: finding.toward.word(),
        direction_words: report.toward(finding),
        relevant_for: finding.relevance.as_deref(),
        effective: derived.map(|fact| fact.path.to_string()),
        rated_at: finding.rated_at(report.comparison),
        unknown: finding.score.unknown != 0,
        also: others.iter().map(|other| meaning.risks.says(other).id).collect(),
    })
}

#[derive(Serialize)]
struct JsonLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    /// The row that carries the risk of the line.
    path: String,
    title: Cow<'a, str>,
    members: usize,
    level: &'static str,
    score: u32,
    /// Who lets the row through that carries the risk of the line, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    let_through: Option<String>,
    /// The share of all points that the lines down to this one have, in percent.
    share_down_to: u32,
    /// What else of it is of high risk or above: each other rule at its worst row, worst first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<JsonAlso<'a>>,
}

#[derive(Serialize)]
struct JsonAlso<'a> {
    rule: &'a str,
    title: Cow<'a, str>,
    path: String,
    level: &'static str,
    score: u32,
    vector: String,
    why: Cow<'a, str>,
    consequence: Cow<'a, str>,
    test: Cow<'a, str>,
}

#[derive(Serialize)]
struct JsonCause<'a> {
    key: &'a str,
    title: &'a str,
    why: &'a str,
    level: &'static str,
    score: u32,
    worst: String,
    members: Vec<String>,
}

#[derive(Serialize)]
struct JsonDerived<'a> {
    path: String,
    unit: Option<&'static str>,
    about: &'static str,
    formula: &'static str,
    values: Vec<Option<JsonOwned<'a>>>,
    differs: bool,
    inputs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonRule<'a> {
    title: Cow<'a, str>,
    evidence: &'static str,
    sources: Vec<JsonSource<'a>>,
}

#[derive(Serialize)]
struct JsonSource<'a> {
    title: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Inapplicable<'a> {
    rule: &'a str,
    path: String,
}

/// Writes the members of the document that say what the rows mean, each with a comma before it.
pub(super) fn write(report: &Report<'_>, meaning: &Meaning, out: &mut dyn Write) -> io::Result<()> {
    let path = |row: RowId| report.comparison.path(row).to_string();
    let Meaning { effective, risks, causes, ranking, coverage } = meaning;
    let also = |(row, finding): (RowId, &Finding)| {
        let says = risks.says(finding);
        JsonAlso {
            rule: says.id,
            title: says.title,
            path: path(row),
            level: finding.score.band().0.word(),
            score: finding.score.total(),
            vector: finding.score.vector(),
            why: says.why,
            consequence: says.consequence,
            test: says.test,
        }
    };
    list(
        out,
        "lines",
        ranking.lines().iter().enumerate().map(|(at, line)| {
            let cause = match line.what {
                What::Cause(at) => causes.all().get(at),
                What::Row(_) => None,
            };
            let title = || risks.worst(line.worst).map(|finding| risks.says(finding).title).unwrap_or_default();
            JsonLine {
                cause: cause.map(|cause| cause.key.as_str()),
                path: path(line.worst),
                title: cause.map_or_else(title, |cause| Cow::Borrowed(cause.title.as_str())),
                members: ranking.members(line, causes).len(),
                level: line.band.word(),
                score: line.points,
                let_through: report.ruled.and_then(|ruled| ruled.let_through(line.worst)),
                share_down_to: ranking.share_down_to(at),
                also: ranking.also(line, causes, risks, |_| true).into_iter().map(also).collect(),
            }
        }),
    )?;
    let of_cause = |line: &crate::meaning::Line| match line.what {
        What::Cause(at) => causes.all().get(at).map(|cause| JsonCause {
            key: &cause.key,
            title: &cause.title,
            why: cause.why,
            level: line.band.word(),
            score: line.points,
            worst: path(line.worst),
            members: cause.members.iter().map(|row| path(*row)).collect(),
        }),
        What::Row(_) => None,
    };
    list(out, "causes", ranking.lines().iter().filter_map(of_cause))?;
    let fired = |at: usize| risks.derived().iter().find(|(place, _)| *place == at).map(|(_, finding)| finding);
    list(
        out,
        "effective",
        effective.facts().iter().enumerate().map(|(at, fact)| JsonDerived {
            path: fact.path.to_string(),
            unit: fact.unit,
            about: fact.about,
            formula: fact.formula,
            values: fact.values.iter().map(|value| value.as_ref().map(JsonOwned)).collect(),
            differs: fact.differs(),
            inputs: fact.inputs.iter().map(|row| path(*row)).collect(),
            rule: fired(at).map(|finding: &Finding| risks.says(finding).id),
        }),
    )?;
    let mut rules: BTreeMap<&str, JsonRule<'_>> = BTreeMap::new();
    for finding in report.rows.iter().flat_map(|row| risks.of(*row)).filter(|finding| finding.rule.is_some()) {
        let says = risks.says_of_any(finding);
        rules.entry(says.id).or_insert_with(|| JsonRule {
            title: says.title,
            evidence: says.grade.word(),
            sources: says.sources.iter().map(|Source { title, url }| JsonSource { title, url }).collect(),
        });
    }
    write!(out, ",\n\"rules\": ")?;
    line(&rules, out)?;
    let inapplicable = risks.inapplicable().iter();
    list(
        out,
        "not_applicable",
        inapplicable.map(|(rule, row)| Inapplicable { rule: &risks.rule(*rule).id, path: path(*row) }),
    )?;
    write!(out, ",\n\"coverage\": ")?;
    match coverage {
        Some(coverage) => line(&covered(report, meaning, coverage), out),
        None => out.write_all(b"null"),
    }
}

fn list<T: Serialize>(out: &mut dyn Write, name: &str, items: impl Iterator<Item = T>) -> io::Result<()> {
    write!(out, ",\n\"{name}\": [")?;
    for (at, item) in items.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        line(&item, out)?;
    }
    out.write_all(b"\n]")
}

/// How the target's values are covered.
#[derive(Serialize)]
pub(in crate::report) struct JsonCoverage<'a> {
    target: String,
    all: JsonShare,
    areas: BTreeMap<&'a str, JsonShare>,
    environments: Vec<JsonAdds>,
    changes: Vec<JsonChange<'a>>,
}

#[derive(Serialize)]
struct JsonShare {
    same: u32,
    shown: u32,
    bracketed: u32,
    by_none: u32,
    unknown: u32,
    unmeasured: u32,
    points: u32,
    uncovered_points: u32,
    covered_percent: Option<u32>,
}

#[derive(Serialize)]
struct JsonAdds {
    label: String,
    shows: u32,
    shows_alone: u32,
    points_alone: u32,
    points_added: u32,
    within: Option<String>,
}

#[derive(Serialize)]
struct JsonChange<'a> {
    environment: String,
    cause: Option<&'a str>,
    title: Cow<'a, str>,
    path: String,
    values: u32,
    points: u32,
}

impl From<&Share> for JsonShare {
    fn from(share: &Share) -> Self {
        let Share { same, shown, bracketed, by_none, unknown, unmeasured, points, uncovered } = *share;
        let covered_percent = share.percent();
        Self {
            same,
            shown,
            bracketed,
            by_none,
            unknown,
            unmeasured,
            points,
            uncovered_points: uncovered,
            covered_percent,
        }
    }
}

pub(in crate::report) fn covered<'a>(
    report: &Report<'a>,
    meaning: &'a Meaning,
    coverage: &Coverage,
) -> JsonCoverage<'a> {
    let comparison = report.comparison;
    let names = names_of(comparison);
    let Meaning { risks, causes, ranking, .. } = meaning;
    JsonCoverage {
        target: names[coverage.target].clone(),
        all: (&coverage.all).into(),
        areas: coverage.areas.iter().map(|(row, share)| (comparison.key(*row), share.into())).collect(),
        environments: coverage
            .environments
            .iter()
            .zip(&coverage.adds)
            .map(|(side, adds)| JsonAdds {
                label: names[*side].clone(),
                shows: adds.shows,
                shows_alone: adds.shows_alone,
                points_alone: adds.alone,
                points_added: adds.marginal,
                within: adds.within.map(|side| names[side].clone()),
            })
            .collect(),
        changes: coverage
            .changes
            .iter()
            .map(|change| {
                let cause = ranking.lines().get(change.line).and_then(|line| match line.what {
                    What::Cause(at) => causes.all().get(at),
                    What::Row(_) => None,
                });
                let title = || risks.worst(change.worst).map(|finding| risks.says(finding).title).unwrap_or_default();
                JsonChange {
                    environment: names[change.environment].clone(),
                    cause: cause.map(|cause| cause.key.as_str()),
                    title: cause.map_or_else(title, |cause| Cow::Borrowed(cause.title.as_str())),
                    path: comparison.path(change.worst).to_string(),
                    values: change.values,
                    points: change.points,
                }
            })
            .collect(),
    }
}
