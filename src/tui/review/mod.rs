//! The walk through what a gate asks: the list of items, the marks that were made, and what comes of it if it were left
//! now. A mark is shown once it is on the disk; the selection goes on at once.

mod act;
pub mod begin;
mod bench;
mod list;
mod note;
pub mod plain;
pub mod resume;
pub mod scribe;
mod view;

pub use act::{act, answered, confirm, finish, gutter, leave, reveal, reviewed_to_here, toggle_done};
pub use bench::benched;
pub use view::{draw, sides};

use super::keys::Action;
use super::model::View;
use crate::assess::Bench;
use crate::base::cancel::Cancel;
use crate::compare::RowId;
use crate::review::{Board, Journal, Marks, Status};
use list::Place;
use ratatui::layout::Size;
use std::collections::{BTreeMap, BTreeSet};
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
    /// All lines of the list.
    list: Vec<Place>,
    /// The folds that are open, by key.
    unfolded: BTreeSet<String>,
    /// The selected line.
    at: usize,
    /// The first line that is shown, among those that are listed.
    top: usize,
    height: usize,
    /// Whether what needs nothing more is left out.
    hides_done: bool,
    proposal: Option<Proposal>,
    /// The view in which it was asked for; none where the program was started for it.
    pub origin: Option<View>,
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
            list: Vec::new(),
            unfolded: BTreeSet::new(),
            at: 0,
            top: 0,
            height: 1,
            hides_done: false,
            proposal: None,
            origin: None,
        };
        review.lay();
        review.begin();
        review
    }

    /// Selects the worst that is open, and shows it with what comes before it.
    pub fn begin(&mut self) {
        (self.at, self.top) = (self.next_open(None, true).unwrap_or(0), 0);
        self.follow();
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
