//! Plain text for a terminal or a mail: a sign for every row, values on the row's line where they fit.

mod worst;

use super::{Audience, Report, counted, values};
use crate::base::text::{escape, fit, in_lines, width};
use crate::compare::change::{Line, text_diff};
use crate::compare::{Cell, Relation, RowId};
use crate::model::ValueRef;
use crate::risk::Band;
use std::borrow::Cow;
use std::io::{self, Write};

/// Lines of a text diff that are shown of one value.
const LINES: usize = 12;

/// Lines that are the same, shown around each that differs.
const CONTEXT: usize = 1;

/// The narrowest width that is kept to.
const NARROWEST: usize = 40;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { report, names: report.names(), width: report.width.max(NARROWEST) };
    if report.audience == Audience::Manager {
        return worst::page(report, page.width, out);
    }
    page.header(out)?;
    page.meaning(out)?;
    page.past(out)?;
    page.accepted(out)?;
    page.unmeasured(out)?;
    if report.lists_rows {
        for (area, rows) in report.by_area() {
            writeln!(out, "\n{} ({})", page.paint("1", &escape(area)), rows.len())?;
            for row in rows {
                page.row(*row, out)?;
            }
        }
    }
    let mut last: Vec<String> = report.unlisted().into_iter().chain(report.hidden_lines()).collect();
    last.push(format!("Written by {}.", super::json::TOOL));
    writeln!(out)?;
    last.iter().try_for_each(|line| wrapped(line, page.width, out))
}

struct Page<'a> {
    report: &'a Report<'a>,
    names: Vec<String>,
    width: usize,
}

