//! The order of rpm.

use super::{compare_digits, split};
use crate::model::vocabulary::VersionOrder;
use std::cmp::Ordering;

/// `[epoch:]version[-release]` of rpm, each part by [`rpmvercmp`].
pub(super) fn rpm(a: &str, b: &str) -> Ordering {
    let cut = |text| {
        let at = split(VersionOrder::Rpm, text);
        (at.epoch, at.upstream, at.rest.rsplit_once('-').map(|(_, release)| release))
    };
    let ((a_epoch, a_version, a_release), (b_epoch, b_version, b_release)) = (cut(a), cut(b));
    compare_digits(a_epoch, b_epoch).then_with(|| rpmvercmp(a_version, b_version)).then_with(|| {
        match (a_release, b_release) {
            (Some(a), Some(b)) => rpmvercmp(a, b),
            // A version without a release stands for any release of it.
            _ => Ordering::Equal,
        }
    })
}

/// The order of rpm's `rpmio/rpmvercmp.c`: runs of digits and of letters, what stands between them ignored; `~` sorts
/// before the end, `^` just behind it.
pub(super) fn rpmvercmp(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a.as_bytes(), b.as_bytes());
    let separator = |c: &u8| !c.is_ascii_alphanumeric() && *c != b'~' && *c != b'^';
    loop {
        x = &x[x.iter().take_while(|c| separator(c)).count()..];
        y = &y[y.iter().take_while(|c| separator(c)).count()..];
        match (x.first(), y.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => (x, y) = (&x[1..], &y[1..]),
            (Some(b'~'), _) | (None, Some(b'^')) => return Ordering::Less,
            (_, Some(b'~')) | (Some(b'^'), None) => return Ordering::Greater,
            (Some(b'^'), Some(_)) => return Ordering::Less,
            (Some(_), Some(b'^')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(p), Some(q)) => {
                let numeric = p.is_ascii_digit();
                if numeric != q.is_ascii_digit() {
                    return if numeric { Ordering::Greater } else { Ordering::Less };
                }
                let (m, rest_x) = run(x, numeric);
                let (n, rest_y) = run(y, numeric);
                let key = |r: &[u8]| {
                    let zeros = if numeric { r.iter().take_while(|c| **c == b'0').count() } else { 0 };
                    (if numeric { r.len() - zeros } else { 0 }, r[zeros..].to_vec())
                };
                match key(m).cmp(&key(n)) {
                    Ordering::Equal => (x, y) = (rest_x, rest_y),
                    unequal => return unequal,
                }
            }
        }
    }
}

/// The run of digits or of letters in front, and what follows it.
fn run(text: &[u8], numeric: bool) -> (&[u8], &[u8]) {
    let belongs = |c: &&u8| if numeric { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
    text.split_at(text.iter().take_while(belongs).count())
}
