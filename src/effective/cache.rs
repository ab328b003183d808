//! How much caches may hold, in bytes: their configuration says it in units of its own.

use super::evidence::Known;
use super::{Making, Spec};
use crate::model::{Value, ValueRef};

/// The most zones of nginx that are told.
const ZONES: usize = 256;

pub(super) fn derive(making: &mut Making<'_>) {
    for store in ["keydb", "redis", "valkey"] {
        making.add(
            &["cache_bytes", store],
            Spec {
                from: &["cache.stores.*.maxmemory"],
                unit: Some("bytes"),
                about: "How much memory the store may fill with data; unlimited where nothing bounds it.",
                formula: "maxmemory in bytes; unlimited where it is 0 or not set",
            },
            |facts| {
                if facts.beneath(&["cache", "stores", store]).is_empty() {
                    return None;
                }
                match facts.value(&["cache", "stores", store, "maxmemory"]) {
                    Known::Is(value) => match redis(value)? {
                        0 => Some(Value::from("unlimited")),
                        bytes => Some(Value::from(bytes)),
                    },
                    // redis.conf: on a machine of 64 bits there is no limit unless one is set.
                    Known::Absent => Some(Value::from("unlimited")),
                    Known::Unknown => None,
                }
            },
        );
    }
    making.add(
        &["cache_bytes", "memcached"],
        Spec {
            from: &["cache.stores.memcached.memory-limit"],
            unit: Some("bytes"),
            about: "How much memory memcached may fill with data.",
            formula: "memory-limit in megabytes, 64 unless set",
        },
        |facts| {
            if facts.beneath(&["cache", "stores", "memcached"]).is_empty() {
                return None;
            }
            // memcached(1), -m
            let megabytes = facts.number(&["cache", "stores", "memcached", "memory-limit"]).or(64)?;
            megabytes.checked_mul(1 << 20).map(Value::from)
        },
    );
    const PATHS: &[&str] = &["cache", "http", "nginx", "http", "proxy_cache_path"];
    let zones: Vec<&str> = making.members(PATHS).into_iter().take(ZONES).collect();
    for zone in zones {
        making.add(
            &["cache_bytes", "nginx", zone],
            Spec {
                from: &["cache.http.nginx.http.proxy_cache_path.*.max_size"],
                unit: Some("bytes"),
                about: "How much of this cache nginx keeps on disk.",
                formula: "max_size of proxy_cache_path in bytes",
            },
            |facts| match facts.value(&[PATHS, &[zone, "max_size"]].concat()).is()? {
                ValueRef::Text(text) => nginx(text).map(Value::from),
                value => super::evidence::whole(value).map(Value::from),
            },
        );
    }
}

/// redis.conf, units: `1k` is 1000 bytes and `1kb` is 1024, whatever the case.
fn redis(value: ValueRef<'_>) -> Option<u64> {
    let ValueRef::Text(text) = value else { return super::evidence::whole(value) };
    const UNITS: [(&str, u64); 7] = [
        ("kb", 1 << 10),
        ("mb", 1 << 20),
        ("gb", 1 << 30),
        ("k", 1_000),
        ("m", 1_000_000),
        ("g", 1_000_000_000),
        ("b", 1),
    ];
    in_units(&text.to_ascii_lowercase(), &UNITS)
}

/// nginx, "Configuration file measurement units": `8k`, `1m`, `100g`.
fn nginx(text: &str) -> Option<u64> {
    in_units(&text.to_ascii_lowercase(), &[("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30)])
}

fn in_units(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let unit = units.iter().find_map(|(word, bytes)| Some((text.strip_suffix(word)?, *bytes)));
    let (digits, bytes) = unit.unwrap_or((text, 1));
    digits.trim().parse::<u64>().ok()?.checked_mul(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_each_program_reads_them() {
        for (text, bytes) in
            [("8gb", Some(8 << 30)), ("1k", Some(1000)), ("256MB", Some(256 << 20)), ("100", Some(100)), ("x", None)]
        {
            assert_eq!(redis(ValueRef::Text(text)), bytes, "{text}");
        }
        for (text, bytes) in [("40g", Some(40 << 30)), ("1k", Some(1024)), ("10M", Some(10 << 20)), ("", None)] {
            assert_eq!(nginx(text), bytes, "{text}");
        }
    }
}
