//! The tree of two sides: the explorer's main screen. What is selected, folded, filtered and scrolled, keyed by row of
//! the comparison, and carried over by path to another.

pub mod cells;
pub mod kind;
pub mod layout;
mod moves;
pub mod preview;
pub mod rows;
pub mod sieve;
pub(in crate::tui) mod view;

pub use layout::Layout;
pub use view::draw;
pub(in crate::tui) use view::filter_line;

use crate::compare::{Comparison, RowId, Tally};
use crate::filter::{self, Completion, Saved};
use kind::{Kind, Shown};
use rows::{Lens, Listing, Matched};
use sieve::{Found, Job, Purpose, Wrong};
use std::ops::Range;
use std::sync::Arc;

/// Rows kept between the selection and the edge of the body.
const MARGIN: usize = 3;

/// Where the value columns begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scroll {
    /// Each row at its own first difference.
    #[default]
    Anchored,
    /// All rows at this cell.
    At(usize),
}

/// A filter that was kept, switched on or off.
#[derive(Debug)]
struct Kept {
    found: Box<Found>,
    on: bool,
}

/// What a text field puts back when it is left by Esc.
#[derive(Debug)]
struct Before {
    /// The filter of before, once another is in force.
    filter: Option<Option<Kept>>,
    /// The find of before, once another is in force.
    find: Option<Option<Box<Found>>>,
    cursor: RowId,
    top: usize,
}

/// A filter or find being typed.
#[derive(Debug)]
pub struct Editing {
    /// The text.
    pub field: super::field::Field,
    /// What it is for.
    pub purpose: Purpose,
    /// What is wrong with the text as it stands.
    pub wrong: Option<Wrong>,
    /// What the word at the place could become.
    pub completions: Vec<Completion>,
    /// Which of them Tab has put in, and where it stands in the text.
    pub completed: Option<(usize, Range<usize>)>,
    before: Before,
}

/// The state of the tree.
#[derive(Debug)]
pub struct Tree {
    comparison: Arc<Comparison>,
    /// Which kinds are listed.
    shown: Shown,
    base: Listing,
    stops: Vec<RowId>,
    filter: Option<Kept>,
    find: Option<Box<Found>>,
    editing: Option<Editing>,
    /// A field that was kept before the answer to its text was there.
    kept_early: Option<Editing>,
    /// The selected row; a counted run is selected by its first.
    cursor: RowId,
    /// The first listed row on the screen.
    top: usize,
    /// The row that was selected before it was hidden, until the cursor is moved by hand.
    lost: Option<RowId>,
    scroll: Scroll,
    /// Rows of the body.
    height: usize,
    /// Whether the body gives its first line to the names above the first row, once scrolled.
    has_sticky: bool,
    ticket: u64,
    /// Whether a query is running.
    busy: bool,
    /// Counts up when what is listed changes by a filter or by kinds.
    changes: u64,
    /// What `@name` stands for in filters.
    saved: Arc<Saved>,
    /// Whether the view moves by half pages: each move costs a screen on a slow link.
    slow: bool,
    /// The branches that were open at first.
    at_first: rows::Bits,
}

impl Tree {
    /// The tree as it opens: the cursor on the first difference.
    pub fn new(comparison: Arc<Comparison>) -> Self {
        let shown = Shown::default();
        let lens = Lens { comparison: &comparison, shown, matched: None };
        let (base, stops) = (Listing::first(lens), lens.stops());
        let at_first = base.open().clone();
        let first = base.at(0).map_or(Comparison::TOP, |v| v.row);
        // The first difference that is in view: what one side alone has may be folded.
        let in_view = stops.iter().find(|stop| base.exact_index_of(**stop).is_some());
        let cursor = in_view.copied().unwrap_or(first);
        Self {
            shown,
            base,
            cursor,
            stops,
            comparison,
            filter: None,
            find: None,
            editing: None,
            kept_early: None,
            top: 0,
            lost: None,
            scroll: Scroll::default(),
            height: 1,
            has_sticky: false,
            ticket: 0,
            busy: false,
            changes: 0,
            saved: Arc::default(),
            slow: false,
            at_first,
        }
    }

