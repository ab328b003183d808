//! What the package managers of languages put on the system beside the system's own: by folder, then by package.

pub(in crate::capture) mod node;
pub(in crate::capture) mod python;
pub(in crate::capture) mod runtimes;
pub(in crate::capture) mod scripts;
pub(in crate::capture) mod users;

use crate::capture::settings;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most packages of one folder.
const PACKAGES: usize = 20_000;

/// Packages of a folder by name, with their versions: several of one package can stand beside each other.
#[derive(Debug, Default)]
struct Found(BTreeMap<String, (BTreeSet<String>, String)>);

impl Found {
    /// Adds a package that a file or folder names.
    fn add(&mut self, name: impl Into<String>, version: impl Into<String>, source: &str) {
        if self.0.len() < PACKAGES {
            let entry = self.0.entry(name.into()).or_insert_with(|| (BTreeSet::new(), source.to_owned()));
            entry.0.insert(version.into());
        }
    }

    /// Puts the packages that the entries of a folder name, by their path and name.
    fn list(host: &Host, folder: &str, facts: &mut Scope<'_>, named: impl Fn(&str, &str) -> Option<(String, String)>) {
        let entries = match host.list(folder) {
            Ok(entries) => entries,
            Err(error) => return facts.unread(&[], &error),
        };
        let mut found = Self::default();
        for entry in entries {
            let path = format!("{folder}/{}", entry.name);
            if let Some((name, version)) = named(&path, &entry.name) {
                found.add(name, version, &path);
            }
        }
        found.put(facts);
    }

    fn put(self, facts: &mut Scope<'_>) {
        for (name, (mut versions, source)) in self.0 {
            if versions.len() > 1 {
                facts.put(&[&name], Value::set(versions), &source);
            } else {
                facts.put_some(&[&name], versions.pop_first(), &source);
            }
        }
    }
}

/// The folders that patterns name, each once however it is reached, and by a link only where nothing else leads there.
fn folders(host: &Host, patterns: &[&str]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<String> = patterns.iter().flat_map(|pattern| settings::glob(host, pattern)).collect();
    all.sort_by_cached_key(|path| host.link(path).is_ok());
    all.retain(|path| host.stat(path).is_ok_and(|stat| seen.insert(stat.id)));
    all
}

/// Folders that the user lists as releases can hold environments of their own.
fn releases(facts: &Facts) -> Vec<String> {
    let listed = &facts.options().watch.releases;
    listed.iter().map(|folder| folder.trim_end_matches('/').to_owned()).collect()
}
