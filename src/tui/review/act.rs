//! What keys and answers do to a review. Pure, as `update` is: what is to be written is returned.

use super::note::NoteLayer;
use super::scribe::{Journaled, REDONE, UNDONE, Wish};
use super::{Proposal, Review, UNASKED, begin, status};
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use crate::policy::judge::Call;
use crate::review::{Mark, Seen};
use crate::risk::Band;
use crate::tui::detail::Detail;
use crate::tui::keys::Action;
use crate::tui::menu::Menu;
use crate::tui::message::Effect;
use crate::tui::model::{Model, View};
use crate::tui::tree::Gutter;
use std::collections::BTreeMap;

/// What is said where a key decides and no review is open.
const CLOSED: &str = "no review is open: :review opens one";

/// Does an action of a review; `None` if it is none.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let decides = matches!(
        action,
        Action::Reviewed
            | Action::ReviewedBelow
            | Action::Flag
            | Action::Skip
            | Action::Note
            | Action::Undo
            | Action::Redo
            | Action::NextOpen
            | Action::PreviousOpen
    );
    if model.review.is_none() {
        if action == Action::ViewReview {
            return Some(begin::ask(model));
        }
        if decides {
            model.note = CLOSED.to_owned();
            return Some(Vec::new());
        }
        return None;
    }
    match action {
        Action::Reviewed => return Some(mark(model, Mark::Reviewed)),
        Action::Flag => return Some(mark(model, Mark::Flagged)),
        Action::Skip => return Some(mark(model, Mark::Skipped)),
        Action::ReviewedBelow => return Some(below(model)),
        Action::Note => return Some(begin_note(model)),
        Action::Undo => return Some(vec![Effect::Decide(Wish::Undo)]),
        Action::Redo => return Some(vec![Effect::Decide(Wish::Redo)]),
        Action::NextOpen | Action::PreviousOpen if model.view == View::Tree => {
            return Some(walk_tree(model, action == Action::NextOpen));
        }
        _ if model.view != View::Review => return None,
        _ => {}
    }
    let review = model.review.as_mut()?;
    if let Some(words) = review.walk(action) {
        model.note = words.to_owned();
        // Whoever else reviews may have decided meanwhile.
        let looks = !matches!(action, Action::Down | Action::Up);
        return Some(if looks { vec![Effect::Decide(Wish::Look)] } else { Vec::new() });
    }
    match action {
        Action::Fold => {
            review.fold(Some(false));
            Some(Vec::new())
        }
        Action::Unfold => {
            review.fold(Some(true));
            Some(Vec::new())
        }
        Action::Open => {
            if review.fold(None) {
                return Some(Vec::new());
            }
            if let Some(row) = review.row() {
                let comparison = review.board.comparison().clone();
                let differences: Vec<RowId> =
                    review.board.items.iter().filter(|item| item.is_row).map(|item| item.row).collect();
                let mut detail = Detail::new(comparison, row, super::view::sides(review, row), sorted(differences));
                detail.resize(model.size);
                model.layers.push(Box::new(detail));
            }
            Some(Vec::new())
        }
        Action::States => {
            model.menu = Some(Menu::done(review.hides_done));
            Some(Vec::new())
        }
        _ => None,
    }
}

/// Selects the next difference of the tree that is not decided, around its end.
fn walk_tree(model: &mut Model, forward: bool) -> Vec<Effect> {
    let tree = &model.tree;
    let is_open = |row: &&RowId| {
        let seen = tree.gutter().map_or(Seen::Open, |gutter| gutter.of(**row));
        !matches!(seen, Seen::Reviewed | Seen::Flagged)
    };
    let (cursor, rows) = (tree.cursor(), tree.differences());
    let next = if forward {
        let beyond = |row: &&RowId| **row > cursor;
        rows.iter().filter(is_open).find(beyond).or_else(|| rows.iter().find(is_open))
    } else {
        let before = |row: &&RowId| **row < cursor;
        rows.iter().rev().filter(is_open).find(before).or_else(|| rows.iter().rev().find(is_open))
    };
    match next.copied() {
        Some(row) => {
            let wraps = if forward { row <= cursor } else { row >= cursor };
            model.tree.select(row);
            if wraps {
                model.note = format!("wrapped to the {}", if forward { "first" } else { "last" });
            }
        }
        None => model.note = "everything that is listed is decided".to_owned(),
    }
    Vec::new()
}

fn sorted(mut rows: Vec<RowId>) -> Vec<RowId> {
    rows.sort_unstable();
    rows
}

