//! `driftglass coverage`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::assess::Assessment;
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::escape::{Escape, Incident, parse};
use crate::model::{Path, Snapshot};
use crate::reference::{Resolved, incidents, tell_apart};
use crate::report::Report;
use crate::report::coverage::{CoverageReport, write_json, write_text};
use crate::risk::{Rule, Rules};
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
    let ruling = environment.ruling(None)?;
    let incidents = read_incidents(arguments, environment, &ruling.rules)?;
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
    let Some(assessment) = Assessment::new(&sides, &ruling.rules, &Cancel::new()) else { return Ok(0) };
    let Some(coverage) = &assessment.meaning.coverage else {
        let hint = "name the target with --target; the others are then test environments";
        return Err(Error::usage("every snapshot here is a target: there is no test environment", hint));
    };
    let area = |rule: &str| area_of(ruling.rules.named(rule)?, &assessment);
    let past = incidents.map(|list| Escape::of(&list, area));
    let report = Report { meaning: Some(&assessment.meaning), ..Report::new(&assessment.comparison, &[]) };
    let covered = CoverageReport { report: &report, meaning: &assessment.meaning, coverage, escape: past.as_ref() };
    let write = if arguments.format == "json" { write_json } else { write_text };
    output::write(arguments.output.as_deref(), |out| write(&covered, out))?;
    Ok(u8::from(coverage.all.blind() > 0))
}

fn set_role(side: &mut Resolved, role: &str) {
    let snapshot: &mut Snapshot = Arc::make_mut(&mut side.snapshot);
    snapshot.meta.role = Some(role.to_owned());
}

/// The user's incidents; `None` where there is no list.
fn read_incidents(
    arguments: &Arguments,
    environment: &Environment,
    rules: &Rules,
) -> Result<Option<Vec<Incident>>, Error> {
    let Some((file, text)) = incidents(&environment.folder, arguments.incidents.as_deref())? else { return Ok(None) };
    let placed = |remark: &dyn std::fmt::Display| format!("{}:{remark}", file.display());
    let (list, warnings) = parse(&text, |name| rules.named(name).is_some()).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(|remark| placed(remark)).collect();
        Error::usage(lines.join("\n"), "an incident has a date, caught = true or false, and a path or a rule")
    })?;
    warnings.iter().for_each(|remark| note(&escape(&placed(remark))));
    Ok(Some(list))
}

/// The area of facts that a rule is about: of the first that it looks at; of one that is derived, of what it is made of.
fn area_of(rule: &Rule, assessment: &Assessment) -> Option<String> {
    let comparison = &assessment.comparison;
    let paths: Vec<Path> = rule.paths.iter().filter_map(|path| path.parse().ok()).collect();
    let first = |path: &Path| path.segments().first().cloned();
    if let Some(area) = paths.iter().filter_map(first).find(|area| area != "effective") {
        return Some(area);
    }
    // `effective.cache_bytes.**` is about whatever stands beneath.
    let stem = |path: &Path| path.segments().iter().take_while(|key| !key.contains('*')).cloned().collect::<Vec<_>>();
    let stems: Vec<Vec<String>> = paths.iter().map(stem).collect();
    let facts = assessment.meaning.effective.facts().iter();
    let mut made = facts.filter(|fact| stems.iter().any(|stem| fact.path.segments().starts_with(stem)));
    // Most are of the area of their last input: memory comes before the setting that takes a share of it.
    let input = made.find_map(|fact| fact.inputs.last())?;
    Some(comparison.key(comparison.area(*input)).to_owned())
}
