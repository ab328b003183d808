//! What people are told who decide and do not know the program: no paths, no settings, one page.

use super::{excuses, is_shown, others, things};
use crate::base::cancel::Cancel;
use crate::base::share::percent;
use crate::base::text::escape;
use crate::compare::{Cell, Comparison};
use crate::meaning::{Line, Meaning};
use crate::report::overview::Overview;
use crate::report::past::Gone;
use crate::report::{Report, counted, grouped};
use crate::risk::{Band, Toward};

/// How many lines are told.
const LINES: usize = 8;
/// How many captures the figure has: the first, and the last ones.
const STEPS: usize = 4;
/// How many things are named of which one sentence is true.
const THINGS: usize = 4;
/// How many acceptances are told: the page stays one.
const EXCUSES: usize = 5;

/// The page.
pub(in crate::report) struct Page {
    pub title: String,
    /// What was found, in sentences.
    pub lead: Vec<String>,
    /// What to settle first.
    pub lines: Vec<Item>,
    /// What the lines are of all risk, and what points are.
    pub share: Option<String>,
    /// What tests can show.
    pub tests: Vec<String>,
    /// How likely a fault passes them.
    pub escaped: Vec<String>,
    /// How the risk has gone.
    pub gone: Option<Gone>,
    /// What was accepted; `None` where nobody keeps a list of that.
    pub accepted: Option<Vec<String>>,
    /// Whether the way back has been tried.
    pub rehearsed: Vec<String>,
    /// What could not be measured.
    pub unmeasured: Vec<String>,
    /// What was compared, and when it was measured.
    pub compared: Vec<String>,
}

/// What one line risks.
pub(in crate::report) struct Item {
    /// What happens.
    pub happens: String,
    /// What it is about.
    pub what: String,
    /// How much it matters: `high, 48 points`.
    pub level: String,
    /// What that means for tests; empty where nothing is known.
    pub tests: String,
    /// What to do.
    pub action: String,
    /// What else of high risk has the same origin; empty where there is nothing.
    pub also: String,
}

impl Page {
    /// Of a comparison and what it means.
    pub fn new(report: &Report<'_>) -> Self {
        let names = report.names();
        let comparison = report.comparison;
        let reference = comparison.reference();
        let target = &names[reference];
        let others: Vec<&str> =
            names.iter().enumerate().filter(|(side, _)| *side != reference).map(|(_, name)| name.as_str()).collect();
        let said = report.meaning.map(|meaning| lines(report, meaning, &names)).unwrap_or_default();
        let differs = if others.len() == 1 { "differs" } else { "differ" };
        Self {
            title: format!("How {} {differs} from {target}", listed(&others)),
            lead: lead(report, &names),
            share: report.meaning.filter(|_| !said.items.is_empty()).map(|meaning| share(&said, meaning)),
            lines: said.items,
            tests: report.meaning.map(|meaning| tests(meaning, &names)).unwrap_or_default(),
            escaped: report.escaped_plainly(),
            gone: report.gone().map(|gone| gone.within(STEPS)),
            accepted: accepted(report),
            rehearsed: report.rehearsals(false),
            unmeasured: unmeasured(comparison, &names),
            compared: compared(report),
        }
    }
}

impl Page {
    /// What follows the lines: a head and its sentences; those without any are left out.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let sections: [(_, &[String]); 5] = [
            ("What tests can meet", self.tests.as_slice()),
            ("How likely a fault passes the tests", &self.escaped),
            ("What has been accepted", self.accepted.as_deref().unwrap_or_default()),
            ("Whether the way back was tried", &self.rehearsed),
            ("What could not be measured", &self.unmeasured),
        ];
        sections.into_iter().filter(|(_, sentences)| !sentences.is_empty())
    }
}

