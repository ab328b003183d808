//! A rehearsal as people and programs read it.

use super::json::JsonCell;
use super::{counted, values};
use crate::base::text::{escape, width};
use crate::compare::{Comparison, RowId};
use crate::model::Snapshot;
use crate::rehearsal::{AFTER, BACK, BEFORE, Fate, Proof, Record, Rehearsal, STAGES, Size, Verdict};
use serde::Serialize;
use std::io::{self, Write};

/// How many facts of one group are listed as text.
const LISTED: usize = 20;

/// What is written of a rehearsal.
pub struct RehearsalReport<'a> {
    /// The captures, side by side.
    pub comparison: &'a Comparison,
    /// What is said of them.
    pub rehearsal: &'a Rehearsal,
    /// Facts with one origin: its name, raw, and its rows.
    pub groups: &'a [(String, Vec<RowId>)],
    /// How many seconds a rollback may take.
    pub within: Option<i64>,
    /// How many facts the deployment may change.
    pub most_facts: Option<u32>,
    /// The sizes of earlier deployments.
    pub earlier: &'a [u32],
    /// Whether one capture stands for two moments.
    pub is_twice: bool,
}

/// When a rehearsal began, by its first capture.
pub fn began(before: Option<&Snapshot>) -> Option<String> {
    Some(before?.meta.captured_at?.to_string())
}

/// Rows of one origin, with its name if it has one.
type Group<'a> = (Option<&'a str>, Vec<(RowId, Fate)>);

impl<'a> RehearsalReport<'a> {
    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let late = |limit: i64| self.rehearsal.rollback_seconds().is_none_or(|took| took > limit || took < 0);
        if !self.rehearsal.holds() {
            Verdict::NotRestored
        } else if self.rehearsal.size.facts == 0 {
            Verdict::NothingChanged
        } else if self.is_twice || self.rehearsal.seconds.iter().flatten().any(|seconds| *seconds < 0) {
            Verdict::NotInOrder
        } else if self.within.is_some_and(late) {
            Verdict::TooSlow
        } else if self.most_facts.is_some_and(|most| self.rehearsal.size.facts > most) {
            Verdict::TooLarge
        } else {
            Verdict::Proved
        }
    }

    /// What is kept of it, for an environment; none where no capture has a time.
    pub fn record(&self, environment: &str) -> Option<Record> {
        let Self { comparison, rehearsal, .. } = self;
        let at = comparison.sides().iter().filter_map(|side| side.snapshot.meta.captured_at).max()?;
        let left = || rehearsal.proofs().flat_map(|proof| &proof.left);
        let areas = rehearsal.size.areas.iter().map(|(row, count)| (comparison.key(*row).to_owned(), *count));
        Some(Record {
            environment: environment.to_owned(),
            project: None,
            at,
            began: began(comparison.sides().get(BEFORE).map(|side| &*side.snapshot)),
            verdict: self.verdict(),
            restored: rehearsal.rollback.restored,
            left: left().count(),
            paths: Record::named(left().map(|(row, _)| comparison.path(*row).to_string())),
            rollback_seconds: rehearsal.rollback_seconds(),
            facts: rehearsal.size.facts,
            areas: areas.collect(),
            earlier: self.earlier.to_vec(),
        })
    }

    /// The verdict in a sentence.
    fn sentence(&self) -> String {
        let left: usize = self.rehearsal.proofs().map(|proof| proof.left.len()).sum();
        match self.verdict() {
            Verdict::Proved => {
                let restored = counted(self.rehearsal.rollback.restored as usize, "fact");
                format!("PROVED: the rollback restored {restored}, and nothing else changed.")
            }
            Verdict::NotRestored => format!("NOT RESTORED: {}.", counted(left, "fact")),
            Verdict::TooSlow => match (self.rehearsal.rollback_seconds(), self.within) {
                (Some(took), Some(limit)) => format!("TOO SLOW: the rollback took {took} s, the limit is {limit} s."),
                _ => "TOO SLOW: when the captures were made is not known.".to_owned(),
            },
            Verdict::TooLarge => {
                let (facts, most) = (self.rehearsal.size.facts as usize, self.most_facts.unwrap_or_default());
                format!("TOO LARGE: the deployment changed {}, the policy allows {most}.", counted(facts, "fact"))
            }
            Verdict::NotInOrder if self.is_twice => {
                "NOTHING PROVED: one capture stands for two moments. After a rollback it is captured again.".to_owned()
            }
            Verdict::NotInOrder => {
                "NOTHING PROVED: the captures were not made in this order. After a rollback it is captured again."
                    .to_owned()
            }
            Verdict::NothingChanged | Verdict::Other => {
                "NOTHING PROVED: the deployment changed no fact that was captured.".to_owned()
            }
        }
    }

    /// The rows of a proof in groups, each in the order of the tree; those of no group last, without a name.
    fn grouped(&self, proof: &Proof) -> Vec<Group<'_>> {
        let group = |row: RowId| self.groups.iter().position(|(_, rows)| rows.binary_search(&row).is_ok());
        let mut sorted: Vec<(usize, RowId, Fate)> =
            proof.left.iter().map(|(row, fate)| (group(*row).unwrap_or(usize::MAX), *row, *fate)).collect();
        sorted.sort_unstable();
        let chunks = sorted.chunk_by(|a, b| a.0 == b.0);
        let name = |at: usize| self.groups.get(at).map(|(name, _)| name.as_str());
        chunks.map(|rows| (name(rows[0].0), rows.iter().map(|(_, row, fate)| (*row, *fate)).collect())).collect()
    }

    /// Where the fact of a row can be looked at: in the capture where it was found, else in that where it was wanted.
    fn source(&self, proof: &Proof, row: RowId) -> Option<&'a str> {
        self.comparison.source(row, proof.found).or_else(|| self.comparison.source(row, proof.wanted))
    }
}

