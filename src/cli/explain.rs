//! `driftglass explain`.

use super::derived::{Known, is_of};
use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::base::text::escape;
use crate::effective::Definition;
use crate::model::Path;
use crate::model::redaction::names_secret;
use crate::model::vocabulary::{Class, Entry, Vocabulary};
use crate::risk::{Fallback, Rule, Score, without_sides};
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
    if let Some(fallback) = rules.fallbacks().iter().find(|fallback| fallback.id == *typed) {
        output::write(None, |out| match arguments.format.as_str() {
            "json" => {
                serde_json::to_writer_pretty(&mut *out, &fallback_json(fallback))?;
                writeln!(out)
            }
            _ => explain_fallback(fallback, out),
        })?;
        return Ok(0);
    }
    if let Some((_, file)) = rules.switched_off().iter().find(|(id, _)| id == typed) {
        let hint = format!("{} has `off = true` for it", escape(file));
        return Err(Error::usage(format!("the rule {typed} is switched off"), hint));
    }
    let path: Path = typed
        .parse()
        .map_err(|e| Error::usage(format!("{typed}: {e}"), "paths are written as in os.kernel.release"))?;
    let vocabulary = Vocabulary::builtin();
    let beneath: Vec<&Entry> = vocabulary.beneath(&path).collect();
    // A pattern for anything beneath says less of a branch than what is known of its parts.
    let entry = vocabulary.named(&path).filter(|entry| beneath.is_empty() || !entry.path.ends_with("**"));
    let known = Known::all();
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
    let is_derived = !derived.facts.is_empty();
    let is_leaf = entry.is_some() && beneath.is_empty();
    let fallback = rules.fallback_of(&path).filter(|_| is_leaf && entry.is_some_and(is_compared));
    let told = Judged { rules: all, fallback };
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
        "json" => as_json(&path, entry, &beneath, &derived, &told, out),
        _ => as_text(&path, entry, &beneath, &derived, &told, out),
    })?;
    Ok(0)
}

/// Facts that are derived: those at and beneath the path, and those that are made of it.
struct Derivations<'a> {
    facts: Vec<&'a Definition>,
    uses: Vec<&'a Definition>,
}

/// The rules that look at a path, and what is said where none fires.
struct Judged<'a> {
    rules: Vec<&'a Rule>,
    fallback: Option<&'a Fallback>,
}

/// The least and the most that terms can make of a rule's points: what moves them is only known of two values.
fn range(rule: &Rule) -> (u32, u32) {
    let base = rule.base();
    if rule.is_fixed {
        return (base.total(), base.total());
    }
    let is = |is: bool| i8::from(is);
    let has_size = |trigger: &crate::risk::Trigger| {
        trigger.ratio.is_some()
            || trigger.target.is_some()
            || trigger.difference.is_some()
            || trigger.version.is_some()
            || trigger.crosses.is_some()
            || trigger.older_than.is_some()
    };
    let direction = is(rule.harm.is_some());
    let most = Score {
        relevance: 2 * is(!rule.needs.is_empty()),
        magnitude: is(rule.triggers.iter().any(has_size)),
        direction,
        spread: 1,
        ..base
    };
    let least = Score { direction: -direction, unknown: -2 * is(rule.speaks_of_unknown), ..base };
    (least.total(), most.total())
}

/// Whether a difference of such a fact can be a finding.
fn is_compared(entry: &Entry) -> bool {
    entry.class == Class::Setting || entry.tolerance.is_some()
}

/// What a difference of such a fact says.
fn class(entry: &Entry) -> &'static str {
    match (entry.class, entry.tolerance) {
        (Class::Setting, _) => "setting: a difference is one",
        (Class::Identity, _) => "identity: expected to differ, and a finding where two machines share it",
        (Class::Volatile, None) => "volatile: moves by itself, and a difference says nothing",
        (Class::Volatile, Some(_)) => {
            "volatile: moves by itself, and a difference says nothing unless it is a large one"
        }
    }
}

/// When a rule fires, in words.
fn fires(rule: &Rule) -> String {
    rule.triggers.iter().map(crate::risk::Trigger::words).collect::<Vec<_>>().join(", or ")
}

