//! The text of a reference.

use super::{Entry, ErrorKind, ReferenceError};
use jiff::Timestamp;
use jiff::civil::Date;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What a user names a snapshot by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A file.
    File(PathBuf),
    /// Standard input: `-`.
    Stdin,
    /// In the store: `NAME`, `NAME~2`, `NAME@2026-01-31`; `store:NAME` where NAME could be taken for something else.
    Stored {
        /// The label.
        label: String,
        /// Which of that label.
        which: Which,
    },
    /// This machine, now: `live`.
    Live,
    /// Another root, a folder or an archive: `root:PLACE`.
    Root(PathBuf),
    /// A file in a git revision: `git:REV:PATH`.
    Git {
        /// What git calls a revision.
        revision: String,
        /// A path as git takes it: from the top of the repository, or from here with `./`.
        path: String,
    },
    /// One of the example environments: `example:NAME`.
    Example(String),
    /// One of the environments of `driftglass.toml`, by the way it is reached: `env:NAME`.
    Environment(String),
    /// Another machine: `ssh://[user@]host[:port]`.
    Ssh {
        /// Who logs in.
        user: Option<String>,
        /// Where.
        host: String,
        /// Through which port.
        port: Option<u16>,
    },
}

/// Which of the snapshots of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The last one.
    Newest,
    /// So many before the last one.
    Older(usize),
    /// The last one of a day in UTC, or before it.
    Day(Date),
    /// The last one at or before a moment.
    Moment(Timestamp),
}

impl Which {
    /// The end of what may be taken: nothing from here on.
    pub(super) fn end(self) -> Option<Timestamp> {
        let second = jiff::SignedDuration::from_secs(1);
        match self {
            Self::Newest | Self::Older(_) => None,
            Self::Day(day) => {
                let next = day.tomorrow().ok()?.at(0, 0, 0, 0);
                next.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
            }
            // A moment without a fraction was copied from where fractions are not shown: the whole second is meant.
            Self::Moment(at) if at.subsec_nanosecond() == 0 => at.checked_add(second).ok(),
            Self::Moment(at) => at.checked_add(jiff::SignedDuration::from_nanos(1)).ok(),
        }
    }
}

/// Endings that make a text the name of a file, whether it exists or not.
const ENDINGS: [&str; 5] = [".json", ".json.zst", ".json.gz", ".zst", ".gz"];

impl Reference {
    /// Reads a reference; `is_file` tells whether a text names an existing file.
    pub(super) fn parse(text: &str, is_file: impl Fn(&str) -> bool) -> Result<Self, ReferenceError> {
        let refuse = |why: &str| Err(ReferenceError::new(text, ErrorKind::Syntax(why.to_owned())));
        if text.is_empty() {
            return refuse("an empty reference names nothing");
        }
        match text {
            "-" | "/dev/stdin" => return Ok(Self::Stdin),
            "live" => return Ok(Self::Live),
            _ => {}
        }
        match text.split_once(':') {
            Some(("root", "")) => return refuse("root: needs a folder or an archive, as in root:/mnt/image"),
            Some(("root", folder)) => return Ok(Self::Root(folder.into())),
            Some(("git", rest)) => {
                return match rest.split_once(':') {
                    Some((revision, _)) if revision.starts_with('-') => refuse("a git revision does not begin with -"),
                    Some((revision, path)) if !revision.is_empty() && !path.is_empty() => {
                        Ok(Self::Git { revision: revision.to_owned(), path: path.to_owned() })
                    }
                    _ => refuse("git: needs a revision and a path, as in git:HEAD~1:snapshots/staging.json"),
                };
            }
            Some(("env", "")) => return refuse("env: needs the name of an environment of driftglass.toml"),
            Some(("env", name)) => return Ok(Self::Environment(name.to_owned())),
            Some(("example", name)) => return Ok(Self::Example(name.to_owned())),
            Some(("store", name)) => return stored(name).map_or_else(|| refuse("store: needs a name"), Ok),
            Some(("ssh", rest)) if rest.starts_with("//") => {
                return ssh(&rest[2..]).map_or_else(|| refuse("ssh:// needs a host, as in ssh://user@host:22"), Ok);
            }
            _ => {}
        }
        let file_like = text.contains('/') || ENDINGS.iter().any(|ending| text.ends_with(ending));
        if file_like || is_file(text) {
            return Ok(Self::File(text.into()));
        }
        stored(text).map_or_else(|| refuse("it begins with ~ or @: a name must come first"), Ok)
    }
}

