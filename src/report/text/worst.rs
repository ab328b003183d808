//! What comes before the rows, as text: where differences come from, the lines that carry most of the risk, each with its
//! reason and its test, what tests cannot show, what was accepted.

use super::{Page, padded, wrapped, wrapped_under};
use crate::base::text::{fit, width};
use crate::meaning::Meaning;
use crate::report::past;
use crate::report::told::{self, Also, Other, Told, manager};
use crate::report::{Report, bands_in_words, counted, grouped};
use crate::risk::Band;
use std::io::{self, Write};

/// How many lines are told in full.
const LINES: usize = 10;
/// How many reasons, acceptances and changes are listed.
const LISTED: usize = 10;
/// Where the text of a line begins.
const INDENT: usize = 14;

impl Page<'_> {
    /// What it comes down to; nothing where nothing is judged or found.
    pub(super) fn meaning(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(meaning) = self.report.meaning.filter(|meaning| !meaning.ranking.lines().is_empty()) else {
            return Ok(());
        };
        let bands = bands_in_words(&meaning.ranking.bands(), Band::Info);
        let lines = counted(meaning.ranking.lines().len(), "line");
        let held: usize = meaning.causes.all().iter().map(|cause| cause.members.len()).sum();
        let mut sentence = format!("{lines} to read");
        if held > 0 {
            let causes = meaning.causes.all().len();
            let hold = if causes == 1 { "holds" } else { "hold" };
            sentence += &format!("; {} {hold} {} of the differences", counted(causes, "cause"), grouped(held));
        }
        wrapped(&format!("Risk: {bands}. {sentence}."), self.width, out)?;
        self.causes(out)?;
        self.worst(meaning, out)?;
        self.tests(meaning, out)
    }

    fn heading(&self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.paint("1", text))
    }

    /// The causes that hold most differences.
    fn causes(&self, out: &mut dyn Write) -> io::Result<()> {
        let largest = told::largest(self.report);
        if largest.is_empty() {
            return Ok(());
        }
        self.heading("Where most differences come from", out)?;
        for (held, share, title) in largest {
            let title = fit(&title, self.width.saturating_sub(INDENT + 2)).into_owned();
            writeln!(out, "  {:>6}  {share:>3} %  {title}", grouped(held))?;
        }
        Ok(())
    }

    /// The worst lines in full, those that follow in short.
    fn worst(&self, meaning: &Meaning, out: &mut dyn Write) -> io::Result<()> {
        let worst = told::worst(self.report, meaning, LINES);
        if worst.told.is_empty() && worst.also.is_empty() {
            return Ok(());
        }
        self.heading("Worst first", out)?;
        worst.told.iter().try_for_each(|line| self.line(line, out))?;
        if !worst.also.is_empty() {
            self.heading("Also to be looked at", out)?;
        }
        worst.also.iter().try_for_each(|line| self.in_short(line, out))?;
        worst.rest.map_or(Ok(()), |rest| wrapped(&format!("  {rest}"), self.width, out))
    }

    /// Band, points and what it is.
    fn title(&self, band: &str, points: u32, title: &str, out: &mut dyn Write) -> io::Result<()> {
        let padded = padded(band, 8);
        let code = Band::named(band).map_or("0", code);
        let room = self.width.saturating_sub(INDENT);
        writeln!(out, "  {} {points:>3} {}", self.paint(code, &padded), fit(title, room))
    }

    /// One line: the row that carries the risk with its values, what happens, why, and what to test.
    fn line(&self, line: &Told, out: &mut dyn Write) -> io::Result<()> {
        let members = line.members.as_ref().map(|members| format!("  ({members})")).unwrap_or_default();
        let room = self.width.saturating_sub(INDENT + width(&members));
        self.title(line.band, line.points, &format!("{}{members}", fit(&line.title, room)), out)?;
        self.place(&line.path.concat(), &line.both, INDENT, out)?;
        let toward = if line.toward.is_empty() { String::new() } else { format!("{}.", line.toward) };
        let said = [
            ("In effect: ", line.effective.as_deref().unwrap_or_default()),
            ("", &line.consequence),
            ("", &toward),
            ("Why: ", &line.why),
            ("Test: ", &line.test),
            ("Policy: ", line.ruled.as_deref().unwrap_or_default()),
        ];
        for (what, text) in said.into_iter().filter(|(_, text)| !text.is_empty()) {
            wrapped_under(&format!("{what}{text}"), INDENT, self.width, out)?;
        }
        wrapped_under(&format!("{} {}", line.rule, line.vector), INDENT, self.width, out)?;
        self.named(line.named.as_deref(), out)?;
        line.others.iter().try_for_each(|other| self.other(other, out))
    }

    /// What else a line holds, by name.
    fn named(&self, named: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        named.map_or(Ok(()), |named| wrapped_under(&format!("Also in it: {named}"), INDENT, self.width, out))
    }

    /// What else a line holds.
    fn other(&self, other: &Other, out: &mut dyn Write) -> io::Result<()> {
        let inner = INDENT + 2;
        let head = format!("Also {} {}: {}", other.band, other.points, other.title);
        let code = Band::named(other.band).map_or("0", code);
        let head = fit(&head, self.width.saturating_sub(INDENT));
        writeln!(out, "{}{}", " ".repeat(INDENT), self.paint(code, &head))?;
        self.place(&other.path.concat(), &other.both, inner, out)?;
        let toward = if other.toward.is_empty() { String::new() } else { format!("{}.", other.toward) };
        let said = [
            ("In effect: ", other.effective.as_deref().unwrap_or_default()),
            ("", &other.consequence),
            ("", &toward),
            ("Why: ", &other.why),
            ("Test: ", &other.test),
            ("Policy: ", other.ruled.as_deref().unwrap_or_default()),
        ];
        for (what, text) in said.into_iter().filter(|(_, text)| !text.is_empty()) {
            wrapped_under(&format!("{what}{text}"), inner, self.width, out)?;
        }
        wrapped_under(&format!("{} {}", other.rule, other.vector), inner, self.width, out)
    }

    fn in_short(&self, line: &Also, out: &mut dyn Write) -> io::Result<()> {
        self.title(line.band, line.points, &line.title, out)?;
        self.place(&line.path.concat(), &line.values, INDENT, out)?;
        self.named(line.named.as_deref(), out)
    }

    /// A path with its values behind it, or below where they do not fit.
    fn place(&self, path: &str, both: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
        let room = self.width.saturating_sub(indent);
        let indent = " ".repeat(indent);
        if width(path) + 2 + width(both) <= room {
            return writeln!(out, "{indent}{path}  {both}");
        }
        writeln!(out, "{indent}{path}\n{indent}{}", fit(both, room))
    }

    /// How likely a fault passes the tests, and how the risk has gone.
    pub(super) fn past(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(escape) = self.report.escape {
            past::write_text(escape, self.width, out)?;
        }
        let Some(gone) = self.report.gone() else { return Ok(()) };
        self.heading("How the risk has gone", out)?;
        wrapped_under(&gone.sentence, 2, self.width, out)?;
        gone.lines().iter().try_for_each(|line| writeln!(out, "  {line}"))
    }

    /// What the test environments show of the target.
    fn tests(&self, meaning: &Meaning, out: &mut dyn Write) -> io::Result<()> {
        let Some(covered) = told::covered(self.report, meaning) else { return Ok(()) };
        self.heading("What the test environments show", out)?;
        for sentence in &covered.sentences {
            wrapped_under(sentence, 2, self.width, out)?;
        }
        for (name, sentence) in &covered.additions {
            wrapped_under(&format!("{name} {sentence}."), 2, self.width, out)?;
        }
        if !covered.changes.is_empty() {
            writeln!(out, "  What to change first:")?;
        }
        for (at, (environment, title, count, points)) in covered.changes.iter().take(LISTED).enumerate() {
            let line = format!("{:>2}. {environment}: {title}", at + 1);
            let values = counted(*count as usize, "value");
            writeln!(out, "  {}", fit(&line, self.width.saturating_sub(2)))?;
            writeln!(out, "      {values}, {points} points")?;
        }
        Ok(())
    }

    /// What was accepted, by whom, until when and why.
    pub(super) fn accepted(&self, out: &mut dyn Write) -> io::Result<()> {
        let excuses = told::excuses(self.report);
        if excuses.is_empty() {
            return Ok(());
        }
        self.heading("Accepted", out)?;
        for excuse in excuses.iter().take(LISTED) {
            let of = counted(excuse.count, "difference");
            let (by, until, reason) = (&excuse.by, &excuse.until, &excuse.reason);
            wrapped_under(&format!("{of} by {by}, until {until}: {reason}"), 2, self.width, out)?;
        }
        self.left_out(excuses.len(), out)
    }

    /// What could not be measured, and why.
    pub(super) fn unmeasured(&self, out: &mut dyn Write) -> io::Result<()> {
        let gaps = told::gaps(self.report, &self.names);
        if gaps.is_empty() {
            return Ok(());
        }
        self.heading("Could not be measured", out)?;
        for gap in gaps.iter().take(LISTED) {
            let paths = counted(gap.count, "path");
            wrapped_under(&format!("{paths} of {}: {}", gap.side, gap.reason), 2, self.width, out)?;
        }
        self.left_out(gaps.len(), out)
    }

    fn left_out(&self, all: usize, out: &mut dyn Write) -> io::Result<()> {
        match all.saturating_sub(LISTED) {
            0 => Ok(()),
            rest => writeln!(out, "  {} not listed.", counted(rest, "more reason")),
        }
    }
}

