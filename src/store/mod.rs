//! Floor 3: snapshots on disk, atomic writes, the folders of the user. The only door to files that are not captured.
//!
//! Snapshots are kept as zstd: 3,500 facts of a Debian image, 247 kB of text, take 14 kB, and a history grows for years;
//! the time is small beside that of writing safely (fsync). `zstdcat` shows one; what a user asks to write is plain.
#![allow(clippy::disallowed_methods, reason = "this is the door that the ban keeps others to")]

mod atomic;
mod configuration;
mod entry;
mod error;
mod file;
mod folders;
mod hook;
mod journal;
mod key;
mod name;
mod names;
mod part;
mod session;

pub use atomic::{PrivateCopy, make_private_folder, one_at_a_time, private_copy, write, write_new, write_private};
pub use configuration::{ACCEPTANCES, acceptances, configuration, files, nearest, own_configuration, utf8};
pub use entry::Entry;
pub use error::StoreError;
pub use file::{capped, check, read};
pub use folders::Folders;
pub use hook::{HookFile, Installed, Uninstalled};
pub use journal::{JournalFile, writer_name};
pub use key::{new_redaction_key, redaction_key};
pub use names::completions;
pub use part::Part;
pub use session::{SessionPlace, SessionView};

use crate::base::order::natural;
use crate::base::reading::Reading;
use crate::format::{self, Loaded};
use crate::model::Snapshot;
use atomic::folder_of;
use name::Name;
use std::io;
use std::path::{Path, PathBuf};

/// How the names of temporary files begin; what begins so, or with any dot, is not listed.
const TEMPORARY: &str = ".driftglass-";

/// zstd's default: higher levels save a tenth more and cost ten times as long.
const LEVEL: i32 = 3;

/// A folder of snapshots, each a file of its own.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a folder, which need not exist: the first save makes it.
    pub fn open(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where the snapshots are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a snapshot under its label and time; what is there stays, whatever its name. One without a label is kept
    /// under its host's name, one without a time under the moment of saving.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn save(&self, snapshot: &Snapshot) -> Result<Entry, StoreError> {
        self.make_folder().map_err(|e| StoreError::Write { path: self.folder.clone(), source: e })?;
        let meta = &snapshot.meta;
        let label = match &meta.host {
            Some(host) if meta.label.is_empty() => host,
            _ => &meta.label,
        };
        let label = name::kept(label);
        // Only four digits of a year make a name that sorts and is read back.
        let sane = |t: &jiff::Timestamp| (0..=9999).contains(&t.to_zoned(jiff::tz::TimeZone::UTC).year());
        let time = meta.captured_at.filter(sane).unwrap_or_else(jiff::Timestamp::now);
        let named = |number| Name { label: label.clone(), time, number }.file();
        let path = atomic::create(&self.folder, named, |out| {
            let mut packed = zstd::Encoder::new(out, LEVEL)?;
            packed.include_checksum(true)?;
            let mut text = io::BufWriter::with_capacity(1 << 16, packed);
            format::write(snapshot, &mut text)?;
            text.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
            Ok(())
        })?;
        let entries = self.scan()?;
        // What was kept of it while it was captured is of no use any more.
        let of_this = |entry: &&Entry| part::named(&entry.path).is_some_and(|n| part::is_of(&n, &label, time));
        entries.iter().filter(of_this).for_each(|entry| drop(std::fs::remove_file(&entry.path)));
        let entry = entries.into_iter().find(|entry| entry.path == path);
        entry.ok_or(StoreError::Missing(path))
    }

    /// Everything in the store by label, newest first. What cannot be read is in the list with its problem; contents are
    /// checked as far as that is cheap: only loading tells all.
    ///
    /// # Errors
    /// The folder cannot be listed. One that is not there is empty.
    pub fn list(&self) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.scan()?;
        entries.iter_mut().for_each(Entry::check);
        Ok(entries)
    }

    /// As [`Store::list`], from the names of the files alone.
    ///
    /// # Errors
    /// See [`Store::list`].
    pub fn scan(&self) -> Result<Vec<Entry>, StoreError> {
        let listed = match std::fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(StoreError::from_read(&self.folder, e)),
        };
        let mut entries: Vec<Entry> = Vec::new();
        for file in listed {
            let file = file.map_err(|e| StoreError::from_read(&self.folder, e))?;
            let hidden = file.file_name().as_encoded_bytes().starts_with(b".");
            let folder = file.file_type().is_ok_and(|kind| kind.is_dir());
            if !hidden && !folder {
                entries.push(Entry::of(&file.path()));
            }
        }
        entries.sort_by(|a, b| {
            let newest = b.captured_at.cmp(&a.captured_at).then(b.number.cmp(&a.number));
            natural(&a.label, &b.label).then(newest).then_with(|| a.path.cmp(&b.path))
        });
        for i in 1..entries.len() {
            if let [newer, older] = &mut entries[i - 1..=i]
                && newer.label == older.label
                && newer.captured_at.is_some()
            {
                older.age = newer.age + 1;
            }
        }
        Ok(entries)
    }

    /// The labels with snapshots, in natural order.
    ///
    /// # Errors
    /// See [`Store::list`].
    pub fn labels(&self) -> Result<Vec<String>, StoreError> {
        let entries = self.scan()?.into_iter().filter(|entry| entry.captured_at.is_some());
        let mut labels: Vec<String> = entries.map(|entry| entry.label).collect();
        labels.dedup();
        Ok(labels)
    }

    /// The snapshots of a label, newest first.
    ///
    /// # Errors
    /// See [`Store::list`].
    pub fn of_label(&self, label: &str) -> Result<Vec<Entry>, StoreError> {
        let kept = name::kept(label);
        let mut entries = self.scan()?;
        entries.retain(|entry| entry.captured_at.is_some() && entry.label == kept);
        Ok(entries)
    }

    /// Reads an entry whole.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn load(&self, entry: &Entry, reading: &Reading) -> Result<Loaded, StoreError> {
        let bytes = file::read(&entry.path)?;
        format::read_telling(&bytes, reading).map_err(|e| StoreError::Format { path: entry.path.clone(), source: e })
    }

    /// Deletes an entry for good. A link is deleted, not what it leads to.
    ///
    /// # Errors
    /// It is not in the store, or the system refuses.
    pub fn remove(&self, entry: &Entry) -> Result<(), StoreError> {
        match entry.path.file_name() {
            Some(name) if self.folder.join(name) == entry.path => std::fs::remove_file(self.folder.join(name))
                .map_err(|e| StoreError::Remove { path: entry.path.clone(), source: e }),
            _ => Err(StoreError::Outside(entry.path.clone())),
        }
    }

    /// Snapshots tell much of a machine: the folder is for its owner alone.
    fn make_folder(&self) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }
}

#[cfg(test)]
mod tests;
