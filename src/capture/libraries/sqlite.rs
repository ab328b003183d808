//! Tables of an SQLite data base, read page by page and never written: the file format of sqlite.org/fileformat2.html,
//! as much of it as a walk through a table needs. Every number in the file is taken for hostile.

use crate::host::{Host, RandomFile, ReadError};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The data base of packages of a large server has 300 MB.
const CAP: u64 = 2 << 30;

/// What a writer has not yet moved into the data base.
const LOG_CAP: u64 = 256 << 20;

/// The most that one row holds.
const ROW_CAP: usize = 64 << 20;

/// Trees of the largest data bases are five pages deep.
const DEPTH: usize = 20;

/// Why a data base cannot be read further.
#[derive(Debug)]
pub(in crate::capture) enum Broken {
    /// The file, or a part of it.
    Unread(ReadError),
    /// What stands there is not what the format says.
    Format(&'static str),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => error.fmt(f),
            Self::Format(what) => f.write_str(what),
        }
    }
}

impl From<ReadError> for Broken {
    fn from(error: ReadError) -> Self {
        Self::Unread(error)
    }
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::capture) enum Cell<'a> {
    /// Nothing; of the row's own number too.
    Null,
    /// Every kind of whole number.
    Integer(i64),
    /// A text or a blob.
    Bytes(&'a [u8]),
    /// A number that is not whole: nobody asks for one.
    Other,
}

impl<'a> Cell<'a> {
    /// The text, if it is one.
    pub(in crate::capture) fn text(self) -> Option<&'a str> {
        if let Self::Bytes(bytes) = self { std::str::from_utf8(bytes).ok() } else { None }
    }

    /// The number, if it is one.
    pub(in crate::capture) fn integer(self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(number) } else { None }
    }
}

/// An open data base.
pub(in crate::capture) struct Sqlite {
    file: RandomFile,
    page_size: usize,
    /// What is left of a page when what extensions reserved is taken off.
    usable: usize,
    log: Option<Log>,
}

impl Sqlite {
    /// Opens a data base, with what its write-ahead log holds. A log that cannot be read is as good as none: what is
    /// in it may not be finished.
    pub(in crate::capture) fn open(host: &Host, path: &str) -> Result<Self, Broken> {
        let file = host.open_up_to(path, CAP)?;
        let head = file.read_at(0, 100).map_err(|_| Broken::Format("too short for a data base"))?;
        if !head.starts_with(b"SQLite format 3\0") {
            return Err(Broken::Format("no SQLite data base"));
        }
        let page_size = match number(&head, 16, 2) {
            Some(1) => 65_536,
            Some(size) if size.is_power_of_two() && size >= 512 => size as usize,
            _ => return Err(Broken::Format("its page size is none")),
        };
        let reserved = head.get(20).copied().map_or(0, usize::from);
        // The format asks for 480 bytes at least.
        let usable = page_size.checked_sub(reserved).filter(|rest| *rest >= 480);
        let usable = usable.ok_or(Broken::Format("its pages have no room"))?;
        let log = host.open_up_to(&format!("{path}-wal"), LOG_CAP).ok().and_then(|log| Log::read(log, page_size));
        Ok(Self { file, page_size, usable, log })
    }

