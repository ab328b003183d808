//! What a report may be of: the two sides or all snapshots; all rows, what a filter shows, or the branch that is selected.

use super::filtered;
use crate::assess::Judged;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
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
    /// The filter as typed, if it is of what one shows; of a branch the one that shows just that.
    pub filter: Option<String>,
    /// The path of the branch that it is of, in display form.
    pub branch: Option<String>,
}

impl Scope {
    /// How it is called in the dialog.
    pub fn words(&self) -> String {
        let (rows, all) = (grouped(self.rows.len()), grouped(self.rows.len() + self.hidden));
        let of = match self.judged.assessment.comparison.sides().len() {
            count if self.is_of_all => format!("all {count} snapshots, "),
            _ => String::new(),
        };
        match (&self.filter, &self.branch) {
            (_, Some(branch)) => format!("{of}this branch: {branch} ({rows})"),
            (Some(text), None) => format!("{of}what the filter shows: {rows} of {all}   {}", escape(text)),
            (None, None) => format!("{of}all {all} rows"),
        }
    }
}

/// All that a report may be of now, and which of them is looked at.
pub fn scopes(model: &Model) -> (Vec<Scope>, usize) {
    let mut scopes = Vec::new();
    let mut chosen = 0;
    if let Some(judged) = model.tree.judgement() {
        chosen = add(&mut scopes, judged, &model.tree, false);
    }
    let whole = model.whole.as_ref().filter(|_| model.snapshots.len() > 2);
    if let Some((whole, judged)) = whole.and_then(|whole| Some((whole, whole.judged.as_ref()?))) {
        let first = scopes.len();
        let looked_at = add(&mut scopes, judged, &whole.tree, true);
        match model.view {
            View::Matrix => chosen = looked_at,
            View::Overview | View::Coverage => chosen = first,
            _ => {}
        }
    }
    (scopes, chosen)
}

/// All rows, where a filter is in force what it shows, and the branch that is selected; the place of what is looked at.
fn add(scopes: &mut Vec<Scope>, judged: &Arc<Judged>, tree: &Tree, is_of_all: bool) -> usize {
    let all: Arc<[RowId]> = judged.assessment.rows(false).into();
    let (judged, rows) = (Arc::clone(judged), Arc::clone(&all));
    let scope = Scope { judged, is_of_all, rows, hidden: 0, filter: None, branch: None };
    scopes.push(scope.clone());
    let filter = tree.filter().filter(|(_, is_on)| *is_on);
    if let Some(((text, _), matched)) = filter.zip(tree.matched()) {
        let rows = filtered(&all, matched);
        let filter = Some(text.to_owned());
        scopes.push(Scope { hidden: all.len() - rows.len(), rows, filter, ..scope.clone() });
    }
    let looked_at = scopes.len() - 1;
    let comparison = tree.comparison();
    let here = tree.cursor();
    let branch = if comparison.is_leaf(here) || tree.on_run() { comparison.parent(here) } else { here };
    if branch != Comparison::TOP {
        // The rows stand by path, as those of the comparison do.
        let place = |row: RowId| all.partition_point(|other| *other < row);
        let rows: Arc<[RowId]> = all[place(branch)..place(comparison.end(branch))].into();
        let path = comparison.path(branch).to_string();
        let (hidden, shown) = (all.len() - rows.len(), escape(&path).into_owned());
        scopes.push(Scope { rows, hidden, filter: Some(format!("path:{path}")), branch: Some(shown), ..scope });
    }
    looked_at
}
