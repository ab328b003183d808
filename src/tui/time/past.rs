//! The tree of an earlier date: the snapshots of that date take the place of those that are open, and give it back.
//! Nothing is decided there: a decision is about what is.

use super::captures;
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::base::reading::Reading;
use crate::compare::Comparison;
use crate::history::{Date, History};
use crate::model::{Path, Snapshot};
use crate::reference::{Capture, Workspace};
use crate::report::history::moment;
use crate::tui::keys::Action;
use crate::tui::message::Effect;
use crate::tui::model::{Model, View};
use crate::tui::review::Review;
use crate::tui::risk::Worst;
use crate::tui::tree::Tree;
use crate::tui::whole::Whole;
use crate::tui::{hints, switch, update};
use std::sync::Arc;

/// Tickets of filters of an earlier date begin here, so that they never meet those of the present.
const TICKETS: u64 = 1 << 48;

/// The captures of a date are to be read and laid side by side.
#[derive(Clone, Debug)]
pub struct Visit {
    ticket: u64,
    captures: Vec<Capture>,
    /// Whether the right side is the reference.
    reference: usize,
    at: String,
    path: Path,
}

/// The tree of a date.
#[derive(Debug)]
pub struct Past {
    ticket: u64,
    found: Result<(Vec<Arc<Snapshot>>, Box<Tree>), String>,
    reference: usize,
    references: Vec<String>,
    at: String,
    path: Path,
}

/// What is open while an earlier date is looked at.
#[derive(Debug)]
pub struct Present {
    /// When the snapshots were captured that are looked at instead.
    pub at: String,
    snapshots: Vec<Arc<Snapshot>>,
    sides: (usize, usize),
    reference: usize,
    references: Vec<String>,
    captured: Vec<usize>,
    tree: Tree,
    worst: Worst,
    whole: Option<Whole>,
    review: Option<Box<Review>>,
}

impl Visit {
    /// Does the work; `None` when cancelled.
    pub fn run(self, workspace: &Workspace, cancel: &Cancel) -> Option<Past> {
        let reading = Reading::until(cancel);
        let references = self.captures.iter().map(|capture| capture.reference().unwrap_or_default()).collect();
        let loaded = self.captures.iter().map(|capture| workspace.load_capture(capture, &reading));
        let found = match loaded.collect::<Result<Vec<_>, _>>() {
            Ok(snapshots) => {
                let mut comparison = Comparison::new(snapshots.clone(), cancel)?;
                comparison.set_reference(self.reference);
                Ok((snapshots, Box::new(Tree::new(Arc::new(comparison)))))
            }
            Err(error) => Err(error.to_string()),
        };
        let Self { ticket, reference, at, path, .. } = self;
        Some(Past { ticket, found, reference, references, at, path })
    }
}

/// Enter on a date: its snapshots are to be opened.
pub(super) fn visit(model: &mut Model) -> Vec<Effect> {
    let date = model.time.date();
    let Some(mut captures) = captures(&model.time, date).map(<[Capture]>::to_vec) else { return Vec::new() };
    let is_of_one = model.time.history().is_some_and(History::is_of_one);
    if is_of_one {
        // Of one environment a date shows what changed since the date before.
        let before = date.checked_sub(1).and_then(|before| super::captures(&model.time, before));
        let Some(before) = before else {
            model.note = "there is no date before this one to compare it with".into();
            return Vec::new();
        };
        captures.splice(0..0, before.iter().cloned());
    }
    if model.arriving.is_some() {
        model.note = "a side is still loading: earlier dates can be opened once it is there".into();
        return Vec::new();
    }
    let path = model.time.row().map_or_else(Path::root, |row| row.path.clone());
    let at = moment(model.time.history().and_then(|history| history.dates.get(date)).and_then(Date::at));
    let is_now = model.time.history().is_some_and(|history| date + 1 == history.dates.len());
    let are_open = captures.iter().all(|capture| matches!(capture, Capture::Open(_)));
    if is_now && are_open && !is_of_one {
        // What is open is what the last date shows.
        model.led_from = Some(View::Time);
        return switch::show_at(model, View::Tree, &path);
    }
    model.note = format!("reading the snapshots of {at} ..");
    model.past_ticket += 1;
    let reference = usize::from(model.sides.1 == model.reference);
    vec![Effect::Visit(Visit { ticket: model.past_ticket, captures, reference, at, path })]
}

/// The tree of a date is there.
pub(in crate::tui) fn arrived(model: &mut Model, past: Past) -> Vec<Effect> {
    if past.ticket != model.past_ticket || model.view != View::Time {
        return Vec::new();
    }
    let (snapshots, tree) = match past.found {
        Ok(found) => found,
        Err(words) => {
            model.note = words;
            return Vec::new();
        }
    };
    let Some(mut tree) = Some(*tree).filter(|_| model.present.is_none()) else { return Vec::new() };
    tree.count_from(TICKETS);
    tree.set_slow(model.slow);
    if let Some(row) = tree.comparison().find(&past.path) {
        tree.select(row);
    }
    stop(model);
    let present = Present {
        at: past.at,
        snapshots: std::mem::replace(&mut model.snapshots, snapshots),
        sides: std::mem::replace(&mut model.sides, (0, 1)),
        reference: std::mem::replace(&mut model.reference, past.reference),
        references: std::mem::replace(&mut model.references, past.references),
        captured: std::mem::take(&mut model.captured),
        tree: std::mem::replace(&mut model.tree, tree),
        worst: std::mem::take(&mut model.worst),
        whole: model.whole.take(),
        review: model.review.take(),
    };
    model.note = format!("as it was on {}: {} leads back", present.at, hints::key(Action::Back));
    model.present = Some(Box::new(present));
    model.view = View::Tree;
    model.fit();
    vec![update::judge(model)]
}

/// Back to the present, where an earlier date is looked at.
pub(in crate::tui) fn leave(model: &mut Model) -> Option<Vec<Effect>> {
    let present = *model.present.take()?;
    let path = model.tree.comparison().path(model.tree.cursor());
    stop(model);
    model.layers.clear();
    let past = std::mem::replace(&mut model.tree, present.tree);
    model.snapshots = present.snapshots;
    (model.sides, model.reference) = (present.sides, present.reference);
    (model.references, model.captured) = (present.references, present.captured);
    (model.worst, model.whole, model.review) = (present.worst, present.whole, present.review);
    model.view = View::Time;
    model.fit();
    let mut effects = vec![Effect::Discard(Box::new(past))];
    // The policy may be another by now.
    let is_judged = |judged: &Arc<Judged>| Arc::ptr_eq(&judged.ruling, &model.ruling);
    if !model.tree.judgement().is_some_and(is_judged) {
        effects.push(update::judge(model));
    }
    let from = model.time.from.take();
    effects.extend(super::looked_at(model, &path));
    model.time.from = from;
    Some(effects)
}

/// What was asked for about what is open now is answered to nobody.
fn stop(model: &mut Model) {
    model.compare_ticket += 1;
    model.asked = None;
    model.goal = None;
    model.survey_ticket += 1;
    model.surveying = false;
    model.tree.stop();
}

/// Whether an action is about what is, not what was.
pub(in crate::tui) fn decides(action: Action) -> bool {
    matches!(
        action,
        Action::Accept
            | Action::Reviewed
            | Action::ReviewedBelow
            | Action::Flag
            | Action::Skip
            | Action::Note
            | Action::Undo
            | Action::ViewReview
            | Action::Add
            | Action::Remove
    )
}
