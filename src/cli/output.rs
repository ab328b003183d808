//! Where data goes: a file, whole or not at all, or standard output.

use super::error::Error;
use crate::base::text::escape;
use crate::reference::{Reference, ReferenceError, Resolved, Workspace, named, tell_apart, write_output};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes to a file, or to standard output for none or `-`.
pub(super) fn write(target: Option<&Path>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    match target.filter(|path| *path != Path::new("-")) {
        Some(path) => {
            let mut bytes = Vec::new();
            fill(&mut bytes)?;
            Ok(write_output(path, &bytes)?)
        }
        None => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            fill(&mut out)?;
            Ok(out.flush()?)
        }
    }
}

/// Says something to the person, never to the data.
pub(super) fn note(text: &str) {
    // Nobody to tell is no reason to fail.
    let _ = writeln!(io::stderr(), "driftglass: {text}");
}

/// Reads what the references name, in order; warnings are said once each.
pub(super) fn resolve(workspace: &Workspace, references: &[String], terminal: bool) -> Result<Vec<Resolved>, Error> {
    let found: Result<Vec<_>, _> = references.iter().map(|text| capture(workspace, text, terminal, false)).collect();
    told_apart(found)
}

/// As [`resolve`], and says nothing.
pub(super) fn resolve_quietly(workspace: &Workspace, references: &[String]) -> Result<Vec<Resolved>, Error> {
    let one = |text: &String| {
        let reference: Reference = named(text, &workspace.context().environments).parse()?;
        Ok(workspace.resolve(&reference, &mut |_| {})?)
    };
    told_apart(references.iter().map(one).collect())
}

/// Those of one label are called by what was typed for them.
fn told_apart(found: Result<Vec<Resolved>, Error>) -> Result<Vec<Resolved>, Error> {
    let mut found = found?;
    tell_apart(&mut found);
    Ok(found)
}

/// Reads or captures what a reference names; with the times that it took, where they are asked for.
pub(super) fn capture(workspace: &Workspace, text: &str, terminal: bool, timings: bool) -> Result<Resolved, Error> {
    let text = named(text, &workspace.context().environments);
    let reference: Reference = text.parse().map_err(|e: ReferenceError| Error::from(e))?;
    let mut progress = super::progress::Progress::new(terminal);
    let resolved = workspace.resolve(&reference, &mut |event| progress.event(&event))?;
    let took = progress.end();
    if timings {
        took.iter().for_each(|line| note(line));
    }
    for warning in &resolved.warnings {
        note(&format!("{}: {}", escape(&resolved.source), escape(warning)));
    }
    Ok(resolved)
}
