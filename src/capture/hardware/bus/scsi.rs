//! `hardware.bus.scsi`: disks, tapes, changers and enclosures by maker and model.

use super::{Event, devices, folder};
use crate::capture::Facts;
use crate::capture::hardware::alike::Kinds;
use crate::capture::settings::squeeze;
use crate::host::Host;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    const BUS: &str = "scsi";
    let base = folder(BUS);
    let mut kinds = Kinds::new();
    // Besides `0:0:0:0` there are `host0` and `target0:0:0`.
    let is_unit = |name: &str| name.bytes().next().is_some_and(|b| b.is_ascii_digit());
    for entry in devices(host, BUS, facts).into_iter().filter(|entry| is_unit(&entry.name)) {
        let device = format!("{base}/{}", entry.name);
        let word = |file: &str| host.word(&format!("{device}/{file}")).ok().map(|word| squeeze(&word));
        let name = format!("{} {}", word("vendor").unwrap_or_default(), word("model").unwrap_or_default());
        let event = Event::read(host, &device);
        let kind = kinds.entry(name.trim().to_owned()).or_default();
        kind.count(&device);
        kind.say("driver", event.driver(host, &device));
        kind.say("firmware", word("rev").filter(|rev| !rev.is_empty()));
        let number =
            event.get("MODALIAS").and_then(|alias| u8::from_str_radix(alias.strip_prefix("scsi:t-0x")?, 16).ok());
        kind.say("kind", number.or_else(|| word("type")?.parse().ok()).map(name_of));
    }
    kinds.remove("");
    super::put(kinds, BUS, facts);
}

/// SCSI Primary Commands 5, table 149: peripheral device type.
fn name_of(number: u8) -> String {
    let name = match number {
        0 => "disk",
        1 => "tape",
        3 => "processor",
        5 => "optical",
        7 => "optical memory",
        8 => "changer",
        12 => "storage array controller",
        13 => "enclosure",
        14 => "simplified disk",
        20 => "zoned disk",
        other => return format!("type {other}"),
    };
    name.to_owned()
}
