//! Drawing a review: the list of items, the selected one in words, and what comes of it if it were left now.

use super::Review;
use super::list::Line;
use crate::base::text::{escape, fit, in_lines, width};
use crate::compare::{Comparison, RowId};
use crate::policy::judge::{Call, Verdict};
use crate::review::{Fold, Seen};
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::{self, Action};
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::tree::cells::{in_full, pair_of};
use crate::tui::tree::view::modifier;
use jiff::Timestamp;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

/// Lines above the list: title, progress, rule.
const ABOVE: u16 = 3;
/// What a reviewer can do, in the order of the footer.
const HINTS: [Action; 10] = [
    Action::Reviewed,
    Action::Flag,
    Action::Accept,
    Action::Skip,
    Action::NextStop,
    Action::Undo,
    Action::Note,
    Action::Open,
    Action::ViewTree,
    Action::Back,
];
/// What the keys that decide do, where there is room to say it.
const LEGEND: [(Action, &str); 6] = [
    (Action::Reviewed, "reviewed, next       looked at it, may be pushed; again: taken back"),
    (Action::Flag, "flag                 must be mended first: blocks the push"),
    (
        Action::Accept,
        "accept               with a reason and an end, in the policy: for everybody, until a value changes",
    ),
    (Action::Skip, "skip for now         stays open"),
    (Action::Note, "note                 goes into the record"),
    (Action::Open, "the values in full; of a cause its differences, each to be decided alone"),
];

/// Lines about the selected item in a window of this height, and whether the keys are explained below them.
fn preview(height: u16) -> (u16, bool) {
    match height {
        36.. => (7, true),
        18..36 => (5, false),
        _ => (1, false),
    }
}

/// Lines of the list.
pub fn list_height(size: Size) -> usize {
    let (lines, has_legend) = preview(size.height);
    let below = 1 + lines + if has_legend { 1 + LEGEND.len() as u16 } else { 0 } + 2;
    usize::from(size.height.saturating_sub(ABOVE + below)).max(1)
}

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(review) = &model.review else { return };
    let area = canvas.area();
    head(review, canvas);
    let height = list_height(area.as_size()) as u16;
    let listed = review.listed();
    let shown = (ABOVE..ABOVE + height).zip(listed.iter().skip(review.top));
    for (y, at) in shown {
        if let Some(line) = review.line(*at) {
            row(review, &line, *at == review.at, y, canvas);
        }
    }
    if listed.is_empty() {
        canvas.put(1, ABOVE + 1, "The gate asks about nothing here.", area.width, Style::default());
    }
    let rule = ABOVE + height;
    match review.line(review.at) {
        Some(line) => {
            let path = path(review, &line);
            let name = line.fold.map_or(path, |fold| format!("{}: {} differences", fold.title, fold.items.len()));
            let place = format!("   item {} of {}", review.at + 1, review.len());
            let room = usize::from(area.width).saturating_sub(width(&place) + 6);
            canvas.rule(rule, &format!("{}{place}", tail(&escape(&name), room)));
            about(review, &line, rule + 1, canvas);
        }
        None => canvas.rule(rule, ""),
    }
    if preview(area.height).1 {
        let top = rule + 1 + preview(area.height).0 + 1;
        for (y, (action, words)) in (top..).zip(LEGEND) {
            let x = canvas.put(1, y, &format!("{:<6}", hints::key(action)), 6, canvas.style(Role::Heading));
            canvas.put(x, y, words, area.width.saturating_sub(x), Style::default());
        }
    }
    status(model, review, canvas);
    let y = area.height.saturating_sub(1);
    match &model.menu {
        Some(menu) => {
            menu.draw(canvas, y);
        }
        None => footer(y, canvas),
    }
}

