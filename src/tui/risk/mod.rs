//! What is to be read, worst first: one line a cause or difference, with its points and the share of all risk down to
//! it. The figures are those of `meaning`; here they are drawn and walked through.

mod view;

pub use view::{draw, role, text};

use super::keys::Action;
use crate::compare::RowId;
use crate::meaning::Ranking;
use ratatui::layout::Size;

/// Lines that are not rows: title, order, heads, rule, preview, status, hints.
const AROUND: u16 = 11;

/// The state of the screen: what is selected, and what is in view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worst {
    at: usize,
    top: usize,
    height: usize,
}

impl Worst {
    /// Gives the list the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.height = usize::from(size.height.saturating_sub(AROUND)).max(1);
        self.show();
    }

    /// The selected line.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The row that carries the risk of the selected line.
    pub fn row(&self, open: &Ranking) -> Option<RowId> {
        open.lines().get(self.at).map(|line| line.worst)
    }

    /// Takes note of another list; of a first one with the row that is selected elsewhere.
    pub fn judged(&mut self, open: &Ranking, selected: Option<RowId>) {
        match selected {
            Some(row) => self.select(row, open),
            None => {
                // The next line takes the place of one that was accepted.
                self.at = self.at.min(open.lines().len().saturating_sub(1));
                self.show();
            }
        }
    }

    /// Selects the line that a row belongs to.
    pub fn select(&mut self, row: RowId, open: &Ranking) {
        if let Some(at) = open.of(row) {
            self.at = at;
        }
        self.show();
    }

    /// Does what a key says, if it is a movement; `false` if it is none.
    pub fn act(&mut self, action: Action, open: &Ranking) -> bool {
        let last = open.lines().len().saturating_sub(1);
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
        self.show();
        true
    }

    fn show(&mut self) {
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(self.height.max(1)));
    }
}

#[cfg(test)]
mod tests;
