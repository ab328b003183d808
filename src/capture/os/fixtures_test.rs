//! The probes of the operating system against the shared test data: samples with what their programs make of them, and
//! support archives against other commands of the same machine than the probes read there.
#![allow(clippy::disallowed_methods, reason = "a test unpacks its data and reads what is expected of it")]

use super::{
    boot, cgroup, environment, filesystems, kernel, kernel_config, limits, locale, modprobe, modules, release,
    security, sudoers, sysctl, sysctl_files, users,
};
use crate::base::tally::{Tally, fixtures};
use crate::capture::Facts;
use crate::capture::settings::tests::{root, written};
use crate::host::Host;
use crate::model::vocabulary::{Class, Vocabulary};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Every fact by its written path; each must stand in the vocabulary.
fn capture(host: &Host) -> BTreeMap<String, String> {
    let mut facts = Facts::new();
    for probe in [
        boot::probe,
        cgroup::probe,
        environment::probe,
        filesystems::probe,
        kernel::probe,
        kernel_config::probe,
        limits::probe,
        locale::probe,
        modprobe::probe,
        modules::probe,
        release::probe,
        security::probe,
        sudoers::probe,
        sysctl::probe,
        sysctl_files::probe,
        users::probe,
    ] {
        probe(host, &mut facts);
    }
    for (path, _) in facts.values() {
        assert!(Vocabulary::builtin().find(path).is_some(), "{path} stands in no entry of facts.toml");
    }
    let pairs = written(&facts);
    pairs.iter().filter_map(|pair| pair.split_once(" = ")).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// A sample, where its program reads it, and what the program makes of it: values by path.
type Sample = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const SAMPLES: &[Sample] = &[
    (
        "limits_conf/LIMITS_CONF.txt",
        "/etc/security/limits.conf",
        &[
            ("os.limits.configured.oracle.nofile.soft", "1024"),
            ("os.limits.configured.oracle.nofile.hard", "65536"),
            ("os.limits.configured.oracle.stack.soft", "10240"),
            ("os.limits.configured.oracle.stack.hard", "3276"),
            ("os.limits.configured.root.nproc.soft", "unlimited"),
        ],
    ),
    // A word that is no number is passed over by pam_limits, and so are lines that are too short.
    (
        "limits_conf/BAD_LIMITS_CONF.txt",
        "/etc/security/limits.conf",
        &[("os.limits.configured.root.nproc.soft", ""), ("os.limits.configured.oracle.nofile.soft", "")],
    ),
    (
        "selinux_config/SELINUX_CONFIG.txt",
        "/etc/selinux/config",
        &[("os.security.selinux.configured", "enforcing"), ("os.security.selinux.configured_policy", "targeted")],
    ),
    (
        "sestatus/SESTATUS_ENFORCING.txt",
        "/insights_commands/sestatus_-b",
        &[
            ("os.security.selinux.mode", "enforcing"),
            ("os.security.selinux.policy", "targeted"),
            ("os.security.selinux.configured", "enforcing"),
            ("os.security.selinux.booleans.abrt_anon_write", "false"),
            ("os.security.selinux.booleans.abrt_upload_watch_anon_write", "true"),
            ("os.security.selinux.booleans.auditadm_exec_content", "true"),
        ],
    ),
    (
        "sestatus/SESTATUS_PERMISSIVE.txt",
        "/sos_commands/selinux/sestatus_-b",
        &[
            ("os.security.selinux.mode", "permissive"),
            ("os.security.selinux.configured", "permissive"),
            ("os.security.selinux.booleans.authlogin_nsswitch_use_ldap", "true"),
            ("os.security.selinux.booleans.awstats_purge_apache_log_files", "false"),
        ],
    ),
    ("sestatus/SESTATUS_DISABLED.txt", "/sos_commands/selinux/sestatus", &[("os.security.selinux.mode", "disabled")]),
    (
        "sestatus/SESTATUS_ENFORCING_LEGACY.txt",
        "/sos_commands/selinux/sestatus_-v",
        &[("os.security.selinux.mode", "enforcing"), ("os.security.selinux.policy", "targeted")],
    ),
    (
        "crypto_policies_config/CONFIG_COMMENTED.txt",
        "/etc/crypto-policies/config",
        &[("os.security.crypto_policy_configured", "DEFAULT")],
    ),
    (
        "lsmod/LSMODINFO.txt",
        "/insights_commands/lsmod",
        &[
            ("os.kernel.modules.xt_CHECKSUM.loaded", "true"),
            ("os.kernel.modules.nf_nat_masquerade_ipv4.loaded", "true"),
            ("os.kernel.modules.ip6table_nat.loaded", "true"),
            ("os.kernel.modules.Module.loaded", ""),
        ],
    ),
    (
        "modprobe/MOD_COMPLETE.txt",
        "/etc/modprobe.d/sample.conf",
        &[
            ("os.modprobe_aliases.\"en*\"", "bnx2"),
            ("os.modprobe_aliases.\"eth*\"", "bnx2"),
            ("os.modprobe_aliases.scsi_hostadapter", "megaraid_sas"),
            ("os.modprobe_aliases.scsi_hostadapter1", "ata_piix"),
            ("os.modprobe_aliases.scsi_hostadapter2", ""),
            ("os.modprobe.i8xx_tco.blacklisted", "true"),
            ("os.modprobe.eth1394.install", "/bin/true"),
            (
                "os.modprobe.usbmouse.install",
                "/sbin/modprobe --first-time --ignore-install usbmouse && { /sbin/modprobe hid; /bin/true; }",
            ),
            (
                "os.modprobe.usbmouse.remove",
                "{ /sbin/modprobe -r hid; } ; /sbin/modprobe -r --first-time --ignore-remove usbmouse",
            ),
            ("os.modprobe.bonding.options.max_bonds", "2"),
            ("os.modprobe.bnx2.options.disable_msi", "1"),
        ],
    ),
    (
        "modprobe/MOD_OPTION_INFO.txt",
        "/etc/modprobe.d/ipv6.conf",
        &[
            ("os.modprobe.ipv6.options.disable", "1"),
            ("os.modprobe.mlx4_core.options.debug_level", "1"),
            ("os.modprobe.mlx4_core.options.log_num_mgm_entry_size", "-1"),
            ("os.modprobe.ipv6.install", "/bin/true"),
        ],
    ),
    (
        "transparent_hugepage/ENABLED_NEVER.txt",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        &[("os.kernel.transparent_hugepages", "never")],
    ),
    (
        "localectl/LOCALECTL_STATUS_CONTENT.txt",
        "/insights_commands/localectl_status",
        &[("os.locale.lang", "en_US.UTF-8"), ("os.locale.charset", "UTF-8")],
    ),
    (
        "grub_conf/GRUB1_CONF_3.txt",
        "/boot/grub/grub.conf",
        &[
            ("os.boot.default_kernel", "/vmlinuz-2.6.18-194.17.1.el5"),
            ("os.boot.command_line.ro", "true"),
            ("os.boot.command_line.root", "LABEL=/1"),
            ("os.boot.command_line.crashkernel", "128M@16M"),
        ],
    ),
    // The default of one is no number, another names no kernel.
    (
        "grub_conf/GRUB1_CONF_4.txt",
        "/boot/grub/grub.conf",
        &[("os.boot.default_kernel", "/vmlinuz-2.6.18-194.8.1.el5")],
    ),
    ("grub_conf/GRUB1_CONF_5.txt", "/boot/grub/grub.conf", &[("os.boot.default_kernel", "")]),
    ("grub_conf/GRUB1_CONF_6.txt", "/boot/grub/grub.conf", &[("os.boot.default_kernel", "test")]),
    ("grub_conf/GRUB1_CONF_8.txt", "/boot/grub/grub.conf", &[("os.boot.default_kernel", "")]),
    (
        "grub_conf/GRUB2_CFG_1.txt",
        "/boot/grub2/grub.cfg",
        &[
            ("os.boot.default_kernel", "/vmlinuz-3.10.0-123.9.3.el7.x86_64"),
            ("os.boot.command_line.root", "UUID"),
            ("os.boot.command_line_ids.root", "UUID=5a1c841f-5cfe-4d59-b3a0-4b788369d6cb"),
            ("os.boot.command_line.console", "ttyS0,38400"),
            ("os.boot.command_line.\"rd.lvm.lv\"", "VG_RACS-CCP/lv-rootfs"),
            ("os.boot.command_line.LANG", "en_US.UTF-8"),
        ],
    ),
    (
        "grub_conf/GRUB2_CFG_4.txt",
        "/boot/grub2/grub.cfg",
        &[
            ("os.boot.default_kernel", "/vmlinuz-3.10.0-123.9.3.el7.x86_64"),
            ("os.boot.command_line.crashkernel", "auto"),
        ],
    ),
    (
        "grub_conf/BOOT_LOADER_ENTRIES_CONF.txt",
        "/boot/loader/entries/rhel.conf",
        &[
            ("os.boot.default_kernel", "/vmlinuz-4.18.0-80.1.2.el8_0.x86_64"),
            ("os.boot.command_line.root", "/dev/mapper/rhel_vm37--146-root"),
            ("os.boot.command_line.\"rd.lvm.lv\"", "[(\"rhel_vm37-146/root\") (\"rhel_vm37-146/swap\")]"),
            ("os.boot.command_line.noapic", "true"),
        ],
    ),
    (
        "grubby/GRUBBY_INFO_ALL_1.txt",
        "/insights_commands/grubby_--info_ALL",
        &[
            ("os.boot.default_kernel", "/boot/vmlinuz-5.14.0-162.6.1.el9_1.x86_64"),
            ("os.boot.command_line.crashkernel", "1G-4G:192M,4G-64G:256M,64G-:512M"),
            ("os.boot.command_line.retbleed", "stuff"),
            ("os.boot.command_line.root", "/dev/mapper/rhel-root"),
        ],
    ),
    (
        "grubby/GRUBBY_INFO_ALL_2.txt",
        "/insights_commands/grubby_--info_ALL",
        &[
            ("os.boot.default_kernel", "/boot/vmlinuz-3.10.0-862.el7.x86_64"),
            ("os.boot.command_line.console", "[(\"tty0\") (\"ttyS0,115200n8\")]"),
            ("os.boot.command_line.\"net.ifnames\"", "0"),
            ("os.boot.command_line_ids.root", "UUID=6bea2b7b-e6cc-4dba-ac79-be6530d348f5"),
        ],
    ),
    ("grubby/GRUBBY_INFO_ALL_INVALID_1.txt", "/insights_commands/grubby_--info_ALL", &[("os.boot.default_kernel", "")]),
    (
        "user_group/GRP.txt",
        "/etc/group",
        &[
            ("os.groups.wheel.gid", "10"),
            ("os.groups.wheel.members", "[(\"admin\") (\"tester\")]"),
            ("os.groups.mem.gid", "8"),
            ("os.groups.mem.members", "[]"),
        ],
    ),
    (
        "sudoers/SUDOERS.txt",
        "/etc/sudoers",
        &[("os.sudoers.\"/etc/sudoers\"", "[(\"%wheel ALL=(ALL) ALL\") (\"#includedir /etc/sudoers.d\")]")],
    ),
    (
        "sysctl/SYSCTL_CONF_TEST.txt",
        "/etc/sysctl.conf",
        &[
            ("os.sysctl_files.\"kernel.domainname\"", "example.com"),
            ("os.sysctl_files.\"kernel.modprobe\"", "/sbin/mod probe"),
            ("os.sysctl_files.\"kernel.domainname.invalid\"", ""),
        ],
    ),
    (
        "sysctl/SYSCTL_DOC_TEST.txt",
        "/insights_commands/sysctl_-a",
        &[("os.sysctl.\"kernel.domainname\"", "example.com"), ("os.sysctl.\"kernel.modprobe\"", "/sbin/modprobe")],
    ),
    (
        "sysctl/SYSCTL_TEST.txt",
        "/etc/sysctl.d/a.conf",
        &[("os.sysctl_files.a", "1"), ("os.sysctl_files.b", "2"), ("os.sysctl_files.c", "include an = sign")],
    ),
];

#[test]
fn fixtures_of_single_files_are_read_as_their_programs_read_them() {
    let Some(samples) = fixtures("etc-samples") else { return };
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (name, place, expected) in SAMPLES {
        let bytes = std::fs::read(samples.join(name)).expect("the sample is there");
        let (_dir, host) = root(&[(place, &String::from_utf8_lossy(&bytes))]);
        let facts = capture(&host);
        let folder = name.split('/').next().unwrap_or_default();
        let tally = tallies.entry(folder).or_insert_with(|| Tally::new(format!("etc-samples/{folder}")));
        for (path, value) in *expected {
            // Nothing stands for a fact that is not to be there.
            tally.check(format!("{name} {path}"), facts.get(*path).map_or("", String::as_str), value);
        }
    }
    tallies.into_values().for_each(Tally::finish);
}

fn unpacked(archive: &str) -> Option<tempfile::TempDir> {
    let archive = fixtures("roots")?.join(archive);
    let dir = tempfile::tempdir().expect("a folder");
    let status = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status();
    assert!(status.expect("tar runs").success());
    Some(dir)
}

fn of_path(keys: &[&str]) -> String {
    crate::model::Path::new(keys.iter().copied()).to_string()
}

/// What other commands of the archive say of the same facts.
fn sos(facts: &BTreeMap<String, String>, host: &Host, tally: &mut Tally) {
    let said = |command: &str| host.recorded(command).map(|said| said.text).unwrap_or_default();
    let got = |path: &str| facts.get(path).cloned().unwrap_or_default();
    let status = said("hostnamectl status");
    let label = |label: &str| status.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let kernel = label("Kernel: Linux").expect("a kernel");
    tally.check("kernel release", got("os.kernel.release"), kernel);
    let machine = label("Architecture:").expect("a machine").replace('-', "_");
    tally.check("kernel architecture", got("os.kernel.architecture"), machine);
    let language = said("locale").lines().find_map(|line| line.strip_prefix("LANG=").map(str::to_owned));
    tally.check("locale", got("os.locale.lang"), language.expect("a language"));
    let loaded: BTreeSet<String> = said("lsmod")
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .map(|name| of_path(&["os", "kernel", "modules", name, "loaded"]))
        .collect();
    let ours: BTreeSet<String> = facts
        .keys()
        .filter(|path| path.starts_with("os.kernel.modules.") && path.ends_with(".loaded"))
        .cloned()
        .collect();
    for path in loaded.union(&ours).filter(|_| host.exists("/proc/modules")) {
        tally.agree(path, loaded.contains(path) && ours.contains(path), "is not in both lists");
    }
    let mut mounts: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let list = said("findmnt");
    for line in list.lines().skip(1) {
        let line = line.trim_start_matches(['|', '`', '-', ' ']);
        let [at, _, kind, options, ..] = line.split_whitespace().collect::<Vec<_>>()[..] else { continue };
        // A place that is mounted twice shows its last.
        mounts.insert(at, (kind, options));
    }
    for (at, (kind, options)) in mounts {
        let fact = |key: &str| facts.get(&of_path(&["os", "filesystems", at, key]));
        // Mounts of containers are left out.
        let Some(ours) = fact("type") else { continue };
        tally.check(format!("{at} type"), ours, kind);
        let mut options: Vec<&str> =
            options.split(',').filter(|option| !option.starts_with("fd=") && !option.starts_with("pgrp=")).collect();
        options.retain(|option| !option.starts_with("pipe_ino="));
        let known = written(&{
            let mut facts = Facts::new();
            facts.put(&["x"], crate::model::Value::set(options), "");
            facts
        });
        tally.check(format!("{at} options"), format!("x = {}", fact("options").expect("beside it")), &known[0]);
    }
    // Where the archive has the files, they are what is read.
    if !host.exists("/proc/sys/kernel") {
        return;
    }
    for line in said("sysctl -a").lines() {
        let Some((name, value)) = line.split_once(" = ").filter(|(_, value)| !value.is_empty()) else { continue };
        let path = crate::model::Path::new(["os", "sysctl", name]);
        let settled = Vocabulary::builtin().find(&path).is_some_and(|entry| entry.class == Class::Setting);
        // Of several lines under one name only the first is compared here.
        let first = facts.get(&path.to_string()).map(|value| value.lines().next().unwrap_or_default().to_owned());
        if let Some(ours) = first.filter(|_| settled && !name.starts_with("dev.")) {
            tally.check(path, ours.trim_end(), value.trim());
        }
    }
}

#[test]
fn fixtures_of_support_archives_agree_with_their_other_commands() {
    for name in ["sos-ubuntu2004-k8s-vm", "sos-ubuntu2004-openstack-compute-vm"] {
        let Some(dir) = unpacked(&format!("{name}.tar.xz")) else { return };
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        let mut tally = Tally::new(format!("roots/{name} by hostnamectl, locale, lsmod, findmnt and sysctl"));
        let facts = capture(&host);
        sos(&facts, &host, &mut tally);
        tally.finish();
    }
}

#[test]
fn what_this_machine_tells_stands_in_the_vocabulary() {
    assert!(!capture(&Host::live()).is_empty());
}
