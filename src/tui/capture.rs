//! A capture under way. States are words, there is one bar, and nothing moves by itself: what is drawn changes with what
//! happens and at most once a second.

use super::canvas::Canvas;
use super::hints;
use super::keys::{Action, Screen};
use super::theme::Role;
use crate::base::text::escape;
use crate::reference::{Event, Outcome};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;
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
    /// Keep what was captured in the store.
    Save,
    /// Go on with what was captured.
    GoOn,
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
    end: Option<String>,
    /// Whether it was asked to be kept.
    is_saved: bool,
    cursor: usize,
    size: Size,
}

impl Capture {
    /// The screen for a capture of `what`, by probes of these names.
    pub fn new(what: &str, probes: impl IntoIterator<Item = &'static str>, size: Size) -> Self {
        let probe = |name| Probe { name, ..Probe::default() };
        Self {
            what: escape(what).into_owned(),
            probes: probes.into_iter().map(probe).collect(),
            elapsed: Duration::ZERO,
            drawn: None,
            is_changed: true,
            is_stopped: false,
            end: None,
            is_saved: false,
            cursor: 0,
            size,
        }
    }

    /// Takes note of the size of the screen.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.drawn = None;
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
        }
    }

    /// So much time has passed since the beginning.
    pub fn passed(&mut self, elapsed: Duration) {
        if self.end.is_none() {
            self.elapsed = elapsed;
        }
    }

    /// The capture has ended with so many facts and problems.
    pub fn ended(&mut self, label: &str, facts: usize, problems: usize) {
        let stopped = if self.is_stopped { ", stopped before its end" } else { "" };
        let unreadable = if problems > 0 { format!(", {problems} unreadable") } else { String::new() };
        let label = escape(label);
        self.end = Some(format!("{label} captured: {facts} facts{unreadable}, {}{stopped}", clock(self.elapsed)));
        self.drawn = None;
    }

    /// Words for the status line, in place of how it ended.
    pub fn told(&mut self, words: &str) {
        self.end = Some(words.to_owned());
        self.drawn = None;
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
        let page = body_height(self.size).max(2) - 1;
        match action {
            Action::Back | Action::Interrupt if self.end.is_none() => {
                self.is_stopped = true;
                return Next::Stop;
            }
            Action::Open | Action::Back | Action::Interrupt if self.end.is_some() => return Next::GoOn,
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

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// Rows of the list.
fn body_height(size: Size) -> usize {
    let head = if size.width >= 70 { 5 } else { 4 };
    let detail = if size.height >= 24 { 4 } else { 0 };
    usize::from(size.height).saturating_sub(head + detail + 2)
}

/// Draws the screen.
pub fn draw(capture: &Capture, canvas: &mut Canvas<'_>) {
    let Rect { width: cells, height, .. } = canvas.area();
    let title = format!(" drift  capturing {}", capture.what);
    canvas.put_both(0, &title, &format!("elapsed {}", clock(capture.elapsed)), canvas.style(Role::Title));
    let all = capture.probes.len();
    let ended = capture.probes.iter().filter(|probe| probe.has_ended()).count();
    canvas.put(1, 1, &counts(capture), cells.saturating_sub(1), Style::default());
    let room = usize::from(cells.saturating_sub(12)).min(60);
    let full = (ended * room).checked_div(all).unwrap_or(0);
    let share = (ended * 100).checked_div(all).unwrap_or(0);
    let bar = format!("[{}{}] {share} %", "#".repeat(full), ".".repeat(room - full));
    canvas.put(1, 2, &bar, cells.saturating_sub(1), Style::default());
    canvas.rule(3, "");
    let wide = cells >= 70;
    let mut y = 4;
    if wide {
        canvas.put(3, y, "STATE    PROBE                    FACTS    TIME   NOTE", cells, canvas.style(Role::Heading));
        y += 1;
    }
    let body = body_height(capture.size);
    let top = (capture.cursor + 1).saturating_sub(body.max(1));
    for (y, (at, probe)) in (y..).take(body).zip(capture.probes.iter().enumerate().skip(top)) {
        canvas.put(3, y, probe.word(), 8, Style::default());
        let facts = probe.facts().map(|n| n.to_string()).unwrap_or_default();
        let names = if wide { 22 } else { 18 };
        canvas.put(12, y, probe.name, names, Style::default());
        let mut x = 12 + names;
        canvas.put_right((x + 8).min(cells), y, &facts, Style::default());
        x += 8;
        if wide {
            let took =
                if probe.facts().is_some() { format!("{:.1} s", probe.took.as_secs_f64()) } else { String::new() };
            canvas.put_right((x + 8).min(cells), y, &took, Style::default());
            x += 8;
        }
        canvas.put(x + 2, y, &escape(probe.note()), cells.saturating_sub(x + 2), Style::default());
        if at == capture.cursor {
            canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
            canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
            canvas.cursor = Some(Position::new(0, y));
        }
    }
    if height >= 24 {
        effect(capture, canvas, height - 6);
    }
    let status = height.saturating_sub(2);
    let said = capture
        .end
        .as_deref()
        .unwrap_or("captures change nothing on this machine; secrets are hidden as they are read");
    canvas.put(1, status, said, cells.saturating_sub(1), Style::default());
    let hint = if capture.has_ended() && capture.is_saved {
        format!("{} goes on", hints::key(Action::Open))
    } else if capture.has_ended() {
        format!("{} goes on  {} keeps it in the store", hints::key(Action::Open), hints::key(Action::Save))
    } else if capture.is_stopped {
        "stopping".to_owned()
    } else {
        format!("Esc stops and keeps what is there  {} skips this probe", hints::key(Action::SkipProbe))
    };
    canvas.put(0, height.saturating_sub(1), &hint, cells, Style::default());
}

/// `8 of 14 done, 1 running, 1 denied, 3 waiting, 4557 facts`.
fn counts(capture: &Capture) -> String {
    let words = [
        ("RUNS", "running"),
        ("DENIED", "denied"),
        ("FAILED", "failed"),
        ("TIMEOUT", "timed out"),
        ("skip", "skipped"),
        ("wait", "waiting"),
    ];
    let others = words.iter().map(|(state, word)| (capture.count(state), word)).filter(|(count, _)| *count > 0);
    let others: String = others.map(|(count, word)| format!(", {count} {word}")).collect();
    let facts: usize = capture.probes.iter().filter_map(Probe::facts).sum();
    format!("{} of {} done{others}, {facts} facts", capture.count("done"), capture.probes.len())
}

/// What the selected probe's end means.
fn effect(capture: &Capture, canvas: &mut Canvas<'_>, y: u16) {
    let Some(probe) = capture.probes.get(capture.cursor) else { return };
    let cells = canvas.area().width.saturating_sub(1);
    canvas.rule(y, probe.name);
    let note = probe.note();
    if !note.is_empty() {
        canvas.put(1, y + 1, &format!("{}: {}", probe.word(), escape(note)), cells, Style::default());
        let unknown = "effect: what it did not read will be ? unknown when compared, never absent";
        canvas.put(1, y + 2, unknown, cells, Style::default());
    }
}

/// Which screen this is in the table of keys.
pub const SCREEN: Screen = Screen::Capture;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::glyphs::Glyphs;
    use crate::tui::theme::Theme;
    use proptest::prelude::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn screen(capture: &Capture) -> String {
        let theme = Theme::default();
        let Size { width, height } = capture.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        terminal
            .draw(|frame| draw(capture, &mut Canvas::new(frame.buffer_mut(), &theme, Glyphs::ASCII)))
            .expect("draws");
        let rows = terminal.backend().to_string();
        rows.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
    }

    fn under_way(size: (u16, u16)) -> Capture {
        let mut capture =
            Capture::new("this machine", ["hardware", "dpkg", "nscd", "gpu", "dns", "tls"], Size::new(size.0, size.1));
        let done =
            |facts, problem: Option<&str>, denied| Outcome::Done { facts, problem: problem.map(Into::into), denied };
        for index in [0, 1, 2, 4] {
            capture.happened(Event::Started(index));
        }
        capture.happened(Event::Ended(0, done(312, None, false), Duration::from_millis(412)));
        let denied = done(0, Some("permission denied: /run/nscd/socket"), true);
        capture.happened(Event::Ended(2, denied, Duration::ZERO));
        capture.happened(Event::Ended(3, Outcome::Skipped("no device".to_owned()), Duration::ZERO));
        capture.happened(Event::Ended(4, Outcome::TimedOut, Duration::from_secs(3)));
        capture.passed(Duration::from_secs(14));
        capture
    }

    #[test]
    fn states_are_words() {
        let mut capture = under_way((80, 24));
        capture.act(Action::Down);
        capture.act(Action::Down);
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("capture_80x24", screen(&capture));
        });
    }

    #[test]
    fn a_frame_is_drawn_at_most_once_a_second() {
        let mut capture = under_way((80, 24));
        assert!(capture.wants_frame(Duration::ZERO));
        capture.happened(Event::Started(5));
        assert!(!capture.wants_frame(Duration::ZERO));
        capture.passed(Duration::from_secs(15));
        assert!(capture.wants_frame(Duration::ZERO) && !capture.wants_frame(Duration::ZERO));
    }

    #[test]
    fn stopping_keeps_what_is_there() {
        let mut capture = under_way((60, 20));
        assert_eq!(capture.act(Action::Back), Next::Stop);
        capture.ended("here", 312, 2);
        assert!(screen(&capture).contains("here captured: 312 facts, 2 unreadable, 0:14, stopped"));
        assert_eq!(capture.act(Action::Open), Next::GoOn);
        capture.passed(Duration::from_secs(99));
        assert!(capture.wants_frame(Duration::ZERO) && !capture.wants_frame(Duration::ZERO));
    }

    proptest! {
        #[test]
        fn any_size_draws(width in 1u16..140, height in 1u16..50, cursor in 0usize..8) {
            let mut capture = under_way((width, height));
            for _ in 0..cursor {
                capture.act(Action::Down);
            }
            screen(&capture);
        }
    }
}
