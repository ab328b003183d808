//! What the process was started with. The one place that reads environment variables.
#![allow(clippy::disallowed_methods, reason = "the one place that the ban points to")]

use super::ColorChoice;
use super::error::Error;
use super::explore::Look;
use super::output::note;
use crate::assess::Ruling;
use crate::base::text::escape;
use crate::escape::Incident;
use crate::filter::{self, Saved};
use crate::model::redaction::Redactor;
use crate::policy;
use crate::reference::clipboard::Surroundings;
use crate::reference::{Configuration, Folders, Source, Workspace, incidents, redaction_key, rules, user};
use crate::risk::Rules;
use crate::tui::Settings;
use crate::tui::accept::desk::Desk;
use crate::tui::glyphs::GlyphChoice;
use crate::tui::keymap::Keymap;
use crate::tui::review::begin::Office;
use crate::tui::terminal::Mouse;
use crate::tui::tree::layout::Arrangement;
use jiff::civil::Date;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Variables and streams as they were at the start.
#[derive(Clone)]
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
    /// This program; empty where the system does not tell.
    pub program: PathBuf,
    /// The configuration that was named with `--config`.
    pub config: Option<PathBuf>,
    /// The key under which captures hide secrets, named with `--redaction-key`.
    pub redaction_key: Option<PathBuf>,
    /// `USER`, else `LOGNAME`: who works here where git does not tell.
    pub user: Option<String>,
    /// Whether a conversation in lines is wanted: by a reader's sign, or because the terminal can do no more.
    pub is_plain: bool,
    /// Where the policy and what it leads to are read, if not as they lie in the folder.
    pub source: Option<Source>,
    /// Whether nothing is said of what is no reason to stop.
    pub is_quiet: bool,
    /// `CI` is set: nobody sits at the terminal.
    pub is_ci: bool,
    /// `DRIFTGLASS_SKIP`: why a push is not to be judged; set and empty too.
    pub skip: Option<String>,
    /// What the pre-commit framework says of a push.
    pub pre_commit: PreCommit,
    /// What is meant for the explorer.
    explorer: Explorer,
}

/// What the pre-commit framework says of a push, which takes git's list for itself.
#[derive(Clone, Default)]
pub(super) struct PreCommit {
    /// Whether it runs us.
    pub is_running: bool,
    /// From where: what the remote has.
    pub from: Option<String>,
    /// To where.
    pub to: Option<String>,
    /// What the branch is called here.
    pub local: Option<String>,
    /// What the branch is called there.
    pub branch: Option<String>,
    /// What the remote is called.
    pub remote: Option<String>,
}

/// What variables say to the explorer.
#[derive(Clone)]
struct Explorer {
    theme: Option<String>,
    mouse: Option<String>,
    ascii: bool,
    slow: bool,
    announce: bool,
    pager: Option<String>,
    editor: Option<String>,
    surroundings: Surroundings,
}

/// The keys that the configuration chooses, without what cannot be a key, which is told.
fn keys(own: &policy::explorer::Explorer, told: &mut Vec<String>) -> Keymap {
    let set = own.key_set.as_ref();
    let choices = own.keys.iter().map(|(name, keys)| (name.as_str(), keys.value.as_slice()));
    let (keymap, wrong) = Keymap::new(set.map(|set| set.value.as_str()), choices);
    for (name, words) in wrong {
        let place = if name == "set" { set.map(|set| &set.place) } else { own.keys.get(&name).map(|keys| &keys.place) };
        told.push(format!("{}: {words}", place.map_or("", String::as_str)));
    }
    keymap
}

/// The filters that the configuration saves, without what is no filter, which is told.
fn saved(own: &policy::explorer::Explorer, told: &mut Vec<String>) -> Saved {
    let mut saved: Saved = own.filters.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
    for (name, text) in &own.filters {
        let wrong = match filter::parse_with(&text.value, &saved) {
            _ if !filter::saved::is_name(name) => "a name has letters, digits, - and _".to_owned(),
            Err(error) => error.message,
            Ok(_) => continue,
        };
        told.push(format!("{}: {wrong}", text.place));
        saved.remove(name);
    }
    saved
}

/// The themes that the user made, by name.
fn themes(folders: Option<&Folders>) -> Vec<(String, String)> {
    folders.map(|folders| user::themes(&folders.configuration.join("themes"))).unwrap_or_default()
}

/// All that is wrong with what a configuration says of the explorer.
pub(super) fn mistakes(own: &policy::explorer::Explorer) -> Vec<String> {
    let mut told = own.wrong.clone();
    keys(own, &mut told);
    saved(own, &mut told);
    if let Some(theme) = own.settings.get("theme") {
        let themes = themes(Folders::of_user().as_ref());
        let settings = Settings { theme: Some(theme.value.clone()), themes, ..Settings::default() };
        told.extend(settings.theme().err().map(|error| format!("{}: {error}", theme.place)));
    }
    told
}

