//! `driftglass-comparison/1`: the schema for programs. One row a line, so that it streams and diffs.

pub(super) mod meaning;

use super::past::JsonEscape;
use super::{Report, overview};
use crate::base::cancel::Cancel;
use crate::base::text;
use crate::compare::change::Change;
use crate::compare::{Cell, Comparison, RowId, Tally};
use crate::format;
use crate::model::value::Redacted;
use crate::model::{Number, Value, ValueRef};
use meaning::{JsonBands, JsonRisk};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};
use std::borrow::Cow;
use std::io::{self, Write};

/// The name and version of the schema. A field that is added does not change it; one that changes its meaning does.
const SCHEMA: &str = "driftglass-comparison/1";
/// What writes it.
pub(super) const TOOL: &str = concat!("driftglass ", env!("CARGO_PKG_VERSION"));

#[derive(serde::Serialize)]
pub(super) struct Snapshot<'a> {
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    digest: String,
    captured_at: Option<String>,
    role: &'static str,
    host: Option<&'a str>,
    /// What captured it; null for facts from elsewhere.
    tool: Option<&'a str>,
    facts: usize,
    problems: usize,
    evidence: JsonEvidence,
}

/// How many kinds of facts a snapshot says anything of.
#[derive(serde::Serialize)]
struct JsonEvidence {
    known: u32,
    kinds: u32,
}

#[derive(serde::Serialize)]
struct Summary {
    paths: u32,
    same: u32,
    changed: u32,
    missing: u32,
    /// Could not be read, or was not asked for.
    unreadable: u32,
    /// Of those, not asked for.
    not_collected: u32,
    volatile: u32,
    identity: u32,
    duplicate_identity: u32,
    redacted: u32,
    accepted: Option<usize>,
    ignored: Option<usize>,
    risk: Option<JsonBands>,
    shown: usize,
    hidden_by_filter: usize,
    /// The filter as typed.
    filter: Option<String>,
}

#[derive(serde::Serialize)]
pub(super) struct Row<'a> {
    path: &'a str,
    pointer: String,
    area: &'a str,
    state: &'static str,
    values: Vec<JsonCell<'a>>,
    change: Option<JsonChange>,
    risk: Option<JsonRisk<'a>>,
    /// The key of the cause that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    policy: serde_json::Value,
    provenance: Vec<Option<&'a str>>,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    write!(out, "{{\n\"format\": \"{SCHEMA}\",\n\"tool\": \"{TOOL}\",\n\"snapshots\": [")?;
    for (i, snapshot) in snapshots(comparison).enumerate() {
        out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
        line(&snapshot, out)?;
    }
    write!(out, "\n],\n\"summary\": ")?;
    line(&summary(report), out)?;
    write!(out, ",\n\"rows\": [")?;
    for (i, (path, row)) in report.by_written_path().iter().enumerate() {
        out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
        line(&self::row(report, path, *row), out)?;
    }
    write!(out, "\n]")?;
    let rehearsals = report.json_rehearsals();
    if !rehearsals.is_empty() {
        write!(out, ",\n\"rehearsals\": ")?;
        line(&rehearsals, out)?;
    }
    if let Some(past) = report.escape {
        write!(out, ",\n\"escape\": ")?;
        line(&JsonEscape::from(past), out)?;
    }
    if !report.trend.is_empty() {
        write!(out, ",\n\"trend\": ")?;
        line(&report.trend, out)?;
    }
    if let Some(meaning) = report.meaning {
        let rules = meaning.risks.rules();
        let file = |(id, file): (&str, &str)| serde_json::json!({ "rule": id, "file": file });
        let off: Vec<_> = rules.switched_off().iter().map(|(id, by)| file((id, by))).collect();
        let changed: Vec<_> = rules.changed().map(file).collect();
        if !off.is_empty() || !changed.is_empty() {
            write!(out, ",\n\"rules_changed\": ")?;
            line(&serde_json::json!({ "off": off, "changed": changed }), out)?;
        }
        meaning::write(report, meaning, out)?;
    }
    writeln!(out, "\n}}")
}

/// The snapshots of a comparison.
pub(super) fn snapshots(comparison: &Comparison) -> impl Iterator<Item = Snapshot<'_>> {
    let evidence = overview::evidence(comparison, &Cancel::new()).unwrap_or_default();
    comparison.sides().iter().enumerate().map(move |(i, side)| {
        let evidence = evidence.get(i).copied().unwrap_or_default();
        let meta = &side.snapshot.meta;
        Snapshot {
            label: &meta.label,
            alias: meta.alias.name(),
            digest: format::digest(&side.snapshot),
            captured_at: meta.captured_at.map(|time| time.to_string()),
            role: if i == comparison.reference() { "target" } else { "test" },
            host: meta.host.as_deref(),
            tool: meta.tool.as_deref(),
            facts: side.snapshot.facts.leaf_count(),
            problems: side.snapshot.problems.len(),
            evidence: JsonEvidence { known: evidence.known, kinds: evidence.all },
        }
    })
}

