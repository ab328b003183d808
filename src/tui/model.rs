//! The state of the explorer. Everything on the screen is a function of it.

use super::accept::Accepts;
use super::arriving::Arriving;
use super::coverage;
use super::glyphs::Glyphs;
use super::keys::{Action, Screen};
use super::layer::Layer;
use super::menu::Menu;
use super::paper::Paper;
use super::review::Review;
use super::risk::Worst;
use super::terminal::Mouse;
use super::theme::{Theme, ThemeError};
use super::time::{Present, Time};
use super::tree::layout::{Arrangement, Choices};
use super::tree::{Layout, Tree};
use super::whole::Whole;
use crate::assess::Ruling;
use crate::compare::{Comparison, RowId};
use crate::model::{Path, Snapshot};
use crate::risk::Rules;
use ratatui::layout::Size;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is looked at beneath all layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The tree of two sides.
    #[default]
    Tree,
    /// What is to be read, worst first.
    Risk,
    /// All snapshots beside each other.
    Matrix,
    /// What diverged and healed over the snapshots.
    Time,
    /// The report of what the tree shows, as text.
    Report,
    /// Areas by snapshots.
    Overview,
    /// What tests can meet of the target.
    Coverage,
    /// What a gate asks.
    Review,
}

impl View {
    /// The views that are always there, in the order of their keys.
    pub const ALL: [View; 7] =
        [View::Tree, View::Risk, View::Matrix, View::Time, View::Report, View::Overview, View::Coverage];

    /// The name in the title.
    pub fn word(self) -> &'static str {
        match self {
            View::Tree => "Tree",
            View::Risk => "Risk",
            View::Matrix => "Matrix",
            View::Time => "Time",
            View::Report => "Report",
            View::Overview => "Overview",
            View::Coverage => "Coverage",
            View::Review => "Review",
        }
    }

    /// Its screen in the table of keys.
    pub fn screen(self) -> Screen {
        match self {
            View::Tree => Screen::Tree,
            View::Risk => Screen::Risk,
            View::Matrix => Screen::Matrix,
            View::Time => Screen::Time,
            View::Report => Screen::Report,
            View::Overview => Screen::Overview,
            View::Coverage => Screen::Coverage,
            View::Review => Screen::Review,
        }
    }

    /// What leads to it.
    pub fn action(self) -> Action {
        match self {
            View::Tree => Action::ViewTree,
            View::Risk => Action::ViewRisk,
            View::Matrix => Action::ViewMatrix,
            View::Time => Action::ViewTime,
            View::Report => Action::ViewReport,
            View::Overview => Action::ViewOverview,
            View::Coverage => Action::ViewCoverage,
            View::Review => Action::ViewReview,
        }
    }
}

/// The fact that a copy or a print takes, and the two sides that stand for all where only two fit.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What it is a row of.
    pub comparison: Arc<Comparison>,
    /// The row.
    pub row: RowId,
    /// The left side and the right one.
    pub sides: (usize, usize),
}

