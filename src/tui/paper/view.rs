//! Drawing the text of a report: the lines in view, and what was looked for in them.

use super::find::places;
use crate::base::text::{escape, fit, width};
use crate::report::counted;
use crate::report::overview::number;
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::Action;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::tree::{TYPING, completion_line, filter_line};
use crate::tui::view::tabs;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// What is hinted.
const HINTS: [(Action, &str); 9] = [
    (Action::PageDown, "page"),
    (Action::NextStop, "next part"),
    (Action::Find, ""),
    (Action::Filter, ""),
    (Action::WriteReport, "write"),
    (Action::Print, "print"),
    (Action::View, "pager"),
    (Action::Back, "back"),
    (Action::Commands, ""),
];

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Rect { width: cells, height, .. } = canvas.area();
    let (paper, tree) = (&model.paper, &model.tree);
    let sheet = paper.sheet();
    let (rows, hidden) = sheet.rows;
    let about = match hidden {
        0 => counted(rows, "row"),
        _ => format!("{} of {} rows", number(rows as u32), number((rows + hidden) as u32)),
    };
    tabs(model, &about, canvas);
    let status = height.saturating_sub(2);
    let right = format!("{} lines ", number(sheet.count() as u32));
    match &paper.typing {
        Some(typing) => {
            let end = canvas.put_right(canvas.area().right(), 1, &right, Style::default());
            let x = canvas.put(0, 1, " find> ", end, canvas.style(Role::Heading));
            typing.field.draw(x, 1, end.saturating_sub(x + 1), canvas);
        }
        None => filter_line(tree, 1, "", &right, canvas),
    }
    let waiting = match (tree.judgement(), paper.is_made, paper.wrong.as_str()) {
        (None, ..) => "judging what differs ..",
        (_, true, _) if sheet.count() == 0 => "writing the report ..",
        (_, _, wrong) => wrong,
    };
    if !waiting.is_empty() {
        canvas.put(1, 3, waiting, cells.saturating_sub(1), Style::default());
    }
    let current = paper.find.as_ref().and_then(|find| find.lines.get(find.at?));
    for (y, at) in (2..status).zip(paper.top..sheet.count()).filter(|_| waiting.is_empty()) {
        let line = sheet.line(at);
        let is_head = sheet.parts.binary_search(&at).is_ok();
        let style = if is_head { canvas.style(Role::Heading) } else { Style::default() };
        canvas.put(0, y, line, cells, style);
        let Some(find) = &paper.find else { continue };
        for (count, (from, to)) in places(line, &find.text).enumerate() {
            let column = |byte: usize| line.get(..byte).map_or(0, width) as u16;
            let (from, to) = (column(from).min(cells), column(to).min(cells));
            let is_current = count == 0 && current == Some(&at);
            let role = if is_current { Role::Selection } else { Role::Match };
            canvas.restyle(Rect::new(from, y, to - from, 1), canvas.style(role));
            if is_current && canvas.cursor.is_none() {
                canvas.cursor = Some(Position::new(from.min(cells.saturating_sub(1)), y));
            }
        }
    }
    if !completion_line(tree, status, canvas) {
        canvas.put_both(status, &place(model), &escape(&model.note), Style::default());
    }
    let foot = height.saturating_sub(1);
    if let Some(menu) = &model.menu {
        menu.draw(canvas, foot);
    } else if paper.is_typing() {
        canvas.put(0, foot, "Enter keep  Esc back to before  Ctrl-U clear", cells, Style::default());
    } else if tree.editing().is_some() {
        canvas.put(0, foot, TYPING, cells, Style::default());
    } else {
        let is_found = paper.find.is_some();
        let word =
            |(action, word)| if action == Action::NextStop && is_found { (action, "next") } else { (action, word) };
        hints::worded(canvas, foot, cells, HINTS.into_iter().map(word));
    }
}

/// Where one is: ` lines 1-34 of 6 407 (0 %)   match 3/17 of "redis"`.
fn place(model: &Model) -> String {
    let (paper, all) = (&model.paper, model.paper.sheet().count());
    let last = (paper.top + paper.height).min(all);
    let share = (last * 100).checked_div(all).unwrap_or(100);
    let mut text = format!(
        " lines {}-{} of {} ({share} %)",
        number((paper.top + 1).min(all) as u32),
        number(last as u32),
        number(all as u32)
    );
    if let Some(find) = &paper.find {
        let at = find.at.map_or(0, |at| at + 1);
        let what = fit(&escape(&find.text), 20).into_owned();
        text.push_str(&format!("   match {}/{} of \"{what}\"", number(at as u32), number(find.lines.len() as u32)));
    }
    if paper.is_made && all > 0 {
        text.push_str("   writing ..");
    }
    text
}
