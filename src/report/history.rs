//! The history of differences as people and programs read it.

use super::json::{JsonCell, pretty};
use super::{cell_text, counted};
use crate::base::text::{escape, fit, width};
use crate::compare::Cell;
use crate::history::{Change, Course, Evidence, History, Order, Row, Said};
use crate::model::{Path, ValueRef};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};

/// The schema of the JSON form.
const SCHEMA: &str = "driftglass-history/1";

/// The widest path that others are aligned with, in cells.
const PATH: usize = 60;

/// Cells that a value takes beside others; the history of one path has it in full.
const VALUE: usize = 60;

/// The limit of all that is said.
pub const LIMIT: &str = "A snapshot shows when a change was seen, not when it was made.";

/// What is written of a history.
pub struct HistoryReport<'a> {
    /// The history.
    pub history: &'a History,
    /// The references of the captures, by date and side; empty where one has none.
    pub references: &'a [Vec<String>],
    /// How many older dates were left out.
    pub left_out: usize,
    /// The order of the paths.
    pub order: Order,
    /// Whether paths are listed that differed on all dates.
    pub all: bool,
}

/// A day and the minute, in UTC.
pub fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "time not known".to_owned(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string())
}

/// A length of time in one unit: `48 d`, `5 h`, `12 min`.
pub fn length(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{} s", seconds.max(0)),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// A date, as short as tells it from the others: its day, or the minute where some day has more than one.
pub fn short_moment(history: &History, at: Option<Timestamp>) -> String {
    let days: Vec<String> = history.dates.iter().map(|date| moment(date.at()).chars().take(10).collect()).collect();
    let one_a_day = days.windows(2).all(|two| two[0] != two[1]);
    match at {
        Some(at) if one_a_day => at.strftime("%Y-%m-%d").to_string(),
        Some(at) => at.strftime("%m-%d %H:%M").to_string(),
        None => "?".to_owned(),
    }
}

/// How long it has been as it is, in a word: `48 d`, `> 212 d` where it was so at first, `healed`, `?`.
pub fn age(history: &History, row: &Row) -> String {
    let since = match row.course() {
        _ if history.is_of_one() => match row.newest() {
            Some(change) => change.date,
            None => return String::new(),
        },
        Course::Same => return String::new(),
        Course::Healed(_) => return "healed".to_owned(),
        Course::Unknown(_) => return "?".to_owned(),
        Course::Diverged(since) | Course::Flapping(since) => since,
    };
    if since + 1 == history.dates.len() && since > 0 {
        return "new".to_owned();
    }
    let before = if since == 0 { "> " } else { "" };
    history.age(since).map_or_else(|| "?".to_owned(), |age| format!("{before}{}", length(age)))
}

/// The signs of a row, one a date.
pub fn signs(row: &Row) -> String {
    row.signs.iter().map(|sign| sign.sign()).collect()
}

/// What was said, in display form.
pub fn said(history: &History, said: Said) -> String {
    match (said, history.cell(said)) {
        (Said::Long(bytes), _) => format!("(text of {bytes} bytes)"),
        (_, Some(cell)) => cell_text(cell),
        (_, None) => String::new(),
    }
}

/// Both values of a change, in display form; of texts of several lines the first that differs.
pub fn change(history: &History, change: &Change) -> (String, String) {
    let text = |said| match history.cell(said) {
        Some(Cell::Value(ValueRef::Text(text))) => Some(text),
        _ => None,
    };
    if let (Some(before), Some(after)) = (text(change.before), text(change.after))
        && (before.contains('\n') || after.contains('\n'))
    {
        let (mut old, mut new) = (before.lines(), after.lines());
        for number in 1.. {
            let (was, is) = (old.next(), new.next());
            if was != is {
                let line =
                    |line: Option<&str>| line.map_or_else(|| "(end)".to_owned(), |l| escape(l.trim()).into_owned());
                return (format!("line {number}: {}", line(was)), line(is));
            }
            if was.is_none() {
                break;
            }
        }
    }
    (said(history, change.before), said(history, change.after))
}

/// A piece of evidence in display form: `package log 2026-10-03T09:00:05: upgrade 1.1 -> 1.2`.
pub fn evidence(evidence: &Evidence) -> String {
    let (kind, words) = (evidence.kind.words(), escape(&evidence.words));
    match evidence.time.is_empty() {
        true => format!("{kind}: {words}"),
        false => format!("{kind} {}: {words}", escape(&evidence.time)),
    }
}

/// What is known of the change that a row's course is due to, in one line.
pub fn last_change(history: &History, row: &Row) -> String {
    let label = |side: usize| history.labels.get(side).map_or_else(String::new, |label| escape(label).into_owned());
    let told = |one: &Change| {
        let (before, after) = change(history, one);
        let because = one.evidence.first().map(|e| format!(" ({})", evidence(e))).unwrap_or_default();
        format!("{}: {} -> {}{because}", label(one.side), fit(&before, VALUE), fit(&after, VALUE))
    };
    let day = |since: usize| moment(history.dates.get(since).and_then(crate::history::Date::at));
    let flips = row.flips();
    if history.is_of_one() {
        return row.newest().map(told).unwrap_or_default();
    }
    match (row.course(), row.last_change()) {
        (Course::Flapping(_), Some(one)) => {
            let by: Vec<String> = (0..history.labels.len())
                .map(|side| (side, row.changes.iter().filter(|change| change.side == side).count()))
                .filter(|(_, count)| *count > 0)
                .map(|(side, count)| format!("{count} by {}", label(side)))
                .collect();
            format!("flaps: {flips} times back and forth, {}; last {}", by.join(", "), told(one))
        }
        (Course::Healed(since), Some(one)) => format!("{} {}", day(since), told(one)),
        (Course::Unknown(since), Some(one)) if since > 0 => format!("since {}, {}", day(since), told(one)),
        (Course::Unknown(0), _) => "never known".to_owned(),
        (_, Some(one)) => told(one),
        (Course::Diverged(0), None) => "before the first snapshot".to_owned(),
        (_, None) => String::new(),
    }
}

/// What became of a path, in a sentence without its name.
pub fn course(history: &History, row: &Row) -> String {
    let day = |since: usize| moment(history.dates.get(since).and_then(crate::history::Date::at));
    let seen = |since: usize| counted(history.dates.len() - since.min(history.dates.len()), "date");
    if let (true, Some(change)) = (history.is_of_one(), row.newest()) {
        return format!("changed {}, last seen {}", counted(row.changes.len(), "time"), day(change.date));
    }
    match row.course() {
        Course::Same => "the same on all dates".to_owned(),
        Course::Diverged(0) => format!("differs on all {}: since before the first snapshot", seen(0)),
        Course::Diverged(since) => format!("diverged {}, {}, seen on {}", day(since), age(history, row), seen(since)),
        Course::Flapping(since) => {
            let flips = counted(row.flips(), "time");
            format!("flaps: went back and forth {flips}, differs again since {}, {}", day(since), age(history, row))
        }
        Course::Healed(since) => format!("healed {}, agrees on {} since", day(since), seen(since)),
        Course::Unknown(0) => "unknown on all dates".to_owned(),
        Course::Unknown(since) => format!("unknown since {}", day(since)),
    }
}

impl HistoryReport<'_> {
    fn is_of_one(&self) -> bool {
        self.history.is_of_one()
    }

    /// The rows that are listed, in order.
    fn listed(&self) -> Vec<usize> {
        let mut rows = self.history.listed(self.order);
        if !self.all && !self.is_of_one() {
            rows.retain(|at| self.history.rows.get(*at).is_some_and(|row| !row.is_as_ever()));
        }
        rows
    }

    fn label(&self, side: usize) -> String {
        self.history.labels.get(side).map_or_else(String::new, |label| escape(label).into_owned())
    }

    fn reference(&self, date: usize, side: usize) -> &str {
        self.references.get(date).and_then(|sides| sides.get(side)).map_or("", String::as_str)
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let dates = &self.history.dates;
        let labels: Vec<String> = (0..self.history.labels.len()).map(|side| self.label(side)).collect();
        let count = counted(dates.len(), if self.is_of_one() { "snapshot" } else { "date" });
        let at = |date: Option<&crate::history::Date>| moment(date.and_then(crate::history::Date::at));
        write!(out, "{}: {count}, {} .. {}", labels.join(" | "), at(dates.first()), at(dates.last()))?;
        if self.left_out > 0 {
            write!(out, "; {} older left out (--last)", self.left_out)?;
        }
        writeln!(out)
    }
}

