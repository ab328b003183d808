//! The three forms in which rpm keeps its data base: SQLite (`rpmdb.sqlite`), its own `Packages.db` (ndb, SUSE), and
//! a Berkeley DB hash (`Packages`, until RHEL 8). All hold a header for each package.

use crate::capture::libraries::sqlite::{Broken, Cell, Sqlite};
use crate::host::{Host, RandomFile, ReadError};
use std::collections::HashSet;

/// Where distributions keep it; newer ones have the second, and a link from the first.
const FOLDERS: &[&str] = &["/var/lib/rpm", "/usr/lib/sysimage/rpm"];

/// The data base of a large server has 300 MB.
const CAP: u64 = 2 << 30;

/// The header of a package with 100,000 files has 20 MB.
const HEADER_CAP: usize = 64 << 20;

/// The most pages that are read for headers: more than any of the caps allows for.
const PACKAGES: usize = 200_000;

type Visit<'a> = &'a mut dyn FnMut(&[u8]);

/// Calls `visit` with each header of the data base. Says where it stands and how the reading ended; `None` where there is
/// no data base.
pub(super) fn each(host: &Host, visit: Visit<'_>) -> Option<(String, Result<(), Broken>)> {
    for folder in FOLDERS {
        for (file, read) in [("rpmdb.sqlite", sqlite as Form), ("Packages.db", ndb), ("Packages", berkeley)] {
            let path = format!("{folder}/{file}");
            match read(host, &path, visit) {
                Err(Broken::Unread(ReadError::Missing(_))) => {}
                ended => return Some((path, ended)),
            }
        }
    }
    None
}

type Form = fn(&Host, &str, Visit<'_>) -> Result<(), Broken>;

/// Table `Packages`: `hnum`, `blob`.
fn sqlite(host: &Host, path: &str, visit: Visit<'_>) -> Result<(), Broken> {
    Sqlite::open(host, path)?.rows("Packages", &mut |_, cells| {
        if let Some(Cell::Bytes(blob)) = cells.get(1) {
            visit(blob);
        }
    })
}

/// `lib/backend/ndb/rpmpkg.c`: pages of slots that say where each header stands, in blocks of 16 bytes.
fn ndb(host: &Host, path: &str, visit: Visit<'_>) -> Result<(), Broken> {
    const PAGE: usize = 4096;
    let file = host.open_up_to(path, CAP)?;
    let cut = Broken::Format("a slot leads nowhere");
    let head = file.read_at(0, 32)?;
    if !head.starts_with(b"RpmP") {
        return Err(Broken::Format("no data base of rpm's own form"));
    }
    let pages = little(&head, 12).unwrap_or(0) as usize;
    let slots = pages.checked_mul(PAGE).filter(|size| *size as u64 <= file.size() && pages < PACKAGES);
    let slots = file.read_at(0, slots.ok_or(Broken::Format("it has more slots than bytes"))?)?;
    // The head takes the place of the first two.
    for slot in slots.chunks_exact(16).skip(2) {
        let (Some(package), Some(block)) = (little(slot, 4), little(slot, 8)) else { continue };
        if !slot.starts_with(b"Slot") || package == 0 || block == 0 {
            continue;
        }
        let place = u64::from(block) * 16;
        let head = file.read_at(place, 16)?;
        let size = little(&head, 12).unwrap_or(0) as usize;
        if !head.starts_with(b"BlbS") || little(&head, 4) != Some(package) || size > HEADER_CAP {
            return Err(cut);
        }
        visit(&file.read_at(place + 16, size)?);
    }
    Ok(())
}

/// A Berkeley DB hash, `dbinc/db_page.h`: pages of pairs, whose large halves stand on chains of pages of their own.
fn berkeley(host: &Host, path: &str, visit: Visit<'_>) -> Result<(), Broken> {
    let file = host.open_up_to(path, CAP)?;
    let head = file.read_at(0, 512).map_err(|_| Broken::Format("too short for a data base"))?;
    // Magic, version, page size, encryption, and type 8: the first page of a hash.
    let is_big = match little(&head, 12) {
        Some(0x0006_1561) => false,
        Some(0x6115_0600) => true,
        _ => return Err(Broken::Format("no Berkeley DB hash")),
    };
    let word = |bytes: &[u8], at: usize| word(bytes, at, is_big);
    if head.get(24) != Some(&0) || head.get(25) != Some(&8) {
        return Err(Broken::Format("encrypted, or no hash"));
    }
    let page_size = word(&head, 20).unwrap_or(0) as usize;
    if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
        return Err(Broken::Format("its page size is none"));
    }
    let book = Book { file, page_size, is_big };
    let last = u64::from(word(&head, 32).unwrap_or(0)).min(book.file.size() / page_size as u64);
    let mut seen = HashSet::new();
    for number in 0..=last {
        let Ok(page) = book.page(number) else { break };
        // 2 and 13: pairs, in order or not.
        if !matches!(page.get(25), Some(2 | 13)) {
            continue;
        }
        let count = book.short(&page, 20).unwrap_or(0) as usize;
        for at in (1..count).step_by(2) {
            let (Some(key), Some(value)) = (book.item(&page, at - 1), book.item(&page, at)) else {
                return Err(Broken::Format("a page is cut off"));
            };
            // The entry of package 0 is the number of the next one.
            if key.get(1..).is_some_and(|key| key.iter().all(|byte| *byte == 0)) {
                continue;
            }
            match value.first() {
                Some(1) => visit(value.get(1..).unwrap_or_default()),
                Some(3) => visit(&book.chain(value, &mut seen)?),
                _ => return Err(Broken::Format("a header stands in a form that rpm does not use")),
            }
        }
    }
    Ok(())
}

/// The pages of a Berkeley DB file.
struct Book {
    file: RandomFile,
    page_size: usize,
    is_big: bool,
}

impl Book {
    fn page(&self, number: u64) -> Result<Vec<u8>, ReadError> {
        self.file.read_at(number * self.page_size as u64, self.page_size)
    }

    fn short(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u32::from(if self.is_big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }))
    }

    /// An item begins where its entry says and ends where the one before it begins: they fill the page from its end.
    fn item<'a>(&self, page: &'a [u8], at: usize) -> Option<&'a [u8]> {
        let place = |at: usize| self.short(page, 26 + 2 * at).map(|place| place as usize);
        let end = if at == 0 { self.page_size } else { place(at - 1)? };
        page.get(place(at)?..end)
    }

    /// `HOFFPAGE`: type, three unused bytes, first page, size.
    fn chain(&self, item: &[u8], seen: &mut HashSet<u32>) -> Result<Vec<u8>, Broken> {
        let cut = || Broken::Format("a header is cut off");
        let size = word(item, 8, self.is_big).ok_or_else(cut)? as usize;
        let mut next = word(item, 4, self.is_big).ok_or_else(cut)?;
        let mut bytes = Vec::new();
        while next != 0 && bytes.len() < size.min(HEADER_CAP) {
            if !seen.insert(next) {
                return Err(Broken::Format("its pages go round in a circle"));
            }
            let page = self.page(u64::from(next))?;
            // Of these pages the field that elsewhere says where room begins says how much they hold.
            let held = self.short(&page, 22).unwrap_or(0) as usize;
            bytes.extend_from_slice(page.get(26..26 + held).ok_or_else(cut)?);
            next = word(&page, 16, self.is_big).ok_or_else(cut)?;
        }
        Ok(bytes)
    }
}

fn little(bytes: &[u8], at: usize) -> Option<u32> {
    word(bytes, at, false)
}

fn word(bytes: &[u8], at: usize, is_big: bool) -> Option<u32> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
}