    /// The same view of another comparison: selection, folds and kinds are carried over by path. The filter runs again.
    pub fn carried(&self, comparison: Arc<Comparison>) -> (Self, Option<Job>) {
        let mut new = Self::new(Arc::clone(&comparison));
        new.shown = self.shown;
        let lens = Lens { comparison: &comparison, shown: self.shown, matched: None };
        new.base = self.base.carried(&self.comparison, lens);
        new.stops = lens.stops();
        new.scroll = self.scroll;
        new.saved = Arc::clone(&self.saved);
        (new.height, new.has_sticky, new.ticket, new.slow) = (self.height, self.has_sticky, self.ticket, self.slow);
        let mut path = self.comparison.path(self.cursor);
        let line = self.index().saturating_sub(self.top);
        new.cursor = loop {
            match (comparison.find(&path), path.parent()) {
                (Some(row), _) if row != Comparison::TOP => break row,
                (_, Some(parent)) if parent.depth() > 0 => path = parent,
                _ => break new.cursor,
            }
        };
        new.settle(line);
        let job = self.filter.as_ref().map(|kept| new.job(Purpose::Filter, kept.found.text.clone()));
        (new, job)
    }

    /// What is looked at.
    pub fn comparison(&self) -> &Arc<Comparison> {
        &self.comparison
    }

    /// The selected row. A counted run is selected by its first row.
    pub fn cursor(&self) -> RowId {
        self.cursor
    }

    /// Which kinds are listed.
    pub fn shown(&self) -> Shown {
        self.shown
    }

    /// Where the value columns begin.
    pub fn scroll(&self) -> Scroll {
        self.scroll
    }

    /// The filter or find being typed.
    pub fn editing(&self) -> Option<&Editing> {
        self.editing.as_ref()
    }

    /// Counts up when what is listed changes by a filter or by kinds.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Counts tickets from here on: two trees share the lane that answers queries, and each takes only its own.
    pub fn count_from(&mut self, ticket: u64) {
        self.ticket = ticket;
    }

    /// What `@name` stands for in filters from now on.
    pub fn set_saved(&mut self, saved: Arc<Saved>) {
        self.saved = saved;
    }

    /// What `@name` stands for in filters.
    pub fn saved(&self) -> &Arc<Saved> {
        &self.saved
    }

    /// The branches that are open and were not at first, and the other way round, as paths: `most` of each.
    pub fn folds(&self, most: usize) -> (Vec<String>, Vec<String>) {
        let (mut unfolded, mut folded) = (Vec::new(), Vec::new());
        for row in self.base.open().differing(&self.at_first) {
            let list = if self.base.is_open(row) { &mut unfolded } else { &mut folded };
            if list.len() < most && row != Comparison::TOP {
                list.push(self.comparison.path(row).to_string());
            }
        }
        (unfolded, folded)
    }

    /// Opens and folds branches by path, beginning with those that are open at first.
    pub fn refold(&mut self, unfolded: &[crate::model::Path], folded: &[crate::model::Path]) {
        let comparison = Arc::clone(&self.comparison);
        let rows = |paths: &[crate::model::Path]| -> Vec<RowId> {
            paths.iter().filter_map(|path| comparison.find_branch(path)).collect()
        };
        let (unfolded, folded) = (rows(unfolded), rows(folded));
        let at_first = self.at_first.clone();
        self.edit(|listing, lens| listing.refold(lens, at_first, &unfolded, &folded));
    }

    /// As at first: no filter, no find, the kinds and folds of the beginning.
    #[must_use]
    pub fn fresh(&self) -> Self {
        let mut new = Self::new(Arc::clone(&self.comparison));
        (new.height, new.has_sticky, new.ticket, new.slow) = (self.height, self.has_sticky, self.ticket + 1, self.slow);
        new.saved = Arc::clone(&self.saved);
        new.changes = self.changes + 1;
        new.settle(0);
        new
    }

    /// Takes over kinds and filter of a tree of other sides; the query to run, if there is one.
    pub fn adopt(&mut self, other: &Tree) -> Option<Job> {
        self.saved = Arc::clone(&other.saved);
        if self.shown != other.shown {
            self.shown = other.shown;
            self.edit(Listing::rebuild);
            self.stops = Lens { comparison: &self.comparison, shown: self.shown, matched: None }.stops();
            self.changes += 1;
        } else if self.filter() == other.filter() {
            return None;
        }
        self.editing = None;
        match other.filter() {
            None => {
                self.clear(Purpose::Filter);
                None
            }
            Some((text, on)) => {
                if let Some(kept) = &mut self.filter {
                    kept.on = on;
                    self.changes += 1;
                }
                if !on {
                    // Nothing is hidden by a filter that is off: its text alone is taken over.
                    let found = Found { text: text.to_owned(), ..Found::default() };
                    self.set_filter(Some(Kept { found: Box::new(found), on: false }));
                }
                let text = text.to_owned();
                Some(self.job(Purpose::Filter, text))
            }
        }
    }

