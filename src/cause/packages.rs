//! Packages: what each was built from, which sides have it, and whether somebody asked for it.

use super::Origin;
use super::origin::Foreign;
use super::places::{Masks, labels};
use crate::compare::{Cell, Comparison, RowId};
use crate::model::{Path, ValueRef};
use std::collections::HashMap;

pub(super) type Claim = (Origin, String);

/// One side in so many packages at least carries the mark "automatic", or that side's marks say nothing: a root that
/// debootstrap made has none.
const MARKED: usize = 10;

pub(super) struct Packages<'a> {
    /// By manager and package.
    packages: HashMap<(&'a str, &'a str), Package<'a>>,
    /// What is known by a name: a package, else a source.
    names: HashMap<&'a str, Named>,
    /// Any package of that name, with its source.
    sources: HashMap<&'a str, &'a str>,
    /// The causes all of whose packages were drawn in by others.
    drawn_in: HashMap<Claim, u64>,
    has_foreign: bool,
    all: u64,
}

struct Package<'a> {
    source: &'a str,
    home: Claim,
    is_everywhere: bool,
}

/// What bears a name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The cause of what belongs to it, where only some sides have it.
    pub(super) claim: Option<Claim>,
    /// The sides that have it.
    pub(super) sides: u64,
    /// Whether it is another version somewhere.
    pub(super) differs: bool,
    /// Whether it was built by somebody else than the distribution.
    pub(super) is_foreign: bool,
    /// A package that only some sides have, named as its source that all sides have.
    is_ambiguous: bool,
}

/// A package as its rows tell it.
struct Seen<'a> {
    manager: &'a str,
    name: &'a str,
    /// The first source that a side names.
    source: &'a str,
    /// Sources, each with the sides that name it.
    by_source: Vec<(&'a str, u64)>,
    sides: u64,
    automatic: u64,
    differs: bool,
    is_foreign: bool,
}

