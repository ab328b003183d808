//! `os.fstab`: fstab(5), what is to be mounted at boot.

use super::filesystems::fields;
use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;

const PATH: &str = "/etc/fstab";

/// Reads the table. Swap has no mount point and goes by its device. A device that is named by its UUID says who the
/// machine is, any other says how it is set up; so they have keys of their own.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let text = match host.text(PATH) {
        Ok(text) => text,
        Err(error) => return facts.unread(&["os", "fstab"], &error),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    for [device, at, kind, options] in lines.filter_map(fields) {
        let at = if kind == "swap" { device.as_str() } else { at.as_str() };
        let mut facts = facts.at(&["os", "fstab", at]);
        let unique = device.starts_with("UUID=") || device.starts_with("PARTUUID=") || device.contains("/by-uuid/");
        facts.put(&[if unique { "uuid" } else { "device" }], device.as_str(), PATH);
        facts.put(&["type"], kind, PATH);
        facts.put(&["options"], Value::set(options.split(',').filter(|o| !o.is_empty())), PATH);
    }
}
