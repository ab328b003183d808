//! How much of what is known of real machines' dumps is read right, by folder:
//! `cargo test --lib fixtures -- --nocapture` prints the share of each, and every miss with its reason.
#![allow(clippy::disallowed_methods, reason = "a test unpacks its dumps and reads what is expected of them")]

use super::lscpu_test::{expected, plain};
use crate::base::tally::{Tally, fixtures};
use crate::capture::Facts;
use crate::capture::sample::Root;
use crate::host::Host;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What probes find in a dump. Some archives have a folder at their top, some have none.
fn unpacked(archive: &Path, probes: &[fn(&Host, &mut Facts)]) -> Facts {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let status = Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(dir.path()).status().expect("tar runs");
    assert!(status.success(), "{}", archive.display());
    let mut top = dir.path().to_owned();
    if !top.join("sys").exists() {
        top = std::fs::read_dir(&top).expect("a folder").next().expect("a top").expect("an entry").path();
    }
    let host = Host::root(top.to_str().expect("UTF-8")).expect("opens");
    let mut facts = Facts::new();
    probes.iter().for_each(|probe| probe(&host, &mut facts));
    facts
}

fn said(facts: &Facts, path: &str) -> String {
    facts.get(path).map(plain).unwrap_or_default()
}

fn number(facts: &Facts, path: &str) -> usize {
    said(facts, path).parse().unwrap_or(0)
}

/// The files of a folder whose names begin so, sorted.
fn files(folder: &Path, start: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_file()).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let read = |path: &PathBuf| String::from_utf8_lossy(&std::fs::read(path).expect("readable")).into_owned();
    paths.iter().map(|path| (name(path), read(path))).filter(|(name, _)| name.starts_with(start)).collect()
}

fn of_cpuinfo(text: &str) -> Facts {
    Root::new(&[("/proc/cpuinfo", text)]).probe(super::cpu::probe)
}

#[test]
fn fixtures_with_sysfs_alone_or_in_part_are_counted_as_lstopo_counts_them() {
    let Some(folder) = fixtures("cpu") else { return };
    let truth = std::fs::read_to_string(folder.join("truth.tsv")).expect("readable");
    let mut rows = truth.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = rows.next().expect("a head");
    let columns = [
        ("lstopo_packages", "sockets"),
        ("lstopo_pus", "logical_count"),
        ("lstopo_L1d", "cache.l1d.instances"),
        ("lstopo_L2", "cache.l2.instances"),
        ("lstopo_L3", "cache.l3.instances"),
    ];
    for group in ["ghw", "nri"] {
        let mut tally = Tally::new(format!("cpu/{group} by lstopo"));
        for row in rows.clone().filter(|row| row[0].starts_with(&format!("{group}/"))) {
            let archive = ["tar.gz", "tar.xz"].map(|end| folder.join(format!("{}.{end}", row[0])));
            let archive = archive.iter().find(|path| path.exists()).expect("an archive");
            let facts = unpacked(archive, &[super::cpu::probe, super::numa::probe]);
            let known = |column: &str| row[head.iter().position(|name| *name == column).expect("a column")];
            for (column, key) in columns {
                let actual = number(&facts, &format!("hardware.cpu.{key}")).to_string();
                // lstopo does not read the caches that s390 lists in cpuinfo alone; lscpu does, and finds one.
                let known = if (row[0], key) == ("ghw/s390x", "cache.l3.instances") { "1" } else { known(column) };
                tally.check(format_args!("{} {key}", row[0]), &actual, known);
            }
            let cores = number(&facts, "hardware.cpu.sockets") * number(&facts, "hardware.cpu.cores_per_socket");
            tally.check(format_args!("{} cores", row[0]), cores.to_string(), known("lstopo_cores"));
            // A dump without nodes has one for lstopo.
            let nodes = number(&facts, "hardware.numa.node_count").max(1).to_string();
            tally.check(format_args!("{} nodes", row[0]), &nodes, known("lstopo_numanodes"));
        }
        tally.finish();
    }
}

#[test]
fn fixtures_of_old_lscpu_are_counted_as_it_counted_them() {
    let Some(folder) = fixtures("cpu/util-linux-2.20") else { return };
    let mut tally = Tally::new("cpu/util-linux-2.20 by lscpu 2.20");
    for (name, text) in files(&folder.join("expected"), "") {
        let dump = name.trim_start_matches("lscpu-");
        let archive = folder.join(format!("{dump}.tar.gz"));
        let facts = unpacked(&archive, &[super::cpu::probe]);
        // The size of a cache stood for one of them.
        for (key, known) in expected(&text).into_iter().filter(|(key, _)| !key.ends_with(".instances")) {
            let key = key.replace(".total_bytes", ".size_bytes");
            tally.check(format_args!("{dump} {key}"), said(&facts, &format!("hardware.cpu.{key}")), known);
        }
    }
    tally.finish();
}

