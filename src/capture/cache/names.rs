//! `cache.names`: nscd.conf(5), systemd-resolved's cache, dnsmasq(8), unbound.conf(5).

use super::walk::Walk;
use crate::capture::settings::{Settings, drop_ins, glob, lines, squeeze, text};
use crate::capture::{Facts, dns};
use crate::host::Host;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    nscd(host, facts);
    dns::resolved_options(host, facts, &["cache", "names", "resolved"], dns::is_cache_of_resolved);
    dnsmasq(host, facts);
    unbound(host, facts);
}

/// Options of one service stand beneath its name: `cache.names.nscd.hosts.positive-time-to-live`.
fn nscd(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/etc/nscd.conf";
    let mut facts = facts.at(&["cache", "names", "nscd"]);
    let Some(text) = text(host, FILE, &mut facts) else { return };
    let mut settings = Settings::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        match words[..] {
            [option, service, value] => settings.set(&[service, option], value, FILE),
            [option, value] => settings.set(&[option], value, FILE),
            _ => {}
        }
    }
    settings.put(&mut facts);
}

/// Options of dnsmasq(8) that are given once for each thing that they name.
const DNSMASQ_LISTS: [&str; 27] = [
    "addn-hosts",
    "address",
    "alias",
    "auth-server",
    "auth-zone",
    "bogus-nxdomain",
    "cname",
    "dhcp-boot",
    "dhcp-host",
    "dhcp-option",
    "dhcp-range",
    "domain",
    "except-interface",
    "host-record",
    "hostsdir",
    "interface",
    "ipset",
    "listen-address",
    "local",
    "mx-host",
    "no-dhcp-interface",
    "ptr-record",
    "rebind-domain-ok",
    "rev-server",
    "server",
    "srv-host",
    "txt-record",
];

/// Options of unbound.conf(5) of the same kind.
const UNBOUND_LISTS: [&str; 30] = [
    "access-control",
    "access-control-tag",
    "access-control-view",
    "allow-notify",
    "auto-trust-anchor-file",
    "caps-exempt",
    "control-interface",
    "define-tag",
    "do-not-query-address",
    "domain-insecure",
    "forward-addr",
    "forward-host",
    "interface",
    "local-data",
    "local-data-ptr",
    "local-zone",
    "local-zone-override",
    "local-zone-tag",
    "master",
    "nodefault",
    "outgoing-interface",
    "primary",
    "private-address",
    "private-domain",
    "send-client-subnet",
    "stub-addr",
    "stub-host",
    "tls-session-ticket-keys",
    "trust-anchor",
    "trust-anchor-file",
];

/// Debian starts dnsmasq with the folder of `CONFIG_DIR` and the options of `DNSMASQ_OPTS` on the command line.
fn dnsmasq(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/etc/dnsmasq.conf";
    const VARIABLES: &str = "/etc/default/dnsmasq";
    let mut walk = Walk::new(host);
    let mut folders = Vec::new();
    dnsmasq_file(&mut walk, FILE, 0, &mut folders);
    let variables = host.text(VARIABLES).unwrap_or_default();
    let variable = |name: &str| {
        let set = lines(&variables, &['#']).filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).last()?;
        Some(shlex::split(set)?.join(" "))
    };
    if let Some(folder) = variable("CONFIG_DIR") {
        dnsmasq_folder(&mut walk, &folder, 0, &mut folders);
    } else if folders.is_empty() && host.exists(FILE) {
        dnsmasq_folder(&mut walk, "/etc/dnsmasq.d", 0, &mut folders);
    }
    for option in variable("DNSMASQ_OPTS").unwrap_or_default().split_whitespace() {
        if let Some(option) = option.strip_prefix("--") {
            dnsmasq_line(&mut walk, option, VARIABLES, 0, &mut folders);
        }
    }
    walk.put(facts.at(&["cache", "names", "dnsmasq"]));
}

fn dnsmasq_file(walk: &mut Walk<'_>, path: &str, depth: usize, folders: &mut Vec<String>) {
    let Some(text) = walk.text(path, depth) else { return };
    for line in lines(&text, &['#']) {
        dnsmasq_line(walk, line, path, depth, folders);
    }
}

fn dnsmasq_line(walk: &mut Walk<'_>, line: &str, path: &str, depth: usize, folders: &mut Vec<String>) {
    let (key, value) = line.split_once('=').map_or((line, "yes"), |(key, value)| (key.trim(), value.trim()));
    // A comment needs white space before it: `#` may stand in an address (192.0.2.1#5353).
    let value = value.split(" #").next().unwrap_or_default().trim_end();
    match key {
        "conf-dir" => dnsmasq_folder(walk, value, depth + 1, folders),
        "conf-file" => glob(walk.host, value).iter().for_each(|file| dnsmasq_file(walk, file, depth + 1, folders)),
        _ if DNSMASQ_LISTS.contains(&key) => walk.settings.add_member(&[key], value, path),
        _ => walk.settings.add(&[key], value, path),
    }
}

/// `folder,*.conf` reads those files only, `folder,.bak` all but those.
fn dnsmasq_folder(walk: &mut Walk<'_>, value: &str, depth: usize, folders: &mut Vec<String>) {
    let mut parts = value.split(',').map(str::trim);
    let folder = parts.next().unwrap_or_default();
    folders.push(folder.to_owned());
    let (wanted, unwanted): (Vec<&str>, Vec<&str>) = parts.filter(|p| !p.is_empty()).partition(|p| p.starts_with('*'));
    for file in drop_ins(walk.host, folder, "").unwrap_or_default() {
        let ends = |list: &[&str]| list.iter().any(|end| file.ends_with(end.trim_start_matches('*')));
        let leftover = ends(&["~", "#", ".dpkg-dist", ".dpkg-old", ".dpkg-new"]) || file.ends_with("/README");
        if !leftover && !ends(&unwanted) && (wanted.is_empty() || ends(&wanted)) {
            dnsmasq_file(walk, &file, depth, folders);
        }
    }
}

