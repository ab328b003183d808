//! The lines of a review: items, those of one cause as one line that opens, and what somebody flagged besides.

use super::Review;
use crate::compare::RowId;
use crate::review::{Fold, Item, Seen};

/// What stands on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Items of one cause, by the place of the fold.
    Fold(usize),
    /// An item, by its place, and whether it stands beneath its fold.
    Item(usize, bool),
    /// What the gate does not ask about.
    Other(RowId),
}

/// One line of the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Its row; of a fold that of the worst item.
    pub row: RowId,
    /// What the gate asks; of a fold the worst; none for what somebody flagged besides.
    pub item: Option<&'a Item>,
    /// How it stands, of a fold as far as that is one for all.
    pub seen: Seen,
    /// What it folds.
    pub fold: Option<&'a Fold>,
    /// Whether it stands beneath a fold.
    pub is_member: bool,
}

impl Review {
    /// Lays the lines out again; the same one stays selected, or what stands for it.
    pub(super) fn lay(&mut self) {
        let selected = self.list.get(self.at).map(|place| self.name(*place));
        let board = &self.board;
        let mut of: Vec<Option<usize>> = vec![None; board.items.len()];
        for (at, fold) in board.folds.iter().enumerate() {
            fold.items.iter().for_each(|item| of[*item] = Some(at));
        }
        let mut list = Vec::with_capacity(board.items.len());
        for (item, fold) in of.iter().enumerate() {
            let Some(at) = *fold else {
                list.push(Place::Item(item, false));
                continue;
            };
            let Some(fold) = board.folds.get(at).filter(|fold| fold.items.first() == Some(&item)) else { continue };
            list.push(Place::Fold(at));
            if self.unfolded.contains(&fold.key) {
                list.extend(fold.items.iter().map(|item| Place::Item(*item, true)));
            }
        }
        let flagged = self.status.others.iter().filter(|(_, seen)| *seen == Seen::Flagged);
        list.extend(flagged.map(|(row, _)| Place::Other(*row)));
        self.list = list;
        if let Some(at) = selected.and_then(|name| self.list.iter().position(|place| self.name(*place) == name)) {
            self.at = at;
        }
        self.at = self.at.min(self.list.len().saturating_sub(1));
    }

    /// What a line is known by, also on another board.
    pub(super) fn name(&self, place: Place) -> (bool, String) {
        match place {
            Place::Fold(at) => (true, self.board.folds.get(at).map(|fold| fold.key.clone()).unwrap_or_default()),
            Place::Item(at, _) => (false, self.board.items.get(at).map(|item| item.path.clone()).unwrap_or_default()),
            Place::Other(row) => (false, self.board.comparison().path(row).to_string()),
        }
    }

    /// How many lines the list has.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The items that a line speaks of.
    fn items(&self, place: Place) -> &[usize] {
        match place {
            Place::Fold(at) => self.board.folds.get(at).map_or(&[], |fold| &fold.items),
            _ => &[],
        }
    }

