//! `os.sudoers.<file>`: who may run what as whom, sudoers(5), rule by rule in order.

use crate::capture::Facts;
use crate::capture::settings::{drop_ins, first_word, squeeze};
use crate::host::{Host, ReadError};
use crate::model::Value;
use std::collections::{BTreeSet, VecDeque};

const FILE: &str = "/etc/sudoers";

/// The most files; sudo itself follows 128 includes.
const FILES: usize = 128;

/// The most rules of one file.
const RULES: usize = 5_000;

/// Reads the file and what it includes. Only root may, as a rule.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut waiting = VecDeque::from([FILE.to_owned()]);
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop_front() {
        if seen.len() >= FILES || !seen.insert(path.clone()) {
            continue;
        }
        match host.text(&path) {
            Ok(text) => {
                let rules = rules(&text);
                for rule in &rules {
                    match included(rule) {
                        Some((false, file)) => waiting.push_back(file),
                        Some((true, folder)) => match drop_ins(host, &folder, "") {
                            // sudoers(5): names with a dot or with a tilde at their end are passed over.
                            Ok(files) => waiting.extend(files.into_iter().filter(|file| {
                                let name = file.rsplit('/').next().unwrap_or_default();
                                !name.contains('.') && !name.ends_with('~')
                            })),
                            Err(error) => facts.unread(&["os", "sudoers", &folder], &error),
                        },
                        None => {}
                    }
                }
                if !rules.is_empty() {
                    facts.put(&["os", "sudoers", &path], Value::list(rules), &path);
                }
            }
            Err(ReadError::Missing(_)) if path == FILE => return,
            Err(error) => facts.unread(&["os", "sudoers", &path], &error),
        }
    }
}

/// The rules without comments, continued lines joined. `#include` and a user's number behind a number sign are no comments.
fn rules(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') || line.starts_with("#include") || is_number(line));
    // Behind a rule a comment needs no blank, but a number sign before a digit is a user's there too.
    let lines = lines.map(|line| {
        let mut signs = line.match_indices('#').map(|(at, _)| at).filter(|at| *at > 0);
        let comment = signs.find(|at| line.get(*at..).is_some_and(|rest| !is_number(rest)));
        squeeze(comment.and_then(|at| line.get(..at)).unwrap_or(line))
    });
    lines.filter(|line| !line.is_empty()).take(RULES).collect()
}

fn is_number(line: &str) -> bool {
    line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// What a rule includes, and whether that is a folder. A path that is not absolute is beside the file.
fn included(rule: &str) -> Option<(bool, String)> {
    let (word, path) = first_word(rule);
    let is_folder = match word.strip_prefix(['@', '#'])? {
        "includedir" => true,
        "include" => false,
        _ => return None,
    };
    let path = path.trim_matches('"');
    Some((is_folder, if path.starts_with('/') { path.to_owned() } else { format!("/etc/{path}") }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn rules_stand_by_file_in_their_order() {
        let (_dir, host) = root(&[
            (
                FILE,
                "# c\nDefaults\tenv_reset\nroot ALL=(ALL:ALL) ALL # all\n#1000 ALL=(ALL) \\\n  NOPASSWD: ALL\n\
                 #includedir /etc/sudoers.d\n@include local\n",
            ),
            ("/etc/sudoers.d/90-cloud", "ubuntu ALL=(ALL) NOPASSWD:ALL\n"),
            ("/etc/sudoers.d/README.txt", "not read"),
            ("/etc/local", "@include local\n%wheel ALL=(ALL) ALL\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "os.sudoers.\"/etc/local\" = [(\"@include local\") (\"%wheel ALL=(ALL) ALL\")]",
            "os.sudoers.\"/etc/sudoers\" = [(\"Defaults env_reset\") (\"root ALL=(ALL:ALL) ALL\") \
             (\"#1000 ALL=(ALL) NOPASSWD: ALL\") (\"#includedir /etc/sudoers.d\") (\"@include local\")]",
            "os.sudoers.\"/etc/sudoers.d/90-cloud\" = [(\"ubuntu ALL=(ALL) NOPASSWD:ALL\")]",
        ];
        assert_eq!(written(&facts), expected);
    }
}
