//! `driftglass save`.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::text::escape;
use crate::reference::Reference;
use std::sync::Arc;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The snapshot: a file, `-`, `live`, ...
    #[arg(value_name = "REF")]
    reference: String,
    /// The name to keep it under; its own label if not given
    #[arg(short, long, value_name = "LABEL")]
    label: Option<String>,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let workspace = environment.capturing()?;
    let references = std::slice::from_ref(&arguments.reference);
    for mut resolved in output::resolve(&workspace, references, environment.stderr_is_terminal)? {
        if let Some(label) = &arguments.label {
            Arc::make_mut(&mut resolved.snapshot).meta.label.clone_from(label);
        }
        let entry = workspace.save(&resolved.snapshot)?;
        note(&format!(
            "kept as {} ({})",
            escape(&Reference::from(&entry).to_string()),
            escape(&entry.path.to_string_lossy())
        ));
    }
    Ok(0)
}
