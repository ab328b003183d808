//! Floor 2: documents made of a comparison. Pure: the same input gives the same bytes.

mod counts;
pub mod coverage;
mod csv;
mod gate;
mod head;
pub mod history;
mod html;
mod json;
mod junit;
mod markdown;
pub mod overview;
pub mod past;
mod patch;
mod policy;
pub mod rehearsal;
mod review;
mod sarif;
mod text;
mod told;
mod values;

use crate::base::text::escape;
use crate::cause::Cause;
use crate::compare::change::Change;
use crate::compare::{Comparison, RowId, State, Tally, short_name};
use crate::escape::Escape;
use crate::meaning::Meaning;
use crate::model::Value;
use crate::risk::{Band, Bands, Finding, Says};
use past::Moment;
use std::cmp::Reverse;
use std::io::{self, Write};

pub use crate::compare::names_of;
pub use gate::{CHECK_FORMATS, Check, pair_of, write_check, write_stopped};
pub use html::MOST_ROWS;
pub use json::printable;
pub use policy::Ruled;
pub use review::{REVIEW_FORMATS, Record, write_review};
pub use values::cell_text;

/// What is written: a comparison and the rows of it that are shown.
pub struct Report<'a> {
    /// All rows, shown or not.
    pub comparison: &'a Comparison,
    /// What the divergences mean, where that has been judged.
    pub meaning: Option<&'a Meaning>,
    /// The rows to show, by path.
    pub rows: &'a [RowId],
    /// Divergences that the filter leaves out: hidden is counted.
    pub hidden: usize,
    /// The filter as typed, if there is one.
    pub filter: Option<&'a str>,
    /// Whether to write colours, for a terminal.
    pub colour: bool,
    /// Cells that a line of text may take.
    pub width: usize,
    /// How the rows stand to the policy, if there is one.
    pub ruled: Option<Ruled<'a>>,
    /// The most rows of one area that a page for people shows; the rest is counted.
    pub most: usize,
    /// Whom a document is for.
    pub audience: Audience,
    /// What past incidents say, where there is a list of them.
    pub escape: Option<&'a Escape>,
    /// What earlier captures of the same environments risked, oldest first.
    pub trend: &'a [Moment],
    /// Whether a document for people lists the rows; without, it is what matters and what they come from.
    pub lists_rows: bool,
}

/// Whom a document is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// People who act on it: every path.
    #[default]
    Engineer,
    /// People who decide on it: a page in plain words.
    Manager,
}

/// The width where no terminal tells another: a mail, a file.
pub const WIDTH: usize = 80;

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
    /// For people without the program.
    Html,
    /// Test cases, for CI.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// RFC 6902: what makes the other snapshot's facts those of the target.
    JsonPatch,
}

/// One entry: name, what it is for, how it is written.
type Writer = fn(&Report<'_>, &mut dyn Write) -> io::Result<()>;

/// All formats. A new one is a file here and a line in this table.
pub const FORMATS: [(Format, &str, Writer); 8] = [
    (Format::Text, "text", text::write),
    (Format::Json, "json", json::write),
    (Format::Csv, "csv", csv::write),
    (Format::Markdown, "markdown", markdown::write),
    (Format::Html, "html", html::write),
    (Format::Junit, "junit", junit::write),
    (Format::Sarif, "sarif", sarif::write),
    (Format::JsonPatch, "json-patch", patch::write),
];

/// The format of this name.
pub fn format_named(name: &str) -> Option<Format> {
    FORMATS.iter().find(|(_, known, _)| *known == name).map(|(format, ..)| *format)
}

/// The format of files whose names end so: `csv`, `md`.
pub fn format_of_ending(ending: &str) -> Option<Format> {
    match ending.to_ascii_lowercase().as_str() {
        "txt" => Some(Format::Text),
        "md" => Some(Format::Markdown),
        "htm" => Some(Format::Html),
        "xml" => Some(Format::Junit),
        name => format_named(name),
    }
}

impl Format {
    /// Whether people read it, and not programs: it can be a page for those who decide, and short.
    pub fn is_for_people(self) -> bool {
        matches!(self, Format::Text | Format::Markdown | Format::Html)
    }

    /// Whether it tells how the risk has gone.
    pub fn tells_trend(self) -> bool {
        self.is_for_people() || self == Format::Json
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, ..)| *format == self).map_or("", |(_, name, _)| name)
    }
}

/// Writes a report.
///
/// # Errors
/// Only those of `out`.
pub fn write(format: Format, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (_, _, writer) = FORMATS.iter().find(|(f, ..)| *f == format).unwrap_or(&FORMATS[0]);
    writer(report, out)
}

impl<'a> Report<'a> {
    /// Some rows of a comparison, in path order, without a filter.
    pub fn new(comparison: &'a Comparison, rows: &'a [RowId]) -> Self {
        Self {
            comparison,
            meaning: None,
            rows,
            hidden: 0,
            filter: None,
            colour: false,
            width: WIDTH,
            ruled: None,
            most: html::MOST_ROWS,
            audience: Audience::default(),
            escape: None,
            trend: &[],
            lists_rows: true,
        }
    }

