//! Floor 2: which of the target's values the test environments show. A difference between one test environment and the
//! target is less of a danger when another one has the target's value, or when two have a larger and a smaller number.

mod shown;
#[cfg(test)]
mod tests;

pub use shown::Shown;

use crate::base::cancel::Cancel;
use crate::base::share::percent;
use crate::compare::{Comparison, RowId};
use shown::Seen;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Up to this many environments can be told to show all that another shows.
const NESTED: usize = 128;

/// How many rows go by between two looks at the cancellation.
const STRIDE: usize = 4096;

/// Differences that are one line to a reader: rows with their points, 1 to 100. A line weighs as much as the heaviest
/// of its rows, as they have one origin.
pub type Line = Vec<(RowId, u32)>;

/// How the target's values are covered by the environments that tests run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The side whose values are to be shown.
    pub target: usize,
    /// The sides that tests run on, in order.
    pub environments: Vec<usize>,
    /// All areas together.
    pub all: Share,
    /// By area, in the order of the comparison: the area's row.
    pub areas: Vec<(RowId, Share)>,
    /// What each environment adds, in the order of `environments`.
    pub adds: Vec<Adds>,
    /// What to change first: the change that removes most uncovered risk, then the next.
    pub changes: Vec<Change>,
}

/// How many values are covered, and the risk of those that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Paths on which target and environments all agree.
    pub same: u32,
    /// Values of the target that some environment has, and some other not.
    pub shown: u32,
    /// Numbers of the target between those of two environments.
    pub bracketed: u32,
    /// Values of the target that no environment has.
    pub by_none: u32,
    /// Values that no environment is known to have, and of some nothing is known: uncovered, since unknown is never
    /// same.
    pub unknown: u32,
    /// Paths at which nothing is known of the target itself: neither covered nor uncovered.
    pub unmeasured: u32,
    /// Points of all lines that hold a difference, by the heaviest row of each.
    pub points: u32,
    /// Points of those lines that no environment covers, by the heaviest uncovered row of each.
    pub uncovered: u32,
}

/// What one environment is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adds {
    /// Values of the target that it has, of those on which some side differs.
    pub shows: u32,
    /// Those that no other environment has.
    pub shows_alone: u32,
    /// Points that it would cover if it were the only one.
    pub alone: u32,
    /// Points that would be uncovered without it: what it adds to the others.
    pub marginal: u32,
    /// Another environment that shows all that this one shows, if there is one.
    pub within: Option<usize>,
}

/// One change to one environment: it gets the target's values of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which line: its place in what was given.
    pub line: usize,
    /// The environment that needs the fewest changes for it.
    pub environment: usize,
    /// How many of its values would change.
    pub values: u32,
    /// The uncovered row that weighs most.
    pub worst: RowId,
    /// Points that are covered then.
    pub points: u32,
}

impl Share {
    /// Covered points in percent of all; `None` where nothing is at stake.
    pub fn percent(&self) -> Option<u32> {
        percent(self.points.saturating_sub(self.uncovered), self.points)
    }

    /// Values of the target that no environment is known to show.
    pub fn blind(&self) -> u32 {
        self.by_none + self.unknown
    }

    fn count(&mut self, shown: Shown) {
        match shown {
            Shown::By(_) => self.shown += 1,
            Shown::Bracketed { .. } => self.bracketed += 1,
            Shown::ByNone => self.by_none += 1,
            Shown::Unknown => self.unknown += 1,
            Shown::Unmeasured => self.unmeasured += 1,
        }
    }
}

/// What one environment does for one line: the heaviest of the rows that it does not show, and of those that only it
/// covers.
#[derive(Clone, Copy, Default)]
struct Part {
    unshown: u32,
    unshown_rows: u32,
    essential: u32,
}

impl Coverage {
    /// Measures the coverage of the reference by the sides that are no target. `None` when cancelled, or when every
    /// side is a target.
    pub fn of(comparison: &Comparison, lines: &[Line], cancel: &Cancel) -> Option<Self> {
        let target = comparison.reference();
        let is_test = |side: &usize| *side != target && !comparison.sides()[*side].snapshot.meta.is_target();
        let environments: Vec<usize> = (0..comparison.sides().len()).filter(is_test).collect();
        if environments.is_empty() {
            return None;
        }
        let mut out = Self {
            target,
            adds: vec![Adds::default(); environments.len()],
            environments,
            all: Share::default(),
            areas: Vec::new(),
            changes: Vec::new(),
        };
        out.count_values(comparison, cancel)?;
        let mut areas: BTreeMap<RowId, Share> = out.areas.iter().copied().collect();
        for (at, line) in lines.iter().enumerate() {
            if at.is_multiple_of(STRIDE) && cancel.is_cancelled() {
                return None;
            }
            out.weigh(comparison, at, line, &mut areas);
        }
        for (area, share) in &mut out.areas {
            *share = areas.get(area).copied().unwrap_or(*share);
        }
        out.changes.sort_by_key(|change| (Reverse(change.points), change.line));
        Some(out)
    }

