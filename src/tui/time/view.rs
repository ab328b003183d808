//! Drawing the history.

use super::Time;
use crate::base::text::{escape, fit, width};
use crate::compare::Relation;
use crate::history::{Date, History, Row};
use crate::report::grouped;
use crate::report::history::{LIMIT, age, course, evidence, last_change, lines, moment, short_moment, signs};
use crate::report::overview::number;
use crate::tui::canvas::Canvas;
use crate::tui::keys::Action;
use crate::tui::list;
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::tui::view::tabs;
use crate::tui::{accept, hints};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Modifier, Style};

/// Cells before the path: the cursor and a space, the sign of what is accepted, a space.
const MARKS: u16 = 4;
/// Cells of a date where each has its day above it.
const DAY: u16 = 6;
/// The widest age: `> 212 d`.
const AGE: u16 = 9;

/// What is hinted.
const HINTS: [(Action, &str); 9] = [
    (Action::NextStop, "next"),
    (Action::Open, "tree of the date"),
    (Action::PreviousColumn, "earlier"),
    (Action::NextColumn, "later"),
    (Action::Order, "order"),
    (Action::Accept, "accept"),
    (Action::Print, "print"),
    (Action::Commands, "commands"),
    (Action::Back, "back"),
];

/// What the signs say.
const LEGEND: &str = " = same   ~ differs   < > only one side has it   ? unknown";

/// What they say of one environment.
const LEGEND_OF_ONE: &str = " = as before   ~ changed   < gone   > new   ? unknown";

/// Lines beneath the list: the rule, the blame, legend, status and hints.
fn beneath(size: Size) -> u16 {
    match size.height {
        30.. => 15,
        22.. => 8,
        16.. => 7,
        _ => 4,
    }
}

/// Lines above the list.
const ABOVE: u16 = 3;

/// How many rows a window of this size lists.
pub(super) fn list_height(size: Size) -> u16 {
    size.height.saturating_sub(ABOVE + beneath(size))
}

/// Draws the whole screen.
pub fn draw(model: &Model, canvas: &mut Canvas<'_>) {
    let area = canvas.area();
    let time = &model.time;
    let bottom = area.height.saturating_sub(1);
    let Some(history) = time.history().filter(|history| history.has_past()) else {
        tabs(model, "", canvas);
        let lines = without(time);
        for (y, line) in (2..bottom).zip(lines) {
            canvas.put(1, y, &line, area.width.saturating_sub(1), Style::default());
        }
        canvas.put_both(bottom.saturating_sub(1), "", &escape(&model.note), Style::default());
        let hinted = [Action::Add, Action::ViewTree, Action::Commands, Action::Back];
        return hints::these(canvas, bottom, area.width, hinted.into_iter());
    };
    let day = |date: Option<&Date>| moment(date.and_then(Date::at)).get(..10).unwrap_or_default().to_owned();
    let (first, last) = (day(history.dates.first()), day(history.dates.last()));
    let brief =
        last.get(5..).filter(|_| area.width < 70 || first.get(..4) == last.get(..4)).unwrap_or(&last).to_owned();
    let all = history.dates.len();
    let about = if area.width >= 90 {
        format!("{all} dates, {first} .. {brief}")
    } else {
        format!("{} .. {brief}", &first[5.min(first.len())..])
    };
    tabs(model, &about, canvas);
    let left_out = time.traced.as_ref().map_or(0, |traced| traced.left_out);
    let older = if left_out > 0 { format!("; {left_out} older dates left out") } else { String::new() };
    let (as_ever, moved) = (time.as_ever, time.rows.len().saturating_sub(time.as_ever + time.added));
    let paths = if moved == 1 { "path" } else { "paths" };
    let always = if as_ever > 0 { format!(", {} differ on all dates", number(as_ever as u32)) } else { String::new() };
    let happened = if history.is_of_one() { "changed" } else { "diverged or healed" };
    let sides: Vec<_> = model.tree.comparison().sides().iter().map(|side| escape(side.label())).collect();
    let sides = if history.is_of_one() { String::new() } else { format!("{}: ", sides.join(" | ")) };
    let what = format!(" {sides}{} {paths} {happened}{always}{older}", number(moved as u32));
    let order = format!("order: {} ({}) ", time.order.words(), hints::key(Action::Order));
    canvas.put_both(1, &what, if area.width >= 70 { &order } else { "" }, Style::default());
    let columns = Columns::of(area.width, history, time);
    head(history, time, &columns, canvas);
    let list = ABOVE..ABOVE + list_height(Size::new(area.width, area.height));
    let comparison = model.tree.comparison();
    let accepted = model.tree.judgement().map(|judged| judged.assessment.accepted()).unwrap_or_default();
    for (y, (at, place)) in list.zip(time.rows.iter().enumerate().skip(time.lines.top())) {
        let Some(row) = history.rows.get(*place) else { continue };
        let is_accepted =
            !accepted.is_empty() && comparison.find(&row.path).is_some_and(|row| accepted.binary_search(&row).is_ok());
        draw_row(history, row, &columns, (y, (at == time.lines.at()).then(|| time.date()), is_accepted), canvas);
    }
    if time.rows.is_empty() {
        canvas.put(1, 4, "Nothing has differed on any of these dates.", area.width, Style::default());
    }
    blame(model, history, canvas);
    let date = history.dates.get(time.date());
    let marked = format!("date {}/{} {}", time.date() + 1, all, moment(date.and_then(Date::at)));
    let counts = date.map_or_else(String::new, |date| {
        let moved = match (date.diverged, date.healed) {
            (0, 0) => String::new(),
            (diverged, healed) => format!(", {diverged} new, {healed} healed"),
        };
        let word = if history.is_of_one() { "changed" } else { "differ" };
        let moved = if history.is_of_one() { String::new() } else { moved };
        let unknown = match date.unknown {
            0 => String::new(),
            unknown => format!(", {} unknown", number(unknown as u32)),
        };
        format!(": {} {word}{unknown}{moved}", number(date.differing as u32))
    });
    let marked = format!("{marked}{}", if area.width >= 70 { counts } else { String::new() });
    let rows = time.rows.len();
    let status = format!(" row {}/{}   {marked}", grouped((time.lines.at() + 1).min(rows)), grouped(rows));
    canvas.put_both(bottom.saturating_sub(1), &status, &escape(&model.note), Style::default());
    hints::worded(canvas, bottom, area.width, HINTS.into_iter());
}

