//! What a text looks like: made by a machine, written to show a shape, or a word.

/// Whether a credential was written to show its shape (`AKIAXXXXXXXXXXXXXXXX`, `<password>`) or stands for a variable.
pub(super) fn is_example(secret: &[u8]) -> bool {
    let holds = |pair: &[u8]| secret.windows(pair.len()).any(|two| two == pair);
    // A variable begins as a crypt(5) hash does, but has no second dollar sign soon.
    let is_hash = secret.starts_with(b"$") && secret.iter().skip(1).take(20).any(|byte| *byte == b'$');
    if secret.first().is_some_and(|first| b"$<{%[*".contains(first)) && !is_hash && !secret.starts_with(b"{S")
        || holds(b"${")
        || holds(b"{{")
        || [&b"####"[..], b"****", b"xxxx", b"XXXX"].iter().any(|filler| holds(filler))
        || holds(b"...")
    {
        return true;
    }
    // The commonest character makes most of it: filled up by hand.
    let most = counts(secret).into_iter().max().unwrap_or(0) as usize;
    secret.len() >= 12 && most * 2 > secret.len()
}

/// As [`is_example`], for what has the form of a credential and is too regular or too wordy to be one.
pub(super) fn is_sample(body: &[u8]) -> bool {
    if is_example(body) {
        return true;
    }
    let lower = body.to_ascii_lowercase();
    let holds = |part: &[u8]| lower.windows(part.len()).any(|window| window == part);
    let is_spelt =
        [&b"example"[..], b"abcdefghijklm", b"1234567890ab", b"123456789012345", b"placeholder", b"changeme"]
            .iter()
            .any(|part| holds(part))
            || lower.ends_with(b"here");
    // Long ones, as JSON in base64, repeat themselves in places.
    body.len() < 80 && is_spelt || (body.len() >= 16 && bits(body) < 2.5)
}

/// Whether what follows says that the rest was left out.
pub(super) fn is_cut(rest: &[u8]) -> bool {
    rest.starts_with(b"...") || rest.starts_with(b"***") || rest.starts_with(b"###")
}

/// Shannon's entropy of the characters, in bits each.
pub(super) fn bits(text: &[u8]) -> f64 {
    let length = text.len().max(1) as f64;
    let used = counts(text).into_iter().filter(|count| *count > 0);
    used.map(|count| f64::from(count) / length).map(|share| -share * share.log2()).sum()
}

fn counts(text: &[u8]) -> [u32; 256] {
    let mut counts = [0_u32; 256];
    for byte in text {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    counts
}

/// Whether a value looks drawn at random: long enough, of letters and digits, without the shape of a path, a host's name,
/// an address, an identifier or words.
pub(super) fn is_random(value: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    let is_plain = value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.~!@#%^&*".contains(b));
    value.len() >= 16
        && is_plain
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !is_uuid(value)
        && !is_dotted(value)
        && !value.starts_with(b"/")
        && !is_wordy(value)
        && !is_sample(value)
        && bits(value) >= 3.0
}

/// Whether a value is the name of a variable, as manuals put it where the value goes: `ACCESS_TOKEN`.
pub(super) fn is_variable(value: &[u8]) -> bool {
    value.contains(&b'_') && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
}

/// `dafa7817-e246-48f3-91a7-e87653d587b8`, RFC 9562.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b'-');
    let is_hex = |part: Option<&[u8]>, length: usize| {
        part.is_some_and(|part| part.len() == length && part.iter().all(u8::is_ascii_hexdigit))
    };
    [8, 4, 4, 4, 12].into_iter().all(|length| is_hex(parts.next(), length)) && parts.next().is_none()
}

/// Names of hosts and files, versions, addresses: short pieces between dots.
fn is_dotted(value: &[u8]) -> bool {
    let pieces = value.split(|b| *b == b'.');
    value.contains(&b'.') && pieces.clone().count() >= 2 && pieces.clone().all(|piece| piece.len() <= 24)
}

/// Words between `-`, `_` and `/`, as names of things have them; a number may stand among them.
pub(super) fn is_wordy(value: &[u8]) -> bool {
    let pieces: Vec<&[u8]> = value.split(|b| matches!(b, b'-' | b'_' | b'/')).filter(|p| !p.is_empty()).collect();
    let is_word = |piece: &&&[u8]| {
        let letters = piece.iter().filter(|b| b.is_ascii_alphabetic()).count();
        letters == piece.len() || letters == 0
    };
    pieces.len() >= 2 && pieces.iter().filter(is_word).count() * 3 >= pieces.len() * 2
}

/// A short word, or several with `-`, `_`, `.` or `/` between: small letters only.
pub(super) fn is_name(value: &[u8]) -> bool {
    let pieces = || value.split(|b| matches!(b, b'-' | b'_' | b'.' | b'/'));
    pieces().all(|piece| !piece.is_empty() && piece.iter().all(u8::is_ascii_lowercase))
        && (pieces().count() > 1 || value.len() < 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_at_random_looks_so() {
        for random in
            ["bP88Qrrc9cYjzzOhg1Hnn76Wm", "dafa7817e24648f391a7e87653d587b8", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY"]
        {
            assert!(is_random(random.as_bytes()), "{random}");
        }
        for plain in [
            "dafa7817-e246-48f3-91a7-e87653d587b8",
            "db1.stage.example.net",
            "/etc/ssl/private/key1.pem",
            "cmp2-qat-1208358310",
            "projects/shop-7/keys/main",
            "aaaaaaaaaaaaaaaaaaaa1",
            "short1",
        ] {
            assert!(!is_random(plain.as_bytes()), "{plain}");
        }
    }
}
