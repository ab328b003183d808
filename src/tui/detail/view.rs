//! Drawing the detail. Everything is laid out from the size alone.

use super::pair::Half;
use super::spans::Shown;
use super::{Detail, Line, Scroll, Tab, words};
use crate::base::text::{escape, fit, width};
use crate::compare::{Cell, Relation};
use crate::report::grouped;
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::{Action, Screen};
use crate::tui::menu::Menu;
use crate::tui::theme::Role;
use crate::tui::told::Told;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Cells before a line's number: cursor and sign.
const MARKS: u16 = 3;
/// Lines of provenance beneath the Diff tab, at most.
const PROVENANCE: usize = 8;

/// Where everything stands.
struct Regions {
    /// The line of the labels, above the lines of the Diff tab.
    head: Option<u16>,
    body: Rect,
    /// The rule above what is said of the fact, and how many lines that has.
    about: Option<(u16, u16)>,
    /// The rule above the provenance, and how many lines of it are shown.
    provenance: Option<(u16, usize)>,
    status: u16,
    footer: u16,
}

fn regions(detail: &Detail) -> Regions {
    let (w, h) = (detail.size.width, detail.size.height);
    let footer = h.saturating_sub(1);
    let status = h.saturating_sub(2);
    let on_diff = detail.tab == Tab::Diff;
    let top = 3.min(status);
    let head = (on_diff && h >= 14).then_some(top);
    let top = top + u16::from(head.is_some());
    let mut bottom = status;
    let provenance = (on_diff && h >= 36).then(|| {
        let lines = detail.sources.len().min(PROVENANCE);
        bottom = bottom.saturating_sub(lines as u16 + 2);
        (bottom, lines)
    });
    let about = (on_diff && h >= 18).then(|| {
        let lines = match h {
            36.. => 6,
            24..36 => 5,
            _ => 4,
        };
        bottom = bottom.saturating_sub(lines + 1);
        (bottom, lines)
    });
    let body = Rect::new(0, top, w, bottom.saturating_sub(top));
    Regions { head, body, about, provenance, status, footer }
}

/// Rows of the body.
pub fn body_height(detail: &Detail) -> usize {
    usize::from(regions(detail).body.height)
}

/// The columns of the Diff tab.
#[derive(Clone, Copy)]
struct Columns {
    number: u16,
    value: u16,
    /// Where the rule between the sides stands; none when they stand one above the other.
    middle: Option<u16>,
}

fn columns(detail: &Detail) -> Columns {
    let last = |half: fn(&super::pair::Pair) -> &Option<Half>| {
        detail.pairs.rows.iter().rev().find_map(|p| half(p).as_ref()?.number).unwrap_or(0)
    };
    let largest = last(|p| &p.left).max(last(|p| &p.right));
    let number = if largest == 0 { 0 } else { (largest.to_string().len() as u16).max(3) + 1 };
    let w = detail.size.width;
    if detail.is_beside() {
        let value = w.saturating_sub(MARKS + 1 + 2 * number + 4) / 2;
        Columns { number, value, middle: Some(MARKS + 2 + number + value) }
    } else {
        Columns { number, value: w.saturating_sub(MARKS + 1 + number), middle: None }
    }
}

/// Rows that a line of the Diff tab takes.
pub fn line_height(detail: &Detail, at: usize) -> usize {
    let Some(line) = detail.lines.get(at) else { return 1 };
    if !detail.is_wrapped {
        return 1;
    }
    let cells = usize::from(columns(detail).value);
    let rows = |half: Option<&Half>| half.map_or(1, |h| Shown::new(&h.parts).wrapped(cells).len());
    match *line {
        Line::Both(i) => {
            let pair = detail.pair(i);
            let (left, right) = (pair.and_then(|p| p.left.as_ref()), pair.and_then(|p| p.right.as_ref()));
            rows(left).max(rows(right))
        }
        Line::Left(i) => rows(detail.pair(i).and_then(|p| p.left.as_ref())),
        Line::Right(i) => rows(detail.pair(i).and_then(|p| p.right.as_ref())),
        Line::Skipped(_) | Line::Fold(..) | Line::Rest => 1,
    }
}

