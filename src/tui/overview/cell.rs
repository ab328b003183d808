//! What stands in a cell of the overview: how many differ, and the worst of them as words and colour.

use crate::base::text::{escape, fit};
use crate::compare::{Apart, Comparison, RowId};
use crate::meaning::Held;
use crate::report::overview::{Measure, number};
use crate::risk::Band;
use crate::tui::canvas::Canvas;
use crate::tui::theme::Role;
use ratatui::style::Style;

/// The role in which a distance is drawn, as long as nothing was judged; the word says the same.
fn role(apart: Option<Apart>) -> Option<Role> {
    match apart? {
        Apart::Far => Some(Role::Error),
        Apart::Clear => Some(Role::Changed),
        Apart::Slight => Some(Role::Left),
    }
}

/// A cell in text: how many differ, the worst of them and which it is, how many are unknown.
pub fn told(comparison: &Comparison, measure: &Measure, held: Option<&Held>, cells: usize) -> String {
    let unknown = match measure.unknown {
        0 => String::new(),
        unknown => format!("?{}", number(unknown)),
    };
    let count = match measure.differ() {
        0 if measure.unknown > 0 => String::new(),
        0 => "same".to_owned(),
        count => number(count),
    };
    let room = cells.saturating_sub(if unknown.is_empty() { 0 } else { unknown.len() + 1 });
    let text = match held.and_then(|held| held.bands.worst().map(|band| (held, band))) {
        Some((held, band)) => {
            let of_it = held.bands.of(band);
            // What is unknown has its risk too, and no place among those that differ.
            let ways = match (1..=of_it).contains(&measure.differ()) {
                true => vec![format!("{count} {}", band.word())],
                false if count.is_empty() => vec![format!("{} {}", number(of_it), band.word())],
                false => {
                    vec![format!("{count}, {} {}", number(of_it), band.word()), format!("{count} {}", band.brief())]
                }
            };
            let fits = |way: &String| way.len() <= room;
            ways.into_iter().find(fits).unwrap_or_else(|| format!("{count} {}", band.letter()).trim().to_owned())
        }
        None => by_distance(measure, count, cells),
    };
    let mut text = [text, unknown].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let worst = held.and_then(|held| held.worst.map(|worst| worst.row));
    if let Some(row) = worst.or_else(|| measure.worst.as_ref().map(|worst| worst.row))
        && text.len() + 8 < cells
    {
        let name = escape(&leaf_name(comparison, row)).into_owned();
        text = format!("{text}  {}", fit(&name, cells - text.len() - 2));
    }
    text
}

/// How many differ and how far the farthest is, where nothing is judged.
fn by_distance(measure: &Measure, count: String, cells: usize) -> String {
    let far = measure.apart[0];
    match measure.worst.as_ref().map(|worst| worst.apart) {
        None => count,
        Some(Apart::Far) if cells >= 13 && far < measure.differ() => format!("{count}, {} far", number(far)),
        Some(Apart::Far) => format!("{count} far"),
        Some(Apart::Clear) => format!("{count} differ"),
        Some(Apart::Slight) => format!("{count} close"),
    }
}

/// How many there are of each band: `2 critical, 9 high`, `C2 H9`; as many of them, from the worst, as fit.
pub fn bands(held: &Held, cells: usize) -> String {
    let some = || Band::ALL.into_iter().filter(|band| held.bands.of(*band) > 0);
    let words: Vec<String> = some().map(|band| format!("{} {}", number(held.bands.of(band)), band.word())).collect();
    let whole = words.join(", ");
    if whole.len() <= cells {
        return whole;
    }
    let letters: Vec<String> = some()
        .filter(|band| *band > Band::Info)
        .map(|band| format!("{}{}", band.letter(), held.bands.of(band)))
        .collect();
    (1..=letters.len()).rev().map(|n| letters[..n].join(" ")).find(|text| text.len() <= cells).unwrap_or_default()
}

/// The look of a cell: that of its worst difference.
pub fn style(held: Option<&Held>, measure: &Measure, is_reference: bool, canvas: &Canvas<'_>) -> Style {
    if is_reference {
        return Style::default();
    }
    match held.and_then(|held| held.bands.worst()) {
        Some(band) => crate::tui::risk::style(canvas, band),
        None => {
            let role = role(measure.worst.as_ref().map(|worst| worst.apart));
            role.map_or_else(Style::default, |role| canvas.style(role))
        }
    }
}

/// The path of a row without its area, short enough to stand beside a figure.
fn leaf_name(comparison: &Comparison, row: RowId) -> String {
    let path = comparison.path(row);
    let keys = path.segments();
    let from = keys.len().saturating_sub(2).max(1).min(keys.len());
    let from = if keys.last().is_some_and(|key| key.len() > 12) { keys.len().saturating_sub(1) } else { from };
    keys[from..].join(".")
}