#[test]
fn fixtures_of_ansible_are_read_right_from_cpuinfo_alone() {
    let Some(folder) = fixtures("cpu/cpuinfo/ansible") else { return };
    let truth = std::fs::read_to_string(folder.join("expected.json")).expect("readable");
    let truth: serde_json::Value = serde_json::from_str(&truth).expect("JSON");
    let mut tally = Tally::new("cpu/cpuinfo/ansible");
    for (name, text) in files(&folder, "") {
        // Some cases are not called by their file: they are of one architecture and have so many processors.
        let fits = |case: &&serde_json::Value| {
            let start = case["architecture"].as_str().unwrap_or_default().trim_end_matches("64");
            let count = case["expected_result"]["processor_vcpus"].to_string();
            name.starts_with(start)
                && name.contains(&format!("-{count}"))
                && case["nproc_out"] == case["expected_result"]["processor_nproc"]
        };
        let unnamed = || {
            let cases = truth.as_object().expect("an object").iter().filter(|(key, _)| key.starts_with("set("));
            cases.map(|(_, case)| case).find(fits)
        };
        let Some(known) = truth.get(&name).or_else(unnamed).map(|case| &case["expected_result"]) else { continue };
        let facts = of_cpuinfo(&text);
        let cpu = |key: &str| said(&facts, &format!("hardware.cpu.{key}"));
        tally.check(format_args!("{name} processors"), cpu("logical_count"), known["processor_vcpus"].to_string());
        let mut described = known["processor"].as_array().expect("a list").iter().filter_map(|v| v.as_str());
        if let Some(flags) = known["flags"].as_array() {
            // On x86 Ansible reads where each processor sits too; elsewhere it guesses.
            tally.check(format_args!("{name} sockets"), cpu("sockets"), known["processor_count"].to_string());
            tally.check(format_args!("{name} cores"), cpu("cores_per_socket"), known["processor_cores"].to_string());
            let threads = known["processor_threads_per_core"].to_string();
            tally.check(format_args!("{name} threads"), cpu("threads_per_core"), &threads);
            let mut flags: Vec<&str> = flags.iter().filter_map(|flag| flag.as_str()).collect();
            flags.sort_unstable();
            tally.check(format_args!("{name} flags"), cpu("flags"), flags.join(", "));
        }
        // Arm's parts have names of their own here, where the kernel writes the architecture's.
        if let Some(last) = described.next_back().filter(|_| !name.starts_with("arm") && !name.starts_with("aarch")) {
            let ours = if last == "IBM/S390" { cpu("vendor") } else { cpu("model") };
            tally.check(format_args!("{name} model"), ours, last);
        }
    }
    tally.finish();
}

#[test]
fn fixtures_of_ohai_are_read_right_from_cpuinfo_alone() {
    let Some(folder) = fixtures("cpu/cpuinfo/ohai") else { return };
    let mut tally = Tally::new("cpu/cpuinfo/ohai by lscpu");
    for (name, text) in files(&folder, "cpuinfo-") {
        let host = name.trim_start_matches("cpuinfo-");
        let lscpu = std::fs::read_to_string(folder.join(format!("lscpu-{host}"))).expect("its pair");
        let facts = of_cpuinfo(&text);
        let known = expected(&lscpu);
        // What cpuinfo tells: neither processors that are switched off, nor caches, nor what the kernel mitigates.
        for key in ["online", "vendor", "model", "family", "stepping", "flags"] {
            // This one line was cut off where a terminal ended.
            if (host, key) == ("x86-host-vuln.output", "flags") {
                continue;
            }
            if let Some(known) = known.get(key).filter(|known| !known.is_empty()) {
                tally.check(format_args!("{host} {key}"), said(&facts, &format!("hardware.cpu.{key}")), known);
            }
        }
        if host.starts_with("x86") {
            for key in ["model_number", "sockets", "cores_per_socket", "threads_per_core"] {
                tally.check(format_args!("{host} {key}"), said(&facts, &format!("hardware.cpu.{key}")), &known[key]);
            }
        }
    }
    let reason = "lscpu writes the variant alone, 0x3, where it writes r3p2 on others";
    tally.known_miss("aarch64-guest-kvm-rhel9.output stepping", reason);
    tally.finish();
}

