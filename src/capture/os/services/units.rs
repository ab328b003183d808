//! Where systemd keeps its units: the folders of systemd.unit(5), and what stands in them.

use crate::host::{Entry, EntryKind, Host, ReadError};
use std::collections::{BTreeMap, BTreeSet};

/// What a folder is for: who wrote what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::capture::os) enum Origin {
    /// The administrator: stays.
    Config,
    /// Until the next boot.
    Runtime,
    /// Made by programs at boot out of other files: fstab(5), scripts of System V.
    Generated,
    /// Made through the bus for one run.
    Transient,
    /// Packages.
    Vendor,
}

/// The unit search path of the system manager, the strongest first (systemd.unit(5), Table 1).
const FOLDERS: [(&str, Origin); 14] = [
    ("/etc/systemd/system.control", Origin::Config),
    ("/run/systemd/system.control", Origin::Runtime),
    ("/run/systemd/transient", Origin::Transient),
    ("/run/systemd/generator.early", Origin::Generated),
    ("/etc/systemd/system", Origin::Config),
    ("/etc/systemd/system.attached", Origin::Config),
    ("/run/systemd/system", Origin::Runtime),
    ("/run/systemd/system.attached", Origin::Runtime),
    ("/run/systemd/generator", Origin::Generated),
    ("/usr/local/lib/systemd/system", Origin::Vendor),
    ("/usr/lib/systemd/system", Origin::Vendor),
    ("/lib/systemd/system", Origin::Vendor),
    ("/run/systemd/generator.late", Origin::Generated),
    // Where the units of a system in a read-only image stand (portablectl(1) and systems without /usr).
    ("/var/lib/systemd/system", Origin::Vendor),
];

/// The suffixes of names of units.
const SUFFIXES: [&str; 11] = [
    ".service",
    ".socket",
    ".path",
    ".timer",
    ".target",
    ".mount",
    ".automount",
    ".swap",
    ".slice",
    ".device",
    ".scope",
];

/// The most names that are looked at in one folder. A full desktop has about 600.
const ENTRIES_CAP: usize = 5_000;

/// The longest chain of aliases.
const HOPS: usize = 8;

/// A unit's file in the strongest folder that has one.
#[derive(Clone, Debug)]
pub(in crate::capture::os) struct UnitFile {
    pub(in crate::capture::os) path: String,
    pub(in crate::capture::os) origin: Origin,
    /// The text of the link, where it is one.
    pub(in crate::capture::os) link: Option<String>,
}

/// A link in a folder of wishes or beside the units, by which a unit is pulled in.
#[derive(Clone, Debug)]
pub(in crate::capture::os) struct Link {
    pub(in crate::capture::os) path: String,
    /// The link's own name.
    pub(in crate::capture::os) name: String,
    /// The last part of what it leads to.
    pub(in crate::capture::os) target: String,
    pub(in crate::capture::os) origin: Origin,
    /// Whether it stands in a folder of wishes; else it is another name of the unit.
    pub(in crate::capture::os) is_wish: bool,
}

/// All that stands in the folders.
#[derive(Default)]
pub(in crate::capture::os) struct Units {
    pub(in crate::capture::os) files: BTreeMap<String, UnitFile>,
    pub(in crate::capture::os) links: Vec<Link>,
    /// Places in `links` by the link's name and by its target.
    index: BTreeMap<String, Vec<usize>>,
    /// Of each unit the drop-ins by file name, each from the strongest folder.
    pub(in crate::capture::os) drop_ins: BTreeMap<String, BTreeMap<String, (String, Origin)>>,
    /// Whether packages' units are there: a support archive has /etc alone.
    pub(in crate::capture::os) has_vendor: bool,
    pub(in crate::capture::os) unread: Vec<ReadError>,
}

impl Units {
    /// Lists every folder once, however many names it has: /lib is /usr/lib on most systems.
    pub(in crate::capture::os) fn read(host: &Host) -> Self {
        let mut units = Self::default();
        let mut seen = BTreeSet::new();
        for (folder, origin) in FOLDERS {
            match host.stat(folder) {
                Ok(stat) if seen.insert(stat.id) => {}
                Ok(_) => continue,
                Err(error) => {
                    // One of the folders above may not be looked into.
                    units.unread.extend(Some(error).filter(|error| !error.is_missing()));
                    continue;
                }
            }
            for entry in units.list(host, folder) {
                units.add(host, folder, origin, &entry);
            }
            units.has_vendor |= origin == Origin::Vendor && units.files.values().any(|f| f.origin == Origin::Vendor);
        }
        units
    }

