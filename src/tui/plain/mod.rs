//! The explorer as a conversation: a line in, lines out, only ever appended. For screen readers, for terminals that
//! cannot move the cursor, and for scripts. It says the same words as the screens, from the same tables, and never sends
//! a control character.

mod decide;
mod past;
mod report;
mod words;

use super::accept;
use crate::assess::Judged;
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::filter::{self, Query, Saved};
use crate::meaning::{Stakes, What};
use crate::policy::Standing;
use crate::reference::Traced;
use crate::report::overview::{Overview, number};
use decide::Decisions;
use past::Past;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
pub use words::sentence;

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
    Worst,
    History,
    Accept,
    Undo,
    Filter,
    Find,
    Overview,
    Coverage,
    Report,
    Help,
    Quit,
}

/// The words, each with its short form, what it takes and what it does.
const WORDS: [(Word, &str, &str, &str, &str); 17] = [
    (Word::Diffs, "diffs", "d", "", "the differences, ten at a time, from the first"),
    (Word::More, "more", "m", "", "the ten after those"),
    (Word::Next, "next", "n", "", "the next difference"),
    (Word::Previous, "previous", "p", "", "the one before"),
    (Word::Show, "show", "s", "NUMBER", "a difference by its number; the number alone does too"),
    (Word::Why, "why", "w", "[NUMBER]", "what the fact is and risks, all its values in full, and where they were read"),
    (Word::Worst, "worst", "r", "", "what to read first: ten causes and differences by their risk"),
    (Word::History, "history", "h", "[NUMBER]", "since when it differs over the kept snapshots, and who changed it"),
    (
        Word::Accept,
        "accept",
        "a",
        "[NUMBER] REASON",
        "accept a difference with its values, for the usual time, in driftglass.accept.toml",
    ),
    (Word::Undo, "undo", "u", "", "take back what was accepted last"),
    (
        Word::Filter,
        "filter",
        "f",
        "[EXPR]",
        "only what matches from now on, as `filter area:dns is:changed`; alone: all",
    ),
    (Word::Find, "find", "/", "EXPR", "go to the next match, same values too"),
    (Word::Overview, "overview", "o", "", "areas by snapshots, and where most differences stand"),
    (Word::Coverage, "coverage", "c", "", "what the test environments show of the target, and what to change first"),
    (
        Word::Report,
        "report",
        "e",
        "FILE [replace]",
        "write what the filter shows to a file; its ending says the format",
    ),
    (Word::Help, "help", "?", "", "these words"),
    (Word::Quit, "quit", "q", "", "leave"),
];

/// A conversation about a comparison. Pure: a line in, an answer out.
#[derive(Debug)]
pub struct Conversation {
    judged: Arc<Judged>,
    saved: Arc<Saved>,
    /// The differences that are talked about.
    rows: Vec<RowId>,
    /// What they were filtered by.
    filter: String,
    /// The number of the difference that was last spoken of, from 1; 0 before the first.
    at: usize,
    /// The number of the last that was listed.
    listed: usize,
    past: Past,
    decisions: Decisions,
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
    /// A conversation about all differences that the policy does not leave out.
    pub fn new(judged: Arc<Judged>, saved: Arc<Saved>) -> Self {
        let rows = judged.assessment.rows(false);
        Self {
            judged,
            saved,
            rows,
            filter: String::new(),
            at: 0,
            listed: 0,
            past: Past::default(),
            decisions: Decisions::default(),
        }
    }

    /// The conversation, with what reads the history once somebody asks for it.
    #[must_use]
    pub fn with_past(mut self, read: impl FnMut() -> Result<Traced, String> + Send + 'static) -> Self {
        self.past = Past::by(read);
        self
    }

    fn comparison(&self) -> &Comparison {
        &self.judged.assessment.comparison
    }

    /// A difference in a sentence, and what the policy says of it.
    fn sentence(&self, row: RowId) -> String {
        let mut said = sentence(self.comparison(), row);
        for words in accept::words(&self.judged, row) {
            said.push_str(&format!(" {}.", words.trim_end_matches('.')));
        }
        said
    }

    /// The rows that a filter matches: what is ignored only where it names that.
    fn matches(&self, query: &Query) -> Vec<RowId> {
        let context = self.judged.assessment.context(None);
        filter::run_with(query, self.comparison(), &context, &Cancel::new()).unwrap_or_default()
    }

