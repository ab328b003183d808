//! How the environment came to be what it is: package history, hand edits, rollbacks, kernels and starts.

pub(super) mod boots;
pub(super) mod hand_edits;
pub(super) mod history;
mod holds;
pub(super) mod kernels;
