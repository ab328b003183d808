//! Reading files that a user names: what they are is looked at first, so that none of them hangs or fills the memory.

use super::StoreError;
use crate::format::MAX_BYTES;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a regular file of at most [`MAX_BYTES`], or what comes from a pipe that a shell has already opened
/// (`<(command)` is `/dev/fd/63`).
///
/// # Errors
/// See [`StoreError`].
pub fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    let failed = |e: io::Error| StoreError::from_read(path, e);
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        return match kind(found.file_type()) {
            "a pipe" if is_handed_over(path) => capped(File::open(path).map_err(failed)?, path),
            kind => Err(StoreError::NotAFile { path: path.to_owned(), kind }),
        };
    }
    let file = open(path).map_err(failed)?;
    // Another file may have taken its place since.
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
    match size {
        None => Err(StoreError::NotAFile { path: path.to_owned(), kind: "not a regular file" }),
        Some(size) if size > MAX_BYTES => Err(StoreError::TooLarge { path: path.to_owned(), size: Some(size) }),
        Some(_) => capped(file, path),
    }
}

/// Whether a file is there to be read, without reading it.
///
/// # Errors
/// Why it cannot be read.
pub fn check(path: &Path) -> Result<(), StoreError> {
    let failed = |e: io::Error| StoreError::from_read(path, e);
    let found = std::fs::metadata(path).map_err(failed)?;
    match kind(found.file_type()) {
        _ if found.is_file() => open(path).map(drop).map_err(failed),
        "a pipe" if is_handed_over(path) => Ok(()),
        kind => Err(StoreError::NotAFile { path: path.to_owned(), kind }),
    }
}

/// All that comes from a reader, unless it is more than [`MAX_BYTES`]; `path` is for the message.
///
/// # Errors
/// See [`StoreError`].
pub fn capped(reader: impl Read, path: &Path) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| StoreError::from_read(path, e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(StoreError::TooLarge { path: path.to_owned(), size: None });
    }
    Ok(bytes)
}

/// Opens a file that was a regular one a moment ago; should it be a pipe by now, this does not wait for a writer.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// Whether a path is a descriptor of this process: a pipe there has a writer already.
fn is_handed_over(path: &Path) -> bool {
    ["/dev/fd", "/proc/self/fd", "/dev/stdin"].iter().any(|folder| path.starts_with(folder))
}

pub(super) fn kind(kind: std::fs::FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "a device"
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode};

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let message = |path: &Path| read(path).expect_err("refused").to_string();
        assert!(message(dir.path()).ends_with("is a folder, not a file"));
        assert!(message(Path::new("/dev/zero")).ends_with("is a device, not a file"));
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
        assert!(message(&pipe).ends_with("is a pipe, not a file"));
        assert!(message(&dir.path().join("none")).ends_with("no such file"));
        assert!(matches!(read(&dir.path().join("none/below")), Err(StoreError::Missing(_))));
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_read() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("sparse.json");
        File::create(&path).and_then(|file| file.set_len(2 << 30)).expect("a sparse file");
        assert!(matches!(read(&path), Err(StoreError::TooLarge { size: Some(size), .. }) if size == 2 << 30));
    }

    #[test]
    fn a_pipe_of_the_shell_is_read() {
        use std::os::fd::AsRawFd;
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
        io::Write::write_all(&mut writer, b"{}").expect("writes");
        drop(writer);
        assert!(read(Path::new(&path)).is_ok_and(|bytes| bytes == b"{}"));
    }
}
