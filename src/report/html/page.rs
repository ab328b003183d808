//! The document as its template sees it.

use super::picture::{Origin as Largest, Place};
use super::rows::{Area, Row, Values};

use super::{picture, rows};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::report::head::Introduction;
use crate::report::overview::Overview;
use crate::report::past::{Escaped, Gone};
use crate::report::told::{self, Accepted, Covered, Gap, Origin, Worst};
use crate::report::{Report, counted, grouped};

/// The style sheet.
pub(super) const STYLE: &str = include_str!("../../../assets/report/report.css");
/// What sorts and filters.
pub(super) const SCRIPT: &str = include_str!("../../../assets/report/report.js");
/// What the browser is told to accept, so that no value can bring a style or a script of its own: their digests.
pub(super) const STYLE_HASH: &str = "sha256-A7H3E32w7j89wMrBSRjUcjjKokFkn0VNVNcwP/cwaHc=";
pub(super) const SCRIPT_HASH: &str = "sha256-v6HFZkKGP8c1V/Zwn5OLXKp+Zwo65mereWlE0sk2wi4=";
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How many lines are told in full.
const TOLD: usize = 20;
/// The most reasons that are listed for what could not be measured.
const MOST_GAPS: usize = 40;

#[derive(askama::Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    report: &'a Report<'a>,
    names: Vec<String>,
    title: String,
    sentences: Vec<String>,
    hidden: Vec<String>,
    reference: String,
    /// How complete the reference is.
    evidence: String,
    /// What the page is written by, and how much of the comparison stands in it.
    written: String,
    sides: Vec<Introduction<'a>>,
    risk: String,
    worst: Option<Worst>,
    origins: Vec<Origin>,
    origins_rest: Option<String>,
    covered: Option<Covered>,
    escaped: Option<Escaped>,
    gone: Option<Gone>,
    accepted: Vec<Accepted>,
    picture: Vec<Place>,
    largest: Vec<Largest>,
    counts: Vec<Count>,
    unmeasured: Vec<Gap>,
    unmeasured_rest: Option<String>,
    shown: String,
    /// That the rows are not listed.
    unlisted: Option<String>,
    areas: Vec<Area>,
}

/// How many paths are in one state.
struct Count {
    state: &'static str,
    paths: String,
    means: &'static str,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        let comparison = report.comparison;
        let sides = report.introductions();
        let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
        let reference = names.get(comparison.reference()).cloned().unwrap_or_default();
        let overview = Overview::new(comparison, comparison.reference(), &Cancel::new());
        let others: Vec<&str> = sides.iter().filter(|side| !side.is_reference).map(|side| side.name.as_str()).collect();
        let sentences = overview
            .iter()
            .flat_map(|overview| overview.sentences_with(comparison, |n| grouped(n as usize)))
            .map(|sentence| escape(&sentence).into_owned());
        let mut unmeasured = told::gaps(report, &names);
        let gaps_rest = unmeasured.len().saturating_sub(MOST_GAPS);
        unmeasured.truncate(MOST_GAPS);
        let (origins, origins_rest) = report.meaning.map(told::origins).unwrap_or_default();
        let areas = rows::areas(report);
        Self {
            title: format!("Drift: {} against {reference}", others.join(", ")),
            sentences: sentences.collect(),
            hidden: report.hidden_lines(),
            risk: report.meaning.map(told::summary).unwrap_or_default(),
            worst: report.meaning.map(|meaning| told::worst(report, meaning, TOLD)),
            origins,
            origins_rest: (origins_rest > 0).then(|| {
                format!(
                    "{} that risk no more than these are not listed; JSON has all.",
                    counted(origins_rest, "more cause")
                )
            }),
            covered: report.meaning.and_then(|meaning| told::covered(report, meaning)),
            escaped: report.escaped(),
            gone: report.gone(),
            accepted: told::accepted(report),
            picture: overview.as_ref().map(|o| picture::places(o, report, &names)).unwrap_or_default(),
            largest: overview.as_ref().map(picture::largest).unwrap_or_default(),
            counts: counts(comparison),
            shown: match areas.iter().map(|area| area.rows.len()).sum::<usize>() {
                all if all == report.rows.len() => format!("{} shown.", counted(all, "row")),
                some => format!("{} of {} shown.", grouped(some), counted(report.rows.len(), "row")),
            },
            unlisted: report.unlisted(),
            written: format!("Written by driftglass {VERSION}."),
            evidence: sides.get(comparison.reference()).map(Introduction::completeness).unwrap_or_default(),
            report,
            names,
            reference,
            sides,
            unmeasured,
            unmeasured_rest: (gaps_rest > 0).then(|| format!("{} not listed here.", counted(gaps_rest, "more reason"))),
            areas,
        }
    }

    /// A row, made when its turn comes: no page holds them all.
    fn row(&self, row: &RowId) -> Row {
        Row::new(self.report, &self.names, *row)
    }
}

impl Introduction<'_> {
    fn facts(&self) -> String {
        grouped(self.snapshot.facts.leaf_count())
    }

    fn kinds(&self) -> String {
        grouped(self.evidence.all as usize)
    }

    fn problems(&self) -> String {
        grouped(self.snapshot.problems.len())
    }
}

fn counts(comparison: &Comparison) -> Vec<Count> {
    let tally = comparison.tally(Comparison::TOP);
    let all = [
        ("changed", tally.changed, "Two values differ."),
        ("missing", tally.missing(), "Some snapshots have a value, others have none."),
        ("unreadable", tally.unreadable - tally.not_collected, "Some snapshot could not read it: nothing can be said."),
        (
            "not collected",
            tally.not_collected,
            "Some snapshot was not asked for it, or could not ask: nothing can be said.",
        ),
        ("redacted", tally.redacted, "Hidden at capture: nothing can be said."),
        ("shared identity", tally.duplicate_identity, "Two machines share what should tell them apart."),
        ("volatile", tally.volatile, "Differs because it moves by itself. Not counted."),
        ("identity", tally.identity, "Differs as it should: it says which machine it is. Not counted."),
        ("same", tally.same, "The same in every snapshot that has it. Not counted."),
    ];
    let shown = all.into_iter().filter(|(_, paths, _)| *paths > 0);
    shown.map(|(state, paths, means)| Count { state, paths: grouped(paths as usize), means }).collect()
}
