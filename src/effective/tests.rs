use super::*;
use crate::base::cancel::Cancel;
use crate::format;
use std::sync::Arc;

/// The facts that follow from two sets of facts of a capture of noon on New Year's Day, and problems.
fn derive(sides: &[(&str, &str)]) -> (Comparison, Effective) {
    let load = |(facts, problems): &(&str, &str)| {
        let text = format!(
            r#"{{"driftglass":1,"meta":{{"label":"a","tool":"driftglass 0.1.0","captured_at":"2026-01-01T12:00:00Z"}},
                "facts":{facts},"problems":{problems}}}"#
        );
        Arc::new(format::read(text.as_bytes()).expect("a snapshot").snapshot)
    };
    let comparison = Comparison::new(sides.iter().map(load).collect(), &Cancel::new()).expect("not cancelled");
    let effective = Effective::of(&comparison);
    (comparison, effective)
}

/// The values of one fact, as people write them; `-` for none.
fn values(effective: &Effective, path: &str) -> Vec<String> {
    let path: Path = path.parse().expect("a path");
    let written = |value: &Option<Value>| match value {
        None => "-".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Bool(is)) => is.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::List(list)) => {
            let words = list.iter().map(|member| match member {
                Value::Text(text) => text.as_str(),
                _ => "?",
            });
            format!("[{}]", words.collect::<Vec<_>>().join(", "))
        }
        Some(other) => format!("{other:?}"),
    };
    effective.find(&path).map(|fact| fact.values.iter().map(written).collect()).unwrap_or_default()
}

/// The values of one fact of a single snapshot.
fn value(facts: &str, path: &str) -> String {
    values(&derive(&[(facts, "{}")]).1, path).concat()
}

#[test]
fn a_ratio_of_memory_is_told_in_bytes() {
    // 10 % and 3 % of 8 GiB without 1 GiB of huge pages; on the other side bytes stand in place of the ratio.
    let small = r#"{"hardware":{"memory":{"total_bytes":8589934592,"huge_pages":{"2097152":{"count":512},"1073741824":{"count":0}}}},
        "os":{"sysctl":{"vm.dirty_ratio":10,"vm.dirty_bytes":0,"vm.dirty_background_ratio":3,"vm.dirty_background_bytes":0}}}"#;
    let large = r#"{"hardware":{"memory":{"total_bytes":85899345920}},
        "os":{"sysctl":{"vm.dirty_ratio":0,"vm.dirty_bytes":268435456,"vm.dirty_background_ratio":10,"vm.dirty_background_bytes":0}}}"#;
    let (comparison, effective) = derive(&[(small, "{}"), (large, "{}")]);
    assert_eq!(values(&effective, "effective.dirty_bytes"), ["751619276", "268435456"]);
    // A background limit above the other one is halved by the kernel.
    assert_eq!(values(&effective, "effective.dirty_background_bytes"), ["225485783", "134217728"]);
    assert_eq!(values(&effective, "effective.huge_page_bytes"), ["1073741824", "0"]);
    let fact = effective.find(&Path::new(["effective", "dirty_bytes"])).expect("it is derived");
    assert!(fact.differs() && fact.unit == Some("bytes"));
    let inputs: Vec<String> = fact.inputs.iter().map(|row| comparison.path(*row).to_string()).collect();
    assert!(inputs.contains(&"hardware.memory.total_bytes".to_owned()), "{inputs:?}");
    assert!(inputs.contains(&"os.sysctl.\"vm.dirty_bytes\"".to_owned()), "{inputs:?}");
    for row in &fact.inputs {
        assert!(effective.made_of(*row).any(|other| other.path == fact.path));
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let memory = r#"{"hardware":{"memory":{"total_bytes":1000}},"os":{"x":1}}"#;
    let limit = r#"{"hardware":{"memory":{"total_bytes":1000}},"os":{"cgroup":{"memory_max_bytes":600}}}"#;
    let none = r#"{"hardware":{"memory":{"total_bytes":1000}},"os":{"cgroup":{"memory_max_bytes":"max"}}}"#;
    let denied = r#"{"os.cgroup":"permission denied: /sys/fs/cgroup"}"#;
    let (_, effective) = derive(&[(limit, "{}"), (memory, denied), (memory, "{}"), (none, "{}")]);
    assert_eq!(values(&effective, "effective.usable_memory_bytes"), ["600", "-", "1000", "1000"]);
    let (_, effective) = derive(&[(memory, denied), (memory, denied)]);
    assert!(effective.find(&Path::new(["effective", "usable_memory_bytes"])).is_none());
}

