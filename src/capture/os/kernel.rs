//! `os.kernel`: which kernel runs, how it was started, and how it is set to count time and use memory.

use super::userland;
use crate::capture::{Facts, Scope};
use crate::host::{Host, Output};
use crate::model::Value;

/// What /sys tells of a running kernel, by our key.
const CHOICES: [(&str, &str); 5] = [
    ("clocksource", "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    ("transparent_hugepages", "/sys/kernel/mm/transparent_hugepage/enabled"),
    ("transparent_hugepages_defrag", "/sys/kernel/mm/transparent_hugepage/defrag"),
    ("transparent_hugepages_shmem", "/sys/kernel/mm/transparent_hugepage/shmem_enabled"),
    ("lockdown", "/sys/kernel/security/lockdown"),
];

/// What only /proc or `uname -a` tells.
const NAMES: [&str; 4] = ["name", "release", "version", "architecture"];

/// Letters of Documentation/admin-guide/tainted-kernels.rst by bit.
const TAINTS: [(char, &str); 20] = [
    ('P', "proprietary module"),
    ('F', "module loaded by force"),
    ('S', "out of specification"),
    ('R', "module unloaded by force"),
    ('M', "machine check"),
    ('B', "bad page"),
    ('U', "set by a program"),
    ('D', "oops"),
    ('A', "ACPI table overridden"),
    ('W', "warning"),
    ('C', "staging driver"),
    ('I', "firmware bug worked around"),
    ('O', "module from outside the tree"),
    ('E', "unsigned module"),
    ('L', "soft lockup"),
    ('K', "live patch"),
    ('X', "distribution's own"),
    ('T', "structures randomized"),
    ('N', "in-kernel test"),
    ('J', "debugging of firmware"),
];

/// Reads the kernel's own files in /proc and /sys.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    if host.as_live().is_none() && !host.exists("/sys/kernel") {
        let keys = CHOICES.iter().map(|(key, _)| *key);
        for key in keys.chain(["clocksources_available", "same_page_merging", "lsm"]) {
            facts.not_collected(&["os", "kernel", key], "the root has no /sys");
        }
    }
    let mut facts = facts.at(&["os", "kernel"]);
    names(host, &mut facts);
    tainted(host, &mut facts);
    command_line(host, &mut facts);
    for (key, path) in CHOICES {
        match host.word(path) {
            Ok(text) => facts.put(&[key], chosen(&text), path),
            Err(error) => facts.unread(&[key], &error),
        }
    }
    sizes(host, &mut facts);
    let available = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
    match host.word(available) {
        Ok(text) => facts.put(&["clocksources_available"], Value::set(text.split_whitespace()), available),
        Err(error) => facts.unread(&["clocksources_available"], &error),
    }
    let merging = "/sys/kernel/mm/ksm/run";
    match host.word(merging) {
        // Documentation/admin-guide/mm/ksm.rst: 2 stops it and takes apart what was merged.
        Ok(text) => facts.put(&["same_page_merging"], text == "1", merging),
        Err(error) => facts.unread(&["same_page_merging"], &error),
    }
    let lsm = "/sys/kernel/security/lsm";
    match host.word(lsm) {
        Ok(text) => facts.put(&["lsm"], Value::list(text.split(',')), lsm),
        Err(error) => facts.unread(&["lsm"], &error),
    }
}

/// Transparent huge pages of other sizes than the usual one, since Linux 6.8.
fn sizes(host: &Host, facts: &mut Scope) {
    const FOLDER: &str = "/sys/kernel/mm/transparent_hugepage";
    for entry in host.list(FOLDER).unwrap_or_default() {
        let size = entry.name.strip_prefix("hugepages-").and_then(|s| s.strip_suffix("kB")?.parse::<u64>().ok());
        let Some(bytes) = size.and_then(|kilobytes| kilobytes.checked_mul(1024)) else { continue };
        let path = format!("{FOLDER}/{}/enabled", entry.name);
        if let Ok(text) = host.word(&path) {
            facts.put(&["transparent_hugepages_by_size", &bytes.to_string()], chosen(&text), &path);
        }
    }
}

/// The release of the kernel that runs, or ran when a dump was made.
pub(super) fn release(host: &Host) -> Option<String> {
    if let Ok(release) = host.word("/proc/sys/kernel/osrelease") {
        return Some(release);
    }
    if let Ok(version) = host.word("/proc/version") {
        return version.split_whitespace().nth(2).map(str::to_owned);
    }
    let said = host.recorded("uname -a").and_then(|said| Uname::of(&said.text).map(|names| names.release.to_owned()));
    said.or_else(|| host.as_live()?.system().kernel_release)
}

