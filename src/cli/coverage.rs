//! `driftglass coverage`.

use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::assess::Assessment;
use crate::base::cancel::Cancel;
use crate::model::Snapshot;
use crate::reference::{Resolved, tell_apart};
use crate::report::Report;
use crate::report::coverage::{CoverageReport, write_json, write_text};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The environments that tests run in, and the target where --target is not given
    #[arg(required = true, num_args = 1.., value_name = "REF")]
    references: Vec<String>,
    /// What will be pushed to; else the snapshot whose role is production, or the first
    #[arg(long, value_name = "REF")]
    target: Option<String>,
    /// Past incidents, for how likely a fault passes the tests; incidents.toml beside driftglass.toml if not given
    #[arg(long, value_name = "FILE")]
    incidents: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let mut ruling = environment.ruling(None)?;
    ruling.incidents = environment.incidents(arguments.incidents.as_deref(), &ruling.rules)?;
    let workspace = environment.capturing()?;
    let terminal = environment.stderr_is_terminal;
    let mut sides = output::resolve(&workspace, &arguments.references, terminal)?;
    if let Some(target) = &arguments.target {
        let mut target = output::resolve(&workspace, std::slice::from_ref(target), terminal)?;
        // What is asked for is the target, whatever the roles in the files. Other roles stay: those of one role are a pool
        // whose members are held against each other.
        sides.iter_mut().filter(|side| side.snapshot.meta.is_target()).for_each(|side| set_role(side, "test"));
        target.iter_mut().filter(|side| !side.snapshot.meta.is_target()).for_each(|side| set_role(side, "target"));
        sides.append(&mut target);
        tell_apart(&mut sides);
    }
    if sides.len() < 2 {
        let hint = "as in `driftglass coverage --target production staging ci`";
        return Err(Error::usage("coverage needs a target and at least one test environment", hint));
    }
    let Some(assessment) = Assessment::ruled(&sides, &ruling, &Cancel::new()) else { return Ok(0) };
    let Some(coverage) = &assessment.meaning.coverage else {
        let hint = "name the target with --target; the others are then test environments";
        return Err(Error::usage("every snapshot here is a target: there is no test environment", hint));
    };
    let report = Report { ruled: None, ..assessment.report(&ruling, &[]) };
    let covered = CoverageReport { report: &report, meaning: &assessment.meaning, coverage };
    let write = if arguments.format == "json" { write_json } else { write_text };
    output::write(arguments.output.as_deref(), |out| write(&covered, out))?;
    Ok(u8::from(coverage.all.blind() > 0))
}

fn set_role(side: &mut Resolved, role: &str) {
    let snapshot: &mut Snapshot = Arc::make_mut(&mut side.snapshot);
    snapshot.meta.role = Some(role.to_owned());
}
