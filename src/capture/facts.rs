//! Where probes put what they read.

use super::Options;
use crate::host::{Host, Miss, ReadError};
use crate::model::redaction::{self, Finding};
use crate::model::{Path, Problem, ProblemKind, Provenance, Segment, Tree, TreeBuilder, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::{Builder, ScopedJoinHandle};

/// The facts of one probe. Every value passes redaction on its way in: nothing else can put one here.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    values: Vec<(Path, Value)>,
    /// Of each value, in the same order. What stands together was mostly read from one place.
    sources: Vec<Arc<str>>,
    problems: Vec<(Path, Problem)>,
    options: Arc<Options>,
    /// Keys in which something was hidden, and what stands for each: two of them stay two.
    hidden: HashMap<String, String>,
    /// How many of those look alike.
    alike: HashMap<String, usize>,
    redacted: Vec<(Path, Finding)>,
}

impl Facts {
    /// No facts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// No facts yet, of a capture with these options.
    pub fn of(options: Arc<Options>) -> Self {
        Self { options, ..Self::default() }
    }

    /// What the user asked for: names, files and addresses that a probe looks at besides what it knows itself.
    pub fn options(&self) -> &Arc<Options> {
        &self.options
    }

    /// Records a fact and the file, call or command that it was read from. A secret is hidden.
    pub fn put(&mut self, keys: &[&str], value: impl Into<Value>, source: &str) {
        let path = self.safe(Path::new(keys.iter().copied()), 0);
        self.put_at(path, value.into(), source);
    }

    /// The path without secrets in its keys: a location, a header's value or a token can be a key. The first `known` keys
    /// are known to have none.
    fn safe(&mut self, path: Path, known: usize) -> Path {
        if path.segments().iter().skip(known).all(|key| is_safe(key)) {
            return path;
        }
        let mut found = Vec::new();
        let keys: Vec<String> = path.segments().iter().map(|key| self.safe_key(key, &mut found)).collect();
        let path = Path::new(keys);
        self.redacted.extend(found.into_iter().map(|finding| (path.clone(), finding)));
        path
    }

    fn safe_key(&mut self, key: &str, found: &mut Vec<Finding>) -> String {
        if let Some(shown) = self.hidden.get(key) {
            return shown.clone();
        }
        match self.options.redactor.text(key, found) {
            Cow::Borrowed(key) => key.to_owned(),
            Cow::Owned(mut shown) => {
                // Under a key two secrets have two marks; without one they are told apart by number.
                let count = self.alike.entry(shown.clone()).or_insert(0);
                *count += 1;
                if *count > 1 {
                    shown = format!("{shown} {count}");
                }
                self.hidden.insert(key.to_owned(), shown.clone());
                shown
            }
        }
    }

