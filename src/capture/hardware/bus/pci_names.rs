//! Names of PCI devices and classes: the machine's own `pci.ids` (pci.ids(5)), which lspci(8) reads too, else the list
//! that is built in.

use super::pci::Device;
use crate::host::Host;
use pci_ids::FromId as _;
use std::collections::{BTreeMap, BTreeSet};

/// Where distributions keep it: hwdata, pciutils, and its own default.
const LISTS: [&str; 3] = ["/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids", "/usr/share/pci.ids"];

/// It has 1.5 MB and grows by a few percent each year.
const CAP: u64 = 8 << 20;

/// The names that are needed, as far as the machine's own list has them.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Option<&'static str>,
    vendors: BTreeMap<u16, String>,
    devices: BTreeMap<(u16, u16), String>,
    classes: BTreeMap<(u8, u8), String>,
}

impl Names {
    /// Looks the devices up in one walk through the list.
    pub(super) fn read(host: &Host, devices: &[Device]) -> Self {
        if devices.is_empty() {
            return Self::default();
        }
        let list = LISTS.iter().find_map(|path| Some((*path, host.text_up_to(path, CAP).ok()?)));
        let names = list.map(|(path, text)| Self { list: Some(path), ..Self::parse(&text, devices) });
        names.unwrap_or_default()
    }

    fn parse(text: &str, devices: &[Device]) -> Self {
        let wanted: BTreeSet<(u16, u16)> = devices.iter().map(|device| (device.vendor, device.device)).collect();
        let vendors: BTreeSet<u16> = wanted.iter().map(|(vendor, _)| *vendor).collect();
        let mut names = Self::default();
        let (mut vendor, mut class) = (None, None);
        for line in text.lines() {
            match line.as_bytes() {
                // Subsystems, programming interfaces, remarks.
                [b'\t', b'\t', ..] | [b'#', ..] | [] => {}
                [b'\t', ..] => {
                    if let Some(vendor) = vendor
                        && let Some((device, name)) = entry(line.get(1..).unwrap_or_default())
                        && wanted.contains(&(vendor, device))
                    {
                        names.devices.insert((vendor, device), name.to_owned());
                    } else if let Some(class) = class
                        && let Some((sub, name)) = entry(line.get(1..).unwrap_or_default())
                    {
                        names.classes.insert((class, (sub & 0xff) as u8), name.to_owned());
                    }
                }
                [b'C', b' ', ..] => {
                    vendor = None;
                    class = entry(line.get(2..).unwrap_or_default()).map(|(class, _)| (class & 0xff) as u8);
                }
                _ => {
                    class = None;
                    vendor = entry(line).filter(|(id, _)| vendors.contains(id)).map(|(id, name)| {
                        names.vendors.insert(id, name.to_owned());
                        id
                    });
                }
            }
        }
        names
    }

    /// What tells the names.
    pub(super) fn source(&self) -> &'static str {
        self.list.unwrap_or("the built-in pci.ids")
    }

    /// Maker and model; the maker alone where the model is not known.
    pub(super) fn device(&self, vendor: u16, device: u16) -> Option<String> {
        let known = pci_ids::Device::from_vid_pid(vendor, device);
        let maker = pci_ids::Vendor::from_id(vendor).map(pci_ids::Vendor::name);
        let maker = self.vendors.get(&vendor).map(String::as_str).or(maker)?;
        let model = self.devices.get(&(vendor, device)).map(String::as_str);
        Some(match model.or(known.map(pci_ids::Device::name)) {
            Some(model) => format!("{maker} {model}"),
            None => maker.to_owned(),
        })
    }

    /// What such a device is for: `Ethernet controller`.
    pub(super) fn class(&self, (class, sub): (u8, u8)) -> Option<String> {
        let named = self.classes.get(&(class, sub)).cloned();
        let named = named.or_else(|| pci_ids::Subclass::from_cid_sid(class, sub).map(|s| s.name().to_owned()));
        named.or_else(|| pci_ids::Class::from_id(class).map(|class| class.name().to_owned()))
    }
}

/// `8086  Intel Corporation`.
fn entry(line: &str) -> Option<(u16, &str)> {
    let (id, name) = line.split_once("  ")?;
    Some((u16::from_str_radix(id, 16).ok()?, name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(vendor: u16, device: u16) -> Device {
        Device { slot: String::new(), folder: String::new(), vendor, device, class: (2, 0), driver: None }
    }

    #[test]
    fn the_machines_own_list_goes_first_and_the_built_in_one_fills_in() {
        let text = "# remark\n1af4  Red Hat\n\t1041  Network, by the list\n\t\t1af4 1041  a subsystem\n\
                    8086  Intel\n\t1041  Another maker's\nC 02  Network\n\t00  Ethernet, by the list\n\t\t01  an interface\n";
        let names = Names::parse(text, &[device(0x1af4, 0x1041), device(0x1af4, 0x1042)]);
        assert_eq!(names.device(0x1af4, 0x1041).as_deref(), Some("Red Hat Network, by the list"));
        assert_eq!(names.device(0x1af4, 0x1042).as_deref(), Some("Red Hat Virtio 1.0 block device"));
        assert_eq!(names.class((2, 0)).as_deref(), Some("Ethernet, by the list"));
        assert_eq!(names.class((1, 8)).as_deref(), Some("Non-Volatile memory controller"));
        assert_eq!(
            names.device(0x8086, 0x100e).as_deref(),
            Some("Intel Corporation 82540EM Gigabit Ethernet Controller")
        );
        assert_eq!(names.device(0xfff0, 1), None);
    }
}
