//! Who the machine is: names, ids and keys that are expected to differ. Two machines that share one are a finding.

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
    serials(host, facts);
    host_keys(host, facts);
}

/// `identity.serials.<of what>`: the numbers of the maker, of the board and the chassis, that only root may read.
fn serials(host: &Host, facts: &mut Facts) {
    const FILES: [(&str, &str); 6] = [
        ("product", "/sys/class/dmi/id/product_serial"),
        ("product_uuid", "/sys/class/dmi/id/product_uuid"),
        ("board", "/sys/class/dmi/id/board_serial"),
        ("chassis", "/sys/class/dmi/id/chassis_serial"),
        ("chassis_asset_tag", "/sys/class/dmi/id/chassis_asset_tag"),
        ("device_tree", "/sys/firmware/devicetree/base/serial-number"),
    ];
    for (key, path) in FILES {
        match host.word(path) {
            Ok(serial) if is_filler(&serial) => {}
            Ok(serial) => facts.put(&["identity", "serials", key], serial, path),
            Err(error) => facts.unread(&["identity", "serials", key], &error),
        }
    }
}

/// What makers leave where nobody filled in a number: equal on all their machines, it would look like a clone.
fn is_filler(serial: &str) -> bool {
    let small = serial.to_lowercase();
    let words =
        ["o.e.m.", "default string", "not specified", "not available", "not applicable", "system serial", "none"];
    small.len() < 3
        || matches!(&*small, "n/a" | "unknown" | "empty" | "invalid" | "0123456789" | "123456789" | "1234567890")
        || words.iter().any(|word| small.contains(word))
        || ["serial number", "asset tag", "asset-", "no asset"].iter().any(|word| small.contains(word))
        || small.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'.' | b' ' | b'x'))
        || small.bytes().all(|byte| matches!(byte, b'f' | b'-'))
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
    } else if let Some(domain) = host.text(HOSTS).ok().and_then(|text| domain(&text, &name)) {
        facts.put(&["identity", "domain"], domain, HOSTS);
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
    fn numbers_that_nobody_filled_in_are_none() {
        let (_dir, host) = root(&[
            ("/sys/class/dmi/id/product_serial", "To Be Filled By O.E.M.\n"),
            ("/sys/class/dmi/id/board_serial", ".ABC1234.CN0123456789.\n"),
            ("/sys/class/dmi/id/chassis_serial", "00000000\n"),
            ("/sys/class/dmi/id/product_uuid", "ec2b1f2a-0000-4000-8000-0123456789ab\n"),
            ("/sys/class/dmi/id/chassis_asset_tag", "No Asset Tag\n"),
            ("/run/cloud-init/.instance-id", "i-0123456789abcdef0\n"),
            ("/var/lib/cloud/data/instance-id", "i-older\n"),
        ]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        let expected = [
            "identity.cloud_instance_id = i-0123456789abcdef0",
            "identity.serials.board = .ABC1234.CN0123456789.",
            "identity.serials.product_uuid = ec2b1f2a-0000-4000-8000-0123456789ab",
        ];
        assert_eq!(written(&facts), expected);
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
