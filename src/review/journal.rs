//! The journal of a review: JSON, one decision a line, in the order in which they were written. Lines are only ever added;
//! taking one back is a line of its own. A mark is pinned to what every environment said when it was made: by hashes,
//! never by values.
//!
//! ```json
//! {"v":1,"id":"9f2c41d0-3","at":"2026-11-25T10:42:00Z","by":"Ann","do":"mark","mark":"reviewed",
//!  "rows":[{"path":"os.kernel.release","values":{"production":"b3:...","staging":"b3:..."}}]}
//! ```

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The form of lines that this program writes.
pub const VERSION: u32 = 1;
/// The most rows of one decision.
pub const MOST_ROWS: usize = 20_000;
/// The most characters of a note.
pub const MOST_NOTE: usize = 2_000;

/// What somebody decided of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Looked at: it may go to production.
    Reviewed,
    /// It must be mended first.
    Flagged,
    /// Left for later.
    Skipped,
    /// A mark is taken back.
    Open,
}

impl Mark {
    /// The word for it in every output.
    pub fn word(self) -> &'static str {
        match self {
            Mark::Reviewed => "reviewed",
            Mark::Flagged => "flagged",
            Mark::Skipped => "skipped",
            Mark::Open => "not reviewed",
        }
    }
}

/// One difference that a decision speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its path, as paths are written.
    pub path: String,
    /// What each environment said, by its name, as acceptances pin it.
    pub values: BTreeMap<String, String>,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Act {
    /// Somebody opened the review.
    Begin {
        /// What the review is called.
        session: String,
        /// What was typed for each snapshot.
        references: Vec<String>,
        /// The policy that was named, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
        /// The folder it was begun in, whose policy counts and whose environments it is about; early journals have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
        /// Since when differences count, if that was asked.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        since: Vec<String>,
        /// How many differences the gate asked about.
        asked: usize,
    },
    /// Somebody decided.
    Mark {
        /// What.
        mark: Mark,
        /// Of what.
        rows: Vec<Row>,
    },
    /// Somebody has something to say of a difference.
    Note {
        /// Of what.
        path: String,
        /// In these words.
        text: String,
    },
    /// A decision is taken back: what was before it counts again.
    Undo {
        /// The decision's id.
        of: String,
    },
    /// The review was brought to its end.
    Finish {
        /// What came of it.
        verdict: String,
        /// The paths that the gate asked about.
        asked: Vec<String>,
    },
    /// Something that a later version writes.
    #[serde(other)]
    Other,
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The form.
    #[serde(rename = "v")]
    pub version: u32,
    /// What it is called by: who writes and a number.
    pub id: String,
    /// When it was written, by the writer's clock.
    pub at: String,
    /// Who decided.
    pub by: String,
    /// What.
    #[serde(flatten)]
    pub act: Act,
}

impl Entry {
    /// The line for it, with its end.
    pub fn line(&self) -> String {
        // A map with texts for keys is always JSON.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// When it was written; none where the text is no time.
    pub fn time(&self) -> Option<Timestamp> {
        self.at.parse().ok()
    }

    /// The paths that it speaks of.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let (rows, path) = match &self.act {
            Act::Mark { rows, .. } => (rows.as_slice(), None),
            Act::Note { path, .. } => (&[][..], Some(path.as_str())),
            _ => (&[][..], None),
        };
        rows.iter().map(|row| row.path.as_str()).chain(path)
    }
}

/// All that was decided in a review, in the order of the lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// The lines.
    pub entries: Vec<Entry>,
    /// Lines that this program cannot read: it is told, and they stay where they are.
    pub unread: usize,
    /// Whether the last line was cut: whoever wrote it was ended before it was whole, and had not shown it.
    pub is_cut: bool,
}

impl Journal {
    /// Reads a journal. Nothing in it is an error: what cannot be read is counted.
    pub fn read(bytes: &[u8]) -> Self {
        let mut journal = Self { is_cut: bytes.last().is_some_and(|last| *last != b'\n'), ..Self::default() };
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        // What follows the last line end: nothing, or a line that was cut.
        lines.pop();
        for line in lines.into_iter().filter(|line| !line.iter().all(u8::is_ascii_whitespace)) {
            match serde_json::from_slice::<Entry>(line) {
                Ok(entry) if entry.version <= VERSION && entry.act != Act::Other => journal.entries.push(entry),
                _ => journal.unread += 1,
            }
        }
        journal
    }

