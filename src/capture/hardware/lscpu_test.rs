//! The processors of many real machines against what lscpu(1) says of the same dumps.
#![allow(clippy::disallowed_methods, reason = "a test unpacks its dumps and reads what is expected of them")]

use super::cpu_set::CpuSet;
use crate::base::tally::{Tally, fixtures};
use crate::capture::Facts;
use crate::host::Host;
use crate::model::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where we say something else than lscpu, and why. Dump, fact, reason. Of caches there is a second word, lstopo's: lscpu
/// counts those of processors that are switched off too, and one for each thread where `shared_cpu_list` is absent.
const KNOWN: &[(&str, &str, &str)] = &[
    ("util-linux--arm-A510-A710-A715-X3", "cores_per_socket", "lscpu counts each kind of core alone, we all of them"),
    ("util-linux--sparc64", "flags", "lscpu gives the kind of machine; the capabilities stand in cpucaps"),
];

/// lscpu's labels and our facts.
pub(super) const LABELS: [(&str, &str); 17] = [
    ("CPU(s)", "logical_count"),
    ("On-line CPU(s) list", "online"),
    ("Off-line CPU(s) list", "offline"),
    ("Vendor ID", "vendor"),
    ("Model name", "model"),
    ("CPU family", "family"),
    ("Model", "model_number"),
    ("Machine type", "model_number"),
    ("Stepping", "stepping"),
    ("Microcode version", "microcode"),
    ("Thread(s) per core", "threads_per_core"),
    ("Core(s) per socket", "cores_per_socket"),
    ("Socket(s)", "sockets"),
    ("Socket(s) per book", "sockets_per_book"),
    ("Book(s)", "books"),
    ("Book(s) per drawer", "books_per_drawer"),
    ("Drawer(s)", "drawers"),
];

#[test]
fn fixtures_of_processors_are_counted_as_lscpu_counts_them() {
    let Some(fixtures) = fixtures("cpu") else { return };
    let mut checked = 0;
    let mut folders: BTreeMap<String, Tally> = BTreeMap::new();
    for (name, dump, oracle) in cases(&fixtures) {
        // Thousands of small files: in memory where that is possible.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let mut tar = Command::new("tar");
        // What has nothing to do with processors is most of the files.
        for other in ["bus", "class", "devices/pci*", "devices/virtual", "firmware"] {
            tar.arg(format!("--exclude=*/sys/{other}/*"));
        }
        let unpacked = tar.args(["--exclude=*/cpuidle/*", "-xf"]).arg(&dump).arg("-C").arg(dir.path()).status();
        let unpacked = unpacked.expect("tar runs");
        assert!(unpacked.success(), "{name}");
        let top = std::fs::read_dir(dir.path()).expect("a folder").next().expect("a top").expect("an entry").path();
        let host = Host::root(top.to_str().expect("UTF-8")).expect("opens");
        let mut facts = Facts::new();
        super::cpu::probe(&host, &mut facts);
        let text = std::fs::read_to_string(&oracle).expect("readable");
        for (key, expected) in expected(&text) {
            let actual = facts.get(&format!("hardware.cpu.{key}")).map(plain).unwrap_or_default();
            // lscpu leaves colons out of what the kernel says of vulnerabilities.
            let actual = if key.starts_with("vulnerabilities.") { actual.replace(':', "") } else { actual };
            checked += 1;
            let folder = name.split("--").next().unwrap_or_default();
            let tally =
                folders.entry(folder.to_owned()).or_insert_with(|| Tally::new(format!("cpu/{folder} by lscpu")));
            let right = agree(&key, &expected, &actual) || lstopo_agrees(&fixtures, &name, &key, &facts);
            let both = format_args!("lscpu {expected:?}, we {actual:?}");
            tally.agree(format_args!("{name} {key}"), right, both);
        }
    }
    for (name, key, why) in KNOWN {
        let folder = name.split("--").next().unwrap_or_default();
        folders.get_mut(folder).expect("was checked").known_miss(format_args!("{name} {key}"), why);
    }
    folders.into_values().for_each(Tally::finish);
    assert!(checked > 300, "only {checked} facts were compared");
}

/// Equal, or equal as far as lscpu's rounding to a tenth of a unit lets one see.
fn agree(key: &str, expected: &str, actual: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let near = || Some((number(expected)? - number(actual)?).abs() <= number(expected)? / 1000.0);
    expected == actual || (key.ends_with(".total_bytes") && near() == Some(true))
}

