//! The network, name service, directory and identity probes against the shared test data: samples with what their
//! programs make of them, and support archives against other commands of the same machine than the probes read. The
//! share that is right is printed by folder: `cargo test --lib fixtures -- --nocapture`.

use crate::base::tally::{Tally, fixtures};
use crate::capture::settings::tests::{root, written};
use crate::capture::{Facts, directory, dns, identity, network};
use crate::host::Host;
use crate::model::vocabulary::Vocabulary;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What is checked, by folder.
#[derive(Default)]
struct Score(BTreeMap<String, Tally>);

impl Score {
    fn check(&mut self, folder: &str, facts: &[String], expected: &str) {
        let tally = self.0.entry(folder.to_owned()).or_insert_with(|| Tally::new(folder));
        let path = expected.split(" = ").next().unwrap_or_default();
        let found = facts.iter().find(|fact| fact.split(" = ").next() == Some(path));
        let right = facts.iter().any(|fact| fact == expected);
        tally.agree(path, right, format_args!("expected {expected:?}, found {found:?}"));
    }

    fn tell(self) {
        self.0.into_values().for_each(Tally::finish);
    }
}

fn capture(host: &Host) -> Vec<String> {
    let mut facts = Facts::new();
    for probe in [
        network::probe,
        network::sockets::probe,
        network::firewall::probe,
        dns::probe,
        directory::probe,
        identity::probe,
    ] {
        probe(host, &mut facts);
    }
    for (path, _) in facts.values() {
        assert!(Vocabulary::builtin().find(path).is_some(), "{path} stands in no entry of facts.toml");
    }
    written(&facts)
}