/// Writes which paths diverged or healed, or what one environment had changed from snapshot to snapshot.
///
/// # Errors
/// Only those of `out`.
pub fn write_log(report: &HistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    report.head(out)?;
    if !report.history.has_past() {
        let label = report.label(0);
        return writeln!(
            out,
            "Only one date: a second capture makes a history, as in `driftglass capture --label {label}`."
        );
    }
    writeln!(out, "{LIMIT}")?;
    if report.is_of_one() { log_of_one(report, out) } else { log_of_two(report, out) }
}

fn log_of_two(report: &HistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let history = report.history;
    let listed = report.listed();
    let rows: Vec<&Row> = listed.iter().filter_map(|at| history.rows.get(*at)).collect();
    let count = |word| rows.iter().filter(|row| row.course().word() == word).count();
    let counts = ["diverged", "flapping", "healed", "unknown"].map(|word| (count(word), word));
    let counts: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    writeln!(out, "{}, {}: {}", counted(rows.len(), "path"), report.order.words(), counts.join(", "))?;
    let always = history.listed(report.order).len() - rows.len();
    if always > 0 {
        writeln!(out, "{} differed on all dates and are not listed (--all)", counted(always, "path"))?;
    }
    let growth: Vec<String> = history.dates.iter().map(|date| date.differing.to_string()).collect();
    writeln!(out, "Differing on each date: {}", growth.join(" "))?;
    writeln!(out, "= same  ~ differs  < > on one side only  ? unknown\n")?;
    let names: Vec<String> = rows.iter().map(|row| escape(&row.path.to_string()).into_owned()).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(PATH);
    for (name, row) in names.iter().zip(rows) {
        let pad = " ".repeat(widest.saturating_sub(width(name)));
        let last = last_change(history, row);
        writeln!(out, "  {name}{pad}  {}  {:<7} {last}", signs(row), age(history, row))?;
    }
    Ok(())
}

