//! The record of a review: what the gate asked, who saw what and when, and what came of it.

use super::gate::{Summary, pair_of};
use super::json::{self, line};
use super::markdown::inline;
use super::{Format, Report, text};
use crate::base::text::{escape, fit, width};
use crate::policy::judge::Call;
use crate::review::{Act, Board, Item, Journal, Marks, Seen, Status};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The name and version of the schema.
const SCHEMA: &str = "driftglass-review/1";

/// The formats of a record.
pub const REVIEW_FORMATS: [Format; 3] = [Format::Text, Format::Json, Format::Markdown];

/// What is written of a review. No clock is asked: the times are those of the decisions and captures.
pub struct Record<'a> {
    /// The comparison, and how it stands to the policy.
    pub report: Report<'a>,
    /// What the gate asks.
    pub board: &'a Board,
    /// How that stands.
    pub status: &'a Status,
    /// All that was decided.
    pub journal: &'a Journal,
    /// What of it counts.
    pub marks: &'a Marks,
    /// What the review is called.
    pub session: &'a str,
    /// The short name of its journal.
    pub id: &'a str,
}

/// Writes how a review stands.
///
/// # Errors
/// Only those of `out`.
pub fn write_review(format: Format, record: &Record<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => record.json(out),
        Format::Markdown => record.markdown(out),
        _ => record.text(out),
    }
}

/// The sign before an item: what is accepted is done, whatever anybody marked.
fn sign(item: Option<&Item>, at: &Line) -> char {
    match (item.map(|item| item.call), at.seen) {
        (Some(Call::Accepted), Seen::Open) => Seen::Reviewed.sign(),
        (_, seen) => seen.sign(),
    }
}

/// The letter behind the sign of what is accepted.
fn accepted(item: Option<&Item>) -> &'static str {
    item.filter(|item| item.call == Call::Accepted).map_or("", |_| "a")
}

/// A time of a journal as people read it: to the minute, in UTC; as it stands where it is no time.
fn minute(at: &str) -> String {
    let time = at.parse::<Timestamp>().map(|time| time.strftime("%Y-%m-%d %H:%MZ").to_string());
    time.unwrap_or_else(|_| escape(at).into_owned())
}

