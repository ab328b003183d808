//! `os.cgroup`: the control group of this process and what it may use, cgroups(7), Documentation/admin-guide/cgroup-v2.rst.

use super::filesystems::mounts;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::Value;

const OWN: &str = "/proc/self/cgroup";

/// No hierarchy is deeper.
const DEEPEST: usize = 64;

/// Where nothing is limited.
const MAX: &str = "max";

/// Files of the first version that hold no limit write a number near to 2^63.
const NO_LIMIT: u64 = 1 << 62;

/// A mounted hierarchy.
struct Hierarchy {
    /// 1 or 2.
    version: u8,
    at: String,
    /// What of the hierarchy is mounted there, where the list of mounts tells.
    top: String,
    options: Vec<String>,
}

/// Reads which hierarchies there are, and the limits of this process's group and of those above it.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let keys = ["os", "cgroup"];
    let (all, source) = match hierarchies(host) {
        Some(found) => found,
        None if host.as_live().is_some() => return,
        None => return facts.not_collected(&keys, "the root has no list of mounts"),
    };
    let mut facts = facts.at(&keys);
    let first = |one: &&Hierarchy| one.version == 1 && one.options.iter().any(|option| is_controller(option));
    let (one, two) = (all.iter().any(|h| first(&h)), all.iter().find(|h| h.version == 2));
    match (one, two) {
        (true, Some(_)) => facts.put(&["version"], "hybrid", &source),
        (true, None) => facts.put(&["version"], 1_u64, &source),
        (false, Some(_)) => facts.put(&["version"], 2_u64, &source),
        (false, None) => return,
    }
    let mut controllers: Vec<String> = all.iter().filter(first).flat_map(|h| h.options.clone()).collect();
    controllers.retain(|option| is_controller(option));
    let mut told_by = source;
    if let Some(two) = two {
        let path = format!("{}/cgroup.controllers", two.at);
        if let Ok(text) = host.word(&path) {
            controllers.extend(text.split_whitespace().map(str::to_owned));
            if !one {
                told_by = path;
            }
        }
    }
    if !controllers.is_empty() {
        facts.put(&["controllers"], Value::set(controllers.clone()), &told_by);
    }
    if host.as_live().is_none() {
        for key in ["cpu_max", "cpus", "memory_max_bytes", "pids_max"] {
            facts.not_collected(&[key], "only a running machine has a process to ask for");
        }
        return;
    }
    match host.text(OWN) {
        Ok(text) => {
            let group = Group { host, hierarchies: &all, groups: &text, controllers: &controllers };
            group.limits(&mut facts);
        }
        Err(error) => facts.unread(&[], &error),
    }
}

fn hierarchies(host: &Host) -> Option<(Vec<Hierarchy>, String)> {
    let (mounts, source) = mounts(host)?;
    let of_kind = |kind: &str| match kind {
        "cgroup" => Some(1),
        "cgroup2" => Some(2),
        _ => None,
    };
    let all = mounts.into_iter().filter_map(|mount| {
        let version = of_kind(&mount.kind)?;
        Some(Hierarchy { version, at: mount.at, top: mount.top, options: mount.options })
    });
    Some((all.collect(), source))
}

/// Whether an option of a mounted hierarchy of the first version names a controller.
fn is_controller(option: &str) -> bool {
    const ALL: [&str; 14] = [
        "blkio",
        "cpu",
        "cpuacct",
        "cpuset",
        "debug",
        "devices",
        "freezer",
        "hugetlb",
        "memory",
        "misc",
        "net_cls",
        "net_prio",
        "perf_event",
        "pids",
    ];
    ALL.contains(&option) || option == "rdma"
}

/// A process's place in all hierarchies.
struct Group<'a> {
    host: &'a Host,
    hierarchies: &'a [Hierarchy],
    /// The text of /proc/PID/cgroup: `4:memory:/a/b`, of the second version `0::/a/b`.
    groups: &'a str,
    controllers: &'a [String],
}

