//! What keeps copies, and how: the page cache, caches of names, HTTP caches, stores.

mod apache;
pub(super) mod edge;
mod haproxy;
pub(super) mod live;
mod names;
mod nginx;
mod squid;
mod start;
mod stores;
mod traefik;
mod varnish;
mod walk;

use crate::capture::{Facts, hardware};
use crate::host::Host;
use crate::model::Path;

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

/// What disks say of their caches, counted in `hardware.storage`.
const DISK: [&str; 2] = ["read_ahead_bytes", "write_cache"];

type Reader = fn(&Host, &mut Facts);

/// The readers of HTTP caches, by the key beneath which each puts its facts.
const HTTP: [(&str, Reader); 6] = [
    ("nginx", nginx::read),
    ("apache", apache::read),
    ("varnish", varnish::read),
    ("squid", squid::read),
    ("haproxy", haproxy::read),
    ("traefik", traefik::read),
];

/// Reads the configuration of what caches.
pub(super) fn probe(host: &Host, facts: &mut Facts) {
    page(host, facts);
    disk(host, facts);
    // What one of them cannot read says nothing of the others.
    facts.within(host, &["cache", "names"], |facts| names::read(host, facts));
    for (name, read) in HTTP {
        facts.within(host, &["cache", "http", name], |facts| read(host, facts));
    }
    facts.within(host, &["cache", "stores"], |facts| stores::read(host, facts));
}

/// `cache.disk.<name>`: texts that point to what the disks keep. The probe of the disks says which those are.
fn disk(host: &Host, facts: &mut Facts) {
    let mut storage = Facts::new();
    hardware::storage::probe(host, &mut storage);
    let disks = Path::new(["hardware", "storage"]);
    if let Some((_, problem)) = storage.problems().iter().find(|(path, _)| *path == disks) {
        facts.problem(&["cache", "disk"], problem.clone());
    }
    for (path, _) in storage.values() {
        if let [_, area, name, key] = path.segments()
            && area == "storage"
            && DISK.contains(&key.as_str())
        {
            facts.put(&["cache", "disk", name, key], format!("see {path}"), "/sys/block");
        }
    }
}

/// `cache.page.<name>`: a text that points to the setting. It is the same on both sides, so it never differs.
fn page(host: &Host, facts: &mut Facts) {
    const FOLDER: &str = "/proc/sys/vm";
    if !host.exists(FOLDER) {
        return facts.not_collected(&["cache", "page"], "there is no /proc/sys/vm here");
    }
    for name in PAGE.iter().filter(|name| host.exists(&format!("{FOLDER}/{name}"))) {
        facts.put(&["cache", "page", name], format!("see os.sysctl.\"vm.{name}\""), FOLDER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn what_is_not_known_of_disks_is_not_known_of_their_caches() {
        let (_dir, host) = root(&[("/etc/nginx/nginx.conf", "worker_processes 2;\n")]);
        let mut facts = Facts::new();
        disk(&host, &mut facts);
        let said = facts.problems().iter().map(|(path, problem)| (path.to_string(), problem.is_not_collected()));
        assert_eq!(said.collect::<Vec<_>>(), [("cache.disk".to_owned(), true)]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_beside_the_others() {
        let root = crate::capture::sample::Root::new(&[("/etc/nginx/nginx.conf", "user a;\ninclude conf.d/*.conf;\n")]);
        let facts = root.pipe("/etc/nginx/conf.d/b.conf").probe(nginx::read);
        assert_eq!(facts.get("cache.http.nginx.user"), Some(&"a".into()));
        let said: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(said, ["cache.http.nginx", "cache.http.nginx.\"/etc/nginx/conf.d/b.conf\""]);
    }

    #[test]
    fn what_is_counted_elsewhere_is_pointed_to() {
        let (_dir, host) = root(&[
            ("/proc/sys/vm/swappiness", "60\n"),
            ("/sys/block/sda/size", "100\n"),
            ("/sys/block/sda/device/model", "KINGSTON SKC.1\n"),
            ("/sys/block/sda/queue/read_ahead_kb", "128\n"),
            ("/sys/block/sda/queue/write_cache", "write back\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "cache.disk.\"KINGSTON SKC.1\".read_ahead_bytes = see hardware.storage.\"KINGSTON SKC.1\".read_ahead_bytes",
            "cache.disk.\"KINGSTON SKC.1\".write_cache = see hardware.storage.\"KINGSTON SKC.1\".write_cache",
            "cache.page.swappiness = see os.sysctl.\"vm.swappiness\"",
        ];
        assert_eq!(written(&facts), expected);
    }
}