fn log_of_one(report: &HistoryReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let history = report.history;
    for (date, at) in history.dates.iter().enumerate().skip(1).rev() {
        let Some(now) = at.sides.first() else { continue };
        let before = history.dates.get(date - 1).and_then(crate::history::Date::at);
        let after = now.captured_at.zip(before).map(|(now, before)| length(now.duration_since(before)));
        let after = after.map(|time| format!(", {time} after the one before")).unwrap_or_default();
        let changes = history.rows.iter().flat_map(|row| row.changes.iter().map(move |change| (row, change)));
        let changes: Vec<_> = changes.filter(|(_, change)| change.date == date).collect();
        let name = report.reference(date, 0);
        writeln!(out, "\n{}  {}{after}: {}", moment(now.captured_at), escape(name), counted(changes.len(), "change"))?;
        for event in &now.events {
            writeln!(out, "    {}", evidence(event))?;
        }
        for (row, one) in changes {
            let sign = row.signs.get(date).map_or(' ', |sign| sign.sign());
            let (before, after) = change(history, one);
            let because: Vec<String> = one.evidence.iter().map(evidence).collect();
            let (before, after) = (fit(&before, VALUE), fit(&after, VALUE));
            writeln!(out, "  {sign} {}  {before} -> {after}", escape(&row.path.to_string()))?;
            if !because.is_empty() {
                writeln!(out, "      {}", because.join("; "))?;
            }
        }
    }
    Ok(())
}

/// Writes the history of one path, or of all beneath it that have one.
///
/// # Errors
/// Only those of `out`.
pub fn write_blame(report: &HistoryReport<'_>, path: &Path, out: &mut dyn Write) -> io::Result<()> {
    report.head(out)?;
    writeln!(out, "{LIMIT}")?;
    for row in report.history.rows.iter().filter(|row| row.path.starts_with(path)) {
        writeln!(out, "\n{}  {}", escape(&row.path.to_string()), signs(row))?;
        if !report.is_of_one() {
            writeln!(out, "  {}", course(report.history, row))?;
        }
        for line in lines(report.history, row) {
            writeln!(out, "  {}", line.joined(report))?;
        }
    }
    Ok(())
}

/// A line of the history of one path.
#[derive(Clone, Debug, PartialEq)]
pub struct BlameLine {
    /// The date.
    pub date: usize,
    /// The side.
    pub side: usize,
    /// What changed, or what was first seen, in display form.
    pub words: String,
    /// The evidence, in display form.
    pub evidence: Vec<String>,
}

