//! What the process was started with. The one place that reads environment variables.
#![allow(clippy::disallowed_methods, reason = "the one place that the ban points to")]

use super::error::Error;
use super::output::note;
use crate::base::text::escape;
use crate::reference::{Configuration, Folders, Workspace};
use crate::tui::Settings;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::PathBuf;

/// Variables and streams as they were at the start.
pub(super) struct Environment {
    /// `NO_COLOR` is set and not empty (no-color.org).
    pub no_color: bool,
    /// `TERM`.
    pub term: String,
    /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set, which decides the character set.
    pub locale: String,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether standard input is a terminal.
    pub stdin_is_terminal: bool,
    /// The folder that the user is in; empty where the system does not tell.
    pub folder: PathBuf,
    /// The configuration that was named with `--config`.
    pub config: Option<PathBuf>,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            no_color: var("NO_COLOR").is_some(),
            term: var("TERM").unwrap_or_default(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(var).unwrap_or_default(),
            stdout_is_terminal: stdout().is_terminal(),
            stderr_is_terminal: stderr().is_terminal(),
            stdin_is_terminal: stdin().is_terminal(),
            folder: std::env::current_dir().unwrap_or_default(),
            config: None,
        }
    }

    /// The user's store, and standard input for `-`.
    pub(super) fn workspace(&self) -> Result<Workspace, Error> {
        let folders = Folders::of_user().ok_or_else(|| {
            Error::usage("no home folder is known", "set HOME or XDG_DATA_HOME, where snapshots are kept")
        })?;
        Ok(Workspace::new(&folders.snapshots(), Some(Box::new(stdin()))))
    }

    /// What the configuration files say; what is wrong with them is an error.
    pub(super) fn configuration(&self) -> Result<Configuration, Error> {
        Ok(match &self.config {
            Some(file) => Configuration::of_file(file)?,
            None => Configuration::find(&self.folder, Folders::of_user().as_ref())?,
        })
    }

    /// As [`Environment::workspace`], for commands that may capture: captures look at what the configuration lists.
    pub(super) fn capturing(&self) -> Result<Workspace, Error> {
        let mut workspace = self.workspace()?;
        let configuration = self.configuration()?;
        for warning in &configuration.warnings {
            note(&escape(warning));
        }
        workspace.context_mut().capture.watch = configuration.policy.watch;
        Ok(workspace)
    }

    /// What the explorer needs to know of the terminal.
    pub(super) fn settings(&self, choice: super::ColorChoice) -> Settings {
        let theme = (choice == super::ColorChoice::Never).then(|| "mono".to_owned());
        let no_color = self.no_color && choice != super::ColorChoice::Always;
        Settings { theme, no_color, term: self.term.clone(), locale: self.locale.clone(), ..Settings::default() }
    }

    /// Whether to write colours to standard output.
    pub(super) fn colour(&self, choice: super::ColorChoice) -> bool {
        match choice {
            super::ColorChoice::Always => true,
            super::ColorChoice::Never => false,
            super::ColorChoice::Auto => self.stdout_is_terminal && !self.no_color && self.term != "dumb",
        }
    }
}
