//! Which cause claims a row.

use super::Origin;
use super::memory::Memory;
use super::origin::text;
use super::packages::{Claim, Named, Packages};
use super::places::{Masks, is_by_people, is_told_as_shipped, labels, points_to_people};
use super::release::Release;
use crate::compare::short_name;
use crate::compare::{Cell, Comparison, RowId, State};
use crate::model::{Path, ValueRef};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What differs at the roots of causes, looked up once.
pub(super) struct Claims<'a> {
    comparison: &'a Comparison,
    masks: Masks,
    packages: Packages<'a>,
    memory: Option<Memory>,
    release: Option<Release>,
    /// Shared libraries without their versions, and the sides that have one.
    libraries: HashMap<&'a str, u64>,
    kernel: bool,
    cpu_model: bool,
    cpu_count: bool,
    machine: bool,
    modules: HashSet<&'a str>,
}

/// The settings of modules, by how their names begin, and the module.
const MODULE_SETTINGS: [(&str, &str); 8] = [
    ("dev.cdrom.", "cdrom"),
    ("dev.parport.", "parport"),
    ("dev.raid.", "md_mod"),
    ("net.netfilter.", "nf_conntrack"),
    ("net.nf_conntrack_", "nf_conntrack"),
    ("net.bridge.", "br_netfilter"),
    ("fs.nfs.", "nfs"),
    ("sunrpc.", "sunrpc"),
];

