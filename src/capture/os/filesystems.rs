//! `os.filesystems`: what is mounted, proc_pid_mountinfo(5).

use crate::capture::{Facts, Scope};
use crate::host::{Host, Live};
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
const OTHERS: [&str; 8] = [
    "/run/containerd/",
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

#[derive(Debug, PartialEq, Eq)]
struct Mount {
    kind: String,
    options: Vec<String>,
}

/// Reads a line of a list of mounts: where, and what.
type Parse = fn(&str) -> Option<(String, Mount)>;

/// Reads the mounts of this process; of another root those that a dump kept.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let (text, source, parse): (_, _, Parse) = match host.text(MOUNTINFO) {
        Ok(text) => (text, MOUNTINFO, from_mountinfo),
        Err(first) => match host.text(MOUNTS) {
            Ok(text) => (text, MOUNTS, from_mounts),
            Err(_) => {
                facts.unread(&["os", "filesystems"], &first);
                if first.is_missing() && host.as_live().is_none() {
                    facts.not_collected(&["os", "filesystems"], "the root has no list of mounts");
                }
                return;
            }
        },
    };
    // A mount hides what was mounted at the same place before.
    let mounts: BTreeMap<String, Mount> = text.lines().filter_map(parse).collect();
    let mut facts = facts.at(&["os", "filesystems"]);
    let mut silent = 0;
    for (at, mount) in mounts.iter().filter(|(at, _)| !OTHERS.iter().any(|other| at.starts_with(other))) {
        facts.put(&[at, "type"], mount.kind.as_str(), source);
        facts.put(&[at, "options"], Value::set(mount.options.iter().map(String::as_str)), source);
        if !PSEUDO.contains(&mount.kind.as_str()) {
            size(host.as_live(), at, &mut silent, &mut facts);
        }
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
            facts.put_some(&[at, "inodes"], (disk.inodes > 0).then_some(disk.inodes), "statvfs");
        }
        Err(problem) => {
            *silent += usize::from(problem.kind == ProblemKind::TimedOut);
            facts.problem(&[at, "size_bytes"], problem.clone());
            facts.problem(&[at, "inodes"], problem);
        }
    }
}

/// `36 35 98:0 /root /mount\040point rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
fn from_mountinfo(line: &str) -> Option<(String, Mount)> {
    let (mount, system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(4);
    let (at, options) = (mount.next()?, mount.next()?);
    let mut system = system.split(' ');
    let (kind, all) = (system.next()?, system.nth(1).unwrap_or(""));
    Some((unescape(at), Mount { kind: unescape(kind), options: wanted(&[options, all]) }))
}

/// `/dev/root / ext3 rw,noatime 0 0`
pub(super) fn fields(line: &str) -> Option<[String; 4]> {
    let mut words = line.split_whitespace().map(unescape);
    Some([words.next()?, words.next()?, words.next()?, words.next().unwrap_or_default()])
}

fn from_mounts(line: &str) -> Option<(String, Mount)> {
    let [_, at, kind, options] = fields(line)?;
    Some((at, Mount { kind, options: wanted(&[&options]) }))
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

    #[test]
    fn mountinfo_is_read_as_the_manual_says() {
        let line =
            "36 35 98:0 /mnt1 /mnt\\040two ro,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue,fd=7";
        let (at, mount) = from_mountinfo(line).expect("a mount");
        assert_eq!(at, "/mnt two");
        assert_eq!(
            mount,
            Mount { kind: "ext3".into(), options: vec!["ro".into(), "noatime".into(), "errors=continue".into()] }
        );
        for odd in ["", " - ", "1 2 3 4 - ext4", "36 35 98:0 / / rw -"] {
            assert_eq!(from_mountinfo(odd), None, "{odd}");
        }
    }

    #[test]
    fn escapes_are_undone_and_nothing_else() {
        assert_eq!(unescape("a\\040b\\134c\\9z\\"), "a b\\c\\9z\\");
    }
}
