//! The way into the explorer: snapshots are picked, and what was read is handed on. The screens on the way are pure; what
//! they ask for is done here.

use super::canvas::Canvas;
use super::glyphs::Glyphs;
use super::help::Help;
use super::keys::{self, Action, Key, Screen};
use super::layer::{Layer, Step};
use super::model::Model;
use super::picker::{self, Kind, Next, Picker, Source};
use super::reading::{self, Ending, Opened, Pending};
use super::review::resume::{self, Wanted};
use super::terminal::{Guard, Manner};
use super::theme::Theme;
use super::tree::layout::SMALLEST;
use super::{Error, Settings, background, runtime, view};
use crate::base::text::escape;
use crate::format::{self, Header};
use crate::model::{Meta, Snapshot};
use crate::reference::{EXAMPLES, Entry, JournalFile, Reference, Which, Workspace, named};
use crossterm::event::{self, Event as Input};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often the list looks for news of what goes on in the background.
const AGAIN: Duration = Duration::from_millis(500);

/// The terminal before the explorer has it, and how it is drawn on. It is taken when there is something to draw.
pub struct Start<'a> {
    pub(super) workspace: &'a mut Workspace,
    theme: Theme,
    glyphs: Glyphs,
    settings: &'a Settings,
    pub(super) guard: Option<Guard>,
    /// What goes on while the list is looked at.
    pub(super) background: Option<Pending>,
    /// What is still read while what is there is looked at.
    pub(super) rest: Option<Pending>,
    /// The review that the user wants to go on with.
    pub wanted: Option<Wanted>,
}

impl<'a> Start<'a> {
    /// Nothing is drawn yet.
    ///
    /// # Errors
    /// The theme cannot be used.
    pub fn new(workspace: &'a mut Workspace, settings: &'a Settings) -> Result<Self, Error> {
        let glyphs = Glyphs::choose(settings.glyphs, &settings.term, &settings.locale);
        Ok(Self {
            workspace,
            theme: settings.theme()?,
            glyphs,
            settings,
            guard: None,
            background: None,
            rest: None,
            wanted: None,
        })
    }