    /// How the target's value of a row is covered.
    pub fn shown(&self, comparison: &Comparison, row: RowId) -> Shown {
        Seen::of(comparison, row, self.target, &self.environments).shown()
    }

    /// The rows beneath a branch with a value that an environment may or may not show.
    pub fn values(comparison: &Comparison, branch: RowId) -> impl Iterator<Item = RowId> + '_ {
        (branch..comparison.end(branch)).filter(|row| shown::counts(comparison, *row))
    }

    /// Counts all values, and what each environment has of them.
    fn count_values(&mut self, comparison: &Comparison, cancel: &Cancel) -> Option<()> {
        // For each environment, those that have shown all that it shows so far, a bit each.
        let mut around = vec![u128::MAX; self.environments.len()];
        for area in comparison.children(Comparison::TOP) {
            let mut share = Share { same: comparison.tally(area).same, ..Share::default() };
            for row in area..comparison.end(area) {
                if (row as usize).is_multiple_of(STRIDE) && cancel.is_cancelled() {
                    return None;
                }
                if !shown::counts(comparison, row) {
                    continue;
                }
                let seen = Seen::of(comparison, row, self.target, &self.environments);
                share.count(seen.shown());
                let mask = seen.by().filter(|at| *at < NESTED).fold(0_u128, |mask, at| mask | 1 << at);
                for at in seen.by() {
                    self.adds[at].shows += 1;
                    self.adds[at].shows_alone += u32::from(seen.count() == 1);
                    around[at] &= mask;
                }
            }
            self.all.add(&share);
            self.areas.push((area, share));
        }
        for (at, around) in around.iter().enumerate().take(NESTED) {
            let other = (0..self.environments.len().min(NESTED)).find(|other| *other != at && around >> other & 1 == 1);
            self.adds[at].within = other.map(|other| self.environments[other]);
        }
        Some(())
    }

    /// Adds the points of one line.
    fn weigh(&mut self, comparison: &Comparison, at: usize, line: &Line, areas: &mut BTreeMap<RowId, Share>) {
        let mut parts = vec![Part::default(); self.environments.len()];
        let mut heaviest: Option<(u32, RowId)> = None;
        let mut uncovered: Option<(u32, RowId)> = None;
        for (row, points) in line {
            if !shown::counts(comparison, *row) {
                continue;
            }
            let seen = Seen::of(comparison, *row, self.target, &self.environments);
            if seen.shown() == Shown::Unmeasured {
                continue;
            }
            let heavier = |than: Option<(u32, RowId)>| than.is_none_or(|(most, _)| *points > most);
            if heavier(heaviest) {
                heaviest = Some((*points, *row));
            }
            if !seen.shown().is_covered() && heavier(uncovered) {
                uncovered = Some((*points, *row));
            }
            for (place, part) in parts.iter_mut().enumerate() {
                if !seen.is_by(place) {
                    part.unshown = part.unshown.max(*points);
                    part.unshown_rows += 1;
                }
                if seen.needs(place) {
                    part.essential = part.essential.max(*points);
                }
            }
        }
        let Some((points, row)) = heaviest else { return };
        let bare = uncovered.map_or(0, |(points, _)| points);
        for (adds, part) in self.adds.iter_mut().zip(&parts) {
            adds.alone += points - part.unshown;
            adds.marginal += part.essential.saturating_sub(bare);
        }
        let mut add = |row: RowId, share: Share| {
            self.all.add(&share);
            if let Some(area) = areas.get_mut(&comparison.area(row)) {
                area.add(&share);
            }
        };
        add(row, Share { points, ..Share::default() });
        let Some((points, worst)) = uncovered else { return };
        // What is uncovered stands in the area of the line's heaviest row, so that no area has more of it than points.
        add(row, Share { uncovered: points, ..Share::default() });
        let nearest = (0..parts.len()).min_by_key(|place| parts[*place].unshown_rows).unwrap_or(0);
        let (environment, values) = (self.environments[nearest], parts[nearest].unshown_rows);
        self.changes.push(Change { line: at, environment, values, worst, points });
    }
}

impl Share {
    fn add(&mut self, other: &Share) {
        self.same += other.same;
        self.shown += other.shown;
        self.bracketed += other.bracketed;
        self.by_none += other.by_none;
        self.unknown += other.unknown;
        self.unmeasured += other.unmeasured;
        self.points += other.points;
        self.uncovered += other.uncovered;
    }
}
