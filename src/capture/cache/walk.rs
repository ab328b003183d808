//! What the readers of one program's files share: includes followed inside the root, with an end.

use crate::capture::Scope;
use crate::capture::settings::Settings;
use crate::host::Host;
use crate::model::redaction::secret;
use crate::model::{Problem, ProblemKind};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Includes in included files; and all files together, so that two that include each other end.
const DEPTH: usize = 10;
const FILES_CAP: usize = 256;

/// The files of one program and the settings in them.
pub(super) struct Walk<'a> {
    pub(super) host: &'a Host,
    pub(super) settings: Settings,
    /// How many files were asked for.
    pub(super) files: usize,
    /// Each with the file that it is about, where the others were read.
    problems: Vec<(Option<String>, Problem)>,
    /// Keys of the blocks so far, to tell those of one name apart.
    blocks: BTreeSet<Vec<String>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(host: &'a Host) -> Self {
        Self { host, settings: Settings::default(), files: 0, problems: Vec::new(), blocks: BTreeSet::new() }
    }

    /// The text of a file; `None` where it is not there, cannot be read, or is one too many, which is recorded.
    pub(super) fn text(&mut self, path: &str, depth: usize) -> Option<String> {
        if depth > DEPTH || self.files >= FILES_CAP {
            self.problem(ProblemKind::TooLarge, format!("{path}: included too deep or with too many others"));
            return None;
        }
        match self.host.text(path) {
            Ok(text) => {
                self.files += 1;
                Some(text)
            }
            Err(error) => {
                let at = (self.files > 0).then(|| path.to_owned());
                self.problems.extend(error.problem().map(|problem| (at, problem)));
                None
            }
        }
    }

    pub(super) fn problem(&mut self, kind: ProblemKind, detail: String) {
        self.problems.push((None, Problem::new(kind, detail)));
    }

    /// Numbers blocks of the same key from the second on, as in `a.example:80 (2)`.
    pub(super) fn tell_apart(&mut self, at: &mut [String]) {
        let Some(key) = at.last().cloned() else { return };
        for number in 2_usize.. {
            if self.blocks.insert(at.to_vec()) {
                return;
            }
            if let Some(last) = at.last_mut() {
                *last = format!("{key} ({number})");
            }
        }
    }

    /// Records a setting: one more member of a list, or the last word.
    pub(super) fn setting(&mut self, keys: &[&str], value: &str, is_list: bool, path: &str) {
        let value = &*shown(keys, value);
        if is_list {
            self.settings.add_member(keys, value, path);
        } else {
            self.settings.set(keys, value, path);
        }
    }

    pub(super) fn put(self, mut facts: Scope<'_>) {
        // What stands in a file that was not read may stand anywhere beneath; which files they are is told one by one.
        if let Some((_, problem)) = self.problems.first() {
            facts.problem(&[], problem.clone());
        }
        for (at, problem) in self.problems {
            let keys: Vec<&str> = at.iter().map(String::as_str).collect();
            facts.problem(&keys, problem);
        }
        self.settings.put(&mut facts);
    }
}

/// A value, or what stands for it where it lets somebody in: a header is named in the text before its value.
pub(super) fn shown<'v>(keys: &[&str], value: &'v str) -> Cow<'v, str> {
    let lets_in = |text: &str| text.to_ascii_lowercase().contains("authorization");
    let hides = keys.iter().any(|key| lets_in(key)) || (lets_in(value) && value.contains(char::is_whitespace));
    if hides { Cow::Owned(secret(value)) } else { Cow::Borrowed(value) }
}

/// Owned keys as they are given to [`Settings`].
pub(super) fn borrowed<'k>(at: &'k [String], more: &[&'k str]) -> Vec<&'k str> {
    at.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

/// A path as it is written in a file: relative ones start at a folder.
pub(super) fn beneath(folder: &str, path: &str) -> String {
    match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{}/{path}", folder.trim_end_matches('/')),
    }
}
