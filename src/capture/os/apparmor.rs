//! `os.security.apparmor`: whether it is on, and the profiles with their modes, apparmor(7).

use crate::capture::{Facts, Scope};
use crate::host::{Host, Output};
use crate::model::Value;
use regex::Regex;
use std::sync::OnceLock;

const ENABLED: &str = "/sys/module/apparmor/parameters/enabled";
const PROFILES: &str = "/sys/kernel/security/apparmor/profiles";
const STATUS: [&str; 3] = ["aa-status", "apparmor_status", "aa-status --verbose"];

/// Where links to profiles say that they are not loaded, or only complain.
const SWITCHED: [(&str, &str); 2] =
    [("switched_off", "/etc/apparmor.d/disable"), ("forced_to_complain", "/etc/apparmor.d/force-complain")];

/// The most profiles; Ubuntu loads a hundred.
const CAP: usize = 10_000;

/// Reads the module's switch, what the kernel has loaded, and what the folders switch off.
pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["os", "security", "apparmor"]);
    for (key, folder) in SWITCHED {
        if let Ok(entries) = host.list(folder)
            && !entries.is_empty()
        {
            facts.put(&[key], Value::set(entries.into_iter().take(CAP).map(|entry| entry.name)), folder);
        }
    }
    let said = STATUS.into_iter().find_map(|command| host.recorded(command));
    match host.word(ENABLED) {
        Ok(text) => facts.put(&["enabled"], text == "Y", ENABLED),
        // A kernel without it has no such file.
        Err(error) if error.is_missing() && host.as_live().is_some() => facts.put(&["enabled"], false, ENABLED),
        Err(error) if error.is_missing() => match &said {
            Some(Output { text, source }) => facts.put(&["enabled"], text.contains("module is loaded"), source),
            None => facts.not_collected(&["enabled"], "the root has no /sys/module/apparmor"),
        },
        Err(error) => facts.unread(&["enabled"], &error),
    }
    match host.text(PROFILES) {
        Ok(text) => put(text.lines().filter_map(of_kernel), PROFILES, &mut facts),
        Err(error) if error.is_missing() => match said {
            Some(Output { text, source }) => put(of_status(&text).into_iter(), &source, &mut facts),
            None if host.as_live().is_some() => {}
            None => facts.not_collected(&["profiles"], "the root has no /sys/kernel/security"),
        },
        Err(error) => facts.unread(&["profiles"], &error),
    }
}

fn put<'a>(profiles: impl Iterator<Item = (&'a str, &'a str)>, source: &str, facts: &mut Scope) {
    for (name, mode) in profiles.take(CAP) {
        if let Some(name) = comparable(name) {
            facts.put(&["profiles", &name], mode, source);
        }
    }
}

/// Names that are the same on machines that are set up alike. A virtual machine's or container's own profile is not; of
/// a snap's files the revision stands in the name.
fn comparable(name: &str) -> Option<String> {
    static UNIQUE: OnceLock<Option<Regex>> = OnceLock::new();
    static REVISION: OnceLock<Option<Regex>> = OnceLock::new();
    let unique = UNIQUE.get_or_init(|| {
        Regex::new("^(?:libvirt-[0-9a-f]{8}-|lxd-|:lxd-|lxc-[0-9]+_|cri-containerd\\.[0-9a-f]{12})").ok()
    });
    let revision = REVISION.get_or_init(|| Regex::new("(/snap/[^/]+)/x?[0-9]+/").ok());
    if unique.as_ref().is_some_and(|unique| unique.is_match(name)) {
        return None;
    }
    Some(revision.as_ref().map_or_else(|| name.to_owned(), |one| one.replace_all(name, "$1/*/").into_owned()))
}

/// `/usr/bin/man (enforce)`.
fn of_kernel(line: &str) -> Option<(&str, &str)> {
    let (name, mode) = line.rsplit_once(" (")?;
    Some((name, mode.strip_suffix(')')?))
}

/// The profiles that aa-status(8) lists under `12 profiles are in enforce mode.`, up to its list of processes.
fn of_status(text: &str) -> Vec<(&str, &str)> {
    let mut mode = None;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("   ").map(str::trim) {
            found.extend(mode.map(|mode| (name, mode)));
        } else {
            let rest = line.split_once(" profiles are in ").and_then(|(_, rest)| rest.strip_suffix(" mode."));
            mode = rest;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    const EXPECTED: [&str; 5] = [
        "os.security.apparmor.enabled = true",
        "os.security.apparmor.profiles.\"/snap/snapd/*/usr/lib/snapd/snap-confine\" = enforce",
        "os.security.apparmor.profiles.\"/usr/bin/man\" = enforce",
        "os.security.apparmor.profiles.\"man_groff\" = complain",
        "os.security.apparmor.profiles.\"virt-aa helper\" = unconfined",
    ];

    fn read_as(files: &[(&str, &str)]) -> Vec<String> {
        written(&Root::new(files).probe(read))
            .into_iter()
            .map(|line| line.replace(".man_groff", ".\"man_groff\""))
            .collect()
    }

    #[test]
    fn the_kernel_lists_profiles_and_modes() {
        let profiles = "libvirt-7b2a9f3e-0a1b-4c5d-8e9f-001122334455 (enforce)\nvirt-aa helper (unconfined)\n\
                        /usr/bin/man (enforce)\nman_groff (complain)\n/snap/snapd/15534/usr/lib/snapd/snap-confine (enforce)\n";
        assert_eq!(read_as(&[(ENABLED, "Y\n"), (PROFILES, profiles)]), EXPECTED);
    }

    #[test]
    fn an_archive_tells_what_aa_status_said() {
        let said = "apparmor module is loaded.\n5 profiles are loaded.\n2 profiles are in enforce mode.\n   \
                    /snap/snapd/15534/usr/lib/snapd/snap-confine\n   /usr/bin/man\n1 profiles are in complain mode.\n   \
                    man_groff\n0 profiles are in kill mode.\n1 profiles are in unconfined mode.\n   virt-aa helper\n\
                    1 processes have profiles defined.\n1 processes are in enforce mode.\n   /usr/bin/man (99) \n";
        assert_eq!(read_as(&[("/sos_commands/apparmor/apparmor_status", said)]), EXPECTED);
    }

    #[test]
    fn links_switch_profiles_off() {
        let root = Root::new(&[(ENABLED, "N\n")])
            .link("/etc/apparmor.d/disable/usr.bin.firefox", "/etc/apparmor.d/usr.bin.firefox");
        let facts = root.probe(read);
        let expected =
            ["os.security.apparmor.enabled = false", "os.security.apparmor.switched_off = [(\"usr.bin.firefox\")]"];
        assert_eq!(written(&facts), expected);
    }
}
