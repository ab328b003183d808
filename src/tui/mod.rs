//! Floor 5: the explorer. A pure core - `update` takes a message into the model and returns effects, `view` draws the
//! model - and a small runtime that performs effects. ratatui and crossterm are known here and nowhere else.

pub mod accept;
pub mod canvas;
pub mod capture;
pub mod coverage;
pub mod detail;
pub mod document;
pub mod field;
pub mod form;
pub mod glyphs;
pub mod help;
pub mod hints;
pub mod keymap;
pub mod keys;
pub mod layer;
mod list;
pub mod matrix;
pub mod menu;
pub mod message;
pub mod model;
pub mod overview;
pub mod palette;
pub mod paper;
pub mod picker;
pub mod plain;
mod risk;

mod act;
mod arriving;
mod background;
mod crash;
mod loading;
mod mouse;
mod pace;
mod paint;
mod reading;
pub mod review;
mod runtime;
pub mod session;
mod settings;
mod shorten;
mod start;
mod switch;
pub mod terminal;
pub mod theme;
mod time;
mod told;
pub mod tree;
mod update;
mod view;
mod waiting;
pub mod whole;
mod work;
mod writer;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod tests;

pub use update::update;
pub use view::view;

use crate::assess::Ruling;
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::filter::Saved;
use crate::model::Snapshot;
use crate::reference::clipboard::Surroundings;
use crate::reference::{ReferenceError, SessionPlace, UNSEALED, Workspace};
use arriving::Arriving;
use glyphs::{GlyphChoice, Glyphs};
use keymap::Keymap;
use model::{Model, View};
use reading::{Ending, Opened, Pending};
use start::Start;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use terminal::{Guard, Mouse};
use theme::{Theme, ThemeError};
use tree::Tree;
use tree::kind::Kind;
use tree::layout::Arrangement;
use tree::sieve::Purpose;

/// What the command line and the environment say of the terminal. The environment is read by the command line alone.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The theme; `None` chooses by `NO_COLOR` and `TERM`.
    pub theme: Option<String>,
    /// What differences are held against.
    pub ruling: Arc<Ruling>,
    /// Where acceptances are written, and by whom.
    pub desk: accept::desk::Desk,
    /// Where reviews are kept, and by whom.
    pub office: review::begin::Office,
    /// Which characters decorate.
    pub glyphs: GlyphChoice,
    /// `TERM`.
    pub term: String,
    /// The first that is set of `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub locale: String,
    /// Whether `NO_COLOR` is set and not empty (no-color.org).
    pub no_color: bool,
    /// Whether the link is slow; `None` finds out.
    pub slow: Option<bool>,
    /// Whether the status line says the selected fact in a sentence.
    pub announces: bool,
    /// How much of the mouse is taken.
    pub mouse: Mouse,
    /// How values stand at first.
    pub arrangement: Option<Arrangement>,
    /// Whether same values are listed at first.
    pub shows_same: bool,
    /// The filter that is in force at first, which parses.
    pub filter: Option<String>,
    /// The ways to the clipboard.
    pub surroundings: Surroundings,
    /// Where crash files and sessions go; `None` for a user without a folder.
    pub state: Option<PathBuf>,
    /// Whether to go on where the user left, and to keep where that is.
    pub session: bool,
    /// Whether values that move by themselves are left out at first.
    pub hides_volatile: bool,
    /// The keys, if they are not the usual ones.
    pub keymap: Option<Keymap>,
    /// Filters by name.
    pub saved: Saved,
    /// The user's own themes by name, as their files have them.
    pub themes: Vec<(String, String)>,
    /// The user's configuration, where `:set save` writes.
    pub config: Option<PathBuf>,
    /// The user's pager.
    pub pager: Option<String>,
    /// The user's editor.
    pub editor: Option<String>,
}

impl Settings {
    /// The theme for this terminal.
    ///
    /// # Errors
    /// The chosen theme does not exist.
    pub fn theme(&self) -> Result<Theme, ThemeError> {
        let by_terminal = match self.term.as_str() {
            "dumb" => "plain",
            term if self.no_color || term.starts_with("vt") => "mono",
            _ => "ansi",
        };
        let name = self.theme.as_deref().unwrap_or(by_terminal);
        match self.themes.iter().find(|(known, _)| known == name) {
            Some((_, text)) => Theme::parse(text),
            None => Theme::named(name),
        }
    }
}

impl Settings {
    /// What a report of a rendering problem needs to say of the terminal; no values of snapshots.
    fn described(&self) -> String {
        format!("TERM {}\nlocale {}\nNO_COLOR {}", self.term, self.locale, self.no_color)
    }
}

