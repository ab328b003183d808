//! An automaton of patterns on its way beside the rows of a comparison.

use super::pattern::{Goal, Patterns, Place};
use crate::compare::{Comparison, RowId};

/// The front of a list for which something holds, taken off it.
pub(super) fn take<'s, T>(list: &mut &'s [T], is_it: impl Fn(&T) -> bool) -> &'s [T] {
    let (front, rest) = list.split_at(list.iter().take_while(|member| is_it(member)).count());
    *list = rest;
    front
}

/// An automaton on its way beside the rows: the place of every branch above.
pub(super) struct Walk<'p> {
    patterns: &'p Patterns,
    places: Vec<Place>,
    of_leaf: Place,
}

impl<'p> Walk<'p> {
    pub(super) fn new(patterns: &'p Patterns) -> Self {
        Self { patterns, places: vec![patterns.top()], of_leaf: Place::new() }
    }

    pub(super) fn enter(&mut self, comparison: &Comparison, row: RowId, depth: usize) {
        self.close(depth);
        let (above, beneath) = self.places.split_at_mut(depth);
        if let (Some(above), Some(place)) = (above.last(), beneath.first_mut())
            && !above.is_empty()
        {
            self.patterns.step(above, comparison.key(row), place);
        }
    }

    /// Nothing is looked at beneath a branch of this depth.
    pub(super) fn close(&mut self, depth: usize) {
        while self.places.len() <= depth {
            self.places.push(Place::new());
        }
        self.places[depth].clear();
    }

    pub(super) fn goals(
        &mut self,
        comparison: &Comparison,
        row: RowId,
        depth: usize,
    ) -> impl Iterator<Item = Goal> + '_ {
        self.of_leaf.clear();
        let above = self.places.get(depth.saturating_sub(1)).map(Vec::as_slice).unwrap_or_default();
        if comparison.is_value_among_branches(row) {
            self.of_leaf.extend_from_slice(above);
        } else if !above.is_empty() {
            self.patterns.step(above, comparison.key(row), &mut self.of_leaf);
        }
        self.patterns.goals(&self.of_leaf)
    }
}
