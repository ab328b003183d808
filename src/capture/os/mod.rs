//! The operating system: release, kernel, settings, limits, file systems, services, time, language, security, users.

mod apparmor;
pub(super) mod boot;
pub(super) mod cgroup;
pub(super) mod clock;
pub(super) mod cron;
pub(super) mod environment;
pub(super) mod filesystems;
#[cfg(test)]
mod fixtures_test;
pub(super) mod fstab;
pub(super) mod init;
pub(super) mod kernel;
pub(super) mod kernel_config;
pub(super) mod limits;
pub(super) mod locale;
pub(super) mod modprobe;
pub(super) mod modules;
pub(super) mod release;
pub(super) mod security;
mod selinux;
pub(super) mod services;
pub(super) mod sudoers;
pub(super) mod sysctl;
pub(super) mod sysctl_files;
pub(super) mod time;
pub(super) mod timers;
pub(super) mod userland;
pub(super) mod users;
