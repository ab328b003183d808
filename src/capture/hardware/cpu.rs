//! `hardware.cpu`: the processors, and what they run on, from `/proc/cpuinfo` and `/sys/devices/system/cpu`.

use super::cpu_set::CpuSet;
use super::cpuinfo::{CpuInfo, Identity};
use super::{core_types, cpu_cache, topology, virtualization};
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host};
use crate::model::{Problem, ProblemKind, Value};

pub(super) const CPUINFO: &str = "/proc/cpuinfo";
pub(super) const CPUS: &str = "/sys/devices/system/cpu";

/// What cpuinfo alone can tell.
const FROM_CPUINFO: [&str; 7] = ["vendor", "model", "family", "model_number", "stepping", "flags", "bugs"];

/// Some kilobytes for each of up to 8192 processors.
const CPUINFO_CAP: u64 = 64 << 20;

/// Which processors are there and which of them run.
pub(super) struct Presence {
    present: CpuSet,
    pub(super) online: CpuSet,
}

impl Presence {
    /// Those that are there and switched off.
    pub(super) fn offline(&self) -> CpuSet {
        self.present.without(&self.online)
    }
}

/// Reads all that is known of the processors.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let text = match host.read_up_to(CPUINFO, CPUINFO_CAP) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            for key in FROM_CPUINFO.into_iter().chain(["architecture", "microcode"]) {
                facts.unread(&["hardware", "cpu", key], &error);
            }
            String::new()
        }
    };
    let info = CpuInfo::parse(&text);
    virtualization::put(host, &info, facts);
    let cpus = presence(host, &info);
    let online = &cpus.online;
    if cpus.present.is_empty() && text.is_empty() {
        return without_files(host, facts);
    }
    if text.is_empty() && host.as_live().is_none() {
        for key in FROM_CPUINFO {
            facts.not_collected(&["hardware", "cpu", key], "the root has no /proc/cpuinfo");
        }
    }
    if host.as_live().is_none() && !host.exists(CPUS) {
        for key in ["cache", "max_frequency_hertz", "governor", "smt", "core_types"] {
            facts.not_collected(&["hardware", "cpu", key], "the root has no /sys");
        }
    }
    let mut facts = facts.at(&["hardware", "cpu"]);
    put_counts(&cpus, &mut facts);
    architecture(host, &info, &mut facts);
    let types = info.identities(online);
    put_identity(&types, &mut facts);
    core_types::put(host, &types, online, &mut facts);
    put_features(&info, &mut facts);
    put_microcode(host, &info, online, &mut facts);
    topology::put(host, &info, &types, &cpus, &mut facts);
    cpu_cache::put(host, &info, online, &mut facts);
    put_frequency(host, online, &mut facts);
    put_vulnerabilities(host, &mut facts);
    let smt = format!("{CPUS}/smt/control");
    facts.put_some(&["smt"], host.word(&smt).ok(), &smt);
}

/// Another system than Linux answers through sysinfo; another root without a kernel's files does not.
fn without_files(host: &Host, facts: &mut Facts) {
    let Some(live) = host.as_live() else {
        facts.not_collected(&["hardware", "cpu"], "the root has neither /proc/cpuinfo nor /sys");
        return;
    };
    let system = live.system();
    let mut facts = facts.at(&["hardware", "cpu"]);
    facts.put(&["architecture"], system.architecture, "sysinfo");
    facts.put_some(&["model"], system.processor_brand, "sysinfo");
    facts.put(&["logical_count"], system.processors, "sysinfo");
}

/// Which processors are present, and which of them are online. Those that are merely possible, and those that
/// `offline` lists without being present, are not there (Documentation/admin-guide/cputopology.rst).
fn presence(host: &Host, info: &CpuInfo) -> Presence {
    let list = |name: &str| host.text(&format!("{CPUS}/{name}")).ok().map(|text| CpuSet::from_list(&text));
    let known = |set: &CpuSet| !set.is_empty();
    let folders = || {
        let entries = host.list(CPUS).unwrap_or_default();
        let numbers = entries.iter().filter(|e| e.kind != EntryKind::File).filter_map(|e| e.name.strip_prefix("cpu"));
        numbers.filter_map(|n| n.parse().ok()).collect()
    };
    let listed = info.cpus();
    let present = list("present").filter(known).unwrap_or_else(folders);
    let present = if known(&present) { present } else { listed.clone() };
    let online = list("online").map(|online| online.and(&present)).filter(known);
    let online = online.or_else(|| Some(listed.and(&present)).filter(known));
    let online = online.unwrap_or_else(|| present.clone());
    Presence { present, online }
}

fn put_counts(cpus: &Presence, facts: &mut Scope) {
    facts.put(&["logical_count"], cpus.present.len(), CPUS);
    facts.put(&["online"], cpus.online.to_string(), CPUS);
    facts.put(&["offline"], cpus.offline().to_string(), CPUS);
}

fn architecture(host: &Host, info: &CpuInfo, facts: &mut Scope) {
    const ARCH: &str = "/proc/sys/kernel/arch";
    if let Ok(word) = host.word(ARCH) {
        facts.put(&["architecture"], word, ARCH);
    } else if let Some(live) = host.as_live() {
        facts.put(&["architecture"], live.system().architecture, "uname");
    } else {
        facts.put_some(&["architecture"], info.architecture(), CPUINFO);
    }
}

