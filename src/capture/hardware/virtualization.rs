//! `hardware.virtualization`: what the machine runs on, found as lscpu(1) and systemd-detect-virt(1) find it: by what
//! the processor, the kernel's clocks, the maker's strings and the hypervisor's own files say.

use super::cpuinfo::CpuInfo;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::{Problem, ProblemKind};

const CLOCKS: &str = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
const DMI: &str = "/sys/class/dmi/id";
const PCI: &str = "/proc/bus/pci/devices";
const SYSINFO: &str = "/proc/sysinfo";

/// What hypervisors answer to CPUID leaf 0x4000_0000, drivers and documents of each.
const SIGNATURES: [(&str, &str); 11] = [
    ("KVMKVMKVM", "kvm"),
    ("Linux KVM Hv", "kvm"),
    ("VMwareVMware", "vmware"),
    ("Microsoft Hv", "hyper-v"),
    ("XenVMMXenVMM", "xen"),
    ("TCGTCGTCGTCG", "qemu"),
    ("VBoxVBoxVBox", "virtualbox"),
    ("bhyve bhyve", "bhyve"),
    ("ACRNACRNACRN", "acrn"),
    ("prl hyperv", "parallels"),
    ("Apple VZ", "apple"),
];

/// Starts of the maker's strings of virtual machines.
const MAKERS: [(&str, &str); 17] = [
    ("KVM", "kvm"),
    ("OpenStack", "kvm"),
    ("KubeVirt", "kvm"),
    ("Amazon EC2", "kvm"),
    ("Google Compute Engine", "kvm"),
    ("DigitalOcean", "kvm"),
    ("Hetzner", "kvm"),
    ("Alibaba Cloud", "kvm"),
    ("RHEV Hypervisor", "kvm"),
    ("Apache Software Foundation", "kvm"),
    ("VMware", "vmware"),
    ("innotek GmbH", "virtualbox"),
    ("VirtualBox", "virtualbox"),
    ("Xen", "xen"),
    ("Parallels", "parallels"),
    ("BHYVE", "bhyve"),
    ("QEMU", "qemu"),
];

/// Cards that exist in virtual machines only, as the kernel lists them in /proc: vendor and device in one number.
const CARDS: [(&str, &str); 5] = [
    ("80eebeef", "virtualbox"),
    ("80eecafe", "virtualbox"),
    ("15ad0405", "vmware"),
    ("15ad0710", "vmware"),
    ("58530001", "xen"),
];

/// What was found, and where.
struct Found {
    /// `none`, `full` or `para`: whether the guest's kernel knows that it is one, and must.
    kind: &'static str,
    hypervisor: Option<String>,
    source: String,
}

impl Found {
    fn full(hypervisor: &str, source: &str) -> Self {
        Self { kind: "full", hypervisor: Some(hypervisor.to_owned()), source: source.to_owned() }
    }

    fn para(hypervisor: &str, source: &str) -> Self {
        Self { kind: "para", ..Self::full(hypervisor, source) }
    }
}

/// Puts what the machine runs on.
pub(super) fn put(host: &Host, info: &CpuInfo, facts: &mut Facts) {
    let mut facts = facts.at(&["hardware", "virtualization"]);
    container(host, &mut facts);
    let guest = info.flags().map(|flags| flags.contains(&"hypervisor"));
    let dmi = maker(host);
    let told = dmi.is_ok();
    let found = xen(host)
        .or_else(|| by_processor(host))
        .or_else(|| clocks(host))
        .or_else(|| dmi.ok().flatten())
        .or_else(|| mainframe(host))
        .or_else(|| device_tree(host))
        .or_else(|| cards(host).filter(|_| !told || guest == Some(true)));
    let found = found.or_else(|| {
        let kind = match guest {
            Some(true) => "full",
            // A PC whose maker's strings name a machine, or the running machine itself with no sign at all.
            _ if told || host.as_live().is_some() => "none",
            _ => return None,
        };
        let source = if guest == Some(true) { super::cpu::CPUINFO } else { DMI };
        Some(Found { kind, hypervisor: None, source: source.to_owned() })
    });
    match found {
        Some(found) => {
            facts.put(&["kind"], found.kind, &found.source);
            facts.put_some(&["hypervisor"], found.hypervisor, &found.source);
        }
        None => facts.problem(&["kind"], not_collected("the root holds no sign of what it ran on")),
    }
}

