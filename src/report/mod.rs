//! Floor 2: what a comparison says, as bytes. One model, [`Report`], and a writer for each format; a new format is a
//! file here and an entry of [`FORMATS`].
//!
//! The same input gives the same bytes: nothing here reads a clock, a terminal or the environment.

mod change;
mod csv;
mod json;
mod markdown;
mod text;
mod values;

use crate::compare::change::Change;
use crate::compare::{Comparison, RowId};
use std::collections::HashMap;
use std::io::{self, Write};

pub use json::value as json_value;
pub use values::shown;

/// What every format is written from: a comparison, and which of its rows are listed.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The aligned snapshots; states and counts are read from here, never computed again.
    pub comparison: &'a Comparison,
    /// The leaves that are listed, in the order of the comparison.
    pub rows: Vec<RowId>,
    /// The filter as the user wrote it.
    pub filter: Option<&'a str>,
    /// How many leaves would be listed without the filter.
    pub hidden_by_filter: usize,
    /// Whether rows that are no divergence are listed too.
    pub all: bool,
}

/// How a report for eyes looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Cells a line may take.
    pub width: usize,
    /// Whether signs are coloured; the text is the same without.
    pub color: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { width: 80, color: false }
    }
}

/// One way to write a report.
#[derive(Debug)]
pub struct Format {
    /// Its word on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Writes a report; the only errors are those of the writer it is given.
    pub write: fn(&Report<'_>, Look, &mut dyn Write) -> io::Result<()>,
}

/// Every format, the default first.
pub static FORMATS: &[Format] = &[
    Format { name: "text", about: "for people: 80 columns, a sign for every row", write: text::write },
    Format { name: "json", about: "for programs: one row a line, `driftglass-comparison/1`", write: json::write },
    Format { name: "csv", about: "for spreadsheets: RFC 4180, formulas neutralised", write: csv::write },
    Format { name: "markdown", about: "for pull requests and wikis: a table for every area", write: markdown::write },
];

impl Format {
    /// The format of a name.
    pub fn find(name: &str) -> Option<&'static Format> {
        FORMATS.iter().find(|format| format.name == name)
    }
}

impl Report<'_> {
    /// A name for every side that no other has, raw: the label, with the time of its capture where two agree, with its
    /// position where those agree too.
    pub fn names(&self) -> Vec<String> {
        let label = |at: usize| match self.comparison.sides()[at].label() {
            "" => format!("snapshot {}", at + 1),
            label => label.to_owned(),
        };
        let mut names: Vec<String> = (0..self.comparison.sides().len()).map(label).collect();
        let sides = self.comparison.sides();
        tell_apart(&mut names, |at, name| match sides[at].snapshot.meta.captured_at {
            Some(time) => format!("{name} {time}"),
            None => name.to_owned(),
        });
        tell_apart(&mut names, |at, name| format!("{name} #{}", at + 1));
        names
    }

    /// How a row differs, and between which two sides: the first two of two, else the reference and the first side
    /// whose value is another. `None` where there are no two values to compare.
    pub fn change(&self, row: RowId) -> Option<(usize, usize, Change)> {
        let count = self.comparison.sides().len();
        let class = |side| self.comparison.class(row, side);
        let (left, right) = if count == 2 {
            (0, 1)
        } else {
            let known = class(self.comparison.reference()).map(|_| self.comparison.reference());
            let left = known.or_else(|| (0..count).find(|side| class(*side).is_some()))?;
            (left, (0..count).find(|side| class(*side).is_some_and(|c| Some(c) != class(left)))?)
        };
        if class(left).is_none() || class(left) == class(right) {
            return None;
        }
        Some((left, right, self.comparison.change(row, left, right)?))
    }

    /// How many leaves are not listed because they are no divergence.
    fn quiet(&self) -> usize {
        self.comparison.leaf_count().saturating_sub(self.rows.len() + self.hidden_by_filter)
    }

    /// The rows by written path in byte order, for formats that machines compare.
    fn rows_by_path(&self) -> Vec<(String, RowId)> {
        let mut rows: Vec<_> = self.rows.iter().map(|row| (self.comparison.path(*row).to_string(), *row)).collect();
        rows.sort();
        rows
    }

    /// The rows in runs of one area each, with the area's key.
    fn by_area(&self) -> impl Iterator<Item = (&str, &[RowId])> {
        let area = |row: RowId| self.comparison.area(row);
        self.rows.chunk_by(move |a, b| area(*a) == area(*b)).filter_map(move |rows| {
            let first = rows.first()?;
            Some((self.comparison.key(area(*first)), rows))
        })
    }
}

/// Renames those that share a name.
fn tell_apart(names: &mut [String], rename: impl Fn(usize, &str) -> String) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for name in names.iter() {
        *uses.entry(name.clone()).or_default() += 1;
    }
    for (at, name) in names.iter_mut().enumerate() {
        if uses.get(name).is_some_and(|n| *n > 1) {
            *name = rename(at, name);
        }
    }
}

/// A number with its digits in groups: `8,344`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 path`, `2 paths`.
fn counted(n: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
