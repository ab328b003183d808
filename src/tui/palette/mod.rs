//! Commands by name: `:` finds every command by words in any order and shows its key. Forms that take a text are typed
//! as in vim: `:go os.sysctl`, `:filter area:dns`, `:theme mono`, `:120`, `:q`.

mod command;

pub use command::{Command, run, without_keys};

use super::canvas::Canvas;
use super::field::Field;
use super::keys::{Action, Key, Screen};
use super::layer::{Layer, Step};
use super::list::{self, Did, Search};
use super::message::Message;
use super::model::Model;
use super::theme::Role;
use crate::base::text::escape;
use command::Item;
use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The palette.
#[derive(Debug)]
pub struct Palette {
    items: Vec<Item>,
    /// What matches is listed with the best first.
    search: Search,
    wrong: String,
    /// Whether what was typed is being done, and may come to nothing.
    waits: bool,
}

impl Palette {
    /// The commands of the screen beneath.
    pub fn new(beneath: Screen) -> Self {
        Self::with(beneath, &[])
    }

    /// As [`Palette::new`], with the beginning of a command typed.
    pub fn typed(beneath: Screen, text: &str) -> Self {
        let mut palette = Self::new(beneath);
        palette.search.field = Field::new(text);
        palette.search();
        palette
    }

    /// As [`Palette::typed`], while what was typed is being done: it stays until that has worked.
    pub fn waiting(beneath: Screen, text: &str) -> Self {
        let mut palette = Self::typed(beneath, text);
        (palette.waits, palette.wrong) = (true, "reading ..".to_owned());
        palette
    }

    /// As [`Palette::new`], with the snapshots that were captured and are not kept yet, by place and label.
    pub fn with(beneath: Screen, captured: &[(usize, String)]) -> Self {
        let items = command::items(beneath, captured);
        Self { search: Search::of(items.len()), items, wrong: String::new(), waits: false }
    }

    fn search(&mut self) {
        self.wrong.clear();
        self.waits = false;
        let mut found: Vec<(i64, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| Some((item.score(self.search.field.text())?, at)))
            .collect();
        found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.search.list(found.into_iter().map(|(_, at)| at).collect());
    }

    /// Runs what was typed, if it is a form with a text, else the selected command.
    fn enter(&mut self, model: &Model) -> Step {
        let text = self.search.field.text().trim().to_owned();
        let typed = match command::parse(&text, model) {
            Some(Ok(command)) => Some(command),
            Some(Err(words)) => {
                self.wrong = words;
                return Step::Stay;
            }
            None => None,
        };
        let selected = self.search.selected().and_then(|at| self.items.get(at));
        match (typed, selected) {
            (Some(command), _) => Step::Command(command, text),
            (None, Some(item)) => match &item.command {
                Some(command) => Step::Command(command.clone(), text),
                None => {
                    // It wants a text: the beginning is put in.
                    self.search.field = Field::new(format!("{} ", item.name));
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
        let at = model.commands.iter().rposition(|known| known == self.search.field.text());
        let older = at.unwrap_or(model.commands.len()).checked_sub(1);
        if let Some(text) = older.and_then(|i| model.commands.get(i)) {
            self.search.field = Field::new(text.clone());
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
        self.search.resize(model.size.height.saturating_sub(4));
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Step::Close,
            (KeyCode::Backspace, _) if self.search.field.text().is_empty() => return Step::Close,
            (KeyCode::Enter, _) => return self.enter(model),
            (KeyCode::Up, _) if self.search.line() == 0 => self.recall(model),
            (KeyCode::Tab, _) => {
                if let Some(item) = self.search.selected().and_then(|at| self.items.get(at)) {
                    let space = if item.command.is_none() { " " } else { "" };
                    self.search.field = Field::new(format!("{}{space}", item.name));
                    self.search();
                }
            }
            _ => {
                if self.search.key(key) == Did::Typed {
                    self.search();
                }
            }
        }
        Step::Stay
    }

    fn paste(&mut self, text: &str, _model: &Model) {
        if self.search.field.paste(text) {
            self.search();
        }
    }

    fn receive(&mut self, message: &Message, _model: &Model) -> Step {
        match message {
            Message::Loaded(_, outcome) if self.waits => match outcome {
                Ok(_) => return Step::Close,
                Err(words) => (self.waits, self.wrong) = (false, escape(words).into_owned()),
            },
            _ => {}
        }
        Step::Stay
    }

    fn draw(&self, _model: &Model, canvas: &mut Canvas<'_>) {
        let Rect { width: cells, height, .. } = canvas.area();
        let count = format!("{} of {} commands", self.search.found().len(), self.items.len());
        canvas.put_both(0, "", &count, Style::default());
        let x = canvas.put(0, 0, " : ", 3, canvas.style(Role::Title));
        self.search.draw_field(x, cells.saturating_sub(x + 22), canvas);
        canvas.rule(1, "");
        let body = usize::from(height.saturating_sub(4));
        let top = Search::top(self.search.line(), self.search.found().len(), body);
        let names = self.items.iter().map(|item| item.name.len() + item.takes.len() + 1).max().unwrap_or(0) as u16;
        let names = names.min(cells / 2);
        let rows = (2..height.saturating_sub(2)).zip(self.search.found().iter().enumerate().skip(top));
        for (y, (place, at)) in rows {
            let Some(item) = self.items.get(*at) else { continue };
            canvas.put(3, y, &format!("{} {}", item.name, item.takes), names, Style::default());
            canvas.put(names + 5, y, &item.key, 9, canvas.style(Role::Heading));
            canvas.put(names + 15, y, item.words, cells.saturating_sub(names + 15), Style::default());
            if place == self.search.line() {
                list::mark(canvas, y);
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
