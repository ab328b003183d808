//! One fact in full: its values line by line, whole, and where they were read. Only the lines on the screen are looked
//! at, so a value of megabytes costs what a short one costs.

mod layer;
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
use pair::{Pair, Pairs};
use ratatui::layout::Size;
use related::Related;
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
}

impl Tab {
    /// All tabs in order.
    pub const ALL: [Tab; 4] = [Tab::Diff, Tab::Values, Tab::Provenance, Tab::Related];

    /// The name in the bar.
    pub fn word(self) -> &'static str {
        match self {
            Tab::Diff => "Diff",
            Tab::Values => "Values",
            Tab::Provenance => "Provenance",
            Tab::Related => "Related",
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
            cursor: 0,
            top: 0,
            scroll: Scroll::default(),
            is_wrapped: false,
            is_other: false,
            language: None,
            related: None,
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
            Action::PreviousTab => self.turn(Tab::ALL.len() - 1),
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
        new.relate();
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
            (Some(a), Some(b)) if a == b => Relation::Same,
            (Some(_), Some(_)) => Relation::Changed,
            _ => sign(a, b),
        };
        self.pairs = Pairs::new(a, b, relation, as_set);
        (self.language, self.related) = (None, None);
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

    fn pair(&self, at: usize) -> Option<&Pair> {
        self.pairs.rows.get(at)
    }

    /// Whether both sides stand beside each other, rather than one above the other.
    fn is_beside(&self) -> bool {
        (self.size.width >= BESIDE) != self.is_other
    }

    /// Lists the lines anew and stays at the pair that was selected.
    fn relist(&mut self) {
        let was = self.lines.get(self.cursor).copied();
        self.lines = self.listed();
        let of = |line: &Line| match *line {
            Line::Both(at) | Line::Left(at) | Line::Right(at) | Line::Fold(at, _) => at,
            Line::Skipped(_) => 0,
            Line::Rest => usize::MAX,
        };
        if let Some(at) = was.as_ref().map(of) {
            self.cursor = self.lines.iter().position(|line| of(line) >= at).unwrap_or(0);
        }
    }

    fn listed(&self) -> Vec<Line> {
        let rows = &self.pairs.rows;
        let is_same = |at: usize| rows.get(at).is_some_and(|p| p.relation == Relation::Same);
        let differs = (0..rows.len()).any(|at| !is_same(at));
        let mut out: Vec<Line> = Vec::new();
        if self.pairs.skipped > 0 {
            out.push(Line::Skipped(self.pairs.skipped));
        }
        let mut at = 0;
        while at < rows.len() {
            let end = (at..rows.len()).find(|i| !is_same(*i)).unwrap_or(rows.len());
            if end > at {
                let (first, last) = folded(at, end, rows.len());
                let is_folded = differs && last >= first + FEWEST && !self.unfolded.contains(&first);
                if is_folded {
                    out.extend((at..first).map(Line::Both));
                    out.push(Line::Fold(first, last - first));
                    out.extend((last..end).map(Line::Both));
                } else {
                    out.extend((at..end).map(Line::Both));
                }
                at = end;
                continue;
            }
            let both = rows.get(at).is_some_and(|p| p.left.is_some() && p.right.is_some());
            match rows.get(at) {
                Some(pair) if !self.is_beside() && both => {
                    debug_assert!(pair.relation != Relation::Same);
                    out.extend([Line::Left(at), Line::Right(at)]);
                }
                Some(_) => out.push(Line::Both(at)),
                None => {}
            }
            at += 1;
        }
        if self.pairs.rest.is_some() {
            out.push(Line::Rest);
        }
        out
    }

