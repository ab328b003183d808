//! `os.kernel.modules`: what the kernel has loaded, /proc/modules, and how modules and built-in parts are set, /sys/module
//! (Documentation/ABI/stable/sysfs-module).

use super::sysctl::value;
use crate::capture::{Facts, Scope};
use crate::host::{Host, Output, ReadError};

const LOADED: &str = "/proc/modules";
const FOLDER: &str = "/sys/module";

/// The most modules and parameters of one that are looked at; the kernel has hundreds.
const CAP: usize = 5_000;

/// What modules count, beside their parameters: by the beginnings of the names. No settings, and never the same twice.
const COUNTERS: [(&str, &[&str]); 5] = [
    ("damon_lru_sort", &["bytes_", "kdamond_pid", "nr_"]),
    ("damon_reclaim", &["bytes_", "kdamond_pid", "nr_"]),
    ("damon_stat", &["estimated_", "kdamond_pid", "memory_idle"]),
    ("dm_bufio", &["allocated_", "current_", "peak_"]),
    ("page_reporting", &["passes", "reported_", "walked"]),
];

/// Reads the modules and their parameters; parts of the kernel that are built in have parameters too.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    loaded(host, facts);
    match host.list(FOLDER) {
        Ok(entries) => {
            let mut facts = facts.at(&["os", "kernel", "modules"]);
            entries.iter().take(CAP).for_each(|entry| described(host, &entry.name, &mut facts));
        }
        // Without /proc/modules all of it is not collected already.
        Err(error) => facts.unread(&["os", "kernel", "modules"], &error),
    }
}

fn loaded(host: &Host, facts: &mut Facts) {
    let keys = ["os", "kernel", "modules"];
    let (text, source) = match host.text(LOADED) {
        Ok(text) => (text, LOADED.to_owned()),
        Err(error) if error.is_missing() => match host.recorded("lsmod") {
            // Its first line names the columns.
            Some(Output { text, source }) => (text.lines().skip(1).collect::<Vec<_>>().join("\n"), source),
            // A kernel that cannot load modules has no such file.
            None if host.as_live().is_some() => return,
            None => return facts.not_collected(&keys, "the root has no /proc/modules"),
        },
        Err(error) => return facts.unread(&keys, &error),
    };
    let mut facts = facts.at(&keys);
    for name in text.lines().filter_map(|line| line.split_whitespace().next()).take(CAP) {
        facts.put(&[name, "loaded"], true, &source);
    }
}

/// The version of a module that has its own, what it taints the kernel with, and its parameters.
fn described(host: &Host, name: &str, facts: &mut Scope) {
    let folder = format!("{FOLDER}/{name}");
    let entries = host.list(&folder).unwrap_or_default();
    let has = |wanted: &str| entries.iter().any(|entry| entry.name == wanted);
    for key in ["version", "taint"].into_iter().filter(|key| has(key)) {
        let path = format!("{folder}/{key}");
        match host.word(&path) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => facts.put(&[name, key], text, &path),
            Err(error) => facts.unread(&[name, key], &error),
        }
    }
    if !has("parameters") {
        return;
    }
    let folder = format!("{folder}/parameters");
    let counters = COUNTERS.iter().find(|(module, _)| *module == name).map_or(&[][..], |(_, starts)| starts);
    let is_counter = |parameter: &str| counters.iter().any(|start| parameter.starts_with(start));
    for entry in host.list(&folder).unwrap_or_default().iter().filter(|entry| !is_counter(&entry.name)).take(CAP) {
        let path = format!("{folder}/{}", entry.name);
        match host.word(&path) {
            Ok(text) => facts.put(&[name, "parameters", &entry.name], value(&text), &path),
            // What not even its owner may read is an order to the module, not a setting.
            Err(ReadError::Denied(_)) if host.stat(&path).is_ok_and(|stat| stat.mode & 0o400 == 0) => {}
            Err(error) => facts.unread(&[name, "parameters", &entry.name], &error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn modules_tell_their_parameters_and_versions() {
        let facts = Root::new(&[
            (LOADED, "mlx5_core 1634304 1 mlx5_ib, Live 0x0000000000000000 (OE)\nloop 32768 0 - Live 0x0\n"),
            ("/sys/module/mlx5_core/initstate", "live\n"),
            ("/sys/module/mlx5_core/version", "5.8-2.0.3\n"),
            ("/sys/module/mlx5_core/taint", "OE\n"),
            ("/sys/module/mlx5_core/parameters/prof_sel", "2\n"),
            ("/sys/module/loop/taint", "\n"),
            ("/sys/module/tcp_cubic/parameters/hystart", "1\n"),
            ("/sys/module/dm_bufio/parameters/current_allocated_bytes", "77\n"),
            ("/sys/module/dm_bufio/parameters/max_age_seconds", "300\n"),
            ("/sys/module/zswap/parameters/enabled", "N\n"),
        ])
        .probe(probe);
        let expected = [
            "os.kernel.modules.dm_bufio.parameters.max_age_seconds = 300",
            "os.kernel.modules.loop.loaded = true",
            "os.kernel.modules.mlx5_core.loaded = true",
            "os.kernel.modules.mlx5_core.parameters.prof_sel = 2",
            "os.kernel.modules.mlx5_core.taint = OE",
            "os.kernel.modules.mlx5_core.version = 5.8-2.0.3",
            "os.kernel.modules.tcp_cubic.parameters.hystart = 1",
            "os.kernel.modules.zswap.parameters.enabled = N",
        ];
        assert_eq!(written(&facts), expected);
        assert!(facts.problems().is_empty(), "{:?}", facts.problems());
    }

    #[test]
    fn an_archive_tells_what_lsmod_said() {
        let said = "Module                  Size  Used by\nstp                    12976  1 bridge\n";
        let facts = Root::new(&[("/insights_commands/lsmod", said)]).probe(probe);
        assert_eq!(written(&facts), ["os.kernel.modules.stp.loaded = true"]);
        let facts = Root::new(&[("/etc/hostname", "x\n")]).probe(probe);
        assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()) && !facts.is_empty());
    }
}