/// Why the explorer ended other than by being left.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are fewer than two snapshots.
    #[error("two snapshots are needed to explore their differences")]
    TooFew,
    /// The theme cannot be used.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// A snapshot cannot be had.
    #[error(transparent)]
    Reference(ReferenceError),
    /// A defect while snapshots were read.
    #[error("reading failed: a defect; please report it")]
    Broken,
    /// The terminal refused, or is gone.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[source] io::Error),
    /// The system has no thread to give.
    #[error("a thread cannot be started: {0}")]
    Thread(#[source] io::Error),
}

/// Reads what references name and explores it side by side until the user leaves.
///
/// # Errors
/// See [`Error`]. The terminal is restored in any case.
pub fn explore(workspace: &mut Workspace, references: &[String], settings: &Settings) -> Result<Left, Error> {
    if references.len() < 2 {
        return Err(Error::TooFew);
    }
    begin(settings)?;
    left_by(read(workspace, references, settings))
}

fn read(workspace: &mut Workspace, references: &[String], settings: &Settings) -> Result<Left, Error> {
    let mut start = Start::new(workspace, settings)?;
    let opened = match start.read(references, None, false)? {
        Ending::Opened(opened) | Ending::Partly(opened) => Some(opened),
        Ending::Failed(error) => return Err(Error::Reference(error)),
        Ending::Broken => return Err(Error::Broken),
        Ending::Stopped => None,
        // The capture goes on, and the list shows how far it is.
        Ending::Background => start.pick(references)?,
    };
    picked(start, opened, settings)
}

/// Opens what was picked, or hands on what is wanted in its place.
fn picked(mut start: Start<'_>, opened: Option<Box<Opened>>, settings: &Settings) -> Result<Left, Error> {
    match (start.wanted.take(), opened) {
        (Some(wanted), _) => Ok(Left::Review(wanted)),
        (None, Some(opened)) => open(start, *opened, settings, None).map(|()| Left::Done),
        (None, None) => Ok(Left::Done),
    }
}

/// How the explorer was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The user has done with it.
    Done,
    /// To go on with a review.
    Review(review::resume::Wanted),
}

/// What a review is opened on.
#[derive(Debug)]
pub struct Reviewed {
    /// The snapshots, in order.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// What was typed for each.
    pub references: Vec<String>,
    /// What a user should know of what was read, in display form.
    pub warnings: Vec<String>,
    /// What the gate asks, and what was decided.
    pub setup: review::Setup,
}

/// Walks through what a gate asks until the user leaves.
///
/// # Errors
/// See [`Error`]. The terminal is restored in any case, and what was decided is on the disk.
pub fn review(workspace: &mut Workspace, about: Reviewed, settings: &Settings) -> Result<(), Error> {
    let Reviewed { snapshots, references, warnings, setup } = about;
    let (left, right, reference) = Model::first_sides(&snapshots);
    let pair = [snapshots.get(left), snapshots.get(right)].map(|side| side.map(Arc::clone));
    let [Some(one), Some(other)] = pair else { return Err(Error::TooFew) };
    begin(settings)?;
    let comparison = runtime::first_comparison([one, other], usize::from(reference == right));
    let tree = Tree::new(Arc::new(comparison));
    let sides = (left, right);
    let opened = Opened { snapshots, references, sides, reference, tree, warnings, captured: Vec::new() };
    left_by(Start::new(workspace, settings).and_then(|start| open(start, opened, settings, Some(&setup))))
}

/// Lets the user pick snapshots, then explores them. `chosen` are references that were named already.
///
/// # Errors
/// See [`Error`]. The terminal is restored in any case.
pub fn pick(workspace: &mut Workspace, chosen: &[String], settings: &Settings) -> Result<Left, Error> {
    begin(settings)?;
    let mut start = Start::new(workspace, settings)?;
    let opened = start.pick(chosen);
    left_by(opened.and_then(|opened| picked(start, opened, settings)))
}

/// What goes on in the background ends with the program, and what it has is kept; where the terminal was lost and not
/// left, it comes to its end first.
fn left_by<T>(how: Result<T, Error>) -> Result<T, Error> {
    match how {
        Err(Error::Terminal(_)) => background::outlast(),
        _ => drop(background::stop()),
    }
    how
}

/// From here on signals and the loss of the terminal end the program in order.
fn begin(settings: &Settings) -> Result<(), Error> {
    crash::keep_in(settings.state.clone());
    keymap::settle(settings.keymap.clone().unwrap_or_default());
    runtime::watch().map_err(Error::Thread)
}

fn open(mut start: Start<'_>, opened: Opened, settings: &Settings, setup: Option<&review::Setup>) -> Result<(), Error> {
    let rest = start.rest.take();
    let (guard, workspace) = start.into_parts()?;
    let mut wanted = show((guard, workspace), opened, settings, setup, rest)?;
    // Nobody has touched what was shown of it: it opens as if that had never been.
    while let Some((guard, opened)) = wanted {
        wanted = show((guard, workspace), *opened, settings, setup, None)?;
    }
    Ok(())
}

