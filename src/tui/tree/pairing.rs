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
    /// They are aligned already, the reference set.
    pub aligned: Option<Arc<Comparison>>,
    /// What was looked at before; none to begin anew.
    pub before: Option<Before>,
}

/// What was looked at before: its open branches are carried over by path.
#[derive(Clone, Debug)]
pub struct Before {
    /// What was looked at.
    pub comparison: Arc<Comparison>,
    /// The open branches.
    pub open: Bits,
    /// Those that were open at first, where only those are carried over that were opened or folded since.
    pub first: Option<Bits>,
}

/// The answer to a [`Pairing`].
#[derive(Debug)]
pub struct Paired {
    /// The pairing's ticket.
    pub ticket: u64,
    /// The tree of the two sides.
    pub tree: Box<Tree>,
    /// The open branches that it has taken over; none where it begins anew.
    pub open: Option<Bits>,
}

impl Pairing {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Paired> {
        let comparison = match self.aligned {
            Some(comparison) => comparison,
            None => {
                let mut comparison = Comparison::new(self.sides.into(), cancel)?;
                comparison.set_reference(self.reference);
                Arc::new(comparison)
            }
        };
        let mut tree = Box::new(Tree::with_kinds(comparison, self.shown));
        self.before.iter().for_each(|before| tree.carry(before));
        let open = self.before.map(|before| before.open);
        (!cancel.is_cancelled()).then_some(Paired { ticket: self.ticket, tree, open })
    }
}
