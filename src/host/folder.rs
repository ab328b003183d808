//! Files below a folder that stands for `/`.

use super::{ENTRIES, Entry, EntryKind, Files, RandomFile, ReadError, Stat};
use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, ResolveFlags};
use std::io::{self, Read};

/// Where the live machine has thousands of small files of the kernel's own, and no devices.
const KERNEL: [&str; 2] = ["/proc/", "/sys/"];

/// Where a read that leaves room has given all: what a setting or an attribute says is made in one piece, of a page at most
/// (`proc_sys_call_handler` in fs/proc/proc_sysctl.c; Documentation/filesystems/sysfs.rst). Other file systems that are
/// mounted beneath /sys give records. Of three thousand files a capture asks two thousand once less.
const WHOLE: [&str; 6] = ["/proc/sys/", "/sys/module/", "/sys/devices/", "/sys/class/", "/sys/block/", "/sys/bus/"];

/// A root folder, opened once. On the live machine the root is `/` and the kernel resolves paths as ever; elsewhere
/// every path is resolved inside the root with openat2(2) and `RESOLVE_IN_ROOT`, so that no link, absolute or with
/// `..`, leads out of it.
pub(super) struct Folder {
    root: OwnedFd,
    resolve: ResolveFlags,
}

impl Folder {
    pub(super) fn live() -> Self {
        #[expect(clippy::expect_used, reason = "a process without a root folder cannot have been started")]
        let root = fs::open("/", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).expect("/ opens");
        Self { root, resolve: ResolveFlags::empty() }
    }

