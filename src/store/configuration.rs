//! Where the user's configuration and a repository's are, and their text.

use super::{Folders, StoreError, file};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a repository's file is called.
const IN_REPOSITORY: &str = "driftglass.toml";
/// What the user's own is called, in the user's folder.
const OF_USER: &str = "config.toml";

/// The most that is read of one; a policy of a thousand acceptances takes a fifth of it.
const CAP: u64 = 1 << 20;

/// The user's own configuration, whether it is there or not.
pub fn own_configuration(folders: &Folders) -> PathBuf {
    folders.configuration.join(OF_USER)
}

/// The nearest file of a name from `folder` up to the root of its repository; outside a repository only in `folder`
/// itself: what lies about in /tmp is nobody's configuration.
pub fn nearest(folder: &Path, name: &str) -> Option<PathBuf> {
    let top = folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(folder);
    let mut within = folder.ancestors().take_while(|above| above.starts_with(top)).map(|above| above.join(name));
    within.find(|path| path.exists())
}

/// What a repository's acceptances are called.
pub const ACCEPTANCES: &str = "driftglass.accept.toml";

/// Where the acceptances of a folder are kept: the nearest file of them up to the root of its repository, else beside
/// the nearest `driftglass.toml`, else at that root. It need not be there.
pub fn acceptances(folder: &Path) -> PathBuf {
    let top = folder.ancestors().find(|above| above.join(".git").exists()).unwrap_or(folder);
    let within = || folder.ancestors().take_while(|above| above.starts_with(top));
    let near = within().map(|above| above.join(ACCEPTANCES)).find(|path| path.exists());
    let beside = || within().find(|above| above.join(IN_REPOSITORY).exists()).map(|above| above.join(ACCEPTANCES));
    near.or_else(beside).unwrap_or_else(|| top.join(ACCEPTANCES))
}

/// The text of one; of bytes that are not UTF-8 the line is told.
///
/// # Errors
/// See [`StoreError`].
pub fn configuration(path: &Path) -> Result<String, StoreError> {
    let failed = |e| StoreError::from_read(path, e);
    let mut bytes = Vec::new();
    let kind = std::fs::metadata(path).map_err(failed)?.file_type();
    if !kind.is_file() {
        return Err(StoreError::NotAFile { path: path.to_owned(), kind: file::kind(kind) });
    }
    file::open(path).map_err(failed)?.take(CAP + 1).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() as u64 {
        size if size > CAP => Err(StoreError::Read {
            path: path.to_owned(),
            source: std::io::Error::other(format!("a configuration has {} MiB at most", CAP >> 20)),
        }),
        _ => utf8(bytes).map_err(|words| failed(std::io::Error::other(words))),
    }
}

/// The text that bytes are, or the line that is none.
///
/// # Errors
/// In words.
pub fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let sound = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = sound.iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("line {line} is not UTF-8")
    })
}

/// The files of a folder whose names end so, by name; none where there is no such folder.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    /// More than these nobody keeps apart.
    const MOST: usize = 200;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == ending)).take(MOST).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_file_of_the_repository_is_found() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("outside/repository/.git")).expect("a folder");
        fs::create_dir_all(at("outside/repository/src/deep")).expect("a folder");
        let deep = at("outside/repository/src/deep");
        for place in ["outside", "outside/repository", "outside/repository/src"] {
            fs::write(at(place).join(IN_REPOSITORY), "").expect("a file");
        }
        let near = |folder: &Path| nearest(folder, IN_REPOSITORY);
        assert_eq!(near(&deep), Some(at("outside/repository/src/driftglass.toml")));
        fs::remove_file(at("outside/repository/src/driftglass.toml")).expect("removes");
        assert_eq!(near(&deep), Some(at("outside/repository/driftglass.toml")));
        fs::remove_file(at("outside/repository/driftglass.toml")).expect("removes");
        assert_eq!(near(&deep), None, "nothing above the repository counts");
        fs::create_dir(at("outside/below")).expect("a folder");
        assert_eq!(near(&at("outside/below")), None, "and without one nothing above");
        assert_eq!(near(&at("outside")), Some(at("outside/driftglass.toml")));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("driftglass.toml");
        fs::write(&path, b"[gate]\n\xff\xfe").expect("a file");
        let wrong = configuration(&path).expect_err("refused").to_string();
        assert!(wrong.contains("line 2 is not UTF-8"), "{wrong}");
        fs::write(&path, " ".repeat(CAP as usize + 1)).expect("a file");
        assert!(configuration(&path).expect_err("refused").to_string().contains("1 MiB at most"));
        assert!(matches!(configuration(dir.path()), Err(StoreError::NotAFile { .. })));
        assert!(matches!(configuration(&dir.path().join("none")), Err(StoreError::Missing(_))));
    }
}
