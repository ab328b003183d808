//! One fact in full: its values line by line, whole, and where they were read. Only the lines on the screen are looked
//! at, so a value of megabytes costs what a short one costs.

mod layer;
mod lines;
mod moves;
mod others;
mod pair;
mod provenance;
mod related;
mod spans;
mod structure;
mod values;
mod view;
mod words;

use super::keys::Action;
use crate::compare::{Cell, Comparison, Relation, RowId};
use crate::model::vocabulary::Kind;
use pair::Pairs;
use ratatui::layout::Size;
use related::Related;
pub use related::{Asked, Found};
use std::sync::Arc;
use values::Values;

/// Equal lines that are kept on either side of a difference.
const CONTEXT: usize = 3;
/// Fewer equal lines than this are not folded: the line that stands for them would save too little.
const FEWEST: usize = 3;
/// Cells that one step of scrolling moves the values.
const STEP: usize = 8;
/// The width from which both sides stand beside each other.
const BESIDE: u16 = 70;

/// What is shown of a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Two sides, line by line.
    #[default]
    Diff,
    /// Every side's whole value.
    Values,
    /// Where each value was read.
    Provenance,
    /// What belongs to it.
    Related,
    /// What became of it over the snapshots, where they tell.
    History,
}

impl Tab {
    /// All tabs in order.
    pub const ALL: [Tab; 5] = [Tab::Diff, Tab::Values, Tab::Provenance, Tab::Related, Tab::History];

    /// The name in the bar.
    pub fn word(self) -> &'static str {
        match self {
            Tab::Diff => "Diff",
            Tab::Values => "Values",
            Tab::Provenance => "Provenance",
            Tab::Related => "Related",
            Tab::History => "History",
        }
    }
}

/// Where lines begin that are longer than their column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scroll {
    /// Each where its first difference is in view.
    #[default]
    Anchored,
    /// All at this cell.
    At(usize),
}

/// One line of the Diff tab: what it shows of which pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Equal lines before a long text's first difference.
    Skipped(usize),
    /// A pair side by side, or an equal line.
    Both(usize),
    /// The left half of a pair.
    Left(usize),
    /// The right half of a pair.
    Right(usize),
    /// Equal lines, folded: the first and how many.
    Fold(usize, usize),
    /// What is left to compare of a long text.
    Rest,
}

/// Where a link was followed from.
#[derive(Clone, Copy, Debug)]
struct Step {
    row: RowId,
    tab: Tab,
    link: usize,
}

/// What a key did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was for the detail.
    Handled,
    /// Back to where the detail was opened.
    Back,
    /// The detail has no use for it.
    Ignored,
}

/// The state of the screen.
#[derive(Debug)]
pub struct Detail {
    comparison: Arc<Comparison>,
    row: RowId,
    sides: (usize, usize),
    /// Where `]` goes.
    differences: Vec<RowId>,
    tab: Tab,
    pairs: Pairs,
    lines: Vec<Line>,
    /// First pairs of runs of equal lines that are shown.
    unfolded: Vec<usize>,
    others: others::Others,
    /// What the Values and Provenance tabs speak of: all snapshots, at this fact.
    all: (Arc<Comparison>, RowId),
    values: Values,
    sources: Vec<String>,
    /// What became of it over the snapshots, in lines; none where they do not tell.
    past: Vec<String>,
    /// The selected line of the Diff tab.
    cursor: usize,
    /// The first line on the screen.
    top: usize,
    scroll: Scroll,
    is_wrapped: bool,
    /// `v` was pressed: the other layout than the width suggests.
    is_other: bool,
    /// What both texts are inside, while they are shown so.
    language: Option<&'static str>,
    /// What belongs to the fact, once it was asked for.
    related: Option<Related>,
    /// The fact for which it was asked last.
    asked: Option<RowId>,
    /// The selected line of the Related tab.
    link: usize,
    /// Where links were followed from: Backspace goes back.
    trail: Vec<Step>,
    size: Size,
    note: &'static str,
}

impl Detail {
    /// The detail of a leaf. `sides` are those that the Diff tab lays side by side; `differences` are the rows that `]`
    /// goes to, in order.
    pub fn new(comparison: Arc<Comparison>, row: RowId, sides: (usize, usize), differences: Vec<RowId>) -> Self {
        let mut detail = Self {
            others: others::Others::default(),
            all: (Arc::clone(&comparison), row),
            comparison,
            row,
            sides,
            differences,
            tab: Tab::default(),
            pairs: Pairs::default(),
            lines: Vec::new(),
            unfolded: Vec::new(),
            values: Values::default(),
            sources: Vec::new(),
            past: Vec::new(),
            cursor: 0,
            top: 0,
            scroll: Scroll::default(),
            is_wrapped: false,
            is_other: false,
            language: None,
            related: None,
            asked: None,
            link: 0,
            trail: Vec::new(),
            size: Size::new(80, 24),
            note: "",
        };
        detail.show(row);
        detail
    }

    /// The fact that is shown.
    pub fn row(&self) -> RowId {
        self.row
    }

