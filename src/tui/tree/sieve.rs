//! What is to be listed: filter, find and kinds. A worker finds it out, and its answer is ready to be shown.

use super::Leaving;
use super::kind::{Kind, Shown};
use super::leaving::LeavesOut;
use super::rows::{Bits, Lens, Listing, Matched};
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::filter::{self, Ages, Query, Saved};
use crate::risk::Band;
use std::ops::Range;
use std::sync::Arc;

/// What is said where a history is asked of more than two sides, or of an earlier date.
const OF_TWO: &str = "age: and since: are asked of two sides as they are now, in the tree";

/// How many parts of a query that matches nothing are tried without.
const PARTS: usize = 8;

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// List only what matches.
    Filter,
    /// List everything; matches are the stops.
    Find,
}

/// A query to be run, and what else is to be listed anew.
#[derive(Clone, Debug)]
pub struct Job {
    /// Counts up: an answer to an older job is dropped.
    pub ticket: u64,
    /// The text as typed, and what it is for; none where only the kinds have changed.
    pub query: Option<(Purpose, String)>,
    /// What is listed without a filter.
    pub base: Listed,
    /// What is listed behind the filter that is kept, where the query is none that takes its place.
    pub kept: Option<Listed>,
    /// What is left out whatever kind it is of.
    pub leaving: Leaving,
    /// What it runs over.
    pub comparison: Arc<Comparison>,
    /// Which kinds are listed.
    pub shown: Shown,
    /// What `@name` stands for.
    pub saved: Arc<Saved>,
    /// What the differences mean and how they stand, where they are judged.
    pub judged: Option<Arc<Judged>>,
    /// Since when they differ, where a history was read.
    pub ages: Option<Arc<Ages>>,
}

/// What is listed: it is to be listed anew where other kinds are to be, or something else is left out.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The kinds that it was made for.
    pub shown: Shown,
    /// First rows of runs that are shown row by row, in order.
    pub loose: Vec<RowId>,
    /// What a filter lets through.
    pub matched: Option<Arc<Matched>>,
}

/// The text is not a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The part that is wrong, in bytes of the text.
    pub at: std::ops::Range<usize>,
    /// What would be right.
    pub words: String,
}

/// Rows by what they risk, as far as a map of them tells it apart: critical, high, medium.
#[derive(Clone, Debug, Default)]
pub struct Graded([Vec<RowId>; 3]);

impl Graded {
    const BANDS: [Band; 3] = [Band::Critical, Band::High, Band::Medium];

    fn of(rows: &[RowId], judged: &Judged) -> Self {
        let risks = &judged.assessment.meaning.risks;
        let mut graded = Self::default();
        for row in rows {
            let band = risks.worst(*row).map(|finding| finding.score.band().0);
            if let Some(at) = Self::BANDS.iter().position(|known| Some(*known) == band) {
                graded.0[at].push(*row);
            }
        }
        graded
    }

    /// The worst among some rows that follow each other.
    pub fn worst(&self, rows: Range<RowId>) -> Option<Band> {
        let has = |list: &Vec<RowId>| {
            list.partition_point(|row| *row < rows.start) < list.partition_point(|row| *row < rows.end)
        };
        Self::BANDS.into_iter().zip(&self.0).find(|(_, list)| has(list)).map(|(band, _)| band)
    }
}

/// What a query found, with everything that the screen needs of it.
#[derive(Debug, Default)]
pub struct Found {
    /// The text as typed.
    pub text: String,
    /// What matches.
    pub matched: Arc<Matched>,
    /// Rows and folds for a filter; empty for a find.
    pub listing: Listing,
    /// Where `n` goes: divergences that match for a filter, all matches for a find.
    pub stops: Vec<RowId>,
    /// What those risk, once it is known.
    pub graded: Graded,
    /// Parts of the query with the matches there would be without each, where nothing matches.
    pub without: Vec<(String, usize)>,
}

/// What is listed anew, all folded.
#[derive(Debug)]
pub struct Anew {
    /// Its rows.
    pub listing: Listing,
    /// Its divergences and what those risk, where they are others than before.
    pub stops: Option<(Vec<RowId>, Graded)>,
}

/// The answer to a [`Job`].
#[derive(Debug)]
pub struct Answer {
    /// The job's ticket.
    pub ticket: u64,
    /// What the text was for, and what was found or is wrong with it.
    pub query: Option<(Purpose, Result<Box<Found>, Wrong>)>,
    /// What is listed without a filter.
    pub base: Option<Box<Anew>>,
    /// What is listed behind the filter that is kept.
    pub kept: Option<Box<Anew>>,
    /// What is left out, and which rows that is, if there are any.
    pub left_out: (LeavesOut, Option<Arc<Bits>>),
}

impl Job {
    /// What tickets of the tree of all snapshots are above: those of the tree of two sides count from nothing.
    pub const OF_ALL: u64 = 1 << 32;

    /// Whether it is about all snapshots together.
    pub fn is_of_all(&self) -> bool {
        self.ticket >= Self::OF_ALL
    }

