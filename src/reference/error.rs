//! Why a reference leads to no snapshot: what is wrong, where, and what to do.

use crate::base::fault;
use crate::base::text::escape;
use crate::format::FormatError;
use crate::store::StoreError;

/// Why a reference leads to no snapshot.
#[derive(Debug, thiserror::Error)]
#[error("{}", escape(&self.message()))]
pub struct ReferenceError {
    /// The reference as it was written.
    pub reference: String,
    /// What went wrong.
    pub kind: ErrorKind,
}

/// What can go wrong with a reference.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The text is no reference.
    #[error("{0}")]
    Syntax(String),
    /// A file, or the store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was read is no snapshot.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The store has nothing under this name.
    #[error("no snapshot named \"{label}\" in the store")]
    NoName {
        /// The name.
        label: String,
        /// Names that could be meant.
        near: Vec<String>,
    },
    /// The store has the name, but none so old.
    #[error("{0}")]
    NoneSoOld(String),
    /// No such example.
    #[error("no example named \"{0}\"")]
    NoExample(String),
    /// No such environment.
    #[error("no environment named \"{name}\" in driftglass.toml")]
    NoEnvironment {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// How the policy reaches an environment leads nowhere.
    #[error("{place}: {}", .error.message())]
    Reach {
        /// The environment.
        name: String,
        /// Where that is said.
        place: String,
        /// Why not.
        error: Box<ReferenceError>,
    },
    /// Standard input was read for another reference, or there is none.
    #[error("standard input can be read only once")]
    NoStdin,
    /// Git's own words.
    #[error("git: {0}")]
    Git(String),
    /// Another root that cannot be captured.
    #[error("cannot capture {folder}: {message}")]
    Root {
        /// The folder or archive.
        folder: String,
        /// What the system says.
        message: String,
    },
    /// Known, but not in this version.
    #[error("this version cannot capture over ssh yet")]
    Ssh {
        /// What ssh(1) takes.
        destination: String,
    },
}

impl ReferenceError {
    pub(super) fn new(reference: impl ToString, kind: impl Into<ErrorKind>) -> Self {
        Self { reference: reference.to_string(), kind: kind.into() }
    }