#[test]
fn another_root_s_files_stand_for_a_kernel_that_does_not_run() {
    let facts = r#"{"hardware":{"memory":{"total_bytes":1000}},"os":{"sysctl_files":{"vm.dirty_ratio":20,"net.core.somaxconn":128}},
        "cache":{"stores":{"redis":{"port":6379}}}}"#;
    let (_, effective) = derive(&[(facts, r#"{"os.sysctl":"not collected: the root has no /proc/sys"}"#)]);
    assert_eq!(values(&effective, "effective.dirty_bytes"), ["200"]);
    assert_eq!(values(&effective, "effective.listen_backlog.redis"), ["128"]);
    // A kernel that runs and has not got the setting takes nothing from the file.
    let (_, effective) = derive(&[(facts, "{}")]);
    assert!(values(&effective, "effective.dirty_bytes").is_empty());
}

#[test]
fn promises_of_memory_are_bounded_only_when_asked() {
    let facts = |mode: u32| {
        format!(
            r#"{{"hardware":{{"memory":{{"total_bytes":10000,"swap_total_bytes":500,"huge_pages":{{"1000":{{"count":2}}}}}}}},
                "os":{{"sysctl":{{"vm.overcommit_memory":{mode},"vm.overcommit_ratio":50,"vm.overcommit_kbytes":0}}}}}}"#
        )
    };
    assert_eq!(value(&facts(0), "effective.commit_limit_bytes"), "unlimited");
    assert_eq!(value(&facts(2), "effective.commit_limit_bytes"), "4500");
    assert_eq!(value(&facts(2), "effective.swap"), "true");
}