/// A sample, where its program reads it, and what the program makes of it.
const SAMPLES: &[(&str, &str, &[&str])] = &[
    ("resolv_conf/RESOLVCONF_M.txt", "/etc/resolv.conf", &["dns.resolver.search = [(\"ttt.com\")]"]),
    (
        "nsswitch_conf/NSSWITCH.txt",
        "/etc/nsswitch.conf",
        &[
            "dns.switch.passwd = [(\"files\") (\"sss\")]",
            "dns.switch.hosts = [(\"files\") (\"dns\") (\"myhostname\")]",
            "dns.switch.bootparams = [(\"nisplus\") (\"[NOTFOUND=return]\") (\"files\")]",
        ],
    ),
    (
        "hosts/HOSTS_DOC.txt",
        "/etc/hosts",
        &[
            "dns.hosts.localhost = [(\"127.0.0.1\") (\"::1\")]",
            "dns.hosts.localhost6 = [(\"::1\")]",
            "dns.hosts.\"fte.example.com\" = [(\"127.0.0.1\")]",
            "dns.hosts.\"nonlocal2.fte.example.com\" = [(\"10.0.0.1\")]",
            "dns.hosts.\"other.host.example.com\" = [(\"10.0.0.2\")]",
        ],
    ),
    (
        "krb5/KRB5CONFIG.txt",
        "/etc/krb5.conf",
        &[
            "directory.krb5.logging.admin_server = FILE:/var/log/kadmind.log",
            "directory.krb5.logging.default = FILE:/var/log/krb5libs.log",
            "directory.krb5.logging.kdc = FILE:/var/log/krb5kdc.log",
            "directory.krb5.realms.dns_lookup_realm = false",
            "directory.krb5.realms.default_ccache_name = KEYRING:persistent:%{uid}",
            "directory.krb5.realms.default_ccache_name2 = KEYRING:%{uid}:persistent",
            "directory.krb5.realms.\"EXAMPLE.COM\".kdc = kerberos.example.com",
            "directory.krb5.realms.\"EXAMPLE4.COM\".admin_server = kerberos.example4.com",
            "directory.krb5.libdefaults.dnsdsd = false",
            "directory.krb5.libdefaults.tilnvs = 24h",
            "directory.krb5.realms.kdc_default_options = [(\"default.example.com\") (\"default2.example.com\")]",
            "directory.krb5.realms.\"EXAMPLE.COM\".auth_to_local = RULE:[1:$1@$0](.*@.*EXAMPLE.ORG)s/@.*//",
            "directory.krb5.realms.\"EXAMPLE4.COM\".kdc = kerberos.example4.com",
            "directory.krb5.realms.ticket_lifetime = 24h",
            "directory.krb5.libdefaults.\"EXAMPLE2.COM\".admin_server = kerberos.example2.com",
        ],
    ),
    ("krb5/KRB5CONFIG2.txt", "/etc/krb5.conf", &[]),
    (
        "krb5/KRB5DCONFIG.txt",
        "/etc/krb5.conf",
        &[
            "directory.krb5.realms.\"EXAMPLE.COM\".kdc = [(\"kerberos.example.com\") (\"test2.example.com\") (\"test3.example.com\")]",
            "directory.krb5.realms.dns_lookup_realm = false",
        ],
    ),
    (
        "krb5/KRB5_DCONF_3_FAKE.txt",
        "/etc/krb5.conf",
        &["directory.krb5.libdefaults.\"EXAMPLE2.COM\".admin_server = kerberos.example2.com"],
    ),
    (
        "krb5/KRB5CONFIG_DOC.txt",
        "/etc/krb5.conf",
        &[
            "directory.krb5.realms.pam.ticket_lifetime = 36000",
            "directory.krb5.libdefaults.\"EXAMPLE.COM\".kdc = kerberos2.example.com",
        ],
    ),
    (
        "sssd_conf/sssd_conf_cnt.txt",
        "/etc/sssd/sssd.conf",
        &[
            "directory.sssd.sssd.domains = [(\"example.com\")]",
            "directory.sssd.sssd.debug_level = 0xfff0",
            "directory.sssd.domain.\"example.com\".id_provider = ldap",
        ],
    ),
    (
        "pam/PAMD_CONF_DATA.txt",
        "/etc/pam.d/vsftpd",
        &["directory.pam.vsftpd = [(\"auth required pam_securetty.so\") (\"auth requisite pam_unix.so nullok\") \
           (\"auth sufficient pam_nologin.so\") (\"auth [success=2 default=ok] pam_debug.so auth=perm_denied cred=success\") \
           (\"account optional pam_unix.so\") (\"password include pam_cracklib.so retry=3 logging=verbose\") \
           (\"password required pam_unix.so shadow nullok use_authtok\") \
           (\"auth required pam_listfile.so onerr=succeed item=user sense=deny file=/etc/ftpusers\") \
           (\"session required pam_unix.so\")]"],
    ),
    (
        "pam/PAMD_CONF_SSHD_DOCS.txt",
        "/etc/pam.d/sshd",
        &["directory.pam.sshd = [(\"auth required pam_sepermit.so\") (\"auth substack password-auth\") \
           (\"auth include postlogin\") (\"-auth optional pam_reauthorize.so prepare\") (\"account required pam_nologin.so\") \
           (\"account include password-auth\") (\"password include password-auth\") \
           (\"session required pam_selinux.so close\") (\"session required pam_loginuid.so\") \
           (\"session required pam_selinux.so open env_params\") (\"session required pam_namespace.so\") \
           (\"session optional pam_keyinit.so force revoke\") (\"session include password-auth\") \
           (\"session include postlogin\") (\"-session optional pam_reauthorize.so prepare\")]"],
    ),
    (
        "pam/PAM_CONF_DATA.txt",
        "/etc/pam.conf",
        &[
            "directory.pam.vsftpd = [(\"auth required pam_securetty.so\") (\"auth requisite pam_unix.so nullok\") \
             (\"auth sufficient pam_nologin.so\") (\"account optional pam_unix.so\")]",
            "directory.pam.other = [(\"password include pam_cracklib.so retry=3 logging=verbose\") \
             (\"password required pam_unix.so shadow nullok use_authtok\") (\"session required pam_unix.so\")]",
        ],
    ),
    (
        "ip/IP_ADDR_TEST.txt",
        "/insights_commands/ip_addr",
        &[
            "network.interfaces.lo.prefixes = [(\"ipv4/8\") (\"ipv6/128\")]",
            "network.interfaces.eth7.qdisc = mq",
            "network.interfaces.eth7.state = down",
            "identity.macs.eth7 = 00:11:3f:e2:f5:9f",
            "network.interfaces.tunl0.kind = tunnel",
            "network.interfaces.tunl1.kind = none",
            "network.interfaces.tunl1.prefixes = [(\"ipv4/32\")]",
            "network.interfaces.\"bond1.57\".prefixes = [(\"ipv4/27\") (\"ipv6/64\")]",
            "network.interfaces.\"ip.tun2\".mtu = 80",
        ],
    ),
    (
        "ip/IP_ROUTE_SHOW_TABLE_ALL_TEST.txt",
        "/insights_commands/ip_route_show_table_all",
        &[
            "network.routes.ipv4.default = via 30.142.64.1 dev bond0.400",
            "network.routes.ipv4.\"169.254.0.0/16\" = [(\"dev bond0 metric 1012\") (\"dev bond0.300 metric 1013\") \
             (\"dev bond0.400 metric 1014\") (\"dev bond0.700 metric 1015\")]",
            "network.routes.ipv4.\"30.142.64.0/26\" = dev bond0.400",
        ],
    ),
    (
        "ip/IP_ROUTE_SHOW_TABLE_ALL_TEST_2.txt",
        "/insights_commands/ip_route_show_table_all",
        &[
            "network.routes.ipv4.\"10.0.0.0/8\" = via 10.64.54.1 dev tun0 metric 50",
            "network.routes.ipv4.\"66.187.239.220/32\" = via 192.168.23.250 dev enp0s25",
            "network.routes.ipv4.\"192.168.122.0/24\" = dev virbr0",
        ],
    ),
    (
        "ip/IP_S_LINK_ALL_3.txt",
        "/insights_commands/ip_-d_address",
        &["network.interfaces.eth0.queues.receive = 8", "network.interfaces.eth0.state = down"],
    ),
    (
        "ip/IP_D_S_LINK_BOND_1.txt",
        "/insights_commands/ip_-d_address",
        &[
            "network.interfaces.enp1s0.qdisc = fq_codel",
            "network.interfaces.bond0.kind = bond",
            "identity.macs.enp1s0 = 52:54:00:36:37:ea",
        ],
    ),
];

