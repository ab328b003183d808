//! Plain text for a terminal or a mail.

use super::{Report, cell_text};
use crate::base::text::{escape, fit, width};
use crate::compare::change::{difference_at, text_diff};
use crate::compare::{Cell, Comparison, Relation, RowId};
use crate::model::ValueRef;
use std::borrow::Cow;
use std::io::{self, Write};

/// Columns that one value may take before it is cut around its first difference.
const WIDEST: usize = 60;

/// Lines of a text diff that are shown of one value.
const LINES: usize = 12;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    header(report, out)?;
    let mut area: Option<RowId> = None;
    for row in report.rows.iter().copied() {
        if area != Some(comparison.area(row)) {
            area = Some(comparison.area(row));
            writeln!(out, "\n{}", paint(report, "1", &escape(comparison.key(comparison.area(row)))))?;
        }
        line(report, row, out)?;
    }
    footer(report, out)
}

fn header(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let widest = report.labels().map(|label| width(&label)).max().unwrap_or(0);
    for (i, side) in comparison.sides().iter().enumerate() {
        let meta = &side.snapshot.meta;
        let label = escape(&meta.label);
        let pad = " ".repeat(widest - width(&label));
        let at = meta.captured_at.map_or(Cow::Borrowed("no time known"), |t| Cow::Owned(t.to_string()));
        let host = meta.host.as_deref().map(|h| format!("  {}", escape(h))).unwrap_or_default();
        let (facts, unread) = (side.snapshot.facts.leaf_count(), side.snapshot.problems.len());
        let role = if i == comparison.reference() { "  REF" } else { "" };
        writeln!(out, "{label}{pad}  {at}{host}  {facts} facts, {unread} problems{role}")?;
    }
    Ok(())
}

/// One row: its sign, its path below the area, its values.
fn line(report: &Report<'_>, row: RowId, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let relation = comparison.relation(row);
    let sign = relation.sign().to_string();
    let path = comparison.path(row).to_string();
    let below = path.split_once('.').map_or(path.as_str(), |(_, below)| below);
    let sign = paint(report, colour(relation), &sign).into_owned();
    let words = report.words(row);
    let words = if words.is_empty() { String::new() } else { format!("   ({words})") };
    let (left, right) = report.pair();
    if comparison.sides().len() > 2 {
        writeln!(out, "  {sign} {}{words}", escape(below))?;
        for (label, cell) in report.labels().zip(comparison.cells(row)) {
            writeln!(out, "        {label}: {}", fit(&cell_text(cell), WIDEST))?;
        }
        return Ok(());
    }
    let (a, b) = (comparison.cell(row, left), comparison.cell(row, right));
    if let (Cell::Value(ValueRef::Text(a)), Cell::Value(ValueRef::Text(b))) = (a, b)
        && (a.contains('\n') || b.contains('\n'))
    {
        writeln!(out, "  {sign} {}{words}", escape(below))?;
        return lines(report, a, b, out);
    }
    let (a, b) = (cell_text(a), cell_text(b));
    if relation == Relation::Same {
        return writeln!(out, "  {sign} {}  {}", escape(below), fit(&a, WIDEST));
    }
    let (a, b) = anchored(&a, &b);
    writeln!(out, "  {sign} {}  {a} -> {b}{words}", escape(below))
}

/// The lines of two texts that differ.
fn lines(report: &Report<'_>, a: &str, b: &str, out: &mut dyn Write) -> io::Result<()> {
    let differing: Vec<_> = text_diff(a, b).into_iter().filter(|l| l.left.is_none() || l.right.is_none()).collect();
    for line in differing.iter().take(LINES) {
        let (sign, code, number) = match (line.left, line.right) {
            (Some(n), _) => ('<', "36", n),
            (None, n) => ('>', "35", n.unwrap_or_default()),
        };
        let text: String = line.parts.iter().map(|(_, part)| part.as_str()).collect();
        let shown = format!("{sign} {:>4} {}", number + 1, fit(&escape(&text), WIDEST));
        writeln!(out, "        {}", paint(report, code, &shown))?;
    }
    if differing.len() > LINES {
        writeln!(out, "        .. {} more lines differ", differing.len() - LINES)?;
    }
    Ok(())
}

/// Two display forms cut so that their first difference is in view; a cut is visible as `..`.
fn anchored(a: &str, b: &str) -> (String, String) {
    let at = difference_at(a, b);
    let cut = |text: &str| {
        if width(text) <= WIDEST || at < WIDEST / 2 {
            return fit(text, WIDEST).into_owned();
        }
        let back = text[..at].char_indices().rev().nth(WIDEST / 3).map_or(0, |(i, _)| i);
        format!("..{}", fit(&text[back..], WIDEST - 2))
    };
    (cut(a), cut(b))
}

fn footer(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tally = report.comparison.tally(Comparison::TOP);
    if !report.rows.is_empty() {
        writeln!(out)?;
    }
    if tally.found() == 0 {
        writeln!(out, "No differences in {} facts.", tally.leaves)?;
    } else {
        let duplicates = match tally.duplicate_identity {
            0 => String::new(),
            n => format!(", {n} duplicate identities"),
        };
        writeln!(
            out,
            "{} differences: ~{} <{} >{} ?{}{duplicates}.",
            tally.found(),
            tally.changed,
            tally.only_left,
            tally.only_right,
            tally.unreadable + tally.redacted
        )?;
    }
    let unasked = report.comparison.unasked().len();
    let unasked = if unasked > 0 { format!(", {unasked} paths that no side collected") } else { String::new() };
    writeln!(
        out,
        "Not counted: {} same, {} volatile, {} identity{unasked}.",
        tally.same, tally.volatile, tally.identity
    )?;
    if let Some(filter) = report.filter {
        writeln!(out, "Filter: {}. {} differences NOT SHOWN.", escape(filter), report.hidden)?;
    }
    Ok(())
}

fn colour(relation: Relation) -> &'static str {
    match relation {
        Relation::Same => "0",
        Relation::Changed => "33",
        Relation::OnlyLeft => "36",
        Relation::OnlyRight => "35",
        Relation::Unknown => "4",
    }
}

/// Text with a colour that repeats what it says.
fn paint<'t>(report: &Report<'_>, code: &str, text: &'t str) -> Cow<'t, str> {
    if report.colour { Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m")) } else { Cow::Borrowed(text) }
}
