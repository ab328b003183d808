//! Drawing the coverage of the target.

use super::{Item, covered};
use crate::assess::Judged;
use crate::base::share::percent;
use crate::base::text::{escape, fit, squeeze, width};
use crate::compare::{Comparison, RowId};
use crate::coverage::{Coverage, Share, Shown};
use crate::meaning::Meaning;
use crate::report::Report;
use crate::report::coverage::{ALONE, CoverageReport, blind_words, write_text};
use crate::report::overview::number;
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::Action;
use crate::tui::model::Model;
use crate::tui::shorten::shortened;
use crate::tui::theme::Role;
use crate::tui::tree::cells::in_full;
use crate::tui::view::{tabs, waiting};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

/// Lines of the preview.
const PREVIEW: u16 = 4;
/// Lines of sentences at the top.
const SENTENCES: usize = 4;
/// The fewest cells in which something is said of a path.
const SAID: usize = 12;
/// What is hinted.
const HINTS: [Action; 6] =
    [Action::NextStop, Action::Toggle, Action::ViewMatrix, Action::Print, Action::Commands, Action::Back];

/// What is drawn on a line of the list.
enum Row {
    Item(usize, Item),
    Heading(&'static str),
}

/// Hands a document of the coverage to whoever asks.
fn with_report<T>(
    comparison: &Comparison,
    meaning: &Meaning,
    coverage: &Coverage,
    ask: impl FnOnce(&CoverageReport<'_>) -> T,
) -> T {
    let report = Report { meaning: Some(meaning), ..Report::new(comparison, &[]) };
    ask(&CoverageReport { report: &report, meaning, coverage })
}

/// As [`with_report`], of what was judged.
fn of<T>(judged: &Judged, coverage: &Coverage, ask: impl FnOnce(&CoverageReport<'_>) -> T) -> T {
    with_report(&judged.assessment.comparison, &judged.assessment.meaning, coverage, ask)
}

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let Some(whole) = &model.whole else { return waiting(model, canvas) };
    let Rect { width, height, .. } = canvas.area();
    let (judged, coverage) = match covered(whole) {
        Ok(covered) => covered,
        Err(words) => {
            tabs(model, "", canvas);
            canvas.put(1, 2, words, width.saturating_sub(1), Style::default());
            let hint = format!("{} back", hints::key(Action::Back));
            canvas.put(0, height.saturating_sub(1), &hint, width, Style::default());
            return;
        }
    };
    let name = label(judged, coverage.target);
    // One environment alone covers nothing of what it has otherwise: a share of it would say nothing.
    let percent = coverage.all.percent().filter(|_| coverage.environments.len() > 1);
    let about = match (percent, width) {
        (None, ..70) => fit(&name, 24).into_owned(),
        (None, _) => format!("what tests show of {}", fit(&name, 24)),
        (Some(percent), 70..) => format!("tests meet {percent} % of the risk of {}", fit(&name, 24)),
        (Some(percent), _) => format!("tests meet {percent} % of risk"),
    };
    tabs(model, &about, canvas);
    let sentences = of(judged, coverage, |report| report.sentences_with(number));
    let room = if height >= 24 { SENTENCES } else { 1 };
    let told = match room {
        // The last sentence says it in points.
        1 => sentences.last().cloned().into_iter().collect(),
        _ => sentences,
    };
    let lay = |told: &[String]| -> Vec<String> {
        told.iter().flat_map(|sentence| wrapped(sentence, usize::from(width) - 2)).collect()
    };
    let mut lines = lay(&told);
    if lines.len() > room {
        // What does not fit is seen to be cut, and what is said in points is said first.
        let (last, rest) =
            told.split_last().map_or((&[][..], &[][..]), |(last, rest)| (std::slice::from_ref(last), rest));
        lines = lay(&[last, rest].concat());
        lines.truncate(room);
        if let Some(line) = lines.last_mut() {
            *line = fit(&format!("{line} .."), usize::from(width) - 2).into_owned();
        }
    }
    let mut y = 1;
    for line in &lines {
        canvas.put(1, y, line, width.saturating_sub(1), Style::default());
        y += 1;
    }
    let bottom = height.saturating_sub(PREVIEW + 3);
    let items = model.covered.items(coverage);
    let all = items.len();
    let at = model.covered.at.min(all.saturating_sub(1));
    let rows = rows(items);
    let selected = rows.iter().position(|row| matches!(row, Row::Item(place, _) if *place == at)).unwrap_or(0);
    let room = usize::from(bottom.saturating_sub(y)).max(1);
    let top = (selected + 2).saturating_sub(room).min(rows.len().saturating_sub(room));
    for (y, row) in (y..bottom).zip(rows.iter().skip(top)) {
        match row {
            Row::Heading(words) => heading(words, y, canvas),
            Row::Item(place, item) => line(judged, coverage, (*place == at, *item), y, canvas),
        }
    }
    preview(model, judged, coverage, bottom, canvas);
    let status = format!(" line {}/{all}   Enter: in the tree   Space: the values of an area", (at + 1).min(all));
    canvas.put_both(height.saturating_sub(2), &status, &escape(&model.note), Style::default());
    hints::these(canvas, height.saturating_sub(1), width, HINTS.into_iter());
}

fn label(judged: &Judged, side: usize) -> String {
    let sides = judged.assessment.comparison.sides();
    sides.get(side).map_or_else(String::new, |side| escape(side.label()).into_owned())
}

const AREAS: &str = "AREA";
const ADDS: &str = "What each environment adds";
const CHANGES: &str = "What to change first: each takes the target's values";

fn rows(items: Vec<Item>) -> Vec<Row> {
    let mut out = Vec::new();
    let mut last = "";
    for (at, item) in items.into_iter().enumerate() {
        let words = match item {
            Item::Area(_) | Item::Value(_) => AREAS,
            Item::Adds(_) => ADDS,
            Item::Change(_) => CHANGES,
        };
        if std::mem::replace(&mut last, words) != words {
            out.push(Row::Heading(words));
        }
        out.push(Row::Item(at, item));
    }
    out
}

/// Who shows a value of the target.
fn shown(judged: &Judged, coverage: &Coverage, row: RowId) -> String {
    match coverage.shown(&judged.assessment.comparison, row) {
        Shown::By(side) => format!("shown by {}", label(judged, side)),
        Shown::Bracketed { below, above } => format!("between {} and {}", label(judged, below), label(judged, above)),
        Shown::ByNone => "shown by none".to_owned(),
        Shown::Unknown => "not known to be shown".to_owned(),
        Shown::Unmeasured => format!("unknown in {}", label(judged, coverage.target)),
    }
}

/// The columns of an area: how much is at stake and not met, the share that is met, and counts of values.
fn figures(cells: u16, columns: [&str; 6]) -> String {
    let [points, open, met, shown, between, blind] = columns;
    match cells {
        70.. => format!("{points:>8} {open:>8} {met:>8}  {shown:>7} {between:>8} {blind:>7}"),
        _ => format!("{points:>7} {open:>7} {met:>6} {blind:>6}"),
    }
}

fn heading(words: &str, y: u16, canvas: &mut Canvas<'_>) {
    let cells = canvas.area().width;
    let style = canvas.style(Role::Heading);
    canvas.put(3, y, words, cells.saturating_sub(3), style);
    if words == AREAS {
        let heads = match cells {
            70.. => ["POINTS", "NOT MET", "MET", "SHOWN", "BETWEEN", "BLIND"],
            _ => ["POINTS", "UNMET", "MET", "", "", "BLIND"],
        };
        canvas.put(20, y, &figures(cells, heads), cells.saturating_sub(20), style);
    }
}

fn in_words(share: &Share) -> String {
    share.percent().map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

fn line(judged: &Judged, coverage: &Coverage, (selected, item): (bool, Item), y: u16, canvas: &mut Canvas<'_>) {
    let cells = canvas.area().width;
    if selected {
        canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
    }
    let comparison = &judged.assessment.comparison;
    match item {
        Item::Area(at) => {
            let Some((row, share)) = coverage.areas.get(at) else { return };
            canvas.put(3, y, &escape(comparison.key(*row)), 17, Style::default());
            let numbers = [share.points, share.uncovered, 0, share.shown, share.bracketed, share.blind()].map(number);
            let [points, open, _, shown, between, blind] = numbers;
            let text = figures(cells, [&points, &open, &in_words(share), &shown, &between, &blind]);
            canvas.put(20, y, &text, cells.saturating_sub(20), Style::default());
        }
        Item::Value(row) => {
            let risk = judged.assessment.meaning.risks.worst(row).map_or(0, |finding| finding.score.total());
            let tail = format!(" {}  {risk:>3}", shown(judged, coverage, row));
            let end = canvas.put_right(cells.saturating_sub(1), y, &tail, Style::default());
            let room = end.saturating_sub(6);
            canvas.put(5, y, &shortened(comparison, row, usize::from(room)), room, Style::default());
        }
        Item::Adds(at) => {
            let (Some(adds), Some(side)) = (coverage.adds.get(at), coverage.environments.get(at)) else { return };
            let is_alone = coverage.environments.len() == 1;
            let worth = match adds.marginal {
                _ if is_alone => String::new(),
                0 => "adds nothing".to_owned(),
                points => format!("adds {} points", number(points)),
            };
            let end = canvas.put_right(cells.saturating_sub(1), y, &worth, Style::default());
            let alone = percent(adds.alone, coverage.all.points).unwrap_or(0);
            let (shows, only) = (number(adds.shows), number(adds.shows_alone));
            let words = match is_alone {
                true => format!("{}: {ALONE}", label(judged, *side)),
                false => format!("{}: shows {shows} ({only} alone), {alone} % by itself", label(judged, *side)),
            };
            canvas.put(3, y, &fit(&words, usize::from(end.saturating_sub(4))), end.saturating_sub(4), Style::default());
        }
        Item::Change(at) => {
            let Some(change) = coverage.changes.get(at) else { return };
            let title = of(judged, coverage, |report| report.title(change));
            let name = label(judged, *coverage.environments.get(change.environment).unwrap_or(&change.environment));
            let sum: u32 = coverage.changes.iter().take(at + 1).map(|change| change.points).sum();
            let share = percent(sum, coverage.all.uncovered).unwrap_or(0);
            let unit = if cells < 70 { "" } else { " points" };
            let tail = format!(" -{}{unit}  {share:>3} %", change.points);
            let end = canvas.put_right(cells.saturating_sub(1), y, &tail, Style::default());
            let x = canvas.put(3, y, &format!("{:>3}  {name}: ", at + 1), end.saturating_sub(4), Style::default());
            let room = end.saturating_sub(x + 1);
            // What is said of a path ends before the path does: rows are told apart by that.
            let title = match title.strip_prefix(&comparison.path(change.worst).to_string()) {
                Some(said) => {
                    let path = shortened(comparison, change.worst, usize::from(room));
                    let rest = usize::from(room).saturating_sub(width(&path));
                    let said = if rest < SAID { "" } else { said };
                    format!("{path}{}", fit(&escape(said), rest))
                }
                None => squeeze(&escape(&title), usize::from(room)).into_owned(),
            };
            canvas.put(x, y, &title, room, Style::default());
        }
    }
    if selected {
        canvas.restyle(Rect::new(0, y, cells, 1), canvas.style(Role::Selection));
        canvas.cursor = Some(Position::new(0, y));
    }
}

/// The selected line in sentences.
fn preview(model: &Model, judged: &Judged, coverage: &Coverage, top: u16, canvas: &mut Canvas<'_>) {
    let Some(item) = model.covered.selected(coverage) else {
        canvas.rule(top, "");
        return;
    };
    let target = label(judged, coverage.target);
    let (title, words) = match item {
        Item::Area(at) => {
            let Some((row, share)) = coverage.areas.get(at) else { return };
            let name = escape(judged.assessment.comparison.key(*row)).into_owned();
            let met = share.points.saturating_sub(share.uncovered);
            let more = match model.covered.more() {
                0 => String::new(),
                more => format!(" {} more values are not listed: the matrix has all.", number(more as u32)),
            };
            let words = format!(
                "Values of {target} that differ somewhere: {} stand in a test environment, {} lie between two, and \
                 {}. Tests can meet {} of {} points.{more}",
                number(share.shown),
                number(share.bracketed),
                blind_words(share, number),
                number(met),
                number(share.points)
            );
            (name, words)
        }
        Item::Value(row) => {
            let comparison = &judged.assessment.comparison;
            let side = |side: usize| format!("{} {}", label(judged, side), in_full(comparison.cell(row, side)));
            let others = coverage.environments.iter().map(|at| side(*at)).collect::<Vec<_>>().join(", ");
            let risks = &judged.assessment.meaning.risks;
            let says = risks.worst(row).map(|finding| risks.says(finding));
            let why = says.map(|says| if says.consequence.is_empty() { says.why } else { says.consequence });
            let why = why.unwrap_or_default();
            let words = format!("{}; {others}. {}. {why}", side(coverage.target), shown(judged, coverage, row));
            (escape(&comparison.path(row).to_string()).into_owned(), words)
        }
        Item::Adds(at) => {
            let sentences = of(judged, coverage, |report| report.additions_with(number));
            let Some((name, words)) = sentences.get(at).cloned() else { return };
            (name, format!("{words}. Enter lays it beside {target}."))
        }
        Item::Change(at) => {
            let Some(change) = coverage.changes.get(at) else { return };
            let title = of(judged, coverage, |report| report.title(change));
            let name = label(judged, *coverage.environments.get(change.environment).unwrap_or(&change.environment));
            let values = if change.values == 1 { "1 value".to_owned() } else { format!("{} values", change.values) };
            let words = format!(
                "{values} of {name} would become those of {target}; tests could then meet {} points more. The percentage is \
                 the share of all that is not met, with the changes above.",
                change.points
            );
            (escape(&title).into_owned(), words)
        }
    };
    canvas.rule(top, &title);
    let cells = canvas.area().width.saturating_sub(2);
    for (y, text) in (top + 1..=top + PREVIEW).zip(wrapped(&words, usize::from(cells))) {
        canvas.put(1, y, &text, cells, Style::default());
    }
}

/// A sentence in lines of so many cells.
fn wrapped(text: &str, cells: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_word_bounds() {
        match lines.last_mut() {
            Some(line) if crate::base::text::width(line) + crate::base::text::width(word) <= cells => {
                line.push_str(word)
            }
            _ => lines.push(word.trim_start().to_owned()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The screen as plain text.
pub fn text(model: &Model) -> String {
    let Some(Ok((judged, _))) = model.whole.as_ref().map(covered) else { return String::new() };
    told(&judged.assessment.comparison, &judged.assessment.meaning).unwrap_or_else(str::to_owned)
}

/// What `driftglass coverage` prints.
///
/// # Errors
/// There is no test environment: words that say so.
pub fn told(comparison: &Comparison, meaning: &Meaning) -> Result<String, &'static str> {
    let coverage = meaning.coverage.as_ref().ok_or(super::NO_TESTS)?;
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = with_report(comparison, meaning, coverage, |report| write_text(report, &mut out));
    Ok(String::from_utf8_lossy(&out).into_owned())
}
