//! Which cause claims a row.

use super::Origin;
use super::memory::Memory;
use super::packages::Packages;
use crate::compare::{Cell, Comparison, RowId, State};
use crate::model::{Path, ValueRef};

/// What differs at the roots of causes, looked up once.
pub(super) struct Claims<'a> {
    comparison: &'a Comparison,
    packages: Packages<'a>,
    memory: Option<Memory>,
    release: bool,
    kernel: bool,
    cpu_model: bool,
    cpu_count: bool,
    machine: bool,
    modules: Vec<&'a str>,
}

/// The settings of modules, by how their names begin, and the module.
const MODULE_SETTINGS: [(&str, &str); 5] = [
    ("net.netfilter.", "nf_conntrack"),
    ("net.nf_conntrack_", "nf_conntrack"),
    ("net.bridge.", "br_netfilter"),
    ("fs.nfs.", "nfs"),
    ("sunrpc.", "sunrpc"),
];

type Claim = (Origin, String);

impl<'a> Claims<'a> {
    pub(super) fn of(comparison: &'a Comparison) -> Self {
        let differs = |path: &[&str]| {
            comparison.find(&Path::new(path.iter().copied())).is_some_and(|row| is_found(comparison, row))
        };
        let release = ["id", "version"].iter().any(|key| differs(&["os", "release", key]));
        let modules = comparison.find_branch(&Path::new(["os", "kernel", "modules"]));
        let one_sided = |module: &RowId| {
            comparison
                .children(*module)
                .any(|row| comparison.key(row) == "loaded" && comparison.state(row) == State::Missing)
        };
        let modules = modules.map(|branch| comparison.children(branch).filter(one_sided)).into_iter().flatten();
        Self {
            comparison,
            packages: Packages::of(comparison, release),
            memory: Memory::of(comparison),
            release,
            kernel: differs(&["os", "kernel", "release"]),
            cpu_model: differs(&["hardware", "cpu", "model"]),
            cpu_count: differs(&["hardware", "cpu", "logical_count"]) || differs(&["hardware", "cpu", "online"]),
            machine: ["kind", "hypervisor"].iter().any(|key| differs(&["hardware", "virtualization", key]))
                || ["name", "vendor"].iter().any(|key| differs(&["hardware", "product", key])),
            modules: modules.map(|row| comparison.key(row)).collect(),
        }
    }

    /// The cause of a divergence: its origin and what tells it from others of that origin.
    pub(super) fn claim(&self, row: RowId) -> Option<Claim> {
        let path = self.comparison.path(row);
        // Who shares an identity is a finding of its own, whatever it came from.
        if let (State::DuplicateIdentity, Some(kind)) = (self.comparison.state(row), path.segments().get(1)) {
            return Some((Origin::Part, format!("shared-identity:{kind}")));
        }
        let keys: Vec<&str> = path.segments().iter().map(String::as_str).collect();
        self.gap(row)
            .or_else(|| self.kernel(row, &keys))
            .or_else(|| {
                self.memory.as_ref()?.claim(self.comparison, row, &keys).then(|| (Origin::MemorySize, String::new()))
            })
            .or_else(|| self.processor(&keys))
            .or_else(|| self.packages.claim(&keys))
            .or_else(|| self.release(row, &keys))
            .or_else(|| self.software(row, &keys))
            .or_else(|| self.file(row, &keys))
            .or_else(|| part(&keys))
    }

    /// What one snapshot did not read, by its reason.
    fn gap(&self, row: RowId) -> Option<Claim> {
        if self.comparison.state(row) != State::Unreadable {
            return None;
        }
        self.comparison.cells(row).enumerate().find_map(|(side, cell)| match cell {
            Cell::Problem(why) | Cell::NotCollected(why) => {
                let label = self.comparison.sides().get(side)?.label();
                let area = self.comparison.key(self.comparison.area(row));
                Some((Origin::Gap, format!("{label}:{area}:{why}")))
            }
            _ => None,
        })
    }

