//! `hardware.bus.pci`: Documentation/ABI/testing/sysfs-bus-pci of the kernel.

use super::gpu::Gpus;
use super::pci_names::Names;
use super::{Event, devices, folder};
use crate::capture::Facts;
use crate::capture::hardware::alike::{Alike, Kinds};
use crate::host::Host;
use crate::model::{Problem, ProblemKind};

/// The base class of display controllers: PCI Code and ID Assignment, 1.4.
const DISPLAY: u8 = 0x03;

/// Bridges, a chipset's own parts and its counters hang on no link that could be the wrong one.
const WITHOUT_LINK: [u8; 4] = [0x05, 0x06, 0x08, 0x11];

/// One device.
pub(super) struct Device {
    /// Where it is plugged in, `0000:00:02.0`, and its folder.
    pub(super) slot: String,
    pub(super) folder: String,
    pub(super) vendor: u16,
    pub(super) device: u16,
    /// Base class and subclass.
    pub(super) class: (u8, u8),
    pub(super) driver: Option<String>,
}

impl Device {
    /// `8086:1521`, the same on every machine.
    pub(super) fn id(&self) -> String {
        format!("{:04x}:{:04x}", self.vendor, self.device)
    }

    pub(super) fn is_display(&self) -> bool {
        self.class.0 == DISPLAY
    }
}

/// Reads the devices by what they are, and the graphics cards among them.
pub(super) fn read(host: &Host, facts: &mut Facts) {
    const BUS: &str = "pci";
    let base = folder(BUS);
    let mut all = Vec::new();
    for entry in devices(host, BUS, facts) {
        match device(host, &format!("{base}/{}", entry.name), &entry.name) {
            Some(device) => all.push(device),
            None => {
                let detail = format!("{base}/{} does not tell what it is", entry.name);
                facts.problem(&["hardware", "bus", BUS], Problem::new(ProblemKind::Failed, detail));
            }
        }
    }
    let names = Names::read(host, &all);
    let mut kinds = Kinds::new();
    for device in &all {
        let kind: &mut Alike = kinds.entry(device.id()).or_default();
        kind.count(&device.folder);
        kind.say("class", names.class(device.class));
        kind.say("name", names.device(device.vendor, device.device));
        kind.source("class", names.source());
        kind.source("name", names.source());
        kind.say("driver", device.driver.as_deref());
        if !WITHOUT_LINK.contains(&device.class.0) {
            link(host, device, kind);
        }
    }
    super::put(kinds, BUS, facts);
    Gpus::read(host, &all, &names).put(facts);
}

/// What a device says of itself in its event; some dumps keep only the alias, or a file for each number.
fn device(host: &Host, folder: &str, slot: &str) -> Option<Device> {
    let event = Event::read(host, folder);
    let told = event.get("PCI_ID").zip(event.get("PCI_CLASS")).and_then(|(id, class)| {
        let (vendor, device) = id.split_once(':')?;
        Some((hex(vendor)?, hex(device)?, hex(class)?))
    });
    let number = |file: &str| hex(&host.word(&format!("{folder}/{file}")).ok()?);
    let (vendor, device, class) =
        told.or_else(|| Some((number("vendor")?, number("device")?, number("class").unwrap_or(0))))?;
    // Class, subclass and programming interface, a byte each.
    let class = (u8::try_from(class >> 16 & 0xff).ok()?, u8::try_from(class >> 8 & 0xff).ok()?);
    Some(Device {
        slot: slot.to_owned(),
        folder: folder.to_owned(),
        vendor: u16::try_from(vendor).ok()?,
        device: u16::try_from(device).ok()?,
        class,
        driver: event.driver(host, folder),
    })
}

/// The link as it is: a card in the wrong slot gets fewer lanes. Graphics cards slow theirs down when they have nothing
/// to do, so of those it is the link as it could be.
fn link(host: &Host, device: &Device, kind: &mut Alike) {
    let which = if device.is_display() { "max" } else { "current" };
    let word = |what: &str| host.word(&format!("{}/{which}_link_{what}", device.folder)).ok();
    // A port without a device, and a device of a virtual machine, know nothing: `Unknown`, 0 or 255 lanes.
    let Some(width) = word("width").and_then(|width| width.parse::<u64>().ok()) else { return };
    if (1..=64).contains(&width) {
        kind.say("link_width", Some(width));
        kind.say("link_speed", word("speed").filter(|speed| !speed.starts_with("Unknown")));
    }
}

fn hex(text: &str) -> Option<u32> {
    let digits = text.trim().trim_start_matches("0x");
    u32::from_str_radix(digits, 16).ok()
}
