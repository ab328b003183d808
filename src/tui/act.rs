//! What an action does to the model, and the text that a row is copied or printed as.

use super::detail::Detail;
use super::help::Help;
use super::keys::Action;
use super::menu::{Choice, Copy, Menu};
use super::message::Effect;
use super::model::{Model, Subject, View};
use super::palette::Palette;
use super::review::scribe::Wish;
use super::switch;
use super::tree::kind::Shown;
use super::tree::layout::Arrangement;
use super::tree::pairing::{Before, Pairing};
use super::tree::rows::Bits;
use super::tree::sieve::Purpose;
use crate::base::text::{escape, escape_lines};
use crate::compare::{Cell, Comparison, RowId};
use crate::model::provenance;
use crate::report::overview::number;
use std::sync::Arc;

/// From the tree: back from an earlier date, back to the review that is open, else out.
pub(super) fn top(model: &mut Model) -> Vec<Effect> {
    if let Some(effects) = super::time::leave(model) {
        return effects;
    }
    if let Some(view) = model.led_from.take() {
        return switch::show(model, view);
    }
    match model.review {
        Some(_) => switch::show(model, View::Review),
        None if !model.captured.is_empty() => {
            // Once: what is not kept is lost with the program.
            let labels: Vec<String> = captured(model).into_iter().map(|(_, label)| label).collect();
            model.note = format!("{} is kept nowhere: :save keeps it", labels.join(", "));
            model.menu = Some(Menu::leave());
            Vec::new()
        }
        None => vec![Effect::Quit],
    }
}

/// Takes back one thing; `false` at the top. A kept filter stays: that is for its own key.
pub(super) fn back(model: &mut Model) -> bool {
    model.active_mut().end_find()
}

/// Does what an action says, on the present view.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(present) = model.present.as_ref().filter(|_| super::time::decides(action)) {
        model.note = format!("this is how it was on {}: decisions are about what is now", present.at);
        return Vec::new();
    }
    if let Some(effects) = super::accept::act(model, action) {
        return effects;
    }
    if let Some(effects) = super::review::act(model, action) {
        if effects.iter().any(|effect| matches!(effect, Effect::Decide(Wish::Mark(..)))) {
            model.accepts.marked();
        }
        return effects;
    }
    if let Some(effects) = switch::act(model, action) {
        return effects;
    }
    match action {
        Action::Back if back(model) || matches!(model.view, View::Tree | View::Review) => {}
        Action::Back if model.view == View::Report && model.paper.end_find() => {}
        Action::Back if model.view == View::Time => return super::time::back(model),
        Action::Back if model.review.is_some() => return switch::show(model, View::Review),
        Action::Back => return switch::show(model, View::Tree),
        Action::Interrupt if model.is_busy() => {
            model.stop();
            model.note = "stopped".into();
            return vec![Effect::Stop];
        }
        Action::Interrupt if model.view == View::Review => return super::review::leave(model),
        Action::Interrupt if model.view != View::Tree => return act(model, Action::Back),
        Action::Interrupt => return if back(model) { Vec::new() } else { top(model) },
        Action::Filter => model.active_mut().begin(Purpose::Filter),
        Action::Find => model.active_mut().begin(Purpose::Find),
        Action::SwitchFilter if model.active().filter().is_none() => {
            model.note = "there is no filter: / makes one".into()
        }
        Action::SwitchFilter => return model.active_mut().switch_filter().map(Effect::Sieve).into_iter().collect(),
        Action::States => {
            let menu = Menu::states(model.active().shown());
            let is_marked = model.view == View::Tree && model.tree.gutter().is_some();
            let menu = if is_marked { menu.with_done(model.tree.leaves_out_decided()) } else { menu };
            model.menu = Some(menu.with_policy(model.active().leaves_out()));
        }
        Action::Copy => model.menu = Some(Menu::copy()),
        Action::Sides if model.snapshots.len() > 2 => {
            let labels = model.snapshots.iter().map(|s| s.meta.name()).enumerate();
            model.menu = Some(Menu::sides("left side", labels, Choice::Left));
        }
        Action::Sides => model.note = "there are only two snapshots: x swaps them".into(),
        Action::Swap => return face(model, (model.sides.1, model.sides.0)),
        Action::Layout => {
            let width = model.size.width;
            let choices = model.choices_mut();
            choices.arrangement = match choices.arrangement.at(width) {
                Arrangement::SideBySide => Arrangement::Unified,
                Arrangement::Unified => Arrangement::Stacked,
                Arrangement::Auto | Arrangement::Stacked => Arrangement::SideBySide,
            };
            let words = choices.arrangement.word();
            model.note = format!("layout: {words}");
            model.fit();
        }
        Action::Wrap => {
            let choices = model.choices_mut();
            choices.wrap = !choices.wrap;
            model.fit();
        }
        Action::Add if model.view == View::Time => {
            model.layers.push(Box::new(Palette::typed(model.view.screen(), "add live")));
        }
        Action::Blame => {
            let path = switch::selected(model);
            return super::time::blame(model, &path);
        }
        Action::Add => model.layers.push(Box::new(Palette::typed(model.view.screen(), "add "))),
        Action::Help => model.layers.push(Box::new(Help::new(model.view.screen()))),
        Action::Commands => {
            let palette = Palette::with(model.view.screen(), &captured(model));
            model.layers.push(Box::new(palette));
        }
        Action::Open if model.tree.comparison().is_leaf(model.tree.cursor()) && !model.tree.on_run() => {
            model.layers.push(Box::new(Detail::of_tree(model)));
            // What its past is stands in a tab of its own, once it is read.
            return super::time::ask(model);
        }
        Action::Print => return vec![Effect::Print(printed(model))],
        Action::WriteReport => return super::document::open(model),
        Action::View => return vec![Effect::Show { text: printed(model), edit: false }],
        action if model.view == View::Tree => {
            let column = model.layout().map_or(0, |layout| usize::from(layout.columns.value));
            if let Some(words) = model.tree.act(action, column) {
                model.note = words.into();
            }
        }
        _ => {}
    }
    Vec::new()
}

