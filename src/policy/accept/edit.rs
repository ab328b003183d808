//! Edits of `driftglass.accept.toml` that keep its comments and its order, made so that git merges what two branches
//! add: a new file has a line for every area, and a block goes behind its area's line in the order of paths.

use super::{Acceptance, Acceptances, What, parse};
use crate::base::order::natural;
use crate::model::Path;
use crate::model::place::Remark;
use std::cmp::Ordering;
use std::collections::HashMap;
use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

/// How a new file begins.
const HEAD: &str = "\
# Differences that are known and accepted, each pinned to the values that were accepted: when one changes or the end is
# reached, it is open again. `driftglass accept` writes here and keeps comments; edit by hand as you like. The lines of
# areas keep apart what two branches add, so that git merges them. Where two branches make this file, a line in
# .gitattributes lets git keep the blocks of both: driftglass.accept.toml merge=union
";
/// How the line of an area begins.
const AREA: &str = "# -- ";
/// What stands in the line before acceptances of causes.
const CAUSES: &str = "causes";

/// Why a file cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is wrong as it stands.
    #[error("it is wrong as it stands")]
    Wrong(Vec<Remark>),
    /// There is no such acceptance.
    #[error("no acceptance of {0}")]
    None(String),
    /// What would be written is not what was meant: nothing is written.
    #[error("it cannot be edited: what would be written could not be read back")]
    Lost,
}

/// The text of a file with an acceptance put in, or in place of the one of its key; `areas` are those of a new file.
///
/// # Errors
/// See [`EditError`].
pub fn put(text: &str, acceptance: &Acceptance, areas: &[String]) -> Result<String, EditError> {
    let before = parse(text).map_err(EditError::Wrong)?.0;
    let text = if text.trim().is_empty() { new_file(areas) } else { text.to_owned() };
    let mut document: DocumentMut = text.parse().map_err(|_| EditError::Lost)?;
    if !document.contains_key("accept") {
        let mut table = Table::new();
        table.set_implicit(true);
        document.insert("accept", Item::Table(table));
    }
    let accept = document.get_mut("accept").and_then(Item::as_table_mut).ok_or(EditError::Lost)?;
    match accept.get_mut(&acceptance.key).and_then(Item::as_table_mut) {
        Some(block) => fill(block, acceptance),
        None => {
            let mut block = Table::new();
            fill(&mut block, acceptance);
            accept.insert(&acceptance.key, Item::Table(block));
            place(&mut document, &acceptance.key);
        }
    }
    let out = document.to_string();
    let after = parse(&out).map_err(|_| EditError::Lost)?.0;
    let kept = keeps(&before, &after, &acceptance.key);
    let count = before.list.len() + usize::from(before.named(&acceptance.key).is_none());
    let is_meant = kept && after.list.len() == count && after.named(&acceptance.key) == Some(acceptance);
    is_meant.then_some(out).ok_or(EditError::Lost)
}

/// The text of a file without an acceptance; comments right above its block go with it.
///
/// # Errors
/// See [`EditError`].
pub fn remove(text: &str, key: &str) -> Result<String, EditError> {
    let before = parse(text).map_err(EditError::Wrong)?.0;
    if before.named(key).is_none() {
        return Err(EditError::None(key.to_owned()));
    }
    let mut document: DocumentMut = text.parse().map_err(|_| EditError::Lost)?;
    let accept = document.get_mut("accept").and_then(Item::as_table_mut).ok_or(EditError::Lost)?;
    let removed = accept.remove(key).ok_or(EditError::Lost)?;
    let at = removed.as_table().and_then(Table::position);
    let head = removed.as_table().map(prefix).unwrap_or_default();
    // What stands above the block and is not its own comment stays: the lines of areas, comments further up.
    let kept = &head[..own_comment(&head)];
    if !kept.trim().is_empty() {
        let next = next_after(accept, at);
        match next.and_then(|key| accept.get_mut(&key)).and_then(Item::as_table_mut) {
            Some(table) => {
                let own = prefix(table);
                table.decor_mut().set_prefix(joined(kept, &own));
            }
            None => {
                let rest = document.trailing().as_str().unwrap_or_default().to_owned();
                document.set_trailing(joined(kept, &rest));
            }
        }
    }
    let out = document.to_string();
    let after = parse(&out).map_err(|_| EditError::Lost)?.0;
    let kept = keeps(&before, &after, key);
    (kept && after.list.len() + 1 == before.list.len()).then_some(out).ok_or(EditError::Lost)
}

