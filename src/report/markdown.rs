//! Markdown for pull requests and wikis: what was compared, the counts, where differences come from, what matters most,
//! and a table for every area. The short form leaves out the tables and fits into a comment.

use super::told::{self, Other, Told, manager};
use super::{Audience, Report, counted, grouped, past, values};
use crate::base::text;
use crate::compare::RowId;
use crate::meaning::Meaning;
use std::io::{self, Write};

/// How many lines are told in full.
const TOLD: usize = 10;
/// How many reasons, and how many acceptances, are listed.
const LISTED: usize = 20;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.audience == Audience::Manager {
        return page(&manager::Page::new(report), out);
    }
    let names = report.names();
    let labels: Vec<String> = names.iter().map(|name| inline(name)).collect();
    writeln!(out, "# Drift: {}\n", labels.join(", "))?;
    head(report, out)?;
    writeln!(out, "\n{}", inline(&report.counts(&names)))?;
    if let Some(meaning) = report.meaning {
        writeln!(out, "\n{}", inline(&told::summary(meaning)))?;
        causes(report, out)?;
        worst(report, meaning, out)?;
        tests(report, meaning, out)?;
    }
    past(report, out)?;
    accepted(report, out)?;
    unmeasured(report, &names, out)?;
    if report.lists_rows {
        for (area, rows) in report.by_area() {
            writeln!(out, "\n## {} ({})\n", inline(&text::escape(area)), rows.len())?;
            writeln!(out, "| | risk | path | {} | change |", labels.join(" | "))?;
            writeln!(out, "|---|---|---|{}---|", "---|".repeat(labels.len()))?;
            for row in rows {
                self::row(report, &names, *row, out)?;
            }
        }
    }
    let lines = report.unlisted().into_iter().chain(report.hidden_lines());
    writeln!(out)?;
    for line in lines.chain([format!("Written by {}.", super::json::TOOL)]) {
        writeln!(out, "- {}", inline(&line))?;
    }
    Ok(())
}

/// What is compared.
fn head(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "| snapshot | role | host | captured | by | evidence | facts | not readable |")?;
    writeln!(out, "| --- | --- | --- | --- | --- | --: | --: | --: |")?;
    for side in report.introductions() {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            inline(&side.name),
            side.role(),
            inline(&side.host()),
            side.captured_at(),
            inline(&side.tool()),
            side.completeness(),
            side.snapshot.facts.leaf_count(),
            side.snapshot.problems.len(),
        )?;
    }
    Ok(())
}

fn causes(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let largest = told::largest(report);
    if largest.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## Where most differences come from\n\n| differences | share | cause |\n| --: | --: | --- |")?;
    for (held, share, title) in largest {
        writeln!(out, "| {} | {share} % | {} |", grouped(held), inline(&title))?;
    }
    Ok(())
}

/// What matters most: a section for each line that carries much risk, a table of those that follow.
fn worst(report: &Report<'_>, meaning: &Meaning, out: &mut dyn Write) -> io::Result<()> {
    let worst = told::worst(report, meaning, TOLD);
    if worst.told.is_empty() && worst.also.is_empty() && worst.rest.is_none() {
        return Ok(());
    }
    writeln!(out, "\n## What matters most")?;
    for (at, line) in worst.told.iter().enumerate() {
        self::line(at + 1, line, out)?;
    }
    if !worst.also.is_empty() {
        writeln!(out, "\n### Also to be looked at\n\n| risk | what | where | values |\n|---|---|---|---|")?;
    }
    for also in &worst.also {
        let members = also.members.as_ref().map(|members| format!(" ({members})")).unwrap_or_default();
        let named = also.named.as_ref().map(|named| format!("; also: {}", inline(named))).unwrap_or_default();
        writeln!(
            out,
            "| {} {} | {}{members}{named} | {} | {} |",
            also.band,
            also.points,
            inline(&also.title),
            inline(&also.path.concat()),
            inline(&also.values)
        )?;
    }
    worst.rest.map_or(Ok(()), |rest| writeln!(out, "\n{}", inline(&rest)))
}

fn line(number: usize, line: &Told, out: &mut dyn Write) -> io::Result<()> {
    let members = line.members.as_ref().map(|members| format!(" ({members})")).unwrap_or_default();
    writeln!(out, "\n### {number}. {} {}: {}{members}\n", line.band, line.points, inline(&line.title))?;
    let toward = if line.toward.is_empty() { String::new() } else { format!(" {}.", inline(&line.toward)) };
    writeln!(out, "{}{toward}\n", inline(&line.consequence))?;
    writeln!(out, "- **{}** {}", inline(&line.path.concat()), inline(&line.both))?;
    let effective = line.effective.as_deref().unwrap_or_default();
    let rated = format!("{}, {} = {}; evidence {}", line.rule, line.vector, line.points, line.evidence);
    let ruled = line.ruled.as_deref().unwrap_or_default();
    let said =
        [("In effect", effective), ("Why", &line.why), ("To test", &line.test), ("Policy", ruled), ("Rated", &rated)];
    for (what, text) in said.into_iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "- {what}: {}", inline(text))?;
    }
    line.named.as_ref().map_or(Ok(()), |named| writeln!(out, "- Also in it: {}", inline(named)))?;
    line.others.iter().try_for_each(|other| self::other(other, out))
}