impl Page<'_> {
    fn header(&self, out: &mut dyn Write) -> io::Result<()> {
        let widest = self.label_width();
        for side in self.report.introductions() {
            let at = match side.captured_at() {
                at if at.is_empty() => "time not known".to_owned(),
                at => at,
            };
            let host = side.host();
            let host = if host.is_empty() { host } else { format!("  host {host}") };
            let tool = side.tool();
            let tool = if tool.is_empty() { tool } else { format!(", by {tool}") };
            let facts = counted(side.snapshot.facts.leaf_count(), "fact");
            let unread = counted(side.snapshot.problems.len(), "problem");
            let known = side.evidence.percent().map(|percent| format!(", evidence {percent} %")).unwrap_or_default();
            let role = if side.is_reference { "  REF" } else { "" };
            let name = padded(&side.name, widest);
            wrapped(&format!("{name}  {at}{host}  {facts}, {unread}{known}{tool}{role}"), self.width, out)?;
        }
        wrapped(&self.report.counts(&self.names), self.width, out)
    }

    /// One row: on one line if it fits, else its values below, cut around what differs.
    fn row(&self, row: RowId, out: &mut dyn Write) -> io::Result<()> {
        let comparison = self.report.comparison;
        let relation = comparison.relation(row);
        let path = comparison.path(row).to_string();
        let path = escape(&path);
        let note = self.report.note(&self.names, row);
        let note = if note.is_empty() { String::new() } else { format!("   ({note})") };
        let band = self.report.band(row);
        let letter = band.map_or(' ', Band::letter).to_string();
        let letter = self.paint(band.map_or("0", worst::code), &letter);
        write!(out, "  {}{letter} {path}", self.paint(colour(relation), &relation.sign().to_string()))?;
        let room = self.width.saturating_sub(5 + width(&path));
        if let Some(lines) = self.lines(row) {
            writeln!(out, "{}{note}", if width(&note) <= room { "" } else { "\n   " })?;
            return self.text(&lines, out);
        }
        let shown = values::cells(comparison, row);
        let whole = match (relation, shown.as_slice()) {
            (Relation::Same, [value, ..]) => Some(format!("  {value}")),
            (_, [left, right]) => Some(format!("  {left} -> {right}")),
            _ => None,
        };
        match whole {
            Some(whole) if width(&whole) + width(&note) <= room => writeln!(out, "{whole}{note}"),
            Some(whole) if width(&whole) <= room => writeln!(out, "{whole}\n   {note}"),
            _ if width(&note) <= room => {
                writeln!(out, "{note}")?;
                self.sides(row, &shown, out)
            }
            _ => {
                writeln!(out, "\n   {note}")?;
                self.sides(row, &shown, out)
            }
        }
    }

    /// The value of every side on a line of its own; sides that agree share one.
    fn sides(&self, row: RowId, shown: &[String], out: &mut dyn Write) -> io::Result<()> {
        let groups = values::agreeing(self.report.comparison, row, shown);
        let name = |group: &[usize]| -> String {
            let same: Vec<&str> = group.iter().map(|side| self.names[*side].as_str()).collect();
            fit(&same.join(", "), self.width / 2).into_owned()
        };
        let widest = groups.iter().map(|group| width(&name(group))).max().unwrap_or(0);
        let anchor = values::common(shown);
        let room = self.width.saturating_sub(8 + widest);
        for group in groups {
            let value = group.first().and_then(|first| shown.get(*first)).map_or("", String::as_str);
            writeln!(out, "      {}  {}", padded(&name(&group), widest), values::around(value, anchor, room))?;
        }
        Ok(())
    }

    /// The diff of a row whose pair of values are texts of several lines.
    fn lines(&self, row: RowId) -> Option<Vec<Line>> {
        let comparison = self.report.comparison;
        if comparison.sides().len() != 2 || comparison.relation(row) == Relation::Same {
            return None;
        }
        match (comparison.cell(row, 0), comparison.cell(row, 1)) {
            (Cell::Value(ValueRef::Text(a)), Cell::Value(ValueRef::Text(b)))
                if a.contains('\n') || b.contains('\n') =>
            {
                Some(text_diff(a, b))
            }
            _ => None,
        }
    }

    /// The lines that differ with a little around them, up to a limit.
    fn text(&self, lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
        let differs = |line: &Line| line.left.is_none() || line.right.is_none();
        let mut last = None;
        let mut written = 0;
        for (at, line) in lines.iter().enumerate() {
            let around = &lines[at.saturating_sub(CONTEXT)..lines.len().min(at + CONTEXT + 1)];
            if !around.iter().any(differs) {
                continue;
            }
            if written == LINES {
                let more = lines[at..].iter().filter(|line| differs(line)).count();
                return writeln!(out, "      .. {} not shown", counted(more, "line"));
            }
            if last.is_some_and(|last| last + 1 != at) {
                writeln!(out, "      ..")?;
            }
            (last, written) = (Some(at), written + 1);
            let (sign, code, number) = match (line.left, line.right) {
                (Some(n), None) => ('<', "36", n),
                (None, Some(n)) => ('>', "35", n),
                (n, _) => (' ', "0", n.unwrap_or_default()),
            };
            let text: String = line.parts.iter().map(|(_, part)| part.as_str()).collect();
            let shown = format!("{sign} {:>4} {}", number + 1, escape(&text));
            let shown = fit(shown.trim_end(), self.width - 6);
            writeln!(out, "      {}", if sign == ' ' { Cow::Borrowed(&*shown) } else { self.paint(code, &shown) })?;
        }
        Ok(())
    }

    /// The cells that names are padded to, so that what follows stands in one column.
    fn label_width(&self) -> usize {
        self.names.iter().map(|name| width(name)).max().unwrap_or(0).min(30)
    }

    /// Text with a colour that repeats what it says.
    fn paint<'t>(&self, code: &str, text: &'t str) -> Cow<'t, str> {
        if self.report.colour { Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m")) } else { Cow::Borrowed(text) }
    }
}

/// A sentence, broken between words, all but the first line a little to the right; a word that is wider than the page
/// is left whole.
pub(super) fn wrapped(sentence: &str, cells: usize, out: &mut dyn Write) -> io::Result<()> {
    broken(sentence, 0, 2, cells, out)
}

/// A sentence, broken between words, all of it from one column on.
fn wrapped_under(sentence: &str, indent: usize, cells: usize, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{:indent$}", "")?;
    broken(sentence, indent, indent, cells, out)
}

fn broken(sentence: &str, first: usize, indent: usize, cells: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", in_lines(sentence, first, indent, cells).join(&format!("\n{:indent$}", "")))
}

fn padded(name: &str, cells: usize) -> String {
    format!("{name}{}", " ".repeat(cells.saturating_sub(width(name))))
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
