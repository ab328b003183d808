//! What the test environments show of the target: by area, what each environment adds, and what to change first. The
//! figures are those of `driftglass coverage`, over all snapshots that are open; each line leads to its rows.

mod view;

pub use view::{draw, text, told};

use super::keys::Action;
use super::whole::Whole;
use crate::assess::Judged;
use crate::compare::RowId;
use crate::coverage::{Coverage, Share};
use crate::model::Path;
use ratatui::layout::Size;
use std::cmp::Reverse;

/// Lines that are not of the list: title, sentences, rule, preview, status, hints.
const AROUND: u16 = 12;

/// The most values that an area unfolds to.
const VALUES: usize = 500;

/// One line that can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An area, by its place.
    Area(usize),
    /// A value of the target in the area that is unfolded.
    Value(RowId),
    /// An environment, by its place.
    Adds(usize),
    /// A change, by its place.
    Change(usize),
}

/// An area that is unfolded, with its values: first what no test meets, and of that first what risks most.
#[derive(Clone, Debug)]
struct Unfolded {
    area: RowId,
    values: Vec<RowId>,
    /// How many more there are.
    more: usize,
}

/// The state of the screen: what is selected, how many lines are in view, which area is unfolded.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    at: usize,
    height: usize,
    unfolded: Option<Unfolded>,
}

/// Where a line leads to: a path in the tree, and the environment that is to stand beside the target there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The environment; `None` where any is as good.
    pub side: Option<usize>,
    /// The target.
    pub target: usize,
    /// Where.
    pub path: Option<Path>,
}

impl Sight {
    /// Gives the list the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.height = usize::from(size.height.saturating_sub(AROUND)).max(1);
    }

    /// All that can be selected, from the top.
    pub(super) fn items(&self, coverage: &Coverage) -> Vec<Item> {
        let mut out = Vec::new();
        let is_at_stake = |share: &Share| share.points > 0 || share.blind() > 0;
        for (at, (row, _)) in coverage.areas.iter().enumerate().filter(|(_, (_, share))| is_at_stake(share)) {
            out.push(Item::Area(at));
            if let Some(unfolded) = self.unfolded.as_ref().filter(|unfolded| unfolded.area == *row) {
                out.extend(unfolded.values.iter().map(|row| Item::Value(*row)));
            }
        }
        out.extend((0..coverage.environments.len()).map(Item::Adds));
        out.extend((0..coverage.changes.len()).map(Item::Change));
        out
    }

    /// The selected line.
    pub(super) fn selected(&self, coverage: &Coverage) -> Option<Item> {
        let items = self.items(coverage);
        items.get(self.at.min(items.len().saturating_sub(1))).copied()
    }

    /// How many values of the area that is unfolded are not listed.
    pub(super) fn more(&self) -> usize {
        self.unfolded.as_ref().map_or(0, |unfolded| unfolded.more)
    }

    /// Takes note that other figures are shown: rows of an earlier comparison mean nothing in another.
    pub fn renew(&mut self) {
        self.unfolded = None;
    }

    /// Selects the area that a path stands in, unless a line of that area is selected.
    pub fn select(&mut self, path: &Path, judged: &Judged) {
        let Some(coverage) = judged.assessment.meaning.coverage.as_ref() else { return };
        let comparison = &judged.assessment.comparison;
        let area = |row: RowId| path.segments().first().is_some_and(|name| comparison.key(row) == name);
        let is_in = |item: &Item| match item {
            Item::Area(at) => coverage.areas.get(*at).is_some_and(|(row, _)| area(*row)),
            Item::Value(row) => area(comparison.area(*row)),
            Item::Adds(_) | Item::Change(_) => false,
        };
        if !self.selected(coverage).as_ref().is_some_and(is_in) {
            self.at = self.items(coverage).iter().position(is_in).unwrap_or(self.at);
        }
    }

    /// Does what a key says, if it is a movement or a fold; `false` if it is neither.
    pub fn act(&mut self, action: Action, judged: &Judged) -> bool {
        let Some(coverage) = judged.assessment.meaning.coverage.as_ref() else { return false };
        if action == Action::Toggle {
            self.toggle(judged, coverage);
            return true;
        }
        let last = self.items(coverage).len().saturating_sub(1);
        let page = self.height.saturating_sub(1).max(1);
        self.at = match action {
            Action::Down | Action::NextStop | Action::NextDifference => self.at + 1,
            Action::Up | Action::PreviousStop | Action::PreviousDifference => self.at.saturating_sub(1),
            Action::PageDown => self.at + page,
            Action::PageUp => self.at.saturating_sub(page),
            Action::HalfDown => self.at + page.div_ceil(2),
            Action::HalfUp => self.at.saturating_sub(page.div_ceil(2)),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// Unfolds the selected area, or folds the one that is unfolded.
    fn toggle(&mut self, judged: &Judged, coverage: &Coverage) {
        let (comparison, risks) = (&judged.assessment.comparison, &judged.assessment.meaning.risks);
        let row_of = |at: usize| coverage.areas.get(at).map(|(row, _)| *row);
        let area = match self.selected(coverage) {
            Some(Item::Area(at)) => row_of(at),
            Some(Item::Value(row)) => Some(comparison.area(row)),
            _ => None,
        };
        let was = self.unfolded.take().map(|unfolded| unfolded.area);
        let Some(area) = area else { return };
        if was != Some(area) {
            let points = |row: RowId| risks.worst(row).map_or(0, |finding| finding.score.total());
            let mut values: Vec<RowId> = Coverage::values(comparison, area).collect();
            values
                .sort_by_cached_key(|row| (coverage.shown(comparison, *row).is_covered(), Reverse(points(*row)), *row));
            let more = values.len().saturating_sub(VALUES);
            values.truncate(VALUES);
            self.unfolded = Some(Unfolded { area, values, more });
        }
        let is_it = |item: &Item| matches!(item, Item::Area(at) if row_of(*at) == Some(area));
        self.at = self.items(coverage).iter().position(is_it).unwrap_or(self.at);
    }

    /// What Enter shows.
    pub fn lead(&self, judged: &Judged) -> Option<Lead> {
        let comparison = &judged.assessment.comparison;
        let coverage = judged.assessment.meaning.coverage.as_ref()?;
        let (side, row) = match self.selected(coverage)? {
            Item::Area(at) => (None, Some(coverage.areas.get(at)?.0)),
            Item::Value(row) => (None, Some(row)),
            Item::Adds(at) => (Some(*coverage.environments.get(at)?), None),
            Item::Change(at) => {
                let change = coverage.changes.get(at)?;
                (Some(change.environment), Some(change.worst))
            }
        };
        Some(Lead { side, target: coverage.target, path: row.map(|row| comparison.path(row)) })
    }
}

/// Why there may be no coverage.
const NO_TESTS: &str = "every snapshot here is a target: there is no test environment that could show it";

/// What is judged of all snapshots, and how the target is covered; words where there is none.
pub(super) fn covered(whole: &Whole) -> Result<(&Judged, &Coverage), &'static str> {
    let judged = whole.judged.as_deref().ok_or("judging what differs between all snapshots ..")?;
    let coverage = judged.assessment.meaning.coverage.as_ref().ok_or(NO_TESTS)?;
    Ok((judged, coverage))
}

#[cfg(test)]
mod tests;
