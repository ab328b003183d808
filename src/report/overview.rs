//! The picture that a manager is shown first: areas by snapshots, how much differs and how far, how much each snapshot
//! has evidence for, and where most differences come from. Both the explorer and the documents draw it.

use crate::base::cancel::Cancel;
use crate::base::share::percent;
use crate::cause::Causes;
use crate::compare::{Apart, Cell, Comparison, RowId, State};
use crate::model::tree::{NodeId, Tree};
use crate::model::vocabulary::Vocabulary;
use crate::model::{Path, Snapshot};
use std::cmp::Reverse;

/// How many causes are named.
const CAUSES: usize = 12;
/// The most problems of one snapshot that are held against the vocabulary.
const PROBLEMS: usize = 10_000;

/// Areas by snapshots.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Which side the others are measured against.
    pub reference: usize,
    /// The areas, in the order of the comparison.
    pub areas: Vec<Area>,
    /// All areas together, by side.
    pub totals: Vec<Measure>,
    /// The causes that hold most differences, largest first.
    pub causes: Vec<Origin>,
    /// All paths that were compared.
    pub paths: u32,
    /// Those that differ somewhere.
    pub found: u32,
    /// Those of them that some side never asked for: differences that are no stops in a tree.
    pub not_collected: u32,
    /// Those that are the same everywhere.
    pub same: u32,
}

/// One area.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Its row.
    pub row: RowId,
    /// Its name, raw.
    pub name: String,
    /// Paths that differ somewhere.
    pub found: u32,
    /// Paths in all.
    pub paths: u32,
    /// By side.
    pub sides: Vec<Measure>,
}

/// What is said of one side, measured against the reference; of the reference itself, only the evidence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measure {
    /// How many paths differ from the reference, by how far: far, clear, slight.
    pub apart: [u32; 3],
    /// How many cannot be compared with the reference.
    pub unknown: u32,
    /// The farthest difference, the first of them.
    pub worst: Option<Worst>,
    /// What the side has evidence for.
    pub evidence: Evidence,
}

/// The farthest difference of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worst {
    /// Where.
    pub row: RowId,
    /// How far.
    pub apart: Apart,
}

/// How many kinds of facts a snapshot says anything of, be it that there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Kinds that it speaks of.
    pub known: u32,
    /// Kinds that the vocabulary has.
    pub all: u32,
}

impl Evidence {
    fn of_all(known: &[bool]) -> Self {
        Evidence { known: known.iter().filter(|k| **k).count() as u32, all: known.len() as u32 }
    }

    /// In percent; `None` where the vocabulary has no such kind.
    pub fn percent(self) -> Option<u32> {
        percent(self.known, self.all)
    }
}

/// A cause that holds many differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What it is, for people; raw.
    pub title: String,
    /// How its differences were recognised, a sentence.
    pub why: &'static str,
    /// The first of its differences.
    pub row: RowId,
    /// How many differences it holds.
    pub found: u32,
}

impl Measure {
    /// How many paths differ from the reference.
    pub fn differ(&self) -> u32 {
        self.apart.iter().sum()
    }
}

/// What every snapshot has evidence for, by side; `None` when cancelled.
pub fn evidence(comparison: &Comparison, cancel: &Cancel) -> Option<Vec<Evidence>> {
    Some(spoken_of(comparison, cancel)?.iter().map(|known| Evidence::of_all(known)).collect())
}

/// What one snapshot has evidence for; `None` when cancelled.
pub fn evidence_of(snapshot: &Snapshot, vocabulary: &Vocabulary, cancel: &Cancel) -> Option<Evidence> {
    Some(Evidence::of_all(&spoken_by(snapshot, vocabulary, cancel)?))
}

impl Overview {
    /// Counts; `None` when cancelled. The cost is that of one walk over the rows.
    pub fn new(comparison: &Comparison, reference: usize, cancel: &Cancel) -> Option<Self> {
        let sides = comparison.sides().len();
        let evidence = spoken_of(comparison, cancel)?;
        let vocabulary = comparison.vocabulary();
        let mut areas = Vec::new();
        let mut totals = vec![Measure::default(); sides];
        for row in comparison.children(Comparison::TOP) {
            let name = comparison.key(row).to_owned();
            let mut measures: Vec<Measure> = (0..sides)
                .map(|side| Measure { evidence: of_area(vocabulary, &evidence[side], &name), ..Measure::default() })
                .collect();
            for leaf in (row..comparison.end(row)).filter(|at| comparison.is_leaf(*at)) {
                if leaf % 4096 == 0 && cancel.is_cancelled() {
                    return None;
                }
                if comparison.state(leaf).is_found() {
                    measure(comparison, leaf, reference, &mut measures);
                }
            }
            for (total, of_area) in totals.iter_mut().zip(&measures) {
                total.add(of_area);
            }
            let tally = comparison.tally(row);
            areas.push(Area { row, name, found: tally.found(), paths: tally.leaves, sides: measures });
        }
        for (total, known) in totals.iter_mut().zip(&evidence) {
            total.evidence = Evidence::of_all(known);
        }
        let tally = comparison.tally(Comparison::TOP);
        let causes = largest(&Causes::find(comparison, cancel)?);
        let (found, not_collected) = (tally.found(), tally.not_collected);
        Some(Self { reference, areas, totals, causes, paths: tally.leaves, found, not_collected, same: tally.same })
    }

