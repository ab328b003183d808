//! What causes are called.

use super::Origin;
use crate::compare::short_name;
use crate::compare::{Cell, Comparison, RowId};
use crate::model::{Path, ValueRef};

/// The key as acceptances write it.
pub(super) fn written(origin: Origin, key: &str) -> String {
    let word = match origin {
        Origin::Gap => "gap",
        Origin::Kernel => "kernel",
        Origin::Module => "module",
        Origin::Modules => "modules",
        Origin::MemorySize => "memory-size",
        Origin::CpuModel => "cpu-model",
        Origin::CpuCount => "cpu-count",
        Origin::Machine => "machine",
        Origin::Release => "release",
        Origin::SourcePackage => "source-package",
        Origin::Software => "software",
        Origin::Packages => "packages",
        Origin::Dependencies => "dependencies",
        Origin::Marks => "automatic-marks",
        Origin::Libraries => "libraries",
        Origin::File => "file",
        Origin::Service => "service",
        Origin::Part => return key.to_owned(),
    };
    if key.is_empty() { word.to_owned() } else { format!("{word}:{key}") }
}

/// A title for people; raw.
pub(super) fn of(comparison: &Comparison, origin: Origin, key: &str, rows: &[RowId]) -> String {
    let step = |path: &[&str]| values(comparison, path, |text| text);
    let only = || present_in(comparison, rows);
    match origin {
        Origin::Gap => {
            let mut parts = key.splitn(3, ':');
            let (label, area, why) = (parts.next(), parts.next(), parts.next());
            format!("{} of {}: {}", area.unwrap_or_default(), label.unwrap_or_default(), why.unwrap_or_default())
        }
        Origin::Kernel => format!("Kernel {}", step(&["os", "kernel", "release"])),
        Origin::Module => match only().as_str() {
            "" => format!("Kernel module {key}"),
            sides => format!("Kernel module {key}, loaded only in {sides}"),
        },
        Origin::Modules => format!("Kernel modules, loaded only in {key}"),
        Origin::MemorySize => {
            format!("Memory {}", values(comparison, &["hardware", "memory", "total_bytes"], |text| size(&text)))
        }
        Origin::CpuModel => format!("Processor {}", step(&["hardware", "cpu", "model"])),
        Origin::CpuCount => format!("Number of processors {}", step(&["hardware", "cpu", "logical_count"])),
        Origin::Machine => format!("Machine {}", step(&["hardware", "product", "name"])),
        Origin::Release => {
            // A number belongs to its distribution: `ubuntu 22.04 -> debian 12`, and `debian 11 -> 12`.
            let names = step(&["os", "release", "id"]);
            if names.contains(" -> ") {
                return format!("Release {}", releases(comparison).join(" -> "));
            }
            format!("Release of {names} {}", step(&["os", "release", "version"]))
        }
        Origin::SourcePackage if key.starts_with("rollback of ") => match only().as_str() {
            "" => format!("A {key}"),
            sides => format!("A {key} in {sides}"),
        },
        Origin::SourcePackage => format!("Package {key}{}", version_step(comparison, rows)),
        Origin::Software => match only().as_str() {
            "" => format!("{key}, other parts of it in each"),
            sides => format!("{key}, only in {sides}"),
        },
        Origin::Packages => {
            let (source, labels) = key.split_once(':').unwrap_or((key, ""));
            match packages(comparison, rows).as_slice() {
                [one] => format!("Package {one} of {source}, only in {labels}"),
                [first, second] => format!("Packages {first} and {second} of {source}, only in {labels}"),
                [first, rest @ ..] => format!("Package {first} and {} more of {source}, only in {labels}", rest.len()),
                [] => format!("Packages of {source}, only in {labels}"),
            }
        }
        Origin::Dependencies => format!("Packages that others need, only in {key}"),
        Origin::Marks => "Packages asked for, or only needed by others".to_owned(),
        Origin::Libraries => format!("Shared libraries, only in {key}"),
        Origin::File => format!("File {key}"),
        Origin::Service => format!("Service {key}"),
        Origin::Part => match key.split_once(':') {
            Some(("authority", name)) => format!("Certificate authority {}", subject(comparison, rows).unwrap_or(name)),
            Some(("shared-identity", kind)) => format!("Machines that share their {}", kind.replace('_', " ")),
            Some((kind, name)) => format!("{} {name}", capital(&kind.replace('-', " "))),
            None => capital(&key.replace('-', " ")),
        },
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The values of all sides at a path, each said once: `11 -> 12`.
fn values(comparison: &Comparison, path: &[&str], words: impl Fn(String) -> String) -> String {
    let Some(row) = comparison.find(&Path::new(path.iter().copied())) else { return String::new() };
    let mut said: Vec<String> = Vec::new();
    for cell in comparison.cells(row) {
        let text = match cell {
            Cell::Value(value) => words(value.plain().into_owned()),
            Cell::Missing => "(absent)".to_owned(),
            Cell::Redacted(_) | Cell::Problem(_) | Cell::NotCollected(_) => "(not known)".to_owned(),
        };
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said.join(" -> ")
}

/// The distribution and the release of each side, each pair said once.
fn releases(comparison: &Comparison) -> Vec<String> {
    let rows = ["id", "version"].map(|key| comparison.find(&Path::new(["os", "release", key])));
    let text = |row: Option<RowId>, side| match comparison.cell(row?, side) {
        Cell::Value(value) => Some(value.plain().into_owned()),
        _ => None,
    };
    let mut said: Vec<String> = Vec::new();
    for side in 0..comparison.sides().len() {
        let words: Vec<String> = rows.iter().filter_map(|row| text(*row, side)).collect();
        let words = if words.is_empty() { "(not known)".to_owned() } else { words.join(" ") };
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said
}

/// Bytes in a unit that people read.
fn size(bytes: &str) -> String {
    const UNITS: [(f64, &str); 4] =
        [(1099511627776.0, "TiB"), (1073741824.0, "GiB"), (1048576.0, "MiB"), (1024.0, "KiB")];
    let Ok(bytes) = bytes.parse::<f64>() else { return bytes.to_owned() };
    UNITS
        .iter()
        .find(|(unit, _)| bytes >= *unit)
        .map_or_else(|| format!("{bytes} B"), |(unit, word)| format!("{} {word}", (bytes / unit * 10.0).round() / 10.0))
}

/// The labels of the sides that have a value in most of the rows; where parts of it are here and others there, of those
/// that have any. Empty where all have some: then it is nobody's alone.
fn present_in(comparison: &Comparison, rows: &[RowId]) -> String {
    let count = |side: usize| {
        // What says that a package was removed is no part of it.
        let has = |row: &&RowId| comparison.key(**row) != "state" && comparison.cell(**row, side) != Cell::Missing;
        rows.iter().filter(has).count()
    };
    let counts: Vec<usize> = (0..comparison.sides().len()).map(count).collect();
    let named = |least: usize| -> Vec<String> {
        let has = counts.iter().enumerate().filter(|(_, count)| **count >= least);
        has.map(|(side, _)| short_name(comparison, side)).collect()
    };
    let mut sides = named(rows.len() / 2 + 1);
    if sides.is_empty() {
        sides = named(1);
        sides.truncate(if sides.len() == counts.len() { 0 } else { sides.len() });
    }
    sides.join(", ")
}

/// The first version that differs among some packages: ` 1.1.1n -> 3.0.2`.
fn version_step(comparison: &Comparison, rows: &[RowId]) -> String {
    let version = rows.iter().find(|row| comparison.key(**row) == "version");
    let Some(row) = version else { return String::new() };
    let mut said: Vec<&str> = Vec::new();
    for cell in comparison.cells(*row) {
        if let Cell::Value(ValueRef::Text(text)) = cell
            && !said.contains(&text)
        {
            said.push(text);
        }
    }
    format!(" {}", said.join(" -> "))
}

/// The packages among some rows, by name.
fn packages(comparison: &Comparison, rows: &[RowId]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        let path = comparison.path(*row);
        let [area, kind, _, name, ..] = path.segments() else { continue };
        if (area.as_str(), kind.as_str()) == ("libraries", "packages") && names.last().is_none_or(|last| last != name) {
            names.push(name.to_string());
        }
    }
    names
}

/// The subject among the facts of a certificate.
fn subject<'a>(comparison: &'a Comparison, rows: &[RowId]) -> Option<&'a str> {
    let row = rows.iter().find(|row| comparison.key(**row) == "subject")?;
    comparison.cells(*row).find_map(|cell| match cell {
        Cell::Value(ValueRef::Text(text)) => Some(text),
        _ => None,
    })
}
