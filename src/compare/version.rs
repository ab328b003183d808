//! Whose version is newer, by the rules of its ecosystem, and how far apart two are.

use crate::model::vocabulary::VersionOrder;
use std::cmp::Ordering;

/// Longer texts are no versions: they are ordered as plain text.
const LONGEST: usize = 256;

/// The most significant part in which two versions differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// They are of the same rank.
    None,
    /// The numbering itself began anew (deb-version(7), rpm).
    Epoch,
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// The third number.
    Patch,
    /// Anything behind: a distribution's own revision, a build, a pre-release.
    Revision,
}

impl Distance {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Distance::None => "none",
            Distance::Epoch => "epoch",
            Distance::Major => "major",
            Distance::Minor => "minor",
            Distance::Patch => "patch",
            Distance::Revision => "revision",
        }
    }
}

/// Orders two versions. A text that is no version of the named ecosystem is ordered by the generic rules, in which
/// numbers are compared as numbers. PEP 440 is ordered by them too, with its pre-releases before the release.
pub fn compare(order: VersionOrder, a: &str, b: &str) -> Ordering {
    if a.len().max(b.len()) > LONGEST {
        return crate::base::order::natural(a, b);
    }
    match order {
        VersionOrder::Dpkg => dpkg(a, b).unwrap_or_else(|| generic(a, b)),
        VersionOrder::Rpm => rpm(a, b),
        VersionOrder::Semver => match (semver::Version::parse(bare(a)), semver::Version::parse(bare(b))) {
            (Ok(a), Ok(b)) => a.cmp_precedence(&b),
            _ => generic(a, b),
        },
        VersionOrder::Pep440 | VersionOrder::Generic => generic(a, b),
    }
}

/// How far apart two versions are.
pub fn distance(order: VersionOrder, a: &str, b: &str) -> Distance {
    if compare(order, a, b) == Ordering::Equal {
        return Distance::None;
    }
    let ((epoch_a, a), (epoch_b, b)) = (epoch(a), epoch(b));
    if epoch_a != epoch_b {
        return Distance::Epoch;
    }
    let (a, b) = (numbers(bare(a)), numbers(bare(b)));
    let at = |i: usize| (a.get(i).copied().unwrap_or("0"), b.get(i).copied().unwrap_or("0"));
    let differs = |i: usize| {
        let (a, b) = at(i);
        crate::base::order::natural(a.trim_start_matches('0'), b.trim_start_matches('0')) != Ordering::Equal
    };
    match (0..3).find(|i| differs(*i)) {
        Some(0) => Distance::Major,
        Some(1) => Distance::Minor,
        Some(2) => Distance::Patch,
        _ => Distance::Revision,
    }
}

/// Whether a text reads as a version: it begins with a digit (after a `v` or an epoch) and has a dot or dash behind it.
pub fn looks_like(text: &str) -> bool {
    let text = bare(epoch(text).1);
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".+~-_:^".contains(&b))
        && text.contains(['.', '-'])
}

fn bare(text: &str) -> &str {
    text.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text)
}

/// The epoch, 0 where none is written, and the rest.
fn epoch(text: &str) -> (u64, &str) {
    match text.split_once(':') {
        Some((epoch, rest)) => epoch.parse().map_or((0, text), |epoch| (epoch, rest)),
        None => (0, text),
    }
}

/// The leading numbers of a version, parted by dots, dashes or letters; a distribution's revision is none of them.
fn numbers(text: &str) -> Vec<&str> {
    let upstream = text.split(['-', '+', '~', '^']).next().unwrap_or(text);
    upstream.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).take(3).collect()
}

fn dpkg(a: &str, b: &str) -> Option<Ordering> {
    let a: debversion::Version = a.parse().ok()?;
    let b: debversion::Version = b.parse().ok()?;
    Some(a.cmp(&b))
}

fn generic(a: &str, b: &str) -> Ordering {
    match (versions::Versioning::new(bare(a)), versions::Versioning::new(bare(b))) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => crate::base::order::natural(a, b),
    }
}

/// rpm's order of `epoch:version-release`, by rpmvercmp of each part.
fn rpm(a: &str, b: &str) -> Ordering {
    let ((epoch_a, a), (epoch_b, b)) = (epoch(a), epoch(b));
    let parts = |text: &str| -> (String, Option<String>) {
        match text.split_once('-') {
            Some((version, release)) => (version.to_owned(), Some(release.to_owned())),
            None => (text.to_owned(), None),
        }
    };
    let ((version_a, release_a), (version_b, release_b)) = (parts(a), parts(b));
    epoch_a.cmp(&epoch_b).then_with(|| rpmvercmp(&version_a, &version_b)).then_with(|| match (release_a, release_b) {
        (Some(a), Some(b)) => rpmvercmp(&a, &b),
        // A version without a release stands for any release of it.
        _ => Ordering::Equal,
    })
}

