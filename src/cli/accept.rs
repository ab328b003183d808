//! `driftglass accept`.

use super::case::{Case, Question};
use super::environment::{Environment, today};
use super::error::Error;
use super::output::{self, note};
use crate::assess::{Assessment, PinError};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::policy::accept::{self, Acceptance, EditError, What, debt_without};
use crate::policy::{REASON, Standings};
use crate::reference::{Configuration, Workspace};
use crate::report;
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What to accept: a path (of a branch all beneath), a pattern such as 'os.sysctl."net.*"', or cause:KEY
    #[arg(value_name = "PATH|CAUSE", required_unless_present = "list")]
    what: Option<String>,
    /// The snapshots whose values are accepted; without them the environments of driftglass.toml
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Why it is accepted, in ten characters or more; it stands in every report
    #[arg(short, long, value_name = "TEXT", required_unless_present_any = ["list", "remove"])]
    reason: Option<String>,
    /// The last day on which it holds, or `never` where the risk is not high and no relation blocks; without it about
    /// 90 days, for every path its own day
    #[arg(short, long, value_name = "DATE")]
    until: Option<String>,
    /// Who accepts it; without it git's user.name and user.email, else USER
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Accept whatever values it has or will have
    #[arg(long)]
    any_value: bool,
    /// Take the acceptance back
    #[arg(long, conflicts_with_all = ["reason", "until", "author", "any_value", "references", "list"])]
    remove: bool,
    /// List all acceptances, when they end and how old they are
    #[arg(long, conflicts_with_all = ["reason", "until", "author", "any_value"])]
    list: bool,
    /// How --list is written
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"], requires = "list")]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let configuration = environment.configuration()?;
    if arguments.list {
        return list(&configuration, environment, &arguments.format);
    }
    let key = arguments.what.as_deref().unwrap_or_default();
    if arguments.remove {
        // As it was accepted: whatever quotes are typed now.
        let key = match What::parse(key) {
            Ok(What::Path(path)) => path.to_string(),
            _ => key.to_owned(),
        };
        configuration
            .edit_accepted(|text| accept::remove(text, &key).map_err(|error| edited(error, &configuration)))?;
        note(&format!("{}: taken back", escape(&key)));
        return Ok(0);
    }
    let what =
        What::parse(key).map_err(|why| Error::usage(format!("{key}: {why}"), "`driftglass diff` prints paths"))?;
    let mut acceptance = acceptance(arguments, what, environment)?;
    let is_pinned = !arguments.any_value && !matches!(acceptance.what, What::Pattern(_));
    // Without an end it is accepted only by who sees what it risks.
    if is_pinned || acceptance.until.is_none() {
        held(&mut acceptance, is_pinned, arguments, environment)?;
    }
    let areas = accept::areas();
    let put = |text: &str| accept::put(text, &acceptance, &areas).map_err(|error| edited(error, &configuration));
    configuration.edit_accepted(put)?;
    let until = acceptance.until.map_or_else(|| "without an end".to_owned(), |until| format!("until {until}"));
    let values = match &acceptance.seen {
        Some(seen) => format!("these values: {seen}"),
        None => "any values".to_owned(),
    };
    note(&format!("{}: accepted {until}, {}", escape(&acceptance.key), escape(&values)));
    note(&format!("kept in {}", escape(&configuration.acceptances.to_string_lossy())));
    Ok(0)
}

fn acceptance(arguments: &Arguments, what: What, environment: &Environment) -> Result<Acceptance, Error> {
    let key = match &what {
        // As paths are written everywhere, whatever quotes were typed.
        What::Path(path) => path.to_string(),
        What::Pattern(_) | What::Cause(_) => arguments.what.clone().unwrap_or_default(),
    };
    let reason = arguments.reason.as_deref().unwrap_or_default().trim();
    if reason.chars().count() < REASON {
        let hint = "say why it may stay so: whoever reads it next year does not know";
        return Err(Error::usage(format!("--reason: it has {REASON} characters or more"), hint));
    }
    let today = today();
    let until = match arguments.until.as_deref() {
        None => Some(accept::usual_end(&key, today)),
        Some("never") => None,
        Some(text) => {
            let day = text.parse::<Date>().ok().filter(|_| text.len() == 10);
            let day = day.ok_or_else(|| Error::usage(format!("--until {text}: it is no day"), "as in 2027-02-18"))?;
            if day < today {
                return Err(Error::usage(format!("--until {text}: that day is over"), ""));
            }
            Some(day)
        }
    };
    let workspace = environment.workspace()?;
    let author = arguments.author.clone().or_else(|| workspace.git_user()).or_else(|| environment.user.clone());
    let author = author.filter(|author| !author.trim().is_empty()).ok_or_else(|| {
        Error::usage("nobody is known here to have accepted it", "--author NAME, or git config user.name")
    })?;
    let values = BTreeMap::new();
    Ok(Acceptance { key, what, reason: reason.to_owned(), author, date: today, until, values, seen: None })
}