fn put_identity(types: &[(Identity, CpuSet)], facts: &mut Scope) {
    type Part = fn(&Identity) -> Option<&String>;
    let parts: [(&str, Part); 5] = [
        ("vendor", |i| i.vendor.as_ref()),
        ("model", |i| i.model.as_ref()),
        ("family", |i| i.family.as_ref()),
        ("model_number", |i| i.model_number.as_ref()),
        ("stepping", |i| i.stepping.as_ref()),
    ];
    for (key, part) in parts {
        let values = types.iter().filter_map(|(identity, _)| part(identity));
        facts.put_some(&[key], one_or_list(values.map(|v| number_or_text(v))), CPUINFO);
    }
}

fn put_features(info: &CpuInfo, facts: &mut Scope) {
    facts.put_some(&["flags"], info.flags().map(Value::set), CPUINFO);
    facts.put_some(&["bugs"], info.bugs().map(Value::set), CPUINFO);
}

/// Every microcode version that runs: processors of one machine may differ after a late load that failed on some.
fn put_microcode(host: &Host, info: &CpuInfo, online: &CpuSet, facts: &mut Scope) {
    let mut listed = info.microcode();
    listed.retain(|version| !version.is_empty());
    if !listed.is_empty() {
        facts.put_some(&["microcode"], one_or_list(listed), CPUINFO);
        return;
    }
    let version = |cpu| host.word(&format!("{CPUS}/cpu{cpu}/microcode/version"));
    let first = online.iter().next().map(version);
    if let Some(Err(error)) = &first {
        facts.unread(&["microcode"], error);
    }
    if first.is_some_and(|version| version.is_ok()) {
        let all: Vec<String> =
            online.iter().filter_map(|cpu| version(cpu).ok()).filter(|version| !version.is_empty()).collect();
        if all.is_empty() {
            let detail = format!("{CPUS}/cpu*/microcode/version: empty");
            return facts.problem(&["microcode"], Problem::new(ProblemKind::NotParsable, detail));
        }
        facts.put_some(&["microcode"], one_or_list(all), "/sys/devices/system/cpu/cpu*/microcode/version");
    }
}

/// The highest frequency of any processor and the governors that run: Documentation/admin-guide/pm/cpufreq.rst.
fn put_frequency(host: &Host, online: &CpuSet, facts: &mut Scope) {
    let policies = host.list(&format!("{CPUS}/cpufreq")).unwrap_or_default();
    let policies = policies.iter().map(|e| e.name.as_str()).filter(|name| name.starts_with("policy"));
    let mut folders: Vec<String> = policies.map(|name| format!("{CPUS}/cpufreq/{name}")).collect();
    if folders.is_empty() {
        // Before Linux 4.3 each processor has a folder of its own.
        folders = online.iter().map(|cpu| format!("{CPUS}/cpu{cpu}/cpufreq")).take_while(|f| host.exists(f)).collect();
    }
    let mut highest: Option<u64> = None;
    let mut governors = Vec::new();
    for folder in folders {
        let kilohertz = host.word(&format!("{folder}/cpuinfo_max_freq")).ok().and_then(|k| k.parse::<u64>().ok());
        highest = highest.max(kilohertz.and_then(|k| k.checked_mul(1000)));
        governors.extend(host.word(&format!("{folder}/scaling_governor")).ok());
    }
    let source = "/sys/devices/system/cpu/cpufreq";
    facts.put_some(&["max_frequency_hertz"], highest, source);
    facts.put_some(&["governor"], one_or_list(governors), source);
}

fn put_vulnerabilities(host: &Host, facts: &mut Scope) {
    let folder = format!("{CPUS}/vulnerabilities");
    match host.list(&folder) {
        // A dump may have kept the folder and none of its files.
        Ok(entries) if entries.is_empty() && host.as_live().is_none() => {
            facts.not_collected(&["vulnerabilities"], &format!("{folder} of the root is empty"));
        }
        Ok(entries) => {
            for entry in entries {
                let path = format!("{folder}/{}", entry.name);
                match host.word(&path) {
                    Ok(state) => facts.put(&["vulnerabilities", &entry.name], state, &path),
                    Err(error) => facts.unread(&["vulnerabilities", &entry.name], &error),
                }
            }
        }
        Err(error) if error.is_missing() && host.as_live().is_none() => {
            facts.not_collected(&["vulnerabilities"], &format!("the root has no {folder}"));
        }
        Err(error) => facts.unread(&["vulnerabilities"], &error),
    }
}

/// A number where the whole text is one.
fn number_or_text(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}

/// The one value that all share, or the list of the different ones in the order in which they were met.
pub(super) fn one_or_list<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Option<Value> {
    let mut different: Vec<Value> = Vec::new();
    for value in values {
        let value = value.into();
        if !different.contains(&value) {
            different.push(value);
        }
    }
    if different.len() > 1 { Some(Value::List(different)) } else { different.pop() }
}

#[cfg(test)]
mod tests {
    use super::probe;
    use crate::capture::sample::Root;

    #[test]
    fn an_empty_version_is_none_and_a_missing_folder_says_nothing() {
        let facts = Root::new(&[
            ("/sys/devices/system/cpu/present", "0\n"),
            ("/sys/devices/system/cpu/cpu0/microcode/version", "\n"),
        ])
        .probe(probe);
        assert_eq!(facts.get("hardware.cpu.microcode"), None);
        let said =
            |key: &str| facts.problems().iter().find(|(path, _)| path.to_string() == format!("hardware.cpu.{key}"));
        assert!(said("microcode").is_some_and(|(_, problem)| !problem.is_not_collected()));
        assert!(said("vulnerabilities").is_some_and(|(_, problem)| problem.is_not_collected()));
    }
}
