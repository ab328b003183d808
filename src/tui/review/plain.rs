//! A review as a conversation: a line in, lines out, only ever appended. For screen readers and for terminals that cannot
//! move the cursor. Decisions go to the same journal, and are said once they are on the disk.

use super::Setup;
use super::scribe::{Desk, Wish, written};
use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::review::{Board, Item, Journal, Mark, Seen, Status};
use crate::tui::plain::sentence;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

/// How many items one answer lists.
const PAGE: usize = 10;
/// The longest line that is read, in bytes.
const LINE: u64 = 16 << 10;

/// The words, each with its short form, what it takes and what it does.
const WORDS: [(&str, &str, &str, &str); 11] = [
    ("list", "l", "", "what the gate asks about, ten at a time"),
    ("next", "n", "", "the next that is open"),
    ("show", "s", "NUMBER", "one by its number; the number alone does too"),
    ("reviewed", "r", "[NUMBER]", "looked at: it may be pushed"),
    ("flag", "!", "[NUMBER]", "it must be mended first"),
    ("skip", "k", "[NUMBER]", "left for later"),
    ("note", "i", "TEXT", "something to say of the one that was spoken of last; it goes into the record"),
    ("undo", "u", "", "take back your last decision"),
    ("verdict", "v", "", "what it comes to if you leave now"),
    ("help", "?", "", "these words"),
    ("quit", "q", "", "leave; where nothing is open, the review is finished"),
];

/// A conversation about what a gate asks.
pub struct Talk {
    board: Arc<Board>,
    journal: Journal,
    status: Status,
    desk: Desk,
    /// The number of the next line of the journal.
    line: usize,
    /// The number of the item that was last spoken of, from 1; 0 before the first.
    at: usize,
    /// How many have been listed.
    listed: usize,
}

impl Talk {
    /// A conversation about what a review opens with; none where it cannot be laid out.
    pub fn new(setup: Setup) -> Option<Self> {
        let Setup { board, journal, desk, .. } = setup;
        let status = board.status(&journal.marks(), &Cancel::new())?;
        Some(Self { board, journal, status, desk, line: 1, at: 0, listed: 0 })
    }

    /// What is said first.
    fn greeting(&self) -> String {
        format!("{} Words: {}. help says what they do.", self.verdict(), WORDS.map(|(word, ..)| word).join(" "))
    }

    /// What it comes to now.
    fn verdict(&self) -> String {
        let counts = self.status.counts;
        let (done, asked, word) = (counts.done(), counts.asked, counts.verdict.word());
        format!("{done} of {asked} decided. If you leave now: {word}, exit {}.", counts.verdict.status())
    }

    fn seen(&self, at: usize) -> Seen {
        self.status.seen.get(at - 1).copied().unwrap_or_default()
    }

    /// An item in a line, by its number.
    fn said(&self, at: usize) -> String {
        let Some(item) = self.board.items.get(at.saturating_sub(1)).filter(|_| at > 0) else {
            return format!("There are {}.", self.board.items.len());
        };
        let what = match item.is_row {
            true => sentence(self.board.comparison(), item.row),
            false => escape(&item.path).into_owned(),
        };
        let risk = item.risk.map(|(band, points)| format!("{} {points}", band.word()));
        let happens = Some(&item.happens).filter(|words| !words.is_empty()).map(|words| escape(words).into_owned());
        let risk = [risk, happens].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let why = escape(&item.why);
        let stands = format!("{}, {}", item.call.word(), self.seen(at).word());
        let parts = [what.as_str(), &risk, &why, &stands];
        let parts = parts.into_iter().map(|part| part.trim_end_matches('.')).filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.collect();
        format!("{at} of {}. {}", self.board.items.len(), parts.join(". "))
    }

    /// The next that is open, after the one that was spoken of last and around the end.
    fn next(&mut self) -> String {
        let count = self.board.items.len();
        let is_open = |at: &usize| {
            let item: Option<&Item> = self.board.items.get(at - 1);
            item.is_some_and(|item| item.is_asked() && !item.is_done(self.seen(*at)))
        };
        match (0..count).map(|step| (self.at + step) % count + 1).find(is_open) {
            Some(next) => {
                self.at = next;
                self.said(next)
            }
            None => "Nothing is open.".to_owned(),
        }
    }

