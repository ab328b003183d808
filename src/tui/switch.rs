//! Going from one view to another with the selected path, and which snapshots are looked at. Pure, as `update` is.

use super::detail::Detail;
use super::keys::Action;
use super::menu::Menu;
use super::message::Effect;
use super::model::{Model, View};
use super::whole::{Survey, Surveyed};
use crate::base::text::escape;
use crate::compare::Comparison;
use crate::model::{Alias, Path, Snapshot};
use std::sync::Arc;

/// The most snapshots beside each other: more have no letter in a menu.
const MOST: usize = 64;

/// Shows another view. The selected path stays, and the filter with it.
pub fn show(model: &mut Model, view: View) -> Vec<Effect> {
    let path = model.carried.take().unwrap_or_else(|| selected(model));
    model.led_from = None;
    if matches!(view, View::Risk | View::Overview | View::Coverage) {
        model.carried = Some(path.clone());
        if let Some((text, true)) = model.tree.filter() {
            model.note = format!("all is shown here: the filter {} holds in tree and matrix", escape(text));
        }
    }
    if let (View::Review, Some(row)) = (model.view, model.tree.comparison().find(&path)) {
        // What is found out only now begins at the tree's selection.
        model.tree.select(row);
    }
    let before = std::mem::replace(&mut model.view, view);
    let mut effects = Vec::new();
    let is_of_all = matches!(view, View::Matrix | View::Overview | View::Coverage);
    if is_of_all && model.whole.is_none() && !model.surveying {
        effects.extend(survey(model, None));
    }
    effects.extend(arrive(model, before, &path));
    effects
}

/// Shows another view with this path selected.
pub(super) fn show_at(model: &mut Model, view: View, path: &Path) -> Vec<Effect> {
    model.carried = None;
    let before = std::mem::replace(&mut model.view, view);
    arrive(model, before, path)
}

/// The path that is selected.
pub(super) fn selected(model: &Model) -> Path {
    if let Some((comparison, row, _)) = model.layers.last().and_then(|layer| layer.subject()) {
        return comparison.path(row);
    }
    match (model.view, &model.whole) {
        (View::Matrix, Some(whole)) if whole.matrix.row() != Comparison::TOP => {
            whole.comparison().path(whole.matrix.row())
        }
        (View::Overview, Some(whole)) => {
            let path = whole.sight.target(&whole.overview).map(|row| whole.comparison().path(row));
            // A path within the selected area is more than the area.
            let here = model.tree.comparison().path(model.tree.cursor());
            path.filter(|path| !here.starts_with(path)).unwrap_or(here)
        }
        (View::Review, _) => {
            let review = model.review.as_ref();
            let path = review.and_then(|review| Some(review.board().comparison().path(review.row()?)));
            path.unwrap_or_else(|| model.tree.comparison().path(model.tree.cursor()))
        }
        (View::Coverage, Some(whole)) => {
            let lead = whole.judged.as_ref().and_then(|judged| model.covered.lead(judged));
            let path = lead.and_then(|lead| lead.path);
            // A path within the selected area is more than the area.
            let here = model.tree.comparison().path(model.tree.cursor());
            path.filter(|path| !here.starts_with(path)).unwrap_or(here)
        }
        (View::Time, _) if model.time.row().is_some() => {
            model.time.row().map_or_else(Path::root, |row| row.path.clone())
        }
        (View::Risk, _) => {
            let row = model.tree.judgement().and_then(|judged| model.worst.row(&judged.assessment.open));
            model.tree.comparison().path(row.unwrap_or_else(|| model.tree.cursor()))
        }
        _ => model.tree.comparison().path(model.tree.cursor()),
    }
}

