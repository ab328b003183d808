//! What rules say of derived facts. A rule that names one judges that, once: the finding stands at one of its inputs, and
//! the others that the rule looks at are low at most.

use super::RuleIndex;
use super::around::At;
use super::engine::{Finding, Judge, Role, keep_worse};
use super::rule::Rule;
use super::score::Score;
use super::seen::{Both, Seen, Val};
use crate::compare::{RowId, State};
use crate::effective::Derived;
use crate::model::vocabulary::VersionOrder;

/// Findings of derived facts by their places, and of the rows that these are made of.
type Derivations = (Vec<(usize, Finding)>, Vec<(RowId, Finding)>);

impl<'a> Judge<'a> {
    /// Derived facts that fire: by their own place, and each by the one input that carries it, in order.
    pub(super) fn derived(&mut self) -> Derivations {
        let (mut all, mut of_rows) = (Vec::new(), Vec::new());
        for (at, fact) in self.effective.facts().iter().enumerate() {
            for rule in self.rules.inner.patterns.rules(&fact.path) {
                let finding = self.judge_derived(at, fact, rule);
                let carrier = finding.as_ref().and_then(|finding| self.carrier(at, fact, rule, finding));
                self.carriers.insert((rule, at), carrier);
                let Some(finding) = finding else { continue };
                if let Some(row) = carrier {
                    let mut of_row = finding.clone();
                    if self.rules.get(rule).is_some_and(|rule| !rule.is_fixed) {
                        of_row.score.spread = self.spread(row);
                    }
                    of_rows.push((row, of_row));
                }
                all.push((at, finding));
            }
        }
        of_rows.sort_by_key(|(row, _)| *row);
        (all, of_rows)
    }

    /// The input that carries the finding of a derived fact. Those that differ between the two sides come before the
    /// others, also those that are volatile: what is judged by a bound is a finding though its input is no difference, and
    /// a rule that holds for both alike stands where nothing differs. Those that the rule names and whose direction is that of the derived fact before the rest; then the order of
    /// the formula decides.
    fn carrier(&self, at: usize, fact: &'a Derived, rule_at: RuleIndex, finding: &Finding) -> Option<RowId> {
        let (comparison, rules) = (self.comparison, self.rules);
        let rule = rules.get(rule_at)?;
        let harmful = rule.harmful(&self.both_in_effect(at, fact, finding.side));
        let is_bound = rule.triggers.iter().any(|trigger| trigger.below.is_some() || trigger.above.is_some());
        let is_even = rule.triggers.iter().any(|trigger| trigger.even);
        let can_carry = |row: &RowId| match comparison.state(*row) {
            State::Volatile => is_bound || is_even,
            State::Same => is_even,
            state => state.is_found(),
        };
        let key = |row: &RowId| {
            let differs = comparison.class(*row, finding.side) != comparison.class(*row, self.target);
            let is_named = rules.inner.patterns.rules(&comparison.path(*row)).contains(&rule_at);
            let agrees =
                is_named && rule.harmful(&self.both(*row, finding.side).by_default(rule.absent.as_ref())) == harmful;
            (!comparison.state(*row).is_found(), !differs, !agrees, !is_named)
        };
        fact.asked.iter().copied().filter(can_carry).min_by_key(key)
    }

    /// The derived fact that is judged instead of a row, where the rule names one that is made of it and both sides have
    /// evidence for it: of several one that the rule fires on, else one that differs.
    pub(super) fn in_effect(
        &self,
        row: RowId,
        at: RuleIndex,
        rule: &Rule,
        side: usize,
    ) -> Option<(usize, Role, Both<'a>)> {
        let mut found: Option<(u8, (usize, Role, Both<'a>))> = None;
        for place in self.effective.places_made_of(row) {
            let Some(carrier) = self.carriers.get(&(at, place)) else { continue };
            let Some(fact) = self.effective.facts().get(place) else { continue };
            let both = self.both_in_effect(place, fact, side);
            let (Seen::Is(test), Seen::Is(target)) = (&both.test, &both.target) else { continue };
            let weight = if test == target { 0 } else { 1 + u8::from(rule.fires(&both).is_some()) };
            let role = carrier.filter(|_| weight > 1).map_or(Role::WithoutEffect, Role::PartOf);
            if found.as_ref().is_none_or(|(known, _)| *known < weight) {
                found = Some((weight, (place, role, both)));
            }
        }
        found.map(|(_, found)| found)
    }

    fn both_in_effect(&self, at: usize, fact: &'a Derived, side: usize) -> Both<'a> {
        let of = |side: usize| match fact.values.get(side) {
            Some(Some(value)) => Seen::Is(Val::of_owned(value)),
            _ => Seen::Unknown,
        };
        let (test, target, order, is_directed) = (of(side), of(self.target), VersionOrder::Generic, self.is_directed);
        let around = self.around(side, At::Derived(at));
        Both { test, target, order, is_directed, is_pool: self.is_pool(side), around: Some(around) }
    }

    fn judge_derived(&mut self, at: usize, fact: &'a Derived, rule_at: RuleIndex) -> Option<Finding> {
        let rules = self.rules;
        let rule = rules.get(rule_at)?;
        let mut worst = None;
        let reference = self.target;
        for side in (0..fact.values.len()).filter(|side| *side != reference) {
            let both = self.both_in_effect(at, fact, side);
            let Some(fired) = rule.fires(&both) else { continue };
            let score = Score { magnitude: i8::from(fired.is_large), ..rule.base() };
            if let Some(finding) = self.finding(rule_at, rule, score, side, &both) {
                keep_worse(&mut worst, Finding { effective: Some(at), ..finding });
            }
        }
        worst
    }
}
