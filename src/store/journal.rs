//! The file of a review's decisions: lines are added and nothing else is ever done to it. A line is written whole, under a
//! lock and to the disk before anybody is told that it is there, so that whoever is shown a decision can rely on it, and
//! two who review at once lose nothing of each other.

use super::atomic::{make_private_folder, sync_folder};
use super::{StoreError, file, folder_of, session};
use crate::model::Snapshot;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most that is read of a journal, in bytes.
const CAP: u64 = 64 << 20;
/// How many that were deleted are kept of one review.
const KEPT: usize = 100;
/// The name of the file in the folder of a session.
const NAME: &str = "journal.jsonl";

/// Where the decisions of a review are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFile {
    path: PathBuf,
}

impl JournalFile {
    /// Of the review of these snapshots in a project: by label and host and not by content, as a session is, so that new
    /// captures of the same environments go on with it, in whatever order they are named. Another project's environments
    /// of the same names are others. A review with a name has a journal of its own.
    pub fn of(state: &Path, snapshots: &[Arc<Snapshot>], project: Option<&str>, name: Option<&str>) -> Self {
        let mut names = session::names(snapshots);
        names.sort_unstable();
        Self { path: session::place(state, &names, &[project, name]).join(NAME) }
    }

    /// In a file that a user named, as on a disk that a team shares.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A short name for it: the beginning of its folder's.
    pub fn id(&self) -> String {
        let folder = self.path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let is_session = self.path.file_name().is_some_and(|name| name == NAME);
        match folder.filter(|name| is_session && name.len() == 16 && name.bytes().all(|b| b.is_ascii_hexdigit())) {
            Some(name) => name.chars().take(4).collect(),
            None => {
                let hash = blake3::hash(self.path.as_os_str().as_encoded_bytes());
                hash.to_hex().chars().take(4).collect()
            }
        }
    }

    /// The journals of all reviews, in the order of their folders' names.
    pub fn all(state: &Path) -> Vec<JournalFile> {
        let listed = std::fs::read_dir(state.join("sessions")).into_iter().flatten();
        let mut files: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path().join(NAME))).collect();
        files.retain(|path| path.is_file());
        files.sort();
        files.into_iter().map(Self::at).collect()
    }

    /// Puts it out of the way: it is kept beside under another name, and no review goes on with it. Gives back where.
    ///
    /// # Errors
    /// It is not there, or cannot be renamed.
    pub fn put_away(&self) -> Result<PathBuf, StoreError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let aside = |at: usize| self.path.with_file_name(format!("{name}.deleted-{at}"));
        // As many as anybody deletes of one review; beyond them the last one goes.
        let free = (1..=KEPT).map(aside).find(|path| !path.exists()).unwrap_or_else(|| aside(KEPT));
        self.renamed(&self.path, &free)?;
        Ok(free)
    }

    /// Brings back what was put out of the way, unless there is another by now.
    ///
    /// # Errors
    /// There is, or it cannot be renamed.
    pub fn bring_back(&self, from: &Path) -> Result<(), StoreError> {
        if self.path.exists() {
            let source = io::Error::other("it was begun anew meanwhile, and stays");
            return Err(StoreError::Write { path: self.path.clone(), source });
        }
        self.renamed(from, &self.path)
    }

    fn renamed(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        std::fs::rename(from, to).map_err(|source| StoreError::Write { path: self.path.clone(), source })
    }

    /// All that is in it; nothing where it is not there yet.
    ///
    /// # Errors
    /// It cannot be read, is no regular file, or larger than any review.
    pub fn read(&self) -> Result<Vec<u8>, StoreError> {
        match file::open(&self.path) {
            Ok(opened) => self.all_of(&opened),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(StoreError::from_read(&self.path, e)),
        }
    }

    fn all_of(&self, mut opened: &File) -> Result<Vec<u8>, StoreError> {
        let failed = |e| StoreError::from_read(&self.path, e);
        let meta = opened.metadata().map_err(failed)?;
        if !meta.is_file() {
            return Err(StoreError::NotAFile { path: self.path.clone(), kind: file::kind(meta.file_type()) });
        }
        if meta.len() > CAP {
            return Err(StoreError::TooLarge { path: self.path.clone(), size: Some(meta.len()) });
        }
        let mut bytes = Vec::new();
        opened.seek(SeekFrom::Start(0)).map_err(failed)?;
        opened.take(CAP).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    /// Adds a line, which is on the disk when this returns; `line` is given all that stands there, under the lock, and
    /// says what to add. Gives back the whole file as it is then. On an error nothing is added.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn append(&self, line: impl FnOnce(&[u8]) -> Option<String>) -> Result<Vec<u8>, StoreError> {
        make_private_folder(&self.path)?;
        let failed = |e: io::Error| StoreError::Write { path: self.path.clone(), source: e };
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        }
        let is_new = !self.path.exists();
        let mut opened = options.open(&self.path).map_err(failed)?;
        // Where the file system has no locks, lines of this length are still written by one call each.
        #[cfg(unix)]
        let _ = rustix::fs::flock(&opened, rustix::fs::FlockOperation::LockExclusive);
        let mut bytes = self.all_of(&opened)?;
        let Some(line) = line(&bytes) else { return Ok(bytes) };
        let length = bytes.len() as u64;
        let mut written = Vec::with_capacity(line.len() + 1);
        if bytes.last().is_some_and(|last| *last != b'\n') {
            // Whoever wrote the last line was ended before it was whole: what comes stands on a line of its own.
            written.push(b'\n');
        }
        written.extend(line.as_bytes());
        let done = opened.write_all(&written).and_then(|()| opened.sync_data());
        if let Err(error) = done {
            // A part of a line on a full disk is no line; under the lock nobody has written behind it.
            let _ = opened.set_len(length);
            return Err(failed(error));
        }
        if is_new {
            sync_folder(folder_of(&self.path)).map_err(failed)?;
        }
        bytes.extend(written);
        Ok(bytes)
    }
}

