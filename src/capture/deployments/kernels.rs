//! `deployments.kernels_installed`: the kernels that a machine can be started with, and `deployments.reboot_required`:
//! whether it waits to be.

use crate::base::order::natural;
use crate::capture::Facts;
use crate::host::{EntryKind, Host};
use crate::model::Value;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Where distributions put modules, by the kernel's release.
const MODULES: [&str; 2] = ["/lib/modules", "/usr/lib/modules"];

/// What a kernel's folder of modules has while its package is installed; what is left behind has built modules alone.
const SIGNS: [&str; 4] = ["kernel", "vmlinuz", "modules.order", "modules.builtin"];

/// What the packages of Debian and Ubuntu leave when they want a new start.
const FLAGS: [&str; 2] = ["/run/reboot-required", "/var/run/reboot-required"];

/// Reads /boot and the folders of modules: Alpine, Arch and SUSE name images in /boot for the kind of kernel alone.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    const KEYS: [&str; 2] = ["deployments", "kernels_installed"];
    let mut kernels: BTreeSet<String> = BTreeSet::new();
    let mut source = None;
    match host.list("/boot") {
        Ok(entries) => {
            let releases = entries.iter().filter_map(|entry| release(&entry.name));
            kernels.extend(releases.map(str::to_owned));
            source = (!kernels.is_empty()).then(|| "/boot".to_owned());
        }
        Err(error) => facts.unread(&KEYS, &error),
    }
    for folder in MODULES {
        match host.list(folder) {
            Ok(entries) => {
                for entry in entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder) {
                    let has = |sign: &str| host.exists(&format!("{folder}/{}/{sign}", entry.name));
                    if is_release(&entry.name) && SIGNS.iter().any(|sign| has(sign)) {
                        source.get_or_insert_with(|| folder.to_owned());
                        kernels.insert(entry.name);
                    }
                }
            }
            Err(error) => facts.unread(&KEYS, &error),
        }
    }
    // A support archive has listings instead of what is large.
    for line in ["ls -lanR /boot", "ls -laZR /boot", "ls -lanRZ /boot", "ls -lanRL /boot"] {
        if let Some(said) = host.recorded(line) {
            kernels.extend(listed(&said.text));
            source.get_or_insert(said.source);
        }
    }
    kernels.retain(|release| !release.is_empty());
    if let Some(source) = source.filter(|_| !kernels.is_empty()) {
        facts.put(&KEYS, Value::set(kernels.iter().map(String::as_str)), &source);
    }
    reboot(host, &kernels, facts);
}

/// The release that an image in /boot is named for.
fn release(name: &str) -> Option<&str> {
    let heads = ["vmlinuz-", "vmlinux-", "Image-", "image-", "kernel-"];
    let release = heads.iter().find_map(|head| name.strip_prefix(head))?;
    (is_release(release) && !release.ends_with(".old") && !release.ends_with(".hmac")).then_some(release)
}

/// `6.1.0-25-amd64`, and not `linux`, `lts` or `0-rescue-...`.
fn is_release(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit()) && name.contains('.') && !name.contains("rescue")
}

/// The releases that the names of a listing of /boot tell; it may lack the images, which only root may see.
fn listed(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with(['-', 'l']));
    let names = lines.filter_map(|line| line.split(" -> ").next()?.split_whitespace().next_back());
    let releases = names.filter_map(|name| {
        let other = || {
            let heads = ["config-", "System.map-", "initramfs-", "initrd.img-", "initrd-", "symvers-"];
            let rest = heads.iter().find_map(|head| name.strip_prefix(head))?;
            let rest = rest.strip_suffix(".img").or_else(|| rest.strip_suffix(".gz")).unwrap_or(rest);
            let rest = rest.strip_suffix("kdump").unwrap_or(rest);
            is_release(rest).then_some(rest)
        };
        release(name).or_else(other).map(str::to_owned)
    });
    releases.collect()
}

/// A flag says so, or a newer kernel of the kind that runs is installed.
fn reboot(host: &Host, kernels: &BTreeSet<String>, facts: &mut Facts) {
    const KEYS: [&str; 2] = ["deployments", "reboot_required"];
    for flag in FLAGS {
        if host.exists(flag) {
            facts.put(&KEYS, true, flag);
            let list = format!("{flag}.pkgs");
            match host.text(&list) {
                Ok(text) => {
                    let packages = text.lines().map(str::trim).filter(|line| !line.is_empty());
                    facts.put(&["deployments", "reboot_required_by"], Value::set(packages), &list);
                }
                Err(error) => facts.unread(&["deployments", "reboot_required_by"], &error),
            }
            return;
        }
    }
    const RUNNING: &str = "/proc/sys/kernel/osrelease";
    let recorded = || {
        let said = host.recorded("uname -a")?;
        let release = said.text.split_whitespace().nth(2)?.to_owned();
        Some((release, said.source))
    };
    let running = host.word(RUNNING).ok().map(|release| (release, RUNNING.to_owned())).or_else(recorded);
    let Some((running, source)) = running else {
        if host.as_live().is_none() {
            facts.not_collected(&KEYS, "only a running machine can tell");
        }
        return;
    };
    let is_newer =
        |other: &&String| flavour(other) == flavour(&running) && natural(other, &running) == Ordering::Greater;
    facts.put(&KEYS, kernels.iter().any(|kernel| is_newer(&kernel)), &source);
}

