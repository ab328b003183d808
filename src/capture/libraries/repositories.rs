//! `libraries.repositories` and `libraries.pins`: where packages come from, sources.list(5) and apt_preferences(5).

use crate::capture::Facts;
use crate::host::Host;
use crate::model::{Problem, ProblemKind, Value};
use deb822_fast::borrowed::{BorrowedParagraph, BorrowedParser};

const LIST: &str = "/etc/apt/sources.list";
const PREFERENCES: &str = "/etc/apt/preferences";

/// How many words of a field count: the product of three is what a paragraph asks for.
const WORDS: usize = 20;

/// Reads apt's sources in both of their forms, then its pins.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    for path in files(host, LIST, &[".list", ".sources"], facts, "repositories") {
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&["libraries", "repositories"], &error);
                continue;
            }
        };
        let sources = if path.ends_with(".sources") {
            stanzas(&text, &path, "repositories", facts).iter().flat_map(stanza).collect::<Vec<_>>()
        } else {
            text.lines().filter_map(line).collect()
        };
        for source in sources {
            source.put(&path, facts);
        }
    }
    for path in files(host, PREFERENCES, &["", ".pref"], facts, "pins") {
        match host.text(&path) {
            Ok(text) => {
                for pin in stanzas(&text, &path, "pins", facts) {
                    let field = |name| pin.get_single(name).map(str::trim);
                    let (Some(package), Some(what)) = (field("Package"), field("Pin")) else { continue };
                    let mut facts = facts.at(&["libraries", "pins", package]);
                    facts.put(&["pin"], what, &path);
                    let priority = field("Pin-Priority").and_then(|text| text.parse::<i64>().ok());
                    facts.put_some(&["priority"], priority, &path);
                }
            }
            Err(error) => facts.unread(&["libraries", "pins"], &error),
        }
    }
}

/// One kind of package from one place: an entry of the one-line form.
struct Source {
    kind: String,
    uri: String,
    suite: String,
    components: Vec<String>,
    enabled: bool,
    options: Options,
}

/// What an entry says of how its packages are taken: sources.list(5) under "OPTIONS".
#[derive(Clone, Default)]
struct Options {
    architectures: Vec<String>,
    /// The keyring or key that must have signed it; a key that stands in the file is told as such.
    signed_by: Option<String>,
    /// `yes`: packages are taken whoever signed them.
    trusted: Option<bool>,
}

impl Options {
    fn set(&mut self, name: &str, value: &str) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "arch" | "architectures" => {
                let words = value.split([' ', ',', '\n']).filter(|word| !word.is_empty());
                self.architectures = words.take(WORDS).map(str::to_owned).collect();
            }
            "signed-by" if value.contains("BEGIN PGP") => self.signed_by = Some("a key in the file itself".to_owned()),
            "signed-by" if !value.is_empty() => self.signed_by = Some(value.to_owned()),
            "trusted" => self.trusted = Some(matches!(value, "yes" | "true" | "1")),
            _ => {}
        }
    }
}

/// A place without how it is reached: what identifies it. Credentials in a key would pass redaction by.
pub(super) fn place(uri: &str) -> &str {
    let place = uri.split_once("://").map_or(uri, |(_, place)| place);
    place.rsplit_once('@').map_or(place, |(_, place)| place).trim_end_matches('/')
}

impl Source {
    /// Keyed by what it offers, not by the file or line that asks for it.
    fn put(self, path: &str, facts: &mut Facts) {
        let place = place(&self.uri);
        let kind = if self.kind == "deb" { String::new() } else { format!(" ({})", self.kind) };
        let key = format!("{place} {}{kind}", self.suite);
        let mut facts = facts.at(&["libraries", "repositories", &key]);
        facts.put(&["uri"], self.uri.as_str(), path);
        facts.put(&["suites"], Value::set([self.suite]), path);
        facts.put(&["components"], Value::set(self.components), path);
        facts.put(&["enabled"], self.enabled, path);
        if !self.options.architectures.is_empty() {
            facts.put(&["architectures"], Value::set(self.options.architectures), path);
        }
        facts.put_some(&["signed_by"], self.options.signed_by, path);
        facts.put_some(&["trusted"], self.options.trusted, path);
    }
}

/// The main file, if it is there, and those of its folder whose names apt takes.
fn files(host: &Host, main: &str, ends: &[&str], facts: &mut Facts, area: &str) -> Vec<String> {
    let folder = format!("{main}.d");
    let entries = host.list(&folder).unwrap_or_else(|error| {
        facts.unread(&["libraries", area], &error);
        Vec::new()
    });
    let taken = |name: &str| {
        let end = name.rfind('.').and_then(|at| name.get(at..)).unwrap_or_default();
        ends.contains(&end) && !name.starts_with('.')
    };
    let parts = entries.iter().filter(|entry| taken(&entry.name)).map(|entry| format!("{folder}/{}", entry.name));
    let main = host.exists(main).then(|| main.to_owned());
    main.into_iter().chain(parts).collect()
}

