//! All snapshots that were opened, at one path: with more than two, the tree lays only two side by side.

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::model::{Path, Snapshot, TreeBuilder};
use crate::tui::model::Model;
use std::sync::Arc;

/// The snapshots, and which of them is the reference; empty when the tree has them all.
#[derive(Clone, Debug, Default)]
pub struct Others {
    snapshots: Vec<Arc<Snapshot>>,
    reference: usize,
}

impl Others {
    /// Those of the explorer.
    pub fn new(model: &Model) -> Self {
        if model.snapshots.len() <= 2 {
            return Self::default();
        }
        Self { snapshots: model.snapshots.clone(), reference: model.reference }
    }

    /// What all of them say of a path; `None` when there are no others.
    pub fn at(&self, path: &Path) -> Option<(Arc<Comparison>, RowId)> {
        if self.snapshots.is_empty() {
            return None;
        }
        let alone = self.snapshots.iter().map(|snapshot| Arc::new(alone(snapshot, path))).collect();
        let mut comparison = Comparison::new(alone, &Cancel::new())?;
        comparison.set_reference(self.reference);
        let row = comparison.find(path)?;
        Some((Arc::new(comparison), row))
    }
}

/// A snapshot with what it says of one path, and nothing else.
fn alone(snapshot: &Snapshot, path: &Path) -> Snapshot {
    let mut facts = TreeBuilder::new();
    let mut value: Vec<_> = snapshot.facts.get(path).map(|v| (path.clone(), v.to_owned())).into_iter().collect();
    facts.facts(&mut value);
    let problem = snapshot.problem_at(path).filter(|_| value.is_empty());
    Snapshot {
        meta: snapshot.meta.clone(),
        facts: facts.finish(),
        provenance: snapshot.provenance.clone(),
        problems: problem.map(|problem| (path.clone(), problem.clone())).into_iter().collect(),
    }
}
