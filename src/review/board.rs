//! What a review walks through: the differences that the gate asks about, worst first, how each stands by what people
//! decided, and the verdict if they left now.

use super::journal::{Marked, Marks, Row};
use crate::base::cancel::Cancel;
use crate::cause::{Cause, Causes};
use crate::compare::{Comparison, RowId, State};
use crate::meaning::Meaning;
use crate::policy::judge::{Call, Judgement, Verdict};
use crate::policy::{Acceptances, Standing, Standings, standing};
use crate::risk::Band;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How a difference stands in a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// Nobody has decided.
    #[default]
    Open,
    /// Somebody looked at it.
    Reviewed,
    /// Somebody wants it mended.
    Flagged,
    /// Somebody left it for later.
    Skipped,
    /// Somebody decided, and some value is another since.
    Changed,
}

impl Seen {
    /// The sign in front of its row.
    pub fn sign(self) -> char {
        match self {
            Seen::Open => ' ',
            Seen::Reviewed => 'x',
            Seen::Flagged => '!',
            Seen::Skipped => '-',
            Seen::Changed => '*',
        }
    }

    /// The word for it in every output.
    pub fn word(self) -> &'static str {
        match self {
            Seen::Open => "not reviewed",
            Seen::Reviewed => "reviewed",
            Seen::Flagged => "flagged",
            Seen::Skipped => "skipped",
            Seen::Changed => "changed since reviewed",
        }
    }
}

/// What the gate says, with what is needed to walk through it.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// What it says.
    pub judgement: &'a Judgement,
    /// What differences risk.
    pub meaning: &'a Meaning,
    /// How the rows stand to the policy, and what has been accepted.
    pub accepted: (&'a Standings, &'a Acceptances),
    /// Whether what blocks is what the program itself blocks where no policy says it: a review decides of that.
    pub is_usual: bool,
    /// What the gate asked about when the review was last brought to its end; without such a time nothing is new.
    pub finished: Option<&'a BTreeSet<&'a str>>,
}

impl Gate<'_> {
    /// What is said of an acceptance that holds for a row.
    fn acceptance(&self, row: RowId) -> Option<String> {
        let (standings, acceptances) = self.accepted;
        let Standing::Accepted(index) = standings.of(row) else { return None };
        let acceptance = acceptances.list.get(index)?;
        let until = acceptance.until.map(|until| format!(" until {until}")).unwrap_or_default();
        Some(format!("accepted{until}: {}", acceptance.reason))
    }

    /// What its filters ask.
    fn asks(&self) -> String {
        let of_filter = |name: &str| match name {
            "gate.block" if self.is_usual => Some("needs a decision"),
            "gate.block" => Some("blocks"),
            "gate.needs-decision" => Some("needs a decision"),
            _ => None,
        };
        let rules = self.judgement.rules.iter();
        let words = rules.filter_map(|rule| Some(format!("{} {}", rule.asks, of_filter(rule.name)?)));
        words.collect::<Vec<_>>().join("; ")
    }
}

/// A difference, or a relation that is violated, that the gate asks about.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its row; the top where it has none.
    pub row: RowId,
    /// Its path, as paths are written; what the rule asks where it has no row.
    pub path: String,
    /// What the gate says of it.
    pub call: Call,
    /// Why, in words without values, raw.
    pub why: String,
    /// What it risks: band and points.
    pub risk: Option<(Band, u32)>,
    /// By which rule, and what happens, raw; empty where no rule says so.
    pub happens: String,
    /// Whether it was not asked about in the last review that came to its end.
    pub is_new: bool,
    /// Whether somebody can decide of it: it has a row of its own.
    pub is_row: bool,
    /// Whether nothing can be said of it, so that looking at it decides nothing.
    pub is_unknown: bool,
    /// Whether the gate can say nothing of it.
    says_nothing: bool,
    /// What every environment says, by its pin.
    values: BTreeMap<String, String>,
}

