//! Floor 2: what differences risk. Rules are data (`assets/risk/*.toml`, and the user's own): a pattern of paths, a kind of
//! difference, what happens, how bad and how likely that is, what to test. They are run over a
//! [`Comparison`](crate::compare::Comparison) and the facts that follow from it; what no rule speaks of has the default of
//! its area, which says that it is one. `docs/risk.md` explains the score.

mod around;
mod derived;
mod engine;
mod needs;
mod pattern;
mod read;
mod rule;
mod says;
mod score;
mod seen;
#[cfg(test)]
mod tests;
mod trigger;
mod walk;
mod words;

pub use engine::{Finding, Risks, Role};
pub use pattern::can_meet;
pub use read::RuleError;
pub use rule::{
    Beside, Case, Condition, Example, Fallback, Globs, Grade, Harm, Impact, Need, On, Pair, Reading, Rule, RuleIndex,
    Source, Stands, Step, Trigger, Where,
};
pub use says::{Ends, Says, without_sides};
pub use score::{Band, Bands, Cap, Clause, Score};
pub use words::Toward;

use crate::model::Path;
use needs::NeedPattern;
use pattern::{Goal, Patterns};
use read::Read;
use std::sync::{Arc, OnceLock};

/// The rules that come with the program, by file.
const BUILTIN: &[(&str, &str)] = &[
    ("caches.toml", include_str!("../../assets/risk/caches.toml")),
    ("compilers.toml", include_str!("../../assets/risk/compilers.toml")),
    ("containers.toml", include_str!("../../assets/risk/containers.toml")),
    ("crypto.toml", include_str!("../../assets/risk/crypto.toml")),
    ("deployments.toml", include_str!("../../assets/risk/deployments.toml")),
    ("directory.toml", include_str!("../../assets/risk/directory.toml")),
    ("dns.toml", include_str!("../../assets/risk/dns.toml")),
    ("env.toml", include_str!("../../assets/risk/env.toml")),
    ("filesystems.toml", include_str!("../../assets/risk/filesystems.toml")),
    ("hardware.toml", include_str!("../../assets/risk/hardware.toml")),
    ("hypervisor.toml", include_str!("../../assets/risk/hypervisor.toml")),
    ("identity.toml", include_str!("../../assets/risk/identity.toml")),
    ("kernel-modules.toml", include_str!("../../assets/risk/kernel-modules.toml")),
    ("kernel.toml", include_str!("../../assets/risk/kernel.toml")),
    ("libraries.toml", include_str!("../../assets/risk/libraries.toml")),
    ("limits.toml", include_str!("../../assets/risk/limits.toml")),
    ("locale.toml", include_str!("../../assets/risk/locale.toml")),
    ("network.toml", include_str!("../../assets/risk/network.toml")),
    ("os-release.toml", include_str!("../../assets/risk/os-release.toml")),
    ("package-repos.toml", include_str!("../../assets/risk/package-repos.toml")),
    ("runtimes.toml", include_str!("../../assets/risk/runtimes.toml")),
    ("security-modules.toml", include_str!("../../assets/risk/security-modules.toml")),
    ("time.toml", include_str!("../../assets/risk/time.toml")),
    ("timezone.toml", include_str!("../../assets/risk/timezone.toml")),
    ("defaults.toml", include_str!("../../assets/risk/defaults.toml")),
];

/// All rules that are in force, with the index that is walked beside a comparison. A copy is a reference.
#[derive(Clone, Debug)]
pub struct Rules {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    read: Read,
    /// Rules by what they look at, and the conditions of all.
    patterns: Patterns,
    /// Rules for what should differ and does not.
    identities: Patterns,
    fallbacks: Patterns,
    needs: Vec<NeedPattern>,
}

/// The rules that come with the program.
impl Default for Rules {
    fn default() -> Self {
        Self::builtin().clone()
    }
}

