//! Floor 2: what really holds. Facts that no file says and that follow from several: how much written data may wait is a
//! ratio of the memory, a listen backlog is the smaller of two numbers. They are derived from a [`Comparison`], once, and
//! stand in a list beside its rows. Where a side lacks evidence for one, it has none: nothing is guessed.

mod cache;
mod cpu;
mod declared;
mod dns;
mod evidence;
mod jvm;
mod limits;
mod locale;
mod memory;
mod network;
mod services;
mod tls;

use crate::compare::{Comparison, RowId};
use crate::model::{Path, Value};
use evidence::{Evidence, Look};
use std::collections::HashSet;

/// A fact that follows from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// `effective.dirty_bytes`, `effective.listen_backlog.redis`.
    pub path: Path,
    /// The unit, in the vocabulary's words.
    pub unit: Option<&'static str>,
    /// What it is, in a sentence for people.
    pub about: &'static str,
    /// What it is made of.
    pub formula: &'static str,
    /// By side; `None` where there is not enough evidence.
    pub values: Vec<Option<Value>>,
    /// The rows that it is made of, ascending.
    pub inputs: Vec<RowId>,
    /// The same in the order in which the formula asks for them: settings before what they are a share of.
    pub asked: Vec<RowId>,
}

impl Derived {
    /// Whether two sides are known to have other values.
    pub fn differs(&self) -> bool {
        let mut known = self.values.iter().flatten();
        let first = known.next();
        known.any(|value| Some(value) != first)
    }
}

/// What is said of a derived fact besides its values.
#[derive(Clone, Copy, Debug)]
struct Spec {
    unit: Option<&'static str>,
    about: &'static str,
    formula: &'static str,
}

/// All derived facts of a comparison that at least one side has evidence for.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// Sorted by path.
    facts: Vec<Derived>,
    /// Each input with the place of a fact that is made of it; sorted.
    uses: Vec<(RowId, u32)>,
}

impl Effective {
    /// Derives what can be derived. The cost is that of looking up the inputs: it does not grow with the rest.
    pub fn of(comparison: &Comparison) -> Self {
        let mut making = Making { look: Look::new(comparison), facts: Vec::new() };
        memory::derive(&mut making);
        cpu::derive(&mut making);
        jvm::derive(&mut making);
        network::derive(&mut making);
        services::derive(&mut making);
        limits::derive(&mut making);
        cache::derive(&mut making);
        dns::derive(&mut making);
        locale::derive(&mut making);
        tls::derive(&mut making);
        declared::derive(&mut making);
        let mut facts = making.facts;
        facts.sort_by(|a, b| a.path.cmp(&b.path));
        let mut uses: Vec<(RowId, u32)> =
            (0..).zip(&facts).flat_map(|(at, fact)| fact.inputs.iter().map(move |row| (*row, at))).collect();
        uses.sort_unstable();
        Self { facts, uses }
    }

    /// All, in natural order of their paths.
    pub fn facts(&self) -> &[Derived] {
        &self.facts
    }

    /// The place of a fact in [`Effective::facts`].
    pub fn position(&self, path: &Path) -> Option<usize> {
        self.facts.binary_search_by(|fact| fact.path.cmp(path)).ok()
    }

    /// The fact at a path.
    pub fn find(&self, path: &Path) -> Option<&Derived> {
        self.facts.get(self.position(path)?)
    }

    /// The places of the facts that are made of a row.
    pub fn places_made_of(&self, row: RowId) -> impl Iterator<Item = usize> + '_ {
        let first = self.uses.partition_point(|(input, _)| *input < row);
        self.uses.iter().skip(first).take_while(move |(input, _)| *input == row).map(|(_, at)| *at as usize)
    }

    /// The facts that are made of a row.
    pub fn made_of(&self, row: RowId) -> impl Iterator<Item = &Derived> {
        self.places_made_of(row).filter_map(|at| self.facts.get(at))
    }
}

struct Making<'a> {
    look: Look<'a>,
    facts: Vec<Derived>,
}

impl<'a> Making<'a> {
    /// Adds the fact at `effective` and these keys, side by side; nothing where no side has it.
    fn add(&mut self, keys: &[&str], spec: Spec, of: impl Fn(&Evidence<'_, 'a>) -> Option<Value>) {
        let sides = self.look.comparison.sides().len();
        let mut inputs = Vec::new();
        let values: Vec<Option<Value>> = (0..sides)
            .map(|side| {
                let evidence = Evidence::new(&self.look, side);
                let value = of(&evidence);
                inputs.extend(evidence.into_rows());
                value
            })
            .collect();
        if values.iter().all(Option::is_none) {
            return;
        }
        let mut seen = HashSet::new();
        let asked: Vec<RowId> = inputs.iter().copied().filter(|row| seen.insert(*row)).collect();
        inputs.sort_unstable();
        inputs.dedup();
        let path = Path::new(std::iter::once("effective").chain(keys.iter().copied()));
        let Spec { unit, about, formula } = spec;
        self.facts.push(Derived { path, unit, about, formula, values, inputs, asked });
    }
}

#[cfg(test)]
mod tests;
