//! The history of one path in a word, and the order in which paths are listed.

use super::{Change, Date, History, Row};
use crate::compare::Relation;
use jiff::SignedDuration;
use std::cmp::Reverse;

/// What became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It differs, and was first seen to on this date; on the first, it may have before.
    Diverged(usize),
    /// It differed, and has agreed since this date.
    Healed(usize),
    /// It differs, agreed in between, and differed before that; since this date.
    Flapping(usize),
    /// Nothing can be said of it since this date.
    Unknown(usize),
    /// It never differed.
    Same,
}

impl Course {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Course::Diverged(_) => "diverged",
            Course::Healed(_) => "healed",
            Course::Flapping(_) => "flapping",
            Course::Unknown(_) => "unknown",
            Course::Same => "same",
        }
    }

    /// The date since which it is so.
    pub fn since(self) -> Option<usize> {
        match self {
            Course::Diverged(at) | Course::Healed(at) | Course::Flapping(at) | Course::Unknown(at) => Some(at),
            Course::Same => None,
        }
    }
}

/// The order of paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What diverged or healed last comes first.
    #[default]
    Newest,
    /// What differs longest comes first.
    Oldest,
    /// What went back and forth most often comes first.
    Restless,
    /// As in the tree.
    Path,
}

impl Order {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Order::Newest => "newest first",
            Order::Oldest => "oldest first",
            Order::Restless => "most changes first",
            Order::Path => "by path",
        }
    }
}

impl Row {
    /// What became of it. An unknown date between two that agree is no change.
    pub fn course(&self) -> Course {
        let Some(last) = self.signs.last() else { return Course::Same };
        let begin =
            |is: fn(Relation) -> bool| self.signs.iter().rposition(|sign| !is(*sign)).map_or(0, |before| before + 1);
        match last {
            Relation::Unknown => Course::Unknown(begin(|sign| sign == Relation::Unknown)),
            Relation::Same => match self.signs.iter().rposition(|sign| differs(*sign)) {
                Some(before) => Course::Healed(before + 1),
                None => Course::Same,
            },
            _ => {
                // What nobody could read in between may have differed all the time: since when it surely does.
                let since = begin(differs);
                match self.flips() >= 2 && self.signs[..since].iter().any(|sign| differs(*sign)) {
                    true => Course::Flapping(since),
                    false => Course::Diverged(since),
                }
            }
        }
    }

    /// Whether it differed or was unknown on all dates, and no side changed.
    pub fn is_as_ever(&self) -> bool {
        self.changes.is_empty() && matches!(self.course(), Course::Diverged(0) | Course::Unknown(0))
    }

    /// How often it went from agreeing to differing or back.
    pub fn flips(&self) -> usize {
        let known: Vec<bool> =
            self.signs.iter().filter(|sign| **sign != Relation::Unknown).map(|sign| differs(*sign)).collect();
        known.windows(2).filter(|two| two[0] != two[1]).count()
    }

    /// The change that was seen last.
    pub fn newest(&self) -> Option<&Change> {
        self.changes.last()
    }

    /// The change that its course is due to: the last one up to the date since which it is so, else the last of all.
    pub fn last_change(&self) -> Option<&Change> {
        let since = self.course().since();
        let up_to = since.and_then(|since| self.changes.iter().rfind(|change| change.date == since));
        up_to.or_else(|| self.changes.last())
    }
}

pub(super) fn differs(sign: Relation) -> bool {
    !matches!(sign, Relation::Same | Relation::Unknown)
}

impl History {
    /// The rows that diverged or healed or cannot be read any more, in an order; of one side, all that changed.
    pub fn listed(&self, order: Order) -> Vec<usize> {
        let one = self.is_of_one();
        let is_listed = |row: &Row| if one { !row.changes.is_empty() } else { row.is_telling };
        let mut rows: Vec<usize> =
            (0..self.rows.len()).filter(|at| self.rows.get(*at).is_some_and(is_listed)).collect();
        let since = |at: &usize| match self.rows.get(*at) {
            Some(row) if one => row.changes.last().map_or(0, |change| change.date),
            Some(row) => row.course().since().unwrap_or(0),
            None => 0,
        };
        let open = |at: &usize| {
            self.rows.get(*at).is_some_and(|row| matches!(row.course(), Course::Diverged(_) | Course::Flapping(_)))
        };
        // The rows are in the order of paths, and the sorts keep that among equals.
        match order {
            Order::Path => {}
            Order::Newest => rows.sort_by_cached_key(|at| Reverse(since(at))),
            Order::Oldest => rows.sort_by_cached_key(|at| (Reverse(open(at)), since(at))),
            Order::Restless => rows.sort_by_cached_key(|at| {
                let row = self.rows.get(*at);
                Reverse(row.map_or(0, |row| if one { row.changes.len() } else { row.flips() }))
            }),
        }
        rows
    }

    /// How long it has been so on the last date; `None` where a time is not known.
    pub fn age(&self, since: usize) -> Option<SignedDuration> {
        let at = |date: Option<&Date>| date.and_then(Date::at);
        Some(at(self.dates.last())?.duration_since(at(self.dates.get(since))?))
    }
}
