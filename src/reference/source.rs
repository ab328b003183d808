//! Where the files that a team keeps beside its code are read: on disk as they lie there, or in a commit.

use super::repository::Repository;
use super::{ConfigurationError, Reference, ReferenceError};
use crate::store::{self, StoreError};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Where a repository's files are read.
#[derive(Clone, Debug)]
pub enum Source {
    /// On disk, as seen from a folder.
    Disk(PathBuf),
    /// In a commit, as seen from a folder of its files.
    Commit {
        /// Whose it is.
        repository: Arc<Repository>,
        /// Its hash.
        id: String,
        /// From the top of its files; empty for the top.
        folder: PathBuf,
    },
}

impl Default for Source {
    fn default() -> Self {
        Self::Disk(PathBuf::new())
    }
}

/// How much of a commit's hash is shown.
const SHOWN: usize = 10;

impl Source {
    /// Whether it has a policy.
    pub fn has_policy(&self) -> bool {
        self.nearest(super::configuration::POLICY).is_some()
    }

    /// Whether this very folder has a policy, whatever those above it have.
    pub fn has_own_policy(&self) -> bool {
        match self {
            Self::Disk(folder) | Self::Commit { folder, .. } => self.is_file(&folder.join(super::POLICY)),
        }
    }

    /// The nearest file of a name, up to the top of the repository.
    pub fn nearest(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Disk(folder) => store::nearest(folder, name),
            Self::Commit { folder, .. } => {
                folder.ancestors().map(|above| above.join(name)).find(|path| self.is_file(path))
            }
        }
    }

    /// Where the acceptances are kept.
    pub(super) fn acceptances(&self) -> PathBuf {
        match self {
            Self::Disk(folder) => store::acceptances(folder),
            Self::Commit { .. } => self.nearest(store::ACCEPTANCES).unwrap_or_else(|| {
                let policy = self.nearest(super::POLICY).unwrap_or_default();
                policy.with_file_name(store::ACCEPTANCES)
            }),
        }
    }

    /// The text of a file; `None` where there is none.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(super) fn text(&self, path: &Path) -> Result<Option<String>, ConfigurationError> {
        match self {
            Self::Disk(_) => match store::configuration(path) {
                Ok(text) => Ok(Some(text)),
                Err(StoreError::Missing(_)) => Ok(None),
                Err(error) => Err(error.into()),
            },
            Self::Commit { repository, id, .. } => {
                let text = repository.text(id, &path.to_string_lossy());
                let text =
                    text.map_err(|error| ConfigurationError::Wrong(vec![format!("{}: {error}", self.shown(path))]))?;
                Ok(text.map(|text| text.to_string()))
            }
        }
    }

    /// A file as messages name it: `0123456789:driftglass.toml` in a commit.
    pub(super) fn shown(&self, path: &Path) -> String {
        match self {
            Self::Disk(_) => path.display().to_string(),
            Self::Commit { id, .. } => format!("{}:{}", id.get(..SHOWN).unwrap_or(id), path.display()),
        }
    }

    /// Whether a file of this path is there. Where git cannot tell it may be, and whoever reads it is told why it cannot.
    fn is_file(&self, path: &Path) -> bool {
        match self {
            Self::Disk(_) => path.is_file(),
            Self::Commit { repository, id, .. } => {
                let object = repository.file(id, &path.to_string_lossy());
                object.map_or(true, |object| object.is_some_and(|object| object.kind == "blob"))
            }
        }
    }

    /// Reads a reference that stands in a file of a folder. What is meant as a file of the repository is one of the
    /// commit; what git ignores, or lies outside, is on disk as it is there now.
    pub(super) fn reference(&self, text: &str, folder: &Path) -> Result<Reference, ReferenceError> {
        let Self::Commit { repository, id, .. } = self else { return Reference::seen_from(text, folder) };
        let top = repository.top().unwrap_or(Path::new(""));
        let within = |path: &Path| within(&folder.join(path.strip_prefix(top).unwrap_or(path)));
        let is_file = |word: &str| within(Path::new(word)).is_some_and(|path| self.is_file(&path));
        Ok(match Reference::parse(text, is_file)? {
            Reference::File(path) => match within(&path) {
                Some(path) if self.is_file(&path) || !repository.is_ignored(&path) => {
                    Reference::Git { revision: id.clone(), path: path.to_string_lossy().into_owned() }
                }
                _ => Reference::File(top.join(folder).join(path)),
            },
            Reference::Root(place) => Reference::Root(top.join(folder).join(place)),
            other => other,
        })
    }
}

/// A path from the top of a repository without detours; `None` where it leads out of it.
fn within(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop().then_some(())?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_within_the_repository_or_is_none_of_its() {
        for (path, expected) in [
            ("a/./b", Some("a/b")),
            ("a/../b", Some("b")),
            ("./a.json", Some("a.json")),
            ("../a", None),
            ("a/../../b", None),
            ("/a", None),
        ] {
            assert_eq!(within(Path::new(path)), expected.map(PathBuf::from), "{path}");
        }
    }
}
