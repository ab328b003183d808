//! `hardware.memory.modules`: the memory modules by the slots that the maker printed beside them, from the tables of
//! the System Management BIOS (DSP0134, 7.18). The kernel shows those to root alone.

use super::cpu::CPUINFO;
use super::cpuinfo::CpuInfo;
use super::machine::serial;
use crate::capture::Facts;
use crate::capture::settings::squeeze;
use crate::host::{Host, ReadError};
use crate::model::{Problem, ProblemKind};
use smbioslib::{
    MemoryArrayErrorCorrection, MemoryArrayUse, MemoryDeviceType, MemorySize, MemorySizeExtended, MemorySpeed,
    MemorySpeedExtended, SMBiosData, SMBiosMemoryDevice, SMBiosPhysicalMemoryArray, SMBiosString,
};
use std::collections::BTreeMap;

const TABLES: &str = "/sys/firmware/dmi/tables/DMI";

/// A file for each structure, which the module `dmi-sysfs` makes; number 16 is a group of slots, 17 a memory device.
const ENTRIES: &str = "/sys/firmware/dmi/entries";

/// A folder for each memory controller that the kernel watches, readable to all; Documentation/ABI/testing/sysfs-devices-edac.
const CONTROLLERS: &str = "/sys/devices/system/edac/mc";

const CORRECTION: [&str; 3] = ["hardware", "memory", "error_correction"];

const KEYS: [&str; 3] = ["hardware", "memory", "modules"];

/// Reads the modules.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let is_known = watched(host, facts) || is_guest(host);
    match tables(host) {
        Ok(Some((bytes, source))) => put(bytes, &source, is_known, facts),
        Ok(None) if host.as_live().is_none() => facts.not_collected(&KEYS, "the root has no SMBIOS tables"),
        // A machine of another kind has none.
        Ok(None) => {}
        Err(error) => facts.unread(&KEYS, &error),
    }
}

/// How the kernel's driver of the memory controller says that errors are found and mended: `None`, `SECDED`, `S4ECD4ED`.
/// The driver is loaded only where the hardware corrects errors, or can tell that it does not.
fn watched(host: &Host, facts: &mut Facts) -> bool {
    let names = |folder: &str, beginnings: &[&str]| -> Vec<String> {
        let entries = host.list(folder).unwrap_or_default().into_iter();
        let is_one = |name: &String| {
            let number = beginnings.iter().find_map(|beginning| name.strip_prefix(beginning));
            number.is_some_and(|number| number.parse::<u32>().is_ok())
        };
        entries.map(|entry| entry.name).filter(is_one).take(CONTROLLERS_CAP).collect()
    };
    for controller in names(CONTROLLERS, &["mc"]) {
        let folder = format!("{CONTROLLERS}/{controller}");
        for part in names(&folder, &["dimm", "rank", "csrow"]) {
            let file = if part.starts_with("csrow") { "edac_mode" } else { "dimm_edac_mode" };
            let path = format!("{folder}/{part}/{file}");
            let Ok(mode) = host.word(&path) else { continue };
            let word = match mode.as_str() {
                "None" => "none",
                "PARITY" | "EC" => "parity",
                "SECDED" | "S2ECD2ED" | "S4ECD4ED" | "S8ECD8ED" | "S16ECD16ED" => "ecc",
                _ => continue,
            };
            facts.put(&CORRECTION, word, &path);
            return true;
        }
    }
    false
}

/// The most controllers of a machine, and parts of a controller.
const CONTROLLERS_CAP: usize = 64;

/// A virtual machine's tables say what its maker wrote, whatever is beneath.
fn is_guest(host: &Host) -> bool {
    let text = host.text(CPUINFO).unwrap_or_default();
    CpuInfo::parse(&text).flags().is_some_and(|flags| flags.contains(&"hypervisor"))
}

