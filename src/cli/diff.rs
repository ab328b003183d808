//! `driftglass diff`.

use super::environment::Environment;
use super::error::Error;
use super::{ColorChoice, output};
use crate::assess::Assessment;
use crate::base::cancel::Cancel;
use crate::filter::{self, Query};
use crate::report::{self, FORMATS, Format, Report};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Two or more snapshots
    #[arg(required = true, num_args = 2.., value_name = "REF")]
    references: Vec<String>,
    /// Only rows that match, such as 'area:dns is:changed'
    #[arg(short, long, value_name = "EXPR", allow_hyphen_values = true)]
    filter: Option<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    format: Format,
    /// List every path, same and expected differences included
    #[arg(short, long)]
    all: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn format(name: &str) -> Result<Format, String> {
    let found = FORMATS.iter().find(|(_, known, _)| *known == name);
    found.map(|(format, ..)| *format).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|(_, name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

/// Reads a filter, or says which part of it is wrong.
fn query(text: &str) -> Result<Query, Error> {
    filter::parse(text).map_err(|error| {
        let part = text.get(error.range.clone()).unwrap_or_default();
        let part = if part.is_empty() { "at its end".to_owned() } else { format!("at `{part}`") };
        Error::usage(format!("--filter {part}: {}", error.message), "`driftglass diff --help` tells the language")
    })
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let query = arguments.filter.as_deref().map(query).transpose()?;
    let workspace = environment.capturing()?;
    let snapshots = output::resolve(&workspace, &arguments.references, environment.stderr_is_terminal)?;
    let Some(assessment) = Assessment::new(&snapshots, &Cancel::new()) else { return Ok(0) };
    let listed = assessment.rows(arguments.all);
    let rows = query.map_or_else(|| listed.clone(), |query| assessment.filtered(&listed, &query));
    let report = Report {
        comparison: &assessment.comparison,
        rows: &rows,
        hidden: listed.len() - rows.len(),
        filter: arguments.filter.as_deref(),
        colour: arguments.output.is_none() && environment.colour(colour),
        width: report::WIDTH,
    };
    output::write(arguments.output.as_deref(), |out| report::write(arguments.format, &report, out))?;
    Ok(u8::from(assessment.is_found()))
}
