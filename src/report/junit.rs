//! JUnit's XML as CI servers read it: a suite for every area, a case for every row that is shown, the worst first. What
//! the gate stops where nobody has said otherwise fails: a difference of high or critical risk, and one that breaks the
//! policy. What nothing can be said of is an error. All else passes, with what it is in the output of its suite: what
//! risks less, what has been accepted, what is expected to differ.
//!
//! There are two schemas in use, Ant's (windyroad/JUnit-Schema) and Jenkins's; this is what both allow.

use super::{Report, counted};
use crate::base::text::escape;
use crate::compare::{Relation, RowId};
use crate::risk::Band;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Write};

/// What stands for the time where no snapshot tells its own: Ant's schema wants one, and a document has no clock.
const NO_TIME: &str = "1970-01-01T00:00:00";

/// How a case ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// Passed, with something to say of it. Ant's schema has no `skipped` and no text in a case: it stands in the output
    /// of the suite.
    Excused,
    Failed,
    /// Nothing can be said.
    Error,
}

/// One test case; all texts in display form.
pub(super) struct Case {
    pub name: String,
    pub outcome: Outcome,
    /// What kind of failure it is.
    pub kind: &'static str,
    pub message: String,
    pub body: String,
}

/// What fails: what blocks where no policy says otherwise.
const FAILS: Band = Band::High;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let names = report.names();
    let suites = report.by_area().map(|(area, rows)| {
        let rows = report.worst_first(rows);
        let cases = rows.iter().map(|row| case(report, &names, *row, outcome(report, *row), kind(report, *row)));
        (escape(area).into_owned(), cases.collect())
    });
    let fails = format!("risk of {} or more, or against the policy", FAILS.word());
    document(report, suites, &[("fails", fails)], out)
}

fn outcome(report: &Report<'_>, row: RowId) -> Outcome {
    let comparison = report.comparison;
    if !report.is_finding(row) {
        return Outcome::Passed;
    }
    let ruled = report.ruled;
    if ruled.is_some_and(|ruled| ruled.is_violated(row)) {
        return Outcome::Failed;
    }
    if ruled.is_some_and(|ruled| ruled.let_through(row).is_some()) {
        return Outcome::Excused;
    }
    match (comparison.relation(row), report.band(row)) {
        (Relation::Unknown, _) => Outcome::Error,
        (_, Some(band)) if band < FAILS => Outcome::Excused,
        _ => Outcome::Failed,
    }
}

/// The kind of a failure: its risk, else its state.
fn kind(report: &Report<'_>, row: RowId) -> &'static str {
    let comparison = report.comparison;
    match report.band(row) {
        Some(band) if comparison.relation(row) != Relation::Unknown => band.word(),
        _ => comparison.state(row).word(),
    }
}

/// The case of a row.
pub(super) fn case(report: &Report<'_>, names: &[String], row: RowId, outcome: Outcome, kind: &'static str) -> Case {
    let comparison = report.comparison;
    let mut message = report.told(names, row);
    let mut body = String::new();
    if let Some((finding, says)) = report.judged(row) {
        let band = finding.score.band().0;
        message = format!("{} {}, {}: {message}", band.word(), finding.score.total(), escape(says.id));
        let (happens, toward) = (report.happens(finding), report.toward(finding));
        let toward = if toward.is_empty() { toward } else { format!("{toward}.") };
        for (what, text) in [("", happens.as_str()), ("", &toward), ("why: ", &*says.why), ("to test: ", &*says.test)] {
            if !text.is_empty() {
                body.push_str(&format!("{what}{}\n", escape(text)));
            }
        }
        body.push_str(&format!("rated: {} = {}\n", finding.score.vector(), finding.score.total()));
    }
    for (side, name) in names.iter().enumerate() {
        if let Some(source) = comparison.source(row, side) {
            body.push_str(&format!("{name}: read from {}\n", escape(source)));
        }
    }
    let name = escape(&comparison.path(row).to_string()).into_owned();
    Case { name, outcome, kind, message, body }
}

/// A document of suites, each with its name and cases.
pub(super) fn document(
    report: &Report<'_>,
    suites: impl Iterator<Item = (String, Vec<Case>)>,
    more: &[(&str, String)],
    mut out: &mut dyn Write,
) -> io::Result<()> {
    let mut properties = properties(report);
    properties.extend(more.iter().map(|(name, value)| ((*name).to_owned(), legal(value))));
    let document = Document { report, properties };
    let mut xml = Writer::new_with_indent(&mut out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").write_inner_content(|xml| {
        let mut count = 0;
        for (name, cases) in suites {
            document.suite(count, &name, &cases, xml)?;
            count += 1;
        }
        // A file without a case is taken for a run that went wrong.
        if count == 0 { document.suite(0, "driftglass", &[], xml) } else { Ok(()) }
    })?;
    writeln!(out)
}