/// Whether all acceptances but one are what they were.
fn keeps(before: &Acceptances, after: &Acceptances, but: &str) -> bool {
    let by_key: HashMap<&str, &Acceptance> = after.list.iter().map(|new| (new.key.as_str(), new)).collect();
    before.list.iter().all(|old| old.key == but || by_key.get(old.key.as_str()) == Some(&old))
}

/// What stood above a removed block before what stands above the next, with one empty line between them.
fn joined(kept: &str, next: &str) -> String {
    let kept = if next.starts_with('\n') && kept.ends_with("\n\n") { &kept[..kept.len() - 1] } else { kept };
    format!("{kept}{next}")
}

/// Where the comment of a block itself begins in what stands above it: behind the last empty line and the last line of
/// an area.
fn own_comment(head: &str) -> usize {
    let mut at = 0;
    let mut own = 0;
    for line in head.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() || heads_area(line.trim_end()).is_some() {
            own = at;
        }
    }
    own
}

fn new_file(areas: &[String]) -> String {
    let mut out = HEAD.to_owned();
    for area in std::iter::once(CAUSES).chain(areas.iter().map(String::as_str)) {
        out.push_str(&format!("\n{AREA}{area}\n"));
    }
    out
}

/// Writes what an acceptance says into its block: values that are there keep their comments. `values`, which are like
/// those of no other path, stand amid the rest: of two blocks no more than three lines in a row can agree, and so few git
/// does not take for common ground.
fn fill(block: &mut Table, acceptance: &Acceptance) {
    let mut set = |key: &str, value: Option<Value>| match (value, block.get_mut(key).and_then(Item::as_value_mut)) {
        (Some(mut new), Some(old)) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        (Some(new), None) => drop(block.insert(key, Item::Value(new))),
        (None, _) => drop(block.remove(key)),
    };
    // Every day is a date of TOML: both are RFC 3339's.
    let day = |day: jiff::civil::Date| day.to_string().parse::<toml_edit::Datetime>().ok().map(Value::from);
    set("reason", Some(acceptance.reason.as_str().into()));
    set("author", Some(acceptance.author.as_str().into()));
    set("date", day(acceptance.date));
    let values: InlineTable =
        acceptance.values.iter().map(|(name, pin)| (name.as_str(), Value::from(pin.as_str()))).collect();
    set("values", (!values.is_empty()).then_some(Value::InlineTable(values)));
    set("seen", acceptance.seen.as_deref().map(Value::from));
    set("until", acceptance.until.and_then(day));
}

fn prefix(table: &Table) -> String {
    table.decor().prefix().and_then(|raw| raw.as_str()).unwrap_or_default().to_owned()
}

/// The keys of all blocks in the order in which they stand in the file.
fn in_order(accept: &Table) -> Vec<(isize, String)> {
    let mut keys: Vec<(isize, String)> = accept
        .iter()
        .filter_map(|(key, item)| Some((item.as_table()?.position().unwrap_or(isize::MAX), key.to_owned())))
        .collect();
    keys.sort_by_key(|(position, _)| *position);
    keys
}

fn next_after(accept: &Table, position: Option<isize>) -> Option<String> {
    in_order(accept).into_iter().find(|(at, _)| Some(*at) > position).map(|(_, key)| key)
}

/// The line that stands before the acceptances of an area.
fn area_of(key: &str) -> String {
    match What::parse(key) {
        Ok(What::Cause(_)) | Err(_) => CAUSES.to_owned(),
        Ok(_) => {
            let first = key.parse::<Path>().ok().and_then(|path| path.keys().next().map(str::to_owned));
            first.unwrap_or_else(|| CAUSES.to_owned())
        }
    }
}

/// Causes first, then paths in their order.
fn order(a: &str, b: &str) -> Ordering {
    let is_cause = |key: &str| key.starts_with(super::CAUSE);
    is_cause(b).cmp(&is_cause(a)).then_with(|| match (a.parse::<Path>(), b.parse::<Path>()) {
        (Ok(one), Ok(two)) if !is_cause(a) => one.cmp(&two),
        _ => natural(a, b),
    })
}

/// The area of which this is the line.
fn heads_area(line: &str) -> Option<&str> {
    line.strip_prefix(AREA).map(str::trim).filter(|area| !area.is_empty())
}

