//! When a frame may be drawn: at most thirty in any second, and what a key has done is seen at once all the same.

use std::time::{Duration, Instant};

/// What a frame takes of the time: with [`SAVED`], thirty frames fit in a second.
const BETWEEN: Duration = Duration::from_millis(36);
/// So many frames are saved up while nothing changes. An answer may take one of them; the others are for keys, since the
/// frame of an answer would else hold up the key after it.
const SAVED: u32 = 2;

/// What a frame is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A key, a paste, the mouse: somebody waits.
    Hand,
    /// An answer of a worker, how far it is, another size.
    News,
}

/// When the next frame may be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// When all frames so far are paid for.
    paid: Instant,
    /// Frames that may be drawn before that.
    saved: u32,
}

impl Pace {
    /// Nothing is drawn yet.
    pub fn new(now: Instant) -> Self {
        Self { paid: now, saved: 0 }
    }

    /// How long until a frame may be drawn; zero where it may be now.
    pub fn wait(&self, cause: Cause, now: Instant) -> Duration {
        let saved = if cause == Cause::Hand { self.saved } else { self.saved.min(1) };
        self.paid.saturating_duration_since(now).saturating_sub(BETWEEN * saved)
    }

    /// A frame is drawn.
    pub fn drawn(&mut self, now: Instant) {
        (self.paid, self.saved) = (self.paid.max(now) + BETWEEN, SAVED);
    }

    /// A frame is drawn on a line that takes so long for it: nothing is saved up there.
    pub fn drawn_slowly(&mut self, now: Instant, time: Duration) {
        (self.paid, self.saved) = (now + time.max(BETWEEN), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many frames a second holds, where something changes each millisecond.
    fn most_in_a_second(cause: impl Fn(u64) -> Cause) -> usize {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let mut frames = Vec::new();
        for ms in 0..4000 {
            let now = begin + Duration::from_millis(ms);
            if pace.wait(cause(ms), now).is_zero() {
                pace.drawn(now);
                frames.push(ms);
            }
        }
        frames
            .iter()
            .map(|ms| frames.iter().filter(|other| (*ms..*ms + 1000).contains(other)).count())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn a_second_has_thirty_frames_at_most() {
        let counts = [most_in_a_second(|_| Cause::Hand), most_in_a_second(|_| Cause::News)];
        assert!(counts.iter().all(|count| (26..=30).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_key_just_after_an_answer_waits_for_nothing() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let after = |ms| begin + Duration::from_millis(ms);
        pace.drawn(after(0));
        assert!(pace.wait(Cause::News, after(4)).is_zero(), "an answer to the key just before");
        pace.drawn(after(4));
        assert_eq!(pace.wait(Cause::News, after(6)), Duration::from_millis(30));
        assert!(pace.wait(Cause::Hand, after(6)).is_zero());
        pace.drawn(after(6));
        assert_eq!(pace.wait(Cause::Hand, after(18)), Duration::from_millis(18), "a burst is held to the pace");
    }

    #[test]
    fn a_slow_line_has_its_time_for_each_frame() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        pace.drawn_slowly(begin, Duration::from_millis(200));
        assert_eq!(pace.wait(Cause::Hand, begin), Duration::from_millis(200));
    }
}
