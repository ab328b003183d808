//! The gate: what a policy says of a comparison before a push.

use super::baseline::Baseline;
use super::pin::same_values;
use super::standing::{IDLE, Standing};
use super::{DEFAULT_BLOCK, Expression, Policy, Standings, Then, Unknown};
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId, State};
use crate::filter::{self, Context, Saved};
use crate::rehearsal::Records;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};

/// What the gate says of one thing, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Nothing to say.
    Pass,
    /// It would be asked, and somebody has accepted it.
    Accepted,
    /// Nothing can be said, which stops nothing.
    Unknown,
    /// It is said, and stops nothing.
    Warn,
    /// Somebody must decide.
    NeedsDecision,
    /// It blocks.
    Block,
}

impl Call {
    /// The word for it in every output.
    pub fn word(self) -> &'static str {
        match self {
            Call::Pass => "pass",
            Call::Accepted => "accepted",
            Call::Warn => "warn",
            Call::Unknown => "unknown",
            Call::NeedsDecision => "needs-decision",
            Call::Block => "block",
        }
    }
}

/// What comes of all of it, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing stops it.
    Pass,
    /// Something wants a decision first.
    Undecided,
    /// It is stopped.
    Block,
}

impl Verdict {
    /// The word for it in every output.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "PASS",
            Verdict::Undecided => "UNDECIDED",
            Verdict::Block => "BLOCK",
        }
    }

    /// The exit status that says it.
    pub fn status(self) -> u8 {
        match self {
            Verdict::Pass => 0,
            Verdict::Block => 1,
            Verdict::Undecided => 3,
        }
    }
}

/// One thing that the gate asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `gate.block`, `relation`, `ratchet`, `rehearsal`, `push`.
    pub name: &'static str,
    /// What it asks, in the policy's own words.
    pub asks: String,
    /// Why it is asked, where the policy says so.
    pub reason: String,
    /// The worst of its items.
    pub call: Call,
    /// How many items are not let through by it.
    pub items: usize,
}

/// One difference, or one relation at one row, that the gate asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its row; the top where it has none.
    pub row: RowId,
    /// Index of the rule that asks.
    pub rule: usize,
    /// What it comes to.
    pub call: Call,
    /// Why, in words without values; empty where the rule says it all.
    pub words: String,
    /// Whether nothing can be said: what that means is the policy's `unknown`.
    pub is_unknown: bool,
}

/// What the gate asks about, each row once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of it.
    pub asked: usize,
    /// What of it was let through.
    pub accepted: usize,
    /// What of it blocks or wants a decision.
    pub open: usize,
    /// Of how much of it nothing can be said, whether or not that stops anything.
    pub unknown: usize,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What came of it.
    pub verdict: Verdict,
    /// What was asked.
    pub rules: Vec<Rule>,
    /// What was found, the worst first, then by row.
    pub items: Vec<Item>,
}

impl Judgement {
    /// Relations of which nothing can be said though they do not stop anything, in words, raw: those that mean no path
    /// of the snapshots, and of the others the first path of each.
    pub fn unanswered(&self, comparison: &Comparison) -> Vec<String> {
        let mut rows: BTreeMap<usize, Vec<&Item>> = BTreeMap::new();
        for item in self.items.iter().filter(|item| item.call == Call::Unknown) {
            if self.rules.get(item.rule).is_some_and(|rule| rule.name == "relation") {
                rows.entry(item.rule).or_default().push(item);
            }
        }
        let words = |(rule, items): (usize, Vec<&Item>)| {
            let (first, more) = (items.first()?, items.len() - 1);
            if first.row == Comparison::TOP {
                return Some(format!("{}: {IDLE}", self.rules.get(rule)?.asks));
            }
            let more = if more > 0 { format!(", and so of {more} more") } else { String::new() };
            Some(format!("{}: {}: not known{more}", comparison.path(first.row), first.words))
        };
        rows.into_iter().filter_map(words).collect()
    }

    /// What the one line of a summary counts.
    pub fn tally(&self) -> Tally {
        let mut rows: HashMap<RowId, (Call, bool)> = HashMap::new();
        let mut all: Vec<(Call, bool)> = Vec::new();
        for item in self.items.iter().filter(|item| !matches!(item.call, Call::Pass | Call::Warn)) {
            if item.row == Comparison::TOP {
                all.push((item.call, item.is_unknown));
                continue;
            }
            // One row, and more than one reason to ask about it.
            let (call, is_unknown) = rows.entry(item.row).or_insert((item.call, false));
            (*call, *is_unknown) = ((*call).max(item.call), *is_unknown || item.is_unknown);
        }
        all.extend(rows.into_values());
        let count = |is: fn(&(Call, bool)) -> bool| all.iter().filter(|one| is(one)).count();
        Tally {
            asked: all.len(),
            accepted: count(|(call, _)| *call == Call::Accepted),
            open: count(|(call, _)| *call > Call::Warn),
            unknown: count(|(call, is_unknown)| *is_unknown && *call != Call::Accepted),
        }
    }

