//! `libraries.packages.dpkg`: what is installed, dpkg(1), and what apt installed by itself, apt-mark(8).

use super::Database;
use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;
use deb822_fast::borrowed::BorrowedParser;
use std::collections::HashSet;

const BASE: &[&str] = &["libraries", "packages", "dpkg"];

/// Where apt keeps which packages nobody asked for.
const EXTENDED: &str = "/var/lib/apt/extended_states";

/// Reads the whole data base.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let database = Database::read(host);
    let (packages, problem) = database.packages();
    let native = database.native(&packages);
    let extended = match host.text_up_to(EXTENDED, super::CAP) {
        Ok(text) => text,
        Err(error) => {
            facts.unread(BASE, &error);
            String::new()
        }
    };
    let automatic = automatic(&extended);
    let mut facts = facts.at(BASE);
    for error in &database.unread {
        facts.unread(&[], error);
    }
    if let Some(problem) = problem {
        facts.problem(&[], problem);
    }
    // What another package has taken over is not left behind by the first.
    let present = packages.iter().filter(|package| package.is_present());
    let lines = present.flat_map(|package| package.conffiles.iter()).filter_map(|line| path_of(line));
    let brought: HashSet<&str> = lines.filter(|(_, word)| word.is_empty()).map(|(path, _)| path).collect();
    for package in &packages {
        let mut facts = facts.at(&[&package.key(native)]);
        if package.state != "installed" {
            facts.put(&["state"], package.state, package.file);
        }
        // Of a removed package all stay until it is purged; of one that is there those that its version brings no more.
        let is_left = |path: &str, word: &str| {
            (!package.is_present() || !word.is_empty()) && !brought.contains(path) && host.exists(path)
        };
        let there = package.conffiles.iter().filter_map(|line| path_of(line));
        let left = || there.filter(|(path, word)| is_left(path, word)).map(|(path, _)| path.into()).collect();
        let (there, missed): (Vec<Value>, _) = host.watched(left);
        if !there.is_empty() || !missed.is_empty() {
            facts.put_whole(&["left_behind"], Value::List(there), &missed, package.file);
        }
        if package.held {
            facts.put(&["held"], true, package.file);
        }
        if !package.is_present() {
            continue;
        }
        facts.put_some(&["version"], package.version, package.file);
        facts.put_some(&["architecture"], package.architecture, package.file);
        facts.put_some(&["source"], package.source, package.file);
        facts.put_some(&["origin"], package.origin, package.file);
        // apt knows a package that serves every architecture under the native one.
        let architecture = package.architecture.filter(|name| *name != "all").or(native).unwrap_or("all");
        if automatic.contains(&(package.name, architecture)) || automatic.contains(&(package.name, "all")) {
            facts.put(&["automatic"], true, EXTENDED);
        }
    }
}

/// The path of a line of `Conffiles`, and the word for one that the package brings no more, if it is one: a digest stands
/// between them. The path may have spaces.
fn path_of(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let word = [" obsolete", " remove-on-upgrade"].into_iter().find(|word| line.ends_with(word)).unwrap_or_default();
    let (path, _) = line.strip_suffix(word)?.trim_end().rsplit_once(' ')?;
    Some((path.trim_end(), word)).filter(|(path, _)| path.starts_with('/'))
}

