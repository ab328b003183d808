//! Drawing the matrix. Only the rows and columns on the screen are looked at.

use super::{Columns, Regions, cell, legend};
use crate::base::text::{escape, fit};
use crate::compare::RowId;
use crate::report::overview::number;
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::Action;
use crate::tui::model::Model;
use crate::tui::shorten::shortened;
use crate::tui::theme::Role;
use crate::tui::tree::kind::Kind;
use crate::tui::tree::{self, filter_line};
use crate::tui::view::{tabs, waiting};
use crate::tui::whole::Whole;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Cells before the path: cursor, a space, sign, risk, a space.
const MARKS: u16 = 6;
/// Cells of a column from which on it has the letter of its risk.
const LETTERED: u16 = 12;

/// What is hinted, first what is done most.
const HINTS: [Action; 10] = [
    Action::NextStop,
    Action::NextColumn,
    Action::Reference,
    Action::Letters,
    Action::OddOnly,
    Action::Open,
    Action::Filter,
    Action::Copy,
    Action::Pair,
    Action::Back,
];

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(whole) = &model.whole else { return waiting(model, canvas) };
    let matrix = &whole.matrix;
    let Some(regions) = matrix.regions() else { return };
    let sides = whole.comparison().sides();
    let reference = sides.get(matrix.reference).map_or(String::new(), |side| escape(side.label()).into_owned());
    tabs(model, &format!("{} snapshots, REF {}", sides.len(), fit(&reference, 24)), canvas);
    let (shown, all) = (number(matrix.rows.len() as u32), number(whole.tree.total().leaves));
    let right =
        if canvas.area().width >= 70 { format!("{shown} of {all} rows ") } else { format!("{shown} of {all} ") };
    let about = match (matrix.odd_only, whole.tree.shown().has(Kind::Same)) {
        (true, _) => "rows with an odd one out (O)",
        (false, true) => "all rows (t=)",
        (false, false) => "rows where any differ",
    };
    filter_line(&whole.tree, 1, about, &right, canvas);
    let columns = matrix.columns(sides.len());
    if !tree::completion_line(&whole.tree, regions.head.unwrap_or(regions.layout.status), canvas)
        && let Some(y) = regions.head
    {
        head(whole, &columns, y, canvas);
    }
    if matrix.rows.is_empty() {
        nothing(whole, &regions, canvas);
    }
    let rows = matrix.rows.iter().enumerate().skip(matrix.top);
    for (y, (at, row)) in (regions.body.y..regions.body.bottom()).zip(rows) {
        draw_row(whole, *row, at == matrix.at, &columns, y, canvas);
    }
    let row = matrix.row();
    canvas.rule(regions.layout.rule, &escape(&whole.comparison().path(row).to_string()));
    let preview = regions.layout.preview;
    for (y, line) in (preview.y..preview.bottom()).zip(legend::lines(whole, row, matrix.has_letters())) {
        canvas.put(0, y, &line, preview.width, Style::default());
    }
    status(model, whole, &columns, &regions, canvas);
    footer(model, whole, &regions, canvas);
}

fn head(whole: &Whole, columns: &Columns, y: u16, canvas: &mut Canvas<'_>) {
    let matrix = &whole.matrix;
    let style = canvas.style(Role::Heading);
    canvas.put(MARKS, y, "PATH", 4, style);
    let labels: Vec<String> = whole.comparison().sides().iter().map(|side| escape(side.label()).into_owned()).collect();
    let short = cell::short(&labels);
    for (place, side) in columns.sides.iter().enumerate() {
        let x = columns.path + place as u16 * columns.each;
        let is_marked = *side == matrix.column;
        let text = if matrix.has_letters() {
            let name = short.get(*side).cloned().unwrap_or_default();
            let name = if *side == matrix.reference { name.to_uppercase() } else { name };
            format!("{name}{}", if *side == matrix.reference { '*' } else { ' ' })
        } else {
            let rule = canvas.glyphs.column.to_string();
            canvas.put(x, y, &rule, 1, Style::default());
            let star = if *side == matrix.reference { "*" } else { " " };
            format!("{star}{}", labels.get(*side).cloned().unwrap_or_default())
        };
        let (x, cells) = if matrix.has_letters() { (x, columns.each) } else { (x + 1, columns.each - 1) };
        canvas.put(x, y, &fit(&text, usize::from(cells)), cells, style);
        if is_marked {
            canvas.restyle(
                Rect::new(x, y, cells.min(canvas.area().right().saturating_sub(x)), 1),
                canvas.style(Role::Selection),
            );
        }
    }
}

