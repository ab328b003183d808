//! `[environments.NAME]`: which environments there are, what they are for, and how each is reached.

use super::explorer::{Placed, place};
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
}

/// All environments by name.
pub type Environments = BTreeMap<String, Environment>;

/// The section as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct EnvironmentSection {
    role: Option<Spanned<String>>,
    reach: Option<Spanned<String>>,
}

pub(super) fn checked(
    sections: BTreeMap<String, Spanned<EnvironmentSection>>,
    places: &Places<'_>,
    wrong: &mut Vec<Remark>,
) -> Environments {
    let mut out = Environments::new();
    for (at, (name, section)) in sections.into_iter().enumerate() {
        let span = section.span();
        if at == ENTRIES {
            wrong.push(places.remark(span.clone(), format!("there are more than {ENTRIES} environments")));
            break;
        }
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            wrong.push(places.remark(span.clone(), "an environment has a name"));
        } else if ["test", "target", "live"].contains(&name.as_str()) {
            wrong.push(places.remark(span.clone(), format!("{name} means something already: give it another name")));
        }
        let section = section.into_inner();
        let role = match section.role.as_ref().map(|role| role.get_ref().as_str()) {
            None => None,
            Some("target") => Some(Role::Target),
            Some("test") => Some(Role::Test),
            Some(_) => {
                let span = section.role.as_ref().map_or(span, Spanned::span);
                wrong.push(places.remark(span, "it is one of test, target"));
                None
            }
        };
        if let Some(reach) = section.reach.as_ref().filter(|reach| reach.get_ref().trim().is_empty()) {
            wrong.push(places.remark(reach.span(), "it names no snapshot"));
        }
        let reach =
            section.reach.map(|reach| Placed { place: place(places, &reach.span()), value: reach.into_inner() });
        out.insert(name, Environment { role, reach });
    }
    out
}
