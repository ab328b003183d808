//! What another root does not tell is not collected, and never taken from the machine that reads it.

use super::PROBES;
use super::sample::Root;
use crate::model::{Path, Snapshot};

/// What a running kernel alone knows: a root without its folders was asked in vain.
const LIVE: [&str; 24] = [
    "hardware.bus",
    "hardware.cpu",
    "hardware.firmware",
    "hardware.gpu",
    "hardware.memory.total_bytes",
    "hardware.memory.page_size_bytes",
    "hardware.memory.modules",
    "hardware.numa",
    "hardware.product",
    "hardware.storage",
    "hardware.virtualization.kind",
    "identity.addresses",
    "identity.boot_id",
    "identity.macs",
    "identity.serials.product",
    "network.interfaces",
    "network.listening",
    "network.neighbours",
    "network.routes",
    "network.rules",
    "network.traffic",
    "os.filesystems",
    "os.kernel.release",
    "os.sysctl",
];

fn not_collected(snapshot: &Snapshot) -> Vec<&'static str> {
    let open = |written: &&&str| {
        let path: Path = written.parse().expect("a path");
        !snapshot.problem_at(&path).is_some_and(|problem| problem.is_not_collected())
    };
    LIVE.iter().filter(open).copied().collect()
}

#[test]
fn an_empty_root_tells_nothing() {
    let snapshot = Root::new::<&str>(&[]).captured();
    let told: Vec<String> = snapshot.provenance.iter().map(|(path, source)| format!("{path}: {source}")).collect();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(not_collected(&snapshot), Vec::<&str>::new(), "must be named as not collected");
    let other: Vec<_> = snapshot.problems.iter().filter(|(_, problem)| !problem.is_not_collected()).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn a_root_with_settings_alone_tells_those() {
    let root = Root::new(&[
        ("/etc/hostname", "inside\n"),
        ("/etc/os-release", "ID=tiny\n"),
        ("/etc/hosts", "127.0.0.1 localhost\n"),
        ("/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n"),
        ("/etc/resolv.conf", "nameserver 192.0.2.1\n"),
    ]);
    let snapshot = root.captured();
    assert_eq!(snapshot.meta.label, "inside");
    for (path, source) in snapshot.provenance.iter() {
        assert!(source.starts_with("/etc"), "{path} comes from {source}");
    }
    assert_eq!(not_collected(&snapshot), Vec::<&str>::new(), "must be named as not collected");
    assert_eq!(snapshot.meta.privileged, None);
}

#[test]
fn what_asks_the_running_machine_says_so_of_another_root() {
    let snapshot = Root::new::<&str>(&[]).captured();
    for path in PROBES.iter().filter(|probe| probe.live_only).flat_map(|probe| probe.paths) {
        let path: Path = path.parse().expect("a path");
        assert!(snapshot.problem_at(&path).is_some_and(|problem| problem.is_not_collected()), "{path}");
    }
}
