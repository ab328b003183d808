//! Files of redaction keys.

use super::{StoreError, atomic, configuration};
use crate::model::redaction::Key;
use std::path::Path;

/// Reads a key, and whether others than its owner can read the file.
///
/// # Errors
/// See [`StoreError`].
pub fn redaction_key(path: &Path) -> Result<(Key, bool), StoreError> {
    let text = configuration(path)?;
    let key = Key::parse(&text).map_err(|source| StoreError::Key { path: path.to_owned(), source })?;
    Ok((key, is_open(path)))
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

/// Draws a key from the system's random numbers and writes it to a new file that only its owner reads. One that is there
/// stays: what was hidden under it could not be compared any more.
///
/// # Errors
/// The file is there or cannot be written, or the system has no random numbers.
pub fn new_redaction_key(path: &Path) -> Result<Key, StoreError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| StoreError::Write { path: path.to_owned(), source: std::io::Error::other(e.to_string()) })?;
    let key = Key::new(bytes);
    if !atomic::write_new(path, true, key.to_file().as_bytes())? {
        let source = std::io::Error::other("it is there already, and is never replaced");
        return Err(StoreError::Write { path: path.to_owned(), source });
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("shop.key");
        let key = new_redaction_key(&path).expect("writes");
        assert_eq!(redaction_key(&path).expect("reads"), (key.clone(), false));
        assert!(matches!(new_redaction_key(&path), Err(StoreError::Write { .. })), "never in place of another");
        assert_eq!(redaction_key(&path).expect("reads").0, key);
        let other = new_redaction_key(&dir.path().join("other.key")).expect("writes");
        assert_ne!(other.id(), key.id());
        std::fs::write(dir.path().join("no.key"), "hunter2").expect("writes");
        let error = redaction_key(&dir.path().join("no.key")).expect_err("no key").to_string();
        assert!(error.contains("is no redaction key") && !error.contains("hunter2"), "{error}");
        assert!(matches!(redaction_key(&dir.path().join("none")), Err(StoreError::Missing(_))));
    }
}
