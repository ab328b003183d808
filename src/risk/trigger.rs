//! Whether two values differ as a rule describes, and which of them does harm.

use super::rule::{Globs, Harm, On, Reading, Rule, Stands, Step, Trigger};
use super::seen::{Both, Seen, Val, own};
use crate::compare::version::{self, Distance};
use crate::model::alike;
use crate::model::vocabulary::VersionOrder;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

/// So many times the ratio that a rule asks for is a large step.
const LARGE: f64 = 4.0;

/// A rule has fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fired {
    /// Whether the step is large: see [`Score::magnitude`](super::Score::magnitude).
    pub(super) is_large: bool,
}

impl Rule {
    /// Whether one of the rule's triggers holds; of several, one with a large step.
    pub(super) fn fires(&self, both: &Both<'_>) -> Option<Fired> {
        let mut fired = self.triggers.iter().filter_map(|trigger| trigger.fires(both));
        let first = fired.next()?;
        Some(fired.fold(first, |a, b| if b.is_large { b } else { a }))
    }

    /// Which of the two does harm: the test environment, the target.
    pub(super) fn harmful(&self, both: &Both<'_>) -> (bool, bool) {
        let Some(harm) = &self.harm else { return (false, false) };
        let by_order = |ordering: Option<Ordering>, bad: Ordering| {
            (ordering == Some(bad), ordering.map(Ordering::reverse) == Some(bad))
        };
        match harm {
            Harm::Lower => by_order(both.numbers(), Ordering::Less),
            Harm::Higher => by_order(both.numbers(), Ordering::Greater),
            Harm::Older => by_order(both.versions(), Ordering::Less),
            Harm::Newer => by_order(both.versions(), Ordering::Greater),
            Harm::Lacks => self.lacking(both),
            Harm::Has => {
                let (test, target) = self.lacking(both);
                (target, test)
            }
            Harm::Value(globs) => (has_value(&both.test, globs), has_value(&both.target, globs)),
            Harm::Below(bound) => each(both, |number| number < *bound),
            Harm::Above(bound) => each(both, |number| number > *bound),
        }
    }

    pub(super) fn lacking(&self, both: &Both<'_>) -> (bool, bool) {
        match (&both.test, &both.target) {
            (Seen::Absent, _) => (true, false),
            (_, Seen::Absent) => (false, true),
            (Seen::Is(test), Seen::Is(target)) => {
                let counts = |member: &&str| {
                    let mut lists = self.triggers.iter().filter_map(|trigger| trigger.only.as_ref()).peekable();
                    lists.peek().is_none() || lists.any(|globs| globs.is_match(member))
                };
                let lacks = |of: &Val<'_>, other: &Val<'_>| {
                    let had: HashSet<&str> = of.members().into_iter().collect();
                    other.members().into_iter().any(|member| !had.contains(member) && counts(&member))
                };
                (lacks(test, target), lacks(target, test))
            }
            _ => (false, false),
        }
    }
}

/// Of which sides something holds of the number.
fn each(both: &Both<'_>, holds: impl Fn(f64) -> bool) -> (bool, bool) {
    let of = |seen: &Seen<'_>| seen.is().and_then(Val::number).is_some_and(&holds);
    (of(&both.test), of(&both.target))
}

pub(super) fn has_value(seen: &Seen<'_>, globs: &Globs) -> bool {
    match seen.is() {
        Some(Val::List(members)) => members.iter().any(|member| globs.is_match(member)),
        Some(value) => globs.is_match(&value.text()),
        None => false,
    }
}