/// The row of the review's comparison that is selected in the present view.
fn here(model: &Model) -> Option<RowId> {
    let review = model.review.as_ref()?;
    match model.view {
        View::Review => review.row(),
        View::Tree if !model.tree.on_run() => {
            review.board.comparison().find(&model.tree.comparison().path(model.tree.cursor()))
        }
        _ => None,
    }
}

/// The rows that a decision in the present view speaks of: those of one cause together.
fn heres(model: &Model) -> Vec<RowId> {
    match (&model.review, model.view) {
        (Some(review), View::Review) => review.rows(review.at),
        _ => here(model).into_iter().collect(),
    }
}

/// Marks what is selected and goes on to the next that is open; the same mark again takes it back and stays. What can only
/// be accepted or mended is left out of a mark that says that it was looked at.
fn mark(model: &mut Model, mark: Mark) -> Vec<Effect> {
    let rows = heres(model);
    let Some(review) = &mut model.review else { return Vec::new() };
    let rows: Vec<RowId> = rows.into_iter().filter(|row| review.board.is_decidable(*row)).collect();
    if rows.is_empty() {
        model.note = match model.view {
            View::Review => "this asks about no single value: mend it, or change the policy".to_owned(),
            _ => "a difference is marked; R marks all of a branch".to_owned(),
        };
        return Vec::new();
    }
    let is_able = |row: &RowId| mark != Mark::Reviewed || !review.board.is_unknown(*row);
    let rows: Vec<RowId> = rows.into_iter().filter(is_able).collect();
    if rows.is_empty() {
        model.note = "unknown: a look decides nothing; capture it again, or accept it with a reason".to_owned();
        return Vec::new();
    }
    let has = |row: &RowId| {
        matches!(
            (seen(review, *row), mark),
            (Seen::Reviewed, Mark::Reviewed) | (Seen::Flagged, Mark::Flagged) | (Seen::Skipped, Mark::Skipped)
        )
    };
    if rows.iter().all(has) {
        return decide(model, Mark::Open, rows);
    }
    let rows: Vec<RowId> = rows.into_iter().filter(|row| !has(row)).collect();
    let blocks = |row: &RowId| {
        let item = review.board.at(*row).and_then(|at| review.board.items.get(at));
        item.is_some_and(|item| item.call == Call::Block)
    };
    if rows.len() > 1 {
        model.note = format!("{}: {} differences of one cause", mark.word(), rows.len());
    }
    if mark == Mark::Reviewed && rows.iter().any(blocks) {
        model.note = "seen; the policy blocks it all the same: only an acceptance lets it through".to_owned();
    }
    let effects = decide(model, mark, rows);
    let Some(review) = &mut model.review else { return effects };
    if model.view == View::Review {
        // The selection goes on at once; the mark is shown when it is on the disk.
        if let Some(next) = review.next_open(Some(review.at), true) {
            review.at = next;
            review.follow();
        }
    } else {
        model.tree.act(Action::NextStop, 0);
    }
    effects
}

/// How a row stands.
fn seen(review: &Review, row: RowId) -> Seen {
    match review.board.at(row) {
        Some(at) => review.status.seen.get(at).copied().unwrap_or_default(),
        None => {
            let others = &review.status.others;
            others.binary_search_by_key(&row, |(other, _)| *other).map_or(Seen::Open, |at| others[at].1)
        }
    }
}

fn decide(model: &mut Model, mark: Mark, rows: Vec<RowId>) -> Vec<Effect> {
    let Some(review) = &mut model.review else { return Vec::new() };
    if rows.len() > crate::review::journal::MOST_ROWS {
        let most = crate::review::journal::MOST_ROWS;
        model.note = format!("more than {most} differences are not decided at once: choose a smaller branch");
        return Vec::new();
    }
    let rows: Vec<_> = rows.into_iter().map(|row| review.board.row(row)).collect();
    for row in &rows {
        *review.waiting.entry(row.path.clone()).or_default() += 1;
    }
    vec![Effect::Decide(Wish::Mark(mark, rows))]
}

/// Those of some rows that a look decides and that nobody has looked at yet.
fn unseen(review: &Review, rows: impl Iterator<Item = RowId>) -> Vec<RowId> {
    let board = &review.board;
    let is_unseen = |row: &RowId| {
        board.is_decidable(*row)
            && !board.is_unknown(*row)
            && !matches!(seen(review, *row), Seen::Reviewed | Seen::Flagged)
            && board.at(*row).and_then(|at| board.items.get(at)).is_none_or(|item| item.call != Call::Accepted)
    };
    rows.filter(is_unseen).collect()
}