type Xml<'w, 'o> = Writer<&'w mut &'o mut dyn Write>;

struct Document<'a> {
    report: &'a Report<'a>,
    properties: Vec<(String, String)>,
}

impl Document<'_> {
    fn suite(&self, id: usize, name: &str, cases: &[Case], xml: &mut Xml<'_, '_>) -> io::Result<()> {
        let comparison = self.report.comparison;
        let count = |outcome| cases.iter().filter(|case| case.outcome == outcome).count().to_string();
        let reference = comparison.sides().get(comparison.reference()).map(|side| &side.snapshot.meta);
        let times = comparison.sides().iter().filter_map(|side| side.snapshot.meta.captured_at);
        let newest = times.max().map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        let host = reference.and_then(|meta| meta.host.as_deref()).filter(|host| !host.trim().is_empty());
        xml.create_element("testsuite")
            .with_attributes([
                ("name", legal(name).as_str()),
                ("tests", &cases.len().max(1).to_string()),
                ("failures", &count(Outcome::Failed)),
                ("errors", &count(Outcome::Error)),
                ("time", "0"),
                ("timestamp", newest.as_deref().unwrap_or(NO_TIME)),
                ("hostname", legal(&escape(host.unwrap_or("localhost"))).as_str()),
                ("id", &id.to_string()),
                ("package", "driftglass"),
            ])
            .write_inner_content(|xml| {
                xml.create_element("properties").write_inner_content(|xml| {
                    for (name, value) in &self.properties {
                        let pair = [("name", name.as_str()), ("value", value.as_str())];
                        xml.create_element("property").with_attributes(pair).write_empty()?;
                    }
                    Ok(())
                })?;
                cases.iter().try_for_each(|case| write_case(name, case, xml))?;
                if cases.is_empty() {
                    let nothing = [("name", "no differences to show"), ("classname", name), ("time", "0")];
                    xml.create_element("testcase").with_attributes(nothing).write_empty()?;
                }
                let excused = cases.iter().filter(|case| case.outcome == Outcome::Excused);
                let said: String = excused.map(|case| format!("{}: {}\n", case.name, case.message)).collect();
                let element = xml.create_element("system-out");
                if said.is_empty() {
                    element.write_empty()?;
                } else {
                    element.write_text_content(BytesText::new(&legal(&said)))?;
                }
                xml.create_element("system-err").write_empty()?;
                Ok(())
            })?;
        Ok(())
    }
}

fn write_case(suite: &str, case: &Case, xml: &mut Xml<'_, '_>) -> io::Result<()> {
    let (name, class) = (legal(&case.name), legal(suite));
    let element =
        xml.create_element("testcase").with_attributes([("name", name.as_str()), ("classname", &class), ("time", "0")]);
    let outcome = match case.outcome {
        Outcome::Passed | Outcome::Excused => {
            element.write_empty()?;
            return Ok(());
        }
        Outcome::Failed => "failure",
        Outcome::Error => "error",
    };
    element.write_inner_content(|xml| {
        let told = legal(&case.message);
        let attributes = [("message", told.as_str()), ("type", case.kind)];
        let element = xml.create_element(outcome).with_attributes(attributes);
        if case.body.is_empty() {
            element.write_empty()?;
        } else {
            element.write_text_content(BytesText::new(&legal(&case.body)))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// What every document begins with, by name.
fn properties(report: &Report<'_>) -> Vec<(String, String)> {
    let mut out = vec![("tool".to_owned(), concat!("driftglass ", env!("CARGO_PKG_VERSION")).to_owned())];
    for (at, side) in report.introductions().iter().enumerate() {
        let mut put = |what: &str, value: String| {
            if !value.is_empty() {
                out.push((format!("snapshot.{}.{what}", at + 1), legal(&value)));
            }
        };
        put("label", side.name.clone());
        put("role", side.role().to_owned());
        put("host", side.host());
        put("captured_at", side.captured_at());
        put("tool", side.tool());
        put("completeness", side.completeness());
        put("digest", side.digest());
    }
    if let Some(filter) = report.filter {
        out.push(("filter".to_owned(), legal(&escape(filter))));
    }
    out.push(("shown".to_owned(), counted(report.rows.len(), "row")));
    out.push(("not_shown".to_owned(), counted(report.hidden, "row")));
    out.push(("summary".to_owned(), legal(&report.counts(&report.names()))));
    out
}

/// Without the two characters that are no control characters and that XML 1.0 has no way to write.
fn legal(shown: &str) -> String {
    shown.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
