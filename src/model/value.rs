//! What a fact can be.

use std::borrow::Cow;
use std::fmt;

/// A number as it stands in a snapshot. Whole numbers keep all 64 bits.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number of zero or more.
    Unsigned(u64),
    /// A whole number below zero.
    Negative(i64),
    /// Anything else; never NaN or infinite.
    Real(f64),
}

impl Number {
    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Unsigned(n) => n as f64,
            Number::Negative(n) => n as f64,
            Number::Real(n) => n,
        }
    }
}

impl PartialEq for Number {
    /// Equal by value: `1` and `1.0` are the same number.
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Number::Unsigned(a), Number::Unsigned(b)) => a == b,
            (Number::Negative(a), Number::Negative(b)) => a == b,
            (Number::Unsigned(_), Number::Negative(_)) | (Number::Negative(_), Number::Unsigned(_)) => false,
            (Number::Real(r), whole @ (Number::Unsigned(_) | Number::Negative(_)))
            | (whole @ (Number::Unsigned(_) | Number::Negative(_)), Number::Real(r)) => {
                // Beyond 2^53 a real cannot name every whole number, so nothing is claimed there.
                r.abs() <= 9_007_199_254_740_992.0 && r == whole.as_f64()
            }
            (Number::Real(a), Number::Real(b)) => a == b,
        }
    }
}

impl From<u64> for Number {
    fn from(n: u64) -> Self {
        Number::Unsigned(n)
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        u64::try_from(n).map_or(Number::Negative(n), Number::Unsigned)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Number::Unsigned(n) => n.fmt(f),
            Number::Negative(n) => n.fmt(f),
            // serde_json writes the shortest text that reads back as the same number, `1.0` included.
            Number::Real(n) => match serde_json::Number::from_f64(n) {
                Some(n) => n.fmt(f),
                None => f.write_str("null"),
            },
        }
    }
}

/// A value that owns its text: what probes and importers hand over.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Known to be nothing; not the same as absent.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number, in the base unit that the last key of the path names.
    Number(Number),
    /// Text as collected.
    Text(String),
    /// An ordered list or a sorted set of scalars; the vocabulary says which.
    List(Vec<Value>),
}

impl Value {
    /// A set: sorted in natural order, without repetition.
    pub fn set<S: Into<String>>(members: impl IntoIterator<Item = S>) -> Self {
        let mut members: Vec<String> = members.into_iter().map(Into::into).collect();
        members.sort_by(|a, b| crate::base::order::natural(a, b));
        members.dedup();
        Value::list(members)
    }

    /// An ordered list.
    pub fn list<S: Into<String>>(members: impl IntoIterator<Item = S>) -> Self {
        Value::List(members.into_iter().map(|m| Value::Text(m.into())).collect())
    }
}

macro_rules! into_value {
    ($($from:ty => |$x:ident| $to:expr),* $(,)?) => { $(
        impl From<$from> for Value {
            fn from($x: $from) -> Self { $to }
        }
    )* };
}

into_value! {
    bool => |x| Value::Bool(x),
    u64 => |x| Value::Number(x.into()),
    u32 => |x| Value::Number(u64::from(x).into()),
    u16 => |x| Value::Number(u64::from(x).into()),
    usize => |x| Value::Number((x as u64).into()),
    i64 => |x| Value::Number(x.into()),
    i32 => |x| Value::Number(i64::from(x).into()),
    f64 => |x| if x.is_finite() { Value::Number(Number::Real(x)) } else { Value::Text(x.to_string()) },
    &str => |x| Value::Text(x.to_owned()),
    String => |x| Value::Text(x),
    Cow<'_, str> => |x| Value::Text(x.into_owned()),
}

/// A value inside a [`Tree`](super::Tree), borrowed from it.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// JSON `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text, raw: escape it before it is shown.
    Text(&'a str),
    /// A list of scalars.
    List(ListRef<'a>),
    /// An object or array without members, which is not the same as an absent one.
    Empty,
}

/// The members of a list inside a tree.
#[derive(Clone, Copy, Debug)]
pub struct ListRef<'a> {
    pub(super) tree: &'a super::Tree,
    pub(super) start: u32,
    pub(super) len: u32,
}

