//! The walk through what a gate asks: the list of items, the marks that were made, and what comes of it if it were left
//! now. A mark is shown once it is on the disk; the selection goes on at once.

mod act;
mod bench;
mod note;
pub mod resume;
pub mod scribe;
mod view;

pub use act::{act, answered, confirm, finish, gutter, leave, reveal, reviewed_to_here, toggle_done};
pub use bench::benched;
pub use view::{draw, sides};

use super::keys::Action;
use crate::assess::Bench;
use crate::base::cancel::Cancel;
use crate::compare::RowId;
use crate::review::{Board, Item, Journal, Marks, Seen, Status};
use ratatui::layout::Size;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many rows are marked as a branch without asking.
const UNASKED: usize = 20;

/// What is asked before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proposal {
    /// To leave although something is open.
    Leave,
    /// To mark these rows as reviewed.
    Rows(Vec<RowId>),
}

/// One line of the list.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    row: RowId,
    /// What the gate asks; none for what somebody flagged besides.
    item: Option<&'a Item>,
    seen: Seen,
}

/// The state of a review.
#[derive(Debug)]
pub struct Review {
    board: Arc<Board>,
    /// What the board was laid out from.
    bench: Bench,
    /// Whether it is of a commit: what is accepted now is not in it.
    pub is_of_commit: bool,
    journal: Journal,
    marks: Marks,
    status: Status,
    /// What it is called.
    pub session: String,
    /// Who decides.
    pub reviewer: String,
    /// When the last decision was written.
    saved: Option<String>,
    /// The paths of decisions that are not written yet.
    waiting: BTreeMap<String, usize>,
    /// The selected line.
    at: usize,
    /// The first line that is shown, among those that are listed.
    top: usize,
    height: usize,
    /// Whether what needs nothing more is left out.
    hides_done: bool,
    proposal: Option<Proposal>,
}

/// What a review opens with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the gate asks.
    pub board: Arc<Board>,
    /// What that was laid out from.
    pub bench: Bench,
    /// Whether the policy and what is accepted are those of a commit, which nobody edits.
    pub is_of_commit: bool,
    /// What was decided so far.
    pub journal: Journal,
    /// Who writes, and where.
    pub desk: scribe::Desk,
    /// What it is called.
    pub session: String,
}

impl Review {
    /// A review as it opens: the first item that is open is selected.
    pub fn new(setup: &Setup) -> Self {
        let Setup { board, bench, is_of_commit, journal, desk, session } = setup.clone();
        let marks = journal.marks();
        let mut review = Self {
            status: status(&board, &marks),
            board,
            bench,
            is_of_commit,
            journal,
            marks,
            session,
            reviewer: desk.reviewer,
            saved: None,
            waiting: BTreeMap::new(),
            at: 0,
            top: 0,
            height: 1,
            hides_done: false,
            proposal: None,
        };
        review.at = review.next_open(None, true).unwrap_or(0);
        review
    }

    /// What the gate asks.
    pub fn board(&self) -> &Arc<Board> {
        &self.board
    }

    /// How everything stands.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether decisions are on their way to the disk.
    pub fn is_saving(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// How many lines the list has.
    fn len(&self) -> usize {
        self.board.items.len() + self.flagged().count()
    }

    /// What somebody flagged although the gate does not ask about it.
    fn flagged(&self) -> impl Iterator<Item = RowId> {
        self.status.others.iter().filter(|(_, seen)| *seen == Seen::Flagged).map(|(row, _)| *row)
    }

    fn line(&self, at: usize) -> Option<Line<'_>> {
        match self.board.items.get(at) {
            Some(item) => Some(Line { row: item.row, item: Some(item), seen: *self.status.seen.get(at)? }),
            None => {
                let row = self.flagged().nth(at - self.board.items.len())?;
                Some(Line { row, item: None, seen: Seen::Flagged })
            }
        }
    }

    /// Whether nothing more is to be decided at a line.
    fn is_done(&self, at: usize) -> bool {
        self.line(at).is_none_or(|line| line.item.is_none_or(|item| item.is_done(line.seen)))
    }

    /// Whether a decision is still to be made at a line.
    fn is_open(&self, at: usize) -> bool {
        self.board
            .items
            .get(at)
            .is_some_and(|item| item.is_asked() && !self.is_done(at) && !self.waiting.contains_key(&item.path))
    }

    /// The lines that are listed, by place.
    fn listed(&self) -> Vec<usize> {
        (0..self.len()).filter(|at| !self.hides_done || *at == self.at || !self.is_done(*at)).collect()
    }

    /// The open line after a place, or before it, around the end; from the start for no place.
    fn next_open(&self, from: Option<usize>, forward: bool) -> Option<usize> {
        let len = self.board.items.len();
        let start = from.map_or(0, |at| if forward { at + 1 } else { at + len.saturating_sub(1) });
        let step = |by: usize| if forward { (start + by) % len } else { (start + len - by % len) % len };
        (0..len).map(step).find(|at| self.is_open(*at))
    }

    /// Gives the list the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.height = view::list_height(size);
        self.follow();
    }

    fn follow(&mut self) {
        let listed = self.listed();
        let place = listed.iter().position(|at| *at == self.at).unwrap_or(0);
        self.top = self.top.min(place).max((place + 1).saturating_sub(self.height.max(1)));
        self.top = self.top.min(listed.len().saturating_sub(self.height));
    }

    /// Selects the line of a row, if there is one.
    pub fn select(&mut self, row: RowId) {
        if let Some(at) = self.board.at(row) {
            self.at = at;
            self.follow();
        }
    }

    /// The selected row, if it is one of the comparison.
    pub fn row(&self) -> Option<RowId> {
        self.line(self.at).filter(|line| line.item.is_none_or(|item| item.is_row)).map(|line| line.row)
    }

    /// Does what a key says, if it is a movement; words for the status line if it is one.
    fn walk(&mut self, action: Action) -> Option<&'static str> {
        let page = isize::try_from(self.height).unwrap_or(1).max(2) - 1;
        let by = match action {
            Action::Down | Action::NextDifference => 1,
            Action::Up | Action::PreviousDifference => -1,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::HalfDown => page / 2,
            Action::HalfUp => -(page / 2),
            Action::First => isize::MIN,
            Action::Last => isize::MAX,
            Action::NextStop | Action::PreviousStop | Action::NextOpen | Action::PreviousOpen => {
                let forward = matches!(action, Action::NextStop | Action::NextOpen);
                let Some(next) = self.next_open(Some(self.at), forward) else {
                    return Some("nothing is open");
                };
                let wraps = if forward { next <= self.at } else { next >= self.at };
                self.at = next;
                self.follow();
                return Some(match (wraps, forward) {
                    (true, true) => "wrapped to the first",
                    (true, false) => "wrapped to the last",
                    (false, _) => "",
                });
            }
            _ => return None,
        };
        let listed = self.listed();
        let place = listed.iter().position(|at| *at == self.at).unwrap_or(0);
        let place = place.saturating_add_signed(by).min(listed.len().saturating_sub(1));
        self.at = listed.get(place).copied().unwrap_or(0);
        self.follow();
        Some("")
    }
}

fn status(board: &Board, marks: &Marks) -> Status {
    // A flag that nobody sets cancels nothing.
    loop {
        if let Some(status) = board.status(marks, &Cancel::new()) {
            return status;
        }
    }
}

#[cfg(test)]
mod tests;
