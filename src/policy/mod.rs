//! Floor 2: what people say of their environments in `driftglass.toml`. Pure: text in, a policy or what is wrong with
//! the text out, with line, column and key. A section is a struct of its own with its own file.

pub mod explorer;
mod watch;

pub use crate::model::place::Remark;
pub use watch::{Watch, file, folder, name, service, url};

use crate::model::place::{self, Places};
use explorer::Explorer;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use watch::WatchSection;

/// What stands in one or more files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What captures look at besides what they know themselves.
    pub watch: Watch,
    /// How the explorer looks and what its keys are.
    pub explorer: Explorer,
}

impl Policy {
    /// Takes over what another file says too.
    pub fn add(&mut self, other: Policy) {
        self.watch.add(&other.watch);
        self.explorer.add(other.explorer);
    }
}

/// The sections as they are written.
#[derive(Debug, Default, Deserialize)]
struct Sections {
    #[serde(default)]
    watch: WatchSection,
    theme: Option<Spanned<toml::Value>>,
    glyphs: Option<Spanned<toml::Value>>,
    mouse: Option<Spanned<toml::Value>>,
    layout: Option<Spanned<toml::Value>>,
    same: Option<Spanned<toml::Value>>,
    volatile: Option<Spanned<toml::Value>>,
    slow: Option<Spanned<toml::Value>>,
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
    let (sections, warnings) = place::read::<Sections>(text, &places).map_err(|remark| vec![remark])?;
    let mut wrong = Vec::new();
    let watch = sections.watch.checked(&places, &mut wrong);
    let Sections { theme, glyphs, mouse, layout, same, volatile, slow, keys, filters, .. } = sections;
    let words = [theme, glyphs, mouse, layout, same, volatile, slow];
    let explorer = explorer::checked(words, keys, filters, &places);
    let policy = Policy { watch, explorer };
    if !wrong.is_empty() {
        wrong.sort_by_key(Remark::place);
        return Err(wrong);
    }
    Ok((policy, warnings))
}

/// The example that `driftglass config --example` prints.
pub const EXAMPLE: &str = include_str!("../../assets/driftglass.toml");

#[cfg(test)]
mod tests;
