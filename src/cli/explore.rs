//! `driftglass` alone and `driftglass explore`: the explorer.

use super::environment::Environment;
use super::error::Error;
use super::{ColorChoice, output};
use crate::tui;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Snapshots to lay side by side; with fewer than two, the explorer asks
    #[arg(value_name = "REF")]
    references: Vec<String>,
}

/// What is said where there is no terminal.
const WITHOUT_TERMINAL: &str = "\
driftglass shows how environments differ. The explorer needs a terminal, and this is none. Without one:
  driftglass capture -o here.json             capture this machine
  driftglass diff here.json example:production   print what differs
  driftglass --help                           all commands";

/// The example that stands beside this machine where the store has nothing to choose from.
const BESIDE: &str = "example:production";

/// Without arguments: this machine beside an example.
pub(super) fn alone(environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    run(&Arguments { references: Vec::new() }, environment, colour)
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    if !environment.stdout_is_terminal || environment.term == "dumb" {
        return Err(Error::NoTerminal(WITHOUT_TERMINAL.to_owned()));
    }
    let workspace = environment.workspace()?;
    let references = match &arguments.references[..] {
        [] => vec!["live".to_owned(), BESIDE.to_owned()],
        [one] => vec!["live".to_owned(), one.clone()],
        more => more.to_vec(),
    };
    let snapshots = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let snapshots = snapshots.into_iter().map(|resolved| resolved.snapshot).collect();
    tui::explore(snapshots, &environment.settings(colour))?;
    Ok(0)
}
