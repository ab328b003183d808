//! `libraries.libc` and `libraries.openssl`: what the library files say of themselves, whoever put them there.

use crate::base::order::natural;
use crate::capture::Facts;
use crate::host::{EntryKind, Host, RandomFile};
use regex::bytes::{Regex, RegexBuilder};

/// glibc has 2 MB, libcrypto 5 MB.
const CAP: u64 = 32 << 20;

/// OPENSSLDIR of Debian, SUSE and Alpine, and of Red Hat: what every program that uses the library asks of it.
const CONFIGURATIONS: &[&str] = &["/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf"];

/// Reads both.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let folders = folders(host);
    libc(host, &folders, facts);
    openssl(host, &folders, facts);
}

/// Where libraries stand, most usual first: Debian's multiarch folders (64 bits before 32), then the classic ones.
fn folders(host: &Host) -> Vec<String> {
    let mut folders = Vec::new();
    for top in ["/usr/lib", "/lib"] {
        let entries = host.list(top).unwrap_or_default();
        let multiarch = entries.iter().filter(|e| e.kind != EntryKind::File && e.name.contains("-linux-"));
        folders.extend(multiarch.map(|e| format!("{top}/{}", e.name)));
    }
    folders.sort_by_key(|folder| !(folder.contains("64") || folder.contains("s390x")));
    folders.extend(["/lib64", "/usr/lib64", "/lib", "/usr/lib"].map(str::to_owned));
    folders
}

fn libc(host: &Host, folders: &[String], facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "libc"]);
    for folder in folders {
        let path = format!("{folder}/libc.so.6");
        match host.open_up_to(&path, CAP) {
            Ok(file) => {
                facts.put(&["name"], "glibc", &path);
                // "GNU C Library (Debian GLIBC 2.36-9+deb12u10) stable release version 2.36."
                let banner = r"GNU C Library \(([^)\n]{1,200})\)[^\n]{0,40} release version (\d[\d.]*\d)";
                if let Some([build, version]) = find_in(&file, banner) {
                    facts.put(&["version"], version, &path);
                    facts.put(&["build"], build, &path);
                }
                return;
            }
            Err(error) => facts.unread(&[], &error),
        }
    }
    // musl's dynamic linker is the library: ld-musl-x86_64.so.1. Its version stands there as a bare text, so the
    // package data base of the one distribution that is built on it is asked.
    let linkers = host.list("/lib").unwrap_or_default();
    if let Some(linker) = linkers.iter().find(|entry| entry.name.starts_with("ld-musl-")) {
        facts.put(&["name"], "musl", &format!("/lib/{}", linker.name));
        let path = "/lib/apk/db/installed";
        match host.read_up_to(path, CAP) {
            Ok(bytes) => {
                let version = find(r"(?m)^P:(musl)\nV:(\d[\d.]*)", &bytes).map(|[_, version]| version);
                facts.put_some(&["version"], version, path);
            }
            Err(error) => facts.unread(&["version"], &error),
        }
    }
}

/// The newest OpenSSL library: programs built for it are the ones that meet the network.
fn openssl(host: &Host, folders: &[String], facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "openssl"]);
    for path in CONFIGURATIONS {
        match host.read(path) {
            Ok(bytes) => {
                facts.put(&["config_digest"], blake3::hash(&bytes).to_hex().as_str(), path);
                break;
            }
            Err(error) => facts.unread(&["config_digest"], &error),
        }
    }
    for folder in folders {
        let entries = host.list(folder).unwrap_or_else(|error| {
            facts.unread(&["version"], &error);
            Vec::new()
        });
        let libraries = entries.iter().filter_map(|entry| entry.name.strip_prefix("libcrypto.so."));
        let Some(newest) = libraries.max_by(|a, b| natural(a, b)) else { continue };
        let path = format!("{folder}/libcrypto.so.{newest}");
        match host.open_up_to(&path, CAP) {
            Ok(file) => {
                // "OpenSSL 3.0.15 3 Sep 2024", "OpenSSL 1.1.1w  11 Sep 2023".
                let [_, version] =
                    find_in(&file, r"(OpenSSL) (\d+\.\d+\.\d+[a-z]*(?:-[a-z0-9]+)?) +\d").unwrap_or_default();
                let version = if version.is_empty() { newest.to_owned() } else { version };
                facts.put(&["version"], version, &path);
            }
            Err(error) => facts.unread(&["version"], &error),
        }
        return;
    }
}