    /// How many items come to this.
    pub fn count(&self, call: Call) -> usize {
        self.items.iter().filter(|item| item.call == call).count()
    }
}

/// What is asked besides the policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// In place of the policy's `block`.
    pub block: Option<&'a Expression>,
    /// Counts that may not grow.
    pub ratchet: Option<&'a Baseline>,
    /// Divergences were measured against an earlier time: only what is new counts.
    pub is_since: bool,
    /// What has been rehearsed, and the day of which it is asked; without it nothing is asked of rehearsals.
    pub rehearsed: Option<(&'a Records, Date)>,
}

/// Judges a comparison; `None` when cancelled. `context` has what is new, accepted and ignored.
pub fn judge(
    comparison: &Comparison,
    context: &Context<'_>,
    standings: &Standings,
    policy: &Policy,
    asked: &Asked<'_>,
    cancel: &Cancel,
) -> Option<Judgement> {
    let default = default_block();
    let block = asked.block.or(policy.gate.block.as_ref()).unwrap_or(&default);
    let reopened: HashMap<RowId, &str> =
        standings.reopened.iter().map(|reopened| (reopened.row, reopened.words.as_str())).collect();
    let mut judge = Judge { comparison, context, standings, asked, reopened, rules: Vec::new(), items: Vec::new() };
    judge.expression("gate.block", block, Call::Block, cancel)?;
    if let Some(expression) = &policy.gate.needs_decision {
        judge.expression("gate.needs-decision", expression, Call::NeedsDecision, cancel)?;
    }
    let unknown = policy.gate.unknown.unwrap_or_default();
    judge.relations(policy, unknown);
    judge.unknown(unknown, cancel)?;
    if let Some(baseline) = asked.ratchet {
        judge.ratchet(baseline);
    }
    if let Some((records, today)) = asked.rehearsed {
        judge.rehearsals(policy, records, today);
    }
    let Judge { mut rules, mut items, .. } = judge;
    // What a rule was written for by name comes before what a filter happens to match, and of that the worst first.
    let is_filter = |item: &Item| rules.get(item.rule).is_some_and(|rule| rule.name.starts_with("gate."));
    let points = |item: &Item| points(context, item.row);
    items.sort_by_cached_key(|item| (Reverse(item.call), is_filter(item), Reverse(points(item)), item.row, item.rule));
    for item in &items {
        if let Some(rule) = rules.get_mut(item.rule) {
            rule.call = rule.call.max(item.call);
            rule.items += usize::from(item.call > Call::Accepted);
        }
        // What nothing can be said of stops as `unknown` says, whatever asked about it.
        if let Some(rule) = rules.iter_mut().find(|rule| item.is_unknown && rule.name == "gate.unknown") {
            rule.call = rule.call.max(item.call);
        }
    }
    let verdict = match items.first().map(|item| item.call) {
        Some(Call::Block) => Verdict::Block,
        Some(Call::NeedsDecision) => Verdict::Undecided,
        _ => Verdict::Pass,
    };
    Some(Judgement { verdict, rules, items })
}

/// The points of a row's risk; none where nothing has been judged.
fn points(context: &Context<'_>, row: RowId) -> u32 {
    context.risks.and_then(|risks| risks.worst(row)).map_or(0, |worst| worst.score.total())
}

/// What blocks where nobody says it.
fn default_block() -> Expression {
    Expression::parse(DEFAULT_BLOCK, &Saved::new(), "").unwrap_or_else(|_| Expression {
        text: String::new(),
        query: filter::Query::All,
        place: String::new(),
    })
}

struct Judge<'a> {
    comparison: &'a Comparison,
    context: &'a Context<'a>,
    standings: &'a Standings,
    asked: &'a Asked<'a>,
    reopened: HashMap<RowId, &'a str>,
    rules: Vec<Rule>,
    items: Vec<Item>,
}

