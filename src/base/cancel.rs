//! Cancellation that a long computation polls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag shared by whoever wants an answer and whoever computes it.
///
/// Cloning shares the flag. Work polls [`Cancel::is_cancelled`] at a step that costs microseconds, so that a newer
/// request is served at once; an answer computed after cancellation is dropped by the receiver.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work should stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