    /// The terminal, taken if it is not yet, and the workspace for what comes.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn into_parts(mut self) -> Result<(Guard, &'a mut Workspace), Error> {
        self.guard()?;
        match self.guard {
            Some(guard) => Ok((guard, self.workspace)),
            None => Err(Error::TooFew),
        }
    }

    pub(super) fn guard(&mut self) -> Result<&mut Guard, Error> {
        let guard = match self.guard.take() {
            Some(guard) => guard,
            None => Guard::enter().map_err(Error::Terminal)?,
        };
        Ok(self.guard.insert(guard))
    }

    pub(super) fn size(&mut self) -> Result<Size, Error> {
        self.guard()?.size().map_err(Error::Terminal)
    }

    pub(super) fn is_slow(&mut self) -> Result<bool, Error> {
        Ok(self.settings.slow.unwrap_or(self.guard()?.is_slow_line()))
    }

    /// Draws a screen.
    pub(super) fn draw(&mut self, typing: bool, picture: impl FnOnce(&mut Canvas<'_>)) -> Result<(), Error> {
        let slow = self.is_slow()?;
        let theme = if slow { self.theme.without_selection() } else { self.theme.clone() };
        let glyphs = self.glyphs;
        let manner = Manner { typing, mouse: self.settings.mouse, slow };
        let view = |buffer: &mut Buffer| -> Option<Position> {
            let size = buffer.area.as_size();
            let mut canvas = Canvas::new(buffer, &theme, glyphs);
            if is_too_small(size) {
                view::too_small(size, &mut canvas);
            } else {
                picture(&mut canvas);
            }
            canvas.cursor
        };
        self.guard()?.draw(manner, &[], view).map_err(Error::Terminal)
    }

    /// Lets the user pick two or more snapshots, and reads them. `chosen` are references that the command line named
    /// already. `None` when the user leaves.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn pick(&mut self, chosen: &[String]) -> Result<Option<Box<Opened>>, Error> {
        let (mut sources, place) = sources(self.workspace);
        // What is being captured has a row of its own.
        let part = self.background.as_ref().and_then(|pending| pending.capture.as_ref()?.0.part());
        sources.retain(|source| part != Some(&*escape(&source.reference)));
        #[expect(clippy::disallowed_methods, reason = "ages are counted from now, and this is the edge")]
        let now = Timestamp::try_from(std::time::SystemTime::now()).unwrap_or_default();
        let reviews = self
            .settings
            .state
            .as_deref()
            .map(|state| resume::known(state, &self.settings.office.folder, now))
            .unwrap_or_default();
        sources.extend(reviews.iter().map(|(source, _)| source.clone()));
        let mut picker = Picker::new(sources, &place, now);
        picker.resize(self.size()?);
        chosen.iter().for_each(|reference| picker.choose_reference(&self.row_of(reference)));
        let mut is_drawn = false;
        let mut deleted: Vec<(Source, JournalFile, PathBuf)> = Vec::new();
        loop {
            is_drawn &= !self.hear(&mut picker);
            if !is_drawn {
                self.draw(picker.takes_text(), |canvas| picker::draw(&picker, canvas))?;
                is_drawn = true;
            }
            // While something goes on in the background, what is heard of it is shown.
            if self.background.is_some() && !event::poll(AGAIN).map_err(Error::Terminal)? {
                continue;
            }
            is_drawn = false;
            let mut outside = None;
            let next = match event::read().map_err(Error::Terminal)? {
                Input::Key(key) => Key::of(key).map(|key| {
                    let action = if picker.takes_text() { None } else { keys::action(Screen::Picker, key) };
                    outside = action.filter(|action| matches!(action, Action::Redraw | Action::Suspend));
                    picker.key(key, action)
                }),
                Input::Paste(text) => {
                    picker.paste(&text);
                    None
                }
                Input::Resize(width, height) => {
                    picker.resize(Size { width, height });
                    None
                }
                _ => None,
            };
            match outside {
                Some(Action::Suspend) => match runtime::suspend(self.guard()?)? {
                    Some(size) => picker.resize(size),
                    None => picker.note = runtime::NO_JOB_CONTROL.to_owned(),
                },
                Some(_) => self.guard()?.forget(),
                None => {}
            }
            let next = match next {
                Some(Next::Help) => self.help(Screen::Picker)?.map(|(key, action)| picker.key(key, Some(action))),
                next => next,
            };
            match next {
                None | Some(Next::Stay | Next::Help) => {}
                Some(Next::Open(text)) => {
                    let reference = self.row_of(&text);
                    match reference.parse().and_then(|reference| self.workspace.check(&reference)) {
                        Ok(()) => picker.choose_reference(&reference),
                        Err(error) => picker.refuse(text, error.to_string()),
                    }
                }
                Some(Next::Quit) if background::is_busy() && !picker.warned => {
                    picker.warned = true;
                    picker.note = "a capture is under way: once more stops it, and what it has is kept".to_owned();
                }
                Some(Next::Quit) => return Ok(None),
                Some(Next::Continue(reference)) => {
                    self.wanted = reviews.into_iter().find(|(source, _)| source.reference == reference).map(|(_, w)| w);
                    return Ok(None);
                }
                Some(Next::Delete(reference)) => {
                    let wanted = reviews.iter().find(|(source, _)| source.reference == reference);
                    let Some((_, wanted)) = wanted else { continue };
                    match wanted.file.put_away() {
                        Ok(path) => {
                            let source = picker.remove(&reference);
                            deleted.extend(source.map(|source| (source, wanted.file.clone(), path)));
                            picker.note = "deleted; u brings it back".to_owned();
                        }
                        Err(error) => picker.note = error.to_string(),
                    }
                }
                Some(Next::Restore) => match deleted.pop() {
                    Some((source, file, path)) => match file.bring_back(&path) {
                        Ok(()) => {
                            picker.insert(source);
                            picker.note = "it is back".to_owned();
                        }
                        Err(error) => picker.note = error.to_string(),
                    },
                    None => picker.note = "nothing was deleted here".to_owned(),
                },
                Some(Next::Compare(references, reference)) => {
                    match self.read(&references, reference, true)? {
                        Ending::Opened(opened) | Ending::Partly(opened) => return Ok(Some(opened)),
                        Ending::Failed(error) => picker.note = error.to_string(),
                        Ending::Broken => picker.note = "reading failed: a defect; please report it".to_owned(),
                        Ending::Stopped => picker.note = "stopped".to_owned(),
                        Ending::Background => picker.note = "it goes on; what is captured is kept".to_owned(),
                    }
                    picker.resize(self.size()?);
                }
            }
        }
    }

    /// Takes news of what goes on in the background; whether the list shows something else by them.
    fn hear(&mut self, picker: &mut Picker) -> bool {
        let Some(pending) = &mut self.background else { return false };
        pending.hear(Duration::ZERO);
        let (mut changed, mut is_open) = (false, pending.ending.is_none());
        if let Some((capture, _)) = &mut pending.capture {
            is_open &= !capture.has_ended();
            let words = format!("capturing {} %", capture.percent());
            for reference in pending.references.iter().filter(|what| !pending.kept.contains_key(*what)) {
                if matches!(reference.parse(), Ok(Reference::Live | Reference::Root(_))) {
                    changed |= picker.tell(reference, if is_open { &words } else { "" });
                }
            }
        }
        for (reference, entry) in &pending.kept {
            changed |= picker.replace(reference, stored(entry), &reading::kept_as(entry));
        }
        if !is_open && let Some(pending) = self.background.take() {
            if let Some(Ending::Failed(error)) = &pending.ending {
                picker.note = error.to_string();
                changed = true;
            }
            // What was captured is in the store by now, and read from there.
            drop(pending.end());
        }
        changed
    }

    /// What the row is listed as that a reference names: the file of a name in the store, the example of a name that the
    /// store has not got; else the reference itself.
    fn row_of(&self, text: &str) -> String {
        let text = named(text, &self.workspace.context().environments);
        match text.parse::<Reference>() {
            Ok(reference @ Reference::Stored { .. }) => match (self.workspace.entry(&reference), &reference) {
                (Ok(entry), _) => entry.path.display().to_string(),
                (Err(_), Reference::Stored { label, which: Which::Newest }) if *label == text => {
                    let example = EXAMPLES.iter().find(|(name, _)| name == label);
                    example.map_or(text, |(name, _)| Reference::Example((*name).to_owned()).to_string())
                }
                (Err(_), _) => text,
            },
            _ => text,
        }
    }

    /// Shows the keys of a screen until they are left; what was chosen there, with its key.
    pub(super) fn help(&mut self, beneath: Screen) -> Result<Option<(Key, Action)>, Error> {
        let size = self.size()?;
        let comparison = runtime::first_comparison([Arc::default(), Arc::default()], 0);
        let mut model = Model::new(Vec::new(), (0, 0), 0, Arc::new(comparison), size);
        let mut help = Help::new(beneath);
        loop {
            self.draw(true, |canvas| help.draw(&model, canvas))?;
            match event::read().map_err(Error::Terminal)? {
                Input::Key(key) => {
                    let step = Key::of(key).map(|key| help.key(key, None, &model));
                    match step {
                        Some(Step::Close) => return Ok(None),
                        Some(Step::CloseAndDo(action)) => {
                            let pressed = keys::binding(action).and_then(|binding| binding.pressed().next());
                            return Ok(pressed.map(|key| (key, action)));
                        }
                        _ => {}
                    }
                }
                Input::Resize(width, height) => model.size = Size { width, height },
                _ => {}
            }
        }
    }
}

