//! The footer: keys that do something now, from the table. What does not fit is dropped from the right, help and the way
//! back never.

use super::canvas::Canvas;
use super::keys::{Action, BINDINGS, Binding, Screen};
use super::theme::Role;
use crate::base::text::width;
use ratatui::style::Style;

/// Draws the hints of a screen; `now` says which actions do something at present.
pub fn draw(canvas: &mut Canvas<'_>, y: u16, screen: Screen, cells: u16, now: &dyn Fn(Action) -> bool) {
    let hinted = |b: &&Binding| !b.hint.is_empty() && b.holds_on(screen) && b.action != Action::Help && now(b.action);
    let word = |binding: &Binding| match (binding.action, screen) {
        (Action::Back, Screen::Detail) => "back",
        _ => binding.hint,
    };
    let all: Vec<(Action, &str)> = BINDINGS.iter().filter(hinted).map(|b| (b.action, word(b))).collect();
    // Who has gone somewhere is told the way back in any window.
    laid(canvas, y, cells, &all, screen == Screen::Detail);
}

/// Draws the hints of these actions, first those that are done most.
pub fn these(canvas: &mut Canvas<'_>, y: u16, cells: u16, actions: impl Iterator<Item = Action>) {
    // A screen that another one led to is left for that.
    worded(canvas, y, cells, actions.map(|action| (action, if action == Action::Back { "back" } else { "" })));
}

/// As [`these`], with words of the screen's own; its own hint for none. The way back, where it is among them, is never
/// dropped.
pub fn worded<'a>(canvas: &mut Canvas<'_>, y: u16, cells: u16, actions: impl Iterator<Item = (Action, &'a str)>) {
    let all: Vec<(Action, &str)> = actions.collect();
    laid(canvas, y, cells, &all, true);
}

fn laid(canvas: &mut Canvas<'_>, y: u16, cells: u16, all: &[(Action, &str)], keeps_back: bool) {
    let help = format!("{} help", key(Action::Help));
    let (mut kept, mut x) = (width(&help), 0);
    let told = |(action, own): &(Action, &str)| {
        let binding = super::keys::binding(*action)?;
        let key = key(*action);
        let word = [*own, binding.hint, binding.name].into_iter().find(|word| !word.is_empty()).unwrap_or_default();
        (!key.is_empty()).then(|| (key, word.to_owned()))
    };
    let cost = |(key, word): &(String, String)| width(key) + width(word) + 3;
    let back = all.iter().find(|(action, _)| *action == Action::Back && keeps_back).and_then(told);
    kept += back.as_ref().map_or(0, cost);
    let mut is_full = false;
    for (action, hint) in all.iter().filter_map(|hint| Some((hint.0, told(hint)?))) {
        let is_back = action == Action::Back && keeps_back;
        if is_back {
            kept = width(&help);
        } else if is_full {
            continue;
        }
        if usize::from(x) + cost(&hint) + kept > usize::from(cells) {
            is_full = true;
            continue;
        }
        let end = canvas.put(x, y, &hint.0, cells, canvas.style(Role::Heading));
        x = canvas.put(end, y, &format!(" {}  ", hint.1), cells, Style::default());
    }
    canvas.put(x, y, &help, cells.saturating_sub(x), Style::default());
}

/// The first key of an action, as it is named on screens.
pub fn key(action: Action) -> String {
    let bound = super::keys::binding(action).and_then(|b| b.pressed().next());
    bound.map_or_else(String::new, |key| key.to_string())
}
