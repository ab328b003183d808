//! Reading and capturing what references name, off the drawing thread, with a screen that says how far it is.

use super::Error;
use super::capture::{self, Capture};
use super::keys::{self, Action, Key};
use super::loading::{self, Loading, Stage};
use super::model::Model;
use super::start::{Start, save};
use super::tree::Tree;
use crate::base::cancel::Cancel;
use crate::base::reading::Reading;
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::model::Snapshot;
use crate::reference::{Event, Reference, ReferenceError, Resolved, Workspace, probe_count, probe_name};
use crossterm::event::{self, Event as Input};
use ratatui::layout::Size;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long a key is waited for while snapshots are read or captured.
const PATIENCE: Duration = Duration::from_millis(20);
/// Reading that is done by then needs no screen of its own.
const MOMENT: Duration = Duration::from_millis(60);
/// How often a screen says how far the reading is.
const AGAIN: Duration = Duration::from_millis(500);
/// How often it does on a slow link.
const AGAIN_SLOWLY: Duration = Duration::from_secs(5);
/// Files that are read at the same time.
const AT_ONCE: usize = 4;

/// Everything that the explorer opens with.
#[derive(Debug)]
pub struct Opened {
    /// What was read.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// What was typed for each.
    pub references: Vec<String>,
    /// Which two are side by side.
    pub sides: (usize, usize),
    /// Which one is measured against.
    pub reference: usize,
    /// The tree of the two.
    pub tree: Tree,
    /// What a user should know of what was read.
    pub warnings: Vec<String>,
    /// The reference and the place of what was captured rather than read.
    pub captured: Vec<usize>,
}

/// How a reading ended.
#[derive(Debug)]
pub enum Ending {
    /// All is there.
    Opened(Box<Opened>),
    /// One of them cannot be had.
    Failed(ReferenceError),
    /// A defect.
    Broken,
    /// The user wanted no more of it.
    Stopped,
}