#[test]
#[allow(clippy::disallowed_methods, reason = "a test reads its data")]
fn samples_are_read_as_their_programs_read_them() {
    let Some(samples) = fixtures("etc-samples") else { return };
    let mut score = Score::default();
    for (name, place, expected) in SAMPLES {
        let bytes = std::fs::read(samples.join(name)).expect("the sample is there");
        let (_dir, host) = root(&[(place, &String::from_utf8_lossy(&bytes))]);
        let facts = capture(&host);
        let folder = format!("etc-samples/{}", name.split('/').next().unwrap_or_default());
        expected.iter().for_each(|one| score.check(&folder, &facts, one));
    }
    score.tell();
}

#[allow(clippy::disallowed_methods, reason = "a test unpacks its data")]
fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let archive = fixtures("roots")?.join(archive);
    let dir = tempfile::tempdir().expect("a folder");
    let status = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status();
    assert!(status.expect("tar runs").success());
    Some(dir)
}

/// What networkctl and `ip -o addr` say, which the probes do not read for this.
fn sos(folder: &str, host: &Host, score: &mut Score) {
    let facts = capture(host);
    let status = host.recorded("networkctl status -a").expect("an archive has it").text;
    let mut name = String::new();
    for line in status.lines() {
        if let Some((head, rest)) = line.split_once(": ").filter(|(head, _)| !head.starts_with(' ') && head.len() < 8) {
            name = if head.contains(char::is_numeric) { rest.trim().to_owned() } else { String::new() };
        }
        // Links to containers are counted only.
        if name.is_empty() || name.starts_with("veth") || name.starts_with("tap") {
            continue;
        }
        let key = crate::model::Path::new([&name]).to_string();
        let Some((label, value)) = line.trim().split_once(": ") else { continue };
        let value = value.trim();
        let mut check = |what: &str, value: &str| score.check(folder, &facts, &format!("{what} = {value}"));
        let interface = format!("network.interfaces.{key}");
        match label {
            "MTU" => check(&format!("{interface}.mtu"), value.split(' ').next().unwrap_or_default()),
            "HW Address" => check(&format!("identity.macs.{key}"), value.split(' ').next().unwrap_or_default()),
            "Driver" => check(&format!("{interface}.driver"), value),
            "Queue Length (Tx/Rx)" => {
                let (send, receive) = value.split_once('/').expect("two");
                check(&format!("{interface}.queues.transmit"), send);
                check(&format!("{interface}.queues.receive"), receive);
            }
            "Type" if value == "loopback" => check(&format!("{interface}.kind"), value),
            _ => {}
        }
    }
    let addresses = host.recorded("ip -o addr").expect("an archive has it").text;
    let mut prefixes: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut own = BTreeSet::new();
    for words in addresses.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
        let [_, name, family, address, ..] = words[..] else { continue };
        let (address, length) = address.split_once('/').expect("a length");
        let all = prefixes.entry(name).or_default();
        if !address.starts_with("fe80:") && !name.starts_with("veth") && !name.starts_with("tap") {
            all.insert(format!("(\"{}/{length}\")", if family == "inet" { "ipv4" } else { "ipv6" }));
            let inside = ["lo", "flannel.1", "lxdbr0"].contains(&name);
            own.extend((!inside).then(|| format!("(\"{address}\")")));
        }
    }
    for (name, prefixes) in
        prefixes.into_iter().filter(|(name, _)| !name.starts_with("veth") && !name.starts_with("tap"))
    {
        let key = crate::model::Path::new([name]).to_string();
        let all = prefixes.into_iter().collect::<Vec<_>>().join(" ");
        score.check(folder, &facts, &format!("network.interfaces.{key}.prefixes = [{all}]"));
    }
    let own = own.into_iter().collect::<Vec<_>>().join(" ");
    score.check(folder, &facts, &format!("identity.addresses = [{own}]"));
    let rules =
        "[(\"0: from all lookup local\") (\"32766: from all lookup main\") (\"32767: from all lookup default\")]";
    score.check(folder, &facts, &format!("network.rules.ipv4 = {rules}"));
    score.check(folder, &facts, "network.firewall.backend = [(\"none\")]");
    score.check(folder, &facts, "dns.resolver.manager = systemd-resolved");
    score.check(folder, &facts, "dns.resolver.name_servers = [(\"127.0.0.53\")]");
}

