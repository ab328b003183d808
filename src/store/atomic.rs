//! Writing a file whole or not at all.

use super::StoreError;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// How many links to links are followed to the file that is to be replaced, as many as Linux follows.
const LINKS: usize = 40;

/// How many names are tried for one new file; more files of one label in one millisecond are a mistake.
const TRIES: u32 = 10_000;

/// Writes a file by way of a temporary one beside it: a crash or a full disk leaves the old file whole. A link stays a
/// link and its target is replaced; a pipe or device (`/dev/stdout`) is written to as it is, never replaced.
///
/// # Errors
/// [`StoreError::Write`], with the file that cannot be written.
pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StoreError> {
    replace(path, false, fill)
}

/// As [`write()`], but a new file is its owner's alone: a capture by root holds what only root may read. A file that is
/// there keeps its permissions.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_private(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StoreError> {
    replace(path, true, fill)
}

/// Makes the folder that a private file is to stand in, for its owner alone; one that is there stays as it is.
///
/// # Errors
/// [`StoreError::Write`].
pub fn make_private_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let folder = folder_of(path);
    builder.create(folder).map_err(|e| StoreError::Write { path: folder.to_owned(), source: e })
}

/// Does something to a file while no other that asks here does: of two who edit it at once neither loses what it wrote.
/// Where the file system has no locks it is done all the same.
pub fn one_at_a_time<T>(path: &Path, act: impl FnOnce() -> T) -> T {
    // The folder, as the file itself is replaced.
    let lock = File::open(folder_of(path)).ok();
    #[cfg(unix)]
    if let Some(folder) = &lock {
        let _ = rustix::fs::flock(folder, rustix::fs::FlockOperation::LockExclusive);
    }
    let done = act();
    drop(lock);
    done
}

fn replace(path: &Path, private: bool, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StoreError> {
    let failed = |e: io::Error| StoreError::Write { path: path.to_owned(), source: e };
    let target = behind_links(path).map_err(failed)?;
    let permissions = match std::fs::metadata(&target) {
        Ok(old) if old.is_dir() => return Err(failed(io::ErrorKind::IsADirectory.into())),
        Ok(old) if !old.is_file() => {
            let mut out = open_as_it_is(&target).map_err(failed)?;
            return fill(&mut out).and_then(|()| out.flush()).map_err(failed);
        }
        Ok(old) => Some(old.permissions()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => return Err(failed(e)),
    };
    let folder = folder_of(&target);
    let file = temporary(folder, private).map_err(failed)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions).map_err(failed)?;
    }
    filled(file, fill).and_then(|file| file.persist(&target).map_err(|e| e.error)).map_err(failed)?;
    sync_folder(folder).map_err(failed)
}

/// Opens a pipe or device to write to. A pipe that nobody reads is refused, not waited for.
fn open_as_it_is(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
        use std::os::unix::fs::OpenOptionsExt;
        let file = options.custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path).map_err(|error| {
            // fifo(7): there is no reader.
            let is_unread = error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error());
            if is_unread { io::Error::other("nobody reads from this pipe") } else { error }
        })?;
        // A reader that is slow is waited for.
        fcntl_setfl(&file, fcntl_getfl(&file)? & !OFlags::NONBLOCK)?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

/// Writes a new file that only its owner reads, under the first of the names `name(0)`, `name(1)`, ... that is free.
/// Two that save at once never take each other's name.
pub(super) fn create(
    folder: &Path,
    name: impl Fn(u32) -> String,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<PathBuf, StoreError> {
    let failed = |path: &Path, e: io::Error| StoreError::Write { path: path.to_owned(), source: e };
    let file = temporary(folder, true).map_err(|e| failed(folder, e))?;
    let mut file = filled(file, fill).map_err(|e| failed(&folder.join(name(0)), e))?;
    for number in 0..TRIES {
        let path = folder.join(name(number));
        match file.persist_noclobber(&path) {
            Ok(_) => {
                sync_folder(folder).map_err(|e| failed(&path, e))?;
                return Ok(path);
            }
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
            Err(e) => return Err(failed(&path, e.error)),
        }
    }
    Err(failed(&folder.join(name(0)), io::ErrorKind::AlreadyExists.into()))
}

/// Writes a new file, if `private` one that only its owner reads, and never in place of another: `false` where one is
/// there.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_new(path: &Path, private: bool, bytes: &[u8]) -> Result<bool, StoreError> {
    let failed = |e: io::Error| StoreError::Write { path: path.to_owned(), source: e };
    let folder = folder_of(path);
    let file = temporary(folder, private).map_err(failed)?;
    let file = filled(file, |out| out.write_all(bytes)).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => sync_folder(folder).map_err(failed).map(|()| true),
        Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(failed(e.error)),
    }
}

