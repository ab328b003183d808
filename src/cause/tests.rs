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

/// A side: its label, facts, and where they were read from.
fn sides(all: &[(&str, Value, Value)]) -> Comparison {
    let load = |(label, facts, sources): &(&str, Value, Value)| {
        let text = json!({"driftglass": 1, "meta": {"label": label}, "facts": facts, "provenance": sources});
        Arc::new(format::read(text.to_string().as_bytes()).expect("a snapshot").snapshot)
    };
    Comparison::new(all.iter().map(load).collect(), &Cancel::new()).expect("not cancelled")
}

/// The cause of a path: its key, or nothing.
fn cause_of(comparison: &Comparison, path: &str) -> String {
    let row = comparison.find(&path.parse().expect("a path")).unwrap_or_else(|| panic!("no row {path}"));
    let causes = causes(comparison);
    causes.of(row).map(|at| causes.all()[at].key.clone()).unwrap_or_default()
}

/// Facts of Debian: `11` or `12`, with some packages (name, version, source) and more.
fn debian(version: &str, packages: &[(&str, &str, &str)], more: &Value) -> Value {
    let codename = if version == "11" { "bullseye" } else { "bookworm" };
    let mut dpkg = json!({"bash": {"version": format!("5.{version}")}});
    for (name, version, source) in packages {
        dpkg[*name] = json!({"version": version, "source": source});
    }
    let mut facts = json!({"os": {"release": {"id": "debian", "version": version, "codename": codename}},
        "libraries": {"packages": {"dpkg": dpkg}}});
    merge(&mut facts, more);
    facts
}

fn merge(into: &mut Value, more: &Value) {
    match more.as_object() {
        Some(members) => members.iter().for_each(|(key, value)| merge(&mut into[key.as_str()], value)),
        None => *into = more.clone(),
    }
}

#[test]
fn a_release_takes_no_unit_table_or_program_that_people_wrote() {
    let side = |label, version: &str, unit: &str, chrony: &str| {
        let more = json!({
            "os": {
                "services": {
                    "shop.service": {"unit_file_digest": unit}, "cron.service": {"unit_file_digest": unit},
                    "chrony.service": {"unit_file_digest": unit}},
                "cron": {"/etc/cron.d/shop": {"digest": unit}, "/etc/cron.daily/apt": {"digest": unit},
                    "/etc/cron.daily/dpkg": {"digest": unit}}},
            "toolchains": {"node": {"version": unit, "path": "/usr/local/bin/node"}, "perl": {"version": unit}},
            "deployments": {"hand_edits": {"/etc/cron.daily/dpkg": "changed"}},
            "libraries": {
                "python": {"/usr/local/lib/python3/dist-packages": {"redis": unit},
                    "/usr/lib/python3/dist-packages": {"idna": unit}},
                "shared": {"libz.so.1": {"version": unit, "path": "/usr/lib/libz.so.1"},
                    "libshop.so.1": {"version": unit, "path": "/usr/local/lib/libshop.so.1"}}},
        });
        let packages = [
            ("cron", version, "cron"),
            ("chrony", chrony, "chrony"),
            ("apt", version, "apt"),
            ("dpkg", version, "dpkg"),
        ];
        let sources = json!({
            "os.services.\"shop.service\"": "/etc/systemd/system/shop.service",
            "os.services.\"cron.service\"": "/lib/systemd/system/cron.service",
            "os.services.\"chrony.service\"": "/lib/systemd/system/chrony.service"});
        (label, debian(version, &packages, &more), sources)
    };
    let comparison = sides(&[side("staging", "12", "a", "4"), side("production", "11", "b", "4")]);
    let releases = [
        "os.services.\"cron.service\".unit_file_digest",
        "os.cron.\"/etc/cron.daily/apt\".digest",
        "toolchains.perl.version",
        "libraries.python.\"/usr/lib/python3/dist-packages\".idna",
        "libraries.shared.\"libz.so.1\".version",
    ];
    for path in releases {
        assert_eq!(cause_of(&comparison, path), "release", "{path}");
    }
    let others = [
        "os.services.\"shop.service\".unit_file_digest",
        // The same package on both sides.
        "os.services.\"chrony.service\".unit_file_digest",
        "os.cron.\"/etc/cron.d/shop\".digest",
        "os.cron.\"/etc/cron.daily/dpkg\".digest",
        "toolchains.node.version",
        "libraries.python.\"/usr/local/lib/python3/dist-packages\".redis",
        "libraries.shared.\"libshop.so.1\".version",
    ];
    for path in others {
        assert_ne!(cause_of(&comparison, path), "release", "{path}");
    }
}

