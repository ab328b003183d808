//! What became of the differences over the snapshots: a line for each path that diverged or healed, a sign for each date,
//! and beneath it who changed the selected one. The history is read off the drawing thread when it is first looked at.

mod past;
mod view;

pub use past::{Past, Present, Visit};
pub(super) use past::{arrived, decides, leave};
pub use view::{draw, text};

use super::keys::Action;
use super::layer::Layer;
use super::list::Lines;
use super::menu::Menu;
use super::message::Effect;
use super::model::{Model, View};
use super::switch;
use super::tree::sieve::Job;
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::filter::Ages;
use crate::history::{Course, Date, History, Order, Row};
use crate::model::{Path, Snapshot};
use crate::reference::{Capture, MOST_DATES, Series, Traced, Workspace, trace};
use ratatui::layout::Size;
use std::sync::Arc;

/// The history of two snapshots' environments is to be read.
#[derive(Clone, Debug)]
pub struct Tracing {
    ticket: u64,
    sides: [Arc<Snapshot>; 2],
}

/// What came of it.
#[derive(Debug)]
pub struct Traces {
    ticket: u64,
    found: Result<Box<Traced>, String>,
    ages: Ages,
}

impl Tracing {
    /// Does the work; `None` when cancelled. `told` hears how many dates are read, and of how many.
    pub fn run(
        self,
        workspace: &Workspace,
        cancel: &Cancel,
        mut told: impl FnMut(u64, usize, usize),
    ) -> Option<Traces> {
        let [left, right] = &self.sides;
        let of = |side: &Arc<Snapshot>| Series::of(workspace, &side.meta.label, Some(side));
        // Two captures of one environment have one history: what changed in it.
        let is_one = left.meta.label == right.meta.label && left.meta.host == right.meta.host;
        let series = of(left).and_then(|mut first| match is_one {
            true => {
                first.join(right);
                Ok(vec![first])
            }
            false => Ok(vec![first, of(right)?]),
        });
        let found = match series {
            Ok(series) => {
                let mut told = |done, all| told(self.ticket, done, all);
                Ok(Box::new(trace(workspace, &series, (MOST_DATES, None), cancel, &mut told)?))
            }
            Err(error) => Err(error.to_string()),
        };
        let ages = match &found {
            Ok(traced) => ages(&traced.history),
            Err(words) => Ages::unknown(words),
        };
        Some(Traces { ticket: self.ticket, found, ages })
    }
}

/// Since when paths differ that do now.
fn ages(history: &History) -> Ages {
    let at = |date: usize| history.dates.get(date).and_then(Date::at);
    let last = history.dates.len().saturating_sub(1);
    let now = match (history.is_of_one(), history.has_past(), at(last)) {
        (true, ..) => return Ages::unknown("two captures of one environment have no history of their differences"),
        (_, true, Some(now)) => now,
        _ => return Ages::unknown("no earlier snapshots of these two are kept: nothing has an age"),
    };
    let since = |row: &Row| match row.course() {
        Course::Diverged(date) | Course::Flapping(date) => Some((row.path.clone(), at(date)?)),
        _ => None,
    };
    Ages { now, since: history.rows.iter().filter_map(since).collect(), why: String::new() }
}

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Time {
    traced: Option<Traced>,
    /// Since when paths differ, once the history was read.
    ages: Option<Arc<Ages>>,
    /// What it is, or will be, the history of.
    of: Option<[Arc<Snapshot>; 2]>,
    ticket: u64,
    /// How many dates are read, and of how many, while they are.
    reading: Option<(usize, usize)>,
    /// Why there is none.
    wrong: String,
    order: Order,
    /// The rows that are listed.
    rows: Vec<usize>,
    /// How many of them differed on all dates.
    as_ever: usize,
    /// How many were asked for and never differed.
    added: usize,
    lines: Lines,
    /// The marked date; none marks the last.
    date: Option<usize>,
    /// What is to be selected once it is there, and whether its history was asked for.
    goal: Option<(Path, bool)>,
    /// From where a path's history was asked for, with what stood above it there.
    from: Option<(View, Vec<Box<dyn Layer>>)>,
}

impl Time {
    /// The history, once it is read.
    pub fn history(&self) -> Option<&History> {
        self.traced.as_ref().map(|traced| &traced.history)
    }

    /// Whether it is being read.
    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Whether it is the history of these.
    fn is_of(&self, sides: &[Arc<Snapshot>; 2]) -> bool {
        self.of.as_ref().is_some_and(|known| known.iter().zip(sides).all(|(one, other)| Arc::ptr_eq(one, other)))
    }

