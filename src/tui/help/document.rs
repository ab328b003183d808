//! The page `docs/keys.md`, from the tables that run: it cannot say anything else than the program does.

use super::SIGNS;
use crate::filter::{FIELDS, STATES, saved};
use crate::policy::explorer::SETTINGS;
use crate::tui::keymap::SETS;
use crate::tui::keys::{BINDINGS, Group, Screen};
use crate::tui::palette;
use std::fmt::Write as _;

/// The screens with the names that the page gives them.
const SCREENS: [(Screen, &str); 14] = [
    (Screen::Tree, "tree"),
    (Screen::Review, "review"),
    (Screen::Risk, "risk"),
    (Screen::Matrix, "matrix"),
    (Screen::Time, "time"),
    (Screen::Report, "report"),
    (Screen::Overview, "overview"),
    (Screen::Coverage, "coverage"),
    (Screen::Detail, "detail"),
    (Screen::Picker, "picker"),
    (Screen::Capture, "capture"),
    (Screen::Dialog, "dialogs"),
    (Screen::Help, "help"),
    (Screen::Palette, "palette"),
];

/// The whole page, in Markdown.
pub fn document() -> String {
    let mut out = "# Keys, commands and filters of the explorer\n\n\
        Made by `cargo run --example screens` from the tables that the explorer runs on; a test fails when it is stale.\n\
        `?` shows the same for the screen that you are on.\n"
        .to_owned();
    for group in Group::ALL {
        let _ = write!(out, "\n## {}\n\n| keys | does | where | name |\n| --- | --- | --- | --- |\n", group.words());
        for binding in BINDINGS.iter().filter(|binding| binding.group == group) {
            let keys: Vec<_> = binding.standard().iter().map(|key| format!("`{}`", cell(&key.to_string()))).collect();
            let on: Vec<_> =
                SCREENS.iter().filter(|(s, _)| binding.screens.contains(s)).map(|(_, name)| *name).collect();
            let on =
                if binding.screens.contains(&Screen::Everywhere) { "everywhere".to_owned() } else { on.join(", ") };
            let _ = writeln!(out, "| {} | {} | {on} | `{}` |", keys.join(" "), cell(binding.words), binding.name);
        }
    }
    out.push_str("\n## Commands\n\nTyped after `:`, besides the names above.\n\n| command | does |\n| --- | --- |\n");
    for (name, takes, words) in palette::without_keys() {
        let _ = writeln!(out, "| `:{}` | {} |", cell(format!("{name} {takes}").trim_end()), cell(words));
    }
    out.push_str("\n## Filters\n\n| field | takes | example |\n| --- | --- | --- |\n");
    for (_, name, takes, example) in FIELDS {
        let _ = writeln!(out, "| `{name}:` | {} | `{}` |", cell(takes), cell(example));
    }
    out.push_str("\nWhat `is:` takes:\n\n| word | means |\n| --- | --- |\n");
    for (state, means) in STATES {
        let _ = writeln!(out, "| `{state}` | {} |", cell(means));
    }
    out.push_str("\nFilters that come with a name:\n\n| name | filter | lists |\n| --- | --- | --- |\n");
    for (name, text, means) in saved::BUILT_IN {
        let _ = writeln!(out, "| `@{name}` | `{}` | {} |", cell(text), cell(means));
    }
    out.push_str("\n## Signs\n\n| sign | means |\n| --- | --- |\n");
    for (sign, means) in SIGNS {
        let _ = writeln!(out, "| `{}` | {} |", cell(sign), cell(means));
    }
    out.push_str(
        "\n## config.toml\n\n\
        In `$XDG_CONFIG_HOME/driftglass/config.toml`; `:set KEY WORD` tries one, `:set save` writes those that were set.\n\n\
        | key | takes | at first | is |\n| --- | --- | --- | --- |\n",
    );
    for (key, words, first, about) in SETTINGS {
        let words = if words.is_empty() { "a name".to_owned() } else { words.join(", ") };
        let _ = writeln!(out, "| `{key}` | {words} | {first} | {} |", cell(about));
    }
    out.push_str(
        "\n`[keys]` gives an action other keys by its name, as `next = [\"f\", \"<pgdn>\"]`; `set = \"...\"` begins with a \
        set:\n\n",
    );
    for (name, about, changes) in SETS {
        let _ = writeln!(out, "- `{name}`: {about}.");
        for (action, keys) in changes {
            let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(out, "  - {action}: {}", keys.join(" "));
        }
    }
    out.push_str("\n`[filters]` saves filters by name, as `prepush = \"area:dns,cache is:changed\"` for `@prepush`.\n");
    out
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