/// What was found: how much differs, what that comes down to, which environment is nearest.
fn lead(report: &Report<'_>, names: &[String]) -> Vec<String> {
    let comparison = report.comparison;
    let tally = comparison.tally(Comparison::TOP);
    let (all, found) = (tally.leaves as usize, tally.found() as usize);
    let shared = report.shared_secrets();
    let alike = match shared {
        0 => None,
        1 => Some("One secret is the same where it must differ.".to_owned()),
        n => Some(format!("{n} secrets are the same where they must differ.")),
    };
    if found == 0 {
        let none = format!("None of {} settings and versions differs.", grouped(all));
        return std::iter::once(none).chain(alike).collect();
    }
    let percent = percent(found as u64, all as u64).unwrap_or(0);
    let mut out = vec![format!(
        "Of {} settings and versions that were compared, {} differ ({percent} %).",
        grouped(all),
        grouped(found)
    )];
    out.extend(alike);
    if let Some(meaning) = report.meaning {
        let bands = meaning.ranking.bands();
        let of = |band| bands.of(band) as usize;
        let (critical, high, medium) = (of(Band::Critical), of(Band::High), of(Band::Medium));
        let grave = meaning.ranking.lines().iter().filter(|line| line.band >= Band::High);
        let accepted = grave.filter(|line| is_let_through(report, line)).count();
        let settle = match critical + high {
            0 => "None is of critical or high risk".to_owned(),
            n => format!(
                "{n} {} to be settled or accepted before the next release: {critical} critical and {high} of high risk",
                if n == 1 { "has" } else { "have" }
            ),
        };
        let settle = match accepted {
            0 => settle,
            n => format!("{settle}; {n} of these {} been accepted", if n == 1 { "has" } else { "have" }),
        };
        let rest = of(Band::Low) + of(Band::Info);
        let others = match (medium, rest) {
            (0, 0) => String::new(),
            (0, rest) => format!(" The other {} rarely do harm.", grouped(rest)),
            (medium, 0) => format!(" {medium} {} of medium risk.", if medium == 1 { "is" } else { "are" }),
            (medium, rest) => format!(
                " {medium} {} of medium risk, and the other {} rarely do harm.",
                if medium == 1 { "is" } else { "are" },
                grouped(rest)
            ),
        };
        let lines = counted(meaning.ranking.lines().len(), "difference");
        out.push(format!("Counted by their origins these come down to {lines}. {settle}.{others}"));
    }
    if names.len() > 2
        && let Some(overview) = Overview::new(comparison, comparison.reference(), &Cancel::new())
    {
        let others = || (0..names.len()).filter(|side| *side != comparison.reference());
        let differ = |side: &usize| overview.totals.get(*side).map_or(0, |total| total.differ());
        if let (Some(near), Some(far)) = (others().min_by_key(differ), others().max_by_key(differ)) {
            out.push(format!(
                "{} is the most like {} ({}), {} the least ({}).",
                names[near],
                names[comparison.reference()],
                counted(differ(&near) as usize, "difference"),
                names[far],
                grouped(differ(&far) as usize)
            ));
        }
    }
    out
}

/// The lines that carry the most risk, each with its place; what one rule says again and again is said once, of all that it
/// is said of.
fn lines(report: &Report<'_>, meaning: &Meaning, names: &[String]) -> Said {
    let mut told: Vec<(&str, Item, Vec<String>)> = Vec::new();
    let mut said = Said::default();
    // What somebody has accepted is decided, and stands below.
    let is_open = |line: &Line| is_shown(report, line) && !is_let_through(report, line);
    for line in meaning.ranking.lines().iter().filter(|line| is_open(line)) {
        let Some(finding) = meaning.risks.worst(line.worst) else { continue };
        let (id, thing) = (meaning.risks.says(finding).id, things::of(report, meaning, line));
        let (is_grave, is_told) = (line.band >= Band::High, told.iter().any(|(known, ..)| *known == id));
        let Some(item) = item(report, meaning, names, line).filter(|_| is_grave || !is_told) else { continue };
        // The same may be true of other sides: then it is another sentence.
        let has_room = told.len() < LINES;
        let same = told.iter_mut().find(|(known, other, _)| *known == id && other.happens == item.happens);
        match same {
            Some((_, _, things)) if !things.contains(&thing) => things.push(thing),
            Some(_) => {}
            None if has_room => told.push((id, item, vec![thing])),
            None => {
                said.unsaid += usize::from(is_grave);
                continue;
            }
        }
        said.points += u64::from(line.points);
    }
    let finish = |(_, item, things): (&str, Item, Vec<String>)| {
        let rest = things.len().saturating_sub(THINGS);
        let mut named: Vec<String> = things.into_iter().take(THINGS).collect();
        if rest > 0 {
            named.push(format!("{rest} more"));
        }
        for name in named.iter_mut().skip(1) {
            if let Some(rest) = name.strip_prefix("The ") {
                *name = format!("the {rest}");
            }
        }
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        Item { what: listed(&named), ..item }
    };
    said.items = told.into_iter().map(finish).collect();
    said
}