impl Item {
    /// Whether the gate wants something of it.
    pub fn is_asked(&self) -> bool {
        matches!(self.call, Call::Block | Call::NeedsDecision | Call::Accepted)
    }

    /// Whether nothing more is to be decided of it.
    pub fn is_done(&self, seen: Seen) -> bool {
        match (self.call, seen) {
            (Call::Accepted, _) | (_, Seen::Flagged) => true,
            (Call::NeedsDecision, Seen::Reviewed) => !self.is_unknown,
            // What a policy blocks, only an acceptance lets through.
            (Call::Block | Call::NeedsDecision, _) => false,
            (Call::Pass | Call::Unknown | Call::Warn, seen) => seen == Seen::Reviewed,
        }
    }
}

/// Items of one cause of which the gate says the same: one decision speaks of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// The same for the same in every comparison.
    pub key: String,
    /// What the cause is, raw.
    pub title: String,
    /// How its members were recognised, a sentence.
    pub why: &'static str,
    /// Its items by their places, the worst first.
    pub items: Vec<usize>,
}

/// What a review walks through.
#[derive(Debug)]
pub struct Board {
    comparison: Arc<Comparison>,
    /// What the gate asks, in the policy's own words, raw.
    pub asks: String,
    /// What the gate asks about, the worst first.
    pub items: Vec<Item>,
    /// Those of them that have one origin.
    pub folds: Vec<Fold>,
    by_row: HashMap<RowId, usize>,
}

/// How far a review is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// What the gate asks about, and what somebody flagged besides.
    pub gate: usize,
    /// Of those: what is accepted or wants something done.
    pub asked: usize,
    /// Of those: decided by a look.
    pub reviewed: usize,
    /// Accepted in the policy.
    pub accepted: usize,
    /// To be mended.
    pub flagged: usize,
    /// Not decided, or blocked by the policy.
    pub open: usize,
    /// Of the open: left for later.
    pub skipped: usize,
    /// Of the open: decided once, and another value since.
    pub changed: usize,
    /// Of so many of what the gate asks about nothing can be said.
    pub unknown: usize,
    /// What comes of it now.
    pub verdict: Verdict,
}

impl Counts {
    /// How many need nothing more.
    pub fn done(&self) -> usize {
        self.asked - self.open
    }
}

/// How everything stands by what people decided.
#[derive(Clone, Debug)]
pub struct Status {
    /// How each item stands.
    pub seen: Vec<Seen>,
    /// Divergences that the gate does not ask about and that somebody marked, ascending.
    pub others: Vec<(RowId, Seen)>,
    /// How far it is.
    pub counts: Counts,
}