/// Documentation/ABI/stable/sysfs-hypervisor-xen; the first domain is the host itself.
fn xen(host: &Host) -> Option<Found> {
    const CAPABILITIES: &str = "/proc/xen/capabilities";
    const KIND: &str = "/sys/hypervisor/type";
    if host.text(CAPABILITIES).is_ok_and(|text| text.contains("control_d")) {
        return Some(Found { kind: "none", ..Found::full("xen", CAPABILITIES) });
    }
    let hypervisor = host.word(KIND).ok()?;
    let para = host.word("/sys/hypervisor/guest_type").is_ok_and(|kind| kind == "PV");
    Some(if para { Found::para(&hypervisor, KIND) } else { Found::full(&hypervisor, KIND) })
}

/// What the running processor answers.
fn by_processor(host: &Host) -> Option<Found> {
    let signature = host.as_live()?.hypervisor_signature()?;
    let known = SIGNATURES.iter().find(|(text, _)| *text == signature.trim());
    Some(Found::full(known.map_or(signature.trim(), |(_, name)| name), "CPUID leaf 0x40000000"))
}

/// The clock that a hypervisor gives to its guests tells which it is, in a dump too.
fn clocks(host: &Host) -> Option<Found> {
    let text = host.text(CLOCKS).ok()?;
    let known = [("kvm-clock", "kvm"), ("hyperv_clocksource", "hyper-v"), ("xen", "xen")];
    let named = |start: &str| text.split_whitespace().any(|clock| clock.starts_with(start));
    known.iter().find(|(start, _)| named(start)).map(|(_, name)| Found::full(name, CLOCKS))
}

/// By the maker's strings; an error where there are none.
fn maker(host: &Host) -> Result<Option<Found>, ()> {
    let mut told = false;
    for file in ["sys_vendor", "product_name", "board_vendor", "bios_vendor"] {
        let path = format!("{DMI}/{file}");
        let Ok(text) = host.word(&path) else { continue };
        told |= !text.is_empty();
        let found = MAKERS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, name)| *name);
        // The same maker sells machines that can be touched.
        let found = found.or((file == "product_name" && text == "Virtual Machine").then_some("hyper-v"));
        if let Some(name) = found {
            // Clouds give their own names to machines without a hypervisor too.
            let metal = host.word(&format!("{DMI}/product_name")).is_ok_and(|name| name.contains(".metal"));
            return Ok((!metal).then(|| Found::full(name, &path)));
        }
    }
    if told { Ok(None) } else { Err(()) }
}

/// s390: below an LPAR, which is a partition of the machine, there may be a control program (STSI 3.2.2).
fn mainframe(host: &Host) -> Option<Found> {
    let text = host.text(SYSINFO).ok()?;
    let program = text.lines().find_map(|line| line.strip_prefix("VM00 Control Program:"));
    let name = match program.map(str::trim) {
        Some(program) if program.starts_with("KVM") => "kvm",
        Some(program) if program.starts_with("z/VM") => "z/vm",
        Some(other) => other,
        None if text.contains("LPAR Number:") => "pr/sm",
        None => return None,
    };
    Some(Found::full(name, SYSINFO))
}

/// Open Firmware and device trees of guests.
fn device_tree(host: &Host) -> Option<Found> {
    const HYPERVISOR: &str = "/proc/device-tree/hypervisor/compatible";
    const PARTITION: &str = "/proc/device-tree/ibm,partition-name";
    if let Ok(text) = host.word(HYPERVISOR) {
        let name = ["kvm", "xen", "vmware"].into_iter().find(|name| text.contains(name));
        return Some(Found::para(name.unwrap_or(&text), HYPERVISOR));
    }
    host.exists(PARTITION).then(|| Found::para("powervm", PARTITION))
}

fn not_collected(why: &str) -> Problem {
    Problem::new(ProblemKind::NotCollected, why)
}

fn cards(host: &Host) -> Option<Found> {
    let text = host.text(PCI).ok()?;
    let ids: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    CARDS.iter().find(|(card, _)| ids.contains(card)).map(|(_, name)| Found::full(name, PCI))
}

