//! What each path means: `assets/facts.toml`, read by probes, comparison, filter, reports and documentation.

use super::{Path, Segment};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::OnceLock;

/// How two values of a fact are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One value; equal or not.
    #[default]
    Scalar,
    /// A list whose order means nothing.
    Set,
    /// A list whose order matters.
    List,
    /// Text of many lines, compared line by line.
    Text,
}

/// Whose rules order a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionOrder {
    /// deb-version(7).
    Dpkg,
    /// rpmvercmp.
    Rpm,
    /// semver.org 2.0.
    Semver,
    /// PEP 440.
    Pep440,
    /// No known ecosystem: numbers and words, left to right.
    Generic,
}

/// What a difference of a fact says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// How the environment is set up: a difference is a divergence.
    #[default]
    Setting,
    /// Who the machine is: expected to differ, a finding when it does not.
    Identity,
    /// Moves by itself: recorded, never drift.
    Volatile,
}

/// How far apart numbers that move by themselves may be and yet say the same: traffic is compared by its size.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// A number up to so many times another says the same. More than 1.
    pub factor: f64,
    /// What is less counts as this: below it a number says nothing, and nothing is a multiple of zero. More than 0.
    pub floor: f64,
}

/// One row of the vocabulary.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The pattern: `*` stands for one key, `**` at the end for any keys beneath.
    pub path: String,
    /// How values are compared.
    #[serde(default)]
    pub kind: Kind,
    /// For versions: whose order.
    pub order: Option<VersionOrder>,
    /// The unit, where the last key does not name it.
    pub unit: Option<String>,
    /// What a difference says.
    #[serde(default)]
    pub class: Class,
    /// For numbers of class volatile: beyond which they are a divergence all the same.
    pub tolerance: Option<Tolerance>,
    /// What the fact is, in a sentence for people.
    pub about: String,
    /// Where it is read on Linux, where the table says so: files and commands. A snapshot says it of each fact.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// Units that the last word of a key names, as in `size_bytes`.
const UNITS: &[(&str, &str)] = &[
    ("bytes", "bytes"),
    ("seconds", "seconds"),
    ("milliseconds", "milliseconds"),
    ("hz", "hertz"),
    ("mhz", "megahertz"),
    ("percent", "percent"),
    ("celsius", "degrees Celsius"),
    ("watts", "watts"),
    ("days", "days"),
];

impl Entry {
    /// The unit of the fact: the entry's own, else the one that the last key names.
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref().or_else(|| self.unit_of_key())
    }

    /// The unit that the last key names.
    pub fn unit_of_key(&self) -> Option<&'static str> {
        let last = self.path.rsplit(['_', '.']).next()?;
        UNITS.iter().find(|(word, _)| *word == last).map(|(_, unit)| *unit)
    }
}

impl Kind {
    /// The word for it in the table.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Scalar => "scalar",
            Kind::Set => "set",
            Kind::List => "list",
            Kind::Text => "text",
        }
    }
}

impl VersionOrder {
    /// The word for it in the table.
    pub fn word(self) -> &'static str {
        match self {
            VersionOrder::Dpkg => "dpkg",
            VersionOrder::Rpm => "rpm",
            VersionOrder::Semver => "semver",
            VersionOrder::Pep440 => "pep440",
            VersionOrder::Generic => "generic",
        }
    }
}

impl Tolerance {
    /// What it means, in words.
    pub fn words(self) -> String {
        let Self { factor, floor } = self;
        format!("a divergence beyond {factor} times the other; what is under {floor} counts as {floor}")
    }
}

impl Class {
    /// The word for it in the table.
    pub fn word(self) -> &'static str {
        match self {
            Class::Setting => "setting",
            Class::Identity => "identity",
            Class::Volatile => "volatile",
        }
    }
}

/// The vocabulary as a table is wrong: where and how.
#[derive(Debug, thiserror::Error)]
#[error("facts.toml: {0}")]
pub struct VocabularyError(String);

#[derive(Debug, Default)]
struct State {
    keys: HashMap<Segment, usize>,
    any: Option<usize>,
    entry: Option<usize>,
    rest: Option<usize>,
}

/// All entries, with an index that is walked key by key beside a tree.
#[derive(Debug, Default)]
pub struct Vocabulary {
    entries: Vec<Entry>,
    states: Vec<State>,
}

/// How many patterns can run side by side before the least specific is dropped; patterns of the table share at most
/// two wildcards.
const WIDTH: usize = 6;

/// A place in the vocabulary on the way down a path: the patterns that still fit, most specific first.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    states: [u32; WIDTH],
    len: u8,
    rest: Option<u32>,
}

