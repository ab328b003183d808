//! `deployments.hand_edits`: configuration files that are no longer as their package shipped them.
//!
//! dpkg keeps the MD5 digest of each conffile as shipped (deb-conffiles(5)), and ucf(1) those of the files that
//! maintainer scripts wrote. MD5 is what they chose; nothing here relies on it against an attacker.

use crate::capture::libraries::dpkg::Database;
use crate::capture::{Facts, Scope};
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind};
use md5::{Digest, Md5};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The largest conffile of Debian has 3 MB.
const CAP: u64 = 8 << 20;

/// Where ucf keeps its digests.
const UCF: &str = "/var/lib/ucf/hashfile";

/// What ucf keeps of which package asked it to look after which file.
const UCF_REGISTRY: &str = "/var/lib/ucf/registry";

const DIVERSIONS: &str = "/var/lib/dpkg/diversions";

/// What dpkg and ucf leave beside a file whose new version the administrator turned down.
const TURNED_DOWN: [&str; 3] = ["dpkg-dist", "dpkg-new", "ucf-dist"];

/// A file with its digest as shipped.
struct Shipped<'a> {
    path: &'a str,
    /// Where it stands: elsewhere where another package, or the administrator, moved it aside.
    place: &'a str,
    digest: &'a str,
    /// Whether the package ships it no longer; dpkg leaves it in place and programs may read it still.
    is_obsolete: bool,
    source: &'a str,
}

/// Compares every file that has a digest.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let database = Database::read(host);
    let (packages, _) = database.packages();
    let keeps_digests =
        ["/var/lib/dpkg", "/var/lib/rpm", "/usr/lib/sysimage/rpm"].iter().any(|folder| host.exists(folder));
    if !keeps_digests {
        facts.not_collected(
            &["deployments", "hand_edits"],
            "no data base here says how configuration files were shipped",
        );
    }
    let mut facts = facts.at(&["deployments", "hand_edits"]);
    for error in &database.unread {
        facts.unread(&[], error);
    }
    let mut read = |path: &str| {
        host.text(path).unwrap_or_else(|error| {
            facts.unread(&[], &error);
            String::new()
        })
    };
    let (ucf, registry, diverted) = (read(UCF), read(UCF_REGISTRY), read(DIVERSIONS));
    let diverted = diversions(&diverted);
    let shipped = packages.iter().filter(|package| package.is_present()).flat_map(|package| {
        let entries = package.conffiles.iter().filter_map(|line| conffile(line));
        entries.map(|(path, digest, is_obsolete)| {
            let moved = diverted.get(path).filter(|(_, by)| *by != package.name);
            let place = moved.map_or(path, |(to, _)| to);
            Shipped { path, place, digest, is_obsolete, source: package.file }
        })
    });
    // A file stays when its package is removed, and ucf remembers it until that is purged.
    let present: HashSet<&str> = packages.iter().filter(|p| p.is_present()).map(|package| package.name).collect();
    let owners: HashMap<&str, &str> = registry.lines().filter_map(owner).collect();
    let is_owned = |path: &str| owners.get(path).is_none_or(|package| present.contains(package));
    let written = ucf.lines().filter_map(|line| {
        let (digest, path) = line.split_once("  ")?;
        let shipped = Shipped { path, place: path, digest, is_obsolete: false, source: UCF };
        (is_digest(digest) && is_owned(path)).then_some(shipped)
    });
    for file in shipped.chain(written) {
        compare(host, &file, &mut facts);
    }
    for (path, (_, _)) in diverted.iter().filter(|(_, (_, by))| *by == ":") {
        facts.put(&[path], "diverted", DIVERSIONS);
    }
    recorded(host, &mut facts);
}

fn compare(host: &Host, file: &Shipped<'_>, facts: &mut Scope<'_>) {
    let how = match host.read_up_to(file.place, CAP) {
        Ok(bytes) if hex(&bytes) == file.digest => return,
        Ok(_) if file.is_obsolete => "changed, no longer shipped",
        Ok(_) => {
            let left = |end: &str| host.exists(&format!("{}.{end}", file.place));
            if TURNED_DOWN.iter().any(|end| left(end)) { "changed, an update of it was turned down" } else { "changed" }
        }
        // Nobody misses what is no longer shipped.
        Err(error) if error.is_missing() && file.is_obsolete => return,
        Err(error) if error.is_missing() => "removed",
        // A folder or device stands where the file was.
        Err(ReadError::NotAFile(_)) => "changed",
        Err(error) => return facts.unread(&[file.path], &error),
    };
    facts.put(&[file.path], how, file.source);
}

/// Path and digest of a line of `Conffiles`, and whether it is obsolete; nothing of a file that the package does not yet
/// have or wants removed.
fn conffile(line: &str) -> Option<(&str, &str, bool)> {
    let line = line.trim();
    let (line, is_obsolete) = line.strip_suffix(" obsolete").map_or((line, false), |line| (line, true));
    let digest = line.rsplit(' ').next().filter(|word| is_digest(word))?;
    Some((line.strip_suffix(digest)?.trim_end(), digest, is_obsolete))
}

