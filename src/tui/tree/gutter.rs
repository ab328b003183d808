//! The marks of a review beside the rows of the tree.

use crate::compare::{Comparison, RowId};
use crate::review::Seen;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How rows stand in the review that is open.
#[derive(Clone, Debug, Default)]
pub struct Gutter {
    signs: BTreeMap<RowId, Seen>,
    /// Rows that were looked at or flagged, ascending.
    decided: Arc<[RowId]>,
}

impl Gutter {
    /// Of rows that are not open.
    pub fn new(signs: BTreeMap<RowId, Seen>) -> Self {
        let is_decided = |seen: &Seen| matches!(seen, Seen::Reviewed | Seen::Flagged);
        let decided = signs.iter().filter(|(_, seen)| is_decided(seen)).map(|(row, _)| *row).collect();
        Self { signs, decided }
    }

    /// How a row stands.
    pub fn of(&self, row: RowId) -> Seen {
        self.signs.get(&row).copied().unwrap_or_default()
    }

    /// The rows that are decided, ascending.
    pub fn decided_rows(&self) -> Arc<[RowId]> {
        Arc::clone(&self.decided)
    }

    /// How many rows at or beneath a row are decided.
    pub fn decided_in(&self, comparison: &Comparison, row: RowId) -> usize {
        let before = |end: RowId| self.decided.partition_point(|decided| *decided < end);
        before(comparison.end(row)) - before(row)
    }
}