impl<'a> ListRef<'a> {
    /// How many members there are.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The members in stored order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = ValueRef<'a>> + Clone {
        (self.start..self.start + self.len).map(move |i| self.tree.item(i))
    }
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (ValueRef::Null, ValueRef::Null) | (ValueRef::Empty, ValueRef::Empty) => true,
            (ValueRef::Bool(a), ValueRef::Bool(b)) => a == b,
            (ValueRef::Number(a), ValueRef::Number(b)) => a == b,
            (ValueRef::Text(a), ValueRef::Text(b)) => a == b,
            (ValueRef::List(a), ValueRef::List(b)) => a.len == b.len && a.iter().eq(b.iter()),
            _ => false,
        }
    }
}

/// What is known of a value that was hidden at capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redacted<'a> {
    /// Hidden; nothing can be said of it.
    Opaque,
    /// Hidden behind a keyed hash: comparable with another of the same key.
    Keyed {
        /// Names the key, not its content.
        key: &'a str,
        /// The hash under that key.
        hash: &'a str,
    },
}

/// The text that stands for a hidden value in a snapshot.
pub const REDACTED: &str = "[redacted]";

/// How every mark of a hidden value begins.
const MARK: &str = "[redacted";

/// Where hidden values were in a text: the places of `[redacted]` and `[redacted KEY:HASH]`.
pub fn marks(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text.get(at..)?.find(MARK)?;
            at = start + MARK.len();
            let Some(length) = text.get(at..)?.bytes().take(MARK_LONGEST).position(|b| b == b']') else { continue };
            let end = at + length + 1;
            if text.get(start..end).and_then(mark).is_some() {
                at = end;
                return Some(start..end);
            }
        }
    })
}

/// No mark is longer: a key's name and a whole hash in hexadecimal digits.
const MARK_LONGEST: usize = 140;

/// What can be said of two texts in which something was hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// All that is shown agrees, and so do the secrets.
    Same,
    /// Something that is shown differs, or a secret under one key.
    Differs,
    /// All that is shown agrees; of a secret nothing can be said: it has no key, or another one.
    Unknown,
}

/// Compares two texts in which something was hidden.
pub fn known(a: &str, b: &str) -> Known {
    let (mut at_a, mut at_b, mut known) = (0, 0, Known::Same);
    let (mut marks_a, mut marks_b) = (marks(a), marks(b));
    loop {
        let (mark_a, mark_b) = (marks_a.next(), marks_b.next());
        let end_a = mark_a.as_ref().map_or(a.len(), |mark| mark.start);
        let end_b = mark_b.as_ref().map_or(b.len(), |mark| mark.start);
        if a.get(at_a..end_a) != b.get(at_b..end_b) {
            return Known::Differs;
        }
        match (mark_a, mark_b) {
            (None, None) => return known,
            (Some(one), Some(two)) => {
                (at_a, at_b) = (one.end, two.end);
                match (a.get(one).and_then(mark), b.get(two).and_then(mark)) {
                    (Some(Redacted::Keyed { key, hash }), Some(Redacted::Keyed { key: other, hash: its }))
                        if key == other =>
                    {
                        if hash != its {
                            return Known::Differs;
                        }
                    }
                    _ => known = Known::Unknown,
                }
            }
            _ => return Known::Differs,
        }
    }
}

/// The text with its marks as people read them: `[redacted #9f2c]` for one with a key.
pub fn shown(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for place in marks(text) {
        let Some(Redacted::Keyed { hash, .. }) = text.get(place.clone()).and_then(mark) else { continue };
        out.push_str(text.get(done..place.start).unwrap_or_default());
        out.push_str(&format!("{MARK} #{}]", hash.get(..4).unwrap_or(hash)));
        done = place.end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// What a mark says.
fn mark(text: &str) -> Option<Redacted<'_>> {
    let inner = text.strip_prefix(MARK)?.strip_suffix(']')?;
    if inner.is_empty() {
        return Some(Redacted::Opaque);
    }
    let (key, hash) = inner.strip_prefix(' ')?.split_once(':')?;
    let hex = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_hexdigit());
    (hex(key) && hex(hash)).then_some(Redacted::Keyed { key, hash })
}

impl<'a> ValueRef<'a> {
    /// The text, if this is one.
    pub fn as_text(self) -> Option<&'a str> {
        match self {
            ValueRef::Text(t) => Some(t),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_number(self) -> Option<Number> {
        match self {
            ValueRef::Number(n) => Some(n),
            _ => None,
        }
    }

    /// What is known of the value if it was hidden at capture: `[redacted]` or `[redacted KEY:HASH]` as a whole.
    pub fn redacted(self) -> Option<Redacted<'a>> {
        mark(self.as_text()?)
    }

