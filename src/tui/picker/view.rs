//! Drawing the choice of snapshots.

use super::{Kind, Picker, Source, Typing, WIDE, check};
use crate::base::text::{escape, fit, width};
use crate::report::grouped;
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::{Action, Screen};
use crate::tui::theme::Role;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Lines about the chosen that are shown at most.
const CHECKS: usize = 5;

/// What can be typed as a source: what weighs most first.
const SOURCES: &str = "a file, live, root:PLACE, git:REV:PATH, example:NAME, NAME of the store, env:NAME";

/// Hints while a text is typed.
fn typing(what: Typing) -> &'static str {
    match what {
        Typing::Filter => "Enter keep  Esc back to before  Ctrl-U clear",
        Typing::Source => "Enter choose it  Esc leave  Ctrl-U clear",
        Typing::Command => "Enter do it  Esc leave  Ctrl-U clear",
    }
}

fn checks(picker: &Picker) -> Vec<String> {
    let most = match picker.size.height {
        36.. => CHECKS,
        20..36 => 2,
        _ => 1,
    };
    let mut lines = check::lines(picker);
    if lines.len() > most {
        // What weakens the comparison comes first, what is fine goes first.
        lines.sort_by_key(|line| line.ends_with(": fine"));
        lines.truncate(most);
    }
    lines
}

/// Rows of the list, headings included.
pub fn body_height(picker: &Picker) -> usize {
    let below = checks(picker).len();
    usize::from(picker.size.height).saturating_sub(3 + 2 + below + usize::from(below > 0))
}

/// A row of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Heading(Kind),
    /// A place in the list of what is shown.
    Source(usize),
}

/// Draws the screen.
pub fn draw(picker: &Picker, canvas: &mut Canvas<'_>) {
    let Rect { width: cells, height, .. } = canvas.area();
    let chosen = match picker.chosen.len() {
        0 => "none chosen".to_owned(),
        n => format!("{n} chosen: {}", letters(picker)),
    };
    let chosen = fit(&chosen, usize::from(cells / 2)).into_owned();
    canvas.put_both(0, " drift  pick snapshots to compare", &chosen, canvas.style(Role::Title));
    prompt(picker, canvas);
    let mut rows = Vec::new();
    let mut kind = None;
    for (place, at) in picker.shown.iter().enumerate() {
        let Some(source) = picker.sources.get(*at) else { continue };
        if kind != Some(source.kind) {
            kind = Some(source.kind);
            rows.push(Row::Heading(source.kind));
        }
        rows.push(Row::Source(place));
    }
    let body = body_height(picker);
    let selected = rows.iter().position(|row| *row == Row::Source(picker.cursor)).unwrap_or(0);
    let top = (selected + 1).saturating_sub(body.max(1)).min(rows.len().saturating_sub(body));
    // The heading above the first row stays in view.
    let top = if top == 1 && body > 2 { top - usize::from(selected < body) } else { top };
    let below = rows.len().saturating_sub(top + body);
    let more = match (top, below) {
        (0, 0) => String::new(),
        (above, below) => format!("{above} lines above, {below} below"),
    };
    canvas.rule(2, &more);
    for (y, row) in (3..).take(body).zip(rows.iter().skip(top)) {
        match row {
            Row::Heading(kind) => heading(*kind, canvas, y, cells),
            Row::Source(place) => {
                draw_row(picker, canvas, y, cells, *place);
                if *place == picker.cursor {
                    canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
                    canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
                    if picker.typing.is_none() {
                        canvas.cursor = Some(Position::new(0, y));
                    }
                }
            }
        }
    }
    if picker.shown.is_empty() {
        canvas.put(3, 4.min(height), "nothing matches: Esc lists all", cells.saturating_sub(3), Style::default());
    }
    let checks = checks(picker);
    let status = height.saturating_sub(2);
    if !checks.is_empty() {
        let y = status.saturating_sub(checks.len() as u16 + 1);
        canvas.rule(y, "what is chosen");
        for (y, line) in (y + 1..status).zip(&checks) {
            canvas.put(1, y, line, cells.saturating_sub(1), Style::default());
        }
    }
    let stored = picker.sources.iter().filter(|source| source.kind == Kind::Stored).count();
    let selected = picker.selected().and_then(|at| picker.sources.get(at));
    let said = if picker.note.is_empty() && selected.is_some_and(|source| source.kind == Kind::Review) {
        "Enter continues this review".to_owned()
    } else if picker.note.is_empty() && picker.typing.as_ref().is_some_and(|(what, _)| *what == Typing::Source) {
        SOURCES.to_owned()
    } else if picker.note.is_empty() {
        format!("{stored} {} in {}", if stored == 1 { "snapshot" } else { "snapshots" }, picker.place)
    } else {
        picker.note.clone()
    };
    canvas.put(1, status, &said, cells.saturating_sub(1), Style::default());
    if let Some((what, _)) = picker.typing {
        canvas.put(0, height.saturating_sub(1), typing(what), cells, Style::default());
        return;
    }
    hints::draw(canvas, height.saturating_sub(1), Screen::Picker, cells, &|action| match action {
        Action::Compare => picker.chosen.len() > 1,
        Action::Commands => false,
        _ => true,
    });
}

/// `A staging, B production REF`.
fn letters(picker: &Picker) -> String {
    let reference = picker.measured_against();
    let named = picker.chosen.iter().zip('A'..='Z').filter_map(|(at, letter)| {
        let label = escape(&picker.sources.get(*at)?.meta.label).into_owned();
        let mark = if reference == Some(*at) { " REF" } else { "" };
        Some(format!("{letter} {label}{mark}"))
    });
    named.collect::<Vec<_>>().join(", ")
}

