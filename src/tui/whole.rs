//! All snapshots that were opened, laid side by side: what the matrix and the overview show. It is made off the drawing
//! thread when it is first looked at, and again when a snapshot joins or leaves.

use super::matrix::Matrix;
use super::overview::Sight;
use super::tree::Tree;
use super::tree::sieve::Job;
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, Peers, RowId};
use crate::meaning::{Meaning, Stakes};
use crate::model::Snapshot;
use crate::report::overview::Overview;
use crate::risk::Rules;
use std::sync::Arc;

/// All snapshots to be laid side by side.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Counts up: an older answer is dropped.
    pub ticket: u64,
    /// The snapshots, in order.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// Which of them the others are measured against.
    pub reference: usize,
    /// They are aligned already, and only the reference is another.
    pub aligned: Option<Arc<Comparison>>,
}

/// The answer to a [`Survey`].
#[derive(Debug)]
pub struct Surveyed {
    /// The survey's ticket.
    pub ticket: u64,
    whole: Box<Whole>,
}

/// What is known of all snapshots together.
#[derive(Debug)]
pub struct Whole {
    /// Filter, find and kinds over the comparison of all.
    pub tree: Tree,
    /// What differs between all of them, judged, once it is.
    pub judged: Option<Arc<Judged>>,
    /// What each side risks beside the reference, once that is known.
    pub stakes: Option<Arc<Stakes>>,
    /// Areas by snapshots.
    pub overview: Overview,
    /// Which snapshots are peers.
    pub peers: Peers,
    /// Rows with an odd one out, in order.
    pub odd: Vec<RowId>,
    /// The state of the matrix.
    pub matrix: Matrix,
    /// The state of the overview.
    pub sight: Sight,
}

/// Each side is to be judged beside the reference.
#[derive(Clone, Debug)]
pub struct Weighing {
    /// All sides.
    pub comparison: Arc<Comparison>,
    /// Which of them the others are measured against.
    pub reference: usize,
    /// What the differences between all of them mean, where that is known.
    pub meaning: Option<Arc<Meaning>>,
    /// What differences risk.
    pub rules: Rules,
}

/// What each side risks.
#[derive(Debug)]
pub struct Weighed {
    /// Of what it was found.
    pub comparison: Arc<Comparison>,
    /// What was found.
    pub stakes: Arc<Stakes>,
}

impl Weighing {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Weighed> {
        let known = self.meaning.as_ref().map(|meaning| &meaning.risks);
        let stakes = Stakes::of(&self.comparison, self.reference, known, &self.rules, cancel)?;
        Some(Weighed { comparison: self.comparison, stakes: Arc::new(stakes) })
    }
}

impl Survey {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Surveyed> {
        let comparison = match self.aligned {
            Some(comparison) => comparison,
            None => Arc::new(Comparison::new(self.snapshots, cancel)?),
        };
        let overview = Overview::new(&comparison, self.reference, cancel)?;
        let peers = Peers::of(&comparison);
        let mut odd = Vec::new();
        for row in comparison.leaves().filter(|row| comparison.state(*row).is_found()) {
            if row % 4096 == 0 && cancel.is_cancelled() {
                return None;
            }
            if peers.odd(&comparison, row).is_some() {
                odd.push(row);
            }
        }
        let mut tree = Tree::new(comparison);
        tree.count_from(self.ticket * Job::OF_ALL);
        let (matrix, sight) = (Matrix::new(self.reference), Sight::default());
        let whole = Box::new(Whole { tree, judged: None, stakes: None, overview, peers, odd, matrix, sight });
        Some(Surveyed { ticket: self.ticket, whole })
    }
}

impl Surveyed {
    /// What was found out; `before` is what it takes the place of, whose selection and settings go on.
    pub(super) fn taken(self, before: Option<Whole>) -> (Whole, Option<Job>) {
        let mut whole = *self.whole;
        let Some(before) = before else { return (whole, None) };
        let mut job = None;
        if Arc::ptr_eq(before.comparison(), whole.comparison()) {
            whole.tree = before.tree;
            whole.judged = before.judged;
            whole.stakes = before.stakes.filter(|stakes| stakes.reference() == whole.overview.reference);
        } else {
            job = whole.tree.adopt(&before.tree);
        }
        whole.matrix.take_over(&before.matrix);
        whole.sight = before.sight;
        whole.matrix.mark(whole.matrix.column(), whole.comparison().sides().len());
        (whole, job)
    }
}

impl Whole {
    /// The comparison of all.
    pub fn comparison(&self) -> &Arc<Comparison> {
        self.tree.comparison()
    }

    /// Lists the rows of the matrix anew where what decides over them has changed.
    pub fn sync(&mut self) {
        self.matrix.sync(&self.tree, &self.odd);
    }

    /// What each side risks, as long as it is of the present reference.
    pub fn stakes(&self) -> Option<&Stakes> {
        self.stakes.as_deref().filter(|stakes| stakes.reference() == self.overview.reference)
    }
}
