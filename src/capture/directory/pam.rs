//! `directory.pam.<service>`: the stacks of pam.d(5), line by line in order, includes kept as they stand.

use crate::capture::Facts;
use crate::capture::settings::{drop_ins, first_word, squeeze, text};
use crate::host::Host;
use crate::model::Value;
use std::collections::BTreeMap;

const FOLDER: &str = "/etc/pam.d";
/// What packages bring where distributions keep /etc for the administrator: a file in /etc replaces one of these.
const VENDOR: &str = "/usr/lib/pam.d";
/// Read only where there is no folder.
const FILE: &str = "/etc/pam.conf";

/// What package managers and editors leave beside the files that count.
const LEFTOVERS: [&str; 8] = ["~", ".bak", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".rpmnew", ".rpmorig", ".rpmsave"];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["directory", "pam"]);
    let own = match drop_ins(host, FOLDER, "") {
        Ok(files) => files,
        Err(error) => return facts.unread(&[], &error),
    };
    let mut files = drop_ins(host, VENDOR, "").unwrap_or_default();
    files.extend(own);
    for path in &files {
        let service = path.rsplit('/').next().unwrap_or_default();
        if LEFTOVERS.iter().any(|end| service.ends_with(end)) {
            continue;
        }
        match host.text(path) {
            Ok(text) => facts.put(&[service], Value::list(rules(&text)), path),
            Err(error) => facts.unread(&[service], &error),
        }
    }
    if !files.is_empty() {
        return;
    }
    let Some(text) = text(host, FILE, &mut facts) else { return };
    let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in rules(&text) {
        let (service, rule) = first_word(&rule);
        services.entry(service.to_lowercase()).or_default().push(rule.to_owned());
    }
    for (service, rules) in services {
        facts.put(&[&service], Value::list(rules), FILE);
    }
}

/// The rules of a stack: comments out, continued lines joined, one blank between words.
fn rules(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    joined.lines().map(|line| squeeze(line.split('#').next().unwrap_or_default())).filter(|l| !l.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn stacks_keep_their_order_and_includes() {
        let sshd = "#%PAM-1.0\n@include common-auth\naccount  required\tpam_nologin.so # no\n\
                    auth [success=1 \\\n default=ignore] pam_unix.so\n-session optional pam_systemd.so\n";
        let (_dir, host) = root(&[("/etc/pam.d/passwd", sshd), ("/etc/pam.d/passwd.dpkg-old", "x")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = "directory.pam.passwd = [(\"@include common-auth\") (\"account required pam_nologin.so\") \
                        (\"auth [success=1 default=ignore] pam_unix.so\") (\"-session optional pam_systemd.so\")]";
        assert_eq!(written(&facts), [expected]);
    }

    #[test]
    fn a_stack_in_etc_replaces_the_packages() {
        let (_dir, host) = root(&[
            ("/usr/lib/pam.d/su", "auth required pam_unix.so\n"),
            ("/usr/lib/pam.d/sudo", "auth required pam_unix.so\n"),
            ("/etc/pam.d/su", "auth required pam_deny.so\n"),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(facts.get("directory.pam.su"), Some(&Value::list(["auth required pam_deny.so"])));
        assert_eq!(facts.get("directory.pam.sudo"), Some(&Value::list(["auth required pam_unix.so"])));
    }

    #[test]
    fn the_one_file_counts_where_there_is_no_folder() {
        let (_dir, host) = root(&[(FILE, "login auth required pam_unix.so\nOTHER auth required pam_deny.so\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "directory.pam.login = [(\"auth required pam_unix.so\")]",
            "directory.pam.other = [(\"auth required pam_deny.so\")]",
        ];
        assert_eq!(written(&facts), expected);
    }
}
