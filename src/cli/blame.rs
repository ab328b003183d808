//! `driftglass blame`.

use super::environment::Environment;
use super::error::Error;
use super::log::{How, references, report, series, traced};
use super::output;
use crate::base::reading::Reading;
use crate::history::Order;
use crate::model::Path;
use crate::reference::{Series, Workspace};
use crate::report::history::{write_blame, write_json};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// One environment or two, and the path of a fact or a branch, such as os.sysctl
    #[arg(required = true, num_args = 2..=3, value_names = ["NAME", "PATH"])]
    names_and_path: Vec<String>,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let Some((typed, names)) = arguments.names_and_path.split_last() else { return Ok(2) };
    let path: Path = typed
        .parse()
        .map_err(|e| Error::usage(format!("{typed}: {e}"), "paths are written as in os.kernel.release"))?;
    let workspace = environment.capturing()?;
    let series = series(&workspace, names, environment.stderr_is_terminal)?;
    let (path, is_leaf) = meant(&workspace, &series, path);
    let asked = is_leaf.then_some(&path);
    let Some(traced) = traced(&workspace, &series, &arguments.how, asked) else { return Ok(0) };
    if !is_leaf && !traced.history.rows.iter().any(|row| row.path.starts_with(&path)) {
        let hint = format!("`driftglass log {}` lists what has one", names.join(" "));
        return Err(Error::usage(format!("nothing at {path} has differed or changed"), hint));
    }
    let references = references(&traced);
    let report = report(&traced, &references, Order::Path);
    output::write(None, |out| match arguments.how.is_json() {
        true => write_json(&report, &path, out),
        false => write_blame(&report, &path, out),
    })?;
    Ok(0)
}

/// The path as the newest captures have it, where it was typed without the quotes of a key; and whether a fact stands
/// there.
fn meant(workspace: &Workspace, series: &[Series], typed: Path) -> (Path, bool) {
    for one in series {
        let newest = one.captures.last().and_then(|last| workspace.load_capture(last, &Reading::default()).ok());
        let Some(newest) = newest else { continue };
        if let Some(node) = newest.facts.find_typed(&typed) {
            return (newest.facts.path(node), !newest.facts.is_branch(node));
        }
    }
    (typed, false)
}
