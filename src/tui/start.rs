//! The way into the explorer: snapshots are picked, this machine is captured if it is among them, and what was read is
//! handed on. The picker and the capture screen are pure; what they ask for is done here.

use super::canvas::Canvas;
use super::capture::{self, Capture};
use super::glyphs::Glyphs;
use super::help::Help;
use super::keys::{self, Action, Key, Screen};
use super::layer::{Layer, Step};
use super::model::Model;
use super::picker::{self, Kind, Next, Picker, Source};
use super::terminal::Guard;
use super::theme::Theme;
use super::tree::layout::SMALLEST;
use super::{Error, Settings, runtime, view};
use crate::model::{Meta, Snapshot};
use crate::reference::{EXAMPLES, Entry, Event, Reference, Workspace, probe_count, probe_name};
use crossterm::event::{self, Event as Input};
use jiff::Timestamp;
use ratatui::layout::Size;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a key is waited for while snapshots are read or captured.
const PATIENCE: Duration = Duration::from_millis(20);

/// What was picked: the snapshots, and which of them the others are measured against if that was set.
pub type Picked = (Vec<Arc<Snapshot>>, Option<usize>);

/// Lets the user pick two or more snapshots. `chosen` are references that the command line named already. `None` when
/// the user leaves.
///
/// # Errors
/// See [`Error`].
pub fn pick(
    workspace: &mut Workspace,
    chosen: &[String],
    settings: &Settings,
    guard: &mut Guard,
) -> Result<Option<Picked>, Error> {
    let _watch = runtime::watch().map_err(Error::Thread)?;
    let look = (settings.theme()?, Glyphs::choose(settings.glyphs, &settings.term, &settings.locale));
    let (sources, place) = sources(workspace);
    #[expect(clippy::disallowed_methods, reason = "ages are counted from now, and this is the edge")]
    let now = Timestamp::try_from(std::time::SystemTime::now()).unwrap_or_default();
    let mut picker = Picker::new(sources, &place, now);
    picker.resize(guard.size().map_err(Error::Terminal)?);
    chosen.iter().for_each(|reference| picker.choose_reference(reference));
    loop {
        guard
            .draw(picker.takes_text(), |frame| {
                let size = frame.area().as_size();
                let mut canvas = Canvas::new(frame.buffer_mut(), &look.0, look.1);
                if is_too_small(size) {
                    return view::too_small(size, &mut canvas);
                }
                picker::draw(&picker, &mut canvas);
                if let Some(at) = canvas.cursor {
                    frame.set_cursor_position(at);
                }
            })
            .map_err(Error::Terminal)?;
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
            Some(Action::Suspend) => picker.resize(runtime::suspend(guard)?),
            Some(_) => guard.forget().map_err(Error::Terminal)?,
            None => {}
        }
        let next = match next {
            Some(Next::Help) => help(&look, guard)?.map(|(key, action)| picker.key(key, Some(action))),
            next => next,
        };
        match next {
            None | Some(Next::Stay | Next::Help) => {}
            Some(Next::Quit) => return Ok(None),
            Some(Next::Compare(references, reference)) => {
                match read(workspace, &references, &look, guard)? {
                    Ok(snapshots) => return Ok(Some((snapshots, reference))),
                    Err(words) => picker.note = words,
                }
                picker.resize(guard.size().map_err(Error::Terminal)?);
            }
        }
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
    let examples = EXAMPLES.iter();
    sources.extend(
        examples.map(|(name, _)| other(format!("example:{name}"), name, Kind::Example, "comes with the program")),
    );
    sources.push(other("live".to_owned(), "this machine", Kind::Other, "captured when it is compared, read-only"));
    (sources, place)
}

fn stored(entry: &Entry) -> Source {
    let named = || Meta { label: entry.label.clone(), captured_at: entry.captured_at, ..Meta::default() };
    let header = if entry.problem.is_none() { entry.header().ok() } else { None };
    let (facts, problems) = header.as_ref().map_or((None, None), |h| (h.facts, h.problems));
    let about = if entry.age > 0 { format!("{} newer", entry.age) } else { String::new() };
    Source {
        reference: entry.path.display().to_string(),
        kind: Kind::Stored,
        meta: header.map_or_else(named, |h| h.meta),
        facts,
        problems,
        about,
        broken: entry.problem.clone(),
    }
}