/// The kind of kernel in a release: `-cloud-amd64`, `-generic`, `+rt`; none on Red Hat's.
fn flavour(release: &str) -> &str {
    let starts = release.char_indices().zip(release.chars().skip(1));
    let at = starts.into_iter().find(|((_, c), next)| *c == '+' || (*c == '-' && next.is_ascii_alphabetic()));
    at.map_or("", |((at, _), _)| release.get(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::tally::{Tally, fixtures};
    use crate::capture::sample::Root;

    fn installed(root: &Root) -> Option<Value> {
        root.probe(probe).get("deployments.kernels_installed").cloned()
    }

    #[test]
    fn each_distribution_names_its_kernels_in_its_own_way() {
        let debian = Root::new(&[
            ("/boot/vmlinuz-6.1.0-25-amd64", ""),
            ("/boot/vmlinuz-6.1.0-26-amd64", ""),
            ("/boot/vmlinuz-0-rescue-6c7d8d74", ""),
            ("/lib/modules/6.1.0-26-amd64/kernel/x.ko", ""),
            // What dkms(8) left of a kernel that is gone.
            ("/lib/modules/6.1.0-20-amd64/updates/x.ko", ""),
        ]);
        assert_eq!(installed(&debian), Some(Value::set(["6.1.0-25-amd64", "6.1.0-26-amd64"])));
        let alpine = Root::new(&[("/boot/vmlinuz-lts", ""), ("/lib/modules/6.6.4-0-lts/modules.order", "")]);
        assert_eq!(installed(&alpine), Some(Value::set(["6.6.4-0-lts"])));
        let arch = Root::new(&[("/boot/vmlinuz-linux", ""), ("/usr/lib/modules/6.7.1-arch1-1/vmlinuz", "")]);
        assert_eq!(installed(&arch), Some(Value::set(["6.7.1-arch1-1"])));
        assert_eq!(installed(&Root::new(&[("/boot/grub/x", "")])), None);
    }

    #[test]
    fn a_newer_kernel_of_the_same_kind_waits_for_a_reboot() {
        let waits = |running: &str, other: &str| {
            let root = Root::new(&[("/proc/sys/kernel/osrelease", running), (&format!("/boot/vmlinuz-{other}"), "")]);
            root.probe(probe).get("deployments.reboot_required").cloned()
        };
        assert_eq!(waits("6.1.0-9-amd64\n", "6.1.0-10-amd64"), Some(true.into()));
        assert_eq!(waits("6.1.0-10-amd64\n", "6.1.0-10-amd64"), Some(false.into()));
        assert_eq!(waits("6.1.0-10-amd64\n", "6.1.0-11-cloud-amd64"), Some(false.into()));
        assert_eq!(waits("5.14.0-70.el9.x86_64\n", "5.14.0-162.6.1.el9_1.x86_64"), Some(true.into()));
        let flagged =
            Root::new(&[("/run/reboot-required", ""), ("/run/reboot-required.pkgs", "libc6\nlinux-base\nlibc6\n")]);
        let facts = flagged.probe(probe);
        assert_eq!(facts.get("deployments.reboot_required"), Some(&true.into()));
        assert_eq!(facts.get("deployments.reboot_required_by"), Some(&Value::set(["libc6", "linux-base"])));
        let unknown = Root::new(&[("/boot/vmlinuz-6.1.0-10-amd64", "")]).probe(probe);
        assert!(unknown.problems().iter().all(|(_, problem)| problem.is_not_collected()));
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test reads its own fixture")]
    fn fixtures_of_listings_name_the_kernels() {
        let Some(folder) = fixtures("etc-samples/ls_boot") else { return };
        let mut tally = Tally::new("etc-samples/ls_boot");
        for name in ["LS_ALZR_BOOT", "LS_ALZR_BOOT_LINKS"] {
            let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).expect("readable");
            let root = Root::new(&[("/insights_commands/ls_-laZR_.boot", text)]);
            let found = installed(&root).map(|value| format!("{value:?}")).unwrap_or_default();
            tally.check(name, found, format!("{:?}", Value::set(["5.14.0-162.6.1.el9_1.aarch64"])));
        }
        tally.finish();
    }
}
