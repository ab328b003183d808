//! Drawing the overview: a table of areas by snapshots, then where most differences come from.

use super::cell::{bands, style, told};
use super::{Line, lines};
use crate::base::share::percent;
use crate::base::text::{escape, fit};
use crate::compare::{Apart, Comparison, RowId};
use crate::meaning::Stakes;
use crate::report::overview::{Measure, Overview, number};
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::Action;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::tree::Layout;
use crate::tui::tree::cells::in_full;
use crate::tui::view::{tabs, waiting};
use crate::tui::whole::Whole;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Cells before the name of an area.
const MARKS: u16 = 3;

/// What is hinted.
const HINTS: [(Action, &str); 8] = [
    (Action::Open, "in the tree"),
    (Action::NextColumn, ""),
    (Action::Reference, ""),
    (Action::Pair, ""),
    (Action::Accept, ""),
    (Action::Print, ""),
    (Action::Commands, ""),
    (Action::Back, "back"),
];

/// What is drawn on a row of the body.
#[derive(Clone, Copy)]
enum Row {
    Line(usize, Line),
    Evidence,
    All,
    Heading,
    Blank,
}

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(whole) = &model.whole else { return waiting(model, canvas) };
    let Some(layout) = model.layout() else { return };
    let overview = &whole.overview;
    let comparison = whole.comparison();
    let label = |side: usize| comparison.sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let title = format!("{} snapshots, REF {}", overview.totals.len(), fit(&label(overview.reference), 24));
    tabs(model, &title, canvas);
    let width = canvas.area().width;
    let mut y = 1;
    let room = if canvas.area().height >= 24 { 3 } else { 1 };
    for sentence in overview.sentences(comparison).iter().take(room) {
        canvas.put(1, y, &escape(sentence), width.saturating_sub(1), Style::default());
        y += 1;
    }
    for words in rehearsed(model).into_iter().take(room) {
        canvas.put(1, y, &escape(&words), width.saturating_sub(1), Style::default());
        y += 1;
    }
    let columns = Columns::new(width, overview.totals.len(), whole);
    head(whole, &columns, y, canvas);
    let body = Rect::new(0, y + 1, width, layout.rule.saturating_sub(y + 1));
    let rows = rows(overview);
    let selected = rows.iter().position(|row| matches!(row, Row::Line(at, _) if *at == whole.sight.at)).unwrap_or(0);
    let height = usize::from(body.height).max(1);
    let top = (selected + 2).saturating_sub(height).min(rows.len().saturating_sub(height));
    for (y, row) in (body.y..body.bottom()).zip(rows.iter().skip(top)) {
        draw_row(whole, *row, &columns, y, canvas);
    }
    let path = whole.sight.target(overview).map(|row| comparison.path(row).to_string()).unwrap_or_default();
    canvas.rule(layout.rule, &escape(&path));
    for (y, line) in (layout.preview.y..layout.preview.bottom()).zip(preview(whole)) {
        canvas.put(1, y, &line, width.saturating_sub(1), Style::default());
    }
    status(model, whole, &layout, canvas);
    match &model.menu {
        Some(menu) => {
            menu.draw(canvas, layout.footer);
        }
        None => hints::worded(canvas, layout.footer, width, HINTS.into_iter()),
    }
}

/// How the way back stands, where the policy asks for it.
fn rehearsed(model: &Model) -> Vec<String> {
    model.tree.judgement().map(|judged| judged.rehearsed_briefly()).unwrap_or_default()
}

/// Where the columns stand.
struct Columns {
    name: u16,
    each: u16,
    first: usize,
    shown: usize,
}

impl Columns {
    fn new(width: u16, all: usize, whole: &Whole) -> Self {
        let name = if width >= 100 {
            26
        } else if width >= 70 {
            22
        } else {
            20
        };
        let room = width.saturating_sub(name + 1);
        let shown = usize::from(room / 11).clamp(1, all.max(1));
        let column = whole.sight.column(&whole.overview);
        let first = (column + 1).saturating_sub(shown).min(all.saturating_sub(shown));
        Self { name, each: (room / shown as u16).min(34), first, shown }
    }

