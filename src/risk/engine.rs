//! Rules run over a comparison: one walk beside its rows finds what rules look at and what their conditions ask for; then
//! each divergence is judged.

use super::Rules;
use super::around::{self, Around, At};
use super::needs::{Evidence, Found};
use super::pattern::Goal;
use super::rule::{Grade, Rule, RuleIndex, Trigger};
use super::says::{Ends, Says};
use super::score::{Band, Bands, Cap, Score};
use super::seen::{Both, Seen};
use super::walk::{Walk, take};
use super::words::Toward;
use crate::base::cancel::Cancel;
use crate::compare::{Cell, Comparison, Flags, Peers, RowId, State, kin, short_name};
use crate::effective::Effective;
use crate::model::value::Redacted;
use crate::model::vocabulary::VersionOrder;
use std::cell::Cell as Budget;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// How many rows go by between two looks at the cancellation.
const STRIDE: usize = 4096;

/// What a difference risks.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule that says so; `None` for the default of an area.
    pub rule: Option<RuleIndex>,
    /// The place of the default in [`Rules::fallbacks`], where no rule speaks.
    pub fallback: Option<u16>,
    /// How much it matters.
    pub score: Score,
    /// The side that it is about, against the reference; of several, the worst.
    pub side: usize,
    /// What the direction means for what tests tell.
    pub toward: Toward,
    /// The place in [`Effective::facts`] of the derived fact that was judged, if it was one.
    pub effective: Option<usize>,
    /// How the row stands to that derived fact.
    pub role: Role,
    /// Where the software or condition was found that the rule is about; raw.
    pub relevance: Option<Arc<str>>,
    /// How the two sides stand, for the words of the rule.
    pub ends: Ends,
    /// The place of the case in the rule's own, whose words fit the values.
    pub case: Option<u8>,
}

/// How a row stands to the derived fact that is judged in its stead. A rule that names a derived fact judges that, once:
/// its inputs are low at most, where all sides have evidence for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It carries the finding, or there is no derived fact.
    #[default]
    Carries,
    /// Another row carries it.
    PartOf(RowId),
    /// The derived fact is the same, or not different enough to count.
    WithoutEffect,
}

/// What all divergences of a comparison risk.
#[derive(Debug)]
pub struct Risks {
    rules: Rules,
    /// What sides are called, raw, and which of them is the target.
    pub(super) names: Vec<String>,
    pub(super) target: usize,
    /// Row by row in order, the worst of each first.
    findings: Vec<Finding>,
    /// The rows that have findings, in order, each with one past its last finding.
    rows: Vec<(RowId, u32)>,
    /// Before each of those rows and after the last, how many there are of each band.
    sums: Vec<Bands>,
    inapplicable: Vec<(RuleIndex, RowId)>,
    /// Derived facts that fire, with their places; also those whose inputs are no divergences.
    derived: Vec<(usize, Finding)>,
}

impl Risks {
    /// Judges all divergences. `None` when cancelled.
    pub fn assess(comparison: &Comparison, effective: &Effective, rules: &Rules, cancel: &Cancel) -> Option<Risks> {
        let budget = Budget::new(around::MOST);
        Judge::new(comparison, effective, rules, &budget).assess(cancel)
    }

    /// The place of a row among those with findings.
    fn place(&self, row: RowId) -> usize {
        self.rows.partition_point(|(other, _)| *other < row)
    }