    /// A text without its secrets, for what is made of it besides the fact itself: a digest.
    pub fn hide<'a>(&self, path: &Path, text: &'a str) -> Cow<'a, str> {
        match self.options.redactor.value(path.segments(), Value::from(text), &mut Vec::new()) {
            Value::Text(hidden) if hidden != text => Cow::Owned(hidden),
            _ => Cow::Borrowed(text),
        }
    }

    fn put_at(&mut self, path: Path, value: Value, source: &str) {
        let mut found = Vec::new();
        let value = self.options.redactor.value(path.segments(), value, &mut found);
        self.redacted.extend(found.into_iter().map(|finding| (path.clone(), finding)));
        let source = match self.sources.last() {
            Some(last) if **last == *source => Arc::clone(last),
            _ => Arc::from(source),
        };
        self.sources.push(source);
        self.values.push((path, value));
    }

    /// Records a fact that was said not to be collected.
    pub(super) fn answer(&mut self, keys: &[&str], value: impl Into<Value>, source: &str) {
        let path = self.safe(Path::new(keys.iter().copied()), 0);
        self.problems.retain(|(at, problem)| *at != path || !problem.is_not_collected());
        self.put_at(path, value.into(), source);
    }

    /// Records a fact if there is one.
    pub fn put_some(&mut self, keys: &[&str], value: Option<impl Into<Value>>, source: &str) {
        if let Some(value) = value {
            self.put(keys, value, source);
        }
    }

    /// Records why what stands at and beneath these keys is not known.
    pub fn problem(&mut self, keys: &[&str], problem: Problem) {
        let path = self.safe(Path::new(keys.iter().copied()), 0);
        self.problem_at(path, problem);
    }

    /// What a parser says of a line may quote it.
    fn problem_at(&mut self, path: Path, mut problem: Problem) {
        let mut found = Vec::new();
        if let Cow::Owned(hidden) = self.options.redactor.text(&problem.detail, &mut found) {
            problem.detail = hidden;
        }
        self.redacted.extend(found.into_iter().map(|finding| (path.clone(), finding)));
        self.problems.push((path, problem));
    }

    /// Records why a file could not be read; that it is not there is an answer and no problem.
    pub fn unread(&mut self, keys: &[&str], error: &ReadError) {
        if let Some(problem) = error.problem() {
            self.problem(keys, problem);
        }
    }

    /// Reads what stands beneath these keys. What could not be read for it and has no problem of its own makes what is
    /// absent there unknown.
    pub fn within(&mut self, host: &Host, keys: &[&str], read: impl FnOnce(&mut Facts)) {
        let ((), missed) = host.watched(|| read(self));
        if let Some(problem) = self.unnamed(&missed) {
            self.problem(keys, problem);
        }
    }

    /// What of the files that could not be read no problem names, in one.
    pub(super) fn unnamed(&self, missed: &[Miss]) -> Option<Problem> {
        let is_unnamed = |miss: &&Miss| !self.problems.iter().any(|(_, problem)| miss.is_named_by(problem));
        let mut unnamed: Vec<&Miss> = missed.iter().filter(is_unnamed).collect();
        unnamed.dedup_by(|a, b| a.path == b.path);
        let mut problem = unnamed.first()?.problem.clone();
        match unnamed.len() - 1 {
            0 => {}
            1 => problem.detail.push_str(", and another"),
            others => problem.detail.push_str(&format!(", and {others} others")),
        }
        Some(problem)
    }

    /// Records a value that is made of all that was read for it, or why it is not known.
    pub fn put_whole(&mut self, keys: &[&str], value: impl Into<Value>, missed: &[Miss], source: &str) {
        match missed.first() {
            Some(miss) => self.problem(keys, miss.problem.clone()),
            None => self.put(keys, value, source),
        }
    }

    /// Records that these facts were never to be had, and why.
    pub fn not_collected(&mut self, keys: &[&str], why: &str) {
        self.problem(keys, Problem::new(ProblemKind::NotCollected, why));
    }

    /// The facts beneath some keys, for a probe that puts many there.
    pub fn at(&mut self, keys: &[&str]) -> Scope<'_> {
        let known = if keys.iter().all(|key| is_safe(key)) { keys.len() } else { 0 };
        Scope { base: Path::new(keys.iter().copied()), known, facts: self }
    }

    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is neither a fact nor a problem.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.problems.is_empty()
    }

    /// Drops what stands at paths that were not asked for.
    pub(super) fn keep(&mut self, is_wanted: impl Fn(&Path) -> bool) {
        let (values, sources) = (std::mem::take(&mut self.values), std::mem::take(&mut self.sources));
        let kept = values.into_iter().zip(sources).filter(|((path, _), _)| is_wanted(path));
        (self.values, self.sources) = kept.unzip();
        self.problems.retain(|(path, _)| is_wanted(path));
        self.redacted.retain(|(path, _)| is_wanted(path));
    }

    /// The problems so far.
    pub fn problems(&self) -> &[(Path, Problem)] {
        &self.problems
    }

    /// The value at a written path; the last one put there. For tests of probes.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let path: Path = path.parse().ok()?;
        self.values.iter().rev().find(|(at, _)| *at == path).map(|(_, value)| value)
    }

    /// All facts so far in the order in which they were put.
    pub fn values(&self) -> &[(Path, Value)] {
        &self.values
    }

    /// Takes over what probes put, each of them sorted. Few reach into another's paths: cut where the first keys change and
    /// put together by these, hardly anything is left to be sorted.
    pub(super) fn extend(&mut self, parts: Vec<Facts>) {
        /// So many keys tell most probes apart.
        const KEYS: usize = 2;
        let mut pieces = Vec::new();
        let mut facts = Vec::new();
        for (part, other) in parts.into_iter().enumerate() {
            let alike = |a: &[Segment], b: &[Segment]| a.iter().take(KEYS).eq(b.iter().take(KEYS));
            for piece in other.values.chunk_by(|(a, _), (b, _)| alike(a.segments(), b.segments())) {
                pieces.extend(piece.first().map(|(path, _)| (path.top(KEYS), part, piece.len())));
            }
            facts.push(other.values.into_iter().zip(other.sources));
            self.problems.extend(other.problems);
            self.redacted.extend(other.redacted);
        }
        // The pieces of one part are in order already, so that each is what that part has next.
        pieces.sort();
        for together in pieces.chunk_by(|(a, ..), (b, ..)| a == b) {
            let mut next: Vec<Sourced> = Vec::new();
            for (_, part, length) in together {
                next.extend(facts.get_mut(*part).into_iter().flat_map(|facts| facts.by_ref().take(*length)));
            }
            if together.len() > 1 {
                sort(&mut next);
            }
            for (fact, source) in next {
                self.values.push(fact);
                self.sources.push(source);
            }
        }
    }

    /// Puts the facts in order, on the thread of their probe: what is sorted in parts is soon sorted as a whole.
    pub(super) fn sort(&mut self) {
        if !self.values.is_sorted_by(|a, b| a.0 <= b.0) {
            let values = std::mem::take(&mut self.values);
            let mut facts: Vec<Sourced> = values.into_iter().zip(std::mem::take(&mut self.sources)).collect();
            sort(&mut facts);
            (self.values, self.sources) = facts.into_iter().unzip();
        }
    }

    /// What a snapshot is made of. The tree grows on another processor than the sources.
    pub(super) fn finish(mut self) -> Parts {
        self.sort();
        let Self { values, sources, mut problems, mut redacted, .. } = self;
        let (tree, provenance) = std::thread::scope(|scope| {
            let grown = || {
                let mut tree = TreeBuilder::new();
                tree.sorted_facts(&values);
                tree.finish()
            };
            let tree = Builder::new().spawn_scoped(scope, grown);
            let mut provenance = Vec::new();
            compress(&values, &sources, 0, &mut provenance);
            let provenance: Provenance = provenance.into_iter().collect();
            problems.sort_by(|a, b| a.0.cmp(&b.0));
            problems.dedup_by(|a, b| a.0 == b.0);
            redacted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.line.cmp(&b.1.line)));
            // Where the system has no thread to give, all is done here: setrlimit(2), RLIMIT_NPROC.
            let tree = tree.map_or_else(|_| Ok(grown()), ScopedJoinHandle::join);
            (tree, provenance)
        });
        let tree = tree.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // A hundred thousand small texts take as long to be freed as to be written.
        drop(Builder::new().spawn(move || drop((values, sources))));
        Parts { tree, provenance, problems, redacted }
    }
}