    pub(super) fn line(&self, at: usize) -> Option<Line<'_>> {
        let place = *self.list.get(at)?;
        let line = |item: &Item, seen, fold, is_member| (item.row, seen, fold, is_member);
        let (item, (row, seen, fold, is_member)) = match place {
            Place::Item(at, is_member) => {
                let item = self.board.items.get(at)?;
                (Some(item), line(item, *self.status.seen.get(at)?, None, is_member))
            }
            Place::Fold(at) => {
                let fold = self.board.folds.get(at)?;
                let item = self.board.items.get(*fold.items.first()?)?;
                (Some(item), line(item, self.seen_of(fold), Some(fold), false))
            }
            Place::Other(row) => (None, (row, Seen::Flagged, None, false)),
        };
        Some(Line { row, item, seen, fold, is_member })
    }

    /// How the items of a fold stand: a flag or a changed value of one is told, else what is the same of all.
    fn seen_of(&self, fold: &Fold) -> Seen {
        let seen = || fold.items.iter().filter_map(|at| self.status.seen.get(*at)).copied();
        let loud = [Seen::Flagged, Seen::Changed].into_iter().find(|loud| seen().any(|seen| seen == *loud));
        let first = seen().next().unwrap_or_default();
        loud.unwrap_or(if seen().all(|seen| seen == first) { first } else { Seen::Open })
    }

    /// How many items of a fold need nothing more.
    pub(super) fn done_of(&self, fold: &Fold) -> usize {
        fold.items.iter().filter(|at| self.is_item_done(**at)).count()
    }

    fn is_item_done(&self, at: usize) -> bool {
        let seen = self.status.seen.get(at).copied().unwrap_or_default();
        self.board.items.get(at).is_none_or(|item| item.is_done(seen))
    }

    fn is_item_open(&self, at: usize) -> bool {
        let is_asked = |item: &Item| item.is_asked() && !self.waiting.contains_key(&item.path);
        self.board.items.get(at).is_some_and(is_asked) && !self.is_item_done(at)
    }

    /// Whether a fold is open.
    pub(super) fn is_unfolded(&self, fold: &Fold) -> bool {
        self.unfolded.contains(&fold.key)
    }

    /// Opens the selected fold or closes it, or the one above a member; `false` where there is none.
    pub(super) fn fold(&mut self, opens: Option<bool>) -> bool {
        let fold = match self.list.get(self.at) {
            Some(Place::Fold(at)) => self.board.folds.get(*at),
            Some(Place::Item(at, true)) if opens == Some(false) => {
                self.board.folds.iter().find(|fold| fold.items.contains(at))
            }
            _ => None,
        };
        let Some(fold) = fold else { return false };
        let key = fold.key.clone();
        let is_open = self.unfolded.contains(&key);
        match opens.unwrap_or(!is_open) {
            true => drop(self.unfolded.insert(key)),
            false => {
                self.unfolded.remove(&key);
                let place = |place: &Place| matches!(place, Place::Fold(at) if self.board.folds[*at].key == key);
                self.at = self.list.iter().position(place).unwrap_or(self.at);
            }
        }
        self.lay();
        self.follow();
        true
    }

    /// Whether nothing more is to be decided at a line.
    pub(super) fn is_done(&self, at: usize) -> bool {
        match self.list.get(at) {
            Some(Place::Item(item, _)) => self.is_item_done(*item),
            Some(place @ Place::Fold(_)) => self.items(*place).iter().all(|item| self.is_item_done(*item)),
            Some(Place::Other(_)) | None => true,
        }
    }

    /// Whether a decision is still to be made at a line; of an open fold they are made beneath it.
    pub(super) fn is_open(&self, at: usize) -> bool {
        match self.list.get(at) {
            Some(Place::Item(item, _)) => self.is_item_open(*item),
            Some(place @ Place::Fold(fold)) => {
                !self.board.folds.get(*fold).is_some_and(|fold| self.is_unfolded(fold))
                    && self.items(*place).iter().any(|item| self.is_item_open(*item))
            }
            Some(Place::Other(_)) | None => false,
        }
    }

    /// The lines that are listed, by place.
    pub(super) fn listed(&self) -> Vec<usize> {
        (0..self.len()).filter(|at| !self.hides_done || *at == self.at || !self.is_done(*at)).collect()
    }

    /// The open line after a place, or before it, around the end; from the start for no place.
    pub(super) fn next_open(&self, from: Option<usize>, forward: bool) -> Option<usize> {
        let len = self.len();
        let start = from.map_or(0, |at| if forward { at + 1 } else { at + len.saturating_sub(1) });
        let step = |by: usize| if forward { (start + by) % len } else { (start + len - by % len) % len };
        (0..len).map(step).find(|at| self.is_open(*at))
    }

    /// Selects the line of a row, if there is one: that of its fold where that is closed.
    pub fn select(&mut self, row: RowId) {
        let item = self.board.at(row);
        let is_it = |place: &Place| match place {
            Place::Item(at, _) => Some(*at) == item,
            Place::Fold(_) => false,
            Place::Other(other) => *other == row,
        };
        let folds = |place: &Place| item.is_some_and(|item| self.items(*place).contains(&item));
        let at = self.list.iter().position(is_it).or_else(|| self.list.iter().position(folds));
        if let Some(at) = at {
            self.at = at;
            self.follow();
        }
    }

    /// The selected row, if it is one of the comparison; of a fold that of its worst item.
    pub fn row(&self) -> Option<RowId> {
        self.line(self.at).filter(|line| line.item.is_none_or(|item| item.is_row)).map(|line| line.row)
    }

    /// Whether the selected line stands for a whole cause.
    pub fn is_on_fold(&self) -> bool {
        matches!(self.list.get(self.at), Some(Place::Fold(_)))
    }

    /// The rows that a decision at a line speaks of.
    pub(super) fn rows(&self, at: usize) -> Vec<RowId> {
        match self.list.get(at) {
            Some(place @ Place::Fold(_)) => {
                let items = self.items(*place).iter().filter_map(|item| self.board.items.get(*item));
                items.map(|item| item.row).collect()
            }
            _ => {
                let line = self.line(at).filter(|line| line.item.is_none_or(|item| item.is_row));
                line.map(|line| line.row).into_iter().collect()
            }
        }
    }
}
