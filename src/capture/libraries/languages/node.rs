//! `libraries.node`: packages that npm installed for everyone, by their package.json(5).

use super::{Found, folders, releases};
use crate::capture::{Facts, Scope};
use crate::host::{EntryKind, Host};
use serde::Deserialize;

/// npm's prefix, and the distributions'.
const FOLDERS: &[&str] = &[
    "/usr/lib/node_modules",
    "/usr/lib64/node_modules",
    "/usr/local/lib/node_modules",
    "/usr/local/share/npm-global/lib/node_modules",
    "/opt/*/lib/node_modules",
];

#[derive(Deserialize)]
struct Manifest {
    version: Option<String>,
}

/// Reads a manifest for each folder, and for each folder of a scope.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let listed: Vec<String> = releases(facts).iter().map(|folder| format!("{folder}/node_modules")).collect();
    let patterns: Vec<&str> = FOLDERS.iter().copied().chain(listed.iter().map(String::as_str)).collect();
    for folder in folders(host, &patterns) {
        packages(host, &folder, &mut facts.at(&["libraries", "node", &folder]));
    }
}

/// The packages of a `node_modules` folder.
pub(super) fn packages(host: &Host, folder: &str, facts: &mut Scope<'_>) {
    let mut found = Found::default();
    let list = |path: &str| {
        let entries = host.list(path)?.into_iter();
        let named = entries.filter(|entry| entry.kind != EntryKind::File && !entry.name.starts_with('.'));
        Ok(named.map(|entry| entry.name).collect::<Vec<_>>())
    };
    let names = match list(folder) {
        Ok(names) => names,
        Err(error) => return facts.unread(&[], &error),
    };
    for name in names {
        let scoped = || list(&format!("{folder}/{name}")).unwrap_or_default().into_iter();
        let names: Vec<String> =
            if name.starts_with('@') { scoped().map(|inner| format!("{name}/{inner}")).collect() } else { vec![name] };
        for name in names {
            let path = format!("{folder}/{name}/package.json");
            match host.read(&path) {
                Ok(bytes) => {
                    let version = serde_json::from_slice::<Manifest>(&bytes).ok().and_then(|m| m.version);
                    found.add(name, version.unwrap_or_default(), &path);
                }
                Err(error) => facts.unread(&[&name], &error),
            }
        }
    }
    found.put(facts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn packages_and_scopes_are_told() {
        let root = Root::new(&[
            ("/usr/local/lib/node_modules/npm/package.json", r#"{"name":"npm","version":"10.2.4","x":[1]}"#),
            ("/usr/local/lib/node_modules/@angular/cli/package.json", r#"{"version":"17.0.0"}"#),
            ("/usr/local/lib/node_modules/.package-lock.json", "{}"),
        ]);
        let facts = root.probe(probe);
        let fact = |name: &str| facts.get(&format!("libraries.node.\"/usr/local/lib/node_modules\".{name}")).cloned();
        assert_eq!(fact("npm"), Some("10.2.4".into()));
        assert_eq!(fact("\"@angular/cli\""), Some("17.0.0".into()));
        assert_eq!(facts.len(), 2);
    }
}
