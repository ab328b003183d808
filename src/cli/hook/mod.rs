//! `driftglass hook`: what git runs before a push.

mod push;
mod terminal;

use super::ColorChoice;
use super::environment::Environment;
use super::error::Error;
use super::explore::Look;
use super::output::note;
use crate::base::text::escape;
use crate::reference::{
    HookFile, Installed, POLICY, Uninstalled, forget_policies, hooks_folder, judge_policy_of, policy_folder,
    policy_folders, shared_hooks, top_folder,
};
use std::path::Path;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Judge every push of this repository from now on; a hook that is there is kept and runs first
    Install(Installation),
    /// Take the hook away and put back what was there before
    Uninstall(Removal),
    /// Judge a push: what git runs, with its list of refs on standard input. Ends with 0 in silence when nothing stands
    /// against it, with 1 when something blocks, 3 when something wants a decision
    #[command(visible_alias = "run")]
    PrePush(push::Arguments),
}

#[derive(clap::Args)]
struct Installation {
    /// Where core.hooksPath is set for all repositories of the user: install it there, for all of them
    #[arg(long)]
    global: bool,
}

#[derive(clap::Args)]
struct Removal {
    /// Where core.hooksPath is set for all repositories of the user: take it away there, for all of them
    #[arg(long)]
    global: bool,
    /// Even when the hook was edited by hand: it is kept as pre-push.edited
    #[arg(long)]
    force: bool,
}

pub(super) fn run(
    arguments: &Arguments,
    look: &Look,
    environment: &Environment,
    colour: ColorChoice,
) -> Result<u8, Error> {
    match &arguments.action {
        Action::Install(installation) => install(installation.global, environment),
        Action::Uninstall(removal) => uninstall(removal),
        Action::PrePush(arguments) => push::run(arguments, look, environment, colour),
    }
}

/// The hook of the repository that the user is in.
fn here() -> Result<HookFile, Error> {
    let folder =
        hooks_folder(Path::new(".")).map_err(|error| Error::usage(error.to_string(), "run it in a repository"))?;
    Ok(HookFile::at(folder))
}

fn install(global: bool, environment: &Environment) -> Result<u8, Error> {
    let hook = here()?;
    let path = hook.path();
    let shown = escape(&path.to_string_lossy()).into_owned();
    let shared = shared_hooks(Path::new("."));
    match &shared {
        Some(folder) if !global => {
            let what =
                format!("core.hooksPath is {folder}, for all repositories: a hook there judges every push of each");
            let hint =
                "--global installs it there; `git config core.hooksPath .git/hooks` gives this one hooks of its own";
            return Err(Error::usage(what, hint));
        }
        None if global => {
            let what = "core.hooksPath is not set for all repositories: there is one hook for each";
            return Err(Error::usage(what, "without --global it is installed here"));
        }
        _ => {}
    }
    let everywhere = if shared.is_some() { "every push of every repository" } else { "what is pushed" };
    let own = policy_folder(&environment.folder);
    let within = own.clone().filter(|within| !within.as_os_str().is_empty());
    if let (Some(within), true) = (&within, global) {
        let what = format!("{}: a hook of all repositories judges the policy at the top of each", within.display());
        return Err(Error::usage(what, "move driftglass.toml to the top, or give this repository hooks of its own"));
    }
    let policy = within.as_deref().unwrap_or(Path::new("")).join(POLICY);
    let policy = escape(&policy.to_string_lossy()).into_owned();
    match hook.install(&environment.program)? {
        Installed::New(None) => note(&format!("{shown}: installed; it judges {everywhere} by {policy} there")),
        Installed::Renewed => note(&format!("{shown}: it was installed, and runs this program now")),
        Installed::New(Some(before)) => {
            let before = escape(&before.to_string_lossy()).into_owned();
            note(&format!("{shown}: installed; the hook that was there is kept as {before} and runs first"));
        }
        Installed::Already => note(&format!("{shown}: it is installed")),
        Installed::Edited => note(&format!("{shown}: it is installed, and was edited by hand: it is left as it is")),
    }
    if let Some(within) = within.filter(|within| !policy_folders(Path::new(".")).contains(within)) {
        if !judge_policy_of(Path::new("."), &within) {
            return Err(Error::usage(format!("{policy}: git config cannot be written"), "git config --local -l"));
        }
        note(&format!("{policy}: judged from now on (git config driftglass.policy)"));
    }
    let top = top_folder(Path::new("."));
    for gone in policy_folders(Path::new(".")) {
        if top.as_ref().is_some_and(|top| !top.join(&gone).join(POLICY).is_file()) {
            let shown = escape(&gone.to_string_lossy()).into_owned();
            note(&format!(
                "{shown}/{POLICY}: it is judged too, and is not there: `git config --fixed-value --unset-all \
                 driftglass.policy '{shown}'` forgets it"
            ));
        }
    }
    if own.is_none() && !global {
        note("there is no driftglass.toml here yet: pushes pass until the top of the repository has one");
    }
    Ok(0)
}

fn uninstall(removal: &Removal) -> Result<u8, Error> {
    let hook = here()?;
    if let (Some(folder), false) = (shared_hooks(Path::new(".")), removal.global) {
        let what = format!("core.hooksPath is {folder}, for all repositories: a hook there judges every push of each");
        return Err(Error::usage(what, "--global takes it away there, for all of them"));
    }
    let path = hook.path();
    let shown = escape(&path.to_string_lossy()).into_owned();
    match hook.uninstall(removal.force)? {
        Uninstalled::Gone { restored, kept } => {
            forget_policies(Path::new("."));
            let back = if restored { "; the hook that was there before is back" } else { "" };
            let kept = kept.map_or_else(String::new, |kept| format!("; kept as {}", escape(&kept.to_string_lossy())));
            let everywhere = shared_hooks(Path::new(".")).map_or("", |_| ", for all repositories");
            note(&format!("{shown}: taken away{everywhere}{kept}{back}"));
        }
        Uninstalled::NotThere => note(&format!("{shown}: no hook of driftglass is there")),
        Uninstalled::Edited => {
            return Err(Error::usage(
                format!("{}: it was edited by hand since it was installed", path.display()),
                "--force takes it away and keeps it as pre-push.edited",
            ));
        }
    }
    Ok(0)
}