    /// The cause that a row belongs to.
    fn cause(&self, row: RowId) -> Option<&'a Cause> {
        let causes = &self.meaning?.causes;
        causes.all().get(causes.of(row)?)
    }
}

impl Report<'_> {
    /// See [`names_of`].
    fn names(&self) -> Vec<String> {
        names_of(self.comparison)
    }

    /// Whether a row is a difference, or a finding that is none.
    fn is_finding(&self, row: RowId) -> bool {
        self.comparison.state(row).is_found() || self.judged(row).is_some()
    }

    /// The worst that is found at a row, and what that says.
    fn judged(&self, row: RowId) -> Option<(&Finding, Says<'_>)> {
        let risks = &self.meaning?.risks;
        let finding = risks.worst(row)?;
        Some((finding, risks.says(finding)))
    }

    /// What the rule of a finding says, whatever the values are.
    fn says_of_any(&self, finding: &Finding) -> Option<Says<'_>> {
        Some(self.meaning?.risks.says_of_any(finding))
    }

    /// The worst band of a row.
    fn band(&self, row: RowId) -> Option<Band> {
        Some(self.judged(row)?.0.score.band().0)
    }

    /// Rows by what they risk, worst first; those that risk the same in the order of the tree.
    fn worst_first(&self, rows: &[RowId]) -> Vec<RowId> {
        let weight = |row: RowId| {
            let (finding, says) = self.judged(row)?;
            let is_silent = says.impact.is_silent();
            Some((finding.score.band().0, finding.score.total(), is_silent, Reverse(says.grade)))
        };
        let mut keyed: Vec<_> = rows.iter().map(|row| (Reverse(weight(*row)), *row)).collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    /// What the direction of a finding means for what tests tell, in a sentence; empty where nothing is known.
    fn toward(&self, finding: &Finding) -> String {
        let Some(meaning) = self.meaning else { return String::new() };
        let harm = meaning.risks.says(finding).harm;
        let name = |side| short_name(self.comparison, side);
        escape(&finding.stands(harm, &name(finding.side), &name(self.comparison.reference()))).into_owned()
    }

    /// What happens where a difference strikes, in display form; empty for what only a default speaks of.
    fn happens(&self, finding: &Finding) -> String {
        let Some(meaning) = self.meaning else { return String::new() };
        let test = short_name(self.comparison, finding.side);
        escape(&finding.happens(&meaning.risks.says(finding).consequence, &test)).into_owned()
    }

    /// How a row differs, and between which two sides: the pair where its values differ, else the reference and the
    /// first side with another value. `None` where there are no two values to compare.
    fn change(&self, row: RowId) -> Option<(usize, usize, Change)> {
        let comparison = self.comparison;
        // Marks under different keys differ and say nothing.
        if comparison.state(row) == State::Redacted {
            return None;
        }
        let class = |side: usize| comparison.class(row, side);
        let differ =
            |left: usize, right: usize| class(left).is_some() && class(right).is_some() && class(left) != class(right);
        let reference = comparison.reference();
        let others = (0..comparison.sides().len()).filter(|side| differ(*side, reference));
        let (left, right) = std::iter::once(comparison.pair())
            .chain(others.map(|side| (side.min(reference), side.max(reference))))
            .find(|(left, right)| differ(*left, *right))?;
        Some((left, right, comparison.change(row, left, right)?))
    }

    /// What is to be said of a row besides its values, in display form: how they differ, and the state where the sign
    /// does not tell it.
    fn note(&self, names: &[String], row: RowId) -> String {
        let change = self.change(row).map(|(left, right, change)| change.words(&names[left], &names[right]));
        let state = match self.comparison.state(row) {
            State::Volatile => Some("volatile, not counted"),
            State::Identity => Some("identity, differs as it should"),
            State::DuplicateIdentity => Some("identity that two machines share"),
            State::Redacted if self.comparison.has_different_keys() => Some("redacted with different keys"),
            State::Redacted => Some("redacted, cannot be compared"),
            State::Same | State::Changed | State::Missing | State::Unreadable => None,
        };
        let change = change.filter(|words| !words.is_empty());
        let ruled = self.ruled.and_then(|ruled| ruled.words(row));
        let words: Vec<String> = state.map(str::to_owned).into_iter().chain(change).collect();
        let words: Vec<String> = Some(escape(&words.join("; ")).into_owned()).into_iter().chain(ruled).collect();
        words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
    }

    /// A row in a sentence, in display form: what each side says, and how that differs.
    fn told(&self, names: &[String], row: RowId) -> String {
        let shown = values::short(self.comparison, row);
        let name = |side: &usize| names.get(*side).map_or("", String::as_str);
        let said = values::agreeing(self.comparison, row, &shown).into_iter().map(|group| {
            let sides: Vec<&str> = group.iter().map(name).collect();
            let value = group.first().and_then(|first| shown.get(*first)).map_or("", String::as_str);
            format!("{}: {value}", sides.join(", "))
        });
        let said = said.collect::<Vec<_>>().join("; ");
        match self.note(names, row) {
            note if note.is_empty() => said,
            note => format!("{said} ({note})"),
        }
    }

    /// The rows in runs of one area each, with the area's key.
    fn by_area(&self) -> impl Iterator<Item = (&str, &[RowId])> {
        let area = |row: RowId| self.comparison.area(row);
        self.rows.chunk_by(move |a, b| area(*a) == area(*b)).filter_map(move |rows| {
            let first = rows.first()?;
            Some((self.comparison.key(area(*first)), rows))
        })
    }

    /// The rows with their written paths, in byte order of these: the order that every tool can check.
    fn by_written_path(&self) -> Vec<(String, RowId)> {
        let mut rows: Vec<_> = self.rows.iter().map(|row| (self.comparison.path(*row).to_string(), *row)).collect();
        rows.sort();
        rows
    }

    /// That the rows are not listed, and where they are; nothing where they are.
    fn unlisted(&self) -> Option<String> {
        let rows = counted(self.rows.len(), "row");
        (!self.lists_rows).then(|| format!("The short form lists none of the {rows}; without --short they are listed."))
    }

    /// What the filter leaves out, by risk, from medium on: `1 critical, 20 high`.
    fn hidden_by_risk(&self) -> String {
        let Some(meaning) = self.meaning.filter(|_| self.filter.is_some()) else { return String::new() };
        let mut hidden = Bands::default();
        let is_hidden = |row: &RowId| self.comparison.state(*row).is_found() && self.rows.binary_search(row).is_err();
        let rows = meaning.risks.rows().filter(is_hidden).filter_map(|row| self.band(row));
        rows.for_each(|band| hidden.add(band));
        bands_in_words(&hidden, Band::Medium)
    }

    /// What is not listed, a sentence each: hidden is counted.
    fn hidden_lines(&self) -> Vec<String> {
        let tally: Tally = self.comparison.tally(Comparison::TOP);
        let mut lines = Vec::new();
        let quiet = [(tally.same, "same"), (tally.volatile, "volatile"), (tally.identity, "identity")];
        let quiet: Vec<String> = quiet
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{} {what}", grouped(n as usize)))
            .collect();
        if !quiet.is_empty() {
            lines.push(format!("Not counted: {}.", quiet.join(", ")));
        }
        lines.extend(self.policy_lines());
        let unasked = self.comparison.unasked().len();
        if unasked > 0 {
            lines.push(format!("Not known: {} that no side collected.", counted(unasked, "path")));
        }
        if let Some(filter) = self.filter {
            let by_risk = self.hidden_by_risk();
            let among = if by_risk.is_empty() { by_risk } else { format!(", among them {by_risk}") };
            let counts = if self.meaning.is_some() { " Risk, causes and coverage count all rows." } else { "" };
            let hidden = counted(self.hidden, "row");
            lines.push(format!("Filter: {}. {hidden} NOT SHOWN{among}.{counts}", escape(filter)));
        }
        lines.extend(self.rules_changed());
        lines
    }

    /// Which rules of the program a file of the user's switches off or changes: what it hides is told.
    fn rules_changed(&self) -> Option<String> {
        let rules = self.meaning?.risks.rules();
        let named = |ids: Vec<&str>, files: Vec<&str>| {
            let mut files = files;
            files.sort_unstable();
            files.dedup();
            format!("{} (by {})", escape(&ids.join(", ")), escape(&files.join(", ")))
        };
        let mut parts = Vec::new();
        let (off, files): (Vec<&str>, Vec<&str>) =
            rules.switched_off().iter().map(|(id, file)| (id.as_str(), &**file)).unzip();
        if !off.is_empty() {
            parts.push(format!("{} switched off: {}", counted(off.len(), "rule"), named(off, files)));
        }
        let (changed, files): (Vec<&str>, Vec<&str>) = rules.changed().unzip();
        if !changed.is_empty() {
            parts.push(format!("{} changed: {}", counted(changed.len(), "rule"), named(changed, files)));
        }
        (!parts.is_empty()).then(|| format!("Rules of the program: {}.", parts.join("; ")))
    }
}

/// A value that owns its text, on one line and in display form.
fn owned_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::Text(text) => escape(text).into_owned(),
        Value::List(list) if list.is_empty() => "none".to_owned(),
        Value::List(list) => list.iter().map(owned_text).collect::<Vec<_>>().join(", "),
    }
}

/// How many there are of each band, the worst first, down to one: `2 critical, 20 high`; empty where there are none.
fn bands_in_words(bands: &Bands, least: Band) -> String {
    let some = Band::ALL.into_iter().filter(|band| *band >= least && bands.of(*band) > 0);
    let some: Vec<String> = some.map(|band| format!("{} {}", grouped(bands.of(band) as usize), band.word())).collect();
    some.join(", ")
}

/// A number with its digits in groups: `8,344`.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 path`, `2 paths`.
pub(crate) fn counted(n: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(n), if n == 1 { "" } else { "s" })
}