/// Holds an acceptance against the snapshots: whether it may be without an end, and where it `is_pinned`, to what values,
/// and what they were.
fn held(
    acceptance: &mut Acceptance,
    is_pinned: bool,
    arguments: &Arguments,
    environment: &Environment,
) -> Result<(), Error> {
    let workspace = environment.capturing()?;
    let references = references(&arguments.references, &workspace, environment)?;
    let snapshots = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let mut ruling = environment.ruling(Some(acceptance.date))?;
    let before = std::mem::take(&mut ruling.acceptances);
    let cancelled = || Error::usage("the comparison was stopped", "");
    let assessment = Assessment::ruled(&snapshots, &ruling, &Cancel::new()).ok_or_else(cancelled)?;
    let earlier = before.named(&acceptance.key);
    let told = |error: PinError| {
        let hint = match error {
            PinError::Twice(_) => "capture one with another --label",
            PinError::Nothing(..) => "`driftglass diff` prints what differs; --any-value accepts what may come",
            PinError::Endless(..) => "--until DATE, or leave it out for the usual end",
        };
        Error::usage(error.to_string(), hint)
    };
    if !is_pinned {
        return assessment.ending(acceptance).map(|_| ()).map_err(told);
    }
    let pinned = assessment.pin(acceptance, earlier).map_err(told)?;
    if pinned.is_blind {
        note("it is hidden without a key: when it changes, nobody can tell (--redaction-key makes it comparable)");
    }
    if earlier.is_some() {
        note("it was accepted before: the reason, the author and the end are new");
    }
    Ok(())
}

/// The snapshots that were named, else the environments of the policy.
pub(super) fn references(
    given: &[String],
    workspace: &Workspace,
    environment: &Environment,
) -> Result<Vec<String>, Error> {
    let known = &workspace.context().environments;
    let references: Vec<String> = match given {
        [] => {
            let mut names: Vec<_> = known.iter().collect();
            names.sort_by_key(|(name, reach)| (reach.is_target(name), name.as_str()));
            names.into_iter().map(|(name, _)| format!("env:{name}")).collect()
        }
        given => given.to_vec(),
    };
    if references.len() < 2 {
        let too_few = environment.configuration()?.too_few().filter(|_| given.is_empty());
        if let Some(what) = too_few {
            return Err(Error::Configuration(vec![what]));
        }
        let hint = "name two snapshots, or two [environments.NAME] in driftglass.toml";
        return Err(Error::usage("there are not two snapshots to compare", hint));
    }
    Ok(references)
}

fn edited(error: EditError, configuration: &Configuration) -> Error {
    match error {
        EditError::Wrong(remarks) => configuration.wrong(&remarks).into(),
        error @ EditError::None(_) => Error::usage(error.to_string(), "`driftglass accept --list` lists all"),
        error @ EditError::Lost => {
            let what = format!("{}: {error}", configuration.acceptances.display());
            Error::usage(what, "edit it by hand, and let `driftglass config --check` read it")
        }
    }
}

/// How the environments of the policy stand to what is accepted; none where there are no two, or they cannot be read.
fn standings(configuration: &Configuration, environment: &Environment) -> Option<Standings> {
    if configuration.environments.len() < 2 {
        return None;
    }
    let mut environment = environment.clone();
    environment.is_quiet = true;
    match Case::new(&Question::default(), &environment) {
        Ok(case) => Some(case.assessment().standings.clone()),
        Err(_) => {
            note("which of them still let something through is not known: `driftglass check` says why");
            None
        }
    }
}

/// How an acceptance stands: a word for programs, and what is said of its end.
fn state(index: usize, acceptance: &Acceptance, standings: &Standings, today: Date) -> (&'static str, String) {
    let until = acceptance.until.map_or_else(|| "no end".to_owned(), |until| format!("until {until}"));
    let reopened = standings.reopened.iter().find(|reopened| reopened.acceptance == index);
    let is_over = standings.over().contains(&index);
    match acceptance.until {
        _ if !acceptance.has_begun(today) => ("to-come", format!("{until}, BEGINS {}", acceptance.date)),
        Some(end) if end < today => ("ended", format!("ENDED {end}")),
        _ if standings.spent.contains(&index) => ("no-difference", format!("{until}, NO DIFFERENCE there")),
        _ => match reopened.filter(|_| is_over) {
            Some(reopened) => ("open-again", format!("{until}, OPEN AGAIN: {}", escape(&reopened.words))),
            None => ("holds", until),
        },
    }
}

fn list(configuration: &Configuration, environment: &Environment, format: &str) -> Result<u8, Error> {
    let (acceptances, warnings) = configuration.accepted()?;
    for warning in &warnings {
        note(&escape(warning));
    }
    let today = today();
    let standings = Some(&acceptances.list).filter(|list| !list.is_empty());
    let standings = standings.and_then(|_| self::standings(configuration, environment)).unwrap_or_default();
    let debt = debt_without(&acceptances, &standings.over(), today);
    output::write(None, |out| {
        if format == "json" {
            let one = |(index, acceptance): (usize, &Acceptance)| {
                let (state, _) = state(index, acceptance, &standings, today);
                json!({
                    "key": acceptance.key, "reason": acceptance.reason, "author": acceptance.author,
                    "date": acceptance.date.to_string(), "until": acceptance.until.map(|until| until.to_string()),
                    "holds": state == "holds", "state": state, "seen": acceptance.seen, "values": acceptance.values,
                })
            };
            let list: Vec<_> = acceptances.list.iter().enumerate().map(one).collect();
            let debt = json!({
                "holding": debt.holding, "ended": debt.ended, "endless": debt.endless,
                "ending_soon": debt.ending_soon, "oldest_days": debt.oldest_days, "median_days": debt.median_days,
            });
            let all = json!({ "format": "driftglass-acceptances/1", "acceptances": list, "debt": debt });
            let text = serde_json::to_string_pretty(&all)?;
            return writeln!(out, "{}", report::printable(&text));
        }
        for (index, acceptance) in acceptances.list.iter().enumerate() {
            let (_, until) = state(index, acceptance, &standings, today);
            writeln!(out, "{}  {until}", escape(&acceptance.key))?;
            writeln!(out, "    {} ({}, {})", escape(&acceptance.reason), escape(&acceptance.author), acceptance.date)?;
            if let Some(seen) = &acceptance.seen {
                writeln!(out, "    {}", escape(seen))?;
            }
        }
        writeln!(out, "{}", debt.words())
    })?;
    Ok(0)
}
