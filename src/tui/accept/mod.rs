//! Accepting a difference with a reason and an end: the dialog, what is written, and how it is undone. Any screen opens
//! the dialog with [`open`]; what it decides is written on a worker, and shown once it is on the disk.

pub mod desk;
mod dialog;

pub use dialog::Dialog;

use super::keys::Action;
use super::message::{Effect, Judging};
use super::model::{Model, View};
use crate::assess::{Judged, Ruling};
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::meaning::What as LineOf;
use crate::policy::Acceptances;
use crate::policy::accept::What;
use desk::{Kept, Outcome, Undo, Way, Wish};
use std::sync::Arc;

/// How many decisions can be undone.
const STEPS: usize = 100;

/// What has been accepted while the explorer is open.
#[derive(Clone, Debug, Default)]
pub struct Accepts {
    /// Who accepts, as far as anybody knows.
    pub author: String,
    /// What the file has, as it was read last.
    pub file: Acceptances,
    /// What is kept here alone.
    session: Acceptances,
    /// How to undo each decision, the last one last.
    undo: Vec<Undo>,
    /// Whether something is being written.
    busy: bool,
    /// What was undone, the last one last, until something else is decided.
    redo: Vec<Undo>,
    /// The kinds of decisions in their order, those of a review among them, and of those that were undone.
    order: [Vec<Kind>; 2],
}

/// What kind of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One of a review, which its journal knows.
    Mark,
    /// An acceptance.
    Acceptance,
}

impl Accepts {
    /// Whether something is being written.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// Something is about to be written.
    pub(super) fn begin(&mut self) {
        self.busy = true;
    }

    /// Something was decided in a review: it is what is undone next, and nothing is done again.
    pub fn marked(&mut self) {
        self.decided(Kind::Mark);
    }

    fn decided(&mut self, kind: Kind) {
        self.redo.clear();
        self.order[1].clear();
        self.order[0].push(kind);
        let surplus = self.order[0].len().saturating_sub(2 * STEPS);
        self.order[0].drain(..surplus);
    }

    /// Whether an acceptance is next, of what was decided or of what was undone.
    fn is_next(&self, undone: bool, has_review: bool) -> bool {
        let last = self.order[usize::from(undone)].last().copied();
        last.unwrap_or(if has_review { Kind::Mark } else { Kind::Acceptance }) == Kind::Acceptance
    }

    /// The last of one order goes over to the other.
    fn go(&mut self, undone: bool) {
        if let Some(kind) = self.order[usize::from(undone)].pop() {
            self.order[usize::from(!undone)].push(kind);
        }
    }

    /// Where the acceptance of a key is kept.
    fn kept(&self, key: &str) -> Kept {
        if self.session.named(key).is_some() { Kept::Session } else { Kept::File }
    }

    /// All that holds: what is kept here in place of what the file has.
    fn all(&self) -> Acceptances {
        let of_file = self.file.list.iter().filter(|of_file| self.session.named(&of_file.key).is_none());
        Acceptances { list: of_file.chain(&self.session.list).cloned().collect() }
    }
}

/// What is to be accepted.
#[derive(Clone, Debug)]
pub struct Target {
    /// A judged comparison.
    pub judged: Arc<Judged>,
    /// A difference, or a branch with all beneath.
    pub row: RowId,
    /// Whether all of its cause is meant at first.
    pub is_cause: bool,
}

/// Does what a key says of acceptances; `None` if it says nothing of them.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match action {
        Action::Accept => {
            match target(model) {
                Ok(target) => open(model, target),
                Err(words) => model.note = words.to_owned(),
            }
            Some(Vec::new())
        }
        Action::Undo | Action::Redo => {
            let undone = action == Action::Redo;
            if model.accepts.is_next(undone, model.review.is_some()) {
                return Some(again(model, undone));
            }
            // A review knows what it is to take back.
            model.accepts.go(undone);
            None
        }
        _ => None,
    }
}

/// Opens the dialog for what is to be accepted.
pub fn open(model: &mut Model, target: Target) {
    if model.accepts.busy {
        model.note = "the last acceptance is still being written".to_owned();
        return;
    }
    let dialog = Dialog::new(target, model);
    model.layers.push(Box::new(dialog));
}

