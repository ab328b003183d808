//! The rows of the appendix, area by area.

use super::keys;
use crate::base::text::{escape, escape_lines, fit};
use crate::compare::change::{Line, text_diff};
use crate::compare::{Cell, Relation, RowId, State};
use crate::model::ValueRef;
use crate::report::values::{self, Short};
use crate::report::{Report, counted};

/// Lines of a text diff around one that differs.
const CONTEXT: usize = 2;
/// The most lines of one text that are shown.
const LINES: usize = 40;
/// Cells that a line of a text may take.
const LINE_CELLS: usize = 200;

/// An area with the rows of it that the page shows.
pub(super) struct Area {
    pub number: usize,
    pub name: String,
    pub says: String,
    pub rows: Vec<RowId>,
    pub rest: Option<String>,
}

/// One row.
pub(super) struct Row {
    pub sign: char,
    pub state: &'static str,
    pub path: Vec<String>,
    pub source: String,
    /// `high 48`, and its parts for what sorts and filters; empty where nothing is rated.
    pub risk: String,
    pub band: &'static str,
    pub points: u32,
    pub values: Values,
    /// The difference in words.
    pub how: String,
}

/// What the sides say.
pub(super) enum Values {
    /// A value each.
    Each(Vec<Value>),
    /// Two texts of several lines: those that differ, and what was left out.
    Lines(Vec<Shown>, String),
}

/// The value of one side, in the parts before, in and after the difference.
pub(super) struct Value {
    pub side: String,
    pub is_none: bool,
    pub before: String,
    pub differs: String,
    pub after: String,
    pub length: Option<String>,
}

/// A line of a text.
pub(super) struct Shown {
    pub class: &'static str,
    pub text: String,
}

/// The areas, in order. Where the rows of one do not fit, those that risk least are left out and counted.
pub(super) fn areas(report: &Report<'_>) -> Vec<Area> {
    let comparison = report.comparison;
    let number = |rows: &[RowId]| {
        let area = rows.first().map(|row| comparison.area(*row));
        comparison.children(crate::compare::Comparison::TOP).position(|at| Some(at) == area).unwrap_or_default()
    };
    let area = |(name, rows): (&str, &[RowId])| {
        let (shown, rest) = cut(report, rows);
        Area {
            number: number(rows),
            name: escape(name).into_owned(),
            says: counted(rows.len(), "row"),
            rows: shown,
            rest,
        }
    };
    report.by_area().map(area).collect()
}

/// As many rows as a page shows, in the order of the tree, and what is said of the others: none of them is worse.
fn cut(report: &Report<'_>, rows: &[RowId]) -> (Vec<RowId>, Option<String>) {
    if rows.len() <= report.most {
        return (rows.to_vec(), None);
    }
    let mut shown = report.worst_first(rows);
    let left = shown.split_off(report.most);
    shown.sort_unstable();
    let worst = left.first().and_then(|row| report.judged(*row)).map(|(finding, _)| {
        let score = finding.score;
        format!(
            ", the worst of them {} {}: none risks more than those that are here",
            score.band().0.word(),
            score.total()
        )
    });
    let said = format!(
        "{} of this area {} not on this page{}. --all lists them, and CSV and JSON do.",
        counted(left.len(), "more row"),
        if left.len() == 1 { "is" } else { "are" },
        worst.unwrap_or_default()
    );
    (shown, Some(said))
}

impl Row {
    pub(super) fn new(report: &Report<'_>, names: &[String], row: RowId) -> Self {
        let comparison = report.comparison;
        let judged = report.judged(row).map(|(finding, _)| (finding.score.band().0.word(), finding.score.total()));
        Self {
            sign: comparison.relation(row).sign(),
            state: comparison.state(row).word(),
            path: keys(&comparison.path(row)),
            source: source(report, names, row),
            risk: judged.map(|(band, points)| format!("{band} {points}")).unwrap_or_default(),
            band: judged.map_or("", |(band, _)| band),
            points: judged.map_or(0, |(_, points)| points),
            values: lines(report, row).unwrap_or_else(|| Values::Each(each(report, names, row))),
            how: how(report, names, row),
        }
    }
}

/// The difference in words, the state where there are no others.
fn how(report: &Report<'_>, names: &[String], row: RowId) -> String {
    let comparison = report.comparison;
    let note = report.note(names, row);
    let state = comparison.state(row);
    if state == State::Missing {
        let has = |side: &usize| !matches!(comparison.cell(row, *side), Cell::Missing);
        let (with, without): (Vec<usize>, Vec<usize>) = (0..names.len()).partition(has);
        let named = |sides: &[usize]| sides.iter().map(|side| names[*side].as_str()).collect::<Vec<_>>().join(", ");
        let words = if with.len() <= without.len() {
            format!("only in {}", named(&with))
        } else {
            format!("not in {}", named(&without))
        };
        return if note.is_empty() { words } else { format!("{words}; {note}") };
    }
    if note.is_empty() { state.word().to_owned() } else { note }
}

