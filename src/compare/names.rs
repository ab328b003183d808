//! What the sides of a comparison are called.

use super::Comparison;
use crate::base::text::escape;
use std::collections::HashMap;

/// A name for every side that no other has, in display form: the label, with the time of its capture where two
/// agree, with its position where those agree too.
pub fn names_of(comparison: &Comparison) -> Vec<String> {
    let sides = comparison.sides();
    let label = |at: usize| match sides[at].label() {
        "" => format!("snapshot {}", at + 1),
        label => escape(label).into_owned(),
    };
    let mut names: Vec<String> = (0..sides.len()).map(label).collect();
    tell_apart(&mut names, |at, name| match sides[at].snapshot.meta.captured_at {
        Some(time) => format!("{name} {}", time.strftime("%Y-%m-%d %H:%M:%SZ")),
        None => name.to_owned(),
    });
    tell_apart(&mut names, |at, name| format!("{name} #{}", at + 1));
    names
}

/// Renames those that share a name.
fn tell_apart(names: &mut [String], rename: impl Fn(usize, &str) -> String) {
    let mut uses: HashMap<String, usize> = HashMap::new();
    for name in names.iter() {
        *uses.entry(name.clone()).or_default() += 1;
    }
    for (at, name) in names.iter_mut().enumerate() {
        if uses.get(name).is_some_and(|n| *n > 1) {
            *name = rename(at, name);
        }
    }
}

/// What a side is called in a sentence: its label, with its place where another side is called the same. Raw.
pub fn short_name(comparison: &Comparison, side: usize) -> String {
    let sides = comparison.sides();
    let own = sides.get(side).map_or("", |side| side.label());
    let same = sides.iter().filter(|other| other.label() == own).count();
    match (own, same) {
        ("", _) => format!("snapshot {}", side + 1),
        (_, 1) => own.to_owned(),
        _ => format!("{own} ({})", side + 1),
    }
}
