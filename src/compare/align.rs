//! The walk that lays sorted trees side by side. Each node of each tree is visited once, so the cost grows with the
//! facts and the number of sides, and with nothing else.

use super::change::look_alike;
use super::classes::{Classes, members};
use super::{CellKind, Comparison, Flags, KeyAt, Kind, RawCell, Relation, Row, RowId, Side, State, Tally};
use crate::base::cancel::Cancel;
use crate::base::order::natural;
use crate::model::path::covering;
use crate::model::value::{Known, Redacted, known};
use crate::model::vocabulary::{Class, Cursor, Vocabulary};
use crate::model::{Problem, Snapshot, Tree, ValueRef, alike};
use std::cmp::Ordering;
use std::collections::HashMap;

/// The class of a cell without a value to compare.
pub(super) const NO_CLASS: u16 = u16::MAX;

/// What stands at one path on one side.
#[derive(Clone, Copy, Default)]
struct Place {
    fact: Option<u32>,
    problem: Option<u32>,
    /// The nearest problem at or above.
    covered: Option<u32>,
}

struct Aligner<'a> {
    sides: &'a [Side],
    vocabulary: &'static Vocabulary,
    cancel: &'a Cancel,
    /// For every side, the first side that is the same machine: identities are expected to agree among those.
    machine: Vec<usize>,
    /// For every side, the first side that is the same capture.
    capture: Vec<usize>,
    rows: Vec<Row>,
    cells: Vec<RawCell>,
    tallies: Vec<Tally>,
    unasked: Vec<crate::model::Path>,
}

pub(super) fn align(
    sides: Vec<Side>,
    reference: usize,
    vocabulary: &'static Vocabulary,
    cancel: &Cancel,
) -> Option<Comparison> {
    let first = |same: fn(&Snapshot, &Snapshot) -> bool| -> Vec<usize> {
        let find = |side: &Side| sides.iter().position(|other| same(&other.snapshot, &side.snapshot));
        sides.iter().enumerate().map(|(i, side)| find(side).unwrap_or(i)).collect()
    };
    let mut aligner = Aligner {
        sides: &sides,
        vocabulary,
        cancel,
        machine: first(|a, b| a.meta.label == b.meta.label && a.meta.host == b.meta.host),
        capture: first(|a, b| std::ptr::eq(a, b) || (a.meta.captured_at.is_some() && a == b)),
        rows: Vec::with_capacity(sides.iter().map(|s| s.snapshot.facts.node_count()).max().unwrap_or(0)),
        cells: Vec::new(),
        tallies: Vec::new(),
        unasked: Vec::new(),
    };
    let top: Vec<Place> = sides
        .iter()
        .map(|side| Place {
            fact: Some(Tree::ROOT),
            problem: Some(Tree::ROOT),
            // A problem at the empty path covers everything; the tree keeps it under the empty key.
            covered: side.problems.child(Tree::ROOT, ""),
        })
        .collect();
    let key = KeyAt { side: 0, node: Tree::ROOT, problem: false };
    aligner.branch(key, &top, 0, 0, vocabulary.top())?;
    let Aligner { rows, cells, tallies, unasked, .. } = aligner;
    let is_branch = |row: &RowId| matches!(rows[*row as usize].kind, Kind::Branch(_));
    let branches = (0..rows.len() as RowId).filter(is_branch).collect();
    Some(Comparison { sides, reference, vocabulary, rows, branches, cells, tallies, unasked })
}

