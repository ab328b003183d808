//! `os.filesystems`: what is mounted, proc_pid_mountinfo(5).

use crate::capture::{Facts, Scope};
use crate::host::{Host, Live, Output};
use crate::model::{Problem, ProblemKind, Value};
use std::collections::BTreeMap;
use std::time::Duration;

const MOUNTINFO: &str = "/proc/self/mountinfo";
const MOUNTS: &str = "/proc/mounts";

/// How long one mount may take to tell its size: a dead network server answers never.
const LIMIT: Duration = Duration::from_millis(700);

/// After so many silent mounts the others are not asked any more.
const SILENT: usize = 4;

/// File systems that have no size: the kernel's own views.
const PSEUDO: [&str; 23] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "fusectl",
    "fuse.gvfsd-fuse",
    "fuse.portal",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// Where container engines and login sessions mount by themselves, under names that no other machine has.
const OTHERS: [&str; 9] = [
    "/run/containerd/",
    // One for each service while it runs, systemd.exec(5).
    "/run/credentials/",
    "/run/docker/",
    "/run/netns/",
    "/run/user/",
    "/var/lib/containerd/",
    "/var/lib/containers/",
    "/var/lib/docker/",
    "/var/lib/kubelet/pods/",
];

/// Options whose values are process numbers, inode numbers or the layers of a container.
const NOISE: [&str; 6] = ["fd=", "lowerdir=", "pgrp=", "pipe_ino=", "upperdir=", "workdir="];

/// A mounted file system.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// Where.
    pub at: String,
    /// What of the file system is seen there; the whole where the list does not tell.
    pub top: String,
    /// Its type.
    pub kind: String,
    /// Options of the mount and of the file system.
    pub options: Vec<String>,
}

/// The mounts of this process, of another root those that a dump or support archive kept, and where they are listed.
pub(super) fn mounts(host: &Host) -> Option<(Vec<Mount>, String)> {
    let recorded = |command: &&str| host.recorded(command);
    let (text, source, parse): (_, _, fn(&str) -> Option<Mount>) = if let Ok(text) = host.text(MOUNTINFO) {
        (text, MOUNTINFO.to_owned(), from_mountinfo)
    } else if let Ok(text) = host.text(MOUNTS) {
        (text, MOUNTS.to_owned(), from_mounts)
    } else {
        let Output { text, source } = ["mount -l", "mount"].iter().find_map(recorded)?;
        (text, source, from_mount)
    };
    Some((text.lines().filter_map(parse).collect(), source))
}

/// Reads the mounts of this process; of another root those that a dump kept.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let Some((mounts, source)) = mounts(host) else {
        if let Err(error) = host.text(MOUNTINFO) {
            facts.unread(&["os", "filesystems"], &error);
        }
        if host.as_live().is_none() {
            facts.not_collected(&["os", "filesystems"], "the root has no list of mounts");
        }
        return;
    };
    // A mount hides what was mounted at the same place before.
    let mounts: BTreeMap<&str, &Mount> = mounts.iter().map(|mount| (mount.at.as_str(), mount)).collect();
    let mut facts = facts.at(&["os", "filesystems"]);
    let mut silent = 0;
    for (at, mount) in mounts.iter().filter(|(at, _)| !OTHERS.iter().any(|other| at.starts_with(other))) {
        facts.put(&[at, "type"], mount.kind.as_str(), &source);
        facts.put(&[at, "options"], Value::set(mount.options.iter().map(String::as_str)), &source);
        if !PSEUDO.contains(&mount.kind.as_str()) {
            size(host.as_live(), at, &mut silent, &mut facts);
        }
        if mount.kind == "xfs" {
            entry_types(host, at, silent, &mut facts);
        }
    }
}

/// What mkfs.xfs(8) calls ftype: file systems of before 2015 and of old installers lack it, and overlayfs does not work on
/// those.
fn entry_types(host: &Host, at: &str, silent: usize, facts: &mut Scope) {
    let keys = [at, "entry_types"];
    if let Some(Output { text, source }) = host.recorded(&format!("xfs_info {at}")) {
        // naming   =version 2              bsize=4096   ascii-ci=0, ftype=1
        let ftype = text.split_whitespace().find_map(|word| word.strip_prefix("ftype="));
        return facts.put_some(&keys, ftype.map(|ftype| ftype.trim_end_matches(',') == "1"), &source);
    }
    let told = match host.as_live() {
        Some(live) if silent < SILENT => live.has_entry_types(at, LIMIT),
        Some(_) => Err(Problem::new(ProblemKind::NotCollected, "several mounts before it gave no answer")),
        None => Err(Problem::new(ProblemKind::NotCollected, "only a running machine can tell")),
    };
    match told {
        Ok(has) => facts.put(&keys, has, "readdir"),
        Err(problem) => facts.problem(&keys, problem),
    }
}

