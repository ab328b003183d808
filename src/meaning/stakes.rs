//! Floor 2: what each side risks by itself beside the one that it is measured against. It is what a comparison of the two
//! alone says, for each pair: a cell of a table of many sides tells what the tree of its pair tells.

use crate::base::cancel::Cancel;
use crate::compare::{Comparison, RowId};
use crate::effective::Effective;
use crate::risk::{Band, Bands, Finding, Risks, Rules};
use std::sync::Arc;

/// What one value risks beside the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    /// The row in the comparison of all.
    pub row: RowId,
    /// How much it matters.
    pub band: Band,
    /// Points, 1 to 100.
    pub points: u32,
}

/// What an area, or all together, risks on one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many differences there are of each band.
    pub bands: Bands,
    /// The worst of them, the first of those that are as bad.
    pub worst: Option<Stake>,
    /// What happens if that strikes, a sentence; empty where no rule tells.
    pub happens: String,
}

/// What each side risks, measured against the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stakes {
    reference: usize,
    /// By side, in the order of the rows.
    sides: Vec<Vec<Stake>>,
    /// The rows of the areas, in order, each with what it holds by side.
    areas: Vec<(RowId, Vec<Held>)>,
    totals: Vec<Held>,
}

impl Stakes {
    /// Judges each side beside the reference; `None` when cancelled. What is `known` is what a comparison of two means
    /// already.
    pub fn of(
        comparison: &Comparison,
        reference: usize,
        known: Option<&Risks>,
        rules: &Rules,
        cancel: &Cancel,
    ) -> Option<Self> {
        let count = comparison.sides().len();
        let areas = comparison.children(Comparison::TOP).map(|row| (row, vec![Held::default(); count])).collect();
        let sides = vec![Vec::new(); count];
        let mut stakes = Self { reference, sides, areas, totals: vec![Held::default(); count] };
        let known = known.filter(|_| count == 2 && comparison.reference() == reference);
        for side in (0..count).filter(|side| *side != reference) {
            match known {
                Some(risks) => stakes.take(comparison, side, comparison, risks, cancel)?,
                None => {
                    let snapshots = [side, reference].map(|at| Arc::clone(&comparison.sides()[at].snapshot));
                    let mut pair = Comparison::new(snapshots.into(), cancel)?;
                    pair.set_reference(1);
                    let risks = Risks::assess(&pair, &Effective::of(&pair), rules, cancel)?;
                    stakes.take(comparison, side, &pair, &risks, cancel)?;
                }
            }
        }
        Some(stakes)
    }

    /// Takes in what a pair risks.
    fn take(&mut self, all: &Comparison, side: usize, pair: &Comparison, risks: &Risks, cancel: &Cancel) -> Option<()> {
        let label = all.sides().get(side).map_or("", |side| side.label());
        let mut worst: Vec<Option<&Finding>> = vec![None; self.areas.len()];
        for (at, row) in risks.rows().enumerate() {
            if at % 4096 == 0 && cancel.is_cancelled() {
                return None;
            }
            // A row of the pair is one of all: the same paths stand in both, but for what is told of branches.
            let found = if std::ptr::eq(all, pair) { Some(row) } else { all.find(&pair.path(row)) };
            let (Some(row), Some(finding)) = (found, risks.worst(row)) else { continue };
            let stake = Stake { row, band: finding.score.band().0, points: finding.score.total() };
            self.sides[side].push(stake);
            let at = self.areas.partition_point(|(area, _)| *area <= row).saturating_sub(1);
            let Some((_, held)) = self.areas.get_mut(at) else { continue };
            let held = &mut held[side];
            held.bands.add(stake.band);
            self.totals[side].bands.add(stake.band);
            if held.worst.is_none_or(|known| (stake.band, stake.points) > (known.band, known.points)) {
                (held.worst, worst[at]) = (Some(stake), Some(finding));
            }
        }
        self.sides[side].sort_unstable_by_key(|stake| stake.row);
        for ((_, held), finding) in self.areas.iter_mut().zip(worst) {
            let Some(finding) = finding else { continue };
            let held = &mut held[side];
            held.happens = finding.happens(&risks.says(finding).consequence, label);
            let total = &mut self.totals[side];
            let weight = |held: &Held| held.worst.map(|worst| (worst.band, worst.points));
            if weight(held) > weight(total) {
                (total.worst, total.happens) = (held.worst, held.happens.clone());
            }
        }
        Some(())
    }

