//! `libraries.packages.rpm`: what is installed, from rpm's own data base, without rpm. Where a support archive has no data
//! base, from what it recorded of `rpm -qa` and `rpm -V`.

mod config_files;
mod header;
mod locks;
mod reasons;
mod recorded;
mod storage;

use self::config_files::ConfigFiles;
use self::header::{Header, tag};
use self::locks::Locks;
use self::reasons::Reasons;
use super::sqlite::Broken;
use crate::capture::{Facts, Scope};
use crate::host::Host;
use crate::model::{Problem, ProblemKind, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const BASE: &[&str] = &["libraries", "packages", "rpm"];

/// One entry of the data base. Several versions of one package can be installed beside each other: kernels, keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::capture) struct Package {
    /// The name alone.
    pub(in crate::capture) name: String,
    /// `[epoch:]version-release`.
    pub(in crate::capture) version: String,
    /// `x86_64`, `noarch`, ...; keys have none.
    pub(in crate::capture) architecture: Option<String>,
    /// Who built it, as the package says.
    pub(in crate::capture) vendor: Option<String>,
    /// The source package where that is called otherwise.
    pub(in crate::capture) source: Option<String>,
    /// Whether it was signed, where that can be told.
    pub(in crate::capture) signed: Option<bool>,
}

/// Reads the whole data base, and compares the configuration files that its packages shipped.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut packages = Vec::new();
    let mut files = ConfigFiles::default();
    let mut bad = 0;
    let read = storage::each(host, &mut |blob| match Header::parse(blob).and_then(|h| Some((package(&h)?, h))) {
        Some((package, header)) => {
            files.add(&header);
            packages.push(package);
        }
        None => bad += 1,
    });
    match read {
        Some((path, ended)) => {
            match ended {
                Ok(()) if bad > 0 => {
                    let detail = format!("{path}: {bad} package(s) whose header is none");
                    facts.problem(BASE, Problem::new(ProblemKind::NotParsable, detail));
                }
                Ok(()) => {}
                Err(Broken::Unread(error)) => facts.unread(BASE, &error),
                Err(Broken::Format(what)) => {
                    facts.problem(BASE, Problem::new(ProblemKind::NotParsable, format!("{path}: {what}")));
                }
            }
            put(host, &packages, &path, facts);
            files.compare(host, &path, facts);
        }
        None => {
            if let Some((packages, source)) = recorded::packages(host, facts) {
                put(host, &packages, &source, facts);
            }
        }
    }
    recorded::verified(host, facts);
}

/// All packages of the data base with the file that they stand in, for who looks up a few.
pub(in crate::capture) fn installed(host: &Host) -> (Vec<Package>, String) {
    let mut packages = Vec::new();
    let read =
        storage::each(host, &mut |blob| packages.extend(Header::parse(blob).and_then(|header| package(&header))));
    (packages, read.map(|(path, _)| path).unwrap_or_default())
}

fn package(header: &Header<'_>) -> Option<Package> {
    let text = |tag| header.text(tag).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = text(tag::NAME)?;
    let epoch = header.number(tag::EPOCH).filter(|epoch| *epoch != 0).map(|epoch| format!("{epoch}:"));
    let version = format!("{}{}-{}", epoch.unwrap_or_default(), text(tag::VERSION)?, text(tag::RELEASE)?);
    let source = header.text(tag::SOURCE_RPM).and_then(source_name).filter(|source| *source != name);
    // A key is what signs.
    let signed = name != "gpg-pubkey";
    Some(Package {
        version,
        architecture: text(tag::ARCHITECTURE),
        vendor: text(tag::VENDOR),
        source: source.map(str::to_owned),
        signed: signed.then(|| tag::SIGNATURES.iter().any(|tag| header.has(*tag))),
        name,
    })
}

/// `glibc` of `glibc-2.34-60.el9.src.rpm`.
fn source_name(file: &str) -> Option<&str> {
    let (rest, _release) = file.rsplit_once('-')?;
    Some(rest.rsplit_once('-')?.0)
}

/// Packages by key; each key's values stand together, so that no version hides another.
fn put(host: &Host, packages: &[Package], source: &str, facts: &mut Facts) {
    let native = native(packages);
    let locks = Locks::read(host);
    let reasons = Reasons::read(host, facts);
    let mut keys: BTreeMap<String, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        let key = match package.architecture.as_deref() {
            Some(own) if own != "noarch" && own != "(none)" && Some(own) != native => format!("{}.{own}", package.name),
            _ => package.name.clone(),
        };
        keys.entry(key).or_default().push(package);
    }
    let mut facts = facts.at(BASE);
    for (key, packages) in keys {
        let mut facts = facts.at(&[&key]);
        put_all(&mut facts, "version", packages.iter().map(|p| Some(p.version.as_str())), source);
        put_all(&mut facts, "architecture", packages.iter().map(|p| p.architecture.as_deref()), source);
        put_all(&mut facts, "origin", packages.iter().map(|p| p.vendor.as_deref()), source);
        put_all(&mut facts, "source", packages.iter().map(|p| p.source.as_deref()), source);
        if packages.iter().any(|package| package.signed == Some(false)) {
            facts.put(&["signed"], false, source);
        }
        if let Some(file) = packages.iter().find_map(|package| locks.holds(package)) {
            facts.put(&["held"], true, file);
        }
        if packages.iter().all(|package| reasons.is_automatic(package)) {
            facts.put(&["automatic"], true, reasons.file());
        }
        put_all(&mut facts, "repository", packages.iter().map(|p| reasons.repository(p)), reasons.file());
    }
}

/// One value as itself, several as a set.
fn put_all<'a>(facts: &mut Scope<'_>, key: &str, values: impl Iterator<Item = Option<&'a str>>, source: &str) {
    let mut values: BTreeSet<&str> = values.flatten().collect();
    match values.len() {
        0 => {}
        1 => facts.put_some(&[key], values.pop_first(), source),
        _ => facts.put(&[key], Value::set(values), source),
    }
}

/// The architecture that most packages have.
fn native(packages: &[Package]) -> Option<&str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in packages.iter().filter_map(|package| package.architecture.as_deref()).filter(|name| *name != "noarch") {
        *counts.entry(name).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(name, count)| (*count, *name)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests;