/// What marking some rows covers: `84 differences (0 critical, 2 high) in packages`.
fn covers(model: &Model, rows: &[RowId], place: &str) -> String {
    let risks = model.tree.meaning().map(|meaning| &meaning.risks);
    let comparison = model.review.as_ref().map(|review| review.board.comparison());
    let band = |row: &RowId| {
        // What is judged is the tree's pair; its rows are found by path.
        let path = comparison?.path(*row);
        let row = model.tree.comparison().find(&path)?;
        Some(risks?.worst(row)?.score.band().0)
    };
    let count = |wanted: Band| rows.iter().filter(|row| band(row) == Some(wanted)).count();
    let (critical, high) = (count(Band::Critical), count(Band::High));
    let word = if rows.len() == 1 { "difference" } else { "differences" };
    format!("{} {word} ({critical} critical, {high} high) {place}", rows.len())
}

/// All differences of the selected branch of the tree.
fn below(model: &mut Model) -> Vec<Effect> {
    let Some(review) = &model.review else { return Vec::new() };
    let comparison = review.board.comparison();
    let path = model.tree.comparison().path(model.tree.cursor());
    let Some(branch) = comparison.find_branch(&path).or_else(|| comparison.find(&path)) else { return Vec::new() };
    let rows = unseen(review, branch..comparison.end(branch).max(branch + 1));
    let name = if path.depth() == 0 { "in all".to_owned() } else { format!("in {}", escape(&path.to_string())) };
    propose(model, rows, &name)
}

/// Marks some rows as reviewed; asks first where they are many.
fn propose(model: &mut Model, rows: Vec<RowId>, place: &str) -> Vec<Effect> {
    if rows.is_empty() {
        model.note = "nothing there is left to look at".to_owned();
        return Vec::new();
    }
    let words = covers(model, &rows, place);
    let is_grave = !words.contains("(0 critical, 0 high)");
    if rows.len() <= UNASKED && !is_grave {
        model.note = format!("reviewed: {words}");
        return decide(model, Mark::Reviewed, rows);
    }
    // A narrow window has no room for the words in the menu itself.
    model.note = format!("reviewed? {words}");
    model.menu = Some(Menu::confirm("reviewed?", &words, "no"));
    if let Some(review) = &mut model.review {
        review.proposal = Some(Proposal::Rows(rows));
    }
    Vec::new()
}

/// Marks as reviewed all that stands above the selection, and the selection: what a reviewer does who was interrupted.
pub fn reviewed_to_here(model: &mut Model) -> Vec<Effect> {
    let here = here(model);
    let Some(review) = &model.review else {
        model.note = CLOSED.to_owned();
        return Vec::new();
    };
    let rows = match model.view {
        View::Review => {
            let mut rows: Vec<RowId> = (0..=review.at).flat_map(|at| review.rows(at)).collect();
            rows.sort_unstable();
            rows.dedup();
            unseen(review, rows.into_iter())
        }
        View::Tree => {
            let comparison = review.board.comparison();
            let last = here.unwrap_or_else(|| comparison.end(Comparison::TOP).saturating_sub(1));
            unseen(review, 0..=last)
        }
        _ => Vec::new(),
    };
    propose(model, rows, "to here")
}

/// The answer to what was asked.
pub fn confirm(model: &mut Model, yes: bool) -> Vec<Effect> {
    let Some(review) = &mut model.review else { return Vec::new() };
    match review.proposal.take().filter(|_| yes) {
        Some(Proposal::Leave) => begin::close(model),
        Some(Proposal::Rows(rows)) => decide(model, Mark::Reviewed, rows),
        None => Vec::new(),
    }
}

/// Shows or hides what needs nothing more.
pub fn toggle_done(model: &mut Model) -> Vec<Effect> {
    if model.view == View::Tree {
        let job = model.tree.leave_out_decided(!model.tree.leaves_out_decided());
        return job.map(Effect::Sieve).into_iter().collect();
    }
    if let Some(review) = &mut model.review {
        review.hides_done = !review.hides_done;
        review.follow();
    }
    Vec::new()
}

/// Opens the line for a note.
fn begin_note(model: &mut Model) -> Vec<Effect> {
    let row = here(model);
    let Some(review) = &model.review else { return Vec::new() };
    match row.filter(|row| review.board.is_decidable(*row)) {
        Some(row) => model.layers.push(Box::new(NoteLayer::new(review.board.row(row).path))),
        None => model.note = "a note stands at a difference: choose one".to_owned(),
    }
    Vec::new()
}

