//! What the configuration files say together.

use super::{REHEARSALS, Reference, Source, Which};
use crate::model::Meta;
use crate::policy::{self, Acceptances, Policy, Remark, Role};
use crate::risk::{RuleError, Rules};
use crate::store::{self, Folders, StoreError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How an environment is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What its name stands for.
    pub reference: Reference,
    /// What it is for, where that is said.
    pub role: Option<Role>,
    /// Where that is said: the file, the place in it and the key.
    pub place: String,
}

impl Reach {
    /// Whether an environment of this name is pushed to: by its role, else by its name.
    pub fn is_target(&self, name: &str) -> bool {
        let role = self.role.map(|role| role.word().to_owned());
        Meta { label: name.to_owned(), role, ..Meta::default() }.is_target()
    }
}

/// The environments by name.
pub type Reaches = BTreeMap<String, Reach>;

/// What is in force, and where it was said.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// All files together.
    pub policy: Policy,
    /// The files in the order in which they were read.
    pub files: Vec<PathBuf>,
    /// What to warn of: the file and its place, in words.
    pub warnings: Vec<String>,
    /// How the environments are reached.
    pub environments: Reaches,
    /// Where acceptances are kept, or would be.
    pub acceptances: PathBuf,
    /// Where the repository's files are read.
    source: Source,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it says is wrong: each mistake on a line with its file and place.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
}

/// What a repository's policy is called.
pub const POLICY: &str = "driftglass.toml";
/// What a repository's own rules are called.
pub const RULES: &str = "driftglass.rules.toml";
/// The folder of the user's own, in the folder of the configuration.
const OF_USER: &str = "risk.d";

/// The rules that are in force: those of the program, then the user's own (`risk.d/*.toml`), then the repository's
/// nearest `driftglass.rules.toml`.
///
/// # Errors
/// A file cannot be read, or is wrong: then none of them counts.
pub fn rules(source: &Source, folders: Option<&Folders>) -> Result<Rules, ConfigurationError> {
    let own = folders.map(|folders| store::files(&folders.configuration.join(OF_USER), "toml")).unwrap_or_default();
    let mut read: Vec<(String, String)> = Vec::new();
    for file in own {
        let text = store::configuration(&file)?;
        read.push((file.display().to_string(), text));
    }
    if let Some(file) = source.nearest(RULES) {
        read.extend(source.text(&file)?.map(|text| (source.shown(&file), text)));
    }
    let texts: Vec<(&str, &str)> = read.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let wrong = |error: RuleError| ConfigurationError::Wrong(error.to_string().lines().map(str::to_owned).collect());
    Rules::with_user(&texts).map_err(wrong)
}

/// What a list of past incidents is called.
const INCIDENTS: &str = "incidents.toml";

/// The user's list of past incidents with its file: the one that was named, else the nearest. `None` where there is
/// none.
///
/// # Errors
/// It cannot be read.
pub fn incidents(folder: &Path, named: Option<&Path>) -> Result<Option<(PathBuf, String)>, StoreError> {
    let Some(file) = named.map(Path::to_owned).or_else(|| store::nearest(folder, INCIDENTS)) else { return Ok(None) };
    let text = store::configuration(&file)?;
    Ok(Some((file, text)))
}