/// What is selected, as far as it can be accepted.
fn target(model: &Model) -> Result<Target, &'static str> {
    if let (View::Review, Some(review)) = (model.view, &model.review) {
        let above = model.layers.last().and_then(|layer| layer.subject()).map(|(_, row, _)| row);
        let row = above.or_else(|| review.row());
        let row = row.ok_or("this asks about no single value: mend it, or change the policy")?;
        let judged = review.judged();
        let is_cause = above.is_none() && review.is_on_fold();
        let target = Target { judged: Arc::clone(judged), row, is_cause };
        return if speaks(judged, row) { Ok(target) } else { Err(NOTHING) };
    }
    let judged = model.tree.judgement().ok_or("what differs is still being judged")?;
    let assessment = &judged.assessment;
    let comparison = &assessment.comparison;
    let target = |row, is_cause| Target { judged: Arc::clone(judged), row, is_cause };
    if let Some((of_layer, row, _)) = model.layers.last().and_then(|layer| layer.subject()) {
        let row = if Arc::ptr_eq(of_layer, comparison) { Some(row) } else { comparison.find(&of_layer.path(row)) };
        return row.filter(|row| speaks(judged, *row)).map(|row| target(row, false)).ok_or(NOTHING);
    }
    match model.view {
        View::Risk => {
            let line = model.worst.place().and_then(|place| assessment.open.lines().get(place)).ok_or(NOTHING)?;
            Ok(target(line.worst, matches!(line.what, LineOf::Cause(_))))
        }
        View::Tree if model.tree.on_run() => Err(NOTHING),
        View::Tree => {
            let row = model.tree.cursor();
            if speaks(judged, row) { Ok(target(row, false)) } else { Err(NOTHING) }
        }
        View::Matrix | View::Overview => {
            let whole = model.whole.as_ref().ok_or(NOTHING)?;
            let (row, sides, is_cause) = match model.view {
                View::Matrix => (whole.matrix.row(), (whole.matrix.column(), whole.matrix.reference), false),
                _ => {
                    let cause = whole.sight.cause(&whole.overview).ok_or("choose a cause: a whole area is too much")?;
                    (cause, (whole.sight.column(&whole.overview), whole.overview.reference), true)
                }
            };
            if sides != model.sides && (sides.1, sides.0) != model.sides {
                return Err("an acceptance is pinned to the two sides of the tree: Enter shows these there");
            }
            let row = comparison.find(&whole.comparison().path(row)).filter(|row| speaks(judged, *row));
            row.map(|row| target(row, is_cause)).ok_or(NOTHING)
        }
        View::Time => {
            let row = model.time.row().and_then(|row| comparison.find(&row.path)).filter(|row| speaks(judged, *row));
            row.map(|row| target(row, false)).ok_or(NOTHING)
        }
        View::Report | View::Coverage | View::Review => Err(NOTHING),
    }
}

const NOTHING: &str = "nothing differs there that could be accepted";

/// Whether an acceptance of a row would speak of anything.
fn speaks(judged: &Judged, row: RowId) -> bool {
    row != Comparison::TOP
        && !judged.assessment.acceptable(&What::Path(judged.assessment.comparison.path(row))).is_empty()
}

/// Takes back what was accepted last, or does again what was undone last.
fn again(model: &mut Model, undone: bool) -> Vec<Effect> {
    if model.accepts.busy {
        model.note = "the last acceptance is still being written".to_owned();
        return Vec::new();
    }
    let accepts = &mut model.accepts;
    let step = if undone { accepts.redo.pop().map(Wish::Redo) } else { accepts.undo.pop().map(Wish::Undo) };
    match step {
        Some(wish) => {
            accepts.busy = true;
            accepts.go(undone);
            vec![Effect::Accept(Box::new(wish))]
        }
        None => {
            model.note = match undone {
                true => "nothing to do again".to_owned(),
                false => "nothing to undo: a accepts, and :review opens a review".to_owned(),
            };
            Vec::new()
        }
    }
}