impl Vocabulary {
    /// Reads a table.
    ///
    /// # Errors
    /// The text is not TOML of this shape, a pattern is not a path or stands there twice.
    pub fn parse(text: &str) -> Result<Self, VocabularyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            fact: Vec<Entry>,
        }
        let table: Table = toml::from_str(text).map_err(|e| VocabularyError(e.to_string()))?;
        let mut out = Self { entries: Vec::new(), states: vec![State::default()] };
        for entry in table.fact {
            if entry.tolerance.is_some_and(|t| !(t.factor > 1.0 && t.floor > 0.0)) {
                return Err(VocabularyError(format!("{}: a factor is more than 1, a floor more than 0", entry.path)));
            }
            if entry.tolerance.is_some() && entry.class != Class::Volatile {
                return Err(VocabularyError(format!("{}: only what is volatile has a tolerance", entry.path)));
            }
            let path: Path = entry.path.parse().map_err(|e| VocabularyError(format!("{}: {e}", entry.path)))?;
            let id = out.entries.len();
            let (rest, keys) = match path.segments().split_last() {
                Some((last, above)) if last == "**" => (true, above),
                _ => (false, path.segments()),
            };
            let mut at = 0;
            for key in keys {
                let known = if key == "*" { out.states[at].any } else { out.states[at].keys.get(key).copied() };
                at = known.unwrap_or_else(|| {
                    let new = out.states.len();
                    out.states.push(State::default());
                    if key == "*" {
                        out.states[at].any = Some(new);
                    } else {
                        out.states[at].keys.insert(key.clone(), new);
                    }
                    new
                });
            }
            let slot = if rest { &mut out.states[at].rest } else { &mut out.states[at].entry };
            if slot.replace(id).is_some() {
                return Err(VocabularyError(format!("{}: the pattern stands there twice", entry.path)));
            }
            out.entries.push(entry);
        }
        Ok(out)
    }

    /// The table that comes with the program.
    pub fn builtin() -> &'static Vocabulary {
        static BUILTIN: OnceLock<Vocabulary> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "the table is part of the program; a test reads it")]
        BUILTIN.get_or_init(|| {
            Self::parse(include_str!("../../assets/facts.toml")).expect("assets/facts.toml is read by a test")
        })
    }

    /// All entries in the order of the table.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The place of the top.
    pub fn top(&self) -> Cursor {
        if self.states.is_empty() {
            return Cursor { states: [0; WIDTH], len: 0, rest: None };
        }
        Cursor { states: [0; WIDTH], len: 1, rest: self.states[0].rest.map(|r| r as u32) }
    }

    /// The place one key further down.
    pub fn step(&self, at: Cursor, key: &str) -> Cursor {
        let mut next = Cursor { states: [0; WIDTH], len: 0, rest: at.rest };
        let mut rest = None;
        let states = &at.states[..usize::from(at.len)];
        let mut add = |state: usize| {
            if usize::from(next.len) < WIDTH {
                next.states[usize::from(next.len)] = state as u32;
                next.len += 1;
            }
            rest = rest.or(self.states[state].rest);
        };
        for state in states {
            if let Some(found) = self.states[*state as usize].keys.get(key) {
                add(*found);
            }
        }
        for state in states {
            if let Some(found) = self.states[*state as usize].any {
                add(found);
            }
        }
        next.rest = rest.map(|r| r as u32).or(next.rest);
        next
    }

    /// The entry for the path that led here: the most specific pattern.
    pub fn entry(&self, at: Cursor) -> Option<&Entry> {
        self.entry_index(at).map(|index| &self.entries[index])
    }

    /// The place of that entry in [`Vocabulary::entries`], which takes less room in a row than a reference.
    pub fn entry_index(&self, at: Cursor) -> Option<usize> {
        let exact = at.states[..usize::from(at.len)].iter().find_map(|s| self.states[*s as usize].entry);
        exact.or(at.rest.map(|r| r as usize))
    }

    /// The entry for a path.
    pub fn find(&self, path: &Path) -> Option<&Entry> {
        self.entry(path.segments().iter().fold(self.top(), |at, key| self.step(at, key)))
    }
}

impl Vocabulary {
    /// The entry that a path names: the pattern itself as it is written, else the most specific one for the path.
    pub fn named(&self, path: &Path) -> Option<&Entry> {
        let written = path.to_string();
        self.entries.iter().find(|entry| entry.path == written).or_else(|| self.find(path))
    }