fn footer(y: u16, canvas: &mut Canvas<'_>) {
    let cells = canvas.area().width;
    let finish = format!("{}wq finish", hints::key(Action::Commands));
    let fits = |action: &Action| keys::binding(*action).is_some_and(|binding| binding.pressed().next().is_some());
    hints::worded(
        canvas,
        y,
        cells.saturating_sub(width(&finish) as u16 + 2),
        HINTS.into_iter().filter(fits).map(|action| (action, "")),
    );
    canvas.put_right(cells, y, &finish, Style::default());
}

fn head(review: &Review, canvas: &mut Canvas<'_>) {
    let cells = canvas.area().width;
    let counts = review.status().counts;
    let (done, asked) = (counts.done(), counts.asked);
    let hidden = if review.hides_done { " (hidden: t x)" } else { "" };
    let right = match cells {
        70.. => format!("{done} of {asked} gate items done{hidden} "),
        _ => format!("{done}/{asked}{} ", if review.hides_done { " (t x)" } else { "" }),
    };
    canvas.put_both(0, &format!(" drift review  {}", escape(&review.session)), &right, Style::default());
    canvas.restyle(Rect::new(1, 0, 5.min(cells), 1), canvas.style(Role::Title));
    let rehearsed = review.bench.judged.rehearsed_briefly();
    // Words say more than the bar.
    let room = usize::from(if rehearsed.is_empty() { cells / 2 } else { cells / 5 }).min(50);
    let of = |whole: usize| (done * whole).checked_div(asked).unwrap_or(whole);
    let (filled, share) = (of(room), of(100));
    let bar = format!(" [{}{}] {share} %", "#".repeat(filled), ".".repeat(room - filled));
    let mut text = format!("{bar}   {} left", counts.open);
    if cells < 80 {
        rehearsed.iter().for_each(|words| text.push_str(&format!("   {}", escape(words))));
    }
    if counts.unknown > 0 {
        text.push_str(&format!(", {} unknown", counts.unknown));
    }
    if cells >= 80 {
        rehearsed.iter().for_each(|words| text.push_str(&format!("   {}", escape(words))));
    }
    let gate = format!("   gate: {}", escape(&review.board.asks));
    if cells >= 100 {
        text.push_str(&gate);
    }
    canvas.put(0, 1, &text, cells, Style::default());
    canvas.rule(2, "");
}

/// The path of a line, as paths are written.
pub(super) fn path(review: &Review, line: &Line<'_>) -> String {
    line.item.map_or_else(|| review.board.comparison().path(line.row).to_string(), |item| item.path.clone())
}

/// Two sides that stand for all: the reference, and the first that differs from it.
pub fn sides(review: &Review, row: RowId) -> (usize, usize) {
    let comparison = review.board.comparison();
    let reference = comparison.reference();
    let differs = |side: &usize| *side != reference && !comparison.agree(row, *side, reference);
    let others = || (0..comparison.sides().len()).filter(|side| *side != reference);
    let other = others().find(differs).or_else(|| others().next()).unwrap_or(reference);
    (other.min(reference), other.max(reference))
}

