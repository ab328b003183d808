//! Starts of the machine as systemd's journal keeps them, for hosts without a wtmp(5): the first entry of each start, which
//! the kernel wrote. Layout: JOURNAL_FILE_FORMAT of systemd, the structures in its `journal-def.h`.

use crate::host::{EntryKind, Host, RandomFile, ReadError};
use std::collections::BTreeMap;

/// Where journald keeps what lasts, and what lasts until the next start; systemd-journald.service(8).
const FOLDERS: [&str; 2] = ["/var/log/journal", "/run/log/journal"];

/// A file is rotated long before; journald.conf(5), `SystemMaxFileSize=`.
const CAP: u64 = 1 << 30;

/// The most files of one machine, the newest ones.
const FILES: usize = 64;

/// The most objects of a kind that are looked at in a file: a field for each name that was ever logged.
const OBJECTS: usize = 10_000;

/// The most starts that are looked at in a file.
const STARTS: usize = 1_000;

/// Offsets in the header of a file.
const INCOMPATIBLE: u64 = 12;
const FIELDS: u64 = 120;

/// Offsets of integers are half as wide, and data begins later.
const COMPACT: u32 = 1 << 4;

/// The flags of an object whose text is compressed: XZ, LZ4, ZSTD.
const COMPRESSED: u8 = 0b111;

/// A start: when, in seconds since 1970, and with which kernel.
pub(super) struct Start {
    pub(super) at: i64,
    pub(super) kernel: String,
    /// The file.
    pub(super) source: String,
}

/// The starts whose first entry is kept, in no order.
///
/// # Errors
/// The first folder or file that is there and cannot be read.
pub(super) fn starts(host: &Host) -> Result<Vec<Start>, ReadError> {
    let mut starts = BTreeMap::new();
    for path in files(host)? {
        let file = match host.open_up_to(&path, CAP) {
            // Rotated away meanwhile.
            Err(error) if error.is_missing() => continue,
            file => file?,
        };
        for (boot, at, kernel) in Journal::of(&file).map(|journal| journal.boots()).unwrap_or_default() {
            starts.entry(boot).or_insert(Start { at, kernel, source: path.clone() });
        }
    }
    Ok(starts.into_values().collect())
}

/// The files of the system's own journal, those of users left out; the newest first.
fn files(host: &Host) -> Result<Vec<String>, ReadError> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        let machines = match host.list(folder) {
            Err(error) if error.is_missing() => continue,
            machines => machines?,
        };
        for machine in machines.into_iter().filter(|entry| entry.kind == EntryKind::Folder) {
            let folder = format!("{folder}/{}", machine.name);
            let entries = host.list(&folder)?.into_iter().map(|entry| entry.name);
            let is_one = |name: &String| {
                name.ends_with(".journal") && (name.starts_with("system.") || name.starts_with("system@"))
            };
            let mut names: Vec<String> = entries.filter(is_one).collect();
            // `system@SEQNUM_ID-SEQNUM-TIME.journal`: the time is the last part, in hexadecimal digits.
            names.sort_by_key(|name| (name.starts_with("system@"), std::cmp::Reverse(time(name).to_owned())));
            files.extend(names.into_iter().take(FILES).map(|name| format!("{folder}/{name}")));
        }
    }
    Ok(files)
}

fn time(name: &str) -> &str {
    name.rsplit('-').next().unwrap_or_default()
}

struct Journal<'a> {
    file: &'a RandomFile,
    is_compact: bool,
}

impl<'a> Journal<'a> {
    /// None for what is no journal.
    fn of(file: &'a RandomFile) -> Option<Self> {
        let head = file.read_at(0, 16).ok()?;
        let flags = u32::from_le_bytes(*head.get(INCOMPATIBLE as usize..)?.first_chunk()?);
        head.starts_with(b"LPKSHHRH").then_some(Self { file, is_compact: flags & COMPACT != 0 })
    }

    /// The integer that stands so far into an object.
    fn long(&self, object: u64, offset: u64) -> Option<u64> {
        Some(u64::from_le_bytes(*self.file.read_at(object.checked_add(offset)?, 8).ok()?.first_chunk()?))
    }

