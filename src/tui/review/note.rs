//! The line in which a note is typed, above the screen that it is about.

use crate::review::journal::MOST_NOTE;
use crate::tui::canvas::Canvas;
use crate::tui::field::{Field, Typed};
use crate::tui::keys::{Action, Key, Screen};
use crate::tui::layer::{Layer, Step};
use crate::tui::model::Model;
use crate::tui::palette::Command;
use crate::tui::theme::Role;
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
        match self.field.typed(key) {
            Typed::Left => Step::Close,
            Typed::Entered => {
                let text: String = self.field.text().trim().chars().take(MOST_NOTE).collect();
                match text.is_empty() {
                    true => Step::Close,
                    false => Step::Command(Command::Note(self.path.clone(), text), String::new()),
                }
            }
            Typed::Changed | Typed::Same => Step::Stay,
        }
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
        self.field.draw(x, y, area.width.saturating_sub(x), canvas);
        canvas.put(0, y + 1, "Enter keep  Esc leave it", area.width, Style::default());
    }
}