/// Selects a path in the present view, and brings its filter up to that of the view before.
fn arrive(model: &mut Model, before: View, path: &Path) -> Vec<Effect> {
    if model.view == View::Time {
        return super::time::looked_at(model, path);
    }
    if model.view == View::Risk {
        super::risk::sync(model);
        let row = nearest(model.tree.comparison(), path);
        if let (Some(row), Some(judged)) = (row, model.tree.judgement()) {
            model.worst.select(row, &judged.assessment.open);
        }
        // How long each is known is read beside.
        return super::time::ask(model);
    }
    if model.view == View::Review {
        if let Some(review) = &mut model.review
            && let Some(row) = review.board().comparison().find(path)
        {
            review.select(row);
        }
        return Vec::new();
    }
    let had_own = matches!(before, View::Risk | View::Time | View::Report | View::Review);
    if had_own && matches!(model.view, View::Tree | View::Report) {
        if let Some(row) = nearest(model.tree.comparison(), path) {
            model.tree.select(row);
        }
        return Vec::new();
    }
    let Some(whole) = &mut model.whole else { return Vec::new() };
    // The matrix has a filter of its own; the overview has none, and the tree keeps its own behind it.
    let of_matrix = |tree: &mut super::tree::Tree, whole: &super::whole::Whole| {
        if before == View::Matrix { tree.adopt(&whole.tree) } else { None }
    };
    let job = match model.view {
        View::Matrix => {
            let job = whole.tree.adopt(&model.tree);
            whole.sync();
            if let Some(row) = nearest(whole.comparison(), path) {
                whole.matrix.select(row);
            }
            job
        }
        View::Coverage => {
            if let Some(judged) = &whole.judged {
                model.covered.select(path, judged);
            }
            of_matrix(&mut model.tree, whole)
        }
        View::Overview => {
            whole.sight.select(path, &whole.overview);
            of_matrix(&mut model.tree, whole)
        }
        View::Tree | View::Risk | View::Time | View::Report | View::Review => {
            let job = of_matrix(&mut model.tree, whole);
            if let Some(row) = nearest(model.tree.comparison(), path) {
                model.tree.select(row);
            }
            job
        }
    };
    job.map(Effect::Sieve).into_iter().collect()
}

/// The row at a path, or at the branch nearest above it.
fn nearest(comparison: &Comparison, path: &Path) -> Option<u32> {
    let mut path = path.clone();
    loop {
        match (comparison.find(&path), path.parent()) {
            (Some(row), _) if row != Comparison::TOP => return Some(row),
            (_, Some(parent)) if parent.depth() > 0 => path = parent,
            _ => return None,
        }
    }
}

/// Asks for all snapshots to be laid side by side.
pub fn survey(model: &mut Model, aligned: Option<Arc<Comparison>>) -> Option<Effect> {
    model.survey_ticket += 1;
    model.surveying = true;
    // What was aligned before a snapshot joined or left is no comparison of all: the tree's too may still be that.
    let snapshots = &model.snapshots;
    let is_of_all = |comparison: &Arc<Comparison>| {
        let sides = comparison.sides().iter().map(|side| &side.snapshot);
        sides.len() == snapshots.len() && sides.zip(snapshots).all(|(a, b)| Arc::ptr_eq(a, b))
    };
    let aligned = [aligned, Some(Arc::clone(model.tree.comparison()))].into_iter().flatten().find(is_of_all);
    let (ticket, snapshots, reference) = (model.survey_ticket, model.snapshots.clone(), model.reference);
    Some(Effect::Survey(Survey { ticket, snapshots, reference, aligned }))
}

