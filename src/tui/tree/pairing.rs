//! Two other sides: a worker lays them side by side and opens the tree of them, which takes over what is looked at.

use super::Tree;
use super::bits::Bits;
use super::kind::Shown;
use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::model::Snapshot;
use std::sync::Arc;

/// Two snapshots to be laid side by side.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// Counts up: an older answer is dropped.
    pub ticket: u64,
    /// The two sides.
    pub sides: [Arc<Snapshot>; 2],
    /// Which of the two is the reference.
    pub reference: usize,
    /// Which kinds are listed.
    pub shown: Shown,
    /// What was looked at before, and its open branches: they are carried over by path.
    pub before: (Arc<Comparison>, Bits),
}

/// The answer to a [`Pairing`].
#[derive(Debug)]
pub struct Paired {
    /// The pairing's ticket.
    pub ticket: u64,
    /// The tree of the two sides.
    pub tree: Box<Tree>,
    /// The open branches that it has taken over.
    pub open: Bits,
}

impl Pairing {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Paired> {
        let mut comparison = Comparison::new(self.sides.into(), cancel)?;
        comparison.set_reference(self.reference);
        let mut tree = Box::new(Tree::with_kinds(Arc::new(comparison), self.shown));
        let (old, open) = self.before;
        tree.carry(&old, &open);
        (!cancel.is_cancelled()).then_some(Paired { ticket: self.ticket, tree, open })
    }
}
