//! `[push]`: what the changed files of a push have to do with, so that its own differences are shown first.

use super::Pattern;
use super::explorer::{Placed, place};
use super::relation::Then;
use super::taken::{Given, Taker};
use crate::model::place::{Places, Remark};
use globset::{Glob, GlobBuilder, GlobSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The most globs of one file.
const ENTRIES: usize = 1000;
/// The longest glob, in bytes: a path on Linux.
const LENGTH: usize = 4096;
/// How many files are kept for each of what they touch: enough to name.
const NAMED: usize = 3;

/// What is asked of a push.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Push {
    /// What files touch by their globs, as they are written.
    pub touches: BTreeMap<String, Touch>,
    /// How many facts a push may change, by its rehearsal.
    pub most_facts: Option<u32>,
    /// What it means that it changes more: it blocks, where that is not said.
    pub then: Option<Then>,
}

/// What the files of one glob touch.
#[derive(Clone, Debug, PartialEq)]
pub struct Touch {
    glob: Glob,
    /// Paths of facts; none for files that touch nothing.
    pub means: Placed<Vec<Pattern>>,
}

/// Paths of facts that a push has to do with.
#[derive(Clone, Debug)]
pub struct Touched {
    /// At it and beneath.
    pub pattern: Pattern,
    /// The first few of the files that touch it.
    pub files: Vec<String>,
    /// How many there are.
    pub count: usize,
}

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct PushSection {
    touches: BTreeMap<String, Spanned<toml::Value>>,
    most_facts: Given,
    then: Given,
}

/// What is known of files without a policy.
const BUILT_IN: &str = include_str!("../../assets/push.toml");

impl Push {
    /// The map that counts where a policy says nothing of a file.
    pub fn built_in() -> Self {
        super::parse(BUILT_IN).map(|(policy, _)| policy.push).unwrap_or_default()
    }

    /// Takes over what another file says; of one glob the later one wins.
    pub(super) fn add(&mut self, other: Push) {
        self.touches.extend(other.touches);
        self.most_facts = other.most_facts.or(self.most_facts);
        self.then = other.then.or(self.then);
    }

    /// What changed files have to do with, by the text of the path. Of a file that a glob of the policy matches only the
    /// policy speaks, else the built-in map.
    pub fn touched<'f>(&self, files: impl IntoIterator<Item = &'f str>) -> Vec<Touched> {
        let maps = [Matcher::of(&self.touches), Matcher::of(&Self::built_in().touches)];
        let mut touched: BTreeMap<String, Touched> = BTreeMap::new();
        for file in files {
            let Some(patterns) = maps.iter().find_map(|map| map.of_file(file)) else { continue };
            for pattern in patterns {
                let entry = touched.entry(pattern.to_string()).or_insert_with(|| Touched {
                    pattern: pattern.clone(),
                    files: Vec::new(),
                    count: 0,
                });
                entry.count += 1;
                if entry.files.len() < NAMED {
                    entry.files.push(file.to_owned());
                }
            }
        }
        touched.into_values().collect()
    }
}

/// All globs of a map at once.
struct Matcher {
    set: GlobSet,
    means: Vec<Vec<Pattern>>,
}

impl Matcher {
    fn of(touches: &BTreeMap<String, Touch>) -> Self {
        let globs = touches.values().map(|touch| touch.glob.clone());
        // Each has been read by itself; together they fail only over a bound on their size.
        let set = GlobSet::new(globs).unwrap_or_else(|_| GlobSet::empty());
        Self { set, means: touches.values().map(|touch| touch.means.value.clone()).collect() }
    }

    /// What a file touches, each once; `None` where no glob means it.
    fn of_file(&self, file: &str) -> Option<Vec<&Pattern>> {
        let found = self.set.matches(file);
        if found.is_empty() {
            return None;
        }
        let mut patterns: Vec<&Pattern> = found.iter().filter_map(|at| self.means.get(*at)).flatten().collect();
        patterns.sort_by_cached_key(ToString::to_string);
        patterns.dedup();
        Some(patterns)
    }
}

pub(super) fn checked(
    section: PushSection,
    places: &Places<'_>,
    wrong: &mut Vec<Remark>,
    warnings: &mut Vec<Remark>,
) -> Push {
    let mut taker = Taker::new(places, wrong);
    let mut touches = BTreeMap::new();
    for (at, (text, means)) in section.touches.into_iter().enumerate() {
        let span = means.span();
        if at == ENTRIES {
            taker.wrong(span, format!("there are more than {ENTRIES} globs"));
            break;
        }
        let glob = match glob(&text) {
            Ok(glob) => Some(glob),
            Err(why) => {
                taker.wrong(span.clone(), why);
                None
            }
        };
        let given: Given = Some(means);
        let Some(paths) = taker.texts(given) else { continue };
        let mut patterns = Vec::new();
        for path in paths.get_ref() {
            match Pattern::parse(path) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => taker.wrong(paths.span(), format!("{path:?}: {why}")),
            }
        }
        for pattern in patterns.iter().filter(|pattern| !pattern.is_known()) {
            let what = format!("captures have no facts at {pattern}: it touches nothing that they see");
            warnings.push(places.remark(span.clone(), what));
        }
        if let Some(glob) = glob {
            let means = Placed { place: place(places, &span), value: patterns };
            touches.insert(text, Touch { glob, means });
        }
    }
    let most_facts = taker.taken(section.most_facts, "a whole number of 1 or more", |value| {
        value.as_integer().and_then(|most| u32::try_from(most).ok()).filter(|most| *most > 0)
    });
    let then = Then::taken(section.then, &mut taker);
    Push { touches, most_facts: most_facts.map(Spanned::into_inner), then }
}