impl Start<'_> {
    /// Reads or captures what references name, on threads of their own, and lays it side by side. With `waits`, a
    /// capture's end is shown until a key is pressed.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn read(&mut self, references: &[String], reference: Option<usize>, waits: bool) -> Result<Ending, Error> {
        let mut parsed = Vec::new();
        for text in references {
            match text.parse::<Reference>() {
                Ok(reference) => parsed.push(reference),
                Err(error) => return Ok(Ending::Failed(error)),
            }
        }
        let (send, news) = channel();
        // The threads have a workspace of their own: leaving does not wait for one that reads a huge file.
        let workspace = std::mem::replace(self.workspace, Workspace::nowhere());
        let shared = Arc::new(workspace);
        let readings: Vec<Reading> = parsed.iter().map(|_| Reading::default()).collect();
        let job = Job { workspace: Arc::clone(&shared), references: parsed, readings, reference };
        let (job, waiting) = (Arc::new(job), Instant::now());
        let reading = Arc::clone(&job);
        let thread = std::thread::Builder::new().name("reading".into()).spawn(move || reading.run(&send));
        thread.map_err(Error::Thread)?;
        let outcome = self.wait(&news, &job, references, waits, waiting);
        // Whatever ended the waiting, nothing is left to capture or read on.
        job.stop();
        drop(job);
        *self.workspace = match Arc::try_unwrap(shared) {
            Ok(mut workspace) => {
                workspace.context_mut().cancel = Cancel::new();
                workspace
            }
            // A thread is still on its way out: it keeps its own.
            Err(shared) => shared.again(),
        };
        outcome
    }

    /// Shows how far it is until everything is there, and until the user has seen how the last capture ended.
    fn wait(
        &mut self,
        news: &Receiver<News>,
        job: &Job,
        references: &[String],
        waits: bool,
        begun: Instant,
    ) -> Result<Ending, Error> {
        let mut loading = Loading::new(references);
        let mut drawn: Option<(Loading, Instant)> = None;
        let mut capture: Option<(Capture, Instant)> = None;
        let mut kept: Option<Arc<Snapshot>> = None;
        let mut ending = None;
        loop {
            match news.recv_timeout(PATIENCE) {
                Ok(News::Begins(what)) => {
                    let size = self.size()?;
                    let probes = (0..probe_count()).map(probe_name);
                    capture = Some((Capture::new(&what, probes, size), Instant::now()));
                }
                Ok(News::Probe(event)) => {
                    if let Some((capture, _)) = &mut capture {
                        capture.happened(event);
                    }
                    continue;
                }
                Ok(News::Ready(at, snapshot, is_captured)) => {
                    if let Some((_, stage)) = loading.rows.get_mut(at) {
                        *stage = Stage::Ready(snapshot.facts.leaf_count());
                    }
                    if is_captured && waits {
                        if let Some((capture, _)) = &mut capture {
                            let problems = snapshot.problems.len();
                            capture.ended(&snapshot.meta.label, snapshot.facts.leaf_count(), problems);
                        }
                        kept = Some(snapshot);
                    } else if is_captured {
                        capture = None;
                    }
                }
                Ok(News::Compares) => loading.compares = true,
                Ok(News::Ends(ended)) => ending = Some(ended),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    ending.get_or_insert(Ending::Broken);
                }
            }
            let seen = capture.as_ref().is_none_or(|(capture, _)| !capture.has_ended());
            let failed = matches!(ending, Some(Ending::Failed(_) | Ending::Broken));
            if (seen || failed)
                && let Some(ending) = ending.take()
            {
                return Ok(ending);
            }
            if self.guard.is_none() && begun.elapsed() < MOMENT {
                continue;
            }
            self.guard()?;
            while event::poll(Duration::ZERO).map_err(Error::Terminal)? {
                let input = event::read().map_err(Error::Terminal)?;
                if let Input::Resize(width, height) = input {
                    drawn = None;
                    if let Some((capture, _)) = &mut capture {
                        capture.resize(Size { width, height });
                    }
                }
                let Input::Key(key) = input else { continue };
                let action = Key::of(key).and_then(|key| keys::action(capture::SCREEN, key));
                let (next, action) = match (capture.as_mut(), action) {
                    (Some((capture, _)), Some(action)) => (capture.act(action), action),
                    (None, Some(Action::Back | Action::Interrupt)) => return Ok(Ending::Stopped),
                    _ => continue,
                };
                match (next, action) {
                    (capture::Next::Stay, Action::Redraw) => self.guard()?.forget(),
                    (capture::Next::Stay, _) => {}
                    (capture::Next::Stop, _) => job.workspace.context().cancel.cancel(),
                    (capture::Next::Skip(probe), _) => job.workspace.context().capture.skip.give_up(probe),
                    (capture::Next::Save, _) => {
                        if let (Some((capture, _)), Some(snapshot)) = (&mut capture, &kept) {
                            capture.told(&save(&job.workspace, snapshot));
                        }
                    }
                    (capture::Next::GoOn, _) => capture = None,
                }
            }
            let again = if self.is_slow()? { AGAIN_SLOWLY } else { AGAIN };
            if let Some((capture, since)) = &mut capture {
                capture.passed(since.elapsed());
                if capture.wants_frame(again) {
                    let capture = &*capture;
                    self.draw(false, |canvas| capture::draw(capture, canvas))?;
                }
                drawn = None;
                continue;
            }
            for (row, reading) in loading.rows.iter_mut().zip(&job.readings) {
                if let (Some((done, all)), Stage::Waits | Stage::Reads(..)) = (reading.progress(), &row.1) {
                    row.1 = Stage::Reads(done, all);
                }
            }
            if drawn.as_ref().is_none_or(|(was, at)| *was != loading && at.elapsed() >= again) {
                self.draw(false, |canvas| loading::draw(&loading, canvas))?;
                drawn = Some((loading.clone(), Instant::now()));
            }
        }
    }
}

/// News of the threads that read.
enum News {
    Begins(String),
    Probe(Event),
    /// What the reference of this place names is there; whether it was captured.
    Ready(usize, Arc<Snapshot>, bool),
    Compares,
    Ends(Ending),
}

