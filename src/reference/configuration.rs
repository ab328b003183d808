//! What the configuration files say together.

use crate::policy::{self, Policy, Remark};
use crate::store::{self, Folders, StoreError};
use std::path::{Path, PathBuf};

/// What is in force, and where it was said.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// All files together.
    pub policy: Policy,
    /// The files in the order in which they were read.
    pub files: Vec<PathBuf>,
    /// What to warn of: the file and its place, in words.
    pub warnings: Vec<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it says is wrong: each mistake on a line with its file and place.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

impl Configuration {
    /// Reads the user's own file and the repository's, as seen from a folder.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub fn find(folder: &Path, folders: Option<&Folders>) -> Result<Self, ConfigurationError> {
        let mut all = Self::default();
        for file in store::configurations(folder, folders) {
            all.read(&file)?;
        }
        Ok(all)
    }

    /// Reads one file and nothing else.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub fn of_file(file: &Path) -> Result<Self, ConfigurationError> {
        let mut all = Self::default();
        all.read(file)?;
        Ok(all)
    }

    fn read(&mut self, file: &Path) -> Result<(), ConfigurationError> {
        let text = store::configuration(file)?;
        let placed = |remark: &Remark| format!("{}:{remark}", file.display());
        let (mut policy, warnings) =
            policy::parse(&text).map_err(|wrong| ConfigurationError::Wrong(wrong.iter().map(placed).collect()))?;
        policy.explorer.named(&file.display().to_string());
        self.policy.add(policy);
        self.warnings.extend(warnings.iter().map(placed));
        self.files.push(file.to_owned());
        Ok(())
    }
}
