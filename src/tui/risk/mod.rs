//! What is to be read, worst first: one line a cause or difference, with its points and the share of all risk down to
//! it. The figures are those of `meaning`; here they are drawn and walked through.

mod view;

pub use view::{draw, style, text};

use super::keys::Action;
use super::list::Lines;
use crate::compare::RowId;
use crate::meaning::Ranking;
use ratatui::layout::Size;

/// Lines that are not rows: title, order, heads, rule, preview, status, hints.
const AROUND: u16 = 11;

/// The state of the screen: what is selected, and what is in view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worst(Lines);

impl Worst {
    /// Gives the list the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.0.resize(size.height.saturating_sub(AROUND));
    }

    /// The selected line.
    pub fn at(&self) -> usize {
        self.0.at()
    }

    /// The first line in view.
    fn top(&self) -> usize {
        self.0.top()
    }

    /// The row that carries the risk of the selected line.
    pub fn row(&self, open: &Ranking) -> Option<RowId> {
        open.lines().get(self.at()).map(|line| line.worst)
    }

    /// Takes note of another list; of a first one with the row that is selected elsewhere.
    pub fn judged(&mut self, open: &Ranking, selected: Option<RowId>) {
        match selected {
            Some(row) => self.select(row, open),
            // The next line takes the place of one that was accepted.
            None => self.0.select(self.at(), open.lines().len()),
        }
    }

    /// Selects the line that a row belongs to.
    pub fn select(&mut self, row: RowId, open: &Ranking) {
        self.0.select(open.of(row).unwrap_or(self.at()), open.lines().len());
    }

    /// Does what a key says, if it is a movement; `false` if it is none.
    pub fn act(&mut self, action: Action, open: &Ranking) -> bool {
        self.0.act(action, open.lines().len())
    }
}

#[cfg(test)]
mod tests;