impl Record<'_> {
    /// The one line of a summary.
    pub fn summary(&self) -> String {
        let counts = self.status.counts;
        let summary = Summary {
            gate: counts.gate,
            reviewed: counts.reviewed,
            accepted: counts.accepted,
            flagged: counts.flagged,
            open: counts.open,
            unknown: counts.unknown,
            verdict: counts.verdict,
        };
        summary.line(&pair_of(self.report.comparison), self.id)
    }

    /// What somebody wants mended first: the path, and who wants it when, in display form.
    pub fn flagged(&self) -> Vec<String> {
        let flagged = self.items().filter(|(_, at)| at.seen == Seen::Flagged);
        flagged.map(|(item, at)| format!("{}: {}", escape(&at.path), self.stands(item, &at))).collect()
    }

    /// The verdict in a sentence.
    fn verdict(&self) -> String {
        let counts = self.status.counts;
        let parts = [
            (counts.reviewed, "reviewed"),
            (counts.accepted, "accepted"),
            (counts.flagged, "flagged"),
            (counts.open, "open"),
            (counts.changed, "of these changed since they were reviewed"),
            (counts.skipped, "of these skipped"),
            (counts.unknown, "unknown"),
        ];
        let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let (done, asked) = (counts.done(), counts.asked);
        let pair = pair_of(self.report.comparison);
        let more = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        format!("{} {pair}: {done} of {asked} decided{more}", counts.verdict.word())
    }

    /// The items with how each stands; those that somebody marked besides last.
    fn items(&self) -> impl Iterator<Item = (Option<&Item>, Line)> {
        let of_gate = self.board.items.iter().zip(&self.status.seen).map(|(item, seen)| {
            let line = Line { row: item.row, path: item.path.clone(), seen: *seen, is_row: item.is_row };
            (Some(item), line)
        });
        let others = self.status.others.iter().map(|(row, seen)| {
            let path = self.report.comparison.path(*row).to_string();
            (None, Line { row: *row, path, seen: *seen, is_row: true })
        });
        of_gate.chain(others)
    }

    /// The items that a document for people lists: what the gate asks, and of the rest what somebody flagged or said
    /// something of.
    fn told_items(&self) -> impl Iterator<Item = (Option<&Item>, Line)> {
        let is_told = |at: &Line| at.seen == Seen::Flagged || !self.marks.notes(&at.path).is_empty();
        self.items().filter(move |(item, at)| item.is_some() || is_told(at))
    }

    /// How something stands, in words: who decided what and when; that it is accepted, or cannot be decided by a look.
    fn stands(&self, item: Option<&Item>, at: &Line) -> String {
        let accepted = item.filter(|item| item.call == Call::Accepted).map(|item| escape(&item.why).into_owned());
        let mut words: Vec<String> = accepted.into_iter().collect();
        match self.marks.of(&at.path).filter(|_| at.is_row) {
            Some(marked) => {
                let (by, when) = (escape(&marked.by), minute(&marked.at));
                let changed = if at.seen == Seen::Changed { ", and a value is another since" } else { "" };
                words.push(format!("{} by {by} {when}{changed}", marked.mark.word()));
            }
            None if words.is_empty() => words.push(Seen::Open.word().to_owned()),
            None => {}
        }
        if item.is_some_and(|item| item.is_unknown && item.is_asked()) {
            words.push("unknown: a look decides nothing".to_owned());
        }
        words.join("; ")
    }

    fn call(item: Option<&Item>) -> &'static str {
        item.map_or("not asked", |item| item.call.word())
    }

    fn told(&self, at: &Line) -> String {
        if at.is_row { self.plain().told(&self.report.names(), at.row) } else { String::new() }
    }

    /// The comparison without the policy's own words, which stand beside.
    fn plain(&self) -> Report<'_> {
        Report::new(self.report.comparison, self.report.rows)
    }

    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let cells = self.report.width;
        text::wrapped(&self.verdict(), cells, out)?;
        for (item, at) in self.told_items() {
            let letter = item.and_then(|item| item.risk).map_or('-', |(band, _)| band.letter());
            let head = format!("  [{}]{} {letter} {}", sign(item, &at), accepted(item), escape(&at.path));
            let told = self.told(&at);
            if width(&head) + 2 + width(&told) <= cells {
                writeln!(out, "{}", format!("{head}  {told}").trim_end())?;
            } else {
                writeln!(out, "{head}\n        {}", fit(&told, cells.saturating_sub(8)))?;
            }
            // Of what is accepted its own words say so.
            let call = Some(Self::call(item)).filter(|call| *call != Call::Accepted.word());
            let mut said = vec![
                call.into_iter().map(str::to_owned).chain([self.stands(item, &at)]).collect::<Vec<_>>().join(", "),
            ];
            let why = item.filter(|item| item.call != Call::Accepted && !item.why.is_empty());
            said.extend(why.map(|item| escape(&item.why).into_owned()));
            let notes = self.marks.notes(&at.path).iter();
            said.extend(notes.map(|note| format!("{}: {}", escape(&note.by), escape(&note.text))));
            for said in said {
                writeln!(out, "        {}", fit(&said, cells.saturating_sub(8)))?;
            }
        }
        self.odd().iter().try_for_each(|odd| writeln!(out, "{odd}"))
    }

    /// What is to be said besides: what is not listed, and of the journal itself.
    fn odd(&self) -> Vec<String> {
        let mut odd = Vec::new();
        let more = self.items().count() - self.told_items().count();
        if more > 0 {
            odd.push(format!("Marked besides, though the gate does not ask: {}.", super::counted(more, "difference")));
        }
        if self.journal.unread > 0 {
            odd.push(format!("Lines of the journal that cannot be read and do not count: {}.", self.journal.unread));
        }
        if self.journal.is_cut {
            odd.push("The last line of the journal was cut while it was written: it does not count.".to_owned());
        }
        odd
    }

    /// Everybody who decided, with how often, first and last.
    fn reviewers(&self) -> BTreeMap<&str, (usize, &str, &str)> {
        let mut reviewers: BTreeMap<&str, (usize, &str, &str)> = BTreeMap::new();
        let decides = |act: &Act| matches!(act, Act::Mark { .. } | Act::Note { .. } | Act::Undo { .. });
        for entry in self.journal.entries.iter().filter(|entry| decides(&entry.act)) {
            let (decisions, _, last) = reviewers.entry(&entry.by).or_insert((0, &entry.at, &entry.at));
            *decisions += 1;
            *last = &entry.at;
        }
        reviewers
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# Review {}\n\n{}\n", inline(&escape(self.session)), inline(&self.verdict()))?;
        for (name, side) in self.report.names().iter().zip(self.report.comparison.sides()) {
            let time = side.snapshot.meta.captured_at.map_or_else(|| "time not known".to_owned(), |t| t.to_string());
            writeln!(out, "- {}: captured {time}", inline(name))?;
        }
        for (by, (decisions, first, last)) in self.reviewers() {
            let (first, last) = (minute(first), minute(last));
            let what = super::counted(decisions, "decision");
            writeln!(out, "- reviewer {}: {what}, {first} to {last}", inline(&escape(by)))?;
        }
        writeln!(
            out,
            "\n| | gate | risk | what | values | decision | notes |\n| --- | --- | --- | --- | --- | --- | --- |"
        )?;
        for (item, at) in self.told_items() {
            let risk = item.and_then(|item| item.risk);
            let notes = self.marks.notes(&at.path).iter();
            let notes: Vec<String> =
                notes.map(|note| format!("{}: {}", escape(&note.by), escape(&note.text))).collect();
            let cells = [
                format!("[{}]{}", sign(item, &at), accepted(item)),
                Self::call(item).to_owned(),
                risk.map_or_else(String::new, |(band, points)| format!("{} {points}", band.word())),
                inline(&escape(&at.path)),
                inline(&self.told(&at)),
                inline(&self.stands(item, &at)),
                inline(&notes.join("\n")),
            ];
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
        writeln!(out)?;
        writeln!(out, "    {}", escape(&self.summary()))?;
        self.odd().iter().try_for_each(|odd| writeln!(out, "\n{odd}"))
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let comparison = self.report.comparison;
        let counts = self.status.counts;
        write!(out, "{{\n\"format\": \"{SCHEMA}\",\n\"session\": ")?;
        line(&self.session, out)?;
        write!(out, ",\n\"verdict\": \"{}\",\n\"snapshots\": [", counts.verdict.word())?;
        list(json::snapshots(comparison), out)?;
        write!(out, ",\n\"summary\": ")?;
        line(
            &json!({
                "asked": counts.asked, "reviewed": counts.reviewed, "accepted": counts.accepted,
                "flagged": counts.flagged, "open": counts.open, "skipped": counts.skipped,
                "changed": counts.changed, "unknown": counts.unknown, "unread_lines": self.journal.unread,
                "cut_line": self.journal.is_cut,
            }),
            out,
        )?;
        write!(out, ",\n\"reviewers\": [")?;
        let reviewers = self.reviewers().into_iter().map(
            |(name, (decisions, first, last))| json!({ "name": name, "decisions": decisions, "first": first, "last": last }),
        );
        list(reviewers, out)?;
        write!(out, ",\n\"items\": [")?;
        let items = self.items().map(|(item, at)| self.json_item(item, &at)).collect::<Vec<_>>();
        list(items.iter(), out)?;
        write!(out, ",\n\"decisions\": [")?;
        list(self.journal.entries.iter(), out)?;
        out.write_all(b"\n}\n")
    }

    fn json_item(&self, item: Option<&Item>, at: &Line) -> Json {
        let marked = self.marks.of(&at.path).filter(|_| at.is_row);
        let notes = self.marks.notes(&at.path).iter();
        let notes: Vec<Json> = notes.map(|note| json!({ "by": note.by, "at": note.at, "text": note.text })).collect();
        let plain = Report { meaning: self.report.meaning, ruled: self.report.ruled, ..self.plain() };
        let row = at.is_row.then(|| serde_json::to_value(json::row(&plain, &at.path, at.row)).unwrap_or_default());
        json!({
            "path": at.path,
            "asked": item.map(|item| item.call.word()),
            "why": item.map(|item| item.why.as_str()),
            "new": item.is_some_and(|item| item.is_new),
            "stands": at.seen.word(),
            "mark": marked.map(|marked| {
                json!({ "mark": marked.mark, "by": marked.by, "at": marked.at, "values": marked.values })
            }),
            "notes": notes,
            "row": row,
        })
    }
}

/// One line of the record.
struct Line {
    row: crate::compare::RowId,
    path: String,
    seen: Seen,
    is_row: bool,
}

/// The members of a list, a line each, and its end.
fn list(members: impl Iterator<Item = impl serde::Serialize>, out: &mut dyn Write) -> io::Result<()> {
    for (at, member) in members.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        line(&member, out)?;
    }
    out.write_all(b"\n]")
}