/// What is to be read.
struct Job {
    workspace: Arc<Workspace>,
    references: Vec<Reference>,
    readings: Vec<Reading>,
    reference: Option<usize>,
}

impl Job {
    fn stop(&self) {
        self.workspace.context().cancel.cancel();
        self.readings.iter().for_each(|reading| reading.cancel.cancel());
    }

    fn captures(&self, at: usize) -> bool {
        matches!(self.references.get(at), Some(Reference::Live | Reference::Root(_)))
    }

    /// Reads all and lays two side by side.
    fn run(&self, news: &Sender<News>) {
        let outcome = self.all(news).map(|resolved| self.opened(resolved, news));
        let ending = match outcome {
            Ok(Some(opened)) => Ending::Opened(Box::new(opened)),
            Ok(None) => Ending::Stopped,
            Err(error) => Ending::Failed(error),
        };
        // Nobody waits any more for a reading that was left.
        let _ = news.send(News::Ends(ending));
    }

    /// Files side by side, captures one after the other: each of them has threads of its own.
    fn all(&self, news: &Sender<News>) -> Result<Vec<Resolved>, ReferenceError> {
        let next = AtomicUsize::new(0);
        let files: Vec<usize> = (0..self.references.len()).filter(|at| !self.captures(*at)).collect();
        let mut found = std::thread::scope(|scope| {
            let read = || {
                let mut found = Vec::new();
                while let Some(at) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    found.push((*at, self.one(*at, news)));
                }
                found
            };
            let threads: Vec<_> = (0..files.len().min(AT_ONCE)).map(|_| scope.spawn(read)).collect();
            let captures = (0..self.references.len()).filter(|at| self.captures(*at));
            let mut found: Vec<_> = captures.map(|at| (at, self.one(at, news))).collect();
            for thread in threads {
                match thread.join() {
                    Ok(more) => found.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            found
        });
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, resolved)| resolved).collect()
    }

    fn one(&self, at: usize, news: &Sender<News>) -> Result<Resolved, ReferenceError> {
        let (reference, reading) = (&self.references[at], &self.readings[at]);
        if self.captures(at) {
            let what = if *reference == Reference::Live { "this machine".to_owned() } else { reference.to_string() };
            let _ = news.send(News::Begins(what));
        }
        let mut progress = |event| drop(news.send(News::Probe(event)));
        let resolved = self.workspace.resolve_telling(reference, reading, &mut progress)?;
        let _ = news.send(News::Ready(at, Arc::clone(&resolved.snapshot), self.captures(at)));
        Ok(resolved)
    }

    fn opened(&self, resolved: Vec<Resolved>, news: &Sender<News>) -> Option<Opened> {
        let _ = news.send(News::Compares);
        let warnings = resolved
            .iter()
            .flat_map(|one| one.warnings.iter().map(|warning| format!("{}: {}", escape(&one.source), escape(warning))));
        let warnings = warnings.collect();
        let snapshots: Vec<Arc<Snapshot>> = resolved.into_iter().map(|one| one.snapshot).collect();
        let (mut left, mut right, first) = Model::first_sides(&snapshots);
        let reference = self.reference.unwrap_or(first);
        if ![left, right].contains(&reference) {
            (left, right) = (usize::from(reference == 0), reference);
        }
        let pair = vec![Arc::clone(snapshots.get(left)?), Arc::clone(snapshots.get(right)?)];
        let cancel = self.readings.first().map(|reading| reading.cancel.clone()).unwrap_or_default();
        let mut comparison = Comparison::new(pair, &cancel)?;
        comparison.set_reference(usize::from(reference == right));
        let tree = Tree::new(Arc::new(comparison));
        let captured = (0..snapshots.len()).filter(|at| self.captures(*at)).collect();
        let references = self.references.iter().map(ToString::to_string).collect();
        Some(Opened { snapshots, references, sides: (left, right), reference, tree, warnings, captured })
    }
}
