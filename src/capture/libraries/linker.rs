//! `libraries.shared` and `libraries.linker`: what the dynamic linker finds, and in which order it looks; ld.so(8) and
//! ldconfig(8). The cache's form is that of glibc's `sysdeps/generic/dl-cache.h`.

use crate::capture::settings;
use crate::capture::{Facts, Scope};
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

const CACHE: &str = "/etc/ld.so.cache";
const CONFIGURATION: &str = "/etc/ld.so.conf";
const PRELOAD: &str = "/etc/ld.so.preload";

/// A desktop's cache has 200 kB.
const CAP: u64 = 16 << 20;

/// The most libraries that are told.
const LIBRARIES: usize = 50_000;

/// How deep files of folders include others.
const DEPTH: usize = 8;

/// Reads the cache, the folders and what is loaded into every program.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    shared(host, &mut facts.at(&["libraries", "shared"]));
    let mut facts = facts.at(&["libraries", "linker"]);
    usr_merged(host, &mut facts);
    let mut folders = Vec::new();
    let ((), missed) = host.watched(|| read_folders(host, CONFIGURATION, 0, &mut folders, &mut facts));
    if !folders.is_empty() || !missed.is_empty() {
        facts.put_whole(&["folders"], Value::list(folders), &missed, CONFIGURATION);
    }
    match host.text(PRELOAD) {
        Ok(text) => {
            let words =
                text.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split([' ', '\t', ':']));
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            if !words.is_empty() {
                facts.put(&["preload"], Value::list(words), PRELOAD);
            }
        }
        Err(error) => facts.unread(&["preload"], &error),
    }
}

/// The folders of ld.so.conf in its order, `include` followed.
fn read_folders(host: &Host, path: &str, depth: usize, folders: &mut Vec<String>, facts: &mut Scope<'_>) {
    let text = match host.text(path) {
        Ok(text) => text,
        Err(error) => return facts.unread(&["folders"], &error),
    };
    for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("include") if depth < DEPTH => {
                for pattern in words {
                    let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/etc/{pattern}") };
                    for file in settings::glob(host, &pattern) {
                        read_folders(host, &file, depth + 1, folders, facts);
                    }
                }
            }
            Some("include" | "hwcap") | None => {}
            Some(_) => {
                let named = line.split([' ', '\t', ':', ',']).filter(|word| !word.is_empty()).map(str::to_owned);
                folders.extend(named.take(LIBRARIES.saturating_sub(folders.len())));
            }
        }
    }
}

fn shared(host: &Host, facts: &mut Scope<'_>) {
    let bytes = match host.read_up_to(CACHE, CAP) {
        Ok(bytes) => bytes,
        Err(error) => return facts.unread(&[], &error),
    };
    let Some(entries) = parse(&bytes) else {
        return facts
            .problem(&[], Problem::new(ProblemKind::NotParsable, format!("{CACHE}: not in a form of glibc's")));
    };
    let mut counts: HashMap<u32, usize> = HashMap::new();
    entries.iter().for_each(|entry| *counts.entry(entry.kind).or_default() += 1);
    let native = counts.into_iter().max_by_key(|(kind, count)| (*count, *kind)).map(|(kind, _)| kind);
    // Of several under one name the linker takes the best that the processor can run; the one for all processors is what
    // can be compared between machines.
    let mut known: BTreeMap<String, (bool, &str)> = BTreeMap::new();
    for entry in &entries {
        let name = entry.name;
        let key = if Some(entry.kind) == native { name.to_owned() } else { format!("{name} ({})", kind(entry.kind)) };
        let best = known.entry(key).or_insert((entry.for_all_processors, entry.path));
        if entry.for_all_processors && !best.0 {
            *best = (true, entry.path);
        }
    }
    let mut merged = HashMap::new();
    for (key, (_, path)) in known {
        let mut facts = facts.at(&[&key]);
        facts.put(&["path"], real(host, path, &mut merged), CACHE);
        match host.link(path) {
            Ok(target) => facts.put_some(&["version"], version(&key, &target), path),
            // The name is the file's own.
            Err(ReadError::NotALink(_)) => {}
            Err(ReadError::Missing(_)) => {
                if !host.is_archive() {
                    facts.put(&["missing"], true, path);
                }
            }
            Err(error) => facts.unread(&["version"], &error),
        }
    }
}

