//! `driftglass capture`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::text::escape;
use crate::model::Path;
use crate::model::redaction::Finding;
use crate::policy::Watch;
use crate::reference::{Reference, capture_in_words, write_capture};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// What to capture: `live` (the default) or `root:PLACE`
    #[arg(value_name = "REF")]
    reference: Option<String>,
    /// Write the snapshot to this file instead of the store; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What people call the environment; the host's own name if not given
    #[arg(short, long, value_name = "LABEL")]
    label: Option<String>,
    /// What it is for, such as production, staging, ci or dev
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Capture this folder or archive as another machine's root: the same as `root:PLACE`
    ///
    /// An archive is read without being unpacked: tar, also with gzip, bzip2, xz or zstd; a support archive, whose
    /// recorded commands answer where files are missing; the image of a container (docker save, OCI layout), whose
    /// layers are laid over each other. What only a running machine can tell is then not collected.
    #[arg(long, value_name = "PLACE", conflicts_with = "reference")]
    root: Option<PathBuf>,
    /// Only these areas or parts of them, such as libraries,os.sysctl
    #[arg(long, value_name = "AREA", value_delimiter = ',')]
    area: Vec<String>,
    /// Not these areas or parts of them
    #[arg(long, value_name = "AREA", value_delimiter = ',')]
    without: Vec<String>,
    /// Run no program on the host; what only programs tell is then not collected
    #[arg(long)]
    no_exec: bool,
    /// Say how long each source took to read, the slowest first
    #[arg(long)]
    timings: bool,
    /// List what was hidden: its path, line and rule, never the value. To standard output, or to standard error where
    /// that has the snapshot
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text",
        value_parser = ["text", "json"])]
    explain_redaction: Option<String>,
    /// Files to record besides the known ones and those of driftglass.toml: a glob, as in '/srv/app/*.conf'
    #[arg(long, value_name = "GLOB")]
    watch_file: Vec<String>,
}

pub(super) fn run(arguments: Arguments, environment: &Environment) -> Result<u8, Error> {
    let mut workspace = environment.capturing()?;
    let known: Vec<&str> = crate::reference::areas();
    for path in arguments.area.iter().chain(&arguments.without) {
        if !crate::reference::is_captured(path) {
            let hint = format!("there are {}, and parts of them such as os.sysctl", known.join(", "));
            return Err(Error::usage(format!("no area named \"{path}\""), hint));
        }
    }
    let left = |path: &&str| !arguments.without.iter().any(|out| *path == out || path.starts_with(&format!("{out}.")));
    let asked: Vec<&str> = arguments.area.iter().map(String::as_str).collect();
    if !(if asked.is_empty() { &known } else { &asked }).iter().any(left) {
        let hint = "leave out --without, or name an area with --area that it does not";
        return Err(Error::usage("--area and --without leave nothing to capture", hint));
    }
    for glob in &arguments.watch_file {
        crate::policy::file(glob).map_err(|why| {
            Error::usage(format!("--watch-file {glob}: {why}"), "as in '/srv/app/*.conf' or '/srv/**/*.yaml'")
        })?;
    }
    let reference = match (&arguments.root, &arguments.reference) {
        (Some(folder), _) => format!("root:{}", folder.display()),
        (None, Some(reference)) => reference.clone(),
        (None, None) => "live".to_owned(),
    };
    let kind: Reference = reference.parse()?;
    if !matches!(kind, Reference::Live | Reference::Root(_) | Reference::Ssh { .. }) {
        let what = match kind {
            Reference::File(_) => "is a file of a snapshot, if anything",
            Reference::Stored { .. } => "would be a snapshot in the store",
            _ => "is a snapshot already",
        };
        return Err(Error::usage(
            format!("{reference} {what}, and no machine or root to capture"),
            "capture takes `live` or `root:PLACE`, a folder or an archive; `driftglass save REF` keeps a snapshot in the store",
        ));
    }
    let capture = &mut workspace.context_mut().capture;
    capture.watch.add(&Watch { files: arguments.watch_file, ..Watch::default() });
    capture.label = arguments.label.unwrap_or_default();
    capture.areas = arguments.area;
    capture.without = arguments.without;
    capture.no_exec = arguments.no_exec;
    let timings = arguments.timings;
    let mut resolved = output::capture(&workspace, &reference, environment.stderr_is_terminal, timings)?;
    if arguments.role.is_some() {
        Arc::make_mut(&mut resolved.snapshot).meta.role = arguments.role;
    }
    let snapshot = &*resolved.snapshot;
    let kept = match &arguments.output {
        Some(path) => {
            if path.as_os_str() == "-" {
                output::write(None, |out| crate::format::write(snapshot, &mut { out }))?;
            } else {
                write_capture(path, snapshot)?;
            }
            match path.as_os_str() == "-" {
                true => "written to standard output".to_owned(),
                false => format!("kept in {}", path.display()),
            }
        }
        None => {
            let entry = workspace.save(snapshot)?;
            format!("kept as {} in the store ({})", Reference::from(&entry), entry.path.display())
        }
    };
    if let Some(format) = &arguments.explain_redaction {
        let explain = |out: &mut dyn Write| match format.as_str() {
            "json" => explain_as_json(&resolved.redacted, out),
            _ => explain_as_text(&resolved.redacted, out),
        };
        match &arguments.output {
            Some(path) if path.as_os_str() == "-" => explain(&mut io::stderr().lock())?,
            _ => output::write(None, explain)?,
        }
    }
    let words = capture_in_words(snapshot, resolved.redacted.len());
    note(&format!("{}; {}", escape(&words), escape(&kept)));
    // The process ends now, and the system takes a hundred thousand texts back at once that would be freed one by one.
    std::mem::forget(resolved);
    Ok(0)
}

/// A line for each: `path line 3: name requirepass`.
fn explain_as_text(redacted: &[(Path, Finding)], out: &mut dyn Write) -> io::Result<()> {
    for (path, finding) in redacted {
        let line = finding.line.map_or_else(String::new, |line| format!(" line {line}"));
        let name = finding.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
        writeln!(out, "{}{line}: {}{}", escape(&path.to_string()), finding.rule, escape(&name))?;
    }
    Ok(())
}

fn explain_as_json(redacted: &[(Path, Finding)], out: &mut dyn Write) -> io::Result<()> {
    let list: Vec<_> = redacted
        .iter()
        .map(|(path, finding)| {
            json!({ "path": path.to_string(), "line": finding.line, "rule": finding.rule, "name": finding.name })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &json!({ "format": "driftglass-redaction/1", "redacted": list }))?;
    writeln!(out)
}
