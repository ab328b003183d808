//! The loop: block on input, take in all that is queued, draw at most one frame, and none when nothing changed.

use super::Error;
use super::keys::Key;
use super::message::{Effect, Message};
use super::model::Model;
use super::terminal::{Guard, restore};
use super::work::Lane;
use super::{update, view};
use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{self, Event};
use ratatui::layout::Size;
use rustix::process::{Signal, kill_current_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long input is waited for while work is under way, whose answer comes by another way than the terminal.
const BUSY: Duration = Duration::from_millis(10);
/// How long input is waited for otherwise: nothing happens until a key.
const IDLE: Duration = Duration::from_secs(3600);
/// How often it is looked whether the terminal is still there.
const WATCH: Duration = Duration::from_secs(5);

struct Runtime {
    guard: Guard,
    answers: Receiver<Message>,
    compare: Lane,
    survey: Lane,
    filter: Lane,
}

/// Runs the explorer until it is left.
pub fn run(mut model: Model, guard: Guard) -> Result<(), Error> {
    let (sender, answers) = channel();
    let _watch = watch().map_err(Error::Thread)?;
    let lane = |name: &str, sender: &Sender<Message>| Lane::start(name, sender.clone()).map_err(Error::Thread);
    let mut runtime = Runtime {
        compare: lane("comparing", &sender)?,
        survey: lane("surveying", &sender)?,
        filter: lane("filtering", &sender)?,
        guard,
        answers,
    };
    runtime.draw(&model)?;
    loop {
        let messages = runtime.wait(model.is_busy())?;
        let changed = !messages.is_empty();
        if messages.iter().any(|message| matches!(message, Message::Resize(_))) {
            // A window that was small for a moment has lost what it showed, though its size is that of before.
            runtime.guard.forget().map_err(Error::Terminal)?;
        }
        for message in messages {
            let effects = update::update(&mut model, message);
            for effect in effects {
                if matches!(effect, Effect::Quit) {
                    return Ok(());
                }
                for answer in runtime.perform(effect)? {
                    update::update(&mut model, answer);
                }
            }
        }
        if changed {
            runtime.draw(&model)?;
        }
    }
}

impl Runtime {
    /// Waits for something to happen, then takes all that has.
    fn wait(&mut self, busy: bool) -> Result<Vec<Message>, Error> {
        let mut messages: Vec<Message> = self.answers.try_iter().collect();
        let mut patience = match (messages.is_empty(), busy) {
            (false, _) => Duration::ZERO,
            (true, true) => BUSY,
            (true, false) => IDLE,
        };
        while event::poll(patience).map_err(Error::Terminal)? {
            messages.extend(message(event::read().map_err(Error::Terminal)?));
            patience = Duration::ZERO;
        }
        messages.extend(self.answers.try_iter());
        Ok(messages)
    }

    fn draw(&mut self, model: &Model) -> Result<(), Error> {
        self.guard.draw(model.takes_text(), |frame| view::view(model, frame)).map_err(Error::Terminal)
    }

    fn perform(&mut self, effect: Effect) -> Result<Vec<Message>, Error> {
        match effect {
            Effect::Quit => {}
            Effect::Stop => {
                self.compare.stop();
                self.survey.stop();
                self.filter.stop();
            }
            Effect::StopSieve => self.filter.stop(),
            Effect::Survey(job) => self.survey.give(|cancel| job.run(cancel).map(Message::Surveyed)),
            Effect::Sieve(job) => self.filter.give(|cancel| job.run(cancel).map(Message::Sieved)),
            Effect::Compare { ticket, sides, reference } => self.compare.give(move |cancel| {
                let mut comparison = Comparison::new(sides.into(), cancel)?;
                comparison.set_reference(reference);
                Some(Message::Compared { ticket, comparison: comparison.into() })
            }),
            Effect::Redraw => self.guard.forget().map_err(Error::Terminal)?,
            Effect::Copy(text) => return Ok(vec![Message::Note(self.copy(&text)?)]),
            Effect::Print(text) => self.guard.outside(|| print(&text)).map_err(Error::Terminal)?,
            Effect::Suspend => {
                let size = suspend(&mut self.guard)?;
                return Ok(vec![Message::Resize(size)]);
            }
        }
        Ok(Vec::new())
    }

    /// Sends text to the terminal's clipboard (xterm ctlseqs, OSC 52); the words say the way, never success, for the
    /// terminal does not answer.
    fn copy(&mut self, text: &str) -> Result<String, Error> {
        /// What some terminals take at most.
        const MOST: usize = 74_994;
        if text.len() > MOST {
            return Ok(format!("{} bytes are too many for the terminal clipboard: P prints", text.len()));
        }
        self.guard.send(CopyToClipboard::to_clipboard_from(text)).map_err(Error::Terminal)?;
        Ok(format!("sent to the terminal clipboard (OSC 52), {} bytes; if paste is empty, P prints", text.len()))
    }
}

/// Stops the program until the shell continues it; the size that the terminal has then.
pub fn suspend(guard: &mut Guard) -> Result<Size, Error> {
    // The whole group stops, because a parent such as git may be waiting for us.
    let stop = || kill_current_process_group(Signal::STOP).map_err(io::Error::from);
    guard.outside(stop).map_err(Error::Terminal)?;
    guard.size().map_err(Error::Terminal)
}

fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => Key::of(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(width, height) => Some(Message::Resize(Size { width, height })),
        _ => None,
    }
}

/// Writes text on the normal screen and waits for a line.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{text}\n-- Enter returns --")?;
    out.flush()?;
    loop {
        if let Event::Key(_) = event::read()? {
            return Ok(());
        }
    }
}

/// Ends the program when a signal says so or the terminal is gone. The event loop is no help there: crossterm's `poll`
/// never returns from a terminal that was taken away (crossterm#793).
pub fn watch() -> io::Result<Sender<()>> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            restore();
            signal_hook::low_level::exit(128 + signal);
        }
    })?;
    let (stop, stopped) = channel();
    std::thread::Builder::new().name("watchdog".into()).spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(WATCH) {
            // A terminal that was hung up answers EIO.
            if rustix::termios::tcgetwinsize(io::stdout()).is_err() {
                signal_hook::low_level::exit(128 + SIGHUP);
            }
        }
    })?;
    Ok(stop)
}

/// Lays the two sides out before anything is drawn.
pub fn first_comparison(model_sides: [std::sync::Arc<crate::model::Snapshot>; 2], reference: usize) -> Comparison {
    // A flag that nobody sets cancels nothing.
    let mut comparison = loop {
        if let Some(comparison) = Comparison::new(model_sides.to_vec(), &Cancel::new()) {
            break comparison;
        }
    };
    comparison.set_reference(reference);
    comparison
}