/// `newconffile` stands in the digest's place, `remove-on-upgrade` behind it.
fn is_digest(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Path and package of a line of ucf's registry.
fn owner(line: &str) -> Option<(&str, &str)> {
    let (package, path) = line.trim().split_once(char::is_whitespace)?;
    Some((path.trim_start(), package))
}

/// Where dpkg-divert(1) moved files to, and for which package it did not: three lines each; a colon is the administrator.
fn diversions(text: &str) -> BTreeMap<&str, (&str, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let triples = lines.chunks_exact(3);
    triples.filter_map(|three| if let [from, to, by] = three { Some((*from, (*to, *by))) } else { None }).collect()
}

/// What `rpm -V` said of configuration files when a support archive was made.
fn recorded(host: &Host, facts: &mut Scope<'_>) {
    let lines = ["rpm -Va", "rpm -V coreutils procps procps-ng shadow-utils passwd sudo"];
    for said in lines.iter().filter_map(|line| host.recorded(line)) {
        for (path, how) in said.text.lines().filter_map(verified) {
            match how {
                Some(how) => facts.put(&[path], how, &said.source),
                None => facts.problem(&[path], Problem::new(ProblemKind::Denied, format!("rpm could not read {path}"))),
            }
        }
    }
}

/// Reads `S.5....T.  c /etc/sudoers` and `missing   c /etc/sudoers` of rpm(8); `None` where rpm could not tell.
fn verified(line: &str) -> Option<(&str, Option<&'static str>)> {
    let (flags, rest) = line.split_once(char::is_whitespace)?;
    // Only what is marked as configuration; the rest is how a package's own files were changed.
    let path = rest.trim_start().strip_prefix("c ")?.trim_start();
    let path = path.split_once(" (").map_or(path, |(path, _)| path);
    let how = match flags {
        "missing" => Some("removed"),
        _ if flags.len() < 8 => return None,
        _ if flags.contains(['S', '5', 'L', 'D']) => Some("changed"),
        _ if flags.contains('?') => None,
        // Only mode, owner or time.
        _ => return None,
    };
    path.starts_with('/').then_some((path, how))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Md5::digest(bytes).iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn what_differs_from_its_package_is_told() {
        // The digest is that of "as shipped\n".
        let digest = hex(b"as shipped\n");
        let status = format!(
            "Package: a\nStatus: install ok installed\nConffiles:\n /etc/same {digest}\n /etc/changed {digest}\n \
             /etc/removed {digest}\n /etc/old {digest} obsolete\n /etc/older {digest} obsolete\n /etc/new newconffile\n /etc/moved {digest}\n\n\
             Package: b\nStatus: deinstall ok config-files\nConffiles:\n /etc/left {digest}\n"
        );
        let root = Root::new(&[
            ("/var/lib/dpkg/status", status.as_str()),
            (DIVERSIONS, "/etc/moved\n/etc/moved.distrib\nother\n/usr/bin/chrony\n/usr/bin/chrony.real\n:\n"),
            (UCF, &format!("{digest}  /etc/ssh/sshd_config\n{digest}  /etc/left.ucf\n")),
            (UCF_REGISTRY, "a                  /etc/ssh/sshd_config\nb /etc/left.ucf\n"),
            ("/etc/ssh/sshd_config.ucf-dist", "new\n"),
            ("/etc/same", "as shipped\n"),
            ("/etc/changed", "by hand\n"),
            ("/etc/old", "by hand\n"),
            ("/etc/left", "by hand\n"),
            ("/etc/moved", "another package's\n"),
            ("/etc/moved.distrib", "as shipped\n"),
            ("/etc/ssh/sshd_config", "by hand\n"),
        ]);
        let facts = root.probe(probe);
        let found: Vec<_> =
            facts.values().iter().map(|(path, value)| (path.last().unwrap_or_default(), value.clone())).collect();
        let expected = [
            ("/etc/changed", "changed"),
            ("/etc/removed", "removed"),
            ("/etc/old", "changed, no longer shipped"),
            ("/etc/ssh/sshd_config", "changed, an update of it was turned down"),
            ("/usr/bin/chrony", "diverted"),
        ];
        assert_eq!(found, expected.map(|(path, how)| (path, Value::from(how))));
        assert!(facts.problems().is_empty());
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test reads its own fixture")]
    fn fixtures_of_rpm_tell_of_configuration_files_alone() {
        let Some(folder) = fixtures("etc-samples/rpm_v_packages") else { return };
        let mut tally = Tally::new("etc-samples/rpm_v_packages");
        for number in 1..=4 {
            let text =
                std::fs::read_to_string(folder.join(format!("TEST_RPM_V_PACKAGE_{number}.txt"))).expect("readable");
            let name = "rpm_-V_coreutils_procps_procps-ng_shadow-utils_passwd_sudo";
            let facts = Root::new(&[(&format!("/insights_commands/{name}"), text)]).probe(probe);
            let unreadable = facts
                .problems()
                .iter()
                .filter(|(_, problem)| !problem.is_not_collected())
                .map(|(path, _)| path.last().unwrap_or_default().to_owned());
            tally.check(
                format!("{number} unreadable"),
                unreadable.collect::<String>(),
                if number == 1 { "/etc/sudoers" } else { "" },
            );
            tally.check(format!("{number} edits"), facts.values().len(), 0);
        }
        tally.finish();
    }

    #[test]
    fn what_rpm_says_is_taken_apart() {
        assert_eq!(verified("S.5....T.  c /etc/sudoers"), Some(("/etc/sudoers", Some("changed"))));
        assert_eq!(verified("missing   c /etc/a b (Permission denied)"), Some(("/etc/a b", Some("removed"))));
        assert_eq!(verified(".M...UG..  c /etc/sudoers"), None);
        assert_eq!(verified("S.5....T.    /usr/bin/sudo"), None);
        assert_eq!(verified("package sudo is not installed"), None);
    }

    #[test]
    fn digests_are_those_of_rfc_1321() {
        assert_eq!(hex(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
