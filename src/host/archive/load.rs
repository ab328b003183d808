//! One pass over a tar archive: its members become a [`Tree`], their bytes go to [`Keep`].

use super::format::{self, Section};
use super::keep::{Keep, Place};
use super::tree::{Body, Id, Node, Tree};
use crate::base::cancel::Cancel;
use crate::base::fault::{self, DAMAGED};
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::rc::Rc;
use tar::{Entry, EntryType};

/// The most that is read between two members, beside the bytes of the first: long names and extended headers.
const HEADER_CAP: u64 = 1 << 20;

/// The most that a compressed archive may unpack to, in bytes: a few kilobytes could be made into any amount of zeros.
const UNPACKED_CAP: u64 = 64 << 30;

/// What may be layers of an image, by the file of the outer archive that each is. One that cannot be read matters only
/// where an image has it.
pub(super) type Layers = HashMap<Id, io::Result<Tree>>;

/// What is read out of an archive.
pub(super) struct Loader<'a> {
    pub(super) keep: Keep,
    pub(super) layers: Layers,
    pub(super) cancel: &'a Cancel,
}

/// How much was read and how much may be.
#[derive(Default)]
struct Meter {
    read: Cell<u64>,
    left: Cell<u64>,
}

/// A reader that stops when it was read too much of, or the capture is stopped.
struct Watched<'a, R> {
    inner: R,
    meter: Rc<Meter>,
    cancel: &'a Cancel,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let meter = &self.meter;
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("stopped"));
        }
        if meter.left.get() == 0 && !buffer.is_empty() {
            return Err(io::Error::other(format!("a header of more than {HEADER_CAP} bytes")));
        }
        if meter.read.get() > UNPACKED_CAP {
            return Err(io::Error::other(format!("more than {} GiB of content", UNPACKED_CAP >> 30)));
        }
        let room = buffer.len().min(usize::try_from(meter.left.get()).unwrap_or(usize::MAX));
        let n = self.inner.read(buffer.get_mut(..room).unwrap_or_default())?;
        meter.left.set(meter.left.get() - n as u64);
        meter.read.set(meter.read.get() + n as u64);
        Ok(n)
    }
}

impl<R: Seek> Seek for Watched<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// A tar to read, from its beginning.
pub(super) enum Input<'a> {
    /// In a file, so that what is not needed now can be passed over.
    Plain(Section),
    /// Out of a decompressor.
    Stream(Box<dyn Read + 'a>),
}

