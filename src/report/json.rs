//! `driftglass-comparison/1`: the machine's output, one row a line.

use super::Report;
use crate::compare::change::Change;
use crate::compare::{Cell, RowId, Tally};
use crate::model::value::Redacted;
use crate::model::{Number, ValueRef};
use serde_json::{Value as Json, json};
use std::io::{self, Write};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    writeln!(out, "{{ \"format\": \"driftglass-comparison/1\",")?;
    write!(out, "  \"snapshots\": [")?;
    for (i, side) in comparison.sides().iter().enumerate() {
        let meta = &side.snapshot.meta;
        let snapshot = json!({
            "label": meta.label,
            "digest": crate::format::digest(&side.snapshot),
            "captured_at": meta.captured_at.map(|t| t.to_string()),
            "role": if i == comparison.reference() { "target" } else { "test" },
        });
        write!(out, "{}\n    {snapshot}", if i == 0 { "" } else { "," })?;
    }
    writeln!(out, " ],\n  \"summary\": {},", summary(report))?;
    write!(out, "  \"rows\": [")?;
    for (i, row) in by_written_path(report).into_iter().enumerate() {
        write!(out, "{}\n    {}", if i == 0 { "" } else { "," }, row_json(report, row))?;
    }
    writeln!(out, " ] }}")
}

/// Rows by their written path, byte by byte: the order that every tool can check.
fn by_written_path(report: &Report<'_>) -> Vec<RowId> {
    let mut rows = report.rows.to_vec();
    rows.sort_by_cached_key(|row| report.comparison.path(*row).to_string());
    rows
}

fn summary(report: &Report<'_>) -> Json {
    let tally: Tally = report.comparison.tally(crate::compare::Comparison::TOP);
    json!({
        "paths": tally.leaves, "same": tally.same, "changed": tally.changed, "missing": tally.missing(),
        "unreadable": tally.unreadable, "volatile": tally.volatile, "identity": tally.identity,
        "duplicate_identity": tally.duplicate_identity, "redacted": tally.redacted,
        "accepted": Json::Null, "ignored": Json::Null, "risk": Json::Null,
        "shown": report.rows.len(), "hidden_by_filter": report.hidden,
    })
}

fn row_json(report: &Report<'_>, row: RowId) -> Json {
    let comparison = report.comparison;
    let path = comparison.path(row);
    let sides = 0..comparison.sides().len();
    let provenance: Vec<Json> = sides.clone().map(|side| comparison.source(row, side).into()).collect();
    json!({
        "path": path.to_string(),
        "pointer": path.pointer(),
        "area": path.segments().first(),
        "state": comparison.state(row).word(),
        "values": comparison.cells(row).map(cell).collect::<Vec<_>>(),
        "change": change(report, row),
        "risk": Json::Null,
        "policy": Json::Null,
        "provenance": provenance,
    })
}

fn change(report: &Report<'_>, row: RowId) -> Json {
    let (left, right) = report.pair();
    let comparison = report.comparison;
    if comparison.class(row, left) == comparison.class(row, right) {
        return Json::Null;
    }
    let Some(change) = comparison.change(row, left, right) else { return Json::Null };
    let mut out = json!({ "kind": change.kind() });
    if let Some(distance) = change.distance() {
        out["distance"] = distance.word().into();
        out["direction"] = change.direction().into();
    }
    match change {
        Change::Number { ratio } => out["ratio"] = ratio.into(),
        Change::Set { left, right } | Change::List { left, right, .. } => {
            out["only_left"] = left.into();
            out["only_right"] = right.into();
        }
        _ => {}
    }
    out
}

fn cell(cell: Cell<'_>) -> Json {
    match cell {
        Cell::Value(value) => json!({ "value": scalar(value) }),
        Cell::Redacted(Redacted::Opaque) => json!({ "redacted": true }),
        Cell::Redacted(Redacted::Keyed { key, hash }) => json!({ "redacted": true, "key": key, "hash": hash }),
        Cell::Missing => json!({ "missing": true }),
        Cell::Problem(why) => json!({ "problem": why }),
        Cell::NotCollected(why) => json!({ "not_collected": why }),
    }
}

fn scalar(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Bool(b) => b.into(),
        ValueRef::Number(Number::Unsigned(n)) => n.into(),
        ValueRef::Number(Number::Negative(n)) => n.into(),
        ValueRef::Number(Number::Real(n)) => n.into(),
        ValueRef::Text(text) => text.into(),
        ValueRef::List(list) => list.iter().map(scalar).collect(),
        ValueRef::Empty => json!({}),
    }
}
