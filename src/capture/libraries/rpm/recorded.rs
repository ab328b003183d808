//! What support archives recorded of rpm: `rpm -qa` in the formats of sos and insights, and `rpm -V`.

use super::{BASE, Package};
use crate::capture::Facts;
use crate::host::Host;
use crate::model::{Problem, ProblemKind};

/// Where sos links what it recorded to.
const SOS: &str = "/installed-rpms";

/// What `%{ARCH}` can be; `uname -m` of what rpm was built for, and the older x86.
const ARCHITECTURES: &[&str] = &[
    "noarch",
    "x86_64",
    "x86_64_v2",
    "i386",
    "i486",
    "i586",
    "i686",
    "athlon",
    "geode",
    "amd64",
    "ia32e",
    "ia64",
    "aarch64",
    "armv5tel",
    "armv6l",
    "armv6hl",
    "armv7l",
    "armv7hl",
    "armv7hnl",
    "ppc",
    "ppc64",
    "ppc64le",
    "ppc64p7",
    "s390",
    "s390x",
    "riscv64",
    "loongarch64",
    "mips",
    "mipsel",
    "mips64",
    "mips64el",
    "sparc",
    "sparcv9",
    "sparc64",
    "alpha",
    "src",
    "nosrc",
    "(none)",
];

/// The packages of an archive that holds no data base, and where they were recorded.
pub(super) fn packages(host: &Host, facts: &mut Facts) -> Option<(Vec<Package>, String)> {
    let (text, source) = match host.text_up_to(SOS, 32 << 20) {
        Ok(text) => (text, SOS.to_owned()),
        Err(_) => {
            let output = host.recorded_starting("rpm -qa").into_iter().next()?;
            (output.text, output.source)
        }
    };
    let packages = list(&text);
    if packages.is_empty() {
        if let Some(line) = text.lines().find_map(|line| line.trim().strip_prefix("error: ")) {
            facts.problem(BASE, Problem::new(ProblemKind::Failed, format!("{source}: {line}")));
        }
        return None;
    }
    Some((packages, source))
}

/// One package a line: JSON, or `name-version-release.architecture` with perhaps more behind it.
pub(super) fn list(text: &str) -> Vec<Package> {
    text.lines().filter_map(|line| if line.starts_with('{') { of_json(line) } else { of_name(line) }).collect()
}

fn of_json(line: &str) -> Option<Package> {
    let entry: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| entry.get(key).and_then(|value| value.as_str()).filter(|text| *text != "(none)");
    let name = text("name")?;
    let epoch = text("epoch").filter(|epoch| *epoch != "0").map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let source = text("srpm").and_then(super::source_name).filter(|source| *source != name);
    Some(Package {
        name: name.to_owned(),
        version: format!("{epoch}{}-{}", text("version")?, text("release")?),
        architecture: text("arch").map(str::to_owned),
        vendor: text("vendor").map(str::to_owned),
        source: source.map(str::to_owned),
        signed: None,
    })
}

fn of_name(line: &str) -> Option<Package> {
    let word = line.split(char::is_whitespace).next()?;
    let (rest, architecture) = match word.rsplit_once('.') {
        Some((rest, last)) if ARCHITECTURES.contains(&last) => (rest, Some(last).filter(|last| *last != "(none)")),
        // Keys have none, and old formats leave it out.
        _ => (word, None),
    };
    let (rest, release) = rest.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let is_version = |text: &str| !text.is_empty() && !text.ends_with(':');
    if name.is_empty() || !is_version(version) || !is_version(release) {
        return None;
    }
    // sos: `name-version-release.arch  date \t seconds \t vendor \t build host \t ...`
    let vendor = line.split('\t').nth(2).map(str::trim).filter(|text| !text.is_empty() && *text != "(none)");
    Some(Package {
        name: name.to_owned(),
        version: format!("{version}-{release}"),
        architecture: architecture.map(str::to_owned),
        vendor: vendor.map(str::to_owned),
        source: None,
        signed: None,
    })
}

