//! What to read first, as text: the lines that carry most of the risk, each with the sentence that says why.

use super::{Page, padded, values, wrapped_under};
use crate::base::text::{escape, fit, width};
use crate::meaning::{Line, Meaning, What};
use crate::report::{counted, grouped};
use crate::risk::Band;
use std::io::{self, Write};

/// How many lines are shown.
const LINES: usize = 10;

/// Where the text of a line begins.
const INDENT: usize = 14;

impl Page<'_> {
    /// The bands and the worst lines; nothing where nothing is judged or found.
    pub(super) fn worst(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(meaning) = self.report.meaning else { return Ok(()) };
        let lines = meaning.ranking.lines();
        if lines.is_empty() {
            return Ok(());
        }
        let bands = meaning.ranking.bands();
        let held: usize = meaning.causes.all().iter().map(|cause| cause.members.len()).sum();
        let mut sentence = format!("{} to read", counted(lines.len(), "line"));
        if held > 0 {
            sentence += &format!(
                "; {} {} {} of the differences",
                counted(meaning.causes.all().len(), "cause"),
                if meaning.causes.all().len() == 1 { "holds" } else { "hold" },
                grouped(held)
            );
        }
        let parts = Band::ALL.into_iter().filter(|band| bands.of(*band) > 0);
        let parts: Vec<String> = parts.map(|band| format!("{} {}", bands.of(band), band.word())).collect();
        super::wrapped(&format!("Risk: {}. {sentence}.", parts.join(", ")), self.width, out)?;
        let is_told = |line: &&Line| {
            let by_rule = meaning.risks.worst(line.worst).is_some_and(|finding| finding.rule.is_some());
            (by_rule || line.band >= Band::Medium) && self.report.rows.binary_search(&line.worst).is_ok()
        };
        let mut told = lines.iter().filter(is_told).peekable();
        if told.peek().is_none() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.paint("1", "Worst first"))?;
        for line in told.take(LINES) {
            self.line(meaning, line, out)?;
        }
        Ok(())
    }

    /// One of them: band, points and what it is; the row that carries the risk with its values; what happens.
    fn line(&self, meaning: &Meaning, line: &Line, out: &mut dyn Write) -> io::Result<()> {
        let comparison = self.report.comparison;
        let Some(finding) = meaning.risks.worst(line.worst) else { return Ok(()) };
        let says = meaning.risks.says(finding);
        let cause = match line.what {
            What::Cause(at) => meaning.causes.all().get(at),
            What::Row(_) => None,
        };
        let band = padded(line.band.word(), 8);
        let head = format!("  {} {:>3} ", self.paint(code(line.band), &band), line.points);
        let title = cause.map_or_else(|| says.title.to_owned(), |cause| cause.title.clone());
        writeln!(out, "{head}{}", fit(&escape(&title), self.width.saturating_sub(INDENT)))?;
        let indent = " ".repeat(INDENT);
        let path = comparison.path(line.worst).to_string();
        let shown = values::short(comparison, line.worst);
        let both = match (finding.side, comparison.reference()) {
            (side, reference) if side < reference => format!("{} -> {}", shown[side], shown[reference]),
            (side, reference) => format!("{} -> {}", shown[reference], shown[side]),
        };
        let room = self.width.saturating_sub(INDENT);
        let path = escape(&path);
        if width(&path) + 2 + width(&both) <= room {
            writeln!(out, "{indent}{path}  {both}")?;
        } else {
            writeln!(out, "{indent}{path}\n{indent}{}", fit(&both, room))?;
        }
        let derived = finding.effective.and_then(|at| meaning.effective.facts().get(at));
        if let Some(fact) = derived {
            let values = fact.values.iter().map(|value| match value {
                Some(value) => crate::report::owned_text(value),
                None => "(not known)".to_owned(),
            });
            let values = values.collect::<Vec<_>>().join(" -> ");
            wrapped_under(&format!("{}: {values}", escape(&fact.path.to_string())), INDENT, self.width, out)?;
        }
        let said = if says.consequence.is_empty() { says.why } else { says.consequence };
        wrapped_under(said, INDENT, self.width, out)?;
        let toward = self.report.toward(finding);
        if !toward.is_empty() {
            wrapped_under(&format!("{toward}."), INDENT, self.width, out)?;
        }
        wrapped_under(&format!("{} {}", says.id, finding.score.vector()), INDENT, self.width, out)
    }
}

/// The colour of a band.
pub(super) fn code(band: Band) -> &'static str {
    match band {
        Band::Critical => "1;35",
        Band::High => "1;33",
        Band::Medium => "33",
        Band::Low | Band::Info => "0",
    }
}
