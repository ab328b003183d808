//! `driftglass explain`.

use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::base::text::escape;
use crate::model::Path;
use crate::model::vocabulary::{Entry, Vocabulary};
use crate::risk::Rule;
use serde_json::json;
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
    if entry.is_none() && beneath.is_empty() {
        let near: Vec<&str> = vocabulary.nearest(&path, OFFERED).iter().map(|entry| entry.path.as_str()).collect();
        let hint = match near[..] {
            [] => "`driftglass man --facts` lists all paths, `driftglass rules` all rules".to_owned(),
            _ => format!("did you mean {}?", near.join(", ")),
        };
        return Err(Error::usage(format!("no fact is called {path}, and no rule"), hint));
    }
    output::write(None, |out| match arguments.format.as_str() {
        "json" => as_json(&path, entry, &beneath, &rules.of_path(&path), out),
        _ => as_text(&path, entry, &beneath, &rules.of_path(&path), out),
    })?;
    Ok(0)
}

fn as_text(
    path: &Path,
    entry: Option<&Entry>,
    beneath: &[&Entry],
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
        for rule in rules {
            let base = rule.base();
            line("rule", &format!("{} {} {}: {}", rule.id, base.total(), base.band().0.word(), escape(&rule.title)))?;
        }
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
    let all = json!({ "path": path.to_string(), "fact": entry.map(told), "beneath": beneath, "rules": rules });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}
