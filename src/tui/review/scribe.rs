//! Whoever writes the journal while the review is on the screen: a thread of its own, one decision after the other, none
//! left out. The screen hears of a decision once it is on the disk, and not before.

use crate::base::text::escape;
use crate::reference::JournalFile;
use crate::review::journal::VERSION;
use crate::review::{Act, Entry, Journal, Mark, Row};
use crate::tui::message::Message;
use jiff::Timestamp;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the end of the program waits for a decision to be on the disk, at most: who ended it waits too.
const FLUSH: Duration = Duration::from_millis(300);

/// Decisions that are not on the disk yet.
static PENDING: Mutex<usize> = Mutex::new(0);
static WRITTEN: Condvar = Condvar::new();

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A mark for some rows.
    Mark(Mark, Vec<Row>),
    /// A note at a path.
    Note(String, String),
    /// The last decision of this reviewer taken back.
    Undo,
    /// What this reviewer took back last, decided again.
    Redo,
    /// The end of the review: what came of it, and what was asked.
    Finish(String, Vec<String>),
    /// Nothing: whether others have written is looked at.
    Look,
}

/// What came of a wish.
#[derive(Debug)]
pub struct Journaled {
    /// The whole journal, as it is on the disk now; why it could not be written, in words.
    pub journal: Result<Journal, String>,
    /// The paths that the decision speaks of; of an undo those of what it took back.
    pub paths: Vec<String>,
    /// What was done, for the status line.
    pub words: String,
    /// When, by the clock of this machine: `10:42Z`. None where nothing was written.
    pub saved: Option<String>,
}

/// Who writes, and where.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The file.
    pub file: JournalFile,
    /// Who decides.
    pub reviewer: String,
    /// A name for this writer that no other has.
    pub writer: String,
}

impl Desk {
    /// Writes a line, and gives back the journal as it is then; `None` where there was nothing to write.
    ///
    /// # Errors
    /// It cannot be written, in words.
    pub fn write(
        &self,
        number: usize,
        act: impl FnOnce(&Journal) -> Option<Act>,
    ) -> Result<(Journal, Option<Entry>), String> {
        let mut written = None;
        let bytes = self.file.append(|before| {
            let act = act(&Journal::read(before))?;
            #[expect(clippy::disallowed_methods, reason = "a decision has the time at which it was made")]
            let now = Timestamp::try_from(std::time::SystemTime::now()).unwrap_or_default();
            let entry = Entry {
                version: VERSION,
                id: format!("{}-{number}", self.writer),
                at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                by: self.reviewer.clone(),
                act,
            };
            let line = entry.line();
            written = Some(entry);
            Some(line)
        });
        let bytes = bytes.map_err(|error| escape(&error.to_string()).into_owned())?;
        Ok((Journal::read(&bytes), written))
    }
}

/// The thread that writes.
#[derive(Debug)]
pub struct Scribe {
    wishes: Option<Sender<Wish>>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    /// Starts it. Numbers of lines go on from `first`.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(desk: Desk, first: usize, answers: Sender<Message>) -> std::io::Result<Self> {
        let (wishes, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || write_on(&desk, first, &queue, &answers))?;
        Ok(Self { wishes: Some(wishes), thread: Some(thread) })
    }

    /// Hands over what is to be written.
    pub fn give(&self, wish: Wish) {
        *lock() += 1;
        let sent = self.wishes.as_ref().is_some_and(|wishes| wishes.send(wish).is_ok());
        if !sent {
            done();
        }
    }

    /// Whether something is not written yet.
    pub fn is_busy(&self) -> bool {
        *lock() > 0
    }
}

impl Drop for Scribe {
    /// What was decided is written before the program goes on to its end.
    fn drop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            // A thread that failed has told so already.
            let _ = thread.join();
        }
    }
}