impl Group<'_> {
    fn limits(&self, facts: &mut Scope) {
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number < NO_LIMIT);
        let cpu = |folder: &str, version: u8| -> Option<(Option<f64>, String)> {
            if version == 2 {
                let path = format!("{folder}/cpu.max");
                let text = self.host.word(&path).ok()?;
                let (quota, period) = text.split_once(' ')?;
                return Some((ratio(quota, period), path));
            }
            let path = format!("{folder}/cpu.cfs_quota_us");
            let quota = self.host.word(&path).ok()?;
            let period = self.host.word(&format!("{folder}/cpu.cfs_period_us")).ok()?;
            Some((ratio(&quota, &period), path))
        };
        self.least("cpu", "cpu_max", cpu, facts);
        self.least("memory", "memory_max_bytes", self.reader(["memory.limit_in_bytes", "memory.max"], number), facts);
        self.least("pids", "pids_max", self.reader(["pids.max", "pids.max"], number), facts);
        let Some((folders, version)) = self.folders("cpuset") else { return };
        let name = if version == 2 { "cpuset.cpus.effective" } else { "cpuset.effective_cpus" };
        for path in folders.iter().map(|folder| format!("{folder}/{name}")) {
            if let Ok(text) = self.host.word(&path) {
                return facts.put(&["cpus"], text, &path);
            }
        }
    }

    /// Reads a limit from the file that a version of control groups has for it.
    fn reader(
        &self,
        files: [&'static str; 2],
        number: fn(&str) -> Option<u64>,
    ) -> impl Fn(&str, u8) -> Option<(Option<u64>, String)> {
        move |folder, version| {
            let [first, second] = files;
            let path = format!("{folder}/{}", if version == 1 { first } else { second });
            let text = self.host.word(&path).ok()?;
            Some((number(&text), path))
        }
    }

    /// A group has no more than those above it: the least of all is what counts.
    fn least<N: PartialOrd + Copy + Into<Value>>(
        &self,
        controller: &str,
        key: &str,
        read: impl Fn(&str, u8) -> Option<(Option<N>, String)>,
        facts: &mut Scope,
    ) {
        let Some((folders, version)) = self.folders(controller) else { return };
        let mut found: Option<(Option<N>, String)> = None;
        for (limit, path) in folders.iter().filter_map(|folder| read(folder, version)) {
            let smaller = match (&found, limit) {
                (None, _) | (Some((None, _)), Some(_)) => true,
                (Some((Some(known), _)), Some(limit)) => limit < *known,
                (Some(_), None) => false,
            };
            if smaller {
                found = Some((limit, path));
            }
        }
        match found {
            Some((Some(limit), path)) => facts.put(&[key], limit, &path),
            Some((None, path)) => facts.put(&[key], MAX, &path),
            // The topmost group has no files: nothing limits it.
            None if self.controllers.iter().any(|one| one == controller) => facts.put(&[key], MAX, OWN),
            None => {}
        }
    }

    /// The folders of this process's group and of those above it, and the version of their files.
    fn folders(&self, controller: &str) -> Option<(Vec<String>, u8)> {
        let of_one = self.hierarchies.iter().find(|h| h.version == 1 && h.options.iter().any(|o| o == controller));
        let hierarchy = of_one.or_else(|| self.hierarchies.iter().find(|h| h.version == 2))?;
        let group = self.groups.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (number, names, path) = (parts.next()?, parts.next()?, parts.next()?);
            let fits = match hierarchy.version {
                1 => names.split(',').any(|name| name == controller),
                _ => number == "0" && names.is_empty(),
            };
            fits.then_some(path)
        })?;
        // Seen from a name space of its own, a group outside of what is mounted begins with `/..`.
        let inside = match hierarchy.top.as_str() {
            "/" => group,
            top => group.strip_prefix(top).unwrap_or(""),
        };
        let inside = if inside.contains("..") { "" } else { inside.trim_matches('/') };
        let mut folders = vec![hierarchy.at.trim_end_matches('/').to_owned()];
        for part in inside.split('/').filter(|part| !part.is_empty()).take(DEEPEST) {
            let above = folders.last().cloned().unwrap_or_default();
            folders.push(format!("{above}/{part}"));
        }
        folders.reverse();
        Some((folders, hierarchy.version))
    }
}

/// How many processors' time a quota is, in thousandths at the finest; `None` where there is no quota.
fn ratio(quota: &str, period: &str) -> Option<f64> {
    let (quota, period) = (quota.parse::<f64>().ok()?, period.parse::<f64>().ok()?);
    (quota > 0.0 && period > 0.0).then(|| (quota / period * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    fn limits(root: &Root, groups: &str) -> Vec<String> {
        let host = root.host();
        let (all, _) = hierarchies(&host).expect("mounts");
        let controllers = ["cpu", "memory", "pids"].map(str::to_owned);
        let mut facts = Facts::new();
        let group = Group { host: &host, hierarchies: &all, groups, controllers: &controllers };
        group.limits(&mut facts.at(&["os", "cgroup"]));
        written(&facts)
    }

    #[test]
    fn the_least_limit_above_a_group_counts() {
        let root = Root::new(&[
            ("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"),
            ("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"),
            ("/sys/fs/cgroup/a.slice/memory.max", "1073741824\n"),
            ("/sys/fs/cgroup/a.slice/cpu.max", "max 100000\n"),
            ("/sys/fs/cgroup/a.slice/b.service/memory.max", "max\n"),
            ("/sys/fs/cgroup/a.slice/b.service/cpu.max", "150000 100000\n"),
            ("/sys/fs/cgroup/a.slice/b.service/cpuset.cpus.effective", "0-3\n"),
        ]);
        let expected = [
            "os.cgroup.cpu_max = 1.5",
            "os.cgroup.cpus = 0-3",
            "os.cgroup.memory_max_bytes = 1073741824",
            "os.cgroup.pids_max = max",
        ];
        assert_eq!(limits(&root, "0::/a.slice/b.service\n"), expected);
        let facts = root.probe(probe);
        assert_eq!(facts.get("os.cgroup.version"), Some(&Value::from(2_u64)));
        assert_eq!(facts.get("os.cgroup.controllers"), Some(&Value::set(["cpu", "cpuset", "io", "memory", "pids"])));
        assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()));
    }

    #[test]
    fn a_container_of_the_first_version_sees_its_own_group_as_the_top() {
        let root = Root::new(&[
            (
                "/proc/self/mountinfo",
                "30 23 0:26 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
                 31 23 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
                 32 23 0:28 / /sys/fs/cgroup/systemd ro - cgroup cgroup rw,name=systemd\n",
            ),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"),
            ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
        ]);
        let groups = "3:cpu,cpuacct:/docker/abc\n2:memory:/docker/abc\n1:name=systemd:/docker/abc\n";
        assert_eq!(limits(&root, groups), ["os.cgroup.cpu_max = 0.5", "os.cgroup.memory_max_bytes = max"]);
        let facts = root.probe(probe);
        assert_eq!(facts.get("os.cgroup.version"), Some(&Value::from(1_u64)));
        assert_eq!(facts.get("os.cgroup.controllers"), Some(&Value::set(["cpu", "cpuacct", "memory"])));
    }
}