    /// Where the text of data begins in its object.
    fn text_at(&self) -> u64 {
        if self.is_compact { 72 } else { 64 }
    }

    /// The text of an object, as far as it is wanted; nothing of one that is compressed.
    fn text(&self, object: u64, from: u64, most: u64) -> Option<Vec<u8>> {
        let head = self.file.read_at(object, 16).ok()?;
        if head.get(1)? & COMPRESSED != 0 {
            return None;
        }
        let size = u64::from_le_bytes(*head.get(8..)?.first_chunk()?);
        self.file.read_at(object.checked_add(from)?, size.checked_sub(from)?.min(most) as usize).ok()
    }

    /// The start, its time and its kernel, of each whose first entry in this file is the kernel's first word.
    fn boots(&self) -> Vec<(Vec<u8>, i64, String)> {
        let mut boots = Vec::new();
        let mut data = self.field(b"_BOOT_ID").unwrap_or(0);
        for _ in 0..STARTS {
            if data == 0 {
                break;
            }
            boots.extend(self.boot(data));
            let Some(next) = self.long(data, 32) else { break };
            data = next;
        }
        boots
    }

    /// The first data of a field.
    fn field(&self, name: &[u8]) -> Option<u64> {
        let (table, size) = (self.long(0, FIELDS)?, self.long(0, FIELDS + 8)?);
        let chains = self.file.read_at(table, usize::try_from(size).ok().filter(|size| *size <= 16 * OBJECTS)?).ok()?;
        let mut left = OBJECTS;
        for chain in chains.chunks_exact(16) {
            let mut object = u64::from_le_bytes(*chain.first_chunk()?);
            while object != 0 {
                left = left.checked_sub(1)?;
                // Its hash, the next of the chain, its first data, its name.
                if self.text(object, 40, name.len() as u64 + 1).is_some_and(|found| found == name) {
                    return self.long(object, 32);
                }
                object = self.long(object, 24)?;
            }
        }
        None
    }

