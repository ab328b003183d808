//! `driftglass list`.

use super::environment::Environment;
use super::error::Error;
use super::output;
use crate::base::text::{escape, width};
use crate::reference::{Entry, Reference};
use crate::report::printable;
use serde_json::json;
use std::io::{self, Write};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let entries = environment.workspace()?.list()?;
    output::write(
        None,
        |out| if arguments.format == "json" { as_json(&entries, out) } else { as_text(&entries, out) },
    )?;
    if entries.is_empty() && arguments.format == "text" {
        output::note("the store is empty; `driftglass capture` puts a snapshot of this machine there");
    }
    Ok(0)
}

/// The widest name that others are aligned with, in cells.
const NAME: usize = 48;

fn as_text(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> =
        entries.iter().map(|entry| escape(&Reference::from(entry).to_string()).into_owned()).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0).clamp("NAME".len(), NAME);
    if !entries.is_empty() {
        writeln!(out, "{:<widest$}  {:<20}  {:>10}  HOST", "NAME", "CAPTURED", "SIZE")?;
    }
    for (name, entry) in names.iter().zip(entries) {
        let pad = " ".repeat(widest.saturating_sub(width(name)));
        let at = entry.captured_at.map_or_else(|| "-".repeat(20), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let size = entry.size.div_ceil(1024);
        let said = match (&entry.problem, entry.header()) {
            (Some(problem), _) if entry.is_part => escape(problem).into_owned(),
            (Some(problem), _) => format!("cannot be read: {}", escape(problem)),
            (None, Ok(header)) => escape(header.meta.host.as_deref().unwrap_or_default()).into_owned(),
            (None, Err(error)) => format!("cannot be read: {}", escape(&error.to_string())),
        };
        writeln!(out, "{}", format!("{name}{pad}  {at}  {size:>6} KiB  {said}").trim_end())?;
    }
    Ok(())
}

fn as_json(entries: &[Entry], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            json!({
                "reference": Reference::from(entry).to_string(),
                "label": entry.label,
                "captured_at": entry.captured_at.map(|at| at.to_string()),
                "size_bytes": entry.size,
                "file": entry.path.to_string_lossy(),
                "problem": entry.problem,
            })
        })
        .collect();
    writeln!(out, "{}", printable(&serde_json::to_string_pretty(&rows)?))
}