fn row(review: &Review, line: &Line<'_>, selected: bool, y: u16, canvas: &mut Canvas<'_>) {
    let cells = canvas.area().width;
    let comparison = review.board.comparison();
    let is_row = line.item.is_none_or(|item| item.is_row);
    if selected {
        canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
    }
    let loud = matches!(line.seen, Seen::Flagged | Seen::Changed);
    let is_accepted = line.item.is_some_and(|item| item.call == Call::Accepted);
    let sign = if line.seen == Seen::Open && is_accepted { 'x' } else { line.seen.sign() };
    let style = if loud { Style::default().add_modifier(Modifier::BOLD) } else { Style::default() };
    canvas.put(3, y, &format!("[{sign}]"), 3, style);
    if let Some(fold) = line.fold {
        let glyphs = &canvas.glyphs;
        let sign = if review.is_unfolded(fold) { glyphs.open } else { glyphs.folded };
        canvas.put(7, y, &sign.to_string(), 1, Style::default());
    } else if is_row {
        let accepted = if is_accepted { 'a' } else { modifier(comparison, line.row) };
        canvas.put(7, y, &format!("{}{accepted}", comparison.relation(line.row).sign()), 2, Style::default());
    }
    if let Some((band, _)) = line.item.and_then(|item| item.risk) {
        let style = crate::tui::risk::style(canvas, band);
        canvas.put(9, y, &band.letter().to_string(), 1, style);
    }
    let path = path(review, line);
    let (x, wide) = match cells {
        // What has no values has their room.
        70.. if !is_row => (12, if cells >= 100 { 72 } else { cells - 13 }),
        100.. => (12, 38),
        70..100 => (12, 34),
        _ => (11, cells.saturating_sub(12)),
    };
    let indent = if line.is_member { 2 } else { 0 };
    let name = match line.fold {
        Some(fold) => {
            let count = format!(" ({})", fold.items.len());
            let room = usize::from(wide).saturating_sub(width(&count));
            format!("{}{count}", fit(&escape(&fold.title), room))
        }
        None if !is_row => fit(&escape(&path), usize::from(wide)).into_owned(),
        None => tail(&escape(&path), usize::from(wide - indent)),
    };
    canvas.put(x + indent, y, &name, wide - indent, Style::default());
    if cells >= 70 {
        let at = if is_row { x + wide + 2 } else { 52 };
        let room = if cells >= 100 { 32 } else { cells.saturating_sub(at) };
        if line.fold.is_some() {
            canvas.put(
                at,
                y,
                &format!("worst {}", tail(&escape(&path), usize::from(room.saturating_sub(6)))),
                room,
                Style::default(),
            );
        } else if is_row {
            let (left, right) = sides(review, line.row);
            let pair = pair_of(comparison, line.row, left, right);
            let whole = format!("{} -> {}", pair.left, pair.right);
            let text = if width(&whole) <= usize::from(room) {
                whole
            } else {
                let (left, right) = pair.anchored(usize::from(room.saturating_sub(4) / 2));
                format!("{} -> {}", left.text.trim_end(), right.text.trim_end())
            };
            canvas.put(at, y, &text, room, Style::default());
        }
        if cells >= 100 {
            canvas.put(at + room + 2, y, &words(review, line, true), cells.saturating_sub(at + room + 2), style);
        }
    }
    if selected {
        canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
        canvas.cursor = Some(Position::new(0, y));
    }
}

/// The end of a path, where all of it does not fit: its last keys tell most.
fn tail(shown: &str, cells: usize) -> String {
    if width(shown) <= cells {
        return shown.to_owned();
    }
    let mut kept = Vec::new();
    let mut used = 2;
    for cluster in shown.graphemes(true).rev() {
        used += width(cluster);
        if used > cells {
            break;
        }
        kept.push(cluster);
    }
    kept.reverse();
    format!("..{}", kept.concat())
}

/// A time of a journal: the hour on this day's decisions would need a clock, so the day stands with it.
fn when(at: &str) -> String {
    let time = at.parse::<Timestamp>().map(|time| time.strftime("%m-%d %H:%MZ").to_string());
    time.unwrap_or_else(|_| escape(at).into_owned())
}

