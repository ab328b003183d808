//! Waiting for what is read or captured, with a screen that says how far it is.

use super::Error;
use super::capture::{self, Next};
use super::keys::{self, Action, Key, Screen};
use super::loading::{self, Loading};
use super::reading::{Ending, Pending};
use super::runtime;
use super::start::{Start, save};
use crate::reference::{Entry, Reference};
use crossterm::event::{self, Event as Input};
use ratatui::layout::Size;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a key is waited for while snapshots are read or captured.
const PATIENCE: Duration = Duration::from_millis(20);
/// Reading that is done by then needs no screen of its own.
const MOMENT: Duration = Duration::from_millis(60);
/// How often a screen says how far the reading is.
const AGAIN: Duration = Duration::from_millis(500);
/// How often it does on a slow link.
const AGAIN_SLOWLY: Duration = Duration::from_secs(5);

/// What captures were kept as, by what was typed for them.
type Kept = BTreeMap<String, Entry>;

impl Start<'_> {
    /// Reads or captures what references name, and lays it side by side. With `waits`, a capture's end is shown until a
    /// key is pressed. What is being captured in the background already is not captured twice.
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
        if let Some(pending) = self.background.take() {
            let is_same = pending.is_of(&parsed, reference);
            if !is_same && !parsed.iter().any(|wanted| pending.captures(wanted)) {
                self.background = Some(pending);
            } else {
                let (ending, kept) = self.wait(pending, waits)?;
                if is_same || matches!(ending, Ending::Background | Ending::Partly(_) | Ending::Stopped) {
                    return Ok(ending);
                }
                for wanted in &mut parsed {
                    if let Some(entry) = kept.get(&wanted.to_string()) {
                        *wanted = Reference::File(entry.path.clone());
                    }
                }
            }
        }
        // The threads have a workspace of their own: leaving does not wait for one that reads a huge file.
        let twin = self.workspace.again();
        let mut workspace = std::mem::replace(self.workspace, twin);
        workspace.context_mut().keeps_parts = true;
        let pending = Pending::begin(Arc::new(workspace), &parsed, reference).map_err(Error::Thread)?;
        Ok(self.wait(pending, waits)?.0)
    }

    /// Waits until everything is there or is left, and until the user has seen how the last capture ended; besides, what
    /// captures were kept as.
    fn wait(&mut self, mut pending: Pending, waits: bool) -> Result<(Ending, Kept), Error> {
        let ending = match self.watch(&mut pending, waits) {
            Ok(Ending::Background) => {
                self.background = Some(pending);
                return Ok((Ending::Background, Kept::default()));
            }
            Ok(Ending::Partly(opened)) => {
                self.rest = Some(pending);
                return Ok((Ending::Partly(opened), Kept::default()));
            }
            other => other,
        };
        let kept = std::mem::take(&mut pending.kept);
        // Whatever ended the waiting, nothing is left to capture or read on.
        *self.workspace = pending.end();
        Ok((ending?, kept))
    }

    fn watch(&mut self, pending: &mut Pending, waits: bool) -> Result<Ending, Error> {
        let begun = Instant::now();
        let mut drawn: Option<(Loading, Instant)> = None;
        loop {
            pending.hear(PATIENCE);
            if !waits && pending.capture.as_ref().is_some_and(|(capture, _)| capture.has_ended()) {
                pending.capture = None;
            }
            let seen = pending.capture.as_ref().is_none_or(|(capture, _)| capture.has_ended() && capture.is_seen());
            let failed = matches!(pending.ending, Some(Ending::Failed(_) | Ending::Broken));
            if (seen || failed)
                && let Some(ending) = pending.ending.take()
            {
                return Ok(ending);
            }
            if let Some(part) = pending.part() {
                return Ok(Ending::Partly(part));
            }
            if self.guard.is_none() && begun.elapsed() < MOMENT {
                continue;
            }
            self.guard()?;
            while event::poll(Duration::ZERO).map_err(Error::Terminal)? {
                match event::read().map_err(Error::Terminal)? {
                    Input::Resize(width, height) => {
                        drawn = None;
                        if let Some((capture, _)) = &mut pending.capture {
                            capture.resize(Size { width, height });
                        }
                    }
                    Input::Key(key) => {
                        let Some(action) = Key::of(key).and_then(|key| keys::action(capture::SCREEN, key)) else {
                            continue;
                        };
                        if let Some(ending) = self.act(action, pending)? {
                            return Ok(ending);
                        }
                    }
                    _ => {}
                }
            }
            let again = if self.is_slow()? { AGAIN_SLOWLY } else { AGAIN };
            if let Some((capture, since)) = pending.capture.as_mut().filter(|(capture, _)| !capture.is_seen()) {
                capture.passed(since.elapsed());
                capture.resize(self.size()?);
                if capture.wants_frame(again) {
                    let capture = &*capture;
                    self.draw(false, |canvas| capture::draw(capture, canvas))?;
                }
                drawn = None;
            } else if drawn.as_ref().is_none_or(|(was, at)| *was != pending.loading && at.elapsed() >= again) {
                self.draw(false, |canvas| loading::draw(&pending.loading, canvas))?;
                drawn = Some((pending.loading.clone(), Instant::now()));
            }
        }
    }

    /// Does what a key says; how the waiting ends, if it does by that.
    fn act(&mut self, action: Action, pending: &mut Pending) -> Result<Option<Ending>, Error> {
        match action {
            Action::Redraw => self.guard()?.forget(),
            Action::Suspend => {
                if runtime::suspend(self.guard()?)?.is_none()
                    && let Some((capture, _)) = &mut pending.capture
                {
                    capture.say(runtime::NO_JOB_CONTROL);
                }
                return Ok(None);
            }
            _ => {}
        }
        let control = &pending.workspace().context().capture;
        let (skip, pause) = (control.skip.clone(), control.pause.clone());
        let Some((capture, _)) = pending.capture.as_mut().filter(|(capture, _)| !capture.is_seen()) else {
            let leaves = matches!(action, Action::Back | Action::Interrupt);
            return Ok(leaves.then_some(Ending::Stopped));
        };
        match capture.act(action) {
            Next::Stay => {}
            Next::Stop => pending.stop_capture(),
            Next::Skip(probe) => skip.give_up(probe),
            Next::Pause(rests) => pause.set(rests),
            Next::Save => {
                let words = pending.captured.clone().map(|snapshot| save(pending.workspace(), &snapshot));
                if let (Some((capture, _)), Some(words)) = (&mut pending.capture, words) {
                    capture.told(&words);
                }
            }
            Next::Background => {
                pause.set(false);
                if !pending.is_background() {
                    pending.to_background();
                }
                return Ok(Some(Ending::Background));
            }
            Next::Help => {
                let chosen = self.help(Screen::Capture)?;
                if let Some((_, action)) = chosen.filter(|(_, action)| *action != Action::Help) {
                    return self.act(action, pending);
                }
            }
        }
        Ok(None)
    }
}