    /// How the differences stand to the policy, where anybody has said something.
    fn policy(&self) -> String {
        let assessment = &self.judged.assessment;
        let standings = &assessment.standings;
        let violated = standings.violated().len();
        let counts = [
            (assessment.accepted().len(), "accepted"),
            (assessment.ignored().len(), "ignored and left out"),
            (violated, "that must not be so"),
        ];
        let said: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", number(*n as u32))).collect();
        let mut words = if said.is_empty() { String::new() } else { format!(" By policy: {}.", said.join(", ")) };
        for rehearsed in self.judged.rehearsed_briefly() {
            words.push_str(&format!(" {}.", escape(&rehearsed)));
        }
        words
    }

    /// What is said first.
    pub fn greeting(&self) -> String {
        let comparison = self.comparison();
        let labels: Vec<_> = comparison.sides().iter().map(|side| escape(side.label()).into_owned()).collect();
        let tally = comparison.tally(Comparison::TOP);
        let unknown = tally.unreadable + tally.redacted;
        format!(
            "{} between {}, {} same, {} unknown. Measured against {}.{}\nWords: {}. help says what they do.",
            differences(self.all()),
            labels.join(", "),
            number(tally.same),
            number(unknown),
            labels.get(comparison.reference()).map_or("", String::as_str),
            self.policy(),
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
            Some(Word::Worst) => self.worst(),
            Some(Word::History) => match rest.parse() {
                Ok(at) => self.history(at),
                Err(_) if rest.is_empty() => self.history(self.at.max(1)),
                Err(_) => "history wants a number or nothing, as in: history 3".to_owned(),
            },
            Some(Word::Accept) => self.accept(rest),
            Some(Word::Undo) => self.undo(),
            Some(Word::Filter) => self.set_filter(rest),
            Some(Word::Find) => self.find(rest),
            Some(Word::Overview) => self.overview(),
            Some(Word::Coverage) => self.coverage(),
            Some(Word::Report) => self.report(rest),
            None => format!(
                "No word is {}. Words: {}.",
                escape(&first.chars().take(40).collect::<String>()),
                WORDS.map(|(_, word, ..)| word).join(" ")
            ),
        })
    }

    /// How many differences there are without a filter.
    fn all(&self) -> usize {
        self.judged.assessment.rows(false).len()
    }

    /// The place among the differences, as every sentence ends.
    fn place(&self, at: usize) -> String {
        let hidden = self.all().saturating_sub(self.rows.len());
        let hidden =
            if hidden > 0 { format!(", {} hidden by the filter", number(hidden as u32)) } else { String::new() };
        format!("{} of {}{hidden}.", number(at as u32), number(self.rows.len() as u32))
    }

    fn show(&mut self, at: usize) -> String {
        match at.checked_sub(1).and_then(|i| self.rows.get(i)).copied() {
            Some(row) => {
                self.at = at;
                format!("{} {}", self.sentence(row), self.place(at))
            }
            None if self.rows.is_empty() => self.nothing(),
            None if at > self.rows.len() => format!("There are {}; that was the last.", number(self.rows.len() as u32)),
            None => "Numbers begin at 1.".to_owned(),
        }
    }

    fn nothing(&self) -> String {
        let all = self.all();
        match (all, self.filter.is_empty()) {
            (0, _) => {
                let tally = self.comparison().tally(Comparison::TOP);
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
        let line = |(i, row): (usize, &RowId)| format!("{}. {}", from + i + 1, self.sentence(*row));
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
                let mut said = words::explained(self.comparison(), row);
                let meaning = &self.judged.assessment.meaning;
                if let Some(worst) = meaning.risks.worst(row) {
                    let (score, says) = (worst.score, meaning.risks.says(worst));
                    let band = score.band().0.word();
                    let happens = if says.consequence.is_empty() { &says.title } else { &says.consequence };
                    said.push_str(&format!(
                        "\nRisk {band}, {} points, by {}: {}",
                        score.total(),
                        says.id,
                        escape(happens)
                    ));
                }
                accept::words(&self.judged, row).iter().for_each(|words| said.push_str(&format!("\n{words}")));
                said
            }
            None => self.show(at),
        }
    }

    /// What became of a difference over the snapshots that were kept.
    fn history(&mut self, at: usize) -> String {
        let Some(row) = at.checked_sub(1).and_then(|i| self.rows.get(i)).copied() else { return self.show(at) };
        self.at = at;
        let path = self.comparison().path(row);
        let traced = match self.past.traced() {
            Ok(traced) => traced,
            Err(words) => return escape(&words).into_owned(),
        };
        words::history(&traced.history, &path)
    }

    /// What is to be read first.
    fn worst(&self) -> String {
        let assessment = &self.judged.assessment;
        let (meaning, lines) = (&assessment.meaning, assessment.open.lines());
        let line = |(at, line): (usize, &crate::meaning::Line)| {
            let what =
                match line.what {
                    What::Cause(cause) => meaning.causes.all().get(cause).map_or_else(String::new, |cause| {
                        format!("{}, {}", cause.title, differences(cause.members.len()))
                    }),
                    What::Row(row) => self.comparison().path(row).to_string(),
                };
            let says = meaning.risks.worst(line.worst).map(|worst| meaning.risks.says(worst));
            let happens = says.map_or_else(Default::default, |says| {
                if says.consequence.is_empty() { says.title } else { says.consequence }
            });
            format!("{}. {} {}, {}: {}", at + 1, line.band.word(), line.points, escape(&what), escape(&happens))
        };
        let mut said: Vec<String> = lines.iter().take(PAGE).enumerate().map(line).collect();
        said.push(match lines.len().saturating_sub(PAGE) {
            _ if lines.is_empty() => "Nothing that is open risks anything.".to_owned(),
            0 => "These were all.".to_owned(),
            more => format!("{} more that risk no more than these.", number(more as u32)),
        });
        said.join("\n")
    }

    fn understood(&self, text: &str) -> Result<Query, String> {
        let wrong = |words: &str| format!("Not a filter: {}.", escape(words));
        match filter::parse_with(text, &self.saved) {
            Ok(query) if query.asks_history() => Err(wrong(filter::NO_HISTORY)),
            Ok(query) => Ok(query),
            Err(error) => Err(wrong(&error.message)),
        }
    }

    fn set_filter(&mut self, text: &str) -> String {
        let query = match self.understood(text) {
            Ok(query) => query,
            Err(words) => return words,
        };
        self.filter = text.to_owned();
        self.rows = self.judged.assessment.rows(false);
        if !text.is_empty() {
            let names = |state: &str| text.contains(&format!("is:{state}"));
            let is_listed = |row: &RowId| match self.judged.assessment.standings.of(*row) {
                Standing::Ignored(_) => names("ignored"),
                Standing::Violated(_) => names("violated") || self.comparison().state(*row).is_found(),
                _ => self.comparison().state(*row).is_found(),
            };
            self.rows = self.matches(&query).into_iter().filter(is_listed).collect();
        }
        (self.at, self.listed) = (0, 0);
        match (self.rows.len(), text.is_empty()) {
            (0, _) => self.nothing(),
            (all, true) => format!("No filter: {}.", differences(all)),
            (some, false) => {
                let hidden = self.all().saturating_sub(some);
                format!("Shown: {}, hidden: {}.", differences(some), number(hidden as u32))
            }
        }
    }

    fn find(&mut self, text: &str) -> String {
        if text.is_empty() {
            return "find wants words, as in: find redis".to_owned();
        }
        let query = match self.understood(text) {
            Ok(query) => query,
            Err(words) => return words,
        };
        let matches = self.matches(&query);
        let is_match = |at: &usize| self.rows.get(*at).is_some_and(|row| matches.binary_search(row).is_ok());
        let next = (self.at..self.rows.len()).find(is_match).or_else(|| (0..self.at).find(is_match));
        match (next, matches.first()) {
            (Some(at), _) => self.show(at + 1),
            (None, Some(row)) => {
                let more = number(matches.len() as u32);
                format!("{} Not among the differences; {more} facts match in all.", self.sentence(*row))
            }
            (None, None) => "Nothing matches.".to_owned(),
        }
    }

    fn overview(&self) -> String {
        let comparison = self.comparison();
        let overview = Overview::new(comparison, comparison.reference(), &Cancel::new());
        let Some(overview) = overview else { return String::new() };
        let (meaning, rules) = (&self.judged.assessment.meaning, &self.judged.ruling.rules);
        let stakes = Stakes::of(comparison, overview.reference, Some(&meaning.risks), rules, &Cancel::new());
        super::overview::text(&overview, stakes.as_ref(), comparison).trim_end().to_owned()
    }

    fn coverage(&self) -> String {
        let text = super::coverage::told(self.comparison(), &self.judged.assessment.meaning);
        text.map_or_else(|words| words.to_owned(), |text| text.trim_end().to_owned())
    }
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
