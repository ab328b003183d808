//! `hardware.storage`: disks and what is built of them, from `/sys/block`
//! (Documentation/ABI/stable/sysfs-block of the kernel).
//!
//! `sda` is whichever disk answered first, and another one after the next boot. A disk is therefore named by its model,
//! which is the same on every machine that is built alike; equal disks are one entry with a count, and what they do not
//! agree on is a list. A disk that has no model keeps the kernel's name: virtual disks (`vda`, `xvdb`) are numbered by
//! the hypervisor's configuration, arrays (`md0`) by the machine's own. A mapped device has a name that somebody chose.

use super::alike::{Alike, Kinds};
use crate::capture::Facts;
use crate::capture::settings::squeeze;
use crate::host::{EntryKind, Host};
use crate::model::{Problem, ProblemKind, Value};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const BLOCK: &str = "/sys/block";

/// Whatever the device's own block size is.
const SECTOR: u64 = 512;

/// More devices than a machine has; a node of a cluster may map some hundreds.
const MOST: usize = 4096;

/// Images, memory, and drives whose medium comes and goes: no storage of the machine's own.
const LEFT_OUT: [&str; 4] = ["loop", "ram", "sr", "fd"];

/// Reads all disks.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let entries = match host.list(BLOCK) {
        Ok(entries) => entries,
        Err(error) if error.is_missing() && host.as_live().is_none() => {
            return facts.not_collected(&["hardware", "storage"], "the root has no /sys/block");
        }
        Err(error) => return facts.unread(&["hardware", "storage"], &error),
    };
    if entries.len() > MOST {
        let problem = Problem::new(ProblemKind::TooLarge, format!("{BLOCK} has more than {MOST} devices"));
        facts.problem(&["hardware", "storage"], problem);
    }
    let named = recorded_names(host);
    let mut kinds = Kinds::new();
    let mut serials: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in entries.iter().take(MOST).filter(|entry| entry.kind != EntryKind::File && !is_left_out(&entry.name)) {
        let disk = Disk { host, folder: format!("{BLOCK}/{}", entry.name) };
        let sectors = disk.number("size");
        // Drivers make devices in advance: an nbd0 that is connected to nothing, an empty card reader. Paths beneath a
        // multipath NVMe disk are hidden.
        if sectors == Some(0) || disk.word("hidden").as_deref() == Some("1") {
            continue;
        }
        let model = disk.word("device/model").or_else(|| disk.word("device/name")).map(|model| squeeze(&model));
        let model = model.filter(|model| !model.is_empty());
        let name = disk.name(&entry.name, model.as_deref(), &named);
        if let Some(serial) = disk.serial() {
            serials.entry(name.clone()).or_default().push(serial);
        }
        let kind = kinds.entry(name).or_default();
        kind.count(&disk.folder);
        kind.say("model", model);
        kind.say("size_bytes", sectors.and_then(|sectors| sectors.checked_mul(SECTOR)));
        disk.tell(kind);
    }
    for (name, kind) in kinds {
        kind.put(&mut facts.at(&["hardware", "storage", &name]), BLOCK);
    }
    for (name, serials) in serials {
        facts.put(&["identity", "serials", "storage", &name], Value::set(serials), "/sys/block/*/serial");
    }
}

/// The names of mapped devices by the kernel's, as lsblk(8) told them when a support archive was made: its copy of /sys
/// leaves them out.
fn recorded_names(host: &Host) -> BTreeMap<String, String> {
    let Some(output) = host.recorded("lsblk -O -P") else { return BTreeMap::new() };
    let field = |line: &str, key: &str| {
        let (value, _) = line.split_once(&format!("{key}=\""))?.1.split_once('"')?;
        Some(value.to_owned())
    };
    let lines = output.text.lines().take(MOST);
    lines.filter_map(|line| field(line, " KNAME").zip(field(line, "NAME"))).collect()
}

/// Whether these are devices of a kind that is left out: `loop7`.
fn is_left_out(name: &str) -> bool {
    let numbered = |kind: &str| name.strip_prefix(kind).is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    LEFT_OUT.into_iter().any(numbered)
}

