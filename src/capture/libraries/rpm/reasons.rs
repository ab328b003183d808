//! Why packages of rpm are there, and which repository they came from. rpm does not know; its front ends do: dnf's
//! history, dnf5's lists, yum's yumdb, zypper's list.

use super::Package;
use crate::capture::Facts;
use crate::capture::libraries::sqlite::{Broken, Sqlite};
use crate::host::{Host, ReadError};
use std::collections::{HashMap, HashSet};

const DNF: &str = "/var/lib/dnf/history.sqlite";
const DNF5: &str = "/usr/lib/sysimage/libdnf5";
const YUM: &str = "/var/lib/yum/yumdb";
const ZYPP: &str = "/var/lib/zypp/AutoInstalled";

/// The most entries of a history: dnf keeps every transaction since the system was installed.
const ENTRIES: usize = 2_000_000;

/// What the first of the front ends knows that knows anything.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    file: String,
    /// `name.architecture`, or the name alone, of what came as a dependency.
    automatic: HashSet<String>,
    /// Where `name-version.architecture` came from.
    repositories: HashMap<String, String>,
}

impl Reasons {
    pub(super) fn read(host: &Host, facts: &mut Facts) -> Self {
        match dnf(host) {
            Err(Broken::Unread(ReadError::Missing(_))) => {}
            Err(Broken::Unread(error)) => facts.unread(super::BASE, &error),
            Err(Broken::Format(what)) => {
                let detail = format!("{DNF}: {what}");
                facts.problem(super::BASE, crate::model::Problem::new(crate::model::ProblemKind::NotParsable, detail));
            }
            Ok(reasons) => return reasons,
        }
        dnf5(host).or_else(|| yum(host)).or_else(|| zypper(host)).unwrap_or_default()
    }

    /// Where it is known from.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn is_automatic(&self, package: &Package) -> bool {
        self.automatic.contains(&dotted(package)) || self.automatic.contains(&package.name)
    }

    pub(super) fn repository(&self, package: &Package) -> Option<&str> {
        let architecture = package.architecture.as_deref().unwrap_or_default();
        let known = self.repositories.get(&format!("{}-{}.{architecture}", package.name, package.version));
        // What dnf calls a package that it did not install.
        known.map(String::as_str).filter(|name| !name.is_empty() && !name.starts_with('@') && *name != "<unknown>")
    }
}

fn dotted(package: &Package) -> String {
    format!("{}.{}", package.name, package.architecture.as_deref().unwrap_or_default())
}

fn version(epoch: i64, version: &str, release: &str) -> String {
    if epoch == 0 { format!("{version}-{release}") } else { format!("{epoch}:{version}-{release}") }
}

/// libdnf's `TransactionItem.hpp` and `swdb_schema`: the newest finished item of a package has its reason.
fn dnf(host: &Host) -> Result<Reasons, Broken> {
    const DONE: i64 = 1;
    /// Downgraded, obsoleted, upgraded, reinstalled: the side of a change that went away.
    const GONE: [i64; 4] = [3, 5, 7, 10];
    const AUTOMATIC: [i64; 2] = [1, 4];
    let data = Sqlite::open(host, DNF)?;
    let mut repositories = HashMap::new();
    data.rows("repo", &mut |id, cells| {
        if let Some(name) = cells.get(1).and_then(|cell| cell.text()) {
            repositories.insert(id, name.to_owned());
        }
    })?;
    // item_id, name, epoch, version, release, arch; the first is the row's number where it is the primary key.
    let mut items = HashMap::new();
    data.rows("rpm", &mut |row, cells| {
        let text = |at: usize| cells.get(at).and_then(|cell| cell.text());
        let integer = |at: usize| cells.get(at).and_then(|cell| cell.integer());
        if let (Some(name), Some(own), Some(release), Some(architecture)) = (text(1), text(3), text(4), text(5)) {
            let version = version(integer(2).unwrap_or(0), own, release);
            let known = (format!("{name}.{architecture}"), format!("{name}-{version}.{architecture}"));
            items.insert(integer(0).unwrap_or(row), known);
        }
    })?;
    // id, trans_id, item_id, repo_id, action, reason, state: in the order of their numbers, so the newest comes last.
    let mut reasons = Reasons { file: DNF.to_owned(), ..Reasons::default() };
    let mut left = ENTRIES;
    data.rows("trans_item", &mut |_, cells| {
        let integer = |at: usize| cells.get(at).and_then(|cell| cell.integer());
        let (Some(item), Some(action)) = (integer(2).and_then(|id| items.get(&id)), integer(4)) else { return };
        if left == 0 || integer(6) != Some(DONE) || GONE.contains(&action) {
            return;
        }
        left -= 1;
        if integer(5).is_some_and(|reason| AUTOMATIC.contains(&reason)) {
            reasons.automatic.insert(item.0.clone());
        } else {
            reasons.automatic.remove(&item.0);
        }
        if let Some(name) = integer(3).and_then(|id| repositories.get(&id)) {
            reasons.repositories.insert(item.1.clone(), name.clone());
        }
    })?;
    Ok(reasons)
}

