//! `libraries.packages.apk`: Alpine's data base, apk-package(5) and apk-world(5).

use crate::capture::Facts;
use crate::host::Host;
use std::collections::HashMap;

/// Older and newer releases.
const INSTALLED: &[&str] = &["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

/// What somebody asked for, with the versions that they insist on.
const WORLD: &str = "/etc/apk/world";

const CAP: u64 = 128 << 20;

/// Reads the data base. A paragraph without a name is not a package.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "packages", "apk"]);
    let world = host.text(WORLD);
    if let Err(error) = &world {
        facts.unread(&[], error);
    }
    let asked: Option<HashMap<&str, bool>> =
        world.as_ref().ok().map(|text| text.split_whitespace().map(asked).collect());
    for path in INSTALLED {
        let text = match host.text_up_to(path, CAP) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&[], &error);
                continue;
            }
        };
        for paragraph in text.split("\n\n") {
            // The package's own fields stand before the first folder.
            let own = || paragraph.lines().take_while(|line| !line.starts_with("F:"));
            let field = |key: &str| own().find_map(|line| line.strip_prefix(key)).filter(|text| !text.is_empty());
            let Some(name) = field("P:") else { continue };
            let mut facts = facts.at(&[name]);
            facts.put_some(&["version"], field("V:"), path);
            facts.put_some(&["architecture"], field("A:"), path);
            facts.put_some(&["source"], field("o:").filter(|source| *source != name), path);
            // The tag of the repository that it was pinned to.
            facts.put_some(&["repository"], field("s:"), path);
            match asked.as_ref().map(|asked| asked.get(name)) {
                Some(Some(true)) => facts.put(&["held"], true, WORLD),
                Some(None) => facts.put(&["automatic"], true, WORLD),
                Some(Some(false)) | None => {}
            }
        }
    }
}

/// Name and version of all packages, with the file that they stand in, for who looks up a few.
pub(in crate::capture) fn installed(host: &Host) -> (Vec<(String, String)>, &'static str) {
    for path in INSTALLED {
        let Ok(text) = host.text_up_to(path, CAP) else { continue };
        let packages = text.split("\n\n").filter_map(|paragraph| {
            let field = |key: &str| paragraph.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
            Some((field("P:")?, field("V:")?))
        });
        return (packages.collect(), path);
    }
    (Vec::new(), "")
}

/// `name`, `name=1.2-r0`, `name~1.2`, `name@edge`: the name, and whether its version is held.
fn asked(word: &str) -> (&str, bool) {
    let end = word.find(['=', '<', '>', '~', '@']).unwrap_or(word.len());
    let (name, rest) = word.split_at(end);
    (name, rest.contains(['=', '<', '~']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;

    #[test]
    fn what_nobody_asked_for_is_automatic() {
        let root = Root::new(&[
            (
                INSTALLED[0],
                "C:Q1\nP:musl\nV:1.2.4-r2\nA:x86_64\no:musl\nF:lib\nR:x\n\nC:Q1\nP:ssl_client\nV:1.36.1-r5\no:busybox\n\n\
                 P:curl\nV:8.5.0-r0\ns:edge\n",
            ),
            (WORLD, "musl\ncurl@edge=8.5.0-r0\n"),
        ]);
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.apk.{path}")).cloned();
        assert_eq!(fact("musl.version"), Some("1.2.4-r2".into()));
        assert_eq!((fact("musl.automatic"), fact("musl.source")), (None, None));
        assert_eq!(fact("ssl_client.automatic"), Some(true.into()));
        assert_eq!(fact("ssl_client.source"), Some("busybox".into()));
        assert_eq!((fact("curl.held"), fact("curl.repository")), (Some(true.into()), Some("edge".into())));
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn fixtures_of_alpine_are_read_whole() {
        let Some(folder) = fixtures("packages/scalibr/apk") else { return };
        let mut tally = Tally::new("packages/scalibr/apk");
        for file in ["installed", "empty"] {
            #[allow(clippy::disallowed_methods, reason = "a test reads its fixture")]
            let text = std::fs::read_to_string(folder.join(file)).expect("readable");
            let facts = Root::new(&[(INSTALLED[0], &text)]).probe(probe);
            let mut name = "";
            for line in text.lines() {
                name = line.strip_prefix("P:").unwrap_or(name);
                for (key, fact) in [("V:", "version"), ("A:", "architecture")] {
                    if let Some(known) = line.strip_prefix(key) {
                        let told = facts.get(&format!("libraries.packages.apk.\"{name}\".{fact}"));
                        tally.agree(format!("{name} {fact}"), told == Some(&known.into()), format!("{told:?}"));
                    }
                }
            }
            let versions = facts.values().iter().filter(|(path, _)| path.last() == Some("version")).count();
            tally.check(format!("{file} count"), versions, text.matches("\nV:").count());
        }
        tally.finish();
    }
}
