//! The document as its template sees it.

use super::picture::{Group, Place};
use super::rows::{Area, Row, Values};

use super::{keys, picture, rows};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::{Cell, Comparison, RowId};
use crate::report::head::Introduction;
use crate::report::overview::Overview;
use crate::report::told::{self, Accepted, Covered, Origin, Told};
use crate::report::{Report, counted, grouped};
use std::cmp::Reverse;
use std::collections::HashMap;

/// The style sheet.
pub(super) const STYLE: &str = include_str!("../../../assets/report/report.css");
/// What sorts and filters.
pub(super) const SCRIPT: &str = include_str!("../../../assets/report/report.js");
/// What the browser is told to accept, so that no value can bring a style or a script of its own: their digests.
pub(super) const STYLE_HASH: &str = "sha256-3fGO991xYahxYAXLivQxbkI3Iq+4FUgO8CZirNsL260=";
pub(super) const SCRIPT_HASH: &str = "sha256-ODkZYOZ8vR+mkJnG2HhuOI8WQ08KpAwNAOIoHzqS9AE=";
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    sides: Vec<Introduction<'a>>,
    risk: String,
    told: Vec<Told>,
    origins: Vec<Origin>,
    covered: Option<Covered>,
    accepted: Vec<Accepted>,
    picture: Vec<Place>,
    groups: Vec<Group>,
    counts: Vec<Count>,
    unmeasured: Vec<Gap>,
    unmeasured_rest: Option<String>,
    shown: String,
    areas: Vec<Area<'a>>,
}

/// How many paths are in one state.
struct Count {
    state: &'static str,
    paths: String,
    means: &'static str,
}

/// One reason for which paths could not be measured.
struct Gap {
    side: String,
    reason: String,
    paths: String,
    example: Vec<String>,
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
        let (unmeasured, unmeasured_rest) = gaps(report, &names);
        let areas = rows::areas(report);
        Self {
            title: format!("Drift: {} against {reference}", others.join(", ")),
            sentences: sentences.collect(),
            hidden: report.hidden_lines(),
            risk: report.meaning.map(told::summary).unwrap_or_default(),
            told: report.meaning.map(|meaning| told::told(report, meaning)).unwrap_or_default(),
            origins: report.meaning.map(told::origins).unwrap_or_default(),
            covered: report.meaning.and_then(|meaning| told::covered(report, meaning)),
            accepted: told::accepted(report),
            picture: overview.as_ref().map(|o| picture::places(o, comparison, &names)).unwrap_or_default(),
            groups: overview.as_ref().map(|o| picture::groups(o, comparison)).unwrap_or_default(),
            counts: counts(comparison),
            shown: format!("{} shown.", counted(report.rows.len(), "row")),
            evidence: sides.get(comparison.reference()).map(Introduction::completeness).unwrap_or_default(),
            report,
            names,
            reference,
            sides,
            unmeasured,
            unmeasured_rest,
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

    fn problems(&self) -> String {
        grouped(self.snapshot.problems.len())
    }
}

fn counts(comparison: &Comparison) -> Vec<Count> {
    let tally = comparison.tally(Comparison::TOP);
    let all = [
        ("changed", tally.changed, "Two values differ."),
        ("missing", tally.missing(), "Some snapshots have a value, others have none."),
        ("unreadable", tally.unreadable, "Some snapshot could not read it or was not asked to: nothing can be said."),
        ("redacted", tally.redacted, "Hidden at capture: nothing can be said."),
        ("shared identity", tally.duplicate_identity, "Two machines share what should tell them apart."),
        ("volatile", tally.volatile, "Differs because it moves by itself. Not counted."),
        ("identity", tally.identity, "Differs as it should: it says which machine it is. Not counted."),
        ("same", tally.same, "The same in every snapshot that has it. Not counted."),
    ];
    let shown = all.into_iter().filter(|(_, paths, _)| *paths > 0);
    shown.map(|(state, paths, means)| Count { state, paths: grouped(paths as usize), means }).collect()
}

/// Why paths could not be measured: by snapshot and reason, the most frequent first. Of the rows of the whole comparison,
/// whatever a filter leaves out.
fn gaps(report: &Report<'_>, names: &[String]) -> (Vec<Gap>, Option<String>) {
    let comparison = report.comparison;
    let mut found: HashMap<(usize, &str), (usize, RowId)> = HashMap::new();
    for row in comparison.leaves().filter(|row| comparison.state(*row).is_found()) {
        for (side, cell) in comparison.cells(row).enumerate() {
            if let Cell::Problem(why) | Cell::NotCollected(why) = cell {
                found.entry((side, why)).or_insert((0, row)).0 += 1;
            }
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|((side, _), (count, row))| (Reverse(*count), *row, *side));
    let rest = found.len().saturating_sub(MOST_GAPS);
    let gap = |((side, why), (count, row)): ((usize, &str), (usize, RowId))| Gap {
        side: names.get(side).cloned().unwrap_or_default(),
        reason: escape(why).into_owned(),
        paths: grouped(count),
        example: keys(&comparison.path(row)),
    };
    let gaps = found.into_iter().take(MOST_GAPS).map(gap).collect();
    (gaps, (rest > 0).then(|| format!("{} more not listed here.", counted(rest, "reason"))))
}
