//! `hardware.firmware` and `hardware.product`: what the machine's maker says of it, in the DMI strings
//! (Documentation/ABI/testing/sysfs-class-dmi of the kernel), the device tree, or `/proc/sysinfo` of s390.

use crate::capture::settings::squeeze;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::alike::is_unfilled;
use crate::model::{Problem, ProblemKind};

/// Where the strings are: the class folder is a link to the other, which some dumps lack.
const DMI: [&str; 2] = ["/sys/class/dmi/id", "/sys/devices/virtual/dmi/id"];

const DEVICE_TREE: [&str; 2] = ["/sys/firmware/devicetree/base", "/proc/device-tree"];
const EFI: &str = "/sys/firmware/efi";
const VARIABLES: &str = "/sys/firmware/efi/efivars";
const SYSINFO: &str = "/proc/sysinfo";

/// UEFI 2.10, 3.3: one byte behind the four of the variable's attributes (efivarfs.rst).
const SECURE_BOOT: &str = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// Facts of the firmware and the product, with the file that holds each.
const FIRMWARE: [(&str, &str); 4] =
    [("vendor", "bios_vendor"), ("version", "bios_version"), ("date", "bios_date"), ("release", "bios_release")];
const PRODUCT: [(&str, &str); 9] = [
    ("vendor", "sys_vendor"),
    ("name", "product_name"),
    ("version", "product_version"),
    ("family", "product_family"),
    ("sku", "product_sku"),
    ("board", "board_name"),
    ("board_vendor", "board_vendor"),
    ("board_version", "board_version"),
    ("chassis_type", "chassis_type"),
];

/// Who this one machine is. The kernel shows most of these to root alone.
const SERIALS: [(&str, &str); 6] = [
    ("product", "product_serial"),
    ("product_uuid", "product_uuid"),
    ("board", "board_serial"),
    ("chassis", "chassis_serial"),
    ("board_asset_tag", "board_asset_tag"),
    ("chassis_asset_tag", "chassis_asset_tag"),
];

/// Reads who made the machine and its firmware.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    firmware_kind(host, facts);
    let dmi = DMI.into_iter().find(|folder| host.exists(folder));
    if let Some(folder) = dmi {
        from_dmi(host, folder, facts);
    }
    let tree = DEVICE_TREE.into_iter().find(|folder| host.exists(&format!("{folder}/model")));
    if let Some(folder) = tree {
        from_device_tree(host, folder, facts);
    }
    let sysinfo = host.text(SYSINFO).ok();
    if let Some(text) = &sysinfo {
        from_sysinfo(text, facts);
    }
    if host.as_live().is_none() && dmi.is_none() && tree.is_none() && sysinfo.is_none() {
        for keys in [&["hardware", "firmware"][..], &["hardware", "product"], &["identity", "serials", "product"]] {
            facts.not_collected(keys, "the root has neither DMI strings nor a device tree");
        }
    }
}

fn firmware_kind(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["hardware", "firmware"]);
    // A PC without UEFI has a BIOS, if it has DMI strings at all; a root that lacks /sys/firmware does not tell.
    let told = host.as_live().is_some() || host.exists("/sys/firmware");
    let signs = [("uefi", &[EFI][..]), ("devicetree", &DEVICE_TREE), ("bios", if told { &DMI } else { &[] })];
    let found = signs.into_iter().find_map(|(kind, all)| Some((kind, *all.iter().find(|path| host.exists(path))?)));
    if let Some((kind, source)) = found {
        facts.put(&["kind"], kind, source);
    } else if !told && DMI.iter().any(|path| host.exists(path)) {
        facts.problem(&["kind"], Problem::new(ProblemKind::NotCollected, "the root has no /sys/firmware"));
    }
    if !host.exists(EFI) {
        return;
    }
    match host.read(SECURE_BOOT) {
        Ok(bytes) => facts.put_some(&["secure_boot"], bytes.get(4).map(|byte| *byte == 1), SECURE_BOOT),
        Err(error) if error.is_missing() && host.list(VARIABLES).unwrap_or_default().is_empty() => {
            let why = "the variables of UEFI are not mounted at /sys/firmware/efi/efivars";
            facts.problem(&["secure_boot"], Problem::new(ProblemKind::NotCollected, why));
        }
        Err(error) => facts.unread(&["secure_boot"], &error),
    }
}

