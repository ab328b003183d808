//! SARIF 2.1.0 (OASIS), for viewers of static analysis and code scanning. The path is the logical location; where a
//! value was read from a file, that file of the snapshot is the physical one. One result a line.

use super::json::line;
use super::{Report, head::Introduction};
use crate::base::text::escape;
use crate::compare::{Apart, Comparison, Relation, RowId, State};
use serde_json::{Value as Json, json};
use std::io::{self, Write};

/// What the rules are called and mean: the states that can be found.
const RULES: [(State, &str); 5] = [
    (State::Changed, "The values of a path differ."),
    (State::Missing, "A path has a value in some snapshots and none in others."),
    (State::Unreadable, "Of a path nothing can be said, as some snapshot could not read it or was not asked to."),
    (State::DuplicateIdentity, "Two machines share what should tell them apart."),
    (State::Redacted, "The values of a path were hidden at capture and cannot be compared."),
];

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let names = report.names();
    let rules = RULES.iter().map(|(state, means)| json!({ "id": state.word(), "shortDescription": { "text": means } }));
    let results = report.rows.iter().map(|row| result(report, &names, *row));
    document(report, rules.collect(), results, out)
}

/// A document of one run with these rules and results.
pub(super) fn document(
    report: &Report<'_>,
    rules: Vec<Json>,
    results: impl Iterator<Item = Json>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let introductions = report.introductions();
    out.write_all(b"{\n\"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/")?;
    out.write_all(b"sarif-schema-2.1.0.json\",\n\"version\": \"2.1.0\",\n\"runs\": [{\n\"tool\": ")?;
    line(&json!({ "driver": driver(rules) }), out)?;
    out.write_all(b",\n\"columnKind\": \"unicodeCodePoints\",\n\"originalUriBaseIds\": ")?;
    line(&roots(&introductions), out)?;
    out.write_all(b",\n\"properties\": ")?;
    line(&properties(report, &introductions), out)?;
    out.write_all(b",\n\"results\": [")?;
    let mut is_empty = true;
    for result in results {
        out.write_all(if is_empty { b"\n" } else { b",\n" })?;
        line(&result, out)?;
        is_empty = false;
    }
    out.write_all(if is_empty { b"]\n}]\n}\n" } else { b"\n]\n}]\n}\n" })
}

fn driver(rules: Vec<Json>) -> Json {
    json!({
        "name": "driftglass",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    })
}

/// Every snapshot is a root of files of its own, whose place only the reader knows.
fn roots(introductions: &[Introduction<'_>]) -> Json {
    let root = |side: &Introduction<'_>| {
        let text = plain(&format!("The root of {}.", side.name));
        (side.name.clone(), json!({ "description": { "text": text } }))
    };
    Json::Object(introductions.iter().map(root).collect())
}

fn properties(report: &Report<'_>, introductions: &[Introduction<'_>]) -> Json {
    let snapshot = |side: &Introduction<'_>| {
        json!({
            "label": side.name,
            "role": side.role(),
            "host": side.host(),
            "captured_at": side.captured_at(),
            "tool": side.tool(),
            "evidence": { "known": side.evidence.known, "kinds": side.evidence.all },
            "digest": side.digest(),
        })
    };
    let names: Vec<String> = introductions.iter().map(|side| side.name.clone()).collect();
    json!({
        "snapshots": introductions.iter().map(snapshot).collect::<Vec<_>>(),
        "filter": report.filter,
        "shown": report.rows.len(),
        "hidden_by_filter": report.hidden,
        "summary": report.counts(&names),
    })
}