    /// What is said of a row, the worst first. Nothing of rows that are no divergences, but for secrets that two
    /// environments share: those are equal, and that is the finding.
    pub fn of(&self, row: RowId) -> &[Finding] {
        let at = self.place(row);
        match self.rows.get(at) {
            Some((found, end)) if *found == row => {
                let first = at.checked_sub(1).and_then(|before| self.rows.get(before)).map_or(0, |(_, end)| *end);
                self.findings.get(first as usize..*end as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// The worst that is said of a row.
    pub fn worst(&self, row: RowId) -> Option<&Finding> {
        self.of(row).first()
    }

    /// The rows that have findings, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = RowId> + '_ {
        self.rows.iter().map(|(row, _)| *row)
    }

    /// How many rows at and beneath a row there are of each band.
    pub fn tally_in(&self, comparison: &Comparison, branch: RowId) -> Bands {
        self.tally_of(branch..comparison.end(branch))
    }

    /// How many of some rows that follow each other there are of each band.
    pub fn tally_of(&self, rows: Range<RowId>) -> Bands {
        let (first, end) = (self.place(rows.start), self.place(rows.end));
        match (self.sums.get(first), self.sums.get(end)) {
            (Some(before), Some(after)) => after.since(before),
            _ => Bands::default(),
        }
    }

    /// The worst band at and beneath a row.
    pub fn worst_in(&self, comparison: &Comparison, branch: RowId) -> Option<Band> {
        self.tally_in(comparison, branch).worst()
    }

    /// How many rows there are of each band in all.
    pub fn tally(&self) -> Bands {
        self.sums.last().copied().unwrap_or_default()
    }

    /// Rules that fired at a row and do not apply: what they are about is known to be absent.
    pub fn inapplicable(&self) -> &[(RuleIndex, RowId)] {
        &self.inapplicable
    }

    /// Derived facts that fired, by their places in [`Effective::facts`].
    pub fn derived(&self) -> &[(usize, Finding)] {
        &self.derived
    }

    /// The rules that were run.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The rule at a place.
    ///
    /// # Panics
    /// When the place is of other rules.
    pub fn rule(&self, at: RuleIndex) -> &Rule {
        &self.rules.inner.read.rules[usize::from(at)]
    }
}

/// The default where not even a default fits: of paths that nobody thought of.
pub(super) const NAMELESS: Score =
    Score { severity: 3, likelihood: 3, relevance: 0, magnitude: 0, direction: 0, spread: 0, unknown: 0, cap: None };
/// What is taken off where the values are not known.
const UNKNOWN: i8 = -2;

pub(super) struct Judge<'a> {
    pub(super) comparison: &'a Comparison,
    pub(super) effective: &'a Effective,
    pub(super) rules: &'a Rules,
    pub(super) target: usize,
    pub(super) is_directed: bool,
    peers: Peers,
    evidence: Evidence<'a>,
    budget: &'a Budget<u64>,
    /// Rows with rules that look at them.
    candidates: Vec<(RowId, RuleIndex)>,
    /// Divergences with their default.
    found: Vec<(RowId, Option<u16>)>,
    inapplicable: Vec<(RuleIndex, RowId)>,
    /// By rule and derived fact that it names, the row that carries the finding, where there is one.
    pub(super) carriers: HashMap<(RuleIndex, usize), Option<RowId>>,
}

impl<'a> Judge<'a> {
    fn new(comparison: &'a Comparison, effective: &'a Effective, rules: &'a Rules, budget: &'a Budget<u64>) -> Self {
        let target = comparison.reference();
        Self {
            comparison,
            effective,
            rules,
            target,
            is_directed: comparison.sides().get(target).is_some_and(|side| side.snapshot.meta.is_target()),
            peers: if comparison.sides().len() > 2 { Peers::of(comparison) } else { Peers::default() },
            evidence: Evidence::new(comparison, effective, rules),
            budget,
            candidates: Vec::new(),
            found: Vec::new(),
            inapplicable: Vec::new(),
            carriers: HashMap::new(),
        }
    }

    fn assess(mut self, cancel: &Cancel) -> Option<Risks> {
        self.walk(cancel)?;
        let (derived, of_rows) = self.derived();
        let mut risks = Risks {
            rules: self.rules.clone(),
            names: (0..self.comparison.sides().len()).map(|side| short_name(self.comparison, side)).collect(),
            target: self.target,
            findings: Vec::with_capacity(self.found.len()),
            rows: Vec::with_capacity(self.found.len()),
            sums: vec![Bands::default()],
            inapplicable: Vec::new(),
            derived,
        };
        self.add_undiffering(&of_rows);
        let (found, candidates) = (std::mem::take(&mut self.found), std::mem::take(&mut self.candidates));
        let (mut candidates, mut of_rows) = (&candidates[..], &of_rows[..]);
        let mut sum = Bands::default();
        for (at, (row, fallback)) in found.into_iter().enumerate() {
            if at.is_multiple_of(STRIDE) && cancel.is_cancelled() {
                return None;
            }
            let looking = take(&mut candidates, |(other, _)| *other == row);
            let mut own: Vec<Finding> = Vec::new();
            for (_, rule) in looking {
                own.extend(self.judge(row, *rule));
            }
            for (_, finding) in take(&mut of_rows, |(other, _)| *other == row) {
                // Of a rule that says it of several facts that follow from the row, the worse counts.
                match own.iter_mut().find(|known| known.rule == finding.rule) {
                    Some(known) if known.role == Role::Carries && known.score.total() >= finding.score.total() => {}
                    Some(known) => *known = finding.clone(),
                    None => own.push(finding.clone()),
                }
            }
            if own.is_empty() && self.comparison.state(row).is_found() {
                own.push(self.fall_back(row, fallback));
            }
            if own.is_empty() {
                continue;
            }
            own.sort_by_cached_key(|finding| rank(finding, &risks.says(finding)));
            sum.add(own[0].score.band().0);
            risks.findings.append(&mut own);
            risks.rows.push((row, risks.findings.len() as u32));
            risks.sums.push(sum);
        }
        risks.inapplicable = self.inapplicable;
        Some(risks)
    }

    /// Rows that are no differences and carry the finding of a derived fact: they are listed as findings, too.
    fn add_undiffering(&mut self, of_rows: &[(RowId, Finding)]) {
        let known = |row: &RowId| self.found.binary_search_by_key(row, |(found, _)| *found).is_ok();
        let mut more: Vec<(RowId, Option<u16>)> =
            of_rows.iter().map(|(row, _)| *row).filter(|row| !known(row)).map(|row| (row, None)).collect();
        more.dedup();
        self.found.append(&mut more);
        self.found.sort_unstable_by_key(|(row, _)| *row);
    }

    /// Goes beside all rows, and notes those that rules look at, what conditions ask for, and all divergences.
    fn walk(&mut self, cancel: &Cancel) -> Option<()> {
        let comparison = self.comparison;
        let inner = Arc::clone(&self.rules.inner);
        let mut rules = Walk::new(&inner.patterns);
        let mut fallbacks = Walk::new(&inner.fallbacks);
        for row in 0..comparison.row_count() as RowId {
            if (row as usize).is_multiple_of(STRIDE) && cancel.is_cancelled() {
                return None;
            }
            if row == Comparison::TOP {
                continue;
            }
            let depth = comparison.depth(row);
            if !comparison.is_leaf(row) {
                rules.enter(comparison, row, depth);
                // Defaults are asked for where something was found, and for nothing else.
                if comparison.state(row) == State::Same {
                    fallbacks.close(depth);
                } else {
                    fallbacks.enter(comparison, row, depth);
                }
                continue;
            }
            let state = comparison.state(row);
            let is_shared_secret = state == State::Same && self.shares_secret(row);
            let is_found = state.is_found() || is_shared_secret;
            let first = self.candidates.len();
            let mut excepted: Vec<RuleIndex> = Vec::new();
            for goal in rules.goals(comparison, row, depth) {
                match goal {
                    Goal::Need(pattern) => self.evidence.see(pattern, row),
                    Goal::Rule(rule) if is_found && state != State::DuplicateIdentity && !is_shared_secret => {
                        self.candidates.push((row, rule));
                    }
                    Goal::Except(rule) => excepted.push(rule),
                    Goal::Rule(_) | Goal::Fallback(_) => {}
                }
            }
            if !excepted.is_empty() {
                let own = self.candidates.split_off(first);
                self.candidates.extend(own.into_iter().filter(|(_, rule)| !excepted.contains(rule)));
            }
            if is_shared_secret || state == State::DuplicateIdentity {
                let rules = inner.identities.rules(&comparison.path(row)).into_iter();
                // Test environments among themselves may share what they like.
                let speaks =
                    |trigger: &Trigger| trigger.equal || (trigger.secret && is_shared_secret && self.is_directed);
                let speaks = |at: &RuleIndex| self.rules.get(*at).is_some_and(|rule| rule.triggers.iter().any(speaks));
                self.candidates.extend(rules.filter(speaks).map(|rule| (row, rule)));
            }
            // Two patterns of one rule may fit one row.
            if let Some(own) = self.candidates.get_mut(first..) {
                own.sort_unstable();
            }
            if is_found {
                let goals = fallbacks.goals(comparison, row, depth);
                let fits = |at: &u16| {
                    let fallback = self.rules.fallbacks().get(usize::from(*at));
                    state == State::DuplicateIdentity || fallback.is_some_and(|fallback| !fallback.is_of_shared)
                };
                let places = goals.filter_map(|goal| if let Goal::Fallback(at) = goal { Some(at) } else { None });
                let first = places.filter(fits).min();
                self.found.push((row, first));
            }
        }
        self.candidates.dedup();
        for (at, fact) in self.effective.facts().iter().enumerate() {
            for goal in inner.patterns.find(&fact.path) {
                if let Goal::Need(pattern) = goal {
                    self.evidence.see_derived(pattern, at);
                }
            }
        }
        Some(())
    }

    /// Whether the target and another environment have one and the same secret, hidden under one key.
    fn shares_secret(&self, row: RowId) -> bool {
        let comparison = self.comparison;
        if !comparison.flags(row).contains(Flags::REDACTED) {
            return false;
        }
        let is_keyed = |side| matches!(comparison.cell(row, side), Cell::Redacted(Redacted::Keyed { .. }));
        let meta = |side: usize| &comparison.sides()[side].snapshot.meta;
        let is_another = |side: &usize| *side != self.target && kin(meta(*side)) != kin(meta(self.target));
        is_keyed(self.target) && (0..comparison.sides().len()).filter(is_another).any(is_keyed)
    }

    /// What a rule says of a row: of all sides, the worst.
    fn judge(&mut self, row: RowId, at: RuleIndex) -> Option<Finding> {
        let rules = self.rules;
        let rule = rules.get(at)?;
        let state = self.comparison.state(row);
        let spread = self.spread(row);
        let mut worst: Option<Finding> = None;
        let mut is_inapplicable = false;
        for side in self.other_sides(row) {
            let both = self.both(row, side).by_default(rule.absent.as_ref());
            let base = rule.base();
            let score = match state {
                State::DuplicateIdentity | State::Same => Some(base),
                State::Unreadable | State::Redacted => {
                    let speaks = rule.speaks_of_unknown && rule.triggers.iter().any(|trigger| trigger.is_beside(&both));
                    speaks.then_some(Score { unknown: UNKNOWN, ..base })
                }
                _ => rule.fires(&both).map(|fired| Score { magnitude: i8::from(fired.is_large), spread, ..base }),
            };
            let Some(score) = score else { continue };
            let judged = match self.in_effect(row, at, rule, side) {
                Some((fact, role, both)) => {
                    let finding = self.finding(at, rule, score, side, &both);
                    finding.map(|mut finding| {
                        (finding.effective, finding.role) = (Some(fact), role);
                        finding.score.cap = Some(Cap::Input);
                        finding
                    })
                }
                None => self.finding(at, rule, score, side, &both),
            };
            match judged {
                Some(finding) => keep_worse(&mut worst, finding),
                None => is_inapplicable = true,
            }
        }
        if worst.is_none() && is_inapplicable {
            self.inapplicable.push((at, row));
        }
        worst
    }

    /// The finding with direction and relevance; none where what the rule is about is known to be absent.
    pub(super) fn finding(
        &mut self,
        at: RuleIndex,
        rule: &Rule,
        mut score: Score,
        side: usize,
        both: &Both<'_>,
    ) -> Option<Finding> {
        let harmful = rule.harmful(both);
        let struck = match harmful {
            (true, false) if both.is_directed => Some(side),
            (false, true) if both.is_directed => Some(self.target),
            _ => None,
        };
        let relevance = match self.evidence.of(at, rule, (side, self.target), both, struck) {
            Found::Absent => return None,
            Found::Present(words) => {
                score.relevance = 2;
                Some(words)
            }
            Found::None | Found::Unknown => None,
        };
        let is_known = |seen: &Seen<'_>| matches!(seen, Seen::Is(_) | Seen::Absent);
        let (direction, toward) = match harmful {
            _ if !both.is_directed => (0, Toward::Unknown),
            // Beside a value that nobody knows none is the easier one.
            _ if !is_known(&both.test) || !is_known(&both.target) => (0, Toward::Neither),
            (false, false) => (0, Toward::Neither),
            (true, false) => (-1, Toward::Harmless),
            (false, true) => (1, Toward::FlattersTests),
            (true, true) => (1, Toward::Neither),
        };
        score.direction = direction;
        if rule.is_fixed {
            score = Score { unknown: score.unknown, ..rule.base() };
        }
        score.cap = (toward == Toward::Harmless).then_some(Cap::Harmless);
        let (effective, role) = (None, Role::Carries);
        let (case, ends) = Ends::of(rule, both).of_case(rule, both);
        Some(Finding { rule: Some(at), fallback: None, score, side, toward, effective, role, relevance, ends, case })
    }

    /// The default of an area. Nothing moves it but that the values are not known.
    fn fall_back(&self, row: RowId, at: Option<u16>) -> Finding {
        let fallback = at.and_then(|at| self.rules.fallbacks().get(usize::from(at)));
        let mut score = fallback.map_or(NAMELESS, |fallback| Score::base(fallback.severity, fallback.likelihood));
        if matches!(self.comparison.state(row), State::Unreadable | State::Redacted) {
            score.unknown = UNKNOWN;
        }
        let side = self.other_sides(row).first().copied().unwrap_or(self.target);
        let toward = match (self.is_directed, self.is_version(row)) {
            (false, _) => Toward::Unknown,
            (true, false) => Toward::Neither,
            (true, true) => match self.both(row, side).versions() {
                Some(std::cmp::Ordering::Greater) => Toward::FlattersTests,
                _ => Toward::Neither,
            },
        };
        let (effective, role, relevance) = (None, Role::Carries, None);
        let (ends, case) = (Ends::default(), None);
        Finding { rule: None, fallback: at, score, side, toward, effective, role, relevance, ends, case }
    }

    fn is_version(&self, row: RowId) -> bool {
        let has_order = self.comparison.entry(row).is_some_and(|entry| entry.order.is_some());
        self.comparison.state(row) == State::Changed && has_order
    }

    /// The sides that say something else than the target, one for each thing that is said.
    fn other_sides(&self, row: RowId) -> Vec<usize> {
        #[derive(PartialEq, Eq, Hash)]
        enum Said {
            Class(usize),
            Absent,
            Unknown,
        }
        let comparison = self.comparison;
        let said = |side| match comparison.class(row, side) {
            Some(class) => Said::Class(class),
            None if comparison.cell(row, side) == Cell::Missing => Said::Absent,
            None => Said::Unknown,
        };
        let others = (0..comparison.sides().len()).filter(|side| *side != self.target);
        if matches!(comparison.state(row), State::DuplicateIdentity | State::Same) {
            let of_target = said(self.target);
            let mut same: Vec<usize> = others.clone().filter(|side| said(*side) == of_target).take(1).collect();
            if same.is_empty() {
                let mut seen = HashSet::new();
                same.extend(others.filter(|side| !seen.insert(said(*side))).take(1));
            }
            return same;
        }
        let mut seen = HashSet::from([said(self.target)]);
        if matches!(comparison.state(row), State::Unreadable | State::Redacted) {
            // Nothing can be said of one of them, and be it the target.
            seen.clear();
            return others.filter(|side| seen.insert(said(*side))).collect();
        }
        others.filter(|side| seen.insert(said(*side))).collect()
    }

    pub(super) fn both(&self, row: RowId, side: usize) -> Both<'a> {
        let comparison = self.comparison;
        Both {
            test: Seen::at(comparison, row, side),
            target: Seen::at(comparison, row, self.target),
            order: comparison.entry(row).and_then(|entry| entry.order).unwrap_or(VersionOrder::Generic),
            is_directed: self.is_directed,
            is_pool: self.is_pool(side),
            around: Some(self.around(side, At::Row(row))),
        }
    }

    pub(super) fn around(&self, side: usize, at: At) -> Around<'a> {
        let (comparison, effective) = (self.comparison, self.effective);
        Around { comparison, effective, sides: [side, self.target], at, budget: self.budget }
    }

