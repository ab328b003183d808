//! SARIF 2.1.0 (OASIS), for viewers of static analysis and code scanning. The path is the logical location; where a
//! value was read from a file, that file of the snapshot is the physical one. One result a line.

use super::json::line;
use super::{Report, head::Introduction};
use crate::base::text::escape;
use crate::compare::{Relation, RowId, State};
use crate::risk::{Band, Finding, Impact, Says};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What findings without a rule are called and mean: the states that can be found.
const STATES: [(State, &str); 5] = [
    (State::Changed, "The values of a path differ."),
    (State::Missing, "A path has a value in some snapshots and none in others."),
    (State::Unreadable, "Of a path nothing can be said, as some snapshot could not read it or was not asked to."),
    (State::DuplicateIdentity, "Two machines share what should tell them apart."),
    (State::Redacted, "The values of a path were hidden at capture and cannot be compared."),
];

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let names = report.names();
    // Viewers take so many results and leave out the rest: the worst come first.
    let rows = report.worst_first(report.rows);
    let rules = descriptors(report, &rows);
    let places: BTreeMap<String, usize> = rules.iter().enumerate().map(|(at, (id, _))| (id.clone(), at)).collect();
    let results = rows.iter().map(|row| {
        let mut result = result(report, &names, *row);
        if let Some(at) = places.get(&rule_of(report, *row)) {
            result["ruleIndex"] = json!(at);
        }
        result
    });
    document(report, rules.into_iter().map(|(_, rule)| rule).collect(), results, out)
}

/// The name of what a row is found by: the rule that rates it, else its state.
fn rule_of(report: &Report<'_>, row: RowId) -> String {
    let state = report.comparison.state(row);
    match report.judged(row) {
        Some((_, says)) => says.id.to_owned(),
        _ => state.word().to_owned(),
    }
}

/// What is said of the rules that these rows are found by, each once, in the order of the rows.
fn descriptors(report: &Report<'_>, rows: &[RowId]) -> Vec<(String, Json)> {
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    for row in rows {
        let id = rule_of(report, *row);
        if !seen.insert(id.clone()) {
            continue;
        }
        let state = report.comparison.state(*row);
        let rule = match report.judged(*row) {
            Some((finding, says)) if says.id == id => descriptor(&report.says_of_any(finding).unwrap_or(says)),
            _ => {
                let means = STATES.iter().find(|(known, _)| *known == state).map(|(_, means)| *means);
                let means = means.unwrap_or("A path that is listed and is no finding.");
                json!({ "id": id, "shortDescription": { "text": means } })
            }
        };
        out.push((id, rule));
    }
    out
}

/// A rule of risk, with the help that a viewer shows beside a result.
fn descriptor(says: &Says<'_>) -> Json {
    let safe = |text: &str| plain(&escape(text));
    let mut text = safe(&says.consequence);
    let mut markdown = super::markdown::inline(&escape(&says.consequence));
    if !says.test.is_empty() {
        text += &format!("\nTo test: {}", safe(&says.test));
        markdown += &format!("\n\n**To test:** {}", super::markdown::inline(&escape(&says.test)));
    }
    text += &format!("\nEvidence {}: {}.", says.grade.word(), says.grade.means());
    markdown += &format!("\n\nEvidence {}: {}.", says.grade.word(), says.grade.means());
    for source in says.sources {
        text += &format!("\n{}: {}", safe(&source.title), safe(&source.url));
        let (title, url) = (super::markdown::inline(&escape(&source.title)), escape(&source.url));
        markdown += &format!("\n- [{title}](<{url}>)");
    }
    let tags = json!(["drift", says.impact.word()]);
    let mut rule = json!({
        "id": says.id,
        "shortDescription": { "text": safe(&says.title) },
        "fullDescription": { "text": safe(if says.why.is_empty() { &says.title } else { &says.why }) },
        "help": { "text": text.trim_start(), "markdown": markdown.trim_start() },
        "properties": { "tags": tags, "severity": says.severity, "likelihood": says.likelihood },
    });
    if let Some(source) = says.sources.first().filter(|source| source.url.starts_with("https://")) {
        rule["helpUri"] = json!(source.url);
    }
    // Code scanning takes this for a score as of CVSS, and ranks by it: only what opens something to somebody has one, and no
    // default, which knows the place of a difference alone.
    if says.impact == Impact::Security && !says.consequence.is_empty() {
        rule["properties"]["security-severity"] = json!(format!("{}.0", says.severity));
    }
    rule
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
        "rules_changed": report.rules_changed(),
    })
}

/// The result of a row.
pub(super) fn result(report: &Report<'_>, names: &[String], row: RowId) -> Json {
    let comparison = report.comparison;
    let state = comparison.state(row);
    let path = comparison.path(row);
    let written = path.to_string();
    let written = escape(&written);
    let (kind, level) = weight(report, row);
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
    let judged = report.judged(row);
    let finding = judged.map(|(finding, _)| finding);
    let happens = finding.map(|finding| happens(report, finding)).unwrap_or_default();
    let text = plain(&format!("{written}: {}{happens}", report.told(names, row)));
    let mut result = json!({
        "ruleId": rule_of(report, row),
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [location],
        "partialFingerprints": { "path/v1": path.pointer() },
        "properties": { "area": escape(comparison.key(comparison.area(row))), "state": state.word() },
    });
    if let Some(finding) = finding {
        result["rank"] = json!(finding.score.total());
        result["properties"]["risk"] = json!(finding.score.band().0.word());
        result["properties"]["score"] = json!(finding.score.total());
        result["properties"]["vector"] = json!(finding.score.vector());
    }
    if let Some(cause) = report.cause(row) {
        result["properties"]["cause"] = json!(escape(&cause.title));
    }
    if let Some(why) = report.ruled.and_then(|ruled| ruled.let_through(row)) {
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": why }]);
    }
    if !others.is_empty() {
        result["relatedLocations"] = Json::Array(others);
    }
    result
}

/// What happens, and what the direction means, as sentences to go on with.
fn happens(report: &Report<'_>, finding: &Finding) -> String {
    let said = [report.happens(finding), report.toward(finding)];
    let said = said.iter().map(|sentence| sentence.trim_end_matches('.')).filter(|sentence| !sentence.is_empty());
    said.map(|sentence| format!(". {sentence}")).chain([String::from(".")]).collect()
}

/// Kind and level: what nothing can be said of is open, what is no difference is informational, and a difference weighs
/// what it risks.
fn weight(report: &Report<'_>, row: RowId) -> (&'static str, &'static str) {
    let comparison = report.comparison;
    if !report.is_finding(row) {
        return ("informational", "none");
    }
    if comparison.relation(row) == Relation::Unknown {
        return ("open", "none");
    }
    let level = match report.band(row) {
        Some(Band::Critical | Band::High) => "error",
        Some(Band::Medium) | None => "warning",
        Some(Band::Low | Band::Info) => "note",
    };
    ("fail", level)
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
