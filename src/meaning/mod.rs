//! Floor 2: what the divergences of a comparison mean, all together: what really holds, what it risks, where it comes
//! from, what to read first, and what tests can meet.

mod ranking;
mod stakes;

pub use ranking::{Line, Ranking, What};
pub use stakes::{Held, Stake, Stakes};

use crate::base::cancel::Cancel;
use crate::cause::Causes;
use crate::compare::{Comparison, RowId};
use crate::coverage::{self, Coverage};
use crate::effective::Effective;
use crate::filter::Context;
use crate::risk::{Risks, Rules};

/// What the divergences of a comparison mean.
#[derive(Debug)]
pub struct Meaning {
    /// What really holds, derived from several facts.
    pub effective: Effective,
    /// What the divergences risk.
    pub risks: Risks,
    /// Where they come from.
    pub causes: Causes,
    /// What is to be read, worst first.
    pub ranking: Ranking,
    /// What the test environments show of the target; `None` where every side is a target.
    pub coverage: Option<Coverage>,
}

impl Meaning {
    /// Judges a comparison; `None` when cancelled.
    pub fn of(comparison: &Comparison, rules: &Rules, cancel: &Cancel) -> Option<Self> {
        let effective = Effective::of(comparison);
        let risks = Risks::assess(comparison, &effective, rules, cancel)?;
        let causes = Causes::find(comparison, cancel)?;
        let ranking = Ranking::new(comparison, &causes, &risks);
        let points = |row: &RowId| (*row, risks.worst(*row).map_or(0, |worst| worst.score.total()));
        let lines: Vec<coverage::Line> =
            ranking.lines().iter().map(|line| ranking.members(line, &causes).iter().map(points).collect()).collect();
        let coverage = Coverage::of(comparison, &lines, cancel);
        if cancel.is_cancelled() {
            return None;
        }
        Some(Self { effective, risks, causes, ranking, coverage })
    }

    /// What filters may ask for besides the comparison.
    pub fn context(&self) -> Context<'_> {
        Context { risks: Some(&self.risks), causes: Some(&self.causes), ..Context::default() }
    }
}
