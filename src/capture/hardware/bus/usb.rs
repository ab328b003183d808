//! `hardware.bus.usb`: Documentation/ABI/testing/sysfs-bus-usb. A device has interfaces, and those have the drivers.

use super::{Event, devices, folder};
use crate::capture::Facts;
use crate::capture::hardware::alike::Kinds;
use crate::capture::settings::squeeze;
use crate::host::Host;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    const BUS: &str = "usb";
    let base = folder(BUS);
    let mut kinds = Kinds::new();
    for entry in devices(host, BUS, facts) {
        let device = format!("{base}/{}", entry.name);
        let event = Event::read(host, &device);
        // `1-1` is a device and `1-1:1.0` an interface of it.
        if entry.name.contains(':') {
            if let Some((id, driver)) = event.get("PRODUCT").and_then(product).zip(event.get("DRIVER")) {
                kinds.entry(id).or_default().say("driver", Some(driver));
            }
            continue;
        }
        let word = |file: &str| host.word(&format!("{device}/{file}")).ok().map(|word| squeeze(&word));
        let id = event.get("PRODUCT").and_then(product);
        let Some(id) = id.or_else(|| Some(format!("{}:{}", word("idVendor")?, word("idProduct")?))) else { continue };
        let kind = kinds.entry(id).or_default();
        kind.count(&device);
        // Root hubs name the kernel as their maker: its version is a fact of its own.
        kind.say("name", word("product").or_else(|| word("manufacturer")).filter(|name| !name.is_empty()));
    }
    super::put(kinds, BUS, facts);
}

/// `46d/c52b/1211`, without leading zeros, as lsusb(8) writes it: `046d:c52b`.
fn product(text: &str) -> Option<String> {
    let mut parts = text.split('/').map(|part| u16::from_str_radix(part, 16).ok());
    Some(format!("{:04x}:{:04x}", parts.next()??, parts.next()??))
}
