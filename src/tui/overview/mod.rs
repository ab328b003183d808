//! Areas by snapshots: what a manager is shown. The figures are those of `report::overview`; here they are drawn and
//! walked through.

mod cell;
mod view;

pub use view::{draw, text};

use super::keys::Action;
use crate::compare::RowId;
use crate::meaning::Stakes;
use crate::model::Path;
use crate::report::overview::Overview;

/// The state of the screen: what is selected.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The selected line: an area, then the causes.
    at: usize,
    /// The marked column, once one was marked.
    column: Option<usize>,
}

/// What a line of the list stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Area(usize),
    Cause(usize),
}

impl Sight {
    /// The marked column: at first the first that is not the reference.
    pub fn column(&self, overview: &Overview) -> usize {
        let first = usize::from(overview.reference == 0);
        self.column.unwrap_or(first).min(overview.totals.len().saturating_sub(1))
    }

    fn line(&self, overview: &Overview) -> Option<Line> {
        lines(overview).nth(self.at)
    }

    /// Where Enter leads: the row of the selected area, or the first difference of the selected cause.
    pub fn target(&self, overview: &Overview) -> Option<RowId> {
        match self.line(overview)? {
            Line::Area(at) => overview.areas.get(at).map(|area| area.row),
            Line::Cause(at) => overview.causes.get(at).map(|cause| cause.row),
        }
    }

    /// The first difference of the selected cause, if one is selected.
    pub fn cause(&self, overview: &Overview) -> Option<RowId> {
        let Line::Cause(at) = self.line(overview)? else { return None };
        overview.causes.get(at).map(|cause| cause.row)
    }

    /// Selects the area that a path stands in.
    pub fn select(&mut self, path: &Path, overview: &Overview) {
        let area = path.segments().first();
        if let Some(at) = area.and_then(|name| overview.areas.iter().position(|area| area.name == *name)) {
            self.at = at;
        }
    }

    /// The worst difference of the marked column in the selected area; the farthest one as long as none was judged.
    pub fn worst(&self, overview: &Overview, stakes: Option<&Stakes>) -> Option<RowId> {
        let Line::Area(at) = self.line(overview)? else { return None };
        let (area, side) = (overview.areas.get(at)?, self.column(overview));
        match stakes.and_then(|stakes| stakes.area(area.row, side)?.worst) {
            Some(worst) => Some(worst.row),
            None => area.sides.get(side)?.worst.as_ref().map(|worst| worst.row),
        }
    }

    /// Does what a key says, if it is a movement; `false` if it is none.
    pub fn act(&mut self, action: Action, overview: &Overview) -> bool {
        let last = lines(overview).count().saturating_sub(1);
        let columns = overview.totals.len();
        let column = self.column(overview);
        match action {
            Action::Down | Action::NextStop | Action::NextDifference => self.at = (self.at + 1).min(last),
            Action::Up | Action::PreviousStop | Action::PreviousDifference => self.at = self.at.saturating_sub(1),
            Action::PageDown | Action::HalfDown => self.at = (self.at + 10).min(last),
            Action::PageUp | Action::HalfUp => self.at = self.at.saturating_sub(10),
            Action::First => self.at = 0,
            Action::Last => self.at = last,
            Action::NextColumn => self.column = Some((column + 1).min(columns.saturating_sub(1))),
            Action::PreviousColumn => self.column = Some(column.saturating_sub(1)),
            _ => return false,
        }
        true
    }
}

fn lines(overview: &Overview) -> impl Iterator<Item = Line> + '_ {
    (0..overview.areas.len()).map(Line::Area).chain((0..overview.causes.len()).map(Line::Cause))
}

#[cfg(test)]
mod tests;
