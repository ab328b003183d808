//! Small comparisons for tests of policies.

use crate::base::cancel::Cancel;
use crate::compare::Comparison;
use crate::format;
use crate::model::Snapshot;
use std::sync::Arc;

/// A snapshot of these facts, in JSON, of an environment of this name.
pub(crate) fn snapshot(label: &str, facts: &str, problems: &str) -> Arc<Snapshot> {
    let text = format!(
        r#"{{"driftglass":1,"meta":{{"label":"{label}","host":"{label}-1"}},"facts":{facts},"problems":{problems}}}"#
    );
    Arc::new(format::read(text.as_bytes()).expect("a snapshot").snapshot)
}

/// Staging and production, the target.
pub(crate) fn pair(staging: &str, production: &str) -> Comparison {
    of(&[("staging", staging, "{}"), ("production", production, "{}")])
}

/// Environments of these names, facts and problems.
pub(crate) fn of(sides: &[(&str, &str, &str)]) -> Comparison {
    let snapshots = sides.iter().map(|(label, facts, problems)| snapshot(label, facts, problems)).collect();
    Comparison::new(snapshots, &Cancel::new()).expect("not cancelled")
}