    /// Whether a side and the target are members of one pool: not one machine at two moments.
    pub(super) fn is_pool(&self, side: usize) -> bool {
        let meta = |side: usize| &self.comparison.sides()[side].snapshot.meta;
        let (one, other) = (meta(side), meta(self.target));
        let is_same = one.label == other.label && one.host == other.host;
        kin(one) == kin(other) && !kin(one).is_empty() && !is_same
    }

    /// 1 where one member of a pool differs from its siblings.
    pub(super) fn spread(&self, row: RowId) -> i8 {
        let odd = self.peers.odd(self.comparison, row);
        i8::from(odd.is_some_and(|odd| !self.peers.name(odd.side).is_empty()))
    }
}

pub(super) fn keep_worse(worst: &mut Option<Finding>, finding: Finding) {
    let weight = |finding: &Finding| (finding.score.band().0, is_struck(finding), finding.score.total());
    if worst.as_ref().is_none_or(|known| weight(known) < weight(&finding)) {
        *worst = Some(finding);
    }
}

/// Whether the target may be struck, for all that is known; the default of an area does not tell.
fn is_struck(finding: &Finding) -> bool {
    finding.rule.is_some() && finding.toward != Toward::Harmless && finding.role == Role::Carries
}

/// What is worse stands first: the band; within it what may strike the target before what strikes the test environment
/// alone, so that a harmless reading of a difference hides no dangerous one; the score, what nobody notices, the better
/// evidence, the name.
fn rank(finding: &Finding, says: &Says<'_>) -> (Reverse<Band>, bool, Reverse<u32>, bool, Grade, String) {
    let (band, total) = (finding.score.band().0, finding.score.total());
    (Reverse(band), !is_struck(finding), Reverse(total), !says.impact.is_silent(), says.grade, says.id.to_owned())
}
