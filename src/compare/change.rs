//! How two values differ, in terms of what they are: versions by their order, numbers by ratio, sets by members, lists
//! by place, text by line.

use super::version::{self, Distance};
use crate::base::text::has_invisible;
use crate::model::ValueRef;
use crate::model::value::ListRef;
use crate::model::vocabulary::{Entry, Kind, VersionOrder};
use similar::{Algorithm, ChangeTag, DiffTag, TextDiff, TextDiffConfig};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How long one diff of text or lists may look for the shortest answer before it takes a good one.
const DEADLINE: Duration = Duration::from_millis(200);

/// The ratio from which a figure says no more than that one is far off: a limit against none is `8796093022208x`.
const FAR: f64 = 1e6;

/// How many members of a set or list are named in words.
const NAMED: usize = 4;

/// The difference of two values that differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Two versions.
    Version {
        /// How the second stands to the first: [`Ordering::Greater`] when it is newer.
        ordering: Ordering,
        /// The most significant part that differs.
        distance: Distance,
    },
    /// Two numbers.
    Number {
        /// Second divided by first; none when the first is zero or the signs differ.
        ratio: Option<f64>,
    },
    /// Values of different types.
    Type {
        /// The type of the first.
        from: &'static str,
        /// The type of the second.
        to: &'static str,
    },
    /// Two sets: members that only one has.
    Set {
        /// Only in the first.
        left: Vec<String>,
        /// Only in the second.
        right: Vec<String>,
    },
    /// The same members in another order.
    Order,
    /// Two ordered lists.
    List {
        /// Members that both have, in another place among the others.
        moved: Vec<String>,
        /// Members only in the first.
        left: Vec<String>,
        /// Members only in the second.
        right: Vec<String>,
    },
    /// Two texts of several lines.
    Text {
        /// Lines only in the first.
        left: usize,
        /// Lines only in the second.
        right: usize,
    },
    /// Yes on one side, no on the other.
    Bool,
    /// Texts that look the same.
    Invisible,
    /// Anything else.
    Value,
}

/// How `b` differs from `a`, given what the vocabulary says of their path and the path's last key.
pub fn between(entry: Option<&Entry>, key: &str, a: ValueRef<'_>, b: ValueRef<'_>) -> Change {
    match (a, b) {
        (ValueRef::Bool(_), ValueRef::Bool(_)) => Change::Bool,
        (ValueRef::Number(a), ValueRef::Number(b)) => {
            let (a, b) = (a.as_f64(), b.as_f64());
            // Below zero "higher" and "lower" would say the opposite of what the ratio does.
            let ratio = (a > 0.0 && b > 0.0).then_some(b / a).filter(|ratio| ratio.is_finite());
            Change::Number { ratio }
        }
        (ValueRef::List(a), ValueRef::List(b)) => lists(entry, a, b),
        (ValueRef::Text(a), ValueRef::Text(b)) => texts(entry, key, a, b),
        _ if a.kind() != b.kind() => Change::Type { from: a.kind(), to: b.kind() },
        _ => Change::Value,
    }
}

fn texts(entry: Option<&Entry>, key: &str, a: &str, b: &str) -> Change {
    let order = entry.and_then(|e| e.order).filter(|_| has_number(a) && has_number(b));
    let by_key = || matches!(key, "version" | "release") && version::looks_like(a) && version::looks_like(b);
    if let Some(order) = order.or_else(|| by_key().then_some(VersionOrder::Generic)) {
        let ordering = version::compare(order, b, a);
        // Texts that differ and are of one rank (`1.0` and `1.00`) are no step in either direction.
        return Change::Version { ordering, distance: version::distance(order, a, b) };
    }
    if look_alike(a, b) {
        return Change::Invisible;
    }
    if a.contains('\n') || b.contains('\n') {
        let (mut left, mut right) = (0, 0);
        for op in diff_lines(a, b).ops() {
            if op.tag() != DiffTag::Equal {
                left += op.old_range().len();
                right += op.new_range().len();
            }
        }
        return Change::Text { left, right };
    }
    Change::Value
}

