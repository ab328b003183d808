//! The lines of the Diff tab: equal ones folded, changes to stop at, and the layouts they are made for.

use super::pair::{Pair, Pairs};
use super::{BESIDE, CONTEXT, Detail, FEWEST, Line, Tab, structure};
use crate::compare::{Cell, Relation};
use std::sync::Arc;

impl Detail {
    pub(super) fn pair(&self, at: usize) -> Option<&Pair> {
        self.pairs.rows.get(at)
    }

    /// Whether both sides stand beside each other, rather than one above the other.
    pub(super) fn is_beside(&self) -> bool {
        (self.size.width >= BESIDE) != self.is_other
    }

    /// Lists the lines anew and stays at the pair that was selected.
    pub(super) fn relist(&mut self) {
        let was = self.lines.get(self.cursor).copied();
        self.lines = self.listed();
        let of = |line: &Line| match *line {
            Line::Both(at) | Line::Left(at) | Line::Right(at) | Line::Fold(at, _) => at,
            Line::Skipped(_) => 0,
            Line::Rest => usize::MAX,
        };
        if let Some(at) = was.as_ref().map(of) {
            self.cursor = self.lines.iter().position(|line| of(line) >= at).unwrap_or(0);
        }
    }

    pub(super) fn listed(&self) -> Vec<Line> {
        let rows = &self.pairs.rows;
        let is_same = |at: usize| rows.get(at).is_some_and(|p| p.relation == Relation::Same);
        let differs = (0..rows.len()).any(|at| !is_same(at));
        let mut out: Vec<Line> = Vec::new();
        if self.pairs.skipped > 0 {
            out.push(Line::Skipped(self.pairs.skipped));
        }
        let mut at = 0;
        while at < rows.len() {
            let end = (at..rows.len()).find(|i| !is_same(*i)).unwrap_or(rows.len());
            if end > at {
                let (first, last) = folded(at, end, rows.len());
                let is_folded = differs && last >= first + FEWEST && !self.unfolded.contains(&first);
                if is_folded {
                    out.extend((at..first).map(Line::Both));
                    out.push(Line::Fold(first, last - first));
                    out.extend((last..end).map(Line::Both));
                } else {
                    out.extend((at..end).map(Line::Both));
                }
                at = end;
                continue;
            }
            let both = rows.get(at).is_some_and(|p| p.left.is_some() && p.right.is_some());
            match rows.get(at) {
                Some(pair) if !self.is_beside() && both => {
                    debug_assert!(pair.relation != Relation::Same);
                    out.extend([Line::Left(at), Line::Right(at)]);
                }
                Some(_) => out.push(Line::Both(at)),
                None => {}
            }
            at += 1;
        }
        if self.pairs.rest.is_some() {
            out.push(Line::Rest);
        }
        out
    }

    /// Lines where a change begins: every changed pair, and every run of lines that one side lacks.
    pub(super) fn stops(&self) -> Vec<usize> {
        let mut previous = Relation::Same;
        let mut stops = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let relation = match *line {
                Line::Both(i) | Line::Left(i) => self.pair(i).map_or(Relation::Same, |p| p.relation),
                Line::Right(_) => continue,
                Line::Skipped(_) | Line::Fold(..) | Line::Rest => Relation::Same,
            };
            let begins = relation == Relation::Changed || relation != previous;
            if relation != Relation::Same && begins {
                stops.push(at);
            }
            previous = relation;
        }
        stops
    }

    pub(super) fn stop(&mut self, forward: bool) {
        if self.tab != Tab::Diff {
            return;
        }
        let stops = self.stops();
        let (Some(first), Some(last)) = (stops.first(), stops.last()) else {
            self.note = "no change inside the value";
            return;
        };
        let next = if forward {
            stops.iter().find(|at| **at > self.cursor)
        } else {
            stops.iter().rev().find(|at| **at < self.cursor)
        };
        if next.is_none() && stops.len() > 1 {
            self.note = if forward { "wrapped to the first" } else { "wrapped to the last" };
        }
        self.cursor = *next.unwrap_or(if forward { first } else { last });
    }

    /// Unfolds the run of equal lines under the cursor, folds it again, or compares on.
    pub(super) fn toggle(&mut self) {
        if self.tab != Tab::Diff {
            return;
        }
        match self.lines.get(self.cursor).copied() {
            Some(Line::Fold(first, _)) => self.unfolded.push(first),
            Some(Line::Both(at)) => {
                let inside = |first: &usize| {
                    *first <= at && (*first..=at).all(|i| self.pair(i).is_some_and(|p| p.relation == Relation::Same))
                };
                let Some(open) = self.unfolded.iter().position(inside) else { return };
                self.cursor -= at - self.unfolded.remove(open);
            }
            Some(Line::Rest) => {
                let comparison = Arc::clone(&self.comparison);
                let text = |side: usize| match comparison.cell(self.row, side) {
                    Cell::Value(value) => value.plain(),
                    _ => std::borrow::Cow::Borrowed(""),
                };
                let (left, right) = (text(self.sides.0), text(self.sides.1));
                self.pairs.go_on(&left, &right);
            }
            _ => return,
        }
        let cursor = self.cursor;
        self.lines = self.listed();
        self.cursor = cursor.min(self.lines.len().saturating_sub(1));
    }

    /// The next layout: beside each other, one above the other, and as what the texts are inside.
    pub(super) fn next_layout(&mut self) {
        if self.tab != Tab::Diff {
            return;
        }
        match (self.is_other, self.language) {
            (false, None) => self.is_other = true,
            (true, None) => {
                self.is_other = false;
                if let Some((language, rows)) = self.structured() {
                    self.language = Some(language);
                    self.replace(Pairs::of(rows));
                    return;
                }
            }
            (_, Some(_)) => {
                let (row, trail) = (self.row, std::mem::take(&mut self.trail));
                self.show(row);
                self.trail = trail;
                return;
            }
        }
        self.relist();
    }

    pub(super) fn replace(&mut self, pairs: Pairs) {
        self.pairs = pairs;
        self.unfolded.clear();
        (self.cursor, self.top) = (0, 0);
        self.lines.clear();
        self.relist();
        self.cursor = self.stops().first().copied().unwrap_or(0);
    }

    /// Both texts as keys and values, if that is what they are inside.
    pub(super) fn structured(&self) -> Option<(&'static str, Vec<Pair>)> {
        let text = |side: usize| match self.comparison.cell(self.row, side) {
            Cell::Value(crate::model::ValueRef::Text(text)) => structure::read(text),
            _ => None,
        };
        let (left, right) = (text(self.sides.0)?, text(self.sides.1)?);
        (left.language == right.language).then(|| (left.language, structure::pairs(&left, &right)))
    }
}

/// The part of a run of equal lines that may be folded: what is not near a difference.
fn folded(start: usize, end: usize, all: usize) -> (usize, usize) {
    let first = if start == 0 { start } else { (start + CONTEXT).min(end) };
    let last = if end == all { end } else { end.saturating_sub(CONTEXT).max(first) };
    (first, last)
}
