//! What is kept of rehearsals: what came of each and how large the deployment was, no value. One form for the user's own
//! list and for `driftglass.rehearsal.json`, which a team keeps beside its policy so that pushes are judged by it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the form.
const FORMAT: &str = "driftglass-rehearsals/1";
/// How many rehearsals of one environment are kept, the newest.
const KEPT: usize = 50;
/// How many paths that did not come back are named.
const NAMED: usize = 20;

/// What a rehearsal comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All came back, in time.
    Proved,
    /// Something did not.
    NotRestored,
    /// All came back, too late.
    TooSlow,
    /// All came back, and the deployment changed more than the policy allows.
    TooLarge,
    /// The deployment changed nothing, so there was nothing to restore.
    NothingChanged,
    /// The captures were not made one after the other, so the last of them is of no rollback.
    NotInOrder,
    /// What a later version says.
    #[serde(other)]
    Other,
}

impl Verdict {
    /// The word for it in files.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Proved => "proved",
            Verdict::NotRestored => "not-restored",
            Verdict::TooSlow => "too-slow",
            Verdict::TooLarge => "too-large",
            Verdict::NothingChanged => "nothing-changed",
            Verdict::NotInOrder => "not-in-order",
            Verdict::Other => "of a later version",
        }
    }

    /// Whether the gate opens. A rehearsal of nothing proves nothing.
    pub fn passes(self) -> bool {
        self == Verdict::Proved
    }

    /// Whether the way back is proved: how much was changed does not matter to that.
    pub fn proves(self) -> bool {
        matches!(self, Verdict::Proved | Verdict::TooLarge)
    }
}

/// One rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What the environment is called in the policy.
    pub environment: String,
    /// The folder of the policy that it was made for, in the user's own list: two projects may call an environment the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When its last capture was made.
    #[serde(with = "time")]
    pub at: Timestamp,
    /// When its first was made, as it is written: one rehearsal, judged again, is one record.
    #[serde(default)]
    pub began: Option<String>,
    /// What came of it.
    pub verdict: Verdict,
    /// How many facts the rollback restored.
    pub restored: u32,
    /// How many facts are not as they were.
    pub left: usize,
    /// The first of their paths.
    #[serde(default)]
    pub paths: Vec<String>,
    /// How long the rollback took.
    #[serde(default)]
    pub rollback_seconds: Option<i64>,
    /// How many facts the deployment changed.
    pub facts: u32,
    /// The same by area.
    #[serde(default)]
    pub areas: BTreeMap<String, u32>,
    /// The sizes of earlier deployments that were known then.
    #[serde(default)]
    pub earlier: Vec<u32>,
}

impl Record {
    /// Whether it is of the rehearsal of an environment that began then.
    fn is_same_rehearsal(&self, environment: &str, began: Option<&str>) -> bool {
        self.environment == environment && began.is_some() && self.began.as_deref() == began
    }

    /// No more paths than are named.
    pub fn named(paths: impl Iterator<Item = String>) -> Vec<String> {
        paths.take(NAMED).collect()
    }

    /// How large the deployment was, in a sentence without its end, raw.
    pub fn size(&self) -> String {
        let areas: Vec<String> = self.areas.iter().map(|(area, count)| format!("{area} {count}")).collect();
        let areas = if areas.is_empty() { String::new() } else { format!(" ({})", areas.join(", ")) };
        let facts = if self.facts == 1 { "fact" } else { "facts" };
        let smaller = self.earlier.iter().filter(|size| **size < self.facts).count();
        let beside = match self.earlier.len() {
            0 => String::new(),
            all => format!(", larger than {smaller} of {all} earlier steps"),
        };
        format!("the deployment changed {} {facts}{areas}{beside}", self.facts)
    }

    /// What came of it, in a few words, raw.
    pub fn outcome(&self) -> String {
        let took = self.rollback_seconds.map(|took| format!(" in {took} s")).unwrap_or_default();
        match self.verdict {
            Verdict::Proved | Verdict::TooLarge => {
                format!("proved: the rollback restored {} facts{took}", self.restored)
            }
            Verdict::NotRestored => {
                let named: Vec<&str> = self.paths.iter().take(3).map(String::as_str).collect();
                let more = self.left.saturating_sub(named.len());
                let more = if more > 0 && !named.is_empty() { format!(" and {more} more") } else { String::new() };
                let named = if named.is_empty() { String::new() } else { format!(": {}{more}", named.join(", ")) };
                let facts = if self.left == 1 { "fact" } else { "facts" };
                format!("not proved, {} {facts} did not come back{named}", self.left)
            }
            Verdict::TooSlow => format!("not proved, the rollback was too slow{took}"),
            Verdict::NothingChanged => "not proved, the deployment changed nothing that was captured".to_owned(),
            Verdict::NotInOrder => "not proved, its captures were not made one after the other".to_owned(),
            Verdict::Other => "not proved, as far as this version can tell".to_owned(),
        }
    }
}

/// Rehearsals of any environments, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// All of them.
    pub list: Vec<Record>,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    rehearsals: Vec<Record>,
}