/// The state of the explorer.
#[derive(Debug)]
pub struct Model {
    /// The look of each role.
    pub theme: Theme,
    /// Which theme that is; `None` where the terminal chose it.
    pub theme_name: Option<String>,
    /// The user's own themes, by name, as their files have them.
    pub themes: Vec<(String, String)>,
    /// The characters of decoration.
    pub glyphs: Glyphs,
    /// Those that the terminal suggests.
    pub auto_glyphs: Glyphs,
    /// The size of the terminal.
    pub size: Size,
    /// Every snapshot that was opened.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// Which two are side by side: left, right.
    pub sides: (usize, usize),
    /// Which one is measured against.
    pub reference: usize,
    /// The tree of the two sides.
    pub tree: Tree,
    /// What is looked at.
    pub view: View,
    /// The list of what is to be read first.
    pub worst: Worst,
    /// Where the screen of coverage stands.
    pub covered: coverage::Sight,
    /// The report as text, once it was looked at.
    pub paper: Paper,
    /// All snapshots together, once they were looked at.
    pub whole: Option<Whole>,
    /// The history of the two sides, once it was looked at.
    pub time: Time,
    /// What is open, while the snapshots of an earlier date are looked at.
    pub present: Option<Box<Present>>,
    /// The side that is still read.
    pub arriving: Option<Arriving>,
    /// What differences are held against.
    pub ruling: Arc<Ruling>,
    /// What has been accepted here, and can be taken back.
    pub accepts: Accepts,
    /// The review that is open.
    pub review: Option<Box<Review>>,
    /// Screens above the tree, the last on top.
    pub layers: Vec<Box<dyn Layer>>,
    /// The open menu.
    pub menu: Option<Menu>,
    /// Whether the user has done anything yet, or left a place to come back to: until then the selection may be placed.
    pub is_touched: bool,
    /// Words on the status line until the next key.
    pub note: String,
    /// Filters and finds that were kept, the newest last.
    pub history: Vec<String>,
    /// Commands that were typed, the newest last.
    pub commands: Vec<String>,
    /// Whether the status line says the selected fact in a sentence, for screen readers.
    pub announces: bool,
    /// Whether the link is slow: less is drawn.
    pub slow: bool,
    /// What was typed for each snapshot, in the same order; empty where nobody typed it.
    pub references: Vec<String>,
    /// What a user should know of what was read, in display form.
    pub warnings: Vec<String>,
    /// Which snapshots were captured for this view and are on no disk yet.
    pub captured: Vec<usize>,
    /// How much of the mouse is taken.
    pub mouse: Mouse,
    /// What is known of the terminal, for reports of problems with it.
    pub terminal: String,
    pub(super) choices: [Choices; 2],
    pub(super) compare_ticket: u64,
    /// The sides that are being laid side by side, until the answer is there.
    pub(super) asked: Option<(usize, usize)>,
    /// The path to select once the sides that were asked for are there.
    pub(super) goal: Option<Path>,
    /// The path that another view was left with, while nothing else was selected in the present one, which may show only
    /// what stands for it: an area, a cause.
    pub(super) carried: Option<Path>,
    /// The view whose Enter led to the tree: the way back.
    pub(super) led_from: Option<View>,
    /// The filter that is being run was switched off when it was left.
    pub(super) filter_off: bool,
    /// Settings that were changed while it runs.
    pub(super) changed: BTreeMap<String, String>,
    pub(super) survey_ticket: u64,
    /// Of the earlier date that was asked for last.
    pub(super) past_ticket: u64,
    /// Whether all snapshots are being laid side by side.
    pub(super) surveying: bool,
}

impl Model {
    /// The explorer as it opens on a comparison of the two chosen sides.
    pub fn new(
        snapshots: Vec<Arc<Snapshot>>,
        sides: (usize, usize),
        reference: usize,
        comparison: Arc<Comparison>,
        size: Size,
    ) -> Self {
        Self::with_tree(snapshots, sides, reference, Tree::new(comparison), size)
    }

    /// As [`Model::new`], with the tree of the two sides.
    pub fn with_tree(
        snapshots: Vec<Arc<Snapshot>>,
        sides: (usize, usize),
        reference: usize,
        tree: Tree,
        size: Size,
    ) -> Self {
        let mut model = Self {
            theme: Theme::default(),
            theme_name: None,
            themes: Vec::new(),
            glyphs: Glyphs::ASCII,
            auto_glyphs: Glyphs::ASCII,
            size,
            snapshots,
            sides,
            reference,
            tree,
            view: View::default(),
            worst: Worst::default(),
            covered: coverage::Sight::default(),
            paper: Paper::default(),
            whole: None,
            time: Time::default(),
            present: None,
            arriving: None,
            ruling: Arc::new(Ruling { rules: Rules::builtin().clone(), ..Ruling::default() }),
            accepts: Accepts::default(),
            review: None,
            layers: Vec::new(),
            menu: None,
            is_touched: false,
            note: String::new(),
            history: Vec::new(),
            commands: Vec::new(),
            announces: false,
            slow: false,
            captured: Vec::new(),
            warnings: Vec::new(),
            references: Vec::new(),
            mouse: Mouse::default(),
            terminal: String::new(),
            choices: [Choices::default(); 2],
            compare_ticket: 0,
            asked: None,
            goal: None,
            carried: None,
            led_from: None,
            filter_off: false,
            changed: BTreeMap::new(),
            survey_ticket: 0,
            past_ticket: 0,
            surveying: false,
        };
        model.fit();
        model
    }

    /// Which two snapshots are opened side by side: the first that is not the reference, and the reference.
    pub fn first_sides(snapshots: &[Arc<Snapshot>]) -> (usize, usize, usize) {
        let target = snapshots.iter().position(|s| s.meta.is_target());
        match target {
            Some(target) => {
                let other = (0..snapshots.len()).find(|i| *i != target).unwrap_or(target);
                // Two snapshots stay in the order given; the reference is marked.
                let (left, right) = if snapshots.len() == 2 { (0, 1) } else { (other, target) };
                (left, right, target)
            }
            None => (0, snapshots.len().min(2).saturating_sub(1), 0),
        }
    }

