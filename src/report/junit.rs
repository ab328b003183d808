//! JUnit's XML as CI servers read it: a suite for every area, a case for every row that is shown. A difference fails,
//! what nothing can be said of is an error, and what is listed without being a difference passes.
//!
//! There are two schemas in use, Ant's (windyroad/JUnit-Schema) and Jenkins's; this is what both allow.

use super::{Report, counted};
use crate::base::text::escape;
use crate::compare::{Relation, RowId};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io::{self, Write};

/// What stands for the time where no snapshot tells its own: Ant's schema wants one, and a document has no clock.
const NO_TIME: &str = "1970-01-01T00:00:00";

pub(super) fn write(report: &Report<'_>, mut out: &mut dyn Write) -> io::Result<()> {
    let document = Document { report, names: report.names(), properties: properties(report) };
    let mut xml = Writer::new_with_indent(&mut out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").write_inner_content(|xml| {
        for (id, (area, rows)) in report.by_area().enumerate() {
            document.suite(id, &escape(area), rows, xml)?;
        }
        // A file without a case is taken for a run that went wrong.
        if report.rows.is_empty() { document.suite(0, "driftglass", &[], xml) } else { Ok(()) }
    })?;
    writeln!(out)
}

type Xml<'w, 'o> = Writer<&'w mut &'o mut dyn Write>;

struct Document<'a> {
    report: &'a Report<'a>,
    names: Vec<String>,
    properties: Vec<(String, String)>,
}

impl Document<'_> {
    fn suite(&self, id: usize, name: &str, rows: &[RowId], xml: &mut Xml<'_, '_>) -> io::Result<()> {
        let comparison = self.report.comparison;
        let is_error = |row: &&RowId| comparison.relation(**row) == Relation::Unknown;
        let found = || rows.iter().filter(|row| comparison.state(**row).is_found());
        let errors = found().filter(is_error).count();
        let reference = comparison.sides().get(comparison.reference()).map(|side| &side.snapshot.meta);
        let times = comparison.sides().iter().filter_map(|side| side.snapshot.meta.captured_at);
        let newest = times.max().map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        let host = reference.and_then(|meta| meta.host.as_deref()).filter(|host| !host.trim().is_empty());
        xml.create_element("testsuite")
            .with_attributes([
                ("name", legal(name).as_str()),
                ("tests", &rows.len().max(1).to_string()),
                ("failures", &(found().count() - errors).to_string()),
                ("errors", &errors.to_string()),
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
                rows.iter().try_for_each(|row| self.case(name, *row, xml))?;
                if rows.is_empty() {
                    let nothing = [("name", "no differences to show"), ("classname", name), ("time", "0")];
                    xml.create_element("testcase").with_attributes(nothing).write_empty()?;
                }
                xml.create_element("system-out").write_empty()?;
                xml.create_element("system-err").write_empty()?;
                Ok(())
            })?;
        Ok(())
    }

    fn case(&self, suite: &str, row: RowId, xml: &mut Xml<'_, '_>) -> io::Result<()> {
        let comparison = self.report.comparison;
        let path = comparison.path(row).to_string();
        let (name, class) = (legal(&escape(&path)), legal(suite));
        let case = xml.create_element("testcase").with_attributes([
            ("name", name.as_str()),
            ("classname", &class),
            ("time", "0"),
        ]);
        let state = comparison.state(row);
        if !state.is_found() {
            case.write_empty()?;
            return Ok(());
        }
        let outcome = if comparison.relation(row) == Relation::Unknown { "error" } else { "failure" };
        let told = legal(&self.report.told(&self.names, row));
        let mut body = String::new();
        for (side, name) in self.names.iter().enumerate() {
            if let Some(source) = comparison.source(row, side) {
                body.push_str(&format!("{name}: read from {}\n", escape(source)));
            }
        }
        case.write_inner_content(|xml| {
            let attributes = [("message", told.as_str()), ("type", state.word())];
            let element = xml.create_element(outcome).with_attributes(attributes);
            if body.is_empty() {
                element.write_empty()?;
            } else {
                element.write_text_content(BytesText::new(&legal(&body)))?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// What every document begins with, by name.
fn properties(report: &Report<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
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
