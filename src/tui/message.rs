//! What happens to the model, and what the model asks for.

use super::detail::{Asked, Found};
use super::keys::Key;
use super::reading::Opened;
use super::review::scribe::{Journaled, Wish};
use super::tree::Tree;
use super::tree::pairing::{Paired, Pairing};
use super::tree::sieve::{Answer, Job};
use super::whole::{Survey, Surveyed};
use crate::compare::Comparison;
use crate::meaning::Meaning;
use crate::model::Snapshot;
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
    Judged {
        /// Of what.
        comparison: Arc<Comparison>,
        /// What it means.
        meaning: Arc<Meaning>,
    },
    /// All snapshots were laid side by side.
    Surveyed(Surveyed),
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
    /// A snapshot was read that is to join the others, or why it cannot be had.
    Loaded(Result<Arc<Snapshot>, String>),
    /// A decision of a review is on the disk, or could not be written.
    Journaled(Box<Journaled>),
    /// How far the side is that is still read.
    Arriving(String),
    /// That side is there.
    Arrived(Box<Opened>),
    /// Words for the status line.
    Note(String),
    /// Work failed: a defect, told instead of breaking the terminal.
    Failed(String),
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
    /// Judge what differs.
    Judge(Arc<Comparison>),
    /// Lay all snapshots side by side.
    Survey(Survey),
    /// Write a decision of a review.
    Decide(Wish),
    /// Run a filter or a find.
    Sieve(Job),
    /// Stop all that is running.
    Stop,
    /// Stop a filter or find whose field was left.
    StopSieve,
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
