//! What the differences of the same environments risked at earlier captures, as the store has them.

use crate::base::cancel::Cancel;
use crate::base::reading::Reading;
use crate::compare::Comparison;
use crate::history::aligned;
use crate::meaning::Meaning;
use crate::model::{Snapshot, Tree};
use crate::reference::{Capture, Resolved, Series, Workspace};
use crate::report::past::Moment;
use crate::risk::Rules;
use std::collections::HashSet;
use std::sync::Arc;

/// The most earlier dates that are judged.
const MOST: usize = 6;
/// So many facts are compared for it at most, of all dates together: of large snapshots there are fewer dates.
const FACTS: usize = 400_000;

/// The moments before that of some snapshots, oldest first; none where the store has nothing earlier of one of them. What
/// cannot be read is left out.
pub fn trend(workspace: &Workspace, snapshots: &[Resolved], rules: &Rules, cancel: &Cancel) -> Vec<Moment> {
    let sides: Vec<&Arc<Snapshot>> = snapshots.iter().map(|side| &side.snapshot).collect();
    let labels: HashSet<&str> = sides.iter().map(|side| side.meta.label.as_str()).collect();
    if sides.len() < 2 || labels.len() < sides.len() {
        return Vec::new();
    }
    let series: Option<Vec<Vec<Capture>>> = sides.iter().map(|side| earlier(workspace, side)).collect();
    let Some(series) = series else { return Vec::new() };
    let facts = sides.iter().map(|side| side.facts.leaf_count()).sum::<usize>().max(1);
    let most = (FACTS / facts).min(MOST);
    let mut dates = dates(&series, sides.iter().position(|side| side.meta.is_target()).unwrap_or(0));
    dates.drain(..dates.len().saturating_sub(most));
    dates.iter().filter_map(|places| moment(workspace, &series, places, &sides, rules, cancel)).collect()
}

/// Whether two captures of an environment told about as much: one of a few areas, or by somebody who could not read the
/// rest, has fewer differences and is no better for it.
fn tells_alike(before: &Snapshot, now: &Snapshot) -> bool {
    let areas = |snapshot: &Snapshot| {
        let tree = &snapshot.facts;
        tree.children(Tree::ROOT).map(|area| tree.key(area).to_owned()).collect::<Vec<_>>()
    };
    let (fewer, more) = {
        let (a, b) = (before.facts.leaf_count(), now.facts.leaf_count());
        (a.min(b), a.max(b))
    };
    areas(before) == areas(now) && more <= fewer + fewer / 2
}

/// The captures of an environment before that of a snapshot; `None` where it has no time or the store cannot be listed.
fn earlier(workspace: &Workspace, side: &Arc<Snapshot>) -> Option<Vec<Capture>> {
    let at = side.meta.captured_at?.as_millisecond();
    let captures = Series::of(workspace, &side.meta.label, Some(side)).ok()?.captures;
    let is_before = |capture: &Capture| matches!(capture, Capture::Stored(entry) if entry.captured_at.is_some_and(|time| time.as_millisecond() < at));
    Some(captures.into_iter().filter(is_before).collect())
}

/// Which captures stand beside each other, oldest first: of more than two environments those that stand beside one of the
/// target.
fn dates(series: &[Vec<Capture>], target: usize) -> Vec<Vec<usize>> {
    let times = |of: &[Capture]| of.iter().map(Capture::captured_at).collect::<Vec<_>>();
    if let [left, right] = series {
        return aligned(&times(left), &times(right)).into_iter().map(Vec::from).collect();
    }
    let Some(own) = series.get(target) else { return Vec::new() };
    let pairs: Vec<Vec<[usize; 2]>> = series.iter().map(|of| aligned(&times(own), &times(of))).collect();
    let beside = |at: usize, side: usize| match side {
        side if side == target => Some(at),
        side => Some(pairs.get(side)?.iter().rfind(|pair| pair[0] == at)?[1]),
    };
    (0..own.len()).filter_map(|at| (0..series.len()).map(|side| beside(at, side)).collect()).collect()
}

fn moment(
    workspace: &Workspace,
    series: &[Vec<Capture>],
    places: &[usize],
    now: &[&Arc<Snapshot>],
    rules: &Rules,
    cancel: &Cancel,
) -> Option<Moment> {
    let reading = Reading::until(cancel);
    let load = |(place, of): (&usize, &Vec<Capture>)| workspace.load_capture(of.get(*place)?, &reading).ok();
    let snapshots: Vec<Arc<Snapshot>> = places.iter().zip(series).map(load).collect::<Option<_>>()?;
    if !snapshots.iter().zip(now).all(|(before, now)| tells_alike(before, now)) {
        return None;
    }
    let at = snapshots.iter().filter_map(|snapshot| snapshot.meta.captured_at).max()?;
    let comparison = Comparison::new(snapshots, cancel)?;
    let ranking = Meaning::of(&comparison, rules, cancel)?.ranking;
    let differences = comparison.tally(Comparison::TOP).found() as usize;
    Some(Moment { at, points: ranking.points(), lines: ranking.lines().len(), differences })
}