/// Where the values were read from, told once where all sides agree.
fn source(report: &Report<'_>, names: &[String], row: RowId) -> String {
    let comparison = report.comparison;
    let each: Vec<(&str, &String)> =
        names.iter().enumerate().filter_map(|(side, name)| Some((comparison.source(row, side)?, name))).collect();
    match each.split_first() {
        None => String::new(),
        Some(((first, _), others)) if others.iter().all(|(source, _)| source == first) => escape(first).into_owned(),
        Some(_) => {
            let each = each.iter().map(|(source, name)| format!("{name}: {}", escape(source)));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

fn each(report: &Report<'_>, names: &[String], row: RowId) -> Vec<Value> {
    let comparison = report.comparison;
    let shown = values::shortened(comparison, row);
    let kept = kept(report, row, &shown);
    let value = |((short, name), cell): ((Short, &String), Cell<'_>)| {
        let Short { text, length } = short;
        let is_value = matches!(cell, Cell::Value(_));
        let (before, differs, after) = match kept {
            Some((head, tail)) if is_value => {
                let end = text.len().saturating_sub(tail).max(head);
                let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
                (part(0, head), part(head, end), part(end, text.len()))
            }
            _ => (text, String::new(), String::new()),
        };
        Value { side: name.clone(), is_none: !is_value, before, differs, after, length }
    };
    shown.into_iter().zip(names).zip(comparison.cells(row)).map(value).collect()
}

/// How many bytes the values of a row begin and end with in common, where that is enough to point to the rest.
fn kept(report: &Report<'_>, row: RowId, shown: &[Short]) -> Option<(usize, usize)> {
    let comparison = report.comparison;
    if comparison.relation(row) == Relation::Same {
        return None;
    }
    let values: Vec<&str> = comparison
        .cells(row)
        .zip(shown)
        .filter(|(cell, _)| matches!(cell, Cell::Value(_)))
        .map(|(_, short)| short.text.as_str())
        .collect();
    let shortest = values.iter().map(|value| value.len()).min()?;
    if values.len() < 2 || values.iter().any(|value| value.len() < 16) {
        return None;
    }
    let texts: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    let head = values::common(&texts);
    let mirrored: Vec<String> = values.iter().map(|value| value.chars().rev().collect()).collect();
    let tail = values::common(&mirrored).min(shortest - head);
    let is_boundary = |value: &&str| value.is_char_boundary(value.len() - tail) && value.len() > head + tail;
    (values.iter().all(is_boundary) && (head + tail) * 2 >= shortest).then_some((head, tail))
}

/// The diff of a row whose two values are texts of several lines.
fn lines(report: &Report<'_>, row: RowId) -> Option<Values> {
    let comparison = report.comparison;
    if comparison.sides().len() != 2 || comparison.relation(row) == Relation::Same {
        return None;
    }
    let (Cell::Value(ValueRef::Text(a)), Cell::Value(ValueRef::Text(b))) =
        (comparison.cell(row, 0), comparison.cell(row, 1))
    else {
        return None;
    };
    if !a.contains('\n') && !b.contains('\n') {
        return None;
    }
    let lines = text_diff(a, b);
    let differs = |line: &Line| line.left.is_none() || line.right.is_none();
    let mut shown = Vec::new();
    let (mut last, mut written) = (None, 0);
    for (at, line) in lines.iter().enumerate() {
        let around = &lines[at.saturating_sub(CONTEXT)..lines.len().min(at + CONTEXT + 1)];
        if !around.iter().any(differs) {
            continue;
        }
        if written == LINES {
            let more = lines[at..].iter().filter(|line| differs(line)).count();
            let more = if more > 0 { format!("{} not shown", counted(more, "line")) } else { String::new() };
            return Some(Values::Lines(shown, more));
        }
        if last.is_some_and(|last| last + 1 != at) {
            shown.push(Shown { class: "around", text: "..".to_owned() });
        }
        (last, written) = (Some(at), written + 1);
        let sign = match (line.left, line.right) {
            (Some(_), None) => '<',
            (None, Some(_)) => '>',
            _ => ' ',
        };
        let text: String = line.parts.iter().map(|(_, part)| part.as_str()).collect();
        let text = escape_lines(&text);
        let text = fit(text.trim_end(), LINE_CELLS);
        let class = if sign == ' ' { "around" } else { "there" };
        shown.push(Shown { class, text: format!("{sign} {text}") });
    }
    Some(Values::Lines(shown, String::new()))
}