impl<'a> Aligner<'a> {
    /// Adds a branch row and everything beneath; `None` when cancelled.
    fn branch(&mut self, key: KeyAt, at: &[Place], parent: RowId, depth: u16, cursor: Cursor) -> Option<Tally> {
        if self.cancel.is_cancelled() {
            return None;
        }
        let row = self.rows.len() as RowId;
        let slot = self.tallies.len() as u32;
        self.tallies.push(Tally::default());
        self.rows.push(Row { key, parent, end: row + 1, depth, entry: 0, kind: Kind::Branch(slot) });
        let mut tally = Tally::default();
        let mut next: Vec<Place> = at
            .iter()
            .zip(self.sides)
            .map(|(place, side)| Place {
                fact: place.fact.and_then(|n| first_child(&side.snapshot.facts, n)),
                problem: place.problem.and_then(|n| first_child(&side.problems, n)),
                covered: place.covered,
            })
            .collect();
        self.value_among_branches(at, row, depth, cursor, key, &mut tally);
        let mut found = vec![Place::default(); at.len()];
        let covers = self.covers(at);
        while let Some(key) = self.smallest(&next) {
            let (branches, name) = self.take(key, at, &mut next, &mut found);
            if covers.iter().any(|cover| !cover.is_empty()) {
                cover(self.key(key), &covers, &mut found, at);
            }
            // The empty key in the tree of problems is the branch's own problem, taken on the way down.
            if name.is_none() {
                continue;
            }
            let cursor = self.vocabulary.step(cursor, name.unwrap_or_default());
            if branches {
                let row_before = self.rows.len();
                let beneath = self.branch(key, &found.clone(), row, depth + 1, cursor)?;
                if beneath.leaves == 0 {
                    self.rows.truncate(row_before);
                } else {
                    tally.merge(&beneath);
                }
            } else {
                self.leaf(key, &found, row, depth + 1, cursor, Flags::default(), &mut tally);
            }
        }
        self.rows[row as usize].end = self.rows.len() as RowId;
        self.rows[row as usize].entry = self.entry_index(cursor);
        self.tallies[slot as usize] = tally;
        Some(tally)
    }

