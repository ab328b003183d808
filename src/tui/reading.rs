//! Reading and capturing what references name, off the drawing thread.

use super::arriving;
use super::background::Ticket;
use super::capture::Capture;
use super::loading::{Loading, Stage};
use super::model::Model;
use super::tree::Tree;
use crate::base::cancel::Cancel;
use crate::base::reading::Reading;
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::model::Snapshot;
use crate::reference::{
    Entry, Event, Reference, ReferenceError, Resolved, StoreError, Workspace, capture_in_words, probe_count,
    probe_name, tell_apart,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the other of two files may take before what is there is shown without it.
const A_WHILE: Duration = Duration::from_millis(150);
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
    /// The place of what was captured rather than read.
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
    /// The user looks at something else, and it goes on.
    Background,
    /// One of two is there, and the other is still read.
    Partly(Box<Opened>),
}

/// A reading under way, as far as whoever waits for it has heard.
pub struct Pending {
    job: Arc<Job>,
    news: Receiver<News>,
    /// What is read, as it was typed.
    pub references: Vec<String>,
    /// How far each is.
    pub loading: Loading,
    /// The capture that runs or ran last, and since when.
    pub capture: Option<(Capture, Instant)>,
    /// What was captured last, while its end is shown.
    pub captured: Option<Arc<Snapshot>>,
    /// What captures in the background were kept as, by what was typed for them.
    pub kept: BTreeMap<String, Entry>,
    /// How it ended, once it has.
    pub ending: Option<Ending>,
    /// The first that was read, its place and when that was.
    first: Option<(usize, Arc<Snapshot>, Instant)>,
    /// What can be opened while the other of two is still read.
    part: Option<Receiver<Box<Opened>>>,
}

impl Pending {
    /// Begins to read or capture what references name, on threads of their own.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn begin(workspace: Arc<Workspace>, what: &[Reference], reference: Option<usize>) -> std::io::Result<Self> {
        let references: Vec<String> = what.iter().map(ToString::to_string).collect();
        let readings = what.iter().map(|_| Reading::default()).collect();
        let ticket = Mutex::default();
        let is_background = AtomicBool::new(false);
        let job = Job { workspace, references: what.to_vec(), readings, reference, is_background, ticket };
        let (job, (send, news)) = (Arc::new(job), channel());
        let reading = Arc::clone(&job);
        std::thread::Builder::new().name("reading".into()).spawn(move || reading.run(&send))?;
        Ok(Self {
            job,
            news,
            loading: Loading::new(&references),
            references,
            capture: None,
            captured: None,
            kept: BTreeMap::new(),
            ending: None,
            first: None,
            part: None,
        })
    }

    /// Whether it reads the same for the same.
    pub fn is_of(&self, what: &[Reference], reference: Option<usize>) -> bool {
        self.job.references == what && self.job.reference == reference
    }

    /// Whether it captures what this reference names.
    pub fn captures(&self, what: &Reference) -> bool {
        self.job.references.iter().enumerate().any(|(at, of)| of == what && self.job.captures(at))
    }

    /// What it is done with.
    pub fn workspace(&self) -> &Workspace {
        &self.job.workspace
    }

    /// Waits for news for so long, and takes all that there are.
    pub fn hear(&mut self, patience: Duration) {
        let mut next = self.news.recv_timeout(patience);
        loop {
            match next {
                Ok(news) => self.take(news),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    self.ending.get_or_insert(Ending::Broken);
                    break;
                }
            }
            next = self.news.recv_timeout(Duration::ZERO);
        }
        for (row, reading) in self.loading.rows.iter_mut().zip(&self.job.readings) {
            if let (Some((done, all)), Stage::Waits | Stage::Reads(..)) = (reading.progress(), &row.1) {
                row.1 = Stage::Reads(done, all);
            }
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Begins(capture) => self.capture = Some((*capture, Instant::now())),
            News::Probe(event) => {
                if let Some((capture, _)) = &mut self.capture {
                    capture.happened(event);
                }
            }
            News::Ready(at, snapshot, how) => {
                if let Some((_, stage)) = self.loading.rows.get_mut(at) {
                    *stage = Stage::Ready(snapshot.facts.leaf_count());
                }
                if matches!(how, Had::Read) {
                    self.first.get_or_insert((at, snapshot, Instant::now()));
                    return;
                }
                if let Some((capture, since)) = &mut self.capture {
                    capture.passed(since.elapsed());
                    match &how {
                        Had::Kept(Ok(entry)) => capture.told(&kept_as(entry)),
                        Had::Kept(Err(error)) => capture.told(&escape(&error.to_string())),
                        Had::Captured(words) => capture.ended(words),
                        Had::Read => {}
                    }
                }
                // It may have ended just before it was put in the background.
                let how = if matches!(how, Had::Captured(_)) && self.is_background() {
                    Had::Kept(self.job.workspace.save(&snapshot))
                } else {
                    how
                };
                if let (Had::Kept(Ok(entry)), Some(reference)) = (how, self.references.get(at)) {
                    self.kept.insert(reference.clone(), entry);
                }
                self.captured = Some(snapshot);
            }
            News::Compares => self.loading.compares = true,
            News::Ends(ended) => self.ending = Some(ended),
        }
    }

    /// What can be opened before all is there: once one of two files is read and the other takes its time. It is laid
    /// out on a thread of its own.
    pub fn part(&mut self) -> Option<Box<Opened>> {
        if self.ending.is_some() {
            return None;
        }
        if let Some(part) = &self.part {
            return part.try_recv().ok();
        }
        let (at, snapshot, since) = self.first.as_ref()?;
        let is_one_of_two = self.references.len() == 2 && !(self.job.captures(0) || self.job.captures(1));
        if !is_one_of_two || self.loading.compares || since.elapsed() < A_WHILE {
            return None;
        }
        let (other, read) = (1 - at, (*at, Arc::clone(snapshot)));
        let label = self.job.references.get(other)?.name();
        let (references, cancel) = (self.references.clone(), self.job.readings.get(other)?.cancel.clone());
        let (send, part) = channel();
        self.part = Some(part);
        let work = move || {
            if let Some(opened) = arriving::partly(&references, read, &label, &cancel) {
                // Nobody waits any more for a reading that was left.
                let _ = send.send(Box::new(opened));
            }
        };
        // Without a thread the screen says how far the reading is, as before.
        let _ = std::thread::Builder::new().name("opening".into()).spawn(work);
        None
    }

    /// The place of the file that is not read yet, and how far it is in words.
    pub fn rest(&self) -> (usize, String) {
        let at = self.first.as_ref().map_or(0, |(at, ..)| 1_usize.saturating_sub(*at));
        let words = match self.loading.rows.get(at) {
            _ if self.loading.compares => "comparing ..".to_owned(),
            Some((_, Stage::Reads(done, all))) => format!("loading, {} %", done * 100 / all.max(&1)),
            _ => "loading ..".to_owned(),
        };
        (at, words)
    }

    /// Goes on in the background: what is captured is kept in the store.
    pub fn to_background(&self) {
        self.job.is_background.store(true, Ordering::SeqCst);
        *self.job.ticket() = Some(Ticket::new(&self.job.workspace.context().cancel));
    }

    /// Whether it goes on in the background.
    pub fn is_background(&self) -> bool {
        self.job.is_background.load(Ordering::SeqCst)
    }

    /// Stops a capture; what it has is there soon.
    pub fn stop_capture(&self) {
        self.job.workspace.context().cancel.cancel();
    }

    /// Stops everything. The workspace, if nobody else has it any more; else another on the same store.
    pub fn end(self) -> Workspace {
        self.stop_capture();
        self.job.readings.iter().for_each(|reading| reading.cancel.cancel());
        let shared = Arc::clone(&self.job.workspace);
        drop(self);
        match Arc::try_unwrap(shared) {
            Ok(mut workspace) => {
                workspace.context_mut().cancel = Cancel::new();
                workspace.context().capture.pause.set(false);
                workspace
            }
            // A thread is still on its way out: it keeps its own.
            Err(shared) => shared.again(),
        }
    }
}

