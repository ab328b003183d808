//! `directory.membership`: which domain the machine belongs to, and how: smb.conf(5) with winbind's options, realmd.conf(5),
//! FreeIPA's default.conf(5), and whether it was given keys.

use crate::capture::Facts;
use crate::capture::settings::{Settings, lines, squeeze, text};
use crate::host::Host;

const SAMBA: &str = "/etc/samba/smb.conf";
const REALMD: &str = "/etc/realmd.conf";
const FREEIPA: &str = "/etc/ipa/default.conf";
const KEYTAB: &str = "/etc/krb5.keytab";

/// How the options of Samba begin that make a member of a machine; shares and printing are no directory.
const MEMBERSHIP: [&str; 14] = [
    "workgroup",
    "realm",
    "security",
    "server role",
    "netbios name",
    "kerberos method",
    "dedicated keytab file",
    "password server",
    "idmap ",
    "winbind ",
    "template ",
    "client ldap sasl",
    "client signing",
    "sync machine password",
];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let samba = |section: &str, key: &str| section == "global" && MEMBERSHIP.iter().any(|start| key.starts_with(start));
    file(host, SAMBA, &["directory", "membership", "samba"], false, samba, facts);
    file(host, REALMD, &["directory", "membership", "realmd"], true, |_, _| true, facts);
    file(host, FREEIPA, &["directory", "membership", "freeipa"], false, |section, _| section == "global", facts);
    // What it holds is secret; that it is there says that the machine joined.
    match host.stat(KEYTAB) {
        Ok(_) => facts.put(&["directory", "membership", "keytab"], true, KEYTAB),
        Err(error) if error.is_missing() => {}
        Err(error) => facts.unread(&["directory", "membership", "keytab"], &error),
    }
}

/// Puts the wanted options of a file in sections, with the section's name or without. Samba takes names in any case and
/// with any blanks.
fn file(host: &Host, path: &str, at: &[&str], sections: bool, wanted: fn(&str, &str) -> bool, facts: &mut Facts) {
    let mut facts = facts.at(at);
    let Some(text) = text(host, path, &mut facts) else { return };
    // rust-ini would part `idmap config * : range = 1-2` at the colon.
    let text = text.replace("\\\n", " ");
    let mut settings = Settings::default();
    let mut section = String::new();
    for line in lines(&text, &['#', ';']) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.split(']').next().unwrap_or_default().trim().to_lowercase();
        } else if let Some((key, value)) = line.split_once('=') {
            let key = squeeze(&key.to_lowercase());
            if wanted(&section, &key) {
                let keys = [&*section, &*key];
                settings.set(if sections { &keys } else { &keys[1..] }, value.trim(), path);
            }
        }
    }
    settings.put(&mut facts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn what_makes_a_member_is_read() {
        let smb = "# c\n[global]\n   Workgroup = EXAMPLE\n  security=ADS\n realm = EXAMPLE.NET\n idmap  config * : range = 1-2\n\
                   ; x = y\n  log file = /x\n[homes]\n  workgroup = no\n";
        let (_dir, host) = root(&[
            (SAMBA, smb),
            (REALMD, "[service]\nautomatic-install = no\n[example.net]\ncomputer-ou = OU=x\n"),
            (FREEIPA, "[global]\nhost = web-1.example.net\nrealm = EXAMPLE.NET\n"),
            (KEYTAB, "\u{5}\u{2}"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("directory.membership.", "")).collect();
        let expected = [
            "freeipa.host = web-1.example.net",
            "freeipa.realm = EXAMPLE.NET",
            "keytab = true",
            "realmd.\"example.net\".computer-ou = OU=x",
            "realmd.service.automatic-install = no",
            "samba.\"idmap config * : range\" = 1-2",
            "samba.realm = EXAMPLE.NET",
            "samba.security = ADS",
            "samba.workgroup = EXAMPLE",
        ];
        assert_eq!(text, expected);
    }
}
