//! `libraries.alternatives`: which of several programs a name stands for, update-alternatives(1), alternatives(8).

use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host};
use crate::model::Value;

const FOLDER: &str = "/etc/alternatives";

/// Where dpkg's and Red Hat's tool keep whether a choice is their own: the first line of a file for each name.
const RECORDS: &[&str] = &["/var/lib/dpkg/alternatives", "/var/lib/alternatives"];

/// Reads every link. Manual pages (`*.1.gz`) follow their program and are left out.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    choices(host, &mut facts.at(&["libraries", "alternatives"]));
    for folder in RECORDS {
        let entries = match host.list(folder) {
            Ok(entries) => entries,
            Err(error) => {
                facts.unread(&["libraries", "manual_alternatives"], &error);
                continue;
            }
        };
        let is_manual = |name: &str| match host.text(&format!("{folder}/{name}")) {
            Ok(text) => text.lines().next() == Some("manual"),
            Err(_) => false,
        };
        let files = entries.iter().filter(|entry| entry.kind == EntryKind::File);
        let manual: Vec<&str> = files.map(|entry| entry.name.as_str()).filter(|name| is_manual(name)).collect();
        if !manual.is_empty() {
            facts.put(&["libraries", "manual_alternatives"], Value::set(manual), folder);
        }
    }
}

fn choices(host: &Host, facts: &mut Scope<'_>) {
    let entries = host.list(FOLDER).unwrap_or_else(|error| {
        facts.unread(&[], &error);
        Vec::new()
    });
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Link && !entry.name.ends_with(".gz")) {
        match host.link(&format!("{FOLDER}/{}", entry.name)) {
            Ok(target) => facts.put(&[&entry.name], target, FOLDER),
            Err(error) => facts.unread(&[&entry.name], &error),
        }
    }
    if !entries.is_empty() {
        return;
    }
    for command in ["alternatives --display", "update-alternatives --display"] {
        for output in host.recorded_starting(command) {
            if let Some((name, target)) = displayed(&output.text) {
                facts.put(&[name], target, &output.source);
            }
        }
    }
}

/// `java - status is auto.`, then ` link currently points to /usr/lib/jvm/...`; newer ones say
/// `java - auto mode` and `link currently points to`.
fn displayed(text: &str) -> Option<(&str, &str)> {
    let mut lines = text.lines();
    let heads = [" - status is ", " - auto mode", " - manual mode"];
    let name = lines.find_map(|line| heads.iter().find_map(|head| line.split_once(head)).map(|(name, _)| name))?;
    let target = lines.find_map(|line| line.trim_start().strip_prefix("link currently points to "))?;
    Some((name, target.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn links_are_told_and_manual_pages_left_out() {
        let root = Root::new(&[
            ("/etc/alternatives/README", "not one"),
            ("/var/lib/dpkg/alternatives/java", "manual\n/usr/bin/java\n"),
            ("/var/lib/dpkg/alternatives/editor", "auto\n/usr/bin/editor\n"),
        ])
        .link("/etc/alternatives/java", "/usr/lib/jvm/java-17/bin/java")
        .link("/etc/alternatives/java.1.gz", "/usr/lib/jvm/java-17/man/java.1.gz");
        let facts = root.probe(probe);
        assert_eq!(facts.get("libraries.alternatives.java"), Some(&Value::from("/usr/lib/jvm/java-17/bin/java")));
        assert_eq!(facts.get("libraries.manual_alternatives"), Some(&Value::list(["java"])));
        assert_eq!(facts.len(), 2);
    }

    #[test]
    fn fixtures_of_alternatives_say_where_they_point() {
        let Some(folder) = fixtures("etc-samples/alternatives") else { return };
        let mut tally = Tally::new("etc-samples/alternatives");
        for (file, target) in [
            ("alter_java", Some("/usr/lib/jvm/jre-1.6.0-ibm.x86_64/bin/java")),
            // These were cut off above the line that names them.
            ("alter_no_java", None),
            ("MISSING_STATUS_LINE", None),
        ] {
            #[allow(clippy::disallowed_methods, reason = "a test reads its fixture")]
            let text = std::fs::read_to_string(folder.join(format!("{file}.txt"))).expect("readable");
            let facts = Root::new(&[("/insights_commands/alternatives_--display_java", &text)]).probe(probe);
            let told = facts.get("libraries.alternatives.java");
            tally.agree(file, told == target.map(Value::from).as_ref(), format!("{told:?}"));
        }
        tally.finish();
    }
}
