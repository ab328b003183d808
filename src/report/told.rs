//! What matters: the lines that carry the risk, where differences come from, what tests can meet, what was accepted.

use super::html::keys;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::meaning::{Line, Meaning, What};
use crate::report::coverage::CoverageReport;
use crate::report::values;
use crate::report::{Report, counted, grouped};
use crate::risk::Band;

/// How many lines are told in full.
const TOLD: usize = 20;
/// How many lines a manager is told.
const FOR_MANAGERS: usize = 10;
/// How many causes and changes are listed.
const LISTED: usize = 40;

/// One line that carries risk.
pub(in crate::report) struct Told {
    pub band: &'static str,
    pub points: u32,
    pub share: u32,
    pub title: String,
    /// Whether the title needs no knowledge of the system.
    is_plain: bool,
    rule_title: String,
    pub members: Option<String>,
    pub path: Vec<String>,
    pub values: Vec<(String, String)>,
    pub effective: Option<String>,
    pub consequence: String,
    pub why: String,
    pub test: String,
    pub toward: String,
    pub rule: String,
    pub vector: String,
    pub clause: String,
    pub evidence: String,
    pub sources: Vec<(String, String)>,
}

/// A cause in a table.
pub(in crate::report) struct Origin {
    pub title: String,
    pub members: usize,
    pub band: &'static str,
    pub points: u32,
    pub why: &'static str,
}

/// What the test environments show.
pub(in crate::report) struct Covered {
    pub sentences: Vec<String>,
    pub areas: Vec<(String, u32, u32, String, u32)>,
    pub additions: Vec<(String, String)>,
    pub changes: Vec<(String, String, u32, u32)>,
}

/// An accepted difference.
pub(in crate::report) struct Accepted {
    pub path: Vec<String>,
    pub by: String,
    pub until: String,
    pub reason: String,
}

/// The sentence about all lines.
pub(in crate::report) fn summary(meaning: &Meaning) -> String {
    let bands = meaning.ranking.bands();
    let parts = Band::ALL.into_iter().filter(|band| bands.of(*band) > 0);
    let parts: Vec<String> =
        parts.map(|band| format!("{} {}", grouped(bands.of(band) as usize), band.word())).collect();
    let held: usize = meaning.causes.all().iter().map(|cause| cause.members.len()).sum();
    let lines = counted(meaning.ranking.lines().len(), "line");
    let causes = counted(meaning.causes.all().len(), "cause");
    format!(
        "{lines} to read, {} points of risk in all: {}. {causes} hold {} differences between them.",
        grouped(meaning.ranking.points() as usize),
        parts.join(", "),
        grouped(held)
    )
}

/// The lines that a page tells in full.
pub(in crate::report) fn told(report: &Report<'_>, meaning: &Meaning) -> Vec<Told> {
    let lines = meaning.ranking.lines().iter().enumerate();
    let shown = lines.filter(|(_, line)| is_told(report, meaning, line));
    shown.take(TOLD).filter_map(|(at, line)| one(report, meaning, at, line)).collect()
}

/// Those that a manager is told.
pub(in crate::report) fn for_managers(report: &Report<'_>, meaning: &Meaning) -> Vec<Told> {
    // What one rule says again and again is said once.
    let mut seen = std::collections::HashSet::new();
    let lines = meaning.ranking.lines().iter().enumerate().filter(|(_, line)| is_told(report, meaning, line));
    let told = lines.filter_map(|(at, line)| one(report, meaning, at, line));
    let mut told: Vec<Told> = told.filter(|line| seen.insert(line.rule.clone())).take(FOR_MANAGERS).collect();
    for line in told.iter_mut().filter(|line| !line.is_plain) {
        line.title.clone_from(&line.rule_title);
    }
    told
}

fn is_told(report: &Report<'_>, meaning: &Meaning, line: &Line) -> bool {
    let by_rule = meaning.risks.worst(line.worst).is_some_and(|finding| finding.rule.is_some());
    (by_rule || line.band >= Band::Medium) && report.rows.binary_search(&line.worst).is_ok()
}

