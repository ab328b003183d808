//! How many connections may wait before a service takes them: the kernel silently caps what the service asks for.

use super::evidence::{Evidence, Known, whole};
use super::{Making, Spec};
use crate::model::{Value, ValueRef};
use std::collections::BTreeMap;

type Asked = fn(&Evidence<'_, '_>) -> Option<u64>;

/// Services whose configuration a snapshot may hold, with what each asks listen(2) for.
const SERVICES: [(&str, Asked); 7] = [
    ("apache", apache),
    ("haproxy", haproxy),
    ("keydb", |facts| redis(facts, "keydb")),
    ("memcached", memcached),
    ("nginx", nginx),
    ("redis", |facts| redis(facts, "redis")),
    ("valkey", |facts| redis(facts, "valkey")),
];

pub(super) fn derive(making: &mut Making<'_>) {
    for (name, asked) in SERVICES {
        making.add(
            &["listen_backlog", name],
            Spec {
                from: &[
                    r#"os.sysctl."net.core.somaxconn""#,
                    "cache.stores.*.live.*.config.tcp-backlog",
                    "cache.stores.*.tcp-backlog",
                    "cache.stores.memcached.listen-backlog",
                    "cache.http.apache.listenbacklog",
                    "cache.http.nginx.http.server.*.listen",
                    "cache.http.haproxy.*.*.backlog",
                    "cache.http.haproxy.*.*.maxconn",
                    "cache.http.haproxy.defaults.*",
                ],
                unit: None,
                about: "How many connections may wait until the service takes them; more are refused or time out.",
                formula: "the smaller of net.core.somaxconn and what the service asks for, its own default where its \
                          configuration does not say",
            },
            |facts| {
                let asked = asked(facts)?;
                // listen(2): a larger backlog is silently truncated to net.core.somaxconn.
                Some(Value::from(facts.sysctl_number("net.core.somaxconn").is()?.min(asked)))
            },
        );
    }
}

/// redis.conf, tcp-backlog: 511 unless set.
fn redis(facts: &Evidence<'_, '_>, name: &str) -> Option<u64> {
    if let Known::Is(set) = facts.number(&["cache", "stores", name, "live", "config", "tcp-backlog"]) {
        return Some(set);
    }
    if facts.beneath(&["cache", "stores", name]).is_empty() {
        return None;
    }
    facts.number(&["cache", "stores", name, "tcp-backlog"]).or(511)
}

/// memcached(1), -b: 1024 unless set.
fn memcached(facts: &Evidence<'_, '_>) -> Option<u64> {
    if facts.beneath(&["cache", "stores", "memcached"]).is_empty() {
        return None;
    }
    facts.number(&["cache", "stores", "memcached", "listen-backlog"]).or(1024)
}

/// The ListenBacklog directive of the Apache HTTP Server: 511 unless set.
fn apache(facts: &Evidence<'_, '_>) -> Option<u64> {
    if facts.beneath(&["cache", "http", "apache"]).is_empty() {
        return None;
    }
    facts.number(&["cache", "http", "apache", "listenbacklog"]).or(511)
}

/// The listen directive of ngx_http_core_module: `backlog` is 511 on Linux unless one of the directives of an address sets
/// it. Of several addresses, the one with the smallest is told.
fn nginx(facts: &Evidence<'_, '_>) -> Option<u64> {
    const SERVERS: &[&str] = &["cache", "http", "nginx", "http", "server"];
    let mut sockets: BTreeMap<String, Option<u64>> = BTreeMap::new();
    for (server, _) in facts.beneath(SERVERS) {
        let Known::Is(listen) = facts.value(&[SERVERS, &[server, "listen"]].concat()) else { continue };
        let listens: Vec<&str> = match listen {
            ValueRef::List(list) => list.iter().filter_map(ValueRef::as_text).collect(),
            ValueRef::Text(text) => vec![text],
            ValueRef::Number(_) => vec![""],
            _ => continue,
        };
        for listen in listens {
            let mut words = listen.split_whitespace();
            let socket = words.next().unwrap_or_default().to_owned();
            let set = words.find_map(|word| word.strip_prefix("backlog=")?.parse().ok());
            let known = sockets.entry(socket).or_default();
            *known = known.or(set);
        }
    }
    sockets.into_values().map(|set| set.unwrap_or(511)).min()
}

/// HAProxy's configuration manual, `backlog`: where it is not set, the frontend's maxconn is taken. Of several frontends,
/// the smallest; where none says either, nothing is known.
fn haproxy(facts: &Evidence<'_, '_>) -> Option<u64> {
    const TOP: &[&str] = &["cache", "http", "haproxy"];
    let mut smallest: Option<u64> = None;
    for section in ["frontend", "listen"] {
        for (name, _) in facts.beneath(&[TOP, &[section]].concat()) {
            let of = |option: &str| match facts.value(&[TOP, &[section, name, option]].concat()) {
                Known::Is(value) => Some(whole(value)?),
                _ => facts.value(&[TOP, &["defaults", option]].concat()).map(whole).is(),
            };
            let asked = of("backlog").or_else(|| of("maxconn"))?;
            smallest = Some(smallest.map_or(asked, |known| known.min(asked)));
        }
    }
    smallest
}
