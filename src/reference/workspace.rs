//! What commands and screens are given to reach snapshots and files with.

use super::{AtRevision, Context, Event, Options, Reference, ReferenceError, Resolved, git, resolve};
use crate::base::reading::Reading;
use crate::model::Snapshot;
use crate::store::{self, Entry, Store, StoreError};
use std::io::Read;
use std::path::Path;

/// The user's store, and the context in which references are resolved.
pub struct Workspace {
    context: Context,
}

impl Workspace {
    /// A workspace on the store in a folder; `stdin` is what `-` reads, once.
    pub fn new(snapshots: &Path, stdin: Option<Box<dyn Read + Send>>) -> Self {
        Self { context: Context::new(Store::open(snapshots), stdin) }
    }

    /// A workspace that reaches nothing.
    pub fn nowhere() -> Self {
        Self::new(Path::new(""), None)
    }

    /// Another workspace on the same store that captures the same; standard input stays with this one.
    pub fn again(&self) -> Self {
        let mut context = Context::new(self.context.store.clone(), None);
        // Who watches one capture does nothing to another.
        let (skip, pause) = Default::default();
        context.capture = Options { skip, pause, ..self.context.capture.clone() };
        context.keeps_parts = self.context.keeps_parts;
        context.folder.clone_from(&self.context.folder);
        context.environments.clone_from(&self.context.environments);
        Self { context }
    }

    /// What captures take, what cancels them, where git is asked.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// As [`Workspace::context`], to set it up.
    pub fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// All that is in the store, by label, newest first, broken files included.
    ///
    /// # Errors
    /// The store's folder cannot be listed.
    pub fn list(&self) -> Result<Vec<Entry>, StoreError> {
        self.context.store.list()
    }

    /// Keeps a snapshot in the store.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, snapshot: &Snapshot) -> Result<Entry, StoreError> {
        self.context.store.save(snapshot)
    }

    /// Deletes an entry of the store for good.
    ///
    /// # Errors
    /// It cannot be removed, or is not in the store.
    pub fn remove(&self, entry: &Entry) -> Result<(), StoreError> {
        self.context.store.remove(entry)
    }

    /// The entry of the store that a reference names, without reading it.
    ///
    /// # Errors
    /// It names none.
    pub fn entry(&self, reference: &Reference) -> Result<Entry, ReferenceError> {
        super::resolve::entry(reference, &self.context.store)
    }

    /// Whether a reference names something that is there, as far as that is told at once.
    ///
    /// # Errors
    /// It names nothing, or what cannot be read.
    pub fn check(&self, reference: &Reference) -> Result<(), ReferenceError> {
        super::resolve::check(reference, &self.context)
    }

    /// As [`Workspace::resolve`], for someone who waits and may stop it.
    ///
    /// # Errors
    /// See [`ReferenceError`].
    pub fn resolve_telling(
        &self,
        reference: &Reference,
        reading: &Reading,
        progress: &mut dyn FnMut(Event),
    ) -> Result<Resolved, ReferenceError> {
        resolve(reference, &self.context, reading, progress)
    }

    /// What a reference named at a git revision.
    ///
    /// # Errors
    /// See [`ReferenceError`].
    pub fn resolve_at(&self, reference: &Reference, revision: &str) -> Result<AtRevision, ReferenceError> {
        super::resolve::at_revision(reference, revision, &self.context)
    }

    /// Whether git knows a commit by this name.
    pub fn is_revision(&self, name: &str) -> bool {
        !name.starts_with('-') && git::is_revision(&self.context.folder, name)
    }

    /// Who works here, as git's configuration has it.
    pub fn git_user(&self) -> Option<String> {
        git::user(&self.context.folder)
    }

    /// Finds, reads or captures what a reference names.
    ///
    /// # Errors
    /// See [`ReferenceError`].
    pub fn resolve(&self, reference: &Reference, progress: &mut dyn FnMut(Event)) -> Result<Resolved, ReferenceError> {
        resolve(reference, &self.context, &Reading::default(), progress)
    }
}

/// The text of a reference as a user typed it: a bare name of an environment leads to it, unless a file is called so.
pub fn named(text: &str, environments: &super::Reaches) -> String {
    match environments.contains_key(text) && !Path::new(text).is_file() {
        true => Reference::Environment(text.to_owned()).to_string(),
        false => text.to_owned(),
    }
}

/// The text of a reference as it leads to the same from every folder: the whole path of a file.
pub fn lasting(text: &str, folder: &Path) -> String {
    let path = folder.join(text);
    if path.is_file() { path.display().to_string() } else { text.to_owned() }
}

/// The text of a small file that a user named: a megabyte at most.
///
/// # Errors
/// See [`StoreError`].
pub fn read_small(path: &Path) -> Result<String, StoreError> {
    store::configuration(path)
}

/// As [`write_output`], for what is its owner's alone; the folder is made.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    store::make_private_folder(path)?;
    store::write_private(path, |out| out.write_all(bytes))
}

/// Writes a file that a user asked for, whole or not at all; `/dev/stdout` and other devices are written to as they are.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_output(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    store::write(path, |out| out.write_all(bytes))
}

/// As [`write_output`], but never in place of another file: `false` where one is there.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_new_output(path: &Path, bytes: &[u8]) -> Result<bool, StoreError> {
    store::write_new(path, false, bytes)
}

/// As [`write_output`], for a capture: a new file is its owner's alone.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_capture(path: &Path, snapshot: &Snapshot) -> Result<(), StoreError> {
    store::write_private(path, |mut out| crate::format::write(snapshot, &mut out))
}

/// As [`write_capture`], into a folder that is made if it is not there.
///
/// # Errors
/// [`StoreError::Write`].
pub fn record_capture(path: &Path, snapshot: &Snapshot) -> Result<(), StoreError> {
    store::make_private_folder(path)?;
    write_capture(path, snapshot)
}
