//! Where facts were read from.

use super::Path;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sources of a snapshot's facts, by longest matching prefix of their path. Many facts share one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance(BTreeMap<Path, Arc<str>>);

impl Provenance {
    /// No sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that everything at and beneath `path` that has no nearer entry was read from `source`.
    pub fn insert(&mut self, path: Path, source: impl Into<Arc<str>>) {
        self.0.insert(path, source.into());
    }

    /// The source of the fact at `path`.
    pub fn of(&self, path: &Path) -> Option<&str> {
        let mut at = path.clone();
        loop {
            if let Some(source) = self.0.get(&at) {
                return Some(source);
            }
            at = at.parent()?;
        }
    }

    /// All entries in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.0.iter().map(|(path, source)| (path, &**source))
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over all entries of another.
    pub fn extend(&mut self, other: Provenance) {
        self.0.extend(other.0);
    }
}

/// Entries in path order are taken over in one go.
impl FromIterator<(Path, Arc<str>)> for Provenance {
    fn from_iter<T: IntoIterator<Item = (Path, Arc<str>)>>(entries: T) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// Programs that read what a source without a file says, by how the source begins: the system's call, and what asks it
/// from a shell.
const CALLS: &[(&str, &str)] = &[
    ("netlink RTM_GETLINK", "ip -details link show"),
    ("netlink RTM_GETADDR", "ip address show"),
    ("netlink RTM_GETROUTE", "ip route show table all"),
    ("netlink RTM_GETRULE", "ip rule show"),
    ("netlink RTM_GETNEIGH", "ip neighbour show"),
    ("netlink RTM_GETQDISC", "tc qdisc show"),
    ("netlink ETHTOOL_MSG_FEATURES_GET", "ethtool --show-features"),
    ("netlink ETHTOOL_MSG_RINGS_GET", "ethtool --show-ring"),
    ("netlink ETHTOOL_MSG_CHANNELS_GET", "ethtool --show-channels"),
    ("netlink ETHTOOL_MSG_LINKINFO_GET", "ethtool"),
    ("netlink SOCK_DIAG", "ss --all --numeric"),
    ("getifaddrs", "ip address show"),
    ("CPUID", "lscpu"),
    ("statvfs", "df --all"),
    ("sysconf", "getconf -a"),
    ("uname", "uname -a"),
    ("getrlimit", "ulimit -a"),
    ("clock_gettime", "date"),
];

/// The command that reads a source once more, for a shell: `cat /proc/meminfo`, or the program that was asked. Sources are
/// paths, several with `, ` between, a path with ` line 12` or `:12` behind it, a command, or a call of the system. `None`
/// for what no command reads. In another root its folder stands before every path.
pub fn command(source: &str, root: Option<&str>) -> Option<String> {
    // What a source adds for people comes last.
    let bare = source.split_once(" (").map_or(source, |(bare, _)| bare).trim();
    if let Some((_, command)) = CALLS.iter().find(|(call, _)| bare.starts_with(call)) {
        return Some((*command).to_owned());
    }
    if !bare.starts_with('/') {
        let is_command = bare.contains(" -") || bare.split(' ').next().is_some_and(|word| PROGRAMS.contains(&word));
        return (is_command && root.is_none()).then(|| bare.to_owned());
    }
    let root = root.map_or("", |root| root.trim_end_matches('/'));
    let paths: Vec<&str> = bare.split(", ").map(|path| path.trim_end_matches('*')).collect();
    if let [one] = paths[..]
        && let Some((path, line)) = one.rsplit_once(" line ").or_else(|| one.rsplit_once(':'))
        && !line.is_empty()
        && line.bytes().all(|b| b.is_ascii_digit())
    {
        return Some(format!("sed -n {line}p {}", quoted(root, path)?));
    }
    if !paths.iter().all(|path| path.starts_with('/')) {
        return None;
    }
    // A program that was run by its whole path.
    if let Some((program, _)) = bare.split_once(' ')
        && ["/bin/", "/sbin/"].iter().any(|folder| program.contains(folder))
    {
        return root.is_empty().then(|| bare.to_owned());
    }
    let mut commands: Vec<(&str, Vec<String>)> = Vec::new();
    for path in paths {
        let (program, path) = (reader(path), quoted(root, path)?);
        match commands.last_mut().filter(|(last, _)| *last == program) {
            Some((_, paths)) => paths.push(path),
            None => commands.push((program, vec![path])),
        }
    }
    let commands: Vec<String> =
        commands.into_iter().map(|(program, paths)| program.replace("{}", &paths.join(" "))).collect();
    Some(commands.join("; "))
}

/// Folders that sources name: what is in them is the source.
const FOLDERS: &[&str] = &[
    "/boot",
    "/etc",
    "/etc/alternatives",
    "/etc/systemd/system",
    "/lib",
    "/proc/sys/vm",
    "/run/systemd/system",
    "/sys/block",
    "/sys/class/net",
    "/usr/lib/locale",
];

/// How names of folders end.
const FOLDER_ENDS: &[&str] = &[
    "/",
    ".d",
    ".dist-info",
    ".egg-info",
    ".wants",
    "/boot",
    "/dist-packages",
    "/node_modules",
    "/site-packages",
    "/specifications",
    "/toolchains",
    "/versions",
];

/// What shows what stands at a path: `{}` is the place of the path. A link says where it leads, a folder what is in it, a
/// device of /sys what its files say.
fn reader(path: &str) -> &'static str {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let last = parts.last().copied().unwrap_or_default();
    match *parts.as_slice() {
        ["etc", "localtime"] => return "readlink -f {}",
        ["etc", "ld.so.cache"] => return "ldconfig -p -C {}",
        ["proc", "self", "environ"] => return "env",
        ["proc", _, "environ"] => return "tr '\\0' '\\n' < {}",
        ["var", "log", "wtmp"] => return "last -f {}",
        ["sys", "firmware", "dmi", "tables", ..] => return "dmidecode",
        ["sys", "firmware", "efi", "efivars", _] => return "od -c {}",
        ["sys", "block", _]
        | ["sys", "class", _, _]
        | ["sys", "bus", _, "devices", _]
        | ["sys", "devices", "system", "cpu" | "node"] => return "grep -rs . {}/",
        _ => {}
    }
    if path.contains('*') {
        // Folders and files alike, each line with its file.
        "grep -rs . {}"
    } else if FOLDERS.contains(&path) || FOLDER_ENDS.iter().any(|end| path.ends_with(end)) {
        "ls -la {}"
    } else if last.ends_with(".gz") {
        "zcat {}"
    } else if matches!(last, "libc.so.6" | "libssl.so.3" | "libcrypto.so.3" | "libcrypto.so.1.1") {
        "strings {}"
    } else if last.ends_with(".so") || last.contains(".so.") || path.contains("/bin/") || path.contains("/sbin/") {
        // Versions of libraries and programs stand in the names that links lead to.
        if last.ends_with(".conf") || last.ends_with(".cache") { "cat {}" } else { "readlink -f {}" }
    } else {
        "cat {}"
    }
}

