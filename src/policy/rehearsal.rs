//! `[rehearsal]`: that the way back has been tried before a push, how long ago at most, and how long it may take.

use super::explorer::place;
use super::relation::Then;
use super::taken::{Given, Taker};
use super::{Policy, Push};
use crate::model::place::{Places, Remark};
use crate::rehearsal::{Record, Records, seconds};
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

/// The most days that can be asked for.
const MOST_DAYS: u32 = 3650;

/// What is asked of rehearsals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehearse {
    /// How many days ago the last one may be, at most; without it none is asked for.
    pub not_older_than: Option<u32>,
    /// How many seconds a rollback may take.
    pub within: Option<i64>,
    /// What it means that there is none that will do: it blocks, where that is not said.
    pub then: Option<Then>,
    /// Where it stands: `12:1`, the file before it.
    pub place: String,
}

impl Rehearse {
    /// Takes over what another file says; the later one wins.
    pub(super) fn add(&mut self, other: Rehearse) {
        self.not_older_than = other.not_older_than.or(self.not_older_than);
        self.within = other.within.or(self.within);
        self.then = other.then.or(self.then);
        if !other.place.is_empty() {
            self.place = other.place;
        }
    }

    /// What is asked of the target environments, in words; none where nothing is.
    pub fn asks(&self, environment: &str) -> Option<String> {
        let days = self.not_older_than?;
        let within = self.within.map(|limit| format!(", rolled back within {limit} s")).unwrap_or_default();
        Some(format!("a proved rehearsal of {environment}, not older than {}{within}", in_days(days)))
    }

    /// Why the rehearsals of an environment do not do, with what to run; `None` if they do, or none is asked for.
    pub fn fault(&self, records: &Records, environment: &str, today: Date) -> Option<String> {
        let days = self.not_older_than?;
        let run = format!("`driftglass rehearse --record DIR --environment {environment}` walks through one");
        let Some(record) = records.newest(environment) else {
            return Some(format!("no rehearsal of a rollback is known: {run}"));
        };
        let (day, age) = age(record, today);
        let limit = self.within.zip(record.rollback_seconds).filter(|(limit, took)| took > limit);
        // Clocks may be a day apart; what is dated further ahead was never made then, and would count for years.
        if day > today.saturating_add(jiff::Span::new().days(1)) {
            return Some(format!("the last rehearsal is dated {day}, which is to come: {run}"));
        }
        Some(match (record.verdict.proves(), limit) {
            (true, Some((limit, took))) => {
                format!("the rollback rehearsed on {day} took {took} s, and {limit} s are allowed: {run}")
            }
            (true, None) if age <= i64::from(days) => return None,
            (true, None) => {
                format!("the last rehearsal, of {day}, is {} old, more than {}: {run}", in_days(age), in_days(days))
            }
            (false, _) => format!("the last rehearsal, of {day}, is {}: {run}", record.outcome()),
        })
    }
}

impl Push {
    /// What is asked of the size of a push, in words; none where nothing is.
    pub fn asks(&self, environment: &str) -> Option<String> {
        let most = self.most_facts?;
        Some(format!("a push that changes at most {most} facts of {environment}"))
    }

    /// Why the push is too large by what its rehearsal changed: none if it is not, `Err` where that is not known.
    ///
    /// # Errors
    /// Nothing is known of its size, in words.
    pub fn excess(&self, records: &Records, environment: &str) -> Result<Option<String>, String> {
        let Some(most) = self.most_facts else { return Ok(None) };
        let Some(record) = records.newest(environment) else {
            return Err("how much it changes is not known: no rehearsal measured it".to_owned());
        };
        let (day, _) = age(record, Date::default());
        let words = || format!("in the rehearsal of {day} {}; {most} are allowed", record.size());
        Ok((record.facts > most).then(words))
    }
}