/// How a line stands, in a few words.
fn words(review: &Review, line: &Line<'_>, with_note: bool) -> String {
    if let Some(fold) = line.fold {
        return words_of(review, line, fold);
    }
    let path = path(review, line);
    if review.waiting.contains_key(&path) {
        return "saving ..".to_owned();
    }
    let marked = review.marks.of(&path);
    let by = marked.map(|marked| format!("{} {}", escape(&marked.by), when(&marked.at))).unwrap_or_default();
    let note = review.marks.notes(&path).last().filter(|_| with_note);
    let note = note.map(|note| format!(": {}", escape(&note.text))).unwrap_or_default();
    match (line.seen, line.item) {
        (Seen::Reviewed, Some(item)) if item.call == Call::Block => format!("seen {by}, BLOCKED by the policy{note}"),
        (Seen::Reviewed, _) => format!("reviewed {by}{note}"),
        (Seen::Flagged, _) => format!("FLAGGED {by}{note}"),
        (Seen::Skipped, _) => format!("skipped {by}{note}"),
        (Seen::Changed, _) => format!("CHANGED since {} {by}{note}", marked.map_or("", |marked| marked.mark.word())),
        (Seen::Open, Some(item)) => {
            let said = match item.call {
                _ if item.is_new => "NEW".to_owned(),
                Call::Accepted => String::new(),
                _ if item.is_unknown && item.is_row => {
                    "unknown: cannot be reviewed, capture again or accept".to_owned()
                }
                Call::Block => "BLOCKED by the policy".to_owned(),
                Call::Warn => "a warning".to_owned(),
                _ => String::new(),
            };
            let why = escape(&item.why);
            let joined = if said.is_empty() || why.is_empty() { "" } else { ": " };
            format!("{said}{joined}{why}{}", if note.is_empty() { String::new() } else { format!("  note{note}") })
        }
        (Seen::Open, None) => String::new(),
    }
}

/// How the items of one cause stand, in a few words.
fn words_of(review: &Review, line: &Line<'_>, fold: &Fold) -> String {
    let items = || fold.items.iter().filter_map(|at| review.board.items.get(*at));
    if items().any(|item| review.waiting.contains_key(&item.path)) {
        return "saving ..".to_owned();
    }
    let (done, all) = (review.done_of(fold), fold.items.len());
    let call = line.item.map_or(Call::Pass, |item| item.call);
    match (line.seen, call) {
        (Seen::Flagged, _) => "FLAGGED, or one of them is".to_owned(),
        (Seen::Changed, _) => "CHANGED, or one of them has".to_owned(),
        (_, Call::Accepted) => "all accepted".to_owned(),
        (_, Call::Block) => format!("BLOCKED by the policy, all {all}"),
        _ if line.item.is_some_and(|item| item.is_unknown) => "unknown: cannot be reviewed".to_owned(),
        (Seen::Skipped, _) => "skipped".to_owned(),
        (Seen::Reviewed, _) => "all reviewed".to_owned(),
        (Seen::Open, _) if items().all(|item| item.is_new) => format!("NEW, {done} of {all} done"),
        (Seen::Open, _) => format!("{done} of {all} done"),
    }
}

/// What is to be said of the selected line: its values with where they were read, what it risks, how it stands.
fn about(review: &Review, line: &Line<'_>, top: u16, canvas: &mut Canvas<'_>) {
    let cells = usize::from(canvas.area().width);
    let (count, _) = preview(canvas.area().height);
    let mut lines = Vec::new();
    let comparison = review.board.comparison();
    if let Some(fold) = line.fold {
        lines.push(fold.why.to_owned());
        lines.push(format!("The worst of them: {}", escape(&path(review, line))));
    }
    if line.item.is_none_or(|item| item.is_row) {
        lines.extend(values(comparison, line.row, sides(review, line.row), cells));
    }
    let mut said = Vec::new();
    if let Some(item) = line.item {
        if let Some((band, points)) = item.risk {
            said.push(format!("{} {points}  {}", band.word().to_uppercase(), escape(&item.happens)));
        }
        if item.is_new {
            let since = review.journal.finished().map(|(at, _)| format!(" ({})", when(at))).unwrap_or_default();
            said.push(format!("NEW: it was not asked about in the last review that was finished{since}."));
        }
    }
    let stands = words(review, line, false);
    if !stands.is_empty() && stands != "NEW" {
        said.push(stands);
    }
    let path = path(review, line);
    let notes = review.marks.notes(&path).iter().rev();
    said.extend(notes.map(|note| format!("note of {} {}: {}", escape(&note.by), when(&note.at), escape(&note.text))));
    let told = said.len();
    if count == 1 {
        // One line: what was decided says more than a value that the row has already.
        lines = said;
    } else {
        lines.extend(said);
    }
    let room = cells.saturating_sub(1);
    // What is said in words is told whole, where there is room; values stay on their lines.
    let values = lines.len() - told;
    let wrapped = lines.iter().enumerate().flat_map(|(at, text)| match at < values {
        true => vec![text.clone()],
        false => in_lines(text, 0, 1, room),
    });
    for (y, text) in (top..top + count).zip(wrapped) {
        canvas.put(1, y, &fit(&text, room), cells as u16, Style::default());
    }
}