/// Takes in what a survey found.
pub fn surveyed(model: &mut Model, answer: Surveyed) -> Vec<Effect> {
    if answer.ticket != model.survey_ticket {
        return Vec::new();
    }
    model.surveying = false;
    let path = match model.whole {
        Some(_) => selected(model),
        None => model.tree.comparison().path(model.tree.cursor()),
    };
    let (mut whole, job) = answer.taken(model.whole.take());
    whole.matrix.resize(model.size);
    whole.sync();
    model.whole = Some(whole);
    model.covered.renew();
    let mut effects: Vec<Effect> = job.map(Effect::Sieve).into_iter().collect();
    match (model.view, &mut model.whole) {
        // The tree's filter may have changed since: the view that is looked at goes by its own.
        (View::Matrix, Some(whole)) if effects.is_empty() => {
            if whole.tree.filter().is_none() {
                effects.extend(whole.tree.adopt(&model.tree).map(Effect::Sieve));
            }
            whole.sync();
            if let Some(row) = nearest(whole.comparison(), &path) {
                whole.matrix.select(row);
            }
        }
        (_, Some(whole)) => {
            if let Some(row) = nearest(whole.comparison(), &path) {
                whole.matrix.select(row);
            }
            whole.sight.select(&path, &whole.overview);
        }
        (_, None) => {}
    }
    effects.extend(super::update::judge_all(model));
    effects.extend(super::update::weigh(model));
    effects
}

/// Does what a key says on the matrix or the overview; `None` if it is for all views alike.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let view = match action {
        Action::ViewTree => Some(View::Tree),
        Action::ViewRisk => Some(View::Risk),
        Action::ViewMatrix => Some(View::Matrix),
        Action::ViewTime if model.present.is_some() => return super::time::leave(model),
        Action::ViewTime => Some(View::Time),
        Action::ViewReport => Some(View::Report),
        Action::ViewOverview => Some(View::Overview),
        Action::ViewCoverage => Some(View::Coverage),
        Action::ViewReview => Some(View::Review),
        _ => None,
    };
    if let Some(view) = view {
        return Some(if view == model.view { Vec::new() } else { show(model, view) });
    }
    if matches!(model.view, View::Tree | View::Review) {
        return None;
    }
    match action {
        Action::Back
        | Action::Add
        | Action::Blame
        | Action::Interrupt
        | Action::Suspend
        | Action::Redraw
        | Action::Help
        | Action::Commands => {
            return None;
        }
        Action::Reference if model.view != View::Coverage => return Some(set_reference(model, column(model))),
        Action::Pair => return Some(pair(model)),
        Action::Remove => return Some(remove(model, column(model))),
        _ => {}
    }
    if model.view == View::Time {
        return super::time::act(model, action);
    }
    if model.view == View::Report {
        return super::paper::act(model, action);
    }
    if matches!(model.view, View::Risk | View::Overview | View::Coverage) {
        let before = selected(model);
        let done = in_list(model, action);
        if done.is_some() && selected(model) != before {
            // Something else was selected: that is what the next view shows.
            model.carried = None;
        }
        return done;
    }
    let Some(whole) = &mut model.whole else { return Some(Vec::new()) };
    if whole.matrix.act(action, &whole.tree) {
        whole.sync();
        return Some(Vec::new());
    }
    let words = match action {
        Action::NextStop | Action::PreviousStop => whole.matrix.walk(&whole.tree, action == Action::NextStop, false),
        Action::NextDifference | Action::PreviousDifference => {
            whole.matrix.walk(&whole.tree, action == Action::NextDifference, true)
        }
        Action::Open => {
            if let Some(detail) = Detail::of_matrix(model) {
                model.layers.push(Box::new(detail));
            }
            return Some(Vec::new());
        }
        Action::Order => {
            model.menu = Some(Menu::order(whole.matrix.order()));
            return Some(Vec::new());
        }
        // Filter, find, states, copy and print are for all views alike.
        _ => return None,
    };
    model.note = words.unwrap_or_default().to_owned();
    Some(Vec::new())
}

