//! A line of text being typed.

use super::canvas::Canvas;
use super::keys::Key;
use super::tree::cells::slice;
use crate::base::text::{escape, width};
use crossterm::event::KeyCode;
use ratatui::layout::Position;
use ratatui::style::Style;
use tui_input::{Input, InputRequest};

/// The longest text that a field takes, in characters: a paste is cut there.
const LONGEST: usize = 4096;

/// What came of a key in a line that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// The line is left.
    Left,
    /// The line is what is wanted.
    Entered,
    /// The text is another.
    Changed,
    /// The text is the same.
    Same,
}

/// A text field: the text and the place in it.
#[derive(Clone, Debug, Default)]
pub struct Field(Input);

impl Field {
    /// A field that holds a text, with the place at its end.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Input::new(text.into()))
    }

    /// The text, raw.
    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// The place, in bytes of the text.
    pub fn place(&self) -> usize {
        let text = self.text();
        text.char_indices().nth(self.0.cursor()).map_or(text.len(), |(at, _)| at)
    }

    /// Gives a key its effect; `None` if it is not a key of a field, else whether the text changed.
    pub fn key(&mut self, key: Key) -> Option<bool> {
        let request = match (key.code, key.ctrl) {
            (KeyCode::Char(_), false) if self.text().chars().count() >= LONGEST => return Some(false),
            (KeyCode::Char(c), false) => InputRequest::InsertChar(c),
            (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => InputRequest::DeletePrevChar,
            (KeyCode::Delete, false) => InputRequest::DeleteNextChar,
            (KeyCode::Left, false) => InputRequest::GoToPrevChar,
            (KeyCode::Right, false) => InputRequest::GoToNextChar,
            (KeyCode::Home, false) => InputRequest::GoToStart,
            (KeyCode::End, false) => InputRequest::GoToEnd,
            (KeyCode::Char('u'), true) => InputRequest::DeleteLine,
            (KeyCode::Char('w'), true) => InputRequest::DeletePrevWord,
            _ => return None,
        };
        Some(self.0.handle(request).is_some_and(|changed| changed.value))
    }

    /// Gives a key its effect in a line that Enter ends and Esc leaves.
    pub fn typed(&mut self, key: Key) -> Typed {
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => Typed::Left,
            (KeyCode::Enter, _) => Typed::Entered,
            _ if self.key(key) == Some(true) => Typed::Changed,
            _ => Typed::Same,
        }
    }

    /// Draws it on a line, with the terminal's cursor at its place, which is always seen; the column after it.
    pub fn draw(&self, x: u16, y: u16, cells: u16, canvas: &mut Canvas<'_>) -> u16 {
        let before = width(&escape(self.text().get(..self.place()).unwrap_or_default()));
        let room = usize::from(cells.saturating_sub(1)).max(1);
        let skip = before.saturating_sub(room);
        let end = canvas.put(x, y, &slice(&escape(self.text()), skip, room + 1), cells, Style::default());
        let place = x.saturating_add(u16::try_from(before - skip).unwrap_or(u16::MAX));
        canvas.cursor = Some(Position::new(place.min(canvas.area().width.saturating_sub(1)), y));
        end
    }

    /// Puts text in at the place; line ends become spaces, so that a paste never runs anything.
    pub fn paste(&mut self, text: &str) -> bool {
        let room = LONGEST.saturating_sub(self.text().chars().count());
        for c in text.chars().take(room) {
            let c = if c.is_control() { ' ' } else { c };
            self.0.handle(InputRequest::InsertChar(c));
        }
        room > 0 && !text.is_empty()
    }

    /// Replaces a part of the text, in bytes, and puts the place after it: what completion does.
    pub fn replace(&mut self, part: std::ops::Range<usize>, with: &str) {
        let text = self.text();
        let (Some(head), Some(tail)) = (text.get(..part.start), text.get(part.end..)) else { return };
        let place = head.chars().count() + with.chars().count();
        self.0 = Input::new(format!("{head}{with}{tail}")).with_cursor(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::keys;

    #[test]
    fn a_field_is_edited_like_a_shell_line() {
        let mut field = Field::new("one");
        for key in keys(" two<c-w>2<home>x<del>") {
            field.key(key);
        }
        assert_eq!((field.text(), field.place()), ("xne 2", 1));
        assert!(field.paste("a\nb"));
        assert_eq!(field.text(), "xa bne 2");
        field.replace(0..4, "é");
        assert_eq!((field.text(), field.place()), ("éne 2", 2));
        assert_eq!(field.key(keys("<enter>")[0]), None);
    }
}
