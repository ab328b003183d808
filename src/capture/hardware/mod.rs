//! The machine itself: processors, caches, memory.

mod alike;
mod arm;
pub(super) mod bus;
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
