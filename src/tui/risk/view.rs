//! Drawing the list of what is to be read first.

use super::Order;
use crate::assess::Judged;
use crate::base::text::{escape, fit, width};
use crate::compare::{Comparison, RowId};
use crate::meaning::{Line, Meaning, What};
use crate::report::overview::number;
use crate::risk::{Band, Finding};
use crate::tui::canvas::Canvas;
use crate::tui::hints;
use crate::tui::keys::Action;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::tree::cells::pair_of;
use crate::tui::view::tabs;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

/// Lines of the preview.
const PREVIEW: u16 = 6;
/// Of how many lines the text tells all.
const NAMED: usize = 3;

/// What is hinted.
const HINTS: [Action; 8] = [
    Action::NextStop,
    Action::Open,
    Action::Accept,
    Action::Order,
    Action::ViewTree,
    Action::Print,
    Action::Commands,
    Action::Back,
];

/// The look of a band; the word or the letter says it first.
pub fn style(canvas: &Canvas<'_>, band: Band) -> Style {
    match band {
        Band::Critical => {
            // Where a theme has no attributes, it has none for this either.
            let style = canvas.style(Role::Error);
            if style == Style::default() { style } else { style.add_modifier(Modifier::REVERSED) }
        }
        Band::High => canvas.style(Role::Error),
        Band::Medium => canvas.style(Role::Changed),
        Band::Low | Band::Info => Style::default(),
    }
}

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let area = canvas.area();
    let Some(judged) = model.tree.judgement() else {
        tabs(model, "", canvas);
        canvas.put(1, 2, "judging what differs ..", area.width.saturating_sub(1), Style::default());
        return;
    };
    let (meaning, open) = (&*judged.assessment.meaning, &judged.assessment.open);
    let comparison = &**model.tree.comparison();
    let moved = meaning.ranking.points().saturating_sub(open.points());
    let word = if moved > 0 { "open" } else { "total" };
    tabs(model, &format!("{word} risk {} points", grouped(open.points())), canvas);
    let lines = open.lines();
    let bands = open.bands();
    let words: Vec<String> = Band::ALL
        .into_iter()
        .filter(|band| bands.of(*band) > 0)
        .map(|band| format!("{} {}", bands.of(band), band.word()))
        .collect();
    let labels: Vec<_> = comparison.sides().iter().map(|side| escape(side.label()).into_owned()).collect();
    let about = format!(" {}: {}", labels.join(" | "), words.join(", "));
    let order = format!("by {} ({})", model.worst.order().words(), hints::key(Action::Order));
    let many = format!("{} {}", grouped(lines.len() as u64), if lines.len() == 1 { "line" } else { "lines" });
    canvas.put_both(1, &about, &format!("{many} {order} "), Style::default());
    let heads = Columns::of(area.width, lines.len(), model.worst.knows_ages());
    let names = ["#", "RISK", "PTS", "WHAT", "VALUES", "RULE", "AGE", "SUM"];
    heads.put(canvas, 2, names, canvas.style(Role::Heading));
    let bottom = area.height.saturating_sub(PREVIEW + 2);
    let rest = out_of_the_way(judged);
    let end = bottom.saturating_sub(u16::from(!rest.is_empty()));
    for (y, (at, place)) in (3..end).zip(model.worst.listed.iter().enumerate().skip(model.worst.top())) {
        if let Some(line) = lines.get(*place) {
            row(model, judged, (at, *place, line), y, &heads, canvas);
        }
    }
    if !rest.is_empty() {
        canvas.put(3, end, &rest, area.width.saturating_sub(3), Style::default());
    }
    if lines.is_empty() {
        canvas.put(1, 4, "Nothing differs that anybody would have to read.", area.width, Style::default());
    }
    if let Some(line) = model.worst.place().and_then(|place| lines.get(place)) {
        preview(model, meaning, line, bottom, canvas);
    }
    let sum = match model.worst.order() {
        Order::Score => "SUM: share of the risk down to this line",
        _ => "SUM: share of the risk down to this line's #",
    };
    let at = grouped((model.worst.at() + 1).min(lines.len()) as u64);
    let status = format!(" line {at}/{}   {sum}", grouped(lines.len() as u64));
    canvas.put_both(area.height.saturating_sub(2), &status, &escape(&model.note), Style::default());
    let foot = area.height.saturating_sub(1);
    match &model.menu {
        Some(menu) => {
            menu.draw(canvas, foot);
        }
        None => hints::these(canvas, foot, area.width, HINTS.into_iter()),
    }
}

