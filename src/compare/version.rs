//! Whose version is newer, and by how much, in the order of the version's own ecosystem.
//!
//! A text that is no valid version of its ecosystem is ordered by the generic rules, which read any text.

mod generic;
mod pep440;
mod rpm;

use crate::model::vocabulary::VersionOrder;
use generic::parts;
use pep440::pep440;
use rpm::rpm;
use std::cmp::Ordering;

/// Longer texts are no versions; this bounds every parser below.
const LONGEST: usize = 256;

/// The first part of two versions that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distance {
    /// Written differently, and yet the same version (`1.01` and `1.1` of rpm).
    None,
    /// Only the packaging differs, or what stands behind the third number.
    Revision,
    /// The third number, a pre-release or a letter.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
    /// The epoch: the numbering itself began anew.
    Epoch,
}

impl Distance {
    /// The word in files and sentences.
    pub fn word(self) -> &'static str {
        match self {
            Distance::None => "none",
            Distance::Revision => "revision",
            Distance::Patch => "patch",
            Distance::Minor => "minor",
            Distance::Major => "major",
            Distance::Epoch => "epoch",
        }
    }
}

/// Whether `a` is older than (`Less`), as old as or newer than `b`.
pub fn compare(order: VersionOrder, a: &str, b: &str) -> Ordering {
    if a.len() > LONGEST || b.len() > LONGEST {
        return crate::base::order::natural(a, b);
    }
    let special = match order {
        VersionOrder::Dpkg => both(a, b, dpkg),
        VersionOrder::Semver => both(a, b, semver),
        VersionOrder::Pep440 => both(a, b, pep440),
        VersionOrder::Rpm => return rpm(a, b),
        VersionOrder::Generic => None,
    };
    special.unwrap_or_else(|| parts(a).compare(parts(b)).0)
}

/// Parses both with one parser and compares; `None` when either is no such version.
fn both<'a, V: Ord>(a: &'a str, b: &'a str, parse: impl Fn(&'a str) -> Option<V>) -> Option<Ordering> {
    Some(parse(a)?.cmp(&parse(b)?))
}

/// The first part in which two versions differ. Of distribution packages the upstream version speaks first, by its
/// numbers; only when it is the same on both sides is it the revision.
pub fn distance(order: VersionOrder, a: &str, b: &str) -> Distance {
    if compare(order, a, b) == Ordering::Equal {
        return Distance::None;
    }
    let packaged = matches!(order, VersionOrder::Dpkg | VersionOrder::Rpm);
    let (x, y) = (split(order, a), split(order, b));
    if compare_digits(x.epoch, y.epoch) != Ordering::Equal {
        return Distance::Epoch;
    }
    let numbers_before = match parts(x.upstream).compare(parts(y.upstream)) {
        (Ordering::Equal, _) => return Distance::Revision,
        (_, numbers) => numbers,
    };
    match numbers_before {
        0 => Distance::Major,
        1 => Distance::Minor,
        2 => Distance::Patch,
        _ if packaged => Distance::Patch,
        _ => Distance::Revision,
    }
}

/// Whether a text reads as a version: it begins with a digit (after a `v` or an epoch) and has a dot or dash behind it.
pub fn looks_like(text: &str) -> bool {
    let text = split(VersionOrder::Dpkg, text).rest;
    let text = text.strip_prefix('v').unwrap_or(text);
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".+~-_:^".contains(&b))
        && text.contains(['.', '-'])
}

/// A version cut at the marks of its ecosystem.
struct Split<'a> {
    epoch: &'a str,
    /// All behind the epoch.
    rest: &'a str,
    /// Without a distribution's own revision.
    upstream: &'a str,
}

fn split(order: VersionOrder, text: &str) -> Split<'_> {
    let (mark, revision) = match order {
        VersionOrder::Dpkg | VersionOrder::Rpm => (':', true),
        VersionOrder::Pep440 => ('!', false),
        VersionOrder::Semver | VersionOrder::Generic => return Split { epoch: "", rest: text, upstream: text },
    };
    let (epoch, rest) = match text.split_once(mark) {
        Some((epoch, rest)) if epoch.bytes().all(|b| b.is_ascii_digit()) => (epoch, rest),
        _ => ("", text),
    };
    let upstream = if revision { rest.rsplit_once('-').map_or(rest, |(upstream, _)| upstream) } else { rest };
    Split { epoch, rest, upstream }
}

/// [deb-version(7)](https://manpages.debian.org/deb-version.7).
fn dpkg(text: &str) -> Option<debversion::Version> {
    text.parse().ok()
}

/// semver.org 2.0, a `v` in front allowed. Build metadata does not order.
fn semver(text: &str) -> Option<SemverKey> {
    semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok().map(SemverKey)
}

