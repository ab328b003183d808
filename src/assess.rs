//! Floor 4: what every command and every screen is given. A comparison with what it means; risk, causes and policy join
//! it here.

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::filter::{self, Query};
use crate::meaning::Meaning;
use crate::policy::accept::{Acceptance, What};
use crate::policy::baseline::Baseline;
use crate::policy::judge::{self, Asked, Judgement};
use crate::policy::{self, Acceptances, Group, Policy, Standing, Standings, standing};
use crate::reference::Resolved;
use crate::risk::{Band, Rules};
use jiff::civil::Date;
use std::sync::Arc;

/// What a comparison is held against.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// What `driftglass.toml` says.
    pub policy: Policy,
    /// What differences risk.
    pub rules: Rules,
    /// What has been accepted.
    pub acceptances: Acceptances,
    /// The day of which it is asked.
    pub today: Date,
}

/// A comparison, and what can be said of it.
#[derive(Debug)]
pub struct Assessment {
    /// All rows.
    pub comparison: Arc<Comparison>,
    /// What its divergences mean.
    pub meaning: Meaning,
    /// How they stand to the policy; all are open without one.
    pub standings: Standings,
    accepted: Vec<RowId>,
    ignored: Vec<RowId>,
}

impl Assessment {
    /// Compares snapshots and judges what differs; `None` when cancelled.
    pub fn new(snapshots: &[Resolved], rules: &Rules, cancel: &Cancel) -> Option<Self> {
        let snapshots = snapshots.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
        let comparison = Arc::new(Comparison::new(snapshots, cancel)?);
        let meaning = Meaning::of(&comparison, rules, cancel)?;
        Some(Self { comparison, meaning, standings: Standings::default(), accepted: Vec::new(), ignored: Vec::new() })
    }

    /// Compares snapshots and holds them against a policy; `None` when cancelled.
    pub fn ruled(snapshots: &[Resolved], ruling: &Ruling, cancel: &Cancel) -> Option<Self> {
        let mut assessment = Self::new(snapshots, &ruling.rules, cancel)?;
        let Ruling { policy, acceptances, today, .. } = ruling;
        let standings =
            policy::apply(&assessment.comparison, &assessment.groups(), policy, acceptances, *today, cancel)?;
        (assessment.accepted, assessment.ignored) = (standings.accepted(), standings.ignored());
        assessment.standings = standings;
        Some(assessment)
    }

    /// Divergences with one origin, as acceptances name them.
    fn groups(&self) -> Vec<Group<'_>> {
        self.meaning.causes.all().iter().map(|cause| Group { key: &cause.key, members: &cause.members }).collect()
    }

    /// The rows that count as found and those that are accepted, or all of them.
    pub fn rows(&self, all: bool) -> Vec<RowId> {
        let is_listed = |row: &RowId| {
            all || (self.comparison.state(*row).is_found() && !matches!(self.standings.of(*row), Standing::Ignored(_)))
        };
        self.comparison.leaves().filter(is_listed).collect()
    }

    /// Those of some rows, in order, that a query matches.
    pub fn filtered(&self, rows: &[RowId], query: &Query) -> Vec<RowId> {
        let matches = filter::run_with(query, &self.comparison, &self.context(None), &Cancel::new());
        let matches = matches.unwrap_or_default();
        rows.iter().copied().filter(|row| matches.binary_search(row).is_ok()).collect()
    }

    /// Whether anything was found: what `diff` ends with status 1 for. What is accepted or ignored is not.
    pub fn is_found(&self) -> bool {
        self.comparison.tally(Comparison::TOP).found() as usize > self.standings.moved(&self.comparison)
    }

    /// What filters ask of rows besides the comparison.
    fn context<'a>(&'a self, new: Option<&'a [RowId]>) -> filter::Context<'a> {
        filter::Context { accepted: &self.accepted, ignored: &self.ignored, new, ..self.meaning.context() }
    }

    /// What is new since the same sides were these: divergences and violated relations that were not so.
    pub fn new_since(&self, then: &[Resolved], cancel: &Cancel) -> Option<Vec<RowId>> {
        let mut rows: Vec<RowId> = self.comparison.leaves().filter(|r| self.comparison.state(*r).is_found()).collect();
        rows.extend(self.standings.findings.iter().map(|finding| finding.row).filter(|row| *row != Comparison::TOP));
        rows.sort_unstable();
        rows.dedup();
        let then = then.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
        judge::new_since(&self.comparison, &rows, &Comparison::new(then, cancel)?, cancel)
    }

    /// What the gate says; `new` is what is new, where there is an earlier time to measure against.
    pub fn judged(&self, policy: &Policy, new: Option<&[RowId]>, asked: &Asked<'_>) -> Option<Judgement> {
        let cancel = Cancel::new();
        judge::judge(&self.comparison, &self.context(new), &self.standings, policy, asked, &cancel)
    }

    /// How many open differences and points of risk every area has, to be held to.
    pub fn baseline(&self) -> Baseline {
        let points = |row| self.meaning.risks.worst(row).map_or(0, |worst| worst.score.total());
        Baseline::of(&self.comparison, &self.standings, points)
    }

    /// The worst that some rows risk.
    pub fn worst_of(&self, rows: &[RowId]) -> Option<Band> {
        rows.iter().filter_map(|row| Some(self.meaning.risks.worst(*row)?.score.band().0)).max()
    }

    /// What an acceptance of a path, a pattern or a cause would speak of now: differences and violated relations.
    pub fn acceptable(&self, what: &What) -> Vec<RowId> {
        let groups = self.groups();
        standing::acceptable(&self.comparison, &groups, what, &self.standings, &Cancel::new()).unwrap_or_default()
    }

    /// Pins an acceptance to what the sides say now.
    pub fn pin(&self, acceptance: &mut Acceptance, rows: &[RowId]) {
        acceptance.values = standing::pins(&self.comparison, rows);
    }
}
