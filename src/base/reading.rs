//! How far a long reading is, for whoever waits for it, and the way to stop it.

use super::cancel::Cancel;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shared by who reads and who waits. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Stops the reading.
    pub cancel: Cancel,
    done: Arc<AtomicU64>,
    all: Arc<AtomicU64>,
}

impl Reading {
    /// A reading that this flag stops.
    pub fn until(cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), ..Self::default() }
    }

    /// There is so much to read.
    pub fn expect(&self, all: u64) {
        self.all.store(all, Ordering::Relaxed);
    }

    /// So much has been read.
    pub fn reach(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// What has been read and what there is; nothing is known before the reading has begun.
    pub fn progress(&self) -> Option<(u64, u64)> {
        let (done, all) = (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed));
        (all > 0).then(|| (done.min(all), all))
    }
}