    pub(super) fn root(folder: &str) -> io::Result<Self> {
        let root = fs::open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        // `RESOLVE_IN_ROOT` needs Linux 5.6 and a sandbox that lets it pass; without it no root can be read safely.
        fs::openat2(&root, ".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT)?;
        Ok(Self { root, resolve: ResolveFlags::IN_ROOT })
    }

    /// A folder inside this root, as a root of its own.
    pub(super) fn beneath(&self, path: &str) -> io::Result<Self> {
        Ok(Self { root: self.open(path, OFlags::PATH | OFlags::DIRECTORY)?, resolve: ResolveFlags::IN_ROOT })
    }

    fn open(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        // Never block on a pipe without a writer, never become a controlling terminal. openat2(2) refuses both beside
        // O_PATH, which opens nothing.
        let calm = if flags.contains(OFlags::PATH) { OFlags::empty() } else { OFlags::NONBLOCK | OFlags::NOCTTY };
        // A device does things when it is opened: tapes wind back, watchdogs wake up.
        let reads = !flags.intersects(OFlags::PATH | OFlags::DIRECTORY);
        if reads && !(self.resolve.is_empty() && KERNEL.iter().any(|start| path.starts_with(start))) {
            let stat = self.inode(path)?;
            if !matches!(fs::FileType::from_raw_mode(stat.st_mode), fs::FileType::RegularFile) {
                return Err(io::ErrorKind::IsADirectory.into());
            }
        }
        self.resolved(path, flags | OFlags::CLOEXEC | calm)
    }

    fn resolved(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        named(path, |path| self.resolved_bytes(path, flags))
    }

    fn resolved_bytes(&self, path: &[u8], flags: OFlags) -> io::Result<OwnedFd> {
        let fd = if self.resolve.is_empty() {
            fs::openat(CWD, path, flags, Mode::empty())?
        } else {
            let start = path.iter().position(|byte| *byte != b'/').unwrap_or(path.len());
            let inside = if start == path.len() { b"." } else { &path[start..] };
            loop {
                // EAGAIN: a rename raced with the resolution (openat2(2)); the next try sees the new state.
                match fs::openat2(&self.root, inside, flags, Mode::empty(), self.resolve) {
                    Err(rustix::io::Errno::AGAIN) => {}
                    other => break other?,
                }
            }
        };
        Ok(fd)
    }

    /// What the inode behind a path says. The kernel knows of no call that resolves inside a root and asks at once.
    fn inode(&self, path: &str) -> io::Result<fs::Stat> {
        if self.resolve.is_empty() {
            return named(path, |path| Ok(fs::statat(CWD, path, AtFlags::empty())?));
        }
        Ok(fs::fstat(self.resolved(path, OFlags::PATH | OFlags::CLOEXEC)?)?)
    }
}

impl Files for Folder {
    fn read(&self, path: &str, cap: u64) -> Result<Vec<u8>, ReadError> {
        let failed = |e: io::Error| ReadError::from_io(path, e);
        let mut file = std::fs::File::from(self.open(path, OFlags::RDONLY).map_err(failed)?);
        // Kernel files say size 0 whatever they hold, and nearly all hold less than a page: one stack buffer and two
        // reads, without asking the inode, which costs as much as the read.
        let mut head = [0_u8; 4096];
        let mut filled = 0;
        let is_whole = self.resolve.is_empty() && WHOLE.iter().any(|start| path.starts_with(start));
        loop {
            match file.read(&mut head[filled..]) {
                // A pipe without a writer reads as empty too, and is not an empty file.
                Ok(0) if filled == 0 && !is_file(&file).map_err(failed)? => {
                    return Err(ReadError::NotAFile(path.to_owned()));
                }
                Ok(0) => return Ok(head[..filled].to_vec()),
                Ok(n) => {
                    filled += n;
                    if is_whole && filled < head.len() {
                        return Ok(head[..filled].to_vec());
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // A pipe nobody writes to.
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Err(ReadError::NotAFile(path.to_owned())),
                Err(e) => return Err(failed(e)),
            }
            if filled == head.len() {
                break;
            }
        }
        let stat = fs::fstat(&file).map_err(|e| failed(e.into()))?;
        if fs::FileType::from_raw_mode(stat.st_mode) != fs::FileType::RegularFile {
            return Err(ReadError::NotAFile(path.to_owned()));
        }
        let mut bytes = Vec::with_capacity((stat.st_size.max(0) as u64).min(cap) as usize + 1);
        bytes.extend_from_slice(&head);
        (&mut file).take(cap + 1 - filled as u64).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > cap {
            return Err(ReadError::TooLarge { path: path.to_owned(), cap });
        }
        Ok(bytes)
    }

    fn head(&self, path: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        let failed = |e: io::Error| ReadError::from_io(path, e);
        let file = std::fs::File::from(self.open(path, OFlags::RDONLY).map_err(failed)?);
        if !is_file(&file).map_err(failed)? {
            return Err(ReadError::NotAFile(path.to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }

    fn open(&self, path: &str, cap: u64) -> Result<RandomFile, ReadError> {
        let failed = |e: io::Error| ReadError::from_io(path, e);
        let file = std::fs::File::from(self.open(path, OFlags::RDONLY).map_err(failed)?);
        let stat = fs::fstat(&file).map_err(|e| failed(e.into()))?;
        if fs::FileType::from_raw_mode(stat.st_mode) != fs::FileType::RegularFile {
            return Err(ReadError::NotAFile(path.to_owned()));
        }
        let size = stat.st_size.max(0) as u64;
        if size > cap {
            return Err(ReadError::TooLarge { path: path.to_owned(), cap });
        }
        Ok(RandomFile::of_file(path, file, size))
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, ReadError> {
        let failed = |e: io::Error| ReadError::from_io(path, e);
        let folder = self.open(path, OFlags::RDONLY | OFlags::DIRECTORY).map_err(failed)?;
        let mut entries = Vec::new();
        for entry in fs::Dir::new(folder).map_err(|e| failed(e.into()))? {
            let entry = entry.map_err(|e| failed(e.into()))?;
            let name = escaped(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if entries.len() == ENTRIES {
                return Err(ReadError::TooMany(path.to_owned()));
            }
            entries.push(Entry { name, kind: kind(entry.file_type()) });
        }
        Ok(entries)
    }

    fn link(&self, path: &str) -> Result<String, ReadError> {
        let failed = |e: io::Error| ReadError::from_io(path, e);
        if self.resolve.is_empty() {
            // One call instead of three. readlink(2): EINVAL for what is no link.
            return match named(path, |path| Ok(fs::readlinkat(CWD, path, Vec::new())?)) {
                Ok(text) => Ok(escaped(text.to_bytes())),
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(ReadError::NotALink(path.to_owned())),
                Err(error) => Err(failed(error)),
            };
        }
        let link = self.open(path, OFlags::PATH | OFlags::NOFOLLOW).map_err(failed)?;
        match fs::readlinkat(&link, "", Vec::new()) {
            Ok(text) => Ok(escaped(text.to_bytes())),
            // Of the empty name the kernel says so of what is no link.
            Err(rustix::io::Errno::NOENT) => Err(ReadError::NotALink(path.to_owned())),
            Err(error) => Err(failed(error.into())),
        }
    }

    fn stat(&self, path: &str) -> Result<Stat, ReadError> {
        let failed = |e: io::Error| ReadError::from_io(path, e);
        let stat = self.inode(path).map_err(failed)?;
        Ok(Stat {
            kind: kind(fs::FileType::from_raw_mode(stat.st_mode)),
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: stat.st_size.max(0) as u64,
            modified: stat.st_mtime,
            id: (stat.st_dev, stat.st_ino),
        })
    }
}

/// A name as text: of what is no UTF-8 each byte as `\xE9`.
fn escaped(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("\\x{byte:02X}")));
    }
    out
}

/// The bytes that a name stands for; `None` where it has no such escape.
fn unescaped(path: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(path.len());
    let mut parts = path.split("\\x");
    out.extend_from_slice(parts.next()?.as_bytes());
    let mut found = false;
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|byte| *byte >= 0x80) {
            Some(byte) => {
                found = true;
                out.push(byte);
                out.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                out.extend_from_slice(b"\\x");
                out.extend_from_slice(part.as_bytes());
            }
        }
    }
    found.then_some(out)
}

/// Asks for a path as it is written and, where that is not there, for the bytes that its escapes stand for.
fn named<T>(path: &str, ask: impl Fn(&[u8]) -> io::Result<T>) -> io::Result<T> {
    let answer = ask(path.as_bytes());
    match answer {
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.contains("\\x") => match unescaped(path) {
            Some(bytes) => ask(&bytes),
            None => Err(error),
        },
        answer => answer,
    }
}

fn is_file(file: &std::fs::File) -> io::Result<bool> {
    Ok(fs::FileType::from_raw_mode(fs::fstat(file)?.st_mode) == fs::FileType::RegularFile)
}

fn kind(kind: fs::FileType) -> EntryKind {
    match kind {
        fs::FileType::RegularFile => EntryKind::File,
        fs::FileType::Directory => EntryKind::Folder,
        fs::FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn sample() -> (tempfile::TempDir, Folder) {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(dir.path().join("etc/sub")).expect("a folder");
        std::fs::write(dir.path().join("etc/inner"), "inside").expect("a file");
        symlink("/etc/inner", dir.path().join("etc/absolute")).expect("a link");
        symlink("../../../../../../etc/passwd", dir.path().join("etc/escape")).expect("a link");
        symlink("loop", dir.path().join("etc/loop")).expect("a link");
        let folder = Folder::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        (dir, folder)
    }

    #[test]
    fn links_stay_inside_the_root() {
        let (dir, folder) = sample();
        assert_eq!(folder.read("/etc/absolute", 100).expect("inside"), b"inside");
        assert!(folder.read("/etc/escape", 100).expect_err("not the host's").is_missing());
        assert!(folder.read("/../../etc/inner", 100).is_ok());
        assert!(matches!(folder.read("/etc/loop", 100), Err(ReadError::Io { .. })));
        assert_eq!(folder.link("/etc/absolute").expect("a link"), "/etc/inner");
        assert!(matches!(folder.link("/etc/inner"), Err(ReadError::NotALink(_))));
        assert!(folder.link("/etc/none").expect_err("nothing").is_missing());
        let live = |inner: &str| Folder::live().link(&format!("{}/{inner}", dir.path().display()));
        assert_eq!(live("etc/absolute").expect("a link"), "/etc/inner");
        assert!(matches!(live("etc/inner"), Err(ReadError::NotALink(_))));
        assert!(live("etc/none").expect_err("nothing").is_missing());
    }

    #[test]
    fn names_that_are_no_text_are_escaped_and_found_again() {
        use std::os::unix::ffi::OsStrExt;
        let (dir, folder) = sample();
        let etc = dir.path().join("etc");
        let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.conf");
        std::fs::write(etc.join(odd), "latin").expect("a file");
        std::fs::write(etc.join("by\\x2d\\xE9"), "as written").expect("a file");
        symlink(odd, etc.join("to")).expect("a link");
        let names: Vec<String> = folder.list("/etc").expect("lists").into_iter().map(|entry| entry.name).collect();
        for (name, text) in [("caf\\xE9.conf", "latin"), ("by\\x2d\\xE9", "as written")] {
            assert!(names.iter().any(|other| other == name), "{names:?}");
            let path = format!("/etc/{name}");
            assert_eq!(folder.read(&path, 100).expect("is there"), text.as_bytes());
            assert!(folder.stat(&path).is_ok());
            let live = format!("{}{path}", dir.path().display());
            assert_eq!(Folder::live().read(&live, 100).expect("is there"), text.as_bytes());
        }
        assert_eq!(folder.link("/etc/to").expect("a link"), "caf\\xE9.conf");
        assert!(folder.read("/etc/caf\\xEA.conf", 100).expect_err("nothing").is_missing());
    }

    #[test]
    fn caps_and_kinds_are_kept() {
        let (dir, folder) = sample();
        std::fs::write(dir.path().join("big"), vec![b'x'; 10_000]).expect("a file");
        assert!(matches!(folder.read("/big", 9_999), Err(ReadError::TooLarge { .. })));
        assert_eq!(folder.read("/big", 10_000).expect("fits").len(), 10_000);
        assert_eq!(folder.head("/big", 16).expect("is there"), [b'x'; 16]);
        assert!(matches!(folder.head("/etc", 16), Err(ReadError::NotAFile(_))));
        assert!(matches!(folder.read("/etc", 100), Err(ReadError::NotAFile(_))));
        let random = Files::open(&folder, "/big", 10_000).expect("opens");
        assert_eq!((random.size(), random.read_at(9_990, 10).expect("is there").len()), (10_000, 10));
        assert!(random.read_at(9_991, 10).is_err(), "never beyond the end");
        assert!(Files::open(&folder, "/big", 9_999).is_err());
        assert!(Files::open(&folder, "/etc", 100).is_err());
        let fifo = dir.path().join("fifo");
        rustix::fs::mknodat(CWD, &fifo, fs::FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
        // Never hangs, and is not taken for an empty file; a device is not even opened.
        assert!(matches!(Folder::live().read("/dev/null", 100), Err(ReadError::NotAFile(_))));
        assert!(matches!(folder.read("/fifo", 100), Err(ReadError::NotAFile(_))));
        assert_eq!(folder.stat("/fifo").expect("is there").kind, EntryKind::Other);
    }
}