    /// What a manager reads first, in sentences that name the snapshots; raw text.
    pub fn sentences(&self, comparison: &Comparison) -> Vec<String> {
        self.sentences_with(comparison, number)
    }

    /// As [`Overview::sentences`], with numbers written in another way.
    pub fn sentences_with(&self, comparison: &Comparison, number: impl Fn(u32) -> String) -> Vec<String> {
        let label = |side: usize| comparison.sides().get(side).map_or("", |side| side.label());
        let mut out = vec![match self.found {
            0 => format!("None of {} compared facts differs.", number(self.paths)),
            found => format!(
                "{} of {} compared facts differ between {} environments; the same everywhere: {}.",
                number(found),
                number(self.paths),
                self.totals.len(),
                number(self.same)
            ),
        }];
        let others = || (0..self.totals.len()).filter(|side| *side != self.reference);
        let farthest = others().max_by_key(|side| (self.totals[*side].differ(), Reverse(*side)));
        let nearest = others().min_by_key(|side| (self.totals[*side].differ(), *side));
        match (nearest, farthest) {
            (Some(near), Some(far)) if near != far => out.push(format!(
                "{} is nearest to {} (differences: {}), {} is farthest ({}).",
                label(near),
                label(self.reference),
                number(self.totals[near].differ()),
                label(far),
                number(self.totals[far].differ())
            )),
            (Some(only), _) => {
                let [far, clear, slight] = self.totals[only].apart;
                out.push(format!(
                    "{} against {}: {} far apart, {} different, {} close.",
                    label(only),
                    label(self.reference),
                    number(far),
                    number(clear),
                    number(slight)
                ));
            }
            _ => {}
        }
        let unknown: u32 = self.totals.iter().map(|total| total.unknown).max().unwrap_or(0);
        if unknown > 0 {
            let gaps = match self.not_collected {
                0 => String::new(),
                gaps => format!(" (not collected: {})", number(gaps)),
            };
            out.push(format!("Up to {} could not be compared{gaps}: unknown is never the same.", number(unknown)));
        }
        out
    }
}

/// A number with its digits in groups of three.
pub fn number(n: u32) -> String {
    super::grouped(n as usize)
}

impl Measure {
    fn add(&mut self, other: &Measure) {
        for (sum, more) in self.apart.iter_mut().zip(other.apart) {
            *sum += more;
        }
        self.unknown += other.unknown;
        if other.worst.as_ref().map(|w| w.apart) > self.worst.as_ref().map(|w| w.apart) {
            self.worst.clone_from(&other.worst);
        }
    }
}

/// Counts a divergence for every side but the reference.
fn measure(comparison: &Comparison, leaf: RowId, reference: usize, measures: &mut [Measure]) {
    for (side, measure) in measures.iter_mut().enumerate().filter(|(side, _)| *side != reference) {
        if let Some(apart) = comparison.apart(leaf, side, reference) {
            measure.apart[Apart::ALL.iter().position(|known| *known == apart).unwrap_or(0)] += 1;
            if measure.worst.as_ref().is_none_or(|worst| apart > worst.apart) {
                measure.worst = Some(Worst { row: leaf, apart });
            }
        } else if is_unknown(comparison, leaf, side) || is_unknown(comparison, leaf, reference) {
            measure.unknown += 1;
        }
    }
}

fn is_unknown(comparison: &Comparison, leaf: RowId, side: usize) -> bool {
    match comparison.cell(leaf, side) {
        Cell::Problem(_) | Cell::NotCollected(_) => true,
        // Hidden under another key, or without one, beside values that differ whatever it is.
        Cell::Redacted(_) => comparison.state(leaf) == State::Redacted || comparison.class(leaf, side).is_none(),
        Cell::Value(_) | Cell::Missing => false,
    }
}

