//! What `check`, `review` and the hook judge: snapshots, held against the policy.

use super::environment::Environment;
use super::error::Error;
use super::{accept, output};
use crate::assess::{Assessment, Bench, Judged, Ruling};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::RowId;
use crate::policy::accept::debt_without;
use crate::policy::baseline::Baseline;
use crate::policy::judge::{Asked, Judgement};
use crate::policy::{Expression, Policy, Standings};
use crate::reference::{AtRevision, ErrorKind, Reference, Resolved, Workspace, named};
use crate::report::Report;
use jiff::civil::Date;
use std::sync::Arc;

/// What is to be judged.
#[derive(Default)]
pub(super) struct Question<'a> {
    /// The snapshots; none for the environments of the policy.
    pub references: &'a [String],
    /// Since when a difference is new.
    pub since: &'a [String],
    /// What blocks, instead of the policy's own.
    pub block: Option<&'a Expression>,
    /// Counts that may not grow.
    pub ratchet: Option<&'a Baseline>,
    /// The day of which it is asked, if not this one.
    pub on: Option<Date>,
}

/// Snapshots, judged.
pub(super) struct Case {
    /// How they differ, what that means, and what they were held against.
    pub bench: Bench,
    /// What they were named by.
    pub references: Vec<String>,
    /// The snapshots.
    pub snapshots: Vec<Resolved>,
    /// What the gate says.
    pub judgement: Judgement,
    /// What is to be said of `--since`, in display form.
    pub notes: Vec<String>,
    /// Whose environments they are: what was decided of another project's is not decided of them.
    pub project: Option<String>,
}

impl Case {
    /// Reads what is asked about, compares it and judges it.
    pub(super) fn new(question: &Question<'_>, environment: &Environment) -> Result<Self, Error> {
        let workspace = environment.capturing()?;
        let ruling = Arc::new(environment.ruling(question.on)?);
        let references = accept::references(question.references, &workspace, environment)?;
        let snapshots = match environment.is_quiet {
            false => output::resolve(&workspace, &references, environment.stderr_is_terminal)?,
            true => output::resolve_quietly(&workspace, &references)?,
        };
        let stopped = || Error::usage("the comparison was stopped", "");
        let assessment = Assessment::ruled(&snapshots, &ruling, &Cancel::new()).ok_or_else(stopped)?;
        let mut notes = Vec::new();
        let new = new_since(question.since, &references, &snapshots, &workspace, &assessment, &mut notes)?;
        let is_since = !question.since.is_empty();
        let asked = Asked { block: question.block, ratchet: question.ratchet, is_since, ..Asked::default() };
        let judgement = assessment.judged(&ruling, new.as_deref(), &asked).ok_or_else(stopped)?;
        let bench = Bench { judged: Arc::new(Judged { assessment, ruling }), new, is_since };
        let project = environment.configuration()?.project();
        Ok(Self { bench, references, snapshots, judgement, notes, project })
    }

    /// How the snapshots differ, and what that means.
    pub(super) fn assessment(&self) -> &Assessment {
        &self.bench.judged.assessment
    }

    /// What they were held against.
    pub(super) fn ruling(&self) -> &Ruling {
        &self.bench.judged.ruling
    }

    /// All of it, for a document.
    pub(super) fn report<'a>(&'a self, rows: &'a [RowId]) -> Report<'a> {
        self.assessment().report(self.ruling(), rows)
    }

    /// All that is to be said, of the acceptances too, in display form.
    pub(super) fn all_notes(&self) -> Vec<String> {
        self.notes.iter().cloned().chain(standing_notes(&self.assessment().standings, self.ruling())).collect()
    }
}

/// What the earlier time is like.
enum Then {
    /// There is none to measure against, or nothing was there: all is new.
    Nothing,
    /// What every side was, in the order of the sides.
    Known(Vec<Resolved>),
}

/// What is new since the times of `--since`; none where there is nothing to measure against: all is new.
fn new_since(
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
            let older = known.map_err(|error| match error.kind {
                ErrorKind::NoName { .. } => {
                    let what = format!("--since {since}: git knows no such revision, and the store no such snapshot");
                    Error::usage(
                        what,
                        "a shallow clone has few revisions: git fetch --unshallow; `driftglass list` shows snapshots",
                    )
                }
                _ => error.into(),
            })?;
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
                    notes.push(format!("{label} is in no repository, or ignored there: it is taken as it is now."));
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
        let debt = debt_without(&ruling.acceptances, &standings.over(), ruling.today);
        notes.push(format!("Acceptances: {}.", debt.words()));
    }
    if ruling.policy == Policy::default() {
        notes.push("No policy is in force: `driftglass config --example` shows what one says.".to_owned());
    }
    notes
}