#[test]
fn the_scarcest_bound_of_processors_counts() {
    let facts = |group: &str| {
        format!(r#"{{"hardware":{{"cpu":{{"online":"0-3,8-11","logical_count":16}}}},"os":{{"cgroup":{group}}}}}"#)
    };
    for (group, cpus) in [
        (r#"{"cpu_max":"max","cpus":"0-3,8-11"}"#, "8"),
        (r#"{"cpu_max":1.5,"cpus":"0-3,8-11"}"#, "1.5"),
        (r#"{"cpu_max":6,"cpus":"2,3"}"#, "2"),
        (r#"{"cpu_max":"max"}"#, "8"),
    ] {
        assert_eq!(value(&facts(group), "effective.usable_cpus"), cpus, "{group}");
    }
}

#[test]
fn the_level_of_a_processor_needs_every_flag_of_the_lower_ones() {
    const V1: &str = "lm cmov cx8 fpu fxsr mmx syscall sse sse2";
    const V2: &str = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
    const V3: &str = "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave";
    const V4: &str = "avx512f avx512bw avx512cd avx512dq avx512vl";
    let level = |flags: &[&str]| {
        let flags: Vec<String> = flags.join(" ").split(' ').map(|flag| format!("\"{flag}\"")).collect();
        let facts = format!(r#"{{"hardware":{{"cpu":{{"flags":[{}]}}}}}}"#, flags.join(","));
        value(&facts, "effective.cpu.x86_64_level")
    };
    assert_eq!(level(&[V1, "avx2"]), "1");
    assert_eq!(level(&[V1, V2]), "2");
    assert_eq!(level(&[V1, V2, V3]), "3");
    assert_eq!(level(&[V1, V3, V4]), "1", "without the second level the third counts nothing");
    assert_eq!(level(&[V1, V2, V3, V4]), "4");
    assert_eq!(level(&["fp asimd evtstrm aes"]), "", "an Arm processor has none");
}

#[test]
fn heaps_of_the_c_library_follow_the_processors() {
    let facts = |variables: &str| {
        format!(
            r#"{{"hardware":{{"cpu":{{"online":"0-3"}}}},"os":{{"cgroup":{{"cpu_max":1,"cpus":"0-3"}},"environment":{variables}}},
                "libraries":{{"libc":{{"name":"glibc"}}}}}}"#
        )
    };
    assert_eq!(value(&facts(r#"{"A":"b"}"#), "effective.malloc_arenas"), "32");
    assert_eq!(value(&facts(r#"{"MALLOC_ARENA_MAX":"2"}"#), "effective.malloc_arenas"), "2");
    let tunables = r#"{"GLIBC_TUNABLES":"glibc.malloc.check=0:glibc.malloc.arena_max=4"}"#;
    assert_eq!(value(&facts(tunables), "effective.malloc_arenas"), "4");
}

#[test]
fn java_chooses_by_what_it_sees() {
    let facts = |version: &str, cpus: &str, memory: u64| {
        format!(
            r#"{{"toolchains":{{"java":{{"version":"{version}"}}}},"os":{{"cgroup":{{"cpu_max":{cpus},"memory_max_bytes":{memory}}}}},
                "hardware":{{"cpu":{{"online":"0-7"}},"memory":{{"total_bytes":68719476736}}}}}}"#
        )
    };
    for (version, cpus, memory, collector) in [
        ("17.0.9", "\"max\"", 4_u64 << 30, "G1"),
        ("17.0.9", "1", 4 << 30, "Serial"),
        ("17.0.9", "1.5", 4 << 30, "G1"),
        ("17.0.9", "2", 1 << 30, "Serial"),
        ("1.8.0_392", "2", 4 << 30, "Parallel"),
        ("1.8.0_121", "2", 4 << 30, ""),
    ] {
        assert_eq!(value(&facts(version, cpus, memory), "effective.jvm.collector"), collector, "{version} {cpus}");
    }
    assert_eq!(value(&facts("21.0.2", "2", 4 << 30), "effective.jvm.max_heap_bytes"), "1073741824");
}

#[test]
fn the_kernel_caps_what_a_service_asks_for() {
    let facts = |somaxconn: u32| {
        format!(
            r#"{{"os":{{"sysctl":{{"net.core.somaxconn":{somaxconn}}}}},"cache":{{
                "stores":{{"redis":{{"tcp-backlog":511}},"memcached":{{"port":11211}}}},
                "http":{{"apache":{{"listen":["80"]}},"haproxy":{{"frontend":{{"web":{{"maxconn":2000}}}},"defaults":{{"maxconn":100}}}},
                "nginx":{{"http":{{"server":{{"_:80":{{"listen":["80","[::]:80"]}},
                    "b:80":{{"listen":["80 backlog=2048","[::]:80 ipv6only=on backlog=1024"]}}}}}}}}}}}}}}"#
        )
    };
    for (service, wide, narrow) in [
        ("apache", "511", "128"),
        ("haproxy", "2000", "128"),
        ("memcached", "1024", "128"),
        ("nginx", "1024", "128"),
        ("redis", "511", "128"),
    ] {
        let path = format!("effective.listen_backlog.{service}");
        assert_eq!(value(&facts(4096), &path), wide, "{service}");
        assert_eq!(value(&facts(128), &path), narrow, "{service}");
    }
}

#[test]
fn ports_that_are_kept_are_not_given_out() {
    let facts = r#"{"os":{"sysctl":{"net.ipv4.ip_local_port_range":"32768\t60999","net.ipv4.ip_local_reserved_ports":"8080,40000-40009"}},
        "network":{"listening":{"tcp":{"80":{"address":["::"]},"40005":{"address":["::"]},"50051":{"address":["::"]}},
        "udp":{"33000":{"address":["127.0.0.1"]}}}}}"#;
    assert_eq!(value(facts, "effective.ephemeral_ports.count"), "28222");
    assert_eq!(value(facts, "effective.ephemeral_ports.of_listeners"), "[tcp 50051, udp 33000]");
}

#[test]
fn the_larger_of_all_and_the_interface_counts() {
    let facts = r#"{"os":{"sysctl":{"net.ipv4.conf.all.rp_filter":1,"net.ipv4.conf.eth0.rp_filter":2,"net.ipv4.conf.eth1.rp_filter":0,
        "net.ipv6.conf.all.disable_ipv6":1,"net.ipv6.conf.lo.disable_ipv6":0,"net.ipv6.conf.eth0.disable_ipv6":1,
        "net.ipv4.tcp_keepalive_time":7200,"net.ipv4.tcp_keepalive_intvl":75,"net.ipv4.tcp_keepalive_probes":9,
        "net.netfilter.nf_conntrack_max":262144,"net.netfilter.nf_conntrack_buckets":65536}}}"#;
    assert_eq!(value(facts, "effective.rp_filter.eth0"), "2");
    assert_eq!(value(facts, "effective.rp_filter.eth1"), "1");
    assert_eq!(value(facts, "effective.rp_filter.lo"), "");
    assert_eq!(value(facts, "effective.ipv6"), "false");
    assert_eq!(value(facts, "effective.tcp_dead_peer_seconds"), "7875");
    assert_eq!(value(facts, "effective.conntrack.entries_per_bucket"), "4");
}