    /// The problems right beneath a branch whose keys speak of others there too, by side.
    fn covers(&self, at: &[Place]) -> Vec<HashMap<&'a str, u32>> {
        let of_side = |(place, side): (&Place, &'a Side)| {
            let problems = &side.problems;
            let Some(node) = place.problem.filter(|node| problems.is_branch(*node)) else { return HashMap::new() };
            let children = problems.children(node).filter(|child| {
                let key = problems.key(*child);
                key.starts_with('/') || key.ends_with('*')
            });
            let own = |child| if problems.is_branch(child) { problems.child(child, "") } else { Some(child) };
            children.filter_map(|child| Some((problems.key(child), own(child)?))).collect()
        };
        at.iter().zip(self.sides).map(of_side).collect()
    }

    /// Where one side has a value and another a branch, the value gets a row of its own first beneath the branch.
    fn value_among_branches(
        &mut self,
        at: &[Place],
        row: RowId,
        depth: u16,
        cursor: Cursor,
        key: KeyAt,
        tally: &mut Tally,
    ) {
        let is_value = |(place, side): (&Place, &Side)| {
            let value = place.fact.and_then(|n| side.snapshot.facts.value(n));
            value.is_some_and(|v| !matches!(v, ValueRef::Empty))
        };
        if !at.iter().zip(self.sides).any(is_value) {
            return;
        }
        let mut flags = Flags::default();
        flags.set(Flags::BESIDE_BRANCH, true);
        flags.set(Flags::TYPE, true);
        self.leaf(key, at, row, depth + 1, cursor, flags, tally);
    }

    /// The smallest key among the next nodes of all trees.
    fn smallest(&self, next: &[Place]) -> Option<KeyAt> {
        let mut best: Option<(KeyAt, &str)> = None;
        for (i, (place, side)) in next.iter().zip(self.sides).enumerate() {
            let side_index = i as u32;
            let fact = place
                .fact
                .map(|node| (KeyAt { side: side_index, node, problem: false }, side.snapshot.facts.key(node)));
            let problem =
                place.problem.map(|node| (KeyAt { side: side_index, node, problem: true }, side.problems.key(node)));
            for (at, key) in fact.into_iter().chain(problem) {
                if best.is_none_or(|(_, smallest)| natural(key, smallest) == Ordering::Less) {
                    best = Some((at, key));
                }
            }
        }
        best.map(|(at, _)| at)
    }

    /// Takes the nodes of one key off all trees; says whether any is a branch, and the key unless it is the empty one
    /// of a problem alone.
    fn take<'k>(
        &'k self,
        key: KeyAt,
        at: &[Place],
        next: &mut [Place],
        found: &mut [Place],
    ) -> (bool, Option<&'k str>) {
        let name = self.key(key);
        let mut branches = false;
        let mut any_fact = false;
        for (((place, above), side), found) in next.iter_mut().zip(at).zip(self.sides).zip(found.iter_mut()) {
            let (facts, problems) = (&side.snapshot.facts, &*side.problems);
            let fact = place.fact.filter(|n| facts.key(*n) == name);
            let problem = place.problem.filter(|n| problems.key(*n) == name);
            if let Some(node) = fact {
                place.fact = next_sibling(facts, node, above.fact);
                branches |= facts.is_branch(node);
                any_fact = true;
            }
            let mut covered = above.covered;
            if let Some(node) = problem {
                place.problem = next_sibling(problems, node, above.problem);
                if problems.is_branch(node) {
                    branches = true;
                    covered = problems.child(node, "").or(covered);
                } else {
                    covered = Some(node);
                }
            }
            *found = Place { fact, problem: problem.filter(|n| problems.is_branch(*n)), covered };
        }
        (branches, (any_fact || !name.is_empty()).then_some(name))
    }

    fn key(&self, at: KeyAt) -> &str {
        let side = &self.sides[at.side as usize];
        if at.problem { side.problems.key(at.node) } else { side.snapshot.facts.key(at.node) }
    }

    fn entry_index(&self, cursor: Cursor) -> u32 {
        self.vocabulary.entry_index(cursor).map_or(0, |index| index as u32 + 1)
    }

    /// Adds a leaf row: compares its values, once.
    #[expect(clippy::too_many_arguments, reason = "the parts of one row, used in two places")]
    fn leaf(
        &mut self,
        key: KeyAt,
        at: &[Place],
        parent: RowId,
        depth: u16,
        cursor: Cursor,
        mut flags: Flags,
        tally: &mut Tally,
    ) {
        let first_cell = self.cells.len();
        for (place, side) in at.iter().zip(self.sides) {
            let value = place.fact.filter(|n| !side.snapshot.facts.is_branch(*n));
            let cell = match (value, place.covered) {
                (Some(node), _) => RawCell { node, kind: CellKind::Value, class: NO_CLASS },
                (None, Some(node)) => RawCell { node, kind: problem_kind(&side.problems, node), class: NO_CLASS },
                (None, None) => RawCell { node: 0, kind: CellKind::Missing, class: NO_CLASS },
            };
            self.cells.push(cell);
        }
        let entry_index = self.entry_index(cursor);
        let cells = &mut self.cells[first_cell..];
        if cells.iter().all(|c| matches!(c.kind, CellKind::Missing | CellKind::NotCollected)) {
            self.cells.truncate(first_cell);
            self.unasked.push(self.path(key));
            return;
        }
        let entry = entry_index.checked_sub(1).and_then(|i| self.vocabulary.entries().get(i as usize));
        let facts: Vec<Option<ValueRef<'_>>> = cells
            .iter()
            .zip(self.sides)
            .map(|(cell, side)| (cell.kind == CellKind::Value).then(|| side.snapshot.facts.value(cell.node)).flatten())
            .collect();
        let classes = Classes::of(&facts, entry);
        for (cell, class) in cells.iter_mut().zip(&classes.of) {
            cell.class = *class;
        }
        let class = match entry.map_or(Class::Setting, |e| e.class) {
            // Numbers that move, but not as far as these.
            Class::Volatile if classes.by_size && classes.of.contains(&1) => Class::Setting,
            class => class,
        };
        let state = match state(cells, &facts, &self.capture, &self.machine, class) {
            // They are near enough, and not equal: what is shown of one is not what the other has.
            State::Same if classes.unequal => State::Volatile,
            state => state,
        };
        flags.set(Flags::REDACTED, facts.iter().flatten().any(|v| v.hides()));
        if classes.of.contains(&1) {
            particulars(&facts, &classes.of, &mut flags);
        }
        let has = |cells: &[RawCell], kind| cells.iter().any(|cell| cell.kind == kind);
        let is_gap = has(cells, CellKind::NotCollected) && !has(cells, CellKind::Problem);
        flags.set(Flags::NOT_COLLECTED, state == State::Unreadable && is_gap);
        let row = self.rows.len() as RowId;
        let kind = Kind::Leaf { cells: first_cell as u32, state, flags };
        self.rows.push(Row { key, parent, end: row + 1, depth, entry: entry_index, kind });
        let relation = Relation::of(
            state,
            self.cells[first_cell..].iter().map(|c| match c.kind {
                CellKind::Value => super::Cell::Value(ValueRef::Null),
                CellKind::Missing => super::Cell::Missing,
                CellKind::Problem => super::Cell::Problem(""),
                CellKind::NotCollected => super::Cell::NotCollected(""),
            }),
        );
        tally.add_flagged(state, relation, flags);
    }

    fn path(&self, key: KeyAt) -> crate::model::Path {
        let side = &self.sides[key.side as usize];
        if key.problem { side.problems.path(key.node) } else { side.snapshot.facts.path(key.node) }
    }
}