fn from_dmi(host: &Host, folder: &str, facts: &mut Facts) {
    for (area, fields) in [("firmware", &FIRMWARE[..]), ("product", &PRODUCT[..])] {
        let mut facts = facts.at(&["hardware", area]);
        for (key, file) in fields {
            let path = format!("{folder}/{file}");
            match host.word(&path).map(|text| squeeze(&text)) {
                Ok(text) if text.is_empty() => {}
                Ok(text) if *key == "chassis_type" => facts.put(&[key], chassis(&text), &path),
                Ok(text) => facts.put(&[key], text, &path),
                Err(error) => facts.unread(&[key], &error),
            }
        }
    }
    let mut facts = facts.at(&["identity", "serials"]);
    for (key, file) in SERIALS {
        let path = format!("{folder}/{file}");
        match host.word(&path) {
            Ok(text) => facts.put_some(&[key], serial(&text), &path),
            Err(error) => facts.unread(&[key], &error),
        }
    }
}

/// A serial number, if the maker filled it in.
pub(in crate::capture) fn serial(text: &str) -> Option<String> {
    let text = squeeze(text.trim_matches('\0'));
    // A name alone, as hypervisors give it to disks, is no number either.
    let blank = !text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    (!is_unfilled(&text) && !blank).then_some(text)
}

/// The form of the case: System Management BIOS Reference Specification (DSP0134), 7.4.1.
fn chassis(number: &str) -> String {
    let name = match number {
        "3" => "desktop",
        "4" => "low profile desktop",
        "6" => "mini tower",
        "7" => "tower",
        "8" => "portable",
        "9" => "laptop",
        "10" => "notebook",
        "13" => "all in one",
        "14" => "sub notebook",
        "17" => "main server chassis",
        "22" => "RAID chassis",
        "23" => "rack mount chassis",
        "25" => "multi-system chassis",
        "28" => "blade",
        "29" => "blade enclosure",
        "30" => "tablet",
        "31" => "convertible",
        "32" => "detachable",
        "33" => "IoT gateway",
        "34" => "embedded PC",
        "35" => "mini PC",
        "36" => "stick PC",
        // The specification's own words for what tells nothing.
        "1" => "other",
        "2" => "unknown",
        other => return format!("type {other}"),
    };
    name.to_owned()
}

/// Strings in the root node, each with a NUL at its end: Devicetree Specification 0.4, 2.3 and 3.2.
fn from_device_tree(host: &Host, folder: &str, facts: &mut Facts) {
    let model = format!("{folder}/model");
    match host.word(&model) {
        Ok(name) => facts.put(&["hardware", "product", "name"], squeeze(&name), &model),
        Err(error) => facts.unread(&["hardware", "product", "name"], &error),
    }
    let number = format!("{folder}/serial-number");
    match host.word(&number) {
        Ok(text) => facts.put_some(&["identity", "serials", "product"], serial(&text), &number),
        Err(error) => facts.unread(&["identity", "serials", "product"], &error),
    }
}

