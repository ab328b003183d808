//! How the environment came to be what it is: package history, hand edits, rollbacks, kernels, starts, releases and
//! containers.

pub(super) mod boots;
pub(super) mod containers;
mod git;
pub(super) mod hand_edits;
pub(super) mod history;
pub(in crate::capture) mod holds;
mod journal;
pub(super) mod kernels;
pub(super) mod releases;
