//! Evaluates a query over a comparison: one pass in pre-order, so that a branch decides for all beneath it once.

use super::ages::{self, Ages};
use super::judged;
use super::trail::{Sources, Trail};
use super::words::{self, contains};
use super::{Field, Operand, Operator, Query};
use crate::base::cancel::Cancel;
use crate::cause::Causes;
use crate::compare::change::Change;
use crate::compare::{Cell, Comparison, Flags, Peers, Relation, RowId, State};
use crate::model::ValueRef;
use crate::model::vocabulary::Kind;
use crate::risk::Risks;
use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};

/// How many rows go by between two looks at the cancellation.
const STRIDE: u32 = 4096;

/// How much of one row a regular expression sees, in bytes of each value.
const SEEN: usize = 4096;

/// What is known of rows besides what the comparison says, for the fields that ask for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// Rows that somebody has accepted, ascending.
    pub accepted: &'a [RowId],
    /// Rows that are known not to matter, ascending.
    pub ignored: &'a [RowId],
    /// Rows that the policy says must not be so, ascending.
    pub violated: &'a [RowId],
    /// Divergences that were not there before, ascending; without anything to measure against, all of them.
    pub new: Option<&'a [RowId]>,
    /// What the divergences risk.
    pub risks: Option<&'a Risks>,
    /// Where they come from.
    pub causes: Option<&'a Causes>,
    /// Since when they differ.
    pub ages: Option<&'a Ages>,
}

/// The leaves that match, in order; `None` when cancelled. A branch that matches a word by its own key brings all
/// leaves beneath it.
pub fn run(query: &Query, comparison: &Comparison, cancel: &Cancel) -> Option<Vec<RowId>> {
    run_with(query, comparison, &Context::default(), cancel)
}

/// As [`run`], with what is known of the rows besides the comparison.
pub fn run_with(query: &Query, comparison: &Comparison, context: &Context<'_>, cancel: &Cancel) -> Option<Vec<RowId>> {
    let plan = plan(query, comparison, context, cancel)?;
    let mut trail = Trail::default();
    let wants_path = plan.wants_path();
    let mut found = Vec::new();
    for row in 1..comparison.row_count() as RowId {
        if row % STRIDE == 0 && cancel.is_cancelled() {
            return None;
        }
        if wants_path {
            trail.step(comparison, row);
        }
        if comparison.is_leaf(row) && plan.matches(comparison, row, &trail) {
            found.push(row);
        }
    }
    Some(found)
}

/// The first name of an area or side in a query that the comparison has not got, with words that say which it has.
pub fn strange(query: &Query, comparison: &Comparison) -> Option<(String, String)> {
    match query {
        Query::And(parts) | Query::Or(parts) => parts.iter().find_map(|part| strange(part, comparison)),
        Query::Not(inner) => strange(inner, comparison),
        Query::Field(field @ (Field::Area | Field::Side), operands) => {
            let known: Vec<&str> = match field {
                Field::Area => comparison.children(Comparison::TOP).map(|area| comparison.key(area)).collect(),
                _ => ["left", "right"].into_iter().chain(comparison.sides().iter().map(|side| side.label())).collect(),
            };
            let is_plain = |operand: &&Operand| matches!(test(*field, operand), Test::Text(..));
            let missing = operands.iter().filter(is_plain).find(|operand| !known.contains(&operand.text.as_str()))?;
            let what = if *field == Field::Area { "area" } else { "side" };
            let names: Vec<_> = known.iter().map(|name| crate::base::text::escape(name)).collect();
            let words = format!("no {what} is called so: one of {}", names.join(" "));
            Some((missing.text.clone(), words))
        }
        _ => None,
    }
}

/// A path in the form in which globs see it: dots part keys as slashes do, so that `os.sysctl.net.*` needs no quotes.
fn slashed(path: &str) -> String {
    path.replace('.', "/")
}

/// A query made ready for a comparison.
enum Plan {
    All,
    And(Vec<Plan>),
    Or(Vec<Plan>),
    Not(Box<Plan>),
    Word {
        under: Vec<bool>,
        text: String,
    },
    Exact(String),
    Regex(Regex),
    Path(GlobMatcher),
    Prefix(String),
    /// For every row, whether the source of some side is one of these.
    Source(Vec<bool>),
    /// Rows with an odd one out.
    Odd(Peers),
    /// These rows, ascending.
    Among(Vec<RowId>),
    Field(Field, Vec<Test>),
}