    fn sides(&self) -> impl Iterator<Item = (u16, usize)> + '_ {
        (0..self.shown).map(|place| (self.name + place as u16 * self.each, self.first + place))
    }
}

fn rows(overview: &Overview) -> Vec<Row> {
    let mut rows = vec![Row::Evidence, Row::All];
    let mut before = None;
    for (at, line) in lines(overview).enumerate() {
        if matches!(line, Line::Cause(_)) && !matches!(before, Some(Line::Cause(_))) {
            rows.extend([Row::Blank, Row::Heading]);
        }
        rows.push(Row::Line(at, line));
        before = Some(line);
    }
    rows
}

fn head(whole: &Whole, columns: &Columns, y: u16, canvas: &mut Canvas<'_>) {
    let style = canvas.style(Role::Heading);
    canvas.put(MARKS, y, "AREA", 4, style);
    canvas.put_right(columns.name.saturating_sub(1), y, "DIFFER", style);
    for (x, side) in columns.sides() {
        let rule = canvas.glyphs.column.to_string();
        canvas.put(x, y, &rule, 1, Style::default());
        let what = whole.comparison().sides().get(side);
        let star = if side == whole.overview.reference { "*" } else { " " };
        let at = what.and_then(|s| s.snapshot.meta.captured_at);
        let at = at.map(|t| t.strftime("  %Y-%m-%d").to_string()).filter(|_| columns.each >= 24).unwrap_or_default();
        let label = what.map_or(String::new(), |s| escape(s.label()).into_owned());
        let text = format!("{star}{label}{at}");
        canvas.put(x + 1, y, &fit(&text, usize::from(columns.each - 1)), columns.each - 1, style);
        if side == whole.sight.column(&whole.overview) {
            canvas.restyle(Rect::new(x + 1, y, columns.each - 1, 1), canvas.style(Role::Selection));
        }
    }
}

fn draw_row(whole: &Whole, row: Row, columns: &Columns, y: u16, canvas: &mut Canvas<'_>) {
    let overview = &whole.overview;
    let width = canvas.area().width;
    let rule = canvas.glyphs.column.to_string();
    match row {
        Row::Blank => {}
        Row::Heading => {
            let heading = "WHERE MOST DIFFERENCES COME FROM (the largest causes)";
            canvas.put(MARKS, y, heading, width.saturating_sub(MARKS), canvas.style(Role::Heading));
        }
        Row::Evidence => {
            canvas.put(MARKS, y, "evidence", columns.name - MARKS, Style::default());
            for (x, side) in columns.sides() {
                canvas.put(x, y, &rule, 1, Style::default());
                let evidence = overview.totals.get(side).map(|total| total.evidence).unwrap_or_default();
                let percent = evidence.percent().unwrap_or(0);
                let text = format!("{percent} % of {}", number(evidence.all));
                let text = if text.len() + 8 < usize::from(columns.each) { format!("{text} kinds") } else { text };
                let style = if percent < 90 { canvas.style(Role::Unknown) } else { Style::default() };
                canvas.put(x + 2, y, &text, columns.each.saturating_sub(3), style);
            }
        }
        Row::All => {
            canvas.put(MARKS, y, "all areas", columns.name - MARKS, Style::default());
            canvas.put_right(columns.name.saturating_sub(1), y, &number(overview.found), Style::default());
            for (x, side) in columns.sides() {
                canvas.put(x, y, &rule, 1, Style::default());
                let Some(total) = overview.totals.get(side) else { continue };
                let cells = columns.each.saturating_sub(3);
                let held = whole.stakes().and_then(|stakes| stakes.total(side)).filter(|held| held.bands.all() > 0);
                let text = match held {
                    _ if side == overview.reference => "reference".to_owned(),
                    Some(held) => bands(held, usize::from(cells)),
                    None => {
                        told(whole.comparison(), &Measure { worst: None, ..total.clone() }, None, usize::from(cells))
                    }
                };
                canvas.put(x + 2, y, &text, cells, style(held, total, side == overview.reference, canvas));
            }
        }
        Row::Line(at, line) => {
            match line {
                Line::Area(index) => area(whole, index, columns, y, canvas),
                Line::Cause(index) => cause(whole, index, y, canvas),
            }
            if at == whole.sight.at {
                canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
                canvas.restyle(Rect::new(0, y, width, 1), canvas.style(Role::Selection));
                canvas.cursor = Some(Position::new(0, y));
            }
        }
    }
}

