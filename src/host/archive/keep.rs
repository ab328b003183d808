//! The bytes of an archive's files. Those of a plain tar stay where they are and are read when they are asked for; those
//! of a compressed one are kept in memory, compressed again in blocks that can be read one by one.

use super::super::ReadError;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that is kept of one file of a compressed archive, in bytes: package data bases have tens of megabytes, and
/// what is larger no probe reads.
pub(super) const FILE_CAP: u64 = 64 << 20;

/// The most that all of them may take once they are compressed again, in bytes.
const TOTAL_CAP: usize = 512 << 20;

/// A block is closed when it has so many bytes: enough to compress well, few enough to unpack for a file of one line.
const BLOCK: usize = 256 << 10;

/// Blocks that stay unpacked, as neighbours in an archive are read one after the other.
const UNPACKED: usize = 8;

/// Fast before small: it is thrown away when the capture ends.
const LEVEL: i32 = 1;

/// Where the bytes of a file are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// It has none.
    Empty,
    /// In the archive itself, at this offset.
    Archive(u64),
    /// In a block, from here on.
    Block { block: u32, start: u32 },
    /// They were not kept: it is larger than [`FILE_CAP`].
    TooLarge,
    /// They were not kept: together the files take more than [`TOTAL_CAP`].
    NoRoom,
    /// They were not kept: their sparse form is not understood.
    Sparse,
    /// They were not kept: they are the layer of an image.
    Layer,
}

/// All bytes that are kept.
#[derive(Debug)]
pub(super) struct Keep {
    /// The archive where it is a plain tar.
    archive: Option<File>,
    blocks: Vec<Block>,
    open: Vec<u8>,
    used: usize,
    unpacked: Mutex<VecDeque<Unpacked>>,
}

/// A block's number and what is in it.
type Unpacked = (u32, Arc<Vec<u8>>);

#[derive(Debug)]
struct Block {
    packed: Vec<u8>,
    size: usize,
}

impl Keep {
    pub(super) fn new(archive: Option<File>) -> Self {
        Self { archive, blocks: Vec::new(), open: Vec::new(), used: 0, unpacked: Mutex::default() }
    }

    /// The archive, where it is a plain tar, to be read beside.
    pub(super) fn archive(&self) -> io::Result<Option<File>> {
        self.archive.as_ref().map(File::try_clone).transpose()
    }

    /// Takes in a file of so many bytes.
    pub(super) fn take(&mut self, file: &mut dyn Read, size: u64) -> io::Result<Place> {
        match size {
            0 => return Ok(Place::Empty),
            _ if size > FILE_CAP => return Ok(Place::TooLarge),
            _ if self.used > TOTAL_CAP => return Ok(Place::NoRoom),
            _ => {}
        }
        let place = Place::Block { block: self.blocks.len() as u32, start: self.open.len() as u32 };
        let before = self.open.len();
        file.take(size).read_to_end(&mut self.open)?;
        if ((self.open.len() - before) as u64) < size {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the middle of a file"));
        }
        if self.open.len() >= BLOCK {
            self.close()?;
        }
        Ok(place)
    }

    /// Ends the last block.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if !self.open.is_empty() {
            let packed = zstd::bulk::compress(&self.open, LEVEL)?;
            self.used += packed.len();
            self.blocks.push(Block { packed, size: self.open.len() });
            // One large file must not hold its room until the end.
            self.open = Vec::with_capacity(BLOCK);
        }
        Ok(())
    }

    /// The bytes of a file of this size.
    pub(super) fn read(&self, path: &str, place: Place, size: u64) -> Result<Vec<u8>, ReadError> {
        let failed = |source| ReadError::Io { path: path.to_owned(), source };
        match (place, &self.archive) {
            (Place::Empty, _) => Ok(Vec::new()),
            (Place::Archive(offset), Some(archive)) => {
                let mut bytes = vec![0; size as usize];
                archive.read_exact_at(&mut bytes, offset).map_err(failed)?;
                Ok(bytes)
            }
            (Place::Block { block, start }, _) => {
                let bytes = self.unpack(block).map_err(failed)?;
                let part = bytes.get(start as usize..).and_then(|bytes| bytes.get(..size as usize));
                part.map(<[u8]>::to_vec).ok_or_else(|| failed(io::ErrorKind::UnexpectedEof.into()))
            }
            (Place::TooLarge, _) => Err(ReadError::TooLarge { path: path.to_owned(), cap: FILE_CAP }),
            (Place::NoRoom, _) => {
                let why = format!("{path}: the archive's files need more than {} MiB of memory", TOTAL_CAP >> 20);
                Err(ReadError::NotKept(why))
            }
            (Place::Sparse, _) => Err(ReadError::NotKept(format!("{path}: a sparse file of a pax archive"))),
            (Place::Layer, _) => Err(ReadError::NotKept(format!("{path}: a layer of an image"))),
            (Place::Archive(_), None) => Err(failed(io::ErrorKind::UnexpectedEof.into())),
        }
    }

    fn unpack(&self, number: u32) -> io::Result<Arc<Vec<u8>>> {
        let unpacked = || self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = unpacked().iter().find(|(other, _)| *other == number) {
            return Ok(Arc::clone(bytes));
        }
        let block = self.blocks.get(number as usize).ok_or(io::ErrorKind::UnexpectedEof)?;
        let bytes = Arc::new(zstd::bulk::decompress(&block.packed, block.size)?);
        // Of a large file it is all, and that is read once.
        if block.size <= 4 * BLOCK {
            let mut unpacked = unpacked();
            unpacked.push_front((number, Arc::clone(&bytes)));
            unpacked.truncate(UNPACKED);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_as_they_went_in() {
        let mut keep = Keep::new(None);
        let files: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; usize::from(n) * 3_000]).collect();
        let places: Vec<Place> =
            files.iter().map(|file| keep.take(&mut &file[..], file.len() as u64).expect("taken")).collect();
        keep.close().expect("closed");
        assert!(keep.blocks.len() > 2);
        for (file, place) in files.iter().zip(places) {
            assert_eq!(keep.read("x", place, file.len() as u64).expect("kept"), *file);
        }
        assert!(keep.take(&mut &b"short"[..], 6).is_err());
        let large = keep.take(&mut io::empty(), FILE_CAP + 1).expect("not read");
        assert!(matches!(keep.read("x", large, FILE_CAP + 1), Err(ReadError::TooLarge { .. })));
    }
}
