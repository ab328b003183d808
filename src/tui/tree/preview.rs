//! What is said of the selected row, in words: it never needs a key to be read.

use super::Tree;
use super::cells::{in_full, pair};
use super::kind::Kind;
use crate::base::text::{escape, fit, width};
use crate::compare::{Cell, Comparison, Flags, RowId, State};
use crate::report::counted;
use crate::report::overview::number;
use crate::risk::Band;
use crate::tui::told::Told;
use unicode_segmentation::UnicodeSegmentation;

/// The state of a leaf in words.
pub fn state_words(comparison: &Comparison, row: RowId) -> String {
    let label = |side: usize| comparison.sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let flags = comparison.flags(row);
    let state = comparison.state(row);
    let mut words = match (state, Kind::of(comparison, row)) {
        (State::DuplicateIdentity, _) => "should differ, and does not".to_owned(),
        (State::Identity, _) => "identity: differs, as it should".to_owned(),
        (State::Volatile, _) => "volatile, not counted".to_owned(),
        (State::Redacted, _) if comparison.has_different_keys() => "unknown: redacted with different keys".to_owned(),
        (State::Redacted, _) => "unknown: hidden at capture, not comparable".to_owned(),
        (State::Same, _) if flags.contains(Flags::REDACTED) => "same, values redacted".to_owned(),
        (State::Changed, _) if flags.contains(Flags::REDACTED) => "changed, values redacted".to_owned(),
        (_, Kind::OnlyLeft) => format!("only in {}", label(0)),
        (_, Kind::OnlyRight) => format!("only in {}", label(1)),
        (State::Unreadable, _) => format!("unknown: {}", reason(comparison, row)),
        (other, _) => other.word().to_owned(),
    };
    if flags.contains(Flags::TYPE) {
        words.push_str(&format!(", {} against {}", kind_of(comparison, row, 0), kind_of(comparison, row, 1)));
    }
    if flags.contains(Flags::ORDER) {
        words.push_str(", same elements in other order");
    }
    if flags.contains(Flags::INVISIBLE) {
        words.push_str(" (differs in invisible characters)");
    }
    words
}

fn kind_of(comparison: &Comparison, row: RowId, side: usize) -> &'static str {
    match comparison.cell(row, side) {
        Cell::Value(value) => value.kind(),
        _ => "nothing",
    }
}

/// Why nothing can be said of a leaf.
fn reason(comparison: &Comparison, row: RowId) -> String {
    let why = comparison.cells(row).find_map(|cell| match cell {
        Cell::Problem(text) | Cell::NotCollected(text) => Some(escape(text).into_owned()),
        _ => None,
    });
    why.unwrap_or_default()
}

/// How the selected row stands above the preview.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown {
    /// Its values are to stand above each other.
    pub stacked: bool,
    /// Its values are to stand in full.
    pub wrap: bool,
    /// Its values stand whole in its row: they are not said again.
    pub is_told: bool,
}

/// The lines of the preview, for so many lines of so many cells.
pub fn lines(tree: &Tree, cells: usize, count: usize, shown: &Shown) -> Vec<String> {
    let (comparison, row) = (tree.comparison(), tree.cursor());
    if count == 0 {
        return Vec::new();
    }
    if tree.on_run() {
        return vec![" same on both sides; Space shows each".to_owned()];
    }
    if !comparison.is_leaf(row) {
        return branch(tree, row);
    }
    let told = tree.judgement().map(|judged| Told::of(judged, row, tree.gutter())).unwrap_or_default();
    let mut lines = if shown.wrap {
        in_full_lines(comparison, row, cells, count)
    } else if shown.stacked {
        stacked_lines(comparison, row, cells)
    } else {
        Vec::new()
    };
    if lines.is_empty() && !shown.is_told {
        lines.push(sentence(comparison, row, &told, cells));
    } else {
        lines.push(under_values(comparison, row, &told, cells));
    }
    lines.extend(told.standing.iter().map(|words| format!(" {words}")));
    // That no rule speaks of it is said above; by what it is rated instead stands in the detail.
    lines.extend(told.why.first().filter(|_| told.is_by_rule).map(|words| format!(" {words}")));
    let about = comparison.entry(row).map(|entry| format!(" {}", escape(&entry.about)));
    let sources = sources(comparison, row);
    // What it is comes last where not all has room: who reads a difference knows that first.
    if lines.len() + usize::from(about.is_some()) + usize::from(sources.is_some()) <= count {
        lines.extend(about);
        lines.extend(sources);
    } else {
        lines.extend(sources);
        lines.extend(about);
    }
    lines
}

fn branch(tree: &Tree, row: RowId) -> Vec<String> {
    let comparison = tree.comparison();
    let tally = comparison.tally(row);
    let counts = Kind::ALL.iter().map(|kind| (kind.count(&tally), kind.word())).filter(|(count, _)| *count > 0);
    let words: Vec<_> = counts.map(|(count, word)| format!("{} {word}", number(count))).collect();
    let leaves = counted(tally.leaves as usize, "value");
    let mut lines = vec![format!(" {leaves}: {}", words.join(", "))];
    let bands = tree.meaning().map(|meaning| meaning.risks.tally_in(comparison, row)).unwrap_or_default();
    let rated = Band::ALL.into_iter().filter(|band| bands.of(*band) > 0);
    let rated: Vec<String> = rated.map(|band| format!("{} {}", number(bands.of(band)), band.word())).collect();
    if !rated.is_empty() {
        lines.push(format!(" risk: {}", rated.join(", ")));
    }
    lines.extend(comparison.entry(row).map(|entry| format!(" {}", escape(&entry.about))));
    lines
}

