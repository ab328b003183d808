//! `libraries.alternatives`: which of several programs a name stands for, update-alternatives(1).

use crate::capture::Facts;
use crate::host::{EntryKind, Host};

const FOLDER: &str = "/etc/alternatives";

/// Reads every link. Manual pages (`*.1.gz`) follow their program and are left out.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "alternatives"]);
    let entries = match host.list(FOLDER) {
        Ok(entries) => entries,
        Err(error) => return facts.unread(&[], &error),
    };
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Link && !entry.name.ends_with(".gz")) {
        match host.link(&format!("{FOLDER}/{}", entry.name)) {
            Ok(target) => facts.put(&[&entry.name], target, FOLDER),
            Err(error) => facts.unread(&[&entry.name], &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn links_are_told_and_manual_pages_left_out() {
        let root = Root::new(&[("/etc/alternatives/README", "not one")])
            .link("/etc/alternatives/java", "/usr/lib/jvm/java-17/bin/java")
            .link("/etc/alternatives/java.1.gz", "/usr/lib/jvm/java-17/man/java.1.gz");
        let facts = root.probe(probe);
        assert_eq!(facts.get("libraries.alternatives.java"), Some(&Value::from("/usr/lib/jvm/java-17/bin/java")));
        assert_eq!(facts.len(), 1);
    }
}