    /// The side that the others are measured against.
    pub fn reference(&self) -> usize {
        self.reference
    }

    /// What a side risks at a row; nothing where it says what the reference says.
    pub fn at(&self, row: RowId, side: usize) -> Option<Stake> {
        let stakes = self.sides.get(side)?;
        let at = stakes.binary_search_by_key(&row, |stake| stake.row).ok()?;
        stakes.get(at).copied()
    }

    /// The worst that any side risks at a row.
    pub fn worst(&self, row: RowId) -> Option<Stake> {
        (0..self.sides.len()).filter_map(|side| self.at(row, side)).max_by_key(|stake| (stake.band, stake.points))
    }

    /// What an area holds on a side, by the area's row.
    pub fn area(&self, area: RowId, side: usize) -> Option<&Held> {
        let at = self.areas.binary_search_by_key(&area, |(row, _)| *row).ok()?;
        self.areas.get(at)?.1.get(side)
    }

    /// What all areas hold on a side.
    pub fn total(&self, side: usize) -> Option<&Held> {
        self.totals.get(side)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;

    fn comparison(sides: &[(&str, &str)]) -> Comparison {
        let load = |(label, text): &(&str, &str)| {
            let mut snapshot = format::read(text.as_bytes()).expect("a snapshot").snapshot;
            snapshot.meta.label = (*label).to_owned();
            Arc::new(snapshot)
        };
        Comparison::new(sides.iter().map(load).collect(), &Cancel::new()).expect("not cancelled")
    }

    const STAGING: &str = r#"{"os":{"kernel":{"release":"6.1.0"},"sysctl":{"net.core.somaxconn":4096}}}"#;
    const PROD: &str = r#"{"os":{"kernel":{"release":"6.1.0"},"sysctl":{"net.core.somaxconn":128}}}"#;
    const CI: &str = r#"{"os":{"kernel":{"release":"6.1.1"},"sysctl":{"net.core.somaxconn":128}}}"#;

    #[test]
    fn each_side_has_what_its_pair_has() {
        let all = comparison(&[("staging", STAGING), ("production", PROD), ("ci", CI)]);
        let stakes = Stakes::of(&all, 1, None, Rules::builtin(), &Cancel::new()).expect("not cancelled");
        let row = |path: &str| all.find(&path.parse().expect("a path")).expect("a row");
        let somaxconn = row("os.sysctl.\"net.core.somaxconn\"");
        let mut pair = comparison(&[("staging", STAGING), ("production", PROD)]);
        pair.set_reference(1);
        let risks =
            Risks::assess(&pair, &Effective::of(&pair), Rules::builtin(), &Cancel::new()).expect("not cancelled");
        let there = pair.find(&"os.sysctl.\"net.core.somaxconn\"".parse().expect("a path")).expect("a row");
        let alone = risks.worst(there).map(|finding| finding.score.total());
        assert_eq!(stakes.at(somaxconn, 0).map(|stake| stake.points), alone);
        assert_eq!((stakes.at(somaxconn, 1), stakes.at(somaxconn, 2)), (None, None), "the reference, and what agrees");
        assert!(stakes.at(row("os.kernel.release"), 2).is_some());
        let os = stakes.area(row("os"), 0).expect("an area");
        assert_eq!((os.bands.all(), os.worst.map(|worst| worst.row)), (1, Some(somaxconn)));
        assert!(!os.happens.is_empty(), "a rule tells");
        assert_eq!(stakes.total(0), Some(os));
    }

    #[test]
    fn what_is_known_of_two_is_not_found_out_again() {
        let mut pair = comparison(&[("staging", STAGING), ("production", PROD)]);
        pair.set_reference(1);
        let (rules, cancel) = (Rules::builtin(), Cancel::new());
        let risks = Risks::assess(&pair, &Effective::of(&pair), rules, &cancel).expect("not cancelled");
        assert_eq!(
            Stakes::of(&pair, 1, Some(&risks), rules, &cancel),
            Stakes::of(&pair, 1, None, rules, &cancel),
            "either way the same"
        );
    }
}
