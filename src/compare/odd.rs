//! Odd ones out: where all of a role agree but one.

use super::{Comparison, RowId};
use crate::model::Meta;

/// Fewer peers than these have no odd one out: of two that differ, either is the odd one.
const PEERS: usize = 3;

/// Which sides are peers of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peers {
    /// For every side, its group.
    group: Vec<usize>,
    /// The groups that are large enough, each with its name.
    groups: Vec<(usize, String)>,
}

/// The one side that differs from all its peers, which agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odd {
    /// The side.
    pub side: usize,
    /// One of the peers that agree.
    pub peer: usize,
}

/// What makes an environment a peer of others: its role, else its label without a number at its end.
pub fn kin(meta: &Meta) -> &str {
    match &meta.role {
        Some(role) => role,
        None => meta.label.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '~')),
    }
}

impl Peers {
    /// The peers among the sides of a comparison. Where no role has three of them, all sides together are peers.
    pub fn of(comparison: &Comparison) -> Self {
        let metas: Vec<&Meta> = comparison.sides().iter().map(|side| &side.snapshot.meta).collect();
        let first = |meta: &Meta| metas.iter().position(|other| kin(other) == kin(meta)).unwrap_or(0);
        let group: Vec<usize> = metas.iter().map(|meta| first(meta)).collect();
        let size = |at: usize| group.iter().filter(|g| **g == at).count();
        let large = (0..group.len()).filter(|at| group[*at] == *at && size(*at) >= PEERS);
        let groups: Vec<(usize, String)> = large.map(|at| (at, kin(metas[at]).to_owned())).collect();
        if groups.is_empty() && metas.len() >= PEERS {
            return Self { group: vec![0; metas.len()], groups: vec![(0, String::new())] };
        }
        Self { group, groups }
    }

    /// The name that the peers of a side share, raw; empty where all sides are peers.
    pub fn name(&self, side: usize) -> &str {
        let group = self.group.get(side).copied().unwrap_or(usize::MAX);
        self.groups.iter().find(|(at, _)| *at == group).map_or("", |(_, name)| name)
    }

    /// The odd ones out of a leaf, one a group at most: all peers have something to compare, and all but one agree.
    pub fn odd(&self, comparison: &Comparison, row: RowId) -> Option<Odd> {
        self.groups.iter().find_map(|(group, _)| self.odd_of(comparison, row, *group))
    }

    fn odd_of(&self, comparison: &Comparison, row: RowId, group: usize) -> Option<Odd> {
        let mut first: Option<(usize, Said)> = None;
        let mut other: Option<(usize, Said)> = None;
        let (mut of_first, mut of_other) = (0, 0);
        for side in (0..self.group.len()).filter(|side| self.group[*side] == group) {
            let said = said(comparison, row, side)?;
            match (&first, &other) {
                (None, _) => (first, of_first) = (Some((side, said)), 1),
                (Some((_, known)), _) if *known == said => of_first += 1,
                (_, None) => (other, of_other) = (Some((side, said)), 1),
                (_, Some((_, known))) if *known == said => of_other += 1,
                _ => return None,
            }
        }
        let (first, other) = (first?.0, other?.0);
        match (of_first, of_other) {
            (1, 2..) => Some(Odd { side: first, peer: other }),
            (2.., 1) => Some(Odd { side: other, peer: first }),
            _ => None,
        }
    }
}

/// What a side says that can be compared: a class of values, or that there is none.
#[derive(PartialEq, Eq)]
enum Said {
    Class(usize),
    Absent,
}

fn said(comparison: &Comparison, row: RowId, side: usize) -> Option<Said> {
    match comparison.class(row, side) {
        Some(class) => Some(Said::Class(class)),
        None => (comparison.cell(row, side) == super::Cell::Missing).then_some(Said::Absent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cancel::Cancel;
    use crate::format;
    use std::sync::Arc;

    fn comparison(sides: &[(&str, &str)]) -> Comparison {
        let load = |(label, text): &(&str, &str)| {
            let mut snapshot = format::read(text.as_bytes()).expect("facts").snapshot;
            snapshot.meta.label = (*label).to_owned();
            Arc::new(snapshot)
        };
        Comparison::new(sides.iter().map(load).collect(), &Cancel::new()).expect("not cancelled")
    }

    #[test]
    fn one_host_that_drifted_from_its_peers_is_found() {
        let sides = [
            ("staging", r#"{"a":1,"b":1,"c":1,"d":1}"#),
            ("production-1", r#"{"a":2,"b":1,"c":1,"d":1}"#),
            ("production-2", r#"{"a":2,"b":2,"c":1,"d":2}"#),
            ("production-3", r#"{"a":3,"b":3,"c":1}"#),
        ];
        let comparison = comparison(&sides);
        let peers = Peers::of(&comparison);
        let odd: Vec<_> = comparison.leaves().map(|row| peers.odd(&comparison, row).map(|odd| odd.side)).collect();
        assert_eq!(odd, [Some(3), None, None, None]);
        assert_eq!((peers.name(3), peers.name(0)), ("production", ""));
    }

    #[test]
    fn without_a_role_of_three_all_are_peers() {
        let comparison = comparison(&[("a", r#"{"x":1,"y":1}"#), ("b", r#"{"x":1}"#), ("c", r#"{"x":2}"#)]);
        let peers = Peers::of(&comparison);
        let odd: Vec<_> = comparison.leaves().map(|row| peers.odd(&comparison, row)).collect();
        assert_eq!(odd, [Some(Odd { side: 2, peer: 0 }), Some(Odd { side: 0, peer: 1 })]);
        let pair = [("a", r#"{"x":1}"#), ("b", r#"{"x":2}"#)];
        let two = self::comparison(&pair);
        assert_eq!(Peers::of(&two).odd(&two, 1), None);
    }
}
