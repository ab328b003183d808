//! `driftglass check`: the gate.

use super::ColorChoice;
use super::case::{Case, Question};
use super::diff::formats;
use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::text::escape;
use crate::filter::{RISKS, Saved};
use crate::policy::Expression;
use crate::policy::baseline::Baseline;
use crate::reference::{read_small, write_output};
use crate::report::{self, CHECK_FORMATS, Check, Format, Report};
use clap::builder::PossibleValuesParser;
use jiff::civil::Date;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Two or more snapshots; without them the environments of driftglass.toml
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Read this policy, and what is accepted beside it, instead of the one found
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// What blocks, instead of the policy's own: a difference that is new, not accepted, and risks this or worse;
    /// `any` whatever it risks
    #[arg(long, value_name = "LEVEL", value_parser = levels())]
    fail_on: Option<String>,
    /// Only what is new since then: a git revision in which the snapshots' files stand, or an older snapshot of one of
    /// them; may be given more than once
    #[arg(long, value_name = "REF")]
    since: Vec<String>,
    /// Block when an area has more open differences than in this file
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the open differences of every area to this file, to be held to from now on
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Judge as of another day: what will be open by then
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats(&CHECK_FORMATS))]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What `--fail-on` takes.
fn levels() -> PossibleValuesParser {
    PossibleValuesParser::new(["any"].into_iter().chain(RISKS))
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let block = arguments.fail_on.as_deref().map(failing).transpose()?;
    let baseline = arguments.baseline.as_deref().map(|file| {
        let text = read_small(file)?;
        Baseline::parse(&text).map_err(|why| Error::usage(format!("{}: {why}", file.display()), "--write-baseline"))
    });
    let baseline = baseline.transpose()?;
    let question = Question {
        references: &arguments.references,
        since: &arguments.since,
        block: block.as_ref(),
        ratchet: baseline.as_ref(),
        on: arguments.on,
    };
    let case = Case::new(&question, environment)?;
    let rows = case.assessment().rows(false);
    let report = Report { colour: arguments.output.is_none() && environment.colour(colour), ..case.report(&rows) };
    let notes = case.all_notes();
    let check = Check { report, judgement: &case.judgement, notes: &notes };
    output::write(arguments.output.as_deref(), |out| report::write_check(arguments.format, &check, out))?;
    if let Some(file) = &arguments.write_baseline {
        let text = case.assessment().baseline().to_text();
        write_output(file, text.as_bytes())?;
        note(&format!("{}: written, for --baseline", escape(&file.to_string_lossy())));
    }
    // Nobody to tell is no reason to fail.
    let _ = writeln!(io::stderr(), "{}", check.summary("none"));
    Ok(case.judgement.verdict.status())
}

fn failing(level: &str) -> Result<Expression, Error> {
    let text = match level {
        "any" => "is:new -is:accepted".to_owned(),
        level => format!("risk:>={level} is:new -is:accepted"),
    };
    Expression::parse(&text, &Saved::new(), "--fail-on").map_err(|error| Error::usage(error.message, ""))
}