fn draw_row(whole: &Whole, row: RowId, selected: bool, columns: &Columns, y: u16, canvas: &mut Canvas<'_>) {
    let (comparison, matrix) = (whole.comparison(), &whole.matrix);
    if selected {
        canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
    }
    let kind = Kind::of(comparison, row);
    let sign = comparison.relation(row).sign();
    // With more than two sides there is no left and right: what differs is `~`, whatever side lacks it.
    let sign = if matches!(sign, '<' | '>') && comparison.sides().len() > 2 { '~' } else { sign };
    let sign_style = match kind {
        Kind::Same | Kind::Volatile | Kind::Identity => Style::default(),
        Kind::Unknown | Kind::NotCollected => canvas.style(Role::Unknown),
        _ => canvas.style(Role::Changed),
    };
    canvas.put(3, y, &sign.to_string(), 1, sign_style);
    let stakes = whole.stakes();
    if let Some(worst) = stakes.and_then(|stakes| stakes.worst(row)) {
        let style = crate::tui::risk::style(canvas, worst.band);
        canvas.put(4, y, &worst.band.letter().to_string(), 1, style);
    }
    let is_match = whole.tree.find().is_some_and(|found| found.matched.has(row));
    let style = if is_match { canvas.style(Role::Match) } else { Style::default() };
    let room = columns.path.saturating_sub(MARKS + 1);
    canvas.put(MARKS, y, &shortened(comparison, row, usize::from(room)), room, style);
    let odd = whole.peers.odd(comparison, row).map(|odd| odd.side);
    for (place, side) in columns.sides.iter().enumerate() {
        let x = columns.path + place as u16 * columns.each;
        let stake = stakes.and_then(|stakes| stakes.at(row, *side));
        let risk = stake.map_or_else(Style::default, |stake| crate::tui::risk::style(canvas, stake.band));
        if matrix.has_letters() {
            let letter = cell::letter(comparison, row, *side, matrix.reference);
            let mark = if odd == Some(*side) { "!" } else { "" };
            let style = if odd == Some(*side) { canvas.style(Role::Error) } else { risk };
            canvas.put(x + 1, y, &format!("{letter}{mark}"), 3, style);
            continue;
        }
        let rule = canvas.glyphs.column.to_string();
        canvas.put(x, y, &rule, 1, Style::default());
        if odd == Some(*side) {
            canvas.put(x + 1, y, "!", 1, canvas.style(Role::Error));
        }
        let mut cells = columns.each.saturating_sub(3);
        if let Some(stake) = stake.filter(|_| columns.each >= LETTERED) {
            cells -= 2;
            canvas.put(x + 3 + cells, y, &stake.band.letter().to_string(), 1, risk);
        }
        let piece = cell::value(comparison, row, *side, matrix.reference, usize::from(cells));
        canvas.put(x + 2, y, &piece.text, cells, Style::default());
        let (from, to) = (piece.differs.start as u16, (piece.differs.end as u16).min(cells));
        if from < to {
            let style = if selected { Style::default() } else { canvas.style(Role::Changed) };
            canvas.restyle(Rect::new(x + 2 + from, y, to - from, 1), style.patch(canvas.style(Role::Difference)));
        }
    }
    if selected {
        let end = canvas.area().width;
        canvas.restyle(Rect::new(0, y, end, 1), canvas.style(Role::Selection));
        if canvas.cursor.is_none() {
            canvas.cursor = Some(Position::new(0, y));
        }
    }
}

fn nothing(whole: &Whole, regions: &Regions, canvas: &mut Canvas<'_>) {
    let words = match (whole.matrix.odd_only, whole.tree.total().telling()) {
        (true, _) => "No row has an odd one out here: O lists the others again.",
        (false, 0) => "No differences.",
        _ => return tree::view::nothing(&whole.tree, regions.body, canvas),
    };
    canvas.put(1, regions.body.y + 1, words, regions.body.width - 1, Style::default());
}

fn status(model: &Model, whole: &Whole, columns: &Columns, regions: &Regions, canvas: &mut Canvas<'_>) {
    let matrix = &whole.matrix;
    let all = whole.comparison().sides().len();
    let mut text = format!(
        " row {}/{}",
        number(matrix.at as u32 + u32::from(!matrix.rows.is_empty())),
        number(matrix.rows.len() as u32)
    );
    let marked =
        whole.comparison().sides().get(matrix.column).map_or(String::new(), |s| escape(s.label()).into_owned());
    text.push_str(&format!("   column {marked}"));
    if let Some(stake) = whole.stakes().and_then(|stakes| stakes.at(matrix.row(), matrix.column)) {
        text.push_str(&format!(": {} {}", stake.band.word(), stake.points));
    }
    if columns.sides.len() < all {
        text.push_str(&format!("   {} of {all} columns; < > scrolls", columns.sides.len()));
    }
    if let Some(found) = whole.tree.find() {
        text.push_str(&format!("   {} matches of \"{}\"", found.stops.len(), fit(&escape(&found.text), 20)));
    }
    if model.surveying {
        text.push_str("   comparing ..");
    } else if whole.stakes().is_none() {
        text.push_str("   judging ..");
    }
    canvas.put_both(regions.layout.status, &text, &escape(&model.note), Style::default());
}

fn footer(model: &Model, whole: &Whole, regions: &Regions, canvas: &mut Canvas<'_>) {
    let (y, cells) = (regions.layout.footer, canvas.area().width);
    if let Some(menu) = &model.menu {
        menu.draw(canvas, y);
    } else if whole.tree.editing().is_some() {
        canvas.put(0, y, tree::TYPING, cells, Style::default());
    } else {
        let columns = whole.comparison().sides().len();
        let hinted = HINTS.iter().filter(|action| columns > 2 || **action != Action::OddOnly);
        hints::these(canvas, y, cells, hinted.copied());
    }
}