/// Whether a text can be a version at all: `unknown` and `(none)` are neither newer nor older than one.
fn has_number(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// Whether two texts that differ look the same: they differ in what cannot be seen. A line feed can: it is where the
/// next line begins.
pub(super) fn look_alike(a: &str, b: &str) -> bool {
    let seen = |c: &char| *c == '\n' || (' '..='~').contains(c) || !has_invisible(c.encode_utf8(&mut [0; 4]));
    (has_invisible(a) || has_invisible(b)) && a.chars().filter(seen).eq(b.chars().filter(seen))
}

fn lists(entry: Option<&Entry>, a: ListRef<'_>, b: ListRef<'_>) -> Change {
    let (a, b) = (members_of(a), members_of(b));
    let as_set = entry.is_some_and(|e| e.kind == Kind::Set);
    let (left, right) = (lacking(&a, &b, as_set), lacking(&b, &a, as_set));
    if as_set {
        return Change::Set { left, right };
    }
    if left.is_empty() && right.is_empty() {
        return Change::Order;
    }
    Change::List { moved: moved(&a, &b), left, right }
}

/// The members that both lists have, but not in one order with the rest: in the order of the first list.
fn moved(a: &[Member], b: &[Member]) -> Vec<String> {
    let ops = similar::capture_diff_slices_deadline(Algorithm::Myers, a, b, Instant::now().checked_add(DEADLINE));
    let apart = || ops.iter().filter(|op| op.tag() != DiffTag::Equal);
    let mut inserted: HashMap<&Member, usize> = HashMap::new();
    for member in apart().flat_map(|op| &b[op.new_range()]) {
        *inserted.entry(member).or_default() += 1;
    }
    let deleted = apart().flat_map(|op| &a[op.old_range()]);
    let taken = deleted.filter(|member| match inserted.get_mut(member) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    });
    taken.map(|(_, text)| text.clone()).collect()
}

/// A member of a list: its type, as `"8"` and `8` are two, and its text.
type Member = (&'static str, String);

fn members_of(list: ListRef<'_>) -> Vec<Member> {
    list.iter().map(|m| (m.kind(), m.plain().into_owned())).collect()
}

/// The members of one list that another has not, or, of lists, has not as often.
fn lacking(of: &[Member], other: &[Member], as_set: bool) -> Vec<String> {
    let mut had: HashMap<&Member, usize> = HashMap::new();
    for member in other {
        *had.entry(member).or_default() += 1;
    }
    let mut named: HashSet<&Member> = HashSet::new();
    let mut lacking = Vec::new();
    for member in of {
        match had.get_mut(member) {
            Some(_) if as_set => {}
            Some(count) if *count > 0 => *count -= 1,
            _ if as_set && !named.insert(member) => {}
            _ => lacking.push(member.1.clone()),
        }
    }
    lacking
}

impl Change {
    /// The word for what kind of difference it is, as in the JSON output.
    pub fn kind(&self) -> &'static str {
        match self {
            Change::Version { .. } => "version",
            Change::Number { .. } => "number",
            Change::Type { .. } => "type",
            Change::Set { .. } => "set",
            Change::Order => "order",
            Change::List { .. } => "list",
            Change::Text { .. } => "text",
            Change::Bool => "bool",
            Change::Invisible => "invisible",
            Change::Value => "value",
        }
    }

    /// For versions: how far apart.
    pub fn distance(&self) -> Option<Distance> {
        match self {
            Change::Version { distance, .. } => Some(*distance),
            _ => None,
        }
    }

    /// For versions: whether the second is `newer` or `older` than the first.
    pub fn direction(&self) -> Option<&'static str> {
        match self {
            Change::Version { ordering: Ordering::Greater, .. } => Some("newer"),
            Change::Version { ordering: Ordering::Less, .. } => Some("older"),
            _ => None,
        }
    }

    /// The difference in words that name the sides; empty where the values say it all.
    pub fn words(&self, left: &str, right: &str) -> String {
        match self {
            Change::Version { ordering, distance } => {
                let step = match distance {
                    Distance::None => return "another spelling of the same version".to_owned(),
                    Distance::Revision => "another revision".to_owned(),
                    Distance::Epoch => "another epoch".to_owned(),
                    other => format!("{} version", other.word()),
                };
                match ordering {
                    Ordering::Greater => format!("{step}, {right} newer"),
                    Ordering::Less => format!("{step}, {right} older"),
                    Ordering::Equal => step,
                }
            }
            // Too near for a figure; beyond 2^53 not even the direction is known.
            Change::Number { ratio: Some(ratio) } if (ratio - 1.0).abs() < 0.0005 => String::new(),
            Change::Number { ratio: Some(ratio) } if *ratio >= FAR => format!("far higher in {right}"),
            Change::Number { ratio: Some(ratio) } if 1.0 / ratio >= FAR => format!("far lower in {right}"),
            Change::Number { ratio: Some(ratio) } if *ratio >= 1.0 => format!("{} higher in {right}", times(*ratio)),
            Change::Number { ratio: Some(ratio) } => format!("{} lower in {right}", times(1.0 / ratio)),
            Change::Number { ratio: None } | Change::Value => String::new(),
            Change::Type { from, to } => format!("{from} against {to}"),
            Change::Set { left: only_left, right: only_right } => members(left, only_left, right, only_right),
            Change::Order => "same elements, other order".to_owned(),
            Change::List { moved, left: only_left, right: only_right } => {
                let mut words = members(left, only_left, right, only_right);
                if !moved.is_empty() {
                    words.push_str(&format!("{}moved: {}", if words.is_empty() { "" } else { "; " }, named(moved)));
                }
                words
            }
            Change::Text { left: a, right: b } => {
                format!("{a} {} only in {left}, {b} only in {right}", if *a == 1 { "line" } else { "lines" })
            }
            Change::Bool => String::new(),
            Change::Invisible => "differs in invisible characters".to_owned(),
        }
    }
}

