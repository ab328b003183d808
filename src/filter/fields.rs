//! The fields of the language: one table for the parser, the completion and the manual.

/// A field that a query can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// State.
    Is,
    /// First key.
    Area,
    /// Present on a side.
    Side,
    /// Whole path.
    Path,
    /// Last key.
    Key,
    /// Any side's value.
    Value,
    /// The first side's value.
    Left,
    /// The last side's value.
    Right,
    /// Relative change of numbers.
    Delta,
    /// Type of a value.
    Type,
    /// Where a value was read from.
    Src,
    /// Tree level.
    Depth,
    /// How bad it is.
    Risk,
    /// Its points.
    Score,
    /// The rule that says so.
    Rule,
    /// What it comes from.
    Cause,
    /// How long it has differed.
    Age,
    /// Since when it differs.
    Since,
}

/// All fields: name, what it takes, an example.
pub const FIELDS: [(Field, &str, &str, &str); 18] = [
    (Field::Is, "is", "the state of a row", "is:changed,left"),
    (Field::Area, "area", "names of areas", "area:dns,cache"),
    (Field::Side, "side", "left, right or a label: present there", "side:production"),
    (Field::Path, "path", "a path and all beneath; * in a key, ** across keys", "path:os.sysctl.**"),
    (Field::Key, "key", "the last key", "key:ttl*"),
    (Field::Value, "value", "a value of any side: part, glob, =, number, size, a..b", "value:>=1GiB"),
    (Field::Left, "left", "a value of the left side", "left:=4096"),
    (Field::Right, "right", "a value of the right side", "right:<64"),
    (Field::Delta, "delta", "by how much numbers differ", "delta:>10%"),
    (Field::Type, "type", "string text number bool null list set map; text has several lines", "type:list"),
    (Field::Src, "src", "the file or call that a value was read from", "src:/etc/*"),
    (Field::Depth, "depth", "the level in the tree", "depth:<=2"),
    (Field::Risk, "risk", "how bad: info low medium high critical", "risk:>=high"),
    (Field::Score, "score", "points of risk, 1 to 100", "score:40..70"),
    (Field::Rule, "rule", "the name of a risk rule; `driftglass rules` lists them", "rule:cpu-*"),
    (Field::Age, "age", "how long it has differed, by the history that the explorer reads", "age:>30d"),
    (Field::Since, "since", "the day in UTC since which it differs, or later; likewise", "since:2026-01-31"),
    (Field::Cause, "cause", "where it comes from: a part of the words, or the key of a cause", "cause:kernel"),
];

/// What `is:` takes, and what it means.
pub const STATES: [(&str, &str); 19] = [
    ("diff", "counts as a difference"),
    ("same", "the same on all sides"),
    ("changed", "values differ"),
    ("missing", "absent on some side"),
    ("left", "only on the left side"),
    ("right", "only on the right side"),
    ("unknown", "nothing can be said on some side"),
    ("unreadable", "could not be read on some side"),
    ("redacted", "hidden on some side"),
    ("volatile", "differs, and moves by itself"),
    ("identity", "differs, as it should"),
    ("duplicate", "should differ, and does not"),
    ("type", "of different types"),
    ("order", "the same members in another order"),
    ("accepted", "somebody has accepted it, with a reason and an end"),
    ("ignored", "the policy says that it does not matter"),
    ("violated", "the policy says that it must not be so"),
    ("new", "was no difference before, or had other values; all where there is no before"),
    ("odd", "one side differs from its peers, which agree"),
];

/// What `risk:` takes, from the least to the worst.
pub const RISKS: [&str; 5] = ["info", "low", "medium", "high", "critical"];

/// The types of values.
pub const TYPES: [&str; 8] = ["string", "text", "number", "bool", "null", "list", "set", "map"];

impl Field {
    /// Its name in a query.
    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, ..)| name)
    }
}
