//! The path of a fact: its identity everywhere, written as a TOML dotted key.

use crate::base::order::natural;
use compact_str::CompactString;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A key of a path. Nearly all have at most 24 bytes and stand in the path itself: a path is one allocation, not one for
/// every key.
pub type Segment = CompactString;

/// Where a fact stands: the keys from the top of the tree to it. The empty path is the top itself.
///
/// Written as a [TOML dotted key](https://toml.io/en/v1.0.0#keys): `libraries.packages.dpkg."python3.11".version`.
/// Ordered segment by segment in natural order, which is the order of trees and files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Segment>);

/// A path that cannot be read: what is wrong, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {at} of the path")]
pub struct PathError {
    /// Byte offset into the text.
    pub at: usize,
    /// What is wrong there.
    pub message: &'static str,
}

impl Path {
    /// The top of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of these segments, taken as they are.
    pub fn new<S: Into<Segment>>(segments: impl IntoIterator<Item = S>) -> Self {
        Self(segments.into_iter().map(Into::into).collect())
    }

    /// The keys from the top down.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The keys from the top down, as texts.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        self.0.iter().map(Segment::as_str)
    }

    /// How many keys the path has.
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// The last key, if there is one.
    pub fn last(&self) -> Option<&str> {
        self.0.last().map(Segment::as_str)
    }

    /// The path one key further down.
    #[must_use]
    pub fn child(&self, key: impl Into<Segment>) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + 1);
        segments.extend_from_slice(&self.0);
        segments.push(key.into());
        Self(segments)
    }

    /// The path some keys further down.
    #[must_use]
    pub fn below(&self, keys: &[&str]) -> Self {
        let mut segments = Vec::with_capacity(self.0.len() + keys.len());
        segments.extend_from_slice(&self.0);
        segments.extend(keys.iter().map(|key| Segment::new(key)));
        Self(segments)
    }

    /// The first keys of the path, so many of them.
    #[must_use]
    pub fn top(&self, depth: usize) -> Self {
        Self(self.0.iter().take(depth).cloned().collect())
    }

    /// The path without its last key; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        let (_, head) = self.0.split_last()?;
        Some(Self(head.to_vec()))
    }

    /// Whether `self` is `prefix` or stands beneath it.
    pub fn starts_with(&self, prefix: &Path) -> bool {
        self.0.starts_with(&prefix.0)
    }

    /// Whether what is not known at `place` is not known here: at it, beneath it, or where its last key is a folder or a
    /// pattern and this path's key stands in it.
    pub fn is_covered_by(&self, place: &Path) -> bool {
        let (keys, of_place) = (&self.0, &place.0);
        let Some((last, above)) = of_place.split_last() else { return true };
        keys.starts_with(above)
            && keys.get(above.len()).is_some_and(|key| key == last || covering(key).any(|cover| cover == *last))
    }

    /// The same place as an RFC 6901 JSON pointer.
    pub fn pointer(&self) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            out.push('/');
            out.push_str(&segment.replace('~', "~0").replace('/', "~1"));
        }
        out
    }
}

/// The other keys at which a problem speaks of this one too: of `/etc/redis/redis.conf` the folders `/etc/redis` and
/// `/etc`, of `user:shop` the pattern `user:*`, of both whatever ends so. What cannot be listed has names that nobody
/// knows, so that its problem can stand at none of theirs.
pub fn covering(key: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let ends = key.char_indices().filter(|(at, c)| *at > 0 && matches!(c, '/' | ':'));
    ends.flat_map(|(at, c)| {
        let folder = (c == '/' && key.starts_with('/')).then(|| Cow::Borrowed(&key[..at]));
        folder.into_iter().chain([Cow::Owned(format!("{}*", &key[..=at]))])
    })
}

/// One key as it stands in a written path: bare where TOML allows it, else quoted.
pub fn segment(key: &str) -> Cow<'_, str> {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare {
        return Cow::Borrowed(key);
    }
    let mut out = String::with_capacity(key.len() + 2);
    out.push('"');
    for c in key.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    Cow::Owned(out)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(&segment(key))?;
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;

    /// Reads a written path. More is accepted than TOML allows bare (`eth0/100`, `5.10-rc+1` are split at dots only),
    /// so that what people type works; what is quoted follows TOML's basic and literal strings.
    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut segments = Vec::new();
        if text.is_empty() {
            return Ok(Self(segments));
        }
        let mut rest = text;
        loop {
            let at = text.len() - rest.len();
            let (key, after) = match rest.as_bytes().first() {
                Some(b'"') => basic_string(rest, at)?,
                Some(b'\'') => {
                    let end = rest[1..].find('\'').ok_or(PathError { at, message: "a quote is not closed" })?;
                    (Segment::new(&rest[1..=end]), &rest[end + 2..])
                }
                _ => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    if end == 0 {
                        return Err(PathError { at, message: "a key is missing" });
                    }
                    (Segment::new(&rest[..end]), &rest[end..])
                }
            };
            segments.push(key);
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self(segments)),
                None => return Err(PathError { at: text.len() - after.len(), message: "a dot is missing" }),
            }
        }
    }
}

/// Reads a quoted key; `at` is where it stands, for the error.
fn basic_string(text: &str, at: usize) -> Result<(Segment, &str), PathError> {
    let mut out = Segment::default();
    let mut chars = text.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[i + 1..])),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(c @ ('"' | '\\')) => out.push(c),
                Some('u') => {
                    let hex: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                    out.push(code.ok_or(PathError { at: at + i, message: "\\u wants four hexadecimal digits" })?);
                }
                _ => return Err(PathError { at: at + i, message: "an unknown escape" }),
            },
            c => out.push(c),
        }
    }
    Err(PathError { at, message: "a quote is not closed" })
}

impl PartialOrd for Path {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Path {
    fn cmp(&self, other: &Self) -> Ordering {
        // Sorted paths share most of their keys, and bytes are compared faster than numbers.
        let unequal = self.0.iter().zip(&other.0).find(|(a, b)| a != b).map(|(a, b)| natural(a, b));
        unequal.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_quoted_where_toml_asks_for_it() {
        let path = Path::new(["libraries", "packages", "dpkg", "python3.11", "version"]);
        assert_eq!(path.to_string(), "libraries.packages.dpkg.\"python3.11\".version");
        assert_eq!(path.pointer(), "/libraries/packages/dpkg/python3.11/version");
        assert_eq!(Path::new(["a/b", "c~d", ""]).pointer(), "/a~1b/c~0d/");
    }

    #[test]
    fn what_people_type_is_read() {
        assert_eq!("os.filesystems.'/var/lib'.type".parse(), Ok(Path::new(["os", "filesystems", "/var/lib", "type"])));
        assert_eq!("a.b/c+d".parse(), Ok(Path::new(["a", "b/c+d"])));
        assert_eq!("".parse(), Ok(Path::root()));
    }

    #[test]
    fn errors_say_where() {
        let error = |text: &str| text.parse::<Path>().expect_err(text);
        assert_eq!(error("a..b").at, 2);
        assert_eq!(error("a.\"b").message, "a quote is not closed");
        assert_eq!(error("\"a\"b").to_string(), "a dot is missing at byte 3 of the path");
    }

    proptest! {
        #[test]
        fn written_paths_are_read_back(keys in prop::collection::vec(any::<String>(), 1..5)) {
            let path = Path::new(keys);
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }
}