    fn message(&self) -> String {
        match &self.kind {
            // These name what they are about.
            ErrorKind::Store(_)
            | ErrorKind::NoName { .. }
            | ErrorKind::NoExample(_)
            | ErrorKind::NoEnvironment { .. }
            | ErrorKind::Reach { .. }
            | ErrorKind::Root { .. } => self.kind.to_string(),
            kind if self.reference.is_empty() => kind.to_string(),
            ErrorKind::Format(FormatError::Empty) if self.reference == "-" => "standard input is empty".to_owned(),
            kind @ ErrorKind::Format(_) if self.reference == "-" => format!("standard input: {kind}"),
            kind => format!("{}: {kind}", self.reference),
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.kind {
            ErrorKind::NoName { label, .. } if label.contains('@') => {
                "a day is written 2026-01-31, a moment 2026-01-31T12:00:00Z; `driftglass list` shows what there is"
                    .to_owned()
            }
            ErrorKind::NoName { near, .. } if near.is_empty() => {
                "the store is empty: `driftglass capture` fills it, and a file is named by its path".to_owned()
            }
            ErrorKind::NoName { near, .. } => format!("did you mean {}? (driftglass list shows all)", listed(near)),
            ErrorKind::NoneSoOld(_) => "`driftglass list` shows what there is".to_owned(),
            ErrorKind::NoExample(_) => {
                let names: Vec<String> = super::EXAMPLES.iter().map(|(name, _)| (*name).to_owned()).collect();
                if names.is_empty() {
                    "this build has no examples".to_owned()
                } else {
                    format!("there are {}", listed(&names))
                }
            }
            ErrorKind::NoEnvironment { known, .. } if known.is_empty() => {
                "[environments.NAME] in driftglass.toml names one".to_owned()
            }
            ErrorKind::NoEnvironment { known, .. } => format!("there are {}", listed(known)),
            ErrorKind::Reach { name, error, .. } => match &error.kind {
                ErrorKind::Store(StoreError::Missing(path)) => format!(
                    "files are meant as seen from the folder of the policy; `driftglass capture -o {}` in {name} makes it",
                    path.display()
                ),
                ErrorKind::NoName { .. } => format!(
                    "`driftglass capture --label {name}` there fills the store; or reach = \"FILE\" names a file beside \
                     the policy"
                ),
                ErrorKind::Git(_) => {
                    "files are meant as seen from the folder of the policy, and in the same commit: git add the snapshot"
                        .to_owned()
                }
                _ => return error.hint(),
            },
            ErrorKind::NoStdin => "give `-` once, and name the others by their files".to_owned(),
            ErrorKind::Ssh { destination } => {
                format!("capture there and compare the file: ssh {destination} driftglass capture -o - > there.json")
            }
            ErrorKind::Store(StoreError::NotAFile { path, kind: "a folder" }) => {
                format!("root:{} captures a folder as another root", path.display())
            }
            ErrorKind::Store(StoreError::NotAFile { kind: "a pipe", path }) => {
                format!("a pipe is read through standard input: driftglass ... - < {}", path.display())
            }
            ErrorKind::Root { message, .. } if message.starts_with(fault::DAMAGED) || message.contains("too early") => {
                "copy or pack it again".to_owned()
            }
            ErrorKind::Root { folder, message }
                if [fault::NO_ARCHIVE, fault::NO_TAR].iter().any(|no| message.starts_with(no)) =>
            {
                format!("a snapshot is named by its path alone: {folder}")
            }
            ErrorKind::Root { message, .. } if message.starts_with("there is no such") => {
                "root:PLACE takes a folder or an archive, a path as seen from the folder that you are in".to_owned()
            }
            ErrorKind::Format(FormatError::Expands(_)) => {
                "no snapshot packs so tightly; if you trust it, unpack it with zstd or gunzip and open that".to_owned()
            }
            ErrorKind::Format(FormatError::Compression { .. }) => "copy or capture it again".to_owned(),
            ErrorKind::Format(_) | ErrorKind::Store(_) if is_archive(&self.reference) => {
                format!("root:{} captures an archive as another root", self.reference)
            }
            ErrorKind::Format(FormatError::Truncated { .. }) => "copy or capture it again".to_owned(),
            ErrorKind::Format(error) => return mend(error).map(str::to_owned),
            ErrorKind::Store(StoreError::Format { source: FormatError::Truncated { .. }, .. }) => {
                "the one before it may be whole: NAME~1".to_owned()
            }
            ErrorKind::Store(StoreError::Format { source, .. }) => return mend(source).map(str::to_owned),
            ErrorKind::Store(StoreError::Missing(_)) => {
                "a path is seen from the folder that you are in; `driftglass list` shows what is stored".to_owned()
            }
            ErrorKind::Store(StoreError::TooLarge { .. }) => TOO_LARGE.to_owned(),
            _ => return None,
        };
        Some(escape(&hint).into_owned())
    }
}

/// What to do about a file that is larger than what is read.
const TOO_LARGE: &str = "a capture is some megabytes: is this another file? `driftglass capture --area` takes less";

/// What to do about what is no snapshot.
fn mend(error: &FormatError) -> Option<&'static str> {
    Some(match error {
        FormatError::Json { .. } | FormatError::NotAnObject(_) | FormatError::Empty => {
            "`driftglass capture -o FILE` writes a snapshot; any other JSON object is read as bare facts"
        }
        FormatError::Packed("xz") => "`xz -d` unpacks it",
        FormatError::Packed(_) => "`bunzip2` unpacks it",
        FormatError::NotUtf8(_) => "JSON is UTF-8: convert it, as with iconv(1), or capture again",
        FormatError::TooDeep { .. } => "no capture nests like this: is this another file?",
        FormatError::TooLarge => TOO_LARGE,
        _ => return None,
    })
}

/// Whether a file is named like an archive of files.
fn is_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".tar", ".tgz", ".txz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"].iter().any(|end| name.ends_with(end))
}

/// `"a", "b" or "c"`.
fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