#[test]
fn a_release_takes_repositories_that_both_have_but_for_its_name() {
    let side = |label, version: &str, codename: &str, more: Value| {
        let main = format!("deb.debian.org/debian {codename}");
        let mut more = json!({"libraries": {"repositories": more}});
        more["libraries"]["repositories"][&main] =
            json!({"uri": "http://deb.debian.org/debian", "suites": [codename], "enabled": true});
        (label, debian(version, &[], &more), json!({}))
    };
    let docker =
        json!({"download.docker.com bookworm": {"uri": "https://download.docker.com", "suites": ["bookworm"]}});
    let comparison =
        sides(&[side("staging", "12", "bookworm", docker), side("production", "11", "bullseye", json!({}))]);
    assert_eq!(cause_of(&comparison, "libraries.repositories.\"deb.debian.org/debian bullseye\".suites"), "release");
    assert_eq!(cause_of(&comparison, "libraries.repositories.\"deb.debian.org/debian bookworm\".uri"), "release");
    assert_eq!(
        cause_of(&comparison, "libraries.repositories.\"download.docker.com bookworm\".uri"),
        "repository:download.docker.com bookworm"
    );
}

#[test]
fn an_authority_that_somebody_added_is_no_part_of_the_release() {
    let side = |label, version: &str, authorities: Value| {
        let more = json!({"libraries": {"ca_certificates": authorities}});
        (label, debian(version, &[("ca-certificates", version, "ca-certificates")], &more), json!({}))
    };
    let own = json!({"subject": "CN=Own"});
    let staging = json!({"aa": own, "added": {"aa": own}, "bb": {"subject": "CN=Everybody's"}});
    let comparison = sides(&[side("staging", "12", staging), side("production", "11", json!({}))]);
    assert_eq!(cause_of(&comparison, "libraries.ca_certificates.aa.subject"), "authority:aa");
    assert_eq!(cause_of(&comparison, "libraries.ca_certificates.bb.subject"), "release");
}

#[test]
fn packages_of_another_builder_stay_out_of_the_release() {
    let packages = |release: &str, codename: &str| {
        [
            ("zlib1g", format!("1:1.2.{release}.dfsg-4+deb{release}u1"), "zlib"),
            ("docker-ce", format!("5:24.0.{release}-1~debian.{release}~{codename}"), "docker-ce"),
            ("postgresql-client", format!("{release}+244.pgdg{release}0+1"), "postgresql-common"),
        ]
    };
    let side = |label, release: &str, codename: &str| {
        let packages = packages(release, codename);
        let packages: Vec<_> =
            packages.iter().map(|(name, version, source)| (*name, version.as_str(), *source)).collect();
        (label, debian(release, &packages, &json!({})), json!({}))
    };
    let comparison = sides(&[side("staging", "12", "bookworm"), side("production", "11", "bullseye")]);
    assert_eq!(cause_of(&comparison, "libraries.packages.dpkg.zlib1g.version"), "release");
    for name in ["docker-ce", "postgresql-client"] {
        assert_eq!(cause_of(&comparison, &format!("libraries.packages.dpkg.{name}.version")), "", "{name}");
    }
}

#[test]
fn a_package_that_one_side_asked_for_is_not_hidden_by_its_source() {
    let side = |label, version: &str, nscd: Value| {
        let mut facts =
            debian(version, &[("libc6", version, "glibc")], &json!({"libraries": {"packages": {"dpkg": nscd}}}));
        let dpkg = &mut facts["libraries"]["packages"]["dpkg"];
        dpkg["libc6"]["automatic"] = json!(true);
        (label, facts, json!({}))
    };
    let nscd = json!({"nscd": {"version": "2.31-13", "source": "glibc"}});
    let comparison = sides(&[side("staging", "12", json!({})), side("production", "11", nscd)]);
    assert_eq!(cause_of(&comparison, "libraries.packages.dpkg.nscd.version"), "packages:glibc:production");
    assert_eq!(cause_of(&comparison, "libraries.packages.dpkg.libc6.version"), "release");
    let (_, title, _) = told(&comparison).into_iter().find(|(key, ..)| key.starts_with("packages:")).expect("a cause");
    assert_eq!(title, "Package nscd of glibc, only in production");
}

#[test]
fn a_name_with_the_release_in_it_is_the_release_and_dependencies_are_one_line() {
    let side = |label, version: &str, packages: Value| {
        let more = json!({"libraries": {"packages": {"dpkg": packages}}});
        (label, debian(version, &[], &more), json!({}))
    };
    let automatic = |version: &str, source: &str| json!({"version": version, "source": source, "automatic": true});
    let comparison = sides(&[
        side(
            "vm",
            "12",
            json!({"python3.11-minimal": automatic("3.11.2", "python3.11"), "libssl3": automatic("3.0", "openssl")}),
        ),
        side(
            "vm",
            "11",
            json!({"python3.9-minimal": automatic("3.9.2", "python3.9"), "libssl1.1": automatic("1.1.1", "openssl"),
                "libgd3": automatic("2.3", "libgd2"), "keyutils": automatic("1.6", "keyutils")}),
        ),
    ]);
    for name in ["\"python3.11-minimal\"", "\"python3.9-minimal\"", "\"libssl1.1\"", "libssl3"] {
        assert_eq!(cause_of(&comparison, &format!("libraries.packages.dpkg.{name}.version")), "release", "{name}");
    }
    for name in ["libgd3", "keyutils"] {
        // Both are called the same, so that the place tells them apart.
        assert_eq!(cause_of(&comparison, &format!("libraries.packages.dpkg.{name}.source")), "dependencies:vm (2)");
    }
}

