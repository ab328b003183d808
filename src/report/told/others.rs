//! What a line holds besides what it is named after: one release brings another OpenSSL and another Node.js.

use super::{both, in_effect, is_shown_row, said};
use crate::base::text::escape;
use crate::compare::RowId;
use crate::meaning::{Line, Meaning};
use crate::report::html::keys;
use crate::report::{Report, values};
use crate::risk::Finding;

/// What one rule says of a line, at its worst row.
pub(in crate::report) struct Other {
    pub band: &'static str,
    pub points: u32,
    pub title: String,
    pub path: Vec<String>,
    /// The values of the test environment and of the reference.
    pub both: String,
    pub effective: Option<String>,
    pub consequence: String,
    pub why: String,
    pub test: String,
    pub toward: String,
    pub rule: String,
    pub vector: String,
    pub ruled: Option<String>,
}

/// What else of a line is of high risk or above, of the rows that are shown.
fn all<'a>(report: &Report<'_>, meaning: &'a Meaning, line: &Line) -> Vec<(RowId, &'a Finding)> {
    meaning.ranking.also(line, &meaning.causes, &meaning.risks, |row| is_shown_row(report, row))
}

/// Each in full.
pub(super) fn told(report: &Report<'_>, meaning: &Meaning, line: &Line) -> Vec<Other> {
    let other = |(row, finding): (RowId, &Finding)| {
        let says = meaning.risks.says(finding);
        Other {
            band: finding.score.band().0.word(),
            points: finding.score.total(),
            title: said(report, meaning, finding),
            path: keys(&report.comparison.path(row)),
            both: both(report, row, finding.side, &values::short(report.comparison, row)),
            effective: in_effect(report, meaning, finding),
            consequence: report.happens(finding),
            why: escape(&says.why).into_owned(),
            test: escape(&says.test).into_owned(),
            toward: report.toward(finding),
            rule: says.id.to_owned(),
            vector: finding.score.vector(),
            ruled: report.ruled.and_then(|ruled| ruled.words(row)),
        }
    };
    all(report, meaning, line).into_iter().map(other).collect()
}

/// Their names in a line: `Another series of OpenSSL (critical 56, openssl-major); ...`.
pub(super) fn named(report: &Report<'_>, meaning: &Meaning, line: &Line) -> Option<String> {
    let name = |(_, finding): (RowId, &Finding)| {
        let (band, points) = (finding.score.band().0.word(), finding.score.total());
        format!("{} ({band} {points}, {})", said(report, meaning, finding), meaning.risks.says(finding).id)
    };
    let names: Vec<String> = all(report, meaning, line).into_iter().map(name).collect();
    (!names.is_empty()).then(|| names.join("; "))
}

/// Their names for those who decide; without what was accepted.
pub(super) fn plainly(report: &Report<'_>, meaning: &Meaning, line: &Line) -> String {
    let is_open = |row| is_shown_row(report, row) && report.ruled.is_none_or(|ruled| ruled.let_through(row).is_none());
    let all = meaning.ranking.also(line, &meaning.causes, &meaning.risks, is_open);
    let name = |(_, finding): &(RowId, &Finding)| {
        format!("{} ({})", said(report, meaning, finding), finding.score.band().0.word())
    };
    let names: Vec<String> = all.iter().map(name).collect();
    if names.is_empty() { String::new() } else { format!("Of the same origin: {}.", names.join("; ")) }
}
