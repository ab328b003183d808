//! `configuration.files`: known configuration files with their text, so that a drill-down can compare them line by line.

#[cfg(test)]
mod secrets_test;
mod table;
mod walk;

use super::{Facts, Scope};
use crate::host::{EntryKind, Host, Miss, Stat};
use crate::model::{Problem, ProblemKind};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Longer files have a digest and a size only.
const TEXT_CAP: usize = 256 << 10;

/// No configuration file is longer; one that is has a problem.
const FILE_CAP: u64 = 8 << 20;

/// The most that all texts together may have; files beyond it have a digest only.
const TEXTS_CAP: usize = 16 << 20;

/// A link to it stands for an empty file: so units and drop-ins are switched off, systemd.unit(5).
const NOTHING: &str = "/dev/null";

/// Reads every file that the table's patterns name.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    read(host, facts, TEXTS_CAP);
}

fn read(host: &Host, facts: &mut Facts, texts_cap: usize) {
    let options = Arc::clone(facts.options());
    let mut facts = facts.at(&["configuration", "files"]);
    let watched = options.watch.files.iter().map(String::as_str);
    let mut found = BTreeSet::new();
    for pattern in table::FILES.iter().copied().chain(watched) {
        let walk = walk::files(host, pattern, &mut |path| {
            found.insert(path.to_owned());
        });
        for (folder, error) in &walk.unread {
            // A folder that may not be listed hides files whose names nobody knows: said where the folder stands.
            facts.unread(&[folder], error);
        }
        if walk.is_cut {
            let detail = format!("{pattern} names more than {} files", walk::FILES);
            facts.problem(&[pattern], Problem::new(ProblemKind::TooLarge, detail));
        }
    }
    let mut recorder = Recorder { host, names: Names::read(host), left: texts_cap };
    for path in &found {
        recorder.record(path, &found, &mut facts.at(&[path]));
    }
}

struct Recorder<'a> {
    host: &'a Host,
    names: Names,
    /// What texts may still have.
    left: usize,
}

impl Recorder<'_> {
    fn record(&mut self, path: &str, found: &BTreeSet<String>, facts: &mut Scope<'_>) {
        if let Ok(link) = self.host.link(path) {
            let target = resolved(path, &link);
            if target == NOTHING {
                facts.put(&["link"], link, path);
                return facts.put(&["text"], "", path);
            }
            // What it leads to is told once, where it stands.
            if target != path && found.contains(&target) {
                return facts.put(&["link"], link, path);
            }
            if self.host.stat(path).is_ok_and(|stat| stat.kind != EntryKind::Folder) {
                facts.put(&["link"], link, path);
            }
        }
        match self.host.stat(path) {
            Ok(stat) if stat.kind == EntryKind::File => self.file(path, &stat, facts),
            Ok(stat) if stat.kind == EntryKind::Folder => {}
            // Never opened: a pipe would wait for a writer, a device may do whatever it does.
            Ok(_) => {
                let detail = "a pipe, a socket or a device where a file is expected";
                facts.problem(&[], Problem::new(ProblemKind::Failed, detail));
            }
            // In an archive, what it leads to was left behind.
            Err(error) if error.is_missing() && !self.host.is_archive() => {
                if let Ok(link) = self.host.link(path) {
                    facts.put(&["link"], link, path);
                    facts.put(&["dangling"], true, path);
                }
            }
            Err(error) => facts.unread(&[], &error),
        }
    }

    fn file(&mut self, path: &str, stat: &Stat, facts: &mut Scope<'_>) {
        facts.put(&["mode"], format!("{:04o}", stat.mode), path);
        facts.put_whole(&["owner"], self.names.owner(stat), &self.names.missed, path);
        facts.put(&["size_bytes"], stat.size, path);
        let bytes = match self.host.read_up_to(path, FILE_CAP) {
            Ok(bytes) => bytes,
            Err(error) => {
                facts.unread(&["digest"], &error);
                return facts.unread(&["text"], &error);
            }
        };
        let text = std::str::from_utf8(&bytes).ok().filter(|text| text.len() <= TEXT_CAP && !text.contains('\0'));
        match text {
            Some(text) => {
                let hidden = match self.left.checked_sub(text.len()) {
                    Some(left) => {
                        self.left = left;
                        facts.put_text(&["text"], text, path)
                    }
                    None => {
                        let detail = "all texts together are too large";
                        facts.problem(&["text"], Problem::new(ProblemKind::TooLarge, detail));
                        facts.hide(&["text"], text).into_owned()
                    }
                };
                // The digest of a file with a secret would be a means to look the secret up.
                facts.put(&["digest"], digest(hidden.as_bytes()), path);
            }
            None => facts.put(&["digest"], digest(&bytes), path),
        }
    }
}