impl Reference {
    /// Reads a reference whose files are meant as seen from a folder.
    pub(super) fn seen_from(text: &str, folder: &Path) -> Result<Self, ReferenceError> {
        Ok(match Self::parse(text, |word| folder.join(word).is_file())? {
            Self::File(path) => Self::File(folder.join(path)),
            Self::Root(place) => Self::Root(folder.join(place)),
            other => other,
        })
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    /// Reads a reference. A plain word is a file if there is one of that name here, else a name in the store.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Self::parse(text, |word| std::path::Path::new(word).is_file())
    }
}

/// A name in the store. What follows `~` or `@` selects only where it can; else it is part of the label.
fn stored(text: &str) -> Option<Reference> {
    let older = || {
        let (label, n) = text.rsplit_once('~')?;
        let digits = n.bytes().all(|b| b.is_ascii_digit());
        Some((label, Which::Older(n.parse().ok().filter(|_| digits)?)))
    };
    let dated = || {
        let (label, time) = text.rsplit_once('@')?;
        // Dates first: a timestamp has more to it.
        let which = if time.len() == 10 { Which::Day(time.parse().ok()?) } else { Which::Moment(time.parse().ok()?) };
        Some((label, which))
    };
    let (label, which) = older().or_else(dated).unwrap_or((text, Which::Newest));
    (!label.is_empty()).then(|| Reference::Stored { label: label.to_owned(), which })
}

fn ssh(text: &str) -> Option<Reference> {
    let text = text.trim_end_matches('/');
    let (user, rest) = match text.rsplit_once('@') {
        Some((user, rest)) => (Some(user.to_owned()), rest),
        None => (None, text),
    };
    // Colons inside the brackets of an IPv6 address are no port.
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
        _ => (rest, None),
    };
    let named = |part: &str| !part.is_empty() && !part.starts_with('-') && !part.contains('/');
    (named(host) && user.as_deref().is_none_or(named)).then(|| Reference::Ssh { user, host: host.to_owned(), port })
}

impl From<&Entry> for Reference {
    /// The reference that names an entry of the store until a newer one is saved.
    fn from(entry: &Entry) -> Self {
        let which = if entry.age == 0 { Which::Newest } else { Which::Older(entry.age) };
        match entry.captured_at {
            Some(_) => Self::Stored { label: entry.label.clone(), which },
            None => Self::File(entry.path.clone()),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("-"),
            Self::Live => f.write_str("live"),
            Self::Root(folder) => write!(f, "root:{}", folder.display()),
            Self::Git { revision, path } => write!(f, "git:{revision}:{path}"),
            Self::Example(name) => write!(f, "example:{name}"),
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::Stored { label, which } => {
                let text = match which {
                    // The label itself ends like a selection.
                    Which::Newest if stored(label).as_ref() != Some(self) => format!("{label}~0"),
                    Which::Newest => label.clone(),
                    Which::Older(n) => format!("{label}~{n}"),
                    Which::Day(day) => format!("{label}@{day}"),
                    Which::Moment(at) => format!("{label}@{at}"),
                };
                let is_plain = Self::parse(&text, |_| false).is_ok_and(|read| matches!(read, Self::Stored { .. }));
                write!(f, "{}{text}", if is_plain && !text.starts_with("store:") { "" } else { "store:" })
            }
            Self::Ssh { user, host, port } => {
                let user = user.as_ref().map_or_else(String::new, |user| format!("{user}@"));
                let port = port.map_or_else(String::new, |port| format!(":{port}"));
                write!(f, "ssh://{user}{host}{port}")
            }
        }
    }
}

