//! `driftglass explain`.

use super::derived::{Fact, Known};
use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::base::text::escape;
use crate::model::Path;
use crate::model::redaction::names_secret;
use crate::model::vocabulary::{Entry, Vocabulary};
use crate::risk::{Rule, without_sides};
use serde_json::json;
use std::collections::HashSet;
use std::io::{self, Write};

/// How many patterns are offered for one that is not there.
const OFFERED: usize = 5;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The path of a fact, as in os.kernel.release; of a branch, what stands beneath is listed. Or the name of a rule
    #[arg(value_name = "PATH|RULE")]
    path: String,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let typed = &arguments.path;
    let rules = environment.rules()?;
    if let Some(rule) = rules.named(typed) {
        output::write(None, |out| {
            if arguments.format == "text" {
                return super::rules::explain(rule, out);
            }
            serde_json::to_writer_pretty(&mut *out, &super::rules::rule_json(rule))?;
            writeln!(out)
        })?;
        return Ok(0);
    }
    let path: Path = typed
        .parse()
        .map_err(|e| Error::usage(format!("{typed}: {e}"), "paths are written as in os.kernel.release"))?;
    let vocabulary = Vocabulary::builtin();
    let beneath: Vec<&Entry> = vocabulary.beneath(&path).collect();
    // A pattern for anything beneath says less of a branch than what is known of its parts.
    let entry = vocabulary.named(&path).filter(|entry| beneath.is_empty() || !entry.path.ends_with("**"));
    let known = Known::of_examples();
    let derived = Derivations { facts: known.at(&path), uses: known.made_of(&path) };
    // A rule that rates a derived fact rates by it what it is made of.
    let by_derived = derived.uses.iter().flat_map(|fact| rules.of_path(&fact.path));
    let mut seen = HashSet::new();
    // A rule about secrets asks of every path; it says something of those whose name is that of one.
    let is_secret = path.last().is_some_and(names_secret);
    let speaks = |rule: &&Rule| is_secret || !rule.triggers.iter().all(|trigger| trigger.secret);
    let all = rules.of_path(&path).into_iter().chain(by_derived).filter(speaks);
    let all = all.filter(|rule| seen.insert(rule.id.as_str()));
    let all: Vec<&Rule> = all.collect();
    // The examples do not have all that is derived: the rest is known by the rules that look at it.
    let is_of_rules = path.segments().first().is_some_and(|area| area == "effective") && !all.is_empty();
    let is_derived = !derived.facts.is_empty() || is_of_rules;
    if entry.is_none() && beneath.is_empty() && !is_derived {
        let near: Vec<&str> = vocabulary.nearest(&path, OFFERED).iter().map(|entry| entry.path.as_str()).collect();
        let hint = match near[..] {
            [] => {
                "`driftglass man --facts` lists all paths, `driftglass rules` all rules, `explain effective` what is \
                   derived"
                    .to_owned()
            }
            _ => format!("did you mean {}?", near.join(", ")),
        };
        return Err(Error::usage(format!("no fact is called {path}, and no rule"), hint));
    }
    output::write(None, |out| match arguments.format.as_str() {
        "json" => as_json(&path, entry, &beneath, &derived, &all, out),
        _ => as_text(&path, entry, &beneath, &derived, &all, out),
    })?;
    Ok(0)
}

/// Facts that are derived: those at and beneath the path, and those that are made of it.
struct Derivations<'a> {
    facts: Vec<&'a Fact>,
    uses: Vec<&'a Fact>,
}

fn as_text(
    path: &Path,
    entry: Option<&Entry>,
    beneath: &[&Entry],
    derived: &Derivations<'_>,
    rules: &[&Rule],
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", escape(&path.to_string()))?;
    if let Some(entry) = entry {
        writeln!(out, "  {}", entry.about)?;
        let mut line = |name: &str, value: &str| writeln!(out, "  {name:<8} {value}");
        if entry.path != path.to_string() {
            line("pattern", &entry.path)?;
        }
        line("kind", entry.kind.word())?;
        if let Some(unit) = entry.unit() {
            line("unit", unit)?;
        }
        if let Some(order) = entry.order {
            line("order", &format!("a version, compared by the rules of {}", order.word()))?;
        }
        line("class", entry.class.word())?;
        if let Some(tolerance) = entry.tolerance {
            line("by size", &tolerance.words())?;
        }
        for source in &entry.sources {
            line("source", source)?;
        }
    }
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<8} {value}");
    let whole = derived.facts.iter().find(|fact| fact.path == *path);
    if let Some(fact) = whole {
        line("what", fact.about)?;
        fact.unit.map_or(Ok(()), |unit| line("unit", unit))?;
        line("derived", fact.formula)?;
        fact.inputs.iter().try_for_each(|input| line("from", &escape(input)))?;
    }
    for fact in &derived.uses {
        line("part of", &format!("{}: {}", escape(&fact.path.to_string()), fact.about))?;
    }
    for rule in rules {
        let base = rule.base();
        let (points, band) = (base.total(), base.band().0.word());
        line("rule", &format!("{} {points} {band}: {}", rule.id, escape(&without_sides(&rule.title))))?;
    }
    for fact in derived.facts.iter().filter(|fact| fact.path != *path) {
        writeln!(out, "  {}\n      {}", escape(&fact.path.to_string()), fact.about)?;
    }
    for entry in beneath {
        writeln!(out, "  {}\n      {}", entry.path, entry.about)?;
    }
    Ok(())
}

fn as_json(
    path: &Path,
    entry: Option<&Entry>,
    beneath: &[&Entry],
    derived: &Derivations<'_>,
    rules: &[&Rule],
    out: &mut dyn Write,
) -> io::Result<()> {
    let told = |entry: &Entry| {
        json!({
            "pattern": entry.path, "about": entry.about, "kind": entry.kind.word(), "unit": entry.unit(),
            "order": entry.order.map(|order| order.word()), "class": entry.class.word(), "sources": entry.sources,
            "tolerance": entry.tolerance.map(|t| json!({ "factor": t.factor, "floor": t.floor })),
        })
    };
    let beneath: Vec<_> = beneath.iter().map(|entry| told(entry)).collect();
    let rules: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    let of_derived = |fact: &&Fact| {
        json!({
            "path": fact.path.to_string(), "about": fact.about, "unit": fact.unit, "formula": fact.formula,
            "inputs": fact.inputs,
        })
    };
    let facts: Vec<_> = derived.facts.iter().map(of_derived).collect();
    let uses: Vec<String> = derived.uses.iter().map(|fact| fact.path.to_string()).collect();
    let all = json!({
        "path": path.to_string(), "fact": entry.map(told), "beneath": beneath, "derived": facts, "part_of": uses,
        "rules": rules,
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}
