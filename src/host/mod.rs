//! Floor 3: the only door to the world that is captured. A [`Host`] is the live machine or another root folder; probes
//! read files, folders and links through it and never touch the file system, processes or clocks themselves.
#![allow(clippy::disallowed_methods, reason = "this is the door that the ban keeps others to")]

mod archive;
mod conversation;
mod dns;
mod folder;
mod http;
mod live;
mod netlink;
mod process;
mod random;
mod recording;
mod watch;

pub use conversation::Conversation;
pub use dns::{Answer, RecordType};
pub use http::{Head, Tls, Trust};
pub use live::{Disk, Live, System};
pub use netlink::{Hop, Link, Route, Rule};
pub use process::Output;
pub use random::RandomFile;
pub use watch::{Doing, Miss};

#[cfg(test)]
pub(crate) use conversation::tests as conversation_tests;
#[cfg(test)]
pub(crate) use dns::tests as dns_tests;

use crate::base::cancel::Cancel;
use crate::model::{Problem, ProblemKind};
use std::any::{Any, TypeId};
use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

/// The most that is read of one file unless a probe asks for more, in bytes.
pub const FILE_CAP: u64 = 4 << 20;

/// The most names of one folder that are looked at.
pub const ENTRIES: usize = 100_000;

thread_local! {
    /// How many more bytes this thread may read.
    static ALLOWANCE: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// What kind of thing a directory entry is. Links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, socket or pipe.
    Other,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name alone; bytes that are not UTF-8 are written as `\xE9`, and are found again by that.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What the inode says, links followed (inside the root).
#[derive(Clone, Copy, Debug)]
pub struct Stat {
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with set-user-id and friends, `st_mode & 07777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// When the content was last changed, in seconds since 1970.
    pub modified: i64,
    /// Device and inode: which file it is, however it is reached.
    pub id: (u64, u64),
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not there: not a problem, the fact is absent.
    #[error("{0}: not there")]
    Missing(String),
    /// It is a link that leads nowhere: absent for whoever reads it, and surely not meant to be.
    #[error("{0}: a link that leads nowhere")]
    Dangling(String),
    /// The user may not.
    #[error("permission denied: {0}")]
    Denied(String),
    /// More than the cap.
    #[error("{path}: larger than {cap} bytes")]
    TooLarge {
        /// The file.
        path: String,
        /// The cap in bytes.
        cap: u64,
    },
    /// What was not read because of a bound on many files together, and which.
    #[error("{0}")]
    NotKept(String),
    /// A folder with more names than are looked at.
    #[error("{0} holds more than {ENTRIES} names")]
    TooMany(String),
    /// A folder, pipe, socket or device where a file was expected.
    #[error("{0}: not a regular file")]
    NotAFile(String),
    /// Something that is there and no symbolic link, where the text of one was asked for: an answer, no problem.
    #[error("{0}: not a symbolic link")]
    NotALink(String),
    /// A program that was not to be run, and why.
    #[error("{0}")]
    NotRun(String),
    /// It took longer than its limit.
    #[error("{0}: no answer")]
    TimedOut(String),
    /// Anything else.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl ReadError {
    fn from_io(path: &str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing(path.to_owned()),
            // A process that ended between the listing of /proc and the reading of its file.
            _ if source.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => {
                Self::Missing(path.to_owned())
            }
            io::ErrorKind::PermissionDenied => Self::Denied(path.to_owned()),
            io::ErrorKind::IsADirectory => Self::NotAFile(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), source },
        }
    }

    /// Whether the thing is simply absent.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Dangling(_))
    }

    /// The problem to record; `None` where the thing is absent or no link, which is an answer.
    pub fn problem(&self) -> Option<Problem> {
        match self {
            Self::Missing(_) | Self::NotALink(_) => None,
            Self::Denied(path) => Some(Problem::new(ProblemKind::Denied, path.as_str())),
            Self::TooLarge { path, cap } => {
                Some(Problem::new(ProblemKind::TooLarge, format!("{path} has more than {cap} bytes")))
            }
            Self::TooMany(_) => Some(Problem::new(ProblemKind::TooLarge, self.to_string())),
            Self::NotKept(why) => Some(Problem::new(ProblemKind::TooLarge, why.as_str())),
            Self::NotRun(why) => Some(Problem::new(ProblemKind::NotCollected, why.as_str())),
            Self::TimedOut(what) => Some(Problem::new(ProblemKind::TimedOut, what.as_str())),
            Self::NotAFile(_) | Self::Io { .. } | Self::Dangling(_) => {
                Some(Problem::new(ProblemKind::Failed, self.to_string()))
            }
        }
    }
}

/// What every kind of host can do with files. Paths are absolute in the host's own view.
trait Files: Send + Sync {
    /// The bytes of a regular file, at most `cap` of them.
    fn read(&self, path: &str, cap: u64) -> Result<Vec<u8>, ReadError>;
    /// The first bytes of a regular file, at most `most` of them.
    fn head(&self, path: &str, most: usize) -> Result<Vec<u8>, ReadError>;
    /// A regular file whose parts are read as they are asked for; by default it is read whole, at most `cap` bytes.
    fn open(&self, path: &str, cap: u64) -> Result<RandomFile, ReadError> {
        self.read(path, cap).map(|bytes| RandomFile::of_bytes(path, bytes))
    }
    /// The entries of a folder, in no order.
    fn list(&self, path: &str) -> Result<Vec<Entry>, ReadError>;
    /// The text of a symbolic link.
    fn link(&self, path: &str) -> Result<String, ReadError>;
    /// The inode behind a path, links followed.
    fn stat(&self, path: &str) -> Result<Stat, ReadError>;
}

/// The machine, folder or archive that is captured.
pub struct Host {
    files: Box<dyn Files>,
    live: Option<Live>,
    root: Option<String>,
    recording: Option<recording::Recording>,
    runs_programs: bool,
    shared: Shared,
    /// What does not answer: files, or folders with all beneath.
    hung: RwLock<Vec<String>>,
}

/// What several probes need, by its type: made once, and what could not be read for it.
type Shared = Mutex<HashMap<TypeId, Arc<OnceLock<(Arc<dyn Any + Send + Sync>, Vec<Miss>)>>>>;

impl Host {
    /// The machine that this runs on.
    pub fn live() -> Self {
        let files = Box::new(folder::Folder::live());
        Self {
            files,
            live: Some(Live::new()),
            root: None,
            recording: None,
            runs_programs: true,
            shared: Shared::default(),
            hung: RwLock::default(),
        }
    }

    /// Another root: the folder of a container, of a mounted image or of an unpacked dump, or an archive of one, which
    /// is read without being unpacked. Links are resolved inside it. A folder or archive that keeps its root in its one
    /// folder is entered.
    ///
    /// # Errors
    /// The folder cannot be opened; the archive cannot be read, or is damaged.
    pub fn root(place: &str) -> io::Result<Self> {
        Self::root_until(place, &Cancel::new())
    }

    /// As [`Host::root`]; reading an archive ends with an error when `cancel` is set.
    ///
    /// # Errors
    /// As [`Host::root`].
    pub fn root_until(place: &str, cancel: &Cancel) -> io::Result<Self> {
        let meta = std::fs::metadata(place)?;
        if !meta.is_dir() && !meta.is_file() {
            // Opening a pipe would wait for somebody to write to it.
            return Err(io::Error::other("neither a folder nor an archive, but a pipe, socket or device"));
        }
        if meta.is_dir() {
            let mut files = folder::Folder::root(place)?;
            if let Some(inside) = recording::top_folder(&files) {
                files = files.beneath(&inside)?;
            }
            return Ok(Self::of_files(Box::new(files), place));
        }
        let mut files = archive::Archive::open(place, cancel)?;
        if let Some(inside) = recording::top_folder(&files) {
            files = files.beneath(&inside)?;
        }
        Ok(Self::of_files(Box::new(files), place))
    }

    fn of_files(files: Box<dyn Files>, root: &str) -> Self {
        let recording = recording::Recording::of(&*files);
        let root = Some(root.to_owned());
        let (shared, hung) = (Shared::default(), RwLock::default());
        Self { files, live: None, root, recording, runs_programs: false, shared, hung }
    }

    /// The same host, on which no program is run: `--no-exec`.
    #[must_use]
    pub fn without_programs(self) -> Self {
        Self { runs_programs: false, ..self }
    }

    /// What a program says, by its name and arguments; for what no file tells. On the live machine it is run, in a
    /// support archive it is looked up.
    ///
    /// # Errors
    /// See [`ReadError`]: missing where there is no such program, not run where none may be, and whatever status but 0
    /// it ends with.
    pub fn command(&self, command: &[&str]) -> Result<Output, ReadError> {
        if let Some(output) = self.recorded(&command.join(" ")) {
            return Ok(output);
        }
        if self.live.is_none() {
            return Err(ReadError::NotRun(format!("only a running machine can tell: {}", command.join(" "))));
        }
        if !self.runs_programs {
            return Err(ReadError::NotRun(format!("{}: no program is run with --no-exec", command.join(" "))));
        }
        process::run(command)
    }

    /// What several probes need of the same files, such as a data base of packages: made by the first that asks, while
    /// others wait, and kept as long as the host.
    pub fn shared<T: Any + Send + Sync>(&self, make: impl FnOnce(&Self) -> T) -> Arc<T> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let cell = Arc::clone(shared.entry(TypeId::of::<T>()).or_default());
        drop(shared);
        let mut make = Some(make);
        let (made, missed) = watch::waiting(|| {
            cell.get_or_init(|| match make.take() {
                Some(make) => {
                    let (made, missed) = watch::watched(|| make(self));
                    (Arc::new(made) as Arc<dyn Any + Send + Sync>, missed)
                }
                None => (Arc::new(()), Vec::new()),
            })
        });
        watch::add(missed);
        match (Arc::clone(made).downcast(), make) {
            (Ok(made), _) => made,
            // Never: the cell is that of the type.
            (Err(_), Some(make)) => Arc::new(make(self)),
            (Err(_), None) => unreachable!("made just now, of this type"),
        }
    }

    /// Does something, and says what could not be read for it: nobody else is told. What is made of several files is not
    /// known when one of them is not.
    pub fn watched<T>(&self, undertaking: impl FnOnce() -> T) -> (T, Vec<Miss>) {
        watch::watched(undertaking)
    }

    /// From now on the calling thread says there what it asks for.
    pub fn say_to(doing: Option<Arc<Doing>>) {
        watch::say_to(doing);
    }

    /// The remote file system that a path stands in; `None` for what the machine has itself.
    pub fn remote_mount(&self, path: &str) -> Option<String> {
        self.live.as_ref()?;
        // Not through the door that others may find closed.
        let mounts = self.files.read("/proc/self/mountinfo", FILE_CAP).ok()?;
        watch::remote_mount(&String::from_utf8_lossy(&mounts), path)
    }

    /// From now on nobody asks for a file, or for anything in a folder, that does not answer; and what is made for several
    /// and not done yet is made anew by the next that asks.
    pub fn give_up(&self, place: &str) {
        self.hung.write().unwrap_or_else(PoisonError::into_inner).push(place.to_owned());
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, cell| cell.get().is_some());
    }

    /// Asks the system about a path, unless it is known not to answer; what is not read is noted.
    fn asked<T>(&self, path: &str, ask: impl FnOnce(&dyn Files) -> Result<T, ReadError>) -> Result<T, ReadError> {
        let hung = self.hung.read().unwrap_or_else(PoisonError::into_inner);
        let dead = hung.iter().find(|place| watch::is_beneath(path, place)).map(|place| watch::hung(path, place));
        drop(hung);
        let answer = match dead {
            Some(error) => Err(error),
            None => watch::asked(path, || ask(&*self.files)),
        };
        answer.inspect_err(|error| watch::note(path, error))
    }

    /// Whether this is a support archive: it holds some of the host's files, and what is missing may have been there.
    pub fn is_archive(&self) -> bool {
        self.recording.is_some()
    }

    /// What a command line said when a support archive was made; `None` for any other host, and where it was not asked.
    pub fn recorded(&self, command_line: &str) -> Option<Output> {
        let path = self.recording.as_ref()?.find(command_line)?;
        let text = self.text(path).ok()?;
        Some(Output { text, source: path.to_owned() })
    }

    /// The time on the clock of the machine that captures, whichever root it reads.
    pub fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    /// What an archive holds of all command lines that begin so, in the order of their files' names: for programs that
    /// are asked with a long format, or with names that differ between machines.
    pub fn recorded_starting(&self, command_line: &str) -> Vec<Output> {
        let Some(recording) = &self.recording else { return Vec::new() };
        let outputs = recording.starting(command_line).into_iter();
        outputs.filter_map(|path| Some(Output { text: self.text(path).ok()?, source: path.to_owned() })).collect()
    }

    /// What only a running machine can tell; `None` for another root, whose probes then record what is not collected.
    pub fn as_live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    /// The folder or archive that stands for `/`, if it is not the live machine.
    pub fn root_folder(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// The bytes of a regular file.
    ///
    /// # Errors
    /// See [`ReadError`]; more than [`FILE_CAP`] bytes is one.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.read_up_to(path, FILE_CAP)
    }

    /// As [`Host::read`] with a cap of the caller's.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read_up_to(&self, path: &str, cap: u64) -> Result<Vec<u8>, ReadError> {
        let left = ALLOWANCE.get();
        let bytes = self.asked(path, |files| {
            if left == 0 {
                return Err(ReadError::NotKept(format!("{path}: all that may be read together was read before it")));
            }
            files.read(path, cap)
        });
        let bytes =
            bytes.map_err(
                |error| if self.is_dangling(path, &error) { ReadError::Dangling(path.to_owned()) } else { error },
            )?;
        ALLOWANCE.set(left.saturating_sub(bytes.len() as u64));
        Ok(bytes)
    }

    /// Whether something is missing because a link leads nowhere. What a running machine alone has is no loss elsewhere,
    /// and an archive holds what it was given.
    fn is_dangling(&self, path: &str, error: &ReadError) -> bool {
        const RUNNING: [&str; 5] = ["run/", "var/run/", "proc/", "dev/", "tmp/"];
        let is_kernels = || path.starts_with("/proc/") || path.starts_with("/sys/");
        if !matches!(error, ReadError::Missing(_)) || self.recording.is_some() || is_kernels() {
            return false;
        }
        let Ok(target) = self.link(path) else { return false };
        let inner = target.trim_start_matches("../").trim_start_matches('/');
        self.live.is_some() || !RUNNING.iter().any(|start| inner.starts_with(start))
    }

    /// How many bytes the calling thread may read from now on. A probe runs on one thread.
    pub fn allow(bytes: u64) {
        ALLOWANCE.set(bytes);
    }

    /// The first bytes of a regular file that may be large: a table at its beginning.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn head(&self, path: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        self.asked(path, |files| files.head(path, most))
    }

    /// A regular file of at most `cap` bytes, of which only parts are read: a data base.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn open_up_to(&self, path: &str, cap: u64) -> Result<RandomFile, ReadError> {
        self.asked(path, |files| files.open(path, cap))
    }

    /// The text of a regular file; bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn text(&self, path: &str) -> Result<String, ReadError> {
        self.read(path).map(lossy)
    }

    /// As [`Host::text`] with a cap of the caller's.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn text_up_to(&self, path: &str, cap: u64) -> Result<String, ReadError> {
        self.read_up_to(path, cap).map(lossy)
    }

    /// The text of a file that holds one value, without the white space around it: most of /sys.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn word(&self, path: &str) -> Result<String, ReadError> {
        let mut text = self.text(path)?;
        text.truncate(text.trim_end_matches(['\n', ' ', '\t', '\0']).len());
        Ok(if text.starts_with(char::is_whitespace) { text.trim_start().to_owned() } else { text })
    }

    /// The entries of a folder, sorted by name in natural order.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn list(&self, path: &str) -> Result<Vec<Entry>, ReadError> {
        let mut entries = self.asked(path, |files| files.list(path))?;
        entries.sort_by(|a, b| crate::base::order::natural(&a.name, &b.name));
        Ok(entries)
    }

    /// The text of a symbolic link, not followed.
    ///
    /// # Errors
    /// See [`ReadError`]; that the path is no link has a kind of its own.
    pub fn link(&self, path: &str) -> Result<String, ReadError> {
        self.asked(path, |files| files.link(path))
    }

    /// The inode behind a path, links followed inside the root.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn stat(&self, path: &str) -> Result<Stat, ReadError> {
        self.asked(path, |files| files.stat(path))
    }

    /// Whether something is there, links followed.
    pub fn exists(&self, path: &str) -> bool {
        self.stat(path).is_ok()
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;
