//! What a review is held against, and held against again once something more has been accepted.

use super::{Assessment, Judged, Ruling};
use crate::base::cancel::Cancel;
use crate::compare::RowId;
use crate::policy::judge::{Asked, Judgement};
use crate::review::{Board, Gate, Journal};
use std::sync::Arc;

/// A judged comparison with what else its gate was asked.
#[derive(Clone, Debug)]
pub struct Bench {
    /// How it differs, what that means, and how it stands to the policy.
    pub judged: Arc<Judged>,
    /// What is new, where there is an earlier time to measure against.
    pub new: Option<Vec<RowId>>,
    /// Whether only what is new counts.
    pub is_since: bool,
}

impl Bench {
    /// What the gate says.
    pub fn judgement(&self) -> Option<Judgement> {
        let asked = Asked { is_since: self.is_since, ..Asked::default() };
        let Judged { assessment, ruling } = &*self.judged;
        assessment.judged(ruling, self.new.as_deref(), &asked)
    }

    /// What a review with this journal walks through.
    pub fn board(&self, judgement: &Judgement, journal: &Journal) -> Board {
        let Judged { assessment, ruling } = &*self.judged;
        let finished = journal.finished();
        let gate = Gate {
            judgement,
            meaning: &assessment.meaning,
            accepted: (&assessment.standings, &ruling.acceptances),
            is_usual: ruling.policy.gate.block.is_none(),
            finished: finished.as_ref().map(|(_, asked)| asked),
        };
        Board::new(Arc::clone(&assessment.comparison), &gate)
    }

    /// The same comparison, held against another ruling; `None` when cancelled.
    pub fn ruled(&self, ruling: Arc<Ruling>, cancel: &Cancel) -> Option<Self> {
        let Assessment { comparison, meaning, .. } = &self.judged.assessment;
        let assessment = Assessment::held(Arc::clone(comparison), Some(Arc::clone(meaning)), &ruling, cancel)?;
        Some(Self { judged: Arc::new(Judged { assessment, ruling }), ..self.clone() })
    }
}
