//! An archive as a root, read without being unpacked: tar, also packed with gzip, bzip2, xz or zstd, and the images of
//! containers. One pass makes an index of all its files; what is read later comes out of the archive itself where that
//! is possible, and out of memory where it was packed.
//!
//! Bounds: a million names, 64 GiB unpacked, 64 MiB for a file and 512 MiB for all that a packed archive's files take in
//! memory, 128 MiB for a decompressor's window. Links are resolved inside the archive, as RESOLVE_IN_ROOT of openat2(2)
//! resolves them in a folder.

mod format;
mod image;
mod keep;
mod load;
#[cfg(test)]
mod tests;
mod tree;

use super::{Entry, EntryKind, Files, ReadError, Stat};
use crate::base::cancel::Cancel;
use crate::base::fault::NO_ARCHIVE;
use format::Section;
use keep::Keep;
use load::Loader;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use tree::{Body, Id, Node, ROOT, Tree};

/// The files of an archive.
pub(super) struct Archive {
    tree: Tree,
    keep: Keep,
    root: Id,
}

impl Archive {
    /// Reads an archive.
    ///
    /// # Errors
    /// It cannot be read, is no archive, is damaged or cut off, or breaks a bound; the message says where.
    pub(super) fn open(path: &str, cancel: &Cancel) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other(NO_ARCHIVE));
        }
        if meta.len() == 0 {
            return Err(io::Error::other("the file is empty"));
        }
        let section = Section::new(file.try_clone()?, 0, meta.len());
        let Some(input) = format::input(section)? else {
            let known = format!("{NO_ARCHIVE} (tar, also with gzip, bzip2, xz or zstd)");
            return Err(io::Error::other(known));
        };
        let plain = matches!(input, load::Input::Plain(_)).then_some(file);
        let mut loader = Loader { keep: Keep::new(plain), layers: HashMap::new(), cancel };
        let tree = loader.tar(input, false)?;
        if tree.is_empty() {
            // The beginning of many file systems is all zeros, and so is the end of a tar.
            return Err(io::Error::other("no files in it (the image of a disk has to be mounted first)"));
        }
        let Loader { keep, layers, .. } = loader;
        let tree = image::of(tree, &layers, &keep)?;
        Ok(Self { tree, keep, root: ROOT })
    }

    /// The same archive with a folder of it as its root.
    pub(super) fn beneath(self, path: &str) -> io::Result<Self> {
        let root = self.tree.resolve(self.root, path, true).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { root, ..self })
    }

    fn find(&self, path: &str) -> Result<(Id, &Node), ReadError> {
        let id = self.tree.resolve(self.root, path, true)?;
        self.tree.node(id).map(|node| (id, node)).ok_or_else(|| ReadError::Missing(path.to_owned()))
    }
}

impl Files for Archive {
    fn read(&self, path: &str, cap: u64) -> Result<Vec<u8>, ReadError> {
        match self.find(path)?.1.body {
            Body::File { size, .. } if size > cap => Err(ReadError::TooLarge { path: path.to_owned(), cap }),
            Body::File { size, place } => self.keep.read(path, place, size),
            _ => Err(ReadError::NotAFile(path.to_owned())),
        }
    }

    fn head(&self, path: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        match self.find(path)?.1.body {
            Body::File { size, place } => self.keep.read(path, place, size.min(most as u64)),
            _ => Err(ReadError::NotAFile(path.to_owned())),
        }
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, ReadError> {
        let (id, _) = self.find(path)?;
        self.tree.list(id).ok_or_else(|| ReadError::Missing(path.to_owned()))
    }

    fn link(&self, path: &str) -> Result<String, ReadError> {
        let id = self.tree.resolve(self.root, path, false)?;
        match self.tree.node(id).map(|node| &node.body) {
            Some(Body::Link(target)) => Ok(target.to_string()),
            _ => Err(ReadError::NotALink(path.to_owned())),
        }
    }

    fn stat(&self, path: &str) -> Result<Stat, ReadError> {
        let (id, node) = self.find(path)?;
        let size = match node.body {
            Body::File { size, .. } => size,
            _ => 0,
        };
        let kind: EntryKind = node.kind();
        Ok(Stat {
            kind,
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
            size,
            modified: node.modified,
            id: (0, u64::from(id)),
        })
    }
}
