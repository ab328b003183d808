//! What the gate says, in every format that a check is written in.

mod text;

pub use text::write_stopped;

use super::json::{self, line};
use super::junit::{self, Case, Outcome};
use super::markdown::inline;
use super::{Format, Report, counted, sarif};
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::policy::judge::{Call, Item, Judgement, Rule, Tally, Verdict};
use serde_json::json;
use std::io::{self, Write};

/// The name and version of the schema.
const SCHEMA: &str = "driftglass-check/1";
/// What a policy is called in a repository.
const POLICY: &str = "driftglass.toml";
/// How many items a table has.
const ROWS: usize = 200;

/// The formats of a check.
pub const CHECK_FORMATS: [Format; 5] = [Format::Text, Format::Json, Format::Junit, Format::Sarif, Format::Markdown];

/// A judgement with all that it speaks of.
pub struct Check<'a> {
    /// The comparison, and how it stands to the policy.
    pub report: Report<'a>,
    /// What the gate says.
    pub judgement: &'a Judgement,
    /// What is to be said besides, a sentence each, in display form.
    pub notes: &'a [String],
}

/// What the one line of a summary counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What the gate asks about, and what somebody flagged besides.
    pub gate: usize,
    /// Decided by a look.
    pub reviewed: usize,
    /// Accepted in the policy.
    pub accepted: usize,
    /// To be mended first.
    pub flagged: usize,
    /// Not decided.
    pub open: usize,
    /// Of so many of it nothing can be said.
    pub unknown: usize,
    /// What comes of it.
    pub verdict: Verdict,
}

impl Summary {
    /// The line, always of the same form. Nothing that the gate asks about is ever hidden from it.
    pub fn line(&self, pair: &str, session: &str) -> String {
        let pair: String = pair.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
        let Summary { gate, reviewed, accepted, flagged, open, unknown, verdict } = self;
        let verdict = verdict.word();
        format!(
            "driftglass-summary: pair={pair} gate={gate} reviewed={reviewed} accepted={accepted} flagged={flagged} \
             open={open} unknown={unknown} hidden=0 verdict={verdict} session={session}"
        )
    }
}

/// The sides, tests before the target: `staging..production`.
pub fn pair_of(comparison: &Comparison) -> String {
    let names = super::names_of(comparison);
    let reference = comparison.reference();
    let tests: Vec<&str> =
        names.iter().enumerate().filter(|(at, _)| *at != reference).map(|(_, name)| name.as_str()).collect();
    format!("{}..{}", tests.join(","), names.get(reference).map_or("", String::as_str))
}

/// Writes what the gate says.
///
/// # Errors
/// Only those of `out`.
pub fn write_check(format: Format, check: &Check<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => check.json(out),
        Format::Junit => check.junit(out),
        Format::Sarif => check.sarif(out),
        Format::Markdown => check.markdown(out),
        _ => text::write(check, out),
    }
}

