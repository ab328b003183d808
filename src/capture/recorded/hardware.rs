//! lscpu(1), free(1), lsmem(1), dmidecode(8), blockdev(8), lsblk(8), lspci(8) and lsusb(8), as they print with `LC_ALL=C`.

use super::{Gaps, first, labelled};
use crate::capture::hardware::{cpu_list, machine, storage};
use crate::capture::settings::squeeze;
use crate::host::{Host, Output};
use crate::model::Value;
use std::collections::BTreeMap;

/// lscpu's labels and our facts. Newer versions indent some.
const PROCESSOR: [(&str, &str); 15] = [
    ("Architecture", "architecture"),
    ("CPU(s)", "logical_count"),
    ("On-line CPU(s) list", "online"),
    ("Off-line CPU(s) list", "offline"),
    ("Vendor ID", "vendor"),
    ("Model name", "model"),
    ("CPU family", "family"),
    ("Model", "model_number"),
    ("Stepping", "stepping"),
    ("Thread(s) per core", "threads_per_core"),
    ("Core(s) per socket", "cores_per_socket"),
    ("Socket(s)", "sockets"),
    ("Socket(s) per book", "sockets_per_book"),
    ("Book(s) per drawer", "books_per_drawer"),
    ("Drawer(s)", "drawers"),
];

/// What lscpu says of the processors and of what they run on.
pub(super) fn processors(host: &Host, gaps: &mut Gaps) {
    let Some(Output { text, source }) = first(host, &["lscpu"]) else { return };
    let cpu = ["hardware", "cpu"];
    for (label, value) in labelled(&text).filter(|(_, value)| !value.is_empty() && *value != "-") {
        if let Some((_, key)) = PROCESSOR.iter().find(|(known, _)| *known == label) {
            // A machine with unlike cores has a group of lines for each kind; the first has the label alone.
            let value = match *key {
                "online" | "offline" => cpu_list(value).into(),
                _ => number_or_text(value),
            };
            gaps.put(&[cpu[0], cpu[1], key], value, &source);
        } else if label == "Flags" {
            gaps.put(&[cpu[0], cpu[1], "flags"], Value::set(value.split_whitespace()), &source);
        } else if let Some(name) = label.strip_prefix("Vulnerability ") {
            // lscpu leaves out the colon behind the first word.
            let name = name.to_lowercase().replace(' ', "_");
            let state = value.replacen("Mitigation; ", "Mitigation: ", 1);
            gaps.put(&[cpu[0], cpu[1], "vulnerabilities", &name], state, &source);
        } else if let Some(cache) = label.strip_suffix(" cache") {
            self::cache(&cache.to_lowercase(), value, &source, gaps);
        } else if label == "Virtualization type" {
            gaps.put(&["hardware", "virtualization", "kind"], value.to_lowercase(), &source);
        } else if label == "Hypervisor vendor" {
            gaps.put(&["hardware", "virtualization", "hypervisor"], value.to_lowercase(), &source);
        }
    }
}

/// `64 KiB (2 instances)`: all of them together since util-linux 2.34, while `32K` of older ones is the size of one. A
/// size that was rounded is none.
fn cache(name: &str, value: &str, source: &str, gaps: &mut Gaps) {
    let (size, rest) = value.split_once(" (").unwrap_or((value, ""));
    let (key, size) = if size.contains("iB") { ("total_bytes", size) } else { ("size_bytes", size) };
    let instances = rest.split(' ').next().and_then(|count| count.parse::<u64>().ok());
    let at = |key| ["hardware", "cpu", "cache", name, key];
    gaps.put_some(&at(key), bytes(size), source);
    gaps.put_some(&at("instances"), instances, source);
}

/// What lscpu says of NUMA nodes.
pub(super) fn nodes(host: &Host, gaps: &mut Gaps) {
    let Some(Output { text, source }) = first(host, &["lscpu"]) else { return };
    for (label, value) in labelled(&text) {
        let Some(rest) = label.strip_prefix("NUMA node") else { continue };
        if rest == "(s)" {
            gaps.put_some(&["hardware", "numa", "node_count"], value.parse::<u64>().ok(), &source);
        } else if let Some(node) = rest.strip_suffix(" CPU(s)").filter(|node| node.parse::<u32>().is_ok()) {
            gaps.put(&["hardware", "numa", "nodes", node, "cpus"], cpu_list(value), &source);
        }
    }
}