/// Does what a key says on a list of what stands for many paths: risks, the overview, the coverage.
fn in_list(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    match (action, model.view) {
        (Action::Print | Action::View, _) => return None,
        (Action::Open, View::Risk) => return Some(open_worst(model)),
        (Action::Order, View::Risk) => {
            model.menu = Some(Menu::risk_order(model.worst.order(), model.worst.knows_ages()));
            return Some(Vec::new());
        }
        (Action::Open, View::Coverage) => return Some(open_coverage(model)),
        (Action::Open, _) => return Some(open_overview(model)),
        _ => {}
    }
    let judged = model.whole.as_ref().and_then(|whole| whole.judged.as_ref());
    match (model.view, judged) {
        (View::Risk, _) => model.worst.act(action),
        (View::Coverage, Some(judged)) => model.covered.act(action, judged),
        (View::Overview, ..) => model.whole.as_mut().is_some_and(|whole| whole.sight.act(action, &whole.overview)),
        _ => false,
    };
    Some(Vec::new())
}

/// The marked column of the present view.
fn column(model: &Model) -> usize {
    match (model.view, &model.whole) {
        (View::Matrix, Some(whole)) => whole.matrix.column(),
        (View::Overview, Some(whole)) => whole.sight.column(&whole.overview),
        _ => model.sides.0,
    }
}

/// Enter on the list of risks: the row that carries the risk, in full.
fn open_worst(model: &mut Model) -> Vec<Effect> {
    if let Some(row) = model.tree.judgement().and_then(|judged| model.worst.row(&judged.assessment.open)) {
        model.carried = None;
        model.tree.select(row);
        model.layers.push(Box::new(Detail::of_tree(model)));
    }
    super::time::ask(model)
}

/// Enter on the coverage: the path of the line in the tree, beside the target what the line is about.
fn open_coverage(model: &mut Model) -> Vec<Effect> {
    let judged = model.whole.as_ref().and_then(|whole| whole.judged.clone());
    let Some(lead) = judged.and_then(|judged| model.covered.lead(&judged)) else { return Vec::new() };
    let (left, right) = model.sides;
    let side = lead.side.or_else(|| [left, right].into_iter().find(|side| *side != lead.target)).unwrap_or(left);
    let mut effects = show(model, View::Tree);
    model.led_from = Some(View::Coverage);
    if (side, lead.target) != model.sides && (lead.target, side) != model.sides {
        effects.extend(super::act::face(model, (side, lead.target)));
        model.goal.clone_from(&lead.path);
    }
    let row = lead.path.and_then(|path| nearest(model.tree.comparison(), &path));
    row.into_iter().for_each(|row| model.tree.select(row));
    effects
}

/// Enter on the overview: the tree of the marked column and the reference, at the selected area or group.
fn open_overview(model: &mut Model) -> Vec<Effect> {
    let Some(whole) = &model.whole else { return Vec::new() };
    let at = match whole.sight.worst(&whole.overview, whole.stakes()) {
        Some(worst) => Some(worst),
        None => whole.sight.target(&whole.overview),
    };
    let Some(path) = at.map(|row| whole.comparison().path(row)) else { return Vec::new() };
    let column = column(model);
    let mut effects = Vec::new();
    if column != model.reference && (column, model.reference) != model.sides && (model.reference, column) != model.sides
    {
        effects = super::act::face(model, (column, model.reference));
    }
    (model.view, model.carried, model.led_from) = (View::Tree, None, Some(View::Overview));
    model.goal = Some(path.clone());
    if let Some(row) = nearest(model.tree.comparison(), &path) {
        model.tree.select(row);
    }
    effects
}

/// The marked column and the reference side by side, in the tree.
fn pair(model: &mut Model) -> Vec<Effect> {
    let column = column(model);
    if column == model.reference {
        model.note = "this is the reference: mark another column with < and >".into();
        return Vec::new();
    }
    let mut effects = show(model, View::Tree);
    effects.extend(super::act::face(model, (column, model.reference)));
    effects
}

