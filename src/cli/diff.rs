//! `driftglass diff`.

use super::environment::Environment;
use super::error::Error;
use super::{ColorChoice, output};
use crate::assess::{Assessment, trend};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::filter::{self, Query, Saved};
use crate::report::{self, FORMATS, Format, Report};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Two or more snapshots
    #[arg(required = true, num_args = 2.., value_name = "REF")]
    references: Vec<String>,
    /// Only rows that match, such as 'area:dns is:changed'
    #[arg(short, long, value_name = "EXPR", allow_hyphen_values = true)]
    filter: Option<String>,
    /// How to write it; by the ending of the output file if not given, else text
    #[arg(long, value_name = "FORMAT", value_parser = formats(&[]))]
    format: Option<Format>,
    /// List every path, same and expected differences included
    #[arg(short, long)]
    all: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The formats by name: all, or those that a command writes.
pub(super) fn formats(of: &'static [Format]) -> impl TypedValueParser<Value = Format> {
    let known = |name: String| report::format_named(&name).ok_or("no such format");
    let is_written = |format: &Format| of.is_empty() || of.contains(format);
    let names = FORMATS.iter().filter(|(format, ..)| is_written(format)).map(|(_, name, _)| *name);
    PossibleValuesParser::new(names).try_map(known)
}

/// Reads a filter, or says which part of it is wrong.
pub(super) fn query(text: &str, saved: &Saved) -> Result<Query, Error> {
    let query = understood(text, saved)?;
    match query.asks_history() {
        true => Err(Error::usage(format!("--filter: {}", filter::NO_HISTORY), "`driftglass explore` takes it too")),
        false => Ok(query),
    }
}

/// As [`query`], for who can read a history.
pub(super) fn understood(text: &str, saved: &Saved) -> Result<Query, Error> {
    filter::parse_with(text, saved).map_err(|error| {
        let part = text.get(error.range.clone()).unwrap_or_default();
        let part = if part.is_empty() { "at its end".to_owned() } else { format!("at `{part}`") };
        Error::usage(format!("--filter {part}: {}", error.message), "`driftglass diff --help` tells the language")
    })
}

/// Says what a filter names that these snapshots have not got: it lists nothing, and may be a slip.
pub(super) fn doubt(query: &Query, assessment: &Assessment) {
    if let Some((name, words)) = filter::strange(query, &assessment.comparison) {
        output::note(&format!("--filter names {}: {words}", escape(&name)));
    }
}

/// The format that a file's name asks for.
pub(super) fn by_ending(file: &Path) -> Option<Format> {
    report::format_of_ending(file.extension()?.to_str()?)
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let saved = if arguments.filter.is_some() { environment.saved()? } else { Saved::new() };
    let query = arguments.filter.as_deref().map(|text| query(text, &saved)).transpose()?;
    let workspace = environment.capturing()?;
    let snapshots = output::resolve(&workspace, &arguments.references, environment.stderr_is_terminal)?;
    let ruling = environment.ruling_with_incidents()?;
    let Some(assessment) = Assessment::ruled(&snapshots, &ruling, &Cancel::new()) else { return Ok(0) };
    let listed = assessment.rows(arguments.all);
    if let Some(query) = &query {
        doubt(query, &assessment);
    }
    let rows = query.map_or_else(|| listed.clone(), |query| assessment.filtered(&listed, &query));
    let format = arguments.format.or_else(|| by_ending(arguments.output.as_deref()?)).unwrap_or(Format::Text);
    let trend =
        if format.tells_trend() { trend(&workspace, &snapshots, &ruling.rules, &Cancel::new()) } else { Vec::new() };
    let report = Report {
        hidden: listed.len() - rows.len(),
        trend: &trend,
        filter: arguments.filter.as_deref(),
        colour: arguments.output.is_none() && environment.colour(colour),
        most: if arguments.all { usize::MAX } else { report::MOST_ROWS },
        ..assessment.report(&ruling, &rows)
    };
    output::write(arguments.output.as_deref(), |out| report::write(format, &report, out))?;
    Ok(u8::from(assessment.is_found()))
}