impl Both<'_> {
    /// How the test environment's number stands to the target's.
    pub(super) fn numbers(&self) -> Option<Ordering> {
        self.test.is()?.number()?.partial_cmp(&self.target.is()?.number()?)
    }

    /// How the test environment's version stands to the target's.
    pub(super) fn versions(&self) -> Option<Ordering> {
        let (test, target) = (self.test.is()?.version()?, self.target.is()?.version()?);
        Some(version::compare(self.order, &test, &target))
    }

    fn distance(&self) -> Option<Distance> {
        let (test, target) = (self.test.is()?.version()?, self.target.is()?.version()?);
        Some(version::distance(self.order, &test, &target))
    }

    /// How many times the smaller number the larger is; none of zero, which mostly stands for "off" or "no limit".
    fn ratio(&self) -> Option<f64> {
        let (test, target) = (self.test.is()?.number()?, self.target.is()?.number()?);
        let (less, more) = (test.min(target), test.max(target));
        (less > 0.0 && less.is_finite()).then(|| more / less)
    }

    /// The sides that a trigger looks at.
    fn on(&self, on: On) -> impl Iterator<Item = &Seen<'_>> {
        let (test, target) = match on {
            On::Target if self.is_directed => (false, true),
            On::Test if self.is_directed => (true, false),
            _ => (true, true),
        };
        test.then_some(&self.test).into_iter().chain(target.then_some(&self.target))
    }
}

fn is_older(seen: &Seen<'_>, than: &str) -> Option<bool> {
    let version = seen.is()?.version()?;
    Some(version::compare(VersionOrder::Generic, own(&version), than) == Ordering::Less)
}

impl Trigger {
    pub(super) fn fires(&self, both: &Both<'_>) -> Option<Fired> {
        if self.equal || self.secret || (self.pool && !both.is_pool) {
            return None;
        }
        let is_met = match (&both.test, &both.target) {
            (Seen::Unknown, _) | (_, Seen::Unknown) | (Seen::Absent, Seen::Absent) => false,
            (Seen::Absent, _) | (_, Seen::Absent) => self.lacks(both),
            _ if self.missing.is_some() => false,
            // What one side says is what the other means by saying nothing.
            (test, target) if test == target && matches!(test, Seen::Is(_)) && !self.even => false,
            _ => self.differs(both),
        };
        let fires = is_met && self.reads(both) && self.holds(both) && self.is_beside(both);
        fires.then(|| Fired { is_large: self.is_large(both) })
    }

    /// One side lacks it: whether this is the side that counts.
    fn lacks(&self, both: &Both<'_>) -> bool {
        match self.missing {
            None => false,
            Some(On::Target) if both.is_directed => both.target == Seen::Absent,
            Some(On::Test) if both.is_directed => both.test == Seen::Absent,
            Some(_) => true,
        }
    }

    /// Both have a value, and not the same: whether they differ in this way.
    fn differs(&self, both: &Both<'_>) -> bool {
        let ordering = || both.numbers().or_else(|| both.versions());
        let stands = match self.target {
            None => true,
            Some(_) if !both.is_directed => ordering().is_some_and(|ordering| ordering != Ordering::Equal),
            Some(Stands::Lower) => ordering() == Some(Ordering::Greater),
            Some(Stands::Higher) => ordering() == Some(Ordering::Less),
        };
        let apart = |least: f64| {
            let numbers = (both.test.is().and_then(Val::number), both.target.is().and_then(Val::number));
            matches!(numbers, (Some(test), Some(target)) if (test - target).abs() >= least)
        };
        stands
            && self.ratio.is_none_or(|least| both.ratio().is_some_and(|ratio| ratio >= least))
            && self.difference.is_none_or(apart)
            && self.version.is_none_or(|step| is_step(step, both.distance()))
            && self.crosses.as_deref().is_none_or(|at| {
                let sides = (is_older(&both.test, at), is_older(&both.target, at));
                matches!(sides, (Some(test), Some(target)) if test != target)
            })
            && self.only.as_ref().is_none_or(|globs| is_on_one_side(both, globs))
            && (!self.order || is_another_order(both))
    }

    /// Whether names mean the same, or not.
    fn reads(&self, both: &Both<'_>) -> bool {
        let (Some(test), Some(target)) = (both.test.is(), both.target.is()) else { return self.alike.is_none() };
        let is_one = |reading: Reading| read(reading, &test.text()) == read(reading, &target.text());
        self.alike.is_none_or(is_one) && self.unlike.is_none_or(|reading| !is_one(reading))
    }

