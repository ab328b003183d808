//! `cache.stores.redis.live` and `cache.stores.memcached.live`: what running servers that the user names answer
//! themselves. `CONFIG GET *` and `INFO` in the protocol <https://redis.io/docs/latest/develop/reference/protocol-spec/>,
//! `stats settings` in memcached's protocol.txt. Nothing is written, no password is sent.

use crate::capture::{Facts, Scope};
use crate::host::{Conversation, Host, Live};
use crate::model::redaction::secret;
use crate::model::{Problem, ProblemKind};
use std::time::{Duration, Instant};

/// How long one server may take.
const LIMIT: Duration = Duration::from_secs(2);

/// How long all may take, less than the probe's own limit.
const IN_ALL: Duration = Duration::from_secs(8);

/// The most settings of one server.
const SETTINGS_CAP: usize = 2_000;

/// Settings that hold who may come in.
const SECRETS: [&str; 5] = ["requirepass", "masterauth", "masteruser", "tls-key-file-pass", "tls-client-key-file-pass"];

/// What of `INFO` says how the server keeps things; all else counts and moves.
const INFO: [&str; 16] = [
    "redis_version",
    "valkey_version",
    "server_name",
    "redis_mode",
    "server_mode",
    "arch_bits",
    "multiplexing_api",
    "config_file",
    "io_threads_active",
    "mem_allocator",
    "used_memory_dataset",
    "active_defrag_running",
    "aof_enabled",
    "role",
    "connected_slaves",
    "cluster_enabled",
];

/// What `INFO` repeats of `CONFIG`, for servers that keep that for their owner.
const REPEATED: [&str; 2] = ["maxmemory", "maxmemory_policy"];

/// Asks the listed stores.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    let options = facts.options().clone();
    let stores = &options.watch.stores;
    if stores.is_empty() {
        return;
    }
    let Some(live) = host.as_live() else {
        return facts.not_collected(&["cache", "stores"], "only a running machine can ask a store");
    };
    let end = Instant::now() + IN_ALL;
    for store in stores {
        let limit = LIMIT.min(end.saturating_duration_since(Instant::now()));
        ask(live, store, limit, facts);
    }
}

fn ask(live: &Live, store: &str, limit: Duration, facts: &mut Facts) {
    let Some((scheme, address)) = store.split_once("://") else { return };
    let (kind, standard) = if scheme == "memcached" { ("memcached", 11211) } else { ("redis", 6379) };
    let address = address.trim_end_matches('/');
    let (host, port) = match address.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
        Some((host, port)) => (host, port.parse().unwrap_or(standard)),
        None => (address, standard),
    };
    let mut facts = facts.at(&["cache", "stores", kind, "live", &format!("{host}:{port}")]);
    let asked = live.connect(host, port, limit).and_then(|mut open| match kind {
        "memcached" => memcached(&mut open, store, &mut facts),
        _ => redis(&mut open, store, &mut facts),
    });
    if let Err(problem) = asked {
        facts.problem(&[], problem);
    }
}

fn redis(open: &mut Conversation, store: &str, facts: &mut Scope<'_>) -> Result<(), Problem> {
    open.say(b"*1\r\n$4\r\nINFO\r\n")?;
    let source = format!("INFO to {store}");
    let info = array(open)?.into_iter().next().unwrap_or_default();
    let fields: Vec<(&str, &str)> = info.lines().filter_map(|line| line.trim().split_once(':')).collect();
    for (name, value) in fields.iter().filter(|(name, _)| INFO.contains(name)) {
        facts.put(&["info", name], *value, &source);
    }
    let count = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted)?.1.parse::<f64>().ok();
    if let (Some(hits), Some(misses)) = (count("keyspace_hits"), count("keyspace_misses"))
        && hits + misses > 0.0
    {
        let share = |part: f64| (part / (hits + misses) * 1000.0).round() / 1000.0;
        facts.put(&["info", "hit_ratio"], share(hits), &source);
        facts.put(&["info", "miss_ratio"], share(misses), &source);
    }
    open.say(b"*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$1\r\n*\r\n")?;
    let source = format!("CONFIG GET * to {store}");
    match array(open) {
        Ok(pairs) => {
            for pair in pairs.chunks_exact(2) {
                let [name, value] = pair else { continue };
                let value = if SECRETS.contains(&name.as_str()) { secret(value) } else { value.clone() };
                facts.put(&["config", name], value, &source);
            }
        }
        Err(problem) => {
            facts.problem(&["config"], problem);
            let source = format!("INFO to {store}");
            for (name, value) in fields.iter().filter(|(name, _)| REPEATED.contains(name)) {
                facts.put(&["info", name], *value, &source);
            }
        }
    }
    open.say(b"*1\r\n$4\r\nQUIT\r\n")
}

