//! Packages by their source, and which sources only some sides have.

use super::Origin;
use crate::compare::{Cell, Comparison, RowId};
use crate::model::{Path, ValueRef};
use std::collections::{HashMap, HashSet};

type Claim = (Origin, String);

pub(super) struct Packages<'a> {
    /// Manager and package, with the source.
    sources: HashMap<(&'a str, &'a str), &'a str>,
    /// Sources that every side has some package of.
    shared: HashSet<(&'a str, &'a str)>,
    /// Names of sources and packages that only some sides have, with the source.
    lacking: HashMap<&'a str, &'a str>,
    is_release: bool,
}

impl<'a> Packages<'a> {
    pub(super) fn of(comparison: &'a Comparison, is_release: bool) -> Self {
        let mut out = Self { sources: HashMap::new(), shared: HashSet::new(), lacking: HashMap::new(), is_release };
        let Some(managers) = comparison.find_branch(&Path::new(["libraries", "packages"])) else { return out };
        let sides = comparison.sides().len();
        let mut seen: HashMap<(&str, &str), u64> = HashMap::new();
        for manager in comparison.children(managers) {
            let of_manager = comparison.key(manager);
            for package in comparison.children(manager) {
                let name = comparison.key(package);
                let source = source(comparison, package).unwrap_or(name);
                out.sources.insert((of_manager, name), source);
                *seen.entry((of_manager, source)).or_default() |= sides_with(comparison, package);
            }
        }
        let all = if sides >= 64 { u64::MAX } else { (1 << sides) - 1 };
        out.shared = seen.iter().filter(|(_, mask)| **mask == all).map(|(key, _)| *key).collect();
        for ((manager, name), source) in &out.sources {
            if !out.shared.contains(&(*manager, *source)) {
                out.lacking.insert(name, source);
                out.lacking.insert(source, source);
            }
        }
        out
    }

    /// The cause of a package's row.
    pub(super) fn claim(&self, keys: &[&str]) -> Option<Claim> {
        let (manager, name) = match keys {
            ["libraries", "packages", manager, name, ..] => (*manager, *name),
            ["deployments", "rollbacks", name, ..] => {
                // A rollback is somebody's act, and no part of a release.
                let source = self.sources.iter().find(|((_, package), _)| package == name).map(|(_, source)| *source);
                return Some((Origin::SourcePackage, format!("rollback of {}", source.unwrap_or(name))));
            }
            _ => return None,
        };
        // What somebody asked for is no part of a release: held, automatic.
        let is_choice = matches!(keys.last(), Some(&"held" | &"automatic"));
        let source = self.sources.get(&(manager, name)).copied().unwrap_or(name);
        if !self.shared.contains(&(manager, source)) {
            return Some((Origin::Software, source.to_owned()));
        }
        if self.is_release && !is_choice {
            return Some((Origin::Release, String::new()));
        }
        Some((Origin::SourcePackage, source.to_owned()))
    }

    /// The cause of something named after software that only some sides have: `nginx`, `redis` for `redis-server`.
    pub(super) fn one_sided(&self, name: &str) -> Option<Claim> {
        let known = self.lacking.get(name).or_else(|| self.lacking.get(format!("{name}-server").as_str()));
        known.map(|source| (Origin::Software, (*source).to_owned()))
    }
}

/// What a package was built from: the source that some side names, without its version.
fn source(comparison: &Comparison, package: RowId) -> Option<&str> {
    let row = comparison.child(package, "source")?;
    comparison.cells(row).find_map(|cell| match cell {
        Cell::Value(ValueRef::Text(text)) => text.split(' ').next().filter(|name| !name.is_empty()),
        _ => None,
    })
}

/// The sides that have a package, a bit each.
fn sides_with(comparison: &Comparison, package: RowId) -> u64 {
    let mut mask = 0;
    for row in comparison.children(package).filter(|row| comparison.is_leaf(*row)) {
        for (side, cell) in comparison.cells(row).enumerate().take(64) {
            // What was not read may be there.
            if cell != Cell::Missing {
                mask |= 1 << side;
            }
        }
    }
    mask
}
