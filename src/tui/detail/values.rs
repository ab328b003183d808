//! Every side's whole value. Sides that agree share one heading.

use super::pair::slice;
use super::words;
use crate::base::text::escape;
use crate::compare::{Cell, Comparison, RowId};
use crate::model::ValueRef;
use std::ops::Range;

/// The longest piece of a line that is one row, in bytes: a longer line goes on in the next row.
const ROW: usize = 4 << 10;

#[derive(Debug)]
enum Body {
    /// The text of a side, by the bytes of its rows.
    Text(usize, Vec<Range<usize>>),
    /// Anything else.
    Lines(Vec<String>),
}

/// The lines of the Values tab.
#[derive(Debug, Default)]
pub struct Values {
    blocks: Vec<(String, Body)>,
}

impl Values {
    /// What all sides say of a leaf.
    pub fn new(comparison: &Comparison, row: RowId) -> Self {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for side in 0..comparison.cells(row).len() {
            let alike =
                |group: &&mut Vec<usize>| group.first().is_some_and(|other| comparison.agree(row, side, *other));
            match groups.iter_mut().find(alike) {
                Some(group) => group.push(side),
                None => groups.push(vec![side]),
            }
        }
        let mut blocks = vec![about(comparison, row)];
        blocks.extend(groups.iter().map(|group| block(comparison, row, group)));
        Self { blocks }
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|(_, body)| body.len() + 2).sum::<usize>().saturating_sub(1)
    }

    /// A line, in display form, and whether it is a heading.
    pub fn line(&self, comparison: &Comparison, row: RowId, mut at: usize) -> (String, bool) {
        for (heading, body) in &self.blocks {
            if at == 0 {
                return (heading.clone(), true);
            }
            if at <= body.len() {
                return (body.line(comparison, row, at - 1), false);
            }
            if at == body.len() + 1 {
                break;
            }
            at -= body.len() + 2;
        }
        (String::new(), false)
    }
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Body::Text(_, rows) => rows.len(),
            Body::Lines(lines) => lines.len(),
        }
    }

    fn line(&self, comparison: &Comparison, row: RowId, at: usize) -> String {
        match self {
            Body::Lines(lines) => lines.get(at).cloned().unwrap_or_default(),
            Body::Text(side, rows) => {
                let Cell::Value(ValueRef::Text(text)) = comparison.cell(row, *side) else { return String::new() };
                let range = rows.get(at).cloned().unwrap_or_default();
                format!("  {}", escape(slice(text, range)))
            }
        }
    }
}

/// What the fact is, and how it differs.
fn about(comparison: &Comparison, row: RowId) -> (String, Body) {
    let mut lines = Vec::new();
    match comparison.entry(row) {
        Some(entry) => {
            lines.push(format!("  {}", entry.about));
            if let Some(unit) = &entry.unit {
                lines.push(format!("  unit: {unit}"));
            }
        }
        None => lines.push("  the vocabulary has no words for this fact".to_owned()),
    }
    lines.push(format!("  {}", words::state(comparison, row)));
    ("what it is".to_owned(), Body::Lines(lines))
}

fn block(comparison: &Comparison, row: RowId, group: &[usize]) -> (String, Body) {
    let labels = group.iter().filter_map(|side| {
        let label = escape(comparison.sides().get(*side)?.label()).into_owned();
        Some(if *side == comparison.reference() { format!("{label} REF") } else { label })
    });
    let labels = labels.collect::<Vec<_>>().join(", ");
    let side = group.first().copied().unwrap_or(0);
    let cell = comparison.cell(row, side);
    let body = match cell {
        Cell::Value(ValueRef::Text(text)) if !text.is_empty() => Body::Text(side, rows(text)),
        Cell::Value(ValueRef::List(list)) => {
            Body::Lines(list.iter().map(|m| format!("  {}", escape(slice(&m.plain(), 0..ROW)))).collect())
        }
        other => Body::Lines(vec![format!("  {}", escape(&words::cell(other)))]),
    };
    let kind = match cell {
        Cell::Value(ValueRef::Text(text)) if body.len() > 1 => {
            format!("   string, {} lines, {} bytes", text.lines().count(), text.len())
        }
        Cell::Value(ValueRef::List(list)) => format!("   list of {}", list.len()),
        Cell::Value(value) => format!("   {}", value.kind()),
        _ => String::new(),
    };
    (format!("{labels}{kind}"), body)
}

/// The rows of a text: its lines, long ones in pieces.
fn rows(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.strip_suffix('\n').unwrap_or(line).len();
        let mut at = start;
        while end - at > ROW {
            let next = text.floor_char_boundary(at + ROW);
            out.push(at..next);
            at = next;
        }
        out.push(at..end);
        start += line.len();
    }
    out
}