/// One value of a field made ready.
pub(super) enum Test {
    Text(Operator, String),
    Glob(GlobMatcher),
    Number(Operator, f64),
    Range(f64, f64),
}

fn plan(query: &Query, comparison: &Comparison, context: &Context<'_>, cancel: &Cancel) -> Option<Plan> {
    let all =
        |parts: &[Query]| parts.iter().map(|part| plan(part, comparison, context, cancel)).collect::<Option<Vec<_>>>();
    Some(match query {
        Query::All => Plan::All,
        Query::And(parts) => Plan::And(all(parts)?),
        Query::Or(parts) => Plan::Or(all(parts)?),
        Query::Not(inner) => Plan::Not(Box::new(plan(inner, comparison, context, cancel)?)),
        Query::Word(text) => Plan::Word { under: under(text, comparison, cancel)?, text: text.clone() },
        Query::Exact(text) => Plan::Exact(text.clone()),
        Query::Regex(text) => regex(text).map_or(Plan::Not(Box::new(Plan::All)), Plan::Regex),
        Query::Field(Field::Path, operands) => Plan::Or(operands.iter().map(path).collect()),
        Query::Field(Field::Is, operands) => {
            Plan::Or(operands.iter().map(|o| is_plan(o, comparison, context)).collect())
        }
        Query::Field(field @ (Field::Risk | Field::Score | Field::Rule | Field::Cause), operands) => {
            Plan::Among(judged::rows(*field, operands, context))
        }
        Query::Field(field @ (Field::Age | Field::Since), operands) => {
            let rows = context.ages.map(|known| ages::rows(*field, operands, comparison, known));
            Plan::Among(rows.unwrap_or_default())
        }
        Query::Field(Field::Src, operands) => Plan::Source(sources(operands, comparison, cancel)?),
        Query::Field(field, operands) => Plan::Field(*field, operands.iter().map(|o| test(*field, o)).collect()),
    })
}

/// One word of `is:`: some speak of more than the row itself.
fn is_plan(operand: &Operand, comparison: &Comparison, context: &Context<'_>) -> Plan {
    match (operand.text.as_str(), context.new) {
        ("odd", _) => Plan::Odd(Peers::of(comparison)),
        ("accepted", _) => Plan::Among(context.accepted.to_vec()),
        ("ignored", _) => Plan::Among(context.ignored.to_vec()),
        ("violated", _) => Plan::Among(context.violated.to_vec()),
        ("new", Some(rows)) => Plan::Among(rows.to_vec()),
        // Nothing is known of before: all is new, also a finding that is no difference.
        ("new", None) => {
            let is_alarm = |row: &RowId| !comparison.state(*row).is_found();
            let alarms = context.risks.map(|risks| risks.rows().filter(is_alarm).collect()).unwrap_or_default();
            Plan::Or(vec![Plan::Field(Field::Is, vec![test(Field::Is, operand)]), Plan::Among(alarms)])
        }
        _ => Plan::Field(Field::Is, vec![test(Field::Is, operand)]),
    }
}

/// For every row, whether its key or one above matches a word. One with a dot in it may be a piece of a path.
fn under(word: &str, comparison: &Comparison, cancel: &Cancel) -> Option<Vec<bool>> {
    let matcher = words::matcher();
    let (dotted, quoted) = (word.contains('.'), word.contains('"'));
    let mut trail = Trail::default();
    let mut under = vec![false; comparison.row_count()];
    for row in 1..comparison.row_count() as RowId {
        if row % STRIDE == 0 && cancel.is_cancelled() {
            return None;
        }
        let above = under[comparison.parent(row) as usize];
        if dotted {
            trail.step(comparison, row);
        }
        under[row as usize] = above
            || words::matches(&matcher, word, comparison.key(row))
            || (dotted && contains(if quoted { trail.written() } else { trail.plain() }, word));
    }
    Some(under)
}

