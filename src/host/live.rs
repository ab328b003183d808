//! What only a running machine can tell: sysinfo, mounted file systems' sizes, the clock, who is asking.

use crate::model::{Problem, ProblemKind};
use rustix::fs::{FileType, Mode, OFlags, StatVfs};
use rustix::io::Errno;
use std::sync::mpsc;
use std::time::Duration;

/// The running machine beyond its files.
pub struct Live {
    _private: (),
}

/// Sizes of a mounted file system, statvfs(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Bytes in all.
    pub size_bytes: u64,
    /// Bytes that are taken.
    pub used_bytes: u64,
    /// Inodes in all; 0 where the file system makes them as needed.
    pub inodes: u64,
}

/// What sysinfo gives well: it serves every system, so a capture tells something on any of them.
#[derive(Clone, Debug, Default)]
pub struct System {
    /// `linux`, `macos`, ...
    pub name: Option<String>,
    /// The kernel's release.
    pub kernel_release: Option<String>,
    /// The distribution's or system's version.
    pub os_version: Option<String>,
    /// The host's own name.
    pub host_name: Option<String>,
    /// The processor architecture that the program runs on.
    pub architecture: String,
    /// Physical memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Swap space in bytes.
    pub swap_bytes: Option<u64>,
    /// Physical cores, where known.
    pub cores: Option<usize>,
    /// Logical processors.
    pub processors: usize,
    /// Brand of the first processor.
    pub processor_brand: Option<String>,
}

impl Live {
    pub(super) fn new() -> Self {
        Self { _private: () }
    }

    /// Whether the effective user is root.
    pub fn is_privileged(&self) -> bool {
        rustix::process::geteuid().is_root()
    }

    /// What sysinfo says. Costs a few reads; processes are never listed.
    pub fn system(&self) -> System {
        use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind};
        let wanted =
            RefreshKind::nothing().with_memory(MemoryRefreshKind::everything()).with_cpu(CpuRefreshKind::nothing());
        let system = sysinfo::System::new_with_specifics(wanted).ok();
        let cpus = system.as_ref().map_or(&[][..], sysinfo::System::cpus);
        System {
            name: sysinfo::System::name().ok(),
            kernel_release: sysinfo::System::kernel_version().ok(),
            os_version: sysinfo::System::os_version().ok(),
            host_name: sysinfo::System::host_name().ok(),
            architecture: sysinfo::System::cpu_arch(),
            memory_bytes: system.as_ref().map(sysinfo::System::total_memory),
            swap_bytes: system.as_ref().map(sysinfo::System::total_swap),
            cores: sysinfo::System::physical_core_count().ok(),
            processors: cpus.len(),
            processor_brand: cpus.first().map(|cpu| cpu.brand().to_owned()).filter(|b| !b.is_empty()),
        }
    }

    /// The sizes of the file system mounted at `path`.
    ///
    /// # Errors
    /// A problem when the call fails or takes longer than `limit`, as it does for ever on a dead network mount.
    pub fn disk(&self, path: &str, limit: Duration) -> Result<Disk, Problem> {
        let StatVfs { f_blocks, f_bfree, f_frsize, f_files, .. } =
            on_disk("statvfs", path, limit, |path| rustix::fs::statvfs(path))?;
        let bytes = |blocks: u64| blocks.saturating_mul(f_frsize);
        Ok(Disk { size_bytes: bytes(f_blocks), used_bytes: bytes(f_blocks.saturating_sub(f_bfree)), inodes: f_files })
    }

    /// Whether a folder says of what kind each entry is, `d_type` of readdir(3): what is on some file systems a choice at
    /// the time of their making.
    ///
    /// # Errors
    /// As [`Live::disk`], and where the folder may not be listed.
    pub fn has_entry_types(&self, path: &str, limit: Duration) -> Result<bool, Problem> {
        on_disk("readdir", path, limit, |path| {
            let folder = rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
            // The first is the folder itself, of an empty one too.
            let first = rustix::fs::Dir::new(folder)?.next().transpose()?;
            Ok(first.is_some_and(|entry| entry.file_type() != FileType::Unknown))
        })
    }

    /// What the hypervisor beneath this machine calls itself to its guests, on processors that have a way to ask.
    pub fn hypervisor_signature(&self) -> Option<String> {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            #[cfg(target_arch = "x86")]
            use std::arch::x86::__cpuid;
            #[cfg(target_arch = "x86_64")]
            use std::arch::x86_64::__cpuid;
            // Bit 31 says that the leaf from which hypervisors answer is there (Documentation/virt/kvm/x86/cpuid.rst).
            if __cpuid(1).ecx >> 31 == 0 {
                return None;
            }
            let leaf = __cpuid(0x4000_0000);
            let bytes: Vec<u8> = [leaf.ebx, leaf.ecx, leaf.edx].into_iter().flat_map(u32::to_le_bytes).collect();
            let text = String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned();
            Some(text).filter(|text| !text.is_empty())
        }
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        None
    }

    /// The addresses of all interfaces with their prefix lengths.
    pub fn addresses(&self) -> Vec<(String, std::net::IpAddr, u8)> {
        let networks = sysinfo::Networks::new_with_refreshed_list().ok();
        let mut out = Vec::new();
        for (name, data) in networks.iter().flat_map(|networks| networks.iter()) {
            let name = name.to_string_lossy();
            out.extend(data.ip_networks().iter().map(|one| (name.clone().into_owned(), one.addr, one.prefix)));
        }
        out
    }

    /// The moment, by the machine's clock.
    pub fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// Asks about a mounted file system. The call cannot be cancelled: the thread is left behind when it hangs, and ends with
/// the process.
fn on_disk<T: Send + 'static>(
    call: &str,
    path: &str,
    limit: Duration,
    ask: impl FnOnce(&str) -> Result<T, Errno> + Send + 'static,
) -> Result<T, Problem> {
    let (send, receive) = mpsc::channel();
    let owned = path.to_owned();
    if let Err(error) = std::thread::Builder::new().spawn(move || send.send(ask(&owned)).ok()) {
        return Err(Problem::new(ProblemKind::Failed, format!("{call} {path}: no thread: {error}")));
    }
    match receive.recv_timeout(limit) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(Errno::ACCESS)) => Err(Problem::new(ProblemKind::Denied, path)),
        Ok(Err(error)) => Err(Problem::new(ProblemKind::Failed, format!("{call} {path}: {error}"))),
        Err(_) => Err(Problem::new(ProblemKind::TimedOut, format!("{call} {path} after {limit:?}"))),
    }
}