/// libdnf5's `system/state.cpp`: `packages."name.arch".reason`, `nevras."name-epoch:version-release.arch".from_repo`.
fn dnf5(host: &Host) -> Option<Reasons> {
    let table = |file: &str, key: &str| {
        let text = host.text(&format!("{DNF5}/{file}")).ok()?;
        let mut table: toml::Table = text.parse().ok()?;
        if let Some(toml::Value::Table(table)) = table.remove(key) { Some(table) } else { None }
    };
    let packages = table("packages.toml", "packages")?;
    let reason = |entry: &toml::Value| entry.get("reason").and_then(toml::Value::as_str).map(str::to_owned);
    let dependency = |entry: &toml::Value| matches!(reason(entry).as_deref(), Some("Dependency" | "Weak Dependency"));
    let automatic = packages.iter().filter(|(_, entry)| dependency(entry)).map(|(name, _)| name.clone());
    let repositories = table("nevras.toml", "nevras").unwrap_or_default();
    let repositories = repositories.iter().filter_map(|(package, entry)| {
        Some((package.replacen("-0:", "-", 1), entry.get("from_repo")?.as_str()?.to_owned()))
    });
    Some(Reasons {
        file: format!("{DNF5}/packages.toml"),
        automatic: automatic.collect(),
        repositories: repositories.collect(),
    })
}

/// yum's `yumdb`: a folder for each package, `digest-name-version-release-architecture`, with a file for each thing.
fn yum(host: &Host) -> Option<Reasons> {
    let mut reasons = Reasons { file: YUM.to_owned(), ..Reasons::default() };
    for letter in host.list(YUM).ok()? {
        for entry in host.list(&format!("{YUM}/{}", letter.name)).unwrap_or_default() {
            let folder = format!("{YUM}/{}/{}", letter.name, entry.name);
            let parts = entry.name.split_once('-').and_then(|(_digest, package)| {
                let (package, architecture) = package.rsplit_once('-')?;
                let (name_and_version, release) = package.rsplit_once('-')?;
                let (name, version) = name_and_version.rsplit_once('-')?;
                Some((name, version, release, architecture))
            });
            let Some((name, version, release, architecture)) = parts else { continue };
            if host.word(&format!("{folder}/reason")).is_ok_and(|reason| reason == "dep") {
                reasons.automatic.insert(format!("{name}.{architecture}"));
            }
            if let Ok(repository) = host.word(&format!("{folder}/from_repo")) {
                reasons.repositories.insert(format!("{name}-{version}-{release}.{architecture}"), repository);
            }
        }
    }
    Some(reasons)
}

fn zypper(host: &Host) -> Option<Reasons> {
    let text = host.text(ZYPP).ok()?;
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Some(Reasons { file: ZYPP.to_owned(), automatic: names.map(str::to_owned).collect(), ..Reasons::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::root;

    fn package(name: &str, version: &str) -> Package {
        let architecture = Some("x86_64".to_owned());
        Package { name: name.to_owned(), version: version.to_owned(), architecture, ..Package::default() }
    }

    #[test]
    fn each_front_end_says_it_its_own_way() {
        let dnf5 = [
            (
                "/usr/lib/sysimage/libdnf5/packages.toml",
                "version = \"1.0\"\n[packages]\n\"acl.x86_64\" = {reason=\"Dependency\"}\n\"vim.x86_64\" = {reason=\"User\"}\n",
            ),
            ("/usr/lib/sysimage/libdnf5/nevras.toml", "[nevras]\n\"acl-0:2.3-1.x86_64\" = {from_repo=\"fedora\"}\n"),
        ];
        let yum = [
            ("/var/lib/yum/yumdb/a/0123abc-acl-2.3-1-x86_64/reason", "dep"),
            ("/var/lib/yum/yumdb/a/0123abc-acl-2.3-1-x86_64/from_repo", "fedora"),
            ("/var/lib/yum/yumdb/v/0123abc-vim-8-1-x86_64/reason", "user"),
        ];
        for files in [dnf5.as_slice(), &yum] {
            let (_dir, host) = root(files);
            let reasons = Reasons::read(&host, &mut Facts::new());
            assert!(reasons.is_automatic(&package("acl", "2.3-1")));
            assert!(!reasons.is_automatic(&package("vim", "8-1")));
            assert_eq!(reasons.repository(&package("acl", "2.3-1")), Some("fedora"));
            assert_eq!(reasons.repository(&package("acl", "9-1")), None);
        }
        let (_dir, host) = root(&[(ZYPP, "# why\nacl\n")]);
        assert!(Reasons::read(&host, &mut Facts::new()).is_automatic(&package("acl", "1-1")));
    }
}