/// What else a line holds.
fn other(other: &Other, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n#### Also {} {}: {}\n", other.band, other.points, inline(&other.title))?;
    let toward = if other.toward.is_empty() { String::new() } else { format!(" {}.", inline(&other.toward)) };
    writeln!(out, "{}{toward}\n", inline(&other.consequence))?;
    writeln!(out, "- **{}** {}", inline(&other.path.concat()), inline(&other.both))?;
    let rated = format!("{}, {} = {}", other.rule, other.vector, other.points);
    let optional = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let said = [
        ("In effect", optional(&other.effective)),
        ("Why", other.why.clone()),
        ("To test", other.test.clone()),
        ("Policy", optional(&other.ruled)),
        ("Rated", rated),
    ];
    for (what, text) in said.into_iter().filter(|(_, text)| !text.is_empty()) {
        writeln!(out, "- {what}: {}", inline(&text))?;
    }
    Ok(())
}

/// What the test environments show of the target.
fn tests(report: &Report<'_>, meaning: &Meaning, out: &mut dyn Write) -> io::Result<()> {
    let Some(covered) = told::covered(report, meaning) else { return Ok(()) };
    writeln!(out, "\n## What the test environments show\n")?;
    for sentence in &covered.sentences {
        writeln!(out, "{}\n", inline(sentence))?;
    }
    for (name, sentence) in &covered.additions {
        writeln!(out, "- **{}** {}.", inline(name), inline(sentence))?;
    }
    if !covered.changes.is_empty() {
        writeln!(out, "\nWhat to change first:\n")?;
    }
    for (at, (environment, title, count, points)) in covered.changes.iter().enumerate() {
        let values = counted(*count as usize, "value");
        writeln!(out, "{}. {}: {} ({values}, {points} points)", at + 1, inline(environment), inline(title))?;
    }
    Ok(())
}

fn accepted(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let excuses = told::excuses(report);
    if excuses.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## What has been accepted\n\n| differences | by | until | reason | first |")?;
    writeln!(out, "| --: | --- | --- | --- | --- |")?;
    for excuse in excuses.iter().take(LISTED) {
        let (by, until) = (inline(&excuse.by), &excuse.until);
        let (reason, path) = (inline(&excuse.reason), inline(&excuse.path.concat()));
        writeln!(out, "| {} | {by} | {until} | {reason} | {path} |", excuse.count)?;
    }
    left_out(excuses.len(), "more reason", out)
}

fn unmeasured(report: &Report<'_>, names: &[String], out: &mut dyn Write) -> io::Result<()> {
    let gaps = told::gaps(report, names);
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## What could not be measured\n\n| paths | snapshot | reason | such as |")?;
    writeln!(out, "| --: | --- | --- | --- |")?;
    for gap in gaps.iter().take(LISTED) {
        let example = inline(&gap.example.concat());
        writeln!(out, "| {} | {} | {} | {example} |", gap.count, inline(&gap.side), inline(&gap.reason))?;
    }
    left_out(gaps.len(), "more reason", out)
}

/// What a table does not list.
fn left_out(all: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(LISTED) {
        0 => Ok(()),
        rest => writeln!(out, "\n{} not listed.", counted(rest, what)),
    }
}

/// How likely a fault passes the tests, and how the risk has gone.
fn past(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(escaped) = report.escaped() {
        writeln!(out, "\n## How likely a fault passes the tests\n\n{}\n", inline(&escaped.about))?;
        writeln!(out, "| area | incidents | escaped | chance | 90 % interval | of the next 10 |")?;
        writeln!(out, "| --- | --: | --: | --: | --: | --: |")?;
        for row in &escaped.rows {
            let past::Row { area, incidents, escaped, chance, interval, next } = row;
            writeln!(out, "| {} | {incidents} | {escaped} | {chance} | {interval} | {next} |", inline(area))?;
        }
        writeln!(out, "\n{}", inline(&escaped.calibration))?;
    }
    if let Some(gone) = report.gone() {
        writeln!(out, "\n## How the risk has gone\n\n{}\n", inline(&gone.sentence))?;
        figure(&gone, out)?;
    }
    Ok(())
}

