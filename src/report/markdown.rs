//! Markdown for pull requests and wikis: what was compared, the counts, a table for every area.

use super::{Audience, Report, told, values};
use crate::base::text;
use crate::compare::RowId;
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let names = report.names();
    let labels: Vec<String> = names.iter().map(|name| inline(name)).collect();
    writeln!(out, "# Drift: {}\n", labels.join(", "))?;
    writeln!(
        out,
        "| snapshot | role | host | captured | facts | not readable |\n| --- | --- | --- | --- | --: | --: |"
    )?;
    for ((i, side), label) in comparison.sides().iter().enumerate().zip(&labels) {
        let meta = &side.snapshot.meta;
        writeln!(
            out,
            "| {label} | {} | {} | {} | {} | {} |",
            if i == comparison.reference() { "target" } else { "test" },
            inline(&text::escape(meta.host.as_deref().unwrap_or_default())),
            meta.captured_at.map(|time| time.to_string()).unwrap_or_default(),
            side.snapshot.facts.leaf_count(),
            side.snapshot.problems.len(),
        )?;
    }
    writeln!(out, "\n{}", inline(&report.counts(&names)))?;
    worst(report, out)?;
    if report.audience == Audience::Manager {
        return hidden(report, out);
    }
    for (area, rows) in report.by_area() {
        writeln!(out, "\n## {} ({})\n", inline(&text::escape(area)), rows.len())?;
        writeln!(out, "| | path | {} | change |", labels.join(" | "))?;
        writeln!(out, "|---|---|{}---|", "---|".repeat(labels.len()))?;
        for row in rows {
            self::row(report, &names, *row, out)?;
        }
    }
    hidden(report, out)
}

/// What matters most: a table of the lines that carry the risk.
fn worst(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(meaning) = report.meaning else { return Ok(()) };
    writeln!(out, "\n{}", inline(&told::summary(meaning)))?;
    let told = told::for_managers(report, meaning);
    if told.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| risk | what | what happens | to test |\n|---|---|---|---|")?;
    for line in told {
        let (title, toward) = (inline(&line.title), inline(&line.toward));
        let toward = if toward.is_empty() { toward } else { format!(" {toward}.") };
        writeln!(
            out,
            "| {} {} | {title} | {}{toward} | {} |",
            line.band,
            line.points,
            inline(&line.consequence),
            inline(&line.test)
        )?;
    }
    Ok(())
}

fn hidden(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for line in report.hidden_lines() {
        writeln!(out, "- {}", inline(&line))?;
    }
    Ok(())
}

fn row(report: &Report<'_>, names: &[String], row: RowId, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let path = comparison.path(row).to_string();
    write!(out, "| {} | {} |", inline(&comparison.relation(row).sign().to_string()), inline(&text::escape(&path)))?;
    for value in values::short(comparison, row) {
        write!(out, " {} |", inline(&value))?;
    }
    let note = report.note(names, row);
    writeln!(out, " {} |", inline(&note))
}

/// Text that stands in a table cell as it is: no markup, no link, no mention of a user, no new cell.
pub(super) fn inline(safe: &str) -> String {
    let mut out = String::with_capacity(safe.len() + 8);
    for c in safe.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\n' => out.push_str("<br>"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // A bare address would become a link.
    out.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}
