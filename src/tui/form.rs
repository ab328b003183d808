//! A dialog above a screen: labelled fields, one below the other, in a box. What they mean is said by whoever opens it.

use super::canvas::Canvas;
use super::field::Field;
use super::keys::Key;
use super::model::Model;
use super::theme::Role;
use crate::base::text::{escape, fit, width};
use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// From this width on, all that can be chosen stands in a line; below, only what is chosen.
const WIDE: u16 = 100;

/// What one line of a form takes.
#[derive(Clone, Debug)]
enum Input {
    /// A text.
    Text(Field),
    /// One of several, in display form.
    Choice { options: Vec<String>, at: usize },
}

/// One line of a form.
#[derive(Clone, Debug)]
struct Row {
    label: &'static str,
    input: Input,
    /// What to know of it, below it where there is room; empty for nothing.
    help: String,
    shown: bool,
}

/// What a key came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing that anybody need know of.
    Nothing,
    /// A field has another text or choice.
    Changed,
    /// To do what the form is for.
    Enter,
    /// To leave it.
    Cancel,
}

/// A form: what stands above the fields, the fields, what stands beneath.
#[derive(Clone, Debug, Default)]
pub struct Form {
    title: String,
    rows: Vec<Row>,
    focus: usize,
    /// Above the fields, in display form.
    pub head: Vec<String>,
    /// What Enter would do, in display form.
    pub foot: String,
    /// What is wrong, in display form: in place of the foot.
    pub wrong: String,
    /// What comes of it, in display form, below a line of its own; empty for none.
    pub preview: Vec<String>,
    /// The keys, in the frame.
    pub hints: String,
}

impl Form {
    /// A form without fields.
    pub fn new(title: &str, hints: &str) -> Self {
        Self { title: title.to_owned(), hints: hints.to_owned(), ..Self::default() }
    }

    /// Adds a field for a text.
    pub fn text(&mut self, label: &'static str, text: &str, help: &str) {
        let input = Input::Text(Field::new(text));
        self.rows.push(Row { label, input, help: help.to_owned(), shown: true });
    }

    /// Adds a choice; the first is chosen.
    pub fn choice(&mut self, label: &'static str, options: Vec<String>) {
        self.rows.push(Row { label, input: Input::Choice { options, at: 0 }, help: String::new(), shown: true });
    }