/// What a page tells.
#[derive(Default)]
struct Said {
    items: Vec<Item>,
    /// The points of all lines that these speak of.
    points: u64,
    /// How many lines of high risk or above they leave out.
    unsaid: usize,
}

/// Whether the row that carries the risk of a line has been accepted, or is ignored by the policy.
fn is_let_through(report: &Report<'_>, line: &Line) -> bool {
    report.ruled.is_some_and(|ruled| ruled.let_through(line.worst).is_some())
}

fn item(report: &Report<'_>, meaning: &Meaning, names: &[String], line: &Line) -> Option<Item> {
    let finding = meaning.risks.worst(line.worst)?;
    let says = meaning.risks.says(finding);
    if says.consequence.is_empty() {
        return None;
    }
    let comparison = report.comparison;
    let (test, target) = (&names[finding.side], &names[comparison.reference()]);
    let agrees = |side: &usize, with: usize| comparison.agree(line.worst, *side, with);
    let others: Vec<usize> = (0..names.len()).filter(|side| *side != comparison.reference()).collect();
    // Where several environments stand to the target alike, one of them mended is not all.
    let alike: Vec<&str> =
        others.iter().filter(|side| agrees(side, finding.side)).map(|side| names[*side].as_str()).collect();
    let shows: Vec<&str> =
        others.iter().filter(|side| agrees(side, comparison.reference())).map(|side| names[*side].as_str()).collect();
    let tests = if alike.is_empty() { test.clone() } else { listed(&alike) };
    let shown = match shows.len() {
        0 => String::new(),
        1 => format!(" {} is as {target} is.", listed(&shows)),
        _ => format!(" {} are as {target} is.", listed(&shows)),
    };
    let action = match &*says.action {
        "" => format!("Make {test} and {target} the same here, or accept the difference with a reason."),
        action => escape(action).into_owned(),
    };
    Some(Item {
        happens: report.happens(finding),
        what: String::new(),
        level: format!("{}, {}", line.band.word(), counted(line.points as usize, "point")),
        tests: match finding.toward {
            Toward::FlattersTests => format!("Tests in {tests} can pass although {target} fails.{shown}"),
            Toward::Harmless => format!("What passes in {tests} passes in {target}.{shown}"),
            Toward::Unknown | Toward::Neither => shown.trim_start().to_owned(),
        },
        also: others::plainly(report, meaning, line),
        action,
    })
}

fn share(said: &Said, meaning: &Meaning) -> String {
    let all = meaning.ranking.points();
    let percent = percent(said.points, all).unwrap_or(0);
    let unsaid = match said.unsaid {
        0 => String::new(),
        1 => " One more of critical or high risk is not listed here.".to_owned(),
        n => format!(" {n} more of critical or high risk are not listed here."),
    };
    format!(
        "These carry {percent} % of all risk.{unsaid} Points say how bad it is if it happens, times how likely that is: 1 to 100 \
         for one difference, {} for all together.",
        grouped(all as usize)
    )
}

/// What tests can show: nothing is said where there is one test environment, which shows nothing that differs.
fn tests(meaning: &Meaning, names: &[String]) -> Vec<String> {
    let Some(coverage) = meaning.coverage.as_ref().filter(|coverage| coverage.environments.len() > 1) else {
        return Vec::new();
    };
    let target = &names[coverage.target];
    let mut out = match coverage.all.percent() {
        None => return Vec::new(),
        Some(percent) => vec![format!(
            "Of {} points of risk that a test environment could show, {percent} % lie where at least one is as {target} \
             is: tests can meet them there. The other {} points no test can meet.",
            grouped(coverage.all.points as usize),
            grouped(coverage.all.uncovered as usize)
        )],
    };
    let idle = coverage.environments.iter().zip(&coverage.adds).filter(|(_, adds)| adds.marginal == 0);
    let idle: Vec<&str> = idle.map(|(side, _)| names[*side].as_str()).collect();
    if !idle.is_empty() {
        let adds = if idle.len() == 1 { "adds" } else { "add" };
        out.push(format!("{} {adds} nothing to that which the other test environments show.", listed(&idle)));
    }
    out
}