    fn list(&mut self) -> String {
        if self.listed >= self.board.items.len() {
            self.listed = 0;
        }
        let to = (self.listed + PAGE).min(self.board.items.len());
        let mut lines: Vec<String> = (self.listed + 1..=to).map(|at| self.said(at)).collect();
        self.listed = to;
        lines.push(match self.board.items.len() - to {
            0 => "These were all.".to_owned(),
            more => format!("{more} more: list"),
        });
        lines.join("\n")
    }

    /// Writes a decision, and says how it stands then.
    fn decide(&mut self, wish: Wish, said: &str) -> String {
        let answer = written(&self.desk, self.line, wish);
        self.line += 1;
        let journal = match answer.journal {
            Ok(journal) => journal,
            Err(words) => return format!("NOT SAVED: {words}"),
        };
        let Some(status) = self.board.status(&journal.marks(), &Cancel::new()) else { return String::new() };
        (self.journal, self.status) = (journal, status);
        let said = if answer.words.is_empty() { said } else { &answer.words };
        match answer.saved {
            Some(saved) => format!("{said}, saved {saved}. {}", self.verdict()),
            None => format!("{said}."),
        }
    }

    fn mark(&mut self, mark: Mark, rest: &str) -> String {
        let at = if rest.is_empty() { Some(self.at) } else { rest.parse().ok() };
        let item = at.filter(|at| *at > 0).and_then(|at| Some((at, self.board.items.get(at - 1)?)));
        let Some((at, item)) = item else { return "Which one? A number, or next first.".to_owned() };
        if !item.is_row {
            return "No look decides of it: it has no value of its own.".to_owned();
        }
        if item.is_unknown && mark == Mark::Reviewed {
            return "Nothing can be said of it, so a look decides nothing: capture it again, or accept it.".to_owned();
        }
        let row = self.board.row(item.row);
        let path = escape(&row.path).into_owned();
        self.at = at;
        self.decide(Wish::Mark(mark, vec![row]), &format!("{}: {path}", mark.word()))
    }

    fn note(&mut self, text: &str) -> String {
        let item = self.at.checked_sub(1).and_then(|at| self.board.items.get(at));
        match item {
            Some(item) if item.is_row && !text.is_empty() => {
                let text: String = text.chars().take(crate::review::journal::MOST_NOTE).collect();
                self.decide(Wish::Note(item.path.clone(), text), "noted")
            }
            _ => "note TEXT, of the one that was spoken of last.".to_owned(),
        }
    }

    /// What is said to a line; `None` where the conversation is over.
    fn answer(&mut self, line: &str) -> Option<String> {
        let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let rest = rest.trim();
        let word =
            WORDS.iter().find(|(long, short, ..)| word == *long || word == *short).map_or(word, |(long, ..)| long);
        Some(match word {
            "" | "next" => self.next(),
            "list" => self.list(),
            "show" => self.show(rest),
            "reviewed" => self.mark(Mark::Reviewed, rest),
            "flag" => self.mark(Mark::Flagged, rest),
            "skip" => self.mark(Mark::Skipped, rest),
            "note" => self.note(rest),
            "undo" => self.decide(Wish::Undo, "undone"),
            "verdict" => self.verdict(),
            "help" => WORDS.map(|(word, short, takes, does)| format!("{word} ({short}) {takes}: {does}")).join("\n"),
            "quit" => return None,
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => self.show(number),
            other => format!("No word is {}. help lists them.", escape(other)),
        })
    }

    fn show(&mut self, number: &str) -> String {
        let at = number.parse().ok().filter(|at| (1..=self.board.items.len()).contains(at));
        self.at = at.unwrap_or(self.at);
        self.said(at.unwrap_or(0))
    }

    /// Ends the review, where nothing is open any more.
    fn finish(&mut self) {
        if self.status.counts.open == 0 {
            let asked = self.board.items.iter().filter(|item| item.is_asked()).map(|item| item.path.clone()).collect();
            let verdict = self.status.counts.verdict.word().to_owned();
            self.decide(Wish::Finish(verdict, asked), "finished");
        }
    }
}

/// Talks until the user leaves or the input ends.
///
/// # Errors
/// The input or the output fails.
pub fn converse(talk: &mut Talk, input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", talk.greeting())?;
    loop {
        write!(out, "> ")?;
        out.flush()?;
        let mut line = Vec::new();
        if io::Read::take(&mut *input, LINE).read_until(b'\n', &mut line)? == 0 {
            return writeln!(out);
        }
        match talk.answer(&String::from_utf8_lossy(&line)) {
            Some(words) => writeln!(out, "{words}")?,
            None => {
                talk.finish();
                return Ok(());
            }
        }
    }
}
