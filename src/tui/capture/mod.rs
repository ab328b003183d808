//! A capture under way. States are words, there is one bar, and nothing moves by itself: what is drawn changes with what
//! happens and at most once a second.

mod view;

pub use view::draw;

use super::keys::{Action, Screen};
use crate::base::text::escape;
use crate::reference::{Event, Outcome};
use ratatui::layout::Size;
use std::time::Duration;

/// What a probe is doing. Upper case is attention or activity, so that it reads without colour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Wait,
    Runs,
    Ended(Outcome),
}

#[derive(Clone, Debug, Default)]
struct Probe {
    name: &'static str,
    state: State,
    took: Duration,
}

impl Probe {
    fn word(&self) -> &'static str {
        match &self.state {
            State::Wait => "wait",
            State::Runs => "RUNS",
            State::Ended(Outcome::Done { denied: true, facts: 0, .. }) => "DENIED",
            State::Ended(Outcome::Done { .. }) => "done",
            State::Ended(Outcome::TimedOut) => "TIMEOUT",
            State::Ended(Outcome::Failed) => "FAILED",
            State::Ended(Outcome::Skipped(_)) => "skip",
        }
    }

    fn facts(&self) -> Option<usize> {
        match &self.state {
            State::Ended(Outcome::Done { facts, .. }) => Some(*facts),
            State::Ended(Outcome::TimedOut | Outcome::Failed) => Some(0),
            _ => None,
        }
    }

    fn note(&self) -> &str {
        match &self.state {
            State::Ended(Outcome::Done { problem: Some(problem), .. }) => problem,
            State::Ended(Outcome::Skipped(why)) => why,
            State::Ended(Outcome::TimedOut) => "took longer than its limit",
            State::Ended(Outcome::Failed) => "a defect of the probe; please report it",
            _ => "",
        }
    }

    fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }
}

/// What a key led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing outside.
    Stay,
    /// Stop the capture and keep what is there.
    Stop,
    /// Wait no longer for this probe.
    Skip(usize),
    /// Begin no further probe, or go on.
    Pause(bool),
    /// Go on while the user looks at something else.
    Background,
    /// Keep what was captured in the store.
    Save,
    /// The list of keys.
    Help,
}

/// The state of the screen.
#[derive(Debug)]
pub struct Capture {
    what: String,
    probes: Vec<Probe>,
    elapsed: Duration,
    /// The second that was drawn last.
    drawn: Option<u64>,
    is_changed: bool,
    is_stopped: bool,
    is_paused: bool,
    end: Option<String>,
    /// Whether its end was seen, and left.
    is_seen: bool,
    /// Whether it was asked to be kept.
    is_saved: bool,
    /// Where it is kept as it grows.
    part: Option<String>,
    /// Words on the status line until the next key.
    note: String,
    cursor: usize,
    size: Size,
}

impl Capture {
    /// The screen for a capture of `what`, by probes of these names.
    pub fn new(what: &str, probes: impl IntoIterator<Item = &'static str>) -> Self {
        let probe = |name| Probe { name, ..Probe::default() };
        Self {
            what: escape(what).into_owned(),
            probes: probes.into_iter().map(probe).collect(),
            elapsed: Duration::ZERO,
            drawn: None,
            is_changed: true,
            is_stopped: false,
            is_paused: false,
            end: None,
            is_seen: false,
            is_saved: false,
            part: None,
            note: String::new(),
            cursor: 0,
            size: Size::new(80, 24),
        }
    }

    /// Takes note of the size of the screen.
    pub fn resize(&mut self, size: Size) {
        if self.size != size {
            self.size = size;
            self.drawn = None;
        }
    }

    /// A probe began or ended.
    pub fn happened(&mut self, event: Event) {
        self.is_changed = true;
        match event {
            Event::Started(index) => {
                if let Some(probe) = self.probes.get_mut(index) {
                    probe.state = State::Runs;
                }
            }
            Event::Ended(index, outcome, took) => {
                if let Some(probe) = self.probes.get_mut(index) {
                    (probe.state, probe.took) = (State::Ended(outcome), took);
                }
            }
            Event::Kept(file) => self.part = Some(escape(&file.display().to_string()).into_owned()),
        }
    }

