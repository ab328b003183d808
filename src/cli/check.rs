//! `driftglass check`: the gate.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use super::{ColorChoice, accept};
use crate::assess::{Assessment, Ruling};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::RowId;
use crate::filter::{RISKS, Saved};
use crate::policy::accept::debt;
use crate::policy::baseline::Baseline;
use crate::policy::judge::Asked;
use crate::policy::{Expression, Policy, Standings};
use crate::reference::{AtRevision, Reference, Resolved, Workspace, named, read_small, write_output};
use crate::report::{self, CHECK_FORMATS, Check, FORMATS, Format, Report};
use clap::builder::{PossibleValuesParser, TypedValueParser};
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
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What `--fail-on` takes.
fn levels() -> PossibleValuesParser {
    PossibleValuesParser::new(["any"].into_iter().chain(RISKS))
}

/// The formats of a check by name.
fn formats() -> impl TypedValueParser<Value = Format> {
    let known = |name: String| report::format_named(&name).ok_or("no such format");
    let names = FORMATS.iter().filter(|(format, ..)| CHECK_FORMATS.contains(format)).map(|(_, name, _)| *name);
    PossibleValuesParser::new(names).try_map(known)
}

pub(super) fn run(arguments: &Arguments, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    let workspace = environment.capturing()?;
    let ruling = environment.ruling(arguments.on)?;
    let block = arguments.fail_on.as_deref().map(failing).transpose()?;
    let baseline = arguments.baseline.as_deref().map(|file| {
        let text = read_small(file)?;
        Baseline::parse(&text).map_err(|why| Error::usage(format!("{}: {why}", file.display()), "--write-baseline"))
    });
    let baseline = baseline.transpose()?;
    let references = accept::references(&arguments.references, &workspace)?;
    let snapshots = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let cancel = Cancel::new();
    let stopped = || Error::usage("the comparison was stopped", "");
    let assessment = Assessment::ruled(&snapshots, &ruling, &cancel).ok_or_else(stopped)?;
    let mut notes = Vec::new();
    let new = new_since(&arguments.since, &references, &snapshots, &workspace, &assessment, &mut notes)?;
    let asked = Asked { block: block.as_ref(), ratchet: baseline.as_ref(), is_since: !arguments.since.is_empty() };
    let judgement = assessment.judged(&ruling.policy, new.as_deref(), &asked).ok_or_else(stopped)?;
    notes.extend(standing_notes(&assessment.standings, &ruling));
    let rows = assessment.rows(false);
    let report = Report {
        ruled: Some(output::ruled(&assessment, &ruling)),
        meaning: Some(&assessment.meaning),
        colour: arguments.output.is_none() && environment.colour(colour),
        ..Report::new(&assessment.comparison, &rows)
    };
    let check = Check { report, judgement: &judgement, notes: &notes };
    output::write(arguments.output.as_deref(), |out| report::write_check(arguments.format, &check, out))?;
    if let Some(file) = &arguments.write_baseline {
        let text = assessment.baseline().to_text();
        write_output(file, text.as_bytes())?;
        note(&format!("{}: written, for --baseline", escape(&file.to_string_lossy())));
    }
    // Nobody to tell is no reason to fail.
    let _ = writeln!(io::stderr(), "{}", check.summary("none"));
    Ok(judgement.verdict.status())
}

fn failing(level: &str) -> Result<Expression, Error> {
    let text = match level {
        "any" => "is:new -is:accepted".to_owned(),
        level => format!("risk:>={level} is:new -is:accepted"),
    };
    Expression::parse(&text, &Saved::new(), "--fail-on").map_err(|error| Error::usage(error.message, ""))
}

/// What the earlier time is like.
enum Then {
    /// There is none to measure against, or nothing was there: all is new.
    Nothing,
    /// What every side was, in the order of the sides.
    Known(Vec<Resolved>),
}

