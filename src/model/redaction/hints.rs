//! Whether a line can name a secret at all, before any pattern looks at it.

use super::names::{ACCOUNTS, ENDS, HINTING, KEYS, PAIRS, TAILS, runs_together};

/// Longer names are looked at in pieces, which may begin within a word.
const LONGEST: usize = 100;

/// Whether any part of a line can be a name that [`names_secret`](super::names_secret), or one that hints at a secret and has
/// beside it what looks drawn at random. Of what this says no to the rules find nothing; it says yes far more often than
/// they find something.
pub(super) fn may_name(line: &str) -> bool {
    // Letters beyond ASCII part words for patterns, and not for names.
    if !line.is_ascii() {
        return true;
    }
    let is_random = std::cell::OnceCell::new();
    let mut before: &[u8] = b"";
    let mut name = 0;
    for piece in line.as_bytes().split_inclusive(|byte| !byte.is_ascii_alphanumeric()) {
        let (run, parted) = match piece.split_last() {
            Some((last, run)) if !last.is_ascii_alphanumeric() => (run, Some(*last)),
            _ => (piece, None),
        };
        name += piece.len();
        if name > LONGEST {
            return true;
        }
        if !parted.is_some_and(|byte| matches!(byte, b'_' | b'.' | b'-' | b'$')) {
            name = 0;
        }
        // `clientSecret` is two words, and `clientsecret` one.
        for word in run.chunk_by(|a, b| !(a.is_ascii_lowercase() && b.is_ascii_uppercase())) {
            if ends_secret(word, before)
                || (hints(word) && *is_random.get_or_init(|| may_be_random(line.as_bytes())))
                || (parted == Some(b'=') && is_one_of(word, ACCOUNTS) && line.contains(':'))
            {
                return true;
            }
            before = word;
        }
    }
    false
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(word))
}

/// Whether a word, with the one before it, can be the last of a name of a secret.
fn ends_secret(word: &[u8], before: &[u8]) -> bool {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let word = word.get(..word.len() - digits).unwrap_or_default();
    let ends = |tail: &&str| {
        word.len().checked_sub(tail.len()).and_then(|from| word.get(from..)).is_some_and(|end| is_one_of(end, &[tail]))
    };
    is_one_of(word, ENDS)
        || TAILS.iter().any(ends)
        || runs_together(word)
        || (is_one_of(word, &["key", "keys"]) && is_one_of(before, KEYS))
        || PAIRS.iter().any(|(first, last)| is_one_of(before, &[first]) && is_one_of(word, &[last]))
        || is_one_of(word, &["cookie"])
}

fn hints(word: &[u8]) -> bool {
    is_one_of(word, HINTING)
}

/// Whether something stands in a line that is long enough to have been drawn at random, with a digit in it.
fn may_be_random(line: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-.~!@#%^&*".contains(byte);
    let mut runs = line.split(|byte| !is_plain(byte));
    runs.any(|run| run.len() >= SHORTEST && run.iter().any(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redaction::names::{hints_secret, names_secret};

    #[test]
    fn every_name_of_a_secret_is_seen_and_prose_is_not() {
        for name in [
            "password",
            "PGPASSWORD",
            "clientSecret",
            "AWS_SECRET_ACCESS_KEY",
            "cloud.auth",
            "set-cookie",
            "password_sha256_hex",
            "userPin2",
            "aws_access_id",
            "api_key_prod",
            "ldap_default_authtok",
        ] {
            assert!(names_secret(name) && may_name(&format!("  \"{name}\": x")), "{name}");
        }
        let random = "bP88Qrrc9cYjzzOhg1Hnn76Wm";
        assert!(hints_secret("auth_salt") && may_name(&format!("auth_salt = {random}")));
        assert!(may_name("é_pw = x"), "not judged here");
        assert!(may_name(&format!("{}_x = 1", "a".repeat(200))), "not judged here");
        for line in [
            "# Authentication is done by the host",
            "keyboard = de",
            "passive_mode: yes",
            "access_log /var/log/access.log",
        ] {
            assert!(!may_name(line), "{line}");
        }
    }
}
