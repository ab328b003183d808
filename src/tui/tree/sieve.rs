//! What is to be listed: filter, find and kinds. A worker finds it out, and its answer is ready to be shown.

use super::kind::{Kind, Shown};
use super::rows::{Lens, Listing, Matched};
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::filter::{self, Query, Saved};
use crate::risk::Band;
use std::ops::Range;
use std::sync::Arc;

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
    /// Where all that is listed without a filter is to be listed anew for other kinds: for which it was, and the runs
    /// that are shown row by row.
    pub base: Option<(Shown, Vec<RowId>)>,
    /// What it runs over.
    pub comparison: Arc<Comparison>,
    /// Which kinds are listed.
    pub shown: Shown,
    /// What `@name` stands for.
    pub saved: Arc<Saved>,
    /// What the differences mean and how they stand, where they are judged.
    pub judged: Option<Arc<Judged>>,
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

/// What is listed without a filter, all folded.
#[derive(Debug)]
pub struct Base {
    /// Its rows.
    pub listing: Listing,
    /// Its divergences, where they are others than before.
    pub stops: Option<Vec<RowId>>,
}

/// The answer to a [`Job`].
#[derive(Debug)]
pub struct Answer {
    /// The job's ticket.
    pub ticket: u64,
    /// What the text was for, and what was found or is wrong with it.
    pub query: Option<(Purpose, Result<Box<Found>, Wrong>)>,
    /// What is listed without a filter.
    pub base: Option<Box<Base>>,
}

impl Job {
    /// Runs the query; `None` when cancelled.
    pub fn run(mut self, cancel: &Cancel) -> Option<Answer> {
        let query = self.query.take();
        let base = self.base.take().map(|(before, loose)| {
            let lens = Lens { comparison: &self.comparison, shown: self.shown, matched: None, hidden: None };
            let stops = (!self.shown.finds_as(before)).then(|| lens.stops());
            Box::new(Base { listing: Listing::of(lens, loose), stops })
        });
        let query = match query {
            Some((purpose, text)) => Some((purpose, self.answer(purpose, text, cancel)?)),
            None => None,
        };
        (!cancel.is_cancelled()).then_some(Answer { ticket: self.ticket, query, base })
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
        self.found(purpose, text, &query, cancel).map(|found| Ok(Box::new(found)))
    }

    fn found(&self, purpose: Purpose, text: String, query: &Query, cancel: &Cancel) -> Option<Found> {
        let leaves = self.leaves(query, cancel)?;
        let matched = Matched::new(&self.comparison, leaves, cancel)?;
        let lens = Lens { comparison: &self.comparison, shown: self.shown, matched: Some(&matched), hidden: None };
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
        let graded = self.judged.as_ref().map(|judged| Graded::of(&stops, judged)).unwrap_or_default();
        Some(Found { text, listing, stops, graded, without, matched: Arc::new(matched) })
    }

    /// What matches a query.
    fn leaves(&self, query: &Query, cancel: &Cancel) -> Option<Vec<RowId>> {
        let context = self.judged.as_ref().map(|judged| judged.assessment.context(None)).unwrap_or_default();
        filter::run_with(query, &self.comparison, &context, cancel)
    }

    /// Each part of a query that matches nothing, with the matches that there would be without it.
    fn without(&self, query: &Query, cancel: &Cancel) -> Option<Vec<(String, usize)>> {
        let parts = query.without().into_iter().take(PARTS);
        parts.map(|(part, rest)| Some((part, self.leaves(&rest, cancel)?.len()))).collect()
    }
}