    /// The selected row.
    pub fn row(&self) -> Option<&Row> {
        self.history()?.rows.get(*self.rows.get(self.lines.at())?)
    }

    /// The marked date.
    pub fn date(&self) -> usize {
        let last = self.history().map_or(0, |history| history.dates.len().saturating_sub(1));
        self.date.unwrap_or(last).min(last)
    }

    /// Gives the list the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.lines.resize(view::list_height(size));
    }

    /// Waits no longer for what is being read.
    pub fn stop(&mut self) {
        if self.reading.take().is_some() {
            (self.ticket, self.of) = (self.ticket + 1, None);
            self.wrong = "stopped: the history was not read to its end. Leave and come back to read it".to_owned();
        }
    }

    /// So many dates are read.
    pub fn told(&mut self, ticket: u64, done: usize, all: usize) {
        if ticket == self.ticket && self.reading.is_some() {
            self.reading = Some((done, all));
        }
    }

    fn list(&mut self) {
        let selected = self.row().map(|row| row.path.clone());
        self.rows = self.history().map(|history| history.listed(self.order)).unwrap_or_default();
        let is_as_ever = |at: &&usize| self.history().and_then(|h| h.rows.get(**at)).is_some_and(Row::is_as_ever);
        (self.as_ever, self.added) = (self.rows.iter().filter(is_as_ever).count(), 0);
        if !selected.is_some_and(|path| self.select(&path, true)) {
            self.lines.select(self.lines.at(), self.rows.len());
        }
    }

    /// Selects a path, or the first beneath it; one that is not listed, because it never differed, is listed if its history
    /// was asked for. `false` where there is none.
    fn select(&mut self, path: &Path, is_asked: bool) -> bool {
        let Some(history) = self.traced.as_ref().map(|traced| &traced.history) else { return false };
        let is_at = |at: &usize| history.rows.get(*at).is_some_and(|row| row.path.starts_with(path));
        let is_exact = |at: &usize| history.rows.get(*at).is_some_and(|row| row.path == *path);
        let listed = self.rows.iter().position(is_exact).or_else(|| self.rows.iter().position(is_at));
        let quiet = || (0..history.rows.len()).find(is_at);
        match (listed, if listed.is_none() && is_asked { quiet() } else { None }) {
            (Some(at), _) => self.lines.select(at, self.rows.len()),
            (None, Some(row)) => {
                self.rows.insert(0, row);
                self.added += 1;
                self.lines.select(0, self.rows.len());
            }
            (None, None) => return false,
        }
        true
    }
}

/// What is needed once the screen is looked at: the history of the two sides, where another or none is known.
pub(super) fn looked_at(model: &mut Model, path: &Path) -> Vec<Effect> {
    let effects = ask(model);
    let time = &mut model.time;
    time.from = None;
    if time.is_reading() || !time.select(path, false) {
        time.goal = time.is_reading().then(|| (path.clone(), false));
    }
    effects
}

/// Asks for the history of the two sides, where another or none is known.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let [left, right] = model.tree.comparison().sides() else { return Vec::new() };
    let sides = [Arc::clone(&left.snapshot), Arc::clone(&right.snapshot)];
    let time = &mut model.time;
    if model.present.is_some() || time.is_of(&sides) {
        return Vec::new();
    }
    *time = Time { ticket: time.ticket + 1, order: time.order, lines: time.lines, ..Time::default() };
    (time.of, time.reading) = (Some(sides.clone()), Some((0, 0)));
    vec![Effect::Trace(Tracing { ticket: time.ticket, sides })]
}

/// The history of the two sides of the tree, where it is known and tells of more than one date.
pub(super) fn of_sides(model: &Model) -> Option<&History> {
    let [left, right] = model.tree.comparison().sides() else { return None };
    let is_theirs = model.time.is_of(&[Arc::clone(&left.snapshot), Arc::clone(&right.snapshot)]);
    model.time.history().filter(|history| is_theirs && history.has_past() && !history.is_of_one())
}

/// What became of a fact of the tree over the snapshots, in lines; none where they do not tell.
pub(super) fn past_of(model: &Model, path: &Path) -> Vec<String> {
    let row = of_sides(model).and_then(|history| Some((history, history.rows.get(history.find(path)?)?)));
    row.map(|(history, row)| view::past(history, row)).unwrap_or_default()
}

/// What is said while a filter waits for the history.
const WAITS: &str = "the history is being read for it ..";