/// A reply that is a list of texts, or one text.
fn array(open: &mut Conversation) -> Result<Vec<String>, Problem> {
    let line = open.line()?;
    match line.split_at_checked(1) {
        Some(("*", count)) => {
            let count: usize = count.parse().map_err(|_| strange(&line))?;
            if count > 2 * SETTINGS_CAP {
                return Err(Problem::new(ProblemKind::TooLarge, format!("{count} settings")));
            }
            (0..count).map(|_| open.line().and_then(|line| bulk(open, &line))).collect()
        }
        _ => Ok(vec![bulk(open, &line)?]),
    }
}

fn bulk(open: &mut Conversation, line: &str) -> Result<String, Problem> {
    match line.split_at_checked(1) {
        Some(("$", "-1")) => Ok(String::new()),
        Some(("$", length)) => {
            let length: usize = length.parse().map_err(|_| strange(line))?;
            let text = open.text(length)?;
            open.line()?;
            Ok(text)
        }
        Some(("+" | ":", text)) => Ok(text.to_owned()),
        Some(("-", error)) => Err(refused(error)),
        _ => Err(strange(line)),
    }
}

/// `NOAUTH Authentication required.`, `NOPERM User default has no permissions`, or another error.
fn refused(error: &str) -> Problem {
    match error.split(' ').next().unwrap_or_default() {
        "NOAUTH" | "NOPERM" | "WRONGPASS" => Problem::new(ProblemKind::Denied, format!("the store says: {error}")),
        "DENIED" => Problem::new(ProblemKind::Denied, "the store takes nobody from outside: protected mode"),
        _ => Problem::new(ProblemKind::Failed, format!("the store says: {error}")),
    }
}

fn strange(line: &str) -> Problem {
    let shown: String = line.chars().take(60).collect();
    Problem::new(ProblemKind::NotParsable, format!("no answer of a store: {shown}"))
}

fn memcached(open: &mut Conversation, store: &str, facts: &mut Scope<'_>) -> Result<(), Problem> {
    open.say(b"version\r\n")?;
    let line = open.line()?;
    let version = line.strip_prefix("VERSION ").ok_or_else(|| memcached_error(&line))?;
    facts.put(&["version"], version, &format!("version to {store}"));
    open.say(b"stats settings\r\n")?;
    let source = format!("stats settings to {store}");
    for _ in 0..SETTINGS_CAP {
        let line = open.line()?;
        if line == "END" {
            return open.say(b"quit\r\n");
        }
        let stat = line.strip_prefix("STAT ").ok_or_else(|| memcached_error(&line))?;
        let (name, value) = stat.split_once(' ').unwrap_or((stat, ""));
        facts.put(&["settings", name], value, &source);
    }
    Err(Problem::new(ProblemKind::TooLarge, format!("more than {SETTINGS_CAP} settings")))
}