/// Whether a key has no secret in it.
fn is_safe(key: &str) -> bool {
    matches!(redaction::text(key), Cow::Borrowed(_))
}

/// A stable sort: of a path that was put twice, the last stays last.
fn sort(facts: &mut [Sourced]) {
    facts.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
}

/// A fact and its source.
type Sourced = ((Path, Value), Arc<str>);

/// The parts of a snapshot.
pub(super) struct Parts {
    /// Of a path that was put twice, the last counts.
    pub tree: Tree,
    /// By common prefix.
    pub provenance: Provenance,
    /// By path.
    pub problems: Vec<(Path, Problem)>,
    /// What was hidden, by path and line.
    pub redacted: Vec<(Path, Finding)>,
}

/// Says each source once, at the highest path beneath which it is the only one. The facts agree in their first `depth`
/// keys and are sorted, so what has one more key in common stands together.
fn compress(facts: &[(Path, Value)], sources: &[Arc<str>], depth: usize, out: &mut Vec<(Path, Arc<str>)>) {
    let together = |(a, _): &(Path, Value), (b, _): &(Path, Value)| a.segments().get(depth) == b.segments().get(depth);
    let mut rest = sources;
    for group in facts.chunk_by(together) {
        let Some((sources, after)) = rest.split_at_checked(group.len()) else { return };
        rest = after;
        let (Some((path, _)), Some(source)) = (group.first(), sources.first()) else { continue };
        if path.depth() == depth {
            // One path, put from several places: its value is the last, and so is its source.
            out.extend(sources.last().map(|source| (path.clone(), Arc::clone(source))));
        } else if sources.iter().all(|other| other == source) {
            out.push((path.top(depth + 1), Arc::clone(source)));
        } else {
            compress(group, sources, depth + 1, out);
        }
    }
}

/// [`Facts`] beneath a path.
pub struct Scope<'a> {
    base: Path,
    /// How many of its first keys are known to have no secret: they are looked at once, not with every fact.
    known: usize,
    facts: &'a mut Facts,
}

