//! `cache.stores`: redis.conf (valkey reads the same) and memcached's start options.

use crate::capture::Facts;
use crate::capture::settings::{Settings, first_word, glob, lines, squeeze};
use crate::host::{Host, ReadError};
use crate::model::value::REDACTED;
use crate::model::{Problem, ProblemKind};

/// Includes in included files; and all files together, so that two that include each other end.
const DEPTH: usize = 8;
const FILES_CAP: usize = 64;

pub(super) fn read(host: &Host, facts: &mut Facts) {
    for (name, files) in [
        ("redis", ["/etc/redis/redis.conf", "/etc/redis.conf"]),
        ("valkey", ["/etc/valkey/valkey.conf", "/etc/valkey.conf"]),
    ] {
        let mut redis = Redis { host, settings: Settings::default(), problems: Vec::new(), files: 0 };
        for file in files {
            redis.file(file, 0);
            if redis.files > 0 {
                break;
            }
        }
        let mut facts = facts.at(&["cache", "stores", name]);
        redis.problems.into_iter().for_each(|problem| facts.problem(&[], problem));
        redis.settings.put(&mut facts);
    }
    memcached(host, facts);
}

/// A walk over redis.conf and what it includes.
struct Redis<'a> {
    host: &'a Host,
    settings: Settings,
    problems: Vec<Problem>,
    files: usize,
}

impl Redis<'_> {
    fn file(&mut self, path: &str, depth: usize) {
        if depth > DEPTH || self.files > FILES_CAP {
            let detail = format!("{path}: included too deep or with too many others");
            return self.problems.push(Problem::new(ProblemKind::TooLarge, detail));
        }
        match self.host.text(path) {
            Ok(text) => {
                self.files += 1;
                lines(&text, &['#']).for_each(|line| self.line(line, path, depth));
            }
            Err(ReadError::Missing(_)) => {}
            Err(error) => self.problems.extend(error.problem()),
        }
    }

    /// Of most options the last counts; these add up: `save` until an empty one starts anew, modules, users.
    fn line(&mut self, line: &str, path: &str, depth: usize) {
        let (option, rest) = first_word(line);
        let option = option.to_lowercase();
        let words = shlex::split(rest).unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
        let value = words.join(" ");
        match (option.as_str(), &words[..]) {
            ("include", _) => glob(self.host, &value).iter().for_each(|file| self.file(file, depth + 1)),
            ("save", _) if !value.is_empty() => {
                // `save ""` stood for none; what follows it counts again.
                self.settings.remove_value(&["save"], "");
                self.settings.add(&["save"], &value, path);
            }
            ("loadmodule", _) => self.settings.add(&["loadmodule"], &value, path),
            ("client-output-buffer-limit" | "rename-command", [key, rest @ ..]) => {
                self.settings.set(&[&option, key], &rest.join(" "), path);
            }
            // An access rule holds passwords (`>plain`) and their digests (`#hash`).
            ("user", [name, rest @ ..]) => {
                let hide = |word: &String| match word.starts_with(['>', '<', '#', '!']) {
                    true => format!("{}{REDACTED}", &word[..1]),
                    false => word.clone(),
                };
                let rules: Vec<String> = rest.iter().map(hide).collect();
                self.settings.set(&["user", name], &rules.join(" "), path);
            }
            _ => self.settings.set(&[&option], &value, path),
        }
    }
}

/// memcached's short options and their long names, memcached(1).
const MEMCACHED: [(char, &str); 19] = [
    ('A', "enable-shutdown"),
    ('B', "protocol"),
    ('C', "disable-cas"),
    ('I', "max-item-size"),
    ('M', "disable-evictions"),
    ('P', "pidfile"),
    ('R', "max-reqs-per-event"),
    ('S', "enable-sasl"),
    ('U', "udp-port"),
    ('b', "listen-backlog"),
    ('c', "conn-limit"),
    ('d', "daemon"),
    ('f', "slab-growth-factor"),
    ('k', "lock-memory"),
    ('l', "listen"),
    ('m', "memory-limit"),
    ('p', "port"),
    ('t', "threads"),
    ('u', "user"),
];

