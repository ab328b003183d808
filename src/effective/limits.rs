//! Limits of processes and open files, each the smallest of several that hold at once.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::{Value, ValueRef};
use std::collections::BTreeSet;

/// The most services whose limits are told.
const SERVICES: usize = 2_000;

/// What redis keeps of its open files for itself, `CONFIG_MIN_RESERVED_FDS`.
const REDIS_OWN: u64 = 32;

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["process_limit"],
        Spec {
            from: &[r#"os.sysctl."kernel.pid_max""#, r#"os.sysctl."kernel.threads-max""#],
            unit: None,
            about: "How many processes and threads the machine can have at once.",
            formula: "the smaller of kernel.pid_max and kernel.threads-max",
        },
        |facts| machine(facts).map(Value::from),
    );
    making.add(
        &["process_limit_of_session"],
        Spec {
            from: &[
                r#"os.sysctl."kernel.pid_max""#,
                r#"os.sysctl."kernel.threads-max""#,
                "os.cgroup.pids_max",
                "os.limits.nproc.soft",
            ],
            unit: None,
            about: "How many processes and threads whoever captured can have at once.",
            formula: "the smallest of the machine's limit, the control group's pids.max and the limit nproc",
        },
        |facts| {
            let group = facts.number(&["os", "cgroup", "pids_max"]).or(u64::MAX)?;
            let user = facts.number(&["os", "limits", "nproc", "soft"]).is()?;
            Some(Value::from(machine(facts)?.min(group).min(user)))
        },
    );
    for service in services(making) {
        making.add(
            &["open_files", &service],
            Spec {
                from: &[
                    "os.limits_of.*.nofile.soft",
                    r#"os.services.*.settings."Service.LimitNOFILE""#,
                    r#"os.sysctl."fs.nr_open""#,
                ],
                unit: None,
                about: "How many files and connections the service may have open at once.",
                formula: "the running service's limit nofile, else LimitNOFILE of its unit's drop-ins; not more than \
                          fs.nr_open",
            },
            |facts| Some(Value::from(open_files(facts, &service)?)),
        );
    }
    making.add(
        &["connections", "nginx"],
        Spec { from: &["cache.http.nginx.events.worker_connections", "cache.http.nginx.worker_rlimit_nofile", "os.limits_of.nginx.nofile.soft", r#"os.services."nginx.service".settings."Service.LimitNOFILE""#, r#"os.sysctl."fs.nr_open""#],
            unit: None,
            about: "How many connections a worker of nginx can hold, those to servers behind it included.",
            formula: "the smaller of worker_connections (512 unless set) and worker_rlimit_nofile or the service's open files",
        },
        nginx,
    );
    for (store, unit) in [("redis", "redis-server"), ("valkey", "valkey-server"), ("keydb", "keydb-server")] {
        making.add(
            &["connections", store],
            Spec {
                from: &[
                    "cache.stores.*.maxclients",
                    "os.limits_of.*.nofile.soft",
                    r#"os.services.*.settings."Service.LimitNOFILE""#,
                    r#"os.sysctl."fs.nr_open""#,
                ],
                unit: None,
                about: "How many clients the store takes at once.",
                formula: "the smaller of maxclients (10000 unless set) and the service's open files less 32",
            },
            |facts| {
                if facts.beneath(&["cache", "stores", store]).is_empty() {
                    return None;
                }
                // redis.conf, maxclients: the server lowers it to what its limit of open files leaves.
                let asked = facts.number(&["cache", "stores", store, "maxclients"]).or(10_000)?;
                let files = open_files(facts, unit).or_else(|| open_files(facts, store))?;
                Some(Value::from(asked.min(files.saturating_sub(REDIS_OWN))))
            },
        );
    }
}

/// Documentation/admin-guide/sysctl/kernel.rst: pid_max, threads-max.
fn machine(facts: &Evidence<'_, '_>) -> Option<u64> {
    Some(facts.sysctl_number("kernel.pid_max").is()?.min(facts.sysctl_number("kernel.threads-max").is()?))
}

/// The services of which a limit is known on some side, by their names without `.service`.
fn services(making: &Making<'_>) -> BTreeSet<String> {
    let look = &making.look;
    let limited = look.beneath(&["os", "limits_of"]).into_iter().map(|(name, _)| name).filter(|name| *name != "init");
    let units = look.beneath(&["os", "services"]).into_iter().map(|(unit, _)| unit);
    let set = units.filter(|unit| look.row(&["os", "services", unit, "settings", "Service.LimitNOFILE"]).is_some());
    let set = set.filter_map(|unit| unit.strip_suffix(".service"));
    making.any().into_iter().chain(limited).chain(set).take(SERVICES).map(str::to_owned).collect()
}

/// systemd.exec(5), LimitNOFILE: one number, or the soft and the hard one with a colon between. limits.conf(5) says nothing
/// here: pam_limits(8) sets the limits of sessions, and a service has none.
fn open_files(facts: &Evidence<'_, '_>, service: &str) -> Option<u64> {
    let running = facts.number(&["os", "limits_of", service, "nofile", "soft"]);
    let limit = match running {
        Known::Is(limit) => limit,
        _ => {
            let unit = format!("{service}.service");
            match facts.value(&["os", "services", &unit, "settings", "Service.LimitNOFILE"]).is()? {
                ValueRef::Text(text) => soft(text)?,
                value => super::evidence::whole(value)?,
            }
        }
    };
    // getrlimit(2), RLIMIT_NOFILE: none is above fs.nr_open.
    let most = facts.number(&["os", "sysctl", "fs.nr_open"]).is();
    match (limit, most) {
        (u64::MAX, None) => None,
        (limit, most) => Some(limit.min(most.unwrap_or(u64::MAX))),
    }
}

fn soft(text: &str) -> Option<u64> {
    let soft = text.split(':').next()?.trim();
    if soft == "infinity" { Some(u64::MAX) } else { soft.parse().ok() }
}

/// ngx_core_module: worker_connections cannot exceed the limit of open files, which worker_rlimit_nofile can change.
fn nginx(facts: &Evidence<'_, '_>) -> Option<Value> {
    if facts.beneath(&["cache", "http", "nginx"]).is_empty() {
        return None;
    }
    let asked = facts.number(&["cache", "http", "nginx", "events", "worker_connections"]).or(512)?;
    let files = match facts.number(&["cache", "http", "nginx", "worker_rlimit_nofile"]) {
        Known::Is(own) => own,
        Known::Absent => open_files(facts, "nginx")?,
        Known::Unknown => return None,
    };
    Some(Value::from(asked.min(files)))
}