/// Puts a new block, which has no place yet, where it belongs.
fn place(document: &mut DocumentMut, key: &str) {
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let Some(accept) = document.get_mut("accept").and_then(Item::as_table_mut) else { return };
    let others: Vec<(isize, String)> = in_order(accept).into_iter().filter(|(_, other)| other != key).collect();
    // What stands above each block, and below the last one.
    let mut gaps: Vec<String> = others
        .iter()
        .map(|(_, other)| accept.get(other).and_then(Item::as_table).map(prefix).unwrap_or_default())
        .collect();
    gaps.push(trailing);
    let area = area_of(key);
    let heading = gaps.iter().position(|gap| gap.lines().any(|line| heads_area(line) == Some(&area)));
    let has_heading = |gap: &String| gap.lines().any(|line| heads_area(line).is_some());
    let later = |at: &usize| others.get(*at).is_none_or(|(_, other)| order(other, key) == Ordering::Greater);
    let (slot, head) = match heading {
        Some(first) => {
            // Behind its area's line, before the first block of a later path or the next area.
            let next_area = (first + 1..gaps.len()).find(|at| has_heading(&gaps[*at])).unwrap_or(gaps.len() - 1);
            let slot = (first..=next_area).find(|at| later(at) || *at == next_area).unwrap_or(first);
            let is_first = slot == first;
            (slot, is_first.then(|| split_behind(&gaps[first], &area)).flatten())
        }
        None if gaps.iter().any(has_heading) => with_heading(&gaps, &area),
        None => ((0..others.len()).find(later).unwrap_or(others.len()), None),
    };
    let (own, rest) = head.unwrap_or_else(|| {
        // At the top of a file without lines of areas the file's own head stays on top.
        if slot == 0 && heading.is_none() && !others.is_empty() {
            head_of_file(&gaps[0])
        } else {
            ("\n".to_owned(), gaps[slot].clone())
        }
    });
    let position = others.get(slot).map_or_else(|| others.last().map_or(1, |(at, _)| at + 1), |(at, _)| *at);
    for (at, other) in others.iter().skip(slot) {
        if let Some(table) = accept.get_mut(other).and_then(Item::as_table_mut) {
            table.set_position(Some(at + 1));
        }
    }
    if let Some(block) = accept.get_mut(key).and_then(Item::as_table_mut) {
        block.set_position(Some(position));
        block.decor_mut().set_prefix(own);
    }
    match others.get(slot).and_then(|(_, other)| accept.get_mut(other)).and_then(Item::as_table_mut) {
        Some(table) => table.decor_mut().set_prefix(if rest.is_empty() { "\n".to_owned() } else { rest }),
        None => document.set_trailing(rest),
    }
}

/// Where an area of which the file has no line gets one: before the first line of a later area, else at the end.
fn with_heading(gaps: &[String], area: &str) -> (usize, Option<(String, String)>) {
    for (slot, gap) in gaps.iter().enumerate() {
        let mut at = 0;
        for line in gap.split_inclusive('\n') {
            let is_later = |other: &str| other != CAUSES && natural(other, area) == Ordering::Greater;
            if heads_area(line.trim_end()).is_some_and(is_later) {
                return (slot, Some((format!("{}{AREA}{area}\n", &gap[..at]), format!("\n{}", &gap[at..]))));
            }
            at += line.len();
        }
    }
    let last = gaps.last().map_or("", String::as_str);
    (gaps.len().saturating_sub(1), Some((format!("{last}\n{AREA}{area}\n"), String::new())))
}

/// What stands up to the line of an area, and what comes after it.
fn split_behind(gap: &str, area: &str) -> Option<(String, String)> {
    let mut at = 0;
    for line in gap.split_inclusive('\n') {
        at += line.len();
        if heads_area(line.trim_end()) == Some(area) {
            return Some((gap[..at].to_owned(), gap[at..].to_owned()));
        }
    }
    None
}

/// The comment at the top of a file, up to the first empty line, and what belongs to the block below.
fn head_of_file(gap: &str) -> (String, String) {
    match gap.split_once("\n\n") {
        Some((head, rest)) if !head.trim().is_empty() => (format!("{head}\n\n"), format!("\n{rest}")),
        _ => (String::new(), format!("\n{gap}")),
    }
}
