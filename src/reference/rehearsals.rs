//! Where rehearsals are kept: in the user's own list, and beside the policy where a team keeps them for its pushes.

use super::{Configuration, ConfigurationError, Source};
use crate::rehearsal::{Record, Records};
use crate::store::{self, Folders, StoreError};
use std::path::{Path, PathBuf};

/// What the list beside a policy is called.
pub const REHEARSALS: &str = "driftglass.rehearsal.json";
/// What the user's own is called, in the folder of the data.
const OF_USER: &str = "rehearsals.json";

impl Configuration {
    /// What has been rehearsed: by the list beside the policy, and by the user's own, as far as that was for this policy.
    ///
    /// # Errors
    /// A list is there and cannot be read.
    pub fn rehearsals(&self, folders: Option<&Folders>) -> Result<Records, ConfigurationError> {
        let beside = match self.beside() {
            Some(file) => read(self.source(), &file)?,
            None => Records::default(),
        };
        let own = folders.map(of_user).map(|file| read(&Source::Disk(PathBuf::new()), &file)).transpose()?;
        Ok(beside.with(own.unwrap_or_default().of(self.project().as_deref())))
    }

    /// Whose environments these are: the folder of the policy, in the main one of a repository's worktrees; none where
    /// there is no policy. What was rehearsed, or decided in a review, of another project's `production` says nothing of
    /// this one's.
    pub fn project(&self) -> Option<String> {
        let beside = self.beside()?;
        let folder = beside.parent().unwrap_or(Path::new(""));
        let folder = match self.source() {
            Source::Commit { repository, .. } => repository.home()?.join(folder),
            Source::Disk(_) => super::repository::in_home(&std::path::absolute(Path::new(".").join(folder)).ok()?),
        };
        Some(folder.components().collect::<PathBuf>().to_string_lossy().into_owned())
    }

    /// The list beside the policy that was read last, whether it is there or not.
    fn beside(&self) -> Option<PathBuf> {
        let policy = self.files.iter().rev().find(|file| file.file_name().is_some_and(|name| name != "config.toml"))?;
        Some(policy.with_file_name(REHEARSALS))
    }

    /// Keeps a rehearsal in the user's own list, and beside the policy where that asks for rehearsals. Gives back where.
    ///
    /// # Errors
    /// A list cannot be read or written.
    pub fn keep_rehearsal(
        &self,
        record: &Record,
        folders: Option<&Folders>,
    ) -> Result<Vec<PathBuf>, ConfigurationError> {
        let policy = &self.policy;
        let asks = policy.rehearsal.not_older_than.is_some() || policy.push.most_facts.is_some();
        let own = folders.map(of_user).map(|file| (file, self.project()));
        let files = own.into_iter().chain(self.beside().filter(|_| asks).map(|file| (file, None)));
        let files: Vec<(PathBuf, Option<String>)> = files.collect();
        for (file, project) in &files {
            let disk = Source::Disk(PathBuf::new());
            store::make_private_folder(file)?;
            store::one_at_a_time(file, || -> Result<(), ConfigurationError> {
                let mut records = read(&disk, file)?;
                records.add(Record { project: project.clone(), ..record.clone() });
                Ok(store::write(file, |out| out.write_all(records.to_text().as_bytes()))?)
            })?;
        }
        Ok(files.into_iter().map(|(file, _)| file).collect())
    }
}

fn of_user(folders: &Folders) -> PathBuf {
    folders.data.join(OF_USER)
}

fn read(source: &Source, file: &Path) -> Result<Records, ConfigurationError> {
    let text = match source.text(file) {
        Ok(text) => text,
        Err(ConfigurationError::Store(StoreError::Missing(_))) => None,
        Err(error) => return Err(error),
    };
    let Some(text) = text else { return Ok(Records::default()) };
    Records::parse(&text).map_err(|why| ConfigurationError::Wrong(vec![format!("{}: {why}", source.shown(file))]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test makes its own files")]

    use super::*;
    use crate::rehearsal::Verdict;

    #[test]
    fn a_rehearsal_is_kept_for_the_user_and_for_the_team_that_asks() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = Folders::beneath(folder.path());
        let policy = folder.path().join("driftglass.toml");
        let record = Record {
            environment: "production".into(),
            project: None,
            at: "2026-11-24T10:00:00Z".parse().expect("a time"),
            began: None,
            verdict: Verdict::Proved,
            restored: 3,
            left: 0,
            paths: Vec::new(),
            rollback_seconds: None,
            facts: 3,
            areas: std::collections::BTreeMap::new(),
            earlier: Vec::new(),
        };
        std::fs::write(&policy, "").expect("writes");
        let silent = Configuration::of_file(&policy).expect("reads");
        assert_eq!(silent.keep_rehearsal(&record, Some(&folders)).expect("keeps").len(), 1);
        assert!(!folder.path().join(REHEARSALS).exists(), "nobody asked");
        std::fs::write(&policy, "[rehearsal]\nnot-older-than = \"7d\"\n").expect("writes");
        let asking = Configuration::of_file(&policy).expect("reads");
        assert_eq!(asking.keep_rehearsal(&record, Some(&folders)).expect("keeps").len(), 2);
        for (configuration, folders) in [(&silent, Some(&folders)), (&asking, None)] {
            let known = configuration.rehearsals(folders).expect("reads");
            assert_eq!(known.list, std::slice::from_ref(&record));
        }
        let elsewhere = folder.path().join("elsewhere/driftglass.toml");
        std::fs::create_dir(elsewhere.parent().expect("a folder")).expect("a folder");
        std::fs::write(&elsewhere, "").expect("writes");
        let another = Configuration::of_file(&elsewhere).expect("reads").rehearsals(Some(&folders)).expect("reads");
        assert_eq!(another.list, [], "another project's production is another");
        std::fs::write(folder.path().join(REHEARSALS), "{").expect("writes");
        let wrong = asking.rehearsals(None).expect_err("no such file").to_string();
        assert!(wrong.contains(REHEARSALS), "{wrong}");
    }
}
