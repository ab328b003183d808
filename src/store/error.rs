//! What can go wrong with files.

use crate::base::fault;
use crate::format::{FormatError, MAX_BYTES};
use crate::model::redaction::KeyError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file cannot be read, written or removed. Every message names it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is not there.
    #[error("{}: no such file", .0.display())]
    Missing(PathBuf),
    /// The user may not read it.
    #[error("{}: permission denied", .0.display())]
    Denied(PathBuf),
    /// Something else than a file.
    #[error("{} is {kind}, not a file", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
        /// What it is instead.
        kind: &'static str,
    },
    /// More than is read.
    #[error("{}: {}larger than {} MiB, the most that is read", path.display(), size_note(*size), MAX_BYTES >> 20)]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its bytes, where known.
        size: Option<u64>,
    },
    /// The system fails to read it.
    #[error("{}: {}", path.display(), fault::words(source))]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no snapshot.
    #[error("{}: {source}", path.display())]
    Format {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        source: FormatError,
    },
    /// It is no redaction key.
    #[error("{} is no redaction key: {source}", path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
    /// It cannot be written.
    #[error("cannot write {}: {}", path.display(), fault::words(source))]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be removed.
    #[error("cannot remove {}: {}", path.display(), fault::words(source))]
    Remove {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not the store's to remove.
    #[error("{} is not in the store; nothing was removed", .0.display())]
    Outside(PathBuf),
}

impl StoreError {
    pub(super) fn from_read(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing(path),
            io::ErrorKind::PermissionDenied => Self::Denied(path),
            _ => Self::Read { path, source },
        }
    }
}

fn size_note(size: Option<u64>) -> String {
    size.map_or_else(String::new, |size| format!("{} MiB, ", size >> 20))
}