impl BlameLine {
    fn joined(&self, report: &HistoryReport<'_>) -> String {
        let date = report.history.dates.get(self.date).and_then(|date| date.sides.get(self.side));
        let widest = report.history.labels.iter().map(|label| width(&escape(label))).max().unwrap_or(0);
        let label = report.label(self.side);
        let label = format!("{label}{}", " ".repeat(widest.saturating_sub(width(&label))));
        let because =
            if self.evidence.is_empty() { String::new() } else { format!("   ({})", self.evidence.join("; ")) };
        format!("{}  {label}  {}{because}", moment(date.and_then(|side| side.captured_at)), self.words)
    }
}

/// The history of one path, newest first: each change, and what was first seen.
pub fn lines(history: &History, row: &Row) -> Vec<BlameLine> {
    let changed = row.changes.iter().rev().map(|one| {
        let (before, after) = change(history, one);
        let evidence = one.evidence.iter().map(evidence).collect();
        BlameLine { date: one.date, side: one.side, words: format!("{before} -> {after}"), evidence }
    });
    let first = row.first.iter().enumerate().map(|(side, first)| BlameLine {
        date: 0,
        side,
        words: format!("{}, first seen", fit(&said(history, *first), 200)),
        evidence: Vec::new(),
    });
    changed.chain(first).collect()
}

/// Writes all of it, or what is at and beneath a path, for other programs.
///
/// # Errors
/// Only those of `out`.
pub fn write_json(report: &HistoryReport<'_>, path: &Path, out: &mut dyn Write) -> io::Result<()> {
    let history = report.history;
    let events = |events: &[Evidence]| -> Vec<Value> {
        let one = |e: &Evidence| json!({ "kind": e.kind.words(), "time": e.time, "words": e.words });
        events.iter().map(one).collect()
    };
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let date = |(at, date): (usize, &crate::history::Date)| {
        let side = |(side, moment): (usize, &crate::history::Moment)| {
            let reference = Some(report.reference(at, side)).filter(|text| !text.is_empty());
            json!({ "captured_at": time(moment.captured_at), "reference": reference, "new": moment.is_new, "events": events(&moment.events) })
        };
        json!({ "at": time(date.at()), "differing": date.differing, "diverged": date.diverged, "healed": date.healed,
            "sides": date.sides.iter().enumerate().map(side).collect::<Vec<_>>() })
    };
    let is_wanted = |at: &usize| history.rows.get(*at).is_some_and(|row| row.path.starts_with(path));
    let wanted: Vec<usize> = match path.depth() {
        0 => report.listed(),
        _ => (0..history.rows.len()).filter(is_wanted).collect(),
    };
    let row = |at: usize| {
        let row = history.rows.get(at)?;
        let change = |one: &Change| {
            json!({
                "date": one.date, "side": one.side, "before": cell(history, one.before), "after": cell(history, one.after),
                "evidence": events(&one.evidence),
            })
        };
        let course = row.course();
        Some(json!({
            "path": row.path.to_string(), "pointer": row.path.pointer(), "states": signs(row),
            "course": if report.is_of_one() { None } else { Some(course.word()) },
            "since": course.since(),
            "age_seconds": course.since().and_then(|since| history.age(since)).map(|age| age.as_secs()),
            "first": row.first.iter().map(|first| cell(history, *first)).collect::<Vec<_>>(),
            "changes": row.changes.iter().map(change).collect::<Vec<_>>(),
        }))
    };
    let document = json!({
        "format": SCHEMA,
        "sides": history.labels,
        "left_out": report.left_out,
        "dates": history.dates.iter().enumerate().map(date).collect::<Vec<_>>(),
        "rows": wanted.into_iter().filter_map(row).collect::<Vec<_>>(),
    });
    pretty(&document, out)
}

/// What was said, as every JSON document of ours has it.
fn cell(history: &History, said: Said) -> Value {
    match (said, history.cell(said)) {
        (Said::Long(bytes), _) => json!({ "bytes": bytes }),
        (_, Some(cell)) => JsonCell(cell).serialize(serde_json::value::Serializer).unwrap_or_default(),
        (_, None) => Value::Null,
    }
}
