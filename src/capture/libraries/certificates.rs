//! `libraries.ca_certificates`: whom programs trust, from the system's bundle of PEM certificates (RFC 7468), and which
//! of them were added by hand.

use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host};
use crate::model::{Problem, ProblemKind, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Debian, Red Hat since RHEL 7, Red Hat before, SUSE, Alpine and the BSDs. The first that is there counts.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where an administrator puts more: update-ca-certificates(8), update-ca-trust(8), and SUSE's.
const ADDED: &[&str] = &[
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/usr/share/pki/ca-trust-source/anchors",
];

/// Which of Debian's the administrator has struck out: lines with an exclamation mark.
const CHOICE: &str = "/etc/ca-certificates.conf";

/// The largest bundles have 400 certificates.
const CERTIFICATES: usize = 5_000;

/// How deep the folders of added ones are.
const DEPTH: usize = 3;

/// Reads the bundle, then what was added.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "ca_certificates"]);
    if let Some(path) = BUNDLES.iter().find(|path| host.exists(path)) {
        match host.text(path) {
            Ok(text) => bundle(host, &text, path, &mut facts),
            Err(error) => facts.unread(&[], &error),
        }
    }
    for folder in ADDED {
        added(host, folder, 0, &mut facts);
    }
    match host.text(CHOICE) {
        Ok(text) => {
            let struck: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('!')).map(str::trim).collect();
            if !struck.is_empty() {
                facts.put(&["struck_out"], Value::set(struck), CHOICE);
            }
        }
        Err(error) => facts.unread(&["struck_out"], &error),
    }
}

/// What is told of a certificate.
struct Certificate {
    subject: String,
    expires: Option<jiff::Timestamp>,
}

impl Certificate {
    fn put(&self, facts: &mut Scope<'_>, path: &str) {
        facts.put(&["subject"], self.subject.as_str(), path);
        facts.put_some(&["expires"], self.expires.map(|time| time.to_string()), path);
    }
}

fn bundle(host: &Host, text: &str, path: &str, facts: &mut Scope<'_>) {
    let (certificates, bad) = parse(text);
    if bad > 0 {
        let problem = Problem::new(ProblemKind::NotParsable, format!("{path}: {bad} certificate(s) that are none"));
        facts.problem(&[], problem);
    }
    facts.put(&["count"], certificates.len(), path);
    // Of the fingerprints in their order, so that it does not matter how a tool sorted the bundle.
    let mut sum = Sha256::new();
    certificates.keys().for_each(|fingerprint| sum.update(fingerprint));
    facts.put(&["digest"], hex(&sum.finalize()), path);
    let now = host.now();
    let expired = certificates.values().filter(|one| one.expires.is_some_and(|time| time < now));
    facts.put(&["expired"], Value::set(expired.map(|one| one.subject.as_str())), path);
    for (fingerprint, certificate) in &certificates {
        certificate.put(&mut facts.at(&[fingerprint]), path);
    }
}

fn added(host: &Host, folder: &str, depth: usize, facts: &mut Scope<'_>) {
    let entries = match host.list(folder) {
        Ok(entries) => entries,
        Err(error) => return facts.unread(&["added"], &error),
    };
    for entry in entries {
        let path = format!("{folder}/{}", entry.name);
        if entry.kind == EntryKind::Folder {
            if depth < DEPTH {
                added(host, &path, depth + 1, facts);
            }
            continue;
        }
        // Debian takes `.crt` only; the others take every file, also in DER.
        let bytes = match host.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                facts.unread(&["added"], &error);
                continue;
            }
        };
        let (mut found, _) = parse(&String::from_utf8_lossy(&bytes));
        if found.is_empty() {
            found.extend(certificate(&bytes));
        }
        for (fingerprint, certificate) in found {
            certificate.put(&mut facts.at(&["added", &fingerprint]), &path);
        }
    }
}

/// The certificates of a text by their fingerprints, and how many are none. Whatever stands between them is a comment.
fn parse(text: &str) -> (BTreeMap<String, Certificate>, usize) {
    let (mut found, mut bad) = (BTreeMap::new(), 0);
    for part in text.split("-----BEGIN CERTIFICATE-----").skip(1).take(CERTIFICATES) {
        let body = part.split("-----END CERTIFICATE-----").next().unwrap_or_default();
        let body: String = body.split_ascii_whitespace().collect();
        match STANDARD.decode(body).ok().as_deref().and_then(certificate) {
            Some((fingerprint, certificate)) => drop(found.insert(fingerprint, certificate)),
            None => bad += 1,
        }
    }
    (found, bad)
}

/// A certificate in DER, and its SHA-256.
fn certificate(der: &[u8]) -> Option<(String, Certificate)> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    let expires = jiff::Timestamp::from_second(certificate.validity().not_after.timestamp()).ok();
    Some((hex(&Sha256::digest(der)), Certificate { subject: certificate.subject().to_string(), expires }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    /// Made with `openssl req -x509 -newkey ed25519 -nodes -days 36500 -subj "/C=CH/O=Example, Ltd/CN=Root One"`.
    const ONE: &str = include_str!("testdata/one.pem");
    /// The same, of an authority that ended in 2001.
    const OLD: &str = include_str!("testdata/old.pem");

    #[test]
    fn a_bundle_says_whom_it_trusts() {
        let bundle = format!("# Root One\n{ONE}{OLD}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let turned = format!("{OLD}\n{ONE}");
        let path = BUNDLES[0];
        let root = Root::new(&[
            (path, bundle.as_str()),
            ("/usr/local/share/ca-certificates/house/own.crt", ONE),
            (CHOICE, "# why\nmozilla/A.crt\n!mozilla/B.crt\n"),
        ]);
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.ca_certificates.{path}")).cloned();
        let one = "dd41a0a1831f2cfa0d31c471dde148fb5a66bd272027a94259ea7c685427ff15";
        assert_eq!(fact("count"), Some(2_u64.into()));
        assert_eq!(fact("expired"), Some(Value::set(["O=Example, CN=Gone"])));
        assert_eq!(fact(&format!("{one}.subject")), Some("C=CH, O=Example, Ltd, CN=Root One".into()));
        assert_eq!(fact(&format!("added.{one}.expires")), fact(&format!("{one}.expires")));
        assert_eq!(fact("struck_out"), Some(Value::set(["mozilla/B.crt"])));
        assert_eq!(facts.problems().len(), 1, "the one that is none");
        let other = Root::new(&[(path, turned.as_str())]).probe(probe);
        assert_eq!(other.get("libraries.ca_certificates.digest"), fact("digest").as_ref());
    }
}
