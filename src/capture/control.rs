//! What whoever watches a capture may do to it while it runs.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Probes that are not waited for any longer, by their index in [`PROBES`](super::PROBES). Cloning shares the list.
#[derive(Clone, Debug, Default)]
pub struct Skip(Arc<Mutex<Vec<usize>>>);

impl Skip {
    /// Gives a probe up, running or waiting.
    pub fn give_up(&self, probe: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(probe);
    }

    pub(super) fn take(&self) -> Vec<usize> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether a capture rests: no further probe begins while it does, and those that run come to their end. Cloning shares
/// it.
#[derive(Clone, Debug, Default)]
pub struct Pause(Arc<(Mutex<bool>, Condvar)>);

impl Pause {
    /// Lets the capture rest, or go on.
    pub fn set(&self, rests: bool) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = rests;
        self.0.1.notify_all();
    }

    /// Waits while the capture rests, but no longer than this; whether it still does.
    pub(super) fn holds_up(&self, most: Duration) -> bool {
        let rests = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *self.0.1.wait_timeout_while(rests, most, |rests| *rests).unwrap_or_else(PoisonError::into_inner).0
    }
}