/// What is said where there is no history to show.
fn without(time: &Time) -> Vec<String> {
    if let Some((done, all)) = time.reading {
        let of = if all > 0 { format!(": {done} of {all} dates") } else { String::new() };
        return vec![format!("reading the history{of} ..   {} stops", hints::key(Action::Interrupt))];
    }
    if !time.wrong.is_empty() {
        return vec![escape(&time.wrong).into_owned()];
    }
    let labels = time.of.as_ref().map(|sides| sides.each_ref().map(|side| escape(side.meta.name()).into_owned()));
    let example = labels.as_ref().map_or("NAME", |labels| labels[0].as_str());
    vec![
        "Only one snapshot of each side; a second capture makes this screen useful.".to_owned(),
        String::new(),
        "What is kept under a label is its history:".to_owned(),
        format!("  driftglass capture --label {example}      on the machine itself, every day"),
        format!("  {}  captures this machine from here, :save keeps it", hints::key(Action::Add)),
    ]
}

/// Where the columns begin, and which dates are on the screen.
struct Columns {
    /// Cells of the path.
    path: u16,
    /// Where the dates begin.
    dates: u16,
    /// Cells of each.
    each: u16,
    /// The first date that is shown, and how many.
    shown: std::ops::Range<usize>,
    age: u16,
    /// Where the last change begins, and its cells; none where there is no room.
    last: (u16, u16),
}

impl Columns {
    fn of(cells: u16, history: &History, time: &Time) -> Self {
        let all = history.dates.len() as u16;
        let each = if cells >= 110 && all * DAY <= 48 { DAY } else { 1 };
        let most = match (each, cells) {
            (DAY, _) => all,
            (_, 110..) => 40,
            (_, 70..) => 16,
            _ => 10,
        };
        let count = all.min(most);
        // The marked date is in view, with the newest as long as they are.
        let end = (time.date() + 1)
            .max(usize::from(count))
            .max(if time.date() + usize::from(count) >= usize::from(all) { usize::from(all) } else { 0 });
        let shown = end - usize::from(count)..end;
        // The newest day needs its letters, and the head of a few dates `08..11`.
        let dates_cells = (count * each).max(7);
        let fixed = MARKS + dates_cells + 1 + AGE;
        let room = cells.saturating_sub(fixed);
        let path = if cells >= 70 { (room * 45 / 100).clamp(20, 48) } else { room.saturating_sub(1) };
        let dates = MARKS + path + 1;
        let age = dates + dates_cells + 1;
        let last = age + AGE;
        Self { path, dates, each, shown, age, last: (last, cells.saturating_sub(last)) }
    }
}