    fn kernel(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        let missing = || self.comparison.state(row) == State::Missing;
        let kernel = || Some((Origin::Kernel, String::new()));
        match keys {
            ["os", "sysctl" | "sysctl_files", name, ..] => {
                let of = MODULE_SETTINGS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, module)| *module);
                match of {
                    Some(module) if self.modules.contains(&module) => Some((Origin::Module, module.to_owned())),
                    None if self.kernel && keys[1] == "sysctl" && missing() => kernel(),
                    _ => None,
                }
            }
            ["os", "kernel", "modules", name, ..] if self.modules.contains(name) => {
                Some((Origin::Module, (*name).to_owned()))
            }
            _ if !self.kernel => None,
            ["os", "kernel", "config", ..]
            | ["os", "kernel", "modules", _, "version" | "parameters", ..]
            | ["os", "kernel", "release" | "version"]
            | ["os", "boot", "default_kernel"]
            | ["deployments", "kernels_installed"]
            | ["os", "kernel", "transparent_hugepages_by_size", ..] => kernel(),
            ["libraries", "packages", _, name, ..] if name.starts_with("linux-") || name.starts_with("kernel-") => {
                kernel()
            }
            ["hardware", "cpu", "vulnerabilities", ..] | ["hardware", "cpu", "bugs"] if !self.cpu_model => kernel(),
            _ => None,
        }
    }

    fn processor(&self, keys: &[&str]) -> Option<Claim> {
        let one = |origin| Some((origin, String::new()));
        match keys {
            [
                "hardware",
                "cpu",
                "logical_count" | "online" | "offline" | "sockets" | "cores_per_socket" | "threads_per_core"
                | "core_types",
                ..,
            ]
            | ["hardware", "numa", "node_count" | "distances"]
            | ["hardware", "numa", "nodes", _, "cpus"]
            | ["os", "cgroup", "cpus"]
                if self.cpu_count =>
            {
                one(Origin::CpuCount)
            }
            ["hardware", "cpu", "cache", _, "instances" | "total_bytes"] if self.cpu_count && !self.cpu_model => {
                one(Origin::CpuCount)
            }
            ["hardware", "cpu", ..] if self.cpu_model => one(Origin::CpuModel),
            ["hardware", "virtualization" | "product" | "firmware" | "bus" | "gpu", ..] if self.machine => {
                one(Origin::Machine)
            }
            _ => None,
        }
    }

    /// What comes with a release besides its packages.
    fn release(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        if !self.release {
            return None;
        }
        let both = || self.comparison.state(row) == State::Changed;
        let comes = match keys {
            ["os", "release", ..]
            | ["libraries", "libc" | "shared" | "repositories" | "python" | "perl" | "linker", ..]
            | ["libraries", "openssl", "version"]
            | ["toolchains", ..] => true,
            ["libraries", "ca_certificates", key, ..] => *key != "added" && *key != "struck_out",
            ["libraries", "alternatives", ..]
            | ["os", "services" | "timers", _, "unit_file_digest" | "alias_of"]
            | ["os", "timers", _, "schedule"]
            | ["os", "cron", ..]
            | ["os", "time", "tzdata_version"] => both(),
            _ => false,
        };
        comes.then(|| (Origin::Release, String::new()))
    }

    /// What software on one side brings: its units, users, settings.
    fn software(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        if self.comparison.state(row) != State::Missing {
            return None;
        }
        let name = match keys {
            ["os", "services" | "timers", unit, ..] => unit.rsplit_once('.').map_or(*unit, |(name, _)| name),
            ["os", "users" | "groups", name, ..] => name,
            ["os", "environment_of" | "limits_of", name, ..] => name,
            ["cache", "http" | "names" | "stores", name, ..] => name,
            ["os", "cron", file, ..] => file.rsplit('/').next().unwrap_or(file),
            ["configuration", "files", file, ..] => {
                let mut parts = file
                    .split('/')
                    .filter(|part| !matches!(*part, "" | "etc" | "default" | "cron.d" | "logrotate.d" | "sysctl.d"));
                parts.next().map(|name| name.split_once('.').map_or(name, |(name, _)| name)).unwrap_or_default()
            }
            ["directory", name, ..] => name,
            _ => return None,
        };
        self.packages.one_sided(name)
    }

    /// The one file that all sides that have the fact read it from.
    fn file(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        if let ["configuration", "files", file, ..] | ["deployments", "hand_edits", file] = keys {
            return Some((Origin::File, (*file).to_owned()));
        }
        let sides = 0..self.comparison.sides().len();
        let mut sources = sides.filter_map(|side| self.comparison.source(row, side));
        let first = plain_file(sources.next()?)?;
        let same = sources.all(|source| plain_file(source) == Some(first));
        same.then(|| (Origin::File, first.to_owned()))
    }
}

