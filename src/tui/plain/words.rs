//! A difference in one sentence, the most important word first.

use crate::base::text::{escape, escape_lines, fit};
use crate::compare::{Cell, Comparison, Flags, RowId, State};
use crate::history::History;
use crate::model::Path;
use crate::report::history as told;
use crate::tui::tree::cells::in_full;
use crate::tui::tree::preview::state_words;

/// The longest value within a sentence, in cells.
const VALUE: usize = 120;

/// `changed, os.sysctl.net.core.somaxconn: staging 4096, production 128, 32x lower in production.`
pub fn sentence(comparison: &Comparison, row: RowId) -> String {
    let path = escape(&comparison.path(row).to_string()).into_owned();
    let values: Vec<_> = comparison
        .sides()
        .iter()
        .zip(comparison.cells(row))
        .map(|(side, cell)| format!("{} {}", escape(side.label()), fit(&in_full(cell), VALUE)))
        .collect();
    let change = change(comparison, row).map(|words| format!(", {words}")).unwrap_or_default();
    format!("{}, {path}: {}{change}.", state(comparison, row), values.join(", "))
}

/// With two sides, the words of the tree; with more there is no left and right.
fn state(comparison: &Comparison, row: RowId) -> String {
    if comparison.sides().len() == 2 {
        return state_words(comparison, row);
    }
    match comparison.state(row) {
        State::Missing => {
            let lacks = comparison.cells(row).filter(|cell| *cell == Cell::Missing).count();
            format!("missing in {lacks} of {}", comparison.sides().len())
        }
        State::DuplicateIdentity => "should differ, and does not".to_owned(),
        other => other.word().to_owned(),
    }
}

/// How the values differ, between the reference and the first side that does.
fn change(comparison: &Comparison, row: RowId) -> Option<String> {
    let told = comparison.flags(row);
    if comparison.sides().len() == 2 && (told.contains(Flags::TYPE) || told.contains(Flags::ORDER)) {
        // The state says it already.
        return None;
    }
    let reference = comparison.reference();
    let differs = |side: &usize| {
        let (a, b) = (comparison.class(row, *side), comparison.class(row, reference));
        a.is_some() && b.is_some() && a != b
    };
    let side = (0..comparison.sides().len()).find(differs)?;
    let (left, right) = (side.min(reference), side.max(reference));
    let label = |side: usize| comparison.sides().get(side).map_or("", |s| s.label());
    let words = comparison.change(row, left, right)?.words(label(left), label(right));
    (!words.is_empty()).then(|| escape(&words).into_owned())
}

/// All that is known of a difference: what it is, each value in full, where each was read.
pub fn explained(comparison: &Comparison, row: RowId) -> String {
    let mut lines = vec![sentence(comparison, row)];
    match comparison.entry(row) {
        Some(entry) => lines.push(escape(&entry.about).into_owned()),
        None => lines.push("The vocabulary has no words for this fact.".to_owned()),
    }
    for (side, (what, cell)) in comparison.sides().iter().zip(comparison.cells(row)).enumerate() {
        let mark = if side == comparison.reference() { " (the reference)" } else { "" };
        let source = comparison.source(row, side).map(|s| format!(", read from {}", escape(s))).unwrap_or_default();
        let value = match cell {
            Cell::Value(value) => escape_lines(&value.plain()).replace('\t', "\\t"),
            other => in_full(other),
        };
        let gap = if value.contains('\n') { "\n" } else { " " };
        lines.push(format!("{}{mark}{source}:{gap}{value}", escape(what.label())));
    }
    lines.join("\n")
}

/// What became of a path over the snapshots, a sentence a line.
pub(super) fn history(history: &History, path: &Path) -> String {
    let name = escape(&path.to_string()).into_owned();
    if !history.has_past() {
        return "Only one snapshot of each side; a second capture makes a history.".to_owned();
    }
    let Some(row) = history.find(path).and_then(|at| history.rows.get(at)) else {
        return format!("{name}: the same on all {} dates.", history.dates.len());
    };
    let mut said = vec![format!("{name}: {}.", told::course(history, row))];
    for line in told::lines(history, row) {
        let side = history.dates.get(line.date).and_then(|date| date.sides.get(line.side));
        let at = told::moment(side.and_then(|side| side.captured_at));
        let label = history.labels.get(line.side).map_or_else(String::new, |label| escape(label).into_owned());
        let because = if line.evidence.is_empty() { String::new() } else { format!(". {}", line.evidence.join(". ")) };
        said.push(format!("{at}, {label}: {}{because}.", line.words));
    }
    said.push(told::LIMIT.to_owned());
    said.join("\n")
}
