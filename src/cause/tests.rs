#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::format;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn comparison(sides: &[(&str, Value)]) -> Comparison {
    let load = |(label, facts): &(&str, Value)| {
        let mut snapshot = format::read(facts.to_string().as_bytes()).expect("facts").snapshot;
        snapshot.meta.label = (*label).to_owned();
        Arc::new(snapshot)
    };
    Comparison::new(sides.iter().map(load).collect(), &Cancel::new()).expect("not cancelled")
}

fn causes(comparison: &Comparison) -> Causes {
    Causes::find(comparison, &Cancel::new()).expect("not cancelled")
}

/// Each cause by its key, title and members.
fn told(comparison: &Comparison) -> Vec<(String, String, Vec<String>)> {
    let causes = causes(comparison);
    let paths = |cause: &Cause| cause.members.iter().map(|row| comparison.path(*row).to_string()).collect();
    causes.all().iter().map(|cause| (cause.key.clone(), cause.title.clone(), paths(cause))).collect()
}

#[test]
fn what_follows_from_memory_is_one_line_and_what_somebody_set_is_not() {
    let comparison = comparison(&[
        (
            "staging",
            json!({"hardware": {"memory": {"total_bytes": 8589934592_u64}},
            "os": {"sysctl": {"kernel.threads-max": 60000, "fs.file-max": 800000, "vm.swappiness": 60}}}),
        ),
        (
            "production",
            json!({"hardware": {"memory": {"total_bytes": 68719476736_u64}},
            "os": {"sysctl": {"kernel.threads-max": 500000, "fs.file-max": 100000, "vm.swappiness": 10}}}),
        ),
    ]);
    let told = told(&comparison);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "memory-size");
    assert_eq!(told[0].1, "Memory 8 GiB -> 64 GiB");
    assert_eq!(told[0].2, ["hardware.memory.total_bytes", "os.sysctl.\"kernel.threads-max\""]);
}

#[test]
fn a_release_takes_its_packages_and_leaves_what_was_added() {
    let package = |version: &str, source: &str| json!({"version": version, "source": source});
    let comparison = comparison(&[
        (
            "staging",
            json!({"os": {"release": {"id": "debian", "version": "12"}},
            "libraries": {"libc": {"version": "2.36"}, "packages": {"dpkg": {
                "libc6": package("2.36-9", "glibc"), "libicu72": package("72.1", "icu"),
                "nginx": package("1.22", "nginx"), "zlib1g": {"version": "1.2.13", "held": true}}}}}),
        ),
        (
            "production",
            json!({"os": {"release": {"id": "debian", "version": "11"},
                "services": {"redis-server.service": {"enabled": "enabled", "active": true}}},
            "libraries": {"libc": {"version": "2.31"}, "packages": {"dpkg": {
                "libc6": package("2.31-13", "glibc"), "libicu67": package("67.1", "icu"),
                "nginx": package("1.18", "nginx"), "redis-server": package("6.0", "redis"),
                "zlib1g": {"version": "1.2.11"}}}}}),
        ),
    ]);
    let told = told(&comparison);
    let keys: Vec<&str> = told.iter().map(|(key, ..)| key.as_str()).collect();
    assert_eq!(keys, ["release", "software:redis"], "{told:#?}");
    assert_eq!(told[0].1, "Release of debian 12 -> 11");
    assert_eq!(told[0].2.len(), 9, "libc and its package, icu's two, nginx, zlib, the version: {:#?}", told[0].2);
    assert_eq!(told[1].1, "redis, only in production");
    assert!(told[1].2.iter().any(|path| path.starts_with("os.services")), "{told:#?}");
    assert!(!told.iter().any(|(.., paths)| paths.iter().any(|path| path.ends_with("held"))), "a hold is a choice");
}

#[test]
fn without_a_release_packages_fold_by_their_source() {
    let facts = |version: &str| {
        let package = json!({"version": version, "source": "openssl"});
        json!({"libraries": {"packages": {"dpkg": {"openssl": package, "libssl3": package}}}})
    };
    let told = told(&comparison(&[("a", facts("3.0.11")), ("b", facts("3.0.13"))]));
    assert_eq!(told[0].0, "source-package:openssl");
    assert_eq!(told[0].1, "Package openssl 3.0.11 -> 3.0.13");
    assert_eq!(told[0].2.len(), 2);
}

#[test]
fn one_file_and_one_gap_are_one_line_each() {
    let snapshot = |label: &str, value: u32, problems: Value| {
        let facts = json!({"cache": {"stores": {"redis": {"port": value, "save": value}}},
            "configuration": {"files": {"/etc/redis/redis.conf": {"size_bytes": value}}},
            "os": {"kernel": {"config": if value == 1 { json!({}) } else { json!({"A": "y", "B": "y"}) }}}});
        let provenance = json!({"cache.stores.redis": "/etc/redis/redis.conf"});
        let text = json!({"driftglass": 1, "meta": {"label": label}, "facts": facts, "provenance": provenance,
            "problems": problems});
        Arc::new(format::read(text.to_string().as_bytes()).expect("a snapshot").snapshot)
    };
    let sides = vec![
        snapshot("staging", 1, json!({"os.kernel.config": "not collected: no /boot"})),
        snapshot("production", 2, json!({})),
    ];
    let comparison = Comparison::new(sides, &Cancel::new()).expect("not cancelled");
    let told = told(&comparison);
    let keys: Vec<&str> = told.iter().map(|(key, ..)| key.as_str()).collect();
    assert_eq!(keys, ["gap:staging:os:not collected: no /boot", "file:/etc/redis/redis.conf"], "{told:#?}");
    assert_eq!((told[0].2.len(), told[1].2.len()), (2, 3));
}

proptest! {
    #[test]
    fn members_are_divergences_of_one_cause_each(
        values in prop::collection::vec((0_usize..12, 0_u32..3, 0_u32..3, 0_u32..3), 1..40),
    ) {
        const PATHS: [&str; 12] = [
            "os.kernel.release", "os.kernel.config.A", "hardware.cpu.model", "hardware.cpu.stepping", "os.release.version",
            "libraries.packages.dpkg.a.version", "libraries.packages.dpkg.b.version", "os.services.\"x.service\".enabled",
            "os.services.\"x.service\".active", "hardware.memory.total_bytes", "os.sysctl.\"fs.file-max\"", "os.users.u.uid",
        ];
        let mut sides = [json!({}), json!({}), json!({})];
        for (path, a, b, c) in values {
            let path: crate::model::Path = PATHS[path].parse().expect("a path");
            for (side, value) in sides.iter_mut().zip([a, b, c]).filter(|(_, value)| *value > 0) {
                let place = path.segments().iter().fold(side, |at, key| &mut at[key.as_str()]);
                *place = json!(value);
            }
        }
        let [a, b, c] = sides;
        let comparison = comparison(&[("a", a), ("b", b), ("c", c)]);
        let causes = causes(&comparison);
        let mut seen = std::collections::BTreeSet::new();
        for (at, cause) in causes.all().iter().enumerate() {
            prop_assert!(cause.members.len() > 1 && cause.members.is_sorted());
            for row in &cause.members {
                prop_assert!(comparison.state(*row).is_found());
                prop_assert!(seen.insert(*row), "in two causes");
                prop_assert_eq!(causes.of(*row), Some(at));
            }
        }
        for row in comparison.leaves().filter(|row| !seen.contains(row)) {
            prop_assert_eq!(causes.of(row), None);
        }
    }
}
