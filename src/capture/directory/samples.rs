//! The parsers of name services, directories and caches on files that others wrote, odd ones among them.

use crate::capture::settings::tests::root;
use crate::capture::{Facts, cache, directory, dns, identity, network};
use crate::host::Host;

/// A sample of the shared test data; `None`, said aloud, where that data is absent.
#[allow(clippy::disallowed_methods, reason = "a test reads its data")]
fn sample(name: &str) -> Option<String> {
    let path = format!("{}/../shared/fixtures/etc-samples/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(&path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if text.is_none() {
        println!("skipped: {path} is absent");
    }
    text
}

fn capture(host: &Host) -> Facts {
    let mut facts = Facts::new();
    for probe in [
        network::probe,
        network::sockets::probe,
        network::firewall::probe,
        dns::probe,
        directory::probe,
        cache::probe,
        identity::probe,
    ] {
        probe(host, &mut facts);
    }
    facts
}

fn text(facts: &Facts, path: &str) -> String {
    facts.get(path).map_or_else(|| "absent".to_owned(), |value| format!("{value:?}"))
}

#[test]
fn samples_of_files_are_read_as_their_programs_read_them() {
    let files = [
        ("nsswitch_conf/NSSWITCH.txt", "/etc/nsswitch.conf"),
        ("resolv_conf/RESOLVCONF_M.txt", "/etc/resolv.conf"),
        ("hosts/HOSTS_DOC.txt", "/etc/hosts"),
        ("krb5/KRB5_DCONF_2.txt", "/etc/krb5.conf"),
        ("sssd_conf/sssd_conf_cnt.txt", "/etc/sssd/sssd.conf"),
        ("pam/PAMD_CONF_DATA.txt", "/etc/pam.d/sample"),
    ];
    let read: Option<Vec<(&str, String)>> =
        files.iter().map(|(name, path)| sample(name).map(|text| (*path, text))).collect();
    let Some(read) = read else { return };
    let borrowed: Vec<(&str, &str)> = read.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (_dir, host) = root(&borrowed);
    let facts = capture(&host);
    assert_eq!(
        text(&facts, "dns.switch.bootparams"),
        r#"List([Text("nisplus"), Text("[NOTFOUND=return]"), Text("files")])"#
    );
    assert_eq!(text(&facts, "dns.resolver.search"), r#"List([Text("ttt.com")])"#);
    assert_eq!(text(&facts, "dns.hosts.\"other.host.example.com\""), r#"List([Text("10.0.0.2")])"#);
    assert_eq!(text(&facts, "directory.sssd.domain.\"example.com\".id_provider"), r#"Text("ldap")"#);
    assert!(facts.get("directory.pam.sample").is_some());
    assert!(facts.values().iter().any(|(path, _)| path.to_string().starts_with("directory.krb5.")));
}

/// Whatever stands in a file that the probes read, they end and say what they could not use.
#[test]
fn any_sample_in_any_place_does_no_harm() {
    let places = [
        "/etc/nsswitch.conf",
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/gai.conf",
        "/etc/krb5.conf",
        "/etc/sssd/sssd.conf",
        "/etc/nslcd.conf",
        "/etc/ldap/ldap.conf",
        "/etc/pam.d/sample",
        "/etc/nscd.conf",
        "/etc/dnsmasq.conf",
        "/etc/unbound/unbound.conf",
        "/etc/nginx/nginx.conf",
        "/etc/redis/redis.conf",
        "/etc/memcached.conf",
        "/etc/sysconfig/memcached",
        "/etc/systemd/resolved.conf",
        "/etc/environment",
        "/etc/apt/apt.conf.d/x",
        "/etc/hostname",
        "/etc/ssh/ssh_host_x_key.pub",
        "/proc/net/route",
        "/proc/net/ipv6_route",
        "/proc/net/if_inet6",
        "/proc/net/fib_trie",
        "/proc/net/tcp",
        "/proc/net/udp6",
        "/proc/net/dev",
        "/proc/net/snmp",
        "/proc/net/netstat",
        "/proc/net/sockstat",
        "/proc/net/arp",
        "/proc/sys/net/ipv4/ip_local_port_range",
        "/etc/nftables.conf",
        "/etc/ufw/ufw.conf",
        "/etc/ufw/user.rules",
        "/etc/iptables/rules.v4",
        "/etc/firewalld/zones/public.xml",
        "/etc/dnf/dnf.conf",
        "/etc/systemd/system/a.service.d/b.conf",
        "/etc/samba/smb.conf",
        "/etc/realmd.conf",
        "/etc/ipa/default.conf",
        "/run/systemd/resolve/resolv.conf",
        "/run/systemd/resolve/netif/1",
        "/sys/class/dmi/id/product_serial",
        "/sos_commands/networking/ip_-d_address",
        "/sos_commands/networking/ip_route_show_table_all",
        "/sos_commands/networking/ip_-4_rule",
        "/sos_commands/networking/nft_list_ruleset",
        "/sos_commands/networking/ethtool_-k_lo",
    ];
    let names = [
        "krb5/KRB5CONFIG.txt",
        "krb5/KRB5_DCONF_3_FAKE.txt",
        "nsswitch_conf/NSSWITCH_ERROR.txt",
        "pam/PAMD_CONF_DATA_BAD_LINES.txt",
        "ip/IP_D_S_LINK_BOND_1.txt",
        "ip/IP_ADDR_TEST.txt",
        "ip/IP_D_S_LINK_MALFORMED_BOND_SLAVE.txt",
        "ip/IP_ROUTE_CANNOT_DETECT_THESE_ERRORS_YET.txt",
        "ip/IP_ROUTE_SHOW_TABLE_ALL_TEST_BAD.txt",
        "ip/BAD_NEIGH_CONTEXT.txt",
        "ssh/SSHD_CONFIG_COMPLETE.txt",
    ];
    let mut texts: Vec<String> = names.iter().filter_map(|name| sample(name)).collect();
    texts.extend([
        "\u{0}\u{ff}[=]{}:\\\n[\n[[\n}\n=\n:\n\"'\n".to_owned(),
        "é=é é:é [é]{é}\n".repeat(50),
        "a ".repeat(9999),
    ]);
    for text in &texts {
        let files: Vec<(&str, &str)> = places.iter().map(|place| (*place, text.as_str())).collect();
        let (_dir, host) = root(&files);
        assert!(!capture(&host).is_empty());
    }
}