/// What was captured and is not kept yet, by place and label.
fn captured(model: &Model) -> Vec<(usize, String)> {
    let label = |at: &usize| Some((*at, escape(model.snapshots.get(*at)?.meta.name()).into_owned()));
    model.captured.iter().filter_map(label).collect()
}

pub(super) fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Order(order) => {
            if let Some(whole) = &mut model.whole {
                whole.matrix.set_order(order);
            }
        }
        Choice::RiskOrder(order) => model.worst.set_order(order),
        Choice::TimeOrder(order) => super::time::set_order(model, order),
        Choice::Kind(kind) => return model.active_mut().toggle_kind(kind).map(Effect::Sieve).into_iter().collect(),
        Choice::Copy(what) => {
            return match copied(model, what) {
                Some(text) => vec![Effect::Copy(text)],
                None => {
                    model.note = "nothing to copy there".into();
                    Vec::new()
                }
            };
        }
        Choice::Left(left) => {
            let labels = model.snapshots.iter().map(|s| s.meta.name()).enumerate();
            let others = labels.filter(|(i, _)| *i != left);
            model.menu = Some(Menu::sides("right side", others, |right| Choice::Sides(left, right)));
        }
        Choice::Sides(left, right) => return face(model, (left, right)),
        Choice::Accepted | Choice::Ignored => {
            let mut out = model.active().leaves_out();
            match choice {
                Choice::Accepted => out.accepted = !out.accepted,
                _ => out.ignored = !out.ignored,
            }
            return model.active_mut().leave_out(out).map(Effect::Sieve).into_iter().collect();
        }
        Choice::Done => return super::review::toggle_done(model),
        Choice::Leave(true) => return vec![Effect::Quit],
        Choice::Leave(false) => {}
        Choice::Confirm(yes) => return super::review::confirm(model, yes),
    }
    Vec::new()
}

/// Lays two other snapshots side by side. The tree changes when the answer is there.
pub(super) fn face(model: &mut Model, sides: (usize, usize)) -> Vec<Effect> {
    face_as(model, sides, None, None)
}

/// As [`face`], of what may be aligned already; with the branches that were open at first, only those that were opened
/// or folded since are carried over.
pub(super) fn face_as(
    model: &mut Model,
    sides: (usize, usize),
    aligned: Option<Arc<Comparison>>,
    first: Option<Bits>,
) -> Vec<Effect> {
    let before = Before { comparison: Arc::clone(model.tree.comparison()), open: model.tree.open().clone(), first };
    beside(model, sides, aligned, (model.tree.shown(), Some(before)))
}

/// Lays the two sides out as if nothing had been done yet.
pub(super) fn anew(model: &mut Model) -> Vec<Effect> {
    let sides = model.asked.unwrap_or(model.sides);
    let aligned = (sides == model.sides).then(|| Arc::clone(model.tree.comparison()));
    model.goal = None;
    beside(model, sides, aligned, (Shown::default(), None))
}

fn beside(
    model: &mut Model,
    sides: (usize, usize),
    aligned: Option<Arc<Comparison>>,
    (shown, before): (Shown, Option<Before>),
) -> Vec<Effect> {
    let (Some(left), Some(right)) = (model.snapshots.get(sides.0), model.snapshots.get(sides.1)) else {
        return Vec::new();
    };
    let sides_in = [Arc::clone(left), Arc::clone(right)];
    model.compare_ticket += 1;
    model.asked = Some(sides);
    let (ticket, reference) = (model.compare_ticket, usize::from(sides.1 == model.reference));
    vec![Effect::Compare(Pairing { ticket, sides: sides_in, reference, aligned, shown, before })]
}

/// The command that reads a value where the left side read it, else where the right did; escaped, as a path may be
/// hostile.
fn reading(comparison: &Comparison, row: RowId, sides: (usize, usize)) -> Option<String> {
    [sides.0, sides.1].into_iter().find_map(|side| {
        let root = comparison.sides().get(side)?.snapshot.meta.root.as_deref();
        provenance::command(comparison.source(row, side)?, root).map(|command| escape(&command).into_owned())
    })
}

