//! The explorer as a conversation: a line in, lines out, only ever appended. For screen readers, for terminals that
//! cannot move the cursor, and for scripts. It says the same words as the screens, from the same tables, and never sends
//! a control character.

mod words;

use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::filter::{self, Saved};
use crate::report::overview::{Overview, number};
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use words::sentence;

/// How many differences one answer lists.
const PAGE: usize = 10;
/// The longest line that is read, in bytes.
const LINE: u64 = 16 << 10;

/// What a word does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Diffs,
    More,
    Next,
    Previous,
    Show,
    Why,
    Filter,
    Find,
    Overview,
    Help,
    Quit,
}

/// The words, each with its short form, what it takes and what it does.
const WORDS: [(Word, &str, &str, &str, &str); 11] = [
    (Word::Diffs, "diffs", "d", "", "the differences, ten at a time, from the first"),
    (Word::More, "more", "m", "", "the ten after those"),
    (Word::Next, "next", "n", "", "the next difference"),
    (Word::Previous, "previous", "p", "", "the one before"),
    (Word::Show, "show", "s", "NUMBER", "a difference by its number; the number alone does too"),
    (Word::Why, "why", "w", "[NUMBER]", "what the fact is, all its values in full, and where they were read"),
    (
        Word::Filter,
        "filter",
        "f",
        "[EXPR]",
        "only what matches from now on, as `filter area:dns is:changed`; alone: all",
    ),
    (Word::Find, "find", "/", "EXPR", "go to the next match, same values too"),
    (Word::Overview, "overview", "o", "", "areas by snapshots, and where most differences stand"),
    (Word::Help, "help", "?", "", "these words"),
    (Word::Quit, "quit", "q", "", "leave"),
];

/// A conversation about a comparison. Pure: a line in, an answer out.
#[derive(Debug)]
pub struct Conversation {
    comparison: Arc<Comparison>,
    saved: Arc<Saved>,
    /// The differences that are talked about.
    rows: Vec<RowId>,
    /// What they were filtered by.
    filter: String,
    /// The number of the difference that was last spoken of, from 1; 0 before the first.
    at: usize,
    /// The number of the last that was listed.
    listed: usize,
}

/// What is said to a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Lines, in display form.
    Say(String),
    /// The conversation is over.
    Leave,
}

impl Conversation {
    /// A conversation about all differences.
    pub fn new(comparison: Arc<Comparison>, saved: Arc<Saved>) -> Self {
        let rows = found(&comparison);
        Self { comparison, saved, rows, filter: String::new(), at: 0, listed: 0 }
    }

    /// What is said first.
    pub fn greeting(&self) -> String {
        let labels: Vec<_> = self.comparison.sides().iter().map(|side| escape(side.label()).into_owned()).collect();
        let tally = self.comparison.tally(Comparison::TOP);
        let unknown = tally.unreadable + tally.redacted;
        format!(
            "{} between {}, {} same, {} unknown. Measured against {}.\nWords: {}. help says what they do.",
            differences(tally.found() as usize),
            labels.join(", "),
            number(tally.same),
            number(unknown),
            labels.get(self.comparison.reference()).map_or("", String::as_str),
            WORDS.map(|(_, word, ..)| word).join(" "),
        )
    }

    /// Answers a line.
    pub fn answer(&mut self, line: &str) -> Answer {
        let line = line.trim();
        if let Ok(at) = line.parse() {
            return Answer::Say(self.show(at));
        }
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (first, rest) = (first.trim_end_matches('?').to_lowercase(), rest.trim());
        let known = match (line, first.as_str()) {
            ("", _) => Some(Word::Next),
            ("?", _) => Some(Word::Help),
            (_, first) => WORDS.iter().find(|(_, word, short, ..)| *word == first || *short == first).map(|w| w.0),
        };
        Answer::Say(match known {
            Some(Word::Quit) => return Answer::Leave,
            Some(Word::Help) => help(),
            Some(Word::Diffs) => {
                self.listed = 0;
                self.list()
            }
            Some(Word::More) => self.list(),
            Some(Word::Next) => self.show(self.at + 1),
            Some(Word::Previous) if self.at <= 1 => "This is the first.".to_owned(),
            Some(Word::Previous) => self.show(self.at - 1),
            Some(Word::Show) => match rest.parse() {
                Ok(at) => self.show(at),
                Err(_) => "show wants a number, as in: show 3".to_owned(),
            },
            Some(Word::Why) => match rest.parse() {
                Ok(at) => self.why(at),
                Err(_) if rest.is_empty() => self.why(self.at.max(1)),
                Err(_) => "why wants a number or nothing, as in: why 3".to_owned(),
            },
            Some(Word::Filter) => self.set_filter(rest),
            Some(Word::Find) => self.find(rest),
            Some(Word::Overview) => self.overview(),
            None => format!(
                "No word is {}. Words: {}.",
                escape(&first.chars().take(40).collect::<String>()),
                WORDS.map(|(_, word, ..)| word).join(" ")
            ),
        })
    }

    /// The place among the differences, as every sentence ends.
    fn place(&self, at: usize) -> String {
        let hidden = found(&self.comparison).len().saturating_sub(self.rows.len());
        let hidden =
            if hidden > 0 { format!(", {} hidden by the filter", number(hidden as u32)) } else { String::new() };
        format!("{} of {}{hidden}.", number(at as u32), number(self.rows.len() as u32))
    }

