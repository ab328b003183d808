//! The mouse, while it is taken in full: a click selects, on the fold sign it folds, on what is selected it opens; the
//! wheel moves the view; the edge is a scroll bar, and the line of names above a way up.

use super::keys::{self, Action};
use super::message::Effect;
use super::model::{Model, View};
use super::tree::view::indent;
use super::{act, update};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// Lines that one turn of the wheel moves.
const TURN: isize = 3;

/// Gives the mouse its effect.
pub fn act(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let turn = match event.kind {
        MouseEventKind::ScrollDown => TURN,
        MouseEventKind::ScrollUp => -TURN,
        MouseEventKind::Down(MouseButton::Left) => return press(model, Position::new(event.column, event.row), false),
        MouseEventKind::Drag(MouseButton::Left) => return press(model, Position::new(event.column, event.row), true),
        _ => return Vec::new(),
    };
    let on_tree = model.layers.is_empty() && model.view == View::Tree;
    if on_tree {
        model.tree.scroll_view(turn);
        return Vec::new();
    }
    let action = if turn > 0 { Action::Down } else { Action::Up };
    (0..turn.abs()).flat_map(|_| update::dispatch(model, action)).collect()
}

fn press(model: &mut Model, at: Position, drags: bool) -> Vec<Effect> {
    let on_tree = model.layers.is_empty() && model.view == View::Tree;
    let is_plain = on_tree && model.menu.is_none() && model.tree.editing().is_none();
    let Some(layout) = model.layout().filter(|layout| is_plain && layout.body.contains(at)) else { return Vec::new() };
    let line = usize::from(at.y - layout.body.y);
    if layout.columns.edge.is_some_and(|edge| at.x >= edge) {
        let rows = model.tree.listing().len();
        model.tree.select_index(line * rows / usize::from(layout.body.height).max(1));
        return Vec::new();
    }
    if drags {
        return Vec::new();
    }
    if model.tree.sticky() && line == 0 {
        let above = model.tree.listing().at(model.tree.top()).map(|first| model.tree.comparison().parent(first.row));
        if let Some(above) = above.filter(|row| *row != crate::compare::Comparison::TOP) {
            model.tree.select(above);
        }
        return Vec::new();
    }
    let Some(index) = model.tree.at_line(line) else { return Vec::new() };
    let Some(visible) = model.tree.listing().at(index) else { return Vec::new() };
    let was_selected = model.tree.index() == index;
    model.tree.select_index(index);
    let sign = indent(model.tree.comparison(), visible.row, &layout.columns);
    let is_branch = !model.tree.comparison().is_leaf(visible.row) && !visible.is_run();
    if is_branch && (sign..sign + 2).contains(&at.x) {
        return act::act(model, Action::Toggle);
    }
    let opens = keys::binding(Action::Open).is_some();
    if was_selected && opens { act::act(model, Action::Open) } else { Vec::new() }
}
