//! Which sides of a row say the same: each value gets the number of its class. Done once for each row, by `align`.

use super::align::NO_CLASS;
use crate::model::ValueRef;
use crate::model::value::{ListRef, Redacted};
use crate::model::vocabulary::{Entry, Kind, Tolerance};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Up to this many sides, finding equal values by comparing each with the classes so far is cheaper than hashing.
const FEW_SIDES: usize = 8;

/// The classes of a row's values.
pub(super) struct Classes {
    /// Of every side: sides that say the same share a number, in order of appearance.
    pub(super) of: Vec<u16>,
    /// Whether the numbers were put into classes by their size: those of one class need not be equal.
    pub(super) by_size: bool,
    /// Whether any two values are not equal, whatever their classes.
    pub(super) unequal: bool,
}

impl Classes {
    /// Of the values of a row, by what the vocabulary says of it.
    pub(super) fn of(values: &[Option<ValueRef<'_>>], entry: Option<&Entry>) -> Self {
        let of = equals(values, entry.is_some_and(|e| e.kind == Kind::Set));
        let unequal = of.iter().any(|class| *class != NO_CLASS && *class > 0);
        let tolerance = entry.and_then(|e| e.tolerance).filter(|_| unequal);
        match tolerance.and_then(|tolerance| by_size(values, tolerance)) {
            Some(of) => Self { of, by_size: true, unequal },
            None => Self { of, by_size: false, unequal },
        }
    }
}

/// Numbers within a factor of each other in one class; `None` where a value is no number.
///
/// "Within a factor" is not transitive, classes are. So the numbers are put in order and cut where the gap is widest,
/// until the greatest of every class is within the factor of its least. Hence two sides share a class only if they are
/// within the factor, and a row has more than one class exactly if some two of its sides are not.
fn by_size(values: &[Option<ValueRef<'_>>], tolerance: Tolerance) -> Option<Vec<u16>> {
    let mut sizes: Vec<(f64, usize)> = Vec::new();
    for (side, value) in values.iter().enumerate() {
        match value {
            None => {}
            Some(ValueRef::Number(n)) if n.as_f64() >= 0.0 => sizes.push((n.as_f64().max(tolerance.floor), side)),
            Some(_) => return None,
        }
    }
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut classes = vec![NO_CLASS; values.len()];
    let mut runs = vec![(0, sizes.len())];
    let mut made = 0;
    while let Some((start, end)) = runs.pop() {
        let size = |at: usize| sizes.get(at).map_or(1.0, |(size, _)| *size);
        if size(end.saturating_sub(1)) <= size(start) * tolerance.factor {
            sizes[start..end].iter().for_each(|(_, side)| classes[*side] = made);
            made = (made + 1).min(NO_CLASS - 1);
            continue;
        }
        let gap = |at: &usize| size(*at) / size(at - 1);
        let widest = (start + 1..end).max_by(|a, b| gap(a).total_cmp(&gap(b))).unwrap_or(end);
        runs.push((start, widest));
        runs.push((widest, end));
    }
    Some(in_order(classes))
}

/// The same classes, numbered in order of appearance.
fn in_order(mut classes: Vec<u16>) -> Vec<u16> {
    let mut numbers: HashMap<u16, u16> = HashMap::new();
    for class in classes.iter_mut().filter(|class| **class != NO_CLASS) {
        let next = numbers.len() as u16;
        *class = *numbers.entry(*class).or_insert(next);
    }
    classes
}

/// Gives equal values one number, in order of appearance.
fn equals(values: &[Option<ValueRef<'_>>], as_set: bool) -> Vec<u16> {
    let mut classes = vec![NO_CLASS; values.len()];
    let mut known: Vec<ValueRef<'_>> = Vec::new();
    let mut by_hash: HashMap<u64, Vec<u16>> = HashMap::new();
    let many = values.len() > FEW_SIDES;
    for (value, class) in values.iter().zip(&mut classes) {
        let Some(value) = value.filter(|v| v.redacted() != Some(Redacted::Opaque)) else { continue };
        let hash = if many { hash(value, as_set) } else { 0 };
        let found = if many {
            let candidates = by_hash.get(&hash).map_or(&[][..], Vec::as_slice);
            candidates.iter().copied().find(|c| equal(known[usize::from(*c)], value, as_set))
        } else {
            (0..known.len() as u16).find(|c| equal(known[usize::from(*c)], value, as_set))
        };
        *class = found.unwrap_or_else(|| {
            let new = known.len().min(usize::from(NO_CLASS - 1)) as u16;
            known.push(value);
            if many {
                by_hash.entry(hash).or_default().push(new);
            }
            new
        });
    }
    classes
}

fn equal(a: ValueRef<'_>, b: ValueRef<'_>, as_set: bool) -> bool {
    a == b
        || match (a, b) {
            (ValueRef::List(a), ValueRef::List(b)) if as_set => members(a).eq(&members(b)),
            _ => false,
        }
}

/// The members of a list without their order.
pub(super) fn members(list: ListRef<'_>) -> Vec<String> {
    let mut members: Vec<String> = list.iter().map(|m| format!("{} {}", m.kind(), m.plain())).collect();
    members.sort_unstable();
    members.dedup();
    members
}

fn hash(value: ValueRef<'_>, as_set: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        // Whole numbers and reals may be equal, so they hash alike.
        ValueRef::Number(n) => n.as_f64().to_bits().hash(&mut hasher),
        ValueRef::Text(t) => t.hash(&mut hasher),
        ValueRef::List(list) if as_set => members(list).hash(&mut hasher),
        ValueRef::List(list) => list.len().hash(&mut hasher),
        other => other.plain().hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Number;
    use proptest::prelude::*;

    const TOLERANCE: Tolerance = Tolerance { factor: 10.0, floor: 0.01 };

    fn classes(numbers: &[f64]) -> Vec<u16> {
        let values: Vec<_> = numbers.iter().map(|n| Some(ValueRef::Number(Number::Real(*n)))).collect();
        by_size(&values, TOLERANCE).expect("all are numbers")
    }

    #[test]
    fn numbers_within_the_factor_share_a_class() {
        assert_eq!(classes(&[1.0, 9.0]), [0, 0]);
        assert_eq!(classes(&[1.0, 11.0]), [0, 1]);
        assert_eq!(classes(&[11.0, 9.0, 1.0]), [0, 0, 1], "cut where the gap is widest");
        assert_eq!(classes(&[0.0, 0.0009, 0.1]), [0, 0, 0], "what is under the floor counts as the floor");
        assert_eq!(by_size(&[Some(ValueRef::Text("1")), None], TOLERANCE), None);
    }

    proptest! {
        #[test]
        fn one_class_exactly_where_all_are_within_the_factor(numbers in prop::collection::vec(0.0..1e6_f64, 1..12)) {
            let classes = classes(&numbers);
            let near = |a: f64, b: f64| a.max(TOLERANCE.floor) <= b.max(TOLERANCE.floor) * TOLERANCE.factor;
            let mut all = true;
            for (a, class) in numbers.iter().zip(&classes) {
                for (b, other) in numbers.iter().zip(&classes) {
                    all &= near(*a, *b) && near(*b, *a);
                    prop_assert!(class != other || near(*a, *b));
                }
            }
            prop_assert_eq!(all, classes.iter().all(|class| *class == 0));
        }
    }
}