/// What the firmware says of the group of slots for the machine's memory.
fn correction(data: &SMBiosData) -> Option<&'static str> {
    let of_memory = |array: &SMBiosPhysicalMemoryArray<'_>| {
        array.usage().is_some_and(|usage| matches!(usage.value, MemoryArrayUse::SystemMemory))
    };
    let array = data.defined_struct_iter().find(of_memory)?;
    match array.memory_error_correction()?.value {
        MemoryArrayErrorCorrection::NoCorrection => Some("none"),
        MemoryArrayErrorCorrection::Parity | MemoryArrayErrorCorrection::Crc => Some("parity"),
        MemoryArrayErrorCorrection::SingleBitEcc | MemoryArrayErrorCorrection::MultiBitEcc => Some("ecc"),
        _ => None,
    }
}

/// The structures and where they were read; `None` where the machine has none.
fn tables(host: &Host) -> Result<Option<(Vec<u8>, String)>, ReadError> {
    match host.read(TABLES) {
        Err(error) if error.is_missing() => {}
        other => return other.map(|bytes| Some((bytes, TABLES.to_owned()))),
    }
    let mut all = Vec::new();
    let is_of_memory = |name: &str| name.starts_with("16-") || name.starts_with("17-");
    for entry in host.list(ENTRIES).unwrap_or_default().iter().filter(|entry| is_of_memory(&entry.name)) {
        all.extend(host.read(&format!("{ENTRIES}/{}/raw", entry.name))?);
    }
    Ok((!all.is_empty()).then(|| (all, format!("{ENTRIES}/17-*/raw"))))
}

/// What one module says of itself.
struct Module {
    locator: String,
    bank: String,
    size_bytes: Option<u64>,
    speed: Option<String>,
    configured_speed: Option<String>,
    kind: Option<String>,
    manufacturer: Option<String>,
    part_number: Option<String>,
    serial: Option<String>,
}

fn put(bytes: Vec<u8>, source: &str, is_corrected: bool, facts: &mut Facts) {
    let data = SMBiosData::from_vec_and_version(bytes, None);
    if !is_corrected {
        facts.put_some(&CORRECTION, correction(&data), source);
    }
    let mut slots = 0_usize;
    let mut modules = Vec::new();
    for device in data.defined_struct_iter::<SMBiosMemoryDevice<'_>>() {
        slots += 1;
        if !matches!(device.size(), Some(MemorySize::NotInstalled) | None) {
            modules.push(module(&device));
        }
    }
    if slots == 0 {
        let problem = Problem::new(ProblemKind::NotCollected, "the SMBIOS tables name no memory devices");
        return facts.problem(&KEYS, problem);
    }
    facts.put(&["hardware", "memory", "slots"], slots, source);
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for module in &modules {
        *names.entry(&module.locator).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for module in &modules {
        // Some makers give each bank a `DIMM 0`, and some every module the same name.
        let alone = names.get(module.locator.as_str()).is_none_or(|count| *count == 1);
        let name = if alone { module.locator.clone() } else { format!("{} {}", module.bank, module.locator) };
        let name = name.trim().to_owned();
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name} {count}") };
        let mut scope = facts.at(&[KEYS[0], KEYS[1], KEYS[2], &name]);
        scope.put_some(&["size_bytes"], module.size_bytes, source);
        scope.put_some(&["speed"], module.speed.as_deref(), source);
        scope.put_some(&["configured_speed"], module.configured_speed.as_deref(), source);
        scope.put_some(&["type"], module.kind.as_deref(), source);
        scope.put_some(&["manufacturer"], module.manufacturer.as_deref(), source);
        scope.put_some(&["part_number"], module.part_number.as_deref(), source);
        let serial = module.serial.as_deref();
        facts.put_some(&["identity", "serials", "memory_modules", &name], serial, source);
    }
}