impl Records {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no such file, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
            let what = "git could not merge here: keep the rehearsals of both sides and delete its marks";
            return Err(format!("{}:1: {what}", line + 1));
        }
        if !text.trim_start().starts_with('{') {
            return Err("it is no JSON object: no list of rehearsals that `driftglass rehearse` wrote".to_owned());
        }
        let document: Document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if document.format != FORMAT {
            return Err(format!("its format is {:?}, and this version reads {FORMAT}", document.format));
        }
        Ok(Self { list: document.rehearsals })
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let document = Document { format: FORMAT.to_owned(), rehearsals: self.list.clone() };
        // Maps with texts for keys are always JSON.
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// Adds one, in place of one of the same rehearsal; of an environment the newest few stay.
    pub fn add(&mut self, record: Record) {
        let (name, project) = (record.environment.clone(), record.project.clone());
        let is_of = |known: &Record| known.environment == name && known.project == project;
        let began = record.began.clone();
        self.list.retain(|known| !is_of(known) || !known.is_same_rehearsal(&name, began.as_deref()));
        self.list.push(record);
        let surplus = self.list.iter().filter(|known| is_of(known)).count().saturating_sub(KEPT);
        let mut left = surplus;
        self.list.retain(|known| {
            let goes = left > 0 && is_of(known);
            left -= usize::from(goes);
            !goes
        });
    }

    /// Those that were made for a project, without its name.
    pub fn of(mut self, project: Option<&str>) -> Self {
        self.list.retain(|record| record.project.as_deref() == project);
        self.list.iter_mut().for_each(|record| record.project = None);
        self
    }

    /// All that either knows.
    pub fn with(mut self, other: Records) -> Self {
        let new: Vec<Record> = other.list.into_iter().filter(|record| !self.list.contains(record)).collect();
        self.list.extend(new);
        self
    }

    /// The newest of an environment.
    pub fn newest(&self, environment: &str) -> Option<&Record> {
        self.list.iter().filter(|record| record.environment == environment).max_by_key(|record| record.at)
    }

    /// The sizes of the deployments of an environment that were rehearsed, but for the rehearsal that began then.
    pub fn sizes(&self, environment: &str, began: Option<&str>) -> Vec<u32> {
        let others = self
            .list
            .iter()
            .filter(|record| record.environment == environment && !record.is_same_rehearsal(environment, began));
        others.map(|record| record.facts).collect()
    }
}

/// A time as its text.
mod time {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(at)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(given: D) -> Result<Timestamp, D::Error> {
        String::deserialize(given)?.parse().map_err(D::Error::custom)
    }
}

/// A time such as `180s`, `3m` or `1h`, in seconds.
///
/// # Errors
/// It is none, in words.
pub fn seconds(text: &str) -> Result<i64, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| "a time is written as in 180s, 3m or 1h30m".to_owned())?;
    if span.is_negative() { Err("a time is not below zero".to_owned()) } else { Ok(span.as_secs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(environment: &str, day: u8, verdict: Verdict) -> Record {
        Record {
            environment: environment.to_owned(),
            project: None,
            at: format!("2026-11-{day:02}T10:00:00Z").parse().expect("a time"),
            began: Some(format!("2026-11-{day:02}T09:00:00Z")),
            verdict,
            restored: 12,
            left: 5,
            paths: vec!["a.b".to_owned(), "a.c".to_owned(), "a.d".to_owned(), "a.e".to_owned()],
            rollback_seconds: Some(41),
            facts: 12,
            areas: BTreeMap::from([("os".to_owned(), 10), ("dns".to_owned(), 2)]),
            earlier: vec![3, 9, 40],
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_the_newest_counts() {
        let mut records = Records::default();
        for day in [3, 20, 11] {
            records.add(record("production", day, Verdict::Proved));
        }
        records.add(record("staging", 25, Verdict::NotRestored));
        let again = Records::parse(&records.to_text()).expect("reads");
        assert_eq!(again, records);
        assert_eq!(
            again.newest("production").map(|newest| newest.at.to_string()).as_deref(),
            Some("2026-11-20T10:00:00Z")
        );
        assert!(again.newest("ci").is_none());
        assert_eq!(again.clone().with(records.clone()), records, "what both know is there once");
        for second in 0..60 {
            let at = format!("2026-11-26T10:00:{second:02}Z").parse().expect("a time");
            records.add(Record { at, began: None, ..record("production", 1, Verdict::Proved) });
        }
        assert_eq!(records.sizes("production", None).len(), KEPT);
        assert_eq!(records.sizes("staging", None).len(), 1);
        records.add(Record { facts: 99, ..record("staging", 25, Verdict::Proved) });
        let began = records.list.last().and_then(|record| record.began.clone());
        assert_eq!(records.sizes("staging", None), [99], "judged again, it is the same rehearsal");
        assert_eq!(records.sizes("staging", began.as_deref()), [] as [u32; 0]);
    }

    #[test]
    fn a_strange_file_is_told_and_a_later_verdict_proves_nothing() {
        assert!(Records::parse("{}").is_err());
        let later = Records::default().to_text().replace("rehearsals/1", "rehearsals/2");
        assert!(Records::parse(&later).is_err_and(|why| why.contains("rehearsals/2")));
        let mut records = Records::default();
        records.add(record("production", 3, Verdict::Proved));
        let text = records.to_text().replace("\"proved\"", "\"blessed\"");
        assert_eq!(Records::parse(&text).expect("reads").list[0].verdict, Verdict::Other);
        assert!(!Verdict::Other.passes());
    }

    #[test]
    fn size_and_outcome_are_told_in_words() {
        let proved = record("production", 3, Verdict::Proved);
        assert_eq!(proved.size(), "the deployment changed 12 facts (dns 2, os 10), larger than 2 of 3 earlier steps");
        assert_eq!(proved.outcome(), "proved: the rollback restored 12 facts in 41 s");
        let left = record("production", 3, Verdict::NotRestored).outcome();
        assert_eq!(left, "not proved, 5 facts did not come back: a.b, a.c, a.d and 2 more");
    }
}