impl<'a> Packages<'a> {
    pub(super) fn of(comparison: &'a Comparison, masks: Masks, is_release: bool) -> Self {
        let all = masks.all;
        let seen = read(comparison, masks);
        let marked = |side: u32| {
            let count = |has: &dyn Fn(&Seen<'_>) -> u64| seen.iter().filter(|at| has(at) & (1 << side) != 0).count();
            count(&|at| at.automatic) * MARKED >= count(&|at| at.sides)
        };
        let marks: u64 =
            (0..comparison.sides().len().min(64) as u32).filter(|side| marked(*side)).map(|s| 1 << s).sum();

        let mut shared: HashMap<(&str, &str), u64> = HashMap::new();
        // The sides that have a package under some name, and those where somebody asked for it.
        let mut renamed: HashMap<(&str, String, String), (u64, u64)> = HashMap::new();
        for at in &seen {
            for (source, sides) in &at.by_source {
                *shared.entry((at.manager, source)).or_default() |= sides;
            }
            if at.sides != all {
                let (sides, asked) = renamed.entry((at.manager, stem(at.source), stem(at.name))).or_default();
                *sides |= at.sides;
                *asked |= if is_library(at.name) { 0 } else { at.sides & !at.automatic & marks };
            }
        }
        let is_shared = |at: &Seen<'_>| shared.get(&(at.manager, at.source)).is_some_and(|sides| *sides == all);
        let mut out = Self {
            packages: HashMap::new(),
            names: HashMap::new(),
            sources: HashMap::new(),
            drawn_in: HashMap::new(),
            has_foreign: seen.iter().any(|at| at.is_foreign),
            all,
        };
        let mut asked = Vec::new();
        for at in &seen {
            let is_drawn_in = is_never_asked_for(at.name) || at.automatic == at.sides;
            // Who asks for one name everywhere chose between them: openjdk-11-jre here, openjdk-17-jre there.
            let is_renamed = || {
                let found = renamed.get(&(at.manager, stem(at.source), stem(at.name)));
                found.is_some_and(|(sides, asked)| *sides == all && *asked != all)
            };
            let home = if at.sides == 0 {
                // Removed everywhere: what is left of it is its own.
                (Origin::SourcePackage, at.source.to_owned())
            } else if at.sides == all || is_renamed() {
                match (is_release && !at.is_foreign, at.sides == all) {
                    (true, _) => (Origin::Release, String::new()),
                    (false, true) => (Origin::SourcePackage, at.source.to_owned()),
                    (false, false) => (Origin::Software, at.source.to_owned()),
                }
            } else if is_shared(at) {
                (Origin::Packages, format!("{}:{}", at.source, labels(comparison, at.sides)))
            } else {
                (Origin::Software, at.source.to_owned())
            };
            if at.sides != all && matches!(home.0, Origin::Software | Origin::Packages) {
                let sides = out.drawn_in.entry(home.clone()).or_insert(at.sides);
                if *sides != at.sides || !is_drawn_in {
                    asked.push(home.clone());
                }
            }
            out.sources.entry(at.name).or_insert(at.source);
            out.name(at.name, at, &home, at.name == at.source && is_shared(at));
            out.packages
                .insert((at.manager, at.name), Package { source: at.source, home, is_everywhere: at.sides == all });
        }
        for claim in asked {
            out.drawn_in.remove(&claim);
        }
        for at in &seen {
            let home = out.packages.get(&(at.manager, at.name)).map(|package| package.home.clone());
            for (source, _) in &at.by_source {
                let sides = shared.get(&(at.manager, source)).copied().unwrap_or_default();
                out.name_source(source, at, home.as_ref(), sides);
            }
        }
        out
    }

    fn name(&mut self, name: &'a str, at: &Seen<'a>, home: &Claim, is_ambiguous: bool) {
        let claim = (at.sides != self.all).then(|| home.clone());
        let is_ambiguous = is_ambiguous && claim.is_some();
        let named = Named { claim, sides: at.sides, differs: at.differs, is_foreign: at.is_foreign, is_ambiguous };
        self.names.entry(name).or_insert(named);
    }

    /// Names a source after its packages: one cause of all of them, or none where it is everywhere.
    fn name_source(&mut self, source: &'a str, at: &Seen<'a>, home: Option<&Claim>, sides: u64) {
        let claim = if sides == self.all { None } else { home.cloned() };
        let is_new = !self.names.contains_key(source);
        let named = self.names.entry(source).or_insert(Named {
            claim: claim.clone(),
            sides,
            differs: at.differs,
            is_foreign: at.is_foreign,
            is_ambiguous: false,
        });
        if !is_new && source != at.name {
            named.differs |= at.differs;
            // Some packages of it only got another name, others have no match.
            if named.claim.is_some() && named.claim != claim && named.sides == sides {
                named.claim = Some((Origin::Software, source.to_owned()));
            }
        }
    }

    /// The cause of a package's row.
    pub(super) fn claim(&self, keys: &[&str]) -> Option<Claim> {
        let (manager, name, field) = match keys {
            ["libraries", "packages", manager, name, field, ..] => (*manager, *name, *field),
            ["deployments", "rollbacks", name, ..] => {
                // A rollback is somebody's act, and no part of a release.
                let source = self.sources.get(name).copied().unwrap_or(name);
                return Some((Origin::SourcePackage, format!("rollback of {source}")));
            }
            _ => return None,
        };
        let package = self.packages.get(&(manager, name))?;
        // What somebody chose for a package that all sides have is no part of a release.
        match field {
            "automatic" if package.is_everywhere => Some((Origin::Marks, String::new())),
            "held" if package.is_everywhere => Some((Origin::SourcePackage, package.source.to_owned())),
            _ => Some(package.home.clone()),
        }
    }

    /// The cause of a package that all sides have in versions of their own, where no release explains them.
    pub(super) fn own(&self, name: &str) -> Option<Claim> {
        let differs = self.names.get(name).is_some_and(|named| named.differs);
        let mut homes = self.packages.iter().filter(|((_, other), _)| *other == name).map(|(_, package)| &package.home);
        homes.find(|(origin, _)| differs && *origin == Origin::SourcePackage).cloned()
    }

    /// What bears exactly this name, or that of its server, its account or its daemon: `redis` for `redis-server`,
    /// `_chrony` and `chronyd` for `chrony`.
    pub(super) fn named(&self, name: &str) -> Option<&Named> {
        let server = || self.names.get(format!("{name}-server").as_str());
        let account = || self.names.get(name.strip_prefix('_')?);
        let daemon = || self.names.get(name.strip_suffix('d')?);
        self.names.get(name).or_else(server).or_else(account).or_else(daemon).filter(|named| !named.is_ambiguous)
    }

    /// What ships something of this name: `chrony` for `chrony-dnssrv@`, `systemd` for `systemd-hwdb-update`. Only for
    /// what lies where packages put their things; people name theirs as they like.
    pub(super) fn shipper(&self, name: &str) -> Option<&Named> {
        let mut name = name.split('@').next().unwrap_or(name);
        loop {
            if let Some(named) = self.names.get(name).or_else(|| self.named(name)) {
                return Some(named);
            }
            name = name.get(..name.rfind(['-', '_', '.'])?)?;
        }
    }

    /// Whether some package was built by somebody else than the distribution.
    pub(super) fn has_foreign(&self) -> bool {
        self.has_foreign
    }

    /// The sides of a cause whose packages are all dependencies of others.
    pub(super) fn drawn_in(&self, claim: &Claim) -> Option<u64> {
        self.drawn_in.get(claim).copied()
    }
}

impl Named {
    /// The cause of something named after this that the given sides have, where this explains it.
    pub(super) fn lacking(&self, sides: u64) -> Option<Claim> {
        self.claim.clone().filter(|_| sides & !self.sides == 0)
    }

