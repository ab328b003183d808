//! What the process was started with. The one place that reads environment variables.
#![allow(clippy::disallowed_methods, reason = "the one place that the ban points to")]

use super::ColorChoice;
use super::error::Error;
use super::explore::Look;
use super::output::note;
use crate::base::text::escape;
use crate::model::redaction::Redactor;
use crate::reference::clipboard::Surroundings;
use crate::reference::{Configuration, Folders, Workspace, redaction_key};
use crate::tui::Settings;
use crate::tui::glyphs::GlyphChoice;
use crate::tui::terminal::Mouse;
use crate::tui::tree::layout::Arrangement;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::{Path, PathBuf};

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
    /// The key under which captures hide secrets, named with `--redaction-key`.
    pub redaction_key: Option<PathBuf>,
    /// What is meant for the explorer.
    explorer: Explorer,
}

/// What variables say to the explorer.
struct Explorer {
    theme: Option<String>,
    mouse: Option<String>,
    ascii: bool,
    slow: bool,
    surroundings: Surroundings,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_on = |name: &str| var(name).is_some_and(|value| value != "0");
        Self {
            no_color: var("NO_COLOR").is_some(),
            term: var("TERM").unwrap_or_default(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(var).unwrap_or_default(),
            stdout_is_terminal: stdout().is_terminal(),
            stderr_is_terminal: stderr().is_terminal(),
            stdin_is_terminal: stdin().is_terminal(),
            folder: std::env::current_dir().unwrap_or_default(),
            config: None,
            redaction_key: None,
            explorer: Explorer {
                theme: var("DRIFTGLASS_THEME"),
                mouse: var("DRIFTGLASS_MOUSE"),
                ascii: is_on("DRIFTGLASS_ASCII"),
                slow: is_on("DRIFTGLASS_SLOW"),
                surroundings: Surroundings {
                    tmux: var("TMUX").is_some(),
                    screen: var("STY").is_some(),
                    ssh: var("SSH_TTY").or_else(|| var("SSH_CONNECTION")).is_some(),
                    wayland: var("WAYLAND_DISPLAY").is_some(),
                    x11: var("DISPLAY").is_some(),
                    mac: cfg!(target_os = "macos"),
                    ..Surroundings::default()
                },
            },
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
        if let Some(file) = &self.redaction_key {
            workspace.context_mut().capture.redactor = redactor(file)?;
        }
        Ok(workspace)
    }

    /// What the explorer needs to know of the terminal, from its options and the environment.
    pub(super) fn settings(&self, choice: ColorChoice, look: &Look) -> Result<Settings, Error> {
        let explorer = &self.explorer;
        let mono = || (choice == ColorChoice::Never).then(|| "mono".to_owned());
        let no_color = self.no_color && choice != ColorChoice::Always;
        let word = explorer.mouse.as_deref();
        let level = word.map(|word| {
            Mouse::ALL
                .into_iter()
                .find(|level| level.word() == word)
                .ok_or_else(|| Error::usage(format!("DRIFTGLASS_MOUSE is {word:?}"), "it is one of wheel, full, off"))
        });
        let mouse = look.mouse.map(Mouse::from).map_or_else(|| level.unwrap_or(Ok(Mouse::Wheel)), Ok)?;
        let state = Folders::of_user().map(|folders| folders.state);
        let surroundings = Surroundings {
            last_copy: state.as_ref().map(|folder| folder.join("last-copy")),
            ..explorer.surroundings.clone()
        };
        Ok(Settings {
            theme: look.theme.clone().or_else(mono).or_else(|| explorer.theme.clone()),
            no_color,
            glyphs: if look.ascii || explorer.ascii { GlyphChoice::Ascii } else { GlyphChoice::Auto },
            term: self.term.clone(),
            locale: self.locale.clone(),
            slow: (look.slow || explorer.slow).then_some(true),
            mouse,
            arrangement: look.layout.map(Arrangement::from),
            shows_same: look.show_same,
            filter: look.filter.clone(),
            surroundings,
            state,
        })
    }

    /// Whether to write colours to standard output.
    pub(super) fn colour(&self, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.stdout_is_terminal && !self.no_color && self.term != "dumb",
        }
    }
}

/// What hides under the key in a file.
fn redactor(file: &Path) -> Result<Redactor, Error> {
    let (key, is_open) = redaction_key(file)
        .map_err(|error| Error::usage(error.to_string(), "`driftglass config --new-redaction-key FILE` makes one"))?;
    if is_open {
        note(&format!("{}: others can read this key; chmod 600 keeps it yours", escape(&file.to_string_lossy())));
    }
    Ok(Redactor::with_key(key))
}
