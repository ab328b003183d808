//! `driftglass` alone and `driftglass explore`: the explorer.

use super::ColorChoice;
use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::tui::{self, Settings, glyphs::GlyphChoice};

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

/// Without arguments: this machine beside an example where the store is empty, else a choice of what is there.
pub(super) fn alone(environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    run(&Arguments { references: Vec::new() }, environment, colour)
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    if !environment.stdout_is_terminal || environment.term == "dumb" {
        return Err(Error::NoTerminal(WITHOUT_TERMINAL.to_owned()));
    }
    let workspace = environment.workspace()?;
    let resolved = output::resolve(&workspace, &arguments.references, environment.stderr_is_terminal)?;
    let settings = Settings {
        theme: None,
        glyphs: GlyphChoice::Auto,
        term: environment.term.clone(),
        locale: environment.locale.clone(),
        no_color: colour == ColorChoice::Never || (colour == ColorChoice::Auto && environment.no_color),
    };
    let snapshots = resolved.into_iter().map(|one| one.snapshot).collect();
    tui::explore(snapshots, &settings)
        .map_err(|error| Error::usage(error.to_string(), "driftglass diff prints the differences without a screen"))?;
    Ok(0)
}