    fn row(&self, label: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.label == label)
    }

    fn row_mut(&mut self, label: &str) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.label == label)
    }

    /// The text of a field, without spaces around it; empty where there is none.
    pub fn said(&self, label: &str) -> &str {
        match self.row(label).map(|row| &row.input) {
            Some(Input::Text(field)) => field.text().trim(),
            _ => "",
        }
    }

    /// Which one is chosen.
    pub fn chosen(&self, label: &str) -> usize {
        match self.row(label).map(|row| &row.input) {
            Some(Input::Choice { at, .. }) => *at,
            _ => 0,
        }
    }

    /// Chooses.
    pub fn choose(&mut self, label: &str, place: usize) {
        if let Some(Row { input: Input::Choice { options, at }, .. }) = self.row_mut(label) {
            *at = place.min(options.len().saturating_sub(1));
        }
    }

    /// Other things to choose from; the place stays, where it is there.
    pub fn offer(&mut self, label: &str, offered: Vec<String>) {
        if let Some(Row { input: Input::Choice { options, at }, .. }) = self.row_mut(label) {
            *at = (*at).min(offered.len().saturating_sub(1));
            *options = offered;
        }
    }

    /// Puts a text in a field.
    pub fn fill(&mut self, label: &str, text: &str) {
        if let Some(Row { input: Input::Text(field), .. }) = self.row_mut(label) {
            *field = Field::new(text);
        }
    }

    /// Shows a field or hides it.
    pub fn show(&mut self, label: &str, shown: bool) {
        if let Some(row) = self.row_mut(label) {
            row.shown = shown;
        }
        if self.rows.get(self.focus).is_some_and(|row| !row.shown) {
            self.step(false);
        }
    }

    /// Goes to a field, as to one that is wrong.
    pub fn go(&mut self, label: &str) {
        if let Some(at) = self.rows.iter().position(|row| row.label == label && row.shown) {
            self.focus = at;
        }
    }

    /// The field that has the keys.
    pub fn focused(&self) -> &'static str {
        self.rows.get(self.focus).map_or("", |row| row.label)
    }

    fn step(&mut self, forward: bool) {
        let len = self.rows.len();
        let next = |at: usize| if forward { (at + 1) % len } else { (at + len - 1) % len };
        let mut at = self.focus;
        for _ in 0..len {
            at = next(at);
            if self.rows.get(at).is_some_and(|row| row.shown) {
                self.focus = at;
                return;
            }
        }
    }

    /// Gives a key its effect.
    pub fn key(&mut self, key: Key) -> Asked {
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return Asked::Cancel,
            (KeyCode::Enter, _) => return Asked::Enter,
            (KeyCode::Tab | KeyCode::Down, false) => {
                self.step(true);
                return Asked::Nothing;
            }
            (KeyCode::BackTab | KeyCode::Up, _) => {
                self.step(false);
                return Asked::Nothing;
            }
            _ => {}
        }
        let Some(row) = self.rows.get_mut(self.focus) else { return Asked::Nothing };
        let changed = match &mut row.input {
            Input::Text(field) => field.key(key) == Some(true),
            Input::Choice { options, at } => {
                let len = options.len().max(1);
                let next = match (key.code, key.ctrl) {
                    (KeyCode::Right | KeyCode::Char(' ' | 'l'), false) => (*at + 1) % len,
                    (KeyCode::Left | KeyCode::Char('h'), false) => (*at + len - 1) % len,
                    _ => *at,
                };
                std::mem::replace(at, next) != next
            }
        };
        if !changed {
            return Asked::Nothing;
        }
        self.wrong.clear();
        Asked::Changed
    }

    /// Puts pasted text in the field that has the keys, if it takes text.
    pub fn paste(&mut self, text: &str) -> bool {
        self.wrong.clear();
        match self.rows.get_mut(self.focus).map(|row| &mut row.input) {
            Some(Input::Text(field)) => field.paste(text),
            _ => false,
        }
    }

    /// Draws what is beneath, and the box over it.
    pub fn draw(&self, model: &Model, canvas: &mut Canvas<'_>) {
        super::view::beneath(model, canvas);
        canvas.cursor = None;
        let area = canvas.area();
        let margin = if area.width >= WIDE { 8 } else { 1 };
        let inner = area.width.saturating_sub(2 * margin + 4);
        let lines = self.lines(usize::from(inner), area.width >= WIDE);
        let top: u16 = if area.height >= 24 { 2 } else { 1 };
        let room = usize::from(area.height.saturating_sub(top + 3));
        let lines = self.fitted(lines, room);
        let frame = Rect::new(margin, top, area.width.saturating_sub(2 * margin), lines.len() as u16 + 2);
        edge(frame, &self.title, false, canvas);
        for (y, line) in (top + 1..).zip(&lines) {
            canvas.put(frame.x, y, &" ".repeat(usize::from(frame.width)), frame.width, Style::reset());
            let side = canvas.glyphs.column.to_string();
            canvas.put(frame.x, y, &side, 1, Style::default());
            canvas.put(frame.right() - 1, y, &side, 1, Style::default());
            self.line(line, Rect::new(frame.x + 2, y, inner, 1), canvas);
        }
        let bottom = Rect { y: frame.bottom() - 1, ..frame };
        edge(bottom, &self.hints, true, canvas);
    }

    /// What stands in the box, from top to bottom.
    fn lines(&self, cells: usize, wide: bool) -> Vec<Line> {
        let mut lines: Vec<Line> = self.head.iter().map(|text| Line::Plain(fit(text, cells).into_owned())).collect();
        if !lines.is_empty() {
            lines.push(Line::Blank);
        }
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row.shown) {
            lines.push(Line::Row(at, wide));
            if wide && !row.help.is_empty() {
                lines.push(Line::Help(row.help.clone()));
            }
        }
        if !self.foot.is_empty() || !self.wrong.is_empty() {
            lines.push(Line::Blank);
            lines.push(Line::Foot);
        }
        if !self.preview.is_empty() {
            lines.push(Line::Rule);
            lines.extend(self.preview.iter().map(|text| Line::Plain(text.clone())));
        }
        lines
    }

    /// The lines for so many: first goes what can be missed, then what is far from the field that has the keys.
    fn fitted(&self, mut lines: Vec<Line>, room: usize) -> Vec<Line> {
        let tail = lines.iter().position(|line| matches!(line, Line::Rule)).unwrap_or(lines.len());
        lines.truncate(room.max(tail).min(lines.len()));
        for spare in [|line: &Line| matches!(line, Line::Help(_)), |line: &Line| matches!(line, Line::Blank)] {
            let mut surplus = lines.len().saturating_sub(room);
            lines.retain(|line| {
                let goes = surplus > 0 && spare(line);
                surplus -= usize::from(goes);
                !goes
            });
        }
        if lines.len() > room {
            let at = lines.iter().position(|line| matches!(line, Line::Row(at, _) if *at == self.focus)).unwrap_or(0);
            let first = (at + 1 + room / 2).saturating_sub(room).min(lines.len() - room);
            lines.drain(..first);
            lines.truncate(room);
        }
        lines
    }

    fn line(&self, line: &Line, place: Rect, canvas: &mut Canvas<'_>) {
        let Rect { x, y, width: cells, .. } = place;
        match line {
            Line::Blank => {}
            Line::Plain(text) => {
                canvas.put(x, y, text, cells, Style::default());
            }
            Line::Rule => {
                let rule = canvas.glyphs.rule.to_string();
                let end = canvas.put(x, y, "Preview ", cells, canvas.style(Role::Heading));
                let rest = (x + cells).saturating_sub(end);
                canvas.put(end, y, &rule.repeat(usize::from(rest)), rest, Style::default());
            }
            Line::Help(text) => {
                let indent = self.indent();
                canvas.put(x + indent, y, text, cells.saturating_sub(indent), Style::default());
            }
            Line::Foot if !self.wrong.is_empty() => {
                canvas.put(x, y, &self.wrong, cells, canvas.style(Role::Error));
            }
            Line::Foot => {
                canvas.put(x, y, &self.foot, cells, Style::default());
            }
            Line::Row(at, wide) => self.field(*at, *wide, place, canvas),
        }
    }

    /// Where the fields begin, after the longest label.
    fn indent(&self) -> u16 {
        let labels = self.rows.iter().filter(|row| row.shown).map(|row| width(row.label));
        labels.max().unwrap_or(0) as u16 + 2
    }

    fn field(&self, at: usize, wide: bool, place: Rect, canvas: &mut Canvas<'_>) {
        let Some(row) = self.rows.get(at) else { return };
        let Rect { x, y, width: cells, .. } = place;
        let has_keys = at == self.focus;
        canvas.put(x, y, row.label, cells, canvas.style(Role::Heading));
        let (begin, room) = (x + self.indent(), cells.saturating_sub(self.indent()));
        if has_keys {
            canvas.put(x.saturating_sub(1), y, ">", 1, canvas.style(Role::Title));
        }
        match &row.input {
            Input::Text(field) => {
                let text = field.text();
                let before = width(&escape(&text[..field.place()]));
                let skip = before.saturating_sub(usize::from(room.max(2)) - 1);
                let shown = super::tree::cells::slice(&escape(text), skip, usize::from(room));
                canvas.put(begin, y, &shown, room, Style::default());
                if has_keys {
                    canvas.restyle(Rect::new(begin, y, room, 1), canvas.style(Role::Match));
                    canvas.cursor = Some(Position::new(begin + (before - skip) as u16, y));
                }
            }
            Input::Choice { options, at } => {
                let sign = |place: usize| if place == *at { "(*)" } else { "( )" };
                let all = options.iter().enumerate().map(|(place, option)| format!("{} {option}", sign(place)));
                let all = all.collect::<Vec<_>>().join("   ");
                let one = || {
                    let option = options.get(*at).map_or("", String::as_str);
                    let option = fit(option, usize::from(room).saturating_sub(14));
                    format!("< {option} >  {} of {}", at + 1, options.len())
                };
                let text = if wide && width(&all) <= usize::from(room) { all } else { one() };
                canvas.put(begin, y, &text, room, Style::default());
                if has_keys {
                    let cells = (width(&text) as u16).min(room);
                    canvas.restyle(Rect::new(begin, y, cells, 1), canvas.style(Role::Selection));
                    canvas.cursor = Some(Position::new(begin, y));
                }
            }
        }
    }
}

