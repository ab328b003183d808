//! Kernel settings that run otherwise than the files ask for: changed by hand, or not applied. A reboot brings the file's.

use super::evidence::{Evidence, Known};
use super::{Making, Spec};
use crate::model::{Value, ValueRef};

/// The most settings that are named.
const NAMED: usize = 200;

pub(super) fn derive(making: &mut Making<'_>) {
    making.add(
        &["sysctl_not_as_declared"],
        Spec { from: &["os.sysctl_files.*", "os.sysctl.*"],
            unit: None,
            about: "Kernel settings that run otherwise than the files of sysctl.d ask for, so that a reboot may change them.",
            formula: "the names in os.sysctl_files whose value differs from os.sysctl's",
        },
        not_as_declared,
    );
}

/// sysctl.d(5): the files are applied at boot. A setting that the kernel has not got (its module is not loaded) is none.
fn not_as_declared(facts: &Evidence<'_, '_>) -> Option<Value> {
    let mut names = Vec::new();
    let mut is_known = false;
    for (name, _) in facts.beneath(&["os", "sysctl_files"]) {
        let (asked, file) = facts.peek(&["os", "sysctl_files", name]);
        let (runs, setting) = facts.peek(&["os", "sysctl", name]);
        let (Known::Is(asked), Known::Is(runs)) = (asked, runs) else { continue };
        is_known = true;
        if words(asked) != words(runs) && names.len() < NAMED {
            names.push(name);
            facts.note(file.into_iter().chain(setting));
        }
    }
    is_known.then(|| Value::set(names))
}

/// The kernel writes tabs where people write blanks.
fn words(value: ValueRef<'_>) -> Vec<String> {
    value.plain().split_whitespace().map(str::to_owned).collect()
}
