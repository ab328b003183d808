//! Keys in, screen out: what tests of screens share.

use super::keys::keys;
use super::message::{Effect, Message};
use super::model::Model;
use super::{update, view};
use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::model::{Meta, Path, Snapshot, TreeBuilder, Value};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use std::sync::Arc;

/// A snapshot of these facts.
pub fn snapshot(label: &str, facts: Vec<(&str, Value)>) -> Arc<Snapshot> {
    let mut builder = TreeBuilder::new();
    let mut facts: Vec<(Path, Value)> = facts.into_iter().map(|(p, v)| (p.parse().expect("a path"), v)).collect();
    builder.facts(&mut facts);
    let meta = Meta { label: label.to_owned(), ..Meta::default() };
    Arc::new(Snapshot { meta, facts: builder.finish(), ..Snapshot::default() })
}

/// The explorer on three small snapshots.
pub fn model() -> Model {
    let sides = [
        snapshot(
            "staging",
            vec![("os.kernel.release", "6.1.0".into()), ("os.sysctl.\"net.core.somaxconn\"", Value::from(4096_u64))],
        ),
        snapshot(
            "production",
            vec![
                ("os.kernel.release", "5.10.0".into()),
                ("os.sysctl.\"net.core.somaxconn\"", Value::from(128_u64)),
                ("os.time.zone", "UTC".into()),
            ],
        ),
        snapshot("ci", vec![("os.kernel.release", "5.10.0".into())]),
    ];
    let comparison = Comparison::new(sides[..2].to_vec(), &Cancel::new()).expect("aligned");
    Model::new(sides.to_vec(), (0, 1), 1, Arc::new(comparison), Size::new(80, 24))
}

/// The explorer on these facts, the reference last.
pub fn of(sides: &[(&str, &str)], size: (u16, u16)) -> Screenplay {
    let load = |(label, text): &(&str, &str)| {
        let mut snapshot = crate::format::read(text.as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = (*label).to_owned();
        Arc::new(snapshot)
    };
    let snapshots: Vec<_> = sides.iter().map(load).collect();
    let (left, right, reference) = Model::first_sides(&snapshots);
    let pair = vec![Arc::clone(&snapshots[left]), Arc::clone(&snapshots[right])];
    let comparison = Comparison::new(pair, &Cancel::new()).expect("aligned");
    let size_of = Size::new(size.0, size.1);
    Screenplay::new(Model::new(snapshots, (left, right), reference, Arc::new(comparison), size_of), size)
}

/// An explorer that is played with keys.
pub struct Screenplay {
    /// The state.
    pub model: Model,
    /// What was asked for outside.
    pub effects: Vec<Effect>,
}

impl Screenplay {
    /// The explorer in a terminal of this size.
    pub fn new(model: Model, size: (u16, u16)) -> Self {
        let mut play = Self { model, effects: Vec::new() };
        play.resize(size);
        play
    }

    /// Another size.
    pub fn resize(&mut self, (width, height): (u16, u16)) {
        self.send(Message::Resize(Size { width, height }));
    }

    /// Something happens. Queries are answered at once.
    pub fn send(&mut self, message: Message) {
        let effects = update(&mut self.model, message);
        self.perform(effects);
    }

    /// What was asked for is done at once.
    pub fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Sieve(job) => {
                    let answer = job.run(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Sieved(answer));
                }
                Effect::Survey(job) => {
                    let answer = job.run(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Surveyed(answer));
                }
                Effect::Compare(pairing) => {
                    let answer = pairing.run(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Compared(answer));
                }
                Effect::Relate(asked) => {
                    let answer = asked.find(&Cancel::new()).expect("not cancelled");
                    self.send(Message::Related(answer));
                }
                // Judging takes its time: [`Screenplay::judge`] says when it is done.
                Effect::Judge(_) | Effect::JudgeAll(_) | Effect::Weigh(_) => {}
                other => self.effects.push(other),
            }
        }
    }

    /// What differs has been judged.
    pub fn judge(&mut self) {
        let Effect::Judge(judging) = update::judge(&self.model) else { return };
        let judged = judging.run(&Cancel::new()).expect("not cancelled");
        self.send(Message::Judged(judged));
    }

    /// What differs between all snapshots has been judged.
    pub fn judge_all(&mut self) {
        if let Some(Effect::JudgeAll(judging)) = update::judge_all(&mut self.model) {
            let judged = judging.run(&Cancel::new()).expect("not cancelled");
            self.send(Message::Judged(judged));
        }
    }

    /// Each side has been judged beside the reference.
    pub fn weigh(&mut self) {
        if let Some(Effect::Weigh(weighing)) = update::weigh(&self.model) {
            let weighed = weighing.run(&Cancel::new()).expect("not cancelled");
            self.send(Message::Weighed(weighed));
        }
    }

    /// Keys in the notation of the table.
    pub fn press(&mut self, typed: &str) {
        for key in keys(typed) {
            self.send(Message::Key(key));
        }
    }

    /// What is on the screen, without spaces at the ends of lines.
    pub fn screen(&self) -> String {
        let mut terminal =
            Terminal::new(TestBackend::new(self.model.size.width, self.model.size.height)).expect("a terminal");
        terminal.draw(|frame| view(&self.model, frame)).expect("draws");
        let rows = terminal.backend().to_string();
        rows.lines().map(|line| line.trim_matches('"').trim_end()).collect::<Vec<_>>().join("\n")
    }
}