/// What takes away what a removed package left, dpkg(1); none for another fact.
fn mend(comparison: &Comparison, row: RowId, found: usize) -> Option<String> {
    let path = comparison.path(row);
    let ["libraries", "packages", "dpkg", package, "state"] = path.keys().collect::<Vec<_>>()[..] else {
        return None;
    };
    let is_removed = values::cells(comparison, row).get(found).is_some_and(|state| state == "config-files");
    is_removed.then(|| format!("dpkg --purge {package}"))
}

/// Writes it for a terminal or a log.
///
/// # Errors
/// Only those of `out`.
pub fn write_text(report: &RehearsalReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    for (at, (side, stage)) in comparison.sides().iter().zip(STAGES).enumerate() {
        let time = side.snapshot.meta.captured_at;
        let time = time.map_or_else(|| "time not known".to_owned(), |t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let after = at.checked_sub(1).and_then(|at| report.rehearsal.seconds.get(at).copied().flatten());
        let after = after.map(|seconds| format!("  {seconds:+} s")).unwrap_or_default();
        writeln!(out, "{stage:<6}  {time}  {}{after}", escape(side.label()))?;
    }
    writeln!(out, "{}", size_sentence(comparison, &report.rehearsal.size, report.earlier))?;
    writeln!(out, "{}", report.sentence())?;
    let unmeasured = report.rehearsal.rollback.unmeasured;
    if unmeasured > 0 {
        writeln!(
            out,
            "Not measured: {} that could be read neither before nor now.",
            counted(unmeasured as usize, "fact")
        )?;
    }
    for proof in report.rehearsal.proofs().filter(|proof| !proof.holds()) {
        let (wanted, found) = (STAGES[proof.wanted], STAGES[proof.found]);
        writeln!(out, "\n{} in {found} not as in {wanted}:", counted(proof.left.len(), "fact"))?;
        for (name, rows) in report.grouped(proof) {
            if let Some(name) = name {
                writeln!(out, "  {} ({})", escape(name), counted(rows.len(), "fact"))?;
            }
            for (row, fate) in rows.iter().take(LISTED) {
                let path = comparison.path(*row).to_string();
                // What deploying again left is as the rollback left it, and not as the deployment did.
                let fate = if (*fate, proof.wanted) == (Fate::Stayed, AFTER) { "as back" } else { fate.word() };
                writeln!(out, "    {fate:<7}  {}", escape(&path))?;
                let cells = values::cells(comparison, *row);
                let sides = [proof.wanted, if proof.wanted == BEFORE { AFTER } else { BACK }, proof.found];
                let shown: Vec<&str> = sides.iter().map(|side| cells[*side].as_str()).collect();
                let widest = STAGES.iter().map(|stage| width(stage)).max().unwrap_or(0);
                let anchor = values::common(&cells);
                for (side, value) in sides.iter().zip(shown) {
                    writeln!(out, "             {:<widest$}  {}", STAGES[*side], values::around(value, anchor, 60))?;
                }
                if let Some(source) = report.source(proof, *row) {
                    writeln!(out, "             {:<widest$}  {}", "read", escape(source))?;
                }
                if let Some(mend) = mend(comparison, *row, proof.found) {
                    writeln!(out, "             {:<widest$}  {}", "mend", escape(&mend))?;
                }
            }
            if let Some(more) = rows.len().checked_sub(LISTED).filter(|more| *more > 0) {
                writeln!(out, "    .. {more} more; --format json has all")?;
            }
        }
    }
    Ok(())
}

/// How much the deployment changed, beside earlier ones.
fn size_sentence(comparison: &Comparison, size: &Size, earlier: &[u32]) -> String {
    let area = |(row, count): &(RowId, u32)| format!("{} {count}", escape(comparison.key(*row)));
    let areas: Vec<String> = size.areas.iter().map(area).collect();
    let areas = if areas.is_empty() { String::new() } else { format!(" ({})", areas.join(", ")) };
    let beside = match earlier.len() {
        0 => String::new(),
        n => format!("; larger than {} of {n} earlier steps", size.larger_than(earlier)),
    };
    format!("The deployment changed {}{areas}{beside}.", counted(size.facts as usize, "fact"))
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    verdict: &'static str,
    captures: Vec<Capture<'a>>,
    size: JsonSize,
    rollback: JsonProof<'a>,
    again: Option<JsonProof<'a>>,
    rollback_seconds: Option<i64>,
    limit_seconds: Option<i64>,
    limit_facts: Option<u32>,
}

#[derive(Serialize)]
struct Capture<'a> {
    stage: &'static str,
    label: &'a str,
    captured_at: Option<String>,
}