/// Where a link leads: by its text alone, without following others.
fn resolved(path: &str, link: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = if link.starts_with('/') { link.to_owned() } else { format!("{folder}/{link}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Names of users and groups as the host's own files have them.
struct Names {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
    /// Why they are not known.
    missed: Vec<Miss>,
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
        let ((users, groups), missed) = host.watched(|| (table("/etc/passwd"), table("/etc/group")));
        Self { users, groups, missed }
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
    use crate::capture::settings::tests::written;
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
    fn links_say_where_they_lead_and_what_is_no_file_is_never_opened() {
        let root = Root::new(&[("/etc/nginx/sites-available/shop", "server {}\n"), ("/run/resolv.conf", "search a\n")])
            .link("/etc/nginx/sites-enabled/shop", "../sites-available/shop")
            .link("/etc/systemd/system/x.service", "/dev/null")
            .link("/etc/resolv.conf", "../run/resolv.conf")
            .link("/etc/nginx/round", "round")
            .link("/etc/nginx/gone", "/usr/gone")
            .pipe("/etc/logrotate.d/pipe");
        let facts = root.probe(probe);
        let text: Vec<String> = written(&facts)
            .into_iter()
            .map(|line| line.replace("configuration.files.", ""))
            .filter(|line| line.contains(".link") || line.contains(".text"))
            .collect();
        let expected = [
            "\"/etc/nginx/gone\".link = /usr/gone",
            "\"/etc/nginx/sites-available/shop\".text = server {}\n",
            "\"/etc/nginx/sites-enabled/shop\".link = ../sites-available/shop",
            "\"/etc/resolv.conf\".link = ../run/resolv.conf",
            "\"/etc/resolv.conf\".text = search a\n",
            "\"/etc/systemd/system/x.service\".link = /dev/null",
            "\"/etc/systemd/system/x.service\".text = ",
        ];
        assert_eq!(text, expected);
        assert_eq!(facts.get("configuration.files.\"/etc/nginx/gone\".dangling"), Some(&true.into()));
        let problems: Vec<String> =
            facts.problems().iter().map(|(path, problem)| format!("{path} {problem}")).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("/etc/logrotate.d/pipe") && problems[0].contains("a pipe"), "{problems:?}");
        assert!(problems[1].contains("/etc/nginx/round"), "{problems:?}");
    }

    #[test]
    fn many_and_large_files_have_an_end() {
        const CAP: usize = 1 << 20;
        let line = "x = 1\n".repeat(TEXT_CAP / 6);
        let mut files: Vec<(String, String)> =
            (0..6).map(|n| (format!("/etc/profile.d/{n:02}"), line.clone())).collect();
        files.extend((0..2_100).map(|n| (format!("/etc/logrotate.d/{n}"), String::new())));
        let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let facts = Root::new(&borrowed).probe(|host, facts| read(host, facts, CAP));
        let texts = facts.values().iter().filter(|(path, _)| path.segments().last().is_some_and(|key| key == "text"));
        let bytes: usize = texts.map(|(_, value)| if let Value::Text(text) = value { text.len() } else { 0 }).sum();
        assert!(bytes <= CAP && bytes > CAP / 2, "{bytes}");
        let kinds: BTreeSet<String> = facts.problems().iter().map(|(_, problem)| problem.to_string()).collect();
        assert_eq!(kinds.len(), 2, "{kinds:?}");
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
