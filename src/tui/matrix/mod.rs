//! Any number of snapshots beside each other: a row for each path where any differs, a column for each snapshot. Which
//! values are equal was found once, by the comparison; here it is only looked at.

mod cell;
mod legend;
mod view;

pub use view::draw;

use super::keys::Action;
use super::tree::Tree;
use super::tree::kind::Kind;
use crate::compare::{Comparison, RowId};
use ratatui::layout::{Rect, Size};

/// Rows kept between the selection and the edge of the body.
const MARGIN: usize = 3;
/// Below this width equal values share a letter.
const LETTERS_BELOW: u16 = 70;

/// How the rows are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As in the tree.
    #[default]
    Path,
    /// Most different values first.
    Values,
}

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The listed leaves.
    rows: Vec<RowId>,
    /// What the rows were listed for.
    listed_for: Option<(u64, bool, Order)>,
    /// The selected row, kept while it is hidden.
    row: RowId,
    /// Its place, or that of what stands in for it.
    at: usize,
    /// The first row on the screen.
    top: usize,
    /// The marked column.
    column: usize,
    /// The column that the others are measured against.
    pub reference: usize,
    /// The first column on the screen besides the reference.
    first: usize,
    /// Letters in place of values; `None` goes by the width.
    letters: Option<bool>,
    /// Only rows with an odd one out.
    odd_only: bool,
    order: Order,
    size: Size,
}

/// Where everything stands.
#[derive(Clone, Copy, Debug)]
struct Regions {
    head: Option<u16>,
    body: Rect,
    layout: super::tree::Layout,
}

/// The columns that are on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Columns {
    /// Cells of the path with its marks.
    path: u16,
    /// Cells of a column, with the rule before it.
    each: u16,
    /// The sides shown, in order.
    sides: Vec<usize>,
}

impl Matrix {
    /// The matrix as it opens.
    pub fn new(reference: usize) -> Self {
        Self {
            rows: Vec::new(),
            listed_for: None,
            row: Comparison::TOP,
            at: 0,
            top: 0,
            column: usize::from(reference == 0),
            reference,
            first: 0,
            letters: None,
            odd_only: false,
            order: Order::default(),
            size: Size::new(80, 24),
        }
    }

    /// The settings of the matrix before.
    pub fn take_over(&mut self, before: &Matrix) {
        (self.letters, self.odd_only, self.order) = (before.letters, before.odd_only, before.order);
        (self.size, self.column, self.first) = (before.size, before.column, before.first);
    }

    /// The selected row; the top where none is listed.
    pub fn row(&self) -> RowId {
        self.rows.get(self.at).copied().unwrap_or(Comparison::TOP)
    }

    /// The marked column.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Marks a column.
    pub fn mark(&mut self, column: usize, columns: usize) {
        self.column = column.min(columns.saturating_sub(1));
        self.follow_column(columns);
    }

    /// Whether only rows with an odd one out are listed.
    pub fn is_odd_only(&self) -> bool {
        self.odd_only
    }