impl Policy {
    /// What is to be said of the rehearsals of an environment: the last one and how large the deployment was, raw. None
    /// where nobody asks and none is known.
    pub fn rehearsed(&self, records: &Records, environment: &str, today: Date) -> Option<String> {
        let fault = self.rehearsal.fault(records, environment, today);
        match records.newest(environment) {
            None => fault.map(|_| format!("Rehearsal of {environment}: none is known, and the policy asks for one")),
            Some(record) => {
                let (day, _) = age(record, today);
                let old = match fault {
                    Some(_) if record.verdict.proves() => "; the policy asks for another",
                    _ => "",
                };
                Some(format!("Rehearsal of {environment}, {day}: {}{old}; {}", record.outcome(), record.size()))
            }
        }
    }

    /// The same in a few words for the head of a screen, only where the policy asks.
    pub fn rehearsed_briefly(&self, records: &Records, environment: &str, today: Date) -> Option<String> {
        self.rehearsal.not_older_than?;
        let record = records.newest(environment);
        let fault = self.rehearsal.fault(records, environment, today);
        Some(match (record, fault) {
            (None, _) => format!("{environment}: NOT REHEARSED"),
            (Some(record), None) => format!("{environment}: rehearsed {}, proved", age(record, today).0),
            (Some(record), Some(_)) if record.verdict.proves() => {
                format!("{environment}: rehearsed {}, NOT ENOUGH", age(record, today).0)
            }
            (Some(record), Some(_)) => format!("{environment}: rehearsed {}, NOT PROVED", age(record, today).0),
        })
    }
}

/// The day of a rehearsal, and how many days ago that is; one that is to come is of today.
fn age(record: &Record, today: Date) -> (Date, i64) {
    let day = record.at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = day.until(today).map_or(0, |span| i64::from(span.get_days()));
    (day, days.max(0))
}

