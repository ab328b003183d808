//! The loop: block on input, take in all that is queued, draw at most one frame, and none when nothing changed.

use super::Error;
use super::keys::Key;
use super::message::{Effect, Message};
use super::model::{Model, View};
use super::pace::{Cause, Sizes};
use super::reading::{Ending, Opened, Pending};
use super::review::scribe::{self, Desk, Scribe};
use super::session::{self, Keeper};
use super::terminal::{Guard, Manner, restore_in_time};
use super::work::{Inbox, Lanes};
use super::{Settings, background, update, view};
use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::model::Snapshot;
use crate::reference::{Workspace, viewer};
use crossterm::event::{self, Event};
use ratatui::layout::{Rect, Size};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// How long input is waited for while work is under way, whose answer comes by another way than the terminal.
const BUSY: Duration = Duration::from_millis(10);
/// How long at first: most answers need less.
const BRISK: Duration = Duration::from_millis(1);
/// For how long that is.
const AT_FIRST: Duration = Duration::from_millis(60);
/// How long while a side is still read.
const HEARD: Duration = Duration::from_millis(50);
/// How often it is told how far that side is.
const TOLD: Duration = Duration::from_millis(500);
/// How often it is on a slow link.
const TOLD_SLOWLY: Duration = Duration::from_secs(5);
/// An answer that is there by then needs no frame before it.
const AT_ONCE: Duration = Duration::from_millis(2);
/// How long input is waited for otherwise: nothing happens until a key.
const IDLE: Duration = Duration::from_secs(3600);
/// On a slow link, what follows the selection is drawn once no key has come for so long.
const PAUSE: Duration = Duration::from_millis(150);
/// How many frames a terminal holds up before its link is taken for slow.
const HELD_UP: u32 = 3;
mod perform;

pub use perform::{NO_JOB_CONTROL, suspend};

struct Runtime<'a> {
    guard: Guard,
    workspace: &'a Workspace,
    settings: &'a Settings,
    answers: Inbox,
    lanes: Lanes,
    /// Whether a worker was asked for something that the next frame could show.
    has_asked: bool,
    /// When that was last.
    asked: Option<Instant>,
    /// What is still read.
    rest: Option<Pending>,
    /// When it was told last how far that is.
    told: Option<Instant>,
    /// Whoever writes the journal of the review that is open.
    scribe: Option<Scribe>,
    /// Where workers answer.
    sender: Sender<Message>,
    /// When the last key came, while a slow link has yet to be told what the key led to.
    hurried: Option<Instant>,
    /// Sizes that are not drawn yet.
    sizes: Sizes,
}