/// A line of the box.
#[derive(Clone, Debug)]
enum Line {
    Blank,
    Plain(String),
    /// A field, and whether all that can be chosen is shown.
    Row(usize, bool),
    Help(String),
    Foot,
    Rule,
}

/// The upper or lower edge of a box, with a text in it.
fn edge(frame: Rect, text: &str, lower: bool, canvas: &mut Canvas<'_>) {
    let y = frame.y;
    let rule = canvas.glyphs.rule.to_string();
    let cells = usize::from(frame.width);
    let text = fit(text, cells.saturating_sub(6)).into_owned();
    let rest = cells.saturating_sub(width(&text) + 5);
    let whole = format!("+{rule} {text} {}+", rule.repeat(rest));
    canvas.put(frame.x, y, &whole, frame.width, Style::reset());
    let role = if lower { Role::Heading } else { Role::Title };
    canvas.restyle(Rect::new(frame.x + 3, y, width(&text) as u16, 1), canvas.style(role));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::keys;

    fn press(form: &mut Form, typed: &str) -> Vec<Asked> {
        keys(typed).into_iter().map(|key| form.key(key)).collect()
    }

    fn form() -> Form {
        let mut form = Form::new("a form", "Tab next");
        form.text("Reason", "", "why");
        form.choice("Scope", ["one", "two", "three"].map(str::to_owned).to_vec());
        form.text("Pattern", "os.**", "");
        form.show("Pattern", false);
        form
    }

    #[test]
    fn fields_are_typed_chosen_and_passed_over() {
        let mut form = form();
        press(&mut form, "because<tab><space><right>");
        assert_eq!((form.said("Reason"), form.chosen("Scope")), ("because", 2));
        press(&mut form, "<right>");
        assert_eq!(form.chosen("Scope"), 0, "around the end");
        press(&mut form, "<tab>");
        assert_eq!(form.focused(), "Reason", "what is hidden has no turn");
        form.show("Pattern", true);
        press(&mut form, "<up>x");
        assert_eq!((form.focused(), form.said("Pattern")), ("Pattern", "os.**x"));
        form.show("Pattern", false);
        assert_eq!(form.focused(), "Scope", "the keys are never at what is hidden");
        assert_eq!(press(&mut form, "<enter><esc>"), [Asked::Enter, Asked::Cancel]);
        form.offer("Scope", vec!["only".to_owned()]);
        assert_eq!(form.chosen("Scope"), 0);
    }

    #[test]
    fn a_line_that_is_too_many_goes_where_it_is_missed_least() {
        let mut form = form();
        form.head = vec!["head".to_owned()];
        form.foot = "foot".to_owned();
        form.preview = vec!["one".to_owned(), "two".to_owned()];
        let count = |room: usize| form.fitted(form.lines(80, true), room).len();
        assert_eq!(form.lines(80, true).len(), 10);
        assert_eq!([20, 8, 5, 3, 1].map(count), [10, 8, 5, 3, 1]);
        let lines = form.fitted(form.lines(80, true), 1);
        assert!(matches!(lines.as_slice(), [Line::Row(0, _)]), "{lines:?}");
    }
}