fn one(report: &Report<'_>, meaning: &Meaning, at: usize, line: &Line) -> Option<Told> {
    let comparison = report.comparison;
    let finding = meaning.risks.worst(line.worst)?;
    let says = meaning.risks.says(finding);
    let (band, clause) = finding.score.band();
    let cause = match line.what {
        What::Cause(at) => meaning.causes.all().get(at),
        What::Row(_) => None,
    };
    let names = report.names();
    let shown = values::short(comparison, line.worst);
    let sides = [finding.side, comparison.reference()];
    let effective = finding.effective.and_then(|at| meaning.effective.facts().get(at));
    Some(Told {
        band: band.word(),
        points: line.points,
        share: meaning.ranking.share_down_to(at),
        title: escape(cause.map_or(says.title, |cause| cause.title.as_str())).into_owned(),
        is_plain: cause.is_some_and(|cause| {
            use crate::cause::Origin::{CpuCount, CpuModel, Kernel, MemorySize, Release};
            matches!(cause.origin, CpuCount | CpuModel | Kernel | MemorySize | Release)
        }),
        rule_title: says.title.to_owned(),
        members: cause.map(|cause| counted(cause.members.len(), "difference")),
        path: keys(&comparison.path(line.worst)),
        values: sides.into_iter().map(|side| (names[side].clone(), shown[side].clone())).collect(),
        effective: effective.map(|fact| {
            let value = |value: &Option<crate::model::Value>| {
                value.as_ref().map_or_else(|| "not known".to_owned(), crate::report::owned_text)
            };
            let each = names.iter().zip(&fact.values).map(|(name, v)| format!("{name} {}", value(v)));
            format!("{} {}", fact.about, escape(&each.collect::<Vec<_>>().join(", ")))
        }),
        consequence: says.consequence.to_owned(),
        why: says.why.to_owned(),
        test: says.test.to_owned(),
        toward: report.toward(finding),
        rule: says.id.to_owned(),
        vector: finding.score.vector(),
        clause: clause.words(),
        evidence: format!("{}: {}", says.grade.word(), says.grade.means()),
        sources: says.sources.iter().map(|source| (source.title.clone(), source.url.clone())).collect(),
    })
}

/// The causes, those with the highest risk first.
pub(in crate::report) fn origins(meaning: &Meaning) -> Vec<Origin> {
    let of = |line: &Line| match line.what {
        What::Cause(at) => {
            let cause = meaning.causes.all().get(at)?;
            let title = escape(&cause.title).into_owned();
            let (members, why) = (cause.members.len(), cause.why);
            Some(Origin { title, members, band: line.band.word(), points: line.points, why })
        }
        What::Row(_) => None,
    };
    meaning.ranking.lines().iter().filter_map(of).take(LISTED).collect()
}

/// What tests can meet; nothing where there is one test environment, which shows nothing that differs.
pub(in crate::report) fn covered(report: &Report<'_>, meaning: &Meaning) -> Option<Covered> {
    let coverage = meaning.coverage.as_ref().filter(|coverage| coverage.environments.len() > 1)?;
    let comparison: &Comparison = report.comparison;
    let names = report.names();
    let all = CoverageReport { report, meaning, coverage, escape: None };
    let areas = coverage.areas.iter().filter(|(_, share)| share.points > 0).map(|(row, share): &(RowId, _)| {
        let name = escape(comparison.key(*row)).into_owned();
        let percent = share.percent().map_or_else(String::new, |percent| format!("{percent} %"));
        (name, share.points, share.uncovered, percent, share.blind())
    });
    let changes = coverage.changes.iter().take(FOR_MANAGERS).map(|change| {
        let title = escape(&all.title(change)).into_owned();
        (names[change.environment].clone(), title, change.values, change.points)
    });
    Some(Covered {
        sentences: all.sentences(),
        areas: areas.collect(),
        additions: all.additions(),
        changes: changes.collect(),
    })
}

/// What has been accepted and still differs, by path.
pub(in crate::report) fn accepted(report: &Report<'_>) -> Vec<Accepted> {
    let Some(ruled) = report.ruled else { return Vec::new() };
    let of = |row: RowId| {
        let acceptance = ruled.acceptance(row)?;
        Some(Accepted {
            path: keys(&report.comparison.path(row)),
            by: escape(&acceptance.author).into_owned(),
            until: acceptance.until.map_or_else(|| "no end".to_owned(), |until| until.to_string()),
            reason: escape(&acceptance.reason).into_owned(),
        })
    };
    ruled.standings.accepted().into_iter().filter_map(of).collect()
}