/// Paragraphs of a file; one that is none costs itself only.
fn stanzas<'a>(text: &'a str, path: &str, area: &str, facts: &mut Facts) -> Vec<BorrowedParagraph<'a>> {
    let mut out = Vec::new();
    for part in text.split("\n\n") {
        match BorrowedParser::new(part).parse_all() {
            Ok(paragraphs) => out.extend(paragraphs),
            Err(_) => {
                let problem = Problem::new(ProblemKind::NotParsable, format!("{path}: a paragraph is none"));
                facts.problem(&["libraries", area], problem);
            }
        }
    }
    out
}

/// `deb [signed-by=/x] http://deb.debian.org/debian bookworm main`; one that is commented out was a choice, but not
/// one that can be told from prose.
fn line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let (kind, rest) = line.split_once([' ', '\t'])?;
    if !matches!(kind, "deb" | "deb-src") {
        return None;
    }
    let rest = rest.trim_start();
    let mut options = Options::default();
    let rest = match rest.strip_prefix('[') {
        Some(rest) => {
            let (inside, rest) = rest.split_once(']')?;
            let settings = inside.split_ascii_whitespace().filter_map(|word| word.split_once('='));
            settings.for_each(|(name, value)| options.set(name.trim_end_matches(['+', '-']), value));
            rest
        }
        None => rest,
    };
    let mut words = rest.split_ascii_whitespace();
    Some(Source {
        kind: kind.to_owned(),
        uri: words.next()?.to_owned(),
        suite: words.next()?.to_owned(),
        components: words.map(str::to_owned).collect(),
        enabled: true,
        options,
    })
}

/// A paragraph of the deb822 form asks for each of its types, places and suites.
fn stanza(paragraph: &BorrowedParagraph<'_>) -> Vec<Source> {
    let words = |name: &str| -> Vec<String> {
        let lines = paragraph.get(name).unwrap_or_default();
        lines.iter().flat_map(|line| line.split_ascii_whitespace()).take(WORDS).map(str::to_owned).collect()
    };
    let enabled = !paragraph.get_single("Enabled").is_some_and(|v| matches!(v.trim(), "no" | "false" | "0"));
    let mut options = Options::default();
    for name in ["Architectures", "Signed-By", "Trusted"] {
        if let Some(lines) = paragraph.get(name) {
            options.set(name, &lines.join("\n"));
        }
    }
    let (kinds, uris, suites, components) = (words("Types"), words("URIs"), words("Suites"), words("Components"));
    let mut out = Vec::new();
    for kind in &kinds {
        for uri in &uris {
            for suite in &suites {
                out.push(Source {
                    kind: kind.clone(),
                    uri: uri.clone(),
                    suite: suite.clone(),
                    components: components.clone(),
                    enabled,
                    options: options.clone(),
                });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn both_forms_give_the_same_facts() {
        let root = Root::new(&[
            (
                LIST,
                "# deb http://old x\ndeb [arch=amd64,i386 signed-by=/k trusted=yes] http://u:p4ss@deb.example.net/debian/ stable main extra\n",
            ),
            (
                "/etc/apt/sources.list.d/security.sources",
                "Types: deb deb-src\n# why\nURIs: http://deb.example.net/security\nSuites: stable-security\nComponents: main\nEnabled: no\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ\n",
            ),
            ("/etc/apt/sources.list.d/x.save", "deb http://no no no"),
            ("/etc/apt/preferences.d/freeze", "# why\nPackage: tzdata\nPin: version 2024a-*\nPin-Priority: 1001\n"),
        ]);
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.{path}")).cloned();
        let debian = "repositories.\"deb.example.net/debian stable\"";
        assert_eq!(fact(&format!("{debian}.uri")), Some("http://u:[redacted]@deb.example.net/debian/".into()));
        assert_eq!(fact(&format!("{debian}.components")), Some(Value::list(["extra", "main"])));
        let security = "repositories.\"deb.example.net/security stable-security (deb-src)\"";
        assert_eq!(fact(&format!("{security}.enabled")), Some(false.into()));
        assert_eq!(fact("pins.tzdata.priority"), Some(1001_i64.into()));
        assert_eq!(fact(&format!("{debian}.architectures")), Some(Value::list(["amd64", "i386"])));
        assert_eq!(fact(&format!("{debian}.signed_by")), Some("/k".into()));
        assert_eq!(fact(&format!("{debian}.trusted")), Some(true.into()));
        assert_eq!(fact(&format!("{security}.signed_by")), Some("a key in the file itself".into()));
        assert_eq!(facts.len(), 3 * 4 + 2 + 3 + 2);
        assert!(facts.problems().is_empty());
    }
}
