//! How processors form cores, sockets, books and drawers: `/sys/devices/system/cpu/cpu*/topology`
//! (Documentation/admin-guide/cputopology.rst), counted as lscpu(1) counts: the kernel takes the files of a processor
//! away when it is switched off, so what is left is what can be used.

use super::cpu::{CPUS, Presence};
use super::cpu_set::CpuSet;
use super::cpuinfo::{CpuInfo, Identity};
use crate::capture::Scope;
use crate::host::Host;
use std::collections::BTreeSet;

/// The shape of the machine, of its online processors.
#[derive(Debug, PartialEq, Eq)]
struct Topology {
    threads_per_core: usize,
    cores_per_socket: usize,
    /// In all.
    sockets: usize,
    /// Books in all and drawers; s390 only.
    books: Option<usize>,
    drawers: Option<usize>,
    source: &'static str,
}

const SYSFS: &str = "/sys/devices/system/cpu/cpu*/topology";
const SYSINFO: &str = "/proc/sysinfo";

/// Puts the shape of the machine.
pub(super) fn put(host: &Host, info: &CpuInfo, types: &[(Identity, CpuSet)], cpus: &Presence, facts: &mut Scope) {
    let sysfs = from_sysfs(host, types, cpus);
    // A virtual s390 has masks of its own; what the hypervisor says of the machine goes first.
    let said = host.text(SYSINFO).ok().and_then(|text| from_sysinfo(&text, sysfs.as_ref()));
    let Some(shape) = said.or(sysfs).or_else(|| from_cpuinfo(info, &cpus.online)) else { return };
    facts.put(&["threads_per_core"], shape.threads_per_core, shape.source);
    facts.put(&["cores_per_socket"], shape.cores_per_socket, shape.source);
    facts.put(&["sockets"], shape.sockets, shape.source);
    if let Some(books) = shape.books.filter(|books| *books > 0) {
        facts.put(&["books"], books, shape.source);
        facts.put(&["sockets_per_book"], shape.sockets / books, shape.source);
        if let Some(drawers) = shape.drawers.filter(|drawers| *drawers > 0) {
            facts.put(&["drawers"], drawers, shape.source);
            facts.put(&["books_per_drawer"], books / drawers, shape.source);
        }
    }
}

/// Groups by a mask file of each processor. Siblings name each other, so one file of each group is read, not one of
/// each processor.
fn groups(host: &Host, cpus: &Presence, name: &str) -> BTreeSet<CpuSet> {
    let mut seen = CpuSet::default();
    let mut groups = BTreeSet::new();
    for cpu in cpus.online.iter().chain(cpus.offline().iter()) {
        if seen.contains(cpu) {
            continue;
        }
        let base = format!("{CPUS}/cpu{cpu}/topology/{name}_siblings");
        let Some(group) = CpuSet::read(host, &format!("{base}_list"), &base) else {
            if groups.is_empty() {
                return groups;
            }
            continue;
        };
        group.iter().for_each(|member| seen.insert(member));
        groups.insert(group);
    }
    groups
}

fn from_sysfs(host: &Host, types: &[(Identity, CpuSet)], cpus: &Presence) -> Option<Topology> {
    let cores = groups(host, cpus, "thread");
    if cores.is_empty() {
        return None;
    }
    let packages = groups(host, cpus, "core");
    let books = groups(host, cpus, "book");
    let drawers = groups(host, cpus, "drawer");
    // Arm kernels call each cluster of unlike cores a package: count those of one kind.
    let unlike = types.len() > 1 && types.iter().all(|(identity, _)| identity.stepping.as_deref().is_some_and(is_arm));
    let sockets = if unlike {
        let of_kind = |cpus: &CpuSet| packages.iter().filter(|package| !package.and(cpus).is_empty()).count();
        types.iter().map(|(_, cpus)| of_kind(cpus)).max().unwrap_or(1)
    } else {
        packages.len()
    };
    let sockets = sockets.max(1);
    let some = |groups: &BTreeSet<CpuSet>| (!groups.is_empty()).then_some(groups.len());
    Some(Topology {
        threads_per_core: cores.iter().map(CpuSet::len).max().unwrap_or(1),
        cores_per_socket: (cores.len() / sockets).max(1),
        sockets,
        books: some(&books),
        drawers: some(&drawers),
        source: SYSFS,
    })
}

/// Whether a stepping has the form of Arm's, `r1p0`.
fn is_arm(stepping: &str) -> bool {
    stepping.starts_with('r') && stepping.contains('p')
}

/// `CPU Topology SW: 0 0 4 2 3 8`: nested counts from the outside in, the last three books, sockets and cores.
fn from_sysinfo(text: &str, sysfs: Option<&Topology>) -> Option<Topology> {
    let counts = text.lines().find_map(|line| line.strip_prefix("CPU Topology SW:"))?;
    let counts: Vec<usize> = counts.split_whitespace().map_while(|n| n.parse().ok()).collect();
    let &[a, b, c, books, sockets, cores] = counts.as_slice() else { return None };
    let drawers = a.checked_add(b)?.checked_add(c)?;
    let all_books = books.checked_mul(drawers)?;
    Some(Topology {
        threads_per_core: sysfs.map_or(1, |shape| shape.threads_per_core),
        cores_per_socket: cores,
        sockets: sockets.checked_mul(all_books)?,
        books: Some(all_books),
        drawers: Some(drawers),
        source: SYSINFO,
    })
}

/// What x86 and ia64 say in cpuinfo, for a dump without sysfs.
fn from_cpuinfo(info: &CpuInfo, online: &CpuSet) -> Option<Topology> {
    let place = |cpu| Some((info.number(cpu, "physical id")?, info.number(cpu, "core id").unwrap_or(0)));
    let places: Vec<(u64, u64)> = online.iter().filter_map(place).collect();
    let cores: BTreeSet<_> = places.iter().copied().collect();
    let sockets = places.iter().map(|(socket, _)| socket).collect::<BTreeSet<_>>().len();
    (sockets > 0).then(|| Topology {
        threads_per_core: places.len().div_ceil(cores.len()),
        cores_per_socket: (cores.len() / sockets).max(1),
        sockets,
        books: None,
        drawers: None,
        source: super::cpu::CPUINFO,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hypervisor_of_s390_tells_the_shape() {
        let shape = from_sysinfo("Type: 2964\nCPU Topology SW:      0 0 4 2 3 8\n", None).expect("said");
        assert_eq!((shape.drawers, shape.books, shape.sockets, shape.cores_per_socket), (Some(4), Some(8), 24, 8));
        assert_eq!(from_sysinfo("CPU Topology SW: 1 2\n", None), None);
        assert_eq!(from_sysinfo(&format!("CPU Topology SW: {0} {0} 1 1 1 1\n", usize::MAX), None), None);
    }

    #[test]
    fn cpuinfo_serves_where_sysfs_is_absent() {
        let text = "processor : 0\nphysical id : 0\ncore id : 0\n\nprocessor : 1\nphysical id : 3\ncore id : 0\n";
        let info = CpuInfo::parse(text);
        let shape = from_cpuinfo(&info, &info.cpus()).expect("said");
        assert_eq!((shape.sockets, shape.cores_per_socket, shape.threads_per_core), (2, 1, 1));
    }
}
