//! The footer: keys that do something now, from the table. What does not fit is dropped from the right, help never.

use super::canvas::Canvas;
use super::keys::{Action, BINDINGS, Binding, Screen};
use super::theme::Role;
use crate::base::text::width;
use ratatui::style::Style;

/// Draws the hints of a screen; `now` says which actions do something at present.
pub fn draw(canvas: &mut Canvas<'_>, y: u16, screen: Screen, cells: u16, now: &dyn Fn(Action) -> bool) {
    let hinted = |b: &&Binding| !b.hint.is_empty() && b.holds_on(screen) && b.action != Action::Help && now(b.action);
    let help = format!("{} help", key(Action::Help));
    let room = usize::from(cells).saturating_sub(width(&help));
    let mut x = 0;
    for binding in BINDINGS.iter().filter(hinted) {
        let Some(key) = binding.pressed().next() else { continue };
        let word = match (binding.action, screen) {
            (Action::Back, Screen::Detail) => "back",
            _ => binding.hint,
        };
        let text = format!("{key} {word}");
        if usize::from(x) + width(&text) + 2 > room {
            break;
        }
        let end = canvas.put(x, y, &key.to_string(), cells, canvas.style(Role::Heading));
        x = canvas.put(end, y, &format!(" {word}  "), cells, Style::default());
    }
    canvas.put(x, y, &help, cells.saturating_sub(x), Style::default());
}

/// Draws the hints of these actions, first those that are done most.
pub fn these(canvas: &mut Canvas<'_>, y: u16, cells: u16, actions: impl Iterator<Item = Action>) {
    worded(canvas, y, cells, actions.map(|action| (action, "")));
}

/// As [`these`], with words of the screen's own; its own hint for none.
pub fn worded<'a>(canvas: &mut Canvas<'_>, y: u16, cells: u16, actions: impl Iterator<Item = (Action, &'a str)>) {
    let help = format!("{} help", key(Action::Help));
    let room = usize::from(cells).saturating_sub(width(&help));
    let mut x = 0;
    for (action, own) in actions {
        let Some(binding) = super::keys::binding(action) else { continue };
        let key = key(action);
        let word = [own, binding.hint, binding.name].into_iter().find(|word| !word.is_empty()).unwrap_or_default();
        if usize::from(x) + width(&key) + width(word) + 3 > room {
            break;
        }
        let end = canvas.put(x, y, &key, cells, canvas.style(Role::Heading));
        x = canvas.put(end, y, &format!(" {word}  "), cells, Style::default());
    }
    canvas.put(x, y, &help, cells.saturating_sub(x), Style::default());
}

/// The first key of an action, as it is named on screens.
pub fn key(action: Action) -> String {
    let bound = super::keys::binding(action).and_then(|b| b.pressed().next());
    bound.map_or_else(String::new, |key| key.to_string())
}
