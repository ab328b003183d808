//! The dialog in which a report is written.

use super::{Drafting, Unwritten, Wanted, Writing, in_force};
use crate::assess::Judged;
use crate::base::text::escape;
use crate::compare::RowId;
use crate::report::{Audience, FORMATS, Format};
use crate::tui::canvas::Canvas;
use crate::tui::form::{Asked, Form};
use crate::tui::keys::{Action, Key, Screen};
use crate::tui::layer::{Layer, Step};
use crate::tui::message::{Effect, Message};
use crate::tui::model::Model;
use crossterm::event::KeyCode;
use std::path::PathBuf;
use std::sync::Arc;

const HINTS: &str = "Tab next   Space change   y command   Enter write   Esc cancel";
const FORMAT: &str = "Format";
const AUDIENCE: &str = "Audience";
const SCOPE: &str = "Scope";
const TO: &str = "To";

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    judged: Arc<Judged>,
    all: Arc<[RowId]>,
    /// What the filter shows, and its text.
    filtered: Option<(Arc<[RowId]>, String)>,
    form: Form,
    /// What is compared, as it was typed: left and right.
    references: Option<[String; 2]>,
    ticket: u64,
    is_writing: bool,
    /// Whether it was asked if the file that is there is to be replaced.
    asks: bool,
}

impl Dialog {
    /// For what is looked at, and the preview to be made first.
    pub fn new(judged: Arc<Judged>, model: &Model) -> (Self, Drafting) {
        let all: Arc<[RowId]> = judged.assessment.rows(false).into();
        let filtered = in_force(model).map(|(matched, text)| (super::filtered(&all, &matched), text));
        let mut form = Form::new("write a report", HINTS);
        form.choice(FORMAT, FORMATS.iter().map(|(_, name, _)| (*name).to_owned()).collect());
        form.choose(FORMAT, FORMATS.iter().position(|(format, ..)| *format == Format::Markdown).unwrap_or(0));
        form.choice(AUDIENCE, ["engineers", "managers, one page"].map(str::to_owned).to_vec());
        let mut scopes = vec![format!("all {} rows", all.len())];
        if let Some((rows, text)) = &filtered {
            let rows: &[RowId] = rows;
            scopes.push(format!("what the filter shows: {} of {}   {}", rows.len(), all.len(), escape(text)));
        }
        form.choice(SCOPE, scopes);
        form.choose(SCOPE, usize::from(filtered.is_some()));
        let name = |side: usize| model.snapshots.get(side).map_or("", |snapshot| snapshot.meta.name());
        let file = format!("drift-{}-{}", name(model.sides.0), name(model.sides.1));
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let file: String = file.chars().map(|c| if is_plain(c) { c } else { '-' }).take(80).collect();
        form.text(TO, &format!("./{file}.md"), "(a file that is there is replaced only after y)");
        let reference = |side: usize| model.references.get(side).filter(|text| !text.is_empty()).cloned();
        let references = reference(model.sides.0).zip(reference(model.sides.1)).map(|(left, right)| [left, right]);
        let mut dialog = Self { judged, all, filtered, form, references, ticket: 0, is_writing: false, asks: false };
        let drafting = dialog.drafting();
        (dialog, drafting)
    }

    fn format(&self) -> Format {
        FORMATS.get(self.form.chosen(FORMAT)).map_or(Format::Text, |(format, ..)| *format)
    }

    fn wanted(&self) -> Wanted {
        let format = self.format();
        let is_for_manager = format.is_for_people() && self.form.chosen(AUDIENCE) == 1;
        let audience = if is_for_manager { Audience::Manager } else { Audience::Engineer };
        let (rows, filter) = match &self.filtered {
            Some((rows, text)) if self.form.chosen(SCOPE) == 1 => (Arc::clone(rows), Some(text.clone())),
            _ => (Arc::clone(&self.all), None),
        };
        let hidden = self.all.len() - rows.len();
        Wanted { judged: Arc::clone(&self.judged), format, audience, rows, hidden, filter }
    }

    fn drafting(&mut self) -> Drafting {
        self.ticket += 1;
        Drafting { ticket: self.ticket, wanted: self.wanted() }
    }

