//! Filter and find: the query runs on a worker, and its answer is ready to be shown.

use super::kind::{Kind, Shown};
use super::rows::{Lens, Listing, Matched};
use crate::base::cancel::Cancel;
use crate::compare::{Cell, Comparison, RowId};
use std::sync::Arc;

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// List only what matches.
    Filter,
    /// List everything; matches are the stops.
    Find,
}

/// A query to be run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Counts up: an answer to an older job is dropped.
    pub ticket: u64,
    /// What it is for.
    pub purpose: Purpose,
    /// The text as typed.
    pub text: String,
    /// What it runs over.
    pub comparison: Arc<Comparison>,
    /// Which kinds are listed.
    pub shown: Shown,
}

/// The text is not a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The part that is wrong, in bytes of the text.
    pub at: std::ops::Range<usize>,
    /// What would be right.
    pub words: String,
}

/// What a query found, with everything that the screen needs of it.
#[derive(Debug)]
pub struct Found {
    /// The text as typed.
    pub text: String,
    /// What matches.
    pub matched: Arc<Matched>,
    /// Rows and folds for a filter; empty for a find.
    pub listing: Listing,
    /// Where `n` goes: divergences that match for a filter, all matches for a find.
    pub stops: Vec<RowId>,
    /// Parts of the query with the matches there would be without each, where nothing matches.
    pub without: Vec<(String, usize)>,
}

/// The answer to a [`Job`].
#[derive(Debug)]
pub struct Answer {
    /// The job's ticket.
    pub ticket: u64,
    /// What it was for.
    pub purpose: Purpose,
    /// What was found, or what is wrong with the text.
    pub result: Result<Box<Found>, Wrong>,
}

impl Job {
    /// Runs the query; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Answer> {
        let leaves = search(&self.comparison, &self.text, cancel)?;
        let matched = Matched::new(&self.comparison, leaves, cancel)?;
        let lens = Lens { comparison: &self.comparison, shown: self.shown, matched: Some(&matched) };
        let (listing, stops) = match self.purpose {
            Purpose::Filter if matched.tally(Comparison::TOP).found() == 0 => (Listing::all_open(lens), Vec::new()),
            Purpose::Filter => (Listing::new(lens), lens.stops()),
            Purpose::Find => {
                let listed = |row: &RowId| self.shown.lists(Kind::of(&self.comparison, *row));
                (Listing::default(), matched.leaves.iter().copied().filter(listed).collect())
            }
        };
        let found = Found { text: self.text, listing, stops, without: Vec::new(), matched: Arc::new(matched) };
        Some(Answer { ticket: self.ticket, purpose: self.purpose, result: Ok(Box::new(found)) })
    }
}

/// Leaves whose path or value holds the text.
fn search(comparison: &Comparison, text: &str, cancel: &Cancel) -> Option<Vec<RowId>> {
    let mut found = Vec::new();
    for (i, row) in comparison.leaves().enumerate() {
        if i % 4096 == 0 && cancel.is_cancelled() {
            return None;
        }
        let in_value =
            || comparison.cells(row).any(|cell| matches!(cell, Cell::Value(value) if value.plain().contains(text)));
        if text.is_empty() || comparison.path(row).to_string().contains(text) || in_value() {
            found.push(row);
        }
    }
    Some(found)
}