/// A decision is on the disk, or could not be written.
pub fn answered(model: &mut Model, outcome: &Outcome) -> Vec<Effect> {
    model.accepts.busy = false;
    let done = match &outcome.result {
        Ok(done) => done,
        Err(words) => {
            model.note = format!("NOT SAVED: {words}");
            return Vec::new();
        }
    };
    model.note.clone_from(&done.words);
    let accepts = &mut model.accepts;
    let mut undo = done.undo.clone();
    match &done.accepted {
        Some(file) => accepts.file.clone_from(file),
        None => {
            let before = accepts.session.named(&undo.key).cloned();
            accepts.session.list.retain(|known| known.key != undo.key);
            accepts.session.list.extend(undo.after.clone());
            undo.before = before;
        }
    }
    if let (Way::Back | Way::Again, Ok(What::Path(path))) = (outcome.way, What::parse(&undo.key)) {
        super::review::reveal(model, &path);
    }
    let accepts = &mut model.accepts;
    if outcome.way == Way::Anew {
        accepts.decided(Kind::Acceptance);
    }
    let steps = if outcome.way == Way::Back { &mut accepts.redo } else { &mut accepts.undo };
    steps.push(undo);
    let surplus = steps.len().saturating_sub(STEPS);
    steps.drain(..surplus);
    ruled(model)
}

/// What is accepted is something else than before: all that is judged is held against it.
fn ruled(model: &mut Model) -> Vec<Effect> {
    let acceptances = model.accepts.all();
    model.ruling = Arc::new(Ruling { acceptances, ..(*model.ruling).clone() });
    let mut effects = Vec::new();
    if let Some(review) = &model.review {
        effects.extend(review.rule(&model.ruling));
        if review.is_of_commit {
            model.note = format!("not in this push: commit it and push again; {}", model.note);
        }
    }
    if let Some(judged) = model.tree.judgement() {
        let comparison = Arc::clone(&judged.assessment.comparison);
        let meaning = Some(Arc::clone(&judged.assessment.meaning));
        effects.push(Effect::Judge(Judging { comparison, meaning, ruling: Arc::clone(&model.ruling) }));
    }
    // Where two snapshots are all, one judgement is that of both.
    let is_apart = |all: &&Arc<Judged>| model.tree.judgement().is_none_or(|pair| !Arc::ptr_eq(pair, all));
    if let Some(judged) = model.whole.as_ref().and_then(|whole| whole.judged.as_ref()).filter(is_apart) {
        let comparison = Arc::clone(&judged.assessment.comparison);
        let meaning = Some(Arc::clone(&judged.assessment.meaning));
        effects.push(Effect::JudgeAll(Judging { comparison, meaning, ruling: Arc::clone(&model.ruling) }));
    }
    effects
}

/// Who and until when, for a row that is accepted; which relation, for one that violates it or does not matter.
pub fn words(judged: &Judged, row: RowId) -> Vec<String> {
    use crate::policy::Standing;
    let (policy, acceptances) = (&judged.ruling.policy, &judged.ruling.acceptances);
    let standings = &judged.assessment.standings;
    let mut out = Vec::new();
    match standings.of(row) {
        Standing::Accepted(index) => {
            if let Some(acceptance) = acceptances.list.get(index) {
                let until = acceptance.until.map_or_else(|| ", no end".to_owned(), |until| format!(" until {until}"));
                out.push(format!(
                    "accepted{until} by {}, {}: {} ({})",
                    acceptance.author, acceptance.date, acceptance.reason, acceptance.key
                ));
            }
        }
        Standing::Ignored(index) => {
            if let Some(relation) = policy.relations.get(index) {
                out.push(format!("ignored: {} ({})", relation.reason, relation.place));
            }
        }
        Standing::Violated(_) | Standing::Open => {}
    }
    for finding in standings.findings.iter().filter(|finding| finding.row == row) {
        if let Some(relation) = policy.relations.get(finding.relation) {
            let unknown = if finding.is_unknown { "not known whether it " } else { "" };
            // The file's name will do: a policy is looked for in few places.
            let place = relation.place.rsplit('/').next().unwrap_or_default();
            let then = relation.then.word();
            out.push(format!("{unknown}{}: {} ({}; {then}; {place})", relation.must, finding.words, relation.reason));
        }
    }
    for reopened in standings.reopened.iter().filter(|reopened| reopened.row == row) {
        if let Some(acceptance) = acceptances.list.get(reopened.acceptance) {
            out.push(format!("open again: {} ({}, {})", reopened.words, acceptance.reason, acceptance.author));
        }
    }
    out.iter().map(|line| escape(line).into_owned()).collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests;