/// Leaves the review: at once where nothing is open, else it is asked.
pub fn leave(model: &mut Model) -> Vec<Effect> {
    let Some(review) = &mut model.review else { return vec![Effect::Quit] };
    let counts = review.status.counts;
    if counts.open == 0 && !review.is_saving() {
        return finish(model);
    }
    let words = format!("leave: {} of {} done, saved, {}", counts.done(), counts.asked, counts.verdict.word());
    review.proposal = Some(Proposal::Leave);
    model.note = format!("{words}?");
    model.menu = Some(Menu::confirm("leave the review?", "leave", "stay"));
    Vec::new()
}

/// Ends the review with its verdict.
pub fn finish(model: &mut Model) -> Vec<Effect> {
    let Some(review) = &model.review else { return vec![Effect::Quit] };
    let asked = review.board.items.iter().filter(|item| item.is_asked()).map(|item| item.path.clone()).collect();
    let verdict = review.status.counts.verdict.word().to_owned();
    let finish = Effect::Decide(Wish::Finish(verdict, asked));
    [finish].into_iter().chain(begin::close(model)).collect()
}

/// A decision is on the disk, or could not be written.
pub fn answered(model: &mut Model, answer: Journaled) -> Vec<Effect> {
    let Some(review) = &mut model.review else {
        if let Err(words) = answer.journal {
            model.note = format!("NOT SAVED: {words}");
        }
        return Vec::new();
    };
    for path in &answer.paths {
        if let Some(count) = review.waiting.get_mut(path) {
            *count -= 1;
            if *count == 0 {
                review.waiting.remove(path);
            }
        }
    }
    let journal = match answer.journal {
        Ok(journal) => journal,
        Err(words) => {
            model.note = format!("NOT SAVED: {words}");
            // What is not decided is not left behind.
            let first = answer.paths.iter().find_map(|path| review.board.comparison().find(&path.parse().ok()?));
            if let Some(row) = first {
                review.select(row);
            }
            return Vec::new();
        }
    };
    if !answer.words.is_empty() {
        model.note = answer.words.clone();
    }
    if let Some(saved) = answer.saved {
        if !model.layers.is_empty() && answer.words.is_empty() {
            // The list that shows the mark is not seen.
            model.note = format!("decided, saved {saved}");
        }
        review.saved = Some(saved);
    }
    if journal == review.journal {
        return Vec::new();
    }
    let others = journal.entries.iter().skip(review.journal.entries.len());
    let news = others.filter(|entry| entry.by != review.reviewer && entry.paths().next().is_some()).count();
    if news > 0 {
        let word = if news == 1 { "decision" } else { "decisions" };
        model.note = format!("{news} {word} of somebody else came in");
    }
    review.marks = journal.marks();
    review.status = status(&review.board, &review.marks);
    review.journal = journal;
    review.lay();
    if [UNDONE, REDONE].iter().any(|begins| answer.words.starts_with(begins))
        && let [path] = answer.paths.as_slice()
        && let Ok(path) = path.parse()
    {
        reveal(model, &path);
    }
    if let Some(review) = &mut model.review {
        review.follow();
    }
    gutter(model)
}

/// Selects a path in the present view, if it is there.
pub fn reveal(model: &mut Model, path: &Path) {
    match (model.view, &mut model.review) {
        (View::Review, Some(review)) => {
            if let Some(row) = review.board.comparison().find(path) {
                review.select(row);
            }
        }
        (View::Tree, _) => {
            if let Some(row) = model.tree.comparison().find(path) {
                model.tree.select(row);
            }
        }
        _ => {}
    }
}

/// Lays the marks beside the rows of the tree.
pub fn gutter(model: &mut Model) -> Vec<Effect> {
    let Some(review) = &model.review else { return Vec::new() };
    let comparison = model.tree.comparison();
    let at = |row: RowId| {
        let of_review = review.board.comparison();
        if std::sync::Arc::ptr_eq(of_review, comparison) { Some(row) } else { comparison.find(&of_review.path(row)) }
    };
    let of_gate = review.board.items.iter().zip(&review.status.seen).filter(|(item, _)| item.is_row);
    let all = of_gate.map(|(item, seen)| (item.row, *seen)).chain(review.status.others.iter().copied());
    let marked = all.filter(|(_, seen)| *seen != Seen::Open);
    let signs: BTreeMap<RowId, Seen> = marked.filter_map(|(row, seen)| Some((at(row)?, seen))).collect();
    model.tree.set_gutter(Gutter::new(signs)).map(Effect::Sieve).into_iter().collect()
}
