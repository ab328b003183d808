//! The dialog in which a report is written.

use super::path::{Cycle, Listing};
use super::scope::{Scope, scopes};
use super::{Drafting, Unwritten, Wanted, Writing};
use crate::base::text::escape;
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
    scopes: Vec<Scope>,
    form: Form,
    /// What is compared, as it was typed: the two sides, and all.
    references: (Vec<String>, Vec<String>),
    ticket: u64,
    /// What is being written for it.
    wish: Option<Arc<()>>,
    /// Whether it was asked if the file that is there is to be replaced.
    asks: bool,
    /// The completions of the path that Tab goes through.
    cycle: Option<Cycle>,
}

impl Dialog {
    /// For what is looked at, and the preview to be made first; nothing as long as nothing is judged.
    pub fn new(model: &Model) -> Option<(Self, Drafting)> {
        let (scopes, chosen) = scopes(model);
        scopes.first()?;
        let mut form = Form::new("write a report", HINTS);
        form.choice(FORMAT, FORMATS.iter().map(|(_, name, _)| (*name).to_owned()).collect());
        form.choose(FORMAT, FORMATS.iter().position(|(format, ..)| *format == Format::Markdown).unwrap_or(0));
        form.choice(AUDIENCE, ["engineers", "managers, one page"].map(str::to_owned).to_vec());
        form.choice(SCOPE, scopes.iter().map(Scope::words).collect());
        form.choose(SCOPE, chosen);
        let name = |side: usize| model.snapshots.get(side).map_or("", |snapshot| snapshot.meta.label.as_str());
        let file = format!("drift-{}-{}", name(model.sides.0), name(model.sides.1));
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let file: String = file.chars().map(|c| if is_plain(c) { c } else { '-' }).take(80).collect();
        form.text(TO, &format!("./{file}.md"), "(a file that is there is replaced only after y; Tab completes)");
        let reference = |side: usize| model.references.get(side).filter(|text| !text.is_empty()).cloned();
        let named = |sides: &[usize]| sides.iter().map(|side| reference(*side)).collect::<Option<Vec<String>>>();
        let all: Vec<usize> = (0..model.snapshots.len()).collect();
        let pair = named(&[model.sides.0, model.sides.1]).unwrap_or_default();
        let references = (pair, named(&all).unwrap_or_default());
        let (wish, asks, cycle) = (None, false, None);
        let mut dialog = Self { scopes, form, references, ticket: 0, wish, asks, cycle };
        let drafting = dialog.drafting();
        Some((dialog, drafting))
    }

    /// Offers what was judged since it was opened; what is chosen stays.
    fn offer(&mut self, model: &Model) {
        let (scopes, _) = scopes(model);
        if scopes.len() > self.scopes.len() {
            let chosen = self.scopes.get(self.form.chosen(SCOPE)).map(Scope::words);
            self.form.offer(SCOPE, scopes.iter().map(Scope::words).collect());
            let place = chosen.and_then(|words| scopes.iter().position(|scope| scope.words() == words));
            self.form.choose(SCOPE, place.unwrap_or(0));
            self.scopes = scopes;
        }
    }

    fn format(&self) -> Format {
        FORMATS.get(self.form.chosen(FORMAT)).map_or(Format::Text, |(format, ..)| *format)
    }

    fn wanted(&self) -> Wanted {
        let format = self.format();
        let is_for_manager = format.is_for_people() && self.form.chosen(AUDIENCE) == 1;
        let audience = if is_for_manager { Audience::Manager } else { Audience::Engineer };
        let Scope { judged, rows, hidden, filter, .. } = self.scope().clone();
        Wanted { judged, format, audience, rows, hidden, filter }
    }

    fn scope(&self) -> &Scope {
        // There is one, or there would be no dialog.
        let at = self.form.chosen(SCOPE).min(self.scopes.len().saturating_sub(1));
        &self.scopes[at]
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
                format => format.name(),
            };
            self.form.fill(TO, &path.with_extension(ending).to_string_lossy());
        }
    }

    /// The command that writes the same.
    fn command(&self) -> Option<String> {
        let quoted = |text: &str| shlex::try_quote(text).ok().map(std::borrow::Cow::into_owned);
        let wanted = self.wanted();
        let (pair, all) = &self.references;
        let references = if self.scope().is_of_all { all } else { pair };
        references.first()?;
        let mut words = vec!["driftglass report".to_owned()];
        for reference in references {
            words.push(quoted(reference)?);
        }
        if let Some(filter) = &wanted.filter {
            words.extend(["--filter".to_owned(), quoted(filter)?]);
        }
        if wanted.audience == Audience::Manager {
            words.push("--audience manager".to_owned());
        }
        words.push(format!("--format {} --output {}", wanted.format.name(), quoted(self.form.said(TO))?));
        Some(words.join(" "))
    }

    /// Puts the next completion of the path in the field, or asks for what is in the folder that is typed.
    fn complete(&mut self) -> Step {
        if let Some(mut cycle) = self.cycle.take()
            && cycle.step()
        {
            self.go_on(cycle);
            return Step::Stay;
        }
        Step::Effect(Effect::List(Listing::of(self.form.said(TO))))
    }

    fn go_on(&mut self, cycle: Cycle) {
        self.form.wrong.clear();
        self.form.fill(TO, cycle.path());
        self.form.foot = cycle.words();
        self.cycle = Some(cycle);
    }

    fn enter(&mut self, replaces: bool) -> Step {
        let path = self.form.said(TO);
        if self.wish.is_some() {
            return Step::Stay;
        }
        if path.is_empty() {
            self.form.go(TO);
            self.form.wrong = "to which file?".to_owned();
            return Step::Stay;
        }
        let wish = Arc::default();
        let writing = Writing { wanted: self.wanted(), path: PathBuf::from(path), replaces, wish: Arc::clone(&wish) };
        self.wish = Some(wish);
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

    fn key(&mut self, key: Key, _action: Option<Action>, model: &Model) -> Step {
        if model.snapshots.len() > 2 {
            self.offer(model);
        }
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
        if self.form.focused() == TO && key.code == KeyCode::Tab && !key.ctrl {
            return self.complete();
        }
        if self.cycle.take().is_some() {
            self.form.foot.clear();
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
        (self.asks, self.cycle) = (false, None);
        self.form.paste(text);
    }

    fn receive(&mut self, message: &Message, _model: &Model) -> Step {
        match message {
            Message::Drafted(draft) if draft.ticket == self.ticket => {
                self.form.preview.clone_from(&draft.lines);
                self.form.foot = format!("{} KiB", draft.size.div_ceil(1024));
            }
            Message::Listed(listed) if listed.typed == self.form.said(TO) && self.form.focused() == TO => {
                match Cycle::begin(listed.clone()) {
                    Some(cycle) => self.go_on(cycle),
                    // There is nothing to complete: the key does what it does in other fields.
                    None => drop(self.form.key(Key::plain(KeyCode::Tab))),
                }
            }
            Message::Written(wish, result) if self.wish.as_ref().is_some_and(|own| Arc::ptr_eq(own, wish)) => {
                self.wish = None;
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
