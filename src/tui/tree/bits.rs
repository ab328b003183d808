//! Sets of rows, one bit each, and counting in them without a walk.

use crate::compare::RowId;
use std::ops::Range;

/// A set of rows, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// An empty set for a comparison of so many rows.
    pub fn new(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    /// Whether the row is in the set.
    pub fn has(&self, row: RowId) -> bool {
        self.0.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The rows that only one of two sets has, in order.
    pub fn differing(&self, other: &Bits) -> impl Iterator<Item = RowId> {
        let words = self.0.iter().zip(&other.0).enumerate().filter(|(_, (a, b))| a != b);
        words.flat_map(|(at, (a, b))| {
            let apart = a ^ b;
            (0..64).filter(move |bit| apart >> bit & 1 == 1).map(move |bit| (at * 64) as RowId + bit)
        })
    }

    /// The rows of the set, in order.
    pub fn rows(&self) -> impl Iterator<Item = RowId> + '_ {
        let none = Bits::default();
        let mut from = 0;
        std::iter::from_fn(move || {
            let row = self.next_without(&none, from)?;
            from = row + 1;
            Some(row)
        })
    }

    /// The first row from one on that is in this set and not in the other.
    pub fn next_without(&self, other: &Bits, from: RowId) -> Option<RowId> {
        let first = from as usize / 64;
        self.0.iter().enumerate().skip(first).find_map(|(at, word)| {
            let mut word = word & !other.0.get(at).copied().unwrap_or(0);
            if at == first {
                word &= u64::MAX << (from % 64);
            }
            (word != 0).then(|| (at * 64) as RowId + word.trailing_zeros())
        })
    }

    /// Puts a row in, or takes it out.
    pub fn put(&mut self, row: RowId, on: bool) {
        if let Some(word) = self.0.get_mut(row as usize / 64) {
            let bit = 1 << (row % 64);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    /// Makes room for so many rows.
    pub fn fit(&mut self, rows: usize) {
        self.0.resize(rows.div_ceil(64).max(self.0.len()), 0);
    }

    /// Takes all rows of a range out.
    pub fn clear(&mut self, rows: Range<RowId>) {
        self.set(rows, false);
    }

    /// Puts all rows of a range in.
    pub fn fill(&mut self, rows: Range<RowId>) {
        self.set(rows, true);
    }

    fn set(&mut self, rows: Range<RowId>, on: bool) {
        self.each_word(rows, |_, word, mask| *word = if on { *word | mask } else { *word & !mask });
    }

    /// Takes over the rows of a range from another set.
    pub fn copy(&mut self, other: &Bits, rows: Range<RowId>) {
        let of = |at: usize| other.0.get(at).copied().unwrap_or(0);
        self.each_word(rows, |at, word, mask| *word = (*word & !mask) | (of(at) & mask));
    }

    /// Changes the words in which rows of a range are; the mask has those rows.
    fn each_word(&mut self, rows: Range<RowId>, mut change: impl FnMut(usize, &mut u64, u64)) {
        if rows.is_empty() {
            return;
        }
        let (first, last) = (rows.start as usize / 64, (rows.end - 1) as usize / 64);
        for at in first..=last.min(self.0.len().saturating_sub(1)) {
            let from = if at == first { u64::MAX << (rows.start % 64) } else { u64::MAX };
            let to = if at == last { u64::MAX >> (63 - (rows.end - 1) % 64) } else { u64::MAX };
            if let Some(word) = self.0.get_mut(at) {
                change(at, word, from & to);
            }
        }
    }
}

/// A set of rows that knows how many come before each: neither that nor finding one by its number costs a walk.
#[derive(Clone, Debug, Default)]
pub struct Ranked {
    bits: Bits,
    /// How many are before each word.
    before: Vec<u32>,
}

impl Ranked {
    /// The set, counted.
    pub fn new(bits: Bits) -> Self {
        let mut ranked = Self { bits, before: Vec::new() };
        ranked.count();
        ranked
    }

    /// Changes the set, and counts it again.
    pub fn change(&mut self, change: impl FnOnce(&mut Bits)) {
        change(&mut self.bits);
        self.count();
    }

    fn count(&mut self) {
        let mut count = 0;
        let counted = self.bits.0.iter().map(|word| {
            let before = count;
            count += word.count_ones();
            before
        });
        self.before = counted.collect();
    }

    /// The set alone.
    pub fn bits(&self) -> &Bits {
        &self.bits
    }

    /// How many rows are in the set.
    pub fn total(&self) -> usize {
        self.rank(RowId::MAX)
    }

    /// Whether the row is in the set.
    pub fn has(&self, row: RowId) -> bool {
        self.bits.has(row)
    }

    /// How many rows of the set are before this one.
    pub fn rank(&self, row: RowId) -> usize {
        let at = row as usize / 64;
        match (self.before.get(at), self.bits.0.get(at)) {
            (Some(before), Some(word)) => (before + (word & ((1 << (row % 64)) - 1)).count_ones()) as usize,
            _ => self.before.last().map_or(0, |before| *before as usize) + self.in_last_word(),
        }
    }

    fn in_last_word(&self) -> usize {
        self.bits.0.last().map_or(0, |word| word.count_ones() as usize)
    }

    /// The row that so many of the set come before.
    pub fn select(&self, number: usize) -> Option<RowId> {
        let number = u32::try_from(number).ok()?;
        let at = self.before.partition_point(|before| *before <= number).checked_sub(1)?;
        let mut word = *self.bits.0.get(at)?;
        for _ in 0..number - self.before.get(at)? {
            word &= word.wrapping_sub(1);
        }
        (word != 0).then(|| (at * 64) as RowId + word.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_and_numbers_are_those_of_a_sorted_list(
            rows in prop::collection::btree_set(0u32..400, 0..200),
            gone in (0u32..400, 0u32..400),
        ) {
            let mut bits = Bits::new(400);
            rows.iter().for_each(|row| bits.put(*row, true));
            let mut set = Ranked::new(bits);
            let gone = gone.0.min(gone.1)..gone.0.max(gone.1);
            set.change(|bits| bits.clear(gone.clone()));
            let list: Vec<RowId> = rows.iter().copied().filter(|row| !gone.contains(row)).collect();
            prop_assert_eq!(&set.bits.rows().collect::<Vec<_>>(), &list);
            let mut others = Bits::new(400);
            rows.iter().filter(|row| *row % 3 == 0).for_each(|row| others.put(*row, true));
            for row in 0..520 {
                prop_assert_eq!(set.rank(row), list.partition_point(|other| *other < row));
                prop_assert_eq!(set.has(row), list.contains(&row));
                let next = list.iter().copied().find(|other| *other >= row && other % 3 != 0);
                prop_assert_eq!(set.bits.next_without(&others, row), next);
            }
            prop_assert_eq!(set.total(), list.len());
            let mut copied = others.clone();
            copied.copy(&set.bits, gone.clone());
            for row in 0..400 {
                let from = if gone.contains(&row) { set.has(row) } else { others.has(row) };
                prop_assert_eq!(copied.has(row), from);
            }
            for number in 0..=list.len() {
                prop_assert_eq!(set.select(number), list.get(number).copied());
            }
        }
    }
}
