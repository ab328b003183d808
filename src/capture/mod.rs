//! Floor 3: probes by area, their registry, and the runner. A probe reads one kind of fact from a [`Host`] and puts it
//! into [`Facts`]; no probe returns an error: what it cannot read, it records as a problem.

#[cfg(test)]
mod archives_test;
mod cache;
mod configuration;
mod control;
mod deployments;
mod directory;
mod dns;
mod elsewhere;
mod facts;
mod hardware;
mod identity;
mod libraries;
mod network;
mod os;
#[cfg(test)]
mod other_roots_test;
mod recorded;
mod registry;
mod runner;
#[cfg(test)]
mod sample;
mod settings;
mod toolchains;

pub use control::{Pause, Skip};
pub use facts::{Facts, Scope};
pub use registry::PROBES;
pub use runner::{Captured, Event, Keep, Options, Outcome, TOOL, captured, is_known, run};

use crate::host::Host;
use std::time::Duration;

/// One reader of facts: an entry of the registry.
pub struct Probe {
    /// Its name on the progress screen and in messages: `dpkg`.
    pub name: &'static str,
    /// The paths beneath which it puts facts, as written. The first key is its area; when the probe is left out, takes
    /// too long or panics, each of these paths gets a problem.
    pub paths: &'static [&'static str],
    /// Whether it asks the running machine, which another root cannot answer.
    pub live_only: bool,
    /// How long it may take.
    pub limit: Duration,
    /// Reads and records.
    pub run: fn(&Host, &mut Facts),
}

impl Probe {
    /// Areas that it puts facts into.
    pub fn areas(&self) -> impl Iterator<Item = &'static str> {
        self.paths.iter().map(|path| path.split('.').next().unwrap_or(path))
    }
}
