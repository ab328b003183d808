//! The operating system: release, kernel, settings, file systems, time.

pub(super) mod cron;
pub(super) mod filesystems;
pub(super) mod fstab;
pub(super) mod init;
pub(super) mod kernel;
pub(super) mod release;
pub(super) mod services;
pub(super) mod sysctl;
pub(super) mod sysctl_files;
pub(super) mod time;
pub(super) mod timers;
