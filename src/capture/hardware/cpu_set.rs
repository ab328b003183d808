//! Sets of processors as the kernel writes them: lists (`0-3,8`) and hexadecimal masks (`ff,00000000`).

use crate::host::Host;
use std::collections::BTreeSet;
use std::fmt;

/// The largest number that is believed: the kernel's own limit is 8192 (`CONFIG_NR_CPUS`).
const MOST: u32 = 1 << 16;

/// A set of processor (or node) numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CpuSet(BTreeSet<u32>);

impl CpuSet {
    /// Reads a list: numbers and ranges with commas between them. What cannot be read is left out.
    pub(super) fn from_list(text: &str) -> Self {
        let mut out = BTreeSet::new();
        for part in text.trim().split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>()) else { continue };
            out.extend(first..=last.min(MOST));
        }
        Self(out)
    }

    /// Reads a mask: hexadecimal, the lowest processor at the end, commas between groups of eight digits.
    pub(super) fn from_mask(text: &str) -> Self {
        let digits = text.trim().bytes().rev().filter(|b| *b != b',').filter_map(|b| char::from(b).to_digit(16));
        let bits = digits.take(MOST as usize / 4).zip((0_u32..).step_by(4));
        Self(
            bits.flat_map(|(digit, at)| (0..4).filter(move |bit| digit >> bit & 1 == 1).map(move |b| at + b)).collect(),
        )
    }

    /// Reads the list in one file, or else the mask in another: old kernels have masks only.
    pub(super) fn read(host: &Host, list: &str, mask: &str) -> Option<Self> {
        let set = match host.text(list) {
            Ok(text) => Self::from_list(&text),
            Err(_) => Self::from_mask(&host.text(mask).ok()?),
        };
        (!set.is_empty()).then_some(set)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn contains(&self, cpu: u32) -> bool {
        self.0.contains(&cpu)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn insert(&mut self, cpu: u32) {
        self.0.insert(cpu);
    }

    /// The members that the other set has too.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }

    /// The members that the other set lacks.
    pub(super) fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).copied().collect())
    }
}

impl FromIterator<u32> for CpuSet {
    fn from_iter<I: IntoIterator<Item = u32>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl fmt::Display for CpuSet {
    /// The kernel's list form, `0-3,8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut members = self.iter().peekable();
        let mut comma = "";
        while let Some(first) = members.next() {
            let mut last = first;
            while let Some(next) = members.next_if(|next| *next == last + 1) {
                last = next;
            }
            write!(f, "{comma}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
            comma = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::CpuSet;
    use proptest::prelude::*;

    #[test]
    fn lists_and_masks_agree() {
        assert_eq!(CpuSet::from_list("0-2,8,40\n"), CpuSet::from_mask("00000100,00000107\n"));
        assert_eq!(CpuSet::from_list("6,7,10-11").to_string(), "6-7,10-11");
        for nothing in ["", "\n", "x", "3-1", "-"] {
            assert!(CpuSet::from_list(nothing).is_empty(), "{nothing:?}");
        }
        assert!(CpuSet::from_list("0-4294967295").len() <= 70_000);
    }

    proptest! {
        #[test]
        fn written_sets_are_read_back(members in prop::collection::vec(0u32..9000, 0..50), noise in "[0-9a-fx,-]{0,40}") {
            let set: CpuSet = members.into_iter().collect();
            prop_assert_eq!(CpuSet::from_list(&set.to_string()), set);
            let _ = (CpuSet::from_list(&noise), CpuSet::from_mask(&noise));
        }
    }
}