#[test]
fn limits_of_services_are_those_of_systemd() {
    let facts = r#"{"os":{"sysctl":{"kernel.pid_max":32768,"kernel.threads-max":100000,"fs.nr_open":1048576},
        "limits":{"nproc":{"soft":5000}},"cgroup":{"pids_max":"max"},
        "limits_of":{"init":{"nofile":{"soft":1024}},"redis-server":{"nofile":{"soft":4064}}},
        "limits":{"nproc":{"soft":5000},"configured":{"nginx":{"nofile":{"soft":10}}}},
        "services":{"nginx.service":{"settings":{"Service.LimitNOFILE":"1024:65536"}},
            "big.service":{"settings":{"Service.LimitNOFILE":"infinity"}},"cron.service":{"enabled":"enabled"}}},
        "cache":{"stores":{"redis":{"port":6379}},"http":{"nginx":{"events":{"worker_connections":8192}}}}}"#;
    assert_eq!(value(facts, "effective.process_limit"), "32768");
    assert_eq!(value(facts, "effective.process_limit_of_session"), "5000");
    assert_eq!(value(facts, "effective.open_files.nginx"), "1024");
    assert_eq!(value(facts, "effective.open_files.big"), "1048576");
    assert_eq!(value(facts, "effective.open_files.cron"), "");
    assert_eq!(value(facts, "effective.connections.nginx"), "1024");
    assert_eq!(value(facts, "effective.connections.redis"), "4032");
}

#[test]
fn sizes_of_caches_are_told_in_bytes() {
    let facts = r#"{"cache":{"stores":{"redis":{"maxmemory":"8gb"},"valkey":{"port":1},"memcached":{"memory-limit":1024}},
        "http":{"nginx":{"http":{"proxy_cache_path":{"shop":{"max_size":"40g"}}}}}}}"#;
    assert_eq!(value(facts, "effective.cache_bytes.redis"), "8589934592");
    assert_eq!(value(facts, "effective.cache_bytes.valkey"), "unlimited");
    assert_eq!(value(facts, "effective.cache_bytes.memcached"), "1073741824");
    assert_eq!(value(facts, "effective.cache_bytes.nginx.shop"), "42949672960");
}

