//! `deployments.hand_edits` of packages of rpm: files marked `%config` whose digest is no longer the shipped one.

use super::header::{Header, tag};
use crate::capture::Facts;
use crate::host::{Host, ReadError};
use md5::{Digest as _, Md5};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use std::collections::BTreeMap;
use std::fmt::Write;

/// As for dpkg's.
const CAP: u64 = 8 << 20;

/// The most configuration files that are compared: a large server has 2,000.
const FILES: usize = 50_000;

/// `rpmfileAttrs`, `rpmfiles.h`.
const CONFIG: u32 = 1;
const MISSING_OK: u32 = 1 << 3;
const GHOST: u32 = 1 << 6;

/// By path, the digests that packages shipped it with, each with the number of its algorithm; whether it may be missing.
#[derive(Debug, Default)]
pub(super) struct ConfigFiles(BTreeMap<String, (Vec<(u32, String)>, bool)>);

impl ConfigFiles {
    /// Takes the configuration files of a package that are in place: those that another architecture's twin replaced, or
    /// that were left out when it was installed, have another state than 0.
    pub(super) fn add(&mut self, header: &Header<'_>) {
        if !header.numbers(tag::FILE_FLAGS).any(|flags| flags & CONFIG != 0) {
            return;
        }
        // RPMTAG_FILEDIGESTALGO is left out for MD5.
        let algorithm = header.number(tag::FILE_DIGEST_ALGORITHM).unwrap_or(1);
        let folders: Vec<&str> = header.texts(tag::DIR_NAMES).collect();
        let mut states = header.numbers(tag::FILE_STATES);
        let names = header.texts(tag::BASE_NAMES).zip(header.numbers(tag::DIR_INDEXES));
        let kinds = header.numbers(tag::FILE_FLAGS).zip(header.numbers(tag::FILE_MODES));
        for (((name, folder), (flags, mode)), digest) in names.zip(kinds).zip(header.texts(tag::FILE_DIGESTS)) {
            let is_in_place = states.next().unwrap_or(0) == 0;
            let is_file = mode & 0o17_0000 == 0o10_0000;
            let is_config = flags & CONFIG != 0 && flags & GHOST == 0;
            let Some(folder) = folders.get(folder as usize) else { continue };
            if is_in_place && is_file && is_config && !digest.is_empty() && self.0.len() < FILES {
                let entry = self.0.entry(format!("{folder}{name}")).or_default();
                entry.0.push((algorithm, digest.to_ascii_lowercase()));
                entry.1 |= flags & MISSING_OK != 0;
            }
        }
    }

    /// Compares them with what is there.
    pub(super) fn compare(&self, host: &Host, source: &str, facts: &mut Facts) {
        let mut facts = facts.at(&["deployments", "hand_edits"]);
        for (path, (shipped, may_be_missing)) in &self.0 {
            match host.read_up_to(path, CAP) {
                Ok(bytes) => {
                    let is_shipped = |(algorithm, known): &(u32, String)| {
                        digest(*algorithm, &bytes).is_none_or(|digest| digest == *known)
                    };
                    if !shipped.iter().any(is_shipped) {
                        facts.put(&[path], "changed", source);
                    }
                }
                // An archive holds some files only.
                Err(error) if error.is_missing() => {
                    if !may_be_missing && !host.is_archive() {
                        facts.put(&[path], "removed", source);
                    }
                }
                Err(ReadError::NotAFile(_)) => facts.put(&[path], "changed", source),
                Err(error) => facts.unread(&[path], &error),
            }
        }
    }
}

/// The digest by the number that OpenPGP gives its algorithm (RFC 9580, 9.5); SHA-1 was never a default of rpm.
fn digest(algorithm: u32, bytes: &[u8]) -> Option<String> {
    match algorithm {
        1 => Some(hex(&Md5::digest(bytes))),
        8 => Some(hex(&Sha256::digest(bytes))),
        9 => Some(hex(&Sha384::digest(bytes))),
        10 => Some(hex(&Sha512::digest(bytes))),
        11 => Some(hex(&Sha224::digest(bytes))),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