    /// Calls `visit` with each row of a table: its number and its values. A data base without the table has no rows.
    pub(in crate::capture) fn rows(&self, table: &str, visit: &mut dyn FnMut(i64, &[Cell<'_>])) -> Result<(), Broken> {
        let mut root = None;
        // sqlite_schema: type, name, tbl_name, rootpage, sql.
        self.walk(1, &mut |_, cells| {
            let text = |at: usize| cells.get(at).and_then(|cell| cell.text());
            if (text(0), text(1)) == (Some("table"), Some(table)) {
                root = cells.get(3).and_then(|cell| cell.integer()).and_then(|page| u32::try_from(page).ok());
            }
        })?;
        root.map_or(Ok(()), |root| self.walk(root, visit))
    }

    fn walk(&self, root: u32, visit: &mut dyn FnMut(i64, &[Cell<'_>])) -> Result<(), Broken> {
        let mut seen = HashSet::new();
        self.branch(root, 0, &mut seen, visit)
    }

    fn branch(
        &self,
        number_of_page: u32,
        depth: usize,
        seen: &mut HashSet<u32>,
        visit: &mut dyn FnMut(i64, &[Cell<'_>]),
    ) -> Result<(), Broken> {
        if depth > DEPTH || !seen.insert(number_of_page) {
            return Err(Broken::Format("its pages go round in a circle"));
        }
        let page = self.page(number_of_page)?;
        // The first page begins with the head of the file.
        let head = if number_of_page == 1 { 100 } else { 0 };
        let cut = || Broken::Format("a page is cut off");
        let count = number(&page, head + 3, 2).ok_or_else(cut)? as usize;
        let pointer = |first: usize, at: usize| number(&page, first + 2 * at, 2).map(|place| place as usize);
        match page.get(head) {
            Some(0x0d) => {
                for at in 0..count {
                    let place = pointer(head + 8, at).ok_or_else(cut)?;
                    let (size, place) = varint(&page, place).ok_or_else(cut)?;
                    let (row, place) = varint(&page, place).ok_or_else(cut)?;
                    let payload = self.payload(&page, place, size, seen)?;
                    let cells = record(&payload).ok_or(Broken::Format("a row is not one"))?;
                    visit(row, &cells);
                }
                Ok(())
            }
            Some(0x05) => {
                for at in 0..count {
                    let place = pointer(head + 12, at).ok_or_else(cut)?;
                    let child = number(&page, place, 4).ok_or_else(cut)?;
                    self.branch(child, depth + 1, seen, visit)?;
                }
                let last = number(&page, head + 8, 4).ok_or_else(cut)?;
                self.branch(last, depth + 1, seen, visit)
            }
            _ => Err(Broken::Format("a page is of no table")),
        }
    }

    /// What a row holds: the part on its own page, then a chain of pages for the rest ("Cell Payload Overflow Pages").
    fn payload(&self, page: &[u8], place: usize, size: i64, seen: &mut HashSet<u32>) -> Result<Vec<u8>, Broken> {
        let size = usize::try_from(size).ok().filter(|size| *size <= ROW_CAP);
        let size = size.ok_or(Broken::Format("a row is too large"))?;
        let most = self.usable - 35;
        let here = if size <= most {
            size
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let fitting = least + (size - least) % (self.usable - 4);
            if fitting <= most { fitting } else { least }
        };
        let cut = || Broken::Format("a row is cut off");
        let mut payload = page.get(place..place + here).ok_or_else(cut)?.to_vec();
        let mut next = if here < size { number(page, place + here, 4) } else { None };
        while payload.len() < size {
            let number_of_page = next.filter(|page| *page != 0).ok_or_else(cut)?;
            if !seen.insert(number_of_page) {
                return Err(Broken::Format("its pages go round in a circle"));
            }
            let page = self.page(number_of_page)?;
            let part = (size - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(page.get(4..4 + part).ok_or_else(cut)?);
            next = number(&page, 0, 4);
        }
        Ok(payload)
    }

    fn page(&self, number_of_page: u32) -> Result<Vec<u8>, Broken> {
        if let Some(page) = self.log.as_ref().and_then(|log| log.page(number_of_page, self.page_size)) {
            return Ok(page);
        }
        let before = number_of_page.checked_sub(1).ok_or(Broken::Format("a page has no number"))?;
        Ok(self.file.read_at(u64::from(before) * self.page_size as u64, self.page_size)?)
    }
}

/// The write-ahead log: the newest state of some pages ("The Write-Ahead Log").
struct Log {
    file: RandomFile,
    /// Where the newest finished state of a page stands.
    places: HashMap<u32, u64>,
}

impl Log {
    fn read(file: RandomFile, page_size: usize) -> Option<Self> {
        let head = file.read_at(0, 32).ok()?;
        let word = |bytes: &[u8], at: usize| number(bytes, at, 4);
        let is_big = match word(&head, 0)? {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        if word(&head, 8)? as usize != page_size {
            return None;
        }
        let mut sums = checksum(is_big, (0, 0), head.get(..24)?);
        if (word(&head, 24)?, word(&head, 28)?) != sums {
            return None;
        }
        let (mut places, mut open) = (HashMap::new(), Vec::new());
        let mut at = 32;
        // A frame that does not fit the ones before it is left over from an older log: the log ends there.
        while let Ok(frame) = file.read_at(at, 24 + page_size) {
            sums = checksum(is_big, checksum(is_big, sums, frame.get(..8)?), frame.get(24..)?);
            let fits = frame.get(8..16) == head.get(16..24) && (word(&frame, 16)?, word(&frame, 20)?) == sums;
            if !fits {
                break;
            }
            open.push((word(&frame, 0)?, at + 24));
            // The frame that ends a transaction says how large the data base is then.
            if word(&frame, 4)? != 0 {
                places.extend(open.drain(..));
            }
            at += 24 + page_size as u64;
        }
        Some(Self { file, places })
    }

    fn page(&self, number_of_page: u32, page_size: usize) -> Option<Vec<u8>> {
        self.file.read_at(*self.places.get(&number_of_page)?, page_size).ok()
    }
}

/// "Checksum Algorithm": two sums over pairs of words, whose order of bytes the log's first word tells.
fn checksum(is_big: bool, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let word = |bytes: &[u8]| {
        let bytes: [u8; 4] = bytes.try_into().unwrap_or_default();
        if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    for pair in bytes.chunks_exact(8) {
        let (x, y) = pair.split_at(4);
        a = a.wrapping_add(word(x)).wrapping_add(b);
        b = b.wrapping_add(word(y)).wrapping_add(a);
    }
    (a, b)
}

/// An unsigned big-endian number of up to four bytes.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(size)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let mut number: u64 = 0;
    for count in 0..9 {
        let byte = *bytes.get(at.checked_add(count)?)?;
        if count == 8 {
            number = number << 8 | u64::from(byte);
        } else {
            number = number << 7 | u64::from(byte & 0x7f);
        }
        if count == 8 || byte < 0x80 {
            return Some((number as i64, at + count + 1));
        }
    }
    None
}

/// The values of a row ("Record Format").
fn record(payload: &[u8]) -> Option<Vec<Cell<'_>>> {
    let (end, mut at) = varint(payload, 0)?;
    let end = usize::try_from(end).ok().filter(|end| *end <= payload.len())?;
    let mut body = end;
    let mut cells = Vec::new();
    while at < end {
        let (kind, next) = varint(payload, at)?;
        at = next;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => usize::try_from(kind).ok()?.checked_sub(12)? / 2,
        };
        let bytes = payload.get(body..body.checked_add(size)?)?;
        body += size;
        cells.push(match kind {
            0 => Cell::Null,
            7 => Cell::Other,
            8 => Cell::Integer(0),
            9 => Cell::Integer(1),
            1..=6 => {
                let first = if bytes.first().is_some_and(|byte| *byte >= 0x80) { -1 } else { 0 };
                Cell::Integer(bytes.iter().fold(first, |number, byte| number << 8 | i64::from(*byte)))
            }
            _ => Cell::Bytes(bytes),
        });
    }
    Some(cells)
}