/// Waits until what was decided is on the disk, before the program ends by a signal.
pub fn flush() {
    let begun = Instant::now();
    let mut pending = lock();
    while *pending > 0 && begun.elapsed() < FLUSH {
        let rest = FLUSH.saturating_sub(begun.elapsed());
        pending = WRITTEN.wait_timeout(pending, rest).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn lock() -> MutexGuard<'static, usize> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn done() {
    let mut pending = lock();
    *pending = pending.saturating_sub(1);
    WRITTEN.notify_all();
}

fn write_on(desk: &Desk, first: usize, wishes: &Receiver<Wish>, answers: &Sender<Message>) {
    for (number, wish) in (first..).zip(wishes.iter()) {
        let answer = catch_unwind(AssertUnwindSafe(|| written(desk, number, wish))).unwrap_or_else(|_| Journaled {
            journal: Err("a defect; please report it".to_owned()),
            paths: Vec::new(),
            words: String::new(),
            saved: None,
        });
        // The answer is there before the wish counts as done: whoever waits for it then finds it.
        // Where nobody looks any more, what was decided is written all the same.
        let _ = answers.send(Message::Journaled(Box::new(answer)));
        done();
    }
}

/// How words begin that say what was taken back, and what was done again.
pub(super) const UNDONE: &str = "undone:";
/// See [`UNDONE`].
pub(super) const REDONE: &str = "done again:";

/// A decision in a few words.
fn told(entry: &Entry) -> String {
    let what = match &entry.act {
        Act::Mark { mark, .. } => mark.word(),
        _ => "note",
    };
    let mut paths = entry.paths();
    match (paths.next(), paths.count()) {
        (Some(path), 0) => format!("{what}, {}", escape(path)),
        (_, more) => format!("{what}, {} differences", more + 1),
    }
}

pub(super) fn written(desk: &Desk, number: usize, wish: Wish) -> Journaled {
    let mut paths = Vec::new();
    let mut words = String::new();
    let asked: Vec<String> = match &wish {
        Wish::Mark(_, rows) => rows.iter().map(|row| row.path.clone()).collect(),
        Wish::Note(path, _) => vec![path.clone()],
        _ => Vec::new(),
    };
    let wrote = desk.write(number, |journal| match wish {
        Wish::Mark(mark, rows) => Some(Act::Mark { mark, rows }),
        Wish::Note(path, text) => Some(Act::Note { path, text }),
        Wish::Finish(verdict, asked) => Some(Act::Finish { verdict, asked }),
        Wish::Undo => {
            let Some(last) = journal.last_of(&desk.reviewer) else {
                words = "nothing to undo: no decision of yours is left".to_owned();
                return None;
            };
            paths = last.paths().map(str::to_owned).collect();
            words = format!("{UNDONE} {}", told(last));
            Some(Act::Undo { of: last.id.clone() })
        }
        Wish::Redo => {
            let Some((undoing, what)) = journal.last_undone_of(&desk.reviewer) else {
                words = "nothing to do again: nothing was undone, or something was decided since".to_owned();
                return None;
            };
            paths = what.paths().map(str::to_owned).collect();
            words = format!("{REDONE} {}", told(what));
            Some(Act::Undo { of: undoing.id.clone() })
        }
        Wish::Look => None,
    });
    if paths.is_empty() {
        paths = asked;
    }
    match wrote {
        Ok((journal, entry)) => {
            let saved = entry.as_ref().and_then(Entry::time).map(|time| time.strftime("%H:%MZ").to_string());
            Journaled { journal: Ok(journal), paths, words, saved }
        }
        Err(error) => Journaled { journal: Err(error), paths, words, saved: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn row(path: &str) -> Row {
        Row { path: path.to_owned(), values: BTreeMap::new() }
    }

    #[test]
    fn every_wish_is_written_in_order_and_answered_once_it_is_on_the_disk() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = JournalFile::at(dir.path().join("journal.jsonl"));
        let desk = Desk { file: file.clone(), reviewer: "ann".into(), writer: "w".into() };
        let (sender, answers) = channel();
        let scribe = Scribe::start(desk, 1, sender).expect("a thread");
        for number in 0..30 {
            scribe.give(Wish::Mark(Mark::Reviewed, vec![row(&format!("a.{number}"))]));
        }
        scribe.give(Wish::Undo);
        scribe.give(Wish::Look);
        drop(scribe);
        let journal = Journal::read(&file.read().expect("reads"));
        assert_eq!(journal.entries.len(), 31);
        let paths: Vec<&str> = journal.entries.iter().flat_map(Entry::paths).collect();
        assert_eq!(paths, (0..30).map(|number| format!("a.{number}")).collect::<Vec<_>>());
        let told: Vec<_> = answers.iter().collect();
        assert_eq!(told.len(), 32);
        for (number, answer) in told.iter().enumerate().take(31) {
            let Message::Journaled(answer) = answer else { panic!("another message") };
            let known = answer.journal.as_ref().expect("written").entries.len();
            assert!(known > number, "answered before it was written");
        }
        let Message::Journaled(undone) = &told[30] else { panic!("another message") };
        assert_eq!(undone.words, "undone: reviewed, a.29");
        assert_eq!(journal.marks().all().count(), 29);
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        let desk =
            Desk { file: JournalFile::at("/proc/no/journal".into()), reviewer: "ann".into(), writer: "w".into() };
        let answer = written(&desk, 1, Wish::Mark(Mark::Flagged, vec![row("a")]));
        assert!(answer.journal.is_err() && answer.saved.is_none());
        assert_eq!(answer.paths, ["a"]);
    }
}
