//! What an unfinished capture leaves: a file beside the snapshots of the store, replaced whole as the capture grows.

use super::name::Name;
use super::{Store, StoreError, name};
use crate::format;
use crate::model::Snapshot;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// The ending of such files.
const ENDING: &str = ".json.part";

/// What the name of a file says, if it is what an unfinished capture has left.
pub(super) fn named(path: &Path) -> Option<Name> {
    let stem = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    Name::parse(&format!("{stem}.json"))
}

/// Whether it was left by the capture of this label and time. The label may have become known while it ran.
pub(super) fn is_of(name: &Name, label: &str, time: Timestamp) -> bool {
    let is_ours = name.label == label || name.number == std::process::id();
    is_ours && name.time.as_millisecond() == time.as_millisecond()
}

/// The file of one capture; there is none before the first time that it is kept.
#[derive(Debug)]
pub struct Part<'a> {
    store: &'a Store,
    path: Option<PathBuf>,
}

impl<'a> Part<'a> {
    /// Of a capture that has not been kept yet.
    pub fn new(store: &'a Store) -> Self {
        Self { store, path: None }
    }

    /// Keeps what is captured so far, in place of what was kept before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&mut self, snapshot: &Snapshot) -> Result<&Path, StoreError> {
        let folder = self.store.folder();
        let path = self.path.get_or_insert_with(|| {
            let (label, time) = (name::kept(&snapshot.meta.label), snapshot.meta.captured_at.unwrap_or_default());
            // Two captures of one machine, begun in one millisecond by two programs, are told apart.
            let number = std::process::id();
            folder.join(Name { label, time, number }.with_ending(ENDING))
        });
        super::make_private_folder(path)?;
        super::write_private(path, |mut out| format::write(snapshot, &mut out))?;
        Ok(path)
    }

    /// Where it is kept, if it is.
    pub fn into_path(self) -> Option<PathBuf> {
        self.path
    }

    /// Forgets what was kept: the capture has come to its end.
    pub fn remove(self) {
        if let Some(path) = self.path {
            // Somebody else may have removed it.
            let _ = std::fs::remove_file(path);
        }
    }
}
