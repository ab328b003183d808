//! What matters, as every document tells it: the lines that carry the risk, where differences come from, what tests can
//! meet, what was accepted, what could not be measured.

pub(in crate::report) mod manager;
mod others;
mod things;

pub(in crate::report) use others::Other;

use super::html::keys;
use crate::base::share::percent;
use crate::base::text::escape;
use crate::compare::{Cell, Comparison, RowId, short_name};
use crate::meaning::{Line, Meaning, What};
use crate::report::coverage::CoverageReport;
use crate::report::values;
use crate::report::{Report, bands_in_words, counted, grouped};
use crate::risk::{Band, Bands, Finding};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// How many lines are listed in short behind those that are told in full.
const ALSO: usize = 100;
/// How many causes are listed.
const LISTED: usize = 40;
/// How many changes of test environments are listed.
const CHANGES: usize = 10;

/// One line that carries risk.
pub(in crate::report) struct Told {
    pub band: &'static str,
    pub points: u32,
    pub share: u32,
    pub title: String,
    pub members: Option<String>,
    pub path: Vec<String>,
    pub values: Vec<(String, String)>,
    /// The same values in a line.
    pub both: String,
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
    /// What the policy says of it: that somebody has accepted it, that it breaks a relation.
    pub ruled: Option<String>,
    /// What else the line holds of high risk or above; in the short form only named.
    pub others: Vec<Other>,
    pub named: Option<String>,
}

/// What matters, worst first.
pub(in crate::report) struct Worst {
    /// Told in full.
    pub told: Vec<Told>,
    /// Those that follow, down to medium risk, in short.
    pub also: Vec<Also>,
    /// What is told nowhere but in the list of all rows.
    pub rest: Option<String>,
}

/// One line in short.
pub(in crate::report) struct Also {
    pub band: &'static str,
    pub points: u32,
    pub title: String,
    pub members: Option<String>,
    pub path: Vec<String>,
    /// The values of the test environment and of the reference.
    pub values: String,
    /// What else the line holds of high risk or above.
    pub named: Option<String>,
}

/// What of the whole comparison a document tells before it lists rows.
pub(in crate::report) const CAUSES_FIRST: usize = 8;

/// Differences that somebody has accepted together: who, until when, why, and of how many.
pub(in crate::report) struct Excuse {
    pub reason: String,
    pub by: String,
    pub until: String,
    pub count: usize,
    /// The first of them.
    pub path: Vec<String>,
}