#[test]
fn fixtures_of_telephones_name_their_processors() {
    let Some(folder) = fixtures("cpu/cpuinfo") else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let archive = folder.join("android-phones.tar.gz");
    let status = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(dir.path()).status().expect("tar runs");
    assert!(status.success());
    let mut tally = Tally::new("cpu/cpuinfo/android");
    for (name, text) in files(&dir.path().join("cpuinfo"), "") {
        let facts = of_cpuinfo(&text);
        let listed =
            text.lines().filter(|line| line.split(':').next().is_some_and(|key| key.trim_end() == "processor"));
        tally.check(
            format_args!("{name} processors"),
            said(&facts, "hardware.cpu.logical_count"),
            listed.count().to_string(),
        );
        let model = said(&facts, "hardware.cpu.model");
        let sane = !model.is_empty() && model.chars().all(|c| !c.is_control()) && model.len() < 200;
        tally.check(format_args!("{name} model {model:?}"), if sane { "sane" } else { "" }, "sane");
    }
    tally.finish();
}

#[test]
fn fixtures_of_memory_are_summed_as_lsmem_sums_them() {
    let Some(folder) = fixtures("memory") else { return };
    let facts = unpacked(&folder.join("lsmem-x86_64-16g.tar.bz2"), &[super::memory::probe]);
    let text = std::fs::read_to_string(folder.join("expected-lsmem-x86_64-16g")).expect("readable");
    let known = |label: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(label)).expect("a line").trim();
        let (digits, unit) = line.split_at(line.len() - 1);
        let shift = ["B", "K", "M", "G"].iter().position(|u| *u == unit).expect("a unit") * 10;
        (digits.parse::<u64>().expect("a number") << shift).to_string()
    };
    let mut tally = Tally::new("memory by lsmem");
    for (label, key) in [("Total online memory:", "online_bytes"), ("Total offline memory:", "offline_bytes")] {
        tally.check(key, said(&facts, &format!("hardware.memory.{key}")), known(label));
    }
    tally.finish();
}