struct Disk<'a> {
    host: &'a Host,
    folder: String,
}

impl Disk<'_> {
    fn word(&self, file: &str) -> Option<String> {
        self.host.word(&format!("{}/{file}", self.folder)).ok().filter(|word| !word.is_empty())
    }

    fn number(&self, file: &str) -> Option<u64> {
        self.word(file)?.parse().ok()
    }

    fn name(&self, kernel: &str, model: Option<&str>, named: &BTreeMap<String, String>) -> String {
        let mapped = || self.word("dm/name").or_else(|| named.get(kernel).cloned()).map(|name| without_ids(&name));
        match model {
            Some(model) => model.to_owned(),
            None if kernel.starts_with("dm-") => mapped().unwrap_or_else(|| kernel.to_owned()),
            None => kernel.to_owned(),
        }
    }

    /// NVMe disks and virtual disks have theirs in a file.
    fn serial(&self) -> Option<String> {
        self.word("device/serial").or_else(|| self.word("serial")).and_then(|text| super::machine::serial(&text))
    }

    fn tell(&self, kind: &mut Alike) {
        // Documentation/ABI/testing/sysfs-block-dm and admin-guide/md.rst: what such a device is made by.
        let mapped = self.word("dm/uuid").and_then(|uuid| Some(uuid.split_once('-')?.0.to_lowercase()));
        kind.say("kind", mapped.or_else(|| self.word("md/level")));
        kind.say("vendor", self.word("device/vendor").filter(|vendor| !vendor.starts_with("0x")));
        kind.say("firmware", self.word("device/rev").or_else(|| self.word("device/firmware_rev")));
        kind.say("queue_depth", self.number("device/queue_depth").or_else(|| self.number("queue_depth")));
        kind.say("rotational", self.number("queue/rotational").map(|rotational| rotational != 0));
        kind.say("scheduler", self.word("queue/scheduler").map(|text| chosen(&text).to_owned()));
        kind.say("read_ahead_bytes", self.number("queue/read_ahead_kb").and_then(|kb| kb.checked_mul(1024)));
        // Before Linux 4.7 virtual disks alone told it.
        kind.say("write_cache", self.word("queue/write_cache").or_else(|| self.word("cache_type")));
        kind.say("queued_requests", self.number("queue/nr_requests"));
        kind.say("logical_block_bytes", self.number("queue/logical_block_size"));
        kind.say("discards", self.number("queue/discard_max_bytes").map(|most| most != 0));
        // While the array is made over, the number from before stands behind in brackets: `4 (3)`.
        let members = self.word("md/raid_disks").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        kind.say("array_members", members.filter(|members| *members != 0));
        // Levels that do not stripe have chunks of no bytes.
        kind.say("array_chunk_bytes", self.number("md/chunk_size").filter(|chunk| *chunk != 0));
        kind.say("physical_block_bytes", self.number("queue/physical_block_size"));
    }
}

/// The choice in brackets: `none [mq-deadline] kyber`; the whole text where there is none.
fn chosen(text: &str) -> &str {
    text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or(text, |(inner, _)| inner)
}

