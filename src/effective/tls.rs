//! Certificates: how many days are left, by the time of the capture.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::compare::RowId;
use crate::model::{Value, ValueRef};
use jiff::Timestamp;

/// The most addresses whose certificates are told.
const ADDRESSES: usize = 256;
const DAY: i64 = 86_400;

pub(super) fn derive(making: &mut Making<'_>) {
    let edges: Vec<&str> = making.members(&["cache", "edge"]).into_iter().take(ADDRESSES).collect();
    for url in edges {
        making.add(
            &["certificate_days", url],
            Spec {
                from: &["cache.edge.*.tls.expires"],
                unit: Some("days"),
                about: "How many days were left until the certificate of this address expires; below zero when it has.",
                formula: "tls.expires of the address less the time of the capture",
            },
            |facts| {
                let expires = facts.value(&["cache", "edge", url, "tls", "expires"]).map(moment).is()?;
                days_left(facts, expires).map(Value::from)
            },
        );
    }
    const AUTHORITIES: &[&str] = &["libraries", "ca_certificates"];
    for (name, above) in [("trusted", AUTHORITIES), ("added", &["libraries", "ca_certificates", "added"])] {
        making.add(
            &["authority_days", name],
            Spec {
                from: &["libraries.ca_certificates.*.expires", "libraries.ca_certificates.added.*.expires"],
                unit: Some("days"),
                about: "How many days were left until the next of these certificate authorities expires.",
                formula: "the earliest expiry after the time of the capture, less that time",
            },
            |facts| {
                let mut next: Option<(i64, Option<RowId>)> = None;
                for (fingerprint, _) in facts.beneath(above) {
                    let (value, row) = facts.peek(&[above, &[fingerprint, "expires"]].concat());
                    let Known::Is(expires) = value.map(moment) else { continue };
                    let days = days_left(facts, expires)?;
                    if days >= 0 && next.is_none_or(|(known, _)| days < known) {
                        next = Some((days, row));
                    }
                }
                let (days, row) = next?;
                facts.note(row);
                Some(Value::from(days))
            },
        );
    }
}

fn moment(value: ValueRef<'_>) -> Option<Timestamp> {
    value.as_text()?.parse().ok()
}

/// Whole days, rounded down.
fn days_left(facts: &Evidence<'_, '_>, expires: Timestamp) -> Option<i64> {
    let captured = facts.snapshot().meta.captured_at?;
    Some((expires.as_second() - captured.as_second()).div_euclid(DAY))
}