/// Keeps a snapshot in the store; the words for it.
pub fn save(workspace: &Workspace, snapshot: &Snapshot) -> String {
    match workspace.save(snapshot) {
        Ok(entry) => reading::kept_as(&entry),
        Err(error) => escape(&error.to_string()).into_owned(),
    }
}

fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// What can be picked, and where the store is.
fn sources(workspace: &Workspace) -> (Vec<Source>, String) {
    let folder = workspace.context().store.folder().display().to_string();
    let (entries, place) = match workspace.list() {
        Ok(entries) => (entries, folder),
        Err(error) => (Vec::new(), error.to_string()),
    };
    let mut sources: Vec<Source> = entries.iter().map(stored).collect();
    let other = |reference: String, label: &str, kind, about: &str| Source {
        reference,
        kind,
        meta: Meta { label: label.to_owned(), ..Meta::default() },
        facts: None,
        problems: None,
        about: about.to_owned(),
        broken: None,
    };
    sources.extend(EXAMPLES.iter().map(|(name, bytes)| {
        let source = other(format!("example:{name}"), name, Kind::Example, "comes with the program");
        match format::read_header(*bytes).ok() {
            Some(Header { mut meta, facts, problems }) => {
                // It is named by the word that leads to it.
                (*name).clone_into(&mut meta.label);
                Source { meta, facts, problems, about: String::new(), ..source }
            }
            None => source,
        }
    }));
    sources.push(other("live".to_owned(), "this machine", Kind::Other, picker::UNREAD));
    (sources, place)
}

fn stored(entry: &Entry) -> Source {
    let named = || Meta { label: entry.label.clone(), captured_at: entry.captured_at, ..Meta::default() };
    let header = if entry.problem.is_none() || entry.is_part { entry.header().ok() } else { None };
    let (facts, problems) = header.as_ref().map_or((None, None), |h| (h.facts, h.problems));
    let about = match entry.age {
        _ if entry.is_part => "interrupted: not all of it was captured".to_owned(),
        0 => String::new(),
        newer => format!("{newer} newer"),
    };
    Source {
        reference: entry.path.display().to_string(),
        kind: Kind::Stored,
        meta: header.map_or_else(named, |h| h.meta),
        facts,
        problems,
        about,
        broken: entry.problem.clone().filter(|_| !entry.is_part),
    }
}