/// A mapped device's name without what identifies one disk of one machine: `luks-<uuid>`, a multipath device's long
/// number.
pub(in crate::capture) fn without_ids(name: &str) -> String {
    static IDS: OnceLock<Option<Regex>> = OnceLock::new();
    let ids = IDS.get_or_init(|| Regex::new(r"(?i)[0-9a-f]{8}(--?[0-9a-f]{4}){3}--?[0-9a-f]{12}|[0-9a-f]{16,}").ok());
    ids.as_ref().map_or_else(|| name.to_owned(), |ids| ids.replace_all(name, "*").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    fn disk(name: &str, files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(file, text)| (format!("{BLOCK}/{name}/{file}"), (*text).to_owned())).collect()
    }

    fn probed(files: &[Vec<(String, String)>]) -> Facts {
        let files: Vec<(&str, &str)> = files.iter().flatten().map(|(f, t)| (f.as_str(), t.as_str())).collect();
        let (_dir, host) = root(&files);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        facts
    }

    #[test]
    fn equal_disks_are_one_entry_whatever_the_kernel_calls_them() {
        let one =
            |serial| [("size", "468862128\n"), ("device/model", "KINGSTON  SKC\n"), ("device/serial", serial)].to_vec();
        let old = [("size", "156250000\n"), ("device/model", "WD800\n"), ("device/rev", "1E01\n")];
        let expected = [
            "hardware.storage.KINGSTON SKC.count = 2",
            "hardware.storage.KINGSTON SKC.model = KINGSTON SKC",
            "hardware.storage.KINGSTON SKC.size_bytes = 240057409536",
            "hardware.storage.WD800.count = 1",
            "hardware.storage.WD800.firmware = 1E01",
            "hardware.storage.WD800.model = WD800",
            "hardware.storage.WD800.size_bytes = 80000000000",
            "identity.serials.storage.KINGSTON SKC = [(\"S1\") (\"S2\")]",
        ];
        let expected = expected.map(|line| {
            line.replace("KINGSTON SKC.", "\"KINGSTON SKC\".").replace("KINGSTON SKC =", "\"KINGSTON SKC\" =")
        });
        let a = probed(&[disk("sda", &one("S1\n")), disk("sdb", &old), disk("sdc", &one("S2\n"))]);
        let b = probed(&[disk("sda", &old), disk("sdb", &one("S2\n")), disk("sdc", &one("S1\n"))]);
        assert_eq!(written(&a), expected);
        assert_eq!(written(&b), expected);
    }

    #[test]
    fn the_queue_of_a_virtual_disk_is_read_and_empty_devices_are_left_out() {
        let facts = probed(&[
            disk(
                "vda",
                &[
                    ("size", "536870912\n"),
                    ("queue/scheduler", "none [mq-deadline] kyber bfq \n"),
                    ("queue/read_ahead_kb", "128\n"),
                    ("queue/rotational", "1\n"),
                    ("queue/write_cache", "write back\n"),
                    ("queue/nr_requests", "256\n"),
                    ("queue/discard_max_bytes", "2199023255040\n"),
                    ("queue/logical_block_size", "512\n"),
                ],
            ),
            disk("zram0", &[("size", "0\n")]),
            disk(
                "md0",
                &[
                    ("size", "16\n"),
                    ("md/level", "raid10\n"),
                    ("md/raid_disks", "4 (3)\n"),
                    ("md/chunk_size", "524288\n"),
                ],
            ),
            disk("loop0", &[("size", "2048\n")]),
            disk("nvme0c0n1", &[("size", "2048\n"), ("hidden", "1\n")]),
            disk(
                "dm-0",
                &[
                    ("size", "8\n"),
                    ("dm/name", "luks-0a1b2c3d-1111-2222-3333-444455556666\n"),
                    ("dm/uuid", "CRYPT-LUKS2-0a1b\n"),
                ],
            ),
        ]);
        let expected = [
            "hardware.storage.\"luks-*\".count = 1",
            "hardware.storage.\"luks-*\".kind = crypt",
            "hardware.storage.\"luks-*\".size_bytes = 4096",
            "hardware.storage.md0.array_chunk_bytes = 524288",
            "hardware.storage.md0.array_members = 4",
            "hardware.storage.md0.count = 1",
            "hardware.storage.md0.kind = raid10",
            "hardware.storage.md0.size_bytes = 8192",
            "hardware.storage.vda.count = 1",
            "hardware.storage.vda.discards = true",
            "hardware.storage.vda.logical_block_bytes = 512",
            "hardware.storage.vda.queued_requests = 256",
            "hardware.storage.vda.read_ahead_bytes = 131072",
            "hardware.storage.vda.rotational = true",
            "hardware.storage.vda.scheduler = mq-deadline",
            "hardware.storage.vda.size_bytes = 274877906944",
            "hardware.storage.vda.write_cache = write back",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn a_root_without_sys_does_not_tell() {
        let (_dir, host) = root(&[("/etc/hostname", "a\n")]);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        assert_eq!((facts.values().len(), facts.problems().len()), (0, 1));
    }
}
