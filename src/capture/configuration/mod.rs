//! `configuration.files`: known configuration files with their text, so that a drill-down can compare them line by line.

mod table;
mod walk;

use super::{Facts, Scope};
use crate::host::{EntryKind, Host, Stat};
use crate::model::{Problem, ProblemKind, redaction};
use std::collections::HashMap;
use std::sync::Arc;

/// Longer files have a digest and a size only.
const TEXT_CAP: usize = 256 << 10;

/// No configuration file is longer; one that is has a problem.
const FILE_CAP: u64 = 8 << 20;

/// Reads every file that the table's patterns name.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let names = Names::read(host);
    let options = Arc::clone(facts.options());
    let mut facts = facts.at(&["configuration", "files"]);
    let watched = options.watch.files.iter().map(String::as_str);
    for pattern in table::FILES.iter().copied().chain(watched) {
        let walk = walk::files(host, pattern, &mut |path| record(host, &names, path, &mut facts.at(&[path])));
        for (folder, error) in &walk.unread {
            // A folder that may not be listed hides files whose names nobody knows: said where the folder stands.
            facts.unread(&[folder], error);
        }
        if walk.is_cut {
            let detail = format!("{pattern} names more than {} files", walk::FILES);
            facts.problem(&[pattern], Problem::new(ProblemKind::TooLarge, detail));
        }
    }
}

fn record(host: &Host, names: &Names, path: &str, facts: &mut Scope<'_>) {
    let stat = match host.stat(path) {
        Ok(stat) if stat.kind == EntryKind::File => stat,
        Ok(_) => return,
        Err(error) => return facts.unread(&[], &error),
    };
    facts.put(&["mode"], format!("{:04o}", stat.mode), path);
    facts.put(&["owner"], names.owner(&stat), path);
    facts.put(&["size_bytes"], stat.size, path);
    let bytes = match host.read_up_to(path, FILE_CAP) {
        Ok(bytes) => bytes,
        Err(error) => {
            facts.unread(&["digest"], &error);
            return facts.unread(&["text"], &error);
        }
    };
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= TEXT_CAP && !text.contains('\0'));
    match text.map(redaction::text) {
        Some(text) => {
            // The digest of a file with a secret would be a means to look the secret up.
            facts.put(&["digest"], digest(text.as_bytes()), path);
            facts.put(&["text"], text, path);
        }
        None => facts.put(&["digest"], digest(&bytes), path),
    }
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Names of users and groups as the host's own files have them.
struct Names {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
}

impl Names {
    fn read(host: &Host) -> Self {
        let table = |path| {
            let text = host.text(path).unwrap_or_default();
            let entries = text.lines().filter_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next()?;
                Some((fields.nth(1)?.parse().ok()?, name.to_owned()))
            });
            // The first entry of a number names it, getpwuid(3).
            entries.rev().collect()
        };
        Self { users: table("/etc/passwd"), groups: table("/etc/group") }
    }

    /// `root:adm`; a number that has no name stays one.
    fn owner(&self, stat: &Stat) -> String {
        let name = |names: &HashMap<u32, String>, id: u32| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
        format!("{}:{}", name(&self.users, stat.uid), name(&self.groups, stat.gid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;
    use crate::policy::Watch;

    #[test]
    fn files_are_kept_with_their_text_and_without_their_secrets() {
        let long = "# x\n".repeat(TEXT_CAP / 4 + 1);
        let root = Root::new(&[
            ("/etc/hosts", b"127.0.0.1 localhost\n".as_slice()),
            ("/etc/redis/redis.conf", b"requirepass hunter2\nmaxmemory 1gb\n"),
            ("/etc/nginx/sites-available/a/shop.conf", b"server {}\n"),
            ("/etc/sysctl.d/README", b"not one\n"),
            ("/etc/sysctl.d/10-a.conf", b"\xff\xfe\0"),
            ("/etc/profile", long.as_bytes()),
        ])
        .link("/etc/nginx/loop", ".");
        let facts = root.probe(probe);
        let fact = |path: &str, key: &str| facts.get(&format!("configuration.files.\"{path}\".{key}")).cloned();
        assert_eq!(fact("/etc/hosts", "text"), Some(Value::from("127.0.0.1 localhost\n")));
        assert_eq!(fact("/etc/hosts", "digest"), Some(digest(b"127.0.0.1 localhost\n").into()));
        assert_eq!(fact("/etc/hosts", "size_bytes"), Some(20_u64.into()));
        assert!(matches!(fact("/etc/hosts", "mode"), Some(Value::Text(mode)) if mode.len() == 4));
        let hidden = "requirepass [redacted]\nmaxmemory 1gb\n";
        assert_eq!(fact("/etc/redis/redis.conf", "text"), Some(hidden.into()));
        assert_eq!(fact("/etc/redis/redis.conf", "digest"), Some(digest(hidden.as_bytes()).into()));
        assert!(fact("/etc/nginx/sites-available/a/shop.conf", "text").is_some());
        assert_eq!(fact("/etc/sysctl.d/README", "text"), None);
        assert!(fact("/etc/sysctl.d/10-a.conf", "digest").is_some());
        assert_eq!(fact("/etc/sysctl.d/10-a.conf", "text"), None);
        assert!(fact("/etc/profile", "digest").is_some());
        assert_eq!(fact("/etc/profile", "text"), None);
        assert!(facts.values().iter().all(|(path, _)| !path.to_string().contains("loop")));
    }

    #[test]
    fn watched_files_come_along() {
        let root = Root::new(&[("/srv/shop/a/b/app.yaml", "x: 1\n"), ("/srv/app.yaml", "x: 2\n"), ("/srv/other", "")]);
        let watch = Watch { files: vec!["/srv/**/*.yaml".to_owned()], ..Watch::default() };
        let options = crate::capture::Options { watch, ..Default::default() };
        let facts = root.probe_with(probe, options);
        let text = |path: &str| facts.get(&format!("configuration.files.\"{path}\".text")).cloned();
        assert_eq!(text("/srv/shop/a/b/app.yaml"), Some("x: 1\n".into()));
        assert_eq!(text("/srv/app.yaml"), Some("x: 2\n".into()));
        assert_eq!(text("/srv/other"), None);
    }
}