#[test]
fn support_archives_agree_with_their_other_commands() {
    let mut score = Score::default();
    for archive in ["sos-ubuntu2004-k8s-vm.tar.xz", "sos-ubuntu2004-openstack-compute-vm.tar.xz"] {
        let Some(dir) = unpacked(archive) else { return };
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        sos(&format!("roots/{} by networkctl and ip", archive.trim_end_matches(".tar.xz")), &host, &mut score);
    }
    score.tell();
}

#[test]
fn other_roots_are_read_as_they_stand() {
    let mut score = Score::default();
    let Some(dir) = unpacked("augeas-root.tar.gz") else { return };
    let facts = capture(&Host::root(dir.path().to_str().expect("UTF-8")).expect("opens"));
    for expected in [
        "dns.resolver.search = [(\"awsqualif.net\") (\"aws.eu-west-1.censured_here\")]",
        "dns.resolver.name_servers = [(\"192.168.0.1\") (\"192.168.0.2\")]",
        "dns.resolver.options.timeout = 2",
        "dns.resolver.options.rotate = true",
        "directory.krb5.libdefaults.default_realm = EXAMPLE.COM",
        "directory.krb5.realms.\"EXAMPLE.COM\".kdc = kerberos.example.com:88",
        "directory.krb5.appdefaults.pam.renew_lifetime = 36000",
        "directory.nslcd.bindpw = [redacted]",
        "directory.nslcd.rootpwmodpw = [redacted]",
        "directory.nslcd.uri = [(\"ldaps://XXX.XXX.XXX\")]",
        "directory.membership.samba.workgroup = MYGROUP",
        "directory.membership.samba.security = user",
        "dns.hosts.orange = [(\"172.31.122.14\")]",
    ] {
        score.check("roots/augeas-root", &facts, expected);
    }
    let has = |start: &str| facts.iter().any(|fact| fact.starts_with(start));
    assert!(has("network.firewall.rules.saved.\"/etc/sysconfig/iptables\" = *filter\n:INPUT ACCEPT [0:0]\n"));
    assert!(has("directory.pam.postgresql = [(\"auth include system-auth\")"));

    let Some(dir) = unpacked("procfs-fixtures.tar.gz") else { return };
    let top = dir.path().join("fixtures");
    let facts = capture(&Host::root(top.to_str().expect("UTF-8")).expect("opens"));
    for expected in [
        "network.listening.tcp.22.address = [(\"0.0.0.0\") (\"10.0.0.5\")]",
        "network.interfaces.eth0.mtu = 1500",
        "network.interfaces.eth0.duplex = full",
        "identity.macs.eth0 = 01:01:01:01:01:01",
        "network.neighbours.ipv4 = 1",
        "network.traffic.sockets.tcp.in_use = 35",
        "network.traffic.sockets.tcp.time_wait = 4",
        // 874354587 bytes in 1036395 packets, 563352563 in 732147; docker0 had 43 packets, which say nothing.
        "network.traffic.interfaces.eth0.bytes_per_packet_in = 843.6",
        "network.traffic.interfaces.eth0.bytes_per_packet_out = 769.5",
        "network.traffic.interfaces.eth0.packets_in_to_out_ratio = 1.416",
    ] {
        score.check("roots/procfs-fixtures", &facts, expected);
    }
    score.tell();
}