/// A ratio of at least one in words: `32x`, `1.5x`, `3 %`.
fn times(ratio: f64) -> String {
    if ratio < 1.1 {
        format!("{:.1} %", (ratio - 1.0) * 100.0)
    } else if ratio < 10.0 {
        format!("{:.1}x", ratio).replace(".0x", "x")
    } else {
        format!("{ratio:.0}x")
    }
}

fn members(left: &str, only_left: &[String], right: &str, only_right: &[String]) -> String {
    let side = |label: &str, only: &[String]| (!only.is_empty()).then(|| format!("only in {label}: {}", named(only)));
    side(left, only_left).into_iter().chain(side(right, only_right)).collect::<Vec<_>>().join("; ")
}

/// The first few of some members.
fn named(members: &[String]) -> String {
    let more = members.len().saturating_sub(NAMED);
    let named = members.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// The byte at which two texts first differ, at a character boundary of both.
pub fn difference_at(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum()
}

/// One line of a text diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the first text, from 0; none when only the second has it.
    pub left: Option<usize>,
    /// Its number in the second text.
    pub right: Option<usize>,
    /// Its parts in order; those marked are what differs within a line that has a counterpart. No line feed.
    pub parts: Vec<(bool, String)>,
}

/// The lines of two texts, those that differ with the parts in which they do.
pub fn text_diff(a: &str, b: &str) -> Vec<Line> {
    let diff = diff_lines(a, b);
    let line = |change: similar::InlineChange<'_, str>| {
        let parts = change.iter_strings_lossy().map(|(marked, text)| (marked, text.trim_end_matches('\n').to_owned()));
        let parts = parts.filter(|(_, text)| !text.is_empty()).collect();
        let (left, right) = match change.tag() {
            ChangeTag::Equal => (change.old_index(), change.new_index()),
            ChangeTag::Delete => (change.old_index(), None),
            ChangeTag::Insert => (None, change.new_index()),
        };
        Line { left, right, parts }
    };
    // One limit for all lines together: each has its own otherwise, and there may be thousands.
    diff.iter_all_inline_changes_deadline(Instant::now().checked_add(DEADLINE)).map(line).collect()
}