/// `CLIENT_ERROR unauthenticated` where SASL or a password file is in use.
fn memcached_error(line: &str) -> Problem {
    match line.contains("unauthenticated") || line.contains("authentication") {
        true => Problem::new(ProblemKind::Denied, format!("the store says: {line}")),
        false => strange(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::settings::tests::written;
    use crate::host::conversation_tests::serve;

    fn asked(scheme: &str, says: &'static [u8]) -> Facts {
        let server = serve(says);
        let host = Host::live();
        let mut facts = Facts::new();
        let limit = Duration::from_millis(500);
        ask(host.as_live().expect("is live"), &format!("{scheme}://{server}"), limit, &mut facts);
        facts
    }

    fn shown(facts: &Facts) -> Vec<String> {
        let after = |line: &String| line.split_once("\".").map_or_else(|| line.clone(), |(_, rest)| rest.to_owned());
        written(facts).iter().map(after).collect()
    }

    #[test]
    fn a_redis_says_what_is_in_force() {
        let facts = asked(
            "redis",
            b"$112\r\n# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:5\r\nrole:master\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\nused_memory:912345\r\n\
              *6\r\n$9\r\nmaxmemory\r\n$3\r\n100\r\n$11\r\nrequirepass\r\n$6\r\ns3cret\r\n$4\r\nsave\r\n$0\r\n\r\n+OK\r\n",
        );
        assert_eq!(
            facts.problems().iter().map(|(_, problem)| problem.to_string()).collect::<Vec<_>>(),
            Vec::<String>::new()
        );
        let expected = [
            "config.maxmemory = 100",
            "config.requirepass = [redacted]",
            "config.save = ",
            "info.hit_ratio = 0.75",
            "info.miss_ratio = 0.25",
            "info.redis_version = 7.0.15",
            "info.role = master",
        ];
        assert_eq!(shown(&facts), expected);
    }

    #[test]
    fn a_redis_that_hides_its_settings_tells_its_limit_all_the_same() {
        let says = b"$40\r\nmaxmemory:7\r\nmaxmemory_policy:noeviction\r\n-NOPERM no permissions to run 'config|get'\r\n+OK\r\n";
        let facts = asked("redis", says);
        assert_eq!(shown(&facts), ["info.maxmemory = 7", "info.maxmemory_policy = noeviction"]);
        assert_eq!(facts.problems().len(), 1);
        assert_eq!(facts.problems()[0].1.kind, ProblemKind::Denied);
    }

    #[test]
    fn a_memcached_says_what_is_in_force() {
        let facts = asked("memcached", b"VERSION 1.6.18\r\nSTAT maxbytes 67108864\r\nSTAT inter 127.0.0.1\r\nEND\r\n");
        assert_eq!(shown(&facts), ["settings.inter = 127.0.0.1", "settings.maxbytes = 67108864", "version = 1.6.18"]);
    }

    #[test]
    fn who_lets_nobody_in_and_who_talks_nonsense_are_problems() {
        for (scheme, says, kind) in [
            ("redis", b"-NOAUTH Authentication required.\r\n".as_slice(), ProblemKind::Denied),
            ("redis", b"-DENIED Redis is running in protected mode\r\n", ProblemKind::Denied),
            ("redis", b"*99999999\r\n", ProblemKind::TooLarge),
            ("redis", b"$99999999\r\n", ProblemKind::NotParsable),
            ("redis", b"$-7\r\n", ProblemKind::NotParsable),
            ("redis", b"HTTP/1.1 400 Bad Request\r\n\r\n", ProblemKind::NotParsable),
            ("redis", b"", ProblemKind::TimedOut),
            ("memcached", b"CLIENT_ERROR unauthenticated\r\n", ProblemKind::Denied),
            ("memcached", b"ERROR\r\n", ProblemKind::NotParsable),
        ] {
            let facts = asked(scheme, says);
            let kinds: Vec<ProblemKind> = facts.problems().iter().map(|(_, problem)| problem.kind).collect();
            assert_eq!(kinds, [kind], "{}", String::from_utf8_lossy(says));
        }
    }
}
