//! `libraries.python`: distributions by folder, by the names of their `*.dist-info` (PEP 376, PEP 427) and `*.egg-info`
//! folders, whose files are read only where the name lacks the version.

use super::{Found, folders, releases};
use crate::capture::{Facts, Scope};
use crate::host::Host;

/// Debian's, everyone else's, and what was built or unpacked beside.
const FOLDERS: &[&str] = &[
    "/usr/lib/python*/dist-packages",
    "/usr/lib/python*/site-packages",
    "/usr/lib64/python*/site-packages",
    "/usr/local/lib/python*/dist-packages",
    "/usr/local/lib/python*/site-packages",
    "/usr/local/lib64/python*/site-packages",
    "/opt/*/lib/python*/site-packages",
    "/opt/*/lib64/python*/site-packages",
    "/opt/*/*/lib/python*/site-packages",
];

/// Where virtual environments stand in a release.
const ENVIRONMENTS: &[&str] = &["", "/venv", "/.venv", "/env"];

/// The head of the longest METADATA, before the description.
const CAP: u64 = 1 << 20;

/// Reads the names in every folder.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let listed: Vec<String> = releases(facts)
        .iter()
        .flat_map(|folder| ENVIRONMENTS.iter().map(move |inner| format!("{folder}{inner}/lib/python*/site-packages")))
        .collect();
    let patterns: Vec<&str> = FOLDERS.iter().copied().chain(listed.iter().map(String::as_str)).collect();
    for folder in folders(host, &patterns) {
        distributions(host, &folder, &mut facts.at(&["libraries", "python", &folder]));
    }
}

/// The distributions of a folder.
pub(super) fn distributions(host: &Host, folder: &str, facts: &mut Scope<'_>) {
    Found::list(host, folder, facts, |path, entry| {
        if let Some((name, version)) = named(entry) {
            return Some((normalised(name), version.to_owned()));
        }
        let stem = entry.strip_suffix(".egg-info").or(entry.strip_suffix(".dist-info"))?;
        let file = if entry.ends_with(".egg-info") { "PKG-INFO" } else { "METADATA" };
        let text = host.text_up_to(&format!("{path}/{file}"), CAP).or_else(|_| host.text_up_to(path, CAP)).ok()?;
        let head = || text.lines().take_while(|line| !line.is_empty());
        let field = |key: &str| head().find_map(|line| line.strip_prefix(key)).map(str::trim);
        let version = field("Version:").unwrap_or_default();
        Some((normalised(field("Name:").unwrap_or(stem)), version.to_owned()))
    });
}

/// Name and version of `Jinja2-3.1.2.dist-info`, `six-1.16.0.egg-info`, `reportbug-12.0.0-py3.11.egg-info`.
fn named(entry: &str) -> Option<(&str, &str)> {
    let stem = entry.strip_suffix(".dist-info").or_else(|| {
        let stem = entry.strip_suffix(".egg-info").or_else(|| entry.strip_suffix(".egg"))?;
        // What it was built for follows: `-py3.11`, `-py3.11-linux-x86_64`.
        Some(stem.find("-py").and_then(|at| stem.get(..at)).unwrap_or(stem))
    })?;
    let (name, version) = stem.rsplit_once('-')?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some((name, version))
}

/// PEP 503: lower case, runs of `-`, `_` and `.` are one `-`.
fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Options;
    use crate::capture::sample::Root;
    use crate::model::Value;
    use crate::policy::Watch;

    #[test]
    fn names_of_folders_say_what_is_installed() {
        let system = "/usr/lib/python3/dist-packages";
        let root = Root::new(&[
            ("/usr/lib/python3/dist-packages/Jinja2-3.1.2.dist-info/METADATA", "Name: no\n"),
            ("/usr/lib/python3/dist-packages/ruamel.yaml-0.17.21.egg-info", "Name: no\n"),
            ("/usr/lib/python3/dist-packages/report_bug-12.0-py3.11.egg-info/PKG-INFO", ""),
            ("/usr/lib/python3/dist-packages/own_tool.egg-info/PKG-INFO", "Name: Own.Tool\nVersion: 7\n\nVersion: 8\n"),
            ("/usr/lib/python3/dist-packages/six.py", ""),
            ("/srv/app/venv/lib/python3.11/site-packages/requests-2.31.0.dist-info/METADATA", ""),
        ]);
        let watch = Watch { releases: vec!["/srv/app/".to_owned()], ..Watch::default() };
        let facts = root.probe_with(probe, Options { watch, ..Options::default() });
        let fact = |folder: &str, name: &str| facts.get(&format!("libraries.python.\"{folder}\".{name}")).cloned();
        for (name, version) in
            [("jinja2", "3.1.2"), ("ruamel-yaml", "0.17.21"), ("report-bug", "12.0"), ("own-tool", "7")]
        {
            assert_eq!(fact(system, name), Some(Value::from(version)), "{name}");
        }
        assert_eq!(fact("/srv/app/venv/lib/python3.11/site-packages", "requests"), Some("2.31.0".into()));
        assert_eq!(facts.len(), 5);
    }
}
