//! Patterns of paths: keys parted by dots as in a path, `*` for any part of one key, `**` for any keys. A pattern means
//! what stands at it and all beneath.

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::model::vocabulary::Vocabulary;
use crate::model::{Path, Segment};
use globset::{Glob, GlobMatcher};
use std::fmt;

/// How many rows go by between two looks at the cancellation.
const STRIDE: usize = 4096;
/// The most keys of one pattern: a state for each and the end must fit in the bits of a word.
const KEYS: usize = 62;

/// One pattern, checked.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    keys: Vec<Key>,
}

#[derive(Clone, Debug)]
enum Key {
    Exact(String),
    /// `*`
    Any,
    /// With stars in it.
    Some(GlobMatcher),
    /// `**`
    Deep,
}

/// Whether keys may lead to what a path of the vocabulary means, or to a branch above it.
fn meets(keys: &[Key], known: &[Segment]) -> bool {
    let (Some((key, keys_after)), Some((name, known_after))) = (keys.split_first(), known.split_first()) else {
        return keys.is_empty() || matches!(keys, [Key::Deep]);
    };
    match (key, name.as_str()) {
        (_, "**") => true,
        (Key::Deep, _) => meets(keys_after, known) || meets(keys, known_after),
        (Key::Any, _) | (_, "*") => meets(keys_after, known_after),
        (Key::Exact(key), name) => key == name && meets(keys_after, known_after),
        (Key::Some(glob), name) => glob.is_match(name) && meets(keys_after, known_after),
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let path = text.parse::<Path>().map_err(|error| error.to_string())?;
        if text.starts_with('/') {
            return Err("it is a path of facts, its keys parted by dots, as `driftglass diff` prints it".to_owned());
        }
        if path.depth() == 0 {
            return Err("it names no path".to_owned());
        }
        if path.depth() > KEYS {
            return Err(format!("it has more than {KEYS} keys"));
        }
        let key = |key: &Segment| {
            Ok(match key.as_str() {
                "*" => Key::Any,
                "**" => Key::Deep,
                key if key.contains('*') => {
                    let glob = key.split('*').map(globset::escape).collect::<Vec<_>>().join("*");
                    Key::Some(Glob::new(&glob).map_err(|error| error.kind().to_string())?.compile_matcher())
                }
                key => Key::Exact(key.to_owned()),
            })
        };
        let keys = path.segments().iter().map(key).collect::<Result<_, String>>()?;
        Ok(Self { text: text.to_owned(), keys })
    }

    /// Whether captures may have facts there, by the vocabulary: at it, beneath it, or at what it stands beneath.
    pub fn is_known(&self) -> bool {
        // What other tools told is named as they name it.
        let is_foreign = matches!(self.keys.first(), Some(Key::Exact(key)) if key == "imported");
        let entries = Vocabulary::builtin().entries();
        is_foreign
            || entries.iter().any(|entry| entry.path.parse().is_ok_and(|p: Path| meets(&self.keys, p.segments())))
    }

    /// Whether it names one path, without a star.
    pub fn is_plain(&self) -> bool {
        self.keys.iter().all(|key| matches!(key, Key::Exact(_)))
    }

    /// The leaves of a comparison that it means, in order; `None` when cancelled. A branch that no key fits is passed
    /// over in one step.
    pub fn rows(&self, comparison: &Comparison, cancel: &Cancel) -> Option<Vec<RowId>> {
        let mut found = Vec::new();
        // The places in the pattern that the keys down to a row may have reached, by depth.
        let mut reached = vec![self.closed(1)];
        let (mut row, mut steps) = (1, 0);
        while (row as usize) < comparison.row_count() {
            steps += 1;
            if steps % STRIDE == 0 && cancel.is_cancelled() {
                return None;
            }
            let end = comparison.end(row);
            // A value among branches has the path of the branch above it, which has been looked at.
            if comparison.is_value_among_branches(row) {
                row = end;
                continue;
            }
            reached.truncate(comparison.depth(row));
            let places = self.step(reached.last().copied().unwrap_or(0), comparison.key(row));
            if places >> self.keys.len() & 1 == 1 {
                found.extend((row..end).filter(|inner| comparison.is_leaf(*inner)));
                row = end;
            } else if places == 0 {
                row = end;
            } else {
                reached.push(places);
                row += 1;
            }
        }
        Some(found)
    }

    fn step(&self, places: u64, key: &str) -> u64 {
        let mut next = 0;
        for (at, wanted) in self.keys.iter().enumerate().filter(|(at, _)| places >> at & 1 == 1) {
            match wanted {
                Key::Exact(name) if name == key => next |= 1 << (at + 1),
                Key::Some(glob) if glob.is_match(key) => next |= 1 << (at + 1),
                Key::Any => next |= 1 << (at + 1),
                Key::Deep => next |= 1 << at,
                Key::Exact(_) | Key::Some(_) => {}
            }
        }
        self.closed(next)
    }

    /// With the places behind `**`, which may stand for no key at all.
    fn closed(&self, mut places: u64) -> u64 {
        for (at, key) in self.keys.iter().enumerate() {
            if places >> at & 1 == 1 && matches!(key, Key::Deep) {
                places |= 1 << (at + 1);
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::sample;

    #[test]
    fn a_pattern_means_what_stands_at_it_and_beneath() {
        let facts = r#"{"a":{"b":{"x":1,"y":2},"bc":{"x":3}},"d":{"a":{"b":{"x":4}},"k.v":{"x":5}},"e":6}"#;
        let comparison = sample::pair(facts, "{}");
        let found = |text: &str| {
            let rows = Pattern::parse(text).expect(text).rows(&comparison, &Cancel::new()).expect("not cancelled");
            rows.iter().map(|row| comparison.path(*row).to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("a"), ["a.b.x", "a.b.y", "a.bc.x"]);
        assert_eq!(found("a.b*.x"), ["a.b.x", "a.bc.x"]);
        assert_eq!(found("*.b.x"), ["a.b.x"]);
        assert_eq!(found("**.b.x"), ["a.b.x", "d.a.b.x"]);
        assert_eq!(found("d.**.x"), ["d.a.b.x", "d.\"k.v\".x"]);
        assert_eq!(found("d.\"k.v\""), ["d.\"k.v\".x"]);
        assert_eq!(found("e"), ["e"]);
        assert_eq!(found("**").len(), 6);
        assert_eq!(found("none.**.x"), [] as [String; 0]);
        let is_known = |text: &str| Pattern::parse(text).expect(text).is_known();
        for known in
            ["os.environment_of.*.DATABASE_URL", "os.environment_of", "**.DATABASE_URL", "o*.sysctl", "imported.x"]
        {
            assert!(is_known(known), "{known}");
        }
        for strange in ["os.enviroment_of.*.DATABASE_URL", "dnss", "os.kernel.release.x"] {
            assert!(!is_known(strange), "{strange}");
        }
        for wrong in ["", "a..b", "a.\"b", &"a.".repeat(70)] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
