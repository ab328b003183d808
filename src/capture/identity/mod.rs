//! Who the machine is: names, ids and keys that are expected to differ. Two machines that share one are a finding.

mod storage;

use crate::capture::Facts;
use crate::capture::settings::drop_ins;
use crate::host::Host;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};

/// Reads the machine's names, ids and public host keys.
pub(super) fn probe(host: &Host, facts: &mut Facts) {
    names(host, facts);
    id(host, facts, "machine_id", &["/etc/machine-id", "/var/lib/dbus/machine-id"]);
    id(host, facts, "boot_id", &["/proc/sys/kernel/random/boot_id"]);
    id(host, facts, "cloud_instance_id", &["/run/cloud-init/.instance-id", "/var/lib/cloud/data/instance-id"]);
    host_keys(host, facts);
    storage::read(host, facts);
}

/// The host's name and the file that says it. On the running machine the kernel's word counts; another root's file is
/// nearer to the truth than a proc folder, which may be the dumping machine's.
pub(super) fn host_name(host: &Host) -> Option<(String, &'static str)> {
    const KERNEL: &str = "/proc/sys/kernel/hostname";
    const FILE: &str = "/etc/hostname";
    let order = if host.as_live().is_some() { [KERNEL, FILE] } else { [FILE, KERNEL] };
    order.into_iter().find_map(|path| {
        let text = host.text(path).ok()?;
        let name = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        Some((name.to_owned(), path))
    })
}

fn names(host: &Host, facts: &mut Facts) {
    const HOSTS: &str = "/etc/hosts";
    let Some((name, source)) = host_name(host) else {
        if let Err(error) = host.text("/etc/hostname") {
            facts.unread(&["identity", "host_name"], &error);
        }
        return;
    };
    facts.put(&["identity", "host_name"], name.as_str(), source);
    if let Some((_, domain)) = name.split_once('.') {
        facts.put(&["identity", "domain"], domain, source);
    } else {
        match host.text(HOSTS) {
            Ok(text) => facts.put_some(&["identity", "domain"], domain(&text, &name), HOSTS),
            Err(error) => facts.unread(&["identity", "domain"], &error),
        }
    }
}

/// The domain by which hosts(5) completes a name: hostname(1) finds it in the same way.
fn domain(hosts: &str, name: &str) -> Option<String> {
    hosts.lines().find_map(|line| {
        let names: Vec<&str> = line.split('#').next()?.split_whitespace().skip(1).collect();
        let full = names.iter().find_map(|n| n.strip_prefix(name)?.strip_prefix('.'))?;
        (!full.is_empty()).then(|| full.to_owned())
    })
}

/// An id of 128 bits. An image that was made to be copied holds none yet, or `uninitialized` (machine-id(5)): none.
fn id(host: &Host, facts: &mut Facts, key: &str, paths: &[&str]) {
    for path in paths {
        match host.word(path) {
            Ok(id) if id.is_empty() || id == "uninitialized" => {}
            Ok(id) => return facts.put(&["identity", key], id, path),
            Err(error) => facts.unread(&["identity", key], &error),
        }
    }
}

/// Fingerprints of the public host keys, in OpenSSH's form.
fn host_keys(host: &Host, facts: &mut Facts) {
    const FOLDER: &str = "/etc/ssh";
    let files = match drop_ins(host, FOLDER, "_key.pub") {
        Ok(files) => files,
        Err(error) => return facts.unread(&["identity", "ssh_host_keys"], &error),
    };
    for path in files {
        let name = path.rsplit('/').next().unwrap_or_default();
        let kind = name.strip_prefix("ssh_host_").and_then(|name| name.strip_suffix("_key.pub"));
        let Some(kind) = kind else { continue };
        match host.text(&path) {
            Ok(text) => {
                facts.put_some(&["identity", "ssh_host_keys", kind], fingerprint(&text), &path);
            }
            Err(error) => facts.unread(&["identity", "ssh_host_keys", kind], &error),
        }
    }
}

/// `SHA256:` and the digest of the key's blob in base64 without padding, as `ssh-keygen -l` prints it.
fn fingerprint(public_key: &str) -> Option<String> {
    let blob = STANDARD.decode(public_key.split_whitespace().nth(1)?).ok()?;
    Some(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn a_fingerprint_is_that_of_ssh_keygen() {
        // The key of github.com and the fingerprint that GitHub publishes for it.
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl github.com\n";
        let expected = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
        assert_eq!(fingerprint(key).as_deref(), Some(expected));
        assert_eq!(fingerprint("ssh-rsa not*base64"), None);
        assert_eq!(fingerprint(""), None);
    }

    #[test]
    fn the_running_boot_says_which_instance_it_is() {
        let (_dir, host) = root(&[
            ("/run/cloud-init/.instance-id", "i-0123456789abcdef0\n"),
            ("/var/lib/cloud/data/instance-id", "i-older\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        assert_eq!(written(&facts), ["identity.cloud_instance_id = i-0123456789abcdef0"]);
    }

    #[test]
    fn an_image_has_no_id_and_a_name_gets_its_domain_from_hosts() {
        let (_dir, host) = root(&[
            ("/etc/hostname", "# the name\nweb-1\n"),
            ("/etc/hosts", "192.0.2.7 web-1.example.net web-1\n"),
            ("/etc/machine-id", "uninitialized\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        assert_eq!(written(&facts), ["identity.domain = example.net", "identity.host_name = web-1"]);
        assert!(facts.problems().is_empty());
    }
}