/// What stands in a folder that could not be listed is not known: nearer than what stands above, and not as near as a
/// problem of its own.
fn cover(name: &str, covers: &[HashMap<&str, u32>], found: &mut [Place], above: &[Place]) {
    for ((problems, place), above) in covers.iter().zip(found).zip(above) {
        if !problems.is_empty() && place.covered == above.covered {
            let nearest = covering(name).filter_map(|key| problems.get(&*key)).last();
            place.covered = nearest.copied().or(place.covered);
        }
    }
}

fn first_child(tree: &Tree, node: u32) -> Option<u32> {
    tree.is_branch(node).then(|| tree.children(node).next()).flatten()
}

fn next_sibling(tree: &Tree, node: u32, parent: Option<u32>) -> Option<u32> {
    let next = tree.end(node);
    (next < tree.end(parent?)).then_some(next)
}

fn problem_kind(problems: &Tree, node: u32) -> CellKind {
    let text = problems.value(node).and_then(ValueRef::as_text).unwrap_or_default();
    if Problem::parse(text).is_not_collected() { CellKind::NotCollected } else { CellKind::Problem }
}

/// The state of a leaf: what differs is stronger than what is lacking, which is stronger than what is not known.
fn state(
    cells: &[RawCell],
    values: &[Option<ValueRef<'_>>],
    capture: &[usize],
    machine: &[usize],
    class: Class,
) -> State {
    let mut hidden = values.iter().enumerate().filter(|(_, v)| v.is_some_and(|v| v.redacted().is_some()));
    let opaque = |v: &Option<ValueRef<'_>>| v.is_some_and(|v| v.redacted() == Some(Redacted::Opaque));
    let keys_differ = {
        let mut keys = values.iter().flatten().filter_map(|v| match v.redacted() {
            Some(Redacted::Keyed { key, .. }) => Some(key),
            _ => None,
        });
        let first = keys.next();
        keys.any(|key| Some(key) != first)
    };
    // Hidden values of one and the same capture are what they are; of two captures, nothing can be said.
    let one_capture = capture.iter().all(|c| *c == capture[0]);
    let unknown_hidden = !one_capture && (values.iter().any(opaque) || keys_differ);
    let shown_differs = || {
        let mut shown = cells.iter().zip(values).filter(|(_, v)| v.is_some_and(|v| v.redacted().is_none()));
        let first = shown.next().map(|(c, _)| c.class);
        shown.any(|(c, _)| Some(c.class) != first)
    };
    let parts = if one_capture { None } else { partly_hidden(values) };
    let differs = match parts {
        Some(parts) => parts == Known::Differs,
        None if unknown_hidden => shown_differs(),
        None => cells.iter().any(|c| c.class != NO_CLASS && c.class > 0),
    };
    let present = values.iter().any(Option::is_some);
    let lacking = present && cells.iter().any(|c| c.kind == CellKind::Missing);
    let unread = cells.iter().any(|c| matches!(c.kind, CellKind::Problem | CellKind::NotCollected));
    let plain = if differs {
        State::Changed
    } else if lacking {
        State::Missing
    } else if (unknown_hidden && hidden.next().is_some()) || parts == Some(Known::Unknown) {
        State::Redacted
    } else if unread {
        State::Unreadable
    } else {
        State::Same
    };
    match (class, plain) {
        (Class::Volatile, State::Changed | State::Missing) => State::Volatile,
        (Class::Identity, State::Changed | State::Same) if twins(cells, values, machine) => State::DuplicateIdentity,
        (Class::Identity, State::Changed) => State::Identity,
        _ => plain,
    }
}

/// What can be said of values of which some hide a part; `None` where none does.
fn partly_hidden(values: &[Option<ValueRef<'_>>]) -> Option<Known> {
    let shown = || values.iter().flatten().filter(|v| v.redacted().is_none());
    if !shown().any(|v| v.hides()) {
        return None;
    }
    let first = shown().next()?;
    let mut all = Known::Same;
    // Beside the first, each is compared with the one before it: of two that the first says nothing of, they may tell.
    for (before, other) in shown().zip(shown().skip(1)) {
        match [known(&first.plain(), &other.plain()), known(&before.plain(), &other.plain())] {
            [Known::Differs, _] | [_, Known::Differs] => return Some(Known::Differs),
            [Known::Unknown, _] | [_, Known::Unknown] => all = Known::Unknown,
            [Known::Same, Known::Same] => {}
        }
    }
    // Beside one whose whole value is hidden nothing can be said.
    let is_beside_hidden = values.iter().flatten().any(|v| v.redacted().is_some());
    Some(if is_beside_hidden { Known::Unknown } else { all })
}

/// Whether two different machines have the same value.
fn twins(cells: &[RawCell], values: &[Option<ValueRef<'_>>], machine: &[usize]) -> bool {
    // What nobody filled in names no machine, however many show it.
    let names_one = |value: &Option<ValueRef<'_>>| match value {
        Some(ValueRef::Text(text)) => !alike::is_unfilled(text),
        Some(ValueRef::Empty | ValueRef::Null) => false,
        _ => true,
    };
    let mut owner: HashMap<u16, usize> = HashMap::new();
    cells
        .iter()
        .zip(values)
        .zip(machine)
        .filter(|((cell, value), _)| cell.class != NO_CLASS && names_one(value))
        .any(|((cell, _), machine)| *owner.entry(cell.class).or_insert(*machine) != *machine)
}

/// What is particular about values that differ.
fn particulars(values: &[Option<ValueRef<'_>>], classes: &[u16], flags: &mut Flags) {
    let of = |class: u16| classes.iter().position(|c| *c == class).and_then(|i| values[i]);
    let (Some(a), Some(b)) = (of(0), of(1)) else { return };
    flags.set(Flags::TYPE, a.kind() != b.kind());
    if let (ValueRef::List(a), ValueRef::List(b)) = (a, b) {
        flags.set(Flags::ORDER, a.len() == b.len() && members(a) == members(b));
    }
    if let (ValueRef::Text(a), ValueRef::Text(b)) = (a, b) {
        flags.set(Flags::INVISIBLE, look_alike(a, b));
    }
}

#[cfg(test)]
mod tests;
