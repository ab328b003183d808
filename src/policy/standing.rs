//! How the rows of a comparison stand to the policy. The states of rows stay as they are: a policy never hides the
//! truth, it moves it.

use super::accept::{Acceptance, Acceptances, What};
use super::alike::{Alike, alike};
use super::hold::{self, Between, Held};
use super::pattern::Pattern;
use super::pin;
use super::relation::Must;
use super::{Policy, Relation, Then};
use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What is said of a relation that speaks of nothing.
pub(super) const IDLE: &str = "no path of these snapshots is meant: nothing can be said";

/// Why what violates a relation that blocks is not accepted without an end.
pub const FORBIDDEN: &str = "a relation forbids it and blocks";

/// Divergences with one origin, by the key that acceptances name it by.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// `memory-size`.
    pub key: &'a str,
    /// Its rows, ascending.
    pub members: &'a [RowId],
}

/// How one row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has said anything of it.
    Open,
    /// Somebody has accepted it: index of the acceptance.
    Accepted(usize),
    /// It is known not to matter: index of the relation.
    Ignored(usize),
    /// It must not be so: index of the finding.
    Violated(usize),
}

/// What a relation has to say of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Index of the relation.
    pub relation: usize,
    /// Which row; the top where no path is meant at all.
    pub row: RowId,
    /// Whether nothing can be said, rather than that it is violated.
    pub is_unknown: bool,
    /// What is wrong, in words that name the sides and no value.
    pub words: String,
}

/// An acceptance that has come to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// Its row; of several the first.
    pub row: RowId,
    /// Index of the acceptance.
    pub acceptance: usize,
    /// Why it does not count any more, in words.
    pub words: String,
}

/// How all rows stand.
#[derive(Clone, Debug, Default)]
pub struct Standings {
    /// Rows that are not open, ascending.
    rows: Vec<(RowId, Standing)>,
    /// What relations have to say, by relation and row.
    pub findings: Vec<Finding>,
    /// The rows at which a relation that blocks is violated, ascending.
    pub blocking: Vec<RowId>,
    /// Acceptances that do not count any more although their rows still differ.
    pub reopened: Vec<Reopened>,
    /// Acceptances whose rows differ no more: they can be removed.
    pub spent: Vec<usize>,
    /// Acceptances whose last day is this one.
    pub ending: Vec<usize>,
    /// Relations between environments that are not looked at: they say nothing.
    pub silent: Vec<usize>,
    /// Rows that are findings and no differences, ascending.
    alarms: Vec<RowId>,
}

impl Standings {
    /// How a row stands.
    pub fn of(&self, row: RowId) -> Standing {
        self.rows.binary_search_by_key(&row, |(row, _)| *row).map_or(Standing::Open, |at| self.rows[at].1)
    }

    /// The divergences that are accepted, ascending.
    pub fn accepted(&self) -> Vec<RowId> {
        self.all(|standing| matches!(standing, Standing::Accepted(_)))
    }

    /// The divergences that are ignored, ascending.
    pub fn ignored(&self) -> Vec<RowId> {
        self.all(|standing| matches!(standing, Standing::Ignored(_)))
    }

