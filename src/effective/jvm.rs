//! What a Java virtual machine of HotSpot chooses by itself, from what it sees of the machine or the container.

use super::cpu::usable_cpus;
use super::evidence::{Evidence, Known};
use super::memory::usable_memory;
use super::{Making, Spec};
use crate::model::Value;

/// What a "server-class machine" has at the least: os::is_server_class_machine() asks for 2 GiB with 256 MiB left off.
const SERVER_MEMORY: u64 = 1792 << 20;

/// Below this the default heap follows another ratio, -XX:MinRAMPercentage.
const SMALL: u64 = 512 << 20;

/// The last release of which the choice is known.
const LAST: u64 = 25;

/// Options that name a collector, with its name.
const COLLECTORS: [(&str, &str); 5] = [
    ("-XX:+UseSerialGC", "Serial"),
    ("-XX:+UseParallelGC", "Parallel"),
    ("-XX:+UseG1GC", "G1"),
    ("-XX:+UseZGC", "Z"),
    ("-XX:+UseShenandoahGC", "Shenandoah"),
];

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["jvm", "collector"],
        Spec {
            from: &[
                "toolchains.java.version",
                "os.environment.JAVA_TOOL_OPTIONS",
                "hardware.cpu.online",
                "hardware.cpu.logical_count",
                "os.cgroup.cpus",
                "os.cgroup.cpu_max",
                "hardware.memory.total_bytes",
                "os.cgroup.memory_max_bytes",
            ],
            unit: None,
            about: "The garbage collector that a Java program gets unless it is started with another one.",
            formula: "JAVA_TOOL_OPTIONS' own; else G1 (Parallel in Java 8) with 2 processors and 1792 MiB or more, \
                      Serial with less",
        },
        collector,
    );
    making.add(
        &["jvm", "max_heap_bytes"],
        Spec {
            from: &[
                "toolchains.java.version",
                "os.environment.JAVA_TOOL_OPTIONS",
                "hardware.memory.total_bytes",
                "os.cgroup.memory_max_bytes",
            ],
            unit: Some("bytes"),
            about: "The largest heap that a Java program gets unless it is started with another one.",
            formula: "a quarter of the usable memory (-XX:MaxRAMPercentage=25) unless JAVA_TOOL_OPTIONS sets it",
        },
        |facts| {
            release(facts)?;
            let options = options(facts)?;
            if options.contains("-Xmx") || options.contains("-XX:Max") {
                return None;
            }
            let memory = usable_memory(facts)?;
            (memory >= SMALL).then_some(Value::from(memory / 4))
        },
    );
}

/// "HotSpot Virtual Machine Garbage Collection Tuning Guide", Ergonomics; JEP 248 made G1 the default in Java 9.
fn collector(facts: &Evidence<'_, '_>) -> Option<Value> {
    let release = release(facts)?;
    let options = options(facts)?;
    if let Some((_, name)) = COLLECTORS.iter().find(|(option, _)| options.contains(option)) {
        return Some(Value::from(*name));
    }
    let is_server = usable_cpus(facts)?.ceil() >= 2.0 && usable_memory(facts)? >= SERVER_MEMORY;
    Some(Value::from(match (is_server, release) {
        (false, _) => "Serial",
        (true, 8) => "Parallel",
        (true, _) => "G1",
    }))
}

/// The feature release of the Java that programs find, of those whose choice is known: from 8u191 on the virtual machine
/// sees the limits of containers.
fn release(facts: &Evidence<'_, '_>) -> Option<u64> {
    let version = facts.text(&["toolchains", "java", "version"]).is()?;
    let bare = version.strip_prefix("1.").unwrap_or(version);
    let mut numbers = bare.split(|c: char| !c.is_ascii_digit());
    let release = numbers.next()?.parse().ok()?;
    if release == 8 {
        let update = version.split_once('_').or_else(|| version.split_once('u'))?.1;
        let update: String = update.chars().take_while(char::is_ascii_digit).collect();
        return (update.parse::<u64>().ok()? >= 191).then_some(8);
    }
    (10..=LAST).contains(&release).then_some(release)
}

fn options<'a>(facts: &Evidence<'_, 'a>) -> Option<&'a str> {
    match facts.text(&["os", "environment", "JAVA_TOOL_OPTIONS"]) {
        Known::Is(options) => Some(options),
        Known::Absent => Some(""),
        Known::Unknown => None,
    }
}