#[test]
fn what_this_machine_tells_is_known_to_the_vocabulary() {
    assert!(!capture(&Host::live()).is_empty());
}

/// Four machines' archives in one: what insights kept of each.
#[test]
#[allow(clippy::disallowed_methods, reason = "a test unpacks its data")]
fn insights_archives_tell_their_interfaces() {
    let Some(dir) = unpacked("insights-cluster_hosts.tar.gz") else { return };
    let mut score = Score::default();
    for number in 1..=4 {
        let name = format!("host_0{number}");
        let inner = dir.path().join(&name);
        std::fs::create_dir(&inner).expect("a folder");
        let archive = dir.path().join(format!("{name}.tar.gz"));
        assert!(Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(&inner).status().expect("runs").success());
        let host = Host::root(inner.to_str().expect("UTF-8")).expect("opens");
        let facts = capture(&host);
        // The driver's own word of its offloads, in ethtool's older names.
        let features = host.recorded("ethtool -k eth0").expect("is kept").text;
        let on = |name: &str| features.lines().any(|line| line.trim().starts_with(&format!("{name}: on")));
        let offloads = facts.iter().find(|fact| fact.starts_with("network.interfaces.eth0.offloads = ")).expect("some");
        for (old, new) in [
            ("generic-receive-offload", "rx-gro"),
            ("large-receive-offload", "rx-lro"),
            ("rx-checksumming", "rx-checksum"),
        ] {
            assert_eq!(on(old), offloads.contains(&format!("(\"{new}\")")), "{name} {old}");
        }
        let driver = host.recorded("ethtool -i eth0").expect("is kept").text;
        let driver = driver.lines().find_map(|line| line.strip_prefix("driver: ")).expect("a driver").to_owned();
        score.check(
            &format!("roots/insights-cluster_hosts/{name}"),
            &facts,
            &format!("network.interfaces.eth0.driver = {driver}"),
        );
        let text = host.recorded("ip addr").expect("is kept").text;
        let mac = text
            .lines()
            .skip_while(|line| !line.contains(" eth0: "))
            .nth(1)
            .and_then(|line| line.split_whitespace().nth(1));
        score.check(
            &format!("roots/insights-cluster_hosts/{name}"),
            &facts,
            &format!("identity.macs.eth0 = {}", mac.expect("one")),
        );
    }
    score.tell();
}
