//! Where users and groups come from, and who may log in: sssd, LDAP clients, Kerberos, PAM.

mod krb5;
mod membership;
mod pam;
#[cfg(test)]
mod samples;
mod sssd;

use crate::capture::Facts;
use crate::capture::settings::{Settings, first_word, lines, squeeze, text};
use crate::host::Host;
use crate::model::Value;
use crate::model::redaction::secret;

/// Options of LDAP clients that are given once for each thing that they name; of others the last word counts.
const LISTS: [&str; 12] = [
    "base",
    "filter",
    "map",
    "nss_base_group",
    "nss_base_passwd",
    "nss_base_shadow",
    "nss_map_attribute",
    "nss_map_objectclass",
    "nss_override_attribute_value",
    "pam_authz_search",
    "scope",
    "uri",
];

/// Reads the files of the directory clients.
pub(super) fn probe(host: &Host, facts: &mut Facts) {
    sssd::read(host, facts);
    krb5::read(host, facts);
    ldap(host, facts);
    for (name, path) in [
        ("nslcd", "/etc/nslcd.conf"),
        ("nss_ldap", "/etc/libnss-ldap.conf"),
        ("nss_ldap", "/etc/ldap.conf"),
        ("pam_ldap", "/etc/pam_ldap.conf"),
    ] {
        client(host, name, path, facts);
    }
    nis(host, facts);
    pam::read(host, facts);
    membership::read(host, facts);
}

/// `directory.ldap.<option>`: ldap.conf(5) of the OpenLDAP library, whose option names take either case.
fn ldap(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["directory", "ldap"]);
    for path in ["/etc/ldap/ldap.conf", "/etc/openldap/ldap.conf"] {
        let Some(text) = text(host, path, &mut facts) else { continue };
        let mut settings = Settings::default();
        for line in lines(&text, &['#']) {
            let (key, value) = first_word(line);
            settings.set(&[&key.to_lowercase()], &squeeze(value), path);
        }
        settings.put(&mut facts);
        return;
    }
}

/// `directory.nslcd.<option>`, nslcd.conf(5), and the older `nss_ldap` and `pam_ldap`, whose files are alike.
fn client(host: &Host, name: &str, path: &str, facts: &mut Facts) {
    let mut facts = facts.at(&["directory", name]);
    let Some(text) = text(host, path, &mut facts) else { return };
    let mut settings = Settings::default();
    for line in lines(&text, &['#']) {
        let (key, value) = first_word(line);
        let is_secret = matches!(key, "bindpw" | "rootpwmodpw" | "tls_key_password");
        let value = if is_secret { secret(value) } else { squeeze(value) };
        if LISTS.contains(&key) {
            settings.add_member(&[key], &value, path);
        } else {
            settings.set(&[key], &value, path);
        }
    }
    settings.put(&mut facts);
}

/// `directory.nis`: yp.conf(5) and the name of the domain.
fn nis(host: &Host, facts: &mut Facts) {
    const BINDING: &str = "/etc/yp.conf";
    const DOMAIN: &str = "/etc/defaultdomain";
    let mut facts = facts.at(&["directory", "nis"]);
    if let Some(text) = text(host, BINDING, &mut facts) {
        let servers: Vec<String> = lines(&text, &['#']).map(squeeze).collect();
        if !servers.is_empty() {
            facts.put(&["servers"], Value::list(servers), BINDING);
        }
    }
    if let Some(text) = text(host, DOMAIN, &mut facts) {
        facts.put_some(&["domain"], lines(&text, &['#']).next(), DOMAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn ldap_clients_are_read_without_their_passwords() {
        let (_dir, host) = root(&[
            ("/etc/ldap/ldap.conf", "#URI x\nBASE\tdc=example,dc=net\ntls_reqcert  never\nURI ldap://a ldap://b\n"),
            ("/etc/yp.conf", "# c\ndomain a.net  server 192.0.2.1\n"),
            ("/etc/defaultdomain", "a.net\n"),
            ("/etc/libnss-ldap.conf", "host 192.0.2.1\nrootbinddn cn=x\nbindpw s3\n"),
            ("/etc/nslcd.conf", "uri ldaps://a\nbindpw s3\nmap passwd uid x\nmap group gid y\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "directory.ldap.base = dc=example,dc=net",
            "directory.ldap.tls_reqcert = never",
            "directory.ldap.uri = ldap://a ldap://b",
            "directory.nis.domain = a.net",
            "directory.nis.servers = [(\"domain a.net server 192.0.2.1\")]",
            "directory.nslcd.bindpw = [redacted]",
            "directory.nslcd.map = [(\"passwd uid x\") (\"group gid y\")]",
            "directory.nslcd.uri = [(\"ldaps://a\")]",
            "directory.nss_ldap.bindpw = [redacted]",
            "directory.nss_ldap.host = 192.0.2.1",
            "directory.nss_ldap.rootbinddn = cn=x",
        ];
        assert_eq!(written(&facts), expected);
    }
}