/// Words for a snapshot that was put in the store.
pub fn kept_as(entry: &Entry) -> String {
    format!("kept as {}: {}", escape(&entry.label), escape(&entry.path.display().to_string()))
}

/// How a snapshot was come by.
enum Had {
    Read,
    /// Captured; what it came to.
    Captured(String),
    /// Captured in the background, and put in the store.
    Kept(Result<Entry, StoreError>),
}

/// News of the threads that read.
enum News {
    Begins(Box<Capture>),
    Probe(Event),
    /// What the reference of this place names is there.
    Ready(usize, Arc<Snapshot>, Had),
    Compares,
    Ends(Ending),
}

/// What is to be read.
struct Job {
    workspace: Arc<Workspace>,
    references: Vec<Reference>,
    readings: Vec<Reading>,
    reference: Option<usize>,
    is_background: AtomicBool,
    /// Held in the background, until the end.
    ticket: Mutex<Option<Ticket>>,
}

impl Job {
    fn ticket(&self) -> std::sync::MutexGuard<'_, Option<Ticket>> {
        self.ticket.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.ticket().take();
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
        let mut found: Vec<Resolved> = found.into_iter().map(|(_, resolved)| resolved).collect::<Result<_, _>>()?;
        tell_apart(&mut found);
        Ok(found)
    }

    fn one(&self, at: usize, news: &Sender<News>) -> Result<Resolved, ReferenceError> {
        let (reference, reading) = (&self.references[at], &self.readings[at]);
        if self.captures(at) {
            let what = if *reference == Reference::Live { "this machine".to_owned() } else { reference.to_string() };
            let _ = news.send(News::Begins(Box::new(Capture::new(&what, (0..probe_count()).map(probe_name)))));
        }
        let mut progress = |event| drop(news.send(News::Probe(event)));
        let resolved = self.workspace.resolve_telling(reference, reading, &mut progress)?;
        let how = match (self.captures(at), self.is_background.load(Ordering::SeqCst)) {
            (false, _) => Had::Read,
            (true, false) => Had::Captured(capture_in_words(&resolved.snapshot, resolved.redacted.len())),
            (true, true) => Had::Kept(self.workspace.save(&resolved.snapshot)),
        };
        let _ = news.send(News::Ready(at, Arc::clone(&resolved.snapshot), how));
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
