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

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::model::{Path, Value};
use evidence::{Evidence, Look};
use std::collections::HashSet;
use std::sync::Arc;

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

/// What a derived fact is, whatever a comparison has of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Where it stands; `*` is one key.
    pub path: Path,
    /// The unit, in the vocabulary's words.
    pub unit: Option<&'static str>,
    /// What it is, in a sentence for people.
    pub about: &'static str,
    /// What it is made of.
    pub formula: &'static str,
    /// Patterns of the facts that it may be made of.
    pub from: &'static [&'static str],
}

/// All that can be derived, in natural order of the paths.
pub fn definitions() -> Vec<Definition> {
    let nothing = Comparison::new(vec![Arc::default()], &Cancel::new());
    let Some(nothing) = nothing else { return Vec::new() };
    let mut making = Making { look: Look::new(&nothing), facts: Vec::new(), definitions: Some(Vec::new()) };
    making.derive();
    let mut definitions = making.definitions.unwrap_or_default();
    definitions.sort_by(|a, b| a.path.cmp(&b.path));
    definitions
}

/// What is said of a derived fact besides its values.
#[derive(Clone, Copy, Debug)]
struct Spec {
    from: &'static [&'static str],
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
        let mut making = Making { look: Look::new(comparison), facts: Vec::new(), definitions: None };
        making.derive();
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
    /// Where nothing is derived: what could be.
    definitions: Option<Vec<Definition>>,
}

impl<'a> Making<'a> {
    fn derive(&mut self) {
        memory::derive(self);
        cpu::derive(self);
        jvm::derive(self);
        network::derive(self);
        services::derive(self);
        limits::derive(self);
        cache::derive(self);
        dns::derive(self);
        locale::derive(self);
        tls::derive(self);
        declared::derive(self);
    }

    /// The keys right beneath these, of which a derived fact has one each; where all that could be is asked for, any.
    fn members(&self, keys: &[&str]) -> Vec<&'a str> {
        let known = self.look.beneath(keys).into_iter().map(|(key, _)| key);
        known.chain(self.any()).collect()
    }

    /// The key that stands for any.
    fn any(&self) -> Option<&'static str> {
        self.definitions.as_ref().map(|_| "*")
    }

    /// Adds the fact at `effective` and these keys, side by side; nothing where no side has it.
    fn add(&mut self, keys: &[&str], spec: Spec, of: impl Fn(&Evidence<'_, 'a>) -> Option<Value>) {
        let path = Path::new(std::iter::once("effective").chain(keys.iter().copied()));
        let Spec { unit, about, formula, from } = spec;
        if let Some(definitions) = &mut self.definitions {
            definitions.push(Definition { path, unit, about, formula, from });
            return;
        }
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
        self.facts.push(Derived { path, unit, about, formula, values, inputs, asked });
    }
}

#[cfg(test)]
mod tests;