    /// The entries whose patterns lie beneath a path.
    pub fn beneath<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| {
            let Ok(pattern) = entry.path.parse::<Path>() else { return false };
            let fits = |(key, wanted): (&Segment, &Segment)| key == "*" || key == wanted;
            pattern.depth() > path.depth() && pattern.segments().iter().zip(path.segments()).all(fits)
        })
    }

    /// Patterns that are written most like a path that has none, the best first.
    pub fn nearest(&self, path: &Path, most: usize) -> Vec<&Entry> {
        /// How much of a path is compared.
        const COMPARED: usize = 200;
        let wanted: String = path.to_string().chars().take(COMPARED).collect();
        let mut scored: Vec<(f64, &Entry)> =
            self.entries.iter().map(|entry| (strsim::jaro_winkler(&wanted, &entry.path), entry)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(most).take_while(|(score, _)| *score >= 0.75).map(|(_, entry)| entry).collect()
    }

    /// The reference page of all facts in Markdown, made from the table.
    pub fn reference(&self) -> String {
        let mut out = String::from(
            "# Facts\n\nEvery path that a capture can have. `*` stands for one key, `**` for any keys beneath. This page is \
             made from\n`assets/facts.toml`: `driftglass man --facts > docs/facts.md`.\n",
        );
        let mut area = "";
        for entry in &self.entries {
            let top = entry.path.split('.').next().unwrap_or_default();
            if top != area {
                area = top;
                out.push_str(&format!("\n## {area}\n\n| path | what it is | kind |\n| --- | --- | --- |\n"));
            }
            let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
            out.push_str(&format!("| `{}` | {} | {} |\n", cell(&entry.path), cell(&entry.about), entry.kinds()));
        }
        out
    }
}

impl Entry {
    /// Kind, unit, order and class in words, those that are not the usual.
    pub fn kinds(&self) -> String {
        let mut words = vec![self.kind.word().to_owned()];
        words.extend(self.unit().map(|unit| format!("in {unit}")));
        words.extend(self.order.map(|order| format!("a version, {} order", order.word())));
        if self.class != Class::Setting {
            words.push(self.class.word().to_owned());
        }
        words.extend(self.tolerance.map(|tolerance| format!("a divergence beyond {} times", tolerance.factor)));
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_path_finds_its_neighbours() {
        let builtin = Vocabulary::builtin();
        let near = |path: &str| {
            let path: Path = path.parse().expect("a path");
            builtin.nearest(&path, 3).into_iter().map(|e| e.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(near("os.kernel.relase").first().map(String::as_str), Some("os.kernel.release"));
        assert_eq!(near("zzz"), [] as [String; 0]);
        let path: Path = "os.kernel".parse().expect("a path");
        assert!(builtin.beneath(&path).any(|entry| entry.path == "os.kernel.release"));
        let path: Path = "libraries.packages.dpkg.libc6.version".parse().expect("a path");
        assert_eq!(builtin.named(&path).map(|entry| entry.path.as_str()), Some("libraries.packages.dpkg.*.version"));
    }

    fn table(patterns: &[&str]) -> Vocabulary {
        let text: String =
            patterns.iter().map(|p| format!("[[fact]]\npath = '''{p}'''\nabout = '''{p}'''\n")).collect();
        Vocabulary::parse(&text).expect("a table")
    }

    fn found<'a>(vocabulary: &'a Vocabulary, path: &str) -> Option<&'a str> {
        vocabulary.find(&path.parse().expect("a path")).map(|e| e.about.as_str())
    }

    #[test]
    fn the_most_specific_pattern_speaks() {
        let v = table(&["a.*.version", "a.b.version", "a.**", "a.*", "c.\"x.y\""]);
        assert_eq!(found(&v, "a.b.version"), Some("a.b.version"));
        assert_eq!(found(&v, "a.z.version"), Some("a.*.version"));
        assert_eq!(found(&v, "a.z"), Some("a.*"));
        assert_eq!(found(&v, "a.z.q.r"), Some("a.**"));
        assert_eq!(found(&v, "c.\"x.y\""), Some("c.\"x.y\""));
        assert_eq!(found(&v, "d"), None);
    }

    #[test]
    fn a_repeated_pattern_is_refused() {
        let error =
            Vocabulary::parse("[[fact]]\npath='a'\nabout='x'\n[[fact]]\npath='a'\nabout='x'").expect_err("twice");
        assert!(error.to_string().contains("twice"), "{error}");
    }

    #[test]
    fn the_table_of_the_program_is_sound() {
        let builtin = Vocabulary::builtin();
        assert!(!builtin.entries().is_empty());
        for entry in builtin.entries() {
            assert!(entry.about.ends_with('.'), "{}: a sentence ends with a full stop", entry.path);
        }
    }
}