    /// The ending follows the format, as long as it is one of a format.
    fn rename(&mut self) {
        let path = PathBuf::from(self.form.said(TO));
        let known = path.extension().and_then(|ending| crate::report::format_of_ending(ending.to_str()?));
        if known.is_some() {
            let ending = match self.format() {
                Format::Text => "txt",
                Format::Markdown => "md",
                Format::Junit => "xml",
                // These have an ending of their own, or that of JSON.
                Format::Sarif | Format::JsonPatch => "json",
                format => format.name(),
            };
            self.form.fill(TO, &path.with_extension(ending).to_string_lossy());
        }
    }

    /// The command that writes the same.
    fn command(&self) -> Option<String> {
        let quoted = |text: &str| shlex::try_quote(text).ok().map(std::borrow::Cow::into_owned);
        let wanted = self.wanted();
        let [left, right] = self.references.as_ref()?;
        let mut words = vec!["driftglass report".to_owned(), quoted(left)?, quoted(right)?];
        if let Some(filter) = &wanted.filter {
            words.extend(["--filter".to_owned(), quoted(filter)?]);
        }
        if wanted.audience == Audience::Manager {
            words.push("--audience manager".to_owned());
        }
        words.push(format!("--format {} --output {}", wanted.format.name(), quoted(self.form.said(TO))?));
        Some(words.join(" "))
    }

    fn enter(&mut self, replaces: bool) -> Step {
        let path = self.form.said(TO);
        if self.is_writing {
            return Step::Stay;
        }
        if path.is_empty() {
            self.form.go(TO);
            self.form.wrong = "to which file?".to_owned();
            return Step::Stay;
        }
        let writing = Writing { wanted: self.wanted(), path: PathBuf::from(path), replaces };
        self.is_writing = true;
        self.form.foot = "writing ..".to_owned();
        Step::Effect(Effect::Write(Box::new(writing)))
    }
}

impl Layer for Dialog {
    fn screen(&self) -> Screen {
        Screen::Dialog
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn key(&mut self, key: Key, _action: Option<Action>, _model: &Model) -> Step {
        let is_yes = key.code == KeyCode::Char('y') && !key.ctrl;
        if std::mem::take(&mut self.asks) {
            self.form.wrong.clear();
            if is_yes {
                return self.enter(true);
            }
        } else if is_yes && self.form.focused() != TO {
            return match self.command() {
                Some(command) => {
                    self.form.foot = escape(&command).into_owned();
                    Step::Effect(Effect::Copy(command))
                }
                None => {
                    self.form.foot = "nobody typed what is compared here: no command names it".to_owned();
                    Step::Stay
                }
            };
        }
        match self.form.key(key) {
            Asked::Cancel => return Step::Close,
            Asked::Enter => return self.enter(false),
            Asked::Changed if self.form.focused() != TO => {
                if self.form.focused() == FORMAT {
                    self.rename();
                    self.form.show(AUDIENCE, self.format().is_for_people());
                }
                return Step::Effect(Effect::Draft(Box::new(self.drafting())));
            }
            Asked::Changed | Asked::Nothing => {}
        }
        Step::Stay
    }

    fn paste(&mut self, text: &str, _model: &Model) {
        self.asks = false;
        self.form.paste(text);
    }

    fn receive(&mut self, message: &Message, _model: &Model) -> Step {
        match message {
            Message::Drafted(draft) if draft.ticket == self.ticket => {
                self.form.preview.clone_from(&draft.lines);
                self.form.foot = format!("{} KiB", draft.size.div_ceil(1024));
            }
            Message::Written(result) if self.is_writing => {
                self.is_writing = false;
                self.form.foot.clear();
                match result {
                    Ok(_) => return Step::Close,
                    Err(Unwritten::Exists) => {
                        self.asks = true;
                        self.form.wrong = "that file is there: y replaces it, any other key does not".to_owned();
                    }
                    Err(Unwritten::Failed(words)) => self.form.wrong = format!("NOT WRITTEN: {words}"),
                }
            }
            _ => {}
        }
        Step::Stay
    }

    fn draw(&self, model: &Model, canvas: &mut Canvas<'_>) {
        self.form.draw(model, canvas);
    }
}
