//! `directory.krb5`: krb5.conf(5), sections and nested blocks as keys, repeated relations as ordered lists.

use crate::capture::Facts;
use crate::capture::settings::{Settings, drop_ins};
use crate::host::Host;
use crate::model::{Problem, ProblemKind};

const FILE: &str = "/etc/krb5.conf";

/// Blocks in blocks, and includes in included files; real ones have two or three.
const DEPTH: usize = 8;

/// Files in all, so that two that include each other end.
const FILES_CAP: usize = 64;

/// A walk over the file and what it includes.
struct Walk<'a> {
    host: &'a Host,
    settings: Settings,
    problems: Vec<Problem>,
    files: usize,
}

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut walk = Walk { host, settings: Settings::default(), problems: Vec::new(), files: 0 };
    walk.file(FILE, 0);
    let mut facts = facts.at(&["directory", "krb5"]);
    for problem in walk.problems {
        facts.problem(&[], problem);
    }
    walk.settings.put(&mut facts);
}

impl Walk<'_> {
    fn file(&mut self, path: &str, depth: usize) {
        self.files += 1;
        if depth > DEPTH || self.files > FILES_CAP {
            let detail = format!("{path}: included too deep or with too many others");
            self.problems.push(Problem::new(ProblemKind::TooLarge, detail));
            return;
        }
        match self.host.text(path) {
            Ok(text) => self.lines(&text, path, depth),
            Err(error) => self.problems.extend(error.problem()),
        }
    }

    fn lines(&mut self, text: &str, path: &str, depth: usize) {
        let mut at: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(section) = line.strip_prefix('[') {
                at = vec![section.split(']').next().unwrap_or_default().trim().to_owned()];
            } else if line.starts_with('}') {
                // The section itself stays open.
                at.truncate(at.len().saturating_sub(1).max(1));
            } else if let Some((key, value)) = line.split_once('=') {
                self.relation(&mut at, key.trim().trim_end_matches('*'), value.trim(), path);
            } else if let Some(name) = directive(line, "includedir") {
                for file in included(self.host, name) {
                    self.file(&file, depth + 1);
                }
            } else if let Some(name) = directive(line, "include") {
                self.file(name, depth + 1);
            }
        }
    }

    fn relation(&mut self, at: &mut Vec<String>, key: &str, value: &str, path: &str) {
        if value == "{" && at.len() < DEPTH {
            at.push(key.to_owned());
            return;
        }
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let mut keys: Vec<&str> = at.iter().map(String::as_str).collect();
        keys.push(key);
        self.settings.add(&keys, quoted.unwrap_or(value), path);
    }
}

/// What a directive names, if the line is that directive.
fn directive<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.strip_prefix(name).filter(|rest| rest.starts_with(char::is_whitespace)).map(str::trim)
}

/// The files of an included folder: those that end in `.conf` or whose names have only letters, digits, `-` and `_`.
fn included(host: &Host, folder: &str) -> Vec<String> {
    let mut files = drop_ins(host, folder, "").unwrap_or_default();
    files.retain(|path| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.ends_with(".conf") || name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn realms_nest_and_included_files_are_followed() {
        let main = "includedir /etc/krb5.conf.d/\ninclude /etc/krb5.conf\nmodule /x:y\n[libdefaults]\n\
                    \tdefault_realm = A.NET # kept\n\n[realms]\n A.NET = {\n  kdc = k1\n  kdc = k2 *\n  v4 = {\n   x = y\n  }\n }\n\
                    B.NET = {\n  kdc = k3\n";
        let (_dir, host) = root(&[
            (FILE, &main.replace("include /etc/krb5.conf\n", "")),
            ("/etc/krb5.conf.d/crypto-policies", "[libdefaults]\npermitted_enctypes = a b\n"),
            ("/etc/krb5.conf.d/old.conf~", "[libdefaults]\nx = y\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "directory.krb5.libdefaults.default_realm = A.NET # kept",
            "directory.krb5.libdefaults.permitted_enctypes = a b",
            "directory.krb5.realms.\"A.NET\".kdc = [(\"k1\") (\"k2 *\")]",
            "directory.krb5.realms.\"A.NET\".v4.x = y",
            "directory.krb5.realms.\"B.NET\".kdc = k3",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn files_that_include_themselves_end() {
        let (_dir, host) = root(&[(FILE, "include /etc/krb5.conf\n}\n}\n[a]\nb=c\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert!(!facts.problems().is_empty());
        assert!(facts.get("directory.krb5.a.b").is_some());
    }
}
