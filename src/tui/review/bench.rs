//! What is accepted while a review is open: the board is laid out again, so that the item is done and the verdict another.

use super::{Review, status};
use crate::assess::{Judged, Ruling};
use crate::tui::message::{Benched, Benching, Effect};
use crate::tui::model::Model;
use std::sync::Arc;

impl Review {
    /// How what it walks through was judged.
    pub fn judged(&self) -> &Arc<Judged> {
        &self.bench.judged
    }

    /// Asks for the board to be laid out again; of a commit nothing changes by what is accepted now.
    pub fn rule(&self, ruling: &Arc<Ruling>) -> Option<Effect> {
        if self.is_of_commit {
            return None;
        }
        let (bench, board, journal) = (self.bench.clone(), Arc::clone(&self.board), self.journal.clone());
        Some(Effect::Bench(Box::new(Benching { bench, board, journal, ruling: Arc::clone(ruling) })))
    }

    /// Takes another board, and goes on from a line that is done now to the next that is open.
    fn lay_out(&mut self, benched: Benched) {
        let Benched { bench, board } = benched;
        let was_open = self.is_open(self.at);
        let following: Vec<_> = self.list.iter().skip(self.at + 1).map(|place| self.name(*place)).collect();
        let selected = self.list.get(self.at).map(|place| self.name(*place));
        (self.bench, self.board) = (bench, board);
        self.status = status(&self.board, &self.marks);
        self.lay();
        let place = |name: &(bool, String)| self.list.iter().position(|place| self.name(*place) == *name);
        let same = selected.as_ref().and_then(place);
        let next = following.iter().filter_map(place).find(|at| self.is_open(*at));
        self.at = match was_open && same.is_none_or(|at| self.is_done(at)) {
            true => next.or_else(|| self.next_open(None, true)).or(same),
            false => same,
        }
        .unwrap_or(self.at)
        .min(self.len().saturating_sub(1));
        self.follow();
    }
}

/// The board was laid out again.
pub fn benched(model: &mut Model, benched: Benched) -> Vec<Effect> {
    if let Some(review) = &mut model.review {
        review.lay_out(benched);
    }
    super::gutter(model)
}