fn area(whole: &Whole, index: usize, columns: &Columns, y: u16, canvas: &mut Canvas<'_>) {
    let Some(area) = whole.overview.areas.get(index) else { return };
    let rule = canvas.glyphs.column.to_string();
    let found = number(area.found);
    let right = columns.name.saturating_sub(1);
    let x = canvas.put_right(right, y, &found, Style::default());
    canvas.put(MARKS, y, &escape(&area.name), x.saturating_sub(MARKS + 1), Style::default());
    for (x, side) in columns.sides() {
        canvas.put(x, y, &rule, 1, Style::default());
        let Some(measure) = area.sides.get(side) else { continue };
        let is_reference = side == whole.overview.reference;
        let cells = columns.each.saturating_sub(3);
        let held = whole.stakes().and_then(|stakes| stakes.area(area.row, side));
        let text = match is_reference {
            true => "reference".to_owned(),
            false => told(whole.comparison(), measure, held, usize::from(cells)),
        };
        canvas.put(x + 2, y, &text, cells, style(held, measure, is_reference, canvas));
    }
}

fn cause(whole: &Whole, index: usize, y: u16, canvas: &mut Canvas<'_>) {
    let Some(cause) = whole.overview.causes.get(index) else { return };
    let width = canvas.area().width;
    let share = percent(cause.found, whole.overview.found).unwrap_or(0);
    let x = canvas.put_right(MARKS + 7, y, &number(cause.found), Style::default());
    let x = canvas.put(x.max(MARKS + 7), y, &format!("  {share:>3} %  "), 10, Style::default());
    canvas.put(x, y, &escape(&cause.title), width.saturating_sub(x), Style::default());
}

/// What the words of a cell mean.
const SCALE: &str =
    "critical: likely lasting harm; high: settle before a push; medium: look at before a push; low: a nuisance.";

/// What is said of the selection, in sentences.
fn preview(whole: &Whole) -> Vec<String> {
    let (overview, comparison) = (&whole.overview, whole.comparison());
    let label = |side: usize| comparison.sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let side = whole.sight.column(overview);
    match whole.sight.line(overview) {
        Some(Line::Area(at)) => {
            let Some(area) = overview.areas.get(at) else { return Vec::new() };
            let Some(measure) = area.sides.get(side) else { return Vec::new() };
            let evidence = match measure.evidence.percent() {
                Some(percent) => format!("  evidence {percent} %"),
                None => String::new(),
            };
            let mut lines = Vec::new();
            if side == overview.reference {
                lines.push(format!("{} is what the others are measured against.{evidence}", label(side)));
            } else {
                let held = whole.stakes().and_then(|stakes| stakes.area(area.row, side));
                if let Some((held, worst)) = held.and_then(|held| Some((held, held.worst?))) {
                    lines.push(format!(
                        "{} in {} against {}: {}.{evidence}",
                        escape(&area.name),
                        label(side),
                        label(overview.reference),
                        bands(held, usize::MAX)
                    ));
                    let told = difference(comparison, worst.row, side, overview.reference);
                    lines.push(format!("{} {}: {told}", worst.band.word(), worst.points));
                    lines.extend(Some(held.happens.clone()).filter(|happens| !happens.is_empty()));
                    lines.push(SCALE.to_owned());
                    return lines;
                }
                let [far, clear, slight] = measure.apart;
                lines.push(format!(
                    "{} in {} against {}: {} far apart, {} different, {} close, {} unknown.{evidence}",
                    escape(&area.name),
                    label(side),
                    label(overview.reference),
                    number(far),
                    number(clear),
                    number(slight),
                    number(measure.unknown)
                ));
                let told = |row| format!("farthest: {}", difference(comparison, row, side, overview.reference));
                lines.extend(measure.worst.as_ref().map(|worst| told(worst.row)));
            }
            lines.extend(Apart::ALL.map(|apart| format!("{}: {}.", apart.word(), apart.means())));
            lines
        }
        Some(Line::Cause(at)) => {
            let Some(cause) = overview.causes.get(at) else { return Vec::new() };
            vec![
                format!(
                    "{} of {} differences have this origin. Enter shows the first of them in the tree.",
                    number(cause.found),
                    number(overview.found)
                ),
                cause.why.to_owned(),
            ]
        }
        None => Vec::new(),
    }
}

