//! `driftglass config`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::text::escape;
use crate::policy;
use crate::reference::{Configuration, Reach, new_redaction_key};
use crate::risk::Rules;
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Print a commented example of driftglass.toml
    #[arg(long, conflicts_with_all = ["check", "format"])]
    example: bool,
    /// Check a file, or all that would be read: 0 sound, 1 something means nothing, 2 mistakes
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with = "format")]
    check: Option<Option<PathBuf>>,
    /// Make a key for --redaction-key: a new file that only you can read
    #[arg(long, value_name = "FILE", conflicts_with_all = ["example", "check", "format"])]
    new_redaction_key: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    if arguments.example {
        output::write(None, |out| out.write_all(policy::EXAMPLE.as_bytes()))?;
        return Ok(0);
    }
    if let Some(file) = &arguments.new_redaction_key {
        let key = new_redaction_key(file)?;
        note(&format!("{}: a new key, named {} in snapshots", escape(&file.to_string_lossy()), key.id()));
        return Ok(0);
    }
    let configuration = match &arguments.check {
        Some(Some(file)) => Configuration::of_file(file)?,
        _ => environment.configuration()?,
    };
    for warning in &configuration.warnings {
        note(&escape(warning));
    }
    if arguments.check.is_some() {
        let mistakes = super::environment::mistakes(&configuration.policy.explorer);
        if !mistakes.is_empty() {
            return Err(Error::Configuration(mistakes));
        }
        let (_, warnings) = configuration.accepted()?;
        let too_few = configuration.too_few().filter(|_| configuration.asks());
        warnings.iter().chain(&too_few).for_each(|warning| note(&escape(warning)));
        // A file that was named is looked at alone.
        let rules = if matches!(arguments.check, Some(None)) { environment.rules()? } else { Rules::builtin().clone() };
        if matches!(arguments.check, Some(None)) {
            environment.incidents(None, &rules)?;
        }
        output::write(None, |out| checked(&configuration, out))?;
        let is_quiet = configuration.warnings.is_empty() && warnings.is_empty() && rules.warnings().is_empty();
        let is_sound = is_quiet && too_few.is_none();
        return Ok(u8::from(!is_sound));
    }
    output::write(None, |out| match arguments.format.as_str() {
        "json" => as_json(&configuration, out),
        _ => as_text(&configuration, out),
    })?;
    if configuration.files.is_empty() {
        note("no configuration here; `driftglass config --example > driftglass.toml` begins one");
    }
    Ok(0)
}

fn checked(configuration: &Configuration, out: &mut dyn Write) -> io::Result<()> {
    for file in &configuration.files {
        writeln!(out, "{}: read", escape(&file.to_string_lossy()))?;
    }
    let policy = &configuration.policy;
    if !policy.environments.is_empty() || !policy.relations.is_empty() || policy.gate != policy::Gate::default() {
        let (environments, relations) = (policy.environments.len(), policy.relations.len());
        let gate = [policy.gate.block.as_ref(), policy.gate.needs_decision.as_ref()].into_iter().flatten().count();
        writeln!(out, "policy: {environments} environments, {relations} relations, {gate} filters of the gate")?;
    }
    let asks = [policy.rehearsal.asks("each target"), policy.push.asks("each target")];
    for asks in asks.into_iter().flatten() {
        writeln!(out, "asked besides: {asks}")?;
    }
    if !policy.push.touches.is_empty() {
        writeln!(out, "files of a push: {} globs besides the built-in ones", policy.push.touches.len())?;
    }
    let accepted = configuration.accepted().map_or(0, |(acceptances, _)| acceptances.list.len());
    if accepted > 0 {
        writeln!(out, "{}: {accepted} accepted", escape(&configuration.acceptances.to_string_lossy()))?;
    }
    let counts: Vec<String> =
        configuration.policy.watch.lists().iter().map(|(key, list)| format!("{} {key}", list.len())).collect();
    writeln!(out, "watched: {}", counts.join(", "))
}

/// As a configuration that says the same, with the files that it was read from in comments.
fn as_text(configuration: &Configuration, out: &mut dyn Write) -> io::Result<()> {
    for file in &configuration.files {
        writeln!(out, "# from {}", escape(&file.to_string_lossy()))?;
    }
    let reach = |name: &str| configuration.environments.get(name).map(|reach| reach.reference.to_string());
    out.write_all(configuration.policy.written(reach).as_bytes())
}

fn as_json(configuration: &Configuration, out: &mut dyn Write) -> io::Result<()> {
    let watch: serde_json::Map<_, _> =
        configuration.policy.watch.lists().iter().map(|(key, list)| ((*key).to_owned(), json!(list))).collect();
    let files: Vec<_> = configuration.files.iter().map(|file| file.to_string_lossy()).collect();
    let policy = &configuration.policy;
    let environment = |(name, reach): (&String, &Reach)| {
        (name.clone(), json!({ "role": reach.role.map(policy::Role::word), "reach": reach.reference.to_string() }))
    };
    let environments: serde_json::Map<_, _> = configuration.environments.iter().map(environment).collect();
    let relation = |relation: &policy::Relation| {
        let paths: Vec<String> = relation.paths.iter().map(ToString::to_string).collect();
        json!({
            "path": paths, "must": relation.must.word(), "asks": relation.must.to_string(),
            "between": relation.between, "reason": relation.reason, "then": relation.then.word(),
            "place": relation.place,
        })
    };
    let relations: Vec<_> = policy.relations.iter().map(relation).collect();
    let block = policy.gate.block.as_ref().map_or(policy::DEFAULT_BLOCK, |block| block.text.as_str());
    let gate = json!({
        "block": block, "needs-decision": policy.gate.needs_decision.as_ref().map(|expression| &expression.text),
        "unknown": policy.gate.unknown.unwrap_or_default().word(),
    });
    let touches: serde_json::Map<_, _> = policy
        .push
        .touches
        .iter()
        .map(|(glob, touch)| {
            let means: Vec<String> = touch.means.value.iter().map(ToString::to_string).collect();
            (glob.clone(), json!(means))
        })
        .collect();
    let then = |then: Option<policy::Then>| then.unwrap_or(policy::Then::Block).word();
    let push = json!({ "most-facts": policy.push.most_facts, "then": then(policy.push.then), "touches": touches });
    let rehearsal = json!({
        "not-older-than-days": policy.rehearsal.not_older_than, "within-seconds": policy.rehearsal.within,
        "then": then(policy.rehearsal.then),
    });
    let explorer = &policy.explorer;
    let texts =
        |texts: &std::collections::BTreeMap<String, policy::explorer::Placed<String>>| -> serde_json::Map<_, _> {
            texts.iter().map(|(key, text)| (key.clone(), json!(text.value))).collect()
        };
    let keys: serde_json::Map<_, _> =
        explorer.keys.iter().map(|(key, keys)| (key.clone(), json!(keys.value))).collect();
    let explorer = json!({
        "settings": texts(&explorer.settings), "filters": texts(&explorer.filters), "keys": keys,
        "key-set": explorer.key_set.as_ref().map(|set| &set.value),
    });
    let all = json!({
        "files": files, "watch": watch, "environments": environments, "relations": relations, "gate": gate,
        "push": push, "rehearsal": rehearsal, "explorer": explorer,
        "acceptances": configuration.acceptances.to_string_lossy(),
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}