/// Says each, where it is no reason to stop.
fn tell(wrong: &[String]) {
    wrong.iter().for_each(|wrong| note(&escape(wrong)));
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
            program: std::env::current_exe().unwrap_or_default(),
            config: None,
            redaction_key: None,
            user: var("USER").or_else(|| var("LOGNAME")),
            is_plain: is_on("ACCESSIBLE")
                || is_on("DRIFTGLASS_PLAIN")
                || (stdout().is_terminal() && var("TERM").as_deref() == Some("dumb")),
            source: None,
            is_quiet: false,
            is_ci: var("CI").is_some(),
            skip: std::env::var_os("DRIFTGLASS_SKIP").map(|reason| reason.to_string_lossy().into_owned()),
            pre_commit: PreCommit {
                is_running: var("PRE_COMMIT").is_some(),
                from: var("PRE_COMMIT_FROM_REF"),
                to: var("PRE_COMMIT_TO_REF"),
                local: var("PRE_COMMIT_LOCAL_BRANCH"),
                branch: var("PRE_COMMIT_REMOTE_BRANCH"),
                remote: var("PRE_COMMIT_REMOTE_NAME"),
            },
            explorer: Explorer {
                theme: var("DRIFTGLASS_THEME"),
                mouse: var("DRIFTGLASS_MOUSE"),
                ascii: is_on("DRIFTGLASS_ASCII"),
                slow: is_on("DRIFTGLASS_SLOW"),
                announce: is_on("DRIFTGLASS_ANNOUNCE"),
                pager: var("PAGER"),
                editor: var("VISUAL").or_else(|| var("EDITOR")),
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
            None => Configuration::find(&self.source(), Folders::of_user().as_ref())?,
        })
    }

    /// The rules of risk that are in force, the user's own with them.
    pub(super) fn rules(&self) -> Result<Rules, Error> {
        let rules = rules(&self.source(), Folders::of_user().as_ref())?;
        self.tell(rules.warnings());
        Ok(rules)
    }

    /// Where the policy is read: as it lies in the folder that the user is in, if nothing else was said.
    fn source(&self) -> Source {
        self.source.clone().unwrap_or_else(|| Source::Disk(self.folder.clone()))
    }

    /// Whether the policy is read from a commit.
    pub(super) fn is_of_commit(&self) -> bool {
        matches!(self.source, Some(Source::Commit { .. }))
    }

    /// Where reviews are kept, and by whom; of no project yet.
    pub(super) fn office(&self, reviewer: Option<String>) -> Office {
        let (state, policy) = (Folders::of_user().map(|folders| folders.state), self.config.clone());
        Office { state, project: None, reviewer, policy, folder: self.folder.clone() }
    }

    /// Where acceptances are written: in the files as they lie there, as a commit is not edited.
    pub(super) fn desk(&self) -> Result<Desk, Error> {
        let on_disk = self.is_of_commit().then(|| Self { source: None, ..self.clone() });
        let configuration = on_disk.and_then(|on_disk| on_disk.configuration().ok());
        let configuration = configuration.map_or_else(|| self.configuration(), Ok)?;
        Ok(Desk { configuration, author: self.author() })
    }

    /// Says each, where it is no reason to stop.
    fn tell(&self, wrong: &[String]) {
        wrong.iter().filter(|_| !self.is_quiet).for_each(|wrong| note(&escape(wrong)));
    }

    /// What a comparison is held against, as of a day: today, where none is said. What is wrong is an error.
    pub(super) fn ruling(&self, day: Option<Date>) -> Result<Ruling, Error> {
        let configuration = self.configuration()?;
        let (acceptances, warnings) = configuration.accepted()?;
        self.tell(&warnings);
        let rehearsals = configuration.rehearsals(Folders::of_user().as_ref())?;
        let (rules, today) = (self.rules()?, day.unwrap_or_else(today));
        Ok(Ruling { policy: configuration.policy, rules, acceptances, rehearsals, incidents: None, today })
    }

    /// As [`Environment::ruling`], with the nearest list of incidents.
    pub(super) fn ruling_with_incidents(&self) -> Result<Ruling, Error> {
        let mut ruling = self.ruling(None)?;
        ruling.incidents = self.incidents(None, &ruling.rules)?;
        Ok(ruling)
    }

    /// The user's incidents: of the file that was named, else of the nearest; `None` where there is no list.
    pub(super) fn incidents(&self, named: Option<&Path>, rules: &Rules) -> Result<Option<Vec<Incident>>, Error> {
        let Some((file, text)) = incidents(&self.folder, named)? else { return Ok(None) };
        let placed = |remark: &dyn std::fmt::Display| format!("{}:{remark}", file.display());
        let (list, warnings) = crate::escape::parse(&text, |name| rules.named(name).is_some()).map_err(|wrong| {
            let lines: Vec<String> = wrong.iter().map(|remark| placed(remark)).collect();
            Error::usage(lines.join("\n"), "an incident has a date, caught = true or false, and a path or a rule")
        })?;
        self.tell(&warnings.iter().map(|remark| placed(remark)).collect::<Vec<_>>());
        Ok(Some(list))
    }

    /// As [`Environment::workspace`], for commands that may capture: captures look at what the configuration lists.
    pub(super) fn capturing(&self) -> Result<Workspace, Error> {
        let mut workspace = self.workspace()?;
        let configuration = self.configuration()?;
        self.tell(&configuration.warnings);
        self.tell(&configuration.policy.explorer.wrong);
        workspace.context_mut().capture.watch = configuration.policy.watch;
        workspace.context_mut().environments = configuration.environments;
        if let Some(file) = &self.redaction_key {
            workspace.context_mut().capture.redactor = redactor(file)?;
        }
        Ok(workspace)
    }

    /// What the explorer needs to know of the terminal, from its options and the environment.
    pub(super) fn settings(&self, choice: ColorChoice, look: &Look) -> Result<Settings, Error> {
        let (explorer, own) = (&self.explorer, self.configuration()?.policy.explorer);
        if !own.wrong.is_empty() {
            return Err(Error::Configuration(own.wrong));
        }
        let mut told = Vec::new();
        let (keymap, saved) = (keys(&own, &mut told), saved(&own, &mut told));
        tell(&told);
        let word = |key: &str| own.setting(key).map(str::to_owned);
        let mono = || (choice == ColorChoice::Never).then(|| "mono".to_owned());
        let no_color = self.no_color && choice != ColorChoice::Always;
        let named = explorer.mouse.clone().or_else(|| word("mouse"));
        let level = named.as_deref().map(|word| {
            Mouse::ALL
                .into_iter()
                .find(|level| level.word() == word)
                .ok_or_else(|| Error::usage(format!("DRIFTGLASS_MOUSE is {word:?}"), "it is one of wheel, full, off"))
        });
        let mouse = look.mouse.map(Mouse::from).map_or_else(|| level.unwrap_or(Ok(Mouse::Wheel)), Ok)?;
        let layout = word("layout");
        let arrangement = Arrangement::ALL.into_iter().find(|known| Some(known.setting()) == layout.as_deref());
        let slow = match word("slow").as_deref() {
            _ if look.slow || explorer.slow => Some(true),
            Some("on") => Some(true),
            Some("off") => Some(false),
            _ => None,
        };
        let glyphs = match word("glyphs").as_deref() {
            _ if look.ascii || explorer.ascii => GlyphChoice::Ascii,
            Some("ascii") => GlyphChoice::Ascii,
            Some("unicode") => GlyphChoice::Unicode,
            _ => GlyphChoice::Auto,
        };
        let folders = Folders::of_user();
        let state = folders.as_ref().map(|folders| folders.state.clone());
        let surroundings = Surroundings {
            last_copy: state.as_ref().map(|folder| folder.join("last-copy")),
            ..explorer.surroundings.clone()
        };
        Ok(Settings {
            ruling: Arc::new(self.ruling_with_incidents()?),
            desk: self.desk()?,
            office: Office { project: self.configuration()?.project(), ..self.office(self.author()) },
            theme: look.theme.clone().or_else(mono).or_else(|| explorer.theme.clone()).or_else(|| word("theme")),
            no_color,
            glyphs,
            term: self.term.clone(),
            locale: self.locale.clone(),
            slow,
            announces: look.announce || explorer.announce || word("announce").as_deref() == Some("on"),
            mouse,
            arrangement: look.layout.map(Arrangement::from).or(arrangement),
            shows_same: look.show_same || word("same").as_deref() == Some("shown"),
            hides_volatile: word("volatile").as_deref() == Some("hidden"),
            filter: look.filter.clone(),
            surroundings,
            state,
            session: !look.no_session,
            keymap: Some(keymap),
            saved,
            themes: themes(folders.as_ref()),
            config: self.config.clone().or_else(|| folders.map(|folders| folders.configuration.join("config.toml"))),
            pager: explorer.pager.clone(),
            editor: explorer.editor.clone(),
        })
    }

    /// Who works here: git's user, else the user of the system.
    pub(super) fn author(&self) -> Option<String> {
        let of_git = self.workspace().ok().and_then(|workspace| workspace.git_user());
        of_git.or_else(|| self.user.clone()).filter(|author| !author.trim().is_empty())
    }

    /// The filters that the configuration saves.
    pub(super) fn saved(&self) -> Result<Saved, Error> {
        let mut told = Vec::new();
        let saved = saved(&self.configuration()?.policy.explorer, &mut told);
        tell(&told);
        Ok(saved)
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

/// This day, in UTC: an acceptance ends at one moment everywhere.
pub(super) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
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