/// Shows what was read until the user leaves it, or until the rest of it is there and what was shown is not looked at.
fn show(
    (guard, workspace): (Guard, &Workspace),
    opened: Opened,
    settings: &Settings,
    setup: Option<&review::Setup>,
    rest: Option<Pending>,
) -> Result<Option<(Guard, Box<Opened>)>, Error> {
    let size = guard.size().map_err(Error::Terminal)?;
    let Opened { snapshots, references, sides, reference, tree, warnings, captured } = opened;
    let mut model = Model::with_tree(snapshots, sides, reference, tree, size);
    model.theme = settings.theme()?;
    model.theme_name.clone_from(&settings.theme);
    model.glyphs = Glyphs::choose(settings.glyphs, &settings.term, &settings.locale);
    model.auto_glyphs = Glyphs::choose(GlyphChoice::Auto, &settings.term, &settings.locale);
    model.themes.clone_from(&settings.themes);
    model.tree.set_saved(Arc::new(settings.saved.clone()));
    model.ruling = Arc::clone(&settings.ruling);
    model.accepts.file = settings.ruling.acceptances.clone();
    model.accepts.author = settings.desk.author.clone().unwrap_or_default();
    model.terminal = settings.described();
    model.mouse = settings.mouse;
    model.announces = settings.announces;
    model.set_slow(settings.slow.unwrap_or(guard.is_slow_line()));
    if settings.slow.is_none() && model.slow {
        model.note = update::SLOW.to_owned();
    }
    if let Some(label) = captured.first().and_then(|at| model.snapshots.get(*at)).map(|s| escape(s.meta.name())) {
        model.note = format!("{label} is captured; :save keeps it");
    }
    if settings.shows_same {
        at_once(&mut model.tree, Kind::Same);
    }
    if settings.hides_volatile {
        at_once(&mut model.tree, Kind::Volatile);
    }
    model.review = setup.map(|setup| Box::new(review::Review::new(setup)));
    model.arriving = rest.as_ref().map(|rest| {
        let (side, words) = rest.rest();
        Arriving { side, words, is_touched: false }
    });
    let state = settings.state.as_ref().filter(|_| settings.session && rest.is_none());
    let place = state.map(|state| SessionPlace::of(state, &model.snapshots));
    let mut first = match place.as_ref().map(SessionPlace::read) {
        Some(Ok(Some(left))) => session::resume(&mut model, &left),
        Some(Err(error)) => {
            model.note = format!("how it was left cannot be read: {}", escape(&error.to_string()));
            Vec::new()
        }
        // More than two are seen together first.
        _ if model.snapshots.len() > 2 && setup.is_none() => switch::show(&mut model, View::Matrix),
        _ => Vec::new(),
    };
    if setup.is_none()
        && rest.is_none()
        && let Some(state) = &settings.state
        && let Some(words) =
            review::resume::begun(state, &model.snapshots, settings.desk.configuration.project().as_deref())
    {
        model.note = words;
    }
    if let Some(setup) = setup {
        model.view = View::Review;
        // Where the explorer was left with the same snapshots is no place to begin a review at.
        if let Some(review) = &mut model.review {
            review.begin();
        }
        model.note = review::begin::resumed(&setup.journal);
        first.extend(review::gutter(&mut model));
        model.fit();
    }
    let alarms: Vec<&String> = warnings.iter().filter(|warning| !warning.contains(UNSEALED)).collect();
    if let Some(alarm) = alarms.first() {
        let more = if alarms.len() > 1 { " (:warnings has more)" } else { "" };
        model.note = format!("{alarm}{more}");
    }
    model.warnings = warnings;
    model.captured = captured;
    model.references = references;
    if let Some(arrangement) = settings.arrangement {
        model.arrange(arrangement);
    }
    if let Some(text) = &settings.filter {
        model.filter_off = false;
        model.tree.begin(Purpose::Filter);
        let job = model.tree.typed(|field| {
            *field = field::Field::new(text.clone());
            true
        });
        model.tree.keep();
        first.extend(job.map(message::Effect::Sieve));
    }
    if rest.is_none() {
        first.push(update::judge(&model));
    }
    let keeper = place.map(session::Keeper::start).transpose().map_err(Error::Thread)?;
    runtime::run(model, guard, workspace, settings, (first, keeper), setup.map(|setup| setup.desk.clone()), rest)
}

/// Shows a kind or hides it before the first frame.
fn at_once(tree: &mut Tree, kind: Kind) {
    if let Some(answer) = tree.toggle_kind(kind).and_then(|job| job.run(&Cancel::new())) {
        tree.answered(answer);
    }
}