/// Draws the whole screen.
pub fn draw(detail: &Detail, told: &Told, past: &[String], canvas: &mut Canvas<'_>) {
    let regions = regions(detail);
    title(detail, told, canvas);
    tabs(detail, !past.is_empty(), canvas);
    canvas.rule(2, "");
    match detail.tab {
        Tab::Diff => diff(detail, told, canvas, &regions),
        Tab::Values => {
            for (y, at) in rows(&regions).zip(detail.top..detail.values.len()) {
                let (text, heading) = detail.values.line(&detail.all.0, detail.all.1, at);
                let style = if heading { canvas.style(Role::Heading) } else { Style::default() };
                let text = if heading { format!(" {text}") } else { text };
                let text = super::spans::from(&text, if heading { 0 } else { detail.column() });
                canvas.put(0, y, &text, detail.size.width, style);
            }
        }
        Tab::Related => related(detail, canvas, &regions),
        Tab::History => {
            let none = ["The snapshots in the store tell nothing of it.".to_owned()];
            let lines = if past.is_empty() { &none } else { past };
            for (y, line) in rows(&regions).zip(lines.iter().skip(detail.top)) {
                canvas.put(1, y, line, detail.size.width.saturating_sub(1), Style::default());
            }
        }
        Tab::Provenance => {
            for (y, line) in rows(&regions).zip(detail.sources.iter().skip(detail.top)) {
                canvas.put(0, y, line, detail.size.width, Style::default());
            }
        }
    }
    status(detail, canvas, &regions);
}

/// Draws the last lines: what was said, the hints or an open menu.
pub fn footer(detail: &Detail, menu: Option<&Menu>, note: &str, decides: bool, canvas: &mut Canvas<'_>) {
    let regions = regions(detail);
    if !note.is_empty() {
        canvas.blank(regions.status);
        canvas.put(1, regions.status, note, detail.size.width.saturating_sub(1), Style::default());
    }
    if let Some(menu) = menu {
        menu.draw(canvas, regions.footer);
        return;
    }
    hints::draw(canvas, regions.footer, Screen::Detail, detail.size.width, &|action| match action {
        Action::NextStop | Action::PreviousStop => detail.tab == Tab::Diff && !detail.stops().is_empty(),
        Action::Toggle => {
            matches!(detail.lines.get(detail.cursor), Some(Line::Fold(..) | Line::Rest)) && detail.tab == Tab::Diff
        }
        Action::NextDifference | Action::PreviousDifference => detail.differences.len() > 1,
        Action::Open => detail.tab == Tab::Related,
        Action::Reviewed | Action::Flag | Action::Undo => decides,
        Action::Accept => true,
        Action::BackLink => !detail.trail.is_empty(),
        _ => true,
    });
}

fn rows(regions: &Regions) -> std::ops::Range<u16> {
    regions.body.y..regions.body.bottom()
}

fn title(detail: &Detail, told: &Told, canvas: &mut Canvas<'_>) {
    let w = detail.size.width;
    let all = detail.differences.len();
    let state = words::state(&detail.comparison, detail.row);
    // `CRIT 92`: which rule says so is told beneath the values.
    let risk = told.risk.split(',').next().unwrap_or_default();
    let state = if risk.is_empty() { state } else { format!("{state} {risk}") };
    let sign = detail.comparison.relation(detail.row).sign();
    let place = match detail.number() {
        Some(n) if w >= 70 => format!("{} of {}  {state}", grouped(n), grouped(all)),
        Some(n) => format!("{}/{} {sign} {risk}", grouped(n), grouped(all)).trim_end().to_owned(),
        None if w >= 70 => state,
        None => format!("{sign} {risk}").trim_end().to_owned(),
    };
    let place = fit(&place, usize::from(w / 2)).into_owned();
    let x = canvas.put_right(w, 0, &place, Style::default());
    let path = detail.comparison.path(detail.row);
    let keys: Vec<_> = path.segments().iter().map(|key| escape(key)).collect();
    let room = usize::from(x.saturating_sub(2));
    let whole = format!(" drift > {}", keys.join(" > "));
    let shown = (0..keys.len())
        .map(|from| if from == 0 { whole.clone() } else { format!(" .. > {}", keys[from..].join(" > ")) })
        .find(|text| width(text) <= room)
        .or_else(|| keys.last().map(|key| format!(" .. > {key}")))
        .unwrap_or(whole);
    canvas.put(0, 0, &shown, room as u16, canvas.style(Role::Title));
}