/// Folders that stand in `/usr` as well, or lead there.
const TOPS: [&str; 4] = ["lib", "lib32", "lib64", "libx32"];

/// The path as it is where `/lib` and its like lead into `/usr` (file-hierarchy(7)): there one file has two paths, and
/// which of them ldconfig writes depends on the order of its folders. Where they are folders of their own a library is
/// the same one to every program, so it gets the path that it has elsewhere; that `/usr` is not merged is one fact.
fn real<'a>(host: &Host, path: &'a str, merged: &mut HashMap<&'a str, bool>) -> Cow<'a, str> {
    let top = path.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let is_in_usr = || {
        let top = TOPS.iter().find(|known| **known == top)?;
        let link = host.link(&format!("/{top}"));
        Some(link.ok().is_none_or(|to| to.trim_matches('/') == format!("usr/{top}")))
    };
    let is_in_usr = *merged.entry(top).or_insert_with(|| is_in_usr().unwrap_or_default());
    if is_in_usr { format!("/usr{path}").into() } else { path.into() }
}

/// `libraries.linker.usr_merged`: whether `/lib` leads into `/usr`.
fn usr_merged(host: &Host, facts: &mut Scope<'_>) {
    const LIB: &str = "/lib";
    match host.link(LIB) {
        Ok(to) => facts.put(&["usr_merged"], to.trim_matches('/') == "usr/lib", LIB),
        Err(ReadError::NotALink(_)) => facts.put(&["usr_merged"], false, LIB),
        Err(error) => facts.unread(&["usr_merged"], &error),
    }
}

/// `1.2.13` of `libz.so.1.2.13`, `2.31` of `libc-2.31.so`; nothing where the target says no more than the name.
fn version<'a>(name: &str, target: &'a str) -> Option<&'a str> {
    let file = target.rsplit('/').next()?;
    let of_end = file.split_once(".so.").map(|(_, version)| version).filter(|version| !version.is_empty());
    let of_middle = || file.strip_suffix(".so")?.rsplit_once('-').map(|(_, version)| version);
    let version = of_end.or_else(of_middle)?;
    let said = name.split_once(".so.").map(|(_, version)| version.split(' ').next().unwrap_or(version));
    (version.starts_with(|c: char| c.is_ascii_digit()) && said != Some(version)).then_some(version)
}

/// One library of the cache.
struct Entry<'a> {
    name: &'a str,
    path: &'a str,
    /// The upper byte of its flags: what it is built for.
    kind: u32,
    for_all_processors: bool,
}

/// Both forms, and the old one with the new one behind it, as glibc wrote it until 2.31.
fn parse(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    const NEW: &[u8] = b"glibc-ld.so.cache1.1";
    const OLD: &[u8] = b"ld.so-1.7.0";
    if bytes.starts_with(NEW) {
        return new(bytes);
    }
    if !bytes.starts_with(OLD) {
        return None;
    }
    let order = Order::of_count(bytes, 12, 12)?;
    let count = order.number(bytes, 12)? as usize;
    let end = count.checked_mul(12)?.checked_add(16)?;
    let rest = |at: usize| bytes.get(at..).filter(|rest| rest.starts_with(NEW));
    // It stands at the next multiple of eight.
    if let Some(rest) = rest(end.next_multiple_of(8)).or_else(|| rest(end)) {
        return new(rest);
    }
    let strings = bytes.get(end..)?;
    let entries = bytes.get(16..end)?.chunks_exact(12).take(LIBRARIES);
    let entry = |entry: &[u8]| {
        let kind = order.number(entry, 0)? >> 8;
        Some(Entry {
            name: text(strings, order.number(entry, 4)?)?,
            path: text(strings, order.number(entry, 8)?)?,
            kind,
            for_all_processors: true,
        })
    };
    Some(entries.filter_map(entry).collect())
}

