//! What the gate says, as text: what stops first, each with its values and why.

use super::Check;
use crate::base::text::{escape, fit, width};
use crate::compare::Comparison;
use crate::policy::judge::{Call, Item};
use crate::report::{counted, text, values};
use std::io::{self, Write};

/// How many items of one kind a text lists.
const LISTED: usize = 20;
/// Cells that a long value has at least where all sides stand in a line.
const LEAST: usize = 16;
/// Cells that it has at most.
const MOST: usize = 64;
/// Cells that are kept for the words before it is said what happens: the risk and its rule.
const RULE: usize = 40;

pub(super) fn write(check: &Check<'_>, out: &mut dyn Write) -> io::Result<()> {
    text::wrapped(&check.verdict(), check.report.width, out)?;
    check.items(false, out)?;
    check.rest(out)
}

/// As text, of a push that is stopped: under the lines of its head the worst with its values and its rule, within three lines
/// where the head is one.
///
/// # Errors
/// Only those of `out`.
pub fn write_stopped(head: &[String], check: &Check<'_>, out: &mut dyn Write) -> io::Result<()> {
    head.iter().try_for_each(|line| text::wrapped(line, check.report.width, out))?;
    check.items(true, out)?;
    check.rest(out)
}

impl Check<'_> {
    /// Why it is stopped stands in the first lines, the first of it `briefly`; what is let through comes last.
    fn items(&self, briefly: bool, out: &mut dyn Write) -> io::Result<()> {
        let names = self.report.names();
        let mut is_brief = briefly;
        for call in [Call::Block, Call::NeedsDecision, Call::Warn, Call::Unknown, Call::Accepted] {
            let items: Vec<&Item> = self.judgement.items.iter().filter(|item| item.call == call).collect();
            let listed = if call > Call::Unknown { LISTED } else { LISTED / 2 };
            for item in items.iter().take(listed) {
                self.item(item, &names, std::mem::take(&mut is_brief), out)?;
            }
            if items.len() > listed {
                writeln!(out, "  {}  .. {} more", call.word(), items.len() - listed)?;
            }
        }
        Ok(())
    }

    /// What was asked, what is to be said besides, and what helps.
    fn rest(&self, out: &mut dyn Write) -> io::Result<()> {
        let cells = self.report.width;
        writeln!(out)?;
        for rule in &self.judgement.rules {
            let count = if rule.items == 0 { String::new() } else { format!("  {}", counted(rule.items, "item")) };
            let line = format!("{:<14}  {}: {}{count}", rule.call.word(), rule.name, escape(&rule.asks));
            text::wrapped(&line, cells, out)?;
        }
        for note in self.notes {
            text::wrapped(note, cells, out)?;
        }
        let is_value = |item: &Item| item.call > Call::Warn && item.row != Comparison::TOP;
        if !self.judgement.items.iter().any(is_value) {
            return Ok(());
        }
        text::wrapped("To let one through for a while: driftglass accept PATH --reason TEXT", cells, out)
    }

    /// An item on a line of its own, with its values where they fit, and why below. A reason is said whole, and the value
    /// of every side: they are short as it is, and shorter `briefly`.
    fn item(&self, item: &Item, names: &[String], briefly: bool, out: &mut dyn Write) -> io::Result<()> {
        let room = self.report.width;
        let word = item.call.word();
        let head = format!("  {word}  {}", self.subject(item));
        let mut told = self.told(names, item.row);
        let indent = " ".repeat(word.len() + 4);
        let left = room.saturating_sub(indent.len());
        let below = |words: &str, out: &mut dyn Write| {
            let mut lines = Vec::new();
            text::wrapped(words, left, &mut lines)?;
            String::from_utf8_lossy(&lines).lines().try_for_each(|line| writeln!(out, "{indent}{}", fit(line, left)))
        };
        let beside = room.saturating_sub(width(&head) + 2);
        let mut why = self.why(item);
        if briefly && !told.is_empty() && width(&told) > beside {
            told = self.told_within(names, item, beside).unwrap_or_else(|| {
                // The path has the line for itself: values and rule share the next.
                let rule = why.split_once(": ").map_or(0, |(rule, _)| width(rule)).min(RULE);
                let beside = left.saturating_sub(rule + 2);
                let told = self.told_within(names, item, beside).unwrap_or_else(|| fit(&told, beside).into_owned());
                why = [told.as_str(), why.as_str()].join("; ").trim_end_matches([';', ' ']).to_owned();
                String::new()
            });
        }
        if told.is_empty() || width(&told) <= beside {
            writeln!(out, "{}", format!("{head}  {told}").trim_end())?;
        } else {
            writeln!(out, "{head}")?;
            below(&told, out)?;
        }
        if why.is_empty() { Ok(()) } else { below(&why, out) }
    }

    /// The values of an item in so many cells, each cut around what differs; `None` where that is too little.
    fn told_within(&self, names: &[String], item: &Item, room: usize) -> Option<String> {
        let comparison = self.report.comparison;
        if !comparison.is_leaf(item.row) {
            return None;
        }
        let cells = values::cells(comparison, item.row);
        let groups = values::agreeing(comparison, item.row, &cells);
        let anchor = if groups.len() > 1 { values::common(&cells) } else { 0 };
        let told = |most: usize| {
            let value = |group: &Vec<usize>| {
                let names: Vec<&str> = group.iter().filter_map(|side| Some(names.get(*side)?.as_str())).collect();
                let value = group.first().and_then(|first| cells.get(*first)).map_or("", String::as_str);
                format!("{}: {}", names.join(", "), values::around(value, anchor, most))
            };
            groups.iter().map(value).collect::<Vec<_>>().join("; ")
        };
        (LEAST..=MOST).rev().step_by(4).map(told).find(|told| width(told) <= room)
    }
}
