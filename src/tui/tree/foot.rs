//! The lines beneath the preview: where the selection stands, and what can be done.

use super::Tree;
use super::kind::Kind;
use super::layout::Layout;
use super::sieve::Purpose;
use super::view::grouped;
use crate::base::text::{escape, fit};
use crate::tui::arriving;
use crate::tui::canvas::Canvas;
use crate::tui::keys::{self, Action};
use crate::tui::model::Model;
use crate::tui::plain::sentence;
use crate::tui::terminal::Mouse;
use crate::tui::theme::Role;
use ratatui::style::Style;

/// The hints while a filter or find is typed.
pub(in crate::tui) const TYPING: &str = "Enter keep  Esc back to before  Tab complete  Ctrl-U clear  Up history";

pub(super) fn status(model: &Model, layout: &Layout, canvas: &mut Canvas<'_>) {
    let tree = &model.tree;
    if let Some(wrong) = tree.editing().and_then(|e| e.wrong.as_ref()).filter(|_| layout.head.is_none()) {
        canvas.put(
            0,
            layout.status,
            &format!(" {}", escape(&wrong.words)),
            layout.body.width,
            canvas.style(Role::Error),
        );
        return;
    }
    let stops = tree.stops();
    let at = stops.partition_point(|stop| *stop <= tree.cursor());
    let what = match (tree.find(), tree.matched()) {
        (Some(found), _) => format!("matches of \"{}\"", fit(&escape(&found.text), 20)),
        (None, Some(_)) => "divergences (filtered)".to_owned(),
        (None, None) => "divergences".to_owned(),
    };
    let mode = match tree.editing().map(|e| e.purpose) {
        Some(Purpose::Filter) => " FILTER ",
        Some(Purpose::Find) => " FIND ",
        None if model.menu.is_some() => " MENU ",
        None => "",
    };
    let rows = tree.listing().len();
    let row = format!("row {}/{}", grouped((tree.index() + 1).min(rows) as u32), grouped(rows as u32));
    let mut text = format!("{mode} stop {}/{} {what}   {row}", grouped(at as u32), grouped(stops.len() as u32));
    if model.asked.is_some() {
        text.push_str("   comparing ..");
    }
    if model.mouse != Mouse::Wheel {
        text.push_str(&format!("   mouse:{}", model.mouse.word()));
    }
    if let Some(label) = arriving::label(model) {
        text = format!(" {label} is {}: nothing is compared yet   {row}", arriving::WORDS);
    } else if tree.total().telling() == 0 {
        let total = tree.total();
        let unknown = Kind::Unknown.count(&total) + Kind::NotCollected.count(&total);
        text = format!(" No differences in {} facts.   {row}", grouped(tree.total().leaves - unknown));
    }
    if model.announces && mode.is_empty() && model.arriving.is_none() {
        // A reader reads from the first cell.
        text = announced(tree, at, stops.len());
    }
    canvas.put_both(layout.status, &text, &escape(&model.note), Style::default());
}

/// The selected row in a sentence, the most important word first, and which of the stops it is.
fn announced(tree: &Tree, at: usize, stops: usize) -> String {
    let (comparison, row) = (tree.comparison(), tree.cursor());
    if comparison.is_leaf(row) && !tree.on_run() {
        return format!("{} {} of {}.", sentence(comparison, row), grouped(at as u32), grouped(stops as u32));
    }
    let tally = comparison.tally(row);
    let what = if tree.on_run() { "same values" } else { "branch" };
    let path = comparison.path(row).to_string();
    format!("{what}, {}: {} differ, {} same.", escape(&path), grouped(tally.telling()), grouped(tally.same))
}

/// The hint of an action: its key and its word.
fn hint(action: Action) -> Option<String> {
    let binding = keys::binding(action).filter(|binding| !binding.hint.is_empty())?;
    Some(format!("{} {}", binding.pressed().next()?, binding.hint))
}

/// Hints: what can be done here, dropped from the right where there is no room; the way to help stays.
pub(super) fn footer(model: &Model, layout: &Layout, canvas: &mut Canvas<'_>) {
    let width = layout.body.width;
    if let Some(menu) = &model.menu {
        menu.draw(canvas, layout.footer);
        return;
    }
    if model.tree.editing().is_some() {
        canvas.put(0, layout.footer, TYPING, width, Style::default());
        return;
    }
    // The line stays as it is from row to row, which a slow link is spared: Enter folds a branch and shows a fact in full.
    let open = hint(Action::Open).map(|hint| format!("{hint}/fold"));
    let mut hints = vec!["n/N next/prev".to_owned()];
    if model.review.is_some() {
        hints.extend([Action::Reviewed, Action::Flag].into_iter().filter_map(hint));
    }
    hints.extend(open);
    hints.extend([Action::Filter, Action::Copy, Action::Commands, Action::Back].into_iter().filter_map(hint));
    if model.tree.judgement().is_some() {
        hints.extend(hint(Action::Accept));
    }
    if canvas.area().height < 18 {
        hints = vec!["q quit".to_owned()];
    }
    let last = "? help";
    while hints.iter().map(|hint| hint.len() + 2).sum::<usize>() + last.len() > usize::from(width) {
        hints.pop();
    }
    hints.push(last.to_owned());
    canvas.put(0, layout.footer, &hints.join("  "), width, Style::default());
}