/// A glob of files from the top of a repository, read as in gitignore(5): without a slash it means a name in any folder.
fn glob(text: &str) -> Result<Glob, String> {
    if text.len() > LENGTH {
        return Err(format!("it has more than {LENGTH} bytes"));
    }
    let bare = text.strip_prefix('/').unwrap_or(text);
    if bare.is_empty() || text.ends_with('/') {
        return Err("it names files: a folder is written as in `nginx/**`".to_owned());
    }
    let whole = if text.contains('/') { bare.to_owned() } else { format!("**/{bare}") };
    let glob = GlobBuilder::new(&whole).literal_separator(true).empty_alternates(true).build();
    glob.map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(policy: &str, files: &[&str]) -> Vec<String> {
        let (policy, _) = crate::policy::parse(policy).expect("sound");
        policy.push.touched(files.iter().copied()).iter().map(|touched| touched.pattern.to_string()).collect()
    }

    #[test]
    fn the_built_in_map_is_sound_and_knows_the_usual_files() {
        let (policy, warnings) = crate::policy::parse(BUILT_IN).expect("sound");
        assert_eq!(warnings, []);
        assert!(policy.push.touches.len() > 50);
        assert_eq!(Push::built_in(), policy.push);
        for (file, area) in [
            ("Dockerfile", "libraries"),
            ("web/Dockerfile.prod", "os"),
            ("infra/main.tf", "dns"),
            ("requirements-dev.txt", "libraries.python"),
            ("app/package-lock.json", "libraries.node"),
            ("Cargo.lock", "libraries.rust"),
            ("deploy/nginx/sites/a.conf", "cache.edge"),
            ("ansible/roles/web/tasks/main.yml", "configuration"),
            ("files/sysctl.d/90-net.conf", "os.sysctl"),
            ("docker-compose.yml", "deployments.containers"),
            ("compose.yaml", "deployments.containers"),
            (".env.production", "os.environment"),
        ] {
            assert!(touched("", &[file]).iter().any(|text| text == area), "{file}: {:?}", touched("", &[file]));
        }
        assert_eq!(touched("", &["README.md", "src/main.rs", "snapshots/staging.json"]), [] as [String; 0]);
    }

    #[test]
    fn the_policy_extends_the_map_and_overrides_it() {
        let policy =
            "[push.touches]\n\"infra/dns/*.tf\" = \"dns\"\n\"Dockerfile\" = []\n\"src/**\" = [\"os\", \"dns\"]\n";
        assert_eq!(touched(policy, &["infra/dns/zone.tf"]), ["dns"]);
        assert!(touched(policy, &["infra/net/a.tf"]).contains(&"network".to_owned()), "the others stay");
        assert_eq!(touched(policy, &["Dockerfile", "web/Dockerfile"]), [] as [String; 0]);
        assert_eq!(touched(policy, &["src/a/b.c", "other/src/a"]), ["dns", "os"], "from the top of the repository");
        let (policy, _) = crate::policy::parse(policy).expect("sound");
        let touched = policy.push.touched(["src/1", "src/2", "src/3", "src/4"]);
        assert_eq!((touched[0].count, touched[0].files.len()), (4, NAMED));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let text =
            "[push]\nwhen = 1\n[push.touches]\n\"a/\" = \"os\"\n\"[a\" = \"os\"\nb = 3\nc = \"a..b\"\nd = \"dsn\"\n";
        let wrong: Vec<String> =
            crate::policy::parse(text).expect_err("wrong").iter().map(ToString::to_string).collect();
        let expected = [
            "2:1: push.when: this version knows no such key; it is left out",
            "4:8: push.touches.\"a/\": it names files: a folder is written as in `nginx/**`",
            "5:8: push.touches.\"[a\": ",
            "6:5: push.touches.b: it is a text in quotes, or a list of them",
            "7:5: push.touches.c: \"a..b\": a key is missing",
            "8:5: push.touches.d: captures have no facts at dsn: it touches nothing that they see",
        ];
        assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
        for (line, expected) in wrong.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line}");
        }
        let (_, warnings) = crate::policy::parse("[push.touches]\nd = \"dsn.x\"\n").expect("sound");
        assert_eq!(warnings.len(), 1);
    }
}