fn names(host: &Host, facts: &mut Scope) {
    let mut known: Vec<&str> = Vec::new();
    for (key, file) in [("name", "ostype"), ("release", "osrelease"), ("version", "version"), ("architecture", "arch")]
    {
        let path = format!("/proc/sys/kernel/{file}");
        match host.word(&path) {
            Ok(text) => facts.put(&[key], text, &path),
            Err(error) if error.is_missing() => continue,
            Err(error) => facts.unread(&[key], &error),
        }
        known.push(key);
    }
    let mut put = |key: &'static str, value: Option<&str>, source: &str| {
        if let Some(value) = value.filter(|_| !known.contains(&key)) {
            facts.put(&[key], value, source);
            known.push(key);
        }
    };
    if let Some(live) = host.as_live() {
        let system = live.system();
        put("architecture", Some(&system.architecture), "uname");
        put("name", system.name.as_deref(), "sysinfo");
        put("release", system.kernel_release.as_deref(), "sysinfo");
    } else if let Ok(text) = host.word("/proc/version") {
        // Linux version 5.4.0-88-generic (buildd@...) (gcc ...) #99-Ubuntu SMP Thu Sep 23 17:29:00 UTC 2021
        let mut words = text.split_whitespace();
        put("name", words.next(), "/proc/version");
        put("release", words.nth(1), "/proc/version");
        put("version", text.find(" #").and_then(|at| text.get(at + 1..)), "/proc/version");
    }
    if let Some(Output { text, source }) = host.recorded("uname -a")
        && let Some(said) = Uname::of(&text)
    {
        put("name", Some(said.name), &source);
        put("release", Some(said.release), &source);
        put("version", said.version, &source);
        put("architecture", said.machine, &source);
    }
    if host.as_live().is_none() {
        let missing: Vec<&str> = NAMES.into_iter().filter(|key| !known.contains(key)).collect();
        for key in &missing {
            if *key == "architecture" && missing.len() < NAMES.len() {
                // Linux has /proc/sys/kernel/arch since 6.1.
                match userland::architecture(host) {
                    Some(architecture) => facts.put(&[key], architecture, userland::SHELL),
                    None => facts.not_collected(&[key], "neither /proc/sys/kernel/arch nor a shell of 64 bits tells"),
                }
            } else {
                facts.not_collected(&[key], "the root has no /proc of a running kernel");
            }
        }
    }
}

/// What `uname -a` prints: name, node, release, version and up to three words for the machine.
#[derive(Debug, PartialEq)]
struct Uname<'a> {
    name: &'a str,
    release: &'a str,
    version: Option<&'a str>,
    machine: Option<&'a str>,
}

impl<'a> Uname<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let line = text.lines().map(str::trim).find(|line| line.starts_with("Linux "))?;
        let mut words = line.split_whitespace();
        let (name, release) = (words.next()?, words.nth(1)?);
        // The version begins with a number sign and ends where a word names a machine.
        let tail = line.find(" #").and_then(|at| line.get(at + 1..));
        let tail = tail.map(|tail| tail.trim_end_matches("GNU/Linux").trim_end());
        let (mut version, mut machine) = (tail, None);
        while let Some((before, last)) = version.and_then(|rest| rest.rsplit_once(' ')).filter(|(_, w)| is_machine(w)) {
            (version, machine) = (Some(before), Some(last));
        }
        Some(Self { name, release, version, machine })
    }
}

fn is_machine(word: &str) -> bool {
    const STARTS: [&str; 15] = [
        "aarch64", "alpha", "amd64", "arm", "i386", "i486", "i586", "i686", "ia64", "loong", "mips", "ppc", "riscv",
        "s390", "x86_64",
    ];
    STARTS.iter().any(|start| word.starts_with(start)) || word.starts_with("sparc") || word == "unknown"
}

fn tainted(host: &Host, facts: &mut Scope) {
    const PATH: &str = "/proc/sys/kernel/tainted";
    match host.word(PATH) {
        Ok(text) => {
            let Ok(bits) = text.parse::<u64>() else { return };
            facts.put(&["tainted"], bits, PATH);
            let set = TAINTS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
            facts.put(&["taints"], Value::set(set.map(|(_, (letter, about))| format!("{letter} {about}"))), PATH);
        }
        Err(error) if error.is_missing() && host.as_live().is_none() => {
            for key in ["tainted", "taints"] {
                facts.not_collected(&[key], "the root has no /proc/sys");
            }
        }
        Err(error) => ["tainted", "taints"].iter().for_each(|key| facts.unread(&[key], &error)),
    }
}

