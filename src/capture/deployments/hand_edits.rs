//! `deployments.hand_edits`: configuration files that are no longer as their package shipped them.
//!
//! dpkg keeps the MD5 digest of each conffile as shipped (deb-conffiles(5)), and ucf(1) those of the files that
//! maintainer scripts wrote. MD5 is what they chose; nothing here relies on it against an attacker.

use crate::capture::Facts;
use crate::capture::libraries::dpkg::Database;
use crate::host::{Host, ReadError};
use md5::{Digest, Md5};
use std::collections::HashMap;

/// The largest conffile of Debian has 3 MB.
const CAP: u64 = 8 << 20;

/// Where ucf keeps its digests.
const UCF: &str = "/var/lib/ucf/hashfile";

/// Compares every file that has a digest.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let database = Database::read(host);
    let (packages, _) = database.packages();
    let ucf = host.text(UCF).unwrap_or_default();
    let diverted = host.text("/var/lib/dpkg/diversions").unwrap_or_default();
    let diverted = diversions(&diverted);
    let mut facts = facts.at(&["deployments", "hand_edits"]);
    for error in &database.unread {
        facts.unread(&[], error);
    }
    let shipped = packages.iter().filter(|package| package.is_present()).flat_map(|package| {
        let entries = package.conffiles.iter().filter_map(|line| conffile(line));
        entries.map(|(path, digest)| {
            let moved = diverted.get(path).filter(|(_, by)| *by != package.name);
            (path, moved.map_or(path, |(to, _)| to), digest, package.file)
        })
    });
    let written = ucf.lines().filter_map(|line| {
        let (digest, path) = line.split_once("  ")?;
        is_digest(digest).then_some((path, path, digest, UCF))
    });
    for (path, place, digest, source) in shipped.chain(written) {
        match host.read_up_to(place, CAP) {
            Ok(bytes) if hex(&bytes) == digest => {}
            Ok(_) => facts.put(&[path], "changed", source),
            Err(error) if error.is_missing() => facts.put(&[path], "removed", source),
            // A folder or device stands where the file was.
            Err(ReadError::NotAFile(_)) => facts.put(&[path], "changed", source),
            Err(error) => facts.unread(&[path], &error),
        }
    }
}

/// Path and digest of a line of `Conffiles`; nothing of a file that the package no longer or not yet has.
fn conffile(line: &str) -> Option<(&str, &str)> {
    let mut words = line.trim().rsplit(' ');
    let digest = words.next().filter(|word| is_digest(word))?;
    Some((line.trim().strip_suffix(digest)?.trim_end(), digest))
}

/// `newconffile`, `obsolete` and `remove-on-upgrade` stand in the digest's place or behind it.
fn is_digest(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Where dpkg-divert(1) moved files to, and for which package it did not: three lines each.
fn diversions(text: &str) -> HashMap<&str, (&str, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let triples = lines.chunks_exact(3);
    triples.filter_map(|three| if let [from, to, by] = three { Some((*from, (*to, *by))) } else { None }).collect()
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
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn what_differs_from_its_package_is_told() {
        // The digest is that of "as shipped\n".
        let digest = hex(b"as shipped\n");
        let status = format!(
            "Package: a\nStatus: install ok installed\nConffiles:\n /etc/same {digest}\n /etc/changed {digest}\n \
             /etc/removed {digest}\n /etc/old {digest} obsolete\n /etc/new newconffile\n /etc/moved {digest}\n\n\
             Package: b\nStatus: deinstall ok config-files\nConffiles:\n /etc/left {digest}\n"
        );
        let root = Root::new(&[
            ("/var/lib/dpkg/status", status.as_str()),
            ("/var/lib/dpkg/diversions", "/etc/moved\n/etc/moved.distrib\nother\n"),
            (UCF, &format!("{digest}  /etc/ssh/sshd_config\n")),
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
        let expected = [("/etc/changed", "changed"), ("/etc/removed", "removed"), ("/etc/ssh/sshd_config", "changed")];
        assert_eq!(found, expected.map(|(path, how)| (path, Value::from(how))));
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn digests_are_those_of_rfc_1321() {
        assert_eq!(hex(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