fn diff_lines<'a>(a: &'a str, b: &'a str) -> TextDiff<'a, 'a, str> {
    TextDiffConfig::default().algorithm(Algorithm::Myers).timeout(DEADLINE).diff_lines(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Path, TreeBuilder, Value};
    use proptest::prelude::*;

    fn change(entry: Option<&Entry>, key: &str, a: Value, b: Value) -> Change {
        let tree = |value: Value| {
            let mut builder = TreeBuilder::new();
            builder.facts(&mut [(Path::new(["x"]), value)]);
            builder.finish()
        };
        let (a, b) = (tree(a), tree(b));
        between(entry, key, a.value(1).expect("a leaf"), b.value(1).expect("a leaf"))
    }

    fn entry(kind: Kind, order: Option<VersionOrder>) -> Entry {
        let (path, about) = (String::new(), String::new());
        Entry {
            path,
            kind,
            order,
            unit: None,
            class: crate::model::vocabulary::Class::Setting,
            tolerance: None,
            about,
            sources: Vec::new(),
        }
    }

    #[test]
    fn words_name_the_sides() {
        let set = entry(Kind::Set, None);
        let deb = entry(Kind::Scalar, Some(VersionOrder::Dpkg));
        for (entry, key, a, b, words) in [
            (None, "n", Value::from(4096_u64), Value::from(128_u64), "32x lower in production"),
            (None, "n", Value::from(100_u64), Value::from(103_u64), "3.0 % higher in production"),
            (None, "n", Value::from(i64::MAX as u64), Value::from(1_u64 << 20), "far lower in production"),
            (None, "n", Value::from(1_u64 << 20), Value::from(i64::MAX as u64), "far higher in production"),
            (None, "n", Value::from(1_000_u64), Value::from(999_000_000_u64), "999000x higher in production"),
            (None, "n", Value::from(0_u64), Value::from(1_u64), ""),
            (None, "n", Value::from((1_u64 << 53) + 1), Value::from(1_u64 << 53), ""),
            (Some(&deb), "v", "2.31-13+deb11u5".into(), "2.36-9".into(), "minor version, production newer"),
            (None, "version", "1.10".into(), "1.9".into(), "minor version, production older"),
            (None, "other", "1.10".into(), "1.9".into(), ""),
            (None, "t", "8".into(), Value::from(8_u64), "string against number"),
            (
                Some(&set),
                "s",
                Value::list(["a", "b"]),
                Value::list(["b", "c"]),
                "only in staging: a; only in production: c",
            ),
            (None, "l", Value::list(["a", "b"]), Value::list(["b", "a"]), "same elements, other order"),
            (None, "l", Value::list(["a", "b", "c"]), Value::list(["c", "a"]), "only in staging: b; moved: a"),
            (None, "l", Value::list(["a", "a", "b"]), Value::list(["a", "b"]), "only in staging: a"),
            (
                None,
                "l",
                Value::List(vec!["8".into()]),
                Value::List(vec![Value::from(8_u64)]),
                "only in staging: 8; only in production: 8",
            ),
            (Some(&deb), "v", "unknown".into(), "2.36-9".into(), ""),
            (None, "t", "a\tb".into(), "ab".into(), "differs in invisible characters"),
            (None, "t", "1\n2".into(), "12".into(), "2 lines only in staging, 1 only in production"),
            (None, "t", "a\nb\n".into(), "a\nc\nd\n".into(), "1 line only in staging, 2 only in production"),
        ] {
            assert_eq!(change(entry, key, a, b).words("staging", "production"), words);
        }
    }

    #[test]
    fn lines_that_differ_show_where() {
        let lines = text_diff("same\nMinProtocol = TLSv1.2\n", "same\nMinProtocol = TLSv1.0\nmore\n");
        assert_eq!(lines[0], Line { left: Some(0), right: Some(0), parts: vec![(false, "same".to_owned())] });
        assert_eq!((lines[1].left, lines[1].right), (Some(1), None));
        assert!(lines[1].parts.iter().any(|(marked, _)| *marked));
        assert_eq!(lines.last().map(|l| (l.left, l.right)), Some((None, Some(2))));
    }

    #[test]
    fn a_difference_is_found_between_characters() {
        assert_eq!(difference_at("grün", "grau"), 2);
        assert_eq!(difference_at("aä", "aö"), 1);
        assert_eq!(difference_at("ab", "abc"), 2);
    }

    proptest! {
        #[test]
        fn a_diff_holds_both_texts_whole(a in "[ab\n]{0,20}", b in "[ab\n]{0,20}") {
            let lines = text_diff(&a, &b);
            let side = |pick: fn(&Line) -> Option<usize>| -> Vec<String> {
                lines.iter().filter(|l| pick(l).is_some()).map(|l| l.parts.iter().map(|(_, t)| t.as_str()).collect()).collect()
            };
            prop_assert_eq!(side(|l| l.left), a.lines().map(str::to_owned).collect::<Vec<_>>());
            prop_assert_eq!(side(|l| l.right), b.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}
