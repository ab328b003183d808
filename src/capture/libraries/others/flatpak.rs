//! `libraries.packages.flatpak`: applications and run times that are deployed for the whole system, by the folders that
//! flatpak keeps for each: kind, name, architecture, branch.

use crate::capture::Facts;
use crate::host::{EntryKind, Host};

const FOLDER: &str = "/var/lib/flatpak";

/// Reads the links to what is active.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let mut facts = facts.at(&["libraries", "packages", "flatpak"]);
    for kind in ["app", "runtime"] {
        let top = format!("{FOLDER}/{kind}");
        let names = host.list(&top).unwrap_or_else(|error| {
            facts.unread(&[], &error);
            Vec::new()
        });
        let folders = |path: &str| {
            let entries = host.list(path).unwrap_or_default().into_iter();
            entries.filter(|entry| entry.kind == EntryKind::Folder).map(|entry| entry.name)
        };
        for name in names.into_iter().map(|entry| entry.name) {
            for architecture in folders(&format!("{top}/{name}")) {
                for branch in folders(&format!("{top}/{name}/{architecture}")) {
                    let active = format!("{top}/{name}/{architecture}/{branch}/active");
                    let Ok(commit) = host.link(&active) else { continue };
                    // Several branches of a run time stand beside each other as a rule.
                    let key = if kind == "app" { name.clone() } else { format!("{name}//{branch}") };
                    let mut facts = facts.at(&[&key]);
                    facts.put(&["version"], branch, &active);
                    facts.put(&["architecture"], architecture.as_str(), &active);
                    facts.put(&["commit"], commit, &active);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;

    #[test]
    fn the_active_commit_is_told() {
        let root = Root::new(&[("/var/lib/flatpak/app/org.x.App/x86_64/stable/0a1b/metadata", "")])
            .link("/var/lib/flatpak/app/org.x.App/x86_64/stable/active", "0a1b")
            .link("/var/lib/flatpak/app/org.x.App/current", "x86_64/stable")
            .link("/var/lib/flatpak/runtime/org.x.Platform/x86_64/46/active", "ffff");
        let facts = root.probe(probe);
        let fact = |path: &str| facts.get(&format!("libraries.packages.flatpak.{path}")).cloned();
        assert_eq!(fact("\"org.x.App\".commit"), Some("0a1b".into()));
        assert_eq!(fact("\"org.x.Platform//46\".version"), Some("46".into()));
        assert_eq!(facts.len(), 6);
    }
}