    fn list(&mut self, host: &Host, folder: &str) -> Vec<Entry> {
        match host.list(folder) {
            Ok(mut entries) => {
                entries.truncate(ENTRIES_CAP);
                entries
            }
            Err(error) => {
                if !error.is_missing() {
                    self.unread.push(error);
                }
                Vec::new()
            }
        }
    }

    fn add(&mut self, host: &Host, folder: &str, origin: Origin, entry: &Entry) {
        let path = format!("{folder}/{}", entry.name);
        // A folder may be a link to one.
        if let Some(unit) = entry.name.strip_suffix(".d") {
            for drop_in in self.list(host, &path).into_iter().filter(|e| e.name.ends_with(".conf")) {
                let at = format!("{path}/{}", drop_in.name);
                let known = self.drop_ins.entry(unit.to_owned()).or_default();
                known.entry(drop_in.name).or_insert((at, origin));
            }
            return;
        }
        if [".wants", ".requires", ".upholds"].iter().any(|end| entry.name.ends_with(end)) {
            for wish in self.list(host, &path) {
                let at = format!("{path}/{}", wish.name);
                let target = host.link(&at).ok();
                self.add_link(at, wish.name, target.as_deref(), origin, true);
            }
            return;
        }
        if entry.kind == EntryKind::Folder || !is_unit(&entry.name) {
            return;
        }
        let link = if entry.kind == EntryKind::Link { host.link(&path).ok() } else { None };
        if let Some(target) = link.as_deref().filter(|target| last(target) != entry.name) {
            self.add_link(path.clone(), entry.name.clone(), Some(target), origin, false);
        }
        self.files.entry(entry.name.clone()).or_insert(UnitFile { path, origin, link });
    }

    fn add_link(&mut self, path: String, name: String, target: Option<&str>, origin: Origin, is_wish: bool) {
        let target = target.map_or_else(|| name.clone(), |target| last(target).to_owned());
        let place = self.links.len();
        self.index.entry(name.clone()).or_default().push(place);
        if target != name {
            self.index.entry(target.clone()).or_default().push(place);
        }
        self.links.push(Link { path, name, target, origin, is_wish });
    }

    /// Whether drop-ins of this name are for many units: `service` of `service.d`, `PREFIX-.service` (systemd.unit(5)).
    pub(in crate::capture::os) fn is_for_many(name: &str) -> bool {
        SUFFIXES.iter().any(|suffix| {
            suffix.strip_prefix('.') == Some(name)
                || name.strip_suffix(suffix).is_some_and(|stem| stem.len() > 1 && stem.ends_with('-'))
        })
    }

    /// Whether drop-ins of the name `many`, which is for units that begin so, are for this one.
    pub(in crate::capture::os) fn begins_with(unit: &str, many: &str) -> bool {
        prefixes(unit).any(|prefix| prefix == many)
    }

    /// The drop-ins of a unit by file name: its own, those of its template, of the names that it begins with, the longest
    /// first, and of all units of its kind, where these are no package's. Of two of one name the first counts.
    pub(in crate::capture::os) fn drop_ins_of(&self, unit: &str) -> BTreeMap<String, (String, Origin)> {
        let own = [Some(unit.to_owned()), template(unit)].into_iter().flatten();
        let mut out = BTreeMap::new();
        for name in own.chain(prefixes(unit)) {
            for (file, place) in self.drop_ins.get(&name).into_iter().flatten() {
                out.entry(file.clone()).or_insert_with(|| place.clone());
            }
        }
        let kind = unit.rsplit('.').next().unwrap_or_default();
        for (file, place) in self.drop_ins.get(kind).into_iter().flatten().filter(|(_, (_, o))| *o != Origin::Vendor) {
            out.entry(file.clone()).or_insert_with(|| place.clone());
        }
        out
    }

    /// The links that bear a unit's name or lead to it.
    pub(in crate::capture::os) fn links_of(&self, unit: &str) -> impl Iterator<Item = &Link> {
        self.index.get(unit).into_iter().flatten().filter_map(|place| self.links.get(*place))
    }

    /// A unit's file; of an instance without one of its own, the template's.
    pub(in crate::capture::os) fn file(&self, unit: &str) -> Option<&UnitFile> {
        self.files.get(unit).or_else(|| self.files.get(&template(unit)?))
    }