impl Configuration {
    /// Reads the user's own file and the repository's.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub fn find(source: &Source, folders: Option<&Folders>) -> Result<Self, ConfigurationError> {
        let mut all = Self { acceptances: source.acceptances(), source: source.clone(), ..Self::default() };
        if let Some(own) = folders.map(store::own_configuration).filter(|path| path.exists()) {
            all.read(&Source::default(), &own)?;
        }
        if let Some(file) = source.nearest(POLICY) {
            all.read(source, &file)?;
        }
        all.warn_of_strangers();
        Ok(all)
    }

    /// Reads one file and nothing else; what it has accepted stands beside it.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub fn of_file(file: &Path) -> Result<Self, ConfigurationError> {
        let mut all = Self { acceptances: file.with_file_name(store::ACCEPTANCES), ..Self::default() };
        all.read(&Source::default(), file)?;
        all.warn_of_strangers();
        Ok(all)
    }

    /// What has been accepted, and what to warn of; nothing where there is no such file.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub fn accepted(&self) -> Result<(Acceptances, Vec<String>), ConfigurationError> {
        let text = self.accepted_text()?;
        let (acceptances, warnings) = policy::accept::parse(&text).map_err(|wrong| self.wrong(&wrong))?;
        let shown = self.source.shown(&self.acceptances);
        Ok((acceptances, warnings.iter().map(|remark| placed(&shown, remark)).collect()))
    }

    /// The text of the file of acceptances; empty where there is none.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn accepted_text(&self) -> Result<String, ConfigurationError> {
        Ok(self.source.text(&self.acceptances)?.unwrap_or_default())
    }

    /// Edits the file of acceptances, whole or not at all, and one edit after the other.
    ///
    /// # Errors
    /// Those of the edit, and when the file cannot be read or written.
    pub fn edit_accepted<E: From<ConfigurationError>>(
        &self,
        edit: impl FnOnce(&str) -> Result<String, E>,
    ) -> Result<(), E> {
        if let Source::Commit { .. } = self.source {
            let what = format!("{}: a commit is not edited", self.source.shown(&self.acceptances));
            return Err(ConfigurationError::Wrong(vec![what]).into());
        }
        store::one_at_a_time(&self.acceptances, || {
            let text = edit(&self.accepted_text()?)?;
            let written = store::write(&self.acceptances, |out| out.write_all(text.as_bytes()));
            written.map_err(|error| ConfigurationError::from(error).into())
        })
    }

    /// A relation between environments that nobody has named says nothing, and looks as if it held, and a filter of the
    /// gate that speaks of one matches nothing: a mistyped name.
    fn warn_of_strangers(&mut self) {
        if self.environments.is_empty() {
            return;
        }
        for relation in &self.policy.relations {
            let is_named = |name: &str| self.environments.contains_key(name);
            let is_known = |name: &str| ["test", "target"].contains(&name) || is_named(name);
            for name in relation.between.iter().filter(|name| !is_known(name)) {
                let what = format!("{}: between: no environment is called {name:?}", relation.place);
                self.warnings.push(what);
            }
            // Names alone say which pairs are meant; who is a target, a snapshot may know better.
            let is_one = relation.between.windows(2).all(|pair| pair[0] == pair[1]);
            if is_one && relation.between.first().is_some_and(|name| is_named(name)) {
                let what = format!("{}: between: one environment has no pair: this is never asked", relation.place);
                self.warnings.push(what);
            }
        }
        let gate = [&self.policy.gate.block, &self.policy.gate.needs_decision];
        for expression in gate.into_iter().flatten() {
            let is_known = |name: &str| ["left", "right"].contains(&name) || self.environments.contains_key(name);
            for name in expression.sides().into_iter().filter(|name| !is_known(name)) {
                self.warnings.push(format!("{}: no environment is called {name:?}", expression.place));
            }
        }
    }

    /// What to say where there are no two environments, which a check without references and a push are judged by: the
    /// place and what is missing. `None` where no file was read.
    pub fn too_few(&self) -> Option<String> {
        const COMPARED: &str = "`driftglass check` and the hook compare two or more";
        if self.environments.len() > 1 {
            return None;
        }
        match self.environments.values().next() {
            Some(only) => Some(format!("{}: this is the only environment: {COMPARED}", only.place)),
            None => {
                let file = self.source.shown(self.files.last()?);
                Some(format!("{file}:1:1: environments: there is none: {COMPARED}"))
            }
        }
    }

    /// Whether anything is to be judged: there is more than what is watched, and how the explorer looks.
    pub fn asks(&self) -> bool {
        let Policy { environments, relations, gate, push, rehearsal, .. } = &self.policy;
        let is_limited = push.asks("").is_some() || rehearsal.asks("").is_some();
        !environments.is_empty() || !relations.is_empty() || *gate != policy::Gate::default() || is_limited
    }

    /// Where the repository's files are read.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Mistakes in the file of acceptances.
    pub fn wrong(&self, remarks: &[Remark]) -> ConfigurationError {
        let shown = self.source.shown(&self.acceptances);
        ConfigurationError::Wrong(remarks.iter().map(|remark| placed(&shown, remark)).collect())
    }

    /// The files of a commit that a judgement of it goes by: what the team says, and the snapshots.
    pub fn judged_by(&self) -> Vec<String> {
        let near = |name: &str| self.source.nearest(name).unwrap_or_else(|| name.into());
        let beside = self.source.nearest(POLICY).unwrap_or_default().with_file_name(REHEARSALS);
        let ours = [near(POLICY), self.acceptances.clone(), near(RULES), beside];
        let ours = ours.map(|path| path.to_string_lossy().into_owned());
        let snapshots = self.environments.values().filter_map(|reach| match &reach.reference {
            Reference::Git { path, .. } => Some(path.clone()),
            _ => None,
        });
        ours.into_iter().chain(snapshots).collect()
    }

    /// Whether any environment is reached by the store.
    pub fn asks_store(&self) -> bool {
        self.environments.values().any(|reach| matches!(reach.reference, Reference::Stored { .. }))
    }

    /// Whether it is known of any environment what it was at the time of an earlier commit: by a file of the commits, or
    /// by the store.
    pub fn has_history(&self) -> bool {
        let is_known = |reach: &Reach| {
            matches!(reach.reference, Reference::Git { .. } | Reference::Stored { which: Which::Newest, .. })
        };
        self.environments.values().any(is_known)
    }

    fn read(&mut self, source: &Source, file: &Path) -> Result<(), ConfigurationError> {
        let shown = source.shown(file);
        let text = source.text(file)?.ok_or_else(|| StoreError::Missing(file.to_owned()))?;
        let placed = |remark: &Remark| placed(&shown, remark);
        let (mut policy, warnings) =
            policy::parse(&text).map_err(|wrong| ConfigurationError::Wrong(wrong.iter().map(placed).collect()))?;
        policy.named(&shown);
        self.environments.extend(reaches(&policy, source, file)?);
        self.policy.add(policy);
        self.warnings.extend(warnings.iter().map(placed));
        self.files.push(file.to_owned());
        Ok(())
    }
}

/// A remark with its file before it.
fn placed(shown: &str, remark: &Remark) -> String {
    format!("{shown}:{remark}")
}

/// What the environments of a file stand for; files are meant as seen from the file's folder.
fn reaches(policy: &Policy, source: &Source, file: &Path) -> Result<Reaches, ConfigurationError> {
    let mut wrong = Vec::new();
    let mut out = Reaches::new();
    let folder = file.parent().unwrap_or(Path::new(""));
    for (name, environment) in &policy.environments {
        let stored = || format!("store:{name}");
        let text = environment.reach.as_ref().map_or_else(stored, |reach| reach.value.clone());
        let reference = match source.reference(&text, folder) {
            Ok(Reference::Environment(_)) => Err("an environment is not reached by way of another".to_owned()),
            Ok(reference) => Ok(reference),
            Err(error) => Err(error.to_string()),
        };
        match reference {
            Ok(reference) => {
                let (role, place) = (environment.role, environment.place.clone());
                out.insert(name.clone(), Reach { reference, role, place });
            }
            Err(why) => wrong.push(format!("{}: {why}", environment.place)),
        }
    }
    if wrong.is_empty() { Ok(out) } else { Err(ConfigurationError::Wrong(wrong)) }
}
