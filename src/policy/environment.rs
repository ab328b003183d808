//! `[environments.NAME]`: which environments there are, what they are for, and how each is reached.

use super::explorer::{Placed, place};
use super::taken::{Given, Taker};
use crate::model::place::{Places, Remark};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The most environments of one file.
const ENTRIES: usize = 1000;

/// What an environment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is tested in.
    Test,
    /// It is pushed to.
    Target,
}

impl Role {
    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Role::Test => "test",
            Role::Target => "target",
        }
    }
}

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// What it is for, where that is said.
    pub role: Option<Role>,
    /// The reference that its name stands for; without one, the newest of that name in the store.
    pub reach: Option<Placed<String>>,
    /// Where it is said how it is reached, or where the environment is named.
    pub place: String,
}

/// All environments by name.
pub type Environments = BTreeMap<String, Environment>;

/// The section as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentSection {
    role: Given,
    reach: Given,
}

pub(super) fn checked(
    sections: BTreeMap<String, Spanned<EnvironmentSection>>,
    places: &Places<'_>,
    wrong: &mut Vec<Remark>,
) -> Environments {
    let mut taker = Taker::new(places, wrong);
    let mut out = Environments::new();
    for (at, (name, section)) in sections.into_iter().enumerate() {
        let (span, whole) = (section.span(), section.span());
        if at == ENTRIES {
            taker.wrong(span, format!("there are more than {ENTRIES} environments"));
            break;
        }
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            taker.wrong(span, "an environment has a name");
        } else if ["test", "target", "live"].contains(&name.as_str()) {
            taker.wrong(span, format!("{name} means something already: give it another name"));
        }
        let section = section.into_inner();
        let role = taker.taken(section.role, "one of test, target, in quotes", |value| match value.as_str() {
            Some("test") => Some(Role::Test),
            Some("target") => Some(Role::Target),
            _ => None,
        });
        let role = role.map(Spanned::into_inner);
        let reach = taker.text(section.reach);
        if let Some(reach) = reach.as_ref().filter(|reach| reach.get_ref().trim().is_empty()) {
            taker.wrong(reach.span(), "it names no snapshot");
        }
        let reach = reach.map(|reach| Placed { place: place(places, &reach.span()), value: reach.into_inner() });
        let place = reach.as_ref().map_or_else(|| place(places, &whole), |reach| reach.place.clone());
        out.insert(name, Environment { role, reach, place });
    }
    out
}