/// Documentation/admin-guide/kernel-parameters.rst: words with optional values, double quotes around spaces. What
/// follows `--` is for init. A parameter that is given several times, as `console` is, gives a list.
fn command_line(host: &Host, facts: &mut Scope) {
    const PATH: &str = "/proc/cmdline";
    let text = match host.word(PATH) {
        Ok(text) => text,
        Err(error) if error.is_missing() && host.as_live().is_none() => {
            return facts.not_collected(&["command_line"], "the root has no /proc/cmdline");
        }
        Err(error) => return facts.unread(&["command_line"], &error),
    };
    parameters(&text, PATH, ("command_line", "command_line_ids"), facts);
}

/// Puts the parameters of a command line beneath the first key. Which file system or device is meant by its unique number
/// says who the machine is: of those only that it is one stands there, the number beneath the second key.
pub(super) fn parameters(text: &str, source: &str, (key, ids): (&str, &str), facts: &mut Scope) {
    let mut all: Vec<(String, Vec<Value>)> = Vec::new();
    for word in words(text).take_while(|word| word != "--") {
        let (name, mut value) = match word.split_once('=') {
            Some((name, value)) => (name, Value::from(value)),
            None => (word.as_str(), Value::Bool(true)),
        };
        if let Some((_, id)) = word.split_once('=').filter(|(name, id)| id.contains("UUID=") || name.ends_with("uuid"))
        {
            facts.put(&[ids, name], id, source);
            value = Value::from(
                id.split_once("UUID=").map_or("UUID", |(kind, _)| if kind == "PART" { "PARTUUID" } else { "UUID" }),
            );
        }
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => all.push((name.to_owned(), vec![value])),
        }
    }
    for (name, mut values) in all {
        let value = if values.len() > 1 { Value::List(values) } else { values.pop().unwrap_or(Value::Null) };
        facts.put(&[key, &name], value, source);
    }
}

/// The words of a kernel command line, without the quotes.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut quoted = false;
    let split = text.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    split.filter(|word| !word.is_empty()).map(|word| word.replace('"', ""))
}

