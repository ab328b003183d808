//! Looking for something in the text of a report.

use super::{Paper, Sheet, What};
use crate::base::cancel::Cancel;
use crate::tui::field::{Field, Typed};
use crate::tui::message::Effect;

/// How many lines go by between two looks at the cancellation.
const STRIDE: usize = 4096;

/// What is looked for, and where it stands.
#[derive(Clone, Debug, Default)]
pub struct Find {
    pub text: String,
    /// The lines that have it, in order.
    pub lines: Vec<usize>,
    /// The place among them that was gone to last.
    pub at: Option<usize>,
}

/// A text to look for is being typed.
#[derive(Debug, Default)]
pub struct Typing {
    pub field: Field,
    before: Option<Find>,
    top: usize,
}

impl Find {
    /// Looks for a text; `None` when cancelled.
    pub fn new(sheet: &Sheet, text: String, cancel: &Cancel) -> Option<Self> {
        let mut lines = Vec::new();
        for at in 0..sheet.count() {
            if at % STRIDE == 0 && cancel.is_cancelled() {
                return None;
            }
            if places(sheet.line(at), &text).next().is_some() {
                lines.push(at);
            }
        }
        Some(Self { text, lines, at: None })
    }
}

/// Where a line has a text, in bytes. Small letters stand for large ones too, as long as no large one is typed.
pub fn places<'a>(line: &'a str, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
    let is_exact = text.chars().any(char::is_uppercase);
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = line.get(from..).filter(|_| !text.is_empty())?;
        let found = match is_exact {
            true => rest.find(text).map(|at| (at, text.len())),
            false => rest.char_indices().find_map(|(at, _)| Some((at, loosely(rest.get(at..)?, text)?))),
        };
        let (at, len) = found?;
        let place = (from + at, from + at + len);
        from = place.1;
        Some(place)
    })
}

/// How many bytes of a line stand for a text that is written small, at the line's beginning.
fn loosely(line: &str, text: &str) -> Option<usize> {
    let mut ahead = line.char_indices();
    for wanted in text.chars() {
        let (_, c) = ahead.next()?;
        if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(ahead.next().map_or(line.len(), |(at, _)| at))
}

impl Paper {
    /// Whether something to look for is being typed.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// Begins to type what is looked for.
    pub(super) fn begin(&mut self) {
        let field = Field::new(self.find.as_ref().map_or("", |find| find.text.as_str()));
        self.typing = Some(Typing { field, before: self.find.clone(), top: self.top });
    }

    /// Gives a key's effect on what is typed; what is to be looked for then.
    pub(super) fn typed(&mut self, change: impl FnOnce(&mut Field) -> Typed) -> Option<Effect> {
        let mut typing = self.typing.take()?;
        match change(&mut typing.field) {
            Typed::Left => {
                let Typing { before, top, .. } = typing;
                self.find = before;
                self.scroll_to(top);
                // An answer that is under way is of what is typed no longer; a text that is made stays awaited.
                self.ticket += u64::from(!self.is_made);
                None
            }
            Typed::Entered => None,
            Typed::Same => {
                self.typing = Some(typing);
                None
            }
            Typed::Changed => {
                let text = typing.field.text().to_owned();
                self.typing = Some(typing);
                self.find = (!text.is_empty()).then(|| Find { text, ..Find::default() });
                self.look()
            }
        }
    }

    /// What is to be looked for in the text that is there; while another is made, that is waited for.
    pub(super) fn look(&mut self) -> Option<Effect> {
        let text = self.find.as_ref().filter(|_| !self.is_made)?.text.clone();
        let sheet = std::sync::Arc::clone(&self.sheet);
        Some(self.give(What::Find(sheet, text)))
    }

    /// Takes in what was found: the first from what was in view on is shown.
    pub(super) fn found(&mut self, mut find: Find) {
        let top = self.typing.as_ref().map_or(self.top, |typing| typing.top);
        let next = find.lines.partition_point(|line| *line < top);
        find.at = (!find.lines.is_empty()).then_some(if next < find.lines.len() { next } else { 0 });
        if let Some(line) = find.at.and_then(|at| find.lines.get(at)) {
            self.show(*line);
        }
        self.find = Some(find);
    }

    /// Goes to the next place, or the one before; words where it starts over.
    pub(super) fn walk(&mut self, forward: bool) -> &'static str {
        let Some(find) = self.find.as_mut() else { return "" };
        let count = find.lines.len();
        if count == 0 {
            return "nothing to go to";
        }
        let at = find.at.unwrap_or(0);
        let next = if forward { (at + 1) % count } else { (at + count - 1) % count };
        find.at = Some(next);
        let line = find.lines.get(next).copied().unwrap_or(0);
        self.show(line);
        match (forward, next <= at, next >= at) {
            (true, true, _) => "wrapped to the first",
            (false, _, true) => "wrapped to the last",
            _ => "",
        }
    }

    /// Looks for nothing any more; `false` if it did not.
    pub fn end_find(&mut self) -> bool {
        self.find.take().is_some()
    }
}
