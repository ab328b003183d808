//! What is done outside for the model: work handed to its lane, text to the clipboard, the terminal to other programs.

use super::Runtime;
use crate::model::Snapshot;
use crate::reference::clipboard::Way;
use crate::reference::{ConfigurationError, Reference, Workspace, user, viewer};
use crate::tui::Error;
use crate::tui::message::{Effect, Message};
use crate::tui::review::scribe::Scribe;
use crate::tui::start;
use crate::tui::terminal::Guard;
use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{self, Event};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::layout::Size;
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// What is said where the program cannot be stopped and continued.
pub const NO_JOB_CONTROL: &str = "no job control here: Ctrl-z would leave nobody to continue it";

impl Runtime<'_> {
    pub(super) fn perform(&mut self, effect: Effect) -> Result<Vec<Message>, Error> {
        if matches!(effect, Effect::Sieve(_) | Effect::Compare(_) | Effect::Survey(_) | Effect::Relate(_)) {
            (self.has_asked, self.asked) = (true, Some(Instant::now()));
        }
        match effect {
            Effect::Quit | Effect::Forget => {}
            Effect::Stop => {
                self.lanes.compare.stop();
                self.lanes.survey.stop();
                self.lanes.filter.stop();
                self.lanes.filter_all.stop();
                self.lanes.trace.stop();
            }
            Effect::StopSieve { of_all: true } => self.lanes.filter_all.stop(),
            Effect::StopSieve { of_all: false } => self.lanes.filter.stop(),
            Effect::Judge(judging) => self.lanes.judge.give(|cancel| judging.run(cancel).map(Message::Judged)),
            Effect::JudgeAll(judging) => self.lanes.judge_all.give(|cancel| judging.run(cancel).map(Message::Judged)),
            Effect::Weigh(weighing) => self.lanes.weigh.give(|cancel| weighing.run(cancel).map(Message::Weighed)),
            Effect::Accept(wish) => {
                let desk = self.settings.desk.clone();
                self.lanes.accept.give(move |_| Some(Message::Accepted(Box::new(desk.carry_out(*wish)))));
            }
            Effect::Draft(drafting) => self.lanes.draft.give(|cancel| drafting.run(cancel)),
            Effect::Paper(papering) => self.lanes.paper.give(|cancel| papering.run(cancel).map(Message::Papered)),
            Effect::List(listing) => self.lanes.list.give(|_| Some(Message::Listed(listing.run()))),
            Effect::Write(writing) => {
                let wish = Arc::clone(&writing.wish);
                self.lanes.write.give(|_| Some(Message::Written(wish, writing.run())));
            }
            Effect::Bench(benching) => self.lanes.bench.give(|cancel| benching.run(cancel)),
            Effect::Survey(job) => self.lanes.survey.give(|cancel| job.run(cancel).map(Message::Surveyed)),
            Effect::Trace(tracing) => {
                let workspace = self.workspace.again();
                self.lanes.trace.give_telling(move |cancel, answers| {
                    // Whoever has left is told nothing.
                    let told = |ticket, done, all| drop(answers.send(Message::Tracing(ticket, done, all)));
                    tracing.run(&workspace, cancel, told).map(Message::Traced)
                });
            }
            Effect::Visit(visit) => {
                let workspace = self.workspace.again();
                let run = move |cancel: &_| visit.run(&workspace, cancel).map(|past| Message::Past(Box::new(past)));
                self.lanes.trace.give(run);
            }
            Effect::Begin(opening) => {
                let office = self.settings.office.clone();
                self.lanes.bench.give(move |cancel| opening.run(&office, cancel));
            }
            Effect::Journal(None) => {
                // What was decided is on the disk by then.
                self.scribe = None;
            }
            Effect::Journal(Some(desk)) => {
                self.scribe = Some(Scribe::start(desk, 1, self.sender.clone()).map_err(Error::Thread)?);
            }
            Effect::Decide(wish) => {
                if let Some(scribe) = &self.scribe {
                    scribe.give(wish);
                }
            }
            Effect::Sieve(job) => {
                // Each of the two trees waits for its own answer.
                let lane = if job.is_of_all() { &mut self.lanes.filter_all } else { &mut self.lanes.filter };
                lane.give(|cancel| job.run(cancel).map(Message::Sieved));
            }
            Effect::Compare(pairing) => self.lanes.compare.give(|cancel| pairing.run(cancel).map(Message::Compared)),
            Effect::Discard(tree) => {
                // Where no thread is to be had, it is freed with the closure.
                let _ = std::thread::Builder::new().name("freeing".into()).spawn(move || drop(tree));
            }
            Effect::Relate(asked) => self.lanes.relate.give(|cancel| asked.find(cancel).map(Message::Related)),
            Effect::Redraw => self.guard.forget(),
            Effect::Copy(text) => return Ok(self.copy(text)),
            Effect::CopyByTerminal(text) => return Ok(vec![Message::Note(self.by_terminal(&text, &Way::Terminal))]),
            Effect::Print(text) => self.guard.outside(|| print(&text)).map_err(Error::Terminal)?,
            Effect::Show { text, edit } => return Ok(vec![Message::Note(self.show(&text, edit)?)]),
            Effect::SaveSettings(changed) => {
                let done = |file: &Path| user::save_settings(file, &changed);
                return Ok(vec![Message::Note(self.configured(done))]);
            }
            Effect::SaveFilter(name, text) => {
                let done = |file: &Path| user::save_filter(file, &name, &text);
                return Ok(vec![Message::Note(self.configured(done))]);
            }
            Effect::Load(text) => {
                let workspace = self.workspace.again();
                self.lanes.read.give(move |_| {
                    let loaded = load(&workspace, &text);
                    Some(Message::Loaded(text, loaded))
                });
            }
            Effect::Save(snapshot) => return Ok(vec![Message::Note(start::save(self.workspace, &snapshot))]),
            Effect::Suspend => {
                return Ok(vec![match suspend(&mut self.guard)? {
                    Some(size) => Message::Resize(size),
                    None => Message::Note(NO_JOB_CONTROL.to_owned()),
                }]);
            }
            #[cfg(debug_assertions)]
            Effect::Panic(in_worker) => {
                #[expect(clippy::panic, reason = "asked for, to see what is left of one")]
                let panic = || panic!("asked for by :debug panic");
                if in_worker {
                    self.lanes.filter.give(move |_| panic());
                } else {
                    panic();
                }
            }
        }
        Ok(Vec::new())
    }

    /// Runs the user's pager or editor on a text; words when it cannot be run.
    fn show(&mut self, text: &str, edit: bool) -> Result<String, Error> {
        let program = match (edit, &self.settings.editor) {
            (false, _) => self.settings.pager.as_deref().unwrap_or("less"),
            (true, Some(editor)) => editor,
            (true, None) => return Ok("no editor is named: VISUAL or EDITOR names one".to_owned()),
        };
        let mut words = String::new();
        let run = || {
            if let Err(error) = viewer::show(program, text) {
                words = error.to_string();
            }
            Ok(())
        };
        self.guard.outside(run).map_err(Error::Terminal)?;
        Ok(words)
    }

    /// Changes the user's configuration; words for what came of it.
    fn configured(&self, change: impl FnOnce(&Path) -> Result<(), ConfigurationError>) -> String {
        let Some(file) = &self.settings.config else { return "no folder for configuration is known".to_owned() };
        match change(file) {
            Ok(()) => format!("written to {}", file.display()),
            Err(error) => error.to_string(),
        }
    }

    /// Takes text to the clipboard by the first way that there is here. The words say the way, and never that it is
    /// there: a terminal does not answer.
    fn copy(&mut self, text: String) -> Vec<Message> {
        self.settings.surroundings.keep(&text);
        let ways = self.settings.surroundings.ways();
        let Some(first) = ways.first().cloned() else {
            return vec![Message::Note("no clipboard by configuration: the text is in the file last-copy".to_owned())];
        };
        if matches!(first, Way::Terminal | Way::Screen) {
            return vec![Message::Note(self.by_terminal(&text, &first))];
        }
        self.lanes.copy.give(move |cancel| {
            for way in ways {
                if matches!(way, Way::Terminal | Way::Screen) {
                    return Some(Message::CopyByTerminal(text));
                }
                if way.hand_over(&text, cancel) {
                    return Some(Message::Note(format!("handed to {}, {} bytes", way.words(), text.len())));
                }
            }
            Some(Message::Note("no way to the clipboard took it: P prints it, last-copy has it".to_owned()))
        });
        Vec::new()
    }

    /// Sends text to the terminal's clipboard (xterm ctlseqs, OSC 52).
    fn by_terminal(&mut self, text: &str, way: &Way) -> String {
        /// What some terminals take at most.
        const MOST: usize = 74_994;
        if text.len() > MOST {
            return format!("{} bytes are too many for the terminal clipboard: P prints, last-copy has it", text.len());
        }
        let mut sequence = String::new();
        // Writing to memory does not fail.
        let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
        if *way == Way::Screen {
            sequence = through_screen(&sequence);
        }
        self.guard.send(sequence.as_bytes());
        format!("sent to {}, {} bytes. If paste is empty: P prints it", way.words(), text.len())
    }
}