    /// Whether something of the value was hidden at capture: the whole, a part of its text, or of a member.
    pub fn hides(self) -> bool {
        match self {
            ValueRef::Text(text) => {
                text.len() >= REDACTED.len() && text.as_bytes().contains(&b'[') && marks(text).next().is_some()
            }
            ValueRef::List(list) => list.iter().any(ValueRef::hides),
            _ => false,
        }
    }

    /// The word for what kind of value this is.
    pub fn kind(self) -> &'static str {
        match self {
            ValueRef::Null => "null",
            ValueRef::Bool(_) => "bool",
            ValueRef::Number(_) => "number",
            ValueRef::Text(_) => "string",
            ValueRef::List(_) => "list",
            ValueRef::Empty => "map",
        }
    }

    /// The value as people write it, raw: text without quotes (an empty one as `""`), lists as `[a, b]`.
    /// Escape it before it is shown.
    pub fn plain(self) -> Cow<'a, str> {
        match self {
            ValueRef::Null => Cow::Borrowed("null"),
            ValueRef::Bool(true) => Cow::Borrowed("true"),
            ValueRef::Bool(false) => Cow::Borrowed("false"),
            ValueRef::Number(n) => Cow::Owned(n.to_string()),
            ValueRef::Text("") => Cow::Borrowed("\"\""),
            ValueRef::Text(t) => Cow::Borrowed(t),
            ValueRef::List(list) => {
                let members: Vec<_> = list.iter().map(ValueRef::plain).collect();
                Cow::Owned(format!("[{}]", members.join(", ")))
            }
            ValueRef::Empty => Cow::Borrowed("{}"),
        }
    }

    /// A copy that owns its text.
    pub fn to_owned(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Bool(b) => Value::Bool(b),
            ValueRef::Number(n) => Value::Number(n),
            ValueRef::Text(t) => Value::Text(t.to_owned()),
            ValueRef::List(list) => Value::List(list.iter().map(ValueRef::to_owned).collect()),
            ValueRef::Empty => Value::List(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_by_value_and_never_by_rounding() {
        assert_eq!(Number::Unsigned(1), Number::Real(1.0));
        assert_ne!(Number::Unsigned(u64::MAX), Number::Real(u64::MAX as f64));
        assert_ne!(Number::Unsigned(u64::MAX), Number::Unsigned(u64::MAX - 1));
        assert_eq!(Number::from(-1_i64).to_string(), "-1");
        assert_eq!(Number::Real(1.0).to_string(), "1.0");
    }

    #[test]
    fn only_whole_markers_are_redactions() {
        assert_eq!(ValueRef::Text("[redacted]").redacted(), Some(Redacted::Opaque));
        assert_eq!(ValueRef::Text("[redacted 7f:9f2c]").redacted(), Some(Redacted::Keyed { key: "7f", hash: "9f2c" }));
        for text in ["[redacted ]", "[redacted x:y]", "user=[redacted]", "redacted", ""] {
            assert_eq!(ValueRef::Text(text).redacted(), None, "{text}");
        }
    }

    #[test]
    fn texts_with_hidden_parts_are_compared_as_far_as_they_are_known() {
        for (a, b, what) in [
            ("a [redacted] b", "a [redacted] b", Known::Unknown),
            ("a [redacted 1:aa] b", "a [redacted 1:aa] b", Known::Same),
            ("a [redacted 1:aa] b", "a [redacted 1:bb] b", Known::Differs),
            ("a [redacted 1:aa] b", "a [redacted 2:aa] b", Known::Unknown),
            ("a [redacted] b", "a [redacted] c", Known::Differs),
            ("a [redacted] b", "a b", Known::Differs),
            ("[redacted][redacted 1:aa]", "[redacted][redacted 1:bb]", Known::Differs),
        ] {
            assert_eq!(known(a, b), what, "{a} / {b}");
            assert_eq!(known(b, a), what, "{b} / {a}");
        }
        assert_eq!(shown("a [redacted 1f2e:9f2c7788] b [redacted]"), "a [redacted #9f2c] b [redacted]");
        assert_eq!(shown("a [redacted] b"), "a [redacted] b");
    }

    #[test]
    fn sets_are_sorted_and_have_no_twins() {
        assert_eq!(Value::set(["b", "a10", "a2", "b"]), Value::list(["a2", "a10", "b"]));
    }
}