/// A name for whoever writes, that no other writer has.
///
/// # Errors
/// The system has no random numbers to give.
pub fn writer_name() -> io::Result<String> {
    let mut bytes = [0_u8; 4];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn lines_are_added_whole_and_for_the_owner_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let journal = JournalFile::of(dir.path(), &[], None, Some("main..feature"));
        assert_eq!(journal.read().expect("nothing yet"), b"");
        assert_eq!(journal.append(|before| Some(format!("{}\n", before.len()))).expect("writes"), b"0\n");
        assert_eq!(journal.append(|_| None).expect("reads"), b"0\n", "nothing to say");
        assert_eq!(journal.append(|before| Some(format!("{}\n", before.len()))).expect("writes"), b"0\n2\n");
        let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
        assert_eq!((mode(journal.path()), mode(journal.path().parent().expect("a folder"))), (0o600, 0o700));
        assert_eq!(JournalFile::all(dir.path()), std::slice::from_ref(&journal));
        assert_eq!(journal.id().len(), 4);
        assert_ne!(journal, JournalFile::of(dir.path(), &[], None, None));
    }

    #[test]
    fn one_that_was_deleted_comes_back_unless_there_is_another() {
        let dir = tempfile::tempdir().expect("a folder");
        let journal = JournalFile::of(dir.path(), &[], None, None);
        let begin = |text: &'static str| journal.append(move |_| Some(text.to_owned())).expect("writes");
        assert!(journal.put_away().is_err(), "there is none");
        begin("one\n");
        let away = journal.put_away().expect("goes");
        assert_eq!((journal.read().expect("reads").len(), JournalFile::all(dir.path()).len()), (0, 0));
        journal.bring_back(&away).expect("comes back");
        assert_eq!(journal.read().expect("reads"), b"one\n");
        let first = journal.put_away().expect("goes");
        begin("two\n");
        assert!(journal.bring_back(&first).is_err_and(|error| error.to_string().contains("begun anew")));
        let second = journal.put_away().expect("goes too");
        assert_ne!(first, second);
        journal.bring_back(&first).expect("comes back");
        assert_eq!(journal.read().expect("reads"), b"one\n");
    }

    #[test]
    fn a_cut_line_stays_by_itself() {
        let dir = tempfile::tempdir().expect("a folder");
        let journal = JournalFile::at(dir.path().join("shared.jsonl"));
        std::fs::write(journal.path(), "one\ntw").expect("writes");
        assert_eq!(journal.append(|_| Some("three\n".to_owned())).expect("writes"), b"one\ntw\nthree\n");
    }

    #[test]
    fn many_who_write_at_once_lose_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let journal = JournalFile::at(dir.path().join("shared.jsonl"));
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let journal = journal.clone();
                std::thread::spawn(move || {
                    for number in 0..25 {
                        journal.append(|_| Some(format!("{writer} {number} {}\n", "x".repeat(5000)))).expect("writes");
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("ends"));
        let text = String::from_utf8(journal.read().expect("reads")).expect("text");
        assert_eq!(text.lines().count(), 100);
        assert!(text.lines().all(|line| line.ends_with(&"x".repeat(5000)) && line.len() < 5010));
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(JournalFile::at(dir.path().to_owned()).read().is_err());
        assert!(JournalFile::at("/dev/null".into()).append(|_| Some(String::new())).is_err());
        let full = JournalFile::at("/proc/nowhere/journal".into());
        assert!(full.append(|_| Some("x\n".to_owned())).is_err());
    }
}
