//! Facts that belong to the one that is shown: of the same name elsewhere, from the same file, beside it. Each is a link.

use crate::base::cancel::Cancel;
use crate::base::text::escape;
use crate::compare::{Comparison, RowId};
use crate::model::Path;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many links of one kind are listed.
const MOST: usize = 12;
/// Shorter keys are too common for their namesakes to mean anything.
const SHORTEST: usize = 4;

/// A fact whose links are to be found, off the drawing thread: that is a walk over all rows.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What the fact is a row of.
    pub comparison: Arc<Comparison>,
    /// The row.
    pub row: RowId,
}

/// The answer to an [`Asked`].
#[derive(Debug)]
pub struct Found {
    asked: Asked,
    related: Related,
}

impl Asked {
    /// Looks for the links; `None` when cancelled.
    pub fn find(self, cancel: &Cancel) -> Option<Found> {
        let related = Related::new(&self.comparison, self.row, cancel)?;
        Some(Found { asked: self, related })
    }
}

impl Found {
    /// The links, if they are those of this fact.
    pub(super) fn of(&self, comparison: &Arc<Comparison>, row: RowId) -> Option<&Related> {
        (Arc::ptr_eq(&self.asked.comparison, comparison) && self.asked.row == row).then_some(&self.related)
    }
}