    /// The text of the filter, and whether it is switched on.
    pub fn filter(&self) -> Option<(&str, bool)> {
        self.filter.as_ref().map(|kept| (kept.found.text.as_str(), kept.on))
    }

    /// What a find found.
    pub fn find(&self) -> Option<&Found> {
        self.find.as_deref()
    }

    /// Whether a query is running.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// What the filter lets through, if one is on.
    pub fn matched(&self) -> Option<&Arc<Matched>> {
        self.filter.as_ref().filter(|kept| kept.on).map(|kept| &kept.found.matched)
    }

    /// Parts of a filter that matches nothing, with the matches without each.
    pub fn without(&self) -> &[(String, usize)] {
        self.filter.as_ref().filter(|kept| kept.on).map_or(&[], |kept| &kept.found.without)
    }

    /// The rows on the list.
    pub fn listing(&self) -> &Listing {
        match &self.filter {
            Some(kept) if kept.on => &kept.found.listing,
            _ => &self.base,
        }
    }

    /// How the comparison is looked at.
    pub fn lens(&self) -> Lens<'_> {
        Lens { comparison: &self.comparison, shown: self.shown, matched: self.matched().map(AsRef::as_ref) }
    }

    /// Where `]` goes: divergences that are listed.
    pub fn differences(&self) -> &[RowId] {
        match &self.filter {
            Some(kept) if kept.on => &kept.found.stops,
            _ => &self.stops,
        }
    }

    /// Where `n` goes: matches while a find is active, else divergences.
    pub fn stops(&self) -> &[RowId] {
        self.find.as_ref().map_or(self.differences(), |found| &found.stops)
    }

    /// How many divergences there are, shown or not.
    pub fn total(&self) -> Tally {
        self.comparison.tally(Comparison::TOP)
    }

    /// The place of the selected row.
    pub fn index(&self) -> usize {
        self.listing().index_of(self.cursor)
    }

    /// The first listed row on the screen.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Whether the first line of the body names the branches above.
    pub fn sticky(&self) -> bool {
        self.has_sticky && self.top > 0
    }

    /// Takes note of the room that the body has, and keeps the selection in it at the same relative height.
    pub fn resize(&mut self, height: usize, has_sticky: bool) {
        if (height, has_sticky) == (self.height, self.has_sticky) {
            return;
        }
        let line = self.index().saturating_sub(self.top) * height / self.height.max(1);
        (self.height, self.has_sticky) = (height.max(1), has_sticky);
        self.settle(line);
    }

    /// Moves the view by half pages, or by lines.
    pub fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// Moves the view, and not the selection.
    pub fn scroll_view(&mut self, by: isize) {
        let len = self.listing().rows().len();
        let last = if len > self.room(0) { len - self.room(1) } else { 0 };
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// The listed row at a line of the body, if one is there.
    pub fn at_line(&self, line: usize) -> Option<usize> {
        let index = self.top + line.checked_sub(usize::from(self.sticky()))?;
        (index < self.listing().rows().len()).then_some(index)
    }

    /// Shows a kind of leaf, or hides it.
    pub fn toggle_kind(&mut self, kind: Kind) -> Option<Job> {
        self.shown.toggle(kind);
        self.changes += 1;
        self.edit(Listing::rebuild);
        // Only what counts as a difference is a stop; the walk over all leaves is not for the others.
        if kind.is_found() {
            self.stops = Lens { comparison: &self.comparison, shown: self.shown, matched: None }.stops();
        }
        let text = self.filter.as_ref().map(|kept| kept.found.text.clone());
        text.map(|text| self.job(Purpose::Filter, text))
    }

    /// Begins to type a filter or a find. The field starts with the text that is in force.
    pub fn begin(&mut self, purpose: Purpose) {
        let text = match purpose {
            Purpose::Filter => self.filter.as_ref().map(|kept| kept.found.text.clone()),
            Purpose::Find => self.find.as_ref().map(|found| found.text.clone()),
        };
        let before = Before { filter: None, find: None, cursor: self.cursor, top: self.top };
        let field = super::field::Field::new(text.unwrap_or_default());
        self.editing = Some(Editing { field, purpose, wrong: None, completions: Vec::new(), completed: None, before });
    }

    /// Gives a key's effect on the text; returns the query to run if the text changed.
    pub fn typed(&mut self, change: impl FnOnce(&mut super::field::Field) -> bool) -> Option<Job> {
        let editing = self.editing.as_mut()?;
        if !change(&mut editing.field) {
            return None;
        }
        let (purpose, text) = (editing.purpose, editing.field.text().to_owned());
        editing.completions = filter::complete(&text, editing.field.place(), &self.comparison, &self.saved);
        editing.completed = None;
        if text.trim().is_empty() {
            self.clear(purpose);
            return None;
        }
        Some(self.job(purpose, text))
    }

    /// Puts the next completion in the text; Tab again puts in the one after it.
    pub fn complete(&mut self) -> Option<Job> {
        let editing = self.editing.as_mut()?;
        let (next, place) = match &editing.completed {
            Some((at, place)) => ((at + 1) % editing.completions.len().max(1), Some(place.clone())),
            None => (0, None),
        };
        let completion = editing.completions.get(next)?;
        let place = place.unwrap_or_else(|| completion.range.clone());
        let (completions, text) = (editing.completions.clone(), completion.text.clone());
        let job = self.typed(|field| {
            field.replace(place.clone(), &text);
            true
        });
        if let Some(editing) = &mut self.editing {
            editing.completions = completions;
            editing.completed = Some((next, place.start..place.start + text.len()));
        }
        job
    }

    /// Keeps what was typed: `false` while the text is wrong, so that the field stays open.
    pub fn keep(&mut self) -> bool {
        let Some(editing) = self.editing.take() else { return true };
        if editing.wrong.is_some() {
            self.editing = Some(editing);
            return false;
        }
        if self.busy {
            self.kept_early = Some(editing);
        } else if editing.purpose == Purpose::Find {
            self.jump_from(editing.before.cursor);
        }
        true
    }

    /// Leaves the field and puts back filter, folds, selection and scroll of before.
    pub fn cancel(&mut self) {
        let Some(Editing { before, .. }) = self.editing.take() else { return };
        self.ticket += 1;
        self.busy = false;
        if let Some(filter) = before.filter {
            self.filter = filter;
            self.changes += 1;
        }
        if let Some(find) = before.find {
            self.find = find;
        }
        (self.cursor, self.top, self.lost) = (before.cursor, before.top, None);
    }

    fn clear(&mut self, purpose: Purpose) {
        self.ticket += 1;
        self.busy = false;
        let line = self.index().saturating_sub(self.top);
        match purpose {
            Purpose::Filter => self.set_filter(None),
            Purpose::Find => self.set_find(None),
        }
        if let Some(editing) = &mut self.editing {
            editing.wrong = None;
        }
        self.settle(line);
    }

    /// Puts another filter in force. The first one that a field replaces is kept for Esc.
    fn set_filter(&mut self, new: Option<Kept>) {
        self.changes += 1;
        let old = std::mem::replace(&mut self.filter, new);
        if let Some(editing) = &mut self.editing {
            editing.before.filter.get_or_insert(old);
        }
    }

    /// Puts another find in force, likewise.
    fn set_find(&mut self, new: Option<Box<Found>>) {
        let old = std::mem::replace(&mut self.find, new);
        if let Some(editing) = &mut self.editing {
            editing.before.find.get_or_insert(old);
        }
    }

    /// Takes the answer of a query; one to another query is handed back.
    pub fn answered(&mut self, answer: sieve::Answer) -> Option<sieve::Answer> {
        if answer.ticket != self.ticket {
            return Some(answer);
        }
        self.busy = false;
        let early = self.kept_early.take();
        let line = self.index().saturating_sub(self.top);
        match (answer.result, answer.purpose) {
            (Err(wrong), _) => {
                // Kept too early: the field comes back with what is wrong.
                self.editing = self.editing.take().or(early);
                if let Some(editing) = &mut self.editing {
                    editing.wrong = Some(wrong);
                }
                return None;
            }
            (Ok(found), Purpose::Filter) => {
                let on = self.editing.is_some() || early.is_some() || self.filter.as_ref().is_none_or(|kept| kept.on);
                self.set_filter(Some(Kept { found, on }));
            }
            (Ok(found), Purpose::Find) => self.set_find(Some(found)),
        }
        if let Some(editing) = &mut self.editing {
            editing.wrong = None;
        }
        self.settle(line);
        if let Some(find) = early.filter(|kept| kept.purpose == Purpose::Find) {
            self.jump_from(find.before.cursor);
        }
        None
    }

    /// Switches the filter off, and on again. `false` if there is none.
    pub fn switch_filter(&mut self) -> bool {
        let line = self.index().saturating_sub(self.top);
        let Some(kept) = &mut self.filter else { return false };
        kept.on = !kept.on;
        self.changes += 1;
        self.settle(line);
        true
    }

    /// Ends a find: the stops are differences again. `false` if there is none.
    pub fn end_find(&mut self) -> bool {
        self.find.take().is_some()
    }

    /// Waits no longer for a query.
    pub fn stop(&mut self) {
        self.ticket += 1;
        self.busy = false;
    }

    fn job(&mut self, purpose: Purpose, text: String) -> Job {
        self.ticket += 1;
        self.busy = true;
        self.kept_early = None;
        let (comparison, saved) = (Arc::clone(&self.comparison), Arc::clone(&self.saved));
        Job { ticket: self.ticket, purpose, text, comparison, shown: self.shown, saved }
    }

    /// Changes folds, then keeps the selection and its line on the screen.
    fn edit(&mut self, change: impl FnOnce(&mut Listing, Lens<'_>)) {
        let line = self.index().saturating_sub(self.top);
        let comparison = Arc::clone(&self.comparison);
        let matched = self.matched().cloned();
        let lens = Lens { comparison: &comparison, shown: self.shown, matched: matched.as_deref() };
        match &mut self.filter {
            Some(kept) if kept.on => change(&mut kept.found.listing, lens),
            _ => change(&mut self.base, lens),
        }
        self.settle(line);
    }

    /// After a change of what is listed: the selected row, or what stands for it; at the same line of the screen.
    fn settle(&mut self, line: usize) {
        let wanted = self.lost.unwrap_or(self.cursor);
        if self.listing().exact_index_of(wanted).is_some() {
            (self.cursor, self.lost) = (wanted, None);
        } else {
            // From the row that was lost, not from its stand-in: the steps on the way to a filter leave no trace.
            (self.cursor, self.lost) = (self.stand_in(wanted), Some(wanted));
        }
        self.top = self.index().saturating_sub(line);
        self.follow();
    }

    /// What is selected in place of a row that is not listed: the fold that holds it, else the next match of a filter or
    /// the next listed row, else the one before.
    fn stand_in(&self, row: RowId) -> RowId {
        let listing = self.listing();
        if let Some(matched) = self.matched().filter(|matched| !matched.has(row)) {
            let leaves = if self.differences().is_empty() { &matched.leaves } else { self.differences() };
            let next = leaves.partition_point(|leaf| *leaf < row).min(leaves.len().saturating_sub(1));
            let nearest = leaves.get(next).and_then(|leaf| listing.at(listing.index_of(*leaf)));
            return nearest.map_or(Comparison::TOP, |v| v.row);
        }
        let index = listing.index_of(row);
        let Some(before) = listing.at(index) else { return Comparison::TOP };
        let holds = |v: rows::Visible| {
            let end = if v.is_run() { v.end } else { self.comparison.end(v.row) };
            v.row <= row && row < end && (v.is_run() || !listing.is_open(v.row))
        };
        if holds(before) || before.row > row {
            return before.row;
        }
        listing.at(index + 1).unwrap_or(before).row
    }

    /// How many listed rows fit with the view at `top`.
    fn room(&self, top: usize) -> usize {
        let sticky = usize::from(self.has_sticky && top > 0);
        self.height.saturating_sub(sticky).max(1)
    }

    /// How many listed rows are on the screen.
    pub fn page(&self) -> usize {
        self.room(self.top)
    }

    /// Moves the view so that the selection is in it.
    fn follow(&mut self) {
        let (index, len) = (self.index(), self.listing().rows().len());
        let margin = MARGIN.min(self.room(1).saturating_sub(1) / 2);
        let half = if self.slow { self.room(1) / 2 } else { 0 };
        if index < self.top + margin {
            self.top = index.saturating_sub(margin + half);
        } else if index + margin >= self.top + self.room(self.top) {
            self.top = (index + margin + 1 + half).saturating_sub(self.room(1));
        }
        let last = if len > self.room(0) { len - self.room(1) } else { 0 };
        self.top = self.top.min(last);
    }
}
