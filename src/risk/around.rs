//! What else a trigger asks of the sides: facts beside the one that differs.

use super::pattern::is_glob;
use super::rule::{Beside, Condition, Where};
use super::seen::{Both, Seen, Val, own};
use crate::compare::version;
use crate::compare::{Comparison, RowId};
use crate::effective::Effective;
use crate::model::tree::NodeId;
use crate::model::vocabulary::VersionOrder;
use crate::model::{Path, Tree};
use globset::{Glob, GlobMatcher};
use std::cell::Cell;
use std::cmp::Ordering;

/// How many facts one judgement of a comparison looks at for all conditions: beyond it they are not known to hold.
pub(super) const MOST: u64 = 20_000_000;

/// Where a value stands, and what stands around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    pub(super) comparison: &'a Comparison,
    pub(super) effective: &'a Effective,
    /// The test environment and the target.
    pub(super) sides: [usize; 2],
    pub(super) at: At,
    /// How many more facts may be looked at.
    pub(super) budget: &'a Cell<u64>,
}

/// A row, or a derived fact by its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Row(RowId),
    Derived(usize),
}

/// What is known of a condition on one side.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    /// There is such a value: this.
    Is(String),
    /// It is known that there is none.
    Absent,
    /// Neither.
    Unknown,
}

impl Around<'_> {
    fn path(&self) -> Path {
        match self.at {
            At::Row(row) => self.comparison.path(row),
            At::Derived(at) => self.effective.facts().get(at).map(|fact| fact.path.clone()).unwrap_or_default(),
        }
    }

    /// Whether a condition holds beside two values.
    pub(super) fn holds(&self, condition: &Condition, both: &Both<'_>) -> bool {
        let [test, target] = self.sides;
        let absent = [&both.test, &both.target].map(|seen| *seen == Seen::Absent);
        let sides: &[usize] = match condition.on {
            Where::Test if both.is_directed => &[test],
            Where::Target if both.is_directed => &[target],
            Where::Lacks if absent[0] != absent[1] => &[if absent[0] { test } else { target }],
            Where::Has if absent[0] != absent[1] => &[if absent[0] { target } else { test }],
            Where::Lacks | Where::Has => return false,
            _ => &[test, target],
        };
        let of_row = self.path();
        let found: Vec<Found> = sides.iter().map(|side| self.on_side(condition, *side, &of_row)).collect();
        let is_met = |found: &Found| match condition.is {
            Beside::There | Beside::Same | Beside::Other => matches!(found, Found::Is(_)),
            Beside::Absent => *found == Found::Absent,
        };
        let is_one = found.windows(2).all(|pair| pair[0] == pair[1]);
        match condition.on {
            _ if matches!(condition.is, Beside::Same | Beside::Other) => {
                found.iter().all(is_met) && is_one == (condition.is == Beside::Same)
            }
            Where::Either => found.iter().any(is_met),
            _ => found.iter().all(is_met),
        }
    }

    fn on_side(&self, condition: &Condition, side: usize, of_row: &Path) -> Found {
        let mut all = Found::Absent;
        for pattern in &condition.paths {
            let keys: Vec<String> = pattern.iter().map(|key| filled(key, of_row)).collect();
            let found = match keys.split_first() {
                Some((first, _)) if first == "effective" => self.derived(condition, side, &keys),
                Some(_) => self.fact(condition, side, &keys),
                None => Found::Unknown,
            };
            match found {
                Found::Is(_) => return found,
                Found::Unknown => all = Found::Unknown,
                Found::Absent => {}
            }
        }
        all
    }

    fn derived(&self, condition: &Condition, side: usize, keys: &[String]) -> Found {
        let matchers = matchers(keys);
        let fits = |path: &Path| path.segments().len() == keys.len() && fits_front(&matchers, path);
        let mut facts = self.effective.facts().iter().filter(|fact| fits(&fact.path));
        let value = facts.find_map(|fact| Some(Val::of_owned(fact.values.get(side)?.as_ref()?)));
        value
            .filter(|value| condition.takes(value))
            .map_or(Found::Unknown, |value| Found::Is(value.text().into_owned()))
    }

    /// Absent is what was looked for: the area was, and no problem stands where it would be.
    fn fact(&self, condition: &Condition, side: usize, keys: &[String]) -> Found {
        let Some(side) = self.comparison.sides().get(side) else { return Found::Unknown };
        let (facts, matchers) = (&side.snapshot.facts, matchers(keys));
        let mut look = Look { facts, condition, matchers: &matchers, budget: self.budget };
        if let Some(text) = look.at(Tree::ROOT, 0) {
            return Found::Is(text);
        }
        let has_area = keys.first().is_some_and(|area| facts.child(Tree::ROOT, area).is_some());
        let is_hidden = side.snapshot.problems.iter().any(|(path, _)| fits_front(&matchers, path));
        if has_area && !is_hidden && self.budget.get() > 0 { Found::Absent } else { Found::Unknown }
    }
}

