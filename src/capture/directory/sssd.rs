//! `directory.sssd`: sssd.conf(5) with its conf.d, section by section; `domain/example.net` becomes two keys.

use crate::capture::Facts;
use crate::capture::settings::{Settings, drop_ins, text};
use crate::host::Host;
use crate::model::{Problem, ProblemKind};
use ini::{Ini, ParseOption};

/// Options of the section `sssd` that name several things in order.
const LISTS: [&str; 2] = ["services", "domains"];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["directory", "sssd"]);
    let mut files = vec!["/etc/sssd/sssd.conf".to_owned()];
    match drop_ins(host, "/etc/sssd/conf.d", ".conf") {
        Ok(more) => files.extend(more),
        Err(error) => facts.unread(&[], &error),
    }
    let mut settings = Settings::default();
    for path in &files {
        let Some(text) = text(host, path, &mut facts) else { continue };
        if let Err(error) = parse(&text, path, &mut settings) {
            facts.problem(&[], Problem::new(ProblemKind::NotParsable, format!("{path}: {error}")));
        }
    }
    settings.put(&mut facts);
}

/// Adds what a file says; a later file's word counts.
fn parse(text: &str, path: &str, settings: &mut Settings) -> Result<(), ini::ParseError> {
    let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    for (section, options) in &Ini::load_from_str_opt(text, option)? {
        let section: Vec<&str> = section.unwrap_or("sssd").splitn(2, '/').map(str::trim).collect();
        for (key, value) in options {
            let mut keys = section.clone();
            keys.push(key);
            settings.clear(&keys);
            if section == ["sssd"] && LISTS.contains(&key) {
                let members = value.split(',').map(str::trim).filter(|one| !one.is_empty());
                members.for_each(|one| settings.add_member(&keys, one, path));
            } else {
                settings.set(&keys, value, path);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn a_later_file_counts_and_the_bind_password_is_hidden() {
        let main = "# c\n[sssd]\nservices = nss, pam\ndomains = example.net\n\n[domain/example.net]\n; c\n\
                    id_provider = ldap\nldap_default_authtok = s3\nldap_uri = ldaps://a, ldaps://b\n";
        let late = "[domain/example.net]\nid_provider = ad\n";
        let (_dir, host) = root(&[("/etc/sssd/sssd.conf", main), ("/etc/sssd/conf.d/10.conf", late)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "directory.sssd.domain.\"example.net\".id_provider = ad",
            "directory.sssd.domain.\"example.net\".ldap_default_authtok = [redacted]",
            "directory.sssd.domain.\"example.net\".ldap_uri = ldaps://a, ldaps://b",
            "directory.sssd.sssd.domains = [(\"example.net\")]",
            "directory.sssd.sssd.services = [(\"nss\") (\"pam\")]",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().is_empty());
    }

    #[test]
    fn what_cannot_be_parsed_is_a_problem() {
        let (_dir, host) = root(&[("/etc/sssd/sssd.conf", "[sssd\nx")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(facts.problems().len(), 1);
    }
}