/// A sequence as GNU screen hands it on: in device control strings, which take so many bytes each (screen(1),
/// MAXSTR) and must not hold another string terminator.
fn through_screen(sequence: &str) -> String {
    const PIECE: usize = 700;
    let body = sequence.strip_suffix("\x1b\\").unwrap_or(sequence).to_owned() + "\x07";
    let pieces = body.as_bytes().chunks(PIECE).map(|piece| String::from_utf8_lossy(piece).into_owned());
    pieces.map(|piece| format!("\x1bP{piece}\x1b\\")).collect()
}

/// Stops the program until the shell continues it; the size that the terminal has then. `None` where no shell would.
pub fn suspend(guard: &mut Guard) -> Result<Option<Size>, Error> {
    // A job of a shell with job control has a group of its own; a session's first program is nobody's job.
    if getsid(None).is_ok_and(|session| session == getpgrp()) {
        return Ok(None);
    }
    // The whole group stops, because a parent such as git may be waiting for us.
    let stop = || kill_current_process_group(Signal::STOP).map_err(io::Error::from);
    guard.outside(stop).map_err(Error::Terminal)?;
    guard.size().map(Some).map_err(Error::Terminal)
}

/// Reads or captures what a reference names.
fn load(workspace: &Workspace, text: &str) -> Result<Arc<Snapshot>, String> {
    let reference: Reference = text.parse().map_err(|error: crate::reference::ReferenceError| error.to_string())?;
    let mut found = workspace.resolve(&reference, &mut |_| {}).map_err(|error| error.to_string())?;
    found.propose();
    Ok(found.snapshot)
}

/// Writes text on the normal screen and waits for a key.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{text}\n-- any key returns --")?;
    out.flush()?;
    // Without it the terminal keeps a key back until the line is ended.
    enable_raw_mode()?;
    let pressed = loop {
        match event::read() {
            Ok(Event::Key(_)) => break Ok(()),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    disable_raw_mode()?;
    pressed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screen_gets_pieces_that_it_hands_on() {
        let long = format!("\x1b]52;c;{}\x1b\\", "QUJD".repeat(400));
        let wrapped = through_screen(&long);
        let pieces: Vec<&str> = wrapped.split_terminator("\x1b\\").collect();
        assert_eq!(pieces.len(), 3);
        assert!(pieces.iter().all(|piece| piece.starts_with("\x1bP") && piece.len() < 768));
        let joined: String = pieces.iter().filter_map(|piece| piece.strip_prefix("\x1bP")).collect();
        assert_eq!(joined, format!("\x1b]52;c;{}\x07", "QUJD".repeat(400)));
    }
}
