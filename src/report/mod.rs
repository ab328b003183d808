//! Floor 2: documents made of a comparison. Pure: the same input gives the same bytes.

mod csv;
mod json;
mod markdown;
mod text;

use crate::base::text::escape;
use crate::compare::{Cell, Comparison, RowId};
use std::io::{self, Write};

/// What is written: a comparison and the rows of it that are shown.
pub struct Report<'a> {
    /// All rows, shown or not.
    pub comparison: &'a Comparison,
    /// The rows to show, by path.
    pub rows: &'a [RowId],
    /// Divergences that the filter leaves out: hidden is counted.
    pub hidden: usize,
    /// The filter as typed, if there is one.
    pub filter: Option<&'a str>,
    /// Whether to write colours, for a terminal.
    pub colour: bool,
}

/// The formats that a comparison is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal or a mail, 80 columns.
    Text,
    /// `driftglass-comparison/1`.
    Json,
    /// RFC 4180.
    Csv,
    /// For a pull request or a wiki.
    Markdown,
}

/// One entry: name, what it is for, how it is written.
type Writer = fn(&Report<'_>, &mut dyn Write) -> io::Result<()>;

/// All formats. A new one is a file here and a line in this table.
pub const FORMATS: [(Format, &str, Writer); 4] = [
    (Format::Text, "text", text::write),
    (Format::Json, "json", json::write),
    (Format::Csv, "csv", csv::write),
    (Format::Markdown, "markdown", markdown::write),
];

/// Writes a report.
///
/// # Errors
/// Only those of `out`.
pub fn write(format: Format, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (_, _, writer) = FORMATS.iter().find(|(f, ..)| *f == format).unwrap_or(&FORMATS[0]);
    writer(report, out)
}

impl Report<'_> {
    fn labels(&self) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
        self.comparison.sides().iter().map(|side| escape(side.label()))
    }

    /// The two sides that a change is told of: the first side that is not the reference, and the reference.
    fn pair(&self) -> (usize, usize) {
        pair(self.comparison)
    }

    /// The change of a row in words; for more than two sides, of the pair.
    fn words(&self, row: RowId) -> String {
        let (left, right) = self.pair();
        let comparison = self.comparison;
        let label = |side: usize| comparison.sides()[side].label();
        let words = comparison.change(row, left, right).map(|change| change.words(label(left), label(right)));
        let words = words.filter(|_| comparison.class(row, left) != comparison.class(row, right)).unwrap_or_default();
        escape(&words).into_owned()
    }
}

/// The two sides of a comparison that stand for it where only two fit: in the order given, the reference among them.
pub fn pair(comparison: &Comparison) -> (usize, usize) {
    let reference = comparison.reference();
    let other = (0..comparison.sides().len()).find(|side| *side != reference).unwrap_or(reference);
    (other.min(reference), other.max(reference))
}

/// A cell in words that keep absent, empty, null, unread and redacted apart; display form.
pub fn cell_text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Value(value) => escape(&value.plain()).into_owned(),
        Cell::Redacted(crate::model::value::Redacted::Opaque) => "[redacted]".to_owned(),
        Cell::Redacted(crate::model::value::Redacted::Keyed { hash, .. }) => {
            format!("[redacted #{}]", hash.get(..8).unwrap_or(hash))
        }
        Cell::Missing => "(absent)".to_owned(),
        Cell::Problem(why) | Cell::NotCollected(why) => format!("({})", escape(why)),
    }
}
