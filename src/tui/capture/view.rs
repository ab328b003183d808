//! Drawing a capture under way.

use super::{Capture, Probe};
use crate::base::text::{escape, width};
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::Action;
use crate::tui::theme::Role;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;
use std::time::Duration;

/// Minutes and seconds.
pub(super) fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// Rows of the list.
pub(super) fn body_height(size: Size) -> usize {
    let head = if size.width >= 70 { 5 } else { 4 };
    let detail = if size.height >= 24 { 4 } else { 0 };
    usize::from(size.height).saturating_sub(head + detail + 2)
}

/// Draws the screen.
pub fn draw(capture: &Capture, canvas: &mut Canvas<'_>) {
    let Rect { width: cells, height, .. } = canvas.area();
    let title = format!(" drift  capturing {}", capture.what);
    canvas.put_both(0, &title, &format!("elapsed {}", clock(capture.elapsed)), canvas.style(Role::Title));
    canvas.put(1, 1, &counts(capture), cells.saturating_sub(1), Style::default());
    let room = usize::from(cells.saturating_sub(12)).min(60);
    let share = capture.percent();
    let full = share * room / 100;
    let bar = format!("[{}{}] {share} %", "#".repeat(full), ".".repeat(room - full));
    canvas.put(1, 2, &bar, cells.saturating_sub(1), Style::default());
    canvas.rule(3, "");
    let wide = cells >= 70;
    let mut y = 4;
    if wide {
        canvas.put(3, y, "STATE    PROBE                    FACTS    TIME   NOTE", cells, canvas.style(Role::Heading));
        y += 1;
    }
    let body = body_height(capture.size);
    let top = (capture.cursor + 1).saturating_sub(body.max(1));
    for (y, (at, probe)) in (y..).take(body).zip(capture.probes.iter().enumerate().skip(top)) {
        canvas.put(3, y, probe.word(), 8, Style::default());
        let facts = probe.facts().map(|n| n.to_string()).unwrap_or_default();
        let names = if wide { 22 } else { 18 };
        canvas.put(12, y, probe.name, names, Style::default());
        let mut x = 12 + names;
        canvas.put_right((x + 8).min(cells), y, &facts, Style::default());
        x += 8;
        if wide {
            let took =
                if probe.facts().is_some() { format!("{:.1} s", probe.took.as_secs_f64()) } else { String::new() };
            canvas.put_right((x + 8).min(cells), y, &took, Style::default());
            x += 8;
        }
        canvas.put(x + 2, y, &escape(probe.note()), cells.saturating_sub(x + 2), Style::default());
        if at == capture.cursor {
            canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
            canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
            canvas.cursor = Some(Position::new(0, y));
        }
    }
    if height >= 24 {
        effect(capture, canvas, height - 6);
    }
    let status = height.saturating_sub(2);
    canvas.put(1, status, &said(capture), cells.saturating_sub(1), Style::default());
    footer(capture, canvas, height.saturating_sub(1));
}

/// The status line.
fn said(capture: &Capture) -> String {
    match (&capture.end, &capture.part) {
        _ if !capture.note.is_empty() => capture.note.clone(),
        (Some(end), _) => end.clone(),
        (None, Some(part)) => format!("kept as it grows in {part}"),
        (None, None) => "captures change nothing on this machine; secrets are hidden as they are read".to_owned(),
    }
}

/// Hints of what a key does now, dropped from the right where there is no room.
fn footer(capture: &Capture, canvas: &mut Canvas<'_>, y: u16) {
    let ends = capture.probes.get(capture.cursor).is_none_or(Probe::has_ended);
    let hints: Vec<(Action, &str)> = match (&capture.end, capture.is_stopped) {
        (Some(_), _) if capture.is_saved => vec![(Action::Open, "goes on")],
        (Some(_), _) => vec![(Action::Open, "goes on"), (Action::Save, "keeps it in the store")],
        (None, true) => Vec::new(),
        (None, false) => {
            let pause = if capture.is_paused { "goes on" } else { "pauses" };
            let skip = (!ends).then_some((Action::SkipProbe, "skips this"));
            let others = [(Action::Back, "stops, keeps what is there"), (Action::Pause, pause)];
            skip.into_iter().chain(others).chain([(Action::Background, "background")]).collect()
        }
    };
    let key = |action| match action {
        // `q` leaves as well, but what it stops here is not the program.
        Action::Back => "Esc".to_owned(),
        action => hints::key(action),
    };
    let mut words: Vec<String> = hints.into_iter().map(|(action, does)| format!("{} {does}", key(action))).collect();
    if capture.is_stopped && capture.end.is_none() {
        words.push("stopping".to_owned());
    }
    let help = format!("{} help", hints::key(Action::Help));
    let room = usize::from(canvas.area().width);
    while words.iter().map(|word| width(word) + 2).sum::<usize>() + width(&help) > room && words.pop().is_some() {}
    words.push(help);
    canvas.put(0, y, &words.join("  "), canvas.area().width, Style::default());
}

/// `8 of 14 done, 1 running, 1 denied, 3 waiting, 4557 facts`.
fn counts(capture: &Capture) -> String {
    let words = [
        ("RUNS", "running"),
        ("DENIED", "denied"),
        ("FAILED", "failed"),
        ("TIMEOUT", "timed out"),
        ("skip", "skipped"),
        ("wait", "waiting"),
    ];
    let others = words.iter().map(|(state, word)| (capture.count(state), word)).filter(|(count, _)| *count > 0);
    let others: String = others.map(|(count, word)| format!(", {count} {word}")).collect();
    let facts: usize = capture.probes.iter().filter_map(Probe::facts).sum();
    let rests = if capture.is_paused && capture.end.is_none() { "PAUSED: " } else { "" };
    format!("{rests}{} of {} done{others}, {facts} facts", capture.count("done"), capture.probes.len())
}

/// What the selected probe's end means.
fn effect(capture: &Capture, canvas: &mut Canvas<'_>, y: u16) {
    let Some(probe) = capture.probes.get(capture.cursor) else { return };
    let cells = canvas.area().width.saturating_sub(1);
    canvas.rule(y, probe.name);
    let note = probe.note();
    if !note.is_empty() {
        canvas.put(1, y + 1, &format!("{}: {}", probe.word(), escape(note)), cells, Style::default());
        let unknown = "effect: what it did not read will be ? unknown when compared, never absent";
        canvas.put(1, y + 2, unknown, cells, Style::default());
    }
}
