//! What is to be read, worst first: one line a cause or difference, with its points and the share of all risk down to
//! it. The figures are those of `meaning`; here they are drawn and walked through.

mod sum;
mod view;

pub use sum::sum;
pub use view::{draw, style, text};

use super::keys::Action;
use super::list::Lines;
use super::model::Model;
use crate::assess::Judged;
use crate::compare::RowId;
use crate::history::{Course, History};
use crate::meaning::Ranking;
use crate::model::Path;
use crate::report::history::age;
use ratatui::layout::Size;
use std::collections::HashMap;
use std::sync::Arc;

/// Lines that are not rows: title, order, heads, rule, preview, status, hints.
const AROUND: u16 = 11;

/// How the lines are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Worst first.
    #[default]
    Score,
    /// As in the tree.
    Path,
    /// What differs longest first, as far as the snapshots tell.
    Age,
}

impl Order {
    /// All, with the letters that choose them.
    pub const ALL: [(char, Order); 3] = [('s', Order::Score), ('p', Order::Path), ('a', Order::Age)];

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Order::Score => "score",
            Order::Path => "path",
            Order::Age => "age",
        }
    }
}

/// The state of the screen: what is selected, and what is in view.
#[derive(Clone, Debug, Default)]
pub struct Worst {
    lines: Lines,
    size: Size,
    order: Order,
    /// The places of the lines in the ranking, as they are listed.
    listed: Vec<usize>,
    /// How long each line's worst difference is known, by its place; none where no history is.
    ages: Vec<Age>,
    /// What was listed: of what, and with which history.
    of: Option<(Arc<Judged>, usize)>,
    /// Whether a line tells what is accepted or ignored.
    has_rest: bool,
}

/// How long a difference is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Age {
    words: String,
    /// The date since which it differs.
    since: usize,
}

impl Worst {
    /// Gives the list the room that a window has for it.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.lines.resize(size.height.saturating_sub(AROUND + u16::from(self.has_rest)));
    }

    /// The selected line, as it is listed.
    pub fn at(&self) -> usize {
        self.lines.at()
    }

    /// The place of the selected line in the ranking.
    pub fn place(&self) -> Option<usize> {
        self.listed.get(self.at()).copied()
    }

    /// The first line in view.
    fn top(&self) -> usize {
        self.lines.top()
    }

    /// How long a line's worst difference is known, by the line's place; empty where that is not known.
    fn age(&self, place: usize) -> &str {
        self.ages.get(place).map_or("", |age| age.words.as_str())
    }

    /// Whether any age is known.
    pub fn knows_ages(&self) -> bool {
        !self.ages.is_empty()
    }

    /// How the lines are ordered.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Orders the lines otherwise; the selected one stays.
    pub fn set_order(&mut self, order: Order) {
        self.order = order;
        self.of = None;
    }

    /// The row that carries the risk of the selected line.
    pub fn row(&self, open: &Ranking) -> Option<RowId> {
        open.lines().get(self.place()?).map(|line| line.worst)
    }

    /// Selects the line that a row belongs to.
    pub fn select(&mut self, row: RowId, open: &Ranking) {
        let at = open.of(row).and_then(|place| self.listed.iter().position(|listed| *listed == place));
        self.lines.select(at.unwrap_or(self.at()), self.listed.len());
    }

    /// Does what a key says, if it is a movement; `false` if it is none.
    pub fn act(&mut self, action: Action) -> bool {
        self.lines.act(action, self.listed.len())
    }

    /// Lists what was judged, in the order that is chosen.
    fn list(&mut self, judged: &Judged, history: Option<&History>) {
        let assessment = &judged.assessment;
        let (open, comparison) = (&assessment.open, &assessment.comparison);
        let selected = self.row(open);
        self.ages = history.map(|history| ages(judged, history)).unwrap_or_default();
        self.listed = (0..open.lines().len()).collect();
        match self.order {
            Order::Score => {}
            Order::Path => self.listed.sort_by_key(|place| open.lines().get(*place).map(|line| line.worst)),
            Order::Age => {
                let ages = &self.ages;
                self.listed.sort_by_key(|place| ages.get(*place).map_or(usize::MAX, |age| age.since));
            }
        }
        self.has_rest = !assessment.accepted().is_empty() || !assessment.ignored().is_empty();
        self.resize(self.size);
        debug_assert!(selected.is_none_or(|row| (row as usize) < comparison.row_count()), "a row of it");
        match selected.filter(|row| open.of(*row).is_some()) {
            Some(row) => self.select(row, open),
            // The next line takes the place of one that was accepted.
            None => self.lines.select(self.at(), self.listed.len()),
        }
    }
}

/// How long the worst difference of each line is known.
fn ages(judged: &Judged, history: &History) -> Vec<Age> {
    let assessment = &judged.assessment;
    let rows: HashMap<&Path, _> = history.rows.iter().map(|row| (&row.path, row)).collect();
    let age = |line: &crate::meaning::Line| {
        let row = rows.get(&assessment.comparison.path(line.worst)).copied();
        let since = match row.map(crate::history::Row::course) {
            Some(Course::Diverged(since) | Course::Flapping(since) | Course::Unknown(since)) => since,
            Some(Course::Same | Course::Healed(_)) | None => usize::MAX,
        };
        Age { words: row.map(|row| age(history, row)).unwrap_or_default(), since }
    };
    assessment.open.lines().iter().map(age).collect()
}

/// Lists what is to be read where it is not yet what was judged.
pub(super) fn sync(model: &mut Model) {
    let Some(judged) = model.tree.judgement().cloned() else { return };
    let history = super::time::of_sides(model);
    let dates = history.map_or(0, |history| history.dates.len());
    let is_known = |(known, of): &(Arc<Judged>, usize)| Arc::ptr_eq(known, &judged) && *of == dates;
    if model.worst.of.as_ref().is_some_and(is_known) {
        return;
    }
    let first = model.worst.of.is_none() && model.worst.listed.is_empty();
    let mut worst = std::mem::take(&mut model.worst);
    // What was listed of other sides has no rows of these.
    if worst
        .of
        .as_ref()
        .is_some_and(|(known, _)| !Arc::ptr_eq(&known.assessment.comparison, &judged.assessment.comparison))
    {
        worst.listed.clear();
    }
    worst.list(&judged, super::time::of_sides(model));
    if first {
        worst.select(model.tree.cursor(), &judged.assessment.open);
    }
    worst.of = Some((judged, dates));
    model.worst = worst;
}

#[cfg(test)]
mod tests;
