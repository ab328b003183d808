//! What a report may be of: the two sides or all snapshots, all rows or what a filter shows.

use super::filtered;
use crate::assess::Judged;
use crate::base::text::escape;
use crate::compare::RowId;
use crate::report::grouped;
use crate::tui::model::{Model, View};
use crate::tui::tree::Tree;
use std::sync::Arc;

/// One thing that a report may be of.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What is judged.
    pub judged: Arc<Judged>,
    /// Whether it is of all snapshots, where more than two are open.
    pub is_of_all: bool,
    /// The rows, by path.
    pub rows: Arc<[RowId]>,
    /// How many rows the filter leaves out.
    pub hidden: usize,
    /// The filter as typed, if it is of what one shows.
    pub filter: Option<String>,
}

impl Scope {
    /// How it is called in the dialog.
    pub fn words(&self) -> String {
        let (rows, all) = (grouped(self.rows.len()), grouped(self.rows.len() + self.hidden));
        let of = match self.judged.assessment.comparison.sides().len() {
            count if self.is_of_all => format!("all {count} snapshots, "),
            _ => String::new(),
        };
        match &self.filter {
            Some(text) => format!("{of}what the filter shows: {rows} of {all}   {}", escape(text)),
            None => format!("{of}all {all} rows"),
        }
    }
}

/// All that a report may be of now, and which of them is looked at.
pub fn scopes(model: &Model) -> (Vec<Scope>, usize) {
    let mut scopes = Vec::new();
    if let Some(judged) = model.tree.judgement() {
        add(&mut scopes, judged, &model.tree, false);
    }
    let mut chosen = scopes.len().saturating_sub(1);
    let whole = model.whole.as_ref().filter(|_| model.snapshots.len() > 2);
    if let Some((whole, judged)) = whole.and_then(|whole| Some((whole, whole.judged.as_ref()?))) {
        let first = scopes.len();
        add(&mut scopes, judged, &whole.tree, true);
        match model.view {
            View::Matrix => chosen = scopes.len() - 1,
            View::Overview | View::Coverage => chosen = first,
            _ => {}
        }
    }
    (scopes, chosen)
}

/// All rows, and where a filter is in force what it shows.
fn add(scopes: &mut Vec<Scope>, judged: &Arc<Judged>, tree: &Tree, is_of_all: bool) {
    let all: Arc<[RowId]> = judged.assessment.rows(false).into();
    let scope = Scope { judged: Arc::clone(judged), is_of_all, rows: Arc::clone(&all), hidden: 0, filter: None };
    scopes.push(scope.clone());
    let filter = tree.filter().filter(|(_, is_on)| *is_on);
    if let Some(((text, _), matched)) = filter.zip(tree.matched()) {
        let rows = filtered(&all, matched);
        scopes.push(Scope { hidden: all.len() - rows.len(), rows, filter: Some(text.to_owned()), ..scope });
    }
}