impl Loader<'_> {
    /// Reads a tar to its end.
    pub(super) fn tar(&mut self, input: Input, is_layer: bool) -> io::Result<Tree> {
        let meter = Rc::new(Meter::default());
        let cancel = self.cancel;
        match input {
            Input::Plain(inner) => {
                let range = inner.range();
                let mut archive = tar::Archive::new(Watched { inner, meter: Rc::clone(&meter), cancel });
                self.members(archive.entries_with_seek()?, &meter, Some(&range), is_layer)
            }
            Input::Stream(inner) => {
                let mut archive = tar::Archive::new(Watched { inner, meter: Rc::clone(&meter), cancel });
                let tree = self.members(archive.entries()?, &meter, None, is_layer)?;
                // To the end, where a decompressor compares its checksum.
                let mut rest = archive.into_inner();
                meter.left.set(u64::MAX);
                io::copy(&mut rest, &mut io::sink()).map_err(|error| placed(&error, meter.read.get(), b"its end"))?;
                Ok(tree)
            }
        }
    }

    fn members<R: Read>(
        &mut self,
        entries: tar::Entries<'_, R>,
        meter: &Meter,
        plain: Option<&Range<u64>>,
        is_layer: bool,
    ) -> io::Result<Tree> {
        let mut tree = Tree::new();
        let mut last = b"its beginning".to_vec();
        meter.left.set(HEADER_CAP);
        for entry in entries {
            let mut entry = entry.map_err(|error| placed(&error, meter.read.get(), &last))?;
            last = entry.path_bytes().into_owned();
            let archived = entry.header().entry_size().unwrap_or(0).max(entry.size());
            let at = plain.map(|whole| whole.start + entry.raw_file_position()..whole.end);
            meter.left.set(u64::MAX);
            self.member(&mut tree, &mut entry, at, is_layer)
                .map_err(|error| placed(&error, meter.read.get(), &last))?;
            // What was not read of this one is read on the way to the next.
            meter.left.set(archived.saturating_add(2 * 512).saturating_add(HEADER_CAP));
        }
        self.keep.close()?;
        Ok(tree)
    }

    fn member<R: Read>(
        &mut self,
        tree: &mut Tree,
        entry: &mut Entry<'_, R>,
        at: Option<Range<u64>>,
        is_layer: bool,
    ) -> io::Result<()> {
        let header = entry.header();
        let kind = header.entry_type();
        let id = |id: io::Result<u64>| id.ok().and_then(|id| u32::try_from(id).ok()).unwrap_or(0);
        let (mode, uid, gid) = (header.mode().unwrap_or(0) & 0o7777, id(header.uid()), id(header.gid()));
        let modified = header.mtime().map_or(0, |at| i64::try_from(at).unwrap_or(0));
        let mut path = entry.path_bytes().into_owned();
        let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned).unwrap_or_default();
        let body = match kind {
            EntryType::Directory => Body::Folder(HashMap::new()),
            // Archives of before 1988 have no type for folders.
            EntryType::Regular if path.ends_with(b"/") => Body::Folder(HashMap::new()),
            EntryType::Symlink => Body::Link(String::from_utf8_lossy(&target).into()),
            EntryType::Link => return tree.add_hard_link(&path, &target).map(|_| ()),
            EntryType::Char | EntryType::Block | EntryType::Fifo => Body::Other,
            // Headers for what follows, and the name of the volume.
            EntryType::XGlobalHeader | EntryType::XHeader | EntryType::GNULongLink | EntryType::GNULongName => {
                return Ok(());
            }
            other if other.as_byte() == b'V' => return Ok(()),
            _ if !is_layer && may_be_layer(&path) => {
                let (body, layer) = self.layer(&mut path, entry, at)?;
                let id = tree.add(&path, Node { body, mode, uid, gid, modified })?;
                self.layers.extend(id.zip(layer));
                return Ok(());
            }
            _ => self.file(&mut path, entry, at)?,
        };
        tree.add(&path, Node { body, mode, uid, gid, modified })?;
        Ok(())
    }

    /// A regular file, whose name may stand in a header of its own.
    fn file<R: Read>(
        &mut self,
        path: &mut Vec<u8>,
        entry: &mut Entry<'_, R>,
        at: Option<Range<u64>>,
    ) -> io::Result<Body> {
        let size = entry.size();
        if let Some(sparse) = sparse(entry)? {
            *path = sparse.name.unwrap_or_else(|| path.clone());
            return Ok(Body::File { size: sparse.size.unwrap_or(size), place: Place::Sparse });
        }
        let place = match at.filter(|_| !entry.header().entry_type().is_gnu_sparse()) {
            Some(at) if at.end.saturating_sub(at.start) < size => return Err(io::ErrorKind::UnexpectedEof.into()),
            Some(_) if size == 0 => Place::Empty,
            Some(at) => Place::Archive(at.start),
            None => self.keep.take(entry, size)?,
        };
        Ok(Body::File { size, place })
    }

    /// A file that may be a layer of an image, and its files if it is.
    fn layer<R: Read>(
        &mut self,
        path: &mut Vec<u8>,
        entry: &mut Entry<'_, R>,
        at: Option<Range<u64>>,
    ) -> io::Result<(Body, Option<io::Result<Tree>>)> {
        let size = entry.size();
        if let Some((archive, range)) = self.keep.archive()?.zip(at.clone()) {
            let body = self.file(path, entry, at)?;
            let input = format::input(Section::new(archive, range.start, size));
            let layer = input.transpose().map(|input| input.and_then(|input| self.tar(input, true)));
            return Ok((body, layer));
        }
        let mut head = Vec::new();
        entry.take(format::HEAD as u64).read_to_end(&mut head)?;
        let packing = format::recognise(&head);
        let mut all = io::Cursor::new(head).chain(entry);
        let Some(packing) = packing else {
            return Ok((Body::File { size, place: self.keep.take(&mut all, size)? }, None));
        };
        let layer = format::unpacked(packing, all).and_then(|input| self.tar(Input::Stream(input), true));
        Ok((Body::File { size, place: Place::Layer }, Some(layer)))
    }
}

/// Whether a name is one of those that layers have: `ID/layer.tar` in what `docker save` wrote of old,
/// `blobs/sha256/DIGEST` in the OCI image layout.
fn may_be_layer(path: &[u8]) -> bool {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    let (folder, name) = match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
        None => return false,
    };
    folder == b"blobs/sha256" || (name == b"layer.tar" && !folder.contains(&b'/'))
}

/// What a pax header tells of a file with holes.
#[derive(Default)]
struct Sparse {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Whether a file has holes that a pax header tells of, which are not understood here, and then its name and size
/// (the GNU tar manual, "Storing Sparse Files").
fn sparse<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Option<Sparse>> {
    let Some(extensions) = entry.pax_extensions()? else { return Ok(None) };
    let mut found = None;
    for extension in extensions.flatten() {
        let Some(key) = extension.key().ok().and_then(|key| key.strip_prefix("GNU.sparse.")) else { continue };
        let sparse: &mut Sparse = found.get_or_insert_default();
        match key {
            "name" => sparse.name = Some(extension.value_bytes().to_vec()),
            "size" | "realsize" => sparse.size = extension.value().ok().and_then(|value| value.parse().ok()),
            _ => {}
        }
    }
    Ok(found)
}

/// What is wrong, and where in the archive.
fn placed(error: &io::Error, read: u64, last: &[u8]) -> io::Error {
    let last = String::from_utf8_lossy(last);
    let words = fault::words(error);
    io::Error::new(error.kind(), format!("{DAMAGED} at byte {read} of the tar, after {last}: {words}"))
}
