//! `dns.resolved`: resolved.conf(5) with its drop-ins, in systemd's order of precedence.

use super::resolver;
use crate::capture::Facts;
use crate::capture::settings::{Settings, drop_ins, lines, systemd_files, text};
use crate::host::Host;
use crate::model::Value;

/// Options that add up over lines and files; an empty assignment starts them anew.
const LISTS: [&str; 4] = ["DNS", "FallbackDNS", "Domains", "DNSStubListenerExtra"];

/// Options that say what is kept and for how long; they stand in `cache.names.resolved`.
const CACHE: [&str; 3] = ["Cache", "CacheFromLocalhost", "StaleRetentionSec"];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    options(host, facts, &["dns", "resolved"], |key| !CACHE.contains(&key));
    links(host, facts);
}

/// `dns.resolved.uplink`: the servers behind the stub at 127.0.0.53, all links' together, as systemd-resolved writes them
/// for others to read; `dns.resolved.links.<interface>`: what a link was told besides the files, by NetworkManager or by
/// hand.
fn links(host: &Host, facts: &mut Facts) {
    const UPLINK: &str = "/run/systemd/resolve/resolv.conf";
    const LINKS: &str = "/run/systemd/resolve/netif";
    let mut facts = facts.at(&["dns", "resolved"]);
    if let Some(text) = text(host, UPLINK, &mut facts) {
        resolver::put_servers(&text, UPLINK, &mut facts.at(&["uplink"]));
    }
    for path in drop_ins(host, LINKS, "").unwrap_or_default() {
        let number = path.rsplit('/').next().unwrap_or_default();
        let Some(name) = interface(host, number) else { continue };
        let Some(text) = text(host, &path, &mut facts) else { continue };
        for (key, value) in lines(&text, &['#']).filter_map(|line| line.split_once('=')) {
            let value = match key {
                "SERVERS" | "DOMAINS" | "NTAS" => Value::list(value.split_whitespace()),
                _ => Value::from(value),
            };
            facts.put(&["links", &name, &key.to_lowercase()], value, &path);
        }
    }
}

/// The interface that has a number.
fn interface(host: &Host, number: &str) -> Option<String> {
    const FOLDER: &str = "/sys/class/net";
    let has = |name: &String| host.word(&format!("{FOLDER}/{name}/ifindex")).is_ok_and(|index| index == number);
    host.list(FOLDER).ok()?.into_iter().map(|entry| entry.name).find(has)
}

/// Puts those options whose name is `wanted` beneath `at`.
pub(in crate::capture) fn options(host: &Host, facts: &mut Facts, at: &[&str], wanted: fn(&str) -> bool) {
    let mut facts = facts.at(at);
    let mut settings = Settings::default();
    for path in systemd_files(host, "resolved.conf").unwrap_or_default() {
        let Some(text) = text(host, &path, &mut facts) else { continue };
        let mut section = "";
        for line in lines(&text, &['#', ';']) {
            if line.starts_with('[') {
                section = line;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim());
            if section != "[Resolve]" || !wanted(key) {
                continue;
            }
            if LISTS.contains(&key) && !value.is_empty() {
                value.split_whitespace().for_each(|one| settings.add_member(&[key], one, &path));
            } else if value.is_empty() {
                settings.clear(&[key]);
            } else {
                settings.set(&[key], value, &path);
            }
        }
    }
    settings.put(&mut facts);
}

/// Whether an option belongs to the cache area.
pub(in crate::capture) fn is_cache(key: &str) -> bool {
    CACHE.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn the_servers_behind_the_stub_are_told() {
        let (_dir, host) = root(&[
            (
                "/run/systemd/resolve/resolv.conf",
                "# x\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch example.net\n",
            ),
            ("/run/systemd/resolve/netif/2", "# private\nLLMNR=no\nSERVERS=192.0.2.1\nDOMAINS=example.net ~.\n"),
            ("/run/systemd/resolve/netif/9", "LLMNR=no\n"),
            ("/sys/class/net/eth0/ifindex", "2\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "dns.resolved.links.eth0.domains = [(\"example.net\") (\"~.\")]",
            "dns.resolved.links.eth0.llmnr = no",
            "dns.resolved.links.eth0.servers = [(\"192.0.2.1\")]",
            "dns.resolved.uplink.name_servers = [(\"192.0.2.1\") (\"192.0.2.2\")]",
            "dns.resolved.uplink.search = [(\"example.net\")]",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn drop_ins_come_by_name_and_the_stronger_folder_wins() {
        let (dir, host) = root(&[
            ("/etc/systemd/resolved.conf", "[Resolve]\n#DNS=x\nDNS=192.0.2.1 192.0.2.2\nDNSSEC=no\nCache=yes\n"),
            ("/etc/systemd/resolved.conf.d/README", ""),
            ("/usr/lib/systemd/resolved.conf", "[Resolve]\nLLMNR=yes\n"),
            ("/usr/lib/systemd/resolved.conf.d/20-b.conf", "[Resolve]\nDNSSEC=allow-downgrade\n"),
            ("/usr/lib/systemd/resolved.conf.d/90-c.conf", "[Resolve]\nDNSSEC=yes\n"),
            ("/run/systemd/resolved.conf.d/10-a.conf", "[Resolve]\nDNS=\nDNS=192.0.2.3\nDomains=~.\n[Other]\nX=1\n"),
        ]);
        std::os::unix::fs::symlink("/dev/null", dir.path().join("etc/systemd/resolved.conf.d/90-c.conf")).unwrap();
        let mut facts = Facts::new();
        read(&host, &mut facts);
        options(&host, &mut facts, &["cache", "names", "resolved"], is_cache);
        let expected = [
            "cache.names.resolved.Cache = yes",
            "dns.resolved.DNS = [(\"192.0.2.3\")]",
            "dns.resolved.DNSSEC = allow-downgrade",
            "dns.resolved.Domains = [(\"~.\")]",
        ];
        assert_eq!(written(&facts), expected);
    }
}