/// The choice in brackets: `always [madvise] never`; the whole text where there is none.
fn chosen(text: &str) -> &str {
    let inner = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inner.map_or(text, |(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn command_lines_are_split_like_the_kernel_splits_them() {
        let read: Vec<_> = words("BOOT_IMAGE=/vmlinuz  quiet dyndbg=\"file a.c +p; file b.c +p\" \n").collect();
        assert_eq!(read, ["BOOT_IMAGE=/vmlinuz", "quiet", "dyndbg=file a.c +p; file b.c +p"]);
    }

    #[test]
    fn a_shell_of_64_bits_tells_what_ran_it() {
        let shell = |class: u8| {
            let mut head = vec![0x7f, b'E', b'L', b'F', class, 1];
            head.resize(18, 0);
            head.extend([62, 0]);
            head
        };
        for (class, expected) in [(1, None), (2, Some("x86_64".into()))] {
            let version = b"Linux version 5.10.0-8-amd64 (a@b) (gcc) #1 SMP".to_vec();
            let facts =
                Root::new(&[("/proc/version", version), ("/bin/dash", shell(class))]).link(userland::SHELL, "dash");
            let facts = facts.probe(probe);
            assert_eq!(facts.get("os.kernel.architecture").cloned(), expected, "{class}");
        }
        let facts = Root::new(&[(userland::SHELL, shell(2))]).probe(probe);
        assert_eq!(facts.get("os.kernel.architecture"), None, "no kernel ran it");
    }

    #[test]
    fn the_choice_stands_in_brackets() {
        assert_eq!((chosen("always [madvise] never"), chosen("tsc")), ("madvise", "tsc"));
    }

    #[test]
    fn unique_numbers_stand_apart() {
        let mut facts = Facts::new();
        let text = "root=PARTUUID=5ea4b6c1-01 ro resume=UUID=5a1c841f-5cfe rd.luks.uuid=luks-1f quiet";
        parameters(text, "/proc/cmdline", ("line", "ids"), &mut facts.at(&["t"]));
        let expected = [
            "t.ids.\"rd.luks.uuid\" = luks-1f",
            "t.ids.resume = UUID=5a1c841f-5cfe",
            "t.ids.root = PARTUUID=5ea4b6c1-01",
            "t.line.quiet = true",
            "t.line.\"rd.luks.uuid\" = UUID",
            "t.line.resume = UUID",
            "t.line.ro = true",
            "t.line.root = PARTUUID",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn what_uname_prints_is_taken_apart() {
        let ubuntu =
            "Linux h 5.4.0-99-generic #112-Ubuntu SMP Thu Feb 3 13:50:55 UTC 2022 x86_64 x86_64 x86_64 GNU/Linux\n";
        let said = Uname::of(ubuntu).expect("a line");
        assert_eq!((said.name, said.release), ("Linux", "5.4.0-99-generic"));
        assert_eq!(said.version, Some("#112-Ubuntu SMP Thu Feb 3 13:50:55 UTC 2022"));
        assert_eq!(said.machine, Some("x86_64"));
        let debian = "Linux d 6.1.0-9-arm64 #1 SMP Debian 6.1.27-1 (2023-05-08) aarch64 GNU/Linux";
        let said = Uname::of(debian).expect("a line");
        assert_eq!((said.version, said.machine), (Some("#1 SMP Debian 6.1.27-1 (2023-05-08)"), Some("aarch64")));
        assert_eq!(Uname::of("uname: not found\n"), None);
    }

    #[test]
    fn a_running_kernel_is_told_whole() {
        let facts = Root::new(&[
            ("/proc/sys/kernel/ostype", "Linux\n"),
            ("/proc/sys/kernel/osrelease", "6.8.0-31-generic\n"),
            ("/proc/sys/kernel/version", "#31-Ubuntu SMP\n"),
            ("/proc/sys/kernel/arch", "x86_64\n"),
            ("/proc/sys/kernel/tainted", "12288\n"),
            ("/proc/cmdline", "root=/dev/vda1 console=tty0 console=ttyS0 quiet -- single\n"),
            ("/sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm \n"),
            ("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"),
            ("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
            ("/sys/kernel/mm/transparent_hugepage/defrag", "always defer defer+madvise [madvise] never\n"),
            ("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "always inherit madvise [never]\n"),
            ("/sys/kernel/mm/ksm/run", "1\n"),
            ("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n"),
            ("/sys/kernel/security/lsm", "lockdown,capability,yama,apparmor"),
        ])
        .probe(probe);
        let expected = [
            "os.kernel.architecture = x86_64",
            "os.kernel.clocksource = tsc",
            "os.kernel.clocksources_available = [(\"acpi_pm\") (\"hpet\") (\"tsc\")]",
            "os.kernel.command_line.console = [(\"tty0\") (\"ttyS0\")]",
            "os.kernel.command_line.quiet = true",
            "os.kernel.command_line.root = /dev/vda1",
            "os.kernel.lockdown = none",
            "os.kernel.lsm = [(\"lockdown\") (\"capability\") (\"yama\") (\"apparmor\")]",
            "os.kernel.name = Linux",
            "os.kernel.release = 6.8.0-31-generic",
            "os.kernel.same_page_merging = true",
            "os.kernel.tainted = 12288",
            "os.kernel.taints = [(\"E unsigned module\") (\"O module from outside the tree\")]",
            "os.kernel.transparent_hugepages = madvise",
            "os.kernel.transparent_hugepages_by_size.65536 = never",
            "os.kernel.transparent_hugepages_defrag = madvise",
            "os.kernel.version = #31-Ubuntu SMP",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }

    #[test]
    fn an_archive_tells_what_uname_said() {
        let facts = Root::new(&[
            ("/sos_commands/kernel/uname_-a", "Linux h 4.18.0-80.el8.x86_64 #1 SMP Wed Mar 13 2019 x86_64 GNU/Linux\n"),
            ("/proc/cmdline", "ro\n"),
        ])
        .probe(probe);
        assert_eq!(facts.get("os.kernel.release"), Some(&Value::from("4.18.0-80.el8.x86_64")));
        assert_eq!(facts.get("os.kernel.version"), Some(&Value::from("#1 SMP Wed Mar 13 2019")));
        assert_eq!(facts.get("os.kernel.command_line.ro"), Some(&Value::Bool(true)));
        assert!(facts.problems().iter().any(|(path, _)| path.to_string() == "os.kernel.tainted"));
    }

    #[test]
    fn a_root_without_a_kernel_says_so() {
        let facts = Root::new(&[("/etc/hostname", "x\n")]).probe(probe);
        assert!(facts.values().is_empty());
        assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()));
        assert!(facts.problems().iter().any(|(path, _)| path.to_string() == "os.kernel.release"));
    }
}