    /// The unit that a name stands for, and its file: aliases are followed.
    pub(in crate::capture::os) fn resolve<'a>(&'a self, unit: &'a str) -> (&'a str, Option<&'a UnitFile>) {
        let mut name = unit;
        for _ in 0..HOPS {
            let Some(file) = self.file(name) else { return (name, None) };
            match file.link.as_deref().map(last) {
                Some(other) if other != name && other != "null" && is_unit(other) && !same_template(other, name) => {
                    name = other;
                }
                _ => return (name, Some(file)),
            }
        }
        (name, None)
    }
}

impl UnitFile {
    /// Whether it makes a unit that cannot be started: a link to /dev/null.
    pub(in crate::capture::os) fn is_mask(&self) -> bool {
        self.link.as_deref() == Some("/dev/null")
    }
}

/// Whether this is the name of a unit.
pub(in crate::capture::os) fn is_unit(name: &str) -> bool {
    SUFFIXES.iter().any(|suffix| name.len() > suffix.len() && name.ends_with(suffix))
}

/// The name of the template of an instance: `getty@.service` of `getty@tty1.service`.
pub(in crate::capture::os) fn template(unit: &str) -> Option<String> {
    let (prefix, rest) = unit.split_once('@')?;
    let suffix = rest.get(rest.rfind('.')?..)?;
    (rest != suffix).then(|| format!("{prefix}@{suffix}"))
}

/// The names of drop-ins for all units that begin as this one does: `a-b-.service` and `a-.service` of `a-b-c.service`.
fn prefixes(unit: &str) -> impl Iterator<Item = String> {
    let (stem, suffix) = unit.rfind('.').map_or((unit, ""), |dot| unit.split_at(dot));
    let stem = stem.split('@').next().unwrap_or(stem);
    // The unit of the root, `-.mount`, begins with nothing.
    let ends = stem.rmatch_indices('-').map(|(at, _)| at + 1).filter(|end| *end > 1 && *end < stem.len());
    ends.filter_map(move |end| Some(format!("{}{suffix}", stem.get(..end)?)))
}

fn same_template(link: &str, unit: &str) -> bool {
    template(unit).is_some_and(|template| template == link)
}

/// The last part of a path.
pub(in crate::capture::os) fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The assignments of a unit file as `(section, key, value)`, systemd.syntax(7): a backslash at a line's end joins it to
/// the next one, comments between are left out.
pub(in crate::capture::os) fn assignments(text: &str) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    let mut section = String::new();
    let mut joined = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(part) = line.strip_suffix('\\') {
            joined.push_str(part);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        let whole = std::mem::take(&mut joined);
        if let Some(name) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = whole.split_once('=') {
            out.push((section.clone(), key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(template("getty@tty1.service").as_deref(), Some("getty@.service"));
        assert_eq!(template("getty@.service"), None);
        assert_eq!(template("nginx.service"), None);
        assert_eq!(template("odd@name"), None);
        assert!(is_unit("a.service") && !is_unit(".service") && !is_unit("a.conf"));
        assert_eq!(last("/lib/systemd/system/a.service"), "a.service");
    }

    #[test]
    fn units_begin_with_the_names_of_others() {
        let all = |unit: &str| prefixes(unit).collect::<Vec<_>>();
        assert_eq!(all("a-b-c.service"), ["a-b-.service", "a-.service"]);
        assert_eq!(all("user-1000@x-y.slice"), ["user-.slice"]);
        assert!(all("-.mount").is_empty() && all("nginx.service").is_empty() && all("odd").is_empty());
        assert!(Units::is_for_many("service") && Units::is_for_many("a-.service") && Units::is_for_many("user-.slice"));
        assert!(
            !Units::is_for_many("-.mount") && !Units::is_for_many("a-b.service") && !Units::is_for_many("services")
        );
    }

    #[test]
    fn lines_are_joined_and_comments_left_out() {
        let text = "[Service]\n# c\nExecStart=/bin/a \\\n  # in between\n  -b\nNice = 5\nodd\n[Install]\nAlias=\n";
        let read = assignments(text);
        let read: Vec<_> = read.iter().map(|(s, k, v)| format!("{s}.{k}={v}")).collect();
        assert_eq!(read, ["Service.ExecStart=/bin/a  -b", "Service.Nice=5", "Install.Alias="]);
    }
}