/// Shows the keys until they are left; what was chosen there, with its key.
fn help(look: &(Theme, Glyphs), guard: &mut Guard) -> Result<Option<(Key, Action)>, Error> {
    let size = guard.size().map_err(Error::Terminal)?;
    let comparison = runtime::first_comparison([Arc::default(), Arc::default()], 0);
    let mut model = Model::new(Vec::new(), (0, 0), 0, Arc::new(comparison), size);
    let mut help = Help::new(Screen::Picker);
    loop {
        guard
            .draw(true, |frame| help.draw(&model, &mut Canvas::new(frame.buffer_mut(), &look.0, look.1)))
            .map_err(Error::Terminal)?;
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

/// News of the thread that reads.
enum News {
    Begins(String),
    Probe(Event),
    Captured(String, usize, usize),
    Ends(Result<Vec<Arc<Snapshot>>, String>),
}

/// Reads or captures what references name, on a thread of its own; words when one cannot be had.
fn read(
    workspace: &mut Workspace,
    references: &[String],
    look: &(Theme, Glyphs),
    guard: &mut Guard,
) -> Result<Result<Vec<Arc<Snapshot>>, String>, Error> {
    let outcome = std::thread::scope(|scope| {
        let (send, news) = channel();
        let shared = &*workspace;
        scope.spawn(move || {
            let mut snapshots = Vec::new();
            for text in references {
                let reference = match text.parse::<Reference>() {
                    Ok(reference) => reference,
                    Err(error) => return drop(send.send(News::Ends(Err(error.to_string())))),
                };
                let captures = matches!(reference, Reference::Live | Reference::Root(_));
                if captures {
                    let _ = send.send(News::Begins(text.clone()));
                }
                let found = shared.resolve(&reference, &mut |event| {
                    let _ = send.send(News::Probe(event));
                });
                match found {
                    Ok(found) => {
                        let snapshot = found.snapshot;
                        if captures {
                            let (facts, problems) = (snapshot.facts.leaf_count(), snapshot.problems.len());
                            let _ = send.send(News::Captured(snapshot.meta.label.clone(), facts, problems));
                        }
                        snapshots.push(snapshot);
                    }
                    Err(error) => return drop(send.send(News::Ends(Err(error.to_string())))),
                }
            }
            let _ = send.send(News::Ends(Ok(snapshots)));
        });
        let outcome = wait(&news, shared, look, guard);
        // Whatever ended the waiting, the thread is not left to capture on.
        shared.context().cancel.cancel();
        outcome
    });
    workspace.context_mut().cancel = crate::base::cancel::Cancel::new();
    outcome
}

/// Shows captures until everything is read, and until the user has seen how the last one ended.
fn wait(
    news: &Receiver<News>,
    workspace: &Workspace,
    look: &(Theme, Glyphs),
    guard: &mut Guard,
) -> Result<Result<Vec<Arc<Snapshot>>, String>, Error> {
    let mut screen: Option<(Capture, Instant)> = None;
    let mut outcome = None;
    loop {
        match news.recv_timeout(PATIENCE) {
            Ok(News::Begins(reference)) => {
                let what = if reference == "live" { "this machine".to_owned() } else { reference };
                let size = guard.size().map_err(Error::Terminal)?;
                screen = Some((Capture::new(&what, (0..probe_count()).map(probe_name), size), Instant::now()));
            }
            Ok(News::Probe(event)) => {
                if let Some((capture, _)) = &mut screen {
                    capture.happened(event);
                }
                continue;
            }
            Ok(News::Captured(label, facts, problems)) => {
                if let Some((capture, _)) = &mut screen {
                    capture.ended(&label, facts, problems);
                }
            }
            Ok(News::Ends(ended)) => outcome = Some(ended),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let lost = || Err("reading failed: a defect; please report it".to_owned());
                outcome.get_or_insert_with(lost);
            }
        }
        let seen = screen.as_ref().is_none_or(|(capture, _)| !capture.has_ended());
        let failed = matches!(outcome, Some(Err(_)));
        if (seen || failed)
            && let Some(outcome) = outcome.take()
        {
            return Ok(outcome);
        }
        let mut go_on = false;
        while event::poll(Duration::ZERO).map_err(Error::Terminal)? {
            match event::read().map_err(Error::Terminal)? {
                Input::Key(key) => {
                    let action = Key::of(key).and_then(|key| keys::action(capture::SCREEN, key));
                    match (screen.as_mut(), action) {
                        (Some((capture, _)), Some(action)) => match capture.act(action) {
                            capture::Next::Stay => {}
                            capture::Next::Stop => workspace.context().cancel.cancel(),
                            capture::Next::GoOn => go_on = true,
                        },
                        (None, Some(Action::Back | Action::Interrupt)) => {
                            workspace.context().cancel.cancel();
                        }
                        _ => {}
                    }
                }
                Input::Resize(width, height) => {
                    if let Some((capture, _)) = &mut screen {
                        capture.resize(Size { width, height });
                    }
                }
                _ => {}
            }
        }
        if go_on {
            screen = None;
            continue;
        }
        if let Some((capture, since)) = &mut screen {
            capture.passed(since.elapsed());
            if capture.wants_frame() {
                let capture = &*capture;
                guard
                    .draw(false, |frame| {
                        let size = frame.area().as_size();
                        let mut canvas = Canvas::new(frame.buffer_mut(), &look.0, look.1);
                        if is_too_small(size) {
                            view::too_small(size, &mut canvas);
                        } else {
                            capture::draw(capture, &mut canvas);
                        }
                    })
                    .map_err(Error::Terminal)?;
            }
        }
    }
}
