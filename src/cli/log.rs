//! `driftglass log`, and what `driftglass blame` shares with it.

use super::environment::Environment;
use super::error::Error;
use super::output::{self, note};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::history::Order;
use crate::model::Path;
use crate::reference::{
    Capture, MOST_DATES, Reference, ReferenceError, Series, Traced, Which, Workspace, named, trace,
};
use crate::report::history::{HistoryReport, write_json, write_log};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// One environment, for what changed in it; or two, for what diverged between them and healed
    #[arg(required = true, num_args = 1..=2, value_name = "NAME")]
    names: Vec<String>,
    /// The order of paths, where there are two
    #[arg(long, value_enum, default_value_t = OrderChoice::Newest, value_name = "ORDER")]
    order: OrderChoice,
    /// List what differed on all dates too
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    how: How,
}

/// What both commands take.
#[derive(clap::Args)]
pub(super) struct How {
    /// How many dates are read at most, the newest of all
    #[arg(long, value_name = "N", default_value_t = MOST_DATES)]
    last: usize,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

impl How {
    pub(super) fn is_json(&self) -> bool {
        self.format == "json"
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum OrderChoice {
    /// What diverged or healed last
    Newest,
    /// What differs longest
    Oldest,
    /// What went back and forth most often
    Restless,
    /// As in the tree
    Path,
}

impl From<OrderChoice> for Order {
    fn from(choice: OrderChoice) -> Self {
        match choice {
            OrderChoice::Newest => Order::Newest,
            OrderChoice::Oldest => Order::Oldest,
            OrderChoice::Restless => Order::Restless,
            OrderChoice::Path => Order::Path,
        }
    }
}

pub(super) fn run(arguments: &Arguments, environment: &Environment) -> Result<u8, Error> {
    let workspace = environment.capturing()?;
    let series = series(&workspace, &arguments.names, environment.stderr_is_terminal)?;
    let Some(traced) = traced(&workspace, &series, &arguments.how, None) else { return Ok(0) };
    let references = references(&traced);
    let report = HistoryReport { all: arguments.all, ..report(&traced, &references, arguments.order.into()) };
    output::write(None, |out| match arguments.how.is_json() {
        true => write_json(&report, &Path::root(), out),
        false => write_log(&report, out),
    })?;
    Ok(0)
}

/// The captures of the environments that are named: a label of the store, or a snapshot whose label has more there.
pub(super) fn series(workspace: &Workspace, names: &[String], terminal: bool) -> Result<Vec<Series>, Error> {
    let one = |text: &String| {
        let reference: Reference =
            named(text, &workspace.context().environments).parse().map_err(|e: ReferenceError| Error::from(e))?;
        let label = match &reference {
            Reference::Stored { label, which: Which::Newest } | Reference::Environment(label) => Some(label.clone()),
            _ => None,
        };
        if let Some(label) = label {
            let series = Series::of(workspace, &label, None)?;
            if !series.captures.is_empty() {
                return Ok(series);
            }
        }
        let resolved = output::resolve(workspace, std::slice::from_ref(text), terminal)?.pop();
        let resolved = resolved.ok_or_else(|| Error::usage("nothing was read", ""))?;
        Ok(Series::of(workspace, &resolved.snapshot.meta.label, Some(&resolved.snapshot))?)
    };
    names.iter().map(one).collect()
}

/// Reads them all, and says what could not be read.
pub(super) fn traced(workspace: &Workspace, series: &[Series], how: &How, asked: Option<&Path>) -> Option<Traced> {
    let traced = trace(workspace, series, (how.last, asked), &Cancel::new(), &mut |_, _| {})?;
    traced.warnings.iter().for_each(|warning| note(&format!("left out: {}", escape(warning))));
    Some(traced)
}

/// What names each capture, by date and side.
pub(super) fn references(traced: &Traced) -> Vec<Vec<String>> {
    let name = |capture: &Capture| capture.reference().unwrap_or_default();
    traced.captures.iter().map(|sides| sides.iter().map(name).collect()).collect()
}

pub(super) fn report<'a>(traced: &'a Traced, references: &'a [Vec<String>], order: Order) -> HistoryReport<'a> {
    HistoryReport { history: &traced.history, references, left_out: traced.left_out, order, all: true }
}