impl Judge<'_> {
    fn rule(&mut self, name: &'static str, asks: String, reason: &str) -> usize {
        self.rules.push(Rule { name, asks, reason: reason.to_owned(), call: Call::Pass, items: 0 });
        self.rules.len() - 1
    }

    fn is_unknown(&self, row: RowId) -> bool {
        matches!(self.comparison.state(row), State::Unreadable | State::Redacted)
    }

    /// Whether a divergence counts as new: before nothing was known, all are.
    fn is_new(&self, row: RowId) -> bool {
        self.context.new.is_none_or(|new| new.binary_search(&row).is_ok())
    }

    /// The divergences that a filter of the gate matches. Rows that are accepted, ignored or unknown it matches only
    /// where it names them: those have their own ways through the gate.
    fn expression(&mut self, name: &'static str, expression: &Expression, call: Call, cancel: &Cancel) -> Option<()> {
        let rule = self.rule(name, expression.text.clone(), "");
        let asked: HashSet<RowId> = self.items.iter().map(|item| item.row).collect();
        let names = |state: &str| expression.names(state);
        let takes_unknown = ["unknown", "unreadable", "redacted"].into_iter().any(names);
        // What is accepted would be asked otherwise, and is told so: the filter is run as if nothing were.
        let bare = Context { accepted: &[], ignored: &[], ..*self.context };
        let context = if names("accepted") || names("ignored") { self.context } else { &bare };
        for row in filter::run_with(&expression.query, self.comparison, context, cancel)? {
            // A finding need not be a difference: a certificate that ends soon, a secret that two environments share.
            let is_finding = self.comparison.state(row).is_found() || points(self.context, row) > 0;
            let is_left_out = !is_finding
                || asked.contains(&row)
                || (self.is_unknown(row) && !takes_unknown)
                || (self.asked.is_since && !self.is_new(row));
            let (call, words) = match self.standings.of(row) {
                _ if is_left_out => continue,
                Standing::Ignored(_) if !names("ignored") => continue,
                Standing::Accepted(_) if !names("accepted") => (Call::Accepted, String::new()),
                _ => (call, self.reopened.get(&row).map_or_else(String::new, |words| (*words).to_owned())),
            };
            self.items.push(Item { row, rule, call, words, is_unknown: self.is_unknown(row) });
        }
        Some(())
    }

    fn relations(&mut self, policy: &Policy, unknown: Unknown) {
        let mut rules: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, relation) in policy.relations.iter().enumerate() {
            if relation.must != super::Must::Ignore && !self.standings.silent.contains(&index) {
                rules.insert(index, self.rule("relation", relation.asks(), &relation.reason));
            }
        }
        for finding in &self.standings.findings {
            let (Some(rule), Some(relation)) = (rules.get(&finding.relation), policy.relations.get(finding.relation))
            else {
                continue;
            };
            if self.asked.is_since && finding.row != Comparison::TOP && !self.is_new(finding.row) {
                continue;
            }
            let accepted = matches!(self.standings.of(finding.row), Standing::Accepted(_));
            let call = match (finding.is_unknown, relation.then, unknown) {
                (false, ..) if accepted => Call::Accepted,
                (false, Then::Block, _) | (true, _, Unknown::Block) => Call::Block,
                (false, Then::NeedsDecision, _) => Call::NeedsDecision,
                (false, Then::Warn, _) => Call::Warn,
                (true, _, Unknown::Warn) => Call::Unknown,
                (true, _, Unknown::Pass) => continue,
            };
            self.items.push(Item {
                row: finding.row,
                rule: *rule,
                call,
                words: format!("{}: {}", relation.must, finding.words),
                is_unknown: finding.is_unknown,
            });
        }
    }

    /// The divergences of which nothing can be said, but for those that are ignored.
    fn unknown(&mut self, unknown: Unknown, cancel: &Cancel) -> Option<()> {
        let rule = self.rule("gate.unknown", unknown.word().to_owned(), "");
        let asked: HashSet<RowId> = self.items.iter().map(|item| item.row).collect();
        let call = match unknown {
            Unknown::Block => Call::Block,
            Unknown::Warn => Call::Unknown,
            Unknown::Pass => return Some(()),
        };
        for (at, row) in self.comparison.leaves().enumerate() {
            if at % 4096 == 0 && cancel.is_cancelled() {
                return None;
            }
            if !self.is_unknown(row) || !self.is_new(row) || asked.contains(&row) {
                continue;
            }
            let reopened = || self.reopened.get(&row).map_or_else(String::new, |words| (*words).to_owned());
            let (call, words) = match self.standings.of(row) {
                Standing::Open | Standing::Violated(_) => (call, reopened()),
                // It is let through, and counted as what is.
                Standing::Accepted(_) => (Call::Accepted, String::new()),
                Standing::Ignored(_) => continue,
            };
            self.items.push(Item { row, rule, call, words, is_unknown: true });
        }
        Some(())
    }

    /// Whether the way back has been tried for what is pushed to, and how much the push changes there.
    fn rehearsals(&mut self, policy: &Policy, records: &Records, today: Date) {
        let call = |then: Option<Then>| match then.unwrap_or(Then::Block) {
            Then::Block => Call::Block,
            Then::NeedsDecision => Call::NeedsDecision,
            Then::Warn => Call::Warn,
        };
        let Policy { rehearsal, push, .. } = policy;
        for name in super::targets(self.comparison) {
            if let Some(asks) = rehearsal.asks(name) {
                let rule = self.rule("rehearsal", asks, "");
                if let Some(words) = rehearsal.fault(records, name, today) {
                    let (row, call) = (Comparison::TOP, call(rehearsal.then));
                    self.items.push(Item { row, rule, call, words, is_unknown: false });
                }
            }
            if let Some(asks) = push.asks(name) {
                let rule = self.rule("push", asks, "");
                let excess = push.excess(records, name);
                let is_unknown = excess.is_err();
                let (call, words) = match excess {
                    Ok(None) => continue,
                    Ok(Some(words)) => (call(push.then), words),
                    Err(words) => match policy.gate.unknown.unwrap_or_default() {
                        Unknown::Block => (Call::Block, words),
                        Unknown::Warn => (Call::Unknown, words),
                        Unknown::Pass => continue,
                    },
                };
                self.items.push(Item { row: Comparison::TOP, rule, call, words, is_unknown });
            }
        }
    }

    fn ratchet(&mut self, baseline: &Baseline) {
        let asks = "no area has more open differences, or more points of risk, than the baseline".to_owned();
        let rule = self.rule("ratchet", asks, "");
        let now = Baseline::of(self.comparison, self.standings, |row| points(self.context, row));
        for (area, now) in now.areas {
            let before = baseline.areas.get(&area).copied().unwrap_or_default();
            let counts =
                [("open differences", Some(now.open), Some(before.open)), ("points", now.points, before.points)];
            let grown = counts.into_iter().filter_map(|(what, now, before)| {
                let (now, before) = (now?, before?);
                (now > before).then(|| format!("{now} {what}, {before} in the baseline"))
            });
            let grown: Vec<String> = grown.collect();
            if !grown.is_empty() {
                let path = crate::model::Path::new([area.clone()]);
                let row = self.comparison.find_branch(&path).unwrap_or(Comparison::TOP);
                let (call, words) = (Call::Block, grown.join("; "));
                self.items.push(Item { row, rule, call, words, is_unknown: false });
            }
        }
    }
}

