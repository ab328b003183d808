//! `cache.stores`: redis.conf (valkey reads the same) and memcached's start options.

use super::start::{self, Word};
use super::walk::Walk;
use crate::capture::Facts;
use crate::capture::settings::{Settings, first_word, glob, lines, squeeze};
use crate::host::Host;
use crate::model::redaction::secret;

/// A server that reads redis.conf: where its file is, and the unit that starts it, whose options come last.
struct Kind {
    name: &'static str,
    files: [&'static str; 2],
    services: [&'static str; 2],
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "redis",
        files: ["/etc/redis/redis.conf", "/etc/redis.conf"],
        services: ["redis-server.service", "redis.service"],
    },
    Kind {
        name: "valkey",
        files: ["/etc/valkey/valkey.conf", "/etc/valkey.conf"],
        services: ["valkey-server.service", "valkey.service"],
    },
    Kind {
        name: "keydb",
        files: ["/etc/keydb/keydb.conf", "/etc/keydb.conf"],
        services: ["keydb-server.service", "keydb.service"],
    },
];

pub(super) fn read(host: &Host, facts: &mut Facts) {
    for kind in KINDS {
        let mut redis = Redis { walk: Walk::new(host) };
        let (words, missed) = host.watched(|| {
            kind.services.into_iter().find_map(|service| start::command_line(host, service)).unwrap_or_default()
        });
        // Which file it reads, and what counts more than that, stands there.
        if let Some(miss) = missed.first() {
            facts.problem(&["cache", "stores", kind.name], miss.problem.clone());
            continue;
        }
        let named = words.get(1).map(|(word, _)| word.as_str()).filter(|word| word.starts_with('/'));
        if let Some(file) = named.or_else(|| kind.files.into_iter().find(|file| host.exists(file))) {
            redis.file(file, 0);
        }
        redis.options(&words);
        redis.walk.put(facts.at(&["cache", "stores", kind.name]));
    }
    memcached(host, facts);
}

/// A walk over redis.conf and what it includes.
struct Redis<'a> {
    walk: Walk<'a>,
}

impl Redis<'_> {
    fn file(&mut self, path: &str, depth: usize) {
        let Some(text) = self.walk.text(path, depth) else { return };
        lines(&text, &['#']).for_each(|line| self.line(line, path, depth));
    }

    /// `--supervised systemd --daemonize no`: the server takes them for lines at the end of its file.
    fn options(&mut self, words: &[Word]) {
        let mut words = words.iter().peekable();
        while let Some((word, path)) = words.next() {
            let Some(name) = word.strip_prefix("--") else { continue };
            let mut line = name.to_owned();
            while let Some((value, _)) = words.next_if(|(next, _)| !next.starts_with("--")) {
                line = format!("{line} \"{}\"", value.replace('"', "\\\""));
            }
            self.line(&line, path, 0);
        }
    }

    /// Of most options the last counts; these add up: `save` until an empty one starts anew, modules, users.
    fn line(&mut self, line: &str, path: &str, depth: usize) {
        let (option, rest) = first_word(line);
        let option = option.to_lowercase();
        let words = shlex::split(rest).unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
        let value = words.join(" ");
        match (option.as_str(), &words[..]) {
            ("include", _) => glob(self.walk.host, &value).iter().for_each(|file| self.file(file, depth + 1)),
            ("save", _) if !value.is_empty() => {
                self.walk.settings.add_member(&["save"], &value, path);
            }
            ("loadmodule", _) => self.walk.settings.add_member(&["loadmodule"], &value, path),
            // Who knows the new name may use the command; an empty one takes it away.
            ("rename-command", [command, name]) => {
                self.walk.settings.set(&[&option, command], &secret(name), path);
            }
            ("client-output-buffer-limit", [key, rest @ ..]) => {
                self.walk.settings.set(&[&option, key], &rest.join(" "), path);
            }
            ("user", [name, rest @ ..]) => self.walk.settings.set(&["user", name], &rest.join(" "), path),
            // `save ""`: a list of none.
            ("save", _) => self.walk.settings.set_none(&["save"], path),
            _ => self.walk.settings.set(&[&option], &value, path),
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
    // A wrapper reads the file; a unit that names the program says it all.
    let (words, missed) = host.watched(|| start::command_line(host, "memcached.service").unwrap_or_default());
    if let Some(miss) = missed.first() {
        return facts.problem(&[], miss.problem.clone());
    }
    if words.first().is_some_and(|(program, _)| program.ends_with("/memcached")) {
        let mut words = words.iter().skip(1).peekable();
        while let Some((word, path)) = words.next() {
            let mut option = word.clone();
            while let Some((value, _)) = words.next_if(|(next, _)| !next.starts_with('-')) {
                option = format!("{option} {value}");
            }
            start_option(&option, path, &mut settings);
        }
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
        assert_eq!(written(&facts), ["cache.stores.redis.save = []"]);
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
