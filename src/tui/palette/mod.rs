//! Commands by name: `:` finds every command by words in any order and shows its key. Forms that take a text are typed
//! as in vim: `:go os.sysctl`, `:filter area:dns`, `:theme mono`, `:120`, `:q`.

mod command;

pub use command::{Command, run, without_keys};

use super::canvas::Canvas;
use super::field::Field;
use super::keys::{Action, Key, Screen};
use super::layer::{Layer, Step};
use super::model::Model;
use super::theme::Role;
use command::Item;
use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// The palette.
#[derive(Debug)]
pub struct Palette {
    items: Vec<Item>,
    /// Indices of the items that match what is typed, best first.
    shown: Vec<usize>,
    field: Field,
    cursor: usize,
    wrong: String,
}

impl Palette {
    /// The commands of the screen beneath.
    pub fn new(beneath: Screen) -> Self {
        Self::with(beneath, &[])
    }

    /// As [`Palette::new`], with the beginning of a command typed.
    pub fn typed(beneath: Screen, text: &str) -> Self {
        let mut palette = Self::new(beneath);
        palette.field = Field::new(text);
        palette.search();
        palette
    }

    /// As [`Palette::new`], with the snapshots that were captured and are not kept yet, by place and label.
    pub fn with(beneath: Screen, captured: &[(usize, String)]) -> Self {
        let items = command::items(beneath, captured);
        let shown = (0..items.len()).collect();
        Self { items, shown, field: Field::default(), cursor: 0, wrong: String::new() }
    }

    fn search(&mut self) {
        self.wrong.clear();
        self.cursor = 0;
        let mut found: Vec<(i64, usize)> =
            self.items.iter().enumerate().filter_map(|(at, item)| Some((item.score(self.field.text())?, at))).collect();
        found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.shown = found.into_iter().map(|(_, at)| at).collect();
    }

    /// Runs what was typed, if it is a form with a text, else the selected command.
    fn enter(&mut self, model: &Model) -> Step {
        let text = self.field.text().trim().to_owned();
        let typed = match command::parse(&text, model) {
            Some(Ok(command)) => Some(command),
            Some(Err(words)) => {
                self.wrong = words;
                return Step::Stay;
            }
            None => None,
        };
        let selected = self.shown.get(self.cursor).and_then(|at| self.items.get(*at));
        match (typed, selected) {
            (Some(command), _) => Step::Command(command, text),
            (None, Some(item)) => match &item.command {
                Some(command) => Step::Command(command.clone(), text),
                None => {
                    // It wants a text: the beginning is put in.
                    self.field = Field::new(format!("{} ", item.name));
                    self.search();
                    Step::Stay
                }
            },
            (None, None) => {
                self.wrong = match command::nearest(&self.items, &text) {
                    Some(name) => format!("no command is called so; the nearest is: {name}"),
                    None => "no command is called so".to_owned(),
                };
                Step::Stay
            }
        }
    }

    /// Goes through what was typed before.
    fn recall(&mut self, model: &Model) {
        let at = model.commands.iter().rposition(|known| known == self.field.text());
        let older = at.unwrap_or(model.commands.len()).checked_sub(1);
        if let Some(text) = older.and_then(|i| model.commands.get(i)) {
            self.field = Field::new(text.clone());
            self.search();
        }
    }
}

impl Layer for Palette {
    fn screen(&self) -> Screen {
        Screen::Palette
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn key(&mut self, key: Key, _action: Option<Action>, model: &Model) -> Step {
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Step::Close,
            (KeyCode::Backspace, _) if self.field.text().is_empty() => return Step::Close,
            (KeyCode::Enter, _) => return self.enter(model),
            (KeyCode::Down, _) => self.cursor = (self.cursor + 1).min(self.shown.len().saturating_sub(1)),
            (KeyCode::Up, _) if self.cursor == 0 => self.recall(model),
            (KeyCode::Up, _) => self.cursor -= 1,
            (KeyCode::Tab, _) => {
                if let Some(item) = self.shown.get(self.cursor).and_then(|at| self.items.get(*at)) {
                    let space = if item.command.is_none() { " " } else { "" };
                    self.field = Field::new(format!("{}{space}", item.name));
                    self.search();
                }
            }
            _ => {
                if self.field.key(key) == Some(true) {
                    self.search();
                }
            }
        }
        Step::Stay
    }

    fn paste(&mut self, text: &str, _model: &Model) {
        if self.field.paste(text) {
            self.search();
        }
    }

    fn draw(&self, _model: &Model, canvas: &mut Canvas<'_>) {
        let Rect { width: cells, height, .. } = canvas.area();
        let typed = crate::base::text::escape(self.field.text());
        let before = crate::base::text::escape(&self.field.text()[..self.field.place()]).into_owned();
        canvas.put_both(0, "", &format!("{} of {} commands", self.shown.len(), self.items.len()), Style::default());
        let x = canvas.put(0, 0, " : ", 3, canvas.style(Role::Title));
        canvas.put(x, 0, &typed, cells.saturating_sub(x + 22), Style::default());
        let place = x.saturating_add(crate::base::text::width(&before) as u16);
        canvas.cursor = Some(Position::new(place.min(cells.saturating_sub(1)), 0));
        canvas.rule(1, "");
        let body = usize::from(height.saturating_sub(4));
        let top = (self.cursor + 1).saturating_sub(body.max(1));
        let names = self.items.iter().map(|item| item.name.len() + item.takes.len() + 1).max().unwrap_or(0) as u16;
        let names = names.min(cells / 2);
        let rows = (2..height.saturating_sub(2)).zip(self.shown.iter().enumerate().skip(top));
        for (y, (place, at)) in rows {
            let Some(item) = self.items.get(*at) else { continue };
            canvas.put(3, y, &format!("{} {}", item.name, item.takes), names, Style::default());
            canvas.put(names + 5, y, &item.key, 9, canvas.style(Role::Heading));
            canvas.put(names + 15, y, item.words, cells.saturating_sub(names + 15), Style::default());
            if place == self.cursor {
                canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
                canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
            }
        }
        let style = canvas.style(Role::Error);
        canvas.put(1, height.saturating_sub(2), &self.wrong, cells.saturating_sub(1), style);
        let hints = "Tab complete  Enter run  Esc close  Up history";
        canvas.put(0, height.saturating_sub(1), hints, cells, Style::default());
    }
}

#[cfg(test)]
mod tests;
