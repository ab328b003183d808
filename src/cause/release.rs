//! What comes with another release of the distribution besides its packages. What people wrote never does.

use super::origin::text;
use super::packages::{Named, Packages};
use super::places::{Masks, is_by_people, is_shipped, is_told_as_shipped, points_to_people};
use crate::compare::{Cell, Comparison, RowId, State};
use crate::model::{Path, ValueRef};
use std::collections::{HashMap, HashSet};

/// A difference of the distribution's release.
pub(super) struct Release {
    /// Repositories that every side has the same of but for the release's name.
    repositories: HashSet<RowId>,
    /// Alternatives that somebody chose on some side.
    chosen: HashSet<String>,
}

impl Release {
    /// `None` where all sides have the same release.
    pub(super) fn of(comparison: &Comparison, masks: Masks) -> Option<Self> {
        let differs = |key: &&str| {
            let row = comparison.find(&Path::new(["os", "release", key]));
            row.is_some_and(|row| super::claim::is_found(comparison, row))
        };
        ["id", "version"]
            .iter()
            .any(differs)
            .then(|| Self { repositories: repositories(comparison, masks), chosen: chosen(comparison) })
    }

    /// Whether a row comes with the release.
    pub(super) fn brings(&self, comparison: &Comparison, packages: &Packages<'_>, row: RowId, keys: &[&str]) -> bool {
        let is_changed = comparison.state(row) == State::Changed;
        let moves = |name: &str| packages.named(name).is_some_and(Named::moves_with_the_release);
        match keys {
            ["os", "release", ..] => true,
            ["libraries", "libc" | "linker", ..] | ["libraries", "openssl", "version"] => {
                is_changed && is_shipped(comparison, row)
            }
            ["libraries", "perl", ..] => {
                is_changed && !keys.iter().any(|key| is_by_people(key)) && is_shipped(comparison, row)
            }
            ["libraries", "python", folder, name] => {
                let package = packages.named(&format!("python3-{name}"));
                is_changed && !is_by_people(folder) && package.is_none_or(Named::moves_with_the_release)
            }
            ["toolchains", ..] => {
                let path = comparison.child(comparison.parent(row), "path");
                is_changed && is_shipped(comparison, row) && path.is_none_or(|path| !points_to_people(comparison, path))
            }
            ["libraries", "repositories", ..] => self.repositories.contains(&comparison.parent(row)),
            ["libraries", "ca_certificates", name, ..] if !matches!(*name, "added" | "struck_out") => {
                moves("ca-certificates")
            }
            ["libraries", "alternatives", name] => {
                is_changed && !self.chosen.contains(*name) && !points_to_people(comparison, row)
            }
            ["os", "cron", file, ..] => {
                let edited = comparison.find(&Path::new(["deployments", "hand_edits", file]));
                is_changed && edited.is_none() && moves(file.rsplit('/').next().unwrap_or(file))
            }
            ["os", "time", "tzdata_version"] => is_changed && moves("tzdata"),
            ["os", "services" | "timers", unit, field] => unit_moves(comparison, packages, row, unit, field),
            _ => false,
        }
    }
}

/// Whether a unit that packages ship is what it is by the release.
fn unit_moves(comparison: &Comparison, packages: &Packages<'_>, row: RowId, unit: &str, field: &str) -> bool {
    let branch = comparison.parent(row);
    let files: Vec<RowId> =
        ["unit_file_digest", "schedule"].iter().filter_map(|key| comparison.child(branch, key)).collect();
    if files.is_empty() || !files.iter().all(|file| is_told_as_shipped(comparison, *file)) {
        return false;
    }
    let name = unit.rsplit_once('.').map_or(unit, |(name, _)| name);
    let shipper = packages.shipper(name);
    match comparison.state(row) {
        State::Changed => {
            matches!(field, "unit_file_digest" | "alias_of" | "schedule")
                && is_shipped(comparison, row)
                && shipper.map_or(!packages.has_foreign(), Named::moves_with_the_release)
        }
        // A unit that some releases alone have, enabled as its package enabled it when it was installed.
        State::Missing => {
            let masks = Masks::of(comparison);
            masks.having_some(comparison, branch) != masks.all
                && (field == "enabled" || is_shipped(comparison, row))
                && shipper.is_some_and(|named| named.is_everywhere() && named.moves_with_the_release())
        }
        _ => false,
    }
}

/// The entries that every side has, but for the name or the number of its release.
fn repositories(comparison: &Comparison, masks: Masks) -> HashSet<RowId> {
    let Some(branch) = comparison.find_branch(&Path::new(["libraries", "repositories"])) else {
        return HashSet::new();
    };
    let release = |key: &str, side| {
        let row = comparison.find(&Path::new(["os", "release", key]))?;
        text(comparison, row, side).filter(|text| !text.is_empty())
    };
    let entries: Vec<RowId> = comparison.children(branch).filter(|row| !comparison.is_leaf(*row)).collect();
    let mut sides_of: HashMap<String, u64> = HashMap::new();
    let mut texts: Vec<Vec<String>> = vec![Vec::new(); entries.len()];
    for side in 0..comparison.sides().len().min(64) {
        let Some(name) = release("codename", side).or_else(|| release("version", side)) else { continue };
        for (at, entry) in entries.iter().enumerate() {
            if let Some(text) = written(comparison, *entry, side, name) {
                *sides_of.entry(text.clone()).or_default() |= 1 << side;
                texts[at].push(text);
            }
        }
    }
    let is_everywhere = |text: &String| sides_of.get(text).is_some_and(|sides| *sides == masks.all);
    let same = entries.iter().zip(&texts).filter(|(_, texts)| !texts.is_empty() && texts.iter().all(is_everywhere));
    same.map(|(entry, _)| *entry).collect()
}

/// An entry as one side has it, without its release's name.
fn written(comparison: &Comparison, entry: RowId, side: usize, name: &str) -> Option<String> {
    let mut out = comparison.key(entry).to_owned();
    let mut has = false;
    for row in comparison.children(entry) {
        let text = match comparison.cell(row, side) {
            Cell::Missing => continue,
            Cell::Value(value) => value.plain().into_owned(),
            // Nobody knows whether it is the same.
            _ => format!("? of {side}"),
        };
        has = true;
        out = format!("{out}\n{} {text}", comparison.key(row));
    }
    has.then(|| out.replace(name, "*"))
}

/// The alternatives that some side has in manual mode.
fn chosen(comparison: &Comparison) -> HashSet<String> {
    let Some(row) = comparison.find(&Path::new(["libraries", "manual_alternatives"])) else { return HashSet::new() };
    let mut out = HashSet::new();
    for cell in comparison.cells(row) {
        if let Cell::Value(ValueRef::List(names)) = cell {
            out.extend(names.iter().map(|name| name.plain().into_owned()));
        }
    }
    out
}