/// What is new since the times of `--since`; none where there is nothing to measure against: all is new.
pub(super) fn new_since(
    since: &[String],
    references: &[String],
    snapshots: &[Resolved],
    workspace: &Workspace,
    assessment: &Assessment,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<RowId>>, Error> {
    match then(since, references, snapshots, workspace, notes)? {
        Then::Nothing => Ok(None),
        Then::Known(then) => {
            let new = assessment.new_since(&then, &Cancel::new());
            new.map(Some).ok_or_else(|| Error::usage("the comparison was stopped", ""))
        }
    }
}

/// What the snapshots were at the times of `--since`.
fn then(
    since: &[String],
    references: &[String],
    now: &[Resolved],
    workspace: &Workspace,
    notes: &mut Vec<String>,
) -> Result<Then, Error> {
    if since.is_empty() {
        return Ok(Then::Nothing);
    }
    let mut then: Vec<Resolved> = now.to_vec();
    for since in since {
        let revision = since.strip_prefix("git:").filter(|rest| !rest.contains(':')).unwrap_or(since);
        let known = named(since, &workspace.context().environments)
            .parse()
            .and_then(|reference: Reference| workspace.resolve(&reference, &mut |_| {}));
        let is_revision = revision != since || (known.is_err() && workspace.is_revision(revision));
        if !is_revision {
            let older = known?;
            let label = &older.snapshot.meta.label;
            let at = now.iter().position(|side| side.snapshot.meta.label == *label).ok_or_else(|| {
                let labels: Vec<_> = now.iter().map(|side| escape(&side.snapshot.meta.label).into_owned()).collect();
                let what = format!("--since {since}: it is called {label}, and no snapshot here is");
                Error::usage(what, format!("they are called {}", labels.join(", ")))
            })?;
            then[at] = older;
            continue;
        }
        if !workspace.is_revision(revision) {
            let what = format!("--since {since}: git knows no such revision");
            return Err(Error::usage(what, "a shallow clone has few: git fetch --unshallow"));
        }
        let mut is_older = false;
        for ((text, side), now) in references.iter().zip(&mut then).zip(now) {
            let reference: Reference = named(text, &workspace.context().environments).parse()?;
            match workspace.resolve_at(&reference, revision)? {
                AtRevision::Older(older) => (*side, is_older) = (older, true),
                AtRevision::NotThere => {
                    notes.push(format!("{} was not there at {}: all is new.", escape(text), escape(revision)));
                    return Ok(Then::Nothing);
                }
                AtRevision::AsNow => {
                    let label = escape(&now.snapshot.meta.label).into_owned();
                    notes.push(format!("{label} is in no repository: it is taken as it is now."));
                }
            }
        }
        if !is_older {
            let what = format!("--since {since}: no snapshot here stands in a git repository");
            return Err(Error::usage(what, "keep snapshots beside the code, or give an older snapshot"));
        }
    }
    Ok(Then::Known(then))
}

/// What is to be said of the acceptances.
fn standing_notes(standings: &Standings, ruling: &Ruling) -> Vec<String> {
    let key = |index: &usize| {
        ruling.acceptances.list.get(*index).map_or_else(String::new, |acceptance| escape(&acceptance.key).into_owned())
    };
    let mut notes: Vec<String> = standings
        .reopened
        .iter()
        .map(|reopened| format!("Open again: {}: {}.", key(&reopened.acceptance), escape(&reopened.words)))
        .collect();
    let listed = |indices: &[usize]| indices.iter().map(key).collect::<Vec<_>>().join(", ");
    if !standings.ending.is_empty() {
        notes.push(format!("Accepted for the last day: {}.", listed(&standings.ending)));
    }
    if !standings.spent.is_empty() {
        notes.push(format!("Accepted, and no difference any more: {}.", listed(&standings.spent)));
    }
    let silent = standings.silent.iter().filter_map(|index| ruling.policy.relations.get(*index));
    let silent: Vec<String> = silent.map(|relation| escape(&relation.asks()).into_owned()).collect();
    if !silent.is_empty() {
        notes.push(format!("Between other environments, so not asked here: {}.", silent.join("; ")));
    }
    if !ruling.acceptances.list.is_empty() {
        notes.push(format!("Acceptances: {}.", debt(&ruling.acceptances, ruling.today).words()));
    }
    if ruling.policy == Policy::default() {
        notes.push("No policy is in force: `driftglass config --example` shows what one says.".to_owned());
    }
    notes
}
