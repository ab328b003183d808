//! `driftglass` alone and `driftglass explore`: the explorer.

use super::environment::Environment;
use super::error::Error;
use super::{ColorChoice, diff, output, review};
use crate::assess::{Assessment, Judged};
use crate::base::cancel::Cancel;
use crate::reference::{MOST_DATES, Resolved, Series, Traced, Workspace, named, trace};
use crate::tui::plain::{self, Conversation};
use crate::tui::terminal::Mouse;
use crate::tui::tree::layout::Arrangement;
use crate::tui::{self, Left};
use std::sync::Arc;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Snapshots to lay side by side; with fewer than two, the explorer asks
    #[arg(value_name = "REF")]
    references: Vec<String>,
    #[command(flatten)]
    look: Look,
}

/// How the explorer looks and what it shows at first.
#[derive(clap::Args, Clone, Default)]
#[command(next_help_heading = "Explorer")]
pub(super) struct Look {
    /// Theme: ansi, dark, light, contrast, mono, plain, or one of your own [env: DRIFTGLASS_THEME]
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw lines and arrows in ASCII [env: DRIFTGLASS_ASCII=1]
    #[arg(long)]
    pub ascii: bool,
    /// Mouse: the wheel alone, clicks and drags too, or off [env: DRIFTGLASS_MOUSE]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub mouse: Option<MouseChoice>,
    /// Draw less, for a slow link; found out if not given [env: DRIFTGLASS_SLOW=1]
    #[arg(long)]
    pub slow: bool,
    /// Say the selected fact in a sentence on the status line, for screen readers [env: DRIFTGLASS_ANNOUNCE=1]
    #[arg(long)]
    pub announce: bool,
    /// How values stand: in columns, or in one line
    #[arg(long, value_enum, value_name = "LAYOUT")]
    pub layout: Option<LayoutChoice>,
    /// List same values too
    #[arg(long)]
    pub show_same: bool,
    /// List only what matches, such as 'area:dns is:changed'
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Open as if for the first time, and keep nothing of how it is left
    #[arg(long)]
    pub no_session: bool,
    /// A conversation in lines, for screen readers and simple terminals [env: ACCESSIBLE=1, DRIFTGLASS_PLAIN=1]
    #[arg(long)]
    pub plain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum MouseChoice {
    Wheel,
    Full,
    Off,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LayoutChoice {
    Auto,
    SideBySide,
    Unified,
    Stacked,
}

impl From<MouseChoice> for Mouse {
    fn from(choice: MouseChoice) -> Self {
        match choice {
            MouseChoice::Wheel => Mouse::Wheel,
            MouseChoice::Full => Mouse::Full,
            MouseChoice::Off => Mouse::Off,
        }
    }
}

impl From<LayoutChoice> for Arrangement {
    fn from(choice: LayoutChoice) -> Self {
        match choice {
            LayoutChoice::Auto => Arrangement::Auto,
            LayoutChoice::SideBySide => Arrangement::SideBySide,
            LayoutChoice::Unified => Arrangement::Unified,
            LayoutChoice::Stacked => Arrangement::Stacked,
        }
    }
}

impl Look {
    /// What was said before the command and after it; what stands after counts.
    pub(super) fn or(self, before: Look) -> Look {
        Look {
            theme: self.theme.or(before.theme),
            ascii: self.ascii || before.ascii,
            mouse: self.mouse.or(before.mouse),
            slow: self.slow || before.slow,
            announce: self.announce || before.announce,
            layout: self.layout.or(before.layout),
            show_same: self.show_same || before.show_same,
            filter: self.filter.or(before.filter),
            no_session: self.no_session || before.no_session,
            plain: self.plain || before.plain,
        }
    }
}

/// Talks about the snapshots in lines: nothing is drawn, and no terminal is needed.
fn converse(references: &[String], filter: Option<&str>, environment: &Environment) -> Result<u8, Error> {
    let references = match references {
        [] => vec!["live".to_owned(), BESIDE.to_owned()],
        [one] => vec![one.clone(), BESIDE.to_owned()],
        more => more.to_vec(),
    };
    let workspace = environment.capturing()?;
    // A bar that moves is no line.
    let snapshots = output::resolve(&workspace, &references, false)?;
    let ruling = Arc::new(environment.ruling_with_incidents()?);
    let Some(assessment) = Assessment::ruled(&snapshots, &ruling, &Cancel::new()) else { return Ok(0) };
    let judged = Arc::new(Judged { assessment, ruling });
    let past = past(workspace, &snapshots);
    let mut conversation =
        Conversation::new(judged, environment.saved()?.into()).with_past(past).with_desk(environment.desk()?);
    let mut out = std::io::stdout().lock();
    plain::converse(&mut conversation, filter, &mut std::io::stdin().lock(), &mut out).map_err(Error::Output)?;
    Ok(0)
}

/// What reads the history of the two sides that a difference is told of.
fn past(workspace: Workspace, snapshots: &[Resolved]) -> impl FnMut() -> Result<Traced, String> + Send + 'static {
    let sides: Vec<_> = snapshots.iter().take(2).map(|side| side.snapshot.clone()).collect();
    let label = |snapshot: &crate::model::Snapshot| snapshot.meta.label.clone();
    move || {
        let one = |side: &Arc<_>| Series::of(&workspace, &label(side), Some(side));
        let series: Result<Vec<Series>, _> = sides.iter().map(one).collect();
        let series = series.map_err(|error| error.to_string())?;
        // A flag that nobody sets cancels nothing.
        Ok(trace(&workspace, &series, (MOST_DATES, None), &Cancel::new(), &mut |_, _| {}).unwrap_or_default())
    }
}

/// What is said where there is no terminal.
const WITHOUT_TERMINAL: &str = "\
driftglass shows how environments differ. The explorer needs a terminal, and this is none. Without one:
  driftglass capture -o here.json             capture this machine
  driftglass diff here.json example:production   print what differs
  driftglass --help                           all commands";

/// The example that stands beside this machine where the store has nothing to choose from.
const BESIDE: &str = "example:production";

/// Without arguments: this machine beside an example where the store is empty, else a choice of what is there.
pub(super) fn alone(look: Look, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    run(Arguments { references: Vec::new(), look }, Look::default(), environment, colour)
}

pub(super) fn run(
    arguments: Arguments,
    before: Look,
    environment: &Environment,
    colour: ColorChoice,
) -> Result<u8, Error> {
    let look = arguments.look.or(before);
    if let Some(filter) = &look.filter {
        diff::understood(filter, &environment.saved()?)?;
    }
    if look.plain || environment.is_plain {
        return converse(&arguments.references, look.filter.as_deref(), environment);
    }
    let settings = environment.settings(colour, &look)?;
    settings.theme().map_err(tui::Error::from)?;
    if !environment.stdout_is_terminal || environment.term == "dumb" {
        return Err(Error::NoTerminal(WITHOUT_TERMINAL.to_owned()));
    }
    let mut workspace = environment.capturing()?;
    let has_begun = settings.state.as_deref().is_some_and(tui::review::resume::any);
    let has_choice = has_begun || workspace.list().is_ok_and(|entries| !entries.is_empty());
    let known = &workspace.context().environments;
    let given: Vec<String> = arguments.references.iter().map(|text| named(text, known)).collect();
    if given.len() == 1 || (given.is_empty() && has_choice) {
        let left = tui::pick(&mut workspace, &given, &settings)?;
        return next(left, &look, environment, colour);
    }
    let references = match given.as_slice() {
        [] => vec!["live".to_owned(), BESIDE.to_owned()],
        more => more.to_vec(),
    };
    let left = tui::explore(&mut workspace, &references, &settings)?;
    next(left, &look, environment, colour)
}

/// What comes after the explorer: nothing, or the review that was chosen in its list.
fn next(left: Left, look: &Look, environment: &Environment, colour: ColorChoice) -> Result<u8, Error> {
    match left {
        Left::Done => Ok(0),
        Left::Review(wanted) => review::resume(wanted, look, environment, colour),
    }
}