/// For every row, whether the source of some side satisfies one of these.
fn sources(operands: &[Operand], comparison: &Comparison, cancel: &Cancel) -> Option<Vec<bool>> {
    let tests: Vec<Test> = operands.iter().map(globbed).collect();
    let side = |side| Sources::new(comparison, side, |source| tests.iter().any(|test| text_matches(source, test)));
    let mut sides: Vec<Sources<'_>> = (0..comparison.sides().len()).map(side).collect();
    let mut trail = Trail::default();
    let mut from = vec![false; comparison.row_count()];
    for row in 1..comparison.row_count() as RowId {
        if row % STRIDE == 0 && cancel.is_cancelled() {
            return None;
        }
        trail.step(comparison, row);
        // Every side is moved on, even when the first one has answered.
        for (index, side) in sides.iter_mut().enumerate() {
            let speaks = side.step(&trail);
            from[row as usize] |= speaks && matches!(comparison.cell(row, index), Cell::Value(_) | Cell::Redacted(_));
        }
    }
    Some(from)
}

fn path(operand: &Operand) -> Plan {
    let text = operand.text.replace('"', "");
    if text.contains('*') {
        return glob(&text).map_or(Plan::Not(Box::new(Plan::All)), Plan::Path);
    }
    Plan::Prefix(text)
}

pub(super) fn test(field: Field, operand: &Operand) -> Test {
    let text = &operand.text;
    let compares = !matches!(operand.operator, Operator::Match | Operator::Equal);
    let parsed = if field == Field::Delta { delta(text) } else { number(text) };
    match (field, parsed) {
        (Field::Value | Field::Left | Field::Right, Some(n)) if compares => Test::Number(operand.operator, n),
        (Field::Depth | Field::Delta | Field::Score | Field::Age, Some(n)) => Test::Number(operand.operator, n),
        (Field::Value | Field::Left | Field::Right | Field::Score | Field::Age, _)
            if operand.operator == Operator::Match && !operand.quoted =>
        {
            if let Some((low, high)) = text.split_once("..").and_then(|(a, b)| Some((number(a)?, number(b)?))) {
                return Test::Range(low, high);
            }
            globbed(operand)
        }
        _ => globbed(operand),
    }
}

fn globbed(operand: &Operand) -> Test {
    if operand.operator == Operator::Match
        && !operand.quoted
        && operand.text.contains('*')
        && let Ok(glob) = plain_glob(&operand.text)
    {
        return Test::Glob(glob);
    }
    Test::Text(operand.operator, operand.text.clone())
}

/// A glob over keys parted by dots: `*` stays within a key, `**` crosses keys.
pub(super) fn glob(text: &str) -> Result<GlobMatcher, String> {
    build(&text.replace('.', "/"), true)
}

/// A glob over one text, in which nothing parts anything.
fn plain_glob(text: &str) -> Result<GlobMatcher, String> {
    build(text, false)
}

fn build(text: &str, literal_separator: bool) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(text).literal_separator(literal_separator).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

/// A regular expression with a bound on its size; case counts only if it has a capital.
pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    let ignore_case = !pattern.chars().any(char::is_uppercase);
    RegexBuilder::new(pattern).case_insensitive(ignore_case).size_limit(1 << 20).build().map_err(|e| e.to_string())
}

/// A number with a unit: sizes in powers of 1000 (kB, MB) and 1024 (KiB, MiB, or k, M alone), times in seconds.
pub fn number(text: &str) -> Option<f64> {
    let split = text.find(|c: char| !(c.is_ascii_digit() || "+-._".contains(c))).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let value: f64 = digits.replace('_', "").parse().ok()?;
    let factor = match unit {
        "" | "B" | "s" | "Hz" => 1.0,
        "k" | "K" | "KiB" | "Ki" => 1024.0,
        "M" | "MiB" | "Mi" => 1024.0 * 1024.0,
        "G" | "GiB" | "Gi" => 1024.0 * 1024.0 * 1024.0,
        "T" | "TiB" | "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "kB" | "kHz" => 1e3,
        "MB" | "MHz" => 1e6,
        "GB" | "GHz" => 1e9,
        "TB" => 1e12,
        "ms" => 1e-3,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        "w" => 7.0 * 86400.0,
        _ => return None,
    };
    value.is_finite().then_some(value * factor)
}