fn tabs(detail: &Detail, has_past: bool, canvas: &mut Canvas<'_>) {
    let mut x = 1;
    for tab in Tab::ALL.into_iter().filter(|tab| *tab != Tab::History || has_past || detail.tab == *tab) {
        let is_shown = tab == detail.tab;
        let word = if is_shown { format!("[{}]", tab.word()) } else { tab.word().to_owned() };
        let style = if is_shown { canvas.style(Role::Heading) } else { Style::default() };
        let room = detail.size.width.saturating_sub(x);
        x = canvas.put(x, 1, &word, room, style) + 2;
    }
    if detail.tab == Tab::Diff {
        let look = if detail.is_beside() { "side by side" } else { "unified" };
        let layout = match detail.language {
            Some(language) => format!("as {language}, {look} (v)"),
            None => format!("{look} (v)"),
        };
        let from = detail.size.width.saturating_sub(layout.len() as u16);
        if from > x {
            canvas.put(from, 1, &layout, layout.len() as u16, Style::default());
        }
    }
}

/// The links to what belongs to the fact.
fn related(detail: &Detail, canvas: &mut Canvas<'_>, regions: &Regions) {
    let words = match &detail.related {
        None => "looking ..",
        Some(links) if links.len() == 0 => "nothing else is known to belong to it",
        Some(_) => "",
    };
    canvas.put(1, regions.body.y, words, detail.size.width - 1, Style::default());
    let Some(links) = &detail.related else { return };
    for (y, at) in rows(regions).zip(detail.top..links.len()) {
        let (text, is_heading) = links.line(&detail.comparison, at);
        let (x, style) = if is_heading { (1, canvas.style(Role::Heading)) } else { (3, Style::default()) };
        canvas.put(x, y, &text, detail.size.width.saturating_sub(x), style);
        if at == detail.link && !is_heading {
            canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
            canvas.restyle(Rect::new(0, y, detail.size.width, 1), canvas.style(Role::Selection));
            canvas.cursor = Some(Position::new(0, y));
        }
    }
}

fn diff(detail: &Detail, told: &Told, canvas: &mut Canvas<'_>, regions: &Regions) {
    let columns = columns(detail);
    if let Some(y) = regions.head {
        heads(detail, canvas, columns, y);
    }
    let mut y = regions.body.y;
    for (at, line) in detail.lines.iter().enumerate().skip(detail.top) {
        if y >= regions.body.bottom() {
            break;
        }
        let height = draw_line(detail, canvas, columns, y, regions.body.bottom(), *line);
        if at == detail.cursor {
            canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
            let rows = height.min(regions.body.bottom() - y);
            canvas.restyle(Rect::new(0, y, detail.size.width, rows), canvas.style(Role::Selection));
            canvas.cursor = Some(Position::new(0, y));
        }
        y += height;
    }
    if let Some((y, lines)) = regions.about {
        canvas.rule(y, "what it is, why it matters");
        let cells = usize::from(detail.size.width.saturating_sub(2));
        let text = about(detail, told, cells, usize::from(lines));
        for (y, line) in (y + 1..).zip(text) {
            canvas.put(1, y, &line, detail.size.width.saturating_sub(1), Style::default());
        }
    }
    if let Some((y, lines)) = regions.provenance {
        let more = detail.sources.len() - lines;
        let more = if more > 0 { format!("provenance ({more} more lines: Tab)") } else { "provenance".to_owned() };
        canvas.rule(y, &more);
        for (y, line) in (y + 1..regions.status).zip(detail.sources.iter().take(lines)) {
            canvas.put(0, y, line, detail.size.width, Style::default());
        }
    }
}