    /// The ids of what was taken back. Of an undo that was undone the decision counts again.
    fn undone(&self) -> BTreeSet<&str> {
        let mut undone = BTreeSet::new();
        // From the end: whether a line counts is known before what it takes back is met.
        for entry in self.entries.iter().rev() {
            if let Act::Undo { of } = &entry.act
                && !undone.contains(entry.id.as_str())
            {
                undone.insert(of.as_str());
            }
        }
        undone
    }

    /// What counts now.
    pub fn marks(&self) -> Marks {
        let undone = self.undone();
        let mut marks = Marks::default();
        for entry in self.entries.iter().filter(|entry| !undone.contains(entry.id.as_str())) {
            match &entry.act {
                Act::Mark { mark, rows } => {
                    for row in rows {
                        if *mark == Mark::Open {
                            marks.marked.remove(&row.path);
                            continue;
                        }
                        let marked = Marked {
                            mark: *mark,
                            by: entry.by.clone(),
                            at: entry.at.clone(),
                            values: row.values.clone(),
                        };
                        marks.marked.insert(row.path.clone(), marked);
                    }
                }
                Act::Note { path, text } => {
                    let note = Note { text: text.clone(), by: entry.by.clone(), at: entry.at.clone() };
                    marks.notes.entry(path.clone()).or_default().push(note);
                }
                _ => {}
            }
        }
        marks
    }

    /// The last decision of somebody that was not taken back.
    pub fn last_of(&self, by: &str) -> Option<&Entry> {
        let undone = self.undone();
        let decides = |entry: &&Entry| {
            entry.by == by
                && matches!(entry.act, Act::Mark { .. } | Act::Note { .. })
                && !undone.contains(entry.id.as_str())
        };
        self.entries.iter().rev().find(decides)
    }

    /// The undoing of somebody that can be taken back: their last, unless they have decided anew since.
    pub fn last_undone_of(&self, by: &str) -> Option<(&Entry, &Entry)> {
        let undone = self.undone();
        let counts = |entry: &&Entry| entry.by == by && !undone.contains(entry.id.as_str());
        for entry in self.entries.iter().rev().filter(counts) {
            match &entry.act {
                Act::Mark { .. } | Act::Note { .. } => return None,
                Act::Undo { of } => {
                    let what = self.entries.iter().find(|known| known.id == *of);
                    // An undoing that takes back another brought a decision back: what was undone before it is next.
                    if let Some(what) = what.filter(|what| matches!(what.act, Act::Mark { .. } | Act::Note { .. })) {
                        return Some((entry, what));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// When the review was last brought to its end, and what the gate asked about then; none if it never was. Of the end
    /// of a review that is going on nothing is told: it ends before the last time that it was opened.
    pub fn finished(&self) -> Option<(&str, BTreeSet<&str>)> {
        let begun = self.entries.iter().rposition(|entry| matches!(entry.act, Act::Begin { .. }));
        let before = self.entries.get(..begun.unwrap_or(self.entries.len())).unwrap_or_default();
        // A review that is only looked at was not opened: its end is the last line.
        let all = if self.is_open() { before } else { &self.entries };
        all.iter().rev().find_map(|entry| match &entry.act {
            Act::Finish { asked, .. } => Some((entry.at.as_str(), asked.iter().map(String::as_str).collect())),
            _ => None,
        })
    }

    /// Whether it was opened and not brought to its end since.
    pub fn is_open(&self) -> bool {
        let last = self.entries.iter().rev().find(|entry| matches!(entry.act, Act::Begin { .. } | Act::Finish { .. }));
        last.is_some_and(|entry| matches!(entry.act, Act::Begin { .. }))
    }

    /// The line by which it was last opened.
    pub fn begun(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| matches!(entry.act, Act::Begin { .. }))
    }
}

/// A mark that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// What was decided.
    pub mark: Mark,
    /// By whom.
    pub by: String,
    /// When.
    pub at: String,
    /// What every environment said then.
    pub values: BTreeMap<String, String>,
}

/// Something that somebody said of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// In these words.
    pub text: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// What counts of a journal: the last mark of every path, and all notes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    marked: BTreeMap<String, Marked>,
    notes: BTreeMap<String, Vec<Note>>,
}

impl Marks {
    /// The mark of a path, whatever its values are now.
    pub fn of(&self, path: &str) -> Option<&Marked> {
        self.marked.get(path)
    }

    /// What was said of a path, the newest last.
    pub fn notes(&self, path: &str) -> &[Note] {
        self.notes.get(path).map_or(&[], Vec::as_slice)
    }

    /// All paths with a mark, in order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Marked)> {
        self.marked.iter().map(|(path, marked)| (path.as_str(), marked))
    }
}
