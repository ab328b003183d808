//! Moving: through lines, tabs and links, and to the differences beside this one.

use super::related::{Asked, Found, Related};
use super::{Detail, Scroll, Step, Tab, view};
use std::sync::Arc;

impl Detail {
    /// Goes to the next difference of the tree, or the one before.
    pub(super) fn neighbour(&mut self, forward: bool) {
        let at = self.differences.partition_point(|row| *row < self.row);
        let next = if forward {
            let after = at + usize::from(self.differences.get(at) == Some(&self.row));
            self.differences.get(after).or(self.differences.first())
        } else {
            at.checked_sub(1).and_then(|before| self.differences.get(before)).or(self.differences.last())
        };
        let Some(&next) = next else {
            self.note = "no difference";
            return;
        };
        let wrapped = (next <= self.row) == forward;
        self.show(next);
        if wrapped {
            self.note = if forward { "wrapped to the first" } else { "wrapped to the last" };
        }
    }

    /// The number of the fact among the differences, from 1.
    pub(super) fn number(&self) -> Option<usize> {
        self.differences.binary_search(&self.row).ok().map(|at| at + 1)
    }

    /// The tabs that there are of this fact.
    pub(super) fn tabs(&self) -> impl Iterator<Item = Tab> + '_ {
        let is_there = |tab: &Tab| *tab != Tab::History || !self.past.is_empty() || self.tab == Tab::History;
        Tab::ALL.into_iter().filter(is_there)
    }

    pub(super) fn turn(&mut self, by: usize) {
        let tabs: Vec<Tab> = self.tabs().collect();
        let at = tabs.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        self.tab = tabs.get((at + by) % tabs.len().max(1)).copied().unwrap_or_default();
        self.top = 0;
    }

    /// What is to be looked for, when its tab is shown: once for each fact.
    pub(super) fn asks(&mut self) -> Option<Asked> {
        let is_needed = self.tab == Tab::Related && self.related.is_none() && self.asked != Some(self.row);
        is_needed.then(|| {
            self.asked = Some(self.row);
            Asked { comparison: Arc::clone(&self.comparison), row: self.row }
        })
    }

    /// Takes in what belongs to the fact.
    pub(super) fn relate(&mut self, found: &Found) {
        if let Some(related) = found.of(&self.comparison, self.row) {
            self.link = related.nearest(self.link);
            self.related = Some(related.clone());
            self.follow();
        }
    }

    /// Opens the selected link in place of this fact.
    pub(super) fn follow_link(&mut self) {
        let Some(link) = self.related.as_ref().and_then(|related| related.link(self.link)) else { return };
        self.trail.push(Step { row: self.row, tab: self.tab, link: self.link });
        self.tab = Tab::Diff;
        self.show(link);
    }

    /// Goes back along the links.
    pub(super) fn back_link(&mut self) {
        match self.trail.pop() {
            Some(step) => {
                self.show(step.row);
                self.tab = step.tab;
                self.link = step.link;
            }
            None => self.note = "no link was followed: Esc goes back to where this was opened",
        }
    }

    pub(super) fn column(&self) -> usize {
        match self.scroll {
            Scroll::Anchored => 0,
            Scroll::At(column) => column,
        }
    }

    /// How many lines the tab has.
    pub(super) fn length(&self) -> usize {
        match self.tab {
            Tab::Diff => self.lines.len(),
            Tab::Values => self.values.len(),
            Tab::Provenance => self.sources.len(),
            Tab::Related => self.related.as_ref().map_or(0, Related::len),
            Tab::History => self.past.len(),
        }
    }

    pub(super) fn page(&self) -> isize {
        isize::try_from(view::body_height(self)).unwrap_or(1).max(2) - 1
    }

    pub(super) fn step(&mut self, by: isize) {
        let last = self.length().saturating_sub(1);
        match self.tab {
            Tab::Diff => self.cursor = self.cursor.saturating_add_signed(by).min(last),
            Tab::Related => {
                let Some(related) = &self.related else { return };
                let wanted = self.link.saturating_add_signed(by).min(last);
                // Headings are stepped over, in the direction of the step.
                let up = (0..=wanted).rev().find(|at| related.link(*at).is_some());
                self.link = if by < 0 { up.unwrap_or(self.link) } else { related.nearest(wanted) };
                let height = view::body_height(self).max(1);
                self.top = self.top.min(self.link.saturating_sub(1)).max((self.link + 1).saturating_sub(height));
            }
            _ => {
                let furthest = (last + 1).saturating_sub(view::body_height(self));
                self.top = self.top.saturating_add_signed(by).min(furthest);
            }
        }
    }

    /// Moves the view so that the cursor is in it.
    pub(super) fn follow(&mut self) {
        if self.tab != Tab::Diff {
            self.step(0);
            return;
        }
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
        let height = view::body_height(self).max(1);
        if self.cursor < self.top {
            self.top = self.cursor;
        }
        let mut room = height;
        let mut first = self.cursor;
        loop {
            room = room.saturating_sub(view::line_height(self, first));
            match first.checked_sub(1) {
                Some(before) if before >= self.top && room >= view::line_height(self, before) => first = before,
                _ => break,
            }
        }
        self.top = self.top.max(first);
    }
}