/// What is said of the fact, in so many lines: how it differs and what that risks, how it stands to the policy, why it
/// matters, what it is, what to test. The first three have a line each, whatever else is cut.
fn about(detail: &Detail, told: &Told, cells: usize, lines: usize) -> Vec<String> {
    let marks = told.marks();
    let change = change(detail);
    let first = if marks.is_empty() { change } else { format!("{marks}. {change}") };
    let entry = detail.comparison.entry(detail.row);
    let about = entry.map_or("the vocabulary has no words for this fact", |entry| &entry.about).to_owned();
    let (reason, rest) = told.why.split_at(told.why.len().min(1));
    let kept = 1 + told.standing.len() + reason.len();
    let texts = [&first].into_iter().chain(&told.standing).chain(reason).chain([&about]).chain(rest);
    let mut out = Vec::new();
    for (at, text) in texts.enumerate() {
        let room = lines.saturating_sub(out.len());
        let reserved = kept.saturating_sub(at + 1).min(room.saturating_sub(1));
        let wrapped = crate::base::text::in_lines(text, 0, 0, cells);
        let most = room - reserved;
        if wrapped.len() <= most {
            out.extend(wrapped);
        } else if most > 0 && (at < kept || out.len() == kept) {
            let whole = wrapped.iter().take(most - 1).cloned();
            let end = wrapped.get(most - 1..).unwrap_or_default().join(" ");
            out.extend(whole.chain([fit(&end, cells).into_owned()]));
        }
    }
    out
}

/// How the two sides differ, in words.
fn change(detail: &Detail) -> String {
    let (left, right) = detail.sides;
    let label = |side: usize| detail.comparison.sides().get(side).map_or("", |s| s.label());
    let state = words::state(&detail.comparison, detail.row);
    let same = detail.comparison.agree(detail.row, left, right);
    let change = detail.comparison.change(detail.row, left, right).filter(|_| !same);
    let words = change.map(|change| change.words(label(left), label(right))).unwrap_or_default();
    if words.is_empty() { state } else { format!("{state}: {}", escape(&words)) }
}

fn heads(detail: &Detail, canvas: &mut Canvas<'_>, columns: Columns, y: u16) {
    let head = |side: usize| {
        let comparison = &detail.comparison;
        let label = comparison.sides().get(side).map_or("", |s| s.label());
        let mark = if side == comparison.reference() { " REF" } else { "" };
        let is_absent = comparison.cell(detail.row, side) == Cell::Missing;
        let source = comparison.source(detail.row, side).filter(|_| !is_absent).unwrap_or_default();
        format!("{}{mark}  {}", escape(label), escape(source))
    };
    let (left, right) = (head(detail.sides.0), head(detail.sides.1));
    let style = canvas.style(Role::Heading);
    match columns.middle {
        Some(middle) => {
            canvas.put(MARKS + 1, y, &left, middle.saturating_sub(MARKS + 2), style);
            column_rule(canvas, middle, y);
            canvas.put(middle + 2, y, &right, detail.size.width.saturating_sub(middle + 2), style);
        }
        None => {
            let half = detail.size.width.saturating_sub(MARKS + 3) / 2;
            let x = canvas.put(MARKS, y, &format!("< {}", left.trim_end()), half, style);
            canvas.put(x + 2, y, &format!("> {}", right.trim_end()), half, style);
        }
    }
}

fn column_rule(canvas: &mut Canvas<'_>, x: u16, y: u16) {
    let rule = canvas.glyphs.column.to_string();
    canvas.put(x, y, &rule, 1, Style::default());
}

/// Draws a line from `y` on; returns how many rows it takes.
fn draw_line(detail: &Detail, canvas: &mut Canvas<'_>, columns: Columns, y: u16, bottom: u16, line: Line) -> u16 {
    let words = |canvas: &mut Canvas<'_>, text: &str| {
        canvas.put(MARKS + 1 + columns.number, y, text, detail.size.width, Style::default());
        1
    };
    match line {
        Line::Skipped(lines) => words(canvas, &format!("... {lines} same lines before")),
        Line::Fold(_, lines) => words(canvas, &format!("... {lines} same lines (Space unfolds)")),
        Line::Rest => {
            let bytes = detail.pairs.rest.map_or(0, |rest| rest.bytes);
            words(canvas, &format!("... {} KiB not compared yet (Space goes on)", bytes.div_ceil(1024)))
        }
        Line::Both(at) | Line::Left(at) | Line::Right(at) => {
            let Some(pair) = detail.pair(at) else { return 1 };
            let relation = match line {
                Line::Left(_) => Relation::OnlyLeft,
                Line::Right(_) => Relation::OnlyRight,
                _ => pair.relation,
            };
            let (left, right) = match line {
                Line::Left(_) => (pair.left.as_ref(), None),
                Line::Right(_) => (None, pair.right.as_ref()),
                _ => (pair.left.as_ref(), pair.right.as_ref()),
            };
            if relation != Relation::Same {
                canvas.put(MARKS - 1, y, &relation.sign().to_string(), 1, sign_style(canvas, relation));
            }
            let place = Place { detail, columns, y, bottom };
            match columns.middle {
                Some(middle) => {
                    let a = left.map_or(1, |half| place.half(canvas, MARKS + 1, half));
                    let b = right.map_or(1, |half| place.half(canvas, middle + 2, half));
                    let height = a.max(b);
                    (y..bottom.min(y + height)).for_each(|y| column_rule(canvas, middle, y));
                    height
                }
                None => left.or(right).map_or(1, |half| place.half(canvas, MARKS + 1, half)),
            }
        }
    }
}