    /// The tab that is shown.
    pub fn tab(&self) -> Tab {
        self.tab
    }

    /// Takes note of the size of the screen.
    pub fn resize(&mut self, size: Size) {
        if self.size == size {
            return;
        }
        let was_beside = self.is_beside();
        self.size = size;
        if self.is_beside() != was_beside {
            self.relist();
        }
        self.follow();
    }

    /// Gives a key its effect.
    pub fn act(&mut self, action: Action) -> Done {
        self.note = "";
        match action {
            Action::Back => return Done::Back,
            Action::NextTab => self.turn(1),
            Action::PreviousTab => self.turn(self.tabs().count() - 1),
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(self.page()),
            Action::PageUp => self.step(-self.page()),
            Action::HalfDown => self.step(self.page() / 2),
            Action::HalfUp => self.step(-(self.page() / 2)),
            Action::First => self.step(isize::MIN),
            Action::Last => self.step(isize::MAX),
            Action::NextStop => self.stop(true),
            Action::PreviousStop => self.stop(false),
            Action::NextDifference => self.neighbour(true),
            Action::PreviousDifference => self.neighbour(false),
            Action::Open if self.tab == Tab::Related => self.follow_link(),
            Action::BackLink => self.back_link(),
            Action::Toggle | Action::Open => self.toggle(),
            Action::Layout => self.next_layout(),
            Action::Wrap => self.is_wrapped = !self.is_wrapped,
            Action::ScrollLeft => self.scroll = Scroll::At(self.column().saturating_sub(STEP)),
            Action::ScrollRight => self.scroll = Scroll::At(self.column() + STEP),
            Action::ScrollStart => self.scroll = Scroll::At(0),
            Action::ScrollDifference => self.scroll = Scroll::Anchored,
            Action::Swap => {
                self.sides = (self.sides.1, self.sides.0);
                self.show(self.row);
            }
            _ => return Done::Ignored,
        }
        self.follow();
        Done::Handled
    }

    /// The same fact in another comparison, if it is there.
    #[must_use]
    pub fn carried(&self, comparison: Arc<Comparison>, differences: Vec<RowId>) -> Option<Self> {
        let row = comparison.find(&self.comparison.path(self.row)).filter(|row| comparison.is_leaf(*row))?;
        let last = comparison.sides().len().saturating_sub(1);
        let sides = (self.sides.0.min(last), self.sides.1.min(last));
        let mut new = Self::new(comparison, row, sides, differences);
        (new.tab, new.is_wrapped, new.is_other, new.size) = (self.tab, self.is_wrapped, self.is_other, self.size);
        new.relist();
        Some(new)
    }

    /// The fact as plain text, raw: for the print mode and the clipboard.
    pub fn plain(&self) -> String {
        let mut out = format!("{}\n", self.comparison.path(self.row));
        for (side, cell) in self.comparison.sides().iter().zip(self.comparison.cells(self.row)) {
            out.push_str(&format!("\n{}:\n{}\n", side.label(), words::cell(cell)));
        }
        out
    }

    fn show(&mut self, row: RowId) {
        self.row = row;
        let comparison = &self.comparison;
        let last = comparison.sides().len().saturating_sub(1);
        let (left, right) = (self.sides.0.min(last), self.sides.1.min(last));
        let as_set = comparison.entry(row).is_some_and(|e| e.kind == Kind::Set);
        let (a, b) = (comparison.cell(row, left), comparison.cell(row, right));
        let relation = match (comparison.class(row, left), comparison.class(row, right)) {
            (Some(_), Some(_)) if comparison.agree(row, left, right) => Relation::Same,
            (Some(_), Some(_)) => Relation::Changed,
            _ => sign(a, b),
        };
        self.pairs = Pairs::new(a, b, relation, as_set);
        (self.language, self.related, self.asked, self.link) = (None, None, None, 0);
        self.retell();
        self.unfolded.clear();
        self.scroll = Scroll::default();
        (self.cursor, self.top) = (0, 0);
        self.relist();
        self.cursor = self.stops().first().copied().unwrap_or(0);
        self.follow();
    }

    /// Makes the lines of the tabs that speak of all snapshots.
    fn retell(&mut self) {
        let here = || (Arc::clone(&self.comparison), self.row);
        self.all = self.others.at(&self.comparison.path(self.row)).unwrap_or_else(here);
        self.values = Values::new(&self.all.0, self.all.1);
        self.sources = provenance::lines(&self.all.0, self.all.1);
    }
}

/// How two cells relate that are not both comparable values.
fn sign(left: Cell<'_>, right: Cell<'_>) -> Relation {
    let present = |cell: &Cell<'_>| matches!(cell, Cell::Value(_) | Cell::Redacted(_));
    match (left, right) {
        (Cell::Missing, Cell::Missing) => Relation::Same,
        (Cell::Missing, other) if present(&other) => Relation::OnlyRight,
        (other, Cell::Missing) if present(&other) => Relation::OnlyLeft,
        _ => Relation::Unknown,
    }
}

#[cfg(test)]
mod tests;