/// State, risk and how the values differ, where the values themselves stand above. What has no room is left out whole.
fn under_values(comparison: &Comparison, row: RowId, told: &Told, cells: usize) -> String {
    let label = |side: usize| comparison.sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let change = change_words(comparison, row, &label(0), &label(1)).unwrap_or_default();
    let mut line = format!(" {}", state_words(comparison, row));
    for part in [told.risk.as_str(), told.review, &change].into_iter().filter(|part| !part.is_empty()) {
        if width(&line) + 2 + width(part) <= cells {
            line.push_str(", ");
            line.push_str(part);
        }
    }
    line
}

/// State, risk and both values in one line, each value cut around the difference.
fn sentence(comparison: &Comparison, row: RowId, told: &Told, cells: usize) -> String {
    let mut words = state_words(comparison, row);
    let marks = told.marks();
    if !marks.is_empty() {
        words = format!("{words}, {marks}");
    }
    let label = |side: usize| comparison.sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let (left, right) = (label(0), label(1));
    let pair = pair(comparison, row);
    let whole = format!(" {words}. {left} {} -> {right} {}", pair.left, pair.right);
    let change = change_words(comparison, row, &left, &right).map(|words| format!("  ({words})")).unwrap_or_default();
    if width(&whole) + width(&change) <= cells {
        return whole + &change;
    }
    // The heads of the columns name the sides.
    let brief = format!(" {words}. {} -> {}", pair.left, pair.right);
    if width(&brief) + width(&change) <= cells {
        return brief + &change;
    }
    let room = cells.saturating_sub(width(&words) + 7) / 2;
    let (a, b) = pair.anchored(room.max(8));
    format!(" {words}. {} -> {}", a.text.trim_end(), b.text.trim_end())
}

/// How the values differ, in terms of what they are: `32x lower in production`.
fn change_words(comparison: &Comparison, row: RowId, left: &str, right: &str) -> Option<String> {
    let told = comparison.flags(row);
    // Of these the state says it already.
    let is_said = [Flags::TYPE, Flags::ORDER, Flags::INVISIBLE].into_iter().any(|flag| told.contains(flag));
    if !Kind::of(comparison, row).is_found() || is_said {
        return None;
    }
    let words = comparison.change(row, 0, 1)?.words(left, right);
    (!words.is_empty()).then(|| escape(&words).into_owned())
}

fn stacked_lines(comparison: &Comparison, row: RowId, cells: usize) -> Vec<String> {
    let labels: Vec<String> =
        comparison.sides().iter().map(|side| fit(&escape(side.label()), 16).into_owned()).collect();
    let column = labels.iter().map(|label| width(label)).max().unwrap_or(0) + 3;
    let room = cells.saturating_sub(column + 8);
    let (left, right) = pair(comparison, row).anchored(room);
    let line = |(i, (label, value)): (usize, (&String, String))| {
        let mark = if i == comparison.reference() { "   (REF)" } else { "" };
        format!(" {label}{}{value}{mark}", " ".repeat(column - 1 - width(label)))
    };
    labels.iter().zip([left.text, right.text]).enumerate().map(line).collect()
}

/// Both values in full, wrapped, each in half of the lines.
fn in_full_lines(comparison: &Comparison, row: RowId, cells: usize, count: usize) -> Vec<String> {
    let each = (count.saturating_sub(1) / 2).max(1);
    let mut out = Vec::new();
    for (i, side) in comparison.sides().iter().enumerate() {
        let text = format!("{}: {}", escape(side.label()), in_full(comparison.cell(row, i)));
        out.extend(wrap_text(&text, cells.saturating_sub(2), each).into_iter().map(|line| format!(" {line}")));
    }
    out
}

/// A text in lines of so many cells; what does not fit ends in `..`.
fn wrap_text(text: &str, cells: usize, count: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let next = width(cluster);
        if used + next > cells.max(2) {
            if lines.len() == count {
                if let Some(last) = lines.last_mut() {
                    *last = format!("{}..", crate::base::text::head(last, cells.saturating_sub(2)));
                }
                break;
            }
            lines.push(String::new());
            used = 0;
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(cluster);
        }
        used += next;
    }
    lines
}

fn sources(comparison: &Comparison, row: RowId) -> Option<String> {
    let source = |(i, side): (usize, &crate::compare::Side)| {
        comparison.source(row, i).map(|source| format!("{} {}", escape(side.label()), escape(source)))
    };
    let sources: Vec<_> = comparison.sides().iter().enumerate().filter_map(source).collect();
    (!sources.is_empty()).then(|| format!(" from: {}", sources.join("   ")))
}