struct SemverKey(semver::Version);

impl Ord for SemverKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

impl PartialOrd for SemverKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SemverKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for SemverKey {}

/// Digits that are compared by value, of any length.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Digits<'a>(usize, &'a str);

impl<'a> Digits<'a> {
    fn new(text: &'a str) -> Self {
        let significant = text.trim_start_matches('0');
        Self(significant.len(), significant)
    }
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    Digits::new(a).cmp(&Digits::new(b))
}

#[cfg(test)]
mod tests {
    use super::rpm::rpmvercmp;
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use proptest::prelude::*;

    const ORDERS: [VersionOrder; 5] =
        [VersionOrder::Dpkg, VersionOrder::Rpm, VersionOrder::Semver, VersionOrder::Pep440, VersionOrder::Generic];

    fn sign(ordering: Ordering) -> &'static str {
        match ordering {
            Ordering::Less => "<",
            Ordering::Equal => "==",
            Ordering::Greater => ">",
        }
    }

    #[test]
    fn every_ecosystem_has_its_own_order() {
        use VersionOrder::{Dpkg, Generic, Pep440, Rpm, Semver};
        let table = [
            (Dpkg, "2.31-13+deb11u5", "<", "2.36-9"),
            (Dpkg, "1:1.0-1", ">", "2.0-1"),
            (Dpkg, "1.0~rc1-1", "<", "1.0-1"),
            (Dpkg, "1.0-1", "<", "1.0-1+b1"),
            (Dpkg, "not a version", "<", "1.0"),
            (Rpm, "1.0~rc1-1.el9", "<", "1.0-1.el9"),
            (Rpm, "1:1-1", ">", "99-99"),
            (Semver, "1.0.0-rc.1", "<", "1.0.0"),
            (Semver, "v1.10.0", ">", "1.9.9"),
            (Semver, "1.0.0+a", "==", "1.0.0+b"),
            (Semver, "1.10", ">", "1.9"),
            (Pep440, "1.0.dev1", "<", "1.0a1"),
            (Pep440, "1.0a1", "<", "1.0rc1"),
            (Pep440, "1.0rc1", "<", "1.0"),
            (Pep440, "1.0", "==", "1.0.0"),
            (Pep440, "1.0", "<", "1.0.post1"),
            (Pep440, "1.0", "<", "1.0+local"),
            (Pep440, "1!0.1", ">", "2024.1"),
            (Pep440, "1.0.post1.dev2", "<", "1.0.post1"),
            (Generic, "1.1.1n", "<", "1.1.1w"),
            (Generic, "1.1.1", "<", "1.1.1a"),
            (Generic, "1.0-rc2", "<", "1.0"),
            (Generic, "5.10.0-28-amd64", "<", "6.1.0-18-amd64"),
            (Generic, "6.1.0-9-amd64", "<", "6.1.0-18-amd64"),
            (Generic, "1.0-rc9", "<", "1.0-rc10"),
            (Generic, "1.8.0_292", "<", "1.8.0_302"),
            (Generic, "4294967296.1", "<", "4294967297.1"),
            (Generic, "17.0.9+9", "<", "21"),
        ];
        for (order, a, expected, b) in table {
            assert_eq!(sign(compare(order, a, b)), expected, "{order:?}: {a} and {b}");
            assert_eq!(compare(order, a, b), compare(order, b, a).reverse(), "{order:?}: {a} and {b}");
        }
    }

    #[test]
    fn the_distance_is_the_first_part_that_differs() {
        use VersionOrder::{Dpkg, Generic, Pep440, Rpm, Semver};
        let table = [
            (Dpkg, "2.31-13+deb11u5", "2.36-9", "minor"),
            (Dpkg, "1.1.1w-0+deb11u1", "3.0.11-1", "major"),
            (Dpkg, "2.36-9", "2.36-9+deb12u3", "revision"),
            (Dpkg, "1:2.36-9", "2.36-9", "epoch"),
            (Dpkg, "1.1.1n-1", "1.1.1w-1", "patch"),
            (Dpkg, "2024a-0+deb12u1", "2024b-0+deb12u1", "minor"),
            (Rpm, "5.14.0-70.el9", "5.14.0-362.el9", "revision"),
            (Rpm, "1.01-1", "1.1-1", "none"),
            (Semver, "1.2.3", "1.2.4", "patch"),
            (Semver, "1.2.3-rc.1", "1.2.3", "revision"),
            (Pep440, "2!1.0", "1!1.0", "epoch"),
            (Pep440, "1.0", "1.0.1", "patch"),
            (Generic, "5.10.0-28-amd64", "5.10.0-30-amd64", "revision"),
            (Generic, "v1.2", "2", "major"),
        ];
        for (order, a, b, expected) in table {
            assert_eq!(distance(order, a, b).word(), expected, "{order:?}: {a} and {b}");
        }
    }

    #[test]
    fn fixtures_of_rpm_are_ordered_as_rpm_orders_them() {
        let Some(folder) = fixtures("packages") else { return };
        #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
        let vectors = std::fs::read_to_string(folder.join("rpmver-rpmvercmp")).expect("readable");
        let mut tally = Tally::new("packages/rpmver-rpmvercmp by rpm");
        for line in vectors.lines().filter(|l| !l.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [a, expected, b] = words[..] else { continue };
            tally.check(line, sign(rpmvercmp(a, b)), expected);
        }
        tally.finish();
        #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
        let vectors = std::fs::read_to_string(folder.join("rpmver-compare")).expect("readable");
        let mut tally = Tally::new("packages/rpmver-compare by claircore");
        for line in vectors.lines().filter(|l| !l.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [a, expected, b] = words[..] else { continue };
            tally.check(line, sign(by_parts(a, b)), expected);
        }
        tally.finish();
        #[expect(clippy::disallowed_methods, reason = "a test reads its fixture")]
        let vectors = std::fs::read_to_string(folder.join("rpmver-parse")).expect("readable");
        let mut tally = Tally::new("packages/rpmver-parse by claircore");
        for line in vectors.lines().filter(|l| !l.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('\'')).collect();
            let [whole, name, epoch, version, release, architecture] = words[..] else { continue };
            let (own_name, text, own_architecture) = parts(whole);
            let at = split(VersionOrder::Rpm, text);
            let own_release = at.rest.rsplit_once('-').map_or("", |(_, release)| release);
            let own_epoch = if text.contains(':') { at.epoch } else { "" };
            let (own_name, own_architecture) = (own_name.unwrap_or_default(), own_architecture.unwrap_or_default());
            let own = [own_name, own_epoch, at.upstream, own_release, own_architecture];
            tally.check(line, own.join(" "), [name, epoch, version, release, architecture].join(" "));
        }
        tally.finish();
    }

    /// Name, version and architecture of a package as rpm writes it. The first and the last are facts of their own.
    fn parts(text: &str) -> (Option<&str>, &str, Option<&str>) {
        let cut = text.rsplit_once('.').filter(|(_, end)| ["noarch", "aarch64", "riscv"].contains(end));
        let (text, architecture) = cut.map_or((text, None), |(text, end)| (text, Some(end)));
        let (head, _) = text.rsplit_once('-').expect("a release");
        let name = head.rsplit_once('-').map(|(name, _)| name);
        (name, name.map_or(text, |name| &text[name.len() + 1..]), architecture)
    }

    /// Names and architectures sort as texts, and what has none sorts before.
    fn by_parts(a: &str, b: &str) -> Ordering {
        let ((a_name, a, a_architecture), (b_name, b, b_architecture)) = (parts(a), parts(b));
        a_name.cmp(&b_name).then(compare(VersionOrder::Rpm, a, b)).then(a_architecture.cmp(&b_architecture))
    }

    #[test]
    fn versions_are_told_from_other_text() {
        for text in ["1.0", "v2.3", "5.10.0-28-amd64", "1:8.4p1-5"] {
            assert!(looks_like(text), "{text}");
        }
        for text in ["", "v", "12", "focal", "Debian 12", "12 (bookworm)"] {
            assert!(!looks_like(text), "{text}");
        }
    }

    #[test]
    fn orders_are_transitive() {
        let texts = [
            "1",
            "1.0",
            "1.0a",
            "1.0-rc1",
            "1.0.1",
            "v1.0",
            "1.0+b",
            "1-2",
            "2024a",
            "1:2",
            "a",
            "1.a",
            "6.1.0-9-amd64",
            "6.1.0-18-amd64",
            "6.1.0",
            "1.1.1w",
            "99999999999.1",
            "1.0_1",
            "1.0~b",
        ];
        let less = |x: &str, y: &str| compare(VersionOrder::Generic, x, y).is_lt();
        for a in texts {
            for b in texts.iter().filter(|b| less(a, b)) {
                for c in texts.iter().filter(|c| less(b, c)) {
                    assert!(less(a, c), "{a} < {b} < {c}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_orders_are_antisymmetric(a in any::<String>(), b in "[0-9a-z.:~^+!-]{0,12}", c in "[0-9a-z.:~^+!-]{0,12}") {
            for order in ORDERS {
                let _ = distance(order, &a, &b);
                prop_assert_eq!(compare(order, &a, &b), compare(order, &b, &a).reverse());
                prop_assert_eq!(compare(order, &c, &b), compare(order, &b, &c).reverse());
            }
        }
    }
}