#[derive(Serialize)]
struct JsonSize {
    facts: u32,
    areas: serde_json::Map<String, serde_json::Value>,
    earlier: usize,
    larger_than: usize,
}

#[derive(Serialize)]
struct JsonProof<'a> {
    holds: bool,
    restored: u32,
    unmeasured: u32,
    left: Vec<Left<'a>>,
}

#[derive(Serialize)]
struct Left<'a> {
    path: String,
    fate: &'static str,
    cause: Option<&'a str>,
    values: Vec<JsonCell<'a>>,
    provenance: Option<&'a str>,
    mend: Option<String>,
}

/// Writes it for programs: `driftglass-rehearsal/1`.
///
/// # Errors
/// Only those of `out`.
pub fn write_json(report: &RehearsalReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let RehearsalReport { comparison, rehearsal, earlier, .. } = report;
    let stage = |(side, stage): (&'_ crate::compare::Side, &'static str)| (stage, side.snapshot.meta.captured_at);
    let captures =
        comparison.sides().iter().map(|side| side.label()).zip(comparison.sides().iter().zip(STAGES).map(stage));
    let captures =
        captures.map(|(label, (stage, at))| Capture { stage, label, captured_at: at.map(|t| t.to_string()) });
    let areas = rehearsal.size.areas.iter().map(|(row, n)| (comparison.key(*row).to_owned(), (*n).into()));
    let document = Document {
        format: "driftglass-rehearsal/1",
        verdict: report.verdict().word(),
        captures: captures.collect(),
        size: JsonSize {
            facts: rehearsal.size.facts,
            areas: areas.collect(),
            earlier: earlier.len(),
            larger_than: rehearsal.size.larger_than(earlier),
        },
        rollback: json_proof(report, &rehearsal.rollback),
        again: rehearsal.again.as_ref().map(|proof| json_proof(report, proof)),
        rollback_seconds: rehearsal.rollback_seconds(),
        limit_seconds: report.within,
        limit_facts: report.most_facts,
    };
    super::json::pretty(&document, out)
}

fn json_proof<'a>(report: &RehearsalReport<'a>, proof: &Proof) -> JsonProof<'a> {
    let groups = report.groups;
    let left = |(row, fate): &(RowId, Fate)| Left {
        path: report.comparison.path(*row).to_string(),
        fate: fate.word(),
        cause: groups.iter().find(|(_, rows)| rows.binary_search(row).is_ok()).map(|(name, _)| name.as_str()),
        values: report.comparison.cells(*row).map(JsonCell).collect(),
        provenance: report.source(proof, *row),
        mend: mend(report.comparison, *row, proof.found),
    };
    JsonProof {
        holds: proof.holds(),
        restored: proof.restored,
        unmeasured: proof.unmeasured,
        left: proof.left.iter().map(left).collect(),
    }
}
