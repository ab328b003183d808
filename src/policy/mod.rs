//! Floor 2: what people say of their environments in `driftglass.toml`. Pure: text in, a policy or what is wrong with
//! the text out, with line, column and key. A section is a struct of its own with its own file. Beside it what has been
//! accepted ([`accept`]), how the rows of a comparison stand to both ([`standing`]), and what the gate says ([`judge`]).

pub mod accept;
mod alike;
pub mod baseline;
mod environment;
pub mod explorer;
mod gate;
mod hold;
pub mod judge;
mod pattern;
mod pin;
pub mod push;
pub mod rehearsal;
mod relation;
#[cfg(test)]
pub(crate) mod sample;
pub mod standing;
mod taken;
mod watch;
mod written;

pub use crate::model::place::Remark;
pub use accept::Acceptances;
pub use environment::{Environment, Environments, Role};
pub use gate::{DEFAULT_BLOCK, Expression, Gate, Unknown};
pub use hold::targets;
pub use pattern::Pattern;
pub use push::Push;
pub use rehearsal::Rehearse;
pub use relation::{Must, REASON, Relation, Then};
pub use standing::{Grave, Group, Standing, Standings, apply};
pub use watch::{Watch, file, folder, name, service, url};

use crate::model::place::{self, Places};
use explorer::Explorer;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use watch::WatchSection;

/// What stands in one or more files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What captures look at besides what they know themselves.
    pub watch: Watch,
    /// Which environments there are.
    pub environments: Environments,
    /// What must hold between them.
    pub relations: Vec<Relation>,
    /// What stops a push.
    pub gate: Gate,
    /// What the files of a push have to do with.
    pub push: Push,
    /// Whether the way back is to be tried first.
    pub rehearsal: Rehearse,
    /// How the explorer looks and what its keys are.
    pub explorer: Explorer,
}

impl Policy {
    /// Takes over what another file says too.
    pub fn add(&mut self, other: Policy) {
        self.watch.add(&other.watch);
        self.environments.extend(other.environments);
        self.relations.extend(other.relations);
        self.gate.add(other.gate);
        self.push.add(other.push);
        self.rehearsal.add(other.rehearsal);
        self.explorer.add(other.explorer);
    }

    /// Puts the file before every place.
    pub fn named(&mut self, file: &str) {
        self.each_place(&mut |place| *place = format!("{file}:{place}"));
        self.explorer.wrong.iter_mut().for_each(|wrong| *wrong = format!("{file}:{wrong}"));
    }

    /// Every place at which something stands.
    fn each_place(&mut self, act: &mut dyn FnMut(&mut String)) {
        let environments = self.environments.values_mut();
        let places = environments.flat_map(|environment| {
            let reach = environment.reach.as_mut().map(|reach| &mut reach.place);
            [&mut environment.place].into_iter().chain(reach)
        });
        let places = places.chain(self.relations.iter_mut().map(|relation| &mut relation.place));
        let expressions = [&mut self.gate.block, &mut self.gate.needs_decision].into_iter().flatten();
        let touches = self.push.touches.values_mut().map(|touch| &mut touch.means.place);
        let places = places.chain(touches).chain(expressions.map(|expression| &mut expression.place));
        let rehearsal = Some(&mut self.rehearsal.place).filter(|place| !place.is_empty());
        places.chain(rehearsal).for_each(&mut *act);
        self.explorer.each_place(act);
    }
}

/// The sections as they are written.
#[derive(Debug, Default, Deserialize)]
struct Sections {
    #[serde(default)]
    watch: WatchSection,
    #[serde(default)]
    environments: BTreeMap<String, Spanned<environment::EnvironmentSection>>,
    #[serde(default)]
    relation: Vec<Spanned<relation::RelationSection>>,
    #[serde(default)]
    gate: gate::GateSection,
    #[serde(default)]
    push: push::PushSection,
    #[serde(default)]
    rehearsal: rehearsal::RehearsalSection,
    theme: Option<Spanned<toml::Value>>,
    glyphs: Option<Spanned<toml::Value>>,
    mouse: Option<Spanned<toml::Value>>,
    layout: Option<Spanned<toml::Value>>,
    same: Option<Spanned<toml::Value>>,
    volatile: Option<Spanned<toml::Value>>,
    slow: Option<Spanned<toml::Value>>,
    announce: Option<Spanned<toml::Value>>,
    #[serde(default)]
    keys: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    filters: BTreeMap<String, Spanned<toml::Value>>,
}

/// Reads a policy; besides it what to warn of: keys that mean nothing to this version.
///
/// # Errors
/// All that is wrong with the text, in its order; never empty.
pub fn parse(text: &str) -> Result<(Policy, Vec<Remark>), Vec<Remark>> {
    let places = Places::of(text);
    let (sections, mut warnings) = place::read::<Sections>(text, &places).map_err(|remark| vec![remark])?;
    let mut wrong = Vec::new();
    let watch = sections.watch.checked(&places, &mut wrong);
    let environments = environment::checked(sections.environments, &places, &mut wrong);
    let relations = relation::checked(sections.relation, &places, &mut wrong, &mut warnings);
    let Sections {
        theme,
        glyphs,
        mouse,
        layout,
        same,
        volatile,
        slow,
        announce,
        keys,
        filters,
        gate,
        push,
        rehearsal,
        ..
    } = sections;
    let words = [theme, glyphs, mouse, layout, same, volatile, slow, announce];
    let explorer = explorer::checked(words, keys, filters, &places);
    let gate = gate::checked(gate, &explorer, &places, &mut wrong, &mut warnings);
    let push = push::checked(push, &places, &mut wrong, &mut warnings);
    let rehearsal = rehearsal::checked(rehearsal, &places, &mut wrong);
    warnings.sort_by_key(Remark::place);
    let policy = Policy { watch, environments, relations, gate, push, rehearsal, explorer };
    if !wrong.is_empty() {
        // A key that nobody knows may be why another is missed.
        wrong.extend(warnings);
        wrong.sort_by_key(Remark::place);
        return Err(wrong);
    }
    Ok((policy, warnings))
}

/// The example that `driftglass config --example` prints.
pub const EXAMPLE: &str = include_str!("../../assets/driftglass.toml");

#[cfg(test)]
mod standing_tests;
#[cfg(test)]
mod tests;
