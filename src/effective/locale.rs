//! The locale by category: locale(7) says which variable counts.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::{Value, alike};
use std::borrow::Cow;

pub(super) fn derive(making: &mut Making<'_>) {
    /// How a locale is read in a category.
    type Read = fn(&str) -> Cow<'_, str>;
    let categories: [(&str, &str, &'static str, Read); 3] = [
        (
            "collate",
            "lc_collate",
            "The locale by whose rules programs sort text; C where that is by code points.",
            alike::collation,
        ),
        ("ctype", "lc_ctype", "The locale that says what bytes stand for which characters.", alike::locale),
        // locale(7): C.UTF-8 differs from C in the characters alone.
        ("numeric", "lc_numeric", "The locale that says how numbers are written.", alike::collation),
    ];
    for (name, key, about, read) in categories {
        making.add(
            &["locale", name],
            Spec {
                from: &[
                    "os.locale.lc_all",
                    "os.locale.lc_collate",
                    "os.locale.lc_ctype",
                    "os.locale.lc_numeric",
                    "os.locale.lang",
                ],
                unit: None,
                about,
                formula: "LC_ALL, else the category's own variable, else LANG, else C; in one spelling",
            },
            |facts| of(facts, key).map(|locale| Value::from(read(&locale).as_ref())),
        );
    }
}

fn of<'a>(facts: &Evidence<'_, 'a>, key: &str) -> Option<Cow<'a, str>> {
    for key in ["lc_all", key, "lang"] {
        match facts.text(&["os", "locale", key]) {
            Known::Is(locale) => return Some(Cow::Borrowed(locale)),
            Known::Absent => {}
            Known::Unknown => return None,
        }
    }
    // Only a snapshot that looked for the locale can say that none is set.
    (!facts.beneath(&["os", "locale"]).is_empty()).then_some(Cow::Borrowed("C"))
}