    /// Whether all sides have it.
    pub(super) fn is_everywhere(&self) -> bool {
        self.claim.is_none()
    }

    /// Whether all sides have it, in other versions, from the distribution.
    pub(super) fn moves_with_the_release(&self) -> bool {
        (self.claim.is_none() || self.is_ambiguous) && self.differs && !self.is_foreign
    }
}

fn read(comparison: &Comparison, masks: Masks) -> Vec<Seen<'_>> {
    let Some(managers) = comparison.find_branch(&Path::new(["libraries", "packages"])) else { return Vec::new() };
    let mut out = Vec::new();
    for manager in comparison.children(managers) {
        let foreign = Foreign::of(comparison, manager);
        for package in comparison.children(manager).filter(|row| !comparison.is_leaf(*row)) {
            out.push(package_of(comparison, masks, &foreign, manager, package));
        }
    }
    out
}

fn package_of<'a>(
    comparison: &'a Comparison,
    masks: Masks,
    foreign: &Foreign<'_>,
    manager: RowId,
    package: RowId,
) -> Seen<'a> {
    let name = comparison.key(package);
    let mut seen = Seen {
        manager: comparison.key(manager),
        name,
        source: name,
        by_source: Vec::new(),
        sides: 0,
        automatic: 0,
        differs: false,
        is_foreign: foreign.built(comparison, package),
    };
    let mut uninstalled = 0;
    let mut sources: Vec<Option<&str>> = vec![None; comparison.sides().len()];
    for row in comparison.children(package).filter(|row| comparison.is_leaf(*row)) {
        let key = comparison.key(row);
        seen.differs |= key == "version" && comparison.state(row).is_found();
        seen.sides |= masks.having(comparison, row);
        for (side, cell) in comparison.cells(row).enumerate().take(64) {
            match (key, cell) {
                ("automatic", Cell::Value(ValueRef::Bool(true))) => seen.automatic |= 1 << side,
                // Removed, its configuration left.
                ("state", Cell::Value(_)) => uninstalled |= 1 << side,
                ("source", Cell::Value(ValueRef::Text(text))) => {
                    sources[side] = text.split(' ').next().filter(|name| !name.is_empty());
                }
                _ => {}
            }
        }
    }
    seen.sides &= !uninstalled;
    seen.source = sources.iter().flatten().next().copied().unwrap_or(name);
    for (side, source) in sources.iter().enumerate().take(64) {
        let source = source.unwrap_or(name);
        let bit = seen.sides & (1 << side);
        match seen.by_source.iter_mut().find(|(known, _)| *known == source) {
            Some((_, sides)) => *sides |= bit,
            None if bit != 0 => seen.by_source.push((source, bit)),
            None => {}
        }
    }
    seen
}

/// A name without the number that a release changes: `python3.11-minimal` and `python3.9-minimal`, `gcc-12` and
/// `gcc-10`; of a shared library's package without all of its version: `libssl1.1` and `libssl3`. The first of several
/// numbers stays elsewhere: PHP 7.4 is not PHP 8.2 under another name.
fn stem(name: &str) -> String {
    if is_library(name) {
        let name = name.strip_suffix("t64").unwrap_or(name);
        return name.trim_end_matches(|at: char| at.is_ascii_digit() || matches!(at, '.' | '-')).to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(|at: char| at.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|at: char| !at.is_ascii_digit() && at != '.').unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        out.push_str(before);
        if let Some((major, _)) = number.split_once('.') {
            out.push_str(major);
            out.push('.');
        }
        out.push('#');
        rest = after;
    }
    out + rest
}

/// A shared library's package, by the name that Debian's policy (8.1) gives it.
fn is_library(name: &str) -> bool {
    let name = name.strip_suffix("t64").unwrap_or(name);
    name.starts_with("lib") && name.ends_with(|at: char| at.is_ascii_digit())
}

/// What nobody asks for by its name: a library, or the part of a source that its other packages have in common.
fn is_never_asked_for(name: &str) -> bool {
    is_library(name) || ["-base", "-common", "-data"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn a_name_without_its_version_tells_renamed_packages_from_others() {
        let same = [
            ("python3.9-minimal", "python3.11-minimal"),
            ("gcc-10-base", "gcc-12-base"),
            ("openjdk-11-jre-headless", "openjdk-17-jre-headless"),
            ("libssl1.1", "libssl3"),
            ("libldap-2.4-2", "libldap-2.5-0"),
            ("libssl3", "libssl3t64"),
            ("perl-modules-5.32", "perl-modules-5.36"),
        ];
        for (one, other) in same {
            assert_eq!(stem(one), stem(other));
        }
        for (one, other) in [("php7.4", "php8.2"), ("python2.7", "python3.11"), ("libpcre3", "libpcre2-8-0x")] {
            assert_ne!(stem(one), stem(other));
        }
    }
}
