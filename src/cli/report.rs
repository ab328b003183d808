//! `driftglass report`.

use super::diff::{by_ending, doubt, formats, query};
use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::assess::{Assessment, trend};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::filter::Saved;
use crate::report::{self, Audience, FORMATS, Format, Report, counted, grouped};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Two or more snapshots
    #[arg(required = true, num_args = 2.., value_name = "REF")]
    references: Vec<String>,
    /// The file to write, its ending says the format; `-` is standard output. A file of that name is replaced, whole
    /// or not at all
    #[arg(short, long, value_name = "FILE", required = true)]
    output: PathBuf,
    /// The format, where the ending of the file is another
    #[arg(long, value_name = "FORMAT", value_parser = formats(&[]))]
    format: Option<Format>,
    /// Only rows that match, such as 'area:dns is:changed'; how many it leaves out is said
    #[arg(short, long, value_name = "EXPR", allow_hyphen_values = true)]
    filter: Option<String>,
    /// Whom it is for: `manager` is one page in plain words, as HTML, Markdown or text
    #[arg(long, value_name = "AUDIENCE", default_value = "engineer", value_parser = ["engineer", "manager"])]
    audience: String,
    /// Without the list of all rows: what matters, what it comes from, what tests cannot show; for a mail or a pull request
    #[arg(long, conflicts_with = "all")]
    short: bool,
    /// List every path, same and expected differences included
    #[arg(short, long)]
    all: bool,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let format = arguments.format.or_else(|| by_ending(&arguments.output)).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|(_, name, _)| *name).collect();
        let what = format!("no format is known by the name of {}", arguments.output.display());
        Error::usage(what, format!("--format is one of {}", known.join(", ")))
    })?;
    let audience = if arguments.audience == "manager" { Audience::Manager } else { Audience::Engineer };
    for (is_asked, option, form) in [
        (audience == Audience::Manager, "--audience manager", "form for managers"),
        (arguments.short, "--short", "short form"),
    ] {
        if is_asked && !format.is_for_people() {
            let what = format!("{} has no {form}: programs read it", format.name());
            return Err(Error::usage(what, format!("{option} is for html, markdown and text")));
        }
    }
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
    let hidden = listed.len() - rows.len();
    let trend =
        if format.tells_trend() { trend(&workspace, &snapshots, &ruling.rules, &Cancel::new()) } else { Vec::new() };
    let report = Report {
        hidden,
        trend: &trend,
        most: if arguments.all { usize::MAX } else { report::MOST_ROWS },
        audience,
        lists_rows: !arguments.short,
        filter: arguments.filter.as_deref(),
        ..assessment.report(&ruling, &rows)
    };
    let mut bytes = Vec::new();
    report::write(format, &report, &mut bytes)?;
    output::write(Some(&arguments.output), |out| out.write_all(&bytes))?;
    let target = arguments.output.display().to_string();
    let target = if target == "-" { "standard output".into() } else { escape(&target) };
    note(&format!(
        "{target}: {} KiB, {}, {} not shown",
        bytes.len().div_ceil(1024),
        counted(rows.len(), "row"),
        grouped(hidden)
    ));
    Ok(u8::from(assessment.is_found()))
}
