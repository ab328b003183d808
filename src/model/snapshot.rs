//! One environment at one moment.

use super::{Alias, Path, Problem, Provenance, Tree, TreeBuilder, Value};
use serde_json::{Map, Value as Json};

/// What is known of a snapshot besides its facts. Keys that this version does not know are kept in `other` and written
/// back, so that a newer version's notes survive an older one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meta {
    /// What people call the environment: `staging`.
    pub label: String,
    /// When the capture began, RFC 3339 in UTC.
    pub captured_at: Option<jiff::Timestamp>,
    /// The host's own name.
    pub host: Option<String>,
    /// The program that made the file, with its version.
    pub tool: Option<String>,
    /// Whether the capture ran as root.
    pub privileged: Option<bool>,
    /// The folder that was captured, if it was not the live machine.
    pub root: Option<String>,
    /// How long the capture took, in seconds.
    pub duration_seconds: Option<f64>,
    /// Names the key under which secrets were hidden, if there was one.
    pub redaction_key: Option<String>,
    /// What the environment is for: `production`, `staging`, `ci`, `dev` or the user's own word.
    pub role: Option<String>,
    /// Of how many of the kinds of facts that there are the capture says anything, in percent.
    pub complete_percent: Option<u8>,
    /// What it is called beside another of the same label.
    pub alias: Alias,
    /// Keys of other versions, kept as they are.
    pub other: Map<String, Json>,
}

impl Meta {
    /// What people are told it is called: the label, or what tells it from another of the same label; raw text.
    pub fn name(&self) -> &str {
        self.alias.name().unwrap_or(&self.label)
    }

    /// Whether this is an environment that is pushed to: by its role, else by its label.
    pub fn is_target(&self) -> bool {
        let word = |w: &str| w.eq_ignore_ascii_case("production") || w.eq_ignore_ascii_case("prod");
        match &self.role {
            Some(role) => word(role) || role.eq_ignore_ascii_case("target"),
            None => self.label.split(|c: char| !c.is_ascii_alphanumeric()).any(word),
        }
    }
}

/// The facts of one environment, with where each came from and what could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Label, time, host and so on.
    pub meta: Meta,
    /// What was read.
    pub facts: Tree,
    /// Where it was read from.
    pub provenance: Provenance,
    /// What could not be read, and why; sorted by path, each path once.
    pub problems: Vec<(Path, Problem)>,
}

impl Snapshot {
    /// The problems as a tree whose leaves are their texts, to be walked beside the facts. A problem at a path beneath
    /// another's stands there under the empty key.
    pub fn problem_tree(&self) -> Tree {
        let mut builder = TreeBuilder::new();
        let nested = |path: &Path| self.problems.iter().any(|(other, _)| other != path && other.starts_with(path));
        let mut leaves: Vec<(Path, Value)> = self
            .problems
            .iter()
            .map(|(path, problem)| {
                // The top has no key of its own to stand under.
                let at = if path.depth() == 0 || nested(path) { path.child("") } else { path.clone() };
                (at, Value::Text(problem.to_string()))
            })
            .collect();
        builder.facts(&mut leaves);
        builder.finish()
    }

    /// The problem that covers a path: the nearest at or above it, a folder or pattern for what stands in it.
    pub fn problem_at(&self, path: &Path) -> Option<&Problem> {
        self.problems
            .iter()
            .filter(|(at, _)| path.is_covered_by(at))
            .max_by_key(|(at, _)| (at.depth(), at.last().map_or(0, str::len)))
            .map(|(_, problem)| problem)
    }
}
