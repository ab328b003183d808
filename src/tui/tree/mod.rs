//! The tree of two sides: the explorer's main screen. What is selected, folded, filtered and scrolled, keyed by row of
//! the comparison, and carried over by path to another.

pub mod bits;
mod carry;
pub mod cells;
mod foot;
mod gutter;
mod head;
pub mod kind;
pub mod layout;
mod leaving;
pub mod lens;
mod moves;
pub mod pairing;
pub mod preview;
pub mod rows;
pub mod sieve;
mod standing;
mod typing;
pub(in crate::tui) mod view;

pub(in crate::tui) use foot::TYPING;
pub use gutter::Gutter;
pub(in crate::tui) use head::{completion_line, filter_line};
pub use layout::Layout;
pub use leaving::{LeavesOut, Leaving};
pub use view::draw;

use crate::assess::Judged;
use crate::compare::{Comparison, RowId, Tally};
use crate::filter::{Completion, Saved};
use crate::meaning::Meaning;
use crate::policy::Standing;
use crate::risk::Band;
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
    /// What its differences mean and how they stand to the policy, once they are judged.
    judged: Option<Arc<Judged>>,
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
    /// Without a filter: the row that was selected last, and its line on the screen.
    unfiltered: Option<(RowId, usize)>,
    /// The row that was selected before it was hidden, until the cursor is moved by hand.
    lost: Option<RowId>,
    scroll: Scroll,
    /// Where the selection stood before the screen had other sizes, as long as nothing else was done: the row, the first
    /// listed row since, its line then and the rows of the body.
    stood: Option<(RowId, usize, (usize, usize))>,
    /// Rows of the body.
    height: usize,
    /// Whether the body gives its first line to the names above the first row, once scrolled.
    has_sticky: bool,
    /// Whether values stand above each other.
    is_stacked: bool,
    ticket: u64,
    /// Whether a query is running.
    busy: bool,
    /// That query.
    asked: Option<(Purpose, String)>,
    /// Counts up when what is listed changes by a filter or by kinds.
    changes: u64,
    /// What `@name` stands for in filters.
    saved: Arc<Saved>,
    /// Whether the view moves by half pages: each move costs a screen on a slow link.
    slow: bool,
    /// The branches that were open at first.
    at_first: rows::Bits,
    /// The marks of the review that is open; none where none is.
    gutter: Option<Gutter>,
    /// What is to be left out whatever kind it is of.
    leaves_out: LeavesOut,
    /// What is: as it was chosen, and without what the filter asks for.
    left_out: (LeavesOut, LeavesOut),
    /// The rows that are, if there are any.
    hidden: Option<Arc<rows::Bits>>,
}

impl Tree {
    /// The tree as it opens: the cursor on the first difference.
    pub fn new(comparison: Arc<Comparison>) -> Self {
        Self::with_kinds(comparison, Shown::default())
    }

    /// As [`Tree::new`], with these kinds listed.
    pub fn with_kinds(comparison: Arc<Comparison>, shown: Shown) -> Self {
        let lens = Lens { comparison: &comparison, shown, matched: None, hidden: None };
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
            judged: None,
            filter: None,
            find: None,
            editing: None,
            kept_early: None,
            top: 0,
            unfiltered: None,
            lost: None,
            scroll: Scroll::default(),
            stood: None,
            height: 1,
            has_sticky: false,
            is_stacked: false,
            ticket: 0,
            busy: false,
            asked: None,
            changes: 0,
            saved: Arc::default(),
            slow: false,
            at_first,
            gutter: None,
            leaves_out: LeavesOut::default(),
            left_out: Default::default(),
            hidden: None,
        }
    }

    /// What is looked at.
    pub fn comparison(&self) -> &Arc<Comparison> {
        &self.comparison
    }

    /// What the differences mean, once they are judged.
    pub fn meaning(&self) -> Option<&Meaning> {
        self.judged.as_ref().map(|judged| &*judged.assessment.meaning)
    }

    /// What its differences mean and how they stand to the policy, once they are judged.
    pub fn judgement(&self) -> Option<&Arc<Judged>> {
        self.judged.as_ref()
    }

    /// How a row stands to the policy.
    pub fn standing(&self, row: RowId) -> Standing {
        self.judged.as_ref().map_or(Standing::Open, |judged| judged.assessment.standings.of(row))
    }

    /// Takes in what the differences mean and how they stand; a filter runs again where it asks for that, and the first
    /// time, since what it found is to be told by its risk.
    pub fn judged(&mut self, judged: Arc<Judged>) -> Option<Job> {
        let is_first = self.judged.replace(judged).is_none();
        let asks = |(_, text): &(Purpose, String)| {
            let fields = ["risk:", "score:", "rule:", "cause:", "is:", "@"];
            is_first || fields.iter().any(|field| text.contains(field))
        };
        // What is being typed or was kept a moment ago is on its way: that runs again, and nothing older.
        let underway = self.asked.clone().filter(|_| self.busy);
        let kept = || self.filter.as_ref().map(|kept| (Purpose::Filter, kept.found.text.clone()));
        match underway.or_else(kept).filter(asks) {
            Some(query) => Some(self.job_again(Some(query))),
            None => self.leave_again(),
        }
    }

    /// Selects what is worst of all that is listed, as where the walk begins; `false` where nothing is rated.
    pub fn begin_at_worst(&mut self) -> bool {
        let Some(judged) = self.judged.clone() else { return false };
        let stops = self.differences();
        let lines = judged.assessment.open.lines();
        let Some(line) = lines.iter().find(|line| stops.binary_search(&line.worst).is_ok()) else { return false };
        self.select(line.worst);
        self.at_first = self.base.open().clone();
        true
    }

    /// The worst risk of what is listed among rows that follow each other.
    pub fn worst_listed(&self, rows: Range<RowId>) -> Option<Band> {
        match &self.filter {
            Some(kept) if kept.on => kept.found.graded.worst(rows),
            _ => self.meaning()?.risks.tally_of(rows).worst(),
        }
    }

    /// The selected row. A counted run is selected by its first row.
    pub fn cursor(&self) -> RowId {
        self.cursor
    }

    /// The branches that are open without a filter.
    pub fn open(&self) -> &rows::Bits {
        self.base.open()
    }

    /// Those that were open at first.
    pub fn at_first(&self) -> &rows::Bits {
        &self.at_first
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
        Lens {
            comparison: &self.comparison,
            shown: self.shown,
            matched: self.matched().map(AsRef::as_ref),
            hidden: self.hidden.as_deref(),
        }
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

    /// Shows a kind of leaf, or hides it, once the answer to the job is there.
    pub fn toggle_kind(&mut self, kind: Kind) -> Option<Job> {
        self.shown.toggle(kind);
        self.changes += 1;
        let query = self.filter.as_ref().map(|kept| (Purpose::Filter, kept.found.text.clone()));
        Some(self.job(query))
    }
}

#[cfg(test)]
mod tests;