/// The file at the end of a chain of links, which need not exist yet.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..LINKS {
        // /dev/stdout and /proc/self/fd/1 are links whose text need not be a path.
        if std::fs::metadata(&at).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            return Ok(at);
        }
        match std::fs::read_link(&at) {
            Ok(next) => at = folder_of(&at).join(next),
            Err(_) => return Ok(at),
        }
    }
    Err(io::Error::other("too many links"))
}

/// The folder a file stands in; `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A hidden file in the folder, removed when dropped.
fn temporary(folder: &Path, private: bool) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(super::TEMPORARY);
    // What the user asked to write gets the permissions that the umask leaves, as from any other program.
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(if private {
        0o600
    } else {
        0o666
    }));
    builder.tempfile_in(folder)
}

fn filled(file: NamedTempFile, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    fill(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes the new name itself last. Some network file systems cannot sync a folder: there the name is theirs to keep.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder that may be written to and not listed cannot be opened, though the file is safely there.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

/// A text in a file of its own that only its owner reads, and that goes when this goes.
#[derive(Debug)]
pub struct PrivateCopy(tempfile::NamedTempFile);

impl PrivateCopy {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Puts a text in a file for another program to show.
///
/// # Errors
/// The folder for temporary files takes none.
pub fn private_copy(text: &str) -> io::Result<PrivateCopy> {
    let mut file = tempfile::Builder::new().prefix("driftglass-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(Permissions::from_mode(0o400))?;
    }
    Ok(PrivateCopy(file))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("lists");
        let mut names: Vec<_> =
            entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("out.json");
        write(&path, |out| out.write_all(b"old")).expect("writes");
        let error = write(&path, |out| {
            out.write_all(&vec![b'x'; 200_000])?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(error.expect_err("full").to_string().contains("out.json"));
        assert_eq!(std::fs::read(&path).expect("reads"), b"old");
        assert_eq!(names(dir.path()), ["out.json"], "nothing is left behind");
    }

    #[test]
    fn links_and_permissions_stay() {
        let dir = tempfile::tempdir().expect("a folder");
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        std::fs::write(&real, "old").expect("writes");
        std::fs::set_permissions(&real, Permissions::from_mode(0o640)).expect("sets");
        symlink("real", &link).expect("links");
        write(&link, |out| out.write_all(b"new")).expect("writes");
        assert_eq!(std::fs::read(&real).expect("reads"), b"new");
        assert_eq!(std::fs::metadata(&real).expect("is there").permissions().mode() & 0o777, 0o640);
        assert!(std::fs::symlink_metadata(&link).expect("is there").is_symlink());
        symlink("loop", dir.path().join("loop")).expect("links");
        assert!(write(&dir.path().join("loop"), |_| Ok(())).is_err());
        symlink("later", dir.path().join("dangling")).expect("links");
        write(&dir.path().join("dangling"), |out| out.write_all(b"new")).expect("writes");
        assert!(dir.path().join("later").is_file());
    }

    #[test]
    fn devices_are_written_to_and_folders_are_not() {
        write(Path::new("/dev/null"), |out| out.write_all(b"x")).expect("takes all");
        assert!(!std::fs::metadata("/dev/null").expect("is there").is_file());
        let full = write(Path::new("/dev/full"), |out| out.write_all(b"x")).expect_err("a full disk").to_string();
        assert!(full.starts_with("cannot write /dev/full: "), "{full}");
        let dir = tempfile::tempdir().expect("a folder");
        assert!(write(dir.path(), |_| Ok(())).is_err());
        assert!(write(&dir.path().join("no/such/out"), |_| Ok(())).is_err());
    }
}