/// `deployments.hand_edits` from `rpm -V`, rpm(8) under "VERIFY OPTIONS": nine marks, what kind of file it is, the path.
pub(super) fn verified(host: &Host, facts: &mut Facts) {
    let outputs = host.recorded_starting("rpm -V").into_iter().chain(host.recorded_starting("rpm -Va"));
    for output in outputs {
        for change in output.text.lines().filter_map(change) {
            let keys = ["deployments", "hand_edits", change.path];
            match change.how {
                How::Changed => facts.put(&keys, "changed", &output.source),
                How::Removed => facts.put(&keys, "removed", &output.source),
                How::Unread => {
                    let detail = format!("{}: rpm could not read it", output.source);
                    facts.problem(&keys, Problem::new(ProblemKind::Denied, detail));
                }
            }
        }
    }
}

/// What `rpm -V` says of a file.
#[derive(Debug, PartialEq, Eq)]
struct Change<'a> {
    path: &'a str,
    how: How,
}

#[derive(Debug, PartialEq, Eq)]
enum How {
    Changed,
    Removed,
    Unread,
}

fn change(line: &str) -> Option<Change<'_>> {
    let at = line.find(" /")?;
    let (marks, path) = (line.get(..at)?, line.get(at + 1..)?);
    let mut words = marks.split_whitespace();
    let (first, kind) = (words.next()?, words.next());
    // Documentation and what a package only reserves may be missing or differ; links and the like have no content.
    if words.next().is_some() || kind.is_some_and(|kind| !matches!(kind, "c")) {
        return None;
    }
    if first == "missing" {
        let path = path.split(" (").next().unwrap_or(path);
        let denied = line.ends_with("(Permission denied)");
        return Some(Change { path, how: if denied { How::Unread } else { How::Removed } });
    }
    let is_marks = (8..=9).contains(&first.len()) && first.bytes().all(|mark| b"SM5DLUGTPC.?".contains(&mark));
    // The third is the digest; a size alone differs only where the digest could not be made.
    match first.as_bytes().get(2).filter(|_| is_marks)? {
        b'5' => Some(Change { path, how: How::Changed }),
        b'?' => Some(Change { path, how: How::Unread }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_verify_say_what_was_done() {
        let told = |line| change(line).map(|change| (change.path, change.how));
        assert_eq!(told("S.5....T.  c /etc/sudoers"), Some(("/etc/sudoers", How::Changed)));
        assert_eq!(told("..?......    /usr/bin/sudo"), Some(("/usr/bin/sudo", How::Unread)));
        assert_eq!(told("missing   c /etc/x y"), Some(("/etc/x y", How::Removed)));
        assert_eq!(
            told("missing     /var/db/sudo/lectured (Permission denied)"),
            Some(("/var/db/sudo/lectured", How::Unread))
        );
        for line in [".M.......  c /etc/sudoers", "S.5....T.  d /usr/share/doc/x", "package sudo is not installed", ""]
        {
            assert_eq!(told(line), None, "{line}");
        }
    }

    #[test]
    fn names_are_cut_from_their_end() {
        let package = |line| of_name(line).map(|p| (p.name, p.version, p.architecture.unwrap_or_default()));
        let cut = |name: &str, version: &str, own: &str| Some((name.to_owned(), version.to_owned(), own.to_owned()));
        assert_eq!(package("gpg-pubkey-0608b895-4bd22942   Sat Aug 29"), cut("gpg-pubkey", "0608b895-4bd22942", ""));
        assert_eq!(package("zisofs-tools-1.0.6-3.2.2.x86_64 x"), cut("zisofs-tools", "1.0.6-3.2.2", "x86_64"));
        assert_eq!(package("gpg-pubkey-a-b.(none)"), cut("gpg-pubkey", "a-b", ""));
        assert_eq!(package("error: cannot open"), None);
        assert_eq!(package("warning: -"), None);
    }
}