/// What free says of memory and swap, in KiB; what lsmem says of blocks.
pub(super) fn memory(host: &Host, gaps: &mut Gaps) {
    if let Some(Output { text, source }) = first(host, &["free", "free -k"]) {
        for (label, key) in [("Mem", "total_bytes"), ("Swap", "swap_total_bytes")] {
            let line = labelled(&text).find(|(found, _)| *found == label);
            let total = line.and_then(|(_, values)| values.split_whitespace().next()?.parse::<u64>().ok());
            gaps.put_some(&["hardware", "memory", key], total.and_then(|kib| kib.checked_mul(1024)), &source);
        }
    }
    const LSMEM: [&str; 2] = ["lsmem -a -o RANGE,SIZE,STATE,REMOVABLE,ZONES,NODE,BLOCK", "lsmem"];
    let Some(Output { text, source }) = first(host, &LSMEM) else { return };
    let (mut online, mut offline, mut is_any) = (0_u64, 0_u64, false);
    for line in text.lines().filter(|line| line.starts_with("0x")) {
        let mut words = line.split_whitespace();
        let range = words.next().and_then(|range| range.split_once('-'));
        let number = |hex: &str| u64::from_str_radix(hex.trim_start_matches("0x"), 16).ok();
        let Some((from, to)) = range.and_then(|(from, to)| number(from).zip(number(to))) else { continue };
        let size = to.saturating_sub(from).saturating_add(1);
        let sum = if words.nth(1) == Some("online") { &mut online } else { &mut offline };
        *sum = sum.saturating_add(size);
        is_any = true;
    }
    gaps.put_some(&["hardware", "memory", "online_bytes"], is_any.then_some(online), &source);
    gaps.put_some(&["hardware", "memory", "offline_bytes"], is_any.then_some(offline), &source);
}

/// Structures of dmidecode: the number of their type, and their lines.
fn structures(text: &str) -> impl Iterator<Item = (u8, &str)> {
    text.split("\n\n").filter_map(|block| {
        let head = block.lines().find(|line| line.starts_with("Handle "))?;
        let kind = head.split_once("DMI type ")?.1.split(',').next()?;
        Some((kind.parse().ok()?, block))
    })
}

/// A value that its maker filled in.
fn field<'a>(structure: &'a str, label: &str) -> Option<&'a str> {
    let value = labelled(structure).find(|(found, _)| *found == label)?.1;
    (!["", "Not Specified", "Unknown", "None"].contains(&value)).then_some(value)
}

/// By type of the structure (DSP0134): its labels and our facts.
const FIELDS: [(u8, &str, [&str; 3]); 17] = [
    (0, "Vendor", ["hardware", "firmware", "vendor"]),
    (0, "Version", ["hardware", "firmware", "version"]),
    (0, "Release Date", ["hardware", "firmware", "date"]),
    (0, "BIOS Revision", ["hardware", "firmware", "release"]),
    (1, "Manufacturer", ["hardware", "product", "vendor"]),
    (1, "Product Name", ["hardware", "product", "name"]),
    (1, "Version", ["hardware", "product", "version"]),
    (1, "Family", ["hardware", "product", "family"]),
    (1, "SKU Number", ["hardware", "product", "sku"]),
    (2, "Product Name", ["hardware", "product", "board"]),
    (2, "Manufacturer", ["hardware", "product", "board_vendor"]),
    (2, "Version", ["hardware", "product", "board_version"]),
    (1, "Serial Number", ["identity", "serials", "product"]),
    (1, "UUID", ["identity", "serials", "product_uuid"]),
    (2, "Serial Number", ["identity", "serials", "board"]),
    (3, "Serial Number", ["identity", "serials", "chassis"]),
    (3, "Asset Tag", ["identity", "serials", "chassis_asset_tag"]),
];

/// What dmidecode says of the maker.
pub(super) fn machine(host: &Host, gaps: &mut Gaps) {
    let Some(Output { text, source }) = first(host, &["dmidecode"]) else { return };
    for (kind, structure) in structures(&text).filter(|(kind, _)| *kind <= 3) {
        for (_, label, keys) in FIELDS.iter().filter(|(of, ..)| *of == kind) {
            let value = field(structure, label).map(squeeze);
            let value = if keys[0] == "identity" { value.and_then(|text| machine::serial(&text)) } else { value };
            gaps.put_some(keys, value, &source);
        }
    }
}

/// What dmidecode says of memory modules.
pub(super) fn modules(host: &Host, gaps: &mut Gaps) {
    let base = ["hardware", "memory", "modules"];
    if gaps.has(&["hardware", "memory", "slots"]) {
        return;
    }
    let Some(Output { text, source }) = first(host, &["dmidecode"]) else { return };
    let mut slots = 0_u64;
    for (_, structure) in structures(&text).filter(|(kind, _)| *kind == 17) {
        slots += 1;
        let Some(size) = field(structure, "Size").and_then(bytes) else { continue };
        let Some(name) = field(structure, "Locator") else { continue };
        gaps.put(&[base[0], base[1], base[2], name, "size_bytes"], size, &source);
        let texts = [
            ("Type", "type"),
            ("Speed", "speed"),
            ("Configured Memory Speed", "configured_speed"),
            ("Manufacturer", "manufacturer"),
            ("Part Number", "part_number"),
        ];
        for (label, key) in texts {
            let value = field(structure, label).filter(|value| *value != "Other");
            gaps.put_some(&[base[0], base[1], base[2], name, key], value, &source);
        }
        let serial = field(structure, "Serial Number").and_then(machine::serial);
        gaps.put_some(&["identity", "serials", "memory_modules", name], serial, &source);
    }
    gaps.put_some(&["hardware", "memory", "slots"], (slots > 0).then_some(slots), &source);
}

