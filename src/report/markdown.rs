//! Markdown: a table an area, for pull requests and wikis.

use super::{Report, cell_text};
use crate::base::text::fit;
use crate::compare::{Comparison, RowId};
use std::io::{self, Write};

/// Longer values are cut around their first difference: a table is for reading, the whole value is in the JSON.
const WIDEST: usize = 120;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let labels: Vec<String> = report.labels().map(|label| inert(&label)).collect();
    writeln!(out, "# Drift: {}\n", labels.join(" and "))?;
    writeln!(out, "| snapshot | host | captured | facts | unread |\n| --- | --- | --- | ---: | ---: |")?;
    for (label, side) in labels.iter().zip(comparison.sides()) {
        let meta = &side.snapshot.meta;
        let host = meta.host.as_deref().map(inert).unwrap_or_default();
        let at = meta.captured_at.map(|t| t.to_string()).unwrap_or_default();
        let (facts, problems) = (side.snapshot.facts.leaf_count(), side.snapshot.problems.len());
        writeln!(out, "| {label} | {host} | {at} | {facts} | {problems} |")?;
    }
    let tally = comparison.tally(Comparison::TOP);
    writeln!(
        out,
        "\n{} of {} paths diverge: {} changed, {} missing on a side, {} unreadable, {} redacted, {} duplicate identities. \
         Not counted: {} volatile, {} identity.",
        tally.found(),
        tally.leaves,
        tally.changed,
        tally.missing(),
        tally.unreadable,
        tally.redacted,
        tally.duplicate_identity,
        tally.volatile,
        tally.identity
    )?;
    if let Some(filter) = report.filter {
        writeln!(out, "\nFilter: {}. {} divergences NOT SHOWN.", code(filter), report.hidden)?;
    }
    let mut area: Option<RowId> = None;
    for row in report.rows.iter().copied() {
        if area != Some(comparison.area(row)) {
            area = Some(comparison.area(row));
            writeln!(out, "\n## {}\n", inert(comparison.key(comparison.area(row))))?;
            writeln!(
                out,
                "| | path | {} | |\n| --- | --- |{} --- |",
                labels.join(" | "),
                " --- |".repeat(labels.len())
            )?;
        }
        let values: Vec<String> = comparison.cells(row).map(|cell| code(&fit(&cell_text(cell), WIDEST))).collect();
        let path = code(&crate::base::text::escape(&comparison.path(row).to_string()));
        let sign = comparison.relation(row).sign();
        writeln!(out, "| `{sign}` | {path} | {} | {} |", values.join(" | "), inert(&report.words(row)))?;
    }
    Ok(())
}

/// Text that means nothing to Markdown or HTML.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::base::text::escape(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A code span (CommonMark 6.1): fenced by more backticks than stand in it, bars escaped for the table around it.
fn code(shown: &str) -> String {
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if shown.starts_with('`') || shown.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", shown.replace('|', "\\|"))
}