fn prompt(picker: &Picker, canvas: &mut Canvas<'_>) {
    let cells = canvas.area().width;
    match &picker.typing {
        Some((what, field)) => {
            let words = match what {
                Typing::Filter => " filter: ",
                Typing::Command => " : ",
                Typing::Source => " open: ",
            };
            let hidden = picker.sources.len() - picker.shown.len();
            let hidden = if hidden > 0 { format!(" {} hidden", grouped(hidden)) } else { String::new() };
            let end = canvas.put_right(cells, 1, &hidden, Style::default());
            let x = canvas.put(0, 1, words, cells / 2, canvas.style(Role::Heading));
            field.draw(x, 1, end.saturating_sub(x), canvas);
        }
        None if !picker.filter.is_empty() => {
            let hidden = picker.sources.len() - picker.shown.len();
            let words = format!(" filter: {}   {hidden} hidden", escape(&picker.filter));
            canvas.put(0, 1, &words, cells, Style::default());
        }
        None => {
            canvas.put(0, 1, " Space choose   * reference   Enter compare   + open another", cells, Style::default());
        }
    }
}

/// Cells of the label column.
fn label_cells(cells: u16) -> u16 {
    if cells >= WIDE { 26 } else { 24 }
}

fn heading(kind: Kind, canvas: &mut Canvas<'_>, y: u16, cells: u16) {
    let words = match kind {
        Kind::Review => "CONTINUE A REVIEW",
        Kind::Stored => "SNAPSHOTS",
        Kind::Example => "EXAMPLES",
        Kind::Other => "OTHER SOURCES",
    };
    let style = canvas.style(Role::Heading);
    canvas.put(0, y, words, cells, style);
    if !matches!(kind, Kind::Other | Kind::Review) && cells >= WIDE {
        let x = 6 + label_cells(cells);
        canvas.put(
            x,
            y,
            "ROLE        HOST        CAPTURED             AGE    FACTS  COMPLETE  NOTES",
            cells - x,
            style,
        );
    }
}

fn draw_row(picker: &Picker, canvas: &mut Canvas<'_>, y: u16, cells: u16, place: usize) {
    let Some(at) = picker.shown.get(place).copied() else { return };
    let Some(source) = picker.sources.get(at) else { return };
    if let Some(letter) = picker.chosen.iter().position(|chosen| *chosen == at).and_then(|n| ('A'..='Z').nth(n)) {
        let mark = if picker.measured_against() == Some(at) { "*" } else { "" };
        canvas.put(3, y, &format!("{letter}{mark}"), 2, Style::default());
    }
    let label = label_cells(cells);
    canvas.put(6, y, &escape(&source.meta.label), label.saturating_sub(1), Style::default());
    let x = 6 + label;
    if let Some(why) = &source.broken {
        let words = format!("cannot be read: {}", escape(why));
        canvas.put(x, y, &words, cells.saturating_sub(x), canvas.style(Role::Error));
        return;
    }
    if matches!(source.kind, Kind::Other | Kind::Review) {
        canvas.put(x, y, &escape(&source.about), cells.saturating_sub(x), Style::default());
        return;
    }
    let meta = &source.meta;
    let captured = meta.captured_at;
    let age = captured.map(|at| check::age(picker.now.duration_since(at))).unwrap_or_default();
    let note = note(picker, source);
    let host = escape(meta.host.as_deref().unwrap_or_default());
    let facts = source.facts.map(|n| grouped(n as usize)).unwrap_or_default();
    let complete = meta.complete_percent.map(|percent| format!("{percent} %")).unwrap_or_default();
    let text = if cells >= WIDE {
        let role = fit(&escape(meta.role.as_deref().unwrap_or_default()), 11).into_owned();
        let host = fit(&host, 11);
        let captured = captured.map(|at| at.strftime("%Y-%m-%d %H:%MZ").to_string()).unwrap_or_default();
        let (role, host) = (padded(&role, 12), padded(&host, 12));
        format!("{role}{host}{captured:<17} {age:>6} {facts:>8}  {complete:>8}  {note}")
    } else if cells >= 70 {
        format!("{}{age:>5}  {facts:>7}  {complete:>5}  {note}", padded(&fit(&host, 11), 12))
    } else {
        format!("{age:>5}  {complete:>5}  {note}")
    };
    canvas.put(x, y, &text, cells.saturating_sub(x), Style::default());
}

fn padded(shown: &str, cells: usize) -> String {
    format!("{shown}{}", " ".repeat(cells.saturating_sub(width(shown))))
}

/// What weakens a snapshot, in words.
fn note(picker: &Picker, source: &Source) -> String {
    let mut said = Vec::new();
    if let Some(count) = source.problems.filter(|count| *count > 0) {
        let rights = if source.meta.privileged == Some(false) { "no root: " } else { "" };
        said.push(format!("{rights}{count} not known"));
    }
    let age = source.meta.captured_at.map(|at| picker.now.duration_since(at));
    if let Some(age) = age.filter(|age| source.kind == Kind::Stored && age.as_hours() >= 24 * 30) {
        said.push(format!("OLD: {}", check::age(age)));
    }
    if !source.about.is_empty() {
        said.push(escape(&source.about).into_owned());
    }
    said.join(", ")
}
