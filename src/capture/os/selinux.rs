//! `os.security.selinux`: what the kernel enforces, /sys/fs/selinux, and what selinux(8) is configured to.

use crate::capture::settings::lines;
use crate::capture::{Facts, Scope};
use crate::host::{Host, Output};

/// Where the kernel shows its state: today, and up to Red Hat 6.
const STATES: [&str; 2] = ["/sys/fs/selinux", "/selinux"];

/// The file systems that the running kernel knows, proc_filesystems(5).
const FILESYSTEMS: &str = "/proc/filesystems";

const CONFIG: &str = "/etc/selinux/config";

/// What sestatus(8) may have been asked with.
const STATUS: [&str; 4] = ["sestatus -b", "sestatus -bv", "sestatus -v", "sestatus"];

/// The most booleans; a policy has hundreds.
const CAP: usize = 5_000;

/// Reads mode, policy, switches and configuration.
pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["os", "security", "selinux"]);
    let policy = configured(host, &mut facts);
    let state = STATES.into_iter().find(|folder| host.exists(&format!("{folder}/enforce")));
    if let Some(folder) = state {
        return of_kernel(host, folder, policy, &mut facts);
    }
    if let Some(Output { text, source }) = STATUS.into_iter().find_map(|command| host.recorded(command)) {
        return of_status(&text, &source, &mut facts);
    }
    if let Some(Output { text, source }) = host.recorded("getenforce") {
        return facts.put(&["mode"], text.trim().to_lowercase(), &source);
    }
    // A kernel registers the file system only when SELinux is on.
    let why = match host.text(FILESYSTEMS) {
        Ok(text) if !text.lines().any(|line| line.split_whitespace().last() == Some("selinuxfs")) => {
            return facts.put(&["mode"], "disabled", FILESYSTEMS);
        }
        Ok(_) => "the kernel has selinuxfs, and it is not mounted here",
        Err(_) => "neither /sys/fs/selinux nor /proc/filesystems tells",
    };
    for key in ["mode", "policy", "booleans"] {
        facts.not_collected(&[key], why);
    }
}

/// Puts what the file asks for; returns the name of the policy.
fn configured(host: &Host, facts: &mut Scope) -> Option<String> {
    let text = match host.text(CONFIG) {
        Ok(text) => text,
        Err(error) => {
            facts.unread(&["configured"], &error);
            return None;
        }
    };
    let find = |wanted: &str| {
        let found =
            lines(&text, &['#']).filter_map(|line| line.split_once('=')).filter(|(key, _)| key.trim() == wanted);
        found.last().map(|(_, value)| value.trim().to_lowercase())
    };
    let policy = find("SELINUXTYPE");
    facts.put_some(&["configured"], find("SELINUX"), CONFIG);
    facts.put_some(&["configured_policy"], policy.clone(), CONFIG);
    policy
}

fn of_kernel(host: &Host, folder: &str, policy: Option<String>, facts: &mut Scope) {
    let path = format!("{folder}/enforce");
    match host.word(&path) {
        Ok(text) => facts.put(&["mode"], if text == "0" { "permissive" } else { "enforcing" }, &path),
        Err(error) => facts.unread(&["mode"], &error),
    }
    // The kernel does not know a policy's name; sestatus(8) takes it from the same file.
    facts.put_some(&["policy"], policy, CONFIG);
    let switches = format!("{folder}/booleans");
    match host.list(&switches) {
        Ok(entries) => {
            for entry in entries.iter().take(CAP) {
                let path = format!("{switches}/{}", entry.name);
                match host.word(&path) {
                    // What is in force, and what will be.
                    Ok(text) => facts.put(&["booleans", &entry.name], text.starts_with('1'), &path),
                    Err(error) => facts.unread(&["booleans", &entry.name], &error),
                }
            }
        }
        Err(error) => facts.unread(&["booleans"], &error),
    }
}

fn of_status(text: &str, source: &str, facts: &mut Scope) {
    let mut switches = false;
    for line in text.lines() {
        if line.trim() == "Policy booleans:" {
            switches = true;
        } else if let Some((label, value)) = line.split_once(':').filter(|_| !switches) {
            let value = value.trim();
            match label {
                "SELinux status" if value == "disabled" => facts.put(&["mode"], value, source),
                "Current mode" => facts.put(&["mode"], value, source),
                "Loaded policy name" | "Policy from config file" => facts.put(&["policy"], value, source),
                "Mode from config file" => facts.put(&["configured"], value, source),
                _ => {}
            }
        } else if let [name, value @ ("on" | "off")] = line.split_whitespace().collect::<Vec<_>>()[..]
            && switches
        {
            facts.put(&["booleans", name], value == "on", source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn the_kernel_tells_what_it_enforces() {
        let facts = Root::new(&[
            ("/sys/fs/selinux/enforce", "1"),
            ("/sys/fs/selinux/booleans/httpd_can_network_connect", "1 1"),
            ("/sys/fs/selinux/booleans/ftpd_full_access", "0 0"),
            (CONFIG, "# SELINUX= can take\nSELINUX=permissive\n# x\nSELINUXTYPE=targeted\n"),
        ])
        .probe(read);
        let expected = [
            "os.security.selinux.booleans.ftpd_full_access = false",
            "os.security.selinux.booleans.httpd_can_network_connect = true",
            "os.security.selinux.configured = permissive",
            "os.security.selinux.configured_policy = targeted",
            "os.security.selinux.mode = enforcing",
            "os.security.selinux.policy = targeted",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn a_kernel_without_its_file_system_has_it_disabled() {
        let facts = Root::new(&[(FILESYSTEMS, "nodev\tsysfs\n\text4\n")]).probe(read);
        assert_eq!(written(&facts), ["os.security.selinux.mode = disabled"]);
        let facts = Root::new(&[(FILESYSTEMS, "nodev\tsysfs\nnodev\tselinuxfs\n")]).probe(read);
        assert_eq!(written(&facts), [""; 0]);
        assert_eq!(facts.problems().len(), 3);
    }

    #[test]
    fn without_the_kernel_only_the_configuration_is_known() {
        let facts = Root::new(&[(CONFIG, "SELINUX=enforcing\nSELINUXTYPE=mls\n")]).probe(read);
        let expected = ["os.security.selinux.configured = enforcing", "os.security.selinux.configured_policy = mls"];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().iter().any(|(path, _)| path.to_string() == "os.security.selinux.mode"));
    }
}