impl Board {
    /// Lays out what a gate asks of a comparison.
    pub fn new(comparison: Arc<Comparison>, gate: &Gate<'_>) -> Self {
        let mut items: Vec<Item> = Vec::new();
        let mut by_row: HashMap<RowId, usize> = HashMap::new();
        for judged in &gate.judgement.items {
            let rule = gate.judgement.rules.get(judged.rule);
            let (name, asks) = rule.map_or(("", ""), |rule| (rule.name, rule.asks.as_str()));
            let reason = rule.map_or("", |rule| rule.reason.as_str());
            let why = match (judged.words.as_str(), reason) {
                (words, "") => words.to_owned(),
                ("", reason) => reason.to_owned(),
                (words, reason) => format!("{words} ({reason})"),
            };
            let call = match judged.call {
                Call::Block if name == "gate.block" && gate.is_usual => Call::NeedsDecision,
                call => call,
            };
            let is_row = judged.row != Comparison::TOP && comparison.is_leaf(judged.row);
            if let Some(item) = by_row.get(&judged.row).filter(|_| is_row).and_then(|at| items.get_mut(*at)) {
                // One row, and more than one reason to ask about it.
                item.call = item.call.max(call);
                item.says_nothing |= judged.is_unknown;
                if !why.is_empty() {
                    item.why = if item.why.is_empty() { why } else { format!("{}; {why}", item.why) };
                }
                continue;
            }
            let why = match (call, gate.acceptance(judged.row)) {
                (Call::Accepted, Some(acceptance)) => acceptance,
                _ => why,
            };
            let path = match judged.row {
                Comparison::TOP => asks.to_owned(),
                row => comparison.path(row).to_string(),
            };
            let worst = gate.meaning.risks.worst(judged.row).filter(|_| is_row);
            if is_row {
                by_row.insert(judged.row, items.len());
            }
            items.push(Item {
                row: judged.row,
                call,
                why,
                risk: worst.map(|worst| (worst.score.band().0, worst.score.total())),
                happens: worst.map_or_else(String::new, |worst| {
                    let says = gate.meaning.risks.says(worst);
                    let happens = if says.consequence.is_empty() { says.title } else { says.consequence };
                    format!("{}: {happens}", says.id)
                }),
                is_new: gate.finished.is_some_and(|asked| !asked.contains(path.as_str())),
                is_row,
                says_nothing: judged.is_unknown,
                is_unknown: !is_row || says_nothing(&comparison, judged.row),
                values: if is_row { standing::pins(&comparison, &[judged.row]) } else { BTreeMap::new() },
                path,
            });
        }
        let folds = folds(&items, &gate.meaning.causes);
        Self { comparison, asks: gate.asks(), items, folds, by_row }
    }

    /// The same items in the order that another board has; what that has not comes last. A list does not move under whoever
    /// goes through it.
    pub fn in_order_of(mut self, before: &Board) -> Self {
        let places: HashMap<&str, usize> =
            before.items.iter().enumerate().map(|(at, item)| (item.path.as_str(), at)).collect();
        let mut order: Vec<(usize, Item)> = std::mem::take(&mut self.items).into_iter().enumerate().collect();
        order.sort_by_key(|(_, item)| places.get(item.path.as_str()).copied().unwrap_or(usize::MAX));
        let mut moved = vec![0; order.len()];
        for (now, (then, item)) in order.into_iter().enumerate() {
            moved[then] = now;
            self.items.push(item);
        }
        self.by_row.values_mut().for_each(|at| *at = moved[*at]);
        for fold in &mut self.folds {
            fold.items.iter_mut().for_each(|at| *at = moved[*at]);
            fold.items.sort_unstable();
        }
        self
    }

    /// What is compared.
    pub fn comparison(&self) -> &Arc<Comparison> {
        &self.comparison
    }

    /// The place of a row among the items.
    pub fn at(&self, row: RowId) -> Option<usize> {
        self.by_row.get(&row).copied()
    }

    /// A row for a decision: its path and what every environment says there.
    pub fn row(&self, row: RowId) -> Row {
        let item = self.at(row).and_then(|at| self.items.get(at));
        match item {
            Some(item) => Row { path: item.path.clone(), values: item.values.clone() },
            None => {
                Row { path: self.comparison.path(row).to_string(), values: standing::pins(&self.comparison, &[row]) }
            }
        }
    }

    /// Whether a decision can be made of a row: it differs, or the gate asks about it.
    pub fn is_decidable(&self, row: RowId) -> bool {
        self.comparison.is_leaf(row) && (self.at(row).is_some() || self.comparison.state(row).is_found())
    }

    /// Whether nothing can be said of a row, so that looking at it decides nothing.
    pub fn is_unknown(&self, row: RowId) -> bool {
        says_nothing(&self.comparison, row)
    }

