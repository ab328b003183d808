//! What a probe could not read, noted where it asks: what it makes of an error it decides itself, that there was one is
//! known whatever it does. And what it is asking for now, so that whoever waits for it knows what hangs.

use super::ReadError;
use crate::model::{Problem, ProblemKind};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// So many failures of one probe are noted: more of them say no more.
const MISSES: usize = 200;

thread_local! {
    static NOTES: RefCell<Vec<Miss>> = const { RefCell::new(Vec::new()) };
    static DOING: RefCell<Option<Arc<Doing>>> = const { RefCell::new(None) };
}

/// Something that is there, or may be, and was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The file or folder.
    pub path: String,
    /// Why.
    pub problem: Problem,
}

/// What a thread is asking the system for.
#[derive(Debug, Default)]
pub struct Doing {
    path: Mutex<String>,
    /// Odd while the system has not answered.
    count: AtomicU64,
    waits: AtomicBool,
}

impl Doing {
    /// A number that changes with every question, and the path that is asked about; `None` between questions.
    pub fn asking(&self) -> Option<(u64, String)> {
        let count = self.count.load(Ordering::Acquire);
        (count % 2 == 1).then(|| (count, self.path.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    /// Whether it waits for what another thread makes for both, or makes it itself.
    pub fn waits(&self) -> bool {
        self.waits.load(Ordering::Acquire)
    }
}

/// From now on the calling thread says there what it asks for.
pub(super) fn say_to(doing: Option<Arc<Doing>>) {
    DOING.set(doing);
}

/// Asks, and says so.
pub(super) fn asked<T>(path: &str, ask: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    DOING.with_borrow(|doing| {
        if let Some(doing) = doing {
            let mut at = doing.path.lock().unwrap_or_else(PoisonError::into_inner);
            at.clear();
            at.push_str(path);
            drop(at);
            doing.count.fetch_add(1, Ordering::Release);
        }
    });
    let answer = ask();
    DOING.with_borrow(|doing| doing.iter().for_each(|doing| _ = doing.count.fetch_add(1, Ordering::Release)));
    answer
}

/// Waits, and says so.
pub(super) fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let doing = DOING.with_borrow(Clone::clone);
    let say = |waits| doing.iter().for_each(|doing| doing.waits.store(waits, Ordering::Release));
    say(true);
    let out = wait();
    say(false);
    out
}

/// Notes what was not read. What is not there is an answer, and so is what the kernel says of its own files beyond a
/// permission: a link that is down has no speed.
pub(super) fn note(path: &str, error: &ReadError) {
    let is_kernels = || path.starts_with("/proc/") || path.starts_with("/sys/");
    let counts = match error {
        ReadError::Denied(_) | ReadError::TimedOut(_) => true,
        ReadError::TooLarge { .. } | ReadError::TooMany(_) | ReadError::NotKept(_) => true,
        ReadError::Io { .. } => !is_kernels(),
        _ => false,
    };
    if let Some(problem) = error.problem().filter(|_| counts) {
        add(&[Miss { path: path.to_owned(), problem }]);
    }
}

/// Notes what another noted.
pub(super) fn add(misses: &[Miss]) {
    NOTES.with_borrow_mut(|notes| {
        let room = MISSES.saturating_sub(notes.len());
        notes.extend(misses.iter().take(room).cloned());
    });
}

/// What comes of an undertaking, and what could not be read for it: who watches answers for that.
pub(super) fn watched<T>(undertaking: impl FnOnce() -> T) -> (T, Vec<Miss>) {
    let before = NOTES.take();
    let out = undertaking();
    (out, NOTES.replace(before))
}

/// The file systems that ask another machine or program: what hangs there hangs for all beneath.
const REMOTE: [&str; 20] = [
    "9p",
    "afs",
    "autofs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "ocfs2",
    "orangefs",
    "smb",
    "vboxsf",
    "virtiofs",
];

/// Where the remote file system is mounted that a path stands in, by the text of /proc/self/mountinfo
/// (proc_pid_mountinfo(5)). Links are not resolved: asking about them could hang too.
pub(super) fn remote_mount(mountinfo: &str, path: &str) -> Option<String> {
    let mut deepest: Option<(String, bool)> = None;
    for line in mountinfo.lines() {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let (Some(place), Some(kind)) = (before.split(' ').nth(4), after.split(' ').next()) else { continue };
        let place = place.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
        // Of two mounts at one place the later hides the earlier.
        if is_beneath(path, &place) && deepest.as_ref().is_none_or(|(other, _)| other.len() <= place.len()) {
            let is_remote = REMOTE.iter().any(|start| kind.starts_with(start)) && kind != "fuseblk";
            deepest = Some((place, is_remote));
        }
    }
    deepest.filter(|(place, is_remote)| *is_remote && place != "/").map(|(place, _)| place)
}

/// Whether a path is a folder, or stands beneath it.
pub(super) fn is_beneath(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder == "/")
}

/// Words for what does not answer.
pub(super) fn hung(path: &str, at: &str) -> ReadError {
    ReadError::TimedOut(if path == at { path.to_owned() } else { format!("{path}: {at} does not answer") })
}

/// Whether a text has a path in it, and not only one that begins so.
fn is_named(text: &str, path: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "._-+@/".contains(c);
    text.match_indices(path).any(|(at, _)| !text[at + path.len()..].starts_with(goes_on))
}

impl Miss {
    /// Whether a problem says so already: it names the file, or a folder above it.
    pub fn is_named_by(&self, problem: &Problem) -> bool {
        let detail = &*problem.detail;
        problem.kind != ProblemKind::NotCollected
            && !detail.is_empty()
            && (is_named(detail, &self.path) || (detail.starts_with('/') && is_beneath(&self.path, detail)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                          30 22 0:40 / /srv/my\\040data rw shared:1 - nfs4 server:/x rw\n\
                          31 30 8:2 / /srv/my\\040data/local rw - ext4 /dev/sda2 rw\n\
                          32 22 0:41 / /opt rw - fuse.sshfs host: rw\n";

    #[test]
    fn what_hangs_is_the_whole_of_a_remote_mount_and_one_file_of_another() {
        let mount = |path| remote_mount(MOUNTS, path);
        assert_eq!(mount("/srv/my data/a/b").as_deref(), Some("/srv/my data"));
        assert_eq!(mount("/opt").as_deref(), Some("/opt"));
        for local in ["/srv/my data/local/a", "/srv/my database", "/etc/passwd", "/optional"] {
            assert_eq!(mount(local), None, "{local}");
        }
    }

    #[test]
    fn what_was_not_read_is_noted_for_who_watches() {
        let denied = || note("/etc/a", &ReadError::Denied("/etc/a".to_owned()));
        let ((inner, missed), all) = watched(|| {
            denied();
            note("/etc/b", &ReadError::Missing("/etc/b".to_owned()));
            watched(|| {
                denied();
                7
            })
        });
        assert_eq!((inner, missed.len(), all.len()), (7, 1, 1));
        let miss = &missed[0];
        let named = |detail: &str| miss.is_named_by(&Problem::new(ProblemKind::Denied, detail));
        assert_eq!(["/etc", "/etc/a", "list /etc/a: no"].map(named), [true; 3]);
        assert_eq!(["/et", "", "/etc/a.d", "/etc/b"].map(named), [false; 4]);
    }
}