/// The text that a copy takes, escaped; values keep their line ends and tabs.
fn copied(model: &Model, what: Copy) -> Option<String> {
    let Subject { comparison, row, sides } = model.subject();
    let path = comparison.path(row);
    let value = |side: usize| match comparison.cell(row, side) {
        Cell::Value(value) => escape_lines(&value.plain()).into_owned(),
        cell => super::tree::cells::in_full(cell),
    };
    let is_leaf = comparison.is_leaf(row);
    match what {
        Copy::Path => Some(escape(&path.to_string()).into_owned()),
        Copy::Pointer if is_leaf => {
            let json = |side| serde_json::Value::from(value(side)).to_string();
            Some(format!("{}\n{}\n{}", escape(&path.pointer()), json(sides.0), json(sides.1)))
        }
        Copy::Pointer => Some(escape(&path.pointer()).into_owned()),
        Copy::View => command(model),
        Copy::Markdown if is_leaf => {
            let cell = |text: String| text.replace('|', "\\|").replace(['\n', '\t'], " ");
            let side = |side| cell(super::tree::cells::in_full(comparison.cell(row, side)));
            let path = cell(escape(&path.to_string()).into_owned());
            Some(format!("| {path} | {} | {} |", side(sides.0), side(sides.1)))
        }
        Copy::Filter => model.active().filter().map(|(text, _)| escape(text).into_owned()),
        Copy::Command => reading(&comparison, row, sides),
        Copy::Left if is_leaf => Some(value(sides.0)),
        Copy::Right if is_leaf => Some(value(sides.1)),
        Copy::Both if is_leaf => Some(format!("{}\n{}", value(sides.0), value(sides.1))),
        Copy::Row if is_leaf => Some(line(&comparison, row, sides)),
        Copy::Row => Some(escape(&path.to_string()).into_owned()),
        _ => None,
    }
}

/// The command that opens this view; `None` where nobody typed what is compared.
fn command(model: &Model) -> Option<String> {
    let is_typed = model.references.iter().all(|text| !text.is_empty());
    if model.references.is_empty() || model.references.len() != model.snapshots.len() || !is_typed {
        return None;
    }
    let quoted = |text: &str| shlex::try_quote(text).ok().map(std::borrow::Cow::into_owned);
    let mut words = vec!["driftglass explore".to_owned()];
    for reference in &model.references {
        words.push(quoted(reference)?);
    }
    if let Some((filter, true)) = model.active().filter() {
        words.push(format!("--filter {}", quoted(filter)?));
    }
    Some(escape(&words.join(" ")).into_owned())
}

fn line(comparison: &Comparison, row: RowId, sides: (usize, usize)) -> String {
    let value = |side| super::tree::cells::in_full(comparison.cell(row, side));
    format!("{}: {} -> {}", escape(&comparison.path(row).to_string()), value(sides.0), value(sides.1))
}

/// The selected row as plain text: path, both values in full, where they were read.
pub(super) fn printed(model: &Model) -> String {
    if model.view == View::Risk && model.layers.is_empty() {
        return super::risk::text(model);
    }
    if model.view == View::Report && model.layers.is_empty() {
        return super::paper::text(model);
    }
    if model.view == View::Time && model.layers.is_empty() {
        return super::time::text(model);
    }
    if model.view == View::Coverage && model.layers.is_empty() {
        return super::coverage::text(model);
    }
    if let (View::Overview, Some(whole), true) = (model.view, &model.whole, model.layers.is_empty()) {
        return super::overview::text(&whole.overview, whole.stakes(), whole.comparison());
    }
    let Subject { comparison, row, .. } = model.subject();
    let mut out = format!("{}\n", escape(&comparison.path(row).to_string()));
    for (i, side) in comparison.sides().iter().enumerate().filter(|_| comparison.is_leaf(row)) {
        let value = match comparison.cell(row, i) {
            Cell::Value(value) => escape_lines(&value.plain()).into_owned(),
            cell => super::tree::cells::in_full(cell),
        };
        let source = comparison.source(row, i).map(|s| format!("  ({})", escape(s))).unwrap_or_default();
        out.push_str(&format!("\n{}{source}\n{value}\n", escape(side.label())));
    }
    if !comparison.is_leaf(row) {
        beneath(&comparison, row, &mut out);
    }
    out
}

/// The most differences that are printed of a branch.
const MOST: usize = 200;

/// What differs beneath a branch, a line each.
fn beneath(comparison: &Comparison, row: RowId, out: &mut String) {
    let tally = comparison.tally(row);
    out.push_str(&format!("{} differ, {} same\n\n", number(tally.found()), number(tally.same)));
    let leaves = (row..comparison.end(row)).filter(|at| comparison.is_leaf(*at));
    let found = leaves.filter(|at| comparison.state(*at).is_found());
    for leaf in found.take(MOST) {
        out.push_str(&line(comparison, leaf, (0, 1)));
        out.push('\n');
    }
    let more = (tally.found() as usize).saturating_sub(MOST);
    if more > 0 {
        out.push_str(&format!(".. {} more\n", number(more as u32)));
    }
}
