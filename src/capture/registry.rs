//! All probes. A new one is a file in its area's folder and a line here.

use super::Probe;
use super::{
    cache, configuration, deployments, directory, dns, hardware, identity, libraries, network, os, toolchains,
};
use std::time::Duration;

/// A few dozen small files.
const QUICK: Duration = Duration::from_secs(3);

/// Data bases and folders with thousands of entries.
const SLOW: Duration = Duration::from_secs(10);

/// Every probe of the program, by area. Workers take them in this order.
pub static PROBES: &[Probe] = &[
    // --- hardware
    Probe {
        name: "processors",
        paths: &["hardware.cpu", "hardware.virtualization"],
        live_only: false,
        limit: QUICK,
        run: hardware::cpu::probe,
    },
    Probe { name: "memory", paths: &["hardware.memory"], live_only: false, limit: QUICK, run: hardware::memory::probe },
    Probe {
        name: "memory modules",
        paths: &["hardware.memory.modules"],
        live_only: false,
        limit: QUICK,
        run: hardware::memory_modules::probe,
    },
    Probe {
        name: "memory nodes",
        paths: &["hardware.numa"],
        live_only: false,
        limit: QUICK,
        run: hardware::numa::probe,
    },
    Probe {
        name: "machine",
        paths: &["hardware.firmware", "hardware.product", "identity.serials"],
        live_only: false,
        limit: QUICK,
        run: hardware::machine::probe,
    },
    Probe {
        name: "devices",
        paths: &["hardware.bus", "hardware.gpu"],
        live_only: false,
        limit: QUICK,
        run: hardware::bus::probe,
    },
    Probe {
        name: "storage",
        paths: &["hardware.storage"],
        live_only: false,
        limit: QUICK,
        run: hardware::storage::probe,
    },
    // --- os
    Probe { name: "kernel settings", paths: &["os.sysctl"], live_only: false, limit: SLOW, run: os::sysctl::probe },
    Probe {
        name: "file systems",
        paths: &["os.filesystems"],
        live_only: false,
        limit: SLOW,
        run: os::filesystems::probe,
    },
    Probe { name: "kernel", paths: &["os.kernel"], live_only: false, limit: QUICK, run: os::kernel::probe },
    Probe {
        name: "kernel modules",
        paths: &["os.kernel.modules"],
        live_only: false,
        limit: SLOW,
        run: os::modules::probe,
    },
    Probe {
        name: "kernel configuration",
        paths: &["os.kernel.config"],
        live_only: false,
        limit: QUICK,
        run: os::kernel_config::probe,
    },
    Probe { name: "boot loader", paths: &["os.boot"], live_only: false, limit: QUICK, run: os::boot::probe },
    Probe {
        name: "module settings",
        paths: &["os.modprobe", "os.modprobe_aliases", "os.modules_load"],
        live_only: false,
        limit: QUICK,
        run: os::modprobe::probe,
    },
    Probe {
        name: "kernel settings' files",
        paths: &["os.sysctl_files"],
        live_only: false,
        limit: QUICK,
        run: os::sysctl_files::probe,
    },
    Probe {
        name: "services",
        paths: &["os.services", "os.default_target"],
        live_only: false,
        limit: SLOW,
        run: os::services::probe,
    },
    Probe { name: "timers", paths: &["os.timers"], live_only: false, limit: SLOW, run: os::timers::probe },
    Probe { name: "cron", paths: &["os.cron"], live_only: false, limit: QUICK, run: os::cron::probe },
    Probe {
        name: "init",
        paths: &["os.init", "os.tuned_profile"],
        live_only: false,
        limit: QUICK,
        run: os::init::probe,
    },
    Probe { name: "fstab", paths: &["os.fstab"], live_only: false, limit: QUICK, run: os::fstab::probe },
    Probe { name: "time", paths: &["os.time"], live_only: false, limit: QUICK, run: os::time::probe },
    Probe { name: "limits", paths: &["os.limits"], live_only: false, limit: QUICK, run: os::limits::probe },
    Probe { name: "control group", paths: &["os.cgroup"], live_only: false, limit: QUICK, run: os::cgroup::probe },
    Probe { name: "locale", paths: &["os.locale"], live_only: false, limit: QUICK, run: os::locale::probe },
    Probe { name: "security", paths: &["os.security"], live_only: false, limit: QUICK, run: os::security::probe },
    Probe {
        name: "environment",
        paths: &["os.environment", "os.environment_of", "os.limits_of"],
        live_only: false,
        limit: QUICK,
        run: os::environment::probe,
    },
    Probe {
        name: "users and groups",
        paths: &["os.users", "os.groups"],
        live_only: false,
        limit: QUICK,
        run: os::users::probe,
    },
    Probe { name: "sudo rules", paths: &["os.sudoers"], live_only: false, limit: QUICK, run: os::sudoers::probe },
    // --- libraries
    Probe {
        name: "dpkg packages",
        paths: &["libraries.packages.dpkg"],
        live_only: false,
        limit: SLOW,
        run: libraries::dpkg::packages::probe,
    },
    Probe {
        name: "rpm packages",
        paths: &["libraries.packages.rpm", "deployments.hand_edits"],
        live_only: false,
        limit: SLOW,
        run: libraries::rpm::probe,
    },
    Probe {
        name: "apk packages",
        paths: &["libraries.packages.apk"],
        live_only: false,
        limit: SLOW,
        run: libraries::others::apk::probe,
    },
    Probe {
        name: "pacman packages",
        paths: &["libraries.packages.pacman"],
        live_only: false,
        limit: SLOW,
        run: libraries::others::pacman::probe,
    },
    Probe {
        name: "snaps",
        paths: &["libraries.packages.snap"],
        live_only: false,
        limit: SLOW,
        run: libraries::others::snap::probe,
    },
    Probe {
        name: "flatpaks",
        paths: &["libraries.packages.flatpak"],
        live_only: false,
        limit: SLOW,
        run: libraries::others::flatpak::probe,
    },
    Probe {
        name: "nix packages",
        paths: &["libraries.packages.nix"],
        live_only: false,
        limit: SLOW,
        run: libraries::others::nix::probe,
    },
    Probe {
        name: "C library and OpenSSL",
        paths: &["libraries.libc", "libraries.openssl"],
        live_only: false,
        limit: QUICK,
        run: libraries::shared::probe,
    },
    Probe {
        name: "alternatives",
        paths: &["libraries.alternatives"],
        live_only: false,
        limit: QUICK,
        run: libraries::alternatives::probe,
    },
    Probe {
        name: "repositories and pins",
        paths: &["libraries.repositories", "libraries.pins"],
        live_only: false,
        limit: QUICK,
        run: libraries::repositories::probe,
    },
    // --- toolchains
    Probe { name: "toolchains", paths: &["toolchains"], live_only: false, limit: SLOW, run: toolchains::probe },
    // --- configuration
    Probe {
        name: "configuration files",
        paths: &["configuration.files"],
        live_only: false,
        limit: SLOW,
        run: configuration::probe,
    },
    // --- deployments
    Probe {
        name: "hand edits",
        paths: &["deployments.hand_edits"],
        live_only: false,
        limit: SLOW,
        run: deployments::hand_edits::probe,
    },
    Probe {
        name: "package history",
        paths: &["deployments.events", "deployments.commands", "deployments.rollbacks"],
        live_only: false,
        limit: SLOW,
        run: deployments::history::probe,
    },
    Probe {
        name: "installed kernels",
        paths: &["deployments.kernels_installed", "deployments.reboot_required", "deployments.reboot_required_by"],
        live_only: false,
        limit: QUICK,
        run: deployments::kernels::probe,
    },
    Probe {
        name: "releases",
        paths: &["deployments.releases"],
        live_only: false,
        limit: SLOW,
        run: deployments::releases::probe,
    },
    Probe {
        name: "containers",
        paths: &["deployments.containers", "deployments.static_pods"],
        live_only: false,
        limit: SLOW,
        run: deployments::containers::probe,
    },
    Probe {
        name: "boots",
        paths: &["deployments.boots"],
        live_only: false,
        limit: QUICK,
        run: deployments::boots::probe,
    },
    // --- os
    Probe { name: "os release", paths: &["os.release"], live_only: false, limit: QUICK, run: os::release::probe },
    // --- network
    Probe {
        name: "network",
        paths: &[
            "network.interfaces",
            "network.made_up_interfaces",
            "network.routes",
            "network.rules",
            "network.neighbours",
            "network.proxy",
            "identity.addresses",
            "identity.macs",
        ],
        live_only: false,
        limit: QUICK,
        run: network::probe,
    },
    Probe {
        name: "sockets and traffic",
        paths: &["network.listening", "network.ephemeral_listeners", "network.traffic"],
        live_only: false,
        limit: SLOW,
        run: network::sockets::probe,
    },
    Probe {
        name: "firewall",
        paths: &["network.firewall"],
        live_only: false,
        limit: SLOW,
        run: network::firewall::probe,
    },
    // --- dns
    Probe {
        name: "dns",
        paths: &["dns.resolver", "dns.resolved", "dns.switch", "dns.hosts", "dns.own_name", "dns.host_conf", "dns.gai"],
        live_only: false,
        limit: QUICK,
        run: dns::probe,
    },
    Probe {
        name: "names in the dns",
        paths: &["dns.answers"],
        live_only: false,
        limit: SLOW,
        run: dns::answers::probe,
    },
    // --- cache
    Probe {
        name: "caches",
        paths: &["cache.page", "cache.disk", "cache.names", "cache.http", "cache.stores"],
        live_only: false,
        limit: QUICK,
        run: cache::probe,
    },
    Probe {
        name: "stores that answer",
        paths: &["cache.stores.redis.live", "cache.stores.memcached.live"],
        live_only: false,
        limit: SLOW,
        run: cache::live::probe,
    },
    Probe {
        name: "addresses over HTTP",
        paths: &["cache.edge"],
        live_only: false,
        limit: SLOW,
        run: cache::edge::probe,
    },
    // --- directory
    Probe { name: "directory", paths: &["directory"], live_only: false, limit: QUICK, run: directory::probe },
    // --- identity
    Probe {
        name: "identity",
        paths: &[
            "identity.host_name",
            "identity.domain",
            "identity.machine_id",
            "identity.boot_id",
            "identity.cloud_instance_id",
            "identity.ssh_host_keys",
        ],
        live_only: false,
        limit: QUICK,
        run: identity::probe,
    },
];