/// Disks as lsblk tells them in pairs, their sizes in bytes by blockdev.
pub(super) fn disks(host: &Host, gaps: &mut Gaps) {
    let Some(Output { text, source }) = first(host, &["lsblk -O -P"]) else { return };
    let report = first(host, &["blockdev --report"]);
    for line in text.lines().take(4096) {
        let pairs = pairs(line);
        let get = |key: &str| pairs.get(key).map(String::as_str).filter(|value| !value.is_empty());
        let Some(name) = get("NAME") else { continue };
        let kernel = get("KNAME").unwrap_or(name);
        let mapped = kernel.starts_with("dm-").then(|| storage::without_ids(name));
        if get("TYPE") != Some("disk") && mapped.is_none() {
            continue;
        }
        let model = get("MODEL").map(squeeze);
        let key = model.as_deref().or(mapped.as_deref()).unwrap_or(name);
        let at = |fact| ["hardware", "storage", key, fact];
        // Equal disks are one entry: what the probe says of it is said of all.
        if gaps.has(&at("size_bytes")) {
            continue;
        }
        let number = |key: &str| get(key).and_then(|value| value.parse::<u64>().ok());
        gaps.put_some(&at("model"), model.as_deref(), &source);
        gaps.put_some(&at("vendor"), get("VENDOR").filter(|vendor| !vendor.starts_with("0x")), &source);
        gaps.put_some(&at("firmware"), get("REV"), &source);
        gaps.put_some(&at("rotational"), number("ROTA").map(|rotational| rotational != 0), &source);
        gaps.put_some(&at("scheduler"), get("SCHED"), &source);
        gaps.put_some(&at("read_ahead_bytes"), number("RA").and_then(|kib| kib.checked_mul(1024)), &source);
        gaps.put_some(&at("queued_requests"), number("RQ-SIZE"), &source);
        gaps.put_some(&at("logical_block_bytes"), number("LOG-SEC"), &source);
        gaps.put_some(&at("physical_block_bytes"), number("PHY-SEC"), &source);
        if let Some(Output { text, source }) = &report {
            let line = text.lines().find(|line| line.ends_with(&format!(" /dev/{kernel}")));
            let size = line.and_then(|line| line.split_whitespace().nth(5)?.parse::<u64>().ok());
            gaps.put_some(&at("size_bytes"), size, source);
        }
    }
}

/// `NAME="sda" MODEL="a b"`; quotes in a value are escaped as `\x22`.
fn pairs(line: &str) -> BTreeMap<&str, String> {
    let mut pairs = BTreeMap::new();
    let mut rest = line;
    while let Some((key, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { break };
        pairs.insert(key.trim(), value.replace("\\x22", "\"").replace("\\x20", " "));
        rest = after;
    }
    pairs
}

/// Cards by the numbers that lspci writes with `-nn`, USB devices by those of lsusb.
pub(super) fn devices(host: &Host, gaps: &mut Gaps) {
    let mut found: BTreeMap<(&str, String), (u64, Option<String>, String)> = BTreeMap::new();
    if let Some(Output { text, source }) = first(host, &["lspci -nnvv", "lspci -nnv", "lspci -nn"]) {
        // 00:02.0 VGA compatible controller [0300]: Red Hat, Inc. QXL graphic card [1b36:0100] (rev 04)
        for line in text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_hexdigit())) {
            let Some((_, what)) = line.split_once("]: ") else { continue };
            let Some((name, id)) = what.rsplit_once(" [").and_then(|(n, rest)| Some((n, rest.split_once(']')?.0)))
            else {
                continue;
            };
            let entry = found.entry(("pci", id.to_owned())).or_insert((0, Some(name.to_owned()), source.clone()));
            entry.0 += 1;
        }
    }
    if let Some(Output { text, source }) = first(host, &["lsusb"]) {
        // Bus 001 Device 001: ID 1d6b:0001 Linux Foundation 1.1 root hub
        for (id, name) in text.lines().filter_map(|line| line.split_once(": ID ")?.1.split_once(' ')) {
            let entry = found.entry(("usb", id.to_owned())).or_insert((0, Some(name.to_owned()), source.clone()));
            entry.0 += 1;
        }
    }
    for ((bus, id), (count, name, source)) in found {
        gaps.put(&["hardware", "bus", bus, &id, "count"], count, &source);
        gaps.put_some(&["hardware", "bus", bus, &id, "name"], name.filter(|name| !name.is_empty()), &source);
    }
}

/// `2048 MB` of dmidecode, `8 MiB` of lscpu and `32K` of its forebears, all powers of two; `5.5 MiB` was rounded.
fn bytes(size: &str) -> Option<u64> {
    let at = size.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = size.split_at_checked(at)?;
    let shift = match unit.trim() {
        "K" | "kB" | "KiB" => 10,
        "M" | "MB" | "MiB" => 20,
        "G" | "GB" | "GiB" => 30,
        "TB" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn number_or_text(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}
