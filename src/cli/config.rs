//! `driftglass config`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::text::escape;
use crate::policy;
use crate::reference::{Configuration, new_redaction_key};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Print a commented example of driftglass.toml
    #[arg(long, conflicts_with_all = ["check", "format"])]
    example: bool,
    /// Check a file, or all that would be read: 0 sound, 1 keys that mean nothing, 2 mistakes
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
        output::write(None, |out| checked(&configuration, out))?;
        return Ok(u8::from(!configuration.warnings.is_empty()));
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
    let counts: Vec<String> =
        configuration.policy.watch.lists().iter().map(|(key, list)| format!("{} {key}", list.len())).collect();
    writeln!(out, "watched: {}", counts.join(", "))
}

/// As a configuration that says the same, with the files that it was read from in comments.
fn as_text(configuration: &Configuration, out: &mut dyn Write) -> io::Result<()> {
    for file in &configuration.files {
        writeln!(out, "# from {}", escape(&file.to_string_lossy()))?;
    }
    writeln!(out, "[watch]")?;
    for (key, list) in configuration.policy.watch.lists() {
        // JSON's strings are TOML's too.
        let entries: Vec<String> = list.iter().map(|entry| json!(escape(entry)).to_string()).collect();
        writeln!(out, "{key} = [{}]", entries.join(", "))?;
    }
    Ok(())
}

fn as_json(configuration: &Configuration, out: &mut dyn Write) -> io::Result<()> {
    let watch: serde_json::Map<_, _> =
        configuration.policy.watch.lists().iter().map(|(key, list)| ((*key).to_owned(), json!(list))).collect();
    let files: Vec<_> = configuration.files.iter().map(|file| file.to_string_lossy()).collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "files": files, "watch": watch }))?;
    writeln!(out)
}
