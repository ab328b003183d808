//! What could be typed next, with counts where they are cheap.

use super::fields::{FIELDS, RISKS, STATES, TYPES};
use super::saved::{self, Saved};
use crate::compare::Comparison;
use std::ops::Range;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is put there.
    pub text: String,
    /// How many divergences it would show, where that is known without searching.
    pub count: Option<usize>,
    /// The part of the text that it takes the place of, in bytes.
    pub range: Range<usize>,
}

/// How the word that ends at `cursor` (a byte of `text`) can be completed.
pub fn complete(text: &str, cursor: usize, comparison: &Comparison, saved: &Saved) -> Vec<Completion> {
    let cursor = (0..=cursor.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let head = &text[..cursor];
    let start = head.rfind(|c: char| c.is_whitespace() || "()|".contains(c)).map_or(0, |i| i + 1);
    let token = head[start..].trim_start_matches('-');
    let start = cursor - token.len();
    if token.starts_with('@') {
        let names = saved::names(saved).map(|name| format!("@{name}")).filter(|name| name.starts_with(token));
        return names.map(|text| Completion { text, count: None, range: start..cursor }).collect();
    }
    let Some((name, values)) = token.split_once(':') else {
        let names = FIELDS.iter().filter(|(_, name, ..)| !token.is_empty() && name.starts_with(token));
        return names
            .map(|(_, name, ..)| Completion { text: format!("{name}:"), count: None, range: start..cursor })
            .collect();
    };
    let part = values.rsplit(',').next().unwrap_or(values);
    let range = cursor - part.len()..cursor;
    let offer = |text: String, count: Option<usize>| Completion { text, count, range: range.clone() };
    let known: Vec<Completion> = match name {
        "area" => comparison
            .children(Comparison::TOP)
            .map(|row| offer(comparison.key(row).to_owned(), Some(comparison.tally(row).telling() as usize)))
            .collect(),
        "is" => STATES.iter().map(|(state, _)| offer((*state).to_owned(), None)).collect(),
        "risk" => RISKS.iter().rev().map(|band| offer((*band).to_owned(), None)).collect(),
        "type" => TYPES.iter().map(|kind| offer((*kind).to_owned(), None)).collect(),
        "side" => {
            let labels = comparison.sides().iter().map(|side| side.label().to_owned());
            ["left".to_owned(), "right".to_owned()].into_iter().chain(labels).map(|label| offer(label, None)).collect()
        }
        _ => Vec::new(),
    };
    known.into_iter().filter(|c| c.text.starts_with(part) && c.text != part).collect()
}
