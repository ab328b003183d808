//! What is known of derived facts without a comparison of the user's: what the example environments have of them.

use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::effective::Effective;
use crate::format;
use crate::model::Path;
use crate::reference::EXAMPLES;
use std::sync::Arc;

/// A derived fact.
pub(super) struct Fact {
    pub path: Path,
    pub about: &'static str,
    pub unit: Option<&'static str>,
    pub formula: &'static str,
    /// The paths that it is made of in the examples; raw.
    pub inputs: Vec<String>,
}

/// All of them, by path.
pub(super) struct Known(Vec<Fact>);

impl Known {
    /// Those that the examples have.
    pub(super) fn of_examples() -> Self {
        let read = EXAMPLES.iter().filter_map(|(_, bytes)| Some(Arc::new(format::read(bytes).ok()?.snapshot)));
        let Some(comparison) = Comparison::new(read.collect(), &Cancel::new()) else { return Self(Vec::new()) };
        let effective = Effective::of(&comparison);
        let facts = effective.facts().iter().map(|fact| Fact {
            path: fact.path.clone(),
            about: fact.about,
            unit: fact.unit,
            formula: fact.formula,
            inputs: fact.inputs.iter().map(|row| comparison.path(*row).to_string()).collect(),
        });
        Self(facts.collect())
    }

    /// The fact at a path, and those beneath it.
    pub(super) fn at(&self, path: &Path) -> Vec<&Fact> {
        self.0.iter().filter(|fact| fact.path.segments().starts_with(path.segments())).collect()
    }

    /// The facts that are made of a path.
    pub(super) fn made_of(&self, path: &Path) -> Vec<&Fact> {
        let path = path.to_string();
        self.0.iter().filter(|fact| fact.inputs.contains(&path)).collect()
    }
}