fn module(device: &SMBiosMemoryDevice<'_>) -> Module {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    let size_bytes = match (device.size(), device.extended_size()) {
        (Some(MemorySize::Kilobytes(n)), _) => Some(u64::from(n) * KIB),
        (Some(MemorySize::Megabytes(n)), _) => Some(u64::from(n) * MIB),
        (Some(MemorySize::SeeExtendedSize), Some(MemorySizeExtended::Megabytes(n))) => Some(u64::from(n) * MIB),
        _ => None,
    };
    let kind = device.memory_type().and_then(|kind| match &kind.value {
        MemoryDeviceType::Other | MemoryDeviceType::Unknown => None,
        MemoryDeviceType::None => Some(format!("type {}", kind.raw)),
        MemoryDeviceType::ThreeDram => Some("3DRAM".to_owned()),
        MemoryDeviceType::Ddr2Fbdimm => Some("DDR2 FB-DIMM".to_owned()),
        MemoryDeviceType::LogicalNonVolatileDevice => Some("logical non-volatile device".to_owned()),
        known => Some(format!("{known:?}").to_uppercase()),
    });
    Module {
        locator: text(device.device_locator()).unwrap_or_default(),
        bank: text(device.bank_locator()).unwrap_or_default(),
        size_bytes,
        speed: speed(device.speed(), device.extended_speed()),
        configured_speed: speed(device.configured_memory_speed(), device.extended_configured_memory_speed()),
        kind,
        manufacturer: text(device.manufacturer()),
        part_number: text(device.part_number()),
        serial: text(device.serial_number()).and_then(|text| serial(&text)),
    }
}

fn text(string: SMBiosString) -> Option<String> {
    string.ok().map(|text| squeeze(&text)).filter(|text| !text.is_empty())
}