fn size(live: Option<&Live>, at: &str, silent: &mut usize, facts: &mut Scope) {
    let disk = match live {
        Some(_) if *silent >= SILENT => {
            Err(Problem::new(ProblemKind::NotCollected, "several mounts before it gave no answer"))
        }
        Some(live) => live.disk(at, LIMIT),
        None => Err(Problem::new(ProblemKind::NotCollected, "only a running machine can tell")),
    };
    match disk {
        Ok(disk) => {
            facts.put(&[at, "size_bytes"], disk.size_bytes, "statvfs");
            facts.put(&[at, "used_bytes"], disk.used_bytes, "statvfs");
            facts.put_some(&[at, "inodes"], (disk.inodes > 0).then_some(disk.inodes), "statvfs");
        }
        Err(problem) => {
            *silent += usize::from(problem.kind == ProblemKind::TimedOut);
            facts.problem(&[at, "size_bytes"], problem.clone());
            facts.problem(&[at, "used_bytes"], problem.clone());
            facts.problem(&[at, "inodes"], problem);
        }
    }
}

/// `36 35 98:0 /root /mount\040point rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
fn from_mountinfo(line: &str) -> Option<Mount> {
    let (mount, system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (top, at, options) = (mount.next()?, mount.next()?, mount.next()?);
    let mut system = system.split(' ');
    let (kind, all) = (system.next()?, system.nth(1).unwrap_or(""));
    Some(Mount { at: unescape(at), top: unescape(top), kind: unescape(kind), options: wanted(&[options, all]) })
}

/// `/dev/root / ext3 rw,noatime 0 0`
pub(super) fn fields(line: &str) -> Option<[String; 4]> {
    let mut words = line.split_whitespace().map(unescape);
    Some([words.next()?, words.next()?, words.next()?, words.next().unwrap_or_default()])
}

fn from_mounts(line: &str) -> Option<Mount> {
    let [_, at, kind, options] = fields(line)?;
    Some(Mount { at, top: "/".to_owned(), kind, options: wanted(&[&options]) })
}

/// mount(8) prints `/dev/vda1 on / type ext4 (rw,relatime) [label]`.
fn from_mount(line: &str) -> Option<Mount> {
    let (_, rest) = line.split_once(" on ")?;
    let (at, rest) = rest.split_once(" type ")?;
    let (kind, rest) = rest.split_once(" (")?;
    let (options, _) = rest.split_once(')')?;
    let mut options = wanted(&[options]);
    // What libmount remembers for other programs, the kernel does not know.
    options.retain(|option| !option.starts_with("x-"));
    Some(Mount { at: at.to_owned(), top: "/".to_owned(), kind: kind.to_owned(), options })
}

/// Options worth comparing. When the file system is writable and the mount is not, the mount's word stands.
fn wanted(lists: &[&str]) -> Vec<String> {
    let own = |option: &str| lists.first().is_some_and(|first| first.split(',').any(|o| o == option));
    let all = lists.iter().flat_map(|list| list.split(','));
    let kept = all.filter(|option| !option.is_empty() && !NOISE.iter().any(|noise| option.starts_with(noise)));
    kept.filter(|option| *option != "rw" || own("rw")).map(unescape).collect()
}

/// `\040` and its like, which stand for white space and backslashes.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|octal| u8::from_str_radix(octal, 8).ok()).filter(u8::is_ascii);
        match code.zip(part.get(3..)) {
            Some((code, rest)) => {
                out.push(char::from(code));
                out.push_str(rest);
            }
            None => {
                out.push('\\');
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn mountinfo_is_read_as_the_manual_says() {
        let line =
            "36 35 98:0 /mnt1 /mnt\\040two ro,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue,fd=7";
        let mount = from_mountinfo(line).expect("a mount");
        assert_eq!((mount.at.as_str(), mount.top.as_str(), mount.kind.as_str()), ("/mnt two", "/mnt1", "ext3"));
        assert_eq!(mount.options, ["ro", "noatime", "errors=continue"]);
        for odd in ["", " - ", "1 2 3 4 - ext4", "36 35 98:0 / / rw -"] {
            assert_eq!(from_mountinfo(odd), None, "{odd}");
        }
    }

    #[test]
    fn xfs_tells_whether_its_folders_have_types() {
        let info =
            |rest: &str| format!("meta-data=/dev/vda1 isize=512\nnaming   =version 2 bsize=4096 ascii-ci=0{rest}\n");
        let told = |info: &str| {
            let root =
                Root::new(&[("/proc/mounts", "/dev/vda1 / xfs rw 0 0\n"), ("/insights_commands/xfs_info", info)]);
            let mut facts = Facts::new();
            entry_types(&root.host(), "/", 0, &mut facts.at(&["os", "filesystems"]));
            (facts.get("os.filesystems.\"/\".entry_types").cloned(), facts.problems().len())
        };
        assert_eq!(told(&info(", ftype=1")), (Some(true.into()), 0));
        assert_eq!(told(&info(" ftype=0")), (Some(false.into()), 0));
        assert_eq!(told(&info("")), (None, 0), "xfsprogs from before there was a choice");
        let live = Host::live();
        let own = live.as_live().expect("is live").has_entry_types("/", Duration::from_secs(5));
        assert_eq!(own, Ok(true), "the file systems that tests run on have it");
    }

    #[test]
    fn an_archive_tells_what_mount_said() {
        let mount = from_mount("/dev/vda1 on /a b type ext4 (rw,relatime,x-gdu.hide) [root (1)]").expect("a mount");
        assert_eq!((mount.at.as_str(), mount.kind.as_str()), ("/a b", "ext4"));
        assert_eq!(mount.options, ["rw", "relatime"]);
    }

    #[test]
    fn escapes_are_undone_and_nothing_else() {
        assert_eq!(unescape("a\\040b\\134c\\9z\\"), "a b\\c\\9z\\");
    }
}
