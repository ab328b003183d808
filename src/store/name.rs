//! Names of stored files: `<label>@<time>.json.zst`, with a number where two would be one.

use jiff::Timestamp;

/// The ending of what is saved.
const ENDING: &str = ".json.zst";
/// Endings of what may be put there by hand, longest first.
const ENDINGS: [&str; 3] = [ENDING, ".json.gz", ".json"];
/// The time as it stands in a name: RFC 3339 without the colons, which other systems and scp(1) take for their own.
const TIME: &str = "%Y-%m-%dT%H%M%S%.3fZ";
/// The most of an encoded label that a name keeps, in bytes: file names end at 255.
const LABEL_BYTES: usize = 160;

/// What a file name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) label: String,
    pub(super) time: Timestamp,
    pub(super) number: u32,
}

impl Name {
    pub(super) fn parse(file: &str) -> Option<Self> {
        let stem = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending))?;
        // The encoded label has no `@`.
        let (label, rest) = stem.split_once('@')?;
        let (time, number) = match rest.split_once('+') {
            Some((time, number)) => (time, number.parse().ok()?),
            None => (rest, 0),
        };
        let time = jiff::civil::DateTime::strptime("%Y-%m-%dT%H%M%S%.fZ", time).ok()?;
        Some(Self { label: decode(label)?, time: time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(), number })
    }

    pub(super) fn file(&self) -> String {
        self.with_ending(ENDING)
    }

    pub(super) fn with_ending(&self, ending: &str) -> String {
        let number = if self.number == 0 { String::new() } else { format!("+{}", self.number) };
        format!("{}@{}{number}{ending}", encode(&self.label), self.time.strftime(TIME))
    }
}

/// The name that the store keeps a label under: the label itself, unless it is empty or too long for a file name. Two
/// long labels with one beginning stay apart.
pub(super) fn kept(label: &str) -> String {
    if label.is_empty() {
        return "unnamed".to_owned();
    }
    if label.len() <= LABEL_BYTES && encode(label).len() <= LABEL_BYTES {
        return label.to_owned();
    }
    let digest = blake3::hash(label.as_bytes()).to_hex();
    let mut out = String::new();
    let mut used = 0;
    for c in label.chars() {
        used += encode(c.encode_utf8(&mut [0; 4])).len();
        if used > LABEL_BYTES - 10 {
            break;
        }
        out.push(c);
    }
    format!("{out}..{}", &digest[..8])
}

/// Percent-encodes all that a file system, a shell or a reference could take for more than a letter.
fn encode(label: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(label.len());
    for (i, byte) in label.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_') || (matches!(byte, b'.' | b'-') && i > 0);
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The label of an encoded one; `None` for what [`encode`] cannot have written.
fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            plain => plain,
        });
    }
    let label = String::from_utf8(bytes).ok()?;
    (encode(&label) == encoded && !label.is_empty()).then_some(label)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_read_well() {
        let time = "2026-01-31T12:00:00.25Z".parse().expect("a time");
        let name = Name { label: "staging-2".to_owned(), time, number: 0 };
        assert_eq!(name.file(), "staging-2@2026-01-31T120000.250Z.json.zst");
        let name = Name { label: "../a@b".to_owned(), time, number: 3 };
        assert_eq!(name.file(), "%2E.%2Fa%40b@2026-01-31T120000.250Z+3.json.zst");
        for foreign in ["staging.json", "@2026-01-31T120000Z.json", "a@2026-01-31.json", "a@2026-01-31T120000Z.txt"] {
            assert_eq!(Name::parse(foreign), None, "{foreign}");
        }
        assert!(Name::parse("a@2026-01-31T120000Z.json").is_some());
    }

    proptest! {
        #[test]
        fn every_label_survives_as_one_plain_file_name(label in any::<String>(), number in 0u32..3, ms in 0i64..2_000_000_000_000) {
            let name = Name { label: kept(&label), time: Timestamp::from_millisecond(ms).expect("a time"), number };
            let file = name.file();
            prop_assert!(file.len() < 230 && !file.contains('/') && !file.starts_with(['.', '-']));
            prop_assert_eq!(kept(&name.label), name.label.clone());
            prop_assert_eq!(Name::parse(&file), Some(name));
        }

        #[test]
        fn long_labels_are_cut_and_stay_apart(tail in "[é/]{1,300}") {
            let (a, b) = (kept(&format!("{}a{tail}", "x".repeat(200))), kept(&format!("{}b{tail}", "x".repeat(200))));
            prop_assert_ne!(&a, &b);
            prop_assert!(encode(&a).len() <= LABEL_BYTES);
        }

        #[test]
        fn any_file_name_is_read_without_harm(file in any::<String>()) {
            if let Some(name) = Name::parse(&file) {
                prop_assert!(!name.label.is_empty());
            }
        }
    }
}