/// The result of a row.
pub(super) fn result(report: &Report<'_>, names: &[String], row: RowId) -> Json {
    let comparison = report.comparison;
    let state = comparison.state(row);
    let path = comparison.path(row);
    let written = path.to_string();
    let written = escape(&written);
    let (kind, level) = weight(comparison, row);
    let mut location = json!({ "logicalLocations": [{ "fullyQualifiedName": written, "kind": "member" }] });
    let mut files = (0..names.len()).filter_map(|side| {
        let artifact = file(comparison.source(row, side)?)?;
        let mut at = json!({ "artifactLocation": { "uri": artifact.uri, "uriBaseId": names.get(side)? } });
        if let Some(line) = artifact.line {
            at["region"] = json!({ "startLine": line });
        }
        Some(at)
    });
    if let Some(first) = files.next() {
        location["physicalLocation"] = first;
    }
    let others: Vec<Json> = files.map(|at| json!({ "physicalLocation": at })).collect();
    let text = plain(&format!("{written}: {}", report.told(names, row)));
    let mut result = json!({
        "ruleId": state.word(),
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [location],
        "partialFingerprints": { "path/v1": path.pointer() },
        "properties": { "area": escape(comparison.key(comparison.area(row))), "state": state.word() },
    });
    if !others.is_empty() {
        result["relatedLocations"] = Json::Array(others);
    }
    if let Some(index) = RULES.iter().position(|(known, _)| *known == state) {
        result["ruleIndex"] = json!(index);
    }
    result
}

/// Kind and level: what nothing can be said of is open, what is no difference is informational, and a difference weighs
/// by how far apart the values are.
fn weight(comparison: &Comparison, row: RowId) -> (&'static str, &'static str) {
    if !comparison.state(row).is_found() {
        return ("informational", "none");
    }
    if comparison.relation(row) == Relation::Unknown {
        return ("open", "none");
    }
    let reference = comparison.reference();
    let others = (0..comparison.sides().len()).filter(|side| *side != reference);
    let slight = others.filter_map(|side| comparison.apart(row, side, reference)).max() == Some(Apart::Slight);
    ("fail", if slight { "note" } else { "warning" })
}

/// A file that a source names, relative to the root of its snapshot.
struct Artifact {
    uri: String,
    line: Option<u32>,
}

/// The file of a source, if it is one file: sources are paths too that end in a line, several paths, programs and calls.
fn file(source: &str) -> Option<Artifact> {
    let bare = source.split_once(" (").map_or(source, |(bare, _)| bare).trim();
    let (path, line) = match bare.rsplit_once(" line ").or_else(|| bare.rsplit_once(':')) {
        Some((path, number)) if number.bytes().all(|b| b.is_ascii_digit()) => (path, number.parse().ok()),
        _ => (bare, None),
    };
    let relative = path.strip_prefix('/')?;
    if relative.is_empty() || relative.ends_with('/') || path.contains([' ', ',', '*']) {
        return None;
    }
    // RFC 3986: what is no unreserved character and no slash is written in hexadecimal digits.
    let mut uri = String::with_capacity(relative.len());
    for byte in relative.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(Artifact { uri, line: line.filter(|line| *line > 0) })
}

/// A message as it is: braces would be places for arguments, and `[text](target)` a link (SARIF 2.1.0, 3.11.5 and
/// 3.11.6).
pub(super) fn plain(shown: &str) -> String {
    shown.replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_other_sources() {
        let told = |source: &str| file(source).map(|artifact| (artifact.uri, artifact.line));
        let uri = |uri: &str, line| Some((uri.to_owned(), line));
        assert_eq!(told("/etc/my%20app"), uri("etc/my%2520app", None));
        assert_eq!(told("/etc/fstab line 12"), uri("etc/fstab", Some(12)));
        assert_eq!(told("/etc/redis.conf:7"), uri("etc/redis.conf", Some(7)));
        assert_eq!(told("/etc/os-release (merged)"), uri("etc/os-release", None));
        for source in ["/etc/a, /etc/b", "/sys/class/net/", "/usr/bin/nft list ruleset", "uname", "/proc/*/status"] {
            assert_eq!(told(source), None, "{source}");
        }
    }

    #[test]
    fn a_value_makes_no_link_and_no_argument() {
        assert_eq!(plain("[x](http://evil) {0}"), "[x] (http://evil) {{0}}");
    }
}
