//! Where a user left off, so that the explorer opens there: `sessions/<id>/view.json` in the folder for state. It holds
//! no value of any snapshot, only paths and what was typed.

use super::{StoreError, file, write_private};
use crate::model::Snapshot;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The form that this program writes.
const VERSION: u32 = 1;
/// The most that is read of one, in bytes.
const CAP: u64 = 4 << 20;

/// How the explorer was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionView {
    /// The form.
    pub version: u32,
    /// The view: tree, matrix, overview.
    pub screen: String,
    /// The filter's text; empty for none.
    pub filter: String,
    /// Whether it is switched off.
    pub filter_off: bool,
    /// Letters of the kinds of leaf that are shown.
    pub shown: String,
    /// Branches that were opened.
    pub unfolded: Vec<String>,
    /// Branches that were folded.
    pub folded: Vec<String>,
    /// The selected path.
    pub selected: String,
    /// The two sides of the tree, by place.
    pub sides: Option<(usize, usize)>,
    /// What the others are measured against, by place.
    pub reference: Option<usize>,
    /// Filters and commands that were typed, the newest last.
    pub history: Vec<String>,
    /// Commands that were typed, the newest last.
    pub commands: Vec<String>,
}

/// The folder of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlace(PathBuf);

impl SessionPlace {
    /// The session of these snapshots, by label and host and not by content: a new capture of the same environments goes
    /// on with it.
    pub fn of(state: &Path, snapshots: &[Arc<Snapshot>]) -> Self {
        Self(place(state, &names(snapshots), &[]))
    }

    fn file(&self) -> PathBuf {
        self.0.join("view.json")
    }

    /// How it was left; `None` where there is no such session.
    ///
    /// # Errors
    /// The file cannot be read, or is none of this form: it is left as it is.
    pub fn read(&self) -> Result<Option<SessionView>, StoreError> {
        let path = self.file();
        let failed = |e| StoreError::Read { path: path.clone(), source: e };
        let opened = match file::open(&path) {
            Ok(opened) => opened,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(e)),
        };
        let mut text = String::new();
        opened.take(CAP + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > CAP {
            return Err(failed(io::Error::other("it is too large")));
        }
        if !text.trim_start().starts_with('{') {
            return Err(failed(io::Error::other("it is no JSON object")));
        }
        let view: SessionView = serde_json::from_str(&text).map_err(|e| failed(io::Error::other(e)))?;
        match view.version {
            0..=VERSION => Ok(Some(view)),
            newer => Err(failed(io::Error::other(format!("version {newer} is newer than this program")))),
        }
    }

    /// Writes how it was left, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write(&self, view: &SessionView) -> Result<(), StoreError> {
        let path = self.file();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|e| StoreError::Write { path: path.clone(), source: e })?;
        let view = SessionView { version: VERSION, ..view.clone() };
        write_private(&path, |out| {
            serde_json::to_writer_pretty(&mut *out, &view)?;
            out.write_all(b"\n")
        })
    }

    /// Forgets the session.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn forget(&self) -> Result<(), StoreError> {
        match std::fs::remove_file(self.file()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StoreError::Remove { path: self.file(), source: e }),
            _ => Ok(()),
        }
    }
}

/// What snapshots are called and where they were made, in their order.
pub(super) fn names(snapshots: &[Arc<Snapshot>]) -> Vec<(&str, &str)> {
    let metas = snapshots.iter().map(|snapshot| &snapshot.meta);
    metas.map(|meta| (meta.label.as_str(), meta.host.as_deref().unwrap_or_default())).collect()
}

/// The folder of what is kept of snapshots of these names; `more` tells apart what is kept of the same ones.
pub(super) fn place(state: &Path, names: &[(&str, &str)], more: &[Option<&str>]) -> PathBuf {
    let mut hash = blake3::Hasher::new();
    for part in names.iter().flat_map(|(label, host)| [label, host]) {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    for part in more {
        // No text is so long: what is not said is no empty text.
        hash.update(&part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
        hash.update(part.unwrap_or_default().as_bytes());
    }
    let id: String = hash.finalize().to_hex().chars().take(16).collect();
    state.join("sessions").join(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Meta;

    fn snapshot(label: &str, host: &str) -> Arc<Snapshot> {
        let meta = Meta { label: label.into(), host: Some(host.into()), ..Meta::default() };
        Arc::new(Snapshot { meta, ..Snapshot::default() })
    }

    #[test]
    fn a_session_belongs_to_labels_and_hosts() {
        let dir = tempfile::tempdir().expect("a folder");
        let place = |a: &str, b: &str| SessionPlace::of(dir.path(), &[snapshot(a, "h"), snapshot(b, "h")]);
        assert_eq!(place("a", "b"), place("a", "b"));
        assert_ne!(place("a", "b"), place("b", "a"));
        assert_ne!(place("ab", ""), place("a", "b"));
        let view = SessionView { filter: "area:dns".into(), selected: "dns.search".into(), ..SessionView::default() };
        assert_eq!(place("a", "b").read().expect("none yet"), None);
        place("a", "b").write(&view).expect("writes");
        let read = place("a", "b").read().expect("reads").expect("is there");
        assert_eq!((read.filter.as_str(), read.version), ("area:dns", VERSION));
        place("a", "b").forget().expect("removes");
        assert_eq!(place("a", "b").read().expect("none"), None);
    }

    #[test]
    #[cfg(unix)]
    fn it_is_its_owners_alone_and_a_broken_one_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let place = SessionPlace::of(dir.path(), &[snapshot("a", "h")]);
        place.write(&SessionView::default()).expect("writes");
        let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
        assert_eq!((mode(&place.file()), mode(&place.0)), (0o600, 0o700));
        for text in ["{", "[]", r#"{"version":99}"#] {
            std::fs::write(place.file(), text).expect("writes");
            assert!(place.read().is_err(), "{text}");
        }
    }
}