/// One reason for which paths could not be measured.
pub(in crate::report) struct Gap {
    pub side: String,
    pub reason: String,
    pub count: usize,
    pub example: Vec<String>,
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

/// The sentences about all lines.
pub(in crate::report) fn summary(meaning: &Meaning) -> String {
    let lines = meaning.ranking.lines();
    if lines.is_empty() {
        return "Nothing is at risk.".to_owned();
    }
    let held: usize = meaning.causes.all().iter().map(|cause| cause.members.len()).sum();
    let bands = bands_in_words(&meaning.ranking.bands(), Band::Info);
    let points = grouped(meaning.ranking.points() as usize);
    let mut out = format!("{} to read, {points} points of risk in all: {bands}.", counted(lines.len(), "line"));
    if held > 0 {
        let causes = meaning.causes.all().len();
        let hold = if causes == 1 { "holds" } else { "hold" };
        out += &format!(" {} {hold} {} of the differences.", counted(causes, "cause"), grouped(held));
    }
    out
}

/// What matters: so many lines in full, those that follow in short, the rest counted.
pub(in crate::report) fn worst(report: &Report<'_>, meaning: &Meaning, in_full: usize) -> Worst {
    let lines = meaning.ranking.lines().iter().enumerate();
    let shown: Vec<(usize, &Line)> = lines.filter(|(_, line)| is_shown(report, line)).collect();
    let (said, unsaid): (Vec<_>, Vec<_>) = shown.into_iter().partition(|(_, line)| is_told(meaning, line));
    let told = said.iter().take(in_full).filter_map(|(at, line)| one(report, meaning, *at, line)).collect();
    let after = said.iter().skip(in_full);
    let (also, below): (Vec<_>, Vec<_>) = after.partition(|(_, line)| line.band >= Band::Medium);
    let mut left = Bands::default();
    let rest = also.iter().skip(ALSO).chain(&below).map(|(_, line)| line.band);
    rest.chain(unsaid.iter().map(|(_, line)| line.band)).for_each(|band| left.add(band));
    let all = left.all() as usize;
    let place = if report.lists_rows { "in the list of all rows" } else { "in the long form" };
    let rest = (all > 0).then(|| format!("{} {place}: {}.", more(all), bands_in_words(&left, Band::Info)));
    let also = also.into_iter().take(ALSO).filter_map(|(_, line)| in_short(report, meaning, line)).collect();
    Worst { told, also, rest }
}

/// `1 more line stands`.
fn more(lines: usize) -> String {
    format!("{} {}", counted(lines, "more line"), if lines == 1 { "stands" } else { "stand" })
}

/// Whether the row that carries the risk of a line is among those that are shown.
fn is_shown(report: &Report<'_>, line: &Line) -> bool {
    is_shown_row(report, line.worst)
}

fn is_shown_row(report: &Report<'_>, row: RowId) -> bool {
    report.rows.binary_search(&row).is_ok()
}

/// What a line is called: its cause, else what the rule speaks of.
fn title(report: &Report<'_>, meaning: &Meaning, line: &Line) -> String {
    if let What::Cause(at) = line.what
        && let Some(cause) = meaning.causes.all().get(at)
    {
        return escape(&cause.title).into_owned();
    }
    meaning.risks.worst(line.worst).map_or_else(String::new, |finding| said(report, meaning, finding))
}

/// What the rule of a finding speaks of.
fn said(report: &Report<'_>, meaning: &Meaning, finding: &Finding) -> String {
    let title = escape(&meaning.risks.says(finding).title).into_owned();
    // Fewer, but where: on the side that the harm is on.
    let is_of_one = ["Fewer ", "A smaller ", "An older "].iter().any(|word| title.starts_with(word));
    match finding.ends.of_harm() {
        Some(is_test) if is_of_one => {
            let side = if is_test { finding.side } else { report.comparison.reference() };
            format!("{title} in {}", escape(&short_name(report.comparison, side)))
        }
        _ => title,
    }
}

fn in_short(report: &Report<'_>, meaning: &Meaning, line: &Line) -> Option<Also> {
    let comparison = report.comparison;
    let finding = meaning.risks.worst(line.worst)?;
    let members = meaning.ranking.members(line, &meaning.causes).len();
    let shown = values::short(comparison, line.worst);
    Some(Also {
        band: line.band.word(),
        points: line.points,
        title: title(report, meaning, line),
        members: (members > 1).then(|| counted(members, "difference")),
        path: keys(&comparison.path(line.worst)),
        values: both(report, line.worst, finding.side, &shown),
        named: others::named(report, meaning, line),
    })
}

/// The values of a side and of the reference in a line: in the order of the sides where there are two, with their names
/// where there are more.
fn both(report: &Report<'_>, row: RowId, side: usize, shown: &[String]) -> String {
    if shown.len() == 2 {
        return shown.join(" -> ");
    }
    let each = alike(report, row, side, shown).into_iter();
    each.map(|(names, value)| format!("{names}: {value}")).collect::<Vec<_>>().join("; ")
}

/// The values of a row, each with all that have it: that of a side first, then that of the reference, then any other.
fn alike(report: &Report<'_>, row: RowId, side: usize, shown: &[String]) -> Vec<(String, String)> {
    let (names, reference) = (report.names(), report.comparison.reference());
    let mut groups = values::agreeing(report.comparison, row, shown);
    groups.sort_by_key(|group| (!group.contains(&side), !group.contains(&reference)));
    let named = |group: Vec<usize>| -> Option<(String, String)> {
        let value = shown.get(*group.first()?)?.clone();
        let all: Vec<&str> = group.iter().filter_map(|side| names.get(*side)).map(String::as_str).collect();
        Some((all.join(", "), value))
    };
    groups.into_iter().filter_map(named).collect()
}

/// Whether there is something to tell of a line: defaults know nothing but its place.
fn is_told(meaning: &Meaning, line: &Line) -> bool {
    let by_rule = meaning.risks.worst(line.worst).is_some_and(|finding| finding.rule.is_some());
    by_rule || line.band >= Band::Medium
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
    let is_default = says.consequence.is_empty();
    let shown = values::short(comparison, line.worst);
    Some(Told {
        band: band.word(),
        points: line.points,
        share: meaning.ranking.share_down_to(at),
        title: title(report, meaning, line),
        members: cause.map(|cause| counted(cause.members.len(), "difference")),
        path: keys(&comparison.path(line.worst)),
        both: both(report, line.worst, finding.side, &shown),
        values: alike(report, line.worst, finding.side, &shown),
        effective: in_effect(report, meaning, finding),
        // Of a default only its reason is known.
        consequence: if is_default { escape(&says.why).into_owned() } else { report.happens(finding) },
        why: if is_default { String::new() } else { escape(&says.why).into_owned() },
        test: escape(&says.test).into_owned(),
        toward: report.toward(finding),
        rule: says.id.to_owned(),
        vector: finding.score.vector(),
        clause: clause.words(),
        evidence: format!("{}: {}", says.grade.word(), says.grade.means()),
        sources: says.sources.iter().map(|source| (source.title.clone(), source.url.clone())).collect(),
        ruled: report.ruled.and_then(|ruled| ruled.words(line.worst)),
        others: if report.lists_rows { others::told(report, meaning, line) } else { Vec::new() },
        named: if report.lists_rows { None } else { others::named(report, meaning, line) },
    })
}

/// The derived fact that a finding is about, with its values.
fn in_effect(report: &Report<'_>, meaning: &Meaning, finding: &Finding) -> Option<String> {
    let fact = finding.effective.and_then(|at| meaning.effective.facts().get(at))?;
    let value = |value: &Option<crate::model::Value>| {
        value.as_ref().map_or_else(|| "not known".to_owned(), crate::report::owned_text)
    };
    let names = report.names();
    let each = names.iter().zip(&fact.values).map(|(name, v)| format!("{name} {}", value(v)));
    let each = each.collect::<Vec<_>>().join(", ");
    let rated = finding.rated_at(report.comparison).map_or_else(String::new, |path| format!("; rated at {path}"));
    Some(format!("{} {}", fact.about, escape(&format!("{each}{rated}"))))
}

/// The causes that hold most differences: how many, which share of all in percent, and what they are, in display form.
pub(in crate::report) fn largest(report: &Report<'_>) -> Vec<(usize, u32, String)> {
    let Some(meaning) = report.meaning else { return Vec::new() };
    let found = u64::from(report.comparison.tally(Comparison::TOP).found());
    let mut all: Vec<_> = meaning.causes.all().iter().collect();
    all.sort_by_key(|cause| Reverse(cause.members.len()));
    let of = |cause: &crate::cause::Cause| {
        let held = cause.members.len();
        (held, percent(held as u64, found).unwrap_or(0), escape(&cause.title).into_owned())
    };
    all.into_iter().take(CAUSES_FIRST).map(of).collect()
}

/// The causes, those with the highest risk first, and how many are not listed.
pub(in crate::report) fn origins(meaning: &Meaning) -> (Vec<Origin>, usize) {
    let of = |line: &Line| match line.what {
        What::Cause(at) => {
            let cause = meaning.causes.all().get(at)?;
            let title = escape(&cause.title).into_owned();
            let (members, why) = (cause.members.len(), cause.why);
            Some(Origin { title, members, band: line.band.word(), points: line.points, why })
        }
        What::Row(_) => None,
    };
    let listed: Vec<Origin> = meaning.ranking.lines().iter().filter_map(of).take(LISTED).collect();
    let rest = meaning.causes.all().len() - listed.len();
    (listed, rest)
}

/// What tests can meet; nothing where there is one test environment, which shows nothing that differs.
pub(in crate::report) fn covered(report: &Report<'_>, meaning: &Meaning) -> Option<Covered> {
    let coverage = meaning.coverage.as_ref().filter(|coverage| coverage.environments.len() > 1)?;
    let comparison: &Comparison = report.comparison;
    let names = report.names();
    let all = CoverageReport { report, meaning, coverage };
    let areas = coverage.areas.iter().filter(|(_, share)| share.points > 0).map(|(row, share): &(RowId, _)| {
        let name = escape(comparison.key(*row)).into_owned();
        let percent = share.percent().map_or_else(String::new, |percent| format!("{percent} %"));
        (name, share.points, share.uncovered, percent, share.blind())
    });
    let changes = coverage.changes.iter().take(CHANGES).map(|change| {
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

/// What has been accepted, by reason, person and end; the largest first.
pub(in crate::report) fn excuses(report: &Report<'_>) -> Vec<Excuse> {
    let mut all: BTreeMap<(String, String, String), Excuse> = BTreeMap::new();
    for row in accepted(report) {
        let Accepted { path, by, until, reason } = row;
        let key = (reason.clone(), by.clone(), until.clone());
        all.entry(key).or_insert(Excuse { reason, by, until, count: 0, path }).count += 1;
    }
    let mut all: Vec<Excuse> = all.into_values().collect();
    all.sort_by_key(|excuse| Reverse(excuse.count));
    all
}

/// Why paths could not be measured: by snapshot and reason, the most frequent first. Of the rows of the whole comparison,
/// whatever a filter leaves out.
pub(in crate::report) fn gaps(report: &Report<'_>, names: &[String]) -> Vec<Gap> {
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
    let gap = |((side, why), (count, row)): ((usize, &str), (usize, RowId))| Gap {
        side: names.get(side).cloned().unwrap_or_default(),
        reason: escape(why).into_owned(),
        count,
        example: keys(&comparison.path(row)),
    };
    found.into_iter().map(gap).collect()
}
