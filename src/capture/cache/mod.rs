//! What keeps copies, and how: the page cache, caches of names, HTTP caches, stores.

mod apache;
mod document;
mod haproxy;
mod names;
mod nginx;
mod squid;
mod start;
mod stores;
mod traefik;
mod varnish;
mod walk;

use crate::capture::Facts;
use crate::host::Host;

/// The kernel's settings of the page cache. They are facts of `os.sysctl` and are counted there, once.
const PAGE: [&str; 10] = [
    "dirty_background_bytes",
    "dirty_background_ratio",
    "dirty_bytes",
    "dirty_expire_centisecs",
    "dirty_ratio",
    "dirty_writeback_centisecs",
    "min_free_kbytes",
    "page-cluster",
    "swappiness",
    "vfs_cache_pressure",
];

/// Reads the configuration of what caches.
pub(super) fn probe(host: &Host, facts: &mut Facts) {
    page(host, facts);
    names::read(host, facts);
    nginx::read(host, facts);
    apache::read(host, facts);
    varnish::read(host, facts);
    squid::read(host, facts);
    haproxy::read(host, facts);
    traefik::read(host, facts);
    stores::read(host, facts);
}

/// `cache.page.<name>`: a text that points to the setting. It is the same on both sides, so it never differs.
fn page(host: &Host, facts: &mut Facts) {
    const FOLDER: &str = "/proc/sys/vm";
    if !host.exists(FOLDER) {
        return facts.not_collected(&["cache", "page"], "there is no /proc/sys/vm here");
    }
    for name in PAGE.iter().filter(|name| host.exists(&format!("{FOLDER}/{name}"))) {
        facts.put(&["cache", "page", name], format!("see os.sysctl.vm.{name}"), FOLDER);
    }
}
