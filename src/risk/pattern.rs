//! Patterns of paths, walked key by key beside a tree. In a key `*` and `?` stand for any letters; `**` at the end
//! stands for any keys beneath.

use crate::model::Path;
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::HashMap;

/// What a pattern leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Goal {
    /// A rule, by its place.
    Rule(u16),
    /// A rule that does not look there, by its place.
    Except(u16),
    /// A fallback, by its place.
    Fallback(u16),
    /// A pattern of a condition, by its place among all.
    Need(u32),
}

#[derive(Debug, Default)]
struct State {
    keys: HashMap<String, u32>,
    any: Option<u32>,
    globs: Vec<(Glob, u32)>,
    set: GlobSet,
    rest: Option<u32>,
    /// Whether any further key leads here again.
    loops: bool,
    goals: Vec<Goal>,
}

/// Many patterns as one automaton.
#[derive(Debug)]
pub(super) struct Patterns {
    states: Vec<State>,
}

/// The states that a path leads to.
pub(super) type Place = Vec<u32>;

/// Whether a key stands for more than itself.
pub(super) fn is_glob(key: &str) -> bool {
    key.contains(['*', '?', '[', '{'])
}

/// Why a text is no pattern; nothing if it is one.
pub(super) fn mistake(pattern: &str) -> Option<String> {
    let path: Path = match pattern.parse() {
        Ok(path) => path,
        Err(error) => return Some(format!("{pattern}: {error}")),
    };
    let Some((_, above)) = path.segments().split_last() else { return Some("the pattern is empty".to_owned()) };
    if above.iter().any(|key| key == "**") {
        return Some(format!("{pattern}: ** stands at the end only"));
    }
    let wrong = path.segments().iter().filter(|key| is_glob(key)).find_map(|key| Glob::new(key).err());
    wrong.map(|error| format!("{pattern}: {error}"))
}

/// Whether some path fits both a pattern and a pattern of what is known, in which `*` is a whole key.
pub fn can_meet(pattern: &Path, known: &Path) -> bool {
    let mut known_keys = known.segments().iter();
    for key in pattern.segments() {
        let Some(other) = known_keys.next() else { return false };
        if key == "**" || other == "**" {
            return true;
        }
        let fits = || Glob::new(key).is_ok_and(|glob| glob.compile_matcher().is_match(other));
        if key != other && other != "*" && !(is_glob(key) && fits()) {
            return false;
        }
    }
    known_keys.next().is_none()
}

/// The keys of a pattern before the first that stands for more than itself; without the last key where none does.
pub(super) fn home(pattern: &str) -> Path {
    let path: Path = pattern.parse().unwrap_or_default();
    let keys = path.segments();
    let plain = keys.iter().take_while(|key| !is_glob(key)).count();
    let depth = if plain == keys.len() { plain.saturating_sub(1) } else { plain };
    Path::new(keys[..depth].iter().cloned())
}

impl Patterns {
    pub(super) fn new() -> Self {
        Self { states: vec![State::default()] }
    }

    fn push(&mut self) -> u32 {
        self.states.push(State::default());
        (self.states.len() - 1) as u32
    }

    /// Adds a pattern; one that is none is left out. `beneath` makes all that stands below lead to the goal too.
    pub(super) fn add(&mut self, pattern: &str, goal: Goal, beneath: bool) {
        let Ok(path) = pattern.parse::<Path>() else { return };
        let mut at = 0_u32;
        for key in path.segments() {
            at = self.next(at, key);
        }
        self.lead(at, goal);
        if beneath {
            let rest = self.next(at, "**");
            self.lead(rest, goal);
        }
    }

    fn lead(&mut self, state: u32, goal: Goal) {
        let goals = &mut self.states[state as usize].goals;
        if !goals.contains(&goal) {
            goals.push(goal);
        }
    }

    fn next(&mut self, at: u32, key: &str) -> u32 {
        let state = &self.states[at as usize];
        let known = match key {
            "**" => state.rest,
            "*" => state.any,
            key if is_glob(key) => state.globs.iter().find(|(glob, _)| glob.glob() == key).map(|(_, next)| *next),
            key => state.keys.get(key).copied(),
        };
        if let Some(next) = known {
            return next;
        }
        let next = self.push();
        let state = &mut self.states[at as usize];
        match key {
            "**" => state.rest = Some(next),
            "*" => state.any = Some(next),
            key if is_glob(key) => state.globs.extend(Glob::new(key).ok().map(|glob| (glob, next))),
            key => drop(state.keys.insert(key.to_owned(), next)),
        }
        self.states[next as usize].loops = key == "**";
        next
    }