    /// How the rows are ordered.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Orders the rows otherwise.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    /// Takes note of the size of the screen.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.follow();
    }

    /// Selects a row, or what is listed nearest to it.
    pub fn select(&mut self, row: RowId) {
        self.row = row;
        self.place();
    }

    /// Lists the rows anew where the filter, the kinds or the settings have changed.
    pub fn sync(&mut self, tree: &Tree, odd: &[RowId]) {
        let now = Some((tree.changes(), self.odd_only, self.order));
        if self.listed_for == now {
            return;
        }
        self.listed_for = now;
        let comparison = tree.comparison();
        self.rows = if tree.shown().has(Kind::Same) {
            let lens = tree.lens();
            match tree.matched() {
                Some(matched) => matched.leaves.iter().copied().filter(|row| lens.lists(*row)).collect(),
                None => comparison.leaves().filter(|row| lens.lists(*row)).collect(),
            }
        } else {
            tree.differences().to_vec()
        };
        if self.odd_only {
            self.rows.retain(|row| odd.binary_search(row).is_ok());
        }
        if self.order == Order::Values {
            let values =
                |row: RowId| (0..comparison.sides().len()).filter_map(|side| comparison.class(row, side)).max();
            self.rows.sort_by_cached_key(|row| std::cmp::Reverse(values(*row)));
        }
        self.place();
    }

    /// Finds the selected row among the listed ones, or what stands in for it.
    fn place(&mut self) {
        let line = self.at.saturating_sub(self.top);
        self.at = match self.order {
            Order::Path => self.rows.partition_point(|row| *row < self.row),
            Order::Values => self.rows.iter().position(|row| *row == self.row).unwrap_or(0),
        };
        self.at = self.at.min(self.rows.len().saturating_sub(1));
        self.top = self.at.saturating_sub(line);
        self.follow();
    }

    /// Does what a key says, if it is a movement or a setting of this screen; `false` if it is neither.
    pub fn act(&mut self, action: Action, tree: &Tree) -> bool {
        let page = isize::try_from(self.height()).unwrap_or(1);
        let columns = tree.comparison().sides().len();
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.step(page),
            Action::PageUp => self.step(-page),
            Action::HalfDown => self.step(page / 2),
            Action::HalfUp => self.step(-(page / 2)),
            Action::First => self.step(isize::MIN),
            Action::Last => self.step(isize::MAX),
            Action::NextSection | Action::PreviousSection => {
                self.section(action == Action::NextSection, tree.comparison());
            }
            Action::NextColumn => self.mark(self.column + 1, columns),
            Action::PreviousColumn => self.mark(self.column.saturating_sub(1), columns),
            Action::Letters => self.letters = Some(!self.has_letters()),
            Action::OddOnly => self.odd_only = !self.odd_only,
            _ => return false,
        }
        true
    }

    /// Goes to the next stop, or the one before; words where it starts over.
    pub fn walk(&mut self, tree: &Tree, forward: bool, differences: bool) -> Option<&'static str> {
        let stops = if differences { tree.differences() } else { tree.stops() };
        let is_stop = |at: &usize| self.rows.get(*at).is_some_and(|row| stops.binary_search(row).is_ok());
        let (before, after) = (0..self.at, self.at + 1..self.rows.len());
        let (next, wrapped) = if forward {
            let next = after.clone().find(is_stop);
            (next.or_else(|| (0..=self.at).find(is_stop)), next.is_none())
        } else {
            let next = before.rev().find(is_stop);
            (next.or_else(|| (self.at..self.rows.len()).rev().find(is_stop)), next.is_none())
        };
        let Some(next) = next else { return Some("nothing to go to") };
        self.go(next);
        wrapped.then_some(if forward { "wrapped to the first" } else { "wrapped to the last" })
    }

    fn section(&mut self, forward: bool, comparison: &Comparison) {
        let area = |at: usize| self.rows.get(at).map(|row| comparison.area(*row));
        let here = area(self.at);
        let next = if forward {
            (self.at..self.rows.len()).find(|at| area(*at) != here)
        } else {
            let first = |at: usize| (0..=at).rev().take_while(|i| area(*i) == area(at)).last();
            match first(self.at) {
                Some(at) if at < self.at => Some(at),
                Some(at) => at.checked_sub(1).and_then(first),
                None => None,
            }
        };
        if let Some(next) = next {
            self.go(next);
        }
    }

    fn step(&mut self, by: isize) {
        let before = self.at;
        self.go(self.at.saturating_add_signed(by));
        if by.unsigned_abs() > 1 {
            // A page moves the view too, so that the selection keeps its line.
            self.top = self.top.saturating_add_signed(self.at as isize - before as isize);
            self.follow();
        }
    }

    fn go(&mut self, at: usize) {
        self.at = at.min(self.rows.len().saturating_sub(1));
        self.row = self.row();
        self.follow();
    }

    fn follow(&mut self) {
        let height = self.height();
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        if self.at < self.top + margin {
            self.top = self.at.saturating_sub(margin);
        } else if self.at + margin >= self.top + height {
            self.top = (self.at + margin + 1).saturating_sub(height);
        }
        self.top = self.top.min(self.rows.len().saturating_sub(height));
    }

    /// Keeps the marked column on the screen.
    fn follow_column(&mut self, columns: usize) {
        let room = self.columns(columns).sides.len().max(1);
        if self.column < self.first {
            self.first = self.column;
        }
        // The reference may take one of the places.
        let shown = room.saturating_sub(usize::from(self.reference < self.first)).max(1);
        if self.column >= self.first + shown {
            self.first = self.column + 1 - shown;
        }
        while self.first < self.column && !self.columns(columns).sides.contains(&self.column) {
            self.first += 1;
        }
    }

    /// Whether equal values share a letter.
    fn has_letters(&self) -> bool {
        self.letters.unwrap_or(self.size.width < LETTERS_BELOW)
    }

    fn regions(&self) -> Option<Regions> {
        let layout = super::tree::Layout::new(self.size, super::tree::layout::Choices::default())?;
        let (mut head, mut body) = (layout.head, layout.body);
        if head.is_none() && self.size.height >= 14 {
            head = Some(body.y);
            (body.y, body.height) = (body.y + 1, body.height - 1);
        }
        Some(Regions { head, body, layout })
    }

    fn height(&self) -> usize {
        self.regions().map_or(1, |regions| usize::from(regions.body.height)).max(1)
    }

    /// Which columns are on the screen: as many as fit, the reference always among them.
    fn columns(&self, all: usize) -> Columns {
        let width = self.size.width;
        let (least, path) = if self.has_letters() {
            // Letters take few cells: the path has what they leave.
            let rest = width.saturating_sub(1 + 4 * u16::try_from(all).unwrap_or(u16::MAX / 4));
            (4, (width * 45 / 100).clamp(18, 48).max(rest.min(72)))
        } else {
            let wide = width >= 100;
            // Few columns leave the path more room.
            let is_roomy = usize::from(width * 3 / 5) >= all * 16;
            (if wide { 14 } else { 12 }, if wide && !is_roomy { width * 30 / 100 } else { width * 2 / 5 } + 1)
        };
        let room = width.saturating_sub(path + 1);
        let count = usize::from(room / least).clamp(1, all.max(1));
        let each = if self.has_letters() { least } else { (room / count as u16).min(42) };
        let first = self.first.min(all.saturating_sub(count));
        let mut sides: Vec<usize> = (first..(first + count).min(all)).collect();
        if !sides.contains(&self.reference) && self.reference < all {
            sides.pop();
            let before = self.reference < first;
            sides.insert(if before { 0 } else { sides.len() }, self.reference);
        }
        Columns { path, each, sides }
    }
}

#[cfg(test)]
mod tests;
