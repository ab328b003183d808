//! `os.security`: mandatory access control, approved cryptography, the layout of memory, and the rights of new files.

use super::sysctl::{setting, value};
use super::{apparmor, selinux};
use crate::capture::settings::{first_word, lines};
use crate::capture::{Facts, Scope};
use crate::host::{Host, Output};

const POLICY: &str = "/etc/crypto-policies/state/current";
const POLICY_WANTED: &str = "/etc/crypto-policies/config";

/// Stacks of pam.d(5) in which pam_umask(8) may be told a mask.
const STACKS: [&str; 7] = [
    "/etc/pam.d/common-session",
    "/etc/pam.d/common-session-noninteractive",
    "/etc/pam.d/system-auth",
    "/etc/pam.d/password-auth",
    "/etc/pam.d/postlogin",
    "/etc/pam.d/login",
    "/etc/pam.d/sshd",
];

const LOGIN: &str = "/etc/login.defs";

/// Reads all of it.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    selinux::read(host, facts);
    apparmor::read(host, facts);
    let mut facts = facts.at(&["os", "security"]);
    fips(host, &mut facts);
    crypto_policy(host, &mut facts);
    match setting(host, "kernel.randomize_va_space") {
        Some((text, source)) => facts.put(&["aslr"], value(&text), &source),
        None if host.as_live().is_none() => facts.not_collected(&["aslr"], "the root has no /proc/sys"),
        None => {}
    }
    umask(host, &mut facts);
}

/// Whether the kernel allows approved algorithms only. One that cannot has no such setting.
fn fips(host: &Host, facts: &mut Scope) {
    if let Some((text, source)) = setting(host, "crypto.fips_enabled") {
        return facts.put(&["fips"], text == "1", &source);
    }
    if let Some(Output { text, source }) = host.recorded("fips-mode-setup --check") {
        return facts.put(&["fips"], text.contains("FIPS mode is enabled"), &source);
    }
    if host.as_live().is_some() || host.exists("/proc/sys/kernel") || host.recorded("sysctl -a").is_some() {
        facts.put(&["fips"], false, "/proc/sys/crypto/fips_enabled");
    } else {
        facts.not_collected(&["fips"], "the root has no /proc/sys");
    }
}

/// crypto-policies(7): the policy that was applied last, and the one that is asked for.
fn crypto_policy(host: &Host, facts: &mut Scope) {
    for (key, path) in [("crypto_policy", POLICY), ("crypto_policy_configured", POLICY_WANTED)] {
        match host.text(path) {
            Ok(text) => facts.put_some(&[key], lines(&text, &['#']).next(), path),
            Err(error) if error.is_missing() && path == POLICY => {
                if let Some(Output { text, source }) = host.recorded("update-crypto-policies --show") {
                    facts.put_some(&[key], lines(&text, &['#']).next(), &source);
                }
            }
            Err(error) => facts.unread(&[key], &error),
        }
    }
}

/// The mask of logins: pam_umask(8) takes its own argument before login.defs(5). And the mask of this process.
fn umask(host: &Host, facts: &mut Scope) {
    let argument = |path: &str| {
        let text = host.text(path).ok()?;
        let mut rules = lines(&text, &['#']).filter(|line| line.contains("pam_umask"));
        let value = rules.find_map(|line| line.split_whitespace().find_map(|word| word.strip_prefix("umask=")));
        value.and_then(octal)
    };
    let found = STACKS.into_iter().find_map(|path| Some((argument(path)?, path)));
    let of_login = || match host.text(LOGIN) {
        Ok(text) => {
            let values = lines(&text, &['#']).map(first_word).filter(|(key, _)| *key == "UMASK");
            values.last().and_then(|(_, value)| octal(first_word(value).0)).map(|mask| Ok((mask, LOGIN)))
        }
        Err(error) => Some(Err(error)),
    };
    match found.map(Ok).or_else(of_login) {
        Some(Ok((mask, path))) => facts.put(&["umask"], mask, path),
        Some(Err(error)) => facts.unread(&["umask"], &error),
        None => {}
    }
    if host.as_live().is_some() {
        const OWN: &str = "/proc/self/status";
        let text = host.text(OWN).unwrap_or_default();
        let mask = text.lines().find_map(|line| line.strip_prefix("Umask:")).and_then(|mask| octal(mask.trim()));
        facts.put_some(&["process_umask"], mask, OWN);
    }
}

/// `22` and `0022` are one mask.
fn octal(text: &str) -> Option<String> {
    u16::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777).map(|mask| format!("{mask:04o}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    fn own(files: &[(&str, &str)]) -> Vec<String> {
        let facts = written(&Root::new(files).probe(probe));
        facts.into_iter().filter(|fact| !fact.contains(".apparmor.") && !fact.contains(".selinux.")).collect()
    }

    #[test]
    fn policies_and_masks_are_read_from_their_files() {
        let facts = own(&[
            ("/proc/sys/kernel/randomize_va_space", "2\n"),
            ("/proc/sys/crypto/fips_enabled", "1\n"),
            (POLICY, "FIPS\n"),
            (POLICY_WANTED, "# c\n\nDEFAULT:NO-SHA1\n"),
            (LOGIN, "#UMASK 077\nUMASK\t\t022\nPASS_MAX_DAYS 99999\n"),
        ]);
        let expected = [
            "os.security.aslr = 2",
            "os.security.crypto_policy = FIPS",
            "os.security.crypto_policy_configured = DEFAULT:NO-SHA1",
            "os.security.fips = true",
            "os.security.umask = 0022",
        ];
        assert_eq!(facts, expected);
    }

    #[test]
    fn the_argument_in_a_stack_comes_before_login_defs() {
        let facts = own(&[
            (
                "/etc/pam.d/common-session",
                "# pam_umask.so umask=077\nsession optional pam_umask.so umask=27 usergroups\n",
            ),
            (LOGIN, "UMASK 022\n"),
        ]);
        assert_eq!(facts, ["os.security.umask = 0027"]);
    }

    #[test]
    fn an_archive_tells_what_its_programs_said() {
        let facts = own(&[
            ("/sos_commands/crypto/fips-mode-setup_--check", "FIPS mode is disabled.\n"),
            ("/sos_commands/crypto/update-crypto-policies_--show", "LEGACY\n"),
            ("/sos_commands/kernel/sysctl_-a", "kernel.pid_max = 1\nkernel.randomize_va_space = 0\n"),
        ]);
        let expected = ["os.security.aslr = 0", "os.security.crypto_policy = LEGACY", "os.security.fips = false"];
        assert_eq!(facts, expected);
    }
}