    /// Makes what was added ready to be walked.
    pub(super) fn seal(&mut self) {
        for state in self.states.iter_mut().filter(|state| !state.globs.is_empty()) {
            let mut set = GlobSetBuilder::new();
            for (glob, _) in &state.globs {
                set.add(glob.clone());
            }
            state.set = set.build().unwrap_or_default();
        }
    }

    /// The place of the top.
    pub(super) fn top(&self) -> Place {
        vec![0]
    }

    /// One key further down; `next` is emptied first, so that its room serves again.
    pub(super) fn step(&self, at: &[u32], key: &str, next: &mut Place) {
        next.clear();
        for state_id in at {
            let state = &self.states[*state_id as usize];
            if state.loops {
                next.push(*state_id);
            }
            next.extend(state.keys.get(key));
            next.extend(state.any);
            if !state.globs.is_empty() && state.set.is_match(key) {
                next.extend(state.set.matches(key).into_iter().filter_map(|at| Some(state.globs.get(at)?.1)));
            }
            next.extend(state.rest);
        }
    }

    /// What a place leads to, each goal once for each pattern.
    pub(super) fn goals<'a>(&'a self, at: &'a [u32]) -> impl Iterator<Item = Goal> + 'a {
        at.iter().flat_map(|state| self.states[*state as usize].goals.iter().copied())
    }

    /// The rules that look at a path, in order.
    pub(super) fn rules(&self, path: &Path) -> Vec<u16> {
        let goals = self.find(path);
        let excepted = |at: &u16| goals.contains(&Goal::Except(*at));
        let rules = goals.iter().filter_map(|goal| if let Goal::Rule(at) = goal { Some(*at) } else { None });
        rules.filter(|at| !excepted(at)).collect()
    }

    /// What a path leads to, in order, each once.
    pub(super) fn find(&self, path: &Path) -> Vec<Goal> {
        let mut at = self.top();
        let mut next = Place::new();
        for key in path.segments() {
            self.step(&at, key, &mut next);
            std::mem::swap(&mut at, &mut next);
        }
        let mut goals: Vec<Goal> = self.goals(&at).collect();
        goals.sort_unstable();
        goals.dedup();
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_lead_to_their_goals() {
        let mut patterns = Patterns::new();
        let written = ["a.b", "a.*.c", "a.post*-?", "x.**", "a.\"net.ipv4.*\"", "a.{b,z}"];
        for (at, pattern) in written.iter().enumerate() {
            assert_eq!(mistake(pattern), None);
            patterns.add(pattern, Goal::Rule(at as u16), at == 1);
        }
        patterns.seal();
        let found = |path: &str| -> Vec<u16> {
            let goals = patterns.find(&path.parse().expect("a path"));
            goals.into_iter().map(|goal| if let Goal::Rule(at) = goal { at } else { 99 }).collect()
        };
        assert_eq!(found("a.b"), [0, 5]);
        assert_eq!(found("a.z"), [5]);
        assert_eq!(found("a.q.c"), [1]);
        assert_eq!(found("a.q.c.beneath.it"), [1]);
        assert_eq!(found("a.postgresql-9"), [2]);
        assert_eq!(found("x.y.z"), [3]);
        assert_eq!(found("x"), [] as [u16; 0]);
        assert_eq!(found("a.\"net.ipv4.tcp_rmem\""), [4]);
        assert_eq!(found("b"), [] as [u16; 0]);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (pattern, what) in [("a..b", "missing"), ("a.**.b", "at the end only"), ("a.[", "a.["), ("", "empty")] {
            let mistake = mistake(pattern).expect("a mistake");
            assert!(mistake.contains(what), "{pattern}: {mistake}");
        }
    }

    #[test]
    fn the_home_of_a_pattern_is_where_it_would_stand() {
        for (pattern, at) in [
            ("libraries.packages.*.postgresql*", "libraries.packages"),
            ("os.init", "os"),
            ("cache.stores.redis.**", "cache.stores.redis"),
        ] {
            assert_eq!(home(pattern).to_string(), at);
        }
    }
}
