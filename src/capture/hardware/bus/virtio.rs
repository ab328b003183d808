//! `hardware.bus.virtio`: what a hypervisor offers to its guest.

use super::{Event, devices, folder};
use crate::capture::Facts;
use crate::capture::hardware::alike::Kinds;
use crate::host::Host;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    const BUS: &str = "virtio";
    let base = folder(BUS);
    let mut kinds = Kinds::new();
    for entry in devices(host, BUS, facts) {
        let device = format!("{base}/{}", entry.name);
        let event = Event::read(host, &device);
        let number = event.get("MODALIAS").and_then(|alias| u32::from_str_radix(alias.get(8..16)?, 16).ok());
        let Some(number) = number else { continue };
        let kind = kinds.entry(name(number)).or_default();
        kind.count(&device);
        kind.say("driver", event.driver(host, &device));
        // One digit for each feature that device and driver agreed on, the lowest number first.
        let bits = host.word(&format!("{device}/features")).ok();
        let numbers = bits.map(|bits| {
            bits.bytes().enumerate().filter(|(_, b)| *b == b'1').map(|(n, _)| n.to_string()).collect::<Vec<_>>()
        });
        kind.say("features", numbers.map(|numbers| numbers.join(" ")));
    }
    super::put(kinds, BUS, facts);
}

/// Virtual I/O Device (VIRTIO) 1.3, chapter 5: Device Types.
fn name(number: u32) -> String {
    let name = match number {
        1 => "network",
        2 => "block",
        3 => "console",
        4 => "entropy",
        5 => "balloon",
        8 => "scsi",
        9 => "9p",
        16 => "gpu",
        18 => "input",
        19 => "socket",
        20 => "crypto",
        23 => "iommu",
        24 => "memory",
        25 => "sound",
        26 => "file_system",
        27 => "persistent_memory",
        other => return format!("type_{other}"),
    };
    name.to_owned()
}