#[test]
fn the_unit_of_a_package_that_one_side_has_is_that_package_s() {
    // Both have the source dbus, by libdbus-1-3, and one the package of that name.
    let unit = json!({"os": {"services": {"dbus.service": {"unit_file_digest": "a", "enabled": "static"}}}});
    let source = json!({"os.services.\"dbus.service\"": "/usr/lib/systemd/system/dbus.service"});
    let library = ("libdbus-1-3", "1.14", "dbus");
    let comparison = sides(&[
        ("staging", debian("12", &[library, ("dbus", "1.14", "dbus")], &unit), source),
        ("production", debian("11", &[("libdbus-1-3", "1.12", "dbus")], &json!({})), json!({})),
    ]);
    for field in ["enabled", "unit_file_digest"] {
        let path = format!("os.services.\"dbus.service\".{field}");
        assert_eq!(cause_of(&comparison, &path), "packages:dbus:staging");
    }
}

#[test]
fn what_a_file_sets_is_the_file_s_and_not_the_module_s() {
    let file = "/etc/sysctl.d/99-incident.conf";
    let setting = "net.netfilter.nf_conntrack_max";
    let comparison = sides(&[
        ("staging", json!({"os": {"kernel": {"release": "6.1"}}}), json!({})),
        (
            "production",
            json!({"os": {"kernel": {"release": "6.1", "modules": {"nf_conntrack": {"loaded": true}}},
                "sysctl": {setting: 1048576}, "sysctl_files": {setting: "1048576", "net.ipv4.tcp_tw_reuse": "1"}}}),
            json!({"os.sysctl_files": file}),
        ),
    ]);
    let path = format!("os.sysctl_files.\"{setting}\"");
    assert_eq!(cause_of(&comparison, &path), format!("file:{file}"));
    assert_eq!(cause_of(&comparison, &format!("os.sysctl.\"{setting}\"")), "module:nf_conntrack");
}

#[test]
fn memory_explains_only_what_follows_it_on_every_side_and_no_file_sets() {
    let side = |label, gib: u64, threads: u64, marks: u64, files: Value| {
        let facts = json!({"hardware": {"memory": {"total_bytes": gib << 30}},
            "os": {"sysctl": {"kernel.threads-max": threads, "fs.fanotify.max_user_marks": marks, "fs.file-max": threads},
                "sysctl_files": files}});
        (label, facts, json!({}))
    };
    let fixed = json!({"fs.file-max": "60000"});
    let comparison = sides(&[
        side("staging", 8, 60000, 1000, fixed),
        side("preprod", 10, 75000, 1000, json!({})),
        side("production", 16, 120_000, 2000, json!({})),
    ]);
    assert_eq!(cause_of(&comparison, "os.sysctl.\"kernel.threads-max\""), "memory-size");
    // Within 30 % of each other, and yet not in step with the memory of all.
    assert_eq!(cause_of(&comparison, "os.sysctl.\"fs.fanotify.max_user_marks\""), "");
    assert_eq!(cause_of(&comparison, "os.sysctl.\"fs.file-max\""), "");
}

#[test]
fn modules_that_set_nothing_are_one_line_for_each_side() {
    let modules = |names: &[&str]| {
        let mut facts = json!({"os": {"kernel": {"release": "6.1"}}});
        names.iter().for_each(|name| facts["os"]["kernel"]["modules"][*name] = json!({"loaded": true}));
        facts
    };
    let comparison = sides(&[
        ("staging", modules(&["ext4", "jbd2"]), json!({})),
        ("production", modules(&["xfs", "crc32c", "libcrc32c"]), json!({})),
    ]);
    let told = told(&comparison);
    let said: Vec<(&str, usize)> = told.iter().map(|(_, title, rows)| (title.as_str(), rows.len())).collect();
    assert_eq!(said, [("Kernel modules, loaded only in production", 3), ("Kernel modules, loaded only in staging", 2)]);
}

