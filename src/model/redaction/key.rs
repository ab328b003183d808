//! The key under which hidden values stay comparable.

use std::fmt;

/// What a key file begins with, before the key itself.
const FORM: &str = "driftglass-redaction-key-1";

/// How much of the keyed hash is kept: enough that no two secrets of an environment meet by chance.
const HASH_BYTES: usize = 8;
/// How much of the key's own hash names it.
const ID_BYTES: usize = 4;

/// A random key that the environments of one comparison project share. Equal secrets give equal marks under one key;
/// without it a mark can neither be looked up nor tried. Whoever holds the key can try guesses.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    bytes: [u8; 32],
    id: String,
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing but blanks and comments.
    #[error("there is no key in it")]
    Empty,
    /// Something else than a key file.
    #[error("a key is one line, `{FORM}:` and 64 hexadecimal digits")]
    Form,
    /// More than one line that is no comment.
    #[error("there is more than one key in it")]
    Many,
    /// A key that nobody drew at random.
    #[error("all digits of the key are the same: it was not drawn at random")]
    Weak,
}

impl Key {
    /// A key of these bytes, which are to be drawn from the system's random numbers.
    pub fn new(bytes: [u8; 32]) -> Self {
        let id = hex(&blake3::derive_key("driftglass 2026 name of a redaction key", &bytes), ID_BYTES);
        Self { bytes, id }
    }

    /// Reads a key file: comments after `#`, blank lines, one key.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let line = lines.next().ok_or(KeyError::Empty)?;
        let digits = line.strip_prefix(FORM).and_then(|rest| rest.strip_prefix(':')).ok_or(KeyError::Form)?.trim();
        let bytes = blake3::Hash::from_hex(digits).map_err(|_| KeyError::Form)?;
        if lines.next().is_some() {
            return Err(KeyError::Many);
        }
        let bytes = *bytes.as_bytes();
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(KeyError::Weak);
        }
        Ok(Self::new(bytes))
    }

    /// The text of a key file.
    pub fn to_file(&self) -> String {
        format!(
            "# A key of driftglass, to hide secrets so that equal ones still compare as equal. Give the same file to every\n\
             # capture of one comparison project, and to nobody else: who has it can try guesses at what it hides.\n\
             # Its name in snapshots is {}.\n{FORM}:{}\n",
            self.id,
            blake3::Hash::from_bytes(self.bytes).to_hex()
        )
    }

    /// The name of the key: eight hexadecimal digits that say nothing of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The hash of a secret under this key.
    pub(super) fn hash(&self, secret: &str) -> String {
        hex(blake3::keyed_hash(&self.bytes, secret.as_bytes()).as_bytes(), HASH_BYTES)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

fn hex(bytes: &[u8], length: usize) -> String {
    bytes.iter().take(length).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_is_read_back() {
        let key = Key::new([7; 32].map(|n: u8| n).map(|n| n.wrapping_mul(3)));
        assert_eq!(Key::parse(&key.to_file()), Err(KeyError::Weak));
        let key = Key::new(std::array::from_fn(|n| n as u8));
        assert_eq!(Key::parse(&key.to_file()), Ok(key.clone()));
        assert_eq!((key.id().len(), key.hash("hunter2").len()), (8, 16));
        assert_eq!(format!("{key:?}"), format!("Key({})", key.id()));
        assert_ne!(key.hash("hunter2"), key.hash("hunter3"));
        assert_ne!(key.hash("hunter2"), Key::new([9; 32]).hash("hunter2"));
    }

    #[test]
    fn what_is_no_key_says_why() {
        assert_eq!(Key::parse("# nothing\n\n"), Err(KeyError::Empty));
        assert_eq!(Key::parse("hunter2"), Err(KeyError::Form));
        assert_eq!(Key::parse("driftglass-redaction-key-1:00"), Err(KeyError::Form));
        let file = Key::new(std::array::from_fn(|n| n as u8)).to_file();
        assert_eq!(Key::parse(&format!("{file}{file}")), Err(KeyError::Many));
    }
}
