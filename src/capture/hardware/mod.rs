//! The machine itself: processors, memory, disks, what is plugged in, who made it and what it runs on.

mod alike;
mod arm;
pub(super) mod bus;
mod core_types;
pub(super) mod cpu;
mod cpu_cache;
mod cpu_set;
mod cpuinfo;
#[cfg(test)]
mod fixtures_test;
#[cfg(test)]
mod lscpu_test;
pub(super) mod machine;
pub(super) mod memory;
pub(super) mod memory_modules;
pub(super) mod numa;
pub(super) mod storage;
mod topology;
mod virtualization;
