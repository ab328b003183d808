//! What a line is about, in the words of people who do not know the system: a product, a service, a part of the machine.

use crate::base::text::escape;
use crate::cause::Origin;
use crate::compare::RowId;
use crate::meaning::{Line, Meaning, What};
use crate::report::Report;

/// Products by the names that packages, folders and settings give them.
const PRODUCTS: [(&str, &str); 34] = [
    ("apache2", "Apache"),
    ("chrony", "The clock (chrony)"),
    ("docker", "Docker"),
    ("environment", "Settings of all programs"),
    ("haproxy", "HAProxy"),
    ("iptables", "The firewall"),
    ("krb5", "Kerberos log-ins"),
    ("libc6", "The C library"),
    ("libstdc++6", "The C++ library"),
    ("mariadb", "MariaDB"),
    ("memcached", "Memcached"),
    ("mysql", "MySQL"),
    ("named", "The name server (BIND)"),
    ("nftables", "The firewall"),
    ("nginx", "nginx"),
    ("node", "Node.js"),
    ("nodejs", "Node.js"),
    ("nscd", "The cache of names (nscd)"),
    ("openssl", "OpenSSL"),
    ("php", "PHP"),
    ("postgresql", "PostgreSQL"),
    ("python", "Python"),
    ("python3", "Python"),
    ("rabbitmq", "RabbitMQ"),
    ("redis", "Redis"),
    ("redis-server", "Redis"),
    ("resolved", "The cache of names (systemd-resolved)"),
    ("squid", "Squid"),
    ("ssh", "Remote log-ins (SSH)"),
    ("ssl", "OpenSSL"),
    ("sssd", "Log-ins through the directory (SSSD)"),
    ("sudoers", "Rights of administrators"),
    ("tzdata", "Time zone data"),
    ("unbound", "The name server (Unbound)"),
];

/// A product, by the longest of the names that its own begins with; what is not known is called as it is.
fn product(name: &str) -> String {
    let begins = |known: &&(&str, &str)| {
        name.strip_prefix(known.0).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    let known = PRODUCTS.iter().filter(begins).max_by_key(|(known, _)| known.len());
    known.map_or_else(|| escape(name).into_owned(), |(_, words)| (*words).to_owned())
}

/// What a line is about.
pub(super) fn of(report: &Report<'_>, meaning: &Meaning, line: &Line) -> String {
    plain_title(meaning, line).unwrap_or_else(|| of_row(report, line.worst))
}

/// The name of a cause that needs no knowledge of the system.
fn plain_title(meaning: &Meaning, line: &Line) -> Option<String> {
    let What::Cause(at) = line.what else { return None };
    let cause = meaning.causes.all().get(at)?;
    let is_plain = match cause.origin {
        Origin::CpuCount | Origin::CpuModel | Origin::Kernel | Origin::MemorySize | Origin::Release => true,
        Origin::SourcePackage => cause.key.contains("rollback of"),
        _ => false,
    };
    is_plain.then(|| escape(&cause.title).replace(" -> ", " / "))
}

/// What a fact belongs to.
fn of_row(report: &Report<'_>, row: RowId) -> String {
    let path = report.comparison.path(row);
    let keys: Vec<&str> = path.keys().collect();
    let words = match keys.as_slice() {
        ["cache", "http" | "stores" | "names", name, ..] | ["toolchains", name, ..] | ["directory", name, ..] => {
            return product(name);
        }
        ["deployments", "hand_edits", file] | ["configuration", "files", file, ..] => return product(of_file(file)),
        ["libraries", "packages", _, name, ..] | ["libraries", "pins", name, ..] => return product(name),
        ["deployments", "rollbacks" | "releases" | "containers", name, ..] => return product(name),
        ["os", "services" | "timers" | "environment_of" | "limits_of", name, ..] => {
            return product(name.rsplit_once('.').map_or(*name, |(name, _)| name));
        }
        ["dns", "hosts", name] => return format!("The name {}", escape(name)),
        ["cache", ..] => "Caches",
        ["configuration", ..] => "Configuration",
        ["deployments", ..] => "Releases and changes by hand",
        ["directory", ..] => "Users and log-ins",
        ["dns", ..] => "Look-up of names",
        ["hardware", "storage", ..] | ["os", "fstab" | "filesystems", ..] => "Disks",
        ["hardware", "memory", ..] => "Memory",
        ["hardware", ..] => "The machine",
        ["identity", ..] => "What tells machines apart",
        ["libraries", "ca_certificates", ..] => "Certificates that are trusted",
        ["libraries", "libc", ..] => "The C library",
        ["libraries", "openssl", ..] => "OpenSSL",
        ["libraries", "repositories", ..] => "Where software is installed from",
        ["libraries", ..] => "Installed software",
        ["network", "firewall", ..] => "The firewall",
        ["network", "proxy", ..] => "The way to outside services",
        ["network", ..] => "The network",
        ["os", "time", "zone"] | ["os", "time", "tzdata_version"] => "Time zones",
        ["os", "time", ..] => "The clock",
        ["os", "locale", ..] => "Language and encoding",
        ["os", "security", ..] => "Security",
        ["os", "sysctl" | "sysctl_files", name, ..] if name.starts_with("vm.") => "Use of memory",
        ["os", "sysctl" | "sysctl_files", name, ..] if name.starts_with("net.") => "The network",
        ["os", ..] => "The operating system",
        [area, ..] => return escape(area).into_owned(),
        [] => "",
    };
    words.to_owned()
}

/// The folder or the name that says whose a configuration file is.
fn of_file(file: &str) -> &str {
    let is_general = |part: &&str| matches!(*part, "" | "etc" | "default" | "conf.d" | "cron.d" | "logrotate.d");
    let first = file.split('/').find(|part| !is_general(part)).unwrap_or(file);
    first.split_once('.').map_or(first, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_packages_are_called_as_people_call_them() {
        for (file, thing) in [
            ("/etc/nginx/nginx.conf", "nginx"),
            ("/etc/nscd.conf", "The cache of names (nscd)"),
            ("/etc/ssh/sshd_config", "Remote log-ins (SSH)"),
            ("/etc/default/shop", "shop"),
            ("odd", "odd"),
        ] {
            assert_eq!(product(of_file(file)), thing, "{file}");
        }
        assert_eq!(product("postgresql-15"), "PostgreSQL");
        assert_eq!(product("noded"), "noded", "not every name that begins so");
    }
}