/// Gives filters the history that they ask for, once it is read; until then they wait, and it is asked for.
pub(super) fn with_ages(model: &mut Model, effects: Vec<Effect>) -> Vec<Effect> {
    let waits = |effect: &Effect| matches!(effect, Effect::Sieve(job) if !job.is_of_all() && job.asks_history());
    if model.present.is_some() || !effects.iter().any(waits) {
        return effects;
    }
    let asked = ask(model);
    let known = if asked.is_empty() { model.time.ages.clone() } else { None };
    if known.is_none() && model.time.is_reading() {
        model.tree.wait();
        WAITS.clone_into(&mut model.note);
    }
    let told = effects.into_iter().filter_map(|effect| match effect {
        Effect::Sieve(job) if !job.is_of_all() && job.asks_history() => {
            // A history that is not of two sides is never asked for.
            let is_known = known.is_some() || !model.time.is_reading();
            is_known.then(|| Effect::Sieve(Job { ages: known.clone(), ..job }))
        }
        other => Some(other),
    });
    told.collect::<Vec<_>>().into_iter().chain(asked).collect()
}

/// Takes in the history that was read; what waited for it is asked again.
pub(super) fn taken(model: &mut Model, traces: Traces) -> Vec<Effect> {
    let time = &mut model.time;
    if traces.ticket != time.ticket {
        return Vec::new();
    }
    time.reading = None;
    if model.note == WAITS {
        model.note.clear();
    }
    time.ages = Some(Arc::new(traces.ages));
    match traces.found {
        Ok(traced) => {
            if let Some(warning) = traced.warnings.first() {
                let more = traced.warnings.len() - 1;
                let more = if more > 0 { format!(", and {more} more") } else { String::new() };
                model.note = format!("left out: {}{more}", escape(warning));
            }
            time.traced = Some(*traced);
            time.list();
            match time.goal.take() {
                Some((path, true)) => blamed(model, &path),
                Some((path, false)) => drop(time.select(&path, false)),
                None => {}
            }
        }
        Err(words) => time.wrong = words,
    }
    model.tree.ask_again().map(Effect::Sieve).into_iter().collect()
}

/// `b`: the history of the path that is selected, wherever that is.
pub(super) fn blame(model: &mut Model, path: &Path) -> Vec<Effect> {
    if let Some(effects) = past::leave(model) {
        // The history is that of the present, whatever date is looked at.
        blamed(model, path);
        return effects;
    }
    let above = std::mem::take(&mut model.layers);
    let from = model.view;
    let effects = if from == View::Time { Vec::new() } else { switch::show(model, View::Time) };
    if from != View::Time {
        model.time.from = Some((from, above));
    }
    if model.time.traced.is_some() {
        blamed(model, path);
    } else {
        model.time.goal = Some((path.clone(), true));
    }
    effects
}

/// Back to where the history of a path was asked for, else to the tree.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    let Some((view, above)) = model.time.from.take() else {
        let view = if model.review.is_some() { View::Review } else { View::Tree };
        return switch::show(model, view);
    };
    let effects = if above.is_empty() { switch::show(model, view) } else { Vec::new() };
    // A fact in full is still the one that it was.
    model.view = view;
    model.layers = above;
    effects
}

/// Selects what is asked for, or says that it has no history.
fn blamed(model: &mut Model, path: &Path) {
    let dates = model.time.history().map_or(0, |history| history.dates.len());
    if dates > 1 && path.depth() > 0 && !model.time.select(path, true) {
        model.note = format!("{}: the same on all {dates} dates", escape(&path.to_string()));
    }
}

/// Does what a key says on this screen; `None` if it is for all views alike.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::NextColumn | Action::PreviousColumn => {
            let last = model.time.history().map_or(0, |history| history.dates.len().saturating_sub(1));
            let at = model.time.date();
            let at = if action == Action::NextColumn { (at + 1).min(last) } else { at.saturating_sub(1) };
            model.time.date = Some(at);
        }
        Action::Order => model.menu = Some(Menu::time_order(model.time.order)),
        Action::Open => return Some(past::visit(model)),
        Action::Copy if model.subject().row == Comparison::TOP => {
            model.note = "neither side has it any more: P prints its history".into();
        }
        Action::Copy | Action::Print | Action::View => return None,
        action => {
            model.time.lines.act(action, model.time.rows.len());
        }
    }
    Some(Vec::new())
}

/// Lists in another order.
pub(super) fn set_order(model: &mut Model, order: Order) {
    model.time.order = order;
    model.time.list();
}

/// The captures of a date.
fn captures(time: &Time, date: usize) -> Option<&[Capture]> {
    time.traced.as_ref()?.captures.get(date).map(Vec::as_slice)
}

#[cfg(test)]
mod tests;