#[test]
fn the_resolver_s_patience_is_a_product() {
    let facts = r#"{"dns":{"resolver":{"manager":"none","search":["a","b"],"name_servers":["1","2","3","4"],
        "options":{"timeout":60,"ndots":5}}}}"#;
    assert_eq!(value(facts, "effective.dns.queries_per_short_name"), "3");
    // 30 seconds at the most, twice, of three servers at the most.
    assert_eq!(value(facts, "effective.dns.give_up_seconds"), "180");
    assert_eq!(value(r#"{"dns":{"resolver":{"manager":"none"}}}"#, "effective.dns.give_up_seconds"), "10");
}

#[test]
fn one_variable_decides_a_category() {
    let facts = r#"{"os":{"locale":{"lang":"de_DE.UTF-8","lc_collate":"C"}}}"#;
    assert_eq!(value(facts, "effective.locale.collate"), "C");
    assert_eq!(value(facts, "effective.locale.ctype"), "de_DE.UTF-8");
    let facts = r#"{"os":{"locale":{"lc_all":"C.UTF-8","lc_collate":"de_DE"}}}"#;
    assert_eq!(value(facts, "effective.locale.collate"), "C", "by code points, as C");
    assert_eq!(value(facts, "effective.locale.ctype"), "C.UTF-8");
    assert_eq!(value(r#"{"os":{"locale":{"installed":["C.UTF-8"]}}}"#, "effective.locale.collate"), "C");
    let facts = r#"{"cache":{"stores":{"redis":{"port":6379}}}}"#;
    let (_, effective) = derive(&[(facts, "{}"), (r#"{"cache":{"stores":{"memcached":{"port":11211}}}}"#, "{}")]);
    assert_eq!(
        values(&effective, "effective.cache_bytes.redis"),
        ["unlimited", "-"],
        "of a store that is not there nothing"
    );
}

#[test]
fn days_are_counted_from_the_capture() {
    let facts = r#"{"cache":{"edge":{"https://shop.example":{"tls":{"expires":"2026-01-11T11:00:00Z"}},
        "https://old.example":{"tls":{"expires":"2025-12-31T12:00:00Z"}}}},
        "libraries":{"ca_certificates":{"count":2,"aa":{"expires":"2026-02-01T12:00:00Z"},"bb":{"expires":"2026-01-03T12:00:00Z"},
        "cc":{"expires":"2021-01-01T00:00:00Z"}}}}"#;
    assert_eq!(value(facts, "effective.certificate_days.\"https://shop.example\""), "9");
    assert_eq!(value(facts, "effective.certificate_days.\"https://old.example\""), "-1");
    assert_eq!(value(facts, "effective.authority_days.trusted"), "2");
    let (comparison, effective) = derive(&[(facts, "{}")]);
    let fact = effective.find(&Path::new(["effective", "authority_days", "trusted"])).expect("it is derived");
    let [row] = fact.inputs[..] else { panic!("one certificate decides: {:?}", fact.inputs) };
    assert_eq!(comparison.path(row).to_string(), "libraries.ca_certificates.bb.expires");
}

#[test]
fn settings_changed_by_hand_are_named() {
    let facts = r#"{"os":{"sysctl":{"net.ipv4.ip_local_port_range":"1024\t65535","vm.swappiness":60},
        "sysctl_files":{"net.ipv4.ip_local_port_range":"1024 65535","vm.swappiness":1,"net.netfilter.nf_conntrack_max":5}}}"#;
    assert_eq!(value(facts, "effective.sysctl_not_as_declared"), "[vm.swappiness]");
    let (_, effective) = derive(&[(facts, "{}")]);
    let fact = effective.find(&Path::new(["effective", "sysctl_not_as_declared"])).expect("it is derived");
    assert_eq!(fact.inputs.len(), 2);
}

#[test]
fn hidden_and_odd_values_are_no_evidence() {
    let facts = r#"{"hardware":{"memory":{"total_bytes":"[redacted]"},"cpu":{"online":"x","flags":"lm"}},
        "os":{"sysctl":{"vm.dirty_ratio":-1,"vm.dirty_bytes":0,"net.ipv4.ip_local_port_range":"9 1","net.core.somaxconn":{"a":1}}},
        "cache":{"stores":{"redis":{"maxmemory":"99999999999gb"}}}}"#;
    let (_, effective) = derive(&[(facts, "{}")]);
    let paths: Vec<String> = effective.facts().iter().map(|fact| fact.path.to_string()).collect();
    assert_eq!(paths, [] as [&str; 0]);
}

#[test]
fn every_fact_says_what_it_is_in_a_sentence() {
    let all = include_str!("../../snapshots/production.json");
    let snapshot = Arc::new(format::read(all.as_bytes()).expect("an example").snapshot);
    let comparison = Comparison::new(vec![snapshot], &Cancel::new()).expect("not cancelled");
    let effective = Effective::of(&comparison);
    assert!(effective.facts().len() > 20, "{}", effective.facts().len());
    assert!(effective.facts().windows(2).all(|pair| pair[0].path < pair[1].path));
    for fact in effective.facts() {
        assert!(fact.about.ends_with('.') && !fact.formula.is_empty() && !fact.inputs.is_empty(), "{}", fact.path);
        assert_eq!(fact.values.len(), 1);
    }
    assert_eq!(values(&effective, "effective.sysctl_not_as_declared"), ["[net.netfilter.nf_conntrack_max]"]);
}