/// A number with its digits in groups of three.
fn grouped(n: u64) -> String {
    number(u32::try_from(n).unwrap_or(u32::MAX))
}

/// What the policy has moved out of the list, and what it risks; empty for nothing.
fn out_of_the_way(judged: &Judged) -> String {
    let assessment = &judged.assessment;
    let counts = [(assessment.accepted().len(), "accepted"), (assessment.ignored().len(), "ignored")];
    let words: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if words.is_empty() {
        return String::new();
    }
    let points = assessment.meaning.ranking.points().saturating_sub(assessment.open.points());
    format!("a  {}, {points} points: not listed", words.join(" and "))
}

/// Where the columns begin.
struct Columns {
    /// Of number, band, points, title, values, rule, age, sum: place and width; no width, no column.
    places: [(u16, u16); 8],
}

impl Columns {
    fn of(cells: u16, lines: usize, knows_ages: bool) -> Self {
        let (values, rule) = match cells {
            110.. => (34, 22),
            90.. => (26, 0),
            70.. => (20, 0),
            _ => (0, 0),
        };
        // "> 212 d" has seven letters.
        let age = if knows_ages && cells >= 60 { 8 } else { 0 };
        let values = if knows_ages && values > 20 { values - 4 } else { values };
        let sum = if cells >= 60 { 6 } else { 0 };
        // The last of them has its number in full.
        let number = (lines.to_string().len() as u16 + 1).max(4);
        let fixed = 3 + number + 9 + 4;
        let title = cells.saturating_sub(fixed + values + rule + age + sum + 1);
        let mut x = 3;
        // "CRITICAL" has eight letters.
        let places = [number, 9, 4, title, values, rule, age, sum].map(|wide: u16| {
            let place = (x, wide.saturating_sub(1));
            x += wide;
            place
        });
        Self { places }
    }

    fn put(&self, canvas: &mut Canvas<'_>, y: u16, texts: [&str; 8], style: Style) {
        for ((x, cells), text) in self.places.iter().zip(texts).filter(|((_, cells), _)| *cells > 0) {
            canvas.put(*x, y, &fit(text, usize::from(*cells)), *cells, style);
        }
    }
}

fn row(
    model: &Model,
    judged: &Judged,
    (at, place, line): (usize, usize, &Line),
    y: u16,
    columns: &Columns,
    canvas: &mut Canvas<'_>,
) {
    let (meaning, open) = (&*judged.assessment.meaning, &judged.assessment.open);
    let comparison = &**model.tree.comparison();
    let selected = at == model.worst.at();
    if selected {
        canvas.put(0, y, canvas.glyphs.cursor, 2, Style::default());
    }
    let finding = meaning.risks.worst(line.worst);
    let rule = finding.map_or("", |finding| meaning.risks.says(finding).id);
    let values = finding.map(|finding| both_values(comparison, line.worst, finding)).unwrap_or_default();
    let (number, band, points) = ((place + 1).to_string(), line.band.word().to_uppercase(), line.points.to_string());
    let sum = format!("{:>3} %", open.share_down_to(place));
    let title = title(comparison, meaning, line);
    let age = model.worst.age(place);
    columns.put(canvas, y, [&number, &band, &points, &title, &values, rule, age, &sum], Style::default());
    let (x, cells) = columns.places[1];
    canvas.restyle(Rect::new(x, y, cells, 1), style(canvas, line.band));
    if selected {
        canvas.restyle(Rect::new(0, y, canvas.area().width, 1), canvas.style(Role::Selection));
        canvas.cursor = Some(Position::new(0, y));
    }
}

/// The two values that the finding is about, cut around what differs.
pub(super) fn both_values(comparison: &Comparison, row: RowId, finding: &Finding) -> String {
    let (left, right) = sides(comparison, finding);
    let pair = pair_of(comparison, row, left, right);
    let whole = format!("{} -> {}", pair.left, pair.right);
    if width(&whole) <= 32 {
        return whole;
    }
    let (left, right) = pair.anchored(14);
    format!("{} -> {}", left.text.trim_end(), right.text.trim_end())
}

/// The side that a finding is about and the reference, in the order in which they stand.
pub(super) fn sides(comparison: &Comparison, finding: &Finding) -> (usize, usize) {
    let reference = comparison.reference();
    (finding.side.min(reference), finding.side.max(reference))
}