/// The rows of a comparison, of those that count, that were not so in an earlier one: they were no divergence then, or
/// some value was another. `rows` are ascending, and so is what is given back; `None` when cancelled.
pub fn new_since(now: &Comparison, rows: &[RowId], then: &Comparison, cancel: &Cancel) -> Option<Vec<RowId>> {
    let wanted: HashSet<RowId> = rows.iter().copied().collect();
    let mut places: HashMap<u64, RowId> = HashMap::with_capacity(wanted.len());
    each_leaf(now, cancel, |row, hash| {
        if wanted.contains(&row) {
            places.insert(hash, row);
        }
    })?;
    let mut known: HashSet<RowId> = HashSet::new();
    each_leaf(then, cancel, |row, hash| {
        let Some(same) = places.get(&hash).copied() else { return };
        if now.path(same) == then.path(row) && same_values((now, same), (then, row)) {
            known.insert(same);
        }
    })?;
    Some(rows.iter().copied().filter(|row| !known.contains(row)).collect())
}

/// All leaves with a hash of their paths, made key by key on the way down.
fn each_leaf(comparison: &Comparison, cancel: &Cancel, mut visit: impl FnMut(RowId, u64)) -> Option<()> {
    let mut above: Vec<u64> = vec![0];
    for row in 1..comparison.row_count() as RowId {
        if row % 4096 == 0 && cancel.is_cancelled() {
            return None;
        }
        let depth = comparison.depth(row);
        above.truncate(depth);
        let parent = above.last().copied().unwrap_or_default();
        let hash = if comparison.is_value_among_branches(row) {
            parent
        } else {
            let mut hasher = DefaultHasher::new();
            (parent, comparison.key(row)).hash(&mut hasher);
            hasher.finish()
        };
        if comparison.is_leaf(row) {
            visit(row, hash);
        } else {
            above.push(hash);
        }
    }
    Some(())
}
