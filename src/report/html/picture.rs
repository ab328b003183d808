//! The overview as a table: the picture that the explorer draws, in words and bars.

use super::keys;
use crate::base::text::escape;
use crate::compare::{Comparison, Tally};
use crate::report::grouped;
use crate::report::overview::{Measure, Overview};

/// A line of the picture: an area, or all together.
pub(super) struct Place {
    pub name: String,
    pub is_sum: bool,
    pub found: String,
    pub paths: String,
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

/// A branch that holds many differences.
pub(super) struct Group {
    pub path: Vec<String>,
    pub found: String,
    pub share: u32,
}

pub(super) fn places(overview: &Overview, comparison: &Comparison, names: &[String]) -> Vec<Place> {
    let cells = |paths: u32, measures: &[Measure]| -> Vec<Cell> {
        let each = measures.iter().zip(names).enumerate().filter(|(side, _)| *side != overview.reference);
        each.map(|(_, (measure, name))| cell(comparison, name, paths, measure)).collect()
    };
    let mut out: Vec<Place> = Vec::with_capacity(overview.areas.len() + 1);
    for area in &overview.areas {
        out.push(Place {
            name: escape(&area.name).into_owned(),
            is_sum: false,
            found: grouped(area.found as usize),
            paths: grouped(area.paths as usize),
            cells: cells(area.paths, &area.sides),
        });
    }
    let mut all = cells(overview.paths, &overview.totals);
    all.iter_mut().for_each(|cell| cell.worst.clear());
    out.push(Place {
        name: "All areas".to_owned(),
        is_sum: true,
        found: grouped(overview.found as usize),
        paths: grouped(overview.paths as usize),
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
        let percent = share(measure.differ());
        let says = format!("{} differ, {percent} %", grouped(measure.differ() as usize));
        (says, Some(measure.apart.map(share)), parts.join(", "))
    };
    let worst = measure.worst.as_ref().map(|worst| keys(&comparison.path(worst.row))).unwrap_or_default();
    Cell { side: name.to_owned(), says, more, worst, bar }
}

pub(super) fn groups(overview: &Overview, comparison: &Comparison) -> Vec<Group> {
    let tally: Tally = comparison.tally(Comparison::TOP);
    let group = |group: &crate::report::overview::Group| Group {
        path: keys(&comparison.path(group.row)),
        found: grouped(group.found as usize),
        share: (u64::from(group.found) * 100 / u64::from(tally.found().max(1))) as u32,
    };
    overview.groups.iter().map(group).collect()
}