/// A key of a condition: as it is, any that a glob fits, or all beneath.
enum Matcher {
    Key(String),
    Glob(GlobMatcher),
    Rest,
}

fn matchers(keys: &[String]) -> Vec<Matcher> {
    let matcher = |key: &String| match key.as_str() {
        "**" => Matcher::Rest,
        key if is_glob(key) => {
            Glob::new(key).map_or_else(|_| Matcher::Key(key.to_owned()), |glob| Matcher::Glob(glob.compile_matcher()))
        }
        key => Matcher::Key(key.to_owned()),
    };
    keys.iter().map(matcher).collect()
}

/// Whether the keys fit as far as both go.
fn fits_front(matchers: &[Matcher], path: &Path) -> bool {
    matchers.iter().zip(path.keys()).all(|(matcher, key)| match matcher {
        Matcher::Key(wanted) => wanted == key,
        Matcher::Glob(glob) => glob.is_match(key),
        Matcher::Rest => true,
    })
}

struct Look<'l> {
    facts: &'l Tree,
    condition: &'l Condition,
    matchers: &'l [Matcher],
    budget: &'l Cell<u64>,
}

impl Look<'_> {
    /// The first value that the condition takes, of those beneath a node that the keys from `depth` on lead to.
    fn at(&mut self, node: NodeId, depth: usize) -> Option<String> {
        let value = |look: &Self| {
            let value = look.facts.value(node)?;
            let is_hidden = value.redacted().is_some();
            let value = Val::of(value);
            let takes = if is_hidden { look.condition.is_bare() } else { look.condition.takes(&value) };
            takes.then(|| value.text().into_owned())
        };
        let Some(matcher) = self.matchers.get(depth) else { return value(self) };
        if let Matcher::Rest = matcher {
            return value(self).or_else(|| {
                self.facts.children(node).find_map(|child| self.spend().then(|| self.at(child, depth))?)
            });
        }
        for child in self.facts.children(node) {
            if !self.spend() {
                return None;
            }
            let key = self.facts.key(child);
            let fits = match matcher {
                Matcher::Key(wanted) => wanted == key,
                Matcher::Glob(glob) => glob.is_match(key),
                Matcher::Rest => true,
            };
            if fits && let Some(found) = self.at(child, depth + 1) {
                return Some(found);
            }
        }
        None
    }

    fn spend(&self) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(1));
        left > 0
    }
}

impl Condition {
    /// Whether any value will do.
    fn is_bare(&self) -> bool {
        self.value.is_none() && self.older_than.is_none() && self.least.is_none()
    }

    fn takes(&self, value: &Val<'_>) -> bool {
        let is_older = |than: &str| {
            let version = value.version();
            version.is_some_and(|is| version::compare(VersionOrder::Generic, own(&is), than) == Ordering::Less)
        };
        self.value.as_ref().is_none_or(|globs| match value {
            Val::List(members) => members.iter().any(|member| globs.is_match(member)),
            value => globs.is_match(&value.text()),
        }) && self.older_than.as_deref().is_none_or(is_older)
            && self.least.is_none_or(|least| value.number().is_some_and(|number| number >= least))
    }
}

/// A key with the keys of the row in it: `{3}` is its third, `{3:stem}` the name of that file without its ending.
fn filled(key: &str, of_row: &Path) -> String {
    let Some((before, rest)) = key.split_once('{') else { return key.to_owned() };
    let Some((inner, after)) = rest.split_once('}') else { return key.to_owned() };
    let (number, is_stem) = inner.strip_suffix(":stem").map_or((inner, false), |number| (number, true));
    let of_row = number.parse::<usize>().ok().and_then(|n| of_row.keys().nth(n.checked_sub(1)?));
    let Some(own) = of_row else { return key.to_owned() };
    let name = own.rsplit('/').next().unwrap_or(own);
    let text = if is_stem { name.split('.').find(|part| !part.is_empty()).unwrap_or(name) } else { own };
    // What stands in a row is a text, and no pattern.
    let text: String = text.chars().map(|c| if is_special(c) { '?' } else { c }).collect();
    format!("{before}{text}{after}")
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '!' | '\\')
}

/// Whether a condition's pattern is one; why not.
pub(super) fn mistake(pattern: &str) -> Option<String> {
    let plain = pattern.replace(":stem}", "}");
    let mut out = String::new();
    let mut rest = plain.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out += before;
        match after.split_once('}') {
            Some((number, after)) if number.parse::<usize>().is_ok_and(|n| n > 0) => {
                out.push('x');
                rest = after;
            }
            _ => {
                out.push('{');
                rest = after;
            }
        }
    }
    super::pattern::mistake(&(out + rest))
}
