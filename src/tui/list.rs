//! Lists: which line is selected and what is in view, and lists that are searched by typing.

use super::canvas::Canvas;
use super::field::Field;
use super::keys::{Action, Key};
use super::theme::Role;
use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The selected line of a list, and what is in view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines {
    at: usize,
    top: usize,
    height: usize,
}

impl Lines {
    /// The selected line.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first line in view.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Gives the list so many lines of the window.
    pub fn resize(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
        self.show();
    }

    /// Selects a line of so many.
    pub fn select(&mut self, at: usize, count: usize) {
        self.at = at.min(count.saturating_sub(1));
        self.show();
    }

    /// Does what a key says in a list of so many lines, if it is a movement; `false` if it is none.
    pub fn act(&mut self, action: Action, count: usize) -> bool {
        let page = self.height.saturating_sub(1).max(1);
        let to = match action {
            Action::Down | Action::NextStop | Action::NextDifference => self.at.saturating_add(1),
            Action::Up | Action::PreviousStop | Action::PreviousDifference => self.at.saturating_sub(1),
            Action::PageDown => self.at.saturating_add(page),
            Action::PageUp => self.at.saturating_sub(page),
            Action::HalfDown => self.at.saturating_add(page.div_ceil(2)),
            Action::HalfUp => self.at.saturating_sub(page.div_ceil(2)),
            Action::First => 0,
            Action::Last => usize::MAX,
            _ => return false,
        };
        self.select(to, count);
        true
    }

    fn show(&mut self) {
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(self.height.max(1)));
    }
}

/// Marks a line as the selected one.
pub fn mark(canvas: &mut Canvas<'_>, y: u16) {
    canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
    canvas.restyle(Rect::new(0, y, canvas.area().width, 1), canvas.style(Role::Selection));
}

/// What a key did to a list that is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Did {
    /// Another text is typed: the list is to be searched.
    Typed,
    /// Another line is selected, or nothing happened.
    Moved,
}

/// A list that is searched by typing: the text, and which of its items match, by their places.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What is typed.
    pub field: Field,
    found: Vec<usize>,
    lines: Lines,
}

impl Search {
    /// A list of so many items with nothing typed.
    pub fn of(count: usize) -> Self {
        Self { found: (0..count).collect(), ..Self::default() }
    }

    /// The places of the items that match, in the order in which they are listed.
    pub fn found(&self) -> &[usize] {
        &self.found
    }

    /// The selected line of those that match.
    pub fn line(&self) -> usize {
        self.lines.at()
    }

    /// The place of the selected item.
    pub fn selected(&self) -> Option<usize> {
        self.found.get(self.lines.at()).copied()
    }

    /// Lists what matches; the first is selected.
    pub fn list(&mut self, found: Vec<usize>) {
        self.found = found;
        self.lines.select(0, self.found.len());
    }

    /// Gives the list so many lines of the window.
    pub fn resize(&mut self, height: u16) {
        self.lines.resize(height);
    }

    /// Takes a key that neither leaves nor runs anything.
    pub fn key(&mut self, key: Key) -> Did {
        let is_empty = self.field.text().is_empty();
        let action = match key.code {
            KeyCode::Down => Some(Action::Down),
            KeyCode::Up => Some(Action::Up),
            KeyCode::PageDown => Some(Action::PageDown),
            KeyCode::PageUp => Some(Action::PageUp),
            // In a text they lead to its ends.
            KeyCode::Home if is_empty => Some(Action::First),
            KeyCode::End if is_empty => Some(Action::Last),
            _ => None,
        };
        match action {
            Some(action) => {
                self.lines.act(action, self.found.len());
                Did::Moved
            }
            None if self.field.key(key) == Some(true) => Did::Typed,
            None => Did::Moved,
        }
    }

    /// The first of so many rows to draw so that the selected one, which stands at `row`, is in view.
    pub fn top(row: usize, rows: usize, room: usize) -> usize {
        (row + 1).saturating_sub(room.max(1)).min(rows.saturating_sub(room))
    }

    /// Draws the text with the cursor in it, from a column on; the column after it.
    pub fn draw_field(&self, x: u16, cells: u16, canvas: &mut Canvas<'_>) -> u16 {
        self.field.draw(x, 0, cells, canvas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::keys;

    #[test]
    fn the_selection_stays_in_the_list_and_in_view() {
        let mut lines = Lines::default();
        lines.resize(4);
        for (action, at, top) in [
            (Action::Up, 0, 0),
            (Action::PageDown, 3, 0),
            (Action::Down, 4, 1),
            (Action::Last, 9, 6),
            (Action::PageDown, 9, 6),
            (Action::HalfUp, 7, 6),
            (Action::PageUp, 4, 4),
            (Action::First, 0, 0),
        ] {
            assert!(lines.act(action, 10));
            assert_eq!((lines.at(), lines.top()), (at, top), "{action:?}");
        }
        assert!(!lines.act(Action::Copy, 10));
        lines.select(7, 3);
        assert_eq!(lines.at(), 2);
        assert!(lines.act(Action::Last, 0) && lines.at() == 0, "an empty list has nothing to select");
    }

    #[test]
    fn typing_searches_and_arrows_move() {
        let mut search = Search::of(5);
        search.resize(3);
        let press = |search: &mut Search, text| keys(text).into_iter().map(|key| search.key(key)).last();
        assert_eq!(press(&mut search, "<down><down>"), Some(Did::Moved));
        assert_eq!(search.selected(), Some(2));
        assert_eq!(press(&mut search, "<end>"), Some(Did::Moved));
        assert_eq!(search.selected(), Some(4));
        assert_eq!(press(&mut search, "x"), Some(Did::Typed));
        search.list(vec![3, 1]);
        assert_eq!((search.line(), search.selected()), (0, Some(3)));
        assert_eq!(press(&mut search, "<home>y"), Some(Did::Typed));
        assert_eq!(search.field.text(), "yx", "Home leads to the beginning of what is typed");
    }
}
