//! Support archives against what they recorded of programs: the probes read files where there are any.

use crate::base::cancel::Cancel;
use crate::base::tally::{Tally, fixtures};
use crate::capture::hardware::lscpu_test::{expected, plain};
use crate::capture::os::sysctl::is_of_made_up;
use crate::capture::sample::Root;
use crate::capture::settings::squeeze;
use crate::capture::{Options, PROBES, run};
use crate::host::Host;
use crate::model::{Path, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;

const LSCPU: &str = "Architecture:                    x86_64\n\
    CPU(s):                          4\n\
    On-line CPU(s) list:             0,1,2,3\n\
    Vendor ID:                       GenuineIntel\n\
    Model:                           94\n\
    Model name:                      Intel Core Processor (Skylake, IBRS)\n\
    Hypervisor vendor:               KVM\n\
    Virtualization type:             full\n\
    L1d cache:                       64 KiB\n\
    L2 cache:                        5.5 MiB (2 instances)\n\
    NUMA node(s):                    1\n\
    NUMA node0 CPU(s):               0-3\n\
    Vulnerability Spectre v1:        Mitigation; usercopy/swapgs barriers\n\
    Flags:                           fpu vme\n";
const DMIDECODE: &str = "# dmidecode 3.2\n\nHandle 0x0100, DMI type 1, 27 bytes\nSystem Information\n\
    \tManufacturer: Dell Inc.\n\tProduct Name: PowerEdge   R630\n\tVersion: Not Specified\n\tSerial Number: 8XQ4W52\n\n\
    Handle 0x1100, DMI type 17, 40 bytes\nMemory Device\n\tSize: 16 GB\n\tLocator: DIMM_A1\n\tType: DDR4\n\n\
    Handle 0x1101, DMI type 17, 40 bytes\nMemory Device\n\tSize: No Module Installed\n\tLocator: DIMM_A2\n";
const LSBLK: &str = "NAME=\"vda\" RA=\"128\" MODEL=\"\" ROTA=\"1\" SCHED=\"mq-deadline\" TYPE=\"disk\" VENDOR=\"0x1af4\"\n\
    NAME=\"vda1\" RA=\"128\" MODEL=\"\" ROTA=\"1\" SCHED=\"mq-deadline\" TYPE=\"part\"\n";
const BLOCKDEV: &str = "RO    RA   SSZ   BSZ   StartSec            Size   Device\n\
    rw   256   512  4096          0     42949672960   /dev/vda\n";

#[test]
fn recordings_fill_what_files_do_not_tell() {
    let commands = "/insights_commands";
    let files: Vec<(String, &str)> = [
        ("lscpu", LSCPU),
        ("dmidecode", DMIDECODE),
        ("lsblk_-O_-P", LSBLK),
        ("blockdev_--report", BLOCKDEV),
        ("free", "        total   used\nMem:   4026036   1\nSwap:  0  0\n"),
        ("lsusb", "Bus 001 Device 001: ID 1d6b:0001 Linux Foundation 1.1 root hub\n"),
        (
            "lspci_-nnvv",
            "00:02.0 VGA compatible controller [0300]: Red Hat, Inc. QXL [1b36:0100] (rev 04)\n\tFlags: x\n",
        ),
        ("hostnamectl", "   Static hostname: web\n        Machine ID: f9a1\n"),
        ("timedatectl", "   Time zone: Etc/UTC (UTC, +0000)\n"),
    ]
    .map(|(name, text)| (format!("{commands}/{name}"), text))
    .to_vec();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    // A file's word stands.
    files.push(("/etc/hostname", "file\n"));
    files.push(("/etc/localtime", ""));
    let root = Root::new(&files);
    let facts = root.captured();
    for expected in [
        "hardware.bus.pci.\"1b36:0100\".name = Red Hat, Inc. QXL",
        "hardware.bus.usb.\"1d6b:0001\".count = 1",
        "hardware.cpu.cache.l1d.total_bytes = 65536",
        "hardware.cpu.cache.l2.instances = 2",
        "hardware.cpu.flags = fpu, vme",
        "hardware.cpu.logical_count = 4",
        "hardware.cpu.model = Intel Core Processor (Skylake, IBRS)",
        "hardware.cpu.online = 0-3",
        "hardware.cpu.vulnerabilities.spectre_v1 = Mitigation: usercopy/swapgs barriers",
        "hardware.memory.modules.DIMM_A1.size_bytes = 17179869184",
        "hardware.memory.slots = 2",
        "hardware.memory.total_bytes = 4122660864",
        "hardware.numa.node_count = 1",
        "hardware.numa.nodes.0.cpus = 0-3",
        "hardware.product.name = PowerEdge R630",
        "hardware.storage.vda.size_bytes = 42949672960",
        "hardware.storage.vda.scheduler = mq-deadline",
        "hardware.virtualization.hypervisor = kvm",
        "identity.host_name = file",
        "identity.machine_id = f9a1",
        "identity.serials.product = 8XQ4W52",
        "os.time.zone = Etc/UTC",
    ] {
        let (path, value) = expected.split_once(" = ").expect("a fact");
        assert_eq!(said(&facts, path), value, "{path}");
    }
    for absent in ["hardware.cpu.cache.l2.total_bytes", "hardware.storage.vda1.scheduler", "hardware.product.version"] {
        assert_eq!(said(&facts, absent), "", "{absent}");
    }
    let path: Path = "hardware.memory.total_bytes".parse().expect("a path");
    assert!(facts.problem_at(&path).is_none(), "it is known now");
}

#[test]
fn every_filled_path_is_a_probes() {
    for (path, _) in super::FILLS {
        assert_eq!(PROBES.iter().filter(|probe| probe.paths.contains(&path)).count(), 1, "{path}");
    }
}

fn said(snapshot: &Snapshot, path: &str) -> String {
    let path: Path = path.parse().expect("a path");
    snapshot.facts.get(&path).map(|value| plain(&value.to_owned())).unwrap_or_default()
}

/// Counters, and what the kernel measures: the files were read at another moment than the program ran.
const MOVING: [&str; 8] = [
    "fs.dentry-state",
    "fs.file-nr",
    "fs.inode-nr",
    "fs.inode-state",
    "kernel.ns_last_pid",
    "kernel.random.",
    "kernel.sched_domain.",
    "net.netfilter.nf_conntrack_count",
];

#[test]
fn fixtures_of_support_archives_agree_with_the_programs_that_they_recorded() {
    for name in ["sos-ubuntu2004-k8s-vm", "sos-ubuntu2004-openstack-compute-vm"] {
        let Some(folder) = fixtures("roots") else { return };
        let archive = folder.join(format!("{name}.tar.xz"));
        let host = Arc::new(Host::root(archive.to_str().expect("UTF-8")).expect("opens"));
        let snapshot = run(&host, &Options::default(), &Cancel::new(), &mut |_| {});
        let recorded = |line: &str| host.recorded(line).unwrap_or_else(|| panic!("{line} was recorded")).text;
        let tally = |program: &str| Tally::new(format!("roots/{name} by {program}"));

        let mut lscpu = tally("lscpu");
        for (key, known) in expected(&recorded("lscpu")) {
            // This lscpu tells no numbers of caches, and sizes of all together.
            if !key.ends_with(".instances") && key != "microcode" {
                let path = format!("hardware.cpu.{key}");
                lscpu.check(&path, said(&snapshot, &path).replace("Mitigation:", "Mitigation").replace(':', ""), known);
            }
        }
        let mut all = vec![lscpu];

        let mut sysctl = tally("sysctl -a");
        let mut settings: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let text = recorded("sysctl -a");
        for (key, value) in text.lines().filter_map(|line| line.split_once(" = ")) {
            settings.entry(key).or_default().push(value);
        }
        for (key, lines) in settings {
            if !key.contains(' ') && !is_of_made_up(key) && !MOVING.iter().any(|moving| key.starts_with(moving)) {
                let path = Path::new(["os", "sysctl", key]).to_string();
                sysctl.check(&path, squeeze(&said(&snapshot, &path)), squeeze(&lines.join(" ")));
            }
        }
        all.push(sysctl);

        let mut modules = tally("lsmod");
        for module in recorded("lsmod").lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
            let path = Path::new(["os", "kernel", "modules", module, "loaded"]).to_string();
            modules.check(&path, said(&snapshot, &path), "Bool(true)");
        }
        all.push(modules);

        let mut machine = tally("uname, hostnamectl, dmidecode, free, timedatectl");
        let text = recorded("uname -a");
        let words: Vec<&str> = text.split_whitespace().collect();
        machine.check("uname release", said(&snapshot, "os.kernel.release"), words[2]);
        machine.check("uname version", said(&snapshot, "os.kernel.version"), words[3..words.len() - 4].join(" "));
        let mut labels = |command: &str, structure: &str, facts: &[(&str, &str)]| {
            let text = recorded(command);
            let (_, part) = text.split_once(structure).expect("is in it");
            for (label, path) in facts {
                let known = super::labelled(part).find(|(found, _)| found == label).expect("a label").1;
                machine.check(
                    format_args!("{command} {label}"),
                    said(&snapshot, path),
                    squeeze(known).replace("Not Specified", ""),
                );
            }
        };
        labels(
            "hostnamectl status",
            "",
            &[
                ("Static hostname", "identity.host_name"),
                ("Machine ID", "identity.machine_id"),
                ("Virtualization", "hardware.virtualization.hypervisor"),
                ("Operating System", "os.release.pretty_name"),
            ],
        );
        labels(
            "dmidecode",
            "BIOS Information",
            &[
                ("Vendor", "hardware.firmware.vendor"),
                ("Version", "hardware.firmware.version"),
                ("Release Date", "hardware.firmware.date"),
            ],
        );
        labels(
            "dmidecode",
            "System Information",
            &[
                ("Manufacturer", "hardware.product.vendor"),
                ("Product Name", "hardware.product.name"),
                ("Family", "hardware.product.family"),
                ("UUID", "identity.serials.product_uuid"),
            ],
        );
        let zone = recorded("timedatectl");
        let zone = zone.split_once("Time zone: ").and_then(|(_, zone)| zone.split_whitespace().next());
        machine.check("timedatectl zone", said(&snapshot, "os.time.zone"), zone.expect("one"));
        for (line, key) in recorded("free").lines().skip(1).zip(["total_bytes", "swap_total_bytes"]) {
            let known: u64 = line.split_whitespace().nth(1).expect("a sum").parse().expect("a number");
            machine.check(format_args!("free {key}"), said(&snapshot, &format!("hardware.memory.{key}")), known * 1024);
        }
        all.push(machine);

        let mut disks = tally("lsblk, blockdev and df");
        for line in recorded("lsblk -O -P").lines().filter(|line| line.contains("TYPE=\"disk\"")) {
            let field = |key: &str| {
                let (_, rest) = line.split_once(&format!(" {key}=\"")).expect("a pair");
                rest.split_once('"').expect("an end").0.to_owned()
            };
            // Devices that have nothing to order: lsblk leaves it empty.
            let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
            let name = field("KNAME");
            let fact = |key: &str| said(&snapshot, &Path::new(["hardware", "storage", &name, key]).to_string());
            disks.check(format_args!("{name} scheduler"), fact("scheduler"), none(field("SCHED")));
            disks.check(format_args!("{name} requests"), fact("queued_requests"), field("RQ-SIZE"));
            disks.check(format_args!("{name} logical"), fact("logical_block_bytes"), field("LOG-SEC"));
            disks.check(format_args!("{name} physical"), fact("physical_block_bytes"), field("PHY-SEC"));
            let report = recorded("blockdev --report");
            let size = report.lines().find(|line| line.ends_with(&format!("/dev/{name}"))).expect("reported");
            disks.check(format_args!("{name} size"), fact("size_bytes"), size.split_whitespace().nth(5).expect("six"));
        }
        for line in recorded("df -al -x autofs").lines().filter(|line| line.starts_with("/dev/")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let path = Path::new(["os", "filesystems", words[5], "size_bytes"]).to_string();
            let known = words[1].parse::<u64>().expect("a number") * 1024;
            if !words[5].starts_with("/var/lib/kubelet") && !words[5].starts_with("/snap/") {
                disks.check(&path, said(&snapshot, &path), known);
            }
        }
        all.push(disks);
        all.into_iter().for_each(Tally::finish);
    }
}
