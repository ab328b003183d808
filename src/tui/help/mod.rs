//! The keys of a screen, the signs and the filter fields: made from the tables that run, so it is never out of date.
//! Typing filters at once.

mod document;

pub use document::document;

use super::canvas::Canvas;
use super::field::Field;
use super::keys::{Action, BINDINGS, Binding, Group, Key, Screen};
use super::layer::{Layer, Step};
use super::message::Message;
use super::model::Model;
use super::theme::Role;
use crate::base::text::width;
use crate::filter::FIELDS;
use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

/// The signs of a row, left to right.
const SIGNS: [(&str, &str); 15] = [
    ("=", "same on all sides"),
    ("~", "changed"),
    ("<", "only on the left side"),
    (">", "only on the right side"),
    ("?", "unknown: on some side it could not be read, was not collected (no stop) or is hidden"),
    ("r", "redacted: hidden at capture"),
    ("v", "volatile: moves by itself, not counted"),
    ("t", "the type differs: \"8\" against 8"),
    ("o", "the same elements in another order"),
    ("a", "accepted by somebody, with a reason and an end; counted in the title"),
    ("p", "the policy says that it must not be so"),
    ("g", "ignored: the policy says that it does not matter; left out, and counted in the title (t g)"),
    ("{ }", "around what differs within a line"),
    ("..", "cut here"),
    ("(absent)", "known not to be there; an empty text is \"\""),
];

/// What is good to know of the terminal.
const TERMINAL: [(&str, &str); 6] = [
    ("copy", "y hands text to tmux, the desktop or the terminal (OSC 52), which never answers; last-copy has it too"),
    ("mouse", "m takes clicks and drags; the terminal still selects text with Shift (Option, Fn)"),
    ("slow", ":slow draws less; lines of 9,600 bits and terminals that hold frames up are found out"),
    ("print", "P leaves the screen and prints plain text, for the terminal's own selection"),
    ("glyphs", ":glyphs ascii if lines or arrows look wrong"),
    ("report", ":diag prints what to tell of a rendering problem; it holds no values"),
];

/// A line of help.
#[derive(Clone, Debug)]
struct Entry {
    heading: &'static str,
    left: String,
    right: String,
    /// What Enter does.
    action: Option<Action>,
}

/// The list of keys.
#[derive(Debug)]
pub struct Help {
    beneath: Screen,
    entries: Vec<Entry>,
    /// Indices of the entries that match what is typed.
    shown: Vec<usize>,
    field: Field,
    cursor: usize,
    size: Size,
}

impl Help {
    /// Help for the screen beneath.
    pub fn new(beneath: Screen) -> Self {
        let mut entries: Vec<Entry> = Group::ALL
            .into_iter()
            .flat_map(|group| BINDINGS.iter().filter(move |b| b.group == group && b.holds_on(beneath)))
            // The palette needs a comparison.
            .filter(|b| beneath != Screen::Picker || b.action != Action::Commands)
            .map(of_binding)
            .collect();
        let of = |heading, rows: &[(&str, &str)]| -> Vec<Entry> {
            let entry = |(left, right): &(&str, &str)| Entry {
                heading,
                left: (*left).to_owned(),
                right: (*right).to_owned(),
                action: None,
            };
            rows.iter().map(entry).collect()
        };
        entries.extend(of("Signs", &SIGNS));
        entries.extend(FIELDS.iter().map(|(_, name, takes, example)| Entry {
            heading: "Filter fields",
            left: format!("{name}:"),
            right: format!("{takes}   {example}"),
            action: None,
        }));
        entries.extend(crate::filter::saved::BUILT_IN.iter().map(|(name, text, about)| Entry {
            heading: "Saved filters",
            left: format!("@{name}"),
            right: format!("{about}   {text}"),
            action: None,
        }));
        entries.extend(of("Terminal", &TERMINAL));
        let shown = (0..entries.len()).collect();
        Self { beneath, entries, shown, field: Field::default(), cursor: 0, size: Size::new(80, 24) }
    }

    fn search(&mut self) {
        let words: Vec<String> = self.field.text().split_whitespace().map(str::to_lowercase).collect();
        let holds = |entry: &Entry| {
            let text = format!("{} {} {}", entry.heading, entry.left, entry.right);
            let lower = text.to_lowercase();
            // A key is asked for as it is written: `n` is not `N`.
            let is_key = |word: &str| entry.left.split_whitespace().any(|key| key == word);
            let typed = self.field.text().split_whitespace();
            words.iter().zip(typed).all(|(word, raw)| is_key(raw) || (word.chars().count() > 1 && lower.contains(word)))
        };
        let found = self.entries.iter().enumerate().filter(|(_, entry)| words.is_empty() || holds(entry));
        self.shown = found.map(|(at, _)| at).collect();
        self.cursor = 0;
    }

    fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.shown.len().saturating_sub(1));
    }

    fn page(&self) -> isize {
        isize::from(i16::try_from(self.size.height.saturating_sub(4)).unwrap_or(i16::MAX)).max(1)
    }

    /// The rows of the list: an entry's place in `shown`, or a heading above it.
    fn rows(&self) -> Vec<Result<usize, &'static str>> {
        let mut rows = Vec::new();
        let mut heading = "";
        for (place, at) in self.shown.iter().enumerate() {
            let Some(entry) = self.entries.get(*at) else { continue };
            if entry.heading != heading {
                heading = entry.heading;
                rows.push(Err(heading));
            }
            rows.push(Ok(place));
        }
        rows
    }
}

fn of_binding(binding: &Binding) -> Entry {
    let keys: Vec<String> = binding.pressed().map(|key| key.to_string()).collect();
    Entry {
        heading: binding.group.words(),
        left: keys.join(" "),
        right: binding.words.to_owned(),
        action: Some(binding.action),
    }
}

impl Layer for Help {
    fn screen(&self) -> Screen {
        Screen::Help
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn key(&mut self, key: Key, _action: Option<Action>, model: &Model) -> Step {
        self.size = model.size;
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Step::Close,
            (KeyCode::Char('q'), false) if self.field.text().is_empty() => return Step::Close,
            (KeyCode::Enter, _) => {
                let entry = self.shown.get(self.cursor).and_then(|at| self.entries.get(*at));
                if let Some(action) = entry.and_then(|e| e.action).filter(|a| *a != Action::Help) {
                    return Step::CloseAndDo(action);
                }
            }
            (KeyCode::Down, _) => self.step(1),
            (KeyCode::Up, _) => self.step(-1),
            (KeyCode::PageDown, _) => self.step(self.page()),
            (KeyCode::PageUp, _) => self.step(-self.page()),
            (KeyCode::Home, _) => self.step(isize::MIN),
            (KeyCode::End, _) => self.step(isize::MAX),
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

    fn receive(&mut self, message: &Message, _model: &Model) -> Step {
        if let Message::Resize(size) = message {
            self.size = *size;
        }
        Step::Stay
    }

    fn draw(&self, _model: &Model, canvas: &mut Canvas<'_>) {
        let Rect { width: cells, height, .. } = canvas.area();
        let about = match self.beneath {
            Screen::Detail => "the fact in full",
            Screen::Picker => "choosing snapshots",
            Screen::Capture => "the capture",
            Screen::Review => "the review",
            Screen::Matrix => "the matrix",
            Screen::Overview => "the overview",
            _ => "the tree",
        };
        let title = canvas.style(Role::Title);
        let x = canvas.put(1, 0, &format!("help: {about}"), cells.saturating_sub(1), title);
        let typed = crate::base::text::escape(self.field.text());
        let prompt = if typed.is_empty() { "   (type to search)".to_owned() } else { format!("   {typed}") };
        let end = canvas.put(x, 0, &prompt, cells.saturating_sub(x), Style::default());
        canvas.cursor = Some(Position::new(if typed.is_empty() { x + 3 } else { end }.min(cells.saturating_sub(1)), 0));
        canvas.rule(1, "");
        let rows = self.rows();
        let body = usize::from(height.saturating_sub(4));
        let selected = rows.iter().position(|row| *row == Ok(self.cursor)).unwrap_or(0);
        let top = (selected + 1).saturating_sub(body.saturating_sub(1).max(1)).min(rows.len().saturating_sub(body));
        let keys = self.entries.iter().map(|e| width(&e.left)).max().unwrap_or(0).min(20) as u16;
        for (y, row) in (2..height.saturating_sub(2)).zip(rows.iter().skip(top)) {
            match row {
                Err(heading) => {
                    let style = canvas.style(Role::Heading);
                    canvas.put(1, y, heading, cells.saturating_sub(1), style);
                }
                Ok(place) => {
                    let Some(entry) = self.shown.get(*place).and_then(|at| self.entries.get(*at)) else { continue };
                    canvas.put(3, y, &entry.left, keys, Style::default());
                    canvas.put(keys + 5, y, &entry.right, cells.saturating_sub(keys + 5), Style::default());
                    if *place == self.cursor {
                        canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
                        canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
                    }
                }
            }
        }
        let last = (top + body).min(rows.len());
        let place = match rows.len() {
            0 => "nothing matches: Backspace takes back".to_owned(),
            all => format!("lines {} to {last} of {all}", top + 1),
        };
        canvas.put(1, height.saturating_sub(2), &place, cells.saturating_sub(1), Style::default());
        let hints = "Enter does it  Up Down PgUp PgDn  Esc closes";
        canvas.put(0, height.saturating_sub(1), hints, cells, Style::default());
    }
}

#[cfg(test)]
mod tests;