fn explain_fallback(fallback: &Fallback, out: &mut dyn Write) -> io::Result<()> {
    let base = Score::base(fallback.severity, fallback.likelihood);
    let (band, clause) = base.band();
    writeln!(out, "{}: {}", escape(&fallback.id), escape(&fallback.title))?;
    let mut line = |name: &str, text: &str| writeln!(out, "  {name:<9} {}", escape(text));
    line("why", &fallback.why)?;
    line("strikes", fallback.impact.words())?;
    line("rated", &format!("{} = {}, {} by {}", base.vector(), base.total(), band.word(), clause.words()))?;
    for (at, path) in fallback.paths.iter().enumerate() {
        line(if at == 0 { "looks at" } else { "" }, path)?;
    }
    line("fires if", "no rule does")
}

fn fallback_json(fallback: &Fallback) -> serde_json::Value {
    let base = Score::base(fallback.severity, fallback.likelihood);
    json!({
        "id": fallback.id, "title": fallback.title, "impact": fallback.impact.word(), "severity": fallback.severity,
        "likelihood": fallback.likelihood, "level": base.band().0.word(), "paths": fallback.paths, "why": fallback.why,
        "is_default": true,
    })
}

fn as_text(
    path: &Path,
    entry: Option<&Entry>,
    beneath: &[&Entry],
    derived: &Derivations<'_>,
    judged: &Judged<'_>,
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
        line("class", class(entry))?;
        if let Some(tolerance) = entry.tolerance {
            line("by size", &tolerance.words())?;
        }
        for source in &entry.sources {
            line("source", source)?;
        }
    }
    let mut line = |name: &str, value: &str| writeln!(out, "  {name:<8} {value}");
    let whole = derived.facts.iter().find(|fact| is_of(fact, path));
    if let Some(fact) = whole {
        line("what", fact.about)?;
        fact.unit.map_or(Ok(()), |unit| line("unit", unit))?;
        line("derived", fact.formula)?;
        fact.from.iter().try_for_each(|input| line("from", input))?;
    }
    for fact in &derived.uses {
        line("part of", &format!("{}: {}", escape(&fact.path.to_string()), fact.about))?;
    }
    for rule in &judged.rules {
        let base = rule.base();
        line("rule", &format!("{}: {}", rule.id, escape(&without_sides(&rule.title))))?;
        line("", &format!("fires if {}", escape(&fires(rule))))?;
        let moved = match range(rule) {
            (least, most) if least == most => String::new(),
            (least, most) => format!("; {least} to {most} with what two values show"),
        };
        let (vector, points, band) = (base.vector(), base.total(), base.band().0.word());
        line("", &format!("rated {vector} = {points}, {band}, by itself{moved}"))?;
    }
    if let Some(fallback) = judged.fallback {
        let base = Score::base(fallback.severity, fallback.likelihood);
        let (points, band) = (base.total(), base.band().0.word());
        line("else", &format!("{} {points} {band}: {}", fallback.id, escape(&fallback.title)))?;
    }
    for fact in derived.facts.iter().filter(|fact| !is_of(fact, path)) {
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
    judged: &Judged<'_>,
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
    let rules: Vec<&str> = judged.rules.iter().map(|rule| rule.id.as_str()).collect();
    let rated = |rule: &&Rule| {
        let (least, most) = range(rule);
        let triggers: Vec<String> = rule.triggers.iter().map(crate::risk::Trigger::words).collect();
        json!({
            "rule": rule.id, "vector": rule.base().vector(), "score": rule.base().total(),
            "level": rule.base().band().0.word(), "least": least, "most": most, "fires_if": triggers,
        })
    };
    let rated: Vec<_> = judged.rules.iter().map(rated).collect();
    let of_derived = |fact: &&Definition| {
        json!({
            "path": fact.path.to_string(), "about": fact.about, "unit": fact.unit, "formula": fact.formula,
            "inputs": fact.from,
        })
    };
    let facts: Vec<_> = derived.facts.iter().map(of_derived).collect();
    let uses: Vec<String> = derived.uses.iter().map(|fact| fact.path.to_string()).collect();
    let all = json!({
        "path": path.to_string(), "fact": entry.map(told), "beneath": beneath, "derived": facts, "part_of": uses,
        "rules": rules, "rated": rated, "default": judged.fallback.map(|fallback| fallback.id.as_str()),
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}