/// The file of a source that is one configuration file and nothing else.
fn plain_file(source: &str) -> Option<&str> {
    let is_one = source.starts_with("/etc/") && !source.contains([' ', ',', '*']);
    is_one.then_some(source)
}

/// The part that a path belongs to by its keys alone.
fn part(keys: &[&str]) -> Option<Claim> {
    let unit = |name: &str| if name.contains('.') { name.to_owned() } else { format!("{name}.service") };
    Some(match keys {
        ["os", "services", name, ..] | ["os", "environment_of" | "limits_of", name, ..] => {
            (Origin::Service, unit(name))
        }
        ["os", "timers", name, ..] => (Origin::Service, (*name).to_owned()),
        ["network", "interfaces", name, ..] | ["network", "traffic", "interfaces", name, ..] => {
            (Origin::Part, format!("interface:{name}"))
        }
        ["hardware", "storage", name, ..] | ["cache", "disk", name, ..] => (Origin::Part, format!("disk:{name}")),
        ["os", "filesystems" | "fstab", mount, ..] => (Origin::Part, format!("file-system:{mount}")),
        ["os", "users" | "groups", name, ..] => (Origin::Part, format!("user:{name}")),
        ["hardware", "bus", bus, device, ..] => (Origin::Part, format!("{bus}-device:{device}")),
        ["hardware", kind @ ("gpu" | "volume_groups"), name, ..] => (Origin::Part, format!("{kind}:{name}")),
        ["deployments", "releases", folder, ..] => (Origin::Part, format!("release:{folder}")),
        ["deployments", "containers", name, ..] => (Origin::Part, format!("container:{name}")),
        ["cache", "edge", url, ..] => (Origin::Part, format!("address:{url}")),
        ["dns", "answers", name, ..] => (Origin::Part, format!("name:{name}")),
        ["libraries", "repositories" | "pins", name, ..] => (Origin::Part, format!("repository:{name}")),
        ["libraries", "ca_certificates", "added", name, ..] => (Origin::Part, format!("authority:{name}")),
        ["libraries", "ca_certificates", ..] => (Origin::Part, "certificate-authorities".to_owned()),
        ["libraries", kind @ ("python" | "node" | "ruby" | "perl" | "java" | "dotnet"), prefix, ..] => {
            (Origin::Part, format!("{kind}:{prefix}"))
        }
        ["network", "firewall", ..] => (Origin::Part, "firewall".to_owned()),
        ["os", "kernel", "modules", name, ..] => (Origin::Part, format!("module:{name}")),
        ["network", "listening", protocol, port, ..] => (Origin::Part, format!("port:{protocol} {port}")),
        _ => return None,
    })
}

pub(super) fn is_found(comparison: &Comparison, row: RowId) -> bool {
    comparison.is_leaf(row) && comparison.state(row).is_found()
}

/// The number that a side has at a row: a number, or the first of a text of numbers.
pub(super) fn number(comparison: &Comparison, row: RowId, side: usize) -> Option<f64> {
    match comparison.cell(row, side) {
        Cell::Value(ValueRef::Number(number)) => Some(number.as_f64()),
        Cell::Value(ValueRef::Text(text)) => text.split_whitespace().next()?.parse().ok(),
        _ => None,
    }
}
