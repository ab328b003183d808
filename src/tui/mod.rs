//! Floor 5: the explorer. A pure core - `update` takes a message into the model and returns effects, `view` draws the
//! model - and a small runtime that performs effects. ratatui and crossterm are known here and nowhere else.

pub mod canvas;
pub mod capture;
pub mod detail;
pub mod field;
pub mod glyphs;
pub mod help;
pub mod hints;
pub mod keys;
pub mod layer;
pub mod matrix;
pub mod menu;
pub mod message;
pub mod model;
pub mod overview;
pub mod palette;
pub mod picker;
pub mod plain;

mod runtime;
mod start;
mod switch;
pub mod terminal;
pub mod theme;
pub mod tree;
mod update;
mod view;
pub mod whole;
mod work;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use update::update;
pub use view::view;

use crate::model::Snapshot;
use crate::reference::Workspace;
use glyphs::{GlyphChoice, Glyphs};
use model::Model;
use std::io;
use std::sync::Arc;
use terminal::Guard;
use theme::{Theme, ThemeError};

/// What the command line and the environment say of the terminal. The environment is read by the command line alone.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The theme; `None` chooses by `NO_COLOR` and `TERM`.
    pub theme: Option<String>,
    /// Which characters decorate.
    pub glyphs: GlyphChoice,
    /// `TERM`.
    pub term: String,
    /// The first that is set of `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub locale: String,
    /// Whether `NO_COLOR` is set and not empty (no-color.org).
    pub no_color: bool,
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
        Theme::named(self.theme.as_deref().unwrap_or(by_terminal))
    }
}

impl Settings {
    /// What a report of a rendering problem needs to say of the terminal; no values of snapshots.
    fn described(&self) -> String {
        let theme = self.theme.as_deref().unwrap_or("by terminal");
        format!("TERM {}\nlocale {}\nNO_COLOR {}\ntheme {theme}", self.term, self.locale, self.no_color)
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
    /// The terminal refused, or is gone.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[source] io::Error),
    /// The system has no thread to give.
    #[error("a thread cannot be started: {0}")]
    Thread(#[source] io::Error),
}

/// Explores snapshots side by side until the user leaves.
///
/// # Errors
/// See [`Error`]. The terminal is restored in any case.
pub fn explore(snapshots: Vec<Arc<Snapshot>>, settings: &Settings) -> Result<(), Error> {
    if snapshots.len() < 2 {
        return Err(Error::TooFew);
    }
    settings.theme()?;
    let guard = Guard::enter().map_err(Error::Terminal)?;
    open(snapshots, None, settings, guard)
}

/// Lets the user pick snapshots, then explores them. `chosen` are references that were named already.
///
/// # Errors
/// See [`Error`]. The terminal is restored in any case.
pub fn pick(workspace: &mut Workspace, chosen: &[String], settings: &Settings) -> Result<(), Error> {
    settings.theme()?;
    let mut guard = Guard::enter().map_err(Error::Terminal)?;
    match start::pick(workspace, chosen, settings, &mut guard)? {
        Some((snapshots, reference)) => open(snapshots, reference, settings, guard),
        None => Ok(()),
    }
}

fn open(
    snapshots: Vec<Arc<Snapshot>>,
    reference: Option<usize>,
    settings: &Settings,
    guard: Guard,
) -> Result<(), Error> {
    let (mut left, mut right, first) = Model::first_sides(&snapshots);
    let reference = reference.unwrap_or(first);
    if ![left, right].contains(&reference) {
        (left, right) = (usize::from(reference == 0), reference);
    }
    let (Some(a), Some(b)) = (snapshots.get(left), snapshots.get(right)) else { return Err(Error::TooFew) };
    if left == right {
        return Err(Error::TooFew);
    }
    let comparison = runtime::first_comparison([Arc::clone(a), Arc::clone(b)], usize::from(reference == right));
    let size = guard.size().map_err(Error::Terminal)?;
    let mut model = Model::new(snapshots, (left, right), reference, Arc::new(comparison), size);
    model.theme = settings.theme()?;
    model.glyphs = Glyphs::choose(settings.glyphs, &settings.term, &settings.locale);
    model.terminal = settings.described();
    runtime::run(model, guard)
}
