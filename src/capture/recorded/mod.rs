//! What a support archive recorded of a program fills what its files do not tell: sos keeps the answer of lscpu(1) and
//! leaves `/sys` out. A file's word always stands; areas whose probes ask the recordings themselves are not here.

mod hardware;
mod system;

use super::{Facts, Probe};
use crate::host::{Host, Output};
use crate::model::{Path, Value};
use std::collections::HashSet;

/// Fills the gaps beneath one path of a probe.
type Fill = fn(&Host, &mut Gaps);

/// Which recordings are looked at, by the path of the probe whose gaps they fill.
const FILLS: [(&str, Fill); 10] = [
    ("hardware.cpu", hardware::processors),
    ("hardware.memory", hardware::memory),
    ("hardware.memory.modules", hardware::modules),
    ("hardware.numa", hardware::nodes),
    ("hardware.product", hardware::machine),
    ("hardware.storage", hardware::disks),
    ("hardware.bus", hardware::devices),
    ("os.filesystems", system::sizes),
    ("os.time", system::time),
    ("identity.host_name", system::identity),
];

/// The most facts that recordings may add to a probe's.
const MOST: usize = 20_000;

/// What a probe left open.
pub(super) struct Gaps<'a> {
    facts: &'a mut Facts,
    known: HashSet<Path>,
}

impl Gaps<'_> {
    /// Puts a fact where there is none.
    fn put(&mut self, keys: &[&str], value: impl Into<Value>, source: &str) {
        let path = Path::new(keys.iter().copied());
        if self.known.len() < MOST && self.known.insert(path) {
            self.facts.answer(keys, value, source);
        }
    }

    fn put_some(&mut self, keys: &[&str], value: Option<impl Into<Value>>, source: &str) {
        if let Some(value) = value {
            self.put(keys, value, source);
        }
    }

    fn has(&self, keys: &[&str]) -> bool {
        self.known.contains(&Path::new(keys.iter().copied()))
    }
}

/// Fills what a probe of a support archive left open.
pub(super) fn fill(probe: &Probe, host: &Host, facts: &mut Facts) {
    if !host.is_archive() {
        return;
    }
    let known = facts.values().iter().map(|(path, _)| path.clone()).collect();
    let mut gaps = Gaps { facts, known };
    for (path, fill) in FILLS {
        if probe.paths.contains(&path) {
            fill(host, &mut gaps);
        }
    }
}

/// The first of these command lines that was recorded.
fn first(host: &Host, lines: &[&str]) -> Option<Output> {
    lines.iter().find_map(|line| host.recorded(line))
}

/// `Label:   value` of many programs' answers, without the blanks around either.
fn labelled(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(label, value)| (label.trim(), value.trim()))
}

#[cfg(test)]
mod tests;