    /// So much time has passed since the beginning.
    pub fn passed(&mut self, elapsed: Duration) {
        if self.end.is_none() {
            self.elapsed = elapsed;
        }
    }

    /// The capture has ended, and came to this; raw text.
    pub fn ended(&mut self, words: &str) {
        let words = escape(words);
        self.end = Some(match (&self.part, self.is_stopped) {
            (Some(part), true) => format!("stopped before its end; kept in {part}: {words}"),
            (None, true) => format!("stopped before its end: {words}"),
            (_, false) => words.into_owned(),
        });
        self.drawn = None;
    }

    /// It was kept in the store, or could not be: words for the status line in place of how it ended.
    pub fn told(&mut self, words: &str) {
        (self.end, self.is_saved) = (Some(words.to_owned()), true);
        self.drawn = None;
    }

    /// Words for the status line until the next key.
    pub fn say(&mut self, words: &str) {
        words.clone_into(&mut self.note);
        self.drawn = None;
    }

    /// Whether its end was seen, and left.
    pub fn is_seen(&self) -> bool {
        self.is_seen
    }

    /// The end needs not be seen.
    pub fn leave(&mut self) {
        self.is_seen = true;
    }

    /// The file in which it is kept as it grows, in display form.
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// The share of the probes that have ended.
    pub fn percent(&self) -> usize {
        let ended = self.probes.iter().filter(|probe| probe.has_ended()).count();
        (ended * 100).checked_div(self.probes.len()).unwrap_or(0)
    }

    /// Whether the capture has ended.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Whether it is time for a frame: at once after a key and at the end, else once a second, or as seldom as
    /// `between` says, if something happened or a probe runs whose seconds are shown.
    pub fn wants_frame(&mut self, between: Duration) -> bool {
        let second = self.elapsed.as_secs();
        let due = self.drawn.is_none_or(|drawn| second >= drawn + between.as_secs().max(1));
        let runs = self.end.is_none();
        if due && (self.is_changed || runs || self.drawn.is_none()) {
            (self.drawn, self.is_changed) = (Some(second), false);
            return true;
        }
        false
    }

    /// Gives a key its effect.
    pub fn act(&mut self, action: Action) -> Next {
        self.drawn = None;
        self.note.clear();
        let page = view::body_height(self.size).max(2) - 1;
        match action {
            Action::Back | Action::Interrupt if self.end.is_none() => {
                self.is_stopped = true;
                return Next::Stop;
            }
            Action::Open | Action::Back | Action::Interrupt if self.end.is_some() => self.is_seen = true,
            Action::Pause if self.end.is_none() => {
                self.is_paused = !self.is_paused;
                return Next::Pause(self.is_paused);
            }
            Action::Background if self.end.is_none() => {
                self.is_paused = false;
                return Next::Background;
            }
            Action::Help => return Next::Help,
            Action::SkipProbe if self.probes.get(self.cursor).is_some_and(|probe| !probe.has_ended()) => {
                return Next::Skip(self.cursor);
            }
            Action::Save if self.end.is_some() && !self.is_saved => {
                self.is_saved = true;
                return Next::Save;
            }
            Action::Down => self.cursor += 1,
            Action::Up => self.cursor = self.cursor.saturating_sub(1),
            Action::PageDown => self.cursor += page,
            Action::PageUp => self.cursor = self.cursor.saturating_sub(page),
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = usize::MAX,
            _ => {}
        }
        self.cursor = self.cursor.min(self.probes.len().saturating_sub(1));
        Next::Stay
    }

    fn count(&self, word: &str) -> usize {
        self.probes.iter().filter(|probe| probe.word() == word).count()
    }
}

/// Which screen this is in the table of keys.
pub const SCREEN: Screen = Screen::Capture;

#[cfg(test)]
mod tests;
