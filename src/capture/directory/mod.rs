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
use crate::model::value::REDACTED;

/// Reads the files of the directory clients.
pub(super) fn probe(host: &Host, facts: &mut Facts) {
    sssd::read(host, facts);
    krb5::read(host, facts);
    ldap(host, facts);
    nslcd(host, facts);
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

/// `directory.nslcd.<option>`: nslcd.conf(5). Options such as `map` and `filter` repeat.
fn nslcd(host: &Host, facts: &mut Facts) {
    const FILE: &str = "/etc/nslcd.conf";
    let mut facts = facts.at(&["directory", "nslcd"]);
    let Some(text) = text(host, FILE, &mut facts) else { return };
    let mut settings = Settings::default();
    for line in lines(&text, &['#']) {
        let (key, value) = first_word(line);
        let secret = matches!(key, "bindpw" | "rootpwmodpw" | "tls_key_password");
        let value = if secret { REDACTED.to_owned() } else { squeeze(value) };
        settings.add(&[key], &value, FILE);
    }
    settings.put(&mut facts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn ldap_clients_are_read_without_their_passwords() {
        let (_dir, host) = root(&[
            ("/etc/ldap/ldap.conf", "#URI x\nBASE\tdc=example,dc=net\ntls_reqcert  never\nURI ldap://a ldap://b\n"),
            ("/etc/nslcd.conf", "uri ldaps://a\nbindpw s3\nmap passwd uid x\nmap group gid y\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "directory.ldap.base = dc=example,dc=net",
            "directory.ldap.tls_reqcert = never",
            "directory.ldap.uri = ldap://a ldap://b",
            "directory.nslcd.bindpw = [redacted]",
            "directory.nslcd.map = [(\"passwd uid x\") (\"group gid y\")]",
            "directory.nslcd.uri = ldaps://a",
        ];
        assert_eq!(written(&facts), expected);
    }
}