/// For every side and every entry of the vocabulary, whether the side speaks of it.
fn spoken_of(comparison: &Comparison, cancel: &Cancel) -> Option<Vec<Vec<bool>>> {
    let sides = comparison.sides().iter();
    sides.map(|side| spoken_by(&side.snapshot, comparison.vocabulary(), cancel)).collect()
}

/// For every entry of the vocabulary, whether the snapshot speaks of it.
fn spoken_by(snapshot: &Snapshot, vocabulary: &Vocabulary, cancel: &Cancel) -> Option<Vec<bool>> {
    let entries = vocabulary.entries();
    let mut spoken = vec![false; entries.len()];
    let tree = &snapshot.facts;
    // The branches above the node, each with the node after it and its place in the vocabulary.
    let mut above = vec![(tree.end(Tree::ROOT), vocabulary.top())];
    for node in 1..tree.node_count() as NodeId {
        if node % 4096 == 0 && cancel.is_cancelled() {
            return None;
        }
        while above.len() > 1 && above.last().is_some_and(|(end, _)| *end <= node) {
            above.pop();
        }
        let Some((_, place)) = above.last() else { break };
        let place = vocabulary.step(*place, tree.key(node));
        if tree.is_branch(node) {
            above.push((tree.end(node), place));
        } else if let Some(entry) = vocabulary.entry_index(place) {
            spoken[entry] = true;
        }
    }
    // Facts of another program say nothing of what is not among them; of what a capture does not name, there is none,
    // unless it could not look.
    if snapshot.meta.tool.is_some() {
        let mut unread = vec![false; entries.len()];
        for (at, _) in &snapshot.problems {
            let place = at.segments().iter().fold(vocabulary.top(), |place, key| vocabulary.step(place, key));
            if let Some(entry) = vocabulary.entry_index(place) {
                unread[entry] = true;
            }
        }
        for (entry, (spoken, unread)) in entries.iter().zip(spoken.iter_mut().zip(unread)) {
            if !*spoken && !unread {
                let pattern: Path = entry.path.parse().unwrap_or_default();
                *spoken = !snapshot.problems.iter().take(PROBLEMS).any(|(at, _)| covers(at, &pattern));
            }
        }
    }
    Some(spoken)
}

/// Whether a problem at a path speaks of all that a pattern stands for.
fn covers(at: &Path, pattern: &Path) -> bool {
    let (at, keys) = (at.segments(), pattern.segments());
    at.len() <= keys.len() && at.iter().zip(keys).all(|(key, of_pattern)| key == of_pattern || of_pattern == "*")
}

fn of_area(vocabulary: &Vocabulary, known: &[bool], area: &str) -> Evidence {
    let mut out = Evidence::default();
    for (entry, known) in vocabulary.entries().iter().zip(known) {
        let rest = entry.path.strip_prefix(area);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
            out.all += 1;
            out.known += u32::from(*known);
        }
    }
    out
}