/// The links of a fact, by what they have in common with it.
#[derive(Clone, Debug, Default)]
pub struct Related {
    /// A heading, or a link.
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
enum Line {
    Heading(String),
    Link(RowId),
}

impl Related {
    /// Looks for what belongs to a leaf: one walk over the rows. `None` when cancelled.
    pub fn new(comparison: &Comparison, row: RowId, cancel: &Cancel) -> Option<Self> {
        let mut lines = Vec::new();
        let mut add = |heading: String, mut links: Vec<RowId>| {
            links.retain(|link| *link != row);
            if links.is_empty() {
                return;
            }
            // What differs is worth more than what does not.
            links.sort_by_key(|link| (!comparison.state(*link).is_found(), *link));
            let more = links.len().saturating_sub(MOST);
            let more = if more > 0 { format!(" ({more} more)") } else { String::new() };
            lines.push(Line::Heading(format!("{heading}{more}")));
            lines.extend(links.into_iter().take(MOST).map(Line::Link));
        };
        let parent = comparison.parent(row);
        for named in [row, parent] {
            let key = comparison.key(named);
            if key.len() >= SHORTEST && comparison.depth(named) > 1 && is_a_name(comparison, row, named) {
                add(format!("also named {}", escape(key)), namesakes(comparison, named, cancel)?);
            }
        }
        for (source, links) in of_the_same_source(comparison, row) {
            add(format!("also from {}", escape(&source)), links);
        }
        let beside = comparison.children(parent).filter(|at| comparison.is_leaf(*at));
        add("beside it".to_owned(), beside.filter(|at| comparison.state(*at).is_found()).collect());
        Some(Self { lines })
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The text of a line, in display form, and whether it is a heading.
    pub fn line(&self, comparison: &Comparison, at: usize) -> (String, bool) {
        match self.lines.get(at) {
            None => (String::new(), false),
            Some(Line::Heading(text)) => (text.clone(), true),
            Some(Line::Link(row)) => {
                let sign = comparison.relation(*row).sign();
                (format!("{sign} {}", escape(&comparison.path(*row).to_string())), false)
            }
        }
    }

    /// Where a line leads.
    pub fn link(&self, at: usize) -> Option<RowId> {
        match self.lines.get(at)? {
            Line::Link(row) => Some(*row),
            Line::Heading(_) => None,
        }
    }

    /// The first link at or after a line, or the last before it.
    pub fn nearest(&self, at: usize) -> usize {
        let is_link = |at: &usize| self.link(*at).is_some();
        (at..self.len()).find(is_link).or_else(|| (0..at.min(self.len())).rev().find(is_link)).unwrap_or(0)
    }
}

/// Whether the key of a leaf, or of a branch above it, is the name of a thing - a file, a package, a setting - and not a
/// word that every such branch has: where the vocabulary has a place for any key, or no words at all.
fn is_a_name(comparison: &Comparison, leaf: RowId, named: RowId) -> bool {
    let pattern: Option<Path> = comparison.entry(leaf).and_then(|entry| entry.path.parse().ok());
    let any = match &pattern {
        Some(pattern) => pattern.segments().get(comparison.depth(named) - 1).is_none_or(|key| key.starts_with('*')),
        None => true,
    };
    any && !comparison.key(named).bytes().all(|b| b.is_ascii_digit())
}

/// Leaves of the same name in other branches, or directly beneath a branch of it.
fn namesakes(comparison: &Comparison, named: RowId, cancel: &Cancel) -> Option<Vec<RowId>> {
    let key = comparison.key(named);
    let mut out = Vec::new();
    let mut row = 1;
    let end = comparison.end(Comparison::TOP);
    while row < end && out.len() < 4 * MOST {
        if row % 4096 == 0 && cancel.is_cancelled() {
            return None;
        }
        if row == named {
            row = comparison.end(row);
            continue;
        }
        if comparison.key(row) == key {
            if comparison.is_leaf(row) {
                out.push(row);
            } else {
                out.extend(comparison.children(row).filter(|child| comparison.is_leaf(*child)));
            }
        }
        row += 1;
    }
    Some(out)
}

/// The leaves that were read from the same file as this one, by file.
fn of_the_same_source(comparison: &Comparison, row: RowId) -> BTreeMap<String, Vec<RowId>> {
    let mut out: BTreeMap<String, Vec<RowId>> = BTreeMap::new();
    for (side, what) in comparison.sides().iter().enumerate() {
        let Some(source) = comparison.source(row, side).filter(|source| source.starts_with('/')) else { continue };
        if out.contains_key(source) {
            continue;
        }
        let at = what.snapshot.provenance.iter().filter(|(_, text)| *text == source).map(|(path, _)| path);
        let branches = at.filter_map(|path| comparison.find(path)).take(4 * MOST);
        let leaves = branches.flat_map(|at| (at..comparison.end(at)).filter(|r| comparison.is_leaf(*r)).take(4 * MOST));
        let from_it = |leaf: &RowId| comparison.source(*leaf, side) == Some(source);
        out.insert(source.to_owned(), leaves.filter(from_it).take(4 * MOST).collect());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::cancel::Cancel;
    use crate::format;
    use std::sync::Arc;

    #[test]
    fn namesakes_sources_and_neighbours_are_links() {
        let load = |value: u32| {
            let text = format!(
                r#"{{"os":{{"sysctl":{{"net.core.somaxconn":{value}}},"sysctl_files":{{"net.core.somaxconn":{value}}},
                "a":{{"x":{value},"y":{value},"z":1}}}}}}"#
            );
            let mut snapshot = format::read(text.as_bytes()).expect("facts").snapshot;
            snapshot.provenance.insert("os.a".parse().expect("a path"), "/etc/a.conf");
            Arc::new(snapshot)
        };
        let comparison = Comparison::new(vec![load(1), load(2)], &Cancel::new()).expect("not cancelled");
        let told = |path: &str| -> Vec<String> {
            let row = comparison.find(&path.parse().expect("a path")).expect("a row");
            let related = Related::new(&comparison, row, &Cancel::new()).expect("not cancelled");
            (0..related.len()).map(|at| related.line(&comparison, at).0).collect()
        };
        assert_eq!(
            told("os.sysctl.\"net.core.somaxconn\""),
            ["also named net.core.somaxconn", "~ os.sysctl_files.\"net.core.somaxconn\""]
        );
        assert_eq!(told("os.a.x"), ["also from /etc/a.conf", "~ os.a.y", "= os.a.z", "beside it", "~ os.a.y"]);
    }
}
