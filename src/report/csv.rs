//! CSV for spreadsheets: RFC 4180, one row a path, formulas made harmless.

use super::{Report, cell_text};
use crate::base::text::escape_lines;
use crate::compare::Cell;
use crate::model::ValueRef;
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    let head = ["path", "area", "state"].map(str::to_owned).into_iter();
    let labels = report.labels().map(|label| harmless(label.into_owned()));
    let tail = ["change", "distance", "words"].map(str::to_owned);
    csv.write_record(head.chain(labels).chain(tail))?;
    let (left, right) = report.pair();
    for row in report.rows.iter().copied() {
        let comparison = report.comparison;
        let path = comparison.path(row);
        let change =
            comparison.change(row, left, right).filter(|_| comparison.class(row, left) != comparison.class(row, right));
        let area = path.segments().first().cloned().unwrap_or_default();
        let mut record = vec![harmless(path.to_string()), harmless(area), comparison.state(row).word().to_owned()];
        record.extend(comparison.cells(row).map(cell));
        record.push(change.as_ref().map(|c| c.kind()).unwrap_or_default().to_owned());
        record.push(change.and_then(|c| c.distance()).map(|d| d.word()).unwrap_or_default().to_owned());
        record.push(harmless(report.words(row)));
        csv.write_record(record)?;
    }
    csv.flush()
}

/// A cell's text; numbers stay numbers, and lines stay lines.
fn cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Value(ValueRef::Number(n)) => n.to_string(),
        Cell::Value(ValueRef::Text(text)) if !text.is_empty() => harmless(escape_lines(text).into_owned()),
        other => harmless(cell_text(other)),
    }
}

/// A text that no spreadsheet takes for a formula: one that begins with a sign of one gets an apostrophe before it.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
