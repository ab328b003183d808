//! Floor 4: what a user names becomes a snapshot. The one place that knows every kind of reference, and the door
//! through which commands and screens reach files, the store and captures.

mod called;
pub mod clipboard;
mod configuration;
mod error;
mod example;
mod git;
mod outcome;
mod parse;
mod push;
mod rehearsals;
mod repository;
mod resolve;
mod series;
mod source;
pub mod user;
pub mod viewer;
mod workspace;

pub use called::tell_apart;
pub use configuration::{Configuration, ConfigurationError, POLICY, RULES, Reach, Reaches, incidents, rules};
pub use error::{ErrorKind, ReferenceError};
pub use example::EXAMPLES;
pub use outcome::capture_in_words;
pub use parse::{Reference, Which};
pub use push::{Pushed, Update};
pub use rehearsals::REHEARSALS;
pub use repository::{
    Repository, forget_policies, hooks_folder, judge_policy_of, policy_folder, policy_folders, shared_hooks, top_folder,
};
pub use resolve::{AtRevision, Context, Resolved, resolve};
pub use series::{Capture, MOST_DATES, Series, Traced, trace};
pub use source::Source;
pub use workspace::{
    Workspace, lasting, named, read_small, record_capture, write_capture, write_new_output, write_output, write_private,
};

// What floor 5 needs to speak of captures and of the store, which it does not import itself.
pub use crate::capture::{Event, Options, Outcome};
pub use crate::format::UNSEALED;
pub use crate::store::{
    Entry, Folders, HookFile, Installed, JournalFile, SessionPlace, SessionView, StoreError, Uninstalled, completions,
    new_redaction_key, redaction_key, writer_name,
};

/// The name of the probe that an [`Event`] speaks of.
pub fn probe_name(index: usize) -> &'static str {
    crate::capture::PROBES.get(index).map_or("", |probe| probe.name)
}

/// How many probes a capture has, those left out included.
pub fn probe_count() -> usize {
    crate::capture::PROBES.len()
}

/// Whether captures have facts at or beneath a written path, or at what it stands beneath.
pub fn is_captured(path: &str) -> bool {
    path.parse().is_ok_and(|path| crate::capture::is_known(&path))
}

/// The areas that captures have facts of, by name.
pub fn areas() -> Vec<&'static str> {
    let mut areas: Vec<&str> = crate::capture::PROBES.iter().flat_map(crate::capture::Probe::areas).collect();
    areas.sort_unstable();
    areas.dedup();
    areas
}

#[cfg(test)]
mod tests;