    fn show(&mut self, at: usize) -> String {
        match at.checked_sub(1).and_then(|i| self.rows.get(i)).copied() {
            Some(row) => {
                self.at = at;
                format!("{} {}", sentence(&self.comparison, row), self.place(at))
            }
            None if self.rows.is_empty() => self.nothing(),
            None if at > self.rows.len() => format!("There are {}; that was the last.", number(self.rows.len() as u32)),
            None => "Numbers begin at 1.".to_owned(),
        }
    }

    fn nothing(&self) -> String {
        let all = found(&self.comparison).len();
        match (all, self.filter.is_empty()) {
            (0, _) => {
                let tally = self.comparison.tally(Comparison::TOP);
                format!("No differences in {} facts.", number(tally.leaves))
            }
            (all, false) => format!("Nothing matches. Hidden by the filter: {}.", differences(all)),
            (_, true) => "No differences.".to_owned(),
        }
    }

    fn list(&mut self) -> String {
        if self.rows.is_empty() {
            return self.nothing();
        }
        let from = self.listed;
        let to = (from + PAGE).min(self.rows.len());
        if from >= to {
            return format!("That were all {}.", number(self.rows.len() as u32));
        }
        let line = |(i, row): (usize, &RowId)| format!("{}. {}", from + i + 1, sentence(&self.comparison, *row));
        let rows = self.rows.get(from..to).unwrap_or_default();
        let mut lines: Vec<String> = rows.iter().enumerate().map(line).collect();
        self.listed = to;
        let left = self.rows.len() - to;
        lines.push(match left {
            0 => format!("These were all {}.", number(self.rows.len() as u32)),
            left => format!("{} more: more.", number(left as u32)),
        });
        lines.join("\n")
    }

    fn why(&mut self, at: usize) -> String {
        match at.checked_sub(1).and_then(|i| self.rows.get(i)).copied() {
            Some(row) => {
                self.at = at;
                words::explained(&self.comparison, row)
            }
            None => self.show(at),
        }
    }

    fn set_filter(&mut self, text: &str) -> String {
        let query = match filter::parse_with(text, &self.saved) {
            Ok(query) => query,
            Err(error) => return format!("Not a filter: {}.", escape(&error.message)),
        };
        self.rows = found(&self.comparison);
        self.filter = text.to_owned();
        if !text.is_empty() {
            let matches = filter::run(&query, &self.comparison, &Cancel::new()).unwrap_or_default();
            self.rows.retain(|row| matches.binary_search(row).is_ok());
        }
        (self.at, self.listed) = (0, 0);
        match (self.rows.len(), text.is_empty()) {
            (0, _) => self.nothing(),
            (all, true) => format!("No filter: {}.", differences(all)),
            (some, false) => {
                let hidden = found(&self.comparison).len() - some;
                format!("Shown: {}, hidden: {}.", differences(some), number(hidden as u32))
            }
        }
    }

    fn find(&mut self, text: &str) -> String {
        if text.is_empty() {
            return "find wants words, as in: find redis".to_owned();
        }
        let query = match filter::parse_with(text, &self.saved) {
            Ok(query) => query,
            Err(error) => return format!("Not a filter: {}.", escape(&error.message)),
        };
        let matches = filter::run(&query, &self.comparison, &Cancel::new()).unwrap_or_default();
        let is_match = |at: &usize| self.rows.get(*at).is_some_and(|row| matches.binary_search(row).is_ok());
        let next = (self.at..self.rows.len()).find(is_match).or_else(|| (0..self.at).find(is_match));
        match (next, matches.first()) {
            (Some(at), _) => self.show(at + 1),
            (None, Some(row)) => {
                let more = number(matches.len() as u32);
                format!("{} Not among the differences; {more} facts match in all.", sentence(&self.comparison, *row))
            }
            (None, None) => "Nothing matches.".to_owned(),
        }
    }

    fn overview(&self) -> String {
        let reference = self.comparison.reference();
        let Some(overview) = Overview::new(&self.comparison, reference, &Cancel::new()) else { return String::new() };
        super::overview::text(&overview, &self.comparison).trim_end().to_owned()
    }
}

fn found(comparison: &Comparison) -> Vec<RowId> {
    comparison.leaves().filter(|row| comparison.state(*row).is_found()).collect()
}

/// `1 difference`, `1 204 differences`.
fn differences(count: usize) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} difference{s}", number(count as u32))
}

fn help() -> String {
    let line = |(_, word, short, takes, does): (Word, &str, &str, &str, &str)| {
        let takes = if takes.is_empty() { String::new() } else { format!(" {takes}") };
        format!("{word}{takes} ({short}): {does}.")
    };
    WORDS.map(line).join("\n")
}

/// Leads a conversation until it is left or the input ends. The filter that it may begin with is the first thing said.
///
/// # Errors
/// The input or the output fails.
pub fn converse(
    conversation: &mut Conversation,
    filter: Option<&str>,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", conversation.greeting())?;
    if let Some(filter) = filter {
        writeln!(out, "{}", conversation.set_filter(filter.trim()))?;
    }
    loop {
        write!(out, "> ")?;
        out.flush()?;
        let mut line = Vec::new();
        if io::Read::take(&mut *input, LINE).read_until(b'\n', &mut line)? == 0 {
            return writeln!(out);
        }
        match conversation.answer(&String::from_utf8_lossy(&line)) {
            Answer::Say(words) => writeln!(out, "{words}")?,
            Answer::Leave => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
