//! Keys, and how they are written: in the table, in configuration and in tests.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key as the explorer knows it: what arrives the same from every terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With Ctrl.
    pub ctrl: bool,
}

impl Key {
    /// A key without Ctrl.
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false }
    }

    /// A character.
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// The key of a terminal's event; `None` for what is not bound anywhere (Alt, Super, releases).
    pub fn of(event: KeyEvent) -> Option<Self> {
        let foreign = KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
        if event.is_release() || event.modifiers.intersects(foreign) {
            return None;
        }
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Some(Self { code, ctrl })
    }

    /// The character that the key types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl => Some(c),
            _ => None,
        }
    }
}

/// Names of keys that are not characters, as written between angle brackets.
const NAMES: [(&str, KeyCode); 17] = [
    ("down", KeyCode::Down),
    ("up", KeyCode::Up),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgdn", KeyCode::PageDown),
    ("pgup", KeyCode::PageUp),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("s-tab", KeyCode::BackTab),
    ("bs", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("space", KeyCode::Char(' ')),
    ("lt", KeyCode::Char('<')),
    ("f1", KeyCode::F(1)),
];

/// Reads keys as they are written in the table, in configuration and in tests: `jj<right>/ssl<enter>`, `<c-d>`.
/// What is not a name between brackets is typed as it stands.
pub fn keys(text: &str) -> Vec<Key> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|tail| tail.split_once('>'));
        match named.and_then(|(name, after)| Some((by_name(name)?, after))) {
            Some((key, after)) => {
                out.push(key);
                rest = after;
            }
            None => {
                out.push(Key::char(c));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn by_name(name: &str) -> Option<Key> {
    if let Some(letter) = name.strip_prefix("c-") {
        let mut chars = letter.chars();
        return match (chars.next(), chars.next()) {
            (Some(c), None) => Some(Key { code: KeyCode::Char(c), ctrl: true }),
            _ => None,
        };
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| Key::plain(*code))
}

impl fmt::Display for Key {
    /// The name on the key cap: `n`, `Enter`, `Ctrl-d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        let name = match self.code {
            KeyCode::Char(' ') => "Space",
            KeyCode::Char(c) => return write!(f, "{c}"),
            KeyCode::Down => "Down",
            KeyCode::Up => "Up",
            KeyCode::Left => "Left",
            KeyCode::Right => "Right",
            KeyCode::Home => "Home",
            KeyCode::End => "End",
            KeyCode::PageDown => "PgDn",
            KeyCode::PageUp => "PgUp",
            KeyCode::Enter => "Enter",
            KeyCode::Esc => "Esc",
            KeyCode::Tab => "Tab",
            KeyCode::BackTab => "Shift-Tab",
            KeyCode::Backspace => "Backspace",
            KeyCode::Delete => "Del",
            KeyCode::F(n) => return write!(f, "F{n}"),
            _ => "key",
        };
        f.write_str(name)
    }
}
