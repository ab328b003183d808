//! The operating system: release, kernel, settings, file systems, time.

pub(super) mod release;