#[test]
fn fixtures_of_a_server_tell_its_cards_and_its_memory_as_lstopo_tells_them() {
    let Some(folder) = fixtures("cpu/hwloc") else { return };
    let dump = "32em64t-2n8c+dax+nvme+mic+dimms";
    let facts = unpacked(
        &folder.join(format!("{dump}.tar.bz2")),
        &[super::bus::probe, super::machine::probe, super::memory_modules::probe],
    );
    let text = std::fs::read_to_string(folder.join(format!("{dump}.xml"))).expect("readable");
    let value = |line: &str, key: &str| {
        let (_, rest) = line.split_once(&format!("{key}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let mut tally = Tally::new("cpu/hwloc cards, memory modules and maker by lstopo");
    let mut cards: BTreeMap<String, usize> = BTreeMap::new();
    let mut slot = String::new();
    for line in text.lines() {
        if let Some(kind) = value(line, "pci_type") {
            *cards.entry(kind.split(['[', ']']).nth(1).expect("a number").to_owned()).or_default() += 1;
        }
        let (Some(name), Some(known)) = (value(line, "info name"), value(line, "value")) else { continue };
        let known = known.split_whitespace().collect::<Vec<_>>().join(" ");
        let module = |key: &str| said(&facts, &format!("hardware.memory.modules.{slot}.{key}"));
        let (what, ours) = match name.as_str() {
            "DeviceLocation" => {
                slot = known;
                continue;
            }
            "Size" if !slot.is_empty() => {
                (format!("{slot} size"), format!("{}KiB", module("size_bytes").parse().unwrap_or(0_u64) / 1024))
            }
            "Type" if !slot.is_empty() => (format!("{slot} type"), module("type")),
            "PartNumber" => (format!("{slot} part"), module("part_number")),
            "DMIProductName" => (name, said(&facts, "hardware.product.name")),
            "DMISysVendor" => (name, said(&facts, "hardware.product.vendor")),
            "DMIBoardName" => (name, said(&facts, "hardware.product.board")),
            "DMIBoardVersion" => (name, said(&facts, "hardware.product.board_version")),
            "DMIBIOSVendor" => (name, said(&facts, "hardware.firmware.vendor")),
            "DMIBIOSVersion" => (name, said(&facts, "hardware.firmware.version")),
            "DMIBIOSDate" => (name, said(&facts, "hardware.firmware.date")),
            _ => continue,
        };
        tally.check(&what, ours, known);
    }
    for (id, count) in cards {
        tally.check(&id, said(&facts, &format!("hardware.bus.pci.\"{id}\".count")), count.to_string());
    }
    tally.finish();
}

#[test]
fn fixtures_of_guests_name_their_hypervisor_as_lscpu_names_it() {
    let Some(folder) = fixtures("cpu") else { return };
    let mut tally = Tally::new("cpu/util-linux guests by lscpu");
    for (name, text) in files(&folder.join("lscpu-oracle"), "util-linux--").iter().filter(|(n, _)| n.ends_with(".txt"))
    {
        let dump = name.trim_start_matches("util-linux--").trim_end_matches(".txt");
        let archive = ["gz", "bz2"].map(|end| folder.join(format!("util-linux/{dump}.tar.{end}")));
        let facts = unpacked(archive.iter().find(|path| path.exists()).expect("an archive"), &[super::cpu::probe]);
        let known = |label: &str| text.lines().find_map(|line| Some(line.strip_prefix(label)?.trim().to_lowercase()));
        let ours = |key: &str| said(&facts, &format!("hardware.virtualization.{key}"));
        // A dump that is not a guest's does not hold enough to say that.
        tally.check(format_args!("{dump} kind"), ours("kind"), known("Virtualization type:").unwrap_or_default());
        let hypervisor = known("Hypervisor:").or_else(|| known("Hypervisor vendor:")).unwrap_or_default();
        let hypervisor = hypervisor.split(['/', ' ']).next().unwrap_or_default();
        let hypervisor = if hypervisor == "oracle" { "virtualbox" } else { hypervisor };
        let named = ours("hypervisor");
        tally.check(format_args!("{dump} hypervisor"), named.split('/').next().unwrap_or_default(), hypervisor);
    }
    tally.finish();
}

#[test]
fn fixtures_of_disks_are_read_as_lsblk_reads_them() {
    let Some(folder) = fixtures("block") else { return };
    let facts = unpacked(&folder.join("lsblk-simple-nvme.tar.xz"), &[super::storage::probe]);
    let mut tally = Tally::new("block by lsblk");
    let table = |name: &str| -> Vec<Vec<String>> {
        let text =
            std::fs::read_to_string(folder.join(format!("expected-lsblk-simple-nvme-{name}"))).expect("readable");
        let disks = text.lines().filter(|line| line.starts_with(['s', 'n']));
        disks.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    };
    for row in table("vendor") {
        // sda KINGSTON SH103S3 ATA BBF0; lsblk had no words for the maker and the firmware of NVMe disks.
        let end = if row[0].starts_with('n') { row.len() } else { row.len() - 2 };
        let model = row[1..end].join(" ");
        let fact = |key: &str| said(&facts, &format!("hardware.storage.\"{model}\".{key}"));
        tally.check(format_args!("{} model", row[0]), fact("model"), &model);
        if let Some([vendor, revision]) = row.get(end..).filter(|rest| rest.len() == 2) {
            tally.check(format_args!("{} vendor", row[0]), fact("vendor"), vendor);
            tally.check(format_args!("{} firmware", row[0]), fact("firmware"), revision);
        }
        let find = |name: &str| table(name).into_iter().find(|other| other[0] == row[0]).expect("in each table");
        let (state, topology, discard) = (find("state"), find("topo"), find("rw"));
        tally.check(format_args!("{} scheduler", row[0]), fact("scheduler"), &state[8]);
        let rotational = if state[6] == "1" { "Bool(true)" } else { "Bool(false)" };
        tally.check(format_args!("{} rotational", row[0]), fact("rotational"), rotational);
        let gibibytes = fact("size_bytes").parse::<f64>().unwrap_or(0.0) / f64::from(1 << 30);
        tally.check(format_args!("{} size", row[0]), format!("{gibibytes:.1}G"), &topology[1]);
        tally.check(format_args!("{} physical", row[0]), fact("physical_block_bytes"), &topology[5]);
        tally.check(format_args!("{} logical", row[0]), fact("logical_block_bytes"), &topology[6]);
        tally.check(format_args!("{} requests", row[0]), fact("queued_requests"), &topology[7]);
        let ahead = fact("read_ahead_bytes").parse::<u64>().unwrap_or(0) / 1024;
        tally.check(format_args!("{} read ahead", row[0]), ahead.to_string(), &discard[1]);
    }
    tally.finish();
}
