//! The locale by category: locale(7) says which variable counts.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::Value;

pub(super) fn derive(making: &mut Making<'_>) {
    for (name, key, about) in [
        ("collate", "lc_collate", "The locale by whose rules programs sort text."),
        ("ctype", "lc_ctype", "The locale that says what bytes stand for which characters."),
        ("numeric", "lc_numeric", "The locale that says how numbers are written."),
    ] {
        making.add(
            &["locale", name],
            Spec { unit: None, about, formula: "LC_ALL, else the category's own variable, else LANG, else POSIX" },
            |facts| of(facts, key),
        );
    }
}

fn of(facts: &Evidence<'_, '_>, key: &str) -> Option<Value> {
    for key in ["lc_all", key, "lang"] {
        match facts.text(&["os", "locale", key]) {
            Known::Is(locale) => return Some(Value::from(locale)),
            Known::Absent => {}
            Known::Unknown => return None,
        }
    }
    // Only a snapshot that looked for the locale can say that none is set.
    (!facts.beneath(&["os", "locale"]).is_empty()).then_some(Value::from("POSIX"))
}