impl Rules {
    /// The rules that come with the program.
    pub fn builtin() -> &'static Rules {
        static RULES: OnceLock<Rules> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "the rules are part of the program; a test reads them")]
        RULES.get_or_init(|| Self::of(Self::builtin_read().expect("assets/risk is read by a test")))
    }

    fn builtin_read() -> Result<Read, RuleError> {
        let mut read = Read::default();
        for (file, text) in BUILTIN {
            read.add(file, text, true)?;
        }
        Ok(read)
    }

    /// The rules that come with the program, with the user's own: each file with its name and text, in the order in which
    /// they count.
    ///
    /// # Errors
    /// The first file that is wrong, with all that is wrong in it; then none of the files counts.
    pub fn with_user(files: &[(&str, &str)]) -> Result<Rules, RuleError> {
        if files.is_empty() {
            return Ok(Self::builtin().clone());
        }
        let mut read = Self::builtin().inner.read.clone();
        for (file, text) in files {
            read.add(file, text, false)?;
        }
        Ok(Self::of(read))
    }

    fn of(read: Read) -> Self {
        let (mut patterns, mut identities, mut fallbacks) = (Patterns::new(), Patterns::new(), Patterns::new());
        let mut needs = Vec::new();
        for (at, rule) in (0_u16..).zip(&read.rules) {
            let is_of_identity = |trigger: &Trigger| trigger.equal || trigger.secret;
            for path in &rule.paths {
                if rule.triggers.iter().any(is_of_identity) {
                    identities.add(path, Goal::Rule(at), false);
                }
                if !rule.triggers.iter().all(is_of_identity) {
                    patterns.add(path, Goal::Rule(at), false);
                }
            }
            for path in &rule.except {
                identities.add(path, Goal::Except(at), false);
                patterns.add(path, Goal::Except(at), false);
            }
            for (need_at, need) in rule.needs.iter().enumerate() {
                for path in &need.paths {
                    patterns.add(path, Goal::Need(needs.len() as u32), true);
                    needs.push(NeedPattern::new(at, need_at, path));
                }
            }
        }
        for (at, fallback) in (0_u16..).zip(&read.fallbacks) {
            for path in &fallback.paths {
                fallbacks.add(path, Goal::Fallback(at), false);
            }
        }
        for automaton in [&mut patterns, &mut identities, &mut fallbacks] {
            automaton.seal();
        }
        Self { inner: Arc::new(Inner { read, patterns, identities, fallbacks, needs }) }
    }

    /// All rules, those of the program in the order of their files, then the user's.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.inner.read.rules.iter()
    }

    /// What is said where no rule speaks.
    pub fn fallbacks(&self) -> &[Fallback] {
        &self.inner.read.fallbacks
    }

    /// What is said of a difference at a path where no rule fires.
    pub fn fallback_of(&self, path: &Path) -> Option<&Fallback> {
        let goals = self.inner.fallbacks.find(path).into_iter();
        let places = goals.filter_map(|goal| if let Goal::Fallback(at) = goal { Some(usize::from(at)) } else { None });
        let fits = |at: &usize| self.fallbacks().get(*at).is_some_and(|fallback| !fallback.is_of_shared);
        self.fallbacks().get(places.filter(fits).min()?)
    }

    /// Rules of the program that a file of the user's switches off, each with the file.
    pub fn switched_off(&self) -> &[(String, Arc<str>)] {
        &self.inner.read.off
    }

    /// Rules of the program that a file of the user's changes, each with the file.
    pub fn changed(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_program = |rule: &&Rule| !rule.origin.is_empty() && Self::builtin().named(&rule.id).is_some();
        self.iter().filter(of_program).map(|rule| (rule.id.as_str(), &*rule.origin))
    }

    /// What to warn of in the files of the user's: each a line with file, place and key.
    pub fn warnings(&self) -> &[String] {
        &self.inner.read.warnings
    }

    /// The rule of this name.
    pub fn named(&self, id: &str) -> Option<&Rule> {
        self.iter().find(|rule| rule.id == id)
    }

    /// The rule at a place.
    pub fn get(&self, at: RuleIndex) -> Option<&Rule> {
        self.inner.read.rules.get(usize::from(at))
    }

    /// The rules that look at a path.
    pub fn of_path(&self, path: &Path) -> Vec<&Rule> {
        let places = self.inner.patterns.rules(path).into_iter().chain(self.inner.identities.rules(path));
        let mut found: Vec<&Rule> = places.filter_map(|at| self.get(at)).collect();
        found.dedup_by(|a, b| a.id == b.id);
        found
    }

    /// Names that are written most like one that is not there, the best first.
    pub fn nearest(&self, id: &str, most: usize) -> Vec<&str> {
        let mut scored: Vec<(f64, &str)> =
            self.iter().map(|rule| (strsim::jaro_winkler(id, &rule.id), rule.id.as_str())).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(most).filter(|(score, _)| *score >= 0.8).map(|(_, id)| id).collect()
    }
}