/// Measures the others against another snapshot.
pub fn set_reference(model: &mut Model, side: usize) -> Vec<Effect> {
    if side >= model.snapshots.len() || side == model.reference {
        return Vec::new();
    }
    model.reference = side;
    let mut effects = Vec::new();
    if let Some(whole) = &mut model.whole {
        whole.matrix.reference = side;
        let comparison = Arc::clone(whole.comparison());
        effects.extend(survey(model, Some(comparison)));
    }
    let (left, right) = model.asked.unwrap_or(model.sides);
    let sides = match (left == side, right == side) {
        (false, false) => (if left == side { right } else { left }, side),
        _ => (left, right),
    };
    effects.extend(super::act::face(model, sides));
    model.note = format!("measured against {}", label(model, side));
    effects
}

/// Puts a snapshot beside the others.
pub fn add(model: &mut Model, mut snapshot: Arc<Snapshot>, text: &str) -> Vec<Effect> {
    if let Some(label) = super::arriving::label(model) {
        model.note = format!("{label} is still loading: others can join once it is there");
        return Vec::new();
    }
    if model.snapshots.len() >= MOST {
        model.note = format!("more than {MOST} snapshots do not fit beside each other");
        return Vec::new();
    }
    // Beside itself a snapshot says nothing; one that was captured at no known time may be another.
    let is_there = |known: &&Arc<Snapshot>| known.meta.captured_at.is_some() && known.meta == snapshot.meta;
    if let Some(known) = model.snapshots.iter().find(is_there).filter(|known| ***known == *snapshot) {
        model.note = format!("{} is there already", escape(known.meta.name()));
        return Vec::new();
    }
    let mut known = model.snapshots.iter().map(|known| &known.meta);
    let tells = known.any(|meta| meta.label == snapshot.meta.label)
        && !model.snapshots.iter().any(|known| known.meta.name() == snapshot.meta.name());
    if !tells {
        // Its label is no other's, or what was typed is.
        Arc::make_mut(&mut snapshot).meta.alias = Alias::default();
    }
    model.note = format!("{} joins", escape(snapshot.meta.name()));
    model.references.resize(model.snapshots.len(), String::new());
    model.snapshots.push(snapshot);
    model.references.push(text.to_owned());
    changed(model)
}

/// Takes a snapshot away; two stay.
pub fn remove(model: &mut Model, side: usize) -> Vec<Effect> {
    if model.snapshots.len() <= 2 {
        model.note = "two snapshots are the fewest that can be compared".into();
        return Vec::new();
    }
    if side >= model.snapshots.len() {
        return Vec::new();
    }
    model.note = format!("{} is gone from this comparison", label(model, side));
    model.snapshots.remove(side);
    if side < model.references.len() {
        model.references.remove(side);
    }
    let (left, right) = model.asked.unwrap_or(model.sides);
    if model.reference == side {
        model.reference = Model::first_sides(&model.snapshots).2;
    } else {
        model.reference -= usize::from(model.reference > side);
    }
    let moved = |at: usize| if at > side { at - 1 } else { at };
    let mut effects = Vec::new();
    if left == side || right == side {
        let kept = moved(if left == side { right } else { left });
        let other = if kept == model.reference {
            (0..model.snapshots.len()).find(|at| *at != kept).unwrap_or(0)
        } else {
            model.reference
        };
        let sides = if left == side { (other, kept) } else { (kept, other) };
        effects.extend(super::act::face(model, sides));
    } else {
        let sides = (moved(left), moved(right));
        match &mut model.asked {
            Some(asked) => *asked = sides,
            None => model.sides = sides,
        }
    }
    effects.extend(changed(model));
    effects
}

/// The snapshots are others than before: what was known of all together is found out anew, once it is looked at.
fn changed(model: &mut Model) -> Vec<Effect> {
    if model.view == View::Tree && model.whole.is_none() {
        return Vec::new();
    }
    survey(model, None).into_iter().collect()
}

fn label(model: &Model, side: usize) -> String {
    model.snapshots.get(side).map_or(String::new(), |s| escape(s.meta.name()).into_owned())
}