/// What was accepted, a sentence each; `None` where nobody keeps a list of that.
fn accepted(report: &Report<'_>) -> Option<Vec<String>> {
    if report.ruled.is_none_or(|ruled| ruled.acceptances.list.is_empty()) {
        return None;
    }
    let ended = report.ended().into_iter().map(|one| {
        format!(
            "Ended on {}: what {} accepted ({}) is open again.",
            one.until,
            person(&one.by),
            one.reason.trim_end_matches('.')
        )
    });
    let mut ended: Vec<String> = ended.collect();
    if let rest @ 1.. = ended.len().saturating_sub(EXCUSES) {
        ended.truncate(EXCUSES);
        ended.push(format!("{} have ended.", counted(rest, "more acceptance")));
    }
    let all = excuses(report);
    if all.is_empty() {
        return Some(std::iter::once("Of what differs here, nothing.".to_owned()).chain(ended).collect());
    }
    let sentence = |excuse: &super::Excuse| {
        let until = match excuse.until.as_str() {
            "no end" => "without an end".to_owned(),
            until => format!("until {until}"),
        };
        let reason = excuse.reason.trim_end_matches('.');
        let count = counted(excuse.count, "difference");
        format!("Accepted by {} {until}: {reason} ({count}).", person(&excuse.by))
    };
    let mut out: Vec<String> = all.iter().take(EXCUSES).map(sentence).collect();
    let rest = all.iter().skip(EXCUSES).map(|excuse| excuse.count).sum::<usize>();
    if rest > 0 {
        out.push(format!("{} for other reasons.", counted(rest, "more difference")));
    }
    out.extend(ended);
    Some(out)
}

/// A person without the address of their mail.
fn person(author: &str) -> &str {
    match author.split_once(" <") {
        Some((name, _)) if !name.is_empty() => name,
        _ => author,
    }
}

/// How much could not be measured, in a sentence.
fn unmeasured(comparison: &Comparison, names: &[String]) -> Vec<String> {
    let mut counts = vec![0_usize; names.len()];
    for row in comparison.leaves().filter(|row| comparison.state(*row).is_found()) {
        for (side, cell) in comparison.cells(row).enumerate() {
            counts[side] += usize::from(matches!(cell, Cell::Problem(_) | Cell::NotCollected(_)));
        }
    }
    let told = names.iter().zip(&counts).filter(|(_, count)| **count > 0);
    let told: Vec<String> = told.map(|(name, n)| format!("{} in {name}", grouped(*n))).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let empty = comparison.sides().iter().zip(names).filter(|(side, _)| side.snapshot.facts.leaf_count() == 0);
    let empty: Vec<String> =
        empty.map(|(_, name)| format!("Of {name} nothing at all is known: it holds no facts.")).collect();
    let mut out = match told.as_slice() {
        [] => Vec::new(),
        told => vec![format!("Settings that could not be read: {}. They may differ or not.", listed(told))],
    };
    let unasked = comparison.unasked().len();
    if unasked > 0 {
        let settings = counted(unasked, "setting");
        out.push(format!("Of {settings} nothing is known anywhere, so that no difference in them can be seen."));
    }
    out.splice(0..0, empty);
    if out.is_empty() {
        out.push("Everything that was asked for could be measured.".to_owned());
    }
    out
}

/// What was compared, and when it was measured, a sentence each.
fn compared(report: &Report<'_>) -> Vec<String> {
    let side = |side: &crate::report::head::Introduction<'_>| {
        let day = side.snapshot.meta.captured_at.map(|at| at.strftime("%Y-%m-%d").to_string());
        let day = day.map_or_else(|| "on a day that is not known".to_owned(), |day| format!("on {day}"));
        let host = side.host();
        let host = if host.is_empty() { host } else { format!(" ({host})") };
        format!("{}{host} was measured {day}", side.name)
    };
    let sides: Vec<String> = report.introductions().iter().map(side).collect();
    let sides: Vec<&str> = sides.iter().map(String::as_str).collect();
    let mut out = vec![format!("{}. Written by driftglass {}.", listed(&sides), env!("CARGO_PKG_VERSION"))];
    if report.filter.is_some() {
        let hidden = grouped(report.hidden);
        out.push(format!("A filter leaves {hidden} of the differences out of the list above; the figures count them."));
    }
    if let Some(rules) = report.meaning.map(|meaning| meaning.risks.rules()) {
        let (off, changed) = (rules.switched_off().len(), rules.changed().count());
        if off + changed > 0 {
            let each = [(off, "switched off"), (changed, "weighed in another way")];
            let each: Vec<String> =
                each.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
            let of = counted(off + changed, "rule");
            out.push(format!(
                "Of the program's rules of risk {of} {} not as it came: {}.",
                is_or_are(off + changed),
                each.join(", ")
            ));
        }
    }
    out
}

fn is_or_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(all: &[&str]) -> String {
    match all {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
