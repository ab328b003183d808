//! `deployments.kernels_installed`: the kernels in /boot.

use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;

/// Lists /boot.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    match host.list("/boot") {
        Ok(entries) => {
            let names = entries.iter().filter_map(|entry| entry.name.strip_prefix("vmlinuz-"));
            let kernels: Vec<&str> = names.filter(|release| !release.ends_with(".old")).collect();
            if !kernels.is_empty() {
                facts.put(&["deployments", "kernels_installed"], Value::set(kernels), "/boot");
            }
        }
        Err(error) => facts.unread(&["deployments", "kernels_installed"], &error),
    }
}
