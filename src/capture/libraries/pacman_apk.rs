//! `libraries.repositories` of apk and pacman: apk-repositories(5), pacman.conf(5).

use crate::capture::Facts;
use crate::capture::settings::{drop_ins, glob, lines};
use crate::host::Host;
use crate::model::Value;

const APK: &str = "/etc/apk/repositories";
const PACMAN: &str = "/etc/pacman.conf";

/// The most mirrors of a list.
const MIRRORS: usize = 50;

/// Reads both.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    apk(host, facts);
    pacman(host, facts);
}

/// A place a line, with a tag before it where packages come from there only when asked for.
fn apk(host: &Host, facts: &mut Facts) {
    let parts = drop_ins(host, "/etc/apk/repositories.d", ".list").unwrap_or_else(|error| {
        facts.unread(&["libraries", "repositories"], &error);
        Vec::new()
    });
    for path in std::iter::once(APK.to_owned()).chain(parts) {
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&["libraries", "repositories"], &error);
                continue;
            }
        };
        for line in lines(&text, &['#']) {
            let (tag, uri) = match line.strip_prefix('@').and_then(|rest| rest.split_once(char::is_whitespace)) {
                Some((tag, uri)) => (Some(tag), uri.trim()),
                None => (None, line),
            };
            let key = super::repositories::place(uri);
            let mut facts = facts.at(&["libraries", "repositories", key]);
            facts.put(&["uri"], uri, &path);
            facts.put(&["enabled"], true, &path);
            facts.put_some(&["tag"], tag, &path);
        }
    }
}

/// A section a repository, whose servers stand in it or in a list that it includes.
fn pacman(host: &Host, facts: &mut Facts) {
    let text = match host.text(PACMAN) {
        Ok(text) => text,
        Err(error) => return facts.unread(&["libraries", "repositories"], &error),
    };
    let mut repositories: Vec<Repository> = Vec::new();
    let mut level = None;
    let mut in_options = true;
    for line in lines(&text, &['#']) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            in_options = name == "options";
            if !in_options {
                let source = PACMAN.to_owned();
                repositories.push(Repository { name: name.to_owned(), servers: Vec::new(), level: None, source });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else { continue };
        match (key, repositories.last_mut().filter(|_| !in_options)) {
            ("SigLevel", None) => level = Some(value.to_owned()),
            ("SigLevel", Some(repository)) => repository.level = Some(value.to_owned()),
            ("Server", Some(repository)) => repository.servers.push(value.to_owned()),
            ("Include", Some(repository)) => {
                for path in glob(host, value) {
                    match host.text(&path) {
                        Ok(text) => {
                            let servers = lines(&text, &['#']).filter_map(|line| line.split_once('='));
                            let servers = servers.filter(|(key, _)| key.trim() == "Server");
                            repository.servers.extend(servers.map(|(_, value)| value.trim().to_owned()).take(MIRRORS));
                            repository.source = path;
                        }
                        Err(error) => facts.unread(&["libraries", "repositories", &repository.name], &error),
                    }
                }
            }
            _ => {}
        }
    }
    for repository in repositories {
        let mut facts = facts.at(&["libraries", "repositories", &repository.name]);
        match repository.servers.as_slice() {
            [] => {}
            [one] => facts.put(&["uri"], one.as_str(), &repository.source),
            all => facts.put(&["uri"], Value::list(all.iter().take(MIRRORS).cloned()), &repository.source),
        }
        facts.put(&["enabled"], true, PACMAN);
        if let Some(level) = repository.level.as_ref().or(level.as_ref()) {
            facts.put(&["signatures_checked"], !level.split_whitespace().any(|word| word == "Never"), PACMAN);
        }
    }
}

struct Repository {
    name: String,
    servers: Vec<String>,
    level: Option<String>,
    source: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::capture::settings::tests::written;

    #[test]
    fn places_are_told_in_their_order() {
        let root = Root::new(&[
            (APK, "https://dl.example/v3.19/main\n# https://no\n@edge http://u:s3cr3tpw@dl.example/edge/main\n"),
            (
                PACMAN,
                "[options]\nSigLevel = Required\nServer = no\n[core]\nInclude = /etc/pacman.d/mirrorlist\n[own]\nSigLevel = Never\nServer = file:///srv\n",
            ),
            (
                "/etc/pacman.d/mirrorlist",
                "## x\nServer = https://a.example/$repo/os/$arch\n#Server = https://no\nServer = https://b.example/$repo\n",
            ),
        ]);
        let facts = root.probe(probe);
        assert_eq!(
            written(&facts),
            [
                "libraries.repositories.core.enabled = true",
                "libraries.repositories.core.signatures_checked = true",
                "libraries.repositories.core.uri = [(\"https://a.example/$repo/os/$arch\") (\"https://b.example/$repo\")]",
                "libraries.repositories.\"dl.example/edge/main\".enabled = true",
                "libraries.repositories.\"dl.example/edge/main\".tag = edge",
                "libraries.repositories.\"dl.example/edge/main\".uri = http://u:[redacted]@dl.example/edge/main",
                "libraries.repositories.\"dl.example/v3.19/main\".enabled = true",
                "libraries.repositories.\"dl.example/v3.19/main\".uri = https://dl.example/v3.19/main",
                "libraries.repositories.own.enabled = true",
                "libraries.repositories.own.signatures_checked = false",
                "libraries.repositories.own.uri = file:///srv",
            ]
        );
    }
}
