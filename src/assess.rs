//! Floor 4: what every command and every screen is given. A comparison with what it means; risk, causes and policy join
//! it here.

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::filter::{self, Query};
use crate::reference::Resolved;
use std::sync::Arc;

/// A comparison, and what can be said of it.
#[derive(Debug)]
pub struct Assessment {
    /// All rows.
    pub comparison: Comparison,
}

impl Assessment {
    /// Compares snapshots; `None` when cancelled.
    pub fn new(snapshots: &[Resolved], cancel: &Cancel) -> Option<Self> {
        let snapshots = snapshots.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
        Some(Self { comparison: Comparison::new(snapshots, cancel)? })
    }

    /// The rows that count as found, or all of them.
    pub fn rows(&self, all: bool) -> Vec<RowId> {
        self.comparison.leaves().filter(|row| all || self.comparison.state(*row).is_found()).collect()
    }

    /// Those of some rows, in order, that a query matches.
    pub fn filtered(&self, rows: &[RowId], query: &Query) -> Vec<RowId> {
        let matches = filter::run(query, &self.comparison, &Cancel::new()).unwrap_or_default();
        rows.iter().copied().filter(|row| matches.binary_search(row).is_ok()).collect()
    }

    /// Whether anything was found: what `diff` ends with status 1 for.
    pub fn is_found(&self) -> bool {
        self.comparison.tally(Comparison::TOP).found() > 0
    }
}
