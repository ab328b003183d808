//! The line in which a note is typed, above the screen that it is about.

use crate::base::text::{escape, width};
use crate::review::journal::MOST_NOTE;
use crate::tui::canvas::Canvas;
use crate::tui::field::Field;
use crate::tui::keys::{Action, Key, Screen};
use crate::tui::layer::{Layer, Step};
use crate::tui::model::Model;
use crate::tui::palette::Command;
use crate::tui::theme::Role;
use crossterm::event::KeyCode;
use ratatui::layout::Position;
use ratatui::style::Style;

/// A note being typed.
#[derive(Debug)]
pub struct NoteLayer {
    path: String,
    field: Field,
}

impl NoteLayer {
    /// For a path.
    pub fn new(path: String) -> Self {
        Self { path, field: Field::default() }
    }
}

impl Layer for NoteLayer {
    fn screen(&self) -> Screen {
        Screen::Palette
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn key(&mut self, key: Key, _action: Option<Action>, _model: &Model) -> Step {
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Step::Close,
            (KeyCode::Enter, _) => {
                let text: String = self.field.text().trim().chars().take(MOST_NOTE).collect();
                return match text.is_empty() {
                    true => Step::Close,
                    false => Step::Command(Command::Note(self.path.clone(), text), String::new()),
                };
            }
            _ => {
                self.field.key(key);
            }
        }
        Step::Stay
    }

    fn paste(&mut self, text: &str, _model: &Model) {
        self.field.paste(text);
    }

    fn draw(&self, model: &Model, canvas: &mut Canvas<'_>) {
        crate::tui::view::beneath(model, canvas);
        let area = canvas.area();
        let y = area.height.saturating_sub(2);
        canvas.blank(y);
        canvas.blank(y + 1);
        let x = canvas.put(0, y, " note> ", area.width, canvas.style(Role::Heading));
        let text = self.field.text();
        let before = width(&escape(&text[..self.field.place()]));
        let room = usize::from(area.width.saturating_sub(x + 1)).max(1);
        let skip = before.saturating_sub(room);
        let shown = crate::tui::tree::cells::slice(&escape(text), skip, room + 1);
        canvas.put(x, y, &shown, area.width.saturating_sub(x), Style::default());
        canvas.cursor = Some(Position::new((x + (before - skip) as u16).min(area.width.saturating_sub(1)), y));
        canvas.put(0, y + 1, "Enter keep  Esc leave it", area.width, Style::default());
    }
}
