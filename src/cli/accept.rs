//! `driftglass accept`.

use super::environment::{Environment, today};
use super::error::Error;
use super::output::{self, note};
use crate::assess::Assessment;
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::model::vocabulary::Vocabulary;
use crate::policy::REASON;
use crate::policy::accept::{self, Acceptance, EditError, What, debt};
use crate::reference::{Configuration, Workspace};
use crate::report;
use crate::risk::Band;
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeMap;

/// The longest text of what was seen, in characters.
const SEEN: usize = 160;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What to accept: a path (of a branch all beneath), a pattern such as 'os.sysctl.net.**', or cause:KEY
    #[arg(value_name = "PATH|CAUSE", required_unless_present = "list")]
    what: Option<String>,
    /// The snapshots whose values are accepted; without them the environments of driftglass.toml
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Why it is accepted, in ten characters or more; it stands in every report
    #[arg(short, long, value_name = "TEXT", required_unless_present_any = ["list", "remove"])]
    reason: Option<String>,
    /// The last day on which it holds, or `never` where the risk is not high; without it about 90 days, for every path
    /// its own day
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
        return list(&configuration, &arguments.format);
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
    if !arguments.any_value && !matches!(acceptance.what, What::Pattern(_)) {
        pinned(&mut acceptance, arguments, environment)?;
    }
    let areas = areas();
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

/// Pins an acceptance to the values of the snapshots, and notes what they were.
fn pinned(acceptance: &mut Acceptance, arguments: &Arguments, environment: &Environment) -> Result<(), Error> {
    let workspace = environment.capturing()?;
    let references = references(&arguments.references, &workspace)?;
    let snapshots = output::resolve(&workspace, &references, environment.stderr_is_terminal)?;
    let mut ruling = environment.ruling(Some(acceptance.date))?;
    let before = std::mem::take(&mut ruling.acceptances);
    let cancelled = || Error::usage("the comparison was stopped", "");
    let assessment = Assessment::ruled(&snapshots, &ruling, &Cancel::new()).ok_or_else(cancelled)?;
    let comparison = &assessment.comparison;
    let mut names: Vec<&str> = comparison.sides().iter().map(|side| side.label()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let what = format!("two snapshots are called {}: values are pinned by name", escape(twice[0]));
        return Err(Error::usage(what, "capture one with another --label"));
    }
    let rows = assessment.acceptable(&acceptance.what);
    let Some(first) = rows.first() else {
        let names: Vec<String> = names.iter().map(|name| escape(name).into_owned()).collect();
        let what = format!("{}: nothing differs there between {}", acceptance.key, names.join(", "));
        return Err(Error::usage(what, "`driftglass diff` prints what differs; --any-value accepts what may come"));
    };
    if let (None, Some(band)) = (acceptance.until, assessment.worst_of(&rows).filter(|band| *band >= Band::High)) {
        let what = format!("{}: its risk is {}, and that is not accepted for ever", acceptance.key, band.word());
        return Err(Error::usage(what, "--until DATE, or leave it out for the usual end"));
    }
    assessment.pin(acceptance, &rows);
    let seen: Vec<String> = match rows.as_slice() {
        [_] => comparison
            .sides()
            .iter()
            .zip(comparison.cells(*first))
            .map(|(side, cell)| format!("{} {}", escape(side.label()), report::cell_text(cell)))
            .collect(),
        rows => vec![format!("{} differences", rows.len())],
    };
    acceptance.seen = Some(cut(&seen.join(", ")));
    if acceptance.values.values().any(|pin| pin == "hidden") {
        note("it is hidden without a key: when it changes, nobody can tell (--redaction-key makes it comparable)");
    }
    // What other environments had when it was accepted before still counts, where no snapshot says otherwise.
    if let Some(earlier) = before.named(&acceptance.key) {
        for (name, pin) in &earlier.values {
            acceptance.values.entry(name.clone()).or_insert_with(|| pin.clone());
        }
        note("it was accepted before: the reason, the author and the end are new");
    }
    Ok(())
}

/// The snapshots that were named, else the environments of the policy.
pub(super) fn references(given: &[String], workspace: &Workspace) -> Result<Vec<String>, Error> {
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
        let hint = "name two snapshots, or two [environments.NAME] in driftglass.toml";
        return Err(Error::usage("there are not two snapshots to compare", hint));
    }
    Ok(references)
}

/// The areas in which new acceptances are laid out.
fn areas() -> Vec<String> {
    let entries = Vocabulary::builtin().entries().iter();
    let mut areas: Vec<String> = entries
        .filter_map(|entry| entry.path.split('.').next().map(str::to_owned))
        .filter(|area| !area.contains('*'))
        .collect();
    areas.sort();
    areas.dedup();
    areas
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SEEN {
        return text.to_owned();
    }
    let head: String = text.chars().take(SEEN).collect();
    format!("{head}...")
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

fn list(configuration: &Configuration, format: &str) -> Result<u8, Error> {
    let (acceptances, warnings) = configuration.accepted()?;
    for warning in &warnings {
        note(&escape(warning));
    }
    let today = today();
    let debt = debt(&acceptances, today);
    output::write(None, |out| {
        if format == "json" {
            let one = |acceptance: &Acceptance| {
                json!({
                    "key": acceptance.key, "reason": acceptance.reason, "author": acceptance.author,
                    "date": acceptance.date.to_string(), "until": acceptance.until.map(|until| until.to_string()),
                    "holds": acceptance.holds(today), "seen": acceptance.seen, "values": acceptance.values,
                })
            };
            let list: Vec<_> = acceptances.list.iter().map(one).collect();
            let debt = json!({
                "holding": debt.holding, "ended": debt.ended, "endless": debt.endless,
                "ending_soon": debt.ending_soon, "oldest_days": debt.oldest_days, "median_days": debt.median_days,
            });
            let all = json!({ "format": "driftglass-acceptances/1", "acceptances": list, "debt": debt });
            let text = serde_json::to_string_pretty(&all)?;
            return writeln!(out, "{}", report::printable(&text));
        }
        for acceptance in &acceptances.list {
            let until = match acceptance.until {
                None => "no end".to_owned(),
                Some(until) if acceptance.holds(today) => format!("until {until}"),
                Some(until) => format!("ENDED {until}"),
            };
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
