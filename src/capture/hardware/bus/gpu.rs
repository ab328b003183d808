//! `hardware.gpu`: the graphics cards on PCI with the version of their driver, and those of a system on a chip.

use super::Event;
use super::pci::Device;
use super::pci_names::Names;
use crate::capture::Facts;
use crate::capture::hardware::alike::Kinds;
use crate::capture::settings::squeeze;
use crate::host::{EntryKind, Host};
use crate::model::Value;

const DRM: &str = "/sys/class/drm";
const NVIDIA: &str = "/proc/driver/nvidia";

/// Cards by what they are.
pub(super) struct Gpus {
    kinds: Kinds,
    serials: Vec<String>,
}

impl Gpus {
    pub(super) fn read(host: &Host, devices: &[Device], names: &Names) -> Self {
        let mut gpus = Self { kinds: Kinds::new(), serials: Vec::new() };
        for device in devices.iter().filter(|device| device.is_display()) {
            gpus.on_pci(host, device, names);
        }
        gpus.on_chip(host);
        gpus
    }

    fn on_pci(&mut self, host: &Host, device: &Device, names: &Names) {
        let name = names.device(device.vendor, device.device);
        let word = |file: &str| host.word(&format!("{}/{file}", device.folder)).ok();
        let kind = self.kinds.entry(device.id()).or_default();
        kind.count(&device.folder);
        kind.say("driver", device.driver.as_deref());
        if let Some(driver) = device.driver.as_deref() {
            kind.source("driver_version", &version_file(driver));
            kind.say("driver_version", version(host, driver));
        }
        // Documentation/gpu/amdgpu/driver-misc.rst
        if device.driver.as_deref() == Some("amdgpu") {
            kind.say("memory_bytes", word("mem_info_vram_total").and_then(|bytes| bytes.parse::<u64>().ok()));
            kind.say("firmware", word("vbios_version"));
        }
        if device.driver.as_deref() != Some("nvidia") {
            kind.source("name", names.source());
            return kind.say("name", name);
        }
        let information = format!("{NVIDIA}/gpus/{}/information", device.slot);
        let text = host.text(&information).unwrap_or_default();
        let value = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'))?;
            // The driver prints question marks before it has asked the card.
            Some(squeeze(value)).filter(|value| !value.is_empty() && !value.contains('?'))
        };
        kind.source("name", if text.is_empty() { names.source() } else { &information });
        kind.source("firmware", &information);
        kind.say("name", value("Model").or(name));
        kind.say("firmware", value("Video BIOS"));
        self.serials.extend(value("GPU UUID"));
    }

    /// A card of a system on a chip is no PCI device; its driver is its name.
    fn on_chip(&mut self, host: &Host) {
        let entries = host.list(DRM).unwrap_or_default();
        let cards = entries.iter().filter(|entry| entry.kind != EntryKind::File);
        let is_card = |name: &str| name.strip_prefix("card").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
        for entry in cards.filter(|entry| is_card(&entry.name)) {
            let device = format!("{DRM}/{}/device", entry.name);
            let event = Event::read(host, &device);
            if let Some(driver) = event.get("DRIVER").filter(|_| event.get("PCI_ID").is_none()) {
                let kind = self.kinds.entry(driver.to_owned()).or_default();
                kind.count(&device);
                kind.say("driver", Some(driver));
                kind.say("driver_version", version(host, driver));
                kind.say("name", event.get("OF_COMPATIBLE_0"));
            }
        }
    }

    pub(super) fn put(self, facts: &mut Facts) {
        for (id, kind) in self.kinds {
            kind.put(&mut facts.at(&["hardware", "gpu", &id]), "/sys/bus/pci/devices");
        }
        if !self.serials.is_empty() {
            let source = format!("{NVIDIA}/gpus/*/information");
            facts.put(&["identity", "serials", "gpu"], Value::set(self.serials), &source);
        }
    }
}

/// The version of a driver that has one of its own beside the kernel's.
fn version(host: &Host, driver: &str) -> Option<String> {
    host.word(&version_file(driver)).ok().filter(|version| !version.is_empty())
}

fn version_file(driver: &str) -> String {
    format!("/sys/module/{}/version", driver.replace('-', "_"))
}
