//! Which keys do what: the table of `keys`, with what the user's configuration changes of it. It is settled once, before
//! the first screen, and read from then on by the handler, hints, help and palette alike.

use super::keys::{self, Action, BINDINGS, Binding, Key, Screen};
use crossterm::event::KeyCode;
use std::sync::OnceLock;

/// Ctrl with these never arrives, or belongs to somebody else: ssh, screen, tmux, docker, flow control, browsers,
/// consoles (UX 7.1).
const FORBIDDEN_CTRL: &str = "abpqshijm[ ]^\\_tnwog";

/// Sets of keys besides the usual one: name, what it is for, what it changes.
#[expect(clippy::type_complexity, reason = "a table")]
pub const SETS: [(&str, &str, &[(&str, &[&str])]); 1] = [(
    "left-hand",
    "everything that is done often lies under the left hand",
    &[
        ("down", &["s", "<down>"]),
        ("up", &["w", "<up>"]),
        ("out", &["a", "<left>"]),
        ("in", &["d", "<right>"]),
        ("previous-column", &["a", "<left>", "<lt>"]),
        ("next-column", &["d", "<right>", ">"]),
        ("next", &["f", "n"]),
        ("previous", &["r", "N"]),
        ("open", &["<enter>", "g"]),
        ("first", &["<home>"]),
        ("find", &["F"]),
        ("filter", &["/", "z"]),
        ("wrap", &["W"]),
        ("sides", &["S"]),
        ("pair", &["S"]),
        ("reviewed", &["b"]),
        ("reviewed-below", &["B"]),
        ("skip", &["D"]),
        ("swap", &["X"]),
        ("commands", &[":", "x"]),
    ],
)];

/// The keys of every action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap(Vec<(Action, Vec<Key>)>);

static PRESENT: OnceLock<Keymap> = OnceLock::new();

/// The keys that are in force.
pub fn present() -> &'static Keymap {
    PRESENT.get_or_init(Keymap::default)
}

/// Settles the keys; only the first call counts, before the first screen.
pub fn settle(keymap: Keymap) {
    let _ = PRESENT.set(keymap);
}

impl Default for Keymap {
    /// The keys of the table.
    fn default() -> Self {
        let read =
            |binding: &Binding| binding.keys.iter().filter_map(|text| keys::keys(text).first().copied()).collect();
        Self(BINDINGS.iter().map(|binding| (binding.action, read(binding))).collect())
    }
}

impl Keymap {
    /// The keys of a set, then those that a user chose, by the names of actions; besides, what is wrong with which
    /// choice.
    pub fn new<'a>(
        set: Option<&str>,
        choices: impl Iterator<Item = (&'a str, &'a [String])>,
    ) -> (Self, Vec<(String, String)>) {
        let mut map = Self::default();
        let mut wrong = Vec::new();
        if let Some(name) = set.filter(|name| *name != "usual") {
            match SETS.iter().find(|(known, ..)| *known == name) {
                Some((.., changes)) => changes.iter().for_each(|(name, keys)| {
                    let keys: Vec<Key> = keys.iter().filter_map(|text| keys::keys(text).first().copied()).collect();
                    map.choose(name, keys);
                }),
                None => {
                    let known: Vec<_> = SETS.iter().map(|(name, ..)| *name).collect();
                    wrong.push(("set".to_owned(), format!("no set is called {name:?}: usual, {}", known.join(", "))));
                }
            }
        }
        for (name, texts) in choices {
            let mut chosen = Vec::new();
            for text in texts {
                match read(text) {
                    Ok(key) => chosen.push(key),
                    Err(words) => wrong.push((name.to_owned(), words)),
                }
            }
            if !BINDINGS.iter().any(|binding| binding.name == name) {
                wrong.push((name.to_owned(), "nothing is called so: docs/keys.md lists the names".to_owned()));
            } else if chosen.is_empty() && !texts.is_empty() {
                // Nothing that was chosen can be used: the usual keys stay.
            } else {
                map.choose(name, chosen);
            }
        }
        (map, wrong)
    }

    /// Gives an action its keys, and takes them from those that share a screen with it.
    fn choose(&mut self, name: &str, keys: Vec<Key>) {
        let Some(chosen) = BINDINGS.iter().find(|binding| binding.name == name) else { return };
        let shares = |other: &Binding| {
            chosen.screens.iter().any(|screen| other.holds_on(*screen) || *screen == Screen::Everywhere)
                || other.screens.contains(&Screen::Everywhere)
        };
        for (binding, (_, of)) in BINDINGS.iter().zip(&mut self.0) {
            if binding.action == chosen.action {
                of.clone_from(&keys);
                // The way out stays, whatever is chosen.
                of.extend(last_resort(binding.action).filter(|key| !keys.contains(key)));
            } else if shares(binding) {
                of.retain(|key| !keys.contains(key) || last_resort(binding.action) == Some(*key));
            }
        }
    }

    /// The keys of an action, the one shown in hints first.
    pub fn of(&self, action: Action) -> &[Key] {
        self.0.iter().find(|(known, _)| *known == action).map_or(&[], |(_, keys)| keys)
    }
}