fn figure(gone: &past::Gone, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "```text")?;
    gone.lines().iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "```")
}

/// One page in plain words.
fn page(page: &manager::Page, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n", inline(&page.title))?;
    for sentence in &page.lead {
        writeln!(out, "{}\n", inline(sentence))?;
    }
    if !page.lines.is_empty() {
        writeln!(out, "## What matters most\n")?;
    }
    for (at, line) in page.lines.iter().enumerate() {
        let tests = if line.tests.is_empty() { String::new() } else { format!(" {}", inline(&line.tests)) };
        let also = if line.also.is_empty() { String::new() } else { format!(" {}", inline(&line.also)) };
        let (happens, what, action) = (inline(&line.happens), inline(&line.what), inline(&line.action));
        writeln!(out, "{}. **{what}:** {happens}{tests} **To do** ({}): {action}{also}", at + 1, line.level)?;
    }
    if let Some(share) = &page.share {
        writeln!(out, "\n{}", inline(share))?;
    }
    if let Some(gone) = &page.gone {
        writeln!(out, "\n## Better or worse\n\n{}\n", inline(&gone.sentence))?;
        figure(gone, out)?;
    }
    for (head, sentences) in page.sections() {
        writeln!(out, "\n## {head}\n")?;
        sentences.iter().try_for_each(|sentence| writeln!(out, "- {}", inline(sentence)))?;
    }
    writeln!(out)?;
    page.compared.iter().try_for_each(|line| writeln!(out, "{}", inline(line)))
}

fn row(report: &Report<'_>, names: &[String], row: RowId, out: &mut dyn Write) -> io::Result<()> {
    let comparison = report.comparison;
    let path = comparison.path(row).to_string();
    let risk = report.judged(row).map(|(finding, _)| finding.score);
    let risk = risk.map(|score| format!("{} {}", score.band().0.word(), score.total())).unwrap_or_default();
    let sign = inline(&comparison.relation(row).sign().to_string());
    write!(out, "| {sign} | {risk} | {} |", inline(&text::escape(&path)))?;
    for value in values::short(comparison, row) {
        write!(out, " {} |", inline(&value))?;
    }
    let note = report.note(names, row);
    writeln!(out, " {} |", inline(&note))
}

/// What breaks a mention without being seen: hosts of repositories look for names of users and numbers of threads in the
/// text that a page shows, whatever is escaped in its source.
const BREAK: &str = "&#8203;";

/// Text that stands in a table cell as it is: no markup, no link, no mention of a user or a thread, no new cell.
pub(super) fn inline(safe: &str) -> String {
    let mut out = String::with_capacity(safe.len() + 8);
    let mut before = ' ';
    let mut rest = safe.chars().peekable();
    while let Some(c) = rest.next() {
        let follows = rest.peek().copied().unwrap_or(' ');
        // `@team`, and not `getty@tty1`; `#12`, `owner/name#12`, `!12`, `$12`, `%12`, `GH-12`.
        let is_mention = c == '@' && !before.is_alphanumeric() && (follows.is_alphanumeric() || follows == '_');
        let is_thread = matches!(c, '#' | '!' | '$' | '%') && follows.is_ascii_digit();
        let is_named_thread = c == '-' && before.eq_ignore_ascii_case(&'h') && follows.is_ascii_digit();
        before = c;
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\n' | '\r' => out.push_str("<br>"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        if is_mention || is_thread || is_named_thread {
            out.push_str(BREAK);
        }
    }
    // A bare address would become a link.
    out.replace("://", ":&#47;&#47;").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::inline;

    #[test]
    fn a_value_is_no_markup_no_link_and_no_mention() {
        assert_eq!(inline("a|b `c` *d* _e_ ~~f~~"), "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\~\\~f\\~\\~");
        assert_eq!(inline("[x](https://evil) www.evil.com"), "\\[x\\](https:&#47;&#47;evil) www&#46;evil.com");
        assert_eq!(inline("<b>&amp;\r\n"), "&lt;b&gt;&amp;amp;<br><br>");
        // Hosts of repositories look for these in what is shown, where no escape is left.
        assert_eq!(inline("@team/core (@a)"), "&#64;&#8203;team/core (&#64;&#8203;a)");
        assert_eq!(inline("getty@tty1.service"), "getty&#64;tty1.service", "no mention, and copied as it is");
        assert_eq!(
            inline("fixes #123, o/n#4, !5, GH-6"),
            "fixes \\#&#8203;123, o/n\\#&#8203;4, \\!&#8203;5, GH-&#8203;6"
        );
        assert_eq!(inline("# head #x 5 % 3-4"), "\\# head \\#x 5 % 3-4");
    }
}
