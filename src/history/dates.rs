//! Which captures of two environments belong to one date. Nobody captures two machines in the same second.

use jiff::Timestamp;

/// When something was captured; what has no time counts as captured after all that have one.
pub type Captured = Option<Timestamp>;

/// The captures of two sides as dates, oldest first: the places of the two that stand beside each other.
///
/// Two captures belong together where each is the other's nearest. One that is nobody's stands beside the last one of the
/// other side before it, which is what was in force then; what is older than all of the other side has nothing to stand
/// beside. Both lists are in order of time.
pub fn aligned(left: &[Captured], right: &[Captured]) -> Vec<[usize; 2]> {
    let of = |at: &Captured| at.map_or(i128::MAX / 4, Timestamp::as_nanosecond);
    let (left, right): (Vec<i128>, Vec<i128>) = (left.iter().map(of).collect(), right.iter().map(of).collect());
    let mut dates: Vec<(i128, [usize; 2])> = Vec::new();
    for (at, time) in left.iter().enumerate() {
        let beside = match nearest(&right, *time) {
            Some(other) if right.get(other).and_then(|other| nearest(&left, *other)) == Some(at) => Some(other),
            _ => before(&right, *time),
        };
        dates.extend(beside.map(|other| ((*time).max(right[other]), [at, other])));
    }
    for (at, time) in right.iter().enumerate() {
        let is_paired =
            nearest(&left, *time).is_some_and(|other| left.get(other).and_then(|o| nearest(&right, *o)) == Some(at));
        if !is_paired {
            dates.extend(before(&left, *time).map(|other| (*time, [other, at])));
        }
    }
    dates.sort_unstable();
    dates.into_iter().map(|(_, sides)| sides).collect()
}

/// The place of the time that is nearest; of two, the later.
fn nearest(times: &[i128], time: i128) -> Option<usize> {
    let after = times.partition_point(|other| *other < time);
    let (before, after) = (after.checked_sub(1), (after < times.len()).then_some(after));
    match (before, after) {
        (Some(before), Some(after)) if time - times[before] < times[after] - time => Some(before),
        (before, after) => after.or(before),
    }
}

/// The place of the last time at or before another.
fn before(times: &[i128], time: i128) -> Option<usize> {
    times.partition_point(|other| *other <= time).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(hours: &[i64]) -> Vec<Captured> {
        hours.iter().map(|hour| Timestamp::from_second(hour * 3600).ok()).collect()
    }

    #[test]
    fn captures_of_one_morning_are_one_date() {
        let dates = aligned(&times(&[10, 110, 210]), &times(&[9, 112, 209]));
        assert_eq!(dates, [[0, 0], [1, 1], [2, 2]]);
    }

    #[test]
    fn one_that_is_alone_stands_beside_what_was_in_force() {
        assert_eq!(aligned(&times(&[0, 24, 48, 72]), &times(&[1, 71])), [[0, 0], [1, 0], [2, 0], [3, 1]]);
        assert_eq!(aligned(&times(&[0, 24, 48]), &times(&[47])), [[2, 0]], "before its first there is nothing");
        assert_eq!(aligned(&times(&[5]), &[None]), [[0, 0]]);
        assert!(aligned(&[], &times(&[1])).is_empty());
    }

    proptest! {
        #[test]
        fn both_sides_go_forward_and_the_last_ones_meet(
            mut a in prop::collection::vec(0_i64..500, 1..9),
            mut b in prop::collection::vec(0_i64..500, 1..9),
        ) {
            a.sort_unstable();
            b.sort_unstable();
            a.dedup();
            b.dedup();
            let dates = aligned(&times(&a), &times(&b));
            prop_assert!(dates.windows(2).all(|two| two[0] != two[1]));
            prop_assert!(dates.windows(2).all(|two| two[0][0] <= two[1][0] && two[0][1] <= two[1][1]), "{dates:?}");
            prop_assert_eq!(dates.last(), Some(&[a.len() - 1, b.len() - 1]));
        }
    }
}
