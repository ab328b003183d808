//! `driftglass rehearse`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::cause::Causes;
use crate::compare::Comparison;
use crate::model::Snapshot;
use crate::policy::{self, Policy, Role};
use crate::reference::{Folders, REHEARSALS, Reference, Resolved, Workspace, record_capture};
use crate::rehearsal::{Rehearsal, STAGES, Size, seconds};
use crate::report::rehearsal::{RehearsalReport, began, write_json, write_text};
use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of so many earlier steps the sizes are looked at, the newest.
const EARLIER: usize = 20;

#[derive(clap::Args)]
#[command(override_usage = "driftglass rehearse [OPTIONS] BEFORE AFTER BACK [AGAIN]\n       \
    driftglass rehearse [OPTIONS] --record DIR")]
pub(super) struct Arguments {
    /// The captures: before the deployment, after it, after its rollback and, if there is one, after deploying again
    #[arg(value_name = "REF", num_args = 3..=4, required_unless_present = "record")]
    references: Vec<String>,
    /// The longest that the rollback may take, from the capture before it to the one after it: 180s, 3m; without it what
    /// `[rehearsal]` of driftglass.toml says
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
    /// Which environment it proves, by its name in driftglass.toml; without it the one that BEFORE is called by, else the
    /// only one that the policy names as target
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Keep no record of it: neither the gate nor a report will know
    #[arg(long)]
    no_record: bool,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let workspace = environment.capturing()?;
    let references = match &arguments.record {
        Some(folder) => match record(folder, arguments, &workspace, environment)? {
            Some(references) => references,
            // Whoever waits for the next moment of a conversation and leaves has proved nothing.
            None => return Ok(u8::from(environment.stdin_is_terminal && environment.stderr_is_terminal)),
        },
        None => arguments.references.clone(),
    };
    let captures = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let snapshots: Vec<Arc<Snapshot>> = captures.iter().map(|resolved| Arc::clone(&resolved.snapshot)).collect();
    let configuration = environment.configuration()?;
    let folders = Folders::of_user();
    let policy = &configuration.policy;
    let name = name(arguments, policy, &snapshots[0]);
    let mut sizes = configuration.rehearsals(folders.as_ref())?.sizes(&name, began(Some(&snapshots[0])).as_deref());
    sizes.extend(earlier(&workspace, &snapshots[0]));
    let earlier = sizes;
    let never = Cancel::new();
    let Some(comparison) = Comparison::new(snapshots, &never) else { return Ok(0) };
    let Some(rehearsal) = Rehearsal::of(&comparison) else { return Ok(0) };
    let causes = Causes::find(&comparison, &never).unwrap_or_default();
    let groups: Vec<_> = causes.all().iter().map(|cause| (subject(&cause.title), cause.members.clone())).collect();
    let report = RehearsalReport {
        comparison: &comparison,
        rehearsal: &rehearsal,
        groups: &groups,
        within: arguments.within.or(policy.rehearsal.within),
        most_facts: policy.push.most_facts,
        earlier: &earlier,
        is_twice: is_twice(&captures),
    };
    let hosts: BTreeSet<&str> = captures.iter().filter_map(|one| one.snapshot.meta.host.as_deref()).collect();
    if hosts.len() > 1 {
        let hosts: Vec<_> = hosts.into_iter().map(escape).collect();
        note(&format!("the captures are of several hosts: {}; a rehearsal is of one environment", hosts.join(", ")));
    }
    let write = if arguments.format == "json" { write_json } else { write_text };
    output::write(None, |out| write(&report, out))?;
    match report.record(&name) {
        _ if arguments.no_record => {}
        Some(record) => {
            let kept = configuration.keep_rehearsal(&record, folders.as_ref())?;
            let kept: Vec<_> = kept.iter().map(|file| escape(&file.to_string_lossy()).into_owned()).collect();
            let name = escape(&name);
            note(&format!("rehearsal of {name}: {}, kept in {}", record.verdict.word(), kept.join(" and ")));
            if kept.iter().any(|file| file.ends_with(REHEARSALS)) {
                note(&format!("commit {REHEARSALS}, so that pushes are judged by it"));
            }
        }
        None => note("no capture says when it was made: no record is kept"),
    }
    Ok(u8::from(!report.verdict().passes()))
}

/// What a cause is about. In which captures it is found, the values of each fact say, and a step may have left only some.
fn subject(title: &str) -> String {
    let end = [", only in ", ", loaded only in "].iter().filter_map(|words| title.find(words)).min();
    title.get(..end.unwrap_or(title.len())).unwrap_or(title).to_owned()
}

/// Whether one capture stands for two moments: both were read from one place.
fn is_twice(captures: &[Resolved]) -> bool {
    let is_same = |one: &Resolved, other: &Resolved| one.source == other.source;
    captures.iter().enumerate().any(|(at, one)| captures[at + 1..].iter().any(|other| is_same(one, other)))
}

/// What the environment is called: as it was said, by its label where that is a name of the policy, by the policy's only
/// target, else by its label or host.
fn name(arguments: &Arguments, policy: &Policy, before: &Snapshot) -> String {
    let label = before.meta.label.as_str();
    if let Some(name) = &arguments.environment {
        return name.clone();
    }
    let is_target = |(_, environment): &(&String, &policy::Environment)| environment.role == Some(Role::Target);
    let targets: Vec<&String> = policy.environments.iter().filter(is_target).map(|(name, _)| name).collect();
    match (targets.as_slice(), &before.meta.host) {
        _ if policy.environments.contains_key(label) => label.to_owned(),
        ([only], _) => (*only).clone(),
        (_, Some(host)) if STAGES.contains(&label) => host.clone(),
        _ => label.to_owned(),
    }
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