    /// Whether it waits for a history: the query asks for it, and none was read.
    pub fn asks_history(&self) -> bool {
        let text = self.query.as_ref().map_or("", |(_, text)| text);
        let may_ask = self.ages.is_none() && ["age:", "since:", "@"].iter().any(|word| text.contains(word));
        may_ask && filter::parse_with(text, &self.saved).is_ok_and(|query| query.asks_history())
    }

    /// Runs the query; `None` when cancelled.
    pub fn run(mut self, cancel: &Cancel) -> Option<Answer> {
        let hidden = self.leaving.rows(&self.comparison, self.judged.as_deref());
        let is_other = hidden != self.leaving.before;
        if is_other {
            self.leaving.before = hidden;
        }
        let query = match self.query.take() {
            Some((purpose, text)) => Some((purpose, self.answer(purpose, text, cancel)?)),
            None => None,
        };
        let base = self.anew(&self.base, is_other);
        let kept = self.kept.as_ref().and_then(|kept| self.anew(kept, is_other));
        let left_out = (self.leaving.what, self.leaving.before.take());
        (!cancel.is_cancelled()).then_some(Answer { ticket: self.ticket, query, base, kept, left_out })
    }

    /// Lists anew what was listed for other kinds or with something else left out.
    fn anew(&self, listed: &Listed, is_other: bool) -> Option<Box<Anew>> {
        let Listed { shown, loose, matched } = listed;
        let lens = Lens { matched: matched.as_deref(), ..self.lens() };
        let finds_other = is_other || !self.shown.finds_as(*shown);
        let stops = || {
            let stops = lens.stops();
            let graded = self.graded(&stops);
            (stops, graded)
        };
        let anew = || Anew { listing: Listing::of(lens, loose.clone()), stops: finds_other.then(stops) };
        (is_other || self.shown != *shown).then(|| Box::new(anew()))
    }

    /// How all is looked at that no filter keeps out.
    fn lens(&self) -> Lens<'_> {
        Lens { comparison: &self.comparison, shown: self.shown, matched: None, hidden: self.leaving.before.as_deref() }
    }

    fn answer(&self, purpose: Purpose, text: String, cancel: &Cancel) -> Option<Result<Box<Found>, Wrong>> {
        let query = match filter::parse_with(&text, &self.saved) {
            Ok(query) => query,
            Err(error) => return Some(Err(Wrong { at: error.range, words: error.message })),
        };
        if let Some((name, words)) = filter::strange(&query, &self.comparison) {
            let at = text.rfind(&name).unwrap_or(0);
            return Some(Err(Wrong { at: at..at + name.len(), words }));
        }
        if query.asks_history() {
            let why = self.ages.as_ref().map_or(OF_TWO, |ages| &ages.why);
            if !why.is_empty() {
                return Some(Err(Wrong { at: 0..text.len(), words: why.to_owned() }));
            }
        }
        self.found(purpose, text, &query, cancel).map(|found| Ok(Box::new(found)))
    }

    fn found(&self, purpose: Purpose, text: String, query: &Query, cancel: &Cancel) -> Option<Found> {
        let leaves = self.leaves(query, cancel)?;
        let matched = Matched::new(&self.comparison, leaves, cancel)?;
        let lens = Lens { matched: Some(&matched), ..self.lens() };
        let (listing, stops) = match purpose {
            // Where only same values match, they are what was asked for.
            Purpose::Filter if matched.tally(Comparison::TOP).telling() == 0 => (Listing::all_open(lens), Vec::new()),
            Purpose::Filter => (Listing::new(lens), lens.stops()),
            Purpose::Find => {
                let listed = |row: &RowId| self.shown.lists(Kind::of(&self.comparison, *row));
                (Listing::default(), matched.leaves.iter().copied().filter(listed).collect())
            }
        };
        let without = if matched.leaves.is_empty() { self.without(query, cancel)? } else { Vec::new() };
        let graded = self.graded(&stops);
        Some(Found { text, listing, stops, graded, without, matched: Arc::new(matched) })
    }

    fn graded(&self, stops: &[RowId]) -> Graded {
        self.judged.as_ref().map(|judged| Graded::of(stops, judged)).unwrap_or_default()
    }

    /// What matches a query.
    fn leaves(&self, query: &Query, cancel: &Cancel) -> Option<Vec<RowId>> {
        let context = self.judged.as_ref().map(|judged| judged.assessment.context(None)).unwrap_or_default();
        let context = filter::Context { ages: self.ages.as_deref(), ..context };
        filter::run_with(query, &self.comparison, &context, cancel)
    }

    /// Each part of a query that matches nothing, with the matches that there would be without it.
    fn without(&self, query: &Query, cancel: &Cancel) -> Option<Vec<(String, usize)>> {
        let parts = query.without().into_iter().take(PARTS);
        parts.map(|(part, rest)| Some((part, self.leaves(&rest, cancel)?.len()))).collect()
    }
}