/// 48 bytes of head, 24 for each library; texts count from the head on.
fn new(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    // Since glibc 2.33 a byte says it: `cache_file_new_flags_endian_little` and `_big`.
    let order = match bytes.get(28)? & 3 {
        2 => Order::Little,
        3 => Order::Big,
        _ => Order::of_count(bytes, 20, 24)?,
    };
    let count = order.number(bytes, 20)? as usize;
    let entries = bytes.get(48..count.checked_mul(24)?.checked_add(48)?)?.chunks_exact(24).take(LIBRARIES);
    let entry = |entry: &[u8]| {
        Some(Entry {
            name: text(bytes, order.number(entry, 4)?)?,
            path: text(bytes, order.number(entry, 8)?)?,
            kind: order.number(entry, 0)? >> 8,
            for_all_processors: order.number(entry, 16)? == 0 && order.number(entry, 20)? == 0,
        })
    };
    Some(entries.filter_map(entry).collect())
}

/// The cache is written in the machine's own order of bytes.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    /// The one in which so many entries of a size fit into the file: read in the other, the count of a cache of fewer
    /// than 65536 libraries is at least as many times too high.
    fn of_count(bytes: &[u8], at: usize, size: usize) -> Option<Self> {
        let fits = |order: &Self| order.number(bytes, at).is_some_and(|count| count as usize <= bytes.len() / size);
        [Self::Little, Self::Big].into_iter().find(fits)
    }

    fn number(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }
}

fn text(bytes: &[u8], at: u32) -> Option<&str> {
    let rest = bytes.get(at as usize..)?;
    let end = rest.iter().take(4096).position(|byte| *byte == 0)?;
    std::str::from_utf8(rest.get(..end)?).ok().filter(|text| !text.is_empty())
}