fn head(history: &History, time: &Time, columns: &Columns, canvas: &mut Canvas<'_>) {
    let style = canvas.style(Role::Heading);
    let y = ABOVE - 1;
    canvas.put(MARKS, y, "PATH", 4, style);
    let at = |date: Option<&Date>| moment(date.and_then(Date::at));
    // The captures of one day are told by their time.
    let is_one_day = at(history.dates.first()).get(..10) == at(history.dates.last()).get(..10);
    let part = if is_one_day { 11..16 } else { 5..10 };
    let day = |date: usize| at(history.dates.get(date)).get(part.clone()).unwrap_or("?").to_owned();
    if columns.each == DAY {
        for (place, date) in columns.shown.clone().enumerate() {
            let x = columns.dates + place as u16 * DAY;
            canvas.put(x, y, &day(date), DAY - 1, style);
            if date == time.date() {
                canvas.restyle(Rect::new(x, y, DAY - 1, 1), canvas.style(Role::Selection));
            }
        }
    } else {
        let (first, last) = (day(columns.shown.start), day(columns.shown.end.saturating_sub(1)));
        let piece = |text: &str, part: std::ops::Range<usize>| text.get(part).unwrap_or_default().to_owned();
        let text = match (is_one_day, piece(&first, 0..2) == piece(&last, 0..2)) {
            (true, _) => format!("{first}.."),
            (false, true) => format!("{}..{}", piece(&first, 3..5), piece(&last, 3..5)),
            (false, false) => format!("{}..{}", piece(&first, 0..2), piece(&last, 0..2)),
        };
        canvas.put(columns.dates, y, &text, 7, style);
    }
    canvas.put(columns.age, y, "AGE", AGE, style);
    canvas.put(columns.last.0, y, "LAST CHANGE", columns.last.1, style);
}

fn draw_row(
    history: &History,
    row: &Row,
    columns: &Columns,
    (y, selected, accepted): (u16, Option<usize>, bool),
    canvas: &mut Canvas<'_>,
) {
    if accepted {
        canvas.put(2, y, "a", 1, Style::default());
    }
    let path = escape(&row.path.to_string()).into_owned();
    // The end of a path says more than its area.
    let path = match width(&path) <= usize::from(columns.path) {
        true => path,
        false => format!("..{}", tail(&path, usize::from(columns.path).saturating_sub(2))),
    };
    canvas.put(MARKS, y, &path, columns.path, Style::default());
    for (place, date) in columns.shown.clone().enumerate() {
        let Some(sign) = row.signs.get(date) else { continue };
        let style = match sign {
            Relation::Same => Style::default(),
            Relation::Unknown => canvas.style(Role::Unknown),
            Relation::OnlyLeft => canvas.style(Role::Left),
            Relation::OnlyRight => canvas.style(Role::Right),
            Relation::Changed => canvas.style(Role::Changed),
        };
        canvas.put(columns.dates + place as u16 * columns.each, y, &sign.sign().to_string(), 1, style);
    }
    canvas.put(columns.age, y, &age(history, row), AGE - 1, Style::default());
    if columns.last.1 > 10 {
        canvas.put(columns.last.0, y, &last_change(history, row), columns.last.1, Style::default());
    }
    if let Some(marked) = selected {
        list::mark(canvas, y);
        if let Some(place) = marked.checked_sub(columns.shown.start).filter(|_| columns.each == 1) {
            // Where dates have no heads, the marked one is underlined.
            let underlined = Style::default().add_modifier(Modifier::UNDERLINED);
            canvas.restyle(Rect::new(columns.dates + place as u16, y, 1, 1), underlined);
        }
        canvas.cursor = Some(Position::new(0, y));
    }
}

/// The end of a display form, in at most so many cells.
fn tail(shown: &str, cells: usize) -> &str {
    let mut start = shown.len();
    for (at, _) in shown.char_indices().rev() {
        if width(&shown[at..]) > cells {
            break;
        }
        start = at;
    }
    &shown[start..]
}

