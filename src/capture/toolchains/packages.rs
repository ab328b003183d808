//! Which package brought a program, where dpkg does not know: rpm, apk, pacman.

use crate::capture::libraries::others::{apk, pacman};
use crate::capture::libraries::rpm;
use crate::host::Host;
use std::collections::HashMap;

/// Versions by package, and the data base that says so.
#[derive(Debug, Default)]
pub(super) struct Others {
    versions: HashMap<String, Vec<String>>,
    file: String,
}

impl Others {
    /// Reads the first data base that holds anything.
    pub(super) fn read(host: &Host) -> Self {
        let (packages, file) = rpm::installed(host);
        let mut all: Vec<(String, String)> = packages.into_iter().map(|one| (one.name, one.version)).collect();
        let mut source = file;
        for read in [apk::installed, pacman::installed] {
            if all.is_empty() {
                let (packages, file) = read(host);
                (all, source) = (packages, file.to_owned());
            }
        }
        let mut versions: HashMap<String, Vec<String>> = HashMap::new();
        for (name, version) in all {
            versions.entry(name).or_default().push(version);
        }
        Self { versions, file: source }
    }

    /// The version of a package that fits what the program's own name says of it, and where it stands.
    pub(super) fn version(&self, name: &str, said: Option<&str>) -> Option<(&str, &str)> {
        let bare = |version: &str| version.split_once(':').map_or(version, |(_, rest)| rest).to_owned();
        let fits = |version: &&String| said.is_none_or(|said| bare(version).starts_with(said));
        let version = self.versions.get(name)?.iter().find(fits)?;
        Some((version, &self.file))
    }
}