/// rpm's own comparison of one part (rpm-version(7)): runs of digits and of letters in turn; `~` sorts before
/// everything, even the end, and `^` after the end but before anything else.
fn rpmvercmp(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let plain = |c: &u8| c.is_ascii_alphanumeric() || *c == b'~' || *c == b'^';
    loop {
        a = &a[a.iter().position(plain).unwrap_or(a.len())..];
        b = &b[b.iter().position(plain).unwrap_or(b.len())..];
        match (a.first(), b.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                (a, b) = (&a[1..], &b[1..]);
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (Some(b'^'), None) => return Ordering::Greater,
            (None, Some(b'^')) => return Ordering::Less,
            (Some(b'^'), _) => return Ordering::Less,
            (_, Some(b'^')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) => {
                let digits = x.is_ascii_digit();
                // A number is newer than a word.
                if digits != y.is_ascii_digit() {
                    return if digits { Ordering::Greater } else { Ordering::Less };
                }
                let run = |text: &[u8]| {
                    let of_kind = |c: &u8| if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
                    text.iter().take_while(|c| of_kind(c)).count()
                };
                let (m, n) = (run(a), run(b));
                let ordering = if digits {
                    let significant = |run: &[u8]| run.iter().take_while(|c| **c == b'0').count();
                    let (x, y) = (&a[significant(&a[..m])..m], &b[significant(&b[..n])..n]);
                    x.len().cmp(&y.len()).then_with(|| x.cmp(y))
                } else {
                    a[..m].cmp(&b[..n])
                };
                if ordering != Ordering::Equal {
                    return ordering;
                }
                (a, b) = (&a[m..], &b[n..]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn each_ecosystem_orders_its_own_way() {
        use VersionOrder::{Dpkg, Generic, Pep440, Rpm, Semver};
        for (order, a, b, expected) in [
            (Dpkg, "2.31-13+deb11u5", "2.36-9+deb12u4", Less),
            (Dpkg, "1:1.0", "2.0", Greater),
            (Dpkg, "1.0~rc1", "1.0", Less),
            (Rpm, "1.0~rc1", "1.0", Less),
            (Rpm, "1.0^git1", "1.0", Greater),
            (Rpm, "1.0^git1", "1.0.1", Less),
            (Rpm, "2:1.0-3.el8", "1.0-4.el8", Greater),
            (Rpm, "1.05", "1.5", Equal),
            (Rpm, "1.a", "1.1", Less),
            (Semver, "v1.2.3", "1.2.3-rc.1", Greater),
            (Generic, "1.10", "1.9", Greater),
            (Generic, "9f", "9e", Greater),
            (Pep440, "3.11.2", "3.9.18", Greater),
        ] {
            assert_eq!(compare(order, a, b), expected, "{order:?} {a} {b}");
        }
    }

    #[test]
    fn the_distance_is_that_of_the_first_number_that_differs() {
        use VersionOrder::{Dpkg, Generic};
        for (order, a, b, expected) in [
            (Dpkg, "1.1.1w-0+deb11u1", "3.0.11-1~deb12u2", Distance::Major),
            (Dpkg, "2.31-13+deb11u5", "2.36-9+deb12u4", Distance::Minor),
            (Dpkg, "3.0.11-1", "3.0.13-1", Distance::Patch),
            (Dpkg, "3.0.11-1~deb12u1", "3.0.11-1~deb12u2", Distance::Revision),
            (Dpkg, "1:8.4p1-5", "8.4p1-5", Distance::Epoch),
            (Dpkg, "5-1", "5-1", Distance::None),
            (Generic, "6.1.0-18-amd64", "5.10.0-28-amd64", Distance::Major),
        ] {
            assert_eq!(distance(order, a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn rpm_agrees_with_its_own_vectors() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/fixtures/packages/rpmver-rpmvercmp");
        #[allow(clippy::disallowed_methods, reason = "a test reads its vectors")]
        let Ok(text) = std::fs::read_to_string(file) else {
            println!("skipped: no file of rpm's vectors beside the checkout");
            return;
        };
        let mut seen = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [a, sign, b] = words[..] else { continue };
            let expected = match sign {
                "<" => Less,
                ">" => Greater,
                _ => Equal,
            };
            assert_eq!(rpmvercmp(a, b), expected, "{line}");
            seen += 1;
        }
        assert!(seen > 20, "the vectors are of another form: {seen} read");
        println!("{seen} vectors");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_sides_mirror(a in "[0-9a-z.:~^+-]{0,12}", b in "[0-9a-z.:~^+-]{0,12}") {
            for order in [VersionOrder::Dpkg, VersionOrder::Rpm, VersionOrder::Semver, VersionOrder::Generic] {
                prop_assert_eq!(compare(order, &a, &b), compare(order, &b, &a).reverse());
                distance(order, &a, &b);
            }
        }
    }
}