/// As dmidecode(8) writes it: `1600 MT/s`.
fn speed(word: Option<MemorySpeed>, extended: Option<MemorySpeedExtended>) -> Option<String> {
    let transfers = match (word?, extended) {
        (MemorySpeed::MTs(n), _) => u32::from(n),
        (MemorySpeed::SeeExtendedSpeed, Some(MemorySpeedExtended::MTs(n))) => n,
        _ => return None,
    };
    Some(format!("{transfers} MT/s"))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own root")]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;
    use proptest::prelude::*;

    /// A structure of type 17 in the form of SMBIOS 2.7: a module of so many megabytes, or an empty slot.
    fn device(locator: &str, bank: &str, megabytes: u16, extended: u32) -> Vec<u8> {
        let mut out = vec![17, 0x22, 0, 0x11, 0, 0x10, 0xfe, 0xff, 72, 0, 64, 0];
        out.extend(megabytes.to_le_bytes());
        // Form factor and set, the two locators' strings, type DDR4, its detail, speed, four strings, attributes.
        out.extend([9, 0, 1, 2, 0x1a, 0x80, 0, 0x80, 0x0c, 3, 4, 0, 5, 0]);
        out.extend(extended.to_le_bytes());
        out.extend(2933_u16.to_le_bytes());
        for text in [locator, bank, "00AD04B300AD", "48AAE639", "HMT351R7CFR8C-PB  "] {
            out.extend(text.bytes().chain([0]));
        }
        out.push(0);
        out
    }

    fn probed(table: &[u8]) -> Facts {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("sys/firmware/dmi/tables/DMI");
        std::fs::create_dir_all(file.parent().expect("has one")).expect("a folder");
        std::fs::write(file, table).expect("a file");
        let host = Host::root(dir.path().to_str().expect("UTF-8")).expect("opens");
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        facts
    }

    #[test]
    fn modules_stand_by_their_slots_and_empty_slots_are_counted() {
        let table = [
            device("DIMM_A1 ", "BANK 0", 16384, 0),
            device("DIMM_A2", "BANK 1", 0, 0),
            device("DIMM_A3", "BANK 2", 0x7fff, 65536),
        ];
        let facts = probed(&table.concat());
        let expected = [
            "hardware.memory.modules.DIMM_A1.configured_speed = 2933 MT/s",
            "hardware.memory.modules.DIMM_A1.manufacturer = 00AD04B300AD",
            "hardware.memory.modules.DIMM_A1.part_number = HMT351R7CFR8C-PB",
            "hardware.memory.modules.DIMM_A1.size_bytes = 17179869184",
            "hardware.memory.modules.DIMM_A1.speed = 3200 MT/s",
            "hardware.memory.modules.DIMM_A1.type = DDR4",
            "hardware.memory.modules.DIMM_A3.configured_speed = 2933 MT/s",
            "hardware.memory.modules.DIMM_A3.manufacturer = 00AD04B300AD",
            "hardware.memory.modules.DIMM_A3.part_number = HMT351R7CFR8C-PB",
            "hardware.memory.modules.DIMM_A3.size_bytes = 68719476736",
            "hardware.memory.modules.DIMM_A3.speed = 3200 MT/s",
            "hardware.memory.modules.DIMM_A3.type = DDR4",
            "hardware.memory.slots = 3",
            "identity.serials.memory_modules.DIMM_A1 = 48AAE639",
            "identity.serials.memory_modules.DIMM_A3 = 48AAE639",
        ];
        assert_eq!(written(&facts), expected);
    }

    /// A structure of type 16: a group of slots for the machine's memory, with this kind of correction.
    fn array(correction: u8) -> Vec<u8> {
        let mut out = vec![16, 0x0f, 0, 0x10, 3, 3, correction];
        out.extend(16_777_216_u32.to_le_bytes());
        out.extend([0xfe, 0xff, 4, 0, 0, 0]);
        out
    }

    #[test]
    fn correction_is_told_by_the_driver_else_by_the_firmware_and_never_by_a_hypervisor() {
        let told = |files: &[(&str, Vec<u8>)]| {
            let root = Root::new(&[&[("/sys/x", Vec::new())], files].concat());
            root.probe(probe).get("hardware.memory.error_correction").cloned()
        };
        let table = |correction| (TABLES, [array(correction), device("DIMM_A1", "BANK 0", 1024, 0)].concat());
        assert_eq!(told(&[table(6)]), Some("ecc".into()));
        assert_eq!(told(&[table(3)]), Some("none".into()));
        assert_eq!(told(&[table(2)]), None, "unknown");
        let watched = ("/sys/devices/system/edac/mc/mc0/dimm3/dimm_edac_mode", b"SECDED\n".to_vec());
        assert_eq!(told(std::slice::from_ref(&watched)), Some("ecc".into()), "readable to all");
        assert_eq!(told(&[watched, table(3)]), Some("ecc".into()));
        let old = ("/sys/devices/system/edac/mc/mc0/csrow0/edac_mode", b"None\n".to_vec());
        assert_eq!(told(&[old]), Some("none".into()));
        let guest = (CPUINFO, b"processor\t: 0\nflags\t\t: fpu hypervisor\n".to_vec());
        assert_eq!(told(&[table(6), guest]), None);
    }

    #[test]
    fn slots_of_one_name_are_told_apart() {
        let table =
            [device("DIMM 0", "P0 A", 1024, 0), device("DIMM 0", "P0 B", 1024, 0), device("DIMM 0", "P0 B", 1024, 0)];
        let facts = probed(&table.concat());
        for name in ["P0 A DIMM 0", "P0 B DIMM 0", "P0 B DIMM 0 2"] {
            assert!(facts.get(&format!("hardware.memory.modules.\"{name}\".size_bytes")).is_some(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_table_breaks_the_reader(noise in prop::collection::vec(any::<u8>(), 0..200), cut in 0..80_usize) {
            let mut whole = device("DIMM_A1", "BANK 0", 1024, 0);
            whole.truncate(cut);
            let facts = probed(&[whole, noise].concat());
            prop_assert!(!facts.is_empty());
        }
    }
}
