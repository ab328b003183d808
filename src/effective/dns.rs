//! Looking up names: what the stub resolver of the C library does with its options.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::{Value, ValueRef};

/// resolv.conf(5): how many servers are asked, MAXNS.
const SERVERS: u64 = 3;

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["dns", "queries_per_short_name"],
        Spec { from: &["dns.resolver.search", "dns.resolver.manager"],
            unit: None,
            about: "How many names are asked for, one after the other, before a name with fewer dots than ndots is given up.",
            formula: "the number of search domains + 1",
        },
        |facts| Some(Value::from(list(facts, "search")? + 1)),
    );
    making.add(
        &["dns", "give_up_seconds"],
        Spec {
            from: &[
                "dns.resolver.name_servers",
                "dns.resolver.options.timeout",
                "dns.resolver.options.attempts",
                "dns.resolver.manager",
            ],
            unit: Some("seconds"),
            about: "After about how long a look-up of one name fails when none of the servers answers.",
            formula: "options timeout (5 unless set) x attempts (2 unless set) x name servers, three at most",
        },
        |facts| {
            // resolv.conf(5): silently capped at 30 and 5.
            let timeout = option(facts, "timeout", 5)?.min(30);
            let attempts = option(facts, "attempts", 2)?.min(5);
            let servers = list(facts, "name_servers")?.clamp(1, SERVERS);
            Some(Value::from(timeout * attempts * servers))
        },
    );
}

fn option(facts: &Evidence<'_, '_>, name: &str, unset: u64) -> Option<u64> {
    facts.number(&["dns", "resolver", "options", name]).or(unset)
}

/// How many members a list of the resolver has: none is one only where the file was read.
fn list(facts: &Evidence<'_, '_>, name: &str) -> Option<u64> {
    match facts.value(&["dns", "resolver", name]) {
        Known::Is(ValueRef::List(list)) => Some(list.len() as u64),
        Known::Is(ValueRef::Empty) => Some(0),
        Known::Absent if facts.text(&["dns", "resolver", "manager"]).is().is_some() => Some(0),
        _ => None,
    }
}