    /// What the user chose for windows of this width class.
    pub fn choices(&self) -> Choices {
        self.choices[usize::from(self.size.width >= 70)]
    }

    pub(super) fn choices_mut(&mut self) -> &mut Choices {
        &mut self.choices[usize::from(self.size.width >= 70)]
    }

    /// Chooses how values stand, in windows of every width.
    pub fn arrange(&mut self, arrangement: Arrangement) {
        for choices in &mut self.choices {
            choices.arrangement = arrangement;
        }
        self.fit();
    }

    /// Where everything stands; `None` where the terminal is too small.
    pub fn layout(&self) -> Option<Layout> {
        Layout::new(self.size, self.choices())
    }

    /// A theme by name: the user's own first.
    ///
    /// # Errors
    /// There is none of this name, or it is wrong.
    pub fn theme_named(&self, name: &str) -> Result<Theme, ThemeError> {
        match self.themes.iter().find(|(known, _)| known == name) {
            Some((_, text)) => Theme::parse(text),
            None => Theme::named(name),
        }
    }

    /// Takes the link for slow, or no longer.
    pub fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
        self.tree.set_slow(slow);
    }

    /// Gives the tree the room that the layout has for it.
    pub(super) fn fit(&mut self) {
        if let Some(layout) = self.layout() {
            let is_stacked = layout.columns.arrangement == Arrangement::Stacked;
            self.tree.resize(usize::from(layout.body.height), layout.has_sticky, is_stacked);
        }
        self.worst.resize(self.size);
        self.time.resize(self.size);
        self.covered.resize(self.size);
        self.paper.resize(self.size);
        if let Some(review) = &mut self.review {
            review.resize(self.size);
        }
        if let Some(whole) = &mut self.whole {
            whole.matrix.resize(self.size);
        }
    }

    /// Waits no longer for what was running.
    pub(super) fn stop(&mut self) {
        self.compare_ticket += 1;
        self.asked = None;
        self.survey_ticket += 1;
        self.surveying = false;
        self.past_ticket += 1;
        self.time.stop();
        self.tree.stop();
        if let Some(whole) = &mut self.whole {
            whole.tree.stop();
        }
    }

    /// The comparison and the row that a copy or a print takes: that of the top layer, else the selected one.
    pub fn subject(&self) -> Subject {
        let of = |comparison: &Arc<Comparison>, row, sides| Subject { comparison: Arc::clone(comparison), row, sides };
        if let Some((comparison, row, sides)) = self.layers.last().and_then(|layer| layer.subject()) {
            return of(comparison, row, sides);
        }
        if let (View::Review, Some(review)) = (self.view, &self.review)
            && let Some(row) = review.row()
        {
            return of(review.board().comparison(), row, super::review::sides(review, row));
        }
        match (self.view, &self.whole) {
            (View::Matrix, Some(whole)) => {
                let sides = (whole.matrix.column(), whole.matrix.reference);
                of(whole.comparison(), whole.matrix.row(), sides)
            }
            (View::Time, _) => {
                let row = self.time.row().and_then(|row| self.tree.comparison().find(&row.path));
                of(self.tree.comparison(), row.unwrap_or(Comparison::TOP), (0, 1))
            }
            _ => of(self.tree.comparison(), self.tree.cursor(), (0, 1)),
        }
    }

    /// The tree whose filter, find and kinds the present view goes by.
    pub fn active(&self) -> &Tree {
        match (self.view, &self.whole) {
            (View::Matrix, Some(whole)) => &whole.tree,
            _ => &self.tree,
        }
    }

    /// As [`Model::active`], to change it.
    pub(super) fn active_mut(&mut self) -> &mut Tree {
        match (self.view, &mut self.whole) {
            (View::Matrix, Some(whole)) => &mut whole.tree,
            _ => &mut self.tree,
        }
    }

    /// Whether text is being typed, so that a paste has a place to go and the wheel must not type.
    pub fn takes_text(&self) -> bool {
        let types = || self.active().editing().is_some() || (self.view == View::Report && self.paper.is_typing());
        self.layers.last().map_or_else(types, |layer| layer.takes_text())
    }

    /// Whether work is under way whose answer the screen waits for.
    pub fn is_busy(&self) -> bool {
        self.asked.is_some()
            || self.surveying
            || (self.view == View::Time && self.time.is_reading())
            || self.active().is_busy()
    }
}
