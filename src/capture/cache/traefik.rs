//! `cache.http.traefik`: the static configuration and, beneath `dynamic`, what the file provider reads. Of a file and
//! options on the command line only one is used, and the file is looked for first:
//! <https://doc.traefik.io/traefik/getting-started/configuration-overview/>.

use super::start;
use super::walk::{Walk, beneath};
use crate::base::document::{self, Node};
use crate::capture::Facts;
use crate::capture::settings::drop_ins;
use crate::host::Host;
use crate::model::ProblemKind;
use crate::model::redaction::secret;

const FOLDER: &str = "/etc/traefik";
const FILES: [&str; 3] = ["/etc/traefik/traefik.toml", "/etc/traefik/traefik.yml", "/etc/traefik/traefik.yaml"];

/// How deep a value may stand.
const DEPTH: usize = 32;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    let mut walk = Walk::new(host);
    let words = start::command_line(host, "traefik.service").unwrap_or_default();
    let flag = |word: &str| {
        let (name, value) = word.strip_prefix("--")?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    let options: Vec<(String, String, &str)> =
        words.iter().filter_map(|(word, path)| flag(word).map(|(name, value)| (name, value, path.as_str()))).collect();
    let named =
        options.iter().find(|(name, ..)| name.eq_ignore_ascii_case("configfile")).map(|(_, file, _)| file.as_str());
    if let Some(path) = named.or_else(|| FILES.into_iter().find(|path| host.exists(path))) {
        if let Some(tree) = file(&mut walk, path, &[]) {
            let says = |key| tree.get(&["providers", "file", key]).and_then(Node::text).map(str::to_owned);
            dynamic(&mut walk, says("filename"), says("directory"));
        }
    } else {
        for (name, value, path) in &options {
            let keys: Vec<&str> = name.split('.').take(DEPTH).collect();
            walk.setting(&keys, value, false, path);
        }
        let says = |wanted: &str| {
            let found = options.iter().find(|(name, ..)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value, _)| value.clone())
        };
        dynamic(&mut walk, says("providers.file.filename"), says("providers.file.directory"));
    }
    walk.put(facts.at(&["cache", "http", "traefik"]));
}

fn dynamic(walk: &mut Walk<'_>, one: Option<String>, folder: Option<String>) {
    let mut files: Vec<String> = one.iter().map(|name| beneath(FOLDER, name)).collect();
    if let Some(folder) = folder {
        let mut found = drop_ins(walk.host, &beneath(FOLDER, &folder), "").unwrap_or_default();
        found.retain(|path| [".toml", ".yml", ".yaml"].iter().any(|end| path.ends_with(end)));
        files.extend(found);
    }
    for path in files {
        file(walk, &path, &["dynamic"]);
    }
}

fn file(walk: &mut Walk<'_>, path: &str, at: &[&str]) -> Option<Node> {
    let text = walk.text(path, 0)?;
    match document::parse(&text, path) {
        Ok(tree) => {
            flatten(walk, &tree, &mut at.to_vec(), path);
            Some(tree)
        }
        Err(error) => {
            walk.problem(ProblemKind::NotParsable, format!("{path}: {error}"));
            None
        }
    }
}

fn flatten<'n>(walk: &mut Walk<'_>, node: &'n Node, at: &mut Vec<&'n str>, path: &str) {
    match node {
        // A user stands with the digest of the password: `basicAuth`, `digestAuth`.
        Node::List(items) if at.last().is_some_and(|key| key.eq_ignore_ascii_case("users")) => {
            for user in items.iter().filter_map(|item| item.text()) {
                let (name, digest) = user.split_once(':').unwrap_or((user, ""));
                walk.setting(at, &format!("{name}:{}", secret(digest)), true, path);
            }
        }
        Node::List(items) => items.iter().for_each(|item| walk.setting(at, &line(item, DEPTH), true, path)),
        Node::Text(text) => walk.setting(at, text, false, path),
        Node::Map(entries) => {
            for (key, value) in entries {
                at.push(key);
                flatten(walk, value, at, path);
                at.pop();
            }
        }
    }
}

/// A member of a list in one line: `url=http://192.0.2.1`.
fn line(node: &Node, depth: usize) -> String {
    match node {
        Node::Text(text) => text.clone(),
        _ if depth == 0 => String::new(),
        Node::List(items) => items.iter().map(|item| line(item, depth - 1)).collect::<Vec<_>>().join(" "),
        Node::Map(entries) => {
            let entry = |(key, value): &(String, std::rc::Rc<Node>)| format!("{key}={}", line(value, depth - 1));
            entries.iter().map(entry).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn the_file_counts_and_its_provider_s_files_come_along() {
        let main = "entryPoints:\n  web:\n    address: ':80'\n    transport:\n      respondingTimeouts: {readTimeout: 60s}\n\
                    providers:\n  file:\n    directory: /etc/traefik/dynamic\n";
        let dynamic = "[http.middlewares.login.basicAuth]\nusers = [\"test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\"]\n\
                       [[http.services.app.loadBalancer.servers]]\nurl = \"http://192.0.2.1/\"\n";
        let unit = "[Service]\nExecStart=/usr/bin/traefik --entryPoints.web.address=:81\n";
        let (_dir, host) = root(&[
            ("/etc/traefik/traefik.yml", main),
            ("/etc/traefik/dynamic/app.toml", dynamic),
            ("/etc/traefik/dynamic/README", "no"),
            ("/usr/lib/systemd/system/traefik.service", unit),
        ]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let text: Vec<String> = written(&facts).iter().map(|l| l.replace("cache.http.traefik.", "")).collect();
        let expected = [
            "dynamic.http.middlewares.login.basicAuth.users = [(\"test:[redacted]\")]",
            "dynamic.http.services.app.loadBalancer.servers = [(\"url=http://192.0.2.1/\")]",
            "entryPoints.web.address = :80",
            "entryPoints.web.transport.respondingTimeouts.readTimeout = 60s",
            "providers.file.directory = /etc/traefik/dynamic",
        ];
        assert_eq!(text, expected);
        let (_dir, host) = root(&[("/usr/lib/systemd/system/traefik.service", unit)]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(written(&facts), ["cache.http.traefik.entryPoints.web.address = :81"]);
    }
}