/// Which engine made the container that this runs in: <https://systemd.io/CONTAINER_INTERFACE> and the files that
/// engines leave.
fn container(host: &Host, facts: &mut Scope) {
    for (file, name) in [
        ("/run/.containerenv", "podman"),
        ("/.dockerenv", "docker"),
        ("/var/run/secrets/kubernetes.io", "kubernetes"),
        ("/proc/vz/veinfo", "openvz"),
    ] {
        // OpenVZ's own host has the latter too, and this besides.
        if host.exists(file) && !(name == "openvz" && host.exists("/proc/bc")) {
            return facts.put(&["container"], name, file);
        }
    }
    const RELEASE: &str = "/proc/sys/kernel/osrelease";
    if host.word(RELEASE).is_ok_and(|release| release.contains("WSL") || release.contains("Microsoft")) {
        return facts.put(&["container"], "wsl", RELEASE);
    }
    const MANAGER: &str = "/run/systemd/container";
    if let Ok(name) = host.word(MANAGER) {
        return facts.put(&["container"], name, MANAGER);
    }
    const ENVIRONMENT: &str = "/proc/1/environ";
    let environment = host.text(ENVIRONMENT).unwrap_or_default();
    if let Some(name) = environment.split('\0').find_map(|entry| entry.strip_prefix("container=")) {
        return facts.put(&["container"], name, ENVIRONMENT);
    }
    if host.as_live().is_none() {
        return facts.problem(&["container"], not_collected("the root holds no sign of a container"));
    }
    const GROUPS: &str = "/proc/1/cgroup";
    let groups = host.text(GROUPS).unwrap_or_default();
    let known = [("/kubepods", "kubernetes"), ("/docker", "docker"), ("/lxc", "lxc"), ("/libpod", "podman")];
    if let Some((_, name)) = known.iter().find(|(part, _)| groups.contains(part)) {
        return facts.put(&["container"], *name, GROUPS);
    }
    // include/linux/proc_ns.h, PROC_PID_INIT_INO: the number of the first name space of processes, that of no container.
    const PROCESSES: &str = "/proc/self/ns/pid";
    match host.link(PROCESSES) {
        Ok(link) if link == "pid:[4026531836]" => facts.put(&["container"], "none", PROCESSES),
        Ok(_) => facts.put(&["container"], "unknown", PROCESSES),
        Err(error) => facts.unread(&["container"], &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    type Files<'a> = &'a [(&'a str, &'a str)];

    fn probed(files: Files<'_>) -> Vec<String> {
        let (_dir, host) = root(files);
        let text = host.text(super::super::cpu::CPUINFO).unwrap_or_default();
        let mut facts = Facts::new();
        put(&host, &CpuInfo::parse(&text), &mut facts);
        let lines = written(&facts).into_iter();
        lines.map(|line| line.trim_start_matches("hardware.virtualization.").to_owned()).collect()
    }

    #[test]
    fn guests_are_told_by_what_their_hypervisor_leaves() {
        let guest = ("/proc/cpuinfo", "processor : 0\nflags : fpu hypervisor\n");
        let cases: [(Files<'_>, &[&str]); 9] = [
            (
                &[guest, (CLOCKS, "kvm-clock tsc \n"), ("/sys/class/dmi/id/sys_vendor", "QEMU\n")],
                &["hypervisor = kvm", "kind = full"],
            ),
            (&[guest, ("/sys/class/dmi/id/sys_vendor", "VMware, Inc.\n")], &["hypervisor = vmware", "kind = full"]),
            (&[guest, ("/sys/class/dmi/id/sys_vendor", "Somebody\n")], &["kind = full"]),
            (&[("/sys/class/dmi/id/sys_vendor", "Dell Inc.\n")], &["kind = none"]),
            (
                &[("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n"), ("/sys/class/dmi/id/product_name", "m5.metal\n")],
                &["kind = none"],
            ),
            (
                &[("/sys/hypervisor/type", "xen\n"), ("/sys/hypervisor/guest_type", "PV\n")],
                &["hypervisor = xen", "kind = para"],
            ),
            (&[(SYSINFO, "LPAR Number: 4\nVM00 Control Program: KVM/Linux\n")], &["hypervisor = kvm", "kind = full"]),
            (&[(SYSINFO, "LPAR Number: 4\n")], &["hypervisor = pr/sm", "kind = full"]),
            (&[("/etc/hostname", "a\n")], &[]),
        ];
        for (files, expected) in cases {
            assert_eq!(probed(files), expected, "{files:?}");
        }
    }

    #[test]
    fn a_container_is_told_by_its_engines_files() {
        assert_eq!(probed(&[("/.dockerenv", "")]), ["container = docker"]);
        assert_eq!(probed(&[("/run/systemd/container", "systemd-nspawn\n")]), ["container = systemd-nspawn"]);
        assert_eq!(probed(&[("/proc/1/environ", "PATH=/bin\0container=lxc\0")]), ["container = lxc"]);
    }
}
