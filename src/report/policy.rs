//! What the policy says of rows, for every format.

use super::{Report, grouped};
use crate::base::text::escape;
use crate::compare::RowId;
use crate::policy::accept::{Acceptance, debt};
use crate::policy::{Acceptances, Policy, Standing, Standings};
use jiff::civil::Date;
use serde_json::{Value as Json, json};

/// How the rows stand to a policy.
#[derive(Clone, Copy)]
pub struct Ruled<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What has been accepted.
    pub acceptances: &'a Acceptances,
    /// How the rows stand to both.
    pub standings: &'a Standings,
    /// The day of which it is asked.
    pub today: Date,
}

impl Ruled<'_> {
    /// The acceptance that holds for a row.
    pub(super) fn acceptance(&self, row: RowId) -> Option<&Acceptance> {
        match self.standings.of(row) {
            Standing::Accepted(index) => self.acceptances.list.get(index),
            _ => None,
        }
    }

    /// Why a row is no finding any more, in display form: somebody has accepted it, or the policy leaves it out.
    pub(super) fn let_through(&self, row: RowId) -> Option<String> {
        match self.standings.of(row) {
            Standing::Accepted(_) | Standing::Ignored(_) => self.words(row),
            Standing::Open | Standing::Violated(_) => None,
        }
    }

    /// Whether it breaks what the policy asks of its path.
    pub(super) fn is_violated(&self, row: RowId) -> bool {
        matches!(self.standings.of(row), Standing::Violated(_))
    }

    /// In words, in display form; none for a row of which nobody has said anything.
    pub(super) fn words(&self, row: RowId) -> Option<String> {
        let words = match self.standings.of(row) {
            Standing::Open => return None,
            Standing::Accepted(index) => {
                let acceptance = self.acceptances.list.get(index)?;
                let until = acceptance.until.map(|until| format!(" until {until}")).unwrap_or_default();
                format!("accepted{until}: {}", acceptance.reason)
            }
            Standing::Ignored(index) => format!("ignored: {}", self.policy.relations.get(index)?.reason),
            Standing::Violated(index) => {
                let finding = self.standings.findings.get(index)?;
                let relation = self.policy.relations.get(finding.relation)?;
                format!("{}: {} ({})", relation.must, finding.words, relation.reason)
            }
        };
        Some(escape(&words).into_owned())
    }

    /// As an object of the JSON output; null for a row of which nobody has said anything.
    pub(super) fn json(&self, row: RowId) -> Json {
        let said = match self.standings.of(row) {
            Standing::Open => None,
            Standing::Accepted(index) => self.acceptances.list.get(index).map(|acceptance| {
                json!({
                    "standing": "accepted",
                    "by": acceptance.key,
                    "reason": acceptance.reason,
                    "author": acceptance.author,
                    "date": acceptance.date.to_string(),
                    "until": acceptance.until.map(|until| until.to_string()),
                })
            }),
            Standing::Ignored(index) => self
                .policy
                .relations
                .get(index)
                .map(|relation| json!({ "standing": "ignored", "by": relation.asks(), "reason": relation.reason })),
            Standing::Violated(index) => self.standings.findings.get(index).and_then(|finding| {
                let relation = self.policy.relations.get(finding.relation)?;
                let by = relation.asks();
                Some(json!({ "standing": "violated", "by": by, "reason": relation.reason, "why": finding.words }))
            }),
        };
        said.unwrap_or_default()
    }
}

impl Report<'_> {
    /// What is to be said of the policy below a list, a sentence each: how much it moves, and what has been put off.
    pub(super) fn policy_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((accepted, ignored)) = self.moved().filter(|moved| *moved != (0, 0)) {
            lines.push(format!("By policy: {} accepted, {} ignored.", grouped(accepted), grouped(ignored)));
        }
        if let Some(ruled) = self.ruled.filter(|ruled| !ruled.acceptances.list.is_empty()) {
            let debt = debt(ruled.acceptances, ruled.today);
            lines.push(format!("Acceptances: {}.", debt.words()));
        }
        lines
    }

    /// How many divergences are accepted and how many ignored; none without a policy.
    pub(super) fn moved(&self) -> Option<(usize, usize)> {
        let found = |rows: Vec<RowId>| rows.iter().filter(|row| self.comparison.state(**row).is_found()).count();
        self.ruled.map(|ruled| (found(ruled.standings.accepted()), found(ruled.standings.ignored())))
    }
}
