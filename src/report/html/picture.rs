//! The overview as a table: the picture that the explorer draws, in words and bars.

use super::keys;
use crate::base::share::percent;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::report::overview::{Measure, Overview};
use crate::report::{Report, bands_in_words, grouped};
use crate::risk::Band;

/// A line of the picture: an area, or all together.
pub(super) struct Place {
    pub name: String,
    pub is_sum: bool,
    /// Whether its rows stand on the page, for a link to lead to.
    pub is_listed: bool,
    pub found: String,
    pub paths: String,
    /// What risks much: `1 critical, 3 high`.
    pub risk: String,
    /// The worst band.
    pub band: &'static str,
    pub cells: Vec<Cell>,
}

/// What is said of one snapshot in one area.
pub(super) struct Cell {
    pub side: String,
    pub says: String,
    pub more: String,
    /// The farthest difference.
    pub worst: Vec<String>,
    /// How much of the area differs, in percent: far apart, different, close.
    pub bar: Option<[f32; 3]>,
}

/// A cause that holds many differences.
pub(super) struct Origin {
    pub title: String,
    pub found: String,
    pub share: u32,
}

pub(super) fn places(overview: &Overview, report: &Report<'_>, names: &[String]) -> Vec<Place> {
    let comparison = report.comparison;
    let cells = |paths: u32, measures: &[Measure]| -> Vec<Cell> {
        let each = measures.iter().zip(names).enumerate().filter(|(side, _)| *side != overview.reference);
        each.map(|(_, (measure, name))| cell(comparison, name, paths, measure)).collect()
    };
    let bands = |row: RowId| report.meaning.map(|meaning| meaning.risks.tally_in(comparison, row)).unwrap_or_default();
    let mut out: Vec<Place> = Vec::with_capacity(overview.areas.len() + 1);
    for area in &overview.areas {
        let bands = bands(area.row);
        out.push(Place {
            name: escape(&area.name).into_owned(),
            is_sum: false,
            is_listed: report.lists_rows && report.rows.iter().any(|row| comparison.area(*row) == area.row),
            found: grouped(area.found as usize),
            paths: grouped(area.paths as usize),
            risk: bands_in_words(&bands, Band::Medium),
            band: bands.worst().map_or("", Band::word),
            cells: cells(area.paths, &area.sides),
        });
    }
    let mut all = cells(overview.paths, &overview.totals);
    all.iter_mut().for_each(|cell| cell.worst.clear());
    let bands = bands(Comparison::TOP);
    out.push(Place {
        name: "All areas".to_owned(),
        is_sum: true,
        is_listed: false,
        found: grouped(overview.found as usize),
        paths: grouped(overview.paths as usize),
        risk: bands_in_words(&bands, Band::Medium),
        band: bands.worst().map_or("", Band::word),
        cells: all,
    });
    out
}

fn cell(comparison: &Comparison, name: &str, paths: u32, measure: &Measure) -> Cell {
    let unknown = (measure.unknown > 0).then(|| format!("{} unknown", grouped(measure.unknown as usize)));
    let (says, bar, more) = if measure.differ() == 0 {
        (
            if unknown.is_some() { "nothing known to differ" } else { "same" }.to_owned(),
            None,
            unknown.unwrap_or_default(),
        )
    } else {
        let words = ["far apart", "different", "close"];
        let parts = measure.apart.iter().zip(words).filter(|(n, _)| **n > 0);
        let mut parts: Vec<String> = parts.map(|(n, word)| format!("{} {word}", grouped(*n as usize))).collect();
        parts.extend(unknown);
        let share = |n: u32| (n as f32 * 1000.0 / paths.max(1) as f32).round() / 10.0;
        let percent = percent(measure.differ(), paths).unwrap_or(0);
        let says = format!("{} differ, {percent} %", grouped(measure.differ() as usize));
        (says, Some(measure.apart.map(share)), parts.join(", "))
    };
    let worst = measure.worst.as_ref().map(|worst| keys(&comparison.path(worst.row))).unwrap_or_default();
    Cell { side: name.to_owned(), says, more, worst, bar }
}

pub(super) fn largest(overview: &Overview) -> Vec<Origin> {
    let origin = |cause: &crate::report::overview::Origin| Origin {
        title: escape(&cause.title).into_owned(),
        found: grouped(cause.found as usize),
        share: percent(cause.found, overview.found).unwrap_or(0),
    };
    overview.causes.iter().map(origin).collect()
}