/// Whether lstopo, with nothing left out for a container's sake, counts as many caches of this level.
fn lstopo_agrees(fixtures: &Path, name: &str, key: &str, facts: &Facts) -> bool {
    let Some((cache, what)) = key.strip_prefix("cache.").and_then(|rest| rest.split_once('.')) else { return false };
    let Some(dump) = name.strip_prefix("hwloc--") else { return false };
    let console = |end: &str| std::fs::read_to_string(fixtures.join(format!("hwloc/{dump}{end}.console"))).ok();
    let Some(text) = console("-disallowed").or_else(|| console("")) else { return false };
    let kind = format!("{}Cache", cache.replacen('l', "L", 1));
    let line = text.lines().find(|line| line.contains("depth") && line.contains(&format!(" {kind} ")));
    let count = line.and_then(|line| line.split_whitespace().rev().nth(3)?.parse::<u64>().ok());
    let number = |what: &str| match facts.get(&format!("hardware.cpu.cache.{cache}.{what}")) {
        Some(Value::Number(number)) => number.to_string().parse::<u64>().ok(),
        _ => None,
    };
    match what {
        "instances" => count.is_some() && number("instances") == count,
        _ => count.is_some() && number("total_bytes") == number("size_bytes").zip(count).map(|(size, n)| size * n),
    }
}

/// Dumps for which lscpu's word is known: name, archive, text.
fn cases(fixtures: &Path) -> Vec<(String, PathBuf, PathBuf)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(fixtures.join("lscpu-oracle")).expect("a folder") {
        let oracle = entry.expect("an entry").path();
        let Some(name) = oracle.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".txt")) else {
            continue;
        };
        let (folder, dump) = name.split_once("--").expect("folder--dump.txt");
        let archive = |ext: &str| fixtures.join(folder).join(format!("{dump}.tar.{ext}"));
        let archive = ["gz", "bz2", "xz"].into_iter().map(archive).find(|path| path.exists()).expect("an archive");
        out.push((name.to_owned(), archive, oracle.clone()));
    }
    out.sort();
    out
}

/// What lscpu says, by our keys; several groups of one label become a list without repetition.
pub(in crate::capture) fn expected(text: &str) -> BTreeMap<String, String> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |key: String, value: String| {
        let values = out.entry(key).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    };
    for line in text.lines().take_while(|line| !line.starts_with('#')) {
        let Some((label, value)) = line.split_once(':') else { continue };
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((_, key)) = LABELS.iter().find(|(l, _)| *l == label) {
            let list = key.ends_with("line");
            put((*key).to_owned(), if list { CpuSet::from_list(&value).to_string() } else { value });
        } else if label == "Flags" {
            put("flags".to_owned(), plain(&Value::set(value.split(' '))));
        } else if let Some(cache) = label.strip_suffix(" cache") {
            let (size, rest) = value.split_once(" (").unwrap_or((&value, "1 "));
            put(format!("cache.{}.total_bytes", cache.to_lowercase()), bytes(size));
            let count = rest.split(' ').next().unwrap_or_default();
            put(format!("cache.{}.instances", cache.to_lowercase()), count.to_owned());
        } else if let Some(vulnerability) = label.strip_prefix("Vulnerability ") {
            let name = vulnerability.to_lowercase().replace(' ', "_");
            put(format!("vulnerabilities.{name}"), value.replacen("Mitigation; ", "Mitigation ", 1).replace(':', ""));
        }
    }
    out.into_iter().filter(|(_, v)| v != &["-"]).map(|(key, values)| (key, sorted(values))).collect()
}

/// In whatever order the kinds of processors were met.
fn sorted(mut values: Vec<String>) -> String {
    values.sort();
    values.join(", ")
}

/// `5.5 MiB`, or `32K` of older versions, in bytes.
fn bytes(size: &str) -> String {
    let at = size.find(|c: char| c.is_ascii_alphabetic()).expect("a unit");
    let factor = match size[at..].trim() {
        "KiB" | "K" => 1024.0,
        "MiB" | "M" => 1024.0 * 1024.0,
        other => panic!("{other}"),
    };
    format!("{:.0}", size[..at].trim().parse::<f64>().expect("a number") * factor)
}

pub(in crate::capture) fn plain(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::List(items) => sorted(items.iter().map(plain).collect()),
        other => format!("{other:?}"),
    }
}