/// The machine's block of `/proc/sysinfo` (drivers/s390/char/sysinfo, STSI 1.1.1).
fn from_sysinfo(text: &str, facts: &mut Facts) {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        Some(squeeze(line)).filter(|value| !value.is_empty())
    };
    let put = |facts: &mut Scope, key: &str, name: &str| facts.put_some(&[key], value(name), SYSINFO);
    let mut product = facts.at(&["hardware", "product"]);
    put(&mut product, "vendor", "Manufacturer");
    put(&mut product, "name", "Type");
    put(&mut product, "version", "Model");
    let sequence = value("Sequence Code").and_then(|code| serial(&code));
    facts.put_some(&["identity", "serials", "product"], sequence, SYSINFO);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    fn probed(files: &[(&str, &str)]) -> Facts {
        let (_dir, host) = root(files);
        let mut facts = Facts::new();
        probe(&host, &mut facts);
        facts
    }

    #[test]
    fn a_server_tells_its_maker_and_its_firmware() {
        let id = "/sys/devices/virtual/dmi/id";
        let facts = probed(&[
            (&format!("{id}/bios_vendor"), "Dell Inc.\n"),
            (&format!("{id}/bios_version"), "1.5.4 \n"),
            (&format!("{id}/bios_date"), "10/05/2015\n"),
            (&format!("{id}/sys_vendor"), "Dell Inc.\n"),
            (&format!("{id}/product_name"), "PowerEdge   R630\n"),
            (&format!("{id}/product_version"), "\n"),
            (&format!("{id}/chassis_type"), "23\n"),
            (&format!("{id}/product_serial"), "8XQ4W52\n"),
            (&format!("{id}/board_serial"), "To be filled by O.E.M.\n"),
            ("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\x06\0\0\0\x01"),
        ]);
        let expected = [
            "hardware.firmware.date = 10/05/2015",
            "hardware.firmware.kind = uefi",
            "hardware.firmware.secure_boot = true",
            "hardware.firmware.vendor = Dell Inc.",
            "hardware.firmware.version = 1.5.4",
            "hardware.product.chassis_type = rack mount chassis",
            "hardware.product.name = PowerEdge R630",
            "hardware.product.vendor = Dell Inc.",
            "identity.serials.product = 8XQ4W52",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }

    #[test]
    fn a_board_tells_its_model_in_the_device_tree() {
        let facts = probed(&[
            ("/sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.4\0"),
            ("/sys/firmware/devicetree/base/serial-number", "10000000a1b2c3d4\0"),
        ]);
        let expected = [
            "hardware.firmware.kind = devicetree",
            "hardware.product.name = Raspberry Pi 4 Model B Rev 1.4",
            "identity.serials.product = 10000000a1b2c3d4",
        ];
        assert_eq!(written(&facts), expected);
    }

    #[test]
    fn a_mainframe_tells_its_type_in_sysinfo() {
        let text = "Manufacturer:         IBM             \nType:                 2817\nModel:                703      M32\n\
                    Sequence Code:        00000000000EAA14\n";
        let expected = [
            "hardware.product.name = 2817",
            "hardware.product.vendor = IBM",
            "hardware.product.version = 703 M32",
            "identity.serials.product = 00000000000EAA14",
        ];
        assert_eq!(written(&probed(&[("/proc/sysinfo", text)])), expected);
    }

    #[test]
    fn variables_that_are_not_mounted_and_a_root_without_sys_are_told() {
        let facts = probed(&[("/sys/firmware/efi/fw_platform_size", "64\n")]);
        let problems: Vec<String> = facts.problems().iter().map(|(path, _)| path.to_string()).collect();
        assert!(problems.contains(&"hardware.firmware.secure_boot".to_owned()), "{problems:?}");
        let facts = probed(&[("/etc/hostname", "a\n")]);
        assert!(facts.values().is_empty());
        assert_eq!(facts.problems().len(), 3);
    }

    #[test]
    fn what_nobody_filled_in_identifies_nothing() {
        for text in
            ["", " ", "0000000", "Default string", "To Be Filled By O.E.M.", "..............", "None\n", "rootdisk"]
        {
            assert_eq!(serial(text), None, "{text:?}");
        }
        assert_eq!(serial(" 8XQ4W52 \n").as_deref(), Some("8XQ4W52"));
    }
}
