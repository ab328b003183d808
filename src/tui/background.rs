//! Captures that go on while nobody looks at them. One that was put in the background is kept in the store when it ends,
//! and a terminal that is lost does not end it.

use crate::base::cancel::Cancel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Captures in the background that have not ended.
static UNDER_WAY: Mutex<Vec<Arc<Cancel>>> = Mutex::new(Vec::new());
static ENDED: Condvar = Condvar::new();

/// How long a capture that is stopped may take to keep what it has.
const STOP: Duration = Duration::from_secs(1);
/// How long a program whose terminal is gone waits for its captures, at most: every probe has its own limit.
const OUTLAST: Duration = Duration::from_secs(600);

/// Held by a capture in the background until it has ended and is kept.
#[derive(Debug)]
pub struct Ticket(Arc<Cancel>);

impl Ticket {
    /// A capture goes to the background; `cancel` stops it.
    pub fn new(cancel: &Cancel) -> Self {
        let cancel = Arc::new(cancel.clone());
        lock().push(Arc::clone(&cancel));
        Self(cancel)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock().retain(|other| !Arc::ptr_eq(other, &self.0));
        ENDED.notify_all();
    }
}

/// Whether a capture is under way in the background.
pub fn is_busy() -> bool {
    !lock().is_empty()
}

/// Stops all of them and waits for what they have to be kept; whether there was one.
pub fn stop() -> bool {
    let under_way = lock();
    under_way.iter().for_each(|cancel| cancel.cancel());
    let was_busy = !under_way.is_empty();
    wait(under_way, STOP);
    was_busy
}

/// Waits until all of them have come to their end.
pub fn outlast() {
    wait(lock(), OUTLAST);
}

fn wait(mut under_way: MutexGuard<'_, Vec<Arc<Cancel>>>, most: Duration) {
    let begun = Instant::now();
    while !under_way.is_empty() && begun.elapsed() < most {
        let rest = most.saturating_sub(begun.elapsed());
        under_way = ENDED.wait_timeout(under_way, rest).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn lock() -> MutexGuard<'static, Vec<Arc<Cancel>>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_waited_for_what_goes_on() {
        let cancel = Cancel::new();
        let ticket = Ticket::new(&cancel);
        assert!(is_busy());
        let capture = std::thread::spawn(move || {
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            drop(ticket);
        });
        assert!(stop() && !is_busy() && !stop());
        capture.join().expect("ends");
        outlast();
    }
}