/// Who changed the selected path, as far as the snapshots tell.
fn blame(model: &Model, history: &History, canvas: &mut Canvas<'_>) {
    let time = &model.time;
    let area = canvas.area();
    let size = Size::new(area.width, area.height);
    let top = ABOVE + list_height(size);
    // The legend has a line of its own where there are some to spare.
    let legend = u16::from(area.height >= 22);
    let room = beneath(size).saturating_sub(3 + legend);
    if legend > 0 {
        let words = if history.is_of_one() { LEGEND_OF_ONE } else { LEGEND };
        canvas.put(0, top + 1 + room, words, area.width, Style::default());
    }
    let Some(row) = time.row() else { return canvas.rule(top, "") };
    canvas.rule(top, &format!("blame {}", escape(&row.path.to_string())));
    let cells = area.width.saturating_sub(1);
    let label = |side: usize| history.labels.get(side).map_or_else(String::new, |label| escape(label).into_owned());
    let widest = (0..history.labels.len()).map(|side| width(&label(side))).max().unwrap_or(0).min(14);
    let mut out = Vec::new();
    let told = lines(history, row);
    let kept = usize::from(room.saturating_sub(2)).max(1);
    for line in told.iter().take(kept) {
        let side = history.dates.get(line.date).and_then(|date| date.sides.get(line.side));
        let at = short_moment(history, side.and_then(|side| side.captured_at));
        let name = fit(&label(line.side), widest).into_owned();
        let pad = " ".repeat(widest.saturating_sub(width(&name)));
        let mut words = line.words.clone();
        let because = line.evidence.join("; ");
        let values = usize::from(cells).saturating_sub(width(&at) + 2 + widest + 2);
        if !because.is_empty() {
            let half = values / 2;
            words = format!("{}  {because}", fit(&words, half.max(values.saturating_sub(width(&because) + 2))));
        }
        out.push(format!("{at}  {name}{pad}  {words}"));
    }
    let mut course = course(history, row);
    // Who has accepted it, or what the policy says of it.
    let standing = model
        .tree
        .judgement()
        .and_then(|judged| accept::words(judged, model.tree.comparison().find(&row.path)?).into_iter().next());
    course.extend(standing.iter().flat_map(|words| [". ", words.as_str()]));
    let happened = happened(history, row);
    match room {
        8.. => {
            out.resize(kept.min(out.len()), String::new());
            out.push(course);
            out.extend(happened.into_iter().take(usize::from(room).saturating_sub(out.len() + 1)));
            out.push(LIMIT.to_owned());
        }
        _ => {
            out.truncate(usize::from(room.saturating_sub(1)));
            out.push(course);
        }
    }
    for (y, line) in (top + 1..top + 1 + room).zip(out) {
        canvas.put(1, y, &fit(&line, usize::from(cells)), cells, Style::default());
    }
}

/// What else happened on the date of the change that the course is due to.
fn happened(history: &History, row: &Row) -> Vec<String> {
    let Some(change) = row.last_change() else { return Vec::new() };
    let side = history.dates.get(change.date).and_then(|date| date.sides.get(change.side));
    let label = history.labels.get(change.side).map_or_else(String::new, |label| escape(label).into_owned());
    let events = side.map(|side| side.events.as_slice()).unwrap_or_default();
    events.iter().map(|event| format!("between the captures of {label}, {}", evidence(event))).collect()
}

/// What became of a path: its course, then each change with what is known of it.
pub(super) fn past(history: &History, row: &Row) -> Vec<String> {
    let mut out = vec![course(history, row), String::new()];
    for line in lines(history, row) {
        let side = history.dates.get(line.date).and_then(|date| date.sides.get(line.side));
        let label = history.labels.get(line.side).map_or_else(String::new, |label| escape(label).into_owned());
        let at = moment(side.and_then(|side| side.captured_at));
        out.push(format!("{at}  {label}  {}", line.words));
        out.extend(line.evidence.iter().map(|evidence| format!("    {evidence}")));
    }
    out.extend([String::new(), LIMIT.to_owned()]);
    out
}

/// The list and the selected path as plain text.
pub fn text(model: &Model) -> String {
    let time = &model.time;
    let Some(history) = time.history().filter(|history| history.has_past()) else { return without(time).join("\n") };
    let mut out = String::new();
    for row in time.rows.iter().filter_map(|at| history.rows.get(*at)) {
        let path = escape(&row.path.to_string()).into_owned();
        out.push_str(&format!("{path}  {}  {}  {}\n", signs(row), age(history, row), last_change(history, row)));
    }
    if let Some(row) = time.row() {
        out.push_str(&format!("\n{}: {}\n", escape(&row.path.to_string()), course(history, row)));
        for line in lines(history, row) {
            let side = history.dates.get(line.date).and_then(|date| date.sides.get(line.side));
            let label = history.labels.get(line.side).map_or_else(String::new, |label| escape(label).into_owned());
            let at = moment(side.and_then(|side| side.captured_at));
            out.push_str(&format!("  {at}  {label}  {}  {}\n", line.words, line.evidence.join("; ")));
        }
        out.push_str(&format!("{LIMIT}\n"));
    }
    out
}