/// The causes that hold most differences; of those that hold as many, in their own order.
fn largest(causes: &Causes) -> Vec<Origin> {
    let mut all: Vec<_> = causes.all().iter().collect();
    all.sort_by_key(|cause| Reverse(cause.members.len()));
    let origin = |cause: &crate::cause::Cause| Origin {
        title: cause.title.clone(),
        why: cause.why,
        row: cause.members.first().copied().unwrap_or(Comparison::TOP),
        found: cause.members.len() as u32,
    };
    all.into_iter().take(CAUSES).map(origin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;
    use std::sync::Arc;

    fn comparison(sides: &[(&str, &str)]) -> Comparison {
        let load = |(label, text): &(&str, &str)| {
            let mut snapshot = format::read(text.as_bytes()).expect("a snapshot").snapshot;
            snapshot.meta.label = (*label).to_owned();
            Arc::new(snapshot)
        };
        Comparison::new(sides.iter().map(load).collect(), &Cancel::new()).expect("not cancelled")
    }

    #[test]
    fn areas_by_snapshots_are_counted_against_the_reference() {
        let sides = [
            ("staging", r#"{"os":{"kernel":{"release":"6.1.0"},"a":1,"b":1},"dns":{"search":"a"}}"#),
            ("production", r#"{"os":{"kernel":{"release":"5.15.0"},"a":1,"b":20},"dns":{"search":"a"}}"#),
            ("ci", r#"{"os":{"kernel":{"release":"5.15.0"},"a":1,"b":20}}"#),
        ];
        let comparison = comparison(&sides);
        let overview = Overview::new(&comparison, 1, &Cancel::new()).expect("not cancelled");
        let counts = |name: &str| -> Vec<u32> {
            let area = overview.areas.iter().find(|area| area.name == name).expect("an area");
            area.sides.iter().map(Measure::differ).collect()
        };
        assert_eq!(counts("os"), [2, 0, 0]);
        assert_eq!(counts("dns"), [0, 0, 1]);
        assert_eq!(overview.totals[0].apart, [2, 0, 0], "a major version, and twenty times as much");
        let worst = overview.totals[0].worst.as_ref().expect("a difference");
        assert_eq!(comparison.path(worst.row).to_string(), "os.b");
        let sentences = overview.sentences(&comparison);
        assert_eq!(
            sentences[..2],
            [
                "3 of 4 compared facts differ between 3 environments; the same everywhere: 1.",
                "ci is nearest to production (differences: 1), staging is farthest (2)."
            ]
        );
    }

    #[test]
    fn an_identity_of_its_own_is_no_difference_of_who_has_it() {
        let id = |id: &str| format!(r#"{{"identity":{{"machine_id":"{id}"}}}}"#);
        let (own, clone) = (id("a"), id("b"));
        let comparison =
            comparison(&[("staging", own.as_str()), ("preprod", clone.as_str()), ("production", clone.as_str())]);
        let overview = Overview::new(&comparison, 2, &Cancel::new()).expect("not cancelled");
        assert_eq!(overview.totals.iter().map(Measure::differ).collect::<Vec<_>>(), [0, 1, 0]);
    }

    #[test]
    fn evidence_is_what_a_snapshot_speaks_of() {
        let whole =
            r#"{"driftglass":1,"meta":{"label":"a","tool":"driftglass 0.1.0"},"facts":{"os":{"x":1}},"problems":{}}"#;
        let partly = r#"{"driftglass":1,"meta":{"label":"b","tool":"driftglass 0.1.0"},"facts":{"os":{"x":1}},
            "problems":{"hardware":"permission denied: /sys"}}"#;
        let comparison = comparison(&[("a", whole), ("b", partly), ("c", r#"{"os":{"x":1}}"#)]);
        let overview = Overview::new(&comparison, 0, &Cancel::new()).expect("not cancelled");
        let percent: Vec<_> = overview.totals.iter().map(|total| total.evidence.percent()).collect();
        assert_eq!(percent[0], Some(100));
        assert!(percent[1] < Some(100) && percent[1] > Some(50), "{percent:?}");
        assert_eq!(percent[2], Some(0), "bare facts say nothing of the rest");
    }

    #[test]
    fn what_differs_and_what_is_unknown_add_up() {
        let facts = |label: &str, key: &str, problem: &str| {
            let meta = format!(r#""meta":{{"label":"{label}","tool":"driftglass 0.1.0"}}"#);
            format!(
                r#"{{"driftglass":1,{meta},"facts":{{"os":{{"a":{},"key":"{key}","sysctl":{{"x":1}}}}}},"problems":{{{problem}}}}}"#,
                label.len()
            )
        };
        let staging = facts("staging", "[redacted]", r#""os.sysctl":"not collected: the root has no /proc""#);
        let production = facts("production", "00000000-1111", "");
        let staging = staging.replace(r#","sysctl":{"x":1}"#, "");
        let comparison = comparison(&[("staging", &staging), ("production", &production)]);
        let overview = Overview::new(&comparison, 1, &Cancel::new()).expect("not cancelled");
        let total = &overview.totals[0];
        assert_eq!((overview.found, total.differ(), total.unknown), (3, 1, 2), "hidden beside shown is not known");
        let said = overview.sentences(&comparison);
        assert!(said[2].starts_with("Up to 2 could not be compared (not collected: 1)"), "{said:?}");
    }

    #[test]
    fn the_largest_causes_are_named() {
        let file = |keys: u32, value: u32| {
            let inner: Vec<_> = (0..keys).map(|i| format!(r#""k{i}":"{value}""#)).collect();
            format!("{{{}}}", inner.join(","))
        };
        let facts = |value: u32| {
            let (small, large) = (file(2, value), file(9, value));
            format!(
                r#"{{"configuration":{{"files":{{"/etc/a.conf":{small},"/etc/b.conf":{large}}}}},"os":{{"x":{value}}}}}"#
            )
        };
        let comparison = comparison(&[("a", &facts(1)), ("b", &facts(2))]);
        let overview = Overview::new(&comparison, 0, &Cancel::new()).expect("not cancelled");
        let named: Vec<_> = overview.causes.iter().map(|cause| (cause.title.as_str(), cause.found)).collect();
        assert_eq!(named, [("File /etc/b.conf", 9), ("File /etc/a.conf", 2)]);
    }
}
