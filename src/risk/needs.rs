//! Whether the software or the condition that a rule is about is there: found, known to be absent, or not known.

use super::pattern::home;
use super::rule::{Need, On, Rule};
use super::seen::{Both, Val, own};
use super::{RuleIndex, Rules};
use crate::compare::version;
use crate::compare::{Cell, Comparison, RowId};
use crate::effective::Effective;
use crate::model::vocabulary::VersionOrder;
use crate::model::{Path, Snapshot};
use globset::{Glob, GlobMatcher};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// A pattern of a condition.
#[derive(Debug)]
pub(super) struct NeedPattern {
    rule: RuleIndex,
    need: usize,
    /// Where it would stand.
    home: Path,
    /// Its keys; none where any key or more fits.
    keys: Vec<Option<GlobMatcher>>,
}

impl NeedPattern {
    pub(super) fn new(rule: RuleIndex, need: usize, pattern: &str) -> Self {
        let path: Path = pattern.parse().unwrap_or_default();
        let matcher = |key: &str| Glob::new(key).ok().map(|glob| glob.compile_matcher());
        let keys = path.segments().iter().map(|key| if key == "**" { None } else { matcher(key) }).collect();
        Self { rule, need, home: home(pattern), keys }
    }

    /// Whether what is not known at a path may be what this is about.
    fn may_be(&self, path: &Path) -> bool {
        let fits = |(key, wanted): (&str, &Option<GlobMatcher>)| {
            wanted.as_ref().is_none_or(|glob| glob.is_match(key) || glob.glob().glob() == key)
        };
        path.keys().zip(&self.keys).all(fits)
    }

    /// Whether it is known that this side has nothing of the kind: the place where it would stand was looked at.
    fn is_absent(&self, snapshot: &Snapshot) -> bool {
        let has_home = snapshot.facts.find(&self.home).is_some_and(|node| snapshot.facts.is_branch(node));
        has_home && !snapshot.problems.iter().any(|(path, _)| self.may_be(path))
    }
}

/// What is known of a rule's conditions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found {
    /// There are none.
    None,
    /// All are there: where the first was seen.
    Present(Arc<str>),
    /// One is known to be absent.
    Absent,
    /// Neither.
    Unknown,
}