impl Check<'_> {
    /// See [`pair_of`].
    fn pair(&self) -> String {
        pair_of(self.report.comparison)
    }

    /// The one line of a summary, always of the same form; `session` names a review, if there was one.
    pub fn summary(&self, session: &str) -> String {
        let Tally { asked, accepted, open, unknown } = self.judgement.tally();
        let summary =
            Summary { gate: asked, reviewed: 0, accepted, flagged: 0, open, unknown, verdict: self.judgement.verdict };
        summary.line(&self.pair(), session)
    }

    /// The verdict in a sentence.
    pub fn verdict(&self) -> String {
        let count = |call| self.judgement.count(call);
        let parts = [
            (count(Call::Block), "blocks", "block"),
            (count(Call::NeedsDecision), "needs a decision", "need a decision"),
            (count(Call::Warn), "is a warning", "are warnings"),
            (count(Call::Unknown), "is unknown", "are unknown"),
            (count(Call::Accepted), "is accepted", "are accepted"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
            .collect();
        let said = if parts.is_empty() { "nothing stands against it".to_owned() } else { parts.join(", ") };
        format!("{} {}: {said}", self.judgement.verdict.word(), self.pair())
    }

    fn rule(&self, item: &Item) -> Option<&Rule> {
        self.judgement.rules.get(item.rule)
    }

    /// What an item is about: its path, else what its rule asks.
    fn subject(&self, item: &Item) -> String {
        match item.row {
            Comparison::TOP => self.rule(item).map_or_else(String::new, |rule| escape(&rule.asks).into_owned()),
            row => escape(&self.report.comparison.path(row).to_string()).into_owned(),
        }
    }

    /// Why the gate asks about it, in display form.
    fn why(&self, item: &Item) -> String {
        let Some(rule) = self.rule(item) else { return String::new() };
        let accepted = || match (item.call, self.report.ruled) {
            (Call::Accepted, Some(ruled)) => ruled.words(item.row),
            _ => None,
        };
        if let Some(words) = accepted() {
            return words;
        }
        let mut words = item.words.clone();
        if let (Some(risk), true) = (self.risk(item.row), rule.name.starts_with("gate.")) {
            words = if words.is_empty() { risk } else { format!("{words}; {risk}") };
        }
        if !rule.reason.is_empty() {
            words = if words.is_empty() { rule.reason.clone() } else { format!("{words} ({})", rule.reason) };
        }
        escape(&words).into_owned()
    }

    /// What a row risks, in words: the level, the points, the rule, and what happens.
    fn risk(&self, row: RowId) -> Option<String> {
        let risks = &self.report.meaning?.risks;
        let finding = risks.worst(row)?;
        let says = risks.says(finding);
        let happens = match self.report.happens(finding) {
            happens if happens.is_empty() => says.title.into_owned(),
            happens => happens,
        };
        Some(format!("{} {}, {}: {happens}", finding.score.band().0.word(), finding.score.total(), says.id))
    }

    /// The values of an item, in display form: none for one without a row of its own.
    fn told(&self, names: &[String], row: RowId) -> String {
        if self.report.comparison.is_leaf(row) {
            Report { ruled: None, ..self.plain() }.told(names, row)
        } else {
            String::new()
        }
    }

    /// The comparison without the policy's own words, which stand beside.
    fn plain(&self) -> Report<'_> {
        Report::new(self.report.comparison, self.report.rows)
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        let names = self.report.names();
        writeln!(out, "# {}\n", inline(&self.verdict()))?;
        if !self.judgement.items.is_empty() {
            writeln!(out, "| verdict | what | values | why |\n| --- | --- | --- | --- |")?;
            for item in self.judgement.items.iter().take(ROWS) {
                let cells = [
                    item.call.word().to_owned(),
                    inline(&self.subject(item)),
                    inline(&self.told(&names, item.row)),
                    inline(&self.why(item)),
                ];
                writeln!(out, "| {} |", cells.join(" | "))?;
            }
            let more = self.judgement.items.len().saturating_sub(ROWS);
            if more > 0 {
                writeln!(out, "\n{} NOT SHOWN.", counted(more, "more item"))?;
            }
            writeln!(out)?;
        }
        writeln!(out, "| rule | asks | verdict | items |\n| --- | --- | --- | --: |")?;
        for rule in &self.judgement.rules {
            let asks = inline(&escape(&rule.asks));
            writeln!(out, "| {} | {asks} | {} | {} |", rule.name, rule.call.word(), rule.items)?;
        }
        writeln!(out)?;
        self.notes.iter().try_for_each(|note| writeln!(out, "- {}", inline(note)))
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let comparison = self.report.comparison;
        let judgement = self.judgement;
        let count = |call| judgement.count(call);
        write!(out, "{{\n\"format\": \"{SCHEMA}\",\n\"verdict\": \"{}\",\n\"snapshots\": [", judgement.verdict.word())?;
        for (at, snapshot) in json::snapshots(comparison).enumerate() {
            out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            line(&snapshot, out)?;
        }
        write!(out, "\n],\n\"summary\": ")?;
        line(
            &json!({
                "block": count(Call::Block), "needs_decision": count(Call::NeedsDecision), "warn": count(Call::Warn),
                "unknown": judgement.tally().unknown, "accepted": count(Call::Accepted),
                "ignored": self.report.moved().map(|(_, ignored)| ignored),
            }),
            out,
        )?;
        write!(out, ",\n\"rules\": [")?;
        for (at, rule) in judgement.rules.iter().enumerate() {
            out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            let reason = Some(&rule.reason).filter(|reason| !reason.is_empty());
            let (name, asks, verdict) = (rule.name, &rule.asks, rule.call.word());
            line(
                &json!({ "rule": name, "asks": asks, "reason": reason, "verdict": verdict, "items": rule.items }),
                out,
            )?;
        }
        write!(out, "\n],\n\"notes\": ")?;
        line(&self.notes, out)?;
        write!(out, ",\n\"items\": [")?;
        for (at, item) in judgement.items.iter().enumerate() {
            out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            let path = comparison.path(item.row).to_string();
            let is_row = item.row != Comparison::TOP && comparison.is_leaf(item.row);
            let judged = Judged {
                verdict: item.call.word(),
                rule: item.rule,
                why: self.why(item),
                row: is_row.then(|| json::row(&self.report, &path, item.row)),
                subject: self.subject(item),
            };
            line(&judged, out)?;
        }
        out.write_all(if judgement.items.is_empty() { b"]\n}\n" } else { b"\n]\n}\n" })
    }

    fn junit(&self, out: &mut dyn Write) -> io::Result<()> {
        let names = self.report.names();
        let cases = |rule: usize| -> Vec<Case> {
            let items = self.judgement.items.iter().filter(|item| item.rule == rule);
            items
                .map(|item| {
                    let outcome = match item.call {
                        Call::Pass => Outcome::Passed,
                        // What stops nothing fails nothing: servers go by errors as by failures.
                        Call::Accepted | Call::Warn | Call::Unknown => Outcome::Excused,
                        Call::NeedsDecision | Call::Block if item.is_unknown => Outcome::Error,
                        Call::NeedsDecision | Call::Block => Outcome::Failed,
                    };
                    let plain = self.plain();
                    let parts = [self.told(&names, item.row), self.why(item)];
                    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                    Case {
                        name: self.subject(item),
                        message: parts.join(" - "),
                        ..junit::case(&plain, &names, item.row, outcome, item.call.word())
                    }
                })
                .collect()
        };
        let suites = self.judgement.rules.iter().enumerate().map(|(index, rule)| {
            let mut cases = cases(index);
            if cases.is_empty() {
                // A rule that finds nothing has passed, and that is worth a case.
                let (name, message, body) = (escape(&rule.asks).into_owned(), String::new(), String::new());
                cases.push(Case { name, outcome: Outcome::Passed, kind: "pass", message, body });
            }
            (format!("{}: {}", rule.name, escape(&rule.asks)), cases)
        });
        let more = [("verdict", self.judgement.verdict.word().to_owned()), ("notes", self.notes.join(" "))];
        junit::document(&self.report, suites, &more, out)
    }

    fn sarif(&self, out: &mut dyn Write) -> io::Result<()> {
        let names = self.report.names();
        // Rules of one name are told apart by their place in the policy.
        let id = |index: usize| {
            let name = self.judgement.rules.get(index).map_or("", |rule| rule.name);
            let before = self.judgement.rules.iter().take(index).filter(|rule| rule.name == name).count();
            if before == 0 { name.to_owned() } else { format!("{name}/{}", before + 1) }
        };
        let rules = self.judgement.rules.iter().enumerate().map(|(index, rule)| {
            let text = sarif::plain(&escape(&rule.asks));
            let mut entry = json!({ "id": id(index), "shortDescription": { "text": text } });
            if !rule.reason.is_empty() {
                entry["fullDescription"] = json!({ "text": sarif::plain(&escape(&rule.reason)) });
            }
            entry
        });
        let plain = self.plain();
        let results = self.judgement.items.iter().map(|item| {
            let (kind, level) = match item.call {
                Call::Block => ("fail", "error"),
                Call::NeedsDecision | Call::Accepted => ("fail", "warning"),
                Call::Warn => ("fail", "note"),
                Call::Unknown => ("open", "none"),
                Call::Pass => ("pass", "none"),
            };
            let parts = [self.told(&names, item.row), self.why(item)];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let message = format!("{}: {}", self.subject(item), parts.join(" - "));
            let mut result = sarif::result(&plain, &names, item.row);
            result["ruleId"] = json!(id(item.rule));
            result["ruleIndex"] = json!(item.rule);
            result["kind"] = json!(kind);
            result["level"] = json!(level);
            result["message"] = json!({ "text": sarif::plain(&message) });
            // Code scanning takes no result without a file: what was read from none is asked by the policy.
            if result["locations"][0]["physicalLocation"].is_null() {
                result["locations"][0]["physicalLocation"] = json!({ "artifactLocation": { "uri": POLICY } });
            }
            result["properties"]["verdict"] = json!(item.call.word());
            if let Some((finding, _)) = self.report.judged(item.row) {
                result["rank"] = json!(finding.score.total());
            }
            if let (Call::Accepted, Some(why)) = (item.call, Some(self.why(item))) {
                result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": why }]);
            }
            result
        });
        sarif::document(&self.report, rules.collect(), results, out)
    }
}

/// One item of the JSON output: what the gate says of a row, and the row as in `driftglass-comparison/1`.
#[derive(serde::Serialize)]
struct Judged<'a> {
    verdict: &'static str,
    rule: usize,
    why: String,
    subject: String,
    row: Option<json::Row<'a>>,
}