/// What the sides say, two of them at most; the rest is counted.
fn values(comparison: &Comparison, row: RowId, (left, right): (usize, usize), cells: usize) -> Vec<String> {
    let label = |side: usize| {
        let label = comparison.sides().get(side).map_or("", |side| side.label());
        fit(&escape(label), 16).into_owned()
    };
    let column = width(&label(left)).max(width(&label(right))) + 2;
    let wants = if cells >= 100 { 50 } else { cells.saturating_sub(column + 2) };
    let pair = pair_of(comparison, row, left, right);
    let (a, b) = pair.anchored(wants.max(8));
    let line = |side: usize, text: &str| {
        let source = comparison.source(row, side).filter(|_| cells >= 100).map(|source| escape(source).into_owned());
        let text = if width(&in_full(comparison.cell(row, side))) <= wants {
            in_full(comparison.cell(row, side))
        } else {
            text.trim_end().to_owned()
        };
        let name = label(side);
        let gap = " ".repeat(column - width(&name));
        let mark = if side == comparison.reference() { "  (REF)" } else { "" };
        format!("{name}{gap}{text}{mark}{}", source.map(|source| format!("   from {source}")).unwrap_or_default())
    };
    let mut lines = vec![line(left, &a.text), line(right, &b.text)];
    let more = comparison.sides().len().saturating_sub(2);
    if more > 0
        && let Some(last) = lines.last_mut()
    {
        last.push_str(&format!("   {more} more"));
    }
    lines
}

fn status(model: &Model, review: &Review, canvas: &mut Canvas<'_>) {
    let area = canvas.area();
    let y = area.height.saturating_sub(2);
    let counts = review.status().counts;
    let verdict = format!("{} (exit {})", counts.verdict.word(), counts.verdict.status());
    let saved = match &review.saved {
        _ if review.is_saving() => "saving ..".to_owned(),
        Some(saved) => format!("saved {saved}"),
        None if counts.done() > 0 => format!("{} of {} decided before", counts.done(), counts.asked),
        None => "nothing decided yet".to_owned(),
    };
    let (long, brief) = ("verdict if you leave now: ", "leave now: ");
    let who = format!(" reviewer {}   ", escape(&review.reviewer));
    let forms = [
        format!("{who}{saved}   {long}{verdict}"),
        format!(" {saved}   {long}{verdict}"),
        format!(" {saved}   {brief}{verdict}"),
        format!(" {brief}{verdict}"),
    ];
    let note = escape(&model.note).into_owned();
    // The verdict is always seen; a note stands beside it, or above it where there is no room.
    let room = usize::from(area.width);
    let beside = |form: &&String| width(form) + width(&note) + 2 <= room;
    let form = forms.iter().find(beside).or_else(|| forms.iter().find(|form| width(form) <= room)).unwrap_or(&forms[3]);
    if width(form) + width(&note) + 2 <= room {
        canvas.put_both(y, form, &note, Style::default());
    } else {
        canvas.put(0, y, form, area.width, Style::default());
        canvas.blank(y.saturating_sub(1));
        canvas.put(1, y.saturating_sub(1), &note, area.width.saturating_sub(1), Style::default());
    }
    let role = match counts.verdict {
        Verdict::Block => Some(Role::Error),
        Verdict::Undecided => Some(Role::Changed),
        Verdict::Pass => None,
    };
    if let (Some(role), Some(at)) = (role, form.find(counts.verdict.word())) {
        let x = width(&form[..at]) as u16;
        canvas.restyle(Rect::new(x, y, counts.verdict.word().len() as u16, 1), canvas.style(role));
    }
}
