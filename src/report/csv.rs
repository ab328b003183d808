//! RFC 4180 for spreadsheets, one row a path. A cell that a spreadsheet would run as a formula begins with `'`
//! (OWASP, CSV injection); numbers stay numbers.

use super::{Report, values};
use crate::base::text;
use crate::compare::Cell;
use crate::compare::change::Change;
use crate::model::ValueRef;
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let mut csv = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    let names = report.names();
    let mut header: Vec<String> = ["path", "area", "state"].map(str::to_owned).to_vec();
    header.extend(names.iter().map(|name| cell_text(name)));
    header.extend(["change", "distance", "words", "risk", "score", "rule", "cause"].map(str::to_owned));
    header.extend(names.iter().map(|name| cell_text(&format!("source of {name}"))));
    csv.write_record(&header).map_err(plain)?;
    for (path, row) in report.by_written_path() {
        let mut record = vec![
            cell_text(&path),
            cell_text(comparison.key(comparison.area(row))),
            comparison.state(row).word().into(),
        ];
        record.extend(comparison.cells(row).map(cell));
        let change = report.change(row).map(|(.., change)| change);
        record.push(change.as_ref().map(Change::kind).unwrap_or_default().to_owned());
        record.push(change.as_ref().and_then(Change::distance).map(|d| d.word()).unwrap_or_default().to_owned());
        record.push(cell_text(&report.note(&names, row)));
        let finding = report.meaning.and_then(|meaning| Some((meaning, meaning.risks.worst(row)?)));
        record.push(report.band(row).map(|band| band.word().to_owned()).unwrap_or_default());
        record.push(finding.map(|(_, finding)| finding.score.total().to_string()).unwrap_or_default());
        record.push(finding.map(|(meaning, finding)| cell_text(meaning.risks.says(finding).id)).unwrap_or_default());
        record.push(report.cause(row).map(|cause| cell_text(&cause.title)).unwrap_or_default());
        let source = |side| comparison.source(row, side).map_or_else(String::new, cell_text);
        record.extend((0..names.len()).map(source));
        csv.write_record(&record).map_err(plain)?;
    }
    csv.flush()
}

/// The error of the stream itself: a closed pipe must be known as one.
fn plain(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A cell of a side: a number as it is, anything else as safe text.
fn cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Value(ValueRef::Number(n)) => n.to_string(),
        other => cell_text(&values::words(other)),
    }
}

/// Text that no spreadsheet takes for a formula. Line feeds stay; quoting them is the format's own business.
fn cell_text(raw: &str) -> String {
    let safe = text::escape_lines(raw);
    if safe.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']) {
        return format!("'{safe}");
    }
    safe.into_owned()
}