impl Reference {
    /// What it is called before it is read: the name of a file or of a snapshot, without its place.
    pub fn name(&self) -> String {
        match self {
            Reference::File(path) | Reference::Root(path) => label_of(path),
            Reference::Git { path, .. } => label_of(Path::new(path)),
            Reference::Stored { label, .. } => label.clone(),
            Reference::Example(name) | Reference::Environment(name) => name.clone(),
            Reference::Stdin => "standard input".to_owned(),
            Reference::Live | Reference::Ssh { .. } => self.to_string(),
        }
    }
}

/// What bare facts are called: the name of their file without its ending.
pub(super) fn label_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(&name);
    let label = name.strip_suffix(".json").unwrap_or(name);
    if label.is_empty() { name.to_owned() } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Reference {
        Reference::parse(text, |word| word == "here").unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn every_kind_is_told_by_its_text() {
        let stored = |label: &str, which| Reference::Stored { label: label.to_owned(), which };
        let file = |path: &str| Reference::File(path.into());
        let day = Which::Day("2026-01-31".parse().expect("a day"));
        let moment = Which::Moment("2026-01-31T11:00:00Z".parse().expect("a time"));
        let git = Reference::Git { revision: "HEAD~1".to_owned(), path: "a:b.json".to_owned() };
        let ssh = |user: Option<&str>, host: &str, port| Reference::Ssh {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        };
        let table = [
            ("-", Reference::Stdin),
            ("live", Reference::Live),
            ("root:/mnt/x:y", Reference::Root("/mnt/x:y".into())),
            ("git:HEAD~1:a:b.json", git),
            ("example:staging", Reference::Example("staging".to_owned())),
            ("ssh://ann@host:22", ssh(Some("ann"), "host", Some(22))),
            ("ssh://[::1]", ssh(None, "[::1]", None)),
            ("./live", file("./live")),
            ("gone.json", file("gone.json")),
            ("gone.zst", file("gone.zst")),
            ("here", file("here")),
            ("staging", stored("staging", Which::Newest)),
            ("staging~0", stored("staging", Which::Older(0))),
            ("staging~x", stored("staging~x", Which::Newest)),
            ("a@b~2", stored("a@b", Which::Older(2))),
            ("staging@2026-01-31", stored("staging", day)),
            ("staging@2026-01-31T12:00:00+01:00", stored("staging", moment)),
            ("ann@host", stored("ann@host", Which::Newest)),
            ("store:a/b", stored("a/b", Which::Newest)),
            ("store:live~1", stored("live", Which::Older(1))),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn bad_references_say_what_is_missing() {
        for (text, part) in [
            ("", "names nothing"),
            ("root:", "needs a folder"),
            ("git:HEAD", "a revision and a path"),
            ("git:--output=x:y", "does not begin with -"),
            ("store:", "needs a name"),
            ("ssh://", "needs a host"),
            ("ssh://-oProxyCommand=x", "needs a host"),
            ("~1", "must come first"),
        ] {
            let error = Reference::parse(text, |_| false).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn bare_facts_are_called_as_their_file() {
        for (path, label) in
            [("/x/staging.json", "staging"), ("a.b.json.zst", "a.b"), ("web-1.example.org", "web-1.example.org")]
        {
            assert_eq!(label_of(Path::new(path)), label);
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_is_named_so_that_it_is_found(label in "[a~@:/1.]{1,8}|live|-|a@2026-01-31|a~1|store:a|\\PC{1,9}", n in 0usize..3) {
            let which = if n == 0 { Which::Newest } else { Which::Older(n) };
            let Reference::Stored { label: back, which } = read(&Reference::Stored { label: label.clone(), which }.to_string())
            else { return Err(TestCaseError::fail(label)) };
            prop_assert_eq!(back, label);
            prop_assert!(which == Which::Older(n) || (n == 0 && which == Which::Newest));
        }

        #[test]
        fn any_text_is_read_without_harm(text in any::<String>()) {
            if let Ok(reference) = Reference::parse(&text, |_| false) {
                prop_assert!(!reference.to_string().is_empty());
            }
        }
    }
}