/// `FLAG_X8664_LIB64` and friends, as ldconfig -p names them.
fn kind(kind: u32) -> String {
    match kind {
        0 => "32 bits",
        0x1 => "sparc64",
        0x3 => "x86-64",
        0x4 => "s390x",
        0x5 => "ppc64",
        0x8 => "x32",
        0x9 => "arm hard-float",
        0xa => "aarch64",
        0xb => "arm soft-float",
        0xf => "riscv soft-float",
        0x10 => "riscv double-float",
        other => return format!("kind {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    /// Flags, name, path and level of processor.
    type Sample = (u32, &'static str, &'static str, u64);

    const SAMPLE: &[Sample] = &[
        (0x303, "libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", 0),
        (0x303, "libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6", 0),
        (0x003, "libc.so.6", "/lib/i386-linux-gnu/libc.so.6", 0),
        (0x303, "libfast.so.1", "/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libfast.so.1", 1 << 62),
        (0x303, "libfast.so.1", "/lib/x86_64-linux-gnu/libfast.so.1", 0),
        (0x303, "libgone.so.1", "/lib/x86_64-linux-gnu/libgone.so.1", 0),
    ];

    fn written(sample: &[Sample]) -> Vec<u8> {
        written_in(sample, u32::to_le_bytes, 0)
    }

    fn written_in(sample: &[Sample], bytes: fn(u32) -> [u8; 4], flags: u8) -> Vec<u8> {
        let mut head = b"glibc-ld.so.cache1.1".to_vec();
        head.extend(bytes(sample.len() as u32));
        head.resize(28, 0);
        head.resize(29, flags);
        head.resize(48, 0);
        let mut strings: Vec<u8> = Vec::new();
        let start = 48 + 24 * sample.len();
        for (flags, name, path, level) in sample {
            let mut place = |text: &str| {
                let at = (start + strings.len()) as u32;
                strings.extend(text.as_bytes());
                strings.push(0);
                at
            };
            let (name, path) = (place(name), place(path));
            [*flags, name, path, 0].iter().for_each(|word| head.extend(bytes(*word)));
            head.extend(level.to_le_bytes());
        }
        head.extend(strings);
        head
    }

    #[test]
    fn the_cache_is_read_in_both_forms() {
        let new = written(SAMPLE);
        let mut both = b"ld.so-1.7.0\0".to_vec();
        both.extend(1_u32.to_le_bytes());
        both.resize(16 + 12, 0);
        both.resize(both.len().next_multiple_of(8), 0);
        both.extend(&new);
        for cache in [new, both] {
            let root = Root::new(&[
                (CACHE, cache.as_slice()),
                (CONFIGURATION, b"include ld.so.conf.d/*.conf\n# x\n/opt/lib  # why\n"),
                ("/etc/ld.so.conf.d/b.conf", b"/usr/local/lib\n"),
                ("/etc/ld.so.conf.d/a.conf", b"/opt/a:/opt/b\n"),
                (PRELOAD, b"/usr/lib/libsafe.so # why\n"),
                ("/lib/i386-linux-gnu/libc.so.6", b""),
                ("/lib/x86_64-linux-gnu/libfast.so.1", b""),
            ])
            .link("/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2.13")
            .link("/lib/x86_64-linux-gnu/libc.so.6", "libc-2.31.so");
            let facts = root.probe(probe);
            let fact = |path: &str| facts.get(&format!("libraries.{path}")).cloned();
            assert_eq!(fact("shared.\"libz.so.1\".version"), Some("1.2.13".into()));
            assert_eq!(fact("shared.\"libc.so.6\".version"), Some("2.31".into()));
            assert_eq!(fact("shared.\"libc.so.6 (32 bits)\".path"), Some("/usr/lib/i386-linux-gnu/libc.so.6".into()));
            assert_eq!(fact("shared.\"libfast.so.1\".path"), Some("/usr/lib/x86_64-linux-gnu/libfast.so.1".into()));
            assert_eq!(fact("linker.usr_merged"), Some(false.into()));
            assert_eq!(fact("shared.\"libgone.so.1\".missing"), Some(true.into()));
            assert_eq!(fact("shared.\"libfast.so.1\".missing"), None, "a file and no link");
            let folders = Value::list(["/opt/a", "/opt/b", "/usr/local/lib", "/opt/lib"]);
            assert_eq!(fact("linker.folders"), Some(folders));
            assert_eq!(fact("linker.preload"), Some(Value::list(["/usr/lib/libsafe.so"])));
            assert!(facts.problems().is_empty(), "{:?}", facts.problems());
        }
    }

    #[test]
    fn either_order_of_bytes_is_read() {
        for (bytes, flags) in
            [(u32::to_be_bytes as fn(u32) -> [u8; 4], 0), (u32::to_be_bytes, 3), (u32::to_le_bytes, 2)]
        {
            let cache = written_in(SAMPLE, bytes, flags);
            let names: Vec<_> = parse(&cache).expect("a cache").iter().map(|entry| (entry.name, entry.kind)).collect();
            assert_eq!(names[..2], [("libz.so.1", 3), ("libc.so.6", 3)]);
        }
    }

    #[test]
    fn where_lib_leads_into_usr_a_file_has_one_path() {
        let cache = written(SAMPLE);
        let path = |root: Root| root.probe(probe).get("libraries.shared.\"libz.so.1\".path").cloned();
        for target in ["usr/lib", "/usr/lib"] {
            let root = Root::new(&[(CACHE, &cache)]).link("/lib", target);
            assert_eq!(root.probe(probe).get("libraries.linker.usr_merged"), Some(&true.into()), "{target}");
            assert_eq!(path(root), Some("/usr/lib/x86_64-linux-gnu/libz.so.1".into()), "{target}");
        }
        let apart = Root::new(&[(CACHE, cache.as_slice()), ("/lib/x", b"")]);
        assert_eq!(path(apart), Some("/usr/lib/x86_64-linux-gnu/libz.so.1".into()), "as on a merged machine");
        let elsewhere = Root::new(&[(CACHE, &cache)]).link("/lib", "opt/lib");
        assert_eq!(path(elsewhere), Some("/lib/x86_64-linux-gnu/libz.so.1".into()));
    }

    #[test]
    fn a_cache_that_is_none_is_a_problem() {
        let whole = written(SAMPLE);
        for cut in [0, 19, 40, 100] {
            let facts = Root::new(&[(CACHE, &whole[..cut])]).probe(probe);
            assert_eq!((facts.len(), facts.problems().len()), (0, 1), "{cut}");
        }
    }
}
