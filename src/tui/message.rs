//! What happens to the model, and what the model asks for.

use super::accept::desk::{Outcome, Wish};
use super::detail::{Asked, Found};
use super::document::{Draft, Drafting, Listed, Listing, Unwritten, Writing};
use super::keys::Key;
use super::paper::{Papered, Papering};
use super::reading::Opened;
use super::review::Setup;
use super::review::begin::{BeginError, Opening};
use super::review::scribe::{self, Desk, Journaled};
use super::time::{Past, Traces, Tracing, Visit};
use super::tree::Tree;
use super::tree::pairing::{Paired, Pairing};
use super::tree::sieve::{Answer, Job};
use super::whole::{Survey, Surveyed, Weighed, Weighing};
use crate::assess::{Assessment, Bench, Judged, Ruling};
use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::meaning::Meaning;
use crate::model::Snapshot;
use crate::review::{Board, Journal};
use crossterm::event::MouseEvent;
use ratatui::layout::Size;
use std::sync::Arc;

/// Something happened.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// Two sides were laid side by side.
    Compared(Paired),
    /// What differs between two sides was judged.
    Judged(Arc<Judged>),
    /// What each side risks beside the reference was found.
    Weighed(Weighed),
    /// An acceptance is on the disk, or could not be written.
    Accepted(Box<Outcome>),
    /// What a review walks through was held against the policy again.
    Benched(Box<Benched>),
    /// All snapshots were laid side by side.
    Surveyed(Surveyed),
    /// So many dates of a history are read, and of how many.
    Tracing(u64, usize, usize),
    /// A history was read.
    Traced(Traces),
    /// The snapshots of an earlier date are laid side by side.
    Past(Box<Past>),
    /// What belongs to a fact was found.
    Related(Found),
    /// A filter or find was answered.
    Sieved(Answer),
    /// The mouse was used, while it is taken in full.
    Mouse(MouseEvent),
    /// The terminal holds up what is written: its link is slow.
    SlowLink,
    /// No program took a copy: the terminal is to take it.
    CopyByTerminal(String),
    /// A snapshot was read that is to join the others, or why it cannot be had; before it what was typed for it.
    Loaded(String, Result<Arc<Snapshot>, String>),
    /// A decision of a review is on the disk, or could not be written.
    Journaled(Box<Journaled>),
    /// How far the side is that is still read.
    Arriving(String),
    /// That side is there.
    Arrived(Box<Opened>),
    /// The beginning of a report that may be written.
    Drafted(Draft),
    /// The report as text, or what was looked for in it.
    Papered(Papered),
    /// What the path of a report may go on to.
    Listed(Listed),
    /// A report is on the disk, in words, or could not be written; whose wish it was.
    Written(Arc<()>, Result<String, Unwritten>),
    /// Words for the status line.
    Note(String),
    /// A review that was asked for is there, or why it cannot begin.
    Begun(Box<Result<Setup, BeginError>>),
    /// Work failed: a defect, told instead of breaking the terminal.
    Failed(String),
}

impl Message {
    /// Whether somebody did something, and waits to see it.
    pub fn is_touch(&self) -> bool {
        matches!(self, Message::Key(_) | Message::Paste(_) | Message::Mouse(_))
    }
}

/// What differs is to be judged.
#[derive(Clone, Debug)]
pub struct Judging {
    /// Of what.
    pub comparison: Arc<Comparison>,
    /// What it means, where that is known and only the policy is another.
    pub meaning: Option<Arc<Meaning>>,
    /// What it is held against.
    pub ruling: Arc<Ruling>,
}

impl Judging {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Arc<Judged>> {
        let assessment = Assessment::held(self.comparison, self.meaning, &self.ruling, cancel)?;
        Some(Arc::new(Judged { assessment, ruling: self.ruling }))
    }
}

/// What a review walks through is to be held against the policy again.
#[derive(Clone, Debug)]
pub struct Benching {
    /// What it was held against before.
    pub bench: Bench,
    /// What the gate asked then, in the order that is kept.
    pub board: Arc<Board>,
    /// What was decided.
    pub journal: Journal,
    /// What it is held against now.
    pub ruling: Arc<Ruling>,
}

/// What a review walks through from now on.
#[derive(Debug)]
pub struct Benched {
    /// What it is held against.
    pub bench: Bench,
    /// What the gate asks.
    pub board: Arc<Board>,
}

impl Benching {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Message> {
        let bench = self.bench.ruled(self.ruling, cancel)?;
        let board = Arc::new(bench.board(&bench.judgement()?, &self.journal).in_order_of(&self.board));
        Some(Message::Benched(Box::new(Benched { bench, board })))
    }
}

/// Something to be done outside the model.
#[derive(Debug)]
pub enum Effect {
    /// Lay two snapshots side by side.
    Compare(Pairing),
    /// Free what is looked at no longer: what it means is many small things.
    Discard(Box<Tree>),
    /// Look for what belongs to a fact.
    Relate(Asked),
    /// Judge what differs between the two sides.
    Judge(Judging),
    /// Judge what differs between all snapshots.
    JudgeAll(Judging),
    /// Judge each side beside the reference.
    Weigh(Weighing),
    /// Write an acceptance, or take one back.
    Accept(Box<Wish>),
    /// Make the beginning of a report.
    Draft(Box<Drafting>),
    /// Make the report as text, or look for something in it.
    Paper(Papering),
    /// Read what the path of a report may go on to.
    List(Listing),
    /// Write a report.
    Write(Box<Writing>),
    /// Hold what a review walks through against the policy again.
    Bench(Box<Benching>),
    /// Lay all snapshots side by side.
    Survey(Survey),
    /// Read the history of two sides.
    Trace(Tracing),
    /// Lay the snapshots of an earlier date side by side.
    Visit(Visit),
    /// Begin a review, or go on with it.
    Begin(Box<Opening>),
    /// Write the journal of a review from here on; none: the review was left.
    Journal(Option<Desk>),
    /// Write a decision of a review.
    Decide(scribe::Wish),
    /// Run a filter or a find.
    Sieve(Job),
    /// Stop all that is running.
    Stop,
    /// Stop a filter or find whose field was left.
    StopSieve {
        /// Over the rows of all snapshots together.
        of_all: bool,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Put text on the terminal's own clipboard.
    CopyByTerminal(String),
    /// Keep a snapshot in the store.
    Save(Arc<Snapshot>),
    /// Fail, here or in a worker, to see what is left.
    #[cfg(debug_assertions)]
    Panic(bool),
    /// Show text outside the alternate screen until a key is pressed.
    Print(String),
    /// Show text in the user's pager, or in the editor.
    Show {
        /// The text.
        text: String,
        /// In the editor.
        edit: bool,
    },
    /// Write settings to the user's configuration: keys and words.
    SaveSettings(Vec<(String, String)>),
    /// Save a filter in the user's configuration: its name and its text.
    SaveFilter(String, String),
    /// Keep nothing of how the explorer was left before.
    Forget,
    /// Read what a reference names, and put it beside the others.
    Load(String),
    /// Stop the program until the shell continues it.
    Suspend,
    /// Draw every cell again.
    Redraw,
    /// End.
    Quit,
}