    /// What the first entry with some data says.
    fn boot(&self, data: u64) -> Option<(Vec<u8>, i64, String)> {
        const ITEMS: u64 = 64;
        let id = self.text(data, self.text_at(), 64)?;
        let entry = self.long(data, 40).filter(|entry| *entry != 0)?;
        // Microseconds since 1970, and since the start.
        let (now, since) = (self.long(entry, 24)?, self.long(entry, 32)?);
        let at = i64::try_from(now.checked_sub(since)? / 1_000_000).ok()?;
        let width = if self.is_compact { 4 } else { 16 };
        let items = self.long(entry, 8)?.checked_sub(ITEMS)?.min(width * 256);
        let items = self.file.read_at(entry.checked_add(ITEMS)?, items as usize).ok()?;
        let message = |item: &[u8]| {
            let object = match item.first_chunk::<8>() {
                Some(long) => u64::from_le_bytes(*long),
                None => u32::from_le_bytes(*item.first_chunk()?).into(),
            };
            let text = self.text(object, self.text_at(), 256)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            Some(text.strip_prefix("MESSAGE=Linux version ")?.split_whitespace().next()?.to_owned())
        };
        let kernel = items.chunks_exact(width as usize).find_map(message)?;
        Some((id, at, kernel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    /// A journal of one start after another, each with one entry.
    fn journal(is_compact: bool, starts: &[(&str, u64, &str)]) -> Vec<u8> {
        let mut file = vec![0; 256];
        file[..8].copy_from_slice(b"LPKSHHRH");
        file[12..16].copy_from_slice(&(if is_compact { COMPACT } else { 0 }).to_le_bytes());
        let put = |file: &mut Vec<u8>, at: usize, value: u64| file[at..at + 8].copy_from_slice(&value.to_le_bytes());
        let object = |file: &mut Vec<u8>, kind: u8, from: usize, text: &[u8]| {
            let at = file.len();
            file.resize(at + from, 0);
            file[at] = kind;
            file.extend_from_slice(text);
            put(file, at + 8, (from + text.len()) as u64);
            file.resize(file.len().next_multiple_of(8), 0);
            at
        };
        let text_at = if is_compact { 72 } else { 64 };
        let table = object(&mut file, 4, 16, &[0; 32]) + 16;
        put(&mut file, FIELDS as usize, table as u64);
        put(&mut file, FIELDS as usize + 8, 32);
        let other = object(&mut file, 2, 40, b"_BOOT_ID_OF_ANOTHER");
        let field = object(&mut file, 2, 40, b"_BOOT_ID");
        put(&mut file, table + 16, other as u64);
        put(&mut file, other + 24, field as u64);
        let mut link = field + 32;
        for (id, seconds, message) in starts {
            let boot = object(&mut file, 1, text_at, format!("_BOOT_ID={id}").as_bytes());
            let told = object(&mut file, 1, text_at, format!("MESSAGE={message}").as_bytes());
            let items: Vec<u8> = [boot, told]
                .iter()
                .flat_map(|data| match is_compact {
                    true => (*data as u32).to_le_bytes().to_vec(),
                    false => [(*data as u64).to_le_bytes(), [7; 8]].concat(),
                })
                .collect();
            let entry = object(&mut file, 3, 64, &items);
            put(&mut file, entry + 24, seconds * 1_000_000 + 2_500_000);
            put(&mut file, entry + 32, 2_500_000);
            put(&mut file, boot + 40, entry as u64);
            put(&mut file, link, boot as u64);
            link = boot + 32;
        }
        file
    }

    const THREE: [(&str, u64, &str); 3] = [
        ("aa", 1_769_904_000, "Linux version 6.1.0-25-amd64 (debian-kernel@lists.debian.org) #1 SMP"),
        ("bb", 1_770_904_000, "Linux version 6.12.3+deb13-amd64 (debian-kernel@lists.debian.org)"),
        ("cc", 1_771_904_000, "the file of its beginning is gone"),
    ];

    #[test]
    fn starts_are_read_from_both_layouts_once_each() {
        for is_compact in [false, true] {
            let now = journal(is_compact, &THREE[1..]);
            let before = journal(is_compact, &THREE[..2]);
            let root = Root::new(&[
                ("/var/log/journal/m/system.journal", now.as_slice()),
                ("/var/log/journal/m/system@1-2-0006.journal", before.as_slice()),
                ("/var/log/journal/m/user-1000.journal", b"LPKSHHRH"),
                ("/var/log/journal/m/system@1-2-0005.journal", b"no journal"),
            ]);
            let starts = starts(&root.host()).expect("reads");
            let told: Vec<_> =
                starts.iter().map(|start| format!("{} {} {}", start.at, start.kernel, start.source)).collect();
            let expected = [
                "1769904000 6.1.0-25-amd64 /var/log/journal/m/system@1-2-0006.journal",
                "1770904000 6.12.3+deb13-amd64 /var/log/journal/m/system.journal",
            ];
            assert_eq!(told, expected, "{is_compact}");
        }
        assert!(starts(&Root::new::<&str>(&[]).host()).expect("nothing there").is_empty());
    }

    #[test]
    fn no_file_breaks_the_reader() {
        let whole = journal(false, &THREE);
        for cut in (0..whole.len()).step_by(16) {
            let mut broken = whole.clone();
            broken[cut..(cut + 8).min(whole.len())].fill(0xff);
            for bytes in [&whole[..cut], &broken] {
                let root = Root::new(&[("/var/log/journal/m/system.journal", bytes)]);
                assert!(starts(&root.host()).expect("reads").len() <= 3, "{cut}");
            }
        }
        // A chain that bites its tail.
        let mut ring = whole.clone();
        let field = whole.windows(9).position(|part| part == b"_BOOT_ID\x01").expect("is there") - 40;
        ring[field + 24..field + 32].copy_from_slice(&(field as u64).to_le_bytes());
        ring[field + 40] = b'x';
        let root = Root::new(&[("/var/log/journal/m/system.journal", ring.as_slice())]);
        assert!(starts(&root.host()).expect("reads").is_empty());
    }
}
