//! How the environment came to be what it is: package history, hand edits, rollbacks, kernels.

pub(super) mod hand_edits;
pub(super) mod history;
pub(super) mod kernels;