fn sign_style(canvas: &Canvas<'_>, relation: Relation) -> Style {
    match relation {
        Relation::Same => Style::default(),
        Relation::Changed => canvas.style(Role::Changed),
        Relation::OnlyLeft => canvas.style(Role::Left),
        Relation::OnlyRight => canvas.style(Role::Right),
        Relation::Unknown => canvas.style(Role::Unknown),
    }
}

/// Where a line is drawn.
#[derive(Clone, Copy)]
struct Place<'a> {
    detail: &'a Detail,
    columns: Columns,
    y: u16,
    bottom: u16,
}

impl Place<'_> {
    /// Draws one side's line with its number; returns how many rows it takes.
    fn half(self, canvas: &mut Canvas<'_>, x: u16, half: &Half) -> u16 {
        if let Some(number) = half.number.filter(|_| self.columns.number > 0) {
            canvas.put_right(x + self.columns.number - 1, self.y, &number.to_string(), Style::default());
        }
        let x = x + self.columns.number;
        let cells = usize::from(self.columns.value);
        let shown = Shown::new(&half.parts);
        if self.detail.is_wrapped {
            let rows = shown.wrapped(cells);
            for (y, row) in (self.y..self.bottom).zip(&rows) {
                pieces(canvas, x, y, row, cells);
            }
            return rows.len() as u16;
        }
        let start = match self.detail.scroll {
            Scroll::Anchored => shown.anchor(cells),
            Scroll::At(column) => column,
        };
        pieces(canvas, x, self.y, &shown.window(start, cells), cells);
        1
    }
}

fn pieces(canvas: &mut Canvas<'_>, mut x: u16, y: u16, pieces: &[(bool, String)], cells: usize) {
    let end = x + cells as u16;
    for (marked, text) in pieces {
        let style = if *marked { canvas.style(Role::Difference) } else { Style::default() };
        x = canvas.put(x, y, text, end.saturating_sub(x), style);
    }
}

fn status(detail: &Detail, canvas: &mut Canvas<'_>, regions: &Regions) {
    let mut said = Vec::new();
    if !detail.note.is_empty() {
        said.push(detail.note.to_owned());
    }
    if detail.tab == Tab::Diff {
        let stops = detail.stops();
        let number = match detail.lines.get(detail.cursor) {
            Some(Line::Both(at) | Line::Left(at) | Line::Right(at)) => detail
                .pair(*at)
                .and_then(|p| p.left.as_ref().and_then(|h| h.number).or(p.right.as_ref().and_then(|h| h.number))),
            _ => None,
        };
        let line = number.map(|n| format!("line {n}"));
        let change = stops.iter().rposition(|at| *at <= detail.cursor);
        let change = match (change, stops.len()) {
            (_, 0) => "no change inside the value".to_owned(),
            (None, all) => format!("{all} changes"),
            (Some(at), all) => format!("change {} of {all}", at + 1),
        };
        said.push(line.into_iter().chain([change]).collect::<Vec<_>>().join(", "));
        said.push("{ } marks the part that differs".to_owned());
        said.push(match detail.scroll {
            _ if detail.is_wrapped => "wrapped".to_owned(),
            Scroll::Anchored => "at the differences".to_owned(),
            Scroll::At(column) => format!("col {column}"),
        });
    } else {
        let last = (detail.top + body_height(detail)).min(detail.length());
        said.push(format!("lines {} to {last} of {}", detail.top + 1, detail.length()));
    }
    canvas.put(1, regions.status, &said.join("   "), detail.size.width.saturating_sub(1), Style::default());
}