/// What was seen of all conditions while walking a comparison.
pub(super) struct Evidence<'a> {
    comparison: &'a Comparison,
    rules: &'a Rules,
    /// By pattern and side, the first row that fits.
    rows: HashMap<(u32, usize), RowId>,
    /// By pattern and side, the derived fact that fits.
    derived: HashMap<(u32, usize), usize>,
    effective: &'a Effective,
    absent: HashMap<(u32, usize), bool>,
    words: HashMap<(RuleIndex, usize, Option<usize>), Found>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(comparison: &'a Comparison, effective: &'a Effective, rules: &'a Rules) -> Self {
        let (rows, derived, absent, words) = Default::default();
        Self { comparison, rules, rows, derived, effective, absent, words }
    }

    fn need(&self, pattern: u32) -> Option<&'a Need> {
        let at = self.rules.inner.needs.get(pattern as usize)?;
        self.rules.get(at.rule)?.needs.get(at.need)
    }

    /// A leaf that a pattern of a condition fits.
    pub(super) fn see(&mut self, pattern: u32, row: RowId) {
        let comparison = self.comparison;
        let Some(need) = self.need(pattern) else { return };
        for side in 0..comparison.sides().len() {
            if !self.rows.contains_key(&(pattern, side)) && is_met(need, comparison.cell(row, side)) {
                self.rows.insert((pattern, side), row);
            }
        }
    }

    /// A derived fact that a pattern of a condition fits.
    pub(super) fn see_derived(&mut self, pattern: u32, at: usize) {
        let (Some(need), Some(fact)) = (self.need(pattern), self.effective.facts().get(at)) else { return };
        for (side, value) in fact.values.iter().enumerate() {
            if value.as_ref().is_some_and(|value| holds(need, &Val::of_owned(value))) {
                self.derived.entry((pattern, side)).or_insert(at);
            }
        }
    }

    /// What is known of a rule's conditions for two sides, of which `struck` alone is on the harmful one. What only the
    /// other has does not make it more likely there; that the struck one has nothing does not make it impossible, for
    /// what the other has may come with a push.
    pub(super) fn of(
        &mut self,
        at: RuleIndex,
        rule: &Rule,
        (test, target): (usize, usize),
        both: &Both<'_>,
        struck: Option<usize>,
    ) -> Found {
        if rule.needs.is_empty() {
            return Found::None;
        }
        if let Some(known) = self.words.get(&(at, test, struck)) {
            return known.clone();
        }
        let inner = &self.rules.inner;
        let mut all = Found::None;
        for need in 0..rule.needs.len() {
            let patterns = (0..inner.needs.len() as u32).filter(|p| {
                let pattern = &inner.needs[*p as usize];
                (pattern.rule, pattern.need) == (at, need)
            });
            let patterns: Vec<u32> = patterns.collect();
            let sides: &[usize] = match rule.needs[need].on {
                On::Test if both.is_directed => &[test],
                On::Target if both.is_directed => &[target],
                _ => &[target, test],
            };
            let of_this = match (self.one(&patterns, sides), struck) {
                (Found::Present(_), Some(struck)) if sides.len() > 1 => match self.one(&patterns, &[struck]) {
                    present @ Found::Present(_) => present,
                    _ => Found::Unknown,
                },
                (found, _) => found,
            };
            all = match (all, of_this) {
                (Found::Absent, _) | (_, Found::Absent) => Found::Absent,
                (Found::Unknown, _) | (_, Found::Unknown) => Found::Unknown,
                (Found::None, this) => this,
                (all, _) => all,
            };
        }
        self.words.insert((at, test, struck), all.clone());
        all
    }

    fn one(&mut self, patterns: &[u32], sides: &[usize]) -> Found {
        let comparison = self.comparison;
        for side in sides {
            let label = comparison.sides()[*side].label();
            for pattern in patterns {
                if let Some(row) = self.rows.get(&(*pattern, *side)) {
                    return Found::Present(Arc::from(format!("{} in {label}", comparison.path(*row))));
                }
                if let Some(at) = self.derived.get(&(*pattern, *side)) {
                    let path = self.effective.facts().get(*at).map(|fact| fact.path.to_string()).unwrap_or_default();
                    return Found::Present(Arc::from(format!("{path} in {label}")));
                }
            }
        }
        let needs = &self.rules.inner.needs;
        let is_absent = |absent: &mut HashMap<(u32, usize), bool>, pattern: u32, side: usize| {
            let look = || needs[pattern as usize].is_absent(&comparison.sides()[side].snapshot);
            *absent.entry((pattern, side)).or_insert_with(look)
        };
        let absent = &mut self.absent;
        let is_known = sides.iter().all(|side| patterns.iter().all(|p| is_absent(absent, *p, *side)));
        if is_known { Found::Absent } else { Found::Unknown }
    }
}

fn is_met(need: &Need, cell: Cell<'_>) -> bool {
    let has_bounds = need.value.is_some() || need.older_than.is_some() || need.least.is_some();
    match cell {
        Cell::Value(value) => !has_bounds || holds(need, &Val::of(value)),
        Cell::Redacted(_) => !has_bounds,
        _ => false,
    }
}

fn holds(need: &Need, value: &Val<'_>) -> bool {
    let is_older = |than: &str| {
        value
            .version()
            .is_some_and(|version| version::compare(VersionOrder::Generic, own(&version), than) == Ordering::Less)
    };
    need.value.as_ref().is_none_or(|globs| match value {
        Val::List(members) => members.iter().any(|member| globs.is_match(member)),
        value => globs.is_match(&value.text()),
    }) && need.older_than.as_deref().is_none_or(is_older)
        && need.least.is_none_or(|least| value.number().is_some_and(|number| number >= least))
}