/// What a line is called: the cause with its number of differences, or the path.
fn title(comparison: &Comparison, meaning: &Meaning, line: &Line) -> String {
    let cause = match line.what {
        What::Cause(at) => meaning.causes.all().get(at),
        What::Row(_) => None,
    };
    match cause {
        Some(cause) => format!("{} ({})", escape(&cause.title), cause.members.len()),
        None => escape(&comparison.path(line.worst).to_string()).into_owned(),
    }
}

/// What is to be said of a line: what happens, which row carries the risk, why, and what to test.
fn sentences(model: &Model, meaning: &Meaning, line: &Line) -> Vec<String> {
    let comparison = &**model.tree.comparison();
    let Some(finding) = meaning.risks.worst(line.worst) else { return Vec::new() };
    let says = meaning.risks.says(finding);
    let (left, right) = sides(comparison, finding);
    let pair = pair_of(comparison, line.worst, left, right);
    let label = |side: usize| comparison.sides().get(side).map_or_else(String::new, |s| escape(s.label()).into_owned());
    let (band, clause) = finding.score.band();
    let happens = finding.happens(&says.consequence, &label(finding.side));
    let mut out = vec![if happens.is_empty() { says.why.clone().into_owned() } else { happens }];
    let path = escape(&comparison.path(line.worst).to_string()).into_owned();
    out.push(format!("{path}: {} {} -> {} {}", label(left), pair.left, label(right), pair.right));
    let total = finding.score.total();
    let age = model.worst.place().map(|place| model.worst.age(place)).filter(|age| !age.is_empty());
    let since = match age {
        Some("new") => "; new since the date before".to_owned(),
        Some(age) if age != "?" => format!("; for {age}"),
        _ => String::new(),
    };
    let sum = format!("{} {} = {total}, {} by {}", says.id, finding.score.vector(), band.word(), clause.words());
    out.push(format!("{sum}{since}   (:explain)"));
    let open = model.tree.judgement().map(|judged| &judged.assessment.open);
    let also = open.map(|open| open.also(line, &meaning.causes, &meaning.risks, |_| true)).unwrap_or_default();
    if !also.is_empty() {
        let name = |(_, finding): &(RowId, &Finding)| {
            let (band, points) = (finding.score.band().0.word(), finding.score.total());
            format!("{} ({band} {points})", meaning.risks.says(finding).id)
        };
        out.push(format!("Also in it: {}", also.iter().map(name).collect::<Vec<_>>().join(", ")));
    }
    if let Some(fact) = finding.effective.and_then(|at| meaning.effective.facts().get(at)) {
        out.push(format!("In effect, {}: {}", escape(&fact.path.to_string()), fact.about));
    }
    let toward = finding.stands(says.harm, &label(finding.side), &label(comparison.reference()));
    if !toward.is_empty() {
        out.push(format!("{toward}."));
    }
    if !says.test.is_empty() {
        out.push(format!("Test: {}", says.test));
    }
    out
}

fn preview(model: &Model, meaning: &Meaning, line: &Line, top: u16, canvas: &mut Canvas<'_>) {
    let comparison = &**model.tree.comparison();
    canvas.rule(top, &title(comparison, meaning, line));
    let cells = canvas.area().width.saturating_sub(1);
    let lines = (top + 1..top + PREVIEW).zip(sentences(model, meaning, line));
    for (y, sentence) in lines {
        canvas.put(1, y, &fit(&sentence, usize::from(cells)), cells, Style::default());
    }
}

/// The list as plain text.
pub fn text(model: &Model) -> String {
    let Some(judged) = model.tree.judgement() else { return String::new() };
    let (meaning, open) = (&*judged.assessment.meaning, &judged.assessment.open);
    let comparison = &**model.tree.comparison();
    let mut out = String::new();
    for (at, line) in open.lines().iter().enumerate() {
        let title = title(comparison, meaning, line);
        let share = open.share_down_to(at);
        out.push_str(&format!("{:>4}  {:<8} {:>3}  {title}  ({share} %)\n", at + 1, line.band.word(), line.points));
        if at < NAMED || Some(at) == model.worst.place() {
            for sentence in sentences(model, meaning, line) {
                out.push_str(&format!("                     {sentence}\n"));
            }
        }
    }
    out
}
