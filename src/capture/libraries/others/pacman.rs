//! `libraries.packages.pacman`: Arch's data base, a folder for each package (`lib/libalpm/be_local.c`), and pacman.conf(5).

use crate::capture::Facts;
use crate::capture::deployments::holds;
use crate::host::{EntryKind, Host};
use crate::model::{Problem, ProblemKind};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

const FOLDER: &str = "/var/lib/pacman/local";
const CONFIGURATION: &str = "/etc/pacman.conf";

/// The most patterns of `IgnorePkg` that count.
const PATTERNS: usize = 1_000;

/// Reads every `desc`.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "packages", "pacman"]);
    let entries = match host.list(FOLDER) {
        Ok(entries) => entries,
        Err(error) => return facts.unread(&[], &error),
    };
    let held = match host.text(CONFIGURATION) {
        Ok(text) => ignored(&text),
        Err(error) => {
            facts.unread(&[], &error);
            GlobSet::empty()
        }
    };
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Folder) {
        let path = format!("{FOLDER}/{}/desc", entry.name);
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&[&entry.name], &error);
                continue;
            }
        };
        let (Some(name), Some(version)) = (field(&text, "NAME"), field(&text, "VERSION")) else {
            let problem = Problem::new(ProblemKind::NotParsable, format!("{path}: no name or no version"));
            facts.problem(&[&entry.name], problem);
            continue;
        };
        let mut facts = facts.at(&[name]);
        facts.put(&["version"], version, &path);
        facts.put_some(&["architecture"], field(&text, "ARCH"), &path);
        facts.put_some(&["source"], field(&text, "BASE").filter(|base| *base != name), &path);
        facts.put_some(&["origin"], field(&text, "PACKAGER").filter(|name| *name != "Unknown Packager"), &path);
        if field(&text, "REASON") == Some("1") {
            facts.put(&["automatic"], true, &path);
        }
        if field(&text, "VALIDATION") == Some("none") {
            facts.put(&["signed"], false, &path);
        }
        if held.is_match(name) {
            facts.put(&["held"], true, CONFIGURATION);
        }
    }
}

/// Name and version of all packages, by the names of their folders: `gcc-13.2.1-3`.
pub(in crate::capture) fn installed(host: &Host) -> (Vec<(String, String)>, &'static str) {
    let entries = host.list(FOLDER).unwrap_or_default();
    let packages = entries.iter().filter_map(|entry| {
        let (rest, _) = entry.name.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        Some((name.to_owned(), version.to_owned()))
    });
    (packages.collect(), FOLDER)
}

/// The line below `%NAME%`, unless that is empty.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    let is_head = |line: &str| line.strip_prefix('%').and_then(|line| line.strip_suffix('%')) == Some(name);
    lines.find(|line| is_head(line.trim_end()))?;
    lines.next().map(str::trim).filter(|line| !line.is_empty())
}

fn ignored(text: &str) -> GlobSet {
    let mut globs = GlobSetBuilder::new();
    for glob in holds::of_pacman(text).iter().take(PATTERNS).filter_map(|word| GlobBuilder::new(word).build().ok()) {
        globs.add(glob);
    }
    globs.build().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;

    #[test]
    fn ignored_packages_are_held() {
        let root = Root::new(&[
            ("/var/lib/pacman/local/linux-6.7-1/desc", "%NAME%\nlinux\n\n%VERSION%\n6.7-1\n\n%BASE%\nlinux\n"),
            ("/var/lib/pacman/local/x-1-1/desc", "%NAME%\nx\n\n%VERSION%\n1-1\n\n%VALIDATION%\nnone\n"),
            ("/var/lib/pacman/local/ALPM_DB_VERSION", "9\n"),
            (CONFIGURATION, "[options]\nIgnorePkg = linux* y\n"),
        ]);
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.pacman.{path}")).cloned();
        assert_eq!((fact("linux.version"), fact("linux.held")), (Some("6.7-1".into()), Some(true.into())));
        assert_eq!((fact("x.held"), fact("x.signed")), (None, Some(false.into())));
        assert_eq!(facts.len(), 4);
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn fixtures_of_arch_are_read_as_far_as_they_go() {
        let Some(folder) = fixtures("packages/scalibr/pacman") else { return };
        let mut tally = Tally::new("packages/scalibr/pacman");
        for (file, name, version, architecture, automatic) in [
            ("valid_one_dep", "filesystem", "2024.11.21-1", "any", true),
            ("eof_after_dependencies", "gawk", "5.3.1-1", "", false),
            ("invalid_value_eof", "gawk", "", "", false),
        ] {
            #[allow(clippy::disallowed_methods, reason = "a test reads its fixture")]
            let text = std::fs::read_to_string(folder.join(file)).expect("readable");
            let facts = Root::new(&[("/var/lib/pacman/local/p-1/desc", &text)]).probe(probe);
            let known = |text: &str| (!text.is_empty()).then(|| crate::model::Value::from(text));
            let fact = |key: &str| facts.get(&format!("libraries.packages.pacman.{name}.{key}")).cloned();
            tally.agree(format!("{file} version"), fact("version") == known(version), format!("{:?}", facts.values()));
            tally.agree(format!("{file} architecture"), fact("architecture") == known(architecture), "another");
            tally.check(format!("{file} automatic"), fact("automatic").is_some(), automatic);
            tally.check(format!("{file} problems"), facts.problems().len(), usize::from(version.is_empty()));
        }
        tally.finish();
    }
}