/// Programs that sources name without a path.
const PROGRAMS: &[&str] =
    &["systemctl", "timedatectl", "ip", "ss", "nft", "iptables-save", "lsmod", "sysctl", "getent", "rpm"];

/// A path as one word of a shell; a star in it stays one.
fn quoted(root: &str, path: &str) -> Option<String> {
    let path = format!("{root}{path}");
    let parts = path.split('*').map(|part| if part.is_empty() { Ok("".into()) } else { shlex::try_quote(part) });
    Some(parts.collect::<Result<Vec<_>, _>>().ok()?.join("*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_reads_the_same_source() {
        for (source, root, expected) in [
            ("/proc/meminfo", None, Some("cat /proc/meminfo")),
            ("/etc/my app.conf", None, Some("cat '/etc/my app.conf'")),
            ("/etc/a, /etc/b", None, Some("cat /etc/a /etc/b")),
            ("/etc/x line 12", None, Some("sed -n 12p /etc/x")),
            ("/etc/x:12", Some("/mnt/image/"), Some("sed -n 12p /mnt/image/etc/x")),
            ("/etc/$(reboot)", None, Some("cat '/etc/$(reboot)'")),
            ("netlink RTM_GETRULE", None, Some("ip rule show")),
            ("statvfs", None, Some("df --all")),
            ("/usr/bin/nft list ruleset", None, Some("/usr/bin/nft list ruleset")),
            ("/usr/bin/nft list ruleset", Some("/mnt"), None),
            ("systemctl show", None, Some("systemctl show")),
            ("the built-in pci.ids", None, None),
            ("CPUID leaf 0x40000000", None, Some("lscpu")),
            ("/sys/devices/system/cpu/cpu*/cache", None, Some("grep -rs . /sys/devices/system/cpu/cpu*/cache")),
            ("/sys/my disks/a*/b", Some("/mnt"), Some("grep -rs . '/mnt/sys/my disks/a'*/b")),
            ("/sys/block/vda", None, Some("grep -rs . /sys/block/vda/")),
            ("/sys/block", None, Some("ls -la /sys/block")),
            ("/boot", Some("/srv/production"), Some("ls -la /srv/production/boot")),
            (
                "/usr/lib/python3/dist-packages/pip-23.0.1.dist-info",
                None,
                Some("ls -la /usr/lib/python3/dist-packages/pip-23.0.1.dist-info"),
            ),
            ("/etc/localtime", None, Some("readlink -f /etc/localtime")),
            ("/etc/systemd/system, /etc/ufw/ufw.conf", None, Some("ls -la /etc/systemd/system; cat /etc/ufw/ufw.conf")),
            ("/usr/lib/x86_64-linux-gnu/libc.so.6", None, Some("strings /usr/lib/x86_64-linux-gnu/libc.so.6")),
            ("/lib/x86_64-linux-gnu/libz.so.1", None, Some("readlink -f /lib/x86_64-linux-gnu/libz.so.1")),
            ("/usr/bin/gcc", None, Some("readlink -f /usr/bin/gcc")),
            ("/proc/self/environ", None, Some("env")),
            ("/proc/1/environ", None, Some("tr '\\0' '\\n' < /proc/1/environ")),
            ("/proc/config.gz", None, Some("zcat /proc/config.gz")),
        ] {
            assert_eq!(command(source, root).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn the_nearest_entry_speaks() {
        let mut provenance = Provenance::new();
        provenance.insert(Path::new(["os"]), "a");
        provenance.insert(Path::new(["os", "kernel", "release"]), "b");
        assert_eq!(provenance.of(&Path::new(["os", "kernel", "release"])), Some("b"));
        assert_eq!(provenance.of(&Path::new(["os", "kernel", "version"])), Some("a"));
        assert_eq!(provenance.of(&Path::new(["hardware"])), None);
    }
}
