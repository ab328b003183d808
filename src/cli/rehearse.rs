//! `driftglass rehearse`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::cause::Causes;
use crate::compare::Comparison;
use crate::model::Snapshot;
use crate::reference::{Reference, Workspace, record_capture};
use crate::rehearsal::{Rehearsal, STAGES, Size};
use crate::report::rehearsal::{RehearsalReport, write_json, write_text};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of so many earlier steps the sizes are looked at, the newest.
const EARLIER: usize = 20;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The captures: before the deployment, after it, after its rollback and, if there is one, after deploying again
    #[arg(value_name = "BEFORE AFTER BACK [AGAIN]", num_args = 3..=4, required_unless_present = "record")]
    references: Vec<String>,
    /// The longest that the rollback may take, from the capture before it to the one after it: 180s, 3m
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    within: Option<i64>,
    /// Take the captures too, into this folder: before.json, after.json, back.json, again.json
    ///
    /// On a terminal it says what to do next and waits for Enter. Without one every call takes the next capture, so
    /// that a script calls it once before the deployment and once after each step; with the third and every later one
    /// it judges.
    #[arg(long, value_name = "DIR", conflicts_with = "references")]
    record: Option<PathBuf>,
    /// With --record: what to capture, `live` or `root:PLACE`
    #[arg(long, value_name = "REF", requires = "record", default_value = "live")]
    capture: String,
    /// With --record: three captures, without deploying again
    #[arg(long, requires = "record")]
    no_again: bool,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// A time such as `180s`, `3m` or `1h`, in seconds.
fn seconds(text: &str) -> Result<i64, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| "a time is written as in 180s, 3m or 1h30m".to_owned())?;
    if span.is_negative() { Err("a time is not below zero".to_owned()) } else { Ok(span.as_secs()) }
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let workspace = environment.capturing()?;
    let references = match &arguments.record {
        Some(folder) => match record(folder, arguments, &workspace, environment)? {
            Some(references) => references,
            None => return Ok(0),
        },
        None => arguments.references.clone(),
    };
    let captures = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let snapshots: Vec<Arc<Snapshot>> = captures.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
    let earlier = earlier(&workspace, &snapshots[0]);
    let never = Cancel::new();
    let Some(comparison) = Comparison::new(snapshots, &never) else { return Ok(0) };
    let Some(rehearsal) = Rehearsal::of(&comparison) else { return Ok(0) };
    let causes = Causes::find(&comparison, &never).unwrap_or_default();
    let groups: Vec<_> = causes.all().iter().map(|cause| (cause.title.clone(), cause.members.clone())).collect();
    let report = RehearsalReport {
        comparison: &comparison,
        rehearsal: &rehearsal,
        groups: &groups,
        within: arguments.within,
        earlier: &earlier,
    };
    let write = if arguments.format == "json" { write_json } else { write_text };
    output::write(None, |out| write(&report, out))?;
    Ok(u8::from(!report.verdict().passes()))
}

/// Takes what is missing of the captures in a folder. The references of all that are there once they can be judged.
fn record(
    folder: &Path,
    arguments: &Arguments,
    workspace: &Workspace,
    environment: &Environment,
) -> Result<Option<Vec<String>>, Error> {
    let wanted = if arguments.no_again { 3 } else { STAGES.len() };
    let file = |stage: &str| folder.join(format!("{stage}.json"));
    let taken = STAGES.iter().take_while(|stage| file(stage).exists()).count();
    let waits = environment.stdin_is_terminal && environment.stderr_is_terminal;
    let mut at = taken;
    while at < wanted {
        let stage = STAGES[at];
        if waits {
            let _ = write!(io::stderr(), "{}, then press Enter (q: stop here) ", prompt(stage));
            let mut line = String::new();
            if io::stdin().lock().read_line(&mut line)? == 0 || line.trim().eq_ignore_ascii_case("q") {
                break;
            }
        }
        let mut resolved = output::capture(workspace, &arguments.capture, environment.stderr_is_terminal, false)?;
        Arc::make_mut(&mut resolved.snapshot).meta.label = stage.to_owned();
        record_capture(&file(stage), &resolved.snapshot)?;
        at += 1;
        note(&format!(
            "{}: {} facts",
            escape(&file(stage).display().to_string()),
            resolved.snapshot.facts.leaf_count()
        ));
        if !waits {
            break;
        }
    }
    if at < 3 {
        note(&format!("next: {}, then run this again", prompt(STAGES[at])));
        return Ok(None);
    }
    // A name with a colon or the like stays the name of a file.
    let reference = |stage: &&str| Reference::File(file(stage)).to_string();
    Ok(Some(STAGES.iter().take(at).map(reference).collect()))
}

/// What is to be done before a capture.
fn prompt(stage: &str) -> &'static str {
    match stage {
        "before" => "have the environment as it is before the deployment",
        "after" => "deploy",
        "back" => "roll back",
        _ => "deploy again",
    }
}

/// How much the environment changed from one capture in the store to the next, the newest steps.
fn earlier(workspace: &Workspace, before: &Snapshot) -> Vec<u32> {
    let entries = workspace.list().unwrap_or_default();
    let same = entries.iter().filter(|entry| entry.label == before.meta.label && entry.problem.is_none());
    // What cannot be read is no step; the gate does not depend on it.
    let read = |entry| workspace.resolve(&Reference::from(entry), &mut |_| {}).ok();
    let captures: Vec<Arc<Snapshot>> =
        same.take(EARLIER + 1).filter_map(read).map(|resolved| resolved.snapshot).collect();
    let pairs = captures.windows(2).filter_map(|pair| {
        let comparison = Comparison::new(vec![Arc::clone(&pair[1]), Arc::clone(&pair[0])], &Cancel::new())?;
        Some(Size::between(&comparison, 0, 1).facts)
    });
    pairs.collect()
}