/// How much of a library is looked at together. Memory for all of it costs more than to read it.
const PART: u64 = 64 << 10;

/// Longer than any match.
const OVERLAP: u64 = 1 << 10;

/// As [`find`], in a file that is read part by part up to the match.
fn find_in(file: &RandomFile, pattern: &str) -> Option<[String; 2]> {
    let pattern = RegexBuilder::new(pattern).unicode(false).build().ok()?;
    let mut at = 0;
    while at < file.size() {
        let bytes = file.read_at(at, (file.size() - at).min(PART + OVERLAP) as usize).ok()?;
        // What begins in the overlap is whole in the next part only.
        if pattern.find(&bytes).is_some_and(|found| (found.start() as u64) < PART) {
            return groups(&pattern, &bytes);
        }
        at += PART;
    }
    None
}

/// The two groups of a pattern's first match.
fn find(pattern: &str, bytes: &[u8]) -> Option<[String; 2]> {
    groups(&RegexBuilder::new(pattern).unicode(false).build().ok()?, bytes)
}

fn groups(pattern: &Regex, bytes: &[u8]) -> Option<[String; 2]> {
    let found = pattern.captures(bytes)?;
    let group = |i| found.get(i).map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned());
    Some([group(1)?, group(2)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn libraries_say_their_own_version() {
        let root = Root::new(&[
            ("/usr/lib/i386-linux-gnu/libc.so.6", "GNU C Library (Other) stable release version 2.30."),
            (
                "/usr/lib/x86_64-linux-gnu/libc-2.31.so",
                "\0GNU C Library (Debian GLIBC 2.31-13+deb11u11) stable release version 2.31.\n",
            ),
            ("/etc/pki/tls/openssl.cnf", "openssl_conf = default\n"),
            ("/usr/lib/x86_64-linux-gnu/libcrypto.so.1.1", "\0OpenSSL 1.1.1w  11 Sep 2023\0"),
            ("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "\0OpenSSL %s\0OpenSSL 3.0.15 3 Sep 2024\0"),
        ])
        .link("/usr/lib/x86_64-linux-gnu/libc.so.6", "libc-2.31.so");
        let facts = root.probe(probe);
        let fact = |path| facts.get(path).cloned();
        assert_eq!(fact("libraries.libc.name"), Some(Value::from("glibc")));
        assert_eq!(fact("libraries.libc.version"), Some(Value::from("2.31")));
        assert_eq!(fact("libraries.libc.build"), Some(Value::from("Debian GLIBC 2.31-13+deb11u11")));
        assert_eq!(fact("libraries.openssl.version"), Some(Value::from("3.0.15")));
        let digest = blake3::hash(b"openssl_conf = default\n").to_hex();
        assert_eq!(fact("libraries.openssl.config_digest"), Some(Value::from(digest.as_str())));
    }

    #[test]
    fn musl_is_known_by_its_linker() {
        let root = Root::new(&[
            ("/lib/ld-musl-x86_64.so.1", ""),
            ("/lib/apk/db/installed", "C:Q1\nP:busybox\nV:1.36.1-r5\n\nC:Q2\nP:musl\nV:1.2.4-r2\n"),
        ]);
        let facts = root.probe(probe);
        assert_eq!(facts.get("libraries.libc.name"), Some(&Value::from("musl")));
        assert_eq!(facts.get("libraries.libc.version"), Some(&Value::from("1.2.4")));
    }
}
