//! What a value was when somebody decided on it: a hash that tells whether it is still the same, and never what it is.

use crate::compare::{Cell, Comparison, RowId};
use crate::model::value::Redacted;
use crate::model::vocabulary::Kind;
use crate::model::{Number, ValueRef};

/// Pin of a path that is absent.
pub const ABSENT: &str = "absent";
/// Pin of a path of which nothing is known: unreadable or not collected.
pub const UNKNOWN: &str = "unknown";
/// Pin of a value that was hidden without a key: whether it changes cannot be told.
pub const HIDDEN: &str = "hidden";
/// How the pin of a value begins; 32 hexadecimal digits of its BLAKE3 hash follow.
const HASH: &str = "b3:";
/// How many digits of the hash are kept: 128 bits tell any two values apart.
const HEX: usize = 32;

/// The pin of what a side says. The path is part of it: equal values of two paths have two pins, so that a file of them
/// does not tell which values are equal, and no two acceptances have a line in common that git could take for one.
pub fn pin(comparison: &Comparison, row: RowId, side: usize) -> String {
    let mut bytes = Vec::new();
    match said(comparison, row, side, &mut bytes) {
        Some(word) => word.to_owned(),
        None => {
            let path = comparison.path(row).to_string();
            let mut hasher = blake3::Hasher::new();
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(&bytes);
            written(&hasher.finalize())
        }
    }
}

/// The canonical form of what a side says, or the word for what is no value that can be told from others.
fn said(comparison: &Comparison, row: RowId, side: usize, out: &mut Vec<u8>) -> Option<&'static str> {
    match comparison.cell(row, side) {
        Cell::Missing => return Some(ABSENT),
        Cell::Problem(_) | Cell::NotCollected(_) => return Some(UNKNOWN),
        Cell::Redacted(Redacted::Opaque) => return Some(HIDDEN),
        Cell::Redacted(Redacted::Keyed { key, hash }) => out.extend(format!("[redacted {key}:{hash}]").as_bytes()),
        Cell::Value(value) => {
            let as_set = comparison.entry(row).is_some_and(|entry| entry.kind == Kind::Set);
            canonical(value, as_set, out);
        }
    }
    None
}

/// The pin of what a side says at several rows together; the rows count by their paths.
pub fn pin_of_all(comparison: &Comparison, rows: &[RowId], side: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for row in rows {
        let (path, pin) = (comparison.path(*row).to_string(), pin(comparison, *row, side));
        hasher.update(&(path.len() as u64).to_le_bytes());
        hasher.update(path.as_bytes());
        hasher.update(&(pin.len() as u64).to_le_bytes());
        hasher.update(pin.as_bytes());
    }
    written(&hasher.finalize())
}

/// Whether a text is a pin.
pub fn is_pin(text: &str) -> bool {
    let is_hash = |hex: &str| hex.len() == HEX && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    matches!(text, ABSENT | UNKNOWN | HIDDEN) || text.strip_prefix(HASH).is_some_and(is_hash)
}

/// Whether two sides of two comparisons that have the same sides say the same at a row of each.
pub(super) fn same_values(now: (&Comparison, RowId), then: (&Comparison, RowId)) -> bool {
    let sides = now.0.sides().len();
    let of = |(comparison, row): (&Comparison, RowId), side: usize| {
        let mut bytes = Vec::new();
        (said(comparison, row, side, &mut bytes), bytes)
    };
    then.0.sides().len() == sides && (0..sides).all(|side| of(now, side) == of(then, side))
}

fn written(hash: &blake3::Hash) -> String {
    let hex = hash.to_hex();
    format!("{HASH}{}", hex.get(..HEX).unwrap_or_default())
}

/// A form that equal values share and others do not: the type, the length, the bytes. Numbers are equal by value, as
/// they are compared.
fn canonical(value: ValueRef<'_>, as_set: bool, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => out.push(b'n'),
        ValueRef::Empty => out.push(b'e'),
        ValueRef::Bool(yes) => out.extend([b'b', u8::from(yes)]),
        ValueRef::Number(number) => {
            out.push(b'#');
            out.extend(whole(number).unwrap_or_else(|| number.to_string()).as_bytes());
            out.push(0);
        }
        ValueRef::Text(text) => {
            out.push(b't');
            out.extend((text.len() as u64).to_le_bytes());
            out.extend(text.as_bytes());
        }
        ValueRef::List(list) => {
            let mut members: Vec<Vec<u8>> = list
                .iter()
                .map(|member| {
                    let mut bytes = Vec::new();
                    canonical(member, false, &mut bytes);
                    bytes
                })
                .collect();
            if as_set {
                members.sort_unstable();
                members.dedup();
            }
            out.push(b'l');
            out.extend((members.len() as u64).to_le_bytes());
            members.iter().for_each(|member| out.extend(member));
        }
    }
}

/// A number without a fraction as its digits, where a real still names every whole number.
fn whole(number: Number) -> Option<String> {
    match number {
        Number::Real(real) if real.fract() == 0.0 && real.abs() <= 9_007_199_254_740_992.0 => {
            Some((real as i64).to_string())
        }
        Number::Real(_) => None,
        Number::Unsigned(_) | Number::Negative(_) => Some(number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::sample;

    #[test]
    fn equal_values_have_one_pin_and_others_their_own() {
        let facts = r#"{"a":1,"b":1.0,"c":"1","d":[1],"e":["1"],"f":null,"g":"","h":{},"i":true,"j":-1,"k":1.5,"l":["a","b"],
            "m":["b","a"],"s":"[redacted]","t":"[redacted 7f:9f2c]","u":"[redacted 7f:9f2d]"}"#;
        let comparison = sample::pair(facts, "{}");
        let row = |path: &str| comparison.find(&path.parse().expect("a path")).expect(path);
        let pin = |path: &str| pin(&comparison, row(path), 0);
        assert_eq!(pin("s"), HIDDEN);
        assert_ne!(pin("a"), pin("b"), "the path is part of it");
        let one = sample::pair(r#"{"a":1.0,"m":["b","a"]}"#, "{}");
        assert_eq!(super::pin(&one, 1, 0), pin("a"), "numbers are equal by value");
        assert!(same_values((&comparison, row("a")), (&one, 1)) && same_values((&comparison, row("m")), (&one, 2)));
        assert!(!same_values((&comparison, row("l")), (&one, 2)), "the order of a list counts");
        let all = ["a", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "t", "u"].map(pin);
        assert!(all.iter().all(|pin| is_pin(pin) && pin.len() == 35), "{all:?}");
        let mut different = all.to_vec();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), all.len());
        assert_eq!(super::pin(&comparison, row("a"), 1), ABSENT);
        assert!(!is_pin("b3:xyz") && !is_pin("4096"));
    }
}