/// Clauses are keyed by their kind, zones and views by their name too: `unbound.forward-zone."."."forward-addr"`.
fn unbound(host: &Host, facts: &mut Facts) {
    let mut walk = Walk::new(host);
    let mut clause = Clause::default();
    unbound_file(&mut walk, "/etc/unbound/unbound.conf", 0, &mut clause);
    clause.close(&mut walk.settings);
    walk.put(facts.at(&["cache", "names", "unbound"]));
}

/// The clause that is open. Its name may come last, so its options wait until it ends.
#[derive(Default)]
struct Clause {
    kind: String,
    name: Option<String>,
    options: Vec<(String, String, String)>,
}

impl Clause {
    fn close(&mut self, settings: &mut Settings) {
        let closed = std::mem::take(self);
        let mut keys: Vec<&str> = vec![&closed.kind];
        keys.extend(closed.name.as_deref());
        for (option, value, path) in &closed.options {
            keys.push(option);
            match UNBOUND_LISTS.contains(&option.as_str()) {
                true => settings.add_member(&keys, value, path),
                false => settings.add(&keys, value, path),
            }
            keys.pop();
        }
    }
}

/// The words that open a clause, unbound.conf(5).
const CLAUSES: [&str; 14] = [
    "server",
    "remote-control",
    "forward-zone",
    "stub-zone",
    "auth-zone",
    "view",
    "python",
    "dynlib",
    "cachedb",
    "dnscrypt",
    "dnstap",
    "rpz",
    "ipset",
    "redis",
];

fn unbound_file(walk: &mut Walk<'_>, path: &str, depth: usize, clause: &mut Clause) {
    let Some(text) = walk.text(path, depth) else { return };
    for line in text.lines() {
        let mut line = without_comment(line).trim();
        while let Some((key, rest)) = line.split_once(':') {
            let value = squeeze(&rest.replace('"', ""));
            line = "";
            match key.trim() {
                "include" | "include-toplevel" => {
                    if key.trim() == "include-toplevel" {
                        clause.close(&mut walk.settings);
                    }
                    glob(walk.host, &value).iter().for_each(|file| unbound_file(walk, file, depth + 1, clause));
                }
                kind if CLAUSES.contains(&kind) => {
                    clause.close(&mut walk.settings);
                    clause.kind = kind.to_owned();
                    line = rest.trim();
                }
                "name" if clause.name.is_none() => clause.name = Some(value),
                option => clause.options.push((option.to_owned(), value, path.to_owned())),
            }
        }
    }
}

/// A line up to a `#` outside quotes.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let end = line.find(|c| {
        quoted ^= c == '"';
        c == '#' && !quoted
    });
    &line[..end.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn options_of_nscd_stand_beneath_their_service() {
        let (_dir, host) = root(&[("/etc/nscd.conf", "#\tx y z\n\tparanoia\tno\n\tenable-cache\thosts\tyes # a\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(written(&facts), ["cache.names.nscd.hosts.enable-cache = yes", "cache.names.nscd.paranoia = no"]);
    }

    #[test]
    fn unbound_is_read_with_what_it_includes() {
        let (_dir, host) = root(&[
            ("/etc/unbound/unbound.conf", "include-toplevel: \"/etc/unbound/d/*.conf\"\n"),
            ("/etc/unbound/d/a.conf", "server: verbosity: 1\n  interface: 127.0.0.1\n  interface: ::1 # x\n"),
            (
                "/etc/unbound/d/b.conf",
                "server:\n  msg-cache-size: 128m\nforward-zone:\n  forward-addr: 192.0.2.53@53#ns\n  name: \".\"\n",
            ),
            ("/etc/unbound/d/c.conf", "include: /etc/unbound/unbound.conf\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let problems = facts.problems().len();
        assert!(problems > 0, "files that include each other are said");
        assert!(facts.get("cache.names.unbound.server.msg-cache-size").is_some());
        assert!(facts.get("cache.names.unbound.forward-zone.\".\".forward-addr").is_some());
        assert!(facts.get("cache.names.unbound.server.interface").is_some());
    }

    #[test]
    fn dnsmasq_reads_its_folder() {
        let (_dir, host) = root(&[
            (
                "/etc/dnsmasq.conf",
                "#port=1\ncache-size=150\nno-resolv\nserver=192.0.2.1#5353 # a\nserver=/a/192.0.2.2\n",
            ),
            ("/etc/default/dnsmasq", "# c\nCONFIG_DIR=/etc/dnsmasq.d,.bak\nDNSMASQ_OPTS=\"--neg-ttl=7 -x\"\n"),
            ("/etc/dnsmasq.d/README", "text"),
            ("/etc/dnsmasq.d/x.bak", "max-ttl=6\n"),
            ("/etc/dnsmasq.d/x.conf", "max-ttl=5\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "cache.names.dnsmasq.cache-size = 150",
            "cache.names.dnsmasq.max-ttl = 5",
            "cache.names.dnsmasq.neg-ttl = 7",
            "cache.names.dnsmasq.no-resolv = yes",
            "cache.names.dnsmasq.server = [(\"192.0.2.1#5353\") (\"/a/192.0.2.2\")]",
        ];
        assert_eq!(written(&facts), expected);
    }
}
