//! The files beneath a host that a pattern names.

use crate::capture::settings::NamePattern;
use crate::host::{Entry, EntryKind, Host, ReadError};

/// How far `**` reaches.
const DEPTH: usize = 6;

/// How many files one pattern may name.
pub(super) const FILES: usize = 2_000;

/// How many folders one pattern may list.
const FOLDERS: usize = 5_000;

/// What a walk did not reach.
pub(super) struct Walked {
    /// Folders that could not be listed.
    pub(super) unread: Vec<(String, ReadError)>,
    /// Whether there are more than [`FILES`], or more folders than are looked into.
    pub(super) is_cut: bool,
}

/// Calls `found` with the path of each file that the pattern names. Links to files count as files, links to folders are
/// not entered: what they lead to has a path of its own.
pub(super) fn files(host: &Host, pattern: &str, found: &mut dyn FnMut(&str)) -> Walked {
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    let mut walk =
        Walk { host, left: FILES, folders_left: FOLDERS, found, walked: Walked { unread: Vec::new(), is_cut: false } };
    walk.step("", &parts, DEPTH);
    walk.walked
}

struct Walk<'a> {
    host: &'a Host,
    left: usize,
    folders_left: usize,
    found: &'a mut dyn FnMut(&str),
    walked: Walked,
}

impl Walk<'_> {
    fn step(&mut self, folder: &str, parts: &[&str], depth: usize) {
        match parts {
            [] => {}
            ["**"] => self.step(folder, &["**", "*"], depth),
            ["**", rest @ ..] => {
                self.step(folder, rest, depth);
                if depth == 0 || self.walked.is_cut {
                    return;
                }
                for entry in self.list(folder).iter().filter(|entry| entry.kind == EntryKind::Folder) {
                    self.step(&format!("{folder}/{}", entry.name), parts, depth - 1);
                }
            }
            [last] if !is_pattern(last) => {
                let path = format!("{folder}/{last}");
                match self.host.stat(&path) {
                    Ok(_) => self.give(&path),
                    // A link that leads nowhere is something too.
                    Err(error) if error.is_missing() => {
                        if self.host.link(&path).is_ok() {
                            self.give(&path);
                        }
                    }
                    Err(error) => self.walked.unread.push((path, error)),
                }
            }
            [part, rest @ ..] if !is_pattern(part) => self.step(&format!("{folder}/{part}"), rest, depth),
            [part, rest @ ..] => {
                let entries = self.list(folder);
                if entries.is_empty() {
                    return;
                }
                let Some(pattern) = NamePattern::new(part) else { return };
                for entry in entries {
                    if self.walked.is_cut {
                        return;
                    }
                    if !pattern.is_match(&entry.name) {
                        continue;
                    }
                    let path = format!("{folder}/{}", entry.name);
                    match entry.kind {
                        EntryKind::Folder if !rest.is_empty() => self.step(&path, rest, depth),
                        EntryKind::Folder => {}
                        _ if rest.is_empty() => self.give(&path),
                        _ => {}
                    }
                }
            }
        }
    }

    fn give(&mut self, path: &str) {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                (self.found)(path);
            }
            None => self.walked.is_cut = true,
        }
    }

    fn list(&mut self, folder: &str) -> Vec<Entry> {
        let Some(left) = self.folders_left.checked_sub(1) else {
            self.walked.is_cut = true;
            return Vec::new();
        };
        self.folders_left = left;
        self.host.list(folder).unwrap_or_else(|error| {
            if !error.is_missing() {
                self.walked.unread.push((folder.to_owned(), error));
            }
            Vec::new()
        })
    }
}

fn is_pattern(part: &str) -> bool {
    part.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    #[test]
    fn the_patterns_of_the_table_can_be_walked() {
        for pattern in table::FILES {
            let parts: Vec<&str> = pattern.split('/').skip(1).collect();
            assert!(pattern.starts_with('/') && !parts.is_empty(), "{pattern}");
            assert!(
                parts.iter().filter(|part| is_pattern(part)).all(|part| NamePattern::new(part).is_some()),
                "{pattern}"
            );
        }
    }
}
