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

/// Without arguments: this machine beside an example where the store is empty, else a choice of what is there.
pub(super) fn alone(environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    run(&Arguments { references: Vec::new() }, environment, colour)
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    if !environment.stdout_is_terminal || environment.term == "dumb" {
        return Err(Error::NoTerminal(WITHOUT_TERMINAL.to_owned()));
    }
    let mut workspace = environment.capturing()?;
    let settings = environment.settings(colour);
    let has_choice = workspace.list().is_ok_and(|entries| !entries.is_empty());
    if arguments.references.len() == 1 || (arguments.references.is_empty() && has_choice) {
        tui::pick(&mut workspace, &arguments.references, &settings)?;
        return Ok(0);
    }
    let references = match &arguments.references[..] {
        [] => vec!["live".to_owned(), BESIDE.to_owned()],
        more => more.to_vec(),
    };
    let snapshots = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let snapshots = snapshots.into_iter().map(|resolved| resolved.snapshot).collect();
    tui::explore(snapshots, &settings)?;
    Ok(0)
}