#[test]
fn what_no_side_has_any_more_has_no_sides_to_name() {
    let left = |version: &str| {
        json!({"libraries": {"packages": {"dpkg": {
            "ntp": {"version": version, "state": "config-files", "source": "ntp", "architecture": version}}}}})
    };
    let comparison = comparison(&[("staging", left("4.1")), ("production", left("4.2"))]);
    let told = told(&comparison);
    assert_eq!(told.iter().map(|(key, ..)| key.as_str()).collect::<Vec<_>>(), ["source-package:ntp"]);
}

#[test]
fn a_folder_of_links_is_no_file() {
    let links = |editor: &str, pager: &str| json!({"libraries": {"alternatives": {"editor": editor, "pager": pager}}});
    let comparison = comparison(&[
        ("staging", links("/bin/ed", "/bin/more")),
        ("production", links("/usr/bin/vim", "/usr/bin/less")),
    ]);
    let told = told(&comparison);
    assert_eq!((told[0].0.as_str(), told[0].1.as_str()), ("alternatives", "Alternatives"));
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

#[test]
fn a_title_names_the_sides_that_have_some_of_it() {
    let facts = |package: &str| {
        let mut packages = serde_json::Map::new();
        if !package.is_empty() {
            packages
                .insert(package.to_owned(), json!({"version": "1.0-1", "source": "libcbor", "architecture": "amd64"}));
        }
        packages.insert("bash".to_owned(), json!({"version": "5.2-1"}));
        json!({"libraries": {"packages": {"dpkg": packages}}})
    };
    let title = |sides: &[(&str, Value)]| told(&comparison(sides)).first().map(|cause| cause.1.clone());
    let cbor = [("ci", facts("")), ("staging", facts("cbor-new")), ("production", facts("cbor-old"))];
    assert_eq!(title(&cbor).as_deref(), Some("libcbor, only in staging, production"));
    assert_eq!(title(&cbor[..2]).as_deref(), Some("libcbor, only in staging"));
}

/// Facts with where they were read.
fn read_from(facts: Value, provenance: Value) -> Value {
    json!({"driftglass": 1, "meta": {"label": "x"}, "facts": facts, "provenance": provenance, "problems": {}})
}

#[test]
fn what_runs_is_the_file_s_where_the_file_says_so() {
    let side = |swappiness: u64, tracked: u64| {
        read_from(
            json!({"os": {
                "sysctl": {"vm.swappiness": swappiness, "net.core.somaxconn": swappiness + 100, "net.ipv4.x": tracked},
                "sysctl_files": {"vm.swappiness": swappiness, "net.core.somaxconn": swappiness + 100, "net.ipv4.x": 1},
            }}),
            json!({"os.sysctl": "/proc/sys", "os.sysctl_files": "/etc/sysctl.d/60-shop.conf"}),
        )
    };
    let told = told(&comparison(&[("staging", side(60, 7)), ("production", side(1, 9))]));
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].0, "file:/etc/sysctl.d/60-shop.conf");
    assert_eq!(
        told[0].2,
        [
            "os.sysctl.\"net.core.somaxconn\"",
            "os.sysctl.\"vm.swappiness\"",
            "os.sysctl_files.\"net.core.somaxconn\"",
            "os.sysctl_files.\"vm.swappiness\""
        ],
        "what no file sets so stays for itself"
    );
}

#[test]
fn a_pinned_package_is_the_pin_s_and_not_the_release_s() {
    let side = |release: &str, tzdata: &str, pin: Option<&str>| {
        let mut facts = json!({
            "os": {"release": {"id": "debian", "version": release}, "time": {"tzdata_version": &tzdata[..5]}},
            "libraries": {"packages": {"dpkg": {
                "tzdata": {"version": tzdata},
                "bash": {"version": format!("5.{release}")},
            }}},
        });
        if let Some(pin) = pin {
            facts["libraries"]["pins"] = json!({"tzdata": {"pin": pin, "priority": 1001}});
        }
        read_from(facts, json!({"libraries.pins": "/etc/apt/preferences.d/freeze"}))
    };
    let keys = |sides: &[(&str, Value)]| -> Vec<(String, usize)> {
        told(&comparison(sides)).into_iter().map(|(key, _, members)| (key, members.len())).collect()
    };
    let (newer, pinned) = (side("12", "2026f-0", None), side("11", "2024a-0", Some("version 2024a-*")));
    let freeze = ("file:/etc/apt/preferences.d/freeze".to_owned(), 4);
    assert_eq!(
        keys(&[("staging", newer.clone()), ("production", pinned)]),
        [("release".to_owned(), 2), freeze.clone()]
    );
    // The same release, and a pin that holds nothing.
    let same =
        [("preprod", side("11", "2026b-0", None)), ("production", side("11", "2024a-0", Some("version 2024a-*")))];
    assert_eq!(keys(&same), [freeze]);
    let idle = side("11", "2024a-0", Some("version 2023c-*"));
    assert!(keys(&[("staging", newer), ("production", idle)]).contains(&("release".to_owned(), 4)));
}
