//! `libraries.packages.nix`: what is in the system's profile, `nix profile` of the default user, and which generation of
//! NixOS runs. A store path says name and version: `/nix/store/HASH-curl-8.5.0`.

use crate::capture::Facts;
use crate::host::Host;
use serde_json::Value as Json;

const MANIFEST: &str = "/nix/var/nix/profiles/default/manifest.json";
const SYSTEM: &str = "/nix/var/nix/profiles/system";
const CURRENT: &str = "/run/current-system/sw/manifest.json";

/// Reads the manifest, versions 1 to 3: a list or an object of elements with their `storePaths`.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "packages", "nix"]);
    // `system-42-link`, which leads to the store.
    if let Ok(generation) = host.link(SYSTEM) {
        let link = host.link(&format!("/nix/var/nix/profiles/{generation}"));
        if let Some((name, version)) = link.ok().as_deref().and_then(store) {
            facts.put(&[&name, "version"], version, SYSTEM);
        }
    }
    for path in [MANIFEST, CURRENT] {
        let manifest = match host.read(path) {
            Ok(bytes) => serde_json::from_slice::<Json>(&bytes).unwrap_or_default(),
            Err(error) => {
                facts.unread(&[], &error);
                continue;
            }
        };
        let elements: Vec<&Json> = match manifest.get("elements") {
            Some(Json::Array(elements)) => elements.iter().collect(),
            Some(Json::Object(elements)) => elements.values().collect(),
            _ => Vec::new(),
        };
        for element in elements {
            let paths = element.get("storePaths").and_then(Json::as_array).into_iter().flatten();
            for (name, version) in paths.filter_map(|path| store(path.as_str()?)) {
                facts.put(&[&name, "version"], version, path);
            }
        }
    }
}

/// The version begins at the first dash that no letter follows (`parseDrvName`, Nix manual).
fn store(path: &str) -> Option<(String, String)> {
    let (_hash, name) = path.rsplit('/').next()?.split_once('-')?;
    let at = name
        .match_indices('-')
        .map(|(at, _)| at)
        .find(|at| name.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| !c.is_alphabetic())))?;
    Some((name.get(..at)?.to_owned(), name.get(at + 1..)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn store_paths_say_name_and_version() {
        let manifest = r#"{"version":3,"elements":{"curl":{"storePaths":["/nix/store/abc-curl-8.5.0-bin"]}}}"#;
        let root = Root::new(&[(MANIFEST, manifest)])
            .link(SYSTEM, "system-42-link")
            .link("/nix/var/nix/profiles/system-42-link", "/nix/store/def-nixos-system-web-23.11.2413");
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.nix.{path}")).cloned();
        assert_eq!(fact("curl.version"), Some("8.5.0-bin".into()));
        assert_eq!(fact("nixos-system-web.version"), Some("23.11.2413".into()));
    }
}
