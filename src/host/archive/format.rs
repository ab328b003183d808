//! How an archive is packed, told by its first bytes.

use super::load::Input;
use crate::base::fault::NO_TAR;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// How many bytes tell it: a tar's first header.
pub(super) const HEAD: usize = 512;

/// The most memory that a decompressor may take for its window, in KiB: `xz -9` and `zstd --ultra -22` need less.
const WINDOW_KIB: u32 = 160 << 10;
/// The same as a power of two, in bytes.
const WINDOW_LOG: u32 = 27;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
}

/// How an archive with this beginning is packed; `None` for what is no archive.
pub(super) fn recognise(head: &[u8]) -> Option<Packing> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Packing::Gzip),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Xz),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packing::Zstd),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some(Packing::Bzip2),
        _ => is_tar(head).then_some(Packing::None),
    }
}

/// Whether this is a header of a tar, or its end: the sum of its bytes stands in it, with blanks in the sum's place. Old
/// archives have no other mark.
fn is_tar(head: &[u8]) -> bool {
    let Some(head) = head.get(..HEAD) else { return false };
    let (before, rest) = head.split_at(148);
    let (sum, after) = rest.split_at(8);
    let digits: String = sum.iter().map(|b| char::from(*b)).filter(|c| !matches!(c, ' ' | '\0')).collect();
    let actual = before.iter().chain(after).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * u32::from(b' ');
    u32::from_str_radix(&digits, 8) == Ok(actual) || head.iter().all(|byte| *byte == 0)
}

/// What comes out of an archive.
pub(super) fn unpacked<'a>(packing: Packing, archive: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let archive = BufReader::with_capacity(64 << 10, archive);
    Ok(match packing {
        Packing::None => Box::new(archive),
        Packing::Gzip => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(archive))),
        Packing::Xz => Box::new(BufReader::new(lzma_rust2::XzReader::new_mem_limit(archive, true, WINDOW_KIB))),
        Packing::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(archive)?;
            decoder.window_log_max(WINDOW_LOG)?;
            Box::new(BufReader::new(decoder))
        }
        Packing::Bzip2 => Box::new(BufReader::new(bzip2::bufread::MultiBzDecoder::new(archive))),
    })
}

/// The tar that a part of a file is, however it is packed; `None` for what is no archive.
pub(super) fn input(mut section: Section) -> io::Result<Option<Input<'static>>> {
    let head = head(&mut section)?;
    section.rewind()?;
    Ok(match recognise(&head) {
        None => None,
        Some(Packing::None) => Some(Input::Plain(section)),
        Some(packing) => {
            let mut inside = unpacked(packing, section)?;
            let head = self::head(&mut inside)?;
            if !is_tar(&head) {
                return Err(io::Error::other(format!("{NO_TAR} {packing:?} is no tar").to_lowercase()));
            }
            Some(Input::Stream(Box::new(io::Cursor::new(head).chain(inside))))
        }
    })
}

fn head(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    from.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A part of a file as a file of its own.
#[derive(Debug)]
pub(super) struct Section {
    file: File,
    start: u64,
    size: u64,
    at: u64,
}

impl Section {
    pub(super) fn new(file: File, start: u64, size: u64) -> Self {
        Self { file, start, size, at: 0 }
    }

    /// Where it stands in the file.
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.start.saturating_add(self.size)
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.size.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        let n = self.file.read_at(buffer.get_mut(..room).unwrap_or_default(), self.start + self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