    /// The rows that violate a relation, ascending: also those that somebody has accepted.
    pub fn violated(&self) -> Vec<RowId> {
        let is_row = |finding: &&Finding| !finding.is_unknown && finding.row != Comparison::TOP;
        let mut rows: Vec<RowId> = self.findings.iter().filter(is_row).map(|finding| finding.row).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Acceptances that let nothing through: their values have changed, or nothing differs there.
    pub fn over(&self) -> Vec<usize> {
        let counts = |index: &usize| {
            self.rows.iter().any(|(_, standing)| matches!(standing, Standing::Accepted(accepted) if accepted == index))
        };
        let reopened = self.reopened.iter().map(|reopened| reopened.acceptance).filter(|index| !counts(index));
        reopened.chain(self.spent.iter().copied()).collect()
    }

    /// How many divergences are out of the way: accepted or ignored.
    pub fn moved(&self, comparison: &Comparison) -> usize {
        let moved = |standing: &Standing| matches!(standing, Standing::Accepted(_) | Standing::Ignored(_));
        self.rows.iter().filter(|(row, standing)| moved(standing) && comparison.state(*row).is_found()).count()
    }

    /// The rows that an acceptance may speak of though nothing differs there.
    fn speaking(&self) -> HashSet<RowId> {
        let violated = self.findings.iter().filter(|finding| !finding.is_unknown).map(|finding| finding.row);
        violated.chain(self.alarms.iter().copied()).collect()
    }

    fn all(&self, which: impl Fn(&Standing) -> bool) -> Vec<RowId> {
        self.rows.iter().filter(|(_, standing)| which(standing)).map(|(row, _)| *row).collect()
    }
}

/// What says of a row that it risks too much to be accepted without an end: how much, in a word.
pub type Grave<'a> = &'a dyn Fn(RowId) -> Option<&'static str>;

/// Holds a comparison against a policy and what has been accepted, by groups that acceptances may name; `alarms` are the
/// rows that are findings and no differences. `None` when cancelled.
pub fn apply(
    comparison: &Comparison,
    (groups, grave, alarms): (&[Group<'_>], Grave<'_>, &[RowId]),
    policy: &Policy,
    acceptances: &Acceptances,
    today: Date,
    cancel: &Cancel,
) -> Option<Standings> {
    let mut out = Standings { alarms: alarms.to_vec(), ..Standings::default() };
    let mut standing: HashMap<RowId, Standing> = HashMap::new();
    for (index, relation) in policy.relations.iter().enumerate() {
        if relation.must == Must::Ignore {
            for row in ignored(comparison, relation, cancel)? {
                standing.insert(row, Standing::Ignored(index));
            }
        } else {
            let between = Between::of(comparison, &relation.between);
            if between.is_empty() {
                out.silent.push(index);
            } else {
                hold_relation(comparison, index, relation, &between, cancel, &mut out.findings)?;
            }
        }
    }
    for (index, finding) in out.findings.iter().enumerate() {
        if !finding.is_unknown && finding.row != Comparison::TOP {
            standing.insert(finding.row, Standing::Violated(index));
        }
    }
    let is_blocking = |finding: &&Finding| {
        let then = policy.relations.get(finding.relation).map(|relation| relation.then);
        !finding.is_unknown && then == Some(Then::Block)
    };
    out.blocking = out.findings.iter().filter(is_blocking).map(|finding| finding.row).collect();
    out.blocking.sort_unstable();
    let blocking = &out.blocking;
    let violated: HashSet<RowId> = out.speaking();
    for (index, acceptance) in acceptances.list.iter().enumerate() {
        if cancel.is_cancelled() {
            return None;
        }
        let rows = rows_of(comparison, groups, &acceptance.what, &violated, cancel)?;
        let Some(first) = rows.first() else {
            out.spent.push(index);
            continue;
        };
        if let Some(words) = reopens(comparison, acceptance, &rows, today) {
            out.reopened.push(Reopened { row: *first, acceptance: index, words });
            continue;
        }
        if acceptance.until == Some(today) {
            out.ending.push(index);
        }
        // Whoever wrote it, and whatever was there when it was written: much risk is not accepted for ever, nor
        // what a relation blocks.
        let grave = |row: &RowId| {
            let risk = || grave(*row).map(|risk| format!("its risk is {risk}"));
            let forbidden = || blocking.binary_search(row).ok().map(|_| FORBIDDEN.to_owned());
            if acceptance.is_endless() { risk().or_else(forbidden) } else { None }
        };
        if let Some((row, why)) = rows.iter().find_map(|row| Some((*row, grave(row)?))) {
            let words = format!("{why}, and that is not accepted for ever, nor for more than two years");
            out.reopened.push(Reopened { row, acceptance: index, words });
        }
        for row in rows.into_iter().filter(|row| grave(row).is_none()) {
            standing.insert(row, Standing::Accepted(index));
        }
    }
    out.rows = standing.into_iter().collect();
    out.rows.sort_unstable_by_key(|(row, _)| *row);
    Some(out)
}

/// The rows that an acceptance speaks of and that differ or violate a relation, ascending.
fn rows_of(
    comparison: &Comparison,
    groups: &[Group<'_>],
    what: &What,
    violated: &HashSet<RowId>,
    cancel: &Cancel,
) -> Option<Vec<RowId>> {
    let rows = match what {
        What::Path(path) => at(comparison, path),
        What::Pattern(pattern) => pattern.rows(comparison, cancel)?,
        What::Cause(key) => {
            groups.iter().find(|group| group.key == key).map_or_else(Vec::new, |group| group.members.to_vec())
        }
    };
    let speaks = |row: &RowId| comparison.state(*row).is_found() || violated.contains(row);
    Some(rows.into_iter().filter(speaks).collect())
}

/// The leaf at a path, or the leaves of the branch there.
fn at(comparison: &Comparison, path: &Path) -> Vec<RowId> {
    match comparison.find(path) {
        Some(row) if comparison.is_leaf(row) => vec![row],
        Some(row) => (row..comparison.end(row)).filter(|inner| comparison.is_leaf(*inner)).collect(),
        None => Vec::new(),
    }
}

/// What an acceptance would speak of, ascending; none where nothing differs there and no relation is violated.
pub fn acceptable(
    comparison: &Comparison,
    groups: &[Group<'_>],
    what: &What,
    standings: &Standings,
    cancel: &Cancel,
) -> Option<Vec<RowId>> {
    rows_of(comparison, groups, what, &standings.speaking(), cancel)
}

/// Pins of some rows by the names of the sides.
pub fn pins(comparison: &Comparison, rows: &[RowId]) -> BTreeMap<String, String> {
    let of = |side: usize| match rows {
        [row] => pin::pin(comparison, *row, side),
        rows => pin::pin_of_all(comparison, rows, side),
    };
    comparison.sides().iter().enumerate().map(|(side, of_side)| (of_side.kept_label().to_owned(), of(side))).collect()
}

/// Why an acceptance does not count any more, if it does not.
fn reopens(comparison: &Comparison, acceptance: &Acceptance, rows: &[RowId], today: Date) -> Option<String> {
    if !acceptance.values.is_empty() {
        let now = pins(comparison, rows);
        // An environment that nobody spoke of must have one of the values that were accepted.
        let is_known = |name: &String, pin: &String| match acceptance.values.get(name) {
            Some(pinned) => pinned == pin,
            None => acceptance.values.values().any(|pinned| pinned == pin),
        };
        let changed: Vec<&str> =
            now.iter().filter(|(name, pin)| !is_known(name, pin)).map(|(name, _)| name.as_str()).collect();
        if !changed.is_empty() {
            let seen = acceptance.seen.as_ref().map(|seen| format!(" (accepted was {seen})")).unwrap_or_default();
            return Some(format!("changed in {} since it was accepted{seen}", changed.join(", ")));
        }
    }
    match acceptance.until {
        _ if !acceptance.has_begun(today) => Some(format!("the acceptance begins {}", acceptance.date)),
        Some(until) if until < today => Some(format!("the acceptance ended {until}")),
        _ => None,
    }
}

/// The divergences that an `ignore` moves: those that lie between the environments that it names and no others.
fn ignored(comparison: &Comparison, relation: &Relation, cancel: &Cancel) -> Option<Vec<RowId>> {
    let rows = rows_at(comparison, &relation.paths, cancel)?;
    let reference = comparison.reference();
    let pairs = Between::of(comparison, &relation.between);
    let covers = |row: &RowId| {
        let others = (0..comparison.sides().len()).filter(|side| *side != reference);
        relation.between.is_empty()
            || others
                .filter(|side| !matches!(alike(comparison, *row, *side, reference), Alike::Same | Alike::Absent))
                .all(|side| pairs.has(side, reference))
    };
    Some(rows.into_iter().filter(|row| comparison.state(*row).is_found() && covers(row)).collect())
}

fn hold_relation(
    comparison: &Comparison,
    index: usize,
    relation: &Relation,
    between: &Between,
    cancel: &Cancel,
    findings: &mut Vec<Finding>,
) -> Option<()> {
    let rows = rows_at(comparison, &relation.paths, cancel)?;
    if rows.is_empty() {
        let words = IDLE.to_owned();
        findings.push(Finding { relation: index, row: Comparison::TOP, is_unknown: true, words });
    }
    for row in rows {
        let (is_unknown, words) = match hold::hold(comparison, row, &relation.must, between) {
            Held::Yes => continue,
            Held::No(words) => (false, words),
            Held::Unknown(words) => (true, words),
        };
        findings.push(Finding { relation: index, row, is_unknown, words });
    }
    Some(())
}

fn rows_at(comparison: &Comparison, paths: &[Pattern], cancel: &Cancel) -> Option<Vec<RowId>> {
    let mut rows = Vec::new();
    for pattern in paths {
        rows.extend(pattern.rows(comparison, cancel)?);
    }
    rows.sort_unstable();
    rows.dedup();
    Some(rows)
}