/// Runs the explorer until it is left.
pub fn run(
    mut model: Model,
    guard: Guard,
    workspace: &Workspace,
    settings: &Settings,
    (first, mut keeper): (Vec<Effect>, Option<Keeper>),
    desk: Option<Desk>,
    rest: Option<Pending>,
) -> Result<Option<(Guard, Box<Opened>)>, Error> {
    let (sender, answers) = channel();
    let lanes = Lanes::start(&sender).map_err(Error::Thread)?;
    let scribe = desk.map(|desk| Scribe::start(desk, 1, sender.clone())).transpose().map_err(Error::Thread)?;
    let (answers, sizes, hurried, has_asked, asked) = (Inbox::new(answers), Sizes::default(), None, false, None);
    let mut runtime = Runtime {
        guard,
        workspace,
        settings,
        answers,
        lanes,
        has_asked,
        asked,
        rest,
        told: None,
        scribe,
        hurried,
        sizes,
        sender,
    };
    for effect in first {
        runtime.perform(effect)?;
    }
    let (mut is_drawn, mut cause) = (false, Cause::News);
    let mut is_announced = model.slow;
    let mut was_arriving = model.arriving.is_some();
    loop {
        let mut messages = runtime.answered_at_once();
        if messages.is_empty() {
            if !is_drawn && runtime.until_frame(cause)?.is_zero() {
                runtime.draw(&model)?;
                (is_drawn, cause) = (true, Cause::News);
            }
            messages = runtime.wait(model.is_busy(), (!is_drawn).then_some(cause))?;
        }
        match runtime.heard(&model)? {
            Some(Message::Arrived(opened)) if model.arriving.as_ref().is_none_or(|side| !side.is_touched) => {
                return Ok(Some((runtime.guard, opened)));
            }
            Some(message) => messages.push(message),
            None => {}
        }
        if !is_announced && runtime.guard.held_up() >= HELD_UP {
            is_announced = true;
            messages.push(Message::SlowLink);
        }
        if runtime.hurried.is_some_and(|since| since.elapsed() >= PAUSE) {
            (runtime.hurried, is_drawn) = (None, false);
        }
        is_drawn &= messages.is_empty();
        if messages.iter().any(Message::is_touch) {
            cause = Cause::Hand;
        }
        if messages.iter().any(|message| matches!(message, Message::Resize(_))) {
            // A window that was small for a moment has lost what it showed, though its size is that of before.
            runtime.guard.forget();
            runtime.sizes.changed(Instant::now());
        }
        for message in messages {
            if model.slow && matches!(message, Message::Key(_)) {
                runtime.hurried = Some(Instant::now());
            }
            let mut effects = update::update(&mut model, message);
            while !effects.is_empty() {
                let mut more = Vec::new();
                for effect in effects {
                    match effect {
                        Effect::Quit => {
                            // Keys that came at once with the last one have changed what is left.
                            keeper.iter_mut().for_each(|keeper| keeper.note(&model));
                            runtime.finish();
                            return Ok(None);
                        }
                        Effect::Forget => keeper.iter_mut().for_each(Keeper::forget),
                        _ => {}
                    }
                    for answer in runtime.perform(effect)? {
                        more.extend(update::update(&mut model, answer));
                    }
                }
                effects = more;
            }
        }
        if model.arriving.is_none() && std::mem::take(&mut was_arriving) {
            keeper = session::keeper(settings, &model).map_err(Error::Thread)?;
        }
        keeper.iter_mut().for_each(|keeper| keeper.note(&model));
    }
}

impl Runtime<'_> {
    /// What is heard of the side that is still read, where it is news.
    fn heard(&mut self, model: &Model) -> Result<Option<Message>, Error> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        rest.hear(Duration::ZERO);
        let ending = rest.ending.take();
        let Some(ending) = ending else {
            let (_, words) = rest.rest();
            let is_news = model.arriving.as_ref().is_some_and(|arriving| arriving.words != words);
            let again = if model.slow { TOLD_SLOWLY } else { TOLD };
            if !is_news || self.told.is_some_and(|since| since.elapsed() < again) {
                return Ok(None);
            }
            self.told = Some(Instant::now());
            return Ok(Some(Message::Arriving(words)));
        };
        if let Some(rest) = self.rest.take() {
            rest.end();
        }
        match ending {
            Ending::Opened(opened) => Ok(Some(Message::Arrived(opened))),
            Ending::Failed(error) => Err(Error::Reference(error)),
            _ => Err(Error::Broken),
        }
    }

    /// What the workers answer to what they were just asked, if they need no time for it.
    fn answered_at_once(&mut self) -> Vec<Message> {
        if !std::mem::take(&mut self.has_asked) {
            return Vec::new();
        }
        self.answers.within(AT_ONCE)
    }

    /// Waits for something to happen, then takes all that has. What is not drawn yet has a cause.
    fn wait(&mut self, busy: bool, undrawn: Option<Cause>) -> Result<Vec<Message>, Error> {
        let writes = || self.scribe.as_ref().is_some_and(Scribe::is_busy);
        let (mut messages, may_come) = self.answers.taken_of(|| self.lanes.is_busy() || writes());
        let is_fresh = self.asked.is_some_and(|since| since.elapsed() < AT_FIRST);
        let mut patience = match busy || may_come {
            true if is_fresh => BRISK,
            true => BUSY,
            false if self.rest.is_some() => HEARD,
            false => IDLE,
        };
        if !messages.is_empty() {
            patience = Duration::ZERO;
        }
        if let Some(cause) = undrawn {
            patience = patience.min(self.until_frame(cause)?.max(Duration::from_millis(1)));
        }
        if let Some(since) = self.hurried {
            patience = patience.min(PAUSE.saturating_sub(since.elapsed()));
        }
        while event::poll(patience).map_err(Error::Terminal)? {
            messages.extend(message(event::read().map_err(Error::Terminal)?));
            patience = Duration::ZERO;
        }
        messages.extend(self.answers.taken());
        Ok(messages)
    }

    /// Waits until what is being written is on the disk, for a while.
    fn finish(&self) {
        const MOST: Duration = Duration::from_secs(2);
        let begun = Instant::now();
        while (self.lanes.accept.is_busy() || self.lanes.write.is_busy()) && begun.elapsed() < MOST {
            // Whatever comes, nobody is there to be told.
            let _ = self.answers.within(BUSY);
        }
    }

    /// How long until a frame may be drawn for something. A key is not held up by a window that has no rest.
    fn until_frame(&mut self, cause: Cause) -> Result<Duration, Error> {
        let paced = self.guard.wait(cause).map_err(Error::Terminal)?;
        Ok(if cause == Cause::News { paced.max(self.sizes.wait(Instant::now())) } else { paced })
    }

    fn draw(&mut self, model: &Model) -> Result<(), Error> {
        self.sizes.drawn();
        let manner = Manner { typing: model.takes_text(), mouse: model.mouse, slow: model.slow };
        let frozen = if self.hurried.is_some() { frozen(model) } else { Vec::new() };
        self.guard.draw(manner, &frozen, |buffer| view::draw(model, buffer)).map_err(Error::Terminal)
    }
}