    /// What else must be so, beside the values.
    pub(super) fn is_beside(&self, both: &Both<'_>) -> bool {
        self.beside.iter().all(|condition| both.around.is_some_and(|around| around.holds(condition, both)))
    }

    /// Bounds and values, all on one of the sides that count.
    fn holds(&self, both: &Both<'_>) -> bool {
        let number = |seen: &Seen<'_>| seen.is().and_then(Val::number);
        let is_bound = self.below.is_some() || self.above.is_some() || self.older_than.is_some();
        if !is_bound && self.value.is_none() && self.not.is_none() {
            return true;
        }
        let all = |seen: &Seen<'_>| {
            self.below.is_none_or(|bound| number(seen).is_some_and(|number| number < bound))
                && self.above.is_none_or(|bound| number(seen).is_some_and(|number| number > bound))
                && self.older_than.as_deref().is_none_or(|than| is_older(seen, than) == Some(true))
                && self.value.as_ref().is_none_or(|globs| has_value(seen, globs))
                && self.not.as_ref().is_none_or(|globs| seen.is().is_some() && !has_value(seen, globs))
        };
        match self.on {
            On::Both => both.on(On::Both).all(all),
            on => both.on(on).any(all),
        }
    }

    fn is_large(&self, both: &Both<'_>) -> bool {
        let by_version = self.version.is_some() || self.crosses.is_some() || self.older_than.is_some();
        if by_version {
            return both.distance().is_some_and(|distance| distance >= Distance::Major);
        }
        let least = match (self.ratio, self.target, self.difference) {
            (Some(least), ..) => least,
            (None, None, None) => return false,
            _ => 1.0,
        };
        both.ratio().is_some_and(|ratio| ratio >= least * LARGE)
    }

    /// Whether a plain difference fires it, whatever the values are.
    pub(super) fn is_plain(&self) -> bool {
        let bound = self.below.is_some() || self.above.is_some() || self.older_than.is_some();
        !(bound
            || self.crosses.is_some()
            || self.value.is_some()
            || self.not.is_some()
            || self.alike.is_some()
            || self.unlike.is_some()
            || self.only.is_some()
            || self.equal
            || self.secret
            || self.pool)
    }
}

fn read(reading: Reading, name: &str) -> Cow<'_, str> {
    match reading {
        Reading::Locale => alike::locale(name),
        Reading::Collation => alike::collation(name),
        Reading::Zone => Cow::Borrowed(alike::zone(name)),
    }
}

fn is_step(step: Step, distance: Option<Distance>) -> bool {
    distance.is_some_and(|distance| match step {
        Step::Any => distance > Distance::None,
        Step::Patch => matches!(distance, Distance::Patch | Distance::Revision),
        Step::Minor => distance >= Distance::Minor,
        Step::Major => distance >= Distance::Major,
    })
}

fn is_on_one_side(both: &Both<'_>, globs: &Globs) -> bool {
    let (Some(test), Some(target)) = (both.test.is(), both.target.is()) else { return false };
    let (test, target): (HashSet<&str>, HashSet<&str>) =
        (test.members().into_iter().collect(), target.members().into_iter().collect());
    test.symmetric_difference(&target).any(|member| globs.is_match(member))
}

/// The members that both have stand in another order.
fn is_another_order(both: &Both<'_>) -> bool {
    let (Some(test), Some(target)) = (both.test.is(), both.target.is()) else { return false };
    let (test, target) = (test.members(), target.members());
    let (in_test, in_target): (HashSet<&str>, HashSet<&str>) =
        (test.iter().copied().collect(), target.iter().copied().collect());
    !test.iter().filter(|m| in_target.contains(**m)).eq(target.iter().filter(|m| in_test.contains(**m)))
}
