//! What the policy says of rows, for every format.

use super::{Report, counted, grouped};
use crate::base::text::escape;
use crate::compare::RowId;
use crate::policy::accept::{Acceptance, debt_without};
use crate::policy::{self, Acceptances, Policy, Standing, Standings};
use crate::rehearsal::Records;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

/// How the rows stand to a policy.
#[derive(Clone, Copy)]
pub struct Ruled<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What has been accepted.
    pub acceptances: &'a Acceptances,
    /// What has been rehearsed.
    pub rehearsals: &'a Records,
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

/// An acceptance whose end has been reached, in display form.
pub(super) struct Ended {
    pub key: String,
    pub by: String,
    pub until: String,
    pub reason: String,
}

/// How many acceptances that have ended are named.
const ENDED: usize = 5;

impl Report<'_> {
    /// The acceptances whose end has been reached, the last one first.
    pub(super) fn ended(&self) -> Vec<Ended> {
        let Some(ruled) = self.ruled else { return Vec::new() };
        let mut all: Vec<(jiff::civil::Date, &Acceptance)> = ruled
            .acceptances
            .list
            .iter()
            .filter_map(|one| Some((one.until.filter(|until| *until < ruled.today)?, one)))
            .collect();
        all.sort_by(|a, b| (b.0, &a.1.key).cmp(&(a.0, &b.1.key)));
        let text = |text: &str| escape(text).into_owned();
        all.into_iter()
            .map(|(until, one)| Ended {
                key: text(&one.key),
                by: text(&one.author),
                until: until.to_string(),
                reason: text(&one.reason),
            })
            .collect()
    }

    /// What is to be said of the policy below a list, a sentence each: how much it moves, and what has been put off.
    pub(super) fn policy_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((accepted, ignored)) = self.moved().filter(|moved| *moved != (0, 0)) {
            lines.push(format!("By policy: {} accepted, {} ignored.", grouped(accepted), grouped(ignored)));
        }
        if let Some(ruled) = self.ruled.filter(|ruled| !ruled.acceptances.list.is_empty()) {
            let debt = debt_without(ruled.acceptances, &ruled.standings.over(), ruled.today);
            lines.push(format!("Acceptances: {}.", debt.words()));
            let ended = self.ended();
            let named = ended.iter().take(ENDED).map(|one| format!("{} ({}, until {})", one.key, one.by, one.until));
            let named: Vec<String> = named.collect();
            if !named.is_empty() {
                let rest = ended.len().saturating_sub(ENDED);
                let rest = if rest > 0 { format!(" and {}", counted(rest, "more")) } else { String::new() };
                lines.push(format!("Ended, and open again: {}{rest}.", named.join(", ")));
            }
        }
        lines.extend(self.rehearsals(true));
        lines
    }

    /// What is to be said of the way back, a sentence for each environment that is pushed to, in display form; those who
    /// do not know the program are named no paths.
    pub(super) fn rehearsals(&self, names_paths: bool) -> Vec<String> {
        let Some(Ruled { policy, rehearsals, today, .. }) = self.ruled else { return Vec::new() };
        let mut rehearsals = rehearsals.clone();
        if !names_paths {
            rehearsals.list.iter_mut().for_each(|record| record.paths.clear());
        }
        let names = policy::targets(self.comparison).into_iter();
        let said = names.filter_map(|name| policy.rehearsed(&rehearsals, name, today));
        said.map(|words| format!("{}.", escape(&words))).collect()
    }

    /// What is known of the way back, for programs; empty where nobody asks and nothing is known.
    pub(super) fn json_rehearsals(&self) -> Vec<Json> {
        let Some(Ruled { policy, rehearsals, today, .. }) = self.ruled else { return Vec::new() };
        let of = |name: &str| {
            let record = rehearsals.newest(name);
            let fault = policy.rehearsal.fault(rehearsals, name, today);
            let asks = policy.rehearsal.asks(name);
            (record.is_some() || asks.is_some())
                .then(|| json!({ "environment": name, "asked": asks, "fault": fault, "last": record }))
        };
        policy::targets(self.comparison).into_iter().filter_map(of).collect()
    }

    /// How many divergences are accepted and how many ignored; none without a policy.
    pub(super) fn moved(&self) -> Option<(usize, usize)> {
        let found = |rows: Vec<RowId>| rows.iter().filter(|row| self.comparison.state(**row).is_found()).count();
        self.ruled.map(|ruled| (found(ruled.standings.accepted()), found(ruled.standings.ignored())))
    }
}
