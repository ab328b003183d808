//! The report of what is looked at, written to a file: the dialog, its preview, the writing. The preview is the
//! beginning of what would be written; both are made on a worker.

mod dialog;
mod path;
mod scope;

pub use dialog::Dialog;
pub use path::{Listed, Listing};

use super::message::Message;
use super::model::Model;
use super::tree::rows::Matched;
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::base::text::{escape, escape_lines};
use crate::compare::RowId;
use crate::reference::{write_new_output, write_output};
use crate::report::{self, Audience, Format, Report, counted, grouped};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Lines of a preview: more than any dialog has room for.
const LINES: usize = 60;

/// What is to be in a report.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of what.
    pub judged: Arc<Judged>,
    /// How it is written.
    pub format: Format,
    /// Whom it is for.
    pub audience: Audience,
    /// The rows, by path.
    pub rows: Arc<[RowId]>,
    /// How many rows the filter leaves out.
    pub hidden: usize,
    /// The filter as typed, where it is the scope.
    pub filter: Option<String>,
}

impl Wanted {
    fn bytes(&self) -> io::Result<Vec<u8>> {
        self.bytes_within(report::WIDTH)
    }

    /// The bytes of the report, lines of text in so many cells.
    pub(super) fn bytes_within(&self, width: usize) -> io::Result<Vec<u8>> {
        let Judged { assessment, ruling } = &*self.judged;
        let report = Report {
            hidden: self.hidden,
            filter: self.filter.as_deref(),
            audience: self.audience,
            most: report::MOST_ROWS,
            width,
            ..assessment.report(ruling, &self.rows)
        };
        let mut bytes = Vec::new();
        report::write(self.format, &report, &mut bytes)?;
        Ok(bytes)
    }
}

/// What a filter shows of the rows, by path.
pub(super) fn filtered(all: &[RowId], matched: &Matched) -> Arc<[RowId]> {
    all.iter().copied().filter(|row| matched.leaves.binary_search(row).is_ok()).collect()
}

/// The filter that is in force, with what it shows.
pub(super) fn in_force(model: &Model) -> Option<(Arc<Matched>, String)> {
    let (text, _) = model.tree.filter().filter(|(_, is_on)| *is_on)?;
    Some((Arc::clone(model.tree.matched()?), text.to_owned()))
}

/// A preview is to be made.
#[derive(Clone, Debug)]
pub struct Drafting {
    /// Of which change of the dialog.
    pub ticket: u64,
    /// Of what.
    pub wanted: Wanted,
}

/// The beginning of what would be written.
#[derive(Debug)]
pub struct Draft {
    /// Of which change of the dialog.
    pub ticket: u64,
    /// In display form.
    pub lines: Vec<String>,
    /// Bytes of the whole.
    pub size: usize,
}

impl Drafting {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Message> {
        let draft = match self.wanted.bytes() {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                let lines = text.lines().take(LINES).map(|line| escape(line).into_owned()).collect();
                Draft { ticket: self.ticket, lines, size: bytes.len() }
            }
            Err(error) => Draft { ticket: self.ticket, lines: vec![escape_lines(&error.to_string()).into()], size: 0 },
        };
        (!cancel.is_cancelled()).then_some(Message::Drafted(draft))
    }
}

/// A report is to be written.
#[derive(Clone, Debug)]
pub struct Writing {
    /// What is in it.
    pub wanted: Wanted,
    /// Where.
    pub path: PathBuf,
    /// Whether a file that is there is replaced.
    pub replaces: bool,
    /// Whose wish it is: a dialog that was left must not speak in the one that was opened after it.
    pub wish: Arc<()>,
}

/// Why a report was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// A file is there.
    Exists,
    /// It could not be written: why, in display form.
    Failed(String),
}

impl Writing {
    /// Writes the file whole or not at all, and says in display form what was written.
    ///
    /// # Errors
    /// A file is there that was not to be replaced, or it cannot be written.
    pub fn run(self) -> Result<String, Unwritten> {
        let failed = |error: &dyn std::fmt::Display| Unwritten::Failed(escape(&error.to_string()).into_owned());
        let bytes = self.wanted.bytes().map_err(|error| failed(&error))?;
        if self.replaces {
            write_output(&self.path, &bytes).map_err(|error| failed(&error))?;
        } else if !write_new_output(&self.path, &bytes).map_err(|error| failed(&error))? {
            return Err(Unwritten::Exists);
        }
        let (path, size) = (self.path.display().to_string(), bytes.len().div_ceil(1024));
        let (rows, hidden) = (self.wanted.rows.len(), self.wanted.hidden);
        Ok(format!("{size} KiB, {}, {} not shown: {}", counted(rows, "row"), grouped(hidden), escape(&path)))
    }
}

/// A report is on the disk, or could not be written; a file that is in the way is the dialog's to ask about.
pub fn answered(model: &mut Model, result: &Result<String, Unwritten>) {
    match result {
        Ok(words) => model.note.clone_from(words),
        Err(Unwritten::Failed(words)) => model.note = format!("NOT WRITTEN: {words}"),
        Err(Unwritten::Exists) => model.note = "not written: a file is there".to_owned(),
    }
}

/// Opens the dialog; it says why where nothing is there to be written.
pub fn open(model: &mut Model) -> Vec<super::message::Effect> {
    let Some((dialog, drafting)) = Dialog::new(model) else {
        model.note = "what differs is still being judged".to_owned();
        return Vec::new();
    };
    model.layers.push(Box::new(dialog));
    let mut effects = vec![super::message::Effect::Draft(Box::new(drafting))];
    // All snapshots together can be reported on once they are judged.
    if model.snapshots.len() > 2 && model.whole.is_none() && !model.surveying {
        effects.extend(super::switch::survey(model, None));
    }
    effects
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests;