fn in_days(days: impl Into<i64>) -> String {
    match days.into() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct RehearsalSection {
    not_older_than: Given,
    within: Given,
    then: Given,
}

pub(super) fn checked(section: RehearsalSection, places: &Places<'_>, wrong: &mut Vec<Remark>) -> Rehearse {
    let given = [&section.not_older_than, &section.within, &section.then];
    let at = given.into_iter().flatten().map(Spanned::span).min_by_key(|span| span.start);
    let mut taker = Taker::new(places, wrong);
    let not_older_than =
        taker.taken(section.not_older_than, "a number of days or weeks, in quotes: \"7d\", \"2w\"", |value| {
            days(value.as_str()?)
        });
    let within =
        taker.taken(section.within, "a time in quotes: \"180s\", \"3m\"", |value| seconds(value.as_str()?).ok());
    let then = Then::taken(section.then, &mut taker);
    let place = at.map(|span| place(places, &span).split(": ").next().unwrap_or_default().to_owned());
    Rehearse {
        not_older_than: not_older_than.map(Spanned::into_inner),
        within: within.map(Spanned::into_inner),
        then,
        place: place.unwrap_or_default(),
    }
}

/// `7d` or `2w` in days.
fn days(text: &str) -> Option<u32> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u32 = number.trim().parse().ok()?;
    let days = match unit {
        "d" => number,
        "w" => number.checked_mul(7)?,
        _ => return None,
    };
    (days <= MOST_DAYS).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;
    use crate::rehearsal::Verdict;

    const POLICY: &str = "[rehearsal]\nnot-older-than = \"1w\"\nwithin = \"3m\"\n[push]\nmost-facts = 100\n";

    fn records(at: &str, change: impl FnOnce(&mut Record)) -> Records {
        let mut record = Record {
            environment: "production".into(),
            project: None,
            at: at.parse().expect("a time"),
            began: None,
            verdict: Verdict::Proved,
            restored: 12,
            left: 0,
            paths: Vec::new(),
            rollback_seconds: Some(41),
            facts: 12,
            areas: std::collections::BTreeMap::new(),
            earlier: vec![3, 40],
        };
        change(&mut record);
        Records { list: vec![record] }
    }

    fn fault(records: &Records) -> String {
        let policy = parse(POLICY).expect("sound").0;
        let today = "2026-11-25".parse().expect("a day");
        policy.rehearsal.fault(records, "production", today).unwrap_or_default()
    }

    #[test]
    fn a_rehearsal_does_that_is_proved_new_and_quick() {
        assert_eq!(fault(&records("2026-11-18T23:00:00Z", |_| {})), "");
        let missing = fault(&Records::default());
        assert!(missing.starts_with("no rehearsal of a rollback is known: `driftglass rehearse --record"), "{missing}");
        let stale = fault(&records("2026-11-17T23:00:00Z", |_| {}));
        assert!(stale.starts_with("the last rehearsal, of 2026-11-17, is 8 days old, more than 7 days"), "{stale}");
        let slow = fault(&records("2026-11-24T10:00:00Z", |record| record.rollback_seconds = Some(200)));
        assert!(slow.contains("took 200 s, and 180 s are allowed"), "{slow}");
        let left = |record: &mut Record| {
            (record.verdict, record.left, record.paths) = (Verdict::NotRestored, 1, vec!["os.x".into()]);
        };
        let unproved = fault(&records("2026-11-24T10:00:00Z", left));
        assert!(unproved.contains("is not proved, 1 fact did not come back: os.x"), "{unproved}");
    }

    #[test]
    fn the_size_of_a_push_is_that_of_its_rehearsal() {
        let push = parse(POLICY).expect("sound").0.push;
        assert_eq!(push.excess(&records("2026-11-24T10:00:00Z", |_| {}), "production"), Ok(None));
        let large = push.excess(&records("2026-11-24T10:00:00Z", |record| record.facts = 300), "production");
        let large = large.expect("known").expect("too large");
        assert!(large.contains("changed 300 facts, larger than 2 of 2 earlier steps; 100 are allowed"), "{large}");
        assert!(push.excess(&Records::default(), "production").is_err());
    }

    #[test]
    fn what_is_said_of_it_names_what_is_missing() {
        let policy = parse(POLICY).expect("sound").0;
        let today = "2026-11-25".parse().expect("a day");
        let said = |records: &Records| policy.rehearsed(records, "production", today).unwrap_or_default();
        assert!(said(&Records::default()).contains("none is known, and the policy asks for one"));
        let known = said(&records("2026-11-24T10:00:00Z", |_| {}));
        assert_eq!(
            known,
            "Rehearsal of production, 2026-11-24: proved: the rollback restored 12 facts in 41 s; the deployment changed \
             12 facts, larger than 1 of 2 earlier steps"
        );
        let brief = |records: &Records| policy.rehearsed_briefly(records, "production", today).unwrap_or_default();
        assert_eq!(brief(&Records::default()), "production: NOT REHEARSED");
        assert_eq!(brief(&records("2026-11-24T10:00:00Z", |_| {})), "production: rehearsed 2026-11-24, proved");
        assert_eq!(brief(&records("2026-10-24T10:00:00Z", |_| {})), "production: rehearsed 2026-10-24, NOT ENOUGH");
        let silent = Policy::default();
        assert_eq!(silent.rehearsed(&Records::default(), "production", today), None);
        assert_eq!(silent.rehearsed_briefly(&records("2026-11-24T10:00:00Z", |_| {}), "production", today), None);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let text = "[rehearsal]\nnot-older-than = 7\nwithin = \"soon\"\nthen = \"stop\"\nolder = 1\n\
                    [push]\nmost-facts = -3\nthen = true\n";
        let wrong: Vec<String> = parse(text).expect_err("wrong").iter().map(ToString::to_string).collect();
        let expected = [
            "2:18: rehearsal.not-older-than: it is a number of days or weeks, in quotes: \"7d\", \"2w\"",
            "3:10: rehearsal.within: it is a time in quotes: \"180s\", \"3m\"",
            "4:8: rehearsal.then: it is one of block, needs-decision, warn, in quotes",
            "5:1: rehearsal.older: this version knows no such key; it is left out",
            "7:14: push.most-facts: it is a whole number of 1 or more",
            "8:8: push.then: it is one of block, needs-decision, warn, in quotes",
        ];
        assert_eq!(wrong, expected);
    }
}