/// One page in plain words.
pub(super) fn page(report: &Report<'_>, cells: usize, out: &mut dyn Write) -> io::Result<()> {
    let page = manager::Page::new(report);
    writeln!(out, "{}\n", page.title)?;
    page.lead.iter().try_for_each(|sentence| wrapped_under(sentence, 0, cells, out))?;
    if !page.lines.is_empty() {
        writeln!(out, "\nWhat matters most")?;
    }
    for (at, line) in page.lines.iter().enumerate() {
        let number = format!("{:>3}. ", at + 1);
        let mut text = Vec::new();
        let happens = format!("{}: {} {}", line.what, line.happens, line.tests);
        wrapped_under(happens.trim_end(), number.len(), cells, &mut text)?;
        wrapped_under(&format!("To do ({}): {}", line.level, line.action), number.len(), cells, &mut text)?;
        if !line.also.is_empty() {
            wrapped_under(&line.also, number.len(), cells, &mut text)?;
        }
        out.write_all(number.as_bytes())?;
        out.write_all(text.get(number.len()..).unwrap_or_default())?;
    }
    if let Some(share) = &page.share {
        wrapped_under(share, 0, cells, out)?;
    }
    if let Some(gone) = &page.gone {
        writeln!(out, "\nBetter or worse")?;
        wrapped_under(&gone.sentence, 2, cells, out)?;
        gone.lines().iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    for (head, sentences) in page.sections().chain([("What was compared", page.compared.as_slice())]) {
        writeln!(out, "\n{head}")?;
        sentences.iter().try_for_each(|sentence| wrapped_under(sentence, 2, cells, out))?;
    }
    Ok(())
}

/// The colour of a band.
pub(super) fn code(band: Band) -> &'static str {
    match band {
        Band::Critical => "1;35",
        Band::High => "1;33",
        Band::Medium => "33",
        Band::Low | Band::Info => "0",
    }
}