impl Scope<'_> {
    fn path(&self, keys: &[&str]) -> Path {
        self.base.below(keys)
    }

    /// As [`Facts::put`].
    pub fn put(&mut self, keys: &[&str], value: impl Into<Value>, source: &str) {
        let path = self.path(keys);
        let path = self.facts.safe(path, self.known);
        self.facts.put_at(path, value.into(), source);
    }

    /// As [`Facts::put_some`].
    pub fn put_some(&mut self, keys: &[&str], value: Option<impl Into<Value>>, source: &str) {
        if let Some(value) = value {
            self.put(keys, value, source);
        }
    }

    /// As [`Facts::put_whole`].
    pub fn put_whole(&mut self, keys: &[&str], value: impl Into<Value>, missed: &[Miss], source: &str) {
        match missed.first() {
            Some(miss) => self.problem(keys, miss.problem.clone()),
            None => self.put(keys, value, source),
        }
    }

    /// As [`Scope::put`], of a text; what was recorded comes back.
    pub fn put_text(&mut self, keys: &[&str], text: &str, source: &str) -> String {
        self.put(keys, text, source);
        match self.facts.values.last() {
            Some((_, Value::Text(hidden))) => hidden.clone(),
            _ => String::new(),
        }
    }

    /// As [`Facts::hide`], of the text at these keys.
    pub fn hide<'t>(&self, keys: &[&str], text: &'t str) -> Cow<'t, str> {
        self.facts.hide(&self.path(keys), text)
    }

    /// As [`Facts::problem`].
    pub fn problem(&mut self, keys: &[&str], problem: Problem) {
        let path = self.path(keys);
        let path = self.facts.safe(path, self.known);
        self.facts.problem_at(path, problem);
    }

    /// As [`Facts::unread`].
    pub fn unread(&mut self, keys: &[&str], error: &ReadError) {
        if let Some(problem) = error.problem() {
            self.problem(keys, problem);
        }
    }

    /// As [`Facts::not_collected`].
    pub fn not_collected(&mut self, keys: &[&str], why: &str) {
        self.problem(keys, Problem::new(ProblemKind::NotCollected, why));
    }

    /// As [`Facts::at`], further down.
    pub fn at(&mut self, keys: &[&str]) -> Scope<'_> {
        // Where one above has a secret, all are looked at with every fact.
        let is_known = self.known == self.base.depth() && keys.iter().all(|key| is_safe(key));
        let known = if is_known { self.known + keys.len() } else { self.known };
        Scope { base: self.path(keys), known, facts: self.facts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_said_once_where_it_is_the_only_one() {
        let mut facts = Facts::new();
        facts.put(&["os", "a", "x"], 1_u64, "/one");
        facts.put(&["os", "a", "y"], 1_u64, "/one");
        facts.put(&["os", "b"], 1_u64, "/two");
        facts.put(&["dns", "c"], 1_u64, "/three");
        let provenance = facts.finish().provenance;
        let said: Vec<_> = provenance.iter().map(|(path, source)| format!("{path} {source}")).collect();
        assert_eq!(said, ["dns /three", "os.a /one", "os.b /two"]);
    }

    #[test]
    fn of_a_path_that_was_put_twice_the_last_source_counts() {
        let mut facts = Facts::new();
        facts.put(&["os", "a"], 1_u64, "/one");
        facts.put(&["os", "a"], 2_u64, "/two");
        let provenance = facts.finish().provenance;
        assert_eq!(provenance.of(&Path::new(["os", "a"])), Some("/two"));
    }

    #[test]
    fn secrets_do_not_get_in() {
        let mut facts = Facts::new();
        facts.put(&["cache", "stores", "redis", "requirepass"], "hunter2", "/etc/redis/redis.conf");
        assert_eq!(facts.get("cache.stores.redis.requirepass"), Some(&Value::from("[redacted]")));
        let tokens = ["ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "ghp_zZ9yX7wV5uT3sR1qP9oN7mL5kJ3hG1fE9dC7"];
        for (value, token) in tokens.iter().enumerate() {
            facts.at(&["cache"]).put(&["location", token, "root"], value, "/etc/nginx/nginx.conf");
        }
        assert_eq!(facts.get("cache.location.\"[redacted]\".root"), Some(&Value::from(0_usize)));
        assert_eq!(facts.get("cache.location.\"[redacted] 2\".root"), Some(&Value::from(1_usize)));
    }
}
