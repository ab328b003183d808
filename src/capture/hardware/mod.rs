//! The machine itself: processors, memory, disks, what is plugged in, who made it and what it runs on.

mod alike;
mod arm;
pub(super) mod bus;
pub(super) mod cloud;
mod core_types;
pub(super) mod cpu;
mod cpu_cache;
mod cpu_set;
mod cpuinfo;
#[cfg(test)]
mod fixtures_test;
#[cfg(test)]
pub(super) mod lscpu_test;
pub(super) mod machine;
pub(super) mod memory;
pub(super) mod memory_modules;
pub(super) mod numa;
pub(super) mod storage;
mod topology;
mod virtualization;
pub(super) mod volumes;

/// A list of processors as this area writes it: `0,1,2,8` is `0-2,8`.
pub(super) fn cpu_list(text: &str) -> String {
    cpu_set::CpuSet::from_list(text).to_string()
}
