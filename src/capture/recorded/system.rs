//! df(1), hostnamectl(1) and timedatectl(1).

use super::{Gaps, first, labelled};
use crate::host::{Host, Output};
use crate::model::Path;
use std::collections::HashMap;

/// What df says of the sizes of mounted file systems, which the probe of another root leaves open.
pub(super) fn sizes(host: &Host, gaps: &mut Gaps) {
    let open: Vec<Path> = gaps.facts.problems().iter().map(|(path, _)| path.clone()).collect();
    let kinds = [
        ("size_bytes", 1024, 3, ["df -al -x autofs", "df -al", "df -k"]),
        ("used_bytes", 1024, 2, ["df -al -x autofs", "df -al", "df -k"]),
        ("inodes", 1, 3, ["df -ali -x autofs", "df -ali", "df -i"]),
    ];
    for (key, unit, column, lines) in kinds {
        let Some(Output { text, source }) = first(host, &lines) else { continue };
        // /dev/vda1  40470732 3523492  36930856  9% /: the place is last, and may have blanks in it.
        let mut told: HashMap<&str, u64> = HashMap::new();
        for line in text.lines().skip(1) {
            let Some(at) = line.find(" /").filter(|at| !line.get(..*at).is_some_and(str::is_empty)) else { continue };
            let (before, place) = line.split_at(at);
            let total = before.split_whitespace().nth_back(column).and_then(|total| total.parse::<u64>().ok());
            if let Some(total) = total.and_then(|total| total.checked_mul(unit)).filter(|total| *total > 0) {
                told.insert(place.trim_start(), total);
            }
        }
        for path in &open {
            let [area, what, at, fact] = path.segments() else { continue };
            if area == "os" && what == "filesystems" && fact == key {
                gaps.put_some(&[area, what, at, fact], told.get(at.as_str()).copied(), &source);
            }
        }
    }
}

/// The time zone by timedatectl.
pub(super) fn time(host: &Host, gaps: &mut Gaps) {
    let Some(Output { text, source }) = first(host, &["timedatectl", "timedatectl status"]) else { return };
    // Time zone: Etc/UTC (UTC, +0000)
    let zone = labelled(&text).find(|(label, _)| *label == "Time zone").and_then(|(_, zone)| zone.split(' ').next());
    gaps.put_some(&["os", "time", "zone"], zone.filter(|zone| *zone != "n/a"), &source);
}

/// The host's name and ids by hostnamectl.
pub(super) fn identity(host: &Host, gaps: &mut Gaps) {
    if let Some(Output { text, source }) = first(host, &["hostnamectl status", "hostnamectl"]) {
        let labels = [("Static hostname", "host_name"), ("Machine ID", "machine_id"), ("Boot ID", "boot_id")];
        for (label, key) in labels {
            let value = labelled(&text).find(|(found, _)| *found == label).map(|(_, value)| value);
            let value = value.filter(|value| !value.is_empty() && *value != "n/a");
            gaps.put_some(&["identity", key], value.map(|value| id(key, value)), &source);
        }
    }
    if let Some(Output { text, source }) = first(host, &["hostname"]) {
        gaps.put_some(&["identity", "host_name"], Some(text.trim()).filter(|name| !name.is_empty()), &source);
    }
}

/// The kernel writes the id of a boot with hyphens (random(4)), hostnamectl without.
fn id(key: &str, value: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| value.get(range));
    match parts {
        [Some(a), Some(b), Some(c), Some(d), Some(e)] if key == "boot_id" && value.len() == 32 => {
            format!("{a}-{b}-{c}-{d}-{e}")
        }
        _ => value.to_owned(),
    }
}