    /// How everything stands; `None` when cancelled.
    pub fn status(&self, marks: &Marks, cancel: &Cancel) -> Option<Status> {
        let mut status = Status { seen: Vec::with_capacity(self.items.len()), others: Vec::new(), counts: EMPTY };
        let mut counts = EMPTY;
        for item in &self.items {
            let marked = marks.of(&item.path).filter(|_| item.is_row);
            let seen = marked.map_or(Seen::Open, |marked| stands(marked, &item.values));
            counts.add(item, seen);
            status.seen.push(seen);
        }
        for (at, (path, marked)) in marks.all().enumerate() {
            if at % 1024 == 0 && cancel.is_cancelled() {
                return None;
            }
            let found = path.parse().ok().and_then(|path| self.comparison.find(&path));
            let Some(row) = found.filter(|row| self.at(*row).is_none() && self.is_decidable(*row)) else { continue };
            let seen = stands(marked, &standing::pins(&self.comparison, &[row]));
            if seen == Seen::Flagged {
                // Whoever flags what the gate would let through wants it mended all the same.
                counts.gate += 1;
                counts.asked += 1;
                counts.flagged += 1;
                counts.verdict = Verdict::Block;
            }
            status.others.push((row, seen));
        }
        status.others.sort_unstable_by_key(|(row, _)| *row);
        status.counts = counts;
        Some(status)
    }
}

/// The items that have one origin and of which the gate says the same, in the order of their worst.
fn folds(items: &[Item], causes: &Causes) -> Vec<Fold> {
    let mut places: BTreeMap<(usize, Call, bool), usize> = BTreeMap::new();
    let mut folds: Vec<Fold> = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_row) {
        let Some(cause) = causes.of(item.row) else { continue };
        let Some(Cause { key, title, why, .. }) = causes.all().get(cause) else { continue };
        let place = *places.entry((cause, item.call, item.is_unknown)).or_insert_with(|| {
            let unknown = if item.is_unknown { " unknown" } else { "" };
            let key = format!("{key} {}{unknown}", item.call.word());
            folds.push(Fold { key, title: title.clone(), why, items: Vec::new() });
            folds.len() - 1
        });
        folds[place].items.push(at);
    }
    folds.retain(|fold| fold.items.len() > 1);
    folds
}

const EMPTY: Counts = Counts {
    gate: 0,
    asked: 0,
    reviewed: 0,
    accepted: 0,
    flagged: 0,
    open: 0,
    skipped: 0,
    changed: 0,
    unknown: 0,
    verdict: Verdict::Pass,
};

impl Counts {
    fn add(&mut self, item: &Item, seen: Seen) {
        let verdict = match (item.call, seen) {
            (_, Seen::Flagged) | (Call::Block, _) => Verdict::Block,
            (Call::NeedsDecision, _) if !item.is_done(seen) => Verdict::Undecided,
            _ => Verdict::Pass,
        };
        // The worse comes later.
        self.verdict = self.verdict.max(verdict);
        let is_of_gate = item.is_asked() || item.call == Call::Unknown;
        self.gate += usize::from(is_of_gate || seen == Seen::Flagged);
        self.unknown += usize::from(is_of_gate && item.says_nothing && item.call != Call::Accepted);
        if !item.is_asked() && seen != Seen::Flagged {
            return;
        }
        self.asked += 1;
        match (item.call, seen) {
            (_, Seen::Flagged) => self.flagged += 1,
            (Call::Accepted, _) => self.accepted += 1,
            _ if item.is_done(seen) => self.reviewed += 1,
            (_, seen) => {
                self.open += 1;
                self.skipped += usize::from(seen == Seen::Skipped);
                self.changed += usize::from(seen == Seen::Changed);
            }
        }
    }
}

/// How a mark stands beside what the environments say now.
fn stands(marked: &Marked, now: &BTreeMap<String, String>) -> Seen {
    use super::Mark;
    if marked.values != *now {
        return Seen::Changed;
    }
    match marked.mark {
        Mark::Reviewed => Seen::Reviewed,
        Mark::Flagged => Seen::Flagged,
        Mark::Skipped => Seen::Skipped,
        Mark::Open => Seen::Open,
    }
}

fn says_nothing(comparison: &Comparison, row: RowId) -> bool {
    matches!(comparison.state(row), State::Unreadable | State::Redacted)
}