/// Name and architecture of the packages that came as dependencies.
fn automatic(text: &str) -> HashSet<(&str, &str)> {
    let stanzas = text.split("\n\n").filter_map(|stanza| BorrowedParser::new(stanza).parse_all().ok()).flatten();
    let named = stanzas.filter(|stanza| stanza.get_single("Auto-Installed").is_some_and(|v| v.trim() == "1"));
    named.filter_map(|s| Some((s.get_single("Package")?, s.get_single("Architecture").unwrap_or("all")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;

    const STATUS: &str = "\
Package: dpkg
Status: install ok installed
Architecture: amd64
Version: 1.21.22

Package: libc6
Status: hold ok installed
Architecture: amd64
Source: glibc
Version: 2.36-9+deb12u10
Conffiles:
 /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b88a71b5ffd9e2644e71a0cfab
 /etc/libc6/of the new one.conf 9c1b8f3e2ad2ae8eb9c4aafbbd5d4c1f obsolete
 /etc/libc6/gone.conf 9c1b8f3e2ad2ae8eb9c4aafbbd5d4c1f obsolete
 /etc/libc6/taken-over.conf 9c1b8f3e2ad2ae8eb9c4aafbbd5d4c1f obsolete

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2.36-9+deb12u9
Conffiles:
 /etc/libc6/taken-over.conf 9c1b8f3e2ad2ae8eb9c4aafbbd5d4c1f

 a stray line

Package: nfs-common
Status: deinstall ok config-files
Architecture: amd64
Version: 1:1.3.4-6
Conffiles:
 /etc/request-key.d/id resolver.conf 9c1b8f3e2ad2ae8eb9c4aafbbd5d4c1f
 /etc/nfs/gone.conf 9c1b8f3e2ad2ae8eb9c4aafbbd5d4c1f obsolete

Package: gone
Status: purge ok not-installed
Architecture: amd64
";

    #[test]
    fn each_package_has_its_own_key_and_says_how_it_stands() {
        let root = Root::new(&[
            ("/var/lib/dpkg/status", STATUS),
            ("/etc/request-key.d/id resolver.conf", "left"),
            ("/etc/ld.so.conf.d/x86_64-linux-gnu.conf", "brought"),
            ("/etc/libc6/of the new one.conf", "left by a version that was taken back"),
            ("/etc/libc6/taken-over.conf", "another's"),
            (EXTENDED, "Package: libc6\nArchitecture: amd64\nAuto-Installed: 1\n"),
        ]);
        let facts = root.probe(probe);
        let text = |path: &str| facts.get(&format!("libraries.packages.dpkg.{path}")).cloned();
        assert_eq!(text("libc6.version"), Some("2.36-9+deb12u10".into()));
        assert_eq!(text("libc6.held"), Some(true.into()));
        assert_eq!(text("libc6.automatic"), Some(true.into()));
        assert_eq!(text("libc6.source"), Some("glibc".into()));
        assert_eq!(text("\"libc6:i386\".version"), Some("2.36-9+deb12u9".into()));
        assert_eq!(text("\"libc6:i386\".automatic"), None);
        assert_eq!(text("nfs-common.state"), Some("config-files".into()));
        assert_eq!(text("nfs-common.version"), None);
        let left = Value::List(vec!["/etc/request-key.d/id resolver.conf".into()]);
        assert_eq!(text("nfs-common.left_behind"), Some(left), "what is still there");
        let left = Value::List(vec!["/etc/libc6/of the new one.conf".into()]);
        assert_eq!(text("libc6.left_behind"), Some(left), "what the version that is there brings no more");
        assert_eq!(text("\"libc6:i386\".left_behind"), None);
        let names: HashSet<_> = facts.values().iter().filter_map(|(path, _)| path.segments().get(3)).collect();
        assert_eq!(names.len(), 4);
        assert!(facts.problems().iter().any(|(_, p)| p.to_string().contains("1 stanza")), "{:?}", facts.problems());
    }

    #[test]
    fn a_folder_of_stanzas_is_a_data_base_too() {
        let root = Root::new(&[
            ("/var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n"),
            ("/var/lib/dpkg/status.d/base.md5sums", "d41d8cd98f00b204e9800998ecf8427e  etc/motd\n"),
        ]);
        let facts = root.probe(probe);
        assert_eq!(facts.get("libraries.packages.dpkg.base-files.version"), Some(&Value::from("12.4")));
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn fixtures_of_dpkg_are_read_whole() {
        let Some(folder) = fixtures("packages") else { return };
        let probed = |file: &str| {
            #[allow(clippy::disallowed_methods, reason = "a test reads its own fixture")]
            let text = std::fs::read_to_string(folder.join(file)).expect("readable");
            let facts = Root::new(&[("/var/lib/dpkg/status", text.as_str())]).probe(probe);
            (text, facts)
        };
        let mut tally = Tally::new("packages/*.status");
        for file in ["dpkg-texlive.status", "dpkg-debian-only.status"] {
            let (text, facts) = probed(file);
            let mut name = "";
            for line in text.lines() {
                name = line.strip_prefix("Package: ").unwrap_or(name);
                if let Some(known) = line.strip_prefix("Version: ") {
                    let told = facts.get(&format!("libraries.packages.dpkg.\"{name}\".version"));
                    tally.agree(format!("{file} {name}"), told == Some(&Value::from(known)), format!("{told:?}"));
                }
            }
            let expected = text.lines().filter(|line| line.starts_with("Status: install ok installed")).count();
            let versions = facts.values().iter().filter(|(path, _)| path.last() == Some("version")).count();
            tally.check(format!("{file} count"), versions, expected);
            tally.check(format!("{file} problems"), facts.problems().len(), 0);
        }
        tally.finish();
        let mut tally = Tally::new("packages/scalibr/dpkg");
        // Versions, states that are not installed, and problems, as the files' names say.
        for (file, versions, states, problems) in [
            ("empty", 0, 0, 0),
            ("invalid", 0, 0, 1),
            ("nopackage", 2, 0, 1),
            ("noversion", 2, 0, 0),
            ("single", 1, 0, 0),
            ("statusfield", 6, 3, 0),
            ("trailingnewlines", 1, 0, 0),
            ("transitional", 1, 0, 0),
            ("transitional_dummy", 1, 0, 0),
            ("transitional_empty", 1, 0, 0),
        ] {
            let (_, facts) = probed(&format!("scalibr/dpkg/dpkg/{file}"));
            let count = |key: &str| facts.values().iter().filter(|(path, _)| path.last() == Some(key)).count();
            tally.check(format!("{file} versions"), count("version"), versions);
            tally.check(format!("{file} states"), count("state"), states);
            tally.check(format!("{file} problems"), facts.problems().len(), problems);
        }
        tally.finish();
    }
}