/// What a slow link is spared while keys come: the preview and the edge keep the picture that they have.
fn frozen(model: &Model) -> Vec<Rect> {
    let is_tree =
        model.view == View::Tree && model.layers.is_empty() && model.menu.is_none() && model.tree.editing().is_none();
    let Some(layout) = model.layout().filter(|_| is_tree) else { return Vec::new() };
    let Rect { width, .. } = layout.body;
    let mut frozen = vec![Rect::new(0, layout.rule, width, layout.status - layout.rule)];
    if let Some(edge) = layout.columns.edge {
        frozen.push(Rect::new(edge, layout.body.y, width - edge, layout.body.height));
    }
    frozen
}

fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) => Key::of(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(width, height) => Some(Message::Resize(Size { width, height })),
        Event::Mouse(mouse) => Some(Message::Mouse(mouse)),
        _ => None,
    }
}

/// Ends the program when a signal says so or the terminal is gone. The event loop is no help there: crossterm's `poll`
/// never returns from a terminal that was taken away (crossterm#793).
pub fn watch() -> io::Result<()> {
    /// How often a terminal that says nothing is asked whether it is there.
    const ASK: rustix::event::Timespec = rustix::event::Timespec { tv_sec: 30, tv_nsec: 0 };
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        // While the user's pager has the terminal, Ctrl-c is for it.
        let ends = |signal: &i32| *signal != SIGINT || !viewer::is_running();
        if let Some(signal) = signals.forever().find(ends) {
            scribe::flush();
            session::flush();
            restore_in_time();
            if signal == SIGHUP {
                // What was put in the background goes on without a terminal.
                background::outlast();
            }
            signal_hook::low_level::exit(128 + signal);
        }
    })?;
    std::thread::Builder::new().name("watchdog".into()).spawn(move || {
        use rustix::event::{PollFd, PollFlags, poll};
        loop {
            // Nothing is asked for, so only the end is told: a hang-up wakes this at once, keys and output never.
            let out = io::stdout();
            let mut ends = [PollFd::new(&out, PollFlags::empty())];
            let told = poll(&mut ends, Some(&ASK));
            let hung_up =
                told.is_ok() && ends[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
            // A terminal that was hung up answers EIO.
            if hung_up || rustix::termios::tcgetwinsize(&out).is_err() {
                scribe::flush();
                background::outlast();
                // Were SIGHUP not ignored, its thread would be about to end us with the same status.
                signal_hook::low_level::exit(128 + SIGHUP);
            }
        }
    })?;
    Ok(())
}

/// Lays the two sides out before anything is drawn.
pub fn first_comparison(model_sides: [Arc<Snapshot>; 2], reference: usize) -> Comparison {
    // A flag that nobody sets cancels nothing.
    let mut comparison = loop {
        if let Some(comparison) = Comparison::new(model_sides.to_vec(), &Cancel::new()) {
            break comparison;
        }
    };
    comparison.set_reference(reference);
    comparison
}