impl<'a> Claims<'a> {
    pub(super) fn of(comparison: &'a Comparison) -> Self {
        let differs = |path: &[&str]| {
            comparison.find(&Path::new(path.iter().copied())).is_some_and(|row| is_found(comparison, row))
        };
        let masks = Masks::of(comparison);
        let release = Release::of(comparison, masks);
        let modules = comparison.find_branch(&Path::new(["os", "kernel", "modules"]));
        let one_sided = |module: &RowId| {
            comparison
                .children(*module)
                .any(|row| comparison.key(row) == "loaded" && comparison.state(row) == State::Missing)
        };
        let modules = modules.map(|branch| comparison.children(branch).filter(one_sided)).into_iter().flatten();
        Self {
            comparison,
            masks,
            packages: Packages::of(comparison, masks, release.is_some()),
            memory: Memory::of(comparison),
            release,
            libraries: libraries(comparison, masks),
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
        let keys: Vec<&str> = path.keys().collect();
        // What a file sets is the file's, whatever reads it.
        if let ["os", "sysctl_files", ..] = keys.as_slice() {
            return self.gap(row).or_else(|| self.file(row, &keys));
        }
        self.gap(row)
            .or_else(|| self.kernel(row, &keys))
            .or_else(|| {
                self.memory.as_ref()?.claim(self.comparison, row, &keys).then(|| (Origin::MemorySize, String::new()))
            })
            .or_else(|| self.processor(&keys))
            .or_else(|| self.pinned(row, &keys))
            .or_else(|| self.packages.claim(&keys))
            .or_else(|| self.library(row, &keys))
            .or_else(|| self.authority(&keys))
            .or_else(|| self.release(row, &keys))
            .or_else(|| (keys == ["os", "time", "tzdata_version"]).then(|| self.packages.own("tzdata")).flatten())
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
                let label = short_name(self.comparison, side);
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
            ["os", "sysctl", name, ..] => {
                let of = MODULE_SETTINGS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, module)| *module);
                match of {
                    Some(module) if self.modules.contains(&module) => Some((Origin::Module, module.to_owned())),
                    // Interpreters that some program registered.
                    None if name.starts_with("fs.binfmt_misc.") => None,
                    None if self.kernel && missing() => kernel(),
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
            ["libraries", "packages", _, name, ..] if is_kernel(name) => kernel(),
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

    fn release(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        let brings = self.release.as_ref()?.brings(self.comparison, &self.packages, row, keys);
        brings.then(|| (Origin::Release, String::new()))
    }

    /// A shared library: the release's where all sides have it in some version, else its package's.
    fn library(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        let ["libraries", "shared", name, ..] = keys else { return None };
        let branch = self.comparison.parent(row);
        let elsewhere = |key| self.comparison.child(branch, key).is_some_and(|row| self.is_by_people(row));
        if elsewhere("path") || elsewhere("version") {
            return None;
        }
        let sides = self.masks.having_some(self.comparison, branch);
        let package = self.packages.named(&package_of_library(name));
        let release = || self.release.is_some().then(|| (Origin::Release, String::new()));
        if sides == self.masks.all {
            return package.is_none_or(Named::moves_with_the_release).then(release).flatten();
        }
        let brought = || package.and_then(|package| package.lacking(sides));
        let is_renamed = self.libraries.get(stem(name)).is_some_and(|sides| *sides == self.masks.all);
        let renamed = || (is_renamed && !self.packages.has_foreign()).then(release).flatten();
        brought().or_else(renamed).or_else(|| Some((Origin::Libraries, labels(self.comparison, sides))))
    }

    /// What a package is by a pin of its version: the file's that pins it, whatever else differs.
    fn pinned(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        let name = match keys {
            ["libraries", "packages", _, name, field] if !matches!(*field, "automatic" | "held") => *name,
            ["os", "time", "tzdata_version"] => "tzdata",
            ["libraries", "ca_certificates", name, ..] if !matches!(*name, "added" | "struck_out") => "ca-certificates",
            _ => return None,
        };
        let pin_keys = ["libraries", "pins", name, "pin"];
        let pin = self.comparison.find(&Path::new(pin_keys)).filter(|pin| is_found(self.comparison, *pin))?;
        let version = ["libraries", "packages", "dpkg", name, "version"];
        let version = self.comparison.find(&Path::new(version))?;
        let is_held = (0..self.comparison.sides().len()).any(|side| {
            let pinned = text(self.comparison, pin, side).and_then(|pin| pin.strip_prefix("version "));
            let glob = pinned.and_then(|glob| glob.trim().strip_suffix('*').or(Some(glob.trim())));
            let has = text(self.comparison, version, side);
            glob.zip(has).is_some_and(|(glob, version)| !glob.is_empty() && version.starts_with(glob))
        });
        let is_one = is_held && self.comparison.state(version) == State::Changed && self.authority(keys).is_none();
        // Of a package that one side lacks a pin says nothing.
        (is_one && self.comparison.state(row) != State::Unreadable).then(|| self.file(pin, &pin_keys)).flatten()
    }

    /// A kernel setting of which a file that differs says what runs, wherever that file says it.
    fn declared(&self, row: RowId, name: &str) -> Option<Claim> {
        let keys = ["os", "sysctl_files", name];
        let file = self.comparison.find(&Path::new(keys)).filter(|file| is_found(self.comparison, *file))?;
        let (origin, path) = self.file(file, &keys)?;
        let words = |row, side| match self.comparison.cell(row, side) {
            Cell::Value(value) => Some(value.plain().split_whitespace().map(str::to_owned).collect::<Vec<_>>()),
            _ => None,
        };
        let mut sides = (0..self.comparison.sides().len())
            .filter(|side| self.comparison.source(file, *side) == Some(path.as_str()))
            .map(|side| (words(file, side), words(row, side)))
            .filter(|(said, _)| said.is_some())
            .peekable();
        let is_some = sides.peek().is_some();
        (is_some && sides.all(|(said, runs)| said == runs)).then_some((origin, path))
    }

    /// A certificate authority that somebody added, also where it stands among all.
    fn authority(&self, keys: &[&str]) -> Option<Claim> {
        let ["libraries", "ca_certificates", name, ..] = keys else { return None };
        let added = Path::new(["libraries", "ca_certificates", "added", name]);
        self.comparison.find_branch(&added).map(|_| (Origin::Part, format!("authority:{name}")))
    }

    /// Whether a row was read where people write, or points there. The linker's cache is nobody's.
    fn is_by_people(&self, row: RowId) -> bool {
        let sources = (0..self.comparison.sides().len()).filter_map(|side| self.comparison.source(row, side));
        points_to_people(self.comparison, row)
            || sources.into_iter().any(|source| source != "/etc/ld.so.cache" && is_by_people(source))
    }

    /// What software on one side brings, or what is named after it there: its units, users, settings.
    fn software(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        if self.comparison.state(row) != State::Missing {
            return None;
        }
        let sides = self.masks.having(self.comparison, row);
        let named = |name: &str| self.packages.named(name)?.lacking(sides);
        match keys {
            ["os", "services" | "timers", unit, ..] => {
                let name = unit.rsplit_once('.').map_or(*unit, |(name, _)| name);
                named(name).or_else(|| {
                    let file = self.comparison.child(self.comparison.parent(row), "unit_file_digest")?;
                    let is_shipped = is_told_as_shipped(self.comparison, file);
                    let sides = self.masks.having_some(self.comparison, self.comparison.parent(row));
                    is_shipped.then(|| self.packages.shipper(name)?.lacking(sides)).flatten()
                })
            }
            ["os", "users" | "groups" | "environment_of" | "limits_of", name, ..]
            | ["cache", "http" | "names" | "stores", name, ..]
            | ["directory", name, ..] => named(name),
            ["os", "cron", file, ..] => named(file.rsplit('/').next().unwrap_or(file)),
            ["configuration", "files", file, ..] | ["deployments", "hand_edits", file] => {
                named_files(file).find_map(|name| named(&name))
            }
            ["libraries", "openssl", "version"] => named("openssl"),
            ["toolchains", "ld", ..] => named("binutils"),
            ["toolchains", name, ..] => named(name),
            ["libraries", "python", folder, name] if !is_by_people(folder) => named(&format!("python3-{name}")),
            // java-17-openjdk-amd64
            ["libraries", "java", folder, ..] => {
                let (number, _) = folder.rsplit('/').next()?.strip_prefix("java-")?.split_once("-openjdk")?;
                named(&format!("openjdk-{number}"))
            }
            ["libraries", "ca_certificates", key, ..] if !matches!(*key, "added" | "struck_out") => {
                named("ca-certificates")
            }
            _ => None,
        }
    }

    /// Folds what is left alone: packages that only others need and that bring nothing else, and modules without settings.
    pub(super) fn fold(&self, members: &mut BTreeMap<Claim, Vec<RowId>>) {
        let target = |(claim, rows): (&Claim, &Vec<RowId>)| match claim.0 {
            Origin::Software | Origin::Packages => {
                let sides = self.packages.drawn_in(claim)?;
                let is_bare = rows.iter().all(|row| self.comparison.key(self.comparison.area(*row)) == "libraries");
                is_bare.then(|| (claim.clone(), (Origin::Dependencies, labels(self.comparison, sides))))
            }
            Origin::Module => match rows.as_slice() {
                [row] if self.comparison.key(*row) == "loaded" => {
                    let sides = self.masks.having(self.comparison, *row);
                    Some((claim.clone(), (Origin::Modules, labels(self.comparison, sides))))
                }
                _ => None,
            },
            _ => None,
        };
        let moves: Vec<(Claim, Claim)> = members.iter().filter_map(target).collect();
        let mut grown = BTreeSet::new();
        for (from, to) in moves {
            let rows = members.remove(&from).unwrap_or_default();
            members.entry(to.clone()).or_default().extend(rows);
            grown.insert(to);
        }
        for claim in grown {
            members.entry(claim).or_default().sort_unstable();
        }
    }

    /// The one file that all sides that have the fact read it from.
    fn file(&self, row: RowId, keys: &[&str]) -> Option<Claim> {
        if let ["configuration", "files", file, ..] | ["deployments", "hand_edits", file] = keys {
            return Some((Origin::File, (*file).to_owned()));
        }
        if let ["os", "sysctl", name] = keys {
            return self.declared(row, name);
        }
        // A folder of links, each to something else.
        if let ["libraries", "alternatives", ..] = keys {
            return None;
        }
        let sides = 0..self.comparison.sides().len();
        // A file's setting instead of a package's own is the file's.
        let is_default = |source: &&str| keys[1] == "sysctl_files" && source.starts_with("/usr/lib/sysctl.d/");
        let mut sources =
            sides.filter_map(|side| self.comparison.source(row, side)).filter(|source| !is_default(source));
        let first = plain_file(sources.next()?)?;
        let same = sources.all(|source| plain_file(source) == Some(first));
        same.then(|| (Origin::File, first.to_owned()))
    }
}

/// Whether a package is a kernel or goes with one: not `linux-base` or `linux-libc-dev`.
fn is_kernel(name: &str) -> bool {
    const KERNEL: [&str; 5] = ["linux-image", "linux-headers", "linux-modules", "linux-kbuild", "kernel-"];
    name == "kernel" || KERNEL.iter().any(|start| name.starts_with(start))
}

/// Names that a configuration file may have from its package: of its folder, of itself.
fn named_files(file: &str) -> impl Iterator<Item = String> {
    let mut parts = file
        .split('/')
        .filter(|part| !matches!(*part, "" | "etc" | "default" | "cron.d" | "logrotate.d" | "sysctl.d" | "init.d"));
    let first = parts.next().map(|name| name.split_once('.').map_or(name, |(name, _)| name).to_owned());
    // Debian links a module's settings there: 50-mod-http-geoip.conf of libnginx-mod-http-geoip.
    let module = file.strip_prefix("/etc/nginx/modules-enabled/").and_then(|name| {
        let name = name.trim_start_matches(|at: char| at.is_ascii_digit()).strip_suffix(".conf")?;
        Some(format!("libnginx{name}"))
    });
    module.into_iter().chain(first)
}

/// A shared library's name without its version.
fn stem(name: &str) -> &str {
    name.split_once(".so").map_or(name, |(stem, _)| stem)
}

/// The sides that have some version of each shared library.
fn libraries(comparison: &Comparison, masks: Masks) -> HashMap<&str, u64> {
    let mut out: HashMap<&str, u64> = HashMap::new();
    let shared = comparison.find_branch(&Path::new(["libraries", "shared"]));
    for library in shared.map(|branch| comparison.children(branch)).into_iter().flatten() {
        *out.entry(stem(comparison.key(library))).or_default() |= masks.having_some(comparison, library);
    }
    out
}

/// The package of a shared library as Debian's policy (8.1) names it: `libx11-6` of `libX11.so.6`.
fn package_of_library(name: &str) -> String {
    let (stem, version) = name.split_once(".so.").unwrap_or((name, ""));
    let stem = stem.to_lowercase().replace('_', "-");
    let dash = if stem.ends_with(|at: char| at.is_ascii_digit()) && !version.is_empty() { "-" } else { "" };
    format!("{stem}{dash}{version}")
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
        ["libraries", "alternatives", ..] => (Origin::Part, "alternatives".to_owned()),
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