    /// Lines where a change begins: every changed pair, and every run of lines that one side lacks.
    fn stops(&self) -> Vec<usize> {
        let mut previous = Relation::Same;
        let mut stops = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let relation = match *line {
                Line::Both(i) | Line::Left(i) => self.pair(i).map_or(Relation::Same, |p| p.relation),
                Line::Right(_) => continue,
                Line::Skipped(_) | Line::Fold(..) | Line::Rest => Relation::Same,
            };
            let begins = relation == Relation::Changed || relation != previous;
            if relation != Relation::Same && begins {
                stops.push(at);
            }
            previous = relation;
        }
        stops
    }

    fn stop(&mut self, forward: bool) {
        if self.tab != Tab::Diff {
            return;
        }
        let stops = self.stops();
        let (Some(first), Some(last)) = (stops.first(), stops.last()) else {
            self.note = "no change inside the value";
            return;
        };
        let next = if forward {
            stops.iter().find(|at| **at > self.cursor)
        } else {
            stops.iter().rev().find(|at| **at < self.cursor)
        };
        if next.is_none() && stops.len() > 1 {
            self.note = if forward { "wrapped to the first" } else { "wrapped to the last" };
        }
        self.cursor = *next.unwrap_or(if forward { first } else { last });
    }

    /// Goes to the next difference of the tree, or the one before.
    fn neighbour(&mut self, forward: bool) {
        let at = self.differences.partition_point(|row| *row < self.row);
        let next = if forward {
            let after = at + usize::from(self.differences.get(at) == Some(&self.row));
            self.differences.get(after).or(self.differences.first())
        } else {
            at.checked_sub(1).and_then(|before| self.differences.get(before)).or(self.differences.last())
        };
        let Some(&next) = next else {
            self.note = "no difference";
            return;
        };
        let wrapped = (next <= self.row) == forward;
        self.show(next);
        if wrapped {
            self.note = if forward { "wrapped to the first" } else { "wrapped to the last" };
        }
    }

    /// The number of the fact among the differences, from 1.
    fn number(&self) -> Option<usize> {
        self.differences.binary_search(&self.row).ok().map(|at| at + 1)
    }

    /// Unfolds the run of equal lines under the cursor, folds it again, or compares on.
    fn toggle(&mut self) {
        if self.tab != Tab::Diff {
            return;
        }
        match self.lines.get(self.cursor).copied() {
            Some(Line::Fold(first, _)) => self.unfolded.push(first),
            Some(Line::Both(at)) => {
                let inside = |first: &usize| {
                    *first <= at && (*first..=at).all(|i| self.pair(i).is_some_and(|p| p.relation == Relation::Same))
                };
                let Some(open) = self.unfolded.iter().position(inside) else { return };
                self.cursor -= at - self.unfolded.remove(open);
            }
            Some(Line::Rest) => {
                let comparison = Arc::clone(&self.comparison);
                let text = |side: usize| match comparison.cell(self.row, side) {
                    Cell::Value(value) => value.plain(),
                    _ => std::borrow::Cow::Borrowed(""),
                };
                let (left, right) = (text(self.sides.0), text(self.sides.1));
                self.pairs.go_on(&left, &right);
            }
            _ => return,
        }
        let cursor = self.cursor;
        self.lines = self.listed();
        self.cursor = cursor.min(self.lines.len().saturating_sub(1));
    }

    fn turn(&mut self, by: usize) {
        let at = Tab::ALL.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        self.tab = Tab::ALL[(at + by) % Tab::ALL.len()];
        self.top = 0;
        self.relate();
    }

    /// Looks for what belongs to the fact, when its tab is shown.
    fn relate(&mut self) {
        if self.tab == Tab::Related && self.related.is_none() {
            let related = Related::new(&self.comparison, self.row);
            self.link = related.nearest(0);
            self.related = Some(related);
        }
    }

    /// Opens the selected link in place of this fact.
    fn follow_link(&mut self) {
        let Some(link) = self.related.as_ref().and_then(|related| related.link(self.link)) else { return };
        self.trail.push(Step { row: self.row, tab: self.tab, link: self.link });
        self.tab = Tab::Diff;
        self.show(link);
    }

    /// Goes back along the links.
    fn back_link(&mut self) {
        match self.trail.pop() {
            Some(step) => {
                self.show(step.row);
                self.tab = step.tab;
                self.relate();
                self.link = step.link;
            }
            None => self.note = "no link was followed: Esc goes back to where this was opened",
        }
    }

    /// The next layout: beside each other, one above the other, and as what the texts are inside.
    fn next_layout(&mut self) {
        if self.tab != Tab::Diff {
            return;
        }
        match (self.is_other, self.language) {
            (false, None) => self.is_other = true,
            (true, None) => {
                self.is_other = false;
                if let Some((language, rows)) = self.structured() {
                    self.language = Some(language);
                    self.replace(Pairs::of(rows));
                    return;
                }
            }
            (_, Some(_)) => {
                let (row, trail) = (self.row, std::mem::take(&mut self.trail));
                self.show(row);
                self.trail = trail;
                return;
            }
        }
        self.relist();
    }

    fn replace(&mut self, pairs: Pairs) {
        self.pairs = pairs;
        self.unfolded.clear();
        (self.cursor, self.top) = (0, 0);
        self.lines.clear();
        self.relist();
        self.cursor = self.stops().first().copied().unwrap_or(0);
    }

    /// Both texts as keys and values, if that is what they are inside.
    fn structured(&self) -> Option<(&'static str, Vec<Pair>)> {
        let text = |side: usize| match self.comparison.cell(self.row, side) {
            Cell::Value(crate::model::ValueRef::Text(text)) => structure::read(text),
            _ => None,
        };
        let (left, right) = (text(self.sides.0)?, text(self.sides.1)?);
        (left.language == right.language).then(|| (left.language, structure::pairs(&left, &right)))
    }

    fn column(&self) -> usize {
        match self.scroll {
            Scroll::Anchored => 0,
            Scroll::At(column) => column,
        }
    }

    /// How many lines the tab has.
    fn length(&self) -> usize {
        match self.tab {
            Tab::Diff => self.lines.len(),
            Tab::Values => self.values.len(),
            Tab::Provenance => self.sources.len(),
            Tab::Related => self.related.as_ref().map_or(0, Related::len),
        }
    }

    fn page(&self) -> isize {
        isize::try_from(view::body_height(self)).unwrap_or(1).max(2) - 1
    }

    fn step(&mut self, by: isize) {
        let last = self.length().saturating_sub(1);
        match self.tab {
            Tab::Diff => self.cursor = self.cursor.saturating_add_signed(by).min(last),
            Tab::Related => {
                let Some(related) = &self.related else { return };
                let wanted = self.link.saturating_add_signed(by).min(last);
                // Headings are stepped over, in the direction of the step.
                let up = (0..=wanted).rev().find(|at| related.link(*at).is_some());
                self.link = if by < 0 { up.unwrap_or(self.link) } else { related.nearest(wanted) };
                let height = view::body_height(self).max(1);
                self.top = self.top.min(self.link.saturating_sub(1)).max((self.link + 1).saturating_sub(height));
            }
            _ => {
                let furthest = (last + 1).saturating_sub(view::body_height(self));
                self.top = self.top.saturating_add_signed(by).min(furthest);
            }
        }
    }

    /// Moves the view so that the cursor is in it.
    fn follow(&mut self) {
        if self.tab != Tab::Diff {
            self.step(0);
            return;
        }
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
        let height = view::body_height(self).max(1);
        if self.cursor < self.top {
            self.top = self.cursor;
        }
        let mut room = height;
        let mut first = self.cursor;
        loop {
            room = room.saturating_sub(view::line_height(self, first));
            match first.checked_sub(1) {
                Some(before) if before >= self.top && room >= view::line_height(self, before) => first = before,
                _ => break,
            }
        }
        self.top = self.top.max(first);
    }
}

/// The part of a run of equal lines that may be folded: what is not near a difference.
fn folded(start: usize, end: usize, all: usize) -> (usize, usize) {
    let first = if start == 0 { start } else { (start + CONTEXT).min(end) };
    let last = if end == all { end } else { end.saturating_sub(CONTEXT).max(first) };
    (first, last)
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
