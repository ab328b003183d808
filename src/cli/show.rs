//! `driftglass show`.

use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::base::text::escape;
use crate::model::{Path, Snapshot, Tree, TreeBuilder};
use crate::report::{self, printable};
use std::io::{self, Write};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The snapshot
    #[arg(value_name = "REF")]
    reference: String,
    /// Only what stands at and beneath this path, such as os.kernel
    #[arg(value_name = "PATH")]
    path: Option<String>,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let workspace = environment.capturing()?;
    let references = std::slice::from_ref(&arguments.reference);
    let mut resolved = output::resolve(&workspace, references, environment.stderr_is_terminal)?;
    let Some(resolved) = resolved.pop() else { return Ok(0) };
    let snapshot = &*resolved.snapshot;
    let typed = arguments.path.as_deref().unwrap_or_default();
    let path: Path = typed
        .parse()
        .map_err(|e| Error::usage(format!("{typed}: {e}"), "paths are written as in os.kernel.release"))?;
    let node = snapshot.facts.find_typed(&path);
    let Some(node) = node else {
        return Err(match snapshot.problem_at(&path) {
            Some(problem) => Error::usage(format!("{path}: {problem}"), ""),
            None => Error::usage(
                format!("{} has no {path}", arguments.reference),
                format!("`driftglass show {}` lists what it has", arguments.reference),
            ),
        });
    };
    output::write(None, |out| {
        if arguments.format == "json" { as_json(snapshot, node, out) } else { as_text(snapshot, node, out) }
    })?;
    Ok(0)
}

fn as_text(snapshot: &Snapshot, node: u32, out: &mut dyn Write) -> io::Result<()> {
    let facts = &snapshot.facts;
    let leaves = facts.leaves().filter(|(leaf, _)| (node..facts.end(node)).contains(leaf));
    for (leaf, value) in leaves {
        let path = facts.path(leaf);
        let cell = value.redacted().map_or(crate::compare::Cell::Value(value), crate::compare::Cell::Redacted);
        writeln!(out, "{} = {}", escape(&path.to_string()), report::cell_text(cell))?;
        if !facts.is_branch(node)
            && let Some(source) = snapshot.provenance.of(&path)
        {
            writeln!(out, "  from {}", escape(source))?;
        }
    }
    let at = facts.path(node);
    for (path, problem) in snapshot.problems.iter().filter(|(path, _)| path.starts_with(&at)) {
        writeln!(out, "{} ? {}", escape(&path.to_string()), escape(&problem.to_string()))?;
    }
    Ok(())
}

/// The part as a snapshot of its own, in the format that every command reads.
fn as_json(snapshot: &Snapshot, node: u32, out: &mut dyn Write) -> io::Result<()> {
    if node == Tree::ROOT {
        return print(snapshot, out);
    }
    let at = snapshot.facts.path(node);
    let mut builder = TreeBuilder::new();
    let above = &at.segments()[..at.depth() - 1];
    for key in above {
        builder.open(key, false);
    }
    snapshot.facts.copy(node, &mut builder);
    for _ in above {
        builder.close();
    }
    let mut part = Snapshot { meta: snapshot.meta.clone(), facts: builder.finish(), ..Snapshot::default() };
    for (path, source) in snapshot.provenance.iter().filter(|(path, _)| path.starts_with(&at) || at.starts_with(path)) {
        part.provenance.insert(path.clone(), source);
    }
    part.problems = snapshot.problems.iter().filter(|(path, _)| path.starts_with(&at)).cloned().collect();
    print(&part, out)
}

fn print(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Vec::new();
    crate::format::write(snapshot, &mut json)?;
    out.write_all(printable(&String::from_utf8_lossy(&json)).as_bytes())
}
