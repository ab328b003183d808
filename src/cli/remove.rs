//! `driftglass remove`.

use super::environment::Environment;
use super::error::Error;
use super::output::note;
use crate::base::text::escape;
use crate::reference::Reference;
use std::io::{self, BufRead, Write};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The snapshot in the store: NAME, NAME~2, NAME@2026-01-31
    #[arg(value_name = "REF")]
    reference: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let workspace = environment.workspace()?;
    let reference: Reference = arguments.reference.parse()?;
    let entry = workspace.entry(&reference)?;
    let at = entry.captured_at.map(|at| at.strftime(" of %Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default();
    let what = format!("{}{at}", escape(&Reference::from(&entry).to_string()));
    if !arguments.yes {
        if !environment.stdin_is_terminal {
            return Err(Error::usage(
                format!("removing {what} cannot be undone"),
                "say --yes where nobody can be asked",
            ));
        }
        let mut err = io::stderr();
        let _ = write!(err, "Remove {what} for good? [y/N] ").and_then(|()| err.flush());
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            note("nothing was removed");
            return Ok(0);
        }
    }
    workspace.remove(&entry)?;
    note(&format!("removed {what}"));
    Ok(0)
}