/// A difference with its values, in the direction of the reference.
fn difference(comparison: &Comparison, row: RowId, side: usize, reference: usize) -> String {
    let label = |side: usize| comparison.sides().get(side).map_or("", |s| s.label());
    let value = |side: usize| fit(&in_full(comparison.cell(row, side)), 40).into_owned();
    let change = comparison.change(row, side, reference).map(|c| c.words(label(side), label(reference)));
    let change = change.filter(|words| !words.is_empty()).map(|words| format!("  ({})", escape(&words)));
    let path = escape(&comparison.path(row).to_string()).into_owned();
    format!("{path}  {} -> {}{}", value(side), value(reference), change.unwrap_or_default())
}

fn status(model: &Model, whole: &Whole, layout: &Layout, canvas: &mut Canvas<'_>) {
    let side = whole.sight.column(&whole.overview);
    let label = whole.comparison().sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let busy = match whole.stakes() {
        _ if model.surveying => "   comparing ..",
        None => "   judging ..",
        Some(_) => "",
    };
    let text = format!(" {} areas   column {label}{busy}", whole.overview.areas.len());
    canvas.put_both(layout.status, &text, &escape(&model.note), Style::default());
}

/// The whole picture as plain text, for the print mode and the conversation.
pub fn text(overview: &Overview, stakes: Option<&Stakes>, comparison: &Comparison) -> String {
    let label = |side: usize| comparison.sides().get(side).map_or(String::new(), |s| escape(s.label()).into_owned());
    let mut out: String = overview.sentences(comparison).iter().map(|line| format!("{}\n", escape(line))).collect();
    for (side, total) in overview.totals.iter().enumerate() {
        let percent = total.evidence.percent().unwrap_or(0);
        let mark = if side == overview.reference { " (REF)" } else { "" };
        out.push_str(&format!(
            "\n{}{mark}: evidence {percent} % of {} kinds of facts\n",
            label(side),
            number(total.evidence.all)
        ));
        for area in overview.areas.iter().filter(|_| side != overview.reference) {
            let Some(measure) = area.sides.get(side) else { continue };
            let held = stakes.and_then(|stakes| stakes.area(area.row, side));
            out.push_str(&format!("  {:<16} {}\n", escape(&area.name), told(comparison, measure, held, 70)));
        }
        let held = stakes.and_then(|stakes| stakes.total(side)).filter(|held| held.bands.all() > 0);
        if let Some(held) = held {
            out.push_str(&format!("  {:<16} {}\n", "all areas", bands(held, usize::MAX)));
        }
    }
    if !overview.causes.is_empty() {
        out.push_str("\nWhere most differences come from:\n");
    }
    for cause in &overview.causes {
        out.push_str(&format!("  {:>7}  {}\n", number(cause.found), escape(&cause.title)));
    }
    out
}
