//! The report of what the tree shows, as text: what `report --format text` writes, to be read and searched here. It is made
//! on a worker, and again when what it is of has changed; of its lines only those in view are laid out.

mod find;
mod view;

pub use view::draw;

use super::document::{Wanted, filtered, in_force};
use super::keys::{Action, Key};
use super::message::Effect;
use super::model::Model;
use super::tree::rows::Matched;
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::base::text::escape_lines;
use crate::report::{self, Audience, Format};
use find::Find;
use ratatui::layout::Size;
use std::sync::Arc;

/// Lines that are not of the text: title, filter, status, hints.
const AROUND: u16 = 4;

/// The text of a report.
#[derive(Debug, Default)]
pub struct Sheet {
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
    /// The lines that begin a part.
    parts: Vec<usize>,
    /// How many rows are in it, and how many the filter leaves out.
    pub rows: (usize, usize),
}

impl Sheet {
    fn new(text: String, rows: (usize, usize)) -> Self {
        let after = |(at, _): (usize, &str)| at + 1;
        let mut starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(after)).collect();
        starts.retain(|start| *start < text.len());
        let mut sheet = Self { text, starts, parts: Vec::new(), rows };
        let is_part = |at: &usize| {
            let is_head = sheet.line(*at).starts_with(|c: char| !c.is_whitespace());
            is_head && at.checked_sub(1).is_none_or(|before| sheet.line(before).is_empty())
        };
        sheet.parts = (0..sheet.starts.len()).filter(is_part).collect();
        sheet
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// A line, without its end.
    pub fn line(&self, at: usize) -> &str {
        let Some(start) = self.starts.get(at) else { return "" };
        let end = self.starts.get(at + 1).map_or(self.text.len(), |next| *next);
        self.text.get(*start..end).unwrap_or_default().trim_end_matches('\n')
    }
}

/// What a report was made of: where any of it changes, it is made again.
#[derive(Clone, Debug)]
struct Of {
    judged: Arc<Judged>,
    filter: Option<(Arc<Matched>, String)>,
    width: usize,
}

impl Of {
    fn is(&self, other: &Self) -> bool {
        let same = |(a, _): &(Arc<Matched>, String), (b, _): &(Arc<Matched>, String)| Arc::ptr_eq(a, b);
        let is_filter = match (&self.filter, &other.filter) {
            (Some(a), Some(b)) => same(a, b),
            (None, None) => true,
            _ => false,
        };
        Arc::ptr_eq(&self.judged, &other.judged) && is_filter && self.width == other.width
    }
}

/// Work on the report, off the drawing thread.
#[derive(Clone, Debug)]
pub struct Papering {
    ticket: u64,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    /// The text is to be made.
    Make(Of),
    /// Something is to be looked for in it.
    Find(Arc<Sheet>, String),
}

/// What came of it.
#[derive(Debug)]
pub struct Papered {
    ticket: u64,
    what: Made,
}

#[derive(Debug)]
enum Made {
    Sheet(Arc<Sheet>),
    Found(Find),
    /// Why there is no text, in display form.
    Wrong(String),
}

impl Papering {
    /// Does the work; `None` when cancelled.
    pub fn run(self, cancel: &Cancel) -> Option<Papered> {
        let what = match self.what {
            What::Make(Of { judged, filter, width }) => {
                let all: Arc<[_]> = judged.assessment.rows(false).into();
                let rows = filter.as_ref().map_or_else(|| Arc::clone(&all), |(matched, _)| filtered(&all, matched));
                let count = (rows.len(), all.len() - rows.len());
                let (filter, hidden) = (filter.map(|(_, text)| text), count.1);
                let (format, audience) = (Format::Text, Audience::Engineer);
                let wanted = Wanted { judged, format, audience, rows, hidden, filter };
                match wanted.bytes_within(width) {
                    Ok(bytes) => {
                        let text = escape_lines(&String::from_utf8_lossy(&bytes)).into_owned();
                        Made::Sheet(Arc::new(Sheet::new(text, count)))
                    }
                    Err(error) => Made::Wrong(escape_lines(&error.to_string()).into_owned()),
                }
            }
            What::Find(sheet, text) => Made::Found(Find::new(&sheet, text, cancel)?),
        };
        (!cancel.is_cancelled()).then_some(Papered { ticket: self.ticket, what })
    }
}

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Paper {
    sheet: Arc<Sheet>,
    of: Option<Of>,
    /// Whether the text is being made.
    is_made: bool,
    wrong: String,
    ticket: u64,
    /// The first line in view.
    top: usize,
    height: usize,
    find: Option<Find>,
    typing: Option<find::Typing>,
}

