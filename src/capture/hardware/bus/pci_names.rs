//! Names of PCI devices and classes: the machine's own `pci.ids` (pci.ids(5)), which lspci(8) reads too, else the list
//! that is built in.

use super::pci::Device;
use crate::host::Host;
use memchr::memmem;
use std::collections::{BTreeMap, BTreeSet};

/// Where distributions keep it: hwdata, pciutils, and its own default.
const LISTS: [&str; 3] = ["/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids", "/usr/share/pci.ids"];

/// It has 1.5 MB and grows by a few percent each year.
const CAP: u64 = 8 << 20;

/// In the same form, without subsystems.
const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/pci.ids"));

/// The names that are needed: those of the machine's own list, the built-in one's where it has none.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Option<&'static str>,
    vendors: BTreeMap<u16, String>,
    devices: BTreeMap<(u16, u16), String>,
    classes: BTreeMap<u8, String>,
    subclasses: BTreeMap<(u8, u8), String>,
}

impl Names {
    /// Looks the devices up in one walk through the list.
    pub(super) fn read(host: &Host, devices: &[Device]) -> Self {
        let mut names = Self::default();
        if devices.is_empty() {
            return names;
        }
        if let Some((path, text)) = LISTS.iter().find_map(|path| Some((*path, host.text_up_to(path, CAP).ok()?))) {
            names.list = Some(path);
            names.add(&text, devices);
        }
        let is_known = |device: &Device| {
            names.devices.contains_key(&(device.vendor, device.device)) && names.subclasses.contains_key(&device.class)
        };
        if !devices.iter().all(is_known) {
            names.add(BUILT_IN, devices);
        }
        names
    }

    /// Adds what a list says and nothing has said before. Only the blocks of these devices are read.
    fn add(&mut self, text: &str, devices: &[Device]) {
        let wanted: BTreeSet<(u16, u16)> = devices.iter().map(|device| (device.vendor, device.device)).collect();
        let vendors = wanted.iter().map(|(vendor, _)| *vendor).collect::<BTreeSet<u16>>();
        let classes = devices.iter().map(|device| device.class.0).collect::<BTreeSet<u8>>();
        // The first line has no end of a line before it. Each head stands once; those of classes stand at the end.
        let first = text.lines().next().map(|_| 0);
        let vendor = |id: &u16| memmem::find(text.as_bytes(), format!("\n{id:04x}  ").as_bytes());
        let class = |id: &u8| memmem::rfind(text.as_bytes(), format!("\nC {id:02x}  ").as_bytes());
        let heads = vendors.iter().filter_map(vendor).chain(classes.iter().filter_map(class)).map(|at| at + 1);
        for at in first.into_iter().chain(heads) {
            let mut lines = text.get(at..).unwrap_or_default().lines();
            let head = lines.next().unwrap_or_default();
            let block = lines.take_while(|line| line.starts_with(['\t', '#']));
            // Two tabs: subsystems and programming interfaces.
            let entries = block.filter_map(|line| entry(line.strip_prefix('\t')?));
            if let Some((class, name)) = head.strip_prefix("C ").and_then(entry) {
                let class = (class & 0xff) as u8;
                self.classes.entry(class).or_insert_with(|| name.to_owned());
                for (sub, name) in entries {
                    self.subclasses.entry((class, (sub & 0xff) as u8)).or_insert_with(|| name.to_owned());
                }
            } else if let Some((vendor, name)) = entry(head).filter(|(vendor, _)| vendors.contains(vendor)) {
                self.vendors.entry(vendor).or_insert_with(|| name.to_owned());
                for (device, name) in entries.filter(|(device, _)| wanted.contains(&(vendor, *device))) {
                    self.devices.entry((vendor, device)).or_insert_with(|| name.to_owned());
                }
            }
        }
    }

    /// What tells the names.
    pub(super) fn source(&self) -> &'static str {
        self.list.unwrap_or("the built-in pci.ids")
    }

    /// Maker and model; the maker alone where the model is not known.
    pub(super) fn device(&self, vendor: u16, device: u16) -> Option<String> {
        let maker = self.vendors.get(&vendor)?;
        Some(match self.devices.get(&(vendor, device)) {
            Some(model) => format!("{maker} {model}"),
            None => maker.clone(),
        })
    }

    /// What such a device is for: `Ethernet controller`.
    pub(super) fn class(&self, (class, sub): (u8, u8)) -> Option<String> {
        self.subclasses.get(&(class, sub)).or_else(|| self.classes.get(&class)).cloned()
    }
}

/// `8086  Intel Corporation`; a line that is indented once more is none.
fn entry(line: &str) -> Option<(u16, &str)> {
    let (id, name) = line.split_once("  ")?;
    Some((u16::from_str_radix(id, 16).ok()?, name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(vendor: u16, device: u16, class: (u8, u8)) -> Device {
        Device { slot: String::new(), folder: String::new(), vendor, device, class, driver: None }
    }

    #[test]
    fn the_machines_own_list_goes_first_and_the_built_in_one_fills_in() {
        let text = "# remark\n1af4  Red Hat\n\t1041  Network, by the list\n\t\t1af4 1041  a subsystem\n\
                    8086  Intel\n\t1041  Another maker's\nC 02  Network\n\t00  Ethernet, by the list\n\t\t01  an interface\n";
        let devices = [
            device(0x1af4, 0x1041, (2, 0)),
            device(0x1af4, 0x1042, (1, 8)),
            device(0x8086, 0x100e, (2, 0)),
            device(0xfff0, 1, (2, 0xee)),
        ];
        let mut names = Names::default();
        names.add(text, &devices);
        assert_eq!(names.device(0x8086, 0x100e).as_deref(), Some("Intel"));
        names = Names::default();
        names.add(&text.replace("8086", "8087"), &devices);
        names.add(BUILT_IN, &devices);
        assert_eq!(names.device(0x1af4, 0x1041).as_deref(), Some("Red Hat Network, by the list"));
        assert_eq!(names.device(0x1af4, 0x1042).as_deref(), Some("Red Hat Virtio 1.0 block device"));
        assert_eq!(names.class((2, 0)).as_deref(), Some("Ethernet, by the list"));
        assert_eq!(names.class((1, 8)).as_deref(), Some("Non-Volatile memory controller"));
        assert_eq!(
            names.device(0x8086, 0x100e).as_deref(),
            Some("Intel Corporation 82540EM Gigabit Ethernet Controller")
        );
        assert_eq!(names.device(0xfff0, 1), None);
        assert_eq!(names.class((2, 0xee)).as_deref(), Some("Network"));
    }
}