fn summary(report: &Report<'_>) -> Summary {
    let tally: Tally = report.comparison.tally(Comparison::TOP);
    Summary {
        paths: tally.leaves,
        same: tally.same,
        changed: tally.changed,
        missing: tally.missing(),
        unreadable: tally.unreadable,
        not_collected: tally.not_collected,
        volatile: tally.volatile,
        identity: tally.identity,
        duplicate_identity: tally.duplicate_identity,
        redacted: tally.redacted,
        accepted: report.moved().map(|(accepted, _)| accepted),
        ignored: report.moved().map(|(_, ignored)| ignored),
        risk: report.meaning.map(|meaning| meaning.risks.tally().into()),
        shown: report.rows.len(),
        hidden_by_filter: report.hidden,
        filter: report.filter.map(str::to_owned),
    }
}

pub(super) fn row<'a>(report: &Report<'a>, path: &'a str, row: RowId) -> Row<'a> {
    let comparison = report.comparison;
    Row {
        path,
        pointer: comparison.path(row).pointer(),
        area: comparison.key(comparison.area(row)),
        state: comparison.state(row).word(),
        values: comparison.cells(row).map(JsonCell).collect(),
        change: report.change(row).map(|(left, right, change)| JsonChange::new(change, [left, right])),
        risk: meaning::risk(report, row),
        cause: report.cause(row).map(|cause| cause.key.as_str()),
        policy: report.ruled.map(|ruled| ruled.json(row)).unwrap_or_default(),
        provenance: (0..comparison.sides().len()).map(|side| comparison.source(row, side)).collect(),
    }
}

/// How the values of two sides differ; what does not apply to the kind is left out.
#[derive(serde::Serialize)]
struct JsonChange {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    /// Members of both that stand in another place.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_left: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_right: Option<Vec<String>>,
    /// Positions of the two sides, left and right.
    between: [usize; 2],
}

impl JsonChange {
    fn new(change: Change, between: [usize; 2]) -> Self {
        let (kind, direction) = (change.kind(), change.direction());
        let distance = change.distance().map(|d| d.word());
        let (ratio, moved, only_left, only_right) = (None, None, None, None);
        let mut out = Self { kind, distance, direction, ratio, moved, only_left, only_right, between };
        match change {
            Change::Number { ratio } => out.ratio = ratio,
            Change::Set { left, right } => (out.only_left, out.only_right) = (Some(left), Some(right)),
            Change::List { moved, left, right } => {
                (out.moved, out.only_left, out.only_right) = (Some(moved), Some(left), Some(right));
            }
            _ => {}
        }
        out
    }
}

/// One side of a row: exactly one of `value`, `missing`, `problem`, `not_collected`, `redacted`.
pub(super) struct JsonCell<'a>(pub(super) Cell<'a>);

impl Serialize for JsonCell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Cell::Value(value) => map.serialize_entry("value", &JsonValue(value))?,
            Cell::Missing => map.serialize_entry("missing", &true)?,
            Cell::Problem(why) => map.serialize_entry("problem", why)?,
            Cell::NotCollected(why) => map.serialize_entry("not_collected", why)?,
            Cell::Redacted(hidden) => {
                map.serialize_entry("redacted", &true)?;
                if let Redacted::Keyed { key, hash } = hidden {
                    map.serialize_entry("key", key)?;
                    map.serialize_entry("hash", hash)?;
                }
            }
        }
        map.end()
    }
}

pub(super) struct JsonValue<'a>(pub(super) ValueRef<'a>);

impl Serialize for JsonValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ValueRef::Null => serializer.serialize_unit(),
            ValueRef::Bool(b) => serializer.serialize_bool(b),
            ValueRef::Number(Number::Unsigned(n)) => serializer.serialize_u64(n),
            ValueRef::Number(Number::Negative(n)) => serializer.serialize_i64(n),
            ValueRef::Number(Number::Real(n)) => serializer.serialize_f64(n),
            ValueRef::Text(text) => serializer.serialize_str(text),
            ValueRef::Empty => serializer.serialize_map(Some(0))?.end(),
            ValueRef::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for item in list.iter() {
                    seq.serialize_element(&JsonValue(item))?;
                }
                seq.end()
            }
        }
    }
}

/// A value that owns its text.
struct JsonOwned<'a>(&'a Value);

impl Serialize for JsonOwned<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Number(n) => JsonValue(ValueRef::Number(*n)).serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(list) => serializer.collect_seq(list.iter().map(JsonOwned)),
        }
    }
}

/// Writes one value on one line.
pub(super) fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(out, Safe);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Writes one value over many lines, for a document that is small.
pub(super) fn pretty(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    writeln!(out, "{}", printable(&text))
}

/// JSON as it may be printed: what a terminal would obey or a reader could not see can stand in its texts alone, where
/// `\\u` says the same to every parser.
pub fn printable(json: &str) -> Cow<'_, str> {
    let unsafe_at = |c: char| c != '\n' && text::has_invisible(c.encode_utf8(&mut [0; 4]));
    let is_plain = json.bytes().all(|b| (0x20..0x7f).contains(&b) || b == b'\n');
    if is_plain || !json.chars().any(unsafe_at) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 64);
    let mut utf16 = [0; 2];
    for c in json.chars() {
        if unsafe_at(c) {
            out.extend(c.encode_utf16(&mut utf16).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// JSON that is safe to print: what a terminal would obey or a reader could not see is written as `\u`, which is the
/// same text to every parser.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        out.write_all(printable(fragment).as_bytes())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_array_value(out, first)?;
        if first { Ok(()) } else { out.write_all(b" ") }
    }
}