/// A relative change as a factor of one or more: `10%` is 1.1, `2x` is 2.
pub(super) fn delta(text: &str) -> Option<f64> {
    if let Some(percent) = text.strip_suffix('%') {
        return percent.parse::<f64>().ok().filter(|p| *p >= 0.0).map(|p| 1.0 + p / 100.0);
    }
    text.strip_suffix('x')?.parse::<f64>().ok().filter(|x| *x >= 1.0)
}

impl Plan {
    /// Whether the path of a row must be known to decide.
    fn wants_path(&self) -> bool {
        match self {
            Plan::And(parts) | Plan::Or(parts) => parts.iter().any(Plan::wants_path),
            Plan::Not(inner) => inner.wants_path(),
            Plan::Exact(_) | Plan::Regex(_) | Plan::Path(_) | Plan::Prefix(_) => true,
            Plan::All | Plan::Word { .. } | Plan::Source(_) | Plan::Odd(_) | Plan::Among(_) | Plan::Field(..) => false,
        }
    }

    fn matches(&self, comparison: &Comparison, row: RowId, trail: &Trail<'_>) -> bool {
        match self {
            Plan::All => true,
            Plan::And(parts) => parts.iter().all(|part| part.matches(comparison, row, trail)),
            Plan::Or(parts) => parts.iter().any(|part| part.matches(comparison, row, trail)),
            Plan::Not(inner) => !inner.matches(comparison, row, trail),
            Plan::Word { under, text } => under[row as usize] || any_value(comparison, row, |v| contains(v, text)),
            Plan::Exact(text) => {
                trail.any(|path| path.contains(text.as_str()))
                    || any_value(comparison, row, |v| v.contains(text.as_str()))
            }
            Plan::Regex(regex) => regex.is_match(&sentence(comparison, row, trail.written())),
            Plan::Path(glob) => glob.is_match(slashed(trail.plain())),
            Plan::Prefix(prefix) => {
                let rest = trail.plain().strip_prefix(prefix.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            Plan::Source(from) => from[row as usize],
            Plan::Among(rows) => rows.binary_search(&row).is_ok(),
            Plan::Odd(peers) => comparison.state(row).is_found() && peers.odd(comparison, row).is_some(),
            Plan::Field(field, tests) => tests.iter().any(|test| field_matches(*field, test, comparison, row)),
        }
    }
}

fn any_value(comparison: &Comparison, row: RowId, test: impl Fn(&str) -> bool) -> bool {
    comparison.cells(row).any(|cell| match cell {
        Cell::Value(ValueRef::Text(text)) => test(text),
        Cell::Value(value) => test(&value.plain()),
        Cell::Problem(text) | Cell::NotCollected(text) => test(text),
        Cell::Missing | Cell::Redacted(_) => false,
    })
}

/// What a regular expression sees of a row: `path = left -> right`.
fn sentence(comparison: &Comparison, row: RowId, path: &str) -> String {
    let values: Vec<String> = comparison
        .cells(row)
        .map(|cell| match cell {
            Cell::Value(value) => {
                let text = value.plain();
                let end = (0..=SEEN.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
                text[..end].to_owned()
            }
            Cell::Redacted(_) => "[redacted]".to_owned(),
            Cell::Missing => "(absent)".to_owned(),
            Cell::Problem(text) | Cell::NotCollected(text) => format!("({text})"),
        })
        .collect();
    format!("{path} = {}", values.join(" -> "))
}

fn field_matches(field: Field, test: &Test, comparison: &Comparison, row: RowId) -> bool {
    let (left, right) = comparison.pair();
    let value = |side: usize| cell_matches(comparison.cell(row, side), test);
    match field {
        Field::Is => matches!(test, Test::Text(_, word) if is(word, comparison, row)),
        // An area is named whole: `area:os` is not every area with "os" in its name.
        Field::Area => match test {
            Test::Text(_, name) => comparison.key(comparison.area(row)) == name,
            other => text_matches(comparison.key(comparison.area(row)), other),
        },
        Field::Key => text_matches(comparison.key(row), test),
        Field::Value => (0..comparison.sides().len()).any(value),
        Field::Left => value(left),
        Field::Right => value(right),
        Field::Type => comparison
            .cells(row)
            .any(|cell| matches!((cell, test), (Cell::Value(v), Test::Text(_, t)) if is_type(v, t, comparison, row))),
        Field::Depth => number_matches(comparison.depth(row) as f64, test),
        Field::Delta => match comparison.change(row, left, right) {
            Some(Change::Number { ratio: Some(ratio) }) => number_matches(ratio.max(1.0 / ratio), test),
            // From nothing, or to another sign: further than any factor.
            Some(Change::Number { ratio: None }) => number_matches(f64::INFINITY, test),
            _ => false,
        },
        Field::Side => {
            let Test::Text(_, name) = test else { return false };
            let present = |side: usize| matches!(comparison.cell(row, side), Cell::Value(_) | Cell::Redacted(_));
            match name.as_str() {
                "left" => present(left),
                "right" => present(right),
                label => comparison.sides().iter().enumerate().any(|(i, side)| side.label() == label && present(i)),
            }
        }
        // Made into plans of their own.
        Field::Path
        | Field::Src
        | Field::Risk
        | Field::Score
        | Field::Rule
        | Field::Cause
        | Field::Age
        | Field::Since => false,
    }
}

/// Whether a value is of a type: a text is a string of several lines, a set a list whose order means nothing.
fn is_type(value: ValueRef<'_>, wanted: &str, comparison: &Comparison, row: RowId) -> bool {
    match (value, wanted) {
        (ValueRef::Text(text), "text") => text.contains('\n'),
        (ValueRef::List(_), "set") => comparison.entry(row).is_some_and(|entry| entry.kind == Kind::Set),
        (value, wanted) => value.kind() == wanted,
    }
}

fn is(word: &str, comparison: &Comparison, row: RowId) -> bool {
    let state = comparison.state(row);
    match word {
        // Nothing is known of before: all is new.
        "diff" | "new" => state.is_found(),
        "same" => state == State::Same,
        "changed" => state == State::Changed,
        "missing" => state == State::Missing,
        "left" => state == State::Missing && comparison.relation(row) == Relation::OnlyLeft,
        "right" => state == State::Missing && comparison.relation(row) == Relation::OnlyRight,
        "unknown" => comparison.relation(row) == Relation::Unknown,
        "unreadable" => comparison.cells(row).any(|cell| matches!(cell, Cell::Problem(_) | Cell::NotCollected(_))),
        "redacted" => comparison.flags(row).contains(Flags::REDACTED),
        "volatile" => state == State::Volatile,
        "identity" => state == State::Identity,
        "duplicate" => state == State::DuplicateIdentity,
        "type" => comparison.flags(row).contains(Flags::TYPE),
        "order" => comparison.flags(row).contains(Flags::ORDER),
        _ => false,
    }
}

fn cell_matches(cell: Cell<'_>, test: &Test) -> bool {
    let Cell::Value(value) = cell else { return false };
    match (test, value) {
        (Test::Number(..) | Test::Range(..), ValueRef::Number(n)) => number_matches(n.as_f64(), test),
        (Test::Number(..) | Test::Range(..), ValueRef::Text(text)) => {
            number(text).is_some_and(|n| number_matches(n, test))
        }
        (Test::Number(..) | Test::Range(..), _) => false,
        (_, ValueRef::Text(text)) => text_matches(text, test),
        (_, value) => text_matches(&value.plain(), test),
    }
}

pub(super) fn text_matches(text: &str, test: &Test) -> bool {
    match test {
        Test::Text(Operator::Equal, wanted) => text == wanted,
        Test::Text(_, part) => contains(text, part),
        Test::Glob(glob) => glob.is_match(text),
        Test::Number(..) | Test::Range(..) => false,
    }
}

pub(super) fn number_matches(n: f64, test: &Test) -> bool {
    match test {
        Test::Number(Operator::Greater, bound) => n > *bound,
        Test::Number(Operator::AtLeast, bound) => n >= *bound,
        Test::Number(Operator::Less, bound) => n < *bound,
        Test::Number(Operator::AtMost, bound) => n <= *bound,
        Test::Number(Operator::Equal | Operator::Match, bound) => (n - bound).abs() <= f64::EPSILON * bound.abs(),
        Test::Range(low, high) => (*low..=*high).contains(&n),
        Test::Text(..) | Test::Glob(_) => false,
    }
}