impl Paper {
    /// Gives the text the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.height = usize::from(size.height.saturating_sub(AROUND)).max(1);
        self.scroll_to(self.top);
    }

    /// The text that is shown.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn scroll_to(&mut self, top: usize) {
        self.top = top.min(self.sheet.count().saturating_sub(self.height));
    }

    /// Brings a line into view, with some lines above it.
    fn show(&mut self, line: usize) {
        if !(self.top..self.top + self.height).contains(&line) {
            self.scroll_to(line.saturating_sub(self.height / 3));
        }
    }

    /// Does what a key says, if it is a movement; words where it led nowhere. `None` if it is none.
    fn go(&mut self, action: Action) -> Option<&'static str> {
        let page = self.height.saturating_sub(1).max(1);
        let to = match action {
            Action::Down => self.top + 1,
            Action::Up => self.top.saturating_sub(1),
            Action::PageDown => self.top + page,
            Action::PageUp => self.top.saturating_sub(page),
            Action::HalfDown => self.top + self.height.div_ceil(2),
            Action::HalfUp => self.top.saturating_sub(self.height.div_ceil(2)),
            Action::First => 0,
            Action::Last => usize::MAX,
            Action::NextStop | Action::PreviousStop if self.find.is_some() => {
                return Some(self.walk(action == Action::NextStop));
            }
            Action::NextStop | Action::NextDifference | Action::NextSection => {
                let next = self.sheet.parts.iter().find(|part| **part > self.top);
                next.copied().unwrap_or(self.top)
            }
            Action::PreviousStop | Action::PreviousDifference | Action::PreviousSection => {
                let before = self.sheet.parts.iter().rev().find(|part| **part < self.top);
                before.copied().unwrap_or(0)
            }
            _ => return None,
        };
        self.scroll_to(to);
        Some("")
    }
}

/// Asks for the text where there is none of what the tree shows now.
pub(super) fn ask(model: &mut Model) -> Option<Effect> {
    let judged = Arc::clone(model.tree.judgement()?);
    // The width of the file, where the window is not narrower.
    let width = usize::from(model.size.width).min(report::WIDTH);
    let of = Of { judged, filter: in_force(model), width };
    let paper = &mut model.paper;
    if paper.of.as_ref().is_some_and(|known| known.is(&of)) {
        return None;
    }
    (paper.of, paper.is_made) = (Some(of.clone()), true);
    Some(paper.give(What::Make(of)))
}

impl Paper {
    fn give(&mut self, what: What) -> Effect {
        self.ticket += 1;
        Effect::Paper(Papering { ticket: self.ticket, what })
    }
}

/// Takes in the text, or what was found in it.
pub(super) fn answered(model: &mut Model, papered: Papered) -> Vec<Effect> {
    let paper = &mut model.paper;
    if papered.ticket != paper.ticket {
        return Vec::new();
    }
    match papered.what {
        Made::Sheet(sheet) => {
            (paper.sheet, paper.is_made) = (sheet, false);
            paper.wrong.clear();
            paper.scroll_to(paper.top);
            // What was looked for is looked for in this text too.
            paper.look().into_iter().collect()
        }
        Made::Found(find) => {
            paper.found(find);
            Vec::new()
        }
        Made::Wrong(words) => {
            (paper.wrong, paper.is_made) = (words, false);
            Vec::new()
        }
    }
}

/// Does what a key says on the report; `None` if it is for all views alike.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Find {
        model.paper.begin();
        return Some(Vec::new());
    }
    let words = model.paper.go(action)?;
    model.note = words.to_owned();
    Some(Vec::new())
}

/// A key while something to look for is typed.
pub(super) fn typing(model: &mut Model, key: Key) -> Vec<Effect> {
    model.paper.typed(|field| field.typed(key)).into_iter().collect()
}

/// Text is pasted into what is typed.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let pasted = |field: &mut super::field::Field| match field.paste(text) {
        true => super::field::Typed::Changed,
        false => super::field::Typed::Same,
    };
    model.paper.typed(pasted).into_iter().collect()
}

/// The whole text, for the print mode and the pager.
pub(super) fn text(model: &Model) -> String {
    model.paper.sheet.text.clone()
}

#[cfg(test)]
mod tests;