/// Debian keeps one option a line, Red Hat shell variables.
fn memcached(host: &Host, facts: &mut Facts) {
    const DEBIAN: &str = "/etc/memcached.conf";
    const RED_HAT: &str = "/etc/sysconfig/memcached";
    let mut facts = facts.at(&["cache", "stores", "memcached"]);
    let mut settings = Settings::default();
    match host.text(DEBIAN) {
        Ok(text) => lines(&text, &['#']).for_each(|line| start_option(line, DEBIAN, &mut settings)),
        Err(error) => facts.unread(&[], &error),
    }
    match host.text(RED_HAT) {
        Ok(text) => lines(&text, &['#']).for_each(|line| variable(line, RED_HAT, &mut settings)),
        Err(error) => facts.unread(&[], &error),
    }
    settings.put(&mut facts);
}

/// `-m 64`, `-m64`, `--memory-limit=64`, or Debian's own `logfile /var/log/memcached.log`.
fn start_option(line: &str, path: &str, settings: &mut Settings) {
    let line = line.split(" #").next().unwrap_or_default().trim();
    let (name, value) = match line.strip_prefix("--") {
        Some(long) => {
            let (name, value) = long.split_once(['=', ' ']).unwrap_or((long, ""));
            (name.to_owned(), value)
        }
        None => match line.strip_prefix('-').and_then(|short| Some((short.chars().next()?, short))) {
            Some((letter, short)) => {
                let long = MEMCACHED.iter().find(|(short, _)| *short == letter);
                (long.map_or_else(|| letter.to_string(), |(_, long)| (*long).to_owned()), &short[letter.len_utf8()..])
            }
            None => {
                let (name, value) = first_word(line);
                (name.to_owned(), value)
            }
        },
    };
    let value = squeeze(value.trim_matches('"'));
    settings.set(&[&name], if value.is_empty() { "yes" } else { &value }, path);
}

fn variable(line: &str, path: &str, settings: &mut Settings) {
    let Some((name, value)) = line.split_once('=') else { return };
    let value = shlex::split(value).map_or_else(|| value.to_owned(), |words| words.join(" "));
    let name = match name.trim() {
        "PORT" => "port",
        "USER" => "user",
        "MAXCONN" => "conn-limit",
        "CACHESIZE" => "memory-limit",
        "OPTIONS" => {
            let mut option = String::new();
            for word in value.split_whitespace() {
                if word.starts_with('-') && !option.is_empty() {
                    start_option(&std::mem::take(&mut option), path, settings);
                }
                option.push_str(word);
                option.push(' ');
            }
            if !option.is_empty() {
                start_option(&option, path, settings);
            }
            return;
        }
        other => other,
    };
    settings.set(&[name], &value, path);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::{root, written};

    #[test]
    fn the_last_word_counts_and_saves_add_up_until_an_empty_one() {
        let text = "save 900 1\nsave 60 10000\nappendonly no\nmaxmemory 8gb\nclient-output-buffer-limit normal 0 0 0\n\
                    notify-keyspace-events \"\"\nrequirepass s3\nuser alice on >s3 ~* +@all\ninclude /etc/redis/*.inc\n";
        let (_dir, host) = root(&[("/etc/redis/redis.conf", text), ("/etc/redis/a.inc", "APPENDONLY yes\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        let expected = [
            "cache.stores.redis.appendonly = yes",
            "cache.stores.redis.client-output-buffer-limit.normal = 0 0 0",
            "cache.stores.redis.maxmemory = 8gb",
            "cache.stores.redis.notify-keyspace-events = ",
            "cache.stores.redis.requirepass = [redacted]",
            "cache.stores.redis.save = [(\"900 1\") (\"60 10000\")]",
            "cache.stores.redis.user.alice = on >[redacted] ~* +@all",
        ];
        assert_eq!(written(&facts), expected);
        let (_dir, host) = root(&[("/etc/redis.conf", "save 900 1\nsave \"\"\n")]);
        let mut facts = Facts::new();
        read(&host, &mut facts);
        assert_eq!(written(&facts), ["cache.stores.redis.save = "]);
    }

    #[test]
    fn both_ways_to_start_memcached_name_the_same_options() {
        let expected = ["cache.stores.memcached.listen = 127.0.0.1", "cache.stores.memcached.memory-limit = 64"];
        for file in [
            ("/etc/memcached.conf", "# x\n-m 64\n-l 127.0.0.1\n"),
            ("/etc/sysconfig/memcached", "CACHESIZE=\"64\"\nOPTIONS=\"-l 127.0.0.1\"\n"),
        ] {
            let (_dir, host) = root(&[file]);
            let mut facts = Facts::new();
            read(&host, &mut facts);
            assert_eq!(written(&facts), expected);
        }
    }
}
