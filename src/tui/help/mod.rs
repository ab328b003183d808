//! The keys of a screen, the signs and the filter fields: made from the tables that run, so it is never out of date.
//! Typing filters at once.

mod document;

pub use document::document;

use super::canvas::Canvas;
use super::keys::{Action, BINDINGS, Binding, Group, Key, Screen};
use super::layer::{Layer, Step};
use super::list::{self, Did, Search};
use super::model::Model;
use super::theme::Role;
use crate::base::text::width;
use crate::filter::FIELDS;
use crossterm::event::KeyCode;
use ratatui::layout::Rect;
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
    search: Search,
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
        Self { beneath, search: Search::of(entries.len()), entries }
    }

    fn search(&mut self) {
        let words: Vec<String> = self.search.field.text().split_whitespace().map(str::to_lowercase).collect();
        let holds = |entry: &Entry| {
            let text = format!("{} {} {}", entry.heading, entry.left, entry.right);
            let lower = text.to_lowercase();
            // A key is asked for as it is written: `n` is not `N`.
            let is_key = |word: &str| entry.left.split_whitespace().any(|key| key == word);
            let typed = self.search.field.text().split_whitespace();
            words.iter().zip(typed).all(|(word, raw)| is_key(raw) || (word.chars().count() > 1 && lower.contains(word)))
        };
        let found = self.entries.iter().enumerate().filter(|(_, entry)| words.is_empty() || holds(entry));
        let found = found.map(|(at, _)| at).collect();
        self.search.list(found);
    }

    /// The rows of the list: an entry's place among those found, or a heading above it.
    fn rows(&self) -> Vec<Result<usize, &'static str>> {
        let mut rows = Vec::new();
        let mut heading = "";
        for (place, at) in self.search.found().iter().enumerate() {
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
        self.search.resize(model.size.height.saturating_sub(3));
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Step::Close,
            (KeyCode::Char('q'), false) if self.search.field.text().is_empty() => return Step::Close,
            (KeyCode::Enter, _) => {
                let entry = self.search.selected().and_then(|at| self.entries.get(at));
                if let Some(action) = entry.and_then(|e| e.action).filter(|a| *a != Action::Help) {
                    return Step::CloseAndDo(action);
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

    fn draw(&self, _model: &Model, canvas: &mut Canvas<'_>) {
        let Rect { width: cells, height, .. } = canvas.area();
        let about = match self.beneath {
            Screen::Detail => "the fact in full",
            Screen::Picker => "choosing snapshots",
            Screen::Capture => "the capture",
            Screen::Review => "the review",
            Screen::Matrix => "the matrix",
            Screen::Time => "the history",
            Screen::Report => "the report",
            Screen::Risk => "what to read first",
            Screen::Coverage => "the coverage",
            Screen::Overview => "the overview",
            _ => "the tree",
        };
        let title = canvas.style(Role::Title);
        let x = canvas.put(1, 0, &format!("help: {about}"), cells.saturating_sub(1), title);
        if self.search.field.text().is_empty() {
            canvas.put(x + 3, 0, "(type to search)", cells.saturating_sub(x + 3), Style::default());
        }
        self.search.draw_field(x + 3, cells.saturating_sub(x + 3), canvas);
        canvas.rule(1, "");
        let rows = self.rows();
        let body = usize::from(height.saturating_sub(4));
        let selected = rows.iter().position(|row| *row == Ok(self.search.line())).unwrap_or(0);
        let top = Search::top(selected + 1, rows.len(), body);
        let keys = self.entries.iter().map(|e| width(&e.left)).max().unwrap_or(0).min(20) as u16;
        for (y, row) in (2..height.saturating_sub(2)).zip(rows.iter().skip(top)) {
            match row {
                Err(heading) => {
                    let style = canvas.style(Role::Heading);
                    canvas.put(1, y, heading, cells.saturating_sub(1), style);
                }
                Ok(place) => {
                    let Some(entry) = self.search.found().get(*place).and_then(|at| self.entries.get(*at)) else {
                        continue;
                    };
                    canvas.put(3, y, &entry.left, keys, Style::default());
                    canvas.put(keys + 5, y, &entry.right, cells.saturating_sub(keys + 5), Style::default());
                    if *place == self.search.line() {
                        list::mark(canvas, y);
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