/// Keys that are never taken away.
fn last_resort(action: Action) -> Option<Key> {
    match action {
        Action::Back => Some(Key::plain(KeyCode::Esc)),
        Action::Interrupt => Some(Key { code: KeyCode::Char('c'), ctrl: true }),
        _ => None,
    }
}

/// Reads one key as it is written in configuration.
fn read(text: &str) -> Result<Key, String> {
    let keys = keys::keys(text);
    let [key] = keys[..] else { return Err(format!("{text:?} is not one key: a character, or a name as in <enter>")) };
    match is_forbidden(key) {
        true => Err(format!("{key} does not arrive everywhere: terminals and programs around keep it")),
        false => Ok(key),
    }
}

/// Whether a key never arrives, or belongs to somebody else.
pub fn is_forbidden(key: Key) -> bool {
    match key.code {
        KeyCode::Char(c) if key.ctrl => FORBIDDEN_CTRL.contains(c),
        KeyCode::Char(c) => c == '~',
        KeyCode::F(n) => n != 1,
        _ => key.ctrl,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(set: Option<&str>, choices: &[(&str, &[&str])]) -> (Keymap, Vec<(String, String)>) {
        let choices: Vec<(&str, Vec<String>)> =
            choices.iter().map(|(name, keys)| (*name, keys.iter().map(|k| (*k).to_owned()).collect())).collect();
        Keymap::new(set, choices.iter().map(|(name, keys)| (*name, &keys[..])))
    }

    /// Which actions a key has on a screen.
    fn actions(map: &Keymap, screen: Screen, key: &str) -> Vec<Action> {
        let key = keys::keys(key)[0];
        let on = BINDINGS.iter().filter(|b| b.holds_on(screen) && map.of(b.action).contains(&key));
        on.map(|b| b.action).collect()
    }

    #[test]
    fn a_chosen_key_is_taken_from_what_had_it() {
        let (map, wrong) = map(None, &[("next", &["f", "<space>"])]);
        assert_eq!(wrong, []);
        assert_eq!(actions(&map, Screen::Tree, "f"), [Action::NextStop]);
        assert_eq!(actions(&map, Screen::Tree, "<space>"), [Action::NextStop]);
        assert_eq!(map.of(Action::Find), []);
        assert_eq!(actions(&map, Screen::Tree, "n"), []);
    }

    #[test]
    fn what_cannot_be_a_key_is_told_and_the_way_out_stays() {
        let (map, wrong) = map(None, &[("next", &["~", "nn", "<c-a>"]), ("dance", &["d"]), ("back", &["Q"])]);
        let names: Vec<_> = wrong.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["next", "next", "next", "dance"]);
        assert_eq!(actions(&map, Screen::Tree, "n"), [Action::NextStop], "the usual key stays");
        assert_eq!(actions(&map, Screen::Tree, "<esc>"), [Action::Back]);
        assert_eq!(map.of(Action::Back).len(), 2);
    }

    #[test]
    fn every_set_gives_each_key_one_meaning() {
        for (name, ..) in SETS {
            let (map, wrong) = map(Some(name), &[]);
            assert_eq!(wrong, []);
            for binding in BINDINGS {
                for key in map.of(binding.action) {
                    assert!(!is_forbidden(*key));
                    for screen in binding.screens {
                        let same = BINDINGS.iter().filter(|b| b.holds_on(*screen) && map.of(b.action).contains(key));
                        assert_eq!(same.count(), 1, "{key} on {screen:?} in {name}");
                    }
                }
            }
            let changed = SETS.iter().flat_map(|(.., changes)| changes.iter());
            assert!(changed.clone().all(|(action, _)| BINDINGS.iter().any(|b| b.name == *action)), "{changed:?}");
        }
        assert!(map(Some("two-hands"), &[]).1[0].1.contains("left-hand"));
    }
}
